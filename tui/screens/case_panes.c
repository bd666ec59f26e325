#include "tui/screens/case_panes.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/table.h"
#include "tui/widgets/text.h"

/* ---- badges ---- */

static enum glyph badge_glyph(const struct case_rec *rec)
{
    static const enum glyph glyph_of[] = {
        [BADGE_ILLEGAL] = GLYPH_ILLEGAL,   [BADGE_REPEAT] = GLYPH_REPEAT,
        [BADGE_VERBATIM] = GLYPH_VERBATIM, [BADGE_LAST] = GLYPH_ONE_HOP,
        [BADGE_ANY] = GLYPH_ONE_HOP_ANY,   [BADGE_RELATED] = GLYPH_RELATED,
        [BADGE_NONE] = GLYPH_UNCATEGORIZED};
    return glyph_of[rec->badge];
}

/* What follows the glyph: the length of the match, or the relation and its hop. */
static void badge_suffix(const struct case_rec *rec, char text[16])
{
    text[0] = '\0';
    if (rec->badge == BADGE_VERBATIM)
        snprintf(text, 16, "%d", rec->verbatim);
    if (rec->badge == BADGE_RELATED)
        snprintf(text, 16, "%c%d", rec->relation_type, rec->relation_hop);
}

static unsigned badge_style(const struct case_rec *rec)
{
    switch (rec->badge) {
    case BADGE_ILLEGAL:
        return ROLE_ERROR;
    case BADGE_REPEAT:
        return ROLE_DIM;
    case BADGE_VERBATIM:
        return ROLE_MEMORIZED | STYLE_BOLD;
    case BADGE_LAST:
    case BADGE_ANY:
        return ROLE_MEMORIZED;
    case BADGE_RELATED:
        return ROLE_RELATED;
    default:
        return ROLE_UNCATEGORIZED;
    }
}

/* ---- history ---- */

static const struct column history_columns[] = {
    {.name = "#", .kind = COLUMN_INT, .width = 3, .help = "position in the sequence"},
    {.name = "item", .kind = COLUMN_TITLE, .width = 14, .width_max = 400, .help = "title, or id"},
    {.name = "id", .kind = COLUMN_TEXT, .width = 11, .help = "external id"},
};

/* Does history[at] lead to the recommendation? By the longest match its last items do; without one
 * the items that it directly followed somewhere. */
static bool leads(int32_t at, int32_t n, const struct case_rec *rec,
                  const struct evidence_list *evidence)
{
    if (!rec)
        return false;
    if (rec->verbatim >= 2)
        return at >= n - (rec->verbatim - 1);
    for (size_t i = 0; evidence && i < evidence->n; i++)
        if (evidence->line[i].history_at == at)
            return true;
    return false;
}

struct sheet_source *history_rows(const struct host *host, const int32_t *history, int32_t n,
                                  const struct case_rec *rec, const struct evidence_list *evidence)
{
    struct table *t = table_new(history_columns, ARRAY_LEN(history_columns));
    for (int32_t i = 0; i < n; i++) {
        unsigned style = leads(i, n, rec, evidence) ? ROLE_MEMORIZED | STYLE_LEADS : ROLE_NORMAL;
        table_row(t, i);
        table_int(t, i + 1, style == ROLE_NORMAL ? ROLE_DIM : style);
        table_text(t, host_item_title(host, history[i]), style);
        table_text(t, host_item_id(host, history[i]), ROLE_DIM);
    }
    return table_source(t);
}

/* ---- one run's list ---- */

static const struct column run_columns[] = {
    {.name = "#", .kind = COLUMN_INT, .width = 2, .help = "rank"},
    {.name = "how", .kind = COLUMN_BADGE, .width = 3, .help = "how it is known from training"},
    {.name = "recommended", .kind = COLUMN_TITLE, .width = 14, .width_max = 400, .help = "title, or id"},
    {.name = "n", .kind = COLUMN_INT, .width = 5,
     .help = "occurrences of the longest match; for one-hop from any item their summed count"},
    {.name = " ", .kind = COLUMN_BADGE, .width = 1, .help = "the held-out target"},
    {.name = "id", .kind = COLUMN_TEXT, .width = 11, .help = "external id"},
    {.name = "score", .kind = COLUMN_REAL, .width = 8, .decimals = 3, .help = "of the model"},
};

struct sheet_source *run_rows(const struct host *host, const struct case_run *run)
{
    struct table *t = table_new(run_columns, ARRAY_LEN(run_columns));
    for (int32_t i = 0; i < run->n; i++) {
        const struct case_rec *rec = &run->rec[i];
        unsigned style = rec->is_target ? ROLE_TARGET : ROLE_NORMAL;
        char suffix[16];
        badge_suffix(rec, suffix);
        table_row(t, rec->rank);
        table_int(t, rec->rank, ROLE_DIM);
        table_badge(t, badge_glyph(rec), suffix, (double)rec->badge, badge_style(rec));
        table_text(t, host_item_title(host, rec->item), rec->badge == BADGE_REPEAT ? ROLE_DIM : style);
        if (rec->shown_count > 0)
            table_int(t, rec->shown_count, ROLE_DIM);
        else
            table_text(t, "", ROLE_DIM);
        if (rec->is_target)
            table_badge(t, GLYPH_TARGET, "", 0, ROLE_TARGET);
        else
            table_text(t, "", ROLE_NORMAL);
        table_text(t, host_item_id(host, rec->item), ROLE_DIM);
        table_real(t, (double)rec->score, ROLE_DIM);
    }
    return table_source(t);
}

/* ---- evidence ---- */

static const struct column evidence_columns[] = {
    {.name = "user", .kind = COLUMN_TEXT, .width = 15, .width_max = 20, .help = "whose training sequence"},
    {.name = "before", .kind = COLUMN_TEXT, .width = 12, .width_max = 26, .help = "the item before the match"},
    {.name = "match", .kind = COLUMN_TEXT, .width = 24, .width_max = 120, .help = "what is repeated"},
    {.name = "after", .kind = COLUMN_TEXT, .width = 12, .width_max = 26, .help = "the item after it"},
    {.name = "pos", .kind = COLUMN_TEXT, .width = 7, .help = "place of the recommended item / length"},
    {.name = "lift", .kind = COLUMN_REAL, .width = 7, .decimals = 1,
     .help = "of the last edge: how much more often than chance"},
};

/* One item in at most `cols` columns, cut in the middle. */
static void add_item(const struct host *host, int32_t item, const struct glyphs *glyphs, int cols,
                     struct buf *out)
{
    const char *title = host_item_title(host, item);
    size_t n = strlen(title);
    if (text_width(title, n) <= cols) {
        buf_add(out, title, n);
        return;
    }
    int tail = cols / 3;
    size_t from = text_suffix(title, n, tail, NULL);
    buf_add(out, title, text_prefix(title, n, cols - 1 - tail, NULL));
    buf_adds(out, glyphs->symbol[GLYPH_ELLIPSIS]);
    buf_add(out, title + n - from, from);
}

/* Columns for each item of a match: the room is shared between the longest match and one item of
 * context to either side. */
static int item_columns(const struct evidence_list *e, int cols)
{
    enum { FIXED = 15 + 7 + 7 + 8, LEAST = 8, MOST = 30 };
    int32_t longest = 2;
    for (size_t i = 0; i < e->n; i++)
        longest = e->line[i].length > longest ? e->line[i].length : longest;
    int each = (cols - FIXED) / (longest + 2) - 1;
    return each < LEAST ? LEAST : each > MOST ? MOST : each;
}

static void add_match(struct table *t, const struct host *host, const int32_t *sequence,
                      const struct evidence_line *line, const struct glyphs *glyphs, int each)
{
    struct buf text;
    buf_init(&text);
    buf_addc(&text, '[');
    for (int32_t i = 0; i < line->length; i++) {
        if (i > 0)
            buf_adds(&text, " > ");
        add_item(host, sequence[line->start + i], glyphs, each, &text);
    }
    buf_addc(&text, ']');
    table_text(t, text.data, ROLE_MEMORIZED);
    buf_release(&text);
}

static void add_context(struct table *t, const struct host *host, int32_t item,
                        const struct glyphs *glyphs, int each, const char *edge)
{
    struct buf text;
    buf_init(&text);
    if (item >= 0)
        add_item(host, item, glyphs, each, &text);
    else
        buf_adds(&text, edge);
    table_text(t, text.data, ROLE_DIM);
    buf_release(&text);
}

struct sheet_source *evidence_rows(const struct host *host, const struct evidence_list *evidence,
                                   const struct glyphs *glyphs, int cols)
{
    struct table *t = table_new(evidence_columns, ARRAY_LEN(evidence_columns));
    const struct corpus *corpus = study_corpus(host->study);
    int each = item_columns(evidence, cols);
    for (size_t i = 0; i < evidence->n; i++) {
        const struct evidence_line *line = &evidence->line[i];
        const int32_t *sequence = corpus_sequence(corpus, line->user);
        int32_t end = line->start + line->length;
        table_row(t, (int64_t)i);
        table_text(t, host_user_id(host, line->user),
                   line->own ? ROLE_WARNING : ROLE_NORMAL);
        add_context(t, host, line->start > 0 ? sequence[line->start - 1] : -1, glyphs, each,
                    "start");
        add_match(t, host, sequence, line, glyphs, each);
        add_context(t, host, end < line->sequence_length ? sequence[end] : -1, glyphs, each, "end");
        table_textf(t, ROLE_DIM, "%d/%d", end, line->sequence_length);
        table_real(t, line->lift, ROLE_DIM);
    }
    return table_source(t);
}

static void add_kind(const struct case_rec *rec, struct buf *out)
{
    static const char *const relation[] = {"substitutability", "symmetry", "transitivity",
                                           "2nd-symmetry"};
    switch (rec->badge) {
    case BADGE_ILLEGAL:
        buf_adds(out, "no legal item");
        break;
    case BADGE_REPEAT:
        buf_addf(out, "already in the history, verbatim %d", rec->verbatim);
        break;
    case BADGE_VERBATIM:
        buf_addf(out, "verbatim %d items", rec->verbatim);
        break;
    case BADGE_LAST:
        buf_adds(out, "one-hop from the last item");
        break;
    case BADGE_ANY:
        buf_adds(out, "one-hop from another history item");
        break;
    case BADGE_RELATED: {
        const char *letters = "sytd", *at = strchr(letters, rec->relation_type);
        buf_addf(out, "%s, %d hop%s: no direct successor", relation[at ? at - letters : 0],
                 rec->relation_hop, rec->relation_hop == 1 ? "" : "s");
        break;
    }
    default:
        buf_adds(out, "uncategorized: no link in training");
    }
}

void evidence_title(const struct host *host, const struct case_run *run,
                    const struct case_rec *rec, const struct evidence_list *evidence,
                    const struct glyphs *glyphs, struct buf *out)
{
    const char *dot = glyphs->symbol[GLYPH_DOT];
    buf_addf(out, "%s %d %s ", run->run->name, rec->rank, dot);
    if (rec->item >= 0)
        buf_addf(out, "%s %s ", host_item_id(host, rec->item), dot);
    add_kind(rec, out);
    if (!evidence || evidence->total == 0)
        return;
    buf_addf(out, " %s %lldx in %lld user%s (own %lld)", dot, (long long)evidence->total,
             (long long)evidence->total_users, evidence->total_users == 1 ? "" : "s",
             (long long)evidence->total_own);
    if (rec->lift > 0)
        buf_addf(out, " %s lift %.3g", dot, rec->lift);
}
