/* analysis/corpus/audit: each check on data where the answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/audit.h"
#include "tests/analysis/fixture.h"

static const struct finding *find(const struct audit *audit, const char *id)
{
    for (size_t i = 0; i < audit->n; i++)
        if (strcmp(audit->finding[i].id, id) == 0)
            return &audit->finding[i];
    return NULL;
}

static bool is_clean(const struct audit *audit, const char *id)
{
    for (size_t i = 0; i < audit->n_clean; i++)
        if (strcmp(audit->clean[i], id) == 0)
            return true;
    return false;
}

/* A table of strings in one allocation of each kind. */
struct names {
    struct intern *in;
    struct strtab table;
};

static struct names names_of(const char *const *text, int n)
{
    struct names names = {.in = intern_new()};
    for (int i = 0; i < n; i++)
        assert_int_equal(intern_add(names.in, text[i], strlen(text[i]), NULL), i);
    names.table = intern_table(names.in);
    return names;
}

struct scene {
    struct corpus corpus;
    struct split split;
    struct audit_input in;
    struct audit audit;
};

static void scene_open(struct scene *s, int32_t users, int32_t items, const int64_t *offset,
                       const int32_t *item)
{
    *s = (struct scene){.corpus = {users, items, offset, item}};
    assert_true(split_leave_one_out(&s->corpus, &s->split, NULL));
    s->in.corpus = &s->corpus;
    s->in.split = &s->split;
}

static void scene_run(struct scene *s)
{
    audit_release(&s->audit);
    assert_true(audit_run(&s->in, NULL, &s->audit, NULL));
    for (size_t i = 0; i < s->audit.n; i++) {
        assert_non_null(s->audit.finding[i].text);
        assert_non_null(s->audit.finding[i].effect);
        assert_true(s->audit.finding[i].share >= 0 && s->audit.finding[i].share <= 1);
    }
}

static void scene_close(struct scene *s)
{
    audit_release(&s->audit);
    split_release(&s->split);
}

/* Users a b c d of lengths 4 4 2 3; b repeats a; a and b end with an edge of training. */
static const int64_t offset[] = {0, 4, 8, 10, 13};
static const int32_t item[] = {0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 3, 2, 0};
static const char *const user_name[] = {"ann", "bob", "cat", "dan"};

static void audit_of_a_worked_example(void **state)
{
    (void)state;
    struct scene s;
    struct names users = names_of(user_name, 4);
    scene_open(&s, 4, 4, offset, item);
    s.in.user_id = users.table;
    scene_run(&s);
    const struct finding *f = find(&s.audit, "repeats");
    assert_int_equal(f->count, 4); /* 2 of ann's, 2 of bob's */
    assert_true(fabs(f->share - 4.0 / 13) < 1e-12);
    assert_int_equal(f->n_examples, 2);
    assert_string_equal(f->example[1], "bob");
    assert_non_null(strstr(f->effect, "2 test targets"));
    f = find(&s.audit, "duplicate-sequences");
    assert_int_equal(f->count, 1);
    assert_true(fabs(f->share - 0.25) < 1e-12);
    assert_string_equal(f->example[0], "bob = ann");
    f = find(&s.audit, "short-users");
    assert_int_equal(f->count, 1);
    assert_string_equal(f->example[0], "cat");
    f = find(&s.audit, "heldout-edges-in-train"); /* training has 0 -> 1 twice and 2 -> 3 */
    assert_int_equal(f->count, 2);
    assert_true(fabs(f->share - 2.0 / 3) < 1e-12);
    assert_non_null(strstr(f->text, "validation targets 0.00 %"));
    assert_null(find(&s.audit, "sorted-ids"));
    assert_null(find(&s.audit, "time-ties"));
    assert_null(find(&s.audit, "bad-rows"));
    assert_int_equal(s.audit.n, 4);
    assert_int_equal(s.audit.n_clean, 0);
    scene_close(&s);
    intern_free(users.in);
}

static void nothing_to_find_is_said_too(void **state)
{
    (void)state;
    struct scene s;
    static const int64_t o[] = {0, 3};
    static const int32_t v[] = {2, 0, 1};
    static const char *const title[] = {"a", "b", "c"};
    int64_t time[] = {1, 2, 3};
    int32_t semid[] = {0, 0, 1, 1, 0, 1};
    struct names titles = names_of(title, 3);
    scene_open(&s, 1, 3, o, v);
    s.in.time = time;
    s.in.title = titles.table;
    s.in.semid = semid;
    s.in.semid_levels = 2;
    s.in.import = (struct audit_import){.rows = 3, .texts = 3, .offset_found = true};
    scene_run(&s);
    assert_int_equal(s.audit.n, 0);
    assert_int_equal(s.audit.n_clean, 11); /* all but sorted-ids, which needs external ids */
    for (size_t i = 0; audit_check_id(i); i++)
        assert_int_equal(is_clean(&s.audit, audit_check_id(i)),
                         strcmp(audit_check_id(i), "sorted-ids") != 0);
    scene_close(&s);
    scene_open(&s, 0, 0, o, v);
    scene_run(&s);
    assert_int_equal(s.audit.n, 0);
    scene_close(&s);
    intern_free(titles.in);
}

static const struct finding *sorted_finding(struct scene *s, const char *const *id, int n)
{
    struct names names = names_of(id, n);
    s->in.item_id = names.table;
    scene_run(s);
    intern_free(names.in);
    return find(&s->audit, "sorted-ids");
}

static void sorted_ids_compares_numbers_or_bytes(void **state)
{
    (void)state;
    struct scene s;
    /* sequences 0 1 2 | 3 1 0 | 2 0 3 | 1 1 1 | 0 1 */
    static const int64_t o[] = {0, 3, 6, 9, 12, 14};
    static const int32_t v[] = {0, 1, 2, 3, 1, 0, 2, 0, 3, 1, 1, 1, 0, 1};
    static const char *const numbers[] = {"9", "100", "20", "3"};
    static const char *const bytes[] = {"9", "1x", "20", "3"};
    static const char *const appearance[] = {"7", "8", "11", "100"};
    scene_open(&s, 5, 4, o, v);
    /* as numbers: 9 100 20 no, 3 100 9 no, 20 9 3 falls, all the same no; ascending 2 of 8 */
    const struct finding *f = sorted_finding(&s, numbers, 4);
    assert_int_equal(f->count, 1);
    assert_true(fabs(f->share - 0.25) < 1e-12);
    assert_non_null(strstr(f->text, "as numbers"));
    assert_non_null(strstr(f->text, "25.0 % of adjacent pairs"));
    assert_string_equal(f->example[0], "user number 2");
    /* in bytes 1x < 20 < 3 < 9: 9 1x 20 no, 3 1x 9 no, 20 9 3 no */
    assert_null(sorted_finding(&s, bytes, 4));
    assert_true(is_clean(&s.audit, "sorted-ids"));
    assert_null(sorted_finding(&s, appearance, 4));
    assert_false(is_clean(&s.audit, "sorted-ids"));
    scene_close(&s);
}

static void sorted_files_are_recognised(void **state)
{
    (void)state;
    enum { USERS = 200, LENGTH = 6, ITEMS = 300 };
    static int32_t v[USERS * LENGTH], order[ITEMS], index_of[ITEMS];
    static int64_t o[USERS + 1];
    static char text[ITEMS][8];
    const char *id[ITEMS];
    struct rng rng = rng_new(1, 1);
    int32_t n_items = 0;
    for (int i = 0; i < ITEMS; i++) {
        order[i] = i;
        index_of[i] = -1;
    }
    for (int u = 0; u < USERS; u++) {
        rng_shuffle(&rng, order, ITEMS);
        for (int i = 0; i < LENGTH; i++) /* insert the next drawn number in its place */
            for (int j = i; j >= 0; j--) {
                bool here = j == 0 || v[u * LENGTH + j - 1] < order[i];
                v[u * LENGTH + j] = here ? order[i] : v[u * LENGTH + j - 1];
                if (here)
                    break;
            }
        o[u + 1] = o[u] + LENGTH;
    }
    for (int i = 0; i < USERS * LENGTH; i++) {
        if (index_of[v[i]] < 0) {
            snprintf(text[n_items], sizeof text[0], "%d", v[i]);
            id[n_items] = text[n_items];
            index_of[v[i]] = n_items++;
        }
        v[i] = index_of[v[i]];
    }
    struct scene s;
    scene_open(&s, USERS, n_items, o, v);
    const struct finding *f = sorted_finding(&s, id, n_items);
    assert_int_equal(f->count, USERS);
    assert_true(fabs(f->share - 1) < 1e-12);
    assert_non_null(strstr(f->effect, "lost the order of time"));
    scene_close(&s);
}

static void time_ties_give_a_range(void **state)
{
    (void)state;
    struct scene s;
    /* ann and bob as before, all of ann's last three at one time */
    int64_t time[] = {1, 5, 5, 5, 1, 2, 3, 4, 1, 2, 1, 2, 3};
    scene_open(&s, 4, 4, offset, item);
    s.in.time = time;
    s.in.seed = 3;
    scene_run(&s);
    const struct finding *f = find(&s.audit, "time-ties");
    assert_int_equal(f->count, 3);
    assert_true(fabs(f->share - 3.0 / 13) < 1e-12);
    assert_int_equal(f->n_examples, 1);
    assert_int_equal(f->n_ranges, 3);
    /* as imported: ann 0 1 | 0 1 and bob's targets follow 0 -> 1 of training, dan's 2 -> 0 not */
    assert_true(fabs(f->range[0].value - 2.0 / 3) < 1e-12);
    assert_true(f->range[0].lo < f->range[0].value && f->range[0].hi <= 2.0 / 3 + 1e-12);
    for (int i = 0; i < 3; i++)
        assert_true(f->range[i].lo <= f->range[i].hi && f->range[i].lo >= 0);
    double lo = f->range[1].lo, hi = f->range[1].hi;
    scene_run(&s); /* the same seed gives the same range */
    f = find(&s.audit, "time-ties");
    assert_true(fabs(f->range[1].lo - lo) < 1e-15 && fabs(f->range[1].hi - hi) < 1e-15);
    scene_close(&s);
}

static void semids_are_counted(void **state)
{
    (void)state;
    struct scene s;
    static const int64_t o[] = {0, 6};
    static const int32_t v[] = {0, 1, 2, 3, 4, 5};
    int32_t semid[] = {0, 4, 1, 1, 0, 4, 0, 4, -1, -1, 2, 0};
    scene_open(&s, 1, 6, o, v);
    s.in.semid = semid;
    s.in.semid_levels = 2;
    scene_run(&s);
    const struct finding *f = find(&s.audit, "semid-collisions");
    assert_int_equal(f->count, 3);
    assert_true(fabs(f->share - 3.0 / 5) < 1e-12);
    assert_string_equal(f->example[0], "item number 0 = item number 2 = item number 3");
    assert_non_null(strstr(f->text, "items without an id: 1"));
    f = find(&s.audit, "codebook-utilisation");
    assert_int_equal(f->count, 2); /* 2 and 3 of the second level */
    assert_true(fabs(f->share - 2.0 / 8) < 1e-12);
    assert_non_null(strstr(f->text, "3 of 3, 3 of 5"));
    scene_close(&s);
}

static void import_facts_become_findings(void **state)
{
    (void)state;
    struct scene s;
    static const int64_t o[] = {0, 3};
    static const int32_t v[] = {0, 1, 2};
    static const char bytes[] = "t\0\0\0";
    static const uint64_t at[] = {0, 2, 3, 4};
    const char *const bad[] = {"line 3: no item"}, *const orphan[] = {"X9"};
    scene_open(&s, 1, 3, o, v);
    s.in.title = (struct strtab){3, at, bytes};
    s.in.import = (struct audit_import){.rows = 8,
                                        .bad_rows = 2,
                                        .bad_example = bad,
                                        .n_bad_examples = 1,
                                        .texts = 4,
                                        .texts_without_item = 3,
                                        .text_example = orphan,
                                        .n_text_examples = 1,
                                        .offset_found = true,
                                        .id_offset = -1};
    scene_run(&s);
    const struct finding *f = find(&s.audit, "bad-rows");
    assert_true(f->count == 2 && fabs(f->share - 0.25) < 1e-12);
    assert_string_equal(f->example[0], "line 3: no item");
    f = find(&s.audit, "text-without-items");
    assert_true(f->count == 3 && fabs(f->share - 0.75) < 1e-12);
    assert_string_equal(f->example[0], "X9");
    f = find(&s.audit, "items-without-text");
    assert_true(f->count == 2 && fabs(f->share - 2.0 / 3) < 1e-12);
    assert_string_equal(f->example[0], "item number 1");
    f = find(&s.audit, "id-offset");
    assert_int_equal(f->count, 3);
    assert_non_null(strstr(f->text, "-1 was added"));
    scene_close(&s);
}

static void an_audit_can_be_cancelled(void **state)
{
    (void)state;
    struct scene s;
    struct progress progress = {.cancel = true};
    struct error err = {0};
    scene_open(&s, 4, 4, offset, item);
    assert_false(audit_run(&s.in, &progress, &s.audit, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_of_a_worked_example),
        cmocka_unit_test(nothing_to_find_is_said_too),
        cmocka_unit_test(sorted_ids_compares_numbers_or_bytes),
        cmocka_unit_test(sorted_files_are_recognised),
        cmocka_unit_test(time_ties_give_a_range),
        cmocka_unit_test(semids_are_counted),
        cmocka_unit_test(import_facts_become_findings),
        cmocka_unit_test(an_audit_can_be_cancelled),
    };
    return cmocka_run_group_tests_name("analysis/audit", tests, NULL, NULL);
}
