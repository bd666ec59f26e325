#include "analysis/run/launcher.h"

#include <string.h>

static const struct launcher launchers[LAUNCHERS] = {
    [LAUNCHER_LOCAL] = {.name = "local",
                        .help = "rote trains, on this machine",
                        .start = launcher_start_here},
    [LAUNCHER_COMMAND] = {.name = "command",
                          .help = "the program that --command names trains",
                          .is_external = true,
                          .start = launcher_start_here,
                          .work = launcher_work_command},
};

const struct launcher *launcher_get(enum launcher_id id)
{
    return &launchers[id];
}

bool launcher_find(const char *name, enum launcher_id *id, struct error *err)
{
    for (int i = 0; i < LAUNCHERS; i++) {
        if (strcmp(launchers[i].name, name) == 0) {
            *id = (enum launcher_id)i;
            return true;
        }
    }
    return error_set(err, ERROR_USAGE, "there is no launcher %.100s; it is local or command", name);
}
