#include "tests/tui/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *cell_fault(const struct grid *g, int x, const struct cell *cell, bool ascii)
{
    uint32_t cp = cell->cp[0];
    if (cell->width == 0)
        return cp != 0 || x == 0 || cell[-1].width != 2 ? "the right half of nothing" : NULL;
    if (cp < 32 || (cp >= 0x7f && cp < 0xa0))
        return "a control character";
    if (cell->width == 2 && (x + 1 == g->cols || cell[1].width != 0))
        return "half of a wide character";
    return ascii && (cp > 126 || cell->cp[1] != 0) ? "a character that is not ASCII" : NULL;
}

const char *frame_fault(const struct grid *g, bool ascii, int *y)
{
    *y = 0;
    if (g->cursor_y < 0 || g->cursor_y >= g->rows || g->cursor_x < 0 || g->cursor_x >= g->cols)
        return "the cursor is outside";
    for (*y = 0; *y < g->rows; ++*y)
        for (int x = 0; x < g->cols; x++) {
            const char *fault = cell_fault(g, x, &g->cells[*y * g->cols + x], ascii);
            if (fault)
                return fault;
        }
    return NULL;
}

void expect_sound_frame(const struct grid *g, bool ascii)
{
    int y;
    const char *fault = frame_fault(g, ascii, &y);
    if (!fault)
        return;
    struct buf row;
    buf_init(&row);
    grid_row_text(g, y, &row);
    fail_msg("%dx%d, row %d: %s: %s", g->cols, g->rows, y, fault, row.data);
}
