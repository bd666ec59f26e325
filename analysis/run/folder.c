#include "analysis/run/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

enum { JOB_BYTES = 1 << 20, TAIL_BYTES = 1 << 18 };

/* ---- the job ---- */

const char *run_job_model(const struct run_job *job)
{
    return job->model ? job->model : run_model_name(job->options.model);
}

void run_job_release(struct run_job *job)
{
    free(job->model);
    free(job->settings);
    free(job->command);
    free(job->directory);
    *job = (struct run_job){0};
}

/* What only an external trainer's job has. */
static void put_external(struct jval *o, const struct run_job *job)
{
    struct jval *settings = jval_parse(job->settings, strlen(job->settings), NULL);
    jval_put(o, "options", settings ? settings : jval_new_object());
    jval_put_string(o, "command", job->command);
    jval_put_string(o, "directory", job->directory);
    struct buf strategy;
    buf_init(&strategy);
    strategy_write(&job->options.strategy, &strategy);
    jval_put_string(o, "strategy", strategy.data);
    buf_release(&strategy);
}

bool run_job_write(const char *dir, const struct run_job *job, struct error *err)
{
    char fingerprint[HASH_TEXT_LEN + 1];
    hash_format(job->fingerprint, fingerprint);
    struct jval *o = jval_new_object();
    jval_put_int(o, "format", 1);
    jval_put_int(o, "run", job->run);
    jval_put_string(o, "launcher", launcher_get(job->launcher)->name);
    jval_put_string(o, "model", run_job_model(job));
    jval_put_string(o, "trained_on", job->on == TRAINED_ON_TRAIN ? "train" : "train+valid");
    jval_put_string(o, "fingerprint", fingerprint);
    jval_put_string(o, "import", job->import_id);
    if (launcher_get(job->launcher)->is_external)
        put_external(o, job);
    else
        jval_put(o, "options", run_options_json(&job->options));
    struct buf text;
    buf_init(&text);
    jval_write(o, true, &text);
    buf_addc(&text, '\n');
    char *path = path_join(dir, "job.json");
    bool ok = file_write(path, text.data, text.len, err);
    free(path);
    buf_release(&text);
    jval_free(o);
    return ok;
}

static const char *text_of(const struct jval *o, const char *key)
{
    const char *text = jval_string(jval_get(o, key));
    return text ? text : "";
}

static bool read_external(const struct jval *o, struct run_job *out, struct error *err)
{
    struct buf settings;
    buf_init(&settings);
    jval_write(jval_get(o, "options"), false, &settings);
    out->settings = buf_detach(&settings);
    out->model = mem_strdup(text_of(o, "model"));
    out->command = mem_strdup(text_of(o, "command"));
    out->directory = mem_strdup(text_of(o, "directory"));
    return strategy_parse(text_of(o, "strategy"), &out->options.strategy, err);
}

static bool read_job(const struct jval *o, const char *path, struct run_job *out, struct error *err)
{
    const char *fingerprint = text_of(o, "fingerprint");
    enum run_model model;
    *out = (struct run_job){.run = jval_int(jval_get(o, "run"), 0),
                            .on = strcmp(text_of(o, "trained_on"), "train") == 0
                                      ? TRAINED_ON_TRAIN
                                      : TRAINED_ON_TRAIN_VALID};
    if (jval_int(jval_get(o, "format"), 0) != 1)
        return error_set(err, ERROR_INPUT, "%s is no job of this version of rote", path);
    snprintf(out->import_id, sizeof out->import_id, "%s", text_of(o, "import"));
    if (!hash_parse(fingerprint, strlen(fingerprint), &out->fingerprint))
        return error_set(err, ERROR_INPUT, "%s names no data set", path);
    if (!launcher_find(text_of(o, "launcher"), &out->launcher, err))
        return error_prefix(err, "%s", path);
    if (launcher_get(out->launcher)->is_external)
        return read_external(o, out, err);
    return run_model_find(text_of(o, "model"), &model, err) &&
           run_options_parse(model, jval_get(o, "options"), &out->options, err);
}

bool run_job_read(const char *dir, struct run_job *out, struct error *err)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "job.json");
    struct jval *o =
        file_read(path, JOB_BYTES, &text, err) ? jval_parse(text.data, text.len, err) : NULL;
    *out = (struct run_job){0};
    bool ok = o && read_job(o, path, out, err);
    if (!ok)
        run_job_release(out);
    jval_free(o);
    free(path);
    buf_release(&text);
    return ok;
}

void run_sweep(const char *dir)
{
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strstr(e->d_name, ".tmp-")) /* as file_replace names them (storage/base/file.h) */
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}

/* ---- locks ---- */

static const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

int run_lock_take(const char *dir, const char *name, struct error *err)
{
    char *path = path_join(dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    struct flock lock = whole_file;
    if (fd < 0) {
        error_set_errno(err, errno, "cannot write %s", path);
    } else if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            error_set(err, ERROR_STATE, "%s is held by another process", path);
        else
            error_set_errno(err, errno, "cannot lock %s", path);
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

int run_lock_wait(const char *dir, const char *name, double seconds, struct error *err)
{
    double until = clock_monotonic_seconds() + seconds;
    for (;;) {
        struct error why = {0};
        int fd = run_lock_take(dir, name, &why);
        if (fd >= 0)
            return fd;
        if (why.code != ERROR_STATE || clock_monotonic_seconds() > until) {
            error_set(err, why.code, "%s", why.text);
            return -1;
        }
        nanosleep(&(struct timespec){.tv_nsec = 5 * 1000 * 1000}, NULL);
    }
}

void run_lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}

bool run_lock_held(const char *dir, const char *name)
{
    char *path = path_join(dir, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = whole_file;
    bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    free(path);
    return held;
}

/* Names the machine, as it has been running since its last start, and its process numbers: a
 * container has others. */
static char *machine(void)
{
    struct buf text;
    char space[64] = "";
    buf_init(&text);
    file_read("/proc/sys/kernel/random/boot_id", 64, &text, NULL);
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    char *name = mem_printf("%.*s %.*s", (int)strcspn(text.data, "\n"), text.data,
                            n > 0 ? (int)n : 0, space);
    buf_release(&text);
    return name;
}

void run_lock_sign(int fd)
{
    char *name = machine(), *text = mem_printf("%ld\n%s\n", (long)getpid(), name);
    size_t n = strlen(text);
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, n, 0) != (ssize_t)n)
        (void)!ftruncate(fd, 0); /* nobody can stop it by its number then */
    free(text);
    free(name);
}

int64_t run_worker_pid(const char *dir, bool *here)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "lock"), *name = machine();
    int64_t pid = 0;
    size_t first = 0;
    if (run_lock_held(dir, "lock") && file_read(path, 512, &text, NULL)) {
        first = strcspn(text.data, "\n");
        if (!num_int64(text.data, first, &pid))
            pid = 0;
    }
    if (here)
        *here = pid > 0 && strncmp(text.data + first + 1, name, strlen(name)) == 0 &&
                strcmp(text.data + first + 1 + strlen(name), "\n") == 0;
    free(name);
    free(path);
    buf_release(&text);
    return pid;
}

int run_at_once(const char *runs)
{
    struct buf text;
    int64_t n = 1;
    buf_init(&text);
    char *path = path_join(runs, "at-once");
    if (file_exists(path) && file_read(path, 64, &text, NULL) &&
        (!num_int64(text.data, strcspn(text.data, "\n"), &n) || n < 1 || n > INT32_MAX))
        n = 1;
    free(path);
    buf_release(&text);
    return (int)n;
}

/* ---- steps ---- */

int run_steps_open(const char *dir)
{
    char *path = path_join(dir, "steps");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    free(path);
    return fd;
}

void run_steps_note(int fd, int64_t step, double seconds)
{
    char text[64]; /* always as long as before: it is replaced in place */
    int n = snprintf(text, sizeof text, "%20" PRId64 " %20.3f\n", step, seconds);
    if (fd >= 0 && pwrite(fd, text, (size_t)n, 0) != n)
        (void)!ftruncate(fd, 0);
}

void run_steps_read(const char *dir, int64_t *step, double *seconds)
{
    struct buf text;
    long long steps;
    buf_init(&text);
    char *path = path_join(dir, "steps");
    if (!file_read(path, 64, &text, NULL) || sscanf(text.data, "%lld %lf", &steps, seconds) != 2)
        steps = 0, *seconds = 0;
    *step = steps;
    free(path);
    buf_release(&text);
}

/* ---- what it does now ---- */

bool run_progress_write(const char *dir, const struct run_progress *p, struct error *err)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "what", p->what);
    jval_put_real(o, "share", p->share);
    jval_put_real(o, "eta_seconds", p->eta_seconds);
    jval_put_int(o, "step", p->step);
    jval_put_int(o, "epoch", p->epoch);
    jval_put_int(o, "epochs", p->epochs);
    jval_put_real(o, "loss", p->loss);
    jval_put_real(o, "recall@10", p->recall10);
    jval_put_real(o, "ndcg@10", p->ndcg10);
    jval_put_real(o, "one_hop", p->one_hop);
    jval_put_real(o, "one_hop_shuffle", p->one_hop_shuffle);
    jval_put_real(o, "extraction", p->extraction);
    jval_put_real(o, "tokens_per_second", p->tokens_per_second);
    struct buf text;
    buf_init(&text);
    jval_write(o, false, &text);
    jval_free(o);
    char *path = path_join(dir, "progress.json");
    struct file_replace r;
    bool ok = file_replace_begin(&r, path, err);
    if (ok) {
        r.rebuildable = true;
        fwrite(text.data, 1, text.len, r.stream); /* an error shows at the commit */
        ok = file_replace_commit(&r, err);
    }
    free(path);
    buf_release(&text);
    return ok;
}

void run_progress_read(const char *dir, struct run_progress *out)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "progress.json");
    struct jval *o =
        file_read(path, JOB_BYTES, &text, NULL) ? jval_parse(text.data, text.len, NULL) : NULL;
    *out = (struct run_progress){
        .share = jval_real(jval_get(o, "share"), NAN),
        .eta_seconds = jval_real(jval_get(o, "eta_seconds"), NAN),
        .step = jval_int(jval_get(o, "step"), 0),
        .epoch = (int32_t)jval_int(jval_get(o, "epoch"), 0),
        .epochs = (int32_t)jval_int(jval_get(o, "epochs"), 0),
        .loss = jval_real(jval_get(o, "loss"), NAN),
        .recall10 = jval_real(jval_get(o, "recall@10"), NAN),
        .ndcg10 = jval_real(jval_get(o, "ndcg@10"), NAN),
        .one_hop = jval_real(jval_get(o, "one_hop"), NAN),
        .one_hop_shuffle = jval_real(jval_get(o, "one_hop_shuffle"), NAN),
        .extraction = jval_real(jval_get(o, "extraction"), NAN),
        .tokens_per_second = jval_real(jval_get(o, "tokens_per_second"), NAN),
    };
    snprintf(out->what, sizeof out->what, "%s", text_of(o, "what"));
    jval_free(o);
    free(path);
    buf_release(&text);
}

void run_log_tail(const char *dir, int lines, const char *between, struct buf *out)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "worker.log");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
    off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    buf_reserve(&text, TAIL_BYTES);
    ssize_t n = fd >= 0 ? pread(fd, text.data, (size_t)(size - from), from) : 0;
    text.len = n > 0 ? (size_t)n : 0;
    text.data[text.len] = '\0';
    if (fd >= 0)
        close(fd);
    free(path);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        buf_truncate(&text, text.len - 1);
    const char *at = text.data + text.len;
    while (at > text.data && (at[-1] != '\n' || --lines > 0))
        at--;
    for (; *at; at++) {
        if (*at == '\n')
            buf_adds(out, between);
        else
            buf_addc(out, *at);
    }
    buf_release(&text);
}
