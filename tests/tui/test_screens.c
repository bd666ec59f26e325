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

static const char *sample, *small, *trained, *finished;

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
    assert_true(study_open(dir, dir != finished, NULL, &s->study, &err));
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

static void new_run_pictures(void **state)
{
    (void)state;
    PICTURE("new-run", sample, "new-run", "search learning-rate");
    PICTURE("new-run-changed", sample, "new-run", "set model=gr", "set iirg=on",
            "set iirg.lambda_c=0.5", "set dropout=0.2", "set name=two words", "set seeds=3",
            "search lambda_c");
    PICTURE("new-run-long", small, "new-run",
            "set strategy=canary:count=30,copies=64,length=7+augment:crop=0.5,mask=0.2,p=0.4+"
            "iirg:lambda_c=0.5,lambda_s=0.25,window=3,keep=8,generate=4,backfill=off",
            "set dropout=0.25", "set learning-rate=0.0005", "set weight-decay=0.02",
            "search embed-width");
    PICTURE("new-run-counted", small, "new-run", "set model=markov", "set order=3", "bottom");
    PICTURE("new-run-wrong", small, "new-run", "set width=65", "set trained-on=train+valid",
            "search width");
}

static void runs_pictures(void **state)
{
    (void)state;
    PICTURE("runs", trained, "runs-list", "down", "mark");
    PICTURE("runs-figures", sample, "runs-list");
    PICTURE("runs-none", small, "runs-list");
    PICTURE("run", trained, "run gr-next");
    PICTURE("run-training", trained, "run gr-iirg", "previous-pane");
    PICTURE("run-failed", trained, "run broken");
    PICTURE("run-options", trained, "run gr-next", "next-pane", "next-pane");
    PICTURE("run-figures", sample, "run markov");
    PICTURE("run-other", trained, "run other");
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
    case ARG_ITEM:
        return "tea33";
    case ARG_RUN:
    case ARG_RUNS:
        return "markov";
    case ARG_DEFINITION:
        return "last"; /* evaluated already: others take seconds */
    case ARG_MODEL:
        return "bert"; /* there is none: nothing is trained */
    case ARG_SQL:
        return "SELECT user_id FROM user";
    case ARG_SETTING:
        return "trained-on=train+valid";
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
            host.desk = s.host.desk; /* not a matter of what is shown */
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
    EVERY_ACTION(small, "recommendations");
}

static void every_action_on_a_new_run(void **state)
{
    (void)state;
    EVERY_ACTION(small, "new-run", "bottom");
    EVERY_ACTION(sample, "new-run markov");
}

static void every_action_on_a_case(void **state)
{
    (void)state;
    EVERY_ACTION(small, "user cai");
    EVERY_ACTION(small, "user ben");
    EVERY_ACTION(sample, "user u1854");
    EVERY_ACTION(sample, "user u1854", "next-pane", "open");
}

static void every_action_on_runs(void **state)
{
    (void)state;
    EVERY_ACTION(trained, "runs-list", "mark", "mark");
    EVERY_ACTION(trained, "run gr-next");
}

static void every_action_on_queries(void **state)
{
    (void)state;
    EVERY_ACTION(small, "sql SELECT user_id, length FROM user");
    EVERY_ACTION(small, "schema");
    EVERY_ACTION(small, "def last", "messages");
}

/* ---- what a view says ---- */

static void expect_error(struct screens *s, const char *command, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, command, &err) & REACT_ERROR))
        fail_msg("%s did not fail", command);
    if (!strstr(err.text, text))
        fail_msg("%s: %s", command, err.text);
}

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
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        expect_error(&s, asked[i].command, asked[i].text);
    close_screens(&s);
}

static void a_new_run_refuses_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } asked[] = {{"set dropout=2", "dropout=2: a number from 0 to 0.95 is needed"},
                 {"set layers=1.5", "a whole number from 1 to 64"},
                 {"set beam=3", "sasrec has no option \"beam\""},
                 {"set smooth.eps=0.5", "the strategy smooth was not chosen"},
                 {"set smooth=perhaps", "smooth=perhaps: it is on or off"},
                 {"set strategy=iirg+sleep", "there is no strategy \"sleep\""},
                 {"set model=bert", "there is no model bert"},
                 {"set model=ensemble", "--of A,B"},
                 {"set name=17", "cannot be the name of a run"},
                 {"set seeds=0", "a whole number from 1 to 100"},
                 {"set trained-on=test", "train or train+valid"},
                 {"start", "for reading only"},
                 {"new-run popularity,markov", "popularity,markov"}};
    static const char command[] = "\n rote train --model sasrec --set dropout=0.25\n";
    struct screens s;
    open_screens(&s, sample, NULL, 0);
    do_all(&s, (const char *const[]){"new-run", "set dropout=0.25"}, 2);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        expect_error(&s, asked[i].command, asked[i].text);
        expect_on_screen(&s, command); /* nothing is changed, nothing is lost */
    }
    do_all(&s, (const char *const[]){"set model=gr", "set logq=off"}, 2);
    expect_error(&s, "set logq=on", "makes no sense for gr");
    do_all(&s, (const char *const[]){"set model=sasrec"}, 1);
    expect_on_screen(&s, command); /* each model keeps its own */
    close_screens(&s);
}

/* The steps of every kind of row, to both sides, and back to the default. */
static void a_new_run_steps_through_values(void **state)
{
    (void)state;
    static const struct {
        const char *row, *set, *action, *shown;
    } steps[] = {
        {"model", "model=sasrec", "right", "--model gr\n"},
        {"model", "model=gr", "right", "--model popularity\n"},
        {"trained-on", "trained-on=train", "open", "--trained-on train+valid"},
        {"seeds", "seeds=100", "right", "--seeds 100"},
        {"seeds", "seeds=3", "left", "--seeds 2"},
        {"smooth", "smooth=off", "mark", "--strategy smooth"},
        {"layers", "layers=2", "right", "--set layers=3\n"},
        {"layers", "layers=2", "left", "--set layers=1\n"},
        {"dropout", "dropout=0.3", "right", "--set dropout=0.35\n"},
        {"dropout", "dropout=0.92", "left", "--set dropout=0.9\n"},
        {"dropout", "dropout=0.95", "right", "--set dropout=0.95\n"},
        {"learning-rate", "learning-rate=0.001", "left", "--set learning-rate=0.0005\n"},
        {"learning-rate", "learning-rate=0.003", "right", "--set learning-rate=0.005\n"},
        {"learning-rate", "learning-rate=0.000001", "left", "--set learning-rate=0\n"},
        {"learning-rate", "learning-rate=0", "right", "--set learning-rate=1e-06\n"},
        {"weight-decay", "weight-decay=10", "right", "--set weight-decay=10\n"},
        {"mask", "mask=1", "right", "--model sasrec\n"},
        {"mask", "mask=1", "reset", "--model sasrec\n"},
    };
    struct screens s;
    open_screens(&s, sample, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        char *set = mem_printf("set %s", steps[i].set),
             *row = mem_printf("search ^(strategy )?%s$", steps[i].row);
        do_all(&s, (const char *const[]){"overview", "new-run", set, row, steps[i].action}, 5);
        expect_on_screen(&s, steps[i].shown);
        free(set);
        free(row);
    }
    close_screens(&s);
}

/* The same random keys in every run: no key may break the form, whatever it did before. */
static void random_keys_in_a_new_run(void **state)
{
    (void)state;
    static const uint32_t keys[] = {'j',     'k',         'h',   'l',   ' ', 'G',   'g', 's', '/',
                                    K_ENTER, K_BACKSPACE, K_TAB, K_ESC, 'e', K_UP,  'n', '&', '[',
                                    'u',     K_PAGE_DOWN, '=',   '1',   '.', K_LEFT};
    struct screens s;
    open_screens(&s, small, NULL, 0);
    uint32_t seed = 7;
    for (int i = 0; i < 1500; i++) {
        seed = seed * 1664525 + 1013904223;
        if (i % 100 == 0) {
            app_event(s.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC});
            app_event(s.app, &(struct event){.kind = EVENT_KEY, .key = K_ESC});
            do_all(&s, (const char *const[]){"overview", "new-run"}, 2);
        }
        app_event(s.app,
                  &(struct event){.kind = EVENT_KEY, .key = keys[(seed >> 8) % ARRAY_LEN(keys)]});
        jobs_wait(app_jobs(s.app));
        struct grid grid;
        grid_init(&grid, 10 + (int)(seed >> 28), 40 + (int)(seed >> 25));
        app_draw(s.app, &grid, &glyphs_utf8);
        grid_release(&grid);
    }
    close_screens(&s);
}

static void runs_cannot_be_changed_read_only(void **state)
{
    (void)state;
    static const char *const asked[] = {"cancel-run! gr-iirg", "resume-run stopped",
                                        "delete-run! gr-next,other", "rename-run new",
                                        "delete-run"};
    struct screens s;
    open_screens(&s, trained, NULL, 0);
    do_all(&s, (const char *const[]){"runs-list"}, 1);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct error err = {0};
        if (!(app_do(s.app, asked[i], &err) & REACT_ERROR) || !strstr(err.text, "read-only"))
            fail_msg("%s: %s", asked[i], err.text);
    }
    expect_on_screen(&s, " 5 of 5");
    close_screens(&s);
}

static void expect_refusal(struct screens *s, const char *command, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, command, &err) & REACT_ERROR) || !strstr(err.text, text))
        fail_msg("%s: \"%s\" is not in \"%s\"", command, text, err.text);
}

/* The marked runs, else the one under the cursor, else those that are named. */
static void runs_are_changed(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, finished, NULL, 0);
    expect_refusal(&s, "delete-run four", "four");
    do_all(&s, (const char *const[]){"runs-list", "mark", "mark"}, 3);
    expect_refusal(&s, "cancel-run", "none of the 2 runs is queued or running");
    expect_refusal(&s, "resume-run three", "the run three is done");
    expect_refusal(&s, "delete-run", "Delete 2 runs with lists, labels and figures?");
    do_all(&s, (const char *const[]){"rename-run drei", "sort run"}, 2);
    expect_on_screen(&s, "▸ drei ");
    expect_on_screen(&s, " ◆one ");
    do_all(&s, (const char *const[]){"rename-run one"}, 1);
    expect_on_screen(&s, "there is already a run named one");
    do_all(&s, (const char *const[]){"delete-run!", "unsort"}, 2);
    expect_on_screen(&s, "deleted 2 runs");
    assert_int_equal(study_n_runs(s.study), 1);
    do_all(&s, (const char *const[]){"open"}, 1);
    expect_on_screen(&s, "▸ Runs ▸ drei");
    expect_refusal(&s, "delete-run", "Delete run drei with");
    do_all(&s, (const char *const[]){"overview", "delete-run! drei", "runs-list"}, 3);
    expect_on_screen(&s, "No runs yet");
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    small = small_workspace_make();
    trained = trained_workspace_make();
    finished = finished_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overview_pictures),
        cmocka_unit_test(users_pictures),
        cmocka_unit_test(case_pictures),
        cmocka_unit_test(every_action_on_overview),
        cmocka_unit_test(every_action_on_users),
        cmocka_unit_test(every_action_on_a_case),
        cmocka_unit_test(sorting_follows_the_run),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(new_run_pictures),
        cmocka_unit_test(every_action_on_a_new_run),
        cmocka_unit_test(a_new_run_refuses_what_is_wrong),
        cmocka_unit_test(a_new_run_steps_through_values),
        cmocka_unit_test(random_keys_in_a_new_run),
        cmocka_unit_test(runs_pictures),
        cmocka_unit_test(every_action_on_runs),
        cmocka_unit_test(every_action_on_queries),
        cmocka_unit_test(runs_cannot_be_changed_read_only),
        cmocka_unit_test(runs_are_changed),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
