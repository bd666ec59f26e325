#include "storage/base/error.h"

#include <stdio.h>
#include <string.h>

static void set_text(struct error *err, enum error_code code, const char *format, va_list args)
{
    char text[sizeof err->text]; /* arguments may point into err->text itself */
    vsnprintf(text, sizeof text, format, args);
    err->code = code;
    memcpy(err->text, text, sizeof text);
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        set_text(err, code, format, args);
        va_end(args);
    }
    return false;
}

bool error_set_errno(struct error *err, int errnum, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        set_text(err, ERROR_IO, format, args);
        va_end(args);
        char reason[128];
        const char *why = strerror_r(errnum, reason, sizeof reason);
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, ": %s", why);
    }
    return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
    if (err) {
        char prefix[512];
        va_list args;
        va_start(args, format);
        vsnprintf(prefix, sizeof prefix, format, args);
        va_end(args);
        char text[sizeof err->text];
        memcpy(text, err->text, sizeof text);
        snprintf(err->text, sizeof err->text, "%s: %.1400s", prefix, text);
    }
    return false;
}
