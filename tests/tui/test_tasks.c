/*
 * The tasks of docs/tasks.md: the test makes the page's workspace with the page's commands, presses
 * the page's keys, counts them by the page's rule, and looks for what the page says is seen.
 */
#include <unistd.h>

#include "tests/tui/sessions_fixture.h"

enum { TASKS = 10, STEPS = 2, MOST_KEYSTROKES = 12 };

/* A block of keys, and what is said below it. */
struct step {
    char *keys; /* as they are typed: the blanks between keys and the braces are gone */
    int counted, said;
    char *seen[6];
    size_t n_seen;
};

struct task {
    struct step step[STEPS];
    size_t n_steps;
};

static struct task task[TASKS + 1]; /* by number */

/* ---- the page ---- */

/* "2 g& {items > 9} <Enter>": what is typed, and how many keystrokes are not typed text. */
static void read_keys(struct step *p, const char *line)
{
    struct buf keys;
    buf_init(&keys);
    for (bool text = false; *line; line++) {
        if (!text && *line == ' ')
            continue;
        if (*line == '{' || *line == '}') {
            text = *line == '{';
        } else if (text) {
            if (*line == '<')
                buf_adds(&keys, "<lt>");
            else
                buf_add(&keys, line, 1);
        } else {
            size_t n = *line == '<' ? strcspn(line, ">") + 1 : 1;
            buf_add(&keys, line, n);
            line += n - 1;
            p->counted++;
        }
    }
    p->keys = mem_strdup(keys.data);
    buf_release(&keys);
}

/* "6 keystrokes. Seen: `a`, `b`. …" */
static void read_said(struct step *p, const char *line)
{
    p->said = atoi(line);
    const char *seen = strstr(line, "Seen: ");
    if (!seen)
        return;
    seen += strlen("Seen: ");
    for (size_t n; *seen == '`' && p->n_seen < ARRAY_LEN(p->seen); seen += n + 2) {
        n = strcspn(++seen, "`");
        p->seen[p->n_seen++] = mem_strndup(seen, n);
        if (seen[n + 1] != ',')
            break;
        seen++;
    }
}

/* Lines of the blocks before the first task, with "rote" as $1. */
static void run_command(const char *line)
{
    if (strncmp(line, "rote ", 5) != 0)
        fail_msg("not a command of rote: %s", line);
    char *command = mem_printf("'%s' %s >made 2>&1 </dev/null", rote, line + 5);
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
    free(command);
}

static void read_page(const char *path)
{
    struct error err = {0};
    struct buf page;
    buf_init(&page);
    if (!file_read(path, 1 << 20, &page, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    struct task *at = NULL;
    for (char *line = strtok(page.data, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, "## ", 3) == 0) {
            int number = atoi(line + 3);
            at = number >= 1 && number <= TASKS ? &task[number] : NULL;
        } else if (strncmp(line, "    ", 4) == 0 && !at) {
            run_command(line + 4);
        } else if (strncmp(line, "    ", 4) == 0 && at->n_steps < STEPS) {
            read_keys(&at->step[at->n_steps++], line + 4);
        } else if (strstr(line, " keystrokes.") && at && at->n_steps > 0) {
            read_said(&at->step[at->n_steps - 1], line);
        }
    }
    buf_release(&page);
}

static void forget_page(void)
{
    for (size_t i = 1; i <= TASKS; i++)
        for (size_t k = 0; k < task[i].n_steps; k++) {
            struct step *p = &task[i].step[k];
            free(p->keys);
            for (size_t s = 0; s < p->n_seen; s++)
                free(p->seen[s]);
        }
}

static void keystrokes_are_counted(void **state)
{
    (void)state;
    for (int i = 1; i <= TASKS; i++) {
        int all = 0;
        for (size_t k = 0; k < task[i].n_steps; k++) {
            const struct step *p = &task[i].step[k];
            all += p->counted;
            if (p->said != all)
                fail_msg("task %d: the page says %d keystrokes, its keys are %d", i, p->said, all);
        }
        if (all == 0 || all > MOST_KEYSTROKES)
            fail_msg("task %d takes %d keystrokes", i, all);
    }
}

/* ---- doing it ---- */

static struct terminal *open_overview(void)
{
    struct terminal *t = ROTE(.dir = "wayside", .more = {"--no-session"});
    expect_text(t, "wayside ▸ Overview");
    return t;
}

/* A key after the other, waiting after each as a person does; typed text at once. */
static void press_keys(struct terminal *t, const char *keys)
{
    while (*keys) {
        size_t n = *keys == '<' ? strcspn(keys, ">") + 1 : 1;
        char *key = mem_strndup(keys, n);
        terminal_press(t, key);
        free(key);
        keys += n;
    }
}

static void do_step(struct terminal *t, const struct step *p)
{
    press_keys(t, p->keys);
    for (size_t i = 0; i < p->n_seen; i++)
        terminal_until(t, p->seen[i]);
}

static struct terminal *do_task(int number)
{
    struct terminal *t = open_overview();
    assert_true(task[number].n_steps > 0);
    do_step(t, &task[number].step[0]);
    return t;
}

static void users_won_beyond_one_hop(void **state)
{
    (void)state;
    struct terminal *t = do_task(1);
    for (int y = 3; y < 22; y++)
        assert_non_null(strstr(terminal_row(t, y), "  no  "));
    terminal_press(t, "1c"); /* the comparison counts the same users in its own way */
    terminal_press(t, ":compare-users won unreachable<Enter>");
    terminal_until(t, " 659 of 659");
    terminal_free(t);
}

static void who_else_has_this(void **state)
{
    (void)state;
    struct terminal *t = do_task(2);
    assert_int_equal(task[2].n_steps, 2);
    do_step(t, &task[2].step[1]);
    terminal_press(t, "<Enter>");
    expect_text(t, "┌ History ");
    char *history[8];
    for (int y = 0; y < 8; y++)
        history[y] = mem_strndup(terminal_row(t, 2 + y), strlen("│") + 32);
    terminal_press(t, "qj<Enter>");
    for (int y = 0; y < 8; y++) { /* as far as the two panes show it: the same items */
        if (strncmp(history[y], terminal_row(t, 2 + y), strlen(history[y])) != 0)
            fail_msg("%s and %s", history[y], terminal_row(t, 2 + y));
        free(history[y]);
    }
    terminal_free(t);
}

/* The number before the share at the row's end: "… 488 394 81 %". */
static int rote_of(const char *row)
{
    int word[3] = {0}, n = 0;
    for (const char *p = row; (p = strchr(p, ' ')); n += p[1] >= '0' && p[1] <= '9', p++)
        if (p[1] >= '0' && p[1] <= '9')
            word[n % 3] = atoi(p + 1);
    assert_true(n >= 3);
    return word[(n - 2) % 3];
}

static void most_by_rote(void **state)
{
    (void)state;
    struct terminal *t = do_task(3);
    expect_text(t, "rote↓  share");
    assert_non_null(strstr(terminal_row(t, 3), "▸ "));
    assert_true(rote_of(terminal_row(t, 3)) > rote_of(terminal_row(t, 4)));
    for (int y = 4; y < 21; y++)
        assert_true(rote_of(terminal_row(t, y)) >= rote_of(terminal_row(t, y + 1)));
    terminal_free(t);
}

static void iirg_changes_every_figure(void **state)
{
    (void)state;
    struct terminal *t = open_overview();
    int y = terminal_find_row(t, " markov  ");
    assert_true(y > 0 && strstr(terminal_row(t, y), "0.3423   96.0 %    5.7 %   +90.3 %"));
    terminal_free(t);
    t = do_task(4);
    assert_non_null(strstr(terminal_row(t, y), "0.3423   76.8 % "));
    terminal_free(t);
}

static void a_retraining_is_watched(void **state)
{
    (void)state;
    struct terminal *t = do_task(5);
    look_until(t, "sasrec · done");
    terminal_press(t, ":picture seen.svg 200x60<Enter>");
    struct error err = {0};
    struct buf seen;
    buf_init(&seen);
    assert_true(file_read("seen.svg", 1 << 24, &seen, &err));
    assert_non_null(strstr(seen.data, "epochs=3"));
    assert_non_null(strstr(seen.data, "dropout=0.35"));
    assert_non_null(strstr(seen.data, "width=16")); /* as it was */
    buf_release(&seen);
    terminal_free(t);
}

static void three_findings_and_one_back(void **state)
{
    (void)state;
    struct terminal *t = do_task(6);
    terminal_press(t, "5<Enter>");
    expect_text(t, "─ Pins 2 ─");
    terminal_free(t);
}

static void a_user_that_one_run_won(void **state)
{
    (void)state;
    struct terminal *t = do_task(7);
    expect_text(t, "┌ History ");
    expect_text(t, "target not reachable");
    terminal_free(t);
}

static void label_shares_by_length(void **state)
{
    (void)state;
    struct terminal *t = do_task(8);
    expect_text(t, "history ");
    expect_text(t, "570 "); /* 57 users of four items, ten recommendations each */
    terminal_free(t);
}

static void a_table_and_a_picture(void **state)
{
    (void)state;
    struct terminal *t = do_task(9);
    struct error err = {0};
    struct buf text;
    buf_init(&text);
    assert_true(file_read("teapots.csv", 1 << 20, &text, &err));
    int rows = -1;
    for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"), rows++)
        assert_true(rows < 0 || strstr(line, "Teapot"));
    char *count = mem_printf(" %d of 800 · &teapot", rows);
    buf_clear(&text);
    assert_true(file_read("teapots.svg", 1 << 24, &text, &err));
    assert_non_null(strstr(text.data, "<svg"));
    assert_non_null(strstr(text.data, "Teapot"));
    terminal_press(t, "<Esc>");
    expect_text(t, count);
    free(count);
    buf_release(&text);
    terminal_free(t);
}

static void what_if(void **state)
{
    (void)state;
    struct terminal *t = do_task(10);
    expect_text(t, ": would it be here without user ");
    terminal_free(t);
}

int main(int argc, char **argv)
{
    if (!sessions_begin(argc, argv, "ROTE docs/tasks.md"))
        return 2;
    char *full = realpath(argv[1], NULL), *folder = sample_path("tasks");
    struct error err = {0};
    if (!full || !dir_make(folder, &err) || chdir(folder) != 0) {
        fprintf(stderr, "%s %s\n", folder, err.text);
        return 1;
    }
    rote = full;
    read_page(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keystrokes_are_counted),    cmocka_unit_test(users_won_beyond_one_hop),
        cmocka_unit_test(who_else_has_this),         cmocka_unit_test(most_by_rote),
        cmocka_unit_test(iirg_changes_every_figure), cmocka_unit_test(three_findings_and_one_back),
        cmocka_unit_test(a_user_that_one_run_won),   cmocka_unit_test(label_shares_by_length),
        cmocka_unit_test(a_table_and_a_picture),     cmocka_unit_test(what_if),
        cmocka_unit_test(a_retraining_is_watched), /* last: it changes the runs that are shown */
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    forget_page();
    if (chdir("/") != 0)
        perror("/");
    sample_workspace_remove();
    free(full);
    free(folder);
    return failed;
}
