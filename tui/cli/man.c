/*
 * `rote help --man`: the manual page in man(7) macros, from the tables of commands, options and
 * actions; only files, environment and examples are written here. Characters beyond ASCII become
 * \[uXXXX], so that no preprocessor is needed.
 */
#include <stdlib.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "tui/cli/commands.h"
#include "tui/command/action.h"

/* ---- text as roff has it ---- */

/* The code point at *p; *p moves behind it. What is no UTF-8 is taken byte by byte. */
static unsigned next_code(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : 0;
    unsigned code = more == 3 ? s[0] & 7u : more == 2 ? s[0] & 15u : more ? s[0] & 31u : s[0];
    ++*p;
    for (; more > 0 && ((unsigned char)**p & 0xc0) == 0x80; more--, ++*p)
        code = code << 6 | ((unsigned char)**p & 63u);
    return code;
}

/* n bytes of text; a dot or quote at the beginning of a line is no request. */
static void put_n(FILE *out, const char *text, size_t n)
{
    bool line_begins = true;
    for (const char *p = text; p < text + n;) {
        unsigned code = next_code(&p);
        if (line_begins && (code == '.' || code == '\''))
            fputs("\\&", out);
        line_begins = code == '\n';
        if (code == '\\')
            fputs("\\e", out);
        else if (code == '-' || code == '`' || code == '^' || code == '~' || code == '\'')
            fputs(code == '-'   ? "\\-"
                  : code == '`' ? "\\(ga"
                  : code == '^' ? "\\(ha"
                  : code == '~' ? "\\(ti"
                                : "\\(aq",
                  out);
        else if (code == '"')
            fputs("\\(dq", out);
        else if (code < 0x80)
            fputc((int)code, out);
        else
            fprintf(out, "\\[u%04X]", code);
    }
}

static void put(FILE *out, const char *text)
{
    put_n(out, text, strlen(text));
}

static void section(FILE *out, const char *title)
{
    fprintf(out, ".SH \"%s\"\n", title);
}

/* Characters of n bytes. */
static int width_of(const char *text, size_t n)
{
    int width = 0;
    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    return width;
}

/* Where a line goes on when it is broken: below its second column, else a little to the right. */
static int hanging(const char *line, size_t n)
{
    size_t begin = 0;
    while (begin < n && line[begin] == ' ')
        begin++;
    for (size_t i = begin; i + 2 < n; i++)
        if (line[i] == ' ' && line[i + 1] == ' ') {
            while (i < n && line[i] == ' ')
                i++;
            return width_of(line, i) <= 24 ? width_of(line, i) : (int)begin + 4;
        }
    return begin ? (int)begin + 2 : 0;
}

/* One line, broken at blanks where it is too long for a page of 80 columns. */
static void put_line(FILE *out, const char *line, size_t n)
{
    enum { WIDTH = 72 };
    int indent = hanging(line, n), used = 0;
    while (n > 0) {
        size_t end = 0, fits = 0;
        while (end < n && width_of(line, end) + used < WIDTH) {
            end++;
            if (end == n || (line[end] == ' ' && line[end - 1] != ' '))
                fits = end;
        }
        fits = fits ? fits : n;
        fprintf(out, "%*s", used, "");
        put_n(out, line, fits);
        fputc('\n', out);
        for (line += fits, n -= fits; n > 0 && *line == ' '; line++)
            n--;
        used = indent;
    }
}

/* Text as --help has it: lines without an indent are a paragraph, one with an indent is an entry,
 * and one with a deep indent goes on with it. */
static void help_text(FILE *out, const char *text)
{
    enum { DEEP = 8 };
    struct buf line;
    buf_init(&line);
    fputs(".PP\n.nf\n", out);
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n"), indent = strspn(p, " ");
        bool goes_on = line.len && n && (indent >= DEEP || (indent == 0 && line.data[0] != ' '));
        if (!goes_on) {
            put_line(out, line.data, line.len);
            buf_clear(&line);
        }
        if (n == 0)
            fputs(".sp\n", out);
        if (goes_on)
            buf_addc(&line, ' ');
        buf_add(&line, goes_on ? p + indent : p, goes_on ? n - indent : n);
        p += n + (p[n] == '\n');
    }
    put_line(out, line.data, line.len);
    fputs(".fi\n", out);
    buf_release(&line);
}

/* A tagged paragraph, its tag in bold. */
static void item(FILE *out, const char *tag, const char *text)
{
    fputs(".TP\n.B \"", out);
    put(out, tag);
    fputs("\"\n", out);
    put(out, text);
    fputc('\n', out);
}

/* ---- commands ---- */

static void options(FILE *out, const struct cli_option *list)
{
    for (const struct cli_option *o = list; o && o->name; o++) {
        char letter[8] = "";
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        char *tag = mem_printf("%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                               o->argument ? o->argument : "");
        item(out, tag, o->help);
        free(tag);
    }
}

static void command(FILE *out, const struct cli_command *c)
{
    fputs(".SS \"rote ", out);
    put(out, c->name);
    fputs(c->arguments[0] ? " " : "", out);
    put(out, c->arguments);
    fputs("\"\n", out);
    put(out, c->summary);
    fputs("\n", out);
    struct buf words;
    buf_init(&words);
    cli_add_words(c, &words);
    if (words.len > 0) {
        buf_truncate(&words, words.len - 1);
        help_text(out, words.data);
    }
    buf_release(&words);
    if (c->details)
        help_text(out, c->details);
    if (c->more) {
        struct buf text;
        buf_init(&text);
        c->more(&text);
        while (text.len > 0 && text.data[text.len - 1] == '\n')
            buf_truncate(&text, text.len - 1);
        help_text(out, text.data);
        buf_release(&text);
    }
    options(out, c->options);
}

/* ---- screens ---- */

/* The views whose keys these are; nothing for those that hold everywhere. */
static void add_views(struct buf *out, unsigned scope)
{
    const char *before = " (in ";
    for (const char *p = scope_names(); *p;) {
        size_t n = strcspn(p, ",");
        unsigned one;
        if (scope_find(p, n, &one) && (one & scope)) {
            buf_addf(out, "%s%.*s", before, (int)n, p);
            before = ", ";
        }
        p += n + strspn(p + n, ", ");
    }
    buf_adds(out, before[0] == ',' ? ")" : "");
}

static void action(FILE *out, const struct action *a)
{
    struct buf text;
    buf_init(&text);
    buf_adds(&text, a->help);
    add_views(&text, a->scope);
    char *tag = mem_printf("%s%s:%s%s%s", a->keys, a->keys[0] ? "   " : "", a->name,
                           a->placeholder[0] ? " " : "", a->placeholder);
    item(out, tag, text.data);
    free(tag);
    buf_release(&text);
}

static void actions(FILE *out)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(out, ".SS \"%s\"\n", action_group_name((enum action_group)group));
        for (int id = ACTION_NONE + 1; id < ACTION_COUNT; id++)
            if ((int)action_get((enum action_id)id)->group == group)
                action(out, action_get((enum action_id)id));
    }
}

/* ---- what no table says ---- */

static const struct {
    const char *tag, *text;
} files[] = {{"rote-workspace/", "the workspace where -w names no other"},
             {"DIR/rote.db", "SQLite: the data set, runs, figures, cases"},
             {"DIR/runs/N/",
              "what a run's worker writes: events, log, checkpoints, lists, weights"},
             {"DIR/cache/", "mapped arrays, made again when they are missing"},
             {"~/.config/rote/config", "keys and options of the screens ($XDG_CONFIG_HOME)"},
             {"~/.local/state/rote/",
              "histories, and where the screens were left ($XDG_STATE_HOME)"}},
  environment[] =
      {{"NO_COLOR", "no colours"},
       {"ROTE_CONFIG", "the configuration file of the screens"},
       {"XDG_CONFIG_HOME, XDG_STATE_HOME, HOME", "where configuration and histories lie"},
       {"TERM", "the terminal, as terminfo(5) knows it"},
       {"TMPDIR", "for temporary files of a workspace that cannot be written"},
       {"ROTE_PROGRAM", "the program that workers execute, where it is not the one at work"},
       {"ROTE_EXCHANGE", "set for the command of another trainer: its exchange folder"},
       {"OPENBLAS_CORETYPE", "the kernels of OpenBLAS; the same kernels give the same bits"}},
  status[] = {{"0", "done"}, {"1", "failed"}, {"2", "wrong usage"}};

static const char examples[] = "rote \\-w demo demo\n"
                               "rote import ratings.csv \\-\\-items movies.csv\n"
                               "rote train \\-\\-model sasrec \\-\\-set epochs=30 \\-\\-seeds 3\n"
                               "rote eval \\-\\-definition all\n"
                               "rote trace \\-\\-user U \\-\\-run markov\n"
                               "rote export frontier \\-o frontier.svg\n"
                               "rote export recbole \\-o dataset/shop\n";

void cli_man(FILE *out)
{
    fputs(".\\\" Made by `rote help --man` from the tables of the program.\n"
          ".TH ROTE 1 \"\" \"rote " ROTE_VERSION "\" \"User Commands\"\n",
          out);
    section(out, "NAME");
    fputs("rote \\- how much of what a recommender generates is repetition of training "
          "subsequences\n",
          out);
    section(out, "SYNOPSIS");
    fputs(".B rote\n[\\-w DIR] [OPTION ...]\n.br\n.B rote\n[\\-w DIR] COMMAND [OPTION ...] [WORD "
          "...]\n",
          out);
    section(out, "DESCRIPTION");
    fputs("rote traces every recommended item to the training subsequences that it repeats, "
          "measures that against chance, and opens the evidence. Without a command it opens the "
          "screens on a workspace, which is a folder with one data set and everything computed "
          "from it.\n",
          out);
    section(out, "OPTIONS");
    fputs("Of every command:\n", out);
    options(out, cli_global_options());
    fputs(".PP\nOf the screens:\n", out);
    options(out, cli_screen_options());
    section(out, "COMMANDS");
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (c->summary[0])
            command(out, c);
    section(out, "SCREENS");
    fputs("Every action has a name, typed after \\(lq:\\(rq, and most have keys. \\(lq?\\(rq "
          "lists those of the view at hand.\n",
          out);
    actions(out);
    section(out, "FILES");
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        item(out, files[i].tag, files[i].text);
    section(out, "ENVIRONMENT");
    for (size_t i = 0; i < ARRAY_LEN(environment); i++)
        item(out, environment[i].tag, environment[i].text);
    section(out, "EXIT STATUS");
    for (size_t i = 0; i < ARRAY_LEN(status); i++)
        item(out, status[i].tag, status[i].text);
    section(out, "EXAMPLES");
    fprintf(out, ".nf\n%s.fi\n", examples);
}
