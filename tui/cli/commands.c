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
     "NAME is import, index, match, label or trace. The corpus is synthetic unless --data names\n"
     "one. Every benchmark checks itself before it is timed; --json gives name, work, seconds,\n"
     "rate, unit, cores and all measures.",
     cli_bench_options, cli_bench},
    {"audit", "", "what in the data makes numbers wrong or fragile", cli_audit_details, NULL,
     cli_audit},
    {"train", "", "train a model and store its recommendations", cli_train_details,
     cli_train_options, cli_train},
    {"runs", "[show|log|cancel|resume|rename|delete R]", "what has been trained", cli_runs_details,
     NULL, cli_runs},
    {"label", "[RUN…]", "label recommendations and targets by what they repeat", cli_label_details,
     cli_label_options, cli_label},
    {"eval", "[RUN…]", "accuracy and memorization of runs, with nulls and intervals",
     cli_eval_details, cli_eval_options, cli_eval},
    {"compare", "A B",
     "two runs: paired differences, where the gain comes from, users won and lost",
     cli_compare_details, cli_compare_options, cli_compare},
    {"trace", "", "the training sequences behind a recommendation", cli_trace_details,
     cli_trace_options, cli_trace},
    {"export", "WHAT", "write results as CSV, TSV, JSON, JSON lines or Markdown",
     cli_export_details, cli_export_options, cli_export},
    {"doctor", "", "check this machine, terminal and workspace", cli_doctor_details, NULL,
     cli_doctor},
    {"dataset", "", "what the workspace holds: sizes, fingerprints, split", cli_dataset_details,
     NULL, cli_dataset},
    {"sql", "\"SELECT …\"", "query the workspace, read-only", cli_sql_details, cli_sql_options,
     cli_sql},
    {"version", "", "print the version", NULL, NULL, cli_version},
    {"worker", "DIR [LOCK]", "", NULL, NULL, cli_worker},
    {0},
};
