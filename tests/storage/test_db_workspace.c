/* Workspaces: making, opening, replacing, crashing, refusing. The data set read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_store.h"
#include "storage/db/schema.h"
#include "storage/db/sequence.h"
#include "storage/db/workspace.h"
#include "storage/db/workspace_files.h"
#include "tests/storage/made_import.h"

static char top[] = "/tmp/rote-db-XXXXXX";
static char *dir; /* a fresh workspace folder for every test */

static const struct made usual = {.users = 300,
                                  .items = 90,
                                  .max_length = 12,
                                  .times = true,
                                  .ratings = true,
                                  .semid_levels = 3,
                                  .embedding_width = 5,
                                  .seed = 1};

static int begin_group(void **state)
{
    (void)state;
    return mkdtemp(top) && chmod(top, 0755) == 0 ? 0 : -1;
}

static int end_group(void **state)
{
    (void)state;
    return dir_remove(top, NULL) ? 0 : -1;
}

static int begin(void **state)
{
    (void)state;
    dir = path_join(top, "ws");
    return 0;
}

static int end(void **state)
{
    (void)state;
    bool ok = dir_remove(dir, NULL);
    free(dir);
    return ok ? 0 : -1;
}

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static void create(struct made what, bool replace)
{
    struct error err = {0};
    struct import_result data = made_import(what);
    bool ok = workspace_create(dir, &data, replace, NULL, &err);
    made_import_release(&data);
    assert_ok(ok, &err);
}

static struct workspace *open_ws(void)
{
    struct error err = {0};
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    assert_ok(ws != NULL, &err);
    return ws;
}

static void assert_names_equal(const struct strtab *a, const struct strtab *b)
{
    assert_int_equal(a->n, b->n);
    for (int64_t i = 0; i < a->n; i++) {
        assert_int_equal(strtab_len(a, i), strtab_len(b, i));
        assert_memory_equal(strtab_get(a, i), strtab_get(b, i), strtab_len(a, i) + 1);
    }
}

static void assert_same_data(struct made what, const struct dataset *d)
{
    struct import_result r = made_import(what);
    size_t n = (size_t)r.n_interactions;
    assert_int_equal(d->n_users, r.n_users);
    assert_int_equal(d->n_items, r.n_items);
    assert_int_equal(d->n_interactions, r.n_interactions);
    assert_memory_equal(d->offset, r.offset, ((size_t)r.n_users + 1) * sizeof *r.offset);
    assert_memory_equal(d->item, r.item, n * sizeof *r.item);
    assert_int_equal(d->time != NULL, r.time != NULL);
    assert_int_equal(d->rating != NULL, r.rating != NULL);
    if (r.time)
        assert_memory_equal(d->time, r.time, n * sizeof *r.time);
    if (r.rating)
        assert_memory_equal(d->rating, r.rating, n * sizeof *r.rating);
    assert_int_equal(d->semid_levels, r.semid_levels);
    if (r.semid)
        assert_memory_equal(d->semid, r.semid,
                            (size_t)(r.n_items * r.semid_levels) * sizeof *r.semid);
    assert_int_equal(d->embedding_width, r.embedding_width);
    assert_int_equal(d->embedding != NULL, r.embedding != NULL);
    if (r.embedding)
        assert_memory_equal(d->embedding, r.embedding,
                            (size_t)(r.n_items * r.embedding_width) * sizeof *r.embedding);
    assert_int_equal(d->description.n, r.n_items); /* item i has value i, of field i % 2 */
    for (int32_t i = 0; i < r.n_items; i++)
        assert_string_equal(strtab_get(&d->description, i), i % 2 ? strtab_get(&r.value, i) : "");
    assert_names_equal(&d->user_id, &r.user_id);
    assert_names_equal(&d->item_id, &r.item_id);
    assert_names_equal(&d->title, &r.title);
    assert_names_equal(&d->category, &r.category);
    assert_true(d->fingerprint == r.fingerprint);
    assert_true(d->structure_fingerprint == r.structure_fingerprint);
    assert_string_equal(d->split, r.split);
    assert_int_equal(d->given_train_end != NULL, r.train_end != NULL);
    size_t users = (size_t)r.n_users * sizeof *r.train_end;
    if (r.train_end && users > 0) {
        assert_memory_equal(d->given_train_end, r.train_end, users);
        assert_memory_equal(d->given_valid_end, r.valid_end, users);
    }
    made_import_release(&r);
}

static void assert_workspace_holds(struct made what)
{
    struct error err = {0};
    struct workspace *ws = open_ws();
    struct dataset d;
    assert_ok(dataset_open(ws, &d, &err), &err);
    assert_same_data(what, &d);
    assert_ok(dataset_verify(&d, NULL, &err), &err);
    dataset_close(&d);
    workspace_close(ws);
}

/* ---- what comes in comes out ---- */

static void sequences_round_trip(void **state)
{
    (void)state;
    const int64_t time[] = {0, -1, INT64_MAX, INT64_MIN, 5, 5, 1400000000};
    const float rating[] = {-0.0f, 0.5f, 63.5f, -64, 3.1f, 1e30f, 4};
    const int32_t item[] = {0, 127, 128, INT32_MAX - 1, 16384, 3, 0};
    enum { N = 7 };
    uint8_t out[SEQUENCE_TIMES_MAX(N)];
    int64_t t[N];
    float r[N];
    int32_t v[N];
    for (int n = 0; n <= N; n++) {
        size_t size = sequence_put_times(time, n, out);
        assert_true(sequence_get_times(out, size, n, t));
        assert_memory_equal(t, time, (size_t)n * sizeof *t);
        size = sequence_put_ratings(rating, n, out);
        assert_true(sequence_get_ratings(out, size, n, r));
        assert_memory_equal(r, rating, (size_t)n * sizeof *r);
        size = sequence_put_items(item, n, out);
        assert_true(sequence_get_items(out, size, INT32_MAX, n, v));
        assert_memory_equal(v, item, (size_t)n * sizeof *v);
        assert_false(sequence_get_items(out, size, INT32_MAX, n + 1, v));
        assert_false(size > 0 && sequence_get_items(out, size - 1, INT32_MAX, n, v));
        assert_false(size > 0 && sequence_get_items(out, size, INT32_MAX, n - 1, v));
    }
    assert_false(sequence_get_items(out, sequence_put_items(item, N, out), 16384, N, v));
    size_t small = sequence_put_ratings(rating + 1, 3, out);
    assert_int_equal(small, 4); /* half steps take a byte each */
    memset(out, 0xff, sizeof out);
    assert_false(sequence_get_times(out, sizeof out, 1, t));
    assert_false(sequence_get_ratings(out, 5, 1, r));
}

static void data_sets_come_back(void **state)
{
    (void)state;
    struct made what = usual;
    const struct made shapes[] = {
        usual,
        {.users = 1, .items = 1, .max_length = 1, .seed = 2},
        {.users = 50, .items = 300, .max_length = 40, .times = true, .seed = 3},
        {.users = 2000, .items = 20000, .max_length = 300, .ratings = true, .seed = 4},
        {.users = 70, .items = 30, .max_length = 9, .given_split = true, .seed = 5},
    };
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        what = shapes[i];
        create(what, i > 0);
        assert_workspace_holds(what);
        char *cache = path_join(dir, "cache/dataset.safetensors");
        assert_int_equal(unlink(cache), 0); /* and from rote.db alone */
        assert_workspace_holds(what);
        assert_true(file_exists(cache));
        free(cache);
    }
}

static void facts_and_the_report_are_kept(void **state)
{
    (void)state;
    create(usual, false);
    struct error err = {0};
    struct workspace *ws = open_ws();
    struct workspace_facts facts;
    assert_ok(workspace_facts(ws, &facts, &err), &err);
    assert_int_equal(facts.users, 300);
    assert_int_equal(facts.items, 90);
    assert_string_equal(facts.split, "leave-one-out");
    char *report = workspace_get(ws, "import.report");
    assert_non_null(strstr(report, "made.csv"));
    free(report);
    assert_null(workspace_get(ws, "nothing"));
    assert_ok(workspace_put(ws, "screen", "here", &err), &err);
    assert_ok(workspace_put(ws, "screen", "there", &err), &err);
    char *value = workspace_get(ws, "screen");
    assert_string_equal(value, "there");
    free(value);
    workspace_close(ws);
}

/* ---- the cache ---- */

static void damage(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
    int c = fgetc(f);
    fseek(f, -1, SEEK_CUR);
    fputc(c ^ 1, f);
    fclose(f);
}

static void damaged_caches_are_made_again(void **state)
{
    (void)state;
    struct error err = {0};
    create(usual, false);
    char *cache = path_join(dir, "cache/dataset.safetensors");
    damage(cache, 300); /* the header */
    assert_workspace_holds(usual);
    assert_int_equal(truncate(cache, 1000), 0);
    assert_workspace_holds(usual);
    assert_true(file_write(cache, "", 0, NULL));
    assert_workspace_holds(usual);
    damage(cache, -5); /* the data: noticed by verification, which drops the file */
    struct workspace *ws = open_ws();
    struct dataset d;
    assert_ok(dataset_open(ws, &d, &err), &err);
    assert_false(dataset_verify(&d, NULL, &err));
    dataset_close(&d);
    workspace_close(ws);
    assert_workspace_holds(usual);
    free(cache);
}

static void a_cache_of_another_import_is_not_used(void **state)
{
    (void)state;
    create(usual, false);
    char *cache = path_join(dir, "cache/dataset.safetensors"), *kept = path_join(top, "kept");
    assert_int_equal(rename(cache, kept), 0);
    struct made other = usual;
    other.seed = 77;
    create(other, true);
    assert_int_equal(rename(kept, cache), 0);
    assert_workspace_holds(other);
    free(cache);
    free(kept);
}

/* ---- refusals ---- */

static void assert_refused(enum workspace_mode mode, const char *word)
{
    struct error err = {0};
    struct workspace *ws = workspace_open(dir, mode, &err);
    assert_null(ws);
    if (!strstr(err.text, word))
        fail_msg("\"%s\" does not say \"%s\"", err.text, word);
}

static void exec_in(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void what_is_no_workspace_is_refused(void **state)
{
    (void)state;
    assert_refused(WORKSPACE_READ_WRITE, "import");
    assert_false(file_exists(dir)); /* asking leaves no trace */
    assert_true(dir_make(dir, NULL));
    assert_refused(WORKSPACE_READ_WRITE, "import");
    char *lock = path_join(dir, "lock"), *db = path_join(dir, "rote.db");
    assert_false(file_exists(lock));
    assert_true(file_write(db,
                           "this is no database, but long enough to be taken for one: "
                           "0123456789012345678901234567890123456789012345678901234567",
                           110, NULL));
    assert_refused(WORKSPACE_READ_WRITE, "not a database");
    unlink(db);
    exec_in(db, "CREATE TABLE t (x); PRAGMA user_version = 1");
    assert_refused(WORKSPACE_READ_WRITE, "another program");
    free(lock);
    free(db);
}

static void newer_workspaces_are_refused(void **state)
{
    (void)state;
    create(usual, false);
    char *db = path_join(dir, "rote.db");
    exec_in(db, "PRAGMA user_version = 9999");
    assert_refused(WORKSPACE_READ_WRITE, "newer rote");
    assert_refused(WORKSPACE_READ_ONLY, "newer rote");
    char version[32];
    snprintf(version, sizeof version, "PRAGMA user_version = %d", schema_version());
    exec_in(db, version);
    assert_workspace_holds(usual);
    free(db);
}

/* A file of version 1 as it was released, filled by its own SQL. */
static void old_workspaces_are_migrated(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf sql;
    buf_init(&sql);
    assert_true(dir_make(dir, NULL));
    assert_ok(file_read(TEST_DATA "/workspace-v1.sql", 1 << 20, &sql, &err), &err);
    char *db = path_join(dir, "rote.db");
    exec_in(db, sql.data);
    assert_refused(WORKSPACE_READ_ONLY, "older rote");
    struct workspace *ws = open_ws();
    struct workspace_facts facts;
    assert_ok(workspace_facts(ws, &facts, &err), &err);
    assert_int_equal(facts.interactions, 5);
    struct dataset d;
    assert_ok(dataset_open(ws, &d, &err), &err);
    assert_int_equal(d.n_users, 2);
    assert_memory_equal(d.item, ((int32_t[]){0, 1, 2, 1, 0}), 20);
    assert_memory_equal(d.time, ((int64_t[]){100, 101, 99, 7, 300}), 40);
    assert_string_equal(strtab_get(&d.item_id, 2), "B0C");
    dataset_close(&d);
    struct run_info run;
    assert_ok(run_find(ws, "markov", &run, &err), &err);
    assert_string_equal(run.state, "done");
    run_info_release(&run);
    workspace_close(ws);
    exec_in(db, "SELECT pin, study FROM case_item; SELECT title FROM case_study"); /* since 2 */
    exec_in(db, "SELECT item, vector FROM item_embedding");                        /* since 3 */
    exec_in(db, "SELECT summary, link FROM case_item; SELECT step, undone, what FROM case_undo;"
                "SELECT rowid FROM case_search WHERE case_search MATCH 'a'"); /* since 4 */
    exec_in(db, "SELECT user, train_end, valid_end FROM given_split");        /* since 5 */
    exec_in(db, "SELECT runs FROM case_item");                                /* since 6 */
    buf_release(&sql);
    free(db);
}

static void a_second_import_is_refused(void **state)
{
    (void)state;
    create(usual, false);
    struct made other = usual;
    other.seed = 5;
    struct import_result data = made_import(other);
    struct error err = {0};
    assert_false(workspace_create(dir, &data, false, NULL, &err));
    assert_non_null(strstr(err.text, "--replace"));
    assert_int_equal(err.code, ERROR_STATE);
    struct workspace *ws = open_ws(); /* nor while somebody has it open */
    assert_false(workspace_create(dir, &data, true, NULL, &err));
    assert_non_null(strstr(err.text, "open in another rote"));
    workspace_close(ws);
    made_import_release(&data);
    assert_workspace_holds(usual);
}

static void replacing_drops_runs_and_never_reuses_their_numbers(void **state)
{
    (void)state;
    struct error err = {0};
    create(usual, false);
    int64_t first, second, third;
    struct workspace *ws = open_ws();
    assert_ok(run_create(ws, &(struct run_info){.model = (char *)"markov"}, &first, &err), &err);
    assert_ok(run_create(ws, &(struct run_info){.model = (char *)"markov"}, &second, &err), &err);
    char *old = workspace_run_dir(ws, second);
    workspace_close(ws);
    struct made other = usual;
    other.seed = 6;
    create(other, true);
    assert_false(file_exists(old));
    free(old);
    ws = open_ws();
    struct run_list list;
    assert_ok(run_list_read(ws, &list, &err), &err);
    assert_int_equal(list.n, 0);
    assert_ok(run_create(ws, &(struct run_info){.model = (char *)"markov"}, &third, &err), &err);
    assert_true(third > second);
    run_list_release(&list);
    workspace_close(ws);
    assert_workspace_holds(other);
}

/* ---- crashes ---- */

static int step_to_die_at, steps;

static void die_at_step(const char *step)
{
    (void)step;
    if (++steps == step_to_die_at)
        raise(SIGKILL);
}

/* An import in a child that is killed at step `at`; false when it got through. */
static bool import_killed_at(int at, struct made what, bool replace)
{
    pid_t child = fork();
    if (child == 0) {
        step_to_die_at = at;
        workspace_create_step = die_at_step;
        struct import_result data = made_import(what);
        _exit(workspace_create(dir, &data, replace, NULL, NULL) ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        return true;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

static int entries(const char *path)
{
    int n = 0;
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (d)
        closedir(d);
    return n;
}

static uint64_t fingerprint_there(void)
{
    struct workspace_facts facts;
    struct error err = {0};
    struct workspace *ws = open_ws();
    assert_ok(workspace_facts(ws, &facts, &err), &err);
    workspace_close(ws);
    return facts.fingerprint;
}

static void a_killed_import_leaves_the_old_workspace_or_the_new_one(void **state)
{
    (void)state;
    struct error err = {0};
    struct made other = usual;
    other.seed = 9;
    struct import_result data = made_import(usual);
    bool seen[2] = {false, false};
    for (int at = 1, killed = 1; killed; at++) {
        assert_true(dir_remove(dir, NULL));
        create(usual, false);
        int64_t id;
        struct workspace *ws = open_ws();
        assert_ok(run_create(ws, &(struct run_info){.model = (char *)"gr"}, &id, &err), &err);
        workspace_put(ws, "note", "kept in the -wal", NULL);
        char *run_dir = workspace_run_dir(ws, id);
        workspace_close(ws);
        killed = import_killed_at(at, other, true);
        bool is_old = fingerprint_there() == data.fingerprint;
        seen[is_old] = true;
        assert_workspace_holds(is_old ? usual : other);
        ws = open_ws();
        char *note = workspace_get(ws, "note");
        assert_int_equal(note != NULL, is_old);
        free(note);
        assert_int_equal(file_exists(run_dir), is_old); /* runs go with their data set */
        free(run_dir);
        workspace_close(ws);
        create(usual, true); /* the next import takes over what is left */
        assert_workspace_holds(usual);
        assert_int_equal(entries(dir), 4); /* rote.db, cache, runs, lock; and no import.tmp */
    }
    assert_true(seen[0] && seen[1]);
    made_import_release(&data);
}

static void a_killed_first_import_is_no_workspace(void **state)
{
    (void)state;
    for (int at = 1; import_killed_at(at, usual, false); at++) {
        char *db = path_join(dir, "rote.db");
        if (file_exists(db))
            assert_workspace_holds(usual);
        else
            assert_refused(WORKSPACE_READ_WRITE, "import");
        free(db);
        create(usual, true);
        assert_workspace_holds(usual);
        assert_true(dir_remove(dir, NULL));
    }
    assert_workspace_holds(usual);
}

static void a_full_disk_leaves_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    struct made large = {.users = 3000, .items = 500, .max_length = 100, .times = true, .seed = 8};
    struct import_result data = made_import(large);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, limit;
    getrlimit(RLIMIT_FSIZE, &old);
    for (rlim_t size = 1000; size < 500000; size *= 3) {
        limit = old;
        limit.rlim_cur = size;
        setrlimit(RLIMIT_FSIZE, &limit);
        bool ok = workspace_create(dir, &data, false, NULL, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_false(ok);
        assert_int_equal(err.code, ERROR_IO);
        assert_false(file_exists(dir)); /* not even the folder */
    }
    create(usual, false);
    limit.rlim_cur = 200000;
    setrlimit(RLIMIT_FSIZE, &limit);
    bool ok = workspace_create(dir, &data, true, NULL, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(ok);
    assert_workspace_holds(usual);
    assert_int_equal(entries(dir), 3);
    made_import_release(&data);
}

static void a_cancelled_import_leaves_nothing(void **state)
{
    (void)state;
    struct error err = {0};
    struct import_result data = made_import(usual);
    struct progress progress = {0};
    atomic_store(&progress.cancel, true);
    assert_false(workspace_create(dir, &data, false, &progress, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_false(file_exists(dir));
    made_import_release(&data);
}

/* ---- several processes, and folders that cannot be written ---- */

static void readers_and_a_writer_share_it(void **state)
{
    (void)state;
    create(usual, false);
    enum { WRITERS = 2, READERS = 2, ROUNDS = 40 };
    pid_t child[WRITERS + READERS];
    for (int c = 0; c < WRITERS + READERS; c++) {
        child[c] = fork();
        if (child[c] != 0)
            continue;
        struct error err = {0};
        bool ok = true;
        for (int i = 0; ok && i < ROUNDS; i++) {
            struct workspace *ws =
                workspace_open(dir, c < WRITERS ? WORKSPACE_READ_WRITE : WORKSPACE_READ_ONLY, &err);
            struct run_list list = {0};
            int64_t id;
            ok = ws && (c >= WRITERS ||
                        run_create(ws, &(struct run_info){.model = (char *)"m"}, &id, &err));
            ok = ok && run_list_read(ws, &list, &err);
            for (size_t r = 1; ok && r < list.n; r++)
                ok = list.run[r].id > list.run[r - 1].id;
            run_list_release(&list);
            workspace_close(ws);
        }
        if (!ok)
            fprintf(stderr, "%s\n", err.text);
        _exit(ok ? 0 : 1);
    }
    for (int c = 0; c < WRITERS + READERS; c++) {
        int status;
        waitpid(child[c], &status, 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    struct workspace *ws = open_ws();
    struct run_list list;
    assert_true(run_list_read(ws, &list, NULL));
    assert_int_equal(list.n, WRITERS * ROUNDS);
    run_list_release(&list);
    workspace_close(ws);
}

/* Runs `check` as a user who may only read the folder. */
static void as_somebody_else(bool (*check)(struct error *err))
{
    pid_t child = fork();
    if (child == 0) {
        struct error err = {0};
        bool able = geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
        bool ok = able && check(&err);
        if (!ok)
            fprintf(stderr, "%s\n", err.text);
        _exit(ok ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool opens_read_only(struct error *err)
{
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, err);
    struct dataset d = {0};
    int64_t id;
    struct error refused = {0};
    bool ok = ws && workspace_is_read_only(ws) && dataset_open(ws, &d, err) && d.n_users == 300 &&
              !run_create(ws, &(struct run_info){.model = (char *)"m"}, &id, &refused) &&
              !workspace_put(ws, "a", "b", &refused) && strstr(refused.text, "read-only");
    dataset_close(&d);
    workspace_close(ws);
    return ok;
}

static bool says_why_not(struct error *err)
{
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, err);
    bool ok = !ws && err->code == ERROR_STATE && strstr(err->text, "cannot be written");
    workspace_close(ws);
    return ok;
}

static void folders_that_cannot_be_written_open_read_only(void **state)
{
    (void)state;
    create(usual, false);
    char *cache = path_join(dir, "cache"), *wal = path_join(dir, "rote.db-wal");
    char *dataset = path_join(dir, "cache/dataset.safetensors");
    assert_int_equal(chmod(cache, 0555) | chmod(dir, 0555), 0);
    as_somebody_else(opens_read_only);
    assert_int_equal(chmod(cache, 0755) | chmod(dir, 0755), 0);
    assert_int_equal(unlink(dataset), 0);
    assert_int_equal(chmod(cache, 0555) | chmod(dir, 0555), 0);
    as_somebody_else(opens_read_only); /* the cache is made in a temporary folder */
    assert_int_equal(chmod(cache, 0755) | chmod(dir, 0755), 0);
    assert_true(file_write(wal, "x", 1, NULL)); /* a writer died, or is at work */
    assert_int_equal(chmod(dir, 0555), 0);
    as_somebody_else(says_why_not);
    assert_int_equal(chmod(dir, 0755), 0);
    free(cache);
    free(wal);
    free(dataset);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sequences_round_trip),
        TEST(data_sets_come_back),
        TEST(facts_and_the_report_are_kept),
        TEST(damaged_caches_are_made_again),
        TEST(a_cache_of_another_import_is_not_used),
        TEST(what_is_no_workspace_is_refused),
        TEST(newer_workspaces_are_refused),
        TEST(old_workspaces_are_migrated),
        TEST(a_second_import_is_refused),
        TEST(replacing_drops_runs_and_never_reuses_their_numbers),
        TEST(a_killed_import_leaves_the_old_workspace_or_the_new_one),
        TEST(a_killed_first_import_is_no_workspace),
        TEST(a_full_disk_leaves_nothing),
        TEST(a_cancelled_import_leaves_nothing),
        TEST(readers_and_a_writer_share_it),
        TEST(folders_that_cannot_be_written_open_read_only),
    };
    return cmocka_run_group_tests(tests, begin_group, end_group);
}
