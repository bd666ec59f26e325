/*
 * A document as one HTML file: no script, nothing fetched, light and dark by prefers-color-scheme,
 * readable on a phone and on paper. Well-formed as XML, too. Wide tables scroll inside their box.
 */
#include <string.h>

#include "storage/export/document_private.h"
#include "storage/export/svg.h"
#include "storage/export/svg_private.h"
#include "storage/export/svg_text.h"

static const char style[] =
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,\"Helvetica "
    "Neue\",Arial,\"DejaVu Sans\",sans-serif}\n"
    "main{max-width:70rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}\n"
    "h1,h2,h3{line-height:1.25;margin:2.2em 0 .6em;overflow-wrap:anywhere}\n"
    "h1{font-size:1.7rem;margin-top:.3em}h2{font-size:1.3rem;border-bottom:1px solid var(--line);"
    "padding-bottom:.25em}h3{font-size:1.05rem}\n"
    "p,li,dd{max-width:46rem;overflow-wrap:anywhere}\n"
    "dt{font-weight:600;margin-top:.6em;overflow-wrap:anywhere}dd{margin:0 0 0 1.2em}\n"
    "a{color:var(--link)}\n"
    "nav{border:1px solid var(--line);border-radius:6px;padding:.6rem 1rem;margin:1.2rem 0}\n"
    "nav ul{margin:0;padding-left:1.1em;columns:16rem}nav li{break-inside:avoid}\n"
    "code,pre{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
    "font-size:.88em}\n"
    "code{background:var(--soft);border-radius:3px;padding:.1em .3em;overflow-wrap:anywhere}\n"
    "pre{background:var(--soft);border-radius:6px;padding:.7rem .9rem;white-space:pre-wrap;"
    "overflow-wrap:anywhere}\n"
    ".wide{overflow-x:auto;margin:1rem 0 0}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;padding:0 0 .4rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0}\n"
    "th{border-bottom:1px solid var(--dim);font-weight:600;white-space:nowrap}\n"
    "td{border-bottom:1px solid var(--line);max-width:30rem;min-width:3rem}\n"
    "td.t{overflow-wrap:break-word}td.t.l{min-width:15rem}td.t.s{white-space:nowrap}\n"
    "th.n,td.n{text-align:right;white-space:nowrap}th.c,td.c{text-align:center}\n"
    ".ci{color:var(--dim);font-size:.85em;display:block;line-height:1.2}\n"
    ".note{color:var(--dim);font-size:.85rem;margin:.4rem 0 1.4rem}\n"
    "figure{margin:1.4rem 0}figure "
    "svg{display:block;width:100%;max-width:40rem!important;height:auto;"
    "border:1px solid var(--line);border-radius:6px}\n"
    "figcaption{max-width:40rem;overflow-wrap:anywhere;color:var(--dim);font-size:.85rem;margin:."
    "4rem 0 0}\n"
    "summary{cursor:pointer;color:var(--dim);font-size:.9rem;padding:.4rem 0}\n"
    ".strong{font-weight:600}.strong .ci{font-weight:400}\n"
    "@media (max-width:32rem){main{padding:1rem .8rem 3rem}}\n"
    "@media print{body{font-size:10.5pt}main{max-width:none;padding:0}nav,details{display:none}"
    "h2,h3,h4,dt{break-after:avoid}figure,pre,tr,.short{break-inside:avoid}"
    "caption,thead{break-after:avoid}.note{break-before:avoid}.wide{overflow:visible}"
    "table{font-size:8pt}a{color:inherit;text-decoration:none}}\n";

enum { KEPT_ROWS = 16 }; /* rows that are kept together */

static void raw(struct doc_out *out, const char *s)
{
    buf_adds(&out->buf, s);
}

static void escaped(struct doc_out *out, const char *s)
{
    doc_cut(&out->buf, svg_text_escape, s, strlen(s));
}

/* ---- head ---- */

static void colours(struct doc_out *out, bool dark)
{
    buf_addf(&out->buf, ":root{--paper:%s;--ink:%s;--dim:%s;--line:%s;--soft:%s;--link:%s}\n",
             dark ? "#111827" : "#ffffff", plot_css(PLOT_INK, dark), dark ? "#9ca3af" : "#5b6472",
             dark ? "#2b3443" : "#e5e7eb", dark ? "#1f2937" : "#f3f4f6",
             plot_css(PLOT_RELATED, dark));
    for (int r = PLOT_MEMORIZED; r < PLOT_ROLES; r++)
        buf_addf(&out->buf, "td.%s{color:%s}", svg_role((enum plot_role)r),
                 r == PLOT_UNCATEGORIZED ? "var(--dim)" : plot_css((enum plot_role)r, dark));
    raw(out, "td.dim{color:var(--dim)}\n");
}

static void head(const struct document *d, struct doc_out *out)
{
    raw(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n"
             "<meta name=\"generator\" content=\"rote\"/>\n<title>");
    escaped(out, d->title);
    raw(out, "</title>\n<style>\n");
    colours(out, false);
    raw(out, "@media screen and (prefers-color-scheme:dark){\n");
    colours(out, true);
    raw(out, "}\n");
    raw(out, style);
    raw(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
    escaped(out, d->title);
    raw(out, "</h1>\n");
}

/* ---- blocks ---- */

/* Definitions may be broken behind their commas. */
static void code_escape(struct buf *out, const char *bytes, size_t n)
{
    for (const char *comma; n > 0 && (comma = memchr(bytes, ',', n));) {
        size_t part = (size_t)(comma + 1 - bytes);
        svg_text_escape(out, bytes, part);
        buf_adds(out, "<wbr/>");
        bytes += part;
        n -= part;
    }
    svg_text_escape(out, bytes, n);
}

static void spans(const struct doc_text *text, struct doc_out *out)
{
    static const char *const tag[] = {
        [SPAN_PLAIN] = NULL, [SPAN_EMPHASIS] = "em", [SPAN_CODE] = "code"};
    for (size_t i = 0; i < text->n; i++) {
        const struct doc_span *s = &text->span[i];
        if (tag[s->kind])
            buf_addf(&out->buf, "<%s>", tag[s->kind]);
        doc_cut(&out->buf, s->kind == SPAN_CODE ? code_escape : svg_text_escape, s->text, s->n);
        if (tag[s->kind])
            buf_addf(&out->buf, "</%s>", tag[s->kind]);
    }
}

/* The sections, linked. */
static void contents(const struct document *d, struct doc_out *out)
{
    size_t sections = 0;
    for (size_t i = 0; i < d->n; i++)
        sections += d->block[i]->kind == BLOCK_HEADING && d->block[i]->level == 1;
    if (sections < 3)
        return;
    raw(out, "<nav aria-label=\"Contents\">\n<ul>\n");
    for (size_t i = 0; i < d->n; i++) {
        if (d->block[i]->kind != BLOCK_HEADING || d->block[i]->level != 1)
            continue;
        buf_addf(&out->buf, "<li><a href=\"#section-%zu\">", i);
        spans(&d->block[i]->text, out);
        raw(out, "</a></li>\n");
    }
    raw(out, "</ul>\n</nav>\n");
}

/* Line by line, with the mark between the lines. */
static void lines(const struct doc_text *text, const char *between, struct doc_out *out)
{
    for (size_t i = 0; i < text->n; i++) {
        const char *s = text->span[i].text, *end = s + text->span[i].n;
        while (s < end) {
            const char *line = memchr(s, '\n', (size_t)(end - s));
            size_t n = (size_t)((line ? line : end) - s);
            doc_cut(&out->buf, svg_text_escape, s, n);
            if (line)
                raw(out, between);
            s += n + (line != NULL);
        }
    }
}

static void list(const struct doc_block *b, struct doc_out *out)
{
    bool terms = b->kind == BLOCK_DEFINITIONS;
    raw(out, terms ? "<dl>\n" : "<ul>\n");
    for (size_t i = 0; i < b->n_items; i++) {
        if (terms) {
            raw(out, "<dt>");
            escaped(out, b->item[i]->term);
            raw(out, "</dt>");
        }
        raw(out, terms ? "<dd>" : "<li>");
        spans(&b->item[i]->text, out);
        raw(out, terms ? "</dd>\n" : "</li>\n");
    }
    raw(out, terms ? "</dl>\n" : "</ul>\n");
}

/* ---- tables ---- */

static void one_cell(const struct doc_column *column, const struct doc_cell *cell,
                     struct doc_out *out)
{
    enum { SHORT = 24, LONG = 60 }; /* bytes: not broken at all; given some width */
    bool is_text = cell->kind == CELL_TEXT;
    buf_addf(&out->buf, "<td class=\"%s",
             doc_is_number(column) ? "n"
             : column->centred     ? "c"
                                   : "t");
    if (is_text && (cell->n > LONG || cell->n <= SHORT))
        raw(out, cell->n > LONG ? " l" : " s");
    if (cell->role != PLOT_INK)
        buf_addf(&out->buf, " %s", svg_role(cell->role));
    raw(out, cell->strong ? " strong\">" : "\">");
    if (is_text) {
        doc_cut(&out->buf, svg_text_escape, cell->text, cell->n);
    } else {
        doc_number(column, cell, &out->buf);
        if (doc_has_interval(cell)) {
            raw(out, " <span class=\"ci\">");
            doc_interval(column, cell, &out->buf);
            raw(out, "</span>");
        }
    }
    raw(out, "</td>");
}

static void row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct doc_out *out = context;
    raw(out, "<tr>");
    for (size_t c = 0; c < t->n_columns; c++)
        one_cell(&t->column[c], &cell[c], out);
    raw(out, "</tr>\n");
}

static void table(const struct doc_table *t, bool caption, struct doc_out *out)
{
    /* On paper a long table goes on at the next page. */
    raw(out, t->n_rows <= KEPT_ROWS ? "<div class=\"wide short\"" : "<div class=\"wide\"");
    raw(out, " tabindex=\"0\" role=\"region\" aria-label=\"");
    escaped(out, t->caption);
    raw(out, "\">\n<table>\n");
    if (caption && t->caption[0]) {
        raw(out, "<caption>");
        escaped(out, t->caption);
        raw(out, "</caption>\n");
    }
    raw(out, "<thead><tr>");
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_addf(&out->buf, "<th scope=\"col\"%s>",
                 doc_is_number(&t->column[c]) ? " class=\"n\""
                 : t->column[c].centred       ? " class=\"c\""
                                              : "");
        escaped(out, t->column[c].name);
        raw(out, "</th>");
    }
    raw(out, "</tr></thead>\n<tbody>\n");
    doc_rows(t, out, row, out);
    raw(out, "</tbody>\n</table>\n</div>\n");
    if (t->note.n > 0) {
        raw(out, "<p class=\"note\">");
        spans(&t->note, out);
        raw(out, "</p>\n");
    }
}

static void picture(const struct doc_block *b, struct doc_out *out)
{
    struct plot bare = *b->plot; /* small print is text of the page: a phone scales pictures */
    bare.footnote = NULL;
    raw(out, "<figure>\n");
    svg_write(&bare, true, &out->buf);
    if (b->plot->footnote) {
        raw(out, "<figcaption>");
        doc_cut(&out->buf, code_escape, b->plot->footnote, strlen(b->plot->footnote));
        raw(out, "</figcaption>\n");
    }
    if (b->table) {
        raw(out, "<details><summary>The numbers of this picture</summary>\n");
        table(b->table, false, out);
        raw(out, "</details>\n");
    }
    raw(out, "</figure>\n");
}

static void block(const struct doc_block *b, size_t number, struct doc_out *out)
{
    switch (b->kind) {
    case BLOCK_HEADING:
        buf_addf(&out->buf, "<h%d id=\"section-%zu\">", b->level + 1, number);
        spans(&b->text, out);
        buf_addf(&out->buf, "</h%d>\n", b->level + 1);
        return;
    case BLOCK_PARAGRAPH:
        raw(out, "<p>");
        if (b->own_words)
            lines(&b->text, "<br/>\n", out);
        else
            spans(&b->text, out);
        raw(out, "</p>\n");
        return;
    case BLOCK_LIST:
    case BLOCK_DEFINITIONS:
        list(b, out);
        return;
    case BLOCK_CODE:
        raw(out, "<pre>");
        lines(&b->text, "\n", out);
        raw(out, "</pre>\n");
        return;
    case BLOCK_TABLE:
        table(b->table, true, out);
        return;
    case BLOCK_PLOT:
        picture(b, out);
    }
}

void doc_html(const struct document *d, struct doc_out *out)
{
    bool listed = false; /* the contents stand before the first section */
    head(d, out);
    for (size_t i = 0; i < d->n && !out->failed; i++) {
        if (!listed && d->block[i]->kind == BLOCK_HEADING) {
            contents(d, out);
            listed = true;
        }
        block(d->block[i], i, out);
    }
    raw(out, "</main>\n</body>\n</html>\n");
}
