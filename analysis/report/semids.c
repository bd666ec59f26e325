#include "analysis/report/semids.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/run/semid_quality.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

static bool measure(const struct dataset *d, const struct semid_table *table,
                    struct progress *progress, struct semids_report *out, struct error *err)
{
    out->levels = table->levels;
    return semid_quality_of(d, table, true, progress, &out->quality, err);
}

bool semids_of_dataset(const struct dataset *d, struct progress *progress,
                       struct semids_report *out, struct error *err)
{
    *out = (struct semids_report){0};
    struct semid_table table = {d->n_items, d->semid_levels, d->semid};
    return table.levels == 0 || measure(d, &table, progress, out, err);
}

static bool measure_own(const struct dataset *d, const char *path, struct progress *progress,
                        struct semids_report *out, struct error *err)
{
    struct tensors *file = tensors_open(path, err);
    const int32_t *code = file ? tensors_array(file, "semid", TENSOR_I32, -1, err) : NULL;
    const struct tensor *x = code ? tensors_find(file, "semid") : NULL;
    bool ok = x != NULL;
    if (ok && (x->rank != 2 || x->shape[0] != d->n_items || x->shape[1] > SEMID_MAX_LEVELS))
        ok = error_set(err, ERROR_INPUT, "%s holds semantic ids of other data", path);
    out->own = true;
    if (ok)
        ok = measure(d, &(struct semid_table){d->n_items, (int32_t)x->shape[1], code}, progress,
                     out, err);
    tensors_close(file);
    return ok;
}

bool semids_of_run(const struct dataset *d, const char *dir, struct progress *progress,
                   struct semids_report *out, struct error *err)
{
    *out = (struct semids_report){0};
    char *path = path_join(dir, "semid.safetensors");
    bool ok = file_exists(path) ? measure_own(d, path, progress, out, err)
                                : semids_of_dataset(d, progress, out, err);
    free(path);
    return ok;
}

struct jval *semids_json(const struct semids_report *r)
{
    if (r->levels == 0)
        return jval_new_null();
    struct jval *o = semid_quality_json(&r->quality, r->levels);
    jval_put_bool(o, "own", r->own);
    return o;
}

void semids_text(const struct semids_report *r, int indent, struct buf *out)
{
    const struct semid_quality *q = &r->quality;
    if (r->levels == 0)
        return;
    for (int32_t l = 0; l < r->levels; l++)
        buf_addf(out, "%*slevel %-2d             %d of %d codes in use, perplexity %.1f\n", indent,
                 "", (int)l + 1, (int)q->used[l], (int)q->size[l], q->perplexity[l]);
    buf_addf(out, "%*swithout id           %" PRId64 " items\n", indent, "", q->without_id);
    buf_addf(out, "%*scolliding            %" PRId64 " items share their id", indent, "",
             q->colliding);
    if (q->colliding > 0)
        buf_addf(out, ", up to %" PRId64 " on one", q->largest_group);
    buf_addc(out, '\n');
    if (isnan(q->neighbourhood))
        buf_addf(out,
                 "%*sneighbourhood        not measured: no embeddings; no texts, or over "
                 "100,000 items\n",
                 indent, "");
    else
        buf_addf(out,
                 "%*sneighbourhood        %.1f %% of an item's 10 nearest have its first "
                 "code, %.1f %% by chance\n",
                 indent, "", 100 * q->neighbourhood, 100 * q->neighbourhood_by_chance);
}

int64_t items_with_embedding(const struct dataset *d)
{
    int64_t n = 0;
    for (int32_t i = 0; i < d->n_items && d->embedding_width > 0; i++) {
        const float *x = d->embedding + (size_t)i * (size_t)d->embedding_width;
        bool zero = true;
        for (int32_t j = 0; zero && j < d->embedding_width; j++)
            zero = x[j] == 0;
        n += !zero;
    }
    return n;
}
