/*
 * Where the cursor is and what it writes with. Of all ways that the terminal's description offers
 * the one of the fewest bytes is taken; between equal ones that which does not depend on where the
 * cursor was.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "storage/base/mem.h"
#include "tui/term/painter_private.h"

/* ---- moving ---- */

enum { IMPOSSIBLE = 1000 };

static void consider(struct painter_step *best, const char *bytes)
{
    size_t n = bytes ? strlen(bytes) : IMPOSSIBLE;
    if (n < sizeof best->bytes && n < best->n) {
        memcpy(best->bytes, bytes, n + 1);
        best->n = n;
    }
}

static void consider_to(struct painter_step *best, const struct painter *p,
                        enum painter_capability cap, int n)
{
    if (p->cap[cap])
        consider(best, tparm(p->cap[cap], n));
}

/* A step of one, taken some times. */
static void consider_steps(struct painter_step *best, const struct painter *p,
                           enum painter_capability cap, int times)
{
    char bytes[sizeof best->bytes] = "";
    size_t n = p->cap[cap] ? strlen(p->cap[cap]) : IMPOSSIBLE;
    if (n * (size_t)times >= best->n || n * (size_t)times >= sizeof bytes)
        return;
    for (int i = 0; i < times; i++)
        memcpy(bytes + (size_t)i * n, p->cap[cap], n + 1);
    consider(best, bytes);
}

/* The same column. No step down leaves the last row: nothing scrolls. */
static struct painter_step to_row(const struct painter *p, int y)
{
    struct painter_step best = {.n = p->y == y ? 0 : IMPOSSIBLE};
    if (p->y < 0 || p->y == y)
        return best;
    consider_to(&best, p, CAP_VPA, y);
    consider_to(&best, p, y > p->y ? CAP_CUD : CAP_CUU, abs(y - p->y));
    consider_steps(&best, p, y > p->y ? CAP_CUD1 : CAP_CUU1, abs(y - p->y));
    return best;
}

/* The same row. */
static struct painter_step to_column(const struct painter *p, int x)
{
    struct painter_step best = {.n = p->x == x ? 0 : IMPOSSIBLE};
    if (p->x < 0 || p->x == x)
        return best;
    consider_to(&best, p, CAP_HPA, x);
    consider_to(&best, p, x > p->x ? CAP_CUF : CAP_CUB, abs(x - p->x));
    consider_steps(&best, p, x > p->x ? CAP_CUF1 : CAP_CUB1, abs(x - p->x));
    if (x == 0)
        consider(&best, "\r");
    return best;
}

struct painter_step painter_way(const struct painter *p, int y, int x)
{
    struct painter_step best = {.n = IMPOSSIBLE}, row = to_row(p, y), column = to_column(p, x);
    if (p->y == y && p->x == x)
        return (struct painter_step){.n = 0};
    consider(&best, tparm(p->cap[CAP_CUP], y, x));
    if (row.n + column.n < sizeof best.bytes) {
        memcpy(column.bytes + column.n, row.bytes, row.n + 1);
        consider(&best, column.bytes);
    }
    return best;
}

void painter_move(struct painter *p, int y, int x, struct buf *out)
{
    struct painter_step way = painter_way(p, y, x);
    buf_add(out, way.bytes, way.n);
    p->y = y;
    p->x = x;
}

/* ---- the pen ---- */

bool painter_same_paint(const struct paint *a, const struct paint *b)
{
    return a->fg == b->fg && a->bold == b->bold && a->dim == b->dim &&
           a->underline == b->underline && a->reverse == b->reverse;
}

static void add_colour(struct buf *out, short colour)
{
    if (colour < 8)
        buf_addf(out, "%d;", 30 + colour);
    else if (colour < 16)
        buf_addf(out, "%d;", 90 + colour - 8);
    else
        buf_addf(out, "38;5;%d;", colour);
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
        add_colour(out, to->fg);
    else if (to->fg != from->fg)
        buf_adds(out, "39;");
}

static void add_sequence(struct buf *out, const char *start, const struct paint *from,
                         const struct paint *to)
{
    buf_adds(out, start);
    add_changes(out, from, to);
    if (out->data[out->len - 1] == ';')
        buf_truncate(out, out->len - 1);
    buf_addc(out, 'm');
}

/* Everything off and on again (no number is a 0), or only what differs. */
static void set_pen_ansi(struct painter *p, const struct paint *to, struct buf *out)
{
    const struct paint *now = &p->pen;
    bool off = !p->pen_known || (now->bold && !to->bold) || (now->dim && !to->dim) ||
               (now->underline && !to->underline) || (now->reverse && !to->reverse);
    size_t start = out->len;
    add_sequence(out, painter_same_paint(to, &painter_plain) ? "\033[" : "\033[;", &painter_plain,
                 to);
    size_t middle = out->len, first = middle - start;
    if (off)
        return;
    add_sequence(out, "\033[", now, to);
    size_t second = out->len - middle;
    if (second < first)
        memmove(out->data + start, out->data + middle, second);
    buf_truncate(out, start + (second < first ? second : first));
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
}

void painter_set_pen(struct painter *p, struct paint to, struct buf *out)
{
    if (p->pen_known && painter_same_paint(&p->pen, &to))
        return;
    if (p->ansi)
        set_pen_ansi(p, &to, out);
    else
        set_pen_by_parts(p, &to, out);
    p->pen = to;
    p->pen_known = true;
}
