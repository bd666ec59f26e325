#include "analysis/report/users.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

struct work {
    struct study *study;
    enum part part;
    const struct definition *definition;
    const struct onehop *onehop;
    const struct edges *edges;
    struct onehop_scratch *scratch[PARALLEL_MAX];
    struct user_table *out;
};

static double novelty_of(const struct edges *edges, int32_t item)
{
    return -log2((double)(edges->pop[item] + 1) / (double)(edges->pop_total + edges->n_items));
}

static void fill_run(const struct work *w, struct user_run_columns *c, int64_t at, int32_t user,
                     int32_t target, const struct onehop_scratch *counted)
{
    const struct recs *recs = &c->run->recs[w->part];
    const int32_t *list = recs_row(recs, at);
    const uint8_t *verbatim = c->run->verbatim[w->part];
    int32_t k = w->definition->k < recs->depth ? w->definition->k : recs->depth;
    int32_t rank = 0, longest = 0, hits = 0, items = 0;
    double novelty = 0;
    for (int32_t i = 0; i < recs->depth && !rank; i++)
        rank = list[i] == target ? i + 1 : 0;
    for (int32_t i = 0; i < k; i++) {
        if (list[i] < 0)
            continue;
        items++;
        hits += onehop_has(counted, list[i]);
        novelty += novelty_of(w->edges, list[i]);
        if (verbatim && verbatim[at * recs->depth + i] > longest)
            longest = verbatim[at * recs->depth + i];
    }
    c->rank[user] = rank;
    c->memorized[user] = (float)hits / (float)w->definition->k;
    c->verbatim[user] = (uint8_t)longest;
    c->novelty[user] = items ? (float)(novelty / items) : (float)NAN;
}

/* What is asked about a case: the target and the first k of every list. Returns how many. */
static int32_t list_asked(const struct work *w, int64_t at, int32_t target, int32_t *asked)
{
    int32_t n = 0;
    asked[n++] = target;
    for (size_t r = 0; r < w->out->n_runs; r++) {
        const struct recs *recs = &w->out->run[r].run->recs[w->part];
        int32_t k = w->definition->k < recs->depth ? w->definition->k : recs->depth;
        memcpy(asked + n, recs_row(recs, at), (size_t)k * sizeof *asked);
        n += k;
    }
    return n;
}

/* One row per user: where a user has several cases, the last one (they ascend, so it is not
 * followed by another case of the same user). */
static bool fill_cases(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct work *w = context;
    const struct corpus *corpus = study_corpus(w->study);
    const struct case_list *cases = &study_split(w->study)->part[w->part];
    if (!w->scratch[worker] && !(w->scratch[worker] = onehop_scratch_new(w->onehop, err)))
        return false;
    struct onehop_scratch *counted = w->scratch[worker];
    int32_t *asked = mem_zalloc(1 + w->out->n_runs * (size_t)w->definition->k, sizeof *asked);
    for (int64_t at = begin; at < end; at++) {
        int32_t user = cases->user[at];
        if (at + 1 < cases->n && cases->user[at + 1] == user)
            continue;
        const int32_t *sequence = corpus_sequence(corpus, user);
        int32_t target = sequence[cases->position[at]];
        int32_t n_asked = list_asked(w, at, target, asked);
        onehop_load_for(w->onehop, counted, user, sequence, cases->position[at], asked, n_asked);
        w->out->target[user] = target;
        w->out->reachable[user] = onehop_has(counted, target);
        for (size_t r = 0; r < w->out->n_runs; r++)
            fill_run(w, &w->out->run[r], at, user, target, counted);
    }
    free(asked);
    return true;
}

static bool allocate(struct user_table *t, struct error *err)
{
    static const char what[] = "table of users";
    size_t n = (size_t)t->n_users;
    bool ok = (t->length = mem_try_array(n, sizeof *t->length, what, err)) &&
              (t->reachable = mem_try_array(n, sizeof *t->reachable, what, err)) &&
              (t->target = mem_try_array(n, sizeof *t->target, what, err));
    for (size_t r = 0; ok && r < t->n_runs; r++) {
        struct user_run_columns *c = &t->run[r];
        ok = (c->rank = mem_try_array(n, sizeof *c->rank, what, err)) &&
             (c->memorized = mem_try_array(n, sizeof *c->memorized, what, err)) &&
             (c->verbatim = mem_try_zarray(n, sizeof *c->verbatim, what, err)) &&
             (c->novelty = mem_try_array(n, sizeof *c->novelty, what, err));
    }
    return ok;
}

static void fill_empty(struct user_table *t, const struct corpus *corpus)
{
    for (int32_t u = 0; u < t->n_users; u++) {
        t->length[u] = corpus_length(corpus, u);
        t->reachable[u] = -1;
        t->target[u] = -1;
        for (size_t r = 0; r < t->n_runs; r++) {
            t->run[r].rank[u] = -1;
            t->run[r].memorized[u] = (float)NAN;
            t->run[r].novelty[u] = (float)NAN;
        }
    }
}

bool user_table_make(struct study *study, enum part part, const struct study_run *const *runs,
                     size_t n_runs, const struct definition *definition, struct progress *progress,
                     struct user_table *out, struct error *err)
{
    enum trained_on on = definition->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    struct work w = {.study = study, .part = part, .definition = definition, .out = out};
    *out = (struct user_table){.n_users = study_corpus(study)->n_users,
                               .run = mem_zalloc(n_runs, sizeof *out->run)};
    for (size_t i = 0; i < n_runs; i++)
        if (runs[i]->has[part])
            out->run[out->n_runs++].run = runs[i];
    bool ok = (w.onehop = study_onehop(study, definition, err)) &&
              (w.edges = study_edges(study, on, err)) && allocate(out, err);
    if (ok) {
        fill_empty(out, study_corpus(study));
        ok = parallel_for(study_split(study)->part[part].n, 1024, fill_cases, &w, progress, "users",
                          "cases", err);
    }
    for (size_t i = 0; i < PARALLEL_MAX; i++)
        onehop_scratch_free(w.scratch[i]);
    if (!ok)
        user_table_release(out);
    return ok;
}

void user_table_release(struct user_table *t)
{
    for (size_t r = 0; r < t->n_runs; r++) {
        free(t->run[r].rank);
        free(t->run[r].memorized);
        free(t->run[r].verbatim);
        free(t->run[r].novelty);
    }
    free(t->run);
    free(t->length);
    free(t->reachable);
    free(t->target);
    *t = (struct user_table){0};
}

/* ---- the clearest cases of a kind ---- */

const char *const clear_kind_name[CLEAR_KINDS] = {
    [CLEAR_ROTE] = "rote", [CLEAR_NOVEL] = "novel", [CLEAR_WON] = "won", [CLEAR_LOST] = "lost"};

struct clear_case {
    double clarity;
    int32_t user;
};

static bool hit(const struct user_run_columns *r, int32_t user)
{
    return r->rank[user] >= 1 && r->rank[user] <= 10;
}

/* How clearly a user shows the kind; 0: not at all. */
static double clarity(const struct user_table *t, enum clear_kind kind, int32_t user)
{
    const struct user_run_columns *first = &t->run[0], *last = &t->run[t->n_runs - 1];
    if (first->rank[user] < 0)
        return 0;
    double rote = (double)first->memorized[user], rank = first->rank[user];
    switch (kind) {
    case CLEAR_ROTE:
        return hit(first, user) && t->reachable[user] == 1 ? rote + 1 / rank : 0;
    case CLEAR_NOVEL:
        return hit(first, user) && t->reachable[user] == 0 ? 2 - rote + 1 / rank : 0;
    case CLEAR_WON:
        return hit(last, user) && !hit(first, user) ? 1.0 / last->rank[user] : 0;
    case CLEAR_LOST:
        return hit(first, user) && !hit(last, user) ? 1 / rank : 0;
    case CLEAR_KINDS:
        break;
    }
    return 0;
}

static int by_clarity(const void *a, const void *b)
{
    const struct clear_case *x = a, *y = b;
    if (x->clarity > y->clarity || x->clarity < y->clarity)
        return x->clarity > y->clarity ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

int32_t user_table_clearest(const struct user_table *t, enum clear_kind kind, int32_t **users)
{
    struct clear_case *list = mem_zalloc((size_t)t->n_users, sizeof *list);
    int32_t n = 0;
    for (int32_t user = 0; user < t->n_users; user++) {
        double clear = clarity(t, kind, user);
        if (clear > 0)
            list[n++] = (struct clear_case){clear, user};
    }
    qsort(list, (size_t)n, sizeof *list, by_clarity);
    *users = mem_zalloc((size_t)n, sizeof **users);
    for (int32_t i = 0; i < n; i++)
        (*users)[i] = list[i].user;
    free(list);
    return n;
}
