/* Overview: the data set, its audit, and its runs with what they repeat. The root of all views. */
#ifndef TUI_SCREENS_OVERVIEW_H
#define TUI_SCREENS_OVERVIEW_H

#include "tui/screens/host.h"

struct view *overview_new(struct app *app);

#endif
