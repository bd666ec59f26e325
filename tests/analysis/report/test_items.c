/*
 * The Items table and the detail of an item on a small random data set with repeats, against counts
 * over the sequences and lists one by one, against the neighbours that iirg is taught, and against
 * the badges of the case view.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "analysis/label/onehop.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/report/item_detail.h"
#include "analysis/report/items.h"
#include "analysis/report/train.h"
#include "analysis/run/item_vectors.h"
#include "analysis/strategy/neighbours.h"
#include "storage/base/buf.h"
#include "storage/base/file.h"
#include "storage/db/dataset.h"
#include "tests/analysis/label/naive_onehop.h"
#include "tests/analysis/report/studies.h"

enum { USERS = 60, ITEMS = 30, LEVELS = 3, RUNS = 3 };

static struct study *study;
static char *dir, folder[] = "/tmp/rote-items-XXXXXX";
static const struct study_run *run[RUNS];

static void write_text(const char *name, struct buf *text)
{
    char *path = path_join(folder, name);
    assert_true(file_write(path, text->data, text->len, NULL));
    buf_release(text);
    free(path);
}

/* Sequences of 1 to 12 items with repeats; item 0 is often followed by itself. */
static void write_files(void)
{
    struct rng rng = rng_new(11, 1);
    struct buf inter, index, texts;
    buf_init(&inter);
    buf_init(&index);
    buf_init(&texts);
    for (int u = 0; u < USERS; u++) {
        int n = 1 + (int)rng_below(&rng, 12);
        buf_addf(&inter, "%s\"%d\": [", u ? ", " : "{", u);
        for (int i = 0; i < n; i++)
            buf_addf(&inter, "%s%d", i ? ", " : "",
                     rng_below(&rng, 4) == 0 ? 0 : (int)rng_below(&rng, ITEMS));
        buf_addc(&inter, ']');
    }
    for (int i = 0; i < ITEMS; i++) {
        buf_addf(&index, "%s\"%d\": [\"<a_%d>\", \"<b_%d>\", \"<c_%d>\"]", i ? ", " : "{", i, i % 2,
                 i % 4, i % 8);
        buf_addf(&texts, "%s\"%d\": {\"title\": \"thing %c%c of %d\"}", i ? ", " : "{", i,
                 'a' + i % 5, 'k' + i % 3, i % 7);
    }
    buf_addc(&inter, '}');
    buf_addc(&index, '}');
    buf_addc(&texts, '}');
    write_text("x.inter.json", &inter);
    write_text("x.index.json", &index);
    write_text("x.item.json", &texts);
}

static int open_all(void **state)
{
    (void)state;
    static const enum reference_kind kind[RUNS] = {REFERENCE_MARKOV, REFERENCE_POPULARITY,
                                                   REFERENCE_ITEM_KNN};
    assert_non_null(mkdtemp(folder));
    write_files();
    char *interactions = path_join(folder, "x.inter.json"),
         *ids = path_join(folder, "x.index.json"), *texts = path_join(folder, "x.item.json");
    const char *paths[] = {interactions, ids, texts, NULL};
    study = study_of_files(paths, &dir);
    struct error err = {0};
    int64_t id[RUNS];
    for (int i = 0; i < RUNS; i++) {
        struct reference_run wanted = {.kind = kind[i], .on = i == 2};
        if (!train_reference(study, &wanted, NULL, &run[i], &err))
            fail_msg("%s", err.text);
        id[i] = run[i]->id;
    }
    for (int i = 0; i < RUNS; i++)
        assert_non_null(run[i] = study_run_by_id(study, id[i]));
    free(interactions);
    free(ids);
    free(texts);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    remove_study(study, dir);
    return dir_remove(folder, NULL) ? 0 : -1;
}

static struct definition defined(const char *text)
{
    struct definition d;
    struct error err = {0};
    if (!definition_parse(text, &d, &err))
        fail_msg("%s", err.text);
    return d;
}

static struct training training_of(const struct definition *d)
{
    return split_training(study_split(study), study_corpus(study),
                          d->train_valid ? TRAINED_ON_TRAIN_VALID : TRAINED_ON_TRAIN);
}

/* T[x][v], and in *users by how many distinct ones; every position is looked at. */
static int64_t follows(const struct training *t, int32_t x, int32_t v, int32_t *users)
{
    int64_t n = 0;
    *users = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        int64_t before = n;
        for (int32_t p = 1; p < t->end[u]; p++)
            n += s[p - 1] == x && s[p] == v;
        *users += n > before;
    }
    return n;
}

static int64_t popularity(const struct training *t, int32_t item)
{
    int64_t n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++)
        for (int32_t p = 0; p < t->end[u]; p++)
            n += corpus_sequence(t->corpus, u)[p] == item;
    return n;
}

static void check_item(const struct item_table *table, const struct training *t, int32_t x)
{
    int32_t users, out = 0, in = 0;
    int64_t total = 0;
    for (int32_t v = 0; v < ITEMS; v++) {
        int64_t n = follows(t, x, v, &users);
        total += n;
        out += n > 0;
        in += follows(t, v, x, &users) > 0;
    }
    assert_int_equal(table->edges->pop[x], popularity(t, x));
    assert_int_equal(item_out_degree(table->edges, x), out);
    assert_int_equal(item_in_degree(table->edges, x), in);
    double self = item_self_prediction(table->edges, x);
    if (total == 0)
        assert_true(isnan(self));
    else
        assert_true(fabs(self - (double)follows(t, x, x, &users) / (double)total) < 1e-12);
}

/* How often the item is in the first k of the lists, and how often of those in the candidate set.
 */
static void count_lists(const struct training *t, const struct definition *d, enum part part,
                        const struct study_run *r, int32_t item, int64_t *recommended,
                        int64_t *rote)
{
    const struct case_list *cases = &study_split(study)->part[part];
    *recommended = *rote = 0;
    for (int64_t at = 0; at < cases->n; at++) {
        bool there = false;
        for (int32_t i = 0; i < d->k && i < r->recs[part].depth; i++)
            there |= recs_row(&r->recs[part], at)[i] == item;
        if (!there)
            continue;
        struct naive_onehop c;
        const int32_t *s = corpus_sequence(study_corpus(study), cases->user[at]);
        naive_onehop(t, d, cases->user[at], s, cases->position[at], s[cases->position[at]], &c);
        *recommended += 1;
        *rote += c.has[item];
    }
}

static const char *const definitions[] = {"last", "any,k=3", "iirg", "pred=last:2,cap=3,own=leave",
                                          "any,edges=train+valid,history=remove,k=50"};

static void the_table_says_what_a_count_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        struct definition d = defined(definitions[i]);
        struct training t = training_of(&d);
        struct item_table table;
        struct error err = {0};
        enum part part = i % 2 ? PART_VALID : PART_TEST;
        parallel_set_threads(1 + (int)i % 3);
        if (!item_table_make(study, part, run, RUNS, &d, NULL, &table, &err))
            fail_msg("%s", err.text);
        assert_int_equal(table.n_runs, RUNS);
        assert_int_equal(table.n_items, study_corpus(study)->n_items);
        for (int32_t x = 0; x < table.n_items; x++) {
            assert_int_equal(table.by_rank[table.rank[x]], x);
            check_item(&table, &t, x);
            for (int r = 0; r < RUNS; r++) {
                int64_t recommended, rote;
                count_lists(&t, &d, part, run[r], x, &recommended, &rote);
                assert_int_equal(table.run[r].recommended[x], recommended);
                assert_int_equal(table.run[r].rote[x], rote);
                double share = item_rote_share(&table.run[r], x);
                assert_true(recommended ? fabs(share - (double)rote / (double)recommended) < 1e-12
                                        : isnan(share));
            }
        }
        item_table_release(&table);
    }
    parallel_set_threads(0);
}

static void rote_adds_up_to_the_one_hop_ratio(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++) {
        struct definition d = defined(definitions[i]);
        struct item_table table;
        struct error err = {0};
        const struct case_list *cases = &study_split(study)->part[PART_TEST];
        assert_true(item_table_make(study, PART_TEST, run, RUNS, &d, NULL, &table, &err));
        for (int r = 0; r < RUNS; r++) {
            struct onehop_scores scores;
            int64_t sum = 0;
            for (int32_t x = 0; x < table.n_items; x++)
                sum += table.run[r].rote[x];
            assert_true(onehop_score(study_onehop(study, &d, &err), cases, &run[r]->recs[PART_TEST],
                                     &scores, NULL, &err));
            assert_true(sum > 0);
            assert_true(fabs((double)sum - scores.ratio * d.k * (double)cases->n) < 1e-6);
            onehop_scores_release(&scores);
        }
        item_table_release(&table);
    }
}

static void runs_without_lists_and_no_runs(void **state)
{
    (void)state;
    struct study_run empty = {.name = "empty"};
    const struct study_run *two[] = {&empty, run[1]};
    struct definition d = definition_last();
    struct item_table table;
    struct item_detail detail;
    struct error err = {0};
    assert_true(item_table_make(study, PART_TEST, two, 2, &d, NULL, &table, &err));
    assert_int_equal(table.n_runs, 1);
    assert_ptr_equal(table.run[0].run, run[1]);
    item_table_release(&table);
    assert_true(item_table_make(study, PART_TEST, NULL, 0, &d, NULL, &table, &err));
    assert_int_equal(table.n_runs, 0);
    item_table_release(&table);
    assert_true(item_detail_make(study, 0, PART_TEST, NULL, 0, &d, NULL, &detail, &err));
    assert_int_equal(detail.n_receivers, 0);
    assert_true(detail.n_holders > 0);
    item_detail_release(&detail);
    struct progress stop = {.cancel = true};
    assert_false(item_table_make(study, PART_TEST, run, RUNS, &d, &stop, &table, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
    assert_false(item_detail_make(study, 0, PART_TEST, run, RUNS, &d, &stop, &detail, &err));
    assert_int_equal(err.code, ERROR_CANCELLED);
}

/* ---- the detail ---- */

static void check_order(const struct item_links *links, const struct edges *edges)
{
    for (int32_t i = 1; i < links->n; i++) {
        const struct item_link *a = &links->link[i - 1], *b = &links->link[i];
        int64_t pop_a = edges->pop[a->item], pop_b = edges->pop[b->item];
        assert_true(
            a->count > b->count ||
            (a->count == b->count && (pop_a > pop_b || (pop_a == pop_b && a->item < b->item))));
    }
}

static void check_edges(const struct item_detail *d, const struct training *t)
{
    int32_t n_out = 0, n_in = 0, users;
    for (int32_t v = 0; v < ITEMS; v++) {
        n_out += follows(t, d->item, v, &users) > 0;
        n_in += follows(t, v, d->item, &users) > 0;
    }
    assert_int_equal(d->successors.n, n_out);
    assert_int_equal(d->predecessors.n, n_in);
    for (int side = 0; side < 2; side++) {
        const struct item_links *links = side ? &d->predecessors : &d->successors;
        check_order(links, d->edges);
        for (int32_t i = 0; i < links->n; i++) {
            int32_t x = side ? links->link[i].item : d->item,
                    v = side ? d->item : links->link[i].item;
            assert_int_equal(links->link[i].count, follows(t, x, v, &users));
            assert_int_equal(links->link[i].users, users);
            assert_true(links->link[i].score == edges_lift(d->edges, x, v));
        }
    }
}

static void check_collaborative(const struct item_detail *d, const struct neighbours *taught)
{
    const int32_t *row = neighbours_of(taught, d->item);
    for (int32_t i = 0; i < d->collaborative.n; i++) {
        assert_int_equal(d->collaborative.link[i].item, row[i]);
        assert_true(d->collaborative.link[i].users <= d->collaborative.link[i].count);
    }
    assert_int_equal(row[d->collaborative.n], NEIGHBOURS_NONE);
    check_order(&d->collaborative, d->edges);
}

static void check_holders(const struct item_detail *d, const struct training *t)
{
    int64_t n = 0;
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        int32_t first = -1, times = 0;
        for (int32_t p = 0; p < t->end[u]; p++)
            if (s[p] == d->item) {
                first = times == 0 ? p : first;
                times++;
            }
        if (times == 0)
            continue;
        assert_true(n < d->n_holders);
        assert_int_equal(d->holder[n].user, u);
        assert_int_equal(d->holder[n].times, times);
        assert_int_equal(d->holder[n].position, first);
        assert_int_equal(d->holder[n++].length, t->end[u]);
    }
    assert_int_equal(d->n_holders, n);
}

static void check_ids(const struct item_detail *d)
{
    const int32_t *id = study_dataset(study)->semid;
    int32_t n = 0, whole = 0;
    for (int32_t y = 0; y < study_corpus(study)->n_items; y++) {
        n += y != d->item && id[y * LEVELS] == id[d->item * LEVELS];
        bool same = y != d->item;
        for (int l = 0; l < LEVELS; l++)
            same = same && id[y * LEVELS + l] == id[d->item * LEVELS + l];
        whole += same;
    }
    assert_int_equal(d->same_id.n, n);
    assert_int_equal(d->same_whole_id, whole);
    check_order(&d->same_id, d->edges);
}

/* Rank, badge and rote are those of the case view. */
static void check_receivers(const struct item_detail *d, const struct definition *def,
                            enum part part)
{
    int64_t found = 0;
    for (int64_t i = 0; i < d->n_receivers; i++) {
        const struct item_receiver *to = &d->receiver[i];
        struct case_view view;
        struct error err = {0};
        if (!case_view_make(study, to->user, part, run, RUNS, def, &view, &err))
            fail_msg("%s", err.text);
        assert_int_equal(view.case_at, to->at);
        for (int r = 0; r < RUNS; r++) {
            const struct item_place *place = &to->place[r];
            int32_t rank = 0;
            for (int32_t k = 0; k < view.run[r].n && k < def->k && !rank; k++)
                rank = view.run[r].rec[k].item == d->item ? k + 1 : 0;
            assert_int_equal(place->rank, rank);
            if (!rank)
                continue;
            const struct case_rec *rec = &view.run[r].rec[rank - 1];
            found++;
            assert_true(place->labelled);
            assert_int_equal(place->rote, rec->counted);
            assert_int_equal(place->target, rec->is_target);
            assert_int_equal(place->badge, rec->badge);
            assert_int_equal(place->relation_type, rec->relation_type);
            assert_int_equal(place->relation_hop, rec->relation_hop);
            assert_int_equal(place->verbatim, rec->verbatim);
        }
        case_view_release(&view);
    }
    for (int r = 0; r < RUNS; r++)
        found -= d->recommended[r];
    assert_int_equal(found, 0);
}

static void the_detail_says_what_a_count_says(void **state)
{
    (void)state;
    static const char *const asked[] = {"last", "any,edges=train+valid,k=4"};
    for (int i = 0; i < 2; i++) {
        struct definition def = defined(asked[i]);
        struct training t = training_of(&def);
        struct error err = {0};
        enum part part = i ? PART_VALID : PART_TEST;
        struct neighbours taught;
        struct item_table table;
        assert_true(item_table_make(study, part, run, RUNS, &def, NULL, &table, &err));
        assert_true(neighbours_collaborative(&t, table.edges->pop, 5, ITEMS, &taught, NULL, &err));
        for (int32_t x = 0; x < table.n_items; x++) {
            struct item_detail d;
            if (!item_detail_make(study, x, part, run, RUNS, &def, NULL, &d, &err))
                fail_msg("%s", err.text);
            assert_int_equal(d.window, 5);
            assert_int_equal(d.rank, table.rank[x] + 1);
            check_edges(&d, &t);
            check_collaborative(&d, &taught);
            check_holders(&d, &t);
            check_ids(&d);
            check_receivers(&d, &def, part);
            for (int r = 0; r < RUNS; r++) {
                assert_int_equal(d.recommended[r], table.run[r].recommended[x]);
                assert_int_equal(d.rote[r], table.run[r].rote[x]);
            }
            item_detail_release(&d);
        }
        neighbours_release(&taught);
        item_table_release(&table);
    }
}

static void unlabelled_lists_have_no_badge(void **state)
{
    (void)state;
    struct study_run plain = *run[1];
    const struct study_run *runs[] = {&plain};
    struct definition d = definition_last();
    struct item_detail detail;
    struct error err = {0};
    plain.relation[PART_TEST] = NULL;
    assert_true(item_detail_make(study, run[1]->recs[PART_TEST].item[0], PART_TEST, runs, 1, &d,
                                 NULL, &detail, &err));
    assert_true(detail.n_receivers > 0);
    for (int64_t i = 0; i < detail.n_receivers; i++)
        assert_false(detail.receiver[i].place[0].labelled);
    item_detail_release(&detail);
}

static void what_is_alike_is_what_iirg_is_taught(void **state)
{
    (void)state;
    struct error err = {0};
    struct neighbours taught;
    const struct item_vectors *v = study_item_vectors(study, NULL, &err);
    if (!v)
        fail_msg("%s", err.text);
    int32_t n_items = study_corpus(study)->n_items;
    assert_ptr_equal(v, study_item_vectors(study, NULL, &err));
    assert_true(neighbours_semantic(v->x, n_items, v->width, ITEM_ALIKE, &taught, NULL, &err));
    for (int32_t x = 0; x < n_items; x++) {
        struct item_links links;
        bool from_texts = false;
        assert_true(item_alike(study, x, NULL, &links, &from_texts, &err));
        assert_true(from_texts);
        assert_int_equal(links.n, n_items - 1);
        for (int32_t i = 0; i < links.n; i++) {
            assert_int_equal(links.link[i].item, neighbours_of(&taught, x)[i]);
            assert_true(links.link[i].score <= 1.0001);
        }
        item_links_release(&links);
    }
    neighbours_release(&taught);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_what_a_count_says),
        cmocka_unit_test(rote_adds_up_to_the_one_hop_ratio),
        cmocka_unit_test(runs_without_lists_and_no_runs),
        cmocka_unit_test(the_detail_says_what_a_count_says),
        cmocka_unit_test(unlabelled_lists_have_no_badge),
        cmocka_unit_test(what_is_alike_is_what_iirg_is_taught),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
