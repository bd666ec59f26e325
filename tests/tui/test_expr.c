/* tui/widgets/expr: conditions against a naive evaluator over random trees, every error with its
 * place, and hostile text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "tests/draw.h"
#include "tests/tui/demo.h"
#include "tui/widgets/expr.h"

static struct sheet_source *rows;

/* -1: the condition is wrong. */
static int64_t count_rows(const char *text, struct error *err)
{
    struct expr *e = expr_parse(rows->columns, rows->n_columns, text, err);
    if (!e)
        return -1;
    struct expr_scratch *scratch = expr_scratch_new(e, rows);
    int64_t n = 0;
    for (int64_t row = 0; row < rows->n_rows; row++)
        n += expr_matches(e, row, scratch);
    assert_int_equal(expr_expensive(scratch), 0);
    expr_scratch_free(scratch);
    expr_free(e);
    return n;
}

/* ---- random trees ---- */

enum kind { OR, AND, NOT, MISSING, PRESENT, COUNT, SHARE, KIND, USER, TITLE, LEAVES = MISSING };
static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">="};

struct tree {
    enum kind kind;
    struct tree *left, *right;
    int sign, number;
};

static struct tree *random_tree(int depth)
{
    struct tree *t = mem_zalloc(1, sizeof *t);
    t->kind = depth > 0 && draw(3) ? (enum kind)draw(3) : (enum kind)(LEAVES + (int)draw(7));
    t->sign = (int)draw(6);
    t->number = (int)draw(5000);
    if (t->kind <= NOT)
        t->left = random_tree(depth - 1);
    if (t->kind < NOT)
        t->right = random_tree(depth - 1);
    return t;
}

static void free_tree(struct tree *t)
{
    if (!t)
        return;
    free_tree(t->left);
    free_tree(t->right);
    free(t);
}

static const char *blank(void)
{
    static const char *const blanks[] = {" ", "  ", "\t"};
    return blanks[draw(3)];
}

/* Parentheses where they are needed, and sometimes where not. */
static void write_tree(const struct tree *t, int above, struct buf *out)
{
    static const char *const names[] = {"or", "and", "not"};
    static const char *const words[] = {"essie", "\"vite dry\"", "'^orly'", "pen", "\"a|o\""};
    const char *sign = operators[t->sign];
    bool braces = (t->kind <= NOT && (int)t->kind < above) || draw(8) == 0;
    buf_adds(out, braces ? "(" : "");
    switch (t->kind) {
    case NOT:
        buf_addf(out, "not%s", blank());
        write_tree(t->left, NOT, out);
        break;
    case OR:
    case AND:
        write_tree(t->left, (int)t->kind, out);
        buf_addf(out, "%s%s%s", blank(), names[t->kind], blank());
        write_tree(t->right, (int)t->kind, out);
        break;
    case MISSING:
        buf_adds(out, "count is missing");
        break;
    case PRESENT:
        buf_adds(out, "\"count\" is not missing");
        break;
    case COUNT:
        buf_addf(out, t->number % 2 ? "count%s%d" : "cou %s %d.0", sign, t->number);
        break;
    case SHARE:
        buf_addf(out, t->number % 2 ? "share%s%d%%" : "share %s %d %%", sign, t->number % 101);
        break;
    case KIND:
        if (t->sign < 2)
            buf_addf(out, "kind %s %d", sign, t->number % 8);
        else
            buf_addf(out, "kind %s %d", sign, t->number % 6);
        break;
    case USER:
        buf_addf(out, "user %s U%07d", sign, t->number);
        break;
    case TITLE:
        buf_addf(out, "title %s %s", t->sign % 2 ? "!~" : "~", words[t->number % 5]);
        break;
    }
    buf_adds(out, braces ? ")" : "");
}

static bool holds(int sign, int order)
{
    const bool answers[] = {order == 0, order != 0, order<0, order <= 0, order> 0, order >= 0};
    return answers[sign];
}

static bool naive_title(int64_t row, int word)
{
    char title[96];
    demo_title(row, title);
    if (word == 4)
        return strpbrk(title, "aoAO") != NULL;
    if (word == 2)
        return strncmp(title, "orly", 4) == 0;
    return strstr(title, word == 0 ? "essie" : word == 1 ? "vite dry" : "pen") != NULL;
}

static bool naive(const struct tree *t, int64_t row)
{
    bool missing = row % 10 == 9;
    struct buf scratch;
    struct value v = {0};
    char user[16];
    switch (t->kind) {
    case OR:
        return naive(t->left, row) || naive(t->right, row);
    case AND:
        return naive(t->left, row) && naive(t->right, row);
    case NOT:
        return !naive(t->left, row);
    case MISSING:
        return missing;
    case PRESENT:
        return !missing;
    case COUNT: /* nothing is unequal to every number, and not below or above any */
        if (missing)
            return t->sign == 1;
        return holds(t->sign, demo_count(row) < t->number ? -1 : demo_count(row) > t->number);
    case SHARE: {
        buf_init(&scratch);
        rows->ops->cell(rows, row, DEMO_SHARE, &v, &scratch);
        buf_release(&scratch);
        double wanted = (t->number % 101) / 100.0;
        return holds(t->sign, v.r < wanted ? -1 : v.r > wanted);
    }
    case KIND:
        if (t->sign < 2) /* what it shows */
            return (row % 4 + 2 == t->number % 8) == (t->sign == 0);
        return holds(t->sign, (int)(row % 4) - t->number % 6); /* what it is sorted by */
    case USER:
        snprintf(user, sizeof user, "U%07d", t->number);
        return holds(t->sign, row < t->number ? -1 : row > t->number);
    case TITLE:
        return naive_title(row, t->number % 5) == (t->sign % 2 == 0);
    }
    return false;
}

static void random_conditions_agree(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < 1500; i++) {
        struct tree *t = random_tree(4);
        struct error err = {0};
        buf_clear(&text);
        write_tree(t, 0, &text);
        struct expr *e = expr_parse(rows->columns, rows->n_columns, text.data, &err);
        if (!e)
            fail_msg("%s: %s", text.data, err.text);
        struct expr_scratch *scratch = expr_scratch_new(e, rows);
        for (int k = 0; k < 30; k++) {
            int64_t row = draw((uint32_t)rows->n_rows);
            if (expr_matches(e, row, scratch) != naive(t, row))
                fail_msg("row %lld: %s", (long long)row, text.data);
        }
        expr_scratch_free(scratch);
        expr_free(e);
        free_tree(t);
    }
    buf_release(&text);
}

/* ---- by hand ---- */

static void counts_are_as_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t n;
    } cases[] = {
        {"count is missing", 500},
        {"COUNT Is Not MISSING", 4500}, /* words do not mind capitals */
        {"user = U0000012", 1},
        {"user = \"U0000012\" or user = 'U0000013'", 2},
        {"user >= \"U0004990\"", 10},
        {"user ~ \"^U000001\\d$\"", 10}, /* a backslash is a backslash */
        {"title = \"say \"\"hello\"\"\"", 0},
        {"kind = 2", 1250},   /* without its sign */
        {"kind = ■2", 1250},  /* and with it */
        {"kind < 1.5", 2500}, /* the number it is sorted by */
        {"count > 9,223,372,036,854,775,806", 0},
        {"count < 1,000,000", 4500},
        {"count != 100000", 5000}, /* nothing is not 100000 */
        {"not count <= 4999", 500},
        {"labels >= 0", 5000},
        {"share = 0.5 and share != 50 %", 0},
        {"user = U0000001 or user = U0000002 and count is missing", 1}, /* and binds more */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        int64_t n = count_rows(cases[i].text, &err);
        if (n != cases[i].n)
            fail_msg("%s: %lld rows, not %lld %s", cases[i].text, (long long)n,
                     (long long)cases[i].n, err.text);
    }
}

static void columns_are_found_as_the_header_shows_them(void **state)
{
    (void)state;
    static const struct column columns[] = {
        {.name = "user id", .kind = COLUMN_TEXT},
        {.name = "gr-a.rank", .label = "rank", .group = "gr-a", .kind = COLUMN_INT},
        {.name = "gr-b.rank", .label = "rank", .group = "gr-b", .kind = COLUMN_INT},
        {.name = "gr-b.novelty", .label = "bits", .group = "gr-b", .kind = COLUMN_REAL},
        {.name = "not", .kind = COLUMN_INT},
    };
    static const char *const right[] = {"gr-a.rank = 1",
                                        "gr-b.bits < 2",
                                        "bits < 2",
                                        "GR-B.N < 2",
                                        "\"user id\" ~ x",
                                        "us ~ x",
                                        "\"not\" = 1 and not gr-a = 1",
                                        "gr-a.rank = -3"};
    static const struct {
        const char *text, *says[2];
    } wrong[] = {{"rank = 1", {"at character 1, rank", "several columns"}},
                 {"gr-b < 3", {"gr-b.rank, gr-b.novelty", "several"}},
                 {"gr-a.rnk = 1", {"near it: gr-a.rank", "character 1"}},
                 {"bits > 1 and uid = 3", {"at character 14, uid", "\"user id\""}},
                 {"not = 1", {"a column was expected", "character 5"}}};
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(right); i++) {
        struct expr *e = expr_parse(columns, ARRAY_LEN(columns), right[i], &err);
        if (!e)
            fail_msg("%s: %s", right[i], err.text);
        expr_free(e);
    }
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_null(expr_parse(columns, ARRAY_LEN(columns), wrong[i].text, &err));
        for (int k = 0; k < 2; k++)
            if (!strstr(err.text, wrong[i].says[k]))
                fail_msg("%s: %s", wrong[i].text, err.text);
    }
}

static void errors_point_at_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "at the end: a column"},
        {"count", "at the end: = !="},
        {"count =", "at the end: a value"},
        {"count > x", "at character 9, x: count holds numbers"},
        {"count = \"3\"", "at character 9, \"3\": count holds numbers"},
        {"count > 1,23", "1,23: count holds numbers"},
        {"count > 5%", "at character 9, 5%: count does not hold shares"},
        {"share > 20", "at character 9, 20: share holds shares"},
        {"title < 3", "at character 9, 3: title holds texts"},
        {"count ~ 3", "at character 9, 3: count holds numbers"},
        {"title ~ \"(\"", "at character 9, \"(\": pattern"},
        {"title ~ (a|b)", "goes in quotes"},
        {"title = 東京 or 京都 = 3", "at character 15, 京都: no column"},
        {"titel ~ a", "near it: title"},
        {"zzz = 3", "there are user, title, count, share, kind, labels"},
        {"count = 3 an share > 1%", "at character 11, an: and, or"},
        {"(count = 1", "at the end: and, or, or )"},
        {"count = 1)", "at character 10, ): and, or"},
        {"count ! 3", "at character 7, ! 3: !"},
        {"title = \"abc", "at character 9, \"abc: the quote"},
        {"count = missing", "write: is missing"},
        {"count is 3", "at character 10, 3: missing was expected"},
        {"count = and", "a value was expected"},
        {"\"\" = 3", "a column was expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        assert_int_equal(count_rows(cases[i].text, &err), -1);
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

/* ---- hostile text ---- */

static char *repeated(const char *part, int n, const char *end)
{
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < n; i++)
        buf_adds(&text, part);
    buf_adds(&text, end);
    return buf_detach(&text);
}

static void too_much_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *part, *end, *says;
        int n;
    } cases[] = {{"(", "", "inside each other", 100000},
                 {"not ", "count = 1", "inside each other", 100000},
                 {"count = 1 and ", "count = 1", "too long", 2000},
                 {"x", " = 1", "no column", 100000},
                 {"count = 1 or ", "count = 2", NULL, 400},
                 {"(", "count = 1", "at the end", 100}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = {0};
        char *text = repeated(cases[i].part, cases[i].n, cases[i].end);
        int64_t n = count_rows(text, &err);
        assert_true(cases[i].says ? n < 0 && strstr(err.text, cases[i].says) : n >= 0);
        free(text);
    }
}

static void anything_can_be_typed(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "count", "share", " ",   "title", "=",  "!=",  "<=", "~",    "!",    "(",       ")",
        "and",   "or",    "not", "is",    "\"", "'",   "3",  "50%",  "1e99", "missing", "%",
        "\x1b",  "\xff",  "京",  "-",     ".",  "1,0", "\t", "user", "[",    "*",       "\\",
    };
    int right = 0;
    struct buf text;
    buf_init(&text);
    for (int i = 0; i < 20000; i++) {
        buf_clear(&text);
        if (i % 2) /* something right, broken at one place */
            buf_adds(&text, "not (count >= 1,204 and share < 8.6 %) or title !~ \"a \"\"b\"");
        uint32_t some = draw(2); /* one after the other: the same from every compiler */
        for (uint32_t k = some * draw(12); k > 0; k--)
            buf_adds(&text, parts[draw(ARRAY_LEN(parts))]);
        if (i % 4 == 1) {
            uint32_t at = draw((uint32_t)text.len);
            text.data[at] = (char)(1 + draw(255));
        }
        struct error err = {0};
        struct expr *e = expr_parse(rows->columns, rows->n_columns, text.data, &err);
        assert_true(e ? err.code == ERROR_NONE : err.code == ERROR_USAGE && *err.text);
        if (e) {
            struct expr_scratch *scratch = expr_scratch_new(e, rows);
            expr_matches(e, 3, scratch);
            expr_scratch_free(scratch);
            right++;
        }
        expr_free(e);
        char quote;
        assert_true(expr_word_start(text.data, text.len, &quote) <= text.len);
    }
    assert_true(right > 200);
    buf_release(&text);
}

static void names_survive_quoting(void **state)
{
    (void)state;
    static const char *const names[] = {"gr-iirg.rank", "what it does", "a\"b", "not", "",
                                        "a=b",          "'x",           "京 都"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct column column = {.name = names[i], .kind = COLUMN_INT};
        struct buf text;
        buf_init(&text);
        expr_quote(names[i], &text);
        buf_adds(&text, " = 1");
        struct expr *e = expr_parse(&column, 1, text.data, NULL);
        assert_true((e != NULL) == (*names[i] != '\0'));
        expr_free(e);
        buf_release(&text);
    }
}

static void words_are_completed_where_they_begin(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t start;
        char quote;
    } cases[] = {{"", 0, 0},
                 {"cou", 0, 0},
                 {"a = 1 and co", 10, 0},
                 {"not (co", 5, 0},
                 {"a=1 or \"us i", 8, '"'},
                 {"a = \"x y\" or co", 13, 0},
                 {"a = o'brien", 4, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char quote;
        assert_int_equal(expr_word_start(cases[i].text, strlen(cases[i].text), &quote),
                         cases[i].start);
        assert_int_equal(quote, cases[i].quote);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_conditions_agree),
        cmocka_unit_test(counts_are_as_by_hand),
        cmocka_unit_test(columns_are_found_as_the_header_shows_them),
        cmocka_unit_test(errors_point_at_the_place),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(anything_can_be_typed),
        cmocka_unit_test(names_survive_quoting),
        cmocka_unit_test(words_are_completed_where_they_begin),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    rows = demo_source(5000);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    sheet_source_unref(rows);
    return failed;
}
