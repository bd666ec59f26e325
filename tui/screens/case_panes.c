#include "tui/screens/case_panes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/label/token_prefix.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/widgets/table.h"
#include "tui/widgets/text.h"

/* Widths of a pane from which columns are shown; titles come first. */
enum { ID_FROM = 52, SCORE_FROM = 70, CONTEXT_FROM = 60, LIFT_FROM = 110 };

/* ---- badges ---- */

enum glyph badge_glyph(const struct case_rec *rec)
{
    static const enum glyph glyph_of[] = {
        [BADGE_ILLEGAL] = GLYPH_ILLEGAL,   [BADGE_REPEAT] = GLYPH_REPEAT,
        [BADGE_VERBATIM] = GLYPH_VERBATIM, [BADGE_LAST] = GLYPH_ONE_HOP,
        [BADGE_ANY] = GLYPH_ONE_HOP_ANY,   [BADGE_RELATED] = GLYPH_RELATED,
        [BADGE_NONE] = GLYPH_UNCATEGORIZED};
    return glyph_of[rec->badge];
}

void badge_suffix(const struct case_rec *rec, char text[16])
{
    text[0] = '\0';
    if (rec->badge == BADGE_VERBATIM)
        snprintf(text, 16, "%d", rec->verbatim);
    if (rec->badge == BADGE_RELATED)
        snprintf(text, 16, "%c%d", rec->relation_type, rec->relation_hop);
}

unsigned badge_style(const struct case_rec *rec)
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

/* ---- items ---- */

static void add_tokens(const struct semid_table *ids, int32_t item, int32_t matched,
                       struct buf *out)
{
    const int32_t *code = semid_of(ids, item);
    if (!semid_has(ids, item)) {
        buf_adds(out, "no semantic id");
        return;
    }
    buf_adds(out, matched > 0 ? "[" : "");
    for (int32_t i = 0; i < ids->levels; i++)
        buf_addf(out, "%s%d%s", i ? " " : "", code[i], matched > 0 && i == matched - 1 ? "]" : "");
}

/* The id; nothing where it stands in the place of the title already. */
static void id_text(struct table *t, const struct item_style *s, int32_t item)
{
    bool titled = item >= 0 && strtab_len(&study_dataset(s->host->study)->title, item) > 0;
    table_text(t, titled ? host_item_id(s->host, item) : "", ROLE_DIM);
}

/* The columns that its tokens take, at least `least`. */
static int token_columns(const struct item_style *s, int32_t item, int32_t matched, int least)
{
    struct buf text;
    if (!s->ids || item < 0)
        return least;
    buf_init(&text);
    add_tokens(s->ids, item, matched, &text);
    int columns = (int)text.len;
    buf_release(&text);
    return columns > least ? columns : least;
}

/* The title; or the tokens, those in brackets matched, and the title behind them from column
 * `tokens` on. */
static void item_text(struct table *t, const struct item_style *s, int32_t item, int32_t matched,
                      int tokens, unsigned style)
{
    if (!s->ids || item < 0) {
        table_text(t, host_item_title(s->host, item), style);
        return;
    }
    struct buf text;
    buf_init(&text);
    add_tokens(s->ids, item, matched, &text);
    buf_addf(&text, "%*s  %s", tokens - (int)text.len, "", host_item_title(s->host, item));
    table_text(t, text.data, style);
    buf_release(&text);
}

/* ---- history ---- */

static const struct column history_columns[] = {
    {.name = "leads", .kind = COLUMN_BADGE, .width = 1, .help = "to the selected recommendation"},
    {.name = "#", .kind = COLUMN_INT, .width = 2, .help = "position in the sequence"},
    {.name = "id",
     .kind = COLUMN_TEXT,
     .width = 20,
     .fit = true,
     .from = ID_FROM,
     .help = "external id"},
    {.name = "item", .kind = COLUMN_TITLE, .width = 12, .width_max = 400, .help = "title, or id"},
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

struct sheet_source *history_rows(const struct item_style *s, const int32_t *history, int32_t n,
                                  const struct case_rec *rec, const struct evidence_list *evidence)
{
    struct table *t = table_new(history_columns, ARRAY_LEN(history_columns));
    int tokens = 0;
    for (int32_t i = 0; i < n; i++)
        tokens = token_columns(s, history[i], 0, tokens);
    for (int32_t i = 0; i < n; i++) {
        bool led = leads(i, n, rec, evidence);
        unsigned style = led ? ROLE_MEMORIZED | STYLE_LEADS : ROLE_NORMAL;
        table_row(t, i);
        table_badge(t, led ? GLYPH_CURSOR : GLYPH_BLANK, "", led, ROLE_MEMORIZED);
        table_int(t, i + 1, led ? style : (unsigned)ROLE_DIM);
        id_text(t, s, history[i]);
        item_text(t, s, history[i], 0, tokens, style);
    }
    return table_source(t);
}

/* ---- one run's list ---- */

static const struct column run_columns[] = {
    {.name = "#", .kind = COLUMN_INT, .width = 2, .help = "rank"},
    {.name = "how", .kind = COLUMN_BADGE, .width = 3, .help = "how it is known from training"},
    {.name = "id",
     .kind = COLUMN_TEXT,
     .width = 20,
     .fit = true,
     .from = ID_FROM,
     .help = "external id"},
    [RUN_TITLE] = {.name = "recommended",
                   .kind = COLUMN_TITLE,
                   .width = 12,
                   .width_max = 400,
                   .help = "title, or id"},
    {.name = "n",
     .kind = COLUMN_INT,
     .width = 3,
     .help = "occurrences of the longest match; for one-hop from any item their summed count"},
    {.name = "target", .kind = COLUMN_BADGE, .width = 1, .help = "the held-out target"},
    {.name = "score",
     .kind = COLUMN_REAL,
     .width = 5,
     .decimals = 3,
     .from = SCORE_FROM,
     .help = "of the model"},
};

static void add_how(struct table *t, const struct item_style *s, const struct case_rec *rec,
                    const struct token_label *label)
{
    char suffix[16];
    if (s->tokens && rec->item >= 0) {
        snprintf(suffix, sizeof suffix, "%d/%d", label->n, token_index_levels(s->tokens));
        table_badge(t, GLYPH_BLANK, suffix, label->n,
                    label->n > 0 ? ROLE_MEMORIZED : ROLE_UNCATEGORIZED);
        return;
    }
    badge_suffix(rec, suffix);
    table_badge(t, badge_glyph(rec), suffix, (double)rec->badge, badge_style(rec));
}

static struct token_label label_of(const struct item_style *s, const struct case_rec *rec)
{
    return s->tokens ? token_label(s->tokens, s->last, rec->item) : (struct token_label){0};
}

struct sheet_source *run_rows(const struct item_style *s, const struct case_run *run)
{
    struct table *t = table_new(run_columns, ARRAY_LEN(run_columns));
    int tokens = 0;
    for (int32_t i = 0; i < run->n; i++)
        tokens = token_columns(s, run->rec[i].item, label_of(s, &run->rec[i]).n, tokens);
    for (int32_t i = 0; i < run->n; i++) {
        const struct case_rec *rec = &run->rec[i];
        struct token_label label = label_of(s, rec);
        int64_t count = s->tokens ? label.support : rec->shown_count;
        unsigned style = rec->is_target               ? ROLE_TARGET
                         : rec->badge == BADGE_REPEAT ? ROLE_DIM
                                                      : ROLE_NORMAL;
        table_row(t, rec->rank);
        table_int(t, rec->rank, ROLE_DIM);
        add_how(t, s, rec, &label);
        id_text(t, s, rec->item);
        item_text(t, s, rec->item, label.n, tokens, style);
        if (count > 0)
            table_int(t, count, ROLE_DIM);
        else
            table_missing(t);
        table_badge(t, rec->is_target ? GLYPH_TARGET : GLYPH_BLANK, "", rec->is_target,
                    ROLE_TARGET);
        table_real(t, (double)rec->score, ROLE_DIM);
    }
    return table_source(t);
}

/* ---- evidence ---- */

enum { USER, BEFORE, MATCH, AFTER, POSITION, LIFT, EVIDENCE_COLUMNS };

static const struct column evidence_columns[EVIDENCE_COLUMNS] = {
    [USER] = {.name = "user",
              .kind = COLUMN_TEXT,
              .width = 16,
              .fit = true,
              .help = "whose training sequence"},
    [BEFORE] = {.name = "before",
                .kind = COLUMN_TEXT,
                .right = true,
                .from = CONTEXT_FROM,
                .help = "the item before the match"},
    [MATCH] = {.name = "match", .kind = COLUMN_TEXT, .help = "what is repeated"},
    [AFTER] = {.name = "after",
               .kind = COLUMN_TEXT,
               .from = CONTEXT_FROM,
               .help = "the item after it"},
    [POSITION] = {.name = "pos",
                  .kind = COLUMN_TEXT,
                  .right = true,
                  .width = 16,
                  .fit = true,
                  .help = "place of the recommended item / length"},
    [LIFT] = {.name = "lift",
              .kind = COLUMN_REAL,
              .width = 5,
              .decimals = 1,
              .from = LIFT_FROM,
              .help = "of the last edge: how much more often than chance"},
};

static int item_width(const struct host *host, int32_t item)
{
    const char *title = host_item_title(host, item);
    return text_width(title, strlen(title));
}

/* One item in at most `cols` columns: cut in the middle, or at its end where little is left. */
static void add_item(const struct host *host, int32_t item, const struct glyphs *glyphs, int cols,
                     struct buf *out)
{
    enum { MIDDLE_FROM = 16 };
    const char *title = host_item_title(host, item);
    size_t n = strlen(title);
    if (text_width(title, n) <= cols) {
        buf_add(out, title, n);
        return;
    }
    int tail = cols >= MIDDLE_FROM ? cols / 3 : 0;
    size_t from = text_suffix(title, n, tail, NULL);
    buf_add(out, title, text_prefix(title, n, cols - 1 - tail, NULL));
    buf_adds(out, glyphs->symbol[GLYPH_ELLIPSIS]);
    buf_adds(out, title + from);
}

/* "[x > y > v]": the room is shared so that short titles leave theirs to long ones; of matches that
 * are too long for it the last items are shown. */
static void add_match(const struct host *host, const int32_t *item, int32_t n,
                      const struct glyphs *glyphs, int cols, struct buf *out)
{
    enum { LEAST = 6, ARROW = 3 };
    int32_t first = 0;
    int room = cols - 2 - ARROW * (n - 1), each = 0;
    while (n - first > 2 && room < LEAST * (n - first)) {
        room += first == 0 ? ARROW - 2 : ARROW; /* "… " stands for what is left out */
        first++;
    }
    for (int used = 0; used <= room && each < cols; each++) {
        used = 0;
        for (int32_t i = first; i < n; i++) {
            int width = item_width(host, item[i]);
            used += width < each + 1 ? width : each + 1;
        }
        if (used > room)
            break;
    }
    buf_addc(out, '[');
    if (first > 0)
        buf_addf(out, "%s ", glyphs->symbol[GLYPH_ELLIPSIS]);
    for (int32_t i = first; i < n; i++) {
        buf_adds(out, i > first ? " > " : "");
        add_item(host, item[i], glyphs, each, out);
    }
    buf_addc(out, ']');
}

/* The neighbour of the match, with "…" where more items stand beyond it. */
static void add_context(struct table *t, const struct host *host, int32_t item, bool before,
                        bool more, const struct glyphs *glyphs, int cols)
{
    struct buf text;
    buf_init(&text);
    if (item < 0)
        buf_adds(&text, before ? "start" : "end");
    if (item >= 0 && before && more)
        buf_addf(&text, "%s ", glyphs->symbol[GLYPH_ELLIPSIS]);
    if (item >= 0)
        add_item(host, item, glyphs, cols - 2 * more, &text);
    if (item >= 0 && !before && more)
        buf_addf(&text, " %s", glyphs->symbol[GLYPH_ELLIPSIS]);
    table_text(t, text.data, ROLE_DIM);
    buf_release(&text);
}

static int at_most(int value, int most)
{
    return value < most ? value : most;
}

/* Widths: the match first, what it leaves to its neighbours, and what these leave to it again. */
static void share_room(const struct host *host, const struct evidence_list *e, int room,
                       struct column *columns)
{
    enum { MOST_CONTEXT = 40, LEAST_CONTEXT = 6 };
    int match = 8, before = 5, after = 3;
    for (size_t i = 0; i < e->n; i++) {
        const struct evidence_line *line = &e->line[i];
        const int32_t *item = corpus_sequence(study_corpus(host->study), line->user) + line->start;
        int width = 2 + 3 * (line->length - 1);
        for (int32_t k = 0; k < line->length; k++)
            width += item_width(host, item[k]);
        match = width > match ? width : match;
        if (line->start > 0 && item_width(host, item[-1]) + 2 > before)
            before = item_width(host, item[-1]) + 2;
        if (line->start + line->length < line->sequence_length &&
            item_width(host, item[line->length]) + 2 > after)
            after = item_width(host, item[line->length]) + 2;
    }
    int least = room / 6 > LEAST_CONTEXT ? room / 6 : LEAST_CONTEXT;
    int context = (room - at_most(match, room - 2 * least)) / 2;
    context = at_most(context, MOST_CONTEXT);
    columns[BEFORE].width = at_most(before, context);
    columns[AFTER].width = at_most(after, context);
    columns[MATCH].width = at_most(match, room - columns[BEFORE].width - columns[AFTER].width);
}

static void line_position(const struct evidence_line *line, char text[32])
{
    snprintf(text, 32, "%s%d/%d", line->own ? "own " : "", line->start + line->length,
             line->sequence_length);
}

/* What the other columns leave to the match and its neighbours. */
static int match_room(const struct host *host, const struct evidence_list *e, int cols)
{
    int user = 4, position = 3, lift = 5, gap = cols < 60 ? 1 : 2, gaps = 2;
    for (size_t i = 0; i < e->n; i++) {
        char text[32];
        line_position(&e->line[i], text);
        const char *id = host_user_id(host, e->line[i].user);
        int width = text_width(id, strlen(id)), digits = (int)strlen(text);
        user = width > user ? width : user;
        position = digits > position ? digits : position;
        width = snprintf(NULL, 0, "%.1f", e->line[i].lift);
        lift = width > lift ? width : lift;
    }
    int room = cols - 2 - at_most(user, 16) - at_most(position, 16);
    gaps += cols >= CONTEXT_FROM ? 2 : 0;
    if (cols >= LIFT_FROM) {
        room -= lift;
        gaps++;
    }
    return room - gap * gaps;
}

struct sheet_source *evidence_rows(const struct host *host, const struct evidence_list *evidence,
                                   const struct glyphs *glyphs, int cols)
{
    struct column columns[EVIDENCE_COLUMNS];
    memcpy(columns, evidence_columns, sizeof columns);
    int room = match_room(host, evidence, cols);
    if (cols >= CONTEXT_FROM)
        share_room(host, evidence, room, columns);
    else
        columns[MATCH].width = room > 8 ? room : 8;
    struct table *t = table_new(columns, EVIDENCE_COLUMNS);
    for (size_t i = 0; i < evidence->n; i++) {
        const struct evidence_line *line = &evidence->line[i];
        const int32_t *item = corpus_sequence(study_corpus(host->study), line->user) + line->start;
        int32_t after = line->sequence_length - line->start - line->length;
        char position[32];
        struct buf match;
        buf_init(&match);
        line_position(line, position);
        add_match(host, item, line->length, glyphs, columns[MATCH].width, &match);
        table_row(t, (int64_t)i);
        table_text(t, host_user_id(host, line->user), line->own ? ROLE_WARNING : ROLE_NORMAL);
        add_context(t, host, line->start > 0 ? item[-1] : -1, true, line->start > 1, glyphs,
                    columns[BEFORE].width);
        table_text(t, match.data, ROLE_MEMORIZED);
        add_context(t, host, after > 0 ? item[line->length] : -1, false, after > 1, glyphs,
                    columns[AFTER].width);
        table_text(t, position, ROLE_DIM);
        table_real(t, line->lift, ROLE_DIM);
        buf_release(&match);
    }
    return table_source(t);
}

/* ---- the title above the evidence ---- */

static void add_kind(const struct case_rec *rec, bool brief, struct buf *out)
{
    static const char *const relation[] = {"substitutability", "symmetry", "transitivity",
                                           "2nd-symmetry"};
    switch (rec->badge) {
    case BADGE_ILLEGAL:
        buf_adds(out, "no legal item");
        break;
    case BADGE_REPEAT:
        buf_addf(out, brief ? "repeat, verbatim %d" : "already in the history, verbatim %d",
                 rec->verbatim);
        break;
    case BADGE_VERBATIM:
        buf_addf(out, "verbatim %d items", rec->verbatim);
        break;
    case BADGE_LAST:
        buf_adds(out, brief ? "one-hop(last)" : "one-hop from the last item");
        break;
    case BADGE_ANY:
        buf_adds(out, brief ? "one-hop(any)" : "one-hop from another history item");
        break;
    case BADGE_RELATED: {
        const char *letters = "sytd", *at = strchr(letters, rec->relation_type);
        buf_addf(out, "%s_%d", relation[at ? at - letters : 0], rec->relation_hop);
        if (!brief)
            buf_adds(out, ": no direct successor");
        break;
    }
    default:
        buf_adds(out, brief ? "uncategorized" : "uncategorized: no link in training");
    }
}

static void add_support(const struct evidence_list *e, const struct glyphs *glyphs, struct buf *out)
{
    buf_add_grouped(out, e->total);
    buf_addf(out, "%s in ", glyphs->ascii ? "x" : "×");
    buf_add_grouped(out, e->total_users);
    buf_addf(out, " user%s (own %lld)", plural_s(e->total_users), (long long)e->total_own);
}

/* Levels of brevity: 0 has the item's title, 1 its id, 2 no "Evidence:", 3 the kind in fewer words,
 * 4 no id, 5 no run. */
enum { BRIEFEST = 5 };

static void add_title(const struct host *host, const struct case_run *run,
                      const struct case_rec *rec, const struct evidence_list *e,
                      const struct glyphs *glyphs, int brief, struct buf *out)
{
    const char *dot = glyphs->symbol[GLYPH_DOT];
    buf_adds(out, brief < 2 ? "Evidence: " : "");
    if (brief < 5)
        buf_addf(out, "%s %d %s ", run->run->name, rec->rank, dot);
    if (rec->item >= 0 && brief < 4)
        buf_addf(out, "%s ", host_item_id(host, rec->item));
    if (rec->item >= 0 && brief < 1)
        add_item(host, rec->item, glyphs, 40, out), buf_addc(out, ' ');
    if (rec->item >= 0 && brief < 4)
        buf_addf(out, "%s ", dot);
    add_kind(rec, brief >= 3, out);
    if (!e || e->total == 0)
        return;
    buf_addf(out, " %s ", dot);
    add_support(e, glyphs, out);
    if (rec->lift > 0)
        buf_addf(out, " %s lift ", dot);
    if (rec->lift >= 100)
        buf_add_grouped(out, llround(rec->lift));
    else if (rec->lift > 0)
        buf_addf(out, "%.3g", rec->lift);
}

void evidence_title(const struct host *host, const struct case_run *run, const struct case_rec *rec,
                    const struct evidence_list *evidence, const struct glyphs *glyphs, int cols,
                    struct buf *out)
{
    size_t from = out->len;
    for (int brief = 0; brief <= BRIEFEST; brief++) {
        buf_truncate(out, from);
        add_title(host, run, rec, evidence, glyphs, brief, out);
        if (text_width(out->data + from, out->len - from) <= cols)
            return;
    }
}
