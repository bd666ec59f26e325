/* A view that is one sheet: frequency tables, help, messages, and a base for others. */
#ifndef TUI_SCREENS_SHEET_VIEW_H
#define TUI_SCREENS_SHEET_VIEW_H

#include "tui/screens/app.h"

/* `open` is called for Enter with the identity of the row; NULL: Enter does nothing. `context` is
 * freed with free_context (NULL: it is not). Takes the source over. */
struct view *sheet_view_new(struct app *app, const char *crumb, struct sheet_source *source,
                            unsigned (*open)(struct app *app, void *context, int64_t id,
                                             struct error *err),
                            void *context, void (*free_context)(void *context));

/* What every sheet does with the actions of moving, finding and rows; REACT_PASS for others. Called
 * by the application for the focused sheet; views need not. */
unsigned sheet_handle(struct sheet *sheet, struct app *app, const struct call *call,
                      struct error *err);

#endif
