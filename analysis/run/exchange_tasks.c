/*
 * The tasks of an external language model as instruction tuning: continue a sequence, and under
 * iirg name the collaborative and the semantic neighbours of an item (arXiv 2606.17276). Each row
 * carries the weight of its task; one file a task, so that a trainer that knows no weights can mix
 * by file.
 */
#include <math.h>
#include <string.h>

#include "analysis/run/exchange_parts.h"
#include "analysis/run/folder.h"
#include "analysis/strategy/neighbours.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

enum { HISTORY = 20, CHECK_EVERY = 1024 };

struct task {
    const char *name, *instruction;
};
static const struct task next_item = {
    "next-item",
    "A user chose this item first. Write the items that the user chose next, in order, "
    "one a line."};
static const struct task collaborative = {
    "collaborative", "Write items that users choose close to this item, the most frequent first, "
                     "one a line."};
static const struct task semantic = {
    "semantic", "Write items that are similar to this item, the most similar first, one a line."};

/* A row from the text of `input`, and of `n` items from `item`. */
static void put_row(const struct exchange *x, struct exchange_lines *l, const struct task *task,
                    double weight, int32_t input, const int32_t *item, int32_t n, struct buf *text)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "task", task->name);
    jval_put_string(o, "instruction", task->instruction);
    buf_clear(text);
    exchange_add_text(x, input, text);
    jval_put_string(o, "input", text->data);
    buf_clear(text);
    for (int32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_addc(text, '\n');
        exchange_add_text(x, item[i], text);
    }
    jval_put_string(o, "output", text->data);
    jval_put_real(o, "weight", weight);
    exchange_lines_put(l, o);
}

/* Windows of at most HISTORY items after the first, from the end of the training sequence: every
 * position but a user's first is a target once. */
static bool write_next_item(const struct exchange *x, struct error *err)
{
    const struct training *t = x->work->training;
    struct exchange_lines l;
    struct buf text;
    if (!exchange_lines_begin(&l, x->dir, "next-item.jsonl", err))
        return false;
    buf_init(&text);
    bool ok = true;
    for (int32_t u = 0; ok && u < t->corpus->n_users; u++) {
        const int32_t *item = corpus_sequence(t->corpus, u);
        for (int32_t end = t->end[u]; end >= 2; end -= HISTORY) {
            int32_t begin = end > HISTORY + 1 ? end - HISTORY - 1 : 0;
            put_row(x, &l, &next_item, 1, item[begin], item + begin + 1, end - begin - 1, &text);
        }
        ok = u % CHECK_EVERY != 0 ||
             progress_at(x->work->progress, "writing tasks", u, t->corpus->n_users, "users", err);
    }
    buf_release(&text);
    if (!ok) {
        buf_release(&l.line);
        file_replace_abandon(&l.file);
    }
    return ok && exchange_lines_commit(&l, err);
}

static bool write_neighbours(const struct exchange *x, const char *file, const struct task *task,
                             double weight, const struct neighbours *list, int32_t generate,
                             struct error *err)
{
    struct exchange_lines l;
    struct buf text;
    if (!exchange_lines_begin(&l, x->dir, file, err))
        return false;
    buf_init(&text);
    for (int32_t i = 0; i < list->n_items; i++) {
        const int32_t *of = neighbours_of(list, i);
        int32_t n = 0;
        while (n < list->keep && n < generate && of[n] != NEIGHBOURS_NONE)
            n++;
        if (n > 0)
            put_row(x, &l, task, weight, i, of, n, &text);
    }
    buf_release(&text);
    return exchange_lines_commit(&l, err);
}

static int64_t *popularity(const struct training *t, struct error *err)
{
    int64_t *pop = mem_try_zarray((size_t)t->corpus->n_items, sizeof *pop, "popularity", err);
    for (int32_t u = 0; pop && u < t->corpus->n_users; u++)
        for (int32_t i = 0; i < t->end[u]; i++)
            pop[corpus_sequence(t->corpus, u)[i]]++;
    return pop;
}

static bool write_iirg(struct exchange *x, const struct strategy *s, struct error *err)
{
    int32_t keep = strategy_int(s, STRATEGY_OPTION_IIRG_KEEP);
    int32_t window = strategy_int(s, STRATEGY_OPTION_IIRG_WINDOW);
    int32_t generate = strategy_int(s, STRATEGY_OPTION_IIRG_GENERATE);
    const double *value = s->value;
    struct neighbours near = {0}, like = {0};
    int64_t *pop = popularity(x->work->training, err);
    bool ok = pop && neighbours_collaborative(x->work->training, pop, window, keep, &near,
                                              x->work->progress, err);
    if (ok && x->items.x)
        ok = neighbours_semantic(x->items.x, x->work->corpus->n_items, x->items.width, keep, &like,
                                 x->work->progress, err) &&
             write_neighbours(x, "semantic.jsonl", &semantic, value[STRATEGY_OPTION_IIRG_LAMBDA_S],
                              &like, generate, err);
    else if (ok)
        jval_append(
            x->not_there,
            jval_new_string("semantic.jsonl: the items have no embeddings or texts to compare"));
    if (ok && like.item && strategy_int(s, STRATEGY_OPTION_IIRG_BACKFILL))
        neighbours_backfill(&near, &like);
    ok = ok && write_neighbours(x, "collaborative.jsonl", &collaborative,
                                value[STRATEGY_OPTION_IIRG_LAMBDA_C], &near, generate, err);
    neighbours_release(&near);
    neighbours_release(&like);
    free(pop);
    return ok;
}

static void put_info(struct jval *all, const char *name, const char *file)
{
    struct jval *o = jval_object_at(all, name);
    jval_put_string(o, "file_name", file);
    jval_put_string(o, "formatting", "alpaca");
    struct jval *columns = jval_object_at(o, "columns");
    jval_put_string(columns, "prompt", "instruction");
    jval_put_string(columns, "query", "input");
    jval_put_string(columns, "response", "output");
}

static bool write_info(const struct exchange *x, bool iirg, struct error *err)
{
    struct jval *all = jval_new_object();
    put_info(all, "rote-next-item", "next-item.jsonl");
    if (iirg)
        put_info(all, "rote-collaborative", "collaborative.jsonl");
    if (iirg && x->items.x)
        put_info(all, "rote-semantic", "semantic.jsonl");
    struct buf text;
    buf_init(&text);
    jval_write(all, true, &text);
    buf_addc(&text, '\n');
    jval_free(all);
    char *path = path_join(x->dir, "dataset_info.json");
    bool ok = file_write(path, text.data, text.len, err);
    free(path);
    buf_release(&text);
    return ok;
}

bool exchange_write_tasks(struct exchange *x, struct error *err)
{
    const struct strategy *s = &x->work->job->options.strategy;
    bool iirg = s->has[STRATEGY_IIRG];
    return write_next_item(x, err) && (!iirg || write_iirg(x, s, err)) && write_info(x, iirg, err);
}
