/* New run: a form of the models, strategies and options there are, which starts what it says or
 * shows the command line that would. */
#ifndef TUI_SCREENS_NEW_RUN_SCREEN_H
#define TUI_SCREENS_NEW_RUN_SCREEN_H

#include "tui/screens/host.h"

/* Pushes the form. It begins with the options of `like` where that is a run of a model that rote
 * trains, else (NULL too) with the defaults. */
void new_run_open(struct app *app, const struct study_run *like);

/* The same for a run that was named: ERROR_USAGE where the form knows no such model. */
unsigned new_run_open_like(struct app *app, const struct study_run *like, struct error *err);

#endif
