/* The recommendations sheet in process: its rows against the lists and the case view, its pictures,
 * and the figures of the targets that are counted once. */
#include "analysis/label/relation.h"
#include "analysis/report/case_view.h"
#include "storage/db/dataset.h"
#include "storage/db/metric_store.h"
#include "tests/tui/screens_fixture.h"
#include "tui/screens/figures.h"
#include "tui/screens/recs_source.h"

static const char *sample, *small;

struct rows {
    struct study *study;
    struct host host;
    const struct study_run *run[HOST_RUNS];
    size_t n_runs;
    const struct edges *edges[2];
    struct sheet_source *source;
    struct buf scratch;
};

static void open_rows(struct rows *r, int32_t k)
{
    struct error err = {0};
    *r = (struct rows){0};
    assert_true(study_open(sample, true, NULL, &r->study, &err));
    host_init(&r->host, r->study);
    r->n_runs = host_shown_runs(&r->host, r->run);
    assert_int_equal(r->n_runs, 2);
    r->edges[TRAINED_ON_TRAIN] = study_edges(r->study, TRAINED_ON_TRAIN, &err);
    r->source = recs_source_new(&r->host, PART_TEST, k, r->run, r->n_runs, r->edges);
    buf_init(&r->scratch);
}

static void close_rows(struct rows *r)
{
    sheet_source_unref(r->source);
    buf_release(&r->scratch);
    study_close(r->study);
}

static struct value cell(struct rows *r, int64_t row, enum recs_column column)
{
    struct value v = {0};
    buf_clear(&r->scratch);
    r->source->ops->cell(r->source, row, column, &v, &r->scratch);
    return v;
}

static void expect_cell_text(struct rows *r, int64_t row, enum recs_column column, const char *text)
{
    struct value v = cell(r, row, column);
    assert_int_equal(v.n, strlen(text));
    assert_memory_equal(v.text, text, v.n);
}

/* Every slot once, in the order case, run, rank; the identity leads back to the row. */
static void every_slot_is_a_row(void **state)
{
    (void)state;
    static const int32_t depths[] = {1, 10, 1000};
    for (size_t d = 0; d < ARRAY_LEN(depths); d++) {
        struct rows r;
        open_rows(&r, depths[d]);
        const struct case_list *cases = &study_split(r.study)->part[PART_TEST];
        int32_t k = depths[d] < 50 ? depths[d] : 50;
        assert_int_equal(r.source->n_rows, cases->n * 2 * k);
        int64_t row = 0;
        for (int64_t at = 0; at < cases->n; at++)
            for (size_t run = 0; run < 2; run++)
                for (int32_t rank = 1; rank <= k; rank++, row++) {
                    int64_t id = r.source->ops->id(r.source, row);
                    struct recs_place place = recs_place_of(id);
                    assert_int_equal(place.at, at);
                    assert_int_equal(place.run, r.run[run]->id);
                    assert_int_equal(place.rank, rank);
                    assert_int_equal(r.source->ops->row(r.source, id), row);
                    if (row % 97 != 0)
                        continue;
                    int32_t item = recs_row(&r.run[run]->recs[PART_TEST], at)[rank - 1];
                    expect_cell_text(&r, row, RECS_USER, host_user_id(&r.host, cases->user[at]));
                    expect_cell_text(&r, row, RECS_RUN, r.run[run]->name);
                    expect_cell_text(&r, row, RECS_ITEM, host_item_title(&r.host, item));
                    expect_cell_text(&r, row, RECS_ID, host_item_id(&r.host, item));
                    assert_int_equal(cell(&r, row, RECS_RANK).i, rank);
                }
        assert_int_equal(row, r.source->n_rows);
        close_rows(&r);
    }
}

/* An identity of a run that is not shown, or beyond K, is in no row. */
static void what_is_not_shown_has_no_row(void **state)
{
    (void)state;
    struct rows r;
    open_rows(&r, 10);
    struct sheet_source *deep = recs_source_new(&r.host, PART_TEST, 20, r.run, 2, r.edges);
    struct sheet_source *one = recs_source_new(&r.host, PART_TEST, 10, r.run, 1, r.edges);
    for (int64_t row = 0; row < 200; row++) {
        int64_t id = deep->ops->id(deep, row);
        struct recs_place place = recs_place_of(id);
        assert_int_equal(r.source->ops->row(r.source, id) >= 0, place.rank <= 10);
        assert_int_equal(one->ops->row(one, id) >= 0,
                         place.rank <= 10 && place.run == r.run[0]->id);
    }
    sheet_source_unref(deep);
    sheet_source_unref(one);
    close_rows(&r);
}

static void check_badge(const struct case_rec *rec, const struct value *how)
{
    enum badge badge = (enum badge)(int)how->r;
    assert_int_equal(badge, rec->badge);
    if (badge == BADGE_VERBATIM)
        assert_int_equal(how->text[0] - '0', rec->verbatim);
    if (badge == BADGE_RELATED) {
        assert_int_equal(how->text[0], rec->relation_type);
        assert_int_equal(how->text[1] - '0', rec->relation_hop);
    }
}

/* The runs as an older version labelled them. Released by close_rows(). */
static void forget_one_hop(struct rows *r, struct study_run old[2])
{
    for (size_t i = 0; i < 2; i++) {
        old[i] = *r->run[i];
        old[i].one_hop[PART_TEST] = NULL;
        r->run[i] = &old[i];
    }
    sheet_source_unref(r->source);
    r->source = recs_source_new(&r->host, PART_TEST, 10, r->run, 2, r->edges);
}

static void check_cells(bool old_labels)
{
    struct rows r;
    struct error err = {0};
    struct definition last = definition_last();
    int hits = 0, verbatim = 0, repeats = 0, any = 0;
    struct study_run old[2];
    open_rows(&r, 10);
    if (old_labels)
        forget_one_hop(&r, old);
    for (int32_t user = 0; user < 3000; user += 23) {
        struct case_view view;
        if (!case_view_make(r.study, user, PART_TEST, r.run, 2, &last, &view, &err))
            continue;
        for (int i = 0; i < 20; i++) {
            const struct case_rec *rec = &view.run[i / 10].rec[i % 10];
            int64_t row = view.case_at * 20 + i;
            struct value how = cell(&r, row, RECS_HOW);
            check_badge(rec, &how);
            assert_int_equal(cell(&r, row, RECS_HIT).r, rec->is_target);
            assert_int_equal(cell(&r, row, RECS_MATCH).i, rec->verbatim);
            int32_t before = view.history[view.n_history - 1];
            assert_int_equal(cell(&r, row, RECS_FOLLOWED).i,
                             edges_count(r.edges[TRAINED_ON_TRAIN], before, rec->item));
            struct value score = cell(&r, row, RECS_SCORE);
            assert_true(score.r == (double)rec->score);
            static const char *const names[] = {"", "memorization", "generalization",
                                                "uncategorized"};
            expect_cell_text(&r, row, RECS_LABEL, names[relation_class(rec->relation)]);
            hits += rec->is_target;
            verbatim += rec->badge == BADGE_VERBATIM;
            repeats += rec->badge == BADGE_REPEAT;
            any += rec->badge == BADGE_ANY;
            uint64_t key;
            uint32_t at = (uint32_t)row;
            r.source->ops->keys(r.source, RECS_HOW, &at, 1, &key);
            assert_true(key == sheet_key_real(rec->badge));
        }
        case_view_release(&view);
    }
    assert_true(hits > 10 && verbatim > 10 && any > 10);
    assert_int_equal(repeats, 0); /* counted models leave out the history */
    close_rows(&r);
}

/* The same as the case view says, which asks the match index; the badge by the stored labels, and
 * where an older version stored them, by the edges. */
static void cells_agree_with_the_case(void **state)
{
    (void)state;
    check_cells(false);
    check_cells(true);
}

/* Runs without labels, an empty slot, an illegal one, one of the history. */
static void what_is_missing_is_shown_as_such(void **state)
{
    (void)state;
    struct rows r;
    open_rows(&r, 10);
    const struct corpus *corpus = study_corpus(r.study);
    const struct case_list *cases = &study_split(r.study)->part[PART_TEST];
    size_t n = (size_t)cases->n * 3;
    int32_t *item = mem_zalloc(n, sizeof *item);
    item[0] = RECS_NONE;
    item[1] = RECS_ILLEGAL;
    item[2] = corpus_sequence(corpus, cases->user[0])[0];
    struct study_run run = {.id = 7, .name = "bare", .recs = {{cases->n, 3, item, NULL}}};
    const struct study_run *runs[] = {&run};
    const struct edges *none[2] = {NULL, NULL};
    sheet_source_unref(r.source);
    r.source = recs_source_new(&r.host, PART_TEST, 10, runs, 1, none);
    assert_int_equal(r.source->n_rows, cases->n * 3);
    expect_cell_text(&r, 0, RECS_ITEM, "missing");
    expect_cell_text(&r, 1, RECS_ITEM, "illegal");
    assert_int_equal(cell(&r, 0, RECS_HOW).r, BADGE_ILLEGAL);
    assert_int_equal(cell(&r, 1, RECS_HOW).r, BADGE_ILLEGAL);
    assert_int_equal(cell(&r, 2, RECS_HOW).r, BADGE_REPEAT);
    static const enum recs_column empty[] = {RECS_MATCH, RECS_FOLLOWED, RECS_SCORE, RECS_LABEL};
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        assert_true(cell(&r, 2, empty[i]).missing);
    assert_int_equal(cell(&r, 0, RECS_HIT).r, 0);
    close_rows(&r);
    free(item);
}

/* Columns read at once say what their cells say. */
static void columns_at_once_agree(void **state)
{
    (void)state;
    struct rows r;
    struct buf scratch;
    buf_init(&scratch);
    open_rows(&r, 10);
    const struct sheet_source_ops *ops = r.source->ops;
    for (int column = 0; column < RECS_COLUMNS; column++) {
        int64_t entries = ops->entries(r.source, column);
        enum column_kind kind = r.source->columns[column].kind;
        assert_int_equal(entries > 0, kind == COLUMN_TEXT || kind == COLUMN_TITLE);
        for (uint32_t row = 0; row < 60000; row += 131) {
            uint32_t two[] = {row, (row + 17) % 60000};
            uint64_t key[2];
            assert_true(ops->keys(r.source, column, two, 2, key));
            for (int i = 0; i < 2; i++) {
                struct value v = cell(&r, two[i], (enum recs_column)column), e = {0};
                if (v.missing) {
                    assert_true(key[i] == SHEET_KEY_MISSING);
                } else if (entries > 0) {
                    int64_t at = sheet_int_of_key(key[i]);
                    assert_in_range(at, 0, entries - 1);
                    ops->entry(r.source, column, at, &e, &scratch);
                    assert_int_equal(e.n, v.n);
                    assert_memory_equal(e.text, v.text, v.n);
                } else {
                    assert_true(key[i] ==
                                (kind == COLUMN_INT ? sheet_key_int(v.i) : sheet_key_real(v.r)));
                }
            }
        }
    }
    struct value missing = {0}, illegal = {0};
    int64_t n_items = study_dataset(r.study)->n_items;
    ops->entry(r.source, RECS_ITEM, n_items, &missing, &scratch);
    ops->entry(r.source, RECS_ITEM, n_items + 1, &illegal, &scratch);
    assert_string_equal(missing.text, "missing");
    assert_string_equal(illegal.text, "illegal");
    buf_release(&scratch);
    close_rows(&r);
}

/* ---- badges are found ---- */

static int64_t kept(struct screens *s, const char *command)
{
    struct error err = {0};
    app_do(s->app, "unfilter", &err);
    DO(s, command);
    return sheet_count(screens_sheet(s));
}

/* By the glyph and by its ASCII form, in filters and conditions; letters of the ASCII set only
 * where the column is named. Help says which. */
static void badges_are_found(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "recommendations");
    static const char *const same[][4] = {
        {"filter ■3", "filter #3", "where how = \"■3\"", "where how = \"#3\""},
        {"filter ◐", "filter \\+", "where how = \"◐\"", "where how ~ \"^[+]$\""},
        {"filter ○", "where how ~ ^○", "where how ~ ^o", "where how ~ \"^(○|o)\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        int64_t n = kept(&s, same[i][0]);
        assert_true(n > 0 && n < 60000);
        for (size_t j = 1; j < 4; j++)
            if (kept(&s, same[i][j]) != n)
                fail_msg("%s keeps other rows than %s", same[i][j], same[i][0]);
    }
    assert_int_equal(kept(&s, "filter ^o$"), 0); /* a letter is a letter */
    screens_close(&s);
}

/* ---- figures of the targets ---- */

/* Counted once, then read; a read-only workspace stores nothing. */
static void reach_is_counted_once(void **state)
{
    (void)state;
    struct study *study;
    struct error err = {0};
    struct definition any = definition_any();
    struct reach first, second;
    struct metric_set set;
    char key[DEFINITION_TEXT_MAX];
    definition_key(&any, key);
    for (int read_only = 1; read_only >= 0; read_only--) {
        assert_true(study_open(small, read_only, NULL, &study, &err));
        assert_true(reach_get(study, PART_TEST, &any, NULL, &first, &err));
        struct workspace *ws = study_lock(study);
        assert_true(metric_store_get(ws, 0, "test", key, &set, &err));
        assert_int_equal(set.n, read_only ? 0 : 3);
        metric_set_release(&set);
        struct metric other[] = {{"reachable_target.value", 0.125, 0, 0},
                                 {"reachable_target.band.pessimistic", 0, 0, 0},
                                 {"reachable_target.band.optimistic", 1, 0, 0}};
        if (!read_only)
            assert_true(metric_store_put(ws, 0, "test", key, other, 3, &err));
        study_unlock(study);
        assert_true(reach_get(study, PART_TEST, &any, NULL, &second, &err));
        if (read_only)
            assert_true(second.value == first.value);
        else
            assert_true(second.value == 0.125 && second.optimistic == 1);
        study_close(study);
    }
}

int main(void)
{
    sample = sample_workspace_make();
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_is_a_row),
        cmocka_unit_test(what_is_not_shown_has_no_row),
        cmocka_unit_test(cells_agree_with_the_case),
        cmocka_unit_test(what_is_missing_is_shown_as_such),
        cmocka_unit_test(columns_at_once_agree),
        cmocka_unit_test(badges_are_found),
        cmocka_unit_test(reach_is_counted_once),
    };
    return SCREENS_RUN(tests);
}
