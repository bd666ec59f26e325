/*
 * What there is to see of one run, read in a job, and the sheets over it. All of it is stored: by
 * the run's training, by its worker (what it does now, its log), or by an evaluation.
 */
#ifndef TUI_SCREENS_RUN_DATA_H
#define TUI_SCREENS_RUN_DATA_H

#include "analysis/report/curves.h"
#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "analysis/run/folder.h"
#include "tui/widgets/sheet.h"

struct run_data {
    char state[RUN_STATE_TEXT_MAX];
    char *kernel, *error; /* what computed it; why it failed: "" otherwise */
    struct run_progress progress;
    struct curve curve;
    struct eval eval; /* n == 0: not computed yet under this definition */
    char *log;        /* the last lines that its worker wrote, "" */
};

/* Reads the database and the run's folder: milliseconds. Any thread. */
bool run_data_read(struct study *study, const struct study_run *run, enum part part,
                   const struct definition *definition, struct run_data *out, struct error *err);
void run_data_release(struct run_data *data); /* a zeroed one is fine */

/* Sheets; each keeps what it needs. Epochs: the newest first, by their numbers. Options: those that
 * differ from their defaults first. Figures and log: by their places. */
struct sheet_source *run_epochs_source(const struct curve *curve);
struct sheet_source *run_figures_source(const struct eval *eval);
struct sheet_source *run_options_source(const struct study_run *run);
struct sheet_source *run_log_source(const char *log);

/* "width=32 epochs=9": the options that differ from their defaults; "" when none does. */
void run_options_changed(const struct study_run *run, struct buf *out);

#endif
