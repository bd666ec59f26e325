#include "tui/screens/screens.h"

#include <langinfo.h>
#include <string.h>

#include "analysis/report/study.h"
#include "tui/screens/host.h"
#include "tui/screens/overview.h"

/* A terminal says by itself what it shows (tui/term); without one the locale decides. */
static bool ascii_only(const struct screens_options *options)
{
    return options->ascii || (options->batch && strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
}

int screens_main(const struct screens_options *options, struct error *err)
{
    struct study *study = NULL;
    if (!study_open(options->workspace, options->readonly, NULL, &study, err))
        return 1;
    struct host host;
    host_init(&host, study);
    struct app_host app_host = host_app(&host);
    struct app_options app_options = {
        .term = {.ascii = ascii_only(options),
                 .mono = options->mono,
                 .colour_256 = options->colour_256},
        .batch = options->batch,
        .readonly = options->readonly || study_read_only(study),
        .commands = options->commands,
        .n_commands = options->n_commands,
    };
    struct app *app = app_new(&app_options, &app_host);
    app_push(app, overview_new(app));
    int status = app_run(app);
    app_free(app);
    study_close(study);
    return status;
}
