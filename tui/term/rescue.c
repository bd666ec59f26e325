/*
 * Giving the terminal back on every way out. Only async-signal-safe calls are used in handlers:
 * write, tcsetattr, dup2, read, sigaction, raise.
 */
#include "tui/term/term_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT, SIGTRAP};
static const int event_signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT};
enum { N_FATAL = sizeof fatal_signals / sizeof fatal_signals[0] };

static struct {
    volatile sig_atomic_t active;
    char restore[256];
    size_t restore_len;
    struct termios modes;
    int real_stderr, stderr_read;
    int signal_read, signal_write;
    bool installed;
    struct sigaction before[N_FATAL];
    char stack[64 * 1024]; /* for handlers: the normal one may be what overflowed */
} rescue = {.real_stderr = -1, .stderr_read = -1, .signal_read = -1, .signal_write = -1};

static void write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

/* ---- stderr ---- */

void rescue_stderr_begin(void)
{
    int fds[2];
    if (rescue.stderr_read >= 0 || !isatty(STDERR_FILENO) || pipe2(fds, O_CLOEXEC) != 0)
        return;
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    fcntl(fds[1], F_SETFL, O_NONBLOCK); /* rather lose a line than stop a thread */
    rescue.real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    rescue.stderr_read = fds[0];
}

void rescue_stderr_end(void)
{
    if (rescue.stderr_read < 0)
        return;
    dup2(rescue.real_stderr, STDERR_FILENO);
    char bytes[1024];
    for (ssize_t n; (n = read(rescue.stderr_read, bytes, sizeof bytes)) > 0;)
        write_all(STDERR_FILENO, bytes, (size_t)n);
    close(rescue.stderr_read);
    close(rescue.real_stderr);
    rescue.stderr_read = rescue.real_stderr = -1;
}

int rescue_stderr_fd(void)
{
    return rescue.stderr_read;
}

/* ---- the terminal ---- */

void rescue_begin(const char *restore, size_t n)
{
    rescue.restore_len = n < sizeof rescue.restore ? n : sizeof rescue.restore;
    memcpy(rescue.restore, restore, rescue.restore_len);
    rescue.active = 1;
}

void rescue_end(void)
{
    rescue.active = 0;
}

void rescue_now(void)
{
    if (!rescue.active)
        return;
    rescue.active = 0;
    write_all(STDOUT_FILENO, rescue.restore, rescue.restore_len);
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
    rescue_stderr_end();
}

/* Digits of a small number, for a handler that may not call printf. */
static void crash_message(int signal)
{
    char text[] =
        "rote: crashed with signal 00 (version " ROTE_VERSION "); the terminal has been restored\n";
    char *digits = strchr(text, '0');
    digits[0] = (char)('0' + signal / 10 % 10);
    digits[1] = (char)('0' + signal % 10);
    write_all(STDERR_FILENO, text, sizeof text - 1);
}

static void on_fatal(int signal)
{
    rescue_now();
    crash_message(signal);
    for (int i = 0; i < N_FATAL; i++)
        if (fatal_signals[i] == signal)
            sigaction(signal, &rescue.before[i], NULL);
    raise(signal);
}

/* ---- signals that are events ---- */

static void on_event(int signal)
{
    int saved = errno;
    char byte = (char)signal;
    ssize_t done = write(rescue.signal_write, &byte, 1);
    (void)done; /* a full pipe holds enough signals already */
    errno = saved;
}

bool rescue_signals_begin(void)
{
    tcgetattr(STDIN_FILENO, &rescue.modes);
    if (rescue.installed)
        return true;
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    rescue.signal_read = fds[0];
    rescue.signal_write = fds[1];
    sigaltstack(&(stack_t){.ss_sp = rescue.stack, .ss_size = sizeof rescue.stack}, NULL);
    struct sigaction fatal = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK | SA_NODEFER};
    for (int i = 0; i < N_FATAL; i++)
        sigaction(fatal_signals[i], &fatal, &rescue.before[i]);
    struct sigaction event = {.sa_handler = on_event, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof event_signals / sizeof event_signals[0]; i++)
        sigaction(event_signals[i], &event, NULL);
    signal(SIGPIPE, SIG_IGN);
    rescue.installed = true;
    return true;
}

int rescue_signal_fd(void)
{
    return rescue.signal_read;
}

void rescue_stop_here(void)
{
    struct sigaction stop = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGTSTP, &stop, &before);
    kill(0, SIGTSTP); /* the whole group, so that a script that started rote stops too */
    sigaction(SIGTSTP, &before, NULL);
}
