#include "tests/analysis/label/naive_onehop.h"

#include <string.h>

static bool among(const int32_t *items, int n, int32_t v)
{
    for (int i = 0; i < n; i++)
        if (items[i] == v)
            return true;
    return false;
}

static int popularity(const struct training *t, int32_t v)
{
    int n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++)
        for (int i = 0; i < t->end[u]; i++)
            n += corpus_sequence(t->corpus, u)[i] == v;
    return n;
}

/* Positions of the training corpus where v directly follows one of the predecessors. */
static int times_after(const struct training *t, const int32_t *pred, int n_pred, int32_t v,
                       int32_t left_out)
{
    int n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        for (int i = 1; i < t->end[u] && u != left_out; i++)
            n += s[i] == v && among(pred, n_pred, s[i - 1]);
    }
    return n;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void tie_band(const struct definition *d, const int *count, int n_items, int32_t target,
                     struct naive_onehop *out)
{
    int above = 0, equal = 0;
    for (int v = 0; v < n_items; v++) {
        above += count[v] > count[target];
        equal += count[v] == count[target];
    }
    bool candidate = count[target] > 0;
    if (d->cap == 0) {
        out->pessimistic = out->expected = out->optimistic = candidate ? 1 : 0;
        return;
    }
    out->pessimistic = candidate && above + equal <= d->cap;
    out->optimistic = candidate && above < d->cap;
    double share = larger(0, d->cap - above) / equal;
    out->expected = !candidate ? 0 : share < 1 ? share : 1;
}

void naive_onehop(const struct training *t, const struct definition *d, int32_t user,
                  const int32_t *history, int n_history, int32_t target, struct naive_onehop *out)
{
    int n_items = t->corpus->n_items, count[64] = {0}, pop[64] = {0};
    int n_pred = d->pred_last > 0 && d->pred_last < n_history ? d->pred_last : n_history;
    memset(out, 0, sizeof *out);
    for (int v = 0; v < n_items; v++) {
        count[v] =
            times_after(t, history + n_history - n_pred, n_pred, v, d->own_leave ? user : -1);
        if (d->history_remove && among(history, n_history, v))
            count[v] = 0;
        pop[v] = popularity(t, v);
    }
    tie_band(d, count, n_items, target, out);
    while (d->cap == 0 || out->n < d->cap) {
        int best = -1;
        for (int v = 0; v < n_items; v++) {
            if (count[v] == 0 || out->has[v])
                continue;
            if (best < 0 || count[v] > count[best] ||
                (count[v] == count[best] && pop[v] > pop[best]))
                best = v;
        }
        if (best < 0)
            break;
        out->has[best] = true;
        out->item[out->n] = best;
        out->count[out->n++] = count[best];
    }
}
