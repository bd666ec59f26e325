/* Case studies in process: their pictures, every action in their views, what p pins where, and that
 * nothing is changed in a workspace that is for reading only. */
#include "analysis/report/case_study.h"
#include "tests/tui/golden.h"
#include "tests/tui/screens_fixture.h"

static const char *sample;

/* The only case study's pin at a place; the caller releases *pins. */
static const struct case_pin *pin_at(struct screens *s, int64_t study, size_t at,
                                     struct case_pins *pins)
{
    struct error err = {0};
    struct case_study data;
    struct workspace *ws = study_lock(s->study);
    bool ok = case_get(ws, study, &data, pins, &err);
    study_unlock(s->study);
    if (!ok || at >= pins->n)
        fail_msg("no pin %zu: %s", at, err.text);
    case_study_release(&data);
    return &pins->pin[at];
}

static void pictures_and_pins(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "cases");
    golden_check(s.app, "cases-none", GOLDEN_ASCII_DATA);
    DO(&s, "runs markov,popularity", "user u1854", "rank 2 markov", "pin First finding");
    DO(&s, "rank 1 popularity", "pin First finding", "previous-pane", "previous-pane",
       "pin First finding");
    DO(&s, "runs-list", "pin First finding", "users", "filter yes", "sort-down items",
       "pin First finding");
    DO(&s, "cases", "new-case Nothing in it", "case-study first");
    DO(&s, "note the clearest one", "tags rote novel");
    golden_check(s.app, "case-study", GOLDEN_ASCII_DATA);
    struct case_pins pins;
    static const char *const kinds[] = {"recommendation", "recommendation", "user", "run", "sheet"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_string_equal(pin_at(&s, 1, i, &pins)->kind, kinds[i]);
        case_pins_release(&pins);
    }
    const struct case_pin *sheet = pin_at(&s, 1, 4, &pins);
    assert_string_equal(sheet->summary, "Users: 1,048 of 3,000, filter yes, sort-down items");
    assert_string_equal(sheet->link, "def last\nruns markov,popularity\nusers\n"
                                     "restore filter yes\nrestore sort-down items\n");
    assert_string_equal(pins.pin[1].run, "popularity");
    assert_int_equal(pins.pin[1].rank, 1);
    assert_string_equal(pins.pin[3].run, "popularity");
    case_pins_release(&pins);
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    assert_true(case_change(ws, 1,
                            &(struct case_edit){.text = "What was found, in a line that is longer "
                                                        "than a screen of forty columns.\n\nAnd "
                                                        "\twhy: \xe2\x80\xae!"},
                            &err));
    study_unlock(s.study);
    DO(&s, "refresh", "re-check", "bottom");
    golden_check(s.app, "case-study-checked", GOLDEN_ASCII_DATA);
    DO(&s, "next-pane", "bottom");
    golden_check(s.app, "case-study-text", GOLDEN_ASCII_DATA);
    DO(&s, "cases", "down");
    golden_check(s.app, "cases", GOLDEN_ASCII_DATA);
    DO(&s, "search-cases clear");
    expect_shown(&s, "▸ First finding");
    screens_press(&s, K_ESC);
    expect_shown(&s, "1 of 1 · with the words clear");
    DO(&s, "search-cases", "search-cases nowhere");
    expect_shown(&s, "None of the case studies holds these words");
    screens_close(&s);
}

/* Conditions and counted values are filters like patterns: the pin of a sheet keeps them, and opens
 * the same rows again. */
static void pins_keep_conditions(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs markov", "users", "where items > 9", "frequency reachable", "open");
    int64_t n = sheet_count(screens_sheet(&s)), id;
    assert_true(n > 0 && n < 3000);
    DO(&s, "pin Conditions");
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    bool found = case_find(ws, "Conditions", &id, &err);
    study_unlock(s.study);
    assert_true(found);
    struct case_pins pins;
    const struct case_pin *pin = pin_at(&s, id, 0, &pins);
    assert_non_null(strstr(pin->link, "\nusers\nrestore where items > 9\n"
                                      "restore equal reachable\\x09"));
    assert_non_null(strstr(pin->summary, " of 3,000, where items > 9, where reachable = "));
    case_pins_release(&pins);
    DO(&s, "case-study Conditions", "open");
    assert_int_equal(sheet_count(screens_sheet(&s)), n);
    DO(&s, "overview", "undo", "undo");
    screens_close(&s);
}

/* Enter on a title, tags or a note as they are: nothing to take back, and ^R still goes forward. */
static void words_as_they_were_are_no_change(void **state)
{
    (void)state;
    static const char *const words[] = {"title First finding of all", "tags rote one", "note why"};
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "case-study first");
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        char *before = screens_written(sample);
        DO(&s, words[i]);
        char *after = screens_written(sample);
        assert_string_not_equal(after, before);
        DO(&s, words[i]);
        expect_shown(&s, "the words are as they were");
        DO(&s, "undo");
        char *now = screens_written(sample);
        assert_string_equal(now, before);
        free(now);
        free(before);
        free(after);
    }
    DO(&s, "title Another title", "undo", "title First finding");
    expect_shown(&s, "the words are as they were");
    DO(&s, "redo");
    expect_shown(&s, "▸ Another title");
    DO(&s, "undo");
    screens_close(&s);
}

static void pins_open_what_they_show(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs popularity", "cases", "case-study 1", "top", "open");
    expect_shown(&s, "▸ Cases ▸ First finding ▸ u1854");
    expect_shown(&s, "▸  2 ●   Alpine Liquid Rennet");
    DO(&s, "back");
    expect_shown(&s, "▸ Cases ▸ First finding");
    expect_shown(&s, "▸ markov 2 for u1854");
    DO(&s, "down", "open");
    expect_shown(&s, "├ popularity 1 · ");
    DO(&s, "back", "bottom", "open");
    expect_shown(&s, "▸ First finding ▸ Users");
    screens_press(&s, K_ESC);
    expect_shown(&s, " 1,048 of 3,000 · &yes · sort items↓");
    DO(&s, "back", "up", "open");
    expect_shown(&s, "▸ First finding ▸ popularity");
    DO(&s, "overview"); /* from here it is the root again */
    DO(&s, "back!");
    screens_close(&s);
}

static char *link_of_front(struct screens *s)
{
    struct buf link;
    buf_init(&link);
    app_front(s->app)->ops->link(app_front(s->app), &link);
    host_link(&s->host, &link);
    return buf_detach(&link);
}

/* Definition, part and runs belong to the place: q puts them back, from pins in pins too, and so
 * does what leaves the pin by another way, and a pin that cannot be opened. */
static void pins_give_back_what_was_shown(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "def iirg", "part valid", "runs popularity", "cases", "case-study 1", "top");
    char *before = link_of_front(&s);
    DO(&s, "open");
    expect_shown(&s, "last·train·K10   markov | popularity");
    DO(&s, "def any", "case-study 1", "top", "open");
    expect_shown(&s, "last·train·K10   markov | popularity");
    DO(&s, "back");
    expect_shown(&s, "any·train·K10   markov | popularity");
    DO(&s, "back", "back");
    char *after = link_of_front(&s);
    assert_string_equal(before, after);
    free(after);
    DO(&s, "open", "overview");
    assert_int_equal(s.host.part, PART_VALID);
    assert_int_equal(s.host.n_returns, 0);
    free(before);
    screens_close(&s);
}

/* The log has the opening and not what it was made of: replayed, q comes back to the pins. */
static void opening_a_pin_is_one_command(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "case-study 1", "top", "open", "back", "commands");
    expect_shown(&s, "1  case-study 1");
    expect_shown(&s, "2  open");
    expect_shown(&s, "3  back");
    screens_close(&s);
}

/* Keys do not wait for the job whose end opens a view, commands of a script do: what was done
 * meanwhile is logged before the opening, and the script leads to the same state. */
static void keys_during_a_job_are_logged_before_its_view(void **state)
{
    (void)state;
    struct screens s;
    struct error err = {0};
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs-list", "top");
    assert_false(app_do(s.app, "frequency model", &err) & REACT_ERROR);
    assert_false(app_do(s.app, "down", &err) & REACT_ERROR);
    assert_false(app_do(s.app, "mark", &err) & REACT_ERROR);
    jobs_wait(app_jobs(s.app));
    expect_shown(&s, "▸ F model");
    char *before = screens_text(&s, 24, 80);
    DO(&s, "commands");
    char *all = screens_text(&s, 24, 80);
    const char *mark = strstr(all, "  mark"), *open = strstr(all, "  frequency model");
    assert_non_null(mark);
    assert_true(open > mark);
    DO(&s, "back", "back", "unmark-all", "top", "go @2", "mark", "frequency model");
    char *after = screens_text(&s, 24, 80);
    assert_string_equal(before, after);
    DO(&s, "back", "cases");
    app_do(s.app, "new-case Opened late", &err);
    app_do(s.app, "unsort", &err);
    jobs_wait(app_jobs(s.app));
    expect_shown(&s, "▸ Opened late");
    DO(&s, "undo", "commands", "search new-case Opened late", "up");
    expect_shown(&s, "  unsort");
    free(before);
    free(all);
    free(after);
    screens_close(&s);
}

/* u takes a run's name back, wherever it was given. */
static void names_of_runs_are_undone(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs-list", "search markov", "rename-run order-1");
    expect_shown(&s, "is called order-1 now; u takes it back");
    DO(&s, "users", "undo");
    expect_shown(&s, "undone: name order-1 of a run");
    DO(&s, "runs-list");
    expect_shown(&s, " markov ");
    DO(&s, "redo");
    expect_shown(&s, " order-1 ");
    DO(&s, "undo");
    screens_close(&s);
}

static void changes_are_undone(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "case-study 1", "top");
    expect_shown(&s, "▸ markov 2 for u1854");
    DO(&s, "move-down");
    DO(&s, "up");
    expect_shown(&s, "▸ popularity 1 for u1854");
    DO(&s, "down"); /* the cursor stayed on the pin that was moved */
    DO(&s, "delete");
    expect_shown(&s, "deleted the pin; u brings it back");
    expect_shown(&s, "─ Pins 4 ─");
    DO(&s, "undo");
    expect_shown(&s, "undone: removal of a pin from First finding: markov 2");
    expect_shown(&s, "─ Pins 5 ─");
    DO(&s, "undo", "undo", "redo", "redo", "redo", "undo", "undo", "title Second", "tags -");
    expect_shown(&s, "▸ Second");
    expect_shown(&s, "no tags; t sets them");
    expect_refusal(&s, "title", "say the words");
    expect_refusal(&s, "edit", "edit needs a terminal");
    DO(&s, "undo", "undo", "cases", "top", "delete");
    expect_shown(&s, "deleted the case study; u brings it back");
    DO(&s, "undo", "case-study first", "undo", "redo");
    char *line = mem_printf("title %0*d", CASE_TITLE_MAX + 1, 0);
    DO(&s, line);
    expect_shown(&s, "the title has 201 bytes; at most 200 are kept");
    free(line);
    DO(&s, "note -");
    expect_refusal(&s, "case-study nowhere", "there is no case study \"nowhere\"");
    /* one that is deleted under the view */
    int64_t id;
    struct error err = {0};
    struct workspace *ws = study_lock(s.study);
    assert_true(case_find(ws, "first", &id, &err) && case_delete(ws, id, &err));
    study_unlock(s.study);
    DO(&s, "refresh");
    expect_shown(&s, "This case study has been deleted");
    expect_refusal(&s, "title x", "no case study here");
    expect_refusal(&s, "delete", "no row");
    DO(&s, "undo");
    expect_shown(&s, "─ Pins 5 ─");
    screens_close(&s);
}

/* ---- every action ---- */

/* A pin that makes its case study is two changes. */
static void take_back(struct screens *s, enum action_id id, const char *before)
{
    enum { STEPS = 2 };
    for (int i = 0; i <= STEPS; i++) {
        char *now = screens_written(sample);
        bool same = strcmp(now, before) == 0;
        if (!same && i == STEPS)
            fail_msg("%s is not taken back:\n%s\nwas\n%s", action_get(id)->name, now, before);
        free(now);
        if (same)
            return;
        DO(s, id == ACTION_UNDO ? "redo" : "undo");
    }
}

/* What changes case studies, in a workspace that may be changed; each change is taken back, and
 * then everything is as it was. */
static void every_change_after(const char *const *way, size_t n)
{
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    for (int id = 1; id < ACTION_COUNT; id++)
        for (int with = 0; with < 2; with++) {
            const struct action *action = action_get((enum action_id)id);
            if (action->group != GROUP_CASES)
                continue; /* runs and the like are to stay */
            DO(&s, "overview");
            screens_do(&s, way, n);
            char *before = screens_written(sample);
            screens_try(&s, (enum action_id)id, with);
            take_back(&s, (enum action_id)id, before);
            free(before);
        }
    screens_close(&s);
}

static void every_action(void **state)
{
    (void)state;
    static const char *const way[][2] = {
        {"cases"}, {"case-study 1"}, {"case-study 1", "next-pane"}};
    for (size_t i = 0; i < ARRAY_LEN(way); i++) {
        every_change_after(way[i], way[i][1] ? 2 : 1);
        every_action_after(sample, way[i], way[i][1] ? 2 : 1);
    }
}

static void nothing_is_changed_read_only(void **state)
{
    (void)state;
    static const char *const asked[] = {"pin First finding", "undo",   "redo",   "new-case x",
                                        "title x",           "tags x", "note x", "move-down",
                                        "move-up",           "delete", "edit"};
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "case-study first");
    char *before = screens_text(&s, 24, 80);
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        expect_refusal(&s, asked[i], "read-only");
    DO(&s, "refresh");
    char *after = screens_text(&s, 24, 80);
    assert_string_equal(after, before);
    DO(&s, "re-check");
    expect_shown(&s, "still so");
    free(before);
    free(after);
    screens_close(&s);
}

/* Somebody stores for long: what is asked for is on the screen nevertheless. */
static void views_open_while_something_is_stored(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "new-case While it is stored");
    struct error err = {0};
    study_lock(s.study);
    assert_false(app_do(s.app, "refresh", &err) & REACT_ERROR);
    assert_false(app_do(s.app, "cases", &err) & REACT_ERROR);
    expect_shown(&s, "While it is stored");
    assert_false(app_do(s.app, "runs markov", &err) & REACT_ERROR);
    assert_false(app_do(s.app, "case-study while", &err) & REACT_ERROR);
    expect_shown(&s, "▸ While it is stored");
    study_unlock(s.study);
    jobs_wait(app_jobs(s.app));
    expect_shown(&s, "▸ While it is stored");
    screens_close(&s);
}

static void what_cannot_be_reopened_cannot_be_pinned(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "help");
    expect_refusal(&s, "pin x", "this view cannot be reopened");
    DO(&s, "overview", "user u1854");
    expect_refusal(&s, "rank x", "begins with no rank");
    screens_close(&s);
}

/* A pin opens the runs that it was made of, whatever they and others are called by now. */
static void pins_follow_renamed_runs(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "runs markov,popularity", "user u1854", "rank 2 markov", "pin Renamed runs");
    DO(&s, "runs-list", "search markov", "rename-run order-1", "top", "search popularity",
       "rename-run markov");
    DO(&s, "cases", "case-study renamed", "top", "open");
    expect_shown(&s, "last·train·K10   order-1 | markov");
    expect_shown(&s, "▸  2 ●   Alpine Liquid Rennet");
    DO(&s, "back", "re-check");
    expect_shown(&s, "1 of 1 still so");
    expect_shown(&s, "markov is called order-1 now");
    DO(&s, "undo", "undo");
    expect_shown(&s, "undone: name order-1 of a run");
    screens_close(&s);
}

static void the_frontier_is_pinned_as_a_plot(void **state)
{
    (void)state;
    struct screens s;
    struct case_pins pins;
    struct error err = {0};
    int64_t id;
    screens_open(&s, sample, SCREENS_WRITE);
    DO(&s, "overview", "plot", "pin Frontiers");
    struct workspace *ws = study_lock(s.study);
    bool ok = case_find(ws, "Frontiers", &id, &err);
    study_unlock(s.study);
    if (!ok)
        fail_msg("%s", err.text);
    const struct case_pin *pin = pin_at(&s, id, 0, &pins);
    assert_string_equal(pin->kind, "plot");
    assert_non_null(strstr(pin->seen, "\"plot\": {\"id\": \"frontier\""));
    case_pins_release(&pins);
    DO(&s, "cases", "case-study frontiers", "top", "open");
    expect_shown(&s, "Frontier");
    screens_close(&s);
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    setenv("ROTE_TEST_NOW", "1700000000", 1);
    sample = sample_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_and_pins),
        cmocka_unit_test(pins_keep_conditions),
        cmocka_unit_test(words_as_they_were_are_no_change),
        cmocka_unit_test(pins_open_what_they_show),
        cmocka_unit_test(pins_give_back_what_was_shown),
        cmocka_unit_test(opening_a_pin_is_one_command),
        cmocka_unit_test(keys_during_a_job_are_logged_before_its_view),
        cmocka_unit_test(names_of_runs_are_undone),
        cmocka_unit_test(changes_are_undone),
        cmocka_unit_test(nothing_is_changed_read_only),
        cmocka_unit_test(views_open_while_something_is_stored),
        cmocka_unit_test(what_cannot_be_reopened_cannot_be_pinned),
        cmocka_unit_test(every_action),
        cmocka_unit_test(pins_follow_renamed_runs),
        cmocka_unit_test(the_frontier_is_pinned_as_a_plot),
    };
    return SCREENS_RUN(tests);
}
