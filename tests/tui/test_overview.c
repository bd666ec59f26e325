/* Overview: runs of several seeds in one row, the frontier and its numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/mem.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/figures.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

static const char *seeds;

struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out;
};

static void open_screens(struct screens *s)
{
    struct error err = {0};
    assert_true(study_open(seeds, true, NULL, &s->study, &err));
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = fopen("/dev/null", "w");
    struct app_options options = {.batch = true, .out = s->out, .err = s->out};
    s->app = app_new(&options, &host);
    app_push(s->app, overview_new(s->app));
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
}

static void command(struct screens *s, const char *line)
{
    struct error err = {0};
    if (app_do(s->app, line, &err) & REACT_ERROR)
        fail_msg("%s: %s", line, err.text);
    jobs_wait(app_jobs(s->app));
}

static void expect_refusal(struct screens *s, const char *line, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, line, &err) & REACT_ERROR) || !strstr(err.text, text))
        fail_msg("%s: \"%s\" is not in \"%s\"", line, text, err.text);
}

static bool on_screen(struct screens *s, int cols, const char *text)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, 24, cols);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    bool found = strstr(all.data, text) != NULL;
    buf_release(&all);
    grid_release(&grid);
    return found;
}

/* Figures that are not known are none; one run spreads nowhere. */
static void means_and_spreads(void **state)
{
    (void)state;
    struct run_figures f[3] = {{.recall10 = 0.1, .excess = 0.3, .memorized = 0.5},
                               {.recall10 = 0.4, .excess = 0.1, .memorized = 0.2},
                               {.recall10 = 0.1, .excess = 0.2, .memorized = 0.2}};
    struct run_figures mean;
    struct spread spread;
    run_figures_mean(f, 3, &mean, &spread);
    assert_true(mean.known && fabs(mean.recall10 - 0.2) < 1e-12 && fabs(mean.excess - 0.2) < 1e-12);
    assert_true(fabs(mean.memorized - 0.3) < 1e-12);
    assert_true(fabs(spread.recall10 - 0.15) < 1e-12 && fabs(spread.excess - 0.1) < 1e-12);
    run_figures_mean(f, 1, &mean, &spread);
    assert_true(fabs(mean.recall10 - 0.1) < 1e-12 && isnan(spread.recall10));
    run_figures_mean(f, 0, &mean, &spread);
    assert_true(!mean.known && isnan(mean.recall10) && isnan(spread.excess));
}

/* Seeds of the same options share a row; what failed, and what is alone, has its own. */
static void seeds_share_a_row(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s);
    assert_true(on_screen(&s, 80, " gr-next ±3 ▸"));
    assert_true(on_screen(&s, 80, " gr-iirg ±2 ▸"));
    assert_true(on_screen(&s, 80, " gr-next-4 "));
    assert_true(on_screen(&s, 80, " sasrec "));
    assert_false(on_screen(&s, 80, "gr-next-2"));
    assert_true(on_screen(&s, 80, "0.0620"));   /* their mean */
    assert_true(on_screen(&s, 110, " 0.0020")); /* and half the way from 0.060 to 0.064 */
    assert_true(on_screen(&s, 200, "running, 2 of 2"));
    close_screens(&s);
}

/* Enter shows the runs of a group below it and hides them again; the cursor stays. */
static void groups_unfold(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s);
    command(&s, "go 3");
    command(&s, "open");
    assert_true(on_screen(&s, 80, "▸ gr-next ±3 ▾"));
    assert_true(on_screen(&s, 80, "   gr-next-2 "));
    command(&s, "down");
    command(&s, "down");
    assert_true(on_screen(&s, 80, "▸   gr-next-2"));
    command(&s, "mark");
    command(&s, "sort-down recall@10");
    assert_true(on_screen(&s, 80, "◆  gr-next-2")); /* marks are about runs, not rows */
    command(&s, "unsort");
    command(&s, "go 3");
    command(&s, "open");
    assert_false(on_screen(&s, 80, "gr-next-2"));
    close_screens(&s);
}

/* What is done to a group is done to its runs, and the question says to how many. */
static void actions_on_a_group(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s);
    command(&s, "go 3");
    expect_refusal(&s, "rename-run other", "several runs");
    expect_refusal(&s, "delete-run", "read-only");
    command(&s, "new-run");
    assert_true(on_screen(&s, 80, "New run like gr-next-1"));
    close_screens(&s);
}

/* P opens the points of the plot, from everywhere; they follow the definition. */
static void the_plot_has_its_numbers(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s);
    command(&s, "runs-list");
    command(&s, "plot");
    assert_true(on_screen(&s, 80, "seeds ▸ Frontier"));
    assert_true(on_screen(&s, 80, "gr-next       0.0620   22.0 %    3.6 %   +18.4 %      3  no"));
    command(&s, "search markov");
    command(&s, "open");
    assert_true(on_screen(&s, 80, "▸ Frontier ▸ markov"));
    command(&s, "back");
    command(&s, "def any");
    assert_true(on_screen(&s, 80, "No run has its figures yet"));
    command(&s, "def last");
    assert_true(on_screen(&s, 80, "gr-next       0.0620"));
    command(&s, "run gr-next-1");
    command(&s, "next-pane");
    command(&s, "plot");
    assert_true(on_screen(&s, 80, "extraction"));
    close_screens(&s);
}

/* Every action on a folded group, on one of its runs, and on the points of the plot: somebody takes
 * it, an error has words, and what it leaves behind can be drawn. */
static void every_action(void **state)
{
    (void)state;
    static const char *const way[][3] = {{"go 3"}, {"go 3", "open", "go 5"}, {"plot"}};
    struct screens s;
    for (size_t w = 0; w < ARRAY_LEN(way); w++)
        for (int id = 1; id < ACTION_COUNT; id++) {
            open_screens(&s);
            for (size_t i = 0; i < ARRAY_LEN(way[w]) && way[w][i]; i++)
                command(&s, way[w][i]);
            struct error err = {0};
            unsigned reaction = app_call(s.app, &(struct call){.id = (enum action_id)id}, &err);
            if (reaction == REACT_PASS || ((reaction & REACT_ERROR) && strlen(err.text) < 8))
                fail_msg("%s: reaction %u, %s", action_get((enum action_id)id)->name, reaction,
                         err.text);
            jobs_wait(app_jobs(s.app));
            on_screen(&s, 80, "");
            on_screen(&s, 40, "");
            close_screens(&s);
        }
}

static void pictures(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s);
    golden_check(s.app, "overview-seeds");
    command(&s, "go 3");
    command(&s, "open");
    golden_check(s.app, "overview-unfolded");
    command(&s, "plot");
    golden_check(s.app, "frontier");
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    seeds = seeds_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_spreads),
        cmocka_unit_test(seeds_share_a_row),
        cmocka_unit_test(groups_unfold),
        cmocka_unit_test(actions_on_a_group),
        cmocka_unit_test(the_plot_has_its_numbers),
        cmocka_unit_test(every_action),
        cmocka_unit_test(pictures),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
