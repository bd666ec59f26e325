/* Growing arrays of samples of items. Contract in item_samples.h. */
#include "analysis/train/item_samples.h"

#include <string.h>

#include "storage/base/mem.h"

static const char WHAT[] = "training samples";

void item_samples_release(struct item_samples *s)
{
    free(s->offset);
    free(s->item);
    free(s->target_offset);
    free(s->target);
    free(s->user);
    free(s->task);
    *s = (struct item_samples){0};
}

void item_samples_clear(struct item_samples *s)
{
    s->n = s->n_items = s->n_targets = 0;
}

bool item_samples_add(struct item_samples *s, enum item_task task, int32_t user,
                      const int32_t *item, int32_t n, struct error *err)
{
    size_t at = (size_t)s->n, end = (size_t)s->n_items + (size_t)n;
    if (!mem_try_grow((void **)&s->offset, &s->cap_offset, at + 2, sizeof *s->offset, WHAT, err) ||
        !mem_try_grow((void **)&s->target_offset, &s->cap_target_offset, at + 2,
                      sizeof *s->target_offset, WHAT, err) ||
        !mem_try_grow((void **)&s->item, &s->cap_item, end, sizeof *s->item, WHAT, err) ||
        !mem_try_grow((void **)&s->user, &s->cap_user, at + 1, sizeof *s->user, WHAT, err) ||
        !mem_try_grow((void **)&s->task, &s->cap_task, at + 1, sizeof *s->task, WHAT, err))
        return false;
    if (n > 0)
        memcpy(s->item + s->n_items, item, (size_t)n * sizeof *item);
    s->offset[at] = s->n_items;
    s->offset[at + 1] = s->n_items = (int64_t)end;
    s->target_offset[at] = s->target_offset[at + 1] = s->n_targets;
    s->user[at] = user;
    s->task[at] = (uint8_t)task;
    s->n++;
    return true;
}

bool item_samples_target(struct item_samples *s, struct item_target target, struct error *err)
{
    if (!mem_try_grow((void **)&s->target, &s->cap_target, (size_t)s->n_targets + 1,
                      sizeof *s->target, WHAT, err))
        return false;
    s->target[s->n_targets++] = target;
    s->target_offset[s->n] = s->n_targets;
    return true;
}

/* Items first .. last-1 of a sequence: all but the last are inputs. */
static bool add_window(struct item_samples *out, int32_t user, const int32_t *sequence,
                       int32_t first, int32_t last, struct error *err)
{
    const int32_t *window = sequence + first;
    int32_t n = last - first - 1;
    bool ok = item_samples_add(out, TASK_NEXT_ITEM, user, window, n, err);
    for (int32_t k = first > 0; ok && k <= n; k++)
        ok = item_samples_target(out, (struct item_target){k, window[k], 1, TASK_NEXT_ITEM}, err);
    return ok;
}

bool item_samples_next(const struct training *training, int32_t max_items, struct item_samples *out,
                       struct error *err)
{
    bool ok = true;
    for (int32_t u = 0; ok && u < training->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(training->corpus, u);
        int32_t end = training->end[u], last = end;
        /* The first window is what is left over when the others are full. */
        while (last - max_items > 1)
            last -= max_items;
        for (int32_t first = 0; ok && last <= end && end > 0; last += max_items) {
            ok = add_window(out, u, s, first, last, err);
            first = last - 1;
        }
    }
    return ok;
}
