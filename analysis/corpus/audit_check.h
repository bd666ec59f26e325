/* One check of the audit: the inside, shared by audit*.c. */
#ifndef ANALYSIS_CORPUS_AUDIT_CHECK_H
#define ANALYSIS_CORPUS_AUDIT_CHECK_H

#include "analysis/corpus/audit.h"

/* Appends its finding, or audit_clean() when there is nothing to find, or nothing at all when the
 * data cannot be checked for it. */
typedef bool (*audit_check_fn)(const struct audit_input *in, struct progress *progress,
                               struct audit *out, struct error *err);

/* A finding of `count` out of `total`. Borrowed until the next audit_add(). */
struct finding *audit_add(struct audit *out, const char *id, int64_t count, int64_t total);
void audit_clean(struct audit *out, const char *id);
/* Takes `text` (from malloc); frees it when there are enough examples. */
void audit_example(struct finding *finding, char *text);
/* External ids, or "user number 17" where they are not known; the caller frees. */
char *audit_user(const struct audit_input *in, int32_t user);
char *audit_item(const struct audit_input *in, int32_t item);

bool audit_sorted_ids(const struct audit_input *in, struct progress *progress, struct audit *out,
                      struct error *err);
bool audit_time_ties(const struct audit_input *in, struct progress *progress, struct audit *out,
                     struct error *err);
bool audit_semid_collisions(const struct audit_input *in, struct progress *progress,
                            struct audit *out, struct error *err);
bool audit_codebook_utilisation(const struct audit_input *in, struct progress *progress,
                                struct audit *out, struct error *err);

#endif
