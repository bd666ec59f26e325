/* The table of subcommands, in the order of `rote --help`. Each is defined in a file of its name.
 */
#include "tui/cli/commands.h"

const struct cli_command cli_commands[] = {
    {"version", "", "print the version", NULL, NULL, cli_version},
    {0},
};
