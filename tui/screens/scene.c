#include "tui/screens/scene.h"

#include <string.h>

#include "storage/base/mem.h"

static struct scene scene_of(const struct host *host)
{
    struct scene scene = {.definition = host->definition,
                          .edges_chosen = host->edges_chosen,
                          .part = host->part,
                          .n_shown = host->n_shown};
    memcpy(scene.shown, host->shown, host->n_shown * sizeof *host->shown);
    return scene;
}

static bool is_shown(const struct host *host, const struct scene *scene)
{
    return definition_equal(&host->definition, &scene->definition) && host->part == scene->part &&
           host->n_shown == scene->n_shown &&
           memcmp(host->shown, scene->shown, scene->n_shown * sizeof *scene->shown) == 0;
}

static void show(struct host *host, struct app *app, const struct scene *scene)
{
    bool same = is_shown(host, scene);
    host->definition = scene->definition;
    host->edges_chosen = scene->edges_chosen;
    host->part = scene->part;
    host->n_shown = scene->n_shown;
    memcpy(host->shown, scene->shown, scene->n_shown * sizeof *scene->shown);
    if (!same)
        app_refresh(app);
}

struct scene_return scene_keep(struct app *app)
{
    return (struct scene_return){.scene = scene_of(host_of(app)), .opener = app_front(app)->number};
}

/* Openers lie on the stack of views in the order in which they kept theirs. */
void scene_return_later(struct app *app, const struct scene_return *kept)
{
    struct host *host = host_of(app);
    MEM_GROW(host->returns, host->n_returns + 1, host->returns_cap);
    host->returns[host->n_returns++] = *kept;
    scene_popped(host, app);
}

void scene_popped(struct host *host, struct app *app)
{
    const struct view *front = app_front(app);
    while (host->n_returns > 0 && front &&
           host->returns[host->n_returns - 1].opener == front->number)
        show(host, app, &host->returns[--host->n_returns].scene);
    if (host->n_returns > 0)
        return;
    free(host->returns);
    host->returns = NULL;
    host->returns_cap = 0;
}
