#include "analysis/model/reference.h"

#include <string.h>

#include "analysis/corpus/popularity.h"
#include "analysis/math/parallel.h"
#include "analysis/model/counts.h"
#include "storage/base/mem.h"

static const char *const kind_name[] = {
    [REFERENCE_POPULARITY] = "popularity",
    [REFERENCE_MARKOV] = "markov",
    [REFERENCE_ITEM_KNN] = "item-knn",
};

const char *reference_name(enum reference_kind kind)
{
    return kind_name[kind];
}

bool reference_find(const char *name, enum reference_kind *kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kind_name); i++)
        if (strcmp(name, kind_name[i]) == 0) {
            *kind = (enum reference_kind)i;
            return true;
        }
    return false;
}

static bool check_options(enum reference_kind kind, const struct reference_options *o,
                          struct error *err)
{
    if (kind == REFERENCE_MARKOV && (o->order < 0 || o->order > REFERENCE_MAX_ORDER))
        return error_set(err, ERROR_USAGE, "markov: order must be 1 to %d, not %d",
                         REFERENCE_MAX_ORDER, o->order);
    if (kind == REFERENCE_ITEM_KNN && o->window < 0)
        return error_set(err, ERROR_USAGE, "item-knn: window must be at least 1, not %d",
                         o->window);
    return true;
}

static bool build_kind(struct reference *r, const struct reference_options *o,
                       struct progress *progress, struct error *err)
{
    switch (r->kind) {
    case REFERENCE_MARKOV:
        return markov_build(&r->training, r->edges, o->order ? o->order : 1, &r->markov, err);
    case REFERENCE_ITEM_KNN:
        return item_knn_build(&r->training, r->edges->pop,
                              o->window ? o->window : REFERENCE_KNN_WINDOW, progress, &r->knn, err);
    case REFERENCE_POPULARITY:
        break;
    }
    return true;
}

bool reference_build(enum reference_kind kind, const struct reference_options *options,
                     const struct training *training, const struct edges *edges,
                     struct progress *progress, struct reference **out, struct error *err)
{
    if (!check_options(kind, options, err) || !progress_ok(progress, err))
        return false;
    struct reference *r = mem_zalloc(1, sizeof *r);
    r->kind = kind;
    r->training = *training;
    r->edges = edges ? edges : &r->own;
    bool done = edges || edges_build(training, &r->own, err);
    if (done) {
        r->order = popularity_order(r->edges->pop, r->edges->n_items, err);
        done = r->order && build_kind(r, options, progress, err);
    }
    if (!done) {
        reference_free(r);
        return false;
    }
    r->pop_max = r->edges->n_items > 0 ? r->edges->pop[r->order[0]] : 0;
    *out = r;
    return true;
}

void reference_free(struct reference *r)
{
    if (!r)
        return;
    markov_release(&r->markov);
    item_knn_release(&r->knn);
    edges_release(&r->own);
    free(r->order);
    free(r);
}

bool reference_list(const struct reference *r, const struct absent *absent, struct scratch *scratch,
                    const int32_t *history, int32_t n, int32_t k, int32_t *item, float *score,
                    struct error *err)
{
    struct list list;
    if (!list_begin(&list, scratch, history, n, k, item, score, err))
        return false;
    if (r->kind == REFERENCE_MARKOV)
        markov_add(&r->markov, absent, history, n, &list);
    else if (r->kind == REFERENCE_ITEM_KNN)
        item_knn_add(&r->knn, absent, history, n, &list);
    list_fill(&list, r->order, r->edges->pop, r->pop_max, absent);
    return true;
}

bool reference_recommend(const struct reference *r, const int32_t *history, int32_t n, int32_t k,
                         int32_t *item, float *score, struct error *err)
{
    struct scratch scratch;
    if (!scratch_init(&scratch, r->edges->n_items, err))
        return false;
    bool done = reference_list(r, NULL, &scratch, history, n, k, item, score, err);
    scratch_release(&scratch);
    return done;
}

struct batch {
    const struct reference *reference;
    const struct corpus *corpus;
    const struct case_list *cases;
    int32_t depth;
    int32_t *item;
    float *score;
    struct scratch scratch[PARALLEL_MAX]; /* one per worker, made on first use */
};

static bool recommend_range(void *context, int64_t begin, int64_t end, int worker,
                            struct error *err)
{
    struct batch *b = context;
    struct scratch *s = &b->scratch[worker];
    if (!s->mark && !scratch_init(s, b->reference->edges->n_items, err))
        return false;
    for (int64_t c = begin; c < end; c++) {
        int64_t at = c * b->depth;
        const int32_t *history = corpus_sequence(b->corpus, b->cases->user[c]);
        if (!reference_list(b->reference, NULL, s, history, b->cases->position[c], b->depth,
                            b->item + at, b->score ? b->score + at : NULL, err))
            return false;
    }
    return true;
}

bool reference_recommend_all(const struct reference *r, const struct corpus *corpus,
                             const struct case_list *cases, int32_t depth,
                             struct progress *progress, int32_t *item, float *score,
                             struct error *err)
{
    struct batch *b = mem_zalloc(1, sizeof *b);
    *b = (struct batch){.reference = r,
                        .corpus = corpus,
                        .cases = cases,
                        .depth = depth,
                        .item = item,
                        .score = score};
    bool done = parallel_for(cases->n, 64, recommend_range, b, progress, reference_name(r->kind),
                             "cases", err);
    for (int i = 0; i < PARALLEL_MAX; i++)
        scratch_release(&b->scratch[i]);
    free(b);
    return done;
}
