/* storage/base: buf, num, intern, file, json, error, scratch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/base/intern.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/base/progress.h"
#include "storage/base/scratch.h"
#include "storage/base/shell.h"

static void numbers_are_grouped_by_thousands(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {-12101, "-12,101"},
                 {-100, "-100"},
                 {INT64_MAX, "9,223,372,036,854,775,807"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b;
        buf_init(&b);
        buf_add_grouped(&b, cases[i].n);
        assert_string_equal(b.data, cases[i].text);
        buf_release(&b);
    }
}

static void buf_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b);
    assert_string_equal(b.data, "");
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_int_equal(b.len, strlen(b.data));
    assert_memory_equal(b.data, "0,1,2,", 6);
    buf_truncate(&b, 3);
    assert_string_equal(b.data, "0,1");
    char *s = buf_detach(&b);
    assert_string_equal(s, "0,1");
    assert_int_equal(b.len, 0);
    free(s);
    buf_release(&b);
}

static void num_reads_whole_numbers_only(void **state)
{
    (void)state;
    int64_t i = 7;
    assert_true(num_int64("-9223372036854775808", 20, &i) && i == INT64_MIN);
    assert_true(num_int64("9223372036854775807", 19, &i) && i == INT64_MAX);
    i = 7;
    assert_false(num_int64("9223372036854775808", 19, &i));
    assert_false(num_int64("", 0, &i));
    assert_false(num_int64("-", 1, &i));
    assert_false(num_int64("1 ", 2, &i));
    assert_false(num_int64("0x1", 3, &i));
    assert_int_equal(i, 7);
    int32_t j;
    assert_false(num_int32("2147483648", 10, &j));
    double d;
    assert_true(num_double("4.5", 3, &d) && fabs(d - 4.5) < 1e-12);
    assert_false(num_double("nan", 3, &d));
    assert_false(num_double("1e999", 5, &d));
    assert_false(num_double("1,5", 3, &d));
}

static void intern_numbers_by_first_appearance(void **state)
{
    (void)state;
    struct intern *in = intern_new();
    char text[32];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            int n = snprintf(text, sizeof text, "id-%d", i);
            assert_int_equal(intern_add(in, text, (size_t)n, NULL), i);
        }
    assert_int_equal(intern_count(in), 5000);
    assert_int_equal(intern_find(in, "id-77", 5), 77);
    assert_int_equal(intern_find(in, "id-7x", 5), -1);
    assert_int_equal(intern_add(in, "", 0, NULL), 5000);
    assert_int_equal(intern_add(in, "a\0b", 3, NULL), 5001);
    assert_int_equal(intern_add(in, "a\0c", 3, NULL), 5002);
    struct strtab t = intern_table(in);
    assert_string_equal(strtab_get(&t, 77), "id-77");
    assert_int_equal(strtab_len(&t, 5001), 3);
    struct intern *over = intern_over(&t, NULL);
    assert_int_equal(intern_find(over, "id-4999", 7), 4999);
    intern_free(over);
    intern_free(in);
}

/* Against each string looked at: equal ones, empty ones, zero bytes, beginnings of each other. */
static void tables_are_searched_in_their_order(void **state)
{
    (void)state;
    static const char pool[] = "b\0ab\0bab\0aabb\0\xff\x01 aaaaaaaaaaaab aaaaaaaaaaaaa";
    enum { N = 400, MOST = 14 };
    uint64_t offset[N + 1];
    struct buf bytes;
    buf_init(&bytes);
    for (size_t i = 0; i < N; i++) {
        offset[i] = bytes.len;
        size_t n = i * 7 % MOST, from = i * 13 % (sizeof pool - MOST);
        buf_add(&bytes, pool + from, n);
        buf_add(&bytes, "", 1);
    }
    offset[N] = bytes.len;
    struct strtab t = {N, offset, bytes.data};
    int32_t *sorted = strtab_sort(&t, NULL);
    for (int32_t i = 0; i < N; i++) {
        const char *text = strtab_get(&t, i);
        size_t n = strtab_len(&t, i);
        int32_t at = strtab_find(&t, NULL, text, n);
        assert_true(at >= 0 && at <= i && strtab_len(&t, at) == n);
        assert_int_equal(strtab_find(&t, sorted, text, n), at);
        struct strtab_range range = strtab_with_prefix(&t, sorted, text, n);
        int64_t wanted = 0;
        for (int32_t j = 0; j < N; j++)
            wanted += strtab_len(&t, j) >= n && memcmp(strtab_get(&t, j), text, n) == 0;
        assert_int_equal(range.to - range.from, wanted);
        for (int64_t j = range.from; j < range.to; j++)
            assert_memory_equal(strtab_get(&t, sorted[j]), text, n);
    }
    assert_int_equal(strtab_find(&t, sorted, "zz", 2), -1);
    assert_int_equal(strtab_find(&t, NULL, "zz", 2), -1);
    struct strtab none = {0, offset, bytes.data};
    assert_int_equal(strtab_find(&none, sorted, "a", 1), -1);
    assert_int_equal(strtab_with_prefix(&none, sorted, "a", 1).to, 0);
    free(sorted);
    buf_release(&bytes);
}

static void files_are_replaced_whole_or_not_at_all(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char *deep = path_join(dir, "a/b/c");
    assert_true(dir_make(deep, NULL));
    char *path = path_join(deep, "f");
    assert_true(file_write(path, "old", 3, NULL));
    struct file_replace r;
    assert_true(file_replace_begin(&r, path, NULL));
    fputs("half", r.stream);
    file_replace_abandon(&r);
    struct buf b;
    buf_init(&b);
    assert_true(file_read(path, 100, &b, NULL));
    assert_string_equal(b.data, "old");
    struct error err = {0};
    assert_false(file_read(path, 2, &b, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    struct file_map map;
    assert_true(file_map_open(path, &map, NULL));
    assert_int_equal(map.size, 3);
    assert_memory_equal(map.data, "old", 3);
    file_map_close(&map);
    assert_true(dir_remove(dir, NULL));
    assert_false(file_exists(dir));
    assert_false(file_map_open(path, &map, &err));
    assert_non_null(strstr(err.text, path));
    buf_release(&b);
    free(path);
    free(deep);
}

static void pipes_are_written_in_place_and_links_stay_links(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-base-XXXXXX", text[8] = "";
    struct stat st;
    assert_non_null(mkdtemp(dir));
    char *pipe = path_join(dir, "pipe"), *link = path_join(dir, "link"),
         *file = path_join(dir, "file");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    int reader = open(pipe, O_RDONLY | O_NONBLOCK);
    assert_true(file_write(pipe, "abc", 3, NULL));
    assert_int_equal(read(reader, text, sizeof text), 3);
    assert_string_equal(text, "abc");
    close(reader);
    assert_true(lstat(pipe, &st) == 0 && S_ISFIFO(st.st_mode));

    assert_true(file_write(file, "old", 3, NULL));
    assert_int_equal(symlink(file, link), 0);
    assert_true(file_write(link, "newer", 5, NULL));
    assert_true(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    assert_true(stat(file, &st) == 0 && st.st_size == 5);
    assert_true(dir_remove(dir, NULL));
    free(pipe);
    free(link);
    free(file);
}

static void json_writes_nine_digits_and_reads_back(void **state)
{
    (void)state;
    struct jval *o = jval_new_object();
    jval_put_real(o, "third", 1.0 / 3.0);
    jval_put_real(o, "nan", (double)NAN);
    jval_put_int(o, "n", INT64_MAX);
    jval_put(o, "bad", jval_new_string_n("a\xff\xc3\xa9", 4));
    struct jval *list = jval_new_array();
    jval_append(list, jval_new_bool(true));
    jval_put(o, "list", list);
    struct buf b;
    buf_init(&b);
    jval_write(o, false, &b);
    assert_string_equal(b.data,
                        "{\"third\": 0.333333333, \"nan\": null, \"n\": 9223372036854775807, "
                        "\"bad\": \"a\xef\xbf\xbd\xc3\xa9\", \"list\": [true]}");
    struct jval *again = jval_parse(b.data, b.len, NULL);
    assert_non_null(again);
    assert_true(jval_int(jval_get(again, "n"), 0) == INT64_MAX);
    assert_true(jval_bool(jval_at(jval_get(again, "list"), 0), false));
    struct error err = {0};
    assert_null(jval_parse("{\"a\":", 5, &err));
    assert_int_equal(err.code, ERROR_INPUT);
    jval_free(again);
    jval_free(o);
    buf_release(&b);
}

/* The shell itself is asked what it reads. */
static void words_reach_the_shell_as_they_are(void **state)
{
    (void)state;
    static const char *const words[] = {
        "plain",      "",          "it's",      "a b\tc",      "$HOME `id` $(id)",
        "\"\\!*?[a]", "line\nend", "~/x {a,b}", "#no",         "'",
        "'\\'' '",    "-n",        "=cmd",      "a;b&c|d<e>f", "caf\xc3\xa9 \xff"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct buf command;
        char got[256];
        buf_init(&command);
        buf_adds(&command, "printf '%s.'");
        shell_add_next(&command, words[i]);
        FILE *pipe = popen(command.data, "r");
        assert_non_null(pipe);
        size_t n = fread(got, 1, sizeof got - 1, pipe);
        got[n] = '\0';
        assert_int_equal(pclose(pipe), 0);
        assert_int_equal(n, strlen(words[i]) + 1);
        assert_memory_equal(got, words[i], n - 1);
        buf_release(&command);
    }
    struct buf out;
    buf_init(&out);
    shell_add_word(&out, "a/b-c.d_e,f:g=h+i@j%k1");
    assert_string_equal(out.data, "a/b-c.d_e,f:g=h+i@j%k1"); /* readable where it can be */
    buf_release(&out);
}

static void errors_keep_their_text_when_prefixed(void **state)
{
    (void)state;
    struct error err = {0};
    assert_false(error_set(&err, ERROR_INPUT, "line %d is bad", 3));
    error_prefix(&err, "%s", "x.csv");
    assert_string_equal(err.text, "x.csv: line 3 is bad");
    assert_null(mem_try_array(SIZE_MAX / 2, 4, "edge table", &err));
    assert_int_equal(err.code, ERROR_MEMORY);
    assert_non_null(strstr(err.text, "edge table"));
}

static void cancelled_progress_says_so(void **state)
{
    (void)state;
    struct progress p = {0};
    struct error err = {0};
    assert_true(progress_at(&p, "x", 1, 2, "rows", &err));
    assert_true(progress_ok(NULL, &err));
    atomic_store(&p.cancel, true);
    assert_false(progress_at(&p, "x", 1, 2, "rows", &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
}

/* Fills an array, shrinks it, and looks at what is kept. */
static void keeps_its_beginning(size_t n, size_t kept, bool mapped)
{
    uint32_t *a = scratch_new(n, sizeof *a, "numbers", NULL);
    assert_non_null(a);
    assert_int_equal(scratch_is_mapped(a), mapped);
    assert_int_equal((uintptr_t)a % alignof(max_align_t), 0);
    for (size_t i = 0; i < n; i++)
        a[i] = (uint32_t)(i * 2654435761u);
    a = scratch_shrink(a, kept * sizeof *a);
    for (size_t i = 0; i < kept; i++)
        assert_int_equal(a[i], (uint32_t)(i * 2654435761u));
    scratch_free(a);
}

static void scratch_is_in_a_file_where_it_is_large(void **state)
{
    (void)state;
    enum { LARGE = 6000000, HALF = 5000000 };
    char dir[] = "/var/tmp/rote-scratch-XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("TMPDIR", dir, 1);
    int fd = open(dir, O_TMPFILE | O_RDWR, 0600);
    bool can = fd >= 0; /* not every file system has files without a name */
    close(fd);
    keeps_its_beginning(0, 0, false);
    keeps_its_beginning(1000, 10, false);
    keeps_its_beginning(LARGE, HALF, can); /* still large */
    keeps_its_beginning(LARGE, 1000, can); /* moves to memory */
    keeps_its_beginning(LARGE, 0, can);
    uint32_t *a = scratch_new(LARGE, sizeof *a, "numbers", NULL);
    assert_int_equal(rmdir(dir), 0); /* nothing in it has a name */
    a[LARGE - 1] = 7;
    scratch_free(a);
    keeps_its_beginning(LARGE, HALF, false); /* that folder is gone: ordinary memory */
    unsetenv("TMPDIR");
    struct error err = {0};
    assert_null(scratch_new(SIZE_MAX / 4, sizeof *a, "numbers", &err));
    assert_non_null(strstr(err.text, "numbers"));
    scratch_free(NULL);
}

/* Where there is no room for the file: ordinary memory, and no signal at the first write. */
static void scratch_needs_no_disk(void **state)
{
    (void)state;
    struct rlimit limit, before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1 << 20;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    keeps_its_beginning(6000000, 6000000, false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_grouped_by_thousands),
        cmocka_unit_test(buf_grows_and_stays_terminated),
        cmocka_unit_test(num_reads_whole_numbers_only),
        cmocka_unit_test(intern_numbers_by_first_appearance),
        cmocka_unit_test(tables_are_searched_in_their_order),
        cmocka_unit_test(files_are_replaced_whole_or_not_at_all),
        cmocka_unit_test(pipes_are_written_in_place_and_links_stay_links),
        cmocka_unit_test(json_writes_nine_digits_and_reads_back),
        cmocka_unit_test(words_reach_the_shell_as_they_are),
        cmocka_unit_test(errors_keep_their_text_when_prefixed),
        cmocka_unit_test(cancelled_progress_says_so),
        cmocka_unit_test(scratch_is_in_a_file_where_it_is_large),
        cmocka_unit_test(scratch_needs_no_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
