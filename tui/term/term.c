#include "tui/term/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "storage/base/mem.h"
#include "tui/term/painter.h"
#include "tui/term/term_private.h"

enum { COPY_MAX = 74000 /* bytes before base64: what xterm and tmux take */ };

static struct {
    bool open, registered;
    SCREEN *screen;
    WINDOW *input;
    const struct glyphs *glyphs;
    enum scheme scheme;
    const char *paste_on, *paste_off;
    struct painter painter;
    struct buf out; /* the frame's bytes */
    bool testing;
} term;

/* ---- opening and closing ---- */

static const char *capability(const char *name)
{
    char *s = tigetstr(name);
    return s && s != (char *)-1 ? s : "";
}

/* Adds a capability without its padding ($<5>), which a crash handler cannot wait for. */
static size_t add_capability(char *out, size_t at, size_t size, const char *s)
{
    while (*s && at + 1 < size) {
        if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
            s = strchr(s, '>') + 1;
        else
            out[at++] = *s++;
    }
    return at;
}

static void arm_rescue(void)
{
    static const char *const names[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    char restore[256];
    size_t n = add_capability(restore, 0, sizeof restore, term.paste_off);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        n = add_capability(restore, n, sizeof restore, capability(names[i]));
    rescue_begin(restore, n);
}

/* One write, unless the terminal takes only a part. */
static void send(const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, n);
        if (done < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
        else if (done < 0 && errno != EINTR)
            return; /* the terminal is gone: the next read says so */
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
}

/* Curses is left to enter and leave the alternate screen and to read keys; it draws nothing, and
 * believes that the screen is empty with the cursor at the top left. */
static void enter(void)
{
    refresh();
    arm_rescue();
    send(term.paste_on, strlen(term.paste_on));
    term_resized();
}

static void leave(void)
{
    buf_clear(&term.out);
    painter_leave(&term.painter, &term.out);
    buf_adds(&term.out, term.paste_off);
    send(term.out.data, term.out.len);
    endwin();
    rescue_end();
}

static void choose_scheme(const struct term_options *options)
{
    const char *no_color = getenv("NO_COLOR");
    term.scheme = SCHEME_MONO;
    int colours = tigetnum("colors");
    if (options->mono || (no_color && *no_color) || colours < 8)
        return;
    term.scheme = options->colour_256 && colours >= 256 ? SCHEME_256 : SCHEME_16;
}

static void choose_glyphs(const struct term_options *options)
{
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    term.glyphs = options->ascii || !utf8 ? &glyphs_ascii : &glyphs_utf8;
}

static bool start_curses(struct error *err)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(err, ERROR_USAGE,
                         "the screens need a terminal; without one use --batch with -c, or the "
                         "subcommands (rote --help)");
    if (!rescue_signals_begin())
        return error_set(err, ERROR_IO, "cannot set up signal handling");
    term.screen = newterm(NULL, stdout, stdin);
    if (!term.screen) {
        const char *name = getenv("TERM");
        return error_set(err, ERROR_USAGE,
                         "the terminal type \"%s\" (TERM) is not known; try TERM=xterm",
                         name ? name : "");
    }
    return true;
}

static void on_out_of_memory(size_t wanted_bytes)
{
    (void)wanted_bytes; /* mem.c says it, on the terminal that is the user's again */
    rescue_now();
}

bool term_open(const struct term_options *options, struct error *err)
{
    if (!start_curses(err))
        return false;
    set_escdelay(20); /* a lone Esc has to be answered within 25 ms */
    raw();            /* ^C, ^Z, ^S and ^Q are keys */
    noecho();
    nonl();
    term.input = newpad(1, 1); /* reading from it never refreshes the screen */
    keypad(term.input, TRUE);
    nodelay(term.input, TRUE);
    choose_scheme(options);
    choose_glyphs(options);
    if (!painter_open(&term.painter, NULL, term.scheme, err)) {
        endwin();
        delscreen(term.screen);
        return false;
    }
    if (options->mouse)
        mousemask(BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED,
                  NULL);
    term.paste_on = capability("BE");
    term.paste_off = capability("BD");
    define_key("\033[200~", KEY_MAX + 1);
    define_key("\033[201~", KEY_MAX + 2);
    term.open = true;
    const char *sync = getenv("ROTE_TEST_SYNC");
    term.testing = sync && strcmp(sync, "1") == 0;
    buf_init(&term.out);
    enter();
    rescue_stderr_begin();
    mem_set_oom_handler(on_out_of_memory);
    if (!term.registered)
        atexit(term_close);
    term.registered = true;
    return true;
}

void term_close(void)
{
    if (!term.open)
        return;
    term.open = false;
    leave();
    rescue_stderr_end();
    delwin(term.input);
    delscreen(term.screen);
    painter_close(&term.painter);
    buf_release(&term.out);
}

const struct glyphs *term_glyphs(void)
{
    return term.glyphs;
}

enum scheme term_scheme(void)
{
    return term.scheme;
}

void term_size(int *rows, int *cols)
{
    *rows = LINES;
    *cols = COLS;
}

int term_input_fd(void)
{
    return STDIN_FILENO;
}

void *term_input_window(void)
{
    return term.input;
}

void term_resized(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != LINES || size.ws_col != COLS))
        resize_term(size.ws_row, size.ws_col);
    painter_forget(&term.painter);
}

void term_suspend(void)
{
    leave();
    rescue_stop_here();
    enter();
}

/* ---- output ---- */

void term_show(const struct grid *grid)
{
    buf_clear(&term.out);
    painter_frame(&term.painter, grid, &term.out);
    send(term.out.data, term.out.len);
}

void term_repaint(void)
{
    painter_forget(&term.painter);
}

bool term_is_testing(void)
{
    return term.testing;
}

void term_test_signal(bool busy)
{
    const char *text = busy ? "\033]777;busy\a" : "\033]777;idle\a";
    send(text, strlen(text));
}

/* ---- clipboard ---- */

static void add_base64(struct buf *out, const unsigned char *s, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)s[i] << 16 | (i + 1 < n ? (uint32_t)s[i + 1] << 8 : 0) |
                         (i + 2 < n ? s[i + 2] : 0);
        buf_addc(out, digits[three >> 18 & 63]);
        buf_addc(out, digits[three >> 12 & 63]);
        buf_addc(out, i + 1 < n ? digits[three >> 6 & 63] : '=');
        buf_addc(out, i + 2 < n ? digits[three & 63] : '=');
    }
}

bool term_copy(const char *text, size_t n, struct error *err)
{
    if (n > COPY_MAX)
        return error_set(err, ERROR_INPUT,
                         "%zu bytes are more than terminals take (%d); export to a file instead", n,
                         COPY_MAX);
    const char *tmux = getenv("TMUX");
    bool wrapped = tmux && *tmux;
    struct buf out;
    buf_init(&out);
    buf_adds(&out, wrapped ? "\033Ptmux;\033\033]52;c;" : "\033]52;c;");
    add_base64(&out, (const unsigned char *)text, n);
    buf_adds(&out, wrapped ? "\a\033\\" : "\a");
    send(out.data, out.len);
    buf_release(&out);
    return true;
}
