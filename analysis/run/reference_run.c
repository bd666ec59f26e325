#include "analysis/run/reference_run.h"

#include <stdlib.h>

#include "analysis/corpus/recs.h"
#include "analysis/math/parallel.h"
#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"

static const char *const part_name[] = {"test", "valid"};

struct lists {
    int32_t *item;
    float *score;
};

static bool recommend(const struct reference *model, const struct corpus *corpus,
                      const struct case_list *cases, struct lists *out, struct progress *progress,
                      struct error *err)
{
    size_t n = (size_t)cases->n * RECS_DEPTH;
    out->item = mem_try_array(n, sizeof *out->item, "recommendation lists", err);
    out->score =
        out->item ? mem_try_array(n, sizeof *out->score, "recommendation lists", err) : NULL;
    return out->score && reference_recommend_all(model, corpus, cases, RECS_DEPTH, progress,
                                                 out->item, out->score, err);
}

static char *options_json(const struct reference_run *wanted)
{
    struct jval *o = jval_new_object();
    if (wanted->kind == REFERENCE_MARKOV)
        jval_put_int(o, "order", wanted->options.order ? wanted->options.order : 1);
    if (wanted->kind == REFERENCE_ITEM_KNN)
        jval_put_int(o, "window",
                     wanted->options.window ? wanted->options.window : REFERENCE_KNN_WINDOW);
    struct buf text;
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    return buf_detach(&text);
}

static bool store_lists(struct workspace *ws, int64_t run, const struct split *split,
                        uint64_t fingerprint, const struct lists lists[2], struct error *err)
{
    char *dir = workspace_run_dir(ws, run);
    bool ok = true;
    for (int part = 0; part < 2 && ok; part++) {
        const struct case_list *cases = &split->part[part];
        struct run_recs recs = {.n_cases = cases->n,
                                .depth = RECS_DEPTH,
                                .user = cases->user,
                                .position = cases->position,
                                .item = lists[part].item,
                                .score = lists[part].score};
        ok = run_recs_write(dir, part_name[part], fingerprint, &recs, err) &&
             run_recs_register(ws, run, part_name[part], err);
    }
    free(dir);
    return ok;
}

static bool store_run(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                      const struct reference_run *wanted, const struct lists lists[2],
                      int64_t started, double seconds, int64_t *run, struct error *err)
{
    char *options = options_json(wanted);
    char *kernel = mem_printf("counts, %d threads", parallel_threads());
    char *model = mem_strdup(reference_name(wanted->kind));
    struct run_info info = {
        .name = (char *)(uintptr_t)wanted->name,
        .model = model,
        .options_json = options,
        .strategy = mem_strdup("counting"),
        .state = mem_strdup("running"),
        .trained_on = mem_strdup(wanted->on == TRAINED_ON_TRAIN ? "train" : "train+valid"),
        .started = started,
        .seconds = seconds,
        .kernel = kernel,
        .error = mem_strdup(""),
    };
    bool ok = run_create(ws, &info, run, err);
    if (ok) {
        info.id = *run;
        ok = store_lists(ws, *run, split, fingerprint, lists, err) && run_update(ws, &info, err) &&
             run_set_state(ws, *run, "done", NULL, err);
        if (!ok)
            run_delete(ws, *run, NULL);
    }
    info.name = NULL; /* the caller's */
    run_info_release(&info);
    return ok;
}

bool reference_run(struct workspace *ws, const struct corpus *corpus, const struct split *split,
                   const struct edges *edges, uint64_t fingerprint,
                   const struct reference_run *wanted, struct progress *progress, int64_t *run,
                   struct error *err)
{
    struct training training = split_training(split, corpus, wanted->on);
    struct reference *model = NULL;
    struct lists lists[2] = {{0}};
    int64_t started = clock_wall_seconds();
    double began = clock_monotonic_seconds();
    bool ok =
        reference_build(wanted->kind, &wanted->options, &training, edges, progress, &model, err);
    for (int part = 0; part < 2 && ok; part++)
        ok = recommend(model, corpus, &split->part[part], &lists[part], progress, err);
    ok = ok && store_run(ws, split, fingerprint, wanted, lists, started,
                         clock_monotonic_seconds() - began, run, err);
    reference_free(model);
    for (int part = 0; part < 2; part++) {
        free(lists[part].item);
        free(lists[part].score);
    }
    return ok;
}
