#include "tui/cli/rollout.h"

#include <stdlib.h>

#include "analysis/match/match.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/cli/studies.h"

struct rollout {
    struct cli *cli;
    const struct dataset *dataset;
    struct study *study;
    const int32_t *items;
    int32_t n, n_history;
};

static const char *id_of(const struct rollout *r, int32_t at)
{
    return strtab_get(&r->dataset->item_id, r->items[at]);
}

static struct jval *span_json(const struct rollout *r, const struct match_span *span,
                              const struct match_place *first)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    jval_put_int(o, "begin", span->begin - r->n_history);
    jval_put_int(o, "length", span->length);
    jval_put_int(o, "occurrences", span->occurrences);
    jval_put_string(o, "first_user", strtab_get(&r->dataset->user_id, first->user));
    jval_put_int(o, "first_position", first->position + 1);
    for (int32_t i = 0; i < span->length; i++)
        jval_append(list, jval_new_string(id_of(r, span->begin + i)));
    jval_put(o, "items", list);
    return o;
}

static void print_span(const struct rollout *r, const struct match_span *span,
                       const struct match_place *first)
{
    FILE *out = r->cli->out;
    fprintf(out, "%d items in a row, %lld time%s in training, first by %s up to position %d\n",
            span->length, (long long)span->occurrences, plural_s(span->occurrences),
            strtab_get(&r->dataset->user_id, first->user), first->position + 1);
    for (int32_t i = span->begin; i < span->begin + span->length; i++)
        fprintf(out, "  %-7s %-12s %s\n", i < r->n_history ? "history" : "output", id_of(r, i),
                cli_item_name(r->study, r->items[i]));
}

static void finish(const struct rollout *r, struct jval *list, size_t shown)
{
    if (list) {
        struct jval *o = jval_new_object();
        jval_put_int(o, "history", r->n_history);
        jval_put_int(o, "output", r->n - r->n_history);
        jval_put(o, "spans", list);
        jval_print(o, false, r->cli->out);
        jval_free(o);
        return;
    }
    if (shown == 0)
        fputs("no two items in a row that reach into the output stand in training\n", r->cli->out);
    fputs("a match shows overlap, not cause\n", r->cli->out);
}

bool cli_rollout(struct cli *cli, struct study *study, enum trained_on on, const int32_t *items,
                 int32_t n, int32_t n_history, struct error *err)
{
    struct rollout r = {cli, study_dataset(study), study, items, n, n_history};
    const struct match_index *index = study_index(study, on, cli->progress, err);
    if (!index)
        return false;
    struct match_span *span = mem_alloc((size_t)n * sizeof *span);
    size_t n_spans = match_spans(index, items, n, span), shown = 0;
    struct jval *list = cli->json ? jval_new_array() : NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < n_spans; i++) {
        struct match_place first;
        size_t n_places;
        int64_t total;
        if (span[i].begin + span[i].length <= n_history)
            continue; /* within the history: not the model's doing */
        ok = match_locate(index, items + span[i].begin, span[i].length, 1, &first, &n_places,
                          &total, err);
        if (ok && list)
            jval_append(list, span_json(&r, &span[i], &first));
        else if (ok)
            print_span(&r, &span[i], &first);
        shown++;
    }
    free(span);
    if (ok)
        finish(&r, list, shown);
    else
        jval_free(list);
    return ok;
}
