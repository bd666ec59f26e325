/* smooth: the target is (1 - eps) [v = target] + eps prior; logq: logits - log q(v) in training,
 * with q the popularity. Items that never occur count as once. */
#include <math.h>

#include "analysis/strategy/strategist_private.h"
#include "storage/base/mem.h"

static double total(const struct edges *e)
{
    double sum = 0;
    for (int32_t v = 0; v < e->n_items; v++)
        sum += e->pop[v] > 0 ? (double)e->pop[v] : 1.0;
    return sum;
}

static double share(const struct edges *e, int32_t v, double sum)
{
    return (e->pop[v] > 0 ? (double)e->pop[v] : 1.0) / sum;
}

bool smooth_prepare(struct strategist *s, struct error *err)
{
    const struct edges *e = s->data.edges;
    double sum = total(e);
    if (!strategist_int(s, STRATEGY_OPTION_SMOOTH_PRIOR))
        return true;
    s->prior = mem_try_array((size_t)e->n_items, sizeof *s->prior, "prior", err);
    for (int32_t v = 0; s->prior && v < e->n_items; v++)
        s->prior[v] = (float)share(e, v, sum);
    return s->prior != NULL;
}

bool logq_prepare(struct strategist *s, struct error *err)
{
    const struct edges *e = s->data.edges;
    double sum = total(e);
    s->log_popularity = mem_try_array((size_t)e->n_items, sizeof *s->log_popularity, "prior", err);
    for (int32_t v = 0; s->log_popularity && v < e->n_items; v++)
        s->log_popularity[v] = (float)-log(share(e, v, sum));
    return s->log_popularity != NULL;
}
