/* Growing arrays of training samples. Contract in samples.h. */
#include "analysis/train/samples.h"

#include "storage/base/mem.h"

static const char WHAT[] = "training samples";

void samples_release(struct samples *s)
{
    free(s->offset);
    free(s->token);
    free(s->target_offset);
    free(s->row);
    free(s->target);
    free(s->weight);
    free(s->group);
    free(s->legal);
    free(s->negative_offset);
    free(s->negative);
    *s = (struct samples){0};
}

void samples_clear(struct samples *s)
{
    s->n = s->n_tokens = s->n_targets = 0;
    free(s->negative_offset);
    free(s->negative);
    s->negative_offset = NULL;
    s->negative = NULL;
    s->cap_negative_offset = s->cap_negative = 0;
}

bool samples_add(struct samples *s, const int32_t *token, int32_t n, struct error *err)
{
    size_t count = (size_t)s->n, at = (size_t)s->n_tokens, end = at + (size_t)n;
    if (!mem_try_grow((void **)&s->offset, &s->cap, count + 2, sizeof *s->offset, WHAT, err) ||
        !mem_try_grow((void **)&s->target_offset, &s->cap_offset, count + 2,
                      sizeof *s->target_offset, WHAT, err) ||
        !mem_try_grow((void **)&s->token, &s->cap_token, end, sizeof *s->token, WHAT, err))
        return false;
    for (size_t i = 0; i < (size_t)n; i++)
        s->token[at + i] = token[i];
    s->offset[count] = (int64_t)at;
    s->offset[count + 1] = (int64_t)end;
    s->target_offset[count] = s->target_offset[count + 1] = s->n_targets;
    s->n = (int64_t)count + 1;
    s->n_tokens = (int64_t)end;
    return true;
}

bool samples_target(struct samples *s, int32_t row, int32_t target, float weight, uint8_t group,
                    struct error *err)
{
    size_t at = (size_t)s->n_targets;
    if (!mem_try_grow((void **)&s->row, &s->cap_row, at + 1, sizeof *s->row, WHAT, err) ||
        !mem_try_grow((void **)&s->target, &s->cap_target, at + 1, sizeof *s->target, WHAT, err) ||
        !mem_try_grow((void **)&s->weight, &s->cap_weight, at + 1, sizeof *s->weight, WHAT, err) ||
        !mem_try_grow((void **)&s->group, &s->cap_group, at + 1, sizeof *s->group, WHAT, err))
        return false;
    if (s->negative_offset) {
        if (!mem_try_grow((void **)&s->negative_offset, &s->cap_negative_offset, at + 2,
                          sizeof *s->negative_offset, WHAT, err))
            return false;
        s->negative_offset[at + 1] = s->negative_offset[at];
    }
    s->row[at] = row;
    s->target[at] = target;
    s->weight[at] = weight;
    s->group[at] = group;
    s->n_targets = s->target_offset[s->n] = (int64_t)at + 1;
    return true;
}

bool samples_legal(struct samples *s, int32_t list, struct error *err)
{
    if (!mem_try_grow((void **)&s->legal, &s->cap_legal, (size_t)s->n_targets, sizeof *s->legal,
                      WHAT, err))
        return false;
    s->legal[s->n_targets - 1] = list;
    return true;
}

/* No target has had a negative yet. */
static bool begin_negatives(struct samples *s, struct error *err)
{
    size_t n = (size_t)s->n_targets;
    if (!mem_try_grow((void **)&s->negative_offset, &s->cap_negative_offset, n + 1,
                      sizeof *s->negative_offset, WHAT, err))
        return false;
    for (size_t i = 0; i <= n; i++)
        s->negative_offset[i] = 0;
    return true;
}

bool samples_negative(struct samples *s, int32_t token, struct error *err)
{
    if (!s->negative_offset && !begin_negatives(s, err))
        return false;
    int64_t *end = &s->negative_offset[s->n_targets];
    if (!mem_try_grow((void **)&s->negative, &s->cap_negative, (size_t)*end + 1,
                      sizeof *s->negative, WHAT, err))
        return false;
    s->negative[(*end)++] = token;
    return true;
}
