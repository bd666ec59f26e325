#include "tui/screens/roll_out_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_panes.h"
#include "tui/widgets/table.h"

/* Widths of the sheet from which columns are shown; titles come first. */
enum { COUNTS_FROM = 56, ID_FROM = 64 };

static const struct column columns[] = {
    {.name = "#",
     .kind = COLUMN_BADGE,
     .width = 3,
     .help = "place in the history; +1, +2, … of what the model wrote"},
    {.name = "span",
     .kind = COLUMN_TEXT,
     .width = 12,
     .fit = true,
     .help = "longest runs of items that stand in one training sequence"},
    {.name = "of", .kind = COLUMN_TEXT, .width = 6, .fit = true, .help = "names of the spans"},
    {.name = "how", .kind = COLUMN_BADGE, .width = 3, .help = "how it is known from training"},
    {.name = "id",
     .kind = COLUMN_TEXT,
     .width = 20,
     .fit = true,
     .from = ID_FROM,
     .help = "external id"},
    [ROLL_OUT_TITLE] = {.name = "item",
                        .kind = COLUMN_TITLE,
                        .width = 12,
                        .width_max = 400,
                        .help = "title, or id"},
    {.name = "match",
     .kind = COLUMN_INT,
     .width = 5,
     .from = COUNTS_FROM,
     .help = "items of the longest match that ends here"},
    {.name = "users",
     .kind = COLUMN_INT,
     .width = 5,
     .from = COUNTS_FROM,
     .help = "training users who have that match"},
    {.name = "score",
     .kind = COLUMN_REAL,
     .width = 6,
     .decimals = 3,
     .from = 90,
     .help = "of the model"},
};

char roll_out_letter(size_t span)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return letters[span % (sizeof letters - 1)];
}

bool roll_out_span_has(const struct roll_out_span *span, int32_t place)
{
    return place >= span->begin && place < span->begin + span->length;
}

/* ---- brackets ---- */

/* lane[n_spans]: spans that overlap have different ones; the result is how many lanes there are.
 * Spans come by their begin, so the first lane that is free again will do. */
static int settle_lanes(const struct roll_out *r, int *lane)
{
    int lanes = 0;
    for (size_t i = 0; i < r->n_spans; i++) {
        bool taken[ROLL_OUT_MOST + 1] = {false};
        for (size_t k = 0; k < i; k++)
            if (r->span[k].begin + r->span[k].length > r->span[i].begin)
                taken[lane[k]] = true;
        for (lane[i] = 0; taken[lane[i]];)
            lane[i]++;
        lanes = lane[i] + 1 > lanes ? lane[i] + 1 : lanes;
    }
    return lanes;
}

static enum glyph bracket(const struct roll_out_span *span, int32_t place)
{
    return place == span->begin                      ? GLYPH_TOP_LEFT
           : place == span->begin + span->length - 1 ? GLYPH_BOTTOM_LEFT
                                                     : GLYPH_VERTICAL;
}

/* A column for each lane; *letters: the names of the spans. */
static void add_brackets(const struct roll_out *r, const int *lane, int lanes, int32_t place,
                         const struct glyphs *glyphs, struct buf *out, struct buf *letters)
{
    enum glyph in_lane[ROLL_OUT_MOST + 1] = {GLYPH_BLANK};
    int last = 0;
    for (size_t i = 0; i < r->n_spans; i++) {
        if (!roll_out_span_has(&r->span[i], place))
            continue;
        in_lane[lane[i]] = bracket(&r->span[i], place);
        last = lane[i] + 1 > last ? lane[i] + 1 : last;
        buf_addc(letters, roll_out_letter(i));
    }
    for (int i = 0; i < last && i < lanes; i++)
        buf_adds(out, in_lane[i] == GLYPH_BLANK ? " " : glyphs->symbol[in_lane[i]]);
}

/* ---- rows ---- */

static void add_place(struct table *t, const struct roll_out *r, int32_t place)
{
    char text[16];
    bool written = place >= r->n_history;
    snprintf(text, sizeof text, written ? "+%d" : "%d",
             written ? place - r->n_history + 1 : place + 1);
    table_badge(t, GLYPH_BLANK, text, place + 1, written ? ROLE_NORMAL : ROLE_DIM);
}

static void add_known(struct table *t, const struct case_rec *rec)
{
    char suffix[16];
    if (!rec) {
        table_badge(t, GLYPH_BLANK, "", -1, ROLE_DIM);
        return;
    }
    badge_suffix(rec, suffix);
    table_badge(t, badge_glyph(rec), suffix, (double)rec->badge, badge_style(rec));
}

static void add_counts(struct table *t, const struct case_rec *rec)
{
    if (!rec)
        return;
    if (rec->verbatim >= 2) {
        table_int(t, rec->verbatim, ROLE_DIM);
        table_int(t, rec->users, ROLE_DIM);
    } else {
        table_missing(t);
        table_missing(t);
    }
    table_real(t, (double)rec->score, ROLE_DIM);
}

static void add_row(struct table *t, const struct host *host, const struct roll_out *r,
                    int32_t place, const char *brackets, const char *letters)
{
    int32_t item = r->item[place];
    const struct case_rec *rec = place >= r->n_history ? &r->rec[place - r->n_history] : NULL;
    unsigned style = *letters ? ROLE_MEMORIZED : rec ? ROLE_NORMAL : ROLE_DIM;
    bool titled = strtab_len(&study_dataset(host->study)->title, item) > 0;
    if (*letters)
        style |= rec ? STYLE_BOLD : STYLE_LEADS;
    table_row(t, place + 1);
    add_place(t, r, place);
    table_text(t, brackets, ROLE_MEMORIZED);
    table_text(t, letters, ROLE_MEMORIZED);
    add_known(t, rec);
    table_text(t, titled ? host_item_id(host, item) : "", ROLE_DIM);
    table_text(t, host_item_title(host, item), style);
    add_counts(t, rec);
}

struct sheet_source *roll_out_rows(const struct host *host, const struct roll_out *r,
                                   const struct glyphs *glyphs)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    int *lane = mem_zalloc(r->n_spans, sizeof *lane), lanes = settle_lanes(r, lane);
    struct buf brackets, letters;
    buf_init(&brackets);
    buf_init(&letters);
    for (int32_t place = 0; place < r->n_history + r->n; place++) {
        buf_truncate(&brackets, 0);
        buf_truncate(&letters, 0);
        buf_adds(&brackets, "");
        buf_adds(&letters, "");
        add_brackets(r, lane, lanes, place, glyphs, &brackets, &letters);
        add_row(t, host, r, place, brackets.data, letters.data);
    }
    buf_release(&brackets);
    buf_release(&letters);
    free(lane);
    return table_source(t);
}

struct sheet_source *roll_out_no_rows(void)
{
    return table_source(table_new(columns, ARRAY_LEN(columns)));
}

/* ---- words ---- */

void roll_out_span_words(const struct host *host, const struct roll_out *r, size_t span,
                         const struct glyphs *glyphs, struct buf *out)
{
    const struct roll_out_span *s = &r->span[span];
    const char *dot = glyphs->symbol[GLYPH_DOT];
    buf_addf(out, "%c  %d items %s ", roll_out_letter(span), (int)s->length, dot);
    buf_add_grouped(out, s->occurrences);
    buf_addf(out, "%s in ", glyphs->ascii ? "x" : "×");
    buf_add_grouped(out, s->users);
    buf_addf(out, " user%s (own %lld) %s first %s pos %d", plural_s(s->users), (long long)s->own,
             dot, host_user_id(host, s->first.user), (int)s->first.position + 1);
}
