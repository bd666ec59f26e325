/* The inside of a panel: grid, ticks, marks, and names beside them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/export/plot_labels.h"
#include "storage/export/svg_private.h"
#include "storage/export/svg_text.h"

enum { LINE_HEIGHT = 15, MOST_LABEL = 190 };

static const double RADIUS = 4.5, SMALL_RADIUS = 2.5;

/* ---- axes ---- */

static void x_ticks_of(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f,
                       bool written)
{
    double bottom = f->y + f->h;
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < plot_scale_ticks(&f->scale_x); i++) {
        double x = svg_x(f, plot_scale_tick(&f->scale_x, i));
        svg_add(svg, "<path class=\"axis\" d=\"M%N %Nv4\"/>\n", x, bottom);
        buf_clear(&text);
        svg_tick_text(&panel->x, &f->scale_x, i, &text);
        if (written)
            svg_text(svg, "quiet", SVG_MIDDLE, x, bottom + 4 + SVG_TEXT, text.data, "x-%d", i + 1);
    }
    buf_release(&text);
}

static void y_ticks_of(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f)
{
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < plot_scale_ticks(&f->scale_y); i++) {
        double y = svg_y(f, plot_scale_tick(&f->scale_y, i));
        buf_clear(&text);
        svg_tick_text(&panel->y, &f->scale_y, i, &text);
        if (i > 0)
            svg_add(svg, "<path class=\"grid\" d=\"M%N %Nh%N\"/>\n", f->x, y, f->w);
        svg_text(svg, "quiet", SVG_END, f->x - 7, y + 4.5, text.data, "y-%zu-%d", f->number, i + 1);
    }
    buf_release(&text);
}

static void categories_of(struct svg *svg, const struct plot_panel *panel,
                          const struct svg_frame *f)
{
    for (size_t i = 0; i < panel->y.n_categories; i++) {
        double y = f->y + ((double)i + 0.5) * SVG_ROW;
        char *text = svg_text_fit(panel->y.category[i], (f->x - 7 - SVG_MARGIN) / SVG_TEXT);
        svg_text(svg, "row", SVG_END, f->x - 7, y + 4.5, text, "row-%zu-%zu", f->number, i + 1);
        free(text);
    }
    for (int i = 1; i < plot_scale_ticks(&f->scale_x); i++)
        svg_add(svg, "<path class=\"grid\" d=\"M%N %Nv%N\"/>\n",
                svg_x(f, plot_scale_tick(&f->scale_x, i)), f->y, f->h);
}

void svg_axes(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f,
              bool x_ticks)
{
    if (panel->y.n_categories > 0)
        categories_of(svg, panel, f);
    else
        y_ticks_of(svg, panel, f);
    svg_add(svg, "<path class=\"axis\" d=\"M%N %Nh%N\"/>\n", f->x, f->y + f->h, f->w);
    x_ticks_of(svg, panel, f, x_ticks);
}

/* ---- references ---- */

static void add_references(struct svg *svg, const struct plot_panel *panel,
                           const struct svg_frame *f)
{
    for (size_t i = 0; i < panel->n_references; i++) {
        const struct plot_reference *r = &panel->reference[i];
        double at = r->vertical ? svg_x(f, r->at) : svg_y(f, r->at);
        double width = svg_text_width(r->label) * SVG_SMALL;
        svg_add(svg, "<g class=\"%s\">", svg_role(r->role));
        if (r->vertical)
            svg_add(svg, "<path class=\"line thin dashed\" d=\"M%N %NV%N\"/>", at, f->y - 4,
                    f->y + f->h);
        else
            svg_add(svg, "<path class=\"line thin dashed\" d=\"M%N %Nh%N\"/>", f->x, at, f->w);
        bool left = r->vertical && at + 4 + width > svg->right;
        if (r->label[0])
            svg_text(svg, "own small halo", left || !r->vertical ? SVG_END : SVG_START,
                     !r->vertical ? svg->right
                     : left       ? at - 4
                                  : at + 4,
                     r->vertical ? f->y + 5 : at - 4, r->label, "reference-%zu-%zu", f->number,
                     i + 1);
        buf_adds(svg->out, "</g>\n");
    }
}

/* ---- marks ---- */

void svg_symbol(struct svg *svg, enum plot_symbol symbol, double x, double y, double r,
                const char *class)
{
    switch (symbol) {
    case PLOT_DIAMOND:
        svg_add(svg, "<path class=\"mark%s\" d=\"M%N %Nl%N %Nl%N %Nl%N %Nz\"/>", class, x,
                y - r * 1.25, r * 1.25, r * 1.25, -r * 1.25, r * 1.25, -r * 1.25, -r * 1.25);
        return;
    case PLOT_SQUARE:
        svg_add(svg, "<rect class=\"mark%s\" x=\"%N\" y=\"%N\" width=\"%N\" height=\"%N\"/>", class,
                x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
        return;
    case PLOT_RING:
        svg_add(svg, "<circle class=\"ring%s\" cx=\"%N\" cy=\"%N\" r=\"%N\"/>", class, x, y,
                r - 0.6);
        return;
    case PLOT_DISC:
    case PLOT_SYMBOLS:
        break;
    }
    svg_add(svg, "<circle class=\"mark%s\" cx=\"%N\" cy=\"%N\" r=\"%N\"/>", class, x, y, r);
}

static double radius_of(const struct plot_series *s)
{
    return s->faint ? SMALL_RADIUS : RADIUS;
}

static bool is_drawn(const struct plot_point *p)
{
    return isfinite(p->x) && isfinite(p->y);
}

static void add_note(struct svg *svg, const char *note)
{
    if (!note)
        return;
    buf_adds(svg->out, "<title>");
    svg_text_escape(svg->out, note, strlen(note));
    buf_adds(svg->out, "</title>");
}

static void add_intervals(struct svg *svg, const struct svg_frame *f, const struct plot_point *p)
{
    if (isfinite(p->x_lo) && isfinite(p->x_hi))
        svg_add(svg, "<path class=\"interval\" d=\"M%N %NH%N\"/>", svg_x(f, p->x_lo),
                svg_y(f, p->y), svg_x(f, p->x_hi));
    if (isfinite(p->y_lo) && isfinite(p->y_hi))
        svg_add(svg, "<path class=\"interval\" d=\"M%N %NV%N\"/>", svg_x(f, p->x),
                svg_y(f, p->y_lo), svg_y(f, p->y_hi));
}

static void add_points(struct svg *svg, const struct svg_frame *f, const struct plot_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct plot_point *p = &s->point[i];
        if (!is_drawn(p))
            continue;
        buf_adds(svg->out, "<g>");
        add_note(svg, p->note);
        add_intervals(svg, f, p);
        svg_symbol(svg, s->symbol, svg_x(f, p->x), svg_y(f, p->y), radius_of(s), "");
        buf_adds(svg->out, "</g>\n");
    }
}

static void add_line(struct svg *svg, const struct svg_frame *f, const struct plot_series *s)
{
    bool open = false;
    svg_add(svg, "<path class=\"line%s%s\" d=\"", s->dashed ? " dashed" : "",
            s->faint || s->dashed ? " thin" : "");
    for (size_t i = 0; i < s->n; i++) {
        const struct plot_point *p = &s->point[i];
        if (!is_drawn(p)) {
            open = false;
            continue;
        }
        double x = svg_x(f, p->x), y = svg_y(f, p->y);
        if (!open)
            svg_add(svg, "M%N %N", x, y);
        else if (s->mark == PLOT_STEPS)
            svg_add(svg, "H%NV%N", x, y);
        else
            svg_add(svg, "L%N %N", x, y);
        /* a point alone would be invisible */
        if (!open && (i + 1 == s->n || !is_drawn(p + 1)))
            svg_add(svg, "h0");
        open = true;
    }
    buf_adds(svg->out, "\"/>\n");
    for (size_t i = 0; i < s->n; i++) /* where it was measured, while that can be told apart */
        if (is_drawn(&s->point[i]) && (s->point[i].note || s->point[i].strong)) {
            buf_adds(svg->out, "<g>");
            add_note(svg, s->point[i].note);
            svg_symbol(svg, s->symbol, svg_x(f, s->point[i].x), svg_y(f, s->point[i].y),
                       s->point[i].strong ? RADIUS - 0.5 : 2.2, "");
            buf_adds(svg->out, "</g>\n");
        }
}

static void add_bars(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f,
                     size_t at)
{
    const struct plot_series *s = panel->series[at];
    for (size_t i = 0; i < s->n; i++) {
        const struct plot_point *p = &s->point[i];
        if (!is_drawn(p))
            continue;
        double from = plot_bar_from(panel, at, p->y), x0 = svg_x(f, from);
        double x1 = svg_x(f, from + p->x), y = f->y + (p->y + 0.5) * SVG_ROW;
        buf_adds(svg->out, "<g>");
        add_note(svg, p->note);
        svg_add(svg, "<rect class=\"mark\" x=\"%N\" y=\"%N\" width=\"%N\" height=\"13\"/>",
                fmin(x0, x1), y - 6.5, fabs(x1 - x0));
        if (isfinite(p->x_lo) && isfinite(p->x_hi))
            svg_add(svg, "<path class=\"interval\" d=\"M%N %NH%N\"/>", svg_x(f, from + p->x_lo), y,
                    svg_x(f, from + p->x_hi));
        buf_adds(svg->out, "</g>\n");
    }
}

static void add_series(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f,
                       size_t at)
{
    const struct plot_series *s = panel->series[at];
    svg_add(svg, "<g class=\"%s%s\">\n", svg_role(s->role), s->faint ? " faint" : "");
    if (s->mark == PLOT_POINTS)
        add_points(svg, f, s);
    else if (s->mark == PLOT_BARS)
        add_bars(svg, panel, f, at);
    else
        add_line(svg, f, s);
    buf_adds(svg->out, "</g>\n");
}

/* ---- names at the ends of lines ---- */

static const struct plot_point *line_end(const struct plot_series *s)
{
    if ((s->mark != PLOT_LINE && s->mark != PLOT_STEPS) || !s->name)
        return NULL;
    for (size_t i = s->n; i-- > 0;)
        if (is_drawn(&s->point[i]))
            return &s->point[i];
    return NULL;
}

bool svg_names_at_ends(const struct plot_panel *panel, double height)
{
    size_t n = 0;
    for (size_t i = 0; i < panel->n_series; i++)
        n += line_end(panel->series[i]) != NULL;
    return (double)n * LINE_HEIGHT <= height + LINE_HEIGHT;
}

struct end {
    const struct plot_series *series;
    double x, y;
    size_t number;
};

static int by_height(const void *a, const void *b)
{
    const struct end *one = a, *other = b;
    if (one->y < other->y || one->y > other->y)
        return one->y < other->y ? -1 : 1;
    return one->number < other->number ? -1 : 1;
}

static void add_ends(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f)
{
    struct end *end = mem_zalloc(panel->n_series, sizeof *end);
    double *at = mem_zalloc(panel->n_series, sizeof *at);
    size_t n = 0;
    for (size_t i = 0; i < panel->n_series; i++) {
        const struct plot_point *p = line_end(panel->series[i]);
        if (p)
            end[n++] = (struct end){panel->series[i], svg_x(f, p->x), svg_y(f, p->y), i};
    }
    qsort(end, n, sizeof *end, by_height);
    for (size_t i = 0; i < n; i++)
        at[i] = end[i].y;
    if (svg_names_at_ends(panel, f->h) &&
        plot_labels_spread(at, n, LINE_HEIGHT, f->y, f->y + f->h)) {
        for (size_t i = 0; i < n; i++) {
            double room = (SVG_WIDTH - SVG_MARGIN - svg->right - 8) / SVG_TEXT;
            char *text = svg_text_fit(end[i].series->name, room);
            svg_add(svg, "<g class=\"%s\">", svg_role(end[i].series->role));
            if (end[i].x < svg->right - 3 || fabs(at[i] - end[i].y) > 4)
                svg_add(svg, "<path class=\"leader\" d=\"M%N %NL%N %N\"/>", end[i].x + 3, end[i].y,
                        svg->right + 6, at[i]);
            svg_text(svg, end[i].series->role == PLOT_UNCATEGORIZED ? "quiet" : "own", SVG_START,
                     svg->right + 8, at[i] + 4.5, text, "line-%zu-%zu", f->number,
                     end[i].number + 1);
            buf_adds(svg->out, "</g>\n");
            free(text);
        }
    }
    free(at);
    free(end);
}

/* ---- labels of points ---- */

struct labels {
    struct label_ask *ask;
    const struct plot_point **point;
    const struct plot_series **series;
    char **text;
    size_t n;
    struct label_box *obstacle;
    size_t n_obstacles, cap;
};

static void avoid(struct labels *l, double x, double y, double w, double h)
{
    MEM_GROW(l->obstacle, l->n_obstacles + 1, l->cap);
    l->obstacle[l->n_obstacles++] = (struct label_box){x, y, w, h};
}

/* A line as small squares along it. */
static void avoid_line(struct labels *l, double x0, double y0, double x1, double y1)
{
    int n = (int)fmin(ceil(hypot(x1 - x0, y1 - y0) / 5), 200);
    for (int i = 0; i <= n; i++) {
        double t = n ? (double)i / n : 0;
        avoid(l, x0 + (x1 - x0) * t - 1, y0 + (y1 - y0) * t - 1, 2, 2);
    }
}

static void avoid_point(struct labels *l, const struct svg_frame *f, const struct plot_series *s,
                        size_t i)
{
    const struct plot_point *p = &s->point[i];
    double x = svg_x(f, p->x), y = svg_y(f, p->y), r = radius_of(s);
    bool line = s->mark != PLOT_POINTS;
    if (line && i > 0 && is_drawn(p - 1)) {
        double x0 = svg_x(f, p[-1].x), y0 = svg_y(f, p[-1].y);
        avoid_line(l, x0, y0, x, s->mark == PLOT_STEPS ? y0 : y);
        if (s->mark == PLOT_STEPS)
            avoid_line(l, x, y0, x, y);
    }
    if (!line)
        avoid(l, x - r, y - r, 2 * r, 2 * r);
    if (isfinite(p->x_lo) && isfinite(p->x_hi))
        avoid(l, svg_x(f, p->x_lo), y - 1, svg_x(f, p->x_hi) - svg_x(f, p->x_lo), 2);
    if (isfinite(p->y_lo) && isfinite(p->y_hi))
        avoid(l, x - 1, svg_y(f, p->y_hi), 2, svg_y(f, p->y_lo) - svg_y(f, p->y_hi));
}

static void ask_for(struct labels *l, const struct svg_frame *f, const struct plot_series *s,
                    const struct plot_point *p)
{
    char *text = svg_text_fit(p->label, (double)MOST_LABEL / SVG_TEXT);
    double width = svg_text_width(text) * SVG_TEXT * (p->strong ? 1.06 : 1);
    l->text[l->n] = text;
    l->point[l->n] = p;
    l->series[l->n] = s;
    l->ask[l->n++] = (struct label_ask){.x = svg_x(f, p->x),
                                        .y = svg_y(f, p->y),
                                        .radius = radius_of(s),
                                        .w = width,
                                        .h = LINE_HEIGHT - 1};
}

/* Strong ones first. */
static void collect(struct labels *l, const struct plot_panel *panel, const struct svg_frame *f)
{
    size_t most = 0;
    for (size_t s = 0; s < panel->n_series; s++)
        most += panel->series[s]->n;
    l->ask = mem_zalloc(most, sizeof *l->ask);
    l->point = mem_zalloc(most, sizeof *l->point);
    l->series = mem_zalloc(most, sizeof *l->series);
    l->text = mem_zalloc(most, sizeof *l->text);
    for (int weak = 0; weak < 2; weak++)
        for (size_t s = 0; s < panel->n_series; s++)
            for (size_t i = 0; i < panel->series[s]->n; i++) {
                const struct plot_point *p = &panel->series[s]->point[i];
                if (panel->series[s]->mark == PLOT_BARS || !is_drawn(p) || p->strong == (weak != 0))
                    continue;
                avoid_point(l, f, panel->series[s], i);
                if (p->label)
                    ask_for(l, f, panel->series[s], p);
            }
    for (size_t i = 0; i < panel->n_references; i++) {
        const struct plot_reference *r = &panel->reference[i];
        double at = r->vertical ? svg_x(f, r->at) : svg_y(f, r->at);
        double width = svg_text_width(r->label) * SVG_SMALL;
        if (r->vertical)
            avoid(l, at - 1, f->y, 2, f->h), avoid(l, at, f->y - 8, width + 6, LINE_HEIGHT);
        else
            avoid(l, f->x, at - 1, f->w, 2);
    }
}

static void add_label(struct svg *svg, const struct labels *l, size_t i,
                      const struct label_place *place, const struct svg_frame *f)
{
    const struct label_ask *a = &l->ask[i];
    const struct label_box *b = &place->box;
    bool left = b->x + b->w / 2 < a->x - 1, middle = fabs(b->x + b->w / 2 - a->x) <= 1;
    svg_add(svg, "<g class=\"%s\">", svg_role(l->series[i]->role));
    if (place->far) {
        double x = fmin(fmax(a->x, b->x), b->x + b->w), y = b->y > a->y ? b->y : b->y + b->h;
        if (a->y > b->y && a->y < b->y + b->h)
            y = a->y;
        double length = hypot(x - a->x, y - a->y), cut = (a->radius + 1) / fmax(length, 1);
        svg_add(svg, "<path class=\"leader\" d=\"M%N %NL%N %N\"/>", a->x + (x - a->x) * cut,
                a->y + (y - a->y) * cut, x, y);
    }
    svg_text(svg, l->point[i]->strong ? "own strong halo" : "own halo",
             middle ? SVG_MIDDLE
             : left ? SVG_END
                    : SVG_START,
             middle ? b->x + b->w / 2
             : left ? b->x + b->w
                    : b->x,
             b->y + b->h - 3, l->text[i], "label-%zu-%zu", f->number, i + 1);
    buf_adds(svg->out, "</g>\n");
}

static void add_labels(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f)
{
    struct labels l = {0};
    collect(&l, panel, f);
    struct label_place *place = mem_zalloc(l.n, sizeof *place);
    struct label_box bounds = {f->x + 2, f->y - 6, SVG_WIDTH - 6 - f->x - 2, f->h + 4};
    plot_labels_place(l.ask, l.n, l.obstacle, l.n_obstacles, bounds, place);
    for (size_t i = 0; i < l.n; i++) {
        if (place[i].placed)
            add_label(svg, &l, i, &place[i], f);
        free(l.text[i]);
    }
    free(place);
    free(l.ask);
    free(l.point);
    free(l.series);
    free(l.text);
    free(l.obstacle);
}

void svg_marks(struct svg *svg, const struct plot_panel *panel, const struct svg_frame *f)
{
    add_references(svg, panel, f);
    for (int faint = 1; faint >= 0; faint--)
        for (size_t i = 0; i < panel->n_series; i++)
            if (panel->series[i]->faint == (faint == 1))
                add_series(svg, panel, f, i);
    add_ends(svg, panel, f);
    add_labels(svg, panel, f);
}
