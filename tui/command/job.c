#include "tui/command/job.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"

/* Progress is shown at most this often; between two showings a job costs the screen nothing. */
static const double progress_seconds = 0.1;

struct job {
    struct job *next;
    struct jobs *owner;
    uint64_t id;
    char *name;
    struct job_spec spec;
    pthread_t thread;
    bool threaded;
    double started;
    struct progress progress;
    atomic_bool ended;
    bool ok;
    struct error err;
    pthread_mutex_t lock; /* of the fields below, written by the job's thread */
    double done, total, reported;
};

struct jobs {
    struct job *first; /* newest first */
    uint64_t last_id;
    int fd;
    bool held; /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t let_go;
};

static void poke(struct jobs *jobs)
{
    uint64_t one = 1;
    ssize_t written = write(jobs->fd, &one, sizeof one);
    (void)written; /* it fails only when the counter is full, and then the reader is awake */
}

static void report(void *context, const char *what, double done, double total, const char *unit)
{
    (void)what;
    (void)unit;
    struct job *job = context;
    double now = clock_monotonic_seconds();
    pthread_mutex_lock(&job->lock);
    bool show = now - job->reported >= progress_seconds;
    if (show)
        job->reported = now;
    job->done = done;
    job->total = total;
    pthread_mutex_unlock(&job->lock);
    if (show)
        poke(job->owner);
}

static void *run(void *context)
{
    struct job *job = context;
    pthread_mutex_lock(&job->owner->lock);
    while (job->owner->held)
        pthread_cond_wait(&job->owner->let_go, &job->owner->lock);
    pthread_mutex_unlock(&job->owner->lock);
    job->ok = job->spec.work(job->spec.context, &job->progress, &job->err);
    atomic_store(&job->ended, true);
    poke(job->owner);
    return NULL;
}

struct jobs *jobs_new(void)
{
    struct jobs *jobs = mem_zalloc(1, sizeof *jobs);
    jobs->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->let_go, NULL);
    return jobs;
}

void jobs_hold(struct jobs *jobs, bool held)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->held = held;
    pthread_cond_broadcast(&jobs->let_go);
    pthread_mutex_unlock(&jobs->lock);
}

uint64_t jobs_start(struct jobs *jobs, const struct job_spec *spec)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    job->owner = jobs;
    job->id = ++jobs->last_id;
    job->name = mem_strdup(spec->name);
    job->spec = *spec;
    job->started = job->reported = clock_monotonic_seconds();
    job->progress.report = report;
    job->progress.context = job;
    pthread_mutex_init(&job->lock, NULL);
    job->next = jobs->first;
    jobs->first = job;
    /* Signals are the drawing thread's business. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    job->threaded = pthread_create(&job->thread, NULL, run, job) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!job->threaded)
        run(job);
    return job->id;
}

void jobs_cancel(struct jobs *jobs, uint64_t id)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (job->id == id)
            atomic_store(&job->progress.cancel, true);
}

void jobs_cancel_of(struct jobs *jobs, uint64_t owner, const void *question)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (owner > 0 && job->spec.owner == owner && !(job->spec.flags & JOB_WRITES) &&
            (!question || job->spec.question == question))
            atomic_store(&job->progress.cancel, true);
}

bool jobs_cancel_newest(struct jobs *jobs)
{
    for (struct job *job = jobs->first; job; job = job->next)
        if (!(job->spec.flags & JOB_QUIET) && !atomic_load(&job->ended) &&
            !atomic_load(&job->progress.cancel)) {
            atomic_store(&job->progress.cancel, true);
            return true;
        }
    return false;
}

int jobs_fd(const struct jobs *jobs)
{
    return jobs->fd;
}

static void finish(struct job *job)
{
    if (job->threaded)
        pthread_join(job->thread, NULL);
    job->spec.done(job->spec.context, job->ok, &job->err);
    pthread_mutex_destroy(&job->lock);
    free(job->name);
    free(job);
}

/* Takes one ended job out of the list; oldest first, so that results arrive in order. */
static struct job *take_ended(struct jobs *jobs)
{
    struct job **found = NULL;
    for (struct job **at = &jobs->first; *at; at = &(*at)->next)
        if (atomic_load(&(*at)->ended))
            found = at;
    if (!found)
        return NULL;
    struct job *job = *found;
    *found = job->next;
    return job;
}

bool jobs_collect(struct jobs *jobs)
{
    uint64_t count;
    bool any = read(jobs->fd, &count, sizeof count) == (ssize_t)sizeof count;
    for (struct job *job; (job = take_ended(jobs)); any = true)
        finish(job); /* `done` may start further jobs */
    return any;
}

size_t jobs_running(const struct jobs *jobs)
{
    size_t n = 0;
    for (const struct job *job = jobs->first; job; job = job->next)
        n++;
    return n;
}

bool jobs_writing(const struct jobs *jobs)
{
    for (const struct job *job = jobs->first; job; job = job->next)
        if ((job->spec.flags & JOB_WRITES) && !atomic_load(&job->ended))
            return true;
    return false;
}

void jobs_wait(struct jobs *jobs)
{
    while (jobs->first)
        if (!jobs_collect(jobs))
            poll(&(struct pollfd){.fd = jobs->fd, .events = POLLIN}, 1, -1);
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    jobs_hold(jobs, false);
    while (jobs->first) {
        for (struct job *job = jobs->first; job; job = job->next)
            atomic_store(&job->progress.cancel, true);
        if (!jobs_collect(jobs))
            poll(&(struct pollfd){.fd = jobs->fd, .events = POLLIN}, 1, -1);
    }
    close(jobs->fd);
    pthread_cond_destroy(&jobs->let_go);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

static void add_seconds(struct buf *out, double seconds)
{
    if (seconds < 90)
        buf_addf(out, " %.0f s left", seconds);
    else if (seconds < 5400)
        buf_addf(out, " %.0f m left", seconds / 60);
    else
        buf_addf(out, " %.1f h left", seconds / 3600);
}

static void job_status(struct job *job, struct buf *out)
{
    pthread_mutex_lock(&job->lock);
    double done = job->done, total = job->total;
    pthread_mutex_unlock(&job->lock);
    buf_adds(out, job->name);
    if (atomic_load(&job->progress.cancel)) {
        buf_adds(out, " stopping");
        return;
    }
    if (!(total > 0) || !(done > 0))
        return;
    double share = done < total ? done / total : 1;
    double spent = clock_monotonic_seconds() - job->started;
    buf_addf(out, " %.0f %%", share * 100);
    if (spent > 1)
        add_seconds(out, spent / share * (1 - share));
}

void jobs_status(struct jobs *jobs, struct buf *out)
{
    size_t start = out->len;
    for (struct job *job = jobs->first; job; job = job->next) {
        if (job->spec.flags & JOB_QUIET)
            continue;
        if (out->len > start)
            buf_adds(out, ", ");
        job_status(job, out);
    }
}
