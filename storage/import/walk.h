/*
 * Walks the members of one large JSON object without holding the document: each member's value is
 * given as its bytes (up to WALK_VALUE_MAX). Only the outermost structure is checked here; whoever
 * reads a value parses it.
 */
#ifndef STORAGE_IMPORT_WALK_H
#define STORAGE_IMPORT_WALK_H

#include "storage/base/buf.h"
#include "storage/base/source.h"

enum { WALK_KEY_MAX = 1 << 16, WALK_VALUE_MAX = 16 << 20 };

struct walk {
    struct source *source;
    struct buf key;   /* the member's name as it stands, with its quotes */
    struct buf value; /* its value's bytes */
    int64_t line;     /* where the member begins, from 1 */
    bool too_long;    /* the value is over WALK_VALUE_MAX and was skipped; `value` is empty */
    /* inside */
    int64_t at_line;
    const char *block; /* unread bytes of the current block */
    size_t left, taken;
    bool begun;
};

void walk_init(struct walk *w, struct source *s);
void walk_release(struct walk *w);

enum walk_status { WALK_MEMBER, WALK_END, WALK_FAILED };
/* The next member. WALK_FAILED: the text is not one JSON object, or it ends too early. */
enum walk_status walk_next(struct walk *w, struct error *err);

#endif
