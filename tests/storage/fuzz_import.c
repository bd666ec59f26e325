/*
 * The importers on hostile bytes: whatever they are, detection and every parser end, count every
 * row, and give arrays that hold together.
 *
 * test_import_fuzz.c drives this with seeded mutations. With libFuzzer, from the source root:
 *   clang -g -fsanitize=fuzzer,address,undefined -I. -D_GNU_SOURCE tests/storage/fuzz_import.c \
 *     storage/import/[a-z]*.c storage/base/[a-z]*.c storage/files/[a-z]*.c -ljansson -lz -lcsv
 * -lxxhash -lpcre2-8 -lm
 */
#include "tests/storage/fuzz_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/build.h"
#include "storage/import/detect.h"
#include "storage/import/embeddings.h"
#include "storage/import/match.h"
#include "storage/import/prefixes.h"

/* Unlike assert(), also in release builds. */
static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_import: %s\n", what);
        abort();
    }
}

struct target {
    struct rows rows;
    struct texts texts;
    struct semids semids;
    struct prefixes prefixes;
    struct import_result result;
    struct import_file file;
    struct intake intake;
};

static void target_init(struct target *t)
{
    *t = (struct target){.file = {.path = NULL}};
    rows_init(&t->rows, true, true);
    texts_init(&t->texts);
    semids_init(&t->semids);
    t->result.report.files = &t->file;
    t->result.report.n_files = 1;
    t->file.path = mem_strdup("fuzz");
    t->file.format = "fuzz";
    t->file.reason = mem_strdup("fuzz");
    t->intake = (struct intake){.report = &t->result.report,
                                .rows = &t->rows,
                                .prefixes = &t->prefixes,
                                .texts = &t->texts,
                                .semids = &t->semids};
}

static void target_release(struct target *t)
{
    /* the report's file is not on the heap, as import_result_release() expects */
    free(t->file.path);
    free(t->file.reason);
    t->result.report.files = NULL;
    t->result.report.n_files = 0;
    import_result_release(&t->result);
    rows_release(&t->rows);
    texts_release(&t->texts);
    semids_release(&t->semids);
    prefixes_release(&t->prefixes);
}

static void check_report(const struct import_report *r)
{
    int64_t sum = 0;
    for (int i = 0; i < IMPORT_BAD_REASONS; i++)
        sum += r->bad_count[i];
    must(sum == r->bad_total && sum == r->files[0].bad, "bad rows are counted once");
    must(r->bad_total <= r->files[0].rows, "bad rows are rows");
    must((int64_t)r->n_bad <= r->bad_total, "samples are bad rows");
    struct buf text;
    buf_init(&text);
    import_report_text(r, &text);
    struct jval *j = import_report_json(r);
    jval_write(j, false, &text);
    jval_free(j);
    buf_release(&text);
}

static void check_result(const struct import_result *r)
{
    must(r->offset[0] == 0 && r->offset[r->n_users] == r->n_interactions, "offsets span all");
    for (int32_t u = 0; u < r->n_users; u++)
        must(r->offset[u] < r->offset[u + 1], "every user has items");
    for (int64_t i = 0; i < r->n_interactions; i++)
        must(r->item[i] >= 0 && r->item[i] < r->n_items, "items are in range");
    must(r->user_id.n == r->n_users && r->item_id.n == r->n_items, "every id is there");
    must(r->title.n == r->n_items && r->category.n == r->n_items, "every item has a text");
    for (int64_t i = 0; i < r->n_values; i++)
        must(r->value_field[i] < r->field_name.n && r->value_item[i] < r->n_items, "values");
    must(r->value.n == r->n_values, "a text per value");
    for (int32_t u = 0; r->train_end && u < r->n_users; u++)
        must(r->train_end[u] >= 0 && r->train_end[u] <= r->valid_end[u] &&
                 r->valid_end[u] <= r->offset[u + 1] - r->offset[u],
             "parts are in order");
}

/* Builds what was read into sequences, with options that come from the input as well. */
static void finish(struct target *t, unsigned options)
{
    struct import_options o = {.k_core = options & 3, .max_length = options >> 2 & 3};
    int32_t *raw_item = NULL;
    struct error err = {0};
    must(t->rows.n == t->result.report.interactions_read, "every interaction is kept");
    if (build_sequences(&t->rows, &o, NULL, &t->result, &raw_item, &err) &&
        match_metadata(&t->rows.item_ids, ids_count(&t->texts.ids) ? &t->texts : NULL,
                       t->semids.levels ? &t->semids : NULL, &o, &t->result, &err))
        check_result(&t->result);
    free(raw_item);
}

/* Objects a line, with all members asked for. */
static bool parse_records_as(unsigned how, struct source *s, struct target *t, struct error *err)
{
    static char user[] = "u", item[] = "i", time[] = "t", rating[] = "r", title[] = "n";
    struct record_spec spec = {.dialect = how & 16 ? LITERAL_PYTHON : LITERAL_JSON,
                               .key = {user, item, time, rating, title, title},
                               .comma_categories = how & 64};
    return how & 32 ? parse_item_records(s, &spec, &t->intake, err)
                    : parse_interaction_records(s, &spec, &t->intake, err);
}

/* user, history, target */
static bool parse_prefixes(unsigned how, struct source *s, struct target *t, struct error *err)
{
    struct table_spec spec = {.delimiter = how & 16 ? ',' : '\t',
                              .quoted = how & 16,
                              .user = 0,
                              .item = 2,
                              .time = -1,
                              .rating = -1,
                              .history = 1,
                              .history_list = how & 16};
    t->intake.part = how >> 5 & 1 ? IMPORT_PART_TEST : IMPORT_PART_TRAIN;
    bool ok = parse_interaction_table(s, &spec, &t->intake, err);
    ok = ok && prefixes_finish(&t->prefixes, &t->rows, err);
    t->result.report.interactions_read = t->rows.n;
    t->rows.is_split = ok;
    return ok;
}

/* What the first bytes and the whole text are for the chosen parser. */
static bool parse_as(unsigned how, struct source *s, struct target *t, struct error *err)
{
    static const char delimiters[] = {',', '\t', ':', ' ', ';', '|', ',', '\t'};
    char delimiter = delimiters[how >> 3 & 7];
    static char item[] = "item", title[] = "title", category[] = "category";
    struct table_column columns[3] = {
        {.name = item}, {.name = title, .flag = how & 16}, {.name = category, .tokens = how & 8}};
    struct table_spec spec = {.delimiter = delimiter,
                              .quoted = delimiter == ',' || delimiter == ';' || delimiter == '|',
                              .header = how & 64,
                              .user = 0,
                              .item = 1,
                              .time = how & 128 ? 2 : -1,
                              .rating = how & 128 ? 3 : -1,
                              .history = -1};
    switch (how & 7) {
    case 4:
        return how & 8 ? parse_info_semids(s, &t->intake, err)
                       : parse_json_semids(s, &t->intake, err);
    case 0:
        return parse_sequences(s, &t->intake, err);
    case 1:
        return parse_item_text(s, &t->intake, err);
    case 2:
        return parse_json_sequences(s, &t->intake, err);
    case 3:
        return parse_json_items(s, &t->intake, err);
    case 5:
        spec.columns = columns;
        spec.n_columns = 3;
        spec.item = 0;
        return parse_item_table(s, &spec, &t->intake, err);
    case 7:
        return how & 8 ? parse_records_as(how, s, t, err) : parse_prefixes(how, s, t, err);
    default:
        return parse_interaction_table(s, &spec, &t->intake, err);
    }
}

static void detect_bytes(const char *bytes, size_t n)
{
    struct column_request none = {0}, some = {0};
    must(column_request_parse("user=1,item=2,time=3", &some, NULL), "columns parse");
    for (int i = 0; i < 4; i++) {
        struct detect_request request = {
            .columns = i == 1 ? &some : &none,
            .has_columns = i == 1,
            .has_role = i >= 2,
            .role = i == 2 ? IMPORT_ITEMS : IMPORT_SEMIDS,
        };
        struct detected what;
        struct error err = {0};
        bool ok = detect("fuzz.csv", bytes, n, true, &request, &what, &err);
        must(ok || (err.code != ERROR_NONE && err.text[0]), "a refusal has a reason");
        if (ok)
            must(what.reason && what.format, "a decision has a reason");
        detected_release(&what);
    }
    column_request_release(&some);
}

/* The same bytes as a list of ids. */
static void list_bytes(const char *bytes, size_t n)
{
    struct string_list ids = {0};
    struct error err = {0};
    bool ok = embeddings_parse_ids(bytes, n, "fuzz", &ids, &err);
    must(ok || err.text[0], "a refused list has a reason");
    for (int64_t i = 0; ok && i < ids.n; i++) {
        struct strtab view = string_list_view(&ids);
        must(strtab_len(&view, i) > 0, "no id is empty");
    }
    string_list_release(&ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const char *bytes = (const char *)data + 2;
    detect_bytes(bytes, size - 2);
    list_bytes(bytes, size - 2);
    struct target t;
    target_init(&t);
    struct source *s = source_over(bytes, size - 2, "fuzz");
    struct error err = {0};
    bool ok = parse_as(data[0], s, &t, &err);
    must(ok || err.code != ERROR_NONE, "a failure has a reason");
    source_close(s);
    check_report(&t.result.report);
    /* what was read before a failure must hold together as well */
    finish(&t, data[1]);
    target_release(&t);
    return 0;
}
