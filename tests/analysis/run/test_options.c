/* The option table: defaults within their ranges, JSON there and back, errors that help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "analysis/model/reference.h"
#include "analysis/run/engine.h"
#include "analysis/run/options.h"
#include "storage/base/mem.h"

static void table_is_sound(void **state)
{
    (void)state;
    for (int i = 0; i < RUN_OPTIONS; i++) {
        const struct run_option *o = run_option((enum run_option_id)i);
        int models = 0;
        assert_non_null(o->name);
        assert_true(o->help[0] != '\0');
        if (o->kind == OPTION_KIND_CHOICE)
            assert_true(strchr(o->names, '|') && strlen(o->names) < RUN_OPTION_TEXT);
        else
            assert_true(!o->names && o->low < o->high);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(o->name, run_option((enum run_option_id)j)->name);
        for (int m = 0; m < RUN_MODELS; m++) {
            double value = o->otherwise[m];
            if (isnan(value))
                continue;
            models++;
            assert_true(value >= o->low && value <= o->high);
            assert_true(o->kind != OPTION_KIND_WHOLE || value == floor(value));
        }
        assert_true(models > 0);
    }
    for (int m = 0; m < RUN_MODELS; m++) {
        struct run_options o = run_options_default((enum run_model)m);
        assert_true(run_options_check(&o, NULL));
    }
}

static void models_have_names(void **state)
{
    (void)state;
    enum run_model model;
    struct error err = {0};
    for (int m = 0; m < RUN_MODELS; m++) {
        assert_true(run_model_find(run_model_name((enum run_model)m), &model, NULL));
        assert_int_equal(model, m);
    }
    for (int k = REFERENCE_POPULARITY; k <= REFERENCE_ITEM_KNN; k++)
        assert_string_equal(reference_name((enum reference_kind)k),
                            run_model_name((enum run_model)k));
    assert_false(run_model_find("bert", &model, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(strstr(err.text, "sasrec"));
}

static void values_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"epochs=0", "from 1 to"},   {"epochs=1.5", "whole number"},
        {"epochs=x", "epochs=x"},    {"epochs", "epochs="},
        {"epochs=", "whole number"}, {"dropout=1", "from 0 to 0.95"},
        {"dropout=nan", "from 0"},   {"order=2", "sasrec has no option \"order\""},
        {"codes=8", "it has: seed"}, {"=3", "no option"},
        {"epoch=3", "no option"},    {"epochss=3", "no option"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct run_options o = run_options_default(RUN_SASREC);
        struct error err = {0};
        assert_false(run_options_set(&o, bad[i].text, &err));
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.text, bad[i].says))
            fail_msg("%s: %s", bad[i].text, err.text);
    }
    struct run_options o = run_options_default(RUN_GR);
    assert_true(run_options_set(&o, "learning-rate=0.25", NULL));
    assert_true(o.value[OPTION_LEARNING_RATE] == 0.25);
    assert_true(run_options_set(&o, "heads=3", NULL));
    struct error err = {0};
    assert_false(run_options_check(&o, &err));
    assert_non_null(strstr(err.text, "multiple of 24"));
}

/* The names in the table are those of the enum, and each comes back from its text and its JSON. */
static void choices_have_names(void **state)
{
    (void)state;
    static const char *const ids[] = {
        [IDS_DATA] = "ids=data", [IDS_KMEANS] = "ids=kmeans", [IDS_RQVAE] = "ids=rqvae"};
    for (int i = 0; i < (int)ARRAY_LEN(ids); i++) {
        struct run_options o = run_options_default(RUN_GR), back;
        char text[RUN_OPTION_TEXT];
        assert_int_equal(run_options_int(&o, OPTION_IDS), IDS_DATA);
        assert_true(run_options_set(&o, ids[i], NULL));
        assert_int_equal(run_options_int(&o, OPTION_IDS), i);
        run_option_text(OPTION_IDS, o.value[OPTION_IDS], text);
        assert_string_equal(text, ids[i] + 4);
        struct jval *json = run_options_json(&o);
        assert_string_equal(jval_string(jval_get(json, "ids")), text);
        assert_true(run_options_parse(RUN_GR, json, &back, NULL));
        assert_int_equal(run_options_int(&back, OPTION_IDS), i);
        jval_free(json);
    }
    static const char *const bad[] = {"ids=", "ids", "ids=1", "ids=kmean", "ids=kmeans|rqvae"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct run_options o = run_options_default(RUN_GR);
        struct error err = {0};
        assert_false(run_options_set(&o, bad[i], &err));
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.text, ": it is data, kmeans or rqvae"))
            fail_msg("%s: %s", bad[i], err.text);
    }
    char text[RUN_OPTION_TEXT];
    run_option_text(OPTION_LEARNING_RATE, 0.001, text);
    assert_string_equal(text, "0.001");
}

static void json_comes_back(void **state)
{
    (void)state;
    struct run_options o = run_options_default(RUN_GR), back;
    assert_true(run_options_set(&o, "seed=7", NULL));
    assert_true(run_options_set(&o, "dropout=0.125", NULL));
    struct jval *json = run_options_json(&o);
    assert_true(run_options_parse(RUN_GR, json, &back, NULL));
    for (int i = 0; i < RUN_OPTIONS; i++)
        assert_true(o.value[i] == back.value[i] || (isnan(o.value[i]) && isnan(back.value[i])));
    struct error err = {0};
    assert_false(run_options_parse(RUN_SASREC, json, &back, &err)); /* gr's options */
    jval_put_int(json, "seed", -1);
    assert_false(run_options_parse(RUN_GR, json, &back, &err));
    assert_non_null(strstr(err.text, "seed=-1"));
    jval_put_string(json, "seed", "one");
    assert_false(run_options_parse(RUN_GR, json, &back, &err));
    jval_put_int(json, "seed", 1);
    assert_true(run_options_parse(RUN_GR, json, &back, NULL));
    jval_put_int(json, "ids", 1);
    assert_false(run_options_parse(RUN_GR, json, &back, &err));
    assert_non_null(strstr(err.text, "ids=1: it is data"));
    jval_free(json);
}

/* What cannot be trained is refused before a run is made. */
static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    static const struct {
        enum run_model model;
        const char *strategy, *set, *says; /* says NULL: fine */
        int32_t n_items, levels;
        bool embedded;
    } cases[] = {
        {RUN_GR, "next-item", "ids=data", "gr needs semantic ids", 10, 0, false},
        {RUN_GR, "next-item", "ids=data", NULL, 10, 3, false},
        {RUN_GR, "next-item", "ids=kmeans", "gr needs semantic ids", 10, 3, false},
        {RUN_GR, "next-item", "ids=rqvae", NULL, 10, 0, true},
        {RUN_SASREC, "iirg", "epochs=1", "item texts or --embeddings", 10, 3, false},
        {RUN_SASREC, "iirg:lambda_s=0,backfill=off", "epochs=1", NULL, 10, 0, false},
        {RUN_SASREC, "smooth", "epochs=1", NULL, 200000, 0, false},
        {RUN_SASREC, "smooth", "epochs=1", "smooth does not combine", 200001, 0, false},
        {RUN_SASREC, "logq", "epochs=1", "logq does not combine", 200001, 0, false},
        {RUN_SASREC, "unlikelihood", "epochs=1", "unlikelihood does not", 200001, 0, false},
        {RUN_SASREC, "goldfish", "epochs=1", NULL, 200001, 0, false},
        {RUN_GR, "smooth", "epochs=1", NULL, 200001, 3, false},
    };
    float x[1] = {0};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run_options o = run_options_default(cases[i].model);
        struct dataset d = {.n_items = cases[i].n_items,
                            .semid_levels = cases[i].levels,
                            .embedding = cases[i].embedded ? x : NULL};
        struct error err = {0};
        assert_true(run_options_set(&o, cases[i].set, NULL));
        assert_true(strategy_parse(cases[i].strategy, &o.strategy, NULL));
        assert_true(run_options_check(&o, NULL));
        assert_int_equal(engine_fits(&o, &d, &err), !cases[i].says);
        if (cases[i].says && !strstr(err.text, cases[i].says))
            fail_msg("%zu: %s", i, err.text);
    }
    struct run_options o = run_options_default(RUN_GR);
    struct error err = {0};
    assert_true(run_options_set(&o, "legal=0", NULL) && run_options_check(&o, NULL));
    assert_true(strategy_parse("smooth", &o.strategy, NULL));
    assert_false(run_options_check(&o, &err));
    assert_non_null(strstr(err.text, "smooth needs legal=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sound),     cmocka_unit_test(models_have_names),
        cmocka_unit_test(values_are_checked), cmocka_unit_test(choices_have_names),
        cmocka_unit_test(json_comes_back),    cmocka_unit_test(what_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
