/*
 * Gapped matches: at one place of v the longest chain of last history items is found by taking,
 * going left, each item at its latest place, which never shortens what is left of the window.
 * Chains of two items or more hold both v and the last history item, so it is enough to visit the
 * places of the rarer one.
 */
#include "analysis/match/match.h"
#include "analysis/match/place.h"

struct gapped_search {
    const struct match_shard *shard;
    const int32_t *history;
    int32_t n_history, v, window;
    int32_t length; /* best so far in this shard */
    int64_t occurrences;
    uint32_t first;
};

/* Length of the chain that ends with v at the place. */
static int32_t chain_at(const struct gapped_search *g, uint32_t place)
{
    const int32_t *text = g->shard->text;
    int32_t next = g->n_history - 1;
    uint32_t q = place - 1;
    for (int32_t d = 1; d < g->window && text[q] >= 0 && next >= 0; d++, q--)
        next -= text[q] == g->history[next];
    return g->n_history - next;
}

static void visit(struct gapped_search *g, uint32_t place)
{
    int32_t length = chain_at(g, place);
    if (length > g->length) {
        g->length = length;
        g->occurrences = 0;
        g->first = place;
    }
    if (length == g->length) {
        g->occurrences++;
        g->first = place < g->first ? place : g->first;
    }
}

/* From every place of the last history item: each v behind it in the window, up to where the item
 * stands again (that place visits the rest). */
static void visit_after(struct gapped_search *g, uint32_t place)
{
    const struct match_shard *s = g->shard;
    int32_t last = g->history[g->n_history - 1];
    uint32_t p = place + 1;
    for (int32_t d = 1; d < g->window && p < s->n_text && s->text[p] >= 0; d++, p++) {
        if (s->text[p] == g->v)
            visit(g, p);
        if (s->text[p] == last)
            break;
    }
}

static void search_shard(struct gapped_search *g, int32_t n_items)
{
    const struct match_shard *s = g->shard;
    struct search_range of_v = search_item(s, n_items, g->v), of_last = {0, 0};
    if (g->n_history > 0)
        of_last = search_item(s, n_items, g->history[g->n_history - 1]);
    if (of_v.begin == of_v.end)
        return;
    if (of_v.end - of_v.begin <= of_last.end - of_last.begin) {
        for (uint32_t i = of_v.begin; i < of_v.end; i++)
            visit(g, s->entry[i] >> 1);
        return;
    }
    for (uint32_t i = of_last.begin; i < of_last.end; i++)
        visit_after(g, s->entry[i] >> 1);
    if (g->length == 0) {
        struct place_ring all = {.pattern = {g->v, NULL, 1}, .outer = of_v};
        g->length = 1;
        g->occurrences = of_v.end - of_v.begin;
        place_first(s, &all, (struct search_range){0, 0}, 1, &g->first);
    }
}

void match_gapped(const struct match_index *index, const int32_t *history, int32_t n_history,
                  int32_t v, int32_t window, struct match_gapped *out)
{
    *out = (struct match_gapped){.first = {-1, -1}};
    for (int32_t k = 0; k < index->n_shards; k++) {
        struct gapped_search g = {.shard = &index->shard[k],
                                  .history = history,
                                  .n_history = n_history,
                                  .v = v,
                                  .window = window};
        search_shard(&g, index->n_items);
        if (g.length > out->length)
            *out = (struct match_gapped){g.length, 0, place_resolve(g.shard, g.first)};
        if (g.length > 0 && g.length == out->length)
            out->occurrences += g.occurrences;
    }
}
