#include "storage/export/svg_read.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/svg.h"

enum { DEEPEST = 8, ATTRIBUTE = 64 };

/* What an element has from its groups. */
struct level {
    enum plot_role role;
    double opacity;
};
struct reader {
    struct level level[DEEPEST];
    int depth;
    struct buf path, text;
};

/* ---- attributes ---- */

/* The value of an attribute of the tag [tag, end); NULL: it has none. */
static const char *find_attribute(const char *tag, const char *end, const char *name, size_t *n)
{
    size_t length = strlen(name);
    for (const char *s = tag; (s = memmem(s, (size_t)(end - s), name, length)); s += length)
        if (s[-1] == ' ' && s[length] == '=' && s[length + 1] == '"') {
            s += length + 2;
            *n = (size_t)((const char *)memchr(s, '"', (size_t)(end - s)) - s);
            return s;
        }
    return NULL;
}

static double number_of(const char *tag, const char *end, const char *name)
{
    size_t n;
    const char *s = find_attribute(tag, end, name, &n);
    return s ? strtod(s, NULL) : 0;
}

/* Is the word one of the classes? */
static bool has_class(const char *classes, size_t n, const char *word)
{
    size_t length = strlen(word);
    for (const char *s = classes; s + length <= classes + n; s++)
        if (strncmp(s, word, length) == 0 && (s == classes || s[-1] == ' ') &&
            (s + length == classes + n || s[length] == ' '))
            return true;
    return false;
}

/* ---- style: the rules of svg.c ---- */

static const char paper[] = "#ffffff", grid[] = "#e5e7eb";

static void style_stroke(struct svg_shape *shape, const char *colour, double width, double opacity)
{
    shape->stroke = colour;
    shape->width = width;
    shape->opacity *= opacity;
}

static void style_shape(struct svg_shape *shape, const char *class, size_t n, const char *own)
{
    if (has_class(class, n, "paper"))
        shape->fill = paper;
    else if (has_class(class, n, "grid"))
        style_stroke(shape, grid, 1, 1);
    else if (has_class(class, n, "axis"))
        style_stroke(shape, plot_css(PLOT_DIM, false), 1, 1);
    else if (has_class(class, n, "interval"))
        style_stroke(shape, own, 1, 0.55);
    else if (has_class(class, n, "leader"))
        style_stroke(shape, own, 0.75, 0.6);
    else if (has_class(class, n, "line"))
        style_stroke(shape, own, has_class(class, n, "thin") ? 1.25 : 2, 1);
    else if (has_class(class, n, "ring"))
        shape->fill = paper, style_stroke(shape, own, 1.75, 1);
    else
        shape->fill = own;
    shape->dashed = has_class(class, n, "dashed");
}

static void style_text(struct svg_shape *shape, const char *class, size_t n, const char *own)
{
    shape->fill = has_class(class, n, "own")     ? own
                  : has_class(class, n, "quiet") ? plot_css(PLOT_DIM, false)
                                                 : plot_css(PLOT_INK, false);
    shape->size = has_class(class, n, "title")   ? SVG_TITLE
                  : has_class(class, n, "small") ? SVG_SMALL
                                                 : SVG_TEXT;
    shape->strong = has_class(class, n, "title") || has_class(class, n, "strong");
    shape->halo = has_class(class, n, "halo");
}

/* ---- elements ---- */

static void unescape(const char *s, size_t n, struct buf *out)
{
    static const struct {
        const char *escaped, *plain;
    } entities[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
    buf_clear(out);
    for (size_t i = 0; i < n; i++) {
        size_t e = ARRAY_LEN(entities);
        for (size_t k = 0; s[i] == '&' && k < ARRAY_LEN(entities); k++)
            if (strncmp(s + i, entities[k].escaped, strlen(entities[k].escaped)) == 0)
                e = k;
        if (e == ARRAY_LEN(entities)) {
            buf_addc(out, s[i]);
            continue;
        }
        buf_adds(out, entities[e].plain);
        i += strlen(entities[e].escaped) - 1;
    }
}

static enum svg_anchor anchor_of(const char *tag, const char *end)
{
    size_t n;
    const char *s = find_attribute(tag, end, "text-anchor", &n);
    return !s ? SVG_START : *s == 'm' ? SVG_MIDDLE : SVG_END;
}

static bool read_shape(struct reader *r, const char *tag, const char *end, struct svg_shape *shape)
{
    size_t n = 0, length = 0;
    const char *class = find_attribute(tag, end, "class", &n);
    const char *own = plot_css(r->level[r->depth].role, false);
    *shape = (struct svg_shape){.opacity = r->level[r->depth].opacity};
    class = class ? class : "";
    shape->x = number_of(tag, end, "x");
    shape->y = number_of(tag, end, "y");
    if (strncmp(tag, "rect ", 5) == 0) {
        shape->kind = SVG_RECT;
        shape->w = number_of(tag, end, "width");
        shape->h = number_of(tag, end, "height");
    } else if (strncmp(tag, "circle ", 7) == 0) {
        shape->kind = SVG_CIRCLE;
        shape->x = number_of(tag, end, "cx");
        shape->y = number_of(tag, end, "cy");
        shape->radius = number_of(tag, end, "r");
    } else if (strncmp(tag, "path ", 5) == 0) {
        const char *d = find_attribute(tag, end, "d", &length);
        shape->kind = SVG_PATH;
        buf_clear(&r->path);
        buf_add(&r->path, d, length);
        shape->path = r->path.data;
    } else if (strncmp(tag, "text ", 5) == 0) {
        shape->kind = SVG_WORDS;
        shape->anchor = anchor_of(tag, end);
        unescape(end + 1, strcspn(end + 1, "<"), &r->text);
        shape->text = r->text.data;
        style_text(shape, class, n, own);
        return true;
    } else {
        return false;
    }
    style_shape(shape, class, n, own);
    return true;
}

static void open_group(struct reader *r, const char *tag, const char *end)
{
    size_t n = 0;
    const char *class = find_attribute(tag, end, "class", &n);
    if (r->depth + 1 < DEEPEST)
        r->level[r->depth + 1] = r->level[r->depth], r->depth++;
    for (int role = 0; class && role < PLOT_ROLES; role++)
        if (has_class(class, n, svg_role((enum plot_role)role)))
            r->level[r->depth].role = (enum plot_role)role;
    if (class && has_class(class, n, "faint"))
        r->level[r->depth].opacity *= 0.5;
}

void svg_shapes(const struct plot *plot, void (*each)(void *context, const struct svg_shape *shape),
                void *context)
{
    struct reader r = {.level = {{.role = PLOT_INK, .opacity = 1}}};
    struct buf svg;
    struct svg_shape shape;
    buf_init(&svg);
    buf_init(&r.path);
    buf_init(&r.text);
    svg_write(plot, true, &svg);
    /* title, desc and style stand before the first shape and hold no tags */
    for (const char *s = svg.data; (s = strchr(s, '<')); s++) {
        const char *tag = s + 1, *end = strchr(tag, '>');
        if (strncmp(tag, "g ", 2) == 0 || strncmp(tag, "g>", 2) == 0)
            open_group(&r, tag, end);
        else if (strncmp(tag, "/g>", 3) == 0 && r.depth > 0)
            r.depth--;
        else if (read_shape(&r, tag, end, &shape))
            each(context, &shape);
    }
    buf_release(&r.text);
    buf_release(&r.path);
    buf_release(&svg);
}

void svg_size(const struct plot *plot, double *width, double *height)
{
    struct buf svg;
    buf_init(&svg);
    svg_write(plot, true, &svg);
    const char *end = strchr(svg.data, '>');
    *width = number_of(svg.data + 1, end, "width");
    *height = number_of(svg.data + 1, end, "height");
    buf_release(&svg);
}

/* ---- paths ---- */

static double next_number(const char **s)
{
    char *end;
    double v = strtod(*s, &end);
    *s = end;
    return v;
}

bool svg_step_next(const char **path, struct svg_step *step)
{
    while (**path == ' ')
        (*path)++;
    char command = **path;
    if (!command || !strchr("MLlHhVvz", command))
        return false;
    (*path)++;
    step->drawn = command != 'M';
    if (command == 'z') {
        step->x = step->start_x;
        step->y = step->start_y;
        return true;
    }
    double base_x = command == 'l' || command == 'h' ? step->x : 0;
    double base_y = command == 'l' || command == 'v' ? step->y : 0;
    if (!strchr("Vv", command))
        step->x = base_x + next_number(path);
    if (!strchr("Hh", command))
        step->y = base_y + next_number(path);
    if (command == 'M') {
        step->start_x = step->x;
        step->start_y = step->y;
    }
    return true;
}
