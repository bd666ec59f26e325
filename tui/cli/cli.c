/*
 * The command line: global options, the command's options from its table, help made from the same
 * tables, progress on a terminal, and ^C as a request to stop.
 */
#include "tui/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/buf.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/screens/screens.h"
#include "tui/widgets/text.h"
#include "tui/widgets/text_out.h"

static const struct cli_option global_options[] = {
    {"workspace", 'w', "DIR", "the workspace folder (default ./rote-workspace)"},
    {"json", 0, NULL, "print the result as JSON"},
    {"quiet", 'q', NULL, "no progress"},
    {"yes", 'y', NULL, "answer yes to the questions of destructive acts"},
    {"help", 'h', NULL, "this help"},
    {0},
};

/* Options of `rote` without a command: the screens. */
static const struct cli_option screen_options[] = {
    {"command", 'c', "CMD", "run a command of the screens first; may be repeated"},
    {"source", 's', "FILE", "run the commands of a file first, as :save-commands writes it"},
    {"batch", 0, NULL, "run the commands without a terminal, then leave"},
    {"readonly", 0, NULL, "nothing in the workspace can be changed"},
    {"ascii", 0, NULL, "no characters beyond ASCII"},
    {"no-color", 0, NULL, "no colours (NO_COLOR does it too)"},
    {"256", 0, NULL, "the theme of 256 colours"},
    {"mouse", 0, NULL, "click rows and headers, scroll with the wheel"},
    {"config", 0, "FILE", "keys and options (default ~/.config/rote/config, or ROTE_CONFIG)"},
    {"no-session", 0, NULL, "do not come back to where the screens were left"},
    {0},
};

const struct cli_option *cli_global_options(void)
{
    return global_options;
}

const struct cli_option *cli_screen_options(void)
{
    return screen_options;
}

/* ---- progress on a terminal ---- */

struct terminal_progress {
    FILE *stream;
    double started, last;
    char what[64];
    bool shown;
};

static void show_progress(void *context, const char *what, double done, double total,
                          const char *unit)
{
    struct terminal_progress *t = context;
    double now = clock_monotonic_seconds();
    if (strncmp(t->what, what, sizeof t->what - 1) != 0) {
        snprintf(t->what, sizeof t->what, "%s", what);
        t->started = now;
        t->last = 0;
    }
    if (now - t->last < 0.1)
        return;
    t->last = now;
    t->shown = true;
    double seconds = now - t->started;
    if (total > 0 && done > 0) {
        double share = done / total;
        double left = share > 0 ? seconds * (1 - share) / share : 0;
        text_printf(t->stream, "\r\033[K%s  %3.0f %%  of %.4g %s  %.0f s left", what, share * 100,
                    total, unit, left);
    } else {
        text_printf(t->stream, "\r\033[K%s  %.4g %s", what, done, unit);
    }
    fflush(t->stream);
}

static void clear_progress(struct terminal_progress *t)
{
    if (t->shown) {
        fputs("\r\033[K", t->stream);
        fflush(t->stream);
        t->shown = false;
    }
}

/* The signal handler needs a global; there is one command line per process. */
static struct progress *interrupted_progress;

static void on_interrupt(int signo)
{
    (void)signo;
    if (interrupted_progress)
        atomic_store(&interrupted_progress->cancel, true);
}

static void catch_interrupts(struct progress *progress)
{
    interrupted_progress = progress;
    /* SA_RESETHAND: a second ^C ends the process at once. */
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- parsing ---- */

static size_t count_options(const struct cli_option *options)
{
    size_t n = 0;
    while (options && options[n].name)
        n++;
    return n;
}

/* getopt's tables for the global options followed by the command's. `val` is the index + 256. */
struct parser {
    const struct cli_option **option; /* [n] */
    struct option *longs;             /* [n+1] */
    char *shorts;
    size_t n;
};

static void parser_init(struct parser *p, const struct cli_option *command_options, bool permute)
{
    size_t n_global = count_options(global_options), n_command = count_options(command_options);
    p->n = n_global + n_command;
    p->option = mem_zalloc(p->n, sizeof *p->option);
    p->longs = mem_zalloc(p->n + 1, sizeof *p->longs);
    struct buf shorts;
    buf_init(&shorts);
    buf_adds(&shorts, permute ? ":" : "+:");
    for (size_t i = 0; i < p->n; i++) {
        const struct cli_option *o =
            i < n_global ? &global_options[i] : &command_options[i - n_global];
        p->option[i] = o;
        p->longs[i] = (struct option){.name = o->name,
                                      .has_arg = o->argument ? required_argument : no_argument,
                                      .val = (int)i + 256};
        if (o->letter) {
            buf_addc(&shorts, o->letter);
            if (o->argument)
                buf_addc(&shorts, ':');
        }
    }
    p->shorts = buf_detach(&shorts);
}

static void parser_release(struct parser *p)
{
    free(p->option);
    free(p->longs);
    free(p->shorts);
}

static const struct cli_option *parser_find(const struct parser *p, int code)
{
    if (code >= 256)
        return p->option[code - 256];
    for (size_t i = 0; i < p->n; i++)
        if (p->option[i]->letter == code)
            return p->option[i];
    return NULL;
}

struct globals {
    bool help;
    struct cli *cli;
};

static bool take_global(struct globals *g, const struct cli_option *o, const char *value)
{
    if (o < global_options || o >= global_options + ARRAY_LEN(global_options))
        return false;
    switch (o->name[0]) {
    case 'w':
        g->cli->workspace = value;
        break;
    case 'j':
        g->cli->json = true;
        break;
    case 'q':
        g->cli->quiet = true;
        break;
    case 'y':
        g->cli->yes = true;
        break;
    default:
        g->help = true;
    }
    return true;
}

/* Reads options into `args` (NULL: only global ones, stopping at the first word). False with
 * ERROR_USAGE on an unknown option or a missing value. */
static bool parse(struct parser *p, int argc, char **argv, struct globals *g, struct cli_args *args,
                  struct error *err)
{
    optind = 0; /* GNU: start over */
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, p->shorts, p->longs, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (code == '?')
            return error_set(err, ERROR_USAGE, "unknown option %s; see --help", word);
        if (code == ':')
            return error_set(err, ERROR_USAGE, "the option %s needs a value; see --help", word);
        const struct cli_option *o = parser_find(p, code);
        if (take_global(g, o, optarg) || !args)
            continue;
        args->value[o - args->options] = optarg ? optarg : "";
        args->all = mem_realloc(args->all, (args->n_all + 1) * sizeof *args->all);
        args->all[args->n_all++] = (struct cli_pair){o, optarg ? optarg : ""};
    }
    return true;
}

static size_t option_index(const struct cli_args *args, const char *name)
{
    size_t i = 0;
    while (args->options[i].name && strcmp(args->options[i].name, name) != 0)
        i++;
    return i;
}

const char *cli_value(const struct cli_args *args, const char *option)
{
    if (!args->options)
        return NULL;
    size_t i = option_index(args, option);
    return args->options[i].name ? args->value[i] : NULL;
}

bool cli_flag(const struct cli_args *args, const char *option)
{
    return cli_value(args, option) != NULL;
}

bool cli_int(const struct cli_args *args, const char *option, int64_t low, int64_t high,
             int64_t *out, struct error *err)
{
    const char *text = cli_value(args, option);
    if (!text)
        return true;
    int64_t value;
    if (!num_int64(text, strlen(text), &value) || value < low || value > high)
        return error_set(err, ERROR_USAGE, "--%s %s: a whole number from %lld to %lld is needed",
                         option, text, (long long)low, (long long)high);
    *out = value;
    return true;
}

bool cli_confirm(struct cli *cli, struct error *err, const char *question, ...)
{
    if (cli->yes)
        return true;
    char text[512];
    va_list list;
    va_start(list, question);
    vsnprintf(text, sizeof text, question, list);
    va_end(list);
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return error_set(err, ERROR_USAGE, "%s Say --yes to do it without a terminal to ask on",
                         text);
    text_printf(cli->err, "%s [y/N] ", text);
    fflush(cli->err);
    char answer[16];
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    return error_set(err, ERROR_CANCELLED, "not confirmed; nothing was changed");
}

/* Some errors have several lines. `command` NULL: none. */
static void say_error(FILE *out, const char *command, const struct error *err)
{
    text_printf(out, "rote%s%s: ", command ? " " : "", command ? command : "");
    text_put(out, err->text);
    fputc('\n', out);
}

int cli_status(const struct error *err)
{
    return err->code == ERROR_USAGE ? CLI_USAGE : CLI_FAILED;
}

/* ---- help ---- */

static void print_options(FILE *out, const char *title, const struct cli_option *options)
{
    if (count_options(options) == 0)
        return;
    fprintf(out, "\n%s\n", title);
    for (const struct cli_option *o = options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "  %c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                 o->argument ? " " : "", o->argument ? o->argument : "");
        fprintf(out, "%-30s%s%s\n", left,
                strlen(left) >= 30 ? "\n                              " : "", o->help);
    }
}

static void print_overview(FILE *out)
{
    fputs("rote " ROTE_VERSION
          " - see how much of what a recommender generates is rote: a repetition of\n"
          "training subsequences\n\n"
          "usage: rote [-w DIR]                 open the screens on a workspace\n"
          "       rote [-w DIR] COMMAND …       `rote COMMAND --help` tells more\n\ncommands\n",
          out);
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (c->summary[0])
            fprintf(out, "  %-12s %s\n", c->name, c->summary);
    print_options(out, "options of the screens", screen_options);
    print_options(out, "options of every command", global_options);
    fputs("\nexit status: 0 done, 1 failed, 2 wrong usage\n", out);
}

static int width_of_word(const struct cli_word *w)
{
    return text_width(w->name, strlen(w->name)) + text_width(w->arguments, strlen(w->arguments)) +
           (w->arguments[0] != '\0');
}

void cli_add_words(const struct cli_command *c, struct buf *out)
{
    enum { MOST = 16 }; /* longer ones stick out */
    struct cli_word w;
    int widest = 0;
    for (size_t i = 0; c->word && c->word(i, &w); i++)
        widest =
            width_of_word(&w) > widest && width_of_word(&w) <= MOST ? width_of_word(&w) : widest;
    size_t n = strcspn(c->arguments + strspn(c->arguments, "["), " ]…");
    if (c->word)
        buf_addf(out, "%.*s is one of\n", (int)n, c->arguments + strspn(c->arguments, "["));
    for (size_t i = 0; c->word && c->word(i, &w); i++) {
        int pad = widest > width_of_word(&w) ? widest - width_of_word(&w) : 0;
        buf_addf(out, "  %s%s%s%*s", w.name, w.arguments[0] ? " " : "", w.arguments, pad + 2, "");
        for (const char *line = w.help; line; line = strchr(line, '\n')) {
            bool first = line == w.help;
            line += !first;
            buf_addf(out, "%*s%.*s\n", first ? 0 : widest + 4, "", (int)strcspn(line, "\n"), line);
        }
    }
}

static void print_command_help(FILE *out, const struct cli_command *c)
{
    struct buf words;
    buf_init(&words);
    cli_add_words(c, &words);
    fprintf(out, "usage: rote %s%s%s%s\n\n%s\n", c->name,
            count_options(c->options) ? " [OPTION…]" : "", c->arguments[0] ? " " : "", c->arguments,
            c->summary);
    if (words.len > 0)
        fprintf(out, "\n%s", words.data);
    buf_release(&words);
    if (c->details)
        fprintf(out, "\n%s\n", c->details);
    if (c->more) {
        struct buf text;
        buf_init(&text);
        c->more(&text);
        fprintf(out, "\n%s", text.data);
        buf_release(&text);
    }
    print_options(out, "options", c->options);
    print_options(out, "options of every command", global_options);
}

/* ---- running ---- */

static const struct cli_command *find_command(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int run_command(const struct cli_command *c, struct cli *cli, const struct cli_args *args)
{
    struct terminal_progress shown = {.stream = cli->err};
    struct progress progress = {.context = &shown};
    if (!cli->quiet && isatty(STDERR_FILENO))
        progress.report = show_progress;
    cli->progress = &progress;
    catch_interrupts(&progress);
    struct error err = {0};
    int status = c->run(cli, args, &err);
    interrupted_progress = NULL;
    clear_progress(&shown);
    if (status != CLI_OK && err.code != ERROR_NONE)
        say_error(cli->err, c->name, &err);
    bool flushed = fflush(cli->out) == 0;
    if (status == CLI_OK && (!flushed || ferror(cli->out))) { /* of a write long before, too */
        text_printf(cli->err, "rote %s: cannot write the output%s%s\n", c->name,
                    flushed ? "" : ": ", flushed ? "" : strerror(errno));
        status = CLI_FAILED;
    }
    return status;
}

static int parse_and_run(const struct cli_command *c, struct cli *cli, int argc, char **argv)
{
    size_t n = count_options(c->options);
    struct cli_args args = {.options = c->options, .value = mem_zalloc(n + 1, sizeof(char *))};
    struct globals g = {.cli = cli};
    struct parser p;
    parser_init(&p, c->options, true);
    struct error err = {0};
    int status;
    if (!parse(&p, argc, argv, &g, &args, &err)) {
        say_error(cli->err, c->name, &err);
        status = CLI_USAGE;
    } else if (g.help) {
        print_command_help(cli->out, c);
        status = CLI_OK;
    } else {
        args.rest = (const char **)argv + optind;
        args.n_rest = (size_t)(argc - optind);
        status = run_command(c, cli, &args);
    }
    parser_release(&p);
    free(args.value);
    free(args.all);
    return status;
}

/* ---- the screens ---- */

static int open_screens(struct cli *cli, const struct cli_args *args)
{
    struct error err = {0};
    const char **commands = mem_zalloc(args->n_all, sizeof *commands);
    char **made = mem_zalloc(args->n_all, sizeof *made);
    struct screens_options options = {.workspace = cli->workspace,
                                      .ascii = cli_flag(args, "ascii"),
                                      .mono = cli_flag(args, "no-color"),
                                      .colour_256 = cli_flag(args, "256"),
                                      .mouse = cli_flag(args, "mouse"),
                                      .readonly = cli_flag(args, "readonly"),
                                      .keep = true,
                                      .session = !cli_flag(args, "no-session"),
                                      .config = cli_value(args, "config"),
                                      .batch = cli_flag(args, "batch"),
                                      .commands = commands};
    for (size_t i = 0; i < args->n_all; i++) {
        const char *name = args->all[i].option->name, *value = args->all[i].value;
        if (strcmp(name, "source") == 0)
            value = made[i] = mem_printf("source %s", value);
        if (strcmp(name, "source") == 0 || strcmp(name, "command") == 0)
            commands[options.n_commands++] = value;
    }
    int status = screens_main(&options, &err);
    if (err.code != ERROR_NONE)
        say_error(cli->err, NULL, &err);
    for (size_t i = 0; i < args->n_all; i++)
        free(made[i]);
    free(made);
    free(commands);
    return status;
}

/* `rote help COMMAND`, `rote --help`; `rote help --man`: the manual page. */
static int print_help(struct cli *cli, int argc, char **argv)
{
    if (optind + 1 < argc && strcmp(argv[optind + 1], "--man") == 0) {
        cli_man(cli->out);
        return CLI_OK;
    }
    const struct cli_command *c = optind + 1 < argc ? find_command(argv[optind + 1]) : NULL;
    if (c)
        print_command_help(cli->out, c);
    else
        print_overview(cli->out);
    return CLI_OK;
}

static int run_words(struct cli *cli, const struct globals *g, const struct cli_args *args,
                     int argc, char **argv)
{
    if (g->help || (optind < argc && strcmp(argv[optind], "help") == 0))
        return print_help(cli, argc, argv);
    if (optind == argc)
        return open_screens(cli, args);
    const struct cli_command *c = find_command(argv[optind]);
    if (!c) {
        text_printf(cli->err, "rote: there is no command '%s'; `rote --help` lists them\n",
                    argv[optind]);
        return CLI_USAGE;
    }
    return parse_and_run(c, cli, argc - optind, argv + optind);
}

int cli_main(int argc, char **argv, FILE *out, FILE *err_stream)
{
    struct cli cli = {.workspace = "rote-workspace", .out = out, .err = err_stream};
    struct globals g = {.cli = &cli};
    const char *value[ARRAY_LEN(screen_options)] = {0};
    struct cli_args args = {.options = screen_options, .value = value};
    struct parser p;
    struct error err = {0};
    int status = CLI_USAGE;
    parser_init(&p, screen_options, false);
    bool ok = parse(&p, argc, argv, &g, &args, &err);
    parser_release(&p);
    if (ok)
        status = run_words(&cli, &g, &args, argc, argv);
    else
        say_error(err_stream, NULL, &err);
    free(args.all);
    return status;
}
