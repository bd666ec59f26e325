#include "analysis/report/groups.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"

/* What tells runs apart: everything but the seed, and the seed. */
struct identity {
    struct buf rest, seed;
};

static void identity_release(struct identity *id)
{
    buf_release(&id->rest);
    buf_release(&id->seed);
}

const struct study_run *run_member(const struct study *study, const struct jval *options,
                                   const char *role)
{
    const char *name = jval_string(jval_get(options, role));
    char *key = mem_printf("%s_run", role);
    int64_t number = jval_int(jval_get(options, key), 0);
    free(key);
    if (!study || !name)
        return NULL;
    return number > 0 ? study_run_by_id(study, number) : study_run_named(study, name);
}

static void add_options(struct identity *id, const struct jval *options)
{
    const char *name;
    const struct jval *value;
    for (void *it = NULL; options && (it = jval_next(options, it, &name, &value));) {
        if (strcmp(name, "seed") == 0 || strcmp(name, "checkpoint-seconds") == 0)
            continue;
        buf_addf(&id->rest, "%s=", name);
        jval_write(value, false, &id->rest);
        buf_addc(&id->rest, '\n');
    }
}

/* An ensemble has no seed of its own: it is what its members are, as long as they are there. What
 * it chose on validation follows from them. */
static void add_run(struct identity *id, const struct study *study, const struct study_run *run,
                    bool member)
{
    struct jval *options = jval_parse(run->options_json, strlen(run->options_json), NULL);
    const struct study_run *m = run_member(study, options, "memorizer");
    const struct study_run *g = run_member(study, options, "generalizer");
    buf_addf(&id->rest, "%s\n%s\n%d\n", run->model, run->strategy, (int)run->trained_on);
    if (!member && m && g) {
        add_run(id, study, m, true);
        add_run(id, study, g, true);
    } else {
        add_options(id, options);
        buf_addf(&id->seed, "%lld,", (long long)run->seed);
    }
    jval_free(options);
}

static struct identity identity_of(const struct study *study, const struct study_run *run)
{
    struct identity id;
    buf_init(&id.rest);
    buf_init(&id.seed);
    add_run(&id, study, run, false);
    return id;
}

static bool in_one_group(const struct identity *a, const struct identity *b)
{
    return strcmp(a->rest.data, b->rest.data) == 0 && strcmp(a->seed.data, b->seed.data) != 0;
}

bool run_same_but_seed(const struct study *study, const struct study_run *a,
                       const struct study_run *b)
{
    struct identity one = identity_of(study, a), other = identity_of(study, b);
    bool same = in_one_group(&one, &other);
    identity_release(&one);
    identity_release(&other);
    return same;
}

/* ---- names ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
    return c != '\0' && strchr("-_. #", c) != NULL;
}

/* "gr-iirg-seed" and "gr-iirg-s" are "gr-iirg". */
static size_t without_seed(const char *name, size_t n)
{
    static const char *const word[] = {"seed", "s"};
    for (size_t i = 0; i < ARRAY_LEN(word); i++) {
        size_t len = strlen(word[i]);
        if (n > len && memcmp(name + n - len, word[i], len) == 0 && is_separator(name[n - len - 1]))
            return n - len;
    }
    return n;
}

static size_t in_common(const struct study_run *const *runs, size_t n)
{
    const char *name = runs[0]->name;
    size_t len = strlen(name);
    for (size_t i = 1; i < n; i++) {
        size_t same = 0;
        while (same < len && name[same] == runs[i]->name[same])
            same++;
        len = same;
    }
    bool inside_number = false;
    for (size_t i = 0; i < n; i++)
        inside_number = inside_number || is_digit(runs[i]->name[len]);
    while (inside_number && len > 0 && is_digit(name[len - 1]))
        len--;
    while (len > 0 && is_separator(name[len - 1]))
        len--;
    len = without_seed(name, len);
    while (len > 0 && is_separator(name[len - 1]))
        len--;
    return len;
}

char *run_group_name(const struct study_run *const *runs, size_t n)
{
    if (n == 1)
        return mem_strdup(runs[0]->name);
    size_t len = in_common(runs, n);
    return len >= 2 ? mem_strndup(runs[0]->name, len)
                    : mem_printf("%s %s", runs[0]->model, runs[0]->strategy);
}

/* ---- groups ---- */

void run_groups_make(const struct study *study, const struct study_run *const *runs, size_t n,
                     struct run_groups *out)
{
    struct identity *id = mem_zalloc(n, sizeof *id);
    size_t *group_of = mem_zalloc(n, sizeof *group_of);
    *out = (struct run_groups){.group = mem_zalloc(n, sizeof *out->group)};
    for (size_t i = 0; i < n; i++) {
        id[i] = identity_of(study, runs[i]);
        size_t g = 0;
        for (; g < out->n; g++) { /* the first with whose runs it all goes together */
            bool fits = true;
            for (size_t other = 0; other < i; other++)
                fits = fits && (group_of[other] != g || in_one_group(&id[other], &id[i]));
            if (fits)
                break;
        }
        struct run_group *group = &out->group[g];
        if (g == out->n) {
            out->n++;
            group->run = mem_zalloc(n - i, sizeof *group->run);
        }
        group->run[group->n++] = runs[i];
        group_of[i] = g;
    }
    for (size_t g = 0; g < out->n; g++)
        out->group[g].name = run_group_name(out->group[g].run, out->group[g].n);
    for (size_t i = 0; i < n; i++)
        identity_release(&id[i]);
    free(group_of);
    free(id);
}

void run_groups_release(struct run_groups *groups)
{
    for (size_t g = 0; g < groups->n; g++) {
        free(groups->group[g].name);
        free(groups->group[g].run);
    }
    free(groups->group);
    *groups = (struct run_groups){0};
}

/* ---- runs by what is typed ---- */

static void add_once(const struct study_run *run, const struct study_run ***runs, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if ((*runs)[i]->id == run->id)
            return;
    *runs = mem_realloc(*runs, (*n + 1) * sizeof **runs);
    (*runs)[(*n)++] = run;
}

/* `*` stands for any characters, all others for themselves. */
static bool fits(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL; /* the last star, and where it stops to stand for */
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            from = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool add_fitting(struct study *study, const char *pattern, const struct study_run ***runs,
                        size_t *n, struct error *err)
{
    bool found = false;
    for (size_t i = 0; i < study_n_runs(study); i++) {
        const struct study_run *run = study_run_at(study, i);
        if (strcmp(run->state, "done") != 0 || !fits(pattern, run->name))
            continue;
        add_once(run, runs, n);
        found = true;
    }
    return found || error_set(err, ERROR_NOT_FOUND,
                              "no finished run is called like %s; `rote runs` lists them", pattern);
}

/* Quotes are such at the beginning of a name only: others belong to it. */
static char quote_at(const char *name)
{
    return *name == '\'' || *name == '"' ? *name : 0;
}

/* From the opening quote on: behind the closing one. */
static const char *behind_quoted(const char *at)
{
    char quote = *at++;
    for (; *at; at++) {
        if (*at == quote && at[1] != quote)
            return at + 1;
        at += *at == quote;
    }
    return at;
}

/* The next name of a list, out of its quotes, in which a doubled one stands for itself; NULL: there
 * is none. */
static char *next_name(const char **text, const char *between)
{
    const char *at = *text + strspn(*text, ", ");
    char quote = quote_at(at);
    bool any = *at != '\0';
    struct buf name;
    buf_init(&name);
    const char *end = quote ? behind_quoted(at) : at;
    for (at += quote != 0; at < end; at++) {
        if (*at == quote && (at + 1 == end || at[1] != quote))
            continue; /* the closing one */
        at += *at == quote;
        buf_addc(&name, *at);
    }
    size_t n = strcspn(at, between);
    *text = at + n;
    while (n > 0 && at[n - 1] == ' ')
        n--;
    buf_add(&name, at, n);
    if (any)
        return buf_detach(&name);
    buf_release(&name);
    return NULL;
}

static bool add_list(struct study *study, const char *text, const char *between,
                     const struct study_run ***runs, size_t *n, struct error *err);

/* What no run is called may be a list in quotes, as for a shell, or a pattern. */
static bool add_named(struct study *study, const char *name, const struct study_run ***runs,
                      size_t *n, struct error *err)
{
    struct error why = {0};
    const struct study_run *run = study_run_find(study, name, &why);
    bool exact = run && strcmp(run->name, name) == 0;
    if (!exact && strchr(name, ','))
        return add_list(study, name, ",", runs, n, err);
    if (!exact && strchr(name, '*'))
        return add_fitting(study, name, runs, n, err);
    if (!run)
        return error_set(err, why.code, "%s", why.text);
    add_once(run, runs, n);
    return true;
}

/* The whole may be a name that nobody quoted, but then not the beginning of one. */
static bool add_list(struct study *study, const char *text, const char *between,
                     const struct study_run ***runs, size_t *n, struct error *err)
{
    const struct study_run *whole = study_run_find(study, text, NULL);
    if (whole && (!strpbrk(text, between) || strcmp(whole->name, text) == 0)) {
        add_once(whole, runs, n);
        return true;
    }
    const char *rest = text;
    size_t named = 0;
    bool ok = true;
    for (char *name; ok && (name = next_name(&rest, between)); named++) {
        ok = add_named(study, name, runs, n, err);
        free(name);
    }
    return ok && (named > 0 || error_set(err, ERROR_USAGE, "\"%.100s\" names no run", text));
}

bool runs_of_word(struct study *study, const char *word, const struct study_run ***runs, size_t *n,
                  struct error *err)
{
    return add_list(study, word, ",", runs, n, err);
}

bool runs_of_words(struct study *study, const char *text, const struct study_run ***runs, size_t *n,
                   struct error *err)
{
    return add_list(study, text, ", ", runs, n, err);
}

char *runs_next_word(const char **text)
{
    const char *from = *text + strspn(*text, " "), *at = from;
    while (*at && *at != ' ') {
        bool begins = at == from || at[-1] == ',';
        at = begins && quote_at(at) ? behind_quoted(at) : at + 1;
    }
    *text = at;
    return at > from ? mem_strndup(from, (size_t)(at - from)) : NULL;
}

void run_name_add(const char *name, struct buf *out)
{
    char quote = strchr(name, '"') ? '\'' : '"';
    if (!strpbrk(name, " ,*'\"")) {
        buf_adds(out, name);
        return;
    }
    buf_addc(out, quote);
    for (; *name; name++) {
        buf_addc(out, *name);
        if (*name == quote)
            buf_addc(out, quote);
    }
    buf_addc(out, quote);
}
