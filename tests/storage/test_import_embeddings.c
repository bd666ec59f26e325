/* storage/import: item embeddings find their items, or are refused with what to do. */
#include "tests/storage/import_fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/files/tensors.h"
#include "storage/import/embeddings.h"

/* A .npy of float32 [rows, 2] beside the files that are read; row r is (r + 1, -r) but row `hole`
 * (-1: none) is (value, value). */
static const char *npy_file(struct import_test *t, const char *name, int rows, int hole,
                            float value)
{
    static char kept[256];
    char header[118];
    int n = snprintf(header, sizeof header,
                     "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2), }", rows);
    struct buf b;
    buf_init(&b);
    buf_add(&b, "\x93NUMPY\1\0\x76\0", 10);
    buf_add(&b, header, (size_t)n);
    for (; n < 117; n++)
        buf_addc(&b, ' ');
    buf_addc(&b, '\n');
    for (int r = 0; r < rows; r++) {
        float row[2] = {(float)r + 1, (float)-r};
        if (r == hole)
            row[0] = row[1] = value;
        buf_add(&b, (char *)row, sizeof row);
    }
    snprintf(kept, sizeof kept, "%s", test_file_n(t, name, b.data, b.len));
    free(t->path[--t->n_paths]);
    buf_release(&b);
    return kept;
}

/* "a=1/0; b=0/0" */
static const char *vectors(struct import_test *t)
{
    const struct import_result *r = &t->result;
    buf_clear(&t->text);
    for (int32_t i = 0; i < r->n_items; i++) {
        buf_addf(&t->text, "%s%s=", i ? "; " : "", strtab_get(&r->item_id, i));
        for (int32_t j = 0; j < r->embedding_width; j++)
            buf_addf(&t->text, "%s%g", j ? "/" : "",
                     (double)r->embedding[i * r->embedding_width + j]);
    }
    return t->text.data;
}

static const struct import_file *last_file(const struct import_test *t)
{
    return &t->result.report.files[t->result.report.n_files - 1];
}

static void assert_reason(const struct import_test *t, const char *part)
{
    if (!strstr(last_file(t)->reason, part))
        fail_msg("\"%s\" is not in \"%s\"", part, last_file(t)->reason);
}

static void numbers_that_fit_the_rows(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 2 1\n2 3 2\n"); /* items 1, 2, 3 */
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=2/-1; 1=1/0; 3=3/-2");
    assert_reason(t, "3 x 2, float32, little-endian, C order; row + 1 = item id");
    assert_int_equal(last_file(t)->role, IMPORT_EMBEDDINGS);
    assert_int_equal(last_file(t)->rows, 3);
    t->options.embeddings = npy_file(t, "e.npy", 4, 0, 0); /* row 0 is padding */
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=3/-2; 1=2/-1; 3=4/-3");
    assert_reason(t, "so row 0 is padding");
    assert_int_equal(t->result.report.embeddings_without_items, 0);
    t->options.embeddings = npy_file(t, "e.npy", 5, -1, 0);
    test_import_fails(t, ERROR_INPUT, "which of its 5 rows is which item cannot be told");
    t->options.has_id_offset = true; /* row + 0 = id */
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=3/-2; 1=2/-1; 3=4/-3");
    assert_reason(t, "--id-offset");
    assert_int_equal(t->result.report.embeddings_without_items, 2);
    t->options.has_id_offset = false;
    test_forget_files(t);
    test_file(t, "a.txt", "1 2 1\n2 0 2\n"); /* items 0, 1, 2 */
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=3/-2; 1=2/-1; 0=1/0");
    t->options.embeddings = npy_file(t, "e.npy", 4, 0, 0);
    test_import_fails(t, ERROR_INPUT, "ids are numbers from 0 to 2");
}

static void items_that_filters_drop_have_no_row(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 1 2 3\n2 3 2\n3 2 3\n"); /* 1 occurs once */
    t->options.k_core = 2;
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=2/-1; 3=3/-2");
    assert_int_equal(t->result.report.embeddings_without_items, 1);
    assert_int_equal(t->result.report.items_without_embedding, 0);
}

static void rows_by_a_list_of_ids(void **state)
{
    struct import_test *t = *state;
    char spec[600], npy[256];
    test_file(t, "user_sequence.txt", "u b a\nv c b\n");
    snprintf(npy, sizeof npy, "%s", npy_file(t, "e.npy", 3, -1, 0));
    const char *const lists[] = {"a\nb\nx\n", "a\r\nb\r\nx", "[\"a\", \"b\",\n \"x\"]"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", lists[i]));
        t->options.embeddings = spec;
        test_import_ok(t);
        assert_string_equal(vectors(t), "b=2/-1; a=1/0; c=0/0");
        assert_reason(t, "rows by the item ids of ");
        assert_int_equal(t->result.report.items_without_embedding, 1);
        assert_int_equal(t->result.report.embeddings_without_items, 1);
        assert_true(test_has_note(t, "such as \"c\", get zeros"));
    }
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "a\nb\n"));
    test_import_fails(t, ERROR_INPUT, "holds 2 item ids, but the matrix of");
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "a\n\nb\n"));
    test_import_fails(t, ERROR_INPUT, "ids line 2: one item id a line");
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "[\"a\", 1.5, \"b\"]"));
    test_import_fails(t, ERROR_INPUT, "element 2 of the list is no item id");
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "[\"a\", "));
    test_import_fails(t, ERROR_INPUT, "ids: ");
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "x\ny\nz\n"));
    test_import_fails(t, ERROR_INPUT, "none of its 3 rows (such as \"x\") is of an item");
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "a\nb\na\n"));
    test_import_fails(t, ERROR_INPUT, "1 of 3 rows are malformed");
    t->options.allow_bad = true; /* the first row of "a" stays */
    test_import_ok(t);
    assert_string_equal(vectors(t), "b=2/-1; a=1/0; c=0/0");
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_DUPLICATE_ITEM], 1);
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "0\n1\n2\n"));
    test_forget_files(t);
    test_file(t, "a.txt", "1 3 1\n2 2\n"); /* dense sets that differ by one are shifted */
    test_import_ok(t);
    assert_string_equal(vectors(t), "3=3/-2; 1=1/0; 2=2/-1");
    assert_true(test_has_note(t, "interactions and the embeddings number the items"));
    t->options.embeddings_by_order = true;
    test_import_fails(t, ERROR_USAGE, "comes with item ids");
}

static void rows_in_the_order_of_the_item_file(void **state)
{
    struct import_test *t = *state;
    test_file(t, "user_sequence.txt", "u b a\nv b\n");
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    test_import_fails(t, ERROR_INPUT, "ids are no numbers (such as \"b\")");
    t->options.items = test_side_file(t, "items.txt", "x nobody's\na one\nb two\n");
    test_import_ok(t); /* the item that nobody has counts, too */
    assert_string_equal(vectors(t), "b=3/-2; a=2/-1");
    assert_reason(t, "rows in the order of the item file");
    assert_int_equal(t->result.report.text_without_items, 1);
    t->options.embeddings = npy_file(t, "e.npy", 2, -1, 0);
    test_import_fails(t, ERROR_INPUT, "the item file names 3 items");
    t->options.embeddings_by_order = true;
    test_import_ok(t);
    assert_string_equal(vectors(t), "b=1/0; a=2/-1");
    assert_reason(t, "--embeddings-by order");
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    test_import_fails(t, ERROR_INPUT, "has 3 rows, but 2 items occur");
    t->options.embeddings = NULL;
    test_import_fails(t, ERROR_USAGE, "--embeddings-by needs --embeddings FILE");
}

static void two_readings_that_differ_are_refused(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 2 1\n2 3 2\n");
    t->options.embeddings = npy_file(t, "e.npy", 3, -1, 0);
    t->options.items = test_side_file(t, "items.txt", "1 one\n2 two\n3 three\n");
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=2/-1; 1=1/0; 3=3/-2");
    t->options.items = test_side_file(t, "items.txt", "3 three\n2 two\n1 one\n");
    test_import_fails(t, ERROR_INPUT, "which are not the same");
}

static void numbers_that_make_no_sense(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 2 1\n2 3 2\n");
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->options.embeddings = npy_file(t, "e.npy", 3, 1, bad[i]);
        test_import_fails(t, ERROR_INPUT, "the first is row 1, column 0");
        assert_non_null(strstr(t->err.text, "infinity (as 4-byte real numbers): 1;"));
        assert_non_null(strstr(t->err.text, "item \"2\""));
    }
    t->options.embeddings = npy_file(t, "e.npy", 4, 0, NAN); /* no item has the padding */
    test_import_ok(t);
    t->options.embeddings = npy_file(t, "e.npy", 3, 1, 0);
    test_import_ok(t);
    assert_int_equal(t->result.report.embeddings_of_zeros, 1);
    t->options.embeddings = npy_file(t, "e.npy", 0, -1, 0);
    test_import_fails(t, ERROR_INPUT, "a matrix of 0 rows");
    test_forget_files(t);
    test_file(t, "a.txt", "1 1\n");
    t->options.embeddings = npy_file(t, "e.npy", 1, 0, 0);
    test_import_fails(t, ERROR_INPUT, "every row of an item is zeros");
}

static const char *tensor_file(struct import_test *t, const struct tensor *list, size_t n)
{
    static char kept[256];
    snprintf(kept, sizeof kept, "%s/e.safetensors", t->dir);
    struct error err = {0};
    if (!tensors_write(kept, list, n, NULL, &err))
        fail_msg("%s", err.text);
    return kept;
}

static void safetensors_of_every_size(void **state)
{
    struct import_test *t = *state;
    static const uint16_t f16[] = {0x3c00, 0, 0x4000, 0xbc00, 0x4200, 0xc000};
    static const uint16_t bf16[] = {0x3f80, 0, 0x4000, 0xbf80, 0x4040, 0xc000};
    static const float f32[] = {1, 0, 2, -1, 3, -2};
    static const double f64[] = {1, 0, 2, -1, 3, -2};
    static const int64_t ids[] = {2, 1, 3};
    struct tensor list[] = {
        {"emb", TENSOR_F16, 2, {3, 2}, 0, f16, 0}, {"emb", TENSOR_BF16, 2, {3, 2}, 0, bf16, 0},
        {"emb", TENSOR_F32, 2, {3, 2}, 0, f32, 0}, {"emb", TENSOR_F64, 2, {3, 2}, 0, f64, 0},
        {"ids", TENSOR_I64, 1, {3}, 0, ids, 0},
    };
    test_file(t, "a.txt", "1 2 1\n2 3 2\n");
    for (size_t i = 0; i < 4; i++) {
        t->options.embeddings = tensor_file(t, &list[i], 1);
        test_import_ok(t);
        assert_string_equal(vectors(t), "2=2/-1; 1=1/0; 3=3/-2");
        assert_reason(t, "tensor emb");
        assert_string_equal(last_file(t)->format, "safetensors");
    }
    t->options.embeddings = tensor_file(t, &list[3], 2); /* with the tensor of ids */
    test_import_ok(t);
    assert_string_equal(vectors(t), "2=1/0; 1=2/-1; 3=3/-2");
    struct tensor two[] = {list[2], list[3]};
    two[1].name = "other";
    t->options.embeddings = tensor_file(t, two, 2);
    test_import_fails(t, ERROR_INPUT, "holds 2 matrices of real numbers (emb F32 [3, 2]; other");
    t->options.embeddings = tensor_file(t, &list[4], 1);
    test_import_fails(t, ERROR_INPUT, "holds 0 matrices");
}

static void other_files_are_refused(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 2 1\n2 3 2\n");
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"PK\3\4 and so on", "a ZIP archive"},
        {"PK\3\4...x/data.pkl", "\npython3 -c \"import numpy, sys, torch; "},
        {"\x80\4K\1.", "a Python pickle"},
        {"\x1f\x8b\10 packed", "compressed with gzip"},
        {"1 2 3\n", "neither a .npy nor a .safetensors file"},
        {"", "neither a .npy nor a .safetensors file"},
        {"\x93NUMPY\1", "cut off"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        t->options.embeddings = test_side_file(t, "e", cases[i].text);
        test_import_fails(t, ERROR_INPUT, cases[i].part);
    }
    t->options.embeddings = "/nowhere/at/all.npy";
    test_import_fails(t, ERROR_IO, "/nowhere/at/all.npy");
    t->options.embeddings = "-";
    test_import_fails(t, ERROR_USAGE, "not standard input");
}

static void the_report_names_every_count(void **state)
{
    struct import_test *t = *state;
    char spec[600], npy[256];
    test_file(t, "user_sequence.txt", "u b a\nv c b\n");
    snprintf(npy, sizeof npy, "%s", npy_file(t, "e.npy", 4, 1, 0));
    snprintf(spec, sizeof spec, "%s,%s", npy, test_side_file(t, "ids", "a\nb\nx\ny\n"));
    t->options.embeddings = spec;
    test_import_ok(t);
    buf_clear(&t->text);
    import_report_text(&t->result.report, &t->text);
    assert_non_null(strstr(t->text.data, "items without embedding: 1\n"));
    assert_non_null(strstr(t->text.data, "items whose embedding is zeros: 1, as good as none"));
    assert_non_null(strstr(t->text.data, "embeddings of items without interactions, not used: 2"));
    struct jval *o = import_report_json(&t->result.report);
    assert_int_equal(jval_int(jval_get(o, "embedding_width"), -1), 2);
    assert_int_equal(jval_int(jval_get(o, "embeddings_without_items"), -1), 2);
    jval_free(o);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_test_setup, import_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_that_fit_the_rows),
        TEST(items_that_filters_drop_have_no_row),
        TEST(rows_by_a_list_of_ids),
        TEST(rows_in_the_order_of_the_item_file),
        TEST(two_readings_that_differ_are_refused),
        TEST(numbers_that_make_no_sense),
        TEST(safetensors_of_every_size),
        TEST(other_files_are_refused),
        TEST(the_report_names_every_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
