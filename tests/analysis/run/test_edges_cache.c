/* The mapped edge table: written once, mapped afterwards, replaced when stale or damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/run/edges_cache.h"
#include "storage/base/file.h"

static char folder[] = "/tmp/rote-edges-XXXXXX";
static char *path;

static const int32_t items[] = {0, 1, 2, 0, 1, 3, 1, 2, 2, 4, 0, 1};
static const int64_t offsets[] = {0, 6, 9, 9, 12};
static const struct corpus corpus = {4, 5, offsets, items};
static int32_t ends[] = {5, 3, 0, 2};
static const struct training training = {&corpus, ends};

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    path = path_join(folder, "edges.safetensors");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(path);
    return dir_remove(folder, NULL) ? 0 : -1;
}

static int32_t naive_count(int32_t x, int32_t v)
{
    int32_t n = 0;
    for (int32_t u = 0; u < corpus.n_users; u++)
        for (int32_t i = 0; i + 1 < ends[u]; i++)
            n += items[offsets[u] + i] == x && items[offsets[u] + i + 1] == v;
    return n;
}

/* Opens, and compares every answer with counting. */
static struct edges_cache open_cache(uint64_t fingerprint, bool writable)
{
    struct edges_cache cache;
    struct edges built;
    assert_true(edges_cache_open_file(path, writable, fingerprint, &training, &cache, NULL));
    assert_true(edges_build(&training, &built, NULL));
    const struct edges *e = &cache.edges;
    for (int32_t x = 0; x < corpus.n_items; x++)
        for (int32_t v = 0; v < corpus.n_items; v++)
            assert_int_equal(edges_count(e, x, v), naive_count(x, v));
    size_t n = (size_t)built.n_distinct * sizeof(int32_t);
    assert_int_equal(e->n_distinct, built.n_distinct);
    assert_int_equal(e->total, built.total);
    assert_int_equal(e->pop_total, built.pop_total);
    assert_memory_equal(e->out_item, built.out_item, n);
    assert_memory_equal(e->out_count, built.out_count, n);
    assert_memory_equal(e->in_item, built.in_item, n);
    assert_memory_equal(e->in_count, built.in_count, n);
    assert_memory_equal(e->pop, built.pop, (size_t)corpus.n_items * sizeof *e->pop);
    edges_release(&built);
    return cache;
}

static void built_once(void **state)
{
    (void)state;
    unlink(path);
    struct edges_cache cache = open_cache(1, false); /* not written */
    assert_null(cache.file);
    assert_false(file_exists(path));
    assert_true(edges_cache_verify(&cache, NULL, NULL));
    edges_cache_close(&cache);
    cache = open_cache(1, true);
    assert_non_null(cache.file);
    edges_cache_close(&cache);
    cache = open_cache(1, false);
    assert_non_null(cache.file); /* the one that is there */
    assert_true(edges_cache_verify(&cache, NULL, NULL));
    edges_cache_close(&cache);
    edges_cache_close(&cache);
}

static void stale_ones_are_replaced(void **state)
{
    (void)state;
    unlink(path);
    struct edges_cache cache = open_cache(1, true);
    edges_cache_close(&cache);
    cache = open_cache(2, false); /* other sequences: the file does not serve */
    assert_null(cache.file);
    edges_cache_close(&cache);
    ends[0]--; /* another training prefix */
    cache = open_cache(1, false);
    assert_null(cache.file);
    edges_cache_close(&cache);
    cache = open_cache(1, true);
    edges_cache_close(&cache);
    cache = open_cache(1, false);
    assert_non_null(cache.file);
    edges_cache_close(&cache);
    ends[0]++;
}

static void change_byte(long at)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    int c = fgetc(f);
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    fputc(c ^ 1, f);
    fclose(f);
}

static void damage_is_noticed(void **state)
{
    (void)state;
    unlink(path);
    struct edges_cache cache = open_cache(1, true);
    edges_cache_close(&cache);
    change_byte(20); /* in the header: at once */
    cache = open_cache(1, false);
    assert_null(cache.file);
    edges_cache_close(&cache);
    cache = open_cache(1, true);
    edges_cache_close(&cache);
    change_byte(-1); /* in the data: by verify, which makes room for a new file */
    struct error err = {0};
    assert_true(edges_cache_open_file(path, true, 1, &training, &cache, &err));
    assert_false(edges_cache_verify(&cache, NULL, &err));
    assert_non_null(strstr(err.text, "edges.safetensors"));
    edges_cache_close(&cache);
    assert_false(file_exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_once),
        cmocka_unit_test(stale_ones_are_replaced),
        cmocka_unit_test(damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
