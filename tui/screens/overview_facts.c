/* The facts of the data set at the top of Overview: counts, audit, reachable targets. */
#include <stdio.h>
#include <string.h>

#include "storage/db/dataset.h"
#include "storage/base/num.h"
#include "tui/screens/overview_private.h"

enum { WIDE = 130 };

static void add_count(struct buf *out, int64_t n, const char *what)
{
    buf_add_grouped(out, n);
    buf_addf(out, " %s", what);
}

static void add_findings(const struct overview *o, struct buf *out)
{
    if (o->n_findings < 0)
        buf_adds(out, "audit: looking");
    else
        buf_addf(out, "audit: %lld finding%s", (long long)o->n_findings, plural_s(o->n_findings));
}

/* Counts on the left, the audit on the right; the interactions give way on narrow screens. */
static void draw_facts(const struct overview *o, struct canvas *c)
{
    const struct dataset *d = study_dataset(host_of(o->app)->study);
    struct buf text, audit;
    buf_init(&text);
    buf_init(&audit);
    add_findings(o, &audit);
    int right = text_width(audit.data, audit.len), room = c->cols - right - 4;
    add_count(&text, d->n_users, "users   ");
    add_count(&text, d->n_items, "items");
    size_t shorter = text.len;
    buf_adds(&text, "   ");
    add_count(&text, d->n_interactions, "interactions");
    if (text_width(text.data, text.len) > room)
        buf_truncate(&text, shorter);
    draw_end(c, 0, 1, room, ROLE_NORMAL, text.data);
    draw_text(c, 0, c->cols - 1 - right, right, o->n_findings ? ROLE_WARNING : ROLE_DIM,
              audit.data);
    buf_release(&text);
    buf_release(&audit);
}

/* A share as "11.4 %", with its band where the ties leave one; or short, "11.4". */
static void add_reach(const struct overview *o, int preset, bool band, bool brief, struct buf *out)
{
    const struct reach *r = &o->reach[preset];
    if (!o->has_reach)
        buf_adds(out, app_glyphs(o->app)->symbol[GLYPH_NONE]);
    else
        buf_addf(out, brief ? "%.1f" : "%.1f %%", r->value * 100);
    if (o->has_reach && band && r->optimistic > r->pessimistic)
        buf_addf(out, " (%.1f%s%.1f)", r->pessimistic * 100, app_glyphs(o->app)->symbol[GLYPH_NONE],
                 r->optimistic * 100);
}

static void draw_reach(const struct overview *o, struct canvas *c)
{
    enum { BAND = 64, LONG = 50 };
    static const char *const name[OVERVIEW_PRESETS] = {"last", "any", "iirg"};
    int x = 1;
    x += draw_text(c, 1, x, c->cols, ROLE_DIM, c->cols < LONG ? "reach " : "target reachable  ");
    for (int i = 0; i < OVERVIEW_PRESETS; i++) {
        struct buf text;
        buf_init(&text);
        add_reach(o, i, c->cols >= BAND, c->cols < LONG && i + 1 < OVERVIEW_PRESETS, &text);
        x += draw_textf(c, 1, x, c->cols - x, ROLE_DIM, "%s ", name[i]);
        x += draw_text(c, 1, x, c->cols - x, o->has_reach ? ROLE_MEMORIZED : ROLE_DIM, text.data);
        x += c->cols < LONG ? 1 : 3;
        buf_release(&text);
    }
    const struct dataset *d = study_dataset(host_of(o->app)->study);
    char print[48];
    snprintf(print, sizeof print, "%s%08llx", c->cols >= WIDE ? "fingerprint " : "",
             (unsigned long long)(d->fingerprint >> 32));
    int width = (int)strlen(print);
    if (x + width + 1 <= c->cols)
        draw_text(c, 1, c->cols - 1 - width, width, ROLE_DIM, print);
}

void overview_draw_facts(const struct overview *o, struct canvas *c)
{
    draw_facts(o, c);
    draw_reach(o, c);
}
