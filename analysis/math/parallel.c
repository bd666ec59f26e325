#include "analysis/math/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static atomic_int threads_wanted; /* 0 = all cores */
static _Thread_local bool inside; /* this thread is running a chunk */

struct loop {
    int64_t n, chunk;
    parallel_fn fn;
    void *context;
    struct progress *progress;
    const char *what, *unit;
    atomic_llong next; /* first index not handed out */
    atomic_llong done; /* indices finished */
    atomic_bool stop;
    pthread_mutex_t lock; /* guards the two below */
    int64_t failed_at;    /* begin of the failed chunk, -1: none */
    struct error error;
};

struct member {
    struct loop *loop;
    int worker;
    pthread_t thread;
};

static int count_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > PARALLEL_MAX ? PARALLEL_MAX : n;
}

int parallel_threads(void)
{
    int wanted = atomic_load(&threads_wanted);
    return wanted > 0 ? wanted : count_cores();
}

void parallel_set_threads(int n)
{
    atomic_store(&threads_wanted, n < 0 ? 0 : n > PARALLEL_MAX ? PARALLEL_MAX : n);
}

static void fail(struct loop *loop, int64_t begin, const struct error *error)
{
    pthread_mutex_lock(&loop->lock);
    if (loop->failed_at < 0 || begin < loop->failed_at) {
        loop->failed_at = begin;
        loop->error = *error;
    }
    pthread_mutex_unlock(&loop->lock);
    atomic_store(&loop->stop, true);
}

static void work(struct loop *loop, int worker)
{
    struct error error = {0};
    while (!atomic_load(&loop->stop)) {
        int64_t begin = atomic_fetch_add(&loop->next, loop->chunk);
        if (begin >= loop->n)
            break;
        int64_t end = loop->n - begin < loop->chunk ? loop->n : begin + loop->chunk;
        if (!loop->fn(loop->context, begin, end, worker, &error)) {
            fail(loop, begin, &error);
            break;
        }
        int64_t done = atomic_fetch_add(&loop->done, end - begin) + end - begin;
        bool on = worker == 0 ? progress_at(loop->progress, loop->what, (double)done,
                                            (double)loop->n, loop->unit, &error)
                              : progress_ok(loop->progress, &error);
        if (!on) {
            fail(loop, begin, &error);
            break;
        }
    }
}

static void *member_main(void *arg)
{
    struct member *member = arg;
    inside = true;
    work(member->loop, member->worker);
    return NULL;
}

bool parallel_for(int64_t n, int64_t chunk, parallel_fn fn, void *context,
                  struct progress *progress, const char *what, const char *unit, struct error *err)
{
    struct loop loop = {.n = n,
                        .chunk = chunk < 1 ? 1 : chunk,
                        .fn = fn,
                        .context = context,
                        .progress = progress,
                        .what = what,
                        .unit = unit,
                        .failed_at = -1};
    pthread_mutex_init(&loop.lock, NULL);
    struct member member[PARALLEL_MAX];
    int64_t chunks = n / loop.chunk + (n % loop.chunk != 0);
    int threads = inside ? 1 : parallel_threads();
    if (threads > chunks)
        threads = chunks < 1 ? 1 : (int)chunks;
    int started = 1;
    for (; started < threads; started++) {
        member[started] = (struct member){.loop = &loop, .worker = started};
        if (pthread_create(&member[started].thread, NULL, member_main, &member[started]) != 0)
            break; /* fewer threads, the same result */
    }
    bool was_inside = inside;
    inside = true;
    work(&loop, 0);
    inside = was_inside;
    for (int i = 1; i < started; i++)
        pthread_join(member[i].thread, NULL);
    pthread_mutex_destroy(&loop.lock);
    if (loop.failed_at >= 0 && err)
        *err = loop.error;
    return loop.failed_at < 0;
}
