/*
 * JSON values for output and small input, over jansson (its only home besides the importers).
 *
 * A `struct jval *` is owned by whoever made it until it is put into an object or array, which
 * then owns it; jval_free() releases a whole tree. Keys keep their order. Numbers are written with
 * 9 significant digits; NaN and infinities become null. Text that is not UTF-8 has its bad bytes
 * replaced by U+FFFD. Must-succeed allocation.
 */
#ifndef STORAGE_BASE_JSON_H
#define STORAGE_BASE_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

struct jval;

struct jval *jval_new_object(void);
struct jval *jval_new_array(void);
struct jval *jval_new_string(const char *s);
struct jval *jval_new_string_n(const char *bytes, size_t n);
struct jval *jval_new_int(int64_t value);
struct jval *jval_new_real(double value);
struct jval *jval_new_bool(bool value);
struct jval *jval_new_null(void);
void jval_free(struct jval *j);               /* NULL allowed */
struct jval *jval_copy(const struct jval *j); /* the whole tree */

void jval_put(struct jval *object, const char *key, struct jval *value);   /* takes value */
void jval_put_string(struct jval *object, const char *key, const char *s); /* NULL: null */
void jval_put_int(struct jval *object, const char *key, int64_t value);
void jval_put_real(struct jval *object, const char *key, double value);
void jval_put_bool(struct jval *object, const char *key, bool value);
/* The object at `key`, a new one if there is none; owned by `object`. */
struct jval *jval_object_at(struct jval *object, const char *key);
void jval_append(struct jval *array, struct jval *value); /* takes value */

/* One line without a newline, or indented by 2 when `pretty`. */
void jval_write(const struct jval *j, bool pretty, struct buf *out);
void jval_print(const struct jval *j, bool pretty, FILE *stream); /* with a final newline */

/* Reading. The result is NULL with *err (line, column, reason) when the text is not JSON. */
struct jval *jval_parse(const char *text, size_t n, struct error *err);
const struct jval *jval_get(const struct jval *object, const char *key); /* NULL if absent */
size_t jval_size(const struct jval *array_or_object);
const struct jval *jval_at(const struct jval *array, size_t i);
const char *jval_string(const struct jval *j); /* NULL if not a string */
int64_t jval_int(const struct jval *j, int64_t otherwise);
double jval_real(const struct jval *j, double otherwise); /* ints too */
bool jval_bool(const struct jval *j, bool otherwise);
/* Walks an object: `for (void *it = NULL; (it = jval_next(o, it, &key, &value));)`. */
void *jval_next(const struct jval *object, void *iterator, const char **key,
                const struct jval **value);

#endif
