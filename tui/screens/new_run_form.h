/*
 * What the form of a new run asks for: its rows, their values, and the command line that would do
 * the same. All of it is made from the tables of models, options and strategies
 * (analysis/run/options.def, analysis/strategy/strategies.def). Draws nothing; no I/O.
 */
#ifndef TUI_SCREENS_NEW_RUN_FORM_H
#define TUI_SCREENS_NEW_RUN_FORM_H

#include "analysis/report/study.h"
#include "analysis/run/queue.h"
#include "tui/command/prompt.h"

enum { FORM_NAME_BYTES = 81, FORM_SEEDS_MAX = 100 };

struct new_run_form {
    enum run_model model;
    struct run_options options[RUN_MODELS]; /* of each: another model's come back with it */
    char name[FORM_NAME_BYTES];             /* "": made up */
    enum trained_on on;
    int64_t seeds;
};

enum form_kind {
    FORM_MODEL,
    FORM_NAME,
    FORM_ON,
    FORM_SEEDS,
    FORM_STRATEGY,
    FORM_STRATEGY_OPTION,
    FORM_OPTION,
};
struct form_row {
    enum form_kind kind;
    int id; /* enum strategy_id, strategy_option_id or run_option_id; else 0 */
};
enum { FORM_ROWS_MAX = 4 + STRATEGIES + STRATEGY_OPTIONS + RUN_OPTIONS };

/* A number that stays the row's own whatever rows there are. */
static inline int64_t form_row_number(struct form_row row)
{
    return (int64_t)row.kind * 1000 + row.id;
}
static inline struct form_row form_row_of(int64_t number)
{
    return (struct form_row){(enum form_kind)(number / 1000), (int)(number % 1000)};
}

/* The defaults of sasrec. */
void form_init(struct new_run_form *form);
/* The options of a run; ERROR_USAGE where it is of no model that the form knows. */
bool form_like(struct new_run_form *form, const struct study_run *run, struct error *err);

size_t form_rows(const struct new_run_form *form, struct form_row rows[FORM_ROWS_MAX]);

/* Of one row. Texts are appended. */
void form_name_text(struct form_row row, struct buf *out); /* "  lambda_c" */
void form_value_text(const struct new_run_form *form, struct form_row row, struct buf *out);
void form_help_text(struct form_row row, struct buf *out); /* without range and default */
/* "0 to 0.95, default 0.3, from SASRec, arXiv 1808.09781"; nothing where there is nothing to say */
void form_range_text(const struct new_run_form *form, struct form_row row, struct buf *out);
bool form_is_changed(const struct new_run_form *form, struct form_row row);
bool form_is_choice(const struct new_run_form *form, struct form_row row); /* of a few values */
/* "dropout=0.3", as form_set() reads it: what is put into the prompt. */
void form_setting_text(const struct new_run_form *form, struct form_row row, struct buf *out);

/* "name=value": model, name, trained-on, seeds, strategy (its written form), a strategy's name
 * (on or off), or what run_options_set() takes. Nothing is changed when it is wrong. */
bool form_set(struct new_run_form *form, const char *text, struct error *err);
/* What form_set() reads and begins with prefix: every value of a choice, else the present one. */
void form_complete(const struct new_run_form *form, const char *prefix, struct completions *out);
/* One step up or down: the next choice (they go round), the next whole number, a handy step of a
 * real one. Stays within the range. */
void form_step(struct new_run_form *form, struct form_row row, int by);
void form_reset(struct new_run_form *form, struct form_row row);

/* What goes together, and with these data: as queue_check() says before a run is made. */
bool form_check(const struct new_run_form *form, const struct dataset *dataset, struct error *err);
/* Name borrowed from the form. Of strategies that are off nothing is left. */
void form_request(const struct new_run_form *form, struct run_request *out);
/* How many runs it would be: seeds, or the parts of an experiment. */
size_t form_n_runs(const struct new_run_form *form);
/* "rote train --model gr --set dropout=0.2", quoted for a shell; with "-w DIR" unless dir is NULL.
 */
void form_command(const struct new_run_form *form, const char *dir, struct buf *out);

#endif
