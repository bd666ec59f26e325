/* The Query view as a person meets it: rote on a pty, its screen read back through libvterm. */
#include "tests/tui/sessions_fixture.h"

static const char *sample;

static void ask_look_and_open(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ";SELECT title, count(*) AS n, max(user_id) AS user_id FROM interaction "
                      "GROUP BY item ORDER BY n DESC<Enter>");
    expect_text(t, "wayside ▸ Query");
    expect_text(t, " 800 of 800 · ");
    terminal_press(t, "/Bamboo<Enter>");
    expect_text(t, "Moonlit Bamboo Tea Whisk");
    terminal_press(t, "l]"); /* by n */
    expect_text(t, "sort n↓");
    terminal_press(t, "gg<Enter>"); /* the only column that can be opened is user_id */
    expect_text(t, "▸ Query ▸ u");
    expect_text(t, "┌ History ");
    terminal_press(t, "q");
    expect_text(t, "sort n↓");
    terminal_press(t, "qq");
    expect_text(t, "Leave rote?");
    terminal_free(t);
}

static void mistakes_are_corrected(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ";SELECT user_id FROM usr<Enter>");
    expect_text(t, "no such table: usr");
    terminal_press(t, "e<C-e><C-w>user<Enter>");
    expect_text(t, " 3,000 of 3,000 · ");
    terminal_press(t, ";<Up><Up>"); /* the one that was wrong */
    expect_row(t, 23, "; SELECT user_id FROM usr");
    terminal_press(t, "<Esc>;SELECT nme, length FROM user<Enter>");
    terminal_press(t, "e"); /* the cursor is at the mistake */
    terminal_press(t, "<Del><Del><Del>user_id<Enter>");
    expect_text(t, "; SELECT user_id, length FROM user");
    expect_text(t, " 3,000 of 3,000 · ");
    terminal_press(t, ";");
    static const char pasted[] = "\x1b[200~SELECT user_id\r  FROM user\r LIMIT 7\r\x1b[201~";
    terminal_send_bytes(t, pasted, sizeof pasted - 1);
    terminal_until(t, "; SELECT user_id   FROM user  LIMIT 7");
    terminal_press(t, "<Enter>");
    expect_text(t, " 7 of 7 · ");
    terminal_free(t);
}

/* A paste that a slow line brings in pieces is text to its end: neither its line ends nor its
 * letters act. ^C ends one whose end never came. */
static void a_paste_in_pieces_stays_text(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    static const char *const pieces[] = {"\x1b[200~SELECT user_id\r", "\n  FROM user\rq",
                                         "uit?\x03"};
    terminal_press(t, ";");
    for (size_t i = 0; i < 3; i++) {
        terminal_send_bytes(t, pieces[i], strlen(pieces[i]));
        terminal_press(t, ""); /* the program has read it all */
    }
    expect_row(t, 23, "; SELECT user_id   FROM user quit?");
    terminal_press(t, "<C-u>SELECT 1 AS one<Enter>"); /* keys are keys again */
    expect_text(t, " 1 of 1 · ");
    static const char nowhere[] = "\x1b[200~qqq\x1b[201~";
    terminal_send_bytes(t, nowhere, sizeof nowhere - 1); /* no prompt: it goes nowhere */
    terminal_press(t, "");
    expect_text(t, " 1 of 1 · ");
    terminal_free(t);
}

static void an_endless_query_is_stopped(void **state)
{
    (void)state;
    char *path = sample_path("never-written.csv");
    struct terminal *t = ROTE(.dir = sample);
    terminal_send(t, ";WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
                     "SELECT 'row ' || x AS r FROM c<Enter>");
    terminal_until(t, "rows so far");
    terminal_until(t, "row 3"); /* the first ones are there while it runs */
    terminal_send(t, "jj:export "), terminal_send(t, path), terminal_send(t, "<Enter>");
    terminal_until(t, "the query still runs; wait for its end, or ^C");
    terminal_press(t, "<C-c>");
    terminal_until(t, "rows; it was stopped; R runs it again");
    int y, x;
    terminal_cursor(t, &y, &x);
    assert_non_null(strstr(terminal_row(t, y), "▸ row 3"));
    terminal_press(t, "x");
    terminal_press(t, path), terminal_press(t, "<Enter>");
    expect_text(t, "Export these only? (first ");
    terminal_press(t, "n");
    expect_text(t, "not done");
    assert_false(file_exists(path));
    terminal_press(t, "G");
    terminal_press(t, "8");
    expect_text(t, "▸ Query ▸ Schema");
    terminal_press(t, "/one row per item<Enter><Enter>");
    expect_text(t, "SELECT * FROM \"item\" LIMIT 1000");
    expect_text(t, " 800 of 800 · ");
    terminal_resize(t, 10, 40);
    terminal_until(t, "; SELECT * FROM \"item\" LIMIT 1000");
    rote_leave(t);
    free(path);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ask_look_and_open),
        cmocka_unit_test(mistakes_are_corrected),
        cmocka_unit_test(a_paste_in_pieces_stays_text),
        cmocka_unit_test(an_endless_query_is_stopped),
    };
    return SESSIONS_RUN(tests);
}
