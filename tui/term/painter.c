#include "tui/term/painter.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "storage/base/mem.h"

/* ---- the terminal's description ---- */

static const char *const cap_names[CAP_COUNT] = {
    [CAP_CUP] = "cup",     [CAP_HPA] = "hpa",     [CAP_VPA] = "vpa",     [CAP_CUF] = "cuf",
    [CAP_EL] = "el",       [CAP_CSR] = "csr",     [CAP_IND] = "ind",     [CAP_RI] = "ri",
    [CAP_SGR0] = "sgr0",   [CAP_BOLD] = "bold",   [CAP_DIM] = "dim",     [CAP_UNDERLINE] = "smul",
    [CAP_REVERSE] = "rev", [CAP_SETAF] = "setaf", [CAP_SETAB] = "setab",
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

/* ---- moving ---- */

struct option {
    char bytes[64];
    size_t n;
};

static void consider(struct option *best, const char *bytes)
{
    size_t n = strlen(bytes);
    if (n < sizeof best->bytes && (best->n == 0 || n < best->n)) {
        memcpy(best->bytes, bytes, n + 1);
        best->n = n;
    }
}

static void consider_row(const struct painter *p, int x, struct option *best)
{
    int right = x - p->x;
    if (p->x < 0)
        return;
    if (right > 0 && p->cap[CAP_CUF])
        consider(best, tparm(p->cap[CAP_CUF], right));
    if (right < 0 && right > -4)
        consider(best, &"\b\b\b"[3 + right]);
    if (p->cap[CAP_HPA])
        consider(best, tparm(p->cap[CAP_HPA], x));
    if (x == 0)
        consider(best, "\r");
}

static void move_to(struct painter *p, int y, int x, struct buf *out)
{
    struct option best = {.n = 0};
    if (p->y == y && p->x == x)
        return;
    if (p->y == y)
        consider_row(p, x, &best);
    else if (p->y >= 0 && p->x == x && p->cap[CAP_VPA])
        consider(&best, tparm(p->cap[CAP_VPA], y));
    if (p->y >= 0 && p->x >= 0 && y == p->y + 1 && x == 0)
        consider(&best, "\r\n");
    if (best.n == 0 || best.n > 4)
        consider(&best, tparm(p->cap[CAP_CUP], y, x));
    buf_add(out, best.bytes, best.n);
    p->y = y;
    p->x = x;
}

/* ---- the pen ---- */

static bool same_paint(const struct paint *a, const struct paint *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->bold == b->bold && a->dim == b->dim &&
           a->underline == b->underline && a->reverse == b->reverse;
}

static const struct paint plain_paint = {.fg = -1, .bg = -1};

static void add_colour(struct buf *out, int base, short colour)
{
    if (colour < 8)
        buf_addf(out, "%d;", base + colour);
    else if (colour < 16)
        buf_addf(out, "%d;", base + 60 + colour - 8);
    else
        buf_addf(out, "%d;5;%d;", base + 8, colour);
}

/* The parameters that turn `from` into `to`, where nothing has to be switched off but colours. */
static void add_changes(struct buf *out, const struct paint *from, const struct paint *to)
{
    if (to->bold && !from->bold)
        buf_adds(out, "1;");
    if (to->dim && !from->dim)
        buf_adds(out, "2;");
    if (to->underline && !from->underline)
        buf_adds(out, "4;");
    if (to->reverse && !from->reverse)
        buf_adds(out, "7;");
    if (to->fg != from->fg && to->fg >= 0)
        add_colour(out, 30, to->fg);
    else if (to->fg != from->fg)
        buf_adds(out, "39;");
    if (to->bg != from->bg && to->bg >= 0)
        add_colour(out, 40, to->bg);
    else if (to->bg != from->bg)
        buf_adds(out, "49;");
}

static void set_pen_ansi(struct painter *p, const struct paint *to, struct buf *out)
{
    const struct paint *now = &p->pen;
    bool off = !p->pen_known || (now->bold && !to->bold) || (now->dim && !to->dim) ||
               (now->underline && !to->underline) || (now->reverse && !to->reverse) ||
               same_paint(to, &plain_paint);
    buf_adds(out, "\033[");
    size_t start = out->len;
    if (off && !same_paint(to, &plain_paint))
        buf_adds(out, "0;");
    add_changes(out, off ? &plain_paint : now, to);
    if (out->len > start)
        buf_truncate(out, out->len - 1); /* the last semicolon */
    buf_addc(out, 'm');
}

static void set_pen_by_parts(struct painter *p, const struct paint *to, struct buf *out)
{
    const struct {
        bool on;
        enum painter_capability cap;
    } parts[] = {{to->bold, CAP_BOLD},
                 {to->dim, CAP_DIM},
                 {to->underline, CAP_UNDERLINE},
                 {to->reverse, CAP_REVERSE}};
    buf_adds(out, p->cap[CAP_SGR0] ? p->cap[CAP_SGR0] : "");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].on && p->cap[parts[i].cap])
            buf_adds(out, p->cap[parts[i].cap]);
    if (to->fg >= 0 && p->cap[CAP_SETAF])
        buf_adds(out, tparm(p->cap[CAP_SETAF], to->fg));
    if (to->bg >= 0 && p->cap[CAP_SETAB])
        buf_adds(out, tparm(p->cap[CAP_SETAB], to->bg));
}

static void set_pen(struct painter *p, struct paint to, struct buf *out)
{
    if (p->pen_known && same_paint(&p->pen, &to))
        return;
    if (p->ansi)
        set_pen_ansi(p, &to, out);
    else
        set_pen_by_parts(p, &to, out);
    p->pen = to;
    p->pen_known = true;
}

/* ---- cells ---- */

static struct cell *row_of(const struct grid *g, int y)
{
    return g->cells + (size_t)y * (size_t)g->cols;
}

static bool is_blank(const struct painter *p, const struct cell *c)
{
    struct paint paint = theme_paint(p->scheme, c->style);
    return c->cp[0] == ' ' && c->cp[1] == 0 && !paint.reverse && !paint.underline && paint.bg < 0;
}

/* Do both look the same? Roles may share a paint, and blanks have no colour. */
static bool same_look(const struct painter *p, const struct cell *a, const struct cell *b)
{
    if (a->width != b->width || memcmp(a->cp, b->cp, sizeof a->cp) != 0)
        return false;
    if (a->style == b->style || (is_blank(p, a) && is_blank(p, b)))
        return true;
    struct paint x = theme_paint(p->scheme, a->style), y = theme_paint(p->scheme, b->style);
    return same_paint(&x, &y);
}

/* Writing the cell; the cursor goes on behind it, or is not known any more at the edge. */
static void put_cell(struct painter *p, const struct grid *grid, int x, const struct cell *cell,
                     struct buf *out)
{
    char bytes[4];
    struct paint paint = theme_paint(p->scheme, cell->style);
    if (is_blank(p, cell) && p->pen_known && !p->pen.reverse && !p->pen.underline && p->pen.bg < 0)
        paint = p->pen; /* a blank looks the same in any colour */
    set_pen(p, paint, out);
    for (int k = 0; k < TEXT_CLUSTER && cell->cp[k]; k++)
        buf_add(out, bytes, text_encode(cell->cp[k], bytes));
    p->x = x + cell->width;
    if (p->x >= grid->cols)
        p->x = p->y = -1;
}

/* From the cursor to column x of the same row: jump, or write what is there already when that is
 * shorter (a few characters that need no other pen). */
static void cross(struct painter *p, const struct grid *grid, int y, int x, struct buf *out)
{
    enum { FEW = 4 };
    const struct cell *now = row_of(grid, y);
    bool rewrite = p->y == y && p->x >= 0 && x > p->x && x - p->x <= FEW;
    for (int i = p->x; rewrite && i < x; i++) {
        struct paint paint = theme_paint(p->scheme, now[i].style);
        bool blank = is_blank(p, &now[i]) && !p->pen.reverse && !p->pen.underline;
        rewrite = now[i].width == 1 && now[i].cp[0] < 0x7f && now[i].cp[1] == 0 && p->pen_known &&
                  (blank || same_paint(&paint, &p->pen));
    }
    if (!rewrite) {
        move_to(p, y, x, out);
        return;
    }
    for (int i = p->x; i < x; i++)
        put_cell(p, grid, i, &now[i], out);
}

/* The column from which the row is blank to its end. */
static int blank_from(const struct painter *p, const struct grid *grid, int y)
{
    const struct cell *now = row_of(grid, y);
    int x = grid->cols;
    while (x > 0 && is_blank(p, &now[x - 1]))
        x--;
    return x;
}

static void clear_rest(struct painter *p, const struct grid *grid, int y, int x, struct buf *out)
{
    cross(p, grid, y, x, out);
    set_pen(p, plain_paint, out);
    buf_adds(out, p->cap[CAP_EL]);
}

static void paint_row(struct painter *p, const struct grid *grid, int y, bool all, struct buf *out)
{
    const struct cell *now = row_of(grid, y), *old = row_of(&p->shown, y);
    int blank = p->cap[CAP_EL] ? blank_from(p, grid, y) : grid->cols, last = -1;
    for (int x = 0; x < grid->cols; x++)
        if (all || !same_look(p, &now[x], &old[x]))
            last = x;
    for (int x = 0; x <= last; x++) {
        bool changed = all || !same_look(p, &now[x], &old[x]) ||
                       (now[x].width == 2 && !same_look(p, &now[x + 1], &old[x + 1]));
        if (!changed || now[x].width == 0)
            continue;
        if (x >= blank && (all || last - x >= 3)) {
            clear_rest(p, grid, y, x, out);
            return;
        }
        if (p->wraps_at_once && y == grid->rows - 1 && x + now[x].width >= grid->cols)
            continue;
        cross(p, grid, y, x, out);
        put_cell(p, grid, x, &now[x], out);
    }
}

/* ---- rows that moved ---- */

static bool same_row(const struct grid *a, int y, const struct grid *b, int z)
{
    return memcmp(row_of(a, y), row_of(b, z), (size_t)a->cols * sizeof *a->cells) == 0;
}

static uint64_t hash_row(const struct grid *g, int y)
{
    const unsigned char *s = (const unsigned char *)row_of(g, y);
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < (size_t)g->cols * sizeof *g->cells; i += 4) {
        uint32_t word;
        memcpy(&word, s + i, 4);
        h = (h ^ word) * 1099511628211u;
    }
    return h;
}

struct shift {
    int by;          /* row y was row y + by */
    int first, last; /* rows of the new picture that were elsewhere */
    int gain;
};

/* How much is gained if rows move by `by`: those that come to stand right, less those that stood
 * right and are moved away. */
static struct shift judge(const uint64_t *old, const uint64_t *now, int rows, int by)
{
    struct shift s = {.by = by, .first = -1};
    for (int y = 0; y < rows; y++)
        if (y + by >= 0 && y + by < rows && now[y] == old[y + by] && now[y] != old[y]) {
            s.first = s.first < 0 ? y : s.first;
            s.last = y;
            s.gain++;
        }
    int top = by > 0 ? s.first : s.first + by, bottom = by > 0 ? s.last + by : s.last;
    for (int y = top; s.first >= 0 && y <= bottom; y++)
        s.gain -= now[y] == old[y];
    return s;
}

/* Cells in which a row of the new picture differs from one of the old; all if there is none. */
static int differences(const struct painter *p, const struct grid *grid, int y, int old_y)
{
    if (old_y < 0 || old_y >= grid->rows)
        return grid->cols;
    const struct cell *a = row_of(grid, y), *b = row_of(&p->shown, old_y);
    int n = 0;
    for (int x = 0; x < grid->cols; x++)
        n += !same_look(p, &a[x], &b[x]);
    return n;
}

/* Cells of the new picture that a bare row lacks. */
static int ink(const struct grid *grid, int y)
{
    const struct cell *row = row_of(grid, y);
    int n = 0;
    for (int x = 0; x < grid->cols; x++)
        n += row[x].cp[0] != ' ';
    return n;
}

/* Where moving lays rows bare, the one beyond is bare instead of this one if this one moves, too.
 */
static bool better_moved(const struct painter *p, const struct grid *grid, int y, int by,
                         bool bares)
{
    if (y < 0 || y >= grid->rows || y + by < 0 || y + by >= grid->rows)
        return false;
    int moved = differences(p, grid, y, y + by);
    if (!bares)
        return moved < differences(p, grid, y, y);
    return moved + ink(grid, y + by) < ink(grid, y) + differences(p, grid, y + by, y + by);
}

/* Rows at the edges that come closer to what they should be, as the one with the cursor. */
static void widen(const struct painter *p, const struct grid *grid, struct shift *s)
{
    while (better_moved(p, grid, s->first - 1, s->by, s->by < 0))
        s->first--;
    while (better_moved(p, grid, s->last + 1, s->by, s->by > 0))
        s->last++;
}

static struct shift find_shift(const struct painter *p, const struct grid *grid)
{
    enum { WORTH_IT = 3 };
    struct shift best = {.gain = WORTH_IT - 1};
    int rows = grid->rows, changed = 0;
    for (int y = 0; y < rows; y++)
        changed += !same_row(grid, y, &p->shown, y);
    if (changed <= WORTH_IT)
        return best;
    uint64_t *hashes = mem_alloc(2 * (size_t)rows * sizeof *hashes);
    uint64_t *old = hashes, *now = hashes + rows;
    for (int y = 0; y < rows; y++) {
        old[y] = hash_row(&p->shown, y);
        now[y] = hash_row(grid, y);
    }
    for (int by = -rows / 2; by <= rows / 2; by++) {
        struct shift s = by == 0 ? best : judge(old, now, rows, by);
        if (s.gain > best.gain)
            best = s;
    }
    free(hashes);
    if (best.by != 0)
        widen(p, grid, &best);
    return best;
}

static void scroll_rows(struct painter *p, const struct grid *grid, struct buf *out)
{
    if (!p->cap[CAP_CSR] || !p->cap[CAP_IND] || !p->cap[CAP_RI])
        return;
    struct shift s = find_shift(p, grid);
    if (s.by == 0)
        return;
    int top = s.by > 0 ? s.first : s.first + s.by, bottom = s.by > 0 ? s.last + s.by : s.last;
    set_pen(p, plain_paint, out); /* new rows take the pen's background */
    buf_adds(out, tparm(p->cap[CAP_CSR], top, bottom));
    p->y = p->x = -1; /* terminals differ in where they leave the cursor */
    move_to(p, s.by > 0 ? bottom : top, 0, out);
    for (int i = 0; i < abs(s.by); i++)
        buf_adds(out, p->cap[s.by > 0 ? CAP_IND : CAP_RI]);
    buf_adds(out, tparm(p->cap[CAP_CSR], 0, grid->rows - 1));
    p->y = p->x = -1;
    size_t size = (size_t)grid->cols * sizeof *grid->cells, n = (size_t)(bottom - top + 1);
    size_t by = (size_t)abs(s.by);
    struct cell *region = row_of(&p->shown, top);
    if (s.by > 0)
        memmove(region, row_of(&p->shown, top + s.by), (n - by) * size);
    else
        memmove(row_of(&p->shown, top - s.by), region, (n - by) * size);
    struct cell *bare = s.by > 0 ? row_of(&p->shown, bottom - s.by + 1) : region;
    for (size_t i = 0; i < by * (size_t)grid->cols; i++)
        bare[i] = (struct cell){.cp = {' '}, .style = ROLE_NORMAL, .width = 1};
}

/* ---- the frame ---- */

void painter_frame(struct painter *p, const struct grid *grid, struct buf *out)
{
    bool all = !p->known || p->shown.rows != grid->rows || p->shown.cols != grid->cols;
    if (all) {
        grid_resize(&p->shown, grid->rows, grid->cols);
        painter_forget(p);
        if (p->cap[CAP_CSR])
            buf_adds(out, tparm(p->cap[CAP_CSR], 0, grid->rows - 1));
    } else {
        scroll_rows(p, grid, out);
    }
    for (int y = 0; y < grid->rows; y++)
        if (all || !same_row(grid, y, &p->shown, y))
            paint_row(p, grid, y, all, out);
    move_to(p, grid->cursor_y, grid->cursor_x, out);
    memcpy(p->shown.cells, grid->cells,
           (size_t)grid->rows * (size_t)grid->cols * sizeof *grid->cells);
    p->known = true;
}

void painter_leave(struct painter *p, struct buf *out)
{
    set_pen(p, plain_paint, out);
    move_to(p, 0, 0, out);
    painter_forget(p);
}
