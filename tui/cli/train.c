/* rote train: counts a reference model at once, or has a worker train one and follows it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report/eval.h"
#include "analysis/report/groups.h"
#include "analysis/report/train.h"
#include "analysis/run/exchange.h"
#include "analysis/run/queue.h"
#include "storage/base/mem.h"
#include "storage/db/run_store.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/cli/train.h"
#include "tui/cli/train_halves.h"
#include "tui/widgets/text_out.h"

const struct cli_option cli_train_options[] = {
    {"model", 'm', "M", "popularity, markov, item-knn, sasrec, gr or ensemble"},
    {"of", 0, "A,B", "ensemble: the run that memorizes and the one that generalizes"},
    {"strategy", 0, "S", "next-item (default) or others, \"iirg+goldfish:k=3\" (see below)"},
    {"set", 's', "K=V", "an option of the model or, \"iirg.window=3\", of a strategy; repeatable"},
    {"seed", 0, "N", "the same as --set seed=N"},
    {"seeds", 0, "N", "N runs, with this seed and those after it"},
    {"grid", 0, "K=A,B", "a run for each value of an option; repeated: for each combination"},
    {"trained-on", 0, "EDGES", "train (default) or train+valid (all epochs, the last one is kept)"},
    {"name", 'n', "NAME", "the run's name (default: the model's, numbered if taken)"},
    {"detach", 'd', NULL, "do not wait for a model that is trained"},
    {"launcher", 0, "L", "local (default), or command: another program trains"},
    {"command", 0, "C", "what the shell runs then; {dir} is the exchange folder"},
    {0},
};

const char cli_train_details[] =
    "popularity, markov and item-knn are counted at once. sasrec and gr are trained by a worker\n"
    "that goes on when this command ends; one works at a time, the others wait in the queue. ^C\n"
    "asks whether to cancel. The lists are 50 deep, for every test and validation case.\n"
    "--launcher command --command 'python3 train.py {dir}' has another program train a model of\n"
    "any name with any options: docs/training.md tells what it finds in {dir} and leaves there.\n"
    "--seeds and --grid start several runs, named after their values; the same command again "
    "takes\n"
    "up what is not done. In `rote export frontier` and `rote compare` seeds are one group.\n"
    "--strategy halves trains m runs, NAME-1 to NAME-m, and tells what each user's own data "
    "changed;\n"
    "the same command again starts and resumes what is missing.";

/* ---- what was asked for ---- */

static bool read_options(const struct cli_args *args, struct run_options *options,
                         struct error *err)
{
    for (size_t i = 0; i < args->n_all; i++)
        if (strcmp(args->all[i].option->name, "set") == 0 &&
            !run_options_set(options, args->all[i].value, err))
            return error_prefix(err, "--set");
    const char *seed = cli_value(args, "seed");
    if (seed && run_model_is_trained(options->model)) {
        int64_t value = 0;
        if (!cli_int(args, "seed", 0, (int64_t)run_option(OPTION_SEED)->high, &value, err))
            return false;
        options->value[OPTION_SEED] = (double)value;
    } else if (seed) {
        return error_set(err, ERROR_USAGE, "--seed: %s draws nothing at random",
                         run_model_name(options->model));
    }
    return run_options_check(options, err);
}

/* ---- an external trainer ---- */

/* Texts that a request borrows. */
struct external {
    char *settings, *directory;
};

static void external_release(struct external *e)
{
    free(e->settings);
    free(e->directory);
}

/* Is it an option of a strategy, "iirg.window=3"? Other names may have dots, too. */
static bool is_of_strategy(const char *text)
{
    size_t n = strcspn(text, ".=");
    for (int i = 0; text[n] == '.' && i < STRATEGIES; i++) {
        const char *name = strategy_info((enum strategy_id)i)->name;
        if (strlen(name) == n && memcmp(name, text, n) == 0)
            return true;
    }
    return false;
}

/* --set and --seed as a JSON object: names and values are the trainer's. */
static bool read_settings(const struct cli_args *args, struct strategy *strategy, char **out,
                          struct error *err)
{
    struct jval *o = jval_new_object();
    int64_t seed = 1;
    bool ok = cli_int(args, "seed", 0, (int64_t)run_option(OPTION_SEED)->high, &seed, err);
    jval_put_int(o, "seed", seed);
    for (size_t i = 0; ok && i < args->n_all; i++) {
        const char *text = args->all[i].value, *equals = text ? strchr(text, '=') : NULL;
        if (strcmp(args->all[i].option->name, "set") != 0)
            continue;
        if (is_of_strategy(text)) {
            ok = strategy_set(strategy, text, err) || error_prefix(err, "--set");
            continue;
        }
        if (!equals || equals == text) {
            ok = error_set(err, ERROR_USAGE, "--set %s: it is NAME=VALUE", text);
            break;
        }
        char *key = mem_strndup(text, (size_t)(equals - text));
        jval_put(o, key, exchange_value(equals + 1, strlen(equals + 1)));
        free(key);
    }
    struct buf text;
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    *out = buf_detach(&text);
    return ok;
}

static bool read_external(const struct cli_args *args, struct run_request *out,
                          struct external *texts, struct error *err)
{
    const char *model = cli_value(args, "model"), *on = cli_value(args, "trained-on");
    const char *command = cli_value(args, "command"), *name = cli_value(args, "strategy");
    struct strategy strategy = strategy_next_item();
    if (!command || !*command)
        return error_set(err, ERROR_USAGE,
                         "--launcher command needs --command, such as 'python3 train.py {dir}'");
    texts->directory = getcwd(NULL, 0);
    if (!texts->directory)
        return error_set_errno(err, errno, "cannot tell the folder to run the command in");
    if (name && !strategy_parse(name, &strategy, err))
        return error_prefix(err, "--strategy");
    if (!read_settings(args, &strategy, &texts->settings, err))
        return false;
    *out = (struct run_request){.launcher = LAUNCHER_COMMAND,
                                .name = cli_value(args, "name"),
                                .on = on && strcmp(on, "train") != 0 ? TRAINED_ON_TRAIN_VALID
                                                                     : TRAINED_ON_TRAIN,
                                .options.strategy = strategy,
                                .model = model ? model : "external",
                                .settings = texts->settings,
                                .command = command,
                                .directory = texts->directory};
    return true;
}

static bool read_request(const struct cli_args *args, struct run_request *out,
                         struct external *texts, struct error *err)
{
    const char *launcher = cli_value(args, "launcher");
    enum launcher_id id = LAUNCHER_LOCAL;
    const char *name = cli_value(args, "model"), *strategy = cli_value(args, "strategy");
    const char *on = cli_value(args, "trained-on");
    enum run_model model;
    if (launcher && !launcher_find(launcher, &id, err))
        return error_prefix(err, "--launcher");
    if (on && strcmp(on, "train") != 0 && strcmp(on, "train+valid") != 0)
        return error_set(err, ERROR_USAGE, "--trained-on %s: it is train or train+valid", on);
    if (id == LAUNCHER_COMMAND)
        return read_external(args, out, texts, err);
    if (cli_value(args, "command"))
        return error_set(err, ERROR_USAGE, "--command needs --launcher command");
    if (!name)
        return error_set(err, ERROR_USAGE,
                         "--model is needed: popularity, markov, item-knn, sasrec, gr or ensemble");
    if (!run_model_find(name, &model, err))
        return error_prefix(err, "--model");
    *out = (struct run_request){.options = run_options_default(model),
                                .name = cli_value(args, "name"),
                                .on = on && strcmp(on, "train") != 0 ? TRAINED_ON_TRAIN_VALID
                                                                     : TRAINED_ON_TRAIN};
    if (strategy && !strategy_parse(strategy, &out->options.strategy, err))
        return error_prefix(err, "--strategy");
    return read_options(args, &out->options, err);
}

/* ---- what came out ---- */

static void print_run(struct cli *cli, struct study *study, const struct study_run *run,
                      const struct eval *eval)
{
    if (cli->json) {
        struct jval *o = eval_to_json(study, eval);
        jval_put_int(o, "id", run->id);
        jval_put_real(o, "seconds", run->seconds);
        jval_print(o, false, cli->out);
        jval_free(o);
        return;
    }
    char ratio[16], null[16];
    text_printf(
        cli->out,
        "run %lld %s  %.2f s  recall@10 %.4f  ndcg@10 %.4f  one-hop (last, K=10) %s, shuffled "
        "%s\n",
        (long long)run->id, run->name, run->seconds, eval_value(eval, "metrics.recall@10"),
        eval_value(eval, "metrics.ndcg@10"),
        cli_percent(eval_value(eval, "one_hop_ratio.observed"), ratio),
        cli_percent(eval_value(eval, "one_hop_ratio.null.shuffle"), null));
}

bool cli_train_result(struct cli *cli, struct study *study, const struct study_run *run,
                      struct error *err)
{
    struct definition last;
    struct eval eval;
    if (!cli_definition("last", 0, run, &last, err) ||
        !eval_get(study, run, PART_TEST, &last, cli->progress, &eval, err))
        return false;
    print_run(cli, study, run, &eval);
    eval_release(&eval);
    return true;
}

static bool count(struct cli *cli, struct study *study, const struct run_request *request,
                  struct error *err)
{
    const struct study_run *run;
    struct reference_run wanted = {.kind = (enum reference_kind)request->options.model,
                                   .name = request->name,
                                   .on = request->on};
    if (request->options.model == RUN_MARKOV)
        wanted.options.order = run_options_int(&request->options, OPTION_ORDER);
    if (request->options.model == RUN_ITEM_KNN)
        wanted.options.window = run_options_int(&request->options, OPTION_WINDOW);
    return train_reference(study, &wanted, cli->progress, &run, err) &&
           cli_train_result(cli, study, run, err);
}

static bool combine(struct cli *cli, struct study *study, const char *of, const char *name,
                    struct error *err)
{
    const struct study_run **member = NULL, *run;
    size_t n = 0;
    bool ok = (!of || runs_of_word(study, of, &member, &n, err)) &&
              (n == 2 ||
               error_set(err, ERROR_USAGE,
                         "--model ensemble needs --of MEMORIZER,GENERALIZER: two runs' names")) &&
              train_ensemble(study, member[0], member[1], name, cli->progress, &run, err) &&
              cli_train_result(cli, study, run, err);
    free(member);
    return ok;
}

/* ---- following a worker ---- */

/* What is not measured is not shown: runs on train+valid have nothing to validate on, and other
 * trainers tell what they like. */
static void show_epoch(FILE *out, const struct run_progress *p)
{
    text_printf(out, "  epoch %d", (int)p->epoch);
    if (!isnan(p->loss))
        text_printf(out, "  loss %.3f", p->loss);
    if (!isnan(p->recall10))
        text_printf(out, "  recall@10 %.4f", p->recall10);
    if (!isnan(p->one_hop))
        text_printf(out, "  one-hop %.1f %%", p->one_hop * 100);
    if (!isnan(p->one_hop_shuffle))
        text_printf(out, " (shuffled %.1f %%)", p->one_hop_shuffle * 100);
    if (!isnan(p->tokens_per_second))
        text_printf(out, "  %.0f tokens/s", p->tokens_per_second);
}

static void show(void *context, const struct run_progress *p)
{
    struct cli *cli = context;
    if (!cli->progress->report)
        return;
    text_printf(cli->err, "\r\033[K%s", p->what[0] ? p->what : "starting");
    if (!isnan(p->share))
        text_printf(cli->err, " %.0f %%", p->share * 100);
    if (!isnan(p->eta_seconds))
        text_printf(cli->err, "  %.0f s left", p->eta_seconds);
    if (p->epoch > 0)
        show_epoch(cli->err, p);
    fflush(cli->err);
}

/* After ^C. Without a terminal to ask on it means what it says. */
static bool stop(struct cli *cli, struct workspace *ws, const struct run_info *run,
                 struct error *err)
{
    enum { GRACE_SECONDS = 10 };
    struct error unused;
    atomic_store(&cli->progress->cancel, false);
    if (cli->progress->report)
        fputs("\r\033[K", cli->err);
    bool ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
    if (ask &&
        !cli_confirm(cli, &unused, "Cancel the run %s? Otherwise it goes on alone.", run->name))
        return error_set(err, ERROR_CANCELLED, "the run %s goes on; `rote runs` tells of it",
                         run->name);
    return queue_cancel(ws, run->id, GRACE_SECONDS, err) &&
           error_set(err, ERROR_CANCELLED,
                     "cancelled; `rote runs resume %s` continues from its checkpoint", run->name);
}

static bool ended_well(struct workspace *ws, int64_t id, struct error *err)
{
    struct run_info run;
    if (!run_get(ws, id, &run, err))
        return false;
    bool ok =
        strcmp(run.state, "done") == 0 ||
        error_set(err, strcmp(run.state, "cancelled") == 0 ? ERROR_CANCELLED : ERROR_STATE,
                  "the run %s is %s%s%s", run.name, run.state, run.error[0] ? ": " : "", run.error);
    run_info_release(&run);
    return ok;
}

bool cli_follow(struct cli *cli, struct workspace *ws, int64_t id, struct error *err)
{
    struct run_info run;
    if (!run_get(ws, id, &run, err))
        return false;
    struct error why = {0};
    bool ok = queue_follow(ws, id, show, cli, cli->progress, &why);
    if (!ok)
        ok = why.code == ERROR_CANCELLED ? stop(cli, ws, &run, err)
                                         : error_set(err, why.code, "%s", why.text);
    else
        ok = ended_well(ws, id, err);
    if (cli->progress->report)
        fputs("\r\033[K", cli->err);
    run_info_release(&run);
    return ok;
}

static void print_queued(struct cli *cli, const struct run_info *run)
{
    if (cli->json) {
        struct jval *o = jval_new_object();
        jval_put_int(o, "id", run->id);
        jval_put_string(o, "run", run->name);
        jval_put_string(o, "state", run->state);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else {
        text_printf(cli->out, "run %lld %s is %s; `rote runs` tells how far it is\n",
                    (long long)run->id, run->name, run->state);
    }
}

static bool train(struct cli *cli, struct study *study, const struct run_request *request,
                  bool detach, struct error *err)
{
    if (request->launcher == LAUNCHER_LOCAL && strategy_is_experiment(&request->options.strategy))
        return cli_train_halves(cli, study, request, detach, err);
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    struct run_info info;
    int64_t id;
    const struct study_run *run;
    bool ok = ws && queue_submit(ws, request, &id, err) && run_get(ws, id, &info, err);
    if (ok && detach)
        print_queued(cli, &info);
    if (ok)
        run_info_release(&info);
    if (ok && !detach)
        ok = cli_follow(cli, ws, id, err) && train_finish(study, id, cli->progress, &run, err) &&
             cli_train_result(cli, study, run, err);
    workspace_close(ws);
    return ok;
}

static bool is_queued(const struct run_request *request)
{
    return launcher_get(request->launcher)->is_external ||
           run_model_is_trained(request->options.model);
}

int cli_train(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct run_request request;
    struct external texts = {0};
    bool detach = cli_flag(args, "detach"), ok = read_request(args, &request, &texts, err);
    struct study *study = ok ? cli_study(cli, false, err) : NULL;
    ok = study && (cli_is_sweep(args)    ? cli_sweep(cli, study, &request, args, detach, err)
                   : is_queued(&request) ? train(cli, study, &request, detach, err)
                   : request.options.model == RUN_ENSEMBLE
                       ? combine(cli, study, cli_value(args, "of"), request.name, err)
                       : count(cli, study, &request, err));
    study_close(study);
    external_release(&texts);
    return ok ? CLI_OK : cli_status(err);
}
