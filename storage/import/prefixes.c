#include "storage/import/prefixes.h"

#include <string.h>

#include "storage/base/mem.h"

void prefixes_release(struct prefixes *p)
{
    for (int32_t u = 0; u < p->n_users; u++)
        free(p->user[u].item);
    free(p->user);
    *p = (struct prefixes){0};
}

static struct prefix_user *user_at(struct prefixes *p, int32_t user, struct error *err)
{
    if (user >= p->n_users) {
        if (!mem_try_grow((void **)&p->user, &p->user_cap, (size_t)user + 1, sizeof *p->user,
                          "users", err))
            return NULL;
        memset(p->user + p->n_users, 0, (size_t)(user + 1 - p->n_users) * sizeof *p->user);
        p->n_users = user + 1;
    }
    return &p->user[user];
}

/* Appends item[from .. to). */
static bool append(struct prefix_user *s, const int32_t *item, int32_t from, int32_t to,
                   enum import_part part, struct error *err)
{
    int32_t n = to - from;
    if (n == 0)
        return true;
    if (!mem_try_grow((void **)&s->item, &s->cap, (size_t)s->n + (size_t)n, sizeof *s->item,
                      "sequences", err))
        return false;
    memcpy(s->item + s->n, item + from, (size_t)n * sizeof *item);
    s->n += n;
    if (part == IMPORT_PART_TRAIN)
        s->end[0] = s->n;
    if (part != IMPORT_PART_TEST)
        s->end[1] = s->n;
    return true;
}

/* Is a[from .. from + n) the same as b[0 .. n)? */
static bool same(const int32_t *a, int32_t from, const int32_t *b, int32_t n)
{
    return n == 0 || memcmp(a + from, b, (size_t)n * sizeof *a) == 0;
}

static enum import_part part_at(const struct prefix_user *s, int32_t position)
{
    return position < s->end[0]   ? IMPORT_PART_TRAIN
           : position < s->end[1] ? IMPORT_PART_VALID
                                  : IMPORT_PART_TEST;
}

/* What the row says beyond s: *from is where in history the news begin. */
static enum prefix_status place(const struct prefix_user *s, const int32_t *history, int32_t n,
                                int32_t target, enum import_part part, int32_t longest,
                                int32_t *from)
{
    *from = n;
    if (n > s->n) { /* more history than is known */
        *from = s->n;
        if (!same(s->item, 0, history, s->n))
            return PREFIX_CONFLICT;
        bool harmless = part == IMPORT_PART_TRAIN || (s->n == 0 && n == 1);
        return harmless ? PREFIX_ADDED : PREFIX_UNSEEN;
    }
    bool end = same(s->item, s->n - n, history, n);
    bool begin = n < s->n && same(s->item, 0, history, n) && s->item[n] == target;
    /* both: a history as long as the longest may be cut, so it is the end */
    if (begin && (!end || n < longest))
        return part_at(s, n) == part ? PREFIX_REPEATED : PREFIX_CONFLICT;
    return end ? PREFIX_ADDED : PREFIX_CONFLICT;
}

enum prefix_status prefixes_add(struct prefixes *p, int32_t user, const int32_t *history, int32_t n,
                                int32_t target, enum import_part part, struct error *err)
{
    struct prefix_user *s = user_at(p, user, err);
    if (!s)
        return PREFIX_FAILED;
    p->longest = n > p->longest ? n : p->longest;
    int32_t from;
    enum prefix_status status = place(s, history, n, target, part, p->longest, &from);
    p->repeated += status == PREFIX_REPEATED;
    if (status != PREFIX_ADDED)
        return status;
    return append(s, history, from, n, IMPORT_PART_TRAIN, err) &&
                   append(s, &target, 0, 1, part, err)
               ? PREFIX_ADDED
               : PREFIX_FAILED;
}

static bool emit(const struct prefixes *p, struct rows *rows, enum import_part part,
                 struct error *err)
{
    for (int32_t u = 0; u < p->n_users; u++) {
        const struct prefix_user *s = &p->user[u];
        int32_t from = part == IMPORT_PART_TRAIN ? 0 : s->end[part == IMPORT_PART_TEST];
        int32_t to = part == IMPORT_PART_TEST ? s->n : s->end[part == IMPORT_PART_VALID];
        for (int32_t i = from; i < to; i++) {
            if (!rows_reserve(rows, err))
                return false;
            rows->user[rows->n] = u;
            rows->item[rows->n++] = s->item[i];
        }
    }
    return true;
}

bool prefixes_finish(const struct prefixes *p, struct rows *rows, struct error *err)
{
    bool ok = emit(p, rows, IMPORT_PART_TRAIN, err);
    rows->part_from[0] = rows->n;
    ok = ok && emit(p, rows, IMPORT_PART_VALID, err);
    rows->part_from[1] = rows->n;
    return ok && emit(p, rows, IMPORT_PART_TEST, err);
}
