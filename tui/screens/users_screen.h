/* Users: one row per user, with four columns for each shown run. Enter opens the case. */
#ifndef TUI_SCREENS_USERS_SCREEN_H
#define TUI_SCREENS_USERS_SCREEN_H

#include "tui/screens/host.h"

/* All users, or the clearest cases of a kind, the clearest first. */
enum users_kind {
    USERS_ALL,
    USERS_ROTE,  /* the target is hit, reachable, and most of the list is rote */
    USERS_NOVEL, /* the target is hit though it is not reachable, and little of the list is rote */
    USERS_WON,   /* the last shown run hits the target in its top 10, the first does not */
    USERS_LOST,  /* the other way round */
};

struct view *users_screen_new(struct app *app, enum users_kind kind);

#endif
