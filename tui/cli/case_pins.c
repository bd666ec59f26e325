/* rote case add, check: what needs the data. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "tui/cli/case.h"
#include "tui/cli/studies.h"
#include "tui/screens/link.h"
#include "tui/widgets/text_out.h"

static bool add_run(const struct study_run *run, struct case_subject *s, struct error *err)
{
    if (s->n_runs == CASE_RUNS)
        return error_set(err, ERROR_USAGE, "at most %d runs in one pin", CASE_RUNS);
    s->run[s->n_runs++] = mem_strdup(run->name);
    return true;
}

static bool add_run_name(struct study *study, const char *name, struct case_subject *s,
                         struct error *err)
{
    const struct study_run *run = study_run_find(study, name, err);
    return run && add_run(run, s, err);
}

static bool add_pair(struct study *study, const char *pair, struct case_subject *s,
                     struct error *err)
{
    const struct study_run **run = NULL;
    size_t n = 0;
    bool ok = runs_of_word(study, pair, &run, &n, err) &&
              ((n == 2 && s->n_runs == 0) ||
               error_set(err, ERROR_USAGE, "it is --compare A,B, without --run"));
    for (size_t i = 0; ok && i < n; i++)
        ok = add_run(run[i], s, err);
    free(run);
    return ok;
}

static bool add_runs(struct study *study, const struct cli_args *args, struct case_subject *s,
                     struct error *err)
{
    const char *pair = cli_value(args, "compare");
    for (size_t i = 0; i < args->n_all; i++)
        if (strcmp(args->all[i].option->name, "run") == 0 &&
            !add_run_name(study, args->all[i].value, s, err))
            return false;
    return !pair || add_pair(study, pair, s, err);
}

static enum case_kind kind_of(const struct cli_args *args, const struct case_subject *s)
{
    if (s->sql)
        return CASE_QUERY;
    if (cli_value(args, "compare"))
        return CASE_COMPARISON;
    if (s->user_id)
        return s->n_runs == 1 && (s->rank > 0 || s->item_id) ? CASE_RECOMMENDATION : CASE_USER;
    if (s->item_id)
        return CASE_ITEM;
    return s->n_runs > 0 ? CASE_RUN : cli_flag(args, "plot") ? CASE_PLOT : CASE_SHEET;
}

static char *copy_of(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

/* NULL without --link. False: it may not stand in a link. */
static bool read_links(const struct cli_args *args, char **out, struct error *err)
{
    struct buf link;
    bool ok = true;
    buf_init(&link);
    for (size_t i = 0; ok && i < args->n_all; i++)
        if (strcmp(args->all[i].option->name, "link") == 0) {
            ok = link_allows(args->all[i].value, err);
            buf_addf(&link, "%s\n", args->all[i].value);
        }
    *out = ok && link.len > 0 ? mem_strdup(link.data) : NULL;
    buf_release(&link);
    return ok;
}

static bool read_subject(struct study *study, const struct cli_args *args, struct case_subject *s,
                         struct error *err)
{
    int64_t rank = 0, nth = 0;
    *s = (struct case_subject){.user_id = copy_of(cli_value(args, "user")),
                               .item_id = copy_of(cli_value(args, "item")),
                               .title = copy_of(cli_value(args, "title")),
                               .sql = copy_of(cli_value(args, "query"))};
    if (!cli_part(args, &s->part, err) || !cli_int(args, "rank", 1, 1000000, &rank, err) ||
        !cli_int(args, "case", 1, INT32_MAX, &nth, err) || !read_links(args, &s->link, err) ||
        !add_runs(study, args, s, err))
        return false;
    s->rank = (int32_t)rank;
    s->nth = (int32_t)nth;
    s->kind = kind_of(args, s);
    if (s->nth > 0 && !s->user_id)
        return error_set(err, ERROR_USAGE, "--case is of a --user");
    if (s->kind == CASE_SHEET && (!s->title || !s->link))
        return error_set(err, ERROR_USAGE,
                         "say what to pin: --user, --run, --item, --compare, --plot, --query, or "
                         "--title and --link; see `rote case --help`");
    const struct study_run *run = s->n_runs ? study_run_find(study, s->run[0], err) : NULL;
    return cli_definition(cli_value(args, "definition"), 0, run, &s->definition, err);
}

/* As p in the screens: a title that no case study has makes one. */
static bool store_pin(struct workspace *ws, const char *title, struct case_pin *pin,
                      struct error *err)
{
    struct error why = {0};
    int64_t id;
    if (case_find(ws, title, &pin->study, &why))
        return case_pin_add(ws, pin, &id, err);
    return why.code == ERROR_NOT_FOUND ? case_pin_add_new(ws, title, pin, &pin->study, &id, err)
                                       : error_set(err, why.code, "%s", why.text);
}

bool case_add_pin(struct cli *cli, struct study *study, struct workspace *ws,
                  const struct cli_args *args, struct error *err)
{
    struct case_subject subject = {0};
    struct case_pin pin = {0};
    if (args->n_rest != 2)
        return error_set(err, ERROR_USAGE, "it is `rote case add C …`; see `rote case --help`");
    bool ok = read_subject(study, args, &subject, err) &&
              case_pin_make(study, &subject, cli->progress, &pin, err);
    const char *note = cli_value(args, "note");
    if (ok && note) {
        free(pin.note);
        pin.note = mem_strdup(note);
    }
    ok = ok && store_pin(ws, args->rest[1], &pin, err) &&
         case_say(cli, ws, pin.study, "pinned to", err);
    case_pin_release(&pin);
    case_subject_release(&subject);
    return ok;
}

static bool check_pins(struct cli *cli, struct study *study, const struct case_study *s,
                       const struct case_pins *pins, struct jval *all, struct error *err)
{
    struct jval *verdicts = jval_new_array(), *o = jval_new_object();
    jval_put_int(o, "id", s->id);
    jval_put_string(o, "title", s->title);
    jval_put(o, "verdicts", verdicts);
    jval_append(all, o);
    if (!cli->json)
        text_printf(cli->out, "%s\n", s->title);
    for (size_t i = 0; i < pins->n; i++) {
        struct case_verdict v;
        if (!case_check(study, &pins->pin[i], cli->progress, &v, err))
            return error_prefix(err, "%s, pin %zu", s->title, i + 1);
        jval_append(verdicts, case_verdict_json(&v));
        if (!cli->json) {
            case_print_pin(cli, i + 1, &pins->pin[i]);
            text_printf(cli->out, "     %s\n", v.text);
        }
        case_verdict_release(&v);
    }
    return true;
}

static bool check_one(struct cli *cli, struct study *study, struct workspace *ws, int64_t id,
                      struct jval *all, struct error *err)
{
    struct case_study s;
    struct case_pins pins;
    if (!case_get(ws, id, &s, &pins, err))
        return false;
    bool ok = check_pins(cli, study, &s, &pins, all, err);
    case_pins_release(&pins);
    case_study_release(&s);
    return ok;
}

bool case_check_all(struct cli *cli, struct study *study, struct workspace *ws,
                    const struct cli_args *args, struct error *err)
{
    struct jval *all = jval_new_array();
    struct case_studies list = {0};
    bool ok = args->n_rest > 1 || case_studies_read(ws, NULL, &list, err);
    for (size_t i = 0; ok && i < list.n; i++)
        ok = check_one(cli, study, ws, list.study[i].id, all, err);
    for (size_t i = 1; ok && i < args->n_rest; i++) {
        int64_t id;
        ok = case_find(ws, args->rest[i], &id, err) && check_one(cli, study, ws, id, all, err);
    }
    if (ok && cli->json)
        jval_print(all, false, cli->out);
    jval_free(all);
    case_studies_release(&list);
    return ok;
}
