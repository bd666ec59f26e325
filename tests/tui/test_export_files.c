/* rote export for other programs: what comes back is what went out, twice the same bytes, and ids
 * that a format cannot hold are refused. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "analysis/report/study.h"
#include "storage/db/dataset.h"
#include "storage/db/query.h"
#include "storage/db/workspace.h"
#include "storage/export/folder.h"
#include "storage/files/tensors.h"
#include "storage/import/import.h"
#include "tests/tui/cli_fixture.h"
#include "tests/tui/sample_workspace.h"

#define RTL "\xe2\x80\xae"

/* Ids without blanks, which every format holds; then some with blanks inside; then with what only
 * JSON holds. */
static const char *const words[] = {"=cmd()",       "+1+2",  "-3",     "@here", "\"quoted\"",
                                    RTL "live",     "a,b",   "<b>&",   "'x'",   "\\n",
                                    "\xc3\xa9\xcc", "a:b|c", "(rank)", "%s%n"};
static const char *const phrases[] = {"two words", "\x1b[31mred", "a  b | c", "=1 2"};
static const char *const wild[] = {"a\tb", "a\nb", " a", "a\r", "a\r\nb"};
static const char *const titles[] = {"=HYPERLINK(\"x\")", "tab\there",    "line\r\nend",
                                     RTL "rtl",           "\"",           "",
                                     "  ends  ",          "\x1b]0;x\x07", "plain"};

static char *word_space, *phrase_space, *wild_space; /* folders of workspaces */

/* ---- data ---- */

/* A cell of a CSV, quoted. */
static void add_cell(struct buf *out, const char *text, char end)
{
    buf_addc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
    buf_addc(out, end);
}

static void save(const char *path, struct buf *text)
{
    assert_true(file_write(path, text->data, text->len, NULL));
    buf_release(text);
}

static void import(const char *dir, const struct import_options *options)
{
    struct error err = {0};
    struct import_result result = {0};
    if (!import_run(options, NULL, &result, &err) ||
        !workspace_create(dir, &result, true, NULL, &err))
        fail_msg("%s", err.text);
    import_result_release(&result);
}

/* Twenty users of six items each, named from ids[n]; with times that tie, halves of ratings, item
 * texts, semantic ids, and one field with a name that means something else elsewhere. */
static char *make(const char *name, const char *const *ids, size_t n)
{
    char *dir = sample_path(name), *rows = mem_printf("%s.csv", dir),
         *items = mem_printf("%s-items.csv", dir), *semids = mem_printf("%s.index.json", dir);
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "user,item,rating,timestamp\n");
    for (size_t u = 0; u < 20; u++)
        for (size_t i = 0; i < 6; i++) {
            char *user = mem_printf("%s%zu", ids[u % n], u),
                 *item = mem_strdup(ids[(u + i * (1 + u % 3)) % n]);
            add_cell(&text, user, ',');
            add_cell(&text, item, ',');
            buf_addf(&text, "%.1f,%zu\n", 0.5 * (double)(i + u % 3), 1700000000 + i / 2);
            free(user);
            free(item);
        }
    save(rows, &text);
    buf_init(&text);
    buf_adds(&text, "item,title,genres,timestamp,x:y,description\n");
    for (size_t i = 0; i + 1 < n; i++) {
        add_cell(&text, ids[i], ',');
        add_cell(&text, titles[i % (sizeof titles / sizeof *titles)], ',');
        add_cell(&text, i % 2 ? "Board Games|Tea" : "Tea", ',');
        buf_addf(&text, "%zu,%s,", i, i % 3 ? "" : "=1+2");
        add_cell(&text, titles[(i + 3) % 9], '\n');
    }
    save(items, &text);
    buf_init(&text);
    for (size_t i = 0; i < n; i++) {
        struct jval *id = jval_new_string(ids[i]);
        buf_adds(&text, i ? ",\n" : "{");
        jval_write(id, false, &text);
        buf_addf(&text, ": [\"<a_%zu>\", \"<b_%zu>\"]", i % 3, i);
        jval_free(id);
    }
    buf_adds(&text, "}\n");
    save(semids, &text);
    import(dir, &(struct import_options){.paths = (const char *const[]){rows},
                                         .n_paths = 1,
                                         .items = items,
                                         .semids = semids});
    free(rows);
    free(items);
    free(semids);
    return dir;
}

/* ---- commands ---- */

#define RUN(status, dir, ...) CLI(status, dir, "export", __VA_ARGS__)

static void done(char *text)
{
    free(text);
}

static void expect_error(char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
    for (const char *p = text; *p; p++) /* hostile ids are shown escaped */
        assert_true((unsigned char)*p >= ' ' || *p == '\n');
    free(text);
}

static void assert_same_file(const char *a, const char *b)
{
    struct buf x, y;
    buf_init(&x);
    buf_init(&y);
    assert_true(file_read(a, 1 << 24, &x, NULL) && file_read(b, 1 << 24, &y, NULL));
    assert_true(x.len > 0);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    buf_release(&x);
    buf_release(&y);
}

/* ---- comparing data sets ---- */

static void open_data(const char *dir, struct dataset *out)
{
    struct error err = {0};
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, &err);
    if (!ws || !dataset_open(ws, out, &err))
        fail_msg("%s", err.text);
    workspace_close(ws);
}

static void assert_same_texts(const struct strtab *a, const struct strtab *b)
{
    assert_int_equal(a->n, b->n);
    for (int64_t i = 0; i < a->n; i++) {
        struct buf x; /* an export is without blanks at the ends */
        buf_init(&x);
        buf_add(&x, strtab_get(a, i), strtab_len(a, i));
        while (x.len > 0 && x.data[x.len - 1] == ' ')
            buf_truncate(&x, x.len - 1);
        assert_string_equal(x.data + strspn(x.data, " "), strtab_get(b, i));
        buf_release(&x);
    }
}

static void assert_same_data(const struct dataset *a, const struct dataset *b, bool all)
{
    assert_true(a->fingerprint == b->fingerprint);
    assert_true(a->structure_fingerprint == b->structure_fingerprint);
    if (!all)
        return;
    size_t n = (size_t)a->n_interactions;
    assert_memory_equal(a->time, b->time, n * sizeof *a->time);
    assert_memory_equal(a->rating, b->rating, n * sizeof *a->rating);
    assert_same_texts(&a->title, &b->title);
    assert_same_texts(&a->category, &b->category);
    assert_same_texts(&a->description, &b->description);
}

static bool add_row(void *context, const struct query_value *value, int n)
{
    (void)n;
    buf_addf(context, "%lld=%s;", (long long)value[0].integer, value[1].bytes);
    return true;
}

/* The values of all fields, whatever their names. */
static char *fields_of(const char *dir)
{
    struct buf out;
    struct query *q = query_open(dir, NULL);
    buf_init(&out);
    assert_true(query_run(q, "SELECT item, trim(value) FROM item_field ORDER BY item, 2", NULL,
                          add_row, &out, NULL, NULL));
    query_close(q);
    return buf_detach(&out);
}

/* ---- recbole ---- */

static void round_trip_recbole(const char *dir)
{
    char *out = sample_path("out-recbole"), *again = sample_path("again"),
         *back = sample_path("back");
    char *inter = path_join(out, "out-recbole.inter"), *item = path_join(out, "out-recbole.item");
    char *inter2 = path_join(again, "again.inter"), *item2 = path_join(again, "again.item");
    struct dataset a, b;
    char *said = RUN(CLI_OK, dir, "recbole", "-o", out);
    assert_non_null(strstr(said, inter));
    assert_non_null(strstr(said, item));
    free(said);
    done(RUN(CLI_OK, dir, "recbole", "-o", again));
    assert_same_file(inter, inter2);
    assert_same_file(item, item2);
    import(back,
           &(struct import_options){.paths = (const char *const[]){inter, item}, .n_paths = 2});
    open_data(dir, &a);
    open_data(back, &b);
    assert_same_data(&a, &b, true);
    char *x = fields_of(dir), *y = fields_of(back);
    assert_true(strlen(x) > 20);
    assert_string_equal(x, y);
    free(x);
    free(y);
    dataset_close(&a);
    dataset_close(&b);
    expect_error(RUN(CLI_USAGE, dir, "recbole", "-o", out), "is there already");
    assert_true(dir_remove(out, NULL) && dir_remove(again, NULL) && dir_remove(back, NULL));
    char *const paths[] = {out, again, back, inter, item, inter2, item2};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

static void recbole_comes_back(void **state)
{
    (void)state;
    round_trip_recbole(word_space);
    round_trip_recbole(phrase_space);
}

/* Times that are not those of the order; a temporal split. */
static void recbole_says_how_to_read_it(void **state)
{
    (void)state;
    static const char rows[] = "user,item,timestamp\nu,a,3\nu,b,2\nu,c,1\nv,a,9\nv,b,5\nv,c,7\n";
    char *file = sample_path("late.csv"), *dir = sample_path("late"),
         *out = sample_path("it's out"), *back = sample_path("late-back");
    char *inter = path_join(out, "it's out.inter");
    struct dataset a, b;
    assert_true(file_write(file, rows, sizeof rows - 1, NULL));
    import(dir, &(struct import_options){.paths = (const char *const[]){file},
                                         .n_paths = 1,
                                         .order = IMPORT_ORDER_FILE});
    char *said = RUN(CLI_OK, dir, "recbole", "-o", out);
    assert_non_null(strstr(said, "/it'\\''s out/it'\\''s out.inter' --order file\n"));
    assert_null(strstr(said, ".item"));
    import(back, &(struct import_options){.paths = (const char *const[]){inter},
                                          .n_paths = 1,
                                          .order = IMPORT_ORDER_FILE});
    open_data(dir, &a);
    open_data(back, &b);
    assert_same_data(&a, &b, false);
    dataset_close(&a);
    dataset_close(&b);
    free(said);
    import(dir, &(struct import_options){
                    .paths = (const char *const[]){file}, .n_paths = 1, .split = "temporal"});
    assert_true(dir_remove(out, NULL));
    said = RUN(CLI_OK, dir, "recbole", "--json", "-o", out);
    struct jval *o = jval_parse(said, strlen(said), NULL);
    assert_int_equal(jval_size(jval_get(o, "files")), 1);
    assert_string_equal(jval_string(jval_at(jval_get(o, "files"), 0)), inter);
    assert_non_null(strstr(jval_string(jval_get(o, "import")), " --split temporal:"));
    jval_free(o);
    char *const paths[] = {said, file, dir, out, back, inter};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

/* ---- sequences ---- */

static void sequences_come_back(void **state)
{
    (void)state;
    char *out = sample_path("seq_sequence.txt"), *back = sample_path("back");
    struct dataset a, b;
    char *text = RUN(CLI_OK, word_space, "sequences");
    done(RUN(CLI_OK, word_space, "sequences", "-o", out));
    struct buf file;
    buf_init(&file);
    assert_true(file_read(out, 1 << 20, &file, NULL));
    assert_string_equal(file.data, text);
    import(back, &(struct import_options){
                     .paths = (const char *const[]){out}, .n_paths = 1, .format = "idgenrec"});
    open_data(word_space, &a);
    open_data(back, &b);
    assert_same_data(&a, &b, false);
    dataset_close(&a);
    dataset_close(&b);
    expect_error(RUN(CLI_FAILED, phrase_space, "sequences"), "cannot hold the id of the user");
    expect_error(RUN(CLI_USAGE, word_space, "sequences", "markov"), "no further words");
    buf_release(&file);
    free(text);
    free(out);
    free(back);
}

/* ---- semantic ids and embeddings ---- */

static void round_trip_semids(const char *dir, const char *name)
{
    char *out = sample_path(name), *rows = mem_printf("%s.csv", dir), *back = sample_path("back");
    struct dataset a, b;
    char *text =
        RUN(CLI_OK, dir, "semids", "--format", strstr(name, ".txt") ? "minionerec" : "letter");
    done(RUN(CLI_OK, dir, "semids", "-o", out));
    struct buf file;
    buf_init(&file);
    assert_true(file_read(out, 1 << 20, &file, NULL));
    assert_string_equal(file.data, text);
    import(back, &(struct import_options){
                     .paths = (const char *const[]){rows}, .n_paths = 1, .semids = out});
    open_data(dir, &a);
    open_data(back, &b);
    assert_int_equal(a.semid_levels, 2);
    assert_int_equal(b.semid_levels, 2);
    assert_memory_equal(a.semid, b.semid, (size_t)a.n_items * 2 * sizeof *a.semid);
    dataset_close(&a);
    dataset_close(&b);
    buf_release(&file);
    free(text);
    free(out);
    free(rows);
    free(back);
}

static void semids_come_back(void **state)
{
    (void)state;
    round_trip_semids(phrase_space, "ids.index.json");
    round_trip_semids(phrase_space, "ids.txt");
    round_trip_semids(wild_space, "ids.index.json");
    expect_error(RUN(CLI_FAILED, word_space, "semids"), "LETTER cannot hold the id of the item");
    round_trip_semids(word_space, "ids.txt"); /* which knows no UTF-8 */
    expect_error(RUN(CLI_USAGE, phrase_space, "semids", "--format", "csv"), "letter or minionerec");
}

static void round_trip_embeddings(const char *dir, const char *name)
{
    char *out = sample_path(name), *rows = mem_printf("%s.csv", dir), *back = sample_path("back");
    char *ids = sample_path("x.ids.json"), *spec = mem_printf("%s,%s", out, ids);
    char *copy = mem_printf("%s.first", out);
    struct error err = {0};
    struct study *study;
    struct dataset b;
    done(RUN(CLI_OK, dir, "embeddings", "-o", out));
    assert_int_equal(rename(out, copy), 0);
    done(RUN(CLI_OK, dir, "embeddings", "-o", out));
    assert_same_file(out, copy);
    import(back, &(struct import_options){
                     .paths = (const char *const[]){rows}, .n_paths = 1, .embeddings = spec});
    open_data(back, &b);
    assert_true(study_open(dir, true, NULL, &study, &err));
    const struct dataset *d = study_dataset(study);
    assert_int_equal(b.n_items, d->n_items);
    /* made of the texts: the first export; then what was imported goes out unchanged */
    if (d->embedding_width > 0)
        assert_memory_equal(d->embedding, b.embedding,
                            (size_t)b.n_items * (size_t)b.embedding_width * sizeof *b.embedding);
    else
        assert_true(b.embedding_width > 0);
    study_close(study);
    dataset_close(&b);
    char *const paths[] = {out, rows, back, ids, spec, copy};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

static void embeddings_come_back(void **state)
{
    (void)state;
    char *back = sample_path("back"), *second = sample_path("imported"),
         *rows = mem_printf("%s.csv", wild_space), *csv = mem_printf("%s.csv", second);
    round_trip_embeddings(wild_space, "x.npy");
    assert_int_equal(rename(back, second), 0); /* a workspace with embeddings of its own */
    struct buf text;
    buf_init(&text);
    assert_true(file_read(rows, 1 << 20, &text, NULL));
    save(csv, &text);
    round_trip_embeddings(second, "x.npy");
    round_trip_embeddings(second, "x.safetensors");
    expect_error(RUN(CLI_USAGE, second, "embeddings"), "say where with -o");
    free(back);
    free(second);
    free(rows);
    free(csv);
}

/* Ids that are numbers: S3-Rec's own format, and a matrix that carries its ids. */
static void numbers_come_back(void **state)
{
    (void)state;
    static const char rows[] = "user,item\n7,30\n7,10\n7,20\n2,20\n2,30\n2,10\n";
    static const char texts[] = "item,title\n10,red tea\n20,black tea\n30,red wine\n";
    char *file = sample_path("numbers.csv"), *items = sample_path("numbers-items.csv");
    char *dir = sample_path("numbers"), *back = sample_path("back"), *seq = sample_path("n.txt");
    char *vectors = sample_path("n.safetensors");
    struct dataset a, b;
    assert_true(file_write(file, rows, sizeof rows - 1, NULL));
    assert_true(file_write(items, texts, sizeof texts - 1, NULL));
    import(dir, &(struct import_options){
                    .paths = (const char *const[]){file}, .n_paths = 1, .items = items});
    char *said = RUN(CLI_OK, dir, "sequences", "-o", seq);
    assert_non_null(strstr(said, "n.txt --format s3rec\n"));
    done(RUN(CLI_OK, dir, "embeddings", "-o", vectors));
    import(back, &(struct import_options){
                     .paths = (const char *const[]){seq}, .n_paths = 1, .embeddings = vectors});
    open_data(dir, &a);
    open_data(back, &b);
    assert_same_data(&a, &b, false);
    assert_true(b.embedding_width > 0);
    for (int32_t j = 0; j < b.embedding_width; j++) /* of three items, none is left out */
        assert_true(isfinite(b.embedding[2 * b.embedding_width + j]));
    dataset_close(&a);
    dataset_close(&b);
    char *const paths[] = {file, items, dir, back, seq, vectors, said};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

/* ---- what cannot be held ---- */

static void ids_are_never_changed(void **state)
{
    (void)state;
    char *out = sample_path("refused");
    expect_error(RUN(CLI_FAILED, wild_space, "recbole", "-o", out),
                 "cannot hold the id of the user");
    expect_error(RUN(CLI_FAILED, wild_space, "semids", "--format", "minionerec"), "a\\tb");
    expect_error(RUN(CLI_FAILED, phrase_space, "trec", "-o", out), "TREC");
    assert_false(file_exists(out));
    free(out);
}

static void a_folder_is_whole_or_not_there(void **state)
{
    (void)state;
    char *path = sample_path("new/folder");
    struct new_folder folder;
    assert_true(new_folder_begin(&folder, path, NULL));
    char *file = new_folder_file(&folder, "x"), *temporary = mem_strdup(folder.temporary);
    char *whole = path_join(path, "x");
    assert_true(file_write(file, "x", 1, NULL));
    new_folder_abandon(&folder);
    assert_false(file_exists(path) || file_exists(temporary));
    assert_true(dir_make(path, NULL)); /* an empty folder will do */
    char *slash = mem_printf("%s//", path);
    assert_true(new_folder_begin(&folder, slash, NULL));
    assert_true(file_write(file, "x", 1, NULL));
    assert_true(new_folder_commit(&folder, NULL));
    assert_true(file_exists(whole) && !file_exists(temporary));
    assert_false(new_folder_begin(&folder, path, NULL));  /* not empty */
    assert_false(new_folder_begin(&folder, whole, NULL)); /* a file */
    assert_true(file_exists(whole));
    char *const paths[] = {path, file, temporary, whole, slash};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

/* ---- trec ---- */

/* Every list in its order with falling scores, as trec_eval sorts it, and the targets. */
static void check_run(const char *path, const struct study *study, const struct study_run *run)
{
    const struct dataset *d = study_dataset(study);
    const struct recs *recs = &run->recs[PART_TEST];
    FILE *f = fopen(path, "r");
    char user[64], item[64], tag[64];
    int rank, q;
    float score, before = 0;
    assert_non_null(f);
    for (int64_t at = 0; at < recs->n_cases; at++)
        for (int32_t i = 0; i < recs->depth && recs_row(recs, at)[i] != RECS_NONE; i++) {
            assert_int_equal(
                fscanf(f, "%63s Q%d %63s %d %f %63s\n", user, &q, item, &rank, &score, tag), 6);
            assert_string_equal(
                user, strtab_get(&d->user_id, study_split(study)->part[PART_TEST].user[at]));
            assert_string_equal(item, strtab_get(&d->item_id, recs_row(recs, at)[i]));
            assert_int_equal(rank, i + 1);
            assert_string_equal(tag, run->name);
            assert_true(i == 0 || score < before);
            assert_true(fabsf(score - recs->score[at * recs->depth + i]) <=
                        1e-4f * fabsf(score) + 1e-30f);
            before = score;
        }
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
}

static void trec_runs_keep_their_order(void **state)
{
    (void)state;
    char *out = sample_path("trec"), *qrels = path_join(out, "qrels.test");
    struct error err = {0};
    struct study *study;
    done(RUN(CLI_OK, word_space, "trec", "-o", out));
    assert_true(study_open(word_space, true, NULL, &study, &err));
    assert_true(study_runs_refresh(study, &err));
    assert_int_equal(study_n_runs(study), 2);
    for (size_t i = 0; i < 2; i++) {
        char *path = mem_printf("%s/%s.run", out, study_run_at(study, i)->name);
        check_run(path, study, study_run_at(study, i));
        free(path);
    }
    const struct case_list *cases = &study_split(study)->part[PART_TEST];
    FILE *f = fopen(qrels, "r");
    char user[64], item[64];
    for (int64_t at = 0; at < cases->n; at++) {
        assert_int_equal(fscanf(f, "%63s 0 %63s 1\n", user, item), 2);
        int32_t u = cases->user[at];
        assert_string_equal(user, strtab_get(&study_dataset(study)->user_id, u));
        assert_string_equal(
            item, strtab_get(&study_dataset(study)->item_id,
                             corpus_sequence(study_corpus(study), u)[cases->position[at]]));
    }
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
    study_close(study);
    assert_true(dir_remove(out, NULL));
    done(RUN(CLI_OK, word_space, "trec", "mark*", "--split", "valid", "-o", out));
    char *one = path_join(out, "markov.run"), *other = path_join(out, "popularity.run");
    assert_true(file_exists(one) && !file_exists(other) && !file_exists(qrels));
    char *const paths[] = {out, qrels, one, other};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        free(paths[i]);
}

/* The same lists as another run. */
static void trec_runs_come_back(void **state)
{
    (void)state;
    char *out = sample_path("trec-back"), *file = path_join(out, "markov.run");
    struct error err = {0};
    struct study *study;
    done(RUN(CLI_OK, word_space, "trec", "markov", "-o", out));
    free(CLI(CLI_OK, word_space, "import-recs", file, "-n", "back"));
    assert_true(study_open(word_space, false, NULL, &study, &err));
    assert_true(study_runs_refresh(study, &err));
    const struct study_run *a = study_run_find(study, "markov", &err);
    const struct study_run *b = study_run_find(study, "back", &err);
    assert_non_null(a);
    assert_non_null(b);
    const struct recs *x = &a->recs[PART_TEST], *y = &b->recs[PART_TEST];
    assert_int_equal(x->n_cases, y->n_cases);
    assert_true(x->n_cases > 0);
    for (int64_t at = 0; at < x->n_cases; at++)
        for (int32_t i = 0; i < x->depth; i++)
            assert_int_equal(recs_row(x, at)[i], i < y->depth ? recs_row(y, at)[i] : RECS_NONE);
    study_close(study);
    free(out);
    free(file);
}

/* ---- weights, instruction tuning ---- */

static void weights_are_copied(void **state)
{
    (void)state;
    char *out = sample_path("weights"), *to = path_join(out, "model.safetensors");
    char *from = mem_printf("%s/runs/1/model.safetensors", word_space);
    static const float values[] = {0, -0.5f, 1e-30f, 3.25f, 1e30f, 7};
    const struct tensor weight = {
        .name = "w", .dtype = TENSOR_F32, .rank = 2, .shape = {2, 3}, .data = values};
    struct error err = {0};
    expect_error(RUN(CLI_FAILED, word_space, "weights", "--run", "1", "-o", out), "has no weights");
    assert_false(file_exists(out));
    assert_true(tensors_write(from, &weight, 1, NULL, &err));
    done(RUN(CLI_OK, word_space, "weights", "--run", "1", "-o", out));
    assert_same_file(from, to);
    struct tensors *back = tensors_open(to, &err); /* and they are read as they were written */
    assert_non_null(back);
    const float *read = tensors_array(back, "w", TENSOR_F32, 6, &err);
    assert_non_null(read);
    assert_memory_equal(read, values, sizeof values);
    tensors_close(back);
    expect_error(RUN(CLI_USAGE, word_space, "weights", "-o", out), "--run is needed");
    free(out);
    free(to);
    free(from);
}

/* Files that are named by their kind alone, or pictures: twice the same bytes. */
static void every_file_has_the_same_bytes_again(void **state)
{
    (void)state;
    const char *seeds = seeds_workspace_make();
    const struct {
        const char *dir, *kind, *run[2], *name, *inside; /* of a folder */
    } files[] = {
        {phrase_space, "semids", {NULL}, "index.json", NULL},
        {phrase_space, "semids", {NULL}, "info.txt", NULL},
        {word_space, "trec", {"markov"}, "trec-again", "markov.run"},
        {word_space, "trec", {"markov"}, "trec-truth", "qrels.test"},
        {word_space, "recs", {"--run", "markov"}, "recs.jsonl", NULL},
        {word_space, "recs", {"--run", "markov"}, "recs.csv", NULL},
        {word_space, "frontier", {NULL}, "frontier.svg", NULL},
        {word_space, "frontier", {NULL}, "frontier.png", NULL},
        {seeds, "curves", {"gr-*"}, "curves.csv", NULL},
        {seeds, "curves", {"gr-*"}, "curves.svg", NULL},
        {seeds, "curves", {"gr-*"}, "curves.png", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *path[2];
        for (int again = 0; again < 2; again++) {
            const char *word[8] = {"export", files[i].kind};
            size_t n = 2;
            for (int k = 0; k < 2 && files[i].run[k]; k++)
                word[n++] = files[i].run[k];
            char *name = mem_printf("%d-%s", again, files[i].name);
            char *to = sample_path(name);
            word[n++] = "-o";
            word[n++] = to;
            free(cli_run(CLI_OK, files[i].dir, word, n));
            path[again] = files[i].inside ? path_join(to, files[i].inside) : mem_strdup(to);
            free(to);
            free(name);
        }
        assert_same_file(path[0], path[1]);
        free(path[0]);
        free(path[1]);
    }
}

static void the_mixture_is_jsonl(void **state)
{
    (void)state;
    static const char *const files[] = {"next-item.jsonl", "collaborative.jsonl", "semantic.jsonl"};
    char *out = sample_path("mixture"), *again = sample_path("mixture2");
    done(RUN(CLI_OK, wild_space, "llama-factory", "-o", out, "--strategy", "iirg:lambda_c=0.25"));
    done(RUN(CLI_OK, wild_space, "llama-factory", "-o", again, "--strategy", "iirg:lambda_c=0.25"));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *a = path_join(out, files[i]), *b = path_join(again, files[i]);
        struct buf text;
        buf_init(&text);
        assert_same_file(a, b);
        assert_true(file_read(a, 1 << 22, &text, NULL));
        for (const char *p = text.data; *p;) {
            size_t n = strcspn(p, "\n");
            struct jval *row = jval_parse(p, n, NULL);
            assert_non_null(jval_string(jval_get(row, "instruction")));
            assert_non_null(jval_string(jval_get(row, "output")));
            if (i < 2)
                assert_true(jval_real(jval_get(row, "weight"), -1) == (i == 0 ? 1 : 0.25));
            jval_free(row);
            p += n + 1;
        }
        buf_release(&text);
        free(a);
        free(b);
    }
    expect_error(RUN(CLI_USAGE, wild_space, "llama-factory", "-o", out), "is there already");
    expect_error(RUN(CLI_USAGE, wild_space, "llama-factory", "-o", "x", "--strategy", "goldfish"),
                 "the mixture is of iirg");
    expect_error(RUN(CLI_USAGE, wild_space, "llama-factory", "-o", "x", "--trained-on", "test"),
                 "train or train+valid");
    free(out);
    free(again);
}

/* Lists with such items go out as CSV and come back as the same lists. */
static void recommendations_come_back(const char *dir)
{
    char *csv = sample_path("recs.csv"), *first = sample_path("first.jsonl"),
         *again = sample_path("again.jsonl");
    done(RUN(CLI_OK, dir, "recs", "--run", "popularity", "-o", csv));
    done(CLI(CLI_OK, dir, "import-recs", csv, "--name", "again"));
    done(RUN(CLI_OK, dir, "recs", "--run", "popularity", "-o", first));
    done(RUN(CLI_OK, dir, "recs", "--run", "again", "-o", again));
    assert_same_file(first, again);
    expect_error(CLI(CLI_USAGE, dir, "train", "--model", "ensemble", "--of", "again,again"),
                 "two runs' names");
    expect_error(CLI(CLI_FAILED, dir, "train", "--model", "ensemble", "--of", "again,popularity"),
                 "again (done) has no lists of the validation part");
    unlink(csv);
    unlink(first);
    unlink(again);
    free(csv);
    free(first);
    free(again);
}

static void lists_of_any_ids_come_back(void **state)
{
    (void)state;
    workspace_train(phrase_space, REFERENCE_POPULARITY);
    recommendations_come_back(word_space);
    recommendations_come_back(phrase_space);
}

/* The rows of a query go out as CSV, and make the same data. */
static void a_csv_of_interactions_comes_back(void **state)
{
    (void)state;
    const char *const spaces[] = {word_space, phrase_space};
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
        struct dataset a, b;
        char *csv = sample_path("rows.csv"), *dir = sample_path("rows");
        char *text = CLI(CLI_OK, spaces[i], "sql", "--format", "csv",
                         "SELECT user_id, item_id, rating, time FROM interaction");
        assert_true(file_write(csv, text, strlen(text), NULL));
        free(text);
        import(dir, &(struct import_options){.paths = (const char *const[]){csv}, .n_paths = 1});
        open_data(spaces[i], &a);
        open_data(dir, &b);
        assert_same_data(&a, &b, false);
        dataset_close(&a);
        dataset_close(&b);
        unlink(csv);
        assert_true(dir_remove(dir, NULL));
        free(csv);
        free(dir);
    }
}

static void options_without_a_use_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what, *option, *value, *error;
    } cases[] = {
        {"recbole", "--run", "markov", "recbole takes no --run; it takes -o"},
        {"sequences", "--split", "valid", "sequences takes no --split"},
        {"trec", "--format", "csv", "trec takes no --format; it takes --split, -o"},
        {"target-labels", "--definition", "any", "target-labels takes no --definition"},
        {"users", "--run", "markov", "users takes no --run"},
        {"recs", "--metric", "recall@5", "recs takes no --metric; it takes --format, --run, "},
        {"curves", "--split", "valid", "curves takes no --split"},
        {"weights", "--strategy", "iirg", "weights takes no --strategy"},
        {"items", "--trained-on", "train", "items takes no --trained-on"},
        {"frontier", "--scale", "3", "--scale is of a png"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_error(RUN(CLI_USAGE, word_space, cases[i].what, cases[i].option, cases[i].value,
                         "-o", "/nowhere/x"),
                     cases[i].error);
    expect_error(RUN(CLI_USAGE, word_space, "users", "popularity"), "no further words\n");
    expect_error(RUN(CLI_USAGE, word_space, "recs", "popularity"),
                 "words; a run is given by --run");
}

static void kinds_are_named(void **state)
{
    (void)state;
    char *text = RUN(CLI_USAGE, word_space, "nothing");
    assert_non_null(strstr(text, "target-labels, recs, "));
    assert_non_null(strstr(text, " or llama-factory"));
    free(text);
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    word_space = make("words", words, ARRAY_LEN(words));
    workspace_train(word_space, REFERENCE_POPULARITY);
    workspace_train(word_space, REFERENCE_MARKOV);
    phrase_space = make("phrases", phrases, ARRAY_LEN(phrases));
    wild_space = make("wild", wild, ARRAY_LEN(wild));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recbole_comes_back),
        cmocka_unit_test(recbole_says_how_to_read_it),
        cmocka_unit_test(sequences_come_back),
        cmocka_unit_test(semids_come_back),
        cmocka_unit_test(embeddings_come_back),
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(ids_are_never_changed),
        cmocka_unit_test(a_folder_is_whole_or_not_there),
        cmocka_unit_test(trec_runs_keep_their_order),
        cmocka_unit_test(trec_runs_come_back),
        cmocka_unit_test(weights_are_copied),
        cmocka_unit_test(every_file_has_the_same_bytes_again),
        cmocka_unit_test(the_mixture_is_jsonl),
        cmocka_unit_test(lists_of_any_ids_come_back),
        cmocka_unit_test(a_csv_of_interactions_comes_back),
        cmocka_unit_test(options_without_a_use_are_refused),
        cmocka_unit_test(kinds_are_named),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sample_workspace_remove();
    free(word_space);
    free(phrase_space);
    free(wild_space);
    return failed;
}
