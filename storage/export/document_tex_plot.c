/* Plots for LaTeX: the shapes of svg.h drawn with pict2e, so that the words are of the document's
 * font and no file of its own is needed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/export/document_tex.h"
#include "storage/export/svg_read.h"

struct tex_picture {
    struct buf *out;
    double height;
};

static void colour(struct tex_picture *p, const char *css, double opacity)
{
    unsigned long rgb = strtoul(css + 1, NULL, 16);
    double part[3];
    for (int i = 0; i < 3; i++) /* mixed with white paper: pdflatex has no opacity */
        part[i] = 1 - opacity * (1 - (double)(rgb >> (16 - 8 * i) & 255) / 255);
    buf_addf(p->out, "\\color[rgb]{%.3f,%.3f,%.3f}", part[0], part[1], part[2]);
}

static void point(struct tex_picture *p, const char *command, double x, double y)
{
    buf_addf(p->out, "\\%s(", command);
    svg_number(p->out, x);
    buf_addc(p->out, ',');
    svg_number(p->out, p->height - y);
    buf_addc(p->out, ')');
}

static void words(struct tex_picture *p, const struct svg_shape *s)
{
    static const char *const box[] = {"l", "", "r"};
    colour(p, s->fill, s->opacity);
    point(p, "put", s->x, s->y);
    buf_addf(p->out, "{\\makebox(0,0)[%sb]{\\raisebox{0pt}[0pt][0pt]{%s%s ", box[s->anchor],
             s->size >= SVG_TITLE ? "\\small"
             : s->size < SVG_TEXT ? "\\tiny"
                                  : "\\scriptsize",
             s->strong ? "\\bfseries" : "");
    tex_escape(p->out, s->text, strlen(s->text));
    buf_adds(p->out, "}}}\n");
}

/* From one point to the next, in dashes where they are wanted. */
static void stroke(struct tex_picture *p, const struct svg_shape *s)
{
    struct svg_step step = {0};
    const char *path = s->path;
    double x = 0, y = 0;
    while (svg_step_next(&path, &step)) {
        double length = hypot(step.x - x, step.y - y), from = 0;
        while (step.drawn && from <= length) {
            double to = s->dashed ? fmin(from + 2, length) : length;
            double a = length > 0 ? from / length : 0, b = length > 0 ? to / length : 0;
            point(p, "moveto", x + (step.x - x) * a, y + (step.y - y) * a);
            point(p, "lineto", x + (step.x - x) * b, y + (step.y - y) * b);
            from = s->dashed ? from + 6 : length + 1;
        }
        x = step.x;
        y = step.y;
    }
    buf_adds(p->out, "\\strokepath\n");
}

static void filled(struct tex_picture *p, const struct svg_shape *s)
{
    struct svg_step step = {0};
    const char *path = s->path;
    colour(p, s->fill, s->opacity);
    while (svg_step_next(&path, &step))
        point(p, step.drawn ? "lineto" : "moveto", step.x, step.y);
    buf_adds(p->out, "\\fillpath\n");
}

static void box(struct tex_picture *p, const struct svg_shape *s)
{
    if (strcmp(s->fill, "#ffffff") == 0)
        return; /* the paper */
    colour(p, s->fill, s->opacity);
    point(p, "moveto", s->x, s->y);
    point(p, "lineto", s->x + s->w, s->y);
    point(p, "lineto", s->x + s->w, s->y + s->h);
    point(p, "lineto", s->x, s->y + s->h);
    buf_adds(p->out, "\\fillpath\n");
}

static void disc(struct tex_picture *p, const struct svg_shape *s)
{
    colour(p, s->fill, s->opacity);
    point(p, "put", s->x, s->y);
    buf_adds(p->out, "{\\circle*{");
    svg_number(p->out, 2 * s->radius);
    buf_adds(p->out, "}}\n");
    if (!s->stroke)
        return;
    colour(p, s->stroke, s->opacity);
    point(p, "put", s->x, s->y);
    buf_adds(p->out, "{\\circle{");
    svg_number(p->out, 2 * s->radius);
    buf_adds(p->out, "}}\n");
}

static void draw(void *context, const struct svg_shape *s)
{
    struct tex_picture *p = context;
    if (s->kind == SVG_WORDS) {
        words(p, s);
        return;
    }
    if (s->stroke)
        buf_addf(p->out, "\\linethickness{%.2fpt}", s->width * 0.6);
    if (s->kind == SVG_RECT)
        box(p, s);
    else if (s->kind == SVG_CIRCLE)
        disc(p, s);
    else if (s->fill)
        filled(p, s);
    if (s->kind == SVG_PATH && s->stroke) {
        colour(p, s->stroke, s->opacity);
        stroke(p, s);
    }
}

void tex_plot(const struct plot *plot, struct buf *out)
{
    double width;
    struct tex_picture p = {.out = out};
    svg_size(plot, &width, &p.height);
    buf_adds(out, "\\begin{center}\\setlength{\\unitlength}{0.00192\\linewidth}\n"
                  "\\begin{picture}(");
    svg_number(out, width);
    buf_addc(out, ',');
    svg_number(out, p.height);
    buf_adds(out, ")\n");
    svg_shapes(plot, draw, &p);
    buf_adds(out, "\\end{picture}\\end{center}\n");
}
