/*
 * Files of commands, a line each: the configuration, scripts, saved command logs. Read whole, into
 * lines with their numbers; what is no text is refused with its place, before anything is done.
 */
#ifndef TUI_COMMAND_SCRIPT_H
#define TUI_COMMAND_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

enum { SCRIPT_LINE_MAX = 65536, SCRIPT_MAX_BYTES = 8 << 20, SCRIPT_DEPTH = 8 };

struct script_line {
    char *text;
    char *where; /* "config:12", for errors: the name as given, escaped */
};

struct script {
    struct script_line *line; /* without blank lines and comments */
    size_t n, cap;
};

/* Lines end with LF or CRLF; "#" begins a comment line. Errors: cannot be read, too large, a line
 * too long, a control character in a line. */
bool script_read(const char *path, struct script *out, struct error *err);
void script_release(struct script *script);

#endif
