/* The mapped index file: written once, mapped afterwards, replaced when stale or damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/match/match.h"
#include "analysis/run/index_cache.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/analysis/match/naive.h"

static char folder[] = "/tmp/rote-index-XXXXXX";
static char *path;
static struct world world;

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    path = path_join(folder, "index.safetensors");
    for (uint64_t seed = 1; world.corpus.n_users < 5 || world.offset[5] < 20; seed++)
        world_make(&world, seed);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(path);
    return dir_remove(folder, NULL) ? 0 : -1;
}

static void check_answers(const struct match_index *index)
{
    const struct corpus *c = &world.corpus;
    for (int32_t x = 0; x < c->n_items; x++)
        for (int32_t v = 0; v < c->n_items; v++) {
            int32_t pair[] = {x, v};
            assert_int_equal(match_count(index, pair, 2), naive_count(&world, pair, 2, NULL));
            assert_true(match_lift(index, x, v) == naive_lift(&world, x, v));
        }
}

static struct index_cache open_cache(uint64_t fingerprint, int32_t shards, bool writable)
{
    struct index_cache cache;
    assert_true(index_cache_open_file(path, writable, fingerprint, &world.training, shards, NULL,
                                      &cache, NULL));
    check_answers(&cache.index);
    return cache;
}

static void test_built_once(void **state)
{
    (void)state;
    for (int32_t shards = 1; shards <= 8; shards++) {
        unlink(path);
        struct index_cache cache = open_cache(1, shards, true);
        assert_true(cache.built);
        assert_non_null(cache.file);
        assert_true(index_cache_verify(&cache, NULL, NULL));
        index_cache_close(&cache);
        cache = open_cache(1, 0, true);
        assert_false(cache.built);
        assert_int_equal(cache.index.n_shards, shards);
        index_cache_close(&cache);
    }
}

static void test_stale(void **state)
{
    (void)state;
    unlink(path);
    struct index_cache cache = open_cache(1, 1, true);
    index_cache_close(&cache);
    cache = open_cache(2, 1, true); /* other sequences */
    assert_true(cache.built);
    index_cache_close(&cache);
    int32_t user = 0;
    while (world.end[user] == 0)
        user++;
    world.end[user]--; /* another training prefix */
    cache = open_cache(2, 1, true);
    assert_true(cache.built);
    index_cache_close(&cache);
    cache = open_cache(2, 1, true);
    assert_false(cache.built);
    index_cache_close(&cache);
    world.end[user]++;
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

static void test_damage(void **state)
{
    (void)state;
    unlink(path);
    struct index_cache cache = open_cache(1, 1, true);
    index_cache_close(&cache);
    change_byte(20); /* in the header: noticed at once, made again */
    cache = open_cache(1, 1, true);
    assert_true(cache.built);
    index_cache_close(&cache);
    change_byte(-1); /* in the data: noticed by verify, which makes room for a new file */
    assert_true(index_cache_open_file(path, true, 1, &world.training, 1, NULL, &cache, NULL));
    assert_false(cache.built);
    struct error err = {0};
    assert_false(index_cache_verify(&cache, NULL, &err));
    assert_non_null(strstr(err.text, "index.safetensors"));
    index_cache_close(&cache);
    assert_false(file_exists(path));
}

static void test_not_writable(void **state)
{
    (void)state;
    unlink(path);
    struct index_cache cache = open_cache(1, 1, false);
    assert_true(cache.built);
    assert_null(cache.file);
    assert_false(file_exists(path));
    assert_true(index_cache_verify(&cache, NULL, NULL));
    index_cache_close(&cache);
    index_cache_close(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_once),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_not_writable),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
