/* Items as a person meets them: rote on a pty, its screen read back through libvterm. */
#include "tests/tui/sessions_fixture.h"

static const char *sample;

/* Which item is recommended most by rote? Two keys; then what is behind it, and all the way back.
 */
static void the_item_recommended_most_by_rote(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>3");
    expect_row(t, 22, " 800 of 800");
    terminal_press(t, "]gg");
    expect_row(t, 22, " 800 of 800 · sort markov.rote↓");
    char *first = mem_strdup(terminal_row(t, 3));
    terminal_press(t, "<Enter>");
    expect_text(t, " by rote ");
    expect_text(t, "─ Successors ");
    terminal_press(t, "<S-Tab>");
    expect_text(t, "users to whom a shown run recommends it in the first 10");
    terminal_press(t, "j");
    int y, x, rank;
    char user[32], badge[16];
    terminal_cursor(t, &y, &x);
    assert_int_equal(sscanf(terminal_row(t, y), "▸ %31s %d %15s", user, &rank, badge), 3);
    assert_true(rank > 1);
    terminal_press(t, "<Enter>");
    expect_text(t, "┌ History ");
    char *pane = mem_printf("├ markov %d · tea09", rank); /* the cursor is on the item */
    expect_text(t, pane);
    free(pane);
    terminal_press(t, "i");
    expect_text(t, "─ Successors ");
    terminal_press(t, "qq");
    expect_text(t, "users to whom a shown run recommends it in the first 10");
    terminal_press(t, "q");
    expect_row(t, 3, first);
    expect_row(t, 22, " 800 of 800 · sort markov.rote↓");
    free(first);
    terminal_free(t);
}

static void a_link_leads_back(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":item tea3<Tab>");
    expect_text(t, "tea33  tea34");
    terminal_press(t, "<C-u>item tea33<Enter>Y");
    expect_text(t, "copied: rote -w '");
    assert_true(terminal_clipboard(t)[0]);
    terminal_press(t, ":item nobody<Enter>");
    expect_row(t, 22, " there is no item nobody");
    terminal_press(t, "<Esc>q3Y");
    expect_text(t, "copied: rote -w '");
    terminal_free(t);
}

static void exports_what_is_shown(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    char *path = sample_path("items.csv"), *keys = mem_printf("x%s<Enter>", path);
    struct error err = {0};
    struct buf text;
    buf_init(&text);
    terminal_press(t, ":runs markov<Enter>3&Teapot<Enter>");
    terminal_press(t, keys);
    expect_text(t, "wrote ");
    assert_true(file_read(path, 1 << 24, &text, &err));
    static const char header[] = "title,item,popularity,out,in,self,markov.recommended,"
                                 "markov.rote,markov.share\n";
    assert_memory_equal(text.data, header, sizeof header - 1);
    assert_non_null(strstr(text.data, "Plum Clay Teapot,tea17,112,28,34,0,282,148,0.52"));
    free(path);
    free(keys);
    buf_release(&text);
    terminal_free(t);
}

static void sizes_change_in_an_item(void **state)
{
    (void)state;
    static const int sizes[][2] = {{10, 40}, {60, 200}, {37, 150}, {37, 149}, {9, 39}, {24, 80}};
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":item tea33<Enter><Tab>j");
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        terminal_resize(t, sizes[i][0], sizes[i][1]);
        terminal_idle(t);
        if (sizes[i][0] >= 10) {
            expect_text(t, "Moonlit Bamboo Tea Whisk");
            expect_text(t, "─ Predecessors ");
        }
        if (sizes[i][1] >= 150)
            expect_text(t, "┬─ Lists ");
    }
    terminal_free(t);
}

static void moving_costs_few_bytes(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, "3jj");
    EXPECT_CHEAP(t, "j", "j", "j");
    terminal_press(t, "<Enter>jj");
    EXPECT_CHEAP(t, "j", "j", "j");
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_item_recommended_most_by_rote),
        cmocka_unit_test(a_link_leads_back),
        cmocka_unit_test(exports_what_is_shown),
        cmocka_unit_test(sizes_change_in_an_item),
        cmocka_unit_test(moving_costs_few_bytes),
    };
    return SESSIONS_RUN(tests);
}
