#include "analysis/report/curves.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_store.h"
#include "storage/export/plot.h"

/* ---- reading ---- */

static double real_of(const struct jval *o, const char *key)
{
    return jval_real(jval_get(o, key), (double)NAN);
}

static bool take_event(void *context, const struct run_event *event)
{
    struct curve *c = context;
    if (strcmp(event->kind, "epoch") != 0)
        return true;
    struct jval *o = jval_parse(event->data, strlen(event->data), NULL);
    int64_t epoch = jval_int(jval_get(o, "epoch"), 0);
    /* an epoch that was trained again after a kill is told once; anything else is not ours */
    if (epoch > (c->n ? c->epoch[c->n - 1].epoch : 0) && epoch <= INT32_MAX) {
        MEM_GROW(c->epoch, c->n + 1, c->cap);
        c->epoch[c->n++] = (struct curve_epoch){
            .epoch = (int32_t)epoch,
            .step = jval_int(jval_get(o, "step"), 0),
            .loss = real_of(o, "loss"),
            .learning_rate = real_of(o, "learning_rate"),
            .recall10 = real_of(o, "recall@10"),
            .ndcg10 = real_of(o, "ndcg@10"),
            .one_hop = real_of(o, "one_hop"),
            .one_hop_shuffle = real_of(o, "one_hop_shuffle"),
            .extraction = real_of(o, "extraction"),
            .tokens_per_second = real_of(o, "tokens_per_second"),
            .seconds = real_of(o, "seconds"),
            .best = jval_bool(jval_get(o, "best"), false),
        };
        if (c->epoch[c->n - 1].best)
            c->kept = (int32_t)epoch;
    }
    jval_free(o);
    return true;
}

bool curve_read(struct study *study, const struct study_run *run, struct curve *out,
                struct error *err)
{
    *out = (struct curve){.run = run};
    struct workspace *ws = study_lock(study);
    bool ok = run_events_read(ws, run->id, 0, take_event, out, err);
    study_unlock(study);
    if (!ok)
        curve_release(out);
    return ok;
}

void curve_release(struct curve *c)
{
    free(c->epoch);
    c->epoch = NULL;
    c->n = c->cap = 0;
}

/* ---- the picture ---- */

/* A figure by its place in struct curve_epoch. */
#define FIGURE(name) offsetof(struct curve_epoch, name)

static double figure_of(const struct curve_epoch *e, size_t figure)
{
    double v;
    memcpy(&v, (const char *)e + figure, sizeof v);
    return v;
}

static bool has(const struct curve *c, size_t figure)
{
    for (size_t i = 0; i < c->n; i++)
        if (isfinite(figure_of(&c->epoch[i], figure)))
            return true;
    return false;
}

static void add_line(struct plot_panel *panel, const struct curve *c, size_t figure,
                     enum plot_role role, bool dashed, const char *name)
{
    if (!has(c, figure))
        return;
    struct plot_series *s = plot_add_series(panel, PLOT_LINE, role, name);
    s->dashed = dashed;
    for (size_t i = 0; i < c->n; i++)
        plot_add_point(s, c->epoch[i].epoch, figure_of(&c->epoch[i], figure));
}

static struct plot_panel *panel_of(struct plot *plot, const char *title, bool share)
{
    struct plot_panel *p = plot_add_panel(plot, "epoch", title);
    p->x.numbers = PLOT_WHOLE;
    if (share) {
        p->y.numbers = PLOT_PERCENT;
        p->y.from_zero = true;
        p->y.least_span = 0.01;
    }
    return p;
}

static void plot_one(struct plot *plot, const struct curve *c)
{
    struct plot_panel *loss = panel_of(plot, "training loss", false);
    struct plot_panel *first = panel_of(plot, "next item in the first 10", true);
    struct plot_panel *hop = panel_of(plot, "one-hop ratio of the lists", true);
    add_line(loss, c, FIGURE(loss), PLOT_INK, false, NULL);
    add_line(first, c, FIGURE(recall10), PLOT_HELD_OUT, false, "held-out");
    add_line(first, c, FIGURE(extraction), PLOT_MEMORIZED, false, "training");
    add_line(hop, c, FIGURE(one_hop), PLOT_MEMORIZED, false, "observed");
    add_line(hop, c, FIGURE(one_hop_shuffle), PLOT_DIM, true, "shuffle null");
    for (size_t p = 0; c->kept > 0 && p < plot->n_panels; p++)
        plot_add_reference(plot->panel[p], true, c->kept, PLOT_DIM, p == 0 ? "kept" : "");
}

static void plot_several(struct plot *plot, const struct curve *curve, size_t n)
{
    struct plot_panel *loss = panel_of(plot, "training loss", false);
    struct plot_panel *recall = panel_of(plot, "held-out item in the first 10 (recall@10)", true);
    struct plot_panel *extraction =
        panel_of(plot, "training item in the first 10 (extraction)", true);
    struct plot_panel *hop =
        panel_of(plot, "one-hop ratio of the lists; dotted: its shuffle null", true);
    for (size_t i = 0; i < n; i++) {
        enum plot_role role = (enum plot_role)(PLOT_RUN_1 + (int)(i % PLOT_RUNS));
        const char *name = curve[i].run->name;
        add_line(loss, &curve[i], FIGURE(loss), role, false, name);
        add_line(recall, &curve[i], FIGURE(recall10), role, false, name);
        add_line(extraction, &curve[i], FIGURE(extraction), role, false, name);
        add_line(hop, &curve[i], FIGURE(one_hop), role, false, name);
        add_line(hop, &curve[i], FIGURE(one_hop_shuffle), role, true, NULL);
    }
}

struct plot *curves_plot(const struct study *study, const struct curve *curve, size_t n)
{
    const struct study_run *run = curve[0].run;
    char *title = n == 1 ? mem_printf("How %s learned and memorized", run->name)
                         : mem_strdup("How the runs learned and memorized");
    struct plot *plot = plot_new("curves", title);
    free(title);
    if (n == 1 && curve[0].kept > 0)
        plot_set_subtitle(plot, "%s, %s, %s, seed %lld. The weights of epoch %d are kept.",
                          study_name(study), run->model, run->strategy, (long long)run->seed,
                          (int)curve[0].kept);
    else
        plot_set_subtitle(plot, "%s", study_name(study));
    if (n == 1)
        plot_one(plot, &curve[0]);
    else
        plot_several(plot, curve, n);
    plot_set_footnote(plot,
                      "Held-out items and lists: a seeded sample of the validation cases. Training "
                      "items: a seeded sample of training positions (extraction). One-hop ratio "
                      "under last; its shuffle null: the lists permuted between cases. Data "
                      "%016llx.",
                      (unsigned long long)study_dataset(study)->fingerprint);
    return plot;
}
