/* rote on a pty, for tests: what every test of that kind begins with and looks at. */
#ifndef TESTS_TUI_SESSIONS_FIXTURE_H
#define TESTS_TUI_SESSIONS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/tui/sample_workspace.h"
#include "tests/tui/terminal.h"

extern const char *rote; /* the program under test */

/* Of main(): takes ROTE from the command line, which has to have as many words as `usage`; false:
 * it was printed. */
bool sessions_begin(int argc, char **argv, const char *usage);
int sessions_after(void **state); /* removes the workspaces */
#define SESSIONS_RUN(tests) cmocka_run_group_tests(tests, NULL, sessions_after)

/* rote on a workspace: ROTE(.dir = sample, .rows = 10, .cols = 40, .more = {"--ascii"}). */
struct rote_options {
    const char *dir;
    int rows, cols;           /* default 24 × 80 */
    const char *more[8];      /* words after -w DIR */
    const char *variable;     /* of its environment, "NAME=value" */
    bool stderr_to_tty, ends; /* terminal.h */
};
struct terminal *rote_open(struct rote_options options);
#define ROTE(...) rote_open((struct rote_options){__VA_ARGS__})
void rote_leave(struct terminal *t); /* by Q; it must end well and leave the terminal as it was */

/* What is on the screen. */
void expect_row_begins(struct terminal *t, int y, const char *text);
void expect_no_text(struct terminal *t, const char *text);
void expect_ascii(struct terminal *t); /* everything on it */
void expect_cursor_row(struct terminal *t, int y);
char *cursor_row(struct terminal *t, int *y); /* its text, which the caller frees, and number */
/* Presses R until it is there; each look reads everything again, so nothing waits for the clock. */
void look_until(struct terminal *t, const char *text);
/* Each of the keys writes at least one byte and fewer than moving in a sheet may, at once. */
/* Presses the keys; each frame that follows is one write. How many changed something. */
int expect_whole_frames(struct terminal *t, const char *keys);
void expect_cheap(struct terminal *t, const char *const *keys, size_t n);
#define EXPECT_CHEAP(t, ...)                                                                       \
    expect_cheap(t, (const char *const[]){__VA_ARGS__},                                            \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#endif
