/* Token figures of a small data set with semantic ids, against a count over all training pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/tokens.h"
#include "analysis/report/train.h"
#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "storage/files/tensors.h"
#include "tests/analysis/report/studies.h"

enum { USERS = 12, ITEMS = 24, LENGTH = 7, LEVELS = 3, OWN_LEVELS = 2, K = 10 };

static struct study *study;
static char *dir, folder[] = "/tmp/rote-tokens-XXXXXX";

/* Users walk through the items by different strides; ids 0..7 belong to three items each. */
static void write_files(const char *interactions, const char *ids)
{
    struct buf inter, index;
    buf_init(&inter);
    buf_init(&index);
    for (int u = 0; u < USERS; u++) {
        buf_addf(&inter, "%s\"%d\": [", u ? ", " : "{", u);
        for (int i = 0; i < LENGTH; i++)
            buf_addf(&inter, "%s%d", i ? ", " : "", (u + i * (1 + u % 5)) % ITEMS);
        buf_addc(&inter, ']');
    }
    for (int i = 0; i < ITEMS; i++)
        buf_addf(&index, "%s\"%d\": [\"<a_%d>\", \"<b_%d>\", \"<c_%d>\"]", i ? ", " : "{", i, i % 2,
                 i % 4, i % 8);
    buf_addc(&inter, '}');
    buf_addc(&index, '}');
    assert_true(file_write(interactions, inter.data, inter.len, NULL));
    assert_true(file_write(ids, index.data, index.len, NULL));
    buf_release(&inter);
    buf_release(&index);
}

static int open_all(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    char *interactions = path_join(folder, "x.inter.json"),
         *ids = path_join(folder, "x.index.json");
    write_files(interactions, ids);
    const char *paths[] = {interactions, ids, NULL};
    study = study_of_files(paths, &dir);
    free(interactions);
    free(ids);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    remove_study(study, dir);
    return dir_remove(folder, NULL) ? 0 : -1;
}

/* Training pairs whose items share the first n tokens with (x, v), one by one. */
static int64_t pairs(const struct semid_table *ids, int n, int32_t x, int32_t v)
{
    int64_t count = 0;
    for (int32_t u = 0; u < USERS; u++) {
        const int32_t *s = corpus_sequence(study_corpus(study), u);
        for (int i = 1; i < study_split(study)->train_end[u]; i++) {
            bool same = true;
            for (int l = 0; l < n; l++)
                same = same && semid_of(ids, s[i - 1])[l] == semid_of(ids, x)[l] &&
                       semid_of(ids, s[i])[l] == semid_of(ids, v)[l];
            count += same;
        }
    }
    return count;
}

static bool adjacent(int32_t x, int32_t v)
{
    for (int32_t u = 0; u < USERS; u++)
        for (int i = 1; i < study_split(study)->train_end[u]; i++) {
            const int32_t *s = corpus_sequence(study_corpus(study), u) + i;
            if (s[-1] == x && s[0] == v)
                return true;
        }
    return false;
}

struct tally {
    int64_t items, count[LEVELS + 1], support[LEVELS + 1], shared;
};

static void add(struct tally *t, const struct semid_table *ids, int32_t x, int32_t v)
{
    int n = ids->levels;
    if (v < 0)
        return;
    while (n > 0 && pairs(ids, n, x, v) == 0)
        n--;
    t->items++;
    t->count[n]++;
    t->support[n] += n ? pairs(ids, n, x, v) : 0;
    t->shared += n == ids->levels && !adjacent(x, v);
}

static void compare(const struct token_side *side, const struct tally *t, int levels)
{
    assert_int_equal(side->items, t->items);
    assert_int_equal(side->shared, t->shared);
    for (int n = 0; n <= levels; n++) {
        assert_int_equal(side->count[n], t->count[n]);
        assert_int_equal(side->support[n], t->support[n]);
        assert_true(token_share(side, n) == (double)t->count[n] / (double)t->items);
    }
}

static const struct study_run *train(enum reference_kind kind)
{
    const struct study_run *run;
    struct error err = {0};
    if (!train_reference(study, &(struct reference_run){.kind = kind}, NULL, &run, &err))
        fail_msg("%s", err.text);
    return run;
}

static void check_counts(const struct study_run *run, enum part part, const struct semid_table *ids,
                         const char *ids_of)
{
    struct token_report report;
    struct tally target = {0}, recommended = {0};
    struct error err = {0};
    if (!token_report_make(study, run, part, K, &report, &err))
        fail_msg("%s", err.text);
    const struct case_list *cases = &study_split(study)->part[part];
    for (int64_t at = 0; at < cases->n; at++) {
        const int32_t *s = corpus_sequence(study_corpus(study), cases->user[at]);
        int32_t position = cases->position[at];
        add(&target, ids, s[position - 1], s[position]);
        for (int i = 0; i < K; i++)
            add(&recommended, ids, s[position - 1], recs_row(&run->recs[part], at)[i]);
    }
    assert_int_equal(report.levels, ids->levels);
    compare(&report.target, &target, ids->levels);
    compare(&report.recommended, &recommended, ids->levels);
    assert_true(recommended.shared > 0);
    assert_int_equal(report.shared_items, ITEMS);
    if (ids_of)
        assert_string_equal(report.ids_of, ids_of);
    else
        assert_null(report.ids_of);
    token_report_release(&report);
}

static void token_figures_are_those_of_a_count(void **state)
{
    (void)state;
    const struct study_run *run = train(REFERENCE_ITEM_KNN);
    struct semid_table ids = {ITEMS, LEVELS, study_dataset(study)->semid};
    for (int part = 0; part < 2; part++)
        check_counts(run, (enum part)part, &ids, NULL);
}

/* Makes the run one of gr with a file of ids in its folder. */
static const struct study_run *make_gr(const struct study_run *run, const int32_t *code,
                                       int64_t n_items)
{
    struct error err = {0};
    struct run_info info;
    const struct tensor x = {"semid", TENSOR_I32, 2, {n_items, OWN_LEVELS}, 0, code, 0};
    struct workspace *ws = workspace_open(study_dir(study), WORKSPACE_READ_WRITE, &err);
    assert_non_null(ws);
    char *folder_of = workspace_run_dir(ws, run->id),
         *path = path_join(folder_of, "semid.safetensors");
    bool ok = tensors_write(path, &x, 1, NULL, &err) && run_get(ws, run->id, &info, &err);
    if (ok) {
        free(info.model);
        info.model = mem_strdup("gr");
        info.seconds += 1; /* else it is taken for the run that the study knows */
        ok = run_update(ws, &info, &err);
        run_info_release(&info);
    }
    workspace_close(ws);
    free(path);
    free(folder_of);
    if (!ok || !study_runs_refresh(study, &err))
        fail_msg("%s", err.text);
    return study_run_by_id(study, run->id);
}

static void a_run_is_counted_by_the_ids_that_it_made(void **state)
{
    (void)state;
    int32_t code[ITEMS * OWN_LEVELS];
    for (int i = 0; i < ITEMS; i++) {
        code[i * OWN_LEVELS] = i / 8;
        code[i * OWN_LEVELS + 1] = i / 2 % 4;
    }
    const struct study_run *other = train(REFERENCE_POPULARITY),
                           *run = make_gr(train(REFERENCE_MARKOV), code, ITEMS);
    struct semid_table ids = {ITEMS, OWN_LEVELS, code},
                       data = {ITEMS, LEVELS, study_dataset(study)->semid};
    struct study_ids of;
    assert_true(study_ids_of(study, run, &of, NULL));
    assert_ptr_equal(of.own, run);
    assert_memory_equal(of.table.code, code, sizeof code);
    assert_true(study_ids_of(study, other, &of, NULL));
    assert_null(of.own);
    assert_ptr_equal(of.table.code, data.code);
    for (int part = 0; part < 2; part++) {
        check_counts(run, (enum part)part, &ids, run->name);
        check_counts(other, (enum part)part, &data, NULL);
    }
}

static void ids_of_other_data_are_refused(void **state)
{
    (void)state;
    static const int32_t code[(ITEMS + 1) * OWN_LEVELS];
    const struct study_run *run = make_gr(train(REFERENCE_POPULARITY), code, ITEMS + 1);
    struct study_ids of;
    struct error err = {0};
    assert_false(study_ids_of(study, run, &of, &err));
    assert_non_null(strstr(err.text, "semid.safetensors holds semantic ids of other data"));
    assert_null(study_tokens(study, run, run->trained_on, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(token_figures_are_those_of_a_count),
                                       cmocka_unit_test(a_run_is_counted_by_the_ids_that_it_made),
                                       cmocka_unit_test(ids_of_other_data_are_refused)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
