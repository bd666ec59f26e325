/* `rote sql` and `rote dataset`: every format, byte for byte. */
#include <math.h>

#include "storage/db/sql.h"
#include "storage/db/workspace.h"
#include "tests/storage/made_import.h"
#include "tests/tui/cli_fixture.h"

#define RUN(status, ...) CLI(status, dir, __VA_ARGS__)

static char dir[] = "/tmp/rote-sql-XXXXXX";

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || !setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    struct import_result data = made_import((struct made){.users = 30,
                                                          .items = 10,
                                                          .max_length = 6,
                                                          .times = true,
                                                          .semid_levels = 2,
                                                          .embedding_width = 3,
                                                          .seed = 3});
    bool ok = workspace_create(dir, &data, false, NULL, NULL);
    made_import_release(&data);
    return ok ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return dir_remove(dir, NULL) ? 0 : -1;
}

#define STATEMENT                                                                                  \
    "SELECT 1 AS n, 'a' || char(10) || char(27) || '\"b\"' AS text, 0.5 AS x, NULL AS absent_,"    \
    " x'00ff' AS blob, 2 AS n UNION ALL SELECT -20, 'é', 1.0 / 3, NULL, NULL, 3"

static void assert_prints(const char *format, const char *expected)
{
    char *text = RUN(CLI_OK, "sql", "--format", format, STATEMENT);
    assert_string_equal(text, expected);
    free(text);
}

static void every_format_is_as_it_should_be(void **state)
{
    (void)state;
    assert_prints("table", "n    text      x            absent_  blob     n:2\n"
                           "---  --------  -----------  -------  -------  ---\n"
                           "  1  a^J^[\"b\"          0.5           x'00ff'    2\n"
                           "-20  é         0.333333333                      3\n");
    assert_prints("csv", "n,text,x,absent_,blob,n:2\n"
                         "1,\"a\n\x1b\"\"b\"\"\",0.5,,x'00ff',2\n"
                         "-20,é,0.333333333,,,3\n");
    assert_prints("jsonl", "{\"n\": 1, \"text\": \"a\\n\\u001B\\\"b\\\"\", \"x\": 0.5,"
                           " \"absent_\": null, \"blob\": \"x'00ff'\", \"n:2\": 2}\n"
                           "{\"n\": -20, \"text\": \"é\", \"x\": 0.333333333, \"absent_\": null,"
                           " \"blob\": null, \"n:2\": 3}\n");
    char *text =
        RUN(CLI_OK, "sql", "SELECT user, user_id FROM user LIMIT 2"); /* no terminal: tsv */
    assert_string_equal(text, "user\tuser_id\n0\tuser-0\n1\tuser-1\n");
    free(text);
}

static void json_is_one_array(void **state)
{
    (void)state;
    char *text = RUN(CLI_OK, "sql", "--format", "json", "SELECT user FROM user ORDER BY 1");
    struct jval *array = jval_parse(text, strlen(text), NULL);
    assert_non_null(array);
    assert_int_equal(jval_size(array), 30);
    assert_int_equal(jval_int(jval_get(jval_at(array, 29), "user"), -1), 29);
    jval_free(array);
    free(text);
    text = RUN(CLI_OK, "sql", "--format", "json", "SELECT user FROM user WHERE 0");
    assert_string_equal(text, "[]\n");
    free(text);
}

static void long_tables_stream_with_fixed_widths(void **state)
{
    (void)state;
    char *text = RUN(CLI_OK, "sql", "--format", "table",
                     "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5000)"
                     " SELECT x, printf('%.*c', 100, 'z') AS long FROM c");
    int lines = 0;
    for (const char *p = text; *p; lines++) {
        size_t length = strcspn(p, "\n");
        assert_true(length <= 4 + 2 + 60);
        p += length + 1;
    }
    assert_int_equal(lines, 5002);
    assert_non_null(strstr(text, "\n5000  zzz"));
    free(text);
}

static void mistakes_have_status_2(void **state)
{
    (void)state;
    const char *const words[][3] = {{"sql", "--format=table", "DELETE FROM run"},
                                    {"sql", "--format=xml", "SELECT 1"},
                                    {"sql", "SELECT 1", "SELECT 2"},
                                    {"sql", "--schema", "SELECT 2"},
                                    {"dataset", "--quiet", "beauty"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char *text = cli_run(CLI_USAGE, dir, words[i], 3);
        assert_memory_equal(text, "rote ", 5);
        free(text);
    }
}

static void the_schema_is_listed(void **state)
{
    (void)state;
    char *text = RUN(CLI_OK, "sql", "--schema");
    assert_non_null(strstr(text, "interaction\tposition\tINTEGER\tplace in the user's sequence"));
    free(text);
}

static void the_data_set_is_described(void **state)
{
    (void)state;
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_ONLY, NULL);
    struct workspace_facts facts;
    assert_true(workspace_facts(ws, &facts, NULL));
    workspace_close(ws);
    char *text = RUN(CLI_OK, "dataset", "--json");
    struct jval *o = jval_parse(text, strlen(text), NULL);
    const struct jval *splits = jval_get(o, "splits");
    assert_int_equal(jval_int(jval_get(o, "users"), -1), 30);
    assert_int_equal(jval_int(jval_get(o, "interactions"), -1), facts.interactions);
    assert_int_equal(strlen(jval_string(jval_get(o, "fingerprint"))), 16);
    assert_string_equal(jval_string(jval_get(splits, "kind")), "leave-one-out");
    int64_t cases = jval_int(jval_get(splits, "test_cases"), -1);
    assert_int_equal(cases, 30 - jval_int(jval_get(splits, "users_without_case"), -1));
    assert_int_equal(jval_int(jval_get(splits, "train_interactions"), -1),
                     facts.interactions - 2 * cases);
    const struct jval *semids = jval_get(o, "semids"); /* one in seven items has none */
    assert_int_equal(jval_int(jval_get(semids, "levels"), 0), 2);
    assert_int_equal(jval_int(jval_get(semids, "without_id"), 0), 1);
    assert_int_equal(jval_size(jval_get(semids, "perplexity")), 2);
    assert_false(isnan(jval_real(jval_get(semids, "neighbourhood"), NAN)));
    assert_int_equal(jval_int(jval_get(o, "embedding_width"), -1), 3);
    assert_int_equal(jval_int(jval_get(o, "items_with_embedding"), -1), 9);
    jval_free(o);
    free(text);
    text = RUN(CLI_OK, "dataset");
    assert_non_null(strstr(text, "codes in use, perplexity"));
    assert_non_null(strstr(text, "item embeddings        width 3, of 9 items (90.0 %)"));
    free(text);
}

/* What only reads has no older schema to say no to, where it could be brought up to date. */
static void old_workspaces_are_read(void **state)
{
    (void)state;
    const char *const words[][2] = {
        {"sql", "SELECT count(runs) FROM case_item"}, {"dataset", "-q"}, {"audit", "-q"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct error err = {0};
        struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
        assert_non_null(ws);
        assert_true(sql_exec(
            ws->db, "ALTER TABLE case_item DROP COLUMN runs; PRAGMA user_version = 5", &err));
        workspace_close(ws);
        free(cli_run(CLI_OK, dir, words[i], 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_as_it_should_be),
        cmocka_unit_test(json_is_one_array),
        cmocka_unit_test(long_tables_stream_with_fixed_widths),
        cmocka_unit_test(mistakes_have_status_2),
        cmocka_unit_test(the_schema_is_listed),
        cmocka_unit_test(the_data_set_is_described),
        cmocka_unit_test(old_workspaces_are_read),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
