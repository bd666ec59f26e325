#include "storage/import/recs.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/recs_parse.h"

enum { ROWS_PER_PROGRESS = 4096, SHOWN_BYTES = 100 };

void recs_report_release(struct recs_report *report)
{
    for (int i = 0; i < report->n_bad; i++)
        free(report->bad[i].text);
    free(report->reason);
    *report = (struct recs_report){0};
}

/* Printable ASCII as it is, the rest as '?'. */
static char *shown(const char *bytes, size_t n)
{
    size_t keep = n < SHOWN_BYTES ? n : SHOWN_BYTES;
    char *text = mem_alloc(keep + 1);
    text[keep] = '\0';
    for (size_t i = 0; i < keep; i++) {
        text[i] = bytes[i];
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            text[i] = '?';
    }
    return text;
}

void recs_report_bad(struct recs_report *report, int64_t line, const char *why, const char *bytes,
                     size_t n)
{
    report->bad_total++;
    if (report->n_bad < RECS_BAD_SAMPLES)
        report->bad[report->n_bad++] = (struct recs_bad){line, why, shown(bytes, n)};
}

const char *recs_take_part(const char *text, size_t n, struct recs_list *list)
{
    static const char *const names[] = {"test", "valid", "val", "validation"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == n && memcmp(text, names[i], n) == 0) {
            list->part = i > 0;
            return NULL;
        }
    return "\"split\" is neither test nor valid";
}

bool recs_row(struct recs_reader *r, struct error *err)
{
    double done, total;
    if (++r->report->rows % ROWS_PER_PROGRESS != 0)
        return true;
    source_position(r->source, &done, &total);
    return progress_at(r->progress, "reading lists", done, total, "bytes", err);
}

/* More than 1 % is no accident. */
static bool check_bad(const struct recs_report *report, const struct recs_options *options,
                      const char *name, struct error *err)
{
    const struct recs_bad *first = &report->bad[0];
    if (options->strict && report->bad_total > 0)
        return error_set(err, ERROR_INPUT, "%s, line %lld: %s: %s", name, (long long)first->line,
                         first->why, first->text);
    if (options->allow_bad || report->bad_total * 100 <= report->rows)
        return true;
    return error_set(err, ERROR_INPUT,
                     "%s: %lld of %lld rows are bad; the first is line %lld: %s: %s. Read as %s "
                     "(%s); --format chooses another format, --allow-bad skips them all",
                     name, (long long)report->bad_total, (long long)report->rows,
                     (long long)first->line, first->why, first->text, report->format,
                     report->reason);
}

bool recs_read_source(struct source *s, const struct recs_options *options,
                      const struct recs_sink *sink, struct progress *progress,
                      struct recs_report *report, struct error *err)
{
    const char *bytes;
    size_t n;
    struct recs_format format;
    *report = (struct recs_report){0};
    if (!source_head(s, &bytes, &n, err) ||
        !recs_detect(source_name(s), source_is_gzip(s), bytes, n, options, &format, err))
        return false;
    source_skip(s, format.skip);
    report->format = format.name;
    report->reason = mem_strdup(format.reason);
    struct recs_reader r = {.source = s,
                            .format = &format,
                            .options = options,
                            .sink = sink,
                            .progress = progress,
                            .report = report,
                            .slot = mem_zalloc(RECS_LIST_MAX, sizeof *r.slot)};
    buf_init(&r.decoded);
    buf_init(&r.keys);
    bool rows = format.shape == RECS_TABLE || format.shape == RECS_TREC;
    bool ok = (rows ? recs_parse_rows(&r, err) : recs_parse_json(&r, err)) &&
              check_bad(report, options, source_name(s), err);
    buf_release(&r.decoded);
    buf_release(&r.keys);
    free(r.slot);
    recs_format_release(&format);
    return ok;
}

bool recs_read(const char *path, const struct recs_options *options, const struct recs_sink *sink,
               struct progress *progress, struct recs_report *report, struct error *err)
{
    struct source *s = source_open(path, err);
    *report = (struct recs_report){0};
    bool ok = s && recs_read_source(s, options, sink, progress, report, err);
    source_close(s);
    return ok;
}
