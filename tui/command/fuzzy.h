/*
 * How well typed letters fit a name and the line that explains it: the palette's order.
 *
 * Method: the query is cut at blanks; every word must fit. In a name its letters may stand apart
 * but in order ("rl" fits "runs-list"); starts of words and letters that follow each other count
 * more, gaps less (dynamic programming over both). In the explanation a word must stand whole.
 * ASCII letters fit in either case; other bytes must be equal. Cost: words × name, microseconds.
 */
#ifndef TUI_COMMAND_FUZZY_H
#define TUI_COMMAND_FUZZY_H

/* Higher is better; -1: does not fit. An empty query fits everything alike, with 0. Only the first
 * 64 bytes of a word are looked at in a name. */
int fuzzy_score(const char *query, const char *name, const char *help);

#endif
