#include "analysis/run/exchange.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/corpus/recs.h"
#include "analysis/run/exchange_parts.h"
#include "analysis/run/folder.h"
#include "analysis/semid/kmeans.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "storage/db/dataset.h"

/* ---- texts ---- */

struct jval *exchange_value(const char *text, size_t n)
{
    struct buf list;
    buf_init(&list);
    buf_addc(&list, '[');
    buf_add(&list, text, n);
    buf_addc(&list, ']');
    struct jval *parsed = jval_parse(list.data, list.len, NULL), *value = NULL;
    const struct jval *first = jval_size(parsed) == 1 ? jval_at(parsed, 0) : NULL;
    double real = jval_real(first, NAN);
    int64_t whole = jval_int(first, INT64_MIN);
    if (whole != INT64_MIN)
        value = jval_new_int(whole);
    else if (!isnan(real))
        value = jval_new_real(real);
    else if (first && jval_bool(first, false) == jval_bool(first, true))
        value = jval_new_bool(jval_bool(first, false));
    jval_free(parsed);
    buf_release(&list);
    return value ? value : jval_new_string_n(text, n);
}

/* [{"name":"iirg","options":{"lambda_c":0.5,…}},…], defaults included. */
static struct jval *strategies_json(const struct strategy *s)
{
    struct jval *list = jval_new_array();
    for (int i = 0; i < STRATEGIES; i++) {
        if (!s->has[i])
            continue;
        struct jval *o = jval_new_object(), *options = jval_object_at(o, "options");
        jval_put_string(o, "name", strategy_info((enum strategy_id)i)->name);
        for (int k = 0; k < STRATEGY_OPTIONS; k++) {
            const struct strategy_option *option = strategy_option((enum strategy_option_id)k);
            char text[STRATEGY_VALUE_MAX];
            if (option->of != (enum strategy_id)i)
                continue;
            strategy_value_text((enum strategy_option_id)k, s->value[k], text);
            jval_put(options, option->name, exchange_value(text, strlen(text)));
        }
        jval_append(list, o);
    }
    return list;
}

char *exchange_command(const struct run_job *job, const char *dir)
{
    static const char place[] = "{dir}";
    struct buf out;
    buf_init(&out);
    const char *at = job->command;
    for (const char *next; (next = strstr(at, place)); at = next + strlen(place)) {
        buf_add(&out, at, (size_t)(next - at));
        shell_add_quoted(&out, dir);
    }
    buf_adds(&out, at);
    return buf_detach(&out);
}

/* ---- lines ---- */

bool exchange_lines_begin(struct exchange_lines *l, const char *dir, const char *name,
                          struct error *err)
{
    char *path = path_join(dir, name);
    bool ok = file_replace_begin(&l->file, path, err);
    buf_init(&l->line);
    free(path);
    return ok;
}

void exchange_lines_put(struct exchange_lines *l, struct jval *o)
{
    buf_clear(&l->line);
    jval_write(o, false, &l->line);
    buf_addc(&l->line, '\n');
    fwrite(l->line.data, 1, l->line.len, l->file.stream); /* an error shows at the commit */
    jval_free(o);
}

bool exchange_lines_commit(struct exchange_lines *l, struct error *err)
{
    buf_release(&l->line);
    return file_replace_commit(&l->file, err);
}

/* ---- items ---- */

static struct jval *id_of(const struct strtab *table, int32_t i)
{
    return jval_new_string_n(strtab_get(table, i), strtab_len(table, i));
}

struct jval *exchange_item(const struct exchange *x, int32_t item)
{
    return id_of(&x->work->dataset->item_id, item);
}

struct jval *exchange_user(const struct exchange *x, int32_t user)
{
    return id_of(&x->work->dataset->user_id, user);
}

void exchange_add_tokens(const struct exchange *x, int32_t item, struct buf *out)
{
    for (int32_t l = 0; semid_has(&x->semids, item) && l < x->semids.levels; l++)
        buf_addf(out, "<%c_%d>", 'a' + (int)l, (int)semid_of(&x->semids, item)[l]);
}

void exchange_add_text(const struct exchange *x, int32_t item, struct buf *out)
{
    const struct dataset *d = x->work->dataset;
    const char *title = strtab_get(&d->title, item);
    size_t before = out->len;
    exchange_add_tokens(x, item, out);
    if (out->len > before && *title)
        buf_addc(out, ' ');
    buf_adds(out, title);
    if (out->len == before)
        buf_adds(out, strtab_get(&d->item_id, item));
    for (char *at = out->data + before; at < out->data + out->len; at++)
        if ((unsigned char)*at < ' ')
            *at = ' '; /* a line holds one item */
}

static void not_there(struct exchange *x, const char *what, const char *why)
{
    char *text = mem_printf("%s: %s", what, why);
    jval_append(x->not_there, jval_new_string(text));
    free(text);
}

/* Semantic ids from the vectors, as gr's defaults say. */
static bool make_codes(struct exchange *x, struct error *err)
{
    struct run_options defaults = run_options_default(RUN_GR);
    struct kmeans_options k = kmeans_defaults();
    int32_t n_items = x->work->corpus->n_items;
    k.levels = run_options_int(&defaults, OPTION_LEVELS);
    k.codes = run_options_int(&defaults, OPTION_CODES);
    k.seed = (uint64_t)run_options_int(&defaults, OPTION_SEED);
    if (!kmeans_semids(x->items.x, n_items, x->items.width, &k, &x->own_codes, x->work->progress,
                       err))
        return false;
    x->semids = (struct semid_table){n_items, k.levels + 1, x->own_codes};
    return true;
}

/* Vectors and semantic ids of the items: without either the exchange goes on and says so. False
 * when the user cancelled or memory ran out. */
static bool describe_items(struct exchange *x, struct error *err)
{
    const struct dataset *d = x->work->dataset;
    struct run_options defaults = run_options_default(RUN_GR);
    struct error why = {0};
    bool ok = item_vectors_init(&x->items, d, run_options_int(&defaults, OPTION_EMBED_WIDTH),
                                (uint64_t)run_options_int(&defaults, OPTION_SEED),
                                x->work->progress, &why);
    if (d->semid_levels > 0)
        x->semids = (struct semid_table){d->n_items, d->semid_levels, d->semid};
    else if (ok)
        make_codes(x, &why);
    if (why.code == ERROR_CANCELLED || why.code == ERROR_MEMORY)
        return error_set(err, why.code, "%s", why.text);
    if (x->semids.levels == 0)
        not_there(x, "semids.jsonl", why.text);
    return true;
}

static bool write_items(const struct exchange *x, struct error *err)
{
    const struct dataset *d = x->work->dataset;
    struct exchange_lines l;
    struct buf text;
    if (!exchange_lines_begin(&l, x->dir, "items.jsonl", err))
        return false;
    buf_init(&text);
    for (int32_t i = 0; i < d->n_items; i++) {
        struct jval *o = jval_new_object();
        buf_clear(&text);
        exchange_add_text(x, i, &text);
        jval_put(o, "item", exchange_item(x, i));
        jval_put(o, "title", id_of(&d->title, i));
        jval_put(o, "category", id_of(&d->category, i));
        jval_put_string(o, "text", text.data);
        exchange_lines_put(&l, o);
    }
    buf_release(&text);
    return exchange_lines_commit(&l, err);
}

static bool write_semids(const struct exchange *x, struct error *err)
{
    struct exchange_lines l;
    struct buf tokens;
    if (x->semids.levels == 0)
        return true;
    if (!exchange_lines_begin(&l, x->dir, "semids.jsonl", err))
        return false;
    buf_init(&tokens);
    for (int32_t i = 0; i < x->semids.n_items; i++) {
        if (!semid_has(&x->semids, i))
            continue;
        struct jval *o = jval_new_object(), *codes = jval_new_array();
        for (int32_t k = 0; k < x->semids.levels; k++)
            jval_append(codes, jval_new_int(semid_of(&x->semids, i)[k]));
        buf_clear(&tokens);
        exchange_add_tokens(x, i, &tokens);
        jval_put(o, "item", exchange_item(x, i));
        jval_put(o, "codes", codes);
        jval_put_string(o, "tokens", tokens.data);
        exchange_lines_put(&l, o);
    }
    buf_release(&tokens);
    return exchange_lines_commit(&l, err);
}

/* ---- sequences ---- */

static struct jval *span(const struct exchange *x, int32_t user, int32_t begin, int32_t end)
{
    const int32_t *item = corpus_sequence(x->work->corpus, user);
    struct jval *list = jval_new_array();
    for (int32_t i = begin; i < end; i++)
        jval_append(list, exchange_item(x, item[i]));
    return list;
}

static bool write_sequences(const struct exchange *x, struct error *err)
{
    const struct split *s = x->work->split;
    struct exchange_lines l;
    if (!exchange_lines_begin(&l, x->dir, "sequences.jsonl", err))
        return false;
    for (int32_t u = 0; u < s->n_users; u++) {
        struct jval *o = jval_new_object();
        jval_put(o, "user", exchange_user(x, u));
        jval_put(o, "train", span(x, u, 0, s->train_end[u]));
        jval_put(o, "valid", span(x, u, s->train_end[u], s->valid_end[u]));
        jval_put(o, "test", span(x, u, s->valid_end[u], corpus_length(x->work->corpus, u)));
        exchange_lines_put(&l, o);
    }
    return exchange_lines_commit(&l, err);
}

/* ---- run.json ---- */

static bool write_run(struct exchange *x, struct error *err)
{
    const struct run_job *job = x->work->job;
    char fingerprint[HASH_TEXT_LEN + 1];
    struct jval *o = jval_new_object();
    struct jval *options = jval_parse(job->settings, strlen(job->settings), NULL);
    hash_format(job->fingerprint, fingerprint);
    jval_put_string(o, "format", "rote-exchange-1");
    jval_put_int(o, "run", job->run);
    jval_put_string(o, "model", job->model);
    jval_put(o, "options", options ? options : jval_new_object());
    struct buf strategy;
    buf_init(&strategy);
    strategy_write(&job->options.strategy, &strategy);
    jval_put_string(o, "strategy", strategy.data);
    buf_release(&strategy);
    jval_put(o, "strategies", strategies_json(&job->options.strategy));
    jval_put_string(o, "trained_on", job->on == TRAINED_ON_TRAIN ? "train" : "train+valid");
    jval_put_string(o, "fingerprint", fingerprint);
    jval_put_string(o, "split", x->work->dataset->split);
    jval_put_int(o, "depth", RECS_DEPTH);
    jval_put_int(o, "users", x->work->corpus->n_users);
    jval_put_int(o, "items", x->work->corpus->n_items);
    jval_put_int(o, "test_cases", x->work->split->part[PART_TEST].n);
    jval_put_int(o, "valid_cases", x->work->split->part[PART_VALID].n);
    jval_put(o, "not_there", x->not_there);
    x->not_there = NULL;
    struct buf text;
    buf_init(&text);
    jval_write(o, true, &text);
    buf_addc(&text, '\n');
    jval_free(o);
    char *path = path_join(x->dir, "run.json");
    bool ok = file_write(path, text.data, text.len, err);
    free(path);
    buf_release(&text);
    return ok;
}

static bool write_all(const struct launch_work *work, const char *dir, struct error *err)
{
    struct exchange x = {.work = work, .dir = dir, .not_there = jval_new_array()};
    bool ok = dir_remove(dir, err) && dir_make(dir, err) && describe_items(&x, err) &&
              write_sequences(&x, err) && write_items(&x, err) && write_semids(&x, err) &&
              exchange_write_tasks(&x, err) && write_run(&x, err);
    item_vectors_release(&x.items);
    free(x.own_codes);
    jval_free(x.not_there);
    return ok;
}

bool exchange_write_mixture(const struct launch_work *work, const char *dir,
                            struct jval **not_there, struct error *err)
{
    struct exchange x = {.work = work, .dir = dir, .not_there = jval_new_array()};
    bool ok = describe_items(&x, err) && exchange_write_tasks(&x, err);
    item_vectors_release(&x.items);
    free(x.own_codes);
    *not_there = x.not_there;
    return ok;
}

bool exchange_write(const struct launch_work *work, const char *dir, struct error *err)
{
    char *aside = mem_printf("%s.tmp", dir), *lists = path_join(dir, "recommendations.jsonl");
    bool ok = true;
    if (!file_exists(dir))
        ok = write_all(work, aside, err) &&
             (rename(aside, dir) == 0 || error_set_errno(err, errno, "cannot make %s", dir));
    else if (unlink(lists) != 0 && errno != ENOENT)
        ok = error_set_errno(err, errno, "cannot remove %s", lists);
    free(lists);
    free(aside);
    return ok;
}
