#include "tests/storage/markup.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, NAME = 64, IDS = 4096 };

static char fault_text[400];

static const char *fault(const char *what, const char *text, const char *at)
{
    int line = 1;
    for (const char *s = text; s < at; s++)
        line += *s == '\n';
    snprintf(fault_text, sizeof fault_text, "line %d: %s at \"%.60s\"", line, what, at);
    return fault_text;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
}

/* Length of the UTF-8 character, 0 where there is none that XML allows. */
static size_t character(const char *bytes, const char *end)
{
    const unsigned char *s = (const unsigned char *)bytes;
    if (s[0] < 0x80)
        return s[0] >= 0x20 || s[0] == '\n' || s[0] == '\t' ? 1 : 0;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (n == 0 || bytes + n > end)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

static bool is_entity(const char *s)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strncmp(s, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

struct xml {
    const char *text, *end;
    char open[DEEPEST][NAME];
    int depth, n_ids;
    char *id[IDS];
};

/* Attributes up to the `>`; sets *closed for "/>". */
static const char *attributes(struct xml *x, const char **at, bool *closed)
{
    const char *s = *at;
    *closed = false;
    while (s < x->end && *s != '>') {
        if (*s == '/' && s[1] == '>') {
            *closed = true;
            s++;
            break;
        }
        if (*s != ' ')
            return fault("no blank before an attribute", x->text, s);
        const char *name = ++s;
        while (is_name(*s))
            s++;
        if (s == name || *s != '=' || s[1] != '"')
            return fault("not an attribute", x->text, name);
        const char *value = s + 2, *stop = strchr(value, '"');
        if (!stop || memchr(value, '<', (size_t)(stop - value)))
            return fault("an attribute does not end", x->text, name);
        if (s - name == 2 && memcmp(name, "id", 2) == 0) {
            char *id = strndup(value, (size_t)(stop - value));
            for (int i = 0; i < x->n_ids; i++)
                if (strcmp(x->id[i], id) == 0)
                    return free(id), fault("an id occurs twice", x->text, name);
            if (x->n_ids == IDS)
                return free(id), fault("too many ids", x->text, name);
            x->id[x->n_ids++] = id;
        }
        s = stop + 1;
    }
    *at = s + 1;
    return NULL;
}

static const char *tag(struct xml *x, const char **at)
{
    const char *s = *at + 1, *name = s + (*s == '/'), *stop = name;
    bool closing = *s == '/', closed;
    if (*s == '!' || *s == '?') {
        *at = strchr(s, '>') + 1;
        return NULL;
    }
    while (is_name(*stop))
        stop++;
    size_t n = (size_t)(stop - name);
    if (n == 0 || n >= NAME)
        return fault("not a tag", x->text, *at);
    if (closing) {
        if (x->depth == 0 || strlen(x->open[x->depth - 1]) != n ||
            memcmp(x->open[x->depth - 1], name, n) != 0 || *stop != '>')
            return fault("closes what is not open", x->text, *at);
        x->depth--;
        *at = stop + 1;
        return NULL;
    }
    const char *begin = *at, *wrong;
    *at = stop;
    if ((wrong = attributes(x, at, &closed)))
        return wrong;
    if (closed)
        return NULL;
    if (x->depth == DEEPEST)
        return fault("too deep", x->text, begin);
    memcpy(x->open[x->depth], name, n);
    x->open[x->depth++][n] = '\0';
    return NULL;
}

const char *xml_fault(const char *text, size_t n)
{
    struct xml *x = calloc(1, sizeof *x);
    const char *wrong = NULL;
    x->text = text;
    x->end = text + n;
    for (const char *s = text; !wrong && s < x->end;) {
        size_t len = character(s, x->end);
        if (len == 0)
            wrong = fault("not a character", text, s);
        else if (*s == '<')
            wrong = tag(x, &s);
        else if (*s == '&' && !is_entity(s))
            wrong = fault("not an entity", text, s);
        else
            s += len;
    }
    if (!wrong && x->depth > 0)
        wrong = fault(x->open[x->depth - 1], text, x->end);
    for (int i = 0; i < x->n_ids; i++)
        free(x->id[i]);
    free(x);
    return wrong;
}

/* ---- LaTeX ---- */

/* What T1 and TS1 have of it is a matter of document_tex.c; here: two bytes, no more. */
const char *tex_fault(const char *text, size_t n)
{
    const char *end = text + n;
    char open[DEEPEST][NAME];
    int depth = 0, braces = 0, at_depth[DEEPEST];
    bool math = false;
    for (const char *s = text; s < end; s++) {
        if (*s == '\0' || (unsigned char)*s >= 0xe0 || ((unsigned char)*s < 0x20 && *s != '\n'))
            return fault("not a character for pdflatex", text, s);
        if (*s == '%' && s > text && s[-1] != '\n')
            return fault("a comment within text", text, s);
        if (*s == '%')
            s = strchr(s, '\n');
        braces += (*s == '{') - (*s == '}');
        if (braces < 0)
            return fault("a brace closes nothing", text, s);
        math ^= *s == '$';
        if (*s == '#' && (s[1] != '1' && s[1] != ' '))
            return fault("a parameter", text, s);
        if (*s != '\\')
            continue;
        size_t blanks = s[1] == '\\' ? strspn(s + 2, " \n") : 0;
        if (blanks > 0 && (s[2 + blanks] == '*' || s[2 + blanks] == '['))
            return fault("text is an argument of the end of its row", text, s);
        int begins = strncmp(s, "\\begin{", 7) == 0, ends = strncmp(s, "\\end{", 5) == 0;
        if (begins || ends) {
            const char *name = strchr(s, '{') + 1, *stop = strchr(name, '}');
            size_t length = (size_t)(stop - name);
            if (ends && (depth == 0 || strncmp(open[depth - 1], name, length) != 0 ||
                         at_depth[depth - 1] != braces))
                return fault("ends what has not begun", text, s);
            depth -= ends;
            if (begins && depth < DEEPEST && length < NAME) {
                memcpy(open[depth], name, length);
                open[depth][length] = '\0';
                at_depth[depth++] = braces;
            }
        }
        s++; /* the character behind a backslash is no special */
    }
    if (math || braces != 0 || depth != 0)
        return fault(math ? "math does not end" : "something does not end", text, end);
    return NULL;
}
