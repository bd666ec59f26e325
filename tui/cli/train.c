/* rote train: models by name, options from one table. */
#include <string.h>

#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "storage/base/num.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"

const struct cli_option cli_train_options[] = {
    {"model", 'm', "M", "popularity, markov or item-knn"},
    {"set", 's', "K=V", "an option of the model (see below); may be repeated"},
    {"trained-on", 0, "EDGES", "train (default) or train+valid"},
    {"name", 'n', "NAME", "the run's name (default: the model's, numbered if taken)"},
    {0},
};

const char cli_train_details[] =
    "Model options:\n"
    "  markov    order=N    the longest context, 1 to 8 (1); longer ones back off to shorter\n"
    "  item-knn  window=N   positions to both sides that count as together, 1 to 100 (5)\n\n"
    "The lists are 50 deep, for every test and validation case, and labelled at once.";

static bool set_option(struct reference_run *wanted, const char *text, struct error *err)
{
    static const struct {
        enum reference_kind kind;
        const char *key;
        int32_t low, high;
        size_t at;
    } table[] = {
        {REFERENCE_MARKOV, "order", 1, REFERENCE_MAX_ORDER,
         offsetof(struct reference_options, order)},
        {REFERENCE_ITEM_KNN, "window", 1, 100, offsetof(struct reference_options, window)},
    };
    const char *equals = strchr(text, '=');
    for (size_t i = 0; equals && i < sizeof table / sizeof table[0]; i++) {
        if (table[i].kind != wanted->kind || strncmp(table[i].key, text, (size_t)(equals - text)) ||
            table[i].key[equals - text])
            continue;
        int32_t value;
        if (!num_int32(equals + 1, strlen(equals + 1), &value) || value < table[i].low ||
            value > table[i].high)
            return error_set(err, ERROR_USAGE, "--set %s: a whole number from %d to %d is needed",
                             text, table[i].low, table[i].high);
        memcpy((char *)&wanted->options + table[i].at, &value, sizeof(int));
        return true;
    }
    return error_set(err, ERROR_USAGE, "--set %s: %s has no such option; see `rote train --help`",
                     text, reference_name(wanted->kind));
}

static bool read_request(const struct cli_args *args, struct reference_run *wanted,
                         struct error *err)
{
    const char *model = cli_value(args, "model");
    if (!model)
        return error_set(err, ERROR_USAGE, "--model is needed: popularity, markov or item-knn");
    if (!reference_find(model, &wanted->kind))
        return error_set(err, ERROR_USAGE, "--model %s: it is popularity, markov or item-knn",
                         model);
    const char *on = cli_value(args, "trained-on");
    if (on && strcmp(on, "train") != 0 && strcmp(on, "train+valid") != 0)
        return error_set(err, ERROR_USAGE, "--trained-on %s: it is train or train+valid", on);
    wanted->on = on && strcmp(on, "train") != 0 ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    wanted->name = cli_value(args, "name");
    for (size_t i = 0; i < args->n_all; i++)
        if (strcmp(args->all[i].option->name, "set") == 0 &&
            !set_option(wanted, args->all[i].value, err))
            return false;
    return true;
}

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
    fprintf(cli->out,
            "run %lld %s  %.2f s  recall@10 %.4f  ndcg@10 %.4f  one-hop (last, K=10) %s, shuffled "
            "%s\n",
            (long long)run->id, run->name, run->seconds, eval_value(eval, "metrics.recall@10"),
            eval_value(eval, "metrics.ndcg@10"),
            cli_percent(eval_value(eval, "one_hop_ratio.observed"), ratio),
            cli_percent(eval_value(eval, "one_hop_ratio.null.shuffle"), null));
}

int cli_train(struct cli *cli, const struct cli_args *args, struct error *err)
{
    struct reference_run wanted = {0};
    if (!read_request(args, &wanted, err))
        return cli_status(err);
    struct study *study = cli_study(cli, false, err);
    const struct study_run *run;
    struct definition last;
    struct eval eval;
    bool ok = study && train_reference(study, &wanted, cli->progress, &run, err) &&
              cli_definition("last", 0, run, &last, err) &&
              eval_get(study, run, PART_TEST, &last, cli->progress, &eval, err);
    if (ok) {
        print_run(cli, study, run, &eval);
        eval_release(&eval);
    }
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
