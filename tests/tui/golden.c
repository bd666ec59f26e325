#include "tests/tui/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/tui/frame.h"

/* One letter for how a cell is painted: what a mono terminal shows, then the colour. */
static char attributes(struct paint p)
{
    if (p.reverse)
        return p.underline ? 'R' : 'r';
    if (p.bold)
        return p.underline ? 'B' : 'b';
    if (p.dim)
        return 'd';
    return p.underline ? 'u' : '.';
}

static void add_row(const struct grid *g, int y, enum scheme scheme, bool colour, struct buf *out)
{
    size_t end = out->len;
    for (int x = 0; x < g->cols; x++) {
        struct paint p = theme_paint(scheme, g->cells[y * g->cols + x].style);
        char letter = colour ? (p.fg < 0 ? '.' : (char)('0' + p.fg % 10)) : attributes(p);
        buf_addc(out, letter);
        if (letter != '.')
            end = out->len;
    }
    buf_truncate(out, end);
}

/* Rows that are plain all over are left out. */
static void add_paint(const struct grid *g, enum scheme scheme, const char *title, struct buf *out)
{
    for (int colour = 0; colour < (scheme == SCHEME_MONO ? 1 : 2); colour++) {
        buf_addf(out, "-- %s %s\n", title, colour ? "colours" : "attributes");
        for (int y = 0; y < g->rows; y++) {
            struct buf row;
            buf_init(&row);
            add_row(g, y, scheme, colour, &row);
            if (row.len > 0)
                buf_addf(out, "%2d %s\n", y, row.data);
            buf_release(&row);
        }
    }
}

/* Of the paint of every cell. */
static uint32_t paint_hash(const struct grid *g, enum scheme scheme)
{
    uint32_t hash = 2166136261u;
    for (int i = 0; i < g->rows * g->cols; i++) {
        struct paint p = theme_paint(scheme, g->cells[i].style);
        const int part[] = {p.fg, p.bold, p.dim, p.underline, p.reverse};
        for (size_t k = 0; k < ARRAY_LEN(part); k++)
            hash = (hash ^ (uint32_t)part[k]) * 16777619u;
    }
    return hash;
}

static const char *glyphs_name(const struct glyphs *glyphs)
{
    return glyphs->ascii ? "ASCII" : "UTF-8";
}

static void add_picture(struct app *app, int rows, int cols, const struct glyphs *glyphs,
                        enum golden_data data, struct buf *out, struct buf *hashes)
{
    struct grid g;
    grid_init(&g, rows, cols);
    app_draw(app, &g, glyphs);
    expect_sound_frame(&g, glyphs->ascii && data == GOLDEN_ASCII_DATA);
    buf_addf(out, "== %dx%d %s, cursor at row %d column %d\n", cols, rows, glyphs_name(glyphs),
             g.cursor_y, g.cursor_x);
    grid_text(&g, out);
    if (cols <= 80 && !glyphs->ascii) {
        add_paint(&g, SCHEME_16, "colour", out);
        add_paint(&g, SCHEME_MONO, "mono", out);
    }
    buf_addf(hashes, "%dx%d %s: 16 colours %08x, 256 colours %08x, mono %08x\n", cols, rows,
             glyphs_name(glyphs), (unsigned)paint_hash(&g, SCHEME_16),
             (unsigned)paint_hash(&g, SCHEME_256), (unsigned)paint_hash(&g, SCHEME_MONO));
    grid_release(&g);
}

static void compare(const char *path, const char *wanted, const char *got)
{
    for (int line = 1; *wanted || *got; line++) {
        size_t n = strcspn(wanted, "\n"), m = strcspn(got, "\n");
        if (n != m || memcmp(wanted, got, n) != 0)
            fail_msg("%s:%d\n  wanted |%.*s\n  got    |%.*s", path, line, (int)n, wanted, (int)m,
                     got);
        wanted += n + (wanted[n] == '\n');
        got += m + (got[m] == '\n');
    }
}

void golden_check(struct app *app, const char *name, enum golden_data data)
{
    static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}};
    struct buf picture, hashes, golden;
    buf_init(&picture);
    buf_init(&hashes);
    buf_init(&golden);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        add_picture(app, sizes[i][0], sizes[i][1], &glyphs_utf8, data, &picture, &hashes);
        add_picture(app, sizes[i][0], sizes[i][1], &glyphs_ascii, data, &picture, &hashes);
    }
    buf_addf(&picture, "== paint\n%s", hashes.data);
    buf_release(&hashes);
    char *path = mem_printf("%s/%s.txt", GOLDEN, name);
    struct error err = {0};
    const char *bless = getenv("ROTE_BLESS");
    if (bless && strcmp(bless, "1") == 0 && !file_write(path, picture.data, picture.len, &err))
        fail_msg("%s", err.text);
    if (!file_read(path, 1 << 24, &golden, &err))
        fail_msg("%s (ROTE_BLESS=1 makes it)", err.text);
    compare(path, golden.data, picture.data);
    buf_release(&picture);
    buf_release(&golden);
    free(path);
}
