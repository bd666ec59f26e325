#include "tui/screens/report_command.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/report.h"
#include "storage/base/mem.h"
#include "storage/base/shell.h"
#include "tui/screens/app_file.h"

/* As things were when it was asked for; the views may change meanwhile. */
struct request {
    struct study *study;
    enum part part;
    struct definition definition;
    enum document_format format;
};

/* The active definition first, then the usual ones. */
static void add_definitions(const struct definition *active, char text[DEFINITION_TEXT_MAX],
                            struct report_options *o, struct buf *command)
{
    static const char *const usual[] = {"last", "any", "iirg"};
    definition_format(active, text);
    if (strcmp(text, usual[0]) == 0)
        return; /* as without any */
    o->definition[o->n_definitions++] = text;
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (strcmp(text, usual[i]) != 0)
            o->definition[o->n_definitions++] = usual[i];
    for (size_t i = 0; i < o->n_definitions; i++) {
        buf_adds(command, " --definition");
        shell_add_next(command, o->definition[i]);
    }
}

static bool work(const void *context, const char *path, struct progress *progress,
                 struct error *err)
{
    const struct request *r = context;
    struct report_options options = {.part = r->part, .examples = REPORT_EXAMPLES};
    const struct study_run **runs;
    char text[DEFINITION_TEXT_MAX];
    struct buf command;
    buf_init(&command);
    buf_adds(&command, "rote report");
    add_definitions(&r->definition, text, &options, &command);
    if (r->part == PART_VALID)
        buf_adds(&command, " --split valid");
    options.command = command.data;
    bool ok = report_runs(r->study, NULL, 0, r->part, &runs, &options.n_runs, err);
    options.run = runs;
    ok = ok && report_save(r->study, &options, r->format, path, NULL, progress, err);
    free(runs);
    buf_release(&command);
    return ok;
}

unsigned report_command(struct app *app, const struct call *call, struct error *err)
{
    enum document_format format;
    if (strcmp(call->arg, "-") == 0) {
        error_set(err, ERROR_USAGE, "give a file's name; `rote report` writes to standard output");
        return REACT_ERROR;
    }
    if (!report_format(NULL, call->arg, &format, err))
        return REACT_ERROR;
    const struct host *host = host_of(app);
    struct request *r = mem_alloc(sizeof *r);
    *r = (struct request){
        .study = host->study, .part = host->part, .definition = host->definition, .format = format};
    return app_write_file(
        app, call,
        &(struct app_file){
            .job = "report", .path = call->arg, .write = work, .context = r, .release = free},
        err);
}
