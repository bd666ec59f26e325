#include "tui/cli/rollout.h"

#include <stdlib.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/cli/studies.h"
#include "tui/widgets/text_out.h"

struct rollout {
    struct cli *cli;
    struct study *study;
    const int32_t *items;
    int32_t n, n_history;
    const struct roll_out_span *span;
    size_t n_spans;
};

static const char *id_of(const struct rollout *r, int32_t at)
{
    return strtab_get(&study_dataset(r->study)->item_id, r->items[at]);
}

static const char *first_user(const struct rollout *r, const struct roll_out_span *span)
{
    return strtab_get(&study_dataset(r->study)->user_id, span->first.user);
}

/* ---- spans ---- */

static struct jval *span_json(const struct rollout *r, const struct roll_out_span *span)
{
    struct jval *o = jval_new_object(), *list = jval_new_array();
    jval_put_int(o, "begin", span->begin - r->n_history);
    jval_put_int(o, "length", span->length);
    jval_put_int(o, "occurrences", span->occurrences);
    jval_put_int(o, "users", span->users);
    jval_put_int(o, "own", span->own);
    jval_put_string(o, "first_user", first_user(r, span));
    jval_put_int(o, "first_position", span->first.position + 1);
    for (int32_t i = 0; i < span->length; i++)
        jval_append(list, jval_new_string(id_of(r, span->begin + i)));
    jval_put(o, "items", list);
    return o;
}

static void print_span(const struct rollout *r, const struct roll_out_span *span)
{
    FILE *out = r->cli->out;
    text_printf(
        out,
        "%d items in a row, %lld time%s in training, in %lld user%s (own %lld), first by %s "
        "up to position %d\n",
        span->length, (long long)span->occurrences, plural_s(span->occurrences),
        (long long)span->users, plural_s(span->users), (long long)span->own, first_user(r, span),
        span->first.position + 1);
    for (int32_t i = span->begin; i < span->begin + span->length; i++)
        text_printf(out, "  %-7s %-12s %s\n", i < r->n_history ? "history" : "output", id_of(r, i),
                    cli_item_name(r->study, r->items[i]));
}

/* Takes `o`, which the spans are put into; NULL: as text. */
static void finish(const struct rollout *r, struct jval *o)
{
    FILE *out = r->cli->out;
    if (o) {
        struct jval *list = jval_new_array();
        for (size_t i = 0; i < r->n_spans; i++)
            jval_append(list, span_json(r, &r->span[i]));
        jval_put_int(o, "history", r->n_history);
        jval_put_int(o, "output", r->n - r->n_history);
        jval_put(o, "spans", list);
        jval_print(o, false, out);
        jval_free(o);
        return;
    }
    for (size_t i = 0; i < r->n_spans; i++)
        print_span(r, &r->span[i]);
    if (r->n_spans == 0)
        fputs("no two items in a row that reach into the output stand in training\n", out);
    fputs("a match shows overlap, not cause\n", out);
}

bool cli_rollout(struct cli *cli, struct study *study, enum trained_on on, const int32_t *items,
                 int32_t n, int32_t n_history, struct error *err)
{
    struct roll_out_span *span;
    size_t n_spans;
    const struct match_index *index = study_index(study, on, cli->progress, err);
    if (!index || !roll_out_spans(index, -1, items, n, n_history, &span, &n_spans, err))
        return false;
    struct rollout r = {cli, study, items, n, n_history, span, n_spans};
    finish(&r, cli->json ? jval_new_object() : NULL);
    free(span);
    return true;
}

/* ---- items that a model writes ---- */

static struct jval *items_json(const struct rollout *r, const struct roll_out *made)
{
    struct jval *list = jval_new_array();
    for (int32_t i = 0; i < made->n; i++) {
        const struct case_rec *rec = &made->rec[i];
        struct jval *o = jval_new_object();
        char badge[CASE_BADGE_TEXT];
        case_badge_text(rec, badge);
        jval_put_string(o, "item", id_of(r, r->n_history + i));
        jval_put_string(o, "title", cli_item_name(r->study, rec->item));
        jval_put_string(o, "badge", badge);
        jval_put_int(o, "verbatim", rec->verbatim);
        jval_put_int(o, "occurrences", rec->occurrences);
        jval_put_int(o, "users", rec->users);
        jval_put_int(o, "own", rec->own);
        jval_put_real(o, "score", (double)rec->score);
        jval_append(list, o);
    }
    return list;
}

static void print_items(const struct rollout *r, const struct roll_out *made)
{
    FILE *out = r->cli->out;
    text_printf(out, "%s after %d item%s, history %s\n", made->run->name, made->n_history,
                plural_s(made->n_history), made->masked ? "masked" : "kept");
    for (int32_t i = r->n_history > 10 ? r->n_history - 10 : 0; i < r->n_history; i++)
        text_printf(out, "  history %3d  %-12s %s\n", i + 1, id_of(r, i),
                    cli_item_name(r->study, r->items[i]));
    for (int32_t i = 0; i < made->n; i++) {
        char badge[CASE_BADGE_TEXT];
        case_badge_text(&made->rec[i], badge);
        text_printf(out, "  output  %+3d  %-14s %-12s %s\n", i + 1, badge,
                    id_of(r, r->n_history + i), cli_item_name(r->study, made->rec[i].item));
    }
}

bool cli_generate(struct cli *cli, struct study *study, const struct roll_out_question *question,
                  struct error *err)
{
    struct roll_out made;
    if (!roll_out_make(study, question, cli->progress, &made, err))
        return false;
    struct rollout r = {cli,       study,       made.item, made.n_history + made.n, made.n_history,
                        made.span, made.n_spans};
    struct jval *o = cli->json ? jval_new_object() : NULL;
    if (o) {
        jval_put_string(o, "run", made.run->name);
        jval_put_bool(o, "history_masked", made.masked);
        jval_put(o, "items", items_json(&r, &made));
    } else {
        print_items(&r, &made);
    }
    finish(&r, o);
    roll_out_release(&made);
    return true;
}
