/*
 * Coverage of the bootstrap intervals by simulation: of 1,000 samples of 3,000 users with success
 * probability p, 93 to 97 % of the intervals must contain p.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analysis/metric/bootstrap.h"

enum { USERS = 3000, SIMULATIONS = 1000 };

static uint64_t state_of_random = 1181783497276652981u;

static double uniform(void)
{
    state_of_random ^= state_of_random >> 12;
    state_of_random ^= state_of_random << 25;
    state_of_random ^= state_of_random >> 27;
    return (double)(state_of_random * 0x2545F4914F6CDD1Du >> 11) / 9007199254740992.0;
}

static void covers(double p)
{
    static int32_t user[USERS];
    static double value[USERS];
    const double *const values[] = {value};
    int covered = 0;
    for (int s = 0; s < SIMULATIONS; s++) {
        for (int i = 0; i < USERS; i++) {
            user[i] = i;
            value[i] = uniform() < p;
        }
        struct bootstrap_options options = {.seed = (uint64_t)s};
        struct estimate out;
        assert_true(bootstrap_means(user, USERS, values, 1, &options, &out, NULL, NULL));
        covered += out.lo <= p && p <= out.hi;
    }
    printf("p = %.2f: %.1f %% of the intervals contain it\n", p, 100.0 * covered / SIMULATIONS);
    assert_in_range(covered, 930, 970);
}

static void five_percent(void **state)
{
    (void)state;
    covers(0.05);
}

static void thirty_percent(void **state)
{
    (void)state;
    covers(0.3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_percent),
        cmocka_unit_test(thirty_percent),
    };
    return cmocka_run_group_tests_name("bootstrap coverage", tests, NULL, NULL);
}
