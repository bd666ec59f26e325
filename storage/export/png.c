#include "storage/export/png.h"

#include <cairo.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/export/svg_read.h"

static void set_colour(cairo_t *cr, const char *css, double opacity)
{
    unsigned long rgb = strtoul(css + 1, NULL, 16);
    cairo_set_source_rgba(cr, (double)(rgb >> 16 & 255) / 255, (double)(rgb >> 8 & 255) / 255,
                          (double)(rgb & 255) / 255, opacity);
}

static void draw_words(cairo_t *cr, const struct svg_shape *s)
{
    cairo_text_extents_t extents;
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           s->strong ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    /* DejaVu is wider than what the sizes were chosen for */
    cairo_set_font_size(cr, s->size * (s->strong ? 0.86 : 0.92));
    cairo_text_extents(cr, s->text, &extents);
    double before = s->anchor == SVG_START    ? 0
                    : s->anchor == SVG_MIDDLE ? extents.x_advance / 2
                                              : extents.x_advance;
    cairo_move_to(cr, s->x - before, s->y);
    cairo_text_path(cr, s->text);
    if (s->halo) {
        set_colour(cr, "#ffffff", 1);
        cairo_set_line_width(cr, 3);
        cairo_stroke_preserve(cr);
    }
    set_colour(cr, s->fill, s->opacity);
    cairo_fill(cr);
}

static void add_path(cairo_t *cr, const char *path)
{
    struct svg_step step = {0};
    while (svg_step_next(&path, &step))
        if (step.drawn)
            cairo_line_to(cr, step.x, step.y);
        else
            cairo_move_to(cr, step.x, step.y);
}

static void draw(void *context, const struct svg_shape *s)
{
    static const double dashes[] = {2, 4};
    cairo_t *cr = context;
    cairo_new_path(cr);
    if (s->kind == SVG_WORDS) {
        draw_words(cr, s);
        return;
    }
    if (s->kind == SVG_RECT)
        cairo_rectangle(cr, s->x, s->y, s->w, s->h);
    else if (s->kind == SVG_CIRCLE)
        cairo_arc(cr, s->x, s->y, fmax(s->radius, 0), 0, 2 * 3.14159265358979323846);
    else
        add_path(cr, s->path);
    if (s->fill) {
        set_colour(cr, s->fill, s->opacity);
        cairo_fill_preserve(cr);
    }
    if (s->stroke) {
        set_colour(cr, s->stroke, s->opacity);
        cairo_set_line_width(cr, s->width);
        cairo_set_dash(cr, dashes, s->dashed ? 2 : 0, 0);
        cairo_stroke(cr);
    }
}

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned int n)
{
    buf_add(context, (const char *)bytes, n);
    return CAIRO_STATUS_SUCCESS;
}

bool png_write(const struct plot *plot, int scale, struct buf *out, struct error *err)
{
    double width, height;
    svg_size(plot, &width, &height);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width * scale,
                                                          (int)ceil(height) * scale);
    cairo_t *cr = cairo_create(surface);
    cairo_scale(cr, scale, scale);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    svg_shapes(plot, draw, cr);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, take, out);
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ||
           error_set(err, ERROR_IO, "cannot draw the picture: %s", cairo_status_to_string(status));
}

bool png_save(const struct plot *plot, int scale, const char *path, FILE *stream, struct error *err)
{
    struct buf picture;
    buf_init(&picture);
    bool ok = png_write(plot, scale, &picture, err);
    if (ok && strcmp(path, "-") == 0) {
        ok = fwrite(picture.data, 1, picture.len, stream) == picture.len && fflush(stream) == 0;
        if (!ok)
            error_set_errno(err, errno, "cannot write the picture");
    } else if (ok) {
        ok = file_write(path, picture.data, picture.len, err);
    }
    buf_release(&picture);
    return ok;
}
