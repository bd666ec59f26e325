/* What the parts of the virtual tables share; private to storage/db/vtab*.c. */
#ifndef STORAGE_DB_VTAB_ROWS_H
#define STORAGE_DB_VTAB_ROWS_H

#include "storage/db/vtab.h"

/* The values that columns show. */
enum value {
    V_RUN,
    V_PART,
    V_EDGES,
    V_USER,
    V_USER_ID,
    V_POSITION,
    V_RANK,
    V_ITEM,
    V_ITEM_ID,
    V_TITLE,
    V_TIME,
    V_RATING,
    V_SCORE,
    V_HIT,
    V_LABELS,
    V_VERBATIM,
};

enum kind { INTERACTION, RECOMMENDATION, LABEL, N_KINDS };

/* Rows at .. end - 1 of the data set's interactions or of a run file's slots. */
struct vtab_cursor {
    sqlite3_vtab_cursor base;
    int64_t at, end;
    uint32_t skipped; /* rows passed over so far */
    size_t file;      /* of the source; n_files: past the last one */
    int32_t user;     /* INTERACTION: whose row it is */
    /* what was asked for */
    int64_t run, only_user, only_item, only_rank; /* -1: any */
    int64_t first_user, last_user;
    char part[8], edges[16];     /* "": any */
    int64_t first_row, last_row; /* rowids */
    bool nothing;                /* a constraint that no row meets */
};

static inline int32_t vtab_depth(const struct vtab_file *f)
{
    return f->labels.file ? f->labels.depth : f->recs.depth;
}

/* The item of a slot of the file's own depth (labels may be shallower than the lists). */
static inline int32_t vtab_slot_item(const struct vtab_file *f, int64_t slot)
{
    int32_t depth = vtab_depth(f);
    return f->recs.item[slot / depth * f->recs.depth + slot % depth];
}

/* Opens what the tables need, once. */
bool vtab_open_dataset(struct vtab_source *source, struct error *err);
bool vtab_open_files(struct vtab_source *source, struct error *err);

/* The value of a column in the row that the cursor stands on. */
void vtab_show(sqlite3_context *out, const struct vtab_cursor *c, const struct vtab_source *source,
               enum kind kind, enum value value);

#endif
