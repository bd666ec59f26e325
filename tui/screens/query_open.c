#include "tui/screens/query_open.h"

#include <inttypes.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/host.h"

/* Columns that name something that can be opened, and the command that opens it. */
static const struct link {
    const char *column, *command;
    bool by_number; /* as in the column `user`: from 0, in the order of the file */
} links[] = {
    {"user_id", "user", false}, {"user", "user", true}, {"run", "run", false},
    {"item_id", "item", false}, {"item", "item", true},
};

static const struct link *link_of(const char *column)
{
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        if (strcmp(links[i].column, column) == 0)
            return &links[i];
    return NULL;
}

/* The column that Enter goes by: the cursor's, else the only one, or the first of the only kind. */
static int column_to_open(const struct sheet *sheet, struct error *err)
{
    const struct sheet_source *source = sheet_source(sheet);
    int found = -1;
    if (link_of(source->columns[sheet_column(sheet)].name))
        return sheet_column(sheet);
    for (int c = 0; c < source->n_columns; c++) {
        const struct link *link = link_of(source->columns[c].name);
        if (!link)
            continue;
        const struct link *before = found < 0 ? NULL : link_of(source->columns[found].name);
        if (before && strcmp(before->command, link->command) != 0) {
            error_set(err, ERROR_USAGE,
                      "the row has %s and %s: go to the column of the one to open", before->column,
                      link->column);
            return -1;
        }
        found = found < 0 ? c : found;
    }
    if (found < 0)
        error_set(err, ERROR_USAGE, "no column is named user_id, run or item_id: nothing to open");
    return found;
}

static const char *id_of_number(const struct host *host, const struct link *link, int64_t number)
{
    const struct dataset *d = study_dataset(host->study);
    bool user = strcmp(link->command, "user") == 0;
    const struct strtab *ids = user ? &d->user_id : &d->item_id;
    return number >= 0 && number < ids->n ? strtab_get(ids, number) : NULL;
}

unsigned query_open_row(struct app *app, const struct sheet *sheet, struct error *err)
{
    int column = column_to_open(sheet, err);
    if (column < 0)
        return REACT_ERROR;
    const struct sheet_source *source = sheet_source(sheet);
    const struct link *link = link_of(source->columns[column].name);
    struct value value = {0};
    struct buf scratch, name;
    buf_init(&scratch);
    buf_init(&name);
    sheet_value(sheet, sheet_row(sheet), column, &value, &scratch);
    bool number = source->columns[column].kind == COLUMN_INT;
    const char *id = number && link->by_number ? id_of_number(host_of(app), link, value.i) : NULL;
    if (id)
        buf_adds(&name, id);
    else if (number)
        buf_addf(&name, "%" PRId64, value.i);
    else
        buf_add(&name, value.text ? value.text : "", value.n);
    unsigned reaction = REACT_ERROR;
    struct call call = {.id = action_find(link->command, strlen(link->command), err),
                        .arg = name.data};
    if (value.missing)
        error_set(err, ERROR_NOT_FOUND, "%s is NULL in this row", source->columns[column].name);
    else if (call.id != ACTION_NONE)
        reaction = app_call(app, &call, err);
    buf_release(&scratch);
    buf_release(&name);
    return reaction;
}
