/* What the files of `rote train` share. */
#ifndef TUI_CLI_TRAIN_H
#define TUI_CLI_TRAIN_H

#include "analysis/run/queue.h"
#include "tui/cli/studies.h"

/* Prints the headline figures of a finished run; with --json as an object. */
bool cli_train_result(struct cli *cli, struct study *study, const struct study_run *run,
                      struct error *err);

/* Were --seeds or --grid given? Then cli_sweep() starts the runs that are asked for, or takes up
 * what an earlier call has left, and follows them unless `detach`. */
bool cli_is_sweep(const struct cli_args *args);
bool cli_sweep(struct cli *cli, struct study *study, const struct run_request *base,
               const struct cli_args *args, bool detach, struct error *err);

#endif
