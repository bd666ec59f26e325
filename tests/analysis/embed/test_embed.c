/* Words, TF-IDF against the formula, embeddings of planted topics, semantic ids of planted clusters
 * and their measures. */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/embed/tfidf.h"
#include "analysis/embed/words.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/semid/kmeans.h"

static void assert_words(const char *text, size_t n, const char *want)
{
    struct words *w = words_new();
    struct buf word, all;
    buf_init(&word), buf_init(&all);
    for (size_t at = 0; words_next(w, text, n, &at, &word);)
        buf_addf(&all, "%s|", word.data);
    assert_string_equal(all.data, want);
    buf_release(&word), buf_release(&all);
    words_free(w);
}

static void test_words(void **state)
{
    (void)state;
    static const char bad[] = "ab\xff\xfe"
                              "Cd\0E";
    assert_words("Hello, WORLD-9 x", 16, "hello|world|9|x|");
    assert_words("", 0, "");
    assert_words("--- !", 5, "");
    const char *latin = "ÀÉ×Ö Ÿ ŁÓDŹ Ķ ß", *greek = "ΆΣ ΩΪ Ж-ЁЯ Ѡ", *others = "日本語 ᏣᎳᎩ ١٢ é́";
    assert_words(latin, strlen(latin), "àé|ö|ÿ|łódź|ķ|ß|");
    assert_words(greek, strlen(greek), "άσ|ωϊ|ж|ёя|ѡ|");
    assert_words(others, strlen(others), "日本語|ᏣᎳᎩ|١٢|é́|");
    assert_words(bad, sizeof bad - 1, "ab|cd|e|");
}

/* A table of n strings out of a NULL-free array. */
static struct strtab table_of(const char *const *text, int64_t n, uint64_t *offset, char *bytes)
{
    uint64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        offset[i] = at;
        memcpy(bytes + at, text[i], strlen(text[i]) + 1);
        at += strlen(text[i]) + 1;
    }
    offset[n] = at;
    return (struct strtab){n, offset, bytes};
}

static float entry(const struct tfidf *t, int32_t item, const char *word)
{
    /* columns are numbered by first appearance among words of at least two items */
    int32_t number = intern_find(t->word, word, strlen(word));
    assert_true(number >= 0);
    for (int64_t i = t->offset[item]; i < t->offset[item + 1]; i++) {
        assert_true(t->col[i] >= 0 && t->col[i] < t->matrix.cols);
        if (t->col[i] == number)
            return t->value[i];
    }
    return 0;
}

static void test_tfidf(void **state)
{
    (void)state;
    static const char *const title[] = {"red Lipstick", "red red soap", "", "blue soap"};
    static const char *const category[] = {"Beauty", "beauty bath", "", "lipstick beauty"};
    uint64_t o1[5], o2[5];
    char b1[100], b2[100];
    struct strtab t1 = table_of(title, 4, o1, b1), t2 = table_of(category, 4, o2, b2);
    const struct strtab *both[] = {&t1, &t2};
    struct tfidf t;
    assert_true(tfidf_build(both, 2, 4, &t, NULL, NULL));
    /* red(2) lipstick(2) beauty(3) soap(2) have columns 0..3; bath and blue occur in one item */
    assert_int_equal(t.matrix.cols, 4);
    double idf2 = 1 + log(5.0 / 3), idf3 = 1 + log(5.0 / 4), red = (1 + log(2)) * idf2;
    double length = sqrt(red * red + idf2 * idf2 + idf3 * idf3);
    assert_true(fabs((double)entry(&t, 1, "red") - red / length) < 1e-6);
    assert_true(fabs((double)entry(&t, 1, "beauty") - idf3 / length) < 1e-6);
    assert_int_equal(t.offset[3] - t.offset[2], 0);
    assert_int_equal(t.offset[4] - t.offset[3], 3);
    tfidf_release(&t);
    float embedding[4 * 3];
    assert_true(embed_text(both, 2, 4, 3, 1, embedding, NULL, NULL));
    double square = 0;
    for (int j = 0; j < 3; j++) {
        square += (double)embedding[3 + j] * (double)embedding[3 + j];
        assert_true(fabsf(embedding[6 + j]) <= 0);
    }
    assert_true(fabs(square - 1) < 1e-5);
    static const char *const nothing[] = {"a", "b", "", "c"};
    struct strtab t3 = table_of(nothing, 4, o1, b1);
    const struct strtab *one[] = {&t3};
    struct error err = {0};
    assert_false(embed_text(one, 1, 4, 3, 1, embedding, NULL, &err));
    assert_non_null(strstr(err.text, "no word occurs"));
}

/* 8 planted clusters of 40 points, each of two halves a little apart. */
enum { N = 320, WIDTH = 12 };
static void planted(float *x)
{
    struct rng rng = rng_new(5, 5);
    double centre[8][WIDTH], half[2][WIDTH];
    for (int c = 0; c < 8; c++)
        for (int j = 0; j < WIDTH; j++)
            centre[c][j] = 3 * rng_normal(&rng);
    for (int c = 0; c < 2; c++)
        for (int j = 0; j < WIDTH; j++)
            half[c][j] = 0.3 * rng_normal(&rng);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < WIDTH; j++)
            x[i * WIDTH + j] =
                (float)(centre[i % 8][j] + half[i / 8 % 2][j] + 0.01 * rng_normal(&rng));
}

static void test_kmeans(void **state)
{
    (void)state;
    static float x[N * WIDTH];
    planted(x);
    struct kmeans_options o = {.levels = 2, .codes = 8, .iterations = 30, .seed = 2};
    int32_t *code, *again;
    assert_true(kmeans_semids(x, N, WIDTH, &o, &code, NULL, NULL));
    struct semid_table t = {N, 3, code};
    int together = 0, pairs = 0, halves = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i; j++) {
            const int32_t *a = semid_of(&t, i), *b = semid_of(&t, j);
            assert_true(a[0] != b[0] || a[1] != b[1] || a[2] != b[2]); /* ids are unique */
            if (i % 8 != j % 8)
                continue;
            pairs++;
            together += a[0] == b[0];
            halves += (i / 8 % 2 != j / 8 % 2) && a[0] == b[0] && a[1] == b[1];
        }
    }
    assert_true(together > 0.9 * pairs); /* k-means++ may split one cluster and merge two */
    assert_true(halves < 0.05 * pairs);  /* the second level tells the halves apart */
    parallel_set_threads(1);
    assert_true(kmeans_semids(x, N, WIDTH, &o, &again, NULL, NULL));
    parallel_set_threads(0);
    assert_memory_equal(code, again, N * 3 * sizeof *code);
    struct semid_quality q;
    assert_true(semid_measure(&t, x, WIDTH, 100, 1, &q, NULL));
    assert_int_equal(q.with_id, N);
    assert_int_equal(q.colliding, 0);
    assert_true(q.used[0] == 8 && q.perplexity[0] > 6 && q.perplexity[0] <= 8.001);
    assert_true(q.neighbourhood > 0.9 && q.neighbourhood_by_chance < 0.3);
    free(code), free(again);
    /* equal points: no cluster can be told from another, ids still differ */
    memset(x, 0, sizeof x);
    assert_true(kmeans_semids(x, 50, WIDTH, &o, &code, NULL, NULL));
    for (int i = 0; i < 50; i++)
        assert_int_equal(code[i * 3 + 2], i);
    free(code);
    struct error err = {0};
    o.levels = 16;
    assert_false(kmeans_semids(x, 50, WIDTH, &o, &code, NULL, &err));
    assert_non_null(strstr(err.text, "16 levels"));
    assert_int_equal(kmeans_codes(256, 12101), 256);
    assert_int_equal(kmeans_codes(256, 1000), 62);
    assert_int_equal(kmeans_codes(256, 5), 2);
}

static void test_measure(void **state)
{
    (void)state;
    static const int32_t code[] = {0, 1, 0, 1, 3, 0, -1, -1, 3, 2, 0, 1};
    struct semid_table t = {6, 2, code};
    struct semid_quality q;
    assert_true(semid_measure(&t, NULL, 0, 10, 1, &q, NULL));
    assert_int_equal(q.with_id, 5);
    assert_int_equal(q.without_id, 1);
    assert_int_equal(q.colliding, 3);
    assert_int_equal(q.largest_group, 3);
    assert_int_equal(q.size[0], 4);
    assert_int_equal(q.used[0], 2);
    assert_int_equal(q.size[1], 3);
    assert_int_equal(q.used[1], 3);
    double entropy = -(0.6 * log(0.6) + 0.4 * log(0.4));
    assert_true(fabs(q.perplexity[0] - exp(entropy)) < 1e-12);
    assert_true(isnan(q.neighbourhood));
    t.levels = 0;
    assert_false(semid_measure(&t, NULL, 0, 10, 1, &q, NULL));
}

int main(void)
{
    mallopt(M_PERTURB, 0x5a);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_tfidf),
        cmocka_unit_test(test_kmeans),
        cmocka_unit_test(test_measure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
