/* storage/import: malformed rows and files, filters, order and numbering. */
#include "tests/storage/import_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/fingerprint.h"

/* ---- malformed rows ---- */

static const struct import_bad_row *bad_row(const struct import_test *t, size_t i)
{
    assert_true(i < t->result.report.n_bad);
    return &t->result.report.bad[i];
}

static void assert_bad(const struct import_test *t, size_t i, int64_t line,
                       enum import_bad_reason reason)
{
    assert_int_equal(bad_row(t, i)->line, line);
    assert_int_equal(bad_row(t, i)->reason, reason);
}

static void bad_rows_are_listed_with_line_and_reason(void **state)
{
    struct import_test *t = *state;
    static const char text[] = "user,item,time,rating\n"
                               "u,a,1,5\n"
                               "u,b,2\n"            /* line 3: columns */
                               ",c,3,5\n"           /* 4: empty user */
                               "u, ,3,5\n"          /* 5: empty item */
                               "u,d,soon,5\n"       /* 6: time */
                               "u,e,4,good\n"       /* 7: rating */
                               "u,f\0,4,5\n"        /* 8: NUL */
                               "\n"                 /* an empty line is no row */
                               "u,\"g,4,5\n"        /* 10: quote */
                               "u,h,4,5,more\n"     /* more columns are fine */
                               "u,i,,5\n"           /* 12: no time */
                               "u,j,2018-02-29,5\n" /* 13: no such day */
                               "u,k,1e300,5\n";     /* 14: too large for a time */
    test_file_n(t, "x.csv", text, sizeof text - 1);
    test_import_fails(t, ERROR_INPUT, "10 of 12 rows are malformed");
    assert_non_null(strstr(t->err.text, "--allow-bad"));
    assert_non_null(strstr(t->err.text, "line 3 (too few columns)"));
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a h");
    const struct import_report *r = &t->result.report;
    assert_int_equal(r->bad_total, 10);
    assert_int_equal(r->n_bad, 10);
    assert_bad(t, 0, 3, IMPORT_BAD_COLUMNS);
    assert_string_equal(r->bad[0].text, "u,b,2");
    assert_bad(t, 1, 4, IMPORT_BAD_EMPTY_ID);
    assert_bad(t, 2, 5, IMPORT_BAD_EMPTY_ID);
    assert_bad(t, 3, 6, IMPORT_BAD_TIME);
    assert_bad(t, 4, 7, IMPORT_BAD_RATING);
    assert_bad(t, 5, 8, IMPORT_BAD_NUL);
    assert_string_equal(r->bad[5].text, "u,f ,4,5");
    assert_bad(t, 6, 10, IMPORT_BAD_QUOTE);
    assert_bad(t, 7, 12, IMPORT_BAD_TIME);
    assert_bad(t, 8, 13, IMPORT_BAD_TIME);
    assert_bad(t, 9, 14, IMPORT_BAD_TIME);
    assert_int_equal(r->bad_count[IMPORT_BAD_TIME], 4);
    assert_int_equal(r->files[0].rows, 12);
    assert_int_equal(r->files[0].bad, 10);
    assert_int_equal(r->interactions_read, 2);
}

static void one_percent_is_accepted(void **state)
{
    struct import_test *t = *state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "user,item\n");
    for (int i = 0; i < 198; i++)
        buf_addf(&text, "u%d,i%d\n", i % 10, i % 7);
    buf_adds(&text, "x\ny\n");
    test_file(t, "x.csv", text.data);
    test_import_ok(t);
    assert_int_equal(t->result.report.bad_total, 2);
    buf_adds(&text, "z\n");
    test_forget_files(t);
    test_file(t, "x.csv", text.data);
    test_import_fails(t, ERROR_INPUT, "3 of 201 rows");
    buf_release(&text);
}

static void only_the_first_thousand_bad_rows_are_kept(void **state)
{
    struct import_test *t = *state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "user,item\nu,i\n");
    for (int i = 0; i < 1500; i++)
        buf_adds(&text, "x\n");
    test_file(t, "x.csv", text.data);
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_int_equal(t->result.report.n_bad, IMPORT_BAD_SAMPLES);
    assert_int_equal(t->result.report.bad_total, 1500);
    assert_bad(t, 999, 1002, IMPORT_BAD_COLUMNS);
    buf_release(&text);
}

static void second_sequences_of_a_user_are_bad_rows(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.txt", "1 1 2\n2 2 3\n1 3 4\n3\n");
    test_import_fails(t, ERROR_INPUT, "already has a sequence");
    assert_null(strstr(t->err.text, "--columns")); /* only half of the bad rows */
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 1 2; 2: 2 3");
    assert_bad(t, 0, 3, IMPORT_BAD_DUPLICATE_USER);
    assert_bad(t, 1, 4, IMPORT_BAD_NO_ITEMS);
    test_forget_files(t);
    t->options.allow_bad = false;
    test_file(t, "table.txt", "1 1 5\n1 2 5\n2 1 3\n2 4 4\n");
    test_import_fails(t, ERROR_INPUT, "--columns user=1,item=2");
    test_forget_files(t);
    test_file(t, "x.inter.json", "{\"1\":[1,2],\"1\":[3],\"2\":[],\"3\":[1.5],\"4\":{},\"5\":[9]}");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 1 2; 5: 9");
    assert_bad(t, 0, 1, IMPORT_BAD_DUPLICATE_USER);
    assert_bad(t, 1, 1, IMPORT_BAD_NO_ITEMS);
    assert_bad(t, 2, 1, IMPORT_BAD_JSON);
    assert_bad(t, 3, 1, IMPORT_BAD_JSON);
}

static void items_and_semids_stand_once(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.txt", "1 1 2\n");
    t->options.items = test_side_file(t, "i", "1 one\n1 uno\n2 two\n");
    test_import_fails(t, ERROR_INPUT, "already has one");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_titles(t), "1=one/; 2=two/");
    t->options.items = NULL;
    t->options.semids =
        test_side_file(t, "s", "{\"1\":[1,2],\"2\":[3],\"3\":[\"a\",\"b\"],\"4\":[-1,2]}");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=1.2; 2=-1.-1");
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_SEMID], 3);
}

static void a_long_line_is_one_bad_row(void **state)
{
    struct import_test *t = *state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "user,item\nu,a\n\"");
    for (int i = 0; i < 3 << 20; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "\nu,b\n");
    test_file(t, "x.csv", text.data);
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a b");
    assert_bad(t, 0, 3, IMPORT_BAD_LONG_LINE);
    assert_int_equal(strlen(t->result.report.bad[0].text), 103);
    buf_release(&text);
}

/* A stray quote costs its own line, not those that follow, and not quadratic time. */
static void an_open_quote_costs_one_line(void **state)
{
    struct import_test *t = *state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "user,item\nu,a\nu,\"b\n");
    for (int i = 0; i < 1200; i++)
        buf_addf(&text, "v,c%d\n", i);
    buf_adds(&text, "u,\"d\ne\"\nu,\"f\n");
    for (int i = 0; i < 3; i++) {
        buf_adds(&text, "w,");
        for (int j = 0; j < 900 << 10; j++)
            buf_addc(&text, 'y');
        buf_adds(&text, "\n");
    }
    buf_adds(&text, "u,g\nu,\"h");
    test_file(t, "x.csv", text.data);
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_int_equal(t->result.n_users, 3);
    assert_int_equal(t->result.n_interactions, 3 + 1200 + 3);
    assert_bad(t, 0, 3, IMPORT_BAD_QUOTE);
    assert_string_equal(t->result.report.bad[0].text, "u,\"b");
    assert_bad(t, 1, 1206, IMPORT_BAD_QUOTE); /* over 1 MiB */
    assert_bad(t, 2, 1211, IMPORT_BAD_QUOTE); /* never closed */
    assert_int_equal(t->result.report.bad_total, 3);
    assert_string_equal(strtab_get(&t->result.item_id, 1), "d\ne");
    buf_release(&text);
}

/* ---- malformed files ---- */

static void files_that_cannot_be_read_say_why(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t n;
        const char *says;
    } cases[] = {
        {"empty.csv", "", 0, "empty.csv is empty"},
        {"blank.txt", "\n \n", 3, "is empty"},
        {"bom.txt", "\xef\xbb\xbf", 3, "is empty"},
        {"x.zip", "PK\3\4rest", 8, "ZIP archive"},
        {"x.parquet", "PAR1rest", 8, "read_parquet"},
        {"x.arrow", "ARROW1..", 8, "an Arrow file"},
        {"x.orc", "ORC.....", 8, "an ORC file"},
        {"x.avro", "Obj\1....", 8, "an Avro file"},
        {"x.h5", "\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
        {"x.npy", "\x93NUMPY\1\0", 8, "--embeddings"},
        {"x.lz4", "\x04\x22\x4d\x18....", 8, "lz4"},
        {"x.7z", "7z\xbc\xaf\x27\x1c", 6, "a 7z archive"},
        {"x.rar", "Rar!\x1a\7", 6, "a RAR archive"},
        {"x.zst", "\x28\xb5\x2f\xfd....", 8, "zstd"},
        {"x.pkl", "\x80\x04\x95....", 7, "can run code"},
        {"x.utf16", "\xff\xfeu\0s\0", 6, "UTF-16"},
        {"x.bin", "\1\2\3\4\5\6\7\10 text", 13, "binary file"},
        {"words.txt", "one\nword\neach\n", 14, "nothing separates fields"},
        {"header.csv", "user,item\n", 10, "no rows below its header"},
        {"list.json", "[1,2]", 5, "not one JSON object"},
        {"lines.json", "{\"u\":1}\n{\"u\":2}\n", 16, "lines of JSON are read if"},
        {"lines2.json", "{\"u\":[1]}\n{\"u\":[2]}\n", 20, "something follows"},
        {"none.json", "{}", 2, "neither lists nor objects"},
        {"cut.json", "{\"1\": [1, 2], \"2\": [3", 21, "truncated"},
        {"cut2.json", "{\"1\": [1, 2], \"2", 16, "truncated"},
        {"comma.json", "{\"1\": [1, 2] \"2\": [3]}", 22, "':' after a key"},
        {"colon.json", "{\"1\": [1],\n\"2\" [3]}", 19, "line 2: ':' after a key"},
        {"key.json", "{\"1\": [1], 2: [3]}", 18, "a key in quotes"},
    };
    struct import_test *t = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        test_forget_files(t);
        test_file_n(t, cases[i].name, cases[i].bytes, cases[i].n);
        bool comma = strcmp(cases[i].name, "comma.json") == 0;
        /* there the missing comma makes one long value, which no parser takes */
        test_import_fails(t, ERROR_INPUT, comma ? "malformed" : cases[i].says);
        assert_non_null(strstr(t->err.text, cases[i].name));
    }
    test_forget_files(t);
    char tar[600] = "reviews.json";
    memcpy(tar + 257, "ustar", 5);
    test_file_n(t, "x.tar", tar, sizeof tar);
    test_import_fails(t, ERROR_INPUT, "a tar archive");
    test_forget_files(t);
    t->path[t->n_paths++] = mem_strdup("/nonexistent/file.csv");
    test_import_fails(t, ERROR_IO, "/nonexistent/file.csv");
    test_forget_files(t);
    test_import_fails(t, ERROR_USAGE, "at least one file");
}

static void truncated_gzip_changes_nothing(void **state)
{
    struct import_test *t = *state;
    test_gzip(t, "x.csv.gz", "user,item\nu,a\nu,b\nv,c\n", 9);
    test_import_fails(t, ERROR_INPUT, "truncated");
}

static void items_that_match_nothing_are_refused(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.csv", "user,item\nu,a\n");
    t->options.items = test_side_file(t, "i.csv", "item,title\nZ9,Other shop\n5,Five\n");
    test_import_fails(t, ERROR_INPUT, "none of the 2 items of the item file (such as \"5\")");
    assert_non_null(strstr(t->err.text, "\"a\""));
    t->options.items = NULL;
    t->options.semids = test_side_file(t, "s.json", "{\"7\":[1]}");
    test_import_fails(t, ERROR_INPUT, "none of the 1 item of the semantic ids");
}

static void stop(void *context, const char *what, double done, double total, const char *unit)
{
    (void)what, (void)done, (void)total, (void)unit;
    atomic_store((atomic_bool *)context, true);
}

static void cancelled_imports_leave_nothing(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.csv", "user,item,time\nu,a,2\nu,b,1\n");
    struct progress p = {.report = stop};
    p.context = &p.cancel;
    t->options.paths = (const char *const *)t->path;
    t->options.n_paths = t->n_paths;
    assert_false(import_run(&t->options, &p, &t->result, &t->err));
    assert_int_equal(t->err.code, ERROR_CANCELLED);
    assert_null(t->result.offset);
}

/* ---- filters, order, numbering ---- */

static void options_that_need_a_column_say_so(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.txt", "1 1 2\n");
    t->options.has_min_rating = true;
    t->options.min_rating = 3;
    test_import_fails(t, ERROR_INPUT, "no ratings");
    t->options.has_min_rating = false;
    t->options.order = IMPORT_ORDER_TIME;
    test_import_fails(t, ERROR_INPUT, "no times");
    t->options.order = IMPORT_ORDER_AUTO;
    t->options.split = "temporal";
    test_import_fails(t, ERROR_INPUT, "no times");
    static const char *const wrong[] = {"half",           "temporal:",      "temporal:0.9,0.8",
                                        "temporal:0,0.5", "temporal:0.5,1", "temporal:0.5"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        t->options.split = wrong[i];
        test_import_fails(t, ERROR_USAGE, "--split");
    }
    test_forget_files(t);
    test_file(t, "x.csv", "user,item,time\nu,a,2\nu,b,1\n");
    t->options.split = "temporal:0.25,0.75";
    test_import_ok(t);
    assert_string_equal(t->result.split, "temporal:0.25,0.75");
    t->options.split = "temporal";
    test_import_ok(t);
    assert_string_equal(t->result.split, "temporal:0.8,0.9");
}

static void filters_that_leave_nothing_are_an_error(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.csv", "user,item,rating\nu,a,2\nu,b,1\n");
    t->options.has_min_rating = true;
    t->options.min_rating = 2;
    test_import_ok(t);
    assert_int_equal(t->result.report.dropped_rating, 1);
    t->options.k_core = 2;
    test_import_fails(t, ERROR_INPUT, "no interactions are left of 2: --min-rating dropped 1");
}

struct event {
    int user, item;
    int64_t time;
    int rating;
    int row;
};

/* The same by the letter of the definition, in quadratic time. Rows that go get user -1. */
static void naive_core(struct event *e, int n, int k)
{
    for (bool again = true; again;) {
        again = false;
        int drop[600] = {0};
        for (int i = 0; i < n; i++) {
            int users = 0, items = 0;
            for (int j = 0; j < n; j++) {
                users += e[j].user >= 0 && e[j].user == e[i].user;
                items += e[j].user >= 0 && e[j].item == e[i].item;
            }
            drop[i] = e[i].user >= 0 && (users < k || items < k);
        }
        for (int i = 0; i < n; i++) {
            if (drop[i])
                e[i].user = -1;
            again = again || drop[i];
        }
    }
}

/* One user's rows in final order; returns how many. */
static int naive_sequence(const struct event *e, int n, int user, bool by_time, int most,
                          struct event *out)
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (e[i].user != user)
            continue;
        int j = count++;
        for (; by_time && j > 0 && out[j - 1].time > e[i].time; j--)
            out[j] = out[j - 1];
        out[j] = e[i];
    }
    int cut = most && count > most ? count - most : 0;
    memmove(out, out + cut, (size_t)(count - cut) * sizeof *out);
    return count - cut;
}

static void naive_text(struct event *e, int n, bool by_time, int k, int most, struct buf *out)
{
    static struct event sequence[600];
    bool kept[600] = {false}, done[100] = {false};
    if (k > 1)
        naive_core(e, n, k);
    for (int u = 0; u < 100; u++) {
        int m = naive_sequence(e, n, u, by_time, most, sequence);
        for (int i = 0; i < m; i++)
            kept[sequence[i].row] = true;
    }
    buf_clear(out);
    for (int i = 0; i < n; i++) { /* users by first surviving row */
        if (!kept[i] || done[e[i].user])
            continue;
        done[e[i].user] = true;
        int m = naive_sequence(e, n, e[i].user, by_time, most, sequence);
        buf_addf(out, "%su%d:", out->len ? "; " : "", e[i].user);
        for (int j = 0; j < m; j++)
            buf_addf(out, " i%d", sequence[j].item);
    }
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

static void first_appearance_numbers_items(const struct import_test *t)
{
    int32_t next = 0;
    for (int64_t i = 0; i < t->result.n_interactions; i++) {
        assert_true(t->result.item[i] <= next);
        next += t->result.item[i] == next;
    }
    assert_int_equal(next, t->result.n_items);
}

/* Random tables against the naive version, over all options that shape the sequences. */
static void sequences_equal_the_naive_ones(void **state)
{
    struct import_test *t = *state;
    struct buf want, text;
    buf_init(&want);
    buf_init(&text);
    int imported = 0;
    for (uint64_t round = 0; round < 300; round++) {
        static struct event e[600];
        uint64_t seed = round;
        int n = 1 + (int)draw(&seed, round % 5 ? 80 : 500), n_kept = 0;
        uint32_t users = 1 + draw(&seed, 12), items = 1 + draw(&seed, 20);
        uint32_t times = draw(&seed, 2) ? 3 : 1000;
        bool grouped = draw(&seed, 3) == 0;
        /* One after the other, in a list their order is the compiler's. */
        t->options = (struct import_options){.min_rating = 3};
        t->options.k_core = draw(&seed, 2) ? draw(&seed, 5) : 0;
        t->options.max_length = draw(&seed, 2) ? draw(&seed, 6) : 0;
        t->options.order = (enum import_order)draw(&seed, 3);
        t->options.has_min_rating = draw(&seed, 3) == 0;
        buf_clear(&text);
        buf_adds(&text, "user,item,rating,time\n");
        for (int i = 0; i < n; i++) {
            struct event x = {0};
            x.user = grouped ? i * (int)users / n : (int)draw(&seed, users);
            x.item = (int)draw(&seed, items);
            x.time = (int64_t)draw(&seed, times) - 1;
            x.rating = 1 + (int)draw(&seed, 5);
            buf_addf(&text, "u%d,i%d,%d,%lld\n", x.user, x.item, x.rating, (long long)x.time);
            x.row = n_kept;
            if (!t->options.has_min_rating || x.rating >= 3)
                e[n_kept++] = x;
        }
        test_forget_files(t);
        test_file(t, "x.csv", text.data);
        bool by_time = t->options.order != IMPORT_ORDER_FILE;
        naive_text(e, n_kept, by_time, (int)t->options.k_core, (int)t->options.max_length, &want);
        if (want.len == 0) {
            test_import_fails(t, ERROR_INPUT, "no interactions are left");
            continue;
        }
        test_import_ok(t);
        assert_string_equal(test_sequences(t), want.data);
        first_appearance_numbers_items(t);
        const struct import_report *r = &t->result.report;
        assert_int_equal(
            t->result.n_interactions + r->dropped_rating + r->dropped_core + r->dropped_length, n);
        for (int32_t u = 0; by_time && u < t->result.n_users; u++)
            for (int64_t i = t->result.offset[u] + 1; i < t->result.offset[u + 1]; i++)
                assert_true(t->result.time[i - 1] <= t->result.time[i]);
        imported++;
    }
    assert_true(imported > 200);
    buf_release(&want);
    buf_release(&text);
}

/* A rating stays with its item wherever sorting and cutting move it. */
static void ratings_and_times_move_with_their_items(void **state)
{
    struct import_test *t = *state;
    struct buf text;
    buf_init(&text);
    uint64_t seed = 5;
    buf_adds(&text, "user,item,rating,time\n");
    for (int i = 0; i < 2000; i++) {
        int item = (int)draw(&seed, 400);
        buf_addf(&text, "u%d,%d,%d,%d\n", draw(&seed, 7), item, item % 5, item * 7919 % 1000);
    }
    test_file(t, "x.csv", text.data);
    for (int most = 0; most < 200; most += 150) {
        t->options.max_length = most;
        test_import_ok(t);
        for (int64_t i = 0; i < t->result.n_interactions; i++) {
            int item = atoi(strtab_get(&t->result.item_id, t->result.item[i]));
            assert_int_equal((int)t->result.rating[i], item % 5);
            assert_int_equal(t->result.time[i], item * 7919 % 1000);
        }
    }
    buf_release(&text);
}

static void fingerprints_tell_ids_from_structure(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.txt", "1 1 2 3\n2 3 1\n");
    test_import_ok(t);
    uint64_t full = t->result.fingerprint, structure = t->result.structure_fingerprint;
    assert_true(full == fingerprint_dataset(&t->result.user_id, &t->result.item_id,
                                            t->result.offset, t->result.item));
    static const struct {
        const char *text;
        bool same_structure, same;
    } cases[] = {
        {"1 1 2 3\n2 3 1\n", true, true},        {"a x y z\nb z x\n", true, false},
        {"2 1 2 3\n1 3 1\n", true, false},       {"1 1 2 3\n2 1 3\n", false, false},
        {"1 1 2\n2 3 3 1\n", false, false},      {"2 3 1\n1 1 2 3\n", false, false},
        {"1 1 2 3\n2 3 1\n3 1\n", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        test_forget_files(t);
        test_file(t, "user_sequence.txt", cases[i].text);
        test_import_ok(t);
        assert_int_equal(t->result.structure_fingerprint == structure, cases[i].same_structure);
        assert_int_equal(t->result.fingerprint == full, cases[i].same);
    }
}

static void ids_are_kept_as_text(void **state)
{
    struct import_test *t = *state;
    /* numbers that look alike, beyond the direct table, beyond 64 bits */
    test_file(t, "x.txt", "u 7 07 007 +7 7.0 99999999 99999999999999999999 0 00 4194304 4194303\n");
    t->options.format = "s3rec";
    test_import_ok(t);
    assert_int_equal(t->result.n_items, 11);
    assert_string_equal(test_sequences(t), "u: 7 07 007 +7 7.0 99999999 99999999999999999999 0 00 "
                                           "4194304 4194303");
    assert_false(t->result.report.ids_by_appearance);
}

static void the_report_reads_as_json_and_text(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.csv", "user,item,rating,time\nu,a,2,9\nu,b,5,8\nu,c,5,7\nbad\n");
    t->options.allow_bad = true;
    t->options.has_min_rating = true;
    t->options.min_rating = 3;
    t->options.max_length = 1;
    test_import_ok(t);
    struct jval *j = import_report_json(&t->result.report);
    struct buf text;
    buf_init(&text);
    assert_int_equal(jval_int(jval_get(j, "interactions_read"), 0), 3);
    assert_int_equal(jval_int(jval_get(jval_get(j, "dropped"), "below_min_rating"), 0), 1);
    assert_int_equal(jval_int(jval_get(jval_get(j, "dropped"), "by_max_length"), 0), 1);
    const struct jval *bad = jval_at(jval_get(jval_get(j, "bad_rows"), "rows"), 0);
    assert_int_equal(jval_int(jval_get(bad, "line"), 0), 5);
    assert_string_equal(jval_string(jval_get(bad, "reason")), "too few columns");
    assert_string_equal(jval_string(jval_get(j, "order")), "time");
    import_report_text(&t->result.report, &text);
    assert_non_null(strstr(text.data, "CSV, interactions (comma-separated header: user, item,"));
    assert_non_null(strstr(text.data, "rated below 3: 1 interaction dropped"));
    assert_non_null(strstr(text.data, "bad rows skipped: 1\n"));
    assert_non_null(strstr(text.data, "x.csv line 5: bad"));
    jval_free(j);
    buf_release(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_test_setup, import_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bad_rows_are_listed_with_line_and_reason),
        TEST(one_percent_is_accepted),
        TEST(only_the_first_thousand_bad_rows_are_kept),
        TEST(second_sequences_of_a_user_are_bad_rows),
        TEST(items_and_semids_stand_once),
        TEST(a_long_line_is_one_bad_row),
        TEST(an_open_quote_costs_one_line),
        TEST(files_that_cannot_be_read_say_why),
        TEST(truncated_gzip_changes_nothing),
        TEST(items_that_match_nothing_are_refused),
        TEST(cancelled_imports_leave_nothing),
        TEST(options_that_need_a_column_say_so),
        TEST(filters_that_leave_nothing_are_an_error),
        TEST(sequences_equal_the_naive_ones),
        TEST(ratings_and_times_move_with_their_items),
        TEST(fingerprints_tell_ids_from_structure),
        TEST(ids_are_kept_as_text),
        TEST(the_report_reads_as_json_and_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
