#include "tui/screens/text_view.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/table.h"

enum { MARGIN = 4, MOST_COLS = 96 };

struct text_view {
    struct view view;
    char *crumb, *text;
    struct sheet *sheet;
    int cols; /* that the lines are wrapped for */
};

/* ---- text ---- */

static void add_paragraph(struct table *t, const char *text, size_t n, int cols, int64_t *id)
{
    size_t indent = strspn(text, " "), most = (size_t)cols / 2;
    indent = indent < most ? indent : most;
    do {
        size_t end = indent + text_line(text + indent, n - indent, cols - (int)indent);
        table_row(t, (*id)++);
        table_textf(t, ROLE_NORMAL, "%*s%.*s", (int)indent, "", (int)(end - indent), text + indent);
        end += end < n;
        text += end - indent; /* the next line keeps the indent */
        n -= end - indent;
    } while (n > indent);
}

static struct sheet_source *lines_of(const struct text_view *v)
{
    static const struct column columns[] = {
        {.name = "text", .kind = COLUMN_TEXT, .width = 20, .width_max = MOST_COLS}};
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    int64_t id = 0;
    for (const char *line = v->text; *line;) {
        size_t n = strcspn(line, "\n");
        if (n > 0)
            add_paragraph(t, line, n, v->cols, &id);
        else
            table_row(t, id++), table_text(t, "", ROLE_NORMAL);
        line += n + (line[n] == '\n');
    }
    return table_source(t);
}

/* ---- the view ---- */

static void layout(struct view *view, int rows, int cols)
{
    struct text_view *v = (struct text_view *)view;
    int wanted = cols - MARGIN < MOST_COLS ? cols - MARGIN : MOST_COLS;
    if (v->cols != wanted) {
        v->cols = wanted;
        sheet_set_source(v->sheet, lines_of(v));
    }
    sheet_layout(v->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    sheet_draw(((const struct text_view *)view)->sheet, c, true);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct text_view *)view)->sheet;
}

static void crumb(const struct view *view, struct buf *out)
{
    buf_adds(out, ((const struct text_view *)view)->crumb);
}

static void release(struct view *view)
{
    struct text_view *v = (struct text_view *)view;
    sheet_free(v->sheet);
    free(v->crumb);
    free(v->text);
    free(v);
}

struct view *text_view_new(struct app *app, const char *name, const char *text)
{
    static const struct view_ops ops = {
        .name = "text",
        .footer = {ACTION_BACK, ACTION_SEARCH, ACTION_COPY, ACTION_EXPORT, ACTION_HELP},
        .crumb = crumb,
        .layout = layout,
        .draw = draw,
        .sheet = sheet_of,
        .release = release};
    struct text_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->crumb = mem_strdup(name);
    v->text = mem_strdup(text);
    v->cols = MOST_COLS;
    v->sheet = sheet_new(lines_of(v), app_jobs(app));
    sheet_set_header(v->sheet, false);
    return &v->view;
}
