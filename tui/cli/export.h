/* What the kinds of `rote export` share. */
#ifndef TUI_CLI_EXPORT_H
#define TUI_CLI_EXPORT_H

#include "storage/export/rows.h"
#include "tui/cli/studies.h"

struct export_job {
    struct cli *cli;
    struct study *study;
    const struct cli_args *args;
    enum part part;
    enum rows_format format;
    bool picture, png; /* a picture instead of rows: SVG, or PNG of that scale */
    int64_t scale;
    const char *path;
};

/* The run of --run. NULL with *err. */
const struct study_run *export_run(const struct export_job *job, struct error *err);
/* The runs of the words after WHAT, else all that have lists. The caller frees. */
bool export_runs_named(const struct export_job *job, const struct study_run ***runs, size_t *n,
                       struct error *err);

/* tui/cli/export_items.c */
bool export_items(const struct export_job *job, struct error *err);
/* tui/cli/export_plots.c */
bool export_frontier(const struct export_job *job, struct error *err);
bool export_curves(const struct export_job *job, struct error *err);
/* tui/cli/export_comparison.c */
bool export_comparison(const struct export_job *job, struct error *err);

/* tui/cli/export_counterfactual.c */
bool export_counterfactual(const struct export_job *job, struct error *err);
bool export_counterfactual_summary(const struct export_job *job, struct error *err);

/* tui/cli/export_data.c, export_vectors.c, export_runs.c: files and folders for other programs */
bool export_recbole(const struct export_job *job, struct error *err);
bool export_sequences(const struct export_job *job, struct error *err);
bool export_embeddings(const struct export_job *job, struct error *err);
bool export_semids(const struct export_job *job, struct error *err);
bool export_trec(const struct export_job *job, struct error *err);
bool export_weights(const struct export_job *job, struct error *err);
bool export_llama_factory(const struct export_job *job, struct error *err);

#endif
