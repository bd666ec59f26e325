#include "analysis/run/item_vectors.h"

#include "analysis/embed/tfidf.h"
#include "storage/base/mem.h"

bool item_vectors_init(struct item_vectors *v, const struct dataset *d, int32_t text_width,
                       uint64_t seed, struct progress *progress, struct error *err)
{
    *v = (struct item_vectors){.x = d->embedding, .width = d->embedding_width};
    if (v->x)
        return true;
    const struct strtab *text[] = {&d->title, &d->category, &d->description};
    v->own =
        mem_try_array((size_t)d->n_items * (size_t)text_width, sizeof *v->own, "embeddings", err);
    v->x = v->own;
    v->width = text_width;
    if (v->own &&
        embed_text(text, ARRAY_LEN(text), d->n_items, text_width, seed, v->own, progress, err))
        return true;
    item_vectors_release(v);
    return false;
}

bool item_vectors_possible(const struct dataset *d)
{
    const struct strtab *text[] = {&d->title, &d->category, &d->description};
    bool found = d->embedding != NULL;
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        for (int32_t item = 0; !found && text[i]->bytes && item < d->n_items; item++)
            found = strtab_len(text[i], item) > 0;
    }
    return found;
}

void item_vectors_release(struct item_vectors *v)
{
    free(v->own);
    *v = (struct item_vectors){0};
}
