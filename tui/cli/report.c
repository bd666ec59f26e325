/* rote report: everything about a workspace or some of its runs as one document. */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/report.h"
#include "storage/base/shell.h"
#include "tui/cli/commands.h"
#include "tui/cli/studies.h"

const struct cli_option cli_report_options[] = {
    {"output", 'o', "FILE", "where to (default: standard output)"},
    {"format", 'f', "F", "html, md, tex, json or txt (default: by the name, else txt)"},
    {"definition", 'd', "D", "may be repeated; the first is used throughout (last, any, iirg)"},
    {"examples", 'e', "N", "cases of each kind (default 2)"},
    CLI_OPTION_SPLIT,
    {0},
};

const char cli_report_details[] =
    "Data and audit, models, accuracy with intervals, memorization beside its nulls, labels, "
    "slices,\n"
    "frontier, curves of training, differences from the first run, example cases with their "
    "evidence,\n"
    "and how to make it all again. Without RUN: all finished runs. RUN may be a list (a,b) or a\n"
    "pattern ('gr-*').\n"
    "  rote report -o report.html            one file, no script; light and dark, on paper too\n"
    "  rote report sasrec gr -o report.tex   for pdflatex; .md for GitHub\n"
    "The same workspace gives the same bytes. What has not been evaluated yet is, and stored.";

/* The command that makes the report again; where to, it need not say. */
static char *command_of(const struct cli_args *args)
{
    struct buf out;
    buf_init(&out);
    buf_adds(&out, "rote report");
    for (size_t i = 0; i < args->n_rest; i++)
        shell_add_next(&out, args->rest[i]);
    for (size_t i = 0; i < args->n_all; i++) {
        const char *name = args->all[i].option->name;
        if (strcmp(name, "output") == 0 || strcmp(name, "format") == 0)
            continue;
        buf_addf(&out, " --%s", name);
        shell_add_next(&out, args->all[i].value);
    }
    return buf_detach(&out);
}

static bool read_options(const struct cli_args *args, struct report_options *o, struct error *err)
{
    int64_t examples = REPORT_EXAMPLES;
    if (!cli_part(args, &o->part, err) || !cli_int(args, "examples", 0, 100, &examples, err))
        return false;
    o->examples = (int)examples;
    for (size_t i = 0; i < args->n_all; i++) {
        if (strcmp(args->all[i].option->name, "definition") != 0)
            continue;
        if (o->n_definitions == REPORT_DEFINITIONS)
            return error_set(err, ERROR_USAGE, "at most %d definitions", REPORT_DEFINITIONS);
        o->definition[o->n_definitions++] = args->all[i].value;
    }
    return true;
}

int cli_report(struct cli *cli, const struct cli_args *args, struct error *err)
{
    const char *output = cli_value(args, "output"), *path = output ? output : "-";
    const char *name = cli_value(args, "format");
    enum document_format format = DOCUMENT_TXT;
    struct report_options options = {.part = PART_TEST};
    const struct study_run **runs = NULL;
    struct study *study = NULL;
    bool ok =
        report_format(cli->json && !name ? "json" : name, path, &format, err) &&
        read_options(args, &options, err) && (study = cli_study(cli, false, err)) &&
        report_runs(study, args->rest, args->n_rest, options.part, &runs, &options.n_runs, err);
    if (ok) {
        char *command = command_of(args);
        options.run = runs;
        options.command = command;
        ok = report_save(study, &options, format, path, cli->out, cli->progress, err);
        free(command);
    }
    free(runs);
    study_close(study);
    return ok ? CLI_OK : cli_status(err);
}
