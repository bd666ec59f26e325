#include "tui/command/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "tui/command/state.h"

enum { FILE_MAX = 8 << 20, CUT_AT = 4 /* times what is kept */ };

/* Opens and locks the file. Another process may replace it between the two steps: then again. */
static int open_locked(const char *path, int operation)
{
    for (int i = 0; i < 100; i++) {
        int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return -1;
        struct stat mine, there;
        int why = flock(fd, operation) == 0 ? 0 : errno;
        if (why == 0 && fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
            mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
            return fd;
        close(fd);
        if (why != 0 && why != EINTR) {
            errno = why;
            return -1;
        }
    }
    errno = EBUSY;
    return -1;
}

static struct history *history_for(const struct history_kind *kinds, size_t n, char kind)
{
    for (size_t i = 0; i < n; i++)
        if (kinds[i].kind == kind)
            return kinds[i].history;
    return NULL;
}

/* Drops the oldest. */
static void keep_newest(struct history *h)
{
    size_t extra = h->n > HISTORY_KEPT ? h->n - HISTORY_KEPT : 0;
    for (size_t i = 0; i < extra; i++)
        free(h->line[i]);
    memmove(h->line, h->line + extra, (h->n - extra) * sizeof *h->line);
    h->n -= extra;
}

static size_t take_lines(const struct buf *text, const struct history_kind *kinds, size_t n)
{
    size_t lines = 0;
    for (const char *at = text->data, *end = text->data + text->len; at < end; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        struct history *h = len > 2 && at[1] == ' ' ? history_for(kinds, n, at[0]) : NULL;
        if (h && len < HISTORY_LINE_MAX && !memchr(at, '\0', len)) {
            char *line = mem_strndup(at + 2, len - 2);
            history_add(h, line);
            if (h->n > (size_t)2 * HISTORY_KEPT)
                keep_newest(h);
            free(line);
        }
        at += len + 1;
    }
    for (size_t i = 0; i < n; i++)
        if (kinds[i].history->n > 0)
            keep_newest(kinds[i].history);
    return lines;
}

/* Under the lock, so that no line of another process is lost. If another one has it, it cuts. */
static void cut(const char *path)
{
    int fd = open_locked(path, LOCK_EX | LOCK_NB);
    if (fd < 0)
        return;
    static const char all[] = ":/>;";
    struct history kept[sizeof all - 1] = {{0}};
    struct history_kind kinds[sizeof all - 1];
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        kinds[i] = (struct history_kind){all[i], &kept[i]};
    struct buf text;
    buf_init(&text);
    if (file_read(path, FILE_MAX, &text, NULL)) {
        take_lines(&text, kinds, ARRAY_LEN(kinds));
        buf_clear(&text);
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            for (size_t k = 0; k < kept[i].n; k++)
                buf_addf(&text, "%c %s\n", all[i], kept[i].line[k]);
        state_write(path, text.data, text.len, NULL); /* else it stays long: no harm */
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        history_release(&kept[i]);
    buf_release(&text);
    close(fd);
}

bool history_load(const char *path, const struct history_kind *kinds, size_t n, struct error *err)
{
    if (!file_exists(path))
        return true;
    struct buf text;
    buf_init(&text);
    bool ok = file_read(path, FILE_MAX, &text, err);
    size_t lines = ok ? take_lines(&text, kinds, n) : 0;
    buf_release(&text);
    if (lines > (size_t)CUT_AT * HISTORY_KEPT)
        cut(path);
    return ok;
}

bool history_append(const char *path, char kind, const char *text, struct error *err)
{
    if (!*text || strpbrk(text, "\r\n") || strlen(text) + 3 > HISTORY_LINE_MAX)
        return true;
    int fd = open_locked(path, LOCK_EX);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot write %s", path);
    char *line = mem_printf("%c %s\n", kind, text);
    ssize_t n = (ssize_t)strlen(line), done = write(fd, line, (size_t)n);
    int why = done < 0 ? errno : ENOSPC;
    free(line);
    close(fd);
    return done == n || error_set_errno(err, why, "cannot write %s", path);
}
