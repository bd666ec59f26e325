/* rote worker: trains one run; started by the queue (analysis/run/queue.h). */
#include "analysis/run/worker.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "storage/base/num.h"
#include "tui/cli/commands.h"

enum { NICENESS = 10 };

/* Behind everything else, the screens above all. Where the kernel schedules sessions as groups
 * (sched_autogroup), niceness counts inside a session alone, and the session has its own. */
static void be_nice(void)
{
    setpriority(PRIO_PROCESS, 0, NICENESS);
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t written = write(fd, "10", 2);
    (void)written; /* as it was, then */
    close(fd);
}

int cli_worker(struct cli *cli, const struct cli_args *args, struct error *err)
{
    int32_t lock = -1;
    if (args->n_rest < 1 || args->n_rest > 2 ||
        (args->n_rest == 2 && !num_int32(args->rest[1], strlen(args->rest[1]), &lock))) {
        error_set(err, ERROR_USAGE, "it is `rote worker DIR`, where DIR is the folder of a run");
        return CLI_USAGE;
    }
    be_nice();
    return worker_run(args->rest[0], lock, cli->progress, err) ? CLI_OK : cli_status(err);
}
