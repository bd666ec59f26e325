/* What benchmarks run on: a synthetic corpus, a workspace, or a plain text file of sequences. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/math/synthetic.h"
#include "storage/base/file.h"
#include "storage/base/intern.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "tui/cli/bench.h"

/* ---- synthetic ---- */

static void release_synthetic(struct bench_data *data)
{
    synthetic_release(&data->corpus);
}

static bool load_synthetic(const struct cli_args *args, const struct synthetic *defaults,
                           struct bench_data *data, struct error *err)
{
    int64_t users = defaults->n_users, items = defaults->n_items, length = defaults->length;
    double skew = defaults->skew;
    const char *text = cli_value(args, "skew");
    if (!cli_int(args, "users", 0, INT32_MAX, &users, err) ||
        !cli_int(args, "items", 1, INT32_MAX, &items, err) ||
        !cli_int(args, "length", 0, INT32_MAX, &length, err))
        return false;
    if (text && (!num_double(text, strlen(text), &skew) || skew < 0))
        return error_set(err, ERROR_USAGE, "--skew %s: a number from 0 up is needed", text);
    struct synthetic s = {(int32_t)users, (int32_t)items, (int32_t)length,
                          skew,           data->seed,     defaults->varied};
    if (!synthetic_corpus(&s, &data->corpus, err))
        return false;
    snprintf(data->name, sizeof data->name, "synthetic");
    data->release = release_synthetic;
    return true;
}

/* ---- a workspace ---- */

struct opened {
    struct workspace *workspace;
    struct dataset dataset;
};

static void release_workspace(struct bench_data *data)
{
    struct opened *opened = data->owner;
    dataset_close(&opened->dataset);
    workspace_close(opened->workspace);
    free(opened);
}

static bool load_workspace(const char *path, struct bench_data *data, struct error *err)
{
    struct opened *opened = mem_zalloc(1, sizeof *opened);
    opened->workspace = workspace_open(path, WORKSPACE_READ_ONLY, err);
    if (!opened->workspace || !dataset_open(opened->workspace, &opened->dataset, err)) {
        workspace_close(opened->workspace);
        free(opened);
        return false;
    }
    const struct dataset *d = &opened->dataset;
    data->corpus = (struct corpus){d->n_users, d->n_items, d->offset, d->item};
    if (d->semid_levels > 0)
        data->semids = (struct semid_table){d->n_items, d->semid_levels, d->semid};
    data->owner = opened;
    data->release = release_workspace;
    return true;
}

/* ---- a text file ---- */

struct text_corpus {
    struct intern *ids;
    int64_t *offset;
    int32_t *item;
    size_t n_users, cap_users, n_items, cap_items;
};

static void release_text(struct bench_data *data)
{
    free((void *)data->corpus.offset);
    free((void *)data->corpus.item);
}

static const char *next_word(const char *p, const char *end, size_t *n)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    const char *word = p;
    while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
        p++;
    *n = (size_t)(p - word);
    return word;
}

/* The first word is the user, whose name is of no interest here. */
static bool add_line(struct text_corpus *t, const char *line, const char *end, struct error *err)
{
    size_t n;
    const char *word = next_word(line, end, &n);
    if (n == 0)
        return true;
    while ((word = next_word(word + n, end, &n)), n > 0) {
        int32_t item = intern_add(t->ids, word, n, err);
        if (item < 0 || !mem_try_grow((void **)&t->item, &t->cap_items, t->n_items + 1,
                                      sizeof *t->item, "sequences", err))
            return false;
        t->item[t->n_items++] = item;
    }
    if (!mem_try_grow((void **)&t->offset, &t->cap_users, t->n_users + 2, sizeof *t->offset,
                      "sequences", err))
        return false;
    t->offset[++t->n_users] = (int64_t)t->n_items;
    return true;
}

static bool read_lines(struct text_corpus *t, const struct buf *bytes, struct error *err)
{
    const char *end = bytes->data + bytes->len, *next;
    if (!mem_try_grow((void **)&t->offset, &t->cap_users, 1, sizeof *t->offset, "sequences", err))
        return false;
    t->offset[0] = 0;
    for (const char *line = bytes->data; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next ? next : end;
        if (!add_line(t, line, next, err))
            return false;
    }
    return true;
}

static bool load_text(const char *path, struct bench_data *data, struct error *err)
{
    struct text_corpus t = {.ids = intern_new()};
    struct buf bytes;
    buf_init(&bytes);
    bool ok = file_read(path, (size_t)1 << 32, &bytes, err) && read_lines(&t, &bytes, err);
    buf_release(&bytes);
    data->corpus = (struct corpus){(int32_t)t.n_users, intern_count(t.ids), t.offset, t.item};
    data->release = release_text;
    intern_free(t.ids);
    if (!ok)
        release_text(data);
    return ok;
}

/* ---- all of them ---- */

bool bench_data_load(const struct cli_args *args, struct bench_data *data,
                     struct progress *progress, struct error *err)
{
    const struct synthetic defaults = {.n_users = 20000, .n_items = 10000, .length = 20, .skew = 1};
    return bench_data_load_like(args, &defaults, data, progress, err);
}

bool bench_data_load_like(const struct cli_args *args, const struct synthetic *defaults,
                          struct bench_data *data, struct progress *progress, struct error *err)
{
    const char *path = cli_value(args, "data");
    int64_t seed = 1, threads = 0;
    struct stat info;
    *data = (struct bench_data){0};
    if (!cli_int(args, "seed", 0, INT64_MAX, &seed, err) ||
        !cli_int(args, "threads", 0, PARALLEL_MAX, &threads, err) || !progress_ok(progress, err))
        return false;
    parallel_set_threads((int)threads);
    data->seed = (uint64_t)seed;
    bool ok;
    if (!path)
        ok = load_synthetic(args, defaults, data, err);
    else if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        ok = load_workspace(path, data, err);
    else
        ok = load_text(path, data, err);
    if (!ok) {
        *data = (struct bench_data){0};
        return false;
    }
    if (path)
        snprintf(data->name, sizeof data->name, "%s", path);
    if (split_leave_one_out(&data->corpus, &data->split, err))
        return true;
    bench_data_release(data);
    return false;
}

void bench_data_release(struct bench_data *data)
{
    split_release(&data->split);
    if (data->release)
        data->release(data);
    *data = (struct bench_data){0};
}

bool bench_lists(const struct bench_data *data, int32_t depth, int64_t n_cases, int32_t **rows,
                 struct error *err)
{
    enum { STREAM_LISTS = 0xbe7c, TRIES = 64 };
    const struct case_list *cases = &data->split.part[PART_TEST];
    const struct corpus *c = &data->corpus;
    int32_t *list = mem_try_array((size_t)n_cases * (size_t)depth, sizeof *list, "lists", err);
    if (!list)
        return false;
    for (int64_t i = 0; i < n_cases; i++) {
        struct rng rng = rng_new(data->seed, rng_stream(STREAM_LISTS, (uint64_t)i));
        int32_t *row = list + i * depth;
        row[0] = corpus_sequence(c, cases->user[i])[cases->position[i]];
        for (int32_t k = 1; k < depth; k++)
            for (int t = 0, again = 1; again && t < TRIES; t++) {
                row[k] = c->item[rng_below(&rng, (uint64_t)c->offset[c->n_users])];
                again = 0;
                for (int32_t j = 0; j < k; j++)
                    again |= row[j] == row[k];
            }
    }
    *rows = list;
    return true;
}
