/* Commands on a small study whose sequences are known, from import to trace, as typed. */
#include <math.h>
#include <unistd.h>

#include "tests/tui/cli_fixture.h"
#include "tests/tui/sample_workspace.h"

#define RUN(status, ...) CLI(status, workspace, __VA_ARGS__)

static char dir[] = "/tmp/rote-cli-XXXXXX";
static char *workspace;

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
            cli_json(RUN(CLI_OK, "trace", "--json", "-u", "u", "-r", "markov", "--case", nth));
        assert_string_equal(jval_string(jval_get(jval_get(o, "target"), "item")), target[i]);
        assert_int_equal(jval_size(jval_get(o, "history")), 4 + i);
        jval_free(o);
    }
    struct jval *o = cli_json(RUN(CLI_OK, "trace", "--json", "-u", "u", "-r", "markov"));
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
    struct jval *o = cli_json(RUN(CLI_OK, "trace", "--json", "--history", "a,b", "--item", "e"));
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
        cli_json(RUN(CLI_OK, "trace", "--json", "--history", "x,a,b", "--rollout", "c,x,b,e"));
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

/* As the lists of the run begin, and then on: a, b, c, d, a is the history of u's last case. */
static void a_model_writes_on(void **state)
{
    (void)state;
    struct jval *o = cli_json(
        RUN(CLI_OK, "trace", "--json", "--user", "u", "--run", "markov", "--generate", "2"));
    struct jval *listed =
        cli_json(RUN(CLI_OK, "trace", "--json", "--user", "u", "--run", "markov"));
    const struct jval *items = jval_get(o, "items"), *first = jval_at(items, 0);
    assert_int_equal(jval_size(items), 2);
    assert_string_equal(
        jval_string(jval_get(first, "item")),
        jval_string(jval_get(jval_at(jval_get(listed, "recommendations"), 0), "item")));
    assert_true(jval_bool(jval_get(o, "history_masked"), false));
    assert_int_equal(jval_int(jval_get(o, "output"), -1), 2);
    jval_free(listed);
    jval_free(o);
    o = cli_json(RUN(CLI_OK, "trace", "--json", "--history", "y,a", "--run", "markov", "-g", "2"));
    const struct jval *span = jval_at(jval_get(o, "spans"), 0);
    first = jval_at(jval_get(o, "items"), 0);
    assert_string_equal(jval_string(jval_get(first, "item")), "b"); /* a b: twice, a x: once */
    assert_string_equal(jval_string(jval_get(first, "badge")), "one-hop last");
    assert_int_equal(jval_int(jval_get(span, "begin"), 9), -1);
    assert_int_equal(jval_int(jval_get(first, "users"), -1), 2);
    assert_int_equal(jval_int(jval_get(span, "length"), -1), 3); /* a b c, u alone */
    assert_int_equal(jval_int(jval_get(span, "users"), -1), 1);
    jval_free(o);
    char *text = RUN(CLI_OK, "trace", "--user", "u", "--run", "markov", "--generate", "2");
    assert_non_null(strstr(text, "history masked"));
    assert_non_null(strstr(text, "  output   +2"));
    free(text);
    free(RUN(CLI_USAGE, "trace", "--history", "a", "--generate", "2"));
    free(RUN(CLI_USAGE, "trace", "--user", "u", "--run", "markov", "-g", "2", "--item", "a"));
    free(RUN(CLI_USAGE, "trace", "--user", "u", "--run", "markov", "-g", "41"));
}

/* By the ids that each run of gr made, where the data have none. */
static void tokens_are_of_the_runs_own_ids(void **state)
{
    (void)state;
    const char *own = own_ids_workspace_make();
    static const struct {
        const char *run;
        int64_t levels, n;
    } first[] = {{"gr", 3, 3}, {"gr-two", 2, 2}};
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        struct jval *o =
            cli_json(CLI(CLI_OK, own, "trace", "--json", "-u", "ben", "-r", first[i].run));
        const struct jval *prefix =
            jval_get(jval_at(jval_get(o, "recommendations"), 0), "token_prefix");
        assert_string_equal(jval_string(jval_get(prefix, "ids_of")), first[i].run);
        assert_int_equal(jval_int(jval_get(prefix, "levels"), -1), first[i].levels);
        assert_int_equal(jval_int(jval_get(prefix, "n"), -1), first[i].n);
        jval_free(o);
    }
    cli_holds(CLI(CLI_OK, own, "trace", "-u", "ben", "-r", "gr"), "ids that it made for itself");
    cli_holds(CLI(CLI_OK, own, "label", "gr-two"), "semantic ids that gr-two made for itself\n");
    char *text = CLI(CLI_OK, own, "label", "markov");
    assert_null(strstr(text, "first tokens"));
    free(text);
    cli_holds(CLI(CLI_OK, own, "export", "semids", "--run", "gr-two", "-o", "-"),
              "\"bowl\": [\"<a_0>\", \"<b_1>\"]");
    cli_holds(CLI(CLI_FAILED, own, "export", "semids", "--run", "markov", "-o", "-"),
              "works on items");
    cli_holds(CLI(CLI_OK, own, "report", "gr", "gr-two", "--format", "md", "-o", "-"),
              "targets, ids of gr-two");
    sample_workspace_remove();
}

/* What fails in a job that a command began ends the script, too, and is its status. */
static void what_fails_later_fails_a_batch(void **state)
{
    (void)state;
    static const char *const begun[] = {"export /nowhere/a.csv", "report /nowhere/a.md",
                                        "save-commands /nowhere/a", "source /nowhere/a", "items"};
    char *path = mem_printf("%s-after.csv", workspace);
    char *after = mem_printf("export %s", path);
    for (size_t i = 0; i < ARRAY_LEN(begun); i++) {
        bool fails = i + 1 < ARRAY_LEN(begun);
        free(RUN(fails ? CLI_FAILED : CLI_OK, "--batch", "-c", "users", "-c", begun[i], "-c",
                 after));
        assert_int_equal(access(path, F_OK), fails ? -1 : 0); /* the script did not go on */
    }
    unlink(path);
    free(after);
    free(path);
}

static void the_frontier_is_rows_or_a_picture(void **state)
{
    (void)state;
    struct jval *o = cli_json(RUN(CLI_OK, "export", "frontier", "--json"));
    assert_int_equal(jval_size(o), 2);
    const struct jval *row = jval_at(o, 0);
    assert_string_equal(jval_string(jval_get(row, "point")), "markov");
    double excess = jval_real(jval_get(row, "excess"), -9);
    double parts = jval_real(jval_get(row, "one_hop"), 9) - jval_real(jval_get(row, "null"), 9);
    assert_true(fabs(excess - parts) < 1e-8);
    assert_true(jval_real(jval_get(row, "recall@10.hi"), -1) >=
                jval_real(jval_get(row, "recall@10"), 2));
    jval_free(o);
    o = cli_json(RUN(CLI_OK, "export", "frontier", "p*,markov", "-m", "ndcg@5", "-f", "json"));
    assert_int_equal(jval_size(o), 2);
    assert_string_equal(jval_string(jval_get(jval_at(o, 0), "point")), "popularity");
    assert_non_null(jval_get(jval_at(o, 1), "ndcg@5"));
    jval_free(o);
    char *file = path_join(dir, "frontier.svg");
    free(RUN(CLI_OK, "export", "frontier", "-o", file));
    struct buf picture;
    buf_init(&picture);
    assert_true(file_read(file, 1 << 20, &picture, NULL));
    char *printed = RUN(CLI_OK, "export", "frontier", "-f", "svg");
    assert_string_equal(printed, picture.data);
    assert_non_null(strstr(printed, ">popularity<"));
    free(printed);
    buf_release(&picture);
    free(file);
    free(RUN(CLI_USAGE, "export", "frontier", "-m", "recall@7"));
    char *items = RUN(CLI_OK, "export", "items", "-d", "last");
    static const char header[] = "item,title,popularity,rank,successors,predecessors,"
                                 "self_prediction,markov.recommended,markov.rote,markov.share,";
    assert_memory_equal(items, header, sizeof header - 1);
    assert_non_null(strstr(items, "\nb,,4,2,3,2,0,")); /* after it c, y, c, e; before it a, x, a */
    free(items);
    free(RUN(CLI_FAILED, "export", "frontier", "gr*"));
    free(RUN(CLI_USAGE, "export", "target-labels", "-f", "svg"));
    free(RUN(CLI_USAGE, "export", "target-labels", "markov"));
}

static void counted_models_have_no_curves(void **state)
{
    (void)state;
    char *text = RUN(CLI_FAILED, "export", "curves", "markov");
    assert_non_null(strstr(text, "counted, not trained"));
    free(text);
    free(RUN(CLI_USAGE, "export", "curves"));
}

static void won_and_lost_users_are_listed(void **state)
{
    (void)state;
    static const char *const outcome[] = {"won", "lost", "both", "neither"};
    int64_t cases = 0;
    for (size_t i = 0; i < ARRAY_LEN(outcome); i++) {
        struct jval *o = cli_json(RUN(CLI_OK, "compare", "popularity", "m*", "--json", "--users",
                                      outcome[i], "--limit", "0"));
        const struct jval *users = jval_get(o, "users");
        int64_t n = jval_int(jval_get(o, outcome[i]), -1);
        assert_int_equal(jval_size(users), n);
        cases += n;
        for (int64_t u = 0; u < n; u++) {
            const struct jval *one = jval_at(users, (size_t)u);
            int64_t a = jval_int(jval_get(one, "a_rank"), 0),
                    b = jval_int(jval_get(one, "b_rank"), 0);
            bool in_a = a >= 1 && a <= 10, in_b = b >= 1 && b <= 10;
            assert_int_equal(i, in_a && in_b ? 2 : in_a ? 1 : in_b ? 0 : 3);
            assert_non_null(jval_string(jval_get(one, "user")));
            assert_non_null(jval_string(jval_get(one, "target")));
        }
        jval_free(o);
    }
    assert_int_equal(cases, 3); /* two test cases of u, one of v */
    char *text = RUN(CLI_OK, "compare", "markov", "popularity");
    assert_non_null(strstr(text, "one_hop_excess"));
    assert_non_null(strstr(text, "shuffle null"));
    free(text);
    struct jval *o = cli_json(RUN(CLI_OK, "compare", "markov", "markov,popularity", "--json"));
    assert_int_equal(jval_size(jval_get(o, "runs_b")), 2);
    assert_false(jval_bool(jval_get(o, "only_seeds"), true));
    jval_free(o);
    o = cli_json(
        RUN(CLI_OK, "compare", "markov", "popularity", "--json", "--slice", "history:4-5"));
    assert_string_equal(jval_string(jval_get(o, "users_are")), "all");
    assert_string_equal(jval_string(jval_get(o, "users_slice")), "history:4-5");
    const struct jval *slices = jval_get(o, "slices"), *last = NULL;
    for (size_t i = 0; i < jval_size(slices); i++)
        if (strcmp(jval_string(jval_get(jval_at(slices, i), "slice")), "history:4-5") == 0)
            last = jval_at(slices, i);
    assert_int_equal(jval_int(jval_get(last, "cases"), -1), jval_size(jval_get(o, "users")));
    jval_free(o);
    text = RUN(CLI_OK, "compare", "markov", "popularity", "--users", "all", "--limit", "0");
    assert_non_null(strstr(text, "all: 3 of 3 users"));
    free(text);
    free(RUN(CLI_USAGE, "compare", "markov", "popularity", "--slice", "tall"));
    free(RUN(CLI_USAGE, "compare", "markov", "popularity", "--users", "some"));
    free(RUN(CLI_USAGE, "compare", "markov"));
    free(RUN(CLI_FAILED, "compare", "markov", "nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_a_user_can_be_traced),
        cmocka_unit_test(an_item_has_its_gapped_match),
        cmocka_unit_test(a_roll_out_shows_its_spans),
        cmocka_unit_test(a_model_writes_on),
        cmocka_unit_test(tokens_are_of_the_runs_own_ids),
        cmocka_unit_test(what_fails_later_fails_a_batch),
        cmocka_unit_test(the_frontier_is_rows_or_a_picture),
        cmocka_unit_test(counted_models_have_no_curves),
        cmocka_unit_test(won_and_lost_users_are_listed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
