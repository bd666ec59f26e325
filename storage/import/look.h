/* The first bytes of a file, cut into lines, as the detectors look at them. */
#ifndef STORAGE_IMPORT_LOOK_H
#define STORAGE_IMPORT_LOOK_H

#include "storage/import/detect.h"

enum { LOOK_LINES = 200 };

struct look {
    const char *name; /* for messages */
    char *base;       /* without folder and ".gz", lower case */
    const char *bytes;
    size_t n;
    bool whole;                   /* these are all bytes of the file */
    struct line line[LOOK_LINES]; /* the first complete, non-empty lines */
    size_t n_lines;
    const struct detect_request *request;
};
void look_init(struct look *l, const char *name, const char *bytes, size_t n, bool whole,
               const struct detect_request *request);
void look_release(struct look *l);

bool look_name_has(const struct look *l, const char *part);
bool look_name_ends(const struct look *l, const char *ending);

/* False with what it is and how to convert it, if the bytes are not text. */
bool look_refuse_binary(const struct look *l, struct error *err);

/* ---- the families of formats: each says in *found whether it is one of its files ---- */

/* JSON Lines and lines of Python literals: Amazon, Yelp, Steam, and any with --columns. */
bool detect_records(const struct look *l, bool *found, struct detected *out, struct error *err);
/* MovieLens files without a header: u.data, u.item, ratings.dat, movies.dat, and users. */
bool detect_movielens(const struct look *l, struct detected *out);

#endif
