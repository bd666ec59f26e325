/* The part of `rote train` that runs the experiment of halves. */
#ifndef TUI_CLI_TRAIN_HALVES_H
#define TUI_CLI_TRAIN_HALVES_H

#include "analysis/report/study.h"
#include "analysis/run/queue.h"
#include "tui/cli/cli.h"

/* Submits the m runs of the request, or takes up those that are there; follows them, unless
 * `detach`, and prints their counterfactual memorization. False unless all of them are done. */
bool cli_train_halves(struct cli *cli, struct study *study, const struct run_request *request,
                      bool detach, struct error *err);

#endif
