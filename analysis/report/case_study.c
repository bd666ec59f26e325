/*
 * `seen` of a pin is an object: "part", "runs", what else is needed to make it again ("case" where
 * it is not the user's last, "title", "state", "sql"), "evidence" of a recommendation, "plot" where
 * there is a picture, and "figures", a flat object of numbers, words and booleans. Re-checking
 * (case_check.c) makes it again and compares the figures. "runs" are names as they were; their
 * numbers are the pin's `runs`. "about": so many of them are the pin's own, the others are only
 * named in its commands; missing: all.
 */
#include "analysis/report/case_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study_private.h"
#include "analysis/report/case_view.h"
#include "analysis/report/compare.h"
#include "analysis/report/curves.h"
#include "analysis/report/eval.h"
#include "analysis/report/frontier.h"
#include "analysis/report/groups.h"
#include "storage/base/hash.h"
#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "storage/db/query.h"
#include "storage/export/plot_json.h"

enum { EVIDENCE_LINES = 5, QUERY_ROWS = 5 };

const char *const case_kind_name[CASE_KINDS] = {"user",       "recommendation", "item", "run",
                                                "comparison", "sheet",          "plot", "query"};

bool case_kind_find(const char *name, enum case_kind *out)
{
    for (int i = 0; i < CASE_KINDS; i++)
        if (strcmp(name, case_kind_name[i]) == 0) {
            *out = (enum case_kind)i;
            return true;
        }
    return false;
}

void case_subject_release(struct case_subject *s)
{
    free(s->user_id);
    free(s->item_id);
    for (size_t i = 0; i < CASE_RUNS; i++)
        free(s->run[i]);
    free(s->title);
    free(s->state);
    free(s->sql);
    free(s->link);
    *s = (struct case_subject){0};
}

const struct study_run *case_subject_run(const struct study *study, const struct case_subject *s,
                                         size_t i)
{
    const struct jval *number = jval_at(s->numbers, i);
    return number ? study_run_by_id(study, jval_int(number, 0)) : study_run_named(study, s->run[i]);
}

/* ---- what the makers share ---- */

/* A pin in the making. */
struct maker {
    struct study *study;
    const struct case_subject *subject;
    const struct study_run *run[CASE_RUNS]; /* [subject->n_runs] */
    struct progress *progress;
    struct jval *seen, *figures, *names; /* figures and names (of runs) lie in seen */
    struct jval *numbers;                /* of the runs of names */
    struct buf summary;
    int32_t user, item; /* -1: none */
    int32_t rank;
};

static const char *title_of(const struct study *study, int32_t item)
{
    const struct dataset *d = study_dataset(study);
    if (item < 0)
        return item == RECS_ILLEGAL ? "illegal" : "missing";
    return strtab_len(&d->title, item) ? strtab_get(&d->title, item)
                                       : strtab_get(&d->item_id, item);
}

static const char *id_of(const struct study *study, int32_t item)
{
    return item < 0 ? NULL : strtab_get(&study_dataset(study)->item_id, item);
}

static void put_rank(struct jval *figures, const char *name, int64_t rank)
{
    if (rank > 0)
        jval_put_int(figures, name, rank);
    else
        jval_put(figures, name, jval_new_null());
}

/* The pin is about this run, too. */
static void add_run(struct maker *m, const struct study_run *run, const char *name)
{
    jval_append(m->names, jval_new_string(name));
    jval_append(m->numbers, jval_new_int(run->id));
}

static bool find_runs(struct maker *m, struct error *err)
{
    for (size_t i = 0; i < m->subject->n_runs; i++) {
        m->run[i] = case_subject_run(m->study, m->subject, i);
        if (!m->run[i])
            return error_set(err, ERROR_NOT_FOUND, "there is no run %s", m->subject->run[i]);
        add_run(m, m->run[i], m->subject->run[i]);
    }
    return true;
}

/* Runs that only the commands name follow those that the pin is about, so that they are found again
 * too. */
static void add_link_runs(struct maker *m)
{
    const struct case_subject *s = m->subject;
    const struct study_run *run;
    for (size_t i = 0; s->link && (run = study_run_at(m->study, i)); i++) {
        bool known = false;
        for (size_t r = 0; r < s->n_runs; r++)
            known = known || m->run[r] == run;
        if (!known && case_link_has(s->link, run->name))
            add_run(m, run, run->name);
    }
    if (jval_size(m->numbers) > s->n_runs)
        jval_put_int(m->seen, "about", (int64_t)s->n_runs);
}

/* What figures call the run: by the name that it had when the pin was first made. Another one that
 * has this name now has its number behind it. The caller frees. */
static char *figure_name(const struct maker *m, const struct study_run *run)
{
    const struct case_subject *s = m->subject;
    bool taken = false;
    for (size_t i = 0; i < jval_size(s->numbers); i++) {
        const char *name = jval_string(jval_at(s->names, i));
        if (name && jval_int(jval_at(s->numbers, i), 0) == run->id)
            return mem_strdup(name);
        taken = taken || (name && strcmp(name, run->name) == 0);
    }
    return taken ? mem_printf("%s (%lld)", run->name, (long long)run->id) : mem_strdup(run->name);
}

static bool find_ids(struct maker *m, struct error *err)
{
    const struct case_subject *s = m->subject;
    m->user = s->user_id ? study_find_user(m->study, s->user_id) : -1;
    m->item = s->item_id ? study_find_item(m->study, s->item_id) : -1;
    if (s->user_id && m->user < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no user %s", s->user_id);
    if (s->item_id && m->item < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no item %s", s->item_id);
    return true;
}

static bool needs(const void *what, const char *name, struct error *err)
{
    return what || error_set(err, ERROR_USAGE, "this kind of pin needs %s", name);
}

/* ---- users and recommendations ---- */

/* As the screens' :user takes it. */
static void add_nth(const struct maker *m, struct buf *out)
{
    if (m->subject->nth > 0)
        buf_addf(out, " case %d", (int)m->subject->nth);
}

static void add_user(const struct maker *m, struct buf *out)
{
    buf_adds(out, m->subject->user_id);
    add_nth(m, out);
}

static bool make_user(struct maker *m, struct error *err)
{
    const struct case_subject *s = m->subject;
    struct case_view view;
    if (!needs(s->user_id, "a user", err) ||
        !case_view_make_nth(m->study, m->user, s->part, s->nth, m->run, s->n_runs, &s->definition,
                            &view, err))
        return false;
    jval_put_int(m->figures, "history", view.n_history);
    jval_put_string(m->figures, "target", id_of(m->study, view.target));
    jval_put_bool(m->figures, "reachable", view.target_reachable);
    buf_adds(&m->summary, "user ");
    add_user(m, &m->summary);
    buf_addf(&m->summary, ": history of %d, target %s, %s", (int)view.n_history,
             title_of(m->study, view.target),
             view.target_reachable ? "reachable" : "not reachable");
    for (size_t i = 0; i < view.n_runs; i++) {
        const struct case_run *run = &view.run[i];
        char *name = figure_name(m, run->run), *rank = mem_printf("%s.rank", name),
             *rote = mem_printf("%s.rote", name);
        put_rank(m->figures, rank, run->hit_rank);
        jval_put_int(m->figures, rote, run->counted_top_k);
        buf_addf(&m->summary, ", %s ", run->run->name);
        if (run->hit_rank)
            buf_addf(&m->summary, "has it at %d", (int)run->hit_rank);
        else
            buf_adds(&m->summary, "has it not");
        free(name);
        free(rank);
        free(rote);
    }
    case_view_release(&view);
    return true;
}

static const char *badge_words(const struct case_rec *rec)
{
    static const char *const words[] = {
        [BADGE_ILLEGAL] = "illegal",
        [BADGE_REPEAT] = "already in the history",
        [BADGE_VERBATIM] = "verbatim",
        [BADGE_LAST] = "one-hop from the last item",
        [BADGE_ANY] = "one-hop from the history",
        [BADGE_RELATED] = "related",
        [BADGE_NONE] = "uncategorized",
    };
    return words[rec->badge];
}

static void put_evidence(struct maker *m, const struct evidence_list *list)
{
    struct jval *lines = jval_new_array();
    for (size_t i = 0; i < list->n; i++) {
        const struct evidence_line *line = &list->line[i];
        struct jval *o = jval_new_object();
        jval_put_string(o, "user", strtab_get(&study_dataset(m->study)->user_id, line->user));
        jval_put_int(o, "position", line->start + 1);
        jval_put_int(o, "length", line->length);
        jval_put_real(o, "lift", line->lift);
        jval_append(lines, o);
    }
    jval_put(m->seen, "evidence", lines);
}

static void put_recommendation(struct maker *m, const struct case_rec *rec,
                               const struct evidence_list *list)
{
    put_rank(m->figures, "rank", rec->rank);
    jval_put_string(m->figures, "known as", badge_words(rec));
    jval_put_int(m->figures, "verbatim", rec->verbatim);
    jval_put_int(m->figures, "occurrences", list->total);
    jval_put_int(m->figures, "users", list->total_users);
    jval_put_int(m->figures, "own", list->total_own);
    jval_put_real(m->figures, "lift", rec->lift);
    jval_put_bool(m->figures, "target", rec->is_target);
    put_evidence(m, list);
    buf_addf(&m->summary, ", %s", badge_words(rec));
    if (rec->badge == BADGE_VERBATIM)
        buf_addf(&m->summary, " %d items", rec->verbatim);
    if (list->total > 0)
        buf_addf(&m->summary, ", %lld time%s in %lld user%s", (long long)list->total,
                 plural_s(list->total), (long long)list->total_users, plural_s(list->total_users));
    if (rec->lift > 0)
        buf_addf(&m->summary, ", lift %.3g", rec->lift);
    if (rec->is_target)
        buf_adds(&m->summary, ", the target");
}

/* By its item where that is known: it may have another rank by now. NULL: not in the list. */
static const struct case_rec *find_rec(const struct maker *m, const struct case_run *run)
{
    for (int32_t i = 0; i < run->n; i++)
        if (m->item >= 0 ? run->rec[i].item == m->item : run->rec[i].rank == m->subject->rank)
            return &run->rec[i];
    return NULL;
}

static bool make_recommendation(struct maker *m, struct error *err)
{
    const struct case_subject *s = m->subject;
    struct case_view view;
    struct evidence_list list = {0};
    if (!needs(s->user_id, "a user", err) || !needs(m->run[0], "run", err) ||
        !case_view_make_nth(m->study, m->user, s->part, s->nth, m->run, 1, &s->definition, &view,
                            err))
        return false;
    const struct case_rec *rec = find_rec(m, &view.run[0]);
    bool ok = rec || m->item >= 0 ||
              error_set(err, ERROR_NOT_FOUND, "%s has no recommendation %d for %s", m->run[0]->name,
                        (int)s->rank, s->user_id);
    if (rec) {
        m->item = rec->item;
        m->rank = rec->rank;
    }
    if (ok) {
        buf_addf(&m->summary, "%s %d for ", m->run[0]->name, (int)m->rank);
        add_user(m, &m->summary);
        buf_addf(&m->summary, ": %s", title_of(m->study, m->item));
    }
    if (rec && rec->item >= 0)
        ok = evidence_make(m->study, m->run[0]->trained_on, &view, rec, EVIDENCE_LINES, &list, err);
    if (ok && rec)
        put_recommendation(m, rec, &list);
    else if (ok)
        put_rank(m->figures, "rank", 0);
    evidence_release(&list);
    case_view_release(&view);
    return ok;
}

/* ---- items and runs ---- */

static bool make_item(struct maker *m, struct error *err)
{
    if (!needs(m->subject->item_id, "an item", err))
        return false;
    const struct corpus *c = study_corpus(m->study);
    int64_t times = 0, users = 0;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *items = corpus_sequence(c, u);
        int64_t before = times;
        for (int32_t i = 0; i < corpus_length(c, u); i++)
            times += items[i] == m->item;
        users += times > before;
    }
    jval_put_int(m->figures, "interactions", times);
    jval_put_int(m->figures, "users", users);
    buf_addf(&m->summary, "item %s: %s, %lld interaction%s of %lld user%s", m->subject->item_id,
             title_of(m->study, m->item), (long long)times, plural_s(times), (long long)users,
             plural_s(users));
    return true;
}

/* The figures of a run that a pin keeps, by their names in an evaluation. */
static const struct {
    const char *name, *shown;
} run_figures[] = {
    {"metrics.recall@10", "recall@10"},    {"metrics.ndcg@10", "ndcg@10"},
    {"one_hop_ratio.observed", "one-hop"}, {"one_hop_ratio.null.shuffle", "one-hop by chance"},
    {"one_hop_ratio.excess", "excess"},    {"labels.memorization.recommendations", "memorization"},
};

static bool put_run(struct maker *m, const struct study_run *run, const char *prefix, size_t most,
                    struct error *err)
{
    const struct case_subject *s = m->subject;
    struct eval e;
    if (!eval_get(m->study, run, s->part, &s->definition, m->progress, &e, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(run_figures) && i < most; i++) {
        double value = eval_value(&e, run_figures[i].name);
        char *name = mem_printf("%s%s", prefix, run_figures[i].shown);
        if (!isnan(value)) {
            jval_put_real(m->figures, name, value);
            if (!*prefix && i == 0)
                buf_addf(&m->summary, ": %s %.4f", run_figures[i].shown, value);
            else if (!*prefix && i > 1 && i < 5)
                buf_addf(&m->summary, ", %s %.1f %%", run_figures[i].shown, 100 * value);
        }
        free(name);
    }
    eval_release(&e);
    return true;
}

/* A picture is kept as data, as long as it is no larger than what a pin can hold. Takes the plot.
 */
static void put_plot(struct maker *m, struct plot *plot)
{
    struct jval *o = plot_to_json(plot);
    struct buf text;
    buf_init(&text);
    jval_write(o, false, &text);
    if (text.len < CASE_SEEN_MAX / 2)
        jval_put(m->seen, "plot", o);
    else
        jval_free(o);
    buf_release(&text);
    plot_free(plot);
}

/* How a run learned, where it has epochs. */
static bool put_curves(struct maker *m, const struct study_run *run, struct error *err)
{
    struct curve curve;
    if (!curve_read(m->study, run, &curve, err))
        return false;
    if (curve.n > 0)
        put_plot(m, curves_plot(m->study, &curve, 1));
    curve_release(&curve);
    return true;
}

static bool make_run(struct maker *m, struct error *err)
{
    const struct study_run *run = m->run[0];
    if (!needs(run, "a run", err) || !put_curves(m, run, err))
        return false;
    jval_put_string(m->figures, "state", run->state);
    jval_put_string(m->seen, "model", run->model);
    jval_put_string(m->seen, "strategy", run->strategy);
    buf_addf(&m->summary, "run %s", run->name);
    if (run->has[m->subject->part])
        return put_run(m, run, "", ARRAY_LEN(run_figures), err);
    buf_addf(&m->summary, ": %s", run->state);
    return true;
}

static bool make_comparison(struct maker *m, struct error *err)
{
    static const char *const shown[] = {"recall@10", "ndcg@10", "one_hop_excess"};
    const struct case_subject *s = m->subject;
    struct compare c;
    if (s->n_runs != 2)
        return error_set(err, ERROR_USAGE, "a comparison needs two runs");
    if (!compare_make(m->study, &m->run[0], 1, &m->run[1], 1, s->part, &s->definition, m->progress,
                      &c, err))
        return false;
    buf_addf(&m->summary, "%s against %s", s->run[1], s->run[0]);
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        const struct compare_figure *f = compare_find(&c, shown[i]);
        if (!f)
            continue;
        jval_put_real(m->figures, shown[i], f->difference.value);
        buf_addf(&m->summary, "%s %s %+.4f (%+.4f to %+.4f)", i ? "," : ":", shown[i],
                 f->difference.value, f->difference.lo, f->difference.hi);
    }
    for (int o = 0; o < COMPARE_OUTCOMES; o++)
        jval_put_int(m->figures, compare_outcome_name[o], c.count[o]);
    compare_release(&c);
    return true;
}

/* ---- sheets, plots, queries ---- */

static bool make_sheet(struct maker *m, struct error *err)
{
    const struct case_subject *s = m->subject;
    if (!needs(s->title, "a title", err))
        return false;
    jval_put_string(m->seen, "title", s->title);
    jval_put_string(m->seen, "state", s->state);
    buf_addf(&m->summary, "%s%s%s", s->title, s->state && *s->state ? ": " : "",
             s->state ? s->state : "");
    return true;
}

static bool put_frontier(struct maker *m, const struct study_run *const *runs, size_t n,
                         struct error *err)
{
    const struct case_subject *s = m->subject;
    struct frontier f;
    if (!frontier_make(m->study, runs, n, s->part, &s->definition, "recall@10", m->progress, &f,
                       err))
        return false;
    put_plot(m, frontier_plot(m->study, &f));
    frontier_release(&f);
    return true;
}

static bool make_plot(struct maker *m, struct error *err)
{
    size_t most = study_n_runs(m->study);
    const struct study_run *run, **shown = mem_zalloc(most, sizeof *shown);
    bool ok = true;
    int n = 0;
    for (size_t i = 0; ok && i < most && (run = study_run_at(m->study, i)); i++) {
        if (!run->has[m->subject->part])
            continue;
        char *name = figure_name(m, run), *prefix = mem_printf("%s ", name);
        add_run(m, run, name);
        ok = put_run(m, run, prefix, 5, err);
        free(prefix);
        free(name);
        shown[n++] = run;
    }
    bool again = m->subject->numbers != NULL; /* figures are compared then, no pictures */
    ok = ok && (again || n == 0 || put_frontier(m, shown, (size_t)n, err));
    buf_addf(&m->summary, "frontier of %d run%s: recall@10 against excess memorization", n,
             plural_s(n));
    free(shown);
    return ok;
}

struct query_digest {
    struct hash *hash;
    int64_t rows;
    struct jval *first; /* the first rows, arrays of text */
};

static void add_cell(struct query_digest *d, const struct query_value *v, struct jval *row)
{
    char number[32];
    snprintf(number, sizeof number, "%.9g", v->real);
    if (v->type == QUERY_INT)
        snprintf(number, sizeof number, "%lld", (long long)v->integer);
    bool bytes = v->type == QUERY_TEXT || v->type == QUERY_BLOB;
    const char *text = v->type == QUERY_NULL ? "" : bytes ? v->bytes : number;
    size_t n = bytes ? v->size_bytes : strlen(text);
    hash_add(d->hash, text, n);
    hash_add(d->hash, "\x1f", 1);
    if (row)
        jval_append(row, jval_new_string_n(text, n < 200 ? n : 200));
}

static bool add_query_row(void *context, const struct query_value *value, int n)
{
    struct query_digest *d = context;
    struct jval *row = d->rows < QUERY_ROWS ? jval_new_array() : NULL;
    for (int i = 0; i < n; i++)
        add_cell(d, &value[i], row);
    if (row)
        jval_append(d->first, row);
    hash_add(d->hash, "\n", 1);
    d->rows++;
    return true;
}

static bool make_query(struct maker *m, struct error *err)
{
    const struct case_subject *s = m->subject;
    struct query_digest d = {.hash = hash_new(), .first = jval_new_array()};
    struct error why = {0};
    if (!needs(s->sql, "a query", err)) {
        hash_free(d.hash);
        jval_free(d.first);
        return false;
    }
    struct query *query = query_open(study_dir(m->study), &why);
    if (!query) /* the workspace is there: whatever the reason, it cannot be read */
        error_set(err, why.code == ERROR_NOT_FOUND ? ERROR_IO : why.code, "%s", why.text);
    bool ok = query && query_run(query, s->sql, NULL, add_query_row, &d, m->progress, err);
    query_close(query);
    if (ok) {
        char text[HASH_TEXT_LEN + 1];
        hash_format(hash_value(d.hash), text);
        jval_put_string(m->seen, "sql", s->sql);
        jval_put(m->seen, "first", d.first);
        jval_put_int(m->figures, "rows", d.rows);
        jval_put_string(m->figures, "content", text);
        buf_addf(&m->summary, "%lld row%s of %s", (long long)d.rows, plural_s(d.rows), s->sql);
    } else {
        jval_free(d.first);
    }
    hash_free(d.hash);
    return ok;
}

/* ---- the pin ---- */

static bool (*const makers[CASE_KINDS])(struct maker *m, struct error *err) = {
    [CASE_USER] = make_user,
    [CASE_RECOMMENDATION] = make_recommendation,
    [CASE_ITEM] = make_item,
    [CASE_RUN] = make_run,
    [CASE_COMPARISON] = make_comparison,
    [CASE_SHEET] = make_sheet,
    [CASE_PLOT] = make_plot,
    [CASE_QUERY] = make_query,
};

static void add_scene(const struct maker *m, const char *definition, struct buf *out)
{
    const struct case_subject *s = m->subject;
    buf_addf(out, "def %s\n", definition);
    if (s->part == PART_VALID)
        buf_adds(out, "part valid\n");
    for (size_t i = 0; i < s->n_runs; i++) {
        buf_adds(out, i ? "," : "runs ");
        run_name_add(s->run[i], out);
    }
    if (s->n_runs > 0)
        buf_addc(out, '\n');
}

/* The commands that show it; a sheet says them itself. */
static char *make_link(const struct maker *m, const char *definition)
{
    const struct case_subject *s = m->subject;
    struct buf out;
    buf_init(&out);
    if (s->link)
        return mem_strdup(s->link);
    switch (s->kind) {
    case CASE_USER:
    case CASE_RECOMMENDATION:
        add_scene(m, definition, &out);
        buf_adds(&out, "user ");
        line_escape(s->user_id, &out);
        add_nth(m, &out);
        buf_addc(&out, '\n');
        if (s->kind == CASE_RECOMMENDATION && m->rank > 0)
            buf_addf(&out, "rank %d %s\n", (int)m->rank, s->run[0]);
        break;
    case CASE_RUN:
        buf_addf(&out, "def %s\nrun %s\n", definition, s->run[0]);
        break;
    case CASE_PLOT:
        buf_addf(&out, "def %s\noverview\nplot\n", definition);
        break;
    case CASE_ITEM:
        buf_adds(&out, "item ");
        line_escape(s->item_id, &out);
        buf_addc(&out, '\n');
        break;
    case CASE_COMPARISON:
        buf_addf(&out, "def %s\ncompare ", definition);
        run_name_add(s->run[0], &out);
        buf_addc(&out, ' ');
        run_name_add(s->run[1], &out);
        buf_addc(&out, '\n');
        break;
    case CASE_QUERY:
        buf_addf(&out, "sql %s\n", s->sql);
        for (char *c = out.data; c < out.data + out.len - 1; c++)
            *c = *c == '\n' ? ' ' : *c;
        break;
    case CASE_SHEET:
    case CASE_KINDS:
        break;
    }
    return buf_detach(&out);
}

static void fill_pin(struct maker *m, struct case_pin *out)
{
    const struct case_subject *s = m->subject;
    const struct dataset *d = study_dataset(m->study);
    char definition[DEFINITION_TEXT_MAX], fingerprint[HASH_TEXT_LEN + 1];
    struct buf seen, runs;
    buf_init(&seen);
    buf_init(&runs);
    definition_format(&s->definition, definition);
    hash_format(d->fingerprint, fingerprint);
    jval_write(m->seen, false, &seen);
    jval_write(m->numbers, false, &runs);
    const char *item = s->kind == CASE_RECOMMENDATION ? id_of(m->study, m->item) : s->item_id;
    *out = (struct case_pin){.kind = mem_strdup(case_kind_name[s->kind]),
                             .user_id = mem_strdup(s->user_id ? s->user_id : ""),
                             .item_id = mem_strdup(item ? item : ""),
                             .run = mem_strdup(s->n_runs ? s->run[0] : ""),
                             .definition = mem_strdup(definition),
                             .rank = m->rank,
                             .fingerprint = mem_strdup(fingerprint),
                             .seen = buf_detach(&seen),
                             .runs = buf_detach(&runs),
                             .summary = mem_strdup(m->summary.data),
                             .link = make_link(m, definition),
                             .note = mem_strdup("")};
}

bool case_pin_make(struct study *study, const struct case_subject *subject,
                   struct progress *progress, struct case_pin *out, struct error *err)
{
    struct maker m = {.study = study,
                      .subject = subject,
                      .progress = progress,
                      .seen = jval_new_object(),
                      .names = jval_new_array(),
                      .numbers = jval_new_array(),
                      .user = -1,
                      .item = -1,
                      .rank = subject->rank};
    buf_init(&m.summary);
    jval_put_string(m.seen, "part", subject->part == PART_VALID ? "valid" : "test");
    jval_put(m.seen, "runs", m.names);
    if (subject->nth > 0)
        jval_put_int(m.seen, "case", subject->nth);
    m.figures = jval_object_at(m.seen, "figures");
    bool ok = find_runs(&m, err) && find_ids(&m, err);
    if (ok)
        add_link_runs(&m);
    ok = ok && makers[subject->kind](&m, err);
    if (ok)
        fill_pin(&m, out);
    buf_release(&m.summary);
    jval_free(m.numbers);
    jval_free(m.seen);
    return ok;
}
