#include "analysis/report/roll_out.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/report/roll_out_model.h"
#include "storage/base/mem.h"

/* ---- spans ---- */

static bool describe_span(const struct match_index *index, int32_t user, const int32_t *items,
                          const struct match_span *from, struct roll_out_span *out,
                          struct error *err)
{
    struct match_support support;
    size_t n_places;
    int32_t before = from->length - 1;
    const int32_t *first = items + from->begin;
    *out = (struct roll_out_span){
        .begin = from->begin, .length = from->length, .occurrences = from->occurrences};
    match_support(index, first, before, user, first + before, 1, &support);
    out->users = support.users;
    out->own = support.own;
    int64_t total;
    return match_locate(index, first, from->length, 1, &out->first, &n_places, &total, err);
}

bool roll_out_spans(const struct match_index *index, int32_t user, const int32_t *items, int32_t n,
                    int32_t n_history, struct roll_out_span **span, size_t *n_spans,
                    struct error *err)
{
    struct match_span *found = mem_zalloc((size_t)n, sizeof *found);
    size_t n_found = match_spans(index, items, n, found);
    *span = mem_zalloc(n_found, sizeof **span);
    *n_spans = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < n_found; i++) {
        if (found[i].begin + found[i].length <= n_history)
            continue; /* within the history: not the model's doing */
        ok = describe_span(index, user, items, &found[i], &(*span)[*n_spans], err);
        ++*n_spans;
    }
    free(found);
    if (!ok) {
        free(*span);
        *span = NULL;
    }
    return ok;
}

/* ---- items ---- */

static bool contains(const int32_t *items, int32_t n, int32_t item)
{
    for (int32_t i = 0; i < n; i++)
        if (items[i] == item)
            return true;
    return false;
}

/* The place of the best item in the list that may come; RECS_DEPTH: none. */
static int32_t choose(const struct roll_out *r, const int32_t list[RECS_DEPTH])
{
    int32_t from = r->masked ? 0 : r->n_history;
    for (int32_t i = 0; i < RECS_DEPTH; i++)
        if (list[i] >= 0 && !contains(r->item + from, r->n_history + r->n - from, list[i]))
            return i;
    return RECS_DEPTH;
}

static bool write_items(const struct roll_out_model *model, int32_t n, struct progress *progress,
                        struct roll_out *r, struct error *err)
{
    int32_t list[RECS_DEPTH];
    float score[RECS_DEPTH];
    while (r->n < n) {
        if (!progress_at(progress, "rolling out", r->n, n, "items", err) ||
            !roll_out_model_rank(model, r->item, r->n_history + r->n, list, score, err))
            return false;
        int32_t at = choose(r, list);
        if (at == RECS_DEPTH)
            break;
        r->rec[r->n].score = score[at];
        r->item[r->n_history + r->n++] = list[at];
    }
    return true;
}

static bool explain_items(struct study *study, struct progress *progress, struct roll_out *r,
                          struct error *err)
{
    for (int32_t i = 0; i < r->n; i++) {
        float score = r->rec[i].score;
        int32_t before = r->n_history + i;
        if (!progress_ok(progress, err) ||
            !case_rec_make(study, r->run->trained_on, r->user, r->item, before, r->item[before],
                           &r->rec[i], err))
            return false;
        r->rec[i].rank = i + 1;
        r->rec[i].score = score;
    }
    return true;
}

bool roll_out_possible(const struct study *study, const struct study_run *run, struct error *err)
{
    return roll_out_model_there(study, run, err);
}

bool roll_out_make(struct study *study, const struct roll_out_question *q,
                   struct progress *progress, struct roll_out *out, struct error *err)
{
    *out = (struct roll_out){.run = q->run, .user = q->user, .n_history = q->n_history};
    struct roll_out_model *model = roll_out_model_open(study, q->run, progress, err);
    if (!model)
        return false;
    out->masked = roll_out_model_masks(model);
    out->item = mem_zalloc((size_t)q->n_history + (size_t)q->n + 1, sizeof *out->item);
    out->rec = mem_zalloc((size_t)q->n, sizeof *out->rec);
    if (q->n_history > 0)
        memcpy(out->item, q->history, (size_t)q->n_history * sizeof *out->item);
    bool ok = write_items(model, q->n, progress, out, err);
    roll_out_model_close(model);
    const struct match_index *index =
        ok ? study_index(study, q->run->trained_on, progress, err) : NULL;
    ok = index && explain_items(study, progress, out, err) &&
         roll_out_spans(index, q->user, out->item, out->n_history + out->n, out->n_history,
                        &out->span, &out->n_spans, err);
    if (!ok)
        roll_out_release(out);
    return ok;
}

void roll_out_release(struct roll_out *r)
{
    free(r->item);
    free(r->rec);
    free(r->span);
    *r = (struct roll_out){0};
}
