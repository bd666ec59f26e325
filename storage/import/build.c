/*
 * Method: k-core by repeated passes over shrinking rows; then users are numbered by first row, a
 * counting sort (skipped where the file is grouped already) groups rows by user and keeps file
 * order, a stable merge sort orders those users whose times are not ascending. Columns are moved
 * one at a time, so that the peak is the rows themselves plus one column.
 */
#include "storage/import/build.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"

struct build {
    struct rows *rows;
    const struct import_options *options;
    struct import_report *report;
    struct progress *progress;
    int32_t n_users;   /* after filters */
    int32_t *raw_user; /* [n_users] */
    int64_t *offset;   /* [n_users+1] */
    int64_t *row;      /* [n] with max_length or a given split: the row in the file */
};

/* ---- k-core ---- */

/* Drops rows whose user or item has fewer than k rows; returns how many were dropped. */
static int64_t core_pass(struct rows *r, int64_t k, const int64_t *per_user,
                         const int64_t *per_item)
{
    int64_t to = 0, part_from[2] = {r->part_from[0], r->part_from[1]};
    for (int64_t i = 0; i < r->n; i++) {
        for (int p = 0; p < 2; p++)
            if (i == part_from[p])
                r->part_from[p] = to;
        if (per_user[r->user[i]] < k || per_item[r->item[i]] < k)
            continue;
        r->user[to] = r->user[i];
        r->item[to] = r->item[i];
        if (r->has_time)
            r->time[to] = r->time[i];
        if (r->has_rating)
            r->rating[to] = r->rating[i];
        to++;
    }
    for (int p = 0; p < 2; p++)
        if (part_from[p] == r->n)
            r->part_from[p] = to;
    int64_t dropped = r->n - to;
    r->n = to;
    return dropped;
}

static void count_rows(const struct rows *r, int64_t *per_user, int64_t *per_item)
{
    memset(per_user, 0, (size_t)ids_count(&r->user_ids) * sizeof *per_user);
    memset(per_item, 0, (size_t)ids_count(&r->item_ids) * sizeof *per_item);
    for (int64_t i = 0; i < r->n; i++) {
        per_user[r->user[i]]++;
        per_item[r->item[i]]++;
    }
}

static int64_t count_present(const int64_t *count, int32_t n)
{
    int64_t present = 0;
    for (int32_t i = 0; i < n; i++)
        present += count[i] > 0;
    return present;
}

static bool apply_core(struct build *b, struct error *err)
{
    struct rows *r = b->rows;
    int32_t n_users = ids_count(&r->user_ids), n_items = ids_count(&r->item_ids);
    int64_t *per_user = mem_try_array((size_t)n_users, sizeof *per_user, "k-core", err);
    int64_t *per_item =
        per_user ? mem_try_array((size_t)n_items, sizeof *per_item, "k-core", err) : NULL;
    bool ok = per_item != NULL;
    if (ok) {
        count_rows(r, per_user, per_item);
        b->report->dropped_core_users = count_present(per_user, n_users);
        b->report->dropped_core_items = count_present(per_item, n_items);
        int64_t dropped;
        do {
            dropped = core_pass(r, b->options->k_core, per_user, per_item);
            b->report->dropped_core += dropped;
            count_rows(r, per_user, per_item);
            ok = progress_ok(b->progress, err);
        } while (ok && dropped > 0);
        b->report->dropped_core_users -= count_present(per_user, n_users);
        b->report->dropped_core_items -= count_present(per_item, n_items);
    }
    free(per_user);
    free(per_item);
    return ok;
}

/* ---- grouping by user ---- */

/* Numbers users by first row, in place; *grouped: each user's rows are in one run. */
static bool number_users(struct build *b, bool *grouped, struct error *err)
{
    struct rows *r = b->rows;
    int32_t n_raw = ids_count(&r->user_ids);
    int32_t *number = mem_try_array((size_t)n_raw, sizeof *number, "users", err);
    b->raw_user = number ? mem_try_array((size_t)n_raw, sizeof *b->raw_user, "users", err) : NULL;
    if (!b->raw_user) {
        free(number);
        return false;
    }
    memset(number, 0xff, (size_t)n_raw * sizeof *number);
    *grouped = true;
    int32_t last = 0;
    for (int64_t i = 0; i < r->n; i++) {
        int32_t raw = r->user[i];
        if (number[raw] < 0) {
            b->raw_user[b->n_users] = raw;
            number[raw] = b->n_users++;
        }
        r->user[i] = number[raw];
        *grouped = *grouped && r->user[i] >= last;
        last = r->user[i];
    }
    free(number);
    return true;
}

static bool count_offsets(struct build *b, struct error *err)
{
    const struct rows *r = b->rows;
    b->offset = mem_try_zarray((size_t)b->n_users + 1, sizeof *b->offset, "users", err);
    if (!b->offset)
        return false;
    for (int64_t i = 0; i < r->n; i++)
        b->offset[r->user[i] + 1]++;
    for (int32_t u = 0; u < b->n_users; u++)
        b->offset[u + 1] += b->offset[u];
    return true;
}

/* Moves one column into user order: *column (freed) becomes a new array. */
#define DEFINE_SCATTER(name, type)                                                                 \
    static bool name(struct build *b, type **column, int64_t *at, struct error *err)               \
    {                                                                                              \
        const struct rows *r = b->rows;                                                            \
        type *to = mem_try_array((size_t)r->n, sizeof *to, "interactions", err);                   \
        if (!to)                                                                                   \
            return false;                                                                          \
        memcpy(at, b->offset, (size_t)b->n_users * sizeof *at);                                    \
        for (int64_t i = 0; i < r->n; i++)                                                         \
            to[at[r->user[i]]++] = (*column)[i];                                                   \
        free(*column);                                                                             \
        *column = to;                                                                              \
        return true;                                                                               \
    }
DEFINE_SCATTER(scatter_int32, int32_t)
DEFINE_SCATTER(scatter_int64, int64_t)
DEFINE_SCATTER(scatter_float, float)

static bool scatter(struct build *b, struct error *err)
{
    struct rows *r = b->rows;
    int64_t *at = mem_try_array((size_t)b->n_users, sizeof *at, "users", err);
    bool ok = at && scatter_int32(b, &r->item, at, err) &&
              (!r->has_time || scatter_int64(b, &r->time, at, err)) &&
              (!r->has_rating || scatter_float(b, &r->rating, at, err)) &&
              (!b->row || scatter_int64(b, &b->row, at, err));
    free(at);
    return ok;
}

static bool number_rows(struct build *b, struct error *err)
{
    b->row = mem_try_array((size_t)b->rows->n, sizeof *b->row, "interactions", err);
    for (int64_t i = 0; b->row && i < b->rows->n; i++)
        b->row[i] = i;
    return b->row != NULL;
}

static bool group(struct build *b, struct error *err)
{
    bool grouped;
    if (!number_users(b, &grouped, err) || !count_offsets(b, err) ||
        ((b->options->max_length > 0 || b->rows->is_split) && !number_rows(b, err)) ||
        (!grouped && !scatter(b, err)))
        return false;
    free(b->rows->user);
    b->rows->user = NULL;
    b->rows->user_cap = 0;
    return true;
}

/* ---- order by time ---- */

struct timed {
    int64_t time;
    int64_t at; /* position before sorting */
};

static void insertion_sort(struct timed *a, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        struct timed x = a[i];
        int64_t j = i;
        for (; j > 0 && a[j - 1].time > x.time; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

/* Stable: bottom-up merges of runs that insertion made. The result is in a; b is scratch. */
static void sort_by_time(struct timed *a, struct timed *b, int64_t n)
{
    enum { RUN = 16 };
    for (int64_t i = 0; i < n; i += RUN)
        insertion_sort(a + i, n - i < RUN ? n - i : RUN);
    struct timed *from = a, *to = b;
    for (int64_t width = RUN; width < n; width *= 2) {
        for (int64_t low = 0; low < n; low += 2 * width) {
            int64_t middle = low + width < n ? low + width : n;
            int64_t high = middle + width < n ? middle + width : n;
            int64_t i = low, j = middle;
            for (int64_t k = low; k < high; k++) {
                bool left = j >= high || (i < middle && from[i].time <= from[j].time);
                to[k] = left ? from[i++] : from[j++];
            }
        }
        struct timed *swap = from;
        from = to;
        to = swap;
    }
    if (from != a)
        memcpy(a, from, (size_t)n * sizeof *a);
}

/* Scratch for the longest sequence. */
struct sorting {
    struct timed *a, *b;
    int32_t *item;
    float *rating;
    int64_t *row;
};

static void reorder_user(struct rows *r, int64_t *row, int64_t from, int64_t n, struct sorting *s)
{
    for (int64_t i = 0; i < n; i++)
        s->a[i] = (struct timed){r->time[from + i], i};
    sort_by_time(s->a, s->b, n);
    memcpy(s->item, r->item + from, (size_t)n * sizeof *s->item);
    for (int64_t i = 0; i < n; i++) {
        r->time[from + i] = s->a[i].time;
        r->item[from + i] = s->item[s->a[i].at];
    }
    if (r->has_rating) {
        memcpy(s->rating, r->rating + from, (size_t)n * sizeof *s->rating);
        for (int64_t i = 0; i < n; i++)
            r->rating[from + i] = s->rating[s->a[i].at];
    }
    if (row) {
        memcpy(s->row, row + from, (size_t)n * sizeof *s->row);
        for (int64_t i = 0; i < n; i++)
            row[from + i] = s->row[s->a[i].at];
    }
}

static bool is_ascending(const int64_t *time, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (time[i] < time[i - 1])
            return false;
    return true;
}

static bool order_by_time(struct build *b, struct error *err)
{
    struct rows *r = b->rows;
    int64_t longest = 0;
    for (int32_t u = 0; u < b->n_users; u++)
        longest =
            b->offset[u + 1] - b->offset[u] > longest ? b->offset[u + 1] - b->offset[u] : longest;
    struct sorting s = {0};
    bool ok = (s.a = mem_try_array((size_t)longest, sizeof *s.a, "sorting", err)) &&
              (s.b = mem_try_array((size_t)longest, sizeof *s.b, "sorting", err)) &&
              (s.item = mem_try_array((size_t)longest, sizeof *s.item, "sorting", err)) &&
              (s.rating = mem_try_array((size_t)longest, sizeof *s.rating, "sorting", err)) &&
              (s.row = mem_try_array((size_t)longest, sizeof *s.row, "sorting", err));
    for (int32_t u = 0; ok && u < b->n_users; u++) {
        int64_t from = b->offset[u], n = b->offset[u + 1] - from;
        if (!is_ascending(r->time + from, n)) {
            b->report->order_changed = true;
            reorder_user(r, b->row, from, n, &s);
        }
        ok = u % 4096 != 0 || progress_at(b->progress, "ordering", u, b->n_users, "users", err);
    }
    free(s.a);
    free(s.b);
    free(s.item);
    free(s.rating);
    free(s.row);
    return ok;
}

static bool choose_order(struct build *b, struct error *err)
{
    bool has_time = b->rows->has_time;
    if (b->options->order == IMPORT_ORDER_TIME && !has_time)
        return error_set(err, ERROR_INPUT,
                         "--order time: the interactions have no times; leave the option out to "
                         "keep the order of the file, or name the column with --columns time=...");
    bool by_time = has_time && b->options->order != IMPORT_ORDER_FILE;
    b->report->order = by_time ? IMPORT_ORDER_TIME : IMPORT_ORDER_FILE;
    return !by_time || order_by_time(b, err);
}

/* ---- maximum length ---- */

struct first_row {
    int64_t row;
    int32_t user;
};

static int by_row(const void *a, const void *b)
{
    const struct first_row *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

/* Users in the order of their first kept row, after each was cut to its last max_length. */
static struct first_row *order_users(const struct build *b, struct error *err)
{
    struct first_row *order = mem_try_array((size_t)b->n_users, sizeof *order, "users", err);
    for (int32_t u = 0; order && u < b->n_users; u++) {
        int64_t end = b->offset[u + 1], from = b->offset[u];
        if (end - from > b->options->max_length)
            from = end - b->options->max_length;
        order[u] = (struct first_row){.row = b->row[from], .user = u};
        for (int64_t i = from; i < end; i++)
            order[u].row = b->row[i] < order[u].row ? b->row[i] : order[u].row;
    }
    if (order)
        qsort(order, (size_t)b->n_users, sizeof *order, by_row);
    return order;
}

/* Rewrites one column in the new user order, keeping each user's last items. */
static bool cut_column(const struct build *b, const struct first_row *order, const int64_t *offset,
                       void **column, size_t size, struct error *err)
{
    char *to = mem_try_array((size_t)offset[b->n_users], size, "interactions", err);
    if (!to)
        return false;
    for (int32_t u = 0; u < b->n_users; u++) {
        int64_t n = offset[u + 1] - offset[u];
        int64_t from = b->offset[order[u].user + 1] - n;
        memcpy(to + (size_t)offset[u] * size, (const char *)*column + (size_t)from * size,
               (size_t)n * size);
    }
    free(*column);
    *column = to;
    return true;
}

static bool apply_max_length(struct build *b, struct error *err)
{
    struct rows *r = b->rows;
    struct first_row *order = order_users(b, err);
    int64_t *offset =
        order ? mem_try_zarray((size_t)b->n_users + 1, sizeof *offset, "users", err) : NULL;
    int32_t *raw_user =
        offset ? mem_try_array((size_t)b->n_users, sizeof *raw_user, "users", err) : NULL;
    bool ok = raw_user != NULL;
    for (int32_t u = 0; ok && u < b->n_users; u++) {
        int64_t n = b->offset[order[u].user + 1] - b->offset[order[u].user];
        offset[u + 1] = offset[u] + (n < b->options->max_length ? n : b->options->max_length);
        raw_user[u] = b->raw_user[order[u].user];
    }
    ok = ok && cut_column(b, order, offset, (void **)&r->item, sizeof *r->item, err) &&
         (!r->has_time || cut_column(b, order, offset, (void **)&r->time, sizeof *r->time, err)) &&
         (!r->has_rating ||
          cut_column(b, order, offset, (void **)&r->rating, sizeof *r->rating, err)) &&
         (!r->is_split || cut_column(b, order, offset, (void **)&b->row, sizeof *b->row, err));
    free(order);
    if (!ok) {
        free(offset);
        free(raw_user);
        return false;
    }
    b->report->dropped_length = r->n - offset[b->n_users];
    r->n = offset[b->n_users];
    free(b->offset);
    b->offset = offset;
    free(b->raw_user);
    b->raw_user = raw_user;
    return true;
}

/* ---- a given split ---- */

static enum import_part part_of_row(const struct rows *r, int64_t row)
{
    return row < r->part_from[0]   ? IMPORT_PART_TRAIN
           : row < r->part_from[1] ? IMPORT_PART_VALID
                                   : IMPORT_PART_TEST;
}

/* Where each user's parts end. A user whose parts are not in this order cannot be kept so. */
static bool cut_parts(struct build *b, struct import_result *out, struct error *err)
{
    const struct rows *r = b->rows;
    int64_t mixed = 0;
    int32_t example = -1;
    out->train_end = mem_try_array((size_t)b->n_users, sizeof *out->train_end, "users", err);
    out->valid_end = mem_try_array((size_t)b->n_users, sizeof *out->valid_end, "users", err);
    if (!out->train_end || !out->valid_end)
        return false;
    for (int32_t u = 0; u < b->n_users; u++) {
        int32_t count[IMPORT_PARTS] = {0};
        enum import_part last = IMPORT_PART_TRAIN;
        bool ordered = true;
        for (int64_t i = b->offset[u]; i < b->offset[u + 1]; i++) {
            enum import_part part = part_of_row(r, b->row[i]);
            ordered = ordered && part >= last;
            last = part;
            count[part]++;
        }
        out->train_end[u] = count[IMPORT_PART_TRAIN];
        out->valid_end[u] = count[IMPORT_PART_TRAIN] + count[IMPORT_PART_VALID];
        mixed += !ordered;
        example = ordered || example >= 0 ? example : b->raw_user[u];
    }
    if (mixed == 0)
        return true;
    struct strtab ids = intern_table(r->user_ids.intern);
    return error_set(err, ERROR_INPUT,
                     "the files' split does not follow time: %lld of %d users (the first: %.60s) "
                     "%s a training interaction later than a held-out one. --order file puts each "
                     "user's training first, then validation, then test; --split leave-one-out "
                     "splits anew",
                     (long long)mixed, (int)b->n_users, strtab_get(&ids, example),
                     plural(mixed, "has", "have"));
}

/* ---- numbering items, ids ---- */

static bool number_items(struct rows *r, int32_t *n_items, int32_t **raw_item, struct error *err)
{
    int32_t n_raw = ids_count(&r->item_ids);
    int32_t *number = mem_try_array((size_t)n_raw, sizeof *number, "items", err);
    *raw_item = number ? mem_try_array((size_t)n_raw, sizeof **raw_item, "items", err) : NULL;
    if (!*raw_item) {
        free(number);
        return false;
    }
    memset(number, 0xff, (size_t)n_raw * sizeof *number);
    *n_items = 0;
    for (int64_t i = 0; i < r->n; i++) {
        int32_t raw = r->item[i];
        if (number[raw] < 0) {
            (*raw_item)[*n_items] = raw;
            number[raw] = (*n_items)++;
        }
        r->item[i] = number[raw];
    }
    free(number);
    return true;
}

static bool pick_ids(const struct ids *ids, const int32_t *raw, int32_t n, struct strtab *out,
                     struct error *err)
{
    struct strtab all = intern_table(ids->intern);
    struct string_list list = {0};
    bool ok = true;
    for (int32_t i = 0; ok && i < n; i++)
        ok = string_list_add(&list, strtab_get(&all, raw[i]), strtab_len(&all, raw[i]), err);
    ok = ok && string_list_finish(&list, out, err);
    string_list_release(&list);
    return ok;
}

/* Are the ids integers that ascend in the order of their first appearance? */
static bool ascend(const struct strtab *ids)
{
    int64_t last = -1;
    for (int64_t i = 0; i < ids->n; i++) {
        int64_t value = ids_integer(strtab_get(ids, i), strtab_len(ids, i));
        if (value <= last)
            return false;
        last = value;
    }
    return ids->n > 1;
}

static bool nothing_left(const struct build *b, struct error *err)
{
    const struct import_report *r = b->report;
    if (r->interactions_read == 0)
        return error_set(err, ERROR_INPUT, "%s: no interactions were found",
                         r->n_files ? r->files[0].path : "input");
    return error_set(err, ERROR_INPUT,
                     "no interactions are left of %lld: --min-rating dropped %lld, --k-core %lld; "
                     "use weaker filters",
                     (long long)r->interactions_read, (long long)r->dropped_rating,
                     (long long)r->dropped_core);
}

static void hand_over(struct build *b, struct import_result *out)
{
    struct rows *r = b->rows;
    out->n_users = b->n_users;
    out->n_interactions = r->n;
    out->offset = b->offset;
    out->item = r->item;
    out->time = r->has_time ? r->time : NULL;
    out->rating = r->has_rating ? r->rating : NULL;
    b->offset = NULL;
    r->item = NULL;
    r->time = NULL;
    r->rating = NULL;
}

bool build_sequences(struct rows *rows, const struct import_options *options,
                     struct progress *progress, struct import_result *out, int32_t **raw_item,
                     struct error *err)
{
    struct build b = {
        .rows = rows, .options = options, .report = &out->report, .progress = progress};
    *raw_item = NULL;
    bool ok = options->k_core <= 1 || rows->n == 0 || apply_core(&b, err);
    if (ok && rows->n == 0)
        ok = nothing_left(&b, err);
    ok = ok && group(&b, err) && choose_order(&b, err) &&
         (options->max_length == 0 || apply_max_length(&b, err)) &&
         (!rows->is_split || cut_parts(&b, out, err)) &&
         number_items(rows, &out->n_items, raw_item, err) &&
         pick_ids(&rows->user_ids, b.raw_user, b.n_users, &out->user_id, err) &&
         pick_ids(&rows->item_ids, *raw_item, out->n_items, &out->item_id, err);
    if (ok) {
        struct strtab raw = intern_table(rows->item_ids.intern);
        out->report.ids_by_appearance = ascend(&raw) || ascend(&out->item_id);
        hand_over(&b, out);
    }
    free(b.raw_user);
    free(b.offset);
    free(b.row);
    return ok;
}
