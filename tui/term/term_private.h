/* What the parts of the terminal share: term.c (life, output), input.c, rescue.c (signals,
 * crashes). There is one terminal in a process, and signal handlers must reach it, hence one
 * static. */
#ifndef TUI_TERM_TERM_PRIVATE_H
#define TUI_TERM_TERM_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

/* rescue.c: remembers how the terminal was and how to give it back, in ways that are allowed inside
 * signal handlers. */
void rescue_begin(const char *restore, size_t n); /* bytes that undo what curses set up */
void rescue_now(void);                            /* gives the terminal back: any thread, once */
void rescue_end(void);                            /* curses gave the terminal back itself */
void rescue_stderr_begin(void);                   /* stderr goes into a pipe */
void rescue_stderr_end(void);                     /* what is left in it goes to the real stderr */
int rescue_stderr_fd(void);                       /* the pipe's reading end; -1: not captured */
bool rescue_signals_begin(void);                  /* installs all handlers */
int rescue_signal_fd(void);                       /* readable: a byte per signal */
void rescue_stop_here(void); /* stops the process group; returns when continued */

/* term.c */
void term_resized(void); /* asks the terminal for its size, tells curses */
int term_input_fd(void);
void *term_input_window(void); /* curses' WINDOW */
void term_test_signal(bool busy, int timeout_ms);
void term_test_ping(void); /* what was typed before it has been read */
bool term_is_testing(void);

#endif
