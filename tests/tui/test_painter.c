/*
 * tui/term/painter: whatever frame follows whatever frame, the terminal shows the second one. The
 * bytes are read back by libvterm, which knows nothing of how they were made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>
#include <vterm.h>

#include "storage/base/mem.h"
#include "tests/draw.h"
#include "tui/term/painter.h"

struct screen {
    VTerm *vt;
    VTermScreen *screen;
    int rows, cols;
};

static struct screen screen_new(int rows, int cols)
{
    struct screen s = {.rows = rows, .cols = cols, .vt = vterm_new(rows, cols)};
    vterm_set_utf8(s.vt, 1);
    s.screen = vterm_obtain_screen(s.vt);
    vterm_screen_reset(s.screen, 1);
    return s;
}

static void assert_cell(const struct screen *s, const struct grid *g, enum scheme scheme, int y,
                        int x)
{
    const struct cell *cell = &g->cells[y * g->cols + x];
    struct paint paint = theme_paint(scheme, cell->style);
    VTermScreenCell shown;
    vterm_screen_get_cell(s->screen, (VTermPos){.row = y, .col = x}, &shown);
    if (cell->width == 0)
        return;
    uint32_t first = shown.chars[0] ? shown.chars[0] : ' ';
    bool blank = cell->cp[0] == ' ' && !paint.reverse && !paint.underline;
    if (first != cell->cp[0] || (cell->cp[1] && shown.chars[1] != cell->cp[1]))
        fail_msg("(%d, %d) shows U+%04X, not U+%04X", y, x, first, cell->cp[0]);
    if (shown.attrs.reverse != paint.reverse || (shown.attrs.underline != 0) != paint.underline)
        fail_msg("(%d, %d) has the wrong attributes", y, x);
    if (blank)
        return; /* a blank has no colour */
    assert_int_equal(shown.width, cell->width);
    int fg = VTERM_COLOR_IS_DEFAULT_FG(&shown.fg) ? -1 : shown.fg.indexed.idx;
    if (fg != paint.fg || shown.attrs.bold != paint.bold)
        fail_msg("(%d, %d) has colour %d, not %d", y, x, fg, paint.fg);
}

/* Of terminals that would scroll, the last cell stays as it is. */
static void assert_shown(const struct screen *s, const struct grid *g, const struct painter *p)
{
    for (int y = 0; y < g->rows; y++)
        for (int x = 0; x < g->cols; x++)
            if (!p->wraps_at_once || y < g->rows - 1 || x < g->cols - 2)
                assert_cell(s, g, p->scheme, y, x);
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(s->vt), &at);
    assert_int_equal(at.row, g->cursor_y);
    assert_int_equal(at.col, g->cursor_x);
}

/* ---- frames that follow one another ---- */

static void scribble(struct grid *g)
{
    static const char *const words[] = {"opi",   "seche vite", "東京", "cre\u0300me", "■3", "    ",
                                        "1,204", "██████▏",    "a",    "─────────"};
    struct canvas c = canvas_of(g, &glyphs_utf8);
    unsigned style = draw(ROLE_COUNT);
    if (draw(6) == 0)
        style |= STYLE_SELECTED;
    if (draw(6) == 0)
        style |= STYLE_UNDERLINE;
    /* one after the other: the same from every compiler */
    int y = (int)draw((uint32_t)g->rows), x = (int)draw((uint32_t)g->cols), w = 1 + (int)draw(30);
    draw_text(&c, y, x, w, style, words[draw(ARRAY_LEN(words))]);
}

/* Rows [top, bottom] move by `by`, as in a sheet that scrolls. */
static void shift_rows(struct grid *g)
{
    int top = (int)draw((uint32_t)g->rows), n = 1 + (int)draw((uint32_t)(g->rows - top));
    int by = 1 + (int)draw(3);
    size_t cols = (size_t)g->cols;
    if (by >= n)
        return;
    struct cell *region = g->cells + (size_t)top * cols;
    size_t kept = (size_t)(n - by) * cols * sizeof *region;
    if (draw(2))
        memmove(region, region + (size_t)by * cols, kept);
    else
        memmove(region + (size_t)by * cols, region, kept);
}

static void change(struct grid *g)
{
    struct canvas c = canvas_of(g, &glyphs_utf8);
    switch (draw(8)) {
    case 0:
        shift_rows(g);
        break;
    case 1: {
        int y = (int)draw((uint32_t)g->rows), h = 1 + (int)draw(4);
        draw_fill(&c, y, 0, h, g->cols, ROLE_NORMAL, " ");
        break;
    }
    case 2:
        shift_rows(g);
        scribble(g);
        break;
    default:
        for (uint32_t i = draw(6) + 1; i > 0; i--)
            scribble(g);
    }
    g->cursor_y = (int)draw((uint32_t)g->rows);
    g->cursor_x = (int)draw((uint32_t)g->cols);
}

static void run(const char *name, enum scheme scheme, int rows, int cols, int frames)
{
    struct painter p;
    struct error err = {0};
    struct grid g;
    struct buf out;
    draw_seed = (uint32_t)(rows * 1000 + cols);
    if (!painter_open(&p, name, scheme, &err)) {
        print_message("%s is not known here\n", name);
        return;
    }
    struct screen s = screen_new(rows, cols);
    grid_init(&g, rows, cols);
    buf_init(&out);
    for (int i = 0; i < frames; i++) {
        change(&g);
        if (draw(50) == 0) { /* something else wrote on the screen */
            static const char other[] = "\033[2;3H\033[1;31mother\033[7m text\033[1;1Hx";
            vterm_input_write(s.vt, other, sizeof other - 1);
            painter_forget(&p);
        }
        buf_clear(&out);
        painter_frame(&p, &g, &out);
        vterm_input_write(s.vt, out.data, out.len);
        assert_shown(&s, &g, &p);
    }
    buf_clear(&out);
    painter_frame(&p, &g, &out);
    assert_int_equal(out.len, 0); /* the same frame again costs nothing */
    buf_release(&out);
    grid_release(&g);
    painter_close(&p);
    vterm_free(s.vt);
}

static void any_frame_follows_any_frame(void **state)
{
    (void)state;
    static const char *const terminals[] = {"xterm-256color", "xterm", "screen", "tmux",
                                            "linux",          "vt100", "rxvt",   "ansi"};
    for (size_t i = 0; i < ARRAY_LEN(terminals); i++) {
        run(terminals[i], SCHEME_MONO, 24, 80, 300);
        run(terminals[i], SCHEME_MONO, 1, 1, 20);
        run(terminals[i], SCHEME_MONO, 2, 7, 300);
    }
    for (size_t i = 0; i < 5; i++) {
        run(terminals[i], SCHEME_16, 24, 80, 600);
        run(terminals[i], SCHEME_16, 10, 40, 600);
    }
    run("xterm-256color", SCHEME_256, 24, 80, 600);
    run("xterm-256color", SCHEME_256, 60, 200, 100);
}

static void scrolling_moves_rows(void **state)
{
    (void)state;
    struct painter p;
    struct grid g;
    struct buf out;
    assert_true(painter_open(&p, "xterm-256color", SCHEME_16, NULL));
    struct screen s = screen_new(24, 80);
    grid_init(&g, 24, 80);
    buf_init(&out);
    for (int i = 0; i < 30; i++) {
        int top = i < 15 ? i : 30 - i; /* down, then up again */
        grid_clear(&g);
        struct canvas c = canvas_of(&g, &glyphs_utf8);
        for (int y = 0; y < 20; y++)
            draw_textf(&c, y + 2, 2, 78, ROLE_NORMAL, "row %d of many, all of them different %d",
                       top + y, (top + y) * 7919);
        buf_clear(&out);
        painter_frame(&p, &g, &out);
        vterm_input_write(s.vt, out.data, out.len);
        assert_shown(&s, &g, &p);
        if (i > 0)
            assert_in_range(out.len, 1, 70); /* a row of 44 characters and the scrolling */
    }
    buf_release(&out);
    grid_release(&g);
    painter_close(&p);
    vterm_free(s.vt);
}

static void unknown_terminals_are_errors(void **state)
{
    (void)state;
    struct painter p;
    struct error err = {0};
    assert_false(painter_open(&p, "no-such-terminal", SCHEME_16, &err));
    assert_non_null(strstr(err.text, "no-such-terminal"));
    assert_false(painter_open(&p, "dumb", SCHEME_16, &err));
    assert_non_null(strstr(err.text, "cannot move its cursor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_frame_follows_any_frame),
        cmocka_unit_test(scrolling_moves_rows),
        cmocka_unit_test(unknown_terminals_are_errors),
    };
    return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
