#include "analysis/run/ensemble_run.h"

#include <string.h>

#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"

/* Log-probabilities of a list are at most 0, and the best comes first. */
static bool check_member(const struct ensemble_member *m, struct error *err)
{
    if (m->on != TRAINED_ON_TRAIN)
        return error_set(err, ERROR_STATE,
                         "ensemble: the run %s was trained on the validation targets, by which k "
                         "and tau are chosen; take a run that was trained on train",
                         m->name);
    for (int part = 0; part < 2; part++) {
        const struct recs *r = &m->recs[part];
        for (int64_t i = 0; r->score && i < r->n_cases * r->depth; i++) {
            if (r->item[i] >= 0 && r->score[i] > 1e-3f)
                return error_set(err, ERROR_INPUT,
                                 "ensemble: the scores of %s are no log-probabilities (%.9g); "
                                 "sasrec and gr have such scores",
                                 m->name, (double)r->score[i]);
        }
        if (!r->score || !r->item)
            return error_set(err, ERROR_INPUT, "ensemble: the run %s has no lists with scores",
                             m->name);
    }
    return true;
}

static struct ensemble_lists lists_of(const struct ensemble_request *r, enum part part)
{
    return (struct ensemble_lists){r->memorizer->recs[part], r->generalizer->recs[part]};
}

static bool choose(const struct ensemble_request *request, const struct corpus *corpus,
                   const struct split *split, struct ensemble_weights *weights, double *ndcg,
                   struct error *err)
{
    struct ensemble_lists lists = lists_of(request, PART_VALID);
    const struct case_list *cases = &split->part[PART_VALID];
    int32_t *target = mem_try_array((size_t)cases->n, sizeof *target, "targets", err);
    for (int64_t c = 0; target && c < cases->n; c++)
        target[c] = corpus_sequence(corpus, cases->user[c])[cases->position[c]];
    bool ok = target && ensemble_choose(&lists, target, weights, ndcg, err);
    free(target);
    return ok;
}

static char *options_json(const struct ensemble_request *r, struct ensemble_weights w, double ndcg)
{
    struct jval *o = jval_new_object();
    struct buf text;
    jval_put_string(o, "memorizer", r->memorizer->name);
    jval_put_int(o, "memorizer_run", r->memorizer->run); /* it may be renamed */
    jval_put_string(o, "generalizer", r->generalizer->name);
    jval_put_int(o, "generalizer_run", r->generalizer->run);
    jval_put_real(o, "k", w.k);
    jval_put_real(o, "tau", w.tau);
    jval_put_real(o, "valid_ndcg@10", ndcg);
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    return buf_detach(&text);
}

static bool store(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                  const struct ensemble_request *request, char *options,
                  const struct run_lists lists[2], double began, int64_t *run, struct error *err)
{
    char model[] = "ensemble", strategy[] = "adaptive", train[] = "train";
    char kernel[] = "scores of two runs";
    double seconds = clock_monotonic_seconds() - began;
    struct run_info info = {.name = (char *)(uintptr_t)request->name,
                            .model = model,
                            .strategy = strategy,
                            .options_json = options,
                            .trained_on = train,
                            .started = clock_wall_seconds() - (int64_t)seconds,
                            .seconds = seconds,
                            .kernel = kernel};
    return run_lists_store(ws, split, fingerprint, &info, lists, run, err);
}

bool ensemble_run(struct workspace *ws, const struct corpus *corpus, const struct split *split,
                  uint64_t fingerprint, const struct ensemble_request *request, int64_t *run,
                  struct error *err)
{
    struct ensemble_weights weights;
    struct run_lists lists[2] = {{0}};
    double ndcg, began = clock_monotonic_seconds();
    if (!check_member(request->memorizer, err) || !check_member(request->generalizer, err) ||
        !choose(request, corpus, split, &weights, &ndcg, err))
        return false;
    bool ok = true;
    for (int part = 0; ok && part < 2; part++) {
        struct ensemble_lists both = lists_of(request, (enum part)part);
        ok = run_lists_room(&lists[part], both.memorizer.n_cases, err);
        if (ok)
            ensemble_combine(&both, weights, RECS_DEPTH, lists[part].item, lists[part].score);
    }
    char *options = options_json(request, weights, ndcg);
    ok = ok && store(ws, split, fingerprint, request, options, lists, began, run, err);
    free(options);
    run_lists_release(lists);
    return ok;
}
