#include "tui/cli/bench_pty.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/base/clock.h"

enum { ROWS = 24, COLS = 80, CLOSING_MS = 5000 };

/* "idle;0;-1;1;1\a", "busy;…\a" or "error;some text\a" follows. */
static const char signal_start[] = "\033]777;";

bool bench_pty_start(struct bench_pty *p, const char *const *argv, struct error *err)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    *p = (struct bench_pty){.fd = -1};
    p->pid = forkpty(&p->fd, NULL, NULL, &size);
    if (p->pid < 0)
        return error_set_errno(err, errno, "no pseudo terminal can be had");
    if (p->pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("ROTE_TEST_SYNC", "1", 1);
        unsetenv("NO_COLOR");
        unsetenv("LINES");
        unsetenv("COLUMNS");
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return true;
}

/* A byte of a signal behind its start. */
static void take_signal(struct bench_pty *p, char byte)
{
    size_t at = p->matched - (sizeof signal_start - 1), text = sizeof "error;" - 1;
    if (at == 0) {
        p->kind = byte;
        p->idle += byte == 'i';
        p->busy += byte == 'b';
        p->error[0] = byte == 'e' ? '\0' : p->error[0];
    }
    if (p->kind == 'e' && byte != '\a' && at >= text && at - text + 1 < sizeof p->error) {
        p->error[at - text] = byte;
        p->error[at - text + 1] = '\0';
    }
}

/* Counts bytes and signals; the letter behind the start tells which. */
static void take(struct bench_pty *p, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t start = sizeof signal_start - 1;
        bool goes_on = p->matched >= start || bytes[i] == signal_start[p->matched];
        p->bytes++;
        if (!goes_on) {
            p->matched = bytes[i] == signal_start[0];
            continue;
        }
        if (p->matched >= start)
            take_signal(p, bytes[i]);
        p->matched++;
        if (bytes[i] == '\a') {
            p->bytes -= (int64_t)p->matched;
            p->matched = 0;
        }
    }
}

/* One read; 0: the program has ended. */
static ssize_t read_some(struct bench_pty *p)
{
    char bytes[65536];
    ssize_t n = read(p->fd, bytes, sizeof bytes);
    if (n > 0)
        take(p, bytes, (size_t)n);
    return n > 0 ? n : errno == EINTR ? 1 : 0;
}

static int ready(const struct bench_pty *p, int ms)
{
    return poll(&(struct pollfd){.fd = p->fd, .events = POLLIN}, 1, ms);
}

bool bench_pty_drain(struct bench_pty *p)
{
    while (ready(p, 0) > 0)
        if (read_some(p) == 0)
            return false;
    return true;
}

double bench_pty_send(struct bench_pty *p, const char *keys)
{
    double now = clock_monotonic_seconds();
    size_t n = strlen(keys);
    if (write(p->fd, keys, n) != (ssize_t)n)
        return -1; /* the wait that follows finds it ended */
    return now;
}

bool bench_pty_wait(struct bench_pty *p, bool idle, double since, double patience, double *seconds,
                    struct error *err)
{
    enum { LOOK_MS = 50 };
    int64_t idles = p->idle, signals = p->idle + p->busy;
    while (idle ? p->idle == idles : p->idle + p->busy == signals) {
        double spent = clock_monotonic_seconds() - since;
        if (spent > patience)
            return error_set(err, ERROR_STATE, "the screens did not answer within %.0f seconds",
                             patience);
        int n = ready(p, LOOK_MS);
        if (n == 0)
            bench_pty_anonymous(p);
        if (n > 0 && read_some(p) == 0)
            return error_set(err, ERROR_STATE, "the screens ended unexpectedly");
    }
    if (seconds)
        *seconds = clock_monotonic_seconds() - since;
    return true;
}

/* The number behind `key` in a /proc file; -1: not there. */
static int64_t proc_number(const char *path, const char *key)
{
    char line[256];
    long long value = -1;
    FILE *f = fopen(path, "re");
    while (f && value < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            value = atoll(line + strlen(key));
    if (f)
        fclose(f);
    return value;
}

int64_t bench_pty_switches(const struct bench_pty *p)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", (int)p->pid);
    DIR *tasks = opendir(path);
    int64_t sum = tasks ? 0 : -1;
    for (struct dirent *e; tasks && (e = readdir(tasks));) {
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", (int)p->pid, e->d_name);
        int64_t n = e->d_name[0] == '.' ? 0 : proc_number(path, "voluntary_ctxt_switches:");
        sum += n > 0 ? n : 0;
    }
    if (tasks)
        closedir(tasks);
    return sum;
}

double bench_pty_cpu_ms(const struct bench_pty *p)
{
    char path[64];
    long long ns = -1;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)p->pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%lld", &ns) != 1)
        ns = -1;
    if (f)
        fclose(f);
    return ns < 0 ? -1 : (double)ns * 1e-6;
}

int64_t bench_pty_anonymous(struct bench_pty *p)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int)p->pid);
    int64_t bytes = proc_number(path, "RssAnon:") * 1024;
    p->anonymous = bytes > p->anonymous ? bytes : p->anonymous;
    return bytes;
}

void bench_pty_close(struct bench_pty *p)
{
    enum { STEP_MS = 50 };
    if (p->pid <= 0)
        return;
    bench_pty_send(p, "Q");
    int waited = 0, status;
    while (waitpid(p->pid, &status, WNOHANG) == 0) {
        if (ready(p, STEP_MS) > 0 && read_some(p) == 0)
            usleep(STEP_MS * 1000);
        waited += STEP_MS;
        if (waited == CLOSING_MS)
            kill(p->pid, SIGKILL);
    }
    close(p->fd);
    *p = (struct bench_pty){.fd = -1};
}
