/* rote runs: what has been trained, and what happened meanwhile. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/run/import_recs.h"
#include "analysis/run/queue.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "tui/cli/canary.h"
#include "tui/cli/commands.h"
#include "tui/cli/import_recs.h"
#include "tui/widgets/text_out.h"

const char cli_runs_details[] = "Without a word: a line per run. R is a run, by name or number.";

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
        text_printf(cli->out, "  %s", run->error);
    if (strcmp(run->state, "running") == 0 && p.what[0])
        text_printf(cli->out, "  %s", p.what);
    if (unfinished(run) && p.epoch > 0)
        text_printf(cli->out, "  epoch %d of %d, loss %.3f", (int)p.epoch, (int)p.epochs, p.loss);
    if (unfinished(run) && !isnan(p.recall10)) /* on train+valid there is none */
        text_printf(cli->out, ", recall@10 %.4f", p.recall10);
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
        text_printf(cli->out, "%4s %-20s %-12s %-16s %-10s %-12s %8s\n", "id", "name", "model",
                    "strategy", "state", "trained on", "seconds");
        for (size_t i = 0; i < list.n; i++) {
            const struct run_info *r = &list.run[i];
            text_printf(cli->out, "%4lld %-20s %-12s %-16s %-10s %-12s %8.2f", (long long)r->id,
                        r->name, r->model, r->strategy, r->state, r->trained_on, r->seconds);
            print_progress(cli, ws, r);
        }
    }
    run_list_release(&list);
    return true;
}

/* ---- one run ---- */

static struct jval *event_json(const struct run_event *event)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "seq", event->seq);
    jval_put_int(o, "time", event->time);
    jval_put_string(o, "kind", event->kind);
    struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
    jval_put(o, "data", data ? data : jval_new_string(event->data));
    return o;
}

/* Figures of an epoch event, as columns. */
static const struct {
    const char *key, *title;
    int width, digits;
    double times; /* 100: a share shown in per cent */
} figures[] = {
    {"loss", "loss", 8, 4, 1},
    {"recall@10", "recall@10", 10, 4, 1},
    {"ndcg@10", "ndcg@10", 8, 4, 1},
    {"one_hop", "one-hop %", 10, 2, 100},
    {"one_hop_shuffle", "shuffle %", 10, 2, 100},
    {"extraction", "extraction %", 13, 2, 100},
    {"tokens_per_second", "tokens/s", 9, 0, 1},
    {"seconds", "seconds", 8, 1, 1},
};

static void print_epoch_titles(struct cli *cli)
{
    text_printf(cli->out, "%6s", "epoch");
    for (size_t i = 0; i < ARRAY_LEN(figures); i++)
        text_printf(cli->out, " %*s", figures[i].width, figures[i].title);
    fputc('\n', cli->out);
}

static void print_epoch(struct cli *cli, const struct jval *data)
{
    text_printf(cli->out, "%6lld", (long long)jval_int(jval_get(data, "epoch"), 0));
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        double value = jval_real(jval_get(data, figures[i].key), NAN) * figures[i].times;
        if (isnan(value))
            text_printf(cli->out, " %*s", figures[i].width, "-");
        else
            text_printf(cli->out, " %*.*f", figures[i].width, figures[i].digits, value);
    }
    fputs(jval_bool(jval_get(data, "best"), false) ? "  best\n" : "\n", cli->out);
}

/* The epochs that have been told of, as objects. */
static bool add_epoch(void *context, const struct run_event *event)
{
    if (strcmp(event->kind, "epoch") == 0) {
        struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
        if (data)
            jval_append(context, data);
    }
    return true;
}

static void print_lines(struct cli *cli, const struct run_info *r)
{
    text_printf(cli->out, "run %lld %s: %s, strategy %s, seed %lld, trained on %s%s\n",
                (long long)r->id, r->name, r->model, r->strategy, (long long)r->seed, r->trained_on,
                r->trained_on_assumed ? " (assumed)" : "");
    text_printf(cli->out, "state %s, %.1f s of training%s%s\n", r->state, r->seconds,
                r->error[0] ? ": " : "", r->error);
    text_printf(cli->out, "options %s\n", r->options_json);
    if (r->kernel[0])
        text_printf(cli->out, "computed by %s\n", r->kernel);
}

static void print_import(struct cli *cli, const struct jval *import)
{
    struct buf text;
    buf_init(&text);
    if (import)
        import_recs_text(import, &text);
    text_put(cli->out, text.data);
    buf_release(&text);
}

static bool show_run(struct cli *cli, struct workspace *ws, const struct run_info *run,
                     struct error *err)
{
    struct jval *epochs = jval_new_array();
    struct jval *canary = cli_canary_read(ws, run->id);
    struct jval *import = cli_import_recs_event(ws, run->id);
    bool ok = run_events_read(ws, run->id, 0, add_epoch, epochs, err);
    if (ok && cli->json) {
        struct jval *o = run_json(run);
        jval_put(o, "epochs", epochs);
        if (canary)
            jval_put(o, "canary", canary);
        if (import)
            jval_put(o, "import", import);
        jval_print(o, false, cli->out);
        jval_free(o);
        return true;
    }
    if (ok) {
        print_lines(cli, run);
        if (jval_size(epochs) > 0)
            print_epoch_titles(cli);
        for (size_t i = 0; i < jval_size(epochs); i++)
            print_epoch(cli, jval_at(epochs, i));
        cli_canary_print(cli, canary);
        print_import(cli, import);
    }
    jval_free(import);
    jval_free(canary);
    jval_free(epochs);
    return ok;
}

static bool print_event(void *context, const struct run_event *event)
{
    struct cli *cli = context;
    if (cli->json) {
        struct jval *o = event_json(event);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else {
        text_printf(cli->out, "%6lld  %-10s %s\n", (long long)event->seq, event->kind, event->data);
    }
    return true;
}

enum { LOG_LINES = 200 };

static bool print_log(struct cli *cli, struct workspace *ws, const struct run_info *run,
                      struct error *err)
{
    struct buf said;
    if (!run_events_read(ws, run->id, 0, print_event, cli, err))
        return false;
    buf_init(&said);
    char *dir = workspace_run_dir(ws, run->id);
    run_log_tail(dir, LOG_LINES, "\n", &said);
    if (cli->json && said.len > 0) {
        struct jval *o = jval_new_object();
        jval_put_string(o, "kind", "output");
        jval_put_string(o, "text", said.data);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else if (said.len > 0) {
        text_printf(cli->out, "its worker wrote, in %s/worker.log:\n", dir);
        text_put(cli->out, said.data);
        fputc('\n', cli->out);
    }
    free(dir);
    buf_release(&said);
    return true;
}

/* ---- following ---- */

struct following {
    struct cli *cli;
    struct workspace *ws;
    int64_t run, seq; /* the last event that was printed */
    bool titled;
};

static bool print_new_event(void *context, const struct run_event *event)
{
    struct following *f = context;
    f->seq = event->seq;
    if (f->cli->json)
        return print_event(f->cli, event);
    if (strcmp(event->kind, "epoch") != 0)
        return true;
    struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
    if (!f->titled)
        print_epoch_titles(f->cli);
    f->titled = true;
    print_epoch(f->cli, data);
    jval_free(data);
    return true;
}

static void print_news(void *context, const struct run_progress *now)
{
    struct following *f = context;
    (void)now;
    run_events_read(f->ws, f->run, f->seq, print_new_event, f, NULL);
    fflush(f->cli->out);
}

static bool follow(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err)
{
    struct following f = {.cli = cli, .ws = ws, .run = run->id};
    struct run_info after;
    struct error why = {0};
    if (!queue_follow(ws, run->id, print_news, &f, cli->progress, &why))
        return why.code == ERROR_CANCELLED
                   ? error_set(err, ERROR_CANCELLED, "the run %s goes on", run->name)
                   : error_set(err, why.code, "%s", why.text);
    if (!run_get(ws, run->id, &after, err))
        return false;
    print_news(&f, NULL);
    bool ok = strcmp(after.state, "done") == 0 ||
              error_set(err, ERROR_STATE, "the run %s is %s%s%s", after.name, after.state,
                        after.error[0] ? ": " : "", after.error);
    if (ok && !cli->json)
        text_printf(cli->out, "%s is done after %.1f s of training\n", after.name, after.seconds);
    run_info_release(&after);
    return ok;
}

/* ---- acting on one ---- */

enum { GRACE_SECONDS = 10 };

static bool cancel(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err)
{
    if (unfinished(run) && !cli_confirm(cli, err, "Cancel the run %s?", run->name))
        return false;
    if (!queue_cancel(ws, run->id, GRACE_SECONDS, err))
        return false;
    if (!cli->json)
        text_printf(cli->out, "cancelled %s; `rote runs resume %s` continues from its checkpoint\n",
                    run->name, run->name);
    return true;
}

static bool resume(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err)
{
    if (!queue_resume(ws, run->id, err))
        return false;
    if (!cli->json)
        text_printf(cli->out, "%s is queued again; `rote runs` tells how far it is\n", run->name);
    return true;
}

static bool delete_run(struct cli *cli, struct workspace *ws, const struct run_info *run,
                       struct error *err)
{
    if (!cli_confirm(cli, err, "Delete run %s with its lists, labels and figures?", run->name) ||
        !queue_stop(ws, run->id, GRACE_SECONDS, err) || !run_delete(ws, run->id, err))
        return false;
    if (!cli->json)
        text_printf(cli->out, "deleted run %s\n", run->name);
    return true;
}

static bool rename_run(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                       struct error *err)
{
    struct run_info run;
    (void)cli;
    if (args->n_rest != 3)
        return error_set(err, ERROR_USAGE, "`runs rename` needs a run and its new name");
    if (!run_find(ws, args->rest[1], &run, err))
        return false;
    bool ok = run_rename(ws, run.id, args->rest[2], err);
    run_info_release(&run);
    return ok;
}

static bool at_once(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                    struct error *err)
{
    int32_t n = 0;
    if (args->n_rest > 2 ||
        (args->n_rest == 2 && !num_int32(args->rest[1], strlen(args->rest[1]), &n)))
        return error_set(err, ERROR_USAGE, "it is `rote runs at-once N`");
    if (args->n_rest == 2 && !queue_set_at_once(ws, n, err))
        return false;
    if (cli->json)
        fprintf(cli->out, "{\"at_once\": %d}\n", queue_at_once(ws));
    else
        text_printf(cli->out, "%d\n", queue_at_once(ws));
    return true;
}

/* ---- the command ---- */

static const struct act {
    struct cli_word word;
    bool (*on_run)(struct cli *cli, struct workspace *ws, const struct run_info *run,
                   struct error *err);
    bool (*on_words)(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                     struct error *err); /* NULL: on_run */
} acts[] = {
    {{"show", "R", "everything about one run, with a line per epoch"}, show_run, NULL},
    {{"log", "R", "its events, and the last lines that its worker wrote"}, print_log, NULL},
    {{"follow", "R", "a line per epoch as it comes, until the run ends; ^C leaves it alone"},
     follow,
     NULL},
    {{"cancel", "R", "stop its worker; the checkpoint is kept (asks)"}, cancel, NULL},
    {{"resume", "R", "continue one that failed or was cancelled, from its checkpoint"},
     resume,
     NULL},
    {{"rename", "R N", "give it another name"}, NULL, rename_run},
    {{"delete", "R", "with its lists, labels and figures (asks)"}, delete_run, NULL},
    {{"at-once", "[N]", "how many of the workspace's runs train at once (1 at first)"},
     NULL,
     at_once},
};

bool cli_runs_word(size_t i, struct cli_word *out)
{
    if (i < ARRAY_LEN(acts))
        *out = acts[i].word;
    return i < ARRAY_LEN(acts);
}

static bool act_on_run(struct cli *cli, struct workspace *ws, const struct act *act,
                       const struct cli_args *args, struct error *err)
{
    struct run_info run;
    if (args->n_rest < 2)
        return error_set(err, ERROR_USAGE, "`runs %s` needs a run; see `rote runs --help`",
                         act->word.name);
    if (!run_find(ws, args->rest[1], &run, err))
        return false;
    bool ok = act->on_run(cli, ws, &run, err);
    run_info_release(&run);
    return ok;
}

static bool act(struct cli *cli, struct workspace *ws, const struct cli_args *args,
                struct error *err)
{
    if (args->n_rest == 0)
        return list_runs(cli, ws, err);
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (strcmp(args->rest[0], acts[i].word.name) == 0)
            return acts[i].on_words ? acts[i].on_words(cli, ws, args, err)
                                    : act_on_run(cli, ws, &acts[i], args, err);
    return error_set(err, ERROR_USAGE, "there is no `runs %s`; see `rote runs --help`",
                     args->rest[0]);
}

int cli_runs(struct cli *cli, const struct cli_args *args, struct error *err)
{
    /* Read-only where the folder cannot be written. */
    struct workspace *ws = workspace_open(cli->workspace, WORKSPACE_READ_WRITE, err);
    bool ok = ws && queue_ingest(ws, err) && act(cli, ws, args, err);
    workspace_close(ws);
    return ok ? CLI_OK : cli_status(err);
}
