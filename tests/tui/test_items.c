/* Items and one item in process: their pictures, every action, and what they say. */
#include "tests/tui/screens_fixture.h"

static const char *sample, *small, *with_ids;

/* ---- every action ---- */

static void every_action(void **state)
{
    (void)state;
    EVERY_ACTION(small, "items");
    EVERY_ACTION(small, "item x");
    EVERY_ACTION(with_ids, "item 3", "next-pane", "next-pane", "next-pane", "next-pane");
    EVERY_ACTION(sample, "items");
    EVERY_ACTION(sample, "item tea33", "previous-pane");
}

/* ---- what they say ---- */

static void rote_follows_the_definition(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "items", "sort-down", "top");
    expect_shown(&s, " 800 of 800 · sort markov.rote↓");
    DO(&s, "runs popularity,markov");
    expect_shown(&s, "sort markov.rote↓");
    DO(&s, "runs markov", "item tea33");
    expect_shown(&s, "markov  395 of 3,000 lists  228 by rote   57.7 %");
    DO(&s, "def any,k=5");
    expect_shown(&s, "any·train·K5");
    expect_shown(&s, " of 3,000 lists");
    assert_false(screens_shows(&s, 24, 80, "228 by rote"));
    screens_close(&s);
}

static void panes_open_items_and_cases(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "items", "open");
    expect_shown(&s, "▸ Items ▸ tea33");
    DO(&s, "open"); /* its first successor */
    expect_shown(&s, "▸ Items ▸ tea33 ▸ tea17");
    DO(&s, "back", "next-pane", "item");
    expect_shown(&s, "▸ tea33 ▸ ");
    DO(&s, "back", "previous-pane", "previous-pane", "open"); /* a user to whom it is recommended */
    expect_shown(&s, "▸ Items ▸ tea33 ▸ u");
    expect_shown(&s, "┌ History ");
    DO(&s, "back", "previous-pane", "open"); /* a user who has it */
    expect_shown(&s, "▸ Items ▸ tea33 ▸ u");
    DO(&s, "back");
    expect_refusal(&s, "item", "these rows are users");
    screens_close(&s);
}

static void the_case_opens_its_items(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "user u1854", "item");
    expect_shown(&s, "▸ u1854 ▸ ink34");
    expect_shown(&s, "Sepia Letter Seal for Left Hands");
    DO(&s, "back", "previous-pane", "top", "item");
    expect_shown(&s, "Selvedge Warping Board");
    screens_close(&s);
}

static void says_what_is_missing(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    expect_refusal(&s, "item", "say which");
    expect_refusal(&s, "item nothing", "there is no item nothing");
    DO(&s, "item x", "previous-pane");
    expect_shown(&s, "no run is shown; r chooses runs");
    expect_shown(&s, "these data bring no semantic ids");
    DO(&s, "previous-pane", "previous-pane", "previous-pane");
    expect_shown(&s, "import item texts");
    DO(&s, "previous-pane", "previous-pane");
    expect_shown(&s, "it follows nothing in training");
    screens_close(&s);
    screens_open(&s, with_ids, SCREENS_READ);
    DO(&s, "item 2");
    expect_shown(&s, "semantic id 1 7 · collides with 1 other item");
    assert_true(screens_shows(&s, 60, 200, "─ Ids 2 ")); /* item 0 begins like it */
    DO(&s, "item 3");
    expect_shown(&s, "no semantic id");
    assert_true(screens_shows(&s, 60, 200, "no other id begins like its own"));
    screens_close(&s);
}

static void ids_are_completed(void **state)
{
    (void)state;
    struct screens s;
    struct completions found = {0};
    screens_open(&s, sample, SCREENS_READ);
    struct app_host host = host_app(&s.host);
    host.complete(&s.host, s.app, ARG_ITEM, "tea3", &found);
    assert_true(found.n > 1);
    for (size_t i = 0; i < found.n; i++) {
        assert_memory_equal(found.item[i], "tea3", 4);
        assert_true(i == 0 || strcmp(found.item[i - 1], found.item[i]) < 0);
    }
    completions_clear(&found);
    host.complete(&s.host, s.app, ARG_ITEM, "", &found);
    assert_int_equal(found.n, 0); /* not the whole catalogue */
    /* More than are offered: what all begin with is what the first and the last begin with. */
    host.complete(&s.host, s.app, ARG_USER, "u1", &found);
    assert_int_equal(found.n, 50);
    assert_string_equal(found.item[0], "u1000");
    assert_string_equal(found.item[49], "u1999");
    assert_int_equal(found.all, 1000);
    completions_clear(&found);
    host.complete(&s.host, s.app, ARG_USER, "u1999", &found);
    assert_int_equal(found.n, 1);
    completions_clear(&found);
    host.complete(&s.host, s.app, ARG_USER, "v", &found);
    assert_int_equal(found.n, 0);
    expect_shown(&s, "none begins with v");
    free(found.item);
    screens_close(&s);
}

int main(void)
{
    sample = sample_workspace_make();
    small = small_workspace_make();
    with_ids = ids_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action),
        cmocka_unit_test(rote_follows_the_definition),
        cmocka_unit_test(panes_open_items_and_cases),
        cmocka_unit_test(the_case_opens_its_items),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(ids_are_completed),
    };
    return SCREENS_RUN(tests);
}
