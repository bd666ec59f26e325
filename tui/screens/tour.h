/*
 * The tour of `rote demo`: five steps, each told in a line or two above the status line, each done
 * when the screens show that it was done, however the user got there. It asks for nothing and
 * blocks nothing; Esc hides it, :tour begins it again. Drawing thread only.
 */
#ifndef TUI_SCREENS_TOUR_H
#define TUI_SCREENS_TOUR_H

#include "analysis/label/definition.h"
#include "tui/screens/app.h"

enum { TOUR_STEPS = 5 };

struct tour {
    int step;                     /* 1 … TOUR_STEPS; one more: all done; 0: no tour */
    struct definition definition; /* when the step began */
};

void tour_begin(struct tour *tour, struct app *app);
/* Looks at what the screens show now; true when a step was done by it. */
bool tour_look(struct tour *tour, struct app *app);
/* What to do next; without a tour, no text. Both are appended to. */
void tour_text(const struct tour *tour, struct buf *title, struct buf *text);

#endif
