/*
 * rote complete: what can stand where the cursor is, for the completion of shells
 * (tui/completion/).
 *
 *   rote complete -- INDEX WORD…   the words of the line, the first being rote; INDEX of the one at
 *                                  hand, from 0
 *
 * A candidate a line; a tab and "files" or "dirs" ask the shell for its own. Everything is taken
 * from the tables of commands and options, models, strategies and exports; runs are those of the
 * workspace that the line names, and none where there is no workspace. Bash gives "=" and ":" as
 * words of their own, zsh does not: both are understood.
 */
#include <math.h>
#include <string.h>

#include "analysis/run/launcher.h"
#include "analysis/run/options.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/run_store.h"
#include "storage/import/import.h"
#include "tui/cli/commands.h"

enum kind {
    KIND_NOTHING,
    KIND_FILES,
    KIND_DIRS,
    KIND_RUNS, /* a list, joined by commas */
    KIND_MODELS,
    KIND_STRATEGIES,
    KIND_SETTINGS,
    KIND_LAUNCHERS,
    KIND_IMPORT_FORMATS,
    KIND_COMMANDS,
    KIND_WORDS, /* those of the row */
};

/* What an option takes, or with option "" the command's first word. command "": of any command.
 * What is not here goes by its placeholder: FILE, DIR or RUN. */
static const struct value {
    const char *command, *option;
    enum kind kind;
    const char *words;
} values[] = {
    {"", "of", KIND_RUNS, NULL},
    {"", "model", KIND_MODELS, NULL},
    {"", "strategy", KIND_STRATEGIES, NULL},
    {"", "set", KIND_SETTINGS, NULL},
    {"", "grid", KIND_SETTINGS, NULL},
    {"", "launcher", KIND_LAUNCHERS, NULL},
    {"", "trained-on", KIND_WORDS, "train train+valid"},
    {"import", "format", KIND_IMPORT_FORMATS, NULL},
    {"import", "split", KIND_WORDS, "leave-one-out temporal"},
    {"import", "order", KIND_WORDS, "time file"},
    {"", "semids-by", KIND_WORDS, "id order"},
    {"", "embeddings-by", KIND_WORDS, "id order"},
    {"", "split", KIND_WORDS, "test valid"},
    {"eval", "definition", KIND_WORDS, "last any iirg all"},
    {"", "definition", KIND_WORDS, "last any iirg"},
    {"compare", "users", KIND_WORDS, "won lost both neither all"},
    {"", "metric", KIND_WORDS,
     "recall@1 recall@5 recall@10 recall@20 ndcg@1 ndcg@5 ndcg@10 ndcg@20"},
    {"export", "format", KIND_WORDS,
     "csv tsv json jsonl md html tex txt svg png npy safetensors letter minionerec"},
    {"report", "format", KIND_WORDS, "html md tex json txt"},
    {"case", "format", KIND_WORDS, "md html tex txt json"},
    {"sql", "format", KIND_WORDS, "table csv tsv json jsonl"},
    {"bench", "data", KIND_FILES, NULL},
    {"case", "compare", KIND_RUNS, NULL},
    {"help", "", KIND_COMMANDS, NULL},
};

struct completion {
    FILE *out;
    const char *workspace, *model;
    const struct cli_command *command; /* NULL: none yet */
    bool help, unknown;                /* the command is "help", or none there is */
    const struct cli_option *pending;  /* its value comes next */
    const char *first;                 /* the word behind the command; borrowed */
    size_t n_words;                    /* behind the command */
    char *base;                        /* goes before every candidate: "--model=", "a," */
    const char *prefix;                /* what is typed of the candidate */
};

/* ---- candidates ---- */

static void offer(const struct completion *c, const char *text, const char *end)
{
    if (strncmp(text, c->prefix, strlen(c->prefix)) == 0)
        fprintf(c->out, "%s%s%s\n", c->base, text, end);
}

static void offer_words(const struct completion *c, const char *words)
{
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        char *word = mem_strndup(p, n);
        offer(c, word, "");
        free(word);
        p += n + (p[n] == ' ');
    }
}

/* Behind the last comma of a list. */
static void begin_list(struct completion *c)
{
    const char *comma = strrchr(c->prefix, ',');
    if (!comma)
        return;
    char *base = mem_printf("%s%.*s", c->base, (int)(comma + 1 - c->prefix), c->prefix);
    free(c->base);
    c->base = base;
    c->prefix = comma + 1;
}

/* "~/x" is not expanded yet where a shell completes. The caller frees. */
static char *expand_home(const char *path)
{
    const char *home = getenv("HOME");
    return path[0] == '~' && path[1] == '/' && home ? path_join(home, path + 2) : mem_strdup(path);
}

static void offer_runs(struct completion *c)
{
    struct run_list list = {0};
    char *dir = expand_home(c->workspace);
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, NULL);
    begin_list(c);
    if (ws && run_list_read(ws, &list, NULL))
        for (size_t i = 0; i < list.n; i++)
            offer(c, list.run[i].name, "");
    run_list_release(&list);
    workspace_close(ws);
    free(dir);
}

/* Options of --model, or of all models; and of strategies, "iirg.window=". */
static void offer_settings(const struct completion *c)
{
    enum run_model model = RUN_MODELS;
    if (c->model && !run_model_find(c->model, &model, NULL))
        model = RUN_MODELS;
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        if (model == RUN_MODELS || !isnan(o->otherwise[model]))
            offer(c, o->name, "=");
    }
    for (int i = 0; i < STRATEGY_OPTIONS; i++) {
        const struct strategy_option *o = strategy_option((enum strategy_option_id)i);
        char *name = mem_printf("%s.%s", strategy_info(o->of)->name, o->name);
        offer(c, name, "=");
        free(name);
    }
}

/* "iirg+goldfish": behind the last '+'. */
static void offer_strategies(struct completion *c)
{
    const char *plus = strrchr(c->prefix, '+');
    if (plus) {
        char *base = mem_printf("%s%.*s", c->base, (int)(plus + 1 - c->prefix), c->prefix);
        free(c->base);
        c->base = base;
        c->prefix = plus + 1;
    }
    offer(c, "next-item", "");
    for (int i = 0; i < STRATEGIES; i++)
        offer(c, strategy_info((enum strategy_id)i)->name, "");
}

static void offer_commands(const struct completion *c)
{
    for (const struct cli_command *command = cli_commands; command->name; command++)
        if (command->summary[0])
            offer(c, command->name, "");
}

static void offer_kind(struct completion *c, enum kind kind, const char *words)
{
    const char *name;
    switch (kind) {
    case KIND_FILES:
        fputs("\tfiles\n", c->out);
        break;
    case KIND_DIRS:
        fputs("\tdirs\n", c->out);
        break;
    case KIND_RUNS:
        offer_runs(c);
        break;
    case KIND_MODELS:
        for (int m = 0; m < RUN_MODELS; m++)
            offer(c, run_model_name((enum run_model)m), "");
        break;
    case KIND_STRATEGIES:
        offer_strategies(c);
        break;
    case KIND_SETTINGS:
        offer_settings(c);
        break;
    case KIND_LAUNCHERS:
        for (int l = 0; l < LAUNCHERS; l++)
            offer(c, launcher_get((enum launcher_id)l)->name, "");
        break;
    case KIND_IMPORT_FORMATS:
        for (int i = 0; (name = import_format_name(i)); i++)
            offer(c, name, "");
        break;
    case KIND_COMMANDS:
        offer_commands(c);
        break;
    case KIND_WORDS:
        offer_words(c, words);
        break;
    case KIND_NOTHING:
        break;
    }
}

/* The command's own words. */
static void offer_own_words(const struct completion *c)
{
    struct cli_word w;
    for (size_t i = 0; c->command->word(i, &w); i++)
        offer(c, w.name, "");
}

/* What may stand at hand: what the command takes, or the word that it began with. */
static const char *arguments_of(const struct completion *c)
{
    struct cli_word w;
    for (size_t i = 0; c->n_words > 0 && c->command && c->command->word && c->command->word(i, &w);
         i++)
        if (strcmp(w.name, c->first) == 0)
            return c->n_words == 1 || strstr(w.arguments, "…") ? w.arguments : "";
    return c->command ? c->command->arguments : "";
}

static const struct value *find_value(const struct completion *c, const char *option)
{
    const char *command = c->help ? "help" : c->command ? c->command->name : "";
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        if (strcmp(values[i].option, option) == 0 &&
            (!values[i].command[0] || strcmp(values[i].command, command) == 0))
            return &values[i];
    return NULL;
}

static void offer_value(struct completion *c, const struct cli_option *o)
{
    const struct value *v = find_value(c, o->name);
    if (v)
        offer_kind(c, v->kind, v->words);
    else if (strncmp(o->argument, "FILE", 4) == 0)
        offer_kind(c, KIND_FILES, NULL);
    else if (strcmp(o->argument, "DIR") == 0)
        offer_kind(c, KIND_DIRS, NULL);
    else if (strncmp(o->argument, "RUN", 3) == 0)
        offer_kind(c, KIND_RUNS, NULL);
}

/* A word that is no option. */
static void offer_word(struct completion *c)
{
    const struct value *v = find_value(c, "");
    const char *arguments = arguments_of(c);
    if (c->unknown)
        return;
    if (!c->command && !c->help) {
        offer_commands(c);
        offer(c, "help", "");
    } else if (v && (c->n_words == 0 || c->help)) {
        if (c->n_words == 0)
            offer_kind(c, v->kind, v->words);
    } else if (c->n_words == 0 && c->command && c->command->word && !c->help) {
        offer_own_words(c);
    } else if (strstr(arguments, "FILE")) {
        offer_kind(c, KIND_FILES, NULL);
    } else if (strstr(arguments, "RUN") || strcmp(arguments, "A B") == 0 ||
               strcmp(arguments, "R") == 0 || strncmp(arguments, "R ", 2) == 0) {
        offer_kind(c, KIND_RUNS, NULL);
    }
}

/* ---- the words before ---- */

static const struct cli_option *own_options(const struct completion *c)
{
    static const struct cli_option none = {0};
    const struct cli_option *own = c->command ? c->command->options : cli_screen_options();
    return own && !c->help ? own : &none;
}

/* By its long name (n bytes) or its letter. */
static const struct cli_option *find_option(const struct completion *c, const char *name, size_t n,
                                            char letter)
{
    const struct cli_option *const tables[] = {own_options(c), cli_global_options()};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct cli_option *o = tables[t]; o->name; o++)
            if (letter ? o->letter == letter
                       : strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
    return NULL;
}

static void take_value(struct completion *c, const struct cli_option *o, const char *value)
{
    if (strcmp(o->name, "workspace") == 0)
        c->workspace = value;
    else if (strcmp(o->name, "model") == 0)
        c->model = value;
}

static void take_option(struct completion *c, const char *word)
{
    bool is_long = word[1] == '-';
    const char *value = is_long ? strchr(word, '=') : word[2] ? word + 2 : NULL;
    size_t n = value && is_long ? (size_t)(value - word) - 2 : strlen(word + 1) - is_long;
    const struct cli_option *o = find_option(c, word + 2, n, is_long ? 0 : word[1]);
    if (!o || !o->argument)
        return;
    if (value)
        take_value(c, o, value + is_long);
    else
        c->pending = o;
}

static void take_word(struct completion *c, const char *word)
{
    if (c->pending) {
        take_value(c, c->pending, word);
        c->pending = NULL;
    } else if (word[0] == '-' && word[1]) {
        take_option(c, word);
    } else if (c->command || c->help) {
        c->first = c->n_words++ == 0 ? word : c->first;
    } else {
        c->help = strcmp(word, "help") == 0;
        for (const struct cli_command *command = cli_commands; command->name; command++)
            if (strcmp(command->name, word) == 0)
                c->command = command;
        c->unknown = !c->command && !c->help;
    }
}

/* Between `--model` and its value "=" is nothing; elsewhere "=" and ":" continue a value. */
static bool is_break(const struct completion *c, const char *word, bool *glues)
{
    bool is = strcmp(word, "=") == 0 || strcmp(word, ":") == 0;
    *glues = is && !(c->pending && word[0] == '=');
    return is;
}

/* ---- the word at hand ---- */

/* Quotes and backslashes are still in it. The caller frees. */
static char *unquoted(const char *word)
{
    struct buf out;
    buf_init(&out);
    char quote = '\0';
    for (const char *p = word; *p; p++) {
        if (quote ? *p == quote : *p == '"' || *p == '\'')
            quote = quote ? '\0' : *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            buf_addc(&out, *++p);
        else
            buf_addc(&out, *p);
    }
    return buf_detach(&out);
}

static void offer_options(const struct completion *c)
{
    const struct cli_option *const tables[] = {own_options(c), cli_global_options()};
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct cli_option *o = tables[t]; o->name; o++) {
            char *text = mem_printf("--%s", o->name);
            offer(c, text, "");
            free(text);
        }
}

static void complete_word(struct completion *c, const char *word)
{
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    const struct cli_option *o =
        equals ? find_option(c, word + 2, (size_t)(equals - word) - 2, 0) : NULL;
    c->prefix = word;
    c->base = mem_strdup("");
    if (c->pending) {
        offer_value(c, c->pending);
    } else if (o && o->argument) {
        free(c->base);
        c->base = mem_strndup(word, (size_t)(equals + 1 - word));
        c->prefix = equals + 1;
        offer_value(c, o);
    } else if (word[0] == '-') {
        offer_options(c);
    } else {
        offer_word(c);
    }
    free(c->base);
}

static void complete_line(struct completion *c, const char *const *words, size_t index)
{
    bool glues = false, skip = false;
    char **word = mem_zalloc(index + 1, sizeof *word); /* kept: values are borrowed from them */
    for (size_t i = 1; i <= index; i++) {
        word[i] = unquoted(words[i]);
        skip = glues;
        if (is_break(c, word[i], &glues) || skip || i == index)
            continue;
        take_word(c, word[i]);
    }
    bool is_equals = c->pending && strcmp(word[index], "=") == 0;
    if (is_equals || (!glues && !skip))
        complete_word(c, is_equals ? "" : word[index]);
    for (size_t i = 0; i <= index; i++)
        free(word[i]);
    free(word);
}

int cli_complete(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct completion c = {.out = cli->out, .workspace = cli->workspace};
    int64_t index;
    if (args->n_rest < 2 || !num_int64(args->rest[0], strlen(args->rest[0]), &index) || index < 1 ||
        index > (int64_t)args->n_rest) {
        error_set(err, ERROR_USAGE, "rote complete -- INDEX WORD…");
        return CLI_USAGE;
    }
    const char **words = mem_zalloc((size_t)index + 1, sizeof *words);
    for (size_t i = 0; i <= (size_t)index;
         i++) /* the last word may be missing: nothing typed yet */
        words[i] = i + 1 < args->n_rest ? args->rest[i + 1] : "";
    complete_line(&c, words, (size_t)index);
    free(words);
    return CLI_OK;
}
