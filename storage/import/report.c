/* The report of an import as JSON and as text. */
#include <inttypes.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/import.h"

static const char *const role_names[] = {"interactions", "items", "semantic ids", "not used",
                                         "item embeddings"};

const char *import_bad_reason_text(enum import_bad_reason reason)
{
    static const char *const texts[IMPORT_BAD_REASONS] = {
        [IMPORT_BAD_COLUMNS] = "too few columns",
        [IMPORT_BAD_EMPTY_ID] = "the user or item is empty",
        [IMPORT_BAD_TIME] = "the time is neither a number nor a date",
        [IMPORT_BAD_RATING] = "the rating is not a number",
        [IMPORT_BAD_NUL] = "a NUL byte",
        [IMPORT_BAD_LONG_LINE] = "longer than 1 MiB (JSON: 16 MiB)",
        [IMPORT_BAD_QUOTE] = "a quote is not closed within 1 MiB or 1,000 lines",
        [IMPORT_BAD_NO_ITEMS] = "a user without items",
        [IMPORT_BAD_DUPLICATE_USER] = "the user already has a sequence; the first one stays",
        [IMPORT_BAD_DUPLICATE_ITEM] = "the item already has one; the first one stays",
        [IMPORT_BAD_JSON] = "not what the format asks for",
        [IMPORT_BAD_PREFIX] = "the history is not the user's items so far, validation included",
        [IMPORT_BAD_UNSEEN] = "a held-out row whose history has items that no training row has",
        [IMPORT_BAD_SEMID] = "not the same number of codes as the others, or not codes",
    };
    return texts[reason];
}

static struct jval *files_json(const struct import_report *r)
{
    struct jval *list = jval_new_array();
    for (size_t i = 0; i < r->n_files; i++) {
        const struct import_file *f = &r->files[i];
        struct jval *o = jval_new_object();
        jval_put_string(o, "path", f->path);
        jval_put_string(o, "role", role_names[f->role]);
        jval_put_string(o, "format", f->format);
        jval_put_string(o, "reason", f->reason);
        jval_put_int(o, "rows", f->rows);
        jval_put_int(o, "bad_rows", f->bad);
        jval_append(list, o);
    }
    return list;
}

static struct jval *bad_json(const struct import_report *r)
{
    struct jval *o = jval_new_object(), *reasons = jval_new_object(), *rows = jval_new_array();
    jval_put_int(o, "count", r->bad_total);
    for (int i = 0; i < IMPORT_BAD_REASONS; i++)
        if (r->bad_count[i] > 0)
            jval_put_int(reasons, import_bad_reason_text(i), r->bad_count[i]);
    jval_put(o, "reasons", reasons);
    for (size_t i = 0; i < r->n_bad; i++) {
        struct jval *row = jval_new_object();
        jval_put_string(row, "file", r->files[r->bad[i].file].path);
        jval_put_int(row, "line", r->bad[i].line);
        jval_put_string(row, "reason", import_bad_reason_text(r->bad[i].reason));
        jval_put_string(row, "text", r->bad[i].text);
        jval_append(rows, row);
    }
    jval_put(o, "rows", rows);
    return o;
}

static struct jval *dropped_json(const struct import_report *r)
{
    struct jval *o = jval_new_object();
    if (r->has_min_rating)
        jval_put_real(o, "min_rating", r->min_rating);
    jval_put_int(o, "below_min_rating", r->dropped_rating);
    jval_put_int(o, "k_core", r->k_core);
    jval_put_int(o, "by_k_core", r->dropped_core);
    jval_put_int(o, "users_by_k_core", r->dropped_core_users);
    jval_put_int(o, "items_by_k_core", r->dropped_core_items);
    jval_put_int(o, "max_length", r->max_length);
    jval_put_int(o, "by_max_length", r->dropped_length);
    return o;
}

struct jval *import_report_json(const struct import_report *r)
{
    struct jval *o = jval_new_object(), *notes = jval_new_array();
    jval_put(o, "files", files_json(r));
    jval_put_int(o, "interactions_read", r->interactions_read);
    jval_put(o, "dropped", dropped_json(r));
    jval_put_string(o, "order", r->order == IMPORT_ORDER_TIME ? "time" : "file");
    jval_put_bool(o, "order_changed", r->order_changed);
    jval_put_bool(o, "ids_by_appearance", r->ids_by_appearance);
    jval_put_bool(o, "id_offset_applied", r->offset_applied);
    jval_put_bool(o, "id_offset_asked", r->offset_asked);
    jval_put_int(o, "id_offset", r->id_offset);
    jval_put_bool(o, "has_items", r->has_items);
    jval_put_bool(o, "has_semids", r->has_semids);
    jval_put_int(o, "items_without_text", r->items_without_text);
    jval_put_int(o, "text_without_items", r->text_without_items);
    jval_put_int(o, "items_without_semid", r->items_without_semid);
    jval_put_int(o, "semids_without_items", r->semids_without_items);
    jval_put_bool(o, "has_embeddings", r->has_embeddings);
    jval_put_int(o, "embedding_width", r->embedding_width);
    jval_put_int(o, "items_without_embedding", r->items_without_embedding);
    jval_put_int(o, "embeddings_of_zeros", r->embeddings_of_zeros);
    jval_put_int(o, "embeddings_without_items", r->embeddings_without_items);
    jval_put(o, "bad_rows", bad_json(r));
    for (size_t i = 0; i < r->n_notes; i++)
        jval_append(notes, jval_new_string(r->notes[i]));
    jval_put(o, "notes", notes);
    return o;
}

/* "  7 rows": a count and the word for it. */
static void add_things(struct buf *out, const char *before, int64_t n, const char *what,
                       const char *after)
{
    buf_adds(out, before);
    buf_add_grouped(out, n);
    buf_addf(out, " %s%s%s", what, plural_s(n), after);
}

static void add_counted(struct buf *out, const char *label, int64_t n, const char *rest)
{
    if (n == 0)
        return;
    buf_adds(out, label);
    buf_add_grouped(out, n);
    buf_adds(out, rest);
    buf_addc(out, '\n');
}

static void add_bad_rows(const struct import_report *r, struct buf *out)
{
    enum { SHOWN = 5 };
    add_counted(out, "  bad rows skipped: ", r->bad_total, "");
    for (int i = 0; i < IMPORT_BAD_REASONS; i++) {
        if (r->bad_count[i] == 0)
            continue;
        buf_adds(out, "    ");
        buf_add_grouped(out, r->bad_count[i]);
        buf_addf(out, "  %s\n", import_bad_reason_text(i));
    }
    for (size_t i = 0; i < r->n_bad && i < SHOWN; i++)
        buf_addf(out, "    %s line %" PRId64 ": %s\n", r->files[r->bad[i].file].path,
                 r->bad[i].line, r->bad[i].text);
    if (r->bad_total > SHOWN && r->n_bad > SHOWN)
        buf_adds(out, "    ... all of the first 1,000 with --json\n");
}

static void add_dropped(const struct import_report *r, struct buf *out)
{
    char label[64];
    snprintf(label, sizeof label, "  rated below %g: ", r->min_rating);
    if (r->dropped_rating > 0)
        add_things(out, label, r->dropped_rating, "interaction", " dropped\n");
    if (r->dropped_core > 0) {
        buf_addf(out, "  %" PRId64 "-core: ", r->k_core);
        add_things(out, "", r->dropped_core, "interaction", ", ");
        add_things(out, "", r->dropped_core_users, "user", " and ");
        add_things(out, "", r->dropped_core_items, "item", " dropped\n");
    }
    snprintf(label, sizeof label, "  longer than %" PRId64 ": ", r->max_length);
    if (r->dropped_length > 0)
        add_things(out, label, r->dropped_length, "early interaction", " dropped\n");
}

void import_report_text(const struct import_report *r, struct buf *out)
{
    for (size_t i = 0; i < r->n_files; i++) {
        const struct import_file *f = &r->files[i];
        buf_addf(out, "%s: %s, %s (%s)\n", f->path, f->format, role_names[f->role], f->reason);
        if (f->rows > 0)
            add_things(out, "  ", f->rows, "row", "\n");
    }
    buf_adds(out, r->order != IMPORT_ORDER_TIME ? "order: as in the file\n"
                  : r->order_changed            ? "order: by time\n"
                                                : "order: by time (as in the file)\n");
    add_dropped(r, out);
    add_counted(out, "  items without text: ", r->items_without_text, "");
    add_counted(out, "  texts of items without interactions, not used: ", r->text_without_items,
                "");
    add_counted(out, "  items without semantic id: ", r->items_without_semid, "");
    add_counted(out,
                "  semantic ids of items without interactions, not used: ", r->semids_without_items,
                "");
    add_counted(out, "  items without embedding: ", r->items_without_embedding, "");
    add_counted(out, "  items whose embedding is zeros: ", r->embeddings_of_zeros,
                ", as good as none");
    add_counted(out, "  embeddings of items without interactions, not used: ",
                r->embeddings_without_items, "");
    add_bad_rows(r, out);
    for (size_t i = 0; i < r->n_notes; i++)
        buf_addf(out, "note: %s\n", r->notes[i]);
}
