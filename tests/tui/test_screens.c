/* The first views in process: their pictures, and every action once in each of them. */
#include "storage/base/file.h"
#include "storage/db/dataset.h"
#include "tests/tui/frame.h"
#include "tests/tui/screens_fixture.h"
#include "tui/screens/new_run_form.h"

static const char *sample, *small, *trained, *finished, *own_ids;

static void every_action_on_overview(void **state)
{
    (void)state;
    EVERY_ACTION(small, "overview");
    EVERY_ACTION(small, "overview", "next-pane");
    EVERY_ACTION(sample, "overview");
}

static void every_action_on_users(void **state)
{
    (void)state;
    EVERY_ACTION(small, "users");
    EVERY_ACTION(sample, "users");
    EVERY_ACTION(small, "recommendations");
}

static void every_action_on_a_new_run(void **state)
{
    (void)state;
    EVERY_ACTION(small, "new-run", "bottom");
    EVERY_ACTION(sample, "new-run markov");
}

static void every_action_on_a_case(void **state)
{
    (void)state;
    EVERY_ACTION(small, "user cai");
    EVERY_ACTION(small, "user ben");
    EVERY_ACTION(sample, "user u1854");
    EVERY_ACTION(sample, "user u1854", "next-pane", "open");
    EVERY_ACTION(sample, "user u1854", "roll-out 4 markov");
    EVERY_ACTION(own_ids, "runs gr,markov", "user ben", "level");
}

static void every_action_on_runs(void **state)
{
    (void)state;
    EVERY_ACTION(trained, "runs-list", "mark", "mark");
    EVERY_ACTION(trained, "run gr-next");
}

static void every_action_on_queries(void **state)
{
    (void)state;
    EVERY_ACTION(small, "sql SELECT user_id, length FROM user");
    EVERY_ACTION(small, "schema");
    EVERY_ACTION(small, "def last", "messages");
}

/* ---- what a number means ---- */

static void check_help(struct screens *s, const char *where)
{
    const struct sheet *sheet = screens_sheet(s);
    const struct sheet_source *source = sheet_source(sheet);
    for (int c = 0; c < source->n_columns; c++) {
        const struct column *column = &source->columns[c];
        bool text = column->kind == COLUMN_TEXT || column->kind == COLUMN_TITLE ||
                    column->kind == COLUMN_BAR;
        if (!text && !(column->help && strlen(column->help) >= 4))
            fail_msg("%s: nothing says what %s is", where, column->name);
    }
}

/* ? begins with the column under the cursor, with the same words. */
static void check_question_mark(struct screens *s, const char *where)
{
    struct sheet *sheet = screens_sheet(s);
    for (int c = 0; c < sheet_source(sheet)->n_columns; c++) {
        const struct column *column = &sheet_source(sheet)->columns[c];
        if (!column->help || sheet_is_hidden(sheet, c))
            continue;
        sheet_go_column(sheet, c);
        /* as much as is not cut or broken */
        char *name = mem_strndup(column->name, strnlen(column->name, 8));
        char *help = mem_strndup(column->help, strnlen(column->help, 15));
        DO(s, "help");
        char *all = screens_text(s, 60, 200);
        if (!strstr(all, help) || !strstr(all, name))
            fail_msg("%s: ? does not say what %s is: %s in\n%s", where, name, help, all);
        free(all);
        free(name);
        free(help);
        DO(s, "back");
        sheet = screens_sheet(s);
    }
}

/* Every column of numbers or badges has its definition, and ? begins with that of the column under
 * the cursor: in every view, in each of its panes. Results of SQL are left out. */
static void every_number_has_its_definition(void **state)
{
    (void)state;
    enum { PANES = 6 };
    static const struct {
        const char *way[3], *view;
    } views[] = {
        {{"overview"}, "overview"},
        {{"plot"}, "frontier"},
        {{"users"}, "users"},
        {{"find won"}, "users"},
        {{"items"}, "items"},
        {{"item tea33"}, "item"},
        {{"recommendations"}, "recommendations"},
        {{"runs-list"}, "runs"},
        {{"run markov"}, "run"},
        {{"compare markov popularity"}, "compare"},
        {{"compare markov popularity", "compare-users all"}, "compare-users"},
        {{"cases"}, "cases"},
        {{"user u1854"}, "case"},
        {{"user u1854", "roll-out 4 markov"}, "roll-out"},
        {{"users", "frequency items"}, "sheet"},
        {{"users", "detail"}, "sheet"},
        {{"users", "columns"}, "sheet"},
        {{"new-run"}, "new-run"},
        {{"schema"}, "sheet"},
        {{"messages"}, "messages"},
        {{"commands"}, "sheet"},
    };
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        DO(&s, "overview", "runs popularity,markov");
        for (size_t k = 0; k < 3 && views[i].way[k]; k++)
            DO(&s, views[i].way[k]);
        assert_string_equal(app_front(s.app)->ops->name, views[i].view);
        const struct sheet *first = screens_sheet(&s);
        for (int p = 0; p < PANES; p++) {
            struct error err = {0};
            check_help(&s, views[i].view);
            check_question_mark(&s, views[i].view);
            app_do(s.app, "next-pane", &err); /* where there are several */
            jobs_wait(app_jobs(s.app));
            if (!screens_sheet(&s) || screens_sheet(&s) == first)
                break;
        }
    }
    DO(&s, "users", "column reachable", "help");
    expect_shown(&s, "reachable       yes: the target is in the candidate");
    DO(&s, "open");
    expect_shown(&s, "▸ Columns");
    screens_close(&s);
}

/* ---- what a view says ---- */

/* Sorting by a run's column stays with that run when others are shown, and ends with it. */
static void sorting_follows_the_run(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs popularity,markov", "users", "sort-down markov.rank");
    expect_shown(&s, "sort markov.rank↓");
    DO(&s, "runs markov");
    expect_shown(&s, "sort markov.rank↓");
    DO(&s, "runs popularity");
    expect_shown(&s, " 3,000 of 3,000\n");
    screens_close(&s);
}

/* Counting goes on while keys are pressed: what it opens takes nothing away from them. */
static void a_count_opens_where_it_was_asked(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "users", "column reachable");
    screens_type(&s, "F/u0007");
    expect_shown(&s, "▸ Users ");
    expect_shown(&s, "\n/u0007");
    screens_press(&s, K_ENTER); /* the search is of the users; then the count opens */
    expect_shown(&s, "▸ F reachable");
    DO(&s, "back");
    expect_shown(&s, "▸ u0007");
    screens_type(&s, "F?");
    expect_shown(&s, "▸ Help");
    expect_shown(&s, "another view is in front");
    DO(&s, "back");
    expect_shown(&s, "▸ Users ");
    screens_type(&s, "F:");
    screens_press(&s, K_ESC);
    expect_shown(&s, "▸ F reachable");
    screens_type(&s, "qF:"); /* rote can be left meanwhile */
    screens_close(&s);
}

/* A search that is given up leads back to the row, wherever the row is by then. */
static void a_search_given_up_leads_back(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "users", "sort user", "go 7");
    expect_shown(&s, "▸ u0007");
    DO(&s, "sort-down user");
    expect_shown(&s, "▸ u0007");
    screens_type(&s, "/u10");
    expect_shown(&s, "▸ u10");
    screens_press(&s, K_ESC);
    expect_shown(&s, "▸ u0007");
    screens_type(&s, "]"); /* the rows are sorted anew while the search is typed */
    screens_type(&s, "[/");
    screens_press(&s, K_ESC);
    expect_shown(&s, "▸ u0007");
    screens_close(&s);
}

/* "-" is standard output, not a file of that name. */
static void the_log_is_printed(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "users", "save-commands -");
    fflush(s.out);
    assert_non_null(strstr(s.said, "\nruns markov\nusers\n"));
    assert_false(file_exists("-"));
    screens_close(&s);
}

static void a_roll_out_opens_items_and_comes_back(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs popularity,markov", "user u1854", "next-pane", "roll-out");
    expect_shown(&s, "markov rolled out");
    expect_shown(&s, "16 of 16"); /* eight of the history, eight written */
    expect_shown(&s, "8 of 8 written in spans");
    expect_shown(&s, "history masked");
    expect_shown(&s, "▸ +1   │      a    ■3"); /* the cursor is on what was written first */
    expect_shown(&s, "a  5 items · 1× in 1 user (own 0) · first u1620 pos 7");
    screens_draw_everywhere(&s);
    DO(&s, "top");
    expect_shown(&s, "this item is in no span");
    DO(&s, "bottom", "open");
    expect_shown(&s, "Successors");
    DO(&s, "back");
    expect_shown(&s, "▸ +8");
    DO(&s, "roll-out 3 popularity");
    expect_shown(&s, "11 of 11");
    expect_shown(&s, "popularity rolled out");
    DO(&s, "roll-out 2");
    expect_shown(&s, "10 of 10");
    expect_refusal(&s, "roll-out 41", "1 to 40 items");
    expect_refusal(&s, "roll-out nobody", "nobody");
    DO(&s, "back");
    expect_shown(&s, "markov  10 of 10 rote");
    screens_close(&s);
}

/* Y in the view says how to come back to it, number and run included. */
static void a_roll_out_has_a_link(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "user u1854", "roll-out 5", "copy-link");
    fflush(s.out);
    assert_non_null(strstr(s.said, "-c 'user u1854' -c 'roll-out 5 markov'"));
    screens_close(&s);
}

static void no_model_no_roll_out(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    DO(&s, "user ben");
    expect_refusal(&s, "roll-out", "no run is shown");
    DO(&s, "user cai");
    expect_refusal(&s, "roll-out", "no case to go on from");
    screens_close(&s);
    screens_open(&s, trained, SCREENS_READ);
    DO(&s, "user ben");
    expect_refusal(&s, "roll-out gr-iirg", "not finished");
    expect_refusal(&s, "roll-out 3 gr-next", "its lists came without one");
    screens_close(&s);
}

/* Each run by its own ids, the history by those of the pane that was used last; the level stays
 * when other runs are shown. */
static void tokens_are_those_of_the_run(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, own_ids, SCREENS_READ);
    DO(&s, "runs gr,gr-two", "user ben", "level");
    expect_shown(&s, "ids of gr ");
    expect_shown(&s, "[12 0 255]");
    DO(&s, "right");
    expect_shown(&s, "ids of gr-two ");
    expect_shown(&s, "2/2 [1 1]");
    DO(&s, "runs markov");
    expect_shown(&s, "no semantic ids in these data or runs");
    assert_false(screens_shows(&s, 24, 80, "[12 0 255]"));
    DO(&s, "runs gr");
    expect_shown(&s, "[12 0 255]");
    DO(&s, "level");
    assert_false(screens_shows(&s, 24, 80, "ids of gr"));
    DO(&s, "runs markov");
    expect_refusal(&s, "level", "rote train --model gr");
    screens_close(&s);
}

static void says_what_is_missing(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } asked[] = {{"level", "no semantic ids"},          {"roll-out 0", "1 to 40 items"},
                 {"find sideways", "say what to find"}, {"runs nobody", "nobody"},
                 {"user nobody", "no user nobody"},     {"part train", "test or valid"},
                 {"def sometimes", "sometimes"},        {"print 3by4", "100x30"}};
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "runs markov", "user u1854");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++)
        expect_refusal(&s, asked[i].command, asked[i].text);
    screens_close(&s);
}

static void a_new_run_refuses_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } asked[] = {{"set dropout=2", "dropout=2: a number from 0 to 0.95 is needed"},
                 {"set layers=1.5", "a whole number from 1 to 64"},
                 {"set beam=3", "sasrec has no option \"beam\""},
                 {"set smooth.eps=0.5", "the strategy smooth was not chosen"},
                 {"set smooth=perhaps", "smooth=perhaps: it is on or off"},
                 {"set strategy=iirg+sleep", "there is no strategy \"sleep\""},
                 {"set model=bert", "there is no model bert"},
                 {"set model=ensemble", "--of A,B"},
                 {"set name=17", "cannot be the name of a run"},
                 {"set seeds=0", "a whole number from 1 to 100"},
                 {"set trained-on=test", "train or train+valid"},
                 {"start", "for reading only"},
                 {"new-run popularity,markov", "popularity,markov"}};
    static const char command[] = "\n rote train --model sasrec --set dropout=0.25\n";
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    DO(&s, "new-run", "set dropout=0.25");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        expect_refusal(&s, asked[i].command, asked[i].text);
        expect_shown(&s, command); /* nothing is changed, nothing is lost */
    }
    DO(&s, "set model=gr", "set logq=off");
    expect_refusal(&s, "set logq=on", "makes no sense for gr");
    DO(&s, "set model=sasrec");
    expect_shown(&s, command); /* each model keeps its own */
    screens_close(&s);
}

/* What the data lack is said in the form, before anything is started. */
static void a_new_run_looks_at_the_data(void **state)
{
    (void)state;
    static const struct {
        const char *set, *says; /* NULL: fine */
    } steps[] = {
        {"model=sasrec", NULL},
        {"strategy=iirg", "needs item texts or --embeddings"},
        {"strategy=iirg:lambda_s=0,backfill=off", NULL},
        {"model=gr", "gr needs semantic ids"},
        {"model=popularity", NULL},
    };
    struct dataset bare = {.n_items = 10}, large = {.n_items = 300000};
    struct new_run_form form;
    form_init(&form);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct error err = {0};
        assert_true(form_set(&form, steps[i].set, NULL));
        assert_int_equal(form_check(&form, &bare, &err), !steps[i].says);
        if (steps[i].says)
            assert_non_null(strstr(err.text, steps[i].says));
    }
    struct error err = {0};
    form_init(&form);
    assert_true(form_set(&form, "strategy=smooth", NULL));
    assert_true(form_check(&form, &bare, NULL));
    assert_false(form_check(&form, &large, &err));
    assert_non_null(strstr(err.text, "above 200000 items"));
}

/* The steps of every kind of row, to both sides, and back to the default. */
static void a_new_run_steps_through_values(void **state)
{
    (void)state;
    static const struct {
        const char *row, *set, *action, *shown;
    } steps[] = {
        {"model", "model=sasrec", "right", "--model gr\n"},
        {"model", "model=gr", "right", "--model popularity\n"},
        {"trained-on", "trained-on=train", "open", "--trained-on train+valid"},
        {"seeds", "seeds=100", "right", "--seeds 100"},
        {"seeds", "seeds=3", "left", "--seeds 2"},
        {"smooth", "smooth=off", "mark", "--strategy smooth"},
        {"layers", "layers=2", "right", "--set layers=3\n"},
        {"layers", "layers=2", "left", "--set layers=1\n"},
        {"dropout", "dropout=0.3", "right", "--set dropout=0.35\n"},
        {"dropout", "dropout=0.92", "left", "--set dropout=0.9\n"},
        {"dropout", "dropout=0.95", "right", "--set dropout=0.95\n"},
        {"learning-rate", "learning-rate=0.001", "left", "--set learning-rate=0.0005\n"},
        {"learning-rate", "learning-rate=0.003", "right", "--set learning-rate=0.005\n"},
        {"learning-rate", "learning-rate=0.000001", "left", "--set learning-rate=0\n"},
        {"learning-rate", "learning-rate=0", "right", "--set learning-rate=1e-06\n"},
        {"weight-decay", "weight-decay=10", "right", "--set weight-decay=10\n"},
        {"mask", "mask=1", "right", "--model sasrec\n"},
        {"mask", "mask=1", "reset", "--model sasrec\n"},
    };
    struct screens s;
    screens_open(&s, sample, SCREENS_READ);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        char *set = mem_printf("set %s", steps[i].set),
             *row = mem_printf("search ^(strategy )?%s$", steps[i].row);
        DO(&s, "overview", "new-run", set, row, steps[i].action);
        expect_shown(&s, steps[i].shown);
        free(set);
        free(row);
    }
    screens_close(&s);
}

/* The same random keys in every run: no key may break the form, whatever it did before. */
static void random_keys_in_a_new_run(void **state)
{
    (void)state;
    static const uint32_t keys[] = {'j',     'k',         'h',   'l',   ' ', 'G',   'g', 's', '/',
                                    K_ENTER, K_BACKSPACE, K_TAB, K_ESC, 'e', K_UP,  'n', '&', '[',
                                    'u',     K_PAGE_DOWN, '=',   '1',   '.', K_LEFT};
    struct screens s;
    screens_open(&s, small, SCREENS_READ);
    uint32_t seed = 7;
    for (int i = 0; i < 1500; i++) {
        seed = seed * 1664525 + 1013904223;
        if (i % 100 == 0) {
            screens_press(&s, K_ESC);
            screens_press(&s, K_ESC);
            DO(&s, "overview", "new-run");
        }
        app_event(s.app,
                  &(struct event){.kind = EVENT_KEY, .key = keys[(seed >> 8) % ARRAY_LEN(keys)]});
        jobs_wait(app_jobs(s.app));
        struct grid grid;
        grid_init(&grid, 10 + (int)(seed >> 28), 40 + (int)(seed >> 25));
        app_draw(s.app, &grid, &glyphs_utf8);
        expect_sound_frame(&grid, false);
        grid_release(&grid);
        const struct sheet *sheet = screens_sheet(&s);
        int64_t n = sheet ? sheet_count(sheet) : 0, at = sheet ? sheet_position(sheet) : -1;
        assert_true(n == 0 ? at == -1 : at >= 0 && at < n);
    }
    screens_press(&s, K_ESC);
    screens_press(&s, K_ESC);
    DO(&s, "overview", "runs-list"); /* nothing was started */
    assert_int_equal(study_n_runs(s.study), 0);
    screens_close(&s);
}

static void runs_cannot_be_changed_read_only(void **state)
{
    (void)state;
    static const char *const asked[] = {"cancel-run! gr-iirg", "resume-run stopped",
                                        "delete-run! gr-next,other", "rename-run new",
                                        "delete-run"};
    struct screens s;
    screens_open(&s, trained, SCREENS_READ);
    DO(&s, "runs-list");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct error err = {0};
        if (!(app_do(s.app, asked[i], &err) & REACT_ERROR) || !strstr(err.text, "read-only"))
            fail_msg("%s: %s", asked[i], err.text);
    }
    expect_shown(&s, " 5 of 5");
    screens_close(&s);
}

/* The marked runs, else the one under the cursor, else those that are named. */
static void runs_are_changed(void **state)
{
    (void)state;
    struct screens s;
    screens_open(&s, finished, SCREENS_WRITE);
    expect_refusal(&s, "delete-run four", "four");
    DO(&s, "runs-list", "mark", "mark");
    expect_refusal(&s, "cancel-run", "none of the 2 runs is queued or running");
    expect_refusal(&s, "resume-run three", "the run three is done");
    expect_refusal(&s, "delete-run", "Delete 2 runs with lists, labels and figures, for good?");
    DO(&s, "rename-run drei", "sort run");
    expect_shown(&s, "▸ drei ");
    expect_shown(&s, " ◆one ");
    DO(&s, "rename-run one");
    expect_shown(&s, "there is already a run named one");
    DO(&s, "delete-run!", "unsort");
    expect_shown(&s, "deleted 2 runs");
    assert_int_equal(study_n_runs(s.study), 1);
    DO(&s, "open");
    expect_shown(&s, "▸ Runs ▸ drei");
    expect_refusal(&s, "delete-run", "Delete run drei with");
    DO(&s, "overview", "delete-run! drei", "runs-list");
    expect_shown(&s, "No runs yet");
    screens_close(&s);
}

int main(void)
{
    sample = sample_workspace_make();
    small = small_workspace_make();
    trained = trained_workspace_make();
    finished = finished_workspace_make();
    own_ids = own_ids_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_on_overview),
        cmocka_unit_test(every_action_on_users),
        cmocka_unit_test(every_action_on_a_case),
        cmocka_unit_test(sorting_follows_the_run),
        cmocka_unit_test(a_count_opens_where_it_was_asked),
        cmocka_unit_test(a_search_given_up_leads_back),
        cmocka_unit_test(the_log_is_printed),
        cmocka_unit_test(a_roll_out_opens_items_and_comes_back),
        cmocka_unit_test(a_roll_out_has_a_link),
        cmocka_unit_test(no_model_no_roll_out),
        cmocka_unit_test(tokens_are_those_of_the_run),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(every_action_on_a_new_run),
        cmocka_unit_test(a_new_run_refuses_what_is_wrong),
        cmocka_unit_test(a_new_run_looks_at_the_data),
        cmocka_unit_test(a_new_run_steps_through_values),
        cmocka_unit_test(random_keys_in_a_new_run),
        cmocka_unit_test(every_action_on_runs),
        cmocka_unit_test(every_action_on_queries),
        cmocka_unit_test(every_number_has_its_definition),
        cmocka_unit_test(runs_cannot_be_changed_read_only),
        cmocka_unit_test(runs_are_changed),
    };
    return SCREENS_RUN(tests);
}
