/* rote train --strategy halves: an experiment of m runs, from submitting them to what comes out. */
#include "tui/cli/train_halves.h"

#include <math.h>
#include <string.h>

#include "analysis/report/counterfactual.h"
#include "analysis/run/batch.h"
#include "analysis/run/experiment.h"
#include "storage/base/mem.h"
#include "storage/db/run_store.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

enum { GRACE_SECONDS = 10 };

/* ---- the runs ---- */

static bool state_is(struct workspace *ws, int64_t id, const char *state)
{
    struct run_info run;
    if (!run_get(ws, id, &run, NULL))
        return false;
    bool is = strcmp(run.state, state) == 0;
    run_info_release(&run);
    return is;
}

/* The user stopped one of them: the others would only wait for him. */
static void cancel_rest(struct workspace *ws, const int64_t *id, size_t n)
{
    for (size_t i = n; i-- > 0;)
        if (state_is(ws, id[i], "queued") || state_is(ws, id[i], "running"))
            queue_cancel(ws, id[i], GRACE_SECONDS, NULL);
}

/* One after the other, as they come to their turn. A run that fails does not stop the others. */
static bool follow(struct cli *cli, struct workspace *ws, const struct sweep *runs,
                   const int64_t *id, struct error *err)
{
    size_t failed = 0;
    struct error first = {0};
    for (size_t i = 0; i < runs->n; i++) {
        struct error why = {0};
        if (!cli->json && cli->progress->report && !state_is(ws, id[i], "done"))
            text_printf(cli->err, "%s (%zu of %zu)\n", runs->name[i], i + 1, runs->n);
        if (cli_follow(cli, ws, id[i], &why))
            continue;
        if (why.code == ERROR_CANCELLED) {
            if (!state_is(ws, id[i], "cancelled"))
                return error_set(err, why.code, "%s", why.text);
            cancel_rest(ws, id, runs->n);
            return error_set(err, ERROR_CANCELLED,
                             "cancelled; the same command goes on from the checkpoints");
        }
        if (failed++ == 0)
            first = why;
    }
    return failed == 0 || error_set(err, first.code,
                                    "%zu of %zu runs are not done (%s); the same command resumes "
                                    "them",
                                    failed, runs->n, first.text);
}

/* ---- what comes out ---- */

static struct jval *estimate_json(const struct estimate *e)
{
    if (isnan(e->lo))
        return jval_new_real(e->value);
    struct jval *o = jval_new_object();
    jval_put_real(o, "value", e->value);
    jval_put_real(o, "lo", e->lo);
    jval_put_real(o, "hi", e->hi);
    return o;
}

static void print_mean(struct cli *cli, const char *what, int64_t n, const struct estimate *e)
{
    text_printf(cli->out, "  %-46s %9lld", what, (long long)n);
    if (isnan(e->value))
        text_printf(cli->out, "  -\n");
    else
        text_printf(cli->out, "  %.5f [%.5f, %.5f]\n", e->value, e->lo, e->hi);
}

static void print_summary(struct cli *cli, const struct sweep *runs,
                          const struct counterfactual_summary *s)
{
    text_printf(
        cli->out,
        "counterfactual memorization, %zu runs on halves of the users: mean probability of the "
        "target\n",
        runs->n);
    print_mean(cli, "with the user in training", s->n, &s->with);
    print_mean(cli, "without", s->n, &s->without);
    print_mean(cli, "mem, the difference", s->n, &s->mem);
    print_mean(cli, "mem, the step from the item before: others', too", s->n_shared, &s->shared);
    print_mean(cli, "mem, the step is this user's alone", s->n_own, &s->own);
    text_printf(cli->out, "  mem at percentiles");
    for (int i = 0; i < COUNTERFACTUAL_PERCENTILES; i++)
        text_printf(cli->out, "  %.0f: %.3g", counterfactual_percentile[i], s->percentile[i]);
    text_printf(cli->out, "\n  mem over 0.1: %.2f %% of the positions\n", s->over_tenth * 100);
    text_printf(cli->out, "`rote export counterfactual --run %s` lists the positions\n",
                runs->name[0]);
}

/* `s` NULL: not yet. */
static bool print_json(struct cli *cli, struct workspace *ws, const struct sweep *runs,
                       const int64_t *id, const struct counterfactual_summary *s, struct error *err)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    struct counterfactual_figure figure[COUNTERFACTUAL_FIGURES];
    bool ok = true;
    jval_put_string(o, "experiment", "halves");
    jval_put(o, "runs", list);
    for (size_t i = 0; ok && i < runs->n; i++) {
        struct run_info run;
        ok = run_get(ws, id[i], &run, err);
        if (!ok)
            break;
        struct jval *r = jval_new_object();
        jval_put_int(r, "id", run.id);
        jval_put_string(r, "run", run.name);
        jval_put_string(r, "state", run.state);
        jval_append(list, r);
        run_info_release(&run);
    }
    if (ok && s) {
        struct jval *figures = jval_object_at(o, "counterfactual");
        counterfactual_figures(s, figure);
        for (int i = 0; i < COUNTERFACTUAL_FIGURES; i++)
            jval_put(figures, figure[i].name, estimate_json(&figure[i].value));
    }
    if (ok)
        jval_print(o, false, cli->out);
    jval_free(o);
    return ok;
}

static bool sum_up(struct cli *cli, struct study *study, struct workspace *ws,
                   const struct sweep *runs, const int64_t *id, struct error *err)
{
    struct counterfactual c;
    struct counterfactual_summary s;
    if (!study_runs_refresh(study, err))
        return false;
    const struct study_run *run = study_run_by_id(study, id[0]);
    if (!run)
        return error_set(err, ERROR_STATE, "the run %s is gone", runs->name[0]);
    if (!counterfactual_of(study, run, &c, cli->progress, err))
        return false;
    bool ok = counterfactual_summarise(&c, &s, cli->progress, err);
    if (ok && cli->json)
        ok = print_json(cli, ws, runs, id, &s, err);
    else if (ok)
        print_summary(cli, runs, &s);
    counterfactual_release(&c);
    return ok;
}

static bool print_started(struct cli *cli, struct workspace *ws, const struct sweep *runs,
                          const int64_t *id, struct error *err)
{
    if (cli->json)
        return print_json(cli, ws, runs, id, NULL, err);
    text_printf(cli->out,
                "%zu runs, %s to %s, are in the queue or done; `rote runs` tells of them\n",
                runs->n, runs->name[0], runs->name[runs->n - 1]);
    return true;
}

bool cli_train_halves(struct cli *cli, struct study *study, const struct run_request *request,
                      bool detach, struct error *err)
{
    struct sweep runs = {0};
    experiment_expand(request, &runs);
    int64_t *id = mem_zalloc(runs.n, sizeof *id);
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    bool ok = ws && batch_submit(ws, runs.request, runs.n, id, NULL, err);
    if (ok && detach)
        ok = print_started(cli, ws, &runs, id, err);
    else if (ok)
        ok = follow(cli, ws, &runs, id, err) && sum_up(cli, study, ws, &runs, id, err);
    workspace_close(ws);
    free(id);
    sweep_release(&runs);
    return ok;
}
