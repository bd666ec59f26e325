/*
 * A document as GitHub's Markdown. Texts are escaped with backslashes, so that nothing of them is
 * read as a mark, a tag or a link; pictures become tables of their numbers.
 */
#include <string.h>

#include "storage/export/document_private.h"
#include "storage/base/utf8.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Would an @ be taken for the beginning of a name, or the middle of a mail's address? recall@10 is
 * neither. */
static bool is_address(const char *bytes, size_t i, size_t n)
{
    if (i == 0 || !is_letter(bytes[i - 1]))
        return true;
    while (++i < n && (is_letter(bytes[i]) || bytes[i] == '-' || bytes[i] == '_'))
        ;
    return i < n && bytes[i] == '.';
}

/* Marks anywhere. Links are made from "://" and "www." as well. */
static bool is_mark(const char *bytes, size_t i, size_t n)
{
    char c = bytes[i];
    if (memchr("\\`*_{}[]<>|&~#$!", c, 16))
        return true;
    if (c == '@')
        return is_address(bytes, i, n);
    if (c == ':' && i + 1 < n && bytes[i + 1] == '/')
        return true;
    return c == '.' && i >= 3 && memcmp(bytes + i - 3, "www", 3) == 0;
}

/* Of the first character of a line: lists and underlines of headings. */
static bool begins_block(const char *bytes, size_t i, size_t n)
{
    if (i == 0 && memchr("+-=", bytes[0], 3))
        return true;
    if ((bytes[i] != '.' && bytes[i] != ')') || i == 0 || i > 9 || i >= n)
        return false;
    for (size_t k = 0; k < i; k++)
        if (bytes[k] < '0' || bytes[k] > '9')
            return false;
    return i + 1 == n || bytes[i + 1] == ' ';
}

static void escape(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i += utf8_add_shown(out, bytes + i, n - i))
        if (is_mark(bytes, i, n) || begins_block(bytes, i, n))
            buf_addc(out, '\\');
}

void md_escape_cell(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i += utf8_add_shown(out, bytes + i, n - i))
        if (is_mark(bytes, i, n))
            buf_addc(out, '\\');
}

static void add(struct doc_out *out, const char *s)
{
    doc_cut(&out->buf, escape, s, strlen(s));
}

static size_t longest_run(const char *bytes, size_t n)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = bytes[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void plain_characters(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;)
        i += utf8_add_shown(out, bytes + i, n - i);
}

/* Nothing is escaped inside code: its fence is longer than any in the text. */
static void code_span(const struct doc_span *s, struct doc_out *out)
{
    size_t fence = longest_run(s->text, s->n) + 1;
    for (size_t i = 0; i < fence; i++)
        buf_addc(&out->buf, '`');
    if (fence > 1)
        buf_addc(&out->buf, ' ');
    doc_cut(&out->buf, plain_characters, s->text, s->n);
    if (fence > 1)
        buf_addc(&out->buf, ' ');
    for (size_t i = 0; i < fence; i++)
        buf_addc(&out->buf, '`');
}

static void spans(const struct doc_text *text, struct doc_out *out)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct doc_span *s = &text->span[i];
        if (s->kind == SPAN_CODE && s->n > 0) {
            code_span(s, out);
            continue;
        }
        if (s->kind == SPAN_EMPHASIS && s->n > 0)
            buf_addc(&out->buf, '*');
        doc_cut(&out->buf, escape, s->text, s->n);
        if (s->kind == SPAN_EMPHASIS && s->n > 0)
            buf_addc(&out->buf, '*');
    }
}

static void row(void *context, const struct doc_table *t, const struct doc_cell *cell)
{
    struct doc_out *out = context;
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_adds(&out->buf, "| ");
        if (cell[c].strong)
            buf_adds(&out->buf, "**");
        doc_cell_shown(&out->buf, cell[c].kind == CELL_TEXT ? md_escape_cell : plain_characters,
                       &t->column[c], &cell[c]);
        buf_adds(&out->buf, cell[c].strong ? "** " : " ");
    }
    buf_adds(&out->buf, "|\n");
}

static void table(const struct doc_table *t, struct doc_out *out)
{
    if (t->caption[0]) {
        buf_adds(&out->buf, "**");
        add(out, t->caption);
        buf_adds(&out->buf, "**\n\n");
    }
    for (size_t c = 0; c < t->n_columns; c++) {
        buf_adds(&out->buf, "| ");
        doc_cut(&out->buf, md_escape_cell, t->column[c].name, strlen(t->column[c].name));
        buf_addc(&out->buf, ' ');
    }
    buf_adds(&out->buf, "|\n");
    for (size_t c = 0; c < t->n_columns; c++)
        buf_adds(&out->buf, doc_is_number(&t->column[c]) ? "| ---: "
                            : t->column[c].centred       ? "| :---: "
                                                         : "| --- ");
    buf_adds(&out->buf, "|\n");
    doc_rows(t, out, row, out);
    if (t->note.n > 0) {
        buf_addc(&out->buf, '\n');
        spans(&t->note, out);
        buf_addc(&out->buf, '\n');
    }
}

static void list(const struct doc_block *b, struct doc_out *out)
{
    for (size_t i = 0; i < b->n_items; i++) {
        buf_adds(&out->buf, "- ");
        if (b->item[i]->term) {
            buf_adds(&out->buf, "**");
            add(out, b->item[i]->term);
            buf_adds(&out->buf, "**: ");
        }
        spans(&b->item[i]->text, out);
        buf_addc(&out->buf, '\n');
    }
}

static void code(const struct doc_text *text, struct doc_out *out)
{
    for (size_t i = 0; i < text->n; i++) {
        const char *s = text->span[i].text, *end = s + text->span[i].n;
        while (s < end) {
            const char *line = memchr(s, '\n', (size_t)(end - s));
            size_t n = (size_t)((line ? line : end) - s);
            buf_adds(&out->buf, "    ");
            doc_cut(&out->buf, plain_characters, s, n);
            buf_addc(&out->buf, '\n');
            s += n + (line != NULL);
        }
    }
}

/* Marks stay, but no tag: a page must not run what is in a note. */
static void own_line(struct buf *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i += utf8_add_shown(out, bytes + i, n - i))
        if (bytes[i] == '<' && i + 1 < n &&
            (is_letter(bytes[i + 1]) || strchr("/!?", bytes[i + 1])))
            buf_addc(out, '\\');
}

static void own_words(const struct doc_text *text, struct doc_out *out)
{
    const char *s = text->span[0].text, *end = s + text->span[0].n, *line;
    for (; (line = memchr(s, '\n', (size_t)(end - s))); s = line + 1) {
        own_line(&out->buf, s, (size_t)(line - s));
        buf_addc(&out->buf, '\n');
    }
    own_line(&out->buf, s, (size_t)(end - s));
}

static void picture(const struct doc_block *b, struct doc_out *out)
{
    if (b->table) {
        table(b->table, out);
    } else {
        buf_adds(&out->buf, "**");
        add(out, b->plot->title);
        buf_adds(&out->buf, "**\n");
    }
    for (int i = 0; i < 2; i++) {
        const char *s = i ? b->plot->footnote : b->plot->subtitle;
        if (!s)
            continue;
        buf_addc(&out->buf, '\n');
        add(out, s);
        buf_addc(&out->buf, '\n');
    }
}

static void block(const struct doc_block *b, struct doc_out *out)
{
    switch (b->kind) {
    case BLOCK_HEADING:
        for (int i = 0; i <= b->level; i++)
            buf_addc(&out->buf, '#');
        buf_addc(&out->buf, ' ');
        for (size_t i = 0; i < b->text.n; i++)
            doc_cut(&out->buf, md_escape_cell, b->text.span[i].text, b->text.span[i].n);
        buf_addc(&out->buf, '\n');
        return;
    case BLOCK_PARAGRAPH:
        if (b->own_words)
            own_words(&b->text, out);
        else
            spans(&b->text, out);
        buf_addc(&out->buf, '\n');
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
        picture(b, out);
    }
}

void doc_markdown(const struct document *d, struct doc_out *out)
{
    if (d->title[0]) {
        buf_adds(&out->buf, "# ");
        add(out, d->title);
        buf_addc(&out->buf, '\n');
    }
    for (size_t i = 0; i < d->n && !out->failed; i++) {
        if (i > 0 || d->title[0])
            buf_addc(&out->buf, '\n');
        block(d->block[i], out);
    }
}
