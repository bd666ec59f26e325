/* rote export items: one row per item, in the order of the data. */

#include "analysis/report/items.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/cli/export.h"

enum { FIXED = 7, PER_RUN = 3 };

static void write_item(const struct item_table *t, const struct dataset *d, int32_t item,
                       struct rows_writer *w)
{
    rows_text(w, strtab_get(&d->item_id, item));
    rows_text(w, strtab_len(&d->title, item) ? strtab_get(&d->title, item) : NULL);
    rows_int(w, t->edges->pop[item]);
    rows_int(w, t->rank[item] + 1);
    rows_int(w, item_out_degree(t->edges, item));
    rows_int(w, item_in_degree(t->edges, item));
    rows_real(w, item_self_prediction(t->edges, item));
    for (size_t r = 0; r < t->n_runs; r++) {
        rows_int(w, t->run[r].recommended[item]);
        rows_int(w, t->run[r].rote[item]);
        rows_real(w, item_rote_share(&t->run[r], item));
    }
}

static bool write_items(const struct export_job *j, const struct item_table *t, struct error *err)
{
    static const char *const fixed[FIXED] = {"item",       "title",        "popularity",     "rank",
                                             "successors", "predecessors", "self_prediction"};
    static const char *const per_run[PER_RUN] = {"recommended", "rote", "share"};
    int n = FIXED + PER_RUN * (int)t->n_runs;
    char **column = mem_zalloc((size_t)n, sizeof *column);
    for (int i = 0; i < n; i++)
        column[i] = i < FIXED ? mem_strdup(fixed[i])
                              : mem_printf("%s.%s", t->run[(i - FIXED) / PER_RUN].run->name,
                                           per_run[(i - FIXED) % PER_RUN]);
    struct rows_writer w;
    bool ok = rows_begin(&w, j->format, j->path, j->cli->out, (const char *const *)column, n, err);
    bool begun = ok;
    for (int32_t item = 0; ok && item < t->n_items; item++) {
        write_item(t, study_dataset(j->study), item, &w);
        ok = rows_end(&w, err);
    }
    if (begun && !ok)
        rows_abandon(&w);
    ok = ok && rows_commit(&w, err);
    for (int i = 0; i < n; i++)
        free(column[i]);
    free(column);
    return ok;
}

bool export_items(const struct export_job *j, struct error *err)
{
    size_t n;
    const struct study_run **runs = study_runs_with_lists(j->study, j->part, &n);
    struct definition definition;
    struct item_table table;
    bool ok =
        cli_definition(cli_value(j->args, "definition"), 0, NULL, &definition, err) &&
        item_table_make(j->study, j->part, runs, n, &definition, j->cli->progress, &table, err);
    if (ok) {
        ok = write_items(j, &table, err);
        item_table_release(&table);
    }
    free(runs);
    return ok;
}
