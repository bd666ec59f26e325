/*
 * Actions: everything a person can do has one row in actions.def, whether it is reached by a key,
 * by ":name", from the command line or in a script. A handler receives a `struct call`.
 */
#ifndef TUI_COMMAND_ACTION_H
#define TUI_COMMAND_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/error.h"

enum action_id {
    ACTION_NONE,
#define ACTION(id, name, group, help, argument, placeholder, flags, scope, keys) ACTION_##id,
#include "tui/command/actions.def"
#undef ACTION
    ACTION_COUNT
};

enum action_group {
    GROUP_MOVE,
    GROUP_FIND,
    GROUP_ROW,
    GROUP_COLUMN,
    GROUP_STUDY,
    GROUP_RUNS,
    GROUP_CASE,
    GROUP_CASES,
    GROUP_FORM,
    GROUP_VIEW,
    GROUP_ROTE,
    GROUP_COUNT
};

enum action_argument {
    ARG_NONE,
    ARG_TEXT,
    ARG_INT,
    ARG_REGEX,     /* typed at "/" or "&", live */
    ARG_COLUMN,    /* of the sheet in front */
    ARG_CONDITION, /* over its columns: tui/widgets/expr.h */
    ARG_FILE,
    ARG_USER,
    ARG_ITEM,
    ARG_RUN,
    ARG_RUNS,  /* joined with commas */
    ARG_SIDES, /* two runs, lists or patterns, apart by a blank */
    ARG_CELL,  /* of Compare: an outcome and a slice */
    ARG_DEFINITION,
    ARG_MODEL,   /* and its options */
    ARG_SETTING, /* name=value of the form in front */
    ARG_SQL,     /* one statement, on one line or several */
    ARG_STUDY,   /* a case study, by title or number */
};

enum action_flags {
    ACT_ROW = 1,         /* needs a row under the cursor */
    ACT_DESTRUCTIVE = 2, /* its handler asks with app_confirm() */
    ACT_WRITES = 4,      /* refused with --readonly */
    ACT_BATCH = 8,       /* only with --batch */
    ACT_SHOWS = 16,      /* opens a view or shows more or less of it: may stand in links */
    ACT_SCENE = 32,      /* the same, for all views: what every link begins with */
    ACT_SILENT = 64,     /* not in the log of commands */
};

/* Where keys hold: everywhere, or in the views whose ops name the scope. */
#define SCOPES(SCOPE)                                                                              \
    SCOPE(ANY, "any", 0)                                                                           \
    SCOPE(OVERVIEW, "overview", 1)                                                                 \
    SCOPE(USERS, "users", 2)                                                                       \
    SCOPE(CASE, "case", 4)                                                                         \
    SCOPE(ITEMS, "items", 8)                                                                       \
    SCOPE(RUNS, "runs", 16)                                                                        \
    SCOPE(COMPARE, "compare", 32)                                                                  \
    SCOPE(CASES, "cases", 64)                                                                      \
    SCOPE(QUERY, "query", 128)                                                                     \
    SCOPE(FORM, "form", 256)
#define SCOPE_BIT(id, name, bit) SCOPE_##id = (bit),
enum scope { SCOPES(SCOPE_BIT) };
#undef SCOPE_BIT

struct action {
    const char *id, *name, *help, *placeholder, *keys;
    enum action_group group;
    enum action_argument argument;
    bool optional; /* the argument may be left out */
    unsigned flags, scope;
};

/* "case", "runs", …, and "any" for SCOPE_ANY: what :bind calls them. False: there is none. */
bool scope_find(const char *name, size_t n, unsigned *scope);
const char *scope_name(unsigned scope); /* of several, the first */
const char *scope_names(void);          /* "any, overview, …", for errors */

const struct action *action_get(enum action_id id);
/* By its name or by a prefix that only one has; ACTION_NONE with ERROR_USAGE, naming near ones. */
enum action_id action_find(const char *name, size_t n, struct error *err);
const char *action_group_name(enum action_group group);

/* One use of an action. */
struct call {
    enum action_id id;
    const char *arg; /* NULL: none given. Borrowed for the call */
    bool confirmed;  /* the question was answered with yes, or "!" followed the name */
};

/* Reads "name! argument" (a leading ":" is fine). `arg` points into `line`, which must outlive the
 * call. Blank lines and comments (#) give ACTION_NONE and true. */
bool call_parse(const char *line, struct call *call, struct error *err);

/* What a handler did. */
enum reaction {
    REACT_PASS = 0,  /* not mine: the next one gets it */
    REACT_DONE = 1,  /* handled; nothing to draw */
    REACT_DRAW = 2,  /* handled; draw */
    REACT_QUIT = 4,  /* leave the loop */
    REACT_ERROR = 8, /* handled, and it failed: *err says why */
};

#endif
