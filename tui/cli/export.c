/* rote export: what a workspace holds, as files that other programs read. */
#include <math.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "analysis/report/users.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/export/png.h"
#include "storage/export/rows.h"
#include "tui/cli/commands.h"
#include "tui/cli/export.h"
#include "tui/cli/studies.h"

const struct cli_option cli_export_options[] = {
    {"output", 'o', "FILE", "where to, a file or new folder (default: standard output)"},
    {"format", 'f', "F",
     "csv, tsv, json, jsonl, md, html, tex, txt, svg, png (by the name, else csv)"},
    {"run", 'r', "RUN", "whose recommendations or figures"},
    {"definition", 'd', "D", "for users, items, figures, the frontier (default last)"},
    {"metric", 'm', "M", "of the frontier: recall@10 (default), ndcg@10, … at 1, 5, 10 or 20"},
    {"scale", 0, "N", "of a png: 1 to 16 (default 2)"},
    CLI_OPTION_SPLIT,
    {"strategy", 0, "S", "of llama-factory: iirg (default), iirg:lambda_c=0.5, next-item"},
    {"trained-on", 0, "EDGES", "of llama-factory: train (default) or train+valid"},
    {0},
};

const char cli_export_details[] =
    "RUN may be a list (a,b) or a pattern ('gr-*'). frontier and curves can also be pictures:\n"
    "-o FILE.svg, or FILE.png, --scale times 520 pixels wide. tex is a table for \\input, with\n"
    "booktabs; html and txt are pages. In CSV and TSV a text that a spreadsheet would run as a\n"
    "formula begins with an apostrophe, which import and import-recs take away. An option that\n"
    "WHAT has no use for is refused. recbole and those below it are files for other programs,\n"
    "and for rote import (docs/export.md tells what each one holds). Files are replaced as a\n"
    "whole; a folder must be new. Ids are written as they are: what a format cannot hold is\n"
    "refused.";

static bool begin(const struct export_job *j, struct rows_writer *w, const char *const *columns,
                  int n, struct error *err)
{
    return rows_begin(w, j->format, j->path, j->cli->out, columns, n, err);
}

const struct study_run *export_run(const struct export_job *j, struct error *err)
{
    const char *name = cli_value(j->args, "run");
    if (name)
        return study_run_find(j->study, name, err);
    error_set(err, ERROR_USAGE, "--run is needed; `rote runs` lists them");
    return NULL;
}

static int32_t target_of(const struct export_job *j, int64_t at)
{
    const struct case_list *cases = &study_split(j->study)->part[j->part];
    return corpus_sequence(study_corpus(j->study), cases->user[at])[cases->position[at]];
}

/* ---- target-labels ---- */

static bool write_target_labels(const struct export_job *j, const uint16_t *code,
                                const uint8_t *any, struct error *err)
{
    static const char *const columns[] = {"user", "test_item", "labels", "one_hop_any"};
    const struct dataset *d = study_dataset(j->study);
    const struct case_list *cases = &study_split(j->study)->part[j->part];
    struct rows_writer w;
    if (!begin(j, &w, columns, 4, err))
        return false;
    for (int64_t at = 0; at < cases->n; at++) {
        char text[RELATION_TEXT_MAX];
        relation_format(code[at], text);
        rows_text(&w, strtab_get(&d->user_id, cases->user[at]));
        rows_text(&w, strtab_get(&d->item_id, target_of(j, at)));
        rows_text(&w, text);
        rows_int(&w, any[at]);
        if (!rows_end(&w, err)) {
            rows_abandon(&w);
            return false;
        }
    }
    return rows_commit(&w, err);
}

static bool export_target_labels(const struct export_job *j, struct error *err)
{
    const struct case_list *cases = &study_split(j->study)->part[j->part];
    struct definition any = definition_any();
    const struct relation_index *relations =
        study_relations(j->study, TRAINED_ON_TRAIN, j->cli->progress, err);
    const struct onehop *onehop = relations ? study_onehop(j->study, &any, err) : NULL;
    uint16_t *code = onehop ? mem_try_array((size_t)cases->n, sizeof *code, "labels", err) : NULL;
    struct onehop_scores scores = {0};
    bool ok =
        code &&
        relation_targets(relations, study_corpus(j->study), cases, code, j->cli->progress, err) &&
        onehop_score(onehop, cases, NULL, &scores, j->cli->progress, err) &&
        write_target_labels(j, code, scores.reachable, err);
    onehop_scores_release(&scores);
    free(code);
    return ok;
}

/* ---- recs ---- */

/* Would the id be read as another thing, or as several, in a cell of ids between blanks? */
static bool is_bare(const char *id)
{
    return *id && strcmp(id, "-") != 0 && !id[strcspn(id, " \t\r\n,;|\"'[]()\\")];
}

/* "a b -", or where an id does not fit between blanks ["a b", "c", null]. */
static void add_items(const struct dataset *d, const int32_t *item, int32_t n, struct buf *out)
{
    bool bare = true;
    for (int32_t i = 0; i < n; i++)
        bare = bare && (item[i] < 0 || is_bare(strtab_get(&d->item_id, item[i])));
    buf_adds(out, bare ? "" : "[");
    for (int32_t i = 0; i < n; i++) {
        const char *id = item[i] >= 0 ? strtab_get(&d->item_id, item[i]) : NULL;
        buf_adds(out, i == 0 ? "" : bare ? " " : ", ");
        if (!id || bare) {
            buf_adds(out, id ? id : bare ? "-" : "null");
            continue;
        }
        buf_addc(out, '"');
        for (; *id; id++) {
            if (*id == '"' || *id == '\\')
                buf_addc(out, '\\');
            buf_addc(out, *id);
        }
        buf_addc(out, '"');
    }
    buf_adds(out, bare ? "" : "]");
}

/* Columns of one case as JSON arrays, and as text joined by blanks for the flat formats. */
struct rec_columns {
    struct jval *items, *scores, *labels, *verbatim;
    struct buf text[4];
};

/* All but the items' text. */
static void add_slot(struct rec_columns *c, const struct dataset *d, const struct recs *recs,
                     const struct study_run *run, enum part part, int64_t slot)
{
    int32_t item = recs->item[slot];
    char label[RELATION_TEXT_MAX];
    relation_format(run->relation[part][slot], label);
    const char *blank = c->text[3].len ? " " : "";
    jval_append(c->items, jval_new_string(item >= 0 ? strtab_get(&d->item_id, item) : NULL));
    if (recs->score) {
        jval_append(c->scores, jval_new_real((double)recs->score[slot]));
        buf_addf(&c->text[1], "%s%.9g", blank, (double)recs->score[slot]);
    }
    jval_append(c->labels, cli_labels_json(run->relation[part][slot]));
    buf_addf(&c->text[2], "%s%s", blank, label[0] ? label : "-");
    jval_append(c->verbatim, jval_new_int(run->verbatim[part][slot]));
    buf_addf(&c->text[3], "%s%d", blank, run->verbatim[part][slot]);
}

static bool write_case(struct rows_writer *w, const struct export_job *j,
                       const struct study_run *run, int64_t at, struct error *err)
{
    const struct dataset *d = study_dataset(j->study);
    const struct recs *recs = &run->recs[j->part];
    int32_t target = target_of(j, at), hit = 0, n = recs->depth;
    struct rec_columns c = {.items = jval_new_array(),
                            .scores = jval_new_array(),
                            .labels = jval_new_array(),
                            .verbatim = jval_new_array()};
    for (int i = 0; i < 4; i++)
        buf_init(&c.text[i]);
    while (n > 0 && recs_row(recs, at)[n - 1] == RECS_NONE)
        n--;
    for (int32_t i = 0; i < n; i++) {
        add_slot(&c, d, recs, run, j->part, at * recs->depth + i);
        if (!hit && recs_row(recs, at)[i] == target)
            hit = i + 1;
    }
    add_items(d, recs_row(recs, at), n, &c.text[0]);
    rows_text(w, strtab_get(&d->user_id, study_split(j->study)->part[j->part].user[at]));
    rows_text(w, strtab_get(&d->item_id, target));
    if (hit)
        rows_int(w, hit);
    else
        rows_text(w, NULL);
    rows_json(w, c.items, c.text[0].data);
    rows_json(w, c.scores, c.text[1].data);
    rows_json(w, c.labels, c.text[2].data);
    rows_json(w, c.verbatim, c.text[3].data);
    for (int i = 0; i < 4; i++)
        buf_release(&c.text[i]);
    return rows_end(w, err);
}

static bool export_recs(const struct export_job *j, struct error *err)
{
    static const char *const columns[] = {"user",   "target", "hit_rank", "items",
                                          "scores", "labels", "verbatim"};
    const struct study_run *run = export_run(j, err);
    if (!run || !label_run(j->study, run, j->part, j->cli->progress, err))
        return false;
    run = study_run_by_id(j->study, run->id);
    if (!run || !run->relation[j->part])
        return error_set(err, ERROR_STATE, "the run has no labelled lists for the %s part",
                         cli_part_name(j->part));
    struct rows_writer w;
    if (!begin(j, &w, columns, 7, err))
        return false;
    for (int64_t at = 0; at < run->recs[j->part].n_cases; at++)
        if (!write_case(&w, j, run, at, err) ||
            (at % 1024 == 0 && !progress_at(j->cli->progress, "exporting", (double)at,
                                            (double)run->recs[j->part].n_cases, "cases", err))) {
            rows_abandon(&w);
            return false;
        }
    return rows_commit(&w, err);
}

/* ---- users ---- */

static bool write_users(const struct export_job *j, const struct user_table *t, struct error *err)
{
    enum { FIXED = 4, PER_RUN = 4 };
    static const char *const fixed[FIXED] = {"user", "length", "target", "reachable"};
    static const char *const per_run[PER_RUN] = {"rank", "memorized", "verbatim", "novelty"};
    int n = FIXED + PER_RUN * (int)t->n_runs;
    char **column = mem_zalloc((size_t)n, sizeof *column);
    for (int i = 0; i < n; i++)
        column[i] = i < FIXED ? mem_strdup(fixed[i])
                              : mem_printf("%s.%s", t->run[(i - FIXED) / PER_RUN].run->name,
                                           per_run[(i - FIXED) % PER_RUN]);
    const struct dataset *d = study_dataset(j->study);
    struct rows_writer w;
    bool ok = begin(j, &w, (const char *const *)column, n, err), begun = ok;
    for (int32_t u = 0; ok && u < t->n_users; u++) {
        rows_text(&w, strtab_get(&d->user_id, u));
        rows_int(&w, t->length[u]);
        rows_text(&w, t->target[u] >= 0 ? strtab_get(&d->item_id, t->target[u]) : NULL);
        rows_text(&w, t->reachable[u] < 0 ? NULL : t->reachable[u] ? "yes" : "no");
        for (size_t r = 0; r < t->n_runs; r++) {
            const struct user_run_columns *c = &t->run[r];
            rows_real(&w, c->rank[u] > 0 ? c->rank[u] : (double)NAN);
            rows_real(&w, (double)c->memorized[u]);
            rows_int(&w, c->verbatim[u]);
            rows_real(&w, (double)c->novelty[u]);
        }
        ok = rows_end(&w, err);
    }
    if (begun && !ok)
        rows_abandon(&w);
    ok = ok && rows_commit(&w, err);
    for (int i = 0; i < n; i++)
        free(column[i]);
    free(column);
    return ok;
}

static bool export_users(const struct export_job *j, struct error *err)
{
    size_t n;
    const struct study_run **runs = study_runs_with_lists(j->study, j->part, &n);
    struct definition definition;
    struct user_table table;
    bool ok =
        cli_definition(cli_value(j->args, "definition"), 0, NULL, &definition, err) &&
        user_table_make(j->study, j->part, runs, n, &definition, j->cli->progress, &table, err);
    if (ok) {
        ok = write_users(j, &table, err);
        user_table_release(&table);
    }
    free(runs);
    return ok;
}

/* ---- figures ---- */

static bool export_figures(const struct export_job *j, struct error *err)
{
    static const char *const columns[] = {"run",   "part", "definition", "figure",
                                          "value", "lo",   "hi"};
    const struct study_run *run = export_run(j, err);
    struct definition definition;
    struct eval e;
    char key[DEFINITION_TEXT_MAX];
    struct rows_writer w;
    if (!run || !cli_definition(cli_value(j->args, "definition"), 0, run, &definition, err) ||
        !eval_get(j->study, run, j->part, &definition, j->cli->progress, &e, err))
        return false;
    definition_key(&definition, key);
    bool ok = begin(j, &w, columns, 7, err), begun = ok;
    for (size_t i = 0; ok && i < e.n; i++) {
        rows_text(&w, run->name);
        rows_text(&w, cli_part_name(j->part));
        rows_text(&w, key);
        rows_text(&w, e.figure[i].name);
        rows_real(&w, e.figure[i].value);
        rows_real(&w, e.figure[i].lo);
        rows_real(&w, e.figure[i].hi);
        ok = rows_end(&w, err);
    }
    if (begun && !ok)
        rows_abandon(&w);
    eval_release(&e);
    return ok && rows_commit(&w, err);
}

enum writes { ROWS, PICTURE, OWN_FILES };

static const struct {
    struct cli_word word; /* with arguments: runs, as words */
    bool (*run)(const struct export_job *j, struct error *err);
    enum writes writes;  /* PICTURE: rows, or a picture; OWN_FILES: a format of its own */
    const char *options; /* that it takes beside --output */
} kinds[] = {
    {{"target-labels", "", "user, test_item, labels, one_hop_any: a row per case"},
     export_target_labels,
     ROWS,
     "format split"},
    {{"recs", "", "--run R: a row per case with items, scores, labels, verbatim lengths"},
     export_recs,
     ROWS,
     "format run split"},
    {{"users", "", "a row per user: length, reachable, rank and memorized share per run"},
     export_users,
     ROWS,
     "format definition split"},
    {{"items", "",
      "a row per item: popularity, degrees, self-prediction; per run how often it\n"
      "is recommended in the first K, and how often of those by rote"},
     export_items,
     ROWS,
     "format definition split"},
    {{"figures", "", "--run R: every figure of the evaluation with its interval"},
     export_figures,
     ROWS,
     "format run definition split"},
    {{"frontier", "[RUN…]",
      "accuracy and excess memorization of each run with intervals, and who\n"
      "is on the frontier; runs that differ only in their seed are one point, and\n"
      "seeds and users are resampled. Without RUN: all finished runs"},
     export_frontier,
     PICTURE,
     "format definition metric scale split"},
    {{"curves", "RUN…", "what was measured after each epoch of training"},
     export_curves,
     PICTURE,
     "format scale"},
    {{"comparison", "BASE RUN…",
      "figures of each, paired differences from BASE, 95 % intervals;\n"
      "with --format md a table, ~ where the difference is not distinguishable"},
     export_comparison,
     ROWS,
     "format definition split"},
    {{"counterfactual", "",
      "--run R, one of the runs of --strategy halves: every training position with\n"
      "its item's mean probability with and without its user in training, their\n"
      "difference mem (largest first), and whether others make the step, too"},
     export_counterfactual,
     ROWS,
     "format run"},
    {{"counterfactual-summary", "",
      "--run R: the means with their intervals, and percentiles of mem"},
     export_counterfactual_summary,
     ROWS,
     "format run"},
    {{"recbole", "", "-o DIR: DIR/NAME.inter and NAME.item, RecBole's atomic files"},
     export_recbole,
     OWN_FILES,
     ""},
    {{"sequences", "", "a line per user: the user and the items in order, as S3-Rec has them"},
     export_sequences,
     OWN_FILES,
     ""},
    {{"embeddings", "", "-o NAME.npy or NAME.safetensors, and NAME.ids.json: the items' ids"},
     export_embeddings,
     OWN_FILES,
     "format"},
    {{"semids", "", "[--run R] index.json of LETTER, or -o FILE.txt: MiniOneRec's info file"},
     export_semids,
     OWN_FILES,
     "format run"},
    {{"trec", "[RUN…]", "-o DIR: the targets (qrels) and a run file per run, for trec_eval"},
     export_trec,
     OWN_FILES,
     "split"},
    {{"weights", "", "--run R -o DIR: model.safetensors and config.json of the best epoch"},
     export_weights,
     OWN_FILES,
     "run"},
    {{"llama-factory", "", "-o DIR: the IIRG mixture as instruction tuning, with weights"},
     export_llama_factory,
     OWN_FILES,
     "strategy trained-on"}};

bool cli_export_word(size_t i, struct cli_word *out)
{
    if (i < ARRAY_LEN(kinds))
        *out = kinds[i].word;
    return i < ARRAY_LEN(kinds);
}

/* ARRAY_LEN(kinds) with *err when there is no such kind. */
static size_t find_kind(const struct cli_args *args, struct error *err)
{
    size_t at = 0;
    while (args->n_rest > 0 && at < ARRAY_LEN(kinds) &&
           strcmp(kinds[at].word.name, args->rest[0]) != 0)
        at++;
    if (args->n_rest > 0 && at < ARRAY_LEN(kinds))
        return at;
    struct buf names;
    buf_init(&names);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        buf_addf(&names, "%s%s",
                 i == 0                     ? ""
                 : i + 1 < ARRAY_LEN(kinds) ? ", "
                                            : " or ",
                 kinds[i].word.name);
    error_set(err, ERROR_USAGE, "say what to export: %s", names.data);
    buf_release(&names);
    return ARRAY_LEN(kinds);
}

static bool has_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

/* An option that the kind has no use for is an error: what was asked for would not be there. */
static bool check_options(const struct cli_args *args, size_t kind, struct error *err)
{
    const char *takes = kinds[kind].options;
    for (const struct cli_option *o = cli_export_options; o->name; o++) {
        if (!cli_value(args, o->name) || strcmp(o->name, "output") == 0 || has_word(takes, o->name))
            continue;
        struct buf text;
        buf_init(&text);
        for (const char *at = takes; *at; at += strcspn(at, " "), at += *at == ' ')
            buf_addf(&text, " --%.*s,", (int)strcspn(at, " "), at);
        error_set(err, ERROR_USAGE, "%s takes no --%s; it takes%s -o", kinds[kind].word.name,
                  o->name, text.data);
        buf_release(&text);
        return false;
    }
    return true;
}

/* Rows, or a picture where the kind can be one. */
static bool choose_format(struct export_job *j, enum writes writes, struct error *err)
{
    if (writes == OWN_FILES)
        return true;
    const char *name = cli_value(j->args, "format");
    if (!name && j->cli->json)
        name = "json";
    if (!name) {
        const char *dot = strrchr(j->path, '.');
        if (!dot || (strcmp(dot, ".svg") != 0 && strcmp(dot, ".png") != 0))
            return rows_format_of(j->path, &j->format, err);
        name = dot + 1;
    }
    j->png = strcmp(name, "png") == 0;
    j->picture = j->png || strcmp(name, "svg") == 0;
    if (j->picture)
        return writes == PICTURE ||
               error_set(err, ERROR_USAGE,
                         "only frontier and curves are pictures; %s is rows: csv, tsv, "
                         "json, jsonl, md, html, tex or txt",
                         j->args->rest[0]);
    return rows_format_find(name, &j->format, err);
}

int cli_export(struct cli *cli, const struct cli_args *args, struct error *err)
{
    const char *output = cli_value(args, "output");
    struct export_job j = {
        .cli = cli, .args = args, .path = output ? output : "-", .scale = PNG_SCALE};
    size_t at = find_kind(args, err);
    bool ok = at < ARRAY_LEN(kinds);
    if (ok && args->n_rest > 1 && !kinds[at].word.arguments[0])
        ok = error_set(err, ERROR_USAGE, "%s takes no further words%s", args->rest[0],
                       has_word(kinds[at].options, "run") ? "; a run is given by --run" : "");
    ok = ok && check_options(args, at, err) && choose_format(&j, kinds[at].writes, err) &&
         cli_part(args, &j.part, err) && cli_int(args, "scale", 1, PNG_SCALE_MAX, &j.scale, err) &&
         (j.png || !cli_value(args, "scale") ||
          error_set(err, ERROR_USAGE, "--scale is of a png: -o FILE.png or --format png")) &&
         (j.study = cli_study(cli, false, err)) && kinds[at].run(&j, err);
    study_close(j.study);
    return ok ? CLI_OK : cli_status(err);
}
