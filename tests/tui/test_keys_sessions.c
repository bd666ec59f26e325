/* Palette, configuration, histories, scripts and sessions, as a person meets them: rote on a pty.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tui/sessions_fixture.h"
#include "tui/command/session.h"

static bool mouse_is_sgr;
static const char *demo, *example, *sample, *small;

/* `home`: NULL: none. Flags may be NULL. */
static struct terminal *start(const char *dir, const char *home, const char *flag,
                              const char *value)
{
    char *variable = home ? mem_printf("HOME=%s", home) : NULL;
    struct terminal *t = ROTE(.dir = dir, .more = {flag, value}, .variable = variable);
    free(variable);
    return t;
}

static char *file_with(const char *name, const char *text)
{
    char *path = sample_path(name);
    assert_true(file_write(path, text, strlen(text), NULL));
    return path;
}

static char *session_of(const char *home, const char *workspace)
{
    char *name = session_file_name(workspace),
         *path = mem_printf("%s/.local/state/rote/%s", home, name);
    free(name);
    return path;
}

/* rote without a terminal: what it prints. */
static void batch(const char *arguments, int status, struct buf *out)
{
    char *command = mem_printf("unset HOME; LC_ALL=C.UTF-8 '%s' %s 2>&1", rote, arguments);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    char bytes[4096];
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        buf_add(out, bytes, n);
    int ended = pclose(f);
    if (ended != status << 8)
        fail_msg("%s ends with %d: %s", arguments, ended, out->data);
    free(command);
}

/* ---- palette ---- */

static void the_palette_does_and_asks(void **state)
{
    (void)state;
    struct terminal *t = start(sample, NULL, NULL, NULL);
    terminal_press(t, "<C-k>");
    expect_text(t, "─ Palette ──");
    expect_row(t, 23, "do:");
    terminal_press(t, "one row per user");
    expect_text(t, "▸ 2        users");
    terminal_press(t, "<Enter>");
    expect_text(t, "wayside ▸ Users");
    expect_no_text(t, "Palette");
    terminal_press(t, ":<Tab>fltr");
    expect_text(t, "▸ &        filter");
    terminal_press(t, "<Enter>"); /* it has to ask */
    expect_row(t, 23, "&");
    terminal_press(t, "yes<Enter>");
    expect_row(t, 22, " 1,048 of 3,000 · &yes");
    terminal_press(t, "<C-k>pane<Down>");
    expect_text(t, "▸ <S-Tab>  previous-pane");
    terminal_press(t, "<Up><Up>"); /* goes round */
    expect_text(t, "▸ <S-Tab>  previous-pane");
    terminal_press(t, "zz");
    expect_text(t, "no action fits");
    terminal_press(t, "<Enter>");
    expect_text(t, "no action fits");
    terminal_press(t, "<Esc>");
    expect_no_text(t, "Palette");
    expect_row(t, 22, " 1,048 of 3,000 · &yes");
    terminal_resize(t, 10, 40);
    terminal_press(t, "<C-k>sort-down");
    expect_text(t, "▸ ]        sort-down");
    terminal_free(t);
}

/* ---- configuration ---- */

static void the_configuration_binds_and_sets(void **state)
{
    (void)state;
    char *more = file_with("more.config", "bind users X sort-down items\n");
    char *path = file_with("config", "# mine\n"
                                     "bind gx users\n"
                                     "source more.config\n"
                                     "set glyphs ascii\n"
                                     "bind j\n"
                                     "unbind F\n"
                                     "quit\n"
                                     "set colour purple\n");
    struct terminal *t = start(small, NULL, "--config", path);
    expect_text(t, "config:8: set colour: one of auto 16 ");
    terminal_press(t, "gx");
    expect_text(t, "few > Users"); /* in ASCII */
    terminal_press(t, "X");
    expect_row(t, 22, " 4 of 4 . sort items_");
    terminal_press(t, "F");
    expect_text(t, "F does nothing here");
    terminal_press(t, "9");
    expect_text(t, "config:5: bind needs: [view] keys");
    expect_text(t, "config:7: quit is not for a ");
    terminal_press(t, ":set glyphs auto<Enter>");
    expect_text(t, "few ▸ Users ▸ Messages");
    terminal_press(t, "1t:set glyphs ascii<Enter>"); /* rote's, not the form's */
    expect_text(t, "few > New run");
    terminal_press(t, ":set glyphs auto<Enter>q");
    terminal_press(t, ":bind <lt>F2> help<Enter><F2>");
    expect_text(t, "▸ Help");
    terminal_press(t, "q:unbind <lt>F2><Enter><F2>");
    expect_text(t, "<F2> does nothing here");
    terminal_press(t, ":set col<Tab><Tab>");
    expect_row(t, 23, ":set colour auto");
    terminal_press(t, "<Esc>:set mouse sometimes<Enter>");
    expect_text(t, "one of on off is needed");
    terminal_free(t);
    t = start(small, NULL, "--config", "/nowhere/at/all");
    expect_text(t, "cannot open /nowhere/at/all");
    terminal_free(t);
    free(more);
    free(path);
}

static void files_in_one_another_end(void **state)
{
    (void)state;
    char *path = file_with("endless", "source endless\nbind gx users\n");
    struct terminal *t = start(small, NULL, "--config", path);
    expect_text(t, "endless:1: more than 8 files in one another");
    terminal_press(t, "gx");
    expect_text(t, "few ▸ Users");
    terminal_free(t);
    char *line = mem_printf("source %s\n", path), *arguments = NULL;
    assert_true(file_write(path, line, strlen(line), NULL));
    struct buf out;
    buf_init(&out);
    arguments = mem_printf("-w '%s' --batch -s '%s'", small, path);
    batch(arguments, 2, &out);
    assert_non_null(strstr(out.data, "endless:1: source: more than 8 files in one another"));
    buf_release(&out);
    free(line);
    free(arguments);
    free(path);
}

static void the_example_is_right(void **state)
{
    (void)state;
    struct terminal *t = start(small, NULL, "--config", example);
    expect_row(t, 22, " 0 of 0");
    terminal_press(t, "<F2>");
    expect_text(t, "few ▸ Users");
    terminal_press(t, "gl");
    expect_row(t, 22, " 4 of 4 · sort items↓");
    terminal_press(t, "9");
    expect_row(t, 22, " 0 of 0"); /* nothing was said */
    terminal_free(t);
}

/* ---- histories ---- */

static void what_was_typed_is_kept(void **state)
{
    (void)state;
    char *home = sample_path("home-history");
    struct terminal *a = start(small, home, "--no-session", NULL);
    struct terminal *b = start(small, home, "--no-session", NULL);
    terminal_press(a, ":users<Enter>/ann<Enter>");
    terminal_press(b, ":overview<Enter>");
    terminal_press(a, ":go 2<Enter>");
    rote_leave(a);
    rote_leave(b);
    a = start(small, home, "--no-session", NULL);
    terminal_press(a, ":<Up>");
    expect_row(a, 23, ":go 2");
    terminal_press(a, "<Up>");
    expect_row(a, 23, ":overview");
    terminal_press(a, "<Up>");
    expect_row(a, 23, ":users");
    terminal_press(a, "<Esc>2/<Up>");
    expect_row(a, 23, "/ann");
    terminal_free(a);
    free(home);
}

static void a_home_that_cannot_be_written_is_said_once(void **state)
{
    (void)state;
    char *home = file_with("home-file", "no folder");
    struct terminal *t = start(small, home, NULL, NULL);
    terminal_press(t, ":users<Enter>");
    expect_text(t, "nothing is kept for the next start: ");
    terminal_press(t, ":overview<Enter>");
    expect_no_text(t, "nothing is kept");
    rote_leave(t);
    free(home);
}

/* ---- the log ---- */

static void what_was_done_is_done_again(void **state)
{
    (void)state;
    char *script = sample_path("walk.rote");
    struct terminal *t = start(sample, NULL, NULL, NULL);
    terminal_press(t, "2&yes<Enter>");
    terminal_press(t, "l]jjj<Space><Space>"); /* by items, two marks */
    terminal_press(t, "/u06<Enter>n");        /* live */
    terminal_press(t, "F");
    terminal_press(t, "<Down><Enter>");           /* how often, and those only */
    terminal_press(t, "?/sort by<Enter><Enter>"); /* help does it */
    terminal_press(t, "<C-k>last row<Enter>");
    terminal_press(t, "kk");
    terminal_press(t, ":runs markov<Enter><Enter>");
    terminal_press(t, "<Tab>jj<Tab>j<Enter>");
    expect_text(t, "┌ History ");
    terminal_press(t, ":save-commands "), terminal_press(t, script), terminal_press(t, "<Enter>");
    expect_text(t, "wrote ");
    struct buf out;
    buf_init(&out);
    char *arguments = mem_printf("-w '%s' --batch -s '%s' -c print", sample, script);
    batch(arguments, 0, &out);
    const char *line = out.data;
    for (int y = 0; y < 22; y++) {
        size_t n = strcspn(line, "\n");
        char *again = mem_strndup(line, n);
        assert_string_equal(again, terminal_row(t, y));
        free(again);
        line += n + 1;
    }
    /* every move in one sheet is one line */
    buf_clear(&out);
    assert_true(file_read(script, 1 << 20, &out, NULL));
    assert_non_null(strstr(out.data, "\nusers\nfilter yes\ncolumn items\nsort-down items\ngo @"));
    assert_non_null(strstr(out.data, "\nmark\nmark\nsearch u06\nnext\nfrequency items\ngo @"));
    assert_null(strstr(out.data, "\ndown"));
    terminal_press(t, ":save-commands "), terminal_press(t, script), terminal_press(t, "<Enter>");
    expect_text(t, "Replace the file");
    terminal_press(t, "n");
    terminal_press(t, ":commands<Enter>");
    expect_text(t, "▸ Commands");
    terminal_press(t, "/users<Enter>");
    terminal_press(t, "<Enter>"); /* does it again */
    expect_text(t, "wayside ▸ Users ");
    expect_no_text(t, "Commands");
    buf_release(&out);
    free(arguments);
    free(script);
    terminal_free(t);
}

static void scripts_stop_at_what_fails(void **state)
{
    (void)state;
    char *path = file_with("wrong.rote", "users\n# x\nsort nothing\nhelp\n");
    struct buf out;
    buf_init(&out);
    char *arguments = mem_printf("-w '%s' --batch -s '%s' -c print", small, path);
    batch(arguments, 2, &out);
    assert_non_null(strstr(out.data, "wrong.rote:3: this sheet has no column \"nothing\""));
    assert_null(strstr(out.data, "Users"));
    buf_clear(&out);
    free(arguments);
    arguments = mem_printf("-w '%s' --batch -s /nowhere -c print", small);
    batch(arguments, 1, &out);
    assert_string_equal(out.data, "rote: cannot open /nowhere: No such file or directory\n");
    struct terminal *t = start(small, NULL, "-s", path); /* in the screens it goes on */
    expect_text(t, "few ▸ Users ▸ Help");
    expect_text(t, "wrong.rote:3: this sheet has no column");
    terminal_free(t);
    buf_release(&out);
    free(arguments);
    free(path);
}

/* ---- sessions ---- */

static void one_comes_back(void **state)
{
    (void)state;
    char *home = sample_path("home-session"), *path = session_of(home, sample);
    struct terminal *t = start(sample, home, NULL, NULL);
    expect_no_text(t, "back where you were");
    terminal_press(t, ":runs markov<Enter>:def last,k=5<Enter>2");
    terminal_press(t, "&yes<Enter>g&items > 5<Enter>l]");
    terminal_press(t, "jj<Space><Space>");
    expect_text(t, "· &yes · items > 5 · sort items↓ · 2 marked");
    int y, x;
    terminal_cursor(t, &y, &x);
    char *row = mem_strdup(terminal_row(t, y));
    terminal_press(t, "<Enter>");
    terminal_press(t, "j");
    expect_text(t, "├ markov 2");
    char *crumbs = mem_strdup(terminal_row(t, 0));
    rote_leave(t);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    t = start(sample, home, NULL, NULL);
    expect_text(t, "back where you were a minute ago; :session reset begins anew");
    expect_row(t, 0, crumbs);
    terminal_press(t, "q");
    expect_text(t, "· &yes · items > 5 · sort items↓ · 2 marked");
    terminal_cursor(t, &y, &x);
    expect_row(t, y, row);
    terminal_press(t, "<Enter>");
    rote_leave(t);

    t = start(sample, home, "--no-session", NULL);
    expect_no_text(t, "back where you were");
    expect_text(t, "3,000 users   800 items");
    rote_leave(t);
    t = start(sample, home, "-c", "user u1854"); /* what is asked for goes before */
    expect_no_text(t, "back where you were");
    expect_text(t, "wayside ▸ u1854");
    rote_leave(t);

    t = start(sample, home, NULL, NULL);
    expect_text(t, "back where you were");
    expect_row(t, 0, crumbs);
    terminal_press(t, ":session reset<Enter>");
    expect_text(t, "begun anew");
    expect_text(t, "last·train·K10");
    expect_text(t, "3,000 users   800 items");
    assert_false(file_exists(path));
    terminal_press(t, ":session<Enter>");
    terminal_press(t, "<Esc>");
    rote_leave(t);
    t = start(sample, home, NULL, NULL);
    expect_no_text(t, "back where you were");
    rote_leave(t);
    free(row);
    free(crumbs);
    free(path);
    free(home);
}

static bool file_holds(const char *path, const char *text)
{
    struct buf all;
    buf_init(&all);
    bool holds =
        file_exists(path) && file_read(path, 1 << 20, &all, NULL) && strstr(all.data, text) != NULL;
    buf_release(&all);
    return holds;
}

static void a_kill_loses_little(void **state)
{
    (void)state;
    char *home = sample_path("home-kill"), *path = session_of(home, small);
    struct terminal *t = start(small, home, NULL, NULL);
    terminal_press(t, "2");
    terminal_press(t, "j");
    while (!file_holds(path, "\nstate go @1\n")) /* what was written before that may be older */
        terminal_quiet(t, 20);
    terminal_kill(t);
    terminal_free(t);
    t = start(small, home, NULL, NULL);
    expect_text(t, "back where you were");
    expect_text(t, "few ▸ Users");
    expect_text(t, "▸ ben");
    terminal_free(t);
    free(path);
    free(home);
}

/* Sessions as they may be found: of other data, of things that are gone, not sessions at all. */
static void nothing_keeps_rote_from_starting(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said, *shown;
    } sessions[] = {
        {"# rote session 1\ntime 5\ndata 1\nview \nview users\nstate go @3\nstate marks 1\n",
         "back where you were long ago; :session reset begins anew (new data: no marks)",
         "few ▸ Users"},
        {"# rote session 1\nview user nobody\nstate filter x\nview users\nstate sort nothing\n",
         "not as it was: there is no column \"nothing\" here", "few ▸ Users"},
        {"# rote session 1\ndo runs gone\ndo delete-run! one\ndo quit\nview train markov\n",
         "4 gone", "4 users"},
        {"# rote session 1\nview help\nview users!\nview users\nstate pane 99\nstate filter (\n",
         "not as it was: pattern \"(\"", "few ▸ "},
        {"something else\n", "the last session cannot be read", "4 users"},
        {"", "the last session cannot be read", "4 users"},
    };
    char *home = sample_path("home-hostile"), *path = session_of(home, small);
    char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    assert_true(dir_make(folder, NULL));
    for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
        assert_true(file_write(path, sessions[i].text, strlen(sessions[i].text), NULL));
        struct terminal *t = start(small, home, NULL, NULL);
        expect_text(t, sessions[i].said);
        expect_text(t, sessions[i].shown);
        rote_leave(t);
    }
    free(folder);
    free(path);
    free(home);
}

/* ---- the mouse ---- */

/* As the terminal of the tests reports a press: in the form that its description names. */
static void click(struct terminal *t, int button, int y, int x)
{
    bool wheel = button >= 64; /* it is not released */
    char *bytes = mouse_is_sgr ? mem_printf("\033[<%d;%d;%dM\033[<%d;%d;%dm", button, x + 1, y + 1,
                                            button, x + 1, y + 1)
                               : mem_printf("\033[M%c%c%c\033[M#%c%c", 32 + button, 33 + x, 33 + y,
                                            33 + x, 33 + y);
    if (wheel)
        bytes[strlen(bytes) / 2] = '\0';
    terminal_send_bytes(t, bytes, strlen(bytes));
    free(bytes);
    terminal_press(t, "");
}

static void the_mouse_chooses_sorts_and_scrolls(void **state)
{
    (void)state;
    struct terminal *t = start(sample, NULL, "--mouse", NULL);
    terminal_press(t, "2");
    click(t, 0, 7, 4);
    int y, x;
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 7);
    assert_int_equal(strncmp(terminal_row(t, 7), "▸ ", 4), 0);
    click(t, 0, 2, 10); /* the header of "items" */
    expect_text(t, "sort items↑");
    click(t, 0, 2, 10);
    expect_text(t, "sort items↓");
    click(t, 0, 2, 10);
    expect_no_text(t, "sort items");
    terminal_press(t, "gg");
    click(t, 65, 10, 10); /* the wheel, down */
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 6);
    click(t, 64, 10, 10);
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 3);
    terminal_press(t, ":runs markov<Enter>:user u1854<Enter>");
    expect_text(t, "├ markov 1");
    click(t, 0, 4, 40); /* in the pane of the run */
    expect_text(t, "├ markov 3");
    click(t, 0, 3, 5); /* in the history */
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 3);
    assert_int_equal(x, 1);
    terminal_press(t, "/");
    click(t, 0, 5, 5); /* what is typed goes first */
    expect_row(t, 23, "/");
    terminal_press(t, "<Esc>");
    terminal_cursor(t, &y, &x);
    assert_int_equal(y, 3);
    terminal_press(t, ":set mouse off<Enter>");
    assert_non_null(strstr(terminal_raw(t), "1000l"));
    terminal_free(t);
    t = start(sample, NULL, NULL, NULL);
    assert_null(strstr(terminal_raw(t), "1000h")); /* off by itself */
    terminal_free(t);
}

/* ---- leaving ---- */

/* A job that writes stands at the gate while the keys are pressed. */
static void leaving_asks_while_a_file_is_written(void **state)
{
    (void)state;
    char *gate = sample_path("gate"), *file = sample_path("out.csv");
    assert_int_equal(mkfifo(gate, 0600), 0);
    const char *argv[] = {demo, "--rows", "5000", "--gate", gate, NULL};
    struct terminal *t = terminal_start(&(struct terminal_options){.argv = argv});
    terminal_press(t, ":export "), terminal_press(t, file);
    terminal_send(t, "<Enter>");
    terminal_busy(t);
    terminal_send(t, "Q");
    terminal_until(t, "Something is being written. Leave, and give it up?");
    terminal_send(t, "n");
    terminal_until(t, "not done");
    terminal_send(t, "q");
    terminal_until(t, "Leave rote, and give up what is being written?");
    terminal_send(t, "n");
    terminal_until(t, "not done");
    int fd = open(gate, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    terminal_until(t, "wrote ");
    rote_leave(t); /* without a question */
    free(gate);
    free(file);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE DEMO CONFIG"))
        return 2;
    FILE *f = popen("infocmp -1 xterm-256color 2>/dev/null", "r");
    char line[256];
    while (f && fgets(line, sizeof line, f))
        mouse_is_sgr |= strstr(line, "kmous=\\E[<") != NULL;
    if (f)
        pclose(f);
    demo = argv[2];
    example = argv[3];
    sample = sample_workspace_make();
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_palette_does_and_asks),
        cmocka_unit_test(the_configuration_binds_and_sets),
        cmocka_unit_test(files_in_one_another_end),
        cmocka_unit_test(the_example_is_right),
        cmocka_unit_test(what_was_typed_is_kept),
        cmocka_unit_test(a_home_that_cannot_be_written_is_said_once),
        cmocka_unit_test(what_was_done_is_done_again),
        cmocka_unit_test(scripts_stop_at_what_fails),
        cmocka_unit_test(one_comes_back),
        cmocka_unit_test(a_kill_loses_little),
        cmocka_unit_test(nothing_keeps_rote_from_starting),
        cmocka_unit_test(the_mouse_chooses_sorts_and_scrolls),
        cmocka_unit_test(leaving_asks_while_a_file_is_written),
    };
    return SESSIONS_RUN(tests);
}
