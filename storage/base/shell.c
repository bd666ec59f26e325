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
    if (*text && text[strspn(text, plain)] == '\0')
        buf_adds(out, text);
    else
        shell_add_quoted(out, text);
}
