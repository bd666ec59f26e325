/* rote import-recs: exports that come back, what is refused, parts, and several cases of a user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tests/tui/recs_fixture.h"

/* ---- round trips ---- */

static char *export_to(const char *name, const char *run_name, const char *format)
{
    char *path = path_join(recs_dir, name);
    free(RUN(CLI_OK, "export", "recs", "--run", run_name, "-o", path, "--format", format));
    return path;
}

static void exports_come_back(void **state)
{
    (void)state;
    static const char *const formats[] = {"jsonl", "csv", "tsv", "json"};
    free(RUN(CLI_OK, "train", "--model", "markov", "--name", "own"));
    char *own = export_to("own.jsonl", "own", "jsonl");
    struct buf first, again;
    buf_init(&first);
    buf_init(&again);
    assert_true(file_read(own, 1 << 24, &first, NULL));
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        char *name = mem_printf("back-%s", formats[i]), *file = mem_printf("own.%s", formats[i]);
        char *path = export_to(file, "own", formats[i]);
        free(RUN(CLI_OK, "import-recs", path, "--name", name));
        char *back = export_to("back.jsonl", name, "jsonl");
        buf_clear(&again);
        assert_true(file_read(back, 1 << 24, &again, NULL));
        assert_int_equal(first.len, again.len);
        assert_memory_equal(first.data, again.data, first.len);
        free(name);
        free(file);
        free(path);
        free(back);
    }
    buf_release(&first);
    buf_release(&again);
    free(own);
}

/* The run's TREC file after an import; only the last column, the run's name, may be another. */
static char *trec_of(const char *run_name, const char *split, const char *folder)
{
    char *dir = path_join(recs_dir, folder), *name = mem_printf("%s.run", run_name);
    free(RUN(CLI_OK, "export", "trec", run_name, "-o", dir, "--split", split));
    char *path = path_join(dir, name);
    free(dir);
    free(name);
    return path;
}

static void drop_last_column(struct buf *b)
{
    struct buf out;
    buf_init(&out);
    for (char *rest = b->data, *line; (line = strsep(&rest, "\n")) && *line;)
        buf_addf(&out, "%.*s\n", (int)(strrchr(line, ' ') - line), line);
    buf_release(b);
    *b = out;
}

/* Is it the same again, and does it have a line that begins with `topic`? */
static bool trec_comes_back(const char *run_name, const char *split, const char *topic)
{
    struct buf first, again;
    char *folder = mem_printf("%s-%s", run_name, split), *back = mem_printf("%s-back", folder);
    buf_init(&first);
    buf_init(&again);
    char *path = trec_of(run_name, split, folder);
    free(RUN(CLI_OK, "import-recs", path, "--name", back, "--split", split));
    char *other = trec_of(back, split, back);
    assert_true(file_read(path, 1 << 20, &first, NULL) && file_read(other, 1 << 20, &again, NULL));
    drop_last_column(&first);
    drop_last_column(&again);
    assert_string_equal(first.data, again.data);
    bool there = strncmp(first.data, topic, strlen(topic)) == 0 || strstr(first.data, topic);
    buf_release(&first);
    buf_release(&again);
    free(folder);
    free(back);
    free(path);
    free(other);
    return there;
}

static void trec_runs_come_back(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "{\"user\": 1, \"items\": [3, null, 3, 4], \"scores\": [4, 3, 2, 1]}\n"
                    "{\"user\": 2, \"items\": [5], \"scores\": [1]}\n");
    char *path = recs_put_file("holes.jsonl", &text);
    free(RUN(CLI_OK, "import-recs", path, "--name", "holes"));
    assert_true(trec_comes_back("own", "test", "30 Q0 "));
    assert_true(trec_comes_back("holes", "test", "1 Q0 (illegal-3) 3 2\n"));
    free(path);
}

/* ---- refusals ---- */

static void expect_refusal(const char *text, const char *why, const char *option, const char *value)
{
    struct buf bytes;
    buf_init(&bytes);
    buf_adds(&bytes, text);
    char *path = recs_put_file("refused", &bytes);
    char *before = RUN(CLI_OK, "runs");
    char *error = option ? RUN(CLI_USAGE, "import-recs", path, option, value)
                         : RUN(CLI_FAILED, "import-recs", path);
    if (!strstr(error, why))
        fail_msg("\"%s\" is not in \"%s\"", why, error);
    assert_null(strchr(error, '\x1b'));
    char *after = RUN(CLI_OK, "runs");
    assert_string_equal(before, after);
    free(path);
    free(before);
    free(error);
    free(after);
}

static void refusals_change_nothing(void **state)
{
    (void)state;
    expect_refusal("{\"user\": \"U\\u001b[31m\", \"items\": [1]}\n", "no list of a case", NULL,
                   NULL);
    expect_refusal("{\"user\": 1, \"items\": [\"B\\u001b[1m\"]}\n", "none of the recommended items",
                   NULL, NULL);
    expect_refusal("{\"user\": 1, \"items\": [1], \"target\": 41}\n", "targets are not those", NULL,
                   NULL);
    expect_refusal("{\"user\": 1, \"items\": [1]}\n{\"user\": 2\n", "1 of 2 rows are bad", NULL,
                   NULL);
    expect_refusal("{\"user\": 1, \"items\": [1]}\n", "there is already a run named own", "--name",
                   "own");
    char *error = RUN(CLI_USAGE, "import-recs", "x", "--order", "rank");
    assert_non_null(strstr(error, "as-said, score or file"));
    free(error);
    free(RUN(CLI_USAGE, "import-recs"));
    free(RUN(CLI_USAGE, "import-recs", "x", "--trained-on", "all"));
    free(RUN(CLI_FAILED, "import-recs", "/no/such/file"));
}

/* A blank line at the end of a list of users is none; one in between is a mistake. */
static void blank_lines_among_users(void **state)
{
    (void)state;
    struct buf text, users;
    buf_init(&text);
    buf_init(&users);
    buf_adds(&text, "{\"items\": [1]}\n{\"items\": [2]}\n \n");
    buf_adds(&users, "2\n1\n\n \n");
    char *path = recs_put_file("unnamed.jsonl", &text), *names = recs_put_file("users.txt", &users);
    struct jval *event =
        cli_json(RUN(CLI_OK, "import-recs", path, "--name", "unnamed", "--users", names, "--json"));
    assert_int_equal(recs_count(jval_get(event, "test"), "listed"), 2);
    assert_int_equal(recs_count(event, "bad_rows"), 0);
    jval_free(event);
    free(names);
    buf_init(&users);
    buf_adds(&users, "2\n\n1\n");
    names = recs_put_file("users.txt", &users);
    char *error = RUN(CLI_FAILED, "import-recs", path, "--users", names);
    assert_non_null(strstr(error, "users.txt line 2 names no user"));
    free(error);
    free(names);
    free(path);
}

/* Second lists stay out; validation lists are a part of their own; texts do not act. */
static void doubles_and_parts(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "{\"user\": 1, \"items\": [3, 3, \"4\"]}\n{\"user\": 1, \"items\": [5]}\n"
                    "{\"user\": 1, \"items\": [6], \"split\": \"valid\"}\n"
                    "{\"user\": \"evil\\u001b]0;x\\u0007\", \"items\": [6]}\n");
    char *path = recs_put_file("parts.jsonl", &text);
    char *said = RUN(CLI_OK, "import-recs", path, "--name", "parts");
    assert_null(strchr(said, '\x1b'));
    assert_non_null(strstr(said, "1 second list of a case was left out"));
    assert_non_null(strstr(said, "1 slot repeats an item of its list: a miss"));
    assert_non_null(strstr(said, "1 user is not in the data"));
    assert_non_null(strstr(said, "valid: 1 of 30 cases"));
    free(said);
    char *recs = RUN(CLI_OK, "export", "recs", "--run", "parts", "--format", "csv");
    assert_non_null(strstr(recs, ",3 - 4,"));
    free(recs);
    recs = RUN(CLI_OK, "export", "recs", "--run", "parts", "--format", "csv", "--split", "valid");
    assert_non_null(strstr(recs, ",6,"));
    free(recs);
    free(path);
}

/* ---- whose a list is ---- */

/* A list for each user, whose number in the file is `number(u)`; 0 for users without. */
static char *put_users(const char *name, int from, int step, bool target, int users)
{
    struct buf text;
    buf_init(&text);
    for (int u = 1; u <= users; u++) {
        buf_addf(&text, "{\"user\": %d, \"items\": [", from + step * (u - 1));
        for (int k = 0; k < SLOTS; k++)
            buf_addf(&text, recs_slot[u][k] == ILLEGAL ? "%snull" : "%s%d", k ? ", " : "",
                     recs_slot[u][k]);
        if (target)
            buf_addf(&text, "], \"target\": %d}\n", recs_target(u));
        else
            buf_adds(&text, "]}\n");
    }
    return recs_put_file(name, &text);
}

static struct jval *import_users(const char *path, const char *name, const char *users)
{
    return cli_json(
        users ? RUN(CLI_OK, "import-recs", path, "--name", name, "--json", "--users", users)
              : RUN(CLI_OK, "import-recs", path, "--name", name, "--json"));
}

static bool says(const struct jval *event, const char *what)
{
    const struct jval *notes = jval_get(event, "notes");
    for (size_t i = 0; i < jval_size(notes); i++)
        if (strstr(jval_string(jval_at(notes, i)), what))
            return true;
    return false;
}

/* The data number the users from 1, the lists from 0, with and without targets; part of them. */
static void users_from_zero(void **state)
{
    (void)state;
    static const char *const names[] = {"zero", "zero-targets", "zero-part", "zero-id"};
    for (int how = 0; how < 4; how++) {
        recs_make_lists(31);
        int users = how == 2 ? USERS / 2 : USERS;
        char *path = put_users("zero.jsonl", 0, 1, how == 1, users);
        struct jval *event = import_users(path, names[how], how == 3 ? "id" : NULL);
        bool shifted = how < 3;
        assert_int_equal(recs_count(event, "user_offset"), shifted);
        assert_int_equal(recs_count(event, "unknown_users"), !shifted);
        assert_int_equal(says(event, "assumed: the file numbers the users from 0"), shifted);
        assert_int_equal(recs_count(jval_get(event, "test"), "listed"),
                         shifted ? users : USERS - 1);
        jval_free(event);
        if (shifted)
            recs_check_metrics(names[how], false, users + 1);
        free(path);
    }
}

/* Targets that are the data's speak louder than numbers: user 0 is one more, who is unknown. */
static void users_that_are_right_stay(void **state)
{
    (void)state;
    recs_make_lists(33);
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "{\"user\": 0, \"items\": [1], \"target\": 1}\n");
    for (int u = 1; u < USERS; u++) {
        buf_addf(&text, "{\"user\": %d, \"target\": %d, \"items\": [", u, recs_target(u));
        for (int k = 0; k < SLOTS; k++)
            buf_addf(&text, recs_slot[u][k] == ILLEGAL ? "%snull" : "%s%d", k ? ", " : "",
                     recs_slot[u][k]);
        buf_adds(&text, "]}\n");
    }
    char *path = recs_put_file("right.jsonl", &text);
    struct jval *event = import_users(path, "right", NULL);
    assert_int_equal(recs_count(event, "user_offset"), 0);
    assert_int_equal(recs_count(event, "unknown_users"), 1);
    jval_free(event);
    recs_check_metrics("right", false, USERS);
    free(path);
}

/* Ids of the data are names; the lists have the users' places. */
static void users_by_place(void **state)
{
    (void)state;
    char *keep = recs_workspace;
    struct buf rows, first, second, none;
    buf_init(&rows);
    buf_init(&first);
    buf_init(&second);
    buf_init(&none);
    buf_adds(&rows, "user,item\nann,a\nann,b\nann,c\nann,d\nbob,b\nbob,c\nbob,d\nbob,e\n"
                    "cy,c\ncy,d\ncy,e\ncy,a\n");
    buf_adds(&first, "{\"user\": 2, \"items\": [\"a\"]}\n{\"user\": 0, \"items\": [\"d\"]}\n");
    buf_adds(&second, "{\"user\": 3, \"items\": [\"a\"]}\n{\"user\": 1, \"items\": [\"d\"]}\n");
    buf_adds(&none, "{\"user\": 2, \"items\": [\"a\"]}\n{\"user\": 4, \"items\": [\"d\"]}\n");
    char *data = recs_put_file("named.csv", &rows), *from_0 = recs_put_file("from0", &first),
         *from_1 = recs_put_file("from1", &second), *wrong = recs_put_file("wrong", &none);
    recs_workspace = path_join(recs_dir, "named");
    free(RUN(CLI_OK, "import", data));
    for (int how = 0; how < 4; how++) {
        char *name = mem_printf("place-%d", how);
        struct jval *event =
            import_users(how % 2 ? from_1 : from_0, name, how < 2 ? NULL : "order");
        assert_int_equal(recs_count(jval_get(event, "test"), "listed"), 2);
        assert_int_equal(says(event, "their places"), how != 2);
        jval_free(event);
        char *out = RUN(CLI_OK, "export", "recs", "--run", name);
        assert_non_null(strstr(out, "ann,d,1,d,"));
        assert_non_null(strstr(out, "cy,a,1,a,"));
        assert_non_null(strstr(out, "bob,e,,,"));
        free(out);
        free(name);
    }
    char *error = RUN(CLI_FAILED, "import-recs", wrong);
    assert_non_null(strstr(error, "--users order"));
    free(error);
    error = RUN(CLI_FAILED, "import-recs", from_0, "--users", "id");
    assert_non_null(strstr(error, "no list of a case"));
    free(error);
    error = RUN(CLI_USAGE, "import-recs", from_0, "--users", "/no/such");
    assert_non_null(strstr(error, "id, order, or a file"));
    free(error);
    free(data);
    free(from_0);
    free(from_1);
    free(wrong);
    free(recs_workspace);
    recs_workspace = keep;
}

/* ---- parts ---- */

/* Lists of validation cases in a second file, numbered from 0 like those of the first. */
static void a_file_of_validation_lists(void **state)
{
    (void)state;
    struct buf text;
    recs_make_lists(35);
    buf_init(&text);
    for (int u = 1; u <= USERS; u++)
        buf_addf(&text, "%d,%d,1\n%d,x,2\n", u - 1, recs_item(u, LENGTH - 2), u - 1);
    char *test = put_users("part-test.jsonl", 0, 1, true, USERS);
    struct buf table;
    buf_init(&table);
    buf_adds(&table, "user,item,rank\n");
    buf_add(&table, text.data, text.len);
    buf_release(&text);
    char *valid = recs_put_file("part-valid.csv", &table);
    struct jval *event = cli_json(
        RUN(CLI_OK, "import-recs", test, "--valid", valid, "--name", "both-parts", "--json"));
    assert_int_equal(recs_count(jval_get(event, "test"), "listed"), USERS);
    assert_int_equal(recs_count(jval_get(event, "valid"), "listed"), USERS);
    assert_true(jval_real(jval_get(jval_get(event, "valid"), "recall@10"), 0) == 1);
    assert_int_equal(recs_count(event, "unknown_items"), USERS);
    assert_int_equal(recs_count(jval_get(event, "valid_file"), "rows"), 2 * USERS);
    jval_free(event);
    recs_check_metrics("both-parts", false, USERS + 1);
    char *recs = RUN(CLI_OK, "export", "recs", "--run", "both-parts", "--split", "valid");
    char *row = mem_printf("1,%d,1,%d -,", recs_item(1, LENGTH - 2), recs_item(1, LENGTH - 2));
    assert_non_null(strstr(recs, row));
    free(row);
    free(recs);
    char *error = RUN(CLI_USAGE, "import-recs", test, "--valid", valid, "--split", "valid");
    assert_non_null(strstr(error, "--valid FILE"));
    free(error);
    error = RUN(CLI_FAILED, "import-recs", test, "--valid", "/no/such/file");
    free(error);
    free(test);
    free(valid);
}

/* Several cases of a user: by position, else in order, all of them. */
static void several_cases_of_a_user(void **state)
{
    (void)state;
    struct buf rows, good, ordered, few, pieces;
    char *keep = recs_workspace;
    buf_init(&rows);
    buf_init(&good);
    buf_init(&ordered);
    buf_init(&few);
    buf_init(&pieces);
    buf_adds(&rows, "user,item,time\nu,a,1\nu,b,2\nu,c,60\nu,d,81\nu,e,82\nv,a,3\nv,b,4\nv,c,61\n"
                    "v,e,83\nw,a,5\nw,b,6\nw,c,7\nw,d,8\nw,e,9\n");
    buf_adds(&good, "{\"user\":\"u\",\"items\":[\"e\"],\"position\":4}\n"
                    "{\"user\":\"u\",\"items\":[\"d\"],\"position\":3}\n");
    buf_adds(&ordered, "{\"user\":\"u\",\"items\":[\"d\"]}\n{\"user\":\"u\",\"items\":[\"e\"]}\n");
    buf_adds(&few, "{\"user\":\"u\",\"items\":[\"d\"]}\n");
    buf_adds(&pieces, "user,item\nu,d\n");
    char *path[] = {recs_put_file("t.csv", &rows), recs_put_file("g", &good),
                    recs_put_file("o", &ordered), recs_put_file("f", &few),
                    recs_put_file("p", &pieces)};
    recs_workspace = path_join(recs_dir, "temporal");
    free(RUN(CLI_OK, "import", path[0], "--split", "temporal:0.65,0.72"));
    free(RUN(CLI_OK, "train", "--model", "markov", "--name", "markov"));
    for (int i = 1; i <= 2; i++) {
        free(RUN(CLI_OK, "import-recs", path[i], "--name", i == 1 ? "position" : "order"));
        char *out = RUN(CLI_OK, "export", "recs", "--run", i == 1 ? "position" : "order");
        assert_non_null(strstr(out, "u,d,1,d,"));
        assert_non_null(strstr(out, "u,e,1,e,"));
        free(out);
    }
    /* a TREC run names such a case USER:POSITION, and comes back as it was */
    assert_true(trec_comes_back("markov", "test", "u:4 Q0 "));
    assert_true(trec_comes_back("markov", "valid", "v Q0 "));
    char *error = RUN(CLI_FAILED, "import-recs", path[3]);
    assert_non_null(strstr(error, "\"position\""));
    free(error);
    error = RUN(CLI_FAILED, "import-recs", path[4]);
    assert_non_null(strstr(error, "add a column \"position\""));
    free(error);
    for (int i = 0; i < 5; i++)
        free(path[i]);
    free(recs_workspace);
    recs_workspace = keep;
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exports_come_back),          cmocka_unit_test(trec_runs_come_back),
        cmocka_unit_test(refusals_change_nothing),    cmocka_unit_test(blank_lines_among_users),
        cmocka_unit_test(doubles_and_parts),          cmocka_unit_test(users_from_zero),
        cmocka_unit_test(users_that_are_right_stay),  cmocka_unit_test(users_by_place),
        cmocka_unit_test(a_file_of_validation_lists), cmocka_unit_test(several_cases_of_a_user),
    };
    return cmocka_run_group_tests(tests, recs_begin, recs_end);
}
