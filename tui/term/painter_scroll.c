/*
 * Rows that moved: which, by how far, and the terminal's own scrolling, which is by far the
 * cheapest way to show that.
 */
#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "storage/base/mem.h"
#include "tui/term/painter_private.h"

static uint64_t hash_row(const struct grid *g, int y)
{
    const unsigned char *s = (const unsigned char *)painter_row(g, y);
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < (size_t)g->cols * sizeof *g->cells; i += 4) {
        uint32_t word;
        memcpy(&word, s + i, 4);
        h = (h ^ word) * 1099511628211u;
    }
    return h;
}

/* How much is gained if rows move by `by`: those that come to stand right, less those that stood
 * right and are moved away. */
static struct painter_shift judge(const uint64_t *old, const uint64_t *now, int rows, int by)
{
    struct painter_shift s = {.by = by, .first = -1};
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

static bool has_region(const struct painter *p)
{
    return p->cap[CAP_CSR] && (p->cap[CAP_INDN] || p->cap[CAP_IND]) &&
           (p->cap[CAP_RIN] || p->cap[CAP_RI]);
}

static bool has_lines(const struct painter *p)
{
    return p->cap[CAP_IL1] && p->cap[CAP_DL1];
}

struct painter_shift painter_find_shift(const struct painter *p, const struct grid *grid)
{
    enum { WORTH_IT = 2 };
    struct painter_shift best = {.gain = WORTH_IT - 1};
    int rows = grid->rows, changed = 0;
    if (!has_region(p) && !has_lines(p))
        return best;
    for (int y = 0; y < rows; y++)
        changed += !painter_same_row(grid, y, &p->shown, y);
    if (changed <= WORTH_IT)
        return best;
    uint64_t *hashes = mem_alloc(2 * (size_t)rows * sizeof *hashes);
    uint64_t *old = hashes, *now = hashes + rows;
    for (int y = 0; y < rows; y++) {
        old[y] = hash_row(&p->shown, y);
        now[y] = hash_row(grid, y);
    }
    for (int by = -rows / 2; by <= rows / 2; by++) {
        struct painter_shift s = by == 0 ? best : judge(old, now, rows, by);
        if (s.gain > best.gain)
            best = s;
    }
    free(hashes);
    return best;
}

/* ---- the terminal's part ---- */

void painter_whole_region(const struct painter *p, int rows, struct buf *out)
{
    if (p->short_region)
        buf_adds(out, "\033[r");
    else if (p->cap[CAP_CSR])
        buf_adds(out, tparm(p->cap[CAP_CSR], 0, rows - 1));
}

static void repeat(const struct painter *p, enum painter_capability one, int times, struct buf *out)
{
    for (int i = 0; i < times; i++)
        buf_adds(out, p->cap[one]);
}

static void scroll_region(struct painter *p, int by, int top, int bottom, struct buf *out)
{
    enum painter_capability many = by > 0 ? CAP_INDN : CAP_RIN, one = by > 0 ? CAP_IND : CAP_RI;
    buf_adds(out, tparm(p->cap[CAP_CSR], top, bottom));
    p->y = p->x = -1;   /* terminals differ in where they leave the cursor */
    if (p->cap[many]) { /* wherever it is */
        buf_adds(out, tparm(p->cap[many], abs(by)));
    } else {
        painter_move(p, by > 0 ? bottom : top, 0, out);
        repeat(p, one, abs(by), out);
    }
    painter_whole_region(p, p->shown.rows, out);
    p->y = p->x = -1;
}

/* Where no region can be set: rows are taken out at one end and put in at the other. */
static void scroll_lines(struct painter *p, int by, int top, int bottom, struct buf *out)
{
    int far = abs(by), end = bottom - far + 1;
    painter_move(p, by > 0 ? top : end, 0, out);
    repeat(p, CAP_DL1, far, out);
    painter_move(p, by > 0 ? end : top, 0, out);
    repeat(p, CAP_IL1, far, out);
}

/* The same in what is known to be shown. */
static void scroll_shown(struct grid *shown, int by, int top, int bottom)
{
    size_t size = (size_t)shown->cols * sizeof *shown->cells, n = (size_t)(bottom - top + 1);
    size_t far = (size_t)abs(by);
    struct cell *region = painter_row(shown, top);
    if (by > 0)
        memmove(region, painter_row(shown, top + by), (n - far) * size);
    else
        memmove(painter_row(shown, top - by), region, (n - far) * size);
    struct cell *bare = by > 0 ? painter_row(shown, bottom - by + 1) : region;
    for (size_t i = 0; i < far * (size_t)shown->cols; i++)
        bare[i] = (struct cell){.cp = {' '}, .style = ROLE_NORMAL, .width = 1};
}

void painter_scroll(struct painter *p, const struct painter_shift *s, struct buf *out)
{
    int top = s->by > 0 ? s->first : s->first + s->by;
    int bottom = s->by > 0 ? s->last + s->by : s->last;
    if (!p->pen_known || !painter_clean(&p->pen)) /* new rows take the pen's background */
        painter_set_pen(p, painter_plain, out);
    if (has_region(p))
        scroll_region(p, s->by, top, bottom, out);
    else
        scroll_lines(p, s->by, top, bottom, out);
    scroll_shown(&p->shown, s->by, top, bottom);
}
