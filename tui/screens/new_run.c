#include "tui/screens/new_run.h"

#include <string.h>

#include "analysis/report/train.h"
#include "analysis/run/batch.h"
#include "analysis/run/experiment.h"
#include "analysis/run/sweep.h"
#include "storage/base/mem.h"

struct new_run {
    struct app *app;
    struct study *study;
    struct run_request request;
    char *name; /* NULL: the model's */
    int64_t seeds;
    void (*done)(struct app *app, uint64_t view, bool ok);
    uint64_t view;
    char *what; /* that was started: a run's name, or "3 runs, a to c," */
    size_t n;   /* of several runs, else 0; and how many of them were done already */
    size_t n_done;
};

static void new_run_free(struct new_run *t)
{
    free(t->name);
    free(t->what);
    free(t);
}

/* ---- the job ---- */

static bool count(struct new_run *t, struct progress *progress, struct error *err)
{
    const struct run_options *o = &t->request.options;
    struct reference_run wanted = {
        .kind = (enum reference_kind)o->model, .name = t->name, .on = t->request.on};
    const struct study_run *run;
    if (o->model == RUN_MARKOV)
        wanted.options.order = run_options_int(o, OPTION_ORDER);
    if (o->model == RUN_ITEM_KNN)
        wanted.options.window = run_options_int(o, OPTION_WINDOW);
    if (!train_reference(t->study, &wanted, progress, &run, err))
        return false;
    t->what = mem_strdup(run->name);
    return true;
}

static bool submit_one(struct new_run *t, struct workspace *ws, struct error *err)
{
    int64_t id;
    struct run_info run;
    if (!queue_submit(ws, &t->request, &id, err) || !run_get(ws, id, &run, err))
        return false;
    t->what = mem_strdup(run.name);
    run_info_release(&run);
    return true;
}

static bool submit_all(struct new_run *t, struct workspace *ws, struct error *err)
{
    struct sweep runs = {0};
    if (t->seeds == 1)
        experiment_expand(&t->request, &runs);
    else if (!sweep_make(&t->request, NULL, 0, t->seeds, &runs, err))
        return false;
    int64_t *id = mem_zalloc(runs.n, sizeof *id);
    enum batch_fate *fate = mem_zalloc(runs.n, sizeof *fate);
    bool ok = batch_submit(ws, runs.request, runs.n, id, fate, err);
    for (size_t i = 0; ok && i < runs.n; i++)
        t->n_done += fate[i] == BATCH_DONE;
    t->n = runs.n;
    t->what = mem_printf("%zu runs, %s to %s,", runs.n, runs.name[0], runs.name[runs.n - 1]);
    free(id);
    free(fate);
    sweep_release(&runs);
    return ok;
}

static bool work(void *context, struct progress *progress, struct error *err)
{
    struct new_run *t = context;
    if (!run_model_is_trained(t->request.options.model))
        return count(t, progress, err);
    struct workspace *ws = workspace_open(study_dir(t->study), WORKSPACE_READ_WRITE, err);
    bool several = t->seeds > 1 || strategy_is_experiment(&t->request.options.strategy);
    bool ok = ws && (several ? submit_all(t, ws, err) : submit_one(t, ws, err));
    workspace_close(ws);
    return ok && study_runs_refresh(t->study, err);
}

static void say(const struct new_run *t)
{
    if (t->n == 0)
        app_say(t->app, MESSAGE_INFO, "%s is %s", t->what,
                run_model_is_trained(t->request.options.model) ? "in the queue" : "there");
    else if (t->n_done == 0)
        app_say(t->app, MESSAGE_INFO, "%s are in the queue", t->what);
    else /* the same runs were asked for before */
        app_say(t->app, MESSAGE_INFO, "%s are in the queue, or done already (%zu)", t->what,
                t->n_done);
}

static void done(void *context, bool ok, const struct error *err)
{
    struct new_run *t = context;
    if (t->done)
        t->done(t->app, t->view, ok);
    if (!ok && err->code != ERROR_CANCELLED)
        app_failed(t->app, err);
    if (ok) {
        say(t);
        app_refresh(t->app);
    }
    new_run_free(t);
}

void new_run_start(struct app *app, const struct run_request *request, int64_t seeds,
                   void (*after)(struct app *app, uint64_t view, bool ok), uint64_t view)
{
    struct new_run *t = mem_zalloc(1, sizeof *t);
    *t = (struct new_run){.app = app,
                          .study = host_of(app)->study,
                          .request = *request,
                          .name = request->name ? mem_strdup(request->name) : NULL,
                          .seeds = seeds,
                          .done = after,
                          .view = view};
    t->request.name = t->name;
    jobs_start(app_jobs(app),
               &(struct job_spec){.name = run_model_is_trained(request->options.model) ? "starting"
                                                                                       : "counting",
                                  .work = work,
                                  .done = done,
                                  .context = t});
}
