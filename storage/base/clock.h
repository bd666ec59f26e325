/* Time. Tests fix the wall clock with ROTE_TEST_NOW (seconds since 1970). */
#ifndef STORAGE_BASE_CLOCK_H
#define STORAGE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_seconds(void); /* since 1970, UTC */
double clock_monotonic_seconds(void);

#endif
