/* The tables of Overview: its runs, and the findings of the audit. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/overview_private.h"
#include "tui/widgets/table.h"

static const struct column run_columns[] = {
    {.name = "run",
     .kind = COLUMN_TEXT,
     .width = 14,
     .width_max = 28,
     .help = "name of the run, or of several seeds with the mean of their figures"},
    {.name = "recall@10",
     .kind = COLUMN_REAL,
     .width = 9,
     .decimals = 4,
     .help = "share of cases whose target is in the first 10"},
    {.name = "recall@10.spread",
     .kind = COLUMN_REAL,
     .width = 6,
     .decimals = 4,
     .from = 100,
     .help = "of several seeds: half the distance from the lowest to the highest recall@10"},
    {.name = "one-hop",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .help = "share of the first K that directly followed a history item in training"},
    {.name = "null",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .help = "the same with the lists permuted between users"},
    {.name = "excess",
     .kind = COLUMN_PERCENT,
     .width = 8,
     .decimals = 1,
     .sign = true,
     .help = "one-hop less null"},
    {.name = "excess.spread",
     .kind = COLUMN_PERCENT,
     .width = 7,
     .decimals = 1,
     .from = 100,
     .help = "of several seeds: half the distance from the lowest to the highest excess"},
    {.name = "labels",
     .kind = COLUMN_BAR,
     .width = 10,
     .width_max = 40,
     .help = "memorized, related and uncategorized recommendations"},
    {.name = "state",
     .kind = COLUMN_TEXT,
     .width = 11,
     .width_max = 30,
     .fit = true,
     .help = "shown, or what it does"},
};

static const struct column finding_columns[] = {
    {.name = "audit", .kind = COLUMN_TEXT, .width = 22, .help = "what was found"},
    {.name = "share", .kind = COLUMN_PERCENT, .width = 7, .decimals = 1, .help = "of the data"},
    {.name = "finding",
     .kind = COLUMN_TEXT,
     .width = 30,
     .width_max = 400,
     .from = 62,
     .help = "in words"},
};

/* Spreads are left out where there are no groups. */
static struct table *new_runs_table(const struct glyphs *glyphs, bool groups)
{
    struct column columns[ARRAY_LEN(run_columns)];
    memcpy(columns, run_columns, sizeof columns);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (strchr(columns[i].name, '.')) {
            columns[i].label = glyphs->ascii ? "+-" : "±";
            columns[i].from = groups ? columns[i].from : INT_MAX;
        }
    return table_new(columns, ARRAY_LEN(columns));
}

struct sheet_source *overview_runs_empty(void)
{
    return table_source(new_runs_table(&glyphs_ascii, false));
}

struct sheet_source *overview_findings_empty(void)
{
    return table_source(table_new(finding_columns, ARRAY_LEN(finding_columns)));
}

/* ---- runs ---- */

static const struct run_figures *figures_of(const struct overview *o, int64_t run)
{
    for (size_t i = 0; i < o->n_figures; i++)
        if (o->figures[i].run == run)
            return &o->figures[i];
    return NULL;
}

static const char *state_of(const struct overview *o, const struct study_run *run)
{
    for (size_t i = 0; i < o->n_now; i++)
        if (o->now[i].run == run->id && run_is_unfinished(run))
            return o->now[i].text;
    return run->state;
}

static void add_labels(struct table *t, const struct run_figures *f)
{
    const struct bar_part parts[] = {
        {f->memorized, ROLE_MEMORIZED, GLYPH_FULL},
        {f->related, ROLE_RELATED, GLYPH_MEDIUM},
        {f->uncategorized, ROLE_UNCATEGORIZED, GLYPH_LIGHT},
    };
    table_bar(t, parts, 3, f->memorized);
}

static void add_figures(struct table *t, const struct run_figures *f, const struct spread *spread)
{
    table_real(t, f ? f->recall10 : (double)NAN, ROLE_NORMAL);
    table_real(t, spread ? spread->recall10 : (double)NAN, ROLE_DIM);
    if (f && f->known) {
        table_real(t, f->ratio, ROLE_MEMORIZED);
        table_real(t, f->null, ROLE_DIM);
        table_real(t, f->excess, ROLE_NORMAL);
        table_real(t, spread ? spread->excess : (double)NAN, ROLE_DIM);
        add_labels(t, f);
    } else {
        for (int i = 0; i < 5; i++)
            table_missing(t);
    }
}

static unsigned name_style(bool shown)
{
    return shown ? ROLE_NORMAL | STYLE_BOLD : ROLE_NORMAL;
}

static void add_run(struct table *t, const struct overview *o, const struct study_run *run,
                    bool in_group)
{
    const struct run_figures *f = figures_of(o, run->id);
    bool shown = host_is_shown(host_of(o->app), run->id);
    table_row(t, run->id);
    table_textf(t, name_style(shown), "%s%s", in_group ? "  " : "", run->name);
    add_figures(t, f, NULL);
    if (strcmp(run->state, "done") != 0)
        table_text(t, state_of(o, run), ROLE_WARNING);
    else if (f && !f->known)
        table_text(t, o->stopped ? "stopped" : "counting", ROLE_DIM);
    else
        table_text(t, shown ? "shown" : "", ROLE_DIM);
}

/* ---- seeds: the runs of one group in one row, at their mean ---- */

/* What has failed says nothing about its seed. */
static bool is_grouped(const struct study_run *run)
{
    return strcmp(run->state, "failed") != 0 && strcmp(run->state, "cancelled") != 0;
}

static void add_group_state(struct table *t, const struct overview *o, const struct run_group *g)
{
    const struct study_run *unfinished = NULL;
    size_t n = 0, n_shown = 0;
    for (size_t i = 0; i < g->n; i++) {
        if (run_is_unfinished(g->run[i]) && n++ == 0)
            unfinished = g->run[i];
        n_shown += host_is_shown(host_of(o->app), g->run[i]->id);
    }
    if (n > 0)
        table_textf(t, ROLE_WARNING, "%s, %zu of %zu", state_of(o, unfinished), g->n - n + 1, g->n);
    else if (n_shown > 0)
        table_textf(t, ROLE_DIM, "%zu shown", n_shown);
    else
        table_text(t, "", ROLE_DIM);
}

/* Means are over the runs whose figures are known. */
static void add_group(struct table *t, const struct overview *o, const struct run_group *g,
                      bool unfolded)
{
    const struct glyphs *glyphs = app_glyphs(o->app);
    struct run_figures *known = mem_zalloc(g->n, sizeof *known), mean;
    struct spread spread;
    size_t n = 0;
    bool shown = false;
    for (size_t i = 0; i < g->n; i++) {
        const struct run_figures *f = figures_of(o, g->run[i]->id);
        shown |= host_is_shown(host_of(o->app), g->run[i]->id);
        if (f && f->known)
            known[n++] = *f;
    }
    run_figures_mean(known, n, &mean, &spread);
    table_row(t, overview_group_id(g->run[0]->id));
    table_textf(t, name_style(shown), "%s %s%zu %s", g->name, glyphs->ascii ? "+-" : "±", g->n,
                glyphs->symbol[unfolded ? GLYPH_UNFOLDED : GLYPH_CRUMB]);
    add_figures(t, &mean, &spread);
    add_group_state(t, o, g);
    free(known);
}

/* A group stands where its first run stands in the list. */
static void add_with_group(struct table *t, const struct overview *o, const struct study_run *run,
                           const struct run_groups *groups)
{
    for (size_t g = 0; is_grouped(run) && g < groups->n; g++) {
        const struct run_group *group = &groups->group[g];
        bool mine = false, unfolded = idset_has(&o->unfolded, overview_group_id(group->run[0]->id));
        for (size_t i = 0; i < group->n; i++)
            mine |= group->run[i] == run;
        if (!mine || group->n == 1)
            continue;
        if (run == group->run[0])
            add_group(t, o, group, unfolded);
        for (size_t i = 0; run == group->run[0] && unfolded && i < group->n; i++)
            add_run(t, o, group->run[i], true);
        return;
    }
    add_run(t, o, run, false);
}

static void make_groups(const struct study *study, struct run_groups *out)
{
    size_t n = 0;
    const struct study_run *run, **grouped = mem_zalloc(study_n_runs(study), sizeof *grouped);
    for (size_t i = 0; i < study_n_runs(study) && (run = study_run_at(study, i)); i++)
        if (is_grouped(run))
            grouped[n++] = run;
    run_groups_make(study, grouped, n, out);
    free(grouped);
}

void overview_fill_runs(struct overview *o)
{
    const struct study *study = host_of(o->app)->study;
    struct run_groups groups;
    bool any = false;
    make_groups(study, &groups);
    for (size_t g = 0; g < groups.n; g++)
        any |= groups.group[g].n > 1;
    struct table *t = new_runs_table(app_glyphs(o->app), any);
    const struct study_run *run;
    for (size_t i = 0; (run = study_run_at(study, i)); i++)
        add_with_group(t, o, run, &groups);
    o->glyphs = app_glyphs(o->app);
    sheet_set_source(o->runs, table_source(t));
    run_groups_release(&groups);
}

size_t overview_runs_of(const struct overview *o, const int64_t *rows, size_t n, int64_t **runs)
{
    size_t n_runs = 0, cap = 0;
    struct run_groups groups;
    make_groups(host_of(o->app)->study, &groups);
    *runs = NULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t g = 0; g < groups.n; g++)
            for (size_t r = 0; r < groups.group[g].n; r++)
                if (overview_group_id(groups.group[g].run[0]->id) == rows[i]) {
                    MEM_GROW(*runs, n_runs + 1, cap);
                    (*runs)[n_runs++] = groups.group[g].run[r]->id;
                }
        if (overview_is_group(rows[i]))
            continue;
        MEM_GROW(*runs, n_runs + 1, cap);
        (*runs)[n_runs++] = rows[i];
    }
    run_groups_release(&groups);
    return n_runs;
}

/* ---- findings ---- */

void overview_fill_findings(struct overview *o)
{
    struct table *t = table_new(finding_columns, ARRAY_LEN(finding_columns));
    for (size_t i = 0; i < o->audit.n; i++) {
        table_row(t, (int64_t)i);
        table_text(t, o->audit.finding[i].id, ROLE_WARNING);
        table_real(t, o->audit.finding[i].share, ROLE_NORMAL);
        table_text(t, o->audit.finding[i].text, ROLE_NORMAL);
    }
    o->n_findings = (int64_t)o->audit.n;
    sheet_set_source(o->findings, table_source(t));
}

/* ---- the frontier ---- */

void overview_fill_frontier(struct overview *o)
{
    struct frontier_run *runs = mem_zalloc(o->n_figures, sizeof *runs);
    size_t n = 0;
    for (size_t i = 0; i < o->n_figures; i++) {
        const struct run_figures *f = &o->figures[i];
        const struct study_run *run = study_run_by_id(host_of(o->app)->study, f->run);
        if (f->known && run)
            runs[n++] = (struct frontier_run){.run = run,
                                              .accuracy = f->recall10,
                                              .observed = f->ratio,
                                              .null = f->null,
                                              .excess = f->excess};
    }
    frontier_release(&o->frontier);
    o->frontier_number++;
    frontier_of(host_of(o->app)->study, runs, n, "recall@10", &o->frontier);
    free(runs);
}
