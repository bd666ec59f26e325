/* rote export trec, weights, llama-factory: what runs left, and what a run would be trained on. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/run/exchange.h"
#include "analysis/run/folder.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/cli/export_files.h"

/* ---- trec ---- */

/* A case's topic: its user, with the target's place where the user has several cases of the part.
 */
static void add_topic(const struct export_job *j, int64_t at, struct buf *out)
{
    const struct case_list *cases = &study_split(j->study)->part[j->part];
    int32_t u = cases->user[at];
    bool several =
        (at > 0 && cases->user[at - 1] == u) || (at + 1 < cases->n && cases->user[at + 1] == u);
    buf_adds(out, strtab_get(&study_dataset(j->study)->user_id, u));
    if (several)
        buf_addf(out, ":%d", (int)cases->position[at]);
}

static bool write_qrels(const struct export_job *j, const char *path, struct error *err)
{
    const struct dataset *d = study_dataset(j->study);
    const struct case_list *cases = &study_split(j->study)->part[j->part];
    struct export_text t;
    struct buf topic;
    if (!export_text_begin(&t, path, NULL, err))
        return false;
    buf_init(&topic);
    for (int64_t at = 0; at < cases->n; at++) {
        int32_t item =
            corpus_sequence(study_corpus(j->study), cases->user[at])[cases->position[at]];
        buf_clear(&topic);
        add_topic(j, at, &topic);
        fprintf(t.stream, "%s 0 %s 1\n", topic.data, strtab_get(&d->item_id, item));
    }
    buf_release(&topic);
    return export_text_commit(&t, err);
}

/* A run's name without blanks: a field of the line. */
static char *tag_of(const char *name)
{
    char *tag = mem_strdup(name);
    for (char *p = tag; *p; p++)
        if (*p == ' ')
            *p = '_';
    return tag;
}

/* trec_eval orders a topic by score, not by rank: scores that tie or rise are lowered to the next
 * number below the one before, which keeps the order of the list. */
static float score_at(const struct recs *recs, int64_t slot, int32_t rank, float before)
{
    float score = recs->score ? recs->score[slot] : (float)(recs->depth - rank);
    if (isnan(score))
        score = before;
    return rank > 0 && score >= before ? nextafterf(before, -INFINITY) : score;
}

static void write_list(const struct export_job *j, const struct recs *recs, int64_t at,
                       const char *tag, FILE *out)
{
    const struct dataset *d = study_dataset(j->study);
    const int32_t *item = recs_row(recs, at);
    struct buf topic;
    float score = 0;
    buf_init(&topic);
    add_topic(j, at, &topic);
    for (int32_t i = 0; i < recs->depth && item[i] != RECS_NONE; i++) {
        score = score_at(recs, at * recs->depth + i, i, score);
        fprintf(out, "%s Q0 ", topic.data);
        if (item[i] >= 0)
            fputs(strtab_get(&d->item_id, item[i]), out);
        else
            fprintf(out, "(illegal-%d)", (int)i + 1); /* keeps its place, as a miss */
        fprintf(out, " %d %.9g %s\n", (int)i + 1, (double)score, tag);
    }
    buf_release(&topic);
}

static bool write_run(const struct export_job *j, const struct study_run *run, const char *path,
                      struct error *err)
{
    const struct recs *recs = &run->recs[j->part];
    struct export_text t;
    if (!export_text_begin(&t, path, NULL, err))
        return false;
    char *tag = tag_of(run->name);
    bool ok = true;
    for (int64_t at = 0; ok && at < recs->n_cases; at++) {
        write_list(j, recs, at, tag, t.stream);
        ok = at % 1024 != 0 || progress_at(j->cli->progress, "exporting", (double)at,
                                           (double)recs->n_cases, "cases", err);
    }
    free(tag);
    if (!ok)
        file_replace_abandon(&t.file);
    return ok && export_text_commit(&t, err);
}

static bool write_file(const struct export_job *j, const struct new_folder *folder,
                       const struct study_run *run, const char *name, struct error *err)
{
    char *path = new_folder_file(folder, name);
    bool ok = run ? write_run(j, run, path, err) : write_qrels(j, path, err);
    free(path);
    return ok;
}

static bool runs_have_lists(const struct export_job *j, const struct study_run **runs, size_t n,
                            struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!runs[i]->has[j->part])
            return error_set(err, ERROR_STATE, "%s has no lists for the %s part", runs[i]->name,
                             cli_part_name(j->part));
    return true;
}

bool export_trec(const struct export_job *j, struct error *err)
{
    static const char format[] = "a TREC file";
    const struct dataset *d = study_dataset(j->study);
    const struct study_run **runs = NULL;
    struct new_folder folder = {0};
    size_t n = 0;
    bool ok = export_needs_output(j, "a folder", err) &&
              export_ids_fit(&d->user_id, EXPORT_IDS_WORD, "user", format, err) &&
              export_ids_fit(&d->item_id, EXPORT_IDS_WORD, "item", format, err) &&
              export_runs_named(j, &runs, &n, err) && runs_have_lists(j, runs, n, err) &&
              new_folder_begin(&folder, j->path, err);
    char *at = ok ? mem_strdup(folder.path) : NULL;
    const char **file = mem_zalloc(n + 2, sizeof *file);
    char *qrels = mem_printf("qrels.%s", cli_part_name(j->part));
    file[0] = qrels;
    ok = ok && write_file(j, &folder, NULL, file[0], err);
    for (size_t i = 0; ok && i < n; i++) {
        file[i + 1] = mem_printf("%s.run", runs[i]->name);
        ok = write_file(j, &folder, runs[i], file[i + 1], err);
    }
    ok = ok && new_folder_commit(&folder, err);
    if (ok)
        export_tell(j, at, file, NULL, NULL);
    new_folder_abandon(&folder);
    for (size_t i = 0; i < n; i++)
        free((char *)(uintptr_t)file[i + 1]);
    free(file);
    free(qrels);
    free(at);
    free(runs);
    return ok;
}

/* ---- weights ---- */

static bool copy(const char *from, const char *to, struct error *err)
{
    struct file_map map;
    if (!file_map_open(from, &map, err))
        return false;
    bool ok = file_write(to, map.data, map.size, err);
    file_map_close(&map);
    return ok;
}

static bool copy_weights(const struct export_job *j, const char *dir, const char *const *names,
                         struct error *err)
{
    struct new_folder folder;
    const char *there[4] = {0};
    size_t n = 0;
    if (!new_folder_begin(&folder, j->path, err))
        return false;
    char *at = mem_strdup(folder.path);
    bool ok = true;
    for (; ok && *names; names++) {
        char *from = path_join(dir, *names), *to = new_folder_file(&folder, *names);
        if (file_exists(from)) {
            ok = copy(from, to, err);
            there[n++] = *names;
        }
        free(from);
        free(to);
    }
    ok = ok && new_folder_commit(&folder, err);
    if (ok)
        export_tell(j, at, there, NULL, NULL);
    new_folder_abandon(&folder);
    free(at);
    return ok;
}

bool export_weights(const struct export_job *j, struct error *err)
{
    static const char *const names[] = {"model.safetensors", "config.json", "semid.safetensors",
                                        NULL};
    const struct study_run *run = export_run(j, err);
    if (!run || !export_needs_output(j, "a folder", err))
        return false;
    char *dir = mem_printf("%s/runs/%" PRId64, study_dir(j->study), run->id);
    char *model = path_join(dir, names[0]);
    bool ok = file_exists(model) ||
              error_set(err, ERROR_STATE,
                        "%s has no weights in %s: sasrec and gr have some once an epoch is done, "
                        "other trainers keep theirs, and the rest is counted",
                        run->name, dir);
    ok = ok && copy_weights(j, dir, names, err);
    free(model);
    free(dir);
    return ok;
}

/* ---- llama-factory ---- */

static bool read_mixture(const struct export_job *j, struct run_job *job, struct error *err)
{
    const char *strategy = cli_value(j->args, "strategy"), *on = cli_value(j->args, "trained-on");
    if (!strategy_parse(strategy ? strategy : "iirg", &job->options.strategy, err))
        return error_prefix(err, "--strategy");
    for (int i = 0; i < STRATEGIES; i++)
        if (job->options.strategy.has[i] && i != STRATEGY_IIRG)
            return error_set(err, ERROR_USAGE,
                             "--strategy: the mixture is of iirg or next-item; what %s changes is "
                             "the trainer's to do",
                             strategy_info((enum strategy_id)i)->name);
    if (on && strcmp(on, "train") != 0 && strcmp(on, "train+valid") != 0)
        return error_set(err, ERROR_USAGE, "--trained-on %s: it is train or train+valid", on);
    job->on = on && strcmp(on, "train") != 0 ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    return true;
}

static void tell_mixture(const struct export_job *j, const char *folder, struct jval *notes)
{
    static const char *const all[] = {"dataset_info.json", "next-item.jsonl", "collaborative.jsonl",
                                      "semantic.jsonl"};
    const char *there[ARRAY_LEN(all) + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        char *path = path_join(folder, all[i]);
        if (file_exists(path))
            there[n++] = all[i];
        free(path);
    }
    export_tell(j, folder, there, notes, NULL);
}

bool export_llama_factory(const struct export_job *j, struct error *err)
{
    struct run_job job = {0};
    struct new_folder folder;
    struct jval *notes = NULL;
    if (!export_needs_output(j, "a folder", err) || !read_mixture(j, &job, err) ||
        !new_folder_begin(&folder, j->path, err))
        return false;
    char *at = mem_strdup(folder.path);
    struct training training =
        split_training(study_split(j->study), study_corpus(j->study), job.on);
    struct launch_work work = {.job = &job,
                               .dataset = study_dataset(j->study),
                               .corpus = study_corpus(j->study),
                               .split = study_split(j->study),
                               .training = &training,
                               .progress = j->cli->progress};
    bool ok = exchange_write_mixture(&work, folder.temporary, &notes, err) &&
              new_folder_commit(&folder, err);
    if (ok)
        tell_mixture(j, at, notes);
    else
        jval_free(notes);
    new_folder_abandon(&folder);
    free(at);
    return ok;
}
