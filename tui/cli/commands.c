/* The table of subcommands, in the order of `rote --help`. Each is defined in a file of its name.
 */
#include "tui/cli/commands.h"

const struct cli_command cli_commands[] = {
    {"import", "FILE…", "read a data set into a new workspace",
     "Files of interactions, item texts and semantic ids, also gzip of them, - for standard\n"
     "input. What each file is, is seen from its content and said with the reason.",
     cli_import_options, cli_import},
    {"version", "", "print the version", NULL, NULL, cli_version},
    {0},
};
