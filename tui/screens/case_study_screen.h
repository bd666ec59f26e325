/* One case study: title, tags, text, and the pins in their order. Enter on a pin reopens the view
 * that it shows; q comes back. */
#ifndef TUI_SCREENS_CASE_STUDY_SCREEN_H
#define TUI_SCREENS_CASE_STUDY_SCREEN_H

#include "storage/db/case_store.h"
#include "tui/screens/host.h"

struct view *case_study_screen_new(struct app *app, int64_t study);
/* The one that the text means, by title or number. */
unsigned case_study_open(struct app *app, const char *text, struct error *err);

/* TITLE, TAGS (without an argument they ask, with what it is now), EDIT and DELETE of a study;
 * NULL: there is none. For this view and the list. */
unsigned case_study_act(struct app *app, const struct case_study *study, const struct call *call,
                        struct error *err);

#endif
