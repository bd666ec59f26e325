/*
 * Values as Python's repr() writes them ({u'asin': 'B0…', 'price': None}), and JSON, read from
 * bytes into nodes that are used again for the next text: no allocation per value.
 *
 * Nothing is ever executed. Python: strings in ' or " with the prefixes u, b and r and all escapes,
 * True, False, None, numbers (also 12L, nan, inf), lists, tuples, sets and dicts, without
 * expressions. JSON: as RFC 8259, and NaN and Infinity. Bytes that are not UTF-8 stay as they are.
 */
#ifndef STORAGE_IMPORT_LITERAL_H
#define STORAGE_IMPORT_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"

enum { LITERAL_DEPTH_MAX = 64 };

enum literal_dialect { LITERAL_JSON, LITERAL_PYTHON };
enum literal_kind {
    LITERAL_NULL,
    LITERAL_TRUE,
    LITERAL_FALSE,
    LITERAL_NUMBER,
    LITERAL_STRING,
    LITERAL_LIST,  /* tuples and sets, too */
    LITERAL_OBJECT /* its children are name, value, name, value, … */
};

struct literal {
    enum literal_kind kind;
    /* Strings: the text without quotes and escapes, in UTF-8 as far as the source was (it may hold
     * NUL bytes); half a surrogate pair is U+FFFD. Numbers: as they stand. Valid until the next
     * reading. */
    const char *text;
    size_t n;
    int32_t children; /* of lists and objects */
    int32_t next;     /* the index behind this node and all below it */
};

struct literal_doc {
    struct literal *node; /* [n_nodes] node 0 is the whole; children follow their parent */
    int32_t n_nodes;
    size_t node_cap;
    struct buf text;
};
void literal_init(struct literal_doc *doc);
void literal_release(struct literal_doc *doc);

/* Reads one value that fills the bytes but for white space. On failure *problem is a static text
 * ("a string is not closed") and *at the byte where reading stopped; both may be NULL. */
bool literal_read(struct literal_doc *doc, const char *bytes, size_t n,
                  enum literal_dialect dialect, const char **problem, size_t *at);

/* The value of the last member of that name (as Python and most JSON readers have it), NULL if
 * `object` is none or has no such member. */
const struct literal *literal_get(const struct literal_doc *doc, const struct literal *object,
                                  const char *name);
static inline bool literal_is(const struct literal *value, enum literal_kind kind)
{
    return value && value->kind == kind;
}

#endif
