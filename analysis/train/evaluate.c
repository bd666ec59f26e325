/* Validation and extraction after an epoch. Contract in evaluate.h. */
#include "analysis/train/evaluate.h"

#include <math.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "analysis/metric/ranking.h"
#include "storage/base/mem.h"

enum { STREAM_VALID = 0x76616c64, STREAM_EXTRACTION = 0x65787472, CUT = 10 };

/* Chooses n of `total` positions in ascending order: walking along, each is taken with the chance
 * that makes all subsets equally likely (Knuth, TAOCP 2, 3.4.2, algorithm S). */
struct chooser {
    struct rng rng;
    int64_t left, wanted;
};

static bool choose(struct chooser *c)
{
    bool take = (int64_t)rng_below(&c->rng, (uint64_t)c->left) < c->wanted;
    c->left--;
    c->wanted -= take;
    return take;
}

static bool cases_new(struct case_list *out, int64_t n, struct error *err)
{
    *out = (struct case_list){0};
    out->user = mem_try_array((size_t)n, sizeof *out->user, "evaluation cases", err);
    out->position = mem_try_array((size_t)n, sizeof *out->position, "evaluation cases", err);
    return out->user && out->position;
}

static void cases_add(struct case_list *list, int32_t user, int32_t position)
{
    list->user[list->n] = user;
    list->position[list->n++] = position;
}

static bool sample_valid(struct evaluation *e, const struct case_list *all, uint64_t seed,
                         int64_t n, struct error *err)
{
    struct chooser c = {rng_new(seed, STREAM_VALID), all->n, n < all->n ? n : all->n};
    if (!cases_new(&e->valid, c.wanted, err))
        return false;
    for (int64_t i = 0; i < all->n; i++) {
        if (choose(&c))
            cases_add(&e->valid, all->user[i], all->position[i]);
    }
    return true;
}

static bool sample_extraction(struct evaluation *e, const struct training *training, uint64_t seed,
                              int64_t n, struct error *err)
{
    int64_t total = 0;
    for (int32_t u = 0; u < training->corpus->n_users; u++)
        total += training->end[u] > 1 ? training->end[u] - 1 : 0;
    struct chooser c = {rng_new(seed, STREAM_EXTRACTION), total, n < total ? n : total};
    if (!cases_new(&e->extraction, c.wanted, err))
        return false;
    for (int32_t u = 0; u < training->corpus->n_users; u++) {
        for (int32_t p = 1; p < training->end[u]; p++) {
            if (choose(&c))
                cases_add(&e->extraction, u, p);
        }
    }
    return true;
}

bool evaluation_init(struct evaluation *e, const struct training *training,
                     const struct case_list *valid, uint64_t seed, int64_t n_valid,
                     int64_t n_extraction, int32_t depth, struct error *err)
{
    static const struct case_list none;
    *e = (struct evaluation){.corpus = training->corpus, .depth = depth};
    bool ok = sample_valid(e, valid ? valid : &none, seed, n_valid, err) &&
              sample_extraction(e, training, seed, n_extraction, err);
    int64_t larger = e->valid.n > e->extraction.n ? e->valid.n : e->extraction.n;
    size_t cells = (size_t)larger * (size_t)depth;
    e->item = ok ? mem_try_array(cells, sizeof *e->item, "evaluation lists", err) : NULL;
    e->score = ok ? mem_try_array(cells, sizeof *e->score, "evaluation lists", err) : NULL;
    if (e->item && e->score)
        return true;
    evaluation_release(e);
    return false;
}

void evaluation_release(struct evaluation *e)
{
    free(e->valid.user);
    free(e->valid.position);
    free(e->extraction.user);
    free(e->extraction.position);
    free(e->item);
    free(e->score);
    *e = (struct evaluation){0};
}

/* Ranks the cases and counts their targets in the top 10: means of [rank <= 10] and of NDCG. */
static bool measure(struct evaluation *e, const struct nn *model, const struct case_list *cases,
                    double *recall, double *ndcg, struct progress *progress, struct error *err)
{
    *recall = *ndcg = (double)NAN;
    if (cases->n == 0)
        return true;
    if (!e->rank(e->context, model, e->corpus, cases, e->depth, e->item, e->score, progress, err))
        return false;
    double hits = 0, gains = 0;
    for (int64_t c = 0; c < cases->n; c++) {
        int32_t target = corpus_sequence(e->corpus, cases->user[c])[cases->position[c]];
        for (int32_t k = 0; k < CUT && k < e->depth; k++) {
            if (e->item[c * e->depth + k] != target)
                continue;
            hits += 1;
            gains += ranking_value(RANKING_NDCG, CUT, k + 1);
            break;
        }
    }
    *recall = hits / (double)cases->n;
    *ndcg = gains / (double)cases->n;
    return true;
}

bool evaluation_run(void *evaluation, const struct nn *model, struct train_epoch *out,
                    struct progress *progress, struct error *err)
{
    struct evaluation *e = evaluation;
    double unused;
    if (!measure(e, model, &e->valid, &out->recall10, &out->ndcg10, progress, err))
        return false;
    struct recs recs = {e->valid.n, e->depth, e->item, e->score};
    if (e->valid.n > 0 && e->on_lists &&
        !e->on_lists(e->on_lists_context, &recs, &e->valid, out, err))
        return false;
    return measure(e, model, &e->extraction, &out->extraction, &unused, progress, err);
}
