#include "storage/base/num.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

bool num_int64(const char *bytes, size_t n, int64_t *out)
{
    size_t i = 0;
    bool negative = n > 0 && bytes[0] == '-';
    if (n > 0 && (bytes[0] == '-' || bytes[0] == '+'))
        i = 1;
    if (i == n)
        return false;
    int64_t value = 0;
    for (; i < n; i++) {
        int digit = bytes[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        /* accumulated downwards, so that INT64_MIN can be read */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *out = value;
    return true;
}

bool num_int32(const char *bytes, size_t n, int32_t *out)
{
    int64_t value;
    if (!num_int64(bytes, n, &value) || value < INT32_MIN || value > INT32_MAX)
        return false;
    *out = (int32_t)value;
    return true;
}

static locale_t c_locale;
static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

bool num_double(const char *bytes, size_t n, double *out)
{
    char text[64];
    if (n == 0 || n >= sizeof text)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!strchr("0123456789+-.eE", bytes[i]) || bytes[i] == '\0')
            return false;
    memcpy(text, bytes, n);
    text[n] = '\0';
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_c_locale);
    char *end;
    double value = strtod_l(text, &end, c_locale);
    if (*end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}
