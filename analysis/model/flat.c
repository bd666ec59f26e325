#include "analysis/model/flat.h"

#include <string.h>

#include "storage/base/mem.h"

bool flat_build(const struct training *training, struct flat *out, struct error *err)
{
    const struct corpus *c = training->corpus;
    *out = (struct flat){.n = 1};
    out->start = mem_try_array((size_t)c->n_users + 1, sizeof *out->start, "sequences", err);
    if (!out->start)
        return false;
    for (int32_t u = 0; u < c->n_users; u++) {
        out->start[u] = out->n;
        out->n += training->end[u] + 1;
    }
    out->start[c->n_users] = out->n;
    if (out->n > UINT32_MAX) {
        flat_release(out);
        return error_set(err, ERROR_INPUT,
                         "more than 4,294,967,295 interactions and users; "
                         "reference models count fewer");
    }
    out->item = mem_try_array((size_t)out->n, sizeof *out->item, "sequences", err);
    if (!out->item) {
        flat_release(out);
        return false;
    }
    out->item[0] = FLAT_END;
    for (int32_t u = 0; u < c->n_users; u++) {
        int32_t *to = out->item + out->start[u];
        memcpy(to, corpus_sequence(c, u), (size_t)training->end[u] * sizeof *to);
        to[training->end[u]] = FLAT_END;
    }
    return true;
}

void flat_release(struct flat *flat)
{
    free(flat->item);
    free(flat->start);
    *flat = (struct flat){0};
}
