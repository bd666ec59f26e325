#include "tui/widgets/text_out.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "tui/widgets/text.h"

/* Characters go out as they came, also where the locale has none for them. */
static void put_shown(FILE *out, const char *bytes, size_t n)
{
    struct text_unit unit;
    for (size_t at = 0, used; at < n; at += used) {
        used = text_next(bytes + at, n - at, &unit);
        if (unit.escape[0])
            fputs(unit.escape, out);
        else
            fwrite(bytes + at, 1, used, out);
    }
}

/* One conversion of a format. */
struct conversion {
    char flags[8], size[4]; /* "+", "ll" */
    bool left;
    int width, precision; /* precision -1: none */
    char letter;
};

static int take_number(const char **format, va_list *args)
{
    int n = 0;
    if (**format == '*') {
        ++*format;
        return va_arg(*args, int);
    }
    for (; **format >= '0' && **format <= '9'; ++*format)
        n = n < INT_MAX / 10 - 10 ? n * 10 + (**format - '0') : n;
    return n;
}

/* The longest beginning of *format of these characters that fits `out`. */
static void take_letters(const char **format, const char *letters, char *out, size_t size)
{
    size_t n = strspn(*format, letters);
    n = n < size ? n : size - 1;
    memcpy(out, *format, n);
    out[n] = '\0';
    *format += n;
}

/* *format is behind the "%", and behind the conversion afterwards. */
static struct conversion take_conversion(const char **format, va_list *args)
{
    struct conversion c = {.precision = -1};
    take_letters(format, "-+ #0", c.flags, sizeof c.flags);
    c.left = strchr(c.flags, '-') != NULL;
    c.width = take_number(format, args);
    if (c.width < 0) { /* as printf has it */
        c.left = true;
        c.width = c.width > -INT_MAX ? -c.width : 0;
    }
    if (**format == '.') {
        ++*format;
        c.precision = take_number(format, args);
    }
    take_letters(format, "hlzjt", c.size, sizeof c.size);
    c.letter = **format;
    *format += c.letter != '\0';
    return c;
}

static void put_text(FILE *out, const struct conversion *c, const char *text)
{
    int width;
    size_t n = text_prefix(text, strlen(text), c->precision < 0 ? INT_MAX : c->precision, &width);
    int pad = c->width > width ? c->width - width : 0;
    fprintf(out, "%*s", c->left ? 0 : pad, "");
    put_shown(out, text, n);
    fprintf(out, "%*s", c->left ? pad : 0, "");
}

static intmax_t take_integer(const char *size, va_list *args)
{
    switch (size[0]) {
    case 'l':
        return size[1] == 'l' ? va_arg(*args, long long) : va_arg(*args, long);
    case 'z':
        return va_arg(*args, ssize_t);
    case 'j':
        return va_arg(*args, intmax_t);
    case 't':
        return va_arg(*args, ptrdiff_t);
    default:
        return va_arg(*args, int);
    }
}

static uintmax_t take_unsigned(const char *size, va_list *args)
{
    switch (size[0]) {
    case 'l':
        return size[1] == 'l' ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned long);
    case 'z':
        return va_arg(*args, size_t);
    case 'j':
        return va_arg(*args, uintmax_t);
    case 't':
        return (uintmax_t)va_arg(*args, ptrdiff_t);
    default:
        return va_arg(*args, unsigned);
    }
}

static void put_conversion(FILE *out, const struct conversion *c, va_list *args)
{
    char again[32];
    snprintf(again, sizeof again, "%%%s%s*.*%s%c", c->flags, c->left ? "-" : "",
             strchr("diouxX", c->letter) ? "j" : "", c->letter);
    switch (c->letter) {
    case 's':
        put_text(out, c, va_arg(*args, const char *));
        return;
    case '%':
        fputc('%', out);
        return;
    case 'c':
        put_text(out, &(struct conversion){.left = c->left, .width = c->width, .precision = -1},
                 (const char[]){(char)va_arg(*args, int), '\0'});
        return;
    case 'd':
    case 'i':
        fprintf(out, again, c->width, c->precision, take_integer(c->size, args));
        return;
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        fprintf(out, again, c->width, c->precision, take_unsigned(c->size, args));
        return;
    default:
        fprintf(out, again, c->width, c->precision, va_arg(*args, double));
    }
}

void text_printf(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    while (*format) {
        size_t n = strcspn(format, "%");
        fwrite(format, 1, n, out);
        format += n;
        if (*format) {
            format++;
            struct conversion c = take_conversion(&format, &args);
            put_conversion(out, &c, &args);
        }
    }
    va_end(args);
}

void text_put(FILE *out, const char *text)
{
    for (;;) {
        size_t n = strcspn(text, "\n");
        put_shown(out, text, n);
        if (!text[n])
            return;
        fputc('\n', out);
        text += n + 1;
    }
}
