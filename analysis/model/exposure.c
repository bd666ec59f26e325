#include "analysis/model/exposure.h"

#include <math.h>

#include "analysis/math/rng.h"
#include "analysis/model/item_score.h"
#include "storage/base/mem.h"

enum { LIST_SLOTS = 1 << 22, STREAM_SAMPLE = 0x6578706f };

static const char WHAT[] = "ranks of canaries";

double exposure_of(int32_t n_items, double rank)
{
    return log2((double)n_items) - log2(rank);
}

static int32_t length_of(const struct corpus *canaries, int32_t canary)
{
    return (int32_t)(canaries->offset[canary + 1] - canaries->offset[canary]);
}

static int32_t last_of(const struct corpus *canaries, int32_t canary)
{
    return corpus_sequence(canaries, canary)[length_of(canaries, canary) - 1];
}

/* The canary's prefix with `end` as its target. */
static bool add_end(const struct corpus *canaries, int32_t canary, int32_t end,
                    struct item_samples *out, struct error *err)
{
    int32_t n = length_of(canaries, canary) - 1;
    struct item_target target = {n, end, 1, TASK_NEXT_ITEM};
    return item_samples_add(out, TASK_NEXT_ITEM, ITEM_NO_USER, corpus_sequence(canaries, canary), n,
                            err) &&
           item_samples_target(out, target, err);
}

/* ---- among the whole catalogue ---- */

static double place_in(const int32_t *list, int32_t n, int32_t item)
{
    for (int32_t k = 0; k < n; k++)
        if (list[k] == item)
            return k + 1;
    return (double)NAN;
}

bool exposure_rank_sasrec(const struct nn *model, const struct corpus *canaries, double *ranks,
                          struct progress *progress, struct error *err)
{
    struct item_samples ends = {0};
    size_t n = (size_t)canaries->n_users;
    double *logp = mem_try_array(n, sizeof *logp, WHAT, err);
    int32_t *rank = mem_try_array(n, sizeof *rank, WHAT, err);
    bool ok = logp && rank;
    for (int32_t c = 0; ok && c < canaries->n_users; c++)
        ok = add_end(canaries, c, last_of(canaries, c), &ends, err);
    ok = ok && sasrec_score(model, canaries->n_items, &ends, logp, rank, progress, err);
    for (size_t c = 0; ok && c < n; c++)
        ranks[c] = rank[c];
    item_samples_release(&ends);
    free(logp);
    free(rank);
    return ok;
}

bool exposure_rank_gr(const struct gr *gr, const struct nn *model, const struct corpus *canaries,
                      double *ranks, struct progress *progress, struct error *err)
{
    struct gr wide = *gr;
    wide.beam = gr->trie.n_leaves > 0 ? gr->trie.n_leaves : 1;
    int32_t n = canaries->n_users, V = canaries->n_items;
    int32_t many = LIST_SLOTS / V < 1 ? 1 : LIST_SLOTS / V > n ? n : LIST_SLOTS / V;
    size_t slots = (size_t)many * (size_t)V;
    int32_t *item = mem_try_array(slots, sizeof *item, WHAT, err);
    float *score = mem_try_array(slots, sizeof *score, WHAT, err);
    int32_t *user = mem_try_array((size_t)many, sizeof *user, WHAT, err);
    int32_t *position = mem_try_array((size_t)many, sizeof *position, WHAT, err);
    bool ok = item && score && user && position;
    for (int32_t first = 0; ok && first < n; first += many) {
        struct case_list cases = {first + many > n ? n - first : many, user, position};
        for (int32_t i = 0; i < (int32_t)cases.n; i++) {
            user[i] = first + i;
            position[i] = length_of(canaries, first + i) - 1;
        }
        ok = gr_rank(&wide, model, canaries, &cases, V, item, score, progress, err);
        for (int32_t i = 0; ok && i < (int32_t)cases.n; i++)
            ranks[first + i] =
                place_in(item + (size_t)i * (size_t)V, V, last_of(canaries, first + i));
    }
    free(item);
    free(score);
    free(user);
    free(position);
    return ok;
}

/* ---- among a sample ---- */

/* The prefix with its own end, then with each of the sample's. */
static bool add_ends(const struct corpus *canaries, int32_t canary, int32_t sample, uint64_t seed,
                     struct item_samples *out, struct error *err)
{
    struct rng rng = rng_new(seed, rng_stream(STREAM_SAMPLE, (uint64_t)canary));
    int32_t own = last_of(canaries, canary);
    bool ok = add_end(canaries, canary, own, out, err);
    for (int32_t i = 0; ok && i < sample; i++) { /* any but its own */
        int32_t draw = (int32_t)rng_below(&rng, (uint64_t)canaries->n_items - 1);
        ok = add_end(canaries, canary, draw + (draw >= own), out, err);
    }
    return ok;
}

static double rank_in_sample(const struct item_samples *s, const double *logp, int32_t n_items)
{
    int64_t better = 0, n = s->n_targets - 1;
    for (int64_t k = 1; k <= n; k++) /* NAN, an item without an id, is no better */
        better += logp[k] > logp[0] || (!(logp[k] < logp[0]) && !isnan(logp[k]) &&
                                        s->target[k].item < s->target[0].item);
    return isnan(logp[0]) ? logp[0] : 1 + (double)(n_items - 1) * (double)better / (double)n;
}

bool exposure_rank_sampled(const struct gr *gr, const struct nn *model,
                           const struct corpus *canaries, int32_t sample, uint64_t seed,
                           double *ranks, struct progress *progress, struct error *err)
{
    struct item_samples ends = {0};
    double *logp = mem_try_array((size_t)sample + 1, sizeof *logp, WHAT, err);
    bool ok = logp != NULL;
    for (int32_t c = 0; ok && c < canaries->n_users; c++) {
        item_samples_clear(&ends);
        ok = add_ends(canaries, c, sample, seed, &ends, err) &&
             gr_score(gr, model, &ends, logp, progress, err);
        if (ok)
            ranks[c] = rank_in_sample(&ends, logp, canaries->n_items);
    }
    item_samples_release(&ends);
    free(logp);
    return ok;
}
