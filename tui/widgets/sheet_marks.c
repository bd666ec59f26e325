/* Marks: a set of identities. */
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/sheet_private.h"

void sheet_toggle_mark(struct sheet *s)
{
    if (s->position < 0)
        return;
    int64_t id = sheet_id(s);
    if (idset_has(&s->marks, id))
        idset_remove(&s->marks, id);
    else
        idset_add(&s->marks, id);
}

void sheet_unmark_all(struct sheet *s)
{
    idset_clear(&s->marks);
    if (s->only_marked)
        sheet_only_marked(s, false);
}

int64_t sheet_n_marks(const struct sheet *s)
{
    return (int64_t)s->marks.n;
}

bool sheet_is_marked(const struct sheet *s, int64_t id)
{
    return idset_has(&s->marks, id);
}

size_t sheet_chosen(const struct sheet *s, int64_t **ids)
{
    *ids = idset_sorted(&s->marks);
    if (s->marks.n > 0)
        return s->marks.n;
    if (s->position < 0)
        return 0;
    *ids = mem_alloc(sizeof **ids);
    **ids = sheet_id(s);
    return 1;
}

/* ---- all rows that meet a condition ---- */

struct mark_request {
    struct sheet_tie *tie;
    struct sheet_source *source;
    struct order *order;
    struct order_spec spec; /* the condition alone */
    struct idset found;
    int64_t expensive;
};

static bool mark_work(void *context, struct progress *progress, struct error *err)
{
    struct mark_request *r = context;
    struct filter_pass *pass = filter_pass_new(r->source, &r->spec);
    bool ok = true;
    for (int64_t at = 0; ok && at < r->order->n; at++) {
        if (at % 8192 == 0)
            ok = progress_at(progress, "marking", (double)at, (double)r->order->n, "rows", err);
        int64_t row = order_row(r->order, at);
        if (ok && filter_pass_keeps(pass, row))
            idset_add(&r->found, source_id(r->source, row));
    }
    r->expensive = filter_pass_free(pass);
    return ok;
}

/* The marks and what was found become one set; the smaller one is added to the larger one. */
static void take_marks(struct sheet *s, struct mark_request *r)
{
    size_t found = r->found.n;
    if (r->found.n > s->marks.n) {
        struct idset marks = s->marks;
        s->marks = r->found;
        r->found = marks;
    }
    for (size_t i = 0; i < r->found.cap; i++)
        if (r->found.used[i])
            idset_add(&s->marks, r->found.slot[i]);
    if (r->expensive > 0)
        sheet_notice(s, "the pattern was too expensive for %lld row%s as no match",
                     (long long)r->expensive, plural(r->expensive, ": it counts", "s: they count"));
    else if (found == 0)
        sheet_notice(s, "no row that is shown meets the condition: nothing marked");
}

static void mark_done(void *context, bool ok, const struct error *err)
{
    struct mark_request *r = context;
    struct sheet *s = sheet_untie(r->tie);
    if (s && ok)
        take_marks(s, r);
    else if (s)
        sheet_notice(s, "%s: the marks are as before", err->text);
    filter_unref(r->spec.filters[0]);
    sheet_source_unref(r->source);
    order_unref(r->order);
    idset_release(&r->found);
    free(r);
}

bool sheet_mark_where(struct sheet *s, const char *condition, struct error *err)
{
    struct filter *where = filter_new_where(s->source, condition, err);
    if (!where)
        return false;
    struct mark_request *r = mem_zalloc(1, sizeof *r);
    r->tie = sheet_tie_ref(s);
    r->source = sheet_source_ref(s->source);
    r->order = order_ref(s->order);
    r->spec.filters[r->spec.n_filters++] = where;
    if (!s->jobs || r->order->n <= SHEET_AT_ONCE) {
        struct error failed = {0};
        bool ok = mark_work(r, NULL, &failed);
        mark_done(r, ok, &failed);
        return true;
    }
    jobs_start(s->jobs, &(struct job_spec){
                            .name = "marking", .work = mark_work, .done = mark_done, .context = r});
    return true;
}
