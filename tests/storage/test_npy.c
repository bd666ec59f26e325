/* storage/files/npy: every version, order and size; refusals; hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "storage/files/npy.h"
#include "tests/draw.h"

enum { ROWS = 2, WIDTH = 3 };
static const float values[ROWS][WIDTH] = {{1, -2.5f, 0}, {65504, 0.125f, -0.0f}};
static const uint16_t halves[ROWS][WIDTH] = {{0x3c00, 0xc100, 0}, {0x7bff, 0x3000, 0x8000}};

/* Magic, version, length, header padded to a multiple of 64, as numpy.save writes it. */
static void put_header(struct buf *b, int major, const char *header)
{
    size_t before = 8 + (major == 1 ? 2 : 4), n = strlen(header) + 1;
    size_t length = (before + n + 63) / 64 * 64 - before;
    buf_add(b, "\x93NUMPY", 6);
    buf_addc(b, (char)major);
    buf_addc(b, 0);
    for (size_t i = 0; i < before - 8; i++)
        buf_addc(b, (char)(length >> 8 * i));
    buf_adds(b, header);
    for (size_t i = n; i < length; i++)
        buf_addc(b, ' ');
    buf_addc(b, '\n');
}

static void put_bytes(struct buf *b, const void *value, size_t size, bool big)
{
    const char *bytes = value; /* the tests run on little-endian machines */
    for (size_t i = 0; i < size; i++)
        buf_addc(b, bytes[big ? size - 1 - i : i]);
}

static void put_value(struct buf *b, int size, bool big, int row, int column)
{
    double wide = (double)values[row][column];
    if (size == 2)
        put_bytes(b, &halves[row][column], 2, big);
    else if (size == 4)
        put_bytes(b, &values[row][column], 4, big);
    else
        put_bytes(b, &wide, 8, big);
}

static void put_array(struct buf *b, int major, int size, bool big, bool fortran)
{
    char header[128];
    snprintf(header, sizeof header, "{'descr': '%cf%d', 'fortran_order': %s, 'shape': (2, 3), }",
             big ? '>' : '<', size, fortran ? "True" : "False");
    put_header(b, major, header);
    for (int i = 0; i < ROWS * WIDTH; i++)
        put_value(b, size, big, fortran ? i % ROWS : i / WIDTH, fortran ? i / ROWS : i % WIDTH);
}

static void every_kind_is_read(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3 * 3 * 4; kind++) {
        int major = kind % 3 + 1, size = 2 << kind / 3 % 3;
        bool big = kind / 9 & 1, fortran = kind / 18 & 1;
        struct buf b;
        struct npy x;
        struct error err = {0};
        buf_init(&b);
        buf_addc(&b, 'x'); /* the array need not be aligned */
        put_array(&b, major, size, big, fortran);
        if (!npy_parse(b.data + 1, b.len - 1, "a.npy", &x, &err))
            fail_msg("%s", err.text);
        assert_true(npy_is(b.data + 1, b.len - 1));
        assert_int_equal(x.rank, 2);
        assert_int_equal(x.count, 6);
        assert_int_equal(x.major, major);
        assert_true(x.shape[0] == ROWS && x.shape[1] == WIDTH);
        assert_true(x.size == size && x.big_endian == big && x.fortran == fortran);
        for (int r = 0; r < ROWS; r++) {
            float row[WIDTH];
            npy_row(&x, r, row);
            assert_memory_equal(row, values[r], sizeof row);
        }
        for (size_t n = 0; n < b.len - 1; n++) /* cut off anywhere */
            assert_false(npy_parse(b.data + 1, n, "a.npy", &x, NULL));
        buf_addc(&b, 0);
        assert_false(npy_parse(b.data + 1, b.len - 1, "a.npy", &x, &err));
        assert_non_null(strstr(err.text, "its shape needs"));
        buf_release(&b);
    }
}

/* What numpy.save of NumPy 1.24 writes for np.arange(2, dtype='f8').reshape(2, 1). */
static void a_file_of_numpy(void **state)
{
    (void)state;
    static const char file[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }"
        "                                                          \n"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f";
    struct npy x;
    float row[1];
    assert_int_equal(sizeof file - 1, 128 + 16);
    assert_true(npy_parse(file, sizeof file - 1, "a.npy", &x, NULL));
    npy_row(&x, 1, row);
    assert_true(row[0] == 1);
}

static void shapes_and_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        int32_t rank;
        int64_t count;
        const char *why; /* NULL: read */
    } cases[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 0, 1, NULL},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 1, 1, NULL},
        {"{\"shape\":(1L,1L),\"descr\":\"<f4\",\"fortran_order\":True}", 2, 1, NULL},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1)}", 8, 1, NULL},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", 0, 0,
         "more than 8 dimensions"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 0, 0, "impossible shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", 0, 0, "impossible shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 0, 0,
         "impossible shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0, 0,
         "impossible size"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807,)}", 0, 0,
         "impossible size"},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", 0, 0, "no memory order"},
        {"{'descr': '<f4', 'fortran_order': Falsch, 'shape': (1,)}", 0, 0, "no memory order"},
        {"{'descr': '<f4', 'shape': (1,)}", 0, 0, "not whole"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,), 'shape': (1,)}", 0, 0, "a key"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1,)} x", 0, 0, "not whole"},
        {"{'descr': '<f4', 'extra': 1, 'fortran_order': True, 'shape': (1,)}", 0, 0, "a key"},
        {"['descr']", 0, 0, "no Python dictionary"},
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (1,)}", 0, 0, "whole numbers (<i4)"},
        {"{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", 0, 0, "truth values"},
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", 0, 0, "complex numbers"},
        {"{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", 0, 0, "text (<U1)"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 0, 0, "Python objects"},
        {"{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1,)}", 0, 0, "times"},
        {"{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}", 0, 0, "unusual size"},
        {"{'descr': '', 'fortran_order': False, 'shape': (1,)}", 0, 0, "not read"},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 0, 0, "records"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf b;
        struct npy x;
        struct error err = {0};
        buf_init(&b);
        put_header(&b, 1, cases[i].header);
        buf_add(&b, "\0\0\x80\x3f", 4);
        bool ok = npy_parse(b.data, b.len, "some.npy", &x, &err);
        if (ok != !cases[i].why || (!ok && !strstr(err.text, cases[i].why)))
            fail_msg("%s: %s", cases[i].header, ok ? "was read" : err.text);
        if (ok)
            assert_true(x.rank == cases[i].rank && x.count == cases[i].count);
        else
            assert_non_null(strstr(err.text, "some.npy"));
        buf_release(&b);
    }
}

static void other_files_are_refused(void **state)
{
    (void)state;
    struct npy x;
    struct error err = {0};
    assert_false(npy_parse("", 0, "a", &x, &err));
    assert_non_null(strstr(err.text, "no .npy file"));
    assert_false(npy_parse("\x93NUMPY\4\0\0\0\0\0", 12, "a", &x, &err));
    assert_non_null(strstr(err.text, "version 4"));
    assert_false(npy_parse("\x93NUMPY\2\0\xff\xff\xff\xff", 12, "a", &x, &err));
    assert_non_null(strstr(err.text, "cut off"));
}

/* Bytes changed, taken out and put in; each input lies in memory of its own size, so that the
 * sanitizers see a read beyond it. What is read must lie within, and a refusal has its reason. */
static void hostile_bytes(void **state)
{
    (void)state;
    static const char *const tokens[] = {"'", "\"", "(",    ")",  ",",  "{",
                                         "}", ":",  "[",    "\\", "\n", "99999999999",
                                         "0", "-",  "True", "L",  "\0", "\xff"};
    int64_t read = 0;
    for (int round = 0; round < 30000; round++) {
        struct buf b;
        buf_init(&b);
        int n_axes = (int)draw(3) + 1, bytes_each = 2 << draw(3);
        bool first = draw(2), second = draw(2);
        put_array(&b, n_axes, bytes_each, first, second);
        for (size_t n = draw(4); n > 0; n--) {
            size_t at = draw(b.len), far = draw(4) ? 90 : b.len;
            at = at % far < b.len ? at % far : at;
            const char *token = tokens[draw(ARRAY_LEN(tokens))];
            if (draw(3) == 0)
                b.data[at] = (char)draw(256);
            else if (draw(2))
                memcpy(b.data + at, token, strlen(token) < b.len - at ? strlen(token) : b.len - at);
            else
                buf_truncate(&b, at + 1);
        }
        char *bytes = mem_alloc(b.len);
        memcpy(bytes, b.data, b.len);
        struct npy x;
        struct error err = {0};
        if (npy_parse(bytes, b.len, "fuzz", &x, &err)) {
            const unsigned char *end = (const unsigned char *)bytes + b.len;
            assert_ptr_equal(x.data + x.count * x.size, end);
            for (int64_t r = 0; x.rank == 2 && r < x.shape[0]; r++) {
                float *row = mem_zalloc((size_t)x.shape[1] + 1, sizeof *row);
                npy_row(&x, r, row);
                free(row);
            }
            read++;
        } else {
            assert_true(err.code != ERROR_NONE && err.text[0]);
        }
        free(bytes);
        buf_release(&b);
    }
    assert_in_range(read, 3000, 27000); /* both ways were taken */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),   cmocka_unit_test(a_file_of_numpy),
        cmocka_unit_test(shapes_and_spellings), cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(hostile_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
