#include "storage/base/json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/utf8.h"

/* struct jval is json_t under our own name; these two functions are the only place that knows. */
static json_t *native(const struct jval *j)
{
    return (json_t *)(uintptr_t)j;
}

static struct jval *wrap(json_t *j)
{
    return (struct jval *)j;
}

/* jansson allocates through these, so that its constructors never return NULL for want of memory.
 */
static void *must_malloc(size_t n)
{
    return mem_alloc(n);
}
__attribute__((constructor)) static void use_our_allocator(void)
{
    json_set_alloc_funcs(must_malloc, free);
    /* a fixed seed: the same hash order, and no read of /dev/urandom */
    json_object_seed(1);
}

struct jval *jval_new_object(void)
{
    return wrap(json_object());
}
struct jval *jval_new_array(void)
{
    return wrap(json_array());
}
struct jval *jval_new_int(int64_t value)
{
    return wrap(json_integer(value));
}
struct jval *jval_new_bool(bool value)
{
    return wrap(json_boolean(value));
}
struct jval *jval_new_null(void)
{
    return wrap(json_null());
}

struct jval *jval_new_real(double value)
{
    return wrap(isfinite(value) ? json_real(value) : json_null());
}

struct jval *jval_new_string_n(const char *bytes, size_t n)
{
    json_t *j = json_stringn(bytes, n);
    if (j)
        return wrap(j);
    struct buf fixed;
    buf_init(&fixed);
    for (size_t i = 0; i < n;) {
        size_t len = utf8_length(bytes + i, n - i);
        if (len)
            buf_add(&fixed, bytes + i, len);
        else
            buf_adds(&fixed, "\xef\xbf\xbd");
        i += len ? len : 1;
    }
    j = json_stringn(fixed.data, fixed.len);
    buf_release(&fixed);
    return wrap(j);
}

struct jval *jval_new_string(const char *s)
{
    return s ? jval_new_string_n(s, strlen(s)) : jval_new_null();
}

void jval_free(struct jval *j)
{
    json_decref(native(j));
}

void jval_put(struct jval *object, const char *key, struct jval *value)
{
    json_object_set_new_nocheck(native(object), key, native(value));
}
void jval_put_string(struct jval *object, const char *key, const char *s)
{
    jval_put(object, key, jval_new_string(s));
}
void jval_put_int(struct jval *object, const char *key, int64_t value)
{
    jval_put(object, key, jval_new_int(value));
}
void jval_put_real(struct jval *object, const char *key, double value)
{
    jval_put(object, key, jval_new_real(value));
}
void jval_put_bool(struct jval *object, const char *key, bool value)
{
    jval_put(object, key, jval_new_bool(value));
}
struct jval *jval_object_at(struct jval *object, const char *key)
{
    json_t *at = json_object_get(native(object), key);
    if (!at) {
        at = json_object();
        json_object_set_new_nocheck(native(object), key, at);
    }
    return wrap(at);
}
void jval_append(struct jval *array, struct jval *value)
{
    json_array_append_new(native(array), native(value));
}

static int add_to_buf(const char *bytes, size_t n, void *out)
{
    buf_add(out, bytes, n);
    return 0;
}

void jval_write(const struct jval *j, bool pretty, struct buf *out)
{
    size_t flags = JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY;
    flags |= pretty ? JSON_INDENT(2) : 0;
    json_dump_callback(native(j), add_to_buf, out, flags);
}

void jval_print(const struct jval *j, bool pretty, FILE *stream)
{
    struct buf text;
    buf_init(&text);
    jval_write(j, pretty, &text);
    buf_addc(&text, '\n');
    fwrite(text.data, 1, text.len, stream);
    buf_release(&text);
}

struct jval *jval_parse(const char *text, size_t n, struct error *err)
{
    json_error_t why;
    json_t *j = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (!j)
        error_set(err, ERROR_INPUT, "not valid JSON at line %d, column %d: %s", why.line,
                  why.column, why.text);
    return wrap(j);
}

struct jval *jval_copy(const struct jval *j)
{
    return wrap(json_deep_copy(native(j)));
}

const struct jval *jval_get(const struct jval *object, const char *key)
{
    return wrap(json_object_get(native(object), key));
}

size_t jval_size(const struct jval *j)
{
    return json_is_array(native(j)) ? json_array_size(native(j)) : json_object_size(native(j));
}

const struct jval *jval_at(const struct jval *array, size_t i)
{
    return wrap(json_array_get(native(array), i));
}

const char *jval_string(const struct jval *j)
{
    return json_string_value(native(j));
}

int64_t jval_int(const struct jval *j, int64_t otherwise)
{
    return json_is_integer(native(j)) ? (int64_t)json_integer_value(native(j)) : otherwise;
}

double jval_real(const struct jval *j, double otherwise)
{
    return json_is_number(native(j)) ? json_number_value(native(j)) : otherwise;
}

bool jval_bool(const struct jval *j, bool otherwise)
{
    return json_is_boolean(native(j)) ? json_is_true(native(j)) : otherwise;
}

void *jval_next(const struct jval *object, void *iterator, const char **key,
                const struct jval **value)
{
    json_t *o = native(object);
    void *it = iterator ? json_object_iter_next(o, iterator) : json_object_iter(o);
    if (it) {
        *key = json_object_iter_key(it);
        *value = wrap(json_object_iter_value(it));
    }
    return it;
}
