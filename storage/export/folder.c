#include "storage/export/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"

/* rmdir() looks without a race: it removes an empty folder and nothing else. */
static bool is_free(const char *path, struct error *err)
{
    if (rmdir(path) == 0 || errno == ENOENT)
        return true;
    if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
        return error_set(err, ERROR_USAGE,
                         "%s is there already; an export makes a new folder, and touches no other: "
                         "name one that is not there",
                         path);
    return error_set_errno(err, errno, "cannot make the folder %s", path);
}

bool new_folder_begin(struct new_folder *f, const char *path, struct error *err)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    *f = (struct new_folder){.path = mem_strndup(path, n)};
    f->temporary = mem_printf("%s.tmp-%ld", f->path, (long)getpid());
    bool ok = is_free(f->path, err) && dir_remove(f->temporary, err) && dir_make(f->temporary, err);
    if (!ok)
        new_folder_abandon(f);
    return ok;
}

char *new_folder_file(const struct new_folder *f, const char *name)
{
    return path_join(f->temporary, name);
}

bool new_folder_commit(struct new_folder *f, struct error *err)
{
    bool ok = rename(f->temporary, f->path) == 0 ||
              error_set_errno(err, errno, "cannot make the folder %s", f->path);
    if (ok) {
        free(f->temporary);
        f->temporary = NULL;
    }
    new_folder_abandon(f);
    return ok;
}

void new_folder_abandon(struct new_folder *f)
{
    if (f->temporary)
        dir_remove(f->temporary, NULL);
    free(f->temporary);
    free(f->path);
    *f = (struct new_folder){0};
}
