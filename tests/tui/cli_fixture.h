/* rote's command line in process, for tests. */
#ifndef TESTS_TUI_CLI_FIXTURE_H
#define TESTS_TUI_CLI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "tui/cli/cli.h"

/* What `rote -w WORKSPACE words…` writes, its messages where it is to fail; it must end with
 * `status`. The caller frees. */
char *cli_run(int status, const char *workspace, const char *const *words, size_t n);
#define CLI(status, workspace, ...)                                                                \
    cli_run(status, workspace, (const char *const[]){__VA_ARGS__},                                 \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

struct jval *cli_json(char *text); /* takes the text, which must be JSON */
/* The row whose key has that text; there must be one. */
const struct jval *cli_row(const struct jval *rows, const char *key, const char *value);
/* What lies below these keys, of which the last is NULL. */
const struct jval *cli_at(const struct jval *o, const char *const *keys);
void cli_holds(char *output, const char *text); /* takes the output, which must hold the text */

#endif
