/* Inside rote case: case.c has the list and the changes, case_pins.c what needs the data. */
#ifndef TUI_CLI_CASE_H
#define TUI_CLI_CASE_H

#include "analysis/report/case_study.h"
#include "tui/cli/cli.h"

void case_print_pin(struct cli *cli, size_t number, const struct case_pin *pin);
/* "made TITLE (3)", or the whole case study as JSON. */
bool case_say(struct cli *cli, struct workspace *ws, int64_t id, const char *what,
              struct error *err);

bool case_add_pin(struct cli *cli, struct study *study, struct workspace *ws,
                  const struct cli_args *args, struct error *err);
bool case_check_all(struct cli *cli, struct study *study, struct workspace *ws,
                    const struct cli_args *args, struct error *err);

#endif
