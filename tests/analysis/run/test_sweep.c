/* Sweeps: every combination once, in order, with names that tell them apart; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/run/sweep.h"

static struct run_request base(const char *strategy)
{
    struct run_request r = {.options = run_options_default(RUN_GR)};
    assert_true(strategy_parse(strategy, &r.options.strategy, NULL));
    return r;
}

static void test_points(void **state)
{
    (void)state;
    static const char *const grid[] = {"iirg.lambda_c=0,0.5", "dropout=0.1"};
    static const char *const names[] = {"gr-iirg-0-0.1-s7", "gr-iirg-0-0.1-s8",
                                        "gr-iirg-0.5-0.1-s7", "gr-iirg-0.5-0.1-s8"};
    struct run_request request = base("iirg");
    struct sweep s;
    request.options.value[OPTION_SEED] = 7;
    assert_true(sweep_make(&request, grid, 2, 2, &s, NULL));
    assert_int_equal(s.n, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct run_options *o = &s.request[i].options;
        assert_string_equal(s.request[i].name, names[i]);
        assert_int_equal(run_options_int(o, OPTION_SEED), 7 + i % 2);
        assert_float_equal((float)o->strategy.value[STRATEGY_OPTION_IIRG_LAMBDA_C],
                           i < 2 ? 0.0f : 0.5f, 1e-9);
        assert_float_equal((float)o->value[OPTION_DROPOUT], 0.1f, 1e-6);
    }
    sweep_release(&s);
    request.name = "mine";
    assert_true(sweep_make(&request, NULL, 0, 1, &s, NULL));
    assert_int_equal(s.n, 1);
    assert_string_equal(s.request[0].name, "mine");
    sweep_release(&s);
}

static void check_refused(const char *grid, int64_t seeds, const char *part)
{
    struct run_request request = base("next-item");
    struct sweep s;
    struct error err = {0};
    assert_false(sweep_make(&request, &grid, grid != NULL, seeds, &s, &err));
    assert_non_null(strstr(err.text, part));
    assert_int_equal(s.n, 0);
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("dropout", 1, "dropout: it is OPTION=VALUE,VALUE");
    check_refused("dropout=", 1, "it is OPTION=VALUE,VALUE");
    check_refused("dropout=0.1,", 1, "dropout=: a number");
    check_refused("dropout=0.1,2", 1, "dropout=2: a number");
    check_refused("iirg.keep=1,2", 1, "iirg was not chosen");
    check_refused("width=32,40", 1, "gr-40: width=40 over heads=4");
    check_refused(NULL, SWEEP_MAX + 1, "more than 1000 runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
