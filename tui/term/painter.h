/*
 * Turns the difference of two frames into the bytes that a terminal needs: a pure function of what
 * is shown, what is wanted, and the terminal's description (terminfo).
 *
 * Why not curses' own: measured with ncursesw 6.4 in the users view at 80×24, it sends a page in
 * about a hundred writes, and scrolling by a row took 230 to 251 bytes, because every change of
 * colour is switched off and on in several sequences. This takes one write and at most 176 bytes
 * for any of 200 moves among 200,000 users, 123 on average.
 *
 * Method: rows that moved up or down together are moved by the terminal (scroll region) if that is
 * shorter than writing them; of the others the cells that differ are written, gaps are jumped over
 * or written again, whichever is shorter; attributes and colours change in one sequence where the
 * terminal speaks ANSI. Repeating a character (rep) is left out: terminals that call themselves
 * xterm do not all know it.
 *
 * The terminal must not turn line feeds into carriage returns (ONLCR): they are steps down.
 */
#ifndef TUI_TERM_PAINTER_H
#define TUI_TERM_PAINTER_H

#include <stdbool.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "tui/widgets/canvas.h"

enum painter_capability {
    CAP_CUP,  /* move to row, column */
    CAP_HPA,  /* to a column of this row */
    CAP_VPA,  /* to a row, same column */
    CAP_CUF,  /* some columns to the right … */
    CAP_CUB,  /* … to the left */
    CAP_CUU,  /* … some rows up, same column */
    CAP_CUD,  /* … down */
    CAP_CUF1, /* one */
    CAP_CUB1,
    CAP_CUU1,
    CAP_CUD1,
    CAP_EL,   /* clear to the end of the row */
    CAP_CSR,  /* rows that scroll */
    CAP_IND,  /* up by one: at the last row of the region */
    CAP_RI,   /* down by one: at its first row */
    CAP_INDN, /* up by some, wherever the cursor is */
    CAP_RIN,  /* down */
    CAP_IL1,  /* a bare row put in, those below move down */
    CAP_DL1,  /* a row taken out, those below move up */
    CAP_SGR0, /* plain */
    CAP_BOLD,
    CAP_DIM,
    CAP_UNDERLINE,
    CAP_REVERSE,
    CAP_SETAF,
    CAP_COUNT
};

struct painter {
    char *cap[CAP_COUNT]; /* without padding; NULL: the terminal cannot */
    void *terminal;       /* terminfo's, when opened by name */
    bool ansi;            /* attributes may be joined in one ESC [ … m */
    bool short_region;    /* ESC [ r makes all rows scroll */
    bool wraps_at_once;   /* writing the last cell of the screen would scroll it */
    enum scheme scheme;
    struct grid shown;
    bool known; /* the terminal shows `shown` */
    struct paint pen;
    bool pen_known;
    int y, x; /* the terminal's cursor; -1: not known */
};

/* Of the terminal type `name`; NULL: that of the environment, as curses has read it. False when it
 * is not known or cannot even move the cursor. */
bool painter_open(struct painter *p, const char *name, enum scheme scheme, struct error *err);
void painter_close(struct painter *p); /* zeroed: fine */
/* Nothing is known about the screen any more: the next frame writes every cell, clearing nothing.
 */
void painter_forget(struct painter *p);
/* Appends what makes the terminal show the grid, cursor included. */
void painter_frame(struct painter *p, const struct grid *grid, struct buf *out);
/* Plain attributes and the cursor at the top left, as curses believes them to be. */
void painter_leave(struct painter *p, struct buf *out);

#endif
