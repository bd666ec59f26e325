#include "analysis/report/tokens.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/label/token_prefix.h"
#include "storage/base/mem.h"

struct counting {
    const struct token_index *index;
    const struct edges *edges;
    int32_t levels;
};

static void side_init(struct token_side *side, int32_t levels)
{
    side->count = mem_zalloc((size_t)levels + 1, sizeof *side->count);
    side->support = mem_zalloc((size_t)levels + 1, sizeof *side->support);
}

static void count_item(const struct counting *c, int32_t last, int32_t item,
                       struct token_side *side)
{
    if (item < 0)
        return;
    struct token_label label = token_label(c->index, last, item);
    side->items++;
    side->count[label.n]++;
    side->support[label.n] += label.support;
    side->shared += label.n == c->levels && edges_count(c->edges, last, item) == 0;
}

bool token_report_make(struct study *study, const struct study_run *run, enum part part, int k,
                       struct token_report *out, struct error *err)
{
    if (!run->has[part])
        return error_set(err, ERROR_STATE, "the run %s has no recommendations for this part",
                         run->name);
    struct counting c = {.index = study_tokens(study, run, run->trained_on, err)};
    struct study_ids ids;
    c.edges = c.index ? study_edges(study, run->trained_on, err) : NULL;
    if (!c.edges || !study_ids_of(study, run, &ids, err))
        return false;
    const struct recs *recs = &run->recs[part];
    const struct case_list *cases = &study_split(study)->part[part];
    c.levels = token_index_levels(c.index);
    *out = (struct token_report){.ids_of = ids.own ? ids.own->name : NULL,
                                 .levels = c.levels,
                                 .shared_ids = token_index_shared_ids(c.index),
                                 .shared_items = token_index_shared_items(c.index),
                                 .items_without = token_index_without(c.index)};
    side_init(&out->target, c.levels);
    side_init(&out->recommended, c.levels);
    for (int64_t at = 0; at < cases->n; at++) {
        const int32_t *sequence = corpus_sequence(study_corpus(study), cases->user[at]);
        int32_t position = cases->position[at];
        if (position == 0)
            continue;
        count_item(&c, sequence[position - 1], sequence[position], &out->target);
        for (int32_t i = 0; i < k && i < recs->depth; i++)
            count_item(&c, sequence[position - 1], recs_row(recs, at)[i], &out->recommended);
    }
    return true;
}

void token_report_release(struct token_report *report)
{
    free(report->target.count);
    free(report->target.support);
    free(report->recommended.count);
    free(report->recommended.support);
    *report = (struct token_report){0};
}

double token_share(const struct token_side *side, int32_t n)
{
    return side->items ? (double)side->count[n] / (double)side->items : (double)NAN;
}

double token_mean_support(const struct token_side *side, int32_t n)
{
    if (n == 0 || side->count[n] == 0)
        return (double)NAN;
    return (double)side->support[n] / (double)side->count[n];
}

static struct jval *side_json(const struct token_side *side, int32_t levels)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    jval_put_int(o, "items", side->items);
    jval_put_int(o, "full_but_not_memorized", side->shared);
    for (int32_t n = 0; n <= levels; n++) {
        struct jval *one = jval_new_object();
        jval_put_int(one, "n", n);
        jval_put_real(one, "share", token_share(side, n));
        jval_put_real(one, "mean_support", token_mean_support(side, n));
        jval_append(list, one);
    }
    jval_put(o, "prefixes", list);
    return o;
}

struct jval *token_report_json(const struct token_report *report)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "ids_of", report->ids_of);
    jval_put_int(o, "levels", report->levels);
    jval_put_int(o, "shared_ids", report->shared_ids);
    jval_put_int(o, "shared_items", report->shared_items);
    jval_put_int(o, "items_without", report->items_without);
    jval_put(o, "targets", side_json(&report->target, report->levels));
    jval_put(o, "recommendations", side_json(&report->recommended, report->levels));
    return o;
}
