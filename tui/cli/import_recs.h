/* What `rote runs show` tells of imported lists. */
#ifndef TUI_CLI_IMPORT_RECS_H
#define TUI_CLI_IMPORT_RECS_H

#include "storage/base/json.h"
#include "storage/db/run_store.h"

/* What was found when the run's lists were read, from a file or from another trainer; NULL: they
 * are rote's own. The caller frees. */
struct jval *cli_import_recs_event(struct workspace *ws, int64_t run);

#endif
