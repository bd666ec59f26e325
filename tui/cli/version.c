#include "tui/cli/commands.h"

int cli_version(struct cli *cli, const struct cli_args *args, struct error *err)
{
    (void)args, (void)err;
    if (cli->json) {
        struct jval *o = jval_new_object();
        jval_put_string(o, "version", ROTE_VERSION);
        jval_print(o, false, cli->out);
        jval_free(o);
    } else {
        fprintf(cli->out, "rote " ROTE_VERSION "\n");
    }
    return CLI_OK;
}
