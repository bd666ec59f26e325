#include "analysis/run/dataset_split.h"

#include <string.h>

#include "storage/base/num.h"

static bool temporal_quantiles(const char *split, double *valid, double *test)
{
    const char *numbers = strchr(split, ':');
    const char *comma = numbers ? strchr(numbers, ',') : NULL;
    return comma && num_double(numbers + 1, (size_t)(comma - numbers - 1), valid) &&
           num_double(comma + 1, strlen(comma + 1), test);
}

bool dataset_split(const struct dataset *d, const struct corpus *corpus, struct split *out,
                   struct error *err)
{
    if (d->given_train_end)
        return split_given(corpus, d->given_train_end, d->given_valid_end, out, err);
    if (strcmp(d->split, "given") == 0)
        return error_set(err, ERROR_STATE, "the workspace has a given split but no positions");
    if (strncmp(d->split, "temporal", 8) != 0)
        return split_leave_one_out(corpus, out, err);
    double valid, test;
    if (!temporal_quantiles(d->split, &valid, &test))
        return error_set(err, ERROR_STATE,
                         "the workspace has a split that this rote does not know: %s", d->split);
    if (!d->time)
        return error_set(err, ERROR_STATE, "the workspace has a temporal split but no times");
    return split_temporal(corpus, d->time, valid, test, out, err);
}
