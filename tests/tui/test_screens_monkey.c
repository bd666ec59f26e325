/*
 * Random keys, commands and sizes on the real screens, the same ones in every run of a seed.
 *
 * One walk reads the sample data: after each step the cursor is inside the set, the row under it,
 * the shown runs and the definition are kept unless the step is to change them, the counts are
 * those of another sheet over the same rows and of the data, nothing is drawn outside; every q
 * closes one view, down to Overview. Left out is what ends rote, writes files, starts an editor, or
 * trains.
 *
 * The other walk writes: pins, case studies, their words, names of runs. What the database holds is
 * read by a connection of its own after each step; undo and redo have to go through exactly the
 * states that were there, over restarts too.
 *
 * usage: test_screens_monkey [KEYS [SEED]]
 */
#include <strings.h>

#include "storage/db/dataset.h"
#include "tests/draw.h"
#include "tests/tui/frame.h"
#include "tests/tui/screens_fixture.h"

enum { PER_WALK = 250, TRAIL = 24, NAIVE_ROWS = 5000 };

static const char *sample, *tea;
static int n_keys = 300;

/* The screens, and what was done to them lately. */
struct walk {
    struct screens screens;
    struct grid grid;
    char trail[TRAIL][80];
    int n;
    char *recounted; /* the state of the sheet that was counted last; NULL: none */
};

static void walk_open(struct walk *w, const char *dir, enum screens_mode mode)
{
    *w = (struct walk){0};
    screens_open(&w->screens, dir, mode);
    grid_init(&w->grid, 24, 80);
}

static void walk_close(struct walk *w)
{
    grid_release(&w->grid);
    screens_close(&w->screens);
    free(w->recounted);
}

static void walk_failed(const struct walk *w, const char *what)
{
    for (int i = w->n > TRAIL ? w->n - TRAIL : 0; i < w->n; i++)
        print_error("%s\n", w->trail[i % TRAIL]);
    fail_msg("step %d: %s", w->n, what);
}

static void note(struct walk *w, const char *format, const char *text)
{
    snprintf(w->trail[w->n++ % TRAIL], sizeof w->trail[0], format, text);
}

/* ---- what is checked ---- */

static void check_grid(struct walk *w)
{
    int y;
    const char *fault = frame_fault(&w->grid, false, &y);
    if (fault)
        walk_failed(w, fault);
}

static struct sheet *front_sheet(struct walk *w)
{
    struct view *front = app_front(w->screens.app);
    return front->ops->sheet ? front->ops->sheet(front) : NULL;
}

/* "1,204 of 22,363" at the beginning of the sheet's own status line. */
static bool says_counts(struct sheet *s, int64_t n, int64_t all)
{
    struct buf status, digits;
    buf_init(&status);
    buf_init(&digits);
    sheet_status(s, &glyphs_utf8, &status);
    for (const char *p = status.data; *p && strncmp(p, " · ", strlen(" · ")) != 0; p++)
        if (*p != ',')
            buf_addc(&digits, *p);
    char *counts = mem_printf("%lld of %lld", (long long)n, (long long)all);
    bool said = strstr(digits.data, counts) != NULL;
    free(counts);
    buf_release(&status);
    buf_release(&digits);
    return said;
}

/* How many rows the data have for a view; -1: not known here. */
static int64_t rows_of_data(struct walk *w)
{
    const struct host *host = &w->screens.host;
    const char *view = app_front(w->screens.app)->ops->name;
    if (strcmp(view, "items") == 0)
        return study_dataset(w->screens.study)->n_items;
    if (strcmp(view, "runs") == 0)
        return (int64_t)study_n_runs(w->screens.study);
    if (strcmp(view, "recommendations") != 0)
        return -1;
    const struct study_run *run[HOST_RUNS];
    int64_t depth = 0;
    size_t n = host_shown_runs(host, run);
    for (size_t i = 0; i < n; i++) {
        int32_t k = run[i]->recs[host->part].depth;
        depth += k < host->definition.k ? k : host->definition.k;
    }
    return study_split(w->screens.study)->part[host->part].n * depth;
}

/* The filter's words are letters, behind ^ or not, and behind ! or not: found as a child would. */
static bool naive_keeps(const struct sheet *s, int64_t row, const char *pattern)
{
    const struct sheet_source *source = sheet_source(s);
    bool out = *pattern == '!', found = false;
    pattern += out;
    bool first = *pattern == '^';
    pattern += first;
    struct buf text;
    buf_init(&text);
    for (int c = 0; c < source->n_columns && !found; c++) {
        enum column_kind kind = source->columns[c].kind;
        if (kind != COLUMN_TEXT && kind != COLUMN_TITLE && kind != COLUMN_BADGE)
            continue;
        buf_clear(&text);
        sheet_cell_text(s, row, c, &text);
        found = first ? strncasecmp(text.data, pattern, strlen(pattern)) == 0
                      : strcasestr(text.data, pattern) != NULL;
    }
    buf_release(&text);
    return found != out;
}

/* All of its filters are such words. */
static bool only_words(const char *state)
{
    for (; *state; state += strcspn(state, "\n") + 1)
        if (strncmp(state, "where ", 6) == 0 || strncmp(state, "equal ", 6) == 0 ||
            strncmp(state, "only-marked", 11) == 0)
            return false;
    return true;
}

static int64_t naive_count(const struct sheet *s, const char *state)
{
    int64_t n = 0;
    for (int64_t row = 0; row < sheet_source(s)->n_rows; row++) {
        bool kept = true;
        for (const char *line = state; *line && kept; line += strcspn(line, "\n") + 1)
            if (strncmp(line, "filter ", 7) == 0) {
                char *pattern = mem_strndup(line + 7, strcspn(line + 7, "\n"));
                kept = naive_keeps(s, row, pattern);
                free(pattern);
            }
        n += kept;
    }
    return n;
}

/* Another sheet over the same rows, brought there by what this one says of itself. */
static void recount(struct walk *w, struct sheet *s, const char *state)
{
    struct jobs *jobs = jobs_new();
    struct sheet *other =
        sheet_new(sheet_source_ref((struct sheet_source *)(uintptr_t)sheet_source(s)), jobs);
    char *copy = mem_strdup(state), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        struct error err = {0};
        if (strncmp(line, "go ", 3) == 0 || strncmp(line, "column ", 7) == 0)
            continue;
        if (!sheet_restore(other, line, &err))
            walk_failed(w, err.text);
        jobs_wait(jobs);
    }
    if (strstr(state,
               "only-marked\n")) { /* a row that was unmarked stays, so that a slip can be seen */
        sheet_free(other);
        jobs_free(jobs);
        free(copy);
        return;
    }
    if (sheet_count(other) != sheet_count(s))
        walk_failed(w, "another sheet counts other rows");
    for (int64_t i = 0; i < sheet_count(s); i++)
        if (sheet_row_at(s, i) != sheet_row_at(other, i))
            walk_failed(w, "another sheet has another order");
    if (sheet_source(s)->n_rows <= NAIVE_ROWS && only_words(state) &&
        naive_count(s, state) != sheet_count(s))
        walk_failed(w, "the words are in other rows");
    free(copy);
    sheet_free(other);
    jobs_free(jobs);
}

/* Once for each state that it comes to. */
static void recount_if_changed(struct walk *w, struct sheet *s)
{
    struct buf state;
    buf_init(&state);
    sheet_state(s, SHEET_LOOK | SHEET_MARKS, &state); /* moving changes no count */
    char *now = mem_printf("%p %lld %s", (const void *)sheet_source(s),
                           (long long)sheet_source(s)->n_rows, state.data);
    if (!w->recounted || strcmp(w->recounted, now) != 0)
        recount(w, s, state.data);
    free(w->recounted);
    w->recounted = now;
    buf_release(&state);
}

static void check_sheet(struct walk *w)
{
    struct sheet *s = front_sheet(w);
    if (!s)
        return;
    int64_t n = sheet_count(s), all = sheet_source(s)->n_rows, known = rows_of_data(w);
    if (known >= 0 && all != known)
        walk_failed(w, "the data have another number of rows");
    if (n < 0 || n > all)
        walk_failed(w, "there are more rows than there are");
    if (n == 0 ? sheet_position(s) != -1 : sheet_position(s) < 0 || sheet_position(s) >= n)
        walk_failed(w, "the cursor is outside the set");
    bool *seen = mem_zalloc((size_t)all + 1, sizeof *seen);
    for (int64_t i = 0; i < n; i++) {
        int64_t row = sheet_row_at(s, i);
        if (row < 0 || row >= all || seen[row])
            walk_failed(w, "a row is there twice, or is none");
        seen[row] = true;
    }
    free(seen);
    if (!says_counts(s, n, all))
        walk_failed(w, "the status counts other rows");
    recount_if_changed(w, s);
}

/* Actions after which the row under the cursor has to be the one of before, if it is still there.
 */
static bool keeps_choice(enum action_id id)
{
    switch (id) {
    case ACTION_FILTER:
    case ACTION_WHERE:
    case ACTION_UNFILTER:
    case ACTION_SORT_UP:
    case ACTION_SORT_DOWN:
    case ACTION_SORT_ADD:
    case ACTION_SORT_ADD_DOWN:
    case ACTION_UNSORT:
    case ACTION_UNMARK_ALL:
    case ACTION_MARK_WHERE:
    case ACTION_HIDE:
    case ACTION_SHOW:
    case ACTION_WIDER:
    case ACTION_NARROWER:
    case ACTION_WIDTH:
    case ACTION_LEFT:
    case ACTION_RIGHT:
    case ACTION_REFRESH:
    case ACTION_REPAINT:
    case ACTION_CLEAR:
        return true;
    default:
        return false;
    }
}

/* Runs, definition and part: what every figure depends on. */
struct shown {
    struct definition definition;
    enum part part;
    int64_t run[HOST_RUNS];
    size_t n;
};

static struct shown shown_now(const struct walk *w)
{
    const struct host *host = &w->screens.host;
    struct shown s = {.definition = host->definition, .part = host->part, .n = host->n_shown};
    memcpy(s.run, host->shown, sizeof s.run);
    return s;
}

static bool same_shown(const struct shown *a, const struct shown *b)
{
    return definition_equal(&a->definition, &b->definition) && a->part == b->part && a->n == b->n &&
           memcmp(a->run, b->run, a->n * sizeof *a->run) == 0;
}

/* Moving and looking for something never changes what is shown. */
static bool keeps_shown(enum action_id id)
{
    enum action_group group = action_get(id)->group;
    return group == GROUP_MOVE || group == GROUP_FIND || group == GROUP_COLUMN;
}

/* Those that were asked for, in that order, each once. */
static void expect_shown_runs(struct walk *w, const char *names)
{
    const struct host *host = &w->screens.host;
    int64_t wanted[HOST_RUNS];
    size_t n = 0;
    char *copy = mem_strdup(names), *save = NULL;
    for (char *name = strtok_r(copy, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        struct error err = {0};
        const struct study_run *run = study_run_find(w->screens.study, name, &err);
        bool there = false;
        for (size_t i = 0; i < n; i++)
            there |= run && wanted[i] == run->id;
        if (run && !there)
            wanted[n++] = run->id;
    }
    free(copy);
    if (n != host->n_shown || memcmp(wanted, host->shown, n * sizeof *wanted) != 0)
        walk_failed(w, "other runs are shown than were asked for");
}

static void expect_defined(struct walk *w, const char *text)
{
    struct definition wanted;
    struct error err = {0};
    assert_true(definition_parse(text, &wanted, &err));
    wanted.train_valid = w->screens.host.definition.train_valid; /* of the first run */
    if (!definition_equal(&wanted, &w->screens.host.definition))
        walk_failed(w, "another definition holds than was asked for");
}

/* ---- what is done ---- */

static bool left_out(enum action_id id)
{
    switch (id) {
    case ACTION_QUIT:
    case ACTION_SUSPEND:
    case ACTION_EXPORT:
    case ACTION_PICTURE:
    case ACTION_SAVE_COMMANDS:
    case ACTION_SOURCE:
    case ACTION_PRINT:
    case ACTION_EDIT:
    case ACTION_BIND:
    case ACTION_UNBIND:
        return true;
    default:
        return false;
    }
}

static enum action_id random_action(void)
{
    enum action_id id;
    do {
        id = (enum action_id)(1 + draw(ACTION_COUNT - 1));
    } while (left_out(id));
    return id;
}

#define ANY(...)                                                                                   \
    ((const char *const[]){                                                                        \
        __VA_ARGS__})[draw(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))]

static const char *random_argument(enum action_id id)
{
    switch (action_get(id)->argument) {
    case ARG_NONE:
        return "";
    case ARG_INT:
        return ANY("1", "7", "30", "100000", "-1", "x");
    case ARG_REGEX:
        return ANY("tea", "!a", "^u0", "[", "", "nothing has this");
    case ARG_CONDITION:
        return ANY("rank is missing", "items > 9", "markov.rank <= 10", "title ~ tea", "(",
                   "a = b");
    case ARG_COLUMN:
        return ANY("", "title", "user", "items", "markov.rank", "run", "no such");
    case ARG_DEFINITION:
        return ANY("last", "any", "iirg", "any,k=5", "pred=none");
    case ARG_RUN:
        return ANY("markov", "popularity", "none");
    case ARG_RUNS:
        return ANY("markov", "popularity,markov", "markov,markov", "");
    case ARG_SIDES:
        return ANY("markov popularity", "markov", "");
    case ARG_USER:
        return ANY("u1854", "u0671", "u0009", "nobody");
    case ARG_ITEM:
        return ANY("tea17", "tea33", "nothing", "");
    case ARG_SQL:
        return ANY("SELECT user_id, length FROM user", "SELECT 1", "SELECT", "DROP TABLE run");
    case ARG_CELL:
        return ANY("won", "lost reachable", "all", "some");
    default:
        return id == ACTION_PART         ? ANY("test", "valid")
               : id == ACTION_FIND_CASES ? ANY("rote", "novel", "won", "lost")
                                         : ANY("test", "1 markov", "");
    }
}

static void settle(struct walk *w)
{
    jobs_wait(app_jobs(w->screens.app));
    if (draw(25) == 0) { /* one after the other: the same sizes from every compiler */
        int rows = 1 + (int)draw(60), cols = 1 + (int)draw(180);
        grid_resize(&w->grid, rows, cols);
    }
    app_draw(w->screens.app, &w->grid, draw(3) ? &glyphs_utf8 : &glyphs_ascii);
    check_grid(w);
    check_sheet(w);
}

static void press(struct walk *w, uint32_t key)
{
    struct buf name;
    buf_init(&name);
    key_text(key, &name);
    note(w, "%s", name.data);
    buf_release(&name);
    app_event(w->screens.app, &(struct event){.kind = EVENT_KEY, .key = key});
    settle(w);
}

/* A sequence of the action table, key by key. */
static void press_bound(struct walk *w)
{
    enum action_id id;
    do {
        id = random_action();
    } while (!action_get(id)->keys[0]);
    const char *keys = action_get(id)->keys;
    char *first = mem_strndup(keys, strcspn(keys, " "));
    struct shown before = shown_now(w);
    struct key_sequence sequence;
    struct error err = {0};
    assert_true(key_sequence_parse(first, &sequence, &err));
    free(first);
    for (int i = 0; i < sequence.n; i++)
        press(w, sequence.key[i]);
    struct shown after = shown_now(w);
    if (keeps_shown(id) && !same_shown(&before, &after))
        walk_failed(w, "other runs or another definition are shown");
}

/* By row: is it there? NULL, unless the action may bring back a row that was chosen before one that
 * only stood in for it. */
static bool *rows_before(const struct sheet *s, enum action_id id)
{
    if (!s || (id != ACTION_UNFILTER && id != ACTION_FILTER && id != ACTION_WHERE))
        return NULL;
    bool *there = mem_zalloc((size_t)sheet_source(s)->n_rows + 1, sizeof *there);
    for (int64_t i = 0; i < sheet_count(s); i++)
        there[sheet_row_at(s, i)] = true;
    return there;
}

static void run_command(struct walk *w)
{
    enum action_id done = random_action();
    const char *argument = random_argument(done);
    char *line = mem_printf("%s %s", action_get(done)->name, argument);
    struct error err = {0};
    struct shown before = shown_now(w);
    struct view *front = app_front(w->screens.app);
    struct sheet *sheet = front_sheet(w);
    uint64_t view = front->number;
    int64_t id = sheet && sheet_count(sheet) > 0 ? sheet_id(sheet) : -1;
    bool *there = rows_before(sheet, done);
    note(w, ":%s", line);
    bool ok = !(app_do(w->screens.app, line, &err) & REACT_ERROR);
    settle(w);
    struct shown after = shown_now(w);
    if (keeps_shown(done) && !same_shown(&before, &after))
        walk_failed(w, "other runs or another definition are shown");
    if (ok && done == ACTION_RUNS_SHOWN && *argument)
        expect_shown_runs(w, argument);
    if (ok && done == ACTION_DEFINITION)
        expect_defined(w, argument);
    bool same = app_front(w->screens.app)->number == view && front_sheet(w) == sheet;
    bool back = there && same && sheet_count(sheet) > 0 && !there[sheet_row(sheet)];
    if (keeps_choice(done) && same && id >= 0 && sheet_id(sheet) != id && !back &&
        sheet_select(sheet, id))
        walk_failed(w, "another row is under the cursor");
    free(there);
    free(line);
}

static void type(struct walk *w)
{
    static const uint32_t keys[] = {'a',   'u',   '0', '1', ' ',         K_UP,        K_DOWN,
                                    K_TAB, K_ESC, 'y', 'n', K_BACKSPACE, K_CTRL('u'), K_ENTER};
    press(w, keys[draw(ARRAY_LEN(keys))]);
}

static int depth(const struct walk *w)
{
    int n = 0;
    while (app_view_at(w->screens.app, (size_t)n))
        n++;
    return n;
}

/* Each q closes one view, and the last one left is Overview. */
static void go_home(struct walk *w)
{
    press(w, K_ESC);
    press(w, K_ESC);
    for (int n = depth(w); n > 1; n--) {
        press(w, 'q');
        if (depth(w) != n - 1)
            walk_failed(w, "q does not close a view");
    }
    const struct view *front = app_front(w->screens.app);
    if (front->number != 1 || strcmp(front->ops->name, "overview") != 0)
        walk_failed(w, "q does not lead back to Overview");
}

static void walks_at_random(void **state)
{
    (void)state;
    for (int done = 0; done < n_keys;) {
        struct walk w;
        walk_open(&w, sample, SCREENS_READ);
        while (w.n < PER_WALK && done + w.n < n_keys) {
            uint32_t what = draw(10);
            if (draw(60) == 0)
                go_home(&w);
            else if (what < 5)
                press_bound(&w);
            else if (what < 8)
                run_command(&w);
            else
                type(&w);
        }
        go_home(&w);
        done += w.n;
        walk_close(&w);
    }
}

/* ---- the walk that writes ---- */

/* What there was before each change that can be undone, and after the last. */
struct past {
    char **state; /* [n]; NULL: never looked at, in the middle of a change of two steps */
    size_t n, at, cap;
    int changes, words; /* the same words again would be a change that changes nothing */
};

static int count_lines(const char *text, const char *begin)
{
    int n = 0;
    for (; *text; text += strcspn(text, "\n") + 1)
        n += strncmp(text, begin, strlen(begin)) == 0;
    return n;
}

/* Takes the text. */
static void past_add(struct past *p, char *text)
{
    while (p->n > p->at + 1)
        free(p->state[--p->n]);
    MEM_GROW(p->state, p->n + 1, p->cap);
    p->at = p->n;
    p->state[p->n++] = text;
}

/* Takes the text; where it was never looked at, it is believed. */
static void past_step(struct walk *w, struct past *p, int by, char *now)
{
    bool can = by < 0 ? p->at > 0 : p->at + 1 < p->n;
    p->at += can ? (size_t)by : 0;
    if (!p->state[p->at])
        p->state[p->at] = mem_strdup(now);
    if (strcmp(now, p->state[p->at]) != 0) {
        fprintf(stderr, "is\n%s\nwas\n%s\n", now, p->state[p->at]);
        walk_failed(w, "undo and redo do not lead to what was there");
    }
    free(now);
}

/* A change of one step, or of two where a pin makes its case study. */
static void past_change(struct past *p, char *now)
{
    const char *before = p->state[p->at];
    if (strcmp(now, before) == 0) {
        free(now);
        return;
    }
    p->changes++;
    if (count_lines(now, "case ") > count_lines(before, "case ") &&
        count_lines(now, "pin ") > count_lines(before, "pin "))
        past_add(p, NULL);
    past_add(p, now);
}

static void write_something(struct walk *w, struct past *p)
{
    static const char *const places[] = {
        "overview",
        "users",
        "items",
        "recommendations",
        "runs-list",
        "cases",
        "user ben",
        "user ann",
        "rank 1",
        "rank 2 popularity",
        "item bowl",
        "down",
        "up",
        "bottom",
        "next-pane",
        "open",
        "back",
        "case-study 1",
        "case-study two",
        "column title",
        "filter tea",
        "sort-down",
        "previous-pane",
        "runs markov",
        "where items > 4",
        "frequency",
        "detail",
        "find rote",
        "level",
        "mark",
    };
    static const char *const cases[] = {"cases",          "case-study 1",    "case-study one",
                                        "case-study two", "case-study case", "down"};
    static const char *const changes[] = {
        "pin One",        "pin Two",    "pin Three",         "new-case Case %d",
        "title Title %d", "tags tag%d", "note words %d",     "move-down",
        "move-up",        "delete",     "rename-run run-%d",
    };
    char line[80];
    size_t what = draw(10);
    int by = what == 8 ? -1 : what == 9 ? 1 : 0;
    const char *command = what < 2   ? places[draw(ARRAY_LEN(places))]
                          : what < 4 ? cases[draw(ARRAY_LEN(cases))]
                          : what < 8 ? changes[draw(ARRAY_LEN(changes))]
                          : by < 0   ? "undo"
                                     : "redo";
    const char *digit = strstr(command, "%d");
    snprintf(line, sizeof line, "%.*s", digit ? (int)(digit - command) : 79, command);
    if (digit)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%d", p->words++);
    struct error err = {0};
    note(w, ":%s", line);
    app_do(w->screens.app, line, &err);
    settle(w);
    char *now = screens_written(tea);
    if (by)
        past_step(w, p, by, now);
    else
        past_change(p, now);
}

/* All the way back and forth again, with the keys. */
static void there_and_back(struct walk *w, struct past *p)
{
    press(w, K_ESC);
    press(w, K_ESC);
    while (p->at > 0) {
        press(w, 'u');
        past_step(w, p, -1, screens_written(tea));
    }
    while (p->at + 1 < p->n) {
        press(w, K_CTRL('r'));
        past_step(w, p, 1, screens_written(tea));
    }
}

static void writes_at_random(void **state)
{
    (void)state;
    struct past past = {0};
    struct walk w;
    int n = n_keys < 1800 ? n_keys / 2 : 900; /* fewer than undo remembers */
    walk_open(&w, tea, SCREENS_WRITE);
    past_add(&past, screens_written(tea));
    for (int i = 0; i < n; i++) {
        write_something(&w, &past);
        if (draw(40) == 0) { /* over a restart */
            walk_close(&w);
            walk_open(&w, tea, SCREENS_WRITE);
        }
        if (draw(40) == 0)
            go_home(&w);
    }
    print_message("%d changes, of which %zu hold\n", past.changes, past.at);
    assert_true(past.changes > n / 10);
    there_and_back(&w, &past);
    go_home(&w);
    walk_close(&w);
    while (past.n > 0)
        free(past.state[--past.n]);
    free(past.state);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_keys = atoi(argv[1]);
    if (argc > 2)
        draw_seed = (uint32_t)strtoul(argv[2], NULL, 10);
    sample = sample_workspace_make();
    tea = tokens_workspace_make();
    const struct CMUnitTest tests[] = {cmocka_unit_test(walks_at_random),
                                       cmocka_unit_test(writes_at_random)};
    return SCREENS_RUN(tests);
}
