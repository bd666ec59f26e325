/*
 * The table widget: every list in rote is a sheet over a source of rows.
 *
 * A *source* says what the rows are: how many, who each is (an identity that sorting, filtering and
 * refreshing do not change), and the typed value of every cell. The sheet adds order, filters,
 * search, marks, cursor and drawing; it asks only for the rows on the screen, and everything about
 * the whole set runs in a job, so millions of rows are fine.
 *
 * A source is an unchanging picture of the data with a reference count: jobs read it from their
 * threads while the drawing thread draws. To show changed data, make a new source and hand it over
 * with sheet_set_source(); the cursor and the marks stay on their identities.
 */
#ifndef TUI_WIDGETS_SHEET_H
#define TUI_WIDGETS_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "tui/command/job.h"
#include "tui/widgets/canvas.h"

/* ---- sources ---- */

enum column_kind {
    COLUMN_TEXT,     /* cut at its end */
    COLUMN_TITLE,    /* cut in the middle */
    COLUMN_INT,      /* right-aligned, 1,204 */
    COLUMN_REAL,     /* right-aligned, `decimals` digits */
    COLUMN_PERCENT,  /* shares of 1, shown as 8.6 % */
    COLUMN_BADGE,    /* a few characters in a style, sorted by number */
    COLUMN_BAR,      /* a stacked bar, sorted by number */
    COLUMN_INTERVAL, /* a number with its interval on a line around zero; sorted by number */
};

struct column {
    const char *name; /* header and :sort NAME */
    const char *help; /* one line; NULL allowed */
    enum column_kind kind;
    int width;     /* columns wanted; 0: by kind (and by the header) */
    int width_max; /* may grow to this when there is room; 0: width */
    int decimals;  /* COLUMN_REAL, COLUMN_PERCENT: digits after the point */
    bool sign;     /* COLUMN_REAL, COLUMN_PERCENT: + in front of positive numbers */
    bool right;    /* COLUMN_TEXT: flush right, cut at its start */
    bool fit;      /* in tables: as wide as the widest cell, `width` at most; numbers always fit */
    int from;      /* left out in sheets of fewer columns than this; never in exports */
    /* Header where it differs from the name, and a header over neighbours of one group ("markov"
     * over "rank" and "rote"); NULL: none. */
    const char *label, *group;
};

enum { VALUE_PARTS = 4 };

/* A cell. Set what the column's kind needs, leave the rest zero. */
struct value {
    bool missing;     /* no value: shown as – and sorted last */
    int64_t i;        /* COLUMN_INT */
    double r;         /* COLUMN_REAL, _PERCENT, _INTERVAL; what _BADGE and _BAR sort by */
    const char *text; /* _TEXT, _TITLE, _BADGE: memory of the source, or of `scratch` */
    size_t n;         /* its bytes */
    enum glyph glyph; /* drawn before the text; GLYPH_BLANK: none */
    unsigned style;   /* ROLE_… | STYLE_… */
    struct bar_part part[VALUE_PARTS]; /* COLUMN_BAR */
    int n_parts;
    bool whole;           /* COLUMN_REAL: a count, shown as 1,204 */
    double lo, hi, scale; /* COLUMN_INTERVAL around r; the line goes from -scale to scale */
};
void value_text(struct value *v, const char *s, unsigned style); /* NUL-terminated */
void value_int(struct value *v, int64_t i, unsigned style);
void value_real(struct value *v, double r, unsigned style); /* NaN: missing */

struct sheet_source {
    const struct sheet_source_ops *ops;
    const struct column *columns;
    int n_columns;
    int64_t n_rows;
    int refs; /* drawing thread only */
};

/* The source's own struct begins with a struct sheet_source. All but release may be called from
 * several threads at once. */
struct sheet_source_ops {
    /* Search and filters look at the text, title and badge cells. Fills *v (zeroed before) for
     * source row `row`. `scratch` (cleared before) is for text that has to be made; it lives until
     * the next call. Cost: well under a microsecond, no I/O. */
    void (*cell)(const struct sheet_source *s, int64_t row, int column, struct value *v,
                 struct buf *scratch);
    int64_t (*id)(const struct sheet_source *s, int64_t row); /* NULL: the row is its identity */
    int64_t (*row)(const struct sheet_source *s, int64_t id); /* -1: gone. NULL: looked for */
    void (*release)(struct sheet_source *s);                  /* the last reference is gone */

    /* For speed, where there are millions of rows; NULL: cells are asked one by one. */
    /* The numbers of n rows at once, as sheet_key_int() or (badges and bars too) sheet_key_real()
     * make them, SHEET_KEY_MISSING where there is no value; of columns with entries, the entry as
     * sheet_key_int(). False: not of this column. A few nanoseconds a row. */
    bool (*keys)(const struct sheet_source *s, int column, const uint32_t *rows, size_t n,
                 uint64_t *key);
    /* How many texts the cells of a text column are chosen from (titles of items); keys() says
     * which. 0: they are not. At most 2^31. */
    int64_t (*entries)(const struct sheet_source *s, int column);
    /* The text of an entry, as cell() gives it. */
    void (*entry)(const struct sheet_source *s, int column, int64_t entry, struct value *v,
                  struct buf *scratch);
};

/* Numbers as 8 bytes that are in order as the numbers are. */
#define SHEET_KEY_MISSING UINT64_MAX
static inline uint64_t sheet_key_int(int64_t i)
{
    return (uint64_t)i ^ UINT64_C(1) << 63;
}
static inline int64_t sheet_int_of_key(uint64_t key)
{
    return (int64_t)(key ^ UINT64_C(1) << 63);
}
uint64_t sheet_key_real(double r); /* NaN: missing */
struct sheet_source *sheet_source_ref(struct sheet_source *s);
void sheet_source_unref(struct sheet_source *s); /* NULL allowed; drawing thread */

/* ---- sheets ---- */

struct sheet;

/* Takes over one reference of the source. */
struct sheet *sheet_new(struct sheet_source *source, struct jobs *jobs);
void sheet_free(struct sheet *sheet); /* NULL allowed; its jobs are cancelled */
void sheet_set_source(struct sheet *sheet, struct sheet_source *source); /* takes the reference */
const struct sheet_source *sheet_source(const struct sheet *sheet);

/* Fits scroll position and column widths to the room there is; before each frame. */
void sheet_layout(struct sheet *sheet, int rows, int cols);
/* Header row, then rows. The cursor's cell is reversed when `focused`, underlined when not. */
void sheet_draw(const struct sheet *sheet, struct canvas *c, bool focused);
/* What is drawn at a place of its canvas, for the mouse. False: nothing. */
struct sheet_spot {
    int64_t position; /* -1: no row */
    int column;       /* -1: left of all, or right of them */
    bool header;
};
bool sheet_spot(const struct sheet *sheet, int y, int x, struct sheet_spot *spot);
/* The most important sort key's column; -1: none. */
int sheet_sorted_by(const struct sheet *sheet, bool *descending);
void sheet_set_header(struct sheet *sheet, bool shown); /* default: shown */
/* Is the cursor's row told apart while the sheet has not the keys? Default: yes. */
void sheet_set_idle_cursor(struct sheet *sheet, bool shown);

/* The cursor. Positions are visible ones, rows are the source's. */
int64_t sheet_count(const struct sheet *sheet);    /* rows that are visible */
int64_t sheet_position(const struct sheet *sheet); /* -1: no rows */
int64_t sheet_row(const struct sheet *sheet);      /* of the source; -1: no rows */
int64_t sheet_id(const struct sheet *sheet);       /* undefined without rows */
int sheet_column(const struct sheet *sheet);
int64_t sheet_row_at(const struct sheet *sheet, int64_t position);
int64_t sheet_height(const struct sheet *sheet); /* rows on the screen */
void sheet_move(struct sheet *sheet, int64_t by);
void sheet_go(struct sheet *sheet, int64_t position); /* clamped */
void sheet_move_column(struct sheet *sheet, int by);
void sheet_go_column(struct sheet *sheet, int column);
bool sheet_select(struct sheet *sheet, int64_t id); /* false: not visible */
void sheet_value(const struct sheet *sheet, int64_t row, int column, struct value *v,
                 struct buf *scratch);
/* The cell as it is shown, without the cut: for copying. */
void sheet_cell_text(const struct sheet *sheet, int64_t row, int column, struct buf *out);
int sheet_find_column(const struct sheet *sheet, const char *name); /* by prefix; -1 */

/* Order and filters: asynchronous, the old picture stays until the new one is whole. */
/* The column decides first, what was sorted by before decides ties. The same again: dropped. */
void sheet_sort(struct sheet *sheet, int column, bool descending);
/* The column decides ties of what is sorted by already; one that is among it turns round. The same
 * again: dropped. False with *err: there are as many keys as there may be. */
bool sheet_sort_add(struct sheet *sheet, int column, bool descending, struct error *err);
void sheet_unsort(struct sheet *sheet);
bool sheet_filter(struct sheet *sheet, const char *pattern, struct error *err);  /* "!re": out */
bool sheet_where(struct sheet *sheet, const char *condition, struct error *err); /* expr.h */
/* Rows whose cell in `column` shows exactly this text. */
void sheet_filter_equal(struct sheet *sheet, int column, const char *text);
void sheet_clear_filters(struct sheet *sheet);
bool sheet_unfilter(struct sheet *sheet); /* takes the newest away; false: there is none */
void sheet_only_marked(struct sheet *sheet, bool on);
bool sheet_is_only_marked(const struct sheet *sheet);

/* Search. The cursor goes to the first hit after (or before) `from` as soon as it is known. */
bool sheet_search(struct sheet *sheet, const char *pattern, bool back, int64_t from,
                  struct error *err);                /* "": no search */
bool sheet_next_hit(struct sheet *sheet, bool back); /* false: no hit at all */

/* Marks. */
void sheet_toggle_mark(struct sheet *sheet);
void sheet_unmark_all(struct sheet *sheet);
/* Marks the visible rows that meet the condition, in a job. */
bool sheet_mark_where(struct sheet *sheet, const char *condition, struct error *err);
int64_t sheet_n_marks(const struct sheet *sheet);
bool sheet_is_marked(const struct sheet *sheet, int64_t id);
/* The marked identities in ascending order, or the cursor's when none is marked. Caller frees. */
size_t sheet_chosen(const struct sheet *sheet, int64_t **ids);

/* Columns, as they are looked at: kept by name when the source changes. */
bool sheet_is_hidden(const struct sheet *sheet, int column);
/* False with *err: the first column, which says who the row is, stays. */
bool sheet_hide(struct sheet *sheet, int column, struct error *err);
void sheet_unhide(struct sheet *sheet, int column);
int sheet_n_hidden(const struct sheet *sheet);
int sheet_width(const struct sheet *sheet, int column);
void sheet_set_width(struct sheet *sheet, int column, int width); /* 0: its own; clamped */

/* "1,204 of 22,363 · &dry · sort rank↑ · 3 marked · hit 2 of 17 /vite" */
void sheet_status(const struct sheet *sheet, const struct glyphs *glyphs, struct buf *out);
/* Search, filter and sort finished since the last call with something to say (a pattern that is
 * too expensive, no hit): text for the message line, or NULL. */
const char *sheet_take_notice(struct sheet *sheet);

/* What is wanted of the sheet, a line each: "filter RE", "where CONDITION",
 * "equal COLUMN<tab>TEXT", "sort COLUMN", "sort-down COLUMN" (the most important last),
 * "hide COLUMN", "width N COLUMN", "marks 3 7-9", "only-marked", "column COLUMN", "go @IDENTITY";
 * backslashes and control characters as \xHH. At most SHEET_STATE_MARKS marks, which are there with
 * only-marked, too, if they are not asked for. Nothing for a sheet as it began. */
enum { SHEET_STATE_MARKS = 100000 };
enum sheet_parts {
    SHEET_FILTERS = 1,
    SHEET_ORDER = 2,
    SHEET_COLUMNS_SHOWN = 4,
    SHEET_ONLY_MARKED = 8,
    SHEET_MARKS = 16,
    SHEET_CURSOR = 32,
    SHEET_LOOK = SHEET_FILTERS | SHEET_ORDER | SHEET_COLUMNS_SHOWN | SHEET_ONLY_MARKED,
    SHEET_ALL = SHEET_LOOK | SHEET_MARKS | SHEET_CURSOR
};
void sheet_state(const struct sheet *sheet, unsigned parts, struct buf *out);
/* Does what one such line says. False: not a line of it, or its column or row is not here (yet). */
bool sheet_restore(struct sheet *sheet, const char *line, struct error *err);

/* "1,048 of 3,000, filter yes, sort-down items": how much is shown, and by what. */
void sheet_state_words(const struct sheet *sheet, struct buf *out);

/* What a page says of a sheet: above it, and below (filters, definition, data). NULL: nothing. */
struct sheet_words {
    const char *title, *note;
};
/* Writes the visible rows in the visible order, all columns but those hidden with sheet_hide(), as
 * the name's ending says (rows_format_of(): CSV without one); pages with the words. Call it from
 * the drawing thread for small sheets; sheet_export_start() does it in a job. */
bool sheet_export(const struct sheet *sheet, const char *path, FILE *out, struct error *err);
void sheet_export_start(struct sheet *sheet, const char *path, const struct sheet_words *words,
                        void (*done)(void *context, const char *path, bool ok,
                                     const struct error *err),
                        void *context);
/* Counts the values of a column over the visible rows, in a job: every text, or for numbers at most
 * 20 bins with round edges. `done` gets a source with the columns value, count, share, bar (owned
 * by it), or NULL with *err. */
void sheet_frequency_start(struct sheet *sheet, int column,
                           void (*done)(void *context, struct sheet_source *source,
                                        const struct error *err),
                           void *context);
/* Keeps the rows that were counted in a row of such a table; false with *err: the column is gone.
 */
bool sheet_filter_counted(struct sheet *sheet, const struct sheet_source *table, int64_t row,
                          struct error *err);

#endif
