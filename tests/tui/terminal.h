/*
 * A terminal for tests: a program on a real pty, its output read by libvterm into cells that can be
 * asked. Nothing sleeps: after its keys a test sends ^_ and waits for the `ESC ] 777 ; idle ; N ;
 * … BEL` that the program writes (with ROTE_TEST_SYNC=1) when it has nothing left to do and has
 * read N of them, so that what it drew before the keys is never taken for the answer. Whatever does
 * not come within a minute fails the test. Only one thread may use a terminal.
 *
 * libvterm 0.1.4: no reflow and no selection callbacks, so OSC 52 and 777 are read beside it; its
 * API differs from 0.2 on, hence this wrapper.
 */
#ifndef TESTS_TUI_TERMINAL_H
#define TESTS_TUI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

struct terminal;

struct terminal_options {
    int rows, cols;          /* default 24 × 80 */
    const char *const *argv; /* ends with NULL */
    const char *const
        *environ; /* "NAME=value" on top of TERM, LC_ALL=C.UTF-8 …, without HOME; NULL: none */
    bool stderr_to_tty; /* else stderr goes to the test's own */
    bool ends;          /* it is to end by itself: nothing is awaited */
};

/* Starts the program and waits until it is idle. Fails the test when that does not happen. */
struct terminal *terminal_start(const struct terminal_options *options);
/* Ends the program if it still runs; NULL allowed. */
void terminal_free(struct terminal *t);

/* Input: key names as in tui/command/key.h ("jj<C-d><Enter>"), then wait until idle. */
void terminal_press(struct terminal *t, const char *keys);
void terminal_send(struct terminal *t, const char *keys); /* without waiting */
void terminal_send_bytes(struct terminal *t, const char *bytes, size_t n);
void terminal_resize(struct terminal *t, int rows, int cols); /* without waiting */
void terminal_signal(struct terminal *t, int signal);         /* without waiting */
void terminal_hang_up(struct terminal *t);                    /* closes the terminal's side */
/* SIGKILL, and until it is dead; fails the test when it was not alive any more. */
void terminal_kill(struct terminal *t);

/* Waiting. */
void terminal_idle(struct terminal *t);          /* until the next idle signal */
void terminal_busy(struct terminal *t);          /* until it waits for a job */
void terminal_stopped(struct terminal *t);       /* until the program has stopped (^Z) */
void terminal_continue(struct terminal *t);      /* SIGCONT, then until idle */
int terminal_exit(struct terminal *t);           /* until it ended: exit status, or 128 + signal */
bool terminal_quiet(struct terminal *t, int ms); /* nothing came for so long */
long terminal_wakeups(struct terminal *t);       /* voluntary context switches of all its threads */

/* What is on the screen. Rows are without trailing blanks; borrowed until the next call. */
const char *terminal_row(struct terminal *t, int y);
/* All rows in one, blanks kept: what was wrapped is whole in it. Borrowed likewise. */
const char *terminal_flow(struct terminal *t);
struct terminal_cell {
    char text[32];
    int width;
    bool bold, underline, reverse;
    int fg, bg; /* palette index; -1: the terminal's own */
};
struct terminal_cell terminal_cell(struct terminal *t, int y, int x);
void terminal_cursor(struct terminal *t, int *y, int *x);
int terminal_rows(const struct terminal *t);
int terminal_cols(const struct terminal *t);
int terminal_find_row(struct terminal *t, const char *text); /* first row that holds it; -1 */
bool terminal_alternate(const struct terminal *t);           /* the alternate screen is shown */
const char *terminal_clipboard(const struct terminal *t);    /* OSC 52's base64; "" */

/* Bytes written since the last call, test signals not counted. */
size_t terminal_bytes(struct terminal *t);
const char *terminal_raw(const struct terminal *t); /* those bytes, test signals too */
/* A private mode of the terminal (1000: mouse, 2004: bracketed paste, 1049: the other screen) as
 * what was written since terminal_bytes() was called, or from the start, left it. */
bool terminal_mode(const struct terminal *t, int number);
/* Of the last idle signal: how long the program waits at most, in ms, -1 for ever; how many frames
 * it has shown that changed something, and by how many writes. */
int terminal_timeout(const struct terminal *t);
void terminal_frames(const struct terminal *t, int *frames, int *writes);
/* The tty modes are those from before the program started. */
bool terminal_modes_restored(const struct terminal *t);

/* Checks that print the screen when they fail. */
void terminal_expect_row(struct terminal *t, int y, const char *text, const char *file, int line);
void terminal_expect(struct terminal *t, const char *text, const char *file, int line);
void terminal_expect_flow(struct terminal *t, const char *text, const char *file, int line);
void terminal_until_row(struct terminal *t, int y, const char *text); /* waits for it */
void terminal_until(struct terminal *t, const char *text); /* until it is on the screen */
#define expect_row(t, y, text) terminal_expect_row(t, y, text, __FILE__, __LINE__)
#define expect_text(t, text)   terminal_expect(t, text, __FILE__, __LINE__)
#define expect_flow(t, text)   terminal_expect_flow(t, text, __FILE__, __LINE__)

#endif
