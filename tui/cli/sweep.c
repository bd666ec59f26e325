/* rote train --seeds N --grid OPTION=A,B,…: several runs that are started and taken up together. */
#include <string.h>

#include "analysis/report/train.h"
#include "analysis/run/batch.h"
#include "analysis/run/sweep.h"
#include "storage/base/mem.h"
#include "tui/cli/train.h"
#include "tui/widgets/text_out.h"

enum { SEEDS_MAX = 100 };

bool cli_is_sweep(const struct cli_args *args)
{
    return cli_value(args, "seeds") || cli_value(args, "grid");
}

static bool read_sweep(const struct run_request *base, const struct cli_args *args,
                       struct sweep *out, struct error *err)
{
    const char **grid = mem_zalloc(args->n_all + 1, sizeof *grid);
    size_t n = 0;
    int64_t seeds = 1;
    for (size_t i = 0; i < args->n_all; i++) {
        if (strcmp(args->all[i].option->name, "grid") == 0)
            grid[n++] = args->all[i].value;
    }
    bool ok = (!cli_value(args, "seeds") || cli_int(args, "seeds", 1, SEEDS_MAX, &seeds, err)) &&
              sweep_make(base, grid, n, seeds, out, err);
    free(grid);
    return ok;
}

static void print_fates(struct cli *cli, const struct sweep *sweep, const enum batch_fate *fate)
{
    static const char *const words[] = {"queued", "resumed", "under way", "done already"};
    struct jval *list = jval_new_array();
    for (size_t i = 0; i < sweep->n; i++) {
        if (!cli->json) {
            text_printf(cli->out, "%-32s %s\n", sweep->name[i], words[fate[i]]);
            continue;
        }
        struct jval *o = jval_new_object();
        jval_put_string(o, "run", sweep->name[i]);
        jval_put_string(o, "state", words[fate[i]]);
        jval_append(list, o);
    }
    if (cli->json)
        jval_print(list, false, cli->out);
    jval_free(list);
}

/* Follows the runs in order; one that fails does not keep the others from being finished. */
static bool follow(struct cli *cli, struct study *study, struct workspace *ws,
                   const struct sweep *sweep, const int64_t *id, struct error *err)
{
    const struct study_run *run;
    bool ok = true;
    for (size_t i = 0; i < sweep->n; i++) {
        struct error why = {0};
        if (cli_follow(cli, ws, id[i], &why) &&
            train_finish(study, id[i], cli->progress, &run, &why) &&
            cli_train_result(cli, study, run, &why))
            continue;
        if (ok)
            error_set(err, why.code, "%s: %s", sweep->name[i], why.text);
        ok = false;
        if (why.code == ERROR_CANCELLED)
            break;
    }
    return ok;
}

bool cli_sweep(struct cli *cli, struct study *study, const struct run_request *base,
               const struct cli_args *args, bool detach, struct error *err)
{
    struct sweep sweep;
    if (!run_model_is_trained(base->options.model))
        return error_set(err, ERROR_USAGE,
                         "--seeds and --grid are for sasrec and gr: %s is not "
                         "trained",
                         run_model_name(base->options.model));
    if (!read_sweep(base, args, &sweep, err))
        return false;
    int64_t *id = mem_zalloc(sweep.n, sizeof *id);
    enum batch_fate *fate = mem_zalloc(sweep.n, sizeof *fate);
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    bool ok = ws && batch_submit(ws, sweep.request, sweep.n, id, fate, err);
    if (ok && detach)
        print_fates(cli, &sweep, fate);
    else
        ok = ok && follow(cli, study, ws, &sweep, id, err);
    workspace_close(ws);
    free(id);
    free(fate);
    sweep_release(&sweep);
    return ok;
}
