#include "analysis/report/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/match/match.h"
#include "analysis/report/eval.h"
#include "analysis/run/ensemble_run.h"
#include "analysis/run/folder.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "storage/db/workspace.h"

/* The headline definition only: the others are computed when somebody asks. */
static bool evaluate(struct study *study, const struct study_run *run, struct progress *progress,
                     struct error *err)
{
    struct definition last = definition_last();
    struct eval eval;
    last.train_valid = run->trained_on == TRAINED_ON_TRAIN_VALID;
    if (!eval_get(study, run, PART_TEST, &last, progress, &eval, err))
        return false;
    eval_release(&eval);
    return true;
}

bool train_reference(struct study *study, const struct reference_run *wanted,
                     struct progress *progress, const struct study_run **run, struct error *err)
{
    const struct edges *edges = study_edges(study, wanted->on, err);
    struct workspace *ws =
        edges ? workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err) : NULL;
    int64_t id = 0;
    bool ok = ws && reference_run(ws, study_corpus(study), study_split(study), edges,
                                  study_dataset(study)->fingerprint, wanted, progress, &id, err);
    workspace_close(ws);
    return ok && train_finish(study, id, progress, run, err);
}

static bool member_of(const struct study_run *run, struct ensemble_member *out, struct error *err)
{
    for (int part = 0; part < 2; part++)
        if (!run->has[part])
            return error_set(err, ERROR_STATE,
                             "ensemble: the run %s (%s) has no lists of the %s part, which an "
                             "ensemble needs",
                             run->name, run->state, part == PART_VALID ? "validation" : "test");
    *out = (struct ensemble_member){
        run->id, run->name, {run->recs[PART_TEST], run->recs[PART_VALID]}, run->trained_on};
    return true;
}

bool train_ensemble(struct study *study, const struct study_run *memorizer,
                    const struct study_run *generalizer, const char *name,
                    struct progress *progress, const struct study_run **run, struct error *err)
{
    struct ensemble_member m, g;
    struct ensemble_request request = {name, &m, &g};
    if (!member_of(memorizer, &m, err) || !member_of(generalizer, &g, err))
        return false;
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    int64_t id = 0;
    bool ok = ws && ensemble_run(ws, study_corpus(study), study_split(study),
                                 study_dataset(study)->fingerprint, &request, &id, err);
    workspace_close(ws);
    return ok && train_finish(study, id, progress, run, err);
}

bool train_finish(struct study *study, int64_t id, struct progress *progress,
                  const struct study_run **run, struct error *err)
{
    if (!study_runs_refresh(study, err))
        return false;
    for (int part = PART_TEST; part <= PART_VALID; part++) {
        *run = study_run_by_id(study, id);
        if (!*run)
            return error_set(err, ERROR_STATE, "run %lld was deleted meanwhile", (long long)id);
        if (!label_run(study, *run, (enum part)part, progress, err))
            return false;
    }
    *run = study_run_by_id(study, id);
    return *run && (!(*run)->has[PART_TEST] || evaluate(study, *run, progress, err));
}

/* ---- what a run does ---- */

bool run_is_unfinished(const struct study_run *run)
{
    return strcmp(run->state, "queued") == 0 || strcmp(run->state, "running") == 0;
}

static size_t add_time_left(double seconds, char *text, size_t room)
{
    const char *unit = seconds < 100 ? "s" : seconds < 6000 ? "m" : "h";
    double per_unit = seconds < 100 ? 1 : seconds < 6000 ? 60 : 3600;
    return (size_t)snprintf(text, room, "%.0f %s left, ", seconds / per_unit, unit);
}

void run_state_text(const struct study *study, const struct study_run *run,
                    char text[RUN_STATE_TEXT_MAX])
{
    struct run_progress p = {0};
    snprintf(text, RUN_STATE_TEXT_MAX, "%s", run->state);
    if (!run_is_unfinished(run))
        return;
    char *dir = mem_printf("%s/runs/%lld", study_dir(study), (long long)run->id);
    run_progress_read(dir, &p);
    free(dir);
    if (strcmp(run->state, "queued") == 0 || p.what[0] == '\0')
        return;
    /* What a narrow column cuts off comes last. */
    size_t n = 0;
    if (!isnan(p.share))
        n += (size_t)snprintf(text, RUN_STATE_TEXT_MAX, "%.0f %% ", p.share * 100);
    if (!isnan(p.eta_seconds))
        n += add_time_left(p.eta_seconds, text + n, RUN_STATE_TEXT_MAX - n);
    snprintf(text + n, RUN_STATE_TEXT_MAX - n, "%s", p.what);
}

bool label_run(struct study *study, const struct study_run *run, enum part part,
               struct progress *progress, struct error *err)
{
    if (!run->has[part] || study_run_is_labelled(run, part))
        return true;
    const struct corpus *corpus = study_corpus(study);
    const struct case_list *cases = &study_split(study)->part[part];
    const struct recs *recs = &run->recs[part];
    size_t n = (size_t)recs->n_cases * (size_t)recs->depth;
    uint16_t *relation = mem_try_array(n, sizeof *relation, "labels", err);
    uint8_t *verbatim = relation ? mem_try_array(n, sizeof *verbatim, "labels", err) : NULL;
    uint8_t *one_hop = verbatim ? mem_try_array(n, sizeof *one_hop, "labels", err) : NULL;
    struct definition any = definition_any();
    any.train_valid = run->trained_on == TRAINED_ON_TRAIN_VALID;
    const struct match_index *index =
        one_hop ? study_index(study, run->trained_on, progress, err) : NULL;
    const struct relation_index *relations =
        index ? study_relations(study, run->trained_on, progress, err) : NULL;
    const struct onehop *onehop = relations ? study_onehop(study, &any, err) : NULL;
    bool ok = onehop && onehop_slots(onehop, cases, recs, one_hop, progress, err) &&
              relation_label(relations, corpus, cases, recs->item, recs->depth, recs->depth,
                             relation, progress, err) &&
              match_recs(index, corpus, cases, recs, progress, verbatim, NULL, err);
    if (ok) {
        struct run_labels labels = {.n_cases = recs->n_cases,
                                    .depth = recs->depth,
                                    .relation = relation,
                                    .verbatim = verbatim,
                                    .one_hop = one_hop};
        struct workspace *ws = study_lock(study);
        ok = run_labels_write(ws, run->id, part == PART_TEST ? "test" : "valid",
                              run->trained_on == TRAINED_ON_TRAIN ? "train" : "train+valid",
                              &labels, relation_format, NULL, 0, err);
        study_unlock(study);
    }
    free(relation);
    free(verbatim);
    free(one_hop);
    return ok && study_runs_refresh(study, err);
}
