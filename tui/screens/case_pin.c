/* What p pins in the case view, and the ways back to it: a user's case by the command that opens
 * it, a recommendation by its rank and run. */
#include <string.h>

#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/screens/case_private.h"

/* ---- a case ---- */

/* How many cases the user has in the part that is looked at. */
static int32_t n_cases(const struct host *host, int32_t user)
{
    const struct case_list *cases = &study_split(host->study)->part[host->part];
    int64_t last = study_case_of_user(host->study, host->part, user);
    return last < 0 ? 0 : case_number(cases, last);
}

/* The same number where it says more than 0, that is the last case; else 0. */
static int32_t case_number_said(const struct host *host, int32_t user, int32_t nth)
{
    return nth < n_cases(host, user) ? nth : 0;
}

void case_link(const struct host *host, int32_t user, int32_t nth, struct buf *out)
{
    nth = case_number_said(host, user, nth);
    buf_adds(out, "user ");
    line_escape(host_user_id(host, user), out);
    if (nth > 0)
        buf_addf(out, " case %d", (int)nth);
    buf_addc(out, '\n');
}

/* An id goes before a number behind it. */
static bool find_place(const struct host *host, const char *arg, struct case_place *out,
                       struct error *err)
{
    static const char word[] = " case ";
    *out = (struct case_place){.user = host_find_user(host, arg)};
    if (out->user >= 0)
        return true;
    const char *last = NULL;
    for (const char *at = arg; (at = strstr(at, word)); at++)
        last = at;
    const char *number = last ? last + sizeof word - 1 : "";
    if (num_int32(number, strlen(number), &out->nth)) {
        char *id = mem_strndup(arg, (size_t)(last - arg));
        out->user = host_find_user(host, id);
        free(id);
    }
    int32_t n = out->user >= 0 ? n_cases(host, out->user) : 0;
    if (out->user < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no user %s", arg);
    return (out->nth >= 1 && out->nth <= n) ||
           error_set(err, ERROR_NOT_FOUND, "user %.*s has %d %s case%s, no case %d",
                     (int)(last - arg), arg, (int)n,
                     host->part == PART_TEST ? "test" : "validation", plural_s(n), (int)out->nth);
}

unsigned case_command(struct app *app, const char *arg, struct error *err)
{
    struct case_place place;
    if (!find_place(host_of(app), arg, &place, err))
        return REACT_ERROR;
    case_open(app, &place);
    return REACT_DRAW;
}

/* ---- what p pins ---- */

static void add_shown_runs(const struct host *host, struct case_subject *out)
{
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    for (size_t i = 0; i < n && out->n_runs < CASE_RUNS; i++)
        out->run[out->n_runs++] = mem_strdup(run[i]->name);
}

/* On the history the case as a whole, elsewhere the recommendation that the evidence is about. */
bool case_subject_of(const struct view *view, struct case_subject *out)
{
    const struct case_screen *c = (const struct case_screen *)view;
    const struct host *host = host_of(c->app);
    const struct case_rec *rec = c->focus == HISTORY ? NULL : case_current_rec(c);
    if (!c->has_data)
        return false;
    *out = (struct case_subject){.kind = rec ? CASE_RECOMMENDATION : CASE_USER,
                                 .part = host->part,
                                 .definition = host->definition,
                                 .user_id = mem_strdup(host_user_id(host, c->user)),
                                 .nth = case_number_said(host, c->user, case_nth(c))};
    if (rec) {
        out->run[out->n_runs++] = mem_strdup(case_current_run(c)->run->name);
        out->rank = rec->rank;
        out->item_id = rec->item >= 0 ? mem_strdup(host_item_id(host, rec->item)) : NULL;
    } else {
        add_shown_runs(host, out);
    }
    struct buf link;
    buf_init(&link);
    view->ops->link(view, &link);
    if (rec)
        buf_addf(&link, "rank %d %s\n", (int)rec->rank, out->run[0]);
    out->link = buf_detach(&link);
    return true;
}

/* The pane of the run; the first where it is not shown. */
static int pane_of(const struct case_screen *c, int64_t run)
{
    for (size_t i = 0; i < c->data.n_runs; i++)
        if (c->data.run[i].run->id == run)
            return FIRST_RUN + (int)i;
    return FIRST_RUN;
}

void case_go_to_start(struct case_screen *c)
{
    int pane = pane_of(c, c->start.run);
    if (c->start.rank > 0 && c->pane[pane]) {
        case_set_focus(c, pane);
        sheet_select(c->pane[pane], c->start.rank);
    }
    c->start.rank = 0;
}

unsigned case_go_to_rank(struct case_screen *c, const char *arg, struct error *err)
{
    const struct host *host = host_of(c->app);
    size_t n = strcspn(arg, " ");
    int64_t rank;
    if (!num_int64(arg, n, &rank) || rank < 1 || rank > INT32_MAX) {
        error_set(err, ERROR_USAGE, "rank: \"%.100s\" begins with no rank; write rank 3 markov",
                  arg);
        return REACT_ERROR;
    }
    const char *name = arg + n + strspn(arg + n, " ");
    const struct study_run *run = *name ? study_run_find(host->study, name, err) : NULL;
    if (*name && !run)
        return REACT_ERROR;
    if (run && !host_is_shown(host, run->id)) {
        error_set(err, ERROR_STATE, "rank: %s is not shown; r chooses the runs", run->name);
        return REACT_ERROR;
    }
    c->start.run = run ? run->id : 0;
    c->start.rank = (int32_t)rank;
    if (c->has_data)
        case_go_to_start(c);
    return REACT_DRAW; /* else once the lists are there */
}
