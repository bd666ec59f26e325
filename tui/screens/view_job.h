/*
 * A job of a view, and what all of them need: who asked, about which data, whether the answer is
 * still wanted when it comes. The job's own struct begins with a struct view_job:
 *
 *     struct request { struct view_job job; struct rows rows; };
 *     static const struct view_job_kind reading = {
 *         .name = "runs", .size = sizeof(struct request), .work = read_rows, .take = take_rows,
 *         .release = release_rows};
 *
 *     struct request *q = view_job_new(app, view, &reading, &v->request);
 *     view_job_start(&q->job);
 *
 * Drawing thread only, but for `work`.
 */
#ifndef TUI_SCREENS_VIEW_JOB_H
#define TUI_SCREENS_VIEW_JOB_H

#include "tui/screens/host.h"

struct view_job_kind {
    const char *name; /* in the status line */
    unsigned flags;   /* JOB_QUIET */
    bool silent;      /* a failure is not said: `take` shows it, or the next look may work */
    size_t size;      /* of the job's struct */
    /* On the job's thread, as in job.h; `job` is the struct. */
    bool (*work)(void *job, struct progress *progress, struct error *err);
    /* Puts the answer in place; what it keeps it must take out of the job. Not called when the
     * view is gone or has asked anew. It may start the job again, as another kind, too. */
    void (*take)(struct view *view, void *job, bool ok, const struct error *err);
    void (*release)(void *job); /* what the struct owns, not the struct; NULL: nothing */
};

struct view_job {
    const struct view_job_kind *kind;
    struct app *app;
    uint64_t view, number;  /* who asked, and with which request */
    const uint64_t *newest; /* in the view: its newest request; NULL: every answer is wanted */
    bool running;
    /* As they were when it was made. */
    struct study *study;
    enum part part;
    struct definition definition;
};

/* A zeroed struct of the kind's size with its struct view_job filled in. newest: the view's counter
 * of such requests, which is counted up, so that older answers are dropped; NULL allowed. */
void *view_job_new(struct app *app, struct view *view, const struct view_job_kind *kind,
                   uint64_t *newest);
void view_job_drop(struct view_job *job); /* instead of starting it */
/* Takes the job over. An older one with the same counter is cancelled, and so are all when the view
 * is left. */
void view_job_start(struct view_job *job);

/* What a job counted, in a view: the figures of before stay, dim, until the new ones are there.
 * When counting failed or was cancelled they go, for they are not those of the new definition. */
struct view_figures {
    const char *what; /* "users" */
    bool there, stale, stopped;
};
void view_figures_ask(struct view_figures *figures);
void view_figures_take(struct view_figures *figures, bool ok);
/* The sheet of them, or why there is none. */
void view_figures_draw(const struct view_figures *figures, struct sheet *sheet, struct canvas *c);
/* What is about rows has to wait for them; filters and sorting do not. False: it has to. */
bool view_figures_allow(const struct view_figures *figures, enum action_id id, struct error *err);

/* For views of what workers do: tick() once more in a second, as long as something is `live`. */
void view_watch(struct view *view, bool live);
/* In tick(): is it time to look? Behind another view it is not; it is asked again later. */
bool view_watch_due(struct view *view, struct app *app);

#endif
