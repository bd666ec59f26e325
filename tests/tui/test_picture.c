/* Pictures of screens: what stands in the SVG is what stands on the screen, in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "storage/base/mem.h"
#include "tui/widgets/picture.h"

enum { CELL = 8, ROW = 17, PAD = 10, BASELINE = 13 };

static char *picture_of(const struct grid *g, const char *title)
{
    struct buf out;
    buf_init(&out);
    picture_svg(g, title, &out);
    return buf_detach(&out);
}

/* &amp; and the like, undone. */
static void add_unescaped(const char *s, size_t n, struct buf *out)
{
    static const struct {
        const char *name, *text;
    } entity[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
    for (size_t i = 0; i < n;) {
        size_t k = 0;
        while (k < ARRAY_LEN(entity) && strncmp(s + i, entity[k].name, strlen(entity[k].name)) != 0)
            k++;
        if (k < ARRAY_LEN(entity)) {
            buf_adds(out, entity[k].text);
            i += strlen(entity[k].name);
        } else {
            buf_addc(out, s[i++]);
        }
    }
}

/* Draws the picture's text elements into a grid again. */
static void read_back(const char *svg, struct grid *g)
{
    struct canvas c = canvas_of(g, &glyphs_utf8);
    for (const char *at = svg; (at = strstr(at, "<text ")); at++) {
        int x = atoi(strstr(at, " x=\"") + 4), y = atoi(strstr(at, " y=\"") + 4);
        int length = atoi(strstr(at, "textLength=\"") + 12);
        const char *from = strchr(at, '>') + 1, *to = strstr(from, "</text>");
        struct buf text;
        buf_init(&text);
        add_unescaped(from, (size_t)(to - from), &text);
        assert_int_equal((x - PAD) % CELL, 0);
        assert_int_equal((y - PAD - BASELINE) % ROW, 0);
        int used = draw_textn(&c, (y - PAD - BASELINE) / ROW, (x - PAD) / CELL, length / CELL,
                              ROLE_NORMAL, text.data, text.len);
        assert_int_equal(used * CELL, length);
        buf_release(&text);
    }
}

static void every_word_stands_in_its_place(void **state)
{
    static const char *const words[] = {"recall", "a  b",  "<b>&amp;", "…",  "宽字",
                                        "é",      "x < y", "'q'",      "\"", "12,345",
                                        "▸",      "&",     "]]></t>",  "z"};
    static const unsigned styles[] = {ROLE_NORMAL, ROLE_MEMORIZED, ROLE_TARGET | STYLE_BOLD,
                                      ROLE_DIM | STYLE_SELECTED, ROLE_RELATED | STYLE_LEADS};
    (void)state;
    struct rng rng = rng_new(7, 0);
    for (int trial = 0; trial < 200; trial++) {
        struct grid g, back;
        int rows = 1 + (int)(rng_uniform(&rng) * 12), cols = 1 + (int)(rng_uniform(&rng) * 60);
        grid_init(&g, rows, cols);
        grid_init(&back, rows, cols);
        struct canvas c = canvas_of(&g, &glyphs_utf8);
        for (int i = 0; i < rows * 4; i++) { /* one after the other: the same from every compiler */
            int y = (int)(rng_uniform(&rng) * rows), x = (int)(rng_uniform(&rng) * cols);
            size_t style = (size_t)(rng_uniform(&rng) * ARRAY_LEN(styles));
            size_t word = (size_t)(rng_uniform(&rng) * ARRAY_LEN(words));
            draw_text(&c, y, x, cols, styles[style], words[word]);
        }
        char *svg = picture_of(&g, "t");
        read_back(svg, &back);
        struct buf wanted, got;
        buf_init(&wanted);
        buf_init(&got);
        grid_text(&g, &wanted);
        grid_text(&back, &got);
        assert_string_equal(got.data, wanted.data);
        buf_release(&wanted);
        buf_release(&got);
        free(svg);
        grid_release(&g);
        grid_release(&back);
    }
}

static size_t count(const char *svg, const char *what)
{
    size_t n = 0;
    for (; (svg = strstr(svg, what)); svg++)
        n++;
    return n;
}

static void lines_and_bars_are_shapes(void **state)
{
    (void)state;
    struct grid g;
    grid_init(&g, 4, 12);
    struct canvas c = canvas_of(&g, &glyphs_utf8);
    draw_text(&c, 0, 0, 12, ROLE_RULE, "┌─   ──────┐");
    draw_text(&c, 0, 3, 1, ROLE_TITLE, "t");
    draw_text(&c, 3, 0, 12, ROLE_RULE, "└──────────┘");
    for (int y = 1; y < 3; y++)
        for (int x = 0; x < 12; x += 11)
            draw_vertical(&c, y, x, 1);
    draw_text(&c, 1, 1, 10, ROLE_MEMORIZED, "█▒▏▄");
    char *svg = picture_of(&g, "a <title>");
    assert_non_null(strstr(svg, "<title>a &lt;title&gt;</title>"));
    assert_int_equal(count(svg, "<path class=\"r4\""), 12 + 9 + 2 + 2); /* the title takes 3 */
    assert_int_equal(count(svg, "<rect class=\"r7\""), 4);
    assert_non_null(strstr(svg, "x=\"18\" y=\"27\" width=\"8\" height=\"17\"/>"));    /* █ */
    assert_non_null(strstr(svg, "height=\"17\" fill-opacity=\"0.5\"/>"));             /* ▒ */
    assert_non_null(strstr(svg, "x=\"34\" y=\"27\" width=\"1\" height=\"17\"/>"));    /* ▏ */
    assert_non_null(strstr(svg, "x=\"42\" y=\"35.5\" width=\"8\" height=\"8.5\"/>")); /* ▄ */
    assert_int_equal(count(svg, "<text "), 1);
    char *again = picture_of(&g, "a <title>");
    assert_string_equal(svg, again);
    free(again);
    free(svg);
    grid_release(&g);
}

/* The cell under the cursor: a box in its role's colour, its text in the paper's. */
static void the_cursor_is_reversed(void **state)
{
    (void)state;
    struct grid g;
    grid_init(&g, 1, 10);
    struct canvas c = canvas_of(&g, &glyphs_utf8);
    draw_text(&c, 0, 2, 4, ROLE_TARGET | STYLE_SELECTED, "item");
    char *svg = picture_of(&g, "t");
    assert_non_null(
        strstr(svg, "<rect class=\"r10\" x=\"26\" y=\"10\" width=\"32\" height=\"17\"/>"));
    assert_non_null(strstr(svg, "<text class=\"r10 b v\" x=\"26\""));
    assert_int_equal(count(svg, ".v{fill:"), 2);
    free(svg);
    grid_release(&g);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_stands_in_its_place),
        cmocka_unit_test(lines_and_bars_are_shapes),
        cmocka_unit_test(the_cursor_is_reversed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
