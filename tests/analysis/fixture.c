#include "tests/analysis/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t skewed(struct rng *rng, int items)
{
    uint64_t a = rng_below(rng, (uint64_t)items), b = rng_below(rng, (uint64_t)items);
    return (int32_t)(a < b ? a : b);
}

void fixture_random(struct rng *rng, int users, int items, int length, struct fixture *out)
{
    int n_users = (int)rng_below(rng, (uint64_t)users + 1);
    int n_items = 1 + (int)rng_below(rng, (uint64_t)items);
    out->offset = calloc((size_t)n_users + 1, sizeof *out->offset);
    out->end = calloc((size_t)n_users + 1, sizeof *out->end);
    out->item = calloc((size_t)n_users * (size_t)length + 1, sizeof *out->item);
    int64_t n = 0;
    for (int u = 0; u < n_users; u++) {
        bool brief = rng_below(rng, 4) == 0;
        int size = (int)rng_below(rng, brief ? 3 : (uint64_t)length + 1);
        if (size > length)
            size = length;
        for (int i = 0; i < size; i++)
            out->item[n++] = skewed(rng, n_items);
        out->offset[u + 1] = n;
        out->end[u] = (int32_t)rng_below(rng, (uint64_t)size + 1);
    }
    out->corpus = (struct corpus){n_users, n_items, out->offset, out->item};
}

bool fixture_read(const char *path, struct fixture *out)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    char *line = NULL;
    size_t cap = 0;
    int64_t n = 0, room = 0;
    int32_t users = 0, user_room = 0, items = 0;
    *out = (struct fixture){.offset = calloc(1, sizeof *out->offset)};
    while (getline(&line, &cap, f) > 0) {
        if (users + 1 >= user_room) {
            user_room = user_room * 2 + 64;
            out->offset = realloc(out->offset, (size_t)user_room * sizeof *out->offset);
        }
        strtok(line, " \n");
        for (char *word; (word = strtok(NULL, " \n"));) {
            if (n == room) {
                room = room * 2 + 64;
                out->item = realloc(out->item, (size_t)room * sizeof *out->item);
            }
            int32_t v = (int32_t)atoi(word) - 1;
            items = v >= items ? v + 1 : items;
            out->item[n++] = v;
        }
        out->offset[++users] = n;
    }
    free(line);
    fclose(f);
    out->end = calloc((size_t)users + 1, sizeof *out->end);
    out->corpus = (struct corpus){users, items, out->offset, out->item};
    return true;
}

void fixture_release(struct fixture *fixture)
{
    free(fixture->offset);
    free(fixture->item);
    free(fixture->end);
    memset(fixture, 0, sizeof *fixture);
}

int32_t fixture_history(struct rng *rng, const struct fixture *f, int32_t max, int32_t *history)
{
    const struct corpus *c = &f->corpus;
    if (c->n_users > 0 && rng_below(rng, 2) == 0) {
        int32_t u = (int32_t)rng_below(rng, (uint64_t)c->n_users);
        int32_t n = corpus_length(c, u) < max ? corpus_length(c, u) : max;
        if (n > 0)
            memcpy(history, corpus_sequence(c, u), (size_t)n * sizeof *history);
        return n;
    }
    int32_t n = (int32_t)rng_below(rng, (uint64_t)max + 1);
    for (int32_t i = 0; i < n; i++)
        history[i] = skewed(rng, c->n_items);
    return n;
}
