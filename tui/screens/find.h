/* :find rote|novel|won|lost: the clearest cases of a kind, as a view of users. */
#ifndef TUI_SCREENS_FIND_H
#define TUI_SCREENS_FIND_H

#include "tui/screens/host.h"

unsigned find_cases(struct host *host, struct app *app, const char *kind, struct error *err);

#endif
