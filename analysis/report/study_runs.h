/*
 * The runs of a study as snapshots that never change: a refresh makes a new snapshot and keeps the
 * old ones, so that what a screen or a job borrowed stays valid until the study is closed; a run
 * that did not change is shared between them. Private to analysis/report.
 */
#ifndef ANALYSIS_REPORT_STUDY_RUNS_H
#define ANALYSIS_REPORT_STUDY_RUNS_H

#include <stdatomic.h>

#include "analysis/report/study.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"

struct run_snapshot {
    size_t n;
    const struct study_run **run; /* [n] by id */
    struct run_snapshot *older;
};

struct run_record; /* a study_run with what it borrows from */

struct study_runs {
    _Atomic(struct run_snapshot *) newest;
    struct run_record **records; /* all ever made */
    size_t n_records, cap;
    int64_t generation; /* of the database when newest was read */
};

void study_runs_init(struct study_runs *runs);
void study_runs_release(struct study_runs *runs);
/* One thread at a time (the database lock). */
bool study_runs_read(struct study_runs *runs, struct workspace *ws, const struct split *split,
                     struct error *err);
/* Any thread. */
const struct run_snapshot *study_runs_snapshot(const struct study_runs *runs);

#endif
