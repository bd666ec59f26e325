/* tui/widgets: sheets over synthetic rows, against naive code; and their pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "tests/tui/demo.h"
#include "tests/tui/demo_screens.h"
#include "tests/tui/golden.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/idset.h"
#include "tui/widgets/table.h"

/* ---- order and filters ---- */

static struct value get(const struct sheet *s, int64_t row, int column, struct buf *scratch)
{
    struct value v;
    sheet_value(s, row, column, &v, scratch);
    return v;
}

/* -1, 0, 1 for two rows by one column, ascending, missing last in both directions. */
static int compare_rows(const struct sheet *s, int64_t x, int64_t y, int column, bool descending)
{
    struct buf a, b;
    buf_init(&a);
    buf_init(&b);
    struct value v = get(s, x, column, &a), w = get(s, y, column, &b);
    int order;
    if (v.missing || w.missing) {
        order = (int)v.missing - (int)w.missing;
        descending = false;
    } else if (column == DEMO_COUNT) {
        order = (v.i > w.i) - (v.i < w.i);
    } else if (column == DEMO_USER || column == DEMO_TITLE) {
        int c = strcmp(v.text, w.text);
        order = (c > 0) - (c < 0);
    } else {
        order = (v.r > w.r) - (v.r < w.r);
    }
    buf_release(&a);
    buf_release(&b);
    return descending ? -order : order;
}

static bool naive_keeps(const struct sheet *s, int64_t row, const char *word, bool out)
{
    char title[96], user[32];
    (void)s;
    demo_title(row, title);
    snprintf(user, sizeof user, "U%07lld", (long long)row);
    bool has = strcasestr(title, word) || strcasestr(user, word);
    return has != out;
}

struct naive_key {
    int column;
    bool descending;
};

static void check_sorted(const struct sheet *s, const struct naive_key *keys, size_t n_keys)
{
    for (int64_t i = 1; i < sheet_count(s); i++) {
        int64_t x = sheet_row_at(s, i - 1), y = sheet_row_at(s, i);
        int order = 0;
        for (size_t k = 0; k < n_keys && order == 0; k++)
            order = compare_rows(s, x, y, keys[k].column, keys[k].descending);
        if (order > 0 || (order == 0 && x >= y)) /* ties stay in the source's order */
            fail_msg("rows %lld and %lld are out of order at %lld", (long long)x, (long long)y,
                     (long long)i);
    }
}

static void sorting_agrees_with_comparing(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 2, 1500, 5000}; /* at once, and in jobs */
    struct jobs *jobs = jobs_new();
    for (size_t n = 0; n < ARRAY_LEN(sizes); n++)
        for (int column = 0; column < DEMO_COLUMNS; column++)
            for (int descending = 0; descending < 2; descending++) {
                struct sheet *s = sheet_new(demo_source(sizes[n]), jobs);
                sheet_sort(s, column, descending);
                jobs_wait(jobs);
                struct naive_key keys[] = {{column, descending}};
                assert_int_equal(sheet_count(s), sizes[n]);
                check_sorted(s, keys, 1);
                if (column == DEMO_BADGE)
                    sheet_unsort(s);             /* the same again would drop it */
                sheet_sort(s, DEMO_BADGE, true); /* the earlier key decides ties */
                jobs_wait(jobs);
                struct naive_key two[] = {{DEMO_BADGE, true}, {column, descending}};
                check_sorted(s, two, column == DEMO_BADGE ? 1 : 2);
                sheet_free(s);
            }
    jobs_free(jobs);
}

static void filters_keep_what_matches(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    static const struct {
        const char *pattern, *word;
        bool out;
    } cases[] = {{"vite", "vite", false},
                 {"!vite", "vite", true},
                 {"u00001", "u00001", false},
                 {"京", "京", false},
                 {"nothing like it", "nothing like it", false}};
    for (size_t n = 0; n < 2; n++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            int64_t rows = n ? 9000 : 900, kept = 0;
            struct sheet *s = sheet_new(demo_source(rows), jobs);
            assert_true(sheet_filter(s, cases[i].pattern, NULL));
            jobs_wait(jobs);
            for (int64_t row = 0; row < rows; row++)
                if (naive_keeps(s, row, cases[i].word, cases[i].out))
                    assert_int_equal(sheet_row_at(s, kept++), row);
            assert_int_equal(sheet_count(s), kept);
            sheet_clear_filters(s);
            assert_int_equal(sheet_count(s), rows);
            sheet_free(s);
        }
    jobs_free(jobs);
}

/* The rows are the same set, in whatever order; the cursor is on its identity. */
static void identity_survives_everything(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    static const int64_t sizes[] = {300, 5000};
    uint32_t random = 7;
    for (size_t n = 0; n < 2; n++) {
        struct sheet *s = sheet_new(demo_source(sizes[n]), jobs);
        int64_t wanted = demo_id(123);
        assert_true(sheet_select(s, wanted));
        for (int i = 0; i < 200; i++) {
            random = random * 1664525 + 1013904223;
            switch (random >> 28) {
            case 0:
                sheet_filter(s, (random >> 20) % 2 ? "a" : "!vite", NULL);
                break;
            case 1:
                sheet_clear_filters(s);
                break;
            case 2:
                sheet_set_source(s, demo_source(sizes[n]));
                break;
            case 3:
                sheet_only_marked(s, (random >> 20) % 2);
                break;
            case 4:
                sheet_unsort(s);
                break;
            case 5:
                sheet_search(s, "", false, 0, NULL);
                break;
            default:
                sheet_sort(s, (int)(random >> 8) % DEMO_COLUMNS, (random >> 20) % 2);
            }
            if (i % 3 == 0)
                jobs_wait(jobs);
            sheet_layout(s, 20, 80);
            assert_true(sheet_position(s) < sheet_count(s));
            assert_true(sheet_count(s) == 0 ? sheet_position(s) < 0 : sheet_position(s) >= 0);
        }
        sheet_clear_filters(s);
        jobs_wait(jobs);
        assert_int_equal(sheet_id(s), wanted);
        assert_int_equal(sheet_count(s), sizes[n]);
        sheet_free(s);
    }
    jobs_free(jobs);
}

static void a_vanished_row_gives_way(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct sheet *s = sheet_new(demo_source(100), jobs);
    sheet_go(s, 90);
    sheet_set_source(s, demo_source(50));
    assert_int_equal(sheet_position(s), 0);
    sheet_set_source(s, demo_source(0));
    assert_int_equal(sheet_position(s), -1);
    assert_int_equal(sheet_row(s), -1);
    sheet_move(s, 5);
    sheet_toggle_mark(s);
    assert_int_equal(sheet_position(s), -1);
    sheet_set_source(s, demo_source(100));
    assert_int_equal(sheet_id(s), demo_id(90)); /* there again */
    sheet_free(s);
    jobs_free(jobs);
}

static void moves_are_clamped(void **state)
{
    (void)state;
    struct sheet *s = sheet_new(demo_source(10), NULL);
    sheet_move(s, INT64_MAX);
    assert_int_equal(sheet_position(s), 9);
    sheet_move(s, INT64_MIN + 1);
    assert_int_equal(sheet_position(s), 0);
    sheet_move_column(s, 100);
    assert_int_equal(sheet_column(s), DEMO_COLUMNS - 1);
    sheet_move_column(s, -100);
    assert_int_equal(sheet_column(s), 0);
    assert_int_equal(sheet_find_column(s, "sh"), DEMO_SHARE);
    assert_int_equal(sheet_find_column(s, "nope"), -1);
    sheet_free(s);
}

/* ---- search ---- */

static void search_goes_round(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    static const int64_t sizes[] = {500, 6000};
    for (size_t n = 0; n < 2; n++) {
        struct sheet *s = sheet_new(demo_source(sizes[n]), jobs);
        int64_t *hits = mem_zalloc((size_t)sizes[n], sizeof *hits), n_hits = 0;
        for (int64_t row = 0; row < sizes[n]; row++)
            if (naive_keeps(s, row, "vinylux pen", false))
                hits[n_hits++] = row;
        assert_true(n_hits > 5);
        sheet_go(s, hits[2] + 1);
        assert_true(sheet_search(s, "vinylux pen", false, sheet_position(s), NULL));
        jobs_wait(jobs);
        assert_int_equal(sheet_position(s), hits[3]);
        for (int64_t i = 4; i < n_hits + 4; i++) {
            assert_true(sheet_next_hit(s, false));
            assert_int_equal(sheet_position(s), hits[i % n_hits]);
        }
        assert_true(sheet_next_hit(s, true));
        assert_int_equal(sheet_position(s), hits[2]);
        sheet_go(s, hits[2]);
        assert_true(sheet_search(s, "vinylux pen", true, hits[2], NULL));
        jobs_wait(jobs);
        assert_int_equal(sheet_position(s), hits[1]);
        sheet_next_hit(s, false); /* on in the same direction */
        assert_int_equal(sheet_position(s), hits[0]);
        sheet_next_hit(s, false);
        assert_int_equal(sheet_position(s), hits[n_hits - 1]);
        sheet_sort(s, DEMO_TITLE, true);
        jobs_wait(jobs);
        assert_int_equal(sheet_row(s), hits[n_hits - 1]); /* sorting does not jump */
        struct buf status;
        buf_init(&status);
        sheet_status(s, &glyphs_utf8, &status);
        assert_non_null(strstr(status.data, "hit "));
        buf_release(&status);
        assert_false(sheet_search(s, "(", false, 0, NULL));
        assert_true(sheet_search(s, "zzzz", false, 0, NULL));
        jobs_wait(jobs);
        assert_false(sheet_next_hit(s, false));
        free(hits);
        sheet_free(s);
    }
    jobs_free(jobs);
}

static void late_results_are_dropped(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct sheet *s = sheet_new(demo_source(200000), jobs);
    sheet_search(s, "vite", false, 0, NULL);
    sheet_next_hit(s, false); /* pressed before anything is known */
    jobs_wait(jobs);
    int64_t second = sheet_position(s);
    sheet_go(s, 0);
    sheet_search(s, "vite", false, 0, NULL);
    jobs_wait(jobs);
    assert_true(sheet_position(s) < second);
    for (int i = 0; i < 5; i++) { /* each wish cancels the one before */
        sheet_filter(s, i % 2 ? "vite" : "!vite", NULL);
        sheet_search(s, i % 2 ? "nail" : "art", false, 0, NULL);
        sheet_sort(s, i, false);
    }
    sheet_clear_filters(s);
    sheet_unsort(s);
    jobs_wait(jobs);
    assert_int_equal(sheet_count(s), 200000);
    assert_int_equal(sheet_row_at(s, 77), 77);
    sheet_filter(s, "vite", NULL);
    sheet_search(s, "nail", false, 0, NULL);
    sheet_free(s); /* with its jobs under way */
    jobs_wait(jobs);
    jobs_free(jobs);
}

static void expensive_patterns_are_told(void **state)
{
    (void)state;
    static const struct column columns[] = {{.name = "text", .kind = COLUMN_TEXT}};
    struct table *t = table_new(columns, 1);
    char text[64];
    memset(text, 'a', sizeof text);
    text[62] = '!';
    text[63] = '\0';
    table_row(t, 1);
    table_text(t, text, ROLE_NORMAL);
    struct sheet *s = sheet_new(table_source(t), NULL);
    assert_true(sheet_filter(s, "^(a+)+$", NULL));
    assert_int_equal(sheet_count(s), 0);
    assert_non_null(strstr(sheet_take_notice(s), "too expensive"));
    assert_null(sheet_take_notice(s));
    sheet_free(s);
}

/* ---- marks ---- */

static void marks_are_identities(void **state)
{
    (void)state;
    struct sheet *s = sheet_new(demo_source(1000), NULL);
    int64_t *ids;
    assert_int_equal(sheet_chosen(s, &ids), 1); /* nothing marked: the cursor */
    assert_int_equal(ids[0], demo_id(0));
    free(ids);
    sheet_go(s, 500);
    sheet_toggle_mark(s);
    sheet_go(s, 20);
    sheet_toggle_mark(s);
    sheet_sort(s, DEMO_TITLE, true);
    assert_int_equal(sheet_n_marks(s), 2);
    assert_int_equal(sheet_chosen(s, &ids), 2);
    assert_true(ids[0] == demo_id(20) && ids[1] == demo_id(500));
    free(ids);
    sheet_only_marked(s, true);
    assert_int_equal(sheet_count(s), 2);
    sheet_unmark_all(s);
    assert_int_equal(sheet_count(s), 1000);
    sheet_free(s);
}

static void idset_agrees_with_a_bitmap(void **state)
{
    (void)state;
    struct idset set = {0};
    bool naive[512] = {false};
    size_t n = 0;
    uint32_t random = 3;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        size_t id = random >> 8 & 511;
        bool add = random >> 20 & 1;
        n += add && !naive[id] ? 1 : 0;
        n -= !add && naive[id] ? 1 : 0;
        naive[id] = add;
        if (add)
            idset_add(&set, (int64_t)id * 16 - 100);
        else
            idset_remove(&set, (int64_t)id * 16 - 100);
        assert_int_equal(set.n, n);
    }
    for (size_t id = 0; id < ARRAY_LEN(naive); id++)
        assert_int_equal(idset_has(&set, (int64_t)id * 16 - 100), naive[id]);
    idset_release(&set);
}

/* ---- output ---- */

static void export_writes_what_is_visible(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);
    struct sheet *s = sheet_new(demo_source(12), NULL);
    sheet_filter(s, "U00000(00|09|10)", NULL);
    sheet_sort(s, DEMO_USER, true);
    assert_true(sheet_export(s, "-", f, NULL));
    fclose(f);
    char titles[3][96], wanted[1024];
    demo_title(10, titles[0]);
    demo_title(9, titles[1]);
    demo_title(0, titles[2]);
    struct buf scratch;
    buf_init(&scratch);
    double shares[3] = {get(s, 10, DEMO_SHARE, &scratch).r, get(s, 9, DEMO_SHARE, &scratch).r,
                        get(s, 0, DEMO_SHARE, &scratch).r};
    snprintf(wanted, sizeof wanted,
             "user,title,count,share,kind,labels\n"
             "U0000010,%s,%lld,%.9g,■4,%.9g\nU0000009,%s,,%.9g,○3,%.9g\n"
             "U0000000,%s,%lld,%.9g,■2,%.9g\n",
             titles[0], (long long)demo_count(10), shares[0], shares[0], titles[1], shares[1],
             shares[1], titles[2], (long long)demo_count(0), shares[2], shares[2]);
    assert_string_equal(bytes, wanted);
    buf_release(&scratch);
    free(bytes);
    sheet_free(s);
}

static void take_source(void *context, struct sheet_source *source, const struct error *err)
{
    (void)err;
    *(struct sheet_source **)context = source;
}

static void frequencies_add_up(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct sheet *s = sheet_new(demo_source(10000), jobs);
    struct sheet_source *source = NULL;
    sheet_frequency_start(s, DEMO_BADGE, take_source, &source);
    jobs_wait(jobs);
    struct sheet *f = sheet_new(source, jobs);
    struct buf scratch;
    buf_init(&scratch);
    assert_int_equal(sheet_count(f), 4);
    int64_t sum = 0, before = INT64_MAX;
    for (int64_t i = 0; i < 4; i++) {
        int64_t count = get(f, i, 1, &scratch).i;
        assert_true(count <= before);
        before = count;
        sum += count;
    }
    assert_int_equal(sum, 10000);
    struct value first = get(f, 0, 0, &scratch);
    char *text = mem_strdup(first.text);
    sheet_filter_equal(s, DEMO_BADGE, text);
    jobs_wait(jobs);
    assert_int_equal(sheet_count(s), get(f, 0, 1, &scratch).i);
    free(text);
    buf_release(&scratch);
    sheet_free(f);
    sheet_free(s);
    jobs_free(jobs);
}

static void empty_columns_count_as_one_value(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct sheet *s = sheet_new(demo_source(0), jobs);
    struct sheet_source *source = NULL;
    sheet_frequency_start(s, DEMO_USER, take_source, &source);
    jobs_wait(jobs);
    assert_int_equal(source->n_rows, 0);
    sheet_source_unref(source);
    sheet_free(s);
    jobs_free(jobs);
}

/* ---- pictures ---- */

static void pictures_are_as_they_were(void **state)
{
    (void)state;
    static const char *const plain[] = {"down", "down"};
    static const char *const busy[] = {"filter !orly", "sort count",  "sort-down kind", "mark",
                                       "mark",         "search vite", "right",          "right"};
    static const char *const empty[] = {"filter nothing like it"};
    struct {
        const char *name;
        const char *const *commands;
        size_t n;
    } pictures[] = {{"sheet", plain, ARRAY_LEN(plain)},
                    {"sheet-busy", busy, ARRAY_LEN(busy)},
                    {"sheet-empty", empty, ARRAY_LEN(empty)}};
    for (size_t i = 0; i < ARRAY_LEN(pictures); i++) {
        struct app *app = demo_screens(pictures[i].commands, pictures[i].n);
        golden_check(app, pictures[i].name, GOLDEN_ANY_DATA);
        app_free(app);
    }
}

/* What a sheet says of itself brings another one to the same picture. */
static void the_state_comes_back(void **state)
{
    (void)state;
    struct sheet *a = sheet_new(demo_source(300), NULL), *b = sheet_new(demo_source(300), NULL);
    struct error err = {0};
    const struct column *column = sheet_source(a)->columns;
    assert_true(sheet_filter(a, "!orly\\x41|\\d", &err));
    sheet_clear_filters(a);
    assert_true(sheet_filter(a, "!orly", &err));
    char *condition = mem_printf("%s > 100", column[DEMO_COUNT].name);
    assert_true(sheet_where(a, condition, &err));
    for (int c = DEMO_USER; c <= DEMO_BADGE; c++) /* more keys than ties are kept by sorting */
        assert_true(sheet_sort_add(a, c, c % 2, &err));
    assert_true(sheet_hide(a, DEMO_BAR, &err));
    sheet_set_width(a, DEMO_TITLE, 31);
    sheet_set_width(a, DEMO_BAR, 7);
    sheet_set_width(a, DEMO_COUNT, 9);
    sheet_set_width(a, DEMO_COUNT, 0); /* its own again */
    sheet_go_column(a, DEMO_SHARE);
    for (int i = 0; i < 5; i++) {
        sheet_go(a, i * i);
        sheet_toggle_mark(a);
    }
    struct buf badge;
    buf_init(&badge);
    sheet_cell_text(a, sheet_row(a), DEMO_BADGE, &badge);
    sheet_filter_equal(a, DEMO_BADGE, badge.data);
    sheet_go(a, 7);
    struct buf text, again;
    buf_init(&text);
    buf_init(&again);
    sheet_state(a, SHEET_ALL, &text);
    char *copy = mem_strdup(text.data), *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        assert_true(sheet_restore(b, line, &err));
    sheet_state(b, SHEET_ALL, &again);
    assert_string_equal(again.data, text.data);
    assert_int_equal(sheet_count(a), sheet_count(b));
    assert_int_equal(sheet_id(a), sheet_id(b));
    assert_int_equal(sheet_position(b), 7);
    assert_int_equal(sheet_n_marks(b), 5);
    assert_int_equal(sheet_column(b), DEMO_SHARE);
    assert_true(sheet_is_hidden(b, DEMO_BAR));
    static const char *const kinds[] = {"filter !orly\n", "\nwhere ", "\nequal ",    "\nsort ",
                                        "\nsort-down ",   "\nhide ",  "\nwidth 31 ", "\nmarks ",
                                        "\ncolumn ",      "\ngo @"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_non_null(strstr(text.data, kinds[i]));
    buf_clear(&again);
    sheet_state_words(b, &again);
    assert_non_null(strstr(again.data, " of 300, filter !orly, where count > 100, where kind = "));
    /* marked rows only: the marks belong to what is seen */
    sheet_only_marked(a, true);
    buf_clear(&text);
    sheet_state(a, SHEET_LOOK, &text);
    assert_non_null(strstr(text.data, "\nmarks "));
    assert_non_null(strstr(text.data, "\nonly-marked\n"));
    assert_null(strstr(text.data, "\ngo @"));
    free(copy);
    free(condition);
    buf_release(&badge);
    buf_release(&text);
    buf_release(&again);
    sheet_free(a);
    sheet_free(b);
}

/* Every kind of filter has a line that keeps the same rows in another sheet. */
static void filters_come_back(void **state)
{
    (void)state;
    static const char *const badge = "\xe2\x97\x8b"
                                     "3";
    struct error err = {0};
    for (int kind = 0; kind < 4; kind++) {
        struct sheet *a = sheet_new(demo_source(300), NULL), *b = sheet_new(demo_source(300), NULL);
        if (kind == 0)
            assert_true(sheet_filter(a, "!orly", &err));
        else if (kind == 1)
            assert_true(sheet_where(a, "count is missing or share < 10%", &err));
        else
            sheet_filter_equal(a, kind == 2 ? DEMO_BADGE : DEMO_USER,
                               kind == 2 ? badge : "U0000017");
        struct buf line;
        buf_init(&line);
        sheet_state(a, SHEET_FILTERS, &line);
        line.data[strcspn(line.data, "\n")] = '\0';
        assert_true(sheet_restore(b, line.data, &err));
        assert_true(sheet_count(a) > 0 && sheet_count(a) < 300);
        assert_int_equal(sheet_count(a), sheet_count(b));
        for (int64_t i = 0; i < sheet_count(a); i++)
            assert_int_equal(sheet_row_at(a, i), sheet_row_at(b, i));
        buf_release(&line);
        sheet_free(a);
        sheet_free(b);
    }
}

static void states_may_be_hostile(void **state)
{
    (void)state;
    struct sheet *s = sheet_new(demo_source(10), NULL);
    static const char *const wrong[] = {
        "",
        "sort",
        "sort nothing",
        "equal title",
        "equal no\\x09x",
        "filter",
        "filter (",
        "where",
        "where no = 1",
        "marks -1",
        "marks 9-3",
        "marks 0-99999999999",
        "marks 3 x",
        "column",
        "column nowhere",
        "go 3",
        "go @",
        "go @999999",
        "go @1e9",
        "only-marked yes",
        "quit",
        "marks 1-2-3",
        "marks  5",
        "sort-downuser",
        "where",
        "where nothing > 1",
        "hide",
        "hide user",
        "hide nothing",
        "width 3",
        "width 0 title",
        "width x title",
        "width 3 nothing",
        "marks 99999999999999999999",
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct error err = {0};
        assert_false(sheet_restore(s, wrong[i], &err));
        assert_true(*err.text != '\0');
    }
    assert_int_equal(sheet_count(s), 10);
    /* numbers go up to the last one there is */
    int64_t n_marks = sheet_n_marks(s);
    assert_true(sheet_restore(s, "marks 1 9223372036854775807", NULL));
    assert_true(sheet_restore(s, "marks 9223372036854775806-9223372036854775807", NULL));
    assert_int_equal(sheet_n_marks(s), n_marks + 3);
    /* a row that is not here yet is where the cursor goes when it comes */
    assert_false(sheet_restore(s, "go @598", NULL));
    sheet_set_source(s, demo_source(100));
    assert_int_equal(sheet_id(s), demo_id(85));
    sheet_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorting_agrees_with_comparing),
        cmocka_unit_test(filters_keep_what_matches),
        cmocka_unit_test(identity_survives_everything),
        cmocka_unit_test(a_vanished_row_gives_way),
        cmocka_unit_test(moves_are_clamped),
        cmocka_unit_test(search_goes_round),
        cmocka_unit_test(late_results_are_dropped),
        cmocka_unit_test(expensive_patterns_are_told),
        cmocka_unit_test(marks_are_identities),
        cmocka_unit_test(idset_agrees_with_a_bitmap),
        cmocka_unit_test(export_writes_what_is_visible),
        cmocka_unit_test(frequencies_add_up),
        cmocka_unit_test(empty_columns_count_as_one_value),
        cmocka_unit_test(pictures_are_as_they_were),
        cmocka_unit_test(the_state_comes_back),
        cmocka_unit_test(filters_come_back),
        cmocka_unit_test(states_may_be_hostile),
    };
    return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
