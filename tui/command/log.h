/* What was done, as command lines in order: the script that does it again. */
#ifndef TUI_COMMAND_LOG_H
#define TUI_COMMAND_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"

enum { LOG_KEPT = 20000 };

struct command_log {
    char **line; /* oldest first */
    size_t n, cap;
    int64_t dropped; /* older ones that were given up; the first kept one is number dropped + 1 */
};

void command_log_release(struct command_log *log);
void command_log_add(struct command_log *log, const char *line);
/* Takes the place of the last line: a move that went on. The log must not be empty. */
void command_log_replace(struct command_log *log, const char *line);
/* The whole as a script with a heading; what cannot stand in one line becomes a comment. */
void command_log_write(const struct command_log *log, struct buf *out);

#endif
