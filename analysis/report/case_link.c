/*
 * The commands that reopen a pin, when its runs have been renamed since. They hold the names as
 * they were; where a name can stand follows from the few commands that take one, so that a user or
 * an item of the same name stays what it is.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "analysis/report/case_study_private.h"
#include "analysis/report/groups.h"
#include "storage/base/mem.h"

/* A run that a pin names; now NULL: it is gone. */
struct naming {
    const char *was, *now;
    char *listed; /* `was` as lists have it, in quotes where it needs them */
    int64_t number;
};

struct namings {
    struct naming *list; /* [n] the longest name first: "gr" begins "gr 2" */
    size_t n;
    const char *gone; /* a name that stands in the commands, of a run that is gone */
};

/* ---- where names stand ---- */

enum command {
    OTHER,
    OF_A_RUN,  /* whose name ends the line */
    OF_A_LIST, /* groups.h */
    OF_A_SHEET /* whose columns are called RUN.rank */
};

static enum command command_of(const char *line)
{
    static const struct {
        const char *name;
        enum command command;
    } names[] = {
        {"run", OF_A_RUN},         {"rank", OF_A_RUN},     {"roll-out", OF_A_RUN},
        {"runs", OF_A_LIST},       {"compare", OF_A_LIST}, {"filter", OF_A_SHEET},
        {"where", OF_A_SHEET},     {"equal", OF_A_SHEET},  {"sort", OF_A_SHEET},
        {"sort-down", OF_A_SHEET}, {"hide", OF_A_SHEET},   {"show", OF_A_SHEET},
        {"width", OF_A_SHEET},     {"column", OF_A_SHEET},
    };
    static const char restore[] = "restore "; /* a part of a view's state */
    line += strncmp(line, restore, sizeof restore - 1) == 0 ? sizeof restore - 1 : 0;
    size_t n = strcspn(line, " \n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, line, n) == 0)
            return names[i].command;
    return OTHER;
}

static bool ends_name(enum command command, char c)
{
    return command == OF_A_SHEET  ? c == '.'
           : command == OF_A_LIST ? c == '\0' || strchr(" ,'\"\n", c) != NULL
                                  : c == '\0' || c == '\n';
}

static bool is_at(enum command command, const char *at, const char *name)
{
    size_t n = strlen(name);
    return n > 0 && strncmp(at, name, n) == 0 && ends_name(command, at[n]);
}

/* *n: so many bytes of the line. */
static const struct naming *name_at(const struct namings *names, enum command command,
                                    const char *at, size_t *n)
{
    bool begins = strchr(" ,'\"(!", at[-1]) != NULL; /* a command stands before it */
    for (size_t i = 0; begins && i < names->n; i++) {
        const struct naming *name = &names->list[i];
        bool listed = command == OF_A_LIST && is_at(command, at, name->listed);
        if (listed || is_at(command, at, name->was)) {
            *n = strlen(listed ? name->listed : name->was);
            return name;
        }
    }
    return NULL;
}

/* Within quotes that were there already what would need its own is said by its number. */
static void add_name(const struct naming *name, enum command command, bool quoted, struct buf *out)
{
    const char *now = name->now ? name->now : name->was;
    if (command == OF_A_LIST && quoted && strpbrk(now, " ,*'\""))
        buf_addf(out, "%" PRId64, name->number);
    else if (command == OF_A_LIST)
        run_name_add(now, out);
    else
        buf_adds(out, now);
}

/* A line, its end excluded. */
static void add_line(struct namings *names, const char *line, const char *end, struct buf *out)
{
    enum command command = command_of(line);
    const char *at = line + strcspn(line, " \n");
    char quote = 0; /* that is open in a list */
    buf_add(out, line, (size_t)(at - line));
    while (at < end) {
        size_t n;
        const struct naming *name = command == OTHER ? NULL : name_at(names, command, at, &n);
        if (name) {
            add_name(name, command, quote != 0, out);
            names->gone = name->now ? names->gone : name->was;
            at += n;
        } else {
            bool opens = !quote && strchr("'\"", *at) && strchr(" ,", at[-1]);
            quote = opens ? *at : *at == quote ? 0 : quote;
            buf_addc(out, *at++);
        }
    }
}

/* All lines with the names of now. */
static char *rename_in(const char *link, struct namings *names)
{
    struct buf out;
    buf_init(&out);
    for (const char *line = link; *line;) {
        const char *end = line + strcspn(line, "\n");
        add_line(names, line, end, &out);
        buf_adds(&out, *end ? "\n" : "");
        line = end + (*end != '\0');
    }
    return buf_detach(&out);
}

static char *as_listed(const char *name)
{
    struct buf out;
    buf_init(&out);
    run_name_add(name, &out);
    return buf_detach(&out);
}

bool case_link_has(const char *link, const char *name)
{
    struct naming one = {.was = name, .listed = as_listed(name)};
    struct namings names = {.list = &one, .n = 1};
    free(rename_in(link, &names));
    free(one.listed);
    return names.gone != NULL;
}

/* ---- of a pin ---- */

static int longest_first(const void *a, const void *b)
{
    size_t x = strlen(((const struct naming *)a)->was), y = strlen(((const struct naming *)b)->was);
    return (x < y) - (x > y);
}

static struct jval *parse(const char *text)
{
    return text ? jval_parse(text, strlen(text), NULL) : NULL;
}

/* The names of now by the study where there is one, else as they were when the pin was read.
 * *gone: a copy of the name, or NULL. */
static char *link_of(const struct case_pin *pin, const struct study *study, char **gone)
{
    struct jval *seen = parse(pin->seen), *numbers = parse(pin->runs), *now = parse(pin->names);
    struct namings names = {.list = mem_zalloc(jval_size(numbers), sizeof *names.list)};
    for (size_t i = 0; i < jval_size(numbers); i++) {
        struct naming *name = &names.list[names.n];
        name->number = jval_int(jval_at(numbers, i), 0);
        name->was = jval_string(jval_at(jval_get(seen, "runs"), i));
        const struct study_run *run = study ? study_run_by_id(study, name->number) : NULL;
        name->now = study ? (run ? run->name : NULL) : jval_string(jval_at(now, i));
        name->listed = name->was ? as_listed(name->was) : NULL;
        names.n += name->was != NULL;
    }
    if (names.n > 0)
        qsort(names.list, names.n, sizeof *names.list, longest_first);
    char *link = rename_in(pin->link, &names);
    *gone = names.gone ? mem_strdup(names.gone) : NULL;
    for (size_t i = 0; i < names.n; i++)
        free(names.list[i].listed);
    free(names.list);
    jval_free(now);
    jval_free(numbers);
    jval_free(seen);
    return link;
}

char *case_pin_link(const struct case_pin *pin)
{
    char *gone, *link = link_of(pin, NULL, &gone);
    free(gone);
    return link;
}

bool case_pin_open(const struct study *study, const struct case_pin *pin, char **link,
                   struct error *err)
{
    char *gone;
    *link = link_of(pin, study, &gone);
    bool ok = !gone || error_set(err, ERROR_NOT_FOUND, "the run %s is gone", gone);
    if (!ok) {
        free(*link);
        *link = NULL;
    }
    free(gone);
    return ok;
}
