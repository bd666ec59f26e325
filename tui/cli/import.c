/* `rote import`: files into a new workspace, and what was found in them. */
#include "storage/import/import.h"

#include <string.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "analysis/report/audit_report.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_import_options[] = {
    {"format", 'f', "F",
     "s3rec, idgenrec, recbole, letter, movielens, jsonl, python, csv, tsv, dat, ssv, scsv"},
    {"columns", 'c', "SPEC",
     "user=…,item=…,time=…,rating=…[,title=…,category=…] by name or number"},
    {"items", 0, "FILE", "texts of the items, whatever the file looks like"},
    {"semids", 0, "FILE", "semantic ids of the items"},
    {"semids-by", 0, "HOW", "id (default), or order: they number the items as these first appear"},
    {"embeddings", 0, "FILE[,IDS]", "a matrix in .npy or .safetensors; IDS: one item id a row"},
    {"embeddings-by", 0, "HOW", "id (default), or order: rows stand as the items first appear"},
    {"id-offset", 0, "N", "add N to the item numbers of text, semantic-id and embedding files"},
    {"min-rating", 0, "R", "drop interactions rated below R"},
    {"k-core", 0, "N", "drop users and items with fewer than N interactions, repeatedly"},
    {"max-length", 0, "N", "keep the last N interactions of each user"},
    {"order", 0, "O", "time or file; default: time where there are times"},
    {"split", 0, "S",
     "leave-one-out, given (default for split files), temporal or temporal:V,T (0.8,0.9)"},
    {"allow-bad", 0, NULL, "accept more than 1 % malformed rows"},
    {"replace", 0, NULL, "replace the workspace; its runs and notes are dropped"},
    {0},
};

static bool read_order(const char *text, enum import_order *order, struct error *err)
{
    if (!text)
        return true;
    *order = strcmp(text, "time") == 0   ? IMPORT_ORDER_TIME
             : strcmp(text, "file") == 0 ? IMPORT_ORDER_FILE
                                         : IMPORT_ORDER_AUTO;
    return *order != IMPORT_ORDER_AUTO ||
           error_set(err, ERROR_USAGE, "--order %s: time or file is needed", text);
}

/* --semids-by, --embeddings-by */
static bool read_by(const struct cli_args *args, const char *name, bool *by_order,
                    struct error *err)
{
    const char *text = cli_value(args, name);
    *by_order = text && strcmp(text, "order") == 0;
    return !text || *by_order || strcmp(text, "id") == 0 ||
           error_set(err, ERROR_USAGE, "--%s %s: id or order is needed", name, text);
}

static bool read_options(const struct cli_args *args, struct import_options *o, struct error *err)
{
    *o = (struct import_options){.paths = args->rest,
                                 .n_paths = args->n_rest,
                                 .items = cli_value(args, "items"),
                                 .semids = cli_value(args, "semids"),
                                 .embeddings = cli_value(args, "embeddings"),
                                 .format = cli_value(args, "format"),
                                 .columns = cli_value(args, "columns"),
                                 .split = cli_value(args, "split"),
                                 .allow_bad = cli_flag(args, "allow-bad"),
                                 .has_id_offset = cli_value(args, "id-offset") != NULL};
    const char *rating = cli_value(args, "min-rating");
    o->has_min_rating = rating != NULL;
    if (rating && !num_double(rating, strlen(rating), &o->min_rating))
        return error_set(err, ERROR_USAGE, "--min-rating %s: a number is needed", rating);
    int64_t far = (int64_t)1 << 40;
    return cli_int(args, "id-offset", -far, far, &o->id_offset, err) &&
           cli_int(args, "k-core", 0, far, &o->k_core, err) &&
           cli_int(args, "max-length", 1, far, &o->max_length, err) &&
           read_by(args, "semids-by", &o->semids_by_order, err) &&
           read_by(args, "embeddings-by", &o->embeddings_by_order, err) &&
           read_order(cli_value(args, "order"), &o->order, err);
}

static struct jval *result_json(const char *workspace, const struct import_result *r)
{
    char fingerprint[HASH_TEXT_LEN + 1];
    struct jval *o = jval_new_object();
    jval_put_string(o, "workspace", workspace);
    jval_put_int(o, "users", r->n_users);
    jval_put_int(o, "items", r->n_items);
    jval_put_int(o, "interactions", r->n_interactions);
    hash_format(r->fingerprint, fingerprint);
    jval_put_string(o, "fingerprint", fingerprint);
    hash_format(r->structure_fingerprint, fingerprint);
    jval_put_string(o, "structure_fingerprint", fingerprint);
    jval_put_string(o, "split", r->split);
    jval_put_int(o, "semid_levels", r->semid_levels);
    jval_put_int(o, "embedding_width", r->embedding_width);
    jval_put(o, "report", import_report_json(&r->report));
    return o;
}

static void print_text(FILE *out, const char *workspace, const struct import_result *r)
{
    struct buf text;
    char fingerprint[HASH_TEXT_LEN + 1], structure[HASH_TEXT_LEN + 1];
    buf_init(&text);
    import_report_text(&r->report, &text);
    hash_format(r->fingerprint, fingerprint);
    hash_format(r->structure_fingerprint, structure);
    text_put(out, text.data);
    text_printf(out, "%s: %d user%s, %d item%s, %lld interaction%s; split %s\n", workspace,
                r->n_users, plural_s(r->n_users), r->n_items, plural_s(r->n_items),
                (long long)r->n_interactions, plural_s(r->n_interactions), r->split);
    if (r->semid_levels > 0)
        text_printf(out, "semantic ids of %d level%s\n", r->semid_levels,
                    plural_s(r->semid_levels));
    if (r->embedding_width > 0)
        text_printf(out, "item embeddings of width %d\n", (int)r->embedding_width);
    text_printf(out, "fingerprint %s, structure %s\n", fingerprint, structure);
    buf_release(&text);
}

/* What the data are like, right after they came in. The import is done whatever happens here. Large
 * data get the quick audit. Fills o["audit"], or prints when `o` is NULL. */
static void look_at(struct cli *cli, struct jval *o)
{
    enum { QUICK_ABOVE = 2000000 };
    struct error err = {0};
    struct audit findings;
    struct study *study = cli_study(cli, false, &err);
    bool quick = study && study_dataset(study)->n_interactions > QUICK_ABOVE;
    if (study && audit_study(study, quick, cli->progress, &findings, &err)) {
        if (o)
            jval_put(o, "audit", audit_to_json(&findings));
        else
            cli_print_audit(cli->out, &findings);
        if (quick && !o)
            fputs("`rote audit` also measures held-out edges and other orders of ties\n", cli->out);
        audit_release(&findings);
    } else {
        text_printf(cli->err, "rote import: imported, but not audited (%s); see `rote audit`\n",
                    err.code == ERROR_CANCELLED ? "cancelled" : err.text);
    }
    study_close(study);
}

/* A refused import should not first read for minutes. */
static bool may_write(struct cli *cli, bool replace, struct error *err)
{
    if (!workspace_may_create(cli->workspace, replace, err))
        return false;
    char *db = mem_printf("%s/rote.db", cli->workspace);
    bool exists = file_exists(db);
    free(db);
    return !exists || cli_confirm(cli, err, "Replace the workspace %s with its runs and notes?",
                                  cli->workspace);
}

int cli_import(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct import_options options;
    struct import_result result = {0};
    bool replace = cli_flag(args, "replace");
    bool ok = read_options(args, &options, err) && may_write(cli, replace, err) &&
              import_run(&options, cli->progress, &result, err) &&
              workspace_create(cli->workspace, &result, replace, cli->progress, err);
    struct jval *o = ok && cli->json ? result_json(cli->workspace, &result) : NULL;
    if (ok && !o)
        print_text(cli->out, cli->workspace, &result);
    import_result_release(&result); /* before the audit: both at once would be twice the memory */
    if (ok)
        look_at(cli, o);
    if (o)
        jval_print(o, true, cli->out);
    jval_free(o);
    return ok ? CLI_OK : cli_status(err);
}
