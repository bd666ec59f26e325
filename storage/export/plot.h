/*
 * A plot as data: panels of series over axes, with everything that is written around them. What
 * draws it (svg.h; the terminal) decides how it looks; what it says is settled here. Colours are
 * named by what they mean, the same everywhere: memorized warm, related cool, uncategorized dim,
 * held-out green.
 *
 * Everything is copied in and owned by the plot. Must-succeed allocation: plots are small.
 */
#ifndef STORAGE_EXPORT_PLOT_H
#define STORAGE_EXPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

enum plot_role {
    PLOT_INK,
    PLOT_DIM,
    PLOT_MEMORIZED,
    PLOT_RELATED,
    PLOT_UNCATEGORIZED,
    PLOT_HELD_OUT,
    PLOT_RUN_1, /* runs that are told apart by colour: PLOT_RUN_1 + i % PLOT_RUNS */
    PLOT_RUN_2,
    PLOT_RUN_3,
    PLOT_RUN_4,
    PLOT_ROLES,
    PLOT_RUNS = PLOT_ROLES - PLOT_RUN_1,
};
/* "#c2680c"; for a dark ground when `dark`. */
const char *plot_css(enum plot_role role, bool dark);

enum plot_mark {
    PLOT_POINTS,
    PLOT_LINE,  /* through the points in their order; broken where y is NAN */
    PLOT_STEPS, /* the same, first to the right, then up or down */
    PLOT_BARS,  /* horizontal, at row y (0, 1, …), from 0 to x; series of a panel stack */
};
enum plot_symbol { PLOT_DISC, PLOT_DIAMOND, PLOT_RING, PLOT_SQUARE, PLOT_SYMBOLS };

struct plot_point {
    double x, y;
    double x_lo, x_hi, y_lo, y_hi; /* intervals; NAN: none */
    char *label;                   /* stands at the point; NULL: none */
    char *note;                    /* what a pointer over it shows; NULL: none */
    bool strong;                   /* label and mark stand out */
};

struct plot_series {
    enum plot_mark mark;
    enum plot_role role;
    enum plot_symbol symbol;
    char *name;  /* at the end of a line, or in the key; NULL: none */
    bool dashed; /* nulls and references */
    bool faint;  /* behind the others: the seeds of a group, a frontier */
    struct plot_point *point;
    size_t n, cap;
};

/* How the numbers of an axis are written. */
enum plot_numbers {
    PLOT_NUMBER,
    PLOT_PERCENT,    /* a share: 0.12 is "12 %" */
    PLOT_DIFFERENCE, /* of shares, in percentage points: "+12" */
    PLOT_WHOLE,      /* only integers have ticks */
};
struct plot_axis {
    char *title;
    enum plot_numbers numbers;
    double least_span; /* the axis is at least so long */
    bool from_zero;    /* begins at 0 */
    char **category;   /* [n_categories] names of the rows 0, 1, … of bars; NULL: numbers */
    size_t n_categories;
};

/* A line across the panel at x (vertical) or y. */
struct plot_reference {
    bool vertical;
    double at;
    char *label;
    enum plot_role role;
};

struct plot_panel {
    struct plot_axis x, y;
    struct plot_series **series;
    size_t n_series;
    struct plot_reference *reference;
    size_t n_references;
    double height; /* 0: the renderer's own; else relative to that. Bars: as many as there are */
};

struct plot {
    char
        *id; /* letters, digits, '-': prefix of all ids in a figure, so that several fit one page */
    char *title, *subtitle;
    char *footnote; /* definition, intervals, fingerprint */
    struct plot_panel *
        *panel; /* from top to bottom; they share the x axis when there are several */
    size_t n_panels;
};

/* id: characters that may not be in one become '-'. */
struct plot *plot_new(const char *id, const char *title);
void plot_free(struct plot *plot); /* NULL allowed */
void plot_set_subtitle(struct plot *plot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void plot_set_footnote(struct plot *plot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Panels and series stay where they are; points until the next one is added to the series. */
struct plot_panel *plot_add_panel(struct plot *plot, const char *x_title, const char *y_title);
struct plot_series *plot_add_series(struct plot_panel *panel, enum plot_mark mark,
                                    enum plot_role role, const char *name); /* name NULL allowed */
struct plot_point *plot_add_point(struct plot_series *series, double x, double y);
void plot_point_label(struct plot_point *point, const char *label);
void plot_point_note(struct plot_point *point, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void plot_add_category(struct plot_axis *axis, const char *name);
void plot_add_reference(struct plot_panel *panel, bool vertical, double at, enum plot_role role,
                        const char *label);

/* ---- scales: shared by all that draw, so that axes agree ---- */

struct plot_scale {
    double low, high, step; /* low and high are multiples of step */
};
/* Over the finite values low..high (low <= high), with at most about `most_ticks` intervals, at
 * least `least_span` long. Steps are 1, 2 or 5 times a power of ten. */
struct plot_scale plot_scale_over(double low, double high, double least_span, int most_ticks);
int plot_scale_ticks(const struct plot_scale *scale);
double plot_scale_tick(const struct plot_scale *scale, int i); /* exactly 0 at 0 */
/* Digits after the point that tell neighbours apart; at most 6. */
int plot_scale_decimals(double step);

/* Where the bar of series s in a row begins: the sum of the series before it. */
double plot_bar_from(const struct plot_panel *panel, size_t s, double row);

/* Smallest and largest finite value of a panel along an axis, intervals and vertical or horizontal
 * references included; false when there is none. */
bool plot_panel_range(const struct plot_panel *panel, bool x, double *low, double *high);

#endif
