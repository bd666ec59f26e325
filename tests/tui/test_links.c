/* Ways back: what Y copies, what p pins and where a session was left lead to the same picture, for
 * every kind of view, and do nothing but show. */
#include "analysis/report/case_study.h"
#include "analysis/report/groups.h"
#include "storage/base/file.h"
#include "storage/db/run_store.h"
#include "storage/import/import.h"
#include "tests/tui/screens_fixture.h"
#include "tui/command/session.h"
#include "tui/screens/app_private.h"
#include "tui/screens/link.h"

static const char *sample, *temporal, *finished, *edges;

enum { ROWS = 40, COLS = 120 };

static char *link_of_front(struct screens *s)
{
    struct buf link;
    buf_init(&link);
    link_to_view(app_front(s->app), SHEET_LOOK | SHEET_CURSOR, &link);
    return buf_detach(&link);
}

static void follow(struct screens *s, const char *link)
{
    char *copy = mem_strdup(link), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct error err = {0};
        if (!link_allows(line, &err))
            fail_msg("%s", err.text);
        DO(s, line);
    }
    free(copy);
}

/* From a line on: above it the breadcrumbs tell how one came there. */
static char *picture(struct screens *s, int from)
{
    screens_press(s, K_ESC); /* no message */
    char *all = screens_text(s, ROWS, COLS), *at = all;
    while (from-- > 0)
        at = strchr(at, '\n') + 1;
    char *part = mem_strdup(at);
    free(all);
    return part;
}

static void expect_same(const char *what, char *before, char *after)
{
    if (strcmp(before, after) != 0)
        fail_msg("%s: this was\n%s\nand is now\n%s", what, before, after);
    free(before);
    free(after);
}

/* ---- Y ---- */

static void links_lead_to_the_same_picture(void **state)
{
    (void)state;
    static const char *const ways[][8] = {
        {"users", "filter yes", "where items > 5 and items < 20", "sort-down items",
         "sort-add user", "hide target", "go 7"},
        {"items", "sort-down out", "where popularity > 10", "go 3"},
        {"find rote", "filter !tea", "go 2"},
        {"item tea33", "next-pane", "down"},
        {"runs-list", "mark", "mark", "only-marked"},
        {"run markov", "next-pane", "down"},
        {"user u1854", "next-pane", "next-pane", "down"},
        {"user u1854", "roll-out 5 popularity", "down"},
        {"compare popularity markov", "next-pane", "sort cases", "down"},
        {"compare popularity markov", "compare-users won", "filter yes", "sort-down user", "down"},
        {"compare popularity markov", "runs markov"},
        {"recommendations", "where rank <= 2", "sort-down score", "go 4"},
        {"sql SELECT length AS \"a b\", count(*) FROM user GROUP BY 1", "sort-down count(*)",
         "hide count(*)", "go 2"},
        {"plot", "sort accuracy", "down"},
        {"cases", "down"},
        {"search-cases seal"},
        {"next-pane", "down"},
        {"runs -", "users", "go 5"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct screens s, t;
        screens_open(&s, sample, SCREENS_READ);
        screens_open(&t, sample, SCREENS_READ);
        for (size_t k = 0; k < ARRAY_LEN(ways[i]) && ways[i][k]; k++)
            DO(&s, ways[i][k]);
        char *link = link_of_front(&s);
        follow(&t, link);
        expect_same(link, picture(&s, 1), picture(&t, 1));
        expect_same(link, mem_strdup(link), link_of_front(&t));
        free(link);
        screens_close(&s);
        screens_close(&t);
    }
}

/* Filters that a frequency table makes: of one text, and of numbers. */
static void what_was_counted_comes_back(void **state)
{
    (void)state;
    static const char *const columns[] = {"reachable", "items"};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        struct screens s, t;
        screens_open(&s, sample, SCREENS_READ);
        screens_open(&t, sample, SCREENS_READ);
        char *count = mem_printf("frequency %s", columns[i]);
        DO(&s, "users", count, "down", "open");
        char *link = link_of_front(&s);
        assert_non_null(strstr(link, i ? "restore where items" : "restore equal reachable\\x09"));
        follow(&t, link);
        expect_same(link, picture(&s, 1), picture(&t, 1));
        free(link);
        free(count);
        screens_close(&s);
        screens_close(&t);
    }
}

/* ---- lists of runs ---- */

static void call_run(struct screens *s, int64_t run, const char *name)
{
    struct error err = {0};
    struct workspace *ws = study_lock(s->study);
    if (!run_rename(ws, run, name, &err))
        fail_msg("%s", err.text);
    study_unlock(s->study);
    DO(s, "refresh");
}

static void names_of_runs_may_hold_anything(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"next item", "a,b"}, {"it's", "\"so\""},     {"'\"", "a* b,c"},     {", ", "plain"},
        {"a*", "ab"},         {"markov,x", "markov"}, {"\"\"a b\"\" c", "x"}};
    struct screens s;
    screens_open(&s, finished, SCREENS_WRITE);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        call_run(&s, 1, "first of two");
        call_run(&s, 2, "second of two");
        call_run(&s, 1, names[i][0]);
        call_run(&s, 2, names[i][1]);
        const struct study_run **run = NULL;
        size_t n = 0;
        struct error err = {0};
        struct buf list;
        buf_init(&list);
        run_name_add(names[i][0], &list);
        buf_addc(&list, ',');
        run_name_add(names[i][1], &list);
        if (!runs_of_words(s.study, list.data, &run, &n, &err) || n != 2)
            fail_msg("%s: %zu runs, %s", list.data, n, err.text);
        assert_int_equal(run[0]->id, 1);
        assert_int_equal(run[1]->id, 2);
        free(run);
        run = NULL;
        n = 0;
        const char *rest = list.data;
        char *word = runs_next_word(&rest); /* no blank of it is between words */
        assert_string_equal(word, list.data);
        assert_int_equal(*rest, '\0');
        assert_true(runs_of_word(s.study, word, &run, &n, &err));
        assert_int_equal(n, 2);
        free(run);
        free(word);
        buf_release(&list);
    }
    call_run(&s, 1, "one");
    call_run(&s, 2, "two");
    screens_close(&s);
}

static void runs_are_chosen_by_lists(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    call_run(&s, 1, "the, popular one");
    DO(&s, "runs \"the, popular one\",markov");
    assert_int_equal(s.host.n_shown, 2);
    assert_int_equal(s.host.shown[0], 1);
    DO(&s, "runs the, popular one"); /* alone it needs no quotes */
    assert_int_equal(s.host.n_shown, 1);
    DO(&s, "compare \"the, popular one\" markov");
    expect_shown(&s, " A the, popular one   B markov ");
    char *link = link_of_front(&s);
    assert_non_null(strstr(link, "\nruns \"the, popular one\",markov\n"
                                 "compare \"the, popular one\" markov\n"));
    free(link);
    call_run(&s, 1, "popularity");
    screens_close(&s);
}

static void no_run_is_a_choice(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs -", "users");
    assert_int_equal(s.host.n_shown, 0);
    char *link = link_of_front(&s);
    assert_non_null(strstr(link, "\nruns -\n"));
    assert_null(strstr(link, "runs \n"));
    free(link);
    expect_refusal(&s, "runs ,", "names no run");
    screens_close(&s);
    screens_open(&s, small_workspace_make(), SCREENS_READ); /* there is none to choose */
    DO(&s, "users");
    link = link_of_front(&s);
    assert_null(strstr(link, "runs "));
    free(link);
    screens_close(&s);
}

static void train_on_valid_too(const char *dir, int64_t run)
{
    struct error err = {0};
    struct run_info info;
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    assert_true(ws && run_get(ws, run, &info, &err));
    free(info.trained_on);
    info.trained_on = mem_strdup("train+valid");
    assert_true(run_update(ws, &info, &err));
    run_info_release(&info);
    workspace_close(ws);
}

/* Edges that follow the runs do so still, those that were chosen hold. */
static void edges_are_said_where_they_were_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *definition, *said;
        bool chosen, both;
    } ways[] = {{"def last", "def last\n", false, true},
                {"def last,k=5", "def pred=last,cap=none,own=keep,history=keep,k=5\n", false, true},
                {"def last,edges=train", "def last,edges=train\n", true, false},
                {"def any,edges=train+valid", ",edges=train+valid,", true, true}};
    train_on_valid_too(edges, 1);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct screens s, t;
        screens_open(&s, edges, SCREENS_READ);
        screens_open(&t, edges, SCREENS_READ);
        DO(&s, "runs popularity,markov", ways[i].definition, "users");
        char *link = link_of_front(&s);
        assert_non_null(strstr(link, ways[i].said));
        follow(&t, link);
        assert_true(definition_equal(&s.host.definition, &t.host.definition));
        assert_int_equal(t.host.edges_chosen, ways[i].chosen);
        assert_int_equal(t.host.definition.train_valid, ways[i].both);
        DO(&t, "runs markov");
        assert_int_equal(t.host.definition.train_valid, ways[i].chosen && ways[i].both);
        free(link);
        screens_close(&s);
        screens_close(&t);
    }
}

/* ---- earlier cases ---- */

static void earlier_cases_are_found_again(void **state)
{
    (void)state;
    struct screens s, t;
    screens_open(&s, temporal, SCREENS_WRITE);
    DO(&s, "user ann case 1");
    char *first = picture(&s, 0), *link = link_of_front(&s);
    assert_non_null(strstr(link, "user ann case 1\n"));
    DO(&s, "overview", "user ann case 3");
    char *last = picture(&s, 0), *plain = link_of_front(&s);
    assert_non_null(strstr(plain, "user ann\n"));
    assert_string_not_equal(first, last);
    expect_refusal(&s, "user ann case 4", "ann has 3 test cases, no case 4");
    expect_refusal(&s, "user ann case 0", "no case 0");
    expect_refusal(&s, "user nobody case 1", "there is no user nobody case 1");
    screens_open(&t, temporal, SCREENS_READ);
    follow(&t, link);
    expect_same(link, first, picture(&t, 0));
    screens_close(&t);
    free(last);
    free(plain);
    free(link);
    /* what the model writes on from there */
    DO(&s, "overview", "user ann case 1", "roll-out 3 markov");
    char *written = picture(&s, 1);
    link = link_of_front(&s);
    screens_open(&t, temporal, SCREENS_READ);
    follow(&t, link);
    expect_same(link, written, picture(&t, 1));
    screens_close(&t);
    free(link);
    screens_close(&s);
}

/* The numbers of a pin are the case's, and checking computes them of that one. */
static void earlier_cases_are_pinned(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, temporal, SCREENS_WRITE);
    DO(&s, "user ann case 1", "previous-pane", "pin Cases", "overview", "user ann", "previous-pane",
       "pin Cases", "overview", "user ann case 1", "rank 1 markov", "pin Cases");
    struct case_study study;
    struct case_pins pins;
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    assert_true(case_get(ws, 1, &study, &pins, &err));
    study_unlock(s.study);
    assert_int_equal(pins.n, 3);
    assert_non_null(strstr(pins.pin[0].summary, "user ann case 1: history of 5"));
    assert_non_null(strstr(pins.pin[1].summary, "user ann: history of 7"));
    assert_non_null(strstr(pins.pin[2].summary, "markov 1 for ann case 1: "));
    assert_non_null(strstr(pins.pin[2].link, "user ann case 1\nrank 1 markov\n"));
    case_study_release(&study);
    case_pins_release(&pins);
    DO(&s, "case-study 1", "re-check");
    expect_shown(&s, "3 of 3 still so");
    DO(&s, "top", "open");
    expect_shown(&s, "History 5");
    screens_close(&s);
}

/* ---- sessions ---- */

/* After these commands: left, and taken up again. The front is as it was, and so is what q comes
 * back to, down to the root. */
static void expect_back(const char *dir, const char *const *way, size_t n)
{
    char *home = sample_path("links-state"), *picture_of[16];
    struct screens s;
    size_t depth = 0;
    dir_remove(home, NULL);
    screens_open_again(&s, dir, SCREENS_WRITE, home);
    screens_do(&s, way, n);
    screens_press(&s, K_ESC);
    app_state_end(s.app); /* it is kept as it is now, and not as it is when these have been seen */
    free(s.app->session_path);
    s.app->session_path = NULL;
    do
        picture_of[depth++] = picture(&s, 0);
    while (app_view_at(s.app, 1) && (app_pop(s.app), jobs_wait(app_jobs(s.app)), true));
    screens_close(&s);
    screens_open_again(&s, dir, SCREENS_WRITE, home);
    for (size_t i = 0; i < depth; i++) {
        expect_same(way[n - 1], picture_of[i], picture(&s, 0));
        if (i + 1 < depth) {
            if (!app_view_at(s.app, 1))
                fail_msg("%s: only %zu views came back, not %zu", way[n - 1], i + 1, depth);
            DO(&s, "back");
        }
    }
    assert_null(app_view_at(s.app, 1));
    screens_close(&s);
    dir_remove(home, NULL);
    free(home);
}
#define EXPECT_BACK(dir, ...)                                                                      \
    expect_back(dir, (const char *const[]){__VA_ARGS__},                                           \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Items or tokens; and the evidence of the list that was used last. */
static void cases_are_as_they_were(void **state)
{
    (void)state;
    static const char *const ways[][5] = {{"user ann", "level", "next-pane", "down"},
                                          {"user ann", "level", "previous-pane", "level", "level"},
                                          {"user ben", "rank 3 popularity", "previous-pane"}};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct screens s, t;
        screens_open(&s, edges, SCREENS_READ);
        screens_open(&t, edges, SCREENS_READ);
        for (size_t k = 0; k < ARRAY_LEN(ways[i]) && ways[i][k]; k++)
            DO(&s, ways[i][k]);
        char *link = link_of_front(&s);
        follow(&t, link);
        expect_same(link, picture(&s, 0), picture(&t, 0));
        free(link);
        screens_close(&s);
        screens_close(&t);
    }
    EXPECT_BACK(edges, "user ann", "level", "next-pane", "down", "item cup");
}

static void every_view_is_there_once(void **state)
{
    (void)state;
    EXPECT_BACK(sample, "compare popularity markov", "next-pane", "next-pane", "next-pane",
                "next-pane", "down", "compare-users won", "go 5", "open");
    EXPECT_BACK(sample, "compare popularity markov", "next-pane", "go 2");
    EXPECT_BACK(sample, "compare popularity markov", "runs markov", "compare-users won");
    EXPECT_BACK(sample, "users", "filter yes", "go 4", "open", "roll-out 4 markov", "down");
    EXPECT_BACK(sample, "user u1854", "user u1854", "previous-pane", "user u1854");
    EXPECT_BACK(sample, "plot", "down", "open");
    EXPECT_BACK(sample, "items", "go 9", "open", "next-pane", "down");
    EXPECT_BACK(sample, "users", "find rote", "go 2", "hide target", "width 9");
    EXPECT_BACK(temporal, "users", "open", "user ann case 1", "roll-out 2 markov");
    EXPECT_BACK(temporal, "part valid", "runs markov", "user ann");
}

static void case_studies_come_back(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs markov", "user u1854", "rank 2 markov", "pin Sessions", "overview",
       "runs popularity", "users", "filter yes", "go 3", "pin Sessions", "overview", "pin Sessions",
       "plot", "pin Sessions", "compare popularity markov", "compare-users won", "sort user",
       "pin Sessions");
    DO(&s, "part valid", "def any", "users", "pin Sessions");
    struct error err = {0};
    int64_t id;
    struct workspace *ws = study_lock(s.study);
    assert_true(case_find(ws, "Sessions", &id, &err));
    assert_true(case_change(ws, id, &(struct case_edit){.text = "Words.\n\nMore."}, &err));
    study_unlock(s.study);
    screens_close(&s);
    EXPECT_BACK(sample, "cases", "case-study Sessions", "next-pane", "bottom");
    EXPECT_BACK(sample, "search-cases more", "case-study Sessions", "go 3");
    EXPECT_BACK(sample, "users", "case-study Sessions", "go 2");
    /* in front of a pin: q puts back what was shown before, as it did */
    for (int pin = 1; pin <= 6; pin++) {
        char *go = mem_printf("go %d", pin);
        if (pin % 2)
            EXPECT_BACK(sample, "def iirg", "runs markov", "cases", "case-study Sessions", go,
                        "open");
        else
            EXPECT_BACK(sample, "def iirg", "part valid", "runs -", "users", "case-study Sessions",
                        go, "open", "def any");
        free(go);
    }
    EXPECT_BACK(sample, "def iirg", "runs markov", "case-study Sessions", "go 1", "open",
                "case-study Sessions", "go 2", "open", "go 3", "open");
}

/* ---- nothing but showing ---- */

static void links_write_nothing(void **state)
{
    (void)state;
    char *home = sample_path("links-hostile"), *file = sample_path("written.html");
    char *name = session_file_name(sample), *path = path_join(home, name);
    char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    static const char *const commands[] = {"report %s",     "report! %s",
                                           "export %s",     "export! %s",
                                           "picture %s",    "save-commands %s",
                                           "source %s",     "train markov",
                                           "pin %s",        "delete-run! 1",
                                           "new-case %s",   "rename-run %s",
                                           "session reset", "quit",
                                           "back!",         "open",
                                           "start",         "undo",
                                           "bind x quit",   "set colour mono",
                                           "users!",        "restore! go @1",
                                           "edit",          "cancel-run! 1",
                                           "rep %s"};
    assert_true(dir_make(folder, NULL));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct screens s;
        struct error err = {0};
        char *line = mem_strdup(commands[i]);
        if (strstr(commands[i], "%s")) {
            free(line);
            size_t n = strlen(commands[i]) - 2;
            line = mem_printf("%.*s%s", (int)n, commands[i], file);
        }
        assert_false(link_allows(line, &err));
        char *text = mem_printf("# rote session 1\ndata 1\ndo %s\nview \nview users\nview %s\n"
                                "state %s\ndo %s\nview items\n",
                                line, line, line, line);
        assert_true(file_write(path, text, strlen(text), NULL));
        screens_open_again(&s, sample, SCREENS_WRITE, home);
        assert_false(file_exists(file));
        expect_shown(&s, "Users ▸ Items"); /* what opens views was done */
        screens_close(&s);
        screens_open(&s, sample, SCREENS_WRITE);
        char *link = mem_printf("users\n%s\n", line);
        struct case_pin pin = {.study = 1,
                               .kind = mem_strdup("sheet"),
                               .user_id = mem_strdup(""),
                               .item_id = mem_strdup(""),
                               .run = mem_strdup(""),
                               .definition = mem_strdup("last"),
                               .fingerprint = mem_strdup(""),
                               .seen = mem_strdup("{}"),
                               .summary = mem_strdup("hostile"),
                               .link = link,
                               .note = mem_strdup("")};
        int64_t id;
        struct workspace *ws = study_lock(s.study);
        assert_true(case_pin_add(ws, &pin, &id, &err));
        study_unlock(s.study);
        case_pin_release(&pin);
        DO(&s, "case-study 1", "go 1", "bottom");
        expect_refusal(&s, "open", "only shows something");
        assert_false(file_exists(file));
        screens_close(&s);
        free(line);
        free(text);
    }
    free(folder);
    free(path);
    free(name);
    free(file);
    free(home);
}

/* ---- ids ---- */

/* An id may hold line ends, and what follows them must not become a command of the link. */
static void ids_are_no_commands(void **state)
{
    (void)state;
    static const char rows[] = "user,item,time\n"
                               "\"ann\nquit\",a,1\n\"ann\nquit\",\"b\nquit\",2\n\"ann\nquit\",c,3\n"
                               "\"ann\nquit\",d,4\n"
                               "ben\\x41,a,1\nben\\x41,\"b\nquit\",2\nben\\x41,c,3\nben\\x41,d,4\n";
    static const char *const ways[][2] = {{"user ann\\x0aquit", "user ann\\x0aquit\n"},
                                          {"user ben\\x41", "user ben\\x5cx41\n"},
                                          {"item b\\x0aquit", "item b\\x0aquit\n"}};
    char *dir = sample_path("odd-ids"), *path = sample_path("odd-ids.csv");
    struct error err = {0};
    struct import_result result = {0};
    const struct import_options options = {.paths = (const char *const[]){path}, .n_paths = 1};
    if (!file_write(path, rows, sizeof rows - 1, &err) ||
        !import_run(&options, NULL, &result, &err) ||
        !workspace_create(dir, &result, false, NULL, &err))
        fail_msg("%s", err.text);
    import_result_release(&result);
    workspace_train(dir, REFERENCE_MARKOV);
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct screens s, t;
        screens_open(&s, dir, SCREENS_WRITE);
        screens_open(&t, dir, SCREENS_READ);
        DO(&s, ways[i][0]);
        char *link = link_of_front(&s);
        assert_non_null(strstr(link, ways[i][1]));
        assert_null(strstr(link, "\nquit"));
        follow(&t, link);
        expect_same(link, picture(&s, 0), picture(&t, 0));
        char *seen = picture(&s, 1), *pinned = mem_printf("pin study %zu", i),
             *study = mem_printf("case-study study %zu", i);
        DO(&s, pinned, study, "open");
        expect_same(pinned, seen, picture(&s, 1));
        free(pinned);
        free(study);
        free(link);
        screens_close(&s);
        screens_close(&t);
        EXPECT_BACK(dir, ways[i][0]);
    }
    free(path);
    free(dir);
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    setenv("ROTE_TEST_NOW", "1700000000", 1);
    sample = sample_workspace_make();
    temporal = temporal_workspace_make();
    finished = finished_workspace_make();
    edges = tokens_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_lead_to_the_same_picture),
        cmocka_unit_test(what_was_counted_comes_back),
        cmocka_unit_test(names_of_runs_may_hold_anything),
        cmocka_unit_test(runs_are_chosen_by_lists),
        cmocka_unit_test(no_run_is_a_choice),
        cmocka_unit_test(edges_are_said_where_they_were_chosen),
        cmocka_unit_test(earlier_cases_are_found_again),
        cmocka_unit_test(earlier_cases_are_pinned),
        cmocka_unit_test(cases_are_as_they_were),
        cmocka_unit_test(every_view_is_there_once),
        cmocka_unit_test(case_studies_come_back),
        cmocka_unit_test(links_write_nothing),
        cmocka_unit_test(ids_are_no_commands),
    };
    return SCREENS_RUN(tests);
}
