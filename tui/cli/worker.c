/* rote worker: trains one run; started by the queue (analysis/run/queue.h). */
#include "analysis/run/worker.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "storage/base/num.h"
#include "tui/cli/commands.h"

enum { NICENESS = 10 };

int cli_worker(struct cli *cli, const struct cli_args *args, struct error *err)
{
    int32_t lock = -1;
    if (args->n_rest < 1 || args->n_rest > 2 ||
        (args->n_rest == 2 && !num_int32(args->rest[1], strlen(args->rest[1]), &lock))) {
        error_set(err, ERROR_USAGE, "it is `rote worker DIR`, where DIR is the folder of a run");
        return CLI_USAGE;
    }
    setpriority(PRIO_PROCESS, 0, NICENESS);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of write() */
    return worker_run(args->rest[0], lock, cli->progress, err) ? CLI_OK : cli_status(err);
}
