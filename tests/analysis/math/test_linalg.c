/* Products against naive double loops, row-exactness, singular values, the choice of kernel. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/math/linalg.h"
#include "analysis/math/rng.h"
#include "analysis/math/simd.h"

static float *random_floats(size_t n, uint64_t stream)
{
    struct rng rng = rng_new(7, stream);
    float *x = malloc((n ? n : 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)rng_normal(&rng);
    return x;
}

/* c[i][j] of an m x n product, in double; strides in floats. */
static double naive(const float *a, int a_row, int a_col, const float *b, int b_row, int b_col,
                    int i, int j, int k)
{
    double sum = 0;
    for (int l = 0; l < k; l++)
        sum += (double)a[i * a_row + l * a_col] * (double)b[l * b_row + j * b_col];
    return sum;
}

static void test_products(void **state)
{
    (void)state;
    static const int shapes[][3] = {{1, 1, 1}, {5, 7, 3}, {64, 33, 17}, {130, 40, 65}, {3, 4, 0}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
        float *a = random_floats((size_t)(m * k), 1), *b = random_floats((size_t)(n * k), 2);
        float *c = random_floats((size_t)(m * n), 3), *before = random_floats((size_t)(m * n), 3);
        float *scratch = random_floats(linalg_rows_scratch(k), 4);
        for (int kind = 0; kind < 7; kind++) {
            bool add = kind % 2 == 1;
            int layout = kind / 2; /* nn, nt, tn, rows */
            memcpy(c, before, (size_t)(m * n) * sizeof *c);
            if (layout == 0)
                linalg_nn(m, n, k, a, k ? k : 1, b, n, add, c, n);
            else if (layout == 1)
                linalg_nt(m, n, k, a, k ? k : 1, b, k ? k : 1, add, c, n);
            else if (layout == 2)
                linalg_tn(m, n, k, a, m, b, n, add, c, n);
            else
                linalg_rows_nt(m, n, k, a, k, b, k, c, n, scratch);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    bool at = layout == 2, bt = layout == 1 || layout == 3;
                    double want =
                        naive(a, at ? 1 : k, at ? m : 1, b, bt ? 1 : n, bt ? k : 1, i, j, k);
                    want += add ? (double)before[i * n + j] : 0;
                    assert_true(fabs((double)c[i * n + j] - want) < 1e-4);
                }
            }
        }
        free(a), free(b), free(c), free(before), free(scratch);
    }
}

static void test_rows_are_exact(void **state)
{
    (void)state;
    enum { K = 100, N = 77, M = 67 };
    float *a = random_floats(M * K, 1), *b = random_floats(N * K, 2);
    float *alone = random_floats(N, 3), *all = random_floats(M * N, 4);
    float *scratch = random_floats(linalg_rows_scratch(K), 5);
    for (int m = 1; m <= M; m += 3) {
        linalg_rows_nt(m, N, K, a, K, b, K, all, N, scratch);
        for (int i = 0; i < m; i++) {
            linalg_rows_nt(1, N, K, a + i * K, K, b, K, alone, N, scratch);
            assert_memory_equal(alone, all + i * N, N * sizeof *all);
        }
    }
    free(a), free(b), free(alone), free(all), free(scratch);
}

static void test_tiles(void **state)
{
    (void)state;
    enum { M = 23, N = 24, K = 23 };
    float *a = random_floats(M * K, 1), *b = random_floats(K * N, 2);
    for (int shape = LINALG_FULL; shape <= LINALG_OUT_LOWER; shape++) {
        float *tri = random_floats(M * K, 1), *c = random_floats(M * N, 3);
        for (int i = 0; i < M; i++) {
            for (int l = 0; l < K; l++) {
                if ((shape == LINALG_LOWER && l > i) || (shape == LINALG_UPPER && l < i))
                    tri[i * K + l] = 0;
            }
        }
        float *before = random_floats(M * N, 3);
        linalg_tiles((enum linalg_shape)shape, M, N, K, tri, K, 1, b, N, true, c, N);
        for (int i = 0; i < M; i++) {
            for (int j = 0; j < N; j++) {
                double want = naive(tri, K, 1, b, N, 1, i, j, K) + (double)before[i * N + j];
                if (shape != LINALG_OUT_LOWER || j <= i)
                    assert_true(fabs((double)c[i * N + j] - want) < 1e-4);
            }
        }
        /* the transpose of A through its strides */
        linalg_tiles(LINALG_FULL, K, N, M, tri, 1, K, b, N, false, c, N);
        assert_true(fabs((double)c[5 * N + 9] - naive(tri, 1, K, b, N, 1, 5, 9, M)) < 1e-4);
        free(tri), free(c), free(before);
    }
    free(a), free(b);
}

/* Every kernel that this machine has, on shapes that leave rests in each direction. */
static void test_fused(void **state)
{
    (void)state;
    static const int shapes[][3] = {{1, 1, 1}, {6, 64, 5}, {13, 91, 20}, {7, 16, 0}, {20, 150, 3}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
        float *a = random_floats((size_t)(m * k), 1), *b = random_floats((size_t)(n * k), 2);
        for (int kind = 0; kind <= (int)linalg_fused_best(); kind++) {
            for (int form = 0; form < 4; form++) {
                bool add = form % 2 == 1, turned = form / 2 == 1;
                int a_row = turned ? 1 : k, a_col = turned ? m : 1;
                float *c = random_floats((size_t)(m * (n + 3)), 3);
                float *before = random_floats((size_t)(m * (n + 3)), 3);
                linalg_fused_by((enum linalg_fused_kind)kind, m, n, k, a, a_row, a_col, b, n, add,
                                c, n + 3);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n + 3; j++) {
                        double old = (double)before[i * (n + 3) + j];
                        double want =
                            j >= n ? old
                                   : naive(a, a_row, a_col, b, n, 1, i, j, k) + (add ? old : 0);
                        assert_true(fabs((double)c[i * (n + 3) + j] - want) < 1e-4);
                    }
                }
                free(c), free(before);
            }
        }
        free(a), free(b);
    }
}

static void test_exp(void **state)
{
    (void)state;
    for (float x = -87.2f; x < 88.5f; x += 0.0371f) {
        double want = exp((double)x);
        assert_true(fabs((double)simd_exp(x) - want) <= 2e-7 * want);
    }
    assert_true(simd_exp(0.0f) == 1.0f);
    assert_true(simd_exp(-INFINITY) == 0.0f);
    assert_true(simd_exp(-1000.0f) == 0.0f);
    assert_true(simd_exp(1000.0f) > 3e38f && isfinite(simd_exp(1000.0f)));
    assert_true(isnan(simd_exp(NAN)));
}

/* A = sum of 3 known rank-one terms with singular values 9, 5, 2, over orthonormal cosines. */
static void test_svd(void **state)
{
    (void)state;
    enum { ROWS = 40, COLS = 30, RANK = 4 };
    static const double value[] = {9, 5, 2};
    static int64_t offset[ROWS + 1];
    static int32_t col[ROWS * COLS];
    static float a[ROWS * COLS], us[ROWS * RANK], again[ROWS * RANK];
    double u[3][ROWS];
    for (int i = 0; i < ROWS; i++) {
        offset[i + 1] = (i + 1) * COLS;
        for (int j = 0; j < COLS; j++) {
            double sum = 0;
            for (int t = 0; t < 3; t++) {
                u[t][i] = sqrt(2.0 / ROWS) * cos(M_PI * (t + 1) * (i + 0.5) / ROWS);
                sum +=
                    value[t] * u[t][i] * sqrt(2.0 / COLS) * cos(M_PI * (t + 2) * (j + 0.5) / COLS);
            }
            a[i * COLS + j] = (float)sum;
            col[i * COLS + j] = j;
        }
    }
    struct linalg_sparse sparse = {ROWS, COLS, offset, col, a};
    float s[RANK];
    assert_true(linalg_svd(&sparse, RANK, 1, us, s, NULL));
    for (int t = 0; t < 3; t++) {
        assert_true(fabs((double)s[t] - value[t]) < 1e-4);
        double sign = 0, largest = 0;
        for (int i = 0; i < ROWS; i++) {
            double x = (double)us[i * RANK + t];
            if (fabs(x) > fabs(largest))
                largest = x;
            sign += x * u[t][i];
        }
        assert_true(largest > 0 && fabs(fabs(sign) - value[t]) < 1e-4);
    }
    assert_true(s[3] < 1e-4f);
    assert_true(linalg_svd(&sparse, RANK, 1, again, s, NULL));
    assert_memory_equal(us, again, sizeof us);
    /* more asked for than there is */
    static const int64_t thin_offset[] = {0, 1, 2};
    static const int32_t thin_col[] = {0, 0};
    struct linalg_sparse thin = {2, 1, thin_offset, thin_col, a};
    float few[2 * RANK];
    assert_true(linalg_svd(&thin, RANK, 1, few, s, NULL));
    assert_true(s[0] > 0 && s[1] <= 0 && s[3] <= 0);
}

static void test_kernel_choice(void **state)
{
    (void)state;
    assert_string_equal(linalg_wanted_core(true, true, false, "Prescott"), "SkylakeX");
    assert_string_equal(linalg_wanted_core(true, true, true, "Zen"), "SkylakeX");
    assert_null(linalg_wanted_core(true, true, true, "Cooperlake"));
    assert_string_equal(linalg_wanted_core(false, true, false, "Core2"), "Haswell");
    assert_string_equal(linalg_wanted_core(false, true, true, "Barcelona"), "Zen");
    assert_null(linalg_wanted_core(false, true, true, "Haswell"));
    assert_null(linalg_wanted_core(false, false, false, "Prescott"));
}

static void test_rescue_environment(void **state)
{
    (void)state;
    char name[] = "never-run", *argv[] = {name, NULL};
    setenv("OPENBLAS_CORETYPE", "Haswell", 1); /* the user's own choice stays */
    unsetenv("ROTE_OPENBLAS_CORETYPE");
    linalg_rescue(argv);
    assert_string_equal(getenv("OPENBLAS_CORETYPE"), "Haswell");
    setenv("ROTE_OPENBLAS_CORETYPE", "Haswell", 1); /* ours: children must not inherit it */
    linalg_rescue(argv);
    assert_null(getenv("OPENBLAS_CORETYPE"));
    assert_null(getenv("ROTE_OPENBLAS_CORETYPE"));
    assert_true(linalg_gflops(64, 0.001) > 0);
    assert_true(linalg_kernel()[0] != '\0');
}

int main(void)
{
    linalg_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),      cmocka_unit_test(test_rows_are_exact),
        cmocka_unit_test(test_tiles),         cmocka_unit_test(test_fused),
        cmocka_unit_test(test_exp),           cmocka_unit_test(test_svd),
        cmocka_unit_test(test_kernel_choice), cmocka_unit_test(test_rescue_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
