/* storage/base/source: lines and blocks from files, gzip and memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/source.h"

/* a, nothing, "b c" and "no newline" are the lines, and end so. */
static void expect_four_lines(const char *text, const char *const ends[4])
{
    struct source *s = source_over(text, strlen(text), "test");
    static const char *const want[] = {"a", "", "b c", "no newline"};
    struct line line;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
        assert_int_equal(line.number, i + 1);
        assert_int_equal(line.n, strlen(want[i]));
        assert_memory_equal(line.bytes, want[i], line.n);
        assert_int_equal(line.n_end, strlen(ends[i]));
        assert_memory_equal(line.bytes + line.n, ends[i], line.n_end);
        assert_int_equal(line_is_blank(&line), i == 1);
        assert_false(line.has_nul);
    }
    assert_int_equal(source_line(s, &line, NULL), SOURCE_END);
    assert_int_equal(source_line(s, &line, NULL), SOURCE_END);
    source_close(s);
}

static void lines_end_at_newlines_and_at_the_end(void **state)
{
    (void)state;
    expect_four_lines("a\r\n\nb c\nno newline\r", (const char *const[]){"\r\n", "\n", "\n", "\r"});
}

static void lines_end_at_cr_where_there_is_no_lf(void **state)
{
    (void)state;
    expect_four_lines("a\r\rb c\rno newline", (const char *const[]){"\r", "\r", "\r", ""});
}

static void nothing_is_no_line(void **state)
{
    (void)state;
    struct source *s = source_over("", 0, "test");
    struct line line;
    const char *head;
    size_t n;
    assert_true(source_head(s, &head, &n, NULL));
    assert_int_equal(n, 0);
    assert_int_equal(source_line(s, &line, NULL), SOURCE_END);
    source_close(s);
}

/* Text of many lines, a few of them longer than a block or too long; `line` of them in order. */
static void make_lines(struct buf *out, size_t *length, int n)
{
    for (int i = 0; i < n; i++) {
        size_t len = (size_t)(i * 7919 % 100);
        if (i == 300)
            len = SOURCE_LINE_MAX;
        if (i == 500)
            len = SOURCE_LINE_MAX + 1;
        if (i == 501)
            len = 5 * SOURCE_LINE_MAX;
        length[i] = len;
        for (size_t j = 0; j < len; j++)
            buf_addc(out, (char)('a' + (i + (int)j) % 26));
        buf_addc(out, '\n');
    }
}

static void long_lines_are_skipped_and_the_rest_is_whole(void **state)
{
    (void)state;
    enum { N = 40000 };
    size_t *length = mem_zalloc(N, sizeof *length);
    struct buf text;
    buf_init(&text);
    make_lines(&text, length, N);
    struct source *s = source_over(text.data, text.len, "test");
    struct line line;
    for (int i = 0; i < N; i++) {
        enum source_status status = source_line(s, &line, NULL);
        assert_int_equal(status, length[i] > SOURCE_LINE_MAX ? SOURCE_LONG : SOURCE_READ);
        assert_int_equal(line.number, i + 1);
        if (length[i] > 0)
            assert_int_equal(line.bytes[0], 'a' + i % 26);
        if (status == SOURCE_READ) {
            assert_int_equal(line.n, length[i]);
            if (line.n > 0)
                assert_int_equal(line.bytes[line.n - 1], 'a' + (i + (int)line.n - 1) % 26);
        }
    }
    assert_int_equal(source_line(s, &line, NULL), SOURCE_END);
    source_close(s);
    buf_release(&text);
    free(length);
}

static void a_long_last_line_without_newline_ends_the_file(void **state)
{
    (void)state;
    size_t n = 3 * SOURCE_LINE_MAX;
    char *text = mem_alloc(n);
    memset(text, 'x', n);
    struct source *s = source_over(text, n, "test");
    struct line line;
    assert_int_equal(source_line(s, &line, NULL), SOURCE_LONG);
    assert_int_equal(source_line(s, &line, NULL), SOURCE_END);
    source_close(s);
    free(text);
}

static void marked_lines_can_be_read_again(void **state)
{
    (void)state;
    enum { N = 40000 };
    size_t *length = mem_zalloc(N, sizeof *length);
    struct buf text;
    buf_init(&text);
    make_lines(&text, length, N);
    struct source *s = source_over(text.data, text.len, "test");
    struct line line;
    for (int i = 0; i < 450; i++)
        source_line(s, &line, NULL);
    source_mark(s);
    for (int i = 450; i < 500; i++)
        assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
    /* the long line is not skipped behind a mark */
    assert_int_equal(source_line(s, &line, NULL), SOURCE_LONG);
    source_rewind(s);
    for (int i = 450; i < 502; i++) {
        assert_int_equal(source_line(s, &line, NULL), i < 500 ? SOURCE_READ : SOURCE_LONG);
        assert_int_equal(line.number, i + 1);
    }
    /* a mark across several refills */
    source_mark(s);
    for (int i = 502; i < 20000; i++)
        assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
    source_rewind(s);
    assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
    assert_int_equal(line.number, 503);
    assert_int_equal(line.n, length[502]);
    source_close(s);
    buf_release(&text);
    free(length);
}

static void nul_bytes_are_announced(void **state)
{
    (void)state;
    struct source *s = source_over("a\0b\nc\n", 6, "test");
    struct line line;
    assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
    assert_true(line.has_nul);
    assert_int_equal(line.n, 3);
    source_close(s);
}

static void write_gzip(const char *path, const char *text, size_t n, int members)
{
    for (int i = 0; i < members; i++) {
        gzFile gz = gzopen(path, i ? "ab" : "wb");
        assert_int_equal(gzwrite(gz, text, (unsigned)n), (int)n);
        assert_int_equal(gzclose(gz), Z_OK);
    }
}

static void gzip_is_seen_and_its_truncation_too(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-source-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *path = path_join(dir, "x"); /* not by its name */
    struct buf text, stored;
    buf_init(&text);
    buf_init(&stored);
    for (int i = 0; i < 200000; i++)
        buf_addf(&text, "line %d\n", i * 7919 % 1000003);
    write_gzip(path, text.data, text.len, 2);
    struct source *s = source_open(path, NULL);
    struct line line;
    struct error err = {0};
    int64_t lines = 0;
    while (source_line(s, &line, &err) == SOURCE_READ)
        lines++;
    assert_int_equal(lines, 400000);
    assert_int_equal(err.code, ERROR_NONE);
    double done, total;
    source_position(s, &done, &total);
    assert_true(total > 0 && done <= total && done > total / 2);
    source_close(s);

    assert_true(file_read(path, 1 << 28, &stored, NULL));
    assert_true(file_write(path, stored.data, stored.len - 100, NULL));
    s = source_open(path, NULL);
    enum source_status status;
    while ((status = source_line(s, &line, &err)) == SOURCE_READ)
        ;
    assert_int_equal(status, SOURCE_FAILED);
    assert_non_null(strstr(err.text, "truncated"));
    assert_non_null(strstr(err.text, path));
    source_close(s);

    memset(stored.data + stored.len / 4, 0x55, 64);
    assert_true(file_write(path, stored.data, stored.len, NULL));
    s = source_open(path, NULL);
    while ((status = source_line(s, &line, &err)) == SOURCE_READ)
        ;
    assert_int_equal(status, SOURCE_FAILED);
    assert_non_null(strstr(err.text, "damaged"));
    source_close(s);
    buf_release(&text);
    buf_release(&stored);
    free(path);
    assert_true(dir_remove(dir, NULL));
}

static void folders_and_missing_files_are_refused(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(source_open("/tmp", &err));
    assert_non_null(strstr(err.text, "is a folder"));
    assert_null(source_open("/nonexistent/x", &err));
    assert_int_equal(err.code, ERROR_IO);
}

static void blocks_give_every_byte_once(void **state)
{
    (void)state;
    size_t n = 1000003;
    char *text = mem_alloc(n);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(i * 31);
    struct source *s = source_over(text, n, "test");
    const char *block;
    size_t at = 0, left;
    while (source_block(s, &block, &left, NULL) && left > 0) {
        size_t take = left > 1000 ? left / 2 : left;
        assert_memory_equal(block, text + at, take);
        source_skip(s, take);
        at += take;
    }
    assert_int_equal(at, n);
    source_close(s);
    free(text);
}

static void standard_input_is_a_dash(void **state)
{
    (void)state;
    int saved = dup(STDIN_FILENO), fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x y\n", 4), 4);
    close(fds[1]);
    dup2(fds[0], STDIN_FILENO);
    close(fds[0]);
    struct source *s = source_open("-", NULL);
    assert_string_equal(source_name(s), "standard input");
    struct line line;
    assert_int_equal(source_line(s, &line, NULL), SOURCE_READ);
    assert_int_equal(line.n, 3);
    double done, total;
    source_position(s, &done, &total);
    assert_true(total < 1);
    source_close(s);
    dup2(saved, STDIN_FILENO);
    close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_at_newlines_and_at_the_end),
        cmocka_unit_test(lines_end_at_cr_where_there_is_no_lf),
        cmocka_unit_test(nothing_is_no_line),
        cmocka_unit_test(long_lines_are_skipped_and_the_rest_is_whole),
        cmocka_unit_test(a_long_last_line_without_newline_ends_the_file),
        cmocka_unit_test(marked_lines_can_be_read_again),
        cmocka_unit_test(nul_bytes_are_announced),
        cmocka_unit_test(gzip_is_seen_and_its_truncation_too),
        cmocka_unit_test(folders_and_missing_files_are_refused),
        cmocka_unit_test(blocks_give_every_byte_once),
        cmocka_unit_test(standard_input_is_a_dash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
