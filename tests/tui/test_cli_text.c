/* What the command line prints for people, on data whose ids, titles, names and logs would act on a
 * terminal: nothing of them does. And that formats for programs have them as they are. */
#include <math.h>
#include <stdio.h>

#include "storage/db/run_store.h"
#include "tests/tui/cli_fixture.h"
#include "tui/widgets/text_out.h"

/* Clears the screen; C1's CSI; right-to-left override and an isolate. */
#define CLEAR    "\033[2J"
#define CSI      "\xc2\x9b"
#define OVERRIDE "\xe2\x80\xae"
#define ISOLATE  "\xe2\x81\xa6"

#define USER  "u" CLEAR "x"
#define OTHER "v" CSI
#define ITEM  "a" CLEAR "b"
#define RUN   "mark" CSI OVERRIDE "ov"

static char dir[] = "/tmp/rote-cli-text-XXXXXX";
static char *workspace;

static const char rows[] =
    "user,item,time\n" USER "," ITEM ",1\n" USER ",b" CSI ",2\n" USER ",c" OVERRIDE ",3\n" USER
    ",d,4\n" USER ",e,5\n" OTHER "," ITEM ",1\n" OTHER ",b" CSI ",2\n" OTHER ",c" OVERRIDE
    ",3\n" OTHER ",e,4\n" OTHER ",d,5\nw" ISOLATE ",b" CSI ",1\nw" ISOLATE ",c" OVERRIDE
    ",2\nw" ISOLATE ",e,3\nw" ISOLATE ",d,4\nw" ISOLATE "," ITEM ",5\n";
static const char titles[] =
    "item,title,category\n" ITEM ",\"red" CLEAR " and\nmore\",x" CLEAR "\nb" CSI ",two" CSI
    "31m,y" CSI "\nc" OVERRIDE ",three" OVERRIDE ",z" OVERRIDE "\nd,four" ISOLATE "\t.,z\n";

/* ---- running ---- */

struct said {
    int status;
    char *out, *err;
};

static struct said run(const char *const *words, size_t n)
{
    char *argv[24] = {(char *)"rote", (char *)"-w", workspace};
    struct said s = {0};
    size_t size;
    assert_true(n + 3 < ARRAY_LEN(argv));
    for (size_t i = 0; i < n; i++)
        argv[3 + i] = (char *)(uintptr_t)words[i];
    FILE *out = open_memstream(&s.out, &size), *err = open_memstream(&s.err, &size);
    s.status = cli_main(3 + (int)n, argv, out, err);
    fclose(out);
    fclose(err);
    return s;
}

static void free_said(struct said *s)
{
    free(s->out);
    free(s->err);
}

/* Where a control character or one that reorders the line stands; NULL: nowhere. */
static const char *harmful(const char *text)
{
    for (const char *p = text; *p; p++) {
        const unsigned char *c = (const unsigned char *)p;
        bool mark = c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
                                     (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
        if ((*c < 0x20 && *c != '\n') || *c == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0) || mark)
            return p;
    }
    return NULL;
}

static void is_harmless(int status, const char *const *words, size_t n)
{
    struct said s = run(words, n);
    if (s.status != status)
        fail_msg("rote %s %s: status %d: %s", words[0], n > 1 ? words[1] : "", s.status, s.err);
    if (harmful(s.out) || harmful(s.err)) {
        const char *at = harmful(s.out) ? harmful(s.out) : harmful(s.err);
        fail_msg("rote %s %s: byte %02x before %.20s", words[0], n > 1 ? words[1] : "",
                 (unsigned)(unsigned char)*at, at + 1);
    }
    assert_true(s.out[0] || s.err[0]);
    free_said(&s);
}
#define HARMLESS(status, ...)                                                                      \
    is_harmless(status, (const char *const[]){__VA_ARGS__},                                        \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* A run with its log and events, and one that failed. */
static void add_hostile_runs(void)
{
    struct error err = {0};
    struct workspace *ws = workspace_open(workspace, WORKSPACE_READ_WRITE, &err);
    assert_non_null(ws);
    int64_t id;
    struct run_info failed = {.name = (char *)(uintptr_t) "failed" CSI,
                              .model = (char *)(uintptr_t) "llama" CSI,
                              .options_json = (char *)(uintptr_t) "{\"a\": \"" CSI "\"}",
                              .state = (char *)(uintptr_t) "failed",
                              .error = (char *)(uintptr_t) "died:\n" CLEAR CSI OVERRIDE};
    assert_true(run_create(ws, &failed, &id, &err));
    const struct run_event event = {
        .seq = 1, .kind = "note" CLEAR, .data = "{\"said\": \"" CSI OVERRIDE "\"}"};
    assert_true(run_events_append(ws, id, &event, 1, &err));
    char *run_dir = workspace_run_dir(ws, id), *log = path_join(run_dir, "worker.log");
    static const char text[] = "one\r\ttwo" CLEAR "\n" CSI OVERRIDE "\n";
    assert_true(file_write(log, text, sizeof text - 1, &err));
    free(log);
    free(run_dir);
    workspace_close(ws);
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || !setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    workspace = path_join(dir, "work" CLEAR "space");
    char *file = path_join(dir, "rows.csv"), *items = path_join(dir, "items.csv");
    assert_true(file_write(file, rows, sizeof rows - 1, NULL));
    assert_true(file_write(items, titles, sizeof titles - 1, NULL));
    HARMLESS(CLI_OK, "import", file, "--items", items);
    HARMLESS(CLI_OK, "train", "--model", "markov", "--name", RUN);
    HARMLESS(CLI_OK, "train", "--model", "popularity");
    add_hostile_runs();
    free(file);
    free(items);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(workspace);
    return dir_remove(dir, NULL) ? 0 : -1;
}

/* ---- commands ---- */

static void results_are_harmless(void **state)
{
    (void)state;
    HARMLESS(CLI_OK, "audit");
    HARMLESS(CLI_OK, "dataset");
    HARMLESS(CLI_OK, "doctor");
    HARMLESS(CLI_OK, "label");
    HARMLESS(CLI_OK, "eval", RUN);
    HARMLESS(CLI_OK, "eval", "--definition", "all");
    HARMLESS(CLI_OK, "compare", RUN, "popularity");
    HARMLESS(CLI_OK, "compare", RUN, "popularity", "--users", "all");
    HARMLESS(CLI_OK, "trace", "--user", USER, "--run", RUN);
    HARMLESS(CLI_OK, "trace", "--user", OTHER, "--run", RUN, "--item", "c" OVERRIDE);
    HARMLESS(CLI_OK, "trace", "--user", OTHER, "--run", RUN, "--without", USER);
    HARMLESS(CLI_OK, "trace", "--user", USER, "--run", RUN, "--generate", "2");
    HARMLESS(CLI_OK, "trace", "--history", ITEM, "--item", "b" CSI);
    HARMLESS(CLI_OK, "trace", "--history", ITEM, "--rollout", "b" CSI ",c" OVERRIDE);
    HARMLESS(CLI_OK, "runs");
    HARMLESS(CLI_OK, "runs", "show", RUN);
    HARMLESS(CLI_OK, "runs", "show", "failed" CSI);
    HARMLESS(CLI_OK, "runs", "log", "failed" CSI);
    HARMLESS(CLI_OK, "sql", "--format", "table",
             "SELECT item_id AS \"a" CLEAR "\", title FROM item");
    HARMLESS(CLI_OK, "report");
    HARMLESS(CLI_OK, "report", "--format", "md");
    HARMLESS(CLI_OK, "export", "users", "--format", "txt");
    HARMLESS(CLI_OK, "export", "items", "--format", "md");
    HARMLESS(CLI_OK, "runs", "delete", "--yes", "failed" CSI);
}

static void case_studies_are_harmless(void **state)
{
    (void)state;
    HARMLESS(CLI_OK, "case", "new", "seals" CLEAR CSI OVERRIDE, "--text", "a\n" CSI OVERRIDE);
    HARMLESS(CLI_OK, "case", "add", "1", "--user", USER, "--run", RUN, "--rank", "1");
    HARMLESS(CLI_OK, "case");
    HARMLESS(CLI_OK, "case", "show", "1");
    HARMLESS(CLI_OK, "case", "check");
    HARMLESS(CLI_OK, "case", "export", "1", "--format", "txt");
    HARMLESS(CLI_OK, "case", "undo");
    HARMLESS(CLI_OK, "case", "delete", "--yes", "1");
}

static void files_are_told_of_harmlessly(void **state)
{
    (void)state;
    char *folder = path_join(dir, "dataset" CLEAR), *vectors = path_join(dir, "x" CSI ".npy");
    HARMLESS(CLI_OK, "export", "recbole", "-o", folder);
    HARMLESS(CLI_OK, "export", "embeddings", "-o", vectors);
    HARMLESS(CLI_USAGE, "export", "recbole", "-o", folder);
    HARMLESS(CLI_FAILED, "export", "trec", "-o", folder);
    free(folder);
    free(vectors);
}

static void messages_are_harmless(void **state)
{
    (void)state;
    HARMLESS(CLI_USAGE, "no" CLEAR);
    HARMLESS(CLI_USAGE, "runs", "--no" CSI);
    HARMLESS(CLI_USAGE, "runs", "no" CSI, "x");
    HARMLESS(CLI_FAILED, "runs", "show", "no" CSI OVERRIDE);
    HARMLESS(CLI_FAILED, "trace", "--user", "no" CLEAR, "--run", RUN);
    HARMLESS(CLI_FAILED, "trace", "--history", "no" CSI, "--item", ITEM);
    HARMLESS(CLI_USAGE, "eval", "--definition", "no" OVERRIDE);
    HARMLESS(CLI_USAGE, "train", "--model", "no" CLEAR);
    HARMLESS(CLI_USAGE, "sql", "SELECT no" CSI);
    HARMLESS(CLI_USAGE, "sql", "--format", "no" CSI, "SELECT 1");
    HARMLESS(CLI_FAILED, "import", "/nowhere/no" CLEAR, "--yes", "--replace");
}

/* ---- formats for programs ---- */

static void formats_for_programs_are_exact(void **state)
{
    (void)state;
    char *text = CLI(CLI_OK, workspace, "export", "users", "--format", "csv");
    assert_non_null(strstr(text, USER));
    assert_non_null(strstr(text, OTHER));
    free(text);
    text = CLI(CLI_OK, workspace, "sql", "--format", "csv", "SELECT item_id FROM item");
    assert_non_null(strstr(text, ITEM));
    assert_non_null(strstr(text, "c" OVERRIDE));
    free(text);
    struct jval *o = cli_json(CLI(CLI_OK, workspace, "trace", "--json", "-u", USER, "-r", RUN));
    assert_string_equal(jval_string(jval_get(o, "user")), USER);
    assert_string_equal(jval_string(jval_get(o, "run")), RUN);
    jval_free(o);
}

/* ---- a full disk ---- */

static void output_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    /* More than a stream keeps back: the end of the command has nothing left to write. */
    char *words_of_it = mem_alloc(100001);
    memset(words_of_it, 'x', 100000);
    words_of_it[100000] = '\0';
    free(CLI(CLI_OK, workspace, "case", "new", "full", "--text", words_of_it));
    free(words_of_it);
    static const char *const words[][5] = {{"case", "export", "full", "--format", "json"},
                                           {"export", "users", "--format", "csv", "-q"},
                                           {"sql", "--format", "table", "-q",
                                            "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + "
                                            "1 FROM c LIMIT 50000) SELECT x FROM c"}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char *argv[8] = {(char *)"rote", (char *)"-w", workspace}, *errors = NULL;
        size_t size;
        for (size_t w = 0; w < 5; w++)
            argv[3 + w] = (char *)(uintptr_t)words[i][w];
        FILE *out = fopen("/dev/full", "w"), *err = open_memstream(&errors, &size);
        assert_non_null(out);
        assert_int_equal(cli_main(8, argv, out, err), CLI_FAILED);
        fclose(out);
        fclose(err);
        if (!strstr(errors, "cannot write"))
            fail_msg("%s: %s", words[i][0], errors);
        free(errors);
    }
}

/* ---- the writer ---- */

#define PRINTS(expected, ...)                                                                      \
    do {                                                                                           \
        char *text_ = NULL;                                                                        \
        size_t size_;                                                                              \
        FILE *out_ = open_memstream(&text_, &size_);                                               \
        text_printf(out_, __VA_ARGS__);                                                            \
        fclose(out_);                                                                              \
        assert_string_equal(text_, expected);                                                      \
        free(text_);                                                                               \
    } while (0)

static void it_prints_as_printf_does(void **state)
{
    (void)state;
    PRINTS("a  7|007|  -7|7   |+7|x2a 100 %\n", "a %2d|%03d|%*d|%-*d|%+d|x%x %u %%\n", 7, 7, 4, -7,
           4, 7, 7, 42u, 100u);
    PRINTS("-9223372036854775807 18446744073709551615 3 -4", "%lld %llu %zu %jd",
           -9223372036854775807LL, 18446744073709551615ULL, (size_t)3, (intmax_t)-4);
    PRINTS("1.500 |  1.5|+1.50|1e+06|nan|    2", "%-6.3f|%5g|%+.2f|%.3g|%f|%*.*f", 1.5, 1.5, 1.5,
           1e6, (double)NAN, 5, 0, 2.0);
    PRINTS("c|  c|abc|  ab|ab  ", "%c|%3c|%s|%*.2s|%-4.*s", 'c', 'c', "abc", 4, "abc", 2, "abc");
}

static void it_counts_columns(void **state)
{
    (void)state;
    PRINTS("\xe6\x97\xa5\xe6\x9c\xac |\xe6\x97\xa5|  e\xcc\x81|", "%-5s|%.3s|%3s|",
           "\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac", "e\xcc\x81");
    PRINTS("^[[2J | \\x9b|\\u202e^J|\\xff", "%-6s|%5s|%s|%s", CLEAR, CSI, OVERRIDE "\n", "\xff");
    PRINTS("\\u061c", "%s", "\xd8\x9c");            /* the mark of Arabic reorders, too */
    PRINTS("\r\033[Ka^J\n", "\r\033[K%s\n", "a\n"); /* the format is the program's own */
}

static void lines_stay_lines(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    text_put(out, "one\n\n" CLEAR "\ttwo\r\n");
    text_put(out, "");
    fclose(out);
    assert_string_equal(text, "one\n\n^[[2J^Itwo^M\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_prints_as_printf_does),
        cmocka_unit_test(it_counts_columns),
        cmocka_unit_test(lines_stay_lines),
        cmocka_unit_test(results_are_harmless),
        cmocka_unit_test(case_studies_are_harmless),
        cmocka_unit_test(files_are_told_of_harmlessly),
        cmocka_unit_test(messages_are_harmless),
        cmocka_unit_test(formats_for_programs_are_exact),
        cmocka_unit_test(output_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
