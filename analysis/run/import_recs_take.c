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
    size_t cases = (size_t)p->cases->n, slots = cases * RECS_DEPTH;
    if (p->raw)
        return true;
    p->first = mem_try_zarray((size_t)n_users + 1, sizeof *p->first, "cases", err);
    p->n = p->first ? mem_try_zarray(cases, sizeof *p->n, "cases", err) : NULL;
    p->there = p->n ? mem_try_zarray(cases, sizeof *p->there, "cases", err) : NULL;
    p->raw = p->there ? mem_try_zarray(slots, sizeof *p->raw, "recommendation lists", err) : NULL;
    if (!p->raw)
        return false;
    for (int64_t c = 0; c < p->cases->n; c++)
        p->first[p->cases->user[c] + 1]++;
    for (int32_t u = 0; u < n_users; u++)
        p->first[u + 1] += p->first[u];
    return true;
}

static bool score_room(struct intake_part *p, struct error *err)
{
    if (!p->score)
        p->score = mem_try_zarray((size_t)p->cases->n * RECS_DEPTH, sizeof *p->score,
                                  "recommendation lists", err);
    return p->score != NULL;
}

static bool rank_room(struct intake_part *p, struct error *err)
{
    if (!p->rank)
        p->rank = mem_try_zarray((size_t)p->cases->n * RECS_DEPTH, sizeof *p->rank,
                                 "recommendation lists", err);
    return p->rank != NULL;
}

/* ---- which case ---- */

static bool unknown_user(struct importing *m, const struct recs_list *list, const char *id,
                         size_t n, struct error *err)
{
    int32_t before = intern_count(m->unknown_users);
    m->unknown_rows++;
    m->user_zero = m->user_zero || (n == 1 && *id == '0');
    if (intern_add(m->unknown_users, id, n, err) < 0)
        return false;
    if (intern_count(m->unknown_users) > before)
        import_example(m, "line %" PRId64 ": the user %.*s is not in the data", list->line,
                       (int)(n < 100 ? n : 100), id);
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
        import_example(m, "line %" PRId64 ": the user %.100s has no such %s case", list->line,
                       strtab_get(&ids, user), p == &m->part[PART_VALID] ? "validation" : "test");
        return true;
    }
    if (list->position < 0 && end - begin > 1 && list->piece)
        return error_set(err, ERROR_INPUT,
                         "%s line %" PRId64 ": the user %.100s has %" PRId64
                         " cases of this part, and a row for each recommendation does not say "
                         "which: add a column \"position\" (the target's place in the user's "
                         "sequence, from 0), or write a row for each list",
                         m->request->path, list->line, strtab_get(&ids, user), end - begin);
    for (int64_t c = begin; *out < 0 && c < end; c++)
        if (!p->there[c] || list->piece)
            *out = c;
    p->by_order += list->position < 0 && end - begin > 1;
    if (*out < 0 || (p->there[*out] && !list->piece)) {
        *out = -1;
        m->repeated_lists++;
        import_example(m, "line %" PRId64 ": a second list of user %.100s; the first stays",
                       list->line, strtab_get(&ids, user));
    }
    return true;
}

/* A list that names no user is that of the case with its number. */
static bool case_of_number(struct importing *m, const struct recs_list *list, struct intake_part *p,
                           int64_t *out, struct error *err)
{
    int64_t at = list->sample >= 0 ? list->sample : m->report.rows - 1;
    char number[32];
    *out = -1;
    if (m->n_user_lines > 0) {
        struct strtab t = intern_table(m->user_lines.intern);
        if (at >= m->n_user_lines)
            return error_set(err, ERROR_INPUT,
                             "%s line %" PRId64 ": this is list %" PRId64
                             ", but %s names only %" PRId64 " users",
                             m->request->path, list->line, at + 1, m->request->users,
                             m->n_user_lines);
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
        import_example(m, "line %" PRId64 ": list %" PRId64 " of only %" PRId64 " cases",
                       list->line, at + 1, p->cases->n);
    } else if (p->there[at] && !list->piece) {
        m->repeated_lists++;
        import_example(m, "line %" PRId64 ": a second list of case %" PRId64, list->line, at);
    } else {
        *out = at;
    }
    return true;
}

static bool case_of(struct importing *m, const struct recs_list *list, int part, int64_t *out,
                    struct error *err)
{
    struct intake_part *p = &m->part[part];
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
    int32_t user = import_find_user(m, list->user, list->user_n);
    bool ok = user < 0 ? unknown_user(m, list, list->user, list->user_n, err)
                       : case_of_user(m, list, p, user, out, err);
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

static bool slot_raw(struct importing *m, const struct recs_list *list,
                     const struct recs_slot *slot, int32_t *raw, struct error *err)
{
    *raw = slot->kind == RECS_SLOT_INVALID   ? RAW_INVALID
           : slot->kind == RECS_SLOT_MADE_UP ? RAW_MADE_UP
                                             : raw_of(m, list, slot->text, slot->n, err);
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
    int32_t *row = p->raw + c * RECS_DEPTH, n = list->n < RECS_DEPTH ? list->n : RECS_DEPTH;
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
            p->score[c * RECS_DEPTH + i] = isfinite(score) ? (float)score : 0;
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
    int64_t begin = c * RECS_DEPTH;
    int32_t n = p->n[c], at = n, raw, rank = slot->rank < RANK_MAX ? slot->rank : RANK_MAX;
    if (!slot_raw(m, list, slot, &raw, err) || (isfinite(slot->score) && !score_room(p, err)) ||
        (list->ranked && !rank_room(p, err)))
        return false;
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
    if (!list->target || list->target_n == 0)
        return true;
    if (!p->target)
        p->target = mem_try_zarray((size_t)p->cases->n, sizeof *p->target, "targets", err);
    if (!p->target)
        return false;
    if (p->target[c] == 0)
        p->target[c] = raw_of(m, list, list->target, list->target_n, err);
    return p->target[c] != 0;
}

bool import_take(void *context, const struct recs_list *list, struct error *err)
{
    struct importing *m = context;
    int part = list->part >= 0 ? list->part : (int)m->request->part;
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
