#include "storage/db/sequence.h"

#include <endian.h>
#include <string.h>

static uint8_t *put(uint8_t *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *out++ = (uint8_t)(v | 0x80);
    *out++ = (uint8_t)v;
    return out;
}

/* The place after the number, NULL when it does not end within the bytes or has over 64 bits. */
static const uint8_t *get(const uint8_t *at, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
        uint8_t byte = *at++;
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return shift == 63 && byte > 1 ? NULL : at;
    }
    return NULL;
}

size_t sequence_put_items(const int32_t *item, int64_t n, uint8_t *out)
{
    uint8_t *at = out;
    for (int64_t i = 0; i < n; i++)
        at = put(at, (uint32_t)item[i]);
    return (size_t)(at - out);
}

size_t sequence_put_times(const int64_t *time, int64_t n, uint8_t *out)
{
    uint8_t *at = out;
    uint64_t before = 0; /* differences wrap around, so any two times will do */
    for (int64_t i = 0; i < n; i++) {
        uint64_t d = (uint64_t)time[i] - before;
        at = put(at, d << 1 ^ (uint64_t)((int64_t)d >> 63));
        before = (uint64_t)time[i];
    }
    return (size_t)(at - out);
}

static bool half_steps(const float *rating, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        float twice = rating[i] * 2;
        /* written so that NaN is no half step, and -0 keeps its sign */
        if (!(twice >= -128 && twice <= 127) || (float)(int8_t)twice != twice ||
            (twice == 0 && __builtin_signbit(twice)))
            return false;
    }
    return true;
}

size_t sequence_put_ratings(const float *rating, int64_t n, uint8_t *out)
{
    uint8_t *at = out;
    if (half_steps(rating, n)) {
        *at++ = 0;
        for (int64_t i = 0; i < n; i++)
            *at++ = (uint8_t)(int8_t)(rating[i] * 2);
        return (size_t)(at - out);
    }
    *at++ = 1;
    for (int64_t i = 0; i < n; i++, at += 4) {
        uint32_t bits;
        memcpy(&bits, &rating[i], sizeof bits);
        bits = htole32(bits);
        memcpy(at, &bits, sizeof bits);
    }
    return (size_t)(at - out);
}

bool sequence_get_items(const uint8_t *bytes, size_t size, int32_t n_items, int64_t n,
                        int32_t *item)
{
    if (size == 0) /* then SQLite gives NULL for the bytes */
        return n == 0;
    const uint8_t *at = bytes, *end = bytes + size;
    for (int64_t i = 0; i < n; i++) {
        uint64_t v;
        at = get(at, end, &v);
        if (!at || v >= (uint64_t)n_items)
            return false;
        item[i] = (int32_t)v;
    }
    return at == end;
}

bool sequence_get_times(const uint8_t *bytes, size_t size, int64_t n, int64_t *time)
{
    if (size == 0)
        return n == 0;
    const uint8_t *at = bytes, *end = bytes + size;
    uint64_t t = 0;
    for (int64_t i = 0; i < n; i++) {
        uint64_t v;
        at = get(at, end, &v);
        if (!at)
            return false;
        t += v >> 1 ^ (0 - (v & 1));
        time[i] = (int64_t)t;
    }
    return at == end;
}

bool sequence_get_ratings(const uint8_t *bytes, size_t size, int64_t n, float *rating)
{
    if (size < 1 || bytes[0] > 1 || size - 1 != (size_t)n * (bytes[0] ? 4 : 1))
        return false;
    for (int64_t i = 0; i < n; i++) {
        if (bytes[0] == 0) {
            rating[i] = (float)(int8_t)bytes[1 + i] / 2;
            continue;
        }
        uint32_t bits;
        memcpy(&bits, bytes + 1 + 4 * i, sizeof bits);
        bits = le32toh(bits);
        memcpy(&rating[i], &bits, sizeof bits);
    }
    return true;
}
