/* storage/import: files that are already split, as rows of interactions and as rows of a history
 * and its next item. */
#include "tests/draw.h"
#include "tests/storage/import_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"

#define LIST_HEADER "user_id:token\titem_id_list:token_seq\titem_id:token\n"

/* The sequences with their cuts: "u: a b | c | d" */
static const char *parts(struct import_test *t)
{
    const struct import_result *r = &t->result;
    buf_clear(&t->text);
    for (int32_t u = 0; u < r->n_users; u++) {
        buf_addf(&t->text, "%s%s:", u ? "; " : "", strtab_get(&r->user_id, u));
        int32_t n = (int32_t)(r->offset[u + 1] - r->offset[u]);
        for (int32_t i = 0; i <= n; i++) {
            if (r->train_end && r->train_end[u] == i)
                buf_adds(&t->text, " |");
            if (r->valid_end && r->valid_end[u] == i)
                buf_adds(&t->text, " |");
            if (i < n)
                buf_addf(&t->text, " %s", strtab_get(&r->item_id, r->item[r->offset[u] + i]));
        }
    }
    return t->text.data;
}

static void recbole_interactions_by_part(void **state)
{
    struct import_test *t = *state;
    static const char header[] = "user_id:token\titem_id:token\ttimestamp:float\n";
    char text[256];
    snprintf(text, sizeof text, "%su\td\t4\nv\tc\t9\n", header);
    test_file(t, "x.test.inter", text);
    snprintf(text, sizeof text, "%su\tb\t2\nu\ta\t1\nv\ta\t1\n", header);
    test_file(t, "x.train.inter", text);
    snprintf(text, sizeof text, "%su\tc\t3\n", header);
    test_file(t, "x.valid.inter", text);
    test_import_ok(t);
    assert_string_equal(t->result.split, "given");
    assert_string_equal(parts(t), "u: a b | c | d; v: a | | c");
    t->options.split = "given";
    test_import_ok(t);
    t->options.split = "leave-one-out";
    test_import_ok(t);
    assert_string_equal(parts(t), "u: a b c d; v: a c");
    assert_null(t->result.train_end);
    assert_true(test_has_note(t, "own split is not used"));
    t->options.split = "temporal";
    test_import_ok(t);
    assert_null(t->result.train_end);
}

static void a_split_across_time_is_refused(void **state)
{
    struct import_test *t = *state;
    test_file(t, "train.csv", "user,item,time\nu,a,1\nu,c,3\nv,a,1\n");
    test_file(t, "test.csv", "user,item,time\nu,b,2\nv,b,1\n");
    test_import_fails(t, ERROR_INPUT, "1 of 2 users (the first: u)");
    t->options.order = IMPORT_ORDER_FILE;
    test_import_ok(t);
    assert_string_equal(parts(t), "u: a c | | b; v: a | | b"); /* a tie keeps the parts' order */
    t->options.order = IMPORT_ORDER_AUTO;
    t->options.split = "leave-one-out";
    test_import_ok(t);
    assert_string_equal(parts(t), "u: a b c; v: a b");
}

static void filters_keep_the_cuts(void **state)
{
    struct import_test *t = *state;
    test_file(t, "train.csv", "user,item,rating\nv,z,5\nu,a,5\nu,b,1\nu,a,5\nu,c,5\n");
    test_file(t, "val.csv", "user,item,rating\nu,a,5\nu,z,5\n");
    test_file(t, "test.csv", "user,item,rating\nu,c,2\nu,a,5\n");
    test_import_ok(t);
    assert_string_equal(parts(t), "v: z | |; u: a b a c | a z | c a");
    t->options.has_min_rating = true;
    t->options.min_rating = 2;
    test_import_ok(t);
    assert_string_equal(parts(t), "v: z | |; u: a a c | a z | c a");
    t->options.k_core = 2; /* v goes, then z */
    test_import_ok(t);
    assert_string_equal(parts(t), "u: a a c | a | c a");
    t->options.max_length = 4;
    test_import_ok(t);
    assert_string_equal(parts(t), "u: c | a | c a");
    t->options.max_length = 1;
    test_import_ok(t);
    assert_string_equal(parts(t), "u: | | a");
}

static void parts_by_name_and_folder(void **state)
{
    struct import_test *t = *state;
    static const char *const folders[] = {"train", "valid", "test"};
    char name[64], text[64];
    for (int i = 0; i < 3; i++) {
        char *dir = path_join(t->dir, folders[i]);
        assert_int_equal(mkdir(dir, 0700), 0);
        free(dir);
        snprintf(name, sizeof name, "%s/Office.csv", folders[i]);
        snprintf(text, sizeof text, "user,item\nu,%d\n", i);
        test_file(t, name, text);
    }
    test_import_ok(t);
    assert_string_equal(parts(t), "u: 0 | 1 | 2");
    test_file(t, "other.csv", "user,item\nu,9\n");
    test_import_fails(t, ERROR_INPUT, "none of the parts");
    test_forget_files(t);
    test_file(t, "other.csv", "user,item\nu,9\nu,8\n");
    test_import_ok(t);
    assert_string_equal(t->result.split, "leave-one-out");
    t->options.split = "given";
    test_import_fails(t, ERROR_INPUT, "name the files of the split");
    t->options.split = NULL;
    test_forget_files(t);
    test_file(t, "x.valid.inter", "user_id:token\titem_id:token\nu\ta\n");
    test_import_ok(t); /* one part alone is a file like others */
    test_file(t, "x.test.inter", "user_id:token\titem_id:token\nu\tb\n");
    test_import_fails(t, ERROR_INPUT, "whose training part is missing");
}

static void recbole_lists(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.train.inter",
              LIST_HEADER "u\ta\tb\nu\ta b\tc\nv\ta d\te\nv\ta\td\nw\tb\ta\ny\t\tb\n");
    test_file(t, "x.valid.inter", LIST_HEADER "u\ta b c\td\nv\ta d e\tb\n");
    test_file(t, "x.test.inter", LIST_HEADER "u\ta b c d\te\nu\ta b c d e\ta\nz\tc\ta\n");
    test_import_ok(t);
    assert_string_equal(parts(t),
                        "u: a b c | d | e a; v: a d e | b |; w: b a | |; y: b | |; z: c | | a");
    assert_string_equal(t->result.report.files[0].format, "RecBole benchmark .inter");
    assert_true(test_has_note(t, "1 row repeats what"));
    assert_int_equal(t->result.report.interactions_read, 15);
    /* alone, a file of lists is sequences without a split */
    while (t->n_paths > 1)
        free(t->path[--t->n_paths]);
    test_import_ok(t);
    assert_string_equal(t->result.split, "leave-one-out");
    assert_string_equal(parts(t), "u: a b c; v: a d e; w: b a; y: b");
}

static void what_is_no_sequence_is_refused(void **state)
{
    static const struct {
        const char *train, *valid, *test;
        enum import_bad_reason reason;
    } wrong[] = {
        /* the test history leaves out the validation item */
        {"u\ta\tb\n", "u\ta b\tc\n", "u\ta b\td\n", IMPORT_BAD_PREFIX},
        /* another order */
        {"u\ta b\tc\n", "u\tb a c\td\n", "", IMPORT_BAD_PREFIX},
        /* a held-out case inside the training sequence */
        {"u\ta b c\td\n", "", "u\ta b\tc\n", IMPORT_BAD_PREFIX},
        /* items that were never trained on */
        {"u\ta\tb\n", "", "v\ta b\tc\n", IMPORT_BAD_UNSEEN},
        {"u\ta\tb\n", "", "u\ta b c\td\n", IMPORT_BAD_UNSEEN},
    };
    struct import_test *t = *state;
    char text[256];
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        test_forget_files(t);
        snprintf(text, sizeof text, LIST_HEADER "%s", wrong[i].train);
        test_file(t, "x.train.inter", text);
        const char *held[] = {wrong[i].valid, wrong[i].test};
        static const char *const names[] = {"x.valid.inter", "x.test.inter"};
        for (int p = 0; p < 2; p++)
            if (held[p][0]) {
                snprintf(text, sizeof text, LIST_HEADER "%s", held[p]);
                test_file(t, names[p], text);
            }
        test_import_fails(t, ERROR_INPUT, import_bad_reason_text(wrong[i].reason));
    }
}

static void minionerec(void **state)
{
    struct import_test *t = *state;
    static const char header[] = ",user_id,history_item_title,item_title,history_item_id,item_id,"
                                 "history_item_sid,item_sid\n";
    char *dirs[] = {path_join(t->dir, "train"), path_join(t->dir, "test")};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mkdir(dirs[i], 0700), 0);
        free(dirs[i]);
    }
    char text[1024];
    snprintf(text, sizeof text,
             "%s0,A1,\"['It\\'s \"\"x\"\", 2']\",Pen,[0],1,\"['<a_1><b_2>']\",<a_3><b_4>\n"
             "1,A1,\"['t', \"\"u's\"\"]\",Ink,\"[0, 1]\",2,\"['<a_1>']\",<a_3>\n"
             "2,A2,['t'],Ink,['2'],0,\"['<a_1>']\",<a_3>\n",
             header);
    test_file(t, "train/Office_5_2016.csv", text);
    snprintf(text, sizeof text, "%s0,A1,\"['a', 'b']\",Cap,\"[1, 2]\",3,[],x\n", header);
    test_file(t, "test/Office_5_2016.csv", text);
    t->options.semids = test_side_file(t, "Office.txt",
                                       "<a_1><b_2>\tIt's\t0\n<a_3><b_4>\tPen\t1\n"
                                       "<a_5><b_6>\tInk\t2\n<a_7><b_8>\tCap\t3\n");
    test_import_ok(t);
    assert_string_equal(parts(t), "A1: 0 1 2 | | 3; A2: 2 0 | |");
    assert_string_equal(test_semids(t), "0=1.2; 1=3.4; 2=5.6; 3=7.8");
    assert_string_equal(t->result.report.files[0].format, "MiniOneRec CSV");
    t->options.semids = NULL;
    test_forget_files(t);
    snprintf(text, sizeof text,
             "%s0,A1,x,y,[0],1,x,y\n1,A1,x,y,[0,2,x,y\n2,A1,x,y,0,2,x,y\n3,A1,x,y,\"[0, [1]]\",2,x,"
             "y\n4,A1,x,y,\"[0, 1]\",2,x,y\n",
             header);
    test_file(t, "cells.csv", text);
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(parts(t), "A1: 0 1 2");
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_JSON], 3);
}

/* ---- drawn sequences and cuts, written in every way, are what comes back ---- */

enum { USERS = 6, LONGEST = 12 };

struct drawn {
    int n[USERS], end[USERS][2], item[USERS][LONGEST];
};

static void draw_all(struct drawn *d)
{
    for (int u = 0; u < USERS; u++) {
        d->n[u] = 2 + draw(LONGEST - 1);
        d->end[u][0] = 2 + draw(d->n[u] - 1);
        d->end[u][1] = d->end[u][0] + draw(d->n[u] - d->end[u][0] + 1);
        for (int i = 0; i < d->n[u]; i++)
            d->item[u][i] = draw(5);
    }
}

static const char *expected(const struct drawn *d, struct buf *out)
{
    buf_clear(out);
    for (int u = 0; u < USERS; u++) {
        buf_addf(out, "%s%d:", u ? "; " : "", u);
        for (int i = 0; i <= d->n[u]; i++) {
            buf_adds(out, i == d->end[u][0] ? " |" : "");
            buf_adds(out, i == d->end[u][1] ? " |" : "");
            if (i < d->n[u])
                buf_addf(out, " %d", d->item[u][i]);
        }
    }
    return out->data;
}

/* The rows of one part; `cut`: histories of at most so many items. `whole`: of the training part
 * only its last row. */
static void write_part(const struct drawn *d, int part, int cut, bool whole, struct buf *out)
{
    buf_clear(out);
    buf_adds(out, LIST_HEADER);
    for (int u = 0; u < USERS; u++) {
        int from = part == 0 ? 1 : d->end[u][part - 1], to = part == 2 ? d->n[u] : d->end[u][part];
        for (int k = whole && part == 0 ? to - 1 : from; k < to; k++) {
            buf_addf(out, "%d\t", u);
            for (int i = k > cut ? k - cut : 0; i < k; i++)
                buf_addf(out, "%d%s", d->item[u][i], i + 1 < k ? " " : "");
            buf_addf(out, "\t%d\n", d->item[u][k]);
        }
    }
}

static void drawn_splits_come_back(void **state)
{
    struct import_test *t = *state;
    static const char *const names[] = {"x.train.inter", "x.valid.inter", "x.test.inter"};
    struct drawn d;
    struct buf text, want;
    buf_init(&text);
    buf_init(&want);
    for (int round = 0; round < 60; round++) {
        draw_all(&d);
        bool whole = round % 3 == 1;
        test_forget_files(t);
        for (int part = 0; part < 3; part++) {
            write_part(&d, part, round % 3 == 2 ? 3 : LONGEST, whole, &text);
            if (text.len > strlen(LIST_HEADER))
                test_file(t, names[part], text.data);
        }
        if (t->n_paths < 2)
            continue;
        test_import_ok(t);
        assert_string_equal(parts(t), expected(&d, &want));
    }
    buf_release(&text);
    buf_release(&want);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_test_setup, import_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(recbole_interactions_by_part),
        TEST(a_split_across_time_is_refused),
        TEST(filters_keep_the_cuts),
        TEST(parts_by_name_and_folder),
        TEST(recbole_lists),
        TEST(what_is_no_sequence_is_refused),
        TEST(minionerec),
        TEST(drawn_splits_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
