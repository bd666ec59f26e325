#include "analysis/run/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"

void experiment_expand(const struct run_request *base, struct sweep *out)
{
    const char *model = run_model_name(base->options.model);
    out->n = (size_t)strategy_int(&base->options.strategy, STRATEGY_OPTION_HALVES_M);
    out->request = mem_zalloc(out->n, sizeof *out->request);
    out->name = mem_zalloc(out->n, sizeof *out->name);
    for (size_t i = 0; i < out->n; i++) {
        out->name[i] = base->name ? mem_printf("%s-%zu", base->name, i + 1)
                                  : mem_printf("%s-halves-%zu", model, i + 1);
        out->request[i] = *base;
        out->request[i].name = out->name[i];
        out->request[i].options.strategy.value[STRATEGY_OPTION_HALVES_PART] = (double)(i + 1);
    }
}

char *experiment_name_of(const char *run_name, const struct strategy *strategy)
{
    char *end = mem_printf("-%d", strategy_int(strategy, STRATEGY_OPTION_HALVES_PART));
    size_t n = strlen(run_name), m = strlen(end);
    bool has = n > m && strcmp(run_name + n - m, end) == 0;
    free(end);
    return mem_strndup(run_name, has ? n - m : n);
}
