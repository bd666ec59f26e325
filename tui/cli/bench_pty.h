/*
 * A program on a pseudo terminal of 80 × 24, driven by keys: its bytes are counted and its signals
 * timed (ROTE_TEST_SYNC, tui/term/term.h), nothing is interpreted. One thread.
 */
#ifndef TUI_CLI_BENCH_PTY_H
#define TUI_CLI_BENCH_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "storage/base/error.h"

struct bench_pty {
    int fd; /* -1: closed */
    pid_t pid;
    size_t matched;  /* bytes of a signal that have come */
    char kind;       /* its letter */
    char error[256]; /* what the program said last of something that failed; "" */
    int64_t bytes;   /* written by the program, signals not counted */
    int64_t idle, busy;
    int64_t anonymous; /* the largest seen, bytes */
};

/* argv ends with NULL. */
bool bench_pty_start(struct bench_pty *p, const char *const *argv, struct error *err);
/* Takes what is there. False when the program has ended. */
bool bench_pty_drain(struct bench_pty *p);
/* Writes keys; returns the time of it. */
double bench_pty_send(struct bench_pty *p, const char *keys);
/* Until the program says that it waits, for input (idle) or also for a job. *seconds: since
 * `since`. Fails after `patience` seconds. */
bool bench_pty_wait(struct bench_pty *p, bool idle, double since, double patience, double *seconds,
                    struct error *err);
/* Voluntary context switches of all its threads; -1: it is gone. */
int64_t bench_pty_switches(const struct bench_pty *p);
/* Processor time of the thread that draws, in ms: what of a time the machine's other work does not
 * make longer. -1: not told by this system. */
double bench_pty_cpu_ms(const struct bench_pty *p);
/* Anonymous memory now, in bytes; mapped files are not counted. */
int64_t bench_pty_anonymous(struct bench_pty *p);
/* Ends it: asked first, killed after some seconds. A zeroed or closed one is fine. */
void bench_pty_close(struct bench_pty *p);

#endif
