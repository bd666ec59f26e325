/*
 * The degree null. Transitions are laid out by their tail; a rewired multigraph is the same layout
 * with the heads shuffled, so every item keeps its out- and in-count.
 *
 * Of a case's candidate set only the membership of its list and its target is asked. Without a cap,
 * those few items are marked and the predecessors' rows are scanned for them. With a cap all
 * candidates are counted, but not sorted: an item is in when fewer than `cap` go before it, which
 * its rank or the number of candidates that were counted more often mostly decide. Heads are kept
 * as popularity ranks: popular items share cache lines, and ties compare as numbers.
 *
 * Memory: 20 bytes per transition (28 under own=leave), 13 per item and thread.
 */
#include <math.h>
#include <string.h>

#include "analysis/label/nulls_internal.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES_CHUNK = 128, STREAM_DEGREE = 0xde9, ASKED_MAX = RECS_DEPTH + 1 };

/* One thread's counts for one case. Everything is by rank. */
struct recount {
    int32_t *count; /* [n_items] all 0 between cases */
    int32_t *once;  /* [n_items] the candidates */
    int32_t *more;  /* [n_items] those that were counted more than once */
    int32_t n_once, n_more;
    uint8_t *chosen;         /* [n_items] is a predecessor; all 0 between cases */
    int64_t hits, reachable; /* of this replicate */
};

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
    struct recount *worker;
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
            w->head[at] = w->o->rank[sequence[i + 1]];
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

static bool recount_new(const struct rewiring *w, struct recount *n, struct error *err)
{
    size_t items = (size_t)w->o->edges->n_items;
    n->count = mem_try_zarray(items, sizeof *n->count, "rewired counts", err);
    n->once = mem_try_array(items + 1, sizeof *n->once, "rewired counts", err);
    n->more = mem_try_array(items + 1, sizeof *n->more, "rewired counts", err);
    n->chosen = mem_try_zarray(items, 1, "predecessors", err);
    return n->count && n->once && n->more && n->chosen;
}

static void recount_release(struct recount *n)
{
    free(n->count);
    free(n->once);
    free(n->more);
    free(n->chosen);
}

/* Without branches: which entries are new is not predictable. */
static void count_row(const struct rewiring *w, struct recount *n, int32_t x)
{
    int32_t n_once = n->n_once, n_more = n->n_more;
    for (int64_t e = w->offset[x]; e < w->offset[x + 1]; e++) {
        int32_t v = w->rewired[e];
        int32_t before = n->count[v];
        n->once[n_once] = n->more[n_more] = v;
        n_once += before == 0;
        n_more += before == 1;
        n->count[v] = before + 1;
    }
    n->n_once = n_once;
    n->n_more = n_more;
}

static void for_predecessors(const struct rewiring *w, struct recount *n, const int32_t *history,
                             int32_t n_history,
                             void (*visit)(const struct rewiring *, struct recount *, int32_t))
{
    int32_t last = w->o->definition.pred_last;
    int32_t from = last > 0 && n_history > last ? n_history - last : 0;
    for (int32_t i = from; i < n_history; i++) {
        if (!n->chosen[history[i]])
            visit(w, n, history[i]);
        n->chosen[history[i]] = 1;
    }
}

static void unchoose(struct recount *n, const int32_t *history, int32_t n_history)
{
    for (int32_t i = 0; i < n_history; i++)
        n->chosen[history[i]] = 0;
}

/* What own=leave and history=remove take away, and the lists again without it. */
static void take_away(const struct rewiring *w, struct recount *n, int32_t user,
                      const int32_t *history, int32_t n_history)
{
    const struct definition *d = &w->o->definition;
    const int32_t *sequence = corpus_sequence(w->o->training.corpus, user);
    for (int32_t i = 0; d->own_leave && i + 1 < w->o->training.end[user]; i++) {
        if (n->chosen[sequence[i]])
            n->count[w->rewired[w->slot[w->first[user] + i]]]--;
    }
    for (int32_t i = 0; d->history_remove && i < n_history; i++)
        n->count[w->o->rank[history[i]]] = 0;
    int32_t n_once = n->n_once;
    n->n_once = n->n_more = 0;
    for (int32_t i = 0; i < n_once; i++) {
        int32_t v = n->once[i];
        n->once[n->n_once] = n->more[n->n_more] = v;
        n->n_once += n->count[v] > 0;
        n->n_more += n->count[v] > 1;
    }
}

static bool in_cap(const struct recount *n, int32_t v, int32_t cap)
{
    int32_t count = n->count[v], before = n->n_more;
    if (count == 0 || cap == 0 || n->n_once <= cap)
        return count > 0;
    if (count > 1) {
        before = 0;
        for (int32_t i = 0; i < n->n_more; i++) {
            int32_t other = n->more[i];
            before += n->count[other] > count || (n->count[other] == count && other < v);
        }
        return before < cap;
    }
    if (before >= cap || before + v < cap) /* at most v items have a smaller rank */
        return before < cap;
    for (int32_t i = 0; i < n->n_once && before < cap; i++)
        before += n->count[n->once[i]] == 1 && n->once[i] < v;
    return before < cap;
}

/* Sets in[i] where ask[i], a rank, is in the candidate set. */
static void ask_case(const struct rewiring *w, struct recount *n, int32_t user,
                     const int32_t *history, int32_t n_history, const int32_t *ask, int32_t n_ask,
                     bool *in)
{
    const struct definition *d = &w->o->definition;
    n->n_once = n->n_more = 0;
    for_predecessors(w, n, history, n_history, count_row);
    if (d->own_leave || d->history_remove)
        take_away(w, n, user, history, n_history);
    for (int32_t i = 0; i < n_ask; i++)
        in[i] = in_cap(n, ask[i], d->cap);
    for (int32_t i = 0; i < n->n_once; i++)
        n->count[n->once[i]] = 0;
    unchoose(n, history, n_history);
}

/* The same where any count will do: asked items are marked with 1, and found ones with 2. */
static void find_row(const struct rewiring *w, struct recount *n, int32_t x)
{
    for (int64_t e = w->offset[x]; e < w->offset[x + 1]; e++) {
        if (n->count[w->rewired[e]] != 0)
            n->count[w->rewired[e]] = 2;
    }
}

static void find_case(const struct rewiring *w, struct recount *n, const int32_t *history,
                      int32_t n_history, const int32_t *ask, int32_t n_ask, bool *in)
{
    for (int32_t i = 0; i < n_ask; i++)
        n->count[ask[i]] = 1;
    for_predecessors(w, n, history, n_history, find_row);
    for (int32_t i = 0; i < n_ask; i++)
        in[i] = n->count[ask[i]] == 2;
    for (int32_t i = 0; i < n_ask; i++)
        n->count[ask[i]] = 0;
    unchoose(n, history, n_history);
}

/* The distinct items of the case's list, then its target; by rank. */
static int32_t asked(const struct rewiring *w, int64_t c, int32_t target, int32_t *ask)
{
    int32_t n = 0;
    const int32_t *row = w->recs ? recs_row(w->recs, c) : NULL;
    for (int32_t i = 0; row && i < w->k; i++) {
        bool again = row[i] < 0;
        for (int32_t j = 0; j < i; j++)
            again |= row[j] == row[i];
        if (!again)
            ask[n++] = w->o->rank[row[i]];
    }
    ask[n++] = w->o->rank[target];
    return n;
}

static bool count_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct rewiring *w = context;
    struct recount *n = &w->worker[worker];
    const struct definition *d = &w->o->definition;
    if (!n->count && !recount_new(w, n, err))
        return false;
    for (int64_t c = begin; c < end; c++) {
        int32_t user = w->cases->user[c], position = w->cases->position[c], ask[ASKED_MAX];
        const int32_t *sequence = corpus_sequence(w->o->training.corpus, user);
        int32_t n_ask = asked(w, c, sequence[position], ask);
        bool in[ASKED_MAX];
        if (d->cap > 0 || d->own_leave || d->history_remove)
            ask_case(w, n, user, sequence, position, ask, n_ask, in);
        else
            find_case(w, n, sequence, position, ask, n_ask, in);
        n->reachable += in[n_ask - 1];
        for (int32_t i = 0; i + 1 < n_ask; i++)
            n->hits += in[i];
    }
    return true;
}

/* One replicate: shares of hits and of reachable targets. */
static bool replicate(struct rewiring *w, uint64_t seed, int r, double *ratio, double *reachable,
                      struct error *err)
{
    struct rng rng = rng_new(seed, rng_stream(STREAM_DEGREE, (uint64_t)r));
    memcpy(w->rewired, w->head, (size_t)w->n_edges * sizeof *w->head);
    rng_shuffle(&rng, w->rewired, w->n_edges);
    if (!parallel_for(w->cases->n, CASES_CHUNK, count_chunk, w, NULL, "", "", err))
        return false;
    int64_t hits = 0, reached = 0;
    for (int i = 0; i < parallel_threads(); i++) {
        hits += w->worker[i].hits;
        reached += w->worker[i].reachable;
        w->worker[i].hits = w->worker[i].reachable = 0;
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
    w.worker = mem_zalloc((size_t)n_workers, sizeof *w.worker);
    bool ok = run(&w, replicates, seed, out, progress, err);
    if (!recs)
        out->ratio_degree = none;
    for (int i = 0; i < n_workers; i++)
        recount_release(&w.worker[i]);
    free(w.worker);
    free(w.offset);
    free(w.head);
    free(w.rewired);
    free(w.first);
    free(w.slot);
    return ok;
}
