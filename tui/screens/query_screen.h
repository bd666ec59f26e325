/*
 * The Query view: one read-only SQL statement and its result as a sheet.
 *
 * The statement runs in a job on a connection of its own (storage/db/query.h). The first rows are
 * shown as soon as they are there, the whole when it has ended; a result larger than
 * QUERY_LIMIT_MIB, or a query that was stopped, shows the rows it has and says so above them.
 */
#ifndef TUI_SCREENS_QUERY_SCREEN_H
#define TUI_SCREENS_QUERY_SCREEN_H

#include "tui/screens/app.h"

enum { QUERY_LIMIT_MIB = 256 };

/* Runs the statement in the Query view in front, or opens one. */
void query_screen_open(struct app *app, const char *sql);

/* The statement in one line: line ends are blanks, comments left out. False where a line end is
 * part of a text or a name, so that there is no such line. */
bool query_one_line(const char *sql, struct buf *out);

#endif
