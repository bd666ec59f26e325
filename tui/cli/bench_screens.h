/*
 * The parts of `rote bench screens`: the synthetic workspace (bench_screens_data.c), a program on a
 * pty whose bytes are counted (bench_pty.c), what runs beside it (bench_screens_aside.c), and the
 * measuring itself (bench_screens.c).
 */
#ifndef TUI_CLI_BENCH_SCREENS_H
#define TUI_CLI_BENCH_SCREENS_H

#include "analysis/math/synthetic.h"
#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/base/progress.h"

/* Makes a workspace below `dir` (kept and used again when it holds data of this size): users' items
 * by a Zipf law and titles of invented words, written as files and imported, then up to three runs
 * with lists of both parts: popularity and markov, counted, and lists drawn by the law of the
 * items. Labels of the test part and figures are drawn too, for counting them takes hours at this
 * size and showing them costs the same. Ends with the match index. Minutes for 50,000,000
 * interactions. */
bool screens_workspace(const char *dir, const struct synthetic *size, int runs,
                       struct progress *progress, struct error *err);

/* Runs a program to its end; what it writes to stdout is added to *out (NULL: thrown away). When it
 * fails, *err has the first line of what it said. argv[3] names the command and NULL ends it. */
bool screens_aside(const char *const *argv, struct buf *out, struct error *err);

/* A training run beside the screens, begun with `self`, a rote. It has made its first step when
 * begin returns; NULL with *err when it does not within `patience` seconds. */
struct screens_training;
struct screens_training *screens_training_begin(const char *self, const char *dir, double patience,
                                                struct progress *progress, struct error *err);
/* Updates made so far. False, with how it ended, when it goes on no more. */
bool screens_training_steps(const struct screens_training *t, int64_t *steps, struct error *err);
/* Cancels and deletes the run, and frees it. */
bool screens_training_end(struct screens_training *t, struct error *err);

#endif
