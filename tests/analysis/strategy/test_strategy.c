/* The written form of strategies: reading, writing, what is refused and what the error says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/strategy/strategy.h"

static void check_written(const char *text, const char *wanted)
{
    struct strategy s;
    struct error err = {0};
    struct buf out;
    buf_init(&out);
    assert_true(strategy_parse(text, &s, &err));
    strategy_write(&s, &out);
    assert_string_equal(out.data, wanted);
    buf_release(&out);
}

static void test_written(void **state)
{
    (void)state;
    check_written("next-item", "next-item");
    check_written("next-item+next-item", "next-item");
    check_written("iirg", "iirg");
    check_written("iirg:lambda_c=1,window=5", "iirg"); /* the defaults */
    check_written("goldfish:k=3+iirg:lambda_s=0.25,backfill=off",
                  "iirg:lambda_s=0.25,backfill=off+goldfish:k=3");
    check_written("smooth:prior=popularity,eps=1e-2", "smooth:eps=0.01,prior=popularity");
    check_written("next-item+logq", "logq");
}

static void check_refused(const char *text, const char *part)
{
    struct strategy s;
    struct error err = {0};
    assert_false(strategy_parse(text, &s, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(strstr(err.text, part));
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("", "there is no strategy \"\"; there are: next-item, ");
    check_refused("irg", "there is no strategy \"irg\"");
    check_refused("iirg+", "there is no strategy \"\"");
    check_refused("iirg+iirg", "named twice");
    check_refused("iirg:k=1", "the strategy iirg has no option \"k\"; it has: lambda_c");
    check_refused("iirg:", "no option \"\"");
    check_refused("logq:x=1", "the strategy logq has no option \"x\"");
    check_refused("iirg:lambda_c", "iirg:lambda_c=: it is a number from 0 to 100");
    check_refused("iirg:lambda_c=x", "iirg:lambda_c=x:");
    check_refused("iirg:lambda_c=nan", "iirg:lambda_c=nan:");
    check_refused("iirg:keep=2.5", "it is a whole number from 1 to 100");
    check_refused("iirg:backfill=maybe", "it is off or on");
    check_refused("iirg:backfill=of", "it is off or on");
}

static void test_set(void **state)
{
    (void)state;
    struct strategy s;
    struct error err = {0};
    assert_true(strategy_parse("iirg", &s, &err));
    assert_true(strategy_set(&s, "iirg.lambda_c=0.5", &err));
    assert_true(s.value[STRATEGY_OPTION_IIRG_LAMBDA_C] < 0.51);
    assert_false(strategy_set(&s, "goldfish.k=3", &err));
    assert_non_null(strstr(err.text, "goldfish was not chosen"));
    assert_false(strategy_set(&s, "fish.k=3", &err));
    assert_non_null(strstr(err.text, "no strategy \"fish\""));
}

static void check_goes(const char *text, enum strategy_model model, const char *part)
{
    struct strategy s;
    struct error err = {0};
    assert_true(strategy_parse(text, &s, &err));
    assert_int_equal(strategy_check(&s, model, &err), part == NULL);
    if (part)
        assert_non_null(strstr(err.text, part));
}

static void test_check(void **state)
{
    (void)state;
    check_goes("logq", STRATEGY_SASREC, NULL);
    check_goes("logq", STRATEGY_GR, "logq makes no sense for gr");
    check_goes("halves:m=7", STRATEGY_GR, "even");
    check_goes("halves:m=4,part=5", STRATEGY_GR, "one of 1 to 4");
    check_goes("iirg:generate=11", STRATEGY_SASREC, "generate may not be more than keep");
    check_goes("goldfish:k=1", STRATEGY_SASREC, "every context");
    check_goes("augment:crop=0,mask=0,reorder=0", STRATEGY_SASREC, "all 0");
    check_goes("iirg+goldfish+unlikelihood+smooth+dedup", STRATEGY_GR, NULL);
}

/* Each option has a default within its range, and each choice a name for it. */
static void test_table(void **state)
{
    (void)state;
    for (int i = 0; i < STRATEGY_OPTIONS; i++) {
        const struct strategy_option *o = strategy_option((enum strategy_option_id)i);
        char text[STRATEGY_VALUE_MAX];
        strategy_value_text((enum strategy_option_id)i, o->otherwise, text);
        assert_true(text[0] && o->help[0]);
        assert_true(o->otherwise >= o->low && o->otherwise <= o->high);
    }
    for (int i = 0; i < STRATEGIES; i++)
        assert_true(strategy_info((enum strategy_id)i)->models != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written), cmocka_unit_test(test_refused), cmocka_unit_test(test_set),
        cmocka_unit_test(test_check),   cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
