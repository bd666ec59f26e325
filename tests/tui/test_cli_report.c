/* rote report and the pages of rote export: on the sample data, and on a data set in which ids,
 * titles and run names are as hostile as an import takes them. */
#include <math.h>
#include <unistd.h>

#include "tests/storage/markup.h"
#include "tests/tui/cli_fixture.h"
#include "tests/tui/screens_fixture.h"

static const char *sample;
static char *hostile;

static char *read_whole(const char *path, size_t *n)
{
    struct buf text;
    buf_init(&text);
    assert_true(file_read(path, 1 << 26, &text, NULL));
    *n = text.len;
    return buf_detach(&text);
}

/* Users and items whose names are marks of every format. */
static const char hostile_rows[] =
    "user,item,time\n"
    "<b>u1</b>,=cmd|' /C calc'!A0,1\n<b>u1</b>,\\input{x},2\n<b>u1</b>,$x_1^2$ & %,3\n"
    "<b>u1</b>,`c` | [l](http://e.example),4\n"
    "\"u\"\"2\",=cmd|' /C calc'!A0,1\n\"u\"\"2\",\\input{x},2\n\"u\"\"2\",$x_1^2$ & %,3\n"
    "\"u\"\"2\",`c` | [l](http://e.example),4\n\"u\"\"2\",plain,5\n"
    "-3,\\input{x},1\n-3,$x_1^2$ & %,2\n-3,`c` | [l](http://e.example),3\n-3,plain,4\n"
    "u\xe2\x80\xae"
    "4,plain,1\nu\xe2\x80\xae"
    "4,\\input{x},2\nu\xe2\x80\xae"
    "4,$x_1^2$ & %,3\nu\xe2\x80\xae"
    "4,=cmd|' /C calc'!A0,4\n";

static const char hostile_items[] =
    "item,title\n"
    "plain,<script>alert(1)</script> \x1b]0;title\x07 \x1b[31m & {#1} ~ ^^41 \xe6\x97\xa5 \xff\n"
    "\\input{x},\"]]>--><!-- \xe2\x80\xae title, with a comma\"\n";

static int begin(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    sample = sample_workspace_make();
    hostile = sample_path("hostile <b>& $x_1");
    char *rows = sample_path("hostile.csv"), *items = sample_path("items.csv");
    assert_true(file_write(rows, hostile_rows, sizeof hostile_rows - 1, NULL));
    assert_true(file_write(items, hostile_items, sizeof hostile_items - 1, NULL));
    free(CLI(CLI_OK, hostile, "import", rows, "--items", items));
    free(CLI(CLI_OK, hostile, "train", "--model", "popularity", "--name", "<i>pop & $1_%"));
    free(CLI(CLI_OK, hostile, "train", "--model", "markov", "--name", "=m\"ark|ov` {\\x}"));
    free(rows);
    free(items);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(hostile);
    sample_workspace_remove();
    return 0;
}

/* ---- the sample data ---- */

static void two_reports_have_the_same_bytes(void **state)
{
    (void)state;
    size_t n[2];
    char *text[2];
    for (int i = 0; i < 2; i++) {
        char *path = sample_path(i ? "two.html" : "one.html");
        free(CLI(CLI_OK, sample, "report", "-d", "last", "-o", path));
        text[i] = read_whole(path, &n[i]);
        free(path);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(text[0], text[1], n[0]);
    const char *wrong = xml_fault(text[0], n[0]);
    if (wrong)
        fail_msg("%s", wrong);
    static const char *const wanted[] = {"In short",
                                         "How to read this",
                                         "Data",
                                         "Models",
                                         "Accuracy",
                                         "Memorization",
                                         "Labels",
                                         "Slices",
                                         "Accuracy against memorization",
                                         "Against popularity",
                                         "Example cases",
                                         "How to make this again"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        char *heading = mem_printf(">%s</h2>", wanted[i]);
        if (!strstr(text[0], heading))
            fail_msg("no section %s", wanted[i]);
        free(heading);
    }
    assert_non_null(strstr(text[0], "rote report --definition last\n"));
    assert_null(strstr(text[0], "/tmp/")); /* nothing of this machine */
    free(text[0]);
    free(text[1]);
}

/* The rows of the first table with the caption. */
static const struct jval *rows_of(const struct jval *report, const char *caption)
{
    const struct jval *blocks = jval_get(report, "blocks");
    for (size_t i = 0; i < jval_size(blocks); i++) {
        const char *is = jval_string(jval_get(jval_at(blocks, i), "caption"));
        if (is && strcmp(is, caption) == 0 && jval_get(jval_at(blocks, i), "rows"))
            return jval_get(jval_at(blocks, i), "rows");
    }
    fail_msg("no table %s", caption);
    return NULL;
}

static void its_numbers_are_those_of_eval(void **state)
{
    (void)state;
    static const struct {
        const char *table, *column;
        const char *path[6];
    } figures[] = {
        {"Accuracy and memorization", "recall@10", {"metrics", "recall@10", "value"}},
        {"Accuracy and memorization", "by chance", {"one_hop_ratio", "null", "shuffle", "mean"}},
        {"Accuracy and memorization", "excess, points", {"one_hop_ratio", "excess"}},
        {"Ranking metrics", "recall@10", {"metrics", "recall@10", "value"}},
        {"Ranking metrics", "ndcg@10.lo", {"metrics", "ndcg@10", "lo"}},
        {"Ranking metrics", "mrr@10.hi", {"metrics", "mrr@10", "hi"}},
        {"Beyond accuracy", "coverage", {"beyond", "coverage"}},
        {"One-hop ratio beside its nulls", "one-hop ratio", {"one_hop_ratio", "observed"}},
        {"One-hop ratio beside its nulls", "one-hop ratio.hi", {"one_hop_ratio", "hi"}},
        {"One-hop ratio beside its nulls",
         "null: shuffle",
         {"one_hop_ratio", "null", "shuffle", "mean"}},
        {"One-hop ratio beside its nulls",
         "null: degree.lo",
         {"one_hop_ratio", "null", "degree", "lo"}},
        {"One-hop ratio beside its nulls", "excess, points", {"one_hop_ratio", "excess"}},
        {"One-hop ratio beside its nulls", "lift", {"one_hop_ratio", "lift"}},
    };
    struct jval *report =
        cli_json(CLI(CLI_OK, sample, "report", "-d", "last", "-e", "0", "--json"));
    struct jval *eval = cli_json(CLI(CLI_OK, sample, "eval", "markov", "--json"));
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        const struct jval *row = cli_row(rows_of(report, figures[i].table), "run", "markov");
        double is = jval_real(jval_get(row, figures[i].column), -1);
        double wanted = jval_real(cli_at(eval, figures[i].path), -2);
        if (!(is >= wanted && is <= wanted))
            fail_msg("%s, %s is %.9g, not %.9g", figures[i].table, figures[i].column, is, wanted);
    }
    const struct jval *row = cli_row(rows_of(report, "Reachable targets"), "definition", "last");
    const char *const path[] = {"reachable_target", "value", NULL};
    assert_true(fabs(jval_real(jval_get(row, "reachable"), -1) -
                     jval_real(cli_at(eval, path), -2)) < 1e-12);
    jval_free(report);
    jval_free(eval);
}

/* Facts about runs are none: they have a fingerprint of their own, the command's. */
static void every_table_says_which_data_it_is_of(void **state)
{
    (void)state;
    size_t tables = 0, rows_of_lists = 0;
    struct jval *report =
        cli_json(CLI(CLI_OK, sample, "report", "-d", "last", "-e", "1", "--json"));
    struct jval *dataset = cli_json(CLI(CLI_OK, sample, "dataset", "--json"));
    const char *print = jval_string(jval_get(dataset, "fingerprint"));
    const struct jval *blocks = jval_get(report, "blocks");
    assert_non_null(print);
    for (size_t i = 0; i < jval_size(blocks); i++) {
        const struct jval *b = jval_at(blocks, i), *rows = jval_get(b, "rows");
        const char *kind = jval_string(jval_get(b, "kind")), *note;
        const char *caption = jval_string(jval_get(b, "caption"));
        if ((!rows && strcmp(kind, "plot") != 0) || (caption && strcmp(caption, "Runs") == 0))
            continue;
        note = jval_string(jval_get(b, "note"));
        if (!note || !strstr(note, print))
            fail_msg("%s has the note %s", caption ? caption : kind, note ? note : "");
        tables++;
        for (size_t r = 0; r < jval_size(rows); r++) {
            const struct jval *known = jval_get(jval_at(rows, r), "known from training");
            if (!known)
                continue;
            /* users are those of the match with the last item, where there is one */
            bool match = strncmp(jval_string(known), "verbatim", 8) == 0 ||
                         strcmp(jval_string(known), "one-hop last") == 0;
            int64_t users = jval_int(jval_get(jval_at(rows, r), "users"), 0);
            int64_t times = jval_int(jval_get(jval_at(rows, r), "times"), 0);
            assert_true(match ? users >= 1 && users <= times : users == 0);
            rows_of_lists += !match;
        }
    }
    assert_true(tables > 10 && rows_of_lists > 0);
    jval_free(dataset);
    jval_free(report);
}

static void examples_are_the_clearest_with_their_evidence(void **state)
{
    (void)state;
    char *text = CLI(CLI_OK, sample, "report", "-d", "last", "-e", "1");
    static const char *const wanted[] = {
        "Clearest rote cases",      "Clearest novel cases", "Clearest won cases",
        "Clearest lost cases",      "won: user ",           "Evidence for markov's number ",
        "rote train --model markov"};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (!strstr(text, wanted[i]))
            fail_msg("no %s", wanted[i]);
    free(text);
    text = CLI(CLI_OK, sample, "report", "-d", "last", "-e", "0", "markov");
    assert_null(strstr(text, "Example cases"));
    assert_null(strstr(text, "Against ")); /* there is nothing to compare with */
    assert_null(strstr(text, "--model popularity"));
    free(text);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *words[4];
        const char *says;
    } cases[] = {
        {CLI_USAGE, {"report", "-f", "pdf"}, "html, md, tex, json or txt"},
        {CLI_USAGE, {"report", "-o", "x.csv"}, "rote export"},
        {CLI_USAGE, {"report", "-d", "nonsense"}, "nonsense"},
        {CLI_USAGE, {"report", "-e", "-1"}, "examples"},
        {CLI_FAILED, {"report", "nobody"}, "nobody"},
        {CLI_USAGE, {"export", "recs", "-f", "png"}, "pictures"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n = 0;
        while (n < 4 && cases[i].words[n])
            n++;
        char *text = cli_run(cases[i].status, sample, cases[i].words, n);
        if (!strstr(text, cases[i].says))
            fail_msg("%s does not say %s", text, cases[i].says);
        free(text);
    }
}

static void a_workspace_without_runs_has_a_report(void **state)
{
    (void)state;
    char *text = CLI(CLI_OK, small_workspace_make(), "report");
    assert_non_null(strstr(text, "There are no finished runs."));
    assert_non_null(strstr(text, "How to make this again"));
    free(text);
}

/* ---- hostile names ---- */

static void hostile_names_are_harmless_in_every_report(void **state)
{
    (void)state;
    static const char *const format[] = {"html", "tex", "md", "txt", "json"};
    for (size_t i = 0; i < ARRAY_LEN(format); i++) {
        char *text = CLI(CLI_OK, hostile, "report", "-f", format[i], "-e", "3"), *again;
        const char *wrong = i == 0   ? xml_fault(text, strlen(text))
                            : i == 1 ? tex_fault(text, strlen(text))
                                     : NULL;
        if (wrong)
            fail_msg("%s: %s", format[i], wrong);
        for (const char *s = text; *s; s++)
            assert_true((unsigned char)*s >= 0x20 || *s == '\n');
        if (i < 3) {
            assert_null(
                strstr(text, i == 2 ? " <script" : "<script")); /* Markdown has a backslash there */
            assert_null(strstr(text, "\n\\input"));
        }
        again = CLI(CLI_OK, hostile, "report", "-f", format[i], "-e", "3");
        assert_string_equal(text, again);
        free(again);
        free(text);
    }
}

/* What may be in a page or file, whatever is in the data. CSV and TSV keep all bytes. */
static void is_harmless(const char *what, const char *format, const char *text)
{
    size_t n = strlen(text);
    bool table = strcmp(format, "csv") == 0 || strcmp(format, "tsv") == 0;
    bool is_html = strcmp(format, "html") == 0, is_tex = strcmp(format, "tex") == 0;
    const char *wrong = is_html ? xml_fault(text, n) : is_tex ? tex_fault(text, n) : NULL;
    for (const char *s = text; *s && !table && !wrong; s++)
        if ((unsigned char)*s < 0x20 && *s != '\n')
            wrong = "a control character";
    if (strncmp(format, "json", 4) != 0 && !table && strstr(text, "\xe2\x80\xae"))
        wrong = "a character that turns the line around";
    if (is_html && (strstr(text, "<script") || strstr(text, "<i>pop") || strstr(text, "<img")))
        wrong = "a tag";
    if (is_tex && (strstr(text, "\\input{x}") || strstr(text, "\\x}")))
        wrong = "a command";
    if (strcmp(format, "md") == 0 && (strstr(text, " <script") || strstr(text, "[l](http")))
        wrong = "a tag or link";
    for (const char *s = text; table && (s = strpbrk(s, "\n,\t")); s++)
        if (s[1] == '=' || s[1] == '@' || (s[1] == '"' && s[2] == '='))
            wrong = "a formula";
    if (strcmp(format, "json") == 0) {
        struct jval *o = jval_parse(text, n, NULL);
        wrong = o ? wrong : "no JSON";
        jval_free(o);
    }
    for (const char *s = text, *end; strcmp(format, "jsonl") == 0 && *s; s = end + 1) {
        assert_non_null(end = strchr(s, '\n'));
        struct jval *o = jval_parse(s, (size_t)(end - s), NULL);
        wrong = o ? wrong : "a line that is no JSON";
        jval_free(o);
    }
    if (wrong)
        fail_msg("%s as %s has %s", what, format, wrong);
}

/* Twice, which must be the same bytes. */
static void is_harmless_twice(const char *what, const char *format, const char *const *words,
                              size_t n)
{
    char *text = cli_run(CLI_OK, hostile, words, n), *again = cli_run(CLI_OK, hostile, words, n);
    is_harmless(what, format, text);
    assert_string_equal(text, again);
    assert_true(strlen(text) > 20);
    free(text);
    free(again);
}

static const char bad_title[] = "=cmd() <script>t</script> \\input{x} [l](http://e) \x1b[31m "
                                "\xe2\x80\xae | `c`";

/* Its marks are Markdown, the author's. */
static const char bad_text[] = "=cmd() <script>t</script> \\input{x} \x1b[31m \xe2\x80\xae\n"
                               "<img src=x onerror=y> | `c`";

/* Places: ids, titles, names of runs; title, text, tags, note, query of a case study; results of
 * SQL. Formats: all that a place has. */
/* The run is named as the kind wants it, if it wants one. */
static size_t export_words(const char *what, const char *format, const char *run,
                           const char *words[6])
{
    size_t n = 0;
    words[n++] = "export";
    words[n++] = what;
    words[n++] = "-f";
    words[n++] = format;
    bool one = strcmp(what, "recs") == 0 || strcmp(what, "figures") == 0;
    if (one)
        words[n++] = "--run";
    if (one || strcmp(what, "comparison") == 0)
        words[n++] = run;
    return n;
}

static void hostile_text_is_harmless_in_every_place_and_format(void **state)
{
    (void)state;
    static const char *const format[] = {"html", "tex", "md", "txt", "json", "jsonl", "csv", "tsv"};
    static const char *const what[] = {"target-labels", "recs",     "users",     "items",
                                       "figures",       "frontier", "comparison"};
    static const char query[] = "SELECT '=1+1' AS \"=a|<b>\", '<script>x</script>' || char(27) || "
                                "'[31m' || char(8238) AS \"b,c\", title FROM item";
    free(CLI(CLI_OK, hostile, "case", "new", bad_title, "--tags", "=t <i>pop \\x}", "--text",
             bad_text));
    free(CLI(CLI_OK, hostile, "case", "add", "1", "--query", query, "--note", bad_title));
    free(CLI(CLI_OK, hostile, "case", "add", "1", "-u", "<b>u1</b>", "-r", "<i>pop & $1_%"));
    for (size_t f = 0; f < ARRAY_LEN(format); f++) {
        for (size_t i = 0; i < ARRAY_LEN(what); i++) {
            const char *words[6];
            size_t n = export_words(what[i], format[f], "<i>pop & $1_%", words);
            is_harmless_twice(what[i], format[f], words, n);
        }
        if (f < 5)
            is_harmless_twice("a case study", format[f],
                              (const char *const[]){"case", "export", "1", "--format", format[f]},
                              5);
        if (f < 5)
            is_harmless_twice("a report", format[f],
                              (const char *const[]){"report", "-f", format[f], "-d", "last"}, 5);
        if (f >= 4)
            is_harmless_twice("a query", format[f],
                              (const char *const[]){"sql", "-f", format[f], query}, 4);
    }
    is_harmless_twice("a query", "txt", (const char *const[]){"sql", "-f", "table", query}, 4);
    is_harmless_twice("the frontier", "html",
                      (const char *const[]){"export", "frontier", "-f", "svg"}, 4);
}

static void endings_that_are_no_format_are_refused(void **state)
{
    (void)state;
    static const char *const words[][5] = {
        {"export", "users", "-o", "%", "-q"},
        {"report", "-o", "%", "-q", "-q"},
        {"case", "export", "1", "-o", "%"},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char *path = sample_path("x.xlsx");
        const char *argument[5];
        for (size_t k = 0; k < 5; k++)
            argument[k] = strcmp(words[i][k], "%") == 0 ? path : words[i][k];
        char *text = cli_run(CLI_USAGE, hostile, argument, 5);
        assert_non_null(strstr(text, "xlsx"));
        assert_non_null(strstr(text, "html"));
        assert_false(file_exists(path));
        free(text);
        free(path);
    }
}

static void exports_are_tables_of_the_same_text(void **state)
{
    (void)state;
    static const char *const what[] = {"target-labels", "recs",     "users",
                                       "figures",       "frontier", "comparison"};
    static const char run_name[] = "=m\"ark|ov` {\\x}";
    for (size_t i = 0; i < ARRAY_LEN(what); i++)
        for (int tex = 0; tex < 2; tex++) {
            const char *words[6];
            size_t n = export_words(what[i], tex ? "tex" : "html", run_name, words);
            char *text = cli_run(CLI_OK, hostile, words, n);
            const char *wrong = tex ? tex_fault(text, strlen(text)) : xml_fault(text, strlen(text));
            if (wrong)
                fail_msg("%s: %s", what[i], wrong);
            assert_non_null(strstr(text, tex ? "\\toprule" : "<table>"));
            free(text);
        }
}

static void the_frontier_is_a_png_of_its_scale(void **state)
{
    (void)state;
    size_t n;
    char *path = sample_path("frontier.png");
    free(CLI(CLI_OK, sample, "export", "frontier", "-o", path, "--scale", "3"));
    char *png = read_whole(path, &n);
    assert_true(n > 1000);
    assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal((unsigned char)png[18] << 8 | (unsigned char)png[19], 3 * 520);
    free(png);
    free(path);
    free(CLI(CLI_USAGE, sample, "export", "frontier", "-f", "png", "--scale", "17"));
}

/* ---- from the screens ---- */

static void the_screens_write_the_same_report(void **state)
{
    (void)state;
    size_t n[2];
    char *path[2] = {sample_path("by-command.html"), sample_path("by-screens.html")};
    free(CLI(CLI_OK, hostile, "report", "-o", path[0]));
    char *command = mem_printf("report %s", path[1]);
    struct screens s;
    screens_open(&s, hostile, SCREENS_READ);
    DO(&s, command);
    screens_close(&s);
    char *text[2] = {read_whole(path[0], &n[0]), read_whole(path[1], &n[1])};
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(text[0], text[1], n[0]);
    for (int i = 0; i < 2; i++) {
        free(text[i]);
        free(path[i]);
    }
    free(command);
}

static void a_sheet_is_written_as_its_ending_says(void **state)
{
    (void)state;
    static const char *const ending[] = {"html", "tex", "json", "md", "txt", "csv", "tsv", "jsonl"};
    for (size_t i = 0; i < ARRAY_LEN(ending); i++) {
        size_t n;
        char *name = mem_printf("users.%s", ending[i]), *path = sample_path(name);
        char *command = mem_printf("export %s", path);
        struct screens s;
        screens_open(&s, hostile, SCREENS_READ);
        DO(&s, "users", "sort-down items", command);
        screens_close(&s);
        char *text = read_whole(path, &n);
        is_harmless("a sheet", ending[i], text);
        bool page = i == 0 || i == 1 || i == 3 || i == 4;
        if (page && (!strstr(text, "4 of 4") || !strstr(text, "items") || !strstr(text, "Data ")))
            fail_msg("%s does not say what it is of: %s", ending[i], text);
        if (i == 2) {
            struct jval *rows = jval_parse(text, n, NULL);
            assert_int_equal(jval_size(rows), 4);
            assert_string_equal(jval_string(jval_get(jval_at(rows, 0), "user")), "u\"2");
            assert_int_equal(jval_int(jval_get(jval_at(rows, 0), "items"), 0), 5);
            jval_free(rows);
        }
        free(text);
        free(command);
        free(path);
        free(name);
    }
}

static void a_plot_is_written_as_a_picture(void **state)
{
    (void)state;
    size_t n;
    struct screens s;
    char *svg = sample_path("plot.svg"), *png = sample_path("plot.png");
    char *as_svg = mem_printf("export %s", svg), *as_png = mem_printf("export %s", png);
    screens_open(&s, hostile, SCREENS_READ);
    DO(&s, "overview", "plot", as_svg, as_png);
    char *text = read_whole(svg, &n);
    const char *wrong = xml_fault(text, n);
    if (wrong)
        fail_msg("%s", wrong);
    assert_non_null(strstr(text, "pred=last"));
    free(text);
    text = read_whole(png, &n);
    assert_memory_equal(text, "\x89PNG", 4);
    free(text);
    unlink(svg); /* a sheet is none */
    DO(&s, "users");
    expect_refusal(&s, as_svg, ".html");
    assert_false(file_exists(svg));
    screens_close(&s);
    free(as_svg);
    free(as_png);
    free(svg);
    free(png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_reports_have_the_same_bytes),
        cmocka_unit_test(its_numbers_are_those_of_eval),
        cmocka_unit_test(every_table_says_which_data_it_is_of),
        cmocka_unit_test(examples_are_the_clearest_with_their_evidence),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_workspace_without_runs_has_a_report),
        cmocka_unit_test(hostile_names_are_harmless_in_every_report),
        cmocka_unit_test(hostile_text_is_harmless_in_every_place_and_format),
        cmocka_unit_test(endings_that_are_no_format_are_refused),
        cmocka_unit_test(exports_are_tables_of_the_same_text),
        cmocka_unit_test(the_frontier_is_a_png_of_its_scale),
        cmocka_unit_test(the_screens_write_the_same_report),
        cmocka_unit_test(a_sheet_is_written_as_its_ending_says),
        cmocka_unit_test(a_plot_is_written_as_a_picture),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
