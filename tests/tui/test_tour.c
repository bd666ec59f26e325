/* The tour, walked on a pty: every step is told whole at any size, and done by what it asks for. */
#include "tests/tui/sessions_fixture.h"

static const char *sample;

/* The step is told, to its last word, in narrow and wide windows. */
static void expect_step(struct terminal *t, const char *title, const char *last_word)
{
    static const int cols[] = {40, 200, 80};
    for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
        terminal_resize(t, 24, cols[i]);
        terminal_press(t, "R");
        expect_text(t, title);
        expect_text(t, last_word);
    }
}

static void five_steps(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .more = {"-c", "tour"});
    expect_text(t, "tour 1 of 5"); /* at once, without a key */
    expect_step(t, "─ tour 1 of 5 ─", "rote.");
    terminal_press(t, "j");
    expect_text(t, "tour 1 of 5");
    terminal_press(t, "2");
    expect_step(t, "─ tour 2 of 5 ─", "case.");
    terminal_press(t, "/u1854<Enter><Enter>");
    expect_step(t, "─ tour 3 of 5 ─", "came from.");
    terminal_press(t, ":runs markov<Enter>j<Enter>");
    expect_text(t, "tour 3 of 5");
    terminal_press(t, "<Enter>");
    expect_step(t, "─ tour 4 of 5 ─", "follows.");
    terminal_press(t, "qq");
    expect_text(t, "▸ Users");
    terminal_press(t, "dlast<Enter>"); /* the one it was */
    expect_text(t, "tour 4 of 5");
    terminal_press(t, "dany<Enter>");
    expect_step(t, "─ tour 5 of 5 ─", "new one.)");
    terminal_press(t, "4");
    expect_step(t, "─ tour ─", "Esc hides this.");
    terminal_press(t, "<Esc>");
    assert_int_equal(terminal_find_row(t, "─ tour"), -1);
    terminal_press(t, ":tour<Enter>");
    expect_text(t, "tour 1 of 5");
    terminal_free(t);
}

static void small_windows_have_no_room_for_it(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .rows = 15, .more = {"-c", "tour"});
    assert_int_equal(terminal_find_row(t, "─ tour"), -1);
    terminal_resize(t, 16, 80);
    terminal_press(t, "R");
    expect_text(t, "─ tour 1 of 5 ─");
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_steps),
        cmocka_unit_test(small_windows_have_no_room_for_it),
    };
    return SESSIONS_RUN(tests);
}
