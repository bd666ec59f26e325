#include "analysis/label/onehop.h"

#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES_CHUNK = 128 };

struct onehop_scratch {
    int32_t n_items;
    int32_t n;       /* candidates before the cap */
    int32_t size;    /* |C| */
    int32_t *item;   /* [n_items] the candidates before the cap, in no order */
    int32_t *count;  /* [n_items] cnt(v); 0 where v is no candidate */
    uint64_t *key;   /* [n_items] for selecting under a cap */
    uint8_t *member; /* [n_items] v is in C */
    uint8_t *chosen; /* [n_items] x is a predecessor; all 0 between cases */
};

/* ---- set-up ---- */

struct popular {
    int64_t pop;
    int32_t item;
};

static int more_popular(const void *a, const void *b)
{
    const struct popular *x = a, *y = b;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

bool onehop_init(struct onehop *o, const struct training *training, const struct edges *edges,
                 const struct definition *definition, struct error *err)
{
    size_t n = (size_t)edges->n_items;
    *o = (struct onehop){.training = *training, .edges = edges, .definition = *definition};
    o->rank = mem_try_array(n, sizeof *o->rank, "item ranks", err);
    o->by_rank = mem_try_array(n, sizeof *o->by_rank, "item ranks", err);
    struct popular *order = mem_try_array(n, sizeof *order, "item ranks", err);
    if (!o->rank || !o->by_rank || !order) {
        free(order);
        onehop_release(o);
        return false;
    }
    for (int32_t i = 0; i < edges->n_items; i++)
        order[i] = (struct popular){edges->pop[i], i};
    qsort(order, n, sizeof *order, more_popular);
    for (int32_t r = 0; r < edges->n_items; r++) {
        o->by_rank[r] = order[r].item;
        o->rank[order[r].item] = r;
    }
    free(order);
    return true;
}

void onehop_release(struct onehop *o)
{
    free(o->rank);
    free(o->by_rank);
    *o = (struct onehop){0};
}

struct onehop_scratch *onehop_scratch_new(const struct onehop *o, struct error *err)
{
    struct onehop_scratch *s = mem_zalloc(1, sizeof *s);
    size_t n = (size_t)o->edges->n_items;
    s->n_items = o->edges->n_items;
    s->item = mem_try_array(n, sizeof *s->item, "candidates", err);
    s->count = mem_try_zarray(n, sizeof *s->count, "candidate counts", err);
    s->key = mem_try_array(n, sizeof *s->key, "candidate order", err);
    s->member = mem_try_zarray(n, 1, "candidate set", err);
    s->chosen = mem_try_zarray(n, 1, "predecessors", err);
    if (s->item && s->count && s->key && s->member && s->chosen)
        return s;
    onehop_scratch_free(s);
    return NULL;
}

void onehop_scratch_free(struct onehop_scratch *s)
{
    if (!s)
        return;
    free(s->item);
    free(s->count);
    free(s->key);
    free(s->member);
    free(s->chosen);
    free(s);
}

/* ---- the candidate set of a case ---- */

static void clear(struct onehop_scratch *s)
{
    for (int32_t i = 0; i < s->n; i++) {
        s->count[s->item[i]] = 0;
        s->member[s->item[i]] = 0;
    }
    s->n = s->size = 0;
}

static void add_row(struct onehop_scratch *s, const struct edges *edges, int32_t x)
{
    for (int64_t e = edges->out_offset[x]; e < edges->out_offset[x + 1]; e++) {
        int32_t v = edges->out_item[e];
        if (s->count[v] == 0)
            s->item[s->n++] = v;
        s->count[v] += edges->out_count[e];
    }
}

/* The user's own transitions out of the chosen predecessors no longer count. */
static void subtract_own(const struct onehop *o, struct onehop_scratch *s, int32_t user)
{
    const int32_t *sequence = corpus_sequence(o->training.corpus, user);
    for (int32_t i = 0; i + 1 < o->training.end[user]; i++)
        if (s->count[sequence[i + 1]] > 0) /* else it was not asked for */
            s->count[sequence[i + 1]] -= s->chosen[sequence[i]];
}

/* Orders candidates as the definitions do: count descending, then rank ascending. */
static uint64_t key_of(const struct onehop *o, int32_t item, int32_t count)
{
    return (uint64_t)(INT32_MAX - count) << 32 | (uint32_t)o->rank[item];
}

/* The value that would be at place k (from 0) if key were sorted; distinct keys, which get
 * rearranged. Hoare's selection with the median of three as pivot. */
static uint64_t select_key(uint64_t *key, int32_t n, int32_t k)
{
    int32_t low = 0, high = n - 1;
    while (low < high) {
        uint64_t a = key[low], b = key[low + (high - low) / 2], c = key[high];
        uint64_t pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int32_t i = low, j = high;
        while (i <= j) {
            while (key[i] < pivot)
                i++;
            while (key[j] > pivot)
                j--;
            if (i > j)
                break;
            uint64_t swap = key[i];
            key[i++] = key[j];
            key[j--] = swap;
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return key[k];
}

static void drop_uncounted(struct onehop_scratch *s)
{
    int32_t n = 0;
    for (int32_t i = 0; i < s->n; i++) {
        if (s->count[s->item[i]] > 0)
            s->item[n++] = s->item[i];
    }
    s->n = n;
}

static void mark_members(const struct onehop *o, struct onehop_scratch *s)
{
    int32_t cap = o->definition.cap;
    uint64_t last = UINT64_MAX;
    s->size = s->n;
    if (cap > 0 && s->n > cap) {
        for (int32_t i = 0; i < s->n; i++)
            s->key[i] = key_of(o, s->item[i], s->count[s->item[i]]);
        last = select_key(s->key, s->n, cap - 1);
        s->size = cap;
    }
    for (int32_t i = 0; i < s->n; i++) {
        int32_t v = s->item[i];
        s->member[v] = last == UINT64_MAX || key_of(o, v, s->count[v]) <= last;
    }
}

/* Where the chosen predecessors begin in the history. */
static int32_t first_chosen(const struct onehop *o, int32_t n_history)
{
    int32_t last = o->definition.pred_last;
    return last > 0 && n_history > last ? n_history - last : 0;
}

/* What is left once the rows of the predecessors (chosen[]) are counted. */
static void finish_load(const struct onehop *o, struct onehop_scratch *s, int32_t user,
                        const int32_t *history, int32_t n_history)
{
    const struct definition *d = &o->definition;
    if (d->own_leave && user >= 0)
        subtract_own(o, s, user);
    for (int32_t i = first_chosen(o, n_history); i < n_history; i++)
        s->chosen[history[i]] = 0;
    for (int32_t i = 0; d->history_remove && i < n_history; i++)
        s->count[history[i]] = 0;
    drop_uncounted(s);
    mark_members(o, s);
}

void onehop_load(const struct onehop *o, struct onehop_scratch *s, int32_t user,
                 const int32_t *history, int32_t n_history)
{
    clear(s);
    for (int32_t i = first_chosen(o, n_history); i < n_history; i++) {
        if (!s->chosen[history[i]])
            add_row(s, o->edges, history[i]);
        s->chosen[history[i]] = 1;
    }
    finish_load(o, s, user, history, n_history);
}

/* Is looking up n items in the predecessors' rows less work than walking the rows? A step of a
 * search costs about as much as three of a walk. */
static bool is_sparse(const struct onehop *o, const int32_t *history, int32_t n_history, int32_t n)
{
    const int64_t *offset = o->edges->out_offset;
    double walk = 0, search = 0;
    for (int32_t i = first_chosen(o, n_history); i < n_history; i++) {
        int64_t degree = offset[history[i] + 1] - offset[history[i]];
        walk += (double)degree;
        search += 3.0 * n * (degree > 1 ? 64 - __builtin_clzll((uint64_t)degree) : 1);
    }
    return search < walk;
}

/* The distinct ones of item[0..n-1] as the candidates, with no counts yet. */
static void ask_for(struct onehop_scratch *s, const int32_t *item, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        if (item[i] >= 0 && !s->member[item[i]]) {
            s->member[item[i]] = 1;
            s->item[s->n++] = item[i];
        }
    for (int32_t i = 0; i < s->n; i++)
        s->member[s->item[i]] = 0;
}

void onehop_load_for(const struct onehop *o, struct onehop_scratch *s, int32_t user,
                     const int32_t *history, int32_t n_history, const int32_t *item, int32_t n)
{
    /* A cap asks how many others come first: for that all must be there. */
    if (o->definition.cap > 0 || !is_sparse(o, history, n_history, n)) {
        onehop_load(o, s, user, history, n_history);
        return;
    }
    clear(s);
    ask_for(s, item, n);
    for (int32_t i = first_chosen(o, n_history); i < n_history; i++) {
        for (int32_t j = 0; !s->chosen[history[i]] && j < s->n; j++)
            s->count[s->item[j]] += edges_count(o->edges, history[i], s->item[j]);
        s->chosen[history[i]] = 1;
    }
    finish_load(o, s, user, history, n_history);
}

/* ---- answers ---- */

bool onehop_has(const struct onehop_scratch *s, int32_t item)
{
    return item >= 0 && s->member[item];
}

int32_t onehop_count(const struct onehop_scratch *s, int32_t item)
{
    return item >= 0 ? s->count[item] : 0;
}

int32_t onehop_size(const struct onehop_scratch *s)
{
    return s->size;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

int32_t onehop_ranked(const struct onehop *o, struct onehop_scratch *s, int32_t max,
                      struct onehop_candidate *out)
{
    int32_t n = s->size < max ? s->size : max;
    for (int32_t i = 0; i < s->n; i++)
        s->key[i] = key_of(o, s->item[i], s->count[s->item[i]]);
    qsort(s->key, (size_t)s->n, sizeof *s->key, by_key);
    for (int32_t i = 0; i < n; i++) {
        int32_t item = o->by_rank[(uint32_t)s->key[i]];
        out[i] = (struct onehop_candidate){item, s->count[item]};
    }
    return n;
}

static bool listed_before(const int32_t *item, int32_t at)
{
    for (int32_t i = 0; i < at; i++) {
        if (item[i] == item[at])
            return true;
    }
    return false;
}

int32_t onehop_hits(const struct onehop_scratch *s, const int32_t *item, int32_t n)
{
    int32_t hits = 0;
    for (int32_t i = 0; i < n; i++)
        hits += onehop_has(s, item[i]) && !listed_before(item, i);
    return hits;
}

struct onehop_band onehop_band(const struct onehop *o, const struct onehop_scratch *s,
                               int32_t target)
{
    int32_t cap = o->definition.cap, count = onehop_count(s, target);
    if (count == 0)
        return (struct onehop_band){0, 0, 0};
    if (cap == 0)
        return (struct onehop_band){1, 1, 1};
    int64_t above = 0, equal = 0;
    for (int32_t i = 0; i < s->n; i++) {
        above += s->count[s->item[i]] > count;
        equal += s->count[s->item[i]] == count;
    }
    double room = above < cap ? (double)(cap - above) : 0.0;
    return (struct onehop_band){.pessimistic = above + equal <= cap,
                                .expected = fmin(1.0, room / (double)equal),
                                .optimistic = above < cap};
}

/* ---- all cases ---- */

struct scoring {
    const struct onehop *o;
    const struct case_list *cases;
    const struct recs *recs;
    struct onehop_scores *out;
    struct onehop_band *band; /* [n] */
    struct onehop_scratch **scratch;
};

static bool score_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct scoring *g = context;
    if (!g->scratch[worker])
        g->scratch[worker] = onehop_scratch_new(g->o, err);
    struct onehop_scratch *s = g->scratch[worker];
    if (!s)
        return false;
    for (int64_t c = begin; c < end; c++) {
        int32_t user = g->cases->user[c], position = g->cases->position[c];
        const int32_t *sequence = corpus_sequence(g->o->training.corpus, user);
        if (g->recs)
            onehop_load(g->o, s, user, sequence, position);
        else
            onehop_load_for(g->o, s, user, sequence, position, &sequence[position], 1);
        g->out->reachable[c] = onehop_has(s, sequence[position]);
        g->band[c] = onehop_band(g->o, s, sequence[position]);
        if (g->recs) {
            int32_t k = g->o->definition.k;
            g->out->hits[c] =
                onehop_hits(s, recs_row(g->recs, c), k < g->recs->depth ? k : g->recs->depth);
        }
    }
    return true;
}

static void sum_up(const struct scoring *g)
{
    struct onehop_scores *out = g->out;
    double n = (double)out->n;
    int64_t hits = 0, reachable = 0;
    for (int64_t c = 0; c < out->n; c++) {
        hits += out->hits ? out->hits[c] : 0;
        reachable += out->reachable[c];
        out->band.pessimistic += g->band[c].pessimistic / n;
        out->band.expected += g->band[c].expected / n;
        out->band.optimistic += g->band[c].optimistic / n;
    }
    out->reachable_share = out->n > 0 ? (double)reachable / n : (double)NAN;
    out->ratio = out->hits && out->n > 0 ? (double)hits / (n * g->o->definition.k) : (double)NAN;
    if (out->n == 0)
        out->band = (struct onehop_band){(double)NAN, (double)NAN, (double)NAN};
}

bool onehop_score(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  struct onehop_scores *out, struct progress *progress, struct error *err)
{
    size_t n = (size_t)cases->n;
    int n_workers = parallel_threads();
    struct onehop_scores made = {.n = cases->n};
    struct scoring g = {.o = o, .cases = cases, .recs = recs, .out = &made};
    g.scratch = mem_zalloc((size_t)n_workers, sizeof *g.scratch);
    g.band = mem_try_array(n, sizeof *g.band, "tie bands", err);
    made.reachable = mem_try_array(n, 1, "reachable targets", err);
    made.hits = recs ? mem_try_array(n, sizeof *made.hits, "one-hop hits", err) : NULL;
    bool ok = g.band && made.reachable && (made.hits || !recs) &&
              parallel_for(cases->n, CASES_CHUNK, score_chunk, &g, progress, "one-hop memorization",
                           "cases", err);
    for (int i = 0; i < n_workers; i++)
        onehop_scratch_free(g.scratch[i]);
    free(g.scratch);
    if (ok) {
        sum_up(&g);
        *out = made;
    } else {
        onehop_scores_release(&made);
    }
    free(g.band);
    return ok;
}

/* ---- all slots ---- */

struct slots_job {
    const struct onehop *o;
    const struct case_list *cases;
    const struct recs *recs;
    uint8_t *has;
    struct onehop_scratch **scratch;
};

static bool slots_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct slots_job *g = context;
    if (!g->scratch[worker] && !(g->scratch[worker] = onehop_scratch_new(g->o, err)))
        return false;
    struct onehop_scratch *s = g->scratch[worker];
    int32_t depth = g->recs->depth;
    for (int64_t c = begin; c < end; c++) {
        int32_t user = g->cases->user[c];
        const int32_t *item = recs_row(g->recs, c);
        onehop_load_for(g->o, s, user, corpus_sequence(g->o->training.corpus, user),
                        g->cases->position[c], item, depth);
        for (int32_t i = 0; i < depth; i++)
            g->has[c * depth + i] = onehop_has(s, item[i]);
    }
    return true;
}

bool onehop_slots(const struct onehop *o, const struct case_list *cases, const struct recs *recs,
                  uint8_t *has, struct progress *progress, struct error *err)
{
    int n_workers = parallel_threads();
    struct slots_job g = {.o = o, .cases = cases, .recs = recs, .has = has};
    g.scratch = mem_zalloc((size_t)n_workers, sizeof *g.scratch);
    bool ok = parallel_for(cases->n, CASES_CHUNK, slots_chunk, &g, progress, "one-hop memorization",
                           "cases", err);
    for (int i = 0; i < n_workers; i++)
        onehop_scratch_free(g.scratch[i]);
    free(g.scratch);
    return ok;
}

void onehop_scores_release(struct onehop_scores *scores)
{
    free(scores->hits);
    free(scores->reachable);
    *scores = (struct onehop_scores){0};
}
