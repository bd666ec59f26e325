#include "storage/import/values.h"

#include <math.h>

#include "storage/base/num.h"
#include "storage/base/utf8.h"
#include "storage/import/ids.h"

/* 10^0 .. 10^15, all exact; an integer below 2^53 divided by one of them is correctly rounded. */
static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool value_number(const char *bytes, size_t n, double *out)
{
    int64_t mantissa = 0;
    size_t decimals = 0, digits = 0;
    bool point = false;
    if (n == 0 || n > 16)
        return num_double(bytes, n, out);
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)bytes[i] - (unsigned)'0';
        if (digit <= 9) {
            mantissa = mantissa * 10 + digit;
            digits++;
            decimals += point;
        } else if (bytes[i] == '.' && !point) {
            point = true;
        } else {
            return num_double(bytes, n, out);
        }
    }
    if (digits == 0 || digits > 15)
        return num_double(bytes, n, out);
    *out = (double)mantissa / powers[decimals];
    return true;
}

static int two_digits(const char *s)
{
    unsigned a = (unsigned char)s[0] - (unsigned)'0', b = (unsigned char)s[1] - (unsigned)'0';
    return a > 9 || b > 9 ? -1 : (int)(a * 10 + b);
}

/* Days from 1970-01-01 in the Gregorian calendar; the year is taken to start in March, so that
 * the leap day is its last. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - 719468;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* What may follow the seconds: ".25", then "Z" or "+02:00". *seconds: east of Greenwich. */
static bool zone(const char *s, size_t n, int *seconds)
{
    size_t i = 0;
    *seconds = 0;
    if (n > 1 && s[0] == '.')
        for (i = 1; i < n && s[i] >= '0' && s[i] <= '9';)
            i++;
    if (i == 1)
        return false;
    if (i == n || (i + 1 == n && s[i] == 'Z'))
        return true;
    if (n - i != 6 || (s[i] != '+' && s[i] != '-') || s[i + 3] != ':')
        return false;
    int hours = two_digits(s + i + 1), minutes = two_digits(s + i + 4);
    *seconds = (hours * 3600 + minutes * 60) * (s[i] == '-' ? -1 : 1);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

static bool date(const char *s, size_t n, int64_t *out)
{
    if (n < 10 || s[4] != '-' || s[7] != '-')
        return false;
    int century = two_digits(s), rest = two_digits(s + 2);
    int month = two_digits(s + 5), day = two_digits(s + 8);
    if (century < 0 || rest < 0 || month < 1 || month > 12)
        return false;
    int64_t year = century * 100 + rest;
    if (day < 1 || day > days_in_month(year, month))
        return false;
    int hour = 0, minute = 0, second = 0, east = 0;
    if (n > 10) {
        if (n < 19 || !zone(s + 19, n - 19, &east) || (s[10] != ' ' && s[10] != 'T') ||
            s[13] != ':' || s[16] != ':')
            return false;
        hour = two_digits(s + 11);
        minute = two_digits(s + 14);
        second = two_digits(s + 17);
        if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
            return false;
    }
    *out = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east;
    return true;
}

bool value_time(const char *bytes, size_t n, int64_t *out)
{
    int64_t plain = ids_integer(bytes, n); /* nearly always, and faster */
    if (plain >= 0) {
        *out = plain;
        return true;
    }
    if (num_int64(bytes, n, out))
        return true;
    double value;
    if (value_number(bytes, n, &value)) {
        /* beyond 2^53 the seconds or milliseconds would no longer be whole */
        if (fabs(value) > 9007199254740992.0)
            return false;
        *out = (int64_t)floor(value);
        return true;
    }
    return date(bytes, n, out);
}

bool value_add_text(struct buf *out, const char *bytes, size_t n)
{
    const unsigned char *s = (const unsigned char *)bytes;
    bool latin1 = !utf8_is_valid(bytes, n);
    buf_reserve(out, n);
    for (size_t i = 0; i < n; i++) {
        if (s[i] < 0x20 || s[i] == 0x7f) {
            bool first_of_two = s[i] == '\r' && i + 1 < n && s[i + 1] == '\n';
            if (!first_of_two)
                buf_addc(out, ' ');
        } else if (s[i] >= 0x80 && latin1) {
            utf8_add(out, s[i]);
        } else {
            buf_addc(out, (char)s[i]);
        }
    }
    return latin1;
}
