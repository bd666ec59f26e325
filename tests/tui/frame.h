/* What holds for every frame, whatever is drawn. */
#ifndef TESTS_TUI_FRAME_H
#define TESTS_TUI_FRAME_H

#include "tui/widgets/canvas.h"

/* What is wrong with it, or NULL: the cursor is inside; a wide character has both of its halves;
 * no cell holds a control character; with `ascii` no cell holds anything but 32 to 126, which is
 * to be asked of frames in ASCII whose data are ASCII. *y: in which row. */
const char *frame_fault(const struct grid *g, bool ascii, int *y);
/* Fails the test with it, and the row. */
void expect_sound_frame(const struct grid *g, bool ascii);

#endif
