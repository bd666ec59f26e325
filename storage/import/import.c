/*
 * The course of an import: open and detect every file, read interactions, then item texts, then
 * semantic ids, then build sequences and match the rest, and embeddings, to them.
 */
#include "storage/import/import.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/build.h"
#include "storage/import/detect.h"
#include "storage/import/embeddings.h"
#include "storage/import/fingerprint.h"
#include "storage/import/match.h"
#include "storage/import/parts.h"
#include "storage/import/prefixes.h"

struct input {
    struct source *source;
    struct detected what;
    enum import_part part; /* by its name; IMPORT_PARTS: none */
};

struct job {
    const struct import_options *options;
    struct import_result *out;
    struct column_request columns;
    struct input *input; /* [n] aligned with report.files */
    size_t n;
    struct intake intake;
    struct rows rows;
    struct prefixes prefixes;
    struct texts texts;
    struct semids semids;
    struct embeddings embeddings;
    size_t first; /* the first input with interactions */
    bool by_part; /* the files are parts of a split, and read in this order */
    int32_t *raw_item;
};

/* ---- options ---- */

static bool check_split(const char *text, struct import_result *out, struct error *err)
{
    double valid = 0.8, test = 0.9;
    if (text && strcmp(text, "given") == 0) {
        snprintf(out->split, sizeof out->split, "given");
        return true;
    }
    if (!text || strcmp(text, "leave-one-out") == 0) {
        snprintf(out->split, sizeof out->split, "leave-one-out");
        return true;
    }
    const char *numbers = strncmp(text, "temporal:", 9) == 0 ? text + 9 : NULL;
    const char *comma = numbers ? strchr(numbers, ',') : NULL;
    bool ok = strcmp(text, "temporal") == 0;
    if (comma)
        ok = num_double(numbers, (size_t)(comma - numbers), &valid) &&
             num_double(comma + 1, strlen(comma + 1), &test) && valid > 0 && valid < test &&
             test < 1;
    if (!ok)
        return error_set(
            err, ERROR_USAGE,
            "--split %s: leave-one-out, given, temporal or temporal:V,T with 0 < V < T < 1 "
            "(shares of the interactions before validation and test) is needed",
            text);
    snprintf(out->split, sizeof out->split, "temporal:%g,%g", valid, test);
    return true;
}

static bool is_dash(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static bool check_options(const struct import_options *o, struct import_result *out,
                          struct error *err)
{
    if (o->n_paths == 0)
        return error_set(err, ERROR_USAGE,
                         "name at least one file to import (- is standard input)");
    if (o->format && !detect_knows_format(o->format)) {
        struct buf names;
        buf_init(&names);
        for (int i = 0; import_format_name(i); i++)
            buf_addf(&names, "%s%s", i > 0 ? ", " : "", import_format_name(i));
        error_set(err, ERROR_USAGE, "--format %s is not known; known are %s", o->format,
                  names.data);
        buf_release(&names);
        return false;
    }
    int dashes = is_dash(o->items) + is_dash(o->semids);
    for (size_t i = 0; i < o->n_paths; i++)
        dashes += is_dash(o->paths[i]);
    if (dashes > 1)
        return error_set(err, ERROR_USAGE, "standard input (-) is named twice");
    if (o->k_core < 0 || o->max_length < 0)
        return error_set(err, ERROR_USAGE, "--k-core and --max-length take whole numbers from 0");
    if ((o->semids_by_order && !o->semids) || (o->embeddings_by_order && !o->embeddings))
        return error_set(err, ERROR_USAGE, "--%s-by needs --%s FILE",
                         o->embeddings_by_order && !o->embeddings ? "embeddings" : "semids",
                         o->embeddings_by_order && !o->embeddings ? "embeddings" : "semids");
    if (o->has_min_rating && !isfinite(o->min_rating))
        return error_set(err, ERROR_USAGE, "--min-rating takes a number");
    return check_split(o->split, out, err);
}

/* ---- opening ---- */

static bool open_input(struct job *job, const char *path, const struct detect_request *request,
                       struct error *err)
{
    struct input *in = &job->input[job->n];
    in->source = source_open(path, err);
    if (!in->source)
        return false;
    job->n++;
    const char *head;
    size_t n;
    if (!source_head(in->source, &head, &n, err) ||
        !detect(source_name(in->source), head, n, n < SOURCE_HEAD_MAX, request, &in->what, err))
        return false;
    source_skip(in->source, in->what.skip);
    in->part = part_of_path(path);
    struct import_report *r = &job->out->report;
    r->files[r->n_files++] = (struct import_file){.path = mem_strdup(source_name(in->source)),
                                                  .role = in->what.role,
                                                  .format = in->what.format,
                                                  .reason = mem_strdup(in->what.reason)};
    return true;
}

static bool open_inputs(struct job *job, struct error *err)
{
    const struct import_options *o = job->options;
    size_t most = o->n_paths + 3;
    job->input = mem_zalloc(most, sizeof *job->input);
    job->out->report.files = mem_zalloc(most, sizeof *job->out->report.files);
    struct detect_request request = {
        .format = o->format, .columns = &job->columns, .has_columns = o->columns != NULL};
    for (size_t i = 0; i < o->n_paths; i++)
        if (!open_input(job, o->paths[i], &request, err))
            return false;
    request.has_role = true;
    request.role = IMPORT_ITEMS;
    if (o->items && !open_input(job, o->items, &request, err))
        return false;
    request.role = IMPORT_SEMIDS;
    if (o->semids && !open_input(job, o->semids, &request, err))
        return false;
    struct import_report *r = &job->out->report;
    return !o->embeddings ||
           embeddings_open(&job->embeddings, o->embeddings, &r->files[r->n_files++], err);
}

/* Do these two files go into one set of interactions, one after the other? */
static bool same_kind(const struct input *a, const struct input *b)
{
    return a->what.parser == b->what.parser &&
           (a->what.parser == PARSER_TABLE
                ? (a->what.table.history < 0) == (b->what.table.history < 0)
                : strcmp(a->what.format, b->what.format) == 0);
}

static bool has_prefixes(const struct input *in)
{
    return in->what.parser == PARSER_TABLE && in->what.table.history >= 0;
}

/* Has it this column, COLUMN_TIME or COLUMN_RATING? */
static bool has_column(const struct input *in, enum column_meaning meaning)
{
    const struct detected *d = &in->what;
    if (d->parser == PARSER_RECORDS)
        return d->record.key[meaning] != NULL;
    return d->parser == PARSER_TABLE &&
           (meaning == COLUMN_TIME ? d->table.time : d->table.rating) >= 0;
}

/* Are the files of interactions the parts of a split? Decides out->split when it was not asked. */
static bool plan_split(struct job *job, struct error *err)
{
    const struct import_file *files = job->out->report.files;
    const char *asked = job->options->split;
    const char *of[IMPORT_PARTS + 1] = {NULL};
    for (size_t i = 0; i < job->n; i++)
        if (job->input[i].what.role == IMPORT_INTERACTIONS &&
            same_kind(&job->input[job->first], &job->input[i]))
            of[job->input[i].part] = files[i].path;
    const char *train = of[IMPORT_PART_TRAIN], *valid = of[IMPORT_PART_VALID];
    const char *test = of[IMPORT_PART_TEST], *other = of[IMPORT_PARTS];
    bool split = job->by_part = train && (valid || test);
    if (asked && strcmp(asked, "given") != 0) {
        if (split)
            intake_note(&job->out->report, "the files' own split is not used: --split %s", asked);
        return true;
    }
    if (split && other)
        return error_set(err, ERROR_INPUT,
                         "%s is none of the parts of the split that %s begins; leave it out, or "
                         "put all together with --split leave-one-out",
                         other, train);
    if (!split && asked)
        return error_set(err, ERROR_INPUT,
                         "--split given: name the files of the split, train and valid or test "
                         "(x.train.inter x.valid.inter x.test.inter, or train/x.csv test/x.csv)");
    if (!split && valid && test && !other)
        return error_set(err, ERROR_INPUT,
                         "%s and %s are parts of a split whose training part is missing; add it, "
                         "or put them together with --split leave-one-out",
                         valid, test);
    job->rows.is_split = split;
    if (split)
        snprintf(job->out->split, sizeof job->out->split, "given");
    return true;
}

/* Finds the interactions and which columns all of them have. */
static bool plan(struct job *job, struct error *err)
{
    bool found = false, has_time = true, has_rating = true, some_time = false;
    for (size_t i = 0; i < job->n; i++) {
        const struct input *in = &job->input[i];
        if (in->what.role != IMPORT_INTERACTIONS)
            continue;
        job->first = found ? job->first : i;
        found = true;
        if (!same_kind(&job->input[job->first], in))
            continue;
        has_time = has_time && has_column(in, COLUMN_TIME);
        some_time = some_time || has_column(in, COLUMN_TIME);
        has_rating = has_rating && has_column(in, COLUMN_RATING);
    }
    if (!found)
        return error_set(err, ERROR_INPUT,
                         "none of the files holds interactions (%s: %s); add the file of users "
                         "and their items, or where a column of users has a name that is not "
                         "known, say it: --columns user=…,item=…",
                         job->out->report.files[0].path, job->out->report.files[0].reason);
    if (some_time && !has_time)
        intake_note(&job->out->report,
                    "not every file of interactions has times, so none are used");
    if (job->options->has_min_rating && !has_rating)
        return error_set(err, ERROR_INPUT,
                         "--min-rating: the interactions have no ratings; leave the option out, or "
                         "name the column with --columns rating=...");
    if (strncmp(job->out->split, "temporal", 8) == 0 && !has_time)
        return error_set(err, ERROR_INPUT,
                         "--split temporal: the interactions have no times; use leave-one-out, or "
                         "name the column with --columns time=...");
    rows_init(&job->rows, has_time, has_rating);
    return plan_split(job, err);
}

/* ---- reading ---- */

static bool too_many_bad(const struct job *job, const struct import_file *f, struct error *err)
{
    const struct import_report *r = &job->out->report;
    struct buf why;
    buf_init(&why);
    int shown = 0;
    for (size_t i = 0; i < r->n_bad && shown < 3; i++) {
        const struct import_bad_row *b = &r->bad[i];
        if (&r->files[b->file] != f)
            continue;
        buf_addf(&why, "%s line %" PRId64 " (%s)", shown++ ? "," : "", b->line,
                 import_bad_reason_text(b->reason));
    }
    const char *hint = r->bad_count[IMPORT_BAD_DUPLICATE_USER] * 2 > r->bad_total
                           ? "; if each line is one interaction, name the columns with --columns "
                             "user=1,item=2"
                           : "";
    error_set(err, ERROR_INPUT,
              "%s: %" PRId64 " of %" PRId64 " rows are malformed, more than 1 %%:%s%s; --allow-bad "
              "skips them",
              f->path, f->bad, f->rows, why.data, hint);
    buf_release(&why);
    return false;
}

static bool parse(struct job *job, struct input *in, struct error *err)
{
    struct intake *intake = &job->intake;
    enum import_role role = in->what.role;
    switch (in->what.parser) {
    case PARSER_SEQUENCES:
        return parse_sequences(in->source, intake, err);
    case PARSER_ITEM_TEXT:
        return parse_item_text(in->source, intake, err);
    case PARSER_TABLE:
        return role == IMPORT_ITEMS
                   ? parse_item_table(in->source, &in->what.table, intake, err)
                   : parse_interaction_table(in->source, &in->what.table, intake, err);
    case PARSER_RECORDS:
        return role == IMPORT_ITEMS
                   ? parse_item_records(in->source, &in->what.record, intake, err)
                   : parse_interaction_records(in->source, &in->what.record, intake, err);
    case PARSER_INFO:
        return parse_info_semids(in->source, intake, err);
    case PARSER_JSON:
        return role == IMPORT_ITEMS    ? parse_json_items(in->source, intake, err)
               : role == IMPORT_SEMIDS ? parse_json_semids(in->source, intake, err)
                                       : parse_json_sequences(in->source, intake, err);
    default:
        return true;
    }
}

static bool read_input(struct job *job, size_t i, struct error *err)
{
    struct input *in = &job->input[i];
    struct import_file *f = &job->out->report.files[i];
    job->intake.file = (int32_t)i;
    if (!parse(job, in, err))
        return false;
    double done, total;
    source_position(in->source, &done, &total);
    job->intake.bytes_before += total;
    source_close(in->source);
    in->source = NULL;
    if (f->rows == 0)
        return error_set(err, ERROR_INPUT, "%s holds no rows%s", f->path,
                         in->what.table.header ? " below its header" : "");
    if (f->bad * 100 > f->rows && !job->options->allow_bad)
        return too_many_bad(job, f, err);
    return true;
}

/* Interactions in another format than the first file's: the same data once more, or a mistake. */
static bool read_twin(struct job *job, size_t i, struct error *err)
{
    struct import_report *r = &job->out->report;
    const char *first = r->files[job->first].path;
    if (has_prefixes(&job->input[i]))
        return error_set(err, ERROR_INPUT,
                         "%s (%s) and %s (%s) are both interactions, in different formats; import "
                         "one of them",
                         first, r->files[job->first].format, r->files[i].path, r->files[i].format);
    struct rows twin;
    int64_t read_before = r->interactions_read;
    rows_init(&twin, false, false);
    job->intake.rows = &twin;
    bool ok = read_input(job, i, err);
    job->intake.rows = &job->rows;
    r->interactions_read = read_before;
    if (ok) {
        size_t bytes = (size_t)twin.n * sizeof *twin.item;
        bool same = twin.n == job->rows.n && memcmp(twin.user, job->rows.user, bytes) == 0 &&
                    memcmp(twin.item, job->rows.item, bytes) == 0;
        if (!same)
            ok =
                error_set(err, ERROR_INPUT,
                          "%s (%s) and %s (%s) are both interactions, in different formats and "
                          "not the same sequences; import one of them",
                          first, r->files[job->first].format, r->files[i].path, r->files[i].format);
        else
            intake_note(r, "%s holds the same sequences as %s; the ids of %s are used",
                        r->files[i].path, first, first);
        r->files[i].role = IMPORT_UNUSED;
    }
    rows_release(&twin);
    return ok;
}

static bool read_role(struct job *job, enum import_role role, struct error *err)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->input[i].what.role == role && job->input[i].source && !read_input(job, i, err))
            return false;
    return true;
}

/* The files of interactions that are this part (any, if these are no parts), in the order they were
 * given. */
static bool read_part(struct job *job, enum import_part part, struct error *err)
{
    const struct input *first = &job->input[job->first];
    job->intake.part = job->rows.is_split ? part : IMPORT_PART_TRAIN;
    for (size_t i = 0; i < job->n; i++)
        if (job->input[i].what.role == IMPORT_INTERACTIONS && same_kind(first, &job->input[i]) &&
            job->input[i].source && (!job->by_part || job->input[i].part == part) &&
            !read_input(job, i, err))
            return false;
    if (part < IMPORT_PART_TEST)
        job->rows.part_from[part] = job->rows.n;
    return true;
}

/* Rows of a history and its next item, all read, as sequences. */
static bool finish_prefixes(struct job *job, struct error *err)
{
    if (!prefixes_finish(&job->prefixes, &job->rows, err))
        return false;
    job->out->report.interactions_read += job->rows.n;
    if (job->prefixes.repeated > 0)
        intake_note(&job->out->report, "%" PRId64 " row%s what earlier rows say",
                    job->prefixes.repeated, plural(job->prefixes.repeated, " repeats", "s repeat"));
    prefixes_release(&job->prefixes);
    return true;
}

static bool read_interactions(struct job *job, struct error *err)
{
    for (enum import_part part = 0; part <= IMPORT_PARTS; part++)
        if (!read_part(job, part, err))
            return false;
    if (has_prefixes(&job->input[job->first]) && !finish_prefixes(job, err))
        return false;
    for (size_t i = 0; i < job->n; i++)
        if (job->input[i].what.role == IMPORT_INTERACTIONS && job->input[i].source &&
            !read_twin(job, i, err))
            return false;
    return true;
}

static bool has_role(const struct job *job, enum import_role role)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->input[i].what.role == role)
            return true;
    return false;
}

static void begin_intake(struct job *job, struct progress *progress)
{
    const struct import_options *o = job->options;
    struct import_report *r = &job->out->report;
    job->intake = (struct intake){.report = r,
                                  .progress = progress,
                                  .rows = &job->rows,
                                  .prefixes = &job->prefixes,
                                  .texts = &job->texts,
                                  .semids = &job->semids,
                                  .has_min_rating = o->has_min_rating,
                                  .min_rating = o->min_rating};
    bool known = true;
    for (size_t i = 0; i < job->n; i++) {
        double done, total;
        source_position(job->input[i].source, &done, &total);
        job->intake.bytes_total += total;
        known = known && total > 0;
    }
    job->intake.bytes_total = known ? job->intake.bytes_total : 0;
    r->has_min_rating = o->has_min_rating;
    r->min_rating = o->min_rating;
    r->k_core = o->k_core;
    r->max_length = o->max_length;
}

static bool read_embedding_ids(struct job *job, struct error *err)
{
    struct import_report *r = &job->out->report;
    job->intake.file = (int32_t)r->n_files - 1;
    struct import_file *f = &r->files[r->n_files - 1];
    if (!embeddings_read_ids(&job->embeddings, &job->intake, err))
        return false;
    if (job->embeddings.has_ids && job->options->embeddings_by_order)
        return error_set(err, ERROR_USAGE,
                         "--embeddings-by order: %s comes with item ids; leave one of them out",
                         f->path);
    return f->bad * 100 <= f->rows || job->options->allow_bad || too_many_bad(job, f, err);
}

/* Item texts. Rows of embeddings without ids may stand in their order: then all ids are kept. */
static bool read_items(struct job *job, struct error *err)
{
    bool all = job->options->embeddings && !job->embeddings.has_ids;
    job->intake.known_items = all ? NULL : job->rows.item_ids.intern;
    bool ok = read_role(job, IMPORT_ITEMS, err);
    job->intake.known_items = job->rows.item_ids.intern;
    return ok;
}

static bool run(struct job *job, struct progress *progress, struct error *err)
{
    const struct import_options *o = job->options;
    struct import_result *out = job->out;
    if (!check_options(o, out, err) ||
        (o->columns && !column_request_parse(o->columns, &job->columns, err)) ||
        !open_inputs(job, err) || !plan(job, err))
        return false;
    begin_intake(job, progress);
    if (o->embeddings && !read_embedding_ids(job, err))
        return false;
    bool items = has_role(job, IMPORT_ITEMS);
    job->intake.titles_of_semids = !items && !o->semids_by_order;
    if (!read_interactions(job, err) || !read_items(job, err) ||
        !read_role(job, IMPORT_SEMIDS, err) ||
        !build_sequences(&job->rows, o, progress, out, &job->raw_item, err) ||
        !match_metadata(&job->rows.item_ids,
                        items || ids_count(&job->texts.ids) > 0 ? &job->texts : NULL,
                        has_role(job, IMPORT_SEMIDS) ? &job->semids : NULL, o, out, err))
        return false;
    if (!items)
        out->report.text_without_items = 0; /* counted as semantic ids without items */
    struct import_file *last = &out->report.files[out->report.n_files - 1];
    if (o->embeddings && !match_embeddings(&job->rows.item_ids, items ? &job->texts.ids : NULL,
                                           &job->embeddings, o, last, out, err))
        return false;
    out->structure_fingerprint = fingerprint_structure(out->n_users, out->offset, out->item);
    out->fingerprint = fingerprint_dataset(&out->user_id, &out->item_id, out->offset, out->item);
    return progress_ok(progress, err);
}

bool import_run(const struct import_options *options, struct progress *progress,
                struct import_result *out, struct error *err)
{
    *out = (struct import_result){0};
    struct job job = {.options = options, .out = out};
    texts_init(&job.texts);
    semids_init(&job.semids);
    bool ok = run(&job, progress, err);
    out->request = import_request_json(options);
    for (size_t i = 0; i < job.n; i++) {
        source_close(job.input[i].source);
        detected_release(&job.input[i].what);
    }
    free(job.input);
    free(job.raw_item);
    column_request_release(&job.columns);
    rows_release(&job.rows);
    prefixes_release(&job.prefixes);
    texts_release(&job.texts);
    semids_release(&job.semids);
    embeddings_release(&job.embeddings);
    if (!ok)
        import_result_release(out);
    return ok;
}

static void report_release(struct import_report *r)
{
    for (size_t i = 0; i < r->n_files; i++) {
        free(r->files[i].path);
        free(r->files[i].reason);
    }
    free(r->files);
    for (size_t i = 0; i < r->n_bad; i++)
        free(r->bad[i].text);
    free(r->bad);
    for (size_t i = 0; i < r->n_notes; i++)
        free(r->notes[i]);
    free(r->notes);
}

void import_result_release(struct import_result *result)
{
    free(result->offset);
    free(result->item);
    free(result->train_end);
    free(result->valid_end);
    free(result->time);
    free(result->rating);
    strtab_release(&result->user_id);
    strtab_release(&result->item_id);
    strtab_release(&result->title);
    strtab_release(&result->category);
    strtab_release(&result->field_name);
    strtab_release(&result->value);
    free(result->value_item);
    free(result->value_field);
    free(result->semid);
    free(result->embedding);
    report_release(&result->report);
    jval_free(result->request);
    *result = (struct import_result){0};
}
