#include "tests/storage/made_import.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/fingerprint.h"

static uint64_t state;

static uint32_t roll(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % n;
}

/* n names "prefix<number>"; every `gap`-th is empty (0: none is). */
static struct strtab names(int64_t n, const char *prefix, int gap)
{
    uint64_t *offset = mem_alloc(((size_t)n + 1) * sizeof *offset);
    struct buf bytes;
    buf_init(&bytes);
    offset[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!gap || i % gap != 0)
            buf_addf(&bytes, "%s%lld", prefix, (long long)i);
        buf_addc(&bytes, '\0');
        offset[i + 1] = bytes.len;
    }
    return (struct strtab){.n = n, .offset = offset, .bytes = buf_detach(&bytes)};
}

static void fill_sequences(struct import_result *r, struct made what)
{
    r->offset = mem_zalloc((size_t)what.users + 1, sizeof *r->offset);
    for (int32_t u = 0; u < what.users; u++)
        r->offset[u + 1] = r->offset[u] + roll((uint32_t)what.max_length + 1);
    size_t n = (size_t)r->offset[what.users];
    r->n_interactions = (int64_t)n;
    r->item = mem_alloc(n * sizeof *r->item);
    r->time = what.times ? mem_alloc(n * sizeof *r->time) : NULL;
    r->rating = what.ratings ? mem_alloc(n * sizeof *r->rating) : NULL;
    for (size_t i = 0; i < n; i++) {
        r->item[i] = (int32_t)roll((uint32_t)what.items);
        if (r->time)
            r->time[i] = roll(20) ? 1400000000 + (int64_t)i * 37 - roll(90)
                                  : (roll(2) ? INT64_MIN : INT64_MAX);
        if (r->rating)
            r->rating[i] = roll(50) ? (float)roll(11) / 2 : 0.1f * (float)roll(9);
    }
}

/* "field0", "description" */
static struct strtab field_names(void)
{
    static const char text[] = "field0\0description";
    uint64_t *offset = mem_alloc(3 * sizeof *offset);
    char *bytes = mem_alloc(sizeof text);
    memcpy(bytes, text, sizeof text);
    offset[0] = 0, offset[1] = 7, offset[2] = sizeof text;
    return (struct strtab){.n = 2, .offset = offset, .bytes = bytes};
}

static void fill_items(struct import_result *r, struct made what)
{
    size_t levels = (size_t)what.semid_levels, n = (size_t)what.items;
    r->title = names(what.items, "title \xc3\xa9 ", 5);
    r->category = names(what.items, "cat | ", 3);
    r->semid_levels = what.semid_levels;
    r->semid = levels ? mem_alloc(n * levels * sizeof *r->semid) : NULL;
    for (size_t i = 0; i < n * levels; i++)
        r->semid[i] = i / levels % 7 == 3 ? -1 : (int32_t)roll(256);
    size_t width = (size_t)what.embedding_width;
    r->embedding_width = what.embedding_width;
    r->embedding = width ? mem_zalloc(n * width, sizeof *r->embedding) : NULL;
    for (size_t i = 0; i < n * width; i++)
        if (i / width % 7 != 3)
            r->embedding[i] = (float)roll(1000) / 8 - 50;
    r->field_name = field_names();
    r->n_values = what.items;
    r->value_item = mem_alloc(n * sizeof *r->value_item);
    r->value_field = mem_alloc(n * sizeof *r->value_field);
    for (int32_t i = 0; i < what.items; i++) {
        r->value_item[i] = i;
        r->value_field[i] = i % 2;
    }
    r->value = names(what.items, "value ", 0);
}

static void fill_report(struct import_report *report)
{
    report->n_files = 1;
    report->files = mem_zalloc(1, sizeof *report->files);
    report->files[0] = (struct import_file){.path = mem_strdup("made.csv"),
                                            .format = "CSV",
                                            .reason = mem_strdup("it was made"),
                                            .rows = 9,
                                            .bad = 2};
    report->n_bad = 2;
    report->bad_total = 2;
    report->bad = mem_zalloc(2, sizeof *report->bad);
    for (int i = 0; i < 2; i++)
        report->bad[i] = (struct import_bad_row){
            .reason = IMPORT_BAD_TIME, .line = 3 + i, .text = mem_printf("bad,%d", i)};
}

static void fill_split(struct import_result *r)
{
    r->train_end = mem_zalloc((size_t)r->n_users, sizeof *r->train_end);
    r->valid_end = mem_zalloc((size_t)r->n_users, sizeof *r->valid_end);
    for (int32_t u = 0; u < r->n_users; u++) {
        r->train_end[u] = (int32_t)(r->offset[u + 1] - r->offset[u]) / 3;
        r->valid_end[u] = (int32_t)(r->offset[u + 1] - r->offset[u]) * 2 / 3;
    }
}

struct import_result made_import(struct made what)
{
    state = what.seed * 2654435761u + 1;
    struct import_result r = {.n_users = what.users, .n_items = what.items};
    fill_sequences(&r, what);
    fill_items(&r, what);
    fill_report(&r.report);
    r.user_id = names(what.users, "user-", 0);
    r.item_id = names(what.items, "item-", 0);
    snprintf(r.split, sizeof r.split, what.given_split ? "given" : "leave-one-out");
    if (what.given_split)
        fill_split(&r);
    r.structure_fingerprint = fingerprint_structure(r.n_users, r.offset, r.item);
    r.fingerprint = fingerprint_dataset(&r.user_id, &r.item_id, r.offset, r.item);
    return r;
}

static void free_names(struct strtab *t)
{
    free((void *)(uintptr_t)t->offset);
    free((void *)(uintptr_t)t->bytes);
}

void made_import_release(struct import_result *r)
{
    struct strtab *tables[] = {&r->user_id,  &r->item_id,    &r->title,
                               &r->category, &r->field_name, &r->value};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        free_names(tables[i]);
    free(r->offset);
    free(r->item);
    free(r->train_end);
    free(r->valid_end);
    free(r->time);
    free(r->rating);
    free(r->semid);
    free(r->embedding);
    free(r->value_item);
    free(r->value_field);
    for (size_t i = 0; i < r->report.n_bad; i++)
        free(r->report.bad[i].text);
    free(r->report.bad);
    free(r->report.files[0].path);
    free(r->report.files[0].reason);
    free(r->report.files);
}
