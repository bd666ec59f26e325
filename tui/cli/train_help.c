/* What `rote train --help` says of models and strategies, from their tables. */
#include <math.h>

#include "analysis/run/options.h"
#include "tui/cli/commands.h"

static void add_default(struct buf *out, enum run_option_id id, enum run_model model, bool *first)
{
    char value[RUN_OPTION_TEXT];
    double otherwise = run_option(id)->otherwise[model];
    if (isnan(otherwise))
        return;
    run_option_text(id, otherwise, value);
    buf_addf(out, "%s%s %s", *first ? "" : ", ", run_model_name(model), value);
    *first = false;
}

static void add_model_option(struct buf *out, enum run_option_id id)
{
    const struct run_option *o = run_option(id);
    bool first = true;
    const char *value = o->names ? o->names : o->kind == OPTION_KIND_WHOLE ? "N" : "X";
    buf_addf(out, "  %s=%s  %s (", o->name, value, o->help);
    for (int m = 0; m < RUN_MODELS; m++)
        add_default(out, id, (enum run_model)m, &first);
    if (o->names)
        buf_addf(out, ")\n");
    else
        buf_addf(out, "; %.10g to %.10g)\n", o->low, o->high);
}

static void add_strategy_option(struct buf *out, enum strategy_option_id id)
{
    const struct strategy_option *o = strategy_option(id);
    char value[STRATEGY_VALUE_MAX];
    strategy_value_text(id, o->otherwise, value);
    if (o->names)
        buf_addf(out, "    %s=%s  %s (%s)\n", o->name, o->names, o->help, value);
    else
        buf_addf(out, "    %s=%s  %s (%s; %.9g to %.9g)\n", o->name, o->whole ? "N" : "X", o->help,
                 value, o->low, o->high);
}

static void add_strategy(struct buf *out, enum strategy_id id)
{
    const struct strategy_info *s = strategy_info(id);
    buf_addf(out, "  %s  %s%s%s%s%s\n", s->name, s->what, s->source[0] ? " [" : "", s->source,
             s->source[0] ? "]" : "", s->models & STRATEGY_GR ? "" : " (sasrec only)");
    for (int i = 0; i < STRATEGY_OPTIONS; i++) {
        if (strategy_option((enum strategy_option_id)i)->of == id)
            add_strategy_option(out, (enum strategy_option_id)i);
    }
}

void cli_train_more(struct buf *out)
{
    buf_addf(out, "options of the models (default; range):\n");
    for (int i = 0; i < RUN_OPTIONS; i++)
        add_model_option(out, (enum run_option_id)i);
    buf_addf(out,
             "\nstrategies of sasrec and gr, combined by +, and their options (default; range):\n"
             "  next-item  predicts the next item, nothing else\n");
    for (int i = 0; i < STRATEGIES; i++)
        add_strategy(out, (enum strategy_id)i);
}
