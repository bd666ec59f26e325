/* Inside analysis/run/exchange*.c. */
#ifndef ANALYSIS_RUN_EXCHANGE_PARTS_H
#define ANALYSIS_RUN_EXCHANGE_PARTS_H

#include "analysis/run/exchange.h"
#include "analysis/run/item_vectors.h"
#include "analysis/semid/semid.h"
#include "storage/base/file.h"

/* A folder being written. */
struct exchange {
    const struct launch_work *work;
    const char *dir;
    struct item_vectors items; /* x NULL: there are none */
    struct semid_table semids;
    int32_t *own_codes;     /* NULL: the data set's are used */
    struct jval *not_there; /* texts: what could not be written, and why */
};

/* A file of JSON lines. */
struct exchange_lines {
    struct file_replace file;
    struct buf line;
};
bool exchange_lines_begin(struct exchange_lines *l, const char *dir, const char *name,
                          struct error *err);
void exchange_lines_put(struct exchange_lines *l, struct jval *o); /* takes o */
bool exchange_lines_commit(struct exchange_lines *l, struct error *err);

/* An external id as a JSON text. */
struct jval *exchange_item(const struct exchange *x, int32_t item);
struct jval *exchange_user(const struct exchange *x, int32_t user);
/* "<a_1><b_2>"; nothing for an item without a semantic id. */
void exchange_add_tokens(const struct exchange *x, int32_t item, struct buf *out);
/* How an item is written in the tasks: tokens and title, or the id. One line. */
void exchange_add_text(const struct exchange *x, int32_t item, struct buf *out);

/* The tasks' files and dataset_info.json. */
bool exchange_write_tasks(struct exchange *x, struct error *err);

#endif
