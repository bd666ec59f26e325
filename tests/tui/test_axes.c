/* Axes in cells: where values lie, what stands at the ticks, and that all of it stays in its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/widgets/axes.h"

static void values_have_their_places(void **state)
{
    (void)state;
    struct axis a = axis_over(0, 1, 0.1, 11, 2, PLOT_NUMBER);
    assert_int_equal(axis_cell(&a, 0), 0);
    assert_int_equal(axis_cell(&a, 1), 10);
    assert_int_equal(axis_cell(&a, 0.52), 5);
    assert_int_equal(axis_cell(&a, -3), 0); /* outside: the nearest end */
    assert_int_equal(axis_cell(&a, 3), 10);
    assert_true(fabs(axis_length(&a, 0.25) - 11 * 0.25) < 1e-9);
    assert_true(axis_length(&a, (double)NAN) == 0);
}

static void expect_text(enum plot_numbers numbers, double high, double value, const char *wanted)
{
    struct axis a = axis_over(0, high, 0, 20, 4, numbers);
    char text[AXIS_TEXT];
    axis_text(&a, value, text);
    assert_string_equal(text, wanted);
}

static void numbers_are_written_by_kind(void **state)
{
    (void)state;
    expect_text(PLOT_NUMBER, 0.08, 0.06, ".06");
    expect_text(PLOT_NUMBER, 5, 2, "2");
    expect_text(PLOT_PERCENT, 0.5, 0.2, "20%");
    expect_text(PLOT_DIFFERENCE, 0.5, 0.2, "+20");
    expect_text(PLOT_DIFFERENCE, 0.5, 0, "0");
    expect_text(PLOT_DIFFERENCE, 0.5, -0.1, "-10");
}

/* Every size, one value or many: no label leaves the canvas or runs into its neighbour. */
static void ticks_never_touch(void **state)
{
    (void)state;
    for (int cells = 2; cells < 120; cells++)
        for (int many = 0; many < 2; many++) {
            struct grid g;
            grid_init(&g, 3, cells + 6);
            struct canvas c = canvas_of(&g, &glyphs_ascii);
            struct axis a = axis_over(0.123, many ? 0.789 : 0.123, 0.01, cells, 7, PLOT_DIFFERENCE);
            axis_draw_bottom(&c, 1, 6, &a);
            struct buf row;
            buf_init(&row);
            grid_row_text(&g, 2, &row);
            for (size_t i = 1; row.data && i < row.len; i++)
                if (strchr("+-", row.data[i]) && row.data[i - 1] != ' ')
                    fail_msg("%d cells: |%s|", cells, row.data);
            buf_release(&row);
            grid_release(&g);
        }
}

/* Labels of the rows are in ascending order from below, each in a row of its own. */
static void rows_are_labelled(void **state)
{
    (void)state;
    for (int cells = 2; cells < 60; cells++)
        for (int bars = 0; bars < 2; bars++) {
            struct grid g;
            grid_init(&g, cells, 8);
            struct canvas c = canvas_of(&g, &glyphs_ascii);
            struct axis a = axis_over(0, 0.5, 0.1, cells, 2, PLOT_PERCENT);
            a.bars = bars;
            axis_draw_left(&c, 0, 6, &a);
            double before = 1e9;
            int n = 0;
            for (int y = 0; y < cells; y++) {
                struct buf row;
                double v;
                buf_init(&row);
                grid_row_text(&g, y, &row);
                if (sscanf(row.data, " %lf%%", &v) == 1) {
                    assert_true(v < before);
                    before = v;
                    n++;
                }
                buf_release(&row);
            }
            assert_true(n >= 2 && before == 0); /* both ends at least */
            grid_release(&g);
        }
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_have_their_places),
        cmocka_unit_test(numbers_are_written_by_kind),
        cmocka_unit_test(ticks_never_touch),
        cmocka_unit_test(rows_are_labelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
