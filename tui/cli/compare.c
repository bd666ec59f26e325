/* rote compare: two runs, or two groups of seeds, on the same cases. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/metric/slices.h"
#include "analysis/report/compare.h"
#include "analysis/report/groups.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_compare_options[] = {
    {"definition", 'd', "D", "what counts as reachable and as one-hop (default last)"},
    {"k", 'k', "K", "how deep in the list (default: the definition's)"},
    {"users", 'u', "WHICH", "list the users: won, lost, both, neither or all"},
    {"slice", 0, "SLICE", "only those of a slice, such as reachable, popularity:5 or history:4-5"},
    {"limit", 'l', "N", "of the users, the clearest first (default 20; 0: all)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_compare_details[] =
    "A and B are runs, or groups of runs that differ in their seed: a list (gr-1,gr-2,gr-3) or a\n"
    "pattern ('gr-*'). Differences are B - A, paired by user, with 95 % intervals; of groups they\n"
    "are between means, and seeds and users are resampled. One whose interval contains 0 is not\n"
    "distinguishable. The attribution says which cases B's gain in ndcg@10 comes from. Won are "
    "users\n"
    "whose target is in the top 10 of B only; of groups, of more than half of the runs.";

static const char *const by_title[COMPARE_ATTRIBUTIONS] = {
    "is the target reachable?", "label of the target", "popularity of the target, head to tail",
    "length of the history"};

static const char *distinguishable(const struct estimate *e)
{
    return estimate_distinguishable(e) ? "" : "  not distinguishable";
}

/* The figures of other slices stand with the attribution. */
static void print_figures(FILE *out, const struct compare *c)
{
    text_printf(out, "%-24s %10s %10s %11s   %s\n", "", "A", "B", "B - A", "95 % interval");
    for (int i = 0; i < c->n; i++) {
        const struct compare_figure *f = &c->figure[i];
        if (f->slice > SLICE_UNREACHABLE)
            continue;
        if (isnan(f->difference.value)) {
            text_printf(out, "%-24s %10s %10s %11s   no such cases\n", f->name, "-", "-", "-");
            continue;
        }
        text_printf(out, "%-24s %10.4f %10.4f %+11.4f   %+.4f .. %+.4f%s\n", f->name, f->a, f->b,
                    f->difference.value, f->difference.lo, f->difference.hi,
                    distinguishable(&f->difference));
    }
}

static void print_share(FILE *out, const char *name, const struct compare_share *a,
                        const struct compare_share *b)
{
    char text[6][16];
    text_printf(out, "  %-24s %9s %9s %6.2f   %9s %9s %6.2f\n", name,
                cli_percent(a->share, text[0]), cli_percent(a->null, text[1]), a->lift,
                cli_percent(b->share, text[2]), cli_percent(b->null, text[3]), b->lift);
}

static void print_labels(FILE *out, const struct compare *c)
{
    text_printf(out,
                "recommendations beside their shuffle null\n  %-24s %9s %9s %6s   %9s %9s %6s\n",
                "", "A", "null", "lift", "B", "null", "lift");
    print_share(out, "one-hop", &c->a.one_hop, &c->b.one_hop);
    for (int l = 0; l < RELATION_LABELS; l++)
        if (c->a.label[l].share > 0 || c->b.label[l].share > 0)
            print_share(out, relation_label_name(l), &c->a.label[l], &c->b.label[l]);
}

static void print_attribution(FILE *out, const struct compare *c, const struct attribution *a)
{
    for (int i = 0; i < a->n; i++) {
        const struct attribution_part *p = &a->part[i];
        char gain[16], share[16];
        if (p->n == 0)
            continue;
        const struct compare_figure *f = compare_of_slice(c, p->slice);
        text_printf(
            out, "  %-24s %8s of cases  %7.4f -> %7.4f  %+.4f (%+.4f .. %+.4f)  %9s of the gain\n",
            slice_name(p->slice), cli_percent(p->share, share), p->a, p->b, p->difference,
            f ? f->difference.lo : (double)NAN, f ? f->difference.hi : (double)NAN,
            cli_percent(p->of_gain, gain));
    }
}

static void print_side(FILE *out, const char *letter, const struct compare_side *side)
{
    text_printf(out, "%s %s", letter, side->name);
    for (size_t i = 0; side->n > 1 && i < side->n; i++)
        text_printf(out, "%s%s", i ? ", " : ": ", side->run[i]->name);
    fputc('\n', out);
}

static void print_text(FILE *out, const struct compare *c)
{
    char key[DEFINITION_TEXT_MAX];
    definition_key(&c->definition, key);
    print_side(out, "A", &c->a);
    print_side(out, "B", &c->b);
    if (!c->only_seeds)
        fputs("the runs of a side differ in more than their seed\n", out);
    text_printf(out, "%s  %s\n", cli_part_name(c->part), key);
    print_figures(out, c);
    print_labels(out, c);
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++) {
        text_printf(out, "ndcg@10 by: %s\n", by_title[by]);
        print_attribution(out, c, &c->attribution[by]);
    }
    text_printf(out,
                "target in the top 10: B only (won) %lld, A only (lost) %lld, both %lld, neither "
                "%lld\n",
                (long long)c->count[COMPARE_WON], (long long)c->count[COMPARE_LOST],
                (long long)c->count[COMPARE_BOTH], (long long)c->count[COMPARE_NEITHER]);
}

/* ---- users ---- */

struct users {
    bool listed;
    enum compare_outcome which; /* COMPARE_OUTCOMES: all */
    int slice;                  /* -1: all */
    int64_t limit;              /* 0: all */
};

static const char *users_name(const struct users *users)
{
    return users->which == COMPARE_OUTCOMES ? "all" : compare_outcome_name[users->which];
}

static struct jval *rank_json(int32_t rank)
{
    return rank ? jval_new_int(rank) : jval_new_null();
}

static struct jval *user_json(struct study *study, const struct compare *c, int64_t at)
{
    const struct dataset *d = study_dataset(study);
    const struct compare_case is = compare_case_at(study, c, at);
    struct jval *o = jval_new_object();
    jval_put_string(o, "user", strtab_get(&d->user_id, is.user));
    jval_put_string(o, "target", strtab_get(&d->item_id, is.target));
    jval_put(o, "a_rank", rank_json(c->a.rank[at]));
    jval_put(o, "b_rank", rank_json(c->b.rank[at]));
    jval_put_int(o, "a_hits", c->a.hits[at]);
    jval_put_int(o, "b_hits", c->b.hits[at]);
    jval_put_bool(o, "reachable", is.reachable);
    jval_put_string(o, "label", is.label);
    return o;
}

static void print_rank(FILE *out, const struct compare_side *s, int64_t at)
{
    char text[32] = "-";
    if (s->rank[at])
        snprintf(text, sizeof text, "%d", (int)s->rank[at]);
    if (s->n > 1)
        text_printf(out, " %6s %3d of %-3zu", text, (int)s->hits[at], s->n);
    else
        text_printf(out, " %6s", text);
}

static void print_users(FILE *out, struct study *study, const struct compare *c,
                        const struct users *users, const int64_t *list, int64_t n, int64_t all)
{
    const struct dataset *d = study_dataset(study);
    text_printf(out, "%s%s%s: %lld of %lld user%s, the clearest first\n", users_name(users),
                users->slice < 0 ? "" : ", ", users->slice < 0 ? "" : slice_name(users->slice),
                (long long)n, (long long)all, plural_s(all));
    text_printf(out, "%-20s%s%s  reachable  label           target\n", "user",
                c->a.n > 1 ? " A rank hits     " : " A rank",
                c->b.n > 1 ? " B rank hits     " : " B rank");
    for (int64_t i = 0; i < n; i++) {
        const struct compare_case is = compare_case_at(study, c, list[i]);
        text_printf(out, "%-20s", strtab_get(&d->user_id, is.user));
        print_rank(out, &c->a, list[i]);
        print_rank(out, &c->b, list[i]);
        text_printf(out, "  %-9s  %-14s  %s\n", is.reachable ? "yes" : "no",
                    is.label ? is.label : "-", cli_item_name(study, is.target));
    }
}

static bool parse_users(const struct cli_args *args, struct users *out, struct error *err)
{
    const char *which = cli_value(args, "users"), *slice = cli_value(args, "slice");
    *out = (struct users){.listed = which || slice,
                          .which = COMPARE_OUTCOMES,
                          .slice = slice ? slice_find(slice) : -1,
                          .limit = 20};
    if (!cli_int(args, "limit", 0, INT64_MAX, &out->limit, err))
        return false;
    for (int i = 0; which && i < COMPARE_OUTCOMES; i++)
        if (strcmp(which, compare_outcome_name[i]) == 0)
            out->which = (enum compare_outcome)i;
    if (which && out->which == COMPARE_OUTCOMES && strcmp(which, "all") != 0)
        return error_set(err, ERROR_USAGE, "--users %s: it is won, lost, both, neither or all",
                         which);
    return !slice || out->slice >= 0 ||
           error_set(err, ERROR_USAGE,
                     "--slice %s: there is no such slice; --json lists those there are", slice);
}

/* ---- the command ---- */

static void print(struct cli *cli, struct study *study, const struct compare *c,
                  const struct users *users)
{
    int64_t *list = NULL, all = 0, n = 0;
    if (users->listed) {
        all = compare_cases(c, users->which, users->slice, &list);
        n = users->limit > 0 && users->limit < all ? users->limit : all;
    }
    if (cli->json) {
        struct jval *o = compare_to_json(c);
        struct jval *rows = jval_new_array();
        for (int64_t i = 0; i < n; i++)
            jval_append(rows, user_json(study, c, list[i]));
        if (users->listed) {
            jval_put_string(o, "users_are", users_name(users));
            if (users->slice >= 0)
                jval_put_string(o, "users_slice", slice_name(users->slice));
            jval_put(o, "users", rows);
        } else {
            jval_free(rows);
        }
        jval_print(o, false, cli->out);
        jval_free(o);
    } else if (users->listed) {
        print_users(cli->out, study, c, users, list, n, all);
    } else {
        print_text(cli->out, c);
    }
    free(list);
}

static bool compare_runs(struct cli *cli, struct study *study, const struct cli_args *args,
                         struct error *err)
{
    enum part part;
    int64_t k = 0;
    struct definition definition;
    struct users users;
    struct compare c;
    const struct study_run **run[2] = {NULL, NULL};
    size_t n[2] = {0, 0};
    if (args->n_rest != 2)
        return error_set(err, ERROR_USAGE,
                         "two runs, or groups of runs such as 'gr-*', are needed; `rote runs` "
                         "lists them");
    bool ok = cli_part(args, &part, err) && cli_int(args, "k", 1, RECS_DEPTH, &k, err) &&
              parse_users(args, &users, err);
    for (int side = 0; ok && side < 2; side++)
        ok = runs_of_word(study, args->rest[side], &run[side], &n[side], err) &&
             (n[side] > 0 || error_set(err, ERROR_USAGE, "\"%s\" names no run", args->rest[side]));
    ok = ok && cli_definition(cli_value(args, "definition"), (int)k, run[0][0], &definition, err) &&
         compare_make(study, run[0], n[0], run[1], n[1], part, &definition, cli->progress, &c, err);
    if (ok) {
        print(cli, study, &c, &users);
        compare_release(&c);
    }
    free(run[0]);
    free(run[1]);
    return ok;
}

int cli_compare(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct study *study = cli_study(cli, false, err);
    bool ok = study && compare_runs(cli, study, args, err);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
