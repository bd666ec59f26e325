/*
 * An open workspace and the tables made from it on first use. Each table has its own slot and lock,
 * so that two jobs that need different ones do not wait for each other.
 */
#include "analysis/report/study.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/definition.h"
#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/match/index.h"
#include "analysis/report/study_ids.h"
#include "analysis/report/study_runs.h"
#include "analysis/run/dataset_split.h"
#include "analysis/run/edges_cache.h"
#include "analysis/run/index_cache.h"
#include "analysis/run/item_vectors.h"
#include "analysis/run/options.h"
#include "analysis/run/queue.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"

enum { CORPORA = 2 }; /* by enum trained_on */

struct study {
    char *dir, *name;
    struct workspace *workspace;
    pthread_mutex_t db_lock;
    struct workspace *reader;
    pthread_mutex_t reader_lock;
    struct dataset dataset;
    struct corpus corpus;
    struct split split;

    pthread_mutex_t edges_lock, index_lock, relations_lock, names_lock, onehop_lock, vectors_lock;
    struct edges_cache edges[CORPORA];
    bool has_edges[CORPORA], edges_verified[CORPORA];
    struct index_cache index[CORPORA];
    bool has_index[CORPORA], index_verified[CORPORA], verified;
    _Atomic(struct relation_index *) relations[CORPORA];
    struct ids_cache ids;
    struct onehop_slot { /* one per definition that was asked for */
        struct definition definition;
        struct onehop onehop;
        struct onehop_slot *next;
    } * onehops;
    struct item_vectors vectors;
    bool has_vectors;
    _Atomic(int32_t *) sorted[STUDY_NAMES]; /* external ids by their bytes, on first use */

    struct study_runs runs;
};

/* The part of the path that a person would call the data by: ".../beauty/rote-workspace" is
 * "beauty", ".../beauty" too. */
static char *name_of(const char *dir)
{
    char *path = realpath(dir, NULL);
    if (!path)
        path = mem_strdup(dir);
    char *slash = strrchr(path, '/');
    if (slash && slash != path && strcmp(slash + 1, "rote-workspace") == 0) {
        *slash = '\0';
        slash = strrchr(path, '/');
    }
    char *name = mem_strdup(slash && slash[1] ? slash + 1 : path);
    free(path);
    return name;
}

bool study_open(const char *dir, bool read_only, struct progress *progress, struct study **out,
                struct error *err)
{
    if (!progress_ok(progress, err))
        return false;
    struct study *s = mem_zalloc(1, sizeof *s);
    s->dir = mem_strdup(dir);
    s->name = name_of(dir);
    pthread_mutex_t *locks[] = {&s->db_lock,     &s->reader_lock,    &s->edges_lock,
                                &s->index_lock,  &s->relations_lock, &s->names_lock,
                                &s->onehop_lock, &s->vectors_lock};
    for (size_t i = 0; i < ARRAY_LEN(locks); i++)
        pthread_mutex_init(locks[i], NULL);
    study_runs_init(&s->runs);
    ids_cache_init(&s->ids);
    s->workspace = workspace_open(dir, read_only ? WORKSPACE_READ_ONLY : WORKSPACE_READ_WRITE, err);
    s->reader = s->workspace ? workspace_open(dir, WORKSPACE_READ_ONLY, err) : NULL;
    bool ok = s->reader && dataset_open(s->workspace, &s->dataset, err);
    if (ok) {
        s->corpus = dataset_corpus(&s->dataset);
        ok = dataset_split(&s->dataset, &s->corpus, &s->split, err) && study_runs_refresh(s, err);
    }
    if (!ok) {
        study_close(s);
        return false;
    }
    *out = s;
    return true;
}

void study_close(struct study *s)
{
    if (!s)
        return;
    study_runs_release(&s->runs);
    ids_cache_release(&s->ids);
    for (int on = 0; on < CORPORA; on++) {
        if (s->has_edges[on])
            edges_cache_close(&s->edges[on]);
        if (s->has_index[on])
            index_cache_close(&s->index[on]);
        relation_index_free(s->relations[on]);
    }
    for (struct onehop_slot *o = s->onehops, *next; o; o = next) {
        next = o->next;
        onehop_release(&o->onehop);
        free(o);
    }
    item_vectors_release(&s->vectors);
    for (int names = 0; names < STUDY_NAMES; names++)
        free(s->sorted[names]);
    split_release(&s->split);
    dataset_close(&s->dataset);
    workspace_close(s->reader);
    workspace_close(s->workspace);
    pthread_mutex_t *locks[] = {&s->db_lock,     &s->reader_lock,    &s->edges_lock,
                                &s->index_lock,  &s->relations_lock, &s->names_lock,
                                &s->onehop_lock, &s->vectors_lock};
    for (size_t i = 0; i < ARRAY_LEN(locks); i++)
        pthread_mutex_destroy(locks[i]);
    free(s->dir);
    free(s->name);
    free(s);
}

const char *study_dir(const struct study *s)
{
    return s->dir;
}
const char *study_name(const struct study *s)
{
    return s->name;
}
bool study_read_only(const struct study *s)
{
    return workspace_is_read_only(s->workspace);
}
const struct dataset *study_dataset(const struct study *s)
{
    return &s->dataset;
}
const struct corpus *study_corpus(const struct study *s)
{
    return &s->corpus;
}
const struct split *study_split(const struct study *s)
{
    return &s->split;
}

int64_t study_case_of_user(const struct study *s, enum part part, int32_t user)
{
    const struct case_list *cases = &s->split.part[part];
    int64_t low = 0, high = cases->n; /* the first case of a larger user is in [low, high] */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (cases->user[middle] <= user)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && cases->user[low - 1] == user ? low - 1 : -1;
}

const struct strtab *study_names(const struct study *s, enum study_names names)
{
    return names == STUDY_USERS ? &s->dataset.user_id : &s->dataset.item_id;
}

const int32_t *study_names_ready(const struct study *s, enum study_names names)
{
    return atomic_load(&((struct study *)(uintptr_t)s)->sorted[names]);
}

const int32_t *study_names_sorted(struct study *s, enum study_names names, struct error *err)
{
    pthread_mutex_lock(&s->names_lock);
    int32_t *sorted = atomic_load(&s->sorted[names]);
    if (!sorted) {
        sorted = strtab_sort(study_names(s, names), err);
        atomic_store(&s->sorted[names], sorted);
    }
    pthread_mutex_unlock(&s->names_lock);
    return sorted;
}

static int32_t find_name(const struct study *s, enum study_names names, const char *id)
{
    return strtab_find(study_names(s, names), study_names_ready(s, names), id, strlen(id));
}

int32_t study_find_user(const struct study *s, const char *id)
{
    return find_name(s, STUDY_USERS, id);
}
int32_t study_find_item(const struct study *s, const char *id)
{
    return find_name(s, STUDY_ITEMS, id);
}

/* ---- tables on first use ---- */

const struct edges *study_edges(struct study *s, enum trained_on on, struct error *err)
{
    struct training training = split_training(&s->split, &s->corpus, on);
    pthread_mutex_lock(&s->edges_lock);
    if (!s->has_edges[on])
        s->has_edges[on] =
            edges_cache_open(s->workspace, &s->dataset, &training, on, &s->edges[on], err);
    bool ok = s->has_edges[on];
    pthread_mutex_unlock(&s->edges_lock);
    return ok ? &s->edges[on].edges : NULL;
}

const struct match_index *study_index(struct study *s, enum trained_on on,
                                      struct progress *progress, struct error *err)
{
    struct training training = split_training(&s->split, &s->corpus, on);
    pthread_mutex_lock(&s->index_lock);
    if (!s->has_index[on])
        s->has_index[on] = index_cache_open(s->workspace, &s->dataset, &training, on, progress,
                                            &s->index[on], err);
    bool ok = s->has_index[on];
    pthread_mutex_unlock(&s->index_lock);
    return ok ? &s->index[on].index : NULL;
}

const struct relation_index *study_relations(struct study *s, enum trained_on on,
                                             struct progress *progress, struct error *err)
{
    struct training training = split_training(&s->split, &s->corpus, on);
    pthread_mutex_lock(&s->relations_lock);
    struct relation_index *index = atomic_load(&s->relations[on]);
    if (!index && relation_index_build(&training, progress, &index, err))
        atomic_store(&s->relations[on], index);
    index = atomic_load(&s->relations[on]);
    pthread_mutex_unlock(&s->relations_lock);
    return index;
}

const struct relation_index *study_relations_ready(const struct study *s, enum trained_on on)
{
    return atomic_load(&((struct study *)(uintptr_t)s)->relations[on]);
}

struct ids_cache *study_ids_cache(struct study *s)
{
    return &s->ids;
}

const struct item_vectors *study_item_vectors(struct study *s, struct progress *progress,
                                              struct error *err)
{
    struct run_options defaults = run_options_default(RUN_GR);
    pthread_mutex_lock(&s->vectors_lock);
    if (!s->has_vectors)
        s->has_vectors = item_vectors_init(
            &s->vectors, &s->dataset, run_options_int(&defaults, OPTION_EMBED_WIDTH),
            (uint64_t)run_options_int(&defaults, OPTION_SEED), progress, err);
    bool ok = s->has_vectors;
    pthread_mutex_unlock(&s->vectors_lock);
    return ok ? &s->vectors : NULL;
}

const struct onehop *study_onehop(struct study *s, const struct definition *definition,
                                  struct error *err)
{
    enum trained_on on = definition->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    const struct edges *edges = study_edges(s, on, err);
    if (!edges)
        return NULL;
    pthread_mutex_lock(&s->onehop_lock);
    struct onehop_slot *o = s->onehops;
    while (o && !definition_equal(&o->definition, definition))
        o = o->next;
    if (!o) {
        struct training training = split_training(&s->split, &s->corpus, on);
        o = mem_zalloc(1, sizeof *o);
        o->definition = *definition;
        if (onehop_init(&o->onehop, &training, edges, definition, err)) {
            o->next = s->onehops;
            s->onehops = o;
        } else {
            free(o);
            o = NULL;
        }
    }
    pthread_mutex_unlock(&s->onehop_lock);
    return o ? &o->onehop : NULL;
}

bool study_verify(struct study *s, struct progress *progress, struct error *err)
{
    pthread_mutex_lock(&s->index_lock);
    bool ok = s->verified;
    if (!ok)
        ok = dataset_verify(&s->dataset, progress, err);
    s->verified = ok;
    for (int on = 0; ok && on < CORPORA; on++)
        if (s->has_index[on] && !s->index_verified[on])
            ok = s->index_verified[on] = index_cache_verify(&s->index[on], progress, err);
    pthread_mutex_unlock(&s->index_lock);
    pthread_mutex_lock(&s->edges_lock);
    for (int on = 0; ok && on < CORPORA; on++)
        if (s->has_edges[on] && !s->edges_verified[on])
            ok = s->edges_verified[on] = edges_cache_verify(&s->edges[on], progress, err);
    pthread_mutex_unlock(&s->edges_lock);
    return ok;
}

struct workspace *study_lock(struct study *s)
{
    pthread_mutex_lock(&s->db_lock);
    return s->workspace;
}

void study_unlock(struct study *s)
{
    pthread_mutex_unlock(&s->db_lock);
}

struct workspace *study_lock_reader(struct study *s)
{
    pthread_mutex_lock(&s->reader_lock);
    return s->reader;
}

void study_unlock_reader(struct study *s)
{
    pthread_mutex_unlock(&s->reader_lock);
}

/* ---- runs ---- */

bool study_runs_refresh(struct study *s, struct error *err)
{
    struct workspace *ws = study_lock(s);
    queue_ingest(ws, NULL); /* what cannot be taken in now will be the next time */
    bool ok = study_runs_read(&s->runs, ws, &s->split, err);
    study_unlock(s);
    return ok;
}

size_t study_n_runs(const struct study *s)
{
    return study_runs_snapshot(&s->runs)->n;
}

const struct study_run *study_run_at(const struct study *s, size_t i)
{
    const struct run_snapshot *runs = study_runs_snapshot(&s->runs);
    return i < runs->n ? runs->run[i] : NULL;
}

const struct study_run **study_runs_with_lists(const struct study *s, enum part part, size_t *n)
{
    const struct run_snapshot *all = study_runs_snapshot(&s->runs);
    const struct study_run **runs = mem_zalloc(all->n + 1, sizeof *runs);
    *n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (all->run[i]->has[part])
            runs[(*n)++] = all->run[i];
    return runs;
}

const struct study_run *study_run_by_id(const struct study *s, int64_t id)
{
    const struct run_snapshot *runs = study_runs_snapshot(&s->runs);
    for (size_t i = 0; i < runs->n; i++)
        if (runs->run[i]->id == id)
            return runs->run[i];
    return NULL;
}

const struct study_run *study_run_named(const struct study *s, const char *name)
{
    const struct run_snapshot *runs = study_runs_snapshot(&s->runs);
    for (size_t i = 0; i < runs->n; i++)
        if (strcmp(runs->run[i]->name, name) == 0)
            return runs->run[i];
    return NULL;
}

const struct study_run *study_run_find(struct study *s, const char *name, struct error *err)
{
    struct run_info info;
    const struct study_run *known = study_run_named(s, name); /* nothing is waited for */
    if (known)
        return known;
    if (!study_runs_refresh(s, err))
        return NULL;
    struct workspace *ws = study_lock(s);
    bool ok = run_find(ws, name, &info, err);
    study_unlock(s);
    if (!ok)
        return NULL;
    const struct study_run *run = study_run_by_id(s, info.id);
    run_info_release(&info);
    if (!run)
        error_set(err, ERROR_NOT_FOUND, "the run %s has just been deleted", name);
    return run;
}
