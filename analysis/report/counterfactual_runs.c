/* Counterfactual memorization from the runs of an experiment. Contract in counterfactual.h. */
#include <string.h>

#include "analysis/report/counterfactual.h"
#include "analysis/run/batch.h"
#include "analysis/run/experiment.h"
#include "analysis/run/measure.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/files/tensors.h"

/* The request that a run came from. False: it is no part of halves. */
static bool read_request(const struct study_run *run, struct run_request *out, struct error *err)
{
    enum run_model model;
    *out = (struct run_request){.on = run->trained_on};
    struct jval *o = jval_parse(run->options_json, strlen(run->options_json), NULL);
    bool ok = o && run_model_find(run->model, &model, NULL) &&
              run_options_parse(model, o, &out->options, NULL) &&
              out->options.strategy.has[STRATEGY_HALVES];
    jval_free(o);
    return ok || error_set(err, ERROR_STATE,
                           "%s is no part of an experiment of halves (rote train --strategy "
                           "halves)",
                           run->name);
}

static bool equals(const struct study_run *run, const struct run_request *request)
{
    struct run_info info = {
        .model = (char *)(uintptr_t)run->model,
        .options_json = (char *)(uintptr_t)run->options_json,
        .trained_on =
            (char *)(uintptr_t)(run->trained_on == TRAINED_ON_TRAIN ? "train" : "train+valid")};
    return batch_run_equals(&info, request);
}

/* The parts' files, opened; scores[m]. */
struct parts {
    int32_t m;
    struct tensors **file;
    const float **logp;
};

static void parts_close(struct parts *p)
{
    for (int32_t k = 0; p->file && k < p->m; k++)
        tensors_close(p->file[k]);
    free(p->file);
    free(p->logp);
}

static bool open_part(struct study *study, const struct run_request *request, struct tensors **file,
                      const float **logp, struct error *err)
{
    const struct dataset *d = study_dataset(study);
    const struct study_run *run = study_run_named(study, request->name);
    if (!run || strcmp(run->state, "done") != 0)
        return error_set(err, ERROR_STATE,
                         "%s is %s: the same `rote train` command as before starts and resumes "
                         "what is missing of the experiment",
                         request->name, run ? run->state : "not there");
    if (!equals(run, request))
        return error_set(err, ERROR_STATE,
                         "%s was trained in another way than the other parts of the experiment",
                         request->name);
    char *dir = mem_printf("%s/runs/%lld", study_dir(study), (long long)run->id);
    bool ok = measure_scores_open(dir, d->fingerprint, d->n_interactions, file, logp, err);
    free(dir);
    return ok;
}

static bool open_parts(struct study *study, const struct sweep *runs, struct parts *out,
                       struct error *err)
{
    *out = (struct parts){.m = (int32_t)runs->n};
    out->file = mem_zalloc(runs->n, sizeof *out->file);
    out->logp = mem_zalloc(runs->n, sizeof *out->logp);
    for (size_t k = 0; k < runs->n; k++)
        if (!open_part(study, &runs->request[k], &out->file[k], &out->logp[k], err))
            return false;
    return true;
}

bool counterfactual_of(struct study *study, const struct study_run *run, struct counterfactual *out,
                       struct progress *progress, struct error *err)
{
    struct run_request request;
    struct sweep runs = {0};
    struct parts parts = {0};
    struct training training;
    if (!read_request(run, &request, err))
        return false;
    char *name = experiment_name_of(run->name, &request.options.strategy);
    request.name = name;
    request.options.strategy.value[STRATEGY_OPTION_HALVES_PART] = 0;
    experiment_expand(&request, &runs);
    const struct edges *edges = study_edges(study, run->trained_on, err);
    bool ok = edges && progress_ok(progress, err) && open_parts(study, &runs, &parts, err);
    if (ok) {
        training = split_training(study_split(study), study_corpus(study), run->trained_on);
        ok = counterfactual_compute(&training, edges, parts.m, parts.logp, out, err);
    }
    parts_close(&parts);
    sweep_release(&runs);
    free(name);
    return ok;
}
