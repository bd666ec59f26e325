/* A document for LaTeX: booktabs in longtables, pictures of pict2e, all specials escaped. */
#include "storage/export/document_tex.h"

#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/utf8.h"

static const char packages[] = "\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n"
                               "\\usepackage{array,booktabs,longtable,color,pict2e}\n";

/* One character by its number: a box with it where the engine has no glyphs for all of Unicode.
 * And a new page where less than a part of one is left: LaTeX keeps no heading with its table. */
static const char macros[] =
    "\\ifdefined\\Umathchar\n\\providecommand{\\rotechar}[1]{\\char\"#1 }\n\\else\n"
    "\\providecommand{\\rotechar}[1]{{\\fboxsep=1pt\\fbox{\\tiny\\texttt{#1}}}}\n\\fi\n"
    "\\providecommand{\\roteneed}[1]{\\par\\ifdim\\pagegoal<\\maxdimen\n"
    "\\ifdim\\dimexpr\\pagegoal-\\pagetotal<#1\\textheight\\newpage\\fi\\fi}\n";

/* ---- text ---- */

static const char *special(uint32_t c)
{
    static const struct {
        uint32_t c;
        const char *tex;
    } list[] = {
        {'\\', "\\textbackslash{}"},
        {'{', "\\{"},
        {'}', "\\}"},
        {'$', "\\$"},
        {'&', "\\&"},
        {'#', "\\#"},
        {'^', "\\textasciicircum{}"},
        {'_', "\\_"},
        {'~', "\\textasciitilde{}"},
        {'%', "\\%"},
        {'<', "\\textless{}"},
        {'>', "\\textgreater{}"},
        {'|', "\\textbar{}"},
        {'"', "\\textquotedbl{}"},
        {'\'', "\\textquotesingle{}"},
        {'`', "\\textasciigrave{}"},
        {'[', "{[}"}, /* else an argument of \\ or \item, as * is of \\ */
        {']', "{]}"},
        {'*', "{*}"},
        {'-', "-{}"}, /* -- would be a dash */
        {',', ",{}"},
        {0xa0, "~"},
        {0xd7, "\\texttimes{}"},
        {0x2010, "-{}"},
        {0x2013, "\\textendash{}"},
        {0x2014, "\\textemdash{}"},
        {0x2018, "\\textquoteleft{}"},
        {0x2019, "\\textquoteright{}"},
        {0x201c, "\\textquotedblleft{}"},
        {0x201d, "\\textquotedblright{}"},
        {0x2022, "\\textbullet{}"},
        {0x2026, "\\dots{}"},
        {0x20ac, "\\texteuro{}"},
        {0x2039, "\\guilsinglleft{}"},
        {0x203a, "\\guilsinglright{}"},
        {0x2122, "\\texttrademark{}"},
        {0x2192, "$\\rightarrow$"},
        {0x2190, "$\\leftarrow$"},
        {0x2212, "$-$"},
        {0x2248, "$\\approx$"},
        {0x2264, "$\\leq$"},
        {0x2265, "$\\geq$"},
        {0x25cf, "$\\bullet$"},
        {0x25cb, "$\\circ$"},
        {0x2713, "$\\surd$"},
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (list[i].c == c)
            return list[i].tex;
    return NULL;
}

/* Latin letters for which T1 has glyphs under every engine. */
static bool is_latin(uint32_t c)
{
    static const uint32_t range[][2] = {
        {0xa1, 0xac},   {0xae, 0xff},   {0x102, 0x107}, {0x10c, 0x111}, {0x118, 0x11b},
        {0x11e, 0x11f}, {0x139, 0x13a}, {0x13d, 0x13e}, {0x141, 0x144}, {0x147, 0x148},
        {0x150, 0x155}, {0x158, 0x15b}, {0x15e, 0x165}, {0x16e, 0x171}, {0x178, 0x17e},
    };
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (c >= range[i][0] && c <= range[i][1])
            return true;
    return false;
}

void tex_escape(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t c = utf8_shown(bytes + i, n - i, &len);
        const char *tex = special(c);
        if (tex)
            buf_adds(out, tex);
        else if (c == ' ')
            buf_addc(out, ' ');
        else if (c < 0x80 || is_latin(c))
            buf_add(out, bytes + i, len);
        else
            buf_addf(out, "\\rotechar{%04X}", (unsigned)c);
    }
}

static void add(struct doc_out *out, const char *s)
{
    doc_cut(&out->buf, tex_escape, s, strlen(s));
}

static void raw(struct doc_out *out, const char *s)
{
    buf_adds(&out->buf, s);
}

/* A name of dots and underscores may be broken behind them. */
static void add_name(struct doc_out *out, const char *s)
{
    if (strlen(s) > DOCUMENT_TEXT_SHOWN) {
        add(out, s);
        return;
    }
    for (size_t n; *s; s += n) {
        n = strcspn(s, "._@");
        n += s[n] != '\0';
        tex_escape(&out->buf, s, n);
        raw(out, s[n] ? "\\allowbreak{}" : "");
    }
}

static void spans(const struct doc_text *text, struct doc_out *out)
{
    static const char *const command[] = {
        [SPAN_PLAIN] = NULL, [SPAN_EMPHASIS] = "\\emph{", [SPAN_CODE] = "\\texttt{"};
    for (size_t i = 0; i < text->n; i++) {
        const struct doc_span *s = &text->span[i];
        if (command[s->kind])
            raw(out, command[s->kind]);
        doc_cut(&out->buf, tex_escape, s->text, s->n);
        if (command[s->kind])
            raw(out, "}");
    }
}

/* ---- tables ---- */

static void value(const struct doc_column *column, const struct doc_cell *cell, struct doc_out *out)
{
    struct doc_cell bare = *cell;
    bare.lo = bare.hi = (double)NAN;
    if (cell->strong)
        raw(out, "\\textbf{");
    doc_cell_shown(&out->buf, tex_escape, column, &bare);
    if (cell->strong)
        raw(out, "}");
}

/* Intervals stand below their figures, in a row of their own: tables stay narrow. */
static void row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct doc_out *out = context;
    bool intervals = false;
    for (size_t c = 0; c < t->n_columns; c++) {
        raw(out, c ? " & " : "");
        value(&t->column[c], &cell[c], out);
        intervals = intervals || doc_has_interval(&cell[c]);
    }
    raw(out, intervals ? " \\\\*[-3pt]\n" : " \\\\\n");
    if (!intervals)
        return;
    struct buf text;
    buf_init(&text);
    for (size_t c = 0; c < t->n_columns; c++) {
        raw(out, c ? " & {\\tiny " : "{\\tiny ");
        buf_clear(&text);
        doc_interval(&t->column[c], &cell[c], &text);
        tex_escape(&out->buf, text.data, text.len);
        raw(out, "}");
    }
    raw(out, " \\\\\n");
    buf_release(&text);
}

struct widest {
    size_t *width, total;
};

static void measure(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct widest *w = context;
    for (size_t c = 0; c < t->n_columns; c++) {
        size_t n = cell[c].kind == CELL_TEXT ? cell[c].n : doc_has_interval(&cell[c]) ? 12 : 8;
        if (n > w->width[c])
            w->width[c] = n;
    }
}

/* What fits a line in the small font, in characters; what a column of long texts has at least. */
enum { MOST = 105, LEAST = 14 };

static size_t width_of_others(const struct widest *w, size_t n, size_t most, size_t *n_long)
{
    size_t others = 0;
    *n_long = 0;
    for (size_t c = 0; c < n; c++) {
        *n_long += w->width[c] > most;
        others += w->width[c] > most ? 0 : w->width[c] + 2;
    }
    return others;
}

/* Columns of long texts get lines of a fixed width, and more columns are long where there are many;
 * wide tables have a small font. */
static void columns(const struct doc_table *t, struct doc_out *out)
{
    struct doc_out none = {.stream = NULL};
    struct widest w = {.width = mem_zalloc(t->n_columns, sizeof *w.width)};
    buf_init(&none.buf);
    for (size_t c = 0; c < t->n_columns; c++)
        w.width[c] = strlen(t->column[c].name);
    doc_rows(t, &none, measure, &w);
    size_t most = 30, n_long, others = width_of_others(&w, t->n_columns, most, &n_long);
    while (others + LEAST * n_long > MOST && most > LEAST)
        others = width_of_others(&w, t->n_columns, --most, &n_long);
    double share = others < MOST ? (double)(MOST - others) / MOST : 0.2;
    raw(out, others + LEAST * n_long > 65 ? "{\\scriptsize\\setlength{\\tabcolsep}{3pt}\n"
                                          : "{\\footnotesize\n");
    raw(out, "\\begin{longtable}{@{}");
    for (size_t c = 0; c < t->n_columns; c++)
        if (w.width[c] > most)
            buf_addf(&out->buf, ">{\\%s\\arraybackslash}p{%.2f\\linewidth}",
                     doc_is_number(&t->column[c]) ? "raggedleft" : "raggedright",
                     fmax(0.9 * share / (double)n_long, 0.05));
        else
            raw(out, doc_is_number(&t->column[c]) ? "r" : t->column[c].centred ? "c" : "l");
    raw(out, "@{}}\n");
    free(w.width);
}

static void table(const struct doc_table *t, struct doc_out *out)
{
    if (t->n_columns == 0)
        return;
    columns(t, out);
    if (t->caption[0]) {
        raw(out, "\\caption*{");
        add(out, t->caption);
        raw(out, "}\\\\\n");
    }
    raw(out, "\\toprule\n");
    for (size_t c = 0; c < t->n_columns; c++) {
        raw(out, c ? " & " : "");
        add_name(out, t->column[c].name);
    }
    raw(out, " \\\\\n\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n");
    doc_rows(t, out, row, out);
    raw(out, "\\end{longtable}}\n");
    if (t->note.n > 0) {
        raw(out, "{\\footnotesize\\noindent ");
        spans(&t->note, out);
        raw(out, "\\par}\n");
    }
}

/* ---- blocks ---- */

static void list(const struct doc_block *b, struct doc_out *out)
{
    const char *kind = b->kind == BLOCK_LIST ? "itemize" : "description";
    buf_addf(&out->buf, "\\begin{%s}\n", kind);
    for (size_t i = 0; i < b->n_items; i++) {
        raw(out, "\\item");
        if (b->item[i]->term) {
            raw(out, "[{");
            add(out, b->item[i]->term);
            raw(out, "}]");
        }
        raw(out, "{} ");
        spans(&b->item[i]->text, out);
        raw(out, "\n");
    }
    buf_addf(&out->buf, "\\end{%s}\n", kind);
}

/* Blanks are kept, long lines broken. */
static void code_line(const char *s, size_t n, struct doc_out *out)
{
    size_t blanks = 0;
    while (blanks < n && s[blanks] == ' ')
        blanks++;
    for (size_t i = 0; i < blanks; i++)
        raw(out, "~");
    doc_cut(&out->buf, tex_escape, s + blanks, n - blanks);
    raw(out, "\\par\n");
}

static void code(const struct doc_text *text, struct doc_out *out)
{
    raw(out, "{\\footnotesize\\ttfamily\\raggedright\\parindent=0pt\\hangindent=2em\n");
    for (size_t i = 0; i < text->n; i++) {
        const char *s = text->span[i].text, *end = s + text->span[i].n;
        while (s < end) {
            const char *line = memchr(s, '\n', (size_t)(end - s));
            size_t n = (size_t)((line ? line : end) - s);
            code_line(s, n, out);
            s += n + (line != NULL);
        }
    }
    raw(out, "}\n");
}

static void block(const struct doc_block *b, struct doc_out *out)
{
    static const char *const heading[] = {"", "section", "subsection", "subsubsection"};
    switch (b->kind) {
    case BLOCK_HEADING:
        buf_addf(&out->buf, "\\roteneed{%s}\\%s*{", b->level == 1 ? ".25" : ".18",
                 heading[b->level]);
        spans(&b->text, out);
        raw(out, "}\n");
        return;
    case BLOCK_PARAGRAPH:
        spans(&b->text, out);
        raw(out, "\n");
        return;
    case BLOCK_LIST:
    case BLOCK_DEFINITIONS:
        list(b, out);
        return;
    case BLOCK_CODE:
        code(&b->text, out);
        return;
    case BLOCK_TABLE:
        table(b->table, out);
        return;
    case BLOCK_PLOT:
        tex_plot(b->plot, &out->buf);
    }
}

static void body(const struct document *d, struct doc_out *out)
{
    for (size_t i = 0; i < d->n && !out->failed; i++) {
        raw(out, "\n");
        block(d->block[i], out);
    }
}

void doc_tex(const struct document *d, struct doc_out *out)
{
    raw(out, "\\documentclass[a4paper,10pt]{article}\n");
    raw(out, packages);
    raw(out, "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n" /* outlines, no dots */
             "\\usepackage[margin=2cm]{geometry}\n\\usepackage{caption}\n");
    raw(out, macros);
    raw(out, "\\setlength{\\emergencystretch}{3em}\n\\sloppy\n\\begin{document}\n"
             "\\begin{center}{\\LARGE ");
    add(out, d->title);
    raw(out, "}\\end{center}\n");
    body(d, out);
    raw(out, "\n\\end{document}\n");
}

void doc_tex_part(const struct document *d, struct doc_out *out)
{
    raw(out, "% needs \\usepackage[T1]{fontenc} and "
             "\\usepackage{textcomp,array,booktabs,longtable,caption,color,pict2e}\n");
    raw(out, macros);
    body(d, out);
}
