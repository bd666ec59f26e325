/* The run functions of the subcommands, one file each, and their option tables. */
#ifndef TUI_CLI_COMMANDS_H
#define TUI_CLI_COMMANDS_H

#include "tui/cli/cli.h"

extern const struct cli_option cli_import_options[];
int cli_import(struct cli *cli, const struct cli_args *args, struct error *err);
extern const struct cli_option cli_bench_options[];
int cli_bench(struct cli *cli, const struct cli_args *args, struct error *err);
int cli_version(struct cli *cli, const struct cli_args *args, struct error *err);

#endif
