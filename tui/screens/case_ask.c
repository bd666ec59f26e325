/* What can be asked about a recommendation: would it be here without this user, what of its
 * semantic id has been seen, what would follow. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/roll_out.h"
#include "analysis/report/what_if.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_private.h"
#include "tui/screens/roll_out_screen.h"
#include "tui/screens/view_job.h"

enum { WHAT_IF_DEPTH = 50 };

/* ---- what if without this user ---- */

struct what_if_job {
    struct app *app;
    struct study *study;
    struct what_if_question question;
    int32_t *history;
    struct what_if answer;
    const char *user; /* of the study */
};

static bool ask_what_if(void *context, struct progress *progress, struct error *err)
{
    struct what_if_job *j = context;
    return what_if_ask(j->study, &j->question, progress, &j->answer, err);
}

/* "without A32N: rank 2, not 1 (recounted)" */
static void say_answer(const struct what_if_job *j)
{
    const struct what_if *w = &j->answer;
    const char *who = w->own ? "recounted exactly" : "says the markov reference, not this run";
    if (w->rank == w->rank_without && w->rank)
        app_say(j->app, MESSAGE_INFO, "without %s: still rank %d (%s)", j->user, w->rank, who);
    else if (w->rank && w->rank_without)
        app_say(j->app, MESSAGE_INFO, "without %s: rank %d instead of %d (%s)", j->user,
                w->rank_without, w->rank, who);
    else if (w->rank)
        app_say(j->app, MESSAGE_INFO, "without %s: gone from the top %d, was rank %d (%s)", j->user,
                j->question.k, w->rank, who);
    else
        app_say(j->app, MESSAGE_INFO, "not in the top %d of it with %s either (%s)", j->question.k,
                j->user, who);
}

static void say_what_if(void *context, bool ok, const struct error *err)
{
    struct what_if_job *j = context;
    if (ok) {
        say_answer(j);
        what_if_release(&j->answer);
    } else if (err->code != ERROR_CANCELLED) {
        app_failed(j->app, err);
    }
    app_redraw(j->app);
    free(j->history);
    free(j);
}

unsigned case_what_if(struct case_screen *c, struct error *err)
{
    const struct evidence_line *line = case_current_line(c);
    const struct case_rec *rec = case_current_rec(c);
    if (!line || !rec) {
        error_set(err, ERROR_STATE, "there is no evidence here to take a user from");
        return REACT_ERROR;
    }
    struct what_if_job *j = mem_zalloc(1, sizeof *j);
    j->app = c->app;
    j->study = host_of(c->app)->study;
    j->user = host_user_id(host_of(c->app), line->user);
    j->history = mem_alloc((size_t)c->data.n_history * sizeof *j->history);
    memcpy(j->history, c->data.history, (size_t)c->data.n_history * sizeof *j->history);
    j->question = (struct what_if_question){.run = case_current_run(c)->run,
                                            .history = j->history,
                                            .n_history = c->data.n_history,
                                            .item = rec->item,
                                            .user = line->user,
                                            .k = WHAT_IF_DEPTH};
    jobs_start(app_jobs(c->app),
               &(struct job_spec){
                   .name = "what if", .work = ask_what_if, .done = say_what_if, .context = j});
    return REACT_DRAW;
}

/* ---- tokens ---- */

bool case_ids_find(struct study *study, const struct study_run *const *runs, size_t n,
                   struct case_ids *out, struct error *err)
{
    *out = (struct case_ids){.n = n};
    bool ok = study_ids_of(study, NULL, &out->data, err);
    for (size_t i = 0; ok && i < n; i++) {
        struct case_ids_of *of = &out->of[i];
        of->run = runs[i];
        ok = study_ids_of(study, runs[i], &of->ids, err);
        if (ok && of->ids.table.levels > 0)
            ok = (of->tokens = study_tokens(study, runs[i], runs[i]->trained_on, err)) != NULL;
    }
    return ok;
}

const struct case_ids_of *case_ids_of(const struct case_screen *c, const struct study_run *run)
{
    for (size_t i = 0; c->by_token && run && i < c->ids.n; i++)
        if (c->ids.of[i].run->id == run->id && c->ids.of[i].tokens)
            return &c->ids.of[i];
    return NULL;
}

const struct study_ids *case_history_ids(const struct case_screen *c)
{
    const struct case_run *current = case_current_run(c);
    const struct case_ids_of *of = case_ids_of(c, current ? current->run : NULL);
    for (size_t i = 0; !of && c->by_token && i < c->ids.n; i++)
        of = case_ids_of(c, c->ids.of[i].run);
    if (of)
        return &of->ids;
    return c->by_token && c->ids.data.table.levels > 0 ? &c->ids.data : NULL;
}

struct token_job {
    struct view_job job;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    struct case_ids ids;
};

static bool has_any(const struct case_ids *ids)
{
    bool any = ids->data.table.levels > 0;
    for (size_t i = 0; i < ids->n; i++)
        any |= ids->of[i].tokens != NULL;
    return any;
}

static bool build_tokens(void *context, struct progress *progress, struct error *err)
{
    struct token_job *j = context;
    return progress_ok(progress, err) &&
           case_ids_find(j->job.study, j->run, j->n_runs, &j->ids, err) &&
           (has_any(&j->ids) || error_set(err, ERROR_STATE, "%s", STUDY_NO_IDS));
}

static void set_level(struct case_screen *c, bool by_token)
{
    c->by_token = by_token;
    case_fill_runs(c);
    case_fill_history(c);
}

static void take_tokens(struct view *view, void *job, bool ok, const struct error *err)
{
    struct case_screen *c = (struct case_screen *)view;
    (void)err;
    if (!ok)
        return;
    c->ids = ((struct token_job *)job)->ids;
    set_level(c, true);
}

static const struct view_job_kind counting_tokens = {.name = "counting token prefixes",
                                                     .size = sizeof(struct token_job),
                                                     .work = build_tokens,
                                                     .take = take_tokens};

/* Whether a run made its own ids is known once its folder was looked at. */
static bool may_have_ids(const struct token_job *j)
{
    bool may = study_dataset(j->job.study)->semid_levels > 0;
    for (size_t i = 0; i < j->n_runs; i++)
        may |= study_run_may_have_ids(j->run[i]);
    return may;
}

unsigned case_change_level(struct case_screen *c, struct error *err)
{
    if (c->by_token) {
        set_level(c, false);
        return REACT_DRAW;
    }
    struct token_job *j = view_job_new(c->app, &c->view, &counting_tokens, NULL);
    j->n_runs = host_shown_runs(host_of(c->app), j->run);
    if (!may_have_ids(j)) {
        view_job_drop(&j->job);
        error_set(err, ERROR_STATE, "%s", STUDY_NO_IDS);
        return REACT_ERROR;
    }
    view_job_start(&j->job);
    return REACT_DRAW;
}

/* ---- roll-out ---- */

/* The run whose pane was used last; before the lists are there, the first that is shown. */
static const struct study_run *run_to_roll_out(const struct case_screen *c)
{
    const struct study_run *shown[HOST_RUNS];
    const struct case_run *run = case_current_run(c);
    return run ? run->run : host_shown_runs(host_of(c->app), shown) > 0 ? shown[0] : NULL;
}

unsigned case_roll_out(const struct case_screen *c, const char *arg, struct error *err)
{
    const struct host *host = host_of(c->app);
    const struct study_run *run;
    int32_t n;
    if (!roll_out_parse(host->study, arg, &n, &run, err))
        return REACT_ERROR;
    run = run ? run : run_to_roll_out(c);
    if (c->no_case)
        error_set(err, ERROR_STATE, "roll-out: this user has no case to go on from");
    else if (!run)
        error_set(err, ERROR_STATE, "roll-out: no run is shown; r chooses runs");
    if (c->no_case || !run || !roll_out_possible(host->study, run, err))
        return REACT_ERROR;
    roll_out_open(c->app, c->user, case_nth(c), run, n);
    return REACT_DRAW;
}
