/* Items and one item in process: their pictures, every action, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

static const char *sample, *small;
static char *with_ids;

/* The screens on a workspace, opened for reading. */
struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out;
};

static void open_screens(struct screens *s, const char *dir)
{
    struct error err = {0};
    if (!study_open(dir, true, NULL, &s->study, &err))
        fail_msg("%s", err.text);
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = fopen("/dev/null", "w");
    struct app_options options = {.batch = true, .readonly = true, .out = s->out, .err = s->out};
    s->app = app_new(&options, &host);
    app_push(s->app, overview_new(s->app));
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
}

static void do_all(struct screens *s, const char *const *commands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error err = {0};
        if (app_do(s->app, commands[i], &err) & REACT_ERROR)
            fail_msg("%s: %s", commands[i], err.text);
        jobs_wait(app_jobs(s->app));
    }
}

#define DO(s, ...)                                                                                 \
    do_all(s, (const char *const[]){__VA_ARGS__},                                                  \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void expect_error(struct screens *s, const char *command, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, command, &err) & REACT_ERROR) || !strstr(err.text, text))
        fail_msg("%s: \"%s\" is not in \"%s\"", command, text, err.text);
}

static bool is_on_screen(struct screens *s, int rows, int cols, const char *text, bool wanted)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, rows, cols);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    bool there = strstr(all.data, text) != NULL;
    if (there != wanted)
        print_message("%s\n", all.data);
    buf_release(&all);
    grid_release(&grid);
    return there;
}

#define EXPECT(s, text)      assert_true(is_on_screen(s, 24, 80, text, true))
#define EXPECT_WIDE(s, text) assert_true(is_on_screen(s, 60, 200, text, true))

/* Three users; items 1 and 2 have one id, 0 begins like them, 3 has none; nothing has a title. */
static void make_ids(void)
{
    static const char inter[] = "{\"0\": [0, 1, 1, 2, 0], \"1\": [1, 2, 3, 0], \"2\": [2, 3, 1]}",
                      ids[] = "{\"0\": [\"<a_1>\", \"<b_2>\"], \"1\": [\"<a_1>\", \"<b_7>\"], "
                              "\"2\": [\"<a_1>\", \"<b_7>\"]}";
    struct error err = {0};
    struct import_result result = {0};
    char *a = sample_path("x.inter.json"), *b = sample_path("x.index.json");
    const char *paths[] = {a, b};
    with_ids = sample_path("ids");
    if (!file_write(a, inter, sizeof inter - 1, &err) ||
        !file_write(b, ids, sizeof ids - 1, &err) ||
        !import_run(&(struct import_options){.paths = paths, .n_paths = 2}, NULL, &result, &err) ||
        !workspace_create(with_ids, &result, false, NULL, &err))
        fprintf(stderr, "%s\n", err.text);
    import_result_release(&result);
    free(a);
    free(b);
}

static void picture(const char *name, const char *dir, const char *const *commands, size_t n)
{
    struct screens s;
    open_screens(&s, dir);
    do_all(&s, commands, n);
    golden_check(s.app, name);
    close_screens(&s);
}

#define PICTURE(name, dir, ...)                                                                    \
    picture(name, dir, (const char *const[]){__VA_ARGS__},                                         \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void items_pictures(void **state)
{
    (void)state;
    PICTURE("items", sample, "items", "down");
    PICTURE("items-sorted", sample, "runs markov", "items", "filter !Kit", "sort-down", "top",
            "mark");
    PICTURE("items-no-runs", small, "items");
}

static void item_pictures(void **state)
{
    (void)state;
    PICTURE("item", sample, "item tea33", "down");
    PICTURE("item-lists", sample, "item tea33", "previous-pane", "down");
    PICTURE("item-users", sample, "item tea33", "previous-pane", "previous-pane");
    PICTURE("item-ids", with_ids, "item 1", "next-pane", "next-pane", "next-pane", "next-pane");
    PICTURE("item-no-runs", small, "item x");
}

/* ---- every action ---- */

static void draw_everywhere(struct app *app)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}, {37, 151}, {3, 5}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct grid grid;
        grid_init(&grid, sizes[i][0], sizes[i][1]);
        app_draw(app, &grid, i % 2 ? &glyphs_ascii : &glyphs_utf8);
        grid_release(&grid);
    }
}

static void every_action_in(const char *dir, const char *const *way, size_t n)
{
    struct screens s;
    open_screens(&s, dir);
    struct host host = s.host;
    for (int id = 1; id < ACTION_COUNT; id++) {
        const struct action *action = action_get((enum action_id)id);
        struct call call = {.id = (enum action_id)id,
                            .arg = action->argument == ARG_NONE         ? NULL
                                   : action->argument == ARG_DEFINITION ? "last"
                                   : action->argument == ARG_FILE       ? "-"
                                                                        : "markov"};
        struct error err = {0};
        app_pop_to_root(s.app);
        host.desk = s.host.desk; /* not a matter of what is shown */
        s.host = host;
        do_all(&s, way, n);
        unsigned reaction = app_call(s.app, &call, &err);
        if (reaction == REACT_PASS)
            fail_msg("%s: nobody took it", action->name);
        if ((reaction & REACT_ERROR) && strlen(err.text) < 8)
            fail_msg("%s: an error without words", action->name);
        jobs_wait(app_jobs(s.app));
        draw_everywhere(s.app);
    }
    close_screens(&s);
}

#define EVERY_ACTION(dir, ...)                                                                     \
    every_action_in(dir, (const char *const[]){__VA_ARGS__},                                       \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void every_action(void **state)
{
    (void)state;
    EVERY_ACTION(small, "items");
    EVERY_ACTION(small, "item x");
    EVERY_ACTION(with_ids, "item 3", "next-pane", "next-pane", "next-pane", "next-pane");
    EVERY_ACTION(sample, "items");
    EVERY_ACTION(sample, "item tea33", "previous-pane");
}

/* ---- what they say ---- */

static void rote_follows_the_definition(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "runs markov", "items", "sort-down", "top");
    EXPECT(&s, " 800 of 800 · sort markov.rote↓");
    DO(&s, "runs popularity,markov");
    EXPECT(&s, "sort markov.rote↓");
    DO(&s, "runs markov", "item tea33");
    EXPECT(&s, "markov  395 of 3,000 lists  228 by rote   57.7 %");
    DO(&s, "def any,k=5");
    EXPECT(&s, "any·train·K5");
    EXPECT(&s, " of 3,000 lists");
    assert_false(is_on_screen(&s, 24, 80, "228 by rote", false));
    close_screens(&s);
}

static void panes_open_items_and_cases(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "runs markov", "items", "open");
    EXPECT(&s, "▸ Items ▸ tea33");
    DO(&s, "open"); /* its first successor */
    EXPECT(&s, "▸ Items ▸ tea33 ▸ tea17");
    DO(&s, "back", "next-pane", "item");
    EXPECT(&s, "▸ tea33 ▸ ");
    DO(&s, "back", "previous-pane", "previous-pane", "open"); /* a user to whom it is recommended */
    EXPECT(&s, "▸ Items ▸ tea33 ▸ u");
    EXPECT(&s, "┌ History ");
    DO(&s, "back", "previous-pane", "open"); /* a user who has it */
    EXPECT(&s, "▸ Items ▸ tea33 ▸ u");
    DO(&s, "back");
    expect_error(&s, "item", "these rows are users");
    close_screens(&s);
}

static void the_case_opens_its_items(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    DO(&s, "runs markov", "user u1854", "item");
    EXPECT(&s, "▸ u1854 ▸ ink34");
    EXPECT(&s, "Sepia Letter Seal for Left Hands");
    DO(&s, "back", "previous-pane", "top", "item");
    EXPECT(&s, "Selvedge Warping Board");
    close_screens(&s);
}

static void says_what_is_missing(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    expect_error(&s, "item", "say which");
    expect_error(&s, "item nothing", "there is no item nothing");
    DO(&s, "item x", "previous-pane");
    EXPECT(&s, "no run is shown; r chooses runs");
    EXPECT(&s, "these data bring no semantic ids");
    DO(&s, "previous-pane", "previous-pane", "previous-pane");
    EXPECT(&s, "import item texts");
    DO(&s, "previous-pane", "previous-pane");
    EXPECT(&s, "it follows nothing in training");
    close_screens(&s);
    open_screens(&s, with_ids);
    DO(&s, "item 2");
    EXPECT(&s, "semantic id 1 7 · collides with 1 other item");
    EXPECT_WIDE(&s, "─ Ids 2 "); /* item 0 begins like it */
    DO(&s, "item 3");
    EXPECT(&s, "no semantic id");
    EXPECT_WIDE(&s, "no other id begins like its own");
    close_screens(&s);
}

static void ids_are_completed(void **state)
{
    (void)state;
    struct screens s;
    struct completions found = {0};
    open_screens(&s, sample);
    struct app_host host = host_app(&s.host);
    host.complete(&s.host, ARG_ITEM, "tea3", &found);
    assert_true(found.n > 1);
    completions_clear(&found);
    host.complete(&s.host, ARG_ITEM, "", &found);
    assert_int_equal(found.n, 0); /* not the whole catalogue */
    completions_clear(&found);
    free(found.item);
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    small = small_workspace_make();
    make_ids();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_pictures),
        cmocka_unit_test(item_pictures),
        cmocka_unit_test(every_action),
        cmocka_unit_test(rote_follows_the_definition),
        cmocka_unit_test(panes_open_items_and_cases),
        cmocka_unit_test(the_case_opens_its_items),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(ids_are_completed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    free(with_ids);
    return failed;
}
