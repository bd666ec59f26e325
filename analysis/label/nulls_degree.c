/*
 * The degree null. Transitions are laid out by their tail; a rewired multigraph is the same layout
 * with the heads permuted by a keyed bijection, so every item keeps its out- and in-count.
 * Candidate sets of the rewired table are made by the code of the real one. Memory: 20 bytes per
 * transition.
 */
#include <math.h>
#include <string.h>

#include "analysis/label/nulls_internal.h"
#include "analysis/label/onehop_rows.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES_CHUNK = 128, EDGES_CHUNK = 1 << 14, SEED_DEGREE = 0xde9 };

struct rewiring {
    const struct onehop *o;
    const struct case_list *cases;
    const struct recs *recs;
    int32_t k;
    int64_t n_edges;
    int64_t *offset;  /* [n_items+1] transitions by tail */
    int32_t *head;    /* [n_edges] as counted */
    int32_t *rewired; /* [n_edges] of this replicate */
    int64_t *first;   /* [n_users] number of the user's first transition */
    int64_t *slot;    /* [n_edges] where each user's transitions are; NULL unless own=leave */
    struct permutation permutation;
    struct onehop_scratch **scratch; /* per worker */
    int64_t *hits, *reachable;       /* per worker */
};

static int64_t count_edges(struct rewiring *w)
{
    const struct training *t = &w->o->training;
    int64_t n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *sequence = corpus_sequence(t->corpus, u);
        w->first[u] = n;
        for (int32_t i = 0; i + 1 < t->end[u]; i++)
            w->offset[sequence[i] + 1]++;
        n += t->end[u] > 0 ? t->end[u] - 1 : 0;
    }
    for (int32_t x = 0; x < t->corpus->n_items; x++)
        w->offset[x + 1] += w->offset[x];
    return n;
}

static bool lay_out(struct rewiring *w, struct error *err)
{
    const struct training *t = &w->o->training;
    size_t n_items = (size_t)t->corpus->n_items;
    w->offset = mem_try_zarray(n_items + 1, sizeof *w->offset, "transitions", err);
    w->first = mem_try_array((size_t)t->corpus->n_users, sizeof *w->first, "transitions", err);
    int64_t *next = mem_try_array(n_items, sizeof *next, "transitions", err);
    if (!w->offset || !w->first || !next)
        goto failed;
    w->n_edges = count_edges(w);
    size_t n = (size_t)w->n_edges;
    w->head = mem_try_array(n, sizeof *w->head, "transitions", err);
    w->rewired = mem_try_array(n, sizeof *w->rewired, "rewired transitions", err);
    w->slot = w->o->definition.own_leave
                  ? mem_try_array(n, sizeof *w->slot, "transitions of users", err)
                  : NULL;
    if (!w->head || !w->rewired || (!w->slot && w->o->definition.own_leave))
        goto failed;
    memcpy(next, w->offset, n_items * sizeof *next);
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *sequence = corpus_sequence(t->corpus, u);
        for (int32_t i = 0; i + 1 < t->end[u]; i++) {
            int64_t at = next[sequence[i]]++;
            w->head[at] = sequence[i + 1];
            if (w->slot)
                w->slot[w->first[u] + i] = at;
        }
    }
    free(next);
    return true;
failed:
    free(next);
    return false;
}

static bool rewire_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker;
    (void)err;
    struct rewiring *w = context;
    for (int64_t e = begin; e < end; e++)
        w->rewired[e] = w->head[permutation_at(&w->permutation, e)];
    return true;
}

static bool count_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct rewiring *w = context;
    struct onehop_rows rows = {
        .offset = w->offset, .item = w->rewired, .first = w->first, .slot = w->slot};
    if (!w->scratch[worker])
        w->scratch[worker] = onehop_scratch_new(w->o, err);
    struct onehop_scratch *s = w->scratch[worker];
    if (!s)
        return false;
    for (int64_t c = begin; c < end; c++) {
        int32_t user = w->cases->user[c], position = w->cases->position[c];
        const int32_t *sequence = corpus_sequence(w->o->training.corpus, user);
        onehop_load_rows(w->o, &rows, s, user, sequence, position);
        w->reachable[worker] += onehop_has(s, sequence[position]);
        if (w->recs)
            w->hits[worker] += onehop_hits(s, recs_row(w->recs, c), w->k);
    }
    return true;
}

/* One replicate: shares of hits and of reachable targets. */
static bool replicate(struct rewiring *w, uint64_t seed, int r, double *ratio, double *reachable,
                      struct error *err)
{
    int n_workers = parallel_threads();
    int64_t hits = 0, reached = 0;
    memset(w->hits, 0, (size_t)n_workers * sizeof *w->hits);
    memset(w->reachable, 0, (size_t)n_workers * sizeof *w->reachable);
    w->permutation = permutation_new(seed ^ SEED_DEGREE, (uint64_t)r, w->n_edges);
    if (!parallel_for(w->n_edges, EDGES_CHUNK, rewire_chunk, w, NULL, "", "", err) ||
        !parallel_for(w->cases->n, CASES_CHUNK, count_chunk, w, NULL, "", "", err))
        return false;
    for (int i = 0; i < n_workers; i++) {
        hits += w->hits[i];
        reached += w->reachable[i];
    }
    *ratio = (double)hits / ((double)w->cases->n * w->o->definition.k);
    *reachable = (double)reached / (double)w->cases->n;
    return true;
}

static bool run(struct rewiring *w, int replicates, uint64_t seed, struct onehop_nulls *out,
                struct progress *progress, struct error *err)
{
    double *ratio = mem_zalloc((size_t)replicates, sizeof *ratio);
    double *reachable = mem_zalloc((size_t)replicates, sizeof *reachable);
    bool ok = lay_out(w, err);
    for (int r = 0; ok && r < replicates; r++) {
        ok = progress_at(progress, "degree null", r, replicates, "replicates", err) &&
             replicate(w, seed, r, &ratio[r], &reachable[r], err);
    }
    if (ok) {
        out->ratio_degree = stats_interval(ratio, replicates);
        out->reachable_degree = stats_interval(reachable, replicates);
    }
    free(ratio);
    free(reachable);
    return ok;
}

bool degree_null(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                 int replicates, uint64_t seed, struct onehop_nulls *out, struct progress *progress,
                 struct error *err)
{
    int n_workers = parallel_threads();
    const struct interval none = {(double)NAN, (double)NAN, (double)NAN};
    out->ratio_degree = out->reachable_degree = none;
    if (cases->n == 0)
        return true;
    struct rewiring w = {.o = o, .cases = cases, .recs = recs};
    w.k = recs && recs->depth < o->definition.k ? recs->depth : o->definition.k;
    w.scratch = mem_zalloc((size_t)n_workers, sizeof *w.scratch);
    w.hits = mem_zalloc((size_t)n_workers, sizeof *w.hits);
    w.reachable = mem_zalloc((size_t)n_workers, sizeof *w.reachable);
    bool ok = run(&w, replicates, seed, out, progress, err);
    if (!recs)
        out->ratio_degree = none;
    for (int i = 0; i < n_workers; i++)
        onehop_scratch_free(w.scratch[i]);
    free(w.scratch);
    free(w.hits);
    free(w.reachable);
    free(w.offset);
    free(w.head);
    free(w.rewired);
    free(w.first);
    free(w.slot);
    return ok;
}
