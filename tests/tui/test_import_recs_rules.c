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
    expect_refusal("{\"user\": 0, \"items\": [1]}\n{\"user\": 1, \"items\": [2]}\n",
                   "--user-offset 1", NULL, NULL);
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
    assert_non_null(strstr(said, "1 second lists"));
    assert_non_null(strstr(said, "1 slots repeat an item"));
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
    for (int i = 1; i <= 2; i++) {
        free(RUN(CLI_OK, "import-recs", path[i], "--name", i == 1 ? "position" : "order"));
        char *out = RUN(CLI_OK, "export", "recs", "--run", i == 1 ? "position" : "order");
        assert_non_null(strstr(out, "u,d,1,d,"));
        assert_non_null(strstr(out, "u,e,1,e,"));
        free(out);
    }
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
        cmocka_unit_test(exports_come_back),
        cmocka_unit_test(refusals_change_nothing),
        cmocka_unit_test(doubles_and_parts),
        cmocka_unit_test(several_cases_of_a_user),
    };
    return cmocka_run_group_tests(tests, recs_begin, recs_end);
}
