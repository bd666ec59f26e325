/* The plot model, where labels stand, and the SVG picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/export/plot_json.h"
#include "storage/export/plot_labels.h"
#include "storage/export/svg.h"
#include "storage/export/svg_text.h"

static uint64_t state_of_random = 88172645463325252u;

static double draw(void)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return (double)(state_of_random >> 40) / (double)(1 << 24);
}

/* ---- scales ---- */

static void close_to(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-12))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void scales_have_round_steps_and_cover_the_values(void **state)
{
    (void)state;
    struct plot_scale s = plot_scale_over(0.0121, 0.0672, 0.005, 6);
    close_to(s.step, 0.01);
    close_to(s.low, 0.01);
    close_to(s.high, 0.07);
    assert_int_equal(plot_scale_ticks(&s), 7);
    assert_int_equal(plot_scale_decimals(s.step), 2);
    s = plot_scale_over(3, 3, 0.02, 4); /* one value: as long as asked for */
    assert_true(s.low <= 3 && s.high >= 3.02 - 1e-9);
    s = plot_scale_over(7, 7, 0, 4);
    assert_true(s.high > s.low && s.step > 0);
    s = plot_scale_over(-0.03, 0.9, 0, 5);
    int zero = 0;
    while (plot_scale_tick(&s, zero) < 0)
        zero++;
    assert_true(plot_scale_tick(&s, zero) == 0 && !signbit(plot_scale_tick(&s, zero)));
    for (int i = 0; i < 2000; i++) {
        /* one after the other: the same from every compiler */
        double size = pow(10, draw() * 8 - 4), low = size * (draw() - 0.5);
        double high = low + pow(10, draw() * 8 - 4);
        int most = 2 + (int)(draw() * 10);
        s = plot_scale_over(low, high, 0, most);
        assert_true(s.low <= low + s.step * 0.06 && s.high >= high - s.step * 0.06);
        assert_in_range(plot_scale_ticks(&s), 2, most + 2);
        double mantissa = s.step / pow(10, floor(log10(s.step) + 1e-9));
        assert_true(fabs(mantissa - 1) < 1e-6 || fabs(mantissa - 2) < 1e-6 ||
                    fabs(mantissa - 5) < 1e-6);
    }
}

static void a_range_knows_intervals_references_and_stacked_bars(void **state)
{
    (void)state;
    double low, high;
    struct plot *p = plot_new("p", "t");
    struct plot_panel *panel = plot_add_panel(p, "x", "y");
    assert_false(plot_panel_range(panel, true, &low, &high));
    struct plot_point *at =
        plot_add_point(plot_add_series(panel, PLOT_POINTS, PLOT_INK, NULL), 2, 5);
    at->y_lo = 4;
    at->y_hi = 7;
    plot_add_reference(panel, true, -1, PLOT_DIM, "");
    assert_true(plot_panel_range(panel, true, &low, &high) && low == -1 && high == 2);
    assert_true(plot_panel_range(panel, false, &low, &high) && low == 4 && high == 7);
    panel = plot_add_panel(p, "x", "");
    panel->x.from_zero = true;
    for (int s = 0; s < 3; s++)
        for (int row = 0; row < 2; row++)
            plot_add_point(plot_add_series(panel, PLOT_BARS, PLOT_INK, NULL), 1 + row, row);
    assert_true(plot_panel_range(panel, true, &low, &high) && low == 0 && high == 6);
    plot_free(p);
}

/* ---- labels ---- */

static bool overlap(const struct label_box *a, const struct label_box *b)
{
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static void labels_of_a_crowd_do_not_overlap(void **state)
{
    (void)state;
    enum { N = 24 };
    const struct label_box bounds = {40, 20, 470, 330};
    for (int crowd = 0; crowd < 20; crowd++) {
        struct label_ask ask[N];
        struct label_place place[N], again[N];
        double width = 40 + 300 * draw();
        for (int i = 0; i < N; i++) {
            double x = 120 + width * draw(), y = 80 + width / 2 * draw(), w = 30 + 60 * draw();
            ask[i] = (struct label_ask){.x = x, .y = y, .radius = 4.5, .w = w, .h = 14};
        }
        plot_labels_place(ask, N, NULL, 0, bounds, place);
        plot_labels_place(ask, N, NULL, 0, bounds, again);
        assert_memory_equal(place, again, sizeof place);
        for (int i = 0; i < N; i++) {
            const struct label_box *b = &place[i].box;
            assert_true(place[i].placed);
            assert_true(b->x >= bounds.x && b->x + b->w <= bounds.x + bounds.w);
            assert_true(b->y >= bounds.y && b->y + b->h <= bounds.y + bounds.h);
            for (int other = 0; other < i; other++)
                assert_false(overlap(b, &place[other].box));
        }
    }
}

static void a_label_alone_stands_beside_its_point(void **state)
{
    (void)state;
    struct label_ask ask = {.x = 100, .y = 100, .radius = 4, .w = 50, .h = 14};
    const struct label_box bounds = {0, 0, 500, 300}, narrow = {0, 0, 120, 300},
                           none = {0, 0, 9, 9};
    struct label_place place;
    plot_labels_place(&ask, 1, NULL, 0, bounds, &place);
    assert_true(place.placed && !place.far && place.box.x > 104 && place.box.y + 7 == 100);
    plot_labels_place(&ask, 1, NULL, 0, narrow, &place); /* no room on the right */
    assert_true(place.placed && place.box.x + 50 < 96);
    const struct label_box mark = {106, 94, 40, 12};
    plot_labels_place(&ask, 1, &mark, 1, bounds, &place); /* something is there */
    assert_false(overlap(&place.box, &mark));
    plot_labels_place(&ask, 1, NULL, 0, none, &place);
    assert_false(place.placed);
}

static void names_at_line_ends_keep_their_order_and_distance(void **state)
{
    (void)state;
    double at[] = {10, 11, 12, 60, 99};
    const double wish[] = {10, 11, 12, 60, 99};
    assert_true(plot_labels_spread(at, 5, 15, 0, 100));
    for (int i = 0; i < 5; i++) {
        assert_true(at[i] >= 0 && at[i] <= 100 && fabs(at[i] - wish[i]) < 32);
        assert_true(i == 0 || at[i] - at[i - 1] > 15 - 1e-6);
    }
    assert_true(at[3] == 60 && at[4] == 99); /* these were not in the way */
    assert_false(plot_labels_spread(at, 5, 30, 0, 100));
    for (int round = 0; round < 500; round++) {
        double many[12];
        for (int i = 0; i < 12; i++)
            many[i] = (i ? many[i - 1] : 0) + 12 * draw();
        assert_true(plot_labels_spread(many, 12, 8, 0, 100));
        for (int i = 0; i < 12; i++)
            assert_true(many[i] > -1e-9 && many[i] < 100 + 1e-9 &&
                        (i == 0 || many[i] - many[i - 1] > 8 - 1e-6));
    }
}

/* ---- text ---- */

static void text_is_escaped_whatever_it_is(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out);
    const char hostile[] = "a<b>&\"'\n\x01\xff\xe2\x80\xae\xc3\xa9\xed\xa0\x80\xef\xbf\xbf";
    svg_text_escape(&out, hostile, sizeof hostile - 1);
    assert_string_equal(out.data,
                        "a&lt;b&gt;&amp;&quot;&#39; \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9"
                        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    buf_release(&out);
    char *fit = svg_text_fit("abcdefghij", 4);
    assert_true(svg_text_width(fit) <= 4 && strstr(fit, "\xe2\x80\xa6"));
    free(fit);
    const char *text = "one two\nthree", *next;
    assert_int_equal(svg_text_line(text, 100, &next), 7);
    assert_string_equal(next, "three");
    assert_int_equal(svg_text_line("one two three", svg_text_width("one two"), &next), 7);
    assert_string_equal(next, "three");
    assert_int_equal(svg_text_line("aaaaaaaaaaaa b", 2, &next), 12); /* a word is never broken */
    assert_string_equal(next, "b");
    assert_int_equal(svg_text_line("", 2, &next), 0);
    /* five wide characters, of which three fit */
    static const char wide[] = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe8\x8c\xb6\xe7\xa2\x97";
    assert_int_equal(svg_text_line(wide, 3.5, &next), 9);
    assert_ptr_equal(next, wide + 9);
    assert_int_equal(svg_text_line(next, 3.5, &next), 6);
    assert_string_equal(next, "");
    assert_int_equal(svg_text_line(wide, 0.5, &next), 3);
    assert_int_equal(svg_text_line("ab \xe6\x97\xa5\xe6\x9c\xac", 2.9, &next), 6);
}

/* ---- the picture ---- */

static const char hostile_name[] = "<script>alert(\"1\")</script> & 'x' \x1b[2J\xff";

/* Points with intervals, a crowd of labels, lines, steps, bars, references and bad text. */
static struct plot *make_plot(void)
{
    struct plot *p = plot_new("1 x\"y", hostile_name);
    plot_set_subtitle(p,
                      "a subtitle that is long enough to be broken into several lines of text, %s",
                      hostile_name);
    plot_set_footnote(p, "%s", hostile_name);
    struct plot_panel *panel = plot_add_panel(p, "x & y", hostile_name);
    panel->x.numbers = PLOT_DIFFERENCE;
    struct plot_series *points = plot_add_series(panel, PLOT_POINTS, PLOT_RUN_1, hostile_name);
    struct plot_series *ring = plot_add_series(panel, PLOT_POINTS, PLOT_DIM, "ring");
    ring->symbol = PLOT_RING;
    for (int i = 0; i < 16; i++) {
        struct plot_point *at = plot_add_point(points, -0.1 + 0.01 * i, 0.05 + 0.001 * (i * 7 % 5));
        at->y_lo = at->y - 0.002;
        at->y_hi = at->y + 0.002;
        at->strong = i % 3 == 0;
        plot_point_label(at, i % 5 ? "goldfish" : hostile_name);
        plot_point_note(at, "%s", hostile_name);
    }
    plot_add_point(ring, (double)NAN, 1);
    plot_add_reference(panel, true, 0, PLOT_DIM, hostile_name);
    panel = plot_add_panel(p, "", "line");
    panel->y.numbers = PLOT_PERCENT;
    for (int s = 0; s < 3; s++) {
        struct plot_series *line =
            plot_add_series(panel, s ? PLOT_LINE : PLOT_STEPS, PLOT_MEMORIZED, hostile_name);
        for (int i = 0; i < 8; i++)
            plot_add_point(line, -0.1 + 0.02 * i, i == 3 ? (double)NAN : 0.3 + 0.001 * s);
    }
    panel = plot_add_panel(p, "", "bars");
    plot_add_category(&panel->y, hostile_name);
    plot_add_point(plot_add_series(panel, PLOT_BARS, PLOT_UNCATEGORIZED, "dim"), 0.04, 0);
    return p;
}

/* Is every element closed in order, every attribute quoted, and every < of markup? */
static void assert_well_formed(const char *svg)
{
    char *stack[32];
    int depth = 0;
    for (const char *c = strstr(svg, "<svg"); (c = strchr(c, '<')); c++) {
        const char *end = strchr(c, '>');
        assert_non_null(end);
        size_t name = strcspn(c + 1, " />");
        assert_null(memchr(c + 1, '<', (size_t)(end - c - 1)));
        int quotes = 0;
        for (const char *q = c; q < end; q++)
            quotes += *q == '"';
        assert_int_equal(quotes % 2, 0);
        if (c[1] == '/') {
            assert_true(depth > 0);
            const char *opened = stack[--depth];
            assert_int_equal(strncmp(opened, c + 2, strlen(opened)), 0);
            free(stack[depth]);
        } else if (end[-1] != '/') {
            assert_true(depth < 32);
            stack[depth++] = mem_strndup(c + 1, name);
        }
    }
    assert_int_equal(depth, 0);
}

static void assert_ids_are_unique_and_prefixed(const char *svg, const char *prefix)
{
    char *seen[1024];
    size_t n = 0;
    for (const char *c = svg; (c = strstr(c, " id=\"")); c++) {
        const char *id = c + 5;
        char *one = mem_strndup(id, strcspn(id, "\""));
        assert_int_equal(strncmp(one, prefix, strlen(prefix)), 0);
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(one, seen[i]);
        assert_true(n < 1024);
        seen[n++] = one;
    }
    assert_true(n > 30);
    while (n > 0)
        free(seen[--n]);
}

static void a_picture_is_the_same_every_time_and_well_formed(void **state)
{
    (void)state;
    struct buf one, other;
    buf_init(&one);
    buf_init(&other);
    struct plot *p = make_plot(), *again = make_plot();
    svg_write(p, false, &one);
    svg_write(again, false, &other);
    assert_string_equal(one.data, other.data);
    assert_int_equal(strlen(one.data), one.len);
    assert_well_formed(one.data);
    assert_ids_are_unique_and_prefixed(one.data, "p-x-y");
    assert_null(strstr(one.data, "<script"));
    assert_null(strchr(one.data, '\x1b'));
    assert_null(strstr(one.data, "nan"));
    assert_non_null(strstr(one.data, "&lt;script&gt;"));
    assert_non_null(strstr(one.data, "prefers-color-scheme:dark"));
    for (const char *c = one.data; (c = strstr(c, "<text")); c++) /* every word has its id */
        assert_int_equal(strncmp(c, "<text id=\"p-x-y-", 16), 0);
    plot_free(p);
    plot_free(again);
    buf_release(&one);
    buf_release(&other);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *c = text; (c = strstr(c, what)); c += strlen(what))
        n++;
    return n;
}

/* Kept as JSON and read again it is the same picture; what is no plot gives none. */
static void a_plot_comes_back_from_its_json(void **state)
{
    (void)state;
    struct plot *p = make_plot();
    struct jval *o = plot_to_json(p);
    struct buf text, first, second;
    buf_init(&text);
    buf_init(&first);
    buf_init(&second);
    jval_write(o, false, &text);
    struct jval *read = jval_parse(text.data, text.len, NULL);
    struct plot *again = plot_of_json(read);
    assert_non_null(again);
    svg_write(p, false, &first);
    svg_write(again, false, &second);
    assert_string_equal(first.data, second.data);
    plot_free(p);
    plot_free(again);
    jval_free(o);
    jval_free(read);
    static const char *const wrong[] = {"null", "[]", "{}", "{\"id\": \"a\", \"title\": \"b\"}",
                                        "{\"id\": 1, \"title\": 2, \"panels\": [{}]}"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        o = jval_parse(wrong[i], strlen(wrong[i]), NULL);
        assert_null(plot_of_json(o));
        jval_free(o);
    }
    static const char odd[] =
        "{\"id\": \"a\", \"title\": \"b\", \"panels\": [{\"x\": {\"numbers\": 99}, \"height\": "
        "-1e300, \"series\": [{\"mark\": -1, \"role\": 1000, \"symbol\": 77, \"points\": [[1], 5, "
        "[null, null, {\"label\": 3}]]}], \"references\": [{}, {\"at\": 1}]}]}";
    o = jval_parse(odd, sizeof odd - 1, NULL);
    again = plot_of_json(o);
    assert_non_null(again);
    buf_clear(&second);
    svg_write(again, false, &second);
    plot_free(again);
    jval_free(o);
    buf_release(&text);
    buf_release(&first);
    buf_release(&second);
}

static void words_are_text_and_lines_break_where_nothing_was_measured(void **state)
{
    (void)state;
    struct plot *p = plot_new("p", "Title of it");
    struct plot_panel *panel = plot_add_panel(p, "epoch", "share");
    panel->y.numbers = PLOT_PERCENT;
    panel->y.from_zero = true;
    panel->x.numbers = PLOT_WHOLE;
    struct plot_series *line = plot_add_series(panel, PLOT_LINE, PLOT_HELD_OUT, "held-out");
    const double y[] = {0.1, 0.2, (double)NAN, 0.3, 0.4};
    for (int i = 0; i < 5; i++)
        plot_add_point(line, i + 1, y[i]);
    struct buf out;
    buf_init(&out);
    svg_write(p, true, &out);
    assert_int_equal(strncmp(out.data, "<svg", 4), 0);
    static const char *const words[] = {">Title of it<", ">epoch<", ">share<", ">held-out<",
                                        ">40 %<"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_int_equal(count(out.data, words[i]), i == 0 ? 2 : 1); /* the title names it, too */
    const char *path = strstr(out.data, "<path class=\"line\" d=\"");
    assert_non_null(path);
    char *d = mem_strndup(path + 22, strcspn(path + 22, "\""));
    assert_int_equal(count(d, "M"), 2);
    assert_int_equal(count(d, "L"), 2);
    free(d);
    assert_non_null(strstr(out.data, "<g class=\"held-out\">"));
    buf_release(&out);
    plot_free(p);
}

static void an_empty_plot_is_still_a_picture(void **state)
{
    (void)state;
    struct plot *p = plot_new("", "nothing");
    struct buf out;
    buf_init(&out);
    svg_write(p, false, &out);
    assert_well_formed(out.data);
    plot_add_series(plot_add_panel(p, "x", "y"), PLOT_POINTS, PLOT_INK, "none");
    buf_clear(&out);
    svg_write(p, false, &out);
    assert_well_formed(out.data);
    assert_null(strstr(out.data, "nan"));
    assert_null(strstr(out.data, "inf"));
    buf_release(&out);
    plot_free(p);
}

static void a_picture_is_saved_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-plot-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct plot *p = make_plot();
    char *path = path_join(dir, "a.svg"), *missing = path_join(dir, "no/a.svg");
    struct error err = {0};
    struct buf saved, written;
    buf_init(&saved);
    buf_init(&written);
    svg_write(p, false, &written);
    assert_true(svg_save(p, path, NULL, &err));
    assert_true(file_read(path, 1 << 20, &saved, &err));
    assert_string_equal(saved.data, written.data);
    assert_false(svg_save(p, missing, NULL, &err));
    assert_non_null(strstr(err.text, missing));
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    assert_true(svg_save(p, "-", f, &err));
    fclose(f);
    assert_string_equal(text, written.data);
    free(text);
    buf_release(&saved);
    buf_release(&written);
    free(path);
    free(missing);
    plot_free(p);
    assert_true(dir_remove(dir, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales_have_round_steps_and_cover_the_values),
        cmocka_unit_test(a_range_knows_intervals_references_and_stacked_bars),
        cmocka_unit_test(labels_of_a_crowd_do_not_overlap),
        cmocka_unit_test(a_label_alone_stands_beside_its_point),
        cmocka_unit_test(names_at_line_ends_keep_their_order_and_distance),
        cmocka_unit_test(text_is_escaped_whatever_it_is),
        cmocka_unit_test(a_picture_is_the_same_every_time_and_well_formed),
        cmocka_unit_test(a_plot_comes_back_from_its_json),
        cmocka_unit_test(words_are_text_and_lines_break_where_nothing_was_measured),
        cmocka_unit_test(an_empty_plot_is_still_a_picture),
        cmocka_unit_test(a_picture_is_saved_whole_or_not_at_all),
    };
    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}
