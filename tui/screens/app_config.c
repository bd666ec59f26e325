/* What a person sets up: keys and options, from the configuration, a script or the prompt. */
#include <langinfo.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tui/screens/app_private.h"

enum { ERRORS_SAID = 20 };

/* ---- options ---- */

static const char *const settings[][2] = {
    {"colour", "auto 16 256 mono"},
    {"glyphs", "auto ascii utf-8"},
    {"mouse", "on off"},
};

/* Is `word` one of the words of `list`? */
static bool among(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; *at; at += strspn(at, " ")) {
        size_t k = strcspn(at, " ");
        if (k == n && memcmp(at, word, n) == 0)
            return true;
        at += k;
    }
    return false;
}

static const char *const *setting_of(const char *arg)
{
    size_t n = strcspn(arg, " \t=");
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (strlen(settings[i][0]) == n && memcmp(settings[i][0], arg, n) == 0)
            return settings[i];
    return NULL;
}

bool app_is_setting(const char *arg)
{
    return setting_of(arg) && arg[strcspn(arg, " \t=")] != '=';
}

void app_complete_settings(const char *prefix, struct completions *out)
{
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        for (const char *at = settings[i][1]; *at; at += strspn(at, " ")) {
            size_t n = strcspn(at, " ");
            char *line = mem_printf("%s %.*s", settings[i][0], (int)n, at);
            if (strncmp(line, prefix, strlen(prefix)) == 0)
                completions_add(out, line);
            free(line);
            at += n;
        }
}

static void set_colour(struct term_options *term, const char *value)
{
    term->mono = strcmp(value, "mono") == 0;
    term->colour_256 = strcmp(value, "256") == 0;
    term->colour = term->colour_256 || strcmp(value, "16") == 0;
}

static bool set_glyphs(struct term_options *term, const char *value, struct error *err)
{
    if (strcmp(value, "utf-8") == 0 && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return error_set(err, ERROR_STATE,
                         "glyphs utf-8: the locale's characters are %s; set LC_ALL to a UTF-8 one",
                         nl_langinfo(CODESET));
    term->ascii = strcmp(value, "ascii") == 0;
    return true;
}

/* What the command line said goes before the configuration, not before the prompt. */
static bool given(const struct app *app, const char *name, bool configuration)
{
    const struct term_options *g = &app->given;
    return configuration && (*name == 'c'   ? g->mono || g->colour_256
                             : *name == 'g' ? g->ascii
                                            : g->mouse);
}

static bool set(struct app *app, const char *arg, bool configuration, struct error *err)
{
    const char *const *setting = setting_of(arg);
    if (!setting || !app_is_setting(arg))
        return error_set(err, ERROR_USAGE, "set: there is colour, glyphs, mouse, not \"%s\"", arg);
    const char *value = arg + strlen(setting[0]);
    value += strspn(value, " \t");
    if (!among(setting[1], value))
        return error_set(err, ERROR_USAGE, "set %s: one of %s is needed, not \"%s\"", setting[0],
                         setting[1], value);
    if (given(app, setting[0], configuration))
        return true;
    struct term_options *term = &app->options.term;
    if (setting[0][0] == 'c')
        set_colour(term, value);
    else if (setting[0][0] == 'm')
        term->mouse = strcmp(value, "on") == 0;
    else if (!set_glyphs(term, value, err))
        return false;
    if (app->options.batch)
        app->glyphs = term->ascii ? &glyphs_ascii : &glyphs_utf8;
    else if (!configuration) {
        if (!term_configure(term, err))
            return false;
        app->glyphs = term_glyphs() ? term_glyphs() : app->glyphs;
    }
    return true;
}

/* ---- the configuration ---- */

/* "~/x" and paths beside the configuration itself. */
static char *path_from(const char *file, const char *path)
{
    const char *home = getenv("HOME"), *slash = strrchr(file, '/');
    if (strncmp(path, "~/", 2) == 0 && home)
        return path_join(home, path + 2);
    if (*path == '/' || !slash)
        return mem_strdup(path);
    char *folder = mem_strndup(file, (size_t)(slash - file) + 1), *joined = path_join(folder, path);
    free(folder);
    return joined;
}

struct reading {
    int depth, errors;
};

static void read_config(struct app *app, const char *path, struct reading *reading);

static bool config_line(struct app *app, const char *path, const char *line,
                        struct reading *reading, struct error *err)
{
    struct call call;
    if (!call_parse(line, &call, err))
        return false;
    const struct action *action = action_get(call.id);
    bool allowed = call.id == ACTION_BIND || call.id == ACTION_UNBIND || call.id == ACTION_SET ||
                   call.id == ACTION_SOURCE;
    if (!allowed)
        return error_set(err, ERROR_USAGE,
                         "%s is not for a configuration, which has bind, unbind, set and source",
                         action->name);
    if (!call.arg)
        return error_set(err, ERROR_USAGE, "%s needs: %s", action->name, action->placeholder);
    switch (call.id) {
    case ACTION_BIND:
        return keymap_bind_line(&app->keymap, call.arg, err);
    case ACTION_UNBIND:
        return keymap_unbind_line(&app->keymap, call.arg, err);
    case ACTION_SET:
        return set(app, call.arg, true, err);
    default:
        break;
    }
    if (reading->depth >= SCRIPT_DEPTH)
        return error_set(err, ERROR_USAGE, "more than %d files in one another", SCRIPT_DEPTH);
    char *other = path_from(path, call.arg);
    reading->depth++;
    read_config(app, other, reading);
    reading->depth--;
    free(other);
    return true;
}

static void say_config_error(struct app *app, struct reading *reading, const struct error *err)
{
    if (reading->errors++ < ERRORS_SAID)
        app_say_error(app, err);
    else if (reading->errors == ERRORS_SAID + 1)
        app_say(app, MESSAGE_ERROR, "more errors in the configuration are not listed");
}

static void read_config(struct app *app, const char *path, struct reading *reading)
{
    struct script script;
    struct error err = {0};
    if (!script_read(path, &script, &err)) {
        say_config_error(app, reading, &err);
        return;
    }
    for (size_t i = 0; i < script.n; i++) {
        err = (struct error){0};
        if (config_line(app, path, script.line[i].text, reading, &err))
            continue;
        error_prefix(&err, "%s", script.line[i].where);
        say_config_error(app, reading, &err);
    }
    script_release(&script);
}

void app_config_read(struct app *app)
{
    const char *path = app->options.config;
    if (path && (app->options.config_named || file_exists(path)))
        read_config(app, path, &(struct reading){0});
}

/* ---- scripts ---- */

void app_queue(struct app *app, size_t at, const char *line, const char *where, int depth)
{
    MEM_GROW(app->queue, app->n_queue + 1, app->queue_cap);
    memmove(app->queue + at + 1, app->queue + at, (app->n_queue - at) * sizeof *app->queue);
    app->queue[at] = (struct queued){
        .line = mem_strdup(line), .where = where ? mem_strdup(where) : NULL, .depth = depth};
    app->n_queue++;
}

struct source_job {
    struct app *app;
    char *path;
    int depth;
    struct script script;
};

static bool source_work(void *context, struct progress *progress, struct error *err)
{
    struct source_job *j = context;
    (void)progress;
    return script_read(j->path, &j->script, err);
}

/* Makes room for all lines at once: they come next, in their order. */
static void queue_script(struct app *app, const struct source_job *j)
{
    size_t at = app->next_command, n = j->script.n;
    MEM_GROW(app->queue, app->n_queue + n, app->queue_cap);
    memmove(app->queue + at + n, app->queue + at, (app->n_queue - at) * sizeof *app->queue);
    for (size_t i = 0; i < n; i++)
        app->queue[at + i] = (struct queued){.line = mem_strdup(j->script.line[i].text),
                                             .where = mem_strdup(j->script.line[i].where),
                                             .depth = j->depth};
    app->n_queue += n;
}

static void source_done(void *context, bool ok, const struct error *err)
{
    struct source_job *j = context;
    if (ok) {
        queue_script(j->app, j);
        script_release(&j->script);
    } else {
        app_failed(j->app, err);
    }
    free(j->path);
    free(j);
}

/* The lines are done one by one, each when the work of the one before has ended. */
static unsigned source(struct app *app, const char *path, struct error *err)
{
    if (app->depth_of_command >= SCRIPT_DEPTH) {
        error_set(err, ERROR_USAGE, "source: more than %d files in one another", SCRIPT_DEPTH);
        return REACT_ERROR;
    }
    struct source_job *j = mem_zalloc(1, sizeof *j);
    j->app = app;
    j->path = mem_strdup(path);
    j->depth = app->depth_of_command + 1;
    jobs_start(app->jobs,
               &(struct job_spec){
                   .name = "reading", .work = source_work, .done = source_done, .context = j});
    return REACT_DRAW;
}

unsigned app_configure(struct app *app, const struct call *call, struct error *err)
{
    bool ok;
    switch (call->id) {
    case ACTION_BIND:
        ok = keymap_bind_line(&app->keymap, call->arg, err);
        break;
    case ACTION_UNBIND:
        ok = keymap_unbind_line(&app->keymap, call->arg, err);
        break;
    case ACTION_SET:
        ok = set(app, call->arg, false, err);
        break;
    case ACTION_SOURCE:
        return source(app, call->arg, err);
    default:
        return REACT_PASS;
    }
    return ok ? REACT_DRAW : REACT_ERROR;
}
