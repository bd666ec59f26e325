/*
 * The definition switchboard of one-hop memorization (definitions 2): every switch named, no hidden
 * choice. A definition travels with every figure that was computed under it.
 */
#ifndef ANALYSIS_LABEL_DEFINITION_H
#define ANALYSIS_LABEL_DEFINITION_H

#include "storage/base/error.h"

enum { DEFINITION_TEXT_MAX = 96 };

struct definition {
    int pred_last;       /* predecessors: the last N history items as a set; 0 = any history item */
    bool train_valid;    /* edges: false = train, true = train+valid */
    bool own_leave;      /* leave out the user's own sequence */
    int cap;             /* the N most frequent successors; 0 = no cap */
    bool history_remove; /* remove history items from the candidate set, before the cap */
    int k;               /* how deep in the list */
};

/* The presets: "last", "any", "iirg". */
struct definition definition_last(void);
struct definition definition_any(void);
struct definition definition_iirg(void);

/* "last", "any", "iirg", or switches "pred=last:20,cap=50,edges=train,own=keep,history=keep,k=5" in
 * any order; a preset may be followed by switches that change it ("iirg,k=10"). What is not named
 * has its default (last, train, keep, none, keep, 10). */
bool definition_parse(const char *text, struct definition *out, struct error *err);

/* The preset's name if it is one, else every switch written out; round-trips through parse. */
void definition_format(const struct definition *d, char text[DEFINITION_TEXT_MAX]);
/* Always every switch: the key under which figures are stored. */
void definition_key(const struct definition *d, char text[DEFINITION_TEXT_MAX]);
/* For the screen: "last·train·K10" ("last-train-K10" when ascii). */
void definition_short(const struct definition *d, bool ascii, char text[DEFINITION_TEXT_MAX]);
bool definition_equal(const struct definition *a, const struct definition *b);

#endif
