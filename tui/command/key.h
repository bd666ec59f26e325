/*
 * Keys as numbers and as names. A key is a Unicode character, a control character (Ctrl-D is 4),
 * or a K_ constant. Names are those of the configuration: `j`, `<C-d>`, `<Up>`,
 * `<S-Tab>`, `<F1>`, `<Space>`, `<lt>` (a last `<` is itself); a sequence is names without blanks:
 * `gg`, `g<Up>`.
 */
#ifndef TUI_COMMAND_KEY_H
#define TUI_COMMAND_KEY_H

#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

enum {
    K_TAB = 9,
    K_ENTER = 13,
    K_ESC = 27,
    K_SPACE = 32,
    K_BACKSPACE = 127,
    K_FIRST = 0x200000, /* above Unicode */
    K_UP = K_FIRST,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_HOME,
    K_END,
    K_PAGE_UP,
    K_PAGE_DOWN,
    K_INSERT,
    K_DELETE,
    K_SHIFT_TAB,
    K_SHIFT_UP,
    K_SHIFT_DOWN,
    K_F1,
    K_F12 = K_F1 + 11,
    K_LAST,
};
#define K_CTRL(c) ((c)&31)

enum { KEY_SEQUENCE = 4 }; /* keys in one binding at most */

struct key_sequence {
    uint32_t key[KEY_SEQUENCE];
    int n;
};

void key_text(uint32_t key, struct buf *out);
void key_sequence_text(const struct key_sequence *s, struct buf *out);
/* The whole of `text` must be one sequence. */
bool key_sequence_parse(const char *text, struct key_sequence *out, struct error *err);

#endif
