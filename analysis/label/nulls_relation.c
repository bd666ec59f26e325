/*
 * The shuffle null of label shares. Replicates are the inner loop: a case's history is marked once,
 * an item's label is worked out at most once per case, and replicates count codes (numbered densely
 * as they turn up in the 14-bit code space) rather than 18 labels.
 */
#include <math.h>

#include "analysis/label/nulls_internal.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES_CHUNK = 64, DENSE_CODES = 4 * 5 * 5 * 5 + 2 };

struct label_memory {
    struct relation_scratch *scratch;
    int32_t *seen;  /* [n_items] 1 + the case that `code` belongs to */
    uint16_t *code; /* [n_items] dense number of the item's code */
    int64_t *count; /* [replicates * DENSE_CODES] */
};

struct label_null {
    const struct relation_index *index;
    const struct corpus *corpus;
    const struct case_list *cases;
    const int32_t *item;
    int32_t stride, k;
    int replicates;
    struct permutation *permutation; /* [replicates] */
    struct label_memory *memory;     /* per worker */
};

/* Codes with a label, numbered: memorization, uncategorized (no type holds), then the types. */
static uint16_t dense_of(uint16_t code)
{
    if (relation_class(code) == RELATION_MEMORIZATION)
        return DENSE_CODES - 1;
    int substitutability = relation_hop(code, RELATION_SUBSTITUTABILITY); /* 0, 2, 3, 4 */
    int n = substitutability > 0 ? substitutability - 1 : 0;
    n = 5 * n + relation_hop(code, RELATION_SYMMETRY);
    n = 5 * n + relation_hop(code, RELATION_TRANSITIVITY);
    n = 5 * n + relation_hop(code, RELATION_SECOND_SYMMETRY);
    return (uint16_t)n;
}

static uint32_t labels_of_dense(int dense)
{
    if (dense == DENSE_CODES - 1)
        return relation_label_set(RELATION_MEMORIZATION << 12);
    if (dense == 0)
        return relation_label_set(RELATION_UNCATEGORIZED << 12);
    int substitutability = dense / 125 % 4;
    unsigned code = (unsigned)(substitutability > 0 ? substitutability + 1 : 0)
                        << (3 * RELATION_SUBSTITUTABILITY) |
                    (unsigned)(dense / 25 % 5) << (3 * RELATION_SYMMETRY) |
                    (unsigned)(dense / 5 % 5) << (3 * RELATION_TRANSITIVITY) |
                    (unsigned)(dense % 5) << (3 * RELATION_SECOND_SYMMETRY);
    return relation_label_set((uint16_t)(RELATION_GENERALIZATION << 12 | code));
}

static void shuffle_case(const struct label_null *g, struct label_memory *m, int64_t c)
{
    int32_t stamp = (int32_t)c + 1;
    for (int r = 0; r < g->replicates; r++) {
        const int32_t *row = g->item + permutation_at(&g->permutation[r], c) * g->stride;
        int64_t *count = m->count + (int64_t)r * DENSE_CODES;
        for (int32_t i = 0; i < g->k; i++) {
            int32_t v = row[i];
            if (v < 0)
                continue;
            if (m->seen[v] != stamp) {
                m->seen[v] = stamp;
                m->code[v] = dense_of(relation_of(g->index, m->scratch, v));
            }
            count[m->code[v]]++;
        }
    }
}

static bool memory_new(const struct label_null *g, struct label_memory *m, struct error *err)
{
    size_t n = (size_t)g->corpus->n_items;
    m->scratch = relation_scratch_new(g->index, err);
    m->seen = mem_try_zarray(n, sizeof *m->seen, "label null", err);
    m->code = mem_try_array(n, sizeof *m->code, "label null", err);
    m->count = mem_try_zarray((size_t)g->replicates * DENSE_CODES, sizeof *m->count,
                              "label null counts", err);
    return m->scratch && m->seen && m->code && m->count;
}

static bool shuffle_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct label_null *g = context;
    struct label_memory *m = &g->memory[worker];
    if (!m->scratch && !memory_new(g, m, err))
        return false;
    for (int64_t c = begin; c < end; c++) {
        int32_t position = g->cases->position[c];
        if (position == 0) /* no history: no label at all */
            continue;
        relation_load(g->index, m->scratch, corpus_sequence(g->corpus, g->cases->user[c]),
                      position);
        shuffle_case(g, m, c);
    }
    return true;
}

/* share[l * replicates + r] from the counts of all workers. */
static void shares(const struct label_null *g, int n_workers, double *share)
{
    for (int r = 0; r < g->replicates; r++) {
        int64_t labelled = 0, label[RELATION_LABELS] = {0};
        for (int d = 0; d < DENSE_CODES; d++) {
            int64_t n = 0;
            for (int w = 0; w < n_workers; w++)
                n += g->memory[w].count ? g->memory[w].count[(int64_t)r * DENSE_CODES + d] : 0;
            uint32_t set = n > 0 ? labels_of_dense(d) : 0;
            labelled += n;
            for (int l = 0; l < RELATION_LABELS; l++)
                label[l] += set >> l & 1 ? n : 0;
        }
        for (int l = 0; l < RELATION_LABELS; l++)
            share[l * g->replicates + r] =
                labelled > 0 ? (double)label[l] / (double)labelled : (double)NAN;
    }
}

bool relation_nulls(const struct relation_index *index, const struct corpus *corpus,
                    const struct case_list *cases, const int32_t *item, int32_t stride, int32_t k,
                    const struct null_options *options, struct interval out[RELATION_LABELS],
                    struct progress *progress, struct error *err)
{
    int n_workers = parallel_threads();
    struct label_null g = {
        .index = index, .corpus = corpus, .cases = cases, .item = item, .stride = stride, .k = k};
    g.replicates = options->replicates > 0 ? options->replicates : NULL_REPLICATES;
    if (cases->n >= INT32_MAX)
        return error_set(err, ERROR_INPUT,
                         "label null: more than 2,147,483,646 cases; label a "
                         "sample of the users");
    size_t replicates = (size_t)g.replicates;
    g.permutation = mem_zalloc(replicates, sizeof *g.permutation);
    for (int r = 0; r < g.replicates; r++)
        g.permutation[r] = permutation_new(options->seed, (uint64_t)r, cases->n);
    g.memory = mem_zalloc((size_t)n_workers, sizeof *g.memory);
    bool ok = parallel_for(cases->n, CASES_CHUNK, shuffle_chunk, &g, progress, "label null",
                           "cases", err);
    double *share = mem_zalloc(replicates * RELATION_LABELS, sizeof *share);
    if (ok)
        shares(&g, n_workers, share);
    for (int l = 0; ok && l < RELATION_LABELS; l++)
        out[l] = stats_interval(share + (size_t)l * replicates, g.replicates);
    free(share);
    for (int w = 0; w < n_workers; w++) {
        relation_scratch_free(g.memory[w].scratch);
        free(g.memory[w].seen);
        free(g.memory[w].code);
        free(g.memory[w].count);
    }
    free(g.memory);
    free(g.permutation);
    return ok;
}
