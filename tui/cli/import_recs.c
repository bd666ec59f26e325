/* `rote import-recs`: another program's recommendation lists as a run. */
#include "analysis/run/import_recs.h"

#include <inttypes.h>
#include <string.h>

#include "analysis/metric/ranking.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/cli/commands.h"
#include "tui/cli/import_recs.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

enum { AT_10 = 2, MAPS_MAX = 16 }; /* AT_10: of ranking_cut */

const struct cli_option cli_import_recs_options[] = {
    {"format", 'f', "F", "what the file is (default: seen from its content)"},
    {"columns", 'c', "SPEC",
     "of a table: user=…,item=…,items=…,rank=…,score=…,target=… by name or number"},
    {"name", 'n', "N", "of the run (default: the model's, numbered)"},
    {"model", 'm', "M", "what made the lists (default imported)"},
    {"strategy", 's', "S", "how it was trained (default –)"},
    {"trained-on", 0, "PART", "train or train+valid (default: train is assumed, and said so)"},
    {"map", 0, "FILE", "item ↔ semantic id, or the file's names → the data's; may be repeated"},
    {"valid", 0, "FILE", "a second file, of validation lists, for the same run"},
    {"users", 0, "U",
     "id (of the data), order (places among the data's users), or a file with the user of each "
     "list, one a line (default: seen, and said)"},
    {"order", 0, "O", "of rows: as-said (by rank, else by score), score (as trec_eval) or file"},
    {"id-offset", 0, "N", "add N to the item numbers of the file (default: seen)"},
    {"user-offset", 0, "N", "add N to the user numbers of the file"},
    {"split", 0, "PART", "test (default) or valid, of lists that do not say it"},
    {"allow-bad", 0, NULL, "accept more than 1 % bad rows, or targets that are not the data's"},
    {0},
};

const char cli_import_recs_details[] =
    "Reads FILE (also gzip, - for standard input), matches users, cases and items by their ids,\n"
    "and stores a run like rote's own: label, eval, compare, export and the screens work on it.\n"
    "What does not match is counted and told, also by `rote runs show`; it stays a miss.\n"
    "Pickles and .pt files are refused with the command that converts them.\n"
    "docs/recommendations.md shows each format with its command.";

void cli_import_recs_more(struct buf *out)
{
    buf_adds(out, "formats:\n");
    for (int i = 0; recs_format_name(i); i++)
        buf_addf(out, "  %-11s %s\n", recs_format_name(i), recs_format_summary(i));
}

static bool read_order(const char *text, enum import_recs_order *out, struct error *err)
{
    if (!text || strcmp(text, "as-said") == 0)
        *out = IMPORT_RECS_AS_SAID;
    else if (strcmp(text, "score") == 0)
        *out = IMPORT_RECS_BY_SCORE;
    else if (strcmp(text, "file") == 0)
        *out = IMPORT_RECS_BY_FILE;
    else
        return error_set(err, ERROR_USAGE, "--order %s: as-said, score or file is needed", text);
    return true;
}

static bool read_maps(const struct cli_args *args, const char *maps[MAPS_MAX], size_t *n,
                      struct error *err)
{
    *n = 0;
    for (size_t i = 0; i < args->n_all; i++) {
        if (strcmp(args->all[i].option->name, "map") != 0)
            continue;
        if (*n == MAPS_MAX)
            return error_set(err, ERROR_USAGE, "at most %d maps are read", MAPS_MAX);
        maps[(*n)++] = args->all[i].value;
    }
    return true;
}

static void read_users(const char *text, struct import_recs *r)
{
    if (text && strcmp(text, "id") == 0)
        r->users_are = IMPORT_RECS_USERS_ID;
    else if (text && strcmp(text, "order") == 0)
        r->users_are = IMPORT_RECS_USERS_ORDER;
    else
        r->users = text;
}

static bool read_request(const struct cli_args *args, struct import_recs *r,
                         const char *maps[MAPS_MAX], struct error *err)
{
    int64_t far = (int64_t)1 << 40;
    *r = (struct import_recs){.options = {.format = cli_value(args, "format"),
                                          .columns = cli_value(args, "columns"),
                                          .allow_bad = cli_flag(args, "allow-bad")},
                              .name = cli_value(args, "name"),
                              .model = cli_value(args, "model"),
                              .strategy = cli_value(args, "strategy"),
                              .trained_on = cli_value(args, "trained-on"),
                              .maps = maps,
                              .valid = cli_value(args, "valid"),
                              .has_id_offset = cli_value(args, "id-offset") != NULL,
                              .has_user_offset = cli_value(args, "user-offset") != NULL};
    if (args->n_rest != 1)
        return error_set(err, ERROR_USAGE, "one file of recommendations is needed");
    r->path = args->rest[0];
    if (r->trained_on && strcmp(r->trained_on, "train") != 0 &&
        strcmp(r->trained_on, "train+valid") != 0)
        return error_set(err, ERROR_USAGE, "--trained-on %s: it is train or train+valid",
                         r->trained_on);
    if ((r->model && !run_name_ok(r->model, err)) ||
        (r->strategy && !run_name_ok(r->strategy, err)))
        return error_prefix(err, "--model, --strategy");
    bool ok = read_maps(args, maps, &r->n_maps, err) &&
              read_order(cli_value(args, "order"), &r->order, err) &&
              cli_int(args, "id-offset", -far, far, &r->id_offset, err) &&
              cli_int(args, "user-offset", -far, far, &r->user_offset, err) &&
              cli_part(args, &r->part, err);
    read_users(cli_value(args, "users"), r);
    return ok && (!r->valid || r->part == PART_TEST ||
                  error_set(err, ERROR_USAGE,
                            "--valid FILE and --split valid: the first file's "
                            "lists are of the test part then"));
}

/* Recall and NDCG of the run's lists: the first look. */
static bool quick_figures(struct study *study, const struct study_run *run, enum part part,
                          struct ranking *out, struct error *err)
{
    const struct case_list *cases = &study_split(study)->part[part];
    int32_t *rank = mem_try_array((size_t)cases->n, sizeof *rank, "ranks", err);
    if (!rank)
        return false;
    ranking_ranks(&run->recs[part], study_corpus(study), cases, rank);
    *out = ranking_mean(rank, cases->n);
    free(rank);
    return true;
}

static bool show(struct cli *cli, struct study *study, int64_t id, struct jval *event,
                 struct error *err)
{
    const struct study_run *run =
        study_runs_refresh(study, err) ? study_run_by_id(study, id) : NULL;
    struct buf text;
    struct ranking ranking;
    if (!run)
        return false;
    buf_init(&text);
    import_recs_text(event, &text);
    if (!cli->json)
        text_put(cli->out, text.data);
    buf_release(&text);
    jval_put_int(event, "run", id);
    jval_put_string(event, "name", run->name);
    bool ok = true;
    for (int part = 0; ok && part < 2; part++) {
        if (!run->has[part])
            continue;
        ok = quick_figures(study, run, (enum part)part, &ranking, err);
        if (!ok)
            break;
        double recall = ranking.value[RANKING_RECALL][AT_10];
        double ndcg = ranking.value[RANKING_NDCG][AT_10];
        struct jval *o = jval_object_at(event, cli_part_name((enum part)part));
        jval_put_real(o, "recall@10", recall);
        jval_put_real(o, "ndcg@10", ndcg);
        if (!cli->json)
            text_printf(cli->out, "run %" PRId64 " %s  %s: recall@10 %.4f  ndcg@10 %.4f\n", id,
                        run->name, cli_part_name((enum part)part), recall, ndcg);
    }
    if (ok && cli->json)
        jval_print(event, false, cli->out);
    else if (ok && run->trained_on_assumed)
        fputs("trained on train is assumed; --trained-on says it\n", cli->out);
    return ok;
}

struct find_event {
    struct jval *event;
};

/* An import, or the lists that an external trainer left. The last one counts: it may have been
 * resumed. */
static bool find_event(void *context, const struct run_event *event)
{
    struct find_event *f = context;
    bool import = strcmp(event->kind, "import") == 0;
    if (!import && strcmp(event->kind, "end") != 0)
        return true;
    struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
    const struct jval *lists = import ? data : jval_get(data, "lists");
    if (lists) {
        jval_free(f->event);
        f->event = jval_copy(lists);
    }
    jval_free(data);
    return true;
}

struct jval *cli_import_recs_event(struct workspace *ws, int64_t run)
{
    struct find_event f = {NULL};
    run_events_read(ws, run, 0, find_event, &f, NULL);
    return f.event;
}

int cli_import_recs(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct import_recs request;
    const char *maps[MAPS_MAX];
    struct jval *event = NULL;
    int64_t run;
    struct study *study =
        read_request(args, &request, maps, err) ? cli_study(cli, false, err) : NULL;
    bool ok = study != NULL;
    if (ok) {
        struct workspace *ws = study_lock(study);
        ok = import_recs(ws, study_dataset(study), study_corpus(study), study_split(study),
                         &request, cli->progress, &run, &event, err);
        study_unlock(study);
    }
    ok = ok && show(cli, study, run, event, err);
    jval_free(event);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
