/* The roll-outs of `rote trace`: what a model writes after a history, and which spans of it stand
 * in training (docs/definitions.md, section 3). */
#ifndef TUI_CLI_ROLLOUT_H
#define TUI_CLI_ROLLOUT_H

#include "analysis/report/roll_out.h"
#include "tui/cli/cli.h"

/* items: [n], the first n_history of them the history, oldest first. Prints the maximal spans of
 * two items or more that reach into the output. */
bool cli_rollout(struct cli *cli, struct study *study, enum trained_on on, const int32_t *items,
                 int32_t n, int32_t n_history, struct error *err);

/* Rolls the run's model out and prints the items and their spans. */
bool cli_generate(struct cli *cli, struct study *study, const struct roll_out_question *question,
                  struct error *err);

#endif
