/* Token figures of a small data set with semantic ids, against a count over all training pairs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "analysis/report/tokens.h"
#include "analysis/report/train.h"
#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/db/dataset.h"
#include "tests/analysis/report/studies.h"

enum { USERS = 12, ITEMS = 24, LENGTH = 7, LEVELS = 3, K = 10 };

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
static int64_t pairs(int n, int32_t x, int32_t v)
{
    const int32_t *id = study_dataset(study)->semid;
    int64_t count = 0;
    for (int32_t u = 0; u < USERS; u++) {
        const int32_t *s = corpus_sequence(study_corpus(study), u);
        for (int i = 1; i < study_split(study)->train_end[u]; i++) {
            bool same = true;
            for (int l = 0; l < n; l++)
                same = same && id[s[i - 1] * LEVELS + l] == id[x * LEVELS + l] &&
                       id[s[i] * LEVELS + l] == id[v * LEVELS + l];
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

static void add(struct tally *t, int32_t x, int32_t v)
{
    int n = LEVELS;
    if (v < 0)
        return;
    while (n > 0 && pairs(n, x, v) == 0)
        n--;
    t->items++;
    t->count[n]++;
    t->support[n] += n ? pairs(n, x, v) : 0;
    t->shared += n == LEVELS && !adjacent(x, v);
}

static void compare(const struct token_side *side, const struct tally *t)
{
    assert_int_equal(side->items, t->items);
    assert_int_equal(side->shared, t->shared);
    for (int n = 0; n <= LEVELS; n++) {
        assert_int_equal(side->count[n], t->count[n]);
        assert_int_equal(side->support[n], t->support[n]);
        assert_true(token_share(side, n) == (double)t->count[n] / (double)t->items);
    }
}

static void token_figures_are_those_of_a_count(void **state)
{
    (void)state;
    const struct study_run *run;
    struct error err = {0};
    struct reference_run wanted = {.kind = REFERENCE_ITEM_KNN};
    if (!train_reference(study, &wanted, NULL, &run, &err))
        fail_msg("%s", err.text);
    for (int part = 0; part < 2; part++) {
        struct token_report report;
        struct tally target = {0}, recommended = {0};
        if (!token_report_make(study, run, (enum part)part, K, &report, &err))
            fail_msg("%s", err.text);
        const struct case_list *cases = &study_split(study)->part[part];
        for (int64_t at = 0; at < cases->n; at++) {
            const int32_t *s = corpus_sequence(study_corpus(study), cases->user[at]);
            int32_t position = cases->position[at];
            add(&target, s[position - 1], s[position]);
            for (int i = 0; i < K; i++)
                add(&recommended, s[position - 1], recs_row(&run->recs[part], at)[i]);
        }
        compare(&report.target, &target);
        compare(&report.recommended, &recommended);
        assert_true(recommended.shared > 0);
        assert_int_equal(report.shared_ids, 8);
        assert_int_equal(report.shared_items, ITEMS);
        token_report_release(&report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(token_figures_are_those_of_a_count)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
