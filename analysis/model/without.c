#include "analysis/model/without.h"

#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/model/counts.h"
#include "storage/base/mem.h"

static bool list_without(const struct reference *r, int32_t user, struct scratch *scratch,
                         const int32_t *history, int32_t n, int32_t k, int32_t *item, float *score,
                         struct error *err)
{
    struct absent absent;
    if (!absent_make(&r->training, user, r->edges->pop, &absent, err))
        return false;
    bool done = reference_list(r, &absent, scratch, history, n, k, item, score, err);
    absent_release(&absent);
    return done;
}

bool without_recommend(const struct reference *r, int32_t user, const int32_t *history, int32_t n,
                       int32_t k, int32_t *item, float *score, struct error *err)
{
    struct scratch scratch;
    if (!scratch_init(&scratch, r->edges->n_items, err))
        return false;
    bool done = list_without(r, user, &scratch, history, n, k, item, score, err);
    scratch_release(&scratch);
    return done;
}

/* ---- carriers ---- */

/* Cosines are compared as floats: no rounding moves a score by more than this factor. */
static const double rounding = 1 + 1e-6;

struct worker {
    struct scratch scratch;
    int32_t *item; /* [k] */
};

struct search {
    const struct reference *r;
    const int32_t *history;
    int32_t n, k, v, rank;
    bool *carries;    /* [n_users] */
    bool *recomputed; /* [n_users] */
    /* Only when v has a score in an item-knn list: what the bound needs. */
    bool bounded;
    struct scratch base; /* scores of the whole history; marks are the masked items */
    struct list masked;  /* over base */
    double *rival;       /* [n_rivals] scores of all candidates but v, descending */
    int64_t n_rivals;
    int32_t *co_v;    /* [n_items] co[x][v] where x is in the history, else 0 */
    bool *in_history; /* [n_items] */
    struct worker worker[PARALLEL_MAX];
};

static int32_t find_rank(const int32_t *item, int32_t k, int32_t v)
{
    for (int32_t i = 0; i < k; i++)
        if (item[i] == v)
            return i + 1;
    return 0;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static bool collect_rivals(struct search *s, struct error *err)
{
    const struct scratch *base = &s->base;
    s->rival = mem_try_array((size_t)base->n_touched, sizeof *s->rival, "rivals", err);
    if (!s->rival)
        return false;
    for (int32_t i = 0; i < base->n_touched; i++) {
        int32_t y = base->touched[i];
        if (y != s->v && !list_masks(&s->masked, y))
            s->rival[s->n_rivals++] = base->score[y];
    }
    qsort(s->rival, (size_t)s->n_rivals, sizeof *s->rival, descending);
    return true;
}

static bool prepare_bound(struct search *s, struct error *err)
{
    const struct item_knn *knn = &s->r->knn;
    size_t n_items = (size_t)knn->n_items;
    if (!scratch_init(&s->base, knn->n_items, err) ||
        !list_begin(&s->masked, &s->base, s->history, s->n, 0, NULL, NULL, err))
        return false;
    item_knn_score(knn, NULL, s->history, s->n, &s->base);
    if (!(s->base.score[s->v] > 0))
        return true; /* v is filling: only users with v can move it down */
    s->co_v = mem_try_zarray(n_items, sizeof *s->co_v, "rivals", err);
    s->in_history = s->co_v ? mem_try_zarray(n_items, sizeof *s->in_history, "rivals", err) : NULL;
    if (!s->in_history || !collect_rivals(s, err))
        return false;
    for (int32_t i = 0; i < s->n; i++)
        s->in_history[s->history[i]] = true;
    for (int64_t i = knn->offset[s->v]; i < knn->offset[s->v + 1]; i++)
        if (s->in_history[knn->item[i]])
            s->co_v[knn->item[i]] = knn->co[i];
    s->bounded = true;
    return true;
}

/* How many rivals score at least `limit`. */
static int64_t rivals_above(const struct search *s, double limit)
{
    int64_t lo = 0, hi = s->n_rivals;
    while (lo < hi) {
        int64_t middle = lo + (hi - lo) / 2;
        if (s->rival[middle] >= limit)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* What a user without v can do to an item-knn list. With x a history item that the user has, every
 * s(x, .) rises by sqrt(pop[x] / pop'[x]) at most; with y, score(y) rises by sqrt(pop[y] /
 * pop'[y]). v rises at least by what its own x gain, as none of its pairs go. */
struct effect {
    double rise;  /* the largest rise through a history item, >= 1 */
    double score; /* of v, without the user */
};

static struct effect effect_of(const struct search *s, const int32_t *sequence, int32_t n,
                               int32_t *count)
{
    const int64_t *pop = s->r->knn.pop;
    struct effect e = {1, s->base.score[s->v]};
    for (int32_t i = 0; i < n; i++) {
        int32_t x = sequence[i];
        if (!s->in_history[x] || count[x] < 0)
            continue;
        double left = (double)(pop[x] - count[x]);
        count[x] = -count[x]; /* once per item */
        if (!(left > 0))
            continue;
        e.rise = fmax(e.rise, sqrt((double)pop[x] / left));
        double v_pop = (double)pop[s->v];
        e.score += s->co_v[x] / sqrt(left * v_pop) - s->co_v[x] / sqrt((double)pop[x] * v_pop);
    }
    for (int32_t i = 0; i < n; i++)
        count[sequence[i]] = abs(count[sequence[i]]);
    return e;
}

/* Could the absence of this user, who does not have v, push v below rank k? `count` [n_items] is
 * zero before and after. */
static bool may_carry(const struct search *s, const int32_t *sequence, int32_t n, int32_t *count)
{
    const int64_t *pop = s->r->knn.pop;
    for (int32_t i = 0; i < n; i++)
        count[sequence[i]]++;
    struct effect e = effect_of(s, sequence, n, count);
    double limit = e.score / (e.rise * rounding); /* rivals above it may overtake v */
    int64_t above = e.rise > 1 ? rivals_above(s, limit) : s->rank - 1;
    for (int32_t i = 0; i < n; i++) {
        int32_t y = sequence[i];
        double left = (double)(pop[y] - count[y]), score = s->base.score[y];
        if (count[y] == 0)
            continue;
        count[y] = 0;
        bool counted = e.rise > 1 ? score >= limit : score > s->base.score[s->v] * rounding;
        if (score > 0 && left > 0 && !counted && !list_masks(&s->masked, y))
            above += score * sqrt((double)pop[y] / left) >= limit;
    }
    return above >= s->k;
}

static bool recompute(struct search *s, int32_t user, struct worker *w, struct error *err)
{
    if (!list_without(s->r, user, &w->scratch, s->history, s->n, s->k, w->item, NULL, err))
        return false;
    s->recomputed[user] = true;
    s->carries[user] = find_rank(w->item, s->k, s->v) == 0;
    return true;
}

static bool search_users(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct search *s = context;
    struct worker *w = &s->worker[worker];
    if (!w->item) {
        if (!w->scratch.mark && !scratch_init(&w->scratch, s->r->edges->n_items, err))
            return false;
        w->item = mem_try_array((size_t)s->k, sizeof *w->item, "list", err);
        if (!w->item)
            return false;
    }
    for (int64_t u = begin; u < end; u++) {
        const int32_t *sequence = corpus_sequence(s->r->training.corpus, (int32_t)u);
        int32_t n = s->r->training.end[u];
        bool has_v = find_rank(sequence, n, s->v) > 0;
        if (!has_v && !(s->bounded && may_carry(s, sequence, n, w->scratch.count)))
            continue;
        if (!recompute(s, (int32_t)u, w, err))
            return false;
    }
    return true;
}

static bool collect(const struct search *s, struct carriers *out, struct error *err)
{
    int32_t n_users = s->r->training.corpus->n_users;
    for (int32_t u = 0; u < n_users; u++) {
        out->n += s->carries[u];
        out->n_recomputed += s->recomputed[u];
    }
    out->user = mem_try_array((size_t)out->n, sizeof *out->user, "carriers", err);
    if (!out->user)
        return false;
    int64_t at = 0;
    for (int32_t u = 0; u < n_users; u++)
        if (s->carries[u])
            out->user[at++] = u;
    return true;
}

static bool find_carriers(struct search *s, struct progress *progress, struct carriers *out,
                          struct error *err)
{
    size_t n_users = (size_t)s->r->training.corpus->n_users;
    int32_t *item = mem_try_array((size_t)s->k, sizeof *item, "list", err);
    bool done = item && reference_recommend(s->r, s->history, s->n, s->k, item, NULL, err);
    if (done)
        out->rank = s->rank = find_rank(item, s->k, s->v);
    free(item);
    if (!done || out->rank == 0)
        return done;
    s->carries = mem_try_zarray(n_users, sizeof *s->carries, "carriers", err);
    s->recomputed = mem_try_zarray(n_users, sizeof *s->recomputed, "carriers", err);
    return s->carries && s->recomputed &&
           (s->r->kind != REFERENCE_ITEM_KNN || prepare_bound(s, err)) &&
           parallel_for((int64_t)n_users, 256, search_users, s, progress, "carriers", "users",
                        err) &&
           collect(s, out, err);
}

bool without_carriers(const struct reference *r, const int32_t *history, int32_t n, int32_t k,
                      int32_t v, struct progress *progress, struct carriers *out, struct error *err)
{
    *out = (struct carriers){0};
    struct search *s = mem_zalloc(1, sizeof *s);
    *s = (struct search){.r = r, .history = history, .n = n, .k = k, .v = v};
    bool done = find_carriers(s, progress, out, err);
    for (int i = 0; i < PARALLEL_MAX; i++) {
        scratch_release(&s->worker[i].scratch);
        free(s->worker[i].item);
    }
    scratch_release(&s->base);
    free(s->carries);
    free(s->recomputed);
    free(s->rival);
    free(s->co_v);
    free(s->in_history);
    free(s);
    if (!done)
        carriers_release(out);
    return done;
}

void carriers_release(struct carriers *carriers)
{
    free(carriers->user);
    *carriers = (struct carriers){0};
}
