/*
 * What the screens add to the application: the actions that no view took, each with its function in
 * one table, completion of their arguments, and the right end of line 1.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/groups.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_desk.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/case_study_screen.h"
#include "tui/screens/cases_screen.h"
#include "tui/screens/compare_screen.h"
#include "tui/screens/find.h"
#include "tui/screens/host.h"
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

/* ---- actions ---- */

static unsigned set_definition(struct host *host, struct app *app, const char *arg,
                               struct error *err)
{
    struct definition d;
    if (!definition_parse(arg, &d, err))
        return REACT_ERROR;
    host_define(host, &d, strstr(arg, "edges=") != NULL);
    char text[DEFINITION_TEXT_MAX];
    definition_key(&host->definition, text);
    app_say(app, MESSAGE_INFO, "definition %s", text);
    app_refresh(app);
    return REACT_DRAW;
}

/* "-": none. */
static unsigned set_runs(struct host *host, struct app *app, const char *arg, struct error *err)
{
    int64_t shown[HOST_RUNS] = {0};
    const struct study_run **run = NULL;
    size_t n = 0;
    bool ok = strcmp(arg, "-") == 0 || runs_of_words(host->study, arg, &run, &n, err);
    if (ok && n > HOST_RUNS)
        ok = error_set(err, ERROR_USAGE, "at most %d runs are shown side by side", HOST_RUNS);
    for (size_t i = 0; ok && i < n; i++)
        shown[i] = run[i]->id;
    free(run);
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

/* Without an argument the views that have an item under the cursor take the call. */
static unsigned open_item(struct host *host, struct app *app, const char *arg, struct error *err)
{
    int32_t item = arg ? host_find_item(host, arg) : -1;
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

static bool read_runs(void *app, struct progress *progress, struct error *err)
{
    return progress_ok(progress, err) && study_runs_refresh(host_of(app)->study, err);
}

static void runs_are_read(void *app, bool ok, const struct error *err)
{
    if (!ok)
        app_failed(app, err);
    app_refresh(app);
}

static unsigned refresh(struct host *host, struct app *app, const char *arg, struct error *err)
{
    (void)host, (void)arg, (void)err;
    jobs_start(app_jobs(app), &(struct job_spec){.name = "reading runs",
                                                 .work = read_runs,
                                                 .done = runs_are_read,
                                                 .context = app});
    return REACT_DRAW;
}

static unsigned search_cases(struct app *app, const char *arg, struct error *err)
{
    (void)err;
    app_push(app, cases_screen_new(app, arg));
    return REACT_DRAW;
}

static unsigned ask_query(struct app *app, const char *arg, struct error *err)
{
    (void)err;
    query_screen_open(app, arg);
    return REACT_DRAW;
}

static unsigned open_schema(struct app *app, const char *arg, struct error *err)
{
    (void)arg, (void)err;
    app_push(app, schema_screen_new(app));
    return REACT_DRAW;
}

static unsigned begin_tour(struct host *host, struct app *app, const char *arg, struct error *err)
{
    (void)arg, (void)err;
    app_pop_to_root(app);
    tour_begin(&host->tour, app);
    return REACT_DRAW;
}

static unsigned end_tour(struct host *host, struct app *app, const char *arg, struct error *err)
{
    (void)app, (void)arg, (void)err;
    host->tour.step = 0;
    return REACT_PASS; /* there may be more to clear */
}

/* The views that lie on Overview: keys 2 to 6. */

static struct view *all_users(struct app *app)
{
    return users_screen_new(app, USERS_ALL);
}

static struct view *all_cases(struct app *app)
{
    return cases_screen_new(app, NULL);
}

/* Overview is the root; where the views there are have to stay, another one. */
static void open_overview(struct app *app)
{
    app_pop_to_root(app);
    if (app_keeps_views(app))
        app_push(app, overview_new(app));
}

static unsigned overview(struct app *app, const char *arg, struct error *err)
{
    (void)arg, (void)err;
    open_overview(app);
    return REACT_DRAW;
}

/* The one of Overview, where the view in front has none. */
static unsigned plot(struct app *app, const char *arg, struct error *err)
{
    (void)arg;
    open_overview(app);
    return app_call(app, &(struct call){.id = ACTION_PLOT}, err);
}

/* What does an action that no view took. One of the four is there. */
static const struct {
    unsigned (*on_host)(struct host *host, struct app *app, const char *arg, struct error *err);
    unsigned (*on_app)(struct app *app, const char *arg, struct error *err);
    unsigned (*on_call)(struct app *app, const struct call *call, struct error *err);
    struct view *(*view)(struct app *app); /* above Overview */
} handlers[ACTION_COUNT] = {
    [ACTION_DEFINITION] = {.on_host = set_definition},
    [ACTION_RUNS_SHOWN] = {.on_host = set_runs},
    [ACTION_PART] = {.on_host = set_part},
    [ACTION_USER] = {.on_app = case_command},
    [ACTION_ITEM] = {.on_host = open_item},
    [ACTION_RUN] = {.on_host = open_run},
    [ACTION_NEW_RUN] = {.on_host = new_run},
    [ACTION_TRAIN] = {.on_app = train_command},
    [ACTION_COMPARE] = {.on_app = compare_command},
    [ACTION_FIND_CASES] = {.on_host = find_cases},
    [ACTION_CASE_STUDY] = {.on_app = case_study_open},
    [ACTION_SEARCH_CASES] = {.on_app = search_cases},
    [ACTION_SQL] = {.on_app = ask_query},
    [ACTION_SCHEMA] = {.on_app = open_schema},
    [ACTION_REFRESH] = {.on_host = refresh},
    [ACTION_OVERVIEW] = {.on_app = overview},
    [ACTION_PLOT] = {.on_app = plot},
    [ACTION_TOUR] = {.on_host = begin_tour},
    [ACTION_CLEAR] = {.on_host = end_tour},
    [ACTION_ITEMS] = {.view = items_screen_new},
    [ACTION_USERS] = {.view = all_users},
    [ACTION_RECOMMENDATIONS] = {.view = recs_screen_new},
    [ACTION_RUN_LIST] = {.view = runs_screen_new},
    [ACTION_CASE_LIST] = {.view = all_cases},
    [ACTION_RUN_CANCEL] = {.on_call = run_actions_named},
    [ACTION_RUN_RESUME] = {.on_call = run_actions_named},
    [ACTION_RUN_DELETE] = {.on_call = run_actions_named},
    [ACTION_RUN_RENAME] = {.on_call = run_actions_named},
    [ACTION_PIN] = {.on_call = case_desk_handle},
    [ACTION_UNDO] = {.on_call = case_desk_handle},
    [ACTION_REDO] = {.on_call = case_desk_handle},
    [ACTION_NEW_CASE] = {.on_call = case_desk_handle},
    [ACTION_REPORT] = {.on_call = report_command},
};

static unsigned handle(void *data, struct app *app, const struct call *call, struct error *err)
{
    if (handlers[call->id].on_host)
        return handlers[call->id].on_host(data, app, call->arg, err);
    if (handlers[call->id].on_app)
        return handlers[call->id].on_app(app, call->arg, err);
    if (handlers[call->id].on_call)
        return handlers[call->id].on_call(app, call, err);
    if (!handlers[call->id].view)
        return REACT_PASS;
    app_pop_to_root(app);
    app_push(app, handlers[call->id].view(app));
    return REACT_DRAW;
}

/* ---- completion ---- */

static void offer(const char *candidate, const char *prefix, struct completions *out)
{
    if (strncmp(candidate, prefix, strlen(prefix)) == 0)
        completions_add(out, candidate);
}

/* In lists with its quotes, whether or not they were begun with. */
static void offer_run(const char *name, bool in_list, const char *prefix, struct completions *out)
{
    struct buf quoted;
    buf_init(&quoted);
    run_name_add(name, &quoted);
    if (in_list && strncmp(name, prefix, strlen(prefix)) == 0)
        completions_add(out, quoted.data);
    else
        offer(in_list ? quoted.data : name, prefix, out);
    buf_release(&quoted);
}

enum { MOST_IDS = 50, SORTED_AT_ONCE = 20000 };

struct sort_job {
    struct study *study;
    enum study_names names;
};

static bool sort_names(void *context, struct progress *progress, struct error *err)
{
    struct sort_job *j = context;
    return progress_ok(progress, err) && study_names_sorted(j->study, j->names, err);
}

static void names_sorted(void *context, bool ok, const struct error *err)
{
    (void)ok, (void)err; /* the next Tab says it */
    free(context);
}

/* The order of the ids; NULL: a job is at it. */
static const int32_t *order_of(struct study *study, enum study_names names, struct app *app)
{
    const int32_t *sorted = study_names_ready(study, names);
    if (sorted || study_names(study, names)->n <= SORTED_AT_ONCE)
        return sorted ? sorted : study_names_sorted(study, names, NULL);
    struct sort_job *j = mem_zalloc(1, sizeof *j);
    *j = (struct sort_job){study, names};
    jobs_start(app_jobs(app), &(struct job_spec){.name = "sorting ids",
                                                 .flags = JOB_QUIET,
                                                 .work = sort_names,
                                                 .done = names_sorted,
                                                 .context = j});
    app_say(app, MESSAGE_INFO, "the ids are being sorted; Tab again in a moment");
    return NULL;
}

/* The first ones in the order of their bytes, and the last one: what all of them begin with is what
 * these begin with. */
static void offer_ids(struct study *study, enum study_names names, struct app *app,
                      const char *prefix, struct completions *out)
{
    const int32_t *sorted = *prefix ? order_of(study, names, app) : NULL;
    if (!sorted)
        return;
    const struct strtab *ids = study_names(study, names);
    struct strtab_range range = strtab_with_prefix(ids, sorted, prefix, strlen(prefix));
    int64_t n = range.to - range.from, most = n > MOST_IDS ? MOST_IDS - 1 : n;
    for (int64_t i = 0; i < most; i++)
        completions_add(out, strtab_get(ids, sorted[range.from + i]));
    if (n == 0)
        app_say(app, MESSAGE_INFO, "none begins with %s", prefix);
    if (n <= MOST_IDS)
        return;
    completions_add(out, strtab_get(ids, sorted[range.to - 1]));
    out->all = n;
}

static void complete(void *data, struct app *app, enum action_argument kind, const char *prefix,
                     struct completions *out)
{
    static const char *const definitions[] = {"last", "any", "iirg", "pred=last:20,cap=50"};
    struct host *host = data;
    const struct study_run *run;
    if (kind == ARG_DEFINITION)
        for (size_t i = 0; i < ARRAY_LEN(definitions); i++)
            offer(definitions[i], prefix, out);
    if (kind == ARG_MODEL)
        train_complete(prefix, out);
    if (kind == ARG_RUN || kind == ARG_RUNS || kind == ARG_SIDES)
        for (size_t i = 0; (run = study_run_at(host->study, i)); i++)
            offer_run(run->name, kind != ARG_RUN, prefix, out);
    if (kind == ARG_SQL)
        schema_complete(prefix, out);
    if (kind == ARG_USER)
        offer_ids(host->study, STUDY_USERS, app, prefix, out);
    if (kind == ARG_ITEM)
        offer_ids(host->study, STUDY_ITEMS, app, prefix, out);
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
    free(host->entering);
    host->entering = NULL;
}

static bool scene(const void *data, uint64_t below, struct buf *out)
{
    struct scene scene;
    if (!scene_above(data, below, &scene))
        return false;
    scene_link(data, &scene, out);
    return true;
}

static void enter(void *data, struct app *app)
{
    scene_enter(data, app);
}

static void entered(void *data, struct app *app)
{
    scene_entered(data, app);
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

/* ---- the right end of line 1 ---- */

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
    host_run_names(host, " | ", out);
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    if (n > 1 && text_width(out->data + from, out->len - from) > ROOM) {
        buf_truncate(out, from);
        buf_addf(out, "%s +%zu", run[0]->name, n - 1);
    }
}

/* Below what is exported as a page. */
static void about(const void *data, struct buf *out)
{
    const struct host *host = data;
    char key[DEFINITION_TEXT_MAX], print[HASH_TEXT_LEN + 1];
    definition_key(&host->definition, key);
    hash_format(study_dataset(host->study)->fingerprint, print);
    buf_addf(out, "%s cases. Definition %s. Data %s.",
             host->part == PART_TEST ? "Test" : "Validation", key, print);
}

struct app_host host_app(struct host *host)
{
    return (struct app_host){.data = host,
                             .handle = handle,
                             .context = context,
                             .about = about,
                             .name = study_name(host->study),
                             .workspace = study_dir(host->study),
                             .data_version = study_dataset(host->study)->fingerprint,
                             .complete = complete,
                             .scene = scene,
                             .enter = enter,
                             .entered = entered,
                             .popped = popped,
                             .after = after,
                             .advice = advice,
                             .release = release};
}
