#include "tui/screens/train_command.h"

#include <math.h>
#include <string.h>

#include "analysis/report/train.h"
#include "analysis/run/queue.h"
#include "storage/base/mem.h"

struct new_run {
    struct app *app;
    struct study *study;
    struct run_request request;
    char *name; /* NULL: the model's */
};

static void new_run_free(struct new_run *t)
{
    free(t->name);
    free(t);
}

/* ---- reading the words ---- */

static bool take_word(struct new_run *t, const char *word, bool first, struct error *err)
{
    enum run_model model;
    if (first) {
        if (!run_model_find(word, &model, err))
            return false;
        t->request.options = run_options_default(model);
        return true;
    }
    if (strncmp(word, "name=", 5) != 0)
        return run_options_set(&t->request.options, word, err);
    free(t->name);
    t->name = mem_strdup(word + 5);
    return true;
}

static bool read_words(struct new_run *t, const char *arg, struct error *err)
{
    char *copy = mem_strdup(arg), *save = NULL;
    bool ok = true, first = true;
    for (char *word = strtok_r(copy, " ", &save); ok && word; word = strtok_r(NULL, " ", &save)) {
        ok = take_word(t, word, first, err);
        first = false;
    }
    free(copy);
    if (ok && first)
        return error_set(err, ERROR_USAGE,
                         "say what to train: popularity, markov, item-knn, sasrec or gr");
    t->request.name = t->name;
    return ok && run_options_check(&t->request.options, err);
}

/* ---- the job ---- */

static bool count(struct new_run *t, struct progress *progress, struct error *err)
{
    const struct run_options *o = &t->request.options;
    struct reference_run wanted = {.kind = (enum reference_kind)o->model, .name = t->name};
    const struct study_run *run;
    if (o->model == RUN_MARKOV)
        wanted.options.order = run_options_int(o, OPTION_ORDER);
    if (o->model == RUN_ITEM_KNN)
        wanted.options.window = run_options_int(o, OPTION_WINDOW);
    return train_reference(t->study, &wanted, progress, &run, err);
}

static bool train(void *context, struct progress *progress, struct error *err)
{
    struct new_run *t = context;
    if (!run_model_is_trained(t->request.options.model))
        return count(t, progress, err);
    struct workspace *ws = workspace_open(study_dir(t->study), WORKSPACE_READ_WRITE, err);
    int64_t run;
    bool ok = ws && queue_submit(ws, &t->request, &run, err);
    workspace_close(ws);
    return ok && study_runs_refresh(t->study, err);
}

static void trained(void *context, bool ok, const struct error *err)
{
    struct new_run *t = context;
    const char *model = run_model_name(t->request.options.model);
    if (!ok && err->code != ERROR_CANCELLED)
        app_say_error(t->app, err);
    else if (ok)
        app_say(t->app, MESSAGE_INFO, "%s is %s", t->name ? t->name : model,
                run_model_is_trained(t->request.options.model) ? "in the queue" : "there");
    if (ok)
        app_refresh(t->app);
    new_run_free(t);
}

unsigned train_command(struct host *host, struct app *app, const char *arg, struct error *err)
{
    struct new_run *t = mem_zalloc(1, sizeof *t);
    t->app = app;
    t->study = host->study;
    if (!read_words(t, arg, err)) {
        new_run_free(t);
        return REACT_ERROR;
    }
    jobs_start(
        app_jobs(app),
        &(struct job_spec){.name = "starting", .work = train, .done = trained, .context = t});
    return REACT_DRAW;
}

/* ---- completion ---- */

static void offer(const char *prefix, const char *candidate, struct completions *out)
{
    if (strncmp(candidate, prefix, strlen(prefix)) == 0)
        completions_add(out, candidate);
}

static void offer_options(const char *prefix, enum run_model model, struct completions *out)
{
    const char *last = strrchr(prefix, ' ') + 1;
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        if (isnan(o->otherwise[model]))
            continue;
        char *candidate =
            mem_printf("%.*s%s=%g", (int)(last - prefix), prefix, o->name, o->otherwise[model]);
        offer(prefix, candidate, out);
        free(candidate);
    }
}

void train_complete(const char *prefix, struct completions *out)
{
    size_t n = strcspn(prefix, " ");
    char *name = mem_strndup(prefix, n);
    enum run_model model;
    if (prefix[n] == '\0')
        for (int m = 0; m < RUN_MODELS; m++)
            offer(prefix, run_model_name((enum run_model)m), out);
    else if (run_model_find(name, &model, NULL))
        offer_options(prefix, model, out);
    free(name);
}
