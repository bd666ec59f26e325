/* Workspaces for tests of the screens, in a folder of the test's own below /tmp. */
#ifndef TESTS_TUI_SAMPLE_WORKSPACE_H
#define TESTS_TUI_SAMPLE_WORKSPACE_H

#include "analysis/model/reference.h"

/* sample_data with runs of popularity and markov, evaluated under `last`; SAMPLE is the folder of
 * the data. Stops the test program when that fails. The path is static. */
const char *sample_workspace_make(void);
/* The same with a run of item-knn, too, in another folder. */
const char *compared_workspace_make(void);
/* A run of a counted model in one of these workspaces. */
void workspace_train(const char *dir, enum reference_kind kind);
/* Four users of untitled items, one of them with two items only; no runs. */
const char *small_workspace_make(void);
/* Three users with three test cases each, under a split in time, and runs of popularity and
 * markov. */
const char *temporal_workspace_make(void);
/* Three users and four untitled items: 1 and 2 have one semantic id, 0's begins like theirs, 3 has
 * none; no runs. */
const char *ids_workspace_make(void);
/* Five users and seven items with semantic ids of three tokens, of which two are the same, and with
 * runs of popularity and markov. Titles have wide and combining characters, and one an escape. */
const char *tokens_workspace_make(void);
/* The same data without semantic ids, and three runs with the lists of markov, popularity and
 * markov: gr and gr-two, of the model gr, each with ids of its own, of three and two tokens; and
 * markov. */
const char *own_ids_workspace_make(void);
/* Four users of untitled items as above, with runs in every state, as their trainers left them:
 * gr-next (done, 12 epochs), gr-iirg (running, 3 of 60), other (queued), broken (failed, with a
 * log) and stopped (cancelled). Nothing works on them: to be opened read-only. */
const char *trained_workspace_make(void);
/* The same with three finished runs one, two, three, which may be changed. */
const char *finished_workspace_make(void);
/* The same with reference runs and groups of seeds, whose figures under `last` are given:
 * gr-next-1, -2 and -3 (done), gr-next-4 (failed), gr-iirg-1 (done) and -2 (running), sasrec,
 * popularity, markov. None has lists; nothing works on them: to be opened read-only. */
const char *seeds_workspace_make(void);
/* Forty users of thirty items and no run: for a worker. */
const char *tiny_workspace_make(void);
/* A path in the same folder, for what a test writes. The caller frees. */
char *sample_path(const char *name);
/* Removes the folder. */
void sample_workspace_remove(void);

#endif
