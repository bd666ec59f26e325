/* The run functions of the subcommands, one file each, with their option tables and details. */
#ifndef TUI_CLI_COMMANDS_H
#define TUI_CLI_COMMANDS_H

#include "analysis/corpus/audit.h"
#include "tui/cli/cli.h"

typedef int cli_run(struct cli *cli, const struct cli_args *args, struct error *err);

cli_run cli_audit;
cli_run cli_bench;
cli_run cli_case;
cli_run cli_compare;
cli_run cli_complete;
cli_run cli_dataset;
cli_run cli_demo;
cli_run cli_doctor;
cli_run cli_eval;
cli_run cli_export;
cli_run cli_import;
cli_run cli_import_recs;
cli_run cli_label;
cli_run cli_report;
cli_run cli_runs;
cli_run cli_sql;
cli_run cli_trace;
cli_run cli_train;
cli_run cli_version;
cli_run cli_worker;

extern const struct cli_option cli_bench_options[];
extern const struct cli_option cli_case_options[];
extern const struct cli_option cli_compare_options[];
extern const struct cli_option cli_demo_options[];
extern const struct cli_option cli_eval_options[];
extern const struct cli_option cli_export_options[];
extern const struct cli_option cli_import_options[];
extern const struct cli_option cli_import_recs_options[];
extern const struct cli_option cli_label_options[];
extern const struct cli_option cli_report_options[];
extern const struct cli_option cli_sql_options[];
extern const struct cli_option cli_trace_options[];
extern const struct cli_option cli_train_options[];

extern const char cli_audit_details[];
extern const char cli_case_details[];
extern const char cli_compare_details[];
extern const char cli_dataset_details[];
extern const char cli_demo_details[];
extern const char cli_doctor_details[];
extern const char cli_eval_details[];
extern const char cli_export_details[];
extern const char cli_import_recs_details[];
extern const char cli_label_details[];
extern const char cli_report_details[];
extern const char cli_runs_details[];
extern const char cli_sql_details[];
extern const char cli_trace_details[];
extern const char cli_train_details[];
void cli_import_recs_more(struct buf *out);

typedef bool cli_words(size_t i, struct cli_word *out); /* as struct cli_command has it */
cli_words cli_bench_word, cli_case_word, cli_export_word, cli_runs_word;
void cli_train_more(struct buf *out);

/* The findings as text: after an import, and for rote audit. */
void cli_print_audit(FILE *out, const struct audit *audit);

#endif
