/* Compare as a person meets it: rote on a pty, its screen read back through libvterm. */
#include "tests/tui/sessions_fixture.h"

static const char *sample;

/* Mark, compare, the won users, one's case with both runs, the way back, another definition. */
static void a_walk_through_a_comparison(void **state)
{
    (void)state;
    int y, back;
    struct terminal *t = ROTE(.dir = sample, .cols = 110);
    terminal_press(t, "/^markov<Enter> "); /* marked; the cursor is on item-knn */
    terminal_send(t, "c");
    terminal_until(t, "cases whose target is reachable take 35.9 % off B's gain");
    expect_text(t, "wayside ▸ Compare");
    expect_text(t, " A markov   B item-knn   3,000 cases");
    expect_text(t, "target in the top 10:  won 661  lost 10  both 1,017  neither 1,312");
    terminal_press(t, "<Enter>");
    expect_text(t, "figures are of all cases; Slices and Users have users");
    terminal_press(t, "<S-Tab>"); /* the users */
    char *won = cursor_row(t, &y);
    assert_non_null(strstr(won, "won "));
    terminal_press(t, "<Enter>");
    expect_text(t, "wayside ▸ Compare ▸ won ");
    terminal_until(t, " 661 of 661");
    terminal_press(t, "jj");
    char *row = cursor_row(t, &back), user[32];
    assert_int_equal(sscanf(row, "▸ %31s", user), 1);
    terminal_press(t, "<Enter>");
    char *crumb = mem_printf("▸ won ▸ %s ", user);
    expect_text(t, crumb);
    terminal_until(t, "┬ markov ");
    expect_text(t, "┬ item-knn ");
    terminal_press(t, "q");
    free(row);
    row = cursor_row(t, &y);
    assert_int_equal(y, back);
    assert_non_null(strstr(row, user));
    terminal_press(t, "q");
    free(row);
    row = cursor_row(t, &y);
    assert_string_equal(row, won);
    terminal_send(t, "dany,k=5<Enter>");
    terminal_until(t, "cases whose target is reachable take 4.8 % off B's gain");
    expect_text(t, "any·train·K5");
    expect_text(t, "won 661  lost 10"); /* ranks do not depend on it */
    terminal_press(t, "Y");
    expect_text(t, "copied: rote -w ");
    terminal_press(t, "q");
    expect_text(t, "▸ Overview");
    expect_text(t, "1 marked");
    free(crumb);
    free(row);
    free(won);
    terminal_free(t);
}

/* All sheets at once where there is room, one where there is little; marks in Runs lead here. */
static void sizes_and_runs(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .rows = 10, .cols = 40);
    terminal_press(t, "4/^popularity<Enter> ");
    terminal_send(t, "c");
    terminal_until(t, " A popularity   B markov   3,000 cases");
    terminal_until(t, "recall@1 ");
    expect_text(t, " Figures  Slices  Gain  Labels  Users ");
    terminal_resize(t, 60, 200);
    terminal_until(t, "─ Users ──");
    expect_text(t, "─ Labels ──");
    expect_text(t, "one_hop_excess ");
    expect_text(t, "unreachable ");
    terminal_press(t, "<Tab>j");
    expect_text(t, "▸ reachable "); /* in the slices */
    terminal_resize(t, 24, 80);
    terminal_until(t, "── Figures ─ Slices ─ Gain");
    expect_text(t, "▸ reachable ");
    terminal_free(t);
}

static void ascii_loses_nothing(void **state)
{
    (void)state;
    struct terminal *t =
        ROTE(.dir = sample, .cols = 110, .more = {"--ascii", "-c", "compare markov item-knn"});
    terminal_until(t, "B higher                       |     -*");
    terminal_press(t, ":compare popularity mar<Tab>");
    expect_row(t, 23, ":compare popularity markov");
    terminal_press(t, "<Esc>:compare-users won unr<Tab>");
    expect_row(t, 23, ":compare-users won unreachable");
    terminal_press(t, "<Enter>");
    terminal_until(t, " 659 of 659");
    expect_ascii(t);
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    workspace_train(sample, REFERENCE_ITEM_KNN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_through_a_comparison),
        cmocka_unit_test(sizes_and_runs),
        cmocka_unit_test(ascii_loses_nothing),
    };
    return SESSIONS_RUN(tests);
}
