#include "analysis/run/worker.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "analysis/label/onehop.h"
#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "analysis/run/checkpoint.h"
#include "analysis/run/dataset_split.h"
#include "analysis/run/engine.h"
#include "analysis/run/folder.h"
#include "analysis/run/measure.h"
#include "analysis/run/semid_quality.h"
#include "analysis/run/turn.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset_file.h"
#include "storage/db/run_file.h"

enum { VALID_BEAM = 20, CUT = 10 };

static const double PROGRESS_SECONDS = 0.5;

struct worker {
    const char *dir;
    struct run_job job;
    struct run_log *log;
    struct progress *progress;
    struct dataset dataset;
    struct corpus corpus;
    struct split split;
    struct training training;
    struct edges edges;
    struct onehop onehop;
    struct engine engine;
    struct evaluation evaluation;
    struct trainer *trainer;
    bool in_training;
    double last_checkpoint, last_progress, began; /* began: what is shown */
    int steps;                                    /* see run_steps_open() */
    struct jval *end;                             /* what the last event will say */
    double shuffle; /* expected one-hop ratio of the last lists, permuted between cases */
    struct run_progress shown;
};

/* ---- what it does now ---- */

static void show(void *context, const char *what, double done, double total, const char *unit)
{
    struct worker *w = context;
    double now = clock_monotonic_seconds();
    (void)unit;
    if (w->in_training && strcmp(what, "training") != 0)
        return; /* the ranking after an epoch belongs to the training */
    if (strncmp(w->shown.what, what, sizeof w->shown.what - 1) != 0) {
        snprintf(w->shown.what, sizeof w->shown.what, "%s", what);
        w->began = now;
        w->last_progress = 0;
    }
    if (now - w->last_progress < PROGRESS_SECONDS)
        return;
    double spent = w->in_training ? trainer_state(w->trainer)->seconds : now - w->began;
    w->last_progress = now;
    w->shown.share = total > 0 ? done / total : (double)NAN;
    w->shown.eta_seconds = done > 0 ? spent / done * (total - done) : (double)NAN;
    run_progress_write(w->dir, &w->shown, NULL); /* only for looking at */
}

/* ---- after an epoch ---- */

/* What the one-hop ratio would be if the lists were dealt to the cases anew: the exact mean over
 * all permutations. Of a case with last item x it is sum over successors v of x of the share of
 * lists that hold v, over k. */
static bool expect_shuffled(struct worker *w, const struct recs *recs,
                            const struct case_list *cases, struct error *err)
{
    int32_t *holds = mem_try_zarray((size_t)w->corpus.n_items, sizeof *holds, "lists", err);
    if (!holds)
        return false;
    for (int64_t c = 0; c < recs->n_cases; c++)
        for (int32_t k = 0; k < CUT; k++)
            if (recs_row(recs, c)[k] >= 0)
                holds[recs_row(recs, c)[k]]++;
    double sum = 0;
    for (int64_t c = 0; c < cases->n; c++) {
        if (cases->position[c] == 0)
            continue;
        int32_t x = corpus_sequence(&w->corpus, cases->user[c])[cases->position[c] - 1];
        for (int64_t i = w->edges.out_offset[x]; i < w->edges.out_offset[x + 1]; i++)
            sum += holds[w->edges.out_item[i]];
    }
    double n = (double)cases->n;
    w->shuffle = sum / (n * n * CUT);
    free(holds);
    return true;
}

static bool measure_lists(void *context, const struct recs *recs, const struct case_list *cases,
                          struct train_epoch *out, struct error *err)
{
    struct worker *w = context;
    struct onehop_scores scores;
    if (!onehop_score(&w->onehop, cases, recs, &scores, NULL, err))
        return false;
    out->one_hop = scores.ratio;
    onehop_scores_release(&scores);
    return expect_shuffled(w, recs, cases, err);
}

static struct jval *epoch_json(const struct worker *w, const struct train_epoch *e)
{
    struct jval *o = jval_new_object();
    jval_put_int(o, "epoch", e->epoch);
    jval_put_int(o, "step", trainer_state(w->trainer)->step);
    jval_put_real(o, "loss", e->loss);
    jval_put_real(o, "learning_rate", e->learning_rate);
    jval_put_real(o, "recall@10", e->recall10);
    jval_put_real(o, "ndcg@10", e->ndcg10);
    jval_put_real(o, "one_hop", e->one_hop);
    jval_put_real(o, "one_hop_shuffle", w->shuffle);
    jval_put_real(o, "extraction", e->extraction);
    jval_put_real(o, "tokens_per_second", e->tokens_per_second);
    jval_put_real(o, "seconds", e->seconds);
    jval_put_real(o, "eta_seconds", e->eta_seconds);
    jval_put_bool(o, "best", e->best);
    return o;
}

/* Two trainings with the same key are one. */
static void make_key(const struct worker *w, char key[HASH_TEXT_LEN + 1])
{
    struct jval *o = run_options_json(&w->job.options);
    struct buf text;
    buf_init(&text);
    jval_write(o, false, &text);
    buf_addf(&text, " %s %016" PRIx64 " %d", run_model_name(w->job.options.model),
             w->job.fingerprint, (int)w->job.on);
    hash_format(hash_bytes(text.data, text.len), key);
    buf_release(&text);
    jval_free(o);
}

static bool save(struct worker *w, struct error *err)
{
    char key[HASH_TEXT_LEN + 1];
    make_key(w, key);
    w->last_checkpoint = clock_monotonic_seconds();
    return checkpoint_write(w->dir, &w->engine.nn, trainer_state(w->trainer), key,
                            run_options_int(&w->job.options, OPTION_CHECKPOINTS), err);
}

static bool on_epoch(void *context, const struct train_epoch *e, struct error *err)
{
    struct worker *w = context;
    struct run_progress *p = &w->shown;
    p->epoch = e->epoch;
    p->loss = e->loss;
    p->recall10 = e->recall10;
    p->ndcg10 = e->ndcg10;
    p->one_hop = e->one_hop;
    p->one_hop_shuffle = w->shuffle;
    p->extraction = e->extraction;
    p->tokens_per_second = e->tokens_per_second;
    /* An epoch that is trained again after a kill was told of already. */
    return (e->epoch <= run_log_last_epoch(w->log) ||
            run_log_add(w->log, "epoch", epoch_json(w, e), err)) &&
           (!e->best || checkpoint_write_model(w->dir, &w->engine.nn,
                                               trainer_state(w->trainer)->best, false, err)) &&
           save(w, err);
}

static bool on_step(void *context, const struct train_state *state, struct error *err)
{
    struct worker *w = context;
    w->shown.step = state->step;
    run_steps_note(w->steps, state->step, state->seconds);
    return clock_monotonic_seconds() - w->last_checkpoint <
               w->job.options.value[OPTION_CHECKPOINT_SECONDS] ||
           save(w, err);
}

static bool samples(void *context, int32_t epoch, const struct samples **out, struct error *err)
{
    struct worker *w = context;
    return engine_samples(&w->engine, epoch, out, err);
}

static bool evaluate(void *context, const struct nn *model, struct train_epoch *out,
                     struct progress *progress, struct error *err)
{
    struct worker *w = context;
    w->evaluation.rank = engine_rank(&w->engine, VALID_BEAM, &w->evaluation.context);
    return evaluation_run(&w->evaluation, model, out, progress, err);
}

/* ---- the work ---- */

static bool open_data(struct worker *w, struct error *err)
{
    char *path = path_join(w->dir, "../../cache/dataset.safetensors");
    struct definition last = definition_last();
    bool ok = dataset_file_open(path, w->job.import_id, &w->dataset, err) &&
              (w->dataset.fingerprint == w->job.fingerprint ||
               error_set(err, ERROR_STATE, "%s holds other data than this run is for", path)) &&
              dataset_verify(&w->dataset, w->progress, err);
    free(path);
    if (!ok)
        return false;
    w->corpus = dataset_corpus(&w->dataset);
    last.train_valid = w->job.on == TRAINED_ON_TRAIN_VALID;
    if (!dataset_split(&w->dataset, &w->corpus, &w->split, err))
        return false;
    w->training = split_training(&w->split, &w->corpus, w->job.on);
    return edges_build(&w->training, &w->edges, err) &&
           onehop_init(&w->onehop, &w->training, &w->edges, &last, err);
}

static void put_kernel(struct jval *o)
{
    char *kernel = mem_printf("OpenBLAS %s, %d thread%s", linalg_kernel(), parallel_threads(),
                              plural_s(parallel_threads()));
    jval_put_string(o, "kernel", kernel);
    free(kernel);
}

/* What the semantic ids are like; texts are not gone through again for it. */
static bool put_semids(const struct worker *w, struct jval *o, struct error *err)
{
    struct semid_quality q;
    const struct semid_table *t = &w->engine.semids;
    if (w->job.options.model != RUN_GR)
        return true;
    if (!semid_quality_of(&w->dataset, t, false, w->progress, &q, err))
        return false;
    struct jval *semids = semid_quality_json(&q, t->levels);
    jval_put_bool(semids, "own", w->engine.own_codes != NULL);
    jval_put(o, "semids", semids);
    return true;
}

/* What the worker before this one had done after its last checkpoint, and is done again. */
static void put_again(const struct worker *w, struct jval *o)
{
    const struct train_state *s = trainer_state(w->trainer);
    int64_t step;
    double seconds;
    run_steps_read(w->dir, &step, &seconds);
    if (step <= s->step)
        return;
    jval_put_int(o, "steps_again", step - s->step);
    jval_put_real(o, "seconds_again", seconds - s->seconds);
}

static bool tell_start(struct worker *w, const struct error *passed_over, struct error *err)
{
    const struct train_state *s = trainer_state(w->trainer);
    const struct samples *samples;
    if (!engine_samples(&w->engine, s->epoch, &samples, err))
        return false;
    struct jval *o = jval_new_object();
    put_kernel(o);
    jval_put_int(o, "parameters", (int64_t)w->engine.nn.layout.n_params);
    /* Of an epoch; with views and dropped items, of the next one. */
    jval_put_int(o, "samples", samples->n);
    jval_put_int(o, "tokens", samples->n_tokens);
    jval_put_int(o, "next_targets",
                 strategist_next_targets(w->engine.strategist, w->job.options.model == RUN_GR));
    jval_put_int(o, "extra_targets", strategist_extra_targets(w->engine.strategist));
    jval_put_int(o, "from_epoch", s->epoch);
    jval_put_int(o, "from_step", s->step);
    put_again(w, o);
    if (passed_over->code != ERROR_NONE)
        jval_put_string(o, "passed_over", passed_over->text);
    w->shown.step = s->step;
    if (!put_semids(w, o, err)) {
        jval_free(o);
        return false;
    }
    return run_log_add(w->log, "start", o, err);
}

/* From the last checkpoint where there is one. */
static bool take_up(struct worker *w, struct error *err)
{
    struct error passed_over = {0};
    int age;
    char key[HASH_TEXT_LEN + 1];
    make_key(w, key);
    if (!checkpoint_read(w->dir, &w->engine.nn, trainer_state(w->trainer), key, &age, &passed_over,
                         err) ||
        !tell_start(w, &passed_over, err))
        return false;
    w->steps = run_steps_open(w->dir);
    w->shown.epoch = trainer_state(w->trainer)->epoch;
    w->last_checkpoint = clock_monotonic_seconds();
    return true;
}

static bool train(struct worker *w, struct error *err)
{
    int64_t n = (int64_t)w->job.options.value[OPTION_VALID_CASES];
    /* Targets that are trained on can choose neither an epoch nor when to stop. */
    const struct case_list *valid =
        w->job.on == TRAINED_ON_TRAIN ? &w->split.part[PART_VALID] : NULL;
    if (!engine_init(&w->engine, w->dir, &w->job.options, &w->dataset, &w->corpus, &w->training,
                     &w->edges, w->progress, err) ||
        !evaluation_init(&w->evaluation, &w->engine.training, valid, w->engine.train.seed, n, n,
                         VALID_BEAM, err))
        return false;
    w->evaluation.on_lists = measure_lists;
    w->evaluation.on_lists_context = w;
    struct train_task task = {.context = w,
                              .samples = samples,
                              .evaluate = evaluate,
                              .on_epoch = on_epoch,
                              .on_step = on_step};
    w->trainer = trainer_new(&w->engine.nn, &w->engine.train, &task, err);
    if (!w->trainer || !take_up(w, err))
        return false;
    w->in_training = true;
    struct error why = {0};
    bool ok = trainer_run(w->trainer, w->progress, &why);
    w->in_training = false;
    if (!ok && why.code == ERROR_CANCELLED)
        save(w, NULL); /* else the last one is kept */
    return ok || error_set(err, why.code, "%s", why.text);
}

static bool recommend(struct worker *w, enum part part, struct error *err)
{
    const struct case_list *cases = &w->split.part[part];
    size_t n = (size_t)cases->n * RECS_DEPTH;
    int32_t *item = mem_try_array(n, sizeof *item, "recommendation lists", err);
    float *score = item ? mem_try_array(n, sizeof *score, "recommendation lists", err) : NULL;
    int32_t beam =
        w->job.options.model == RUN_GR ? run_options_int(&w->job.options, OPTION_BEAM) : 0;
    void *context;
    rank_fn rank = engine_rank(&w->engine, beam, &context);
    bool ok = score && rank(context, &w->engine.nn, &w->corpus, cases, RECS_DEPTH, item, score,
                            w->progress, err);
    struct run_recs recs = {.n_cases = cases->n,
                            .depth = RECS_DEPTH,
                            .user = cases->user,
                            .position = cases->position,
                            .item = item,
                            .score = score};
    ok = ok && run_recs_write(w->dir, part == PART_TEST ? "test" : "valid", w->job.fingerprint,
                              &recs, err);
    free(item);
    free(score);
    return ok;
}

/* What the strategy wants to know of the trained model. */
static bool measure(struct worker *w, struct error *err)
{
    struct measure_work work = {.dir = w->dir,
                                .engine = &w->engine,
                                .dataset = &w->dataset,
                                .training = &w->training,
                                .log = w->log,
                                .progress = w->progress};
    return measure_strategy(&work, err);
}

/* Rote's own training, from the model to its lists. */
static bool train_here(struct worker *w, struct error *err)
{
    return train(w, err) && recommend(w, PART_TEST, err) && recommend(w, PART_VALID, err) &&
           measure(w, err) &&
           checkpoint_write_model(w->dir, &w->engine.nn, w->engine.nn.param, true, err);
}

static bool train_elsewhere(struct worker *w, struct error *err)
{
    struct launch_work work = {.dir = w->dir,
                               .job = &w->job,
                               .dataset = &w->dataset,
                               .corpus = &w->corpus,
                               .split = &w->split,
                               .training = &w->training,
                               .log = w->log,
                               .shown = &w->shown,
                               .progress = w->progress};
    return launcher_get(w->job.launcher)->work(&work, w->end, err);
}

static bool work(struct worker *w, struct error *err)
{
    struct run_progress before;
    bool external = launcher_get(w->job.launcher)->is_external;
    run_progress_read(w->dir, &before);
    w->shown = (struct run_progress){.loss = NAN,
                                     .recall10 = NAN,
                                     .ndcg10 = NAN,
                                     .one_hop = NAN,
                                     .one_hop_shuffle = NAN,
                                     .extraction = NAN,
                                     .tokens_per_second = NAN,
                                     .step = before.step};
    if (!external)
        w->shown.epochs = run_options_int(&w->job.options, OPTION_EPOCHS);
    w->progress->report = show;
    w->progress->context = w;
    w->shuffle = NAN;
    int turn = turn_wait(w->dir, w->job.run, w->progress, err);
    bool ok =
        turn >= 0 && open_data(w, err) && (external ? train_elsewhere(w, err) : train_here(w, err));
    run_lock_release(turn);
    return ok;
}

static bool tell_end(struct worker *w, bool ok, const struct error *why, struct error *err)
{
    const struct train_state *s = w->trainer ? trainer_state(w->trainer) : NULL;
    struct jval *o = w->end;
    w->end = NULL;
    jval_put_string(o, "state",
                    ok                             ? "done"
                    : why->code == ERROR_CANCELLED ? "cancelled"
                                                   : "failed");
    if (!ok && why->code != ERROR_CANCELLED)
        jval_put_string(o, "reason", why->text);
    if (s) {
        jval_put_int(o, "epochs", s->epoch);
        jval_put_int(o, "best_epoch", s->best_epoch + 1);
        jval_put_real(o, "best_ndcg@10", s->best_ndcg);
        jval_put_int(o, "steps", s->step);
        jval_put_real(o, "seconds", s->seconds);
    }
    return run_log_end(w->log, o, err);
}

static void worker_release(struct worker *w)
{
    w->progress->report = NULL;
    trainer_free(w->trainer);
    evaluation_release(&w->evaluation);
    engine_release(&w->engine);
    onehop_release(&w->onehop);
    edges_release(&w->edges);
    split_release(&w->split);
    dataset_close(&w->dataset);
    run_log_close(w->log);
    run_job_release(&w->job);
    jval_free(w->end);
    if (w->steps >= 0)
        close(w->steps);
}

/* ---- when memory runs out where it must not ---- */

enum { SPARE_BYTES = 1 << 20 };

/* There is one worker in a process; its last word needs some memory, too. */
static struct {
    struct worker *worker;
    void *spare;
    atomic_flag said;
} last_word = {.said = ATOMIC_FLAG_INIT};

static void out_of_memory(size_t wanted_bytes)
{
    static _Thread_local bool again; /* not even the last word fits */
    struct error why = {0};
    if (again || !last_word.worker)
        return;
    while (atomic_flag_test_and_set(&last_word.said)) /* another thread is speaking: it ends all */
        pause();
    again = true;
    free(last_word.spare);
    error_set(&why, ERROR_MEMORY, "out of memory: %zu bytes were wanted", wanted_bytes);
    tell_end(last_word.worker, false, &why, NULL);
}

static void expect_out_of_memory(struct worker *w)
{
    last_word.worker = w;
    last_word.spare = mem_alloc(SPARE_BYTES);
    mem_set_oom_handler(out_of_memory);
}

static void forget_out_of_memory(void)
{
    mem_set_oom_handler(NULL);
    free(last_word.spare);
    last_word.worker = NULL;
}

bool worker_run(const char *dir, int lock_fd, struct progress *progress, struct error *err)
{
    int lock = lock_fd >= 0 ? lock_fd : run_lock_take(dir, "lock", err);
    if (lock < 0)
        return false;
    fcntl(lock, F_SETFD, FD_CLOEXEC);
    run_lock_sign(lock);
    run_sweep(dir);
    struct worker w = {.dir = dir, .progress = progress, .steps = -1, .end = jval_new_object()};
    bool ok = run_job_read(dir, &w.job, err) && (w.log = run_log_open(dir, err));
    if (ok) {
        struct error why = {0}, untold = {0};
        expect_out_of_memory(&w);
        ok = work(&w, &why);
        if (!tell_end(&w, ok, &why, &untold) && ok)
            why = untold, ok = false;
        if (!ok)
            error_set(err, why.code, "%s", why.text);
        forget_out_of_memory();
    }
    worker_release(&w);
    run_lock_release(lock);
    return ok;
}
