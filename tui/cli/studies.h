/* What commands that work on a study have in common: opening it, and finding runs, definitions and
 * parts by what the user typed. */
#ifndef TUI_CLI_STUDIES_H
#define TUI_CLI_STUDIES_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "tui/cli/cli.h"

/* NULL with *err. */
struct study *cli_study(struct cli *cli, bool read_only, struct error *err);

/* --split test|valid, default test. */
bool cli_part(const struct cli_args *args, enum part *part, struct error *err);
const char *cli_part_name(enum part part);

/* One definition from its text (NULL: last). Its edges are those of the run unless it names them;
 * k > 0 overrides its own. */
bool cli_definition(const char *text, int k, const struct study_run *run, struct definition *out,
                    struct error *err);

/* An external id's title, or the id where there is none. Borrowed from the study. */
const char *cli_item_name(struct study *study, int32_t item);

/* The runs that the arguments name, or all done ones when there are none. The caller frees *runs.
 */
bool cli_runs_named(struct study *study, const struct cli_args *args,
                    const struct study_run ***runs, size_t *n, struct error *err);

struct workspace;
/* Waits for a run that a worker trains, showing how far it is; ^C asks whether to cancel it. False
 * unless it is done. */
bool cli_follow(struct cli *cli, struct workspace *ws, int64_t run, struct error *err);

/* A share as "8.61 %"; "-" for NAN. `text` holds 16. */
const char *cli_percent(double share, char text[16]);

/* The names of a relation code as a JSON array. The caller owns it. */
struct jval *cli_labels_json(uint16_t code);

/* Options that several commands take. */
#define CLI_OPTION_SPLIT                                                                           \
    {                                                                                              \
        "split", 0, "PART", "test (default) or valid"                                              \
    }

#endif
