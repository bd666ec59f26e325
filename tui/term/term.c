#include "tui/term/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
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
    unsigned n_pings;
    unsigned n_frames, n_writes; /* that wrote something, and the writes they took */
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
    if (*capability("kmous")) /* the mouse may be on by then; curses has no text for "off" */
        n = add_capability(restore, n, sizeof restore, "\033[?1006l\033[?1000l");
    rescue_begin(restore, n);
}

/* One write, unless the terminal takes only a part. How many it took. */
static unsigned send(const char *bytes, size_t n)
{
    unsigned writes = 0;
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, n);
        writes++;
        if (done < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
        else if (done < 0 && errno != EINTR)
            break; /* the terminal is gone: the next read says so */
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return writes;
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
    bool unwanted = no_color && *no_color && !options->colour;
    if (options->mono || unwanted || colours < 8)
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
    int found; /* newterm() would keep what it has begun where there is no such type */
    bool known = setupterm(NULL, STDOUT_FILENO, &found) == OK;
    if (known)
        del_curterm(cur_term);
    term.screen = known ? newterm(NULL, stdout, stdin) : NULL;
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

/* A press acts at once: waiting for what makes it a click would hold every press back. */
static void choose_mouse(const struct term_options *options)
{
    mouseinterval(0);
    mousemask(options->mouse ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

bool term_configure(const struct term_options *options, struct error *err)
{
    if (!term.open)
        return true;
    choose_scheme(options);
    choose_glyphs(options);
    choose_mouse(options);
    painter_close(&term.painter);
    return painter_open(&term.painter, NULL, term.scheme, err);
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
    choose_mouse(options);
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

/* ---- other programs ---- */

/* ^C and ^\\ are the program's; ^Z stops both, and `fg` continues both. */
struct kept_signals {
    struct sigaction interrupt, quit, stop;
};

static void give_signals(struct kept_signals *kept)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};
    sigaction(SIGINT, &ignore, &kept->interrupt);
    sigaction(SIGQUIT, &ignore, &kept->quit);
    sigaction(SIGTSTP, &usual, &kept->stop);
}

static void take_signals_back(const struct kept_signals *kept)
{
    sigaction(SIGINT, &kept->interrupt, NULL);
    sigaction(SIGQUIT, &kept->quit, NULL);
    sigaction(SIGTSTP, &kept->stop, NULL);
}

static void wait_for(pid_t child, int *status)
{
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
}

/* What rote ignores would stay ignored there. */
static bool start_shell(const char *script, const char *argument, pid_t *child, struct error *err)
{
    char *argv[] = {(char *)"sh",   (char *)"-c",         mem_strdup(script),
                    (char *)"rote", mem_strdup(argument), NULL};
    posix_spawnattr_t attributes;
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGQUIT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    int failed = posix_spawn(child, "/bin/sh", NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    free(argv[2]);
    free(argv[4]);
    return failed == 0 || error_set_errno(err, failed, "cannot start a shell");
}

/* The shell outlives a ^C that is meant for the program in it. */
bool term_run(const char *command, const char *argument, int *status, struct error *err)
{
    pid_t child;
    char *script = mem_printf("trap : INT QUIT; %s \"$1\"", command);
    struct kept_signals kept;
    leave();
    rescue_stderr_end();
    give_signals(&kept); /* before there is a program that a ^C could be meant for */
    bool ok = start_shell(script, argument, &child, err);
    if (ok)
        wait_for(child, status);
    take_signals_back(&kept);
    if (ok)
        *status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    rescue_stderr_begin();
    enter();
    free(script);
    return ok;
}

/* ---- output ---- */

void term_show(const struct grid *grid)
{
    buf_clear(&term.out);
    painter_frame(&term.painter, grid, &term.out);
    term.n_frames += term.out.len > 0;
    term.n_writes += send(term.out.data, term.out.len);
}

void term_repaint(void)
{
    painter_forget(&term.painter);
}

bool term_is_testing(void)
{
    return term.testing;
}

void term_test_signal(bool busy, int timeout_ms)
{
    char text[80];
    int n = snprintf(text, sizeof text, "\033]777;%s;%u;%d;%u;%u\a", busy ? "busy" : "idle",
                     term.n_pings, timeout_ms, term.n_frames, term.n_writes);
    send(text, (size_t)n);
}

void term_test_error(const char *text)
{
    if (!term.open || !term.testing)
        return;
    char *signal = mem_printf("\033]777;error;%s\a", text);
    for (char *c = signal + 2; c[1]; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    send(signal, strlen(signal));
    free(signal);
}

void term_test_ping(void)
{
    term.n_pings++;
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
    struct buf code, out;
    buf_init(&code);
    buf_init(&out);
    add_base64(&code, (const unsigned char *)text, n);
    /* tmux passes one of the two on: the first with allow-passthrough, else with set-clipboard. */
    if (tmux && *tmux)
        buf_addf(&out, "\033Ptmux;\033\033]52;c;%s\a\033\\", code.data);
    buf_addf(&out, "\033]52;c;%s\a", code.data);
    buf_release(&code);
    send(out.data, out.len);
    buf_release(&out);
    return true;
}
