#include "analysis/metric/bootstrap.h"

#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/math/stats.h"
#include "storage/base/mem.h"

enum {
    LANES = 8,         /* partial sums per column: fixed, so that sums have one order */
    BLOCK_USERS = 512, /* users whose counts are turned into doubles at a time */
    RESAMPLES_CHUNK = 4,
    STREAM_USERS = 0xb007,
    STREAM_SEEDS = 0xb008,
    STREAM_OTHER_SEEDS = 0xb009,
};

/* Columns hold one number per user (padded with zeros to a multiple of LANES): sums of values, and
 * numbers of cases that count. Metrics that count the same cases share a column. */
struct columns {
    int64_t n_users, n_padded;
    int32_t n_metrics, n_columns;
    double **column;   /* [n_columns] the first n_metrics are the sums */
    int32_t *count_of; /* [n_metrics] the column with the metric's numbers of cases */
};

static double *new_column(struct columns *c, struct error *err)
{
    return mem_try_zarray((size_t)c->n_padded, sizeof(double), "bootstrap sums", err);
}

static void columns_release(struct columns *c)
{
    for (int32_t i = 0; c->column && i < c->n_columns; i++)
        free(c->column[i]);
    free(c->column);
    free(c->count_of);
}

static void add_metric(const int32_t *user, int64_t n_cases, const double *value, double *sum,
                       double *count)
{
    int64_t u = -1;
    for (int64_t i = 0; i < n_cases; i++) {
        u += i == 0 || user[i] != user[i - 1];
        if (isnan(value[i]))
            continue;
        sum[u] += value[i];
        count[u] += 1;
    }
}

static bool columns_make(const int32_t *user, int64_t n_cases, const double *const *value,
                         int32_t n_metrics, struct columns *c, struct error *err)
{
    *c = (struct columns){.n_metrics = n_metrics, .n_columns = n_metrics};
    for (int64_t i = 0; i < n_cases; i++)
        c->n_users += i == 0 || user[i] != user[i - 1];
    c->n_padded = (c->n_users + LANES - 1) / LANES * LANES;
    c->column = mem_zalloc((size_t)n_metrics * 2, sizeof *c->column);
    c->count_of = mem_zalloc((size_t)n_metrics, sizeof *c->count_of);
    for (int32_t m = 0; m < n_metrics; m++) {
        double *count = new_column(c, err);
        c->column[m] = new_column(c, err);
        if (!count || !c->column[m]) {
            free(count);
            columns_release(c);
            return false;
        }
        add_metric(user, n_cases, value[m], c->column[m], count);
        int32_t same = n_metrics;
        size_t size = (size_t)c->n_padded * sizeof *count;
        while (same < c->n_columns && memcmp(c->column[same], count, size) != 0)
            same++;
        c->count_of[m] = same;
        if (same == c->n_columns)
            c->column[c->n_columns++] = count;
        else
            free(count);
    }
    return true;
}

/* One resample: how often each user is drawn in n_users draws. */
static void draw_users(uint64_t seed, int64_t resample, int64_t n_users, uint16_t *times)
{
    struct rng rng = rng_new(seed, rng_stream(STREAM_USERS, (uint64_t)resample));
    memset(times, 0, (size_t)n_users * sizeof *times);
    uint64_t n = (uint64_t)n_users;
    /* Two draws of 32 bits per 64, each exactly uniform: Lemire's multiplication with rejection
     * ("Fast Random Integer Generation in an Interval", 2019). */
    uint32_t reject = (uint32_t)(-(uint32_t)n) % (uint32_t)n;
    for (int64_t drawn = 0; drawn < n_users;) {
        uint64_t bits = rng_next(&rng);
        for (int half = 0; half < 2 && drawn < n_users; half++) {
            uint64_t product = (bits >> (32 * half) & UINT32_MAX) * n;
            if ((uint32_t)product < reject)
                continue;
            times[product >> 32]++;
            drawn++;
        }
    }
}

/* sum[c] = sum over users of times * column[c]. */
static void weigh(const struct columns *c, const uint16_t *times, double (*lane)[LANES])
{
    double weight[BLOCK_USERS];
    memset(lane, 0, (size_t)c->n_columns * sizeof *lane);
    for (int64_t from = 0; from < c->n_padded; from += BLOCK_USERS) {
        int64_t n = c->n_padded - from < BLOCK_USERS ? c->n_padded - from : BLOCK_USERS;
        for (int64_t i = 0; i < n; i++)
            weight[i] = times[from + i];
        for (int32_t k = 0; k < c->n_columns; k++) {
            const double *column = c->column[k] + from;
            double sum[LANES];
            memcpy(sum, lane[k], sizeof sum);
            for (int64_t i = 0; i < n; i += LANES) {
                for (int j = 0; j < LANES; j++)
                    sum[j] += weight[i + j] * column[i + j];
            }
            memcpy(lane[k], sum, sizeof sum);
        }
    }
}

static double total(const double lane[LANES])
{
    double sum = 0;
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

struct resampling {
    const struct columns *columns;
    uint64_t seed;
    int64_t resamples;
    double *mean;           /* [n_metrics * resamples]; NAN where no case counts */
    uint16_t **times;       /* per worker [n_padded] */
    double (**lane)[LANES]; /* per worker [n_columns] */
};

static bool resample_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct resampling *g = context;
    const struct columns *c = g->columns;
    if (!g->times[worker]) {
        g->times[worker] =
            mem_try_zarray((size_t)c->n_padded, sizeof(uint16_t), "bootstrap counts", err);
        g->lane[worker] = mem_zalloc((size_t)c->n_columns, sizeof **g->lane);
    }
    if (!g->times[worker])
        return false;
    for (int64_t b = begin; b < end; b++) {
        draw_users(g->seed, b, c->n_users, g->times[worker]);
        weigh(c, g->times[worker], g->lane[worker]);
        for (int32_t m = 0; m < c->n_metrics; m++) {
            double cases = total(g->lane[worker][c->count_of[m]]);
            g->mean[m * g->resamples + b] =
                cases > 0 ? total(g->lane[worker][m]) / cases : (double)NAN;
        }
    }
    return true;
}

/* mean[m * resamples + b] of every metric and resample. */
static bool resample_all(const struct columns *c, const struct bootstrap_options *o,
                         int64_t resamples, double *mean, struct progress *progress,
                         struct error *err)
{
    int n_workers = parallel_threads();
    struct resampling g = {.columns = c, .seed = o->seed, .resamples = resamples, .mean = mean};
    g.times = mem_zalloc((size_t)n_workers, sizeof *g.times);
    g.lane = mem_zalloc((size_t)n_workers, sizeof *g.lane);
    bool ok = parallel_for(resamples, RESAMPLES_CHUNK, resample_chunk, &g, progress, "bootstrap",
                           "resamples", err);
    for (int i = 0; i < n_workers; i++) {
        free(g.times[i]);
        free(g.lane[i]);
    }
    free(g.times);
    free(g.lane);
    return ok;
}

static double observed(const double *value, int64_t n)
{
    double sum = 0;
    int64_t cases = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isnan(value[i])) {
            sum += value[i];
            cases++;
        }
    }
    return cases > 0 ? sum / (double)cases : (double)NAN;
}

/* Percentiles of those replicates that are numbers; sorts them. */
static struct estimate estimate_from(double value, double *replicate, int64_t n, double level)
{
    int64_t kept = 0;
    for (int64_t b = 0; b < n; b++) {
        if (!isnan(replicate[b]))
            replicate[kept++] = replicate[b];
    }
    double tail = 50.0 * (1.0 - level);
    stats_sort(replicate, kept);
    return (struct estimate){value, stats_percentile(replicate, kept, tail),
                             stats_percentile(replicate, kept, 100.0 - tail)};
}

static int64_t resamples_of(const struct bootstrap_options *o)
{
    return o->resamples > 0 ? o->resamples : BOOTSTRAP_RESAMPLES;
}

static double level_of(const struct bootstrap_options *o)
{
    return o->level > 0 ? o->level : 0.95;
}

/* Fills mean (new, [n_metrics * resamples], the caller frees) from values per case. */
static bool replicates_new(const int32_t *user, int64_t n_cases, const double *const *value,
                           int32_t n_metrics, const struct bootstrap_options *options,
                           double **mean, struct progress *progress, struct error *err)
{
    struct columns c;
    int64_t resamples = resamples_of(options);
    *mean = mem_try_array((size_t)(n_metrics * resamples), sizeof **mean, "bootstrap means", err);
    if (!*mean || !columns_make(user, n_cases, value, n_metrics, &c, err))
        return false;
    bool ok = true;
    if (c.n_users > 0) {
        ok = resample_all(&c, options, resamples, *mean, progress, err);
    } else {
        for (int64_t i = 0; i < n_metrics * resamples; i++)
            (*mean)[i] = (double)NAN;
    }
    columns_release(&c);
    return ok;
}

bool bootstrap_means(const int32_t *user, int64_t n_cases, const double *const *value,
                     int32_t n_metrics, const struct bootstrap_options *options,
                     struct estimate *out, struct progress *progress, struct error *err)
{
    double *mean = NULL;
    int64_t resamples = resamples_of(options);
    bool ok = replicates_new(user, n_cases, value, n_metrics, options, &mean, progress, err);
    for (int32_t m = 0; ok && m < n_metrics; m++)
        out[m] = estimate_from(observed(value[m], n_cases), mean + m * resamples, resamples,
                               level_of(options));
    free(mean);
    return ok;
}

bool bootstrap_paired(const int32_t *user, int64_t n_cases, const double *const *a,
                      const double *const *b, int32_t n_metrics,
                      const struct bootstrap_options *options, struct estimate *out,
                      struct progress *progress, struct error *err)
{
    double **difference = mem_zalloc((size_t)n_metrics, sizeof *difference);
    bool ok = true;
    for (int32_t m = 0; ok && m < n_metrics; m++) {
        difference[m] = mem_try_array((size_t)n_cases, sizeof(double), "differences", err);
        ok = difference[m] != NULL;
        for (int64_t i = 0; ok && i < n_cases; i++)
            difference[m][i] = b[m][i] - a[m][i];
    }
    ok = ok && bootstrap_means(user, n_cases, (const double *const *)difference, n_metrics, options,
                               out, progress, err);
    for (int32_t m = 0; m < n_metrics; m++)
        free(difference[m]);
    free(difference);
    return ok;
}

/* Means of n_seeds runs, each of n_metrics, over all resamples. */
struct seed_means {
    const double *mean; /* [n_seeds * n_metrics * resamples] */
    const double *const *value;
    int32_t n_seeds, n_metrics;
    int64_t resamples;
    uint64_t stream; /* of the draws of seeds */
};

/* out[m * resamples + b] += sign * mean over drawn seeds, in resample b. */
static void add_seeds(const struct seed_means *s, uint64_t seed, double sign, double *out)
{
    for (int64_t b = 0; b < s->resamples; b++) {
        struct rng rng = rng_new(seed, rng_stream(s->stream, (uint64_t)b));
        for (int32_t i = 0; i < s->n_seeds; i++) {
            int64_t drawn = (int64_t)rng_below(&rng, (uint64_t)s->n_seeds);
            for (int64_t m = 0; m < s->n_metrics; m++)
                out[m * s->resamples + b] +=
                    sign * s->mean[(drawn * s->n_metrics + m) * s->resamples + b] / s->n_seeds;
        }
    }
}

static double observed_over_seeds(const struct seed_means *s, int32_t m, int64_t n_cases)
{
    double sum = 0;
    for (int32_t i = 0; i < s->n_seeds; i++)
        sum += observed(s->value[i * s->n_metrics + m], n_cases);
    return sum / s->n_seeds;
}

bool bootstrap_seeds(const int32_t *user, int64_t n_cases, const double *const *value,
                     int32_t n_seeds, int32_t n_metrics, const struct bootstrap_options *options,
                     struct estimate *out, struct progress *progress, struct error *err)
{
    double *mean = NULL;
    int64_t resamples = resamples_of(options);
    double *over = mem_try_zarray((size_t)(n_metrics * resamples), sizeof *over, "means", err);
    bool ok = over && replicates_new(user, n_cases, value, n_seeds * n_metrics, options, &mean,
                                     progress, err);
    struct seed_means s = {mean, value, n_seeds, n_metrics, resamples, STREAM_SEEDS};
    if (ok)
        add_seeds(&s, options->seed, 1, over);
    for (int32_t m = 0; ok && m < n_metrics; m++)
        out[m] = estimate_from(observed_over_seeds(&s, m, n_cases), over + m * resamples, resamples,
                               level_of(options));
    free(over);
    free(mean);
    return ok;
}

bool bootstrap_groups(const int32_t *user, int64_t n_cases, const double *const *a, int32_t n_a,
                      const double *const *b, int32_t n_b, int32_t n_metrics,
                      const struct bootstrap_options *options, struct estimate *out,
                      struct progress *progress, struct error *err)
{
    if (n_a == 1 && n_b == 1)
        return bootstrap_paired(user, n_cases, a, b, n_metrics, options, out, progress, err);
    double *mean_a = NULL, *mean_b = NULL;
    int64_t resamples = resamples_of(options);
    double *over = mem_try_zarray((size_t)(n_metrics * resamples), sizeof *over, "means", err);
    /* the same stream draws the same users for both */
    bool ok = over &&
              replicates_new(user, n_cases, a, n_a * n_metrics, options, &mean_a, progress, err) &&
              replicates_new(user, n_cases, b, n_b * n_metrics, options, &mean_b, progress, err);
    struct seed_means from = {mean_a, a, n_a, n_metrics, resamples, STREAM_SEEDS};
    struct seed_means to = {mean_b, b, n_b, n_metrics, resamples, STREAM_OTHER_SEEDS};
    if (ok) {
        add_seeds(&from, options->seed, -1, over);
        add_seeds(&to, options->seed, 1, over);
    }
    for (int32_t m = 0; ok && m < n_metrics; m++)
        out[m] = estimate_from(observed_over_seeds(&to, m, n_cases) -
                                   observed_over_seeds(&from, m, n_cases),
                               over + m * resamples, resamples, level_of(options));
    free(over);
    free(mean_a);
    free(mean_b);
    return ok;
}

bool estimate_distinguishable(const struct estimate *difference)
{
    return difference->lo > 0 || difference->hi < 0;
}
