/* Which row of a matrix of embeddings is which item's, and the rows of the catalogue's items. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/embeddings.h"
#include "storage/import/match.h"

struct rule {
    struct embeddings *e;
    const struct ids *items, *texts; /* texts: of the item file, NULL without */
    const struct import_options *options;
    struct import_result *out;
    int64_t *row; /* [n_items] -1: none */
    bool padded;  /* row 0 is no item */
    char why[240];
};

static const char *item_id(const struct rule *r, int32_t item, size_t *n)
{
    *n = strtab_len(&r->out->item_id, item);
    return strtab_get(&r->out->item_id, item);
}

/* ---- by id ---- */

static bool by_ids(struct rule *r, struct error *err)
{
    struct matcher m;
    if (!matcher_init(&m, r->items, &r->e->ids, "embeddings", r->options, &r->out->report, err))
        return false;
    for (int32_t i = 0; i < r->out->n_items; i++) {
        size_t n;
        const char *id = item_id(r, i, &n);
        int32_t at = matcher_find(&m, id, n);
        r->row[i] = at < 0 ? -1 : r->e->row[at];
    }
    matcher_release(&m);
    snprintf(r->why, sizeof r->why, "rows by the item ids of %s",
             r->e->ids_path ? r->e->ids_path : "the tensor beside it");
    return true;
}

/* ---- by row ---- */

/* The whole numbers that are ids of the interactions or the item file; high -1: not numbers. */
static struct id_range numbers(const struct rule *r)
{
    struct strtab items = intern_table(r->items->intern);
    struct id_range a = id_range_of(&items);
    if (!a.integers || !r->texts)
        return a;
    struct strtab texts = intern_table(r->texts->intern);
    bool padded;
    int64_t offset = match_offset(&items, &texts, &padded);
    struct id_range b = id_range_of(&texts);
    if (b.integers && b.high + offset > a.high)
        a.high = b.high + offset;
    return a;
}

static void row_is_id_plus(struct rule *r, int64_t shift)
{
    for (int32_t i = 0; i < r->out->n_items; i++) {
        size_t n;
        const char *id = item_id(r, i, &n);
        int64_t value = ids_integer(id, n);
        int64_t row = value < 0 ? -1 : value + shift;
        r->row[i] = row >= 0 && row < r->e->rows ? row : -1;
    }
}

/* Row = id where the ids are numbers that the rows fit. */
static bool try_numbers(struct rule *r)
{
    struct id_range ids = numbers(r);
    if (!ids.integers)
        return false;
    if (r->options->has_id_offset) {
        row_is_id_plus(r, -r->options->id_offset);
        snprintf(r->why, sizeof r->why, "row + %" PRId64 " = item id, as --id-offset says",
                 r->options->id_offset);
        return true;
    }
    bool padded = ids.low == 1 && r->e->rows == ids.high + 1;
    if (r->e->rows == ids.high + 1 && (ids.low == 0 || padded)) {
        row_is_id_plus(r, 0);
        r->padded = padded;
        snprintf(r->why, sizeof r->why,
                 "row = item id: the ids are numbers from %" PRId64 " to %" PRId64 "%s", ids.low,
                 ids.high, padded ? ", so row 0 is padding" : "");
        return true;
    }
    if (r->e->rows == ids.high && ids.low == 1) {
        row_is_id_plus(r, -1);
        snprintf(r->why, sizeof r->why,
                 "row + 1 = item id: the ids are numbers from 1 to %" PRId64
                 " and the rows are counted from 0",
                 ids.high);
        return true;
    }
    return false;
}

/* Row r is the item of row r of the item file. */
static bool try_item_file(struct rule *r, int64_t *row, bool *found, struct error *err)
{
    *found = r->texts && ids_count(r->texts) == r->e->rows;
    struct matcher m;
    if (!*found)
        return true;
    if (!matcher_init(&m, r->items, r->texts, "item file", r->options, NULL, err))
        return false;
    for (int32_t i = 0; i < r->out->n_items; i++) {
        size_t n;
        const char *id = item_id(r, i, &n);
        row[i] = matcher_find(&m, id, n);
    }
    matcher_release(&m);
    return true;
}

static bool by_appearance(struct rule *r, struct error *err)
{
    if (ids_count(r->items) != r->e->rows)
        return error_set(err, ERROR_INPUT,
                         "--embeddings-by order: %s has %" PRId64
                         " rows, but %d items occur in the interactions; both must be the same",
                         r->e->path, r->e->rows, (int)ids_count(r->items));
    for (int32_t i = 0; i < r->out->n_items; i++) {
        size_t n;
        const char *id = item_id(r, i, &n);
        r->row[i] = intern_find(r->items->intern, id, n);
    }
    snprintf(r->why, sizeof r->why,
             "rows in the order in which the items first appear in the "
             "interactions, as --embeddings-by order says");
    return true;
}

static bool no_rule(const struct rule *r, struct error *err)
{
    struct id_range ids = numbers(r);
    char what[160];
    if (ids.integers)
        snprintf(what, sizeof what, "whose ids are numbers from %" PRId64 " to %" PRId64, ids.low,
                 ids.high);
    else
        snprintf(what, sizeof what, "whose ids are no numbers (such as \"%.40s\")",
                 strtab_get(&r->out->item_id, 0));
    char texts[80] = "";
    if (r->texts)
        snprintf(texts, sizeof texts, ", and the item file names %d items",
                 (int)ids_count(r->texts));
    return error_set(err, ERROR_INPUT,
                     "%s: which of its %" PRId64 " rows is which item cannot be told: the "
                     "interactions have %d items %s%s; name a file with one item id a row "
                     "(--embeddings FILE,IDS), or say --embeddings-by order if the rows stand in "
                     "the order in which the items first appear",
                     r->e->path, r->e->rows, (int)ids_count(r->items), what, texts);
}

static bool by_rows(struct rule *r, struct error *err)
{
    int64_t *other = mem_try_array((size_t)r->out->n_items, sizeof *other, "item embeddings", err);
    bool listed = false, numbered = try_numbers(r);
    bool ok =
        other && ((numbered && r->options->has_id_offset) || try_item_file(r, other, &listed, err));
    if (ok && !numbered && !listed)
        ok = no_rule(r, err);
    bool same = !numbered || memcmp(other ? other : r->row, r->row,
                                    (size_t)r->out->n_items * sizeof *other) == 0;
    if (ok && listed && !same)
        ok = error_set(err, ERROR_INPUT,
                       "%s: its rows fit the numbers of the items as well as the order of the item "
                       "file, which are not the same; name a file with one item id a row "
                       "(--embeddings FILE,IDS)",
                       r->e->path);
    if (ok && !numbered) {
        memcpy(r->row, other, (size_t)r->out->n_items * sizeof *other);
        snprintf(r->why, sizeof r->why,
                 "rows in the order of the item file, which names as many "
                 "items");
    }
    free(other);
    return ok;
}

/* ---- the rows ---- */

struct seen {
    int64_t used, not_finite, zero;
    int32_t item,
        column; /* the first number that is not finite, and the first item without a row */
    int32_t missing;
};

static void copy_rows(const struct rule *r, struct seen *s)
{
    struct import_result *out = r->out;
    size_t width = (size_t)r->e->width;
    *s = (struct seen){.item = -1, .missing = -1};
    for (int32_t i = 0; i < out->n_items; i++) {
        float *x = out->embedding + (size_t)i * width;
        if (r->row[i] < 0) {
            s->missing = s->missing < 0 ? i : s->missing;
            continue;
        }
        embeddings_row(r->e, r->row[i], x);
        s->used++;
        bool zero = true, finite = true;
        for (size_t j = 0; j < width; j++) {
            zero = zero && x[j] == 0;
            if (finite && !isfinite(x[j]) && s->item < 0)
                s->item = i, s->column = (int32_t)j;
            finite = finite && isfinite(x[j]);
        }
        s->zero += zero;
        s->not_finite += !finite;
    }
}

static bool judge(const struct rule *r, const struct seen *s, struct error *err)
{
    const struct import_result *out = r->out;
    if (s->not_finite > 0)
        return error_set(err, ERROR_INPUT,
                         "%s: rows of items that hold NaN or an infinity (as 4-byte real numbers): "
                         "%" PRId64 "; the first is row %" PRId64 ", column %d (both from 0), of "
                         "item \"%.40s\"; make them again, or set these rows to 0, which counts "
                         "as no embedding",
                         r->e->path, s->not_finite, r->row[s->item], (int)s->column,
                         strtab_get(&out->item_id, s->item));
    if (s->used == 0) {
        struct strtab ids = r->e->has_ids ? intern_table(r->e->ids.intern) : (struct strtab){0};
        return error_set(err, ERROR_INPUT,
                         "%s: none of its %" PRId64 " rows%s%.40s%s is of an item of the "
                         "interactions (such as \"%.40s\"); give files of the same data set",
                         r->e->path, r->e->rows, ids.n ? " (such as \"" : "",
                         ids.n ? strtab_get(&ids, 0) : "", ids.n ? "\")" : "",
                         strtab_get(&out->item_id, 0));
    }
    return s->zero < s->used || error_set(err, ERROR_INPUT,
                                          "%s: every row of an item is zeros; make the embeddings "
                                          "again",
                                          r->e->path);
}

static void tell(const struct rule *r, const struct seen *s, struct import_file *file)
{
    struct import_report *report = &r->out->report;
    char *reason =
        mem_printf("%" PRId64 " x %d, %s; %s", r->e->rows, (int)r->e->width, file->reason, r->why);
    free(file->reason);
    file->reason = reason;
    report->has_embeddings = true;
    report->embedding_width = r->e->width;
    report->embeddings_of_zeros = s->zero;
    report->items_without_embedding = r->out->n_items - s->used;
    report->embeddings_without_items = r->e->rows - s->used - r->padded;
    if (s->missing >= 0)
        intake_note(report, "items without a row of embeddings, such as \"%.40s\", get zeros",
                    strtab_get(&r->out->item_id, s->missing));
}

bool match_embeddings(const struct ids *items, const struct ids *texts, struct embeddings *e,
                      const struct import_options *options, struct import_file *file,
                      struct import_result *out, struct error *err)
{
    struct rule r = {.e = e, .items = items, .texts = texts, .options = options, .out = out};
    struct seen seen;
    r.row = mem_try_array((size_t)out->n_items, sizeof *r.row, "item embeddings", err);
    bool ok = r.row && (e->has_ids                     ? by_ids(&r, err)
                        : options->embeddings_by_order ? by_appearance(&r, err)
                                                       : by_rows(&r, err));
    if (ok) {
        out->embedding = mem_try_zarray((size_t)out->n_items * (size_t)e->width,
                                        sizeof *out->embedding, "item embeddings", err);
        out->embedding_width = e->width;
        ok = out->embedding != NULL;
    }
    if (ok) {
        copy_rows(&r, &seen);
        ok = judge(&r, &seen, err);
    }
    if (ok)
        tell(&r, &seen, file);
    free(r.row);
    return ok;
}
