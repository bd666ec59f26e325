/* storage/files/tensors: round trips, damage, hostile headers, files of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <signal.h>

#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

static char dir[] = "/tmp/rote-tensors-XXXXXX";
static char *path;

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    path = path_join(dir, "t.safetensors");
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    free(path);
    return dir_remove(dir, NULL) ? 0 : -1;
}

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

/* Three tensors, larger than a block, whose sizes are no multiples of 8; pieces out of order. */
enum { N = 700001 };

static void write_sample(struct error *err)
{
    unlink(path);
    struct tensors_writer *w = tensors_writer_new();
    int bytes = tensors_writer_declare(w, "bytes", TENSOR_U8, 1, (int64_t[]){3});
    int ints = tensors_writer_declare(w, "ints", TENSOR_I32, 2, (int64_t[]){N, 1});
    int longs = tensors_writer_declare(w, "longs", TENSOR_I64, 1, (int64_t[]){N});
    tensors_writer_declare(w, "empty", TENSOR_F32, 2, (int64_t[]){0, 7});
    tensors_writer_meta(w, "kind", "sample \"quoted\"");
    tensors_writer_meta(w, "n", "700001");
    assert_ok(tensors_writer_begin(w, path, err), err);
    int32_t *i32 = mem_alloc(N * sizeof *i32);
    int64_t *i64 = mem_alloc(N * sizeof *i64);
    for (int i = 0; i < N; i++) {
        i32[i] = 7 * i;
        i64[i] = (int64_t)i * 1000000007;
    }
    assert_ok(tensors_writer_put(w, bytes, "ab", 2, err), err);
    for (int from = 0; from < N; from += 99999) {
        size_t n = N - from < 99999 ? (size_t)(N - from) : 99999;
        assert_ok(tensors_writer_put(w, longs, i64 + from, n * 8, err), err);
        assert_ok(tensors_writer_put(w, ints, i32 + from, n * 4, err), err);
    }
    assert_false(tensors_writer_commit(w, NULL)); /* a byte is missing */
    assert_ok(tensors_writer_put(w, bytes, "c", 1, err), err);
    assert_false(tensors_writer_put(w, bytes, "d", 1, NULL));
    assert_false(file_exists(path));
    assert_ok(tensors_writer_commit(w, err), err);
    tensors_writer_free(w);
    free(i32);
    free(i64);
}

static void arrays_come_back(void **state)
{
    (void)state;
    struct error err = {0};
    write_sample(&err);
    struct tensors *t = tensors_open(path, &err);
    assert_ok(t != NULL, &err);
    assert_true(tensors_is_ours(t));
    assert_int_equal(tensors_count(t), 4);
    assert_string_equal(tensors_at(t, 0)->name, "bytes");
    assert_string_equal(tensors_meta(t, "kind"), "sample \"quoted\"");
    assert_string_equal(tensors_meta(t, "n"), "700001");
    assert_null(tensors_meta(t, "other"));
    const int32_t *i32 = tensors_array(t, "ints", TENSOR_I32, N, &err);
    const int64_t *i64 = tensors_array(t, "longs", TENSOR_I64, -1, &err);
    assert_ok(i32 && i64, &err);
    for (int i = 0; i < N; i++)
        assert_true(i32[i] == 7 * i && i64[i] == (int64_t)i * 1000000007);
    assert_int_equal(tensors_find(t, "ints")->rank, 2);
    assert_int_equal(tensors_find(t, "empty")->count, 0);
    assert_memory_equal(tensors_array(t, "bytes", TENSOR_U8, 3, NULL), "abc", 3);
    assert_null(tensors_array(t, "ints", TENSOR_U32, N, &err));
    assert_non_null(strstr(err.text, "ints is I32"));
    assert_null(tensors_array(t, "ints", TENSOR_I32, N - 1, &err));
    assert_null(tensors_array(t, "none", TENSOR_I32, -1, &err));
    assert_ok(tensors_verify(t, NULL, &err), &err);
    tensors_close(t);
}

static void flip(const char *file, long at, int mask)
{
    FILE *f = fopen(file, "r+b");
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    int c = fgetc(f);
    fseek(f, -1, SEEK_CUR);
    fputc(c ^ mask, f);
    fclose(f);
}

static long size_of(const char *file)
{
    FILE *f = fopen(file, "rb");
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    fclose(f);
    return n;
}

static void every_kind_of_damage_is_noticed(void **state)
{
    (void)state;
    struct error err = {0};
    write_sample(&err);
    long size = size_of(path);
    uint64_t length;
    FILE *f = fopen(path, "rb");
    assert_int_equal(fread(&length, 8, 1, f), 1);
    fclose(f);
    long data = (long)length + 8;
    for (long at = 0; at < data; at += 5) { /* the length and the header: opening refuses */
        flip(path, at, 1);
        struct tensors *t = tensors_open(path, &err);
        if (t)
            fail_msg("a changed header byte at %ld was not noticed", at);
        flip(path, at, 1);
    }
    /* the data: opening does not look, verifying names the tensor */
    const long places[] = {data, data + 8L * N - 1, data + 8L * N, size - 1};
    const char *names[] = {"longs", "longs", "ints", "bytes"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        flip(path, places[i], 16);
        struct tensors *t = tensors_open(path, &err);
        assert_ok(t != NULL, &err);
        assert_false(tensors_verify(t, NULL, &err));
        assert_non_null(strstr(err.text, names[i]));
        tensors_close(t);
        flip(path, places[i], 16);
    }
    assert_int_equal(truncate(path, size - 1), 0);
    assert_null(tensors_open(path, &err));
    assert_non_null(strstr(err.text, path));
    f = fopen(path, "ab");
    fputs("ccc", f); /* longer than it should be */
    fclose(f);
    assert_null(tensors_open(path, &err));
}

/* A file with this header and `data` bytes of zeros. */
static void write_raw(const char *header, uint64_t length, size_t data)
{
    FILE *f = fopen(path, "wb");
    fwrite(&length, 8, 1, f);
    fputs(header, f);
    for (size_t i = 0; i < data; i++)
        fputc(0, f);
    fclose(f);
}

static void hostile_headers_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"a\":1}",
        "{\"a\":{}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,2],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551615]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"X9\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}",
    };
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct error){0};
        write_raw(bad[i], strlen(bad[i]), 8);
        if (tensors_open(path, &err))
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(strstr(err.text, path));
    }
    const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 7, 1 << 20, 3, 0};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        write_raw("{}", lengths[i], 0);
        assert_null(tensors_open(path, &err));
    }
    assert_true(file_write(path, "1234567", 7, NULL));
    assert_null(tensors_open(path, &err));
    assert_true(file_write(path, "", 0, NULL));
    assert_null(tensors_open(path, &err));
}

/* A file of others with random bytes changed: refused, or all of its data can be read. */
static void changed_headers_never_lead_outside(void **state)
{
    (void)state;
    const char *header = "{\"w\":{\"dtype\":\"F16\",\"shape\":[2,20],\"data_offsets\":[0,80]},"
                         "\"b\":{\"dtype\":\"I64\",\"shape\":[3],\"data_offsets\":[80,104]}}";
    static const char bytes[] = "0123456789-[]{}\",:eE. \\IUF";
    size_t n = strlen(header), opened = 0;
    char *text = mem_strdup(header);
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        memcpy(text, header, n);
        for (int change = round % 3; change >= 0; change--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[(seed >> 33) % n] = bytes[(seed >> 20) % (sizeof bytes - 1)];
        }
        write_raw(text, n, 104);
        struct tensors *t = tensors_open(path, NULL);
        float out[64];
        for (size_t i = 0; t && i < tensors_count(t); i++)
            if (tensors_at(t, i)->count <= 64)
                tensor_to_float(tensors_at(t, i), out);
        opened += t != NULL;
        tensors_close(t);
    }
    assert_true(opened > 0 && opened < 3000);
    free(text);
}

/* As Python's safetensors 0.4 writes them: no metadata of ours, the header padded with spaces. */
static void files_of_others_open(void **state)
{
    (void)state;
    struct error err = {0};
    const char *header = "{\"w\":{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]},"
                         "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]},"
                         "\"__metadata__\":{\"format\":\"pt\"}}   ";
    write_raw(header, strlen(header), 10);
    const uint16_t half[5] = {0x3c00, 0xc000, 0x0001, 0x7c00, 0x40a0};
    FILE *f = fopen(path, "r+b");
    fseek(f, (long)strlen(header) + 8, SEEK_SET);
    fwrite(half, 2, 5, f);
    fclose(f);
    struct tensors *t = tensors_open(path, &err);
    assert_ok(t != NULL, &err);
    assert_false(tensors_is_ours(t));
    assert_true(tensors_verify(t, NULL, &err));
    assert_string_equal(tensors_meta(t, "format"), "pt");
    float w[4], b;
    tensor_to_float(tensors_find(t, "w"), w);
    tensor_to_float(tensors_find(t, "b"), &b);
    assert_true(w[0] == 1 && w[1] == -2 && w[2] == ldexpf(1, -24) && isinf(w[3]));
    assert_true(b == 5);
    tensors_close(t);
}

/* Every finite half against its definition, computed another way. */
static void halves_convert_exactly(void **state)
{
    (void)state;
    uint16_t half[65536];
    float *out = mem_alloc(sizeof(float) * 65536);
    for (int i = 0; i < 65536; i++)
        half[i] = (uint16_t)i;
    struct tensor t = {
        .dtype = TENSOR_F16, .count = 65536, .data = half, .size_bytes = sizeof half};
    tensor_to_float(&t, out);
    for (int i = 0; i < 65536; i++) {
        int e = i >> 10 & 31, m = i & 1023;
        double v = e == 0 ? m / 16777216.0 : (1 + m / 1024.0) * pow(2, e - 15);
        if (e == 31)
            assert_true(m ? isnan(out[i]) : isinf(out[i]));
        else
            assert_true((double)out[i] == (i & 0x8000 ? -v : v));
    }
    free(out);
}

/* What the format asks of a writer: no gaps, every tensor aligned, the header a multiple of 8. */
static void layout_follows_the_format(void **state)
{
    (void)state;
    struct error err = {0};
    write_sample(&err);
    struct file_map map;
    assert_true(file_map_open(path, &map, &err));
    uint64_t length;
    memcpy(&length, map.data, 8);
    assert_int_equal(length % 8, 0);
    struct jval *header = jval_parse((const char *)map.data + 8, length, &err);
    assert_ok(header != NULL, &err);
    int64_t ends[8] = {0}, begins[8] = {0};
    size_t n = 0;
    const char *key;
    const struct jval *value;
    for (void *it = NULL; (it = jval_next(header, it, &key, &value));) {
        if (strcmp(key, "__metadata__") == 0) {
            const char *name;
            const struct jval *text;
            for (void *m = NULL; (m = jval_next(value, m, &name, &text));)
                assert_non_null(jval_string(text));
            continue;
        }
        begins[n] = jval_int(jval_at(jval_get(value, "data_offsets"), 0), -1);
        ends[n++] = jval_int(jval_at(jval_get(value, "data_offsets"), 1), -1);
    }
    int64_t at = 0;
    for (size_t seen = 0; seen < n; seen++) { /* the next one begins where the last one ended */
        size_t i = n;
        for (size_t j = 0; j < n; j++)
            if (begins[j] == at && (i == n || ends[j] < ends[i]))
                i = j;
        assert_true(i < n && ends[i] >= at);
        at = ends[i];
        begins[i] = -1;
    }
    assert_int_equal((size_t)at + 8 + length, map.size);
    jval_free(header);
    file_map_close(&map);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct error err = {0};
    write_sample(&err);
    long before = size_of(path);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    float *zeros = mem_zalloc(1 << 20, sizeof *zeros);
    struct tensor big = {"z", TENSOR_F32, 1, {1 << 20}, 0, zeros, 0};
    bool ok = tensors_write(path, &big, 1, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    free(zeros);
    assert_false(ok);
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(size_of(path), before);
    struct tensors *t = tensors_open(path, &err);
    assert_ok(t && tensors_verify(t, NULL, &err), &err);
    tensors_close(t);
}

static void streamed_hashes_equal_whole_ones(void **state)
{
    (void)state;
    char text[3000], hex[HASH_TEXT_LEN + 1];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 31);
    struct hash *h = hash_new();
    for (size_t i = 0; i < sizeof text; i += 7)
        hash_add(h, text + i, sizeof text - i < 7 ? sizeof text - i : 7);
    assert_true(hash_value(h) == hash_bytes(text, sizeof text));
    hash_reset(h);
    assert_true(hash_value(h) == hash_bytes("", 0));
    hash_free(h);
    uint64_t back = 0;
    hash_format(0x0123456789abcdef, hex);
    assert_string_equal(hex, "0123456789abcdef");
    assert_true(hash_parse(hex, 16, &back) && back == 0x0123456789abcdef);
    assert_false(hash_parse("0123456789ABCDEF", 16, &back));
    assert_false(hash_parse("0123", 4, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_come_back),
        cmocka_unit_test(every_kind_of_damage_is_noticed),
        cmocka_unit_test(hostile_headers_are_refused),
        cmocka_unit_test(changed_headers_never_lead_outside),
        cmocka_unit_test(files_of_others_open),
        cmocka_unit_test(halves_convert_exactly),
        cmocka_unit_test(layout_follows_the_format),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
        cmocka_unit_test(streamed_hashes_equal_whole_ones),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
