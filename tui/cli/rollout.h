/* The roll-out of `rote trace`: which spans of a history and what a model wrote after it stand in
 * training (docs/definitions.md, section 3). */
#ifndef TUI_CLI_ROLLOUT_H
#define TUI_CLI_ROLLOUT_H

#include "analysis/report/study.h"
#include "tui/cli/cli.h"

/* items: [n], the first n_history of them the history, oldest first. Prints the maximal spans of
 * two items or more that reach into the output. */
bool cli_rollout(struct cli *cli, struct study *study, enum trained_on on, const int32_t *items,
                 int32_t n, int32_t n_history, struct error *err);

#endif
