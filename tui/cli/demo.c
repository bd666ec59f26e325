/*
 * rote demo: the sample data (sample_data/) in a workspace with the reference models, and the
 * screens on it. What is already there from last time is kept.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report/audit_report.h"
#include "analysis/report/eval.h"
#include "analysis/report/train.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"

const struct cli_option cli_demo_options[] = {
    {"batch", 'b', NULL, "print the overview instead of opening the screens"},
    {0},
};

const char cli_demo_details[] =
    "Makes the workspace from the orders of 3,000 shoppers at an invented shop, trains the\n"
    "reference models on it and opens the screens. Without a terminal it prints the overview.\n"
    "A workspace that holds these data already is opened as it is.";

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
    struct workspace *ws = workspace_open(cli->workspace, WORKSPACE_READ_ONLY, err);
    struct workspace_facts facts;
    bool ok = ws && workspace_facts(ws, &facts, err);
    if (ok && facts.fingerprint != sample->fingerprint)
        ok = error_set(err, ERROR_STATE,
                       "%s holds other data; give the demo a folder of its own: rote -w DIR demo",
                       cli->workspace);
    workspace_close(ws);
    return ok;
}

static bool make_workspace(struct cli *cli, struct error *err)
{
    struct import_result sample = {0};
    char *db = path_join(cli->workspace, "rote.db");
    bool ok = read_sample(cli, &sample, err);
    if (ok)
        ok = file_exists(db) ? holds(cli, &sample, err)
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

static bool train_missing(struct cli *cli, struct study *study, struct error *err)
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

static void print_data(struct cli *cli, struct study *study, const struct audit *audit)
{
    const struct dataset *data = study_dataset(study);
    fprintf(cli->out, "%s: %d users, %d items, %lld interactions, fingerprint %016llx\n",
            study_name(study), data->n_users, data->n_items, (long long)data->n_interactions,
            (unsigned long long)data->fingerprint);
    for (size_t i = 0; i < audit->n; i++)
        fprintf(cli->out, "audit %s: %s\n", audit->finding[i].id, audit->finding[i].text);
}

/* "target reachable  last 41.2 %  any 47.0 %  …": the same for every run. */
static bool print_reachable(struct cli *cli, struct study *study, struct error *err)
{
    const struct definition presets[] = {definition_last(), definition_any(), definition_iirg()};
    fputs("target reachable", cli->out);
    for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
        struct eval eval;
        char name[DEFINITION_TEXT_MAX], share[16];
        if (!eval_get(study, study_run_at(study, 0), PART_TEST, &presets[i], cli->progress, &eval,
                      err))
            return false;
        definition_format(&presets[i], name);
        fprintf(cli->out, "  %s %s", name,
                cli_percent(eval_value(&eval, "reachable_target.value"), share));
        eval_release(&eval);
    }
    fputs("\n\n", cli->out);
    return true;
}

static bool print_runs(struct cli *cli, struct study *study, struct error *err)
{
    static const char *const columns[] = {
        "one_hop_ratio.observed",
        "one_hop_ratio.null.shuffle",
        "one_hop_ratio.excess",
        "labels.memorization.recommendations",
        "labels.generalization.recommendations",
        "labels.uncategorized.recommendations",
    };
    fprintf(cli->out, "%-12s %10s %10s %10s %10s   labels: %10s %10s %10s\n", "run", "recall@10",
            "one-hop", "shuffled", "excess", "memorized", "related", "neither");
    for (size_t i = 0; i < study_n_runs(study); i++) {
        const struct study_run *run = study_run_at(study, i);
        const struct definition last = definition_last();
        struct eval eval;
        char share[16];
        if (!run->has[PART_TEST])
            continue;
        if (!eval_get(study, run, PART_TEST, &last, cli->progress, &eval, err))
            return false;
        fprintf(cli->out, "%-12s %10.4f", run->name, eval_value(&eval, "metrics.recall@10"));
        for (size_t c = 0; c < ARRAY_LEN(columns); c++)
            fprintf(cli->out, "%s%10s", c == 3 ? "           " : " ",
                    cli_percent(eval_value(&eval, columns[c]), share));
        fputc('\n', cli->out);
        eval_release(&eval);
    }
    return true;
}

static bool print_overview(struct cli *cli, struct study *study, struct error *err)
{
    struct audit audit;
    if (!audit_study(study, cli->progress, &audit, err))
        return false;
    print_data(cli, study, &audit);
    audit_release(&audit);
    return print_reachable(cli, study, err) && print_runs(cli, study, err);
}

int cli_demo(struct cli *cli, const struct cli_args *args, struct error *err)
{
    (void)args;
    if (!make_workspace(cli, err))
        return cli_status(err);
    struct study *study = cli_study(cli, false, err);
    bool ok = study && train_missing(cli, study, err) && print_overview(cli, study, err);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
