/* The first views as a person meets them: rote on a pty, its screen read back through libvterm. */
#include <signal.h>

#include "tests/tui/sessions_fixture.h"

static const char *sample, *small, *tiny;

/* Users, a case, its evidence, the case of the user found there, and all the way back. */
static void a_walk_and_the_way_back(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    expect_text(t, "3,000 users   800 items   30,936 interactions");
    terminal_press(t, "<Enter>");
    expect_text(t, "wayside ▸ Users");
    terminal_press(t, "jj/u0671<Enter>");
    int y, x;
    terminal_cursor(t, &y, &x);
    char *users_row = mem_strdup(terminal_row(t, y));
    assert_non_null(strstr(users_row, "u0671"));
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ Users ▸ u0671");
    expect_text(t, "┌ History 10 ");
    expect_text(t, "target reachable");
    terminal_press(t, ":runs markov<Enter>");
    expect_text(t, "■4  Apiary Honey Jar");
    expect_text(t, "verbatim 4 items");
    terminal_press(t, "<Enter>jj"); /* to the evidence, its third line */
    int line, other;
    terminal_cursor(t, &line, &x);
    char *evidence_row = mem_strdup(terminal_row(t, line)), user[32];
    assert_int_equal(sscanf(evidence_row, "│▸ %31s", user), 1);
    terminal_press(t, "<Enter>");
    char *crumb = mem_printf("▸ Users ▸ u0671 ▸ %s ", user);
    expect_text(t, crumb);
    terminal_press(t, "q");
    terminal_cursor(t, &other, &x);
    assert_int_equal(other, line);
    expect_row(t, line, evidence_row);
    terminal_press(t, "q");
    terminal_cursor(t, &other, &x);
    assert_int_equal(other, y);
    assert_non_null(strstr(terminal_row(t, y), "u0671"));
    expect_text(t, "/u0671");
    free(users_row);
    free(evidence_row);
    free(crumb);
    terminal_free(t);
}

static void panes_and_runs(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .cols = 110);
    terminal_press(t, ":runs markov,popularity<Enter>:user u1854<Enter>");
    expect_text(t, "┬ markov  10 of 10 rote  ✓1");
    expect_text(t, "┬ popularity ");
    int y, x, right;
    terminal_cursor(t, &y, &x);
    terminal_press(t, "l");
    terminal_cursor(t, &y, &right);
    assert_true(right > x);
    expect_text(t, "├ Evidence: popularity 1 · ");
    terminal_press(t, "h");
    expect_text(t, "├ Evidence: markov 1 · ");
    terminal_press(t, "j");
    expect_text(t, "├ Evidence: markov 2 · ");
    terminal_press(t, "<Tab><Tab>"); /* popularity, evidence */
    expect_text(t, "├ Evidence: popularity 1 · ");
    terminal_press(t, "<S-Tab><S-Tab><S-Tab>j");
    terminal_cursor(t, &y, &x);
    assert_int_equal(x, 1); /* the history */
    terminal_free(t);
}

static void the_definition_changes_every_figure(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>2");
    expect_text(t, "last·train·K10");
    terminal_press(t, "/u1281<Enter>");
    int y, x;
    terminal_cursor(t, &y, &x);
    assert_non_null(strstr(terminal_row(t, y), "  no  "));
    terminal_press(t, "da<Tab>");
    expect_row(t, 23, "def: any");
    terminal_send(t, "<C-u>any,k=5<Enter>");
    terminal_until(t, "definition pred=any,cap=none");
    expect_text(t, "any·train·K5");
    terminal_until(t, " u0129     12  yes ");
    terminal_press(t, "<C-c>"); /* Overview's figures need not be awaited */
    terminal_press(t, "<Enter>");
    expect_text(t, "of 5 rote");
    terminal_press(t, ":def last<Enter>");
    expect_text(t, "of 10 rote");
    terminal_send(t, ":part valid<Enter>");
    terminal_until(t, "last·train·K10 valid");
    terminal_free(t);
}

static void search_filter_and_sort_users(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, "2");
    expect_row(t, 22, " 3,000 of 3,000");
    terminal_press(t, "&yes<Enter>");
    expect_row(t, 22, " 1,048 of 3,000 · &yes"); /* as the audit counted them */
    terminal_press(t, ":sort-down items<Enter>");
    expect_row(t, 22, " 1,048 of 3,000 · &yes · sort items↓");
    expect_text(t, "items↓");
    terminal_press(t, "gg  ");
    expect_row(t, 22, " 1,048 of 3,000 · &yes · sort items↓ · 2 marked");
    terminal_press(t, "<Enter>q");
    expect_row(t, 22, " 1,048 of 3,000 · &yes · sort items↓ · 2 marked");
    terminal_press(t, "&<Enter>");
    expect_row(t, 22, " 3,000 of 3,000 · sort items↓ · 2 marked");
    terminal_press(t, ":find won<Enter>");
    expect_text(t, "▸ Users: won");
    terminal_press(t, "F");
    expect_text(t, "▸ F user");
    terminal_free(t);
}

static void exports_what_is_shown(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    char *path = sample_path("users.csv"), *keys = mem_printf("x%s<Enter>", path);
    struct error err = {0};
    struct buf text;
    buf_init(&text);
    terminal_press(t, "2&yes<Enter>");
    terminal_press(t, keys);
    expect_text(t, "wrote ");
    assert_true(file_read(path, 1 << 24, &text, &err));
    static const char header[] = "user,items,reachable,target,popularity.rank,popularity.rote,"
                                 "markov.rank,markov.rote,";
    assert_memory_equal(text.data, header, sizeof header - 1);
    int lines = 0;
    for (const char *p = text.data; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 1 + 1048);
    terminal_press(t, keys);
    expect_text(t, "Replace the file");
    terminal_press(t, "n");
    free(path);
    free(keys);
    buf_release(&text);
    terminal_free(t);
}

static void a_picture_of_the_screen(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    char *path = sample_path("users.svg");
    struct error err = {0};
    struct buf text;
    buf_init(&text);
    terminal_press(t, ":picture users.png<Enter>");
    expect_text(t, "picture: \"users.png\" does not end in .svg");
    char *keys = mem_printf("2:picture %s 90x30<Enter>", path);
    terminal_press(t, keys);
    expect_text(t, "wrote ");
    assert_true(file_read(path, 1 << 24, &text, &err));
    assert_non_null(strstr(text.data, "width=\"740\" height=\"530\"")); /* 90 × 30 cells */
    assert_non_null(strstr(text.data, ">Users</text>"));
    free(keys);
    keys = mem_printf(":picture %s<Enter>", path);
    terminal_press(t, keys);
    expect_text(t, "Replace the file");
    terminal_press(t, "y");
    buf_clear(&text);
    assert_true(file_read(path, 1 << 24, &text, &err));
    assert_non_null(strstr(text.data, "width=\"660\" height=\"428\"")); /* the window's size */
    terminal_press(t, ":picture /nowhere/x.svg<Enter>");
    expect_text(t, "/nowhere/x.svg");
    free(keys);
    free(path);
    buf_release(&text);
    terminal_free(t);
}

static void what_if_and_links(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    terminal_press(t, "w");
    expect_text(t, "without u2636: still rank 1 (recounted exactly)");
    terminal_press(t, "Y");
    expect_text(t, "rote -w '");
    terminal_press(t, "v");
    expect_text(t, "no semantic ids in these data");
    terminal_press(t, "o");
    expect_text(t, "8 of 8 written in spans");
    terminal_press(t, "<Enter>");
    expect_text(t, "Successors");
    terminal_press(t, "qq");
    expect_text(t, "markov  10 of 10 rote");
    terminal_free(t);
}

static void findings_open_in_full(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, "<Tab>j");
    expect_cursor_row(t, 10);
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ time-ties");
    expect_text(t, "Examples:");
    terminal_press(t, "q");
    expect_cursor_row(t, 10);
    terminal_free(t);
}

static void users_without_a_case_show_their_sequence(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = small);
    expect_text(t, "No runs yet");
    terminal_press(t, ":user cai<Enter>");
    expect_text(t, "Sequence 2");
    expect_text(t, "no case here: too few items");
    terminal_press(t, "q:user ben<Enter>");
    expect_text(t, "History 4");
    expect_text(t, "no run is shown; r chooses runs");
    terminal_free(t);
}

/* Two options and a strategy, a wrong value put right, a start; the row comes by itself. */
static void a_run_from_the_form(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = small);
    terminal_press(t, "t");
    expect_text(t, "few ▸ New run ");
    terminal_press(t, ":set width=8<Enter>:set heads=1<Enter>:set layers=1<Enter>");
    terminal_press(t, "/^dropout<Enter>l");
    expect_text(t, "--set dropout=0.35");
    terminal_press(t, "/^epochs<Enter><Enter>");
    expect_row(t, 23, "set: epochs=60");
    terminal_press(t, "<C-u>epochs=0<Enter>");
    expect_row(t, 22, " epochs=0: a whole number from 1 to 100000 is needed");
    expect_row(t, 23, "set: epochs=0");
    terminal_press(t, "<BS>2<Enter>/smooth<Enter><Space>");
    expect_text(t, "rote train --model sasrec --strategy smooth --set epochs=2");
    terminal_press(t, ":set trained-on=train+<Tab>");
    expect_row(t, 23, ":set trained-on=train+valid");
    terminal_press(t, "<Esc>:set name=tiny<Enter>");
    terminal_send(t, "s");
    terminal_until(t, "tiny is in the queue");
    expect_text(t, "few ▸ Overview"); /* where it came from */
    terminal_until(t, "▸ tiny");
    terminal_until(t, " 1.0000 "); /* seven items: every target is in the first 10 */
    terminal_press(t, "<Esc>t");
    expect_text(t, "few ▸ New run like tiny ");
    expect_text(t, "rote train --model sasrec --strategy smooth --set epochs=2");
    terminal_until(t, "2 epochs, like tiny");
    terminal_press(t, "Y");
    expect_text(t, "copied: rote -w ");
    assert_true(terminal_clipboard(t)[0]);
    terminal_press(t, ":set name=tiny<Enter>s");
    expect_text(t, "there is already a run named tiny");
    terminal_press(t, "q");
    terminal_send(t, ":new-run<Enter>:set model=markov<Enter>s");
    terminal_until(t, "markov is there");
    terminal_press(t, "t:set width=8<Enter>:set heads=1<Enter>:set layers=1<Enter>");
    terminal_press(t, ":set epochs=1<Enter>:set seeds=2<Enter>:set name=two<Enter>");
    expect_text(t, "expected time: 2 runs, each at most ");
    terminal_send(t, "s");
    terminal_until(t, "2 runs, two-s1 to two-s2, are in the queue");
    terminal_until(t, "two ±2 ▸                1.0000 ");
    terminal_free(t);
    t = ROTE(.dir = small, .more = {"--readonly"});
    terminal_press(t, "ts");
    expect_text(t, "open for reading only");
    expect_text(t, "few ▸ New run ");
    terminal_free(t);
}

static void sizes_change_in_a_case(void **state)
{
    (void)state;
    static const int sizes[][2] = {{10, 40}, {60, 200}, {12, 63}, {11, 64}, {9, 39}, {24, 80}};
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    terminal_press(t, "j");
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        terminal_resize(t, sizes[i][0], sizes[i][1]);
        terminal_idle(t);
        if (sizes[i][0] >= 10)
            expect_text(t, "Alpine Liquid Rennet");
    }
    expect_text(t, "├ markov 2 · ");
    terminal_free(t);
}

static void mono_and_ascii_lose_nothing(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = sample, .variable = "NO_COLOR=1");
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 80; x++)
            assert_true(terminal_cell(t, y, x).fg == -1 && terminal_cell(t, y, x).bg == -1);
    assert_true(terminal_cell(t, 8, 8).underline); /* leads to the recommendation */
    assert_false(terminal_cell(t, 7, 8).underline);
    terminal_free(t);
    t = ROTE(.dir = sample, .more = {"--ascii"});
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    expect_text(t, "|>  1 #3  Sepia Letter Seal fo~eft Hands  11 v|");
    expect_text(t, "|  >  7 Gothic Vellum Sh~t Finish|");
    expect_ascii(t);
    terminal_free(t);
}

static void moving_costs_few_bytes(void **state)
{
    (void)state;
    static const char *const keys[] = {"j", "j", "k", "<Tab>", "j", "<Tab>", "k", "<Tab>", "l"};
    struct terminal *t = ROTE(.dir = sample);
    terminal_press(t, ":runs markov<Enter>2jj");
    EXPECT_CHEAP(t, "j", "j", "j");
    terminal_press(t, ":user u1854<Enter>");
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        terminal_bytes(t);
        terminal_press(t, keys[i]);
        size_t n = terminal_bytes(t);
        print_message("case %-5s %zu bytes\n", keys[i], n);
        assert_in_range(n, 0, 4095);
    }
    terminal_free(t);
}

/* Whatever is drawn and however much it is, a frame is one write. */
static void a_frame_is_one_write(void **state)
{
    (void)state;
    static const char *const keys[] = {"2", "j",     "<C-f>", "G", "]",     "<C-l>",   "4",
                                       "q", "gd",    "q",     "?", "q",     "<Enter>", "<Tab>",
                                       "j", "<C-l>", "q",     "q", "<C-k>", "<Esc>"};
    struct terminal *t = ROTE(.dir = sample, .rows = 60, .cols = 200);
    int frames = 0;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        frames += expect_whole_frames(t, keys[i]);
    assert_true(frames >= (int)ARRAY_LEN(keys) / 2);
    terminal_free(t);
}

/* In every view: nothing looks at the clock, not even for runs that have ended. */
static void idle_means_idle(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *shown;
    } views[] = {{"1", "▸ Overview"},
                 {"2", "▸ Users"},
                 {":user u1854<Enter>j", "▸ u1854"},
                 {"3", "▸ Items"},
                 {"<Enter>", "▸ Items ▸"},
                 {"4", "▸ Runs"},
                 {"<Enter>", "▸ Runs ▸"},
                 {":compare markov popularity<Enter>", "▸ Compare"},
                 {"5", "▸ Cases"},
                 {"6", "▸ Recommendations"},
                 {"8", "▸ Schema"},
                 {";select 1 as one<Enter>", "▸ Query"},
                 {"9", "▸ Messages"},
                 {":new-run<Enter>", "▸ New run"},
                 {"<Esc><Esc>?", "▸ Help"}};
    struct terminal *t = ROTE(.dir = sample);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        terminal_press(t, views[i].keys);
        expect_text(t, views[i].shown);
        if (terminal_timeout(t) != -1)
            fail_msg("%s wakes up after %d ms", views[i].shown, terminal_timeout(t));
    }
    terminal_free(t);
}

/* ---- coming and leaving ---- */

static void terminals_that_cannot_show_it_are_left_alone(void **state)
{
    (void)state;
    static const struct {
        const char *term, *said;
    } terminals[] = {
        {"TERM=nonsense",
         "rote: the terminal type \"nonsense\" (TERM) is not known; try TERM=xterm"},
        {"TERM=", "rote: the terminal type \"\" (TERM) is not known; try TERM=xterm"},
        {"TERM=dumb",
         "rote: this terminal cannot move its cursor, which the screens need; use the "}};
    for (size_t i = 0; i < ARRAY_LEN(terminals); i++) {
        struct terminal *t = ROTE(.dir = sample, .cols = 120, .variable = terminals[i].term,
                                  .stderr_to_tty = true, .ends = true);
        assert_int_equal(terminal_exit(t), 2);
        expect_row_begins(t, 0, terminals[i].said);
        if (strchr(terminal_raw(t), '\033'))
            fail_msg("%s: something was sent to the terminal", terminals[i].term);
        assert_true(terminal_modes_restored(t));
        terminal_free(t);
    }
}

static void expect_given_back(struct terminal *t, const char *way)
{
    static const int modes[] = {9, 1000, 1002, 1003, 1006, 1049, 2004};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (terminal_mode(t, modes[i]))
            fail_msg("%s: the mode %d of the terminal is still on", way, modes[i]);
    if (!terminal_modes_restored(t) || terminal_alternate(t))
        fail_msg("%s: the terminal is not as it was", way);
}

/* With all that can be on: the mouse and bracketed paste. */
static void every_way_out_gives_the_terminal_back(void **state)
{
    (void)state;
    static const struct {
        const char *way, *keys;
        int signal, status;
    } ways[] = {{"Q", "Q", 0, 0},
                {"q", "qy", 0, 0},
                {"^Z and fg", "<C-z>", 0, 0},
                {"SIGTERM", NULL, SIGTERM, 128 + SIGTERM},
                {"SIGHUP", NULL, SIGHUP, 128 + SIGHUP},
                {"SIGSEGV", NULL, SIGSEGV, 128 + SIGSEGV}};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct terminal *t =
            ROTE(.dir = small, .more = {"--mouse"}, .stderr_to_tty = true,
                 .variable = "ASAN_OPTIONS=allow_user_segv_handler=1:handle_segv=0");
        assert_true(terminal_mode(t, 1000) && terminal_mode(t, 1049));
        bool paste = terminal_mode(t, 2004); /* where its description knows it */
        if (ways[i].keys)
            terminal_send(t, ways[i].keys);
        else
            terminal_signal(t, ways[i].signal);
        if (strcmp(ways[i].way, "^Z and fg") == 0) {
            terminal_stopped(t);
            expect_given_back(t, "^Z");
            terminal_continue(t);
            assert_true(terminal_mode(t, 1000) && terminal_mode(t, 1049));
            assert_true(terminal_mode(t, 2004) == paste);
            terminal_send(t, "Q");
        }
        assert_int_equal(terminal_exit(t), ways[i].status);
        expect_given_back(t, ways[i].way);
        terminal_free(t);
    }
}

/* ---- a run that really trains ---- */

static void a_run_is_cancelled_resumed_and_deleted(void **state)
{
    (void)state;
    struct terminal *t = ROTE(.dir = tiny);
    terminal_press(t, "4");
    expect_text(t, "No runs yet");
    terminal_send(t, ":train sasrec name=endless epochs=100000 width=16 layers=1 mlp=1 items=6 "
                     "batch-tokens=200 patience=0<Enter>");
    terminal_until(t, " % "); /* it looks by itself */
    terminal_press(t, "j");
    expect_row(t, 22, " 1 of 1");
    terminal_press(t, "<Enter>");
    expect_text(t, "▸ Runs ▸ endless");
    look_until(t, "training loss");
    look_until(t, "weights of epoch");
    terminal_press(t, "<Tab><Tab>"); /* the options */
    expect_text(t, "epochs=100000");
    terminal_press(t, "K");
    expect_text(t, "Cancel run endless");
    terminal_press(t, "n");
    expect_text(t, "not done");
    terminal_press(t, "K");
    terminal_send(t, "y");
    terminal_until(t, "cancelled endless; resume-run continues it");
    expect_text(t, "sasrec · cancelled");
    terminal_press(t, "K");
    expect_text(t, "there is nothing to cancel");
    terminal_send(t, "S");
    terminal_until(t, "queued again: endless");
    terminal_until(t, "training ·");
    terminal_press(t, "q");
    terminal_send(t, "eforever<Enter>");
    terminal_until(t, "endless is called forever now");
    terminal_press(t, " D");
    expect_text(t, "Delete run forever with lists");
    terminal_send(t, "y");
    terminal_until(t, "deleted forever");
    expect_text(t, "No runs yet");
    terminal_free(t);
}

/* Where the test above did not come to its end. */
static int after(void **state)
{
    static const char *const name[] = {"endless", "forever"};
    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        char *line =
            mem_printf("'%s' -w '%s' runs delete %s --yes >/dev/null 2>&1", rote, tiny, name[i]);
        if (system(line) == -1)
            perror("system");
        free(line);
    }
    return sessions_after(state);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE"))
        return 2;
    sample = sample_workspace_make();
    small = small_workspace_make();
    tiny = tiny_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_and_the_way_back),
        cmocka_unit_test(panes_and_runs),
        cmocka_unit_test(the_definition_changes_every_figure),
        cmocka_unit_test(search_filter_and_sort_users),
        cmocka_unit_test(exports_what_is_shown),
        cmocka_unit_test(a_picture_of_the_screen),
        cmocka_unit_test(what_if_and_links),
        cmocka_unit_test(findings_open_in_full),
        cmocka_unit_test(users_without_a_case_show_their_sequence),
        cmocka_unit_test(sizes_change_in_a_case),
        cmocka_unit_test(mono_and_ascii_lose_nothing),
        cmocka_unit_test(moving_costs_few_bytes),
        cmocka_unit_test(a_frame_is_one_write),
        cmocka_unit_test(idle_means_idle),
        cmocka_unit_test(terminals_that_cannot_show_it_are_left_alone),
        cmocka_unit_test(every_way_out_gives_the_terminal_back),
        cmocka_unit_test(a_run_from_the_form),
        cmocka_unit_test(a_run_is_cancelled_resumed_and_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, after);
}
