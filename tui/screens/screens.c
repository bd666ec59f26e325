#include "tui/screens/screens.h"

#include <langinfo.h>
#include <string.h>

#include "analysis/report/study.h"
#include "storage/base/mem.h"
#include "tui/command/state.h"
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
    char *state = options->keep && !options->batch ? state_folder() : NULL;
    char *config = options->config  ? mem_strdup(options->config)
                   : options->batch ? NULL
                                    : config_path();
    struct app_options app_options = {
        .term = {.ascii = ascii_only(options),
                 .mono = options->mono,
                 .colour_256 = options->colour_256,
                 .mouse = options->mouse},
        .batch = options->batch,
        .readonly = options->readonly || study_read_only(study),
        .commands = options->commands,
        .n_commands = options->n_commands,
        .config = config,
        .config_named = options->config != NULL,
        .state = state,
        .session = options->session,
    };
    struct app *app = app_new(&app_options, &app_host);
    app_push(app, overview_new(app));
    int status = app_run(app);
    app_free(app);
    study_close(study);
    free(state);
    free(config);
    return status;
}
