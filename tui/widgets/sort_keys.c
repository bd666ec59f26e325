/*
 * Keys of 8 bytes for sorting. Making one may cost a look-up (how often an item followed another),
 * and looking at rows in another order than the source's costs more still. So the keys of many rows
 * are kept while they are sorted: of numbers in 4 bytes a row, which hold whole numbers of 32 bits
 * (those behind badges, too), ranks of texts, and reals that are floats; of texts in 8, where the
 * rows are not too many.
 */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/scratch.h"
#include "tui/widgets/sort_private.h"

enum {
    FEW = 1 << 17,        /* rows that are sorted in a cache: their keys are at hand anyway */
    SPARSE = 4,           /* source rows for each row that is sorted: too many to keep all */
    MOST_TEXTS = 1 << 22, /* whose keys are kept */
};

static const uint32_t missing_number = UINT32_MAX;

void sort_keys_begin(struct sort_keys *k, size_t n)
{
    size_t rows = (size_t)k->source->n_rows;
    if (n <= FEW || rows / SPARSE > n)
        return;
    if (!k->text)
        k->number = scratch_new(rows, sizeof *k->number, "sort keys", NULL);
    else if (rows <= MOST_TEXTS)
        k->of_text = scratch_new(rows, sizeof *k->of_text, "sort keys", NULL);
}

bool sort_keys_keep(struct sort_keys *k, const struct texts *texts)
{
    if (k->kept || (!k->of_text && !k->number))
        return true;
    if (atomic_load(&k->wide)) {
        scratch_free(k->number);
        k->number = NULL;
        return false;
    }
    k->all = *texts;
    k->kept = true;
    return true;
}

void sort_keys_end(struct sort_keys *k)
{
    scratch_free(k->of_text);
    scratch_free(k->number);
}

struct value sort_cell(const struct sort_keys *k, int64_t row, struct buf *scratch)
{
    struct value v = {0};
    buf_clear(scratch);
    k->source->ops->cell(k->source, row, k->column, &v, scratch);
    if (!v.text)
        v.text = "";
    return v;
}

/* ---- texts ---- */

static uint64_t key_of_text(const struct value *v, size_t skip)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (skip + i < v->n ? (unsigned char)v->text[skip + i] : 0);
    return key;
}

static uint64_t directed(const struct sort_keys *k, uint64_t key)
{
    if (key == missing_key)
        return key;
    key = k->descending ? ~key : key;
    return key == missing_key ? missing_key - 1 : key;
}

static uint64_t text_key(const struct sort_keys *k, uint32_t row, size_t skip, struct buf *scratch,
                         struct texts *texts)
{
    struct value v = sort_cell(k, row, scratch);
    if (v.missing)
        return missing_key;
    texts->longest = v.n > texts->longest ? v.n : texts->longest;
    texts->nul |= memchr(v.text, '\0', v.n) != NULL;
    uint64_t key = key_of_text(&v, skip);
    key = k->descending ? ~key : key;
    return key == missing_key ? missing_key - 1 : key;
}

static void text_keys(struct sort_keys *k, const uint32_t *rows, size_t n, size_t skip,
                      uint64_t *key, struct buf *scratch, struct texts *texts)
{
    if (k->kept && skip == 0) {
        for (size_t i = 0; i < n; i++)
            key[i] = k->of_text[rows[i]];
        *texts = k->all;
        return;
    }
    for (size_t i = 0; i < n; i++)
        key[i] = text_key(k, rows[i], skip, scratch, texts);
    for (size_t i = 0; k->of_text && skip == 0 && i < n; i++)
        k->of_text[rows[i]] = key[i];
}

/* ---- numbers ---- */

static double real_of_key(uint64_t key)
{
    uint64_t sign = UINT64_C(1) << 63, bits = key & sign ? key ^ sign : ~key;
    double r;
    memcpy(&r, &bits, sizeof r);
    return r;
}

/* In 32 bits, in the same order and below missing_number. False: it is not the same number then. */
static bool narrow_int(uint64_t key, uint32_t *number)
{
    int64_t i = sheet_int_of_key(key);
    *number = (uint32_t)i ^ UINT32_C(1) << 31;
    return i >= INT32_MIN && i < INT32_MAX;
}

/* What badges are sorted by is whole, and few numbers near each other are sorted at once. */
static bool narrow_whole(uint64_t key, uint32_t *number)
{
    double r = real_of_key(key);
    bool fits = r >= INT32_MIN && r < INT32_MAX;
    int32_t i = fits ? (int32_t)r : 0;
    *number = (uint32_t)i ^ UINT32_C(1) << 31;
    return fits && (double)i >= r && (double)i <= r;
}

static bool narrow_real(uint64_t key, uint32_t *number)
{
    const uint32_t sign = UINT32_C(1) << 31;
    double r = real_of_key(key);
    float f = (float)r;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    *number = bits & sign ? ~bits : bits | sign;
    return (double)f >= r && (double)f <= r;
}

static bool narrow(enum column_kind kind, uint64_t key, uint32_t *number)
{
    switch (kind) {
    case COLUMN_INT:
        return narrow_int(key, number);
    case COLUMN_BADGE:
        return narrow_whole(key, number);
    default:
        return narrow_real(key, number);
    }
}

/* Keeps the number of a row; returns its key. */
static inline uint64_t keep_number(struct sort_keys *k, uint32_t row, uint32_t number)
{
    number = k->descending ? missing_number - 1 - number : number;
    k->number[row] = number;
    return number;
}

static void keep_ranks(struct sort_keys *k, const uint32_t *rows, size_t n, uint64_t *key)
{
    for (size_t i = 0; i < n; i++)
        if (key[i] == missing_key)
            k->number[rows[i]] = missing_number;
        else
            key[i] = keep_number(k, rows[i], k->rank[sheet_int_of_key(key[i])]);
}

static void keep_numbers(struct sort_keys *k, const uint32_t *rows, size_t n, uint64_t *key)
{
    enum column_kind kind = k->source->columns[k->column].kind;
    bool wide = false;
    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        if (key[i] == missing_key) {
            k->number[rows[i]] = missing_number;
            continue;
        }
        wide |= !narrow(kind, key[i], &number);
        key[i] = keep_number(k, rows[i], number);
    }
    if (wide)
        atomic_store_explicit(&k->wide, true, memory_order_relaxed);
}

static void number_keys(struct sort_keys *k, const uint32_t *rows, size_t n, uint64_t *key,
                        struct buf *scratch)
{
    if (k->kept) {
        for (size_t i = 0; i < n; i++) {
            uint32_t number = k->number[rows[i]];
            key[i] = number == missing_number ? missing_key : number;
        }
        return;
    }
    source_keys(k->source, k->column, rows, n, key, scratch);
    if (k->number && k->rank)
        keep_ranks(k, rows, n, key);
    else if (k->number)
        keep_numbers(k, rows, n, key);
    for (size_t i = 0; !k->number && i < n; i++) {
        if (k->rank && key[i] != missing_key)
            key[i] = k->rank[sheet_int_of_key(key[i])];
        key[i] = directed(k, key[i]);
    }
}

void sort_keys_fill(struct sort_keys *k, const uint32_t *rows, size_t n, size_t skip, uint64_t *key,
                    struct buf *scratch, struct texts *texts)
{
    if (k->text)
        text_keys(k, rows, n, skip, key, scratch, texts);
    else
        number_keys(k, rows, n, key, scratch);
}
