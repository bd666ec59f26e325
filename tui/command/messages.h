/* Everything said so far: the status line shows the newest, the Messages view all. */
#ifndef TUI_COMMAND_MESSAGES_H
#define TUI_COMMAND_MESSAGES_H

#include <stdint.h>

#include "storage/base/buf.h"

enum message_level { MESSAGE_INFO, MESSAGE_WARNING, MESSAGE_ERROR };

struct message {
    int64_t number; /* 1, 2, … */
    int64_t time;   /* seconds since 1970 */
    enum message_level level;
    char *text;
};

enum { MESSAGES_KEPT = 1000 };

struct messages {
    struct message *items; /* oldest first */
    size_t n, cap;
    int64_t said; /* ever */
};

void messages_init(struct messages *m);
void messages_release(struct messages *m);
void messages_add(struct messages *m, enum message_level level, const char *text);

#endif
