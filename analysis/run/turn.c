#include "analysis/run/turn.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "analysis/run/folder.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

/* A look opens a file for each run there is, and a queue may be long: who waits looks more and more
 * seldom. A request to stop is a signal and ends the pause. */
enum { LONGEST_PAUSE_MS = 640 };

/* Workers of older runs, waiting or working: they go first. */
static int count_older(const char *runs, int64_t own)
{
    DIR *dir = opendir(runs);
    int n = 0;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        int64_t run;
        if (!num_int64(e->d_name, strlen(e->d_name), &run) || run >= own)
            continue;
        char *path = path_join(runs, e->d_name);
        n += run_lock_held(path, "lock");
        free(path);
    }
    if (dir)
        closedir(dir);
    return n;
}

/* One of the `n` locks of the queue, or -1; *err says so only when none could be had at all. */
static int take_place(const char *runs, int n, struct error *err)
{
    for (int i = 0; i < n; i++) {
        struct error why = {0};
        char name[32] = "queue.lock";
        if (i > 0)
            snprintf(name, sizeof name, "queue-%d.lock", i);
        int fd = run_lock_take(runs, name, &why);
        if (fd >= 0)
            return fd;
        if (why.code != ERROR_STATE) {
            error_set(err, why.code, "%s", why.text);
            return -1;
        }
    }
    return -1;
}

int turn_wait(const char *dir, int64_t run, struct progress *progress, struct error *err)
{
    char *runs = path_join(dir, "..");
    int fd = -1;
    for (long pause_ms = 20;; pause_ms = pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : pause_ms) {
        struct error why = {0};
        int n = run_at_once(runs);
        if (count_older(runs, run) < n)
            fd = take_place(runs, n, &why);
        if (fd >= 0)
            break;
        if (why.code != ERROR_NONE) {
            error_set(err, why.code, "%s", why.text);
            break;
        }
        if (!progress_at(progress, "waiting", 0, 0, "", err))
            break;
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000 * 1000}, NULL); /* or a signal */
    }
    free(runs);
    return fd;
}
