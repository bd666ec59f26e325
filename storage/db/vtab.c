/* Planning and scanning of the virtual tables; their values are vtab_show.c. */
#include "storage/db/vtab.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/sql.h"
#include "storage/db/vtab_rows.h"

/* Equality with it narrows the scan. */
static bool narrows(enum value v)
{
    return v <= V_USER_ID || v == V_ITEM || v == V_ITEM_ID || v == V_RANK;
}

enum { MAX_COLUMNS = 13 };

static const struct spec {
    const char *name, *declaration;
    enum value column[MAX_COLUMNS];
    int n_order; /* the rows are ordered by that many leading entries of `order` */
    enum value order[6];
} specs[N_KINDS] = {
    [INTERACTION] = {"interaction",
                     "CREATE TABLE interaction (user INTEGER, user_id TEXT, position INTEGER,"
                     " item INTEGER, item_id TEXT, title TEXT, time INTEGER, rating REAL)",
                     {V_USER, V_USER_ID, V_POSITION, V_ITEM, V_ITEM_ID, V_TITLE, V_TIME, V_RATING},
                     2,
                     {V_USER, V_POSITION}},
    [RECOMMENDATION] = {"recommendation",
                        "CREATE TABLE recommendation (run INTEGER, part TEXT, user INTEGER,"
                        " user_id TEXT, position INTEGER, rank INTEGER, item INTEGER,"
                        " item_id TEXT, title TEXT, score REAL, hit INTEGER)",
                        {V_RUN, V_PART, V_USER, V_USER_ID, V_POSITION, V_RANK, V_ITEM, V_ITEM_ID,
                         V_TITLE, V_SCORE, V_HIT},
                        5,
                        {V_RUN, V_PART, V_USER, V_POSITION, V_RANK}},
    [LABEL] = {"label",
               "CREATE TABLE label (run INTEGER, part TEXT, edges TEXT, user INTEGER,"
               " user_id TEXT, position INTEGER, rank INTEGER, item INTEGER, item_id TEXT,"
               " title TEXT, hit INTEGER, labels TEXT, verbatim INTEGER)",
               {V_RUN, V_PART, V_EDGES, V_USER, V_USER_ID, V_POSITION, V_RANK, V_ITEM, V_ITEM_ID,
                V_TITLE, V_HIT, V_LABELS, V_VERBATIM},
               6,
               {V_RUN, V_PART, V_EDGES, V_USER, V_POSITION, V_RANK}},
};

struct module {
    struct vtab_source *source;
    enum kind kind;
};

struct vtab {
    sqlite3_vtab base;
    struct vtab_source *source;
    enum kind kind;
};

/* ---- planning ---- */

static int connect_table(sqlite3 *db, void *context, int argc, const char *const *argv,
                         sqlite3_vtab **out, char **message)
{
    (void)argc, (void)argv, (void)message;
    const struct module *m = context;
    int code = sqlite3_declare_vtab(db, specs[m->kind].declaration);
    if (code != SQLITE_OK)
        return code;
    struct vtab *v = mem_zalloc(1, sizeof *v);
    v->source = m->source;
    v->kind = m->kind;
    *out = &v->base;
    return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *v)
{
    free(v);
    return SQLITE_OK;
}

/* A comparison as one of three letters; 0: another one. */
static char comparison(int op, char equal, char above, char below)
{
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return equal;
    case SQLITE_INDEX_CONSTRAINT_GT:
    case SQLITE_INDEX_CONSTRAINT_GE:
        return above;
    case SQLITE_INDEX_CONSTRAINT_LT:
    case SQLITE_INDEX_CONSTRAINT_LE:
        return below;
    default:
        return 0;
    }
}

/* One letter per pushed-down constraint: 'A' + value for equality, a range of users (g, l), or a
 * comparison of rowids (=, <, >). */
static char letter_of(const struct spec *spec, const struct sqlite3_index_constraint *c)
{
    if (c->iColumn < 0)
        return comparison(c->op, '=', '>', '<');
    enum value v = spec->column[c->iColumn];
    if (v == V_USER)
        return comparison(c->op, 'A' + V_USER, 'g', 'l');
    return c->op == SQLITE_INDEX_CONSTRAINT_EQ && narrows(v) ? (char)('A' + v) : 0;
}

/* How many times fewer rows a constraint leaves, roughly. */
static double selectivity(char letter)
{
    switch (letter) {
    case '=':
        return 1e9;
    case '>':
    case '<':
    case 'g':
    case 'l':
        return 4;
    case 'A' + V_RANK:
        return 20;
    case 'A' + V_USER:
    case 'A' + V_USER_ID:
        return 1e5;
    case 'A' + V_ITEM:
    case 'A' + V_ITEM_ID:
        return 1e4;
    case 'A' + V_RUN:
        return 8;
    default:
        return 2;
    }
}

/* Is the wanted order that of the rows? Columns pinned to one value may be left out of it. */
static bool order_is_ours(const struct spec *spec, const char *letters,
                          const sqlite3_index_info *info)
{
    if (info->nOrderBy == 1 && info->aOrderBy[0].iColumn < 0)
        return !info->aOrderBy[0].desc; /* rowid */
    int at = 0;
    for (int i = 0; i < info->nOrderBy; i++, at++) {
        int column = info->aOrderBy[i].iColumn;
        if (column < 0 || info->aOrderBy[i].desc)
            return false;
        while (at < spec->n_order && spec->column[column] != spec->order[at] &&
               strchr(letters, 'A' + spec->order[at]))
            at++;
        if (at >= spec->n_order || spec->column[column] != spec->order[at])
            return false;
    }
    return info->nOrderBy > 0;
}

static int plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct spec *spec = &specs[((struct vtab *)base)->kind];
    char letters[64];
    int n = 0;
    double rows = 1e7;
    for (int i = 0; i < info->nConstraint && n < (int)sizeof letters - 1; i++) {
        char letter = letter_of(spec, &info->aConstraint[i]);
        if (!letter || !info->aConstraint[i].usable ||
            strcmp(sqlite3_vtab_collation(info, i), "BINARY") != 0)
            continue;
        letters[n++] = letter;
        info->aConstraintUsage[i].argvIndex = n;
        rows /= selectivity(letter);
        if (letter == '=')
            info->idxFlags |= SQLITE_INDEX_SCAN_UNIQUE;
    }
    letters[n] = '\0';
    info->idxStr = sqlite3_mprintf("%s", letters);
    info->needToFreeIdxStr = 1;
    info->estimatedRows = rows < 1 ? 1 : (sqlite3_int64)rows;
    info->estimatedCost = rows < 1 ? 1 : rows;
    info->orderByConsumed = order_is_ours(spec, letters, info);
    return info->idxStr ? SQLITE_OK : SQLITE_NOMEM;
}

/* ---- what was asked for ---- */

/* The integer that equals the value; false when none does. */
static bool whole(sqlite3_value *value, int64_t *out)
{
    int type = sqlite3_value_numeric_type(value);
    double real = sqlite3_value_double(value);
    if (type == SQLITE_INTEGER)
        *out = sqlite3_value_int64(value);
    else if (type == SQLITE_FLOAT && real >= -9e18 && real <= 9e18 && (double)(int64_t)real == real)
        *out = (int64_t)real;
    else
        return false;
    return true;
}

/* The row number of an external id, through its SQL index; -1: there is none. */
static int64_t find_id(sqlite3 *db, const char *sql, sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    sqlite3_stmt *stmt = text ? sql_prepare(db, NULL, sql, "s", text) : NULL;
    bool row = false;
    int64_t found = -1;
    if (stmt && sql_step(stmt, &row, NULL) && row)
        found = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return found;
}

static void narrow_to(struct vtab_cursor *c, int64_t *what, int64_t value, bool possible)
{
    if (!possible || value < 0 || (*what >= 0 && *what != value))
        c->nothing = true;
    *what = value;
}

static void narrow_text(struct vtab_cursor *c, char *what, size_t size, sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);
    if (!text || !*text || strlen(text) >= size || (*what && strcmp(what, text) != 0))
        c->nothing = true;
    else
        memcpy(what, text, strlen(text) + 1);
}

/* Cuts first .. last. SQLite compares again, so keeping more than needed is right. */
static void narrow_range(struct vtab_cursor *c, bool above, bool below, sqlite3_value *value,
                         int64_t *first, int64_t *last)
{
    int64_t bound;
    if (!whole(value, &bound)) {
        c->nothing = c->nothing || sqlite3_value_type(value) == SQLITE_NULL;
        return;
    }
    if (above && bound > *first)
        *first = bound;
    if (below && bound < *last)
        *last = bound;
}

static void narrow(struct vtab_cursor *c, const struct vtab *v, char letter, sqlite3_value *value)
{
    sqlite3 *db = v->source->ws->db;
    int64_t number = -1;
    bool is_whole = whole(value, &number);
    switch (letter) {
    case 'A' + V_RUN:
        narrow_to(c, &c->run, number, is_whole);
        break;
    case 'A' + V_USER:
        narrow_to(c, &c->only_user, number, is_whole);
        break;
    case 'A' + V_ITEM:
        /* NULL items (empty slots) are never equal to anything */
        narrow_to(c, &c->only_item, number, is_whole);
        break;
    case 'A' + V_USER_ID:
        narrow_to(c, &c->only_user, find_id(db, "SELECT user FROM user WHERE user_id = ?", value),
                  true);
        break;
    case 'A' + V_ITEM_ID:
        narrow_to(c, &c->only_item, find_id(db, "SELECT item FROM item WHERE item_id = ?", value),
                  true);
        break;
    case 'A' + V_RANK:
        narrow_to(c, &c->only_rank, number, is_whole);
        break;
    case 'g':
    case 'l':
        narrow_range(c, letter == 'g', letter == 'l', value, &c->first_user, &c->last_user);
        break;
    case 'A' + V_PART:
        narrow_text(c, c->part, sizeof c->part, value);
        break;
    case 'A' + V_EDGES:
        narrow_text(c, c->edges, sizeof c->edges, value);
        break;
    default:
        narrow_range(c, letter != '<', letter != '>', value, &c->first_row, &c->last_row);
    }
}

/* ---- scanning ---- */

enum { SLOT_BITS = 40 }; /* of a run file's rowid: run, file of the run, slot */

static sqlite3_int64 first_row_of(const struct vtab_source *s, size_t file)
{
    size_t within = 0; /* a run has few files; their numbers follow the order of the list */
    while (within < file && s->file[file - within - 1].run == s->file[file].run)
        within++;
    return (s->file[file].run << SLOT_BITS) + ((sqlite3_int64)within << (SLOT_BITS - 4));
}

/* The first case of a user >= `user`. */
static int64_t first_case(const struct run_recs *r, int64_t user)
{
    int64_t low = 0, high = r->n_cases;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (r->user[middle] < user)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool file_wanted(const struct vtab_cursor *c, const struct vtab *v,
                        const struct vtab_file *f)
{
    return (f->labels.file != NULL) == (v->kind == LABEL) && (c->run < 0 || c->run == f->run) &&
           (!*c->part || strcmp(c->part, f->part) == 0) &&
           (!*c->edges || strcmp(c->edges, f->edges) == 0);
}

/* Cuts at .. end to the asked rowids, row 0 having rowid `first`. */
static void cut_rows(struct vtab_cursor *c, sqlite3_int64 first)
{
    if (c->first_row > first && c->first_row - first > c->at)
        c->at = c->first_row - first;
    if (c->last_row < first)
        c->end = c->at;
    else if (c->last_row - first < c->end - 1)
        c->end = c->last_row - first + 1;
}

static void enter_file(struct vtab_cursor *c, const struct vtab *v)
{
    const struct vtab_file *f = &v->source->file[c->file];
    int64_t from = first_case(&f->recs, c->first_user);
    int64_t to =
        c->last_user < INT32_MAX ? first_case(&f->recs, c->last_user + 1) : f->recs.n_cases;
    c->at = from * vtab_depth(f);
    c->end = to * vtab_depth(f);
    cut_rows(c, first_row_of(v->source, c->file));
}

static bool slot_wanted(const struct vtab_cursor *c, const struct vtab_file *f)
{
    return (c->only_item < 0 || vtab_slot_item(f, c->at) == c->only_item) &&
           (c->only_rank < 0 || c->at % vtab_depth(f) + 1 == c->only_rank);
}

static bool is_stopped(const struct vtab *v)
{
    return v->source->stop && atomic_load(v->source->stop);
}

/* Passes over a row; false now and then, when the query is to stop: SQLite cannot look meanwhile.
 */
static bool skip(struct vtab_cursor *c, const struct vtab *v)
{
    c->at++;
    return ++c->skipped % 65536 != 0 || !is_stopped(v);
}

/* Goes to the next wanted row at or after `at`; past the last one at == end (and no file left). An
 * SQLite code. */
static int settle(struct vtab_cursor *c, const struct vtab *v)
{
    if (v->kind == INTERACTION) {
        const struct dataset *d = &v->source->dataset;
        while (c->at < c->end && c->only_item >= 0 && d->item[c->at] != c->only_item)
            if (!skip(c, v))
                return SQLITE_INTERRUPT;
        while (c->at < c->end && d->offset[c->user + 1] <= c->at)
            c->user++;
        return SQLITE_OK;
    }
    for (; c->file < v->source->n_files; c->file++) {
        const struct vtab_file *f = &v->source->file[c->file];
        if (c->at < 0 && file_wanted(c, v, f))
            enter_file(c, v);
        while (c->at >= 0 && c->at < c->end && !slot_wanted(c, f))
            if (!skip(c, v))
                return SQLITE_INTERRUPT;
        if (c->at >= 0 && c->at < c->end)
            return SQLITE_OK;
        c->at = -1;
    }
    c->at = c->end = 0;
    return SQLITE_OK;
}

/* The user of interaction `at`, by binary search. */
static int32_t user_of(const struct dataset *d, int64_t at)
{
    int32_t low = 0, high = d->n_users; /* offset[low] <= at < offset[high] */
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (d->offset[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int start(struct vtab_cursor *c, const struct vtab *v)
{
    const struct dataset *d = &v->source->dataset;
    c->at = c->end = 0;
    c->file = v->source->n_files;
    if (c->nothing)
        return SQLITE_OK;
    if (v->kind == INTERACTION) {
        c->at = d->offset[c->first_user < d->n_users ? c->first_user : d->n_users];
        c->end = d->offset[c->last_user < d->n_users ? c->last_user + 1 : d->n_users];
        cut_rows(c, 0);
        if (c->at < c->end)
            c->user = user_of(d, c->at);
        else
            c->at = c->end = 0;
    } else {
        c->file = 0;
        c->at = -1;
    }
    return settle(c, v);
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *letters, int argc,
                  sqlite3_value **argv)
{
    (void)number;
    struct vtab_cursor *c = (struct vtab_cursor *)base;
    const struct vtab *v = (struct vtab *)base->pVtab;
    struct error err;
    c->run = c->only_user = c->only_item = c->only_rank = -1;
    c->first_user = 0;
    c->last_user = INT64_MAX;
    c->part[0] = c->edges[0] = '\0';
    c->first_row = INT64_MIN;
    c->last_row = INT64_MAX;
    c->nothing = false;
    for (int i = 0; i < argc; i++)
        narrow(c, v, letters[i], argv[i]);
    if (c->only_user >= 0 && c->only_user > c->first_user)
        c->first_user = c->only_user;
    if (c->only_user >= 0 && c->only_user < c->last_user)
        c->last_user = c->only_user;
    c->nothing = c->nothing || c->first_user > c->last_user;
    if (!vtab_open_dataset(v->source, &err) ||
        (v->kind != INTERACTION && !vtab_open_files(v->source, &err))) {
        base->pVtab->zErrMsg = sqlite3_mprintf("%s", err.text);
        return SQLITE_ERROR;
    }
    return is_stopped(v) ? SQLITE_INTERRUPT : start(c, v);
}

static int open_cursor(sqlite3_vtab *v, sqlite3_vtab_cursor **out)
{
    (void)v;
    struct vtab_cursor *c = mem_zalloc(1, sizeof *c);
    *out = &c->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *c)
{
    free(c);
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    struct vtab_cursor *c = (struct vtab_cursor *)base;
    c->at++;
    return settle(c, (struct vtab *)base->pVtab);
}

static int at_end(sqlite3_vtab_cursor *base)
{
    const struct vtab_cursor *c = (struct vtab_cursor *)base;
    return c->at >= c->end;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    const struct vtab_cursor *c = (struct vtab_cursor *)base;
    const struct vtab *v = (struct vtab *)base->pVtab;
    *out = c->at + (v->kind == INTERACTION ? 0 : first_row_of(v->source, c->file));
    return SQLITE_OK;
}

static int column_value(sqlite3_vtab_cursor *base, sqlite3_context *out, int column)
{
    const struct vtab *v = (struct vtab *)base->pVtab;
    vtab_show(out, (struct vtab_cursor *)base, v->source, v->kind, specs[v->kind].column[column]);
    return SQLITE_OK;
}

static const sqlite3_module methods = {
    .xConnect = connect_table, /* no xCreate: the tables are just there */
    .xBestIndex = plan,
    .xDisconnect = disconnect_table,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column_value,
    .xRowid = row_id,
};

bool vtab_register(struct vtab_source *source, struct error *err)
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        struct module *m = mem_zalloc(1, sizeof *m);
        *m = (struct module){.source = source, .kind = (enum kind)kind};
        if (sqlite3_create_module_v2(source->ws->db, specs[kind].name, &methods, m, free) !=
            SQLITE_OK)
            return sql_error(source->ws->db, err, "cannot show %s as a table", specs[kind].name);
    }
    return true;
}
