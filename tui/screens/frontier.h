/* The frontier as a plot of characters: accuracy up, excess memorization across, a point per run or
 * group of seeds, with its name. Pure drawing. */
#ifndef TUI_SCREENS_FRONTIER_H
#define TUI_SCREENS_FRONTIER_H

#include "analysis/report/frontier.h"
#include "tui/widgets/canvas.h"

/* Uses the whole canvas; at least 5 rows and 28 columns, else it draws nothing. */
void frontier_draw(struct canvas *c, const struct frontier *frontier);

#endif
