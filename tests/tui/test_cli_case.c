/* rote case, as typed, on a small study: each command's text and JSON, its refusals, and that
 * hostile text does no harm. */
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

static char dir[] = "/tmp/rote-cli-case-XXXXXX";
static char *workspace;

/* The output of a command line (its messages when the status is not 0); the caller frees. */
static char *run(int status, const char *const *words, size_t n)
{
    char *argv[24] = {(char *)"rote", (char *)"-w", workspace}, *text = NULL, *errors = NULL;
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
    run(status, (const char *const[]){"case", __VA_ARGS__},                                        \
        sizeof((const char *const[]){"case", __VA_ARGS__}) / sizeof(char *))

/* The output holds the text. */
static void holds(char *output, const char *text)
{
    if (!strstr(output, text))
        fail_msg("\"%s\" is not in: %s", text, output);
    free(output);
}

static struct jval *json(char *text)
{
    struct jval *o = jval_parse(text, strlen(text), NULL);
    assert_non_null(o);
    free(text);
    return o;
}

static const char rows[] = "user,item,time\n"
                           "u,a,1\nu,b,2\nu,c,3\nu,d,4\nv,a,1\nv,b,2\nv,c,3\nv,e,4\n"
                           "w,b,1\nw,c,2\nw,e,3\nw,d,4\nw,a,5\n";

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(dir) || !setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    workspace = path_join(dir, "workspace");
    char *file = path_join(dir, "rows.csv");
    assert_true(file_write(file, rows, sizeof rows - 1, NULL));
    free(run(CLI_OK, (const char *const[]){"import", file}, 2));
    free(run(CLI_OK, (const char *const[]){"train", "--model", "markov"}, 3));
    free(run(CLI_OK, (const char *const[]){"train", "--model", "popularity"}, 3));
    free(file);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(workspace);
    return dir_remove(dir, NULL) ? 0 : -1;
}

static void a_study_is_made_filled_and_read(void **state)
{
    (void)state;
    holds(RUN(CLI_OK, "list"), "no case studies yet");
    holds(RUN(CLI_OK, "new", "First finding", "--tags", "rote,new", "--text", "Why?"),
          "made First finding (1)\n");
    holds(RUN(CLI_OK, "add", "first", "-u", "u", "-r", "markov", "-r", "popularity"),
          "pinned to First finding (1)");
    holds(RUN(CLI_OK, "add", "1", "-u", "u", "-r", "markov", "--rank", "1", "--note", "look"),
          "pinned to");
    holds(RUN(CLI_OK, "add", "1", "-u", "v", "-r", "mark", "-i", "e"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "-r", "popularity", "-d", "any"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "--compare", "markov,popularity"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "-i", "c"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "--plot"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "--query", "SELECT 1 AS one"), "pinned to");
    holds(RUN(CLI_OK, "add", "1", "--title", "Users", "--link", "users", "--link", "filter yes"),
          "pinned to");
    static const char *const kinds[] = {"user", "recommendation", "recommendation",
                                        "run",  "comparison",     "item",
                                        "plot", "query",          "sheet"};
    struct jval *o = json(RUN(CLI_OK, "show", "1", "--json"));
    const struct jval *pins = jval_get(o, "pins");
    assert_string_equal(jval_string(jval_get(o, "tags")), "rote new");
    assert_string_equal(jval_string(jval_get(o, "text")), "Why?");
    assert_int_equal(jval_size(pins), ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_string_equal(jval_string(jval_get(jval_at(pins, i), "kind")), kinds[i]);
    assert_string_equal(jval_string(jval_get(jval_at(pins, 1), "note")), "look");
    assert_string_equal(jval_string(jval_get(jval_at(pins, 2), "item")), "e");
    assert_string_equal(jval_string(jval_get(jval_at(pins, 8), "link")), "users\nfilter yes\n");
    jval_free(o);
    char *text = RUN(CLI_OK, "show", "1");
    assert_non_null(strstr(text, "9 pins First finding  [rote new]\n\nWhy?\n\n  1  user u: "));
    assert_non_null(strstr(text, "\n     look\n"));
    free(text);
    holds(RUN(CLI_OK, "list", "find", "popul"), "First finding");
    holds(RUN(CLI_OK, "list", "absent"), "none of the case studies holds these words");
    o = json(RUN(CLI_OK, "list", "--json"));
    assert_int_equal(jval_int(jval_get(jval_at(o, 0), "pins"), 0), 9);
    jval_free(o);
}

static void checks_tell_what_became_of_it(void **state)
{
    (void)state;
    char *text = RUN(CLI_OK, "check", "first");
    assert_non_null(strstr(text, "First finding\n  1  user u: "));
    assert_non_null(strstr(text, "\n     still so\n"));
    free(text);
    free(run(CLI_OK, (const char *const[]){"runs", "rename", "popularity", "pop"}, 4));
    struct jval *o = json(RUN(CLI_OK, "check", "--json"));
    const struct jval *verdicts = jval_get(jval_at(o, 0), "verdicts");
    static const char *const outcomes[] = {"run gone", "same",    "same", "run gone", "run gone",
                                           "same",     "changed", "same", "unchecked"};
    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
        assert_string_equal(jval_string(jval_get(jval_at(verdicts, i), "outcome")), outcomes[i]);
    assert_string_equal(jval_string(jval_get(jval_at(verdicts, 0), "text")),
                        "the run popularity is gone");
    jval_free(o);
    free(run(CLI_OK, (const char *const[]){"runs", "rename", "pop", "popularity"}, 4));
}

static void changes_are_undone_and_redone(void **state)
{
    (void)state;
    struct jval *before = json(RUN(CLI_OK, "show", "1", "--json"));
    const char *first = jval_string(jval_get(jval_at(jval_get(before, "pins"), 0), "summary"));
    holds(RUN(CLI_OK, "move", "1", "--pin", "1", "down"), "stored First finding");
    holds(RUN(CLI_OK, "show", "1"), "\n  1  markov 1 for u");
    holds(RUN(CLI_OK, "edit", "1", "--pin", "2", "--note", "moved"), "stored");
    holds(RUN(CLI_OK, "delete", "1", "--pin", "2"), "; `rote case undo` brings it back");
    holds(RUN(CLI_OK, "undo"), "undone: removal of a pin from First finding: user u");
    holds(RUN(CLI_OK, "redo"), "redone: removal of a pin");
    free(RUN(CLI_OK, "undo"));
    free(RUN(CLI_OK, "undo"));
    struct jval *o = json(RUN(CLI_OK, "undo", "--json"));
    assert_non_null(strstr(jval_string(jval_get(o, "undone")), "move of user u"));
    assert_int_equal(jval_int(jval_get(o, "study"), 0), 1);
    jval_free(o);
    o = json(RUN(CLI_OK, "show", "1", "--json"));
    assert_string_equal(jval_string(jval_get(jval_at(jval_get(o, "pins"), 0), "summary")), first);
    jval_free(o);
    jval_free(before);
    holds(RUN(CLI_OK, "edit", "1", "--title", "Other"), "stored Other");
    holds(RUN(CLI_OK, "delete", "other"), "deleted Other; ");
    holds(RUN(CLI_OK, "list"), "no case studies yet");
    free(RUN(CLI_OK, "undo"));
    free(RUN(CLI_OK, "undo"));
    holds(RUN(CLI_OK, "list"), "First finding");
    holds(RUN(CLI_OK, "edit", "1", "--tags", "", "--text", ""), "stored");
    free(RUN(CLI_OK, "undo"));
}

static void exports_are_files_and_text(void **state)
{
    (void)state;
    char *file = path_join(dir, "case.md");
    struct buf text;
    struct error err = {0};
    buf_init(&text);
    free(RUN(CLI_OK, "export", "first", "-o", file));
    assert_true(file_read(file, 1 << 20, &text, &err));
    assert_memory_equal(text.data,
                        "# First finding\n\nTags: rote new\n\nWhy?\n\n## 1. user u: ", 50);
    char *same = RUN(CLI_OK, "export", "first");
    assert_string_equal(same, text.data);
    free(same);
    struct jval *o = json(RUN(CLI_OK, "export", "1", "--format", "json"));
    assert_int_equal(jval_size(jval_get(o, "pins")), 9);
    jval_free(o);
    buf_release(&text);
    free(file);
}

static void hostile_text_is_shown_escaped(void **state)
{
    (void)state;
    free(RUN(CLI_OK, "new", "\x1b]0;owned\a<b>\xe2\x80\xae"));
    free(RUN(CLI_OK, "edit", "2", "--text", "=cmd()\n\x1b[2Jx\xff", "--tags", "\x1b[1m"));
    char *shown = RUN(CLI_OK, "show", "2");
    assert_null(strchr(shown, '\x1b'));
    assert_null(strstr(shown, "\xe2\x80\xae"));
    assert_non_null(strstr(shown, "]0;owned<b>\\u202e"));
    assert_non_null(strstr(shown, "=cmd()\n[2Jx"));
    free(shown);
    char *page = RUN(CLI_OK, "export", "2");
    assert_null(strchr(page, '\x1b'));
    assert_non_null(strstr(page, "\\<b\\>"));
    free(page);
    free(RUN(CLI_OK, "delete", "2"));
}

static void mistakes_are_explained(void **state)
{
    (void)state;
    holds(RUN(CLI_USAGE, "frobnicate"), "there is no `case frobnicate`");
    holds(RUN(CLI_USAGE, "new"), "it is `rote case new TITLE`");
    holds(RUN(CLI_USAGE, "new", " "), "needs a title");
    holds(RUN(CLI_FAILED, "show", "zeta"), "there is no case study \"zeta\"; there are: First");
    holds(RUN(CLI_USAGE, "show"), "`case show` needs a case study");
    holds(RUN(CLI_USAGE, "add", "1"), "say what to pin");
    holds(RUN(CLI_FAILED, "add", "1", "-u", "nobody"), "there is no user nobody");
    holds(RUN(CLI_FAILED, "add", "1", "-r", "nothing"), "nothing");
    holds(RUN(CLI_USAGE, "add", "1", "--compare", "markov"), "--compare A,B");
    holds(RUN(CLI_FAILED, "add", "1", "-u", "u", "-r", "markov", "--rank", "99"),
          "no recommendation 99");
    holds(RUN(CLI_USAGE, "edit", "1", "--pin", "99", "--note", "x"), "from 1 to 9");
    holds(RUN(CLI_USAGE, "edit", "1", "--pin", "1"), "--note TEXT");
    holds(RUN(CLI_USAGE, "move", "1", "--pin", "1", "sideways"), "up|down");
    holds(RUN(CLI_USAGE, "move", "1", "up"), "say which pin");
    holds(RUN(CLI_USAGE, "export", "1", "--format", "pdf"), "txt or json");
    holds(RUN(CLI_USAGE, "edit", "1", "--text", "a", "--text-file", "b"), "not both");
    holds(RUN(CLI_FAILED, "edit", "1", "--text-file", "/nowhere/b"), "/nowhere/b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_is_made_filled_and_read),
        cmocka_unit_test(checks_tell_what_became_of_it),
        cmocka_unit_test(changes_are_undone_and_redone),
        cmocka_unit_test(exports_are_files_and_text),
        cmocka_unit_test(hostile_text_is_shown_escaped),
        cmocka_unit_test(mistakes_are_explained),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
