/* The curves of a run epoch by epoch, as plots of characters: training loss; recall@10 of held-out
 * cases with the extraction of training positions; the one-hop ratio with its shuffle null. Bars in
 * eighths of a row for the first of each, a sign per epoch for the second. Pure drawing. */
#ifndef TUI_SCREENS_RUN_CURVES_H
#define TUI_SCREENS_RUN_CURVES_H

#include "analysis/report/curves.h"
#include "tui/widgets/canvas.h"

/* Uses the whole canvas: two or three plots side by side, one where it is narrow. With more epochs
 * than columns a column shows the last of its epochs. The epoch whose weights are kept has an arrow
 * below. Draws nothing below 5 rows or without epochs. */
void run_curves_draw(struct canvas *c, const struct curve *curve);

#endif
