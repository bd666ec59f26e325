/* The table of subcommands, in the order of `rote --help`. Each is defined in a file of its name.
 */
#include "tui/cli/commands.h"

const struct cli_command cli_commands[] = {
    {"demo", "", "the sample data with trained models, at once", cli_demo_details, cli_demo_options,
     cli_demo},
    {"import", "FILE…", "read a data set into a new workspace",
     "Files of interactions, item texts and semantic ids, also gzip of them, - for standard\n"
     "input. What each file is, is seen from its content and said with the reason.",
     cli_import_options, cli_import},
    {"bench", "NAME", "measure speed, checked against naive code first",
     "NAME is index, match or label. The corpus is synthetic unless --data names one. Every "
     "benchmark\n"
     "checks itself before it is timed; --json gives name, work, seconds, rate, unit, cores and\n"
     "all measures.",
     cli_bench_options, cli_bench},
    {"audit", "", "what in the data makes numbers wrong or fragile", cli_audit_details, NULL,
     cli_audit},
    {"runs", "[show|log|rename|delete R]", "what has been trained", cli_runs_details, NULL,
     cli_runs},
    {"doctor", "", "check this machine, terminal and workspace", cli_doctor_details, NULL,
     cli_doctor},
    {"version", "", "print the version", NULL, NULL, cli_version},
    {0},
};
