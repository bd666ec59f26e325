/* tui/widgets: text, theme, canvas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/plot.h"
#include "tui/widgets/canvas.h"

static struct grid grid;
static struct canvas canvas;

static struct canvas *fresh(int rows, int cols, const struct glyphs *glyphs)
{
    grid_resize(&grid, rows, cols);
    canvas = canvas_of(&grid, glyphs);
    return &canvas;
}

static void assert_row(int y, const char *text)
{
    struct buf row;
    buf_init(&row);
    grid_row_text(&grid, y, &row);
    if (strcmp(row.data, text) != 0)
        fail_msg("row %d is |%s|, not |%s|", y, row.data, text);
    buf_release(&row);
}

static void utf8_goes_both_ways(void **state)
{
    (void)state;
    static const uint32_t edges[] = {0x24,   0x7f,   0x80,   0x7ff,   0x800,
                                     0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        char bytes[4];
        uint32_t cp = 0;
        size_t n = text_encode(edges[i], bytes);
        assert_int_equal(text_decode(bytes, n, &cp), n);
        assert_int_equal(cp, edges[i]);
        assert_int_equal(text_decode(bytes, n - 1, &cp), 0); /* cut short */
    }
    static const char *const wrong[] = {
        "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xff", "\xc3("};
    uint32_t cp;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_int_equal(text_decode(wrong[i], strlen(wrong[i]), &cp), 0);
}

static void widths_are_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width;
    } cases[] = {
        {"", 0},       {"abc", 3},      {"東京", 4},     {"crème", 5},    {"cre\u0300me", 5},
        {"\u0300", 1}, {"a\tb", 4},     {"\x1b[31m", 6}, {"\xff", 4},     {"\x7f", 2},
        {"\u202e", 6}, {"a\u200db", 2}, {"❤\ufe0f", 1},  {"\xc2\x9b", 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (text_width(cases[i].text, strlen(cases[i].text)) != cases[i].width)
            fail_msg("case %zu: %d columns", i, text_width(cases[i].text, strlen(cases[i].text)));
    int width;
    assert_int_equal(text_prefix("東京x", 7, 3, &width), 3); /* half a character is none */
    assert_int_equal(width, 2);
    assert_int_equal(text_suffix("x東京", 7, 3, &width), 4);
    assert_int_equal(width, 2);
}

static void text_is_cut_and_escaped(void **state)
{
    (void)state;
    struct canvas *c = fresh(12, 20, &glyphs_utf8);
    assert_int_equal(draw_text(c, 0, 0, 18, ROLE_NORMAL, "a\tb \x1b[2J \xff\xfe!"), 15);
    assert_row(0, "a^Ib ^[[2J \\xff"); /* the second escape would be cut: left out */
    draw_end(c, 1, 0, 10, ROLE_NORMAL, "bare escentuals");
    assert_row(1, "bare esce…");
    draw_middle(c, 2, 0, 16, ROLE_NORMAL, "seche vite dry fast top coat 14ml");
    assert_row(2, "seche vite… 14ml");
    draw_right(c, 3, 0, 10, ROLE_NORMAL, "1,204");
    assert_row(3, "     1,204");
    draw_right(c, 4, 0, 4, ROLE_NORMAL, "1,204");
    assert_row(4, "…204");
    draw_end(c, 5, 0, 5, ROLE_NORMAL, "東京東京");
    assert_row(5, "東京…");
    draw_text(c, 6, 17, 20, ROLE_NORMAL, "東京");
    assert_row(6, "                 東");
    assert_int_equal(draw_text(c, 7, 20, 5, ROLE_NORMAL, "out"), 0);
    assert_int_equal(draw_text(c, 12, 0, 5, ROLE_NORMAL, "out"), 0);
    assert_int_equal(draw_text(c, -1, 0, 5, ROLE_NORMAL, "out"), 0);
    assert_int_equal(draw_text(c, 7, -1, 5, ROLE_NORMAL, "out"), 0);
    assert_row(7, "");
    assert_int_equal(draw_wrapped(c, 8, 0, 3, 10, ROLE_NORMAL, "one two three fourteen"), 3);
    assert_row(8, "one two");
    assert_row(9, "three");
    assert_row(10, "fourteen");
    struct canvas *next = fresh(12, 40, &glyphs_utf8);
    assert_int_equal(draw_wrapped(next, 0, 0, 2, 10, ROLE_NORMAL, "one two three fourteen"), 2);
    assert_row(1, "three…"); /* there is more */
    draw_wrapped(next, 2, 0, 1, 7, ROLE_NORMAL, "one two\nthree");
    assert_row(2, "one tw…");
    draw_wrapped(next, 3, 0, 2, 7, ROLE_NORMAL, "one two\nthree");
    assert_row(4, "three");
    draw_wrapped(next, 5, 0, 2, 8, ROLE_NORMAL, "all 12.5 % of it");
    assert_row(5, "all");
    assert_row(6, "12.5 %…");
}

/* Every cell of a row is one column, or a wide character followed by its right half. */
static void assert_whole(void)
{
    for (int y = 0; y < grid.rows; y++)
        for (int x = 0; x < grid.cols; x++) {
            const struct cell *cell = &grid.cells[y * grid.cols + x];
            if (cell->width == 2)
                assert_true(x + 1 < grid.cols && cell[1].width == 0);
            else if (cell->width == 0)
                assert_true(x > 0 && cell[-1].width == 2);
            else
                assert_int_equal(cell->width, 1);
        }
}

static void wide_characters_are_never_halved(void **state)
{
    (void)state;
    static const char *const texts[] = {"東", "x", "京都", "cre\u0300me", "\xe6\x9d", "^"};
    struct canvas *c = fresh(3, 11, &glyphs_utf8);
    uint32_t random = 1;
    for (int i = 0; i < 5000; i++) {
        random = random * 1664525 + 1013904223;
        draw_text(c, (int)(random >> 8) % 3, (int)(random >> 12) % 13 - 1, (int)(random >> 20) % 9,
                  ROLE_NORMAL, texts[(random >> 26) % 6]);
        assert_whole();
    }
}

static void canvases_stay_inside(void **state)
{
    (void)state;
    struct canvas *c = fresh(6, 12, &glyphs_utf8);
    struct canvas inner = canvas_sub(c, 2, 3, 2, 5);
    draw_fill(&inner, -5, -5, 50, 50, ROLE_DIM, "x");
    draw_text(&inner, 1, 0, 100, ROLE_NORMAL, "abcdefghijk");
    assert_row(1, "");
    assert_row(2, "   xxxxx");
    assert_row(3, "   abcde");
    assert_row(4, "");
    struct canvas none = canvas_sub(&inner, 9, 9, 3, 3);
    assert_int_equal(none.rows * none.cols, 0);
    draw_rule(&none, 0, 0, 3, "title");
    draw_fill(&none, 0, 0, 3, 3, ROLE_NORMAL, "y");
    canvas_cursor(&inner, 100, 100);
    assert_in_range(grid.cursor_y, 0, 5);
    assert_in_range(grid.cursor_x, 0, 11);
}

static void bars_and_rules(void **state)
{
    (void)state;
    const struct bar_part parts[] = {{0.25, ROLE_MEMORIZED, GLYPH_FULL},
                                     {0.5, ROLE_RELATED, GLYPH_MEDIUM},
                                     {0.25, ROLE_UNCATEGORIZED, GLYPH_LIGHT}};
    struct canvas *c = fresh(3, 16, &glyphs_utf8);
    draw_rule(c, 0, 0, 16, "Evidence");
    assert_row(0, "─ Evidence ─────");
    draw_vertical(c, 0, 15, 2);
    assert_row(1, "               │");
    draw_stack(c, 2, 0, 16, parts, 3);
    assert_row(2, "████▒▒▒▒▒▒▒▒░░░░");
    c = fresh(3, 16, &glyphs_ascii);
    draw_rule(c, 0, 0, 16, "Evidence");
    assert_row(0, "- Evidence -----");
    draw_stack(c, 2, 0, 16, parts, 3);
    assert_row(2, "####========....");
}

static void expect_interval(double value, double lo, double hi, double scale, int cols,
                            const struct glyphs *glyphs, const char *wanted)
{
    struct canvas *c = fresh(1, 12, glyphs);
    draw_interval(c, 0, 0, cols, ROLE_NORMAL, value, lo, hi, scale);
    assert_row(0, wanted);
}

static void intervals_lie_around_zero(void **state)
{
    (void)state;
    expect_interval(0.5, 0.25, 0.75, 1, 9, &glyphs_utf8, "    │─●─");
    expect_interval(-0.5, -0.75, -0.25, 1, 9, &glyphs_utf8, " ─●─│");
    expect_interval(0.5, -0.25, 1, 1, 9, &glyphs_utf8, "   ─┼─●──");
    expect_interval(0.5, -0.25, 1, 1, 9, &glyphs_ascii, "   -+-*--");
    expect_interval(0, 0, 0, 0, 9, &glyphs_utf8, "    ●");
    expect_interval(7, -7, 9, 1, 9, &glyphs_utf8, "────┼───●"); /* never outside */
    expect_interval(1, -1, 1, 1, 2, &glyphs_utf8, "●");
    expect_interval(1, -1, 1, 1, 0, &glyphs_utf8, "");
}

static void every_glyph_is_one_column(void **state)
{
    (void)state;
    const struct glyphs *sets[] = {&glyphs_utf8, &glyphs_ascii};
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < GLYPH_COUNT; i++) {
            assert_non_null(sets[s]->symbol[i]);
            assert_int_equal(text_width(sets[s]->symbol[i], strlen(sets[s]->symbol[i])), 1);
            if (s == 1)
                assert_int_equal(strlen(sets[s]->symbol[i]), 1);
        }
        for (int i = 0; i < 9; i++)
            assert_int_equal(text_width(sets[s]->spark[i], strlen(sets[s]->spark[i])), 1);
    }
}

static bool same_paint(struct paint a, struct paint b)
{
    return a.fg == b.fg && a.bold == b.bold && a.dim == b.dim && a.underline == b.underline &&
           a.reverse == b.reverse;
}

static void roles_can_be_told_apart(void **state)
{
    (void)state;
    for (int s = 0; s < SCHEME_COUNT; s++) {
        for (unsigned r = 0; r < ROLE_COUNT; r++) {
            struct paint p = theme_paint((enum scheme)s, r);
            if (s == SCHEME_MONO)
                assert_int_equal(p.fg, -1);
            if (s == SCHEME_16)
                assert_in_range(p.fg + 1, 0, 7); /* never black or white */
            assert_true(theme_paint((enum scheme)s, r | STYLE_SELECTED).reverse);
            for (int dark = 0; dark < 2; dark++)
                assert_true(theme_css((enum role)r, dark)[0] == '#');
        }
        assert_false(same_paint(theme_paint((enum scheme)s, ROLE_MEMORIZED),
                                theme_paint((enum scheme)s, ROLE_RELATED)));
        assert_false(same_paint(theme_paint((enum scheme)s, ROLE_TARGET),
                                theme_paint((enum scheme)s, ROLE_MEMORIZED)));
    }
}

/* Of one of the colours 16..255 of a terminal, as WCAG 2 defines it. */
static double luminance(int colour)
{
    static const int step[] = {0, 95, 135, 175, 215, 255};
    static const double weight[] = {0.2126, 0.7152, 0.0722};
    int at = colour - 16, grey = 8 + 10 * (colour - 232), channel[3] = {grey, grey, grey};
    if (colour < 232) {
        channel[0] = step[at / 36];
        channel[1] = step[at / 6 % 6];
        channel[2] = step[at % 6];
    }
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double v = channel[i] / 255.0;
        sum += weight[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static void colours_are_readable_on_light_and_dark(void **state)
{
    (void)state;
    assert_true(fabs(luminance(231) - 1) < 1e-9 && luminance(16) < 1e-9);
    for (unsigned r = 0; r < ROLE_COUNT; r++) {
        int fg = theme_paint(SCHEME_256, r).fg;
        if (fg < 0)
            continue;
        assert_in_range(fg, 16, 255); /* those below are whatever the user made them */
        double light = 1.05 / (luminance(fg) + 0.05), dark = (luminance(fg) + 0.05) / 0.05;
        if (light < 3.5 || dark < 3.5)
            fail_msg("role %u: %.1f on white, %.1f on black", r, light, dark);
    }
}

/* What pictures show in colour is what the screens show in it. */
static void pictures_have_the_colours_of_the_screens(void **state)
{
    (void)state;
    static const struct {
        enum role role;
        enum plot_role plot;
    } same[] = {
        {ROLE_NORMAL, PLOT_INK},
        {ROLE_DIM, PLOT_DIM},
        {ROLE_MEMORIZED, PLOT_MEMORIZED},
        {ROLE_RELATED, PLOT_RELATED},
        {ROLE_UNCATEGORIZED, PLOT_UNCATEGORIZED},
        {ROLE_TARGET, PLOT_HELD_OUT},
        {ROLE_RUN_1, PLOT_RUN_1},
        {ROLE_RUN_2, PLOT_RUN_2},
        {ROLE_RUN_3, PLOT_RUN_3},
        {ROLE_RUN_4, PLOT_RUN_4},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        for (int dark = 0; dark < 2; dark++)
            assert_string_equal(theme_css(same[i].role, dark), plot_css(same[i].plot, dark));
}

static void styles_are_layered(void **state)
{
    (void)state;
    struct canvas *c = fresh(1, 8, &glyphs_utf8);
    draw_text(c, 0, 0, 8, ROLE_MEMORIZED, "abcdef");
    draw_flags(c, 0, 1, 2, STYLE_MATCH);
    draw_flags(c, 0, 2, 2, STYLE_SELECTED);
    static const unsigned wanted[8] = {ROLE_MEMORIZED,
                                       ROLE_MEMORIZED | STYLE_MATCH,
                                       ROLE_MEMORIZED | STYLE_MATCH | STYLE_SELECTED,
                                       ROLE_MEMORIZED | STYLE_SELECTED,
                                       ROLE_MEMORIZED,
                                       ROLE_MEMORIZED};
    for (int x = 0; x < 8; x++)
        assert_int_equal(grid.cells[x].style, wanted[x]);
}

static int begin(void **state)
{
    (void)state;
    grid_init(&grid, 1, 1);
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    grid_release(&grid);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_goes_both_ways),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(text_is_cut_and_escaped),
        cmocka_unit_test(wide_characters_are_never_halved),
        cmocka_unit_test(canvases_stay_inside),
        cmocka_unit_test(bars_and_rules),
        cmocka_unit_test(intervals_lie_around_zero),
        cmocka_unit_test(every_glyph_is_one_column),
        cmocka_unit_test(roles_can_be_told_apart),
        cmocka_unit_test(colours_are_readable_on_light_and_dark),
        cmocka_unit_test(pictures_have_the_colours_of_the_screens),
        cmocka_unit_test(styles_are_layered),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
