/* Every view as it looks (golden.h): a row of this table is a workspace and the way to a view. */
#include "tests/tui/golden.h"
#include "tests/tui/screens_fixture.h"

static const char *sample, *compared, *small, *trained, *seeds, *ids, *tokens, *own_ids;

struct picture {
    const char *name, **dir;
    const char *way[12];
};

#define NEXT4 "next-pane", "next-pane", "next-pane", "next-pane"

static const struct picture study[] = {
    {"overview", &sample, {"overview"}},
    {"overview-findings", &sample, {"next-pane"}},
    {"overview-no-runs", &small, {"overview"}},
    {"overview-seeds", &seeds, {"overview"}},
    {"overview-unfolded", &seeds, {"go 3", "open"}},
    {"finding", &sample, {"next-pane", "down", "open"}},
    {"frontier", &seeds, {"plot"}},
    {"tour", &sample, {"tour"}},
    {"users", &sample, {"users", "down"}},
    {"users-sorted",
     &sample,
     {"users", "filter !Kit", "sort-down markov.rote", "sort popularity.rank", "mark"}},
    {"users-find", &sample, {"find won"}},
    {"users-no-runs", &small, {"users"}},
    {"items", &sample, {"items", "down"}},
    {"items-sorted", &sample, {"runs markov", "items", "filter !Kit", "sort-down", "top", "mark"}},
    {"items-no-runs", &small, {"items"}},
    {"item", &sample, {"item tea33", "down"}},
    {"item-lists", &sample, {"item tea33", "previous-pane", "down"}},
    {"item-users", &sample, {"item tea33", "previous-pane", "previous-pane"}},
    {"item-ids", &ids, {"item 1", NEXT4}},
    {"item-own-ids", &own_ids, {"runs gr-two", "item bowl", NEXT4}},
    {"item-no-runs", &small, {"item x"}},
    {"recs", &sample, {"recommendations", "down"}},
    {"recs-sorted",
     &sample,
     {"runs markov", "recommendations", "filter Seal", "sort-down match", "mark"}},
    {"recs-case", &sample, {"recommendations", "search u1854", "down", "down", "open"}},
    {"recs-none", &small, {"recommendations"}},
};

static const struct picture cases[] = {
    {"case", &sample, {"runs markov,popularity", "user u1854"}},
    {"case-evidence", &sample, {"runs markov", "user u1854", "open", "down"}},
    {"case-what-if", &sample, {"runs markov", "user u1854", "what-if"}},
    {"case-related", &sample, {"user u1854"}},
    {"case-valid", &sample, {"part valid", "runs markov", "user u0671", "next-pane", "down"}},
    {"case-tokens", &tokens, {"runs markov", "user ben", "level"}},
    {"case-tokens-2", &tokens, {"runs markov,popularity", "user ben", "level", "down"}},
    {"case-roll-out", &sample, {"runs markov", "user u1854", "roll-out", "down", "down"}},
    {"case-roll-out-apart", &sample, {"user u1854", "roll-out 3 popularity"}},
    {"case-roll-out-wide", &tokens, {"runs markov", "user ben", "roll-out"}},
    {"case-tokens-own", &own_ids, {"runs gr,markov", "user ben", "level"}},
    {"case-tokens-other", &own_ids, {"runs gr,gr-two", "user ben", "level", "right"}},
    {"case-none", &small, {"user cai"}},
    {"case-no-runs", &small, {"user ben"}},
};

static const struct picture runs[] = {
    {"runs", &trained, {"runs-list", "down", "mark"}},
    {"runs-figures", &sample, {"runs-list"}},
    {"runs-none", &small, {"runs-list"}},
    {"run", &trained, {"run gr-next"}},
    {"run-training", &trained, {"run gr-iirg", "previous-pane"}},
    {"run-failed", &trained, {"run broken"}},
    {"run-options", &trained, {"run gr-next", "next-pane", "next-pane"}},
    {"run-figures", &sample, {"run markov"}},
    {"run-other", &trained, {"run other"}},
    {"new-run", &sample, {"new-run", "search learning-rate"}},
    {"new-run-changed",
     &sample,
     {"new-run", "set model=gr", "set iirg=on", "set iirg.lambda_c=0.5", "set dropout=0.2",
      "set name=two words", "set seeds=3", "search lambda_c"}},
    {"new-run-long",
     &small,
     {"new-run",
      "set strategy=canary:count=30,copies=64,length=7+augment:crop=0.5,mask=0.2,p=0.4+"
      "iirg:lambda_c=0.5,lambda_s=0.25,window=3,keep=8,generate=4,backfill=off",
      "set dropout=0.25", "set learning-rate=0.0005", "set weight-decay=0.02",
      "search embed-width"}},
    {"new-run-counted", &small, {"new-run", "set model=markov", "set order=3", "bottom"}},
    {"new-run-wrong",
     &small,
     {"new-run", "set width=65", "set trained-on=train+valid", "search width"}},
};

#define COMPARE "compare markov item-knn"

static const struct picture comparisons[] = {
    {"compare", &compared, {COMPARE}},
    {"compare-slices", &compared, {COMPARE, "next-pane", "down", "down"}},
    {"compare-gain", &compared, {COMPARE, "next-pane", "next-pane"}},
    {"compare-labels", &compared, {COMPARE, "previous-pane", "previous-pane"}},
    {"compare-users", &compared, {COMPARE, "previous-pane"}},
    {"compare-alike", &compared, {"compare markov markov"}},
    {"compare-won", &compared, {COMPARE, "compare-users won reachable"}},
};

static const struct picture tools[] = {
    {"query",
     &sample,
     {"sql SELECT item_id, title, count(*) AS n, count(*) * 1.0 / 3000 AS share, rating, "
      "x'00ff' AS bytes FROM interaction GROUP BY item ORDER BY n DESC, item",
      "down", "mark", "sort title", "filter Tea"}},
    {"query-wrong",
     &sample,
     {"sql SELECT user_id, length FROM user WHERE length > 4 AND user_id LIKE 'u%' AND "
      "lenth < 100 ORDER BY length DESC, user_id LIMIT 100"}},
    {"query-nothing", &sample, {"sql SELECT user_id, length FROM user WHERE length > 10000"}},
    {"schema", &sample, {"schema", "filter interaction"}},
    {"frequency", &sample, {"items", "frequency title", "down"}},
    {"frequency-numbers", &sample, {"users", "frequency items"}},
    {"detail", &sample, {"users", "down", "detail"}},
    {"columns", &sample, {"users", "columns", "down"}},
    {"help", &sample, {"runs markov", "user u1854", "help"}},
    {"help-found", &sample, {"help", "filter sort", "down"}},
    {"messages-none", &sample, {"messages"}},
    {"messages", &sample, {"runs markov", "user u1854", "what-if", "messages"}},
    {"commands", &sample, {"runs markov", "users", "sort-down items", "commands"}},
};

/* Says what the glyphs are in both sets. */
static const struct picture with_badges = {
    "recs-help", &sample, {"recommendations", "column how", "help"}};

static void check(const struct picture *pictures, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct picture *p = &pictures[i];
        struct screens s;
        screens_open(&s, *p->dir, SCREENS_READ);
        for (size_t k = 0; k < ARRAY_LEN(p->way) && p->way[k]; k++)
            DO(&s, p->way[k]);
        golden_check(s.app, p->name,
                     p->dir == &tokens || p->dir == &own_ids || p == &with_badges
                         ? GOLDEN_ANY_DATA
                         : GOLDEN_ASCII_DATA);
        screens_close(&s);
    }
}

static void of_the_study(void **state)
{
    (void)state;
    check(study, ARRAY_LEN(study));
}

static void of_cases(void **state)
{
    (void)state;
    check(cases, ARRAY_LEN(cases));
}

static void of_runs(void **state)
{
    (void)state;
    check(runs, ARRAY_LEN(runs));
}

static void of_comparisons(void **state)
{
    (void)state;
    check(comparisons, ARRAY_LEN(comparisons));
}

static void of_tools(void **state)
{
    (void)state;
    check(tools, ARRAY_LEN(tools));
    check(&with_badges, 1);
}

/* What is open over a view while keys are awaited. */
static void of_prompts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *typed;
        uint32_t after[2];
    } prompts[] = {
        {"which-key", "g", {0}},           {"completion", ":sor", {K_TAB, K_TAB}},
        {"palette", "\013pane", {K_DOWN}}, {"palette-nothing", "\013zzz", {0}},
        {"search", "/u18", {0}},           {"filter-wrong", "&u[", {K_ENTER}},
        {"definition", "da", {K_TAB}},
    };
    for (size_t i = 0; i < ARRAY_LEN(prompts); i++) {
        struct screens s;
        screens_open(&s, sample, SCREENS_READ);
        DO(&s, "users");
        screens_type(&s, prompts[i].typed);
        for (size_t k = 0; k < 2 && prompts[i].after[k]; k++)
            screens_press(&s, prompts[i].after[k]);
        golden_check(s.app, prompts[i].name, GOLDEN_ASCII_DATA);
        screens_close(&s);
    }
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    setenv("ROTE_TEST_NOW", "1700000000", 1);
    sample = sample_workspace_make();
    compared = compared_workspace_make();
    small = small_workspace_make();
    trained = trained_workspace_make();
    seeds = seeds_workspace_make();
    ids = ids_workspace_make();
    tokens = tokens_workspace_make();
    own_ids = own_ids_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_the_study),   cmocka_unit_test(of_cases), cmocka_unit_test(of_runs),
        cmocka_unit_test(of_comparisons), cmocka_unit_test(of_tools), cmocka_unit_test(of_prompts),
    };
    return SCREENS_RUN(tests);
}
