/*
 * rote demo: the sample data (sample_data/) in a workspace, the reference models at once, sasrec
 * and gr in the queue, and the screens on it. What is already there from last time is kept.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "analysis/run/queue.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"
#include "tui/screens/screens.h"

const struct cli_option cli_demo_options[] = {
    {"batch", 'b', NULL, "train everything, then print the overview instead of the screens"},
    {"counted", 0, NULL, "only the models that are counted, without sasrec and gr"},
    {0},
};

const char cli_demo_details[] =
    "Makes the workspace from the orders of 3,000 shoppers at an invented shop, counts the\n"
    "reference models and opens the screens with a tour of five steps, while sasrec and gr train\n"
    "in the queue. Without a terminal it waits for them and prints the overview. A workspace that\n"
    "holds these data already is opened as it is; :tour begins the tour again.";

/* Where the sample data lie: in the source folder that rote was built from, else as installed. NULL
 * with *err; the caller frees. */
static char *find_sample(const char *name, struct error *err)
{
    static const char *const dir[] = {ROTE_SAMPLE_SOURCE, ROTE_SAMPLE_INSTALLED};
    for (size_t i = 0; i < ARRAY_LEN(dir); i++) {
        char *path = path_join(dir[i], name);
        if (file_exists(path))
            return path;
        free(path);
    }
    error_set(err, ERROR_NOT_FOUND,
              "the sample data are neither in %s nor in %s: install rote again", dir[0], dir[1]);
    return NULL;
}

static bool read_sample(struct cli *cli, struct import_result *out, struct error *err)
{
    char *interactions = find_sample("wayside.inter", err);
    char *items = interactions ? find_sample("wayside.item", err) : NULL;
    const char *paths[] = {interactions, items};
    bool ok = items && import_run(&(struct import_options){.paths = paths, .n_paths = 2},
                                  cli->progress, out, err);
    free(interactions);
    free(items);
    return ok;
}

static bool holds(struct cli *cli, const struct import_result *sample, struct error *err)
{
    struct workspace *ws = workspace_open(cli->workspace, WORKSPACE_READ_WRITE, err);
    struct workspace_facts facts;
    bool ok = ws && workspace_facts(ws, &facts, err);
    if (ok && facts.fingerprint != sample->fingerprint)
        ok = error_set(err, ERROR_STATE,
                       "%s holds other data; give the demo a folder of its own: rote -w DIR demo",
                       cli->workspace);
    workspace_close(ws);
    return ok;
}

static bool make_workspace(struct cli *cli, bool *made, struct error *err)
{
    struct import_result sample = {0};
    char *db = path_join(cli->workspace, "rote.db");
    bool ok = read_sample(cli, &sample, err);
    *made = !file_exists(db);
    if (ok)
        ok = !*made ? holds(cli, &sample, err)
                    : workspace_create(cli->workspace, &sample, false, cli->progress, err);
    import_result_release(&sample);
    free(db);
    return ok;
}

static bool has_run(const struct study *study, const char *model)
{
    for (size_t i = 0; i < study_n_runs(study); i++) {
        const struct study_run *run = study_run_at(study, i);
        if (strcmp(run->model, model) == 0 && strcmp(run->state, "done") == 0)
            return true;
    }
    return false;
}

static bool count_missing(struct cli *cli, struct study *study, struct error *err)
{
    static const enum reference_kind kinds[] = {REFERENCE_POPULARITY, REFERENCE_MARKOV,
                                                REFERENCE_ITEM_KNN};
    if (!study_runs_refresh(study, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct study_run *run;
        struct reference_run wanted = {.kind = kinds[i]};
        if (!has_run(study, reference_name(kinds[i])) &&
            !train_reference(study, &wanted, cli->progress, &run, err))
            return false;
    }
    return true;
}

/* ---- sasrec and gr, small: the catalogue has 800 items ---- */

static const struct trained {
    enum run_model model;
    const char *options[16];
} trained[] = {
    {RUN_SASREC,
     {"epochs=10", "batch-tokens=1024", "warmup=50", "learning-rate=0.003", "valid-cases=500"}},
    {RUN_GR,
     {"epochs=12", "batch-tokens=1024", "warmup=50", "learning-rate=0.004", "valid-cases=200",
      "width=64", "layers=2", "heads=2", "items=8", "levels=2", "codes=32", "dropout=0.1"}},
};

/* The newest run of the model, in whatever state; NULL: none. */
static const struct study_run *newest(const struct study *study, enum run_model model)
{
    const struct study_run *found = NULL;
    for (size_t i = 0; i < study_n_runs(study); i++)
        if (strcmp(study_run_at(study, i)->model, run_model_name(model)) == 0)
            found = study_run_at(study, i);
    return found;
}

static bool queue_missing(struct study *study, struct error *err)
{
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    bool ok = ws != NULL;
    for (size_t i = 0; ok && i < ARRAY_LEN(trained); i++) {
        struct run_request request = {.options = run_options_default(trained[i].model)};
        int64_t run;
        if (newest(study, trained[i].model))
            continue;
        for (const char *const *o = trained[i].options; ok && *o; o++)
            ok = run_options_set(&request.options, *o, err);
        ok = ok && queue_submit(ws, &request, &run, err);
    }
    workspace_close(ws);
    return ok && study_runs_refresh(study, err);
}

/* Waits for what is in the queue, and labels it. */
static bool finish_queued(struct cli *cli, struct study *study, struct error *err)
{
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    bool ok = ws != NULL;
    for (size_t i = 0; ok && i < ARRAY_LEN(trained); i++) {
        const struct study_run *run = newest(study, trained[i].model);
        if (run && run_is_unfinished(run))
            ok = cli_follow(cli, ws, run->id, err) &&
                 train_finish(study, run->id, cli->progress, &run, err);
    }
    workspace_close(ws);
    return ok;
}

/* Every run's figures under the definition `last`. */
static bool print_json(struct cli *cli, struct study *study, struct error *err)
{
    struct jval *runs = jval_new_array();
    const struct definition last = definition_last();
    bool ok = true;
    for (size_t i = 0; ok && i < study_n_runs(study); i++) {
        const struct study_run *run = study_run_at(study, i);
        struct eval eval;
        if (!run->has[PART_TEST])
            continue;
        ok = eval_get(study, run, PART_TEST, &last, cli->progress, &eval, err);
        if (ok) {
            jval_append(runs, eval_to_json(study, &eval));
            eval_release(&eval);
        }
    }
    if (ok)
        jval_print(runs, false, cli->out);
    jval_free(runs);
    return ok;
}

static int open_screens(struct cli *cli, bool batch, bool tour, struct error *err)
{
    const char *const command[] = {batch ? "print" : "tour"};
    if (cli->progress && cli->progress->report)
        fputs("\r\033[K", cli->err); /* the line of progress */
    return screens_main(&(struct screens_options){.workspace = cli->workspace,
                                                  .batch = batch,
                                                  .commands = command,
                                                  .n_commands = batch || tour},
                        err);
}

int cli_demo(struct cli *cli, const struct cli_args *args, struct error *err)
{
    bool made;
    if (!make_workspace(cli, &made, err))
        return cli_status(err);
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    bool batch = cli_flag(args, "batch") || !terminal, more = !cli_flag(args, "counted");
    struct study *study = cli_study(cli, false, err);
    bool ok = study && count_missing(cli, study, err) && (!more || queue_missing(study, err)) &&
              (!more || !(batch || cli->json) || finish_queued(cli, study, err)) &&
              (!cli->json || print_json(cli, study, err));
    study_close(study);
    if (!ok)
        return cli_status(err);
    return cli->json ? CLI_OK : open_screens(cli, batch, made, err);
}
