/* Products over OpenBLAS, the choice of its kernel, and its speed. Contract in linalg.h. */
#include "analysis/math/linalg.h"

#include <cblas.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"

#define CORETYPE      "OPENBLAS_CORETYPE"
#define CORETYPE_MARK "ROTE_OPENBLAS_CORETYPE"

static bool one_of(const char *name, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

const char *linalg_wanted_core(bool avx512, bool avx2, bool amd, const char *core)
{
    static const char *const with_avx512[] = {"SkylakeX", "Cooperlake", "SapphireRapids", NULL};
    static const char *const with_avx2[] = {"Haswell", "Zen", "Excavator", NULL};
    if (avx512)
        return one_of(core, with_avx512) ? NULL : "SkylakeX";
    if (avx2)
        return one_of(core, with_avx2) ? NULL : amd ? "Zen" : "Haswell";
    return NULL;
}

static const char *wanted_here(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return linalg_wanted_core(avx512, avx2, __builtin_cpu_is("amd"), linalg_kernel());
#else
    return NULL;
#endif
}

void linalg_rescue(char **argv)
{
    const char *core = getenv(CORETYPE), *mark = getenv(CORETYPE_MARK);
    if (core && mark && strcmp(core, mark) == 0) {
        unsetenv(CORETYPE);
        unsetenv(CORETYPE_MARK);
        return;
    }
    const char *wanted = core ? NULL : wanted_here();
    if (!wanted)
        return;
    setenv(CORETYPE, wanted, 1);
    setenv(CORETYPE_MARK, wanted, 1);
    execv("/proc/self/exe", argv);
    unsetenv(CORETYPE); /* exec failed: go on, slower */
    unsetenv(CORETYPE_MARK);
}

void linalg_init(void)
{
    openblas_set_num_threads(1);
}

const char *linalg_kernel(void)
{
    return openblas_get_corename();
}

static void product(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, const float *a,
                    int lda, const float *b, int ldb, bool add, float *c, int ldc)
{
    if (m <= 0 || n <= 0)
        return;
    if (k <= 0) {
        for (int i = 0; i < m && !add; i++)
            memset(c + (size_t)i * (size_t)ldc, 0, (size_t)n * sizeof *c);
        return;
    }
    cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, 1.0f, a, lda, b, ldb, add ? 1.0f : 0.0f, c, ldc);
}

void linalg_nn(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc)
{
    product(CblasNoTrans, CblasNoTrans, m, n, k, a, lda, b, ldb, add, c, ldc);
}

void linalg_nt(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc)
{
    product(CblasNoTrans, CblasTrans, m, n, k, a, lda, b, ldb, add, c, ldc);
}

void linalg_tn(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc)
{
    product(CblasTrans, CblasNoTrans, m, n, k, a, lda, b, ldb, add, c, ldc);
}

double linalg_gflops(int n, double seconds)
{
    size_t cells = (size_t)n * (size_t)n;
    float *a = mem_try_zarray(cells * 3, sizeof *a, "products", NULL);
    if (!a)
        return 0;
    for (size_t i = 0; i < 2 * cells; i++)
        a[i] = (float)(i % 97) / 97.0f;
    double best = 0, start = clock_monotonic_seconds(), t = start;
    do {
        linalg_nn(n, n, n, a, n, a + cells, n, false, a + 2 * cells, n);
        double end = clock_monotonic_seconds(), rate = 2.0 * n * (double)cells / (end - t) / 1e9;
        best = rate > best ? rate : best;
        t = end;
    } while (t - start < seconds);
    free(a);
    return best;
}
