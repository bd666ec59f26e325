/* Which runs are compared: the marked ones, those that a command names, or the shown ones. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "tui/screens/compare_private.h"

/* ---- sides ---- */

struct compare_runs compare_runs_copy(const struct compare_runs *runs)
{
    struct compare_runs copy = {.id = mem_alloc(runs->n * sizeof *copy.id), .n = runs->n};
    memcpy(copy.id, runs->id, runs->n * sizeof *copy.id);
    return copy;
}

void compare_runs_release(struct compare_runs *runs)
{
    free(runs->id);
    *runs = (struct compare_runs){0};
}

/* Half of the places for each side; what one does not need the other may have. */
static size_t runs_to_show(const struct compare_runs side[2], int64_t run[HOST_RUNS])
{
    enum { HALF = HOST_RUNS / 2 };
    size_t least = side[1].n < HALF ? side[1].n : HALF;
    size_t a = side[0].n < HOST_RUNS - least ? side[0].n : HOST_RUNS - least;
    size_t b = side[1].n < HOST_RUNS - a ? side[1].n : HOST_RUNS - a;
    memcpy(run, side[0].id, a * sizeof *run);
    memcpy(run + a, side[1].id, b * sizeof *run);
    return a + b;
}

void compare_show_runs(struct app *app, const struct compare_runs side[2])
{
    int64_t run[HOST_RUNS];
    size_t n = runs_to_show(side, run);
    if (host_show_runs(host_of(app), run, n))
        app_refresh(app);
}

/* By its number where it is gone. */
static void add_name(const struct host *host, int64_t id, struct buf *out)
{
    const struct study_run *run = study_run_by_id(host->study, id);
    if (run)
        run_name_add(run->name, out);
    else
        buf_addf(out, "%lld", (long long)id);
}

void compare_link(const struct host *host, const struct compare_runs side[2], struct buf *out)
{
    host_link(host, out);
    buf_adds(out, "compare");
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < side[s].n; i++) {
            buf_addc(out, i ? ',' : ' ');
            add_name(host, side[s].id[i], out);
        }
    buf_addc(out, '\n');
    int64_t run[HOST_RUNS];
    size_t n = runs_to_show(side, run);
    if (n != host->n_shown || memcmp(run, host->shown, n * sizeof *run) != 0)
        host_link(host, out); /* others were chosen since: the command shows those that it names */
}

/* ---- choosing ---- */

/* Takes the sides over. */
static unsigned open_sides(struct app *app, struct compare_runs side[2], struct error *err)
{
    const struct host *host = host_of(app);
    bool ok = (side[0].n > 0 && side[1].n > 0) ||
              error_set(err, ERROR_NOT_FOUND, "compare: one of the runs has been deleted");
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; ok && i < side[s].n; i++) {
            const struct study_run *run = study_run_by_id(host->study, side[s].id[i]);
            if (!run)
                ok = error_set(err, ERROR_NOT_FOUND, "compare: one of the runs has been deleted");
            else if (!run->has[host->part])
                ok = error_set(err, ERROR_STATE,
                               "compare: the run %s (%s) has no recommendations for the %s part",
                               run->name, run->state, host->part == PART_TEST ? "test" : "valid");
        }
    if (ok) {
        if (!app_keeps_views(app)) /* what a link leads to: its scene says which runs are shown */
            compare_show_runs(app, side);
        app_push(app, compare_screen_new(app, side));
        return REACT_DRAW;
    }
    compare_runs_release(&side[0]);
    compare_runs_release(&side[1]);
    return REACT_ERROR;
}

static unsigned open_two(struct app *app, int64_t a, int64_t b, struct error *err)
{
    struct compare_runs side[2] = {compare_runs_copy(&(struct compare_runs){&a, 1}),
                                   compare_runs_copy(&(struct compare_runs){&b, 1})};
    return open_sides(app, side, err);
}

static unsigned open_shown(struct app *app, struct error *err)
{
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host_of(app), run);
    if (n == 2)
        return open_two(app, run[0]->id, run[1]->id, err);
    error_set(
        err, ERROR_USAGE,
        "compare: mark two runs with Space in Overview or Runs, or write :compare A B (no run "
        "is marked, %zu shown)",
        n);
    return REACT_ERROR;
}

static bool find_side(struct study *study, const char *word, struct compare_runs *out,
                      struct error *err)
{
    const struct study_run **run = NULL;
    bool ok = runs_of_word(study, word, &run, &out->n, err);
    out->id = mem_zalloc(out->n, sizeof *out->id);
    for (size_t i = 0; i < out->n; i++)
        out->id[i] = run[i]->id;
    free(run);
    return ok;
}

unsigned compare_command(struct app *app, const char *arg, struct error *err)
{
    if (!arg)
        return open_shown(app, err);
    struct compare_runs side[2] = {{0}};
    char *word[2] = {runs_next_word(&arg), NULL};
    word[1] = runs_next_word(&arg);
    bool ok = word[0] && word[1] && !arg[strspn(arg, " ")];
    if (!ok)
        error_set(err, ERROR_USAGE,
                  "compare: two runs are needed, or groups of seeds: :compare A B, :compare 'a-*' "
                  "'b-*'");
    for (int s = 0; ok && s < 2; s++)
        ok = find_side(host_of(app)->study, word[s], &side[s], err);
    free(word[0]);
    free(word[1]);
    if (ok)
        return open_sides(app, side, err);
    compare_runs_release(&side[0]);
    compare_runs_release(&side[1]);
    return REACT_ERROR;
}

static size_t run_of_row(const void *context, int64_t row, int64_t **runs)
{
    (void)context;
    *runs = mem_alloc(sizeof **runs);
    **runs = row;
    return 1;
}

unsigned compare_on_sheet(const struct sheet *sheet, compare_row_fn runs_of, const void *context,
                          struct app *app, const struct call *call, struct error *err)
{
    if (call->id != ACTION_COMPARE || call->arg)
        return REACT_PASS;
    int64_t marks = sheet_n_marks(sheet), *row, rows[2];
    if (marks == 0)
        return open_shown(app, err);
    sheet_chosen(sheet, &row);
    rows[0] = row[0];
    rows[1] = marks == 2 ? row[1] : sheet_position(sheet) >= 0 ? sheet_id(sheet) : row[0];
    free(row);
    if (marks <= 2 && rows[0] != rows[1]) {
        struct compare_runs side[2] = {{0}};
        for (int s = 0; s < 2; s++)
            side[s].n = (runs_of ? runs_of : run_of_row)(context, rows[s], &side[s].id);
        return open_sides(app, side, err);
    }
    if (marks == 1)
        error_set(err, ERROR_USAGE,
                  "compare: one run is marked; mark another, or put the cursor on it");
    else
        error_set(err, ERROR_USAGE,
                  "compare: %lld runs are marked and two are compared; gu clears the marks, "
                  ":compare 'a-*' 'b-*' compares groups of seeds",
                  (long long)marks);
    return REACT_ERROR;
}
