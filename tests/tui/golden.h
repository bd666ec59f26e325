/*
 * Pictures of views, kept as text: tests/tui/golden/NAME.txt has the whole frame at 80×24, 40×10
 * and 200×60, in UTF-8 and ASCII; at 80×24 and 40×10 also how each cell is painted in colour and in
 * mono (a letter for the attributes, a digit for the colour); and for each size, glyphs and scheme
 * of colours a hash of how all cells are painted. `ROTE_BLESS=1 TEST`, with no other value than 1,
 * writes the files anew: look at the difference before committing it.
 */
#ifndef TESTS_TUI_GOLDEN_H
#define TESTS_TUI_GOLDEN_H

#include "tui/screens/app.h"

enum golden_data { GOLDEN_ASCII_DATA, GOLDEN_ANY_DATA };

/* Compares, and fails the test with the first line that differs. Every frame is looked at for
 * faults (frame.h); where the data shown are ASCII, frames in ASCII have to be that. */
void golden_check(struct app *app, const char *name, enum golden_data data);

#endif
