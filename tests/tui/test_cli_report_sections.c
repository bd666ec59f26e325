/* Sections of a report that need something of their own: runs with epochs, case studies, and runs
 * that were trained on different parts. */
#include <math.h>

#include "storage/db/run_store.h"
#include "tests/storage/markup.h"
#include "tests/tui/cli_fixture.h"
#include "tests/tui/sample_workspace.h"

static const char *sample;

static int begin(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    sample = sample_workspace_make();
    return 0;
}

static int end(void **state)
{
    (void)state;
    sample_workspace_remove();
    return 0;
}

/* The blocks below a heading, until the next of its level; *n of them. */
static size_t section(const struct jval *report, const char *heading, size_t *n)
{
    const struct jval *blocks = jval_get(report, "blocks");
    size_t from = 0;
    int64_t level = 0;
    for (size_t i = 0; i < jval_size(blocks); i++) {
        const struct jval *b = jval_at(blocks, i);
        const char *text = jval_string(jval_get(b, "text"));
        if (strcmp(jval_string(jval_get(b, "kind")), "heading") != 0)
            continue;
        int64_t is = jval_int(jval_get(b, "level"), 0);
        if (from > 0 && is <= level) {
            *n = i - from;
            return from;
        }
        if (from == 0 && strcmp(text, heading) == 0) {
            from = i + 1;
            level = is;
        }
    }
    if (from == 0)
        fail_msg("no section %s", heading);
    *n = jval_size(blocks) - from;
    return from;
}

/* The y of a plot's point; NAN: there is none. */
static double point_of(const struct jval *plot, const char *panel, const char *series, double x)
{
    const struct jval *rows = jval_get(plot, "rows");
    for (size_t i = 0; i < jval_size(rows); i++) {
        const struct jval *row = jval_at(rows, i);
        const char *p = jval_string(jval_get(row, "panel"));
        const char *s = jval_string(jval_get(row, "series"));
        double at = jval_real(jval_get(row, "x"), -1);
        if (p && strcmp(p, panel) == 0 && strcmp(s ? s : "", series) == 0 && at >= x && at <= x)
            return jval_real(jval_get(row, "y"), (double)NAN);
    }
    return (double)NAN;
}

static void expect_points(const struct jval *plot)
{
    static const struct {
        const char *panel, *series;
        double at[2];
    } wanted[] = {{"training loss", "", {2.5, 1.25}},
                  {"next item in the first 10", "held-out", {0.25, 0.5}},
                  {"next item in the first 10", "training", {0.125, 0.75}},
                  {"one-hop ratio of the lists", "observed", {0.375, 0.625}},
                  {"one-hop ratio of the lists", "shuffle null", {0.0625, 0.1875}}};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        for (int e = 0; e < 2; e++) {
            double is = point_of(plot, wanted[i].panel, wanted[i].series, e + 1);
            if (!(is >= wanted[i].at[e] && is <= wanted[i].at[e]))
                fail_msg("%s %s at %d is %g", wanted[i].panel, wanted[i].series, e + 1, is);
        }
}

static void learn(const char *name)
{
    struct error err = {0};
    struct run_info run;
    struct run_event epochs[] = {
        {1, 10, "epoch",
         "{\"epoch\": 1, \"loss\": 2.5, \"recall@10\": 0.25, \"extraction\": 0.125, \"one_hop\": "
         "0.375, \"one_hop_shuffle\": 0.0625}"},
        {2, 11, "epoch",
         "{\"epoch\": 2, \"loss\": 1.25, \"recall@10\": 0.5, \"extraction\": 0.75, \"one_hop\": "
         "0.625, "
         "\"one_hop_shuffle\": 0.1875, \"best\": true}"}};
    struct workspace *ws = workspace_open(sample, WORKSPACE_READ_WRITE, &err);
    assert_true(ws && run_find(ws, name, &run, &err) &&
                run_events_append(ws, run.id, epochs, 2, &err));
    run_info_release(&run);
    workspace_close(ws);
}

/* Every number of the curves, and of what is pinned, is the one that was measured. */
static void curves_and_case_studies_have_their_figures(void **state)
{
    (void)state;
    learn("markov");
    free(CLI(CLI_OK, sample, "case", "new", "Why", "--text", "Words of mine."));
    free(CLI(CLI_OK, sample, "case", "add", "Why", "--run", "markov", "--note", "look here"));
    free(CLI(CLI_OK, sample, "case", "add", "Why", "--plot"));
    struct jval *report =
        cli_json(CLI(CLI_OK, sample, "report", "-d", "last", "-e", "0", "--json"));
    struct jval *eval = cli_json(CLI(CLI_OK, sample, "eval", "markov", "--json"));
    const struct jval *blocks = jval_get(report, "blocks");
    size_t n, from = section(report, "While they learned", &n), plots = 0, tables = 0;
    assert_int_equal(n, 1); /* popularity has learned nothing */
    assert_string_equal(jval_string(jval_get(jval_at(blocks, from), "kind")), "plot");
    expect_points(jval_at(blocks, from));
    from = section(report, "Case studies", &n);
    bool words = false, note = false;
    for (size_t i = from; i < from + n; i++) {
        const struct jval *b = jval_at(blocks, i), *rows = jval_get(b, "rows");
        const char *text = jval_string(jval_get(b, "text"));
        const char *caption = jval_string(jval_get(b, "caption"));
        words = words || (text && strcmp(text, "Words of mine.") == 0);
        note = note || (text && strcmp(text, "look here") == 0);
        if (strcmp(jval_string(jval_get(b, "kind")), "plot") == 0 && plots++ == 0)
            expect_points(b);
        if (!caption || strcmp(caption, "As it was seen") != 0)
            continue;
        const char *const path[] = {"metrics", "recall@10", "value", NULL};
        const char *const null[] = {"one_hop_ratio", "null", "shuffle", "mean", NULL};
        const char *prefix = tables++ ? "markov " : "";
        char *recall = mem_printf("%srecall@10", prefix);
        char *chance = mem_printf("%sone-hop by chance", prefix);
        double is = atof(jval_string(jval_get(cli_row(rows, "figure", recall), "value")));
        assert_true(fabs(is - jval_real(cli_at(eval, path), -1)) < 5e-5);
        is = atof(jval_string(jval_get(cli_row(rows, "figure", chance), "value")));
        assert_true(fabs(is - jval_real(cli_at(eval, null), -1)) < 5e-5);
        free(recall);
        free(chance);
    }
    assert_true(words && note);
    assert_int_equal(plots, 2); /* the curves and the frontier */
    assert_int_equal(tables, 2);
    jval_free(report);
    jval_free(eval);
    char *page = CLI(CLI_OK, sample, "case", "export", "Why", "--format", "html");
    const char *wrong = xml_fault(page, strlen(page));
    if (wrong)
        fail_msg("%s", wrong);
    const char *first = strstr(page, "<svg");
    assert_true(first && strstr(first + 1, "<svg"));
    free(page);
}

static const char *note_of(const struct jval *report, const char *caption)
{
    const struct jval *blocks = jval_get(report, "blocks");
    for (size_t i = 0; i < jval_size(blocks); i++) {
        const char *is = jval_string(jval_get(jval_at(blocks, i), "caption"));
        if (is && strcmp(is, caption) == 0)
            return jval_string(jval_get(jval_at(blocks, i), "note"));
    }
    fail_msg("no %s", caption);
    return NULL;
}

/* Of runs that were trained on different parts the notes say whose edges a figure has. */
static void notes_say_whose_edges_are_used(void **state)
{
    (void)state;
    static const char own[] = "(edges: those that each run was trained on)";
    static const char one[] = "edges=train,own=keep,history=keep,k=10 (these edges, whatever a run";
    static const char *const of_all[] = {"Differences, paired by user", "Who is on the frontier",
                                         "Where the difference in ndcg@10 comes from"};
    static const char *const of_each[] = {"One-hop ratio beside its nulls",
                                          "ndcg@10 by what is asked for"};
    const char *mixed = small_workspace_make();
    free(CLI(CLI_OK, mixed, "train", "--model", "popularity"));
    free(CLI(CLI_OK, mixed, "train", "--model", "markov", "--trained-on", "train+valid", "--name",
             "both"));
    struct jval *report = cli_json(
        CLI(CLI_OK, mixed, "report", "-d", "last", "-e", "1", "--json", "popularity", "both"));
    for (size_t i = 0; i < ARRAY_LEN(of_all); i++)
        if (!strstr(note_of(report, of_all[i]), one))
            fail_msg("%s: %s", of_all[i], note_of(report, of_all[i]));
    for (size_t i = 0; i < ARRAY_LEN(of_each); i++)
        if (!strstr(note_of(report, of_each[i]), own))
            fail_msg("%s: %s", of_each[i], note_of(report, of_each[i]));
    assert_non_null(strstr(note_of(report, "ndcg@10 by what is asked for"),
                           "Cases and shares: edges of popularity, train."));
    jval_free(report);
    report = cli_json(CLI(CLI_OK, mixed, "report", "-d", "last", "-e", "1", "--json", "both"));
    assert_non_null(strstr(note_of(report, "Who is on the frontier"), "edges=train+valid,"));
    assert_null(strstr(note_of(report, "Who is on the frontier"), "whatever"));
    jval_free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_say_whose_edges_are_used),
        cmocka_unit_test(curves_and_case_studies_have_their_figures),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
