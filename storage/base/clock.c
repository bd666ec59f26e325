#include "storage/base/clock.h"

#include <stdlib.h>
#include <time.h>

int64_t clock_wall_seconds(void)
{
    const char *fixed = getenv("ROTE_TEST_NOW");
    if (fixed)
        return strtoll(fixed, NULL, 10);
    return (int64_t)time(NULL);
}

double clock_monotonic_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
