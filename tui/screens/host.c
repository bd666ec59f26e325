#include "tui/screens/host.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_screen.h"
#include "tui/screens/find.h"
#include "tui/screens/overview.h"
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
    memcpy(host->shown, shown, n * sizeof shown[0]);
    host->n_shown = n;
    follow_edges(host);
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
    app_push(app, case_screen_new(app, user));
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
    case ACTION_USERS:
        app_pop_to_root(app);
        app_push(app, users_screen_new(app, USERS_ALL));
        return REACT_DRAW;
    case ACTION_OVERVIEW:
        app_pop_to_root(app);
        return REACT_DRAW;
    case ACTION_TRAIN:
        return train_command(host, app, call->arg, err);
    case ACTION_FIND_CASES:
        return find_cases(host, app, call->arg, err);
    case ACTION_REFRESH:
        return refresh(host, app, err);
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
    enum { MOST_USERS = 50 };
    struct host *host = data;
    if (kind == ARG_DEFINITION)
        for (size_t i = 0; i < ARRAY_LEN(definitions); i++)
            offer(definitions[i], prefix, out);
    if (kind == ARG_MODEL)
        train_complete(prefix, out);
    if (kind == ARG_RUN || kind == ARG_RUNS)
        for (size_t i = 0; i < study_n_runs(host->study); i++)
            offer(study_run_at(host->study, i)->name, prefix, out);
    if (kind == ARG_USER && prefix[0])
        for (int32_t u = 0; u < study_corpus(host->study)->n_users && out->n < MOST_USERS; u++)
            offer(host_user_id(host, u), prefix, out);
}

struct app_host host_app(struct host *host)
{
    return (struct app_host){.data = host,
                             .handle = handle,
                             .context = context,
                             .name = study_name(host->study),
                             .workspace = study_dir(host->study),
                             .complete = complete};
}
