/*
 * What all screens of a study share: the study itself, the active definition, the part, the runs
 * that are shown, and the actions that change them. It is the application's data (app_data()).
 * Drawing thread only; jobs get copies.
 */
#ifndef TUI_SCREENS_HOST_H
#define TUI_SCREENS_HOST_H

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "tui/screens/app.h"
#include "tui/screens/tour.h"

enum { HOST_RUNS = 4 };

struct case_desk;
struct scene_return;

struct host {
    struct study *study;
    struct definition definition;
    bool edges_chosen; /* the user named the edges; else they follow the first shown run */
    enum part part;
    int64_t shown[HOST_RUNS]; /* run ids, in the order of the panes */
    size_t n_shown;
    struct tour tour;
    struct case_desk *desk;       /* case_desk.h; NULL until it is needed */
    struct scene_return *returns; /* [n_returns] scene.h: what q puts back, the next one last */
    size_t n_returns, returns_cap;
    struct scene_return *entering; /* scene_enter(); NULL: no scene is being entered */
};

/* Borrows the study. Shows the finished runs of the study, the newest first. */
void host_init(struct host *host, struct study *study);
/* The application's side of it; lives as long as `host`. */
struct app_host host_app(struct host *host);

static inline struct host *host_of(struct app *app)
{
    return app_data(app);
}

/* The shown runs that still exist and have lists for the part, into run[HOST_RUNS]; how many. */
size_t host_shown_runs(const struct host *host, const struct study_run *run[HOST_RUNS]);
bool host_is_shown(const struct host *host, int64_t run);
/* edges_chosen: the definition's edges hold; else those that the first shown run was trained on. */
void host_define(struct host *host, const struct definition *definition, bool edges_chosen);
/* Shows these and no others, at most HOST_RUNS; false: they are shown already. */
bool host_show_runs(struct host *host, const int64_t *runs, size_t n);
/* Shows a run (the last place is given up when all are taken) or stops showing it. */
void host_toggle_run(struct host *host, int64_t run);

/* An item's title, or its id where it has none. Borrowed from the study. */
const char *host_item_title(const struct host *host, int32_t item);
const char *host_item_id(const struct host *host, int32_t item);
const char *host_user_id(const struct host *host, int32_t user);
/* By an id as it is, or as line_escape() writes it: what commands in lines say. -1: none has it. */
int32_t host_find_item(const struct host *host, const char *text);
int32_t host_find_user(const struct host *host, const char *text);

/* "gr-a | gr-b", of the shown ones. */
void host_run_names(const struct host *host, const char *separator, struct buf *out);
/* The commands that every link begins with, of the scene (scene.h) as it is now. */
void host_link(const struct host *host, struct buf *out);

#endif
