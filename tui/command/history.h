/*
 * What was typed at the prompts, kept in one file for all rote processes of a person: each line
 * is appended at once, under a lock, so that several processes lose nothing; the next start reads
 * them all, the newest last, doubles once. A line of the file is a kind, a blank and the text.
 * When it has become long it is cut to what is kept.
 */
#ifndef TUI_COMMAND_HISTORY_H
#define TUI_COMMAND_HISTORY_H

#include "storage/base/error.h"
#include "tui/command/prompt.h"

enum { HISTORY_KEPT = 500 /* of one kind */, HISTORY_LINE_MAX = 4096 };

/* Which lines of the file go into which history. */
struct history_kind {
    char kind; /* ':' */
    struct history *history;
};

/* Reads the file and cuts it when it is long. A missing file is an empty one; lines that are no
 * history are passed over. Milliseconds. */
bool history_load(const char *path, const struct history_kind *kinds, size_t n, struct error *err);
/* The folder must exist. Text that does not fit in a line (with a line end, too long) is not kept.
 * Any thread; waits for the lock. */
bool history_append(const char *path, char kind, const char *text, struct error *err);

#endif
