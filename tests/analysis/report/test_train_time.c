/* How long a new run may take: which run it is reckoned from, and what another size changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "analysis/report/train_time.h"
#include "storage/base/mem.h"

static struct train_rate rate(int64_t run, enum run_model model, const char *strategy,
                              double seconds)
{
    struct train_rate r = {run, run_options_default(model), seconds};
    assert_true(strategy_parse(strategy, &r.options.strategy, NULL));
    return r;
}

static void like_the_nearest_run(void **state)
{
    (void)state;
    struct train_rate list[] = {
        rate(1, RUN_GR, "next-item", 10),
        rate(2, RUN_GR, "iirg", 30),
        rate(3, RUN_GR, "smooth", 12),
        rate(4, RUN_SASREC, "next-item", 2),
    };
    struct train_rates rates = {list, ARRAY_LEN(list), 1000};
    struct run_options wanted = list[1].options;
    struct train_time t = train_time_expect(&rates, &wanted);
    assert_int_equal(t.like, 2); /* the same strategies go before newer */
    assert_false(t.scaled);
    assert_int_equal(t.epochs, 60);
    assert_true(fabs(t.seconds - 60 * 30) < 1e-9);
    assert_true(strategy_parse("dedup", &wanted.strategy, NULL));
    assert_int_equal(train_time_expect(&rates, &wanted).like, 3); /* the newest of the model */
    wanted = list[3].options;
    assert_true(run_options_set(&wanted, "epochs=5", NULL));
    t = train_time_expect(&rates, &wanted);
    assert_int_equal(t.like, 4);
    assert_true(fabs(t.seconds - 10) < 1e-9);
}

static void another_size(void **state)
{
    (void)state;
    struct train_rate list[] = {rate(1, RUN_SASREC, "next-item", 2)};
    struct train_rates rates = {list, 1, 1000};
    struct run_options wanted = list[0].options;
    assert_true(run_options_set(&wanted, "layers=4", NULL));
    struct train_time t = train_time_expect(&rates, &wanted);
    /* 12 · 64² a layer, 64 · 1000 for the items: 2 layers 162,304, 4 layers 260,608 */
    assert_true(t.scaled);
    assert_true(fabs(t.epoch_seconds - 2 * 260608.0 / 162304) < 1e-9);
    assert_true(run_options_set(&wanted, "dropout=0.5", NULL));
    assert_true(run_options_set(&wanted, "layers=2", NULL));
    assert_false(train_time_expect(&rates, &wanted).scaled);
}

static void not_known(void **state)
{
    (void)state;
    struct train_rate list[] = {rate(1, RUN_SASREC, "next-item", 2)};
    struct train_rates rates = {list, 1, 1000};
    struct run_options gr = run_options_default(RUN_GR), markov = run_options_default(RUN_MARKOV);
    assert_true(isnan(train_time_expect(&rates, &gr).seconds));
    assert_true(isnan(train_time_expect(&rates, &markov).seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_the_nearest_run),
        cmocka_unit_test(another_size),
        cmocka_unit_test(not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
