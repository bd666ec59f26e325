#include "storage/import/match.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"

struct id_range id_range_of(const struct strtab *ids)
{
    struct id_range r = {.low = INT64_MAX, .high = -1};
    for (int64_t i = 0; i < ids->n; i++) {
        int64_t value = ids_integer(strtab_get(ids, i), strtab_len(ids, i));
        if (value < 0)
            return r;
        r.low = value < r.low ? value : r.low;
        r.high = value > r.high ? value : r.high;
    }
    r.integers = ids->n > 0;
    r.dense = r.integers && r.high - r.low + 1 == ids->n;
    return r;
}

int64_t match_offset(const struct strtab *items, const struct strtab *other, bool *padded)
{
    *padded = false;
    struct id_range a = id_range_of(items), b = id_range_of(other);
    if (!a.dense || !b.dense || a.low == b.low)
        return 0;
    if (a.high == b.high) {
        *padded = b.low < a.low;
        return 0;
    }
    if (b.low >= a.low && b.high <= a.high)
        return 0; /* some of the same items: nothing speaks for a shift */
    bool same_width = a.high - a.low == b.high - b.low;
    bool zero_and_one = a.low + b.low == 1;
    return same_width || zero_and_one ? a.low - b.low : 0;
}

static void note_offset(const struct matcher *m, bool padded, const char *what,
                        const struct import_options *options, struct import_report *report)
{
    if (padded)
        intake_note(report,
                    "the ids of the %s begin at a lower number than the interactions' but end at "
                    "the same: taken as padding and matched as they are; --id-offset overrules",
                    what);
    if (!options->has_id_offset && m->offset != 0)
        intake_note(report,
                    "both the interactions and the %s number the items without gaps, but their "
                    "numbers differ by %+" PRId64
                    ": shifted, not matched as text; --id-offset overrules",
                    what, m->offset);
    if (m->offset != 0) {
        report->offset_applied = true;
        report->offset_asked = options->has_id_offset;
        report->id_offset = m->offset;
    }
}

bool matcher_init(struct matcher *m, const struct ids *items, const struct ids *theirs,
                  const char *what, const struct import_options *options,
                  struct import_report *report, struct error *err)
{
    *m = (struct matcher){.theirs = theirs->intern};
    struct strtab a = intern_table(items->intern), b = intern_table(theirs->intern);
    bool padded;
    m->offset = match_offset(&a, &b, &padded);
    if (options->has_id_offset)
        m->offset = options->id_offset;
    if (report)
        note_offset(m, padded, what, options, report);
    m->used = mem_try_zarray((size_t)b.n, sizeof *m->used, "item ids", err);
    return m->used != NULL;
}

void matcher_release(struct matcher *m)
{
    free(m->used);
}

int32_t matcher_find(struct matcher *m, const char *id, size_t n)
{
    char number[32];
    int64_t value = -1;
    if (m->order)
        value = intern_find(m->order, id, n);
    else if (m->offset)
        value = ids_integer(id, n);
    if (value >= 0) {
        if (value < m->offset)
            return -1;
        n = (size_t)snprintf(number, sizeof number, "%" PRId64, value - m->offset);
        id = number;
    }
    int32_t at = intern_find(m->theirs, id, n);
    if (at >= 0 && !m->used[at]) {
        m->used[at] = true;
        m->matched++;
    }
    return at;
}

static bool no_match(const struct matcher *m, const char *what, const struct strtab *items,
                     int64_t skipped, const char *hint, struct error *err)
{
    struct strtab t = intern_table(m->theirs);
    char example[64] = "";
    if (t.n > 0)
        snprintf(example, sizeof example, " (such as \"%.40s\")", strtab_get(&t, 0));
    return error_set(
        err, ERROR_INPUT,
        "none of the %" PRId64 " item%s of the %s%s occurs in the interactions (such as "
        "\"%.40s\"); give files of the same data set, or --id-offset if the numbers "
        "are shifted%s",
        t.n + skipped, plural_s(t.n + skipped), what, example, strtab_get(items, 0), hint);
}

/* ---- texts ---- */

/* The values of one text as (field, position), by field. */
static int32_t pick_values(const struct texts *t, int64_t from, int64_t to, int64_t *at)
{
    int32_t n = 0;
    for (int64_t v = from; v < to; v++) {
        int32_t j = n++;
        for (; j > 0 && t->value_field[at[j - 1]] > t->value_field[v]; j--)
            at[j] = at[j - 1];
        at[j] = v;
    }
    return n;
}

struct value_copy {
    struct import_result *out;
    struct string_list values;
    size_t item_cap, field_cap;
    int64_t *at; /* scratch: the values of one text */
    size_t at_cap;
};

static bool copy_values(struct value_copy *c, const struct texts *t, int32_t item, int64_t from,
                        int64_t to, struct error *err)
{
    struct import_result *out = c->out;
    if (!mem_try_grow((void **)&c->at, &c->at_cap, (size_t)(to - from), sizeof *c->at, "item texts",
                      err))
        return false;
    int32_t n = pick_values(t, from, to, c->at);
    struct strtab all = string_list_view(&t->value);
    for (int32_t i = 0; i < n; i++) {
        size_t need = (size_t)out->n_values + 1;
        if (!mem_try_grow((void **)&out->value_item, &c->item_cap, need, sizeof *out->value_item,
                          "item texts", err) ||
            !mem_try_grow((void **)&out->value_field, &c->field_cap, need, sizeof *out->value_field,
                          "item texts", err) ||
            !string_list_add(&c->values, strtab_get(&all, c->at[i]), strtab_len(&all, c->at[i]),
                             err))
            return false;
        out->value_item[out->n_values] = item;
        out->value_field[out->n_values++] = t->value_field[c->at[i]];
    }
    return true;
}

/* first[text] .. first[text+1]-1: its values. They were added text after text. */
static int64_t *index_values(const struct texts *t, struct error *err)
{
    int32_t n = ids_count(&t->ids);
    int64_t *first = mem_try_zarray((size_t)n + 1, sizeof *first, "item texts", err);
    if (!first)
        return NULL;
    for (int64_t v = 0; v < t->n_values; v++)
        first[t->value_text[v] + 1]++;
    for (int32_t i = 0; i < n; i++)
        first[i + 1] += first[i];
    return first;
}

static bool add_from(struct string_list *to, const struct string_list *from, int32_t at,
                     struct error *err)
{
    if (at < 0)
        return string_list_add(to, "", 0, err);
    struct strtab t = string_list_view(from);
    return string_list_add(to, strtab_get(&t, at), strtab_len(&t, at), err);
}

/* With no texts (t NULL) every item gets empty ones. */
static bool fill_texts(struct import_result *out, const struct texts *t, struct matcher *m,
                       struct error *err)
{
    struct string_list title = {0}, category = {0};
    struct value_copy copy = {.out = out};
    int64_t *first = t ? index_values(t, err) : NULL;
    bool ok = !t || first;
    for (int32_t i = 0; ok && i < out->n_items; i++) {
        int32_t at =
            t ? matcher_find(m, strtab_get(&out->item_id, i), strtab_len(&out->item_id, i)) : -1;
        out->report.items_without_text += t && at < 0;
        ok = add_from(&title, t ? &t->title : NULL, at, err) &&
             add_from(&category, t ? &t->category : NULL, at, err) &&
             (at < 0 || copy_values(&copy, t, i, first[at], first[at + 1], err));
    }
    ok = ok && string_list_finish(&title, &out->title, err) &&
         string_list_finish(&category, &out->category, err) &&
         string_list_finish(&copy.values, &out->value, err);
    string_list_release(&title);
    string_list_release(&category);
    string_list_release(&copy.values);
    free(copy.at);
    free(first);
    return ok;
}

static bool fill_field_names(struct import_result *out, const struct texts *t, struct error *err)
{
    struct string_list names = {0};
    struct strtab all = t ? intern_table(t->fields.intern) : (struct strtab){0};
    bool ok = true;
    for (int64_t i = 0; ok && i < all.n; i++)
        ok = string_list_add(&names, strtab_get(&all, i), strtab_len(&all, i), err);
    ok = ok && string_list_finish(&names, &out->field_name, err);
    string_list_release(&names);
    return ok;
}

static bool match_texts(const struct ids *items, const struct texts *texts,
                        const struct import_options *options, struct import_result *out,
                        struct error *err)
{
    struct matcher m = {0};
    struct import_report *report = &out->report;
    report->has_items = texts != NULL;
    bool ok = (!texts || matcher_init(&m, items, &texts->ids, "item file", options, report, err)) &&
              fill_texts(out, texts, &m, err) && fill_field_names(out, texts, err);
    if (ok && texts && m.matched == 0)
        ok = no_match(&m, "item file", &out->item_id, report->text_without_items, "", err);
    if (ok && texts)
        report->text_without_items += ids_count(&texts->ids) - m.matched;
    if (ok && texts && texts->latin1 > 0)
        intake_note(report, "%" PRId64 " item text%s not UTF-8 and %s read as Latin-1",
                    texts->latin1, plural(texts->latin1, " was", "s were"),
                    plural(texts->latin1, "was", "were"));
    matcher_release(&m);
    return ok;
}

/* ---- semantic ids ---- */

/* The ids of the file number the items by first appearance, from 0 or 1. */
static bool match_by_order(struct matcher *m, const struct ids *items, const struct ids *theirs,
                           struct import_report *report, struct error *err)
{
    struct strtab b = intern_table(theirs->intern);
    struct id_range range = id_range_of(&b);
    if (!range.dense || range.low > 1 || b.n != ids_count(items))
        return error_set(err, ERROR_INPUT,
                         "--semids-by order: the file must number the items from 0 (or 1) without "
                         "gaps, one for each of the %d items of the interactions; it has %" PRId64
                         " ids, such as \"%.40s\"",
                         (int)ids_count(items), b.n, b.n ? strtab_get(&b, 0) : "");
    m->order = items->intern;
    m->offset = -range.low;
    intake_note(report,
                "semantic ids are matched by order: number %" PRId64 " is the first item that "
                "appears in the interactions, as --semids-by order says",
                range.low);
    return true;
}

static bool match_semids(const struct ids *items, const struct semids *semids,
                         const struct import_options *options, struct import_result *out,
                         struct error *err)
{
    struct matcher m;
    struct import_report *report = &out->report;
    report->has_semids = true;
    size_t levels = (size_t)semids->levels;
    if (!matcher_init(&m, items, &semids->ids, "semantic ids", options,
                      options->semids_by_order ? NULL : report, err))
        return false;
    if (options->semids_by_order && !match_by_order(&m, items, &semids->ids, report, err)) {
        matcher_release(&m);
        return false;
    }
    out->semid_levels = semids->levels;
    out->semid = mem_try_array((size_t)out->n_items * (levels ? levels : 1), sizeof *out->semid,
                               "semantic ids", err);
    bool ok = out->semid != NULL;
    for (int32_t i = 0; ok && i < out->n_items; i++) {
        int32_t *codes = out->semid + (size_t)i * levels;
        int32_t at = matcher_find(&m, strtab_get(&out->item_id, i), strtab_len(&out->item_id, i));
        report->items_without_semid += at < 0;
        if (at >= 0)
            memcpy(codes, semids->code + (size_t)at * levels, levels * sizeof *codes);
        else
            memset(codes, 0xff, levels * sizeof *codes);
    }
    if (ok && m.matched == 0)
        ok = no_match(&m, "semantic ids", &out->item_id, report->semids_without_items,
                      ", or --semids-by order if they number the items as these first appear", err);
    report->semids_without_items += ids_count(&semids->ids) - m.matched;
    matcher_release(&m);
    return ok;
}

bool match_metadata(const struct ids *items, struct texts *texts, const struct semids *semids,
                    const struct import_options *options, struct import_result *out,
                    struct error *err)
{
    return match_texts(items, texts, options, out, err) &&
           (!semids || match_semids(items, semids, options, out, err));
}
