/* What a run of the strategy canary has measured, in `rote runs show`. */
#ifndef TUI_CLI_CANARY_H
#define TUI_CLI_CANARY_H

#include "storage/base/json.h"
#include "storage/db/run_store.h"
#include "tui/cli/cli.h"

/* The data of the run's last event "canary", NULL without one. The caller's. */
struct jval *cli_canary_read(struct workspace *ws, int64_t run);
/* As lines; NULL: none. */
void cli_canary_print(struct cli *cli, const struct jval *canary);

#endif
