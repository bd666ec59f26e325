/*
 * Training samples of items, before a model writes them in its own tokens: the one representation
 * that every strategy works on, for models of item ids and of semantic ids alike.
 *
 * A sample is a sequence of input items with targets: "after the first `after` inputs, `item`
 * comes". Next-item prediction has target k = input k after k inputs; strategies add, weigh and
 * drop targets, and add samples of other tasks.
 */
#ifndef ANALYSIS_TRAIN_ITEM_SAMPLES_H
#define ANALYSIS_TRAIN_ITEM_SAMPLES_H

#include "analysis/corpus/corpus.h"
#include "analysis/train/samples.h"

/* An input that is hidden; nothing stands there; a sample of no user. */
enum { ITEM_MASK = -2, ITEM_NONE = -1, ITEM_NO_USER = -1 };

enum item_task { TASK_NEXT_ITEM, TASK_COLLABORATIVE, TASK_SEMANTIC, ITEM_TASKS };

/* Groups of targets (samples.h): each task has one; targets d >= 2 steps ahead have one for each d.
 */
enum { GROUP_AHEAD = ITEM_TASKS - 2, HOPS_MAX = SAMPLES_MAX_GROUPS - 1 - GROUP_AHEAD };
static inline uint8_t item_group_ahead(int32_t d) /* 2 <= d <= HOPS_MAX */
{
    return (uint8_t)(GROUP_AHEAD + d);
}

struct item_target {
    int32_t after; /* 0 .. inputs of the sample */
    int32_t item;
    float weight;
    uint8_t group;
};

struct item_samples {
    int64_t n, n_items, n_targets;
    int64_t *offset;        /* [n+1] inputs of each sample */
    int32_t *item;          /* [n_items] or ITEM_MASK */
    int64_t *target_offset; /* [n+1] */
    struct item_target *target;
    /* Negatives of the targets behind item x, for unlikelihood: negative[x * negative_keep] .. up
     * to the first -1. Borrowed; NULL: none. */
    const int32_t *negative; /* [catalogue][negative_keep] */
    int32_t negative_keep;
    int32_t *user; /* [n] whose training sequence it is from, or ITEM_NO_USER */
    uint8_t *task; /* [n] enum item_task */
    size_t cap_offset, cap_item, cap_target_offset, cap_target, cap_user, cap_task;
};

void item_samples_release(struct item_samples *s); /* a zeroed one is fine */
void item_samples_clear(struct item_samples *s);   /* empty again, keeps the memory */

/* Appends a sample of n inputs (0 is fine) without targets. */
bool item_samples_add(struct item_samples *s, enum item_task task, int32_t user,
                      const int32_t *item, int32_t n, struct error *err);
/* Adds a target to the last sample, in ascending `after`. */
bool item_samples_target(struct item_samples *s, struct item_target target, struct error *err);

static inline int32_t item_samples_length(const struct item_samples *s, int64_t sample)
{
    return (int32_t)(s->offset[sample + 1] - s->offset[sample]);
}

/* The item before a target, or ITEM_MASK or ITEM_NONE (nothing stands before it). */
static inline int32_t item_samples_before(const struct item_samples *s, int64_t sample,
                                          const struct item_target *target)
{
    return target->after > 0 ? s->item[s->offset[sample] + target->after - 1] : ITEM_NONE;
}

/* The negatives of a target: *n of them, the target itself may be among them. */
static inline const int32_t *item_samples_negatives(const struct item_samples *s, int64_t sample,
                                                    const struct item_target *target, int32_t *n)
{
    int32_t x = item_samples_before(s, sample, target);
    *n = 0;
    if (!s->negative || x < 0 || target->group != TASK_NEXT_ITEM)
        return NULL;
    const int32_t *row = s->negative + (int64_t)x * s->negative_keep;
    while (*n < s->negative_keep && row[*n] >= 0)
        ++*n;
    return row;
}

/* Next-item prediction: every training sequence, in the order of users, cut from its end into
 * windows of at most max_items + 1 items that share one item; a window is inputs followed by one
 * more target. The first item of a sequence is a target, too (after 0). A sequence of one item is
 * a sample without inputs. */
bool item_samples_next(const struct training *training, int32_t max_items, struct item_samples *out,
                       struct error *err);

#endif
