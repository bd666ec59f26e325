/* What `rote runs show` tells of imported lists. */
#ifndef TUI_CLI_IMPORT_RECS_H
#define TUI_CLI_IMPORT_RECS_H

#include "storage/base/json.h"
#include "storage/db/run_store.h"

/* The event "import" of a run, NULL: it has none. The caller frees. */
struct jval *cli_import_recs_event(struct workspace *ws, int64_t run);

#endif
