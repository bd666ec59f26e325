/*
 * Keys of 8 bytes for sorting. Making one may cost a look-up (how often an item followed another),
 * and looking at rows in another order than the source's costs more still. So the keys of many rows
 * are kept while they are sorted: of numbers in 4 bytes a row, which hold whole numbers of 32 bits,
 * ranks of texts, and reals that are floats; of texts in 8, where the rows are not too many.
 */
#include <string.h>

#include "storage/base/mem.h"
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
        k->number = mem_try_array(rows, sizeof *k->number, "sort keys", NULL);
    else if (rows <= MOST_TEXTS)
        k->of_text = mem_try_array(rows, sizeof *k->of_text, "sort keys", NULL);
}

bool sort_keys_keep(struct sort_keys *k, const struct texts *texts)
{
    if (k->kept || (!k->of_text && !k->number))
        return true;
    if (atomic_load(&k->wide)) {
        free(k->number);
        k->number = NULL;
        return false;
    }
    k->all = *texts;
    k->kept = true;
    return true;
}

void sort_keys_end(struct sort_keys *k)
{
    free(k->of_text);
    free(k->number);
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
static bool narrow(const struct sort_keys *k, uint64_t key, uint32_t *number)
{
    const uint32_t sign = UINT32_C(1) << 31;
    if (k->rank) {
        *number = (uint32_t)key;
        return true;
    }
    if (k->source->columns[k->column].kind == COLUMN_INT) {
        int64_t i = sheet_int_of_key(key);
        *number = (uint32_t)i ^ sign;
        return i >= INT32_MIN && i < INT32_MAX;
    }
    double r = real_of_key(key);
    float f = (float)r;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    *number = bits & sign ? ~bits : bits | sign;
    return (double)f >= r && (double)f <= r;
}

static uint64_t kept_number(struct sort_keys *k, uint32_t row, uint64_t key)
{
    uint32_t number = missing_number;
    if (key != missing_key) {
        if (!narrow(k, key, &number))
            atomic_store_explicit(&k->wide, true, memory_order_relaxed);
        number = k->descending ? missing_number - 1 - number : number;
    }
    k->number[row] = number;
    return number == missing_number ? missing_key : number;
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
    for (size_t i = 0; i < n; i++) {
        if (k->rank && key[i] != missing_key)
            key[i] = k->rank[sheet_int_of_key(key[i])];
        key[i] = k->number ? kept_number(k, rows[i], key[i]) : directed(k, key[i]);
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
