#include "analysis/run/reference_run.h"

#include <stdlib.h>

#include "analysis/math/parallel.h"
#include "analysis/run/run_lists.h"
#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"

static bool recommend(const struct reference *model, const struct corpus *corpus,
                      const struct case_list *cases, struct run_lists *out,
                      struct progress *progress, struct error *err)
{
    return run_lists_room(out, cases->n, err) &&
           reference_recommend_all(model, corpus, cases, RECS_DEPTH, progress, out->item,
                                   out->score, err);
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

static bool store_run(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                      const struct reference_run *wanted, const struct run_lists lists[2],
                      int64_t started, double seconds, int64_t *run, struct error *err)
{
    char *options = options_json(wanted);
    char *kernel =
        mem_printf("counts, %d thread%s", parallel_threads(), plural_s(parallel_threads()));
    struct run_info info = {
        .name = (char *)(uintptr_t)wanted->name,
        .model = (char *)(uintptr_t)reference_name(wanted->kind),
        .options_json = options,
        .strategy = (char *)(uintptr_t) "counting",
        .trained_on = (char *)(uintptr_t)(wanted->on == TRAINED_ON_TRAIN ? "train" : "train+valid"),
        .started = started,
        .seconds = seconds,
        .kernel = kernel,
    };
    bool ok = run_lists_store(ws, split, fingerprint, &info, lists, run, err);
    free(options);
    free(kernel);
    return ok;
}

bool reference_run(struct workspace *ws, const struct corpus *corpus, const struct split *split,
                   const struct edges *edges, uint64_t fingerprint,
                   const struct reference_run *wanted, struct progress *progress, int64_t *run,
                   struct error *err)
{
    struct training training = split_training(split, corpus, wanted->on);
    struct reference *model = NULL;
    struct run_lists lists[2] = {{0}};
    int64_t started = clock_wall_seconds();
    double began = clock_monotonic_seconds();
    bool ok =
        reference_build(wanted->kind, &wanted->options, &training, edges, progress, &model, err);
    for (int part = 0; part < 2 && ok; part++)
        ok = recommend(model, corpus, &split->part[part], &lists[part], progress, err);
    ok = ok && store_run(ws, split, fingerprint, wanted, lists, started,
                         clock_monotonic_seconds() - began, run, err);
    reference_free(model);
    run_lists_release(lists);
    return ok;
}
