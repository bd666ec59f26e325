/*
 * Small and row-exact products without BLAS. Contract in linalg.h.
 *
 * Method: tiles of 4 rows by 16 columns (then 8) whose sums stay in registers while l runs over the
 * inner dimension: 8 vector sums, 2 vectors of B, one broadcast of A. Multiply and add stay two
 * operations, each rounded, in every clone.
 */
#include "analysis/math/linalg.h"
#include "analysis/math/simd.h"

enum { PANEL = 16 };

/* One tile of ROWS x (8 * VECTORS); both are constants at every call, so the loops unroll and `sum`
 * lives in registers. */
SIMD_INLINE void tile(const int rows, const int vectors, int l0, int l1, const float *a, int a_row,
                      int a_col, const float *b, int ldb, bool add, float *c, int ldc)
{
    simd8 sum[4][2];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++)
            sum[r][v] = (simd8){0};
    }
    for (int l = l0; l < l1; l++) {
        const float *b_row = b + (size_t)l * (size_t)ldb, *a_l = a + (size_t)l * (size_t)a_col;
        for (int r = 0; r < rows; r++) {
            float x = a_l[(size_t)r * (size_t)a_row];
            for (int v = 0; v < vectors; v++)
                sum[r][v] += x * *(const simd8_at *)(b_row + 8 * v);
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            simd8_at *out = (simd8_at *)(c + (size_t)r * (size_t)ldc + 8 * v);
            if (add)
                sum[r][v] += *out;
            *out = sum[r][v];
        }
    }
}

SIMD_INLINE void tile_row(const int rows, int i, enum linalg_shape shape, int n, int k,
                          const float *a, int a_row, int a_col, const float *b, int ldb, bool add,
                          float *c, int ldc)
{
    int l0 = shape == LINALG_UPPER ? i : 0;
    int l1 = shape == LINALG_LOWER && i + rows < k ? i + rows : k;
    int n_end = shape == LINALG_OUT_LOWER && i + rows < n ? i + rows : n;
    const float *a_i = a + (size_t)i * (size_t)a_row;
    float *c_i = c + (size_t)i * (size_t)ldc;
    int j = 0;
    for (; j + 16 <= n && j < n_end; j += 16)
        tile(rows, 2, l0, l1, a_i, a_row, a_col, b + j, ldb, add, c_i + j, ldc);
    for (; j < n_end; j += 8)
        tile(rows, 1, l0, l1, a_i, a_row, a_col, b + j, ldb, add, c_i + j, ldc);
}

SIMD_CLONES
void linalg_tiles(enum linalg_shape shape, int m, int n, int k, const float *a, int a_row,
                  int a_col, const float *b, int ldb, bool add, float *c, int ldc)
{
    int i = 0;
    for (; i + 4 <= m; i += 4)
        tile_row(4, i, shape, n, k, a, a_row, a_col, b, ldb, add, c, ldc);
    for (; i < m; i++)
        tile_row(1, i, shape, n, k, a, a_row, a_col, b, ldb, add, c, ldc);
}

size_t linalg_rows_scratch(int k)
{
    return (size_t)PANEL * (size_t)k + 4 * PANEL;
}

/* panel[l][j] = b[j][l] for 16 rows of b, zeros where there are fewer. */
static void pack_panel(int n, int k, const float *b, int ldb, float *panel)
{
    for (int j = 0; j < PANEL; j++) {
        const float *row = b + (size_t)j * (size_t)ldb;
        for (int l = 0; l < k; l++)
            panel[(size_t)l * PANEL + (size_t)j] = j < n ? row[l] : 0.0f;
    }
}

void linalg_rows_nt(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                    int ldc, float *scratch)
{
    float *panel = scratch + 4 * PANEL;
    for (int j = 0; j < n; j += PANEL) {
        int width = n - j < PANEL ? n - j : PANEL;
        pack_panel(width, k, b + (size_t)j * (size_t)ldb, ldb, panel);
        if (width == PANEL) {
            linalg_tiles(LINALG_FULL, m, PANEL, k, a, lda, 1, panel, PANEL, false, c + j, ldc);
            continue;
        }
        for (int i = 0; i < m; i += 4) { /* the last columns go through a full-width tile */
            int rows = m - i < 4 ? m - i : 4;
            linalg_tiles(LINALG_FULL, rows, PANEL, k, a + (size_t)i * (size_t)lda, lda, 1, panel,
                         PANEL, false, scratch, PANEL);
            for (int r = 0; r < rows; r++)
                memcpy(c + (size_t)(i + r) * (size_t)ldc + j, scratch + r * PANEL,
                       (size_t)width * sizeof *c);
        }
    }
}
