/* A comparison as JSON: what `rote compare --json` prints. */
#include <stdio.h>

#include "analysis/metric/slices.h"
#include "analysis/report/compare.h"

static void put_difference(struct jval *o, const struct estimate *e)
{
    jval_put_real(o, "difference", e->value);
    jval_put_real(o, "lo", e->lo);
    jval_put_real(o, "hi", e->hi);
    jval_put_bool(o, "distinguishable", estimate_distinguishable(e));
}

static struct jval *figures_json(const struct compare *c)
{
    struct jval *o = jval_new_object();
    for (int i = 0; i < c->n; i++) {
        const struct compare_figure *f = &c->figure[i];
        struct jval *one = jval_new_object();
        jval_put_real(one, "a", f->a);
        jval_put_real(one, "b", f->b);
        put_difference(one, &f->difference);
        jval_put(o, f->name, one);
    }
    return o;
}

static struct jval *attribution_json(const struct compare *c, const struct attribution *a)
{
    struct jval *list = jval_new_array();
    for (int i = 0; i < a->n; i++) {
        const struct attribution_part *p = &a->part[i];
        struct jval *o = jval_new_object();
        jval_put_string(o, "slice", slice_name(p->slice));
        jval_put_int(o, "cases", p->n);
        jval_put_real(o, "share", p->share);
        jval_put_real(o, "a", p->a);
        jval_put_real(o, "b", p->b);
        const struct compare_figure *f = compare_of_slice(c, p->slice);
        if (f)
            put_difference(o, &f->difference);
        jval_put_real(o, "contribution", p->contribution);
        jval_put_real(o, "of_gain", p->of_gain);
        jval_append(list, o);
    }
    return list;
}

static void put_outcomes(struct jval *o, const int64_t count[COMPARE_OUTCOMES])
{
    for (int i = 0; i < COMPARE_OUTCOMES; i++)
        jval_put_int(o, compare_outcome_name[i], count[i]);
}

/* Of ndcg@10. */
static struct jval *slices_json(const struct compare *c)
{
    struct jval *list = jval_new_array();
    for (int i = 0; i < c->n_slices; i++) {
        const struct compare_slice *s = &c->slice[i];
        const struct compare_figure *f = compare_of_slice(c, s->slice);
        struct jval *o = jval_new_object();
        jval_put_string(o, "slice", slice_name(s->slice));
        jval_put_int(o, "cases", s->n);
        jval_put_real(o, "share", s->share);
        jval_put_real(o, "a", f->a);
        jval_put_real(o, "b", f->b);
        put_difference(o, &f->difference);
        put_outcomes(o, s->count);
        jval_append(list, o);
    }
    return list;
}

static struct jval *share_json(const struct compare_share *s)
{
    struct jval *o = jval_new_object();
    jval_put_real(o, "share", s->share);
    jval_put_real(o, "null", s->null);
    jval_put_real(o, "excess", s->share - s->null);
    jval_put_real(o, "lift", s->lift);
    return o;
}

static struct jval *shares_json(const struct compare_share *a, const struct compare_share *b)
{
    struct jval *o = jval_new_object();
    jval_put(o, "a", share_json(a));
    jval_put(o, "b", share_json(b));
    return o;
}

static void put_side(struct jval *o, const char *key, const struct compare_side *side)
{
    char runs[16];
    struct jval *list = jval_new_array();
    for (size_t i = 0; i < side->n; i++)
        jval_append(list, jval_new_string(side->run[i]->name));
    jval_put_string(o, key, side->name);
    snprintf(runs, sizeof runs, "runs_%s", key);
    jval_put(o, runs, list);
}

struct jval *compare_to_json(const struct compare *c)
{
    static const char *const by[COMPARE_ATTRIBUTIONS] = {"reachable", "label", "popularity",
                                                         "history"};
    char key[DEFINITION_TEXT_MAX];
    struct jval *o = jval_new_object(), *attribution = jval_new_object();
    struct jval *labels = jval_new_object();
    definition_key(&c->definition, key);
    put_side(o, "a", &c->a);
    put_side(o, "b", &c->b);
    jval_put_bool(o, "only_seeds", c->only_seeds);
    jval_put_string(o, "part", c->part == PART_TEST ? "test" : "valid");
    jval_put_string(o, "definition", key);
    jval_put(o, "figures", figures_json(c));
    jval_put(o, "one_hop_ratio", shares_json(&c->a.one_hop, &c->b.one_hop));
    for (int l = 0; l < RELATION_LABELS; l++)
        jval_put(labels, relation_label_name(l), shares_json(&c->a.label[l], &c->b.label[l]));
    jval_put(o, "labels", labels);
    for (int i = 0; i < COMPARE_ATTRIBUTIONS; i++)
        jval_put(attribution, by[i], attribution_json(c, &c->attribution[i]));
    jval_put(o, "attribution_of_ndcg@10", attribution);
    jval_put(o, "slices", slices_json(c));
    put_outcomes(o, c->count);
    return o;
}
