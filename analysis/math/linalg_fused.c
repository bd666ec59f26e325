/*
 * Products by fused multiply-adds without packing. Contract in linalg.h.
 *
 * Method: tiles whose sums stay in registers while l runs over the inner dimension, as in
 * linalg_tiles.c, but as wide as the registers allow: 6 x 64 with AVX-512 (24 sums, 4 vectors of B,
 * one broadcast of A), 6 x 16 with AVX2 and FMA. Elsewhere: linalg_tiles and plain loops.
 */
#include "analysis/math/linalg.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* What every tile needs. */
struct factors {
    int k, a_row, a_col, ldb, ldc;
    bool add;
};

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f")))
#define AVX2   __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((always_inline))

/* c[rows][16 * vectors] at most; the last vector has only the lanes of `last`. rows and vectors are
 * constants at every call, so that `sum` lives in registers. */
AVX512 INLINE void tile512(const int rows, const int vectors, __mmask16 last,
                           const struct factors *f, const float *a, const float *b, float *c)
{
    __m512 sum[6][4];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++)
            sum[r][v] = _mm512_setzero_ps();
    }
    for (int l = 0; l < f->k; l++) {
        __m512 row[4];
        for (int v = 0; v < vectors; v++)
            row[v] = _mm512_maskz_loadu_ps(v + 1 < vectors ? (__mmask16)0xffff : last,
                                           b + (size_t)l * (size_t)f->ldb + 16 * (size_t)v);
        for (int r = 0; r < rows; r++) {
            __m512 x =
                _mm512_set1_ps(a[(size_t)r * (size_t)f->a_row + (size_t)l * (size_t)f->a_col]);
            for (int v = 0; v < vectors; v++)
                sum[r][v] = _mm512_fmadd_ps(x, row[v], sum[r][v]);
        }
    }
    /* What is there already is added at the end: nobody waits for it. */
    for (int r = 0; r < rows && f->add; r++) {
        for (int v = 0; v < vectors; v++)
            sum[r][v] = _mm512_add_ps(
                sum[r][v], _mm512_maskz_loadu_ps(v + 1 < vectors ? (__mmask16)0xffff : last,
                                                 c + (size_t)r * (size_t)f->ldc + 16 * (size_t)v));
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++)
            _mm512_mask_storeu_ps(c + (size_t)r * (size_t)f->ldc + 16 * (size_t)v,
                                  v + 1 < vectors ? (__mmask16)0xffff : last, sum[r][v]);
    }
}

AVX512 static void product512(int m, int n, const struct factors *f, const float *a, const float *b,
                              float *c)
{
    for (int j = 0, width; j < n; j += width) {
        width = n - j >= 64 ? 64 : n - j < 16 ? n - j : 16;
        __mmask16 last = (__mmask16)(width < 16 ? (1 << width) - 1 : 0xffff);
        int i = 0;
        const float *x = a;
        float *out = c + j;
        for (; i + 6 <= m; i += 6, x += 6 * (size_t)f->a_row, out += 6 * (size_t)f->ldc) {
            if (width == 64)
                tile512(6, 4, 0xffff, f, x, b + j, out);
            else
                tile512(6, 1, last, f, x, b + j, out);
        }
        for (; i < m; i++, x += f->a_row, out += f->ldc) {
            if (width == 64)
                tile512(1, 4, 0xffff, f, x, b + j, out);
            else
                tile512(1, 1, last, f, x, b + j, out);
        }
    }
}

/* As tile512, in vectors of 8. */
AVX2 INLINE void tile256(const int rows, const int vectors, __m256i last, const struct factors *f,
                         const float *a, const float *b, float *c)
{
    __m256 sum[6][2];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++)
            sum[r][v] = _mm256_setzero_ps();
    }
    for (int l = 0; l < f->k; l++) {
        __m256 row[2];
        for (int v = 0; v < vectors; v++) {
            const float *at = b + (size_t)l * (size_t)f->ldb + 8 * (size_t)v;
            row[v] = v + 1 < vectors ? _mm256_loadu_ps(at) : _mm256_maskload_ps(at, last);
        }
        for (int r = 0; r < rows; r++) {
            __m256 x =
                _mm256_set1_ps(a[(size_t)r * (size_t)f->a_row + (size_t)l * (size_t)f->a_col]);
            for (int v = 0; v < vectors; v++)
                sum[r][v] = _mm256_fmadd_ps(x, row[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows && f->add; r++) {
        for (int v = 0; v < vectors; v++) {
            const float *at = c + (size_t)r * (size_t)f->ldc + 8 * (size_t)v;
            sum[r][v] = _mm256_add_ps(sum[r][v], v + 1 < vectors ? _mm256_loadu_ps(at)
                                                                 : _mm256_maskload_ps(at, last));
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            float *at = c + (size_t)r * (size_t)f->ldc + 8 * (size_t)v;
            if (v + 1 < vectors)
                _mm256_storeu_ps(at, sum[r][v]);
            else
                _mm256_maskstore_ps(at, last, sum[r][v]);
        }
    }
}

AVX2 static void product256(int m, int n, const struct factors *f, const float *a, const float *b,
                            float *c)
{
    for (int j = 0, width; j < n; j += width) {
        width = n - j >= 16 ? 16 : n - j < 8 ? n - j : 8;
        const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        __m256i last = _mm256_cmpgt_epi32(_mm256_set1_epi32(width < 8 ? width : 8), lane);
        int i = 0;
        const float *x = a;
        float *out = c + j;
        for (; i + 6 <= m; i += 6, x += 6 * (size_t)f->a_row, out += 6 * (size_t)f->ldc) {
            if (width == 16)
                tile256(6, 2, last, f, x, b + j, out);
            else
                tile256(6, 1, last, f, x, b + j, out);
        }
        for (; i < m; i++, x += f->a_row, out += f->ldc) {
            if (width == 16)
                tile256(1, 2, last, f, x, b + j, out);
            else
                tile256(1, 1, last, f, x, b + j, out);
        }
    }
}

#endif

static void product_plain(int m, int n, const struct factors *f, const float *a, const float *b,
                          float *c)
{
    int wide = n / 8 * 8;
    if (wide)
        linalg_tiles(LINALG_FULL, m, wide, f->k, a, f->a_row, f->a_col, b, f->ldb, f->add, c,
                     f->ldc);
    for (int i = 0; i < m; i++) {
        for (int j = wide; j < n; j++) {
            float sum = f->add ? c[(size_t)i * (size_t)f->ldc + (size_t)j] : 0.0f;
            for (int l = 0; l < f->k; l++)
                sum += a[(size_t)i * (size_t)f->a_row + (size_t)l * (size_t)f->a_col] *
                       b[(size_t)l * (size_t)f->ldb + (size_t)j];
            c[(size_t)i * (size_t)f->ldc + (size_t)j] = sum;
        }
    }
}

enum linalg_fused_kind linalg_fused_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        return LINALG_FUSED_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return LINALG_FUSED_AVX2;
#endif
    return LINALG_FUSED_PLAIN;
}

void linalg_fused_by(enum linalg_fused_kind kind, int m, int n, int k, const float *a, int a_row,
                     int a_col, const float *b, int ldb, bool add, float *c, int ldc)
{
    const struct factors f = {k, a_row, a_col, ldb, ldc, add};
#if defined(__x86_64__)
    if (kind == LINALG_FUSED_AVX512)
        product512(m, n, &f, a, b, c);
    else if (kind == LINALG_FUSED_AVX2)
        product256(m, n, &f, a, b, c);
    else
        product_plain(m, n, &f, a, b, c);
#else
    (void)kind;
    product_plain(m, n, &f, a, b, c);
#endif
}

void linalg_fused(int m, int n, int k, const float *a, int a_row, int a_col, const float *b,
                  int ldb, bool add, float *c, int ldc)
{
    linalg_fused_by(linalg_fused_best(), m, n, k, a, a_row, a_col, b, ldb, add, c, ldc);
}
