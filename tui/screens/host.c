#include "tui/screens/host.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_desk.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/case_study_screen.h"
#include "tui/screens/cases_screen.h"
#include "tui/screens/compare_screen.h"
#include "tui/screens/find.h"
#include "tui/screens/item_screen.h"
#include "tui/screens/items_screen.h"
#include "tui/screens/new_run_screen.h"
#include "tui/screens/overview.h"
#include "tui/screens/query_screen.h"
#include "tui/screens/recs_screen.h"
#include "tui/screens/report_command.h"
#include "tui/screens/run_actions.h"
#include "tui/screens/run_screen.h"
#include "tui/screens/runs_screen.h"
#include "tui/screens/scene.h"
#include "tui/screens/schema_screen.h"
#include "tui/screens/train_command.h"
#include "tui/screens/users_screen.h"
#include "tui/widgets/text.h"

void host_init(struct host *host, struct study *study)
{
    *host = (struct host){.study = study, .definition = definition_last(), .part = PART_TEST};
    size_t n = study_n_runs(study);
    /* the newest runs, oldest of them first: the order in which they were made */
    for (size_t i = n; i-- > 0 && host->n_shown < 2;)
        if (study_run_at(study, i)->has[host->part])
            host->shown[host->n_shown++] = study_run_at(study, i)->id;
    if (host->n_shown == 2) {
        int64_t newest = host->shown[0];
        host->shown[0] = host->shown[1];
        host->shown[1] = newest;
    }
}

size_t host_shown_runs(const struct host *host, const struct study_run *run[HOST_RUNS])
{
    size_t n = 0;
    for (size_t i = 0; i < host->n_shown; i++) {
        const struct study_run *r = study_run_by_id(host->study, host->shown[i]);
        if (r && r->has[host->part])
            run[n++] = r;
    }
    return n;
}

bool host_is_shown(const struct host *host, int64_t run)
{
    for (size_t i = 0; i < host->n_shown; i++)
        if (host->shown[i] == run)
            return true;
    return false;
}

/* Unless the user named them, the edges are those that the first shown run was trained on. */
static void follow_edges(struct host *host)
{
    const struct study_run *run[HOST_RUNS];
    if (!host->edges_chosen && host_shown_runs(host, run) > 0)
        host->definition.train_valid = run[0]->trained_on == TRAINED_ON_TRAIN_VALID;
}

bool host_show_runs(struct host *host, const int64_t *runs, size_t n)
{
    if (n == host->n_shown && memcmp(host->shown, runs, n * sizeof *runs) == 0)
        return false;
    memcpy(host->shown, runs, n * sizeof *runs);
    host->n_shown = n;
    follow_edges(host);
    return true;
}

void host_toggle_run(struct host *host, int64_t run)
{
    size_t n = 0;
    bool was = host_is_shown(host, run);
    for (size_t i = 0; i < host->n_shown; i++)
        if (host->shown[i] != run)
            host->shown[n++] = host->shown[i];
    host->n_shown = n;
    if (!was) {
        if (host->n_shown == HOST_RUNS)
            host->n_shown--;
        host->shown[host->n_shown++] = run;
    }
    follow_edges(host);
}

const char *host_item_id(const struct host *host, int32_t item)
{
    return item < 0 ? "" : strtab_get(&study_dataset(host->study)->item_id, item);
}

const char *host_item_title(const struct host *host, int32_t item)
{
    const struct dataset *d = study_dataset(host->study);
    if (item < 0)
        return item == RECS_ILLEGAL ? "illegal" : "missing";
    return strtab_len(&d->title, item) ? strtab_get(&d->title, item)
                                       : strtab_get(&d->item_id, item);
}

const char *host_user_id(const struct host *host, int32_t user)
{
    return strtab_get(&study_dataset(host->study)->user_id, user);
}

/* ---- what line 1 says ---- */

static void add_run_names(const struct host *host, const char *separator, struct buf *out)
{
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? separator : "", run[i]->name);
}

static void context(const void *data, const struct glyphs *glyphs, struct buf *out)
{
    const struct host *host = data;
    char text[DEFINITION_TEXT_MAX];
    definition_short(&host->definition, glyphs->ascii, text);
    buf_adds(out, text);
    if (host->part == PART_VALID)
        buf_adds(out, " valid");
    buf_adds(out, "   ");
    enum { ROOM = 22 };
    size_t from = out->len;
    add_run_names(host, " | ", out);
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    if (n > 1 && text_width(out->data + from, out->len - from) > ROOM) {
        buf_truncate(out, from);
        buf_addf(out, "%s +%zu", run[0]->name, n - 1);
    }
}

void host_link(const struct host *host, struct buf *out)
{
    char text[DEFINITION_TEXT_MAX];
    definition_format(&host->definition, text);
    buf_addf(out, "def %s\n", text);
    if (host->part == PART_VALID)
        buf_adds(out, "part valid\n");
    if (host->n_shown > 0) {
        buf_adds(out, "runs ");
        add_run_names(host, ",", out);
        buf_addc(out, '\n');
    }
}

/* ---- actions ---- */

static unsigned set_definition(struct host *host, struct app *app, const char *arg,
                               struct error *err)
{
    struct definition d;
    if (!definition_parse(arg, &d, err))
        return REACT_ERROR;
    host->edges_chosen = strstr(arg, "edges=") != NULL;
    host->definition = d;
    follow_edges(host);
    char text[DEFINITION_TEXT_MAX];
    definition_key(&host->definition, text);
    app_say(app, MESSAGE_INFO, "definition %s", text);
    app_refresh(app);
    return REACT_DRAW;
}

static unsigned set_runs(struct host *host, struct app *app, const char *arg, struct error *err)
{
    int64_t shown[HOST_RUNS];
    size_t n = 0;
    char *copy = mem_strdup(arg), *save = NULL;
    bool ok = true;
    for (char *name = strtok_r(copy, ", ", &save); ok && name; name = strtok_r(NULL, ", ", &save)) {
        const struct study_run *run = study_run_find(host->study, name, err);
        if (!run)
            ok = false;
        else if (n == HOST_RUNS)
            ok = error_set(err, ERROR_USAGE, "at most %d runs are shown side by side", HOST_RUNS);
        else
            shown[n++] = run->id;
    }
    free(copy);
    if (!ok)
        return REACT_ERROR;
    host_show_runs(host, shown, n);
    app_refresh(app);
    return REACT_DRAW;
}

static unsigned set_part(struct host *host, struct app *app, const char *arg, struct error *err)
{
    if (strcmp(arg, "test") != 0 && strcmp(arg, "valid") != 0) {
        error_set(err, ERROR_USAGE, "the part is test or valid");
        return REACT_ERROR;
    }
    host->part = strcmp(arg, "test") == 0 ? PART_TEST : PART_VALID;
    app_refresh(app);
    return REACT_DRAW;
}

static unsigned open_user(struct host *host, struct app *app, const char *arg, struct error *err)
{
    int32_t user = study_find_user(host->study, arg);
    if (user < 0) {
        error_set(err, ERROR_NOT_FOUND, "there is no user %s", arg);
        return REACT_ERROR;
    }
    case_open(app, &(struct case_place){.user = user});
    return REACT_DRAW;
}

/* Without an argument the views that have an item under the cursor take the call. */
static unsigned open_item(struct host *host, struct app *app, const char *arg, struct error *err)
{
    int32_t item = arg ? study_find_item(host->study, arg) : -1;
    if (!arg)
        error_set(err, ERROR_USAGE, "say which: item ID");
    else if (item < 0)
        error_set(err, ERROR_NOT_FOUND, "there is no item %s", arg);
    if (item < 0)
        return REACT_ERROR;
    app_push(app, item_screen_new(app, item));
    return REACT_DRAW;
}

/* Views of runs take the call without an argument: they know the run under the cursor. */
static unsigned new_run(struct host *host, struct app *app, const char *arg, struct error *err)
{
    const struct study_run *like = arg ? study_run_find(host->study, arg, err) : NULL;
    if (arg)
        return like ? new_run_open_like(app, like, err) : (unsigned)REACT_ERROR;
    new_run_open(app, NULL);
    return REACT_DRAW;
}

static unsigned open_run(struct host *host, struct app *app, const char *arg, struct error *err)
{
    const struct study_run *run = study_run_find(host->study, arg, err);
    if (!run)
        return REACT_ERROR;
    app_push(app, run_screen_new(app, run->id));
    return REACT_DRAW;
}

static unsigned refresh(struct host *host, struct app *app, struct error *err)
{
    if (!study_runs_refresh(host->study, err))
        return REACT_ERROR;
    app_refresh(app);
    return REACT_DRAW;
}

static unsigned handle(void *data, struct app *app, const struct call *call, struct error *err)
{
    struct host *host = data;
    switch (call->id) {
    case ACTION_DEFINITION:
        return set_definition(host, app, call->arg, err);
    case ACTION_RUNS_SHOWN:
        return set_runs(host, app, call->arg, err);
    case ACTION_PART:
        return set_part(host, app, call->arg, err);
    case ACTION_USER:
        return open_user(host, app, call->arg, err);
    case ACTION_ITEM:
        return open_item(host, app, call->arg, err);
    case ACTION_ITEMS:
        app_pop_to_root(app);
        app_push(app, items_screen_new(app));
        return REACT_DRAW;
    case ACTION_USERS:
        app_pop_to_root(app);
        app_push(app, users_screen_new(app, USERS_ALL));
        return REACT_DRAW;
    case ACTION_RECOMMENDATIONS:
        app_pop_to_root(app);
        app_push(app, recs_screen_new(app));
        return REACT_DRAW;
    case ACTION_RUN_LIST:
        app_pop_to_root(app);
        app_push(app, runs_screen_new(app));
        return REACT_DRAW;
    case ACTION_RUN:
        return open_run(host, app, call->arg, err);
    case ACTION_RUN_CANCEL:
    case ACTION_RUN_RESUME:
    case ACTION_RUN_DELETE:
    case ACTION_RUN_RENAME:
        return run_actions_named(app, call, err);
    case ACTION_COMPARE:
        return compare_command(app, call->arg, err);
    case ACTION_OVERVIEW:
        app_pop_to_root(app);
        if (app_keeps_views(app))
            app_push(app, overview_new(app));
        return REACT_DRAW;
    case ACTION_PLOT: /* Overview has one */
        app_pop_to_root(app);
        if (app_keeps_views(app))
            app_push(app, overview_new(app));
        return app_call(app, call, err);
    case ACTION_CASE_LIST:
        app_pop_to_root(app);
        app_push(app, cases_screen_new(app, NULL));
        return REACT_DRAW;
    case ACTION_SEARCH_CASES:
        app_push(app, cases_screen_new(app, call->arg));
        return REACT_DRAW;
    case ACTION_CASE_STUDY:
        return case_study_open(app, call->arg, err);
    case ACTION_PIN:
    case ACTION_UNDO:
    case ACTION_REDO:
    case ACTION_NEW_CASE:
        return case_desk_handle(app, call, err);
    case ACTION_TRAIN:
        return train_command(app, call->arg, err);
    case ACTION_NEW_RUN:
        return new_run(host, app, call->arg, err);
    case ACTION_FIND_CASES:
        return find_cases(host, app, call->arg, err);
    case ACTION_REPORT:
        return report_command(app, call, err);
    case ACTION_SQL:
        query_screen_open(app, call->arg);
        return REACT_DRAW;
    case ACTION_SCHEMA:
        app_push(app, schema_screen_new(app));
        return REACT_DRAW;
    case ACTION_REFRESH:
        return refresh(host, app, err);
    case ACTION_TOUR:
        app_pop_to_root(app);
        tour_begin(&host->tour, app);
        return REACT_DRAW;
    case ACTION_CLEAR:
        host->tour.step = 0;
        return REACT_PASS; /* there may be more to clear */
    default:
        return REACT_PASS;
    }
}

/* ---- completion ---- */

static void offer(const char *candidate, const char *prefix, struct completions *out)
{
    if (strncmp(candidate, prefix, strlen(prefix)) == 0)
        completions_add(out, candidate);
}

static void complete(void *data, enum action_argument kind, const char *prefix,
                     struct completions *out)
{
    static const char *const definitions[] = {"last", "any", "iirg", "pred=last:20,cap=50"};
    enum { MOST_IDS = 50 };
    struct host *host = data;
    const struct study_run *run;
    if (kind == ARG_DEFINITION)
        for (size_t i = 0; i < ARRAY_LEN(definitions); i++)
            offer(definitions[i], prefix, out);
    if (kind == ARG_MODEL)
        train_complete(prefix, out);
    if (kind == ARG_RUN || kind == ARG_RUNS || kind == ARG_SIDES)
        for (size_t i = 0; (run = study_run_at(host->study, i)); i++)
            offer(run->name, prefix, out);
    if (kind == ARG_SQL)
        schema_complete(prefix, out);
    if (kind == ARG_USER && prefix[0])
        for (int32_t u = 0; u < study_corpus(host->study)->n_users && out->n < MOST_IDS; u++)
            offer(host_user_id(host, u), prefix, out);
    if (kind == ARG_ITEM && prefix[0])
        for (int32_t i = 0; i < study_corpus(host->study)->n_items && out->n < MOST_IDS; i++)
            offer(host_item_id(host, i), prefix, out);
    if (kind == ARG_STUDY)
        case_desk_complete(host, prefix, out);
}

static void release(void *data)
{
    struct host *host = data;
    case_desk_free(host->desk);
    host->desk = NULL;
    free(host->returns);
    host->returns = NULL;
}

static void popped(void *data, struct app *app)
{
    scene_popped(data, app);
}

static void after(void *data, struct app *app)
{
    tour_look(&((struct host *)data)->tour, app);
}

static void advice(const void *data, struct buf *title, struct buf *text)
{
    tour_text(&((const struct host *)data)->tour, title, text);
}

struct app_host host_app(struct host *host)
{
    return (struct app_host){.data = host,
                             .handle = handle,
                             .context = context,
                             .name = study_name(host->study),
                             .workspace = study_dir(host->study),
                             .data_version = study_dataset(host->study)->fingerprint,
                             .complete = complete,
                             .popped = popped,
                             .after = after,
                             .advice = advice,
                             .release = release};
}
