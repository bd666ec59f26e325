#include "analysis/report/case_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/onehop.h"
#include "analysis/label/relation.h"
#include "analysis/match/evidence.h"
#include "analysis/match/match.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

/* One history and one list of candidates. */
struct question {
    struct study *study;
    enum trained_on on;
    int32_t user; /* -1: nobody's */
    const int32_t *history;
    int32_t n_history;
    const int32_t *item; /* [n] */
    int32_t n;
    const uint16_t *relation; /* [n] stored codes; NULL: to be worked out */
};

static bool in_history(const struct question *q, int32_t item)
{
    for (int32_t i = 0; i < q->n_history; i++)
        if (q->history[i] == item)
            return true;
    return false;
}

/* Sum of T[x][v] over the distinct items x of the history. */
static int64_t any_count(const struct question *q, const struct edges *edges, int32_t v)
{
    int64_t sum = 0;
    for (int32_t i = 0; i < q->n_history; i++) {
        bool later = false; /* each distinct item counts once, at its last place */
        for (int32_t j = i + 1; j < q->n_history && !later; j++)
            later = q->history[j] == q->history[i];
        if (!later)
            sum += edges_count(edges, q->history[i], v);
    }
    return sum;
}

void case_relation(uint16_t code, char *type, int *hop)
{
    static const struct {
        enum relation_type type;
        char letter;
    } order[] = {{RELATION_SUBSTITUTABILITY, 's'},
                 {RELATION_SYMMETRY, 'y'},
                 {RELATION_TRANSITIVITY, 't'},
                 {RELATION_SECOND_SYMMETRY, 'd'}};
    *type = '\0';
    *hop = 0;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        int h = relation_hop(code, order[i].type);
        if (h && (!*hop || h < *hop)) {
            *hop = h;
            *type = order[i].letter;
        }
    }
}

void case_rec_badge(struct case_rec *rec)
{
    rec->shown_count = rec->verbatim >= 2 ? rec->occurrences : 0;
    if (rec->item < 0)
        rec->badge = BADGE_ILLEGAL;
    else if (rec->in_history)
        rec->badge = BADGE_REPEAT;
    else if (rec->verbatim >= 3)
        rec->badge = BADGE_VERBATIM;
    else if (rec->verbatim == 2)
        rec->badge = BADGE_LAST;
    else if (rec->any_count > 0)
        rec->badge = BADGE_ANY;
    else if (relation_class(rec->relation) == RELATION_GENERALIZATION)
        rec->badge = BADGE_RELATED;
    else
        rec->badge = BADGE_NONE;
    if (rec->badge == BADGE_ANY)
        rec->shown_count = rec->any_count;
    case_relation(rec->relation, &rec->relation_type, &rec->relation_hop);
}

static bool relations_of(const struct question *q, uint16_t *code, struct error *err)
{
    if (q->relation) {
        memcpy(code, q->relation, (size_t)q->n * sizeof *code);
        return true;
    }
    const struct relation_index *index = study_relations(q->study, q->on, NULL, err);
    struct relation_scratch *scratch = index ? relation_scratch_new(index, err) : NULL;
    if (!scratch)
        return false;
    relation_case(index, scratch, q->history, q->n_history, q->item, q->n, code);
    relation_scratch_free(scratch);
    return true;
}

/* rec: [n], zeroed. */
static bool explain(const struct question *q, struct case_rec *rec, struct error *err)
{
    const struct match_index *index = study_index(q->study, q->on, NULL, err);
    const struct edges *edges = index ? study_edges(q->study, q->on, err) : NULL;
    if (!edges)
        return false;
    struct match_support *support = mem_zalloc((size_t)q->n, sizeof *support);
    uint16_t *code = mem_zalloc((size_t)q->n, sizeof *code);
    bool ok = relations_of(q, code, err);
    if (ok)
        match_support(index, q->history, q->n_history, q->user, q->item, q->n, support);
    for (int32_t i = 0; ok && i < q->n; i++) {
        struct case_rec *r = &rec[i];
        r->item = q->item[i];
        r->rank = i + 1;
        r->relation = code[i];
        if (r->item >= 0) {
            r->in_history = in_history(q, r->item);
            r->verbatim = support[i].length;
            r->occurrences = support[i].occurrences;
            r->users = support[i].users;
            r->own = support[i].own;
            r->any_count = any_count(q, edges, r->item);
            if (q->n_history > 0)
                r->lift = edges_lift(edges, q->history[q->n_history - 1], r->item);
        }
        case_rec_badge(r);
    }
    free(code);
    free(support);
    return ok;
}

bool case_rec_make(struct study *study, enum trained_on on, int32_t user, const int32_t *history,
                   int32_t n_history, int32_t item, struct case_rec *out, struct error *err)
{
    const struct question q = {.study = study,
                               .on = on,
                               .user = user,
                               .history = history,
                               .n_history = n_history,
                               .item = &item,
                               .n = 1};
    *out = (struct case_rec){0};
    return explain(&q, out, err);
}

static bool explain_run(struct study *study, struct case_view *view, struct case_run *run,
                        const struct definition *definition, const struct onehop_scratch *counted,
                        struct error *err)
{
    const struct study_run *r = run->run;
    const struct recs *recs = &r->recs[view->part];
    const uint16_t *stored = r->relation[view->part];
    struct question q = {.study = study,
                         .on = r->trained_on,
                         .user = view->user,
                         .history = view->history,
                         .n_history = view->n_history,
                         .item = recs_row(recs, view->case_at),
                         .n = recs->depth,
                         .relation = stored ? stored + view->case_at * recs->depth : NULL};
    while (q.n > 0 && q.item[q.n - 1] == RECS_NONE)
        q.n--; /* the end of a short list is not shown as missing slots */
    run->n = q.n;
    run->rec = mem_zalloc((size_t)q.n, sizeof *run->rec);
    if (!explain(&q, run->rec, err))
        return false;
    for (int32_t i = 0; i < run->n; i++) {
        struct case_rec *rec = &run->rec[i];
        rec->score = recs->score ? recs->score[view->case_at * recs->depth + i] : 0;
        rec->is_target = rec->item == view->target;
        rec->counted = rec->item >= 0 && onehop_has(counted, rec->item);
        if (rec->is_target && !run->hit_rank)
            run->hit_rank = rec->rank;
        if (rec->counted && rec->rank <= definition->k)
            run->counted_top_k++;
    }
    return true;
}

static bool explain_target(struct study *study, struct case_view *view,
                           const struct definition *definition, struct error *err)
{
    enum trained_on on = definition->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN;
    const struct match_index *index = study_index(study, on, NULL, err);
    if (!index)
        return false;
    match_lengths(index, view->history, view->n_history, &view->target, 1, &view->target_verbatim,
                  NULL);
    /* Where all lists have stored labels, the relation index is not built for the target alone. */
    const struct relation_index *relations = study_relations_ready(study, on);
    struct relation_scratch *scratch = relations ? relation_scratch_new(relations, NULL) : NULL;
    if (scratch)
        relation_case(relations, scratch, view->history, view->n_history, &view->target, 1,
                      &view->target_relation);
    relation_scratch_free(scratch);
    return true;
}

bool case_view_make(struct study *study, int32_t user, enum part part,
                    const struct study_run *const *runs, size_t n_runs,
                    const struct definition *definition, struct case_view *out, struct error *err)
{
    return case_view_make_nth(study, user, part, 0, runs, n_runs, definition, out, err);
}

/* Index of the user's nth case into the split's list, -1 with *err. */
static int64_t find_case(const struct study *study, int32_t user, enum part part, int32_t nth,
                         struct error *err)
{
    const char *name = part == PART_TEST ? "test" : "validation";
    const struct case_list *cases = &study_split(study)->part[part];
    bool known = user >= 0 && user < study_corpus(study)->n_users;
    int64_t last = known ? study_case_of_user(study, part, user) : -1, first = last;
    if (last < 0) {
        error_set(err, ERROR_NOT_FOUND, "this user has no %s case%s", name,
                  strncmp(study_dataset(study)->split, "temporal", 8) == 0
                      ? ": none of the items falls into that time"
                  : strcmp(study_dataset(study)->split, "given") == 0
                      ? ": the imported split gives it none"
                      : ": a sequence of at least 3 items is needed");
        return -1;
    }
    while (first > 0 && cases->user[first - 1] == user)
        first--;
    if (nth > last - first + 1) {
        error_set(err, ERROR_NOT_FOUND, "this user has %lld %s cases, not %d",
                  (long long)(last - first + 1), name, nth);
        return -1;
    }
    return nth > 0 ? first + nth - 1 : last;
}

bool case_view_make_nth(struct study *study, int32_t user, enum part part, int32_t nth,
                        const struct study_run *const *runs, size_t n_runs,
                        const struct definition *definition, struct case_view *out,
                        struct error *err)
{
    const struct corpus *corpus = study_corpus(study);
    int64_t at = find_case(study, user, part, nth, err);
    if (at < 0)
        return false;
    int32_t position = study_split(study)->part[part].position[at];
    const int32_t *sequence = corpus_sequence(corpus, user);
    *out = (struct case_view){.user = user,
                              .part = part,
                              .case_at = at,
                              .n_history = position,
                              .history = sequence,
                              .target = sequence[position],
                              .run = mem_zalloc(n_runs, sizeof(struct case_run))};
    const struct onehop *onehop = study_onehop(study, definition, err);
    struct onehop_scratch *counted = onehop ? onehop_scratch_new(onehop, err) : NULL;
    bool ok = counted != NULL;
    if (ok) {
        onehop_load(onehop, counted, user, out->history, out->n_history);
        out->target_reachable = onehop_has(counted, out->target);
    }
    for (size_t i = 0; ok && i < n_runs; i++) {
        out->run[out->n_runs++].run = runs[i];
        ok = runs[i]->has[part] ? explain_run(study, out, &out->run[i], definition, counted, err)
                                : error_set(err, ERROR_STATE,
                                            "the run %s has no recommendations "
                                            "for this part yet",
                                            runs[i]->name);
    }
    ok = ok && explain_target(study, out, definition, err);
    onehop_scratch_free(counted);
    if (!ok)
        case_view_release(out);
    return ok;
}

void case_view_release(struct case_view *view)
{
    for (size_t i = 0; i < view->n_runs; i++)
        free(view->run[i].rec);
    free(view->run);
    *view = (struct case_view){0};
}

/* ---- evidence ---- */

static bool find_evidence(const struct question *q, const struct case_rec *rec, size_t max,
                          struct evidence_list *out, struct error *err)
{
    *out = (struct evidence_list){0};
    bool longest = rec->verbatim >= 2;
    if (rec->item < 0 || (!longest && rec->any_count == 0))
        return true; /* nothing repeats: no evidence is an answer */
    const struct match_index *index = study_index(q->study, q->on, NULL, err);
    struct evidence *found = index ? mem_try_array(max, sizeof *found, "evidence", err) : NULL;
    if (!found)
        return false;
    struct evidence_query query = {.of = longest ? EVIDENCE_LONGEST : EVIDENCE_ANY,
                                   .history = q->history,
                                   .n_history = q->n_history,
                                   .item = rec->item,
                                   .user = q->user,
                                   .max = max,
                                   .count_users = true};
    struct evidence_totals totals;
    size_t n = 0;
    bool ok = evidence_find(index, &query, found, &n, &totals, err);
    if (ok) {
        out->total = totals.occurrences;
        out->total_users = totals.users;
        out->total_own = totals.own;
        out->line = mem_zalloc(n, sizeof *out->line);
        out->n = n;
    }
    const struct training training =
        split_training(study_split(q->study), study_corpus(q->study), q->on);
    for (size_t i = 0; ok && i < n; i++)
        out->line[i] = (struct evidence_line){
            .user = found[i].user,
            .start = found[i].position - found[i].length + 1,
            .length = found[i].length,
            .sequence_length = training.end[found[i].user],
            .history_at = found[i].predecessor,
            .lift = found[i].lift,
            .own = found[i].own,
        };
    free(found);
    return ok;
}

bool evidence_for_history(struct study *study, enum trained_on on, int32_t user,
                          const int32_t *history, int32_t n_history, int32_t item, size_t max,
                          struct case_rec *rec, struct evidence_list *out, struct error *err)
{
    const uint16_t nobody_asks = 0; /* evidence is the same whatever the relation */
    struct question q = {.study = study,
                         .on = on,
                         .user = user,
                         .history = history,
                         .n_history = n_history,
                         .item = &item,
                         .n = 1,
                         .relation = rec ? NULL : &nobody_asks};
    struct case_rec one = {0};
    if (!explain(&q, &one, err) || !find_evidence(&q, &one, max, out, err))
        return false;
    if (rec)
        *rec = one;
    return true;
}

bool evidence_make(struct study *study, enum trained_on on, const struct case_view *view,
                   const struct case_rec *rec, size_t max, struct evidence_list *out,
                   struct error *err)
{
    struct question q = {.study = study,
                         .on = on,
                         .user = view->user,
                         .history = view->history,
                         .n_history = view->n_history};
    return find_evidence(&q, rec, max, out, err);
}

void evidence_release(struct evidence_list *list)
{
    free(list->line);
    *list = (struct evidence_list){0};
}

/* ---- words ---- */

void case_badge_text(const struct case_rec *r, char text[CASE_BADGE_TEXT])
{
    static const char *const word[] = {[BADGE_ILLEGAL] = "illegal",
                                       [BADGE_REPEAT] = "repeat",
                                       [BADGE_LAST] = "one-hop last",
                                       [BADGE_ANY] = "one-hop any",
                                       [BADGE_NONE] = "uncategorized"};
    if (r->badge == BADGE_VERBATIM)
        snprintf(text, CASE_BADGE_TEXT, "verbatim %d", r->verbatim);
    else if (r->badge == BADGE_RELATED)
        snprintf(text, CASE_BADGE_TEXT, "related %c%d", r->relation_type, r->relation_hop);
    else
        snprintf(text, CASE_BADGE_TEXT, "%s", word[r->badge]);
}
