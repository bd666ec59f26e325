/* The sheets of Compare: tables over a comparison, and what Enter means in them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/compare.h"
#include "storage/base/mem.h"
#include "tui/screens/compare_private.h"
#include "tui/widgets/table.h"

enum { ALL = SLICES }; /* identity of the row of all cases; others are their slices */
enum { WIDE_VERDICT = 19, WIDE_BAR = 41 };

/* ---- differences ---- */

static const char *verdict(const struct estimate *e)
{
    if (isnan(e->value))
        return "no such cases";
    if (!estimate_distinguishable(e))
        return "not distinguishable";
    return e->value > 0 ? "B higher" : "A higher";
}

static unsigned difference_style(const struct estimate *e)
{
    return !estimate_distinguishable(e) ? ROLE_DIM : e->value > 0 ? ROLE_RUN_2 : ROLE_RUN_1;
}

static double reach_of(const struct estimate *e)
{
    return isnan(e->value) ? 0 : fmax(fabs(e->lo), fabs(e->hi));
}

/* A, B, their difference and its interval. */
static void add_difference(struct table *t, const struct compare_figure *f)
{
    bool known = f && !isnan(f->difference.value);
    const double none = (double)NAN;
    table_real(t, known ? f->a : none, ROLE_NORMAL);
    table_real(t, known ? f->b : none, ROLE_NORMAL);
    table_real(t, known ? f->difference.value : none,
               known ? difference_style(&f->difference) | STYLE_BOLD : ROLE_DIM);
    table_real(t, known ? f->difference.lo : none, ROLE_DIM);
    table_real(t, known ? f->difference.hi : none, ROLE_DIM);
}

static void add_interval(struct table *t, const struct compare_figure *f, double scale)
{
    if (f)
        table_interval(t, f->difference.value, f->difference.lo, f->difference.hi, scale,
                       difference_style(&f->difference));
    else
        table_missing(t);
}

#define SIDE_COLUMNS                                                                               \
    {.name = "A", .kind = COLUMN_REAL, .width = 6, .decimals = 4, .help = "of side A"},            \
        {.name = "B", .kind = COLUMN_REAL, .width = 6, .decimals = 4, .help = "of side B"},        \
    {                                                                                              \
        .name = "difference", .label = "B-A", .kind = COLUMN_REAL, .width = 7, .decimals = 4,      \
        .sign = true, .help = "paired by user; of groups between their means"                      \
    }
#define INTERVAL_COLUMNS                                                                           \
    {.name = "low",                                                                                \
     .kind = COLUMN_REAL,                                                                          \
     .width = 7,                                                                                   \
     .decimals = 4,                                                                                \
     .sign = true,                                                                                 \
     .help = "of the 95 % interval of the difference"},                                            \
    {                                                                                              \
        .name = "high", .kind = COLUMN_REAL, .width = 7, .decimals = 4, .sign = true,              \
        .help = "of the 95 % interval of the difference"                                           \
    }

/* ---- figures ---- */

static const struct column figure_columns[] = {
    {.name = "figure", .kind = COLUMN_TEXT, .width = 14, .width_max = 21},
    SIDE_COLUMNS,
    INTERVAL_COLUMNS,
    {.name = "verdict",
     .kind = COLUMN_TEXT,
     .width = WIDE_VERDICT,
     .help = "not distinguishable: the interval contains 0"},
    {.name = "interval",
     .kind = COLUMN_INTERVAL,
     .width = 9,
     .width_max = WIDE_BAR,
     .from = 92, /* where the verdict is whole beside it */
     .help = "the difference and its interval around 0; rankings, shares and slices each have "
             "their scale"},
};

/* Those of slices stand in a sheet of their own, with recall where reachable and where not. */
static bool is_shown(const struct compare_figure *f)
{
    return f->slice <= SLICE_UNREACHABLE;
}

/* Bars of one kind of figures can be compared with each other. */
enum { SHARES, RANKINGS, RANKINGS_OF_SLICES, SCALES };

static int scale_of(const struct compare_figure *f)
{
    return !strchr(f->name, '@') ? SHARES : f->slice < 0 ? RANKINGS : RANKINGS_OF_SLICES;
}

static struct sheet_source *figures_source(const struct compare *c)
{
    struct table *t = table_new(figure_columns, ARRAY_LEN(figure_columns));
    double scale[SCALES] = {0};
    for (int i = 0; i < c->n; i++) {
        double *most = &scale[scale_of(&c->figure[i])];
        if (is_shown(&c->figure[i]))
            *most = fmax(*most, reach_of(&c->figure[i].difference));
    }
    for (int i = 0; i < c->n; i++) {
        const struct compare_figure *f = &c->figure[i];
        if (!is_shown(f))
            continue;
        table_row(t, i);
        table_text(t, f->name, ROLE_NORMAL);
        add_difference(t, f);
        table_text(t, verdict(&f->difference), difference_style(&f->difference));
        add_interval(t, f, scale[scale_of(f)]);
    }
    return table_source(t);
}

/* ---- slices ---- */

enum { SLICE_WON = 7, SLICE_LOST };

static const struct column slice_columns[] = {
    {.name = "slice", .kind = COLUMN_TITLE, .width = 14, .width_max = 26},
    {.name = "share", .kind = COLUMN_PERCENT, .width = 6, .decimals = 1, .help = "of all cases"},
    SIDE_COLUMNS,
    INTERVAL_COLUMNS,
    {.name = "won",
     .kind = COLUMN_INT,
     .width = 4,
     .help = "users whose target is in the top 10 of B only; Enter lists them"},
    {.name = "lost", .kind = COLUMN_INT, .width = 4, .help = "in the top 10 of A only"},
    {.name = "interval",
     .kind = COLUMN_INTERVAL,
     .width = 9,
     .width_max = 21,
     .from = 90,
     .help = "the difference and its interval around 0"},
    {.name = "cases", .kind = COLUMN_INT, .width = 5, .from = 110, .help = "in the slice"},
    {.name = "verdict", .kind = COLUMN_TEXT, .width = 8, .width_max = WIDE_VERDICT, .from = 110},
};

static const char *short_name(int slice)
{
    const char *name = slice_name(slice);
    return slice >= SLICE_LABEL && slice < SLICE_QUINTILE ? strchr(name, ':') + 1 : name;
}

static void add_slice(struct table *t, const struct compare_slice *s, const char *name,
                      const struct compare_figure *f, double scale)
{
    static const struct estimate nothing = {0};
    const struct estimate *e = f ? &f->difference : &nothing;
    table_text(t, name, s->slice == ALL ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    table_real(t, s->share, ROLE_NORMAL);
    add_difference(t, f);
    table_int(t, s->count[COMPARE_WON], ROLE_TARGET);
    table_int(t, s->count[COMPARE_LOST], ROLE_NORMAL);
    add_interval(t, f, scale);
    table_int(t, s->n, ROLE_DIM);
    table_text(t, verdict(e), difference_style(e));
}

static struct sheet_source *slices_source(const struct compare *c)
{
    struct table *t = table_new(slice_columns, ARRAY_LEN(slice_columns));
    struct compare_slice all = {.slice = ALL, .n = c->n_cases, .share = c->n_cases > 0};
    const struct compare_figure *whole = compare_find(c, "ndcg@10");
    double scale = whole ? reach_of(&whole->difference) : 0;
    memcpy(all.count, c->count, sizeof all.count);
    for (int i = 0; i < c->n_slices; i++) {
        const struct compare_figure *f = compare_of_slice(c, c->slice[i].slice);
        scale = f ? fmax(scale, reach_of(&f->difference)) : scale;
    }
    table_row(t, ALL);
    add_slice(t, &all, "all", whole, scale);
    for (int i = 0; i < c->n_slices; i++) {
        const struct compare_slice *s = &c->slice[i];
        table_row(t, s->slice);
        add_slice(t, s, short_name(s->slice), compare_of_slice(c, s->slice), scale);
    }
    return table_source(t);
}

/* ---- where the gain comes from ---- */

static const struct column gain_columns[] = {
    {.name = "cases", .kind = COLUMN_TITLE, .width = 14, .width_max = 26},
    {.name = "share", .kind = COLUMN_PERCENT, .width = 6, .decimals = 1, .help = "of all cases"},
    SIDE_COLUMNS,
    {.name = "contribution",
     .label = "adds",
     .kind = COLUMN_REAL,
     .width = 7,
     .decimals = 4,
     .sign = true,
     .help = "share times difference; each partition adds up to the whole difference"},
    {.name = "of gain",
     .kind = COLUMN_PERCENT,
     .width = 8,
     .decimals = 1,
     .help = "of the whole difference"},
    {.name = "bar",
     .kind = COLUMN_INTERVAL,
     .width = 9,
     .width_max = WIDE_BAR,
     .help = "its contribution, from 0"},
};

static struct sheet_source *gain_source(const struct compare *c)
{
    struct table *t = table_new(gain_columns, ARRAY_LEN(gain_columns));
    double scale = 0;
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++)
        for (int i = 0; i < c->attribution[by].n; i++)
            scale = fmax(scale, fabs(c->attribution[by].part[i].contribution));
    for (int by = 0; by < COMPARE_ATTRIBUTIONS; by++)
        for (int i = 0; i < c->attribution[by].n; i++) {
            const struct attribution_part *p = &c->attribution[by].part[i];
            unsigned style = p->contribution < 0 ? ROLE_RUN_1 : ROLE_RUN_2;
            if (p->n == 0)
                continue;
            table_row(t, p->slice);
            table_text(t, short_name(p->slice), ROLE_NORMAL);
            table_real(t, p->share, ROLE_NORMAL);
            table_real(t, p->a, ROLE_NORMAL);
            table_real(t, p->b, ROLE_NORMAL);
            table_real(t, p->difference, ROLE_NORMAL);
            table_real(t, p->contribution, style | STYLE_BOLD);
            table_real(t, p->of_gain, ROLE_NORMAL);
            table_interval(t, p->contribution, fmin(p->contribution, 0), fmax(p->contribution, 0),
                           scale, style);
        }
    return table_source(t);
}

/* ---- labels beside their nulls ---- */

#define LABEL_COLUMNS(side)                                                                        \
    {.name = side ".share",                                                                        \
     .label = "share",                                                                             \
     .group = side,                                                                                \
     .kind = COLUMN_PERCENT,                                                                       \
     .width = 7,                                                                                   \
     .decimals = 2,                                                                                \
     .help = "of its recommendations"},                                                            \
        {.name = side ".null",                                                                     \
         .label = "null",                                                                          \
         .group = side,                                                                            \
         .kind = COLUMN_PERCENT,                                                                   \
         .width = 7,                                                                               \
         .decimals = 2,                                                                            \
         .help = "the same with the lists permuted between users"},                                \
    {                                                                                              \
        .name = side ".lift", .label = "lift", .group = side, .kind = COLUMN_REAL, .width = 5,     \
        .decimals = 2, .help = "share over null"                                                   \
    }

static const struct column label_columns[] = {
    {.name = "label", .kind = COLUMN_TEXT, .width = 14, .width_max = 22},
    LABEL_COLUMNS("A"),
    LABEL_COLUMNS("B"),
    {.name = "difference",
     .label = "B-A",
     .kind = COLUMN_PERCENT,
     .width = 8,
     .decimals = 2,
     .sign = true,
     .help = "of the shares; figures have its interval for the classes"},
};

static void add_share(struct table *t, const struct compare_share *s)
{
    table_real(t, s->share, ROLE_MEMORIZED);
    table_real(t, s->null, ROLE_DIM);
    table_real(t, s->lift, ROLE_NORMAL);
}

static void add_shares(struct table *t, int64_t id, const char *name, const struct compare_share *a,
                       const struct compare_share *b)
{
    table_row(t, id);
    table_text(t, name, ROLE_NORMAL);
    add_share(t, a);
    add_share(t, b);
    table_real(t, b->share - a->share, ROLE_NORMAL);
}

static struct sheet_source *labels_source(const struct compare *c)
{
    struct table *t = table_new(label_columns, ARRAY_LEN(label_columns));
    add_shares(t, RELATION_LABELS, "one-hop", &c->a.one_hop, &c->b.one_hop);
    for (int l = 0; l < RELATION_LABELS; l++)
        if (c->a.label[l].share > 0 || c->b.label[l].share > 0)
            add_shares(t, l, relation_label_name(l), &c->a.label[l], &c->b.label[l]);
    return table_source(t);
}

/* ---- users won and lost ---- */

enum { USERS_SLICES = 3 }; /* the first column of a slice */

static const int users_slice[] = {SLICE_REACHABLE, SLICE_UNREACHABLE};

static const struct column users_columns[] = {
    {.name = "outcome", .kind = COLUMN_TEXT, .width = 8},
    {.name = "users",
     .kind = COLUMN_INT,
     .width = 6,
     .help = "Enter lists them; in the columns to the right those of them that are in the slice"},
    {.name = "share", .kind = COLUMN_PERCENT, .width = 6, .decimals = 1, .help = "of all cases"},
    {.name = "reachable",
     .label = "reach",
     .kind = COLUMN_INT,
     .width = 6,
     .help = "the target is in the candidate set of the definition"},
    {.name = "unreachable",
     .label = "not",
     .kind = COLUMN_INT,
     .width = 6,
     .help = "the target is not in the candidate set of the definition"},
    {.name = "target in the top 10 of",
     .kind = COLUMN_TEXT,
     .width = 18,
     .width_max = 60,
     .help = "of groups: of more than half of their runs"},
};

static void add_outcome(struct table *t, const struct compare *c, enum compare_outcome outcome)
{
    static const char *const meaning[COMPARE_OUTCOMES + 1] = {"B only", "A only", "both", "neither",
                                                              ""};
    bool all = outcome == COMPARE_OUTCOMES;
    int64_t n = compare_count(c, outcome, -1);
    table_row(t, outcome);
    table_text(t, all ? "all" : compare_outcome_name[outcome],
               all ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL);
    table_int(t, n, outcome == COMPARE_WON ? ROLE_TARGET : ROLE_NORMAL);
    table_real(t, c->n_cases > 0 ? (double)n / (double)c->n_cases : (double)NAN, ROLE_DIM);
    for (size_t i = 0; i < ARRAY_LEN(users_slice); i++)
        table_int(t, compare_count(c, outcome, users_slice[i]), ROLE_NORMAL);
    table_text(t, meaning[outcome], ROLE_DIM);
}

static struct sheet_source *users_source(const struct compare *c)
{
    struct table *t = table_new(users_columns, ARRAY_LEN(users_columns));
    for (int i = 0; i <= COMPARE_OUTCOMES; i++)
        add_outcome(t, c, (enum compare_outcome)i);
    return table_source(t);
}

/* ---- all of them ---- */

struct sheet_source *compare_pane_source(enum compare_pane pane, const struct compare *compare)
{
    static struct sheet_source *(*const make[COMPARE_PANES])(const struct compare *) = {
        figures_source, slices_source, gain_source, labels_source, users_source};
    return make[pane](compare);
}

struct sheet_source *compare_pane_empty(enum compare_pane pane)
{
    static const struct {
        const struct column *column;
        int n;
    } columns[COMPARE_PANES] = {{figure_columns, ARRAY_LEN(figure_columns)},
                                {slice_columns, ARRAY_LEN(slice_columns)},
                                {gain_columns, ARRAY_LEN(gain_columns)},
                                {label_columns, ARRAY_LEN(label_columns)},
                                {users_columns, ARRAY_LEN(users_columns)}};
    return table_source(table_new(columns[pane].column, columns[pane].n));
}

bool compare_pane_cell(enum compare_pane pane, int64_t id, int column, struct compare_cell *out)
{
    *out = (struct compare_cell){.outcome = COMPARE_OUTCOMES, .slice = -1};
    if (pane == COMPARE_USERS_PANE) {
        out->outcome = (enum compare_outcome)id;
        int at = column - USERS_SLICES;
        if (at >= 0 && at < (int)ARRAY_LEN(users_slice))
            out->slice = users_slice[at];
        return true;
    }
    if (pane != COMPARE_SLICES_PANE && pane != COMPARE_GAIN_PANE)
        return false;
    out->slice = id == ALL ? -1 : (int)id;
    if (pane == COMPARE_SLICES_PANE && column == SLICE_WON)
        out->outcome = COMPARE_WON;
    else if (pane == COMPARE_SLICES_PANE && column == SLICE_LOST)
        out->outcome = COMPARE_LOST;
    return true;
}

bool compare_cell_parse(const char *text, struct compare_cell *out, struct error *err)
{
    size_t n = strcspn(text, " ");
    const char *slice = text + n + strspn(text + n, " ");
    bool found = n == 3 && memcmp(text, "all", 3) == 0;
    *out = (struct compare_cell){.outcome = COMPARE_OUTCOMES, .slice = -1};
    for (int i = 0; i < COMPARE_OUTCOMES; i++)
        if (strlen(compare_outcome_name[i]) == n && memcmp(compare_outcome_name[i], text, n) == 0) {
            out->outcome = (enum compare_outcome)i;
            found = true;
        }
    if (!found)
        return error_set(err, ERROR_USAGE,
                         "compare-users: say won, lost, both, neither or all, then a slice or "
                         "nothing; not \"%s\"",
                         text);
    if (*slice)
        out->slice = slice_find(slice);
    return !*slice || out->slice >= 0 ||
           error_set(err, ERROR_USAGE, "compare-users: there is no slice \"%s\"", slice);
}

void compare_cell_format(const struct compare_cell *cell, struct buf *out)
{
    bool all = cell->outcome == COMPARE_OUTCOMES;
    buf_adds(out, all ? "all" : compare_outcome_name[cell->outcome]);
    if (cell->slice >= 0)
        buf_addf(out, " %s", slice_name(cell->slice));
}
