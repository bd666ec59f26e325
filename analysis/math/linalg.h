/*
 * Dense products and truncated singular values: the only home of BLAS and LAPACK.
 *
 * All matrices are row-major float. OpenBLAS is pinned to one thread (linalg_init), so that worker
 * threads may call these functions at the same time and every call gives the same bits.
 */
#ifndef ANALYSIS_MATH_LINALG_H
#define ANALYSIS_MATH_LINALG_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

/* ---- The kernel that OpenBLAS runs on -------------------------------------------------------- */

/* OpenBLAS chooses its kernels by CPU model when it is loaded, and falls back to SSE2 ones on a CPU
 * newer than itself (0.3.21: 33 instead of 158 GFLOP/s per core where this was found). When what
 * the CPU can do (cpuid) and what OpenBLAS chose disagree, this starts the program anew, once, with
 * OPENBLAS_CORETYPE set. It returns in every other case: nothing to gain, the user has set the
 * variable, already started anew, exec failed. The variable is marked as rote's own
 * (ROTE_OPENBLAS_CORETYPE) and both are removed from the environment at once, so that no child
 * inherits the choice. Call first thing in main, before any thread; about 2 ms when it acts. */
void linalg_rescue(char **argv);

/* The OPENBLAS_CORETYPE to set, or NULL to leave `core` (openblas_get_corename()) alone. avx512: F,
 * BW, DQ and VL; avx2: with FMA. Pure: the decision of linalg_rescue. */
const char *linalg_wanted_core(bool avx512, bool avx2, bool amd, const char *core);

/* Pins OpenBLAS to one thread. Before any worker thread; calling it again does nothing. */
void linalg_init(void);

const char *linalg_kernel(void); /* for example "Zen"; static storage */

/* sgemm rate of one thread in GFLOP/s: the best of several products of n x n, taking about
 * `seconds`. 0 when memory runs out. */
double linalg_gflops(int n, double seconds);

/* ---- Products -------------------------------------------------------------------------------- */

/* C[m][n] = A B, or += where `add`. The letters say which factor is stored transposed:
 *   nn: A[m][k], B[k][n]    nt: A[m][k], B[n][k]    tn: A[k][m], B[k][n]
 * lda, ldb, ldc are floats from one stored row to the next. Any of m, n, k may be 0. sgemm: a row's
 * bits depend on m and on its place, and on the CPU; use the functions below where they must not.
 */
void linalg_nn(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc);
void linalg_nt(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc);
void linalg_tn(int m, int n, int k, const float *a, int lda, const float *b, int ldb, bool add,
               float *c, int ldc);

/* C[m][n] = A[m][k] B[n][k]^T for results that are ranked or stored: each element is
 * ((a0 b0 + a1 b1) + a2 b2) + ..., so a row has the same bits whatever m is, wherever it stands,
 * and on every CPU. `scratch` holds linalg_rows_scratch(k) floats and belongs to the calling
 * thread. Why not sgemm: with fewer than 7 rows it takes another path, and OpenBLAS's AVX2 kernels
 * (measured with 0.3.21) round a row by its place among the others, however the rows are padded.
 * Method: 16 rows of B at a time are transposed into scratch, then linalg_tiles. About half of
 * sgemm's rate with AVX2. */
void linalg_rows_nt(int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c,
                    int ldc, float *scratch);
size_t linalg_rows_scratch(int k);

/* Which part of a small product is wanted. LOWER and UPPER: A is triangular (its element [i][k] is
 * 0 where k > i, or k < i), so those k need not be visited. OUT_LOWER: only c[i][j] with j <= i is
 * wanted; others may or may not be written. */
enum linalg_shape { LINALG_FULL, LINALG_LOWER, LINALG_UPPER, LINALG_OUT_LOWER };

/* A small product C[m][n] = A B (+= where `add`), for matrices that fit the first caches, where
 * sgemm's call and packing cost too much (attention over one sequence):
 *   c[i*ldc + j] = sum over l < k, in order, of a[i*a_row + l*a_col] * b[l*ldb + j]
 * n must be a multiple of 8. The bits of an element depend on its row of A and column of B alone.
 */
void linalg_tiles(enum linalg_shape shape, int m, int n, int k, const float *a, int a_row,
                  int a_col, const float *b, int ldb, bool add, float *c, int ldc);

/* The same sum by fused multiply-adds where the CPU has them, any n; b is read row after row from
 * where it lies. For products that have one short side (a softmax over a catalogue: k or n is the
 * width), where sgemm spends a quarter of its time on packing. Bits depend on the CPU and on the
 * element's row of A and column of B, not on m or n. About 90 % of sgemm's best rate when k x 64
 * floats of B fit the first cache. */
void linalg_fused(int m, int n, int k, const float *a, int a_row, int a_col, const float *b,
                  int ldb, bool add, float *c, int ldc);

/* For tests: by a kernel of one's choice, at most the best one. */
enum linalg_fused_kind { LINALG_FUSED_PLAIN, LINALG_FUSED_AVX2, LINALG_FUSED_AVX512 };
enum linalg_fused_kind linalg_fused_best(void);
void linalg_fused_by(enum linalg_fused_kind kind, int m, int n, int k, const float *a, int a_row,
                     int a_col, const float *b, int ldb, bool add, float *c, int ldc);

/* ---- Truncated singular values --------------------------------------------------------------- */

/* Compressed sparse rows, borrowed. */
struct linalg_sparse {
    int32_t rows, cols;
    const int64_t *offset; /* [rows+1] */
    const int32_t *col;    /* [offset[rows]] 0 .. cols-1 */
    const float *value;    /* [offset[rows]] */
};

/* The `rank` largest singular values s[rank], descending, and scaled left vectors us[rows][rank] =
 * U diag(s) of a sparse matrix. Where the matrix has fewer than `rank` of them, the rest are 0. The
 * sign of each column makes its entry of largest magnitude positive. 1 <= rank.
 * Method: randomised subspace iteration (Halko, Martinsson, Tropp 2011, algorithm 4.4 with 4.3's
 * projection), 8 extra columns, 4 iterations, orthonormalised by LAPACK's QR. Same bits for the
 * same seed. O(iterations (nnz r + (rows + cols) r^2)), r = rank + 8; memory (rows + cols) r floats
 * and a transposed copy of the matrix. */
bool linalg_svd(const struct linalg_sparse *a, int32_t rank, uint64_t seed, float *us, float *s,
                struct error *err);

#endif
