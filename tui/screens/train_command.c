#include "tui/screens/train_command.h"

#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/screens/new_run.h"

struct words {
    struct run_request request;
    char *name; /* NULL: the model's */
};

/* ---- reading the words ---- */

static bool take_word(struct words *t, const char *word, bool first, struct error *err)
{
    enum run_model model;
    if (first) {
        if (!run_model_find(word, &model, err))
            return false;
        t->request.options = run_options_default(model);
        return true;
    }
    if (strncmp(word, "name=", 5) != 0)
        return run_options_set(&t->request.options, word, err);
    free(t->name);
    t->name = mem_strdup(word + 5);
    return true;
}

static bool read_words(struct words *t, const char *arg, struct error *err)
{
    char *copy = mem_strdup(arg), *save = NULL;
    bool ok = true, first = true;
    for (char *word = strtok_r(copy, " ", &save); ok && word; word = strtok_r(NULL, " ", &save)) {
        ok = take_word(t, word, first, err);
        first = false;
    }
    free(copy);
    if (ok && first)
        return error_set(err, ERROR_USAGE,
                         "say what to train: popularity, markov, item-knn, sasrec or gr");
    t->request.name = t->name;
    return ok && run_options_check(&t->request.options, err);
}

unsigned train_command(struct app *app, const char *arg, struct error *err)
{
    struct words t = {0};
    bool ok = read_words(&t, arg, err);
    if (ok && t.request.options.model == RUN_ENSEMBLE)
        ok = error_set(err, ERROR_USAGE,
                       "an ensemble is of two runs: rote train --model ensemble --of A,B");
    if (ok)
        new_run_start(app, &t.request, 1, NULL, 0);
    free(t.name);
    return ok ? REACT_DRAW : REACT_ERROR;
}

/* ---- completion ---- */

static void offer(const char *prefix, const char *candidate, struct completions *out)
{
    if (strncmp(candidate, prefix, strlen(prefix)) == 0)
        completions_add(out, candidate);
}

static void offer_options(const char *prefix, enum run_model model, struct completions *out)
{
    const char *last = strrchr(prefix, ' ') + 1;
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        if (isnan(o->otherwise[model]))
            continue;
        char text[RUN_OPTION_TEXT];
        run_option_text((enum run_option_id)i, o->otherwise[model], text);
        char *candidate = mem_printf("%.*s%s=%s", (int)(last - prefix), prefix, o->name, text);
        offer(prefix, candidate, out);
        free(candidate);
    }
}

void train_complete(const char *prefix, struct completions *out)
{
    size_t n = strcspn(prefix, " ");
    char *name = mem_strndup(prefix, n);
    enum run_model model;
    if (prefix[n] == '\0')
        for (int m = 0; m < RUN_MODELS; m++)
            offer(prefix, run_model_name((enum run_model)m), out);
    else if (run_model_find(name, &model, NULL))
        offer_options(prefix, model, out);
    free(name);
}
