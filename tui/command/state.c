#include "tui/command/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"

/* The specification wants relative paths ignored. */
static char *below(const char *variable, const char *in_home, const char *rest)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && *base == '/')
        return path_join(base, rest);
    if (!home || *home != '/')
        return NULL;
    char *folder = path_join(home, in_home), *path = path_join(folder, rest);
    free(folder);
    return path;
}

char *state_folder(void)
{
    return below("XDG_STATE_HOME", ".local/state", "rote");
}

char *config_path(void)
{
    const char *named = getenv("ROTE_CONFIG");
    if (named && *named)
        return mem_strdup(named);
    return below("XDG_CONFIG_HOME", ".config", "rote/config");
}

bool state_make_folder(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char *parent = slash && slash > path ? mem_strndup(path, (size_t)(slash - path)) : NULL;
    bool ok = !parent || file_exists(parent) || state_make_folder(parent, err);
    free(parent);
    if (ok && mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cannot make the folder %s", path);
    return ok;
}

static bool write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno != EINTR)
            return false;
        text += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

bool state_write(const char *path, const char *text, size_t n, struct error *err)
{
    char *temporary = mem_printf("%s.XXXXXX", path);
    int fd = mkstemp(temporary); /* 0600 */
    bool ok = fd >= 0 && write_all(fd, text, n) && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        why = errno;
    }
    if (ok && rename(temporary, path) != 0) {
        ok = false;
        why = errno;
    }
    if (!ok) {
        if (fd >= 0)
            unlink(temporary);
        error_set_errno(err, why, "cannot write %s", path);
    }
    free(temporary);
    return ok;
}
