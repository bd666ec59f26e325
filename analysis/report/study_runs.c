#include "analysis/report/study_runs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"

static const char *const part_name[] = {"test", "valid"};

struct run_record {
    struct study_run run; /* first: a study_run is found back as its record */
    struct run_info info;
    struct run_recs recs[2];
    struct run_labels labels[2];
};

static void record_free(struct run_record *r)
{
    for (int part = 0; part < 2; part++) {
        run_recs_close(&r->recs[part]);
        run_labels_close(&r->labels[part]);
    }
    run_info_release(&r->info);
    free(r);
}

void study_runs_init(struct study_runs *runs)
{
    *runs = (struct study_runs){.generation = -1};
    atomic_store(&runs->newest, mem_zalloc(1, sizeof(struct run_snapshot)));
}

void study_runs_release(struct study_runs *runs)
{
    struct run_snapshot *s = atomic_load(&runs->newest);
    while (s) {
        struct run_snapshot *older = s->older;
        free(s->run);
        free(s);
        s = older;
    }
    for (size_t i = 0; i < runs->n_records; i++)
        record_free(runs->records[i]);
    free(runs->records);
}

const struct run_snapshot *study_runs_snapshot(const struct study_runs *runs)
{
    return atomic_load(&((struct study_runs *)(uintptr_t)runs)->newest);
}

/* Lists that do not fit the split (made before another import) are as good as none. */
static void map_part(struct run_record *r, struct workspace *ws, const struct split *split,
                     int part)
{
    struct run_recs *recs = &r->recs[part];
    if (!run_recs_exist(ws, r->info.id, part_name[part]) ||
        !run_recs_open(ws, r->info.id, part_name[part], recs, NULL))
        return;
    if (recs->n_cases != split->part[part].n) {
        run_recs_close(recs);
        return;
    }
    r->run.has[part] = true;
    r->run.recs[part] = (struct recs){
        .n_cases = recs->n_cases, .depth = recs->depth, .item = recs->item, .score = recs->score};
    struct run_labels *labels = &r->labels[part];
    if (!run_labels_exist(ws, r->info.id, part_name[part], r->info.trained_on) ||
        !run_labels_open(ws, r->info.id, part_name[part], r->info.trained_on, labels, NULL))
        return;
    if (labels->n_cases == recs->n_cases && labels->depth == recs->depth) {
        r->run.relation[part] = labels->relation;
        r->run.verbatim[part] = labels->verbatim;
        r->run.one_hop[part] = labels->one_hop;
    }
}

/* Takes over *info. */
static struct run_record *record_new(struct run_info *info, struct workspace *ws,
                                     const struct split *split)
{
    struct run_record *r = mem_zalloc(1, sizeof *r);
    r->info = *info;
    *info = (struct run_info){0};
    r->run = (struct study_run){
        .id = r->info.id,
        .name = r->info.name,
        .model = r->info.model,
        .strategy = r->info.strategy,
        .state = r->info.state,
        .options_json = r->info.options_json,
        .seed = r->info.seed,
        .trained_on =
            strcmp(r->info.trained_on, "train") == 0 ? TRAINED_ON_TRAIN : TRAINED_ON_TRAIN_VALID,
        .trained_on_assumed = r->info.trained_on_assumed,
        .seconds = r->info.seconds,
    };
    for (int part = 0; part < 2; part++)
        map_part(r, ws, split, part);
    return r;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The record of the newest snapshot that still says what the database says, or NULL. */
static struct run_record *unchanged(const struct study_runs *runs, const struct run_info *info,
                                    struct workspace *ws)
{
    const struct run_snapshot *s = study_runs_snapshot(runs);
    for (size_t i = 0; i < s->n; i++) {
        struct run_record *r = (struct run_record *)(uintptr_t)s->run[i];
        if (r->info.id != info->id)
            continue;
        bool ok = same(r->info.name, info->name) && same(r->info.state, info->state) &&
                  same(r->info.error, info->error) && r->info.ended == info->ended &&
                  r->info.started == info->started && !(r->info.seconds < info->seconds) &&
                  !(r->info.seconds > info->seconds);
        for (int part = 0; part < 2 && ok; part++)
            ok = r->run.has[part] == run_recs_exist(ws, info->id, part_name[part]) &&
                 study_run_is_labelled(&r->run, (enum part)part) ==
                     run_labels_exist(ws, info->id, part_name[part], info->trained_on);
        return ok ? r : NULL;
    }
    return NULL;
}

bool study_runs_read(struct study_runs *runs, struct workspace *ws, const struct split *split,
                     struct error *err)
{
    int64_t generation = run_generation(ws);
    if (generation == runs->generation && generation != 0)
        return true;
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    struct run_snapshot *s = mem_zalloc(1, sizeof *s);
    s->n = list.n;
    s->run = mem_zalloc(list.n, sizeof *s->run);
    for (size_t i = 0; i < list.n; i++) {
        struct run_record *r = unchanged(runs, &list.run[i], ws);
        if (!r) {
            r = record_new(&list.run[i], ws, split);
            MEM_GROW(runs->records, runs->n_records + 1, runs->cap);
            runs->records[runs->n_records++] = r;
        }
        s->run[i] = &r->run;
    }
    run_list_release(&list);
    s->older = atomic_load(&runs->newest);
    atomic_store(&runs->newest, s);
    runs->generation = generation;
    return true;
}
