/* What semantic ids are made from, and how good they are said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/semids.h"
#include "analysis/run/dataset_split.h"
#include "analysis/run/engine.h"
#include "analysis/run/item_vectors.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum { ITEMS = 80, USERS = 30, LENGTH = 5, WIDTH = 4 };

/* Items are alike by their number modulo 4 in embeddings, modulo 2 in texts. */
struct made {
    struct dataset d;
    int64_t offset[USERS + 1];
    int32_t item[USERS * LENGTH];
    float embedding[ITEMS][WIDTH];
    int32_t semid[ITEMS][2];
    struct buf bytes;
    uint64_t at[ITEMS + 1], none[ITEMS + 1];
    char zeros[ITEMS];
};

static void make(struct made *m, bool texts, bool embeddings)
{
    memset(m, 0, sizeof *m);
    buf_init(&m->bytes);
    for (int u = 0; u <= USERS; u++)
        m->offset[u] = u * LENGTH;
    for (int i = 0; i < USERS * LENGTH; i++)
        m->item[i] = i * 7 % ITEMS;
    for (int i = 0; i < ITEMS; i++) {
        m->embedding[i][i % 4] = 10;
        m->embedding[i][(i + 1) % 4] = (float)(i % 5) / 8;
        m->semid[i][0] = i % 4;
        m->semid[i][1] = i / 8; /* so items 8j + r and 8j + r + 4 share their id */
        m->none[i + 1] = (uint64_t)i + 1;
        buf_addf(&m->bytes,
                 i % 2 ? "rope ladder climb high rock wall %d" : "kettle tea water hot cup leaf %d",
                 i / 8);
        buf_addc(&m->bytes, '\0');
        m->at[i + 1] = m->bytes.len;
    }
    struct strtab empty = {ITEMS, m->none, m->zeros};
    m->d = (struct dataset){.n_users = USERS,
                            .n_items = ITEMS,
                            .n_interactions = USERS * LENGTH,
                            .offset = m->offset,
                            .item = m->item,
                            .title = empty,
                            .category = empty,
                            .description = empty,
                            .semid_levels = 2,
                            .semid = &m->semid[0][0],
                            .split = "leave-one-out"};
    if (texts)
        m->d.description = (struct strtab){ITEMS, m->at, m->bytes.data};
    if (embeddings) {
        m->d.embedding_width = WIDTH;
        m->d.embedding = &m->embedding[0][0];
    }
}

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static void the_ids_of_a_data_set_are_measured(void **state)
{
    (void)state;
    struct made m;
    struct semids_report r;
    struct error err = {0};
    make(&m, true, true);
    assert_ok(semids_of_dataset(&m.d, NULL, &r, &err), &err);
    assert_int_equal(r.levels, 2);
    assert_int_equal(r.quality.used[0], 4);
    assert_true(fabs(r.quality.perplexity[0] - 4) < 1e-9);
    assert_int_equal(r.quality.colliding, ITEMS);
    assert_int_equal(r.quality.largest_group, 2);
    assert_true(r.quality.neighbourhood > 0.89); /* 19 others are like it */
    buf_release(&m.bytes);
    make(&m, true, false);
    for (int i = 0; i < ITEMS; i++)
        m.semid[i][0] = i % 2; /* as the texts */
    assert_ok(semids_of_dataset(&m.d, NULL, &r, &err), &err);
    assert_true(r.quality.neighbourhood > 0.89 && r.quality.neighbourhood_by_chance < 0.7);
    buf_release(&m.bytes);
    make(&m, false, false);
    assert_ok(semids_of_dataset(&m.d, NULL, &r, &err), &err);
    assert_true(isnan(r.quality.neighbourhood));
    struct buf text;
    buf_init(&text);
    semids_text(&r, 2, &text);
    assert_non_null(
        strstr(text.data, "  level 2              10 of 10 codes in use, perplexity 10.0\n"));
    assert_non_null(strstr(text.data, "80 items share their id, up to 2 on one\n"));
    assert_non_null(strstr(text.data, "not measured"));
    buf_release(&text);
    struct jval *o = semids_json(&r);
    assert_int_equal(jval_int(jval_at(jval_get(o, "used"), 1), -1), 10);
    assert_true(jval_real(jval_at(jval_get(o, "utilisation"), 0), 0) > 0.999);
    assert_int_equal(jval_int(jval_get(o, "colliding"), -1), ITEMS);
    jval_free(o);
    m.d.semid_levels = 0;
    assert_ok(semids_of_dataset(&m.d, NULL, &r, &err), &err);
    assert_int_equal(r.levels, 0);
    buf_release(&m.bytes);
}

static void vectors_come_from_embeddings_else_from_texts(void **state)
{
    (void)state;
    struct made m;
    struct item_vectors v;
    struct error err = {0};
    make(&m, true, true);
    memset(m.embedding[7], 0, sizeof m.embedding[7]);
    assert_ok(item_vectors_init(&v, &m.d, 9, 1, NULL, &err), &err);
    assert_ptr_equal(v.x, m.d.embedding);
    assert_int_equal(v.width, WIDTH);
    item_vectors_release(&v);
    assert_int_equal(items_with_embedding(&m.d), ITEMS - 1);
    buf_release(&m.bytes);
    make(&m, true, false); /* a description is all that there is */
    assert_int_equal(items_with_embedding(&m.d), 0);
    assert_ok(item_vectors_init(&v, &m.d, 3, 1, NULL, &err), &err);
    assert_int_equal(v.width, 3);
    double length = 0;
    for (int j = 0; j < 3; j++)
        length += (double)v.x[j] * (double)v.x[j];
    assert_true(fabs(length - 1) < 1e-5);
    item_vectors_release(&v);
    buf_release(&m.bytes);
    make(&m, false, false);
    assert_false(item_vectors_init(&v, &m.d, 3, 1, NULL, &err));
    assert_true(err.text[0] && !v.own);
    buf_release(&m.bytes);
}

/* A gr run's own ids: two items have the same first code if their numbers modulo `alike` are
 * the same. */
static void own_ids(struct made *m, const char *dir, int alike)
{
    struct run_options o = run_options_default(RUN_GR);
    const char *const set[] = {"levels=1", "codes=4",  "embed-width=4", "width=16",
                               "heads=2",  "layers=1", "items=4"};
    struct error err = {0};
    struct dataset bare = m->d; /* without ids of its own */
    bare.semid_levels = 0;
    for (size_t i = 0; i < ARRAY_LEN(set); i++)
        assert_ok(run_options_set(&o, set[i], &err), &err);
    if (alike == 2)
        assert_ok(run_options_set(&o, "codes=2", &err), &err);
    struct corpus corpus = dataset_corpus(&m->d);
    struct split split;
    assert_ok(dataset_split(&m->d, &corpus, &split, &err), &err);
    struct training training = split_training(&split, &corpus, TRAINED_ON_TRAIN);
    struct edges edges;
    struct engine e;
    assert_ok(edges_build(&training, &edges, &err), &err);
    assert_ok(engine_init(&e, dir, &o, &bare, &corpus, &training, &edges, NULL, &err), &err);
    assert_non_null(e.own_codes);
    for (int i = alike; i < ITEMS; i++)
        assert_int_equal(semid_of(&e.semids, i)[0], semid_of(&e.semids, i % alike)[0]);
    for (int i = 1; i < alike; i++)
        assert_int_not_equal(semid_of(&e.semids, i)[0], semid_of(&e.semids, i - 1)[0]);
    engine_release(&e);
    edges_release(&edges);
    split_release(&split);
}

static void a_run_makes_its_ids_from_embeddings_else_from_texts(void **state)
{
    (void)state;
    struct made m;
    char dir[] = "/tmp/rote-semids-XXXXXX";
    for (int with = 1; with >= 0; with--) {
        assert_non_null(mkdtemp(dir));
        make(&m, true, with);
        own_ids(&m, dir, with ? 4 : 2);
        assert_true(dir_remove(dir, NULL));
        memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
        buf_release(&m.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ids_of_a_data_set_are_measured),
        cmocka_unit_test(vectors_come_from_embeddings_else_from_texts),
        cmocka_unit_test(a_run_makes_its_ids_from_embeddings_else_from_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
