#include "analysis/report/train.h"

#include <stdlib.h>

#include "analysis/label/relation.h"
#include "analysis/match/match.h"
#include "analysis/report/eval.h"
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
    if (!ok || !study_runs_refresh(study, err))
        return false;
    *run = study_run_by_id(study, id);
    if (!*run)
        return error_set(err, ERROR_STATE, "run %lld was deleted while it was trained",
                         (long long)id);
    for (int part = PART_TEST; part <= PART_VALID; part++)
        if (!label_run(study, *run, (enum part)part, progress, err))
            return false;
    *run = study_run_by_id(study, id);
    return *run && evaluate(study, *run, progress, err);
}

bool label_run(struct study *study, const struct study_run *run, enum part part,
               struct progress *progress, struct error *err)
{
    if (!run->has[part] || run->relation[part])
        return true;
    const struct corpus *corpus = study_corpus(study);
    const struct case_list *cases = &study_split(study)->part[part];
    const struct recs *recs = &run->recs[part];
    size_t n = (size_t)recs->n_cases * (size_t)recs->depth;
    uint16_t *relation = mem_try_array(n, sizeof *relation, "labels", err);
    uint8_t *verbatim = relation ? mem_try_array(n, sizeof *verbatim, "labels", err) : NULL;
    const struct match_index *index =
        verbatim ? study_index(study, run->trained_on, progress, err) : NULL;
    const struct relation_index *relations =
        index ? study_relations(study, run->trained_on, progress, err) : NULL;
    bool ok = relations &&
              relation_label(relations, corpus, cases, recs->item, recs->depth, recs->depth,
                             relation, progress, err) &&
              match_recs(index, corpus, cases, recs, progress, verbatim, NULL, err);
    if (ok) {
        struct run_labels labels = {.n_cases = recs->n_cases,
                                    .depth = recs->depth,
                                    .relation = relation,
                                    .verbatim = verbatim};
        struct workspace *ws = study_lock(study);
        ok = run_labels_write(ws, run->id, part == PART_TEST ? "test" : "valid",
                              run->trained_on == TRAINED_ON_TRAIN ? "train" : "train+valid",
                              &labels, relation_format, NULL, 0, err);
        study_unlock(study);
    }
    free(relation);
    free(verbatim);
    return ok && study_runs_refresh(study, err);
}
