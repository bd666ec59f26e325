/* rote export comparison: several runs, or groups of seeds, against one of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/compare.h"
#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "tui/cli/export.h"

/* What a table of strategies shows. The same under every definition but for the slices and the
 * one-hop figures. */
static const char *const figures[] = {
    "recall@5",
    "recall@10",
    "ndcg@10",
    "reachable.recall@5",
    "reachable.recall@10",
    "reachable.ndcg@10",
    "unreachable.recall@5",
    "unreachable.recall@10",
    "unreachable.ndcg@10",
    "one_hop_ratio",
    "one_hop_excess",
};
enum { PER_FIGURE = 4, HEAD = 2 };

/* For people, not programs. */
static bool is_prose(const struct export_job *j)
{
    return j->format >= ROWS_MD;
}

/* For people a figure is one cell, else four columns. */
static void figure_cells(struct rows_writer *w, bool prose, const struct compare_figure *f,
                         bool base)
{
    char text[80];
    if (!prose) {
        rows_real(w, f->b);
        rows_real(w, base ? (double)NAN : f->difference.value);
        rows_real(w, base ? (double)NAN : f->difference.lo);
        rows_real(w, base ? (double)NAN : f->difference.hi);
        return;
    }
    if (base)
        snprintf(text, sizeof text, "%.4f", f->b);
    else
        snprintf(text, sizeof text, "%.4f %+.4f [%+.4f, %+.4f]%s", f->b, f->difference.value,
                 f->difference.lo, f->difference.hi,
                 estimate_distinguishable(&f->difference) ? "" : " ~");
    rows_text(w, isnan(f->b) ? NULL : text);
}

static bool write_row(struct rows_writer *w, bool prose, const struct compare *c, bool base,
                      struct error *err)
{
    rows_text(w, c->b.name);
    rows_int(w, (int64_t)c->b.n);
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        figure_cells(w, prose, compare_find(c, figures[i]), base);
    return rows_end(w, err);
}

/* "recall@5", and for programs "recall@5.difference", ".lo", ".hi". */
static char **columns(bool prose, int *n)
{
    static const char *const parts[PER_FIGURE] = {"", ".difference", ".lo", ".hi"};
    int per = prose ? 1 : PER_FIGURE;
    char **column = mem_zalloc(HEAD + ARRAY_LEN(figures) * PER_FIGURE, sizeof *column);
    column[0] = mem_strdup("run");
    column[1] = mem_strdup("seeds");
    *n = HEAD;
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        for (int k = 0; k < per; k++)
            column[(*n)++] = mem_printf("%s%s", figures[i], parts[k]);
    }
    return column;
}

/* One side of the comparison: the runs of a word. */
struct side {
    const struct study_run **run;
    size_t n;
};

static bool compare_rows(const struct export_job *j, const struct side *side, size_t n,
                         struct rows_writer *w, struct error *err)
{
    struct definition definition;
    bool ok = cli_definition(cli_value(j->args, "definition"), 0, side[0].run[0], &definition, err);
    for (size_t i = 0; ok && i < n; i++) {
        struct compare c = {0};
        ok = compare_make(j->study, side[0].run, side[0].n, side[i].run, side[i].n, j->part,
                          &definition, j->cli->progress, &c, err) &&
             write_row(w, is_prose(j), &c, i == 0, err);
        compare_release(&c);
    }
    return ok;
}

static bool write_sides(const struct export_job *j, const struct side *side, size_t n,
                        struct error *err)
{
    struct rows_writer w;
    int n_columns;
    char **column = columns(is_prose(j), &n_columns);
    bool ok = rows_begin(&w, j->format, j->path, j->cli->out, (const char *const *)column,
                         n_columns, err);
    if (ok && !compare_rows(j, side, n, &w, err)) {
        rows_abandon(&w);
        ok = false;
    } else {
        ok = ok && rows_commit(&w, err);
    }
    for (int i = 0; i < n_columns; i++)
        free(column[i]);
    free(column);
    return ok;
}

bool export_comparison(const struct export_job *j, struct error *err)
{
    size_t n = j->args->n_rest - 1;
    struct side *side = mem_zalloc(n + 1, sizeof *side);
    bool ok = n >= 1 || error_set(err, ERROR_USAGE,
                                  "name the run to compare with, then the others;"
                                  " `rote runs` lists them");
    for (size_t i = 0; ok && i < n; i++)
        ok = runs_of_word(j->study, j->args->rest[i + 1], &side[i].run, &side[i].n, err);
    ok = ok && write_sides(j, side, n, err);
    for (size_t i = 0; i < n; i++)
        free(side[i].run);
    free(side);
    return ok;
}
