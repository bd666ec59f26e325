/* Trie-constrained beam search. Contract in beam.h. */
#include "analysis/decode/beam.h"

#include <math.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/decode/cache.h"
#include "analysis/math/simd.h"
#include "analysis/math/topk.h"
#include "analysis/nn/logits.h"
#include "storage/base/mem.h"

struct beam {
    int32_t node;
    int32_t row; /* of the step that read its token; -1: one id left, no row */
    double score;
};

struct beam_search {
    const struct nn *nn;
    const struct trie *trie;
    struct decode_cache *cache;
    int32_t cases, width;
    struct beam *beam;                 /* [cases][width] */
    int32_t *n_beams;                  /* [cases] */
    struct topk_entry *entry;          /* [width] */
    struct beam *next;                 /* [width] */
    float *logit;                      /* [most children of a node] */
    int32_t *case_of, *parent, *token; /* [cases * width] the rows of a step */
};

static int32_t most_children(const struct trie *t)
{
    int32_t most = 1;
    for (int32_t n = 0; n < t->n_nodes; n++) {
        int32_t count = t->child[n + 1] - t->child[n];
        most = count > most ? count : most;
    }
    return most;
}

struct beam_search *beam_new(const struct nn *nn, const struct trie *trie, int32_t cases,
                             int32_t longest, int32_t width, struct error *err)
{
    static const char what[] = "beam search";
    struct beam_search *s = mem_zalloc(1, sizeof *s);
    *s = (struct beam_search){.nn = nn, .trie = trie, .cases = cases, .width = width};
    size_t rows = (size_t)cases * (size_t)width;
    struct decode_limits limits = {.cases = cases,
                                   .tokens = cases * longest,
                                   .longest = longest,
                                   .rows = (int32_t)rows,
                                   .steps = trie->levels > 1 ? trie->levels - 1 : 1};
    s->cache = decode_cache_new(nn, &limits, err);
    s->beam = mem_try_array(rows, sizeof *s->beam, what, err);
    s->n_beams = mem_try_array((size_t)cases, sizeof *s->n_beams, what, err);
    s->entry = mem_try_array((size_t)width, sizeof *s->entry, what, err);
    s->next = mem_try_array((size_t)width, sizeof *s->next, what, err);
    s->logit = mem_try_array((size_t)most_children(trie), sizeof *s->logit, what, err);
    s->case_of = mem_try_array(rows, sizeof *s->case_of, what, err);
    s->parent = mem_try_array(rows, sizeof *s->parent, what, err);
    s->token = mem_try_array(rows, sizeof *s->token, what, err);
    if (s->cache && s->beam && s->n_beams && s->entry && s->next && s->logit && s->case_of &&
        s->parent && s->token)
        return s;
    beam_free(s);
    return NULL;
}

void beam_free(struct beam_search *s)
{
    if (!s)
        return;
    decode_cache_free(s->cache);
    free(s->beam);
    free(s->n_beams);
    free(s->entry);
    free(s->next);
    free(s->logit);
    free(s->case_of);
    free(s->parent);
    free(s->token);
    free(s);
}

static double log_sum_exp(int32_t n, const float *z)
{
    float max = z[0];
    double sum = 0;
    for (int32_t i = 1; i < n; i++)
        max = z[i] > max ? z[i] : max;
    for (int32_t i = 0; i < n; i++)
        sum += (double)simd_exp(z[i] - max);
    return (double)max + log(sum);
}

/* Offers the children of a beam, given the hidden row of its last token. */
static void expand(struct beam_search *s, const struct beam *b, const float *hidden,
                   struct topk *top)
{
    const struct trie *t = s->trie;
    int32_t first = t->child[b->node], n = t->child[b->node + 1] - first;
    int32_t D = s->nn->layout.config.hidden_size;
    if (n == 1) {
        topk_push(top, b->score, first);
        return;
    }
    nn_list_logits(n, D, t->token + first, s->nn->param + s->nn->layout.output,
                   hidden + (size_t)b->row * (size_t)D, s->logit);
    double total = log_sum_exp(n, s->logit);
    for (int32_t i = 0; i < n; i++)
        topk_push(top, b->score + ((double)s->logit[i] - total), first + i);
}

static int32_t parent_row(const struct beam_search *s, const struct beam *beams, int32_t n,
                          int32_t node)
{
    const int32_t *child = s->trie->child;
    int32_t i = 0;
    while (i + 1 < n && (node < child[beams[i].node] || node >= child[beams[i].node + 1]))
        i++;
    return beams[i].row;
}

/* Replaces the beams of a case by the best of their children; their rows become their parents'. */
static void advance(struct beam_search *s, int32_t c, const float *hidden)
{
    struct beam *beams = s->beam + (size_t)c * (size_t)s->width;
    struct topk top = topk_new(s->entry, s->width);
    for (int32_t i = 0; i < s->n_beams[c]; i++)
        expand(s, &beams[i], hidden, &top);
    topk_sort(&top);
    for (int32_t i = 0; i < top.n; i++)
        s->next[i] = (struct beam){
            .node = s->entry[i].index,
            .row = parent_row(s, beams, s->n_beams[c], s->entry[i].index),
            .score = s->entry[i].score,
        };
    memcpy(beams, s->next, (size_t)top.n * sizeof *beams);
    s->n_beams[c] = top.n;
}

/* Reads the tokens of all beams that have more than one id below them. */
static const float *read_tokens(struct beam_search *s, int32_t step, int32_t cases)
{
    int32_t n = 0;
    for (int32_t c = 0; c < cases; c++) {
        for (int32_t i = 0; i < s->n_beams[c]; i++) {
            struct beam *b = &s->beam[(size_t)c * (size_t)s->width + (size_t)i];
            if (trie_leaves(s->trie, b->node) == 1)
                continue;
            s->case_of[n] = c;
            s->parent[n] = b->row;
            s->token[n] = s->trie->token[b->node];
            b->row = n++;
        }
    }
    return decode_step(s->cache, step, n, s->case_of, s->parent, s->token);
}

static void write_list(const struct beam_search *s, int32_t c, int32_t depth, int32_t *item,
                       float *score)
{
    const struct trie *t = s->trie;
    int32_t n = 0;
    for (int32_t i = 0; i < s->n_beams[c]; i++) {
        const struct beam *b = &s->beam[(size_t)c * (size_t)s->width + (size_t)i];
        int32_t leaf = t->leaf[b->node];
        for (int32_t k = t->item_offset[leaf]; k < t->item_offset[leaf + 1] && n < depth;
             k++, n++) {
            item[n] = t->item[k];
            score[n] = (float)b->score;
        }
    }
    for (; n < depth; n++) {
        item[n] = RECS_NONE;
        score[n] = 0;
    }
}

void beam_run(struct beam_search *s, const struct nn_batch *histories, int32_t depth, int32_t *item,
              float *score)
{
    int32_t cases = histories->n_sequences;
    const float *hidden = decode_prefill(s->cache, histories);
    for (int32_t c = 0; c < cases; c++) {
        s->beam[(size_t)c * (size_t)s->width] = (struct beam){.row = histories->start[c + 1] - 1};
        s->n_beams[c] = s->trie->n_leaves ? 1 : 0;
    }
    for (int32_t level = 0; level < s->trie->levels; level++) {
        for (int32_t c = 0; c < cases; c++)
            advance(s, c, hidden);
        if (level + 1 < s->trie->levels)
            hidden = read_tokens(s, level, cases);
    }
    for (int32_t c = 0; c < cases; c++)
        write_list(s, c, depth, item + (int64_t)c * depth, score + (int64_t)c * depth);
}
