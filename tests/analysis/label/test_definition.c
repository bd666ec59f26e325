#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/label/definition.h"
#include "storage/base/mem.h"

static struct definition parsed(const char *text)
{
    struct definition d;
    struct error err = {0};
    if (!definition_parse(text, &d, &err))
        fail_msg("%s: %s", text, err.text);
    return d;
}

static void presets(void **state)
{
    (void)state;
    const char *const names[] = {"last", "any", "iirg"};
    const char *const keys[] = {"pred=last,cap=none,edges=train,own=keep,history=keep,k=10",
                                "pred=any,cap=none,edges=train,own=keep,history=keep,k=10",
                                "pred=last:20,cap=50,edges=train,own=keep,history=keep,k=5"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct definition d = parsed(names[i]), written = parsed(keys[i]);
        char text[DEFINITION_TEXT_MAX];
        assert_true(definition_equal(&d, &written));
        definition_key(&d, text);
        assert_string_equal(text, keys[i]);
        definition_format(&written, text);
        assert_string_equal(text, names[i]);
    }
}

static void switches_and_defaults(void **state)
{
    (void)state;
    struct definition d = parsed("k=7");
    assert_int_equal(d.pred_last, 1);
    assert_int_equal(d.k, 7);
    d = parsed("iirg,k=10,own=leave");
    assert_int_equal(d.pred_last, 20);
    assert_int_equal(d.cap, 50);
    assert_int_equal(d.k, 10);
    assert_true(d.own_leave);
    d = parsed("history=remove,edges=train+valid,cap=none,pred=any");
    assert_true(d.history_remove && d.train_valid);
    assert_int_equal(d.pred_last, 0);
}

static void every_combination_round_trips(void **state)
{
    (void)state;
    const int preds[] = {0, 1, 2, 1000000}, caps[] = {0, 1, 50, 1000000000};
    for (int i = 0; i < 4 * 4 * 8; i++) {
        struct definition d = {.pred_last = preds[i % 4],
                               .cap = caps[i / 4 % 4],
                               .train_valid = i / 16 & 1,
                               .own_leave = i / 32 & 1,
                               .history_remove = i / 64 & 1,
                               .k = 1 + i % 50};
        char text[DEFINITION_TEXT_MAX];
        definition_format(&d, text);
        struct definition again = parsed(text);
        assert_true(definition_equal(&d, &again));
        definition_short(&d, true, text);
        assert_true(strlen(text) < DEFINITION_TEXT_MAX - 1);
        for (const char *c = text; *c; c++)
            assert_true(*c > ' ' && *c < 127);
    }
}

static void short_forms(void **state)
{
    (void)state;
    char text[DEFINITION_TEXT_MAX];
    struct definition d = definition_last();
    definition_short(&d, true, text);
    assert_string_equal(text, "last-train-K10");
    definition_short(&d, false, text);
    assert_string_equal(text, "last·train·K10");
    d = definition_iirg();
    definition_short(&d, true, text);
    assert_string_equal(text, "last:20-cap50-train-K5");
}

static void what_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",     "lasts",      "pred=last:0", "pred=last:x",
                               "k=0",  "k=51",       "cap=-1",      "cap=0",
                               "own=", "edges=test", "last,iirg",   "last,",
                               "pred", "history=no", "k=5 ",        "pred=last:1000001"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct definition d = {.k = 99};
        struct error err = {0};
        assert_false(definition_parse(bad[i], &d, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        assert_int_equal(d.k, 99);
        assert_true(strlen(err.text) > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets),         cmocka_unit_test(switches_and_defaults),
        cmocka_unit_test(short_forms),     cmocka_unit_test(every_combination_round_trips),
        cmocka_unit_test(what_is_refused),
    };
    return cmocka_run_group_tests_name("definitions", tests, NULL, NULL);
}
