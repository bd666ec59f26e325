/* What the columns of the virtual tables show. */
#include <stdio.h>

#include "storage/db/vtab_rows.h"

static void show_name(sqlite3_context *out, const struct strtab *t, int64_t i)
{
    if (i < 0 || i >= t->n || strtab_len(t, i) == 0)
        sqlite3_result_null(out);
    else
        sqlite3_result_text64(out, strtab_get(t, i), strtab_len(t, i), SQLITE_TRANSIENT,
                              SQLITE_UTF8);
}

static void show_id(sqlite3_context *out, const struct strtab *t, int64_t i)
{
    if (i < 0 || i >= t->n)
        sqlite3_result_null(out);
    else
        sqlite3_result_text64(out, strtab_get(t, i), strtab_len(t, i), SQLITE_TRANSIENT,
                              SQLITE_UTF8);
}

static void show_interaction(sqlite3_context *out, const struct vtab_cursor *c,
                             const struct dataset *d, enum value value)
{
    int32_t item = d->item[c->at];
    switch (value) {
    case V_USER:
        sqlite3_result_int64(out, c->user);
        break;
    case V_USER_ID:
        show_id(out, &d->user_id, c->user);
        break;
    case V_POSITION:
        sqlite3_result_int64(out, c->at - d->offset[c->user]);
        break;
    case V_ITEM:
        sqlite3_result_int64(out, item);
        break;
    case V_ITEM_ID:
        show_id(out, &d->item_id, item);
        break;
    case V_TITLE:
        show_name(out, &d->title, item);
        break;
    case V_TIME:
        if (d->time)
            sqlite3_result_int64(out, d->time[c->at]);
        break;
    default:
        if (d->rating)
            sqlite3_result_double(out, (double)d->rating[c->at]);
    }
}

/* Is the item the case's target? 0 where the position lies outside (a file of another split). */
static int is_hit(const struct dataset *d, const struct run_recs *r, int64_t at, int32_t item)
{
    int64_t place = d->offset[r->user[at]] + r->position[at];
    return place < d->offset[r->user[at] + 1] && d->item[place] == item;
}

static void show_labels(sqlite3_context *out, const struct run_labels *labels, int64_t slot)
{
    char key[16];
    snprintf(key, sizeof key, "code.%u", (unsigned)labels->relation[slot]);
    const char *text = tensors_meta(labels->file, key);
    sqlite3_result_text(out, text ? text : "", -1, SQLITE_TRANSIENT);
}

static void show_slot(sqlite3_context *out, const struct vtab_cursor *c, const struct vtab_file *f,
                      const struct dataset *d, enum value value)
{
    int32_t depth = vtab_depth(f), item = vtab_slot_item(f, c->at);
    int64_t at = c->at / depth, list_slot = at * f->recs.depth + c->at % depth;
    switch (value) {
    case V_RUN:
        sqlite3_result_int64(out, f->run);
        break;
    case V_PART:
        sqlite3_result_text(out, f->part, -1, SQLITE_TRANSIENT);
        break;
    case V_EDGES:
        sqlite3_result_text(out, f->edges, -1, SQLITE_TRANSIENT);
        break;
    case V_USER:
        sqlite3_result_int64(out, f->recs.user[at]);
        break;
    case V_USER_ID:
        show_id(out, &d->user_id, f->recs.user[at]);
        break;
    case V_POSITION:
        sqlite3_result_int64(out, f->recs.position[at]);
        break;
    case V_RANK:
        sqlite3_result_int64(out, c->at % depth + 1);
        break;
    case V_ITEM:
        if (item >= 0)
            sqlite3_result_int64(out, item);
        break;
    case V_ITEM_ID:
        show_id(out, &d->item_id, item);
        break;
    case V_TITLE:
        show_name(out, &d->title, item);
        break;
    case V_SCORE:
        if (f->recs.score)
            sqlite3_result_double(out, (double)f->recs.score[list_slot]);
        break;
    case V_HIT:
        sqlite3_result_int(out, is_hit(d, &f->recs, at, item));
        break;
    case V_LABELS:
        show_labels(out, &f->labels, c->at);
        break;
    case V_VERBATIM:
        sqlite3_result_int(out, f->labels.verbatim[c->at]);
        break;
    default:
        break;
    }
}

void vtab_show(sqlite3_context *out, const struct vtab_cursor *c, const struct vtab_source *source,
               enum kind kind, enum value value)
{
    if (kind == INTERACTION)
        show_interaction(out, c, &source->dataset, value);
    else
        show_slot(out, c, &source->file[c->file], &source->dataset, value);
}
