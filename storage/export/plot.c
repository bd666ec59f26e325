#include "storage/export/plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"

const char *plot_css(enum plot_role role, bool dark)
{
    static const char *const css[PLOT_ROLES][2] = {
        [PLOT_INK] = {"#1f2937", "#e5e7eb"},           [PLOT_DIM] = {"#6b7280", "#9ca3af"},
        [PLOT_MEMORIZED] = {"#c2680c", "#e59a4a"},     [PLOT_RELATED] = {"#3a72b0", "#7fb0e6"},
        [PLOT_UNCATEGORIZED] = {"#9ca3af", "#6b7280"}, [PLOT_HELD_OUT] = {"#2f8f46", "#6cc083"},
        [PLOT_RUN_1] = {"#3a72b0", "#7fb0e6"},         [PLOT_RUN_2] = {"#8b3d88", "#cf8fcc"},
        [PLOT_RUN_3] = {"#2a8a8a", "#6cc4c4"},         [PLOT_RUN_4] = {"#b91c1c", "#f08a8a"},
    };
    return css[role][dark];
}

/* ---- making ---- */

struct plot *plot_new(const char *id, const char *title)
{
    struct plot *p = mem_zalloc(1, sizeof *p);
    p->id = mem_strdup(*id ? id : "plot");
    for (char *c = p->id; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
              (*c >= '0' && *c <= '9' && c > p->id) || *c == '-'))
            *c = '-';
    if (p->id[0] == '-')
        p->id[0] = 'p';
    p->title = mem_strdup(title);
    return p;
}

static void axis_release(struct plot_axis *a)
{
    for (size_t i = 0; i < a->n_categories; i++)
        free(a->category[i]);
    free(a->category);
    free(a->title);
}

static void series_free(struct plot_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->point[i].label);
        free(s->point[i].note);
    }
    free(s->point);
    free(s->name);
    free(s);
}

void plot_free(struct plot *p)
{
    for (size_t i = 0; p && i < p->n_panels; i++) {
        struct plot_panel *panel = p->panel[i];
        for (size_t s = 0; s < panel->n_series; s++)
            series_free(panel->series[s]);
        for (size_t r = 0; r < panel->n_references; r++)
            free(panel->reference[r].label);
        free(panel->series);
        free(panel->reference);
        axis_release(&panel->x);
        axis_release(&panel->y);
        free(panel);
    }
    if (!p)
        return;
    free(p->panel);
    free(p->id);
    free(p->title);
    free(p->subtitle);
    free(p->footnote);
    free(p);
}

static void set_text(char **text, const char *format, va_list args)
{
    struct buf b;
    buf_init(&b);
    buf_vaddf(&b, format, args);
    free(*text);
    *text = buf_detach(&b);
}

void plot_set_subtitle(struct plot *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(&p->subtitle, format, args);
    va_end(args);
}

void plot_set_footnote(struct plot *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(&p->footnote, format, args);
    va_end(args);
}

struct plot_panel *plot_add_panel(struct plot *p, const char *x_title, const char *y_title)
{
    struct plot_panel *panel = mem_zalloc(1, sizeof *panel);
    panel->x.title = mem_strdup(x_title);
    panel->y.title = mem_strdup(y_title);
    p->panel = mem_realloc(p->panel, (p->n_panels + 1) * sizeof *p->panel);
    p->panel[p->n_panels++] = panel;
    return panel;
}

struct plot_series *plot_add_series(struct plot_panel *panel, enum plot_mark mark,
                                    enum plot_role role, const char *name)
{
    struct plot_series *s = mem_zalloc(1, sizeof *s);
    s->mark = mark;
    s->role = role;
    s->name = name ? mem_strdup(name) : NULL;
    panel->series = mem_realloc(panel->series, (panel->n_series + 1) * sizeof *panel->series);
    panel->series[panel->n_series++] = s;
    return s;
}

struct plot_point *plot_add_point(struct plot_series *s, double x, double y)
{
    MEM_GROW(s->point, s->n + 1, s->cap);
    s->point[s->n] =
        (struct plot_point){.x = x, .y = y, .x_lo = NAN, .x_hi = NAN, .y_lo = NAN, .y_hi = NAN};
    return &s->point[s->n++];
}

void plot_point_label(struct plot_point *point, const char *label)
{
    free(point->label);
    point->label = mem_strdup(label);
}

void plot_point_note(struct plot_point *point, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_text(&point->note, format, args);
    va_end(args);
}

void plot_add_category(struct plot_axis *axis, const char *name)
{
    axis->category = mem_realloc(axis->category, (axis->n_categories + 1) * sizeof *axis->category);
    axis->category[axis->n_categories++] = mem_strdup(name);
}

void plot_add_reference(struct plot_panel *panel, bool vertical, double at, enum plot_role role,
                        const char *label)
{
    panel->reference =
        mem_realloc(panel->reference, (panel->n_references + 1) * sizeof *panel->reference);
    panel->reference[panel->n_references++] = (struct plot_reference){
        .vertical = vertical, .at = at, .label = mem_strdup(label), .role = role};
}

/* ---- scales ---- */

/* The round number next above `rough`: 1, 2 or 5 times a power of ten. */
static double round_step(double rough)
{
    double power = pow(10, floor(log10(rough))), times = rough / power;
    return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

struct plot_scale plot_scale_over(double low, double high, double least_span, int most_ticks)
{
    double span = fmax(high - low, least_span);
    if (!(span > 0)) /* one value and no least span */
        span = fmax(fabs(low), 1);
    double step = round_step(span / (most_ticks < 1 ? 1 : most_ticks));
    /* a value a hair outside the round number does not open another interval */
    return (struct plot_scale){.low = floor(low / step + 0.05) * step,
                               .high = ceil(fmax(high, low + span) / step - 0.05) * step,
                               .step = step};
}

int plot_scale_ticks(const struct plot_scale *s)
{
    return (int)lround((s->high - s->low) / s->step) + 1;
}

double plot_scale_tick(const struct plot_scale *s, int i)
{
    double v = (round(s->low / s->step) + i) * s->step;
    return fabs(v) < s->step / 2 ? 0 : v;
}

int plot_scale_decimals(double step)
{
    int d = (int)ceil(-log10(step) - 1e-9);
    return d < 0 ? 0 : d > 6 ? 6 : d;
}

static void widen(double v, double *low, double *high)
{
    if (!isfinite(v))
        return;
    *low = fmin(*low, v);
    *high = fmax(*high, v);
}

double plot_bar_from(const struct plot_panel *panel, size_t s, double row)
{
    double sum = 0;
    for (size_t before = 0; before < s; before++)
        for (size_t i = 0; i < panel->series[before]->n; i++) {
            const struct plot_point *p = &panel->series[before]->point[i];
            if (panel->series[before]->mark == PLOT_BARS && fabs(p->y - row) < 0.5 &&
                isfinite(p->x))
                sum += p->x;
        }
    return sum;
}

bool plot_panel_range(const struct plot_panel *panel, bool x, double *low, double *high)
{
    *low = (double)INFINITY;
    *high = -(double)INFINITY;
    for (size_t s = 0; s < panel->n_series; s++)
        for (size_t i = 0; i < panel->series[s]->n; i++) {
            const struct plot_point *p = &panel->series[s]->point[i];
            bool stacks = x && panel->series[s]->mark == PLOT_BARS;
            widen(stacks ? plot_bar_from(panel, s, p->y) + p->x : x ? p->x : p->y, low, high);
            widen(x ? p->x_lo : p->y_lo, low, high);
            widen(x ? p->x_hi : p->y_hi, low, high);
        }
    for (size_t i = 0; i < panel->n_references; i++)
        if (panel->reference[i].vertical == x)
            widen(panel->reference[i].at, low, high);
    if ((x ? &panel->x : &panel->y)->from_zero)
        widen(0, low, high);
    return *low <= *high;
}
