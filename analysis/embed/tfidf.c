/* TF-IDF and its singular vectors. Contract in tfidf.h. */
#include "analysis/embed/tfidf.h"

#include <math.h>
#include <string.h>

#include "analysis/embed/words.h"
#include "storage/base/mem.h"

/* Word numbers of all items' texts, in reading order, repeats included. */
struct reading {
    int32_t *word;
    size_t n, cap;
};

static bool read_text(struct words *words, struct intern *in, const char *text, size_t n,
                      struct buf *word, struct reading *r, struct error *err)
{
    for (size_t at = 0; words_next(words, text, n, &at, word);) {
        int32_t number = intern_add(in, word->data, word->len, err);
        if (number < 0 || !mem_try_grow((void **)&r->word, &r->cap, r->n + 1, sizeof *r->word,
                                        "words of the items", err))
            return false;
        r->word[r->n++] = number;
    }
    return true;
}

/* Fills out->word and the reading; offset[i] = where item i's words begin. */
static bool read_items(const struct strtab *const *text, int32_t n_texts, int32_t n_items,
                       struct tfidf *out, struct reading *r, struct progress *progress,
                       struct error *err)
{
    struct words *words = words_new();
    struct buf word;
    bool ok = true;
    buf_init(&word);
    for (int32_t i = 0; ok && i < n_items; i++) {
        out->offset[i] = (int64_t)r->n;
        for (int32_t t = 0; ok && t < n_texts; t++)
            ok = read_text(words, out->word, strtab_get(text[t], i), strtab_len(text[t], i), &word,
                           r, err);
        if (i % 1024 == 0)
            ok = ok && progress_at(progress, "reading item texts", i, n_items, "items", err);
    }
    out->offset[n_items] = (int64_t)r->n;
    buf_release(&word);
    words_free(words);
    return ok;
}

static int compare_int32(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Document frequencies, and each item's words sorted. */
static void count_documents(int32_t n_items, const int64_t *offset, int32_t *word, int32_t *df)
{
    for (int32_t i = 0; i < n_items; i++) {
        size_t n = (size_t)(offset[i + 1] - offset[i]);
        if (n == 0)
            continue; /* `word` is NULL where no item has a word */
        int32_t *w = word + offset[i];
        qsort(w, n, sizeof *w, compare_int32);
        for (size_t k = 0; k < n; k++)
            df[w[k]] += k == 0 || w[k] != w[k - 1];
    }
}

/* One item's sorted words to a row of the matrix; returns its entries. */
static int64_t write_row(const int32_t *w, int64_t n, const int32_t *df, const int32_t *column,
                         int32_t n_items, int32_t *col, float *value)
{
    int64_t entries = 0;
    double square = 0;
    for (int64_t k = 0, end; k < n; k = end) {
        for (end = k + 1; end < n && w[end] == w[k];)
            end++;
        if (column[w[k]] < 0)
            continue;
        double x = (1 + log((double)(end - k))) * (1 + log((1.0 + n_items) / (1.0 + df[w[k]])));
        col[entries] = column[w[k]];
        value[entries++] = (float)x;
        square += x * x;
    }
    for (int64_t e = 0; e < entries; e++)
        value[e] = (float)((double)value[e] / sqrt(square));
    return entries;
}

/* Rows are written over the offsets of the reading, which they never overtake. */
static void write_matrix(struct tfidf *t, int32_t n_items, int32_t n_words, const int32_t *word,
                         const int32_t *df, int32_t *column)
{
    int32_t columns = 0;
    for (int32_t w = 0; w < n_words; w++)
        column[w] = df[w] > 1 ? columns++ : -1;
    int64_t at = 0, begin = t->offset[0];
    for (int32_t i = 0; i < n_items; i++) {
        int64_t end = t->offset[i + 1];
        t->offset[i] = at;
        if (end > begin)
            at += write_row(word + begin, end - begin, df, column, n_items, t->col + at,
                            t->value + at);
        begin = end;
    }
    t->offset[n_items] = at;
    t->matrix = (struct linalg_sparse){n_items, columns, t->offset, t->col, t->value};
}

bool tfidf_build(const struct strtab *const *text, int32_t n_texts, int32_t n_items,
                 struct tfidf *out, struct progress *progress, struct error *err)
{
    struct reading r = {0};
    int32_t *df = NULL, *column = NULL;
    *out = (struct tfidf){.word = intern_new()};
    out->offset =
        mem_try_array((size_t)n_items + 1, sizeof *out->offset, "words of the items", err);
    bool ok = out->offset && read_items(text, n_texts, n_items, out, &r, progress, err);
    size_t n_words = (size_t)intern_count(out->word);
    if (ok) {
        df = mem_try_zarray(n_words, sizeof *df, "words of the items", err);
        column = mem_try_array(n_words, sizeof *column, "words of the items", err);
        out->col = mem_try_array(r.n, sizeof *out->col, "words of the items", err);
        out->value = mem_try_array(r.n, sizeof *out->value, "words of the items", err);
        ok = df && column && out->col && out->value;
    }
    if (ok) {
        count_documents(n_items, out->offset, r.word, df);
        write_matrix(out, n_items, (int32_t)n_words, r.word, df, column);
    } else {
        tfidf_release(out);
    }
    free(r.word);
    free(df);
    free(column);
    return ok;
}

void tfidf_release(struct tfidf *t)
{
    intern_free(t->word);
    free(t->offset);
    free(t->col);
    free(t->value);
    *t = (struct tfidf){0};
}

static void scale_rows(int32_t n, int32_t width, float *x)
{
    for (int32_t i = 0; i < n; i++) {
        float *row = x + (size_t)i * (size_t)width;
        double square = 0;
        for (int32_t j = 0; j < width; j++)
            square += (double)row[j] * (double)row[j];
        for (int32_t j = 0; j < width && square > 0; j++)
            row[j] = (float)((double)row[j] / sqrt(square));
    }
}

bool embed_text(const struct strtab *const *text, int32_t n_texts, int32_t n_items, int32_t width,
                uint64_t seed, float *embedding, struct progress *progress, struct error *err)
{
    struct tfidf t;
    if (!tfidf_build(text, n_texts, n_items, &t, progress, err))
        return false;
    float *s = mem_try_array((size_t)width, sizeof *s, "singular values", err);
    bool ok = s != NULL;
    if (ok && t.matrix.cols == 0)
        ok = error_set(err, ERROR_INPUT,
                       "item embeddings: no word occurs in the texts of two items; import item "
                       "texts (--items) or semantic ids (--semids)");
    ok = ok && linalg_svd(&t.matrix, width, seed, embedding, s, err);
    if (ok)
        scale_rows(n_items, width, embedding);
    free(s);
    tfidf_release(&t);
    return ok;
}
