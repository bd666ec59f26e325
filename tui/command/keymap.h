/*
 * Which keys do what: sequences bound to actions by name, per scope. The defaults come from the
 * action table; a configuration binds more. A sequence that begins another is not allowed to act:
 * there are no timeouts.
 */
#ifndef TUI_COMMAND_KEYMAP_H
#define TUI_COMMAND_KEYMAP_H

#include "tui/command/action.h"
#include "tui/command/key.h"

struct binding {
    struct key_sequence keys;
    unsigned scope;
    enum action_id action;
    char *arg; /* text after the action's name, or NULL */
};

struct keymap {
    struct binding *bindings;
    size_t n, cap;
};

void keymap_init(struct keymap *map); /* with the defaults */
void keymap_release(struct keymap *map);
/* "gx" → "export a.csv"; replaces what the keys did in that scope; action "none" unbinds. Errors:
 * unknown action, wrong keys, a sequence that begins another one or is begun by one. */
bool keymap_bind(struct keymap *map, unsigned scope, const char *keys, const char *action,
                 struct error *err);

/* "[view] keys action [argument]", as in the configuration. The view's name holds only where it is
 * followed by two more words. */
bool keymap_bind_line(struct keymap *map, const char *line, struct error *err);
/* "[view] keys": they do nothing there any more. False: they did nothing. */
bool keymap_unbind_line(struct keymap *map, const char *line, struct error *err);

enum keymap_result { KEYMAP_NONE, KEYMAP_PREFIX, KEYMAP_FOUND };
/* `scopes`: those of the view in front; its bindings go before SCOPE_ANY ones. */
enum keymap_result keymap_find(const struct keymap *map, unsigned scopes,
                               const struct key_sequence *keys, const struct binding **found);
/* The first key of an action there, for footers and help: "<C-d>"; empty when it has none. */
void keymap_key_of(const struct keymap *map, unsigned scopes, enum action_id action,
                   struct buf *out);
void keymap_keys_of(const struct keymap *map, enum action_id action, struct buf *out); /* all */

#endif
