/*
 * Random keys and sizes, the same ones in every run: after each the cursor is inside the set, the
 * counts agree with a recount, nothing is drawn outside, wide characters are whole; at the end q
 * leads back to the root. And every action is executed once.
 * usage: test_monkey [KEYS]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/draw.h"
#include "tests/tui/demo.h"
#include "tests/tui/demo_screens.h"
#include "tests/tui/frame.h"
#include "tui/screens/sheet_view.h"

static int n_keys = 3000;
static struct app *new_app(int64_t rows)
{
    static const struct app_host host = {.name = "demo"};
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct app_options options = {.batch = true, .out = nowhere, .err = nowhere};
    struct app *app = app_new(&options, &host);
    app_push(app, sheet_view_new(app, "Rows", demo_source(rows), demo_open_row, NULL, NULL));
    return app;
}

/* The sheet that has the keys, through the view's own door. */
static struct sheet *front_sheet(struct app *app)
{
    struct view *front = app_front(app);
    return front->ops->sheet ? front->ops->sheet(front) : NULL;
}

static void check_sheet(struct app *app)
{
    struct sheet *s = front_sheet(app);
    if (!s)
        return;
    int64_t n = sheet_count(s), all = sheet_source(s)->n_rows;
    assert_true(n <= all);
    if (n == 0) {
        assert_int_equal(sheet_position(s), -1);
        return;
    }
    assert_in_range(sheet_position(s), 0, n - 1);
    bool *seen = mem_zalloc((size_t)all, sizeof *seen);
    for (int64_t i = 0; i < n; i++) { /* each row at most once */
        int64_t row = sheet_row_at(s, i);
        assert_true(row >= 0 && row < all && !seen[row]);
        seen[row] = true;
    }
    free(seen);
}

static void press(struct app *app, uint32_t key)
{
    app_event(app, &(struct event){.kind = EVENT_KEY, .key = key});
}

static uint32_t random_key(void)
{
    static const uint32_t often[] = {
        'j',         'k',         'h', 'l', K_UP,  K_DOWN, K_PAGE_DOWN, K_ENTER,
        'q',         ' ',         '[', ']', 'G',   'g',    'n',         'N',
        '/',         '&',         'F', ':', K_TAB, K_ESC,  '?',         K_CTRL('d'),
        K_CTRL('u'), K_CTRL('c'), 'u', 'm', 's',   'y',    K_BACKSPACE, 0x6771,
    };
    return draw(10) < 8 ? often[draw(ARRAY_LEN(often))] : 32 + draw(96);
}

/* Are keys commands, and not text, an answer or the rest of a sequence? What the screen says. */
static bool is_plain(struct app *app)
{
    struct grid g;
    struct buf last;
    grid_init(&g, 24, 80);
    buf_init(&last);
    app_draw(app, &g, &glyphs_utf8);
    grid_row_text(&g, 23, &last);
    bool footer = strncmp(last.data, " Enter open", 11) == 0;
    buf_clear(&last);
    grid_text(&g, &last);
    bool sequence = strstr(last.data, "─ g ─") != NULL;
    grid_release(&g);
    buf_release(&last);
    return footer && !sequence;
}

/* Commands of random text write files of random names: all of them in a folder of their own. */
static void keys_at_random(void **state)
{
    (void)state;
    char folder[] = "/tmp/rote-monkey-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    struct app *app = new_app(300);
    struct grid g;
    grid_init(&g, 24, 80);
    for (int i = 0; i < n_keys; i++) {
        if (draw(40) == 0) { /* one after the other: the same sizes from every compiler */
            int rows = 1 + (int)draw(60), cols = 1 + (int)draw(150);
            grid_resize(&g, rows, cols);
        }
        uint32_t key = random_key();
        struct sheet *sheet = front_sheet(app);
        int64_t id = sheet ? sheet_id(sheet) : -1;
        bool sorts = (key == '[' || key == ']') && is_plain(app);
        press(app, key);
        jobs_wait(app_jobs(app));
        app_draw(app, &g, draw(2) ? &glyphs_utf8 : &glyphs_ascii);
        expect_sound_frame(&g, false);
        check_sheet(app);
        /* The order changes, not the choice, unless the row is gone: Messages keep the newest. */
        if (sorts && sheet_id(sheet) != id)
            assert_false(sheet_select(sheet, id));
    }
    press(app, K_ESC);
    press(app, K_ESC);
    for (int i = 0; i < n_keys && app_front(app)->number != 1; i++)
        press(app, 'q');
    assert_int_equal(app_front(app)->number, 1);
    grid_release(&g);
    app_free(app);
    assert_int_equal(chdir("/"), 0);
    assert_true(dir_remove(folder, NULL));
}

/* An argument that fits, where one is needed. */
static const char *argument_for(const struct action *a, const char *folder)
{
    static char path[256];
    switch (a->argument) {
    case ARG_NONE:
        return "";
    case ARG_INT:
        return "7";
    case ARG_REGEX:
        return "vite";
    case ARG_COLUMN:
        return "count";
    case ARG_FILE:
        snprintf(path, sizeof path, "%s/%s.csv", folder, a->name);
        return path;
    default:
        return strcmp(a->name, "bind") == 0 ? "gx top" : "test";
    }
}

static void every_action_once(void **state)
{
    (void)state;
    char folder[] = "/tmp/rote-actions-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *a = action_get((enum action_id)i);
        struct app *app = new_app(100);
        struct grid g;
        grid_init(&g, 24, 80);
        char *line = mem_printf("%s! %s", a->name, argument_for(a, folder));
        struct error err = {0};
        unsigned reaction = app_do(app, line, &err);
        assert_true(reaction != REACT_PASS);
        assert_true(!(reaction & REACT_ERROR) || *err.text);
        jobs_wait(app_jobs(app));
        app_draw(app, &g, &glyphs_utf8);
        expect_sound_frame(&g, false);
        check_sheet(app);
        grid_release(&g);
        free(line);
        app_free(app);
    }
    char *exported = path_join(folder, "export.csv");
    assert_true(file_exists(exported));
    free(exported);
    assert_true(dir_remove(folder, NULL));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        n_keys = atoi(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_at_random),
        cmocka_unit_test(every_action_once),
    };
    return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
