#include "analysis/run/semid_quality.h"

#include <math.h>

#include "analysis/run/item_vectors.h"

enum { TEXT_ITEMS_MAX = 100000, TEXT_WIDTH = 64, SAMPLE_MIN = 10, SAMPLE_MAX = 1000, SEED = 1 };
static const double WORK = 1e9; /* products of two numbers */

static int32_t sample_size(int32_t n_items, int32_t width)
{
    double sample = WORK / ((double)n_items * width + 1);
    return (int32_t)fmin(SAMPLE_MAX, fmax(SAMPLE_MIN, sample));
}

bool semid_quality_of(const struct dataset *d, const struct semid_table *table, bool texts,
                      struct progress *progress, struct semid_quality *out, struct error *err)
{
    struct item_vectors v = {.x = d->embedding, .width = d->embedding_width};
    struct error why = {0};
    if (!v.x && texts && d->n_items <= TEXT_ITEMS_MAX &&
        !item_vectors_init(&v, d, TEXT_WIDTH, SEED, progress, &why) && why.code == ERROR_CANCELLED)
        return error_set(err, why.code, "%s", why.text);
    bool ok = semid_measure(table, v.x, v.width, sample_size(d->n_items, v.width), SEED, out, err);
    item_vectors_release(&v);
    return ok;
}

struct jval *semid_quality_json(const struct semid_quality *q, int32_t levels)
{
    struct jval *o = jval_new_object(), *size = jval_new_array(), *used = jval_new_array();
    struct jval *utilisation = jval_new_array(), *perplexity = jval_new_array();
    for (int32_t l = 0; l < levels; l++) {
        jval_append(size, jval_new_int(q->size[l]));
        jval_append(used, jval_new_int(q->used[l]));
        jval_append(utilisation, jval_new_real((double)q->used[l] / (double)q->size[l]));
        jval_append(perplexity, jval_new_real(q->perplexity[l]));
    }
    jval_put_int(o, "levels", levels);
    jval_put_int(o, "with_id", q->with_id);
    jval_put_int(o, "without_id", q->without_id);
    jval_put(o, "size", size);
    jval_put(o, "used", used);
    jval_put(o, "utilisation", utilisation);
    jval_put(o, "perplexity", perplexity);
    jval_put_int(o, "colliding", q->colliding);
    jval_put_int(o, "largest_group", q->largest_group);
    jval_put_real(o, "neighbourhood", q->neighbourhood);
    jval_put_real(o, "neighbourhood_by_chance", q->neighbourhood_by_chance);
    return o;
}
