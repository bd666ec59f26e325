#include "analysis/report/roll_out_model.h"

#include <string.h>

#include "analysis/model/reference.h"
#include "analysis/run/engine.h"
#include "analysis/run/folder.h"
#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"

enum source { SOURCE_NONE, SOURCE_COUNTED, SOURCE_TRAINED };

struct roll_out_model {
    enum source source;
    int32_t n_items;
    struct reference *reference; /* SOURCE_COUNTED */
    struct engine engine;        /* SOURCE_TRAINED */
    rank_fn rank;
    void *rank_context;
};

/* ---- which model is it, and is it here? ---- */

static char *dir_of(const struct study *study, const struct study_run *run)
{
    return mem_printf("%s/runs/%lld", study_dir(study), (long long)run->id);
}

static enum source no_model(const struct study_run *run, const char *why, struct error *err)
{
    error_set(err, ERROR_STATE, "roll-out: %s has no model to go on with: %s", run->name, why);
    return SOURCE_NONE;
}

/* What a job says; *job is the caller's to release. */
static enum source source_of_job(const char *dir, const struct study *study,
                                 const struct study_run *run, struct run_job *job,
                                 struct error *err)
{
    if (!run_job_read(dir, job, err))
        return SOURCE_NONE;
    if (launcher_get(job->launcher)->is_external)
        return no_model(run, "another program trained it and left its lists alone", err);
    if (job->fingerprint != study_dataset(study)->fingerprint)
        return no_model(run, "it was trained on other data", err);
    return SOURCE_TRAINED;
}

static enum source source_of(const struct study *study, const struct study_run *run,
                             struct run_job *job, struct error *err)
{
    enum reference_kind kind;
    if (strcmp(run->state, "done") != 0)
        return no_model(run, "it is not finished", err);
    char *dir = dir_of(study, run), *path = path_join(dir, "job.json");
    enum source source;
    if (file_exists(path))
        source = source_of_job(dir, study, run, job, err);
    else if (reference_find(run->model, &kind) && strcmp(run->strategy, "counting") == 0)
        source = SOURCE_COUNTED;
    else if (strcmp(run->model, run_model_name(RUN_ENSEMBLE)) == 0)
        source = no_model(run, "an ensemble joins the lists of two runs; roll those out", err);
    else
        source = no_model(run, "its lists came without one", err);
    free(path);
    free(dir);
    return source;
}

bool roll_out_model_there(const struct study *study, const struct study_run *run, struct error *err)
{
    struct run_job job = {0};
    bool there = source_of(study, run, &job, err) != SOURCE_NONE;
    run_job_release(&job);
    return there;
}

/* ---- opening ---- */

static bool count(struct roll_out_model *m, struct study *study, const struct study_run *run,
                  struct progress *progress, struct error *err)
{
    enum reference_kind kind;
    struct reference_options options = {0};
    struct training training =
        split_training(study_split(study), study_corpus(study), run->trained_on);
    struct jval *o = jval_parse(run->options_json, strlen(run->options_json), NULL);
    if (o) {
        options.order = (int)jval_int(jval_get(o, "order"), 0);
        options.window = (int)jval_int(jval_get(o, "window"), 0);
        jval_free(o);
    }
    const struct edges *edges = study_edges(study, run->trained_on, err);
    return edges && reference_find(run->model, &kind) &&
           reference_build(kind, &options, &training, edges, progress, &m->reference, err);
}

static bool load(struct roll_out_model *m, struct study *study, const struct study_run *run,
                 const struct run_job *job, struct error *err)
{
    char *dir = dir_of(study, run);
    bool ok = engine_init_trained(&m->engine, dir, &job->options, study_dataset(study),
                                  study_corpus(study), err) ||
              error_prefix(err, "roll-out: the model of %s cannot be read", run->name);
    int32_t beam = job->options.model == RUN_GR ? run_options_int(&job->options, OPTION_BEAM) : 0;
    if (ok)
        m->rank = engine_rank(&m->engine, beam, &m->rank_context);
    free(dir);
    return ok;
}

struct roll_out_model *roll_out_model_open(struct study *study, const struct study_run *run,
                                           struct progress *progress, struct error *err)
{
    struct run_job job = {0};
    struct roll_out_model *m = mem_zalloc(1, sizeof *m);
    m->n_items = study_corpus(study)->n_items;
    m->source = source_of(study, run, &job, err);
    bool ok = m->source == SOURCE_TRAINED   ? load(m, study, run, &job, err)
              : m->source == SOURCE_COUNTED ? count(m, study, run, progress, err)
                                            : false;
    run_job_release(&job);
    if (ok)
        return m;
    roll_out_model_close(m);
    return NULL;
}

void roll_out_model_close(struct roll_out_model *m)
{
    if (!m)
        return;
    reference_free(m->reference);
    engine_release(&m->engine);
    free(m);
}

/* ---- asking ---- */

bool roll_out_model_masks(const struct roll_out_model *m)
{
    return m->source == SOURCE_COUNTED ||
           (m->engine.options.model == RUN_SASREC && m->engine.ranking.mask_history);
}

bool roll_out_model_rank(const struct roll_out_model *m, int32_t *history, int32_t n,
                         int32_t item[RECS_DEPTH], float score[RECS_DEPTH], struct error *err)
{
    if (m->source == SOURCE_COUNTED)
        return reference_recommend(m->reference, history, n, RECS_DEPTH, item, score, err);
    /* A corpus of this one sequence, and the case behind it. */
    int64_t offset[] = {0, (int64_t)n + 1};
    int32_t user = 0, position = n;
    const struct corpus corpus = {1, m->n_items, offset, history};
    const struct case_list one = {.n = 1, .user = &user, .position = &position};
    history[n] = 0; /* the target, which nothing looks at */
    return m->rank(m->rank_context, &m->engine.nn, &corpus, &one, RECS_DEPTH, item, score, NULL,
                   err);
}
