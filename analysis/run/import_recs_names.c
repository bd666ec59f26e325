/* What the file calls users and items: maps, shifted numbers, semantic ids. */
#include <inttypes.h>
#include <string.h>

#include "analysis/run/import_recs_parts.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/import/match.h"

/* ---- looking up ---- */

/* A whole number of the file, shifted, as text. */
static bool shifted(const char **id, size_t *n, int64_t offset, char number[32])
{
    int64_t value = offset ? ids_integer(*id, *n) : -1;
    if (value < 0)
        return true;
    if (value + offset < 0)
        return false;
    *n = (size_t)snprintf(number, 32, "%" PRId64, value + offset);
    *id = number;
    return true;
}

static void through_map(const struct importing *m, int kind, const char **id, size_t *n)
{
    int32_t at = m->alias[kind].intern ? intern_find(m->alias[kind].intern, *id, *n) : -1;
    if (at < 0)
        return;
    struct strtab t = intern_table(m->alias_text.intern);
    *n = strtab_len(&t, m->alias_of[kind][at]);
    *id = strtab_get(&t, m->alias_of[kind][at]);
}

int32_t import_find_user(struct importing *m, const char *id, size_t n)
{
    char number[32];
    if (m->numbers->are == IMPORT_RECS_USERS_ORDER) {
        int64_t value = ids_integer(id, n), at = value + m->numbers->offset;
        return value >= 0 && at >= 0 && at < m->dataset->n_users ? (int32_t)at : -1;
    }
    through_map(m, 1, &id, &n);
    return shifted(&id, &n, m->numbers->offset, number) ? intern_find(m->users, id, n) : -1;
}

int32_t import_find_item(const struct importing *m, const char *id, size_t n, int64_t offset)
{
    char number[32];
    through_map(m, 0, &id, &n);
    return shifted(&id, &n, offset, number) ? intern_find(m->items, id, n) : -1;
}

/* ---- maps ---- */

static bool take_alias(void *context, bool user, const char *theirs, size_t theirs_n,
                       const char *ours, size_t ours_n, struct error *err)
{
    struct importing *m = context;
    int32_t before = ids_count(&m->alias[user]);
    int32_t at = ids_add(&m->alias[user], theirs, theirs_n, err);
    int32_t text = at < 0 ? -1 : ids_add(&m->alias_text, ours, ours_n, err);
    m->pad[user] = m->pad[user] || (theirs_n == 1 && *theirs == '0' && ours_n == 5 &&
                                    memcmp(ours, "[PAD]", 5) == 0);
    if (text < 0)
        return false;
    if (at < before)
        return true; /* the first one stays */
    if (!mem_try_grow((void **)&m->alias_of[user], &m->alias_cap[user], (size_t)at + 1,
                      sizeof *m->alias_of[user], "map of names", err))
        return false;
    m->alias_of[user][at] = text;
    return true;
}

static bool add_pair(struct importing *m, int32_t item, const char *key, size_t n,
                     struct error *err)
{
    int32_t k = intern_add(m->keys, key, n, err);
    size_t need = (size_t)m->n_pairs + 1;
    if (k < 0 ||
        !mem_try_grow((void **)&m->pair_key, &m->pair_key_cap, need, sizeof *m->pair_key,
                      "semantic ids", err) ||
        !mem_try_grow((void **)&m->pair_item, &m->pair_item_cap, need, sizeof *m->pair_item,
                      "semantic ids", err))
        return false;
    m->pair_key[m->n_pairs] = k;
    m->pair_item[m->n_pairs++] = item;
    return true;
}

/* Items that are not in the data have nothing to be found. */
static bool take_code(void *context, const char *item, size_t item_n, const char *key, size_t key_n,
                      struct error *err)
{
    struct importing *m = context;
    int32_t i = import_find_item(m, item, item_n, m->id_offset);
    m->mapped = true;
    return i < 0 || add_pair(m, i, key, key_n, err);
}

/* ---- titles ---- */

bool import_title_key(struct importing *m, const char *said, size_t n)
{
    buf_clear(&m->scratch);
    buf_addc(&m->scratch, TITLE_KEY);
    buf_add(&m->scratch, said, n);
    return m->n_titles > 0 && intern_find(m->keys, m->scratch.data, m->scratch.len) >= 0;
}

static bool add_title(struct importing *m, int32_t item, const char *title, size_t n,
                      struct error *err)
{
    title = recs_said(title, &n);
    buf_clear(&m->scratch);
    buf_addc(&m->scratch, TITLE_KEY);
    buf_add(&m->scratch, title, n);
    if (n == 0)
        return true;
    m->n_titles++;
    return add_pair(m, item, m->scratch.data, m->scratch.len, err);
}

static bool take_title(void *context, const char *item, size_t item_n, const char *title,
                       size_t title_n, struct error *err)
{
    struct importing *m = context;
    int32_t i = import_find_item(m, item, item_n, m->id_offset);
    return i < 0 || add_title(m, i, title, title_n, err);
}

bool import_know_titles(struct importing *m, struct error *err)
{
    const struct strtab *t = &m->dataset->title;
    bool ok = true;
    for (int32_t i = 0; ok && !m->titled && i < m->dataset->n_items; i++)
        ok = add_title(m, i, strtab_get(t, i), strtab_len(t, i), err);
    m->titled = true;
    return ok;
}

/* ---- semantic ids of the data set ---- */

static bool take_semids(struct importing *m, struct error *err)
{
    const struct dataset *d = m->dataset;
    struct buf key;
    bool ok = true;
    buf_init(&key);
    for (int32_t i = 0; ok && i < d->n_items && d->semid_levels > 0; i++) {
        const int32_t *code = d->semid + (int64_t)i * d->semid_levels;
        if (code[0] < 0)
            continue;
        buf_clear(&key);
        buf_addc(&key, RECS_KEY);
        for (int32_t l = 0; l < d->semid_levels; l++)
            buf_addf(&key, l ? ",%d" : "%d", code[l]);
        ok = add_pair(m, i, key.data, key.len, err);
    }
    buf_release(&key);
    return ok;
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The items of a group ascending, each once; returns how many. */
static int64_t order_group(int32_t *item, int64_t n)
{
    int64_t kept = 0;
    qsort(item, (size_t)n, sizeof *item, by_number);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || item[i] != item[kept - 1])
            item[kept++] = item[i];
    return kept;
}

bool import_make_groups(struct importing *m, struct error *err)
{
    size_t n = (size_t)intern_count(m->keys);
    m->group_begin = mem_try_zarray(n + 2, sizeof *m->group_begin, "semantic ids", err);
    m->group_item = m->group_begin ? mem_try_array((size_t)m->n_pairs, sizeof *m->group_item,
                                                   "semantic ids", err)
                                   : NULL;
    if (!m->group_item)
        return false;
    for (int64_t i = 0; i < m->n_pairs; i++)
        m->group_begin[m->pair_key[i] + 2]++;
    for (size_t k = 1; k <= n + 1; k++)
        m->group_begin[k] += m->group_begin[k - 1];
    for (int64_t i = 0; i < m->n_pairs; i++)
        m->group_item[m->group_begin[m->pair_key[i] + 1]++] = m->pair_item[i];
    int64_t to = 0, begin = 0;
    for (size_t k = 0; k < n; k++) { /* closed up, as an item may have been named twice */
        int64_t end = m->group_begin[k + 1], kept = order_group(m->group_item + begin, end - begin);
        memmove(m->group_item + to, m->group_item + begin, (size_t)kept * sizeof *m->group_item);
        m->group_begin[k] = to;
        to += kept;
        begin = end;
    }
    m->group_begin[n] = to;
    return true;
}

/* ---- users by line ---- */

static bool read_users(struct importing *m, struct error *err)
{
    if (!file_exists(m->request->users))
        return error_set(
            err, ERROR_USAGE,
            "--users %s: there is no such file; it is id, order, or a file with a user a line",
            m->request->users);
    struct source *s = source_open(m->request->users, err);
    struct line line;
    enum source_status status = SOURCE_FAILED;
    bool ok = s != NULL;
    int64_t blank = 0; /* the first of the blank lines that have come last */
    while (ok && (status = source_line(s, &line, err)) == SOURCE_READ) {
        if (line_is_blank(&line)) {
            blank = blank ? blank : line.number;
            continue;
        }
        if (blank) {
            ok = error_set(err, ERROR_INPUT, "%s line %" PRId64 " names no user", m->request->users,
                           blank);
            break;
        }
        int32_t id = ids_add(&m->user_lines, line.bytes, line.n, err);
        ok = id >= 0 &&
             mem_try_grow((void **)&m->user_line, &m->user_line_cap, (size_t)m->n_user_lines + 1,
                          sizeof *m->user_line, "list of users", err);
        if (ok)
            m->user_line[m->n_user_lines++] = id;
    }
    if (ok && status == SOURCE_LONG)
        ok = error_set(err, ERROR_INPUT, "%s: a line is over 1 MiB", m->request->users);
    if (ok && status == SOURCE_END && m->n_user_lines == 0)
        ok = error_set(err, ERROR_INPUT, "%s is empty: a user a line is needed", m->request->users);
    ok = ok && status == SOURCE_END;
    source_close(s);
    return ok;
}

/* ---- ids in cells with several ---- */

static int words_of(const char *id, size_t n)
{
    int words = 0;
    for (size_t i = 0; i < n; i++)
        words += id[i] != ' ' && (i == 0 || id[i - 1] == ' ');
    return words;
}

static void count_words(const struct strtab *ids, int *most)
{
    for (int64_t i = 0; i < ids->n; i++) {
        int words = words_of(strtab_get(ids, i), strtab_len(ids, i));
        *most = words > *most ? words : *most;
    }
}

/* Numbers may be shifted, which is seen later: where the data are numbered, all may be ids. */
static enum recs_known is_known(void *context, const char *text, size_t n)
{
    struct importing *m = context;
    if (import_find_item(m, text, n, m->id_offset) >= 0 ||
        (m->numbered && ids_integer(text, n) >= 0))
        return RECS_KNOWN_ID;
    buf_clear(&m->scratch);
    return recs_semid_key(text, n, false, &m->scratch) &&
                   intern_find(m->keys, m->scratch.data, m->scratch.len) >= 0
               ? RECS_KNOWN_CODE
               : RECS_UNKNOWN;
}

static void know_names(struct importing *m)
{
    m->names = (struct recs_names){is_known, m, 1};
    m->numbered = id_range_of(&m->dataset->item_id).dense;
    count_words(&m->dataset->item_id, &m->names.words);
    if (ids_count(&m->alias[0]) > 0) {
        struct strtab theirs = intern_table(m->alias[0].intern);
        count_words(&theirs, &m->names.words);
    }
}

bool import_read_names(struct importing *m, struct error *err)
{
    struct recs_map_sink sink = {take_code, take_alias, take_title, m};
    m->id_offset = m->request->id_offset;
    for (size_t i = 0; i < m->request->n_maps; i++)
        if (!recs_map_read(m->request->maps[i], &sink, err))
            return false;
    know_names(m);
    if (m->mapped && m->n_pairs == m->n_titles)
        return error_set(err, ERROR_INPUT,
                         "none of the items in %s is in the data; --id-offset if their numbers are "
                         "shifted",
                         m->request->maps[0]);
    return (m->mapped || take_semids(m, err)) && (!m->request->users || read_users(m, err));
}
