/*
 * The screens in process, for tests: on a workspace, without a terminal, jobs awaited after every
 * command. Everything here fails the test with words when it cannot do what it is asked for.
 *
 *     struct screens s;
 *     screens_open(&s, dir, SCREENS_READ);
 *     DO(&s, "runs markov", "users", "down");
 *     expect_shown(&s, "▸ u0007");
 *     expect_refusal(&s, "user nobody", "no user nobody");
 *     screens_close(&s);
 */
#ifndef TESTS_TUI_SCREENS_FIXTURE_H
#define TESTS_TUI_SCREENS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/mem.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/host.h"

enum screens_mode { SCREENS_READ, SCREENS_WRITE };

struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out, *err;
    char *said; /* what went to out: links, exports to "-"; after fflush(out) */
    size_t said_bytes;
};

/* Overview is in front. */
void screens_open(struct screens *s, const char *dir, enum screens_mode mode);
/* Where the last session with this state folder was left, as without --batch. */
void screens_open_again(struct screens *s, const char *dir, enum screens_mode mode,
                        const char *state);
void screens_close(struct screens *s); /* leaves it: the session is kept */

void screens_do(struct screens *s, const char *const *commands, size_t n);
#define DO(s, ...)                                                                                 \
    screens_do(s, (const char *const[]){__VA_ARGS__},                                              \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
void screens_press(struct screens *s, uint32_t key);
void screens_type(struct screens *s, const char *text); /* each byte is a key */

/* The frame as text, which the caller frees. */
char *screens_text(struct screens *s, int rows, int cols);
bool screens_shows(struct screens *s, int rows, int cols, const char *text);
void expect_shown(struct screens *s, const char *text); /* at 80×24 */
void expect_refusal(struct screens *s, const char *command, const char *text);
/* Draws sizes from 200×60 down to 5×3 in both glyph sets and looks for faults (frame.h). */
void screens_draw_everywhere(struct screens *s);
struct sheet *screens_sheet(struct screens *s); /* the one in front that has the keys */

/* All that the user wrote into a workspace, case studies with their pins and the names of runs, a
 * line each, as a connection of its own reads it. The caller frees. */
char *screens_written(const char *dir);

/* A word that the action's argument may be, or NULL where it takes none. */
const char *argument_for(const struct action *action);
/* One action, with or without an argument (with one, its question is answered with yes): somebody
 * takes it, an error has words, what it leaves behind can be drawn at every size. */
unsigned screens_try(struct screens *s, enum action_id id, bool with_argument);
/* Every action after these commands; one that writes is refused. The workspace is only read. */
void every_action_after(const char *dir, const char *const *way, size_t n);
#define EVERY_ACTION(dir, ...)                                                                     \
    every_action_after(dir, (const char *const[]){__VA_ARGS__},                                    \
                       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Runs them in the tests' locale and in the workspaces' folder, where a file of any name may be
 * written, and removes it. Exit status. */
int screens_before(void **state);
int screens_after(void **state);
#define SCREENS_RUN(tests) cmocka_run_group_tests(tests, screens_before, screens_after)

#endif
