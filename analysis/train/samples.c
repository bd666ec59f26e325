/* Growing arrays of training samples. Contract in samples.h. */
#include "analysis/train/samples.h"

#include <string.h>

#include "storage/base/mem.h"

void samples_release(struct samples *s)
{
    free(s->offset);
    free(s->token);
    free(s->target);
    free(s->weight);
    free(s->task);
    free(s->negative_offset);
    free(s->negative);
    *s = (struct samples){0};
}

void samples_clear(struct samples *s)
{
    s->n = s->n_positions = 0;
    free(s->negative_offset);
    free(s->negative);
    s->negative_offset = NULL;
    s->negative = NULL;
}

bool samples_add(struct samples *s, const int32_t *token, const int32_t *target, int32_t n,
                 uint8_t task, struct error *err)
{
    static const char what[] = "training samples";
    size_t count = (size_t)s->n, at = (size_t)s->n_positions, end = at + (size_t)n;
    if (!mem_try_grow((void **)&s->offset, &s->cap, count + 2, sizeof *s->offset, what, err) ||
        !mem_try_grow((void **)&s->task, &s->cap_task, count + 1, sizeof *s->task, what, err) ||
        !mem_try_grow((void **)&s->token, &s->cap_token, end, sizeof *s->token, what, err) ||
        !mem_try_grow((void **)&s->target, &s->cap_target, end, sizeof *s->target, what, err) ||
        !mem_try_grow((void **)&s->weight, &s->cap_weight, end, sizeof *s->weight, what, err))
        return false;
    for (size_t i = 0; i < (size_t)n; i++) {
        s->token[at + i] = token[i];
        s->target[at + i] = target ? target[i] : SAMPLES_NO_TARGET;
        s->weight[at + i] = 1.0f;
    }
    s->task[count] = task;
    s->offset[count] = (int64_t)at;
    s->offset[count + 1] = (int64_t)end;
    s->n = (int64_t)count + 1;
    s->n_positions = (int64_t)end;
    return true;
}
