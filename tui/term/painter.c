#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "storage/base/mem.h"
#include "tui/term/painter_private.h"

/* ---- the terminal's description ---- */

static const char *const cap_names[CAP_COUNT] = {
    [CAP_CUP] = "cup",     [CAP_HPA] = "hpa",   [CAP_VPA] = "vpa",        [CAP_CUF] = "cuf",
    [CAP_CUB] = "cub",     [CAP_CUU] = "cuu",   [CAP_CUD] = "cud",        [CAP_CUF1] = "cuf1",
    [CAP_CUB1] = "cub1",   [CAP_CUU1] = "cuu1", [CAP_CUD1] = "cud1",      [CAP_EL] = "el",
    [CAP_CSR] = "csr",     [CAP_IND] = "ind",   [CAP_RI] = "ri",          [CAP_INDN] = "indn",
    [CAP_RIN] = "rin",     [CAP_IL1] = "il1",   [CAP_DL1] = "dl1",        [CAP_SGR0] = "sgr0",
    [CAP_BOLD] = "bold",   [CAP_DIM] = "dim",   [CAP_UNDERLINE] = "smul", [CAP_REVERSE] = "rev",
    [CAP_SETAF] = "setaf",
};

/* A capability without its padding ($<5>): no terminal of this century needs the pauses. */
static char *load(const char *name)
{
    char *s = tigetstr(name);
    if (!s || s == (char *)-1 || !*s)
        return NULL;
    char *out = mem_strdup(s), *to = out;
    for (const char *from = out; *from;) {
        const char *end = from[0] == '$' && from[1] == '<' ? strchr(from, '>') : NULL;
        if (end)
            from = end + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
    return out;
}

static bool is(const char *cap, const char *text)
{
    return cap && strcmp(cap, text) == 0;
}

static void find_dialect(struct painter *p)
{
    char **cap = p->cap;
    bool plain = cap[CAP_SGR0] && strstr(cap[CAP_SGR0], "\033[");
    bool colours = !cap[CAP_SETAF] || strncmp(tparm(cap[CAP_SETAF], 1), "\033[3", 3) == 0;
    p->ansi = plain && colours && is(cap[CAP_BOLD], "\033[1m") &&
              (!cap[CAP_REVERSE] || is(cap[CAP_REVERSE], "\033[7m")) &&
              (!cap[CAP_UNDERLINE] || is(cap[CAP_UNDERLINE], "\033[4m")) &&
              (!cap[CAP_DIM] || is(cap[CAP_DIM], "\033[2m"));
    p->short_region = cap[CAP_CSR] && is(tparm(cap[CAP_CSR], 0, 23), "\033[1;24r");
    p->wraps_at_once = tigetflag("am") > 0 && tigetflag("xenl") <= 0;
}

bool painter_open(struct painter *p, const char *name, enum scheme scheme, struct error *err)
{
    *p = (struct painter){.scheme = scheme, .y = -1, .x = -1};
    int found = 1;
    if (name && setupterm(name, 1, &found) != OK)
        return error_set(err, ERROR_USAGE, "the terminal type \"%s\" is not known", name);
    p->terminal = name ? cur_term : NULL;
    for (int i = 0; i < CAP_COUNT; i++)
        p->cap[i] = load(cap_names[i]);
    if (!p->cap[CAP_CUP]) {
        painter_close(p);
        return error_set(err, ERROR_USAGE,
                         "this terminal cannot move its cursor, which the screens need; use the "
                         "subcommands (rote --help)");
    }
    find_dialect(p);
    grid_init(&p->shown, 0, 0);
    return true;
}

void painter_close(struct painter *p)
{
    for (int i = 0; i < CAP_COUNT; i++)
        free(p->cap[i]);
    grid_release(&p->shown);
    if (p->terminal)
        del_curterm(p->terminal);
    *p = (struct painter){0};
}

void painter_forget(struct painter *p)
{
    p->known = p->pen_known = false;
    p->y = p->x = -1;
}

/* ---- cells ---- */

static bool is_blank(const struct painter *p, const struct cell *c)
{
    struct paint paint = theme_paint(p->scheme, c->style);
    return c->cp[0] == ' ' && c->cp[1] == 0 && painter_clean(&paint);
}

/* Do both look the same? Roles may share a paint, and blanks have no colour. */
bool painter_same_look(const struct painter *p, const struct cell *a, const struct cell *b)
{
    if (a->width != b->width || memcmp(a->cp, b->cp, sizeof a->cp) != 0)
        return false;
    if (a->style == b->style || (is_blank(p, a) && is_blank(p, b)))
        return true;
    struct paint x = theme_paint(p->scheme, a->style), y = theme_paint(p->scheme, b->style);
    return painter_same_paint(&x, &y);
}

static bool writes_blanks(const struct painter *p)
{
    return p->pen_known && painter_clean(&p->pen);
}

/* Writing the cell; the cursor goes on behind it, or is not known any more at the edge. */
static void put_cell(struct painter *p, const struct grid *grid, int x, const struct cell *cell,
                     struct paint paint, struct buf *out)
{
    char bytes[4];
    painter_set_pen(p, paint, out);
    for (int k = 0; k < TEXT_CLUSTER && cell->cp[k]; k++)
        buf_add(out, bytes, text_encode(cell->cp[k], bytes));
    p->x = x + cell->width;
    if (p->x >= grid->cols)
        p->x = p->y = -1;
}

/* What it takes to write the cell with this very pen; a lot when that is the wrong one. */
static size_t bytes_of(const struct painter *p, const struct cell *cell)
{
    enum { WRONG = 1000 };
    char bytes[4];
    struct paint paint = theme_paint(p->scheme, cell->style);
    bool right = p->pen_known && painter_same_paint(&paint, &p->pen);
    if (cell->width != 1 || cell->cp[1] != 0 ||
        (!right && !(is_blank(p, cell) && writes_blanks(p))))
        return WRONG;
    return text_encode(cell->cp[0], bytes);
}

/* From the cursor to column x of the same row: jump, or write what is there already when that is
 * shorter. */
static void cross(struct painter *p, const struct grid *grid, int y, int x, struct buf *out)
{
    const struct cell *now = painter_row(grid, y);
    size_t jump = painter_way(p, y, x).n, again = 0;
    bool ahead = p->y == y && p->x >= 0 && p->x < x;
    for (int i = p->x; ahead && again <= jump && i < x; i++)
        again += bytes_of(p, &now[i]);
    if (!ahead || again > jump) {
        painter_move(p, y, x, out);
        return;
    }
    for (int i = p->x; i < x; i++)
        put_cell(p, grid, i, &now[i], p->pen, out);
}

/* The column from which the row is blank to its end. */
static int blank_from(const struct painter *p, const struct grid *grid, int y)
{
    const struct cell *now = painter_row(grid, y);
    int x = grid->cols;
    while (x > 0 && is_blank(p, &now[x - 1]))
        x--;
    return x;
}

static void clear_rest(struct painter *p, const struct grid *grid, int y, int x, struct buf *out)
{
    cross(p, grid, y, x, out);
    if (!writes_blanks(p))
        painter_set_pen(p, painter_plain, out);
    buf_adds(out, p->cap[CAP_EL]);
}

/* A row on its way to the terminal. */
struct row {
    const struct cell *now, *old;
    bool all; /* nothing is known of what is shown */
    int last; /* the last column to be written; -1: none */
};

static bool is_changed(const struct painter *p, const struct row *row, int x)
{
    const struct cell *now = &row->now[x], *old = &row->old[x];
    return row->all || !painter_same_look(p, now, old) ||
           (now->width == 2 && !painter_same_look(p, now + 1, old + 1));
}

static struct row row_of(const struct painter *p, const struct grid *grid, int y, bool all)
{
    struct row row = {.now = painter_row(grid, y),
                      .old = painter_row(&p->shown, y),
                      .all = all,
                      .last = grid->cols - 1};
    while (row.last >= 0 && !all && painter_same_look(p, &row.now[row.last], &row.old[row.last]))
        row.last--;
    return row;
}

/* A blank looks the same in any colour: in that at hand, or that which is needed next. */
static struct paint paint_of(const struct painter *p, const struct row *row, int x)
{
    struct paint paint = theme_paint(p->scheme, row->now[x].style);
    if (!is_blank(p, &row->now[x]))
        return paint;
    if (writes_blanks(p))
        return p->pen;
    while (++x <= row->last)
        if (is_changed(p, row, x) && !is_blank(p, &row->now[x])) {
            paint = theme_paint(p->scheme, row->now[x].style);
            return painter_clean(&paint) ? paint : painter_plain;
        }
    return painter_plain;
}

static void paint_row(struct painter *p, const struct grid *grid, int y, bool all, struct buf *out)
{
    struct row row = row_of(p, grid, y, all);
    int blank = p->cap[CAP_EL] ? blank_from(p, grid, y) : grid->cols;
    int clear = p->cap[CAP_EL] && !all ? (int)strlen(p->cap[CAP_EL]) : 0;
    for (int x = 0; x <= row.last; x++) {
        const struct cell *cell = &row.now[x];
        if (cell->width == 0 || !is_changed(p, &row, x))
            continue;
        if (x >= blank && row.last - x >= clear) {
            clear_rest(p, grid, y, x, out);
            return;
        }
        if (p->wraps_at_once && y == grid->rows - 1 && x + cell->width >= grid->cols)
            continue;
        cross(p, grid, y, x, out);
        put_cell(p, grid, x, cell, paint_of(p, &row, x), out);
    }
}

/* ---- the frame ---- */

static void paint_rows(struct painter *p, const struct grid *grid, bool all, struct buf *out)
{
    for (int y = 0; y < grid->rows; y++)
        if (all || !painter_same_row(grid, y, &p->shown, y))
            paint_row(p, grid, y, all, out);
    painter_move(p, grid->cursor_y, grid->cursor_x, out);
}

/* Ways to the same frame, of which the shortest is taken. */
struct attempt {
    const struct grid *grid;
    struct painter before;
    struct cell *shown; /* as it was before */
    size_t size;        /* of it */
    struct buf bytes;
};

/* *out, from `start` on, and *p become this way's if it is shorter than what is there. */
static bool is_shorter(struct attempt *a, const struct painter_shift *shift, struct painter *p,
                       size_t start, struct buf *out)
{
    struct painter after = a->before;
    if (shift->first < 0 || shift->last >= a->grid->rows || shift->first + shift->by < 0 ||
        shift->last + shift->by >= a->grid->rows)
        return false;
    memcpy(after.shown.cells, a->shown, a->size);
    buf_clear(&a->bytes);
    painter_scroll(&after, shift, &a->bytes);
    paint_rows(&after, a->grid, false, &a->bytes);
    if (a->bytes.len >= out->len - start)
        return false;
    buf_truncate(out, start);
    buf_add(out, a->bytes.data, a->bytes.len);
    *p = after;
    return true;
}

/* Rows moved by the terminal, and at the edges also those that come closer to what they should be,
 * as the one with the cursor. */
static void try_scrolling(struct painter *p, const struct grid *grid, const struct painter *before,
                          size_t start, struct buf *out)
{
    struct painter_shift shift = painter_find_shift(p, grid), wider;
    if (shift.by == 0)
        return;
    struct attempt a = {.grid = grid, .before = *before};
    a.size = (size_t)grid->rows * (size_t)grid->cols * sizeof *grid->cells;
    a.shown = mem_alloc(a.size);
    memcpy(a.shown, p->shown.cells, a.size);
    buf_init(&a.bytes);
    is_shorter(&a, &shift, p, start, out);
    for (wider = shift, wider.last++; is_shorter(&a, &wider, p, start, out); wider.last++)
        shift = wider;
    for (wider = shift, wider.first--; is_shorter(&a, &wider, p, start, out); wider.first--)
        shift = wider;
    buf_release(&a.bytes);
    free(a.shown);
}

/* The corner that is not written for fear of scrolling: nobody knows what is there, and rows that
 * move take it along. */
static void forget_corner(struct painter *p)
{
    if (!p->wraps_at_once || p->shown.rows == 0)
        return;
    struct cell *end = painter_row(&p->shown, p->shown.rows);
    int n = end[-1].width == 0 ? 2 : 1;
    for (int i = 1; i <= n; i++)
        end[-i] = (struct cell){.cp = {UINT32_MAX}, .width = 1};
}

void painter_frame(struct painter *p, const struct grid *grid, struct buf *out)
{
    bool all = !p->known || p->shown.rows != grid->rows || p->shown.cols != grid->cols;
    if (all) {
        grid_resize(&p->shown, grid->rows, grid->cols);
        painter_forget(p);
        painter_whole_region(p, grid->rows, out);
    }
    struct painter before = *p;
    size_t start = out->len;
    paint_rows(p, grid, all, out);
    if (!all)
        try_scrolling(p, grid, &before, start, out);
    memcpy(p->shown.cells, grid->cells,
           (size_t)grid->rows * (size_t)grid->cols * sizeof *grid->cells);
    forget_corner(p);
    p->known = true;
}

void painter_leave(struct painter *p, struct buf *out)
{
    painter_set_pen(p, painter_plain, out);
    painter_move(p, 0, 0, out);
    painter_forget(p);
}
