/* The first views in process: their pictures, and every action once in each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/mem.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

static const char *sample, *small;

/* The screens on a workspace, after some commands. */
struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *out, *err;
};

static void open_screens(struct screens *s, const char *dir, const char *const *commands, size_t n)
{
    struct error err = {0};
    assert_true(study_open(dir, true, NULL, &s->study, &err));
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = fopen("/dev/null", "w");
    s->err = fopen("/dev/null", "w");
    struct app_options options = {
        .batch = true, .commands = commands, .n_commands = n, .out = s->out, .err = s->err};
    s->app = app_new(&options, &host);
    app_push(s->app, overview_new(s->app));
    if (app_run(s->app) != 0)
        fail_msg("the commands of %s failed", n ? commands[n - 1] : "nothing");
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
    fclose(s->err);
}

static void picture(const char *name, const char *dir, const char *const *commands, size_t n)
{
    struct screens s;
    open_screens(&s, dir, commands, n);
    golden_check(s.app, name);
    close_screens(&s);
}

#define PICTURE(name, dir, ...)                                                                    \
    picture(name, dir, (const char *const[]){__VA_ARGS__},                                         \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void overview_pictures(void **state)
{
    (void)state;
    PICTURE("overview", sample, "overview");
    PICTURE("overview-findings", sample, "next-pane");
    PICTURE("finding", sample, "next-pane", "down", "open");
    PICTURE("overview-no-runs", small, "overview");
}

static void users_pictures(void **state)
{
    (void)state;
    PICTURE("users", sample, "users", "down");
    PICTURE("users-sorted", sample, "users", "filter !Kit", "sort-down markov.rote",
            "sort popularity.rank", "mark");
    PICTURE("users-find", sample, "find won");
    PICTURE("users-no-runs", small, "users");
}

static void case_pictures(void **state)
{
    (void)state;
    PICTURE("case", sample, "runs markov,popularity", "user u1854");
    PICTURE("case-evidence", sample, "runs markov", "user u1854", "open", "down");
    PICTURE("case-related", sample, "user u1854");
    PICTURE("case-valid", sample, "part valid", "runs markov", "user u0671", "next-pane", "down");
    PICTURE("case-none", small, "user cai");
    PICTURE("case-no-runs", small, "user ben");
}

/* ---- every action ---- */

static const char *argument_for(const struct action *action)
{
    switch (action->argument) {
    case ARG_INT:
        return "3";
    case ARG_REGEX:
        return "a";
    case ARG_USER:
        return "u1854";
    case ARG_RUN:
    case ARG_RUNS:
        return "markov";
    case ARG_DEFINITION:
        return "last"; /* evaluated already: others take seconds */
    case ARG_MODEL:
        return "bert"; /* there is none: nothing is trained */
    case ARG_FILE:
        return "-";
    case ARG_TEXT:
        return strstr(action->placeholder, "rote|")   ? "rote"
               : strstr(action->placeholder, "test|") ? "test" /* valid would be evaluated anew */
                                                      : "gx open";
    default:
        return NULL;
    }
}

static void draw_everywhere(struct app *app)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}, {3, 5}, {24, 80}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct grid grid;
        grid_init(&grid, sizes[i][0], sizes[i][1]);
        app_draw(app, &grid, i % 2 ? &glyphs_ascii : &glyphs_utf8);
        grid_release(&grid);
    }
}

/* One action in one view, without and with its argument; then what it opened is looked at. */
static void try_action(struct screens *s, enum action_id id, bool with_argument)
{
    const struct action *action = action_get(id);
    struct call call = {
        .id = id, .arg = with_argument ? argument_for(action) : NULL, .confirmed = with_argument};
    struct error err = {0};
    unsigned reaction = app_call(s->app, &call, &err);
    if (reaction == REACT_PASS)
        fail_msg("%s: nobody took it", action->name);
    if ((reaction & REACT_ERROR) && strlen(err.text) < 8)
        fail_msg("%s: an error without words", action->name);
    jobs_wait(app_jobs(s->app));
    draw_everywhere(s->app);
}

static void every_action_in(const char *dir, const char *const *way, size_t n)
{
    struct screens s;
    open_screens(&s, dir, NULL, 0);
    struct host host = s.host; /* what is shown is put back without counting again */
    for (int id = 1; id < ACTION_COUNT; id++)
        for (int with = 0; with < 2; with++) {
            struct error err = {0};
            app_pop_to_root(s.app);
            s.host = host;
            for (size_t i = 0; i < n; i++) {
                if (app_do(s.app, way[i], &err) & REACT_ERROR)
                    fail_msg("%s: %s", way[i], err.text);
                jobs_wait(app_jobs(s.app));
            }
            draw_everywhere(s.app);
            try_action(&s, (enum action_id)id, with);
        }
    close_screens(&s);
}

#define EVERY_ACTION(dir, ...)                                                                     \
    every_action_in(dir, (const char *const[]){__VA_ARGS__},                                       \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void every_action_on_overview(void **state)
{
    (void)state;
    EVERY_ACTION(small, "overview");
    EVERY_ACTION(small, "overview", "next-pane");
    EVERY_ACTION(sample, "overview");
}

static void every_action_on_users(void **state)
{
    (void)state;
    EVERY_ACTION(small, "users");
    EVERY_ACTION(sample, "users");
}

static void every_action_on_a_case(void **state)
{
    (void)state;
    EVERY_ACTION(small, "user cai");
    EVERY_ACTION(small, "user ben");
    EVERY_ACTION(sample, "user u1854");
    EVERY_ACTION(sample, "user u1854", "next-pane", "open");
}

/* ---- what a view says ---- */

static void expect_on_screen(struct screens *s, const char *text)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, 24, 80);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    if (!strstr(all.data, text))
        fail_msg("\"%s\" is not on this screen:\n%s", text, all.data);
    buf_release(&all);
    grid_release(&grid);
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

/* Sorting by a run's column stays with that run when others are shown, and ends with it. */
static void sorting_follows_the_run(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample, NULL, 0);
    do_all(&s, (const char *const[]){"runs popularity,markov", "users", "sort-down markov.rank"},
           3);
    expect_on_screen(&s, "sort markov.rank↓");
    do_all(&s, (const char *const[]){"runs markov"}, 1);
    expect_on_screen(&s, "sort markov.rank↓");
    do_all(&s, (const char *const[]){"runs popularity"}, 1);
    expect_on_screen(&s, " 3,000 of 3,000\n");
    close_screens(&s);
}

static void says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } asked[] = {{"level", "no semantic ids"},          {"roll-out", "only generative models"},
                 {"find sideways", "say what to find"}, {"runs nobody", "nobody"},
                 {"user nobody", "no user nobody"},     {"part train", "test or valid"},
                 {"def sometimes", "sometimes"},        {"print 3by4", "100x30"}};
    struct screens s;
    open_screens(&s, sample, NULL, 0);
    do_all(&s, (const char *const[]){"runs markov", "user u1854"}, 2);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct error err = {0};
        if (!(app_do(s.app, asked[i].command, &err) & REACT_ERROR))
            fail_msg("%s did not fail", asked[i].command);
        if (!strstr(err.text, asked[i].text))
            fail_msg("%s: %s", asked[i].command, err.text);
    }
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overview_pictures),       cmocka_unit_test(users_pictures),
        cmocka_unit_test(case_pictures),           cmocka_unit_test(every_action_on_overview),
        cmocka_unit_test(every_action_on_users),   cmocka_unit_test(every_action_on_a_case),
        cmocka_unit_test(sorting_follows_the_run), cmocka_unit_test(says_what_is_missing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
