/* rote case: case studies, their pins, and whether what was seen is still so. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/report/case_study.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/workspace.h"
#include "storage/export/document.h"
#include "tui/cli/case.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_case_options[] = {
    {"title", 0, "TEXT", "edit: another title; add: what the sheet is called"},
    {"text", 0, "TEXT", "new, edit: the text of the case study"},
    {"text-file", 0, "FILE", "new, edit: the same from a file, - for standard input"},
    {"tags", 0, "WORDS", "new, edit: tags, separated by blanks or commas"},
    {"note", 0, "TEXT", "add, edit --pin: words about the pin"},
    {"pin", 0, "N", "edit, delete, move: the pin instead of the case study"},
    {"user", 'u', "USER", "add: a user's case; with --run one recommendation in it"},
    {"run", 'r', "RUN", "add: a run; may be repeated with --user"},
    {"case", 0, "N", "add: the user's Nth case, where a split gives several (default: the last)"},
    {"rank", 0, "N", "add: which recommendation, by its rank"},
    {"item", 'i', "ITEM", "add: an item; with --user and --run the recommendation of it"},
    {"compare", 0, "A,B", "add: two runs, compared"},
    {"plot", 0, NULL, "add: accuracy against excess memorization of all runs"},
    {"query", 0, "SQL", "add: a query and what it gives"},
    {"link", 0, "COMMAND", "add: a command of the screens that shows it; may be repeated"},
    {"definition", 'd', "D", "add: under which it is seen (default last)"},
    {"format", 0, "F", "export: md (default), html, tex, txt or json"},
    {"output", 'o', "FILE", "export: where to (default -)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_case_details[] =
    "Without a word: list. C is a number, a title or its beginning. Pins are numbered from 1 in\n"
    "their order.";

/* ---- what all of them need ---- */

static void print_json(struct cli *cli, struct jval *o)
{
    jval_print(o, false, cli->out);
    jval_free(o);
}

/* The study that the second word names, with its pins. */
static bool find_study(struct workspace *ws, const struct cli_args *args, struct case_study *study,
                       struct case_pins *pins, struct error *err)
{
    int64_t id;
    if (args->n_rest < 2)
        return error_set(err, ERROR_USAGE, "`case %s` needs a case study; `rote case` lists them",
                         args->rest[0]);
    return case_find(ws, args->rest[1], &id, err) && case_get(ws, id, study, pins, err);
}

/* --pin N as a pin of the study; NULL with *err. */
static const struct case_pin *find_pin(const struct cli_args *args, const struct case_pins *pins,
                                       struct error *err)
{
    int64_t n = 0;
    if (pins->n == 0) {
        error_set(err, ERROR_NOT_FOUND, "this case study has no pins");
        return NULL;
    }
    if (!cli_int(args, "pin", 1, (int64_t)pins->n, &n, err))
        return NULL;
    if (n == 0) {
        error_set(err, ERROR_USAGE, "say which pin: --pin N");
        return NULL;
    }
    return &pins->pin[n - 1];
}

bool case_say(struct cli *cli, struct workspace *ws, int64_t id, const char *what,
              struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    if (!case_get(ws, id, &study, &pins, err))
        return false;
    if (cli->json) {
        print_json(cli, case_to_json(&study, &pins));
    } else {
        text_printf(cli->out, "%s %s (%lld)\n", what, study.title, (long long)id);
    }
    case_pins_release(&pins);
    case_study_release(&study);
    return true;
}

/* ---- list and show ---- */

static struct jval *study_json(const struct case_study *s)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "id", s->id);
    jval_put_string(o, "title", s->title);
    jval_put_string(o, "tags", s->tags);
    jval_put_int(o, "pins", s->n_pins);
    jval_put_int(o, "created", s->created);
    jval_put_int(o, "changed", s->changed);
    return o;
}

static void print_study_line(struct cli *cli, const struct case_study *s)
{
    char day[32];
    time_t when = (time_t)s->changed;
    struct tm tm;
    localtime_r(&when, &tm);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M", &tm);
    text_printf(cli->out, "%4lld  %s  %3lld pin%s %s", (long long)s->id, day, (long long)s->n_pins,
                plural(s->n_pins, " ", "s"), s->title);
    if (s->tags[0])
        text_printf(cli->out, "  [%s]", s->tags);
    fputc('\n', cli->out);
}

static bool list_studies(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                         struct error *err)
{
    struct buf words;
    struct case_studies list;
    buf_init(&words);
    for (size_t i = 1; i < args->n_rest; i++)
        buf_addf(&words, "%s%s", i > 1 ? " " : "", args->rest[i]);
    bool ok = case_studies_read(ws, args->n_rest > 1 ? words.data : NULL, &list, err);
    buf_release(&words);
    if (!ok)
        return false;
    struct jval *all = jval_new_array();
    for (size_t i = 0; i < list.n; i++)
        if (cli->json)
            jval_append(all, study_json(&list.study[i]));
        else
            print_study_line(cli, &list.study[i]);
    if (cli->json)
        jval_print(all, false, cli->out);
    else if (list.n == 0)
        fputs(args->n_rest > 1 ? "none of the case studies holds these words\n"
                               : "no case studies yet; `rote case new TITLE` makes one\n",
              cli->out);
    jval_free(all);
    case_studies_release(&list);
    return true;
}

void case_print_pin(struct cli *cli, size_t number, const struct case_pin *pin)
{
    text_printf(cli->out, "%3zu  %s\n", number, pin->summary);
    if (pin->note[0])
        text_printf(cli->out, "     %s\n", pin->note);
}

static bool show(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                 struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    if (!find_study(ws, args, &study, &pins, err))
        return false;
    if (cli->json) {
        print_json(cli, case_to_json(&study, &pins));
    } else {
        print_study_line(cli, &study);
        size_t n = strlen(study.text);
        fputs(n > 0 ? "\n" : "", cli->out);
        text_put(cli->out, study.text);
        fputs(n > 0 && study.text[n - 1] != '\n' ? "\n" : "", cli->out);
        if (pins.n > 0)
            fputc('\n', cli->out);
        for (size_t i = 0; i < pins.n; i++)
            case_print_pin(cli, i + 1, &pins.pin[i]);
    }
    case_pins_release(&pins);
    case_study_release(&study);
    return true;
}

/* ---- changes ---- */

/* --text or --text-file into *text, which stays empty and *given false when neither is there. */
static bool read_text(const struct cli_args *args, struct buf *text, bool *given, struct error *err)
{
    const char *words = cli_value(args, "text"), *file = cli_value(args, "text-file");
    *given = words || file;
    if (words && file)
        return error_set(err, ERROR_USAGE, "--text or --text-file, not both");
    if (words)
        buf_adds(text, words);
    return !file ||
           file_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file, 4 * CASE_TEXT_MAX, text, err);
}

/* What the options say; the text is borrowed from *text. */
static bool read_edit(const struct cli_args *args, const char *title, struct buf *text,
                      struct case_edit *out, struct error *err)
{
    bool given;
    if (!read_text(args, text, &given, err))
        return false;
    *out = (struct case_edit){
        .title = title, .text = given ? text->data : NULL, .tags = cli_value(args, "tags")};
    return true;
}

static bool make_new(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                     struct error *err)
{
    int64_t id;
    struct buf text;
    struct case_edit what;
    if (args->n_rest != 2)
        return error_set(err, ERROR_USAGE, "it is `rote case new TITLE`");
    buf_init(&text);
    bool ok = read_edit(args, args->rest[1], &text, &what, err) &&
              case_add_with(ws, &what, &id, err) && case_say(cli, ws, id, "made", err);
    buf_release(&text);
    return ok;
}

static bool edit_study(struct workspace *ws, int64_t id, const struct cli_args *args,
                       struct error *err)
{
    struct buf text;
    struct case_edit what;
    buf_init(&text);
    bool ok = read_edit(args, cli_value(args, "title"), &text, &what, err) &&
              (what.title || what.text || what.tags ||
               error_set(err, ERROR_USAGE, "say what to change: --title, --text or --tags")) &&
              case_change(ws, id, &what, err);
    buf_release(&text);
    return ok;
}

/* --pin N --note TEXT; what is about the whole case study goes without --pin. */
static bool edit_pin(struct workspace *ws, const struct cli_args *args,
                     const struct case_pins *pins, struct error *err)
{
    static const char *const of_study[] = {"title", "text", "text-file", "tags"};
    const char *note = cli_value(args, "note");
    for (size_t i = 0; i < ARRAY_LEN(of_study); i++)
        if (cli_value(args, of_study[i]))
            return error_set(err, ERROR_USAGE,
                             "--pin and --note are about one pin, --%s is about the case study: "
                             "these are two commands",
                             of_study[i]);
    const struct case_pin *pin = find_pin(args, pins, err);
    return pin && (note || error_set(err, ERROR_USAGE, "say the note: --note TEXT")) &&
           case_pin_note(ws, pin->id, note, err);
}

static bool edit(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                 struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    if (!find_study(ws, args, &study, &pins, err))
        return false;
    bool ok = cli_value(args, "note") || cli_value(args, "pin")
                  ? edit_pin(ws, args, &pins, err)
                  : edit_study(ws, study.id, args, err);
    ok = ok && case_say(cli, ws, study.id, "stored", err);
    case_pins_release(&pins);
    case_study_release(&study);
    return ok;
}

static bool move(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                 struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    bool up = args->n_rest == 3 && strcmp(args->rest[2], "up") == 0;
    if (!up && !(args->n_rest == 3 && strcmp(args->rest[2], "down") == 0))
        return error_set(err, ERROR_USAGE, "it is `rote case move C --pin N up|down`");
    if (!find_study(ws, args, &study, &pins, err))
        return false;
    const struct case_pin *pin = find_pin(args, &pins, err);
    bool ok = pin && case_pin_move(ws, pin->id, up ? -1 : 1, err) &&
              case_say(cli, ws, study.id, "stored", err);
    case_pins_release(&pins);
    case_study_release(&study);
    return ok;
}

/* All of it comes back with undo, so nothing is asked. */
static bool delete_it(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                      struct error *err)
{
    struct case_study study;
    struct case_pins pins;
    if (!find_study(ws, args, &study, &pins, err))
        return false;
    bool one = cli_value(args, "pin") != NULL;
    const struct case_pin *pin = one ? find_pin(args, &pins, err) : NULL;
    bool ok = one ? pin && case_pin_remove(ws, pin->id, err) : case_delete(ws, study.id, err);
    if (ok && cli->json) {
        struct jval *o = jval_new_object();
        jval_put_string(o, "deleted", one ? pin->summary : study.title);
        print_json(cli, o);
    } else if (ok) {
        text_printf(cli->out, "deleted %s; `rote case undo` brings it back\n",
                    one ? pin->summary : study.title);
    }
    case_pins_release(&pins);
    case_study_release(&study);
    return ok;
}

static bool step(struct cli *cli, struct workspace *ws, bool back, struct error *err)
{
    struct buf what;
    int64_t study;
    buf_init(&what);
    bool ok = back ? case_undo(ws, &what, &study, err) : case_redo(ws, &what, &study, err);
    const char *done = back ? "undone" : "redone";
    if (ok && cli->json) {
        struct jval *o = jval_new_object();
        jval_put_string(o, done, what.data);
        jval_put_int(o, "study", study);
        print_json(cli, o);
    } else if (ok) {
        text_printf(cli->out, "%s: %s\n", done, what.data);
    }
    buf_release(&what);
    return ok;
}

/* ---- export ---- */

static bool write_json(struct cli *cli, const char *path, const struct case_study *study,
                       const struct case_pins *pins, struct error *err)
{
    struct buf text;
    buf_init(&text);
    struct jval *o = case_to_json(study, pins);
    jval_write(o, true, &text);
    buf_addc(&text, '\n');
    jval_free(o);
    bool ok = true;
    if (strcmp(path, "-") == 0)
        fwrite(text.data, 1, text.len, cli->out); /* what fails is said when the command ends */
    else
        ok = file_write(path, text.data, text.len, err);
    buf_release(&text);
    return ok;
}

/* By --format, else by the ending of the file's name, else Markdown. */
static bool choose_format(struct cli *cli, const struct cli_args *args, const char *path,
                          enum document_format *format, struct error *err)
{
    const char *name = cli_value(args, "format"), *dot = strrchr(path, '.');
    *format = DOCUMENT_MD;
    if (cli->json)
        *format = DOCUMENT_JSON;
    if (!name && dot && !strchr(dot, '/'))
        name = dot + 1;
    if (!cli->json && name && !document_format_find(name, format))
        *format = DOCUMENT_CSV;
    bool is_page = *format <= DOCUMENT_JSON && *format != DOCUMENT_TEX_PART;
    return is_page || *format == DOCUMENT_TXT ||
           error_set(err, ERROR_USAGE, "%s: a case study is exported as md, html, tex, txt or json",
                     name);
}

static bool export(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                   struct error *err)
{
    const char *output = cli_value(args, "output"), *path = output ? output : "-";
    enum document_format format;
    struct case_study study;
    struct case_pins pins;
    if (!choose_format(cli, args, path, &format, err) || !find_study(ws, args, &study, &pins, err))
        return false;
    bool ok;
    if (format == DOCUMENT_JSON) {
        ok = write_json(cli, path, &study, &pins, err);
    } else {
        struct document *d = document_new(study.title);
        case_to_document(&study, &pins, 1, d);
        ok = document_save(d, format, path, cli->out, cli->progress, err);
        document_free(d);
    }
    case_pins_release(&pins);
    case_study_release(&study);
    return ok;
}

/* ---- the command ---- */

static bool undo(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                 struct error *err)
{
    (void)args;
    return step(cli, ws, true, err);
}

static bool redo(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                 struct error *err)
{
    (void)args;
    return step(cli, ws, false, err);
}

static const struct act {
    struct cli_word word;
    const char *options[13]; /* those that it looks at, beside those of every command */
    bool (*run)(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                struct error *err);
    bool (*on_data)(struct cli *cli, struct study *study, struct workspace *ws,
                    const struct cli_args *args, struct error *err); /* NULL: run */
} acts[] = {
    {{"list", "[WORDS…]", "case studies, or those that hold the words; the last changed first"},
     {NULL},
     list_studies,
     NULL},
    {{"show", "C", "text, pins and notes"}, {NULL}, show, NULL},
    {{"new", "TITLE", "make one"}, {"text", "text-file", "tags"}, make_new, NULL},
    {{"add", "C …", "pin a user, a recommendation, an item, a run, a comparison, a query"},
     {"user", "case", "run", "rank", "item", "compare", "plot", "query", "title", "link", "note",
      "definition", "split"},
     NULL,
     case_add_pin},
    {{"edit", "C …", "--title, --text, --tags; a pin's note: --pin N --note TEXT"},
     {"title", "text", "text-file", "tags", "pin", "note"},
     edit,
     NULL},
    {{"move", "C --pin N up|down", "another place for a pin"}, {"pin"}, move, NULL},
    {{"delete", "C", "or one pin of it: --pin N"}, {"pin"}, delete_it, NULL},
    {{"check", "[C…]", "compute what was seen again: still so, or changed from … to …"},
     {NULL},
     NULL,
     case_check_all},
    {{"export", "C", "as Markdown, or --format html, tex, txt, json"},
     {"format", "output"},
     export,
     NULL},
    {{"undo", "", "the last change of any case study, across restarts"}, {NULL}, undo, NULL},
    {{"redo", "", "what was undone"}, {NULL}, redo, NULL},
};

bool cli_case_word(size_t i, struct cli_word *out)
{
    if (i < ARRAY_LEN(acts))
        *out = acts[i].word;
    return i < ARRAY_LEN(acts);
}

static bool act_on_data(struct cli *cli, const struct act *act, const struct cli_args *args,
                        struct workspace *ws, struct error *err)
{
    struct study *study = cli_study(cli, false, err);
    bool ok = study && study_runs_refresh(study, err) && act->on_data(cli, study, ws, args, err);
    study_close(study);
    return ok;
}

/* An option that is not looked at would be lost without a word. */
static bool takes_options(const struct act *act, const struct cli_args *args, struct error *err)
{
    for (size_t i = 0; i < args->n_all; i++) {
        const char *name = args->all[i].option->name;
        bool takes = false;
        for (size_t o = 0; o < ARRAY_LEN(act->options) && act->options[o]; o++)
            takes = takes || strcmp(act->options[o], name) == 0;
        if (!takes)
            return error_set(err, ERROR_USAGE, "`case %s` takes no --%s; see `rote case --help`",
                             act->word.name, name);
    }
    return true;
}

int cli_case(struct cli *cli, const struct cli_args *args, struct error *err)
{
    const char *what = args->n_rest ? args->rest[0] : "list";
    const struct act *act = NULL;
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (strcmp(what, acts[i].word.name) == 0)
            act = &acts[i];
    if (!act)
        error_set(err, ERROR_USAGE, "there is no `case %s`; see `rote case --help`", what);
    if (!act || !takes_options(act, args, err))
        return cli_status(err);
    struct workspace *ws = workspace_open(cli->workspace, WORKSPACE_READ_WRITE, err);
    bool ok =
        ws && (act->on_data ? act_on_data(cli, act, args, ws, err) : act->run(cli, ws, args, err));
    workspace_close(ws);
    return ok ? CLI_OK : cli_status(err);
}
