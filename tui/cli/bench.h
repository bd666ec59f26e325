/*
 * Benchmarks: `rote bench NAME`. Each one takes its corpus from the shared options (synthetic
 * sizes, or --data), checks itself against naive code first, and then reports measures. One table
 * entry each in bench.c; the functions live in bench_NAME.c.
 */
#ifndef TUI_CLI_BENCH_H
#define TUI_CLI_BENCH_H

#include "analysis/corpus/corpus.h"
#include "analysis/corpus/split.h"
#include "analysis/math/synthetic.h"
#include "analysis/semid/semid.h"
#include "storage/base/error.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"
#include "tui/cli/cli.h"

/* What is measured on: sequences with their leave-one-out split. */
struct bench_data {
    char name[256]; /* "synthetic" or the path of --data */
    struct corpus corpus;
    struct split split;
    struct semid_table semids; /* of a workspace that has some; else levels 0 */
    uint64_t seed;
    void *owner; /* of the arrays; bench_data_release() knows */
    void (*release)(struct bench_data *data);
};

/* From --users --items --length --skew --seed, or --data (a workspace, or a text file with a line
 * "user item item …" per user in order of time). */
bool bench_data_load(const struct cli_args *args, struct bench_data *data,
                     struct progress *progress, struct error *err);
/* The same with other defaults for what the options leave out. */
bool bench_data_load_like(const struct cli_args *args, const struct synthetic *defaults,
                          struct bench_data *data, struct progress *progress, struct error *err);
void bench_data_release(struct bench_data *data); /* a zeroed one is fine */

/* (*rows)[case * depth + rank] for the first n_cases test cases: the target first, then items drawn
 * from random places of the corpus (that is, ∝ popularity), distinct within a list where the
 * catalogue allows. The caller frees. */
bool bench_lists(const struct bench_data *data, int32_t depth, int64_t n_cases, int32_t **rows,
                 struct error *err);

/* Wall clock and processor time of all threads. */
struct bench_clock {
    double wall, cpu;
};
struct bench_clock bench_start(void);
struct bench_clock bench_since(struct bench_clock start); /* seconds since */

/* One figure: work in `unit` per second, over `repeats` runs of which the fastest counts. */
struct bench_measure {
    const char *name;
    double work;             /* of one run */
    const char *unit;        /* "pairs" */
    struct bench_clock best; /* of the fastest run */
    int repeats;
};

/* Runs fn(context) until --repeat runs (default 5) are done, and keeps the fastest. */
bool bench_run(const struct cli_args *args, struct bench_measure *m,
               bool (*fn)(void *context, struct error *err), void *context, struct error *err);

/* A benchmark's output. The first measure is the headline: its name, work, seconds, rate, unit and
 * cores (processor time / wall time) stand at the top of the JSON object; all measures stand in
 * "measures". */
struct bench_report {
    struct jval *top, *measures;
    struct buf *text;   /* the same for people */
    struct buf *missed; /* asks that do not hold: the command fails after printing; "": none */
};
void bench_add(struct bench_report *r, const struct bench_measure *m);
/* A single figure beside the measures ("bytes_per_interaction", 8.7). */
void bench_figure(struct bench_report *r, const char *name, double value);

struct bench {
    struct cli_word word;
    bool (*run)(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                struct error *err);
};

bool bench_decode(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                  struct error *err);
bool bench_import(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                  struct error *err);
bool bench_import_recs(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                       struct error *err);
bool bench_index(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err);
bool bench_label(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err);
bool bench_match(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err);
bool bench_screens(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                   struct error *err);
bool bench_trace(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err);
bool bench_train(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err);

#endif
