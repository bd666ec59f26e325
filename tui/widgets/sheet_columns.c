/* Which columns of a sheet are looked at, and how wide. */
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/sheet_private.h"

void sheet_match_wishes(struct sheet *s)
{
    for (int c = 0; c < s->source->n_columns; c++) {
        s->wish[c] = NULL;
        for (size_t i = 0; i < s->n_wishes; i++)
            if (strcmp(s->wishes[i].name, s->source->columns[c].name) == 0)
                s->wish[c] = &s->wishes[i];
    }
}

static struct column_wish *wish_of(struct sheet *s, int column)
{
    const char *name = s->source->columns[column].name;
    for (size_t i = 0; i < s->n_wishes; i++)
        if (strcmp(s->wishes[i].name, name) == 0)
            return &s->wishes[i];
    MEM_GROW(s->wishes, s->n_wishes + 1, s->wishes_cap);
    s->wishes[s->n_wishes] = (struct column_wish){.name = mem_strdup(name)};
    return &s->wishes[s->n_wishes++];
}

bool sheet_is_hidden(const struct sheet *s, int column)
{
    return column > 0 && s->wish[column] && s->wish[column]->hidden;
}

bool sheet_column_shown(const struct sheet *s, int column)
{
    return s->source->columns[column].from <= s->cols && !sheet_is_hidden(s, column);
}

/* Off a column that is not there any more: to the right, else to the left. */
static void leave_hidden(struct sheet *s)
{
    int at = s->column, n = s->source->n_columns;
    while (at < n && sheet_is_hidden(s, at))
        at++;
    if (at < n) {
        s->column = at;
        return;
    }
    while (s->column > 0 && sheet_is_hidden(s, s->column))
        s->column--;
}

bool sheet_hide(struct sheet *s, int column, struct error *err)
{
    if (column == 0)
        return error_set(err, ERROR_USAGE, "%s says who the row is: the first column stays",
                         s->source->columns[0].name);
    wish_of(s, column)->hidden = true;
    sheet_match_wishes(s);
    leave_hidden(s);
    return true;
}

void sheet_unhide(struct sheet *s, int column)
{
    wish_of(s, column)->hidden = false;
    sheet_match_wishes(s);
}

int sheet_n_hidden(const struct sheet *s)
{
    int n = 0;
    for (int c = 0; c < s->source->n_columns; c++)
        n += sheet_is_hidden(s, c);
    return n;
}

void sheet_set_width(struct sheet *s, int column, int width)
{
    wish_of(s, column)->width = width < 0 ? 1 : width > SHEET_WIDEST ? SHEET_WIDEST : width;
    sheet_match_wishes(s);
}
