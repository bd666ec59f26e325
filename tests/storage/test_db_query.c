/* Read-only SQL: the virtual tables against the arrays, what is refused, the documented schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/query.h"
#include "storage/db/run_file.h"
#include "storage/db/run_store.h"
#include "tests/storage/made_import.h"

static char dir[] = "/tmp/rote-query-XXXXXX";
static struct workspace *ws;
static struct dataset data;
static struct query *query;
static struct error err;

enum { DEPTH = 5, RUNS = 2 };
static int64_t run[RUNS];
static struct run_recs recs[RUNS];

static void assert_ok(bool ok)
{
    if (!ok)
        fail_msg("%s", err.text);
}

static void name_of_code(uint16_t code, char text[RUN_LABEL_TEXT_MAX])
{
    snprintf(text, RUN_LABEL_TEXT_MAX, "label-%u", code);
}

/* Lists of the last two positions of every user with items, two cases a user in the second run. */
static bool add_run(int at)
{
    static int32_t user[2000], position[2000], item[2000 * DEPTH];
    static float score[2000 * DEPTH];
    static uint16_t relation[2000 * DEPTH];
    static uint8_t verbatim[2000 * DEPTH];
    int64_t n = 0;
    for (int32_t u = 0; u < data.n_users; u++) {
        int32_t length = (int32_t)(data.offset[u + 1] - data.offset[u]);
        for (int32_t p = length - 1 - at; p < length; p++) {
            if (p < 0)
                continue;
            user[n] = u;
            position[n] = p;
            for (int r = 0; r < DEPTH; r++) {
                int64_t slot = n * DEPTH + r;
                int32_t target = data.item[data.offset[u] + p];
                item[slot] = r == u % 7 ? target : r == 4 && u % 3 == 0 ? -1 : (u * 7 + r) % 40;
                score[slot] = (float)(10 - r) / 3;
                relation[slot] = (uint16_t)(u % 11 * 100 + r);
                verbatim[slot] = (uint8_t)(r + u % 5);
            }
            n++;
        }
    }
    struct run_recs r = {.n_cases = n,
                         .depth = DEPTH,
                         .user = user,
                         .position = position,
                         .item = item,
                         .score = score};
    struct run_labels l = {
        .n_cases = n, .depth = DEPTH, .relation = relation, .verbatim = verbatim};
    struct run_info wanted = {.model = (char *)"m"};
    if (!run_create(ws, &wanted, &run[at], &err))
        return false;
    char *run_dir = workspace_run_dir(ws, run[at]);
    const char *part = at ? "valid" : "test";
    bool ok = run_recs_write(run_dir, part, data.fingerprint, &r, &err) &&
              run_recs_register(ws, run[at], part, &err) &&
              run_labels_write(ws, run[at], part, "train", &l, name_of_code, NULL, 0, &err) &&
              run_recs_open(ws, run[at], part, &recs[at], &err);
    free(run_dir);
    return ok;
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    struct import_result made = made_import((struct made){
        .users = 500, .items = 40, .max_length = 9, .times = true, .ratings = true, .seed = 3});
    bool ok = workspace_create(dir, &made, false, NULL, &err);
    made_import_release(&made);
    ws = ok ? workspace_open(dir, WORKSPACE_READ_WRITE, &err) : NULL;
    ok = ws && dataset_open(ws, &data, &err) && add_run(0) && add_run(1);
    query = ok ? query_open(dir, &err) : NULL;
    if (!query)
        fprintf(stderr, "%s\n", err.text);
    return query ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    query_close(query);
    for (int i = 0; i < RUNS; i++)
        run_recs_close(&recs[i]);
    dataset_close(&data);
    workspace_close(ws);
    return dir_remove(dir, NULL) ? 0 : -1;
}

/* ---- results as text: "a|b|c;" ---- */

static bool add_row(void *context, const struct query_value *v, int n)
{
    struct buf *out = context;
    for (int i = 0; i < n; i++) {
        if (i)
            buf_addc(out, '|');
        if (v[i].type == QUERY_INT)
            buf_addf(out, "%" PRId64, v[i].integer);
        else if (v[i].type == QUERY_REAL)
            buf_addf(out, "%.9g", v[i].real);
        else if (v[i].type != QUERY_NULL)
            buf_add(out, v[i].bytes, v[i].size_bytes);
    }
    buf_addc(out, ';');
    return true;
}

static char *ask(const char *format, ...)
{
    struct buf sql, out;
    buf_init(&sql);
    buf_init(&out);
    va_list args;
    va_start(args, format);
    buf_vaddf(&sql, format, args);
    va_end(args);
    if (!query_run(query, sql.data, NULL, add_row, &out, NULL, &err))
        fail_msg("%s: %s", sql.data, err.text);
    buf_release(&sql);
    return buf_detach(&out);
}

static void assert_answer(const char *sql, const char *expected)
{
    char *answer = ask("%s", sql);
    if (strcmp(answer, expected) != 0)
        fail_msg("%s\n  is       %.300s\n  expected %.300s", sql, answer, expected);
    free(answer);
}

/* ---- interaction ---- */

static void add_interaction(struct buf *out, int32_t u, int64_t at)
{
    int32_t item = data.item[at];
    buf_addf(out, "%" PRId64 "|%d|%s|%" PRId64 "|%d|%s|%s|%" PRId64 "|%.9g;", at, u,
             strtab_get(&data.user_id, u), at - data.offset[u], item,
             strtab_get(&data.item_id, item), strtab_get(&data.title, item), data.time[at],
             (double)data.rating[at]);
}

#define INTERACTION                                                                                \
    "SELECT rowid, user, user_id, position, item, item_id, title, time, rating"                    \
    " FROM interaction "

static bool any_interaction(int32_t u, int64_t at)
{
    (void)u, (void)at;
    return true;
}
static bool of_user_7(int32_t u, int64_t at)
{
    (void)at;
    return u == 7;
}
static bool of_item_3(int32_t u, int64_t at)
{
    (void)u;
    return data.item[at] == 3;
}
static bool user_7_item_3(int32_t u, int64_t at)
{
    return of_user_7(u, at) && of_item_3(u, at);
}
static bool rows_100_to_200(int32_t u, int64_t at)
{
    (void)u;
    return at > 100 && at <= 200;
}
static bool item_3_from_row_900(int32_t u, int64_t at)
{
    return of_item_3(u, at) && at >= 900;
}
static bool row_77(int32_t u, int64_t at)
{
    (void)u;
    return at == 77;
}
static bool users_7_and_9(int32_t u, int64_t at)
{
    (void)at;
    return u == 7 || u == 9;
}
static bool users_7_to_9(int32_t u, int64_t at)
{
    (void)at;
    return u >= 7 && u <= 9;
}
static bool nothing(int32_t u, int64_t at)
{
    (void)u, (void)at;
    return false;
}

static void interactions_equal_the_arrays(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool (*keep)(int32_t user, int64_t at);
    } cases[] = {
        {"", any_interaction},
        {"ORDER BY user, position", any_interaction},
        {"ORDER BY rowid", any_interaction},
        {"WHERE user = 7 ORDER BY position", of_user_7},
        {"WHERE user = '7'", of_user_7},
        {"WHERE user = 7.0", of_user_7},
        {"WHERE user_id = 'user-7'", of_user_7},
        {"WHERE user_id = 'USER-7' COLLATE NOCASE", of_user_7},
        {"WHERE +user = 7", of_user_7},
        {"WHERE user = 7 AND user_id = 'user-7'", of_user_7},
        {"WHERE user = 7 AND user_id = 'user-8'", nothing},
        {"WHERE user = 7 AND user = 8", nothing},
        {"WHERE item = 3", of_item_3},
        {"WHERE item_id = 'item-3'", of_item_3},
        {"WHERE user = 7 AND item = 3", user_7_item_3},
        {"WHERE rowid > 100 AND rowid <= 200", rows_100_to_200},
        {"WHERE rowid BETWEEN 100.5 AND 200.5", rows_100_to_200},
        {"WHERE rowid >= 900 AND item = 3", item_3_from_row_900},
        {"WHERE rowid = 77", row_77},
        {"WHERE user IN (9, 7) ORDER BY user, position", users_7_and_9},
        {"WHERE user = 7 OR user = 9 ORDER BY rowid", users_7_and_9},
        {"WHERE user BETWEEN 7 AND 9", users_7_to_9},
        {"WHERE user > 6 AND user < 10 ORDER BY user, position", users_7_to_9},
        {"WHERE user >= 6.5 AND user <= '9'", users_7_to_9},
        {"WHERE user >= 7 AND user <= 9 AND user = 7", of_user_7},
        {"WHERE user < 'seven'", any_interaction},
        {"WHERE user >= -5", any_interaction},
        {"WHERE user < 7 AND user = 7", nothing},
        {"WHERE user < -1", nothing},
        {"WHERE user < 0", nothing},
        {"WHERE user > 100000", nothing},
        {"WHERE user > 9223372036854775806", nothing},
        {"WHERE user < NULL", nothing},
        {"WHERE user = 100000", nothing},
        {"WHERE user = -1", nothing},
        {"WHERE user = 7.5", nothing},
        {"WHERE user = NULL", nothing},
        {"WHERE user_id = 'nobody'", nothing},
        {"WHERE item = 40", nothing},
        {"WHERE rowid > 1000000", nothing},
        {"WHERE rowid < -5", nothing},
        {"WHERE rowid > NULL", nothing},
    };
    struct buf expected;
    buf_init(&expected);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *sql = mem_printf(INTERACTION "%s", cases[i].where);
        buf_clear(&expected);
        for (int32_t u = 0; u < data.n_users; u++)
            for (int64_t at = data.offset[u]; at < data.offset[u + 1]; at++)
                if (cases[i].keep(u, at))
                    add_interaction(&expected, u, at);
        assert_answer(sql, expected.data);
        free(sql);
    }
    buf_release(&expected);
}

static void descending_orders_are_sorted(void **state)
{
    (void)state;
    char *up = ask("SELECT group_concat(rowid) FROM (SELECT rowid FROM interaction"
                   " WHERE user < 30 ORDER BY user DESC, position DESC)");
    char *sorted = ask("SELECT group_concat(r) FROM (SELECT rowid AS r FROM interaction"
                       " WHERE user < 30 ORDER BY +rowid DESC)");
    assert_string_equal(up, sorted);
    free(up);
    free(sorted);
    up = ask("SELECT group_concat(rowid) FROM (SELECT rowid FROM interaction ORDER BY item, user)");
    sorted = ask("SELECT group_concat(r) FROM (SELECT rowid AS r FROM interaction"
                 " ORDER BY +item, +user)");
    assert_string_equal(up, sorted);
    free(up);
    free(sorted);
}

/* ---- recommendation and label ---- */

static void add_slots(struct buf *out, int at, bool labels, int32_t only_user, int only_item)
{
    const struct run_recs *r = &recs[at];
    for (int64_t i = 0; i < r->n_cases * DEPTH; i++) {
        int32_t u = r->user[i / DEPTH], p = r->position[i / DEPTH], item = r->item[i];
        if ((only_user >= 0 && u != only_user) || (only_item >= 0 && item != only_item))
            continue;
        buf_addf(out, "%" PRId64 "|%s|%d|%s|%d|%d|", run[at], at ? "valid" : "test", u,
                 strtab_get(&data.user_id, u), p, (int)(i % DEPTH) + 1);
        if (item >= 0)
            buf_addf(out, "%d|%s|", item, strtab_get(&data.item_id, item));
        else
            buf_adds(out, "||");
        if (labels)
            buf_addf(out, "train|label-%d|%d;", u % 11 * 100 + (int)(i % DEPTH),
                     (int)(i % DEPTH) + u % 5);
        else
            buf_addf(out, "%s|%.9g|%d;", item >= 0 ? strtab_get(&data.title, item) : "",
                     (double)r->score[i], item == data.item[data.offset[u] + p]);
    }
}

#define SLOT "SELECT run, part, user, user_id, position, rank, item, item_id, "

static void assert_slots(const char *where, bool first, bool second, int32_t user, int item)
{
    for (int labels = 0; labels < 2; labels++) {
        struct buf expected;
        buf_init(&expected);
        if (first)
            add_slots(&expected, 0, labels, user, item);
        if (second)
            add_slots(&expected, 1, labels, user, item);
        char *sql = mem_printf(SLOT "%s %s",
                               labels ? "edges, labels, verbatim FROM label"
                                      : "title, score, hit FROM recommendation",
                               where);
        assert_answer(sql, expected.data);
        free(sql);
        buf_release(&expected);
    }
}

static void recommendations_and_labels_equal_the_arrays(void **state)
{
    (void)state;
    char one[64], two[64];
    snprintf(one, sizeof one, "WHERE run = %" PRId64, run[0]);
    snprintf(two, sizeof two, "WHERE run = %" PRId64 " AND user = 11 ORDER BY rank", run[0]);
    assert_slots("", true, true, -1, -1);
    assert_slots("ORDER BY run, part", true, true, -1, -1);
    assert_slots("ORDER BY rowid", true, true, -1, -1);
    assert_slots(one, true, false, -1, -1);
    assert_slots(two, true, false, 11, -1);
    assert_slots("WHERE part = 'valid'", false, true, -1, -1);
    assert_slots("WHERE part = 'valid' AND user_id = 'user-11'", false, true, 11, -1);
    assert_slots("WHERE user = 499", true, true, 499, -1);
    assert_slots("WHERE user = 500", true, true, 500, -1);
    assert_slots("WHERE user >= 499 AND user < 500", true, true, 499, -1);
    assert_slots("WHERE user > 10 AND user <= 11 ORDER BY run, part, user", true, true, 11, -1);
    assert_slots("WHERE item = 7", true, true, -1, 7);
    assert_slots("WHERE item_id = 'item-7' AND part = 'test'", true, false, -1, 7);
    assert_slots("WHERE run = 99", false, false, -1, -1);
    assert_slots("WHERE part = 'train'", false, false, -1, -1);
    assert_slots("WHERE item = -1", false, false, -1, -1);
    assert_answer("SELECT count(*) FROM label WHERE edges = 'train+valid'", "0;");
    /* a rank that is pushed down and one that is not */
    assert_answer("SELECT (SELECT group_concat(rowid) FROM recommendation WHERE rank = 3) ="
                  " (SELECT group_concat(rowid) FROM recommendation WHERE +rank = 3)",
                  "1;");
    assert_answer("SELECT count(*) FROM label WHERE rank IN (0, -1, 2.5, 6, NULL)", "0;");
    assert_answer("SELECT count(*) FROM label WHERE item = 7 AND rank = 2 AND +rank != 2", "0;");
    /* a join by the whole key finds each row once */
    assert_answer("SELECT (SELECT count(*) FROM label JOIN recommendation"
                  " USING (run, part, user, position, rank)) = (SELECT count(*) FROM label)",
                  "1;");
    assert_answer("SELECT count(*) FROM label l JOIN recommendation r"
                  " USING (run, part, user, position, rank) WHERE l.title IS NOT r.title"
                  " OR l.item_id IS NOT r.item_id OR l.hit IS NOT r.hit",
                  "0;");
    assert_answer("SELECT (SELECT sum(hit) FROM label) = (SELECT sum(hit) FROM recommendation)",
                  "1;");
    /* rowids are unique, and lead back to their row */
    assert_answer("SELECT count(*) - count(DISTINCT rowid) FROM recommendation", "0;");
    assert_answer("SELECT count(*) FROM recommendation a JOIN recommendation b"
                  " ON a.rowid = b.rowid WHERE a.user = 11 AND"
                  " (a.run, a.part, a.user, a.rank) IS NOT (b.run, b.part, b.user, b.rank)",
                  "0;");
}

static void rows_that_import_skipped_are_listed(void **state)
{
    (void)state;
    assert_answer("SELECT file, line, text FROM bad_row ORDER BY line",
                  "made.csv|3|bad,0;made.csv|4|bad,1;");
}

static void runs_added_later_are_seen(void **state)
{
    (void)state;
    char *before = ask("SELECT count(DISTINCT run) FROM recommendation");
    assert_string_equal(before, "2;");
    struct run_info wanted = {.model = (char *)"late"};
    int64_t id;
    assert_ok(run_create(ws, &wanted, &id, &err));
    char *run_dir = workspace_run_dir(ws, id);
    assert_ok(run_recs_write(run_dir, "test", data.fingerprint, &recs[0], &err) &&
              run_recs_register(ws, id, "test", &err));
    assert_answer("SELECT count(DISTINCT run) FROM recommendation", "3;");
    assert_ok(run_delete(ws, id, &err));
    assert_answer("SELECT count(DISTINCT run) FROM recommendation", "2;");
    free(run_dir);
    free(before);
}

/* ---- refusals ---- */

static void assert_refused(const char *sql, const char *word)
{
    struct error why = {0};
    struct buf out;
    buf_init(&out);
    if (query_run(query, sql, NULL, add_row, &out, NULL, &why))
        fail_msg("was allowed: %s", sql);
    if (!strstr(why.text, word))
        fail_msg("%s: \"%s\" does not say \"%s\"", sql, why.text, word);
    buf_release(&out);
}

static void what_would_write_is_refused(void **state)
{
    (void)state;
    char *before = ask("SELECT count(*), (SELECT count(*) FROM run) FROM user");
    assert_refused("DELETE FROM run", "DELETE is not allowed");
    assert_refused("INSERT INTO meta VALUES ('a', 'b')", "INSERT is not allowed");
    assert_refused("UPDATE user SET length = 0", "UPDATE is not allowed");
    assert_refused("REPLACE INTO meta VALUES ('a', 'b')", "not allowed");
    assert_refused("DROP TABLE user", "DROP is not allowed");
    assert_refused("CREATE TABLE t (x)", "CREATE is not allowed");
    assert_refused("CREATE TEMP TABLE t (x)", "CREATE is not allowed");
    assert_refused("CREATE TEMP VIEW v AS SELECT 1", "CREATE is not allowed");
    assert_refused("CREATE VIRTUAL TABLE v USING fts5(x)", "CREATE is not allowed");
    assert_refused("ALTER TABLE user RENAME TO u", "ALTER is not allowed");
    assert_refused("ATTACH '/tmp/other.db' AS other", "ATTACH is not allowed");
    assert_refused("DETACH main", "DETACH is not allowed");
    assert_refused("VACUUM", "not allowed");
    assert_refused("VACUUM INTO '/tmp/other.db'", "not allowed");
    assert_refused("REINDEX", "REINDEX is not allowed");
    assert_refused("ANALYZE", "not allowed");
    assert_refused("BEGIN", "transaction is not allowed");
    assert_refused("SAVEPOINT s", "SAVEPOINT is not allowed");
    assert_refused("PRAGMA query_only = 0", "PRAGMA query_only is not allowed");
    assert_refused("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode is not allowed");
    assert_refused("PRAGMA writable_schema = 1", "not allowed");
    assert_refused("SELECT load_extension('/tmp/x.so')", "load_extension is not allowed");
    assert_refused("SELECT fts3_tokenizer('simple')", "not allowed");
    assert_refused("SELECT writefile('/tmp/x', 'y')", "writefile");
    assert_refused("SELECT readfile('/etc/passwd')", "readfile");
    assert_refused("SELECT edit('x')", "edit");
    assert_refused("EXPLAIN DELETE FROM run", "DELETE is not allowed");
    assert_refused("DELETE FROM interaction", "modified");
    assert_refused("UPDATE sqlite_master SET sql = ''", "modified");
    assert_refused("WITH x AS (SELECT 1) DELETE FROM run", "DELETE is not allowed");
    assert_refused("SELECT 1; DROP TABLE user", "one statement");
    assert_refused("SELECT 1; SELECT 2", "one statement");
    char *after = ask("SELECT count(*), (SELECT count(*) FROM run) FROM user");
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void mistakes_are_explained_in_place(void **state)
{
    (void)state;
    assert_refused("", "no statement");
    assert_refused(" -- nothing", "no statement");
    assert_refused("SELEC 1", "syntax error (line 1, column 1: \"SELEC 1\")");
    assert_refused("SELECT 'é',\n  absent FROM user", "absent (line 2, column 3: \"absent FROM");
    assert_refused("SELECT zeroblob(1000000000)", "too big");
    assert_refused("SELECT * FROM nowhere", "nowhere");
    assert_answer("SELECT 1 -- a comment behind", "1;");
    assert_answer("SELECT 1;", "1;");
    assert_answer("SELECT 1; -- a comment behind\n ;", "1;");
}

struct stopping {
    struct progress progress;
    int rows;
};

static bool cancel_at_10(void *context, const struct query_value *v, int n)
{
    (void)v, (void)n;
    struct stopping *s = context;
    if (++s->rows == 10)
        atomic_store(&s->progress.cancel, true);
    return true;
}

static bool stop_at_10(void *context, const struct query_value *v, int n)
{
    (void)v, (void)n;
    struct stopping *s = context;
    return ++s->rows < 10;
}

static void queries_stop_when_asked(void **state)
{
    (void)state;
    const char *endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
                          " SELECT x FROM c";
    struct stopping s = {0};
    struct error why = {0};
    assert_false(query_run(query, endless, NULL, cancel_at_10, &s, &s.progress, &why));
    assert_int_equal(why.code, ERROR_CANCELLED);
    s = (struct stopping){0};
    assert_ok(query_run(query, endless, NULL, stop_at_10, &s, &s.progress, &err));
    assert_int_equal(s.rows, 10);
    /* one that never gives a row, stopped before it begins */
    s = (struct stopping){0};
    atomic_store(&s.progress.cancel, true);
    char *counting = mem_printf("SELECT count(*) FROM (%s)", endless);
    assert_false(query_run(query, counting, NULL, stop_at_10, &s, &s.progress, &why));
    assert_int_equal(why.code, ERROR_CANCELLED);
    free(counting);
    /* rows that are passed over, out of SQLite's sight */
    assert_false(query_run(query, "SELECT count(*) FROM interaction WHERE item = 39", NULL,
                           stop_at_10, &s, &s.progress, &why));
    assert_int_equal(why.code, ERROR_CANCELLED);
    assert_int_equal(s.rows, 0);
    assert_answer("SELECT 1", "1;"); /* the connection is fine afterwards */
}

static int offset_of(const char *sql)
{
    struct error why = {0};
    struct buf out;
    buf_init(&out);
    bool ok = query_run(query, sql, NULL, add_row, &out, NULL, &why);
    buf_release(&out);
    return ok ? -2 : query_error_offset(query);
}

static void the_place_of_a_mistake_is_known(void **state)
{
    (void)state;
    assert_int_equal(offset_of("SELEC 1"), 0);
    assert_int_equal(offset_of("SELECT user,\n absent FROM user"), 14);
    assert_int_equal(offset_of("SELECT user FROM user WHERE"), -1); /* its end */
    assert_int_equal(offset_of("DELETE FROM run"), -1);             /* refused as a whole */
    assert_int_equal(offset_of("SELECT abs(-9223372036854775807 - 1)"), -1);
}

static bool check_columns(void *context, const char *const *name, int n)
{
    *(bool *)context = n == 2 && strcmp(name[0], "a") == 0 && strcmp(name[1], "user_id") == 0;
    return true;
}

static bool ignore_row(void *context, const struct query_value *v, int n)
{
    (void)context, (void)v, (void)n;
    return true;
}

static void columns_are_named_even_without_rows(void **state)
{
    (void)state;
    bool named = false;
    assert_ok(query_run(query, "SELECT user AS a, user_id FROM user WHERE 0", check_columns,
                        ignore_row, &named, NULL, &err));
    assert_true(named);
}

/* ---- the documented schema is the schema ---- */

static void the_documented_schema_is_complete(void **state)
{
    (void)state;
    struct buf documented;
    buf_init(&documented);
    const char *table = "";
    for (const struct query_schema *s = query_schema; s->table; s++) {
        if (!*s->column) {
            table = s->table;
            continue;
        }
        assert_string_equal(s->table, table); /* columns follow their table */
        char *there = ask("SELECT count(*) FROM pragma_table_xinfo('%s')"
                          " WHERE name = '%s' AND type = '%s'",
                          s->table, s->column, s->type);
        if (strcmp(there, "1;") != 0)
            fail_msg("%s.%s %s is documented but not there", s->table, s->column, s->type);
        free(there);
        buf_addf(&documented, "%s.%s;", s->table, s->column);
    }
    char *all = ask("SELECT t.name || '.' || c.name FROM pragma_table_list t,"
                    " pragma_table_xinfo(t.name) c WHERE t.schema = 'main'"
                    " AND t.name NOT LIKE 'sqlite_%%' AND t.type = 'table'");
    for (char *name = strtok(all, ";"); name; name = strtok(NULL, ";")) {
        char *entry = mem_printf("%s;", name);
        if (!strstr(documented.data, entry))
            fail_msg("%s is not documented", name);
        free(entry);
    }
    free(all);
    buf_release(&documented);
}

static void the_page_about_sql_is_current(void **state)
{
    (void)state;
    struct buf page, text;
    buf_init(&page);
    buf_init(&text);
    query_document(&page);
    const char *bless = getenv("ROTE_BLESS");
    if (bless && strcmp(bless, "1") == 0)
        assert_ok(file_write(DOCS "/sql.md", page.data, page.len, &err));
    assert_ok(file_read(DOCS "/sql.md", 1 << 20, &text, &err));
    assert_string_equal(text.data, page.data); /* ROTE_BLESS=1 writes it */
    buf_release(&page);
    buf_release(&text);
}

static void everything_is_described(void **state)
{
    (void)state;
    for (const struct query_schema *s = query_schema; s->table; s++)
        if (!*s->meaning)
            fail_msg("%s.%s is not described", s->table, s->column);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interactions_equal_the_arrays),
        cmocka_unit_test(descending_orders_are_sorted),
        cmocka_unit_test(recommendations_and_labels_equal_the_arrays),
        cmocka_unit_test(rows_that_import_skipped_are_listed),
        cmocka_unit_test(runs_added_later_are_seen),
        cmocka_unit_test(what_would_write_is_refused),
        cmocka_unit_test(mistakes_are_explained_in_place),
        cmocka_unit_test(queries_stop_when_asked),
        cmocka_unit_test(the_place_of_a_mistake_is_known),
        cmocka_unit_test(columns_are_named_even_without_rows),
        cmocka_unit_test(the_documented_schema_is_complete),
        cmocka_unit_test(the_page_about_sql_is_current),
        cmocka_unit_test(everything_is_described),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
