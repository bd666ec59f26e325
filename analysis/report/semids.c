#include "analysis/report/semids.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/run/semid_quality.h"
#include "storage/base/num.h"

bool semids_of_dataset(const struct dataset *d, struct progress *progress,
                       struct semids_report *out, struct error *err)
{
    *out = (struct semids_report){.levels = d->semid_levels};
    struct semid_table table = {d->n_items, d->semid_levels, d->semid};
    return table.levels == 0 || semid_quality_of(d, &table, true, progress, &out->quality, err);
}

struct jval *semids_json(const struct semids_report *r)
{
    if (r->levels == 0)
        return jval_new_null();
    struct jval *o = semid_quality_json(&r->quality, r->levels);
    jval_put_bool(o, "own", false); /* as the runs say of those that they made */
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
    buf_addf(out, "%*swithout id           %" PRId64 " item%s\n", indent, "", q->without_id,
             plural_s(q->without_id));
    buf_addf(out, "%*scolliding            %" PRId64 " item%s their id", indent, "", q->colliding,
             plural(q->colliding, " shares", "s share"));
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
