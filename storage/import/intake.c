#include "storage/import/intake.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/values.h"

void rows_init(struct rows *rows, bool has_time, bool has_rating)
{
    *rows = (struct rows){.has_time = has_time, .has_rating = has_rating};
    ids_init(&rows->user_ids);
    ids_init(&rows->item_ids);
}

void rows_release(struct rows *rows)
{
    ids_release(&rows->user_ids);
    ids_release(&rows->item_ids);
    free(rows->user);
    free(rows->item);
    free(rows->time);
    free(rows->rating);
    *rows = (struct rows){0};
}

bool rows_grow(struct rows *r, struct error *err)
{
    static const char what[] = "interactions";
    size_t need = (size_t)r->n + 1;
    bool ok = mem_try_grow((void **)&r->user, &r->user_cap, need, sizeof *r->user, what, err) &&
              mem_try_grow((void **)&r->item, &r->item_cap, need, sizeof *r->item, what, err) &&
              (!r->has_time ||
               mem_try_grow((void **)&r->time, &r->time_cap, need, sizeof *r->time, what, err)) &&
              (!r->has_rating || mem_try_grow((void **)&r->rating, &r->rating_cap, need,
                                              sizeof *r->rating, what, err));
    /* all grow from the same size by the same rule, so the smallest is also the room of the rest */
    r->room = ok ? (int64_t)r->user_cap : r->room;
    return ok;
}

void texts_init(struct texts *texts)
{
    *texts = (struct texts){0};
    ids_init(&texts->ids);
    ids_init(&texts->fields);
}

void texts_release(struct texts *texts)
{
    ids_release(&texts->ids);
    ids_release(&texts->fields);
    string_list_release(&texts->title);
    string_list_release(&texts->category);
    string_list_release(&texts->value);
    free(texts->value_text);
    free(texts->value_field);
    *texts = (struct texts){0};
}

void semids_init(struct semids *semids)
{
    *semids = (struct semids){0};
    ids_init(&semids->ids);
}

void semids_release(struct semids *semids)
{
    ids_release(&semids->ids);
    free(semids->code);
    *semids = (struct semids){0};
}

void intake_bad(struct intake *in, enum import_bad_reason reason, int64_t line, const char *bytes,
                size_t n)
{
    struct import_report *r = in->report;
    r->bad_total++;
    r->bad_count[reason]++;
    r->files[in->file].bad++;
    if (r->n_bad >= IMPORT_BAD_SAMPLES)
        return;
    enum { SHOWN = 100 };
    struct buf text;
    buf_init(&text);
    value_add_text(&text, bytes, n < SHOWN ? n : SHOWN);
    if (n > SHOWN)
        buf_adds(&text, "...");
    if (!r->bad)
        r->bad = mem_zalloc(IMPORT_BAD_SAMPLES, sizeof *r->bad);
    r->bad[r->n_bad++] = (struct import_bad_row){
        .file = in->file, .reason = reason, .line = line, .text = buf_detach(&text)};
}

void intake_note(struct import_report *report, const char *format, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    report->notes = mem_realloc(report->notes, (report->n_notes + 1) * sizeof *report->notes);
    report->notes[report->n_notes++] = buf_detach(&text);
}

bool intake_progress(struct intake *in, const struct source *s, struct error *err)
{
    double done, total;
    source_position(s, &done, &total);
    return progress_at(in->progress, "reading", (in->bytes_before + done) / 1e6,
                       in->bytes_total / 1e6, "MB", err);
}

bool intake_passes(struct intake *in, double rating)
{
    in->report->interactions_read++;
    bool passes = !in->has_min_rating || rating >= in->min_rating;
    in->report->dropped_rating += !passes;
    return passes;
}

bool intake_interaction(struct intake *in, int32_t user, const char *item, size_t item_n,
                        int64_t time, float rating, struct error *err)
{
    struct rows *rows = in->rows;
    int32_t i = ids_add(&rows->item_ids, item, item_n, err);
    if (i < 0 || !rows_reserve(rows, err))
        return false;
    rows->user[rows->n] = user;
    rows->item[rows->n] = i;
    if (rows->has_time)
        rows->time[rows->n] = time;
    if (rows->has_rating)
        rows->rating[rows->n] = rating;
    rows->n++;
    return true;
}

/* A row of an item or semantic-id file that no interaction can mean. */
static bool is_foreign(const struct intake *in, const char *id, size_t n)
{
    return in->known_items && ids_integer(id, n) < 0 && intern_find(in->known_items, id, n) < 0;
}

static const struct item_field *find_field(const struct item_field *fields, size_t n,
                                           const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].name_n == strlen(name) && memcmp(fields[i].name, name, fields[i].name_n) == 0)
            return &fields[i];
    return NULL;
}

/* The field's value (NULL: none) as UTF-8 at the end of a list. */
static bool add_text(struct texts *t, struct string_list *list, const struct item_field *field,
                     struct error *err)
{
    struct buf text;
    buf_init(&text);
    if (field)
        t->latin1 += value_add_text(&text, field->value, field->value_n);
    bool ok = string_list_add(list, text.data, text.len, err);
    buf_release(&text);
    return ok;
}

static bool add_value(struct texts *t, int32_t text, const struct item_field *field,
                      struct error *err)
{
    int32_t name = ids_add(&t->fields, field->name, field->name_n, err);
    size_t need = (size_t)t->n_values + 1;
    if (name < 0 ||
        !mem_try_grow((void **)&t->value_text, &t->value_text_cap, need, sizeof *t->value_text,
                      "item texts", err) ||
        !mem_try_grow((void **)&t->value_field, &t->value_field_cap, need, sizeof *t->value_field,
                      "item texts", err) ||
        !add_text(t, &t->value, field, err))
        return false;
    t->value_text[t->n_values] = text;
    t->value_field[t->n_values++] = name;
    return true;
}

bool intake_item(struct intake *in, int64_t line, const char *id, size_t id_n,
                 const struct item_field *fields, size_t n_fields, struct error *err)
{
    struct texts *t = in->texts;
    if (is_foreign(in, id, id_n)) {
        in->report->text_without_items++;
        return true;
    }
    int32_t before = ids_count(&t->ids);
    int32_t text = ids_add(&t->ids, id, id_n, err);
    if (text < 0)
        return false;
    if (text < before) {
        intake_bad(in, IMPORT_BAD_DUPLICATE_ITEM, line, id, id_n);
        return true;
    }
    const struct item_field *title = find_field(fields, n_fields, "title");
    const struct item_field *category = find_field(fields, n_fields, "category");
    if (!add_text(t, &t->title, title, err) || !add_text(t, &t->category, category, err))
        return false;
    for (size_t i = 0; i < n_fields; i++)
        if (&fields[i] != title && &fields[i] != category && fields[i].value_n > 0 &&
            !add_value(t, text, &fields[i], err))
            return false;
    return true;
}

bool intake_semid(struct intake *in, int64_t line, const char *id, size_t id_n,
                  const int32_t *codes, int32_t levels, struct error *err)
{
    struct semids *s = in->semids;
    if (is_foreign(in, id, id_n)) {
        in->report->semids_without_items++;
        return true;
    }
    if (s->levels == 0)
        s->levels = levels;
    if (levels != s->levels) {
        intake_bad(in, IMPORT_BAD_SEMID, line, id, id_n);
        return true;
    }
    int32_t before = ids_count(&s->ids);
    int32_t at = ids_add(&s->ids, id, id_n, err);
    if (at < 0)
        return false;
    if (at < before) {
        intake_bad(in, IMPORT_BAD_DUPLICATE_ITEM, line, id, id_n);
        return true;
    }
    if (!mem_try_grow((void **)&s->code, &s->code_cap, ((size_t)at + 1) * (size_t)levels,
                      sizeof *s->code, "semantic ids", err))
        return false;
    memcpy(s->code + (size_t)at * (size_t)levels, codes, (size_t)levels * sizeof *codes);
    return true;
}
