#include "storage/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/mem.h"

char *path_join(const char *dir, const char *name)
{
    size_t n = strlen(dir);
    return mem_printf("%s%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", name);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool dir_make(const char *path, struct error *err)
{
    char *copy = mem_strdup(path);
    bool ok = true;
    for (char *p = copy + 1; ok; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            ok = error_set_errno(err, errno, "cannot make the folder %s", copy);
        *p = end;
        if (end == '\0')
            break;
    }
    struct stat st;
    if (ok && (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)))
        ok = error_set(err, ERROR_IO, "%s is not a folder", path);
    free(copy);
    return ok;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

bool dir_remove(const char *path, struct error *err)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return error_set_errno(err, errno, "cannot remove the folder %s", path);
    return true;
}

bool file_read(const char *path, size_t max_bytes, struct buf *out, struct error *err)
{
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_set_errno(err, errno, "cannot open %s", path);
    bool ok = true;
    for (;;) {
        buf_reserve(out, 65536);
        size_t n = fread(out->data + out->len, 1, 65536, f);
        out->len += n;
        out->data[out->len] = '\0';
        if (out->len > max_bytes) {
            ok = error_set(err, ERROR_INPUT, "%s is larger than %zu bytes", path, max_bytes);
            break;
        }
        if (n == 0) {
            if (ferror(f))
                ok = error_set_errno(err, errno, "cannot read %s", path);
            break;
        }
    }
    fclose(f);
    return ok;
}

bool file_map_open(const char *path, struct file_map *map, struct error *err)
{
    *map = (struct file_map){.data = (const unsigned char *)"", .size = 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "cannot open %s", path);
    struct stat st;
    bool ok = fstat(fd, &st) == 0;
    if (!ok) {
        error_set_errno(err, errno, "cannot read %s", path);
    } else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        ok = p != MAP_FAILED;
        if (ok)
            *map = (struct file_map){.data = p, .size = (size_t)st.st_size};
        else
            error_set_errno(err, errno, "cannot map %s", path);
    }
    close(fd);
    return ok;
}

void file_map_close(struct file_map *map)
{
    if (map->size)
        munmap((void *)(uintptr_t)map->data, map->size);
    *map = (struct file_map){.data = (const unsigned char *)"", .size = 0};
}

/* What the path leads to: a link is followed, so that it stays a link. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    return real ? real : mem_strdup(path);
}

bool file_replace_begin(struct file_replace *r, const char *path, struct error *err)
{
    struct stat st;
    *r = (struct file_replace){.path = resolve(path)};
    bool in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    if (!in_place)
        r->temporary = mem_printf("%s.tmp-%ld", r->path, (long)getpid());
    int flags = in_place ? O_WRONLY | O_CLOEXEC : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    int fd = open(in_place ? path : r->temporary, flags, 0666);
    r->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!r->stream) {
        error_set_errno(err, errno, "cannot write %s", path);
        if (fd >= 0)
            close(fd);
        file_replace_abandon(r);
        return false;
    }
    return true;
}

static void sync_folder_of(const char *path)
{
    char *dir = mem_strdup(path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* best effort: some file systems refuse it for folders */
        close(fd);
    }
    free(dir);
}

bool file_replace_commit(struct file_replace *r, struct error *err)
{
    bool in_place = !r->temporary;
    bool lost = ferror(r->stream); /* an earlier write failed, even if there is room again */
    bool ok = !lost && fflush(r->stream) == 0 &&
              (r->rebuildable || in_place || fsync(fileno(r->stream)) == 0);
    int why = errno;
    if (lost) /* the reason is forgotten; it may be still there */
        why = fputc(0, r->stream) == EOF || fflush(r->stream) != 0 ? errno : EIO;
    if (fclose(r->stream) != 0 && ok) {
        ok = false;
        why = errno;
    }
    r->stream = NULL;
    if (ok && !in_place && rename(r->temporary, r->path) != 0) {
        ok = false;
        why = errno;
    }
    if (ok) {
        if (!r->rebuildable && !in_place)
            sync_folder_of(r->path);
        free(r->temporary);
        r->temporary = NULL;
    } else {
        error_set_errno(err, why, "cannot write %s", r->path);
    }
    file_replace_abandon(r);
    return ok;
}

void file_replace_abandon(struct file_replace *r)
{
    if (r->stream)
        fclose(r->stream);
    if (r->temporary)
        unlink(r->temporary);
    free(r->temporary);
    free(r->path);
    *r = (struct file_replace){0};
}

bool file_write(const char *path, const void *data, size_t size, struct error *err)
{
    struct file_replace r;
    if (!file_replace_begin(&r, path, err))
        return false;
    if (size && fwrite(data, 1, size, r.stream) != size) {
        error_set_errno(err, errno, "cannot write %s", path);
        file_replace_abandon(&r);
        return false;
    }
    return file_replace_commit(&r, err);
}
