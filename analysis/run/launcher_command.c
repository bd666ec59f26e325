/*
 * An external trainer: a keeper process, which ends everything below it when the worker is gone, a
 * shell below that, and a pipe from which the worker reads lines.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/run/exchange.h"
#include "analysis/run/folder.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum {
    STOP_SECONDS = 5,
    POLL_MS = 100,
    LOG_LINES = 3,
    LINE_BYTES = 1 << 20,
    ABOVE = 16,
};

struct trainer_process {
    const struct launch_work *work;
    const char *command, *directory; /* for the shell */
    pid_t keeper;                    /* also its process group */
    int log, lines;                  /* worker.log; the read end of the pipe, -1 once it is shut */
    struct buf line;                 /* begun, not ended */
    bool skip;                       /* the rest of a line that is too long */
    double began, asked;             /* when it was asked to stop; 0: it was not */
};

/* ---- below the worker ---- */

static void end_group(int signo)
{
    (void)signo;
    kill(0, SIGKILL);
}

static void hear_nothing(int signo)
{
    (void)signo;
}

static void on_signal(int signo, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(signo, &action, NULL);
}

/* Into the log. System calls only. */
static void say(const char *text)
{
    size_t n = strlen(text);
    if (write(STDERR_FILENO, text, n) != (ssize_t)n)
        return; /* the log is for looking at */
}

static void become_command(const struct trainer_process *t)
{
    static const int back[] = {SIGHUP, SIGTERM, SIGINT, SIGXFSZ, SIGPIPE};
    for (size_t i = 0; i < ARRAY_LEN(back); i++)
        on_signal(back[i], SIG_DFL);
    if (chdir(t->directory) == 0)
        execl("/bin/sh", "sh", "-c", t->command, (char *)NULL);
    say("rote: cannot run a command in the folder ");
    say(t->directory);
    say("\n");
    _exit(127);
}

/* Waits for the command and ends as it did. The signals of its group are for the command; SIGHUP
 * comes from the kernel when the worker dies. System calls only: the worker may have threads. */
static void keep(const struct trainer_process *t, pid_t worker, int null, int out)
{
    on_signal(SIGTERM, hear_nothing);
    on_signal(SIGINT, hear_nothing);
    on_signal(SIGHUP, end_group);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (getppid() != worker)
        _exit(1);
    /* Out of the way of 0 .. 2 first. The worker's locks stay the worker's. */
    null = fcntl(null, F_DUPFD, ABOVE);
    out = fcntl(out, F_DUPFD, ABOVE);
    int log = fcntl(t->log, F_DUPFD, ABOVE);
    if (dup2(null, 0) != 0 || dup2(out, 1) != 1 || dup2(log, 2) != 2)
        _exit(1);
    close_range(3, ~0U, 0);
    pid_t child = fork();
    if (child == 0)
        become_command(t);
    close(0);
    close(1);
    int status = 1 << 8;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) {
        on_signal(WTERMSIG(status), SIG_DFL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

static bool start(struct trainer_process *t, struct error *err)
{
    int ends[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t self = getpid();
    if (null < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        error_set_errno(err, errno, "cannot start the command");
        if (null >= 0)
            close(null);
        return false;
    }
    t->keeper = fork();
    if (t->keeper == 0)
        keep(t, self, null, ends[1]);
    int why = errno;
    close(null);
    close(ends[1]);
    t->lines = ends[0];
    fcntl(t->lines, F_SETFL, O_NONBLOCK);
    if (t->keeper > 0)
        setpgid(t->keeper, t->keeper); /* whoever is first */
    return t->keeper > 0 || error_set_errno(err, why, "cannot start the command");
}

/* ---- what it says ---- */

static void write_log(const struct trainer_process *t, const char *bytes, size_t n)
{
    if (n > 0 && write(t->log, bytes, n) != (ssize_t)n)
        return; /* the log is for looking at */
}

static void show_epoch(const struct trainer_process *t, const struct jval *o)
{
    struct run_progress *p = t->work->shown;
    p->epoch = (int32_t)jval_int(jval_get(o, "epoch"), 0);
    p->epochs = (int32_t)jval_int(jval_get(o, "epochs"), p->epochs);
    p->loss = jval_real(jval_get(o, "loss"), NAN);
    p->recall10 = jval_real(jval_get(o, "recall@10"), NAN);
    p->ndcg10 = jval_real(jval_get(o, "ndcg@10"), NAN);
    p->one_hop = jval_real(jval_get(o, "one_hop"), NAN);
    p->extraction = jval_real(jval_get(o, "extraction"), NAN);
    snprintf(p->what, sizeof p->what, "training");
    p->share = p->epochs > 0 ? (double)p->epoch / p->epochs : (double)NAN;
    p->eta_seconds = (double)NAN;
    run_progress_write(t->work->dir, p, NULL); /* only for looking at */
}

/* A finished epoch becomes an event, once; everything else goes to the log. */
static bool take_line(struct trainer_process *t, const char *line, size_t n, struct error *err)
{
    struct jval *o = n > 0 && line[0] == '{' ? jval_parse(line, n, NULL) : NULL;
    int64_t epoch = jval_int(jval_get(o, "epoch"), 0);
    if (epoch < 1 || epoch > INT32_MAX || epoch <= run_log_last_epoch(t->work->log)) {
        jval_free(o);
        write_log(t, line, n);
        write_log(t, "\n", 1);
        return true;
    }
    if (!jval_get(o, "seconds"))
        jval_put_real(o, "seconds", clock_monotonic_seconds() - t->began);
    show_epoch(t, o);
    return run_log_add(t->work->log, "epoch", o, err);
}

static bool take_bytes(struct trainer_process *t, const char *bytes, size_t n, struct error *err)
{
    for (const char *end = bytes + n; bytes < end;) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t part = (size_t)((newline ? newline : end) - bytes);
        if (!t->skip)
            buf_add(&t->line, bytes, part);
        if (newline || t->line.len > LINE_BYTES) {
            if (!t->skip && !take_line(t, t->line.data, t->line.len, err))
                return false;
            t->skip = !newline;
            buf_clear(&t->line);
        }
        bytes += part + (newline ? 1 : 0);
    }
    return true;
}

/* What is there now, for so long: a command may say more than can be read. */
static bool read_lines(struct trainer_process *t, double seconds, struct error *err)
{
    char bytes[65536];
    double until = clock_monotonic_seconds() + seconds;
    while (t->lines >= 0 && clock_monotonic_seconds() <= until) {
        ssize_t n = read(t->lines, bytes, sizeof bytes);
        if (n > 0) {
            if (!take_bytes(t, bytes, (size_t)n, err))
                return false;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else {
            if (n == 0 || errno != EAGAIN) {
                close(t->lines);
                t->lines = -1;
            }
            return true;
        }
    }
    return true;
}

/* ---- following it ---- */

static bool has_ended(const struct trainer_process *t)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)t->keeper, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

/* The parent of a process; 0: it is gone. */
static pid_t parent_of(const char *pid)
{
    struct buf text;
    long parent = 0;
    buf_init(&text);
    char *path = mem_printf("/proc/%s/stat", pid);
    /* "12 (a name) S 11 …": the name may hold anything */
    const char *end = file_read(path, 4096, &text, NULL) ? strrchr(text.data, ')') : NULL;
    if (!end || sscanf(end, ") %*c %ld", &parent) != 1)
        parent = 0;
    free(path);
    buf_release(&text);
    return (pid_t)parent;
}

static void kill_children(void)
{
    DIR *proc = opendir("/proc");
    for (struct dirent *e; proc && (e = readdir(proc));)
        if (isdigit((unsigned char)e->d_name[0]) && parent_of(e->d_name) == getpid())
            kill((pid_t)atol(e->d_name), SIGKILL);
    if (proc)
        closedir(proc);
}

/* Waits a moment for a child to end. False: there is none. */
static bool one_gone(int *status)
{
    pid_t gone = waitpid(-1, status, WNOHANG);
    if (gone == 0)
        poll(NULL, 0, 5);
    return gone >= 0 || errno == EINTR;
}

/* Whatever the command left running goes with it: first its group, then what left the group, which
 * has become the worker's own child (a subreaper is the parent of orphans below it). Until they are
 * waited for their numbers cannot be others'. */
static int clear_away(const struct trainer_process *t)
{
    int status = 0, unused;
    kill(-t->keeper, SIGKILL);
    while (waitpid(t->keeper, &status, 0) < 0 && errno == EINTR)
        ;
    double until = clock_monotonic_seconds() + STOP_SECONDS;
    do
        kill_children(); /* and then those of the ones that have gone */
    while (one_gone(&unused) && clock_monotonic_seconds() < until);
    return status;
}

/* Passes the wish to stop on, and insists after a while. True: the user wants it to stop. */
static bool pass_on_cancel(struct trainer_process *t, struct error *err)
{
    const struct run_progress *p = t->work->shown;
    if (progress_at(t->work->progress, "training", p->epoch, p->epochs, "epochs", err))
        return false;
    double now = clock_monotonic_seconds();
    if (t->asked == 0) {
        t->asked = now;
        kill(-t->keeper, SIGTERM);
    } else if (now - t->asked > STOP_SECONDS) {
        kill(-t->keeper, SIGKILL);
    }
    return true;
}

static bool ended_well(const struct trainer_process *t, int status, struct error *err)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    struct buf said;
    buf_init(&said);
    run_log_tail(t->work->dir, LOG_LINES, " / ", &said);
    if (WIFSIGNALED(status))
        error_set(err, ERROR_STATE, "the command was ended by signal %d (%s)%s%s", WTERMSIG(status),
                  strsignal(WTERMSIG(status)), said.len ? "; it last said: " : "", said.data);
    else
        error_set(err, ERROR_STATE, "the command ended with status %d%s%s", WEXITSTATUS(status),
                  said.len ? "; it last said: " : "", said.data);
    buf_release(&said);
    return false;
}

static bool follow(struct trainer_process *t, struct error *err)
{
    struct error why = {0};
    bool ok = true, cancelled = false, ended = false;
    while (ok && !ended) {
        struct pollfd p = {.fd = t->lines, .events = POLLIN};
        poll(&p, 1, POLL_MS); /* without the pipe: a pause */
        cancelled = pass_on_cancel(t, &why) || cancelled;
        ended = has_ended(t);
        ok = read_lines(t, POLL_MS / 1000.0, err);
    }
    int status = clear_away(t);
    if (ok) /* nobody writes any more: the rest of what is in the pipe */
        ok = read_lines(t, HUGE_VAL, err);
    if (ok && t->line.len > 0)
        ok = take_line(t, t->line.data, t->line.len, err);
    if (ok && cancelled)
        ok = error_set(err, ERROR_CANCELLED, "%s", why.text);
    return ok && ended_well(t, status, err);
}

static bool run_command(const struct launch_work *w, const char *exchange, struct error *err)
{
    char *log = path_join(w->dir, "worker.log"), *command = exchange_command(w->job, exchange);
    struct trainer_process t = {.work = w,
                                .command = command,
                                .directory = w->job->directory,
                                .log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666),
                                .lines = -1,
                                .began = clock_monotonic_seconds()};
    buf_init(&t.line);
    setenv("ROTE_EXCHANGE", exchange, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    bool ok = t.log >= 0 || error_set_errno(err, errno, "cannot write %s", log);
    ok = ok && start(&t, err) && follow(&t, err);
    if (t.lines >= 0)
        close(t.lines);
    if (t.log >= 0)
        close(t.log);
    buf_release(&t.line);
    free(command);
    free(log);
    return ok;
}

bool launcher_work_command(const struct launch_work *w, struct jval *end, struct error *err)
{
    char *full = realpath(w->dir, NULL);
    if (!full)
        return error_set_errno(err, errno, "cannot find %s", w->dir);
    char *exchange = path_join(full, "exchange"),
         *does = mem_printf("command: %s", w->job->command);
    double began = clock_monotonic_seconds();
    struct jval *o = jval_new_object();
    jval_put_string(o, "kernel", does);
    jval_put_int(o, "from_epoch", run_log_last_epoch(w->log));
    bool ok = run_log_add(w->log, "start", o, err) && exchange_write(w, exchange, err) &&
              run_command(w, exchange, err);
    jval_put_real(end, "seconds", clock_monotonic_seconds() - began);
    ok = ok && exchange_read(w, exchange, end, err);
    free(does);
    free(exchange);
    free(full);
    return ok;
}
