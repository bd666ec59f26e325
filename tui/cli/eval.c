/* rote eval: figures of runs under one definition or all; rote label: label shares. */
#include <math.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/report/eval.h"
#include "analysis/report/tokens.h"
#include "analysis/report/train.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_eval_options[] = {
    {"definition", 'd', "D", "last (default), any, iirg, all, or pred=last:20,cap=50,…"},
    {"k", 'k', "K", "how deep in the list (default: the definition's)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_eval_details[] =
    "Without RUN: all finished runs. Definitions (switches; the default first):\n"
    "  pred=last|last:N|any   edges=train|train+valid (default: what the run was trained on)\n"
    "  own=keep|leave   cap=none|N   history=keep|remove   k=10\n"
    "Presets: last; any (pred=any); iirg (pred=last:20,cap=50,k=5). `all` prints a matrix: does "
    "one\n"
    "run memorize more than another under every definition?";

static const char *const all_definitions[] = {
    "last",
    "any",
    "iirg",
    "pred=last:3",
    "any,own=leave",
    "any,history=remove",
    "last,k=5",
    "last,edges=train",
    "last,edges=train+valid",
};

struct request {
    struct study *study;
    enum part part;
    int k;
    const struct study_run **runs;
    size_t n_runs;
};

static void print_figure(FILE *out, const struct eval *e, const char *label, const char *name)
{
    const struct figure *f = eval_find(e, name);
    if (!f)
        return;
    if (isnan(f->value))
        text_printf(out, "  %-34s %10s", label, "-");
    else
        text_printf(out, "  %-34s %10.*f", label, figure_is_count(f) ? 0 : 6, f->value);
    if (!isnan(f->lo))
        text_printf(out, "   %.6f .. %.6f", f->lo, f->hi);
    fputc('\n', out);
}

static void print_group(FILE *out, const struct eval *e, const char *prefix, const char *title)
{
    text_printf(out, "%s\n", title);
    size_t n = strlen(prefix);
    for (size_t i = 0; i < e->n; i++)
        if (strncmp(e->figure[i].name, prefix, n) == 0)
            print_figure(out, e, e->figure[i].name + n, e->figure[i].name);
}

static void print_eval(FILE *out, struct study *study, const struct eval *e)
{
    char definition[DEFINITION_TEXT_MAX];
    definition_key(&e->definition, definition);
    const struct study_run *run = study_run_by_id(study, e->run);
    text_printf(out, "%s  %s  %s\n", run->name, cli_part_name(e->part), definition);
    print_group(out, e, "metrics.", "ranking (95 % interval over users)");
    fputs("one-hop ratio\n", out);
    print_figure(out, e, "observed", "one_hop_ratio.observed");
    print_group(out, e, "one_hop_ratio.null.", "  nulls (mean, 95 % of replicates)");
    print_figure(out, e, "excess over shuffle", "one_hop_ratio.excess");
    print_figure(out, e, "lift over shuffle", "one_hop_ratio.lift");
    print_group(out, e, "reachable_target.", "reachable targets");
    print_group(out, e, "slices.reachable.", "cases with a reachable target");
    print_group(out, e, "slices.unreachable.", "cases with an unreachable target");
    print_group(out, e, "ceiling.", "ceiling line (markov on the reachable slice)");
    print_group(out, e, "beyond.", "beyond accuracy");
    print_group(out, e, "slots.", "slots");
}

static bool get(struct cli *cli, const struct request *q, const struct study_run *run,
                const char *definition, struct eval *out, struct error *err)
{
    struct definition d;
    return cli_definition(definition, q->k, run, &d, err) &&
           eval_get(q->study, run, q->part, &d, cli->progress, out, err);
}

static bool eval_one(struct cli *cli, const struct request *q, const char *definition,
                     struct error *err)
{
    struct jval *list = cli->json && q->n_runs > 1 ? jval_new_array() : NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < q->n_runs; i++) {
        struct eval e;
        ok = get(cli, q, q->runs[i], definition, &e, err);
        if (!ok)
            break;
        struct jval *o = cli->json ? eval_to_json(q->study, &e) : NULL;
        if (list) {
            jval_append(list, o);
        } else if (o) {
            jval_print(o, false, cli->out);
            jval_free(o);
        } else {
            print_eval(cli->out, q->study, &e);
        }
        eval_release(&e);
    }
    if (ok && list)
        jval_print(list, false, cli->out);
    jval_free(list);
    return ok;
}

/* "B memorizes more than A under …": by excess over shuffle, definition by definition. */
static void print_order(FILE *out, const struct request *q, const struct eval *evals, size_t a,
                        size_t b)
{
    size_t more = 0, less = 0, n = ARRAY_LEN(all_definitions);
    for (size_t d = 0; d < n; d++) {
        double of_a = eval_value(&evals[d * q->n_runs + a], "one_hop_ratio.excess");
        double of_b = eval_value(&evals[d * q->n_runs + b], "one_hop_ratio.excess");
        more += of_b > of_a;
        less += of_b < of_a;
    }
    bool up = more >= less;
    const char *first = q->runs[up ? b : a]->name, *second = q->runs[up ? a : b]->name;
    if (more == n || less == n)
        text_printf(out, "%s memorizes more than %s under every definition\n", first, second);
    else if (more == 0 && less == 0)
        text_printf(out, "%s and %s cannot be ordered: no excess differs\n", first, second);
    else
        text_printf(
            out,
            "whether %s memorizes more than %s depends on the definition: yes under %zu, no "
            "under %zu, equal under %zu\n",
            first, second, up ? more : less, up ? less : more, n - more - less);
}

/* How the matrix names a definition: as it was asked for, since its edges may differ by run. */
static void print_trained_on(FILE *out, const struct request *q)
{
    fputs("edges are those that a run was trained on, where a definition does not name them:", out);
    for (size_t r = 0; r < q->n_runs; r++)
        text_printf(out, "%s %s %s", r ? "," : "", q->runs[r]->name,
                    q->runs[r]->trained_on == TRAINED_ON_TRAIN_VALID ? "train+valid" : "train");
    fputc('\n', out);
}

/* The robustness matrix: a row per definition, a column per run, and whether the order of the runs
 * is the same in every row. */
static void print_matrix(FILE *out, const struct request *q, const struct eval *evals)
{
    size_t n = ARRAY_LEN(all_definitions);
    text_printf(out, "one-hop ratio, and excess over shuffle  (%s", cli_part_name(q->part));
    if (q->k > 0)
        text_printf(out, ", k=%d", q->k);
    text_printf(out, ")\n%-24s", "definition");
    for (size_t r = 0; r < q->n_runs; r++)
        text_printf(out, " %20.20s", q->runs[r]->name);
    fputc('\n', out);
    for (size_t d = 0; d < n; d++) {
        char ratio[16], excess[16];
        text_printf(out, "%-24s", all_definitions[d]);
        for (size_t r = 0; r < q->n_runs; r++) {
            const struct eval *e = &evals[d * q->n_runs + r];
            text_printf(out, " %10s %9s",
                        cli_percent(eval_value(e, "one_hop_ratio.observed"), ratio),
                        cli_percent(eval_value(e, "one_hop_ratio.excess"), excess));
        }
        fputc('\n', out);
    }
    print_trained_on(out, q);
    for (size_t a = 0; a < q->n_runs; a++)
        for (size_t b = a + 1; b < q->n_runs; b++)
            print_order(out, q, evals, a, b);
}

static bool eval_all(struct cli *cli, const struct request *q, struct error *err)
{
    size_t n = ARRAY_LEN(all_definitions) * q->n_runs, done = 0;
    struct eval *evals = mem_zalloc(n, sizeof *evals);
    bool ok = true;
    for (; ok && done < n; done++)
        ok = get(cli, q, q->runs[done % q->n_runs], all_definitions[done / q->n_runs], &evals[done],
                 err);
    if (ok && cli->json) {
        struct jval *list = jval_new_array();
        for (size_t i = 0; i < n; i++)
            jval_append(list, eval_to_json(q->study, &evals[i]));
        jval_print(list, false, cli->out);
        jval_free(list);
    } else if (ok) {
        print_matrix(cli->out, q, evals);
    }
    for (size_t i = 0; i < n; i++)
        eval_release(&evals[i]);
    free(evals);
    return ok;
}

static bool open_request(struct cli *cli, const struct cli_args *args, struct request *q,
                         struct error *err)
{
    int64_t k = 0;
    *q = (struct request){0};
    if (!cli_part(args, &q->part, err) || !cli_int(args, "k", 1, RECS_DEPTH, &k, err))
        return false;
    q->k = (int)k;
    q->study = cli_study(cli, false, err);
    if (!q->study || !cli_runs_named(q->study, args, &q->runs, &q->n_runs, err))
        return false;
    for (size_t i = 0; q->part == PART_VALID && i < q->n_runs; i++)
        if (q->runs[i]->trained_on == TRAINED_ON_TRAIN_VALID)
            text_printf(
                cli->err,
                "%s was trained on the validation targets: these figures are of what it has "
                "seen\n",
                q->runs[i]->name);
    return true;
}

static void close_request(struct request *q)
{
    free(q->runs);
    study_close(q->study);
}

int cli_eval(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct request q;
    const char *definition = cli_value(args, "definition");
    bool ok = open_request(cli, args, &q, err);
    if (ok)
        ok = definition && strcmp(definition, "all") == 0 ? eval_all(cli, &q, err)
                                                          : eval_one(cli, &q, definition, err);
    close_request(&q);
    return ok ? CLI_OK : cli_status(err);
}

const struct cli_option cli_label_options[] = {
    {"k", 'k', "K", "how deep in the list (default 10)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_label_details[] =
    "Labels every recommendation and every target (docs/definitions.md, section 4), stores them, "
    "and\n"
    "prints each label's share beside its shuffle null. With semantic ids also how many of their "
    "first\n"
    "tokens training pairs share (section 5), by the ids that a run of gr made for itself, else\n"
    "those of the data. Without RUN: all finished runs.";

static void print_labels(FILE *out, const struct request *q, const struct eval *e)
{
    text_printf(out, "%s  %s  first %d recommendations\n%-24s %10s %10s %8s %10s %10s %8s\n",
                study_run_by_id(q->study, e->run)->name, cli_part_name(e->part), e->definition.k,
                "label", "targets", "shuffled", "lift", "recs", "shuffled", "lift");
    static const char *const column[] = {"targets",         "targets_null",         "targets_lift",
                                         "recommendations", "recommendations_null", "lift"};
    for (int l = 0; l < RELATION_LABELS; l++) {
        text_printf(out, "%-24s", relation_label_name(l));
        for (size_t c = 0; c < ARRAY_LEN(column); c++) {
            char name[64], text[16];
            snprintf(name, sizeof name, "labels.%s.%s", relation_label_name(l), column[c]);
            double value = eval_value(e, name);
            if (c % 3 == 2)
                snprintf(text, sizeof text, isnan(value) ? "-" : "%.2f", value);
            else
                cli_percent(value, text);
            text_printf(out, c % 3 == 2 ? " %8s" : " %10s", text);
        }
        fputc('\n', out);
    }
}

static void print_token_side(FILE *out, const struct token_side *side, int32_t n)
{
    char share[16], support[24] = "-";
    double mean = token_mean_support(side, n);
    if (!isnan(mean))
        snprintf(support, sizeof support, "%.1f", mean);
    text_printf(out, " %10s %12s", cli_percent(token_share(side, n), share), support);
}

static void print_tokens(FILE *out, const struct token_report *t)
{
    if (t->ids_of)
        text_printf(out, "semantic ids that %s made for itself\n", t->ids_of);
    text_printf(out, "%-24s %10s %12s %10s %12s\n", "first tokens in training", "targets",
                "mean support", "recs", "mean support");
    for (int32_t n = t->levels; n >= 0; n--) {
        text_printf(out, "%3d of %-17d", n, t->levels);
        print_token_side(out, &t->target, n);
        print_token_side(out, &t->recommended, n);
        fputc('\n', out);
    }
    text_printf(
        out,
        "all tokens, and yet no item-level memorization: %lld targets, %lld recs; %d ids belong "
        "to %d items; %d items have no id\n",
        (long long)t->target.shared, (long long)t->recommended.shared, t->shared_ids,
        t->shared_items, t->items_without);
}

/* Prints one labelled run, or appends it to the list. */
static bool put_labels(struct cli *cli, const struct request *q, const struct eval *e,
                       struct jval *list, struct error *err)
{
    struct token_report tokens = {0};
    const struct study_run *run = study_run_by_id(q->study, e->run);
    struct study_ids ids;
    if (!study_ids_of(q->study, run, &ids, err))
        return false;
    bool has_tokens = ids.table.levels > 0;
    if (has_tokens && !token_report_make(q->study, run, q->part, e->definition.k, &tokens, err))
        return false;
    if (list) {
        struct jval *o = eval_to_json(q->study, e);
        jval_put(o, "tokens", has_tokens ? token_report_json(&tokens) : jval_new_null());
        jval_append(list, o);
    } else {
        print_labels(cli->out, q, e);
        if (has_tokens)
            print_tokens(cli->out, &tokens);
    }
    token_report_release(&tokens);
    return true;
}

int cli_label(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct request q;
    bool ok = open_request(cli, args, &q, err);
    struct jval *list = cli->json ? jval_new_array() : NULL;
    for (size_t i = 0; ok && i < q.n_runs; i++) {
        int64_t id = q.runs[i]->id;
        struct eval e;
        ok = label_run(q.study, q.runs[i], q.part, cli->progress, err) &&
             get(cli, &q, study_run_by_id(q.study, id), "last", &e, err);
        if (!ok)
            break;
        ok = put_labels(cli, &q, &e, list, err);
        eval_release(&e);
    }
    if (ok && cli->json)
        jval_print(q.n_runs == 1 ? jval_at(list, 0) : list, false, cli->out);
    jval_free(list);
    close_request(&q);
    return ok ? CLI_OK : cli_status(err);
}
