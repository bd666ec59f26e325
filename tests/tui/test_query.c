/* The Query view, the schema, messages and help, in process; and the rows behind a result. */
#include <math.h>

#include "storage/db/query.h"
#include "storage/db/run_store.h"
#include "tests/tui/cli_fixture.h"
#include "tests/tui/screens_fixture.h"
#include "tui/screens/app_private.h"
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
    static const char *const cells[2][6] = {
        {"-1,204", "0.25", "tea", "7", "NULL", "1e+300"},
        {"NULL", "3.00", "x'abababababababababababababababababababababababab...", "", "NULL",
         "-2.5"}};
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

static void a_result_is_a_sheet(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "sql SELECT user_id, length FROM user");
    expect_shown(&s, " 3,000 of 3,000\n");
    DO(&s, "sort-down length");
    DO(&s, "filter u0");
    expect_shown(&s, "sort length↓");
    DO(&s, "frequency length");
    expect_shown(&s, "▸ Query ▸ F length");
    DO(&s, "back");
    DO(&s, "sql SELECT 1 AS a, 'x' AS b, NULL AS c, 1 AS a"); /* in the same view */
    expect_shown(&s, " 1 of 1\n");
    DO(&s, "export -");
    fflush(s.out);
    assert_string_equal(s.said, "a,b,c,a:2\n1,x,,1\n");
    DO(&s, "back");
    expect_shown(&s, "3,000 users");
    screens_close(&s);
}

static void mistakes_are_shown_in_place(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
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
        DO(&s, line);
        expect_shown(&s, cases[i].text);
        free(line);
    }
    struct buf wide;
    buf_init(&wide);
    buf_adds(&wide, "sql SELECT 0");
    for (int i = 1; i <= QUERY_ROWS_COLUMNS; i++)
        buf_addf(&wide, ", %d", i);
    DO(&s, wide.data);
    expect_shown(&s, "the result has 65 columns and a sheet at most 64");
    buf_release(&wide);
    DO(&s, "sql SELECT 1 AS fine"); /* and goes on */
    expect_shown(&s, "▸    1\n");
    DO(&s, "messages");
    expect_shown(&s, "DELETE is not allowed");
    screens_close(&s);
}

static void a_mistake_ends_a_batch(void **state)
{
    (void)state;
    char *errors = NULL;
    size_t size;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    FILE *err = open_memstream(&errors, &size);
    static const char *const commands[] = {"sql SELECT nme FROM user", "print"};
    struct app_host host = host_app(&s.host);
    struct app *batch = app_new(&(struct app_options){.batch = true,
                                                      .commands = commands,
                                                      .n_commands = ARRAY_LEN(commands),
                                                      .out = s.out,
                                                      .err = err},
                                &host);
    app_push(batch, overview_new(batch));
    assert_int_equal(app_run(batch), 2);
    app_free(batch);
    fclose(err);
    fflush(s.out);
    assert_string_equal(s.said, ""); /* nothing was printed */
    assert_non_null(strstr(errors, "rote: no such column: nme (line 1, column 8: \"nme FROM user"));
    free(errors);
    screens_close(&s);
}

static void stopped(struct screens *s, const char *sql)
{
    struct error err = {0};
    char *line = mem_printf("sql %s", sql);
    assert_false(app_do(s->app, line, &err) & REACT_ERROR);
    free(line);
    assert_false(app_do(s->app, "cancel", &err) & REACT_ERROR);
    expect_shown(s, "stopped"); /* though nobody has waited for the job */
    jobs_wait(app_jobs(s->app));
    expect_shown(s, "stopped");
}

static void endless_statements_can_be_stopped(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    stopped(&s, ENDLESS "SELECT x FROM c");
    stopped(&s, ENDLESS "SELECT count(*) FROM c");
    stopped(&s, ENDLESS "SELECT x FROM c ORDER BY -x");
    struct error err = {0};
    assert_false(app_do(s.app, "sql " ENDLESS "SELECT count(*) FROM c", &err) & REACT_ERROR);
    DO(&s, "sql SELECT 'the newer one'"); /* stops the older one */
    expect_shown(&s, "the newer one");
    assert_false(app_do(s.app, "sql " ENDLESS "SELECT count(*) FROM c", &err) & REACT_ERROR);
    DO(&s, "back"); /* leaving stops it, too */
    assert_int_equal(jobs_running(app_jobs(s.app)), 0);
    screens_close(&s);
}

static void enter_opens_what_the_row_names(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
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
        DO(&s, line);
        for (int k = 0; k < cases[i].right; k++)
            DO(&s, "right");
        DO(&s, "open");
        expect_shown(&s, cases[i].shown);
        DO(&s, "back");
        expect_shown(&s, "▸ Query ");
        free(line);
    }
    DO(&s, "sql SELECT 1 AS n, user_id, item_id FROM interaction LIMIT 1");
    expect_refusal(&s, "open", "the row has user_id and item_id: go to");
    DO(&s, "sql SELECT 1 AS n");
    expect_refusal(&s, "open", "nothing to open");
    DO(&s, "sql SELECT NULL AS user_id");
    expect_refusal(&s, "open", "user_id is NULL in this row");
    DO(&s, "sql SELECT 'nobody' AS user_id");
    expect_refusal(&s, "open", "there is no user nobody");
    DO(&s, "sql SELECT -1 AS user");
    expect_refusal(&s, "open", "there is no user -1");
    screens_close(&s);
}

static void paste(struct screens *s, const char *text)
{
    app_event(s->app, &(struct event){.kind = EVENT_PASTE, .text = text, .n = strlen(text)});
}

static void statements_are_typed_pasted_and_edited(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    screens_type(&s, ";");
    paste(&s, "SELECT 'one' -- a comment\r\n  AS first,\r'two' AS second\n\n");
    expect_shown(&s, "; SELECT 'one' -- a comment   AS first, 'two' AS second");
    screens_press(&s, K_ENTER);
    expect_shown(&s, "first   second");
    screens_type(&s, "e");
    expect_shown(&s, "; SELECT 'one' -- a comment   AS first, 'two' AS second");
    screens_type(&s, ", 3 AS third");
    screens_press(&s, K_ENTER);
    expect_shown(&s, "first   second   third");
    screens_type(&s, ";");
    screens_press(&s, K_UP);
    screens_press(&s, K_UP); /* the one before the edited one */
    screens_press(&s, K_ENTER);
    char *all = screens_text(&s, 24, 80);
    assert_null(strstr(all, "third"));
    free(all);
    screens_type(&s, ";SEL");
    screens_press(&s, K_TAB);
    screens_type(&s, " count(*) FROM interac");
    screens_press(&s, K_TAB);
    expect_shown(&s, "; SELECT count(*) FROM interaction");
    screens_press(&s, K_ENTER);
    expect_shown(&s, "count(*)");
    screens_type(&s, ":sql ");
    paste(&s, "SELECT 1\nAS pasted");
    screens_press(&s, K_ENTER);
    expect_shown(&s, "pasted");
    screens_type(&s, ":");
    paste(&s, "sche\nma"); /* other commands have one line */
    expect_shown(&s, ":sche");
    screens_press(&s, K_ESC);
    screens_close(&s);
}

static void links_lead_back_to_the_statement(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    screens_type(&s, ";");
    paste(&s, "SELECT 1 -- one\n AS n");
    screens_press(&s, K_ENTER);
    DO(&s, "copy-link");
    fflush(s.out);
    assert_non_null(strstr(s.said, " -c 'sql SELECT 1    AS n'\n"));
    screens_type(&s, ";");
    paste(&s, "SELECT 'a\nb'");
    screens_press(&s, K_ENTER);
    expect_refusal(&s, "copy-link", "cannot be reopened");
    screens_close(&s);
}

/* ---- schema and examples ---- */

static void every_table_opens_from_the_schema(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "schema");
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
        DO(&s, "open");
        char *all = screens_text(&s, 24, 80);
        if (strstr(all, "failed") || !strstr(all, "▸ Schema ▸ Query"))
            fail_msg("row %d of the schema:\n%s", (int)i, all);
        free(all);
        DO(&s, "back");
    }
    screens_close(&s);
}

enum { EXAMPLE_COLUMNS = 16 };

struct answer {
    int64_t rows;
    int n;
    char *name[EXAMPLE_COLUMNS];
    bool filled[EXAMPLE_COLUMNS]; /* some row has a value there */
};

static bool note_columns(void *context, const char *const *name, int n)
{
    struct answer *a = context;
    assert_in_range(n, 1, EXAMPLE_COLUMNS);
    a->n = n;
    for (int i = 0; i < n; i++)
        a->name[i] = mem_strdup(name[i]);
    return true;
}

static bool note_row(void *context, const struct query_value *v, int n)
{
    struct answer *a = context;
    a->rows++;
    for (int i = 0; i < n; i++)
        a->filled[i] = a->filled[i] || v[i].type != QUERY_NULL;
    return true;
}

static int64_t count_rows(struct query *q, const char *sql)
{
    struct answer a = {0};
    struct error err = {0};
    if (!query_run(q, sql, NULL, note_row, &a, NULL, &err))
        fail_msg("%s: %s", sql, err.text);
    return a.rows;
}

/* Figures under two definitions, a pin with a note, and epochs: what the examples ask for. */
static const char *workspace_with_everything(void)
{
    const char *dir = compared_workspace_make();
    struct error err = {0};
    free(CLI(CLI_OK, dir, "eval", "popularity", "markov", "item-knn"));
    free(CLI(CLI_OK, dir, "eval", "--definition", "any", "popularity", "markov", "item-knn"));
    free(CLI(CLI_OK, dir, "case", "new", "seals"));
    free(CLI(CLI_OK, dir, "case", "add", "seals", "--user", "u1854", "--run", "markov", "--rank",
             "1", "--note", "a note"));
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    assert_non_null(ws);
    const struct run_event epoch = {
        .seq = 1000, .kind = "epoch", .data = "{\"epoch\": 1, \"loss\": 2.5}"};
    assert_true(run_events_append(ws, 1, &epoch, 1, &err));
    workspace_close(ws);
    return dir;
}

static void every_example_answers(void **state)
{
    (void)state;
    struct error err = {0};
    struct query *q = query_open(workspace_with_everything(), &err);
    assert_non_null(q);
    for (const struct query_example *e = query_examples; e->title; e++) {
        struct answer a = {0};
        if (!query_run(q, e->sql, note_columns, note_row, &a, NULL, &err))
            fail_msg("%s: %s", e->title, err.text);
        if (a.rows == 0)
            fail_msg("%s: no rows", e->title);
        for (int i = 0; i < a.n; i++) {
            if (!a.filled[i])
                fail_msg("%s: there is nothing in %s", e->title, a.name[i]);
            free(a.name[i]);
        }
        /* Of one definition: each run once, or each figure of a run once. */
        const char *once = strstr(e->sql, "metric m") ? "run" : "name, metric";
        if (strstr(e->sql, "metric")) {
            char *distinct = mem_printf("SELECT DISTINCT %s FROM (%s)", once, e->sql);
            if (count_rows(q, distinct) != a.rows)
                fail_msg("%s: more than one definition", e->title);
            free(distinct);
        }
    }
    query_close(q);
}

/* ---- help and messages ---- */

static void help_is_complete_and_begins_here(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    DO(&s, "sql SELECT 1 AS n");
    DO(&s, "help");
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
        sheet_cell_text(sheet, i, 3, &about);
        sheet_cell_text(sheet, i, 2, &command_text);
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
    screens_close(&s);
}

static void help_does_what_its_rows_say(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    DO(&s, "help");
    assert_true(sheet_select(app_sheet(s.app), ACTION_USERS));
    DO(&s, "open");
    expect_shown(&s, "▸ Users");
    DO(&s, "help");
    assert_true(sheet_select(app_sheet(s.app), ACTION_SQL)); /* needs a statement: asks */
    DO(&s, "open");
    screens_type(&s, "SELECT 'from help'");
    screens_press(&s, K_ENTER);
    expect_shown(&s, "from help");
    DO(&s, "help");
    DO(&s, "filter every action with its keys");
    expect_shown(&s, "1 of ");
    expect_shown(&s, ":help");
    screens_close(&s);
}

static void messages_are_read_in_full(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    DO(&s, "messages");
    expect_shown(&s, "Nothing has been said so far.");
    app_say(s.app, MESSAGE_WARNING,
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen\nsecond paragraph \x1b[31m");
    expect_shown(&s, "warning  one two three"); /* seen at once */
    screens_type(&s, "h");
    expect_shown(&s, " 1 of 1\n");
    app_say(s.app, MESSAGE_INFO, "a later one");
    screens_type(&s, "j");
    expect_shown(&s, "info     a later one");
    DO(&s, "bottom");
    DO(&s, "open");
    expect_shown(&s, "▸ Messages ▸ Message");
    expect_shown(&s, "eleven twelve thirteen");
    expect_shown(&s, "fifteen\n");
    expect_shown(&s, "second paragraph ^[[31m");
    DO(&s, "back");
    DO(&s, "filter later");
    expect_shown(&s, " 1 of 2 ");
    screens_close(&s);
}

int main(void)
{
    sample = sample_workspace_make();
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_typed_by_what_is_in_them),
        cmocka_unit_test(decimals_follow_the_values),
        cmocka_unit_test(a_picture_does_not_change),
        cmocka_unit_test(the_limit_is_kept),
        cmocka_unit_test(too_many_columns_are_refused),
        cmocka_unit_test(one_line_means_the_same),
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
    return SCREENS_RUN(tests);
}
