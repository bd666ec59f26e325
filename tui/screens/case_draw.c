/* The case view's layout and looks. */
#include <stdio.h>
#include <string.h>

#include "tui/screens/case_private.h"

/* Columns of a pane with its line to the left; below NARROW there is one pane at a time. */
enum { RUN_COLS = 31, HISTORY_COLS = 33, NARROW = HISTORY_COLS + RUN_COLS + 2 };
enum { SHORT = 12 };

/* ---- layout ---- */

static bool narrow(int cols)
{
    return cols < NARROW;
}

/* On a short screen the evidence has two rows, or nearly all of them while it has the keys. */
static void share_rows(struct case_screen *c, int rows)
{
    c->bottom = rows >= SHORT;
    int frame = 2 + c->bottom;
    if (rows >= SHORT)
        c->evidence_rows = rows >= 18 ? rows / 3 : 3;
    else
        c->evidence_rows = c->focus == EVIDENCE ? rows - frame - 1 : 2;
    c->pane_rows = rows - frame - c->evidence_rows;
}

/* Which runs are on the screen, and how wide the history beside them is. */
static void share_columns(struct case_screen *c, int cols)
{
    int n_runs = (int)c->data.n_runs;
    c->n_visible = narrow(cols) ? 1 : (cols - HISTORY_COLS - 1) / RUN_COLS;
    if (c->n_visible > n_runs)
        c->n_visible = n_runs;
    if (c->run < c->first_run)
        c->first_run = c->run;
    if (c->n_visible > 0 && c->run >= c->first_run + c->n_visible)
        c->first_run = c->run - c->n_visible + 1;
    if (c->first_run + c->n_visible > n_runs)
        c->first_run = n_runs - c->n_visible;
    int spare = cols - HISTORY_COLS - RUN_COLS * c->n_visible;
    c->history_cols = HISTORY_COLS + (spare > RUN_COLS ? spare / (c->n_visible + 2) : 0);
}

/* Columns of the i-th visible run pane without its line, and where it begins. The last one takes
 * what is left over. */
static int run_pane(const struct case_screen *c, int cols, int i, int *x)
{
    int room = cols - c->history_cols - 1, each = room / c->n_visible;
    *x = c->history_cols + i * each + 1;
    return i + 1 < c->n_visible ? each - 1 : cols - 1 - *x;
}

void case_layout(struct view *view, int rows, int cols)
{
    struct case_screen *c = (struct case_screen *)view;
    share_rows(c, rows);
    share_columns(c, cols);
    int width = cols - 2, x;
    if (c->evidence_cols != width || c->glyphs != app_glyphs(c->app)) {
        c->evidence_cols = width;
        case_fill_evidence(c);
    }
    bool alone = narrow(cols) || !c->n_visible;
    sheet_layout(c->pane[HISTORY], c->pane_rows, alone ? width : c->history_cols - 1);
    for (int i = 0; i < c->n_visible; i++)
        sheet_layout(c->pane[FIRST_RUN + c->first_run + i], c->pane_rows,
                     alone ? width : run_pane(c, cols, i, &x));
    sheet_layout(c->pane[EVIDENCE], c->evidence_rows, width);
}

/* ---- drawing ---- */

static void draw_frame_line(struct canvas *c, int y, enum glyph left, enum glyph right)
{
    draw_rule(c, y, 0, c->cols, NULL);
    draw_glyph(c, y, 0, ROLE_RULE, left);
    draw_glyph(c, y, c->cols - 1, ROLE_RULE, right);
}

/* " name  facts " into a rule: the name is cut before the facts are. */
static void draw_title(struct canvas *c, int y, int x, int cols, bool focused, const char *name,
                       const char *facts)
{
    int more = text_width(facts, strlen(facts)), room = cols - 3 - (more ? more + 2 : 0);
    if (room < 4) {
        more = 0;
        room = cols - 3;
    }
    if (room < 4)
        return;
    draw_text(c, y, x, 1, ROLE_RULE, " ");
    x += 1 + draw_middle(c, y, x + 1, room,
                         ROLE_TITLE | (focused ? STYLE_BOLD | STYLE_UNDERLINE : 0), name);
    if (more) {
        draw_text(c, y, x, 2, ROLE_RULE, "  ");
        x += 2 + draw_text(c, y, x + 2, more, ROLE_NORMAL, facts);
    }
    draw_text(c, y, x, 1, ROLE_RULE, " ");
}

static bool any_own_ids(const struct case_screen *c)
{
    bool any = false;
    for (size_t i = 0; i < c->ids.n; i++)
        any |= c->ids.of[i].ids.own != NULL;
    return any;
}

static void draw_history(const struct case_screen *c, struct canvas *canvas, int x, int cols)
{
    const struct study_ids *ids = case_history_ids(c);
    struct canvas pane = canvas_sub(canvas, 1, x, c->pane_rows, cols);
    struct buf title;
    buf_init(&title);
    buf_addf(&title, "%s %d", c->no_case ? "Sequence" : "History",
             (int)sheet_source(c->pane[HISTORY])->n_rows);
    if (ids && (ids->own || any_own_ids(c)))
        buf_addf(&title, " %s ids of %s", canvas_glyph(canvas, GLYPH_DOT),
                 ids->own ? ids->own->name : "the data");
    draw_title(canvas, 0, x, cols, c->focus == HISTORY, title.data, "");
    buf_release(&title);
    sheet_draw(c->pane[HISTORY], &pane, c->focus == HISTORY);
}

static void draw_run(const struct case_screen *c, struct canvas *canvas, int at, int x, int cols)
{
    const struct case_run *run = &c->data.run[at];
    struct buf facts;
    buf_init(&facts);
    buf_addf(&facts, "%d of %d rote", run->counted_top_k, host_of(c->app)->definition.k);
    if (run->hit_rank)
        buf_addf(&facts, "  %s%d", canvas_glyph(canvas, GLYPH_TARGET), run->hit_rank);
    struct canvas pane = canvas_sub(canvas, 1, x, c->pane_rows, cols);
    draw_title(canvas, 0, x, cols, c->focus == FIRST_RUN + at, run->run->name, facts.data);
    sheet_draw(c->pane[FIRST_RUN + at], &pane, c->focus == FIRST_RUN + at);
    buf_release(&facts);
}

/* Why there is nothing, in the words of what was asked. */
static const char *no_evidence(const struct case_screen *c, const struct case_rec *rec)
{
    if (!rec)
        return c->has_data && c->data.n_runs == 0 ? "no run is shown; r chooses runs" : "";
    if (!c->has_evidence)
        return rec->item < 0 ? "there is no item in this place" : "looking";
    return rec->badge == BADGE_RELATED
               ? "no training sequence has it right behind an item of this history"
               : "it never directly followed an item of this history in training";
}

static void draw_joints(const struct case_screen *c, struct canvas *canvas)
{
    for (int i = 0; i < c->n_visible; i++) {
        int x;
        run_pane(c, canvas->cols, i, &x);
        draw_glyph(canvas, c->pane_rows + 1, x - 1, ROLE_RULE, GLYPH_TEE_UP);
    }
}

static void draw_evidence(const struct case_screen *c, struct canvas *canvas)
{
    const struct case_rec *rec = case_current_rec(c);
    int y = c->pane_rows + 1;
    struct buf title;
    buf_init(&title);
    draw_frame_line(canvas, y, GLYPH_TEE_LEFT, GLYPH_TEE_RIGHT);
    if (!narrow(canvas->cols))
        draw_joints(c, canvas);
    if (rec)
        evidence_title(host_of(c->app), case_current_run(c), rec,
                       c->has_evidence ? &c->evidence : NULL, canvas->glyphs, canvas->cols - 5,
                       &title);
    draw_title(canvas, y, 1, canvas->cols - 2, c->focus == EVIDENCE, rec ? title.data : "Evidence",
               "");
    struct canvas pane = canvas_sub(canvas, y + 1, 1, c->evidence_rows, canvas->cols - 2);
    if (c->has_evidence && c->evidence.n > 0)
        sheet_draw(c->pane[EVIDENCE], &pane, c->focus == EVIDENCE);
    else
        draw_wrapped(&pane, 0, 2, pane.rows, pane.cols - 4, ROLE_DIM, no_evidence(c, rec));
    buf_release(&title);
}

static void draw_note(const struct case_screen *c, struct canvas *canvas)
{
    const struct evidence_line *line = case_current_line(c);
    const char *dot = canvas_glyph(canvas, GLYPH_DOT);
    int y = canvas->rows - 1;
    struct buf note;
    buf_init(&note);
    if (c->no_case)
        buf_adds(&note, "no case here: too few items; all of it is training");
    else if (c->by_token && !case_history_ids(c))
        buf_addf(&note, "no semantic ids in these data or runs %s v: items", dot);
    else if (c->by_token)
        buf_addf(&note, "[tokens] that followed the last item's in training %s v: items", dot);
    else
        buf_adds(&note, "a match shows overlap, not cause");
    for (int brief = 0; line && !c->by_token && brief < 2; brief++) {
        struct buf asked;
        buf_init(&asked);
        buf_addf(&asked, "%s %s w: would it be here without %s%s?",
                 brief ? "overlap, not cause" : note.data, dot, brief ? "" : "user ",
                 host_user_id(host_of(c->app), line->user));
        bool fits = text_width(asked.data, asked.len) <= canvas->cols - 5;
        if (fits) {
            buf_clear(&note);
            buf_adds(&note, asked.data);
        }
        buf_release(&asked);
        if (fits)
            break;
    }
    draw_frame_line(canvas, y, GLYPH_BOTTOM_LEFT, GLYPH_BOTTOM_RIGHT);
    int used = draw_end(canvas, y, 2, canvas->cols - 4, ROLE_DIM, note.data);
    draw_text(canvas, y, 1, 1, ROLE_RULE, " ");
    draw_text(canvas, y, 2 + used, 1, ROLE_RULE, " ");
    buf_release(&note);
}

static void draw_wide(const struct case_screen *c, struct canvas *canvas)
{
    draw_history(c, canvas, 1, c->history_cols - 1);
    for (int i = 0; i < c->n_visible; i++) {
        int x, cols = run_pane(c, canvas->cols, i, &x);
        draw_vertical(canvas, 1, x - 1, c->pane_rows);
        draw_glyph(canvas, 0, x - 1, ROLE_RULE, GLYPH_TEE_DOWN);
        draw_run(c, canvas, c->first_run + i, x, cols);
    }
}

void case_draw(const struct view *view, struct canvas *canvas)
{
    const struct case_screen *c = (const struct case_screen *)view;
    bool alone = narrow(canvas->cols) || !c->n_visible;
    draw_frame_line(canvas, 0, GLYPH_TOP_LEFT, GLYPH_TOP_RIGHT);
    draw_vertical(canvas, 1, 0, canvas->rows - 1);
    draw_vertical(canvas, 1, canvas->cols - 1, canvas->rows - 1);
    if (!alone)
        draw_wide(c, canvas);
    else if (c->focus == HISTORY || !c->n_visible)
        draw_history(c, canvas, 1, canvas->cols - 2);
    else
        draw_run(c, canvas, c->run, 1, canvas->cols - 2);
    draw_evidence(c, canvas);
    if (c->bottom)
        draw_note(c, canvas);
}
