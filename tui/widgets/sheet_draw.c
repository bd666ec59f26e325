/* The sheet's looks: column widths, scroll position, and the rows themselves. */
#include <string.h>

#include "tui/widgets/sheet_private.h"

/* ---- layout ---- */

static bool is_right(const struct column *c)
{
    return c->right || c->kind == COLUMN_INT || c->kind == COLUMN_REAL || c->kind == COLUMN_PERCENT;
}

static const char *label_of(const struct column *c)
{
    return c->label ? c->label : c->name;
}

/* Flush right headers may reach into the gap with the sign of sorting. */
static int wanted_width(const struct sheet *s, const struct column *c)
{
    static const int by_kind[] = {
        [COLUMN_TEXT] = 12,   [COLUMN_TITLE] = 24, [COLUMN_INT] = 7,  [COLUMN_REAL] = 7,
        [COLUMN_PERCENT] = 7, [COLUMN_BADGE] = 3,  [COLUMN_BAR] = 16, [COLUMN_INTERVAL] = 13,
    };
    int width = c->width > 0 ? c->width : by_kind[c->kind];
    int name = s->header ? text_width(label_of(c), strlen(label_of(c))) + !is_right(c) : 0;
    return width > name ? width : name;
}

static bool has_width(const struct sheet *s, int c)
{
    return s->wish[c] && s->wish[c]->width > 0;
}

static int gap_of(int cols)
{
    return cols < 60 ? 1 : 2;
}

/* Columns shown: the first one always (it says who the row is), then from `left` on. */
static int next_column(const struct sheet *s, int c)
{
    c = c == 0 && s->left > 1 ? s->left : c + 1;
    while (c < s->source->n_columns && !sheet_column_shown(s, c))
        c++;
    return c;
}

static int shown_from(const struct sheet *s, int c)
{
    int x = SHEET_MARGIN;
    for (int i = 0; i < c; i = next_column(s, i))
        x += s->widths[i] + gap_of(s->cols);
    return x;
}

/* Gives room that is left to the columns that want it, in their order. */
static void grow_columns(struct sheet *s)
{
    int n = s->source->n_columns, spare = s->cols - SHEET_MARGIN + gap_of(s->cols);
    for (int c = 0; c < n; c++)
        spare -= sheet_column_shown(s, c) ? s->widths[c] + gap_of(s->cols) : 0;
    for (int c = 0; c < n && spare > 0; c++) {
        int more = s->source->columns[c].width_max - s->widths[c];
        more = more > spare ? spare : more;
        if (more > 0 && sheet_column_shown(s, c) && !has_width(s, c)) {
            s->widths[c] += more;
            spare -= more;
        }
    }
}

static bool fits(const struct sheet *s, int c)
{
    return shown_from(s, c) + s->widths[c] <= s->cols;
}

/* Scrolls sideways so that the cursor's column is there, and no further than needed. */
static void scroll_columns(struct sheet *s)
{
    int last = s->source->n_columns - 1;
    while (s->column > 0 && (s->column > last || !sheet_column_shown(s, s->column)))
        s->column--;
    while (last > 0 && !sheet_column_shown(s, last))
        last--;
    if (s->left < 1 || s->left > last)
        s->left = 1;
    if (s->column > 0 && s->column < s->left)
        s->left = s->column;
    while (s->left < s->column && !fits(s, s->column))
        s->left++;
    while (s->left > 1) {
        s->left--;
        if (!fits(s, last)) {
            s->left++;
            break;
        }
    }
}

static void fit_columns(struct sheet *s)
{
    int n = s->source->n_columns;
    s->header_rows = s->header;
    for (int c = 0; c < n; c++) {
        s->widths[c] =
            has_width(s, c) ? s->wish[c]->width : wanted_width(s, &s->source->columns[c]);
        if (s->header && s->source->columns[c].group)
            s->header_rows = 2;
    }
    grow_columns(s);
    scroll_columns(s);
}

int sheet_width(const struct sheet *s, int c)
{
    if (has_width(s, c))
        return s->wish[c]->width;
    return s->widths[c] > 0 ? s->widths[c] : wanted_width(s, &s->source->columns[c]);
}

void sheet_layout(struct sheet *s, int rows, int cols)
{
    s->rows = rows;
    s->cols = cols;
    sheet_search_poll(s);
    fit_columns(s);
    int64_t height = sheet_height(s), last_top = s->order->n - height;
    if (s->top > last_top)
        s->top = last_top;
    if (s->top < 0)
        s->top = 0;
    if (s->position >= 0 && s->position < s->top)
        s->top = s->position;
    if (s->position >= s->top + height)
        s->top = s->position - height + 1;
}

/* ---- drawing ---- */

/* Columns that there are for column i at x: a number or a bar is whole or not there. */
static int room_for(const struct sheet *s, const struct canvas *c, int i, int x)
{
    enum { LEAST = 4 };
    const struct column *column = &s->source->columns[i];
    int room = c->cols - x < s->widths[i] ? c->cols - x : s->widths[i];
    bool whole = column->kind != COLUMN_TEXT && column->kind != COLUMN_TITLE;
    return room == s->widths[i] || (!whole && room >= LEAST) ? room : 0;
}

/* The group's name over all of its neighbours that are on the screen. */
static int draw_group(const struct sheet *s, struct canvas *c, int i)
{
    const char *group = s->source->columns[i].group;
    int x = shown_from(s, i), end = x, next = i;
    for (; next < s->source->n_columns; next = next_column(s, next)) {
        const char *other = s->source->columns[next].group;
        int from = shown_from(s, next), room = room_for(s, c, next, from);
        if (!other || strcmp(other, group) != 0)
            break;
        end = room ? from + room : end;
    }
    if (end > x)
        draw_middle(c, 0, x, end - x, ROLE_TITLE, group);
    return next;
}

static void draw_groups(const struct sheet *s, struct canvas *c)
{
    for (int i = 0; i < s->source->n_columns;)
        i = s->source->columns[i].group ? draw_group(s, c, i) : next_column(s, i);
}

static void draw_label(const struct sheet *s, struct canvas *c, int i)
{
    const struct column *column = &s->source->columns[i];
    struct buf name;
    buf_init(&name);
    buf_adds(&name, label_of(column));
    for (size_t k = 0; k < s->shown.n_keys; k++)
        if (s->shown.keys[k].column == i)
            buf_adds(&name, canvas_glyph(c, s->shown.keys[k].descending ? GLYPH_DESCENDING
                                                                        : GLYPH_ASCENDING));
    unsigned style = ROLE_HEADER | (i == s->column ? (unsigned)STYLE_BOLD : 0);
    int x = shown_from(s, i), y = s->header_rows - 1, room = room_for(s, c, i, x);
    int into = gap_of(s->cols) - 1; /* the sign of sorting may stand in the gap, if it leaves one */
    if (room && is_right(column))
        draw_right(c, y, x - into, room + into, style, name.data);
    else if (room)
        draw_end(c, y, x, room, style, name.data);
    buf_release(&name);
}

static void draw_header_row(const struct sheet *s, struct canvas *c)
{
    if (s->header_rows == 2)
        draw_groups(s, c);
    for (int i = 0; i < s->source->n_columns; i = next_column(s, i))
        draw_label(s, c, i);
}

/* Flags text columns [from, to) of a text of `whole` columns that was cut to `cols`: at the end, or
 * in the middle as draw_middle() does. */
static void flag_range(struct canvas *c, int y, int x, int cols, int whole, bool middle, int from,
                       int to, unsigned flags)
{
    int head = whole <= cols ? whole : cols - 1, tail = 0;
    if (whole > cols && middle) {
        tail = (cols - 1) / 3;
        head = cols - 1 - tail;
    }
    int end = to < head ? to : head;
    if (from < end)
        draw_flags(c, y, x + from, end - from, flags);
    int start = from > whole - tail ? from : whole - tail;
    if (tail > 0 && start < to)
        draw_flags(c, y, x + head + 1 + start - (whole - tail), to - start, flags);
}

/* Columns of the text before a byte; bytes are asked for in ascending order, so that all of them
 * together cost one pass. */
struct ruler {
    size_t at; /* where a unit begins */
    int width; /* of what is before */
};

static int columns_before(struct ruler *r, const char *text, size_t n, size_t byte)
{
    struct text_unit unit;
    for (size_t took; r->at < byte; r->at += took) {
        took = text_next(text + r->at, n - r->at, &unit);
        if (took > byte - r->at)
            break;
        r->width += unit.width;
    }
    return r->width + text_width(text + r->at, byte - r->at);
}

/* Hits that nobody sees are passed over where they would be many. */
static void draw_hits(const struct sheet *s, struct canvas *c, int y, int x, int cols, bool middle,
                      const char *text, size_t n)
{
    enum { UNSEEN = 4096, NEAR = 256 /* bytes */ };
    size_t start, end, seen_again = n;
    bool cut = text_prefix(text, n, cols, NULL) < n;
    int whole = cut && !middle ? cols + 1 : text_width(text, n); /* as much as matters */
    if (cut && middle)
        seen_again = text_suffix(text, n, (cols - 1) / 3, NULL);
    struct ruler ruler = {0};
    for (size_t from = 0; regex_find(s->search.filter->regex, s->highlight, text, n, from, &start,
                                     &end) == REGEX_YES;) {
        int first = columns_before(&ruler, text, n, start);
        flag_range(c, y, x, cols, whole, middle, first, columns_before(&ruler, text, n, end),
                   STYLE_MATCH);
        from = end > start ? end : end + 1;
        if (first >= cols && from + UNSEEN < seen_again)
            from = seen_again - NEAR;
        if (from > n || (first >= cols && !middle))
            break;
    }
}

static void draw_cell(const struct sheet *s, struct canvas *c, int y, int x, int i,
                      const struct value *v, const struct buf *text)
{
    const struct column *column = &s->source->columns[i];
    int width = room_for(s, c, i, x);
    if (width == 0)
        return;
    if (v->missing) {
        const char *none = canvas_glyph(c, GLYPH_NONE);
        if (is_right(column))
            draw_right(c, y, x, width, ROLE_DIM, none);
        else
            draw_text(c, y, x, width, ROLE_DIM, none);
    } else if (column->kind == COLUMN_BAR) {
        draw_stack(c, y, x, width, v->part, (size_t)v->n_parts);
    } else if (column->kind == COLUMN_INTERVAL) {
        draw_interval(c, y, x, width, v->style, v->r, v->lo, v->hi, v->scale);
    } else if (is_right(column)) {
        draw_right(c, y, x, width, v->style, text->data);
    } else {
        bool middle = column->kind == COLUMN_TITLE;
        (middle ? draw_middle : draw_end)(c, y, x, width, v->style, text->data);
        if (s->search.filter && s->highlight)
            draw_hits(s, c, y, x, width, middle, text->data, text->len);
    }
}

/* Selection covers the cell, but not its whole width: long titles would cost too many bytes on a
 * slow line each time the cursor moves. */
enum { SELECTION_COLS = 32 };

static void draw_selection(const struct sheet *s, struct canvas *c, int y, bool focused)
{
    if (!focused && s->no_idle_cursor)
        return;
    draw_glyph(c, y, 0, ROLE_SELECTION | (focused ? 0 : (unsigned)STYLE_DIM), GLYPH_CURSOR);
    int x = shown_from(s, s->column), width = s->widths[s->column];
    width = width < SELECTION_COLS ? width : SELECTION_COLS;
    draw_flags(c, y, x, width, focused ? STYLE_SELECTED : STYLE_UNDERLINE);
    if (focused)
        canvas_cursor(c, y, 0);
}

static void draw_row(const struct sheet *s, struct canvas *c, int y, int64_t row,
                     struct buf *scratch, struct buf *text)
{
    if (idset_has(&s->marks, source_id(s->source, row)))
        draw_glyph(c, y, 1, ROLE_MARK, GLYPH_MARK);
    for (int i = 0; i < s->source->n_columns; i = next_column(s, i)) {
        int x = shown_from(s, i);
        if (x >= c->cols)
            break;
        struct value v;
        sheet_value(s, row, i, &v, scratch);
        buf_clear(text);
        value_format(&s->source->columns[i], &v, c->glyphs, text);
        draw_cell(s, c, y, x, i, &v, text);
    }
}

bool sheet_spot(const struct sheet *s, int y, int x, struct sheet_spot *spot)
{
    *spot = (struct sheet_spot){.position = -1, .column = -1};
    for (int i = 0; i < s->source->n_columns; i = next_column(s, i))
        if (x >= shown_from(s, i) && x < shown_from(s, i) + s->widths[i] + gap_of(s->cols))
            spot->column = i;
    int64_t position = s->top + y - s->header_rows;
    if (y >= s->header_rows && position < s->order->n)
        spot->position = position;
    spot->header = y >= 0 && y < s->header_rows;
    return spot->position >= 0 || (spot->header && spot->column >= 0);
}

void sheet_draw(const struct sheet *s, struct canvas *c, bool focused)
{
    int y = 0;
    canvas_region(c, s);
    if (s->header_rows > 0) {
        draw_header_row(s, c);
        y = s->header_rows;
    }
    struct buf scratch, text;
    buf_init(&scratch);
    buf_init(&text);
    for (int64_t at = s->top; y < c->rows && at < s->order->n; y++, at++) {
        draw_row(s, c, y, order_row(s->order, at), &scratch, &text);
        if (at == s->position)
            draw_selection(s, c, y, focused);
    }
    if (s->order->n == 0) {
        const char *why = s->source->n_rows == 0 ? "nothing here"
                          : s->arranging         ? "filtering"
                                                 : "no row passes the filter (& alone clears it)";
        draw_wrapped(c, s->header_rows, SHEET_MARGIN, c->rows - s->header_rows,
                     c->cols - SHEET_MARGIN - 1, ROLE_DIM, why);
        if (focused)
            canvas_cursor(c, s->header_rows, 0);
    }
    buf_release(&scratch);
    buf_release(&text);
}
