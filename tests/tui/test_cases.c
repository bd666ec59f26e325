/* Case studies in process: their pictures, every action in their views, what p pins where, and that
 * nothing is changed in a workspace that is for reading only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "storage/base/mem.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

static const char *sample;

struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out, *err;
};

static void open_screens(struct screens *s, bool read_only)
{
    struct error err = {0};
    assert_true(study_open(sample, read_only, NULL, &s->study, &err));
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = fopen("/dev/null", "w");
    s->err = fopen("/dev/null", "w");
    struct app_options options = {.batch = true, .out = s->out, .err = s->err};
    s->app = app_new(&options, &host);
    app_push(s->app, overview_new(s->app));
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
    fclose(s->err);
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
    if (!(app_do(s->app, command, &err) & REACT_ERROR))
        fail_msg("%s did not fail", command);
    if (!strstr(err.text, text))
        fail_msg("%s: %s", command, err.text);
}

static char *screen_text(struct screens *s)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, 24, 80);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    grid_release(&grid);
    return buf_detach(&all);
}

static void expect_on_screen(struct screens *s, const char *text)
{
    char *all = screen_text(s);
    if (!strstr(all, text))
        fail_msg("\"%s\" is not on this screen:\n%s", text, all);
    free(all);
}

/* The only case study's pin at a place; the caller releases *pins. */
static const struct case_pin *pin_at(struct screens *s, int64_t study, size_t at,
                                     struct case_pins *pins)
{
    struct error err = {0};
    struct case_study data;
    struct workspace *ws = study_lock(s->study);
    bool ok = case_get(ws, study, &data, pins, &err);
    study_unlock(s->study);
    if (!ok || at >= pins->n)
        fail_msg("no pin %zu: %s", at, err.text);
    case_study_release(&data);
    return &pins->pin[at];
}

static void pictures_and_pins(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, false);
    DO(&s, "cases");
    golden_check(s.app, "cases-none");
    DO(&s, "runs markov,popularity", "user u1854", "rank 2 markov", "pin First finding");
    DO(&s, "rank 1 popularity", "pin First finding", "previous-pane", "previous-pane",
       "pin First finding");
    DO(&s, "runs-list", "pin First finding", "users", "filter yes", "sort-down items",
       "pin First finding");
    DO(&s, "cases", "new-case Nothing in it", "case-study first");
    DO(&s, "note the clearest one", "tags rote novel");
    golden_check(s.app, "case-study");
    struct case_pins pins;
    static const char *const kinds[] = {"recommendation", "recommendation", "user", "run", "sheet"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_string_equal(pin_at(&s, 1, i, &pins)->kind, kinds[i]);
        case_pins_release(&pins);
    }
    const struct case_pin *sheet = pin_at(&s, 1, 4, &pins);
    assert_string_equal(sheet->summary, "Users: 1,048 of 3,000, filter yes, sort-down items");
    assert_string_equal(sheet->link, "def last\nruns markov,popularity\nusers\nfilter yes\n"
                                     "sort-down items\n");
    assert_string_equal(pins.pin[1].run, "popularity");
    assert_int_equal(pins.pin[1].rank, 1);
    assert_string_equal(pins.pin[3].run, "popularity");
    case_pins_release(&pins);
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    assert_true(case_change(ws, 1,
                            &(struct case_edit){.text = "What was found, in a line that is longer "
                                                        "than a screen of forty columns.\n\nAnd "
                                                        "\twhy: \xe2\x80\xae!"},
                            &err));
    study_unlock(s.study);
    DO(&s, "refresh", "re-check", "bottom");
    golden_check(s.app, "case-study-checked");
    DO(&s, "next-pane", "bottom");
    golden_check(s.app, "case-study-text");
    DO(&s, "cases", "down");
    golden_check(s.app, "cases");
    DO(&s, "search-cases clear");
    expect_on_screen(&s, "▸ First finding");
    app_event(s.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC});
    expect_on_screen(&s, "1 of 1 · with the words clear");
    DO(&s, "search-cases", "search-cases nowhere");
    expect_on_screen(&s, "None of the case studies holds these words");
    close_screens(&s);
}

static void pins_open_what_they_show(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, false);
    DO(&s, "runs popularity", "cases", "case-study 1", "top", "open");
    expect_on_screen(&s, "▸ Cases ▸ First finding ▸ u1854");
    expect_on_screen(&s, "▸  2 ●   Alpine Liquid Rennet");
    DO(&s, "back");
    expect_on_screen(&s, "▸ Cases ▸ First finding");
    expect_on_screen(&s, "▸ markov 2 for u1854");
    DO(&s, "down", "open");
    expect_on_screen(&s, "├ popularity 1 · ");
    DO(&s, "back", "bottom", "open");
    expect_on_screen(&s, "▸ First finding ▸ Users");
    app_event(s.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC});
    expect_on_screen(&s, " 1,048 of 3,000 · &yes · sort items↓");
    DO(&s, "back", "up", "open");
    expect_on_screen(&s, "▸ First finding ▸ popularity");
    DO(&s, "overview"); /* from here it is the root again */
    DO(&s, "back!");
    close_screens(&s);
}

static void changes_are_undone(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, false);
    DO(&s, "case-study 1", "top");
    expect_on_screen(&s, "▸ markov 2 for u1854");
    DO(&s, "move-down");
    DO(&s, "up");
    expect_on_screen(&s, "▸ popularity 1 for u1854");
    DO(&s, "down"); /* the cursor stayed on the pin that was moved */
    DO(&s, "delete");
    expect_on_screen(&s, "deleted the pin; u brings it back");
    expect_on_screen(&s, "─ Pins 4 ─");
    DO(&s, "undo");
    expect_on_screen(&s, "undone: removal of a pin from First finding: markov 2");
    expect_on_screen(&s, "─ Pins 5 ─");
    DO(&s, "undo", "undo", "redo", "redo", "redo", "undo", "undo", "title Second", "tags -");
    expect_on_screen(&s, "▸ Second");
    expect_on_screen(&s, "no tags; t sets them");
    expect_error(&s, "title", "say the words");
    expect_error(&s, "edit", "edit needs a terminal");
    DO(&s, "undo", "undo", "cases", "top", "delete");
    expect_on_screen(&s, "deleted the case study; u brings it back");
    DO(&s, "undo", "case-study first", "undo", "redo");
    char *line = mem_printf("title %0*d", CASE_TITLE_MAX + 1, 0);
    DO(&s, line);
    expect_on_screen(&s, "the title has 201 bytes; at most 200 are kept");
    free(line);
    DO(&s, "note -");
    expect_error(&s, "case-study nowhere", "there is no case study \"nowhere\"");
    /* one that is deleted under the view */
    int64_t id;
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    assert_true(case_find(ws, "first", &id, &err) && case_delete(ws, id, &err));
    study_unlock(s.study);
    DO(&s, "refresh");
    expect_on_screen(&s, "This case study has been deleted");
    expect_error(&s, "title x", "no case study here");
    expect_error(&s, "delete", "no row");
    DO(&s, "undo");
    expect_on_screen(&s, "─ Pins 5 ─");
    close_screens(&s);
}

/* ---- every action ---- */

static bool writes_cases(const struct action *action)
{
    return action->group == GROUP_CASES && (action->flags & ACT_WRITES);
}

static void try_actions(bool read_only, const char *const *way, size_t n)
{
    struct screens s;
    open_screens(&s, read_only);
    struct host host = s.host;
    for (int id = 1; id < ACTION_COUNT; id++) {
        const struct action *action = action_get((enum action_id)id);
        if (action->group != GROUP_CASES && !read_only)
            continue; /* runs and the like are to stay */
        for (int with = 0; with < 2; with++) {
            app_pop_to_root(s.app);
            host.desk = s.host.desk;
            s.host = host;
            do_all(&s, way, n);
            struct error err = {0};
            struct call call = {.id = (enum action_id)id,
                                .arg = !with || action->argument == ARG_NONE ? NULL
                                       : action->argument == ARG_FILE        ? "-"
                                                                             : "first"};
            unsigned reaction = app_call(s.app, &call, &err);
            jobs_wait(app_jobs(s.app));
            if (reaction == REACT_PASS)
                fail_msg("%s: nobody took it", action->name);
            if ((reaction & REACT_ERROR) && strlen(err.text) < 8)
                fail_msg("%s: an error without words", action->name);
            if (read_only && writes_cases(action) && !(reaction & REACT_ERROR))
                fail_msg("%s was not refused", action->name);
            free(screen_text(&s));
            if (!read_only && !(reaction & REACT_ERROR) && writes_cases(action))
                app_do(s.app, id == ACTION_UNDO ? "redo" : "undo", &err);
            jobs_wait(app_jobs(s.app));
        }
    }
    close_screens(&s);
}

static void every_action(void **state)
{
    (void)state;
    for (int read_only = 0; read_only < 2; read_only++) {
        try_actions(read_only, (const char *const[]){"cases"}, 1);
        try_actions(read_only, (const char *const[]){"case-study 1"}, 1);
        try_actions(read_only, (const char *const[]){"case-study 1", "next-pane"}, 2);
    }
}

static void nothing_is_changed_read_only(void **state)
{
    (void)state;
    static const char *const asked[] = {"pin First finding", "undo",   "redo",   "new-case x",
                                        "title x",           "tags x", "note x", "move-down",
                                        "move-up",           "delete", "edit"};
    struct screens s;
    open_screens(&s, true);
    DO(&s, "case-study first");
    char *before = screen_text(&s);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        expect_error(&s, asked[i], "read-only");
    DO(&s, "refresh");
    char *after = screen_text(&s);
    assert_string_equal(after, before);
    DO(&s, "re-check");
    expect_on_screen(&s, "still so");
    free(before);
    free(after);
    close_screens(&s);
}

static void what_cannot_be_reopened_cannot_be_pinned(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, false);
    DO(&s, "help");
    expect_error(&s, "pin x", "this view cannot be reopened");
    DO(&s, "overview", "user u1854");
    expect_error(&s, "rank x", "begins with no rank");
    close_screens(&s);
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    setenv("ROTE_TEST_NOW", "1700000000", 1);
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_and_pins),
        cmocka_unit_test(pins_open_what_they_show),
        cmocka_unit_test(changes_are_undone),
        cmocka_unit_test(nothing_is_changed_read_only),
        cmocka_unit_test(what_cannot_be_reopened_cannot_be_pinned),
        cmocka_unit_test(every_action),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
