#include "tui/widgets/canvas.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "storage/base/mem.h"

/* ---- grid ---- */

static const struct cell blank = {.cp = {' '}, .style = ROLE_NORMAL, .width = 1};

void grid_init(struct grid *g, int rows, int cols)
{
    *g = (struct grid){0};
    grid_resize(g, rows, cols);
}

void grid_release(struct grid *g)
{
    free(g->cells);
    *g = (struct grid){0};
}

void grid_resize(struct grid *g, int rows, int cols)
{
    g->rows = rows > 0 ? rows : 0;
    g->cols = cols > 0 ? cols : 0;
    g->cells = mem_realloc(g->cells, ((size_t)g->rows * (size_t)g->cols + 1) * sizeof *g->cells);
    grid_clear(g);
}

void grid_clear(struct grid *g)
{
    for (size_t i = 0; i < (size_t)g->rows * (size_t)g->cols; i++)
        g->cells[i] = blank;
    g->cursor_y = g->cursor_x = g->n_regions = 0;
}

void canvas_region(struct canvas *c, const void *what)
{
    struct grid *g = c->grid;
    if (g->n_regions < GRID_REGIONS)
        g->region[g->n_regions++] = (struct grid_region){what, c->y, c->x, c->rows, c->cols};
}

const struct grid_region *grid_region_at(const struct grid *g, int y, int x)
{
    for (int i = g->n_regions; i-- > 0;) {
        const struct grid_region *r = &g->region[i];
        if (y >= r->y && y < r->y + r->rows && x >= r->x && x < r->x + r->cols)
            return r;
    }
    return NULL;
}

static struct cell *cell_at(const struct grid *g, int y, int x)
{
    return &g->cells[(size_t)y * (size_t)g->cols + (size_t)x];
}

void grid_row_text(const struct grid *g, int y, struct buf *out)
{
    size_t end = out->len;
    for (int x = 0; x < g->cols; x++) {
        const struct cell *cell = cell_at(g, y, x);
        for (int k = 0; k < TEXT_CLUSTER && cell->width && cell->cp[k]; k++) {
            char bytes[4];
            buf_add(out, bytes, text_encode(cell->cp[k], bytes));
        }
        if (cell->width && cell->cp[0] != ' ')
            end = out->len;
    }
    buf_truncate(out, end);
}

void grid_text(const struct grid *g, struct buf *out)
{
    for (int y = 0; y < g->rows; y++) {
        grid_row_text(g, y, out);
        buf_addc(out, '\n');
    }
}

/* ---- canvas ---- */

struct canvas canvas_of(struct grid *g, const struct glyphs *glyphs)
{
    return (struct canvas){.grid = g, .rows = g->rows, .cols = g->cols, .glyphs = glyphs};
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct canvas canvas_sub(const struct canvas *c, int y, int x, int rows, int cols)
{
    struct canvas sub = *c;
    int top = clamp(y, 0, c->rows), left = clamp(x, 0, c->cols);
    int bottom = clamp(y + rows, top, c->rows), right = clamp(x + cols, left, c->cols);
    sub.y = c->y + top;
    sub.x = c->x + left;
    sub.rows = bottom - top;
    sub.cols = right - left;
    return sub;
}

void canvas_cursor(const struct canvas *c, int y, int x)
{
    c->grid->cursor_y = clamp(c->y + y, 0, c->grid->rows - 1);
    c->grid->cursor_x = clamp(c->x + x, 0, c->grid->cols - 1);
}

/* Writes one character into the grid, taking whole wide characters out of its way. */
static void put(struct canvas *c, int y, int x, unsigned style, const uint32_t *cp, int width)
{
    struct cell *row = cell_at(c->grid, c->y + y, 0);
    int gx = c->x + x;
    if (row[gx].width == 0 && gx > 0)
        row[gx - 1].cp[0] = ' ', row[gx - 1].cp[1] = 0, row[gx - 1].width = 1;
    int last = gx + width - 1;
    if (row[last].width == 2 && last + 1 < c->grid->cols)
        row[last + 1] = blank;
    struct cell *cell = &row[gx];
    memcpy(cell->cp, cp, sizeof cell->cp);
    cell->style = (uint16_t)style;
    cell->width = (uint16_t)width;
    if (width == 2)
        row[gx + 1] = (struct cell){.style = (uint16_t)style, .width = 0};
}

static int put_unit(struct canvas *c, int y, int x, unsigned style, const struct text_unit *unit)
{
    if (unit->escape[0] == '\0') {
        if (unit->width)
            put(c, y, x, style, unit->cp, unit->width);
        return unit->width;
    }
    for (int k = 0; k < unit->width; k++) {
        uint32_t cp[TEXT_CLUSTER] = {(unsigned char)unit->escape[k]};
        put(c, y, x + k, style, cp, 1);
    }
    return unit->width;
}

/* The columns that a text at (y, x) may use; 0: none. A text cannot start left of the canvas. */
static int room(const struct canvas *c, int y, int x, int cols)
{
    if (y < 0 || y >= c->rows || x < 0 || x >= c->cols)
        return 0;
    return cols < c->cols - x ? cols : c->cols - x;
}

int draw_textn(struct canvas *c, int y, int x, int cols, unsigned style, const char *s, size_t n)
{
    int space = room(c, y, x, cols), used = 0;
    struct text_unit unit;
    for (size_t i = 0; i < n;) {
        i += text_next(s + i, n - i, &unit);
        if (used + unit.width > space)
            break;
        used += put_unit(c, y, x + used, style, &unit);
    }
    return used;
}

int draw_text(struct canvas *c, int y, int x, int cols, unsigned style, const char *s)
{
    return draw_textn(c, y, x, cols, style, s, strlen(s));
}

int draw_textf(struct canvas *c, int y, int x, int cols, unsigned style, const char *format, ...)
{
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    int used = draw_textn(c, y, x, cols, style, text.data, text.len);
    buf_release(&text);
    return used;
}

int draw_glyph(struct canvas *c, int y, int x, unsigned style, enum glyph g)
{
    return draw_text(c, y, x, 1, style, canvas_glyph(c, g));
}

int draw_end(struct canvas *c, int y, int x, int cols, unsigned style, const char *s)
{
    size_t n = strlen(s);
    int space = room(c, y, x, cols);
    if (space <= 0 || text_prefix(s, n, space, NULL) == n)
        return draw_textn(c, y, x, space, style, s, n);
    int used = draw_textn(c, y, x, space - 1, style, s, text_prefix(s, n, space - 1, NULL));
    return used + draw_glyph(c, y, x + used, style, GLYPH_ELLIPSIS);
}

int draw_middle(struct canvas *c, int y, int x, int cols, unsigned style, const char *s)
{
    size_t n = strlen(s);
    int space = room(c, y, x, cols);
    if (space <= 0 || text_prefix(s, n, space, NULL) == n)
        return draw_textn(c, y, x, space, style, s, n);
    int tail = (space - 1) / 3, head = space - 1 - tail;
    int used = draw_textn(c, y, x, head, style, s, n);
    used += draw_glyph(c, y, x + used, style, GLYPH_ELLIPSIS);
    size_t from = text_suffix(s, n, tail, NULL);
    return used + draw_textn(c, y, x + used, tail, style, s + from, n - from);
}

int draw_right(struct canvas *c, int y, int x, int cols, unsigned style, const char *s)
{
    size_t n = strlen(s);
    int space = room(c, y, x, cols), width = text_width(s, n);
    if (space <= 0)
        return 0;
    if (width <= space) {
        draw_textn(c, y, x + space - width, width, style, s, n);
        return space;
    }
    size_t from = text_suffix(s, n, space - 1, &width);
    draw_glyph(c, y, x + space - 1 - width, style, GLYPH_ELLIPSIS);
    draw_textn(c, y, x + space - width, width, style, s + from, n - from);
    return space;
}

/* Bytes of the next line of at most `cols` columns, broken at a blank or a newline where there is
 * one; *skip counts the blank. */
static size_t next_line(const char *s, size_t n, int cols, size_t *skip)
{
    const char *newline = memchr(s, '\n', n);
    size_t whole = newline ? (size_t)(newline - s) : n, line = text_line(s, whole, cols);
    *skip = 0;
    if (text_prefix(s, line, cols, NULL) < line)
        return 0; /* not even one character fits */
    *skip = line < n && (line == whole || s[line] == ' ');
    return line;
}

int draw_wrapped(struct canvas *c, int y, int x, int rows, int cols, unsigned style, const char *s)
{
    size_t n = strlen(s);
    int row = 0;
    for (; n > 0 && row < rows; row++) {
        size_t skip, line = next_line(s, n, cols, &skip);
        if (line + skip == 0)
            break; /* not even one character fits */
        bool more = row + 1 == rows && line + skip < n;
        int used = draw_textn(c, y + row, x, more ? cols - 1 : cols, style, s, line);
        if (more && cols > 0)
            draw_glyph(c, y + row, x + used, style, GLYPH_ELLIPSIS);
        s += line + skip;
        n -= line + skip;
    }
    return row;
}

/* ---- cells ---- */

void draw_fill(struct canvas *c, int y, int x, int rows, int cols, unsigned style, const char *s)
{
    struct text_unit unit;
    text_next(s, strlen(s), &unit);
    struct canvas area = canvas_sub(c, y, x, rows, cols);
    for (int i = 0; i < area.rows; i++)
        for (int j = 0; j + unit.width <= area.cols; j += unit.width)
            put_unit(&area, i, j, style, &unit);
}

void draw_flags(struct canvas *c, int y, int x, int cols, unsigned flags)
{
    for (int i = 0, n = room(c, y, x, cols); i < n; i++)
        cell_at(c->grid, c->y + y, c->x + x + i)->style |= (uint16_t)flags;
}

/* ---- lines ---- */

void draw_rule(struct canvas *c, int y, int x, int cols, const char *title)
{
    int space = room(c, y, x, cols);
    draw_fill(c, y, x, 1, space, ROLE_RULE, canvas_glyph(c, GLYPH_HORIZONTAL));
    if (title && *title && space > 6) {
        int used = draw_end(c, y, x + 2, space - 4, ROLE_TITLE, title);
        draw_text(c, y, x + 1, 1, ROLE_RULE, " ");
        draw_text(c, y, x + 2 + used, 1, ROLE_RULE, " ");
    }
}

void draw_vertical(struct canvas *c, int y, int x, int rows)
{
    draw_fill(c, y, x, rows, 1, ROLE_RULE, canvas_glyph(c, GLYPH_VERTICAL));
}

/* ---- bars ---- */

static double share_of(double share)
{
    return !(share > 0) ? 0 : share > 1 ? 1 : share;
}

void draw_stack(struct canvas *c, int y, int x, int cols, const struct bar_part *parts, size_t n)
{
    double sum = 0;
    int at = 0;
    for (size_t i = 0; i < n; i++) {
        sum += share_of(parts[i].share);
        int end = clamp((int)lround(sum * cols), at, cols);
        draw_fill(c, y, x + at, 1, end - at, parts[i].style, canvas_glyph(c, parts[i].fill));
        at = end;
    }
}

void draw_interval(struct canvas *c, int y, int x, int cols, unsigned style, double value,
                   double lo, double hi, double scale)
{
    const double at[3] = {lo, hi, value};
    int half = (cols - 1) / 2, place[3];
    for (int i = 0; i < 3; i++)
        place[i] = scale > 0 ? (int)lround(fmax(-1, fmin(1, at[i] / scale)) * half) : 0;
    if (cols < 1)
        return;
    for (int i = place[0]; i <= place[1]; i++)
        draw_glyph(c, y, x + half + i, style, GLYPH_HORIZONTAL);
    bool inside = lo <= 0 && hi >= 0 && place[0] < place[1];
    draw_glyph(c, y, x + half, inside ? style : ROLE_RULE, inside ? GLYPH_CROSS : GLYPH_VERTICAL);
    draw_glyph(c, y, x + half + place[2], style, GLYPH_ONE_HOP);
}
