/*
 * The tasks of an external language model as instruction tuning: continue a sequence, and under
 * iirg name the collaborative and the semantic neighbours of an item (arXiv 2606.17276). Each row
 * carries the weight of its task; one file a task, so that a trainer that knows no weights can mix
 * by file.
 */
#include <math.h>
#include <string.h>

#include "analysis/corpus/popularity.h"
#include "analysis/run/exchange_parts.h"
#include "analysis/run/folder.h"
#include "analysis/strategy/iirg.h"
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

static bool write_neighbours(const struct exchange *x, enum item_task id, const char *file,
                             const struct task *task, const struct iirg_lists *lists,
                             struct error *err)
{
    struct exchange_lines l;
    struct buf text;
    if (!lists->of[id].item || !(lists->lambda[id] > 0))
        return true;
    if (!exchange_lines_begin(&l, x->dir, file, err))
        return false;
    buf_init(&text);
    for (int32_t i = 0; i < x->work->corpus->n_items; i++) {
        int32_t n;
        const int32_t *of = iirg_list(lists, id, i, &n);
        if (n > 0)
            put_row(x, &l, task, lists->lambda[id], i, of, n, &text);
    }
    buf_release(&text);
    return exchange_lines_commit(&l, err);
}

static const char collaborative_file[] = "collaborative.jsonl", semantic_file[] = "semantic.jsonl";

static bool write_iirg(struct exchange *x, const struct strategy *s, struct error *err)
{
    const struct launch_work *w = x->work;
    struct iirg_lists lists = {0};
    int64_t *pop = mem_try_array((size_t)w->corpus->n_items, sizeof *pop, "popularity", err);
    if (pop)
        popularity_count(w->training, pop);
    bool ok = pop && iirg_lists_init(&lists, s, w->training, pop, x->items.x, x->items.width,
                                     w->progress, err);
    if (ok && !x->items.x && lists.lambda[TASK_SEMANTIC] > 0)
        jval_append(
            x->not_there,
            jval_new_string("semantic.jsonl: the items have no embeddings or texts to compare"));
    ok = ok && write_neighbours(x, TASK_SEMANTIC, semantic_file, &semantic, &lists, err) &&
         write_neighbours(x, TASK_COLLABORATIVE, collaborative_file, &collaborative, &lists, err);
    iirg_lists_release(&lists);
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

static bool write_info(const struct exchange *x, const struct strategy *s, struct error *err)
{
    bool iirg = s->has[STRATEGY_IIRG];
    struct jval *all = jval_new_object();
    put_info(all, "rote-next-item", "next-item.jsonl");
    if (iirg && s->value[STRATEGY_OPTION_IIRG_LAMBDA_C] > 0)
        put_info(all, "rote-collaborative", collaborative_file);
    if (iirg && x->items.x && s->value[STRATEGY_OPTION_IIRG_LAMBDA_S] > 0)
        put_info(all, "rote-semantic", semantic_file);
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
    return write_next_item(x, err) && (!s->has[STRATEGY_IIRG] || write_iirg(x, s, err)) &&
           write_info(x, s, err);
}
