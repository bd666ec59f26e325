#include "tui/screens/finding_view.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/table.h"

enum { MARGIN = 4, MOST_COLS = 96 };

struct finding_view {
    struct view view;
    char *id, *text; /* paragraphs, a line each; a leading blank asks for an indent */
    struct sheet *sheet;
    int cols; /* that the lines are wrapped for */
};

/* ---- text ---- */

static char *all_text(const struct finding *f)
{
    struct buf out;
    buf_init(&out);
    buf_addf(&out, "%s\n\n%s\n", f->text, f->effect);
    if (f->n_examples > 0)
        buf_adds(&out, "\nExamples:\n");
    for (size_t i = 0; i < f->n_examples; i++)
        buf_addf(&out, "  %s\n", f->example[i]);
    return buf_detach(&out);
}

/* Where the first line of at most `cols` columns ends: at a blank where there is one. */
static size_t line_end(const char *text, size_t n, int cols)
{
    size_t fits = text_prefix(text, n, cols, NULL);
    if (fits == n)
        return n;
    for (size_t at = fits; at > 0; at--)
        if (text[at] == ' ')
            return at;
    return fits ? fits : n;
}

static void add_paragraph(struct table *t, const char *text, size_t n, int cols, int64_t *id)
{
    size_t indent = strspn(text, " ");
    do {
        size_t end = indent + line_end(text + indent, n - indent, cols - (int)indent);
        table_row(t, (*id)++);
        table_textf(t, ROLE_NORMAL, "%*s%.*s", (int)indent, "", (int)(end - indent), text + indent);
        end += end < n;
        text += end - indent; /* the next line keeps the indent */
        n -= end - indent;
    } while (n > indent);
}

static struct sheet_source *lines_of(const struct finding_view *v)
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
    struct finding_view *v = (struct finding_view *)view;
    int wanted = cols - MARGIN < MOST_COLS ? cols - MARGIN : MOST_COLS;
    if (v->cols != wanted) {
        v->cols = wanted;
        sheet_set_source(v->sheet, lines_of(v));
    }
    sheet_layout(v->sheet, rows, cols);
}

static void draw(const struct view *view, struct canvas *c)
{
    sheet_draw(((const struct finding_view *)view)->sheet, c, true);
}

static struct sheet *sheet_of(const struct view *view)
{
    return ((const struct finding_view *)view)->sheet;
}

static void crumb(const struct view *view, struct buf *out)
{
    buf_adds(out, ((const struct finding_view *)view)->id);
}

static void release(struct view *view)
{
    struct finding_view *v = (struct finding_view *)view;
    sheet_free(v->sheet);
    free(v->id);
    free(v->text);
    free(v);
}

struct view *finding_view_new(struct app *app, const struct finding *finding)
{
    static const struct view_ops ops = {
        .name = "finding",
        .footer = {ACTION_BACK, ACTION_SEARCH, ACTION_COPY, ACTION_EXPORT, ACTION_HELP},
        .crumb = crumb,
        .layout = layout,
        .draw = draw,
        .sheet = sheet_of,
        .release = release};
    struct finding_view *v = mem_zalloc(1, sizeof *v);
    v->view.ops = &ops;
    v->id = mem_strdup(finding->id);
    v->text = all_text(finding);
    v->cols = MOST_COLS;
    v->sheet = sheet_new(lines_of(v), app_jobs(app));
    sheet_set_header(v->sheet, false);
    return &v->view;
}
