/* Compare in process: its pictures, the users of every cell, and the ways to it. */
#include "analysis/report/compare.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "tests/tui/screens_fixture.h"
#include "tui/screens/overview.h"

static const char *sample, *tiny;

static struct value value_at(struct sheet *sheet, int64_t position, const char *column)
{
    struct value v;
    struct buf scratch;
    buf_init(&scratch);
    sheet_value(sheet, sheet_row_at(sheet, position), sheet_find_column(sheet, column), &v,
                &scratch);
    buf_release(&scratch);
    return v;
}

/* Enter on a cell lists as many users as the cell says. */
static void opens(struct screens *s, int64_t position, const char *column, int64_t wanted)
{
    struct sheet *sheet = screens_sheet(s);
    sheet_go(sheet, position);
    sheet_go_column(sheet, sheet_find_column(sheet, column));
    DO(s, "open");
    struct sheet *users = screens_sheet(s);
    assert_ptr_not_equal(users, sheet);
    assert_int_equal(sheet_count(users), wanted);
    DO(s, "back");
    assert_ptr_equal(screens_sheet(s), sheet);
    assert_int_equal(sheet_position(sheet), position);
}

static void every_cell_has_its_users(void **state)
{
    (void)state;
    static const char *const count[] = {"users", "reachable", "unreachable"};
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "compare markov item-knn", "next-pane");
    struct sheet *slices = screens_sheet(&s);
    int64_t cases = value_at(slices, 0, "cases").i, n_slices = sheet_count(slices);
    assert_int_equal(cases, study_split(s.study)->part[PART_TEST].n);
    for (int64_t i = 0; i < n_slices; i++) {
        opens(&s, i, "slice", value_at(slices, i, "cases").i);
        opens(&s, i, "won", value_at(slices, i, "won").i);
        opens(&s, i, "lost", value_at(slices, i, "lost").i);
    }
    DO(&s, "next-pane");
    struct sheet *gain = screens_sheet(&s);
    opens(&s, 0, "of gain", value_at(slices, 1, "cases").i);
    assert_true(value_at(gain, 0, "share").r > 0);
    DO(&s, "next-pane", "next-pane");
    struct sheet *users = screens_sheet(&s);
    assert_int_equal(sheet_count(users), COMPARE_OUTCOMES + 1);
    int64_t sum = 0;
    for (int64_t i = 0; i <= COMPARE_OUTCOMES; i++) {
        for (size_t k = 0; k < ARRAY_LEN(count); k++)
            opens(&s, i, count[k], value_at(users, i, count[k]).i);
        assert_int_equal(value_at(users, i, "reachable").i + value_at(users, i, "unreachable").i,
                         value_at(users, i, "users").i);
        sum += i < COMPARE_OUTCOMES ? value_at(users, i, "users").i : 0;
    }
    assert_int_equal(sum, cases);
    screens_close(&s);
}

/* The report's function under the same definition gives every number of the sheets, to the bit. */
static void says_what_the_report_says(void **state)
{
    (void)state;
    struct screens s;
    struct compare c;
    struct error err = {0};
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "compare markov item-knn");
    const struct study_run *a = study_run_find(s.study, "markov", NULL);
    const struct study_run *b = study_run_find(s.study, "item-knn", NULL);
    assert_true(compare_make(s.study, &a, 1, &b, 1, PART_TEST, &s.host.definition, NULL, &c, &err));
    struct sheet *figures = screens_sheet(&s);
    for (int64_t i = 0; i < sheet_count(figures); i++) {
        const struct compare_figure *f = compare_find(&c, value_at(figures, i, "figure").text);
        assert_non_null(f);
        const double wanted[] = {f->a, f->b, f->difference.value, f->difference.lo,
                                 f->difference.hi};
        static const char *const column[] = {"A", "B", "difference", "low", "high"};
        for (size_t k = 0; k < ARRAY_LEN(wanted); k++) {
            double shown = value_at(figures, i, column[k]).r;
            assert_memory_equal(&shown, &wanted[k], sizeof shown);
        }
        const char *verdict = value_at(figures, i, "verdict").text;
        assert_int_equal(strcmp(verdict, "not distinguishable") != 0,
                         estimate_distinguishable(&f->difference));
    }
    DO(&s, "export -");
    fflush(s.out);
    assert_non_null(strstr(s.said, "figure,A,B,difference,low,high,verdict,interval\n"));
    assert_non_null(strstr(s.said, "\nrecall@10,"));
    DO(&s, "compare-users lost");
    struct sheet *lost = screens_sheet(&s);
    for (int64_t i = 0; i < sheet_count(lost); i++) {
        struct value rank = value_at(lost, i, "B.rank");
        assert_in_range(value_at(lost, i, "A.rank").i, 1, COMPARE_TOP);
        assert_true(rank.missing || rank.i > COMPARE_TOP);
    }
    compare_release(&c);
    screens_close(&s);
}

/* Compare and the users of a cell in front of it follow together. */
static void everything_follows_the_definition(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "compare markov item-knn", "compare-users all reachable");
    int64_t before = sheet_count(screens_sheet(&s));
    DO(&s, "def any,k=5");
    int64_t after = sheet_count(screens_sheet(&s));
    assert_true(after > before);
    DO(&s, "back", "next-pane");
    assert_int_equal(value_at(screens_sheet(&s), 1, "cases").i, after);
    expect_shown(&s, "any·train·K5");
    screens_close(&s);
    screens_open(&s, tiny, SCREENS_READ);
    DO(&s, "compare markov item-knn", "compare-users all", "part valid");
    assert_int_equal(sheet_count(screens_sheet(&s)), study_split(s.study)->part[PART_VALID].n);
    screens_close(&s);
}

static void links_lead_back(void **state)
{
    (void)state;
    struct screens s, other;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "compare markov item-knn", "next-pane", "compare-users won unreachable", "copy-link");
    fflush(s.out);
    screens_open(&other, sample, SCREENS_READ);
    char *at = s.said;
    while ((at = strstr(at, " -c '"))) {
        char *command = mem_strndup(at + 5, strcspn(at + 5, "'"));
        DO(&other, command);
        free(command);
        at += 5;
    }
    app_event(other.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC}); /* what it said */
    char *one = screens_text(&s, 24, 80), *two = screens_text(&other, 24, 80);
    assert_string_equal(one, two);
    free(one);
    free(two);
    DO(&s, "back", "copy-link");
    fflush(s.out);
    assert_non_null(strstr(s.said, "-c 'compare markov item-knn' -c 'restore pane 1'\n"));
    screens_close(&s);
    screens_close(&other);
}

/* Marked runs, the one under the cursor, the shown ones, those that are named. */
static void the_ways_to_compare(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, tiny, SCREENS_READ);
    DO(&s, "runs markov", "overview");
    expect_refusal(&s, "compare", "mark two runs with Space");
    DO(&s, "runs markov,popularity", "compare");
    expect_shown(&s, " A markov   B popularity   40 cases");
    expect_refusal(&s, "compare", "these two are compared here");
    DO(&s, "overview", "top", "mark");
    DO(&s, "up");
    expect_refusal(&s, "compare", "one run is marked; mark another");
    DO(&s, "bottom", "compare");
    expect_shown(&s, " A popularity   B item-knn   40 cases");
    DO(&s, "back", "top", "down", "mark", "bottom", "compare");
    expect_shown(&s, " A popularity   B markov   40 cases");
    expect_shown(&s, "popularity | markov");
    DO(&s, "back", "bottom", "mark");
    expect_refusal(&s, "compare", "3 runs are marked and two are compared");
    DO(&s, "runs-list", "mark", "bottom", "compare");
    expect_shown(&s, " A popularity   B item-knn   40 cases");
    DO(&s, "compare \"pop*\" 'markov,item-knn'");
    expect_shown(&s, " (2 runs)   40 cases");
    expect_shown(&s, "more than seeds differ");
    DO(&s, "compare-users all");
    assert_true(sheet_find_column(screens_sheet(&s), "B.hits") > 0);
    expect_refusal(&s, "compare markov", "two runs are needed");
    expect_refusal(&s, "compare markov popularity item-knn", "two runs are needed");
    expect_refusal(&s, "compare markov next-*", "no finished run is called like next-*");
    expect_refusal(&s, "compare-users won", "not in this view");
    DO(&s, "back");
    expect_refusal(&s, "compare-users some", "say won, lost, both, neither or all");
    expect_refusal(&s, "compare-users won tall", "no slice \"tall\"");
    screens_close(&s);
}

/* Three of each: two places for either side; what a small side leaves the other has. */
static void both_sides_are_shown(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, tiny, SCREENS_READ);
    DO(&s, "compare popularity,markov,item-knn popularity,markov,item-knn");
    assert_int_equal(s.host.n_shown, 4);
    assert_int_equal(s.host.shown[0], s.host.shown[2]);
    DO(&s, "compare popularity popularity,markov,item-knn");
    assert_int_equal(s.host.n_shown, 4);
    assert_int_equal(s.host.shown[0], s.host.shown[1]);
    DO(&s, "runs markov", "compare-users all", "open");
    assert_int_equal(s.host.n_shown, 4); /* the case shows what is compared */
    screens_close(&s);
}

/* The command, then ^C before its job can end. */
static void do_and_cancel(struct screens *s, const char *command, const char *shown)
{
    struct error err = {0};
    jobs_hold(app_jobs(s->app), true);
    assert_false(app_do(s->app, command, &err) & REACT_ERROR);
    expect_shown(s, shown);
    assert_false(app_do(s->app, "cancel", &err) & REACT_ERROR);
    jobs_hold(app_jobs(s->app), false);
    jobs_wait(app_jobs(s->app));
}

static void can_be_stopped_and_taken_up(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    do_and_cancel(&s, "compare popularity markov", "comparing; ^C stops it");
    expect_shown(&s, "not compared; R compares");
    expect_refusal(&s, "compare-users won", "nothing is compared; R compares");
    DO(&s, "refresh");
    expect_shown(&s, "target in the top 10:  won ");
    screens_close(&s);
}

/* Old figures under a new definition: they stay, dim, and it is said that they are old. */
static void a_stopped_change_says_so(void **state)
{
    (void)state;
    struct screens s;
    struct error err = {0};
    screens_open(&s, sample, SCREENS_READ);
    jobs_hold(app_jobs(s.app), true); /* it cannot end meanwhile */
    app_do(s.app, "compare popularity markov", &err);
    app_do(s.app, "compare-users won", &err); /* they come with the comparison */
    expect_shown(&s, "▸ Compare ▸ won");
    expect_shown(&s, "comparing");
    jobs_hold(app_jobs(s.app), false);
    jobs_wait(app_jobs(s.app));
    assert_true(sheet_count(screens_sheet(&s)) > 0);
    DO(&s, "back");
    expect_shown(&s, "target in the top 10:  won ");
    do_and_cancel(&s, "def any", "target in the top 10:  won ");
    expect_shown(&s, "not compared anew; R compares");
    expect_shown(&s, "target in the top 10:  won ");
    DO(&s, "def last"); /* what is shown holds again */
    expect_shown(&s, " cases");
    do_and_cancel(&s, "def any", "target in the top 10:  won ");
    DO(&s, "refresh");
    char *screen = screens_text(&s, 24, 80);
    assert_null(strstr(screen, "not compared anew"));
    free(screen);
    screens_close(&s);
}

/* ---- every action ---- */

static void every_action(void **state)
{
    (void)state;
    EVERY_ACTION(tiny, "compare markov popularity", "next-pane", "down");
    EVERY_ACTION(tiny, "compare markov popularity", "next-pane", "open");
}

/* Two groups of two seeds each, with the lists of runs that are there. */
static void add_groups(void)
{
    static const char *const names[] = {"gr-a-1", "gr-a-2", "gr-b-1", "gr-b-2"};
    struct screens s;
    struct error err = {0};
    screens_open(&s, tiny, SCREENS_WRITE);
    for (int i = 0; i < 4; i++) {
        const struct study_run *from =
            study_run_find(s.study, i & 1 ? "markov" : "popularity", &err);
        const struct case_list *cases = &study_split(s.study)->part[PART_TEST];
        const struct run_recs recs = {.n_cases = cases->n,
                                      .depth = from->recs[PART_TEST].depth,
                                      .user = cases->user,
                                      .position = cases->position,
                                      .item = from->recs[PART_TEST].item};
        struct run_info info = {.name = (char *)(uintptr_t)names[i],
                                .model = (char *)(uintptr_t) "gr",
                                .strategy = (char *)(uintptr_t)(i < 2 ? "next-item" : "iirg"),
                                .state = (char *)(uintptr_t) "done",
                                .seed = 1 + (i & 1)};
        struct workspace *ws = study_lock(s.study);
        int64_t id;
        assert_true(run_create(ws, &info, &id, &err));
        char *dir = workspace_run_dir(ws, id);
        assert_true(run_recs_write(dir, "test", study_dataset(s.study)->fingerprint, &recs, &err));
        assert_true(run_recs_register(ws, id, "test", &err));
        study_unlock(s.study);
        free(dir);
    }
    screens_close(&s);
}

/* c on two rows of Overview that are groups compares all runs of the one with all of the other. */
static void marked_groups_are_compared(void **state)
{
    (void)state;
    struct screens s;
    add_groups();
    screens_open(&s, tiny, SCREENS_WRITE);
    DO(&s, "search gr-b ±2");
    screens_type(&s, " ");
    DO(&s, "search gr-a ±2");
    screens_type(&s, " c");
    expect_shown(&s, " ▸ Compare ");
    expect_shown(&s, " A gr-b (2 runs)   B gr-a (2 runs)   40 cases");
    DO(&s, "compare-users all");
    assert_true(sheet_find_column(screens_sheet(&s), "B.hits") > 0);
    DO(&s, "back", "back", "search markov");
    screens_type(&s, " c");
    expect_shown(&s, "3 runs are marked and two are compared");
    screens_close(&s);
}

/* The last test: a run goes while it is compared. */
static void a_run_that_goes_is_missed(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, tiny, SCREENS_WRITE);
    DO(&s, "compare markov item-knn", "compare-users all", "delete-run! item-knn");
    DO(&s, "back");
    expect_shown(&s, "One of these runs has been deleted");
    expect_refusal(&s, "compare markov item-knn", "item-knn");
    screens_close(&s);
}

int main(void)
{
    sample = sample_workspace_make();
    workspace_train(sample, REFERENCE_ITEM_KNN);
    tiny = tiny_workspace_make();
    workspace_train(tiny, REFERENCE_POPULARITY);
    workspace_train(tiny, REFERENCE_MARKOV);
    workspace_train(tiny, REFERENCE_ITEM_KNN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_has_its_users),
        cmocka_unit_test(says_what_the_report_says),
        cmocka_unit_test(everything_follows_the_definition),
        cmocka_unit_test(links_lead_back),
        cmocka_unit_test(the_ways_to_compare),
        cmocka_unit_test(both_sides_are_shown),
        cmocka_unit_test(can_be_stopped_and_taken_up),
        cmocka_unit_test(a_stopped_change_says_so),
        cmocka_unit_test(every_action),
        cmocka_unit_test(marked_groups_are_compared),
        cmocka_unit_test(a_run_that_goes_is_missed),
    };
    return SCREENS_RUN(tests);
}
