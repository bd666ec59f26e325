/* The Query view, the schema, messages and help, in process; and the rows behind a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/mem.h"
#include "storage/db/query.h"
#include "tests/tui/golden.h"
#include "tests/tui/sample_workspace.h"
#include "tui/screens/app_private.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"
#include "tui/screens/query_rows.h"
#include "tui/screens/query_screen.h"
#include "tui/widgets/order.h"

#define ENDLESS "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "

static const char *sample, *small;

/* ---- the rows of a result ---- */

static struct query_value an_int(int64_t i)
{
    return (struct query_value){.type = QUERY_INT, .integer = i};
}
static struct query_value a_real(double r)
{
    return (struct query_value){.type = QUERY_REAL, .real = r};
}
static struct query_value a_text(const char *s)
{
    return (struct query_value){.type = QUERY_TEXT, .bytes = s, .size_bytes = strlen(s)};
}
static struct query_value a_blob(const char *bytes, size_t n)
{
    return (struct query_value){.type = QUERY_BLOB, .bytes = bytes, .size_bytes = n};
}
static struct query_value a_null(void)
{
    return (struct query_value){.type = QUERY_NULL};
}

static struct query_rows *rows_of(size_t limit, int n)
{
    static const char *const names[] = {"a", "b", "title", "d", "e", "f"};
    struct query_rows *q = query_rows_new(limit);
    assert_int_equal(query_rows_n_columns(q), 0);
    assert_true(query_rows_columns(q, names, n));
    assert_int_equal(query_rows_n_columns(q), n);
    return q;
}

static void assert_cell(const struct sheet_source *s, int64_t row, int column, const char *text)
{
    struct value v = {0};
    struct buf scratch, shown;
    buf_init(&scratch);
    buf_init(&shown);
    s->ops->cell(s, row, column, &v, &scratch);
    value_format(&s->columns[column], &v, &glyphs_utf8, &shown);
    assert_string_equal(v.missing ? "NULL" : shown.data, text);
    buf_release(&scratch);
    buf_release(&shown);
}

static void columns_are_typed_by_what_is_in_them(void **state)
{
    (void)state;
    struct query_rows *q = rows_of(1 << 20, 6);
    char blob[40];
    memset(blob, 0xab, sizeof blob);
    struct query_value one[] = {an_int(-1204), a_real(0.25), a_text("tea"),
                                an_int(7),     a_null(),     a_real(1e300)};
    struct query_value two[] = {a_null(),   an_int(3), a_blob(blob, 40),
                                a_text(""), a_null(),  a_real(-2.5)};
    assert_true(query_rows_add(q, one, 6) && query_rows_add(q, two, 6));
    struct sheet_source *s = query_rows_source(q);
    static const enum column_kind kinds[] = {COLUMN_INT,  COLUMN_REAL, COLUMN_TITLE,
                                             COLUMN_TEXT, COLUMN_TEXT, COLUMN_BADGE};
    for (int c = 0; c < 6; c++)
        assert_int_equal(s->columns[c].kind, kinds[c]);
    static const char *const cells[2][6] = {{"-1,204", "0.25", "tea", "7", "NULL", "1e+300"},
                                            {"NULL", "3.00",
                                             "x'abababababababababababababababababababababababab…",
                                             "", "NULL", "-2.5"}};
    for (int row = 0; row < 2; row++)
        for (int c = 0; c < 6; c++)
            assert_cell(s, row, c, cells[row][c]);
    assert_int_equal(s->columns[0].width, 6); /* numbers are never cut */
    assert_int_equal(s->columns[1].width, 4);
    query_rows_unref(q); /* the picture keeps them */
    assert_cell(s, 1, 1, "3.00");
    sheet_source_unref(s);
}

static void decimals_follow_the_values(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{2, "2.0"},           {0.5, "0.5"}, {1.0 / 3, "0.333333"},   {1e-5, "0.00001"},
                 {-12.125, "-12.125"}, {0, "0.0"},   {1.2345e-5, "0.0000123"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct query_rows *q = rows_of(1 << 20, 1);
        struct query_value v = a_real(cases[i].value);
        assert_true(query_rows_add(q, &v, 1));
        struct sheet_source *s = query_rows_source(q);
        assert_cell(s, 0, 0, cases[i].text);
        assert_true(s->columns[0].width >= (int)strlen(cases[i].text));
        sheet_source_unref(s);
        query_rows_unref(q);
    }
}

/* Rows that come later are not in a picture, and do not change its columns. */
static void a_picture_does_not_change(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    struct query_rows *q = rows_of(4 << 20, 2);
    struct sheet_source *early = NULL;
    for (int i = 0; i < ROWS; i++) {
        char text[16];
        snprintf(text, sizeof text, "row %d", i % 100);
        struct query_value row[] = {i < 3000 ? an_int(i) : a_text("late"), a_text(text)};
        assert_true(query_rows_add(q, row, 2));
        if (i == 1499)
            early = query_rows_source(q);
    }
    struct sheet_source *whole = query_rows_source(q);
    assert_int_equal(early->n_rows, 1500);
    assert_int_equal(early->columns[0].kind, COLUMN_INT);
    assert_int_equal(whole->n_rows, ROWS);
    assert_int_equal(whole->columns[0].kind, COLUMN_TEXT);
    for (int i = 0; i < ROWS; i += 7) {
        char number[16], text[16];
        snprintf(number, sizeof number, "%d", i);
        snprintf(text, sizeof text, "row %d", i % 100);
        assert_cell(whole, i, 0, i < 3000 ? number : "late");
        assert_cell(whole, i, 1, text);
    }
    assert_cell(early, 1499, 0, "1,499");
    sheet_source_unref(early);
    sheet_source_unref(whole);
    query_rows_unref(q);
}

static int64_t rows_until_full(size_t limit, const char *text, bool different)
{
    struct query_rows *q = rows_of(limit, 2);
    for (int64_t i = 0; i < 1000000; i++) {
        char *cell = different ? mem_printf("%s%lld", text, (long long)i) : mem_strdup(text);
        struct query_value row[] = {an_int(i), a_text(cell)};
        bool ok = query_rows_add(q, row, 2);
        free(cell);
        if (!ok)
            break;
    }
    int64_t n = query_rows_count(q);
    assert_true(query_rows_full(q));
    struct sheet_source *s = query_rows_source(q);
    assert_int_equal(s->n_rows, n);
    sheet_source_unref(s);
    query_rows_unref(q);
    return n;
}

static void the_limit_is_kept(void **state)
{
    (void)state;
    enum { MIB = 1 << 20, CELLS = 2 * 9 };
    int64_t same = rows_until_full(MIB, "the same text in every row", false);
    assert_true(same > MIB / CELLS * 9 / 10 && same <= MIB / CELLS); /* kept once */
    int64_t other = rows_until_full(MIB, "", true);
    assert_true(other > MIB / (CELLS + 16) && other < same);
    assert_int_equal(rows_until_full(100, "no room for anything", false), 0);
    char *large = mem_zalloc(1, 100001);
    memset(large, 'x', 100000);
    assert_in_range(rows_until_full(MIB, large, true), 5, 10);
    free(large);
}

static void too_many_columns_are_refused(void **state)
{
    (void)state;
    const char *names[QUERY_ROWS_COLUMNS + 1];
    for (int i = 0; i <= QUERY_ROWS_COLUMNS; i++)
        names[i] = "c";
    struct query_rows *q = query_rows_new(1 << 20);
    assert_false(query_rows_columns(q, names, QUERY_ROWS_COLUMNS + 1));
    assert_int_equal(query_rows_n_columns(q), QUERY_ROWS_COLUMNS + 1);
    query_rows_unref(q);
}

static void one_line_means_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *line; /* NULL: there is none */
    } cases[] = {
        {"SELECT 1", "SELECT 1"},
        {"SELECT 1,\n\t2", "SELECT 1,  2"},
        {"SELECT 1 -- one\n, 2", "SELECT 1   , 2"},
        {"SELECT 1 /* a\nb */, 2", "SELECT 1  , 2"},
        {"SELECT '--', \"/*\", [a b], `c`", "SELECT '--', \"/*\", [a b], `c`"},
        {"SELECT 'a\nb'", NULL},
        {"SELECT \"a\nb\"", NULL},
        {"SELECT 'it''s', 4 - 3 / 1", "SELECT 'it''s', 4 - 3 / 1"},
        {"SELECT 'open", "SELECT 'open"},
        {"SELECT 1 --", "SELECT 1  "},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf line;
        buf_init(&line);
        assert_int_equal(query_one_line(cases[i].sql, &line), cases[i].line != NULL);
        if (cases[i].line)
            assert_string_equal(line.data, cases[i].line);
        buf_release(&line);
    }
}

/* ---- the screens ---- */

struct screens {
    struct study *study;
    struct host host;
    struct app *app;
    FILE *null;
    char *out;
    size_t size;
    FILE *out_file;
};

static void open_screens(struct screens *s, const char *dir)
{
    struct error err = {0};
    assert_true(study_open(dir, true, NULL, &s->study, &err));
    host_init(&s->host, s->study);
    struct app_host host = host_app(&s->host);
    s->null = fopen("/dev/null", "w");
    s->out_file = open_memstream(&s->out, &s->size);
    s->app =
        app_new(&(struct app_options){.batch = true, .out = s->out_file, .err = s->null}, &host);
    app_push(s->app, overview_new(s->app));
    jobs_wait(app_jobs(s->app));
}

static void close_screens(struct screens *s)
{
    app_free(s->app);
    study_close(s->study);
    fclose(s->null);
    fclose(s->out_file);
    free(s->out);
}

static void command(struct screens *s, const char *line)
{
    struct error err = {0};
    if (app_do(s->app, line, &err) & REACT_ERROR)
        fail_msg("%s: %s", line, err.text);
    jobs_wait(app_jobs(s->app));
}

static void refused(struct screens *s, const char *line, const char *text)
{
    struct error err = {0};
    if (!(app_do(s->app, line, &err) & REACT_ERROR))
        fail_msg("%s did not fail", line);
    if (!strstr(err.text, text))
        fail_msg("%s: %s", line, err.text);
}

static char *screen_text(struct screens *s, int rows, int cols)
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

static void on_screen(struct screens *s, const char *text)
{
    char *all = screen_text(s, 24, 80);
    if (!strstr(all, text))
        fail_msg("\"%s\" is not on this screen:\n%s", text, all);
    free(all);
}

static void keys(struct screens *s, const char *text)
{
    for (; *text; text++)
        app_event(s->app, &(struct event){.kind = EVENT_KEY, .key = (unsigned char)*text});
    jobs_wait(app_jobs(s->app));
}

static void key(struct screens *s, uint32_t k)
{
    app_event(s->app, &(struct event){.kind = EVENT_KEY, .key = k});
    jobs_wait(app_jobs(s->app));
}

static void picture(const char *name, const char *const *commands, size_t n)
{
    struct screens s;
    open_screens(&s, sample);
    for (size_t i = 0; i < n; i++)
        command(&s, commands[i]);
    golden_check(s.app, name);
    close_screens(&s);
}

#define PICTURE(name, ...)                                                                         \
    picture(name, (const char *const[]){__VA_ARGS__},                                              \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void pictures(void **state)
{
    (void)state;
    PICTURE("query",
            "sql SELECT item_id, title, count(*) AS n, count(*) * 1.0 / 3000 AS share, rating, "
            "x'00ff' AS bytes FROM interaction GROUP BY item ORDER BY n DESC, item",
            "down", "mark", "sort title", "filter Tea");
    PICTURE("query-wrong",
            "sql SELECT user_id, length FROM user WHERE length > 4 AND user_id LIKE 'u%' AND "
            "lenth < 100 ORDER BY length DESC, user_id LIMIT 100");
    PICTURE("query-nothing", "sql SELECT user_id, length FROM user WHERE length > 10000");
    PICTURE("schema", "schema", "filter interaction");
}

static void a_result_is_a_sheet(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    command(&s, "sql SELECT user_id, length FROM user");
    on_screen(&s, " 3,000 of 3,000\n");
    command(&s, "sort-down length");
    command(&s, "filter u0");
    on_screen(&s, "sort length↓");
    command(&s, "frequency length");
    on_screen(&s, "▸ Query ▸ F length");
    command(&s, "back");
    command(&s, "sql SELECT 1 AS a, 'x' AS b, NULL AS c, 1 AS a"); /* in the same view */
    on_screen(&s, " 1 of 1\n");
    command(&s, "export -");
    fflush(s.out_file);
    assert_string_equal(s.out, "a,b,c,a:2\n1,x,,1\n");
    command(&s, "back");
    on_screen(&s, "3,000 users");
    close_screens(&s);
}

static void mistakes_are_shown_in_place(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"SELECT nme FROM user", " ; SELECT nme FROM user\n          ^\n"},
        {"SELECT 1 FROM", "incomplete input"},
        {"DELETE FROM run", "DELETE is not allowed: this prompt only reads"},
        {"ATTACH 'x' AS y", "ATTACH is not allowed"},
        {"PRAGMA query_only = 0", "PRAGMA query_only is not allowed"},
        {"SELECT load_extension('x')", "load_extension is not allowed"},
        {"SELECT zeroblob(1000000000)", "too big"},
        {"SELECT 1; SELECT 2", "one statement at a time"},
        {"-- nothing", "there is no statement"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *line = mem_printf("sql %s", cases[i].sql);
        command(&s, line);
        on_screen(&s, cases[i].text);
        free(line);
    }
    struct buf wide;
    buf_init(&wide);
    buf_adds(&wide, "sql SELECT 0");
    for (int i = 1; i <= QUERY_ROWS_COLUMNS; i++)
        buf_addf(&wide, ", %d", i);
    command(&s, wide.data);
    on_screen(&s, "the result has 65 columns and a sheet at most 64");
    buf_release(&wide);
    command(&s, "sql SELECT 1 AS fine"); /* and goes on */
    on_screen(&s, "▸    1\n");
    command(&s, "messages");
    on_screen(&s, "DELETE is not allowed");
    close_screens(&s);
}

static void a_mistake_ends_a_batch(void **state)
{
    (void)state;
    char *errors = NULL;
    size_t size;
    struct screens s;
    open_screens(&s, small);
    FILE *err = open_memstream(&errors, &size);
    static const char *const commands[] = {"sql SELECT nme FROM user", "print"};
    struct app_host host = host_app(&s.host);
    struct app *batch = app_new(&(struct app_options){.batch = true,
                                                      .commands = commands,
                                                      .n_commands = ARRAY_LEN(commands),
                                                      .out = s.out_file,
                                                      .err = err},
                                &host);
    app_push(batch, overview_new(batch));
    assert_int_equal(app_run(batch), 2);
    app_free(batch);
    fclose(err);
    fflush(s.out_file);
    assert_string_equal(s.out, ""); /* nothing was printed */
    assert_non_null(strstr(errors, "rote: no such column: nme (line 1, column 8: \"nme FROM user"));
    free(errors);
    close_screens(&s);
}

static void stopped(struct screens *s, const char *sql)
{
    struct error err = {0};
    char *line = mem_printf("sql %s", sql);
    assert_false(app_do(s->app, line, &err) & REACT_ERROR);
    free(line);
    command(s, "cancel"); /* and waits until it has ended */
    on_screen(s, "stopped");
}

static void endless_statements_can_be_stopped(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    stopped(&s, ENDLESS "SELECT x FROM c");
    stopped(&s, ENDLESS "SELECT count(*) FROM c");
    stopped(&s, ENDLESS "SELECT x FROM c ORDER BY -x");
    struct error err = {0};
    assert_false(app_do(s.app, "sql " ENDLESS "SELECT count(*) FROM c", &err) & REACT_ERROR);
    command(&s, "sql SELECT 'the newer one'"); /* stops the older one */
    on_screen(&s, "the newer one");
    assert_false(app_do(s.app, "sql " ENDLESS "SELECT count(*) FROM c", &err) & REACT_ERROR);
    command(&s, "back"); /* leaving stops it, too */
    assert_int_equal(jobs_running(app_jobs(s.app)), 0);
    close_screens(&s);
}

static void enter_opens_what_the_row_names(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    static const struct {
        const char *sql;
        int right;
        const char *shown;
    } cases[] = {
        {"SELECT length, user_id FROM user WHERE user_id = 'u1854'", 0, "▸ Query ▸ u1854"},
        {"SELECT user FROM user WHERE user_id = 'u1854'", 0, "▸ Query ▸ u1854"},
        {"SELECT 'u1854' AS user_id, 2 AS run", 0, "▸ Query ▸ u1854"},
        {"SELECT 'u1854' AS user_id, 2 AS run", 1, " ▸ markov"},
        {"SELECT 1 AS n, 'markov' AS run", 0, " ▸ markov"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *line = mem_printf("sql %s", cases[i].sql);
        command(&s, line);
        for (int k = 0; k < cases[i].right; k++)
            command(&s, "right");
        command(&s, "open");
        on_screen(&s, cases[i].shown);
        command(&s, "back");
        on_screen(&s, "▸ Query ");
        free(line);
    }
    command(&s, "sql SELECT 1 AS n, user_id, item_id FROM interaction LIMIT 1");
    refused(&s, "open", "the row has user_id and item_id: go to");
    command(&s, "sql SELECT 1 AS n");
    refused(&s, "open", "nothing to open");
    command(&s, "sql SELECT NULL AS user_id");
    refused(&s, "open", "user_id is NULL in this row");
    command(&s, "sql SELECT 'nobody' AS user_id");
    refused(&s, "open", "there is no user nobody");
    command(&s, "sql SELECT -1 AS user");
    refused(&s, "open", "there is no user -1");
    close_screens(&s);
}

static void paste(struct screens *s, const char *text)
{
    app_event(s->app, &(struct event){.kind = EVENT_PASTE, .text = text, .n = strlen(text)});
}

static void statements_are_typed_pasted_and_edited(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    keys(&s, ";");
    paste(&s, "SELECT 'one' -- a comment\r\n  AS first,\r'two' AS second\n\n");
    on_screen(&s, "; SELECT 'one' -- a comment   AS first, 'two' AS second");
    key(&s, K_ENTER);
    on_screen(&s, "first   second");
    keys(&s, "e");
    on_screen(&s, "; SELECT 'one' -- a comment   AS first, 'two' AS second");
    keys(&s, ", 3 AS third");
    key(&s, K_ENTER);
    on_screen(&s, "first   second   third");
    keys(&s, ";");
    key(&s, K_UP);
    key(&s, K_UP); /* the one before the edited one */
    key(&s, K_ENTER);
    char *all = screen_text(&s, 24, 80);
    assert_null(strstr(all, "third"));
    free(all);
    keys(&s, ";SEL");
    key(&s, K_TAB);
    keys(&s, " count(*) FROM interac");
    key(&s, K_TAB);
    on_screen(&s, "; SELECT count(*) FROM interaction");
    key(&s, K_ENTER);
    on_screen(&s, "count(*)");
    keys(&s, ":sql ");
    paste(&s, "SELECT 1\nAS pasted");
    key(&s, K_ENTER);
    on_screen(&s, "pasted");
    keys(&s, ":");
    paste(&s, "sche\nma"); /* other commands have one line */
    on_screen(&s, ":sche");
    key(&s, K_ESC);
    close_screens(&s);
}

static void links_lead_back_to_the_statement(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    keys(&s, ";");
    paste(&s, "SELECT 1 -- one\n AS n");
    key(&s, K_ENTER);
    command(&s, "copy-link");
    fflush(s.out_file);
    assert_non_null(strstr(s.out, " -c 'sql SELECT 1    AS n'\n"));
    keys(&s, ";");
    paste(&s, "SELECT 'a\nb'");
    key(&s, K_ENTER);
    refused(&s, "copy-link", "cannot be reopened");
    close_screens(&s);
}

/* ---- schema and examples ---- */

static void every_table_opens_from_the_schema(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, sample);
    command(&s, "schema");
    struct sheet *sheet = app_sheet(s.app);
    int64_t n = sheet_count(sheet);
    for (int64_t i = 0; i < n; i++) {
        struct buf name;
        buf_init(&name);
        sheet_cell_text(sheet, i, 0, &name);
        bool head = !strchr(name.data, '.'); /* a table or an example */
        buf_release(&name);
        if (!head)
            continue;
        sheet_go(sheet, i);
        command(&s, "open");
        char *all = screen_text(&s, 24, 80);
        if (strstr(all, "failed") || !strstr(all, "▸ Schema ▸ Query"))
            fail_msg("row %d of the schema:\n%s", (int)i, all);
        free(all);
        command(&s, "back");
    }
    close_screens(&s);
}

static bool count_row(void *context, const struct query_value *v, int n)
{
    (void)v, (void)n;
    ++*(int64_t *)context;
    return true;
}

static void every_example_answers(void **state)
{
    (void)state;
    struct error err = {0};
    struct query *q = query_open(sample, &err);
    assert_non_null(q);
    for (const struct query_example *e = query_examples; e->title; e++) {
        int64_t n = 0;
        if (!query_run(q, e->sql, NULL, count_row, &n, NULL, &err))
            fail_msg("%s: %s", e->title, err.text);
        bool may_be_empty = strstr(e->sql, "case_study") || strstr(e->sql, "run_event");
        if (n == 0 && !may_be_empty)
            fail_msg("%s: no rows", e->title);
    }
    query_close(q);
}

/* ---- help and messages ---- */

static void help_is_complete_and_begins_here(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    command(&s, "sql SELECT 1 AS n");
    command(&s, "help");
    struct sheet *sheet = app_sheet(s.app);
    bool seen[ACTION_COUNT] = {false}, here = true;
    assert_int_equal(sheet_count(sheet), ACTION_COUNT - 1);
    for (int64_t i = 0; i < sheet_count(sheet); i++) {
        struct buf about, command_text;
        buf_init(&about);
        buf_init(&command_text);
        int64_t id = source_id(sheet_source(sheet), sheet_row_at(sheet, i));
        assert_true(id > 0 && id < ACTION_COUNT && !seen[id]);
        seen[id] = true;
        sheet_cell_text(sheet, i, 0, &about);
        sheet_cell_text(sheet, i, 3, &command_text);
        bool is_here = strcmp(about.data, "here") == 0;
        assert_true(here || !is_here); /* at the top, all of them */
        here = is_here;
        assert_int_equal(strncmp(command_text.data + 1, action_get((enum action_id)id)->name,
                                 strlen(action_get((enum action_id)id)->name)),
                         0);
        if (id == ACTION_SQL_EDIT)
            assert_true(is_here);
        buf_release(&about);
        buf_release(&command_text);
    }
    close_screens(&s);
}

static void help_does_what_its_rows_say(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    command(&s, "help");
    assert_true(sheet_select(app_sheet(s.app), ACTION_USERS));
    command(&s, "open");
    on_screen(&s, "▸ Users");
    command(&s, "help");
    assert_true(sheet_select(app_sheet(s.app), ACTION_SQL)); /* needs a statement: asks */
    command(&s, "open");
    keys(&s, "SELECT 'from help'");
    key(&s, K_ENTER);
    on_screen(&s, "from help");
    command(&s, "help");
    command(&s, "filter every action with its keys");
    on_screen(&s, "1 of ");
    on_screen(&s, ":help");
    close_screens(&s);
}

static void messages_are_read_in_full(void **state)
{
    (void)state;
    struct screens s;
    open_screens(&s, small);
    command(&s, "messages");
    on_screen(&s, "Nothing has been said so far.");
    app_say(s.app, MESSAGE_WARNING,
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen\nsecond paragraph \x1b[31m");
    on_screen(&s, "warning  one two three"); /* seen at once */
    keys(&s, "h");
    on_screen(&s, " 1 of 1\n");
    app_say(s.app, MESSAGE_INFO, "a later one");
    keys(&s, "j");
    on_screen(&s, "info     a later one");
    command(&s, "bottom");
    command(&s, "open");
    on_screen(&s, "▸ Messages ▸ Message");
    on_screen(&s, "eleven twelve thirteen");
    on_screen(&s, "fifteen\n");
    on_screen(&s, "second paragraph ^[[31m");
    command(&s, "back");
    command(&s, "filter later");
    on_screen(&s, " 1 of 2 ");
    close_screens(&s);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    sample = sample_workspace_make();
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_typed_by_what_is_in_them),
        cmocka_unit_test(decimals_follow_the_values),
        cmocka_unit_test(a_picture_does_not_change),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(too_many_columns_are_refused),
        cmocka_unit_test(one_line_means_the_same),
        cmocka_unit_test(pictures),
        cmocka_unit_test(a_result_is_a_sheet),
        cmocka_unit_test(mistakes_are_shown_in_place),
        cmocka_unit_test(a_mistake_ends_a_batch),
        cmocka_unit_test(endless_statements_can_be_stopped),
        cmocka_unit_test(enter_opens_what_the_row_names),
        cmocka_unit_test(statements_are_typed_pasted_and_edited),
        cmocka_unit_test(links_lead_back_to_the_statement),
        cmocka_unit_test(every_table_opens_from_the_schema),
        cmocka_unit_test(every_example_answers),
        cmocka_unit_test(help_is_complete_and_begins_here),
        cmocka_unit_test(help_does_what_its_rows_say),
        cmocka_unit_test(messages_are_read_in_full),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    return failed;
}
