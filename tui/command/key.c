#include "tui/command/key.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "tui/widgets/text.h"

static const struct {
    const char *name;
    uint32_t key;
} names[] = {
    /* The first name of a key is the one that is shown. */
    {"Tab", K_TAB},     {"Enter", K_ENTER},     {"CR", K_ENTER},       {"Esc", K_ESC},
    {"Space", K_SPACE}, {"BS", K_BACKSPACE},    {"lt", '<'},           {"Up", K_UP},
    {"Down", K_DOWN},   {"Left", K_LEFT},       {"Right", K_RIGHT},    {"Home", K_HOME},
    {"End", K_END},     {"PgUp", K_PAGE_UP},    {"PgDn", K_PAGE_DOWN}, {"Ins", K_INSERT},
    {"Del", K_DELETE},  {"S-Tab", K_SHIFT_TAB}, {"S-Up", K_SHIFT_UP},  {"S-Down", K_SHIFT_DOWN},
    {"F1", K_F1},       {"F2", K_F1 + 1},       {"F3", K_F1 + 2},      {"F4", K_F1 + 3},
    {"F5", K_F1 + 4},   {"F6", K_F1 + 5},       {"F7", K_F1 + 6},      {"F8", K_F1 + 7},
    {"F9", K_F1 + 8},   {"F10", K_F1 + 9},      {"F11", K_F1 + 10},    {"F12", K_F12},
};

void key_text(uint32_t key, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].key == key) {
            buf_addf(out, "<%s>", names[i].name);
            return;
        }
    if (key < 32) {
        buf_addf(out, "<C-%c>", key >= 1 && key <= 26 ? (int)key + 'a' - 1 : (int)key + '@');
        return;
    }
    char bytes[4];
    buf_add(out, bytes, text_encode(key, bytes));
}

void key_sequence_text(const struct key_sequence *s, struct buf *out)
{
    for (int i = 0; i < s->n; i++)
        if (s->key[i] == '<' && i + 1 == s->n)
            buf_addc(out, '<'); /* no name can begin here */
        else
            key_text(s->key[i], out);
}

/* The key called (name, n), without brackets; 0: none. */
static uint32_t key_by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == n && strncasecmp(names[i].name, name, n) == 0)
            return names[i].key;
    if (n == 3 && (name[0] == 'C' || name[0] == 'c') && name[1] == '-' && name[2] >= '@' &&
        name[2] < 127)
        return K_CTRL(name[2]);
    return 0;
}

bool key_sequence_parse(const char *text, struct key_sequence *out, struct error *err)
{
    struct key_sequence s = {.n = 0};
    size_t n = strlen(text);
    for (size_t i = 0; i < n;) {
        if (s.n == KEY_SEQUENCE)
            return error_set(err, ERROR_USAGE, "keys \"%s\": at most %d keys in a row", text,
                             KEY_SEQUENCE);
        const char *close = text[i] == '<' ? strchr(text + i, '>') : NULL;
        uint32_t key = 0;
        size_t len;
        if (close) {
            len = (size_t)(close - text) - i + 1;
            key = key_by_name(text + i + 1, len - 2);
            if (key == 0)
                return error_set(err, ERROR_USAGE,
                                 "keys \"%s\": no key is called %.*s; names are like <C-d>, <Up>, "
                                 "<F1>, <lt>",
                                 text, (int)len, text + i);
        } else {
            len = text_decode(text + i, n - i, &key);
            if (len == 0 || key < 32)
                return error_set(err, ERROR_USAGE, "keys \"%s\": not text", text);
        }
        s.key[s.n++] = key;
        i += len;
    }
    if (s.n == 0)
        return error_set(err, ERROR_USAGE, "no keys given");
    *out = s;
    return true;
}
