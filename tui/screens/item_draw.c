/* The item view's layout and looks. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/report/items.h"
#include "storage/base/num.h"
#include "storage/db/dataset.h"
#include "tui/screens/item_private.h"

/* From this size on all panes are side by side: the items above, ids and users below. */
enum { WIDE = 150, HIGH = 34, ABOVE = LINK_SAME_ID, BELOW = ITEM_PANES - ABOVE };
enum { LOW = 12, TEXT_HIGH = 30, TEXT_ROWS = 2, NARROW = 66, SPACIOUS = 100, LONGEST_RUN = 24 };

static const char *const pane_name[ITEM_PANES] = {
    [LINK_SUCCESSOR] = "Successors",
    [LINK_PREDECESSOR] = "Predecessors",
    [LINK_COLLABORATIVE] = "Collaborative",
    [LINK_SEMANTIC] = "Semantic",
    [LINK_SAME_ID] = "Ids",
    [PANE_HOLDERS] = "Users",
    [PANE_RECEIVERS] = "Lists",
};

static const struct dataset *data_of(const struct item_screen *s)
{
    return study_dataset(host_of(s->app)->study);
}

/* ---- layout ---- */

static bool has_what(const struct item_screen *s)
{
    const struct dataset *d = data_of(s);
    return strtab_len(&d->title, s->item) > 0 || strtab_len(&d->category, s->item) > 0;
}

/* Title; id and category; figures; semantic id; a line per run; the description. */
static int wanted_facts(const struct item_screen *s, int rows)
{
    if (rows < LOW)
        return 2;
    int text = rows >= TEXT_HIGH && strtab_len(&data_of(s)->description, s->item) > 0;
    return 3 + has_what(s) + (int)s->data.n_runs + text * TEXT_ROWS;
}

static void place_side_by_side(struct item_screen *s, int y, int rows, int cols)
{
    int high = (rows - 2) / 2 + (rows - 2) % 2;
    for (int i = 0; i < ITEM_PANES; i++) {
        bool above = i < ABOVE;
        int n = above ? ABOVE : BELOW, at = above ? i : i - ABOVE, from = at * cols / n;
        s->place[i] = (struct pane_place){.y = y + 1 + (above ? 0 : high + 1),
                                          .x = from,
                                          .rows = above ? high : rows - 2 - high,
                                          .cols = (at + 1) * cols / n - from - 2 * (at + 1 < n)};
    }
}

void item_layout(struct view *view, int rows, int cols)
{
    struct item_screen *s = (struct item_screen *)view;
    s->side_by_side = cols >= WIDE && rows >= HIGH;
    s->note = rows >= LOW;
    s->fact_rows = wanted_facts(s, rows);
    int left = rows - s->fact_rows - s->note;
    memset(s->place, 0, sizeof s->place);
    if (s->side_by_side)
        place_side_by_side(s, s->fact_rows, left, cols);
    else
        s->place[s->focus] =
            (struct pane_place){.y = s->fact_rows + 1, .rows = left - 1, .cols = cols};
    for (int i = 0; i < ITEM_PANES; i++)
        if (s->place[i].rows > 0)
            sheet_layout(s->pane[i], s->place[i].rows, s->place[i].cols);
}

/* ---- facts ---- */

static void draw_what(const struct item_screen *s, struct canvas *c, int y)
{
    const struct dataset *d = data_of(s);
    int x = 1;
    if (strtab_len(&d->title, s->item) > 0)
        x += draw_end(c, y, x, c->cols - x - 1, ROLE_NORMAL, strtab_get(&d->item_id, s->item));
    if (strtab_len(&d->category, s->item) == 0)
        return;
    if (x > 1)
        x += draw_textf(c, y, x, c->cols - x - 1, ROLE_DIM, " %s ", canvas_glyph(c, GLYPH_DOT));
    draw_end(c, y, x, c->cols - x - 1, ROLE_DIM, strtab_get(&d->category, s->item));
}

static void add_count(struct buf *out, const char *before, int64_t n, const char *after)
{
    buf_adds(out, before);
    buf_add_grouped(out, n);
    buf_adds(out, after);
}

static void add_plural(struct buf *out, const char *before, int64_t n, const char *what)
{
    add_count(out, before, n, what);
    buf_adds(out, plural_s(n));
}

static void draw_figures(const struct item_screen *s, struct canvas *c, int y)
{
    const struct item_detail *d = &s->data;
    bool brief = c->cols < NARROW, full = c->cols >= SPACIOUS;
    char dot[16];
    struct buf text;
    buf_init(&text);
    snprintf(dot, sizeof dot, " %s ", canvas_glyph(c, GLYPH_DOT));
    add_count(&text, brief ? "pop " : "popularity ", d->edges->pop[s->item], dot);
    add_count(&text, "rank ", d->rank, "");
    if (!brief)
        add_count(&text, " of ", data_of(s)->n_items, "");
    add_count(&text, dot, item_out_degree(d->edges, s->item), full ? " successors" : " out");
    add_count(&text, dot, item_in_degree(d->edges, s->item), full ? " predecessors" : " in");
    double self = item_self_prediction(d->edges, s->item);
    if (!brief && !isnan(self))
        buf_addf(&text, full ? "%sself-prediction %.1f %%" : "%sself %.1f %%", dot, 100 * self);
    draw_end(c, y, 1, c->cols - 2, ROLE_NORMAL, text.data);
    buf_release(&text);
}

static void draw_id(const struct item_screen *s, struct canvas *c, int y)
{
    const struct study_ids *ids = &s->data.ids;
    bool has = ids->table.levels > 0 && semid_has(&ids->table, s->item);
    struct buf text;
    buf_init(&text);
    if (!has) {
        buf_adds(&text, ids->table.levels ? "no semantic id" : "these data bring no semantic ids");
    } else {
        buf_adds(&text, "semantic id ");
        if (ids->own)
            buf_addf(&text, "of %s: ", ids->own->name);
        add_semantic_id(&ids->table, s->item, &text);
        buf_addf(&text, " %s ", canvas_glyph(c, GLYPH_DOT));
        if (s->data.same_whole_id > 0)
            add_plural(&text, "collides with ", s->data.same_whole_id, " other item");
        else
            buf_adds(&text, "no other item has it");
    }
    draw_end(c, y, 1, c->cols - 2,
             !has                         ? ROLE_DIM
             : s->data.same_whole_id == 0 ? ROLE_NORMAL
                                          : ROLE_WARNING,
             text.data);
    buf_release(&text);
}

static int widest_run(const struct item_detail *d)
{
    int most = 0;
    for (size_t r = 0; r < d->n_runs; r++)
        most = (int)larger(most, text_width(d->run[r]->name, strlen(d->run[r]->name)));
    return most < LONGEST_RUN ? most : LONGEST_RUN;
}

/* "markov        412 of 3,000 lists   398 by rote   96.6 %" */
static void draw_run(const struct item_screen *s, struct canvas *c, int y, size_t r)
{
    const struct item_detail *d = &s->data;
    const struct host *host = host_of(s->app);
    int64_t n_cases = study_split(host->study)->part[host->part].n, most = 0, most_rote = 0;
    for (size_t i = 0; i < d->n_runs; i++) {
        most = larger(most, d->recommended[i]);
        most_rote = larger(most_rote, d->rote[i]);
    }
    struct buf text;
    int x = 1, name = widest_run(d), width = grouped_width(most);
    draw_middle(c, y, x, name, ROLE_TITLE, d->run[r]->name);
    x += name + 2;
    buf_init(&text);
    buf_add_grouped(&text, d->recommended[r]);
    draw_right(c, y, x, width, d->recommended[r] > 0 ? ROLE_NORMAL : ROLE_DIM, text.data);
    x += width;
    buf_clear(&text);
    add_count(&text, " of ", n_cases, c->cols < NARROW ? "" : " lists");
    x += draw_text(c, y, x, c->cols - x, ROLE_DIM, text.data) + 2;
    buf_clear(&text);
    buf_add_grouped(&text, d->rote[r]);
    width = grouped_width(most_rote);
    unsigned style = d->rote[r] > 0 ? ROLE_MEMORIZED : ROLE_DIM;
    draw_right(c, y, x, width, style, text.data);
    x += width;
    x += draw_text(c, y, x, c->cols - x, style, c->cols < NARROW ? " rote" : " by rote");
    if (d->recommended[r] > 0)
        draw_textf(c, y, x, c->cols - x, style, "  %5.1f %%",
                   100 * (double)d->rote[r] / (double)d->recommended[r]);
    buf_release(&text);
}

static void draw_facts(const struct item_screen *s, struct canvas *c)
{
    draw_middle(c, 0, 1, c->cols - 2, ROLE_TITLE | STYLE_BOLD,
                host_item_title(host_of(s->app), s->item));
    int y = 1;
    if (s->fact_rows > 2 && has_what(s))
        draw_what(s, c, y++);
    if (!s->figures.there)
        draw_text(c, y, 1, c->cols - 2, ROLE_DIM,
                  s->figures.stopped ? "not counted; R counts it" : "counting");
    if (s->figures.there)
        draw_figures(s, c, y);
    if (!s->figures.there || s->fact_rows <= 2)
        return;
    draw_id(s, c, y + 1);
    y += 2;
    for (size_t r = 0; r < s->data.n_runs && y < s->fact_rows; r++)
        draw_run(s, c, y++, r);
    if (y < s->fact_rows)
        draw_wrapped(c, y, 1, s->fact_rows - y, c->cols - 2, ROLE_DIM,
                     strtab_get(&data_of(s)->description, s->item));
}

/* ---- panes ---- */

static void title_text(const struct item_screen *s, int pane, bool counted, struct buf *out)
{
    buf_adds(out, pane_name[pane]);
    if (counted && sheet_count(s->pane[pane]) > 0)
        add_count(out, " ", sheet_count(s->pane[pane]), "");
}

static int draw_pane_title(const struct item_screen *s, struct canvas *c, int y, int x, int room,
                           int pane, bool counted)
{
    struct buf title;
    buf_init(&title);
    title_text(s, pane, counted, &title);
    bool focused = pane == s->focus;
    unsigned style = focused           ? ROLE_TITLE | STYLE_BOLD | STYLE_UNDERLINE
                     : s->side_by_side ? ROLE_TITLE
                                       : ROLE_DIM;
    int used = draw_text(c, y, x, room, ROLE_RULE, " ");
    used += draw_end(c, y, x + used, room - used - 1, style, title.data);
    used += draw_text(c, y, x + used, room - used, ROLE_RULE, " ");
    buf_release(&title);
    return used;
}

static int tab_width(const struct item_screen *s, int pane, bool counted)
{
    struct buf title;
    buf_init(&title);
    title_text(s, pane, counted, &title);
    int width = text_width(title.data, title.len) + 3;
    buf_release(&title);
    return width;
}

/* With numbers where all of them have room; where even the names are too many, those around the
 * one in front. */
static void draw_tabs(const struct item_screen *s, struct canvas *c, int y)
{
    int all = 1, first = 0, upto = 1;
    for (int i = 0; i < ITEM_PANES; i++)
        all += tab_width(s, i, true);
    bool counted = all <= c->cols;
    for (int i = 0; i <= s->focus; i++)
        upto += tab_width(s, i, counted);
    for (; first < s->focus && upto > c->cols; first++)
        upto -= tab_width(s, first, counted);
    draw_rule(c, y, 0, c->cols, NULL);
    for (int i = first, x = 1; i < ITEM_PANES && x < c->cols - 4; i++)
        x += draw_pane_title(s, c, y, x, c->cols - x, i, counted) + 1;
}

static const char *why_empty(const struct item_screen *s, int pane)
{
    static const char *const why[ITEM_PANES] = {
        [LINK_SUCCESSOR] = "nothing follows it in training",
        [LINK_PREDECESSOR] = "it follows nothing in training",
        [LINK_COLLABORATIVE] = "no other item is near it in training",
        [LINK_SEMANTIC] = "nothing is known of this item",
        [LINK_SAME_ID] = "no other id begins like its own",
        [PANE_HOLDERS] = "no training sequence has it",
        [PANE_RECEIVERS] = "no shown run recommends it"};
    if (pane == PANE_SEMANTIC)
        return s->no_alike ? s->no_alike : s->has_alike ? why[pane] : "looking";
    if (!s->figures.there)
        return s->figures.stopped ? "" : "looking";
    if (pane == LINK_SAME_ID && s->data.ids.table.levels == 0)
        return "no semantic ids in these data or the shown runs; import them with --semids, or "
               "rote train --model gr";
    if (pane == PANE_RECEIVERS && s->data.n_runs == 0)
        return "no run is shown; r chooses runs";
    return why[pane];
}

static void draw_pane(const struct item_screen *s, struct canvas *c, int pane)
{
    struct pane_place at = s->place[pane];
    struct canvas sub = canvas_sub(c, at.y, at.x, at.rows, at.cols);
    bool there = pane == PANE_SEMANTIC ? s->has_alike : s->figures.there;
    if (there && sheet_source(s->pane[pane])->n_rows > 0)
        sheet_draw(s->pane[pane], &sub, pane == s->focus);
    else
        draw_wrapped(&sub, 0, 2, sub.rows, sub.cols - 4, ROLE_DIM, why_empty(s, pane));
    for (int y = 0; s->figures.stale && pane != PANE_SEMANTIC && y < sub.rows; y++)
        draw_flags(&sub, y, 0, sub.cols, STYLE_DIM);
}

static void draw_grid(const struct item_screen *s, struct canvas *c)
{
    for (int i = 0; i < ITEM_PANES; i++) {
        struct pane_place at = s->place[i];
        if (at.x == 0)
            draw_rule(c, at.y - 1, 0, c->cols, NULL);
    }
    for (int i = 0; i < ITEM_PANES; i++) {
        struct pane_place at = s->place[i];
        if (at.x > 0) {
            draw_vertical(c, at.y, at.x - 1, at.rows);
            draw_glyph(c, at.y - 1, at.x - 1, ROLE_RULE, GLYPH_TEE_DOWN);
            if (i < ABOVE)
                draw_glyph(c, at.y + at.rows, at.x - 1, ROLE_RULE, GLYPH_TEE_UP);
        }
        draw_pane_title(s, c, at.y - 1, at.x + 1, at.cols - 2, i, true);
    }
}

/* What the rows of the pane with the keys are. */
static void add_note(const struct item_screen *s, struct buf *out)
{
    static const char *const note[ITEM_PANES] = {
        [LINK_SUCCESSOR] = "directly after it in training; lift: times chance",
        [LINK_PREDECESSOR] = "directly before it in training; lift: times chance",
        [LINK_SAME_ID] = "items whose semantic id begins with the same n tokens",
        [PANE_HOLDERS] = "users whose training sequence has it"};
    const struct host *host = host_of(s->app);
    if (s->focus == LINK_COLLABORATIVE)
        buf_addf(out, "within %d positions on either side in training, as iirg pairs them",
                 (int)s->data.window);
    else if (s->focus == PANE_SEMANTIC)
        buf_addf(out, "the %d nearest by cosine of %s", ITEM_ALIKE,
                 s->from_texts ? "the texts of the items" : "the imported embeddings");
    else if (s->focus == PANE_RECEIVERS)
        buf_addf(out, "users to whom a shown run recommends it in the first %d",
                 host->definition.k);
    else
        buf_adds(out, note[s->focus]);
}

void item_draw(const struct view *view, struct canvas *c)
{
    const struct item_screen *s = (const struct item_screen *)view;
    draw_facts(s, c);
    for (int y = 1; s->figures.stale && y < s->fact_rows; y++)
        draw_flags(c, y, 0, c->cols, STYLE_DIM);
    if (s->side_by_side)
        draw_grid(s, c);
    else
        draw_tabs(s, c, s->fact_rows);
    for (int i = 0; i < ITEM_PANES; i++)
        if (s->place[i].rows > 0)
            draw_pane(s, c, i);
    bool counted = s->focus == PANE_SEMANTIC ? s->has_alike : s->figures.there;
    if (!s->note || !counted)
        return;
    struct buf note;
    buf_init(&note);
    add_note(s, &note);
    draw_end(c, c->rows - 1, 1, c->cols - 2, ROLE_DIM, note.data);
    buf_release(&note);
}
