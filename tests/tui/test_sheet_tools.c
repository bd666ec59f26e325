/* tui/widgets: conditions, several sort keys, bins, columns and marks of a sheet, against naive
 * code; and the pictures of the views about a sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tests/tui/demo.h"
#include "tests/tui/demo_screens.h"
#include "tests/tui/golden.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/order.h"
#include "tui/widgets/table.h"

static const int64_t sizes[] = {700, 6000}; /* at once, and in jobs */

static char *status_of(const struct sheet *s)
{
    struct buf text;
    buf_init(&text);
    sheet_status(s, &glyphs_utf8, &text);
    return buf_detach(&text);
}

static void check_status(const struct sheet *s, const char *wanted)
{
    char *status = status_of(s);
    assert_string_equal(status, wanted);
    free(status);
}

static bool naive_keeps(int64_t row, bool regex, bool where)
{
    char title[96];
    demo_title(row, title);
    bool missing = row % 10 == 9;
    return (!regex || !strstr(title, "orly")) &&
           (!where || (!missing && demo_count(row) >= 1000 && strstr(title, "essie")));
}

static void check_rows(const struct sheet *s, bool regex, bool where)
{
    int64_t at = 0;
    for (int64_t row = 0; row < sheet_source(s)->n_rows; row++)
        if (naive_keeps(row, regex, where))
            assert_int_equal(sheet_row_at(s, at++), row);
    assert_int_equal(sheet_count(s), at);
}

static void filters_stack_and_go_one_by_one(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct sheet *s = sheet_new(demo_source(sizes[i]), jobs);
        assert_false(sheet_unfilter(s));
        assert_true(sheet_filter(s, "!orly", NULL));
        assert_true(sheet_where(s, "count >= 1000 and title ~ essie", NULL));
        jobs_wait(jobs);
        check_rows(s, true, true);
        char *status = status_of(s);
        assert_non_null(strstr(status, " · &!orly · count >= 1000 and t…")); /* cut */
        free(status);
        struct error err = {0};
        assert_false(sheet_where(s, "cuont > 1", &err)); /* wrong: nothing changes */
        assert_true(sheet_unfilter(s));
        jobs_wait(jobs);
        check_rows(s, true, false);
        assert_true(sheet_unfilter(s));
        jobs_wait(jobs);
        check_rows(s, false, false);
        sheet_free(s);
    }
    jobs_free(jobs);
}

/* A condition is about columns by name: it goes on in other columns, or ends and says so. */
static void conditions_follow_their_columns(void **state)
{
    (void)state;
    static const struct column before[] = {{.name = "a", .kind = COLUMN_INT},
                                           {.name = "b", .kind = COLUMN_INT}};
    static const struct column after[] = {{.name = "b", .kind = COLUMN_INT},
                                          {.name = "c", .kind = COLUMN_INT}};
    struct table *t = table_new(before, 2), *u = table_new(after, 2);
    for (int i = 0; i < 10; i++) {
        table_row(t, i);
        table_int(t, 0, ROLE_NORMAL);
        table_int(t, i, ROLE_NORMAL);
        table_row(u, i);
        table_int(u, i, ROLE_NORMAL);
    }
    struct sheet *s = sheet_new(table_source(t), NULL);
    assert_true(sheet_where(s, "b >= 4", NULL) && sheet_where(s, "a = 0", NULL));
    assert_int_equal(sheet_count(s), 6);
    sheet_set_width(s, 1, 9);
    sheet_set_source(s, table_source(u));
    assert_int_equal(sheet_count(s), 6);
    assert_int_equal(sheet_width(s, 0), 9); /* of b, wherever it is */
    assert_non_null(strstr(sheet_take_notice(s), "a = 0"));
    check_status(s, "6 of 10 · b >= 4");
    sheet_free(s);
}

/* The cursor is on a column of what is shown, until other rows are. */
static void the_cursor_follows_its_column(void **state)
{
    (void)state;
    static const struct column before[] = {{.name = "a", .kind = COLUMN_INT},
                                           {.name = "b", .kind = COLUMN_INT},
                                           {.name = "c", .kind = COLUMN_INT}};
    static const struct column after[] = {{.name = "c", .kind = COLUMN_INT},
                                          {.name = "b", .kind = COLUMN_INT}};
    struct jobs *jobs = jobs_new();
    struct table *t = table_new(before, 3), *u = table_new(after, 2);
    for (int i = 0; i < 3000; i++) { /* more than are arranged at once */
        table_row(t, i);
        table_row(u, i);
        for (int c = 0; c < 3; c++)
            table_int(t, i, ROLE_NORMAL);
        for (int c = 0; c < 2; c++)
            table_int(u, i, ROLE_NORMAL);
    }
    struct sheet *s = sheet_new(table_source(t), jobs);
    assert_true(sheet_where(s, "b >= 4", NULL));
    jobs_wait(jobs);
    sheet_go_column(s, 1);
    sheet_set_source(s, table_source(u));
    assert_string_equal(sheet_source(s)->columns[sheet_column(s)].name, "b");
    sheet_go_column(s, 2); /* of those still shown */
    jobs_wait(jobs);
    assert_int_equal(sheet_source(s)->n_columns, 2);
    assert_string_equal(sheet_source(s)->columns[sheet_column(s)].name, "c");
    sheet_free(s);
    jobs_free(jobs);
}

/* ---- sorting ---- */

struct key {
    int column;
    bool descending;
};

static double number_at(const struct sheet *s, int64_t row, int column)
{
    struct buf scratch;
    struct value v;
    buf_init(&scratch);
    sheet_value(s, row, column, &v, &scratch);
    double x = v.missing ? (double)INFINITY : column == DEMO_COUNT ? (double)v.i : v.r;
    buf_release(&scratch);
    return x;
}

static void check_sorted(const struct sheet *s, const struct key *keys, size_t n)
{
    for (int64_t i = 1; i < sheet_count(s); i++) {
        int64_t rows[2] = {sheet_row_at(s, i - 1), sheet_row_at(s, i)};
        double order = 0;
        for (size_t k = 0; k < n && !(order < 0 || order > 0); k++) {
            double x = number_at(s, rows[0], keys[k].column),
                   y = number_at(s, rows[1], keys[k].column);
            bool turned = keys[k].descending && isfinite(x) && isfinite(y);
            order = turned ? y - x : isinf(x) && isinf(y) ? 0 : x - y;
        }
        if (order > 0 || (!(order < 0) && rows[0] > rows[1])) /* ties stay as they were */
            fail_msg("rows %lld and %lld", (long long)rows[0], (long long)rows[1]);
    }
}

static void keys_are_added_behind(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct sheet *s = sheet_new(demo_source(sizes[i]), jobs);
        int64_t chosen = demo_id(5);
        assert_true(sheet_select(s, chosen));
        assert_true(sheet_sort_add(s, DEMO_BADGE, true, NULL));
        assert_true(sheet_sort_add(s, DEMO_COUNT, false, NULL));
        jobs_wait(jobs);
        check_sorted(s, (struct key[]){{DEMO_BADGE, true}, {DEMO_COUNT, false}}, 2);
        assert_true(sheet_sort_add(s, DEMO_COUNT, true, NULL)); /* turned round where it is */
        assert_true(sheet_sort_add(s, DEMO_SHARE, false, NULL));
        jobs_wait(jobs);
        char *status = status_of(s);
        assert_non_null(strstr(status, "sort kind↓, count↓, share↑"));
        free(status);
        check_sorted(s, (struct key[]){{DEMO_BADGE, true}, {DEMO_COUNT, true}, {DEMO_SHARE, false}},
                     3);
        assert_true(sheet_sort_add(s, DEMO_BADGE, true, NULL)); /* the same again: dropped */
        jobs_wait(jobs);
        check_sorted(s, (struct key[]){{DEMO_COUNT, true}, {DEMO_SHARE, false}}, 2);
        assert_int_equal(sheet_id(s), chosen);
        sheet_sort(s, DEMO_BADGE, false); /* in front of the others */
        jobs_wait(jobs);
        check_sorted(
            s, (struct key[]){{DEMO_BADGE, false}, {DEMO_COUNT, true}, {DEMO_SHARE, false}}, 3);
        sheet_free(s);
    }
    static const struct column many[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"},
                                         {.name = "e"}, {.name = "f"}, {.name = "g"}};
    struct sheet *s = sheet_new(table_source(table_new(many, 7)), jobs);
    for (int c = 0; c < 6; c++)
        assert_true(sheet_sort_add(s, c, false, NULL));
    assert_false(sheet_sort_add(s, 6, false, &err));
    assert_non_null(strstr(err.text, "at most 6"));
    check_status(s, "0 of 0 · sort a↑, b↑, c↑, d↑, e↑, f↑");
    sheet_free(s);
    jobs_free(jobs);
}

/* ---- sorting very many rows ---- */

enum { MANY = 200000, ENTRIES = 500 };
enum {
    FEW_NUMBERS,
    WIDE_NUMBERS,
    NARROW_EDGE,
    WIDE_EDGE,
    MIDDLE_NUMBERS,
    REALS,
    FLOATS,
    BADGES,
    HALF_BADGES,
    ENTRY,
    LONG_TEXTS,
    SKEWED,
    FAST_COLUMNS
};

static uint64_t mixed(uint64_t x)
{
    x = (x + 1) * 0x9e3779b97f4a7c15u;
    x ^= x >> 29;
    x *= 0xbf58476d1ce4e5b9u;
    return x ^ x >> 32;
}

static void many_entry(const struct sheet_source *s, int column, int64_t entry, struct value *v,
                       struct buf *scratch)
{
    (void)s;
    (void)column;
    buf_addf(scratch, "title %llu",
             (unsigned long long)(mixed((uint64_t)entry) % 300)); /* doubles */
    value_text(v, scratch->data, ROLE_NORMAL);
}

static void many_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                      struct buf *scratch)
{
    uint64_t h = mixed((uint64_t)row);
    v->missing = h % 50 == 0;
    switch (column) {
    case FEW_NUMBERS:
        value_int(v, (int64_t)(h % 50) - 20, ROLE_NORMAL);
        break;
    case WIDE_NUMBERS:
        value_int(v, (int64_t)mixed(h) >> (h % 60), ROLE_NORMAL);
        break;
    case NARROW_EDGE: /* the least and the largest that 32 bits keep beside "no value" */
        value_int(v, h % 3 ? INT32_MIN : INT32_MAX - 1, ROLE_NORMAL);
        break;
    case WIDE_EDGE:
        value_int(v, h % 3 ? INT32_MIN : h % 5 ? INT32_MAX : INT32_MAX - 1, ROLE_NORMAL);
        break;
    case MIDDLE_NUMBERS: /* a byte and what makes a bucket */
        value_int(v, (int64_t)(mixed(h) % 600000) - 5, ROLE_NORMAL);
        break;
    case BADGES:
    case HALF_BADGES: /* not whole, against expectation */
        value_real(v, (double)(h % 9) - (column == HALF_BADGES && h % 1000 == 0 ? 2.5 : 2),
                   ROLE_NORMAL);
        break;
    case FLOATS:
        value_real(v, h % 11 ? (double)((float)(int64_t)mixed(h) / 7.0f) : (double)-0.0f,
                   ROLE_NORMAL);
        break;
    case REALS:
        value_real(v, h % 50 == 0 ? (double)NAN : (double)((int64_t)mixed(h) % 1000) / 7,
                   ROLE_NORMAL);
        break;
    case ENTRY:
        many_entry(s, column, (int64_t)(h % ENTRIES), v, scratch);
        break;
    case LONG_TEXTS: /* thousands that differ late or not at all, and empty ones */
        buf_addf(scratch, "%.*s%llu", (int)(h % 3) * 8, "the same long beginning ",
                 (unsigned long long)(mixed(h) % 5000));
        value_text(v, h % 7 == 0 ? "" : scratch->data, ROLE_NORMAL);
        break;
    default: /* nearly all are one number, the others far away */
        value_real(v, h % 100 ? 0.5 : (double)mixed(h), ROLE_NORMAL);
    }
}

static bool many_keys(const struct sheet_source *s, int column, const uint32_t *rows, size_t n,
                      uint64_t *key)
{
    if (column == LONG_TEXTS)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct value v = {0};
        struct buf scratch;
        buf_init(&scratch);
        many_cell(s, rows[i], column, &v, &scratch);
        buf_release(&scratch);
        key[i] = v.missing         ? SHEET_KEY_MISSING
                 : column == ENTRY ? sheet_key_int((int64_t)(mixed(rows[i]) % ENTRIES))
                 : column < REALS  ? sheet_key_int(v.i)
                                   : sheet_key_real(v.r);
    }
    return true;
}

static int64_t many_entries(const struct sheet_source *s, int column)
{
    (void)s;
    return column == ENTRY ? ENTRIES : 0;
}

static int compare_many(const struct sheet_source *s, int column, int64_t x, int64_t y,
                        bool descending)
{
    struct buf a, b;
    struct value v = {0}, w = {0};
    buf_init(&a);
    buf_init(&b);
    s->ops->cell(s, x, column, &v, &a);
    s->ops->cell(s, y, column, &w, &b);
    int order;
    if (v.missing || w.missing) {
        order = (int)v.missing - (int)w.missing;
        descending = false;
    } else if (s->columns[column].kind == COLUMN_INT) {
        order = (v.i > w.i) - (v.i < w.i);
    } else if (s->columns[column].kind == COLUMN_REAL || s->columns[column].kind == COLUMN_BADGE) {
        order = (v.r > w.r) - (v.r < w.r);
    } else {
        int bytes = strcmp(v.text, w.text);
        order = (bytes > 0) - (bytes < 0);
    }
    buf_release(&a);
    buf_release(&b);
    return descending ? -order : order;
}

static const struct sheet_source_ops slow = {.cell = many_cell};
static const struct sheet_source_ops fast = {
    .cell = many_cell, .keys = many_keys, .entries = many_entries, .entry = many_entry};
static const struct column many_columns[FAST_COLUMNS] = {
    [FEW_NUMBERS] = {.name = "few", .kind = COLUMN_INT},
    [WIDE_NUMBERS] = {.name = "wide", .kind = COLUMN_INT},
    [NARROW_EDGE] = {.name = "narrow", .kind = COLUMN_INT},
    [WIDE_EDGE] = {.name = "wide edge", .kind = COLUMN_INT},
    [MIDDLE_NUMBERS] = {.name = "middle", .kind = COLUMN_INT},
    [REALS] = {.name = "reals", .kind = COLUMN_REAL},
    [BADGES] = {.name = "badges", .kind = COLUMN_BADGE},
    [HALF_BADGES] = {.name = "half badges", .kind = COLUMN_BADGE},
    [FLOATS] = {.name = "floats", .kind = COLUMN_REAL},
    [ENTRY] = {.name = "entry", .kind = COLUMN_TEXT},
    [LONG_TEXTS] = {.name = "long", .kind = COLUMN_TITLE},
    [SKEWED] = {.name = "skewed", .kind = COLUMN_REAL},
};

static struct sheet_source many_rows(bool with_keys)
{
    return (struct sheet_source){.ops = with_keys ? &fast : &slow,
                                 .columns = many_columns,
                                 .n_columns = FAST_COLUMNS,
                                 .n_rows = MANY,
                                 .refs = 1};
}

/* More rows than one thread sorts at once: they are dealt into buckets first. */
static void very_many_rows_are_sorted(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * FAST_COLUMNS; i++) {
        struct sheet_source source = many_rows(i % 2 == 0);
        struct sort_key key = {.column = i / 2, .descending = i % 3 == 0};
        struct order_spec spec = {.keys = {key}, .n_keys = 1};
        int64_t expensive;
        struct order *order = order_make(&source, &spec, &expensive, NULL, NULL);
        assert_non_null(order);
        bool *seen = mem_zalloc(MANY, sizeof *seen);
        for (int64_t at = 0; at < MANY; at++) {
            uint32_t row = order->row[at];
            assert_true(row < MANY && !seen[row]);
            seen[row] = true;
            if (at == 0)
                continue;
            int c = compare_many(&source, key.column, order->row[at - 1], row, key.descending);
            if (c > 0 || (c == 0 && order->row[at - 1] > row))
                fail_msg("%s %d: rows %u and %u", many_columns[key.column].name, i,
                         order->row[at - 1], row);
        }
        free(seen);
        order_unref(order);
    }
}

/* Texts from a table are looked at once; the answer is that of looking at every cell. */
static void patterns_over_tables_agree_with_cells(void **state)
{
    (void)state;
    static const char *const patterns[] = {"le 1.$", "long be7", "^$", "nothing like it"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(patterns); i++) {
        struct order *orders[2];
        for (int with_keys = 0; with_keys < 2; with_keys++) {
            struct sheet_source source = many_rows(with_keys);
            char *where = mem_printf("entry !~ \"%s\" and few > 3", patterns[i / 2]);
            struct filter *f = i % 2 ? filter_new_where(&source, where, NULL)
                                     : filter_new_regex(patterns[i / 2], false, NULL);
            struct order_spec spec = {.filters = {f}, .n_filters = 1};
            int64_t expensive;
            orders[with_keys] = order_make(&source, &spec, &expensive, NULL, NULL);
            assert_non_null(orders[with_keys]);
            filter_unref(f);
            free(where);
        }
        assert_int_equal(orders[0]->n, orders[1]->n);
        assert_memory_equal(orders[0]->row, orders[1]->row,
                            (size_t)orders[0]->n * sizeof *orders[0]->row);
        assert_true(orders[0]->n > 0 || i / 2 == 3);
        order_unref(orders[0]);
        order_unref(orders[1]);
    }
}

/* ---- bins ---- */

static void take_source(void *context, struct sheet_source *source, const struct error *err)
{
    (void)err;
    *(struct sheet_source **)context = source;
}

static int64_t bin_count(const struct sheet_source *table, int64_t row)
{
    struct value v = {0};
    table->ops->cell(table, row, 1, &v, NULL);
    return v.i;
}

/* The counts add up, and each bin's filter keeps as many rows as were counted. */
static void check_bins(struct sheet *s, struct jobs *jobs, int column, int64_t wanted_rows)
{
    struct sheet_source *table = NULL;
    int64_t all = sheet_count(s), sum = 0;
    sheet_frequency_start(s, column, take_source, &table);
    jobs_wait(jobs);
    assert_in_range(table->n_rows, all > 0, 21);
    if (wanted_rows >= 0)
        assert_int_equal(table->n_rows, wanted_rows);
    for (int64_t row = 0; row < table->n_rows; row++) {
        sum += bin_count(table, row);
        assert_true(sheet_filter_counted(s, table, row, NULL));
        jobs_wait(jobs);
        if (sheet_count(s) != bin_count(table, row)) {
            char *status = status_of(s);
            fail_msg("%lld counted, %s", (long long)bin_count(table, row), status);
        }
        assert_true(sheet_unfilter(s));
        jobs_wait(jobs);
    }
    assert_int_equal(sum, all);
    sheet_source_unref(table);
}

static void bins_keep_what_they_count(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct sheet *s = sheet_new(demo_source(sizes[i]), jobs);
        check_bins(s, jobs, DEMO_COUNT, 11); /* by 500, and the missing ones */
        check_bins(s, jobs, DEMO_SHARE, 20); /* by 5 % */
        check_bins(s, jobs, DEMO_BAR, 20);
        sheet_where(s, "count < 7", NULL); /* a bin each */
        jobs_wait(jobs);
        check_bins(s, jobs, DEMO_COUNT, -1);
        sheet_clear_filters(s);
        sheet_where(s, "share < 1%", NULL);
        jobs_wait(jobs);
        check_bins(s, jobs, DEMO_SHARE, i == 0 ? -1 : 10); /* 0 to 0.9 % */
        sheet_free(s);
    }
    jobs_free(jobs);
}

/* Figures are often stored in single precision: 10 % is what the sheet shows as 10 %. */
static void shares_are_found_as_they_are_written(void **state)
{
    (void)state;
    static const struct column columns[] = {{.name = "rote", .kind = COLUMN_PERCENT}};
    struct table *t = table_new(columns, 1);
    for (int i = 0; i <= 10; i++) {
        table_row(t, i);
        table_real(t, (double)((float)i / 10), ROLE_NORMAL);
    }
    struct jobs *jobs = jobs_new();
    struct sheet *s = sheet_new(table_source(t), jobs);
    assert_true(sheet_where(s, "rote = 10% or rote = 0.7 or rote >= 90%", NULL));
    assert_int_equal(sheet_count(s), 4);
    assert_true(sheet_where(s, "rote <= 70% and rote > 10%", NULL));
    assert_int_equal(sheet_count(s), 1);
    sheet_clear_filters(s);
    check_bins(s, jobs, 0, 11);
    sheet_free(s);
    jobs_free(jobs);
}

/* Ranges in which rounding and overflow lurk. */
static void bins_take_any_numbers(void **state)
{
    (void)state;
    static const double sets[][6] = {
        {0.1, 0.2, 0.3, 0.7, 0.8, 0.9},
        {-1e-9, 1e-9, 0, 3e-10, -7e-10, 5e-10},
        {1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4, 1e15 + 5},
        {-INFINITY, -5, 0, 5, INFINITY, NAN},
        {INFINITY, INFINITY, -INFINITY, NAN, NAN, NAN},
        {-1e308, 1e308, 0, 1, 2, 3},
        {1e-300, 2e-300, 3e-300, 0, 0, 0},
        {42, 42, 42, 42, 42, 42},
        {0, 0, 0, 0, 0, -0.0},
        {0.005, 0.01, 0.015, 1, 0.995, 0.5},
    };
    static const int64_t whole[][6] = {{INT64_MIN, INT64_MAX, 0, 1, -1, 5},
                                       {-3, -2, -1, 0, 1, 2},
                                       {999999999999999, 0, 0, 0, 0, 7},
                                       {INT64_MAX, INT64_MAX, INT64_MAX, 0, 0, 0}};
    static const struct column columns[] = {{.name = "or so", .kind = COLUMN_REAL},
                                            {.name = "part", .kind = COLUMN_PERCENT},
                                            {.name = "n", .kind = COLUMN_INT}};
    struct jobs *jobs = jobs_new();
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        struct table *t = table_new(columns, 3);
        for (int k = 0; k < 6; k++) {
            table_row(t, k);
            table_real(t, sets[i][k], ROLE_NORMAL);
            table_real(t, sets[i][k], ROLE_NORMAL);
            table_int(t, whole[i % ARRAY_LEN(whole)][k], ROLE_NORMAL);
        }
        struct sheet *s = sheet_new(table_source(t), jobs);
        for (int column = 0; column < 3; column++)
            check_bins(s, jobs, column, -1);
        sheet_free(s);
    }
    struct sheet *empty = sheet_new(demo_source(0), jobs);
    check_bins(empty, jobs, DEMO_SHARE, 0);
    sheet_free(empty);
    jobs_free(jobs);
}

/* ---- marks ---- */

static void what_meets_a_condition_is_marked(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct sheet *s = sheet_new(demo_source(sizes[i]), jobs);
        sheet_toggle_mark(s); /* one by hand stays */
        sheet_filter(s, "!orly", NULL);
        assert_true(sheet_mark_where(s, "count >= 1000 and title ~ essie", NULL));
        jobs_wait(jobs);
        int64_t n = 0;
        for (int64_t row = 0; row < sizes[i]; row++) {
            bool wanted = row == 0 || naive_keeps(row, true, true);
            n += wanted;
            assert_int_equal(sheet_is_marked(s, demo_id(row)), wanted);
        }
        assert_int_equal(sheet_n_marks(s), n);
        assert_null(sheet_take_notice(s));
        assert_true(sheet_mark_where(s, "title ~ orly", NULL)); /* not among what is shown */
        jobs_wait(jobs);
        assert_int_equal(sheet_n_marks(s), n);
        assert_non_null(strstr(sheet_take_notice(s), "nothing marked"));
        assert_false(sheet_mark_where(s, "no such", NULL));
        sheet_mark_where(s, "count > 1", NULL);
        sheet_free(s); /* with its job under way */
        jobs_wait(jobs);
    }
    jobs_free(jobs);
}

/* ---- columns ---- */

static void hidden_columns_stay_out_of_exports(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);
    struct sheet *s = sheet_new(demo_source(9), NULL);
    struct error err = {0};
    assert_false(sheet_hide(s, DEMO_USER, &err));
    assert_non_null(strstr(err.text, "user"));
    sheet_go_column(s, DEMO_BAR);
    for (int c = DEMO_TITLE; c < DEMO_COLUMNS; c++)
        assert_true(c == DEMO_COUNT || sheet_hide(s, c, NULL));
    assert_int_equal(sheet_column(s), DEMO_COUNT); /* off what is hidden */
    sheet_move_column(s, -1);
    assert_int_equal(sheet_column(s), DEMO_USER);
    sheet_move_column(s, 5);
    assert_int_equal(sheet_column(s), DEMO_COUNT);
    assert_int_equal(sheet_n_hidden(s), 4);
    check_status(s, "9 of 9 · 4 hidden");
    sheet_where(s, "title ~ . and user <= \"U0000001\"", NULL); /* hidden, but there */
    assert_true(sheet_export(s, "-", f, NULL));
    fclose(f);
    char wanted[128];
    snprintf(wanted, sizeof wanted, "user,count\nU0000000,%lld\nU0000001,%lld\n",
             (long long)demo_count(0), (long long)demo_count(1));
    assert_string_equal(bytes, wanted);
    free(bytes);
    sheet_set_source(s, demo_source(5));
    assert_int_equal(sheet_n_hidden(s), 4); /* known by name */
    sheet_unhide(s, DEMO_BAR);
    assert_false(sheet_is_hidden(s, DEMO_BAR));
    sheet_free(s);
}

static void widths_are_kept(void **state)
{
    (void)state;
    struct sheet *s = sheet_new(demo_source(9), NULL);
    sheet_layout(s, 20, 80);
    int own = sheet_width(s, DEMO_TITLE);
    sheet_set_width(s, DEMO_TITLE, 5);
    sheet_layout(s, 20, 80);
    assert_int_equal(sheet_width(s, DEMO_TITLE), 5); /* does not grow into the room */
    sheet_set_width(s, DEMO_TITLE, 100000);
    sheet_layout(s, 20, 80);
    assert_int_equal(sheet_width(s, DEMO_TITLE), 400);
    sheet_set_width(s, DEMO_TITLE, 0);
    sheet_layout(s, 20, 80);
    assert_int_equal(sheet_width(s, DEMO_TITLE), own);
    sheet_free(s);
}

/* ---- through keys and commands ---- */

static void pictures_are_as_they_were(void **state)
{
    (void)state;
    static const char *const where[] = {
        "where count >= 1,000 and not (kind = 4 or share < 10%)",
        "filter !orly",
        "sort kind",
        "sort-add-down count",
        "mark-where title ~ essie and count > 4000",
        "hide labels",
    };
    static const char *const bins[] = {"frequency count", "down", "down"};
    static const char *const detail[] = {"hide share", "go 10", "detail"};
    static const char *const columns[] = {"hide share", "columns", "down", "open"};
    const struct {
        const char *name;
        const char *const *commands;
        size_t n;
    } pictures[] = {{"sheet-where", where, ARRAY_LEN(where)},
                    {"sheet-bins", bins, ARRAY_LEN(bins)},
                    {"sheet-detail", detail, ARRAY_LEN(detail)},
                    {"sheet-columns", columns, ARRAY_LEN(columns)}};
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
        struct app *app = demo_screens(pictures[i].commands, pictures[i].n);
        golden_check(app, pictures[i].name, GOLDEN_ANY_DATA);
        app_free(app);
    }
}

static void type(struct app *app, const char *keys)
{
    for (; *keys; keys++)
        app_event(app, &(struct event){.kind = EVENT_KEY, .key = (unsigned char)*keys});
    jobs_wait(app_jobs(app));
}

static void press(struct app *app, uint32_t key)
{
    app_event(app, &(struct event){.kind = EVENT_KEY, .key = key});
    jobs_wait(app_jobs(app));
}

static struct sheet *front_sheet(struct app *app)
{
    return app_front(app)->ops->sheet(app_front(app));
}

static void keys_do_what_commands_do(void **state)
{
    (void)state;
    struct app *app = demo_screens(NULL, 0);
    struct sheet *s = front_sheet(app);
    type(app, "g&cou");
    press(app, K_TAB); /* "count" */
    type(app, " >= 4000");
    press(app, K_ENTER);
    int64_t n = sheet_count(s);
    assert_in_range(n, 1, 300);
    type(app, "llF"); /* of count: by 50 */
    press(app, K_ENTER);
    assert_ptr_equal(front_sheet(app), s);
    check_status(s, "12 of 1,000 · count >= 4000 · count >= 4000 and c…");
    type(app, "g");
    press(app, K_BACKSPACE);
    assert_int_equal(sheet_count(s), n);
    press(app, '&');
    press(app, K_ENTER);
    assert_int_equal(sheet_count(s), 1000);
    type(app, "g]lg[");
    check_status(s, "1,000 of 1,000 · sort count↓, share↑");
    type(app, "zh");
    assert_int_equal(sheet_n_hidden(s), 1);
    assert_int_equal(sheet_column(s), DEMO_BADGE);
    int width = sheet_width(s, DEMO_BADGE);
    type(app, "z>z>z<");
    assert_int_equal(sheet_width(s, DEMO_BADGE), width + 2);
    type(app, "z=");
    assert_int_equal(sheet_width(s, DEMO_BADGE), width);
    type(app, "zs");
    assert_int_equal(sheet_n_hidden(s), 0);
    type(app, "gd");
    assert_int_equal(sheet_count(front_sheet(app)), DEMO_COLUMNS);
    type(app, "qzcjj");
    press(app, K_ENTER);
    assert_true(sheet_is_hidden(s, DEMO_COUNT));
    press(app, K_ENTER);
    assert_false(sheet_is_hidden(s, DEMO_COUNT));
    type(app, "q");
    assert_ptr_equal(front_sheet(app), s);
    app_free(app);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_stack_and_go_one_by_one),
        cmocka_unit_test(conditions_follow_their_columns),
        cmocka_unit_test(the_cursor_follows_its_column),
        cmocka_unit_test(keys_are_added_behind),
        cmocka_unit_test(very_many_rows_are_sorted),
        cmocka_unit_test(patterns_over_tables_agree_with_cells),
        cmocka_unit_test(bins_keep_what_they_count),
        cmocka_unit_test(shares_are_found_as_they_are_written),
        cmocka_unit_test(bins_take_any_numbers),
        cmocka_unit_test(what_meets_a_condition_is_marked),
        cmocka_unit_test(hidden_columns_stay_out_of_exports),
        cmocka_unit_test(widths_are_kept),
        cmocka_unit_test(pictures_are_as_they_were),
        cmocka_unit_test(keys_do_what_commands_do),
    };
    return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
