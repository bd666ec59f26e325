/* What `rote bench screens` runs beside the screens: the program itself, once, and a training run
 * that goes on meanwhile. Contract in bench_screens.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/run/folder.h"
#include "analysis/run/queue.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/cli/bench_screens.h"

static const char training[] = "bench-training";

/* ---- the program, once ---- */

static pid_t spawn(const char *const *argv, int out, int errors)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(out >= 0 ? out : null, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Errors go to a file, so that neither of two pipes has to be read while the other is full. */
static bool start(const char *const *argv, struct buf *out, FILE *errors, int *status)
{
    int ends[2] = {-1, -1};
    char piece[4096];
    if (out && pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = spawn(argv, ends[1], fileno(errors));
    if (out)
        close(ends[1]);
    for (ssize_t n; child > 0 && out && (n = read(ends[0], piece, sizeof piece)) > 0;)
        buf_add(out, piece, (size_t)n);
    if (out)
        close(ends[0]);
    return child > 0 && waitpid(child, status, 0) == child;
}

bool screens_aside(const char *const *argv, struct buf *out, struct error *err)
{
    int status = 1;
    FILE *errors = tmpfile();
    if (!errors || !start(argv, out, errors, &status)) {
        error_set_errno(err, errno, "%s cannot be started", argv[0]);
        if (errors)
            fclose(errors);
        return false;
    }
    char said[512];
    rewind(errors);
    said[fread(said, 1, sizeof said - 1, errors)] = '\0';
    said[strcspn(said, "\n")] = '\0';
    fclose(errors);
    return status == 0 ||
           error_set(err, ERROR_STATE, "rote %s failed: %s", argv[3], said[0] ? said : "no word");
}

/* ---- a training run ---- */

struct screens_training {
    char *self, *ws_dir, *run_dir;
    struct workspace *ws;
};

static bool tell(const struct screens_training *t, const char *what, struct error *err)
{
    const char *argv[] = {t->self, "-w", t->ws_dir, "runs", what, training, "--yes", NULL};
    return screens_aside(argv, NULL, err);
}

/* True while it has not ended; then *err says how it did. */
static bool is_alive(const struct screens_training *t, struct error *err)
{
    struct run_info info;
    if (!queue_ingest(t->ws, err) || !run_find(t->ws, training, &info, err))
        return false;
    bool alive = strcmp(info.state, "queued") == 0 || strcmp(info.state, "running") == 0;
    if (!alive)
        error_set(err, ERROR_STATE, "the training run is %s: %s", info.state,
                  info.error[0] ? info.error : "no reason given");
    run_info_release(&info);
    return alive;
}

static bool find_folder(struct screens_training *t, struct error *err)
{
    struct run_info info;
    if (!run_find(t->ws, training, &info, err))
        return false;
    t->run_dir = workspace_run_dir(t->ws, info.id);
    run_info_release(&info);
    return true;
}

static bool await_first_step(const struct screens_training *t, double patience,
                             struct progress *progress, struct error *err)
{
    enum { LOOK_US = 50000 };
    double began = clock_monotonic_seconds();
    int64_t step = 0;
    while (step == 0) {
        if (!is_alive(t, err) || !progress_at(progress, "training begins", 0, 0, "steps", err))
            return false;
        if (clock_monotonic_seconds() - began > patience)
            return error_set(err, ERROR_STATE, "the training run made no step within %.0f seconds",
                             patience);
        usleep(LOOK_US);
        run_steps_read(t->run_dir, &step, &(double){0});
    }
    return true;
}

static void release(struct screens_training *t)
{
    workspace_close(t->ws);
    free(t->self);
    free(t->ws_dir);
    free(t->run_dir);
    free(t);
}

struct screens_training *screens_training_begin(const char *self, const char *dir, double patience,
                                                struct progress *progress, struct error *err)
{
    const char *const train[] = {self,       "-w",     dir,      "train", "--model",    "sasrec",
                                 "--detach", "--name", training, "--set", "epochs=500", NULL};
    struct screens_training *t = mem_zalloc(1, sizeof *t);
    t->self = mem_strdup(self);
    t->ws_dir = mem_strdup(dir);
    tell(t, "cancel", NULL); /* what a benchmark that was killed left behind */
    tell(t, "delete", NULL);
    bool ok = screens_aside(train, NULL, err);
    t->ws = ok ? workspace_open(dir, WORKSPACE_READ_WRITE, err) : NULL;
    if (t->ws && find_folder(t, err) && await_first_step(t, patience, progress, err))
        return t;
    if (ok) {
        tell(t, "cancel", NULL);
        tell(t, "delete", NULL);
    }
    release(t);
    return NULL;
}

bool screens_training_steps(const struct screens_training *t, int64_t *steps, struct error *err)
{
    double seconds;
    run_steps_read(t->run_dir, steps, &seconds);
    return is_alive(t, err);
}

bool screens_training_end(struct screens_training *t, struct error *err)
{
    bool ok = tell(t, "cancel", err) && tell(t, "delete", err);
    release(t);
    return ok;
}
