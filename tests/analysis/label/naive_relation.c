#include "tests/analysis/label/naive_relation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void naive_relation_make(const struct training *t, struct naive_relation *out)
{
    memset(out, 0, sizeof *out);
    out->n_items = t->corpus->n_items;
    for (int h = 1; h <= 4; h++) {
        for (int32_t u = 0; u < t->corpus->n_users; u++) {
            const int32_t *s = corpus_sequence(t->corpus, u);
            for (int i = 0; i < t->end[u]; i++)
                for (int j = i + 1; j < t->end[u] && j <= i + h; j++)
                    out->follow[h][s[i]][s[j]] = true;
        }
    }
}

typedef bool (*holds_fn)(const struct naive_relation *r, int h, int u, int v);

static bool substitutes(const struct naive_relation *r, int h, int u, int v)
{
    return h >= 2 && r->follow[h][u][v];
}

static bool symmetric(const struct naive_relation *r, int h, int u, int v)
{
    return r->follow[h][v][u];
}

static bool transitive(const struct naive_relation *r, int h, int u, int v)
{
    for (int z = 0; z < r->n_items; z++)
        if (r->follow[h][u][z] && r->follow[h][z][v])
            return true;
    return false;
}

static bool second_symmetric(const struct naive_relation *r, int h, int u, int v)
{
    for (int z = 0; z < r->n_items; z++) {
        bool after_v = r->follow[h][v][z], before_v = r->follow[h][z][v];
        bool after_u = r->follow[h][u][z], before_u = r->follow[h][z][u];
        if ((after_v && before_u) || (after_v && after_u) || (before_v && before_u))
            return true;
    }
    return false;
}

static int smallest_hop(const struct naive_relation *r, holds_fn holds, const int32_t *history,
                        int n_history, int v)
{
    for (int h = 1; h <= 4 && h <= n_history; h++)
        for (int d = 1; d <= h; d++)
            if (holds(r, h, history[n_history - d], v))
                return h;
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

void naive_relation_labels(const struct naive_relation *r, const int32_t *history, int n_history,
                           int32_t v, char text[200])
{
    const struct {
        const char *name;
        holds_fn holds;
    } types[] = {{"substitutability", substitutes},
                 {"symmetry", symmetric},
                 {"transitivity", transitive},
                 {"2nd-symmetry", second_symmetric}};
    text[0] = '\0';
    if (n_history == 0)
        return;
    if (r->follow[1][history[n_history - 1]][v]) {
        strcpy(text, "memorization");
        return;
    }
    char label[5][40];
    size_t n = 0;
    for (int t = 0; t < 4; t++) {
        int h = smallest_hop(r, types[t].holds, history, n_history, v);
        if (h > 0)
            snprintf(label[n++], sizeof label[0], "%s_%d", types[t].name, h);
    }
    strcpy(label[n], n > 0 ? "generalization" : "uncategorized");
    qsort(label, n + 1, sizeof label[0], by_bytes);
    for (size_t i = 0; i <= n; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, label[i]);
    }
}
