/* Files of one line a user or item: S3-Rec and IDGenRec (split at spaces), MiniOneRec's info. */
#include <string.h>

#include "storage/base/num.h"
#include "storage/base/span.h"
#include "storage/import/parse.h"

enum { ROWS_PER_PROGRESS = 4096, LEVELS_MAX = 64 };

/* The next word of [*at, end): its length, 0 when there is none; *at moves behind it. */
static size_t next_word(const char **at, const char *end, const char **word)
{
    const char *p = *at;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    *word = p;
    while (p < end && *p != ' ' && *p != '\t')
        p++;
    *at = p;
    return (size_t)(p - *word);
}

static bool add_sequence(struct intake *in, const struct line *line, struct error *err)
{
    const char *at = line->bytes, *end = at + line->n, *user, *item;
    size_t user_n = next_word(&at, end, &user), item_n = next_word(&at, end, &item);
    if (item_n == 0) {
        intake_bad(in, IMPORT_BAD_NO_ITEMS, line->number, line->bytes, line->n);
        return true;
    }
    struct rows *rows = in->rows;
    int32_t before = ids_count(&rows->user_ids);
    int32_t u = ids_add(&rows->user_ids, user, user_n, err);
    if (u < 0)
        return false;
    if (u < before) {
        intake_bad(in, IMPORT_BAD_DUPLICATE_USER, line->number, line->bytes, line->n);
        return true;
    }
    for (; item_n > 0; item_n = next_word(&at, end, &item)) {
        int32_t i = ids_add(&rows->item_ids, item, item_n, err);
        if (i < 0 || !rows_reserve(rows, err))
            return false;
        rows->user[rows->n] = u;
        rows->item[rows->n++] = i;
        in->report->interactions_read++;
    }
    return true;
}

static bool add_item_text(struct intake *in, const struct line *line, struct error *err)
{
    const char *at = line->bytes, *end = at + line->n, *id, *text;
    size_t id_n = next_word(&at, end, &id);
    next_word(&at, end, &text);
    struct span rest = span_trim(text, end);
    struct item_field title = {"title", 5, rest.text, rest.n};
    return intake_item(in, line->number, id, id_n, &title, 1, err);
}

/* "<a_236><b_231>" → 236, 231; the number of codes, 0 if it is anything else. */
static int32_t read_codes(const char *p, size_t n, int32_t codes[LEVELS_MAX])
{
    const char *end = p + n;
    int32_t levels = 0;
    while (p < end) {
        const char *stop = memchr(p, '>', (size_t)(end - p));
        const char *digits = *p == '<' && stop ? memrchr(p, '_', (size_t)(stop - p)) : NULL;
        if (!digits || levels == LEVELS_MAX ||
            !num_int32(digits + 1, (size_t)(stop - digits - 1), &codes[levels]) ||
            codes[levels] < 0)
            return 0;
        levels++;
        p = stop + 1;
    }
    return levels;
}

/* The title belongs to the item if its semantic id does. */
static bool add_info_item(struct intake *in, const struct line *line, const char *first,
                          const char *last, const int32_t *codes, int32_t levels, struct error *err)
{
    const char *id = last + 1;
    size_t id_n = (size_t)(line->bytes + line->n - id);
    int32_t before = ids_count(&in->semids->ids);
    if (!intake_semid(in, line->number, id, id_n, codes, levels, err))
        return false;
    if (!in->titles_of_semids || last < first + 2 || ids_count(&in->semids->ids) == before)
        return true;
    struct item_field title = {"title", 5, first + 1, (size_t)(last - first - 1)};
    return intake_item(in, line->number, id, id_n, &title, 1, err);
}

static bool add_info(struct intake *in, const struct line *line, struct error *err)
{
    const char *end = line->bytes + line->n, *first = memchr(line->bytes, '\t', line->n);
    const char *last = memrchr(line->bytes, '\t', line->n);
    int32_t codes[LEVELS_MAX];
    int32_t levels = first ? read_codes(line->bytes, (size_t)(first - line->bytes), codes) : 0;
    if (!first || levels == 0 || last + 1 == end)
        intake_bad(in, first && levels ? IMPORT_BAD_EMPTY_ID : IMPORT_BAD_SEMID, line->number,
                   line->bytes, line->n);
    else
        return add_info_item(in, line, first, last, codes, levels, err);
    return true;
}

static bool parse_lines(struct source *s, struct intake *in,
                        bool (*add)(struct intake *, const struct line *, struct error *),
                        struct error *err)
{
    struct line line;
    int64_t *rows = &in->report->files[in->file].rows;
    for (;;) {
        enum source_status status = source_line(s, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (status == SOURCE_READ && line_is_blank(&line))
            continue;
        if (++*rows % ROWS_PER_PROGRESS == 0 && !intake_progress(in, s, err))
            return false;
        if (status == SOURCE_LONG)
            intake_bad(in, IMPORT_BAD_LONG_LINE, line.number, line.bytes, line.n);
        else if (line.has_nul && memchr(line.bytes, '\0', line.n))
            intake_bad(in, IMPORT_BAD_NUL, line.number, line.bytes, line.n);
        else if (!add(in, &line, err))
            return false;
    }
}

bool parse_sequences(struct source *s, struct intake *in, struct error *err)
{
    return parse_lines(s, in, add_sequence, err);
}

bool parse_item_text(struct source *s, struct intake *in, struct error *err)
{
    return parse_lines(s, in, add_item_text, err);
}

bool parse_info_semids(struct source *s, struct intake *in, struct error *err)
{
    return parse_lines(s, in, add_info, err);
}
