/* The frame around a view: breadcrumbs, status, keys, prompt, and what pops up. */
#include <string.h>

#include "tui/screens/app_private.h"

static bool is_too_small(int rows, int cols)
{
    return rows < APP_MIN_ROWS || cols < APP_MIN_COLS;
}

static void draw_notice(struct canvas *c)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "rote needs %d columns and %d rows; this window has %d and %d.", APP_MIN_COLS,
             APP_MIN_ROWS, c->cols, c->rows);
    draw_wrapped(c, 0, 0, c->rows, c->cols, ROLE_NORMAL, text.data);
    canvas_cursor(c, 0, 0);
    buf_release(&text);
}

static void draw_crumbs(const struct app *app, struct canvas *c)
{
    struct buf context, before, last;
    buf_init(&context);
    buf_init(&before);
    buf_init(&last);
    if (app->host.context)
        app->host.context(app->host.data, c->glyphs, &context);
    /* what stands behind three blanks gives way first */
    const char *gap = strstr(context.data, "   ");
    if (gap && text_width(context.data, context.len) > c->cols * 9 / 16)
        buf_truncate(&context, (size_t)(gap - context.data));
    int right = text_width(context.data, context.len);
    right = right < c->cols / 2 ? right : c->cols / 2;
    buf_adds(&before, app->host.name ? app->host.name : "rote");
    for (size_t i = app->depth > 1; i < app->depth; i++) { /* the root goes without saying */
        buf_addf(&before, " %s ", canvas_glyph(c, GLYPH_CRUMB));
        app->stack[i]->ops->crumb(app->stack[i], i + 1 < app->depth ? &before : &last);
    }
    int space = c->cols - right - 3, name = text_width(last.data, last.len);
    int room = space - name > 0 ? space - name : 0;
    int width = text_width(before.data, before.len);
    if (width > room) /* where one is matters more than where one came from */
        draw_right(c, 0, 1, room, ROLE_DIM, before.data);
    else
        draw_text(c, 0, 1, room, ROLE_DIM, before.data);
    draw_end(c, 0, 1 + (width < room ? width : room), space, ROLE_TITLE, last.data);
    draw_right(c, 0, c->cols - right - 1, right, ROLE_NORMAL, context.data);
    buf_release(&context);
    buf_release(&before);
    buf_release(&last);
}

static void view_status(const struct app *app, struct buf *out)
{
    const struct view *front = app->stack[app->depth - 1];
    const struct sheet *sheet = app_sheet(app);
    if (front->ops->status)
        front->ops->status(front, out);
    else if (sheet)
        sheet_status(sheet, app->glyphs, out);
}

static void draw_status(struct app *app, struct canvas *c, int y)
{
    static const unsigned styles[] = {[MESSAGE_INFO] = ROLE_STATUS,
                                      [MESSAGE_WARNING] = ROLE_WARNING,
                                      [MESSAGE_ERROR] = ROLE_ERROR};
    struct buf text, jobs;
    buf_init(&text);
    buf_init(&jobs);
    jobs_status(app->jobs, &jobs);
    int right = text_width(jobs.data, jobs.len);
    right = right < c->cols / 2 ? right : c->cols / 2;
    unsigned style = ROLE_STATUS;
    if (app->said) {
        style = styles[app->said_level];
        buf_adds(&text, app->said);
    } else {
        view_status(app, &text);
    }
    draw_end(c, y, 1, c->cols - 2 - right - (right ? 2 : 0), style, text.data);
    draw_right(c, y, c->cols - 1 - right, right, ROLE_STATUS, jobs.data);
    buf_release(&text);
    buf_release(&jobs);
}

/* Keys as the footer shows them: Enter, ^D, gg. */
static void short_key(struct buf *key)
{
    char *s = key->data;
    size_t n = key->len;
    if (strncmp(s, "<C-", 3) == 0) {
        char control[] = {'^', (char)(s[3] & ~32), '\0'};
        buf_clear(key);
        buf_adds(key, control);
    } else if (n > 2 && s[0] == '<' && strchr(s, '>') == s + n - 1) {
        memmove(s, s + 1, n - 2);
        buf_truncate(key, n - 2);
    }
}

static void draw_keys(const struct app *app, struct canvas *c, int y)
{
    static const enum action_id usual[VIEW_FOOTER_KEYS] = {ACTION_OPEN, ACTION_SEARCH,
                                                           ACTION_FILTER, ACTION_BACK, ACTION_HELP};
    const struct view *front = app->stack[app->depth - 1];
    const enum action_id *ids = front->ops->footer[0] == ACTION_NONE ? usual : front->ops->footer;
    int x = 1;
    for (int i = 0; i < VIEW_FOOTER_KEYS; i++) {
        const char *name = action_get(ids[i])->name;
        struct buf key;
        buf_init(&key);
        keymap_key_of(&app->keymap, front->ops->scopes, ids[i], &key);
        if (key.len == 0)
            buf_adds(&key, ":");
        short_key(&key);
        int width = text_width(key.data, key.len) + 1 + (int)strlen(name);
        if (x + width <= c->cols) { /* whole or not at all */
            int used = draw_text(c, y, x, width, ROLE_KEY, key.data);
            draw_textf(c, y, x + used, width - used, ROLE_DIM, " %s", name);
            x += width + 3;
        }
        buf_release(&key);
    }
}

/* ---- what can follow ---- */

static bool continues(const struct app *app, const struct binding *b)
{
    const struct view *front = app->stack[app->depth - 1];
    return (b->scope == SCOPE_ANY || (b->scope & front->ops->scopes)) &&
           b->keys.n > app->pending.n &&
           memcmp(b->keys.key, app->pending.key, (size_t)app->pending.n * sizeof *b->keys.key) == 0;
}

static void draw_followers(const struct app *app, struct canvas *c)
{
    int n = 0;
    for (size_t i = 0; i < app->keymap.n; i++)
        n += continues(app, &app->keymap.bindings[i]);
    int top = c->rows - 2 - n;
    top = top < 1 ? 1 : top;
    struct canvas box = canvas_sub(c, top - 1, 0, c->rows - 2 - top + 1, c->cols);
    draw_fill(&box, 0, 0, box.rows, box.cols, ROLE_NORMAL, " ");
    struct buf name;
    buf_init(&name);
    key_sequence_text(&app->pending, &name);
    draw_rule(&box, 0, 0, box.cols, name.data);
    int y = 1;
    for (size_t i = 0; i < app->keymap.n && y < box.rows; i++) {
        const struct binding *b = &app->keymap.bindings[i];
        if (!continues(app, b))
            continue;
        buf_clear(&name);
        for (int k = app->pending.n; k < b->keys.n; k++)
            key_text(b->keys.key[k], &name);
        draw_text(&box, y, 2, 8, ROLE_KEY, name.data);
        draw_text(&box, y, 10, 18, ROLE_NORMAL, action_get(b->action)->name);
        draw_end(&box, y++, 28, box.cols - 28, ROLE_DIM, action_get(b->action)->help);
    }
    buf_release(&name);
}

/* ---- advice ---- */

static void get_advice(const struct app *app, struct buf *title, struct buf *text)
{
    buf_init(title);
    buf_init(text);
    if (app->host.advice)
        app->host.advice(app->host.data, title, text);
}

/* Lines it takes, the rule above it too; 0: there is none, or no room. The same for every text, so
 * that what is above does not jump. */
static int advice_rows(const struct app *app, int rows, int cols)
{
    struct buf title, text;
    get_advice(app, &title, &text);
    int n = text.len == 0 || rows < APP_ADVICE_ROWS ? 0 : cols < 60 ? 5 : cols < 110 ? 3 : 2;
    buf_release(&title);
    buf_release(&text);
    return n;
}

static void draw_advice(const struct app *app, struct canvas *c)
{
    struct buf title, text;
    get_advice(app, &title, &text);
    draw_rule(c, 0, 0, c->cols, title.data);
    draw_wrapped(c, 1, 1, c->rows - 1, c->cols - 2, ROLE_KEY, text.data);
    buf_release(&title);
    buf_release(&text);
}

/* ---- the whole ---- */

void app_take_notice(struct app *app)
{
    const char *notice = app_sheet(app) ? sheet_take_notice(app_sheet(app)) : NULL;
    if (notice)
        app_say(app, MESSAGE_WARNING, "%s", notice);
}

void app_layout(struct app *app, int rows, int cols)
{
    struct view *front = app_front(app);
    if (!front || is_too_small(rows, cols))
        return;
    app_take_notice(app);
    if (front->ops->layout)
        front->ops->layout(front, rows - APP_FRAME_LINES - advice_rows(app, rows, cols), cols);
}

static void draw_question(const struct app *app, struct canvas *line)
{
    int x = draw_end(line, 0, 1, line->cols - 8, ROLE_WARNING, app->question) + 2;
    draw_text(line, 0, x, line->cols - x, ROLE_KEY, "y/n");
    canvas_cursor(line, 0, x);
}

void app_draw(struct app *app, struct grid *grid, const struct glyphs *glyphs)
{
    app->glyphs = glyphs;
    app_layout(app, grid->rows, grid->cols);
    grid_clear(grid);
    struct canvas c = canvas_of(grid, glyphs);
    const struct view *front = app_front(app);
    if (is_too_small(c.rows, c.cols) || !front) {
        draw_notice(&c);
        return;
    }
    int advice = advice_rows(app, c.rows, c.cols);
    struct canvas body = canvas_sub(&c, 1, 0, c.rows - APP_FRAME_LINES - advice, c.cols);
    struct canvas beside = canvas_sub(&c, c.rows - 2 - advice, 0, advice, c.cols);
    struct canvas above = canvas_sub(&c, c.rows - 2, 0, 1, c.cols);
    struct canvas last = canvas_sub(&c, c.rows - 1, 0, 1, c.cols);
    draw_crumbs(app, &c);
    front->ops->draw(front, &body);
    if (advice > 0)
        draw_advice(app, &beside);
    draw_status(app, &c, c.rows - 2);
    if (app->question)
        draw_question(app, &last);
    else if (app->palette.prompt.open)
        app_palette_draw(app, &c, &last);
    else if (app->prompt.open)
        prompt_draw(&app->prompt, &last, &above);
    else
        draw_keys(app, &c, c.rows - 1);
    if (app->pending.n > 0)
        draw_followers(app, &c);
}
