#include "tui/screens/case_study_rows.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/table.h"

enum { MOST_LINES = 5000 }; /* of the text; an editor has all */

/* ---- the pins as rows ---- */

static const struct column pin_columns[] = {
    {.name = "pin", .kind = COLUMN_TEXT, .width = 30, .width_max = 160, .help = "what was seen"},
    {.name = "note", .kind = COLUMN_TEXT, .width = 14, .width_max = 60},
    {.name = "kind", .kind = COLUMN_TEXT, .width = 14, .from = 130},
    {.name = "now", .kind = COLUMN_TEXT, .width = 26, .width_max = 80, .help = "the last re-check"},
};

const struct case_verdict *case_verdict_of(const struct case_verdict *verdicts, size_t n,
                                           int64_t pin)
{
    for (size_t i = 0; i < n; i++)
        if (verdicts[i].pin == pin)
            return &verdicts[i];
    return NULL;
}

unsigned case_verdict_style(const struct case_verdict *verdict)
{
    return verdict->outcome == CASE_SAME        ? ROLE_TARGET
           : verdict->outcome == CASE_UNCHECKED ? ROLE_DIM
                                                : ROLE_WARNING;
}

/* The verdicts have a column once there are any, in front of the notes: they are what was asked. */
struct sheet_source *case_pin_rows(const struct case_pins *pins,
                                   const struct case_verdict *verdicts, size_t n_verdicts)
{
    struct column columns[] = {pin_columns[0], pin_columns[1], pin_columns[2], {0}};
    int n = 3;
    if (n_verdicts > 0) {
        columns[1] = pin_columns[3];
        columns[2] = pin_columns[1];
        columns[3] = pin_columns[2];
        n = 4;
    }
    struct table *t = table_new(columns, n);
    for (size_t i = 0; i < pins->n; i++) {
        const struct case_pin *pin = &pins->pin[i];
        const struct case_verdict *verdict = case_verdict_of(verdicts, n_verdicts, pin->id);
        table_row(t, pin->id);
        table_text(t, pin->summary, ROLE_NORMAL);
        if (verdict)
            table_text(t, verdict->text, case_verdict_style(verdict));
        else if (n_verdicts > 0)
            table_missing(t);
        table_text(t, pin->note, ROLE_RELATED);
        table_text(t, pin->kind, ROLE_DIM);
    }
    return table_source(t);
}

/* ---- the text as rows ---- */

/* Where a line of at most `cols` columns ends: at a blank where there is one. */
static size_t line_end(const char *text, size_t n, int cols)
{
    size_t fits = text_prefix(text, n, cols, NULL);
    for (size_t at = fits; fits < n && at > 0; at--)
        if (text[at] == ' ')
            return at;
    return fits ? fits : n;
}

static void add_line(struct table *t, const char *text, size_t n, int64_t id)
{
    table_row(t, id);
    table_textf(t, ROLE_NORMAL, "%.*s", (int)n, text);
}

struct sheet_source *case_text_rows(const char *words, int cols)
{
    static const struct column columns[] = {
        {.name = "text", .kind = COLUMN_TEXT, .width = 20, .width_max = CASE_TEXT_COLS}};
    struct table *t = table_new(columns, ARRAY_LEN(columns));
    int64_t id = 0;
    char *all = mem_strdup(words ? words : "");
    for (char *c = all; *c; c++)
        *c = *c == '\t' ? ' ' : *c;
    const char *text = all;
    while (*text && id < MOST_LINES) {
        size_t n = strcspn(text, "\n");
        do {
            size_t end = line_end(text, n, cols);
            add_line(t, text, end, id++);
            end += end < n && text[end] == ' ';
            text += end;
            n -= end;
        } while (n > 0 && id < MOST_LINES);
        text += n + (*text == '\n');
    }
    if (*text)
        add_line(t, "and more: e opens all of it", 27, id);
    free(all);
    return table_source(t);
}
