#include "tui/widgets/picture.h"

#include <string.h>

#include "storage/export/svg_text.h"

/* Sizes in user units. */
enum { CELL = 8, ROW = 17, BASELINE = 13, FONT = 13, PAD = 10 };

enum shape_kind { SHAPE_TEXT, SHAPE_LINES, SHAPE_LEFT, SHAPE_BOTTOM, SHAPE_SHADE };

/* What is drawn instead of a character of a font. */
struct shape {
    enum shape_kind kind;
    unsigned lines; /* of SHAPE_LINES: UP | DOWN | LEFT | RIGHT */
    int eighths;    /* of SHAPE_LEFT, SHAPE_BOTTOM */
    int percent;    /* of SHAPE_SHADE */
};

enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

static struct shape shape_of(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        unsigned lines;
    } lines[] = {
        {0x2500, LEFT | RIGHT},
        {0x2502, UP | DOWN},
        {0x250c, DOWN | RIGHT},
        {0x2510, DOWN | LEFT},
        {0x2514, UP | RIGHT},
        {0x2518, UP | LEFT},
        {0x251c, UP | DOWN | RIGHT},
        {0x2524, UP | DOWN | LEFT},
        {0x252c, DOWN | LEFT | RIGHT},
        {0x2534, UP | LEFT | RIGHT},
        {0x253c, UP | DOWN | LEFT | RIGHT},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i].cp == cp)
            return (struct shape){.kind = SHAPE_LINES, .lines = lines[i].lines};
    if (cp >= 0x2588 && cp <= 0x258f) /* █ ▉ … ▏ */
        return (struct shape){.kind = SHAPE_LEFT, .eighths = (int)(0x2590 - cp)};
    if (cp >= 0x2581 && cp <= 0x2587) /* ▁ … ▇ */
        return (struct shape){.kind = SHAPE_BOTTOM, .eighths = (int)(cp - 0x2580)};
    if (cp >= 0x2591 && cp <= 0x2593) /* ░ ▒ ▓ */
        return (struct shape){.kind = SHAPE_SHADE, .percent = 25 * (int)(cp - 0x2590)};
    return (struct shape){.kind = SHAPE_TEXT};
}

/* ---- one element each ---- */

static const struct cell *cell_of(const struct grid *g, int y, int x)
{
    return &g->cells[y * g->cols + x];
}

static void add_class(unsigned style, struct buf *out)
{
    struct paint p = theme_paint(SCHEME_256, style);
    buf_addf(out, "class=\"r%u%s%s%s\"", style & STYLE_ROLE, p.bold ? " b" : "",
             p.underline ? " u" : "", p.reverse ? " v" : "");
}

static void add_rect(unsigned style, double x, double y, double w, double h, int percent,
                     struct buf *out)
{
    buf_addf(out, "<rect ");
    add_class(style, out);
    buf_addf(out, " x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\"", x, y, w, h);
    if (percent < 100)
        buf_addf(out, " fill-opacity=\"%.2g\"", percent / 100.0);
    buf_adds(out, "/>");
}

/* Half lines from the middle of the cell to its edges. */
static void add_lines(unsigned style, unsigned lines, int x, int y, struct buf *out)
{
    int middle_x = x + CELL / 2, middle_y = y + ROW / 2;
    int left = lines & LEFT ? x : middle_x, right = lines & RIGHT ? x + CELL : middle_x;
    int top = lines & UP ? y : middle_y, bottom = lines & DOWN ? y + ROW : middle_y;
    buf_adds(out, "<path ");
    add_class(style, out);
    buf_adds(out, " d=\"");
    if (right > left)
        buf_addf(out, "M%d %d.5H%d", left, middle_y, right);
    if (bottom > top)
        buf_addf(out, "M%d.5 %dV%d", middle_x, top, bottom);
    buf_adds(out, "\"/>");
}

static void add_shape(const struct shape *s, unsigned style, int x, int y, struct buf *out)
{
    if (s->kind == SHAPE_LINES)
        add_lines(style, s->lines, x, y, out);
    else if (s->kind == SHAPE_LEFT)
        add_rect(style, x, y, CELL * s->eighths / 8.0, ROW, 100, out);
    else if (s->kind == SHAPE_BOTTOM)
        add_rect(style, x, y + ROW - ROW * s->eighths / 8.0, CELL, ROW * s->eighths / 8.0, 100,
                 out);
    else
        add_rect(style, x, y, CELL, ROW, s->percent, out);
}

/* ---- runs of text ---- */

static bool is_text(const struct cell *cell)
{
    return cell->width == 0 || shape_of(cell->cp[0]).kind == SHAPE_TEXT;
}

static void add_cell_text(const struct cell *cell, struct buf *out)
{
    for (int k = 0; k < TEXT_CLUSTER && cell->width && cell->cp[k]; k++) {
        char bytes[4];
        buf_add(out, bytes, text_encode(cell->cp[k], bytes));
    }
}

/* Characters outside ASCII stand alone: a font that lacks them moves nothing else. Two blanks end a
 * run, too, as viewers disagree on how wide blanks are. */
static int run_end(const struct grid *g, int y, int x)
{
    const struct cell *first = cell_of(g, y, x);
    if (first->cp[0] >= 0x80)
        return x + (first->width > 1 ? 2 : 1);
    int end = x + 1;
    for (; end < g->cols; end++) {
        const struct cell *cell = cell_of(g, y, end);
        bool gap = cell->cp[0] == ' ' && end + 1 < g->cols && cell_of(g, y, end + 1)->cp[0] == ' ';
        if (!is_text(cell) || cell->style != first->style || cell->cp[0] >= 0x80 || gap)
            break;
    }
    while (end > x + 1 && cell_of(g, y, end - 1)->cp[0] == ' ')
        end--;
    return end;
}

static void add_run(const struct grid *g, int row, int from, int to, struct buf *out)
{
    struct buf text;
    buf_init(&text);
    for (int x = from; x < to; x++)
        add_cell_text(cell_of(g, row, x), &text);
    buf_adds(out, "<text ");
    add_class(cell_of(g, row, from)->style, out);
    buf_addf(out, " x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">",
             PAD + from * CELL, PAD + row * ROW + BASELINE, (to - from) * CELL);
    svg_text_escape(out, text.data, text.len);
    buf_adds(out, "</text>");
    buf_release(&text);
}

/* What lies below the text: cells in reverse. */
static void add_backgrounds(const struct grid *g, int row, struct buf *out)
{
    for (int x = 0; x < g->cols;) {
        unsigned style = cell_of(g, row, x)->style;
        int end = x + 1;
        while (end < g->cols && cell_of(g, row, end)->style == style)
            end++;
        if (theme_paint(SCHEME_256, style).reverse)
            buf_addf(out, "<rect class=\"r%u\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
                     style & STYLE_ROLE, PAD + x * CELL, PAD + row * ROW, (end - x) * CELL, ROW);
        x = end;
    }
}

static void add_row(const struct grid *g, int row, struct buf *out)
{
    add_backgrounds(g, row, out);
    for (int x = 0; x < g->cols;) {
        const struct cell *cell = cell_of(g, row, x);
        struct shape shape = shape_of(cell->cp[0]);
        if (cell->width == 0 || cell->cp[0] == ' ' || cell->cp[0] == 0) {
            x++;
        } else if (shape.kind != SHAPE_TEXT) {
            add_shape(&shape, cell->style, PAD + x * CELL, PAD + row * ROW, out);
            x++;
        } else {
            int end = run_end(g, row, x);
            add_run(g, row, x, end, out);
            x = end;
        }
    }
    buf_addc(out, '\n');
}

/* ---- the whole ---- */

static void add_colours(bool dark, struct buf *out)
{
    buf_addf(out, ".page{fill:%s}.v{fill:%s!important;stroke:none}\n", dark ? "#111827" : "#ffffff",
             dark ? "#111827" : "#ffffff");
    for (int r = 0; r < ROLE_COUNT; r++)
        buf_addf(out, ".r%d{fill:%s}path.r%d{stroke:%s}\n", r, theme_css((enum role)r, dark), r,
                 theme_css((enum role)r, dark));
}

void picture_svg(const struct grid *grid, const char *title, struct buf *out)
{
    int width = 2 * PAD + grid->cols * CELL, height = 2 * PAD + grid->rows * ROW;
    buf_addf(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\""
             " width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">\n<title>",
             width, height, width, height);
    svg_text_escape(out, title, strlen(title));
    buf_addf(out,
             "</title>\n<style>\ntext{font:%dpx \"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation "
             "Mono\",monospace;white-space:pre}\n.b{font-weight:bold}.u{text-decoration:underline}"
             "path{fill:none!important}\n",
             FONT);
    add_colours(false, out);
    buf_adds(out, "@media (prefers-color-scheme:dark){\n");
    add_colours(true, out);
    buf_addf(out, "}\n</style>\n<rect class=\"page\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
             width, height);
    for (int y = 0; y < grid->rows; y++)
        add_row(grid, y, out);
    buf_adds(out, "</svg>\n");
}
