/* docs/sql.md, made from the documented schema and the examples. */
#include <string.h>

#include "storage/db/query.h"

static const char introduction[] =
    "# SQL over a workspace\n"
    "\n"
    "Everything that rote holds can be asked for in SQL, in the screens and on the command\n"
    "line:\n"
    "\n"
    "    ;  or  :sql SELECT …     in the screens: the result is a sheet like any other\n"
    "    8  or  :schema           tables, columns and the examples below; Enter runs them\n"
    "    rote sql \"SELECT …\"      on the command line: table, CSV, TSV, JSON\n"
    "\n"
    "The dialect is SQLite's. One statement at a time, and it only reads: a connection of its\n"
    "own that refuses whatever would write, attach a file or load an extension. `^C` stops\n"
    "it.\n"
    "\n"
    "In the screens a result is kept in at most 256 MiB; when it is larger, the first rows\n"
    "are shown, that is said, and an export of them asks first. `rote sql` has no such\n"
    "limit. Columns are whole numbers, real numbers or text, by what is in them; NULL is\n"
    "shown as missing; a blob as its first bytes. `e` edits the statement, `R` runs it again.\n"
    "\n"
    "Enter on a row opens the case, run or item that the column under the cursor names\n"
    "(`user_id`, `run`, `item_id`, or `user` and `item` by number), or, in another column,\n"
    "the only kind of them that the row has.\n"
    "\n"
    "Users and items have two names: a number from 0 (`user`, `item`), and the id of the\n"
    "imported file (`user_id`, `item_id`). interaction, recommendation and label show both.\n"
    "They are not stored as rows: equality with `run`, `part`, `edges`, `user`, `user_id`,\n"
    "`item`, `item_id` or `rank`, and a range of `user`, finds the rows at once, anything\n"
    "else looks at all of them. A run is found by its name as `run = (SELECT run FROM run\n"
    "WHERE name = 'markov')`.\n"
    "\n"
    "## Tables\n";

/* A "|" would end the cell. */
static void add_cell(struct buf *out, const char *text)
{
    buf_adds(out, "| ");
    for (; *text; text++)
        buf_addf(out, "%s%c", *text == '|' ? "\\" : "", *text);
    buf_addc(out, ' ');
}

static void add_tables(struct buf *out)
{
    for (const struct query_schema *s = query_schema; s->table; s++) {
        if (!*s->column) {
            buf_addf(out, "\n### %s\n\n%s\n\n| column | type | |\n|---|---|---|\n", s->table,
                     s->meaning);
            continue;
        }
        add_cell(out, s->column);
        add_cell(out, s->type);
        add_cell(out, s->meaning);
        buf_adds(out, "|\n");
    }
}

static void add_examples(struct buf *out)
{
    buf_adds(out, "\n## Examples\n");
    for (const struct query_example *e = query_examples; e->title; e++) {
        buf_addf(out, "\n%s:\n\n", e->title);
        for (const char *line = e->sql; *line;) {
            size_t n = strcspn(line, "\n");
            buf_addf(out, "    %.*s\n", (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
    buf_adds(out, "\n(`rote sql --schema --format md` writes this page.)\n");
}

void query_document(struct buf *out)
{
    buf_adds(out, introduction);
    add_tables(out);
    add_examples(out);
}
