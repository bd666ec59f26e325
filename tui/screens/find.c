/* The kinds are filters and an order over the table of users; docs/definitions.md says what is
 * reachable. */
#include "tui/screens/find.h"

#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/screens/users_screen.h"

unsigned find_cases(struct host *host, struct app *app, const char *kind, struct error *err)
{
    static const struct {
        const char *name;
        enum users_kind kind;
        size_t runs; /* that must be shown */
    } kinds[] = {{"rote", USERS_ROTE, 1},
                 {"novel", USERS_NOVEL, 1},
                 {"won", USERS_WON, 2},
                 {"lost", USERS_LOST, 2}};
    const struct study_run *run[HOST_RUNS];
    size_t shown = host_shown_runs(host, run), i = 0;
    while (i < ARRAY_LEN(kinds) && strcmp(kinds[i].name, kind) != 0)
        i++;
    if (i == ARRAY_LEN(kinds)) {
        error_set(err, ERROR_USAGE, "say what to find: rote, novel, won or lost");
        return REACT_ERROR;
    }
    if (shown < kinds[i].runs) {
        error_set(err, ERROR_STATE, "to find %s cases show %zu run%s first (r)", kind,
                  kinds[i].runs, plural_s((int64_t)kinds[i].runs));
        return REACT_ERROR;
    }
    app_push(app, users_screen_new(app, kinds[i].kind));
    return REACT_DRAW;
}
