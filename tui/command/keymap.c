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

static void unbind(struct keymap *map, unsigned scope, const struct key_sequence *keys)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->n; i++) {
        struct binding *b = &map->bindings[i];
        if (b->scope == scope && b->keys.n == keys->n && starts_with(&b->keys, keys))
            free(b->arg);
        else
            map->bindings[kept++] = *b;
    }
    map->n = kept;
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
        if (b->scope != scope || b->keys.n == sequence.n)
            continue;
        if (starts_with(&b->keys, &sequence) || starts_with(&sequence, &b->keys))
            return error_set(err, ERROR_USAGE,
                             "keys \"%s\" and those of %s begin with one another; bind those to "
                             "\"none\" first",
                             keys, action_get(b->action)->name);
    }
    unbind(map, scope, &sequence);
    if (!none)
        add(map, scope, &sequence, call.id, call.arg);
    return true;
}

static enum keymap_result find_in(const struct keymap *map, unsigned scopes, bool any,
                                  const struct key_sequence *keys, const struct binding **found)
{
    enum keymap_result result = KEYMAP_NONE;
    for (size_t i = 0; i < map->n; i++) {
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
