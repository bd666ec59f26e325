/* What is typed at the bottom: commands, arguments, patterns; and their completion. */
#include <ctype.h>
#include <dirent.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/widgets/expr.h"

bool app_must_ask(const struct action *action)
{
    return action->argument != ARG_NONE && (!action->optional || action->argument == ARG_REGEX);
}

/* ---- completion ---- */

static void complete_actions(const char *prefix, struct completions *out)
{
    for (int i = 1; i < ACTION_COUNT; i++) {
        const char *name = action_get((enum action_id)i)->name;
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            completions_add(out, name);
    }
}

static void complete_columns(const struct sheet *sheet, const char *prefix, struct completions *out)
{
    const struct sheet_source *source = sheet ? sheet_source(sheet) : NULL;
    for (int c = 0; source && c < source->n_columns; c++)
        if (strncmp(source->columns[c].name, prefix, strlen(prefix)) == 0)
            completions_add(out, source->columns[c].name);
}

/* Names of columns, and what can stand between conditions. Inside quotes, names alone. */
static void complete_condition(const struct sheet *sheet, const char *word, char quote,
                               struct completions *out)
{
    static const char *const words[] = {"and", "or", "not", "is missing"};
    const struct sheet_source *source = sheet ? sheet_source(sheet) : NULL;
    for (int c = 0; source && c < source->n_columns; c++) {
        const char *name = source->columns[c].name;
        if (strncmp(name, word, strlen(word)) != 0)
            continue;
        struct buf quoted;
        buf_init(&quoted);
        expr_quote(name, &quoted);
        char *closed = quote ? mem_printf("%s%c", name, quote) : mem_strdup(quoted.data);
        completions_add(out, closed);
        free(closed);
        buf_release(&quoted);
    }
    for (size_t i = 0; !quote && *word && i < ARRAY_LEN(words); i++)
        if (strncmp(words[i], word, strlen(word)) == 0)
            completions_add(out, words[i]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void complete_files(const char *prefix, struct completions *out)
{
    const char *slash = strrchr(prefix, '/');
    const char *name = slash ? slash + 1 : prefix;
    char *folder = slash ? mem_strndup(prefix, (size_t)(slash - prefix) + 1) : mem_strdup("");
    DIR *dir = opendir(*folder ? folder : ".");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strncmp(entry->d_name, name, strlen(name)) != 0 ||
            (entry->d_name[0] == '.' && name[0] != '.'))
            continue;
        char *path =
            mem_printf("%s%s%s", folder, entry->d_name, entry->d_type == DT_DIR ? "/" : "");
        completions_add(out, path);
        free(path);
    }
    if (dir)
        closedir(dir);
    if (out->n > 1)
        qsort(out->item, out->n, sizeof *out->item, by_name);
    free(folder);
}

/* "rote|novel|won|lost" in the placeholder is a list of what there is. */
static void complete_choices(const char *choices, const char *prefix, struct completions *out)
{
    if (!strchr(choices, '|'))
        return;
    while (*choices) {
        size_t n = strcspn(choices, "|");
        char *choice = mem_strndup(choices, n);
        if (strncmp(choice, prefix, strlen(prefix)) == 0)
            completions_add(out, choice);
        free(choice);
        choices += n + (choices[n] == '|');
    }
}

static void complete_argument(struct app *app, const struct action *action, const char *prefix,
                              struct completions *out)
{
    const struct view *front = app_front(app);
    if (front && front->ops->complete)
        front->ops->complete(front, action->argument, prefix, out);
    if (action->argument == ARG_COLUMN)
        complete_columns(app_sheet(app), prefix, out);
    else if (action->argument == ARG_FILE)
        complete_files(prefix, out);
    else if (action->argument == ARG_SETTING)
        app_complete_settings(prefix, out);
    else if (action->argument == ARG_TEXT)
        complete_choices(action->placeholder, prefix, out);
    else if (app->host.complete)
        app->host.complete(app->host.data, app, action->argument, prefix, out);
}

/* The last name of a list of runs; quotes are such at its beginning. */
static size_t last_name(const char *between, const char *typed, size_t from)
{
    size_t part = from;
    char quote = 0;
    for (size_t i = from; typed[i]; i++) {
        bool opens = !quote && i == part && (typed[i] == '\'' || typed[i] == '"');
        if (quote && typed[i] == quote && typed[i + 1] == quote)
            i++;
        else if (quote || opens)
            quote = opens ? typed[i] : typed[i] == quote ? 0 : quote;
        else if (strchr(between, typed[i]))
            part = i + 1;
    }
    return part;
}

/* Where the part begins that is being typed, in arguments that have several. */
static size_t last_part(enum action_argument kind, const char *typed, size_t from)
{
    if (kind == ARG_RUNS || kind == ARG_SIDES)
        return last_name(" ,", typed, from);
    const char *between = kind == ARG_CELL ? " " : "";
    size_t at = strlen(typed);
    if (kind == ARG_SQL) { /* a name */
        while (at > from && (typed[at - 1] == '_' || isalnum((unsigned char)typed[at - 1])))
            at--;
        return at;
    }
    for (; at > from; at--)
        if (strchr(between, typed[at - 1]))
            return at;
    return from;
}

static void complete(void *context, const char *text, size_t at, size_t *start,
                     struct completions *out)
{
    struct app *app = context;
    char *typed = mem_strndup(text, at);
    const struct action *action = action_get(app->asking);
    size_t from = 0;
    if (app->asking == ACTION_COMMAND) {
        size_t word = strspn(typed, ": ");
        size_t n = strcspn(typed + word, " !");
        if (typed[word + n] == '\0') {
            *start = word;
            complete_actions(typed + word, out);
            free(typed);
            return;
        }
        action = action_get(action_find(typed + word, n, NULL));
        from = word + n + strspn(typed + word + n, " !");
    }
    if (action->argument == ARG_CONDITION) {
        char quote;
        *start = from + expr_word_start(typed + from, strlen(typed + from), &quote);
        complete_condition(app_sheet(app), typed + *start, quote, out);
        free(typed);
        return;
    }
    from = last_part(action->argument, typed, from);
    *start = from;
    complete_argument(app, action, typed + from, out);
    free(typed);
}

/* ---- asking ---- */

static struct history *history_of(struct app *app, enum action_id action)
{
    if (action == ACTION_COMMAND)
        return &app->commands;
    enum action_argument argument = action_get(action)->argument;
    return argument == ARG_REGEX ? &app->patterns
           : argument == ARG_SQL ? &app->statements
                                 : &app->others;
}

void app_ask(struct app *app, enum action_id action, const char *text)
{
    const struct action *a = action_get(action);
    char *sign = action == ACTION_COMMAND  ? mem_strdup(":")
                 : action == ACTION_SEARCH ? mem_strdup("/")
                 : action == ACTION_FILTER ? mem_strdup("&")
                 : action == ACTION_SQL    ? mem_strdup("; ")
                                           : mem_printf("%s: ", a->name);
    prompt_open(&app->prompt, sign, text, history_of(app, action));
    app->prompt.complete = complete;
    app->prompt.context = app;
    app->asking = action;
    app->search_live = false;
    app->search_origin = app_sheet(app) ? sheet_position(app_sheet(app)) : 0;
    app->search_id = app_sheet(app) ? sheet_id(app_sheet(app)) : -1;
    app->dirty = true;
    free(sign);
}

static bool is_search(const struct app *app)
{
    return app->asking == ACTION_SEARCH || app->asking == ACTION_SEARCH_BACK;
}

/* Rows may have come and gone since. */
static void go_to_origin(const struct app *app, struct sheet *sheet)
{
    sheet_go(sheet, app->search_origin);
    if (sheet_id(sheet) != app->search_id)
        sheet_select(sheet, app->search_id);
}

/* Every keystroke of a search looks anew from where it began. Half a pattern may be wrong: that is
 * said only on Enter. */
static void search_live(struct app *app)
{
    struct sheet *sheet = app_sheet(app);
    if (!is_search(app) || !sheet)
        return;
    go_to_origin(app, sheet);
    app->search_live = sheet_search(sheet, app->prompt.text.data, app->asking == ACTION_SEARCH_BACK,
                                    sheet_position(sheet), NULL);
    app_notify_moved(app);
}

static unsigned accepted(struct app *app)
{
    char *text = mem_strdup(app->prompt.text.data);
    enum action_id asking = app->asking;
    bool live = app->search_live && is_search(app);
    prompt_close(&app->prompt);
    struct error err = {0};
    struct call call = {.id = asking, .arg = *text ? text : NULL};
    unsigned reaction = REACT_DRAW;
    app_keep_history(app, asking, text);
    if (live) { /* done while it was typed */
        char *line = mem_printf("%s %s", action_get(asking)->name, text);
        app_log_line(app, line);
        free(line);
    }
    if (asking == ACTION_COMMAND)
        reaction = app_do(app, text, &err);
    else if (!live && (*text || action_get(asking)->optional))
        reaction = app_call(app, &call, &err);
    if (reaction & REACT_ERROR)
        app_say_error(app, &err);
    free(text);
    return reaction | REACT_DRAW;
}

static void cancelled(struct app *app)
{
    struct sheet *sheet = app_sheet(app);
    prompt_close(&app->prompt);
    if (is_search(app) && sheet) {
        sheet_search(sheet, "", false, 0, NULL);
        go_to_origin(app, sheet);
        app_notify_moved(app);
    }
}

static unsigned react(struct app *app, enum prompt_result result)
{
    switch (result) {
    case PROMPT_NOTHING:
        return REACT_DONE;
    case PROMPT_CHANGED:
        search_live(app);
        return REACT_DRAW;
    case PROMPT_MOVED:
        return REACT_DRAW;
    case PROMPT_ACCEPTED:
        return accepted(app);
    case PROMPT_CANCELLED:
        cancelled(app);
        return REACT_DRAW;
    }
    return REACT_DONE;
}

unsigned app_prompt_key(struct app *app, uint32_t key)
{
    if (key == K_TAB && app->asking == ACTION_COMMAND && app->prompt.text.len == 0) {
        app_palette_open(app); /* all of them, to choose from */
        return REACT_DRAW;
    }
    return react(app, prompt_key(&app->prompt, key));
}

/* A statement may have several lines, whatever it is typed into. */
static bool takes_lines(const struct app *app)
{
    const char *typed = app->prompt.text.data;
    size_t word = strspn(typed, ": "), n = strcspn(typed + word, " ");
    enum action_id id = app->asking != ACTION_COMMAND ? app->asking
                        : typed[word + n] == ' '      ? action_find(typed + word, n, NULL)
                                                      : ACTION_NONE;
    return action_get(id)->argument == ARG_SQL;
}

unsigned app_prompt_paste(struct app *app, const char *text, size_t n)
{
    app->prompt.lines = takes_lines(app);
    return react(app, prompt_paste(&app->prompt, text, n));
}
