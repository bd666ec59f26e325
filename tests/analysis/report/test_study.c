/*
 * A study of the sample data from end to end: train, label, evaluate, look at cases. What one
 * function says must be what another says, and what a direct count over the sequences says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/report/audit_report.h"
#include "analysis/report/case_view.h"
#include "analysis/report/compare.h"
#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "analysis/report/users.h"
#include "analysis/report/what_if.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "storage/db/workspace.h"
#include "tests/analysis/report/studies.h"

static struct study *study;
static char *dir;
static const struct study_run *markov;
static struct definition last;

static int open_all(void **state)
{
    (void)state;
    static const char *const paths[] = {SAMPLE_DATA "/wayside.inter", SAMPLE_DATA "/wayside.item",
                                        NULL};
    study = study_of_files(paths, &dir);
    struct reference_run wanted = {.kind = REFERENCE_MARKOV, .name = "m"};
    struct error err = {0};
    if (!train_reference(study, &wanted, NULL, &markov, &err))
        fail_msg("%s", err.text);
    last = definition_last();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    remove_study(study, dir);
    return 0;
}

/* Occurrences of items[0..n-1] in training, counted one by one. */
static int64_t count_naively(const int32_t *items, int32_t n)
{
    const struct corpus *c = study_corpus(study);
    int64_t count = 0;
    for (int32_t u = 0; u < c->n_users; u++) {
        int32_t end = study_split(study)->train_end[u];
        for (int32_t at = 0; at + n <= end; at++)
            count += memcmp(corpus_sequence(c, u) + at, items, (size_t)n * sizeof *items) == 0;
    }
    return count;
}

static void a_finished_run_has_labelled_lists_for_both_parts(void **state)
{
    (void)state;
    assert_string_equal(markov->state, "done");
    assert_string_equal(markov->name, "m");
    for (int part = 0; part < 2; part++) {
        assert_true(markov->has[part]);
        assert_int_equal(markov->recs[part].n_cases, study_split(study)->part[part].n);
        assert_int_equal(markov->recs[part].depth, RECS_DEPTH);
        assert_non_null(markov->relation[part]);
        assert_non_null(markov->verbatim[part]);
        assert_non_null(markov->one_hop[part]);
        size_t n, with = 0;
        const struct study_run *run, **runs = study_runs_with_lists(study, (enum part)part, &n);
        for (size_t i = 0; (run = study_run_at(study, i)); i++)
            if (run->has[part])
                assert_ptr_equal(runs[with++], run);
        assert_int_equal(with, n);
        assert_true(n > 0);
        free(runs);
    }
    assert_ptr_equal(study_run_named(study, "m"), markov);
    assert_null(study_run_named(study, "mm"));
}

/* Against the sum over the edges of the history. */
static void check_one_hop(const struct study_run *run)
{
    const struct case_list *cases = &study_split(study)->part[PART_TEST];
    const struct edges *edges = study_edges(study, TRAINED_ON_TRAIN, NULL);
    for (int64_t at = 0; at < cases->n; at += 31)
        for (int32_t i = 0; i < RECS_DEPTH; i++) {
            const int32_t *history = corpus_sequence(study_corpus(study), cases->user[at]);
            int32_t item = recs_row(&run->recs[PART_TEST], at)[i];
            bool found = false;
            for (int32_t h = 0; item >= 0 && h < cases->position[at]; h++)
                found |= edges_count(edges, history[h], item) > 0;
            assert_int_equal(run->one_hop[PART_TEST][at * RECS_DEPTH + i], found);
        }
}

static void format_code(uint16_t code, char text[RUN_LABEL_TEXT_MAX])
{
    snprintf(text, RUN_LABEL_TEXT_MAX, "%u", code);
}

/* Labels that an older version stored have no "one_hop": the lists count as not labelled, and
 * labelling them adds it. */
static void labels_of_older_versions_are_completed(void **state)
{
    (void)state;
    struct error err = {0};
    check_one_hop(markov);
    struct run_labels old = {.n_cases = markov->recs[PART_TEST].n_cases,
                             .depth = markov->recs[PART_TEST].depth,
                             .relation = markov->relation[PART_TEST],
                             .verbatim = markov->verbatim[PART_TEST]};
    struct workspace *ws = study_lock(study);
    assert_true(
        run_labels_write(ws, markov->id, "test", "train", &old, format_code, NULL, 0, &err));
    study_unlock(study);
    struct study *again;
    assert_true(study_open(dir, false, NULL, &again, &err));
    const struct study_run *run = study_run_by_id(again, markov->id);
    assert_non_null(run->relation[PART_TEST]);
    assert_false(study_run_is_labelled(run, PART_TEST));
    assert_true(label_run(again, run, PART_TEST, NULL, &err));
    run = study_run_by_id(again, markov->id);
    assert_true(study_run_is_labelled(run, PART_TEST));
    check_one_hop(run);
    study_close(again);
}

static void a_case_says_what_a_count_over_the_sequences_says(void **state)
{
    (void)state;
    for (int32_t user = 0; user < 400; user += 57) {
        struct case_view v;
        struct error err = {0};
        if (!case_view_make(study, user, PART_TEST, &markov, 1, &last, &v, &err))
            fail_msg("%s", err.text);
        for (int32_t i = 0; i < 12; i++) {
            const struct case_rec *r = &v.run[0].rec[i];
            int32_t pattern[64];
            int32_t n = r->verbatim;
            assert_in_range(n, 1, 60);
            for (int32_t k = 0; k < n - 1; k++)
                pattern[k] = v.history[v.n_history - (n - 1) + k];
            pattern[n - 1] = r->item;
            assert_int_equal(count_naively(pattern, n), r->occurrences);
            if (n - 1 < v.n_history) { /* and one item more never occurs */
                memmove(pattern + 1, pattern, (size_t)n * sizeof *pattern);
                pattern[0] = v.history[v.n_history - n];
                assert_int_equal(count_naively(pattern, n + 1), 0);
            }
            enum badge wanted = r->in_history  ? BADGE_REPEAT
                                : n >= 3       ? BADGE_VERBATIM
                                : n == 2       ? BADGE_LAST
                                : r->any_count ? BADGE_ANY
                                : relation_class(r->relation) == RELATION_GENERALIZATION
                                    ? BADGE_RELATED
                                    : BADGE_NONE;
            assert_int_equal(r->badge, wanted);
            assert_int_equal(r->counted, n >= 2); /* under `last` */
        }
        case_view_release(&v);
    }
}

static void evidence_shows_the_match_it_speaks_of(void **state)
{
    (void)state;
    struct case_view v;
    struct evidence_list e;
    assert_true(case_view_make(study, 3, PART_TEST, &markov, 1, &last, &v, NULL));
    const struct case_rec *r = &v.run[0].rec[0];
    assert_true(r->verbatim >= 2);
    assert_true(evidence_make(study, TRAINED_ON_TRAIN, &v, r, 1000, &e, NULL));
    assert_int_equal(e.total, r->occurrences);
    assert_int_equal(e.total_users, r->users);
    assert_int_equal(e.n, e.total);
    for (size_t i = 0; i < e.n; i++) {
        const int32_t *s = corpus_sequence(study_corpus(study), e.line[i].user);
        assert_int_equal(e.line[i].length, r->verbatim);
        assert_int_equal(s[e.line[i].start + e.line[i].length - 1], r->item);
        assert_int_equal(s[e.line[i].start + e.line[i].length - 2], v.history[v.n_history - 1]);
        assert_true(e.line[i].start + e.line[i].length <= e.line[i].sequence_length);
    }
    evidence_release(&e);
    case_view_release(&v);
}

static void users_without_a_case_are_named_as_such(void **state)
{
    (void)state;
    struct case_view v;
    struct error err = {0};
    assert_false(case_view_make(study, -1, PART_TEST, &markov, 1, &last, &v, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void the_users_table_and_the_evaluation_agree(void **state)
{
    (void)state;
    struct user_table t;
    struct eval e;
    struct error err = {0};
    assert_true(user_table_make(study, PART_TEST, &markov, 1, &last, NULL, &t, &err));
    assert_true(eval_get(study, markov, PART_TEST, &last, NULL, &e, &err));
    double ratio = 0, reachable = 0, recall = 0, n = 0;
    for (int32_t u = 0; u < t.n_users; u++) {
        if (t.reachable[u] < 0)
            continue;
        n++;
        ratio += (double)t.run[0].memorized[u];
        reachable += t.reachable[u];
        recall += t.run[0].rank[u] >= 1 && t.run[0].rank[u] <= 10;
    }
    assert_true(fabs(ratio / n - eval_value(&e, "one_hop_ratio.observed")) < 1e-6);
    assert_true(fabs(reachable / n - eval_value(&e, "reachable_target.value")) < 1e-9);
    assert_true(fabs(recall / n - eval_value(&e, "metrics.recall@10")) < 1e-9);
    eval_release(&e);
    user_table_release(&t);
}

static void figures_are_stored_under_their_definition(void **state)
{
    (void)state;
    struct definition d;
    struct eval first, second;
    assert_true(definition_parse("last,k=3", &d, NULL));
    assert_true(eval_stored(study, markov, PART_TEST, &d, &first, NULL));
    assert_int_equal(first.n, 0);
    assert_true(eval_get(study, markov, PART_TEST, &d, NULL, &first, NULL));
    assert_true(eval_stored(study, markov, PART_TEST, &d, &second, NULL));
    assert_int_equal(first.n, second.n);
    assert_true(first.n > 100);
    for (size_t i = 0; i < first.n; i++) {
        const struct figure *a = &first.figure[i], *b = &second.figure[i];
        assert_string_equal(a->name, b->name);
        assert_true((isnan(a->value) && isnan(b->value)) ||
                    !(a->value < b->value || a->value > b->value));
    }
    eval_release(&first);
    eval_release(&second);
}

static void the_json_of_an_evaluation_has_its_fixed_keys(void **state)
{
    (void)state;
    struct eval e;
    assert_true(eval_get(study, markov, PART_TEST, &last, NULL, &e, NULL));
    struct jval *o = eval_to_json(study, &e);
    assert_string_equal(jval_string(jval_get(o, "run")), "m");
    const struct jval *recall = jval_get(jval_get(o, "metrics"), "recall@10");
    double value = jval_real(jval_get(recall, "value"), -1);
    assert_true(jval_real(jval_get(recall, "lo"), 2) <= value);
    assert_true(jval_real(jval_get(recall, "hi"), -2) >= value);
    const struct jval *ratio = jval_get(o, "one_hop_ratio");
    double observed = jval_real(jval_get(ratio, "observed"), -1);
    double shuffled = jval_real(jval_get(jval_get(jval_get(ratio, "null"), "shuffle"), "mean"), -1);
    assert_true(observed > 0 && shuffled > 0);
    assert_true(fabs(jval_real(jval_get(ratio, "excess"), -1) - (observed - shuffled)) < 1e-9);
    const struct jval *target = jval_get(o, "reachable_target");
    assert_true(jval_real(jval_get(target, "value"), -1) > 0);
    assert_non_null(jval_get(jval_get(target, "band"), "optimistic"));
    const struct jval *label = jval_get(jval_get(o, "labels"), "memorization");
    assert_true(jval_real(jval_get(label, "recommendations"), -1) > 0);
    assert_true(jval_real(jval_get(label, "targets"), -1) > 0);
    assert_non_null(jval_get(label, "lift"));
    assert_non_null(jval_get(jval_get(o, "slices"), "reachable"));
    assert_string_equal(jval_string(jval_get(jval_get(o, "definition"), "pred")), "last");
    jval_free(o);
    eval_release(&e);
}

static void what_if_counts_without_the_user(void **state)
{
    (void)state;
    struct case_view v;
    struct evidence_list e;
    assert_true(case_view_make(study, 3, PART_TEST, &markov, 1, &last, &v, NULL));
    assert_true(evidence_make(study, TRAINED_ON_TRAIN, &v, &v.run[0].rec[0], 1, &e, NULL));
    struct what_if_question q = {.run = markov,
                                 .history = v.history,
                                 .n_history = v.n_history,
                                 .item = v.run[0].rec[0].item,
                                 .user = e.line[0].user,
                                 .k = 10,
                                 .carriers = true};
    struct what_if w;
    assert_true(what_if_ask(study, &q, NULL, &w, NULL));
    assert_true(w.own);
    assert_int_equal(w.rank, 1);
    bool carried = false; /* carriers are those whose absence removes it */
    for (int64_t i = 0; i < w.carriers.n; i++)
        carried = carried || w.carriers.user[i] == q.user;
    assert_int_equal(carried, w.rank_without == 0);
    what_if_release(&w);
    evidence_release(&e);
    case_view_release(&v);
}

/* Every cell counted anew, case by case. */
static int64_t count_cell(const struct compare *c, int outcome, int slice)
{
    int64_t n = 0;
    for (int64_t i = 0; i < c->n_cases; i++)
        n += (outcome == COMPARE_OUTCOMES || c->outcome[i] == outcome) &&
             (slice < 0 || (c->slices[i] >> slice & 1));
    return n;
}

static void lists_every_cell(const struct compare *c, int slice)
{
    for (int outcome = 0; outcome <= COMPARE_OUTCOMES; outcome++) {
        int64_t *list, wanted = count_cell(c, outcome, slice);
        int64_t n = compare_cases(c, (enum compare_outcome)outcome, slice, &list);
        assert_int_equal(n, wanted);
        assert_int_equal(compare_count(c, (enum compare_outcome)outcome, slice), wanted);
        for (int64_t i = 0; i < n; i++) {
            assert_true(outcome == COMPARE_OUTCOMES || c->outcome[list[i]] == outcome);
            assert_true(slice < 0 || (c->slices[list[i]] >> slice & 1));
        }
        free(list);
    }
}

static void slices_have_their_users_and_figures(const struct compare *c)
{
    int64_t reachable = 0, quintiles = 0, lengths = 0;
    lists_every_cell(c, -1);
    for (int i = 0; i < c->n_slices; i++) {
        const struct compare_slice *s = &c->slice[i];
        const struct compare_figure *f = compare_of_slice(c, s->slice);
        lists_every_cell(c, s->slice);
        assert_true(s->n > 0 || s->slice <= SLICE_UNREACHABLE);
        assert_non_null(f);
        assert_int_equal(f->slice, s->slice);
        reachable += s->slice <= SLICE_UNREACHABLE ? s->n : 0;
        quintiles += s->slice >= SLICE_QUINTILE && s->slice < SLICE_LENGTH ? s->n : 0;
        lengths += s->slice >= SLICE_LENGTH ? s->n : 0;
    }
    assert_int_equal(reachable, c->n_cases);
    assert_int_equal(quintiles, c->n_cases);
    assert_int_equal(lengths, c->n_cases);
    for (int s = 0; s < SLICES; s++)
        assert_int_equal(slice_find(slice_name(s)), s);
    assert_int_equal(slice_find("history:"), -1);
}

static void comparing_sums_up_and_a_run_equals_itself(void **state)
{
    (void)state;
    struct reference_run wanted = {.kind = REFERENCE_POPULARITY, .name = "p"};
    const struct study_run *popularity;
    struct compare c, same;
    assert_true(train_reference(study, &wanted, NULL, &popularity, NULL));
    assert_true(compare_make(study, &popularity, 1, &markov, 1, PART_TEST, &last, NULL, &c, NULL));
    int64_t cases = 0;
    for (int i = 0; i < COMPARE_OUTCOMES; i++)
        cases += c.count[i];
    assert_int_equal(cases, study_split(study)->part[PART_TEST].n);
    for (int i = 0; i < c.n; i++) {
        const struct compare_figure *f = &c.figure[i];
        assert_true(fabs(f->b - f->a - f->difference.value) < 1e-9);
        assert_true(f->difference.lo <= f->difference.value);
        assert_true(f->difference.hi >= f->difference.value);
    }
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++) {
        double sum = 0;
        for (int i = 0; i < c.attribution[by].n; i++)
            sum += c.attribution[by].part[i].contribution;
        assert_true(fabs(sum - c.attribution[by].difference) < 1e-9);
    }
    slices_have_their_users_and_figures(&c);
    assert_true(compare_make(study, &markov, 1, &markov, 1, PART_TEST, &last, NULL, &same, NULL));
    assert_int_equal(same.count[COMPARE_WON] + same.count[COMPARE_LOST], 0);
    for (int i = 0; i < same.n; i++)
        assert_false(estimate_distinguishable(&same.figure[i].difference));
    compare_release(&c);
    compare_release(&same);
}

static bool finds(bool quick, const char *id)
{
    struct audit a;
    bool found = false;
    assert_true(audit_study(study, quick, NULL, &a, NULL));
    for (size_t i = 0; i < a.n; i++)
        found = found || strcmp(a.finding[i].id, id) == 0;
    audit_release(&a);
    return found;
}

static void the_audit_finds_the_planted_ties(void **state)
{
    (void)state;
    assert_true(finds(false, "time-ties"));
    assert_true(finds(true, "time-ties"));
    assert_true(finds(false, "heldout-edges-in-train"));
    assert_false(finds(true, "heldout-edges-in-train"));
}

static void same_audit(const struct audit *a, const struct audit *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_clean, b->n_clean);
    for (size_t i = 0; i < a->n_clean; i++)
        assert_string_equal(a->clean[i], b->clean[i]);
    for (size_t i = 0; i < a->n; i++) {
        const struct finding *x = &a->finding[i], *y = &b->finding[i];
        assert_string_equal(x->id, y->id);
        assert_true(x->count == y->count && fabs(x->share - y->share) < 1e-9);
        assert_string_equal(x->text, y->text);
        assert_string_equal(x->effect, y->effect);
        assert_int_equal(x->n_examples, y->n_examples);
        for (size_t e = 0; e < x->n_examples; e++)
            assert_string_equal(x->example[e], y->example[e]);
    }
}

/* Stored, it is read: even where computing is cancelled at once. Of another version, of another
 * import or damaged, it is computed. */
static void a_whole_audit_is_stored(void **state)
{
    (void)state;
    struct audit computed, stored;
    struct error err = {0};
    assert_true(audit_study(study, false, NULL, &computed, NULL));
    assert_true(computed.n > 0 && computed.n_clean > 0);
    struct progress cancelled = {0};
    atomic_store(&cancelled.cancel, true);
    assert_true(audit_get(study, &cancelled, &stored, &err));
    same_audit(&computed, &stored);
    audit_release(&stored);
    struct workspace *ws = study_lock(study);
    char *text = workspace_get(ws, "audit");
    static const char *const wrong[] = {"", "{}", "{\"version\":1}", "[", NULL};
    for (size_t i = 0; wrong[i]; i++) {
        assert_true(workspace_put(ws, "audit", wrong[i], NULL));
        study_unlock(study);
        assert_false(audit_get(study, &cancelled, &stored, &err));
        ws = study_lock(study);
    }
    char *version = strstr(text, "\"version\":");
    assert_non_null(version);
    version[strlen("\"version\":")] = '9';
    assert_true(workspace_put(ws, "audit", text, NULL));
    study_unlock(study);
    free(text);
    assert_false(audit_get(study, &cancelled, &stored, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_true(audit_get(study, NULL, &stored, &err)); /* and is stored anew */
    audit_release(&stored);
    assert_true(audit_get(study, &cancelled, &stored, &err));
    same_audit(&computed, &stored);
    audit_release(&stored);
    audit_release(&computed);
}

static void runs_are_found_by_name_number_and_prefix(void **state)
{
    (void)state;
    struct error err = {0};
    assert_ptr_equal(study_run_find(study, "m", &err), markov);
    assert_ptr_equal(study_run_find(study, "1", &err), markov);
    assert_null(study_run_find(study, "nothing", &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "m"));
}

static void a_second_study_sees_the_same_read_only(void **state)
{
    (void)state;
    struct study *other;
    struct eval a, b;
    assert_true(study_open(dir, true, NULL, &other, NULL));
    assert_int_equal(study_n_runs(other), study_n_runs(study));
    assert_true(eval_get(study, markov, PART_TEST, &last, NULL, &a, NULL));
    assert_true(eval_get(other, study_run_at(other, 0), PART_TEST, &last, NULL, &b, NULL));
    assert_int_equal(a.n, b.n);
    eval_release(&a);
    eval_release(&b);
    study_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finished_run_has_labelled_lists_for_both_parts),
        cmocka_unit_test(labels_of_older_versions_are_completed),
        cmocka_unit_test(a_case_says_what_a_count_over_the_sequences_says),
        cmocka_unit_test(evidence_shows_the_match_it_speaks_of),
        cmocka_unit_test(users_without_a_case_are_named_as_such),
        cmocka_unit_test(the_users_table_and_the_evaluation_agree),
        cmocka_unit_test(figures_are_stored_under_their_definition),
        cmocka_unit_test(the_json_of_an_evaluation_has_its_fixed_keys),
        cmocka_unit_test(what_if_counts_without_the_user),
        cmocka_unit_test(comparing_sums_up_and_a_run_equals_itself),
        cmocka_unit_test(the_audit_finds_the_planted_ties),
        cmocka_unit_test(a_whole_audit_is_stored),
        cmocka_unit_test(runs_are_found_by_name_number_and_prefix),
        cmocka_unit_test(a_second_study_sees_the_same_read_only),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
