#include "analysis/run/folder.h"

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

enum { JOB_BYTES = 1 << 20, EVENTS_BYTES = 1 << 28, LOG_BYTES = 1 << 28, RESERVE_BYTES = 1 << 16 };

/* ---- the job ---- */

bool run_job_write(const char *dir, const struct run_job *job, struct error *err)
{
    char fingerprint[HASH_TEXT_LEN + 1];
    hash_format(job->fingerprint, fingerprint);
    struct jval *o = jval_new_object();
    jval_put_int(o, "format", 1);
    jval_put_int(o, "run", job->run);
    jval_put_string(o, "model", run_model_name(job->options.model));
    jval_put_string(o, "trained_on", job->on == TRAINED_ON_TRAIN ? "train" : "train+valid");
    jval_put_string(o, "fingerprint", fingerprint);
    jval_put_string(o, "import", job->import_id);
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

static bool read_job(const struct jval *o, const char *path, struct run_job *out, struct error *err)
{
    const char *fingerprint = text_of(o, "fingerprint");
    enum run_model model;
    if (jval_int(jval_get(o, "format"), 0) != 1)
        return error_set(err, ERROR_INPUT, "%s is no job of this version of rote", path);
    *out = (struct run_job){.run = jval_int(jval_get(o, "run"), 0),
                            .on = strcmp(text_of(o, "trained_on"), "train") == 0
                                      ? TRAINED_ON_TRAIN
                                      : TRAINED_ON_TRAIN_VALID};
    snprintf(out->import_id, sizeof out->import_id, "%s", text_of(o, "import"));
    return (hash_parse(fingerprint, strlen(fingerprint), &out->fingerprint) ||
            error_set(err, ERROR_INPUT, "%s names no data set", path)) &&
           run_model_find(text_of(o, "model"), &model, err) &&
           run_options_parse(model, jval_get(o, "options"), &out->options, err);
}

bool run_job_read(const char *dir, struct run_job *out, struct error *err)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "job.json");
    struct jval *o =
        file_read(path, JOB_BYTES, &text, err) ? jval_parse(text.data, text.len, err) : NULL;
    bool ok = o && read_job(o, path, out, err);
    jval_free(o);
    free(path);
    buf_release(&text);
    return ok;
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

int64_t run_worker_pid(const char *dir)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "lock");
    int64_t pid = 0;
    if (!run_lock_held(dir, "lock") || !file_read(path, 64, &text, NULL) ||
        !num_int64(text.data, strcspn(text.data, "\n"), &pid))
        pid = 0;
    free(path);
    buf_release(&text);
    return pid;
}

/* ---- writing events ---- */

struct run_log {
    int fd;
    char *reserve; /* a file whose only use is to be removed */
    int64_t seq;
    int32_t last_epoch;
};

static bool note_last(void *context, const struct run_event *event)
{
    struct run_log *log = context;
    log->seq = event->seq;
    if (strcmp(event->kind, "epoch") == 0) {
        struct jval *data = jval_parse(event->data, strlen(event->data), NULL);
        log->last_epoch = (int32_t)jval_int(jval_get(data, "epoch"), log->last_epoch);
        jval_free(data);
    }
    return true;
}

static void set_aside(const struct run_log *log)
{
    int fd = open(log->reserve, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) {
        int refused = posix_fallocate(fd, 0, RESERVE_BYTES);
        (void)refused; /* then the end may go untold, and the run counts as died */
        close(fd);
    }
}

struct run_log *run_log_open(const char *dir, struct error *err)
{
    struct run_log *log = mem_zalloc(1, sizeof *log);
    char *path = path_join(dir, "events.jsonl"), last = '\n';
    log->reserve = path_join(dir, "reserve");
    log->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool ok = log->fd >= 0 || error_set_errno(err, errno, "cannot write %s", path);
    ok = ok && run_events_scan(dir, 0, note_last, log, err);
    /* A worker that was killed while writing may have left half a line: it ends here. */
    off_t size = ok ? lseek(log->fd, 0, SEEK_END) : 0;
    if (ok && size > 0 && pread(log->fd, &last, 1, size - 1) == 1 && last != '\n')
        ok = write(log->fd, "\n", 1) == 1 || error_set_errno(err, errno, "cannot write %s", path);
    free(path);
    if (!ok) {
        run_log_close(log);
        return NULL;
    }
    set_aside(log);
    return log;
}

void run_log_close(struct run_log *log)
{
    if (!log)
        return;
    if (log->fd >= 0)
        close(log->fd);
    unlink(log->reserve);
    free(log->reserve);
    free(log);
}

bool run_log_add(struct run_log *log, const char *kind, struct jval *data, struct error *err)
{
    struct buf line;
    buf_init(&line);
    buf_addf(&line,
             "{\"seq\":%" PRId64 ",\"time\":%" PRId64 ",\"kind\":\"%s\",\"data\":", log->seq + 1,
             clock_wall_seconds(), kind);
    jval_write(data, false, &line);
    jval_free(data);
    buf_adds(&line, "}\n");
    ssize_t n = write(log->fd, line.data, line.len);
    bool ok = n == (ssize_t)line.len && fdatasync(log->fd) == 0;
    if (!ok)
        error_set_errno(err, n >= 0 && n < (ssize_t)line.len ? ENOSPC : errno,
                        "cannot write events.jsonl");
    log->seq++; /* in any case: half a line must not be taken for this event */
    buf_release(&line);
    return ok;
}

bool run_log_end(struct run_log *log, struct jval *data, struct error *err)
{
    unlink(log->reserve);
    /* Behind half a line that did not fit, a new one begins. */
    char last = '\n';
    off_t size = lseek(log->fd, 0, SEEK_END);
    if (size > 0 && pread(log->fd, &last, 1, size - 1) == 1 && last != '\n' &&
        write(log->fd, "\n", 1) != 1) {
        jval_free(data);
        return error_set_errno(err, errno, "cannot write events.jsonl");
    }
    return run_log_add(log, "end", data, err);
}

int32_t run_log_last_epoch(const struct run_log *log)
{
    return log->last_epoch;
}

/* ---- reading ---- */

/* One line; false: stop. `seen` is the highest seq so far. */
static bool scan_line(const char *line, size_t n, int64_t *seen,
                      bool (*each)(void *, const struct run_event *), void *context)
{
    struct jval *o = jval_parse(line, n, NULL);
    const char *kind = jval_string(jval_get(o, "kind"));
    int64_t seq = jval_int(jval_get(o, "seq"), 0);
    bool go_on = true;
    if (kind && seq > *seen) {
        *seen = seq;
        struct buf data;
        buf_init(&data);
        if (jval_get(o, "data"))
            jval_write(jval_get(o, "data"), false, &data);
        go_on = each(context, &(struct run_event){.seq = seq,
                                                  .time = jval_int(jval_get(o, "time"), 0),
                                                  .kind = kind,
                                                  .data = data.len ? data.data : "{}"});
        buf_release(&data);
    }
    jval_free(o);
    return go_on;
}

bool run_events_scan(const char *dir, int64_t after,
                     bool (*each)(void *context, const struct run_event *event), void *context,
                     struct error *err)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "events.jsonl");
    bool ok = !file_exists(path) || file_read(path, EVENTS_BYTES, &text, err);
    const char *at = text.data, *end = text.data + text.len, *newline;
    bool go_on = ok;
    for (; go_on && (newline = memchr(at, '\n', (size_t)(end - at))); at = newline + 1)
        go_on = scan_line(at, (size_t)(newline - at), &after, each, context);
    free(path);
    buf_release(&text);
    return ok;
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

void run_log_tail(const char *dir, int lines, struct buf *out)
{
    struct buf text;
    buf_init(&text);
    char *path = path_join(dir, "worker.log");
    file_read(path, LOG_BYTES, &text, NULL);
    free(path);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        buf_truncate(&text, text.len - 1);
    const char *at = text.data + text.len;
    while (at > text.data && (at[-1] != '\n' || --lines > 0))
        at--;
    for (; *at; at++) {
        if (*at == '\n')
            buf_adds(out, " / ");
        else
            buf_addc(out, *at);
    }
    buf_release(&text);
}
