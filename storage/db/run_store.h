/*
 * Runs and their events in rote.db. What is large (lists, labels, checkpoints) lies as files under
 * runs/<id>/, see storage/db/run_file.h. Each function is one transaction.
 */
#ifndef STORAGE_DB_RUN_STORE_H
#define STORAGE_DB_RUN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/db/workspace.h"

/* Strings are owned and never NULL once read. Times are seconds since 1970, 0 = not yet. */
struct run_info {
    int64_t id;
    char *name;
    char *model;    /* "markov", "gr", …; "imported" for other people's lists */
    char *strategy; /* "next-item", "iirg+goldfish:k=3" */
    char *options_json;
    char *state;             /* "queued", "running", "done", "failed", "cancelled" */
    char *trained_on;        /* "train" or "train+valid" */
    bool trained_on_assumed; /* an imported run that did not say */
    uint64_t fingerprint;    /* of the data set it was trained on */
    int64_t seed;
    int64_t created, started, ended;
    double seconds; /* of training */
    char *kernel;   /* what computed it: "OpenBLAS SkylakeX, 2 threads" */
    char *error;    /* why it failed, "" otherwise */
};
void run_info_release(struct run_info *info); /* a zeroed one is fine */

struct run_list {
    struct run_info *run; /* [n] by id */
    size_t n;
};
void run_list_release(struct run_list *list);

/* Can it be the name of a run: 1 to 80 bytes, without control characters or '/', no number, not
 * beginning with '-'? Whether it is taken is not looked at. */
bool run_name_ok(const char *name, struct error *err);

/* A new run from `wanted` (borrowed; id, created, fingerprint are set here; NULL strings have their
 * defaults: name = model, model-2, …; strategy "next-item"; options "{}"; state "queued"; trained
 * on "train"). Names are unique, 1 to 80 bytes, without control characters or '/', and no number.
 * Makes an empty runs/<id>/. */
bool run_create(struct workspace *ws, const struct run_info *wanted, int64_t *id,
                struct error *err);

/* The same; `fill` (NULL allowed) writes into the new folder before anybody can see the run: a
 * crash leaves both or neither. */
typedef bool (*run_fill_fn)(void *context, int64_t id, const char *dir, struct error *err);
bool run_create_filled(struct workspace *ws, const struct run_info *wanted, run_fill_fn fill,
                       void *context, int64_t *id, struct error *err);

/* Stores every field of `info` but id, name, created and fingerprint. */
bool run_update(struct workspace *ws, const struct run_info *info, struct error *err);
/* State alone; "running" also sets started, the final states ended. `why` NULL: no error text. */
bool run_set_state(struct workspace *ws, int64_t id, const char *state, const char *why,
                   struct error *err);
/* Journaled: case_undo() takes it back. */
bool run_rename(struct workspace *ws, int64_t id, const char *name, struct error *err);

bool run_list_read(struct workspace *ws, struct run_list *out, struct error *err);
bool run_get(struct workspace *ws, int64_t id, struct run_info *out, struct error *err);
/* By name, by number, or by a prefix that fits one name only. ERROR_NOT_FOUND names the runs. */
bool run_find(struct workspace *ws, const char *text, struct run_info *out, struct error *err);
/* With its events, figures and folder. */
bool run_delete(struct workspace *ws, int64_t id, struct error *err);
/* Grows whenever any process stores something about runs: poll this. 0 on failure. */
int64_t run_generation(struct workspace *ws);

/* ---- events ---- */

struct run_event {
    int64_t seq; /* from 1, ascending within a run */
    int64_t time;
    const char *kind; /* "start", "epoch", "canary", "import", "end" */
    const char *data; /* JSON */
};
/* Adds what is not there yet: the same events may be given again. */
bool run_events_append(struct workspace *ws, int64_t run, const struct run_event *list, size_t n,
                       struct error *err);
/* The same together with run_update(): both or neither. */
bool run_events_take(struct workspace *ws, const struct run_info *info,
                     const struct run_event *list, size_t n, struct error *err);
bool run_events_last(struct workspace *ws, int64_t run, int64_t *seq, struct error *err);
/* Events with seq > after in order, until `each` returns false. */
bool run_events_read(struct workspace *ws, int64_t run, int64_t after,
                     bool (*each)(void *context, const struct run_event *event), void *context,
                     struct error *err);

#endif
