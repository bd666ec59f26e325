/* The demo application on a pty: keys, sizes, signals, every way out, byte budgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/tui/terminal.h"

static const char *demo; /* the program */

static struct terminal *start(int rows, int cols, const char *a, const char *b, const char *env)
{
    const char *argv[] = {demo, a, b, NULL};
    const char *envs[] = {env, NULL};
    return terminal_start(&(struct terminal_options){
        .rows = rows, .cols = cols, .argv = argv, .environ = env ? envs : NULL});
}

/* The column of the first cell of a row that shows exactly this. */
static int column_of(struct terminal *t, int y, const char *text)
{
    for (int x = 0; x < terminal_cols(t); x++)
        if (strcmp(terminal_cell(t, y, x).text, text) == 0)
            return x;
    fail_msg("row %d has no %s", y, text);
    return -1;
}

static void keys_move_and_the_cursor_follows(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    int y, x;
    assert_true(terminal_alternate(t));
    expect_row(t, 0,
               " demo ▸ Rows                                                     "
               "last·train·K10");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 2);
    assert_int_equal(x, 0);
    terminal_press(t, "jj");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 4);
    assert_string_equal(terminal_cell(t, 4, 0).text, "▸");
    assert_string_equal(terminal_cell(t, 2, 0).text, " ");
    assert_true(terminal_cell(t, 4, 2).reverse);
    assert_false(terminal_cell(t, 3, 2).reverse);
    terminal_press(t, "G");
    expect_text(t, "U0000999");
    terminal_press(t, "g");
    expect_text(t, "unmark-all"); /* what can follow */
    terminal_press(t, "g");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 2);
    terminal_press(t, "<Down><PgDn><Up><Home>");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 2);
    terminal_free(t);
}

static void wide_characters_stay_aligned(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, "/東京<Enter>");
    int y, x;
    terminal_cursor(t, &y, &x);
    assert_int_equal(terminal_cell(t, y, 13).width, 2);
    assert_string_equal(terminal_cell(t, y, 13).text, "東");
    for (int i = 2; i < 20; i++) /* the column behind the titles begins everywhere alike */
        assert_int_equal(column_of(t, i, "%"), column_of(t, 2, "%"));
    terminal_free(t);
}

static void search_is_live_and_can_be_left(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    int y, x;
    terminal_press(t, "/crème");
    int before = terminal_find_row(t, "crème");
    assert_true(before >= 0);
    assert_true(terminal_cell(t, before, 13).reverse);
    terminal_press(t, "<Esc>");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 2);
    assert_false(terminal_cell(t, before, 13).reverse);
    terminal_press(t, "/[<Enter>");
    expect_text(t, "pattern \"[\"");
    terminal_press(t, "/zzz<Enter>n");
    expect_text(t, "no hit");
    terminal_free(t);
}

static void filter_sort_mark_and_back(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, "&café<Enter>");
    expect_row(t, 22, " 135 of 1,000 · &café");
    terminal_press(t, "ll]");
    expect_row(t, 22, " 135 of 1,000 · &café · sort count↓");
    terminal_press(t, "  ");
    expect_row(t, 22, " 135 of 1,000 · &café · sort count↓ · 2 marked");
    int y, x;
    terminal_press(t, "j");
    terminal_cursor(t, &y, &x);
    char *row = mem_strdup(terminal_row(t, y));
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ row ");
    expect_row(t, 22, " 20 of 20");
    terminal_press(t, "jjq");
    terminal_cursor(t, &y, &x);
    expect_row(t, y, row);
    expect_row(t, 22, " 135 of 1,000 · &café · sort count↓ · 2 marked");
    terminal_press(t, "gu&<Enter>");
    expect_row(t, 22, " 1,000 of 1,000 · sort count↓");
    terminal_cursor(t, &y, &x);
    expect_row(t, y, row); /* the identity stayed under the cursor */
    free(row);
    terminal_free(t);
}

/* Lets a job through the gate, once it stands there, until the text is on the screen. */
static void pass_gate(struct terminal *t, const char *gate, const char *text)
{
    for (int tries = 0; tries < 2000 && terminal_find_row(t, text) < 0; tries++) {
        int fd = open(gate, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0) /* somebody waited */
            close(fd);
        terminal_quiet(t, 10); /* look what the program does meanwhile */
    }
    expect_text(t, text);
}

static void jobs_run_while_keys_are_answered(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-gate-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *gate = path_join(dir, "gate");
    assert_int_equal(mkfifo(gate, 0600), 0);
    const char *argv[] = {demo, "--rows", "20000", "--gate", gate, NULL};
    struct terminal *t = terminal_start(&(struct terminal_options){.argv = argv});
    terminal_send(t, "&vite.*9$<Enter>");
    terminal_until(t, "filtering"); /* with or without a percentage, as time allows */
    assert_int_equal(strncmp(terminal_row(t, 22), " 20,000 of 20,000 ", 18), 0);
    terminal_send(t, "jj");
    terminal_until(t, "▸ U0000002"); /* moved in the old picture */
    pass_gate(t, gate, " of 20,000 · &vite.*9$");
    char *filtered = mem_strdup(terminal_row(t, 22));
    terminal_send(t, "&nail<Enter>");
    terminal_until(t, "filtering");
    terminal_send(t, "<C-c>");
    terminal_until(t, "stopping"); /* before the job is let through */
    pass_gate(t, gate, "the rows are as before");
    terminal_press(t, "j");
    expect_row(t, 22, filtered);
    free(filtered);
    terminal_free(t);
    assert_true(dir_remove(dir, NULL));
    free(gate);
}

static void idle_means_idle(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, "j");
    assert_true(terminal_quiet(t, 200)); /* asleep by now, however busy the machine */
    long before = terminal_wakeups(t);
    assert_true(before > 0);
    assert_true(terminal_quiet(t, 500));
    assert_int_equal(terminal_wakeups(t), before);
    terminal_free(t);
}

static void moving_costs_few_bytes(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    static const char *const keys[] = {"j", "k", "l", "h", "j", "<Down>", "<Up>"};
    terminal_bytes(t);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        terminal_press(t, keys[i]);
        size_t n = terminal_bytes(t);
        print_message("%-6s %zu bytes\n", keys[i], n);
        assert_in_range(n, 1, 199);
    }
    terminal_press(t, "jjjjjjjjjjjjjjjjjjj");
    terminal_bytes(t);
    terminal_press(t, "j"); /* scrolls by one */
    size_t scrolled = terminal_bytes(t);
    print_message("scroll %zu bytes\n", scrolled);
    assert_in_range(scrolled, 1, 199);
    terminal_press(t, "<Right>");
    terminal_bytes(t);
    terminal_press(t, "k"); /* on a wide title cell */
    size_t title = terminal_bytes(t);
    print_message("title  %zu bytes\n", title);
    assert_in_range(title, 1, 199);
    terminal_free(t);
}

static void sizes_change_at_any_time(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    static const int sizes[][2] = {{10, 40}, {9, 40},   {10, 39}, {3, 1},
                                   {1, 1},   {60, 200}, {24, 80}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        terminal_resize(t, sizes[i][0], sizes[i][1]);
        terminal_idle(t);
        int y, x;
        terminal_cursor(t, &y, &x);
        assert_in_range(y, 0, sizes[i][0] - 1);
        assert_in_range(x, 0, sizes[i][1] - 1);
        if (sizes[i][0] == 9)
            expect_text(t, "rote needs 40 columns");
        terminal_press(t, "j");
    }
    expect_row(t, 22, " 1,000 of 1,000");
    for (int i = 0; i < 200; i++)
        terminal_resize(t, 10 + i % 40, 40 + i * 7 % 100);
    terminal_resize(t, 24, 80);
    terminal_send(t, ":part storm<Enter>");
    terminal_until_row(t, 22, " part storm");
    expect_row(t, 0,
               " demo ▸ Rows                                                     "
               "last·train·K10");
    terminal_free(t);
}

static void suspends_and_comes_back(void **state)
{
    (void)state;
    static const char *const ways[] = {"<C-z>", NULL};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct terminal *t = start(24, 80, NULL, NULL, NULL);
        terminal_press(t, "jj");
        if (ways[i])
            terminal_send(t, ways[i]);
        else
            terminal_signal(t, SIGTSTP);
        terminal_stopped(t);
        assert_true(terminal_modes_restored(t));
        assert_false(terminal_alternate(t));
        terminal_resize(t, 30, 100);
        terminal_continue(t);
        assert_true(terminal_alternate(t));
        assert_false(terminal_modes_restored(t));
        expect_row(t, 28, " 1,000 of 1,000");
        terminal_press(t, "j");
        int y, x;
        terminal_cursor(t, &y, &x);
        assert_int_equal(y, 5);
        terminal_free(t);
    }
}

static const struct way_out {
    const char *keys;
    int signal, status;
    const char *said;
} ways_out[] = {
    {"Q", 0, 0, ""},
    {"qy", 0, 0, ""},
    {":quit<Enter>", 0, 0, ""},
    {":find novel<Enter>", 0, 1, "rote: out of memory"},
    {NULL, SIGTERM, 143, ""},
    {NULL, SIGHUP, 129, ""},
    {NULL, SIGINT, 130, ""},
    {NULL, SIGSEGV, 139, "rote: crashed with signal 11"},
    {NULL, SIGABRT, 134, "rote: crashed with signal 06"},
    {NULL, SIGQUIT, 131, "rote: crashed with signal 03"},
    {NULL, SIGFPE, 136, "rote: crashed with signal 08"},
    {NULL, SIGBUS, 135, "rote: crashed with signal 07"},
    {NULL, SIGILL, 132, "rote: crashed with signal 04"},
    {NULL, SIGTRAP, 133, "rote: crashed with signal 05"},
};

static struct terminal *start_to_leave(void)
{
    const char *argv[] = {demo, NULL};
    const char *env[] = {"ASAN_OPTIONS=allow_user_segv_handler=1:handle_segv=0:handle_abort=0:"
                         "handle_sigfpe=0:handle_sigbus=0:handle_sigill=0:handle_sigtrap=0:"
                         "allocator_may_return_null=1",
                         NULL};
    return terminal_start(
        &(struct terminal_options){.argv = argv, .environ = env, .stderr_to_tty = true});
}

/* The terminal is as it was, and what the program says last stands on it. Keys that the kernel had
 * not handed on when the modes came back are echoed before it, as far as the middle of a row. */
static void expect_left(struct terminal *t, const struct way_out *way, size_t number)
{
    int status = terminal_exit(t);
    if (status != way->status)
        fail_msg("way %zu: status %d, not %d", number, status, way->status);
    assert_true(terminal_modes_restored(t));
    assert_false(terminal_alternate(t));
    expect_flow(t, way->said);
}

static void every_way_out_restores_the_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ways_out); i++) {
        struct terminal *t = start_to_leave();
        assert_false(terminal_modes_restored(t));
        if (ways_out[i].keys)
            terminal_send(t, ways_out[i].keys);
        else
            terminal_signal(t, ways_out[i].signal);
        expect_left(t, &ways_out[i], i);
        terminal_free(t);
    }
}

/* Keys and sizes, many more than are drawn by the time that this returns. */
static void keep_it_drawing(struct terminal *t, size_t moment)
{
    for (size_t i = 0; i < moment; i++)
        terminal_press(t, "jjj<C-f>j");
    for (int i = 0; i < 60; i++) {
        terminal_resize(t, 20 + i % 5, 70 + i % 11);
        terminal_send(t, "jjjj<C-f>kk<C-b>");
    }
    terminal_resize(t, 24, 80);
}

static void ways_out_in_the_middle_of_drawing(void **state)
{
    (void)state;
    enum { MOMENTS = 3 };
    for (size_t i = 0; i < ARRAY_LEN(ways_out); i++)
        for (size_t moment = 0; moment < MOMENTS && ways_out[i].signal; moment++) {
            struct terminal *t = start_to_leave();
            keep_it_drawing(t, moment);
            terminal_signal(t, ways_out[i].signal);
            expect_left(t, &ways_out[i], i);
            terminal_free(t);
        }
}

static void stops_in_the_middle_of_drawing(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    for (size_t moment = 0; moment < 8; moment++) {
        keep_it_drawing(t, moment);
        terminal_signal(t, SIGTSTP);
        terminal_stopped(t);
        assert_true(terminal_modes_restored(t));
        assert_false(terminal_alternate(t));
        terminal_continue(t);
        assert_true(terminal_alternate(t));
        terminal_press(t, "gg");
    }
    expect_row(t, 22, " 1,000 of 1,000");
    expect_row(t, 0,
               " demo ▸ Rows                                                     "
               "last·train·K10");
    terminal_free(t);
}

static void leaves_when_the_terminal_goes_away(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_hang_up(t);
    assert_int_equal(terminal_exit(t), 129);
    terminal_free(t);
}

static void nothing_prints_over_the_screen(void **state)
{
    (void)state;
    const char *argv[] = {demo, NULL};
    struct terminal *t =
        terminal_start(&(struct terminal_options){.argv = argv, .stderr_to_tty = true});
    terminal_press(t, ":find rote<Enter>");
    if (terminal_find_row(t, "a library says: rote") != 22)
        terminal_idle(t);
    expect_row(t, 22, " a library says: rote");
    terminal_press(t, ":messages<Enter>");
    expect_text(t, "warning");
    terminal_free(t);
}

static void commands_complete_and_remember(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, ":mess<Tab>");
    expect_row(t, 23, ":messages");
    terminal_press(t, "<C-u>sort c<Tab>");
    expect_row(t, 23, ":sort count");
    terminal_press(t, "<Enter>");
    expect_text(t, "sort count↑");
    terminal_press(t, ":<Up>");
    expect_row(t, 23, ":sort count");
    terminal_press(t, "<C-u>find <Tab>");
    expect_row(t, 23, ":find rote");
    expect_row(t, 22, " rote  novel  won  lost");
    terminal_press(t, "<Esc>");
    terminal_press(t, ":so<Enter>");
    expect_text(t, "could be sort, sort-down");
    terminal_press(t, ":part");
    terminal_send_bytes(t, "\033[200~ te\x73t\nrm -rf\033[201~", 24);
    terminal_idle(t);
    expect_row(t, 23, ":part test");
    terminal_press(t, "<Enter>");
    expect_row(t, 22, " part test");
    terminal_free(t);
}

static void help_lists_and_runs(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, "?");
    expect_text(t, "Help");
    terminal_press(t, "/everything said<Enter>");
    expect_text(t, ":messages");
    terminal_press(t, "<Enter>");
    expect_text(t, "Messages");
    terminal_press(t, "q");
    expect_text(t, "demo ▸ Rows");
    terminal_press(t, "q");
    expect_text(t, "Leave rote? y/n");
    terminal_press(t, "n");
    expect_text(t, "not done");
    terminal_press(t, ":bind gx sort count<Enter>gx");
    expect_text(t, "sort count↑");
    terminal_free(t);
}

static void looks_follow_the_options(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    assert_int_equal(terminal_cell(t, 2, column_of(t, 2, "■")).fg, 3); /* memorized: warm */
    assert_int_equal(terminal_cell(t, 3, column_of(t, 3, "○")).fg, 6); /* related: cool */
    assert_int_equal(terminal_cell(t, 2, 2).bg, -1);
    terminal_free(t);
    t = start(24, 80, "--256", NULL, NULL);
    assert_int_equal(terminal_cell(t, 2, column_of(t, 2, "■")).fg, 130);
    terminal_free(t);
    const char *env[] = {NULL, "NO_COLOR=1"};
    for (int i = 0; i < 2; i++) {
        t = start(24, 80, i ? NULL : "--mono", NULL, env[i]);
        for (int y = 0; y < 24; y++)
            for (int x = 0; x < 80; x++)
                assert_true(terminal_cell(t, y, x).fg == -1 && terminal_cell(t, y, x).bg == -1);
        assert_true(terminal_cell(t, 2, 2).reverse);
        terminal_free(t);
    }
    const char *locale[] = {NULL, "LC_ALL=C"};
    for (int i = 0; i < 2; i++) {
        t = start(24, 80, i ? NULL : "--ascii", NULL, locale[i]);
        expect_row(t, 0,
                   " demo > Rows                                                     "
                   "last.train.K10");
        assert_string_equal(terminal_cell(t, 2, 0).text, ">");
        terminal_free(t);
    }
}

static void copies_through_the_terminal(void **state)
{
    (void)state;
    struct terminal *t = start(24, 80, NULL, NULL, NULL);
    terminal_press(t, "y");
    assert_string_equal(terminal_clipboard(t), "VTAwMDAwMDA="); /* U0000000 */
    terminal_free(t);
    const char *env = "TMUX=/tmp/tmux,1,0";
    t = start(24, 80, NULL, NULL, env);
    terminal_bytes(t);
    terminal_press(t, "y");
    assert_non_null(strstr(terminal_raw(t), "\033Ptmux;\033\033]52;c;VTAwMDAwMDA=\a\033\\"));
    terminal_free(t);
}

static void unknown_terminals_are_refused(void **state)
{
    (void)state;
    char *command = mem_printf("TERM=unheard-of %s </dev/null 2>&1", demo);
    FILE *p = popen(command, "r");
    char line[256] = "";
    assert_non_null(fgets(line, sizeof line, p));
    assert_non_null(strstr(line, "need a terminal"));
    assert_int_equal(pclose(p) >> 8, 2);
    free(command);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s DEMO_APP\n", argv[0]);
        return 2;
    }
    demo = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_move_and_the_cursor_follows),
        cmocka_unit_test(wide_characters_stay_aligned),
        cmocka_unit_test(search_is_live_and_can_be_left),
        cmocka_unit_test(filter_sort_mark_and_back),
        cmocka_unit_test(jobs_run_while_keys_are_answered),
        cmocka_unit_test(idle_means_idle),
        cmocka_unit_test(moving_costs_few_bytes),
        cmocka_unit_test(sizes_change_at_any_time),
        cmocka_unit_test(suspends_and_comes_back),
        cmocka_unit_test(every_way_out_restores_the_terminal),
        cmocka_unit_test(ways_out_in_the_middle_of_drawing),
        cmocka_unit_test(stops_in_the_middle_of_drawing),
        cmocka_unit_test(leaves_when_the_terminal_goes_away),
        cmocka_unit_test(nothing_prints_over_the_screen),
        cmocka_unit_test(commands_complete_and_remember),
        cmocka_unit_test(help_lists_and_runs),
        cmocka_unit_test(looks_follow_the_options),
        cmocka_unit_test(copies_through_the_terminal),
        cmocka_unit_test(unknown_terminals_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
