/* The document model and its renderers: every element, with hostile text, in every format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/export/csv.h"
#include "storage/export/document.h"
#include "storage/export/png.h"
#include "tests/storage/markup.h"

static const char *const extension[DOCUMENT_FORMATS] = {"html",  "md",  "tex", "part.tex", "json",
                                                        "jsonl", "csv", "tsv", "txt"};

/* Each of these is text that some format would take for more than that. */
static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "]]> &amp; <!-- -- -->",
    "[link](javascript:alert(1)) ![x](http://evil.example/y) `code`",
    "| cell | **bold** __b__ ~~s~~ <b> # no",
    "http://evil.example www.evil.example me@evil.example @someone #12",
    "1. not a list",
    "+ nor this",
    "\\input{/etc/passwd} \\write18{rm} $x^2$ %no & # _ { } ~ ^^41 -- `` '' << ,, ?` !`",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\tTAB, \"quote\"\r\nnext line",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \xc2\x9b",
    "right\xe2\x80\xae"
    "to-left \xe2\x81\xa6isolated\xe2\x81\xa9 \xd8\x9c",
    "bad \xff\xc0\xaf\xed\xa0\x80 bytes",
    "caf\xc3\xa9 na\xc3\xafve \xc5\x81\xc3\xb3"
    "d\xc5\xba \xe2\x80\x9cquoted\xe2\x80\x9d \xe2\x80\x94 5 \xe2\x82\xac",
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x8d\xb5 e\xcc\x81 \xe0\xb8\x81",
    "",
    "-7",
};
static const char with_nul[] = "a\0b";

static void text_of(struct doc_text *t)
{
    doc_text_addf(t, SPAN_PLAIN, "Plain, ");
    doc_text_addf(t, SPAN_EMPHASIS, "emphasised");
    doc_text_addf(t, SPAN_PLAIN, " and ");
    doc_text_addf(t, SPAN_CODE, "a `code` | %d", 1);
    doc_text_addf(t, SPAN_PLAIN, ".");
}

static struct plot *small_plot(const char *name)
{
    struct plot *p = plot_new("small", "A picture & its <title>");
    plot_set_subtitle(p, "about %s", "it");
    plot_set_footnote(p, "Definition: pred=last; data %s.", "00ff");
    struct plot_panel *panel = plot_add_panel(p, "excess", "recall@10");
    panel->x.numbers = PLOT_DIFFERENCE;
    struct plot_series *s = plot_add_series(panel, PLOT_POINTS, PLOT_RUN_1, name);
    struct plot_point *at = plot_add_point(s, 0.125, 0.0625);
    at->y_lo = 0.06;
    at->y_hi = 0.065;
    plot_point_label(at, name);
    plot_add_point(s, -0.01, 0.03);
    s = plot_add_series(panel, PLOT_STEPS, PLOT_DIM, NULL);
    s->dashed = true;
    plot_add_point(s, 0, 0.03);
    plot_add_point(s, 0.1, 0.05);
    plot_add_reference(panel, true, 0, PLOT_DIM, "chance");
    return p;
}

static struct plot *bars(void)
{
    struct plot *p = plot_new("bars", "Bars");
    struct plot_panel *panel = plot_add_panel(p, "share", "");
    panel->x.numbers = PLOT_PERCENT;
    panel->x.from_zero = true;
    plot_add_category(&panel->y, "one <b>");
    plot_add_category(&panel->y, "two");
    for (int s = 0; s < 2; s++) {
        struct plot_series *series =
            plot_add_series(panel, PLOT_BARS, s ? PLOT_RELATED : PLOT_MEMORIZED, s ? "b" : "a");
        plot_add_point(series, 0.25 + 0.125 * s, 0);
        plot_add_point(series, 0.5, 1);
    }
    return p;
}

static void numbers_table(struct document *d)
{
    struct doc_table *t = document_table(d, "Numbers");
    doc_table_column(t, "run", DOC_TEXT, 0);
    doc_table_column(t, "cases", DOC_WHOLE, 0);
    doc_table_column(t, "recall@10", DOC_REAL, 4);
    doc_table_column(t, "difference", DOC_SIGNED, 4);
    doc_table_column(t, "share", DOC_PERCENT, 1);
    doc_table_column(t, "excess", DOC_POINTS, 1);
    doc_table_column(t, "mark", DOC_TEXT, 0)->centred = true;
    doc_row(t);
    doc_cell_text(t, "markov");
    doc_cell_int(t, 1234567);
    doc_cell_interval(t, 0.0668123456789, 0.064, 0.0697);
    doc_cell_interval(t, -0.00123, -0.002, 0.0001);
    doc_cell_interval(t, 0.123, 0.1, 0.15)->role = PLOT_MEMORIZED;
    doc_cell_real(t, 0.0789);
    doc_cell_text(t, "*")->strong = true;
    doc_row(t);
    doc_cell_text(t, "missing ones");
    doc_cell_none(t);
    doc_cell_real(t, (double)NAN);
    doc_cell_real(t, 0.5); /* and the rest is left out */
    doc_text_addf(&t->note, SPAN_PLAIN, "Definition ");
    doc_text_addf(&t->note, SPAN_CODE, "pred=last,k=10");
    doc_text_addf(&t->note, SPAN_PLAIN, "; data 00ff.");
}

static void hostile_table(struct document *d)
{
    struct doc_table *t = document_table(d, "Hostile <text> | \\ \"caption\"");
    doc_table_column(t, "=id", DOC_TEXT, 0);
    doc_table_column(t, "a|b <c>", DOC_TEXT, 0);
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        doc_row(t);
        doc_cell_int(t, -(int64_t)i);
        doc_cell_text(t, hostile[i]);
    }
    doc_row(t);
    doc_cell_bytes(t, with_nul, 3);
    doc_cell_text(t, "\xe2\x96\xa0 \xe2\x97\x8f \xe2\x9c\x93");
    static const char *const first[] = {"* star", "[2em] bracket"}; /* behind the end of a row */
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        doc_row(t);
        doc_cell_text(t, first[i]);
    }
}

static struct document *everything(void)
{
    struct document *d = document_new("A <small> document & $all$ of it");
    document_heading(d, 1, "First %s", "<section>");
    text_of(document_paragraph(d));
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
        doc_text_addf(document_paragraph(d), SPAN_PLAIN, "%s", hostile[i]);
    text_of(document_item(d));
    doc_text_addf(document_item(d), SPAN_PLAIN, "%s", hostile[3]);
    static const char words[] = "My *own* words,\non two <lines>.\x1b\n\n\n- more\n";
    document_words(d, words, sizeof words - 1);
    document_heading(d, 2, "Terms");
    text_of(document_term(d, "one-hop [ratio]"));
    doc_text_addf(document_term(d, hostile[0]), SPAN_PLAIN, "%s", hostile[8]);
    document_heading(d, 1, "Code");
    static const char code[] = "rote eval 'a&b' <x>\n  --k 5 # \xff\x1b[0m\n";
    document_code(d, code, sizeof code - 1);
    document_heading(d, 3, "Tables");
    numbers_table(d);
    hostile_table(d);
    document_heading(d, 1, "Pictures");
    document_plot(d, small_plot("run <1> & $2"), true);
    document_plot(d, small_plot("again"), false);
    document_plot(d, bars(), true);
    return d;
}

/* ---- goldens: ROTE_BLESS=1 makes them again ---- */

static void compare(const char *name, const struct buf *is)
{
    char *path = mem_printf(GOLDEN "/%s", name);
    struct buf wanted;
    buf_init(&wanted);
    const char *bless = getenv("ROTE_BLESS");
    if (bless && strcmp(bless, "1") == 0)
        assert_true(file_write(path, is->data, is->len, NULL));
    assert_true(file_read(path, 1 << 20, &wanted, NULL));
    size_t at = 0;
    while (at < wanted.len && at < is->len && wanted.data[at] == is->data[at])
        at++;
    if (at < wanted.len || at < is->len)
        fail_msg("%s differs at byte %zu: \"%.80s\" is not \"%.80s\"", path, at, is->data + at,
                 wanted.data + at);
    buf_release(&wanted);
    free(path);
}

static void every_format_is_as_it_should_be(void **state)
{
    (void)state;
    struct document *d = everything();
    for (int f = 0; f < DOCUMENT_FORMATS; f++) {
        struct buf out, again;
        buf_init(&out);
        buf_init(&again);
        document_write(d, (enum document_format)f, &out);
        document_write(d, (enum document_format)f, &again);
        assert_int_equal(out.len, again.len);
        assert_memory_equal(out.data, again.data, out.len);
        char *name = mem_printf("document.%s", extension[f]);
        compare(name, &out);
        free(name);
        buf_release(&out);
        buf_release(&again);
    }
    document_free(d);
}

static char *written(const struct document *d, enum document_format format, size_t *n)
{
    struct buf out;
    buf_init(&out);
    document_write(d, format, &out);
    *n = out.len;
    return buf_detach(&out);
}

static void html_and_latex_are_well_formed(void **state)
{
    (void)state;
    size_t n;
    struct document *d = everything();
    char *text = written(d, DOCUMENT_HTML, &n);
    const char *wrong = xml_fault(text, n);
    if (wrong)
        fail_msg("HTML: %s", wrong);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<img"));
    assert_null(strstr(text, "href=\"h"));
    free(text);
    for (int f = DOCUMENT_TEX; f <= DOCUMENT_TEX_PART; f++) {
        text = written(d, (enum document_format)f, &n);
        if ((wrong = tex_fault(text, n)))
            fail_msg("LaTeX: %s", wrong);
        free(text);
    }
    document_free(d);
}

static void the_checkers_find_faults(void **state)
{
    (void)state;
    static const char *const bad_xml[] = {"<a><b></a></b>",
                                          "<a x=1/>",
                                          "<a>&x;</a>",
                                          "<a>\x01</a>",
                                          "<a>\xff</a>",
                                          "<a id=\"1\"/><b id=\"1\"/>",
                                          "<a>",
                                          "</a>",
                                          "a < b"};
    static const char *const bad_tex[] = {"a } b",        "{",          "50% of",
                                          "#2",           "$x",         "\\begin{a}\\end{b}",
                                          "\xe6\x97\xa5", "a\\\\\n* b", "a\\\\ \n [b]"};
    for (size_t i = 0; i < ARRAY_LEN(bad_xml); i++)
        if (!xml_fault(bad_xml[i], strlen(bad_xml[i])))
            fail_msg("%s is taken for XML", bad_xml[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad_tex); i++)
        if (!tex_fault(bad_tex[i], strlen(bad_tex[i])))
            fail_msg("%s is taken for LaTeX", bad_tex[i]);
    assert_null(xml_fault("<a b=\"c\">&amp;<d/></a>", 22));
}

static void nothing_written_reaches_the_terminal_as_an_escape(void **state)
{
    (void)state;
    struct document *d = everything();
    for (int f = 0; f < DOCUMENT_FORMATS; f++) {
        if (f == DOCUMENT_CSV || f == DOCUMENT_TSV)
            continue; /* all bytes as they are */
        size_t n;
        char *text = written(d, (enum document_format)f, &n);
        for (size_t i = 0; i < n; i++)
            assert_true((unsigned char)text[i] >= 0x20 || text[i] == '\n');
        if (f != DOCUMENT_JSON && f != DOCUMENT_JSONL)
            assert_null(strstr(text, "\xe2\x80\xae"));
        free(text);
    }
    document_free(d);
}

static void json_keeps_all_digits_and_bytes(void **state)
{
    (void)state;
    size_t n;
    struct document *d = everything();
    char *text = written(d, DOCUMENT_JSON, &n);
    struct jval *o = jval_parse(text, n, NULL);
    assert_non_null(o);
    const struct jval *blocks = jval_get(o, "blocks"), *table = NULL, *rows = NULL;
    for (size_t i = 0; i < jval_size(blocks); i++) {
        table = jval_at(blocks, i);
        const char *caption = jval_string(jval_get(table, "caption"));
        if (caption && strcmp(caption, "Numbers") == 0)
            rows = jval_get(table, "rows");
    }
    assert_int_equal(jval_size(rows), 2);
    const struct jval *row = jval_at(rows, 0);
    assert_int_equal(jval_int(jval_get(row, "cases"), -1), 1234567);
    assert_true(fabs(jval_real(jval_get(row, "recall@10"), 0) - 0.0668123457) < 1e-12);
    assert_true(jval_real(jval_get(row, "recall@10.lo"), 0) == 0.064);
    assert_true(jval_real(jval_get(jval_at(rows, 1), "recall@10"), -1) == -1); /* null */
    jval_free(o);
    free(text);
    document_free(d);
}

/* ---- sources, long texts ---- */

static void fill(void *context, int64_t row, struct doc_cell *cell)
{
    char *text = context;
    snprintf(text, 32, "row %lld", (long long)row);
    cell[0] = (struct doc_cell){.kind = CELL_TEXT, .text = text, .n = strlen(text)};
    cell[1] = (struct doc_cell){
        .kind = CELL_REAL, .value = 0.5 * (double)row, .lo = (double)NAN, .hi = (double)NAN};
}

static void a_source_gives_the_same_as_its_rows(void **state)
{
    (void)state;
    enum { ROWS = 3000 };
    char text[32];
    struct document *one = document_new(""), *other = document_new("");
    struct doc_table *a = document_table(one, ""), *b = document_table(other, "");
    for (int i = 0; i < 2; i++) {
        doc_table_column(i ? b : a, "name", DOC_TEXT, 0);
        doc_table_column(i ? b : a, "value", DOC_REAL, 1);
    }
    doc_table_source(a, ROWS, (struct doc_source){.fill = fill, .context = text});
    for (int r = 0; r < ROWS; r++) {
        doc_row(b);
        doc_cell_textf(b, "row %d", r);
        doc_cell_real(b, 0.5 * r);
    }
    char path[] = "/tmp/rote-document-XXXXXX";
    close(mkstemp(path));
    for (int f = 0; f < DOCUMENT_FORMATS; f++) {
        size_t n;
        struct buf saved;
        char *whole = written(other, (enum document_format)f, &n);
        buf_init(&saved);
        assert_true(document_save(one, (enum document_format)f, path, NULL, NULL, NULL));
        assert_true(file_read(path, 1 << 22, &saved, NULL));
        assert_int_equal(saved.len, n);
        assert_memory_equal(saved.data, whole, n);
        buf_release(&saved);
        free(whole);
    }
    unlink(path);
    document_free(one);
    document_free(other);
}

/* Cut where people read, whole where programs do, and never slow. */
static void ten_megabytes_are_no_trouble(void **state)
{
    (void)state;
    enum { LONG = 10 << 20 };
    char *text = mem_alloc(LONG + 1);
    for (int i = 0; i < LONG; i++)
        text[i] = "\"|`\\<-_, \xc3"[i % 10];
    text[LONG] = '\0';
    struct document *d = document_new(text);
    doc_text_add(document_paragraph(d), SPAN_PLAIN, text, LONG);
    doc_text_add(document_paragraph(d), SPAN_CODE, text, LONG);
    doc_text_add(document_term(d, text), SPAN_PLAIN, text, LONG);
    document_code(d, text, LONG);
    struct doc_table *t = document_table(d, text);
    doc_table_column(t, text, DOC_TEXT, 0);
    doc_row(t);
    doc_cell_bytes(t, text, LONG);
    clock_t begun = clock();
    for (int f = 0; f < DOCUMENT_FORMATS; f++) {
        size_t n;
        char *out = written(d, (enum document_format)f, &n);
        bool whole = f >= DOCUMENT_JSON && f != DOCUMENT_TXT;
        if (whole ? n < LONG : n > 1 << 18)
            fail_msg("%s has %zu bytes", extension[f], n);
        free(out);
    }
    assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < 20); /* quadratic would be hours */
    document_free(d);
    free(text);
}

static void what_rounds_to_zero_has_no_sign(void **state)
{
    (void)state;
    static const struct {
        double value;
        enum doc_number number;
        int decimals;
        const char *shown;
    } cases[] = {
        {-0.00004, DOC_REAL, 4, "0.0000"},   {-0.00006, DOC_REAL, 4, "-0.0001"},
        {-0.0, DOC_REAL, 1, "0.0"},          {0.00004, DOC_SIGNED, 4, "0.0000"},
        {-0.00004, DOC_SIGNED, 4, "0.0000"}, {0.0006, DOC_SIGNED, 3, "+0.001"},
        {-0.0004, DOC_PERCENT, 1, "0.0 %"},  {-0.0006, DOC_PERCENT, 1, "-0.1 %"},
        {-0.0004, DOC_POINTS, 1, "0.0"},     {0.006, DOC_POINTS, 1, "+0.6"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n;
        struct document *d = document_new("");
        struct doc_table *t = document_table(d, "");
        doc_table_column(t, "c", cases[i].number, cases[i].decimals);
        doc_row(t);
        doc_cell_real(t, cases[i].value);
        char *text = written(d, DOCUMENT_MD, &n);
        char *wanted = mem_printf("| c |\n| ---: |\n| %s |\n", cases[i].shown);
        assert_string_equal(text, wanted);
        free(wanted);
        free(text);
        document_free(d);
    }
}

static void contents_stand_behind_what_introduces_them(void **state)
{
    (void)state;
    size_t n;
    struct document *d = document_new("t");
    doc_text_addf(document_paragraph(d), SPAN_PLAIN, "to begin with");
    for (int i = 0; i < 3; i++)
        document_heading(d, 1, "section %d", i);
    char *text = written(d, DOCUMENT_HTML, &n);
    const char *intro = strstr(text, "to begin with"), *contents = strstr(text, "<nav");
    assert_true(intro && contents && contents > intro);
    assert_true(contents < strstr(text, "<h2"));
    assert_null(strstr(contents + 1, "<nav"));
    free(text);
    document_free(d);
}

static void csv_cells_are_no_formulas(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cell;
    } cases[] = {
        {"=1+1", "'=1+1"},  {"+49 30", "'+49 30"}, {"-x", "'-x"},
        {"@a", "'@a"},      {"-7", "-7"},          {"+1.5e3", "+1.5e3"},
        {"a=b", "a=b"},     {"\tx", "'\tx"},       {"=\"a\"", "\"'=\"\"a\"\"\""},
        {"a,b", "\"a,b\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n;
        struct document *d = document_new("");
        struct doc_table *t = document_table(d, "");
        doc_table_column(t, "c", DOC_TEXT, 0);
        doc_row(t);
        doc_cell_text(t, cases[i].text);
        char *text = written(d, DOCUMENT_CSV, &n), *wanted = mem_printf("c\n%s\n", cases[i].cell);
        assert_string_equal(text, wanted);
        free(wanted);
        free(text);
        document_free(d);
    }
}

/* A terminal would obey what a file may hold. */
static void csv_on_a_terminal_has_no_escapes(void **state)
{
    (void)state;
    static const char cell[] = "a\x1b[2J\xff\xe2\x80\xae\xc3\xa9,";
    char text[128] = "";
    struct csv_writer w;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    FILE *out = fopen(ptsname(master), "w");
    assert_non_null(out);
    assert_true(csv_begin(&w, "-", out, ',', NULL));
    csv_text(&w, cell, sizeof cell - 1);
    assert_true(csv_end_line(&w, NULL) && csv_commit(&w, NULL));
    assert_true(read(master, text, sizeof text - 1) > 0);
    assert_string_equal(text, "\"a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9,\"\r\n");
    fclose(out);
    close(master);
}

static void an_empty_document_is_one(void **state)
{
    (void)state;
    for (int f = 0; f < DOCUMENT_FORMATS; f++) {
        size_t n;
        struct document *d = document_new("");
        document_table(d, ""); /* no columns, no rows */
        char *text = written(d, (enum document_format)f, &n);
        if (f == DOCUMENT_HTML)
            assert_null(xml_fault(text, n));
        if (f == DOCUMENT_TEX)
            assert_null(tex_fault(text, n));
        free(text);
        document_free(d);
    }
    enum document_format format;
    assert_true(document_format_find("tex", &format) && format == DOCUMENT_TEX);
    assert_false(document_format_find("pdf", &format));
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct error err = {0};
    struct document *d = everything();
    assert_false(document_save(d, DOCUMENT_MD, "/dev/null/x.md", NULL, NULL, &err));
    assert_non_null(strstr(err.text, "/dev/null/x.md"));
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_false(document_save(d, DOCUMENT_HTML, "-", full, NULL, &err));
    fclose(full);
    document_free(d);
}

/* ---- PNG ---- */

static uint32_t word(const struct buf *png, size_t at)
{
    const unsigned char *s = (const unsigned char *)png->data + at;
    return (uint32_t)s[0] << 24 | (uint32_t)s[1] << 16 | (uint32_t)s[2] << 8 | s[3];
}

static void a_png_has_the_size_of_its_scale(void **state)
{
    (void)state;
    struct plot *plot = small_plot("run");
    uint32_t height = 0;
    for (int scale = 1; scale <= 3; scale += 2) {
        struct buf png;
        buf_init(&png);
        assert_true(png_write(plot, scale, &png, NULL));
        assert_memory_equal(png.data, "\x89PNG\r\n\x1a\n", 8);
        assert_int_equal(word(&png, 16), 520 * scale);
        if (height > 0)
            assert_int_equal(word(&png, 20), height * 3);
        height = word(&png, 20);
        assert_true(png.len > 2000); /* something is drawn */
        buf_release(&png);
    }
    plot_free(plot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_as_it_should_be),
        cmocka_unit_test(html_and_latex_are_well_formed),
        cmocka_unit_test(the_checkers_find_faults),
        cmocka_unit_test(nothing_written_reaches_the_terminal_as_an_escape),
        cmocka_unit_test(json_keeps_all_digits_and_bytes),
        cmocka_unit_test(a_source_gives_the_same_as_its_rows),
        cmocka_unit_test(ten_megabytes_are_no_trouble),
        cmocka_unit_test(csv_on_a_terminal_has_no_escapes),
        cmocka_unit_test(what_rounds_to_zero_has_no_sign),
        cmocka_unit_test(contents_stand_behind_what_introduces_them),
        cmocka_unit_test(csv_cells_are_no_formulas),
        cmocka_unit_test(an_empty_document_is_one),
        cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
        cmocka_unit_test(a_png_has_the_size_of_its_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
