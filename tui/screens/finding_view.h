/* One finding of the audit in full: what was found, what it does to the numbers, examples. A sheet
 * of wrapped lines, so that searching, copying and export are as everywhere. */
#ifndef TUI_SCREENS_FINDING_VIEW_H
#define TUI_SCREENS_FINDING_VIEW_H

#include "analysis/corpus/audit.h"
#include "tui/screens/app.h"

/* The finding is copied. */
struct view *finding_view_new(struct app *app, const struct finding *finding);

#endif
