/*
 * Walks the members of one large JSON object, or the elements of one large array, without holding
 * the document: each value is given as its bytes (up to WALK_VALUE_MAX, or what is asked for). Only
 * the outermost structure is checked here; whoever reads a value parses it.
 */
#ifndef STORAGE_IMPORT_WALK_H
#define STORAGE_IMPORT_WALK_H

#include "storage/base/buf.h"
#include "storage/base/source.h"

enum { WALK_KEY_MAX = 1 << 16, WALK_VALUE_MAX = 16 << 20, WALK_WHOLE_MAX = 1 << 30 };

struct walk {
    struct source *source;
    struct buf key;   /* the member's name as it stands, with its quotes */
    struct buf value; /* its value's bytes */
    int64_t line;     /* where the member or element begins, from 1 */
    size_t value_max; /* bytes of a value: WALK_VALUE_MAX, until set to another */
    bool too_long;    /* the value is over value_max and was skipped; `value` is empty */
    /* inside */
    int64_t at_line;
    const char *block; /* unread bytes of the current block */
    size_t left, taken;
    bool begun, in_list, list_begun;
    const char *within; /* the member whose array is walked, NULL: none */
    bool list;          /* the document is an array */
};

/* A document that is an object. */
void walk_init(struct walk *w, struct source *s);
/* A document that is an array: WALK_ELEMENT for each of its elements. */
void walk_init_list(struct walk *w, struct source *s);
/* A document that is an object; where its member `within` (borrowed) is an array, WALK_ELEMENT for
 * each of its elements instead of the member. */
void walk_init_within(struct walk *w, struct source *s, const char *within);
void walk_release(struct walk *w);

enum walk_status { WALK_MEMBER, WALK_END, WALK_FAILED, WALK_ELEMENT };
/* The next member or element (`key` is empty then). WALK_FAILED: the text is not one JSON object or
 * array, or it ends too early. */
enum walk_status walk_next(struct walk *w, struct error *err);

#endif
