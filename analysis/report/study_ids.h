/*
 * The semantic ids that a study has opened, and the prefixes counted of them: a slot for the data
 * set's and one for each run of gr that made its own. Nothing is given back before the study is
 * closed. What others call stands in study.h; this is private to analysis/report.
 */
#ifndef ANALYSIS_REPORT_STUDY_IDS_H
#define ANALYSIS_REPORT_STUDY_IDS_H

#include <pthread.h>

#include "analysis/report/study.h"

struct ids_slot; /* the ids of one run, or the data set's */

struct ids_cache {
    pthread_mutex_t lock;
    struct ids_slot *first;
};

void ids_cache_init(struct ids_cache *cache);
void ids_cache_release(struct ids_cache *cache);
struct ids_cache *study_ids_cache(struct study *study);

#endif
