#include "storage/base/shell.h"

#include <string.h>

void shell_add_quoted(struct buf *out, const char *text)
{
    buf_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *text);
    }
    buf_addc(out, '\'');
}

void shell_add_word(struct buf *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./,:=@%+";
    if (*text && *text != '=' && text[strspn(text, plain)] == '\0') /* zsh looks =word up */
        buf_adds(out, text);
    else
        shell_add_quoted(out, text);
}

void shell_add_next(struct buf *out, const char *text)
{
    buf_addc(out, ' ');
    shell_add_word(out, text);
}
