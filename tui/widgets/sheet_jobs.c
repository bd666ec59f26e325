/* Order and search of a sheet: at once for small sets, else in jobs whose results are swapped in
 * whole. A newer wish cancels the older one; generations keep late results out. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/matcher.h"
#include "tui/widgets/sheet_private.h"

/* ---- order ---- */

struct arrange_request {
    struct sheet_tie *tie;
    uint64_t generation;
    struct sheet_source *source;
    struct order_spec spec;
    bool only_marked;
    int64_t *only;
    struct order *order; /* the result */
    int64_t expensive;
};

static bool arrange_work(void *context, struct progress *progress, struct error *err)
{
    struct arrange_request *r = context;
    r->order = order_make(r->source, &r->spec, &r->expensive, progress, err);
    return r->order != NULL;
}

/* Where the cursor goes: to the row that was chosen, else to the one it happens to be on, else to
 * the top. */
static void follow(struct sheet *s, bool had, int64_t id, int64_t near)
{
    int64_t found = s->anchored ? order_find(s->order, source_row(s->source, s->anchor), near) : -1;
    if (found < 0 && had)
        found = order_find(s->order, source_row(s->source, id), near);
    sheet_place(s, found >= 0 ? found : 0);
}

/* The new picture replaces the old one; the cursor stays on its identity. */
static void swap_in(struct sheet *s, struct arrange_request *r)
{
    int64_t near = s->position, id = near >= 0 ? sheet_id(s) : -1;
    if (!s->anchored)
        sheet_anchor(s);
    order_unref(s->order);
    s->order = r->order;
    r->order = NULL;
    sheet_follow_cursor(s, r->source);
    sheet_source_unref(s->source);
    s->source = sheet_source_ref(r->source);
    sheet_match_wishes(s);
    sheet_copy_spec(&s->shown, &r->spec);
    s->shown_only_marked = r->only_marked;
    follow(s, near >= 0, id, near);
    if (r->expensive > 0)
        sheet_notice(s, "the pattern was too expensive for %lld row%s as no match",
                     (long long)r->expensive, plural(r->expensive, ": it counts", "s: they count"));
    sheet_search_again(s);
}

/* What is wanted is again what is shown. */
static void stay(struct sheet *s, const struct error *err)
{
    sheet_copy_spec(&s->spec, &s->shown);
    s->only_marked = s->shown_only_marked;
    sheet_source_unref(s->wanted);
    s->wanted = sheet_source_ref(s->source);
    sheet_notice(s, "%s: the rows are as before", err->text);
}

static void arrange_done(void *context, bool ok, const struct error *err)
{
    struct arrange_request *r = context;
    struct sheet *s = sheet_untie(r->tie);
    if (s && s->generation == r->generation) {
        s->arranging = false;
        if (ok)
            swap_in(s, r);
        else
            stay(s, err);
    }
    for (size_t i = 0; i < r->spec.n_filters; i++)
        filter_unref(r->spec.filters[i]);
    sheet_source_unref(r->source);
    order_unref(r->order);
    free(r->only);
    free(r);
}

void sheet_arrange(struct sheet *s, struct sheet_source *source)
{
    struct arrange_request *r = mem_zalloc(1, sizeof *r);
    r->tie = sheet_tie_ref(s);
    r->generation = ++s->generation;
    r->source = source ? source : sheet_source_ref(s->wanted);
    sheet_copy_spec(&r->spec, &s->spec);
    r->only_marked = s->only_marked;
    if (s->only_marked) {
        r->only = idset_sorted(&s->marks);
        if (!r->only)
            r->only = mem_zalloc(1, sizeof *r->only);
        r->spec.only = r->only;
        r->spec.n_only = s->marks.n;
    }
    if (s->arranging)
        jobs_cancel(s->jobs, s->arrange_job);
    bool trivial = r->spec.n_filters == 0 && r->spec.n_keys == 0 && !r->only;
    if (trivial || !s->jobs || r->source->n_rows <= SHEET_AT_ONCE) {
        struct error err = {0};
        s->arranging = false;
        bool ok = arrange_work(r, NULL, &err);
        arrange_done(r, ok, &err);
        return;
    }
    s->arranging = true;
    s->arrange_job = jobs_start(s->jobs, &(struct job_spec){
                                             .name = r->spec.n_keys ? "sorting" : "filtering",
                                             .work = arrange_work,
                                             .done = arrange_done,
                                             .context = r,
                                         });
}

/* ---- search ---- */

struct search_request {
    struct sheet_tie *tie;
    uint64_t generation;
    struct sheet_source *source;
    struct order *order;
    struct filter *filter;
    int64_t from;
    bool back, jump;
    _Atomic int64_t first; /* the hit to go to; -1: not known yet */
    bool jumped;           /* drawing thread: the cursor is there */
    uint32_t *hits;
    size_t n_hits, cap;
    int64_t expensive;
};

static bool search_range(struct search_request *r, int64_t from, int64_t to,
                         struct matcher *matcher, struct progress *progress, struct error *err)
{
    for (int64_t at = from; at < to; at++) {
        if (at % 4096 == 0 &&
            !progress_at(progress, "searching", (double)r->n_hits, 0, "hits", err))
            return false;
        enum regex_result found = matcher_row(matcher, order_row(r->order, at));
        r->expensive += found == REGEX_LIMIT;
        if (found != REGEX_YES)
            continue;
        if (!mem_try_grow((void **)&r->hits, &r->cap, r->n_hits + 1, sizeof *r->hits, "hits", err))
            return false;
        r->hits[r->n_hits++] = (uint32_t)at;
        if (!r->back && atomic_load(&r->first) < 0)
            atomic_store(&r->first, at);
    }
    return true;
}

/* Looking backward, the last hit before `from` is the first to go to. */
static void choose_backward(struct search_request *r, size_t n_before)
{
    if (r->back && r->n_hits > 0)
        atomic_store(&r->first, r->hits[n_before > 0 ? n_before - 1 : r->n_hits - 1]);
}

/* Hits after `from` are found first, because the cursor waits for one; both parts together are in
 * ascending order after a rotation. */
static bool search_work(void *context, struct progress *progress, struct error *err)
{
    struct search_request *r = context;
    struct matcher *matcher = matcher_new(r->source, r->filter->regex);
    bool ok = search_range(r, r->from, r->order->n, matcher, progress, err);
    size_t n_after = r->n_hits;
    ok = ok && search_range(r, 0, r->from, matcher, progress, err);
    size_t n_before = r->n_hits - n_after;
    if (ok && n_before > 0 && n_after > 0) {
        uint32_t *sorted = mem_try_array(r->n_hits, sizeof *sorted, "hits", err);
        ok = sorted != NULL;
        if (ok) {
            memcpy(sorted, r->hits + n_after, n_before * sizeof *sorted);
            memcpy(sorted + n_before, r->hits, n_after * sizeof *sorted);
            free(r->hits);
            r->hits = sorted;
        }
    }
    if (ok)
        choose_backward(r, n_before);
    matcher_free(matcher);
    return ok;
}

static void jump_to_first(struct sheet *s, struct search_request *r)
{
    int64_t first = atomic_load(&r->first);
    if (!r->jump || r->jumped || first < 0)
        return;
    r->jumped = true;
    sheet_go(s, first);
}

static void take_hits(struct sheet *s, struct search_request *r)
{
    struct search *q = &s->search;
    jump_to_first(s, r);
    free(q->hits);
    q->hits = r->hits;
    q->n_hits = (int64_t)r->n_hits;
    q->complete = true;
    r->hits = NULL;
    if (r->expensive > 0)
        sheet_notice(s, "the pattern was too expensive for %lld row%s as no match",
                     (long long)r->expensive, plural(r->expensive, ": it counts", "s: they count"));
    for (; q->pending > 0; q->pending--)
        sheet_next_hit(s, false);
    for (; q->pending < 0; q->pending++)
        sheet_next_hit(s, true);
}

static void search_done(void *context, bool ok, const struct error *err)
{
    struct search_request *r = context;
    struct sheet *s = sheet_untie(r->tie);
    if (s && s->search.generation == r->generation) {
        s->search.request = NULL;
        if (ok)
            take_hits(s, r);
        else if (err->code != ERROR_CANCELLED)
            sheet_notice(s, "%s", err->text);
    }
    filter_unref(r->filter);
    sheet_source_unref(r->source);
    order_unref(r->order);
    free(r->hits);
    free(r);
}

static void search_start(struct sheet *s, int64_t from, bool jump)
{
    struct search *q = &s->search;
    struct search_request *r = mem_zalloc(1, sizeof *r);
    r->tie = sheet_tie_ref(s);
    r->generation = ++q->generation;
    r->source = sheet_source_ref(s->source);
    r->order = order_ref(s->order);
    r->filter = filter_ref(q->filter);
    r->from = from < 0 ? 0 : from > s->order->n ? s->order->n : from;
    r->back = q->back;
    r->jump = jump;
    r->first = -1;
    if (q->request)
        jobs_cancel(s->jobs, q->job);
    q->request = NULL;
    q->complete = false;
    q->pending = 0;
    if (!s->jobs || s->order->n <= SHEET_AT_ONCE) {
        struct error err = {0};
        bool ok = search_work(r, NULL, &err);
        search_done(r, ok, &err);
        return;
    }
    q->request = r;
    q->job = jobs_start(
        s->jobs, &(struct job_spec){
                     .name = "searching", .work = search_work, .done = search_done, .context = r});
}

void sheet_search_poll(struct sheet *s)
{
    if (s->search.request)
        jump_to_first(s, s->search.request);
}

void sheet_search_again(struct sheet *s)
{
    if (s->search.filter)
        search_start(s, s->position, false);
}

void sheet_search_clear(struct sheet *s)
{
    struct search *q = &s->search;
    if (q->request)
        jobs_cancel(s->jobs, q->job);
    filter_unref(q->filter);
    free(q->hits);
    *q = (struct search){.generation = q->generation + 1};
    regex_scratch_free(s->highlight);
    s->highlight = NULL;
}

bool sheet_search(struct sheet *s, const char *pattern, bool back, int64_t from, struct error *err)
{
    if (*pattern == '\0') {
        sheet_search_clear(s);
        return true;
    }
    struct regex *regex = regex_new(pattern, err);
    if (!regex)
        return false;
    sheet_search_clear(s);
    struct filter *f = mem_alloc(sizeof *f);
    *f = (struct filter){.regex = regex, .label = mem_strdup(pattern), .refs = 1};
    s->search.filter = f;
    s->search.back = back;
    s->highlight = regex_scratch_new(regex);
    search_start(s, from, true);
    return true;
}

bool sheet_next_hit(struct sheet *s, bool back)
{
    struct search *q = &s->search;
    if (!q->filter)
        return false;
    bool down = back == q->back; /* n goes on in the direction of the search */
    if (!q->complete) {
        q->pending += back ? -1 : 1;
        return true;
    }
    if (q->n_hits == 0)
        return false;
    int64_t low = 0;
    for (int64_t high = q->n_hits; low < high;) {
        int64_t middle = low + (high - low) / 2;
        if ((int64_t)q->hits[middle] < s->position + (down ? 1 : 0))
            low = middle + 1;
        else
            high = middle;
    }
    int64_t next = down ? low % q->n_hits : (low + q->n_hits - 1) % q->n_hits;
    sheet_go(s, q->hits[next]);
    return true;
}
