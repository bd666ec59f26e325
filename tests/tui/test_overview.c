/* Overview: runs of several seeds in one row, the frontier and its numbers. */
#include <math.h>

#include "tests/tui/screens_fixture.h"
#include "tui/screens/figures.h"

static const char *seeds;

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
    screens_open(&s, seeds, SCREENS_READ);
    expect_shown(&s, " gr-next ±3 ▸");
    expect_shown(&s, " gr-iirg ±2 ▸");
    expect_shown(&s, " gr-next-4 ");
    expect_shown(&s, " sasrec ");
    assert_false(screens_shows(&s, 24, 80, "gr-next-2"));
    expect_shown(&s, "0.0620");                         /* their mean */
    assert_true(screens_shows(&s, 24, 110, " 0.0020")); /* and half the way from 0.060 to 0.064 */
    assert_true(screens_shows(&s, 24, 200, "running, 2 of 2"));
    screens_close(&s);
}

/* Enter shows the runs of a group below it and hides them again; the cursor stays. */
static void groups_unfold(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, seeds, SCREENS_READ);
    DO(&s, "go 3");
    DO(&s, "open");
    expect_shown(&s, "▸ gr-next ±3 ▾");
    expect_shown(&s, "   gr-next-2 ");
    DO(&s, "down");
    DO(&s, "down");
    expect_shown(&s, "▸   gr-next-2");
    DO(&s, "mark");
    DO(&s, "sort-down recall@10");
    expect_shown(&s, "◆  gr-next-2"); /* marks are about runs, not rows */
    DO(&s, "unsort");
    DO(&s, "go 3");
    DO(&s, "open");
    assert_false(screens_shows(&s, 24, 80, "gr-next-2"));
    screens_close(&s);
}

/* What is done to a group is done to its runs, and the question says to how many. The last test:
 * where runs may be changed, those that nothing works on are found to have failed. */
static void actions_on_a_group(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, seeds, SCREENS_WRITE);
    DO(&s, "go 3");
    expect_refusal(&s, "rename-run other", "several runs");
    expect_refusal(&s, "delete-run", "Delete 3 runs with lists");
    DO(&s, "new-run");
    expect_shown(&s, "New run like gr-next-1");
    screens_close(&s);
}

/* P opens the points of the plot, from everywhere; they follow the definition. */
static void the_plot_has_its_numbers(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, seeds, SCREENS_READ);
    DO(&s, "runs-list");
    DO(&s, "plot");
    expect_shown(&s, "seeds ▸ Frontier");
    expect_shown(&s, "gr-next       0.0620   22.0 %    3.6 %   +18.4 %      3  no");
    DO(&s, "search markov");
    DO(&s, "open");
    expect_shown(&s, "▸ Frontier ▸ markov");
    DO(&s, "back");
    DO(&s, "def any");
    expect_shown(&s, "No run has its figures yet");
    DO(&s, "def last");
    expect_shown(&s, "gr-next       0.0620");
    DO(&s, "run gr-next-1");
    DO(&s, "next-pane");
    DO(&s, "plot");
    expect_shown(&s, "extraction");
    screens_close(&s);
}

/* On a folded group, on one of its runs, and on the points of the plot. */
static void every_action(void **state)
{
    (void)state;
    EVERY_ACTION(seeds, "go 3");
    EVERY_ACTION(seeds, "go 3", "open", "go 5");
    EVERY_ACTION(seeds, "plot");
}

int main(void)
{
    seeds = seeds_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_and_spreads), cmocka_unit_test(seeds_share_a_row),
        cmocka_unit_test(groups_unfold),     cmocka_unit_test(the_plot_has_its_numbers),
        cmocka_unit_test(every_action),      cmocka_unit_test(actions_on_a_group),
    };
    return SCREENS_RUN(tests);
}
