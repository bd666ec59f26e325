/* rote compare: two runs on the same cases. */
#include <math.h>

#include "analysis/metric/slices.h"
#include "analysis/report/compare.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"

const struct cli_option cli_compare_options[] = {
    {"definition", 'd', "D", "what counts as reachable and as one-hop (default last)"},
    {"k", 'k', "K", "how deep in the list (default: the definition's)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_compare_details[] =
    "Differences are B - A, paired by user, with 95 % intervals; one whose interval contains 0 is "
    "not\n"
    "distinguishable. The attribution says which cases B's gain in ndcg@10 comes from.";

static void print_figures(FILE *out, const struct compare *c)
{
    fprintf(out, "%-24s %10s %10s %11s   %s\n", "", c->a->name, c->b->name, "difference",
            "95 % interval");
    for (int i = 0; i < c->n; i++) {
        const struct compare_figure *f = &c->figure[i];
        if (isnan(f->difference.value)) {
            fprintf(out, "%-24s %10s %10s %11s   no such cases\n", f->name, "-", "-", "-");
            continue;
        }
        fprintf(out, "%-24s %10.4f %10.4f %+11.4f   %+.4f .. %+.4f%s\n", f->name, f->a, f->b,
                f->difference.value, f->difference.lo, f->difference.hi,
                estimate_distinguishable(&f->difference) ? "" : "  not distinguishable");
    }
}

static void print_attribution(FILE *out, const struct compare *c, const struct attribution *a)
{
    for (int i = 0; i < a->n; i++) {
        const struct attribution_part *p = &a->part[i];
        char gain[16], share[16];
        if (p->n == 0)
            continue;
        fprintf(out, "  %-24s %8s of cases  %7.4f -> %7.4f  %9s of %s's gain\n",
                slice_name(p->slice), cli_percent(p->share, share), p->a, p->b,
                cli_percent(p->of_gain, gain), c->b->name);
    }
}

static void print_text(FILE *out, const struct compare *c)
{
    static const char *const title[COMPARE_ATTRIBUTIONS] = {
        "is the target reachable?", "label of the target", "popularity of the target, head to tail",
        "length of the history"};
    char key[DEFINITION_TEXT_MAX];
    definition_key(&c->definition, key);
    fprintf(out, "%s against %s  %s  %s\n", c->b->name, c->a->name, cli_part_name(c->part), key);
    print_figures(out, c);
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++) {
        fprintf(out, "ndcg@10 by: %s\n", title[by]);
        print_attribution(out, c, &c->attribution[by]);
    }
    fprintf(out, "target in the top 10: %s only %lld, %s only %lld, both %lld, neither %lld\n",
            c->b->name, (long long)c->won, c->a->name, (long long)c->lost, (long long)c->both,
            (long long)c->neither);
}

static bool compare_runs(struct cli *cli, struct study *study, const struct cli_args *args,
                         struct error *err)
{
    enum part part;
    int64_t k = 0;
    struct definition definition;
    struct compare c;
    if (args->n_rest != 2)
        return error_set(err, ERROR_USAGE, "two runs are needed; `rote runs` lists them");
    const struct study_run *a = study_run_find(study, args->rest[0], err);
    const struct study_run *b = a ? study_run_find(study, args->rest[1], err) : NULL;
    if (!b || !cli_part(args, &part, err) || !cli_int(args, "k", 1, RECS_DEPTH, &k, err) ||
        !cli_definition(cli_value(args, "definition"), (int)k, a, &definition, err) ||
        !compare_make(study, a, b, part, &definition, cli->progress, &c, err))
        return false;
    if (cli->json) {
        struct jval *o = compare_to_json(&c);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else {
        print_text(cli->out, &c);
    }
    return true;
}

int cli_compare(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct study *study = cli_study(cli, true, err);
    bool ok = study && compare_runs(cli, study, args, err);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
