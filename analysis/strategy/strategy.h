/*
 * Training strategies by name, from one table (strategies.def): what a run is asked for, checked,
 * stored and shown. A strategy is written "iirg:lambda_c=0.5+goldfish"; "next-item" changes nothing
 * and combines with anything. docs/definitions.md, section 10, says what each one does.
 */
#ifndef ANALYSIS_STRATEGY_STRATEGY_H
#define ANALYSIS_STRATEGY_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"

enum strategy_model { STRATEGY_SASREC = 1, STRATEGY_GR = 2 };

enum strategy_id {
#define STRATEGY(id, name, models, what, source) STRATEGY_##id,
#define WHOLE(of, id, name, low, high, value, help)
#define REAL(of, id, name, low, high, value, help)
#define CHOICE(of, id, name, names, value, help)
#include "analysis/strategy/strategies.def"
#undef STRATEGY
    STRATEGIES
};

enum strategy_option_id {
#define STRATEGY(id, name, models, what, source)
#undef WHOLE
#undef REAL
#undef CHOICE
#define WHOLE(of, id, name, low, high, value, help) STRATEGY_OPTION_##id,
#define REAL(of, id, name, low, high, value, help)  STRATEGY_OPTION_##id,
#define CHOICE(of, id, name, names, value, help)    STRATEGY_OPTION_##id,
#include "analysis/strategy/strategies.def"
#undef STRATEGY
#undef WHOLE
#undef REAL
#undef CHOICE
    STRATEGY_OPTIONS
};

struct strategy_info {
    const char *name, *what, *source;
    unsigned models; /* of enum strategy_model */
};
const struct strategy_info *strategy_info(enum strategy_id id);

struct strategy_option {
    enum strategy_id of;
    const char *name, *help;
    const char *names; /* a choice: its names, separated by '|'; NULL: a number */
    bool whole;
    double low, high, otherwise;
};
const struct strategy_option *strategy_option(enum strategy_option_id id);

struct strategy {
    bool has[STRATEGIES];
    double value[STRATEGY_OPTIONS]; /* a choice: its number from 0 */
};
struct strategy strategy_next_item(void);

/* Reads the written form. What is wrong, and what would be right, is in *err. */
bool strategy_parse(const char *text, struct strategy *out, struct error *err);
/* One option of a strategy that was chosen: "iirg.lambda_c=0.5". */
bool strategy_set(struct strategy *s, const char *text, struct error *err);
/* The written form: table order, options that differ from their defaults. Appends. */
void strategy_write(const struct strategy *s, struct buf *out);
/* What goes together, and with which model. */
bool strategy_check(const struct strategy *s, enum strategy_model model, struct error *err);

static inline int32_t strategy_int(const struct strategy *s, enum strategy_option_id id)
{
    return (int32_t)s->value[id];
}
static inline bool strategy_is_next_item(const struct strategy *s)
{
    for (int i = 0; i < STRATEGIES; i++) {
        if (s->has[i])
            return false;
    }
    return true;
}
/* Is it more than one run: halves without a part? (run/experiment.h) */
static inline bool strategy_is_experiment(const struct strategy *s)
{
    return s->has[STRATEGY_HALVES] && strategy_int(s, STRATEGY_OPTION_HALVES_PART) == 0;
}

/* The value of an option as it is written; `text` has room for STRATEGY_VALUE_MAX. */
enum { STRATEGY_VALUE_MAX = 32 };
void strategy_value_text(enum strategy_option_id id, double value, char text[STRATEGY_VALUE_MAX]);

#endif
