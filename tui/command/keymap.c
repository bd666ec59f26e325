#include "tui/command/keymap.h"

#include <string.h>

#include "storage/base/mem.h"

static bool starts_with(const struct key_sequence *s, const struct key_sequence *prefix)
{
    return s->n >= prefix->n &&
           memcmp(s->key, prefix->key, (size_t)prefix->n * sizeof *s->key) == 0;
}

static void add(struct keymap *map, unsigned scope, const struct key_sequence *keys,
                enum action_id action, const char *arg)
{
    MEM_GROW(map->bindings, map->n + 1, map->cap);
    map->bindings[map->n++] = (struct binding){
        .keys = *keys, .scope = scope, .action = action, .arg = arg ? mem_strdup(arg) : NULL};
}

void keymap_init(struct keymap *map)
{
    *map = (struct keymap){0};
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *action = action_get((enum action_id)i);
        for (const char *k = action->keys; *k;) {
            size_t n = strcspn(k, " ");
            char *name = mem_strndup(k, n);
            struct key_sequence keys;
            if (key_sequence_parse(name, &keys, NULL))
                add(map, action->scope, &keys, (enum action_id)i, NULL);
            free(name);
            k += n + strspn(k + n, " ");
        }
    }
}

void keymap_release(struct keymap *map)
{
    for (size_t i = 0; i < map->n; i++)
        free(map->bindings[i].arg);
    free(map->bindings);
    *map = (struct keymap){0};
}

/* A key of several views goes on in the others. False: the keys did nothing there. */
static bool unbind(struct keymap *map, unsigned scope, const struct key_sequence *keys)
{
    size_t kept = 0;
    bool found = false;
    for (size_t i = 0; i < map->n; i++) {
        struct binding b = map->bindings[i];
        bool there = b.keys.n == keys->n && starts_with(&b.keys, keys) &&
                     (scope == SCOPE_ANY ? b.scope == SCOPE_ANY : (b.scope & scope) != 0);
        found |= there;
        b.scope &= ~scope;
        if (there && b.scope == SCOPE_ANY)
            free(b.arg);
        else
            map->bindings[kept++] = there ? b : map->bindings[i];
    }
    map->n = kept;
    return found;
}

/* Can a view be in front where both hold? */
static bool meet(unsigned a, unsigned b)
{
    return a == SCOPE_ANY || b == SCOPE_ANY || (a & b) != 0;
}

static bool clash(const struct binding *b, const char *keys, struct error *err)
{
    struct buf theirs;
    buf_init(&theirs);
    key_sequence_text(&b->keys, &theirs);
    error_set(err, ERROR_USAGE,
              "keys \"%s\" and \"%s\" of %s begin with one another; unbind %s %s first", keys,
              theirs.data, action_get(b->action)->name, scope_name(b->scope), theirs.data);
    buf_release(&theirs);
    return false;
}

bool keymap_bind(struct keymap *map, unsigned scope, const char *keys, const char *action,
                 struct error *err)
{
    struct key_sequence sequence;
    struct call call = {.id = ACTION_NONE};
    if (!key_sequence_parse(keys, &sequence, err))
        return false;
    bool none = strcmp(action, "none") == 0;
    if (!none && !call_parse(action, &call, err))
        return false;
    if (!none && call.id == ACTION_NONE)
        return error_set(err, ERROR_USAGE, "bind %s: to which action?", keys);
    for (size_t i = 0; i < map->n && !none; i++) {
        const struct binding *b = &map->bindings[i];
        if (b->keys.n == sequence.n || !meet(b->scope, scope))
            continue;
        if (starts_with(&b->keys, &sequence) || starts_with(&sequence, &b->keys))
            return clash(b, keys, err);
    }
    unbind(map, scope, &sequence);
    if (!none)
        add(map, scope, &sequence, call.id, call.arg);
    return true;
}

/* The next word of a line; "" at its end. */
static const char *next_word(const char **line, size_t *n)
{
    const char *word = *line + strspn(*line, " \t");
    *n = strcspn(word, " \t");
    *line = word + *n;
    return word;
}

bool keymap_bind_line(struct keymap *map, const char *line, struct error *err)
{
    unsigned scope = SCOPE_ANY, named;
    size_t n, n_keys;
    const char *keys = next_word(&line, &n_keys), *rest = line;
    const char *second = next_word(&rest, &n);
    if (scope_find(keys, n_keys, &named) && rest[strspn(rest, " \t")]) {
        scope = named;
        keys = second;
        n_keys = n;
        line = rest;
    }
    line += strspn(line, " \t");
    if (n_keys == 0 || !*line)
        return error_set(err, ERROR_USAGE, "bind needs: [view] keys action; the views are %s",
                         scope_names());
    char *sequence = mem_strndup(keys, n_keys);
    bool ok = keymap_bind(map, scope, sequence, line, err);
    free(sequence);
    return ok;
}

bool keymap_unbind_line(struct keymap *map, const char *line, struct error *err)
{
    unsigned scope = SCOPE_ANY, named;
    size_t n, n_keys;
    const char *keys = next_word(&line, &n_keys), *second = next_word(&line, &n);
    if (n > 0 && scope_find(keys, n_keys, &named)) {
        scope = named;
        keys = second;
        n_keys = n;
        second = next_word(&line, &n);
    }
    if (n_keys == 0 || n > 0)
        return error_set(err, ERROR_USAGE, "unbind needs: [view] keys; the views are %s",
                         scope_names());
    char *text = mem_strndup(keys, n_keys);
    struct key_sequence sequence;
    bool ok = key_sequence_parse(text, &sequence, err);
    if (ok && !unbind(map, scope, &sequence))
        ok = error_set(err, ERROR_NOT_FOUND, "the keys %s do nothing there", text);
    free(text);
    return ok;
}

static enum keymap_result find_in(const struct keymap *map, unsigned scopes, bool any,
                                  const struct key_sequence *keys, const struct binding **found)
{
    enum keymap_result result = KEYMAP_NONE;
    for (size_t i = map->n; i-- > 0;) { /* what was bound last goes first: a view has several */
        const struct binding *b = &map->bindings[i];
        bool here = any ? b->scope == SCOPE_ANY : (b->scope & scopes) != 0;
        if (!here || !starts_with(&b->keys, keys))
            continue;
        if (b->keys.n == keys->n) {
            *found = b;
            return KEYMAP_FOUND;
        }
        result = KEYMAP_PREFIX;
    }
    return result;
}

enum keymap_result keymap_find(const struct keymap *map, unsigned scopes,
                               const struct key_sequence *keys, const struct binding **found)
{
    enum keymap_result view = find_in(map, scopes, false, keys, found);
    return view != KEYMAP_NONE ? view : find_in(map, scopes, true, keys, found);
}

void keymap_key_of(const struct keymap *map, unsigned scopes, enum action_id action,
                   struct buf *out)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct binding *b = &map->bindings[i], *reached;
        if (b->action != action || b->arg)
            continue;
        /* A key of the view may hide a global one. */
        if (keymap_find(map, scopes, &b->keys, &reached) == KEYMAP_FOUND &&
            reached->action == action) {
            key_sequence_text(&b->keys, out);
            return;
        }
    }
}

void keymap_keys_of(const struct keymap *map, enum action_id action, struct buf *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < map->n; i++)
        if (map->bindings[i].action == action && !map->bindings[i].arg) {
            if (out->len > start)
                buf_addc(out, ' ');
            key_sequence_text(&map->bindings[i].keys, out);
        }
}
