/* Starts a worker on this machine. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/run/launcher.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

struct launch {
    const char *program;
    char *const *argv;
    int null, log, lock; /* what becomes 0, 1 and 2, and LOCK_FD */
    int report;          /* where the reason goes when the program cannot be started */
};

enum { LOCK_FD = 3, ABOVE = 16 };

/* In the child of a fork, perhaps of a program with many threads: system calls only. */
static void become_worker(const struct launch *l)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    pid_t worker = fork(); /* adopted by init: nobody has to wait for it */
    if (worker != 0)
        _exit(worker < 0);
    setpgid(0, 0);
    /* Out of the way of 0 .. LOCK_FD first. */
    int null = fcntl(l->null, F_DUPFD_CLOEXEC, ABOVE), log = fcntl(l->log, F_DUPFD_CLOEXEC, ABOVE);
    int lock = fcntl(l->lock, F_DUPFD_CLOEXEC, ABOVE);
    int report = fcntl(l->report, F_DUPFD_CLOEXEC, ABOVE);
    if (null >= 0 && log >= 0 && lock >= 0 && report >= 0 && dup2(null, 0) == 0 &&
        dup2(log, 1) == 1 && dup2(log, 2) == 2 && dup2(lock, LOCK_FD) == LOCK_FD) {
        close_range(LOCK_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        execv(l->program, l->argv);
    }
    int why = errno;
    if (report < 0 || write(report, &why, sizeof why) != sizeof why)
        _exit(2);
    _exit(1);
}

static bool fork_worker(const struct launch *l, int reports, struct error *err)
{
    pid_t child = fork();
    if (child == 0)
        become_worker(l);
    close(l->report);
    if (child < 0)
        return error_set_errno(err, errno, "cannot start a worker");
    int status, why = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (read(reports, &why, sizeof why) == sizeof why)
        return error_set_errno(err, why, "cannot start %s as a worker", l->program);
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           error_set(err, ERROR_IO, "cannot start a worker: no process can be made");
}

bool launcher_start_here(const char *dir, int lock, struct error *err)
{
    if (ftruncate(lock, 0) != 0) /* the number of a worker before it */
        return error_set_errno(err, errno, "cannot write %s/lock", dir);
    char *log = path_join(dir, "worker.log"), number[16];
    const char *other = getenv("ROTE_PROGRAM");
    snprintf(number, sizeof number, "%d", LOCK_FD);
    char *argv[] = {(char[]){"rote"}, (char[]){"worker"}, (char *)(uintptr_t)dir, number, NULL};
    struct launch l = {.program = other ? other : "/proc/self/exe",
                       .argv = argv,
                       .lock = lock,
                       .null = open("/dev/null", O_RDWR | O_CLOEXEC),
                       .log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    int ends[2];
    bool ok = (l.null >= 0 && l.log >= 0 && pipe2(ends, O_CLOEXEC) == 0) ||
              error_set_errno(err, errno, "cannot start a worker for %s", dir);
    if (ok) {
        l.report = ends[1];
        ok = fork_worker(&l, ends[0], err);
        close(ends[0]);
    }
    if (l.null >= 0)
        close(l.null);
    if (l.log >= 0)
        close(l.log);
    free(log);
    return ok;
}
