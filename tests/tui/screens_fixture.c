#include "tests/tui/screens_fixture.h"

#include <locale.h>
#include <unistd.h>

#include "storage/db/case_store.h"
#include "storage/db/run_store.h"
#include "tests/tui/frame.h"
#include "tui/screens/app_private.h"
#include "tui/screens/overview.h"

/* What was begun ends, and what waited for it is done. */
static void settle(struct screens *s)
{
    jobs_wait(app_jobs(s->app));
    while (s->app->n_pending_states > 0) {
        app_restore_pending(s->app);
        jobs_wait(app_jobs(s->app));
    }
}

static void open_with(struct screens *s, const char *dir, enum screens_mode mode, const char *state)
{
    struct error err = {0};
    *s = (struct screens){0};
    if (!study_open(dir, mode == SCREENS_READ, NULL, &s->study, &err))
        fail_msg("%s", err.text);
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->out = open_memstream(&s->said, &s->said_bytes);
    s->err = fopen("/dev/null", "w");
    struct app_options options = {.batch = !state,
                                  .readonly = mode == SCREENS_READ,
                                  .state = state,
                                  .session = true,
                                  .out = s->out,
                                  .err = s->err};
    s->app = app_new(&options, &host);
    app_push(s->app, overview_new(s->app));
    if (state)
        app_state_begin(s->app);
    settle(s);
}

void screens_open(struct screens *s, const char *dir, enum screens_mode mode)
{
    open_with(s, dir, mode, NULL);
}

void screens_open_again(struct screens *s, const char *dir, enum screens_mode mode,
                        const char *state)
{
    open_with(s, dir, mode, state);
}

void screens_close(struct screens *s)
{
    app_state_end(s->app);
    app_free(s->app);
    study_close(s->study);
    fclose(s->out);
    fclose(s->err);
    free(s->said);
}

void screens_do(struct screens *s, const char *const *commands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error err = {0};
        if (app_do(s->app, commands[i], &err) & REACT_ERROR)
            fail_msg("%s: %s", commands[i], err.text);
        settle(s);
    }
}

void screens_press(struct screens *s, uint32_t key)
{
    app_event(s->app, &(struct event){.kind = EVENT_KEY, .key = key});
    settle(s);
}

void screens_type(struct screens *s, const char *text)
{
    for (; *text; text++)
        app_event(s->app, &(struct event){.kind = EVENT_KEY, .key = (unsigned char)*text});
    settle(s);
}

char *screens_text(struct screens *s, int rows, int cols)
{
    struct grid grid;
    struct buf all;
    grid_init(&grid, rows, cols);
    buf_init(&all);
    app_draw(s->app, &grid, &glyphs_utf8);
    grid_text(&grid, &all);
    grid_release(&grid);
    return buf_detach(&all);
}

bool screens_shows(struct screens *s, int rows, int cols, const char *text)
{
    char *all = screens_text(s, rows, cols);
    bool there = strstr(all, text) != NULL;
    free(all);
    return there;
}

void expect_shown(struct screens *s, const char *text)
{
    char *all = screens_text(s, 24, 80);
    if (!strstr(all, text))
        fail_msg("\"%s\" is not on this screen:\n%s", text, all);
    free(all);
}

void expect_refusal(struct screens *s, const char *command, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, command, &err) & REACT_ERROR))
        fail_msg("%s did not fail", command);
    if (!strstr(err.text, text))
        fail_msg("%s: \"%s\" is not in \"%s\"", command, text, err.text);
}

void screens_draw_everywhere(struct screens *s)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}, {37, 151}, {3, 5}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct grid grid;
        grid_init(&grid, sizes[i][0], sizes[i][1]);
        app_draw(s->app, &grid, i % 2 ? &glyphs_ascii : &glyphs_utf8);
        expect_sound_frame(&grid, false);
        grid_release(&grid);
    }
}

struct sheet *screens_sheet(struct screens *s)
{
    return app_front(s->app)->ops->sheet(app_front(s->app));
}

/* ---- what the user wrote ---- */

static void add_case(struct workspace *ws, int64_t id, struct buf *out)
{
    struct case_study s;
    struct case_pins pins;
    struct error err = {0};
    if (!case_get(ws, id, &s, &pins, &err))
        fail_msg("%s", err.text);
    buf_addf(out, "case %lld|%s|%s|%s\n", (long long)id, s.title, s.text, s.tags);
    for (size_t i = 0; i < pins.n; i++) {
        const struct case_pin *p = &pins.pin[i];
        buf_addf(out, "pin %lld|%s|%s|%s|%s|%s|%lld|%s|%s|%s\n", (long long)p->id, p->kind,
                 p->user_id, p->item_id, p->run, p->definition, (long long)p->rank, p->summary,
                 p->link, p->note);
    }
    case_pins_release(&pins);
    case_study_release(&s);
}

char *screens_written(const char *dir)
{
    struct error err = {0};
    struct case_studies cases;
    struct run_list runs;
    struct buf out;
    buf_init(&out);
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, &err);
    if (!ws || !case_studies_read(ws, NULL, &cases, &err) || !run_list_read(ws, &runs, &err))
        fail_msg("%s", err.text);
    for (int64_t id = 0, found = 0; found < (int64_t)cases.n; id++) /* by number */
        for (size_t i = 0; i < cases.n; i++)
            if (cases.study[i].id == id) {
                add_case(ws, id, &out);
                found++;
            }
    for (size_t i = 0; i < runs.n; i++)
        buf_addf(&out, "run %lld %s\n", (long long)runs.run[i].id, runs.run[i].name);
    case_studies_release(&cases);
    run_list_release(&runs);
    workspace_close(ws);
    return buf_detach(&out);
}

/* ---- every action ---- */

/* Definitions and parts are those whose figures the workspaces have: others take seconds. */
const char *argument_for(const struct action *action)
{
    static const char *const text[] = {
        [ARG_INT] = "3",
        [ARG_REGEX] = "a",
        [ARG_CONDITION] = "items > 9",
        [ARG_USER] = "u1854",
        [ARG_ITEM] = "tea33",
        [ARG_RUN] = "markov",
        [ARG_RUNS] = "markov",
        [ARG_SIDES] = "markov pop*",
        [ARG_CELL] = "lost",
        [ARG_DEFINITION] = "last",
        [ARG_MODEL] = "bert", /* there is none: nothing is trained */
        [ARG_SETTING] = "trained-on=train+valid",
        [ARG_SQL] = "SELECT user_id FROM user",
        [ARG_STUDY] = "first",
    };
    if (action->argument == ARG_FILE) /* others would write a file of that name */
        return strcmp(action->name, "export") == 0 ? "-" : "/nowhere/at/all.svg";
    if (action->argument == ARG_TEXT)
        return strstr(action->placeholder, "rote|")   ? "rote"
               : strstr(action->placeholder, "test|") ? "test"
                                                      : "gx open";
    return (size_t)action->argument < ARRAY_LEN(text) ? text[action->argument] : NULL;
}

unsigned screens_try(struct screens *s, enum action_id id, bool with_argument)
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
    screens_draw_everywhere(s);
    return reaction;
}

void every_action_after(const char *dir, const char *const *way, size_t n)
{
    struct screens s;
    screens_open(&s, dir, SCREENS_READ);
    struct host host = s.host; /* what is shown is put back without counting again */
    for (int id = 1; id < ACTION_COUNT; id++)
        for (int with = 0; with < 2; with++) {
            const struct action *action = action_get((enum action_id)id);
            if (with && action->argument == ARG_NONE && !(action->flags & ACT_DESTRUCTIVE))
                continue; /* the same again */
            app_pop_to_root(s.app);
            host.desk = s.host.desk; /* not a matter of what is shown */
            s.host = host;
            screens_do(&s, way, n);
            unsigned reaction = screens_try(&s, (enum action_id)id, with);
            if ((action->flags & ACT_WRITES) && !(reaction & REACT_ERROR))
                fail_msg("%s was not refused", action->name);
        }
    screens_close(&s);
}

int screens_before(void **state)
{
    (void)state;
    char *folder = sample_path(".");
    bool there = chdir(folder) == 0;
    free(folder);
    return there && setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

int screens_after(void **state)
{
    (void)state;
    if (chdir("/") != 0)
        return -1;
    sample_workspace_remove();
    return 0;
}
