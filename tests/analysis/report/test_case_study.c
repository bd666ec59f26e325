/* Pins with their numbers, and re-checking them, on sequences that can be counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "analysis/report/train.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/export/document.h"
#include "storage/db/run_store.h"
#include "tests/analysis/report/studies.h"

/* 70 bytes, and different ones behind them. */
#define TEN  "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN

/* ann, ben and dee: a b c, then d; after c comes d in ben's and dee's training. */
static const char rows[] = "user,item,timestamp\n"
                           "ann,a,1\nann,b,2\nann,c,3\nann,x,4\nann,d,5\n"
                           "ben,a,1\nben,b,2\nben,c,3\nben,d,4\nben,y,5\nben,e,6\n"
                           "dee,b,1\ndee,c,2\ndee,d,3\ndee,e,4\ndee,a,5\n"
                           "zoe,c,1\nzoe,x,2\nzoe,d,3\nzoe,y,4\nzoe,e,5\n"
                           "pam,q,1\npam,r,2\npam,s,3\npam,q,4\npam,r,5\npam,s,6\n"
                           "pim,q,1\npim,r,2\npim,s,3\npim,q,4\npim,r,5\npim,s,6\n"
                           "lou,n,1\nlou,o,2\nlou," LONG "1,3\n";

static struct study *study;
static char *dir;

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

static void train(const char *name, enum reference_kind kind)
{
    struct error err = {0};
    const struct study_run *run;
    struct reference_run wanted = {.kind = kind, .name = name};
    assert_ok(train_reference(study, &wanted, NULL, &run, &err), &err);
}

static int begin(void **state)
{
    (void)state;
    char path[] = "/tmp/rote-case-study-XXXXXX.csv";
    int fd = mkstemps(path, 4);
    if (fd < 0 || !file_write(path, rows, sizeof rows - 1, NULL))
        return -1;
    study = study_of_files((const char *const[]){path, NULL}, &dir);
    remove(path);
    train("m", REFERENCE_MARKOV);
    train("p", REFERENCE_POPULARITY);
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_study(study, dir);
    return 0;
}

static struct case_subject subject(enum case_kind kind)
{
    return (struct case_subject){.kind = kind, .definition = definition_last()};
}

/* Takes the subject over. */
static struct case_pin make(struct case_subject s)
{
    struct error err = {0};
    struct case_pin pin;
    assert_ok(case_pin_make(study, &s, NULL, &pin, &err), &err);
    case_subject_release(&s);
    return pin;
}

static void expect_figure(const struct case_pin *pin, const char *name, const char *wanted)
{
    struct jval *seen = jval_parse(pin->seen, strlen(pin->seen), NULL);
    struct buf text;
    buf_init(&text);
    const struct jval *figure = jval_get(jval_get(seen, "figures"), name);
    if (!figure)
        fail_msg("%s is not in %s", name, pin->seen);
    jval_write(figure, false, &text);
    assert_string_equal(text.data, wanted);
    buf_release(&text);
    jval_free(seen);
}

static struct case_verdict check(const struct case_pin *pin)
{
    struct error err = {0};
    struct case_verdict v;
    assert_ok(case_check(study, pin, NULL, &v, &err), &err);
    return v;
}

static void expect_verdict(const struct case_pin *pin, enum case_outcome outcome, const char *text)
{
    struct case_verdict v = check(pin);
    if (v.outcome != outcome || !strstr(v.text, text))
        fail_msg("%s: %s, not \"%s\"", case_outcome_name[v.outcome], v.text, text);
    case_verdict_release(&v);
}

static struct case_subject about_ann(enum case_kind kind)
{
    struct case_subject s = subject(kind);
    s.user_id = mem_strdup("ann");
    s.run[s.n_runs++] = mem_strdup("m");
    return s;
}

static void a_users_case(void **state)
{
    (void)state;
    struct case_subject s = about_ann(CASE_USER);
    s.run[s.n_runs++] = mem_strdup("p");
    struct case_pin pin = make(s);
    assert_string_equal(pin.kind, "user");
    assert_string_equal(pin.user_id, "ann");
    assert_string_equal(pin.run, "m");
    assert_string_equal(pin.definition, "last");
    assert_string_equal(pin.link, "def last\nruns m,p\nuser ann\n");
    assert_non_null(strstr(pin.summary, "user ann: history of 4, target d, "));
    expect_figure(&pin, "history", "4");
    expect_figure(&pin, "target", "\"d\"");
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
}

static void a_recommendation_with_its_evidence(void **state)
{
    (void)state;
    /* ann's last item is x; zoe's training has x d, so d is the first of a markov list */
    struct case_subject s = about_ann(CASE_RECOMMENDATION);
    s.rank = 1;
    struct case_pin pin = make(s);
    assert_string_equal(pin.item_id, "d");
    assert_int_equal(pin.rank, 1);
    assert_string_equal(pin.link, "def last\nruns m\nuser ann\nrank 1 m\n");
    expect_figure(&pin, "rank", "1");
    expect_figure(&pin, "verbatim", "3"); /* c x d */
    expect_figure(&pin, "occurrences", "1");
    expect_figure(&pin, "users", "1");
    expect_figure(&pin, "own", "0");
    expect_figure(&pin, "target", "true");
    assert_non_null(strstr(pin.seen, "\"evidence\": [{\"user\": \"zoe\", \"position\": 1, "));
    assert_non_null(strstr(pin.summary, "m 1 for ann: d, verbatim 3 items, 1 time in 1 user"));
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
}

static void items_runs_comparisons_plots_and_queries(void **state)
{
    (void)state;
    struct case_subject s = subject(CASE_ITEM);
    s.item_id = mem_strdup("c");
    struct case_pin pin = make(s);
    expect_figure(&pin, "interactions", "4");
    expect_figure(&pin, "users", "4");
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
    s = subject(CASE_RUN);
    s.run[s.n_runs++] = mem_strdup("m");
    pin = make(s);
    expect_figure(&pin, "state", "\"done\"");
    assert_non_null(strstr(pin.summary, "run m: recall@10 "));
    assert_string_equal(pin.link, "def last\nrun m\n");
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
    s = subject(CASE_COMPARISON);
    s.run[s.n_runs++] = mem_strdup("m");
    s.run[s.n_runs++] = mem_strdup("p");
    pin = make(s);
    assert_non_null(strstr(pin.summary, "p against m: "));
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
    pin = make(subject(CASE_PLOT));
    assert_non_null(strstr(pin.summary, "frontier of 2 runs"));
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
    s = subject(CASE_QUERY);
    s.sql = mem_strdup("SELECT user_id FROM user ORDER BY 1");
    pin = make(s);
    expect_figure(&pin, "rows", "7");
    assert_non_null(strstr(pin.seen, "\"first\": [[\"ann\"], [\"ben\"]"));
    expect_verdict(&pin, CASE_SAME, "still so");
    case_pin_release(&pin);
    s = subject(CASE_SHEET);
    s.title = mem_strdup("Users");
    s.state = mem_strdup("2 of 4, filter yes");
    s.link = mem_strdup("users\nfilter yes\n");
    pin = make(s);
    assert_string_equal(pin.summary, "Users: 2 of 4, filter yes");
    assert_string_equal(pin.link, "users\nfilter yes\n");
    expect_verdict(&pin, CASE_UNCHECKED, "open it");
    case_pin_release(&pin);
}

static void set_text(char **where, const char *text)
{
    free(*where);
    *where = mem_strdup(text);
}

static void what_changed_is_told(void **state)
{
    (void)state;
    struct case_subject s = about_ann(CASE_RECOMMENDATION);
    s.rank = 1;
    struct case_pin pin = make(s);
    set_text(&pin.seen, "{\"part\": \"test\", \"runs\": [\"m\"], \"figures\": {\"rank\": 3,"
                        " \"verbatim\": 3, \"lift\": 0.123456, \"target\": true}}");
    struct case_verdict v = check(&pin);
    assert_int_equal(v.outcome, CASE_CHANGED);
    assert_non_null(strstr(v.text, "changed: rank was 3, now 1; lift was 0.1235, now "));
    assert_non_null(strstr(v.text, "; and ")); /* figures that were not there */
    struct jval *o = case_verdict_json(&v);
    const struct jval *first = jval_at(jval_get(o, "changes"), 0);
    assert_string_equal(jval_string(jval_get(o, "outcome")), "changed");
    assert_string_equal(jval_string(jval_get(first, "name")), "rank");
    assert_string_equal(jval_string(jval_get(first, "was")), "3");
    jval_free(o);
    case_verdict_release(&v);
    set_text(&pin.fingerprint, "0123456789abcdef");
    expect_verdict(&pin, CASE_OTHER_DATA, "another fingerprint; changed: rank");
    set_text(&pin.user_id, "nobody");
    expect_verdict(&pin, CASE_OTHER_DATA, "there is no user nobody");
    set_text(&pin.fingerprint, "");
    expect_verdict(&pin, CASE_GONE, "there is no user nobody");
    set_text(&pin.seen, "not JSON");
    expect_verdict(&pin, CASE_GONE, "there is no user nobody");
    set_text(&pin.kind, "hologram");
    expect_verdict(&pin, CASE_UNCHECKED, "no pins of the kind hologram");
    case_pin_release(&pin);
}

/* Texts are compared as a whole, however long they are. */
static void long_texts_differ_at_their_ends(void **state)
{
    (void)state;
    struct case_subject s = subject(CASE_USER);
    s.user_id = mem_strdup("lou");
    struct case_pin pin = make(s);
    expect_figure(&pin, "target", "\"" LONG "1\"");
    expect_verdict(&pin, CASE_SAME, "still so");
    char *last = strstr(pin.seen, LONG "1");
    assert_non_null(last);
    last[strlen(LONG)] = '2';
    expect_verdict(&pin, CASE_CHANGED, "target was " LONG "2, now " LONG "1");
    case_pin_release(&pin);
}

/* What cannot be looked at is an error; nothing is said of the pin then. */
static void a_failing_file_is_no_verdict(void **state)
{
    (void)state;
    struct error err = {0};
    struct case_verdict v;
    struct case_subject s = subject(CASE_QUERY);
    s.sql = mem_strdup("SELECT 1");
    struct case_pin pin = make(s);
    char *db = path_join(study_dir(study), "rote.db"), *aside = mem_printf("%s.aside", db);
    assert_int_equal(rename(db, aside), 0);
    assert_false(case_check(study, &pin, NULL, &v, &err));
    assert_int_equal(err.code, ERROR_IO);
    assert_int_equal(rename(aside, db), 0);
    expect_verdict(&pin, CASE_SAME, "still so");
    set_text(&pin.seen, "{\"sql\": \"SELECT x FROM nowhere\"}");
    expect_verdict(&pin, CASE_GONE, "nowhere"); /* that is one */
    case_pin_release(&pin);
    free(db);
    free(aside);
}

static int64_t number_of(const char *name)
{
    struct error err = {0};
    const struct study_run *run = study_run_find(study, name, &err);
    assert_ok(run != NULL, &err);
    return run->id;
}

static void call(int64_t run, const char *name)
{
    struct error err = {0};
    struct workspace *ws = study_lock(study);
    assert_ok(run_rename(ws, run, name, &err), &err);
    study_unlock(study);
    assert_ok(study_runs_refresh(study, &err), &err);
}

static void drop(int64_t run)
{
    struct error err = {0};
    struct workspace *ws = study_lock(study);
    assert_ok(run_delete(ws, run, &err), &err);
    study_unlock(study);
    assert_ok(study_runs_refresh(study, &err), &err);
}

static void expect_link(const struct case_pin *pin, const char *wanted)
{
    struct error err = {0};
    char *link;
    assert_ok(case_pin_open(study, pin, &link, &err), &err);
    assert_string_equal(link, wanted);
    free(link);
}

/* A run that is renamed stays the pin's; another one that takes its name is another one. */
static void runs_come_and_go(void **state)
{
    (void)state;
    struct error err = {0};
    train("second", REFERENCE_MARKOV);
    train("third", REFERENCE_POPULARITY);
    int64_t second = number_of("second"), third = number_of("third");
    struct case_subject s = subject(CASE_RUN), both = subject(CASE_USER);
    s.run[s.n_runs++] = mem_strdup("second");
    both.user_id = mem_strdup("ann");
    both.run[both.n_runs++] = mem_strdup("second");
    both.run[both.n_runs++] = mem_strdup("third");
    struct case_pin pin = make(s), user = make(both), plot = make(subject(CASE_PLOT));
    expect_verdict(&pin, CASE_SAME, "still so");
    call(second, "2nd");
    expect_verdict(&pin, CASE_SAME, "still so; second is called 2nd now");
    expect_link(&pin, "def last\nrun 2nd\n");
    call(third, "second"); /* other lists under the old name */
    expect_verdict(&pin, CASE_SAME, "still so; second is called 2nd now");
    expect_verdict(&user, CASE_SAME, "second is called 2nd now; third is called second now");
    expect_link(&user, "def last\nruns 2nd,second\nuser ann\n");
    expect_verdict(&plot, CASE_SAME, "still so; ");
    drop(second);
    expect_verdict(&pin, CASE_RUN_GONE, "the run second is gone; another one is called so now");
    expect_verdict(&user, CASE_RUN_GONE, "the run second is gone");
    expect_verdict(&plot, CASE_CHANGED, "second recall@10 was ");
    char *link;
    assert_false(case_pin_open(study, &user, &link, &err));
    assert_string_equal(err.text, "the run second is gone");
    train("fourth", REFERENCE_MARKOV); /* its figures are not taken for those of the pin's second */
    call(number_of("fourth"), "third");
    struct case_verdict v = check(&plot);
    for (size_t i = 0; i < jval_size(v.changes); i++) {
        const char *name = jval_string(jval_get(jval_at(v.changes, i), "name"));
        if (strncmp(name, "third (", 7) != 0 && strncmp(name, "second ", 7) != 0)
            fail_msg("%s is another's", name);
    }
    case_verdict_release(&v);
    drop(number_of("third"));
    drop(third);
    case_pin_release(&pin);
    case_pin_release(&user);
    case_pin_release(&plot);
}

/* Only where a command takes a run is a word a run's name. */
static void links_follow_names(void **state)
{
    (void)state;
    static const struct {
        const char *link, *wanted;
    } cases[] = {
        {"runs gr,gr 2\nuser gr\n", "runs a,\"b c\"\nuser gr\n"},
        {"run gr", "run a"},
        {"run gr 2\nrank 3 gr\n", "run b c\nrank 3 a\n"},
        {"runs \"gr 2\",gr\ncompare gr \"gr 2\"\n", "runs \"b c\",a\ncompare a \"b c\"\n"},
        {"compare 'gr,gr 2' x", "compare 'a,3' x"},
        {"roll-out 3 gr 2\nrank 2 grx\n", "roll-out 3 b c\nrank 2 grx\n"},
        {"restore where gr.rank < 3\nrestore equal gr.label\\x09gr\nrestore width 9 gr 2.rank\n"
         "restore rank 2 gr\nrestore go @2\n",
         "restore where a.rank < 3\nrestore equal a.label\\x09gr\nrestore width 9 b c.rank\n"
         "restore rank 2 a\nrestore go @2\n"},
        {"compare gr 'gr-*'\nnext-pane\n", "compare a 'gr-*'\nnext-pane\n"},
        {"users\nfilter gr.rank <= 10 and not (gr 2.rank = 1)\nsort-down gr.rank\n",
         "users\nfilter a.rank <= 10 and not (b c.rank = 1)\nsort-down a.rank\n"},
        {"item gr\nsql SELECT gr\nsearch gr\n", "item gr\nsql SELECT gr\nsearch gr\n"},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct case_pin pin = {
            .seen = (char *)"{\"runs\": [\"gr\", \"gr 2\", \"\"]}",
            .runs = (char *)"[2, 3, 0]",
            .names = (char *)"[\"a\", \"b c\", null]",
            .link = (char *)(uintptr_t)cases[i].link,
        };
        char *link = case_pin_link(&pin);
        assert_string_equal(link, cases[i].wanted);
        free(link);
    }
}

/* The pictures are kept with their pins, and drawn in what can have pictures. */
static void plots_are_exported_as_figures(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t m = number_of("m");
    struct workspace *ws = study_lock(study);
    struct run_event epochs[] = {
        {1, 10, "epoch", "{\"epoch\": 1, \"loss\": 2.5, \"recall@10\": 0.25, \"best\": true}"},
        {2, 11, "epoch", "{\"epoch\": 2, \"loss\": 1.25, \"recall@10\": 0.5, \"best\": true}"}};
    assert_ok(run_events_append(ws, m, epochs, 2, &err), &err);
    study_unlock(study);
    struct case_subject s = subject(CASE_RUN);
    s.run[s.n_runs++] = mem_strdup("m");
    struct case_pin pin[2] = {make(subject(CASE_PLOT)), make(s)};
    struct case_pins pins = {pin, 2};
    struct case_study of = {.title = (char *)"t", .text = (char *)"", .tags = (char *)""};
    static const struct {
        enum document_format format;
        const char *frontier, *curves;
    } wanted[] = {
        {DOCUMENT_HTML, "id=\"frontier", "id=\"curves"},
        {DOCUMENT_TEX, "Accuracy against excess memorization", "How m learned and memorized"},
        {DOCUMENT_MD, "m recall@10", "| training loss |  |  | 2 | 1.2500 |"},
    };
    struct document *d = document_new("t");
    case_to_document(&of, &pins, 1, d);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct buf out;
        buf_init(&out);
        document_write(d, wanted[i].format, &out);
        if (!strstr(out.data, wanted[i].frontier) || !strstr(out.data, wanted[i].curves))
            fail_msg("a figure is missing in: %s", out.data);
        if (wanted[i].format == DOCUMENT_HTML)
            assert_non_null(strstr(strstr(out.data, "<svg") + 1, "<svg"));
        if (wanted[i].format == DOCUMENT_TEX)
            assert_non_null(strstr(out.data, "\\begin{picture}"));
        buf_release(&out);
    }
    document_free(d);
    expect_verdict(&pin[0], CASE_SAME, "still so");
    expect_verdict(&pin[1], CASE_SAME, "still so");
    case_pin_release(&pin[0]);
    case_pin_release(&pin[1]);
}

static void what_does_not_exist_cannot_be_pinned(void **state)
{
    (void)state;
    struct {
        struct case_subject s;
        const char *text;
    } asked[] = {{subject(CASE_USER), "needs a user"},
                 {subject(CASE_RECOMMENDATION), "needs a user"},
                 {subject(CASE_ITEM), "needs an item"},
                 {subject(CASE_RUN), "needs a run"},
                 {subject(CASE_COMPARISON), "two runs"},
                 {subject(CASE_SHEET), "needs a title"},
                 {subject(CASE_QUERY), "needs a query"},
                 {about_ann(CASE_RECOMMENDATION), "no recommendation 99 for ann"},
                 {about_ann(CASE_USER), "no user nobody"},
                 {about_ann(CASE_RUN), "no run other"},
                 {subject(CASE_QUERY), "DELETE"}};
    asked[7].s.rank = 99;
    set_text(&asked[8].s.user_id, "nobody");
    set_text(&asked[9].s.run[0], "other");
    asked[10].s.sql = mem_strdup("DELETE FROM run");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct error err = {0};
        struct case_pin pin;
        assert_false(case_pin_make(study, &asked[i].s, NULL, &pin, &err));
        if (!strstr(err.text, asked[i].text))
            fail_msg("\"%s\" is not in \"%s\"", asked[i].text, err.text);
        case_subject_release(&asked[i].s);
    }
}

static void markdown_is_escaped(void **state)
{
    (void)state;
    struct case_study s = {.id = 1,
                           .title = (char *)"*a* <script> #1",
                           .text = (char *)"my *own* words",
                           .tags = (char *)"x_y"};
    struct case_pin pin = {
        .kind = (char *)"user",
        .summary = (char *)"[t](javascript:x) `c` | \\",
        .note = (char *)"# no heading",
        .seen = (char *)"{\"figures\": {\"<b>\": \"_i_\", \"n\": 1.5, \"big\": 197.621622, "
                        "\"yes\": true, \"none\": null, \"whole\": 12}, "
                        "\"evidence\": [{\"user\": \"<u>\", \"position\": 3, "
                        "\"length\": 2, \"lift\": 1.25}]}",
        .definition = (char *)"",
        .user_id = (char *)"",
        .item_id = (char *)"",
        .run = (char *)"",
        .fingerprint = (char *)"",
        .link = (char *)"user <u>\n"};
    struct case_pins pins = {&pin, 1};
    struct buf out;
    buf_init(&out);
    struct document *d = document_new(s.title);
    case_to_document(&s, &pins, 1, d);
    document_write(d, DOCUMENT_MD, &out);
    document_free(d);
    assert_string_equal(out.data,
                        "# \\*a\\* \\<script\\> \\#1\n"
                        "\nTags: x\\_y\n"
                        "\nmy *own* words\n"
                        "\n## 1. \\[t\\](javascript:x) \\`c\\` \\| \\\\\n"
                        "\n\\# no heading\n"
                        "\n**As it was seen**\n"
                        "\n| figure | value |\n| --- | --- |\n"
                        "| \\<b\\> | \\_i\\_ |\n| n | 1.5000 |\n| big | 197.6 |\n"
                        "| yes | yes |\n| none |  |\n| whole | 12 |\n"
                        "\n**Training sequences that it repeats, the most telling first**\n"
                        "\n| user | from position | items alike | lift |\n"
                        "| --- | ---: | ---: | ---: |\n| \\<u\\> | 3 | 2 | 1.2 |\n"
                        "\nA match shows overlap, not cause.\n"
                        "\nIn the screens of rote:\n"
                        "\n    :user <u>\n");
    buf_release(&out);
    struct jval *o = case_to_json(&s, &pins);
    const struct jval *p = jval_at(jval_get(o, "pins"), 0);
    assert_string_equal(jval_string(jval_get(o, "title")), s.title);
    assert_string_equal(jval_string(jval_get(p, "note")), pin.note);
    assert_null(jval_get(p, "user"));
    assert_true(jval_real(jval_get(jval_get(jval_get(p, "seen"), "figures"), "n"), 0) > 1.4);
    jval_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_users_case),
        cmocka_unit_test(a_recommendation_with_its_evidence),
        cmocka_unit_test(items_runs_comparisons_plots_and_queries),
        cmocka_unit_test(what_changed_is_told),
        cmocka_unit_test(long_texts_differ_at_their_ends),
        cmocka_unit_test(a_failing_file_is_no_verdict),
        cmocka_unit_test(runs_come_and_go),
        cmocka_unit_test(links_follow_names),
        cmocka_unit_test(plots_are_exported_as_figures),
        cmocka_unit_test(what_does_not_exist_cannot_be_pinned),
        cmocka_unit_test(markdown_is_escaped),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
