/* What comes in: keys, signals, jobs, stray text on stderr, as one stream of events. */
#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tui/term/term.h"
#include "tui/term/term_private.h"

enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END = KEY_MAX + 2, PASTE_MAX = 1 << 20 };
enum { PING = 0x1f }; /* ^_, in tests only: counted, not a key */

static struct {
    struct buf text; /* of the last EVENT_PASTE or EVENT_STDERR */
    bool pasting;    /* between the marks of a bracketed paste */
    size_t pasted;   /* characters of it so far */
    wint_t last;     /* of them */
    bool line_ended; /* by it, and nothing came after that yet */
    bool ready;
} input;

/* ---- keys ---- */

static uint32_t key_of_code(wint_t code)
{
    static const struct {
        int code;
        uint32_t key;
    } codes[] = {
        {KEY_UP, K_UP},         {KEY_DOWN, K_DOWN},       {KEY_LEFT, K_LEFT},
        {KEY_RIGHT, K_RIGHT},   {KEY_HOME, K_HOME},       {KEY_END, K_END},
        {KEY_PPAGE, K_PAGE_UP}, {KEY_NPAGE, K_PAGE_DOWN}, {KEY_IC, K_INSERT},
        {KEY_DC, K_DELETE},     {KEY_BTAB, K_SHIFT_TAB},  {KEY_SR, K_SHIFT_UP},
        {KEY_SF, K_SHIFT_DOWN}, {KEY_ENTER, K_ENTER},     {KEY_BACKSPACE, K_BACKSPACE},
        {KEY_FIND, K_HOME},     {KEY_SELECT, K_END},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if ((wint_t)codes[i].code == code)
            return codes[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return K_F1 + (uint32_t)(code - KEY_F(1));
    return 0;
}

static bool read_mouse(struct event *event)
{
    MEVENT mouse;
    if (getmouse(&mouse) != OK)
        return false;
    int button = mouse.bstate & BUTTON4_PRESSED   ? 4
                 : mouse.bstate & BUTTON5_PRESSED ? 5
                 : mouse.bstate & BUTTON1_PRESSED ? 1
                                                  : 0;
    *event = (struct event){.kind = EVENT_MOUSE, .y = mouse.y, .x = mouse.x, .button = button};
    return button != 0;
}

/* A line's end waits for what comes after it: at the end of all it is of no use to a prompt, in the
 * middle it is, wherever the pieces part. */
static void take_pasted(wint_t c)
{
    bool ends_line = c == '\r' || c == '\n';
    if (c == '\n' && input.last == '\r')
        return;
    char bytes[4];
    if (input.line_ended)
        buf_addc(&input.text, '\n');
    input.line_ended = ends_line;
    if (!ends_line)
        buf_add(&input.text, bytes, text_encode((uint32_t)c, bytes));
}

/* What has come of a bracketed paste, in as many pieces as the line brings it: until its end every
 * character is text, never a key. ^C ends one whose end was lost. False: nothing new yet. */
static bool read_paste(struct event *event)
{
    enum { CTRL_C = 3 };
    buf_clear(&input.text);
    wint_t c;
    int got;
    while (input.pasting && (got = wget_wch(term_input_window(), &c)) != ERR) {
        if (got == OK && c == PING && term_is_testing()) {
            term_test_ping();
            continue;
        }
        input.pasting = !((got == KEY_CODE_YES && c == PASTE_END) || (got == OK && c == CTRL_C));
        if (input.pasting && got == OK && ++input.pasted <= PASTE_MAX)
            take_pasted(c);
        input.last = c;
    }
    *event = (struct event){.kind = EVENT_PASTE,
                            .text = input.text.data,
                            .n = input.text.len,
                            .cut = !input.pasting && input.pasted > PASTE_MAX};
    return input.text.len > 0 || event->cut;
}

/* Esc and a character are two keys, however close: a slow line brings them together, so Alt cannot
 * be told apart. */
static bool read_key(struct event *event)
{
    wint_t c;
    if (input.pasting && read_paste(event))
        return true;
    while (!input.pasting) {
        int got = wget_wch(term_input_window(), &c);
        if (got == ERR)
            return false;
        if (got == OK && c == PING && term_is_testing()) {
            term_test_ping();
            continue;
        }
        if (got == OK) {
            uint32_t key = c == '\n' ? K_ENTER : c == 8 ? K_BACKSPACE : (uint32_t)c;
            *event = (struct event){.kind = EVENT_KEY, .key = key};
            return true;
        }
        if (c == PASTE_BEGIN) {
            input.pasting = true;
            input.pasted = 0;
            input.last = 0;
            input.line_ended = false;
            return read_paste(event) || (!input.pasting && read_key(event));
        }
        if (c == KEY_MOUSE && read_mouse(event))
            return true;
        uint32_t key = key_of_code(c);
        if (key) {
            *event = (struct event){.kind = EVENT_KEY, .key = key};
            return true;
        }
    }
    return false;
}

/* ---- signals and stderr ---- */

static void resize_event(struct event *event)
{
    term_resized();
    *event = (struct event){.kind = EVENT_RESIZE};
}

static bool read_signal(struct event *event)
{
    unsigned char bytes[64];
    ssize_t n = read(rescue_signal_fd(), bytes, sizeof bytes);
    bool resized = false;
    for (ssize_t i = 0; i < n; i++) {
        int signal = bytes[i];
        if (signal == SIGTERM || signal == SIGHUP || signal == SIGINT) {
            *event = (struct event){.kind = EVENT_SIGNAL, .signal = signal};
            return true;
        }
        if (signal == SIGTSTP)
            term_suspend();
        resized = true; /* SIGWINCH, SIGCONT, or back from the shell */
    }
    if (resized)
        resize_event(event); /* many of them make one */
    return resized;
}

static bool read_stderr(struct event *event)
{
    char bytes[4096];
    ssize_t n = rescue_stderr_fd() < 0 ? -1 : read(rescue_stderr_fd(), bytes, sizeof bytes);
    if (n <= 0)
        return false;
    buf_clear(&input.text);
    buf_add(&input.text, bytes, (size_t)n);
    *event = (struct event){.kind = EVENT_STDERR, .text = input.text.data, .n = input.text.len};
    return true;
}

/* ---- waiting ---- */

enum { FD_TTY, FD_SIGNAL, FD_JOBS, FD_STDERR, FD_COUNT };

static int wait_for_any(struct pollfd fds[FD_COUNT], int timeout_ms, bool busy)
{
    int ready = poll(fds, FD_COUNT, term_is_testing() ? 0 : timeout_ms);
    if (!term_is_testing() || ready != 0 || timeout_ms == 0)
        return ready;
    term_test_signal(busy, timeout_ms);
    return poll(fds, FD_COUNT, timeout_ms);
}

/* The terminal says that there is input, but there is none: it is gone. */
static bool is_gone(const struct pollfd *tty)
{
    int available = 0;
    if (tty->revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    return (tty->revents & POLLIN) && (ioctl(tty->fd, FIONREAD, &available) != 0 || available == 0);
}

void term_wait(struct event *event, int timeout_ms, int jobs_fd, bool busy)
{
    if (!input.ready)
        buf_init(&input.text);
    input.ready = true;
    *event = (struct event){.kind = EVENT_NONE};
    if (read_key(event))
        return;
    struct pollfd fds[FD_COUNT] = {
        [FD_TTY] = {.fd = term_input_fd(), .events = POLLIN},
        [FD_SIGNAL] = {.fd = rescue_signal_fd(), .events = POLLIN},
        [FD_JOBS] = {.fd = jobs_fd, .events = POLLIN},
        [FD_STDERR] = {.fd = rescue_stderr_fd(), .events = POLLIN},
    };
    if (wait_for_any(fds, timeout_ms, busy) < 0)
        return; /* a signal: its byte is in the pipe, the caller comes again */
    if (fds[FD_SIGNAL].revents && read_signal(event))
        return;
    if (fds[FD_TTY].revents) {
        bool gone = is_gone(&fds[FD_TTY]);
        if (!read_key(event) && gone)
            *event = (struct event){.kind = EVENT_SIGNAL, .signal = SIGHUP};
        return;
    }
    if (fds[FD_JOBS].revents)
        *event = (struct event){.kind = EVENT_JOB};
    else if (fds[FD_STDERR].revents)
        read_stderr(event);
}
