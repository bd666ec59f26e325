/* storage/base/regex, utf8, shell, formula and storage/export/csv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/mem.h"
#include "storage/base/formula.h"
#include "storage/base/regex.h"
#include "storage/base/shell.h"
#include "storage/base/source.h"
#include "storage/base/utf8.h"
#include "storage/export/csv.h"
#include "storage/import/row.h"
#include "tests/draw.h"

static enum regex_result find(const char *pattern, const char *text, size_t n, size_t *at)
{
    struct error err = {0};
    struct regex *re = regex_new(pattern, &err);
    assert_non_null(re);
    struct regex_scratch *scratch = regex_scratch_new(re);
    size_t end;
    enum regex_result result = regex_find(re, scratch, text, n, 0, at, &end);
    regex_scratch_free(scratch);
    regex_free(re);
    return result;
}

static enum regex_result has(const char *pattern, const char *text)
{
    size_t at;
    return find(pattern, text, strlen(text), &at);
}

static void case_is_smart(void **state)
{
    (void)state;
    assert_int_equal(has("essie", "ESSIE ballet"), REGEX_YES);
    assert_int_equal(has("Essie", "ESSIE ballet"), REGEX_NO);
    assert_int_equal(has("Essie", "Essie ballet"), REGEX_YES);
    assert_int_equal(has("\\S\\W", "ab c"), REGEX_YES); /* escapes are not capitals */
    assert_int_equal(has("a\\Sx", "aBX"), REGEX_YES);
    assert_int_equal(has("é", "É"), REGEX_YES);
    assert_int_equal(has("É", "é"), REGEX_NO);
    assert_int_equal(has("\\\\A", "\\a"), REGEX_NO); /* an escaped backslash, then a capital */
}

static void any_bytes_are_a_subject(void **state)
{
    (void)state;
    size_t at = 0;
    assert_int_equal(find("caf.", "\xff\xfe caf\xc3\xa9", 8, &at), REGEX_YES);
    assert_int_equal(at, 3);
    assert_int_equal(find("x", "a\0x", 3, &at), REGEX_YES);
    assert_int_equal(at, 2);
    assert_int_equal(find("x", "", 0, &at), REGEX_NO);
    assert_int_equal(find("^$", "", 0, &at), REGEX_YES);
}

static void wrong_patterns_say_where(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(regex_new("ab(", &err));
    assert_int_equal(err.code, ERROR_INPUT);
    assert_non_null(strstr(err.text, "ab("));
    assert_non_null(strstr(err.text, "at character"));
}

static void endless_patterns_give_up(void **state)
{
    (void)state;
    char text[64];
    memset(text, 'a', sizeof text);
    text[63] = '!';
    size_t at;
    assert_int_equal(find("^(a+)+$", text, sizeof text, &at), REGEX_LIMIT);
}

static void csv_quotes_and_guards(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&bytes, &n);
    struct csv_writer w;
    assert_true(csv_begin(&w, "-", f, ',', NULL));
    static const char *const cells[] = {"plain",  "a,b",   "say \"hi\"", "two\nlines", "=1+1",
                                        "-5",     "-x",    "@cmd",       "+1.5e3",     "",
                                        " blank", "tab\t", "crème",      "=\"a\",b"};
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        csv_text(&w, cells[i], strlen(cells[i]));
    assert_true(csv_end_line(&w, NULL));
    csv_int(&w, -9223372036854775807);
    csv_real(&w, 0.1);
    csv_real(&w, (double)NAN);
    csv_real(&w, (double)INFINITY);
    csv_empty(&w);
    assert_true(csv_end_line(&w, NULL));
    assert_true(csv_commit(&w, NULL));
    fclose(f);
    assert_string_equal(bytes, "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",'=1+1,-5,'-x,'@cmd,"
                               "+1.5e3,,\" blank\",\"tab\t\",crème,\"'=\"\"a\"\",b\"\n"
                               "-9223372036854775807,0.1,,,\n");
    free(bytes);
}

/* Texts of up to six of these, as cells of one line and back. */
static void cells_come_back(void **state)
{
    (void)state;
    static const char signs[] = "'=+-@5e.,;\t \"\nx|\\";
    enum { CELLS = 5, CELL_MAX = 6, LINES = 3000 };
    int guarded = 0;
    for (int line = 0; line < LINES; line++) {
        char cell[CELLS][CELL_MAX], *bytes = NULL;
        size_t n[CELLS], size = 0;
        FILE *f = open_memstream(&bytes, &size);
        struct csv_writer w;
        assert_true(csv_begin(&w, "-", f, ',', NULL));
        for (int c = 0; c < CELLS; c++) {
            n[c] = c == 0 ? 1 : draw(CELL_MAX + 1); /* a line is not blank */
            for (size_t i = 0; i < n[c]; i++)
                cell[c][i] = signs[draw(sizeof signs - 1)];
            cell[0][0] = 'x';
            guarded += formula_needs_apostrophe(cell[c], n[c]);
            csv_text(&w, cell[c], n[c]);
        }
        assert_true(csv_end_line(&w, NULL) && csv_commit(&w, NULL));
        fclose(f);
        struct source *s = source_over(bytes, size, "cells");
        struct row_reader r;
        struct line first;
        row_reader_init(&r, s, (struct row_rules){',', true, true}, CELLS);
        assert_int_equal(source_line(s, &first, NULL), SOURCE_READ);
        assert_int_equal(row_read(&r, &first, NULL), ROW_READ);
        assert_int_equal(r.total, CELLS);
        for (int c = 0; c < CELLS; c++) {
            assert_int_equal(r.field[c].n, n[c]);
            assert_memory_equal(r.field[c].text, cell[c], n[c]);
        }
        row_reader_release(&r);
        source_close(s);
        free(bytes);
    }
    assert_true(guarded > LINES / 10);
    static const char *const kept[] = {"'x", "'-5", "'", "''", "'5", "x'=1"};
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        assert_false(formula_has_apostrophe(kept[i], strlen(kept[i])));
    assert_true(formula_has_apostrophe("''=1", 4) && formula_has_apostrophe("'-x", 3));
}

static void characters_are_read_and_written(void **state)
{
    (void)state;
    static const uint32_t edges[] = {1,      0x7f,   0x80,   0x7ff,   0x800,   0xd7ff,
                                     0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff};
    struct buf all;
    size_t len;
    buf_init(&all);
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        size_t from = all.len;
        utf8_add(&all, edges[i]);
        assert_int_equal(utf8_decode(all.data + from, all.len - from, &len), edges[i]);
        assert_int_equal(len, all.len - from);
        assert_int_equal(utf8_length(all.data + from, all.len - from), len);
        assert_true(len == 1 || !utf8_is_valid(all.data + from, len - 1)); /* cut short */
    }
    assert_true(utf8_is_valid(all.data, all.len) && utf8_is_valid("", 0));
    static const char *const wrong[] = {
        "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "a\xc3"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(utf8_is_valid(wrong[i], strlen(wrong[i])));
    buf_clear(&all);
    shell_add_word(&all, "a/b-1.csv");
    shell_add_word(&all, " it's ");
    shell_add_word(&all, "");
    assert_string_equal(all.data, "a/b-1.csv' it'\\''s '\x27\x27");
    buf_release(&all);
}

static void csv_files_are_whole_or_not_there(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-csv-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *path = path_join(dir, "a.tsv");
    struct csv_writer w;
    struct error err = {0};
    assert_true(csv_begin(&w, path, NULL, '\t', &err));
    csv_text(&w, "a\tb", 3);
    assert_true(csv_end_line(&w, &err));
    assert_false(file_exists(path));
    assert_true(csv_commit(&w, &err));
    struct buf text;
    buf_init(&text);
    assert_true(file_read(path, 100, &text, &err));
    assert_string_equal(text.data, "\"a\tb\"\n");
    assert_true(csv_begin(&w, path, NULL, ',', &err));
    csv_text(&w, "other", 5);
    csv_abandon(&w);
    buf_clear(&text);
    assert_true(file_read(path, 100, &text, &err));
    assert_string_equal(text.data, "\"a\tb\"\n");
    assert_false(csv_begin(&w, "/nowhere/at/all.csv", NULL, ',', &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all.csv"));
    buf_release(&text);
    assert_true(dir_remove(dir, &err));
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_is_smart),
        cmocka_unit_test(any_bytes_are_a_subject),
        cmocka_unit_test(wrong_patterns_say_where),
        cmocka_unit_test(endless_patterns_give_up),
        cmocka_unit_test(csv_quotes_and_guards),
        cmocka_unit_test(cells_come_back),
        cmocka_unit_test(characters_are_read_and_written),
        cmocka_unit_test(csv_files_are_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
