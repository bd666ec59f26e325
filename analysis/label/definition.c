#include "analysis/label/definition.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/num.h"

enum { PRED_MAX = 1000000, CAP_MAX = 1000000000, K_MAX = 50 };

struct definition definition_last(void)
{
    return (struct definition){.pred_last = 1, .k = 10};
}

struct definition definition_any(void)
{
    return (struct definition){.pred_last = 0, .k = 10};
}

struct definition definition_iirg(void)
{
    return (struct definition){.pred_last = 20, .cap = 50, .k = 5};
}

bool definition_equal(const struct definition *a, const struct definition *b)
{
    return a->pred_last == b->pred_last && a->train_valid == b->train_valid &&
           a->own_leave == b->own_leave && a->cap == b->cap &&
           a->history_remove == b->history_remove && a->k == b->k;
}

static bool preset_named(const char *name, size_t n, struct definition *out)
{
    const struct {
        const char *name;
        struct definition definition;
    } presets[] = {
        {"last", definition_last()}, {"any", definition_any()}, {"iirg", definition_iirg()}};
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (strlen(presets[i].name) == n && memcmp(presets[i].name, name, n) == 0) {
            *out = presets[i].definition;
            return true;
        }
    }
    return false;
}

/* A switch's value as text that is not NUL-terminated. */
struct span {
    const char *at;
    size_t n;
};

static bool is(struct span s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.at, word, s.n) == 0;
}

static bool one_of(struct span value, const char *no, const char *yes, bool *out)
{
    if (!is(value, no) && !is(value, yes))
        return false;
    *out = is(value, yes);
    return true;
}

static bool within(struct span value, int high, int *out)
{
    int32_t number;
    if (!num_int32(value.at, value.n, &number) || number < 1 || number > high)
        return false;
    *out = number;
    return true;
}

static bool parse_pred(struct span value, struct definition *d)
{
    if (is(value, "any")) {
        d->pred_last = 0;
        return true;
    }
    if (is(value, "last")) {
        d->pred_last = 1;
        return true;
    }
    if (value.n < 6 || memcmp(value.at, "last:", 5) != 0)
        return false;
    return within((struct span){value.at + 5, value.n - 5}, PRED_MAX, &d->pred_last);
}

static bool parse_cap(struct span value, struct definition *d)
{
    if (is(value, "none")) {
        d->cap = 0;
        return true;
    }
    return within(value, CAP_MAX, &d->cap);
}

static bool parse_edges(struct span value, struct definition *d)
{
    return one_of(value, "train", "train+valid", &d->train_valid);
}

static bool parse_own(struct span value, struct definition *d)
{
    return one_of(value, "keep", "leave", &d->own_leave);
}

static bool parse_history(struct span value, struct definition *d)
{
    return one_of(value, "keep", "remove", &d->history_remove);
}

static bool parse_k(struct span value, struct definition *d)
{
    return within(value, K_MAX, &d->k);
}

static const struct {
    const char *name;
    bool (*parse)(struct span value, struct definition *d);
    const char *values;
} switches[] = {
    {"pred", parse_pred, "last, last:N or any"},  {"edges", parse_edges, "train or train+valid"},
    {"own", parse_own, "keep or leave"},          {"cap", parse_cap, "none or a number from 1"},
    {"history", parse_history, "keep or remove"}, {"k", parse_k, "a number from 1 to 50"},
};

static bool parse_switch(struct span word, struct definition *d, struct error *err)
{
    const char *equals = memchr(word.at, '=', word.n);
    size_t n_name = equals ? (size_t)(equals - word.at) : word.n;
    for (size_t i = 0; equals && i < sizeof switches / sizeof switches[0]; i++) {
        if (!is((struct span){word.at, n_name}, switches[i].name))
            continue;
        if (switches[i].parse((struct span){equals + 1, word.n - n_name - 1}, d))
            return true;
        return error_set(err, ERROR_USAGE, "definition: %s is %s, not \"%.*s\"", switches[i].name,
                         switches[i].values, (int)(word.n - n_name - 1), equals + 1);
    }
    return error_set(err, ERROR_USAGE,
                     "definition: \"%.*s\" is neither a preset (last, any, iirg) nor a switch "
                     "(pred=, edges=, own=, cap=, history=, k=)",
                     (int)word.n, word.at);
}

bool definition_parse(const char *text, struct definition *out, struct error *err)
{
    struct definition d = definition_last();
    bool first = true;
    for (const char *at = text;; first = false) {
        size_t n = strcspn(at, ",");
        if (!(first && preset_named(at, n, &d)) && !parse_switch((struct span){at, n}, &d, err))
            return false;
        if (at[n] == '\0')
            break;
        at += n + 1;
    }
    *out = d;
    return true;
}

static void format_pred(const struct definition *d, char *text, size_t size)
{
    if (d->pred_last == 0)
        snprintf(text, size, "any");
    else if (d->pred_last == 1)
        snprintf(text, size, "last");
    else
        snprintf(text, size, "last:%d", d->pred_last);
}

static void format_cap(const struct definition *d, char *text, size_t size)
{
    if (d->cap == 0)
        snprintf(text, size, "none");
    else
        snprintf(text, size, "%d", d->cap);
}

void definition_key(const struct definition *d, char text[DEFINITION_TEXT_MAX])
{
    char pred[24], cap[16];
    format_pred(d, pred, sizeof pred);
    format_cap(d, cap, sizeof cap);
    snprintf(text, DEFINITION_TEXT_MAX, "pred=%s,cap=%s,edges=%s,own=%s,history=%s,k=%d", pred, cap,
             d->train_valid ? "train+valid" : "train", d->own_leave ? "leave" : "keep",
             d->history_remove ? "remove" : "keep", d->k);
}

void definition_format(const struct definition *d, char text[DEFINITION_TEXT_MAX])
{
    static const char *const names[] = {"last", "any", "iirg"};
    const struct definition presets[] = {definition_last(), definition_any(), definition_iirg()};
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        if (definition_equal(d, &presets[i])) {
            snprintf(text, DEFINITION_TEXT_MAX, "%s", names[i]);
            return;
        }
    }
    definition_key(d, text);
}

void definition_short(const struct definition *d, bool ascii, char text[DEFINITION_TEXT_MAX])
{
    const char *dot = ascii ? "-" : "·";
    char pred[24], cap[32] = "";
    format_pred(d, pred, sizeof pred);
    if (d->cap > 0)
        snprintf(cap, sizeof cap, "%scap%d", dot, d->cap);
    snprintf(text, DEFINITION_TEXT_MAX, "%s%s%s%s%s%s%s%s%sK%d", pred, cap, dot,
             d->train_valid ? "train+valid" : "train", d->own_leave ? dot : "",
             d->own_leave ? "-own" : "", d->history_remove ? dot : "",
             d->history_remove ? "-history" : "", dot, d->k);
}
