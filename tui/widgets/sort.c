/* Sorting the rows of a sheet by one column: a stable radix sort over 8-byte keys. */
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/order.h"

/* Largest key: no value. It stays last in both directions. */
static const uint64_t missing_key = UINT64_MAX;

static uint64_t key_of_int(int64_t i)
{
    return (uint64_t)i ^ UINT64_C(1) << 63;
}

/* The bits of a double, so that comparing them as integers compares the numbers. */
static uint64_t key_of_real(double r)
{
    uint64_t bits;
    r += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &r, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t key_of_text(const struct value *v, size_t skip)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (skip + i < v->n ? (unsigned char)v->text[skip + i] : 0);
    return key;
}

static bool is_text(const struct sheet_source *s, int column)
{
    enum column_kind kind = s->columns[column].kind;
    return kind == COLUMN_TEXT || kind == COLUMN_TITLE;
}

static struct value cell(const struct sheet_source *s, int64_t row, int column, struct buf *scratch)
{
    struct value v = {0};
    buf_clear(scratch);
    s->ops->cell(s, row, column, &v, scratch);
    if (!v.text)
        v.text = "";
    return v;
}

static uint64_t key_of(const struct sheet_source *s, int column, const struct value *v, size_t skip,
                       bool descending)
{
    if (v->missing)
        return missing_key;
    uint64_t key;
    if (is_text(s, column))
        key = key_of_text(v, skip);
    else if (s->columns[column].kind == COLUMN_INT)
        key = key_of_int(v->i);
    else if (isnan(v->r))
        return missing_key;
    else
        key = key_of_real(v->r);
    key = descending ? ~key : key;
    return key == missing_key ? missing_key - 1 : key;
}

/* Bytes that all texts begin with alike: ids often do, and the key's 8 bytes should tell apart. */
static size_t common_bytes(const struct sheet_source *s, int column, const uint32_t *rows,
                           int64_t n, struct buf *scratch)
{
    struct buf first;
    buf_init(&first);
    bool any = false;
    size_t common = 0;
    for (int64_t i = 0; i < n; i++) {
        struct value v = cell(s, rows[i], column, scratch);
        if (v.missing)
            continue;
        if (!any) {
            buf_add(&first, v.text, v.n);
            common = v.n;
            any = true;
        }
        size_t k = 0;
        while (k < common && k < v.n && v.text[k] == first.data[k])
            k++;
        common = k;
        if (common == 0)
            break;
    }
    buf_release(&first);
    return common;
}

struct sorting {
    const struct sheet_source *source;
    int column;
    bool descending;
    bool nul; /* a text holds a NUL, which keys cannot tell from its end */
    uint64_t *key, *key_other;
    uint32_t *row, *row_other;
    int64_t n;
    struct buf a, b;
};

/* Keys of rows [from, to), of texts from byte `skip` on. Returns the longest text's bytes. */
static size_t fill_keys(struct sorting *t, int64_t from, int64_t to, size_t skip)
{
    size_t longest = 0;
    for (int64_t i = from; i < to; i++) {
        struct value v = cell(t->source, t->row[i], t->column, &t->a);
        t->key[i] = key_of(t->source, t->column, &v, skip, t->descending);
        longest = v.missing || v.n < longest ? longest : v.n;
        t->nul |= is_text(t->source, t->column) && memchr(v.text, '\0', v.n) != NULL;
    }
    return longest;
}

/* One pass over [from, to) by the byte at `shift`; false when all have the same byte there. */
static bool radix_pass(struct sorting *t, int64_t from, int64_t to, int shift)
{
    int64_t start[257] = {0};
    for (int64_t i = from; i < to; i++)
        start[(t->key[i] >> shift & 255) + 1]++;
    for (int b = 0; b < 256; b++)
        if (start[b + 1] == to - from)
            return false;
    start[0] = from;
    for (int b = 0; b < 256; b++)
        start[b + 1] += start[b];
    for (int64_t i = from; i < to; i++) {
        int64_t at = start[t->key[i] >> shift & 255]++;
        t->key_other[at] = t->key[i];
        t->row_other[at] = t->row[i];
    }
    return true;
}

static void radix_sort(struct sorting *t, int64_t from, int64_t to)
{
    size_t n = (size_t)(to - from);
    for (int shift = 0; shift < 64; shift += 8) {
        if (!radix_pass(t, from, to, shift))
            continue;
        memcpy(t->key + from, t->key_other + from, n * sizeof *t->key);
        memcpy(t->row + from, t->row_other + from, n * sizeof *t->row);
    }
}

/* Whole texts of two rows; missing ones are larger in both directions. */
static int compare_texts(struct sorting *t, uint32_t x, uint32_t y)
{
    struct value v = cell(t->source, x, t->column, &t->a);
    struct value w = cell(t->source, y, t->column, &t->b);
    if (v.missing || w.missing)
        return (int)v.missing - (int)w.missing;
    int order = memcmp(v.text, w.text, v.n < w.n ? v.n : w.n);
    if (order == 0)
        order = (v.n > w.n) - (v.n < w.n);
    return t->descending ? -order : order;
}

/* Stable; `spare` has room for n. */
static void merge_sort(struct sorting *t, uint32_t *rows, int64_t n, uint32_t *spare)
{
    if (n < 2)
        return;
    int64_t half = n / 2, i = 0, j = half, k = 0;
    merge_sort(t, rows, half, spare);
    merge_sort(t, rows + half, n - half, spare);
    memcpy(spare, rows, (size_t)n * sizeof *rows);
    while (i < half && j < n)
        rows[k++] = compare_texts(t, spare[i], spare[j]) <= 0 ? spare[i++] : spare[j++];
    while (i < half)
        rows[k++] = spare[i++];
    while (j < n)
        rows[k++] = spare[j++];
}

/* Runs of equal keys go on with the next 8 bytes of their texts. Short runs, very long common
 * beginnings, and the largest keys (where "no value" and clipped ones meet) are compared whole. */
static bool sort_texts(struct sorting *t, int64_t from, int64_t to, size_t skip,
                       struct progress *progress, struct error *err)
{
    enum { SHORT_RUN = 64, LONG_BEGINNING = 512 };
    if (!progress_ok(progress, err))
        return false;
    size_t longest = fill_keys(t, from, to, skip);
    radix_sort(t, from, to);
    for (int64_t i = from, end; i < to; i = end) {
        for (end = i + 1; end < to && t->key[end] == t->key[i];)
            end++;
        bool extreme = t->key[i] >= missing_key - 1;
        if (end - i < 2 || (longest <= skip + 8 && !extreme && !t->nul))
            continue; /* the key holds all that is left of the texts: they are equal */
        if (end - i <= SHORT_RUN || extreme || longest <= skip || skip >= LONG_BEGINNING)
            merge_sort(t, t->row + i, end - i, t->row_other + i);
        else if (!sort_texts(t, i, end, skip + 8, progress, err))
            return false;
    }
    return true;
}

static bool sort_column(struct sorting *t, struct progress *progress, struct error *err)
{
    if (!progress_at(progress, "sorting", 0, 0, "rows", err))
        return false;
    if (is_text(t->source, t->column)) {
        size_t skip = common_bytes(t->source, t->column, t->row, t->n, &t->a);
        return sort_texts(t, 0, t->n, skip, progress, err);
    }
    fill_keys(t, 0, t->n, 0);
    if (!progress_ok(progress, err))
        return false;
    radix_sort(t, 0, t->n);
    return true;
}

bool order_sort(const struct sheet_source *source, uint32_t *rows, int64_t n,
                const struct sort_key *key, struct progress *progress, struct error *err)
{
    struct sorting t = {.source = source,
                        .column = key->column,
                        .descending = key->descending,
                        .row = rows,
                        .n = n};
    uint64_t *keys = mem_try_array((size_t)n, 2 * sizeof *keys, "sort keys", err);
    uint32_t *other = keys ? mem_try_array((size_t)n, sizeof *other, "sorted rows", err) : NULL;
    bool ok = other != NULL;
    if (ok) {
        t.key = keys;
        t.key_other = keys + n;
        t.row_other = other;
        buf_init(&t.a);
        buf_init(&t.b);
        ok = sort_column(&t, progress, err);
        buf_release(&t.a);
        buf_release(&t.b);
    }
    free(other);
    free(keys);
    return ok;
}
