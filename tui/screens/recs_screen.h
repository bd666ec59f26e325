/*
 * Recommendations: one row per case, shown run and rank up to the K of the definition, read from
 * the mapped lists. Enter opens the case at that recommendation.
 */
#ifndef TUI_SCREENS_RECS_SCREEN_H
#define TUI_SCREENS_RECS_SCREEN_H

#include "tui/screens/host.h"

struct view *recs_screen_new(struct app *app);

#endif
