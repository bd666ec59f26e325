#include "tui/cli/studies.h"

#include <math.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/report/groups.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"

struct study *cli_study(struct cli *cli, bool read_only, struct error *err)
{
    struct study *study = NULL;
    if (read_only)
        workspace_update(cli->workspace);
    return study_open(cli->workspace, read_only, cli->progress, &study, err) ? study : NULL;
}

bool cli_part(const struct cli_args *args, enum part *part, struct error *err)
{
    const char *text = cli_value(args, "split");
    if (!text || strcmp(text, "test") == 0)
        *part = PART_TEST;
    else if (strcmp(text, "valid") == 0)
        *part = PART_VALID;
    else
        return error_set(err, ERROR_USAGE, "--split %s: it is test or valid", text);
    return true;
}

const char *cli_part_name(enum part part)
{
    return part == PART_TEST ? "test" : "valid";
}

bool cli_definition(const char *text, int k, const struct study_run *run, struct definition *out,
                    struct error *err)
{
    if (!definition_parse(text ? text : "last", out, err))
        return false;
    if (run && !(text && strstr(text, "edges=")))
        out->train_valid = run->trained_on == TRAINED_ON_TRAIN_VALID;
    if (k > 0)
        out->k = k;
    return true;
}

const char *cli_item_name(struct study *study, int32_t item)
{
    const struct dataset *d = study_dataset(study);
    if (item < 0)
        return item == RECS_ILLEGAL ? "(illegal)" : "(missing)";
    return strtab_len(&d->title, item) ? strtab_get(&d->title, item)
                                       : strtab_get(&d->item_id, item);
}

bool cli_runs_named(struct study *study, const struct cli_args *args,
                    const struct study_run ***runs, size_t *n, struct error *err)
{
    bool ok = true;
    *runs = NULL;
    *n = 0;
    for (size_t i = 0; ok && i < args->n_rest; i++)
        ok = runs_of_word(study, args->rest[i], runs, n, err);
    for (size_t i = 0; args->n_rest == 0 && i < study_n_runs(study); i++) {
        const struct study_run *run = study_run_at(study, i);
        if (strcmp(run->state, "done") != 0)
            continue;
        *runs = mem_realloc(*runs, (*n + 1) * sizeof **runs);
        (*runs)[(*n)++] = run;
    }
    if (ok && *n > 0)
        return true;
    free(*runs);
    *runs = NULL;
    return ok ? error_set(err, ERROR_NOT_FOUND,
                          "there are no finished runs in %s; make one with `rote train --model "
                          "markov`",
                          study_dir(study))
              : false;
}

const char *cli_percent(double share, char text[16])
{
    if (isnan(share))
        snprintf(text, 16, "-");
    else
        snprintf(text, 16, "%.2f %%", share * 100);
    return text;
}

struct jval *cli_labels_json(uint16_t code)
{
    struct jval *list = jval_new_array();
    uint32_t set = relation_label_set(code);
    for (int l = 0; l < RELATION_LABELS; l++)
        if (set >> l & 1)
            jval_append(list, jval_new_string(relation_label_name(l)));
    return list;
}
