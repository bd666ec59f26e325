/*
 * `rote bench index`: building the match index over whole sequences. Checked first: every place
 * stands in the array once and neighbours are in the promised order, compared item by item
 * (together that has one solution).
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "analysis/match/match.h"
#include "analysis/math/parallel.h"
#include "analysis/run/index_cache.h"
#include "storage/base/mem.h"
#include "tui/cli/bench.h"

struct index_job {
    struct training training;
    int64_t shards;
    struct progress *progress;
    struct match_index index;
};

static bool build_once(void *context, struct error *err)
{
    struct index_job *job = context;
    match_index_release(&job->index);
    return match_index_build(&job->training, (int32_t)job->shards, job->progress, &job->index, err);
}

/* Is the context that ends at place p before the one at q, ties by place? */
static bool in_order(const struct match_shard *s, uint32_t p, uint32_t q)
{
    uint32_t d = 0;
    while (s->text[p - d] == s->text[q - d] && s->text[p - d] >= 0)
        d++;
    int32_t a = s->text[p - d], b = s->text[q - d];
    return a < 0 && b < 0 ? p < q : a < b;
}

struct order_job {
    const struct match_shard *shard;
    uint64_t *seen; /* a bit per place */
};

static bool check_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    const struct order_job *job = context;
    const struct match_shard *s = job->shard;
    (void)worker;
    for (int64_t i = begin; i < end; i++) {
        uint32_t place = s->entry[i] >> 1;
        __atomic_fetch_or(&job->seen[place / 64], (uint64_t)1 << place % 64, __ATOMIC_RELAXED);
        if (s->text[place] < 0 || (i > 0 && !in_order(s, s->entry[i - 1] >> 1, place)))
            return error_set(err, ERROR_STATE, "the match index is wrong at entry %lld",
                             (long long)i);
    }
    return true;
}

static bool check_shard(const struct match_shard *s, struct progress *progress, struct error *err)
{
    size_t words = (size_t)s->n_text / 64 + 1;
    struct order_job job = {s, mem_try_zarray(words, sizeof *job.seen, "places", err)};
    if (!job.seen)
        return false;
    bool ok = parallel_for(s->n_entries, 1 << 14, check_chunk, &job, progress, "checking the index",
                           "entries", err);
    uint64_t seen = 0;
    for (size_t i = 0; i < words; i++)
        seen += (uint64_t)__builtin_popcountll(job.seen[i]);
    free(job.seen);
    if (ok && seen != s->n_entries)
        return error_set(err, ERROR_STATE, "the match index misses %lld places",
                         (long long)(s->n_entries - seen));
    return ok;
}

static bool check_text(const struct index_job *job, struct error *err)
{
    const struct corpus *c = job->training.corpus;
    for (int32_t k = 0; k < job->index.n_shards; k++) {
        const struct match_shard *s = &job->index.shard[k];
        for (int32_t u = 0; u < s->n_users; u++) {
            const int32_t *sequence = corpus_sequence(c, s->first_user + u);
            for (uint32_t i = s->user_start[u] + 1; i < s->user_start[u + 1]; i++)
                if (s->text[i] != sequence[i - s->user_start[u] - 1])
                    return error_set(err, ERROR_STATE, "the text of user %d is wrong",
                                     s->first_user + u);
        }
    }
    return true;
}

struct file_job {
    const struct index_job *index;
    const char *path;
    int64_t count; /* of item 0 */
};

static bool open_once(void *context, struct error *err)
{
    const struct file_job *job = context;
    struct index_cache cache;
    if (!index_cache_open_file(job->path, true, 1, &job->index->training,
                               (int32_t)job->index->shards, job->index->progress, &cache, err))
        return false;
    int32_t item = 0;
    bool ok = cache.file && match_count(&cache.index, &item, 1) == job->count;
    index_cache_close(&cache);
    return ok || error_set(err, ERROR_IO, "%s cannot be written and mapped", job->path);
}

/* Written by the first run, so the fastest of two or more is an opening. */
static bool run_file(struct index_job *index, const char *path, const struct cli_args *args,
                     struct bench_report *report, struct error *err)
{
    int32_t item = 0;
    double entries = (double)index->index.n_entries;
    struct file_job job = {index, path, match_count(&index->index, &item, 1)};
    struct bench_measure m = {.name = "open", .work = 1, .unit = "openings"};
    struct stat info;
    match_index_release(&index->index); /* one index in memory at a time */
    if (!open_once(&job, err) || !bench_run(args, &m, open_once, &job, err))
        return false;
    bench_add(report, &m);
    if (stat(path, &info) == 0)
        bench_figure(report, "file_bytes_per_interaction", (double)info.st_size / entries);
    return true;
}

static bool run_index(struct index_job *job, const struct cli_args *args,
                      struct bench_report *report, struct error *err)
{
    if (!build_once(job, err) || !check_text(job, err))
        return false;
    for (int32_t k = 0; k < job->index.n_shards; k++)
        if (!check_shard(&job->index.shard[k], job->progress, err))
            return false;
    struct bench_measure m = {
        .name = "index", .work = (double)job->index.n_entries, .unit = "interactions"};
    if (!bench_run(args, &m, build_once, job, err))
        return false;
    double bytes = (double)match_index_bytes(&job->index);
    bench_add(report, &m);
    bench_figure(report, "bytes", bytes);
    bench_figure(report, "bytes_per_interaction", bytes / (double)job->index.n_entries);
    bench_figure(report, "shards", job->index.n_shards);
    const char *path = cli_value(args, "file");
    return !path || run_file(job, path, args, report, err);
}

bool bench_index(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err)
{
    struct bench_data data;
    struct index_job job = {.progress = cli->progress};
    if (!cli_int(args, "shards", 0, MATCH_MAX_SHARDS, &job.shards, err) ||
        !bench_data_load(args, &data, cli->progress, err))
        return false;
    int32_t *end = mem_try_array((size_t)data.corpus.n_users, sizeof *end, "sequences", err);
    bool ok = end != NULL;
    for (int32_t u = 0; ok && u < data.corpus.n_users; u++)
        end[u] = corpus_length(&data.corpus, u);
    job.training = (struct training){&data.corpus, end};
    ok = ok && run_index(&job, args, report, err);
    match_index_release(&job.index);
    free(end);
    bench_data_release(&data);
    return ok;
}
