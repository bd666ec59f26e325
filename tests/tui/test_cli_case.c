/* rote case, as typed, on a small study: each command's text and JSON, its refusals, and that
 * hostile text does no harm. */
#include "storage/db/case_store.h"
#include "tests/tui/cli_fixture.h"

#define RUN(status, ...) CLI(status, workspace, "case", __VA_ARGS__)

static char dir[] = "/tmp/rote-cli-case-XXXXXX";
static char *workspace;

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
    free(CLI(CLI_OK, workspace, "import", file));
    free(CLI(CLI_OK, workspace, "train", "--model", "markov"));
    free(CLI(CLI_OK, workspace, "train", "--model", "popularity"));
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
    cli_holds(RUN(CLI_OK, "list"), "no case studies yet");
    cli_holds(RUN(CLI_OK, "new", "First finding", "--tags", "rote,new", "--text", "Why?"),
              "made First finding (1)\n");
    cli_holds(RUN(CLI_OK, "add", "first", "-u", "u", "-r", "markov", "-r", "popularity"),
              "pinned to First finding (1)");
    cli_holds(RUN(CLI_OK, "add", "1", "-u", "u", "-r", "markov", "--rank", "1", "--note", "look"),
              "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "-u", "v", "-r", "mark", "-i", "e"), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "-r", "popularity", "-d", "any"), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "--compare", "markov,popularity"), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "-i", "c"), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "--plot"), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "1", "--query", "SELECT 1 AS one"), "pinned to");
    cli_holds(
        RUN(CLI_OK, "add", "1", "--title", "Users", "--link", "users", "--link", "filter yes"),
        "pinned to");
    static const char *const kinds[] = {"user", "recommendation", "recommendation",
                                        "run",  "comparison",     "item",
                                        "plot", "query",          "sheet"};
    struct jval *o = cli_json(RUN(CLI_OK, "show", "1", "--json"));
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
    cli_holds(RUN(CLI_OK, "list", "find", "popul"), "First finding");
    cli_holds(RUN(CLI_OK, "list", "absent"), "none of the case studies holds these words");
    o = cli_json(RUN(CLI_OK, "list", "--json"));
    assert_int_equal(jval_int(jval_get(jval_at(o, 0), "pins"), 0), 9);
    jval_free(o);
}

/* A pin's commands show something, and nothing else; runs are named as everywhere. */
static void links_and_runs_are_looked_at(void **state)
{
    (void)state;
    cli_holds(RUN(CLI_USAGE, "add", "L", "--title", "x", "--link", "report x.html"),
              "\"report x.html\" is no command that only shows something");
    cli_holds(RUN(CLI_USAGE, "add", "L", "--title", "x", "--link", "delete-run! markov"),
              "only shows");
    cli_holds(RUN(CLI_USAGE, "add", "L", "-r", "markov", "--case", "1"), "--case is of a --user");
    cli_holds(RUN(CLI_FAILED, "add", "L", "-u", "u", "--case", "7"), "not 7");
    free(CLI(CLI_OK, workspace, "runs", "rename", "popularity", "the, popular one"));
    cli_holds(RUN(CLI_OK, "add", "L", "--compare", "markov,\"the, popular one\""), "pinned to");
    cli_holds(RUN(CLI_OK, "add", "L", "-u", "u", "--case", "1", "-r", "the, popular one"),
              "pinned to");
    cli_holds(RUN(CLI_USAGE, "add", "L", "--compare", "markov"), "it is --compare A,B");
    struct jval *o = cli_json(RUN(CLI_OK, "show", "L", "--json"));
    const struct jval *pins = jval_get(o, "pins");
    assert_string_equal(jval_string(jval_get(jval_at(pins, 0), "link")),
                        "def last\ncompare markov \"the, popular one\"\n");
    assert_string_equal(jval_string(jval_get(jval_at(pins, 1), "link")),
                        "def last\nruns \"the, popular one\"\nuser u case 1\n");
    jval_free(o);
    free(CLI(CLI_OK, workspace, "runs", "rename", "the, popular one", "popularity"));
    free(RUN(CLI_OK, "delete", "L"));
}

static void checks_tell_what_became_of_it(void **state)
{
    (void)state;
    char *text = RUN(CLI_OK, "check", "first");
    assert_non_null(strstr(text, "First finding\n  1  user u: "));
    assert_non_null(strstr(text, "\n     still so\n"));
    free(text);
    free(CLI(CLI_OK, workspace, "runs", "rename", "popularity", "pop"));
    struct jval *o = cli_json(RUN(CLI_OK, "check", "--json"));
    const struct jval *verdicts = jval_get(jval_at(o, 0), "verdicts");
    for (size_t i = 0; i < 9; i++)
        assert_string_equal(jval_string(jval_get(jval_at(verdicts, i), "outcome")),
                            i == 8 ? "unchecked" : "same");
    assert_string_equal(jval_string(jval_get(jval_at(verdicts, 0), "text")),
                        "still so; popularity is called pop now");
    jval_free(o);
    cli_holds(RUN(CLI_OK, "export", "first"), "    :runs markov,pop\n");
    free(CLI(CLI_OK, workspace, "runs", "rename", "pop", "popularity"));
}

static void changes_are_undone_and_redone(void **state)
{
    (void)state;
    struct jval *before = cli_json(RUN(CLI_OK, "show", "1", "--json"));
    const char *first = jval_string(jval_get(jval_at(jval_get(before, "pins"), 0), "summary"));
    cli_holds(RUN(CLI_OK, "move", "1", "--pin", "1", "down"), "stored First finding");
    cli_holds(RUN(CLI_OK, "show", "1"), "\n  1  markov 1 for u");
    cli_holds(RUN(CLI_OK, "edit", "1", "--pin", "2", "--note", "moved"), "stored");
    cli_holds(RUN(CLI_OK, "delete", "1", "--pin", "2"), "; `rote case undo` brings it back");
    cli_holds(RUN(CLI_OK, "undo"), "undone: removal of a pin from First finding: user u");
    cli_holds(RUN(CLI_OK, "redo"), "redone: removal of a pin");
    free(RUN(CLI_OK, "undo"));
    free(RUN(CLI_OK, "undo"));
    struct jval *o = cli_json(RUN(CLI_OK, "undo", "--json"));
    assert_non_null(strstr(jval_string(jval_get(o, "undone")), "move of user u"));
    assert_int_equal(jval_int(jval_get(o, "study"), 0), 1);
    jval_free(o);
    o = cli_json(RUN(CLI_OK, "show", "1", "--json"));
    assert_string_equal(jval_string(jval_get(jval_at(jval_get(o, "pins"), 0), "summary")), first);
    jval_free(o);
    jval_free(before);
    cli_holds(RUN(CLI_OK, "edit", "1", "--title", "Other"), "stored Other");
    cli_holds(RUN(CLI_OK, "delete", "other"), "deleted Other; ");
    cli_holds(RUN(CLI_OK, "list"), "no case studies yet");
    free(RUN(CLI_OK, "undo"));
    free(RUN(CLI_OK, "undo"));
    cli_holds(RUN(CLI_OK, "list"), "First finding");
    cli_holds(RUN(CLI_OK, "edit", "1", "--tags", "", "--text", ""), "stored");
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
    struct jval *o = cli_json(RUN(CLI_OK, "export", "1", "--format", "json"));
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
    cli_holds(RUN(CLI_USAGE, "frobnicate"), "there is no `case frobnicate`");
    cli_holds(RUN(CLI_USAGE, "new"), "it is `rote case new TITLE`");
    cli_holds(RUN(CLI_USAGE, "new", " "), "needs a title");
    cli_holds(RUN(CLI_FAILED, "show", "zeta"), "there is no case study \"zeta\"; there are: First");
    cli_holds(RUN(CLI_USAGE, "show"), "`case show` needs a case study");
    cli_holds(RUN(CLI_USAGE, "add", "1"), "say what to pin");
    cli_holds(RUN(CLI_FAILED, "add", "1", "-u", "nobody"), "there is no user nobody");
    cli_holds(RUN(CLI_FAILED, "add", "1", "-r", "nothing"), "nothing");
    cli_holds(RUN(CLI_USAGE, "add", "1", "--compare", "markov"), "--compare A,B");
    cli_holds(RUN(CLI_FAILED, "add", "1", "-u", "u", "-r", "markov", "--rank", "99"),
              "no recommendation 99");
    cli_holds(RUN(CLI_USAGE, "edit", "1", "--pin", "99", "--note", "x"), "from 1 to 9");
    cli_holds(RUN(CLI_USAGE, "edit", "1", "--pin", "1"), "--note TEXT");
    cli_holds(RUN(CLI_USAGE, "move", "1", "--pin", "1", "sideways"), "up|down");
    cli_holds(RUN(CLI_USAGE, "move", "1", "up"), "say which pin");
    cli_holds(RUN(CLI_USAGE, "export", "1", "--format", "pdf"), "txt or json");
    cli_holds(RUN(CLI_USAGE, "edit", "1", "--text", "a", "--text-file", "b"), "not both");
    cli_holds(RUN(CLI_FAILED, "edit", "1", "--text-file", "/nowhere/b"), "/nowhere/b");
}

/* What fails in one of its parts leaves nothing, and what is not looked at is refused. */
static void all_of_a_command_is_done_or_nothing(void **state)
{
    (void)state;
    char *note = mem_printf("%0*d", CASE_NOTE_MAX + 1, 0);
    char *tags = mem_printf("%0*d", CASE_TITLE_MAX + 1, 0);
    cli_holds(RUN(CLI_FAILED, "new", "Half", "--text", "t", "--tags", tags), "at most 200");
    cli_holds(RUN(CLI_FAILED, "new", "Half", "--text-file", "/nowhere/b"), "/nowhere/b");
    cli_holds(RUN(CLI_FAILED, "add", "Half", "-i", "c", "--note", note), "at most 4000");
    cli_holds(RUN(CLI_FAILED, "show", "Half"), "no case study \"Half\"");
    cli_holds(RUN(CLI_OK, "add", "Whole", "-i", "c"), "pinned to Whole");
    cli_holds(RUN(CLI_OK, "undo"), "undone: pin in Whole: item c");
    cli_holds(RUN(CLI_OK, "undo"), "undone: new case study Whole");
    cli_holds(RUN(CLI_FAILED, "show", "Whole"), "no case study \"Whole\"");
    cli_holds(RUN(CLI_USAGE, "new", "Half", "--pin", "1"), "`case new` takes no --pin");
    cli_holds(RUN(CLI_USAGE, "new", "Half", "-u", "u"), "`case new` takes no --user");
    cli_holds(RUN(CLI_USAGE, "show", "1", "--text", "t"), "`case show` takes no --text");
    cli_holds(RUN(CLI_USAGE, "edit", "1", "--pin", "1", "--text", "t"), "two commands");
    cli_holds(RUN(CLI_USAGE, "edit", "1", "--note", "n", "--title", "t"), "two commands");
    cli_holds(RUN(CLI_USAGE, "edit", "1"), "say what to change");
    free(note);
    free(tags);
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
        cmocka_unit_test(all_of_a_command_is_done_or_nothing),
        cmocka_unit_test(links_and_runs_are_looked_at),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
