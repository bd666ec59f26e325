/*
 * The desk at which case studies are changed from the screens: p, undo, redo, and what the views of
 * case studies ask for. Changes are done one after another in the order in which they were asked
 * for, by a job that nothing cancels: what was pinned is stored, even when rote is left at once.
 * The end of each is said, and refreshes the views of case studies. Drawing thread only.
 */
#ifndef TUI_SCREENS_CASE_DESK_H
#define TUI_SCREENS_CASE_DESK_H

#include "analysis/report/case_study.h"
#include "tui/screens/host.h"

enum desk_kind {
    DESK_PIN, /* the subject, to the study called `text`, which is made if there is none */
    DESK_NEW, /* `text` is the title */
    DESK_TITLE,
    DESK_TAGS,
    DESK_TEXT, /* `before` is what it was; `path` is deleted when it is stored, else named */
    DESK_NOTE, /* of `pin` */
    DESK_MOVE, /* `pin` by -1 or 1 */
    DESK_REMOVE,
    DESK_DELETE,
    DESK_UNDO,
    DESK_REDO,
};

struct desk_change {
    enum desk_kind kind;
    int64_t study, pin;
    int by;
    char *text, *before, *path;  /* owned; NULL where the kind has none */
    struct case_subject subject; /* owned */
};

/* Takes over what the change owns. */
void case_desk_do(struct app *app, const struct desk_change *change);
void case_desk_free(struct case_desk *desk); /* NULL allowed; no job runs any more */

/* PIN (asks for the case study, the last used one being proposed), UNDO, REDO, NEW_CASE. */
unsigned case_desk_handle(struct app *app, const struct call *call, struct error *err);
/* Titles that begin with prefix, of those that were there when they were last read. */
void case_desk_complete(struct host *host, const char *prefix, struct completions *out);
/* A view of case studies has read them; taken over. */
void case_desk_know(struct host *host, struct case_studies *studies);

#endif
