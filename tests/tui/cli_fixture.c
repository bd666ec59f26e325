#include "tests/tui/cli_fixture.h"

#include <stdio.h>

char *cli_run(int status, const char *workspace, const char *const *words, size_t n)
{
    char *argv[24] = {(char *)"rote", (char *)"-w", (char *)(uintptr_t)workspace};
    char *text = NULL, *errors = NULL;
    size_t size, errors_size;
    assert_true(n + 3 < ARRAY_LEN(argv));
    for (size_t i = 0; i < n; i++)
        argv[3 + i] = (char *)(uintptr_t)words[i];
    FILE *out = open_memstream(&text, &size), *err = open_memstream(&errors, &errors_size);
    int is = cli_main(3 + (int)n, argv, out, err);
    fclose(out);
    fclose(err);
    if (is != status)
        fail_msg("status %d, not %d: %s", is, status, errors);
    free(status == CLI_OK ? errors : text);
    return status == CLI_OK ? text : errors;
}

struct jval *cli_json(char *text)
{
    struct jval *o = jval_parse(text, strlen(text), NULL);
    assert_non_null(o);
    free(text);
    return o;
}

void cli_holds(char *output, const char *text)
{
    if (!strstr(output, text))
        fail_msg("\"%s\" is not in: %s", text, output);
    free(output);
}

const struct jval *cli_row(const struct jval *rows, const char *key, const char *value)
{
    for (size_t i = 0; i < jval_size(rows); i++)
        if (strcmp(jval_string(jval_get(jval_at(rows, i), key)), value) == 0)
            return jval_at(rows, i);
    fail_msg("no row %s", value);
    return NULL;
}

const struct jval *cli_at(const struct jval *o, const char *const *keys)
{
    for (; *keys; keys++)
        o = jval_get(o, *keys);
    return o;
}
