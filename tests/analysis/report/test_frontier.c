/* Groups of seeds, the frontier, curves, and comparisons of groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/compare.h"
#include "analysis/report/curves.h"
#include "analysis/report/eval.h"
#include "analysis/report/frontier.h"
#include "analysis/report/train.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "storage/export/svg.h"
#include "tests/analysis/report/studies.h"

static struct study *study;
static char *dir;
static const struct study_run *markov, *popularity, *seed[2];
static struct definition last;
static struct compare single; /* markov against popularity */

/* A run that has the lists of another one, as if it had been trained with that seed. */
static const struct study_run *copy_run(const char *name, int64_t number,
                                        const struct study_run *from)
{
    struct error err = {0};
    char *options = mem_printf("{\"seed\": %d, \"width\": 8}", (int)number);
    struct run_info wanted = {.name = (char *)(uintptr_t)name,
                              .model = (char *)(uintptr_t) "sasrec",
                              .options_json = options,
                              .state = (char *)(uintptr_t) "done",
                              .seed = number};
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    int64_t id = 0;
    if (!ws || !run_create(ws, &wanted, &id, &err))
        fail_msg("%s", err.text);
    char *folder = mem_printf("%s/runs/%d", dir, (int)id);
    const struct case_list *cases = &study_split(study)->part[PART_TEST];
    struct run_recs recs = {.n_cases = cases->n,
                            .depth = from->recs[PART_TEST].depth,
                            .user = cases->user,
                            .position = cases->position,
                            .item = from->recs[PART_TEST].item};
    if (!run_recs_write(folder, "test", study_dataset(study)->fingerprint, &recs, &err) ||
        !run_recs_register(ws, id, "test", &err))
        fail_msg("%s", err.text);
    struct run_event events[] = {
        {1, 1, "start", "{}"},
        {2, 2, "epoch", "{\"epoch\": 1, \"loss\": 5.5, \"recall@10\": 0.1, \"best\": true}"},
        {3, 3, "epoch",
         "{\"epoch\": 2, \"loss\": 4.5, \"recall@10\": 0.2, \"one_hop\": 0.3, "
         "\"one_hop_shuffle\": 0.05, \"extraction\": 0.25, \"best\": true}"},
        {4, 4, "epoch", "{\"epoch\": 2, \"loss\": 99}"},
        {5, 5, "epoch", "not JSON"},
        {6, 6, "epoch", "{\"epoch\": 3, \"loss\": null, \"recall@10\": 0.15, \"best\": false}"},
    };
    assert_true(run_events_append(ws, id, events, ARRAY_LEN(events), &err));
    workspace_close(ws);
    free(folder);
    free(options);
    assert_true(study_runs_refresh(study, &err));
    return study_run_by_id(study, id);
}

static int open_all(void **state)
{
    (void)state;
    static const char *const paths[] = {SAMPLE_DATA "/wayside.inter", SAMPLE_DATA "/wayside.item",
                                        NULL};
    study = study_of_files(paths, &dir);
    struct reference_run wanted = {.kind = REFERENCE_MARKOV};
    struct error err = {0};
    if (!train_reference(study, &wanted, NULL, &markov, &err))
        fail_msg("%s", err.text);
    wanted.kind = REFERENCE_POPULARITY;
    if (!train_reference(study, &wanted, NULL, &popularity, &err))
        fail_msg("%s", err.text);
    seed[0] = copy_run("sas-iirg-1", 1, markov);
    seed[1] = copy_run("sas-iirg-2", 2, popularity);
    last = definition_last();
    if (!compare_make(study, &popularity, 1, &markov, 1, PART_TEST, &last, NULL, &single, &err))
        fail_msg("%s", err.text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    compare_release(&single);
    remove_study(study, dir);
    return 0;
}

/* ---- groups ---- */

static struct study_run made(const char *name, int64_t number, const char *options)
{
    return (struct study_run){.name = name,
                              .model = "gr",
                              .strategy = "iirg+goldfish:k=3",
                              .options_json = options,
                              .seed = number};
}

static void runs_that_differ_only_in_their_seed_are_a_group(void **state)
{
    (void)state;
    struct study_run run[] = {
        made("a", 1, "{\"seed\": 1, \"width\": 64}"),
        made("b", 1, "{\"seed\": 1, \"width\": 32}"),
        made("c", 2, "{\"width\": 64, \"seed\": 2}"),
        made("d", 2, "{\"seed\": 2, \"width\": 64}"), /* the seed of c again: a run of its own */
        made("e", 3, "{\"seed\": 3, \"width\": 64}"),
        made("f", 3, "{\"seed\": 3, \"width\": 64}"),
    };
    run[5].strategy = "next-item";
    const struct study_run *runs[ARRAY_LEN(run)];
    for (size_t i = 0; i < ARRAY_LEN(run); i++)
        runs[i] = &run[i];
    struct run_groups g;
    run_groups_make(NULL, runs, ARRAY_LEN(run), &g);
    assert_int_equal(g.n, 4);
    assert_int_equal(g.group[0].n, 3);
    assert_ptr_equal(g.group[0].run[1], &run[2]);
    assert_ptr_equal(g.group[0].run[2], &run[4]);
    assert_string_equal(g.group[0].name, "gr iirg+goldfish:k=3");
    assert_ptr_equal(g.group[1].run[0], &run[1]);
    assert_string_equal(g.group[1].name, "b");
    assert_ptr_equal(g.group[2].run[0], &run[3]);
    run_groups_release(&g);
    assert_true(run_same_but_seed(NULL, runs[0], runs[2]));
    assert_false(run_same_but_seed(NULL, runs[2], runs[3]));
    assert_false(run_same_but_seed(NULL, runs[0], runs[1]));
}

/* An ensemble's seeds are those of its members. */
static void ensembles_of_seeds_are_a_group(void **state)
{
    (void)state;
    struct study_run run[] = {
        made("ens-1", 0,
             "{\"memorizer\": \"sas-iirg-1\", \"generalizer\": \"popularity\", \"k\": 5}"),
        made("ens-2", 0,
             "{\"memorizer\": \"sas-iirg-2\", \"generalizer\": \"popularity\", \"k\": 9}"),
        made("other", 0, "{\"memorizer\": \"sas-iirg-2\", \"generalizer\": \"markov\", \"k\": 9}"),
        made("lost", 0, "{\"memorizer\": \"deleted\", \"generalizer\": \"popularity\", \"k\": 9}"),
    };
    const struct study_run *const runs[] = {&run[0], &run[1], &run[2], &run[3]};
    struct run_groups g;
    run_groups_make(study, runs, 4, &g);
    assert_int_equal(g.n, 3);
    assert_int_equal(g.group[0].n, 2);
    assert_string_equal(g.group[0].name, "ens");
    run_groups_release(&g);
    run_groups_make(study, &runs[1], 1, &g);
    assert_int_equal(g.n, 1);
    run_groups_release(&g);
    assert_false(run_same_but_seed(study, runs[1], runs[1]));
    /* by their numbers, whatever they are called */
    const struct study_run *counted = study_run_named(study, "markov");
    char *text = mem_printf("{\"memorizer\": \"popularity\", \"memorizer_run\": %lld, "
                            "\"generalizer\": \"popularity\", \"generalizer_run\": 999}",
                            (long long)counted->id);
    struct jval *options = jval_parse(text, strlen(text), NULL);
    assert_ptr_equal(run_member(study, options, "memorizer"), counted);
    assert_null(run_member(study, options, "generalizer"));
    jval_free(options);
    free(text);
}

static void a_group_is_called_what_its_runs_have_in_common(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *name;
    } want[] = {
        {"gr-iirg-1", "gr-iirg-2", "gr-iirg"},         {"sasrec", "sasrec-2", "sasrec"},
        {"gr-iirg-1", "gr-iirg-10", "gr-iirg"},        {"gr-k3-1", "gr-k3-2", "gr-k3"},
        {"gr-next-seed1", "gr-next-seed2", "gr-next"}, {"gr.s1", "gr.s12", "gr"},
        {"x1", "y2", "gr iirg+goldfish:k=3"},
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        struct study_run a = made(want[i].a, 1, "{}"), b = made(want[i].b, 2, "{}");
        const struct study_run *const runs[] = {&a, &b};
        char *name = run_group_name(runs, 2);
        assert_string_equal(name, want[i].name);
        free(name);
    }
}

/* ---- the frontier ---- */

static void what_nothing_beats_on_both_is_on_the_frontier(void **state)
{
    (void)state;
    static const struct {
        double excess, accuracy;
        bool best;
    } want[] = {{0.10, 0.05, true}, {0.20, 0.06, true}, {0.20, 0.055, false}, {0.15, 0.04, false},
                {0.05, 0.01, true}, {0.10, 0.05, true}, /* the same twice: neither beats */
                {0.30, 0.06, false}};
    enum { N = ARRAY_LEN(want) };
    struct study_run run[N + 1];
    struct frontier_run figures[N + 1];
    for (int i = 0; i <= N; i++) {
        run[i] = made("a", 1, "{}");
        figures[i] = (struct frontier_run){.run = &run[i], .accuracy = NAN, .excess = 0};
        if (i < N)
            figures[i].excess = want[i].excess, figures[i].accuracy = want[i].accuracy;
    }
    struct frontier f;
    frontier_of(NULL, figures, N + 1, "recall@10", &f);
    assert_int_equal(f.n, N); /* the unknown one is left out */
    for (int i = 0; i < N; i++)
        assert_int_equal(f.point[i].best, want[i].best);
    frontier_release(&f);
    frontier_of(NULL, NULL, 0, "recall@10", &f);
    assert_int_equal(f.n, 0);
    frontier_release(&f);
}

static void the_frontier_says_what_the_evaluations_say(void **state)
{
    (void)state;
    const struct study_run *const runs[] = {popularity, markov, seed[0], seed[1]};
    struct frontier f;
    struct eval e[2];
    struct error err = {0};
    if (!frontier_make(study, runs, 4, PART_TEST, &last, "ndcg@10", NULL, &f, &err))
        fail_msg("%s", err.text);
    assert_true(eval_get(study, markov, PART_TEST, &last, NULL, &e[0], &err));
    assert_true(eval_get(study, popularity, PART_TEST, &last, NULL, &e[1], &err));
    assert_int_equal(f.n, 3);
    const struct figure *ndcg = eval_find(&e[0], "metrics.ndcg@10");
    const struct frontier_point *m = &f.point[1], *group = &f.point[2];
    assert_string_equal(m->name, "markov");
    assert_true(m->reference && m->n == 1);
    assert_true(m->accuracy.value == ndcg->value && m->accuracy.lo == ndcg->lo);
    double excess[2], accuracy[2];
    for (int i = 0; i < 2; i++) {
        excess[i] = eval_value(&e[i], "one_hop_ratio.excess");
        accuracy[i] = eval_value(&e[i], "metrics.ndcg@10");
        eval_release(&e[i]);
    }
    assert_true(m->excess.value == excess[0] && m->excess.lo < excess[0]);
    assert_string_equal(group->name, "sas-iirg");
    assert_true(!group->reference && group->n == 2);
    assert_true(fabs(group->excess.value - (excess[0] + excess[1]) / 2) < 1e-9);
    assert_true(fabs(group->accuracy.value - (accuracy[0] + accuracy[1]) / 2) < 1e-9);
    /* of two seeds that differ so much, one is drawn twice half of the time */
    assert_true(group->accuracy.lo < accuracy[1] + 0.01 && group->accuracy.hi > accuracy[0] - 0.01);
    assert_true(group->excess.lo < excess[1] + 0.01 && group->excess.hi > excess[0] - 0.01);
    struct plot *plot = frontier_plot(study, &f);
    struct buf picture;
    buf_init(&picture);
    svg_write(plot, false, &picture);
    static const char *const words[] = {">markov<",   ">popularity<",
                                        ">sas-iirg<", ">ndcg@10<",
                                        "pred=last",  "over seeds where there are several"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_non_null(strstr(picture.data, words[i]));
    buf_release(&picture);
    plot_free(plot);
    frontier_release(&f);
    assert_false(frontier_make(study, runs, 4, PART_TEST, &last, "recall@7", NULL, &f, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_false(frontier_make(study, &seed[0], 1, PART_VALID, &last, "mrr@5", NULL, &f, &err));
    assert_non_null(strstr(err.text, "sas-iirg-1"));
}

/* ---- curves ---- */

static void curves_are_what_the_epochs_told(void **state)
{
    (void)state;
    struct curve c[2], none;
    struct error err = {0};
    for (int i = 0; i < 2; i++)
        assert_true(curve_read(study, seed[i], &c[i], &err));
    assert_int_equal(c[0].n, 3);
    assert_int_equal(c[0].kept, 2);
    assert_true(c[0].epoch[1].loss == 4.5 && c[0].epoch[1].one_hop_shuffle == 0.05);
    assert_true(isnan(c[0].epoch[0].one_hop) && isnan(c[0].epoch[2].loss));
    assert_true(curve_read(study, markov, &none, &err));
    assert_int_equal(none.n, 0);
    for (size_t n = 1; n <= 2; n++) {
        struct plot *plot = curves_plot(study, c, n);
        struct buf picture;
        buf_init(&picture);
        svg_write(plot, false, &picture);
        assert_non_null(strstr(picture.data, n == 1 ? ">held-out<" : ">sas-iirg-2<"));
        assert_null(strstr(picture.data, "nan"));
        buf_release(&picture);
        plot_free(plot);
    }
    for (int i = 0; i < 2; i++)
        curve_release(&c[i]);
    curve_release(&none);
}

/* ---- comparisons ---- */

static void a_group_is_compared_by_its_mean(void **state)
{
    (void)state;
    struct compare c;
    struct error err = {0};
    if (!compare_make(study, &popularity, 1, seed, 2, PART_TEST, &last, NULL, &c, &err))
        fail_msg("%s", err.text);
    assert_true(c.only_seeds && c.b.n == 2);
    assert_string_equal(c.b.name, "sas-iirg");
    for (int i = 0; i < c.n; i++) {
        const struct compare_figure *f = &c.figure[i], *s = compare_find(&single, f->name);
        /* half of its runs are popularity's own lists */
        assert_non_null(s);
        assert_true(fabs(f->difference.value - s->difference.value / 2) < 1e-9);
        assert_true(fabs(f->b - f->a - f->difference.value) < 1e-9);
        assert_true(f->difference.lo <= fmin(0, s->difference.value) + 1e-9);
        assert_true(f->difference.hi >= fmax(0, s->difference.value) - 1e-9);
    }
    const struct compare_figure *excess = compare_find(&single, "one_hop_excess");
    double a = single.a.one_hop.share - single.a.one_hop.null;
    double b = single.b.one_hop.share - single.b.one_hop.null;
    assert_true(fabs(excess->a - a) < 1e-9 && fabs(excess->b - b) < 1e-9);
    int memorization = relation_label_find("memorization");
    assert_true(fabs(compare_find(&single, "labels.memorization")->b -
                     single.b.label[memorization].share) < 1e-9);
    assert_true(
        fabs(c.b.label[memorization].share -
             (single.a.label[memorization].share + single.b.label[memorization].share) / 2) < 1e-9);
    /* a target that one of two runs has is in no more than half of them */
    for (int64_t i = 0; i < c.n_cases; i++) {
        bool both = single.outcome[i] == COMPARE_BOTH;
        assert_int_equal(c.b.hits[i], both ? 2 : single.outcome[i] != COMPARE_NEITHER);
        assert_int_equal(c.outcome[i] == COMPARE_BOTH, both);
        assert_int_not_equal(c.outcome[i], COMPARE_WON);
    }
    compare_release(&c);
}

static void every_slice_of_the_attribution_has_its_interval(void **state)
{
    (void)state;
    const struct compare *c = &single;
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++)
        for (int i = 0; i < c->attribution[by].n; i++) {
            const struct attribution_part *p = &c->attribution[by].part[i];
            char *name = mem_printf("%s.ndcg@10", slice_name(p->slice));
            const struct compare_figure *f = compare_find(c, name);
            free(name);
            if (p->n == 0)
                continue;
            assert_non_null(f);
            assert_true(fabs(f->difference.value - p->difference) < 1e-9);
            assert_true(fabs(f->a - p->a) < 1e-9 && fabs(f->b - p->b) < 1e-9);
        }
}

static void won_and_lost_are_listed_the_clearest_first(void **state)
{
    (void)state;
    const struct compare *c = &single;
    for (int o = 0; o < COMPARE_OUTCOMES; o++) {
        int64_t *list, in_slice = 0, n = compare_cases(c, (enum compare_outcome)o, -1, &list);
        assert_int_equal(n, c->count[o]);
        for (int64_t i = 0; i < n; i++) {
            int32_t a = c->a.rank[list[i]], b = c->b.rank[list[i]];
            bool in_a = a >= 1 && a <= 10, in_b = b >= 1 && b <= 10;
            assert_int_equal(c->outcome[list[i]], o);
            assert_int_equal(o, in_a && in_b ? COMPARE_BOTH
                                : in_a       ? COMPARE_LOST
                                : in_b       ? COMPARE_WON
                                             : COMPARE_NEITHER);
            if (o == COMPARE_WON && i > 0)
                assert_true(c->b.rank[list[i - 1]] <= b);
            in_slice += c->slices[list[i]] >> SLICE_REACHABLE & 1;
        }
        free(list);
        assert_int_equal(compare_cases(c, (enum compare_outcome)o, SLICE_REACHABLE, &list),
                         in_slice);
        free(list);
    }
    struct error err = {0};
    struct compare none;
    assert_false(
        compare_make(study, &popularity, 1, seed, 2, PART_VALID, &last, NULL, &none, &err));
    assert_non_null(strstr(err.text, "sas-iirg-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_that_differ_only_in_their_seed_are_a_group),
        cmocka_unit_test(ensembles_of_seeds_are_a_group),
        cmocka_unit_test(a_group_is_called_what_its_runs_have_in_common),
        cmocka_unit_test(what_nothing_beats_on_both_is_on_the_frontier),
        cmocka_unit_test(the_frontier_says_what_the_evaluations_say),
        cmocka_unit_test(curves_are_what_the_epochs_told),
        cmocka_unit_test(a_group_is_compared_by_its_mean),
        cmocka_unit_test(every_slice_of_the_attribution_has_its_interval),
        cmocka_unit_test(won_and_lost_are_listed_the_clearest_first),
    };
    return cmocka_run_group_tests_name("frontier", tests, open_all, close_all);
}
