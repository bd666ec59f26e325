/* Lists of the file into the rows of their cases. Items are numbers of their texts as yet. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/mem.h"

enum { RANK_MAX = 65534 };

/* ---- rooms ---- */

static bool part_room(struct intake_part *p, int32_t n_users, struct error *err)
{
    size_t cases = (size_t)p->cases->n;
    if (p->first)
        return true;
    p->n = mem_try_zarray(cases, sizeof *p->n, "cases", err);
    p->there = p->n ? mem_try_zarray(cases, sizeof *p->there, "cases", err) : NULL;
    p->first =
        p->there ? mem_try_zarray((size_t)n_users + 1, sizeof *p->first, "cases", err) : NULL;
    if (!p->first)
        return false;
    for (int64_t c = 0; c < p->cases->n; c++)
        p->first[p->cases->user[c] + 1]++;
    for (int32_t u = 0; u < n_users; u++)
        p->first[u + 1] += p->first[u];
    return true;
}

/* Rows of `from` elements become rows of `to`; new ones are 0. */
static bool respace(void **rows, size_t size, size_t n, int32_t from, int32_t to, struct error *err)
{
    size_t old = size * (size_t)from, new = size *(size_t)to;
    if (from == 0 && !(*rows = mem_try_zarray(n * (size_t)to, size, "recommendation lists", err)))
        return false;
    char *at = *rows;
    for (size_t c = 0; new < old &&c < n; c++)
        memmove(at + c * new, at + c * old, new);
    if (from > 0 &&
        !(at = mem_try_resize(*rows, n * (size_t)to, size, "recommendation lists", err)))
        return false;
    *rows = at;
    for (size_t c = n; new > old &&c-- > 0;) { /* the last one first: nothing is overwritten */
        memmove(at + c * new, at + c * old, old);
        memset(at + c * new + old, 0, new - old);
    }
    return true;
}

bool import_set_width(struct intake_part *p, int32_t width, struct error *err)
{
    size_t n = (size_t)p->cases->n;
    void *raw = p->raw, *score = p->score, *rank = p->rank;
    bool ok = respace(&raw, sizeof *p->raw, n, p->width, width, err);
    p->raw = raw;
    if (ok && p->score) {
        ok = respace(&score, sizeof *p->score, n, p->width, width, err);
        p->score = score;
    }
    if (ok && p->rank) {
        ok = respace(&rank, sizeof *p->rank, n, p->width, width, err);
        p->rank = rank;
    }
    if (ok)
        p->width = width;
    return ok;
}

/* Room for n slots a list. Rows come one by one, so they ask for more than is needed now. */
static bool list_room(struct intake_part *p, int32_t n, struct error *err)
{
    if (n <= p->width)
        return true;
    int32_t more = p->width + p->width / 2;
    more = n > more ? n : more;
    return import_set_width(p, more < RECS_DEPTH ? more : RECS_DEPTH, err);
}

static bool score_room(struct intake_part *p, struct error *err)
{
    if (!p->score)
        p->score = mem_try_zarray((size_t)p->cases->n * (size_t)p->width, sizeof *p->score,
                                  "recommendation lists", err);
    return p->score != NULL;
}

static bool rank_room(struct intake_part *p, struct error *err)
{
    if (!p->rank)
        p->rank = mem_try_zarray((size_t)p->cases->n * (size_t)p->width, sizeof *p->rank,
                                 "recommendation lists", err);
    return p->rank != NULL;
}

/* ---- which case ---- */

static bool unknown_user(struct importing *m, const struct recs_list *list, const char *id,
                         size_t n, struct error *err)
{
    int32_t before = intern_count(m->unknown_users);
    m->unknown_rows++;
    if (intern_add(m->unknown_users, id, n, err) < 0)
        return false;
    if (intern_count(m->unknown_users) > before)
        import_example(m, EXAMPLE_USER, "line %" PRId64 ": the user %.*s is not in the data",
                       list->line, (int)(n < 100 ? n : 100), id);
    return true;
}

/* The case of a user; -1: there is none that is free. */
static bool case_of_user(struct importing *m, const struct recs_list *list, struct intake_part *p,
                         int32_t user, int64_t *out, struct error *err)
{
    int64_t begin = p->first[user], end = p->first[user + 1];
    struct strtab ids = m->dataset->user_id;
    *out = -1;
    for (int64_t c = begin; list->position >= 0 && c < end; c++)
        if (p->cases->position[c] == list->position)
            *out = c;
    if (begin == end || (list->position >= 0 && *out < 0)) {
        m->no_case++;
        import_example(m, EXAMPLE_CASE, "line %" PRId64 ": the user %.100s has no such %s case",
                       list->line, strtab_get(&ids, user),
                       p == &m->part[PART_VALID] ? "validation" : "test");
        return true;
    }
    if (list->position < 0 && end - begin > 1 && list->piece)
        return error_set(err, ERROR_INPUT,
                         "%s line %" PRId64 ": the user %.100s has %" PRId64
                         " cases of this part, and a row for each recommendation does not say "
                         "which: add a column \"position\" (the target's place in the user's "
                         "sequence, from 0), or write a row for each list",
                         m->path, list->line, strtab_get(&ids, user), end - begin);
    for (int64_t c = begin; *out < 0 && c < end; c++)
        if (!p->there[c] || list->piece)
            *out = c;
    p->by_order += list->position < 0 && end - begin > 1;
    if (*out < 0 || (p->there[*out] && !list->piece)) {
        *out = -1;
        m->repeated_lists++;
        import_example(m, EXAMPLE_LIST,
                       "line %" PRId64 ": a second list of user %.100s; the first stays",
                       list->line, strtab_get(&ids, user));
    }
    return true;
}

/* A list that names no user is that of the case with its number. */
static bool case_of_number(struct importing *m, const struct recs_list *list, struct intake_part *p,
                           int64_t *out, struct error *err)
{
    int64_t at = list->sample >= 0 ? list->sample : m->now->rows - 1;
    char number[32];
    *out = -1;
    if (m->n_user_lines > 0) {
        struct strtab t = intern_table(m->user_lines.intern);
        if (at >= m->n_user_lines)
            return error_set(err, ERROR_INPUT,
                             "%s line %" PRId64 ": this is list %" PRId64
                             ", but %s names only %" PRId64 " users",
                             m->path, list->line, at + 1, m->request->users, m->n_user_lines);
        const char *id = strtab_get(&t, m->user_line[at]);
        size_t n = strtab_len(&t, m->user_line[at]);
        int32_t user = import_find_user(m, id, n);
        return user < 0 ? unknown_user(m, list, id, n, err)
                        : case_of_user(m, list, p, user, out, err);
    }
    if (ids_count(&m->alias[1]) > 0) {
        int n = snprintf(number, sizeof number, "%" PRId64, at + m->pad[1]);
        int32_t user = import_find_user(m, number, (size_t)n);
        return user < 0 ? unknown_user(m, list, number, (size_t)n, err)
                        : case_of_user(m, list, p, user, out, err);
    }
    if (at >= p->cases->n) {
        m->no_case++;
        import_example(m, EXAMPLE_CASE,
                       "line %" PRId64 ": list %" PRId64 " of only %" PRId64 " cases", list->line,
                       at + 1, p->cases->n);
    } else if (p->there[at] && !list->piece) {
        m->repeated_lists++;
        import_example(m, EXAMPLE_LIST, "line %" PRId64 ": a second list of case %" PRId64,
                       list->line, at);
    } else {
        *out = at;
    }
    return true;
}

/* The user of "U:4" where "U:4" itself is none; its position goes to *list. */
static int32_t user_of_topic(struct importing *m, struct recs_list *list)
{
    const char *colon = memrchr(list->user, ':', list->user_n);
    size_t n = colon ? (size_t)(colon - list->user) : 0;
    int64_t position = colon ? ids_integer(colon + 1, list->user_n - n - 1) : -1;
    int32_t user = position >= 0 ? import_find_user(m, list->user, n) : -1;
    if (user >= 0)
        list->position = position;
    return user;
}

/* What the names of the file's users look like. */
static void note_user(struct importing *m, const struct recs_list *list)
{
    int64_t value = ids_integer(list->user, list->user_n);
    m->not_numbers += value < 0;
    if (value >= 0 && (m->named == m->not_numbers - (value < 0) || value < m->user_low))
        m->user_low = value;
    if (value > m->user_high)
        m->user_high = value;
    m->named++;
}

static bool case_of(struct importing *m, const struct recs_list *list, int part, int64_t *out,
                    struct error *err)
{
    struct intake_part *p = &m->part[part];
    if (!list->user && m->request->named)
        return error_set(err, ERROR_INPUT, "%s, line %" PRId64 ": there is no \"user\"", m->path,
                         list->line);
    if (!list->user)
        return case_of_number(m, list, p, out, err);
    bool same = list->piece && m->last_part == part && list->position < 0 &&
                list->user_n == m->last_user.len && m->last_case >= 0 &&
                memcmp(list->user, m->last_user.data, list->user_n) == 0;
    if (same) {
        *out = m->last_case;
        return true;
    }
    *out = -1;
    struct recs_list placed = *list;
    int32_t user = import_find_user(m, list->user, list->user_n);
    note_user(m, list);
    if (user < 0 && list->topic)
        user = user_of_topic(m, &placed);
    bool ok = user < 0 ? unknown_user(m, list, list->user, list->user_n, err)
                       : case_of_user(m, &placed, p, user, out, err);
    if (list->piece && *out >= 0) {
        buf_clear(&m->last_user);
        buf_add(&m->last_user, list->user, list->user_n);
    }
    m->last_case = *out;
    m->last_part = part;
    return ok;
}

/* ---- slots ---- */

/* The number of an item text, 1 + its number among the texts; 0 when memory ran out. */
static int32_t raw_of(struct importing *m, const struct recs_list *list, const char *text, size_t n,
                      struct error *err)
{
    int32_t before = ids_count(&m->ids), id = ids_add(&m->ids, text, n, err);
    if (id == before) {
        if (!mem_try_grow((void **)&m->id_line, &m->id_line_cap, (size_t)id + 1, sizeof *m->id_line,
                          "item ids", err))
            return 0;
        m->id_line[id] = list->line;
    }
    return id + 1;
}

/* The first texts without an item; they are not kept, as models make up a new one each time. */
static void made_up(struct importing *m, const struct recs_list *list, const struct recs_slot *slot)
{
    int n = (int)(slot->said_n < 100 ? slot->said_n : 100);
    if (m->unnamed.len == 0)
        buf_add(&m->unnamed, slot->said ? slot->said : "", (size_t)n);
    import_example(m, EXAMPLE_TEXT, "line %" PRId64 ": neither a semantic id nor a title: \"%.*s\"",
                   list->line, n, slot->said ? slot->said : "");
}

/* The title counts first: one in brackets looks like a semantic id of words. */
static bool slot_raw(struct importing *m, const struct recs_list *list,
                     const struct recs_slot *slot, int32_t *raw, struct error *err)
{
    if (slot->said && !import_know_titles(m, err))
        return false;
    if (slot->said && import_title_key(m, slot->said, slot->said_n)) {
        m->by_title++;
        *raw = raw_of(m, list, m->scratch.data, m->scratch.len, err);
        return *raw != 0;
    }
    *raw = slot->kind == RECS_SLOT_INVALID   ? RAW_INVALID
           : slot->kind == RECS_SLOT_MADE_UP ? RAW_MADE_UP
                                             : raw_of(m, list, slot->text, slot->n, err);
    if (*raw == RAW_MADE_UP)
        made_up(m, list, slot);
    return *raw != 0;
}

static void count_score(struct intake_part *p, int32_t raw, double score)
{
    if (raw > 0 && isfinite(score))
        p->scored++;
    else if (raw > 0)
        p->unscored++;
}

/* A whole list. */
static bool take_list(struct importing *m, struct intake_part *p, int64_t c,
                      const struct recs_list *list, struct error *err)
{
    int32_t n = list->n < RECS_DEPTH ? list->n : RECS_DEPTH;
    if (!list_room(p, n, err))
        return false;
    int32_t *row = n > 0 ? p->raw + c * p->width : NULL; /* there may be no room yet */
    m->deeper += list->n > n;
    for (int32_t i = 0; i < n; i++) {
        double score = list->slot[i].score;
        int32_t raw;
        if (!slot_raw(m, list, &list->slot[i], &raw, err) ||
            (isfinite(score) && !score_room(p, err)))
            return false;
        count_score(p, raw, score);
        for (int32_t j = 0; j < i && raw > 0; j++)
            if (row[j] == raw)
                raw = RAW_DOUBLE;
        row[i] = raw;
        if (p->score)
            p->score[c * p->width + i] = isfinite(score) ? (float)score : 0;
    }
    p->n[c] = (uint8_t)n;
    return true;
}

/* Does a piece with this rank and score come before slot `at`? Where they are equal, what came
 * first stays first. */
static bool before(const struct importing *m, const struct intake_part *p, int64_t at, bool ranked,
                   int32_t rank, double score)
{
    if (m->request->order == IMPORT_RECS_BY_FILE)
        return false;
    if (ranked && m->request->order == IMPORT_RECS_AS_SAID)
        return rank < p->rank[at];
    return p->score && isfinite(score) && (float)score > p->score[at];
}

/* trec_eval puts equal scores in descending order of their ids. */
static bool later_id(struct importing *m, const struct intake_part *p, int64_t at, int32_t raw,
                     double score)
{
    if (m->request->order != IMPORT_RECS_BY_SCORE || raw <= 0 || p->raw[at] <= 0 || !p->score ||
        (float)score < p->score[at] || (float)score > p->score[at])
        return false;
    struct strtab t = intern_table(m->ids.intern);
    return strcmp(strtab_get(&t, raw - 1), strtab_get(&t, p->raw[at] - 1)) > 0;
}

/* One row of a list goes to its place. */
static bool take_piece(struct importing *m, struct intake_part *p, int64_t c,
                       const struct recs_list *list, struct error *err)
{
    const struct recs_slot *slot = &list->slot[0];
    int32_t n = p->n[c], at = n, raw, rank = slot->rank < RANK_MAX ? slot->rank : RANK_MAX;
    if (!list_room(p, n < RECS_DEPTH ? n + 1 : n, err) || !slot_raw(m, list, slot, &raw, err) ||
        (isfinite(slot->score) && !score_room(p, err)) || (list->ranked && !rank_room(p, err)))
        return false;
    int64_t begin = c * p->width;
    count_score(p, raw, slot->score);
    while (at > 0 && (before(m, p, begin + at - 1, list->ranked, rank, slot->score) ||
                      later_id(m, p, begin + at - 1, raw, slot->score)))
        at--;
    for (int32_t i = 0; i < n && raw > 0; i++)
        if (p->raw[begin + i] == raw && i < at)
            raw = RAW_DOUBLE;
        else if (p->raw[begin + i] == raw)
            p->raw[begin + i] = RAW_DOUBLE;
    m->deeper += n == RECS_DEPTH;
    if (at == RECS_DEPTH)
        return true;
    size_t moved = (size_t)((n < RECS_DEPTH ? n : RECS_DEPTH - 1) - at);
    memmove(p->raw + begin + at + 1, p->raw + begin + at, moved * sizeof *p->raw);
    p->raw[begin + at] = raw;
    if (p->score) {
        memmove(p->score + begin + at + 1, p->score + begin + at, moved * sizeof *p->score);
        p->score[begin + at] = isfinite(slot->score) ? (float)slot->score : 0;
    }
    if (p->rank) {
        memmove(p->rank + begin + at + 1, p->rank + begin + at, moved * sizeof *p->rank);
        p->rank[begin + at] = (uint16_t)rank;
    }
    p->n[c] = (uint8_t)(n < RECS_DEPTH ? n + 1 : n);
    return true;
}

static bool take_target(struct importing *m, struct intake_part *p, int64_t c,
                        const struct recs_list *list, struct error *err)
{
    bool said = list->target_said_n > 0;
    if (said && !import_know_titles(m, err))
        return false;
    said = said && import_title_key(m, list->target_said, list->target_said_n);
    if (!said && (!list->target || list->target_n == 0))
        return true;
    if (!p->target)
        p->target = mem_try_zarray((size_t)p->cases->n, sizeof *p->target, "targets", err);
    if (!p->target)
        return false;
    if (p->target[c] == 0)
        p->target[c] = said ? raw_of(m, list, m->scratch.data, m->scratch.len, err)
                            : raw_of(m, list, list->target, list->target_n, err);
    return p->target[c] != 0;
}

bool import_take(void *context, const struct recs_list *list, struct error *err)
{
    struct importing *m = context;
    int part = list->part >= 0 ? list->part : (int)m->part_now;
    struct intake_part *p = &m->part[part];
    int64_t c;
    if (!part_room(p, m->corpus->n_users, err) || !case_of(m, list, part, &c, err))
        return false;
    if (c < 0)
        return true;
    p->listed += !p->there[c];
    p->there[c] = true;
    return take_target(m, p, c, list, err) &&
           (list->piece ? take_piece(m, p, c, list, err) : take_list(m, p, c, list, err));
}
