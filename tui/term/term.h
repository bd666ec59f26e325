/*
 * The terminal. The only user of curses: nothing else in rote writes to it or reads from it.
 *
 * term_open() takes the terminal over and term_close() gives it back as it was; so do exit(), the
 * signals that end a process, and crashes. While it is open, stderr (if it is the terminal) comes
 * back as EVENT_STDERR instead of spoiling the screen. One terminal per process; drawing thread.
 *
 * No probing, no truecolour: what works over SSH, in tmux and in a serial console. Curses gives the
 * terminal's description, its modes and its keys; what is drawn goes through tui/term/painter.h.
 * With ROTE_TEST_SYNC=1 in the environment, `ESC ] 777 ; idle ; N ; MS ; FRAMES ; WRITES BEL` is
 * written whenever the program is about to wait for input with no job running (`777;busy;…` with
 * jobs). N counts the ^_ read so far: who types one after some keys knows by N that they have been
 * answered. MS is how long it will wait at most, -1: for ever. FRAMES were shown so far that
 * changed something, by so many WRITES. `777;error;TEXT` is what the screens say of something that
 * failed.
 */
#ifndef TUI_TERM_TERM_H
#define TUI_TERM_TERM_H

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "tui/command/key.h"
#include "tui/widgets/canvas.h"

struct term_options {
    bool ascii;      /* --ascii; otherwise by the locale's character set */
    bool colour_256; /* the 256-colour theme, where the terminal has it */
    bool mono;       /* --no-color; NO_COLOR in the environment does it too */
    bool mouse;
    bool colour; /* the user wants colours whatever NO_COLOR says */
};

/* Needs setlocale() to have been called. ERROR_USAGE when stdin or stdout is no terminal, or TERM
 * is not known (then the terminal is untouched). */
bool term_open(const struct term_options *options, struct error *err);
void term_close(void); /* twice is fine */
/* Takes other options over while it is open; the next term_show() sends everything. */
bool term_configure(const struct term_options *options, struct error *err);

const struct glyphs *term_glyphs(void);
void term_size(int *rows, int *cols);

/* Shows the grid: only cells that differ from what is shown are sent, in one write. The grid must
 * have the terminal's size (another one is cut or padded). */
void term_show(const struct grid *grid);
void term_repaint(void); /* the next term_show() sends everything: ^L */
void term_suspend(void); /* ^Z: returns when the process is continued; the next show repaints */
/* Gives the terminal to a program and takes it back when that has ended: `command` is for the shell
 * (an $EDITOR with its options), `argument` one word behind it. *status is the exit status, 128 +
 * signal if one ended it. False: it could not be started. The next show repaints. */
bool term_run(const char *command, const char *argument, int *status, struct error *err);
/* Puts text on the user's clipboard (OSC 52; in tmux wrapped, too). False: more than terminals
 * take. */
bool term_copy(const char *text, size_t n, struct error *err);

/* Text without control characters; of use to tests alone, else nothing. */
void term_test_error(const char *text);

enum event_kind {
    EVENT_NONE, /* the timeout passed */
    EVENT_KEY,
    EVENT_PASTE,  /* bracketed paste, or the next piece of it */
    EVENT_RESIZE, /* the terminal has a new size: draw */
    EVENT_MOUSE,
    EVENT_SIGNAL, /* a request to end: SIGTERM, SIGHUP, SIGINT, or the terminal went away */
    EVENT_JOB,    /* the watched descriptor is readable */
    EVENT_STDERR, /* text that something printed */
};

struct event {
    enum event_kind kind;
    uint32_t key;     /* EVENT_KEY */
    int y, x, button; /* EVENT_MOUSE: button 1, 2, 3; 4, 5 the wheel */
    int signal;       /* EVENT_SIGNAL */
    const char *text; /* EVENT_PASTE, EVENT_STDERR: borrowed until the next call */
    size_t n;
    bool cut; /* EVENT_PASTE: it was longer than is taken, 1,048,576 characters */
};

/* The next event; waits at most timeout_ms (-1: for ever, without waking up). `jobs_fd` -1: none;
 * `busy`: jobs are running (only for the test signal). */
void term_wait(struct event *event, int timeout_ms, int jobs_fd, bool busy);

#endif
