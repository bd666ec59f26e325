/*
 * A run's recommendation lists and labels: tensor files under runs/<id>/.
 *
 *   recs-<part>.safetensors            user, position [n], item, score [n, depth]
 *   labels-<part>-<edges>.safetensors  relation, verbatim, one_hop [n, depth], and more
 *
 * Writing needs the run's folder only, so a worker can do it; the workspace then registers the
 * file, which makes it known to readers and to SQL. Files are replaced whole. `part` is "test" or
 * "valid", `edges` the training corpus that was labelled against, "train" or "train+valid".
 */
#ifndef STORAGE_DB_RUN_FILE_H
#define STORAGE_DB_RUN_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/base/error.h"
#include "storage/db/workspace.h"
#include "storage/files/tensors.h"

/* One row of `depth` slots per case. When writing, borrowed arrays and file NULL. */
struct run_recs {
    int64_t n_cases;
    int32_t depth;
    const int32_t *user;     /* [n_cases] ascending */
    const int32_t *position; /* [n_cases] of the target in the user's sequence */
    const int32_t *item;     /* [n_cases * depth] item index; -1 none, -2 illegal */
    const float *score;      /* [n_cases * depth]; NULL: there are none */
    struct tensors *file;    /* the map behind them; NULL when closed */
};

bool run_recs_write(const char *run_dir, const char *part, uint64_t fingerprint,
                    const struct run_recs *recs, struct error *err);
/* Opens the registered lists of a run. ERROR_NOT_FOUND when it has none for this part. */
bool run_recs_open(struct workspace *ws, int64_t run, const char *part, struct run_recs *out,
                   struct error *err);
void run_recs_close(struct run_recs *recs); /* a zeroed or closed one is fine */
/* Are there lists (true), without opening them? */
bool run_recs_exist(struct workspace *ws, int64_t run, const char *part);
/* Makes the file of the run's folder known, after checking it against the data set. Figures of this
 * part and labels of older lists are dropped. */
bool run_recs_register(struct workspace *ws, int64_t run, const char *part, struct error *err);

/* Labels of the slots of a run's registered lists. */
struct run_labels {
    int64_t n_cases;
    int32_t depth;
    const uint16_t *relation; /* [n_cases * depth] label code */
    const uint8_t *verbatim;  /* [n_cases * depth] verbatim length, at most 255 */
    const uint8_t *one_hop;   /* [n_cases * depth] 1: directly followed some item of the history;
                               * NULL in files of older versions */
    struct tensors *file;
};

enum { RUN_LABEL_TEXT_MAX = 128 };

/* Writes and registers. `format` gives the text of a code (what SQL shows). `more` are further
 * arrays [n_cases * depth] of any type, found in out->file by name later. */
bool run_labels_write(struct workspace *ws, int64_t run, const char *part, const char *edges,
                      const struct run_labels *labels,
                      void (*format)(uint16_t code, char text[RUN_LABEL_TEXT_MAX]),
                      const struct tensor *more, size_t n_more, struct error *err);
bool run_labels_open(struct workspace *ws, int64_t run, const char *part, const char *edges,
                     struct run_labels *out, struct error *err);
void run_labels_close(struct run_labels *labels);
bool run_labels_exist(struct workspace *ws, int64_t run, const char *part, const char *edges);

#endif
