/*
 * The figures of all runs under one definition, for Overview: what is stored at once, the rest
 * computed run by run in jobs. A plain value that is copied into tables; nothing here draws.
 */
#ifndef TUI_SCREENS_FIGURES_H
#define TUI_SCREENS_FIGURES_H

#include "analysis/report/eval.h"

/* What Overview shows of a run; NAN where it is not known yet. */
struct run_figures {
    int64_t run;
    bool known;
    double recall10, ratio, null, excess;
    double memorized, related, uncategorized;  /* label shares of recommendations */
    double reachable, pessimistic, optimistic; /* of the targets */
};

/* Half the distance from the lowest to the highest over several seeds; NAN below two. */
struct spread {
    double recall10, excess;
};
/* The means of n runs whose figures are known (n = 0: nothing is known), and how far they spread.
 */
void run_figures_mean(const struct run_figures *figures, size_t n, struct run_figures *mean,
                      struct spread *spread);

/* From the store only; known = false when it has not been computed. */
bool run_figures_stored(struct study *study, const struct study_run *run, enum part part,
                        const struct definition *definition, struct run_figures *out,
                        struct error *err);
/* Computes what is not stored: seconds. */
bool run_figures_get(struct study *study, const struct study_run *run, enum part part,
                     const struct definition *definition, struct progress *progress,
                     struct run_figures *out, struct error *err);

/* Reachable targets under a definition, of the data set itself: from the store, else counted and
 * stored (milliseconds to minutes). */
struct reach {
    double value, pessimistic, optimistic;
};
bool reach_get(struct study *study, enum part part, const struct definition *definition,
               struct progress *progress, struct reach *out, struct error *err);

#endif
