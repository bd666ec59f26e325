#include "tui/command/action.h"

#include <string.h>

#include "storage/base/buf.h"

static const struct action actions[ACTION_COUNT] = {
    [ACTION_NONE] =
        {.id = "NONE", .name = "none", .help = "nothing", .placeholder = "", .keys = ""},
#define ACTION(i, n, g, h, a, p, f, s, k)                                                          \
    [ACTION_##i] = {.id = #i,                                                                      \
                    .name = n,                                                                     \
                    .help = h,                                                                     \
                    .placeholder = p,                                                              \
                    .keys = k,                                                                     \
                    .group = GROUP_##g,                                                            \
                    .argument = a,                                                                 \
                    .optional = p[0] == '[',                                                       \
                    .flags = f,                                                                    \
                    .scope = s},
#include "tui/command/actions.def"
#undef ACTION
};

const struct action *action_get(enum action_id id)
{
    return &actions[id < ACTION_COUNT ? id : ACTION_NONE];
}

bool scope_find(const char *name, size_t n, unsigned *scope)
{
#define NAMED(id, name, bit) {name, bit},
    static const struct {
        const char *name;
        unsigned scope;
    } scopes[] = {SCOPES(NAMED)};
#undef NAMED
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        if (strlen(scopes[i].name) == n && memcmp(scopes[i].name, name, n) == 0) {
            *scope = scopes[i].scope;
            return true;
        }
    return false;
}

const char *scope_name(unsigned scope)
{
#define NAME_IF(id, name, bit)                                                                     \
    if (scope == (bit) || (scope & (bit)) != 0)                                                    \
        return name;
    SCOPES(NAME_IF)
#undef NAME_IF
    return "any";
}

const char *scope_names(void)
{
#define LISTED(id, name, bit) ", " name
    return (SCOPES(LISTED)) + strlen(", ");
#undef LISTED
}

const char *action_group_name(enum action_group group)
{
    static const char *const names[GROUP_COUNT] = {"moving", "finding", "rows", "columns",
                                                   "study",  "runs",    "case", "cases",
                                                   "form",   "views",   "rote"};
    return group < GROUP_COUNT ? names[group] : "";
}

/* Names that share the first letters, for the error. */
static void near_names(const char *name, size_t n, struct buf *out)
{
    size_t same = n < 2 ? n : 2;
    for (int i = 1; i < ACTION_COUNT; i++)
        if (strncmp(actions[i].name, name, same) == 0)
            buf_addf(out, "%s%s", out->len ? ", " : "", actions[i].name);
}

enum action_id action_find(const char *name, size_t n, struct error *err)
{
    enum action_id found = ACTION_NONE;
    int count = 0;
    for (int i = 1; i < ACTION_COUNT && n > 0; i++) {
        if (strncmp(actions[i].name, name, n) != 0)
            continue;
        if (actions[i].name[n] == '\0')
            return (enum action_id)i;
        found = (enum action_id)i;
        count++;
    }
    if (count == 1)
        return found;
    struct buf list;
    buf_init(&list);
    near_names(name, n, &list);
    if (count > 1)
        error_set(err, ERROR_USAGE, "\"%.*s\" could be %s", (int)n, name, list.data);
    else if (list.len)
        error_set(err, ERROR_USAGE, "there is no command \"%.*s\"; near it: %s (? lists all)",
                  (int)n, name, list.data);
    else
        error_set(err, ERROR_USAGE, "there is no command \"%.*s\" (? lists all)", (int)n, name);
    buf_release(&list);
    return ACTION_NONE;
}

bool call_parse(const char *line, struct call *call, struct error *err)
{
    *call = (struct call){.id = ACTION_NONE};
    line += strspn(line, ": \t");
    if (*line == '\0' || *line == '#')
        return true;
    size_t n = strcspn(line, " \t!");
    enum action_id id = action_find(line, n, err);
    if (id == ACTION_NONE)
        return false;
    const struct action *action = action_get(id);
    const char *rest = line + n;
    bool confirmed = *rest == '!';
    rest += confirmed;
    rest += strspn(rest, " \t");
    if (*rest && action->argument == ARG_NONE)
        return error_set(err, ERROR_USAGE, "%s takes no argument", action->name);
    *call = (struct call){.id = id, .arg = *rest ? rest : NULL, .confirmed = confirmed};
    return true;
}
