/* Texts of any length, with NUL and with what is no text, through import, sheets, screens and case
 * studies: shown or refused with words, never cut in the middle of a frame. */
#include "storage/base/file.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tests/tui/screens_fixture.h"

enum { LONG = 10 << 20 };

static const char *small;

/* LONG bytes of which every tenth is a blank; the caller frees. */
static char *long_text(void)
{
    char *text = mem_alloc(LONG + 1);
    for (int i = 0; i < LONG; i++)
        text[i] = i % 10 == 9 ? ' ' : (char)('a' + i % 26);
    text[LONG] = '\0';
    return text;
}

/* What a person does with a sheet, then every size. */
static void use_sheet(struct screens *s)
{
    static const char *const done[] = {"sort",      "sort-down", "filter a", "filter", "search a",
                                       "frequency", "back",      "detail",   "back",   "columns",
                                       "back",      "right",     "wider",    "copy",   "mark"};
    for (size_t i = 0; i < ARRAY_LEN(done); i++) {
        struct error err = {0};
        unsigned reaction = app_do(s->app, done[i], &err);
        assert_true(!(reaction & REACT_ERROR) || strlen(err.text) >= 8);
        jobs_wait(app_jobs(s->app));
        screens_draw_everywhere(s);
    }
}

static void results_of_queries(void **state)
{
    (void)state;
    static const char *const asked[] = {
        "sql SELECT char(65, 0, 66) AS t, user_id FROM user",
        "sql SELECT 'a' || char(0) AS t UNION SELECT char(0) UNION SELECT ''",
        "sql SELECT x'00ff00' AS t, x'' AS u",
        "sql SELECT char(0x202e, 0x1b, 0x5b, 0x32, 0x4a, 0x9b, 0xffff, 0x10ffff) AS t",
        "sql SELECT replace(hex(zeroblob(5242880)), '00', 'ab') AS t, 1 AS n",
        "sql SELECT replace(hex(zeroblob(5242880)), '0', 'a b') AS t UNION SELECT 'a'",
        "sql SELECT zeroblob(10485760) AS t",
    };
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct screens s;
        screens_open(&s, small, SCREENS_READ);
        DO(&s, asked[i]);
        screens_draw_everywhere(&s);
        if (screens_sheet(&s))
            use_sheet(&s);
        char *path = sample_path("hostile.csv"), *line = mem_printf("export! %s", path);
        struct error err = {0};
        app_do(s.app, line, &err);
        jobs_wait(app_jobs(s.app));
        free(path);
        free(line);
        screens_close(&s);
    }
}

/* Rows that are too long or hold NUL are bad and counted; ids and titles that may be are shown. */
static void imported_texts(void **state)
{
    (void)state;
    enum { ID = 1 << 19 };
    char *huge = long_text(), *id = mem_alloc(ID + 1), *dir = sample_path("hostile"),
         *rows = sample_path("hostile-rows.csv"), *items = sample_path("hostile-items.csv");
    memset(id, 'i', ID);
    id[ID] = '\0';
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "user,item,time\nann,%s,1\nann,b,2\nann,c,3\nann,d,4\n%s,b,1\n", id, huge);
    buf_add(&text, "ben,b\0x,1\n", 10);
    buf_addf(&text, "ben,b,1\nben,c,2\nben,%s,3\nben,d,4\n", id);
    assert_true(file_write(rows, text.data, text.len, NULL));
    buf_clear(&text);
    buf_addf(&text, "item,title\nb,%s\nc,\"%.*s\"\n", huge, ID, huge);
    buf_add(&text, "d,a\0title\n", 10);
    assert_true(file_write(items, text.data, text.len, NULL));
    struct error err = {0};
    struct import_result result = {0};
    const struct import_options options = {
        .paths = (const char *const[]){rows}, .n_paths = 1, .items = items, .allow_bad = true};
    if (!import_run(&options, NULL, &result, &err) ||
        !workspace_create(dir, &result, false, NULL, &err))
        fail_msg("%s", err.text);
    assert_int_equal(result.n_interactions, 8);
    assert_int_equal(result.n_users, 2);
    import_result_release(&result);
    workspace_train(dir, REFERENCE_MARKOV);
    static const char *const ways[] = {"users",    "items",           "item b",
                                       "user ben", "recommendations", "sql SELECT * FROM item"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct screens s;
        screens_open(&s, dir, SCREENS_READ);
        DO(&s, ways[i]);
        screens_draw_everywhere(&s);
        use_sheet(&s);
        screens_close(&s);
    }
    buf_release(&text);
    free(huge);
    free(id);
    free(dir);
    free(rows);
    free(items);
}

/* Refused with words or stored as far as there is room: what is there is as it was, or sound. */
static void words_of_case_studies(void **state)
{
    (void)state;
    static const char *const commands[] = {"title",    "tags",         "note",
                                           "new-case", "search-cases", "pin"};
    char *huge = long_text();
    struct screens s;
    screens_open(&s, small, SCREENS_WRITE);
    DO(&s, "users", "pin First", "case-study First");
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        char *before = screens_written(small), *line = mem_printf("%s %s", commands[i], huge);
        struct error err = {0};
        app_do(s.app, line, &err);
        jobs_wait(app_jobs(s.app));
        screens_draw_everywhere(&s);
        char *after = screens_written(small);
        if (strlen(after) > strlen(before) + (1 << 20))
            fail_msg("%s stored %zu bytes", commands[i], strlen(after));
        DO(&s, "overview", "case-study First");
        expect_shown(&s, "First");
        free(before);
        free(after);
        free(line);
    }
    screens_close(&s);
    free(huge);
}

int main(void)
{
    small = small_workspace_make();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_queries),
        cmocka_unit_test(imported_texts),
        cmocka_unit_test(words_of_case_studies),
    };
    return SCREENS_RUN(tests);
}
