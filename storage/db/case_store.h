/*
 * Case studies: the analyst's findings, each a title, a text, tags and pins in order. A pin keeps
 * what was seen when it was made, and the commands that reopen the view it was seen in.
 *
 * They are user data. Each change is one transaction, on the disk when the function returns,
 * together with a row of the undo journal: the touched rows as they were before and after. Undo and
 * redo therefore work across restarts and processes; a new change drops what could be redone. The
 * journal keeps the last CASE_UNDO_STEPS changes, fewer when they are large.
 *
 * Text is cleaned when it comes in: bytes that are no UTF-8 become U+FFFD; control characters go,
 * but line ends and tabs of the text of a study.
 */
#ifndef STORAGE_DB_CASE_STORE_H
#define STORAGE_DB_CASE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/db/workspace.h"

enum {
    CASE_TITLE_MAX = 200, /* bytes; tags too */
    CASE_NOTE_MAX = 4000,
    CASE_WORDS_MAX = 1000, /* that are looked for */
    CASE_TEXT_MAX = 1 << 20,
    CASE_SEEN_MAX = 1 << 18,
    CASE_UNDO_STEPS = 1000,
};

/* Strings are owned and never NULL once read. Times are seconds since 1970. */
struct case_study {
    int64_t id;
    char *title, *text, *tags; /* tags are separated by single blanks */
    int64_t created, changed;
    int64_t n_pins;
};
void case_study_release(struct case_study *study); /* a zeroed one is fine */

struct case_studies {
    struct case_study *study; /* [n] */
    size_t n;
};
void case_studies_release(struct case_studies *list);

struct case_pin {
    int64_t id, study;
    char *kind; /* "user", "recommendation", …: analysis/report/case_study.h */
    /* What it is about, by external ids and names; "" where the kind has none. */
    char *user_id, *item_id, *run, *definition;
    int64_t rank;      /* 0: none */
    char *fingerprint; /* of the data set, as text */
    char *seen;        /* JSON: the numbers as they were */
    char *runs;        /* JSON: the number of each run that "runs" in `seen` names; 0: gone */
    char *names;       /* JSON: what these runs are called now, null: gone; read, never stored */
    char *summary;     /* in one line */
    char *link;        /* commands of the screens, a line each */
    char *note;        /* the analyst's words */
    int64_t created;
};
void case_pin_release(struct case_pin *pin);

struct case_pins {
    struct case_pin *pin; /* [n] in their order */
    size_t n;
};
void case_pins_release(struct case_pins *pins);

/* ---- reading ---- */

/* The last changed first; with words (NULL: all) only those in which every word begins some word of
 * title, text, tags or pins, the best match first. ERROR_INPUT: too many words. */
bool case_studies_read(struct workspace *ws, const char *words, struct case_studies *out,
                       struct error *err);
/* `pins` NULL: the study alone. ERROR_NOT_FOUND. */
bool case_get(struct workspace *ws, int64_t id, struct case_study *out, struct case_pins *pins,
              struct error *err);
/* By number, by title, or by a beginning of the title that only one has; the case of letters does
 * not matter. ERROR_NOT_FOUND names some. */
bool case_find(struct workspace *ws, const char *text, int64_t *id, struct error *err);
/* The study that was changed last; 0: there is none. */
bool case_last_used(struct workspace *ws, int64_t *id, struct error *err);

/* ---- changing ---- */

/* What is not NULL is stored. */
struct case_edit {
    const char *title, *text, *tags;
    const char *text_before; /* NULL: whatever it is; else ERROR_STATE when it is no longer that */
};
bool case_add(struct workspace *ws, const char *title, int64_t *id, struct error *err);
/* With text and tags, as one change; what->title is needed. */
bool case_add_with(struct workspace *ws, const struct case_edit *what, int64_t *id,
                   struct error *err);
bool case_change(struct workspace *ws, int64_t id, const struct case_edit *edit, struct error *err);
bool case_delete(struct workspace *ws, int64_t id, struct error *err);

/* Behind the other pins of pin->study; id and created are set here, NULL strings are "". */
bool case_pin_add(struct workspace *ws, const struct case_pin *pin, int64_t *id, struct error *err);
/* The first pin of a new case study: both or neither, and two steps of undo. pin->study is not
 * looked at. */
bool case_pin_add_new(struct workspace *ws, const char *title, const struct case_pin *pin,
                      int64_t *study, int64_t *id, struct error *err);
bool case_pin_note(struct workspace *ws, int64_t pin, const char *note, struct error *err);
/* One place up (by -1) or down (1). At the end already: nothing changes, true. */
bool case_pin_move(struct workspace *ws, int64_t pin, int by, struct error *err);
bool case_pin_remove(struct workspace *ws, int64_t pin, struct error *err);

/* ---- undo ---- */

/* Takes the last change back, or does the last one that was taken back again. `what` (appended) is
 * the change in words, *study the one it was about. ERROR_NOT_FOUND: there is nothing to undo. */
bool case_undo(struct workspace *ws, struct buf *what, int64_t *study, struct error *err);
bool case_redo(struct workspace *ws, struct buf *what, int64_t *study, struct error *err);

#endif
