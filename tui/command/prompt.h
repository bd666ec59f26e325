/*
 * The line at the bottom in which something is typed: editing, history, completion. It knows keys
 * and text only; what the text means is the owner's business.
 */
#ifndef TUI_COMMAND_PROMPT_H
#define TUI_COMMAND_PROMPT_H

#include <stdbool.h>

#include "tui/command/key.h"
#include "tui/widgets/canvas.h"

/* A list of candidates, filled by a completer. */
struct completions {
    char **item;
    size_t n, cap;
    int64_t all; /* how many there are, where only some are offered; else 0 */
};
void completions_add(struct completions *c, const char *text); /* copied */
void completions_clear(struct completions *c);

struct history {
    char **line;
    size_t n, cap;
};
void history_add(struct history *h, const char *line); /* doubles move to the end */
void history_release(struct history *h);

struct prompt {
    bool open;
    char sign[32]; /* ":", "/", "&", "export to: " */
    struct buf text;
    size_t at;               /* the cursor, a byte in text */
    bool lines;              /* pasted line ends are kept; they are shown as blanks */
    struct history *history; /* NULL: none. Borrowed */
    size_t history_at;       /* == history->n: the line being typed */
    char *draft;             /* the line being typed, while history is shown */
    /* Fills candidates for the word at [*start, at); NULL: none. */
    void (*complete)(void *context, const char *text, size_t at, size_t *start,
                     struct completions *out);
    void *context;
    struct completions candidates;
    size_t candidate; /* shown one; candidates.n: none chosen yet */
    size_t candidate_start;
};

void prompt_init(struct prompt *p);
void prompt_release(struct prompt *p);
void prompt_open(struct prompt *p, const char *sign, const char *text, struct history *history);
void prompt_close(struct prompt *p);

enum prompt_result {
    PROMPT_NOTHING,
    PROMPT_CHANGED,   /* text changed: live search looks again */
    PROMPT_MOVED,     /* only the cursor or the candidates */
    PROMPT_ACCEPTED,  /* Enter; the text is added to the history; still open */
    PROMPT_CANCELLED, /* Esc, ^C, ^G, or Backspace at the start of nothing */
};
enum prompt_result prompt_key(struct prompt *p, uint32_t key);
enum prompt_result prompt_paste(struct prompt *p, const char *bytes, size_t n);
/* Draws into the first row of the canvas and puts the cursor there; candidates go to the row above
 * when `above` is not NULL. */
void prompt_draw(const struct prompt *p, struct canvas *line, struct canvas *above);

#endif
