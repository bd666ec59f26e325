#include "storage/export/svg.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/export/svg_private.h"
#include "storage/export/svg_text.h"

enum {
    PANEL_HEIGHT = 330,   /* of a figure with one panel */
    STACKED_HEIGHT = 104, /* of one among several */
    MOST_NAME = 130,      /* at the end of a line */
    MOST_CATEGORY = 170,
    KEY_GAP = 16,
};

/* ---- small writers ---- */

void svg_number(struct buf *out, double v)
{
    long tenths = lround(v * 10);
    const char *sign = tenths < 0 ? "-" : "";
    tenths = labs(tenths);
    buf_addf(out, tenths % 10 ? "%s%ld.%ld" : "%s%ld", sign, tenths / 10, tenths % 10);
}

void svg_add(struct svg *svg, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            buf_addc(svg->out, *f);
            continue;
        }
        f++;
        if (*f == 'N')
            svg_number(svg->out, va_arg(args, double));
        else if (*f == 's')
            buf_adds(svg->out, va_arg(args, const char *));
        else if (*f == 'd')
            buf_addf(svg->out, "%d", va_arg(args, int));
        else if (*f == 'z' && *++f == 'u')
            buf_addf(svg->out, "%zu", va_arg(args, size_t));
        else
            buf_addc(svg->out, *f);
    }
    va_end(args);
}

const char *svg_role(enum plot_role role)
{
    static const char *const name[PLOT_ROLES] = {
        [PLOT_INK] = "ink",
        [PLOT_DIM] = "dim",
        [PLOT_MEMORIZED] = "memorized",
        [PLOT_RELATED] = "related",
        [PLOT_UNCATEGORIZED] = "uncategorized",
        [PLOT_HELD_OUT] = "held-out",
        [PLOT_RUN_1] = "run-1",
        [PLOT_RUN_2] = "run-2",
        [PLOT_RUN_3] = "run-3",
        [PLOT_RUN_4] = "run-4",
    };
    return name[role];
}

void svg_text(struct svg *svg, const char *class, enum svg_anchor anchor, double x, double y,
              const char *text, const char *id, ...)
{
    static const char *const name[] = {"start", "middle", "end"};
    va_list args;
    va_start(args, id);
    svg_add(svg, "<text id=\"%s-", svg->plot->id);
    buf_vaddf(svg->out, id, args);
    va_end(args);
    svg_add(svg, "\" class=\"%s\"", class);
    if (anchor != SVG_START)
        svg_add(svg, " text-anchor=\"%s\"", name[anchor]);
    svg_add(svg, " x=\"%N\" y=\"%N\">", x, y);
    svg_text_escape(svg->out, text, strlen(text));
    buf_adds(svg->out, "</text>\n");
}

/* Lines of text down to svg->y. */
static void paragraph(struct svg *svg, const char *class, int size, const char *text,
                      const char *id)
{
    double width = (double)(SVG_WIDTH - 2 * SVG_MARGIN) / size;
    int line = 0;
    for (const char *next = text; *text; text = next) {
        size_t n = svg_text_line(text, width, &next);
        char *one = mem_strndup(text, n);
        svg->y += size * 1.32;
        svg_text(svg, class, SVG_START, SVG_MARGIN, svg->y - size * 0.28, one,
                 line ? "%s-%d" : "%s", id, line + 1);
        line++;
        free(one);
    }
}

/* ---- style ---- */

static void add_colours(struct svg *svg, bool dark)
{
    const char *id = svg->plot->id;
    for (int r = 0; r < PLOT_ROLES; r++)
        svg_add(svg, "#%s .%s{color:%s}\n", id, svg_role((enum plot_role)r),
                plot_css((enum plot_role)r, dark));
    svg_add(svg, "#%s .paper{fill:%s}\n#%s .halo{stroke:%s}\n#%s .ring{fill:%s}\n", id,
            dark ? "#111827" : "#ffffff", id, dark ? "#111827" : "#ffffff", id,
            dark ? "#111827" : "#ffffff");
    svg_add(svg, "#%s text{fill:%s}\n#%s .quiet{fill:%s}\n#%s .grid{stroke:%s}\n", id,
            plot_css(PLOT_INK, dark), id, plot_css(PLOT_DIM, dark), id,
            dark ? "#2b3443" : "#e5e7eb");
    svg_add(svg, "#%s .axis{stroke:%s}\n#%s text.own{fill:currentColor}\n", id,
            plot_css(PLOT_DIM, dark), id);
}

static void add_style(struct svg *svg)
{
    static const char *const rules[] = {
        "{max-width:100%;height:auto}",
        " text{font-family:system-ui,\"Helvetica Neue\",Arial,\"DejaVu Sans\",sans-serif;"
        "font-size:13px;font-variant-numeric:tabular-nums}",
        " .title{font-size:16px;font-weight:600}",
        " .small{font-size:11px}",
        " .strong{font-weight:600}",
        " .grid{stroke-width:1}",
        " .axis{stroke-width:1}",
        " .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round;"
        "stroke-linecap:round}",
        " .dashed{stroke-dasharray:2 4}",
        " .thin{stroke-width:1.25}",
        " .interval{stroke:currentColor;stroke-width:1;opacity:.55}",
        " .leader{stroke:currentColor;stroke-width:.75;opacity:.6}",
        " .mark{fill:currentColor}",
        " .ring{stroke:currentColor;stroke-width:1.75}",
        " .faint{opacity:.5}",
        " .halo{stroke-width:3;stroke-linejoin:round;paint-order:stroke}",
    };
    buf_adds(svg->out, "<style>\n");
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        svg_add(svg, "#%s%s\n", svg->plot->id, rules[i]);
    add_colours(svg, false);
    buf_adds(svg->out, "@media screen and (prefers-color-scheme:dark){\n");
    add_colours(svg, true);
    buf_adds(svg->out, "}\n</style>\n");
}

/* ---- the key ---- */

static bool in_key(const struct plot_panel *panel, const struct plot_series *s, double height)
{
    if (!s->name || s->n == 0)
        return false;
    bool line = s->mark == PLOT_LINE || s->mark == PLOT_STEPS;
    return !line || !svg_names_at_ends(panel, height);
}

static void key_entry(struct svg *svg, const struct plot_series *s, double x, int number)
{
    double y = svg->y - 4.5;
    svg_add(svg, "<g class=\"%s\">", svg_role(s->role));
    if (s->mark == PLOT_POINTS)
        svg_symbol(svg, s->symbol, x + 5, y, 4, "");
    else if (s->mark == PLOT_BARS)
        svg_add(svg, "<rect class=\"mark\" x=\"%N\" y=\"%N\" width=\"10\" height=\"10\"/>", x,
                y - 5);
    else
        svg_add(svg, "<path class=\"line%s\" d=\"M%N %NH%N\"/>", s->dashed ? " dashed" : "", x, y,
                x + 12);
    svg_text(svg, s->role == PLOT_UNCATEGORIZED ? "quiet" : "own", SVG_START, x + 17, svg->y,
             s->name, "key-%d", number);
    buf_adds(svg->out, "</g>\n");
}

/* Names that do not stand at their marks, each once. */
static void add_key(struct svg *svg, const double *height)
{
    double x = (double)SVG_WIDTH;
    int n = 0;
    const struct plot_panel *panel;
    struct buf seen;
    buf_init(&seen);
    for (size_t p = 0; p < svg->plot->n_panels; p++)
        for (size_t i = 0; (panel = svg->plot->panel[p]) && i < panel->n_series; i++) {
            const struct plot_series *s = panel->series[i];
            char *tag = s->name ? mem_printf("\n%s\t%d%d%d\n", s->name, (int)s->role, s->dashed,
                                             (int)s->symbol)
                                : NULL;
            if (tag && in_key(panel, s, height[p]) && !strstr(seen.data, tag)) {
                double width = 17 + svg_text_width(s->name) * SVG_TEXT + KEY_GAP;
                if (x + width - KEY_GAP > SVG_WIDTH - SVG_MARGIN) {
                    x = SVG_MARGIN;
                    svg->y += SVG_TEXT * 1.5;
                }
                key_entry(svg, s, x, ++n);
                x += width;
                buf_adds(&seen, tag);
            }
            free(tag);
        }
    buf_release(&seen);
}

/* ---- layout ---- */

void svg_tick_text(const struct plot_axis *axis, const struct plot_scale *scale, int i,
                   struct buf *out)
{
    double factor = axis->numbers == PLOT_PERCENT || axis->numbers == PLOT_DIFFERENCE ? 100 : 1;
    double v = plot_scale_tick(scale, i) * factor;
    int decimals = plot_scale_decimals(scale->step * factor);
    if (v < 0)
        buf_adds(out, "\xe2\x88\x92"); /* minus */
    else if (v > 0 && axis->numbers == PLOT_DIFFERENCE)
        buf_addc(out, '+');
    buf_addf(out, "%.*f", v < 0 || v > 0 ? decimals : 0, fabs(v));
    if (axis->numbers == PLOT_PERCENT && i == plot_scale_ticks(scale) - 1)
        buf_adds(out, " %");
}

static double widest_tick(const struct plot_axis *axis, const struct plot_scale *scale)
{
    double widest = 0;
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < plot_scale_ticks(scale); i++) {
        buf_clear(&text);
        svg_tick_text(axis, scale, i, &text);
        widest = fmax(widest, svg_text_width(text.data) * SVG_TEXT);
    }
    buf_release(&text);
    return widest;
}

static struct plot_scale scale_of(const struct plot_axis *axis, double low, double high, int ticks)
{
    struct plot_scale s = plot_scale_over(low, high, axis->least_span, ticks);
    if (axis->numbers == PLOT_WHOLE && s.step < 1)
        s = (struct plot_scale){
            .low = floor(low), .high = fmax(ceil(high), floor(low) + 1), .step = 1};
    return s;
}

static struct plot_scale vertical_scale(const struct plot_panel *panel, double height)
{
    double low, high;
    if (panel->y.n_categories > 0)
        return (struct plot_scale){
            .low = -0.5, .high = (double)panel->y.n_categories - 0.5, .step = 1};
    if (!plot_panel_range(panel, false, &low, &high))
        low = 0, high = 1;
    return scale_of(&panel->y, low, high, height < 200 ? 4 : 6);
}

/* One for all panels, with as many ticks as have room. */
static struct plot_scale horizontal_scale(const struct plot *plot, double width)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    const struct plot_axis *axis = &plot->panel[0]->x;
    for (size_t p = 0; p < plot->n_panels; p++) {
        double one, other;
        if (!plot_panel_range(plot->panel[p], true, &one, &other))
            continue;
        low = fmin(low, one);
        high = fmax(high, other);
    }
    if (low > high)
        low = 0, high = 1;
    struct plot_scale s;
    int ticks = 10;
    do {
        s = scale_of(axis, low, high, ticks);
    } while (--ticks > 1 && (widest_tick(axis, &s) + 18) * (plot_scale_ticks(&s) - 1) > width);
    return s;
}

/* What stands left of the areas: numbers or names of rows. */
static double left_side(const struct plot *plot, const double *height)
{
    double widest = 0;
    for (size_t p = 0; p < plot->n_panels; p++) {
        const struct plot_axis *y = &plot->panel[p]->y;
        for (size_t i = 0; i < y->n_categories; i++)
            widest = fmax(widest, fmin(svg_text_width(y->category[i]) * SVG_TEXT, MOST_CATEGORY));
        if (y->n_categories == 0) {
            struct plot_scale s = vertical_scale(plot->panel[p], height[p]);
            widest = fmax(widest, widest_tick(y, &s));
        }
    }
    return SVG_MARGIN + widest + 8;
}

static double right_side(const struct plot *plot, const double *height)
{
    /* the last tick stands out by half */
    struct plot_scale x = horizontal_scale(plot, SVG_WIDTH / 2);
    double widest = fmax(2, widest_tick(&plot->panel[0]->x, &x) / 2 - SVG_MARGIN + 4);
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t i = 0; i < plot->panel[p]->n_series; i++) {
            const struct plot_series *s = plot->panel[p]->series[i];
            bool line = s->mark == PLOT_LINE || s->mark == PLOT_STEPS;
            if (line && s->name && s->n > 0 && svg_names_at_ends(plot->panel[p], height[p]))
                widest = fmax(widest, 10 + fmin(svg_text_width(s->name) * SVG_TEXT, MOST_NAME));
        }
    return SVG_WIDTH - SVG_MARGIN - widest;
}

double svg_x(const struct svg_frame *f, double x)
{
    return f->x + (x - f->scale_x.low) / (f->scale_x.high - f->scale_x.low) * f->w;
}

double svg_y(const struct svg_frame *f, double y)
{
    double share = (y - f->scale_y.low) / (f->scale_y.high - f->scale_y.low);
    return f->y + f->h * (1 - share);
}

static void add_panels(struct svg *svg, const double *height)
{
    const struct plot *plot = svg->plot;
    svg->left = left_side(plot, height);
    svg->right = right_side(plot, height);
    struct plot_scale x = horizontal_scale(plot, svg->right - svg->left);
    for (size_t p = 0; p < plot->n_panels; p++) {
        const struct plot_panel *panel = plot->panel[p];
        bool last = p + 1 == plot->n_panels;
        svg->y += 12;
        if (panel->y.title[0]) {
            svg->y += SVG_TEXT;
            svg_text(svg, "quiet", SVG_START, SVG_MARGIN, svg->y, panel->y.title, "y-title-%zu",
                     p + 1);
            svg->y += 10;
        }
        struct svg_frame frame = {.x = svg->left,
                                  .y = svg->y,
                                  .w = svg->right - svg->left,
                                  .h = height[p],
                                  .scale_x = x,
                                  .scale_y = vertical_scale(panel, height[p]),
                                  .number = p + 1};
        svg_add(svg, "<g id=\"%s-panel-%zu\">\n", plot->id, p + 1);
        svg_axes(svg, panel, &frame, last);
        svg_marks(svg, panel, &frame);
        buf_adds(svg->out, "</g>\n");
        svg->y += frame.h;
    }
    svg->y += 4 + SVG_TEXT * 1.3;
    const char *title = plot->panel[0]->x.title;
    if (!title[0])
        return;
    svg->y += SVG_TEXT * 1.35;
    svg_text(svg, "quiet", SVG_END, svg->right, svg->y, title, "x-title");
}

static double *panel_heights(const struct plot *plot)
{
    double *height = mem_zalloc(plot->n_panels + 1, sizeof *height);
    for (size_t p = 0; p < plot->n_panels; p++) {
        const struct plot_panel *panel = plot->panel[p];
        height[p] = plot->n_panels == 1 ? PANEL_HEIGHT : STACKED_HEIGHT;
        if (panel->y.n_categories > 0)
            height[p] = (double)panel->y.n_categories * SVG_ROW;
        else if (panel->height > 0)
            height[p] *= panel->height;
    }
    return height;
}

static void add_head(struct svg *svg)
{
    const struct plot *plot = svg->plot;
    svg_add(svg, "<title id=\"%s-name\">", plot->id);
    svg_text_escape(svg->out, plot->title, strlen(plot->title));
    svg_add(svg, "</title>\n<desc id=\"%s-about\">", plot->id);
    if (plot->subtitle)
        svg_text_escape(svg->out, plot->subtitle, strlen(plot->subtitle));
    if (plot->footnote) {
        buf_addc(svg->out, ' ');
        svg_text_escape(svg->out, plot->footnote, strlen(plot->footnote));
    }
    buf_adds(svg->out, "</desc>\n");
    add_style(svg);
}

static void add_body(struct svg *svg)
{
    const struct plot *plot = svg->plot;
    double *height = panel_heights(plot);
    svg->y = SVG_MARGIN - 2;
    paragraph(svg, "title", SVG_TITLE, plot->title, "title");
    if (plot->subtitle)
        paragraph(svg, "quiet", SVG_TEXT, plot->subtitle, "subtitle");
    add_key(svg, height);
    if (plot->n_panels > 0)
        add_panels(svg, height);
    svg->y += 12;
    if (plot->footnote)
        paragraph(svg, "quiet small", SVG_SMALL, plot->footnote, "note");
    free(height);
}

void svg_write(const struct plot *plot, bool inside, struct buf *out)
{
    struct buf body;
    buf_init(&body);
    struct svg svg = {.plot = plot, .out = &body};
    add_body(&svg);
    double height = ceil(svg.y + SVG_MARGIN - 4);
    svg.out = out;
    if (!inside)
        buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    svg_add(&svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"%s\" width=\"%d\" height=\"%N\" "
            "viewBox=\"0 0 %d %N\" role=\"img\" aria-labelledby=\"%s-name %s-about\">\n",
            plot->id, SVG_WIDTH, height, SVG_WIDTH, height, plot->id, plot->id);
    add_head(&svg);
    svg_add(&svg, "<rect class=\"paper\" width=\"%d\" height=\"%N\"/>\n", SVG_WIDTH, height);
    buf_add(out, body.data, body.len);
    buf_adds(out, "</svg>\n");
    buf_release(&body);
}

bool svg_save(const struct plot *plot, const char *path, FILE *stream, struct error *err)
{
    struct buf picture;
    buf_init(&picture);
    svg_write(plot, false, &picture);
    bool ok;
    if (strcmp(path, "-") == 0) {
        ok = fwrite(picture.data, 1, picture.len, stream) == picture.len && fflush(stream) == 0;
        if (!ok)
            error_set_errno(err, errno, "cannot write the picture");
    } else {
        ok = file_write(path, picture.data, picture.len, err);
    }
    buf_release(&picture);
    return ok;
}
