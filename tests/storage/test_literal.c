/* storage/import/literal: Python literals and JSON, read back from a writer with seeded randomness,
 * each escape, each way to be malformed, and mutations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/literal.h"
#include "tests/draw.h"

static struct literal_doc doc;

static bool reads(const char *text, enum literal_dialect dialect)
{
    return literal_read(&doc, text, strlen(text), dialect, NULL, NULL);
}

static void fails(const char *text, enum literal_dialect dialect, const char *part)
{
    const char *problem = "";
    size_t at = 0;
    if (literal_read(&doc, text, strlen(text), dialect, &problem, &at))
        fail_msg("read: %s", text);
    if (!strstr(problem, part))
        fail_msg("%s: \"%s\" is not in \"%s\"", text, part, problem);
    assert_true(at <= strlen(text));
}

/* A canonical form: kinds, texts in brackets. */
static int32_t show(const struct literal_doc *d, int32_t at, struct buf *out)
{
    const struct literal *v = &d->node[at];
    buf_addc(out, "nTF#'[{"[v->kind]);
    if (v->kind == LITERAL_NUMBER || v->kind == LITERAL_STRING) {
        buf_add(out, v->text, v->n);
        buf_addc(out, v->kind == LITERAL_NUMBER ? '#' : '\'');
    }
    int32_t next = at + 1;
    for (int32_t i = 0; i < v->children; i++)
        next = show(d, next, out);
    if (v->kind >= LITERAL_LIST)
        buf_addc(out, v->kind == LITERAL_LIST ? ']' : '}');
    assert_int_equal(next, v->next);
    return next;
}

static void becomes(const char *text, enum literal_dialect dialect, const char *shown)
{
    struct buf out;
    buf_init(&out);
    if (!reads(text, dialect))
        fail_msg("not read: %s", text);
    assert_int_equal(show(&doc, 0, &out), doc.n_nodes);
    assert_string_equal(out.data, shown);
    buf_release(&out);
}

static void values_of_both_dialects(void **state)
{
    (void)state;
    becomes("{'a': 1, u'b': None, \"c\": [True, False, (1, 2L), (3,), ()]}", LITERAL_PYTHON,
            "{'a'#1#'b'n'c'[TF[#1##2#][#3#][]]}");
    becomes(" {\"a\":{}, \"b\":[null,true,false,-1.5e+3]} ", LITERAL_JSON,
            "{'a'{}'b'[nTF#-1.5e+3#]}");
    becomes("{1, 2,}", LITERAL_PYTHON, "[#1##2#]");
    becomes("{1: 'x',}", LITERAL_PYTHON, "{#1#'x'}");
    becomes("{(1, 2): [{'k': {}}]}", LITERAL_PYTHON, "{[#1##2#][{'k'{}}]}");
    becomes("[nan, inf, -inf, 1., .5, 1e5, -0]", LITERAL_PYTHON,
            "[#nan##inf##-inf##1.##.5##1e5##-0#]");
    becomes("[NaN, Infinity, -Infinity]", LITERAL_JSON, "[#NaN##Infinity##-Infinity#]");
    becomes("123456789012345678901234567890123456789012345678901234567890L", LITERAL_PYTHON,
            "#123456789012345678901234567890123456789012345678901234567890#");
    becomes("1e999999999999", LITERAL_JSON, "#1e999999999999#");
}

static void every_escape(void **state)
{
    (void)state;
    becomes("'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\101\\7\\x41\\\n\\q'", LITERAL_PYTHON,
            "'\a\b\f\n\r\t\v\\'\"A\aA\\q'");
    becomes("\"it's\"", LITERAL_PYTHON, "'it's'");
    becomes("'a\"b'", LITERAL_PYTHON, "'a\"b'");
    becomes("u'\\xe9\\u00e9\\U0001F600\\ud83d\\ude00'", LITERAL_PYTHON,
            "'\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80\xf0\x9f\x98\x80'");
    becomes("r'\\n\\'' ", LITERAL_PYTHON, "'\\n\\''");
    becomes("bR'\\d'", LITERAL_PYTHON, "'\\d'");
    becomes("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"", LITERAL_JSON,
            "'\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80'");
    /* Python 2 writes the bytes of a text, Python 3 a code point that does not print */
    becomes("'Caf\\xc3\\xa9'", LITERAL_PYTHON, "'Caf\xc3\xa9'");
    becomes("'a\\xa0b\\\\'", LITERAL_PYTHON,
            "'a\xc2\xa0"
            "b\\'");
    becomes("b'\\xe9'", LITERAL_PYTHON, "'\xc3\xa9'");
    becomes("'\\351'", LITERAL_PYTHON, "'\xc3\xa9'");
    becomes("u'\\xc3\\xa9'", LITERAL_PYTHON, "'\xc3\x83\xc2\xa9'");
    /* half a pair */
    becomes("\"\\ud83d\"", LITERAL_JSON, "'\xef\xbf\xbd'");
    becomes("\"\\ude00x\"", LITERAL_JSON, "'\xef\xbf\xbdx'");
    becomes("\"\\ud83d\\u0041\"", LITERAL_JSON,
            "'\xef\xbf\xbd"
            "A'");
    becomes("\"\\ud83d\\n\"", LITERAL_JSON, "'\xef\xbf\xbd\n'");
    becomes("u'\\ud83d\\ud83d\\ude00'", LITERAL_PYTHON, "'\xef\xbf\xbd\xf0\x9f\x98\x80'");
    assert_true(reads("'a\\0b'", LITERAL_PYTHON));
    assert_int_equal(doc.node[0].n, 3);
    assert_memory_equal(doc.node[0].text, "a\0b", 4);
}

static void malformed_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum literal_dialect dialect;
        const char *part;
    } wrong[] = {
        {"", LITERAL_JSON, "missing"},
        {"'abc", LITERAL_PYTHON, "not closed"},
        {"'abc\\", LITERAL_PYTHON, "not closed"},
        {"'abc\\'", LITERAL_PYTHON, "not closed"},
        {"r'\\", LITERAL_PYTHON, "not closed"},
        {"{'a': 'b\"}", LITERAL_PYTHON, "not closed"},
        {"'\\x4'", LITERAL_PYTHON, "hexadecimal"},
        {"'\\x", LITERAL_PYTHON, "hexadecimal"},
        {"u'\\u12", LITERAL_PYTHON, "hexadecimal"},
        {"u'\\ud83d\\u12'", LITERAL_PYTHON, "hexadecimal"},
        {"u'\\U00110000'", LITERAL_PYTHON, "10FFFF"},
        {"u'\\N{DASH}'", LITERAL_PYTHON, "\\N"},
        {"\"\\x41\"", LITERAL_JSON, "unknown escape"},
        {"'a'", LITERAL_JSON, "missing"},
        {"{a: 1}", LITERAL_PYTHON, "no value"},
        {"{'a': 1}", LITERAL_JSON, "name in quotes"},
        {"{1: 1}", LITERAL_JSON, "name in quotes"},
        {"{\"a\": None}", LITERAL_JSON, "no value"},
        {"{'a': null}", LITERAL_PYTHON, "no value"},
        {"{\"a\" 1}", LITERAL_JSON, "':'"},
        {"{'a': 1, 'b'}", LITERAL_PYTHON, "':'"},
        {"[1 2]", LITERAL_JSON, "','"},
        {"[1,]", LITERAL_JSON, "missing"},
        {"[,1]", LITERAL_PYTHON, "missing"},
        {"[1", LITERAL_JSON, "','"},
        {"[1)", LITERAL_PYTHON, "','"},
        {"(1)", LITERAL_JSON, "missing"},
        {"1 + 1", LITERAL_PYTHON, "follows"},
        {"__import__('os')", LITERAL_PYTHON, "no value"},
        {"datetime.date(1, 2, 3)", LITERAL_PYTHON, "no value"},
        {"{'a': 1} {'b': 2}", LITERAL_PYTHON, "follows"},
        {"1e", LITERAL_JSON, "no value"},
        {".5", LITERAL_JSON, "no value"},
        {"1.", LITERAL_JSON, "no value"},
        {"+1", LITERAL_JSON, "no value"},
        {"--1", LITERAL_PYTHON, "no value"},
        {"1LL", LITERAL_PYTHON, "no value"},
        {"1.5L", LITERAL_PYTHON, "no value"},
        {".", LITERAL_PYTHON, "no value"},
        {"ub'a'", LITERAL_JSON, "no value"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        fails(wrong[i].text, wrong[i].dialect, wrong[i].part);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char text[4 * LITERAL_DEPTH_MAX];
    for (int depth = LITERAL_DEPTH_MAX - 2; depth <= LITERAL_DEPTH_MAX + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        bool ok = literal_read(&doc, text, 2 * (size_t)depth, LITERAL_JSON, NULL, NULL);
        assert_int_equal(ok, depth <= LITERAL_DEPTH_MAX);
    }
    struct buf deep;
    buf_init(&deep);
    for (int i = 0; i < 200000; i++)
        buf_adds(&deep, "{'a':(");
    fails(deep.data, LITERAL_PYTHON, "deeply");
    buf_release(&deep);
}

static void members_by_name(void **state)
{
    (void)state;
    assert_true(reads("{'a': {'b': 1}, 'b': 2, 'b': 3, 4: 5}", LITERAL_PYTHON));
    assert_int_equal(literal_get(&doc, &doc.node[0], "b")->text[0], '3');
    const struct literal *a = literal_get(&doc, &doc.node[0], "a");
    assert_true(literal_is(a, LITERAL_OBJECT));
    assert_int_equal(literal_get(&doc, a, "b")->text[0], '1');
    assert_null(literal_get(&doc, a, "a"));
    assert_null(literal_get(&doc, &doc.node[0], "4"));
    assert_true(reads("[1]", LITERAL_PYTHON));
    assert_null(literal_get(&doc, &doc.node[0], "a"));
}

/* ---- a writer as the oracle ---- */

static void write_char(struct buf *out, struct buf *shown, bool python, char quote)
{
    static const struct {
        const char *utf8, *u; /* the character, and its escape */
    } chars[] = {{"\xc3\xa9", "\\u00e9"},
                 {"\xe2\x82\xac", "\\u20ac"},
                 {"\xf0\x9f\x98\x80", "\\ud83d\\ude00"},
                 {"\n", "\\n"},
                 {"\\", "\\\\"},
                 {"{", "\\u007b"},
                 {"'", "\\u0027"},
                 {"\"", "\\u0022"}};
    size_t i = draw(ARRAY_LEN(chars));
    const char *c = chars[i].utf8;
    buf_adds(shown, c);
    bool plain = draw(2) && c[0] != quote && c[0] != '\\' && c[0] != '\n';
    if (c[0] == quote && draw(2))
        buf_addf(out, "\\%c", quote);
    else if (python && strcmp(c, "\n") == 0 && draw(2))
        buf_adds(out, "\\x0a");
    else
        buf_adds(out, plain ? c : chars[i].u);
}

static void write_value(struct buf *out, struct buf *shown, bool python, int depth);

static void write_string(struct buf *out, struct buf *shown, bool python)
{
    char quote = python && draw(2) ? '\'' : '"';
    buf_adds(out, python && draw(2) ? "u" : "");
    buf_addc(out, quote);
    buf_addc(shown, '\'');
    for (size_t n = draw(6); n > 0; n--) {
        if (draw(2)) {
            buf_addc(out, (char)('a' + n));
            buf_addc(shown, (char)('a' + n));
        } else {
            write_char(out, shown, python, quote);
        }
    }
    buf_addc(out, quote);
    buf_addc(shown, '\'');
}

static void write_list(struct buf *out, struct buf *shown, bool python, int depth)
{
    bool object = draw(2), tuple = python && !object && draw(2);
    buf_addc(out, object ? '{' : tuple ? '(' : '[');
    buf_addc(shown, object ? '{' : '[');
    for (size_t i = 0, n = draw(4); i < n; i++) {
        buf_adds(out, i ? ", " : "");
        if (object) {
            write_string(out, shown, python);
            buf_adds(out, draw(2) ? ":" : " : ");
        }
        write_value(out, shown, python, depth + 1);
    }
    buf_addc(out, object ? '}' : tuple ? ')' : ']');
    buf_addc(shown, object ? '}' : ']');
}

static void write_value(struct buf *out, struct buf *shown, bool python, int depth)
{
    switch (draw(depth > 5 ? 3 : 6)) {
    case 0:
        buf_adds(out, python ? "None" : "null");
        buf_addc(shown, 'n');
        break;
    case 1:
        buf_addf(out, "-%zu.5", draw(1000));
        buf_addf(shown, "#%s#", strrchr(out->data, '-'));
        break;
    case 2:
        write_string(out, shown, python);
        break;
    default:
        write_list(out, shown, python, depth);
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct buf text, shown, cut;
    buf_init(&text);
    buf_init(&shown);
    buf_init(&cut);
    for (int i = 0; i < 3000; i++) {
        enum literal_dialect dialect = i % 2 ? LITERAL_PYTHON : LITERAL_JSON;
        buf_clear(&text);
        buf_clear(&shown);
        write_value(&text, &shown, dialect == LITERAL_PYTHON, 0);
        becomes(text.data, dialect, shown.data);
        /* every beginning of it, and it with a byte changed: read or refused, within its bytes */
        for (size_t n = 0; i < 300 && n < text.len; n++) {
            char *exact = mem_strndup(text.data, n);
            if (literal_read(&doc, exact, n, dialect, NULL, NULL)) {
                buf_clear(&cut);
                assert_int_equal(show(&doc, 0, &cut), doc.n_nodes);
            }
            free(exact);
        }
        size_t at = draw(text.len); /* one after the other: the same from every compiler */
        text.data[at] = (char)draw(256);
        if (literal_read(&doc, text.data, text.len, draw(2) ? LITERAL_PYTHON : LITERAL_JSON, NULL,
                         NULL)) {
            buf_clear(&cut);
            assert_int_equal(show(&doc, 0, &cut), doc.n_nodes);
        }
    }
    buf_release(&text);
    buf_release(&shown);
    buf_release(&cut);
}

static void prefixes_of_strings_only(void **state)
{
    (void)state;
    becomes("ur'\\n'", LITERAL_PYTHON, "'\\n'");
    fails("uub'a'", LITERAL_PYTHON, "no value");
    fails("u", LITERAL_PYTHON, "no value");
    fails("br", LITERAL_PYTHON, "no value");
    fails("x'a'", LITERAL_PYTHON, "no value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_both_dialects),
        cmocka_unit_test(every_escape),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(members_by_name),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(prefixes_of_strings_only),
    };
    literal_init(&doc);
    int status = cmocka_run_group_tests_name("literal", tests, NULL, NULL);
    literal_release(&doc);
    return status;
}
