/* rote trace: why is this item recommended, with the training sequences that it repeats. */
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/label/token_prefix.h"
#include "analysis/match/match.h"
#include "analysis/report/case_view.h"
#include "analysis/report/what_if.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/cli/commands.h"
#include "tui/cli/rollout.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_trace_options[] = {
    {"user", 'u', "USER", "the case of this user (external id)"},
    {"case", 0, "N", "the user's Nth case, where a split gives several (default: the last)"},
    {"run", 'r', "RUN", "whose recommendations; with --history: whose training part"},
    {"item", 'i', "ITEM", "only this item, with its evidence"},
    {"history", 0, "A,B,C", "a history of one's own, oldest first, instead of a user's"},
    {"rollout", 0, "D,E,F", "what a model wrote after --history: its spans that stand in training"},
    {"generate", 'g', "N", "what the model of --run writes: N items in a row, and their spans"},
    {"without", 0, "USER", "would it still be there had this user not existed?"},
    {"definition", 'd', "D", "which recommendations count (default last)"},
    {"max", 0, "N", "evidence lines (default 10)"},
    {"k", 'k', "K", "recommendations shown, and the top K of --without (default 10)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_trace_details[] =
    "--generate rolls the model of a finished run out: each item is the best one given all before "
    "it,\n"
    "none is written twice, and items of the history come only where the run's lists have them.\n"
    "A match shows overlap, not cause. Cause is --without: it recounts the model exactly as if "
    "that\n"
    "user had not existed; for runs of other models the answer is the markov reference's.\n"
    "An item also gets its gapped match: the most last items of the history that stand in order,\n"
    "with others between them, before it within 10 positions of one training sequence. With "
    "semantic\n"
    "ids t n/m xS says: the first n of m tokens of the last item and it are in S training pairs, "
    "by\n"
    "the ids that a run of gr made for itself, else those of the data.";

struct trace {
    struct cli *cli;
    struct study *study;
    int64_t max, k, generate; /* generate 0: not asked for */
    enum trained_on on;
    int32_t last; /* item of the history, -1: none */
    struct study_ids ids;
    const struct token_index *tokens; /* NULL: no semantic ids */
    struct match_gapped gapped;       /* of the item that is shown alone */
};

static const char *user_id(const struct trace *t, int32_t user)
{
    return strtab_get(&study_dataset(t->study)->user_id, user);
}

static const char *item_id(const struct trace *t, int32_t item)
{
    return item < 0 ? "-" : strtab_get(&study_dataset(t->study)->item_id, item);
}

static struct jval *item_json(const struct trace *t, int32_t item)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "item", item < 0 ? NULL : item_id(t, item));
    jval_put_string(o, "title", cli_item_name(t->study, item));
    return o;
}

static struct jval *token_json(const struct trace *t, int32_t item)
{
    if (!t->tokens)
        return jval_new_null();
    struct token_label label = token_label(t->tokens, t->last, item);
    struct jval *o = jval_new_object();
    jval_put_int(o, "n", label.n);
    jval_put_string(o, "ids_of", t->ids.own ? t->ids.own->name : NULL);
    jval_put_int(o, "levels", token_index_levels(t->tokens));
    jval_put_int(o, "support", label.support);
    jval_put_bool(o, "shared_id", item >= 0 && token_index_is_shared(t->tokens, item));
    return o;
}

static void token_text(const struct trace *t, int32_t item, char *text, size_t size)
{
    struct token_label label = {0};
    text[0] = '\0';
    if (!t->tokens)
        return;
    label = token_label(t->tokens, t->last, item);
    snprintf(text, size, "t %d/%d x%lld%s", label.n, token_index_levels(t->tokens),
             (long long)label.support,
             item >= 0 && token_index_is_shared(t->tokens, item) ? " shared id" : "");
}

static struct jval *gapped_json(const struct trace *t)
{
    const struct match_gapped *g = &t->gapped;
    struct jval *o = jval_new_object();
    jval_put_int(o, "window", MATCH_WINDOW);
    jval_put_int(o, "length", g->length);
    jval_put_int(o, "places", g->occurrences);
    jval_put_string(o, "first_user", g->length ? user_id(t, g->first.user) : NULL);
    jval_put(o, "first_position",
             g->length ? jval_new_int(g->first.position + 1) : jval_new_null());
    return o;
}

static void print_gapped(const struct trace *t)
{
    const struct match_gapped *g = &t->gapped;
    if (g->length >= 2)
        text_printf(t->cli->out,
                    "  gapped match: %d items within %d positions, at %lld place%s, first in %s at "
                    "position %d\n",
                    g->length, MATCH_WINDOW, (long long)g->occurrences, plural_s(g->occurrences),
                    user_id(t, g->first.user), g->first.position + 1);
    else
        text_printf(t->cli->out, "  gapped match: none within %d positions\n", MATCH_WINDOW);
}

static struct jval *rec_json(const struct trace *t, const struct case_rec *r)
{
    char badge[CASE_BADGE_TEXT];
    case_badge_text(r, badge);
    struct jval *o = item_json(t, r->item);
    jval_put_int(o, "rank", r->rank);
    jval_put_bool(o, "target", r->is_target);
    jval_put_bool(o, "in_history", r->in_history);
    jval_put_bool(o, "counted", r->counted);
    jval_put_string(o, "badge", badge);
    jval_put_int(o, "verbatim", r->verbatim);
    jval_put_int(o, "occurrences", r->occurrences);
    jval_put_int(o, "users", r->users);
    jval_put_int(o, "own", r->own);
    jval_put_int(o, "any_count", r->any_count);
    jval_put_real(o, "lift", r->lift);
    jval_put(o, "labels", cli_labels_json(r->relation));
    jval_put(o, "token_prefix", token_json(t, r->item));
    return o;
}

static struct jval *evidence_json(const struct trace *t, const struct evidence_list *e)
{
    const struct corpus *corpus = study_corpus(t->study);
    struct jval *lines = jval_new_array();
    for (size_t i = 0; i < e->n; i++) {
        const struct evidence_line *l = &e->line[i];
        struct jval *o = jval_new_object(), *items = jval_new_array();
        jval_put_string(o, "user", user_id(t, l->user));
        jval_put_int(o, "position", l->start + l->length);
        jval_put_int(o, "length", l->length);
        jval_put_int(o, "sequence_length", l->sequence_length);
        jval_put_real(o, "lift", l->lift);
        jval_put_bool(o, "own", l->own);
        for (int32_t k = 0; k < l->length; k++)
            jval_append(items, item_json(t, corpus_sequence(corpus, l->user)[l->start + k]));
        jval_put(o, "match", items);
        jval_append(lines, o);
    }
    struct jval *o = jval_new_object();
    jval_put_int(o, "occurrences", e->total);
    jval_put_int(o, "users", e->total_users);
    jval_put_int(o, "own", e->total_own);
    jval_put(o, "lines", lines);
    return o;
}

static void print_rec(const struct trace *t, const struct case_rec *r)
{
    char badge[CASE_BADGE_TEXT], tokens[48];
    case_badge_text(r, badge);
    token_text(t, r->item, tokens, sizeof tokens);
    text_printf(t->cli->out, "%3d %s %-14s %6lld  %-12s %s%s%s\n", r->rank,
                r->is_target ? "*" : " ", badge, (long long)r->shown_count, item_id(t, r->item),
                cli_item_name(t->study, r->item), tokens[0] ? "  " : "", tokens);
}

static void print_evidence(const struct trace *t, const struct case_rec *r,
                           const struct evidence_list *e)
{
    char badge[CASE_BADGE_TEXT], labels[RELATION_TEXT_MAX], tokens[48];
    case_badge_text(r, badge);
    relation_format(r->relation, labels);
    token_text(t, r->item, tokens, sizeof tokens);
    text_printf(t->cli->out,
                "%s  %s\n  %s · %lld× in %lld user%s (own %lld) · lift %.3g · labels %s\n",
                item_id(t, r->item), cli_item_name(t->study, r->item), badge, (long long)e->total,
                (long long)e->total_users, plural_s(e->total_users), (long long)e->total_own,
                r->lift, labels[0] ? labels : "none without a history");
    print_gapped(t);
    if (tokens[0])
        text_printf(t->cli->out, "  first tokens: %s\n", tokens);
    const struct corpus *corpus = study_corpus(t->study);
    for (size_t i = 0; i < e->n; i++) {
        const struct evidence_line *l = &e->line[i];
        const int32_t *sequence = corpus_sequence(corpus, l->user);
        text_printf(t->cli->out, "  %s%s  pos %d/%d  lift %.3g\n", user_id(t, l->user),
                    l->own ? " (own)" : "", l->start + l->length, l->sequence_length, l->lift);
        for (int32_t k = 0; k < l->length; k++)
            text_printf(t->cli->out, "      %s %s  %s\n", k == l->length - 1 ? "→" : " ",
                        item_id(t, sequence[l->start + k]),
                        cli_item_name(t->study, sequence[l->start + k]));
    }
    if (e->total > (int64_t)e->n)
        text_printf(t->cli->out, "  … and %lld more\n", (long long)(e->total - (int64_t)e->n));
    if (e->total == 0)
        fputs("  no training sequence has this item after an item of the history\n", t->cli->out);
    fputs("  a match shows overlap, not cause\n", t->cli->out);
}

/* ---- what if a user had not existed ---- */

static void put_rank(struct jval *o, const char *key, int32_t rank)
{
    jval_put(o, key, rank ? jval_new_int(rank) : jval_new_null());
}

static void print_rank(FILE *out, int32_t rank, int64_t k)
{
    if (rank)
        text_printf(out, "rank %d", rank);
    else
        text_printf(out, "not in the top %lld", (long long)k);
}

static void print_what_if(const struct trace *t, const struct what_if *w, int32_t item,
                          const char *user)
{
    FILE *out = t->cli->out;
    if (t->cli->json) {
        struct jval *o = item_json(t, item), *list = jval_new_array();
        jval_put_string(o, "model", reference_name(w->kind));
        jval_put_bool(o, "own_model", w->own);
        jval_put_string(o, "without", user);
        put_rank(o, "rank", w->rank);
        put_rank(o, "rank_without", w->rank_without);
        for (int64_t i = 0; i < w->carriers.n; i++)
            jval_append(list, jval_new_string(user_id(t, w->carriers.user[i])));
        jval_put(o, "carriers", list);
        jval_print(o, false, out);
        jval_free(o);
        return;
    }
    text_printf(out, "%s  %s\n  %s%s: ", item_id(t, item), cli_item_name(t->study, item),
                w->own ? "model " : "the reference ", reference_name(w->kind));
    print_rank(out, w->rank, t->k);
    text_printf(out, "; without user %s: ", user);
    print_rank(out, w->rank_without, t->k);
    text_printf(out, "\n  users whose absence alone would remove it from the top %lld: %lld",
                (long long)t->k, (long long)w->carriers.n);
    for (int64_t i = 0; i < w->carriers.n && i < t->max; i++)
        text_printf(out, "%s%s", i ? ", " : " - ", user_id(t, w->carriers.user[i]));
    fputs("\n", out);
}

static bool what_if(const struct trace *t, const struct study_run *run, const int32_t *history,
                    int32_t n, int32_t item, const char *user, struct error *err)
{
    struct what_if_question q = {.run = run,
                                 .history = history,
                                 .n_history = n,
                                 .item = item,
                                 .user = study_find_user(t->study, user),
                                 .k = (int32_t)t->k,
                                 .carriers = true};
    struct what_if w;
    if (q.user < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no user %s", user);
    if (!what_if_ask(t->study, &q, t->cli->progress, &w, err))
        return false;
    print_what_if(t, &w, item, user);
    what_if_release(&w);
    return true;
}

/* ---- the two forms of the command ---- */

/* What is looked up beside the case view: tokens, and the gapped match of one item (or -1). */
static bool look_up(struct trace *t, const struct study_run *run, const int32_t *history, int32_t n,
                    int32_t item, struct error *err)
{
    enum trained_on on = t->on = run ? run->trained_on : TRAINED_ON_TRAIN;
    t->last = n > 0 ? history[n - 1] : -1;
    if (!study_ids_of(t->study, run, &t->ids, err) ||
        (t->ids.table.levels > 0 && !(t->tokens = study_tokens(t->study, run, on, err))))
        return false;
    if (item < 0)
        return true;
    const struct match_index *index = study_index(t->study, on, t->cli->progress, err);
    if (index)
        match_gapped(index, history, n, item, MATCH_WINDOW, &t->gapped);
    return index != NULL;
}

static int32_t find_item(struct trace *t, const char *id, struct error *err)
{
    int32_t item = study_find_item(t->study, id);
    if (item < 0)
        error_set(err, ERROR_NOT_FOUND, "there is no item %s", id);
    return item;
}

static bool show_one(struct trace *t, const struct case_rec *r, const struct evidence_list *e)
{
    if (t->cli->json) {
        struct jval *o = rec_json(t, r);
        jval_put(o, "gapped", gapped_json(t));
        jval_put(o, "evidence", evidence_json(t, e));
        jval_print(o, false, t->cli->out);
        jval_free(o);
    } else {
        print_evidence(t, r, e);
    }
    return true;
}

static void show_case(struct trace *t, const struct case_view *v)
{
    const struct case_run *run = &v->run[0];
    if (t->cli->json) {
        struct jval *o = jval_new_object(), *history = jval_new_array(), *recs = jval_new_array();
        jval_put_string(o, "user", user_id(t, v->user));
        jval_put_string(o, "run", run->run->name);
        for (int32_t i = 0; i < v->n_history; i++)
            jval_append(history, item_json(t, v->history[i]));
        jval_put(o, "history", history);
        jval_put(o, "target", item_json(t, v->target));
        jval_put_bool(o, "target_reachable", v->target_reachable);
        jval_put(o, "hit_rank", run->hit_rank ? jval_new_int(run->hit_rank) : jval_new_null());
        for (int32_t i = 0; i < run->n && i < t->k; i++)
            jval_append(recs, rec_json(t, &run->rec[i]));
        jval_put(o, "recommendations", recs);
        jval_print(o, false, t->cli->out);
        jval_free(o);
        return;
    }
    text_printf(t->cli->out, "user %s, %d item%s, target %s %s (%s)\n", user_id(t, v->user),
                v->n_history, plural_s(v->n_history), item_id(t, v->target),
                cli_item_name(t->study, v->target),
                v->target_reachable ? "reachable" : "not reachable");
    for (int32_t i = v->n_history > 10 ? v->n_history - 10 : 0; i < v->n_history; i++)
        text_printf(t->cli->out, "  history %3d  %-12s %s\n", i + 1, item_id(t, v->history[i]),
                    cli_item_name(t->study, v->history[i]));
    text_printf(t->cli->out, "%s%s\n", run->run->name,
                t->ids.own ? ", tokens (t) of the semantic ids that it made for itself" : "");
    for (int32_t i = 0; i < run->n && i < t->k; i++)
        print_rec(t, &run->rec[i]);
}

static bool trace_item(struct trace *t, const struct case_view *v, int32_t item,
                       const char *without, struct error *err)
{
    const struct case_run *run = &v->run[0];
    if (without)
        return what_if(t, run->run, v->history, v->n_history, item, without, err);
    struct case_rec rec = {0};
    struct evidence_list e;
    if (!look_up(t, run->run, v->history, v->n_history, item, err) ||
        !evidence_for_history(t->study, run->run->trained_on, v->user, v->history, v->n_history,
                              item, (size_t)t->max, &rec, &e, err))
        return false;
    rec.is_target = item == v->target;
    rec.rank = 0;
    for (int32_t i = 0; i < run->n && !rec.rank; i++)
        rec.rank = run->rec[i].item == item ? run->rec[i].rank : 0;
    show_one(t, &rec, &e);
    evidence_release(&e);
    return true;
}

/* items: as --generate says. */
static bool generate(struct trace *t, const struct study_run *run, int32_t user,
                     const int32_t *history, int32_t n, int64_t items, struct error *err)
{
    const struct roll_out_question q = {
        .run = run, .user = user, .history = history, .n_history = n, .n = (int32_t)items};
    return cli_generate(t->cli, t->study, &q, err);
}

static bool trace_user(struct trace *t, const struct cli_args *args, struct error *err)
{
    const char *user_name = cli_value(args, "user"), *run_name = cli_value(args, "run");
    const char *item_name = cli_value(args, "item"), *without = cli_value(args, "without");
    if (!run_name)
        return error_set(err, ERROR_USAGE, "--run is needed with --user");
    int32_t user = study_find_user(t->study, user_name);
    if (user < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no user %s", user_name);
    enum part part;
    const struct study_run *run = study_run_find(t->study, run_name, err);
    struct definition definition;
    struct case_view view;
    int64_t nth = 0;
    if (!run || !cli_part(args, &part, err) || !cli_int(args, "case", 1, INT32_MAX, &nth, err) ||
        !cli_definition(cli_value(args, "definition"), 0, run, &definition, err) ||
        !case_view_make_nth(t->study, user, part, (int32_t)nth, &run, 1, &definition, &view, err))
        return false;
    bool ok = true;
    if (t->generate) {
        ok = generate(t, run, user, view.history, view.n_history, t->generate, err);
    } else if (item_name || without) {
        int32_t item = item_name           ? find_item(t, item_name, err)
                       : view.run[0].n > 0 ? view.run[0].rec[0].item
                                           : -1;
        ok = item >= 0 && trace_item(t, &view, item, without, err);
    } else {
        ok = look_up(t, run, view.history, view.n_history, -1, err);
        if (ok)
            show_case(t, &view);
    }
    case_view_release(&view);
    return ok;
}

struct item_list {
    int32_t *item, n;
    size_t cap;
};

/* Adds the items of a comma-separated list of external ids. */
static bool add_items(struct trace *t, const char *ids, struct item_list *list, struct error *err)
{
    char *copy = mem_strdup(ids), *save = NULL;
    bool ok = true;
    for (char *id = strtok_r(copy, ",", &save); ok && id; id = strtok_r(NULL, ",", &save)) {
        MEM_GROW(list->item, (size_t)list->n + 1, list->cap);
        list->item[list->n] = find_item(t, id, err);
        ok = list->item[list->n++] >= 0;
    }
    free(copy);
    return ok;
}

static bool trace_one(struct trace *t, const struct study_run *run, const struct item_list *history,
                      int32_t item, const char *without, struct error *err)
{
    struct case_rec rec;
    struct evidence_list e;
    if (without)
        return what_if(t, run, history->item, history->n, item, without, err);
    if (!look_up(t, run, history->item, history->n, item, err) ||
        !evidence_for_history(t->study, t->on, -1, history->item, history->n, item, (size_t)t->max,
                              &rec, &e, err))
        return false;
    show_one(t, &rec, &e);
    evidence_release(&e);
    return true;
}

static bool trace_history(struct trace *t, const struct cli_args *args, struct error *err)
{
    const char *item_name = cli_value(args, "item"), *without = cli_value(args, "without");
    const char *rollout = cli_value(args, "rollout"), *run_name = cli_value(args, "run");
    const struct study_run *run = NULL;
    if (!!item_name + !!rollout + (t->generate > 0) != 1)
        return error_set(err, ERROR_USAGE,
                         "with --history say either --item, --rollout or --generate");
    if (t->generate && !run_name)
        return error_set(err, ERROR_USAGE, "--run is needed with --generate");
    if (run_name && !(run = study_run_find(t->study, run_name, err)))
        return false;
    t->on = run ? run->trained_on : TRAINED_ON_TRAIN;
    struct item_list list = {0};
    bool ok = add_items(t, cli_value(args, "history"), &list, err);
    int32_t n_history = list.n;
    if (ok && rollout) {
        ok = add_items(t, rollout, &list, err) &&
             cli_rollout(t->cli, t->study, t->on, list.item, list.n, n_history, err);
    } else if (ok && t->generate) {
        ok = generate(t, run, -1, list.item, list.n, t->generate, err);
    } else if (ok) {
        int32_t item = find_item(t, item_name, err);
        ok = item >= 0 && trace_one(t, run, &list, item, without, err);
    }
    free(list.item);
    return ok;
}

int cli_trace(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct trace t = {.cli = cli, .max = 10, .k = 10};
    bool user = cli_flag(args, "user"), history = cli_flag(args, "history");
    bool ok = cli_int(args, "max", 1, 100000, &t.max, err) &&
              cli_int(args, "k", 1, RECS_DEPTH, &t.k, err) &&
              cli_int(args, "generate", 1, ROLL_OUT_MOST, &t.generate, err);
    if (ok && t.generate && (cli_flag(args, "item") || cli_flag(args, "without")))
        ok = error_set(err, ERROR_USAGE, "--generate goes with neither --item nor --without");
    if (ok && user == history)
        ok =
            error_set(err, ERROR_USAGE,
                      "say either --user U --run R or --history A,B,C --item V (or --rollout D,E)");
    if (ok && (t.study = cli_study(cli, true, err)))
        ok = user ? trace_user(&t, args, err) : trace_history(&t, args, err);
    else
        ok = false;
    study_close(t.study);
    return ok ? CLI_OK : cli_status(err);
}
