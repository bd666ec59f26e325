/* How long a new run may take, from the epochs of runs that were trained in the workspace. */
#ifndef ANALYSIS_REPORT_TRAIN_TIME_H
#define ANALYSIS_REPORT_TRAIN_TIME_H

#include "analysis/report/study.h"
#include "analysis/run/options.h"

/* How fast a run was: seconds of an epoch, what is measured after it counted in. */
struct train_rate {
    int64_t run;
    struct run_options options;
    double epoch_seconds;
};
struct train_rates {
    struct train_rate *rate; /* [n] by run */
    size_t n;
    int32_t n_items; /* of the data set */
};

/* Of every run of a model that rote trains, finished or not, once an epoch of it has ended. Reads
 * the database. */
bool train_rates_read(struct study *study, struct train_rates *out, struct error *err);
void train_rates_release(struct train_rates *rates); /* a zeroed one is fine */

struct train_time {
    double seconds; /* of one run if no epoch is left out by its patience; NAN: not known */
    double epoch_seconds;
    int32_t epochs;
    int64_t like; /* the run that it is reckoned from */
    bool scaled;  /* that run's model had another size */
};
/* From the newest run of the same model and the same strategies, else of the same model. Another
 * size is allowed for by the multiplications of a token: layers (4 + 2 mlp) width² and width times
 * the tokens to choose from. Rough. Pure. */
struct train_time train_time_expect(const struct train_rates *rates,
                                    const struct run_options *wanted);

#endif
