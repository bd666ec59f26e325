/* The recommendations sheet as a person meets it: rote on a pty. */
#include "tests/tui/sessions_fixture.h"

static const char *sample;

/* From a recommendation to its case, with the cursor on it, and back to the same row. */
static void enter_opens_the_case_there(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .rows = 24, .cols = 100);
    terminal_press(t, ":runs popularity,markov<Enter>6");
    expect_text(t, "wayside ▸ Recommendations");
    expect_text(t, " 60,000 of 60,000");
    terminal_press(t, "/u1854<Enter>");
    for (int i = 0; i < 12; i++) /* the third of markov, whose list comes second */
        terminal_press(t, "j");
    int y, x, line;
    terminal_cursor(t, &y, &x);
    char *row = mem_strdup(terminal_row(t, y));
    assert_non_null(strstr(row, "u1854"));
    assert_non_null(strstr(row, "markov"));
    assert_non_null(strstr(row, " 3  "));
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ Recommendations ▸ u1854");
    expect_text(t, "├ Evidence: markov 3 · ");
    terminal_press(t, "q");
    terminal_cursor(t, &line, &x);
    assert_int_equal(line, y);
    assert_string_equal(terminal_row(t, line), row);
    free(row);
    terminal_free(t);
}

/* Marks and cursor belong to recommendations: they stay through a sort, another K, other runs. */
static void the_cursor_stays_with_the_recommendation(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .rows = 24, .cols = 100);
    terminal_press(t, ":runs popularity,markov<Enter>:recommendations<Enter>/u1854<Enter> ");
    expect_text(t, "1 marked");
    terminal_press(t, "jjjj:sort-down score<Enter>");
    int y, x;
    terminal_cursor(t, &y, &x);
    assert_non_null(strstr(terminal_row(t, y), "u1854"));
    terminal_press(t, ":unsort<Enter>:def last,k=20<Enter><Esc>");
    expect_text(t, " 120,000 of 120,000");
    terminal_cursor(t, &y, &x);
    assert_non_null(strstr(terminal_row(t, y), "u1854"));
    terminal_press(t, ":runs popularity<Enter><Esc>");
    expect_text(t, " 60,000 of 60,000");
    expect_text(t, "1 marked");
    terminal_free(t);
}

static void filters_and_frequencies(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .rows = 24, .cols = 100);
    terminal_press(t, ":runs markov<Enter>6:frequency label<Enter>");
    expect_text(t, "memorization");
    terminal_press(t, "<Enter>");
    expect_text(t, "of 30,000");
    expect_text(t, "label = ");
    terminal_free(t);
}

static void moving_costs_few_bytes(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs popularity,markov<Enter>6jjj");
    for (int i = 0; i < 10; i++)
        EXPECT_CHEAP(t, "j", "j", "k");
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enter_opens_the_case_there),
        cmocka_unit_test(the_cursor_stays_with_the_recommendation),
        cmocka_unit_test(filters_and_frequencies),
        cmocka_unit_test(moving_costs_few_bytes),
    };
    return SESSIONS_RUN(tests);
}
