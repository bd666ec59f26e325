/* rote export counterfactual, counterfactual-summary: what each training position owes to its
 * user. */
#include <math.h>

#include "analysis/report/counterfactual.h"
#include "storage/db/dataset.h"
#include "tui/cli/export.h"

static bool read(const struct export_job *j, struct counterfactual *out, struct error *err)
{
    const char *name = cli_value(j->args, "run");
    if (!name)
        return error_set(err, ERROR_USAGE,
                         "--run is needed: one of the runs of an experiment (rote train "
                         "--strategy halves)");
    const struct study_run *run = study_run_find(j->study, name, err);
    return run && counterfactual_of(j->study, run, out, j->cli->progress, err);
}

static void write_position(struct rows_writer *w, const struct dataset *d,
                           const struct counterfactual *c, int64_t i)
{
    static const char *const labels[] = {
        [EDGE_NONE] = NULL, [EDGE_OWN] = "none", [EDGE_SHARED] = "one-hop(last)"};
    rows_text(w, strtab_get(&d->user_id, c->user[i]));
    rows_int(w, c->position[i] + 1);
    rows_text(w, strtab_get(&d->item_id, c->item[i]));
    rows_text(w, c->before[i] >= 0 ? strtab_get(&d->item_id, c->before[i]) : NULL);
    rows_real(w, c->with[i]);
    rows_real(w, c->without[i]);
    rows_real(w, c->mem[i]);
    rows_text(w, labels[c->edge[i]]);
}

bool export_counterfactual(const struct export_job *j, struct error *err)
{
    static const char *const columns[] = {"user", "position", "item", "previous_item",
                                          "with", "without",  "mem",  "label"};
    struct counterfactual c;
    struct rows_writer w;
    if (!read(j, &c, err))
        return false;
    bool ok = rows_begin(&w, j->format, j->path, j->cli->out, columns, 8, err), begun = ok;
    for (int64_t i = 0; ok && i < c.n; i++) {
        write_position(&w, study_dataset(j->study), &c, c.order[i]);
        ok = rows_end(&w, err) && (i % 65536 != 0 || progress_ok(j->cli->progress, err));
    }
    if (begun && !ok)
        rows_abandon(&w);
    counterfactual_release(&c);
    return ok && rows_commit(&w, err);
}

bool export_counterfactual_summary(const struct export_job *j, struct error *err)
{
    static const char *const columns[] = {"figure", "value", "lo", "hi"};
    struct counterfactual_figure figure[COUNTERFACTUAL_FIGURES];
    struct counterfactual_summary s;
    struct counterfactual c;
    struct rows_writer w;
    if (!read(j, &c, err))
        return false;
    bool ok = counterfactual_summarise(&c, &s, j->cli->progress, err);
    counterfactual_release(&c);
    ok = ok && rows_begin(&w, j->format, j->path, j->cli->out, columns, 4, err);
    bool begun = ok;
    if (ok)
        counterfactual_figures(&s, figure);
    for (int i = 0; ok && i < COUNTERFACTUAL_FIGURES; i++) {
        rows_text(&w, figure[i].name);
        rows_real(&w, figure[i].value.value);
        rows_real(&w, figure[i].value.lo);
        rows_real(&w, figure[i].value.hi);
        ok = rows_end(&w, err);
    }
    if (begun && !ok)
        rows_abandon(&w);
    return ok && rows_commit(&w, err);
}
