/*
 * {"id", "title", "subtitle", "footnote", "panels": [{"x": axis, "y": axis, "height", "series":
 * [{"mark", "role", "symbol", "name", "dashed", "faint", "points": [[x, y, {…}], …]}],
 * "references": […]}]}. A point's object has what it has beside its place: intervals, label, note.
 */
#include "storage/export/plot_json.h"

#include <math.h>

enum { SERIES_MOST = 1000, PANELS_MOST = 100 };

/* ---- writing ---- */

static void put_text(struct jval *o, const char *key, const char *text)
{
    if (text)
        jval_put_string(o, key, text);
}

static void put_flag(struct jval *o, const char *key, bool value)
{
    if (value)
        jval_put_bool(o, key, true);
}

static void put_finite(struct jval *o, const char *key, double value)
{
    if (isfinite(value))
        jval_put_real(o, key, value);
}

static struct jval *point_json(const struct plot_point *p)
{
    struct jval *at = jval_new_array(), *more = jval_new_object();
    jval_append(at, jval_new_real(p->x));
    jval_append(at, jval_new_real(p->y));
    put_finite(more, "x_lo", p->x_lo);
    put_finite(more, "x_hi", p->x_hi);
    put_finite(more, "y_lo", p->y_lo);
    put_finite(more, "y_hi", p->y_hi);
    put_text(more, "label", p->label);
    put_text(more, "note", p->note);
    put_flag(more, "strong", p->strong);
    if (jval_size(more) > 0)
        jval_append(at, more);
    else
        jval_free(more);
    return at;
}

static struct jval *series_json(const struct plot_series *s)
{
    struct jval *o = jval_new_object(), *points = jval_new_array();
    jval_put_int(o, "mark", s->mark);
    jval_put_int(o, "role", s->role);
    jval_put_int(o, "symbol", s->symbol);
    put_text(o, "name", s->name);
    put_flag(o, "dashed", s->dashed);
    put_flag(o, "faint", s->faint);
    for (size_t i = 0; i < s->n; i++)
        jval_append(points, point_json(&s->point[i]));
    jval_put(o, "points", points);
    return o;
}

static struct jval *axis_json(const struct plot_axis *a)
{
    struct jval *o = jval_new_object(), *categories = jval_new_array();
    put_text(o, "title", a->title);
    jval_put_int(o, "numbers", a->numbers);
    put_finite(o, "least_span", a->least_span);
    put_flag(o, "from_zero", a->from_zero);
    for (size_t i = 0; i < a->n_categories; i++)
        jval_append(categories, jval_new_string(a->category[i]));
    jval_put(o, "categories", categories);
    return o;
}

static struct jval *panel_json(const struct plot_panel *p)
{
    struct jval *o = jval_new_object(), *series = jval_new_array(), *references = jval_new_array();
    jval_put(o, "x", axis_json(&p->x));
    jval_put(o, "y", axis_json(&p->y));
    jval_put_real(o, "height", p->height);
    for (size_t i = 0; i < p->n_series; i++)
        jval_append(series, series_json(p->series[i]));
    for (size_t i = 0; i < p->n_references; i++) {
        const struct plot_reference *r = &p->reference[i];
        struct jval *line = jval_new_object();
        put_flag(line, "vertical", r->vertical);
        jval_put_real(line, "at", r->at);
        jval_put_int(line, "role", r->role);
        put_text(line, "label", r->label);
        jval_append(references, line);
    }
    jval_put(o, "series", series);
    jval_put(o, "references", references);
    return o;
}

struct jval *plot_to_json(const struct plot *plot)
{
    struct jval *o = jval_new_object(), *panels = jval_new_array();
    jval_put_string(o, "id", plot->id);
    put_text(o, "title", plot->title);
    put_text(o, "subtitle", plot->subtitle);
    put_text(o, "footnote", plot->footnote);
    for (size_t i = 0; i < plot->n_panels; i++)
        jval_append(panels, panel_json(plot->panel[i]));
    jval_put(o, "panels", panels);
    return o;
}

/* ---- reading ---- */

static const char *text_at(const struct jval *o, const char *key)
{
    return jval_string(jval_get(o, key));
}

static const char *text_or(const struct jval *o, const char *key, const char *otherwise)
{
    const char *text = text_at(o, key);
    return text ? text : otherwise;
}

static bool flag_at(const struct jval *o, const char *key)
{
    return jval_bool(jval_get(o, key), false);
}

/* A value of an enumeration of n; the first where it is none of them. */
static int one_of(const struct jval *o, const char *key, int n)
{
    int64_t value = jval_int(jval_get(o, key), 0);
    return value >= 0 && value < n ? (int)value : 0;
}

static double real_or(const struct jval *j, double otherwise)
{
    double value = jval_real(j, otherwise);
    return isfinite(value) ? value : otherwise;
}

static void read_point(const struct jval *at, struct plot_series *s)
{
    const double none = (double)NAN;
    const struct jval *more = jval_at(at, 2);
    struct plot_point *p =
        plot_add_point(s, jval_real(jval_at(at, 0), none), jval_real(jval_at(at, 1), none));
    p->x_lo = jval_real(jval_get(more, "x_lo"), none);
    p->x_hi = jval_real(jval_get(more, "x_hi"), none);
    p->y_lo = jval_real(jval_get(more, "y_lo"), none);
    p->y_hi = jval_real(jval_get(more, "y_hi"), none);
    p->strong = flag_at(more, "strong");
    if (text_at(more, "label"))
        plot_point_label(p, text_at(more, "label"));
    if (text_at(more, "note"))
        plot_point_note(p, "%s", text_at(more, "note"));
}

static void read_axis(const struct jval *o, struct plot_axis *a)
{
    const struct jval *categories = jval_get(o, "categories");
    a->numbers = (enum plot_numbers)one_of(o, "numbers", PLOT_WHOLE + 1);
    a->least_span = fabs(real_or(jval_get(o, "least_span"), 0));
    a->from_zero = flag_at(o, "from_zero");
    for (size_t i = 0; i < jval_size(categories); i++)
        if (jval_string(jval_at(categories, i)))
            plot_add_category(a, jval_string(jval_at(categories, i)));
}

static void read_series(const struct jval *o, struct plot_panel *panel)
{
    const struct jval *points = jval_get(o, "points");
    struct plot_series *s =
        plot_add_series(panel, (enum plot_mark)one_of(o, "mark", PLOT_BARS + 1),
                        (enum plot_role)one_of(o, "role", PLOT_ROLES), text_at(o, "name"));
    s->symbol = (enum plot_symbol)one_of(o, "symbol", PLOT_SYMBOLS);
    s->dashed = flag_at(o, "dashed");
    s->faint = flag_at(o, "faint");
    for (size_t i = 0; i < jval_size(points); i++)
        read_point(jval_at(points, i), s);
}

static void read_panel(const struct jval *o, struct plot *plot)
{
    const struct jval *series = jval_get(o, "series"), *references = jval_get(o, "references");
    const struct jval *x = jval_get(o, "x"), *y = jval_get(o, "y");
    struct plot_panel *panel =
        plot_add_panel(plot, text_or(x, "title", ""), text_or(y, "title", ""));
    read_axis(x, &panel->x);
    read_axis(y, &panel->y);
    double height = real_or(jval_get(o, "height"), 0);
    panel->height = height > 0 && height < PANELS_MOST ? height : 0;
    for (size_t i = 0; i < jval_size(series) && i < SERIES_MOST; i++)
        read_series(jval_at(series, i), panel);
    for (size_t i = 0; i < jval_size(references) && i < SERIES_MOST; i++) {
        const struct jval *r = jval_at(references, i);
        double at = real_or(jval_get(r, "at"), (double)NAN);
        if (isfinite(at))
            plot_add_reference(panel, flag_at(r, "vertical"), at,
                               (enum plot_role)one_of(r, "role", PLOT_ROLES),
                               text_or(r, "label", ""));
    }
}

struct plot *plot_of_json(const struct jval *o)
{
    const struct jval *panels = jval_get(o, "panels");
    if (!text_at(o, "id") || !text_at(o, "title") || jval_size(panels) == 0)
        return NULL;
    struct plot *plot = plot_new(text_at(o, "id"), text_at(o, "title"));
    if (text_at(o, "subtitle"))
        plot_set_subtitle(plot, "%s", text_at(o, "subtitle"));
    if (text_at(o, "footnote"))
        plot_set_footnote(plot, "%s", text_at(o, "footnote"));
    for (size_t i = 0; i < jval_size(panels) && i < PANELS_MOST; i++)
        read_panel(jval_at(panels, i), plot);
    return plot;
}
