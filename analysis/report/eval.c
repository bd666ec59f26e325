#include "analysis/report/eval.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/eval_compute.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/metric_store.h"

static const char *part_name(enum part part)
{
    return part == PART_TEST ? "test" : "valid";
}

static void take_set(struct eval *out, const struct metric_set *set)
{
    if (set->n == 0)
        return; /* not computed yet: nothing to release */
    out->n = set->n;
    out->figure = mem_zalloc(set->n, sizeof *out->figure);
    for (size_t i = 0; i < set->n; i++) {
        const struct metric *m = &set->metric[i];
        snprintf(out->figure[i].name, sizeof out->figure[i].name, "%s", m->name);
        out->figure[i].value = m->value;
        out->figure[i].lo = m->lo;
        out->figure[i].hi = m->hi;
    }
}

bool eval_stored(struct study *study, const struct study_run *run, enum part part,
                 const struct definition *definition, struct eval *out, struct error *err)
{
    char key[DEFINITION_TEXT_MAX];
    definition_key(definition, key);
    *out = (struct eval){.run = run->id, .part = part, .definition = *definition};
    struct metric_set set;
    struct workspace *ws = study_lock(study);
    bool ok = metric_store_get(ws, run->id, part_name(part), key, &set, err);
    study_unlock(study);
    if (!ok)
        return false;
    take_set(out, &set);
    metric_set_release(&set);
    return true;
}

static bool store(struct study *study, const struct eval *eval, struct error *err)
{
    char key[DEFINITION_TEXT_MAX];
    definition_key(&eval->definition, key);
    struct metric *list = mem_alloc(eval->n * sizeof *list);
    for (size_t i = 0; i < eval->n; i++) {
        const struct figure *f = &eval->figure[i];
        list[i] = (struct metric){.name = f->name, .value = f->value, .lo = f->lo, .hi = f->hi};
    }
    struct workspace *ws = study_lock(study);
    bool ok = metric_store_put(ws, eval->run, part_name(eval->part), key, list, eval->n, err);
    study_unlock(study);
    free(list);
    return ok;
}

bool eval_get(struct study *study, const struct study_run *run, enum part part,
              const struct definition *definition, struct progress *progress, struct eval *out,
              struct error *err)
{
    if (!eval_stored(study, run, part, definition, out, err))
        return false;
    if (out->n > 0)
        return true;
    eval_release(out);
    /* Nothing is stored that was computed from damaged bytes. */
    if (!study_verify(study, progress, err))
        return false;
    struct figure_list list = {0};
    if (!eval_compute(study, run, part, definition, progress, &list, err)) {
        free(list.figure);
        return false;
    }
    *out = (struct eval){.run = run->id,
                         .part = part,
                         .definition = *definition,
                         .n = list.n,
                         .figure = list.figure};
    if (study_read_only(study) || store(study, out, err))
        return true;
    eval_release(out);
    return false;
}

void eval_release(struct eval *eval)
{
    free(eval->figure);
    eval->figure = NULL;
    eval->n = 0;
}

const struct figure *eval_find(const struct eval *eval, const char *name)
{
    for (size_t i = 0; i < eval->n; i++)
        if (strcmp(eval->figure[i].name, name) == 0)
            return &eval->figure[i];
    return NULL;
}

double eval_value(const struct eval *eval, const char *name)
{
    const struct figure *f = eval_find(eval, name);
    return f ? f->value : (double)NAN;
}

/* ---- JSON ---- */

static struct jval *interval_json(const struct figure *f, const char *first)
{
    struct jval *o = jval_new_object();
    jval_put_real(o, first, f->value);
    jval_put_real(o, "lo", f->lo);
    jval_put_real(o, "hi", f->hi);
    return o;
}

static bool begins(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool figure_is_count(const struct figure *f)
{
    const char *leaf = strrchr(f->name, '.');
    return begins(f->name, "slots.") || (leaf && strcmp(leaf, ".cases") == 0);
}

/* The value of a figure: an interval where it has one by nature, else a number. */
static struct jval *figure_json(const struct figure *f, const char *leaf)
{
    if (strstr(f->name, ".null.") || strstr(leaf, "_null"))
        return interval_json(f, "mean");
    bool plain = strcmp(leaf, "share") == 0 || strcmp(leaf, "cases") == 0;
    if (begins(f->name, "metrics.") || (begins(f->name, "slices.") && !plain))
        return interval_json(f, "value");
    return figure_is_count(f) && !isnan(f->value) ? jval_new_int((int64_t)f->value)
                                                  : jval_new_real(f->value);
}

/* Figure "a.b.c" goes to object[a][b][c]. */
static void put_figure(struct jval *object, const struct figure *f)
{
    char name[sizeof f->name];
    memcpy(name, f->name, sizeof name);
    char *key = name;
    for (char *dot; (dot = strchr(key, '.')); key = dot + 1) {
        *dot = '\0';
        object = jval_object_at(object, key);
    }
    jval_put(object, key, figure_json(f, key));
    if (strcmp(f->name, "one_hop_ratio.observed") == 0) {
        jval_put_real(object, "lo", f->lo);
        jval_put_real(object, "hi", f->hi);
    }
}

static struct jval *definition_json(const struct definition *d)
{
    char name[DEFINITION_TEXT_MAX], pred[32];
    definition_format(d, name);
    if (d->pred_last > 1)
        snprintf(pred, sizeof pred, "last:%d", d->pred_last);
    else
        snprintf(pred, sizeof pred, "%s", d->pred_last == 1 ? "last" : "any");
    struct jval *o = jval_new_object();
    jval_put_string(o, "name", name);
    jval_put_string(o, "pred", pred);
    jval_put_string(o, "edges", d->train_valid ? "train+valid" : "train");
    jval_put_string(o, "own", d->own_leave ? "leave" : "keep");
    jval_put(o, "cap", d->cap ? jval_new_int(d->cap) : jval_new_null());
    jval_put_string(o, "history", d->history_remove ? "remove" : "keep");
    jval_put_int(o, "k", d->k);
    return o;
}

struct jval *eval_to_json(struct study *study, const struct eval *eval)
{
    const struct study_run *run = study_run_by_id(study, eval->run);
    const struct dataset *dataset = study_dataset(study);
    char text[32];
    struct jval *o = jval_new_object();
    jval_put_string(o, "run", run ? run->name : NULL);
    jval_put_string(o, "part", part_name(eval->part));
    jval_put(o, "definition", definition_json(&eval->definition));
    snprintf(text, sizeof text, "%016llx", (unsigned long long)dataset->fingerprint);
    jval_put_string(o, "fingerprint", text);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)dataset->structure_fingerprint);
    jval_put_string(o, "structure_fingerprint", text);
    for (size_t i = 0; i < eval->n; i++)
        put_figure(o, &eval->figure[i]);
    return o;
}
