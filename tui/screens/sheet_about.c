#include "tui/screens/sheet_about.h"

#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/app_private.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"

/* ---- frequency tables ---- */

struct frequency_of {
    struct app *app;
    uint64_t view; /* whose sheet was counted */
    char *name;
};

static void frequency_free(void *context)
{
    struct frequency_of *f = context;
    free(f->name);
    free(f);
}

/* Enter on a value: back to the sheet, with only the rows that have it. */
static unsigned open_value(struct app *app, void *context, int64_t id, struct error *err)
{
    struct frequency_of *f = context;
    struct view *parent = app_view_alive(app, f->view);
    if (!parent || !parent->ops->sheet || !parent->ops->sheet(parent)) {
        error_set(err, ERROR_STATE, "the sheet that was counted is closed");
        return REACT_ERROR;
    }
    const struct sheet_source *table = sheet_source(app_sheet(app));
    if (!sheet_filter_counted(parent->ops->sheet(parent), table, id, err))
        return REACT_ERROR;
    app_pop(app); /* releases f */
    return REACT_DRAW;
}

static void frequency_done(void *context, struct sheet_source *source, const struct error *err)
{
    struct frequency_of *f = context;
    if (!source) {
        app_failed(f->app, err);
        frequency_free(f);
        return;
    }
    char *name = mem_printf("F %s", f->name);
    char *command = mem_printf("frequency %s", f->name);
    app_push_late(f->app, f->view,
                  sheet_view_new(f->app, name, source, open_value, f, frequency_free), command);
    free(command);
    free(name);
}

void frequency_view_start(struct app *app, struct sheet *sheet, int column)
{
    struct frequency_of *f = mem_alloc(sizeof *f);
    *f = (struct frequency_of){.app = app,
                               .view = app_front(app)->number,
                               .name = mem_strdup(sheet_source(sheet)->columns[column].name)};
    app_log_later(app);
    sheet_frequency_start(sheet, column, frequency_done, f);
}

/* ---- one row ---- */

struct view *detail_view_new(struct app *app, const struct sheet *sheet)
{
    static const struct column columns[] = {
        {.name = "column", .kind = COLUMN_TEXT, .width = 32, .fit = true},
        {.name = "value", .kind = COLUMN_TEXT, .width = 400, .fit = true},
        {.name = "help", .kind = COLUMN_TEXT, .width = 24, .width_max = 80},
    };
    const struct sheet_source *source = sheet_source(sheet);
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    int64_t row = sheet_row(sheet);
    struct buf text, scratch, crumb;
    buf_init(&text);
    buf_init(&scratch);
    buf_init(&crumb);
    for (int c = 0; c < source->n_columns; c++) {
        struct value v;
        sheet_value(sheet, row, c, &v, &scratch);
        buf_clear(&text);
        sheet_cell_text(sheet, row, c, &text);
        table_row(t, c);
        table_text(t, source->columns[c].name, sheet_is_hidden(sheet, c) ? ROLE_DIM : ROLE_NORMAL);
        if (v.missing)
            table_missing(t);
        else
            table_text(t, text.data, v.style);
        table_text(t, source->columns[c].help ? source->columns[c].help : "", ROLE_DIM);
    }
    sheet_cell_text(sheet, row, 0, &crumb);
    struct view *view =
        sheet_view_new(app, crumb.len ? crumb.data : "row", table_source(t), NULL, NULL, NULL);
    buf_release(&text);
    buf_release(&scratch);
    buf_release(&crumb);
    return view;
}

/* ---- the columns ---- */

struct columns_of {
    struct app *app;
    uint64_t view; /* whose sheet it is about */
};

static struct sheet_source *columns_source(const struct sheet *sheet)
{
    static const struct column columns[] = {
        {.name = "column", .kind = COLUMN_TEXT, .width = 32, .fit = true},
        {.name = "shown", .kind = COLUMN_TEXT, .width = 6},
        {.name = "holds", .kind = COLUMN_TEXT, .width = 8},
        {.name = "help", .kind = COLUMN_TEXT, .width = 30, .width_max = 80},
    };
    static const char *const holds[] = {
        [COLUMN_TEXT] = "text",   [COLUMN_TITLE] = "text",        [COLUMN_INT] = "number",
        [COLUMN_REAL] = "number", [COLUMN_PERCENT] = "share",     [COLUMN_BADGE] = "badge",
        [COLUMN_BAR] = "bar",     [COLUMN_INTERVAL] = "interval",
    };
    const struct sheet_source *source = sheet_source(sheet);
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (int c = 0; c < source->n_columns; c++) {
        const struct column *column = &source->columns[c];
        bool hidden = sheet_is_hidden(sheet, c);
        table_row(t, c);
        table_text(t, column->name, hidden ? ROLE_DIM : ROLE_NORMAL);
        table_text(t, hidden ? "hidden" : "yes", hidden ? ROLE_DIM : ROLE_NORMAL);
        table_text(t, holds[column->kind], ROLE_DIM);
        table_text(t, column->help ? column->help : "", ROLE_DIM);
    }
    return table_source(t);
}

static unsigned turn_column(struct app *app, void *context, int64_t id, struct error *err)
{
    struct columns_of *about = context;
    struct view *parent = app_view_alive(app, about->view);
    struct sheet *sheet = parent && parent->ops->sheet ? parent->ops->sheet(parent) : NULL;
    int column = (int)id;
    if (!sheet || column >= sheet_source(sheet)->n_columns) {
        error_set(err, ERROR_STATE, "the sheet with these columns is closed or has others now");
        return REACT_ERROR;
    }
    if (sheet_is_hidden(sheet, column))
        sheet_unhide(sheet, column);
    else if (!sheet_hide(sheet, column, err))
        return REACT_ERROR;
    sheet_set_source(app_sheet(app), columns_source(sheet));
    return REACT_DRAW;
}

struct view *columns_view_new(struct app *app, const struct sheet *sheet)
{
    struct columns_of *about = mem_alloc(sizeof *about);
    *about = (struct columns_of){.app = app, .view = app_front(app)->number};
    return sheet_view_new(app, "Columns", columns_source(sheet), turn_column, about, free);
}
