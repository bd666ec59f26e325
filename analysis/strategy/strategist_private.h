/* Inside analysis/strategy: the state that strategies share, and each one's part. */
#ifndef ANALYSIS_STRATEGY_STRATEGIST_PRIVATE_H
#define ANALYSIS_STRATEGY_STRATEGIST_PRIVATE_H

#include "analysis/math/rng.h"
#include "analysis/strategy/iirg.h"
#include "analysis/strategy/strategist.h"

struct strategist {
    struct strategy strategy;
    struct strategist_data data;
    struct item_samples base;    /* next-item, of every user */
    struct item_samples made[2]; /* the epoch's, and the room that the next step fills */
    int64_t extra;
    bool ready; /* made[0] holds samples that serve every epoch */
    struct iirg_lists iirg;
    double hop_scale;   /* 1 / mean of hop-weight's raw weights */
    int32_t *successor; /* [n_items][negatives] of unlikelihood */
    int32_t *seen;      /* dedup: [edges->n_distinct] occurrences in the epoch */
    float *prior, *log_popularity;
};

static inline double strategist_real(const struct strategist *s, enum strategy_option_id id)
{
    return s->strategy.value[id];
}
static inline int32_t strategist_int(const struct strategist *s, enum strategy_option_id id)
{
    return (int32_t)s->strategy.value[id];
}

/* The stream of (purpose, epoch, sample). */
static inline struct rng strategist_rng(const struct strategist *s, uint64_t purpose, int32_t epoch,
                                        int64_t sample)
{
    return rng_new(s->data.seed,
                   rng_stream(rng_stream(purpose, (uint64_t)epoch), (uint64_t)sample));
}

/* A step of an epoch: from `in` to `out`, which is empty; or in place. */
typedef bool (*strategist_step)(struct strategist *s, int32_t epoch, const struct item_samples *in,
                                struct item_samples *out, struct error *err);
typedef bool (*strategist_change)(struct strategist *s, struct item_samples *samples,
                                  struct error *err);

/* Copies a sample with its targets to the end of `out`. */
bool strategist_copy(const struct item_samples *in, int64_t sample, struct item_samples *out,
                     struct error *err);
/* A sample of next-item targets behind n items, all but the last of them inputs; the first item is
 * a target where `from_start`. */
bool strategist_add_sequence(struct item_samples *out, int32_t user, const int32_t *item, int32_t n,
                             bool from_start, struct error *err);

/* Drops the targets for which `stays` says no; asked in order of samples and targets. */
void strategist_keep(struct strategist *s, struct item_samples *samples,
                     bool (*stays)(struct strategist *s, const struct item_samples *samples,
                                   int64_t sample, const struct item_target *target));

bool canary_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                 struct item_samples *out, struct error *err);
bool augment_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                  struct item_samples *out, struct error *err);
bool item_dropout_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                       struct item_samples *out, struct error *err);
bool multi_hop_step(struct strategist *s, int32_t epoch, const struct item_samples *in,
                    struct item_samples *out, struct error *err);

bool iirg_prepare(struct strategist *s, struct progress *progress, struct error *err);
bool iirg_add(struct strategist *s, struct item_samples *samples, struct error *err);
bool hop_weight_prepare(struct strategist *s, struct error *err);
bool hop_weight_apply(struct strategist *s, struct item_samples *samples, struct error *err);
bool dedup_apply(struct strategist *s, struct item_samples *samples, struct error *err);
bool goldfish_apply(struct strategist *s, struct item_samples *samples, struct error *err);
bool unlikelihood_prepare(struct strategist *s, struct error *err);
bool smooth_prepare(struct strategist *s, struct error *err);
bool logq_prepare(struct strategist *s, struct error *err);

#endif
