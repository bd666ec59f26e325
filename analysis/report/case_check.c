/* Re-checking a pin: the subject is read back from its row, made again, and the figures compared.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/report/case_study.h"
#include "analysis/report/case_study_private.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

enum { MOST_TOLD = 3 };

const char *const case_outcome_name[CASE_OUTCOMES] = {"same", "changed",    "run gone",
                                                      "gone", "other data", "unchecked"};

void case_verdict_release(struct case_verdict *v)
{
    free(v->text);
    jval_free(v->changes);
    *v = (struct case_verdict){0};
}

struct jval *case_verdict_json(const struct case_verdict *v)
{
    struct buf text;
    struct jval *o = jval_new_object();
    buf_init(&text);
    jval_write(v->changes, false, &text);
    jval_put_int(o, "pin", v->pin);
    jval_put_string(o, "outcome", case_outcome_name[v->outcome]);
    jval_put_string(o, "text", v->text);
    jval_put(o, "changes", jval_parse(text.data, text.len, NULL));
    buf_release(&text);
    return o;
}

/* ---- the subject of a row ---- */

static char *text_of(const char *s)
{
    return s && *s ? mem_strdup(s) : NULL;
}

static void read_runs(const struct jval *names, int64_t about, struct case_subject *out)
{
    for (size_t i = 0; i < jval_size(names) && (int64_t)i < about && out->n_runs < CASE_RUNS; i++)
        if (jval_string(jval_at(names, i)))
            out->run[out->n_runs++] = mem_strdup(jval_string(jval_at(names, i)));
}

static bool read_subject(const struct case_pin *pin, const struct jval *seen,
                         const struct jval *numbers, struct case_subject *out, struct error *err)
{
    *out = (struct case_subject){.rank = (int32_t)pin->rank,
                                 .definition = definition_last(),
                                 .names = jval_get(seen, "runs"),
                                 .numbers = numbers};
    if (!case_kind_find(pin->kind, &out->kind))
        return error_set(err, ERROR_INPUT, "this rote knows no pins of the kind %s", pin->kind);
    if (pin->definition[0] && !definition_parse(pin->definition, &out->definition, err))
        return false;
    const char *part = jval_string(jval_get(seen, "part"));
    out->part = part && strcmp(part, "valid") == 0 ? PART_VALID : PART_TEST;
    out->nth = (int32_t)jval_int(jval_get(seen, "case"), 0);
    out->user_id = text_of(pin->user_id);
    out->item_id = text_of(pin->item_id);
    out->title = text_of(jval_string(jval_get(seen, "title")));
    out->state = text_of(jval_string(jval_get(seen, "state")));
    out->sql = text_of(jval_string(jval_get(seen, "sql")));
    if (out->kind != CASE_PLOT) /* it is of all runs that there are */
        read_runs(out->names, jval_int(jval_get(seen, "about"), (int64_t)jval_size(out->names)),
                  out);
    return true;
}

/* ---- comparing ---- */

/* A figure in words; numbers with so many digits. The caller frees. */
static char *figure_text(const struct jval *j, int digits)
{
    const char *text = jval_string(j);
    double number = jval_real(j, -1e300);
    if (text)
        return mem_strdup(text);
    if (number > -1e300)
        return mem_printf("%.*g", digits, number);
    if (jval_bool(j, false) != jval_bool(j, true)) /* neither: no boolean */
        return mem_strdup("none");
    return mem_strdup(jval_bool(j, false) ? "yes" : "no");
}

static void tell_change(struct buf *told, const char *name, const struct jval *was,
                        const struct jval *now, int digits)
{
    char *a = figure_text(was, digits), *b = figure_text(now, digits);
    buf_addf(told, "%s%s was %s, now %s", told->len ? "; " : "", name, a, b);
    free(a);
    free(b);
}

static bool are_alike(const struct jval *was, const struct jval *now, int digits)
{
    char *a = figure_text(was, digits), *b = figure_text(now, digits);
    bool alike = strcmp(a, b) == 0;
    free(a);
    free(b);
    return alike;
}

static void add_change(struct case_verdict *v, struct buf *told, const char *name,
                       const struct jval *was, const struct jval *now)
{
    enum { SHORT = 4, EXACT = 9 };
    if (are_alike(was, now, EXACT))
        return;
    struct jval *change = jval_new_object();
    char *a = figure_text(was, EXACT), *b = figure_text(now, EXACT);
    jval_put_string(change, "name", name);
    jval_put_string(change, "was", a);
    jval_put_string(change, "now", b);
    jval_append(v->changes, change);
    free(a);
    free(b);
    if (jval_size(v->changes) <= MOST_TOLD)
        tell_change(told, name, was, now, are_alike(was, now, SHORT) ? EXACT : SHORT);
}

static void compare_figures(struct case_verdict *v, const struct jval *was, const struct jval *now)
{
    struct buf told;
    const char *name;
    const struct jval *value;
    buf_init(&told);
    for (void *it = NULL; (it = jval_next(was, it, &name, &value));)
        add_change(v, &told, name, value, jval_get(now, name));
    for (void *it = NULL; (it = jval_next(now, it, &name, &value));)
        if (!jval_get(was, name))
            add_change(v, &told, name, NULL, value);
    size_t n = jval_size(v->changes);
    v->outcome = n > 0 ? CASE_CHANGED : CASE_SAME;
    if (n > MOST_TOLD)
        buf_addf(&told, "; and %zu more", n - MOST_TOLD);
    v->text = n > 0 ? mem_printf("changed: %s", told.data) : mem_strdup("still so");
    buf_release(&told);
}

/* ---- the verdict ---- */

static bool run_is_gone(const struct study *study, const struct case_subject *s, char **text)
{
    for (size_t i = 0; i < s->n_runs; i++)
        if (!case_subject_run(study, s, i)) {
            *text = mem_printf("the run %s is gone%s", s->run[i],
                               study_run_named(study, s->run[i]) ? "; another one is called so now"
                                                                 : "");
            return true;
        }
    return false;
}

static void tell_renamed(const struct study *study, const struct case_subject *s,
                         struct case_verdict *v)
{
    struct buf text;
    buf_init(&text);
    buf_adds(&text, v->text);
    for (size_t i = 0; i < jval_size(s->numbers); i++) {
        const char *was = jval_string(jval_at(s->names, i));
        const struct study_run *run = study_run_by_id(study, jval_int(jval_at(s->numbers, i), 0));
        if (run && was && strcmp(run->name, was) != 0)
            buf_addf(&text, "; %s is called %s now", was, run->name);
    }
    free(v->text);
    v->text = buf_detach(&text);
}

/* That something does not exist is a verdict; that nobody could look is none. */
static bool is_verdict(enum error_code code)
{
    return code == ERROR_NOT_FOUND || code == ERROR_USAGE || code == ERROR_STATE;
}

static bool check_again(struct study *study, const struct case_subject *s, const struct jval *seen,
                        struct progress *progress, struct case_verdict *out, struct error *err)
{
    struct case_pin now = {0};
    struct error why = {0};
    struct jval *empty = jval_new_object();
    bool ok = case_pin_make(study, s, progress, &now, &why);
    if (ok) {
        struct jval *fresh = jval_parse(now.seen, strlen(now.seen), NULL);
        const struct jval *was = jval_get(seen, "figures");
        compare_figures(out, was ? was : empty, jval_get(fresh, "figures"));
        jval_free(fresh);
    } else if (is_verdict(why.code)) {
        out->outcome = CASE_GONE;
        out->text = mem_strdup(why.text);
    }
    case_pin_release(&now);
    jval_free(empty);
    return ok || is_verdict(why.code) || error_set(err, why.code, "%s", why.text);
}

static bool other_data(struct study *study, const struct case_pin *pin)
{
    char fingerprint[HASH_TEXT_LEN + 1];
    hash_format(study_dataset(study)->fingerprint, fingerprint);
    return pin->fingerprint[0] && strcmp(pin->fingerprint, fingerprint) != 0;
}

static void tell_other_data(struct case_verdict *v)
{
    char *text = mem_printf("the data set has another fingerprint; %s", v->text);
    free(v->text);
    v->text = text;
    v->outcome = CASE_OTHER_DATA;
}

bool case_check(struct study *study, const struct case_pin *pin, struct progress *progress,
                struct case_verdict *out, struct error *err)
{
    struct case_subject s = {0};
    struct error why = {0};
    struct jval *seen = jval_parse(pin->seen, strlen(pin->seen), NULL);
    struct jval *numbers = pin->runs ? jval_parse(pin->runs, strlen(pin->runs), NULL) : NULL;
    bool ok = true;
    *out = (struct case_verdict){.pin = pin->id, .changes = jval_new_array()};
    if (!seen)
        seen = jval_new_object();
    if (!read_subject(pin, seen, numbers, &s, &why)) {
        out->outcome = CASE_UNCHECKED;
        out->text = mem_strdup(why.text);
    } else if (run_is_gone(study, &s, &out->text)) {
        out->outcome = CASE_RUN_GONE;
    } else if (s.kind == CASE_SHEET) {
        out->outcome = CASE_UNCHECKED;
        out->text = mem_strdup("open it to see what it shows now");
    } else {
        ok = check_again(study, &s, seen, progress, out, err);
    }
    if (ok)
        tell_renamed(study, &s, out);
    if (ok && other_data(study, pin))
        tell_other_data(out);
    jval_free(numbers);
    jval_free(seen);
    case_subject_release(&s);
    if (!ok)
        case_verdict_release(out);
    return ok;
}
