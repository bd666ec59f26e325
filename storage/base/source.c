/*
 * One buffer holds the unread bytes (and, while marked, those since the mark); a refill moves them
 * to its front and reads one block behind them. The block is small enough to stay in cache. zlib's
 * gzread passes bytes that are not gzip through, so plain and compressed files share the code.
 */
#include "storage/base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/base/mem.h"

enum {
    BLOCK = 1 << 18,
    CAPACITY = 4 << 20, /* the longest line + what a mark may hold back + a block */
    LONG_SHOWN = 256,   /* of a line that is skipped */
    NO_MARK = -1,
};

struct source {
    char *name;
    gzFile gz;          /* NULL for memory */
    const char *memory; /* what of it is not yet in the buffer */
    size_t memory_left;
    double stored_size; /* 0: unknown */
    char *buffer;       /* [CAPACITY], or what memory needs of it */
    size_t begin, end;  /* the unread bytes */
    int64_t line;       /* number of the line that begin stands in */
    ptrdiff_t mark;     /* NO_MARK or an offset <= begin */
    int64_t mark_line;
    bool ended, has_nul;
    char newline; /* '\0': not known yet */
};

static struct source *source_new(const char *name, size_t capacity)
{
    struct source *s = mem_zalloc(1, sizeof *s);
    s->name = mem_strdup(name);
    s->buffer = mem_alloc(capacity);
    s->line = 1;
    s->mark = NO_MARK;
    return s;
}

struct source *source_over(const char *bytes, size_t n, const char *name)
{
    /* never more in it than all the bytes, and what is shown of a long line before them */
    struct source *s = source_new(name, n < CAPACITY - LONG_SHOWN ? n + LONG_SHOWN : CAPACITY);
    s->memory = bytes;
    s->memory_left = n;
    s->stored_size = (double)n;
    return s;
}

static int open_path(const char *path, const char *name, struct stat *st, struct error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    int fd =
        standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(err, errno, "cannot open %s", name);
        return -1;
    }
    if (fstat(fd, st) != 0) {
        error_set_errno(err, errno, "cannot read %s", name);
        close(fd);
        return -1;
    }
    if (S_ISDIR(st->st_mode)) {
        error_set(err, ERROR_INPUT, "%s is a folder; name the files in it", name);
        close(fd);
        return -1;
    }
    return fd;
}

struct source *source_open(const char *path, struct error *err)
{
    struct stat st;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    int fd = open_path(path, name, &st, err);
    if (fd < 0)
        return NULL;
    gzFile gz = gzdopen(fd, "rb");
    if (!gz) {
        close(fd);
        error_set(err, ERROR_MEMORY, "cannot read %s: out of memory", name);
        return NULL;
    }
    gzbuffer(gz, BLOCK / 2);
    struct source *s = source_new(name, CAPACITY);
    s->gz = gz;
    s->stored_size = S_ISREG(st.st_mode) ? (double)st.st_size : 0;
    return s;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    if (s->gz)
        gzclose_r(s->gz);
    free(s->name);
    free(s->buffer);
    free(s);
}

const char *source_name(const struct source *s)
{
    return s->name;
}

bool source_is_gzip(const struct source *s)
{
    return s->gz && !gzdirect(s->gz);
}

void source_position(const struct source *s, double *done, double *total)
{
    *total = s->stored_size;
    *done = s->gz ? (double)gzoffset(s->gz) : s->stored_size - (double)s->memory_left;
}

static bool read_failed(struct source *s, int code, struct error *err)
{
    if (code == Z_ERRNO)
        return error_set_errno(err, errno, "cannot read %s", s->name);
    if (code == Z_BUF_ERROR)
        return error_set(err, ERROR_INPUT,
                         "%s ends in the middle of its compressed data: the file is truncated; "
                         "copy or download it again",
                         s->name);
    return error_set(err, ERROR_INPUT,
                     "%s: the compressed data is damaged near line %lld; copy or download the file "
                     "again",
                     s->name, (long long)s->line);
}

static bool read_bytes(struct source *s, char *to, size_t want, size_t *got, struct error *err)
{
    if (!s->gz) {
        *got = want < s->memory_left ? want : s->memory_left;
        memcpy(to, s->memory, *got);
        s->memory += *got;
        s->memory_left -= *got;
        return true;
    }
    int n = gzread(s->gz, to, (unsigned)want);
    int code;
    gzerror(s->gz, &code);
    /* a truncated file gives its last bytes without failing; only gzerror tells */
    if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
        return read_failed(s, code, err);
    *got = (size_t)n;
    return true;
}

/* Reads one more block behind the unread bytes, or sets `ended`. */
static bool refill(struct source *s, struct error *err)
{
    size_t keep = s->mark == NO_MARK ? s->begin : (size_t)s->mark;
    if (keep > 0) {
        memmove(s->buffer, s->buffer + keep, s->end - keep);
        s->begin -= keep;
        s->end -= keep;
        s->mark = s->mark == NO_MARK ? NO_MARK : 0;
    }
    size_t got = 0;
    if (!read_bytes(s, s->buffer + s->end, BLOCK, &got, err))
        return false;
    /* Once true it stays true while any of the block may be unread: cheap and safe. */
    bool nul = memchr(s->buffer + s->end, '\0', got) != NULL;
    s->has_nul = nul || (s->has_nul && s->end > 0);
    s->end += got;
    s->ended = got == 0;
    return true;
}

bool source_head(struct source *s, const char **bytes, size_t *n, struct error *err)
{
    while (!s->ended && s->end - s->begin < SOURCE_HEAD_MAX)
        if (!refill(s, err))
            return false;
    *bytes = s->buffer + s->begin;
    *n = s->end - s->begin < SOURCE_HEAD_MAX ? s->end - s->begin : SOURCE_HEAD_MAX;
    return true;
}

char source_newline(const char *bytes, size_t n)
{
    return !memchr(bytes, '\n', n) && memchr(bytes, '\r', n) ? '\r' : '\n';
}

static bool find_newline(struct source *s, struct error *err)
{
    const char *bytes;
    size_t n;
    if (!source_head(s, &bytes, &n, err))
        return false;
    s->newline = source_newline(bytes, n);
    return true;
}

static void take_line(struct source *s, struct line *line, size_t n, bool newline)
{
    line->bytes = s->buffer + s->begin;
    line->n = n > 0 && line->bytes[n - 1] == '\r' ? n - 1 : n;
    line->n_end = n - line->n + newline;
    line->number = s->line++;
    line->has_nul = s->has_nul;
    s->begin += n + newline;
}

/* Drops the rest of a line that is too long; its first bytes stay at the buffer's front. */
static enum source_status skip_long_line(struct source *s, struct line *line, struct error *err)
{
    memmove(s->buffer, s->buffer + s->begin, LONG_SHOWN);
    const char *newline = NULL;
    while (!newline) {
        s->begin = s->end = LONG_SHOWN;
        size_t got = 0;
        if (!read_bytes(s, s->buffer + LONG_SHOWN, BLOCK, &got, err))
            return SOURCE_FAILED;
        s->end = LONG_SHOWN + got;
        s->ended = got == 0;
        if (s->ended)
            break;
        newline = memchr(s->buffer + LONG_SHOWN, s->newline, got);
    }
    *line =
        (struct line){.bytes = s->buffer, .n = LONG_SHOWN, .number = s->line++, .has_nul = true};
    s->has_nul = true; /* not looked for on the way */
    if (newline)
        s->begin = (size_t)(newline - s->buffer) + 1;
    return SOURCE_LONG;
}

enum source_status source_line(struct source *s, struct line *line, struct error *err)
{
    size_t seen = 0; /* unread bytes known to hold no newline */
    if (!s->newline && !find_newline(s, err))
        return SOURCE_FAILED;
    for (;;) {
        char *from = s->buffer + s->begin;
        char *newline = memchr(from + seen, s->newline, s->end - s->begin - seen);
        size_t n = newline ? (size_t)(newline - from) : s->end - s->begin;
        if (n > SOURCE_LINE_MAX) {
            if (s->mark != NO_MARK)
                return SOURCE_LONG;
            if (!newline)
                return skip_long_line(s, line, err);
            take_line(s, line, n, true);
            line->n = LONG_SHOWN;
            line->n_end = 0;
            return SOURCE_LONG;
        }
        if (newline || (s->ended && n > 0)) {
            take_line(s, line, n, newline != NULL);
            return SOURCE_READ;
        }
        if (s->ended)
            return SOURCE_END;
        seen = n;
        if (!refill(s, err))
            return SOURCE_FAILED;
    }
}

bool line_is_blank(const struct line *line)
{
    for (size_t i = 0; i < line->n; i++)
        if (line->bytes[i] != ' ' && line->bytes[i] != '\t')
            return false;
    return true;
}

void source_mark(struct source *s)
{
    s->mark = (ptrdiff_t)s->begin;
    s->mark_line = s->line;
}

void source_rewind(struct source *s)
{
    s->begin = (size_t)s->mark;
    s->line = s->mark_line;
    s->mark = NO_MARK;
}

void source_unmark(struct source *s)
{
    s->mark = NO_MARK;
}

bool source_block(struct source *s, const char **bytes, size_t *n, struct error *err)
{
    while (s->begin == s->end && !s->ended)
        if (!refill(s, err))
            return false;
    *bytes = s->buffer + s->begin;
    *n = s->end - s->begin;
    return true;
}

void source_skip(struct source *s, size_t n)
{
    s->begin += n;
}
