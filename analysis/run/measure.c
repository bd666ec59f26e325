#include "analysis/run/measure.h"

#include <math.h>
#include <string.h>

#include "analysis/math/stats.h"
#include "analysis/metric/bootstrap.h"
#include "analysis/model/exposure.h"
#include "analysis/model/item_score.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

static const char SCORES[] = "train-scores.safetensors", FORMAT[] = "rote-train-scores-1";

/* ---- canaries -------------------------------------------------------------------------------- */

/* Those that were inserted, then as many that were not. */
struct canaries {
    int32_t n;
    int64_t *offset;
    int32_t *item, *copies;
    double *rank, *exposure;
    int32_t sample; /* ranked among so many items; 0: among the whole catalogue */
};

static void canaries_release(struct canaries *c)
{
    free(c->offset);
    free(c->item);
    free(c->copies);
    free(c->rank);
    free(c->exposure);
}

/* As they were inserted: cut to what a sample holds. */
static void canaries_take(const struct engine *e, struct canaries *c)
{
    int32_t longest = run_options_int(&e->options, OPTION_ITEMS) + 1;
    *c = (struct canaries){.n = 2 * strategist_canaries(e->strategist)};
    size_t n = (size_t)c->n;
    c->offset = mem_zalloc(n + 1, sizeof *c->offset);
    c->item = mem_zalloc(n * STRATEGIST_CANARY_MAX, sizeof *c->item);
    c->copies = mem_zalloc(n, sizeof *c->copies);
    c->rank = mem_zalloc(n, sizeof *c->rank);
    c->exposure = mem_zalloc(n, sizeof *c->exposure);
    for (int32_t i = 0; i < c->n; i++) {
        int32_t length = strategist_canary(e->strategist, i, c->item + c->offset[i], &c->copies[i]);
        c->offset[i + 1] = c->offset[i] + (length < longest ? length : longest);
    }
}

static bool rank_canaries(const struct measure_work *w, struct canaries *c, struct error *err)
{
    struct engine *e = w->engine;
    struct corpus corpus = {c->n, w->dataset->n_items, c->offset, c->item};
    if (e->options.model == RUN_SASREC)
        return exposure_rank_sasrec(&e->nn, &corpus, c->rank, w->progress, err);
    if (e->gr.trie.n_leaves <= MEASURE_WHOLE_TRIE)
        return exposure_rank_gr(&e->gr, &e->nn, &corpus, c->rank, w->progress, err);
    c->sample = MEASURE_SAMPLE;
    return exposure_rank_sampled(&e->gr, &e->nn, &corpus, c->sample, e->train.seed, c->rank,
                                 w->progress, err);
}

/* What is known of the canaries that were inserted equally often. */
struct canary_group {
    int32_t copies, n;
    struct estimate exposure;
    double median_rank;
};

static double median_rank(const struct canaries *c, int32_t copies)
{
    double *rank = mem_zalloc((size_t)c->n + 1, sizeof *rank);
    int64_t n = 0;
    for (int32_t i = 0; i < c->n; i++)
        if (c->copies[i] == copies && !isnan(c->rank[i]))
            rank[n++] = c->rank[i];
    stats_sort(rank, n);
    double median = stats_percentile(rank, n, 50);
    free(rank);
    return median;
}

/* Mean exposure with its interval, over the canaries of the group. */
static bool measure_group(const struct measure_work *w, const struct canaries *c, int32_t copies,
                          struct canary_group *out, struct error *err)
{
    struct bootstrap_options options = {.seed = w->engine->train.seed};
    int32_t *unit = mem_zalloc((size_t)c->n + 1, sizeof *unit);
    double *value = mem_zalloc((size_t)c->n + 1, sizeof *value);
    *out = (struct canary_group){.copies = copies, .median_rank = median_rank(c, copies)};
    for (int32_t i = 0; i < c->n; i++) {
        if (c->copies[i] != copies)
            continue;
        unit[out->n] = out->n;
        value[out->n++] = c->exposure[i];
    }
    bool ok = bootstrap_means(unit, out->n, (const double *const[]){value}, 1, &options,
                              &out->exposure, NULL, err);
    free(unit);
    free(value);
    return ok;
}

static struct jval *group_json(const struct canary_group *g)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "copies", g->copies);
    jval_put_int(o, "canaries", g->n);
    jval_put_real(o, "exposure", g->exposure.value);
    jval_put_real(o, "exposure_lo", g->exposure.lo);
    jval_put_real(o, "exposure_hi", g->exposure.hi);
    jval_put_real(o, "median_rank", g->median_rank);
    return o;
}

static struct jval *summary_json(const struct measure_work *w, const struct canaries *c,
                                 struct error *err)
{
    struct jval *o = jval_new_object(), *groups = jval_new_array();
    int32_t most = 0;
    jval_put_int(o, "catalogue", w->dataset->n_items);
    jval_put_string(o, "ranked_among", c->sample ? "sample" : "catalogue");
    if (c->sample)
        jval_put_int(o, "sample", c->sample);
    jval_put(o, "by_copies", groups);
    for (int32_t i = 0; i < c->n; i++)
        most = c->copies[i] > most ? c->copies[i] : most;
    for (int32_t copies = 0; copies <= most; copies = copies ? copies * 4 : 1) {
        struct canary_group group;
        if (!measure_group(w, c, copies, &group, err)) {
            jval_free(o);
            return NULL;
        }
        jval_append(groups, group_json(&group));
    }
    return o;
}

static struct jval *canary_json(const struct measure_work *w, const struct canaries *c, int32_t i)
{
    struct jval *o = jval_new_object(), *items = jval_new_array();
    for (int64_t k = c->offset[i]; k < c->offset[i + 1]; k++)
        jval_append(items, jval_new_string(strtab_get(&w->dataset->item_id, c->item[k])));
    jval_put_int(o, "copies", c->copies[i]);
    jval_put(o, "items", items);
    jval_put_real(o, "rank", c->rank[i]);
    jval_put_real(o, "exposure", c->exposure[i]);
    return o;
}

static bool write_canaries(const struct measure_work *w, const struct canaries *c,
                           struct error *err)
{
    struct jval *o = summary_json(w, c, err), *all = jval_new_array();
    struct buf text;
    if (!o) {
        jval_free(all);
        return false;
    }
    for (int32_t i = 0; i < c->n; i++)
        jval_append(all, canary_json(w, c, i));
    jval_put(o, "canaries", all);
    buf_init(&text);
    jval_write(o, true, &text);
    char *path = path_join(w->dir, "canary.json");
    bool ok = file_write(path, text.data, text.len, err);
    free(path);
    buf_release(&text);
    jval_free(o);
    return ok;
}

static bool measure_canaries(const struct measure_work *w, struct error *err)
{
    struct canaries c;
    canaries_take(w->engine, &c);
    bool ok = rank_canaries(w, &c, err);
    for (int32_t i = 0; ok && i < c.n; i++)
        c.exposure[i] = exposure_of(w->dataset->n_items, c.rank[i]);
    ok = ok && write_canaries(w, &c, err);
    struct jval *told = ok ? summary_json(w, &c, err) : NULL;
    ok = told && run_log_add(w->log, "canary", told, err);
    canaries_release(&c);
    return ok;
}

/* ---- scores of training positions ------------------------------------------------------------ */

/* Targets come user by user, each one's in the order of its positions, from the first on. */
static void spread(const struct training *training, const double *of_target, float *logp)
{
    const struct corpus *corpus = training->corpus;
    for (int64_t i = 0; i < corpus->offset[corpus->n_users]; i++)
        logp[i] = NAN;
    for (int32_t u = 0; u < corpus->n_users; u++)
        for (int32_t i = 0; i < training->end[u]; i++)
            logp[corpus->offset[u] + i] = (float)*of_target++;
}

static bool score_all(const struct measure_work *w, float *logp, struct error *err)
{
    struct engine *e = w->engine;
    struct item_samples items = {0};
    double *of_target = NULL;
    bool ok =
        item_samples_next(w->training, run_options_int(&e->options, OPTION_ITEMS), &items, err) &&
        (of_target = mem_try_array((size_t)items.n_targets + 1, sizeof *of_target,
                                   "scores of training positions", err)) &&
        (e->options.model == RUN_GR ? gr_score(&e->gr, &e->nn, &items, of_target, w->progress, err)
                                    : sasrec_score(&e->nn, w->dataset->n_items, &items, of_target,
                                                   NULL, w->progress, err));
    if (ok)
        spread(w->training, of_target, logp);
    free(of_target);
    item_samples_release(&items);
    return ok;
}

static bool write_scores(const struct measure_work *w, const float *logp, struct error *err)
{
    char fingerprint[HASH_TEXT_LEN + 1];
    hash_format(w->dataset->fingerprint, fingerprint);
    const struct tensor list[] = {
        {"logp", TENSOR_F32, 1, {w->dataset->n_interactions}, 0, logp, 0}};
    const char *const meta[] = {"format", FORMAT, "fingerprint", fingerprint, NULL};
    char *path = path_join(w->dir, SCORES);
    bool ok = tensors_write(path, list, 1, meta, err);
    free(path);
    return ok;
}

static bool measure_positions(const struct measure_work *w, struct error *err)
{
    float *logp = mem_try_array((size_t)w->dataset->n_interactions, sizeof *logp,
                                "scores of training positions", err);
    bool ok = logp && score_all(w, logp, err) && write_scores(w, logp, err);
    free(logp);
    return ok;
}

bool measure_scores_open(const char *dir, uint64_t fingerprint, int64_t n_interactions,
                         struct tensors **file, const float **logp, struct error *err)
{
    char *path = path_join(dir, SCORES), wanted[HASH_TEXT_LEN + 1];
    hash_format(fingerprint, wanted);
    *file = tensors_open(path, err);
    const char *found = *file ? tensors_meta(*file, "fingerprint") : NULL;
    bool ok = *file && ((found && strcmp(found, wanted) == 0) ||
                        error_set(err, ERROR_STATE, "%s is of other data", path));
    *logp = ok ? tensors_array(*file, "logp", TENSOR_F32, n_interactions, err) : NULL;
    ok = *logp && tensors_verify(*file, NULL, err);
    if (!ok) {
        tensors_close(*file);
        *file = NULL;
    }
    free(path);
    return ok;
}

/* ---- */

bool measure_strategy(const struct measure_work *w, struct error *err)
{
    const bool *has = w->engine->options.strategy.has;
    return (!has[STRATEGY_CANARY] || measure_canaries(w, err)) &&
           (!has[STRATEGY_HALVES] || measure_positions(w, err));
}
