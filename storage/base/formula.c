#include "storage/base/formula.h"

#include <string.h>

#include "storage/base/num.h"

bool formula_needs_apostrophe(const char *bytes, size_t n)
{
    double number;
    while (n > 0 && *bytes == '\'') {
        bytes++;
        n--;
    }
    return n > 0 && memchr("=+-@\t\r", *bytes, 6) && !num_double(bytes, n, &number);
}

bool formula_has_apostrophe(const char *bytes, size_t n)
{
    return n > 1 && *bytes == '\'' && formula_needs_apostrophe(bytes + 1, n - 1);
}
