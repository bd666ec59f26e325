/*
 * What a session shows apart from its views: definition, part and runs. Views that open others
 * under another scene put it back with the place: it holds until q has come back to the opener.
 * Drawing thread only.
 */
#ifndef TUI_SCREENS_SCENE_H
#define TUI_SCREENS_SCENE_H

#include "tui/screens/host.h"

struct scene {
    struct definition definition;
    bool edges_chosen;
    enum part part;
    int64_t shown[HOST_RUNS];
    size_t n_shown;
};

struct scene scene_now(const struct host *host);
/* The commands that show it, a line each: "def …", "part valid" where it is not the usual one,
 * "runs …". */
void scene_link(const struct host *host, const struct scene *scene, struct buf *out);
/* The scene of what lies above the view with that number, up to the next one that opened others
 * under a scene of their own; 0: of the root. False: nothing changes there. */
bool scene_above(const struct host *host, uint64_t below, struct scene *out);

/* Before anything of the host is changed: what is shown now, and by which view. */
struct scene_return {
    struct scene scene;
    uint64_t opener; /* the number of the view in front */
};
struct scene_return scene_keep(struct app *app);
/* Once the views are pushed. Where none was, because something failed, it is put back at once. */
void scene_return_later(struct app *app, const struct scene_return *kept);
/* The two for the commands of a link, which do not say the usual part. */
void scene_enter(struct host *host, struct app *app);
void scene_entered(struct host *host, struct app *app);
/* A view has gone: puts back what was kept by the one that is in front now. */
void scene_popped(struct host *host, struct app *app);

#endif
