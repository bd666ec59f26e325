/*
 * Errors: one out-parameter whose text is complete and can be shown as it is.
 *
 * A fallible function returns bool (true = done) and takes `struct error *err` last. On success
 * *err is untouched. On failure it says what happened, to which object, and what to do about it.
 * NULL is allowed where the caller does not want the reason. Safe from any thread.
 */
#ifndef STORAGE_BASE_ERROR_H
#define STORAGE_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
    ERROR_NONE = 0,
    ERROR_USAGE,     /* the caller asked for something that does not exist: exit status 2 */
    ERROR_INPUT,     /* a file's or a user's data is wrong */
    ERROR_IO,        /* the operating system refused */
    ERROR_MEMORY,    /* an allocation sized by data failed */
    ERROR_STATE,     /* the workspace is not in a state that allows this */
    ERROR_NOT_FOUND, /* a run, user, item … of that name does not exist */
    ERROR_CANCELLED, /* the user asked to stop */
};

struct error {
    enum error_code code;
    char text[2000];
};

/* Sets *err (NULL allowed) and returns false, so that callers can `return error_set(…)`. */
bool error_set(struct error *err, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the text of `errnum` (an errno value) at the end. */
bool error_set_errno(struct error *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text of an error that is already set; returns false. */
bool error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
