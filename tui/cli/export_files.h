/* What the exports for other programs share: where they write, which ids a format can hold, and
 * what is said at the end. */
#ifndef TUI_CLI_EXPORT_FILES_H
#define TUI_CLI_EXPORT_FILES_H

#include "storage/base/intern.h"
#include "storage/export/folder.h"
#include "tui/cli/export.h"

/* ---- where ---- */

/* -o is needed: these kinds are files or folders. */
bool export_needs_output(const struct export_job *job, const char *what, struct error *err);

/* A text file, or standard output for "-". */
struct export_text {
    struct file_replace file;
    FILE *stream;
};
bool export_text_begin(struct export_text *t, const char *path, FILE *out, struct error *err);
bool export_text_commit(struct export_text *t, struct error *err); /* abandons on failure */

/* ---- texts ---- */

enum export_ids {
    EXPORT_IDS_FIELD, /* a field between tabs: no tab, line end, NUL, blank at an end */
    EXPORT_IDS_WORD,  /* between blanks: no blank or control character */
    EXPORT_IDS_JSON   /* UTF-8 without NUL */
};
/* Can the format hold every id? An id is never changed: what it cannot hold is an error that names
 * the first such id. `what`: "user" or "item"; `format` names it in the error. */
bool export_ids_fit(const struct strtab *ids, enum export_ids rule, const char *what,
                    const char *format, struct error *err);
/* A text on one line of UTF-8: control characters become blanks, those at its ends go. */
void export_add_line(struct buf *out, const char *bytes, size_t n);

/* ---- what is said ---- */

/* Prints the files (NULL-terminated, in `folder` unless NULL), what is to be known (`notes`, a JSON
 * array of texts, taken; NULL: nothing) and the command that reads them again (NULL: none), as
 * lines or with --json as one object. */
void export_tell(const struct export_job *job, const char *folder, const char *const *files,
                 struct jval *notes, const char *again);

#endif
