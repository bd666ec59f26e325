/* Files that the screens write: asked for, written in a job, said. */
#ifndef TUI_SCREENS_APP_FILE_H
#define TUI_SCREENS_APP_FILE_H

#include "tui/screens/app.h"

struct app_file {
    const char *job;  /* its name in the status line: "writing" */
    const char *path; /* copied */
    /* On the job's thread. */
    bool (*write)(const void *context, const char *path, struct progress *progress,
                  struct error *err);
    void *context; /* taken over, whatever becomes of it */
    void (*release)(void *context);
};

/* Asks before a file is replaced; "wrote PATH", or why not, when it ends. Leaving rote meanwhile
 * asks. Returns what the handler of `call` must return. */
unsigned app_write_file(struct app *app, const struct call *call, const struct app_file *file,
                        struct error *err);
/* The same for a text, which it empties. */
unsigned app_write_text(struct app *app, const struct call *call, const char *path,
                        struct buf *text, struct error *err);

#endif
