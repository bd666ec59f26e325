/* Compare in process: its pictures, the users of every cell, and the ways to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/compare.h"
#include "storage/base/mem.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

static const char *sample, *tiny;

struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out, *err;
    char *text; /* what was written to out, after a flush */
    size_t n;
};

static void open_screens(struct screens *s, const char *dir)
{
    struct error err = {0};
    assert_true(study_open(dir, false, NULL, &s->study, &err));
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = open_memstream(&s->text, &s->n);
    s->err = fopen("/dev/null", "w");
    s->app = app_new(&(struct app_options){.batch = true, .out = s->out, .err = s->err}, &host);
    app_push(s->app, overview_new(s->app));
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
    fclose(s->err);
    free(s->text);
}

static void do_one(struct screens *s, const char *command)
{
    struct error err = {0};
    if (app_do(s->app, command, &err) & REACT_ERROR)
        fail_msg("%s: %s", command, err.text);
    jobs_wait(app_jobs(s->app));
}

#define DO(s, ...)                                                                                 \
    do {                                                                                           \
        const char *const commands[] = {__VA_ARGS__};                                              \
        for (size_t c_ = 0; c_ < ARRAY_LEN(commands); c_++)                                        \
            do_one(s, commands[c_]);                                                               \
    } while (0)

static void expect_error(struct screens *s, const char *command, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, command, &err) & REACT_ERROR))
        fail_msg("%s did not fail", command);
    if (!strstr(err.text, text))
        fail_msg("%s: %s", command, err.text);
}

static char *screen_of(struct screens *s, int rows, int cols)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, rows, cols);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    grid_release(&grid);
    return buf_detach(&all);
}

static void expect_on_screen(struct screens *s, const char *text)
{
    char *screen = screen_of(s, 24, 80);
    if (!strstr(screen, text))
        fail_msg("\"%s\" is not on this screen:\n%s", text, screen);
    free(screen);
}

static struct sheet *front_sheet(struct screens *s)
{
    return app_front(s->app)->ops->sheet(app_front(s->app));
}

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

static void pictures(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "compare markov item-knn");
    golden_check(s.app, "compare");
    DO(&s, "next-pane", "down", "down");
    golden_check(s.app, "compare-slices");
    DO(&s, "next-pane");
    golden_check(s.app, "compare-gain");
    DO(&s, "next-pane");
    golden_check(s.app, "compare-labels");
    DO(&s, "next-pane");
    golden_check(s.app, "compare-users");
    DO(&s, "compare-users won reachable");
    golden_check(s.app, "compare-won");
    close_screens(&s);
}

/* Enter on a cell lists as many users as the cell says. */
static void opens(struct screens *s, int64_t position, const char *column, int64_t wanted)
{
    struct sheet *sheet = front_sheet(s);
    sheet_go(sheet, position);
    sheet_go_column(sheet, sheet_find_column(sheet, column));
    do_one(s, "open");
    struct sheet *users = front_sheet(s);
    assert_ptr_not_equal(users, sheet);
    assert_int_equal(sheet_count(users), wanted);
    do_one(s, "back");
    assert_ptr_equal(front_sheet(s), sheet);
    assert_int_equal(sheet_position(sheet), position);
}

static void every_cell_has_its_users(void **state)
{
    (void)state;
    static const char *const count[] = {"users", "reachable", "unreachable"};
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "compare markov item-knn", "next-pane");
    struct sheet *slices = front_sheet(&s);
    int64_t cases = value_at(slices, 0, "cases").i, n_slices = sheet_count(slices);
    assert_int_equal(cases, study_split(s.study)->part[PART_TEST].n);
    for (int64_t i = 0; i < n_slices; i++) {
        opens(&s, i, "slice", value_at(slices, i, "cases").i);
        opens(&s, i, "won", value_at(slices, i, "won").i);
        opens(&s, i, "lost", value_at(slices, i, "lost").i);
    }
    DO(&s, "next-pane");
    struct sheet *gain = front_sheet(&s);
    opens(&s, 0, "of gain", value_at(slices, 1, "cases").i);
    assert_true(value_at(gain, 0, "share").r > 0);
    DO(&s, "next-pane", "next-pane");
    struct sheet *users = front_sheet(&s);
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
    close_screens(&s);
}

/* The report's function under the same definition gives every number of the sheets, to the bit. */
static void says_what_the_report_says(void **state)
{
    (void)state;
    struct screens s;
    struct compare c;
    struct error err = {0};
    open_screens(&s, sample);
    DO(&s, "compare markov item-knn");
    const struct study_run *a = study_run_find(s.study, "markov", NULL);
    const struct study_run *b = study_run_find(s.study, "item-knn", NULL);
    assert_true(compare_make(s.study, &a, 1, &b, 1, PART_TEST, &s.host.definition, NULL, &c, &err));
    struct sheet *figures = front_sheet(&s);
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
    assert_non_null(strstr(s.text, "figure,A,B,difference,low,high,verdict,interval\n"));
    assert_non_null(strstr(s.text, "\nrecall@10,"));
    DO(&s, "compare-users lost");
    struct sheet *lost = front_sheet(&s);
    for (int64_t i = 0; i < sheet_count(lost); i++) {
        struct value rank = value_at(lost, i, "B.rank");
        assert_in_range(value_at(lost, i, "A.rank").i, 1, COMPARE_TOP);
        assert_true(rank.missing || rank.i > COMPARE_TOP);
    }
    compare_release(&c);
    close_screens(&s);
}

/* Compare and the users of a cell in front of it follow together. */
static void everything_follows_the_definition(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "compare markov item-knn", "compare-users all reachable");
    int64_t before = sheet_count(front_sheet(&s));
    DO(&s, "def any,k=5");
    int64_t after = sheet_count(front_sheet(&s));
    assert_true(after > before);
    DO(&s, "back", "next-pane");
    assert_int_equal(value_at(front_sheet(&s), 1, "cases").i, after);
    expect_on_screen(&s, "any·train·K5");
    close_screens(&s);
    open_screens(&s, tiny);
    DO(&s, "compare markov item-knn", "compare-users all", "part valid");
    assert_int_equal(sheet_count(front_sheet(&s)), study_split(s.study)->part[PART_VALID].n);
    close_screens(&s);
}

static void links_lead_back(void **state)
{
    (void)state;
    struct screens s, other;
    open_screens(&s, sample);
    DO(&s, "compare markov item-knn", "next-pane", "compare-users won unreachable", "copy-link");
    fflush(s.out);
    open_screens(&other, sample);
    char *at = s.text;
    while ((at = strstr(at, " -c '"))) {
        char *command = mem_strndup(at + 5, strcspn(at + 5, "'"));
        do_one(&other, command);
        free(command);
        at += 5;
    }
    app_event(other.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC}); /* what it said */
    char *one = screen_of(&s, 24, 80), *two = screen_of(&other, 24, 80);
    assert_string_equal(one, two);
    free(one);
    free(two);
    DO(&s, "back", "copy-link");
    fflush(s.out);
    assert_non_null(strstr(s.text, "-c 'compare markov item-knn' -c 'next-pane'\n"));
    close_screens(&s);
    close_screens(&other);
}

/* Marked runs, the one under the cursor, the shown ones, those that are named. */
static void the_ways_to_compare(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, tiny);
    DO(&s, "runs markov", "overview");
    expect_error(&s, "compare", "mark two runs with Space");
    DO(&s, "runs markov,popularity", "compare");
    expect_on_screen(&s, " A markov   B popularity   40 cases");
    expect_error(&s, "compare", "these two are compared here");
    DO(&s, "overview", "top", "mark");
    DO(&s, "up");
    expect_error(&s, "compare", "one run is marked; mark another");
    DO(&s, "bottom", "compare");
    expect_on_screen(&s, " A popularity   B item-knn   40 cases");
    DO(&s, "back", "top", "down", "mark", "bottom", "compare");
    expect_on_screen(&s, " A popularity   B markov   40 cases");
    expect_on_screen(&s, "popularity | markov");
    DO(&s, "back", "bottom", "mark");
    expect_error(&s, "compare", "3 runs are marked and two are compared");
    DO(&s, "runs-list", "mark", "bottom", "compare");
    expect_on_screen(&s, " A popularity   B item-knn   40 cases");
    DO(&s, "compare \"pop*\" 'markov,item-knn'");
    expect_on_screen(&s, " (2 runs)   40 cases");
    expect_on_screen(&s, "more than seeds differ");
    DO(&s, "compare-users all");
    assert_true(sheet_find_column(front_sheet(&s), "B.hits") > 0);
    expect_error(&s, "compare markov", "two runs are needed");
    expect_error(&s, "compare markov popularity item-knn", "two runs are needed");
    expect_error(&s, "compare markov next-*", "no finished run is called like next-*");
    expect_error(&s, "compare-users won", "not in this view");
    DO(&s, "back");
    expect_error(&s, "compare-users some", "say won, lost, both, neither or all");
    expect_error(&s, "compare-users won tall", "no slice \"tall\"");
    close_screens(&s);
}

/* Three of each: two places for either side; what a small side leaves the other has. */
static void both_sides_are_shown(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, tiny);
    DO(&s, "compare popularity,markov,item-knn popularity,markov,item-knn");
    assert_int_equal(s.host.n_shown, 4);
    assert_int_equal(s.host.shown[0], s.host.shown[2]);
    DO(&s, "compare popularity popularity,markov,item-knn");
    assert_int_equal(s.host.n_shown, 4);
    assert_int_equal(s.host.shown[0], s.host.shown[1]);
    DO(&s, "runs markov", "compare-users all", "open");
    assert_int_equal(s.host.n_shown, 4); /* the case shows what is compared */
    close_screens(&s);
}

static void can_be_stopped_and_taken_up(void **state)
{
    (void)state;
    struct screens s;
    struct error err = {0};
    open_screens(&s, sample);
    app_do(s.app, "compare popularity markov", &err);
    expect_on_screen(&s, "comparing; ^C stops it");
    expect_error(&s, "compare-users won", "being compared; once more in a moment");
    DO(&s, "cancel");
    expect_on_screen(&s, "not compared; R compares");
    expect_error(&s, "compare-users won", "nothing is compared; R compares");
    DO(&s, "refresh");
    expect_on_screen(&s, "target in the top 10:  won ");
    close_screens(&s);
}

/* ---- every action ---- */

static const char *argument_for(const struct action *action)
{
    static const char *const text[] = {
        [ARG_INT] = "3",       [ARG_REGEX] = "a",           [ARG_COLUMN] = NULL,
        [ARG_FILE] = "-",      [ARG_USER] = "u7",           [ARG_RUN] = "markov",
        [ARG_RUNS] = "markov", [ARG_DEFINITION] = "any",    [ARG_MODEL] = "bert",
        [ARG_CELL] = "lost",   [ARG_SIDES] = "markov pop*", [ARG_SETTING] = "a=b",
        [ARG_TEXT] = "valid",
    };
    return (size_t)action->argument < ARRAY_LEN(text) ? text[action->argument] : NULL;
}

static void every_action_after(const char *way)
{
    struct screens s;
    open_screens(&s, tiny);
    for (int id = 1; id < ACTION_COUNT; id++)
        for (int with = 0; with < 2; with++) {
            const struct action *action = action_get((enum action_id)id);
            if ((action->flags & ACT_WRITES) || (with && action->argument == ARG_NONE))
                continue;
            DO(&s, "overview", "compare markov popularity", "next-pane", way);
            struct call call = {.id = (enum action_id)id,
                                .arg = with ? argument_for(action) : NULL,
                                .confirmed = with};
            struct error err = {0};
            unsigned reaction = app_call(s.app, &call, &err);
            if ((reaction & REACT_ERROR) && strlen(err.text) < 8)
                fail_msg("%s: an error without words", action->name);
            jobs_wait(app_jobs(s.app));
            free(screen_of(&s, 24, 80));
            free(screen_of(&s, 10, 40));
            free(screen_of(&s, 60, 200));
            free(screen_of(&s, 3, 5));
        }
    close_screens(&s);
}

static void every_action(void **state)
{
    (void)state;
    every_action_after("down");
    every_action_after("open");
}

/* The last test: a run goes while it is compared. */
static void a_run_that_goes_is_missed(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, tiny);
    DO(&s, "compare markov item-knn", "compare-users all", "delete-run! item-knn");
    DO(&s, "back");
    expect_on_screen(&s, "One of these runs has been deleted");
    expect_error(&s, "compare markov item-knn", "item-knn");
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    workspace_train(sample, REFERENCE_ITEM_KNN);
    tiny = tiny_workspace_make();
    workspace_train(tiny, REFERENCE_POPULARITY);
    workspace_train(tiny, REFERENCE_MARKOV);
    workspace_train(tiny, REFERENCE_ITEM_KNN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures),
        cmocka_unit_test(every_cell_has_its_users),
        cmocka_unit_test(says_what_the_report_says),
        cmocka_unit_test(everything_follows_the_definition),
        cmocka_unit_test(links_lead_back),
        cmocka_unit_test(the_ways_to_compare),
        cmocka_unit_test(both_sides_are_shown),
        cmocka_unit_test(can_be_stopped_and_taken_up),
        cmocka_unit_test(every_action),
        cmocka_unit_test(a_run_that_goes_is_missed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
