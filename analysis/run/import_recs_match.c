/* Item texts of the file → items of the data, once each; lists → their final form. */
#include <inttypes.h>
#include <string.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/mem.h"
#include "storage/import/match.h"

/* ---- are the file's numbers shifted? ---- */

static int32_t target_of(const struct importing *m, const struct intake_part *p, int64_t c)
{
    return corpus_sequence(m->corpus, p->cases->user[c])[p->cases->position[c]];
}

/* Cases whose target in the file is the data's, were numbers shifted. */
static int64_t agreeing(const struct importing *m, int64_t offset)
{
    struct strtab t = intern_table(m->ids.intern);
    int64_t same = 0;
    for (int part = 0; part < 2; part++) {
        const struct intake_part *p = &m->part[part];
        for (int64_t c = 0; p->target && c < p->cases->n; c++) {
            int32_t at = p->target[c] - 1;
            same += at >= 0 && import_find_item(m, strtab_get(&t, at), strtab_len(&t, at),
                                                offset) == target_of(m, p, c);
        }
    }
    return same;
}

/* The whole numbers among the file's item texts. */
static struct id_range numbers_of(const struct strtab *t)
{
    struct id_range r = {.low = INT64_MAX, .high = -1};
    for (int64_t i = 0; i < t->n; i++) {
        int64_t value = ids_integer(strtab_get(t, i), strtab_len(t, i));
        if (value < 0)
            continue;
        r.integers = true;
        r.low = value < r.low ? value : r.low;
        r.high = value > r.high ? value : r.high;
    }
    return r;
}

/* By the numbers alone: one side counts from 0, the other from 1. */
static int64_t offset_by_range(const struct importing *m)
{
    struct strtab t = intern_table(m->ids.intern);
    struct id_range ours = id_range_of(&m->dataset->item_id), theirs = numbers_of(&t);
    if (!ours.dense || !theirs.integers)
        return 0;
    if (ours.low == 1 && theirs.low == 0 && theirs.high < ours.high)
        return 1;
    return ours.low == 0 && theirs.low >= 1 && theirs.high == ours.high + 1 ? -1 : 0;
}

static void choose_offset(struct importing *m)
{
    if (m->request->has_id_offset || ids_count(&m->alias[0]) > 0)
        return;
    if (m->part[0].target || m->part[1].target) {
        int64_t best = agreeing(m, 0), up = agreeing(m, 1), down = agreeing(m, -1);
        m->id_offset = up > best && up >= down ? 1 : down > best ? -1 : 0;
        if (m->id_offset)
            import_note(m,
                        "the file numbers the items differently: with %+" PRId64
                        " its targets are the data's; --id-offset overrules",
                        m->id_offset);
        return;
    }
    m->id_offset = offset_by_range(m);
    if (m->id_offset)
        import_note(m,
                    "the data number the items from %d without gaps, the file from %d: shifted by "
                    "%+" PRId64 ", not matched as text; --id-offset overrules",
                    m->id_offset > 0, m->id_offset < 0, m->id_offset);
}

/* ---- what a text means ---- */

static int32_t find_key(const struct importing *m, const char *key, size_t n)
{
    return intern_find(m->keys, key, n);
}

/* TIGER's token numbers, 1 + code + 256 times the level, as codes. False: it has none. */
static bool codes_of_tokens(const char *key, size_t n, struct buf *out)
{
    enum { CODEBOOK = 256 };
    int64_t level = 0;
    buf_clear(out);
    buf_addc(out, RECS_KEY);
    for (const char *at = key + 1, *end = key + n; at < end; level++) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma ? comma : end;
        int64_t code = ids_integer(at, (size_t)(stop - at)) - 1 - CODEBOOK * level;
        if (code < 0 || code >= CODEBOOK)
            return false;
        buf_addf(out, level ? ",%" PRId64 : "%" PRId64, code);
        at = stop + 1;
    }
    return level > 1;
}

static void set_group(const struct importing *m, struct meaning *meaning, int32_t group)
{
    int64_t begin = m->group_begin[group], n = m->group_begin[group + 1] - begin;
    if (n == 1)
        meaning->item = m->group_item[begin];
    else
        meaning->group = group;
}

static struct meaning meaning_of(struct importing *m, const char *text, size_t n, struct buf *key)
{
    struct meaning out = {-1, -1, false};
    const char *id = text;
    size_t id_n = n;
    if (n == 0 || (*text != RECS_KEY && *text != TITLE_KEY)) {
        out.item = import_find_item(m, text, n, m->id_offset);
        out.invalid =
            out.item < 0 && ((n == 1 && *text == '-') || (n == 2 && !memcmp(text, "-1", 2)));
        buf_clear(key);
        if (out.item >= 0 || out.invalid || !recs_semid_key(text, n, false, key))
            return out;
        id = key->data;
        id_n = key->len;
    }
    int32_t group = find_key(m, id, id_n);
    struct buf codes;
    buf_init(&codes);
    if (group < 0 && *id == RECS_KEY && codes_of_tokens(id, id_n, &codes) &&
        (group = find_key(m, codes.data, codes.len)) >= 0)
        m->token_numbers++;
    buf_release(&codes);
    if (group >= 0)
        set_group(m, &out, group);
    return out;
}

static bool make_meanings(struct importing *m, struct error *err)
{
    struct strtab t = intern_table(m->ids.intern);
    struct buf key;
    m->meaning = mem_try_array((size_t)t.n, sizeof *m->meaning, "item ids", err);
    if (!m->meaning)
        return false;
    buf_init(&key);
    for (int64_t i = 0; i < t.n; i++) {
        const char *text = strtab_get(&t, i);
        m->meaning[i] = meaning_of(m, text, strtab_len(&t, i), &key);
        bool nothing = m->meaning[i].item < 0 && m->meaning[i].group < 0 && !m->meaning[i].invalid;
        if (nothing && *text == RECS_KEY) {
            import_example(m, EXAMPLE_SEMID, "line %" PRId64 ": no item has the semantic id %.100s",
                           m->id_line[i], text + 1);
        } else if (nothing) {
            m->unknown_ids++;
            import_example(m, EXAMPLE_ITEM, "line %" PRId64 ": the item %.100s is not in the data",
                           m->id_line[i], text);
        }
    }
    buf_release(&key);
    if (m->token_numbers > 0)
        import_note(m,
                    "its ids are token numbers of TIGER (1 + code + 256 times the level): %" PRId64,
                    m->token_numbers);
    return true;
}

/* ---- lists ---- */

struct row {
    int32_t item[RECS_DEPTH];
    float score[RECS_DEPTH];
    int32_t n;
};

static bool holds(const struct row *row, int32_t item)
{
    for (int32_t i = 0; i < row->n; i++)
        if (row->item[i] == item)
            return true;
    return false;
}

static void put(struct row *row, int32_t item, float score)
{
    if (row->n == RECS_DEPTH)
        return;
    row->item[row->n] = item;
    row->score[row->n++] = score;
}

/* What a slot that holds nothing is counted as. */
static void count_nothing(struct importing *m, int32_t raw)
{
    struct strtab t = intern_table(m->ids.intern);
    if (raw == RAW_DOUBLE)
        m->doubles++;
    else if (raw == RAW_MADE_UP)
        m->made_up++;
    else if (raw == RAW_INVALID || m->meaning[raw - 1].invalid)
        m->invalid++;
    else if (*strtab_get(&t, raw - 1) == RECS_KEY)
        m->illegal++;
    else
        m->unknown_items++;
}

/* All items of a shared id that the list does not have yet. */
static void put_group(struct importing *m, struct row *row, int32_t group, float score)
{
    int32_t before = row->n;
    for (int64_t i = m->group_begin[group]; i < m->group_begin[group + 1]; i++)
        if (!holds(row, m->group_item[i]))
            put(row, m->group_item[i], score);
    if (row->n == before) {
        m->doubles++;
        put(row, RECS_ILLEGAL, score);
    } else if (row->n > before + 1) {
        m->shared += row->n - before;
    }
}

static void put_slot(struct importing *m, struct row *row, int32_t raw, float score)
{
    struct meaning what = raw > 0 ? m->meaning[raw - 1] : (struct meaning){-1, -1, false};
    m->slots++;
    if (what.group >= 0) {
        put_group(m, row, what.group, score);
    } else if (what.item >= 0 && !holds(row, what.item)) {
        put(row, what.item, score);
    } else {
        count_nothing(m, what.item >= 0 ? RAW_DOUBLE : raw);
        put(row, RECS_ILLEGAL, score);
    }
}

/* In place: items where their texts' numbers were. */
static bool match_part(struct importing *m, struct intake_part *p, struct error *err)
{
    for (int64_t c = 0; c < p->cases->n; c++) {
        int32_t *raw = p->raw + c * p->width;
        float *score = p->score ? p->score + c * p->width : NULL;
        struct row row = {.n = 0};
        for (int32_t i = 0; i < p->n[c]; i++) {
            m->conflicts +=
                i > 0 && score && raw[i] > 0 && raw[i - 1] > 0 && score[i] > score[i - 1];
            put_slot(m, &row, raw[i], score ? score[i] : 0);
        }
        m->longest = row.n > m->longest ? row.n : m->longest;
        if (row.n > p->width && !import_set_width(p, row.n, err))
            return false; /* a shared id gave more than the file has */
        memcpy(p->raw + c * p->width, row.item, (size_t)row.n * sizeof *row.item);
        if (p->score)
            memcpy(p->score + c * p->width, row.score, (size_t)row.n * sizeof *row.score);
        p->n[c] = (uint8_t)row.n;
    }
    return true;
}

/* ---- targets ---- */

static bool is_target(const struct importing *m, struct meaning what, int32_t target)
{
    if (what.group < 0)
        return what.item == target;
    for (int64_t i = m->group_begin[what.group]; i < m->group_begin[what.group + 1]; i++)
        if (m->group_item[i] == target)
            return true;
    return false;
}

/* The first one that is not the data's, as text. */
static void count_targets(struct importing *m, char *first, size_t size)
{
    struct strtab t = intern_table(m->ids.intern);
    first[0] = '\0';
    for (int part = 0; part < 2; part++) {
        struct intake_part *p = &m->part[part];
        for (int64_t c = 0; p->target && c < p->cases->n; c++) {
            int32_t at = p->target[c] - 1;
            if (at < 0)
                continue;
            if (is_target(m, m->meaning[at], target_of(m, p, c))) {
                p->targets_same++;
                continue;
            }
            const char *text = strtab_get(&t, at);
            if (p->targets_other++ == 0 && !first[0])
                snprintf(first, size, "user %.80s: the file says %.80s, the data %.80s",
                         strtab_get(&m->dataset->user_id, p->cases->user[c]),
                         text + (*text == RECS_KEY || *text == TITLE_KEY),
                         strtab_get(&m->dataset->item_id, target_of(m, p, c)));
        }
    }
}

static bool check_targets(struct importing *m, struct error *err)
{
    int64_t same = m->part[0].targets_same + m->part[1].targets_same;
    int64_t other = m->part[0].targets_other + m->part[1].targets_other;
    const char *first = m->first_other;
    if (other > 0)
        import_example(m, EXAMPLE_TARGET, "targets differ: %s", first);
    return m->request->options.allow_bad || other * 100 <= same + other ||
           error_set(err, ERROR_INPUT,
                     "%s: %" PRId64 " of its %" PRId64
                     " targets are not those of the data (%s): it is about another split, order of "
                     "users or data set. --split valid is for validation cases; --users FILE names "
                     "the users of lists without a user; --allow-bad takes the lists nevertheless",
                     m->request->path, other, same + other, first);
}

/* ---- the whole ---- */

static bool check_listed(const struct importing *m, struct error *err)
{
    struct strtab unknown = intern_table(m->unknown_users);
    if (m->part[0].listed + m->part[1].listed > 0)
        return true;
    if (m->report[0].rows == m->report[0].bad_total)
        return error_set(err, ERROR_INPUT,
                         "%s: none of its rows can be read; --format chooses "
                         "another format than %s",
                         m->request->path, m->report[0].format);
    return error_set(err, ERROR_INPUT,
                     "%s has no list of a case of the data: its users are named such as \"%.60s\", "
                     "the data's \"%.60s\"; a map of names is given by --map, shifted numbers by "
                     "--user-offset, numbers that are the users' places by --users order",
                     m->request->path, unknown.n > 0 ? strtab_get(&unknown, 0) : "",
                     m->dataset->n_users > 0 ? strtab_get(&m->dataset->user_id, 0) : "");
}

/* Lists of users with several cases, taken in the order of the file, must be all of them. */
static bool check_order(const struct importing *m, struct error *err)
{
    for (int part = 0; part < 2; part++) {
        const struct intake_part *p = &m->part[part];
        for (int32_t u = 0; p->by_order > 0 && !p->target && u < m->corpus->n_users; u++) {
            int64_t n = p->first[u + 1] - p->first[u], there = 0;
            for (int64_t c = p->first[u]; c < p->first[u + 1]; c++)
                there += p->there[c];
            if (there > 0 && there < n)
                return error_set(
                    err, ERROR_INPUT,
                    "%s: the user %.100s has %" PRId64 " cases but %" PRId64
                    " lists that do not say which: \"position\" (the target's place in "
                    "the user's sequence, from 0) must, or give a list for each case "
                    "in the order of time",
                    m->request->path, strtab_get(&m->dataset->user_id, u), n, there);
        }
    }
    return true;
}

static bool check_items(const struct importing *m, struct error *err)
{
    struct strtab t = intern_table(m->ids.intern);
    int64_t misses = m->unknown_items + m->illegal + m->made_up + m->invalid + m->doubles;
    if (misses < m->slots || m->slots == 0)
        return true;
    bool semids = m->illegal + m->made_up > 0;
    const char *text = m->unnamed.len > 0 ? m->unnamed.data : t.n > 0 ? strtab_get(&t, 0) : "";
    return error_set(err, ERROR_INPUT,
                     "%s: none of the recommended items is in the data: they are named such as "
                     "\"%.80s\", the data's \"%.60s\". %s",
                     m->request->path, text + (*text == RECS_KEY),
                     m->dataset->n_items > 0 ? strtab_get(&m->dataset->item_id, 0) : "",
                     semids && m->n_pairs == 0
                         ? "They are texts or semantic ids, and the data set "
                           "has neither semantic ids nor titles: --map FILE "
                           "gives them"
                         : "A map of names or semantic ids is given by --map FILE, shifted numbers "
                           "by --id-offset");
}

bool import_prepare(struct importing *m, struct error *err)
{
    if (!import_make_groups(m, err))
        return false;
    choose_offset(m);
    if (!make_meanings(m, err))
        return false;
    count_targets(m, m->first_other, sizeof m->first_other);
    return true;
}

bool import_match(struct importing *m, struct error *err)
{
    if (!check_listed(m, err) || !check_order(m, err) || !check_targets(m, err))
        return false;
    for (int part = 0; part < 2; part++) {
        struct intake_part *p = &m->part[part];
        free(p->rank);
        p->rank = NULL;
        if (p->first && p->width > 0 && !match_part(m, p, err))
            return false;
    }
    return check_items(m, err);
}
