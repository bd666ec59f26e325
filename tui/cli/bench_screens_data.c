/* The synthetic workspace of `rote bench screens`. Contract in bench_screens.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/label/definition.h"
#include "analysis/label/relation.h"
#include "analysis/math/rng.h"
#include "analysis/report/study.h"
#include "analysis/run/reference_run.h"
#include "analysis/run/run_lists.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/metric_store.h"
#include "storage/db/run_file.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tui/cli/bench_screens.h"

enum { STREAM_TITLES = 0x717e, STREAM_LABELS = 0x1abe1 };

/* ---- the files ---- */

static const char *const first_words[] = {
    "Amber", "Birch",   "Cobalt", "Dapple", "Ember",  "Fern",   "Granite", "Hazel",
    "Ivory", "Juniper", "Kelp",   "Linen",  "Marble", "Nettle", "Ochre",   "Pewter"};
static const char *const second_words[] = {
    "Pocket",  "Travel",  "Kitchen", "Garden", "Workshop", "Evening", "Winter", "Harbour",
    "Folding", "Painted", "Woven",   "Carved", "Quiet",    "Double",  "Narrow", "Country"};
static const char *const things[] = {"Lamp",   "Kettle",  "Notebook", "Scarf",  "Basket", "Hammer",
                                     "Teapot", "Blanket", "Candle",   "Ladder", "Puzzle", "Brush",
                                     "Mirror", "Saddle",  "Wrench",   "Cushion"};

static void title_of(int32_t item, uint64_t seed, char text[96])
{
    uint64_t draw = rng_at(seed, STREAM_TITLES, (uint64_t)item);
    snprintf(text, 96, "%s %s %s No. %d", first_words[draw & 15], second_words[draw >> 4 & 15],
             things[draw >> 8 & 15], item + 1);
}

static bool write_items(const char *path, const struct synthetic *s, struct error *err)
{
    struct file_replace file;
    if (!file_replace_begin(&file, path, err))
        return false;
    file.rebuildable = true;
    fputs("item_id,title,category\n", file.stream);
    for (int32_t i = 0; i < s->n_items; i++) {
        char title[96];
        title_of(i, s->seed, title);
        fprintf(file.stream, "%d,%s,%s\n", i + 1, title, things[i % (int)ARRAY_LEN(things)]);
    }
    return file_replace_commit(&file, err);
}

/* "user item item …" per line, numbered from 1. */
static bool write_sequences(const char *path, const struct synthetic *s, struct error *err)
{
    struct corpus c;
    struct file_replace file;
    if (!synthetic_corpus(s, &c, err))
        return false;
    bool ok = file_replace_begin(&file, path, err);
    if (ok) {
        file.rebuildable = true;
        for (int32_t u = 0; u < c.n_users; u++) {
            fprintf(file.stream, "%d", u + 1);
            for (int32_t i = 0; i < corpus_length(&c, u); i++)
                fprintf(file.stream, " %d", corpus_sequence(&c, u)[i] + 1);
            fputc('\n', file.stream);
        }
        ok = file_replace_commit(&file, err);
    }
    synthetic_release(&c);
    return ok;
}

/* ---- the import ---- */

static bool import_files(const char *dir, const char *sequences, const char *items,
                         struct progress *progress, struct error *err)
{
    const char *paths[] = {sequences};
    struct import_options options = {.paths = paths, .n_paths = 1, .items = items};
    struct import_result data;
    if (!import_run(&options, progress, &data, err))
        return false;
    bool ok = workspace_create(dir, &data, true, progress, err);
    import_result_release(&data);
    return ok;
}

static bool make_data(const char *dir, const struct synthetic *s, struct progress *progress,
                      struct error *err)
{
    char *sequences = path_join(dir, "sequences.txt"), *items = path_join(dir, "items.csv");
    bool ok = dir_make(dir, err) && write_sequences(sequences, s, err) &&
              write_items(items, s, err) && import_files(dir, sequences, items, progress, err);
    unlink(sequences);
    unlink(items);
    free(sequences);
    free(items);
    return ok;
}

/* ---- the runs ---- */

static const char *const part_name[] = {"test", "valid"};

static const struct study_run *done_run(const struct study *study, const char *name)
{
    const struct study_run *run = study_run_named(study, name);
    return run && strcmp(run->state, "done") == 0 ? run : NULL;
}

static bool count_run(struct study *study, enum reference_kind kind, struct progress *progress,
                      struct error *err)
{
    struct reference_run wanted = {.kind = kind};
    const struct edges *edges = study_edges(study, TRAINED_ON_TRAIN, err);
    struct workspace *ws =
        edges ? workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err) : NULL;
    int64_t id;
    bool ok = ws && reference_run(ws, study_corpus(study), study_split(study), edges,
                                  study_dataset(study)->fingerprint, &wanted, progress, &id, err);
    workspace_close(ws);
    return ok;
}

/* Lists drawn by the law of the corpus, the same for both parts, with falling scores. */
static bool draw_lists(const struct synthetic *s, int32_t depth, int32_t *item, float *score,
                       struct error *err)
{
    for (int64_t i = 0; i < (int64_t)s->n_users * RECS_DEPTH; i++) {
        item[i] = RECS_NONE;
        score[i] = -(float)(i % RECS_DEPTH) / RECS_DEPTH;
    }
    if (depth == RECS_DEPTH)
        return synthetic_recs(s, depth, item, err);
    int32_t *narrow = mem_try_array((size_t)s->n_users * (size_t)depth, sizeof *narrow,
                                    "recommendation lists", err);
    bool ok = narrow && synthetic_recs(s, depth, narrow, err);
    for (int64_t u = 0; ok && u < s->n_users; u++)
        memcpy(item + u * RECS_DEPTH, narrow + u * depth, (size_t)depth * sizeof *item);
    free(narrow);
    return ok;
}

static bool store_drawn(struct study *study, const struct run_lists *lists, struct error *err)
{
    char name[] = "drawn", model[] = "imported", trained_on[] = "train", none[] = "",
         options[] = "{}";
    struct run_info info = {.name = name,
                            .model = model,
                            .strategy = none,
                            .options_json = options,
                            .trained_on = trained_on,
                            .kernel = none};
    struct run_lists both[2] = {*lists, *lists};
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, err);
    int64_t id;
    bool ok = ws && run_lists_store(ws, study_split(study), study_dataset(study)->fingerprint,
                                    &info, both, &id, err);
    workspace_close(ws);
    return ok;
}

static bool draw_run(struct study *study, const struct synthetic *s, struct error *err)
{
    struct run_lists lists = {0};
    struct synthetic drawn = *s;
    drawn.n_items = study_dataset(study)->n_items; /* those that occur */
    drawn.seed++;
    int32_t depth = drawn.n_items / 4 < RECS_DEPTH ? drawn.n_items / 4 + 1 : RECS_DEPTH;
    bool ok = run_lists_room(&lists, s->n_users, err) &&
              draw_lists(&drawn, depth, lists.item, lists.score, err) &&
              store_drawn(study, &lists, err);
    free(lists.item);
    free(lists.score);
    return ok;
}

/* ---- labels and figures, drawn: what they say costs nothing to show ---- */

static bool draw_labels(struct study *study, const struct study_run *run, uint64_t seed,
                        struct error *err)
{
    static const uint16_t codes[] = {RELATION_MEMORIZATION << 12, RELATION_UNCATEGORIZED << 12,
                                     RELATION_GENERALIZATION << 12 | 2 << 6,
                                     RELATION_GENERALIZATION << 12 | 1 << 9};
    const struct recs *recs = &run->recs[PART_TEST];
    size_t n = (size_t)recs->n_cases * (size_t)recs->depth;
    uint16_t *relation = mem_try_array(n, sizeof *relation, "labels", err);
    uint8_t *verbatim = relation ? mem_try_array(n, sizeof *verbatim, "labels", err) : NULL;
    uint8_t *one_hop = verbatim ? mem_try_array(n, sizeof *one_hop, "labels", err) : NULL;
    if (one_hop) {
        struct rng rng = rng_new(seed, rng_stream(STREAM_LABELS, (uint64_t)run->id));
        for (size_t i = 0; i < n; i++) {
            uint64_t draw = rng_next(&rng);
            relation[i] = codes[draw & 3];
            verbatim[i] = (draw & 3) == 0 ? (uint8_t)(2 + (draw >> 2 & 1)) : 1;
            one_hop[i] = verbatim[i] >= 2 || (draw >> 3 & 7) == 0;
        }
    }
    struct run_labels labels = {recs->n_cases, recs->depth, relation, verbatim, one_hop, NULL};
    struct workspace *ws = study_lock(study);
    bool ok = one_hop && run_labels_write(ws, run->id, part_name[PART_TEST], "train", &labels,
                                          relation_format, NULL, 0, err);
    study_unlock(study);
    free(relation);
    free(verbatim);
    free(one_hop);
    return ok;
}

static bool draw_figures(struct study *study, int64_t run, const struct definition *definition,
                         struct error *err)
{
    static const struct metric figures[] = {
        {"metrics.recall@10", 0.05, 0.04, 0.06},
        {"one_hop_ratio.observed", 0.4, 0.39, 0.41},
        {"one_hop_ratio.null.shuffle", 0.1, 0.09, 0.11},
        {"one_hop_ratio.excess", 0.3, 0.29, 0.31},
        {"labels.memorization.recommendations", 0.25, 0.24, 0.26},
        {"labels.generalization.recommendations", 0.5, 0.49, 0.51},
        {"labels.uncategorized.recommendations", 0.25, 0.24, 0.26},
        {"reachable_target.value", 0.2, 0.19, 0.21},
        {"reachable_target.band.pessimistic", 0.2, NAN, NAN},
        {"reachable_target.band.optimistic", 0.2, NAN, NAN},
    };
    char key[DEFINITION_TEXT_MAX];
    definition_key(definition, key);
    struct workspace *ws = study_lock(study);
    bool ok =
        metric_store_put(ws, run, part_name[PART_TEST], key, figures, ARRAY_LEN(figures), err);
    study_unlock(study);
    return ok;
}

/* Figures of the runs under `last`, and of the targets under what Overview shows. */
static bool draw_all_figures(struct study *study, struct error *err)
{
    const struct definition shown[] = {definition_last(), definition_any(), definition_iirg()};
    const struct study_run *run;
    for (size_t i = 0; (run = study_run_at(study, i)); i++)
        if (run->has[PART_TEST] && !draw_figures(study, run->id, &shown[0], err))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        if (!draw_figures(study, 0, &shown[i], err))
            return false;
    return true;
}

static bool make_runs(struct study *study, const struct synthetic *s, int runs,
                      struct progress *progress, struct error *err)
{
    static const char *const names[] = {"popularity", "markov", "drawn"};
    for (int i = 0; i < runs; i++) {
        bool there = done_run(study, names[i]) != NULL;
        bool ok = there || (i < 2 ? count_run(study, i ? REFERENCE_MARKOV : REFERENCE_POPULARITY,
                                              progress, err)
                                  : draw_run(study, s, err));
        if (!ok || !study_runs_refresh(study, err))
            return false;
        const struct study_run *run = done_run(study, names[i]);
        if (run && !study_run_is_labelled(run, PART_TEST) && !draw_labels(study, run, s->seed, err))
            return false;
    }
    return draw_all_figures(study, err) &&
           study_index(study, TRAINED_ON_TRAIN, progress, err) != NULL;
}

/* Is there a workspace of this size? */
static bool holds(const char *dir, const struct synthetic *s)
{
    struct workspace_facts facts;
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, NULL);
    bool ok = ws && workspace_facts(ws, &facts, NULL) && facts.users == s->n_users &&
              facts.interactions == (int64_t)s->n_users * s->length;
    workspace_close(ws);
    return ok;
}

bool screens_workspace(const char *dir, const struct synthetic *size, int runs,
                       struct progress *progress, struct error *err)
{
    struct study *study = NULL;
    bool ok = (holds(dir, size) || make_data(dir, size, progress, err)) &&
              study_open(dir, false, progress, &study, err) &&
              make_runs(study, size, runs, progress, err);
    study_close(study);
    return ok;
}
