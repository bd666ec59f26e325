/*
 * Random keys, commands and sizes on the real screens of the sample data, the same ones in every
 * run of a seed. After each: the cursor is inside the set, the choice is kept unless the key moves,
 * the counts are those of a recount, nothing is drawn outside; now and then q leads back to
 * Overview. Left out is what ends rote, writes files, starts an editor, or trains. usage:
 * test_screens_monkey [KEYS [SEED]]
 */
#include <unistd.h>

#include "tests/tui/frame.h"
#include "tests/tui/screens_fixture.h"

enum { PER_WALK = 250, TRAIL = 24 };

static const char *sample;
static int n_keys = 300;
static uint32_t seed = 20240613;

/* The screens, and what was done to them lately. */
struct walk {
    struct screens screens;
    struct grid grid;
    char trail[TRAIL][80];
    int n;
};

static uint32_t draw(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static void walk_open(struct walk *w)
{
    *w = (struct walk){0};
    screens_open(&w->screens, sample, SCREENS_READ);
    grid_init(&w->grid, 24, 80);
}

static void walk_close(struct walk *w)
{
    grid_release(&w->grid);
    screens_close(&w->screens);
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

static void check_sheet(struct walk *w)
{
    struct sheet *s = front_sheet(w);
    if (!s)
        return;
    int64_t n = sheet_count(s), all = sheet_source(s)->n_rows;
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
    struct key_sequence sequence;
    struct error err = {0};
    assert_true(key_sequence_parse(first, &sequence, &err));
    free(first);
    for (int i = 0; i < sequence.n; i++)
        press(w, sequence.key[i]);
}

static void run_command(struct walk *w)
{
    enum action_id done = random_action();
    char *line = mem_printf("%s %s", action_get(done)->name, random_argument(done));
    struct error err = {0};
    struct view *front = app_front(w->screens.app);
    struct sheet *sheet = front_sheet(w);
    uint64_t view = front->number;
    int64_t id = sheet && sheet_count(sheet) > 0 ? sheet_id(sheet) : -1;
    note(w, ":%s", line);
    app_do(w->screens.app, line, &err);
    settle(w);
    bool same = app_front(w->screens.app)->number == view && front_sheet(w) == sheet;
    if (keeps_choice(done) && same && id >= 0 && sheet_id(sheet) != id && sheet_select(sheet, id))
        walk_failed(w, "another row is under the cursor");
    free(line);
}

static void type(struct walk *w)
{
    static const uint32_t keys[] = {'a',   'u',   '0', '1', ' ',         K_UP,        K_DOWN,
                                    K_TAB, K_ESC, 'y', 'n', K_BACKSPACE, K_CTRL('u'), K_ENTER};
    press(w, keys[draw(ARRAY_LEN(keys))]);
}

static void go_home(struct walk *w)
{
    press(w, K_ESC);
    press(w, K_ESC);
    for (int i = 0; i < 3 * PER_WALK && app_front(w->screens.app)->number != 1; i++)
        press(w, 'q');
    if (app_front(w->screens.app)->number != 1)
        walk_failed(w, "q does not lead back to Overview");
}

static void walks_at_random(void **state)
{
    (void)state;
    for (int done = 0; done < n_keys;) {
        struct walk w;
        walk_open(&w);
        while (w.n < PER_WALK && done + w.n < n_keys) {
            uint32_t what = draw(10);
            if (what < 5)
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

int main(int argc, char **argv)
{
    if (argc > 1)
        n_keys = atoi(argv[1]);
    if (argc > 2)
        seed = (uint32_t)strtoul(argv[2], NULL, 10);
    sample = sample_workspace_make();
    char *folder = sample_path("."); /* where a file of a random name would be written */
    if (chdir(folder) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(walks_at_random)};
    free(folder);
    return SCREENS_RUN(tests);
}
