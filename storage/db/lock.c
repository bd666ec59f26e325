#include "storage/db/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace_files.h"

static const double PATIENCE_SECONDS = 5;

/* Some network file systems have no locks; there the user is on his own. */
static bool take(int fd, int how)
{
    return flock(fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool lock_shared(const char *dir, int *fd, struct error *err)
{
    char *path = path_join(dir, WORKSPACE_LOCK);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) { /* only beside a database: asking about an empty folder leaves it empty */
        char *db = path_join(dir, WORKSPACE_DB);
        if (file_exists(db))
            *fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0666);
        free(db);
    }
    free(path);
    if (*fd < 0)
        return true;
    double until = clock_monotonic_seconds() + PATIENCE_SECONDS;
    while (!take(*fd, LOCK_SH)) {
        if (clock_monotonic_seconds() > until) {
            lock_release(*fd);
            *fd = -1;
            return error_set(err, ERROR_STATE,
                             "the workspace %s is being replaced by another rote; try again", dir);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    return true;
}

bool lock_alone(const char *dir, int *fd, struct error *err)
{
    char *path = path_join(dir, WORKSPACE_LOCK);
    *fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0666);
    bool ok = *fd >= 0 || error_set_errno(err, errno, "cannot write %s", path);
    free(path);
    if (ok && !take(*fd, LOCK_EX)) {
        lock_release(*fd);
        *fd = -1;
        ok = error_set(err, ERROR_STATE,
                       "the workspace %s is open in another rote; close it there and try again",
                       dir);
    }
    return ok;
}

bool lock_import(const char *dir, int *fd, struct error *err)
{
    char *path = path_join(dir, WORKSPACE_IMPORT);
    bool ok;
    for (;;) {
        ok = dir_make(path, err);
        *fd = ok ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        if (!ok || (*fd < 0 && errno != ENOENT))
            break;
        struct stat ours, there;
        if (*fd >= 0 && !take(*fd, LOCK_EX))
            break;
        /* The import that held it may have removed it meanwhile: then it is not the one there. */
        if (*fd >= 0 && fstat(*fd, &ours) == 0 && stat(path, &there) == 0 &&
            ours.st_ino == there.st_ino) {
            free(path);
            return true;
        }
        lock_release(*fd);
    }
    if (ok && *fd < 0)
        error_set_errno(err, errno, "cannot open %s", path);
    else if (ok)
        error_set(err, ERROR_STATE, "another import into %s is running", dir);
    lock_release(*fd);
    *fd = -1;
    free(path);
    return false;
}

void lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
