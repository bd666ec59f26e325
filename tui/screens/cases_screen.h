/* Cases: the case studies, the last changed first; words search in all they hold. Enter opens one.
 */
#ifndef TUI_SCREENS_CASES_SCREEN_H
#define TUI_SCREENS_CASES_SCREEN_H

#include "tui/screens/host.h"

/* `words` NULL: all. */
struct view *cases_screen_new(struct app *app, const char *words);

#endif
