/*
 * Work that takes longer than a frame. A job runs on a thread of its own; its result comes back on
 * the drawing thread, which is the only one that calls these functions.
 *
 *     jobs_start(jobs, &(struct job_spec){.name = "sorting", .work = sort_work,
 *                                         .done = sort_done, .context = request});
 *
 * `work` sees only its context: give it copies, or things that stay unchanged until `done`.
 * `done` is called exactly once for every job, cancelled or not, and owns the context: it puts the
 * result in place (or drops it when a newer request has been made meanwhile) and frees it.
 */
#ifndef TUI_COMMAND_JOB_H
#define TUI_COMMAND_JOB_H

#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/progress.h"

struct jobs;

enum job_flags {
    JOB_QUIET = 1,  /* not in the status line, and ^C passes it by */
    JOB_WRITES = 2, /* writes what the user wants kept: leaving rote asks while it runs */
};

struct job_spec {
    const char *name; /* in the status line: "sorting"; copied */
    unsigned flags;
    /* On the job's thread. Calls progress_at() / progress_ok() a few hundred times a second and
     * stops when that says false. */
    bool (*work)(void *context, struct progress *progress, struct error *err);
    /* On the drawing thread. `ok` as returned by work; *err says why not (ERROR_CANCELLED too). */
    void (*done)(void *context, bool ok, const struct error *err);
    void *context;
    /* What jobs_cancel_of() knows it by; 0 and NULL: nothing. */
    uint64_t owner;
    const void *question;
};

struct jobs *jobs_new(void);
void jobs_free(struct jobs *jobs); /* cancels all, waits for them, calls every `done` */

/* The job's number, > 0. If no thread can be had, `work` runs at once. */
uint64_t jobs_start(struct jobs *jobs, const struct job_spec *spec);
void jobs_cancel(struct jobs *jobs, uint64_t id); /* not there any more: nothing */
/* All of an owner's that answer this question, or any (NULL); not what writes the user's files. */
void jobs_cancel_of(struct jobs *jobs, uint64_t owner, const void *question);
bool jobs_cancel_newest(struct jobs *jobs); /* ^C; false: there was none to cancel */

int jobs_fd(const struct jobs *jobs); /* readable when jobs_collect() has something to do */
/* Calls `done` of those that ended. True when anything happened, progress included. */
bool jobs_collect(struct jobs *jobs);
size_t jobs_running(const struct jobs *jobs); /* all, quiet ones too */
bool jobs_writing(const struct jobs *jobs);   /* one with JOB_WRITES runs */
void jobs_wait(struct jobs *jobs);            /* until none runs (batch mode, tests) */
/* For tests: jobs that are started while they are held begin when they are let go, so that none can
 * end before it is cancelled or looked at. */
void jobs_hold(struct jobs *jobs, bool held);
/* "sorting 43 % 2 s left", several joined with commas; empty when none is worth a word. */
void jobs_status(struct jobs *jobs, struct buf *out);

#endif
