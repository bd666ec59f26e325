#include "analysis/report/item_detail.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/math/parallel.h"
#include "analysis/math/topk.h"
#include "analysis/run/item_vectors.h"
#include "analysis/strategy/neighbours.h"
#include "analysis/strategy/strategy.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

static const char what[] = "an item's links";

void item_links_release(struct item_links *links)
{
    free(links->link);
    *links = (struct item_links){0};
}

void item_detail_release(struct item_detail *d)
{
    item_links_release(&d->successors);
    item_links_release(&d->predecessors);
    item_links_release(&d->collaborative);
    item_links_release(&d->same_id);
    free(d->holder);
    free(d->run);
    free(d->recommended);
    free(d->rote);
    free(d->receiver);
    free(d->places);
    *d = (struct item_detail){0};
}

/* ---- counting other items ---- */

/* What is counted of one other item. */
struct tally_cell {
    int32_t users, last_user; /* the user counted last, + 1 */
    int64_t count;
};

struct tally {
    struct tally_cell *cell; /* [n_items] */
    int32_t *touched;        /* [n_items] the first n are the items with a count */
    int32_t n;
};

static bool tally_init(struct tally *t, int32_t n_items, struct error *err)
{
    t->cell = mem_try_zarray((size_t)n_items, sizeof *t->cell, what, err);
    t->touched = mem_try_array((size_t)n_items, sizeof *t->touched, what, err);
    return t->cell && t->touched;
}

static void tally_release(struct tally *t)
{
    free(t->cell);
    free(t->touched);
}

static void tally_add(struct tally *t, int32_t item, int32_t user)
{
    struct tally_cell *c = &t->cell[item];
    if (c->count++ == 0)
        t->touched[t->n++] = item;
    c->users += c->last_user != user + 1;
    c->last_user = user + 1;
}

/* What a link is ordered by; the sort needs no other memory. */
struct ordered {
    struct item_link link;
    int64_t pop;
};

static int in_order(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->link.count != y->link.count)
        return x->link.count > y->link.count ? -1 : 1;
    if (x->pop != y->pop)
        return x->pop > y->pop ? -1 : 1;
    return (x->link.item > y->link.item) - (x->link.item < y->link.item);
}

/* Sorts n links (as `ordered`, freed) into *out. */
static bool take_ordered(struct ordered *list, int32_t n, struct item_links *out, struct error *err)
{
    qsort(list, (size_t)n, sizeof *list, in_order);
    out->link = mem_try_array((size_t)n, sizeof *out->link, what, err);
    out->n = out->link ? n : 0;
    for (int32_t i = 0; i < out->n; i++)
        out->link[i] = list[i].link;
    free(list);
    return out->link != NULL;
}

/* What was counted, as links; the tally is empty again. */
static bool tally_take(struct tally *t, const struct edges *edges, struct item_links *out,
                       struct error *err)
{
    struct ordered *list = mem_try_array((size_t)t->n, sizeof *list, what, err);
    int32_t n = t->n;
    for (int32_t i = 0; i < n; i++) {
        int32_t item = t->touched[i];
        struct tally_cell *c = &t->cell[item];
        if (list)
            list[i] = (struct ordered){{.item = item, .users = c->users, .count = c->count},
                                       edges->pop[item]};
        *c = (struct tally_cell){0};
    }
    t->n = 0;
    return list && take_ordered(list, n, out, err);
}

/* ---- who has the item, and what stands around it ---- */

struct occurrence {
    int32_t user, position;
};

struct occurrences {
    struct occurrence *at;
    size_t n, cap;
};

static bool find_occurrences(const struct training *training, int32_t item, struct occurrences *out,
                             struct progress *progress, struct error *err)
{
    const struct corpus *corpus = training->corpus;
    for (int32_t u = 0; u < corpus->n_users; u++) {
        const int32_t *sequence = corpus_sequence(corpus, u);
        for (int32_t p = 0; p < training->end[u]; p++) {
            if (sequence[p] != item)
                continue;
            if (!mem_try_grow((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at, what, err))
                return false;
            out->at[out->n++] = (struct occurrence){u, p};
        }
        if (u % 65536 == 0 && !progress_ok(progress, err))
            return false;
    }
    return true;
}

/* Tallies the items from `from` to `to` positions behind each occurrence, itself left out. */
static void tally_around(struct tally *t, const struct training *training,
                         const struct occurrences *o, int32_t from, int32_t to, bool itself)
{
    for (size_t i = 0; i < o->n; i++) {
        struct occurrence at = o->at[i];
        const int32_t *sequence = corpus_sequence(training->corpus, at.user);
        for (int32_t d = from; d <= to; d++) {
            int32_t p = at.position + d;
            bool there = d != 0 && p >= 0 && p < training->end[at.user];
            if (there && (itself || sequence[p] != sequence[at.position]))
                tally_add(t, sequence[p], at.user);
        }
    }
}

static bool fill_links(struct item_detail *d, const struct training *training,
                       const struct occurrences *o, struct error *err)
{
    struct tally t = {0};
    bool ok = tally_init(&t, training->corpus->n_items, err);
    if (ok) {
        tally_around(&t, training, o, 1, 1, true);
        ok = tally_take(&t, d->edges, &d->successors, err);
    }
    if (ok) {
        tally_around(&t, training, o, -1, -1, true);
        ok = tally_take(&t, d->edges, &d->predecessors, err);
    }
    if (ok) {
        tally_around(&t, training, o, -d->window, d->window, false);
        ok = tally_take(&t, d->edges, &d->collaborative, err);
    }
    for (int32_t i = 0; ok && i < d->successors.n; i++)
        d->successors.link[i].score = edges_lift(d->edges, d->item, d->successors.link[i].item);
    for (int32_t i = 0; ok && i < d->predecessors.n; i++)
        d->predecessors.link[i].score = edges_lift(d->edges, d->predecessors.link[i].item, d->item);
    tally_release(&t);
    return ok;
}

static bool fill_holders(struct item_detail *d, const struct training *training,
                         const struct occurrences *o, struct error *err)
{
    d->holder = mem_try_array(o->n, sizeof *d->holder, what, err);
    for (size_t i = 0; d->holder && i < o->n; i++) {
        struct occurrence at = o->at[i];
        if (i > 0 && o->at[i - 1].user == at.user)
            d->holder[d->n_holders - 1].times++;
        else
            d->holder[d->n_holders++] =
                (struct item_holder){at.user, 1, at.position, training->end[at.user]};
    }
    return d->holder != NULL;
}

/* ---- semantic ids ---- */

static bool choose_ids(struct study *study, const struct study_run *const *runs, size_t n_runs,
                       struct study_ids *out, struct error *err)
{
    bool ok = study_ids_of(study, NULL, out, err);
    for (size_t i = 0; ok && out->table.levels == 0 && i < n_runs; i++)
        ok = study_ids_of(study, runs[i], out, err);
    return ok;
}

static int32_t same_tokens(const struct semid_table *ids, int32_t x, int32_t y)
{
    const int32_t *a = semid_of(ids, x), *b = semid_of(ids, y);
    int32_t n = 0;
    while (n < ids->levels && a[n] >= 0 && a[n] == b[n])
        n++;
    return n;
}

static bool fill_same_id(struct item_detail *d, struct error *err)
{
    const struct semid_table *ids = &d->ids.table;
    struct ordered *list = NULL;
    size_t n = 0, cap = 0;
    for (int32_t y = 0; ids->levels > 0 && y < ids->n_items; y++) {
        int32_t tokens = y == d->item ? 0 : same_tokens(ids, d->item, y);
        if (tokens == 0)
            continue;
        if (!mem_try_grow((void **)&list, &cap, n + 1, sizeof *list, what, err)) {
            free(list);
            return false;
        }
        list[n++] = (struct ordered){{.item = y, .count = tokens}, d->edges->pop[y]};
        d->same_whole_id += tokens == ids->levels;
    }
    return n == 0 || take_ordered(list, (int32_t)n, &d->same_id, err);
}

/* ---- to whom it is recommended ---- */

struct lists {
    struct study *study;
    enum part part;
    const struct definition *definition;
    const struct onehop *onehop;
    const struct edges *edges[2]; /* by enum trained_on */
    struct onehop_scratch *scratch[PARALLEL_MAX];
    struct item_detail *d;
};

/* 0: not among the first k. */
static int32_t rank_of(const struct recs *recs, int64_t at, int32_t item, int32_t k)
{
    const int32_t *list = recs_row(recs, at);
    for (int32_t i = 0; i < k && i < recs->depth; i++)
        if (list[i] == item)
            return i + 1;
    return 0;
}

/* Places are numbered for now: the array moves while it grows. */
static bool find_receivers(struct lists *l, struct progress *progress, struct error *err)
{
    struct item_detail *d = l->d;
    const struct case_list *cases = &study_split(l->study)->part[l->part];
    size_t cap = 0, place_cap = 0, n_places = 0;
    for (int64_t at = 0; d->n_runs > 0 && at < cases->n; at++) {
        size_t begin = n_places, need = begin + d->n_runs;
        bool found = false;
        if (!mem_try_grow((void **)&d->places, &place_cap, need, sizeof *d->places, what, err))
            return false;
        for (size_t r = 0; r < d->n_runs; r++) {
            int32_t rank = rank_of(&d->run[r]->recs[l->part], at, d->item, l->definition->k);
            d->places[begin + r] = (struct item_place){.rank = rank};
            found |= rank > 0;
        }
        if (at % 65536 == 0 && !progress_ok(progress, err))
            return false;
        if (!found)
            continue;
        n_places = need;
        size_t n = (size_t)d->n_receivers;
        if (!mem_try_grow((void **)&d->receiver, &cap, n + 1, sizeof *d->receiver, what, err))
            return false;
        d->receiver[d->n_receivers++] = (struct item_receiver){.at = at, .user = cases->user[at]};
    }
    for (int64_t i = 0; i < d->n_receivers; i++)
        d->receiver[i].place = d->places + (size_t)i * d->n_runs;
    return true;
}

/* From the stored labels, as the case view has it from the index. */
static void choose_badge(const struct lists *l, const struct study_run *run,
                         const struct item_receiver *to, struct item_place *place,
                         const int32_t *history, int32_t n)
{
    int64_t slot = to->at * run->recs[l->part].depth + place->rank - 1;
    place->labelled = run->verbatim[l->part] && run->relation[l->part];
    if (!place->labelled)
        return;
    struct case_rec rec = {.item = l->d->item,
                           .verbatim = run->verbatim[l->part][slot],
                           .relation = run->relation[l->part][slot]};
    for (int32_t i = 0; i < n; i++) {
        rec.in_history |= history[i] == rec.item;
        if (rec.verbatim < 2 && rec.any_count == 0)
            rec.any_count = edges_count(l->edges[run->trained_on], history[i], rec.item);
    }
    case_rec_badge(&rec);
    place->badge = rec.badge;
    place->relation_type = rec.relation_type;
    place->relation_hop = (uint8_t)rec.relation_hop;
    place->verbatim = (uint8_t)rec.verbatim;
}

static bool explain_receivers(void *context, int64_t begin, int64_t end, int worker,
                              struct error *err)
{
    struct lists *l = context;
    const struct corpus *corpus = study_corpus(l->study);
    if (!l->scratch[worker] && !(l->scratch[worker] = onehop_scratch_new(l->onehop, err)))
        return false;
    for (int64_t i = begin; i < end; i++) {
        struct item_receiver *to = &l->d->receiver[i];
        const int32_t *sequence = corpus_sequence(corpus, to->user);
        int32_t n = study_split(l->study)->part[l->part].position[to->at];
        onehop_load(l->onehop, l->scratch[worker], to->user, sequence, n);
        bool rote = onehop_has(l->scratch[worker], l->d->item);
        for (size_t r = 0; r < l->d->n_runs; r++) {
            struct item_place *place = &to->place[r];
            if (place->rank == 0)
                continue;
            place->rote = rote;
            place->target = sequence[n] == l->d->item;
            choose_badge(l, l->d->run[r], to, place, sequence, n);
        }
    }
    return true;
}

static bool fill_receivers(struct lists *l, struct progress *progress, struct error *err)
{
    struct item_detail *d = l->d;
    for (size_t r = 0; r < d->n_runs; r++) {
        enum trained_on on = d->run[r]->trained_on;
        if (!(l->edges[on] = study_edges(l->study, on, err)))
            return false;
    }
    bool ok =
        find_receivers(l, progress, err) &&
        parallel_for(d->n_receivers, 256, explain_receivers, l, progress, "item", "cases", err);
    for (size_t i = 0; i < PARALLEL_MAX; i++)
        onehop_scratch_free(l->scratch[i]);
    for (int64_t i = 0; ok && i < d->n_receivers; i++)
        for (size_t r = 0; r < d->n_runs; r++) {
            d->recommended[r] += d->receiver[i].place[r].rank > 0;
            d->rote[r] += d->receiver[i].place[r].rote;
        }
    return ok;
}

/* ---- all of it ---- */

static bool fill(struct lists *l, struct progress *progress, struct error *err)
{
    struct item_detail *d = l->d;
    const struct corpus *corpus = study_corpus(l->study);
    enum trained_on on = l->definition->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    struct training training = split_training(study_split(l->study), corpus, on);
    struct occurrences o = {0};
    bool ok = find_occurrences(&training, d->item, &o, progress, err) &&
              fill_links(d, &training, &o, err) && fill_holders(d, &training, &o, err) &&
              fill_same_id(d, err) && fill_receivers(l, progress, err);
    free(o.at);
    return ok;
}

bool item_detail_make(struct study *study, int32_t item, enum part part,
                      const struct study_run *const *runs, size_t n_runs,
                      const struct definition *definition, struct progress *progress,
                      struct item_detail *out, struct error *err)
{
    struct strategy defaults = strategy_next_item();
    *out = (struct item_detail){.item = item,
                                .window = strategy_int(&defaults, STRATEGY_OPTION_IIRG_WINDOW),
                                .run = mem_zalloc(n_runs, sizeof *out->run),
                                .recommended = mem_zalloc(n_runs, sizeof *out->recommended),
                                .rote = mem_zalloc(n_runs, sizeof *out->rote)};
    for (size_t i = 0; i < n_runs; i++)
        if (runs[i]->has[part])
            out->run[out->n_runs++] = runs[i];
    struct lists *l = mem_zalloc(1, sizeof *l);
    l->study = study;
    l->part = part;
    l->definition = definition;
    l->onehop = study_onehop(study, definition, err);
    l->d = out;
    bool ok = l->onehop && choose_ids(study, runs, n_runs, &out->ids, err);
    if (ok) {
        out->edges = l->onehop->edges;
        out->rank = l->onehop->rank[item] + 1;
        ok = fill(l, progress, err);
    }
    free(l);
    if (!ok)
        item_detail_release(out);
    return ok;
}

/* ---- items that are alike ---- */

bool item_alike(struct study *study, int32_t item, struct progress *progress,
                struct item_links *out, bool *from_texts, struct error *err)
{
    struct topk_entry entry[ITEM_ALIKE];
    struct topk best = topk_new(entry, ITEM_ALIKE);
    const struct item_vectors *v = study_item_vectors(study, progress, err);
    *out = (struct item_links){0};
    if (!v || !neighbours_semantic_of(v->x, study_corpus(study)->n_items, v->width, item, &best,
                                      progress, err))
        return false;
    *from_texts = v->own != NULL;
    out->link = mem_zalloc((size_t)best.n, sizeof *out->link);
    out->n = best.n;
    for (int32_t i = 0; i < best.n; i++)
        out->link[i] = (struct item_link){.item = entry[i].index, .score = entry[i].score};
    return true;
}
