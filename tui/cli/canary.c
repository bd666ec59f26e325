#include "tui/cli/canary.h"

#include <math.h>
#include <string.h>

/* A worker that was started again after a kill may have told twice. */
static bool take(void *context, const struct run_event *event)
{
    struct jval **last = context;
    if (strcmp(event->kind, "canary") == 0) {
        jval_free(*last);
        *last = jval_parse(event->data, strlen(event->data), NULL);
    }
    return true;
}

struct jval *cli_canary_read(struct workspace *ws, int64_t run)
{
    struct jval *last = NULL;
    run_events_read(ws, run, 0, take, &last, NULL);
    return last;
}

static void print_group(struct cli *cli, const struct jval *group)
{
    double exposure = jval_real(jval_get(group, "exposure"), NAN);
    fprintf(cli->out, "%7lld %9lld", (long long)jval_int(jval_get(group, "copies"), 0),
            (long long)jval_int(jval_get(group, "canaries"), 0));
    if (isnan(exposure))
        fprintf(cli->out, "  -\n");
    else
        fprintf(cli->out, "  %.2f [%.2f, %.2f]  %.1f\n", exposure,
                jval_real(jval_get(group, "exposure_lo"), NAN),
                jval_real(jval_get(group, "exposure_hi"), NAN),
                jval_real(jval_get(group, "median_rank"), NAN));
}

void cli_canary_print(struct cli *cli, const struct jval *canary)
{
    const struct jval *groups = canary ? jval_get(canary, "by_copies") : NULL;
    int64_t items = jval_int(canary ? jval_get(canary, "catalogue") : NULL, 1);
    if (!groups)
        return;
    fprintf(cli->out, "canaries: exposure in bits, at most %.2f (a rank of 1 among %lld items)",
            log2((double)items), (long long)items);
    if (jval_get(canary, "sample"))
        fprintf(cli->out, ", ranks scaled up from %lld items drawn at random",
                (long long)jval_int(jval_get(canary, "sample"), 0));
    fprintf(cli->out, "\n copies  canaries  exposure  median rank\n");
    for (size_t i = 0; i < jval_size(groups); i++)
        print_group(cli, jval_at(groups, i));
}
