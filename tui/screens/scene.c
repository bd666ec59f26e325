#include "tui/screens/scene.h"

#include <string.h>

#include "analysis/report/groups.h"
#include "storage/base/mem.h"

struct scene scene_now(const struct host *host)
{
    struct scene scene = {.definition = host->definition,
                          .edges_chosen = host->edges_chosen,
                          .part = host->part,
                          .n_shown = host->n_shown};
    memcpy(scene.shown, host->shown, host->n_shown * sizeof *host->shown);
    return scene;
}

/* None where there are some to choose from is a choice, too. */
static void add_runs(struct study *study, const struct scene *scene, struct buf *out)
{
    bool any = false, some = false;
    for (size_t i = 0; i < scene->n_shown; i++) {
        const struct study_run *run = study_run_by_id(study, scene->shown[i]);
        if (!run)
            continue;
        buf_adds(out, any ? "," : "runs ");
        run_name_add(run->name, out);
        any = true;
    }
    for (size_t i = 0; !any && i < study_n_runs(study); i++)
        some |= study_run_at(study, i)->has[scene->part];
    if (some)
        buf_adds(out, "runs -");
    if (any || some)
        buf_addc(out, '\n');
}

/* Edges are said where they were chosen: else they follow the runs again. */
static void add_definition(const struct scene *scene, struct buf *out)
{
    static const char name[] = "edges=";
    char text[DEFINITION_TEXT_MAX];
    struct definition d = scene->definition;
    d.train_valid &= scene->edges_chosen;
    definition_format(&d, text);
    const char *edges = strstr(text, name);
    if (scene->edges_chosen && !edges) {
        buf_addf(out, "def %s,%strain\n", text, name);
    } else if (!scene->edges_chosen && edges) {
        size_t n = strcspn(edges, ",");
        buf_addf(out, "def %.*s%s\n", (int)(edges - text), text, edges + n + (edges[n] == ','));
    } else {
        buf_addf(out, "def %s\n", text);
    }
}

void scene_link(const struct host *host, const struct scene *scene, struct buf *out)
{
    add_definition(scene, out);
    if (scene->part == PART_VALID)
        buf_adds(out, "part valid\n");
    add_runs(host->study, scene, out);
}

bool scene_above(const struct host *host, uint64_t below, struct scene *out)
{
    size_t i = 0;
    while (below > 0 && i < host->n_returns && host->returns[i].opener != below)
        i++;
    if (below > 0 && i == host->n_returns)
        return false;
    i += below > 0;
    *out = i < host->n_returns ? host->returns[i].scene : scene_now(host);
    return true;
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
    return (struct scene_return){.scene = scene_now(host_of(app)),
                                 .opener = app_front(app)->number};
}

/* Openers lie on the stack of views in the order in which they kept theirs. */
void scene_return_later(struct app *app, const struct scene_return *kept)
{
    struct host *host = host_of(app);
    MEM_GROW(host->returns, host->n_returns + 1, host->returns_cap);
    host->returns[host->n_returns++] = *kept;
    scene_popped(host, app);
}

void scene_enter(struct host *host, struct app *app)
{
    if (!host->entering)
        host->entering = mem_alloc(sizeof *host->entering);
    *host->entering = scene_keep(app);
    host->part = PART_TEST;
}

void scene_entered(struct host *host, struct app *app)
{
    struct scene_return *kept = host->entering;
    host->entering = NULL;
    if (kept)
        scene_return_later(app, kept);
    free(kept);
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
