/* The lists of an external trainer: matched by external ids, what does not match counted. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/corpus/recs.h"
#include "analysis/run/exchange.h"
#include "analysis/run/folder.h"
#include "storage/base/file.h"
#include "storage/base/intern.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"

#define EXPECTED                                                                                   \
    "a line for each test case: {\"user\":\"U\",\"items\":[\"I\",…],\"scores\":[0.5,…]}"

enum { LOGGED_MAX = 1000, EXAMPLES = 5, NO_ITEM = -1, ILLEGAL = -2, ID_TEXT = 32 };

struct part_lists {
    const struct case_list *cases;
    int32_t *item;  /* [n][RECS_DEPTH] */
    float *score;   /* the same */
    bool *there;    /* [n] */
    int64_t listed; /* cases with a list */
    int64_t scored; /* those with scores */
};

struct reader {
    const struct launch_work *work;
    const char *path;
    int64_t line;
    struct intern *users, *items;
    struct part_lists part[2];
    int64_t unknown_users, unknown_items, users_without_case, repeated_items, repeated_lists;
    int64_t logged;
    FILE *log;
    struct jval *examples;
};

static bool malformed(const struct reader *r, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool malformed(const struct reader *r, struct error *err, const char *format, ...)
{
    struct buf what;
    va_list args;
    buf_init(&what);
    va_start(args, format);
    buf_vaddf(&what, format, args);
    va_end(args);
    error_set(err, ERROR_INPUT, "%s, line %" PRId64 ": %s; expected is " EXPECTED, r->path, r->line,
              what.data);
    buf_release(&what);
    return false;
}

static void unmatched(struct reader *r, const char *what, const char *id, const char *why)
{
    char *text = mem_printf("recommendations.jsonl, line %" PRId64 ": the %s %.200s %s", r->line,
                            what, id, why);
    if (jval_size(r->examples) < EXAMPLES)
        jval_append(r->examples, jval_new_string(text));
    if (r->logged++ < LOGGED_MAX && r->log)
        fprintf(r->log, "%s\n", text);
    free(text);
}

/* An id as text; numbers are taken as people write them. NULL: it is neither. */
static const char *id_text(const struct jval *j, char number[ID_TEXT])
{
    const char *text = jval_string(j);
    int64_t value = jval_int(j, INT64_MIN);
    if (text || value == INT64_MIN)
        return text;
    snprintf(number, ID_TEXT, "%" PRId64, value);
    return number;
}

/* ---- cases ---- */

/* The first case of a user or a later one. */
static int64_t first_case(const struct case_list *cases, int32_t user)
{
    int64_t low = 0, high = cases->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (cases->user[middle] < user)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The case that a line is about; -1: there is none of that user. */
static bool find_case(const struct reader *r, const struct case_list *cases, int32_t user,
                      const struct jval *position, int64_t *out, struct error *err)
{
    int64_t first = first_case(cases, user), n = 0;
    *out = -1;
    while (first + n < cases->n && cases->user[first + n] == user)
        n++;
    if (!position && n > 1)
        return malformed(r, err, "this user has %" PRId64 " cases: \"position\" must say which", n);
    for (int64_t c = first; c < first + n; c++)
        if (!position || cases->position[c] == jval_int(position, -1))
            *out = c;
    return true;
}

/* ---- a list ---- */

static bool has(const int32_t *row, int32_t n, int32_t item)
{
    for (int32_t i = 0; i < n; i++)
        if (row[i] == item)
            return true;
    return false;
}

static bool take_list(struct reader *r, struct part_lists *p, int64_t c, const struct jval *items,
                      const struct jval *scores, struct error *err)
{
    int32_t *row = p->item + c * RECS_DEPTH, n = 0;
    float *score = p->score + c * RECS_DEPTH;
    for (size_t i = 0; i < jval_size(items) && n < RECS_DEPTH; i++) {
        char number[ID_TEXT];
        const char *id = id_text(jval_at(items, i), number);
        double value = scores ? jval_real(jval_at(scores, i), NAN) : 0;
        if (!id)
            return malformed(r, err, "item %zu is no id", i + 1);
        if (!isfinite(value))
            return malformed(r, err, "score %zu is no number", i + 1);
        int32_t item = intern_find(r->items, id, strlen(id));
        if (item < 0) {
            r->unknown_items++;
            unmatched(r, "item", id, "is not in the data");
            item = ILLEGAL;
        } else if (has(row, n, item)) {
            r->repeated_items++;
            continue;
        }
        row[n] = item;
        score[n++] = (float)value;
    }
    for (; n < RECS_DEPTH; n++) {
        row[n] = NO_ITEM;
        score[n] = 0;
    }
    return true;
}

static bool take_case(struct reader *r, struct part_lists *p, int64_t c, const struct jval *items,
                      const struct jval *scores, struct error *err)
{
    if (p->there[c]) {
        r->repeated_lists++; /* the last one counts */
    } else {
        p->there[c] = true;
        p->listed++;
        p->scored += scores != NULL;
    }
    return take_list(r, p, c, items, scores, err);
}

/* ---- a line ---- */

static bool take_object(struct reader *r, const struct jval *o, struct error *err)
{
    const struct jval *items = jval_get(o, "items"), *scores = jval_get(o, "scores");
    const char *split = jval_string(jval_get(o, "split"));
    char number[ID_TEXT];
    const char *id = id_text(jval_get(o, "user"), number);
    bool valid = split && strcmp(split, "valid") == 0;
    if (!id)
        return malformed(r, err, "there is no \"user\"");
    if (!items || jval_string(items) || !isnan(jval_real(items, NAN)) ||
        (jval_size(items) > 0 && !jval_at(items, 0)))
        return malformed(r, err, "there is no list \"items\"");
    if (scores && jval_size(scores) != jval_size(items))
        return malformed(r, err, "%zu scores for %zu items", jval_size(scores), jval_size(items));
    if (split && !valid && strcmp(split, "test") != 0)
        return malformed(r, err, "\"split\" is test or valid, not %.40s", split);
    int32_t user = intern_find(r->users, id, strlen(id));
    if (user < 0) {
        r->unknown_users++;
        unmatched(r, "user", id, "is not in the data");
        return true;
    }
    struct part_lists *p = &r->part[valid ? PART_VALID : PART_TEST];
    int64_t c;
    if (!find_case(r, p->cases, user, jval_get(o, "position"), &c, err))
        return false;
    if (c < 0) {
        r->users_without_case++;
        unmatched(r, "user", id, valid ? "has no such validation case" : "has no such test case");
        return true;
    }
    return take_case(r, p, c, items, scores, err);
}

static bool take_line(struct reader *r, const char *line, size_t n, struct error *err)
{
    struct error why = {0};
    if (n > 0 && line[n - 1] == '\r')
        n--;
    if (n == 0)
        return true;
    struct jval *o = jval_parse(line, n, &why);
    bool ok = o ? take_object(r, o, err) : malformed(r, err, "this is no JSON (%s)", why.text);
    jval_free(o);
    return ok;
}

static bool take_file(struct reader *r, struct error *err)
{
    struct file_map map;
    if (!file_exists(r->path))
        return error_set(err, ERROR_INPUT,
                         "the command left no %s; expected is " EXPECTED
                         ", and the same with \"split\":\"valid\" for validation cases",
                         r->path);
    if (!file_map_open(r->path, &map, err))
        return false;
    const char *at = (const char *)map.data, *end = at + map.size;
    bool ok = true;
    while (ok && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((newline ? newline : end) - at);
        r->line++;
        ok = take_line(r, at, n, err) && progress_ok(r->work->progress, err);
        at += n + 1;
    }
    file_map_close(&map);
    return ok;
}

/* ---- the whole ---- */

static bool part_init(struct part_lists *p, const struct case_list *cases, struct error *err)
{
    size_t n = (size_t)cases->n * RECS_DEPTH;
    *p = (struct part_lists){.cases = cases};
    p->item = mem_try_array(n, sizeof *p->item, "recommendation lists", err);
    p->score = p->item ? mem_try_zarray(n, sizeof *p->score, "recommendation lists", err) : NULL;
    p->there = p->score ? mem_try_zarray((size_t)cases->n, sizeof *p->there, "cases", err) : NULL;
    for (size_t i = 0; p->there && i < n; i++)
        p->item[i] = NO_ITEM;
    return p->there != NULL;
}

static bool reader_init(struct reader *r, const struct launch_work *w, const char *path,
                        struct error *err)
{
    char *log = path_join(w->dir, "worker.log");
    *r = (struct reader){.work = w,
                         .path = path,
                         .log = fopen(log, "ae"),
                         .examples = jval_new_array(),
                         .users = intern_over(&w->dataset->user_id, err)};
    free(log);
    return r->users && (r->items = intern_over(&w->dataset->item_id, err)) &&
           part_init(&r->part[PART_TEST], &w->split->part[PART_TEST], err) &&
           part_init(&r->part[PART_VALID], &w->split->part[PART_VALID], err);
}

static void reader_release(struct reader *r)
{
    for (int i = 0; i < 2; i++) {
        free(r->part[i].item);
        free(r->part[i].score);
        free(r->part[i].there);
    }
    if (r->log)
        fclose(r->log);
    intern_free(r->users);
    intern_free(r->items);
    jval_free(r->examples);
}

static bool write_part(const struct reader *r, enum part part, struct error *err)
{
    const struct part_lists *p = &r->part[part];
    struct run_recs recs = {.n_cases = p->cases->n,
                            .depth = RECS_DEPTH,
                            .user = p->cases->user,
                            .position = p->cases->position,
                            .item = p->item,
                            .score = p->scored == p->listed ? p->score : NULL};
    return run_recs_write(r->work->dir, part == PART_TEST ? "test" : "valid",
                          r->work->job->fingerprint, &recs, err);
}

static void tell_part(const struct reader *r, enum part part, const char *name, struct jval *end)
{
    struct jval *o = jval_object_at(end, name);
    jval_put_int(o, "cases", r->part[part].cases->n);
    jval_put_int(o, "listed", r->part[part].listed);
}

static void tell(struct reader *r, struct jval *end)
{
    tell_part(r, PART_TEST, "test", end);
    tell_part(r, PART_VALID, "valid", end);
    jval_put_int(end, "unknown_users", r->unknown_users);
    jval_put_int(end, "unknown_items", r->unknown_items);
    jval_put_int(end, "users_without_case", r->users_without_case);
    jval_put_int(end, "repeated_items", r->repeated_items);
    jval_put_int(end, "repeated_lists", r->repeated_lists);
    jval_put(end, "unmatched", r->examples);
    r->examples = NULL;
    if (r->log && r->logged > LOGGED_MAX)
        fprintf(r->log, "… and %" PRId64 " more\n", r->logged - LOGGED_MAX);
}

bool exchange_read(const struct launch_work *w, const char *dir, struct jval *end,
                   struct error *err)
{
    struct reader r;
    char *path = path_join(dir, "recommendations.jsonl");
    bool ok = reader_init(&r, w, path, err) && take_file(&r, err);
    if (ok)
        tell(&r, end);
    if (ok && r.part[PART_TEST].listed == 0)
        ok = error_set(err, ERROR_INPUT,
                       "%s has no list of a test case: users and items are named as in "
                       "sequences.jsonl; expected is " EXPECTED,
                       path);
    ok = ok && write_part(&r, PART_TEST, err) &&
         (r.part[PART_VALID].listed == 0 || write_part(&r, PART_VALID, err));
    reader_release(&r);
    free(path);
    return ok;
}
