/* Commands on a small study whose sequences are known, from import to trace, as typed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "tui/cli/cli.h"

static char dir[] = "/tmp/rote-cli-XXXXXX";
static char *workspace;

/* The output of a command line (its messages when the status is not 0); the status must be
 * `status`. */
static char *run(int status, const char *const *words, size_t n)
{
    char *argv[16] = {(char *)"rote", (char *)"-w", workspace}, *text = NULL, *errors = NULL;
    size_t size, errors_size;
    for (size_t i = 0; i < n; i++)
        argv[3 + i] = (char *)(uintptr_t)words[i];
    FILE *out = open_memstream(&text, &size), *err = open_memstream(&errors, &errors_size);
    int is = cli_main(3 + (int)n, argv, out, err);
    fclose(out);
    fclose(err);
    if (is != status)
        fail_msg("status %d, not %d: %s", is, status, errors);
    char *keep = status == CLI_OK ? text : errors;
    free(status == CLI_OK ? errors : text);
    return keep;
}

#define RUN(status, ...)                                                                           \
    run(status, (const char *const[]){__VA_ARGS__},                                                \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static struct jval *json(char *text)
{
    struct jval *o = jval_parse(text, strlen(text), NULL);
    assert_non_null(o);
    free(text);
    return o;
}

/* Times 0 .. 59 are training, 60 .. 79 validation, 80 .. 99 test: u has two test cases, w none. */
static const char rows[] = "user,item,time\n"
                           "u,a,1\nu,b,2\nu,c,3\nu,d,60\nu,a,81\nu,e,82\n"
                           "v,a,4\nv,x,5\nv,b,6\nv,y,7\nv,e,8\nv,c,61\nv,d,83\n"
                           "w,b,9\nw,c,10\nw,e,11\n"
                           "z,\"q \"\"1\"\"\",12\nz,a,13\nz,b,14\nz,e,15\nz,c,16\nz,a,17\nz,e,62\n";

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || !setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    workspace = path_join(dir, "workspace");
    char *file = path_join(dir, "rows.csv");
    assert_true(file_write(file, rows, sizeof rows - 1, NULL));
    free(RUN(CLI_OK, "import", file, "--split", "temporal:0.7,0.86"));
    free(RUN(CLI_OK, "train", "--model", "markov"));
    free(RUN(CLI_OK, "train", "--model", "popularity", "--trained-on", "train+valid"));
    free(file);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(workspace);
    return dir_remove(dir, NULL) ? 0 : -1;
}

static void every_case_of_a_user_can_be_traced(void **state)
{
    (void)state;
    const char *const target[] = {"a", "e"};
    for (int i = 0; i < 2; i++) {
        const char *nth = i == 0 ? "1" : "2";
        struct jval *o =
            json(RUN(CLI_OK, "trace", "--json", "-u", "u", "-r", "markov", "--case", nth));
        assert_string_equal(jval_string(jval_get(jval_get(o, "target"), "item")), target[i]);
        assert_int_equal(jval_size(jval_get(o, "history")), 4 + i);
        jval_free(o);
    }
    struct jval *o = json(RUN(CLI_OK, "trace", "--json", "-u", "u", "-r", "markov"));
    assert_string_equal(jval_string(jval_get(jval_get(o, "target"), "item")), "e");
    jval_free(o);
    char *text = RUN(CLI_FAILED, "trace", "-u", "u", "-r", "markov", "--case", "3");
    assert_non_null(strstr(text, "2 test cases, not 3"));
    free(text);
    text = RUN(CLI_FAILED, "trace", "-u", "w", "-r", "markov");
    assert_non_null(strstr(text, "none of the items falls into that time"));
    free(text);
}

/* a, b, e stand in order within 10 positions of v and z, but nobody has b, e but z. */
static void an_item_has_its_gapped_match(void **state)
{
    (void)state;
    struct jval *o = json(RUN(CLI_OK, "trace", "--json", "--history", "a,b", "--item", "e"));
    const struct jval *gapped = jval_get(o, "gapped");
    assert_int_equal(jval_int(jval_get(gapped, "length"), -1), 3);
    assert_int_equal(jval_int(jval_get(gapped, "places"), -1), 2);
    assert_string_equal(jval_string(jval_get(gapped, "first_user")), "v");
    assert_int_equal(jval_int(jval_get(gapped, "first_position"), -1), 5);
    assert_int_equal(jval_int(jval_get(o, "verbatim"), -1), 3);
    jval_free(o);
    char *text = RUN(CLI_OK, "trace", "--history", "y,a", "--item", "q \"1\"");
    assert_non_null(strstr(text, "gapped match: none"));
    free(text);
}

static void a_roll_out_shows_its_spans(void **state)
{
    (void)state;
    struct jval *o =
        json(RUN(CLI_OK, "trace", "--json", "--history", "x,a,b", "--rollout", "c,x,b,e"));
    const struct jval *spans = jval_get(o, "spans"), *one = jval_at(spans, 0);
    assert_int_equal(jval_size(spans), 3); /* a b c; x b; b e */
    assert_int_equal(jval_int(jval_get(one, "begin"), 9), -2);
    assert_int_equal(jval_int(jval_get(one, "length"), -1), 3);
    assert_int_equal(jval_int(jval_get(one, "occurrences"), -1), 1);
    assert_string_equal(jval_string(jval_get(one, "first_user")), "u");
    assert_int_equal(jval_int(jval_get(jval_at(spans, 2), "begin"), -1), 2);
    jval_free(o);
    free(RUN(CLI_USAGE, "trace", "--history", "a", "--rollout", "b", "--item", "c"));
    free(RUN(CLI_USAGE, "trace", "--history", "a"));
    free(RUN(CLI_FAILED, "trace", "--history", "a", "--rollout", "nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_a_user_can_be_traced),
        cmocka_unit_test(an_item_has_its_gapped_match),
        cmocka_unit_test(a_roll_out_shows_its_spans),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
