#include "tui/screens/schema_screen.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/query.h"
#include "tui/screens/query_screen.h"
#include "tui/screens/sheet_view.h"
#include "tui/widgets/table.h"

enum { EXAMPLES = 1 << 20 }; /* identities of examples; below: places in query_schema */

static const struct column columns[] = {
    {.name = "table.column", .kind = COLUMN_TEXT, .width = 26, .fit = true},
    {.name = "type", .kind = COLUMN_TEXT, .width = 7, .fit = true, .from = 60},
    {.name = "what it is", .kind = COLUMN_TEXT, .width = 20, .width_max = 100},
};

static unsigned open_row(struct app *app, void *context, int64_t id, struct error *err)
{
    (void)context, (void)err;
    if (id >= EXAMPLES) {
        query_screen_open(app, query_examples[id - EXAMPLES].sql);
        return REACT_DRAW;
    }
    char *sql = mem_printf("SELECT * FROM \"%s\" LIMIT 1000", query_schema[id].table);
    query_screen_open(app, sql);
    free(sql);
    return REACT_DRAW;
}

struct view *schema_screen_new(struct app *app)
{
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    for (int64_t i = 0; query_schema[i].table; i++) {
        const struct query_schema *s = &query_schema[i];
        bool table = !*s->column;
        table_row(t, i);
        table_textf(t, table ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL, "%s%s%s", s->table,
                    table ? "" : ".", s->column);
        table_text(t, s->type, ROLE_DIM);
        table_text(t, s->meaning, table ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    }
    for (int64_t i = 0; query_examples[i].title; i++) {
        table_row(t, EXAMPLES + i);
        table_text(t, "example", ROLE_KEY);
        table_text(t, "", ROLE_NORMAL);
        table_text(t, query_examples[i].title, ROLE_NORMAL);
    }
    return sheet_view_new(app, "Schema", table_source(t), open_row, NULL, NULL);
}

/* ---- completion ---- */

static void offer(const char *name, const char *prefix, struct completions *out)
{
    if (strncasecmp(name, prefix, strlen(prefix)) != 0)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->item[i], name) == 0)
            return;
    completions_add(out, name);
}

void schema_complete(const char *prefix, struct completions *out)
{
    static const char *const words[] = {"SELECT",   "FROM",     "WHERE", "GROUP BY",
                                        "ORDER BY", "LIMIT",    "JOIN",  "USING",
                                        "DISTINCT", "count(*)", "WITH",  "HAVING"};
    for (const struct query_schema *s = query_schema; s->table; s++)
        if (!*s->column)
            offer(s->table, prefix, out);
    for (const struct query_schema *s = query_schema; s->table; s++)
        if (*s->column)
            offer(s->column, prefix, out);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        offer(words[i], prefix, out);
}
