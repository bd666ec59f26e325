/*
 * The parts of `rote bench screens`: the synthetic workspace (bench_screens_data.c), a program on a
 * pty whose bytes are counted (bench_pty.c), and the measuring itself (bench_screens.c).
 */
#ifndef TUI_CLI_BENCH_SCREENS_H
#define TUI_CLI_BENCH_SCREENS_H

#include "analysis/math/synthetic.h"
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

#endif
