/* rote runs: what has been trained, and what happened meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "analysis/run/queue.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "storage/export/rows.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"

const char cli_runs_details[] =
    "  rote runs             a line per run\n"
    "  rote runs show R      everything about one run\n"
    "  rote runs log R       its events\n"
    "  rote runs cancel R    stop its worker; the checkpoint is kept (asks)\n"
    "  rote runs resume R    continue one that failed or was cancelled, from its checkpoint\n"
    "  rote runs rename R N  give it another name\n"
    "  rote runs delete R    with its lists, labels and figures (asks)";

static struct jval *run_json(const struct run_info *r)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "id", r->id);
    jval_put_string(o, "name", r->name);
    jval_put_string(o, "model", r->model);
    jval_put_string(o, "strategy", r->strategy);
    jval_put_string(o, "state", r->state);
    jval_put_string(o, "trained_on", r->trained_on);
    jval_put_bool(o, "trained_on_assumed", r->trained_on_assumed);
    jval_put_int(o, "seed", r->seed);
    struct jval *options = jval_parse(r->options_json, strlen(r->options_json), NULL);
    jval_put(o, "options", options ? options : jval_new_null());
    jval_put_int(o, "created", r->created);
    jval_put_int(o, "started", r->started);
    jval_put_int(o, "ended", r->ended);
    jval_put_real(o, "seconds", r->seconds);
    jval_put_string(o, "kernel", r->kernel);
    if (r->error[0])
        jval_put_string(o, "error", r->error);
    return o;
}

static bool unfinished(const struct run_info *run)
{
    return strcmp(run->state, "queued") == 0 || strcmp(run->state, "running") == 0;
}

/* The rest of a line of the list: how far it is, or why it failed. */
static void print_progress(struct cli *cli, struct workspace *ws, const struct run_info *run)
{
    struct run_progress p;
    char *dir = workspace_run_dir(ws, run->id);
    run_progress_read(dir, &p);
    free(dir);
    if (run->error[0])
        fprintf(cli->out, "  %s", run->error);
    if (strcmp(run->state, "running") == 0 && p.what[0])
        fprintf(cli->out, "  %s", p.what);
    if (unfinished(run) && p.epoch > 0)
        fprintf(cli->out, "  epoch %d of %d, loss %.3f, recall@10 %.4f", (int)p.epoch,
                (int)p.epochs, p.loss, p.recall10);
    fputc('\n', cli->out);
}

static bool list_runs(struct cli *cli, struct workspace *ws, struct error *err)
{
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    if (cli->json) {
        struct jval *all = jval_new_array();
        for (size_t i = 0; i < list.n; i++)
            jval_append(all, run_json(&list.run[i]));
        jval_print(all, false, cli->out);
        jval_free(all);
    } else {
        fprintf(cli->out, "%4s %-20s %-12s %-16s %-10s %-12s %8s\n", "id", "name", "model",
                "strategy", "state", "trained on", "seconds");
        for (size_t i = 0; i < list.n; i++) {
            const struct run_info *r = &list.run[i];
            fprintf(cli->out, "%4lld %-20s %-12s %-16s %-10s %-12s %8.2f", (long long)r->id,
                    r->name, r->model, r->strategy, r->state, r->trained_on, r->seconds);
            print_progress(cli, ws, r);
        }
    }
    run_list_release(&list);
    return true;
}

static bool print_event(void *context, const struct run_event *event)
{
    struct cli *cli = context;
    if (cli->json) {
        struct jval *o = jval_new_object();
        jval_put_int(o, "seq", event->seq);
        jval_put_int(o, "time", event->time);
        jval_put_string(o, "kind", event->kind);
        struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
        jval_put(o, "data", data ? data : jval_new_string(event->data));
        jval_print(o, false, cli->out);
        jval_free(o);
    } else {
        fprintf(cli->out, "%6lld  %-10s %s\n", (long long)event->seq, event->kind, event->data);
    }
    return true;
}

enum { GRACE_SECONDS = 10 };

static bool cancel(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err)
{
    if (unfinished(run) && !cli_confirm(cli, err, "Cancel the run %s?", run->name))
        return false;
    if (!queue_cancel(ws, run->id, GRACE_SECONDS, err))
        return false;
    if (!cli->json)
        fprintf(cli->out, "cancelled %s; `rote runs resume %s` continues from its checkpoint\n",
                run->name, run->name);
    return true;
}

static bool resume(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err)
{
    if (!queue_resume(ws, run->id, err))
        return false;
    if (!cli->json)
        fprintf(cli->out, "%s is queued again; `rote runs` tells how far it is\n", run->name);
    return true;
}

static bool delete_run(struct cli *cli, struct workspace *ws, const struct run_info *run,
                       struct error *err)
{
    if (!cli_confirm(cli, err, "Delete run %s with its lists, labels and figures?", run->name) ||
        (unfinished(run) && !queue_cancel(ws, run->id, GRACE_SECONDS, err)) ||
        !run_delete(ws, run->id, err))
        return false;
    if (!cli->json)
        fprintf(cli->out, "deleted run %s\n", run->name);
    return true;
}

static bool act_on_run(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                       struct error *err)
{
    const char *act = args->rest[0];
    struct run_info run;
    if (args->n_rest < 2)
        return error_set(err, ERROR_USAGE, "`runs %s` needs a run; see `rote runs --help`", act);
    if (!run_find(ws, args->rest[1], &run, err))
        return false;
    bool ok = true;
    if (strcmp(act, "show") == 0) {
        struct jval *o = run_json(&run);
        jval_print(o, !cli->json, cli->out);
        jval_free(o);
    } else if (strcmp(act, "log") == 0) {
        ok = run_events_read(ws, run.id, 0, print_event, cli, err);
    } else if (strcmp(act, "rename") == 0) {
        ok = args->n_rest == 3
                 ? run_rename(ws, run.id, args->rest[2], err)
                 : error_set(err, ERROR_USAGE, "`runs rename` needs a run and its new name");
    } else if (strcmp(act, "delete") == 0) {
        ok = delete_run(cli, ws, &run, err);
    } else if (strcmp(act, "cancel") == 0) {
        ok = cancel(cli, ws, &run, err);
    } else if (strcmp(act, "resume") == 0) {
        ok = resume(cli, ws, &run, err);
    } else {
        ok = error_set(err, ERROR_USAGE, "there is no `runs %s`; see `rote runs --help`", act);
    }
    run_info_release(&run);
    return ok;
}

int cli_runs(struct cli *cli, const struct cli_args *args, struct error *err)
{
    /* Read-only where the folder cannot be written. */
    struct workspace *ws = workspace_open(cli->workspace, WORKSPACE_READ_WRITE, err);
    bool ok = ws && queue_ingest(ws, err) &&
              (args->n_rest == 0 ? list_runs(cli, ws, err) : act_on_run(cli, ws, args, err));
    workspace_close(ws);
    return ok ? CLI_OK : cli_status(err);
}
