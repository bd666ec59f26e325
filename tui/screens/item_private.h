/* What the parts of the item view share: item_screen.c (contents, keys), item_draw.c (layout and
 * looks). Not for others. */
#ifndef TUI_SCREENS_ITEM_PRIVATE_H
#define TUI_SCREENS_ITEM_PRIVATE_H

#include "tui/screens/item_panes.h"
#include "tui/screens/view_job.h"

/* The first ones as enum link_kind. */
enum { PANE_SEMANTIC = LINK_SEMANTIC, PANE_HOLDERS = LINK_KINDS, PANE_RECEIVERS, ITEM_PANES };

struct pane_place {
    int y, x, rows, cols; /* below its title; rows 0: not on the screen */
};

struct item_screen {
    struct view view;
    struct app *app;
    int32_t item;
    struct item_detail data; /* its lists have gone to the panes */
    struct view_figures figures;
    bool has_alike, asks_alike, from_texts;
    char *no_alike; /* why there are no semantic neighbours; NULL */
    struct sheet *pane[ITEM_PANES];
    int focus;
    uint64_t request;
    /* settled in layout() */
    bool side_by_side; /* all panes are on the screen */
    bool note;         /* there is room for a line below the panes */
    int fact_rows;
    struct pane_place place[ITEM_PANES];
};

/* item_draw.c */
void item_layout(struct view *view, int rows, int cols);
void item_draw(const struct view *view, struct canvas *c);

#endif
