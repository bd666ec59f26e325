/* Truncated singular values of a sparse matrix, randomised. Contract and source in linalg.h. */
#include "analysis/math/linalg.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "storage/base/mem.h"

enum { EXTRA = 8, ITERATIONS = 4, ROWS_PER_CHUNK = 256 };

struct svd {
    const struct linalg_sparse *a;
    struct linalg_sparse at; /* its transpose */
    int64_t *at_offset;
    int32_t *at_col;
    float *at_value;
    int32_t r;          /* columns of the subspace */
    float *left;        /* [rows][r] */
    float *right;       /* [cols][r] */
    float *tau;         /* [r] */
    double *gram;       /* [r][r]; then its eigenvectors, one a column */
    double *eigenvalue; /* [r] ascending */
};

static bool transpose(struct svd *v, struct error *err)
{
    const struct linalg_sparse *a = v->a;
    size_t nnz = (size_t)a->offset[a->rows], cols = (size_t)a->cols;
    v->at_offset = mem_try_zarray(cols + 2, sizeof *v->at_offset, "transposed matrix", err);
    v->at_col = mem_try_array(nnz, sizeof *v->at_col, "transposed matrix", err);
    v->at_value = mem_try_array(nnz, sizeof *v->at_value, "transposed matrix", err);
    if (!v->at_offset || !v->at_col || !v->at_value)
        return false;
    int64_t *next = v->at_offset + 1; /* counts go one place on, so that filling shifts them back */
    for (size_t i = 0; i < nnz; i++)
        next[a->col[i] + 1]++;
    for (size_t c = 0; c < cols; c++)
        next[c + 1] += next[c];
    for (int32_t row = 0; row < a->rows; row++) {
        for (int64_t i = a->offset[row]; i < a->offset[row + 1]; i++) {
            int64_t to = next[a->col[i]]++;
            v->at_col[to] = row;
            v->at_value[to] = a->value[i];
        }
    }
    v->at = (struct linalg_sparse){a->cols, a->rows, v->at_offset, v->at_col, v->at_value};
    return true;
}

struct sparse_product {
    const struct linalg_sparse *a;
    const float *x;
    float *y;
    int32_t r;
};

static bool multiply_rows(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker, (void)err;
    const struct sparse_product *p = context;
    size_t r = (size_t)p->r;
    for (int64_t row = begin; row < end; row++) {
        float *y = p->y + (size_t)row * r;
        memset(y, 0, r * sizeof *y);
        for (int64_t i = p->a->offset[row]; i < p->a->offset[row + 1]; i++) {
            const float *x = p->x + (size_t)p->a->col[i] * r;
            float value = p->a->value[i];
            for (size_t j = 0; j < r; j++)
                y[j] += value * x[j];
        }
    }
    return true;
}

/* y[a.rows][r] = a x[a.cols][r] */
static bool multiply(const struct linalg_sparse *a, const float *x, int32_t r, float *y,
                     struct error *err)
{
    struct sparse_product p = {a, x, y, r};
    return parallel_for(a->rows, ROWS_PER_CHUNK, multiply_rows, &p, NULL, "", "", err);
}

/* Replaces the columns of y[rows][r] by an orthonormal base of their span. */
static bool orthonormalise(float *y, int32_t rows, int32_t r, float *tau, struct error *err)
{
    if (LAPACKE_sgeqrf(LAPACK_ROW_MAJOR, rows, r, y, r, tau) != 0 ||
        LAPACKE_sorgqr(LAPACK_ROW_MAJOR, rows, r, r, y, r, tau) != 0)
        return error_set(err, ERROR_MEMORY,
                         "singular values: LAPACK could not orthonormalise %d "
                         "columns: the matrix holds values that are not finite, or memory ran out",
                         (int)r);
    return true;
}

/* left = an orthonormal base of the dominant left subspace; right = A^T left. */
static bool iterate(struct svd *v, uint64_t seed, struct error *err)
{
    struct rng rng = rng_new(seed, rng_stream(0x737664, 0));
    for (size_t i = 0, n = (size_t)v->a->cols * (size_t)v->r; i < n; i++)
        v->right[i] = (float)rng_normal(&rng);
    for (int i = 0;; i++) {
        if (!multiply(v->a, v->right, v->r, v->left, err) ||
            !orthonormalise(v->left, v->a->rows, v->r, v->tau, err) ||
            !multiply(&v->at, v->left, v->r, v->right, err))
            return false;
        if (i == ITERATIONS)
            return true;
        if (!orthonormalise(v->right, v->a->cols, v->r, v->tau, err))
            return false;
    }
}

/* left^T A = right^T = U S V^T, so right^T right = U S^2 U^T: U and S from its eigenvectors. */
static bool decompose(struct svd *v, struct error *err)
{
    size_t r = (size_t)v->r;
    memset(v->gram, 0, r * r * sizeof *v->gram);
    for (size_t row = 0; row < (size_t)v->a->cols; row++) {
        const float *x = v->right + row * r;
        for (size_t i = 0; i < r; i++) {
            for (size_t j = i; j < r; j++)
                v->gram[i * r + j] += (double)x[i] * (double)x[j];
        }
    }
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', v->r, v->gram, v->r, v->eigenvalue) != 0)
        return error_set(err, ERROR_INPUT,
                         "singular values: the matrix holds values that are not "
                         "finite");
    return true;
}

static void write_column(const struct svd *v, int32_t at, int32_t rank, float *us, float *s)
{
    size_t r = (size_t)v->r, column = r - 1 - (size_t)at; /* eigenvalues ascend */
    double value = v->eigenvalue[column] > 0 ? sqrt(v->eigenvalue[column]) : 0, extreme = 0;
    for (size_t row = 0; row < (size_t)v->a->rows; row++) {
        double sum = 0;
        for (size_t j = 0; j < r; j++)
            sum += (double)v->left[row * r + j] * v->gram[j * r + column];
        us[row * (size_t)rank + (size_t)at] = (float)(sum * value);
        extreme = fabs(sum) > fabs(extreme) ? sum : extreme;
    }
    for (size_t row = 0; row < (size_t)v->a->rows && extreme < 0; row++)
        us[row * (size_t)rank + (size_t)at] *= -1.0f;
    s[at] = (float)value;
}

bool linalg_svd(const struct linalg_sparse *a, int32_t rank, uint64_t seed, float *us, float *s,
                struct error *err)
{
    int32_t small = a->rows < a->cols ? a->rows : a->cols;
    struct svd v = {.a = a, .r = rank + EXTRA < small ? rank + EXTRA : small};
    size_t r = (size_t)v.r;
    memset(us, 0, (size_t)a->rows * (size_t)rank * sizeof *us);
    memset(s, 0, (size_t)rank * sizeof *s);
    if (small == 0)
        return true;
    v.left = mem_try_array((size_t)a->rows * r, sizeof *v.left, "singular vectors", err);
    v.right = mem_try_array((size_t)a->cols * r, sizeof *v.right, "singular vectors", err);
    v.tau = mem_try_array(r, sizeof *v.tau, "singular vectors", err);
    v.gram = mem_try_array(r * r, sizeof *v.gram, "singular vectors", err);
    v.eigenvalue = mem_try_array(r, sizeof *v.eigenvalue, "singular vectors", err);
    bool ok = v.left && v.right && v.tau && v.gram && v.eigenvalue && transpose(&v, err) &&
              iterate(&v, seed, err) && decompose(&v, err);
    for (int32_t at = 0; ok && at < rank && at < v.r; at++)
        write_column(&v, at, rank, us, s);
    free(v.left);
    free(v.right);
    free(v.tau);
    free(v.gram);
    free(v.eigenvalue);
    free(v.at_offset);
    free(v.at_col);
    free(v.at_value);
    return ok;
}
