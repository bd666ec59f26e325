#include "tui/command/prompt.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"

void completions_add(struct completions *c, const char *text)
{
    MEM_GROW(c->item, c->n + 1, c->cap);
    c->item[c->n++] = mem_strdup(text);
}

void completions_clear(struct completions *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->item[i]);
    c->n = 0;
    c->all = 0;
}

void history_add(struct history *h, const char *line)
{
    if (!*line)
        return;
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->line[i], line) == 0) {
            char *same = h->line[i];
            memmove(h->line + i, h->line + i + 1, (h->n - i - 1) * sizeof *h->line);
            h->line[h->n - 1] = same;
            return;
        }
    MEM_GROW(h->line, h->n + 1, h->cap);
    h->line[h->n++] = mem_strdup(line);
}

void history_release(struct history *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->line[i]);
    free(h->line);
    *h = (struct history){0};
}

void prompt_init(struct prompt *p)
{
    *p = (struct prompt){0};
    buf_init(&p->text);
}

void prompt_release(struct prompt *p)
{
    prompt_close(p);
    buf_release(&p->text);
    free(p->candidates.item);
    p->candidates = (struct completions){0};
}

void prompt_open(struct prompt *p, const char *sign, const char *text, struct history *history)
{
    prompt_close(p);
    p->open = true;
    p->lines = false;
    snprintf(p->sign, sizeof p->sign, "%s", sign);
    buf_clear(&p->text);
    buf_adds(&p->text, text ? text : "");
    p->at = p->text.len;
    p->history = history;
    p->history_at = history ? history->n : 0;
}

void prompt_close(struct prompt *p)
{
    p->open = false;
    free(p->draft);
    p->draft = NULL;
    p->complete = NULL;
    completions_clear(&p->candidates);
}

/* ---- editing ---- */

static void forget_candidates(struct prompt *p)
{
    completions_clear(&p->candidates);
}

/* Replaces bytes [from, to) by (s, n) and puts the cursor behind them. */
static void replace(struct prompt *p, size_t from, size_t to, const char *s, size_t n)
{
    char *tail = mem_strndup(p->text.data + to, p->text.len - to);
    size_t tail_len = p->text.len - to;
    buf_truncate(&p->text, from);
    buf_add(&p->text, s, n);
    p->at = p->text.len;
    buf_add(&p->text, tail, tail_len);
    free(tail);
}

static size_t step_right(const struct prompt *p, size_t at)
{
    struct text_unit unit;
    return at < p->text.len ? at + text_next(p->text.data + at, p->text.len - at, &unit) : at;
}

static size_t step_left(const struct prompt *p, size_t at)
{
    size_t before = 0;
    for (size_t i = 0; i < at; i = step_right(p, i))
        before = i;
    return before;
}

static size_t word_left(const struct prompt *p)
{
    size_t i = p->at;
    while (i > 0 && p->text.data[i - 1] == ' ')
        i--;
    while (i > 0 && p->text.data[i - 1] != ' ')
        i--;
    return i;
}

static enum prompt_result erase(struct prompt *p, size_t from, size_t to)
{
    if (from == to)
        return PROMPT_NOTHING;
    forget_candidates(p);
    replace(p, from, to, "", 0);
    return PROMPT_CHANGED;
}

static enum prompt_result move_to(struct prompt *p, size_t at)
{
    forget_candidates(p);
    p->at = at;
    return PROMPT_MOVED;
}

static enum prompt_result insert(struct prompt *p, const char *s, size_t n)
{
    forget_candidates(p);
    replace(p, p->at, p->at, s, n);
    return PROMPT_CHANGED;
}

/* Terminals send a line end as \r, \n or both; those at the end are not wanted. */
static enum prompt_result paste_lines(struct prompt *p, const char *bytes, size_t n)
{
    struct buf text;
    buf_init(&text);
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\r' && i + 1 < n && bytes[i + 1] == '\n')
            continue;
        buf_addc(&text, bytes[i] == '\r' ? '\n' : bytes[i] == '\t' ? ' ' : bytes[i]);
    }
    enum prompt_result result = text.len ? insert(p, text.data, text.len) : PROMPT_NOTHING;
    buf_release(&text);
    return result;
}

enum prompt_result prompt_paste(struct prompt *p, const char *bytes, size_t n)
{
    if (p->lines)
        return paste_lines(p, bytes, n);
    /* One line only: what follows a line end was not meant for this prompt. */
    size_t line = 0;
    while (line < n && bytes[line] != '\n' && bytes[line] != '\r')
        line++;
    return line ? insert(p, bytes, line) : PROMPT_NOTHING;
}

/* ---- history and completion ---- */

static enum prompt_result show_history(struct prompt *p, int step)
{
    struct history *h = p->history;
    if (!h || (step < 0 && p->history_at == 0) || (step > 0 && p->history_at >= h->n))
        return PROMPT_NOTHING;
    if (p->history_at >= h->n) {
        free(p->draft);
        p->draft = mem_strdup(p->text.data);
    }
    p->history_at = step < 0 ? p->history_at - 1 : p->history_at + 1;
    const char *line = p->history_at < h->n ? h->line[p->history_at] : p->draft;
    forget_candidates(p);
    replace(p, 0, p->text.len, line, strlen(line));
    return PROMPT_CHANGED;
}

/* How many bytes all candidates begin with alike. */
static size_t common_prefix(const struct completions *c)
{
    size_t n = strlen(c->item[0]);
    for (size_t i = 1; i < c->n; i++) {
        size_t k = 0;
        while (k < n && c->item[i][k] == c->item[0][k])
            k++;
        n = k;
    }
    return n;
}

static enum prompt_result complete(struct prompt *p, int step)
{
    if (p->candidates.n == 0) {
        if (!p->complete)
            return PROMPT_NOTHING;
        p->candidate_start = p->at;
        p->complete(p->context, p->text.data, p->at, &p->candidate_start, &p->candidates);
        p->candidate = p->candidates.n;
        if (p->candidates.n == 0)
            return PROMPT_NOTHING;
        size_t common = common_prefix(&p->candidates);
        if (p->candidates.n == 1 || common > p->at - p->candidate_start) {
            replace(p, p->candidate_start, p->at, p->candidates.item[0], common);
            if (p->candidates.n == 1)
                forget_candidates(p);
            return PROMPT_CHANGED;
        }
    }
    size_t n = p->candidates.n;
    if (p->candidate >= n)
        p->candidate = step > 0 ? 0 : n - 1;
    else
        p->candidate = (p->candidate + n + (size_t)(step + (int)n)) % n;
    const char *chosen = p->candidates.item[p->candidate];
    replace(p, p->candidate_start, p->at, chosen, strlen(chosen));
    return PROMPT_CHANGED;
}

enum prompt_result prompt_key(struct prompt *p, uint32_t key)
{
    switch (key) {
    case K_ENTER:
    case '\n':
        if (p->history)
            history_add(p->history, p->text.data);
        return PROMPT_ACCEPTED;
    case K_ESC:
    case K_CTRL('c'):
    case K_CTRL('g'):
        return PROMPT_CANCELLED;
    case K_BACKSPACE:
    case K_CTRL('h'):
        return p->text.len == 0 ? PROMPT_CANCELLED : erase(p, step_left(p, p->at), p->at);
    case K_DELETE:
    case K_CTRL('d'):
        return erase(p, p->at, step_right(p, p->at));
    case K_CTRL('w'):
        return erase(p, word_left(p), p->at);
    case K_CTRL('u'):
        return erase(p, 0, p->at);
    case K_CTRL('k'):
        return erase(p, p->at, p->text.len);
    case K_LEFT:
    case K_CTRL('b'):
        return move_to(p, step_left(p, p->at));
    case K_RIGHT:
    case K_CTRL('f'):
        return move_to(p, step_right(p, p->at));
    case K_HOME:
    case K_CTRL('a'):
        return move_to(p, 0);
    case K_END:
    case K_CTRL('e'):
        return move_to(p, p->text.len);
    case K_UP:
    case K_CTRL('p'):
        return show_history(p, -1);
    case K_DOWN:
    case K_CTRL('n'):
        return show_history(p, +1);
    case K_TAB:
        return complete(p, +1);
    case K_SHIFT_TAB:
        return complete(p, -1);
    default:
        break;
    }
    if (key < 32 || key >= K_FIRST)
        return PROMPT_NOTHING;
    char bytes[4];
    return insert(p, bytes, text_encode(key, bytes));
}

/* ---- drawing ---- */

static void draw_candidates(const struct prompt *p, struct canvas *c)
{
    int x = 1;
    draw_fill(c, 0, 0, 1, c->cols, ROLE_NORMAL, " ");
    if (p->candidates.all > 0)
        x += draw_textf(c, 0, x, c->cols - x, ROLE_DIM, "%zu of %lld:  ", p->candidates.n,
                        (long long)p->candidates.all);
    size_t first = p->candidate < p->candidates.n ? p->candidate : 0;
    for (size_t i = first; i < p->candidates.n && x < c->cols; i++) {
        unsigned style = i == p->candidate ? ROLE_NORMAL | STYLE_SELECTED : ROLE_NORMAL;
        x += draw_end(c, 0, x, c->cols - x, style, p->candidates.item[i]) + 2;
    }
}

void prompt_draw(const struct prompt *p, struct canvas *line, struct canvas *above)
{
    draw_fill(line, 0, 0, 1, line->cols, ROLE_NORMAL, " ");
    int x = draw_text(line, 0, 0, line->cols, ROLE_TITLE, p->sign);
    int space = line->cols - x - 1;
    size_t from = 0;
    char *text = mem_strndup(p->text.data, p->text.len);
    for (char *end = text; (end = strchr(end, '\n'));)
        *end = ' ';
    int to_cursor = text_width(text, p->at);
    if (to_cursor > space) /* keep the cursor in sight */
        from = text_suffix(text, p->at, space, &to_cursor);
    draw_textn(line, 0, x, line->cols - x, ROLE_NORMAL, text + from, p->text.len - from);
    free(text);
    canvas_cursor(line, 0, x + to_cursor);
    if (above && p->candidates.n > 0)
        draw_candidates(p, above);
}
