/*
 * What lies in a run's folder between the workers that write it and the processes that read it.
 *
 *   job.json             what to do: written once by the launcher, before the worker starts
 *   lock                 held (an open-file-description lock) as long as a worker lives; it says
 *                        which process of which machine that is
 *   events.jsonl         appended by the worker: {"seq":1,"time":…,"kind":"…","data":{…}}
 *   progress.json        what the worker does now, replaced about twice a second
 *   steps                the updates made so far, written after each: what a kill costs is known
 *   worker.log           what the worker and what it started said
 *   checkpoint*, semid.safetensors, recs-*.safetensors, model.safetensors, config.json
 *   canary.json, train-scores.safetensors   of some strategies (analysis/run/measure.h)
 *   exchange/            between rote and an external trainer (analysis/run/exchange.h)
 *
 * Events: "start" (its turn has come; from which step), "epoch", "canary" (exposure, after training
 * with canaries), and last "end" with the state and the reason. A run that is resumed appends to
 * the same file.
 */
#ifndef ANALYSIS_RUN_FOLDER_H
#define ANALYSIS_RUN_FOLDER_H

#include "analysis/corpus/split.h"
#include "analysis/run/launcher.h"
#include "analysis/run/options.h"
#include "storage/base/buf.h"
#include "storage/db/run_store.h"

/* ---- the job ---- */

struct run_job {
    int64_t run;
    uint64_t fingerprint; /* of the data set */
    char import_id[48];   /* of the data set's file, ../../cache/dataset.safetensors */
    enum trained_on on;
    enum launcher_id launcher;
    struct run_options options; /* of a model that rote trains; else the strategy alone */
    /* Of an external trainer, else NULL: its model's name and its options (a JSON object), the
     * command for the shell, and the folder to run it in. */
    char *model, *settings, *command, *directory;
};
bool run_job_write(const char *dir, const struct run_job *job, struct error *err);
bool run_job_read(const char *dir, struct run_job *out, struct error *err);
void run_job_release(struct run_job *job); /* of one that was read; a zeroed one is fine */
const char *run_job_model(const struct run_job *job);

/* Removes what a worker that was killed had begun to write. For the one that holds the lock. */
void run_sweep(const char *dir);

/* ---- locks ---- */

/* Opens dir/name and takes its lock. -1 and ERROR_STATE when another process has it, -1 and
 * ERROR_IO when it cannot be made. A child that inherits the descriptor holds the lock too. */
int run_lock_take(const char *dir, const char *name, struct error *err);
/* The same, waiting for at most `seconds`. */
int run_lock_wait(const char *dir, const char *name, double seconds, struct error *err);
void run_lock_release(int fd); /* -1 is fine */
/* Looks without taking; a missing file is not held. */
bool run_lock_held(const char *dir, const char *name);

/* Writes into the lock, which the caller holds, that this process does. */
void run_lock_sign(int fd);
/* The process id of the worker that holds the run's lock; 0: none, or not known yet. *here (NULL
 * allowed): is it a process of this machine, so that the number means something? */
int64_t run_worker_pid(const char *dir, bool *here);

/* How many workers may work at once: the number in the file `at-once` of the folder of all runs, 1
 * where there is none. */
int run_at_once(const char *runs);

/* ---- events ---- */

struct run_log; /* appends events; one per worker */
/* Continues after the last whole event. Sets aside some disk, so that the last word can be written
 * when the disk is full. */
struct run_log *run_log_open(const char *dir, struct error *err);
void run_log_close(struct run_log *log); /* NULL allowed */
/* Takes `data`. One write and one fdatasync. */
bool run_log_add(struct run_log *log, const char *kind, struct jval *data, struct error *err);
/* The event "end"; gives up the disk set aside before it writes. */
bool run_log_end(struct run_log *log, struct jval *data, struct error *err);
/* The last epoch that an "epoch" event tells of; 0: none. */
int32_t run_log_last_epoch(const struct run_log *log);

/* Calls `each` for every whole event with seq > after, in order, until it returns false. A missing
 * file has none; what is no event is skipped. */
bool run_events_scan(const char *dir, int64_t after,
                     bool (*each)(void *context, const struct run_event *event), void *context,
                     struct error *err);

/* ---- steps ---- */

/* The file of the steps, open for writing; -1: it cannot be written, and steps go uncounted. */
int run_steps_open(const char *dir);
/* One write of a few bytes, no wait for the disk. */
void run_steps_note(int fd, int64_t step, double seconds);
/* What was noted last; zeroes where nothing was. */
void run_steps_read(const char *dir, int64_t *step, double *seconds);

/* ---- what it does now ---- */

struct run_progress {
    char what[32];      /* "waiting", "training", "ranking"; "" when nothing is known */
    double share;       /* of `what`, 0 .. 1; NAN: not known */
    double eta_seconds; /* until `what` ends at the latest; NAN: not known */
    int64_t step;
    int32_t epoch, epochs; /* the last finished one, and how many there are at most */
    /* Of the last finished epoch; NAN before the first. */
    double loss, recall10, ndcg10, one_hop, one_hop_shuffle, extraction, tokens_per_second;
};
bool run_progress_write(const char *dir, const struct run_progress *progress, struct error *err);
/* Zeroes and NANs where nothing has been written. */
void run_progress_read(const char *dir, struct run_progress *out);

/* The last `lines` lines of worker.log, joined by `between`; "" where there are none. Reads the
 * file's end only. */
void run_log_tail(const char *dir, int lines, const char *between, struct buf *out);

#endif
