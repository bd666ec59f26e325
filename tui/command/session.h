/*
 * Where somebody was in the screens, as lines of text: commands that open the views again, and what
 * each of them showed. One file per workspace, in the state folder.
 */
#ifndef TUI_COMMAND_SESSION_H
#define TUI_COMMAND_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

enum session_kind {
    SESSION_DO,    /* a command: definition, part, runs */
    SESSION_VIEW,  /* a command that opens a view; "": the first one */
    SESSION_STATE, /* of the view before: what :restore takes */
};

struct session_line {
    enum session_kind kind;
    char *text;
};

struct session {
    int64_t time;  /* seconds since 1970 */
    uint64_t data; /* the data whose rows the states speak of */
    struct session_line *line;
    size_t n, cap;
};

void session_release(struct session *s);
void session_add(struct session *s, enum session_kind kind, const char *text, size_t n);
/* Any text survives: control characters are escaped. `with_time`: else without the time, to tell
 * whether anything changed. */
void session_write(const struct session *s, bool with_time, struct buf *out);
/* Lines of a kind that is not known are passed over. Error: not a session, or one of another kind
 * of rote; *out is then empty. */
bool session_parse(const char *text, size_t n, struct session *out, struct error *err);
/* "sessions/NAME-HASH" for a workspace folder; the caller frees. */
char *session_file_name(const char *workspace);

#endif
