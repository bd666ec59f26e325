#include "analysis/run/sweep.h"

#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"

void sweep_release(struct sweep *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->name[i]);
    free(s->name);
    free(s->request);
    *s = (struct sweep){0};
}

static void add(struct sweep *s, const struct run_request *request, const char *name)
{
    s->request = mem_realloc(s->request, (s->n + 1) * sizeof *s->request);
    s->name = mem_realloc(s->name, (s->n + 1) * sizeof *s->name);
    s->name[s->n] = mem_strdup(name);
    s->request[s->n] = *request;
    s->request[s->n].name = s->name[s->n];
    s->n++;
}

static void base_name(const struct run_request *base, struct buf *out)
{
    if (base->name) {
        buf_addf(out, "%s", base->name);
        return;
    }
    buf_addf(out, "%s", run_model_name(base->options.model));
    for (int i = 0; i < STRATEGIES; i++) {
        if (base->options.strategy.has[i])
            buf_addf(out, "-%s", strategy_info((enum strategy_id)i)->name);
    }
}

static bool no_values(const char *grid, struct error *err)
{
    return error_set(err, ERROR_USAGE, "%.100s: it is OPTION=VALUE,VALUE,…", grid);
}

/* Every run of `from` once for each value of grid "option=value,value". */
static bool cross(const struct sweep *from, const char *grid, struct sweep *out, struct error *err)
{
    const char *equals = strchr(grid, '=');
    if (!equals || equals[1] == '\0')
        return no_values(grid, err);
    bool ok = true;
    for (size_t i = 0; ok && i < from->n; i++) {
        for (const char *value = equals + 1; ok && value;) {
            size_t n = strcspn(value, ",");
            struct run_request request = from->request[i];
            char *pair = mem_printf("%.*s=%.*s", (int)(equals - grid), grid, (int)n, value);
            char *name = mem_printf("%s-%.*s", from->name[i], (int)n, value);
            ok = run_options_set(&request.options, pair, err) &&
                 (out->n < SWEEP_MAX ||
                  error_set(err, ERROR_USAGE, "a sweep of more than %d runs", SWEEP_MAX));
            if (ok)
                add(out, &request, name);
            free(pair);
            free(name);
            value = value[n] ? value + n + 1 : NULL;
        }
    }
    return ok;
}

/* Every run of `from` once for each seed. */
static bool spread(const struct sweep *from, int64_t seeds, struct sweep *out, struct error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        for (int64_t k = 0; k < seeds; k++) {
            struct run_request request = from->request[i];
            double seed = request.options.value[OPTION_SEED] + (double)k;
            char *name =
                seeds > 1 ? mem_printf("%s-s%.0f", from->name[i], seed) : mem_strdup(from->name[i]);
            request.options.value[OPTION_SEED] = seed;
            bool fits = out->n < SWEEP_MAX && seed <= run_option(OPTION_SEED)->high;
            if (fits)
                add(out, &request, name);
            free(name);
            if (!fits)
                return error_set(err, ERROR_USAGE,
                                 "a sweep of more than %d runs, or a seed that "
                                 "is too large",
                                 SWEEP_MAX);
        }
    }
    return true;
}

bool sweep_make(const struct run_request *base, const char *const *grid, size_t n_grid,
                int64_t seeds, struct sweep *out, struct error *err)
{
    struct buf name;
    struct sweep points = {0};
    buf_init(&name);
    base_name(base, &name);
    add(&points, base, name.data);
    buf_release(&name);
    bool ok = true;
    for (size_t i = 0; ok && i < n_grid; i++) {
        struct sweep more = {0};
        ok = cross(&points, grid[i], &more, err);
        sweep_release(&points);
        points = more;
    }
    *out = (struct sweep){0};
    ok = ok && spread(&points, seeds, out, err);
    sweep_release(&points);
    for (size_t i = 0; ok && i < out->n; i++)
        ok = run_options_check(&out->request[i].options, err) ||
             error_prefix(err, "%s", out->name[i]);
    if (!ok)
        sweep_release(out);
    return ok;
}
