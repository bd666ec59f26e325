#include "analysis/model/item_score.h"

#include <assert.h>
#include <math.h>

#include "analysis/model/sasrec.h"
#include "analysis/train/score.h"
#include "storage/base/mem.h"

/* How many tokens of an item's target the encoder makes targets; -1: the item is none. */
typedef int32_t (*token_count)(const void *context, const struct item_target *target);

static int32_t sasrec_tokens(const void *context, const struct item_target *target)
{
    (void)context;
    return target->after > 0 ? 1 : -1; /* the first item has nothing before it */
}

static int32_t gr_tokens_of(const void *context, const struct item_target *target)
{
    const struct gr *gr = context;
    const struct trie *trie = &gr->trie;
    if (!semid_has(&gr->table, target->item))
        return -1;
    const int32_t *code = semid_of(&gr->table, target->item);
    int32_t n = 0;
    for (int32_t l = 0, node = 0; l < gr->table.levels; l++) {
        n += trie->child[node + 1] - trie->child[node] > 1;
        node = trie_child(trie, node, trie->base[l] + code[l]);
    }
    return n;
}

/* Adds up the tokens of each item; both kinds of targets are in the same order. */
static void add_up(const struct item_samples *items, const double *of_token, int64_t n_tokens,
                   token_count count, const void *context, double *logp)
{
    int64_t at = 0;
    for (int64_t k = 0; k < items->n_targets; k++) {
        int32_t n = count(context, &items->target[k]);
        logp[k] = n < 0 ? (double)NAN : 0;
        for (int32_t i = 0; i < n; i++)
            logp[k] += of_token[at++];
    }
    assert(at == n_tokens);
    (void)n_tokens;
}

static bool score(const struct nn *model, const struct samples *samples,
                  const struct score_outputs *outputs, const struct item_samples *items,
                  token_count count, const void *context, double *logp, int32_t *rank,
                  struct progress *progress, struct error *err)
{
    double *of_token =
        mem_try_array((size_t)samples->n_targets + 1, sizeof *of_token, "scores of targets", err);
    bool ok = of_token && score_targets(model, samples, outputs, of_token, rank, progress, err);
    if (ok)
        add_up(items, of_token, samples->n_targets, count, context, logp);
    free(of_token);
    return ok;
}

/* From tokens to items, in place: ranks of targets to all. */
static void spread_ranks(const struct item_samples *items, int64_t n, int32_t *rank)
{
    for (int64_t k = items->n_targets - 1; k >= 0; k--)
        rank[k] = sasrec_tokens(NULL, &items->target[k]) < 0 ? 0 : rank[--n];
}

bool sasrec_score(const struct nn *model, int32_t n_items, const struct item_samples *items,
                  double *logp, int32_t *rank, struct progress *progress, struct error *err)
{
    struct samples samples = {0};
    struct score_outputs outputs = {.n = n_items};
    bool ok =
        sasrec_encode(items, n_items, &samples, err) &&
        score(model, &samples, &outputs, items, sasrec_tokens, NULL, logp, rank, progress, err);
    if (ok && rank)
        spread_ranks(items, samples.n_targets, rank);
    samples_release(&samples);
    return ok;
}

bool gr_score(const struct gr *gr, const struct nn *model, const struct item_samples *items,
              double *logp, struct progress *progress, struct error *err)
{
    struct samples samples = {0};
    struct gr legal = *gr;
    struct score_outputs outputs = {.legal_offset = gr->trie.child, .legal_token = gr->trie.token};
    legal.legal = true;
    bool ok = gr_encode(&legal, items, &samples, err) &&
              score(model, &samples, &outputs, items, gr_tokens_of, gr, logp, NULL, progress, err);
    samples_release(&samples);
    return ok;
}
