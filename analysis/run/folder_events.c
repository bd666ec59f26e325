/* Events: appending, and reading what others append. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "analysis/run/folder.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum { EVENTS_BYTES = 1 << 28, RESERVE_BYTES = 1 << 16 };

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
