/* The palette: every action, narrowed by what is typed, the best fit first. */
#include <string.h>

#include "storage/base/mem.h"
#include "tui/command/fuzzy.h"
#include "tui/screens/app_private.h"

enum { PALETTE_ROWS = 14, PALETTE_NAME = 23 /* columns of a name and what follows it */ };

struct ranked {
    enum action_id id;
    int score;
};

/* Best first; the table's order where they fit alike. */
static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

static void narrow(struct app *app)
{
    struct palette *p = &app->palette;
    struct ranked list[ACTION_COUNT];
    size_t n = 0;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *action = action_get((enum action_id)i);
        int score = fuzzy_score(p->prompt.text.data, action->name, action->help);
        bool usable = !(action->flags & ACT_BATCH) && i != ACTION_PALETTE;
        if (score >= 0 && usable)
            list[n++] = (struct ranked){(enum action_id)i, score};
    }
    qsort(list, n, sizeof *list, by_score);
    for (size_t i = 0; i < n; i++)
        p->hit[i] = list[i].id;
    p->n = n;
    p->at = 0;
}

void app_palette_open(struct app *app)
{
    prompt_close(&app->prompt);
    prompt_open(&app->palette.prompt, "do: ", "", NULL);
    narrow(app);
    app->dirty = true;
}

static unsigned choose(struct app *app)
{
    struct palette *p = &app->palette;
    if (p->n == 0)
        return REACT_DONE;
    enum action_id id = p->hit[p->at];
    prompt_close(&p->prompt);
    return app_perform(app, id, NULL) | REACT_DRAW;
}

static unsigned step(struct palette *p, int by)
{
    if (p->n == 0)
        return REACT_DONE;
    p->at = (p->at + p->n + (size_t)(by + (int)p->n)) % p->n;
    return REACT_DRAW;
}

static unsigned react(struct app *app, enum prompt_result result)
{
    switch (result) {
    case PROMPT_CHANGED:
        narrow(app);
        return REACT_DRAW;
    case PROMPT_CANCELLED:
        prompt_close(&app->palette.prompt);
        return REACT_DRAW;
    case PROMPT_ACCEPTED:
        return choose(app);
    default:
        return REACT_DRAW;
    }
}

unsigned app_palette_key(struct app *app, uint32_t key)
{
    struct palette *p = &app->palette;
    switch (key) {
    case K_DOWN:
    case K_TAB:
    case K_CTRL('n'):
        return step(p, 1);
    case K_UP:
    case K_SHIFT_TAB:
    case K_CTRL('p'):
        return step(p, -1);
    default:
        return react(app, prompt_key(&p->prompt, key));
    }
}

unsigned app_palette_paste(struct app *app, const char *text, size_t n)
{
    return react(app, prompt_paste(&app->palette.prompt, text, n));
}

static void draw_row(const struct app *app, struct canvas *c, int y, enum action_id id,
                     bool selected)
{
    const struct action *action = action_get(id);
    const struct view *front = app->stack[app->depth - 1];
    struct buf keys;
    buf_init(&keys);
    keymap_key_of(&app->keymap, front->ops->scopes, id, &keys);
    if (selected)
        draw_glyph(c, y, 0, ROLE_SELECTION, GLYPH_CURSOR);
    draw_end(c, y, 2, 9, ROLE_KEY, keys.data);
    int used = draw_text(c, y, 11, c->cols - 11, ROLE_NORMAL, action->name);
    if (*action->placeholder && used < PALETTE_NAME)
        draw_end(c, y, 12 + used, PALETTE_NAME - used, ROLE_DIM, action->placeholder);
    if (c->cols > 48)
        draw_end(c, y, 14 + PALETTE_NAME, c->cols - 15 - PALETTE_NAME, ROLE_DIM, action->help);
    if (selected)
        draw_flags(c, y, 11, used, STYLE_SELECTED);
    buf_release(&keys);
}

void app_palette_draw(const struct app *app, struct canvas *c, struct canvas *last)
{
    const struct palette *p = &app->palette;
    int rows = c->rows - 3 < PALETTE_ROWS ? c->rows - 3 : PALETTE_ROWS;
    struct canvas box = canvas_sub(c, c->rows - 2 - rows, 0, rows + 1, c->cols);
    draw_fill(&box, 0, 0, box.rows, box.cols, ROLE_NORMAL, " ");
    draw_rule(&box, 0, 0, box.cols, "Palette");
    size_t first = p->at < (size_t)rows ? 0 : p->at - (size_t)rows + 1;
    for (int y = 0; y < rows && first + (size_t)y < p->n; y++)
        draw_row(app, &box, y + 1, p->hit[first + (size_t)y], first + (size_t)y == p->at);
    if (p->n == 0)
        draw_text(&box, 1, 2, box.cols - 2, ROLE_DIM, "no action fits; Backspace widens");
    prompt_draw(&p->prompt, last, NULL);
}
