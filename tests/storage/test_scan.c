/* storage/import/scan and walk: JSON read piece by piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/scan.h"
#include "storage/import/walk.h"

static void scan_strings_and_nesting(void **state)
{
    (void)state;
    static const char text[] =
        " \"\\u0041\\ud83d\\ude00\\ud800x\\\\\\\"\" ,[{\"a\":[\"]\\\"\"]},-1e5]";
    struct buf decoded;
    struct scan s;
    const char *bytes;
    size_t n;
    buf_init(&decoded);
    scan_begin(&s, text, sizeof text - 1, &decoded);
    assert_true(scan_string(&s, &bytes, &n));
    static const char expected[] = "A\xf0\x9f\x98\x80\xef\xbf\xbdx\\\"";
    assert_int_equal(n, sizeof expected - 1);
    assert_memory_equal(bytes, expected, n);
    assert_true(scan_take(&s, ','));
    assert_true(scan_skip(&s));
    assert_int_equal(scan_peek(&s), 0);
    char deep[2 * SCAN_DEPTH_MAX + 4];
    memset(deep, '[', sizeof deep);
    scan_begin(&s, deep, sizeof deep, &decoded);
    assert_false(scan_skip(&s));
    static const char *const bad[] = {"\"\\x\"", "\"\\u12\"", "\"",   "{\"a\" 1}",
                                      "[1 2]",   "[1}",       "[,1]", ""};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        scan_begin(&s, bad[i], strlen(bad[i]), &decoded);
        assert_false(bad[i][0] == '"' ? scan_string(&s, &bytes, &n) : scan_skip(&s));
    }
    buf_release(&decoded);
}

/* Elements that cross the blocks of the source, and one that is too long. */
static void walk_elements_of_any_size(void **state)
{
    (void)state;
    struct buf text;
    struct walk w;
    struct error err = {0};
    buf_init(&text);
    buf_adds(&text, "{\"m\": {\"results\": [1]}, \"results\": [\n");
    for (int i = 0; i < 3; i++) {
        size_t n = i == 1 ? WALK_VALUE_MAX + 10 : 3000000;
        buf_adds(&text, i ? ",\n\"" : "\"");
        for (size_t k = 0; k < n; k += 10)
            buf_adds(&text, "],}{[\\\"abc");
        buf_addc(&text, '"');
    }
    buf_adds(&text, "], \"z\": 1}");
    struct source *s = source_over(text.data, text.len, "big");
    walk_init_within(&w, s, "results");
    assert_int_equal(walk_next(&w, &err), WALK_MEMBER);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(walk_next(&w, &err), WALK_ELEMENT);
        assert_int_equal(w.line, i + 2);
        assert_int_equal(w.too_long, i == 1);
        assert_int_equal(w.value.len, i == 1 ? 0 : 3000002);
    }
    assert_int_equal(walk_next(&w, &err), WALK_MEMBER);
    assert_string_equal(w.key.data, "\"z\"");
    assert_int_equal(walk_next(&w, &err), WALK_END);
    walk_release(&w);
    source_close(s);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_strings_and_nesting),
        cmocka_unit_test(walk_elements_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
