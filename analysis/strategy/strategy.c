/* The table of strategies, and their written form. Contract in strategy.h. */
#include "analysis/strategy/strategy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/choice.h"
#include "storage/base/num.h"

#define SASREC STRATEGY_SASREC
#define GR     STRATEGY_GR

static const struct strategy_info infos[STRATEGIES] = {
#define STRATEGY(id, name, models, what, source) [STRATEGY_##id] = {name, what, source, models},
#define WHOLE(of, id, name, low, high, value, help)
#define REAL(of, id, name, low, high, value, help)
#define CHOICE(of, id, name, names, value, help)
#include "analysis/strategy/strategies.def"
#undef STRATEGY
#undef WHOLE
#undef REAL
#undef CHOICE
};

static const struct strategy_option options[STRATEGY_OPTIONS] = {
#define STRATEGY(id, name, models, what, source)
#define WHOLE(of, id, name, low, high, value, help)                                                \
    [STRATEGY_OPTION_##id] = {STRATEGY_##of, name, help, NULL, true, low, high, value},
#define REAL(of, id, name, low, high, value, help)                                                 \
    [STRATEGY_OPTION_##id] = {STRATEGY_##of, name, help, NULL, false, low, high, value},
#define CHOICE(of, id, name, names, value, help)                                                   \
    [STRATEGY_OPTION_##id] = {STRATEGY_##of, name, help, names, true, 0, 63, value},
#include "analysis/strategy/strategies.def"
#undef STRATEGY
#undef WHOLE
#undef REAL
#undef CHOICE
};

const struct strategy_info *strategy_info(enum strategy_id id)
{
    return &infos[id];
}

const struct strategy_option *strategy_option(enum strategy_option_id id)
{
    return &options[id];
}

struct strategy strategy_next_item(void)
{
    struct strategy s = {0};
    for (int i = 0; i < STRATEGY_OPTIONS; i++)
        s.value[i] = options[i].otherwise;
    return s;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool equals(const char *name, const char *text, size_t n)
{
    return strlen(name) == n && memcmp(name, text, n) == 0;
}

static bool no_strategy(const char *text, size_t n, struct error *err)
{
    struct buf names;
    buf_init(&names);
    for (int i = 0; i < STRATEGIES; i++)
        buf_addf(&names, ", %s", infos[i].name);
    error_set(err, ERROR_USAGE, "there is no strategy \"%.*s\"; there are: next-item%s",
              n > 100 ? 100 : (int)n, text, names.data);
    buf_release(&names);
    return false;
}

static int find_strategy(const char *text, size_t n)
{
    for (int i = 0; i < STRATEGIES; i++) {
        if (equals(infos[i].name, text, n))
            return i;
    }
    return -1;
}

static bool no_option(int strategy, const char *text, size_t n, struct error *err)
{
    struct buf names;
    buf_init(&names);
    for (int i = 0; i < STRATEGY_OPTIONS; i++) {
        if ((int)options[i].of == strategy)
            buf_addf(&names, "%s%s", names.len ? ", " : "; it has: ", options[i].name);
    }
    error_set(err, ERROR_USAGE, "the strategy %s has no option \"%.*s\"%s", infos[strategy].name,
              n > 100 ? 100 : (int)n, text, names.len ? names.data : "");
    buf_release(&names);
    return false;
}

static bool wrong_value(const struct strategy_option *o, const char *text, size_t n,
                        struct error *err)
{
    int shown = n > 100 ? 100 : (int)n;
    struct buf names;
    buf_init(&names);
    if (o->names)
        choice_list(o->names, &names);
    else
        buf_addf(&names, "a %snumber from %.10g to %.10g", o->whole ? "whole " : "", o->low,
                 o->high);
    error_set(err, ERROR_USAGE, "%s:%s=%.*s: it is %s", infos[o->of].name, o->name, shown, text,
              names.data);
    buf_release(&names);
    return false;
}

/* text[0 .. n-1] is "name=value" */
static bool read_option(struct strategy *s, int strategy, const char *text, size_t n,
                        struct error *err)
{
    const char *equal = memchr(text, '=', n);
    size_t length = equal ? (size_t)(equal - text) : n;
    int id = 0;
    while (id < STRATEGY_OPTIONS &&
           ((int)options[id].of != strategy || !equals(options[id].name, text, length)))
        id++;
    if (id == STRATEGY_OPTIONS)
        return no_option(strategy, text, length, err);
    const struct strategy_option *o = &options[id];
    const char *value = equal ? equal + 1 : text + n;
    size_t left = (size_t)(text + n - value);
    double number = (double)NAN;
    if (o->names) {
        int choice = choice_find(o->names, value, left);
        number = choice < 0 ? (double)NAN : choice;
    } else {
        num_double(value, left, &number);
    }
    if (!(number >= o->low && number <= o->high) || (o->whole && number < floor(number)) ||
        (o->whole && number > floor(number)))
        return wrong_value(o, value, left, err);
    s->value[id] = number;
    return true;
}

/* text[0 .. n-1] is "name" or "name:option=value,…" */
static bool read_strategy(struct strategy *s, const char *text, size_t n, struct error *err)
{
    const char *colon = memchr(text, ':', n);
    size_t length = colon ? (size_t)(colon - text) : n;
    if (!colon && equals("next-item", text, length))
        return true;
    int id = find_strategy(text, length);
    if (id < 0)
        return no_strategy(text, length, err);
    if (s->has[id])
        return error_set(err, ERROR_USAGE, "the strategy %s is named twice", infos[id].name);
    s->has[id] = true;
    for (const char *at = colon; at;) {
        const char *begin = at + 1, *end = text + n;
        const char *comma = memchr(begin, ',', (size_t)(end - begin));
        if (!read_option(s, id, begin, (size_t)((comma ? comma : end) - begin), err))
            return false;
        at = comma;
    }
    return true;
}

bool strategy_parse(const char *text, struct strategy *out, struct error *err)
{
    struct strategy s = strategy_next_item();
    for (const char *at = text;;) {
        size_t n = strcspn(at, "+");
        if (!read_strategy(&s, at, n, err))
            return false;
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    *out = s;
    return true;
}

bool strategy_set(struct strategy *s, const char *text, struct error *err)
{
    size_t n = strcspn(text, ".");
    int id = find_strategy(text, n);
    if (text[n] == '\0' || id < 0)
        return no_strategy(text, n, err);
    if (!s->has[id])
        return error_set(err, ERROR_USAGE, "%.100s: the strategy %s was not chosen", text,
                         infos[id].name);
    return read_option(s, id, text + n + 1, strlen(text + n + 1), err);
}

/* ---- writing --------------------------------------------------------------------------------- */

void strategy_value_text(enum strategy_option_id id, double value, char text[STRATEGY_VALUE_MAX])
{
    size_t n = 0;
    const char *names = options[id].names;
    const char *name = names ? choice_name(names, (int)value, &n) : NULL;
    if (name)
        snprintf(text, STRATEGY_VALUE_MAX, "%.*s", (int)n, name);
    else
        snprintf(text, STRATEGY_VALUE_MAX, "%.9g", value);
}

void strategy_write(const struct strategy *s, struct buf *out)
{
    size_t begin = out->len;
    for (int i = 0; i < STRATEGIES; i++) {
        if (!s->has[i])
            continue;
        buf_addf(out, "%s%s", out->len > begin ? "+" : "", infos[i].name);
        const char *before = ":";
        for (int k = 0; k < STRATEGY_OPTIONS; k++) {
            const struct strategy_option *o = &options[k];
            if ((int)o->of != i || !(s->value[k] < o->otherwise || s->value[k] > o->otherwise))
                continue;
            char text[STRATEGY_VALUE_MAX];
            strategy_value_text((enum strategy_option_id)k, s->value[k], text);
            buf_addf(out, "%s%s=%s", before, o->name, text);
            before = ",";
        }
    }
    if (out->len == begin)
        buf_addf(out, "next-item");
}

/* ---- what goes together ---------------------------------------------------------------------- */

bool strategy_check(const struct strategy *s, enum strategy_model model, struct error *err)
{
    for (int i = 0; i < STRATEGIES; i++) {
        if (s->has[i] && !(infos[i].models & model))
            return error_set(err, ERROR_USAGE, "the strategy %s makes no sense for %s: it %s",
                             infos[i].name, model == STRATEGY_GR ? "gr" : "sasrec", infos[i].what);
    }
    int32_t m = strategy_int(s, STRATEGY_OPTION_HALVES_M);
    if (s->has[STRATEGY_HALVES] && (m % 2 != 0 || strategy_int(s, STRATEGY_OPTION_HALVES_PART) > m))
        return error_set(err, ERROR_USAGE,
                         "halves: m=%d must be an even number, and part one of 1 to %d (0: all)", m,
                         m);
    if (s->has[STRATEGY_IIRG] &&
        strategy_int(s, STRATEGY_OPTION_IIRG_GENERATE) > strategy_int(s, STRATEGY_OPTION_IIRG_KEEP))
        return error_set(err, ERROR_USAGE, "iirg: generate may not be more than keep");
    if (s->has[STRATEGY_GOLDFISH] && strategy_int(s, STRATEGY_OPTION_GOLDFISH_K) == 1)
        return error_set(err, ERROR_USAGE, "goldfish: k=1 would leave every context out");
    if (s->has[STRATEGY_AUGMENT] && !(s->value[STRATEGY_OPTION_AUGMENT_CROP] > 0) &&
        !(s->value[STRATEGY_OPTION_AUGMENT_MASK] > 0) &&
        !(s->value[STRATEGY_OPTION_AUGMENT_REORDER] > 0))
        return error_set(err, ERROR_USAGE, "augment: crop, mask and reorder are all 0");
    return true;
}
