/* The table of subcommands, in the order of `rote --help`. Each is defined in a file of its name.
 */
#include "tui/cli/commands.h"

const struct cli_command cli_commands[] = {
    {"demo", "", "the sample data with trained models, at once", cli_demo_details, cli_demo_options,
     cli_demo, NULL, NULL},
    {"import", "FILE…", "read a data set into a new workspace",
     "Files of interactions, item texts and semantic ids, also gzip of them, - for standard\n"
     "input. What each file is, is seen from its content and said with the reason.",
     cli_import_options, cli_import, NULL, NULL},
    {"import-recs", "FILE", "read another program's recommendation lists as a run",
     cli_import_recs_details, cli_import_recs_options, cli_import_recs, cli_import_recs_more, NULL},
    {"bench", "NAME", "measure speed, checked against naive code first",
     "The corpus is synthetic unless --data names one. Every benchmark checks itself before it is\n"
     "timed; --json gives name, work, seconds, rate, unit, cores and all measures. train takes "
     "turns\n"
     "with a PyTorch peer (--peer) and prints how many times as fast it is, at the same batch of "
     "256\n"
     "sequences.\n"
     "screens makes a workspace (1,000,000 users of 50 items, 100,000 items, 3 runs unless the\n"
     "options say otherwise; about 4 GB below TMPDIR or in --dir), opens the screens on it on a\n"
     "pseudo terminal and sets each figure beside what is asked of it at that size; with one\n"
     "missed it ends with status 1 after the report.",
     cli_bench_options, cli_bench, NULL, cli_bench_word},
    {"audit", "", "what in the data makes numbers wrong or fragile", cli_audit_details, NULL,
     cli_audit, NULL, NULL},
    {"train", "", "train a model and store its recommendations", cli_train_details,
     cli_train_options, cli_train, cli_train_more, NULL},
    {"runs", "[WORD …]", "what has been trained", cli_runs_details, NULL, cli_runs, NULL,
     cli_runs_word},
    {"label", "[RUN…]", "label recommendations and targets by what they repeat", cli_label_details,
     cli_label_options, cli_label, NULL, NULL},
    {"eval", "[RUN…]", "accuracy and memorization of runs, with nulls and intervals",
     cli_eval_details, cli_eval_options, cli_eval, NULL, NULL},
    {"compare", "A B",
     "two runs or groups of seeds: paired differences, where the gain comes from, users won and "
     "lost",
     cli_compare_details, cli_compare_options, cli_compare, NULL, NULL},
    {"trace", "", "the training sequences behind a recommendation", cli_trace_details,
     cli_trace_options, cli_trace, NULL, NULL},
    {"export", "WHAT [RUN…]", "write results as CSV, TSV, JSON, JSON lines, Markdown or pictures",
     cli_export_details, cli_export_options, cli_export, NULL, cli_export_word},
    {"case", "[WORD …]",
     "case studies: what was found, pinned with its numbers, and is it still so?", cli_case_details,
     cli_case_options, cli_case, NULL, cli_case_word},
    {"report", "[RUN…]", "all of it as one document: HTML, Markdown, LaTeX, JSON, text",
     cli_report_details, cli_report_options, cli_report, NULL, NULL},
    {"doctor", "", "check this machine, terminal and workspace", cli_doctor_details, NULL,
     cli_doctor, NULL, NULL},
    {"dataset", "", "what the workspace holds: sizes, fingerprints, split", cli_dataset_details,
     NULL, cli_dataset, NULL, NULL},
    {"sql", "\"SELECT …\"", "query the workspace, read-only", cli_sql_details, cli_sql_options,
     cli_sql, NULL, NULL},
    {"version", "", "print the version", NULL, NULL, cli_version, NULL, NULL},
    {"complete", "-- INDEX WORD…", "", NULL, NULL, cli_complete, NULL, NULL},
    {"worker", "DIR [LOCK]", "", NULL, NULL, cli_worker, NULL, NULL},
    {0},
};
