/* tui/command: keys, actions, keymap, prompt, jobs, messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/command/job.h"
#include "tui/command/keymap.h"
#include "tui/command/messages.h"
#include "tui/command/prompt.h"

static void keys_have_names(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
        int n;
        uint32_t first;
    } cases[] = {
        {"j", "j", 1, 'j'},
        {"gg", "gg", 2, 'g'},
        {"<C-d>", "<C-d>", 1, 4},
        {"<c-D>", "<C-d>", 1, 4},
        {"<Up>", "<Up>", 1, K_UP},
        {"<cr>", "<Enter>", 1, K_ENTER},
        {"<F12>", "<F12>", 1, K_F12},
        {"g<Up>", "g<Up>", 2, 'g'},
        {"<lt>", "<", 1, '<'},
        {"<", "<", 1, '<'},
        {"z<lt>", "z<", 2, 'z'},
        {"z<", "z<", 2, 'z'},
        {"<lt>F2>", "<lt>F2>", 4, '<'},
        {"é", "é", 1, 0xe9},
        {"<S-Tab>", "<S-Tab>", 1, K_SHIFT_TAB},
        {"<C-i>", "<Tab>", 1, K_TAB},
        {"<Space>", "<Space>", 1, ' '},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct key_sequence s;
        assert_true(key_sequence_parse(cases[i].text, &s, NULL));
        assert_int_equal(s.n, cases[i].n);
        assert_int_equal(s.key[0], cases[i].first);
        struct buf text;
        buf_init(&text);
        key_sequence_text(&s, &text);
        assert_string_equal(text.data, cases[i].shown);
        buf_release(&text);
    }
    static const char *const wrong[] = {"", "<Nope>", "abcde", "<C->", "\x01", "\xff"};
    struct key_sequence s;
    struct error err;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        assert_false(key_sequence_parse(wrong[i], &s, &err));
}

static void the_table_is_sound(void **state)
{
    (void)state;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *a = action_get((enum action_id)i);
        assert_true(*a->name && *a->help);
        assert_int_equal(action_find(a->name, strlen(a->name), NULL), i);
        assert_true((a->argument == ARG_NONE) == (*a->placeholder == '\0'));
        assert_true(text_width(a->help, strlen(a->help)) <= 45); /* what help has room for */
        assert_true(*action_group_name(a->group) != '\0');
        for (const char *c = a->name; *c; c++)
            assert_true((*c >= 'a' && *c <= 'z') || *c == '-');
    }
}

static void default_keys_do_not_collide(void **state)
{
    (void)state;
    struct keymap map;
    keymap_init(&map);
    size_t wanted = 0;
    for (int i = 1; i < ACTION_COUNT; i++)
        for (const char *k = action_get((enum action_id)i)->keys; *k; k += strspn(k, " ")) {
            wanted++;
            k += strcspn(k, " ");
        }
    assert_int_equal(map.n, wanted); /* each default could be read */
    for (size_t i = 0; i < map.n; i++)
        for (size_t j = 0; j < map.n; j++) {
            const struct binding *a = &map.bindings[i], *b = &map.bindings[j];
            int n = a->keys.n < b->keys.n ? a->keys.n : b->keys.n;
            bool same = memcmp(a->keys.key, b->keys.key, (size_t)n * sizeof *a->keys.key) == 0;
            if (i != j && a->scope == b->scope)
                assert_false(same);
        }
    keymap_release(&map);
}

static void commands_are_read(void **state)
{
    (void)state;
    struct call call;
    struct error err = {0};
    const char *line = ":filter !dry fast";
    assert_true(call_parse(line, &call, &err));
    assert_int_equal(call.id, ACTION_FILTER);
    assert_string_equal(call.arg, "!dry fast");
    assert_false(call.confirmed);
    assert_true(call_parse("export! a.csv", &call, &err));
    assert_true(call.confirmed);
    assert_string_equal(call.arg, "a.csv");
    assert_true(call_parse("  # a comment", &call, &err));
    assert_int_equal(call.id, ACTION_NONE);
    assert_true(call_parse("mess", &call, &err)); /* only one begins so */
    assert_int_equal(call.id, ACTION_MESSAGES);
    assert_true(call_parse("sort", &call, &err)); /* a whole name goes before longer ones */
    assert_int_equal(call.id, ACTION_SORT_UP);
    assert_false(call_parse("so", &call, &err));
    assert_non_null(strstr(err.text, "sort, sort-down"));
    assert_false(call_parse("quitt", &call, &err));
    assert_int_equal(err.code, ERROR_USAGE);
    assert_non_null(strstr(err.text, "quit"));
    assert_false(call_parse("quit now", &call, &err));
}

static void keys_are_bound_by_name(void **state)
{
    (void)state;
    struct keymap map;
    struct error err = {0};
    const struct binding *found;
    struct key_sequence keys;
    keymap_init(&map);
    assert_true(keymap_bind(&map, SCOPE_ANY, "gx", "export a.csv", &err));
    key_sequence_parse("g", &keys, NULL);
    assert_int_equal(keymap_find(&map, 0, &keys, &found), KEYMAP_PREFIX);
    key_sequence_parse("gx", &keys, NULL);
    assert_int_equal(keymap_find(&map, 0, &keys, &found), KEYMAP_FOUND);
    assert_string_equal(found->arg, "a.csv");
    assert_true(keymap_bind(&map, SCOPE_ANY, "gx", "none", &err));
    assert_int_equal(keymap_find(&map, 0, &keys, &found), KEYMAP_NONE);
    assert_false(keymap_bind(&map, SCOPE_ANY, "g", "quit", &err)); /* gg begins with it */
    assert_false(keymap_bind(&map, SCOPE_ANY, "jj", "quit", &err));
    assert_false(keymap_bind(&map, SCOPE_ANY, "Z", "nonsense", &err));
    assert_false(keymap_bind(&map, SCOPE_ANY, "Z", "", &err));
    /* A view's key goes before a global one. */
    assert_true(keymap_bind(&map, SCOPE_CASE, "j", "quit", &err));
    key_sequence_parse("j", &keys, NULL);
    assert_int_equal(keymap_find(&map, SCOPE_CASE, &keys, &found), KEYMAP_FOUND);
    assert_int_equal(found->action, ACTION_QUIT);
    assert_int_equal(keymap_find(&map, 0, &keys, &found), KEYMAP_FOUND);
    assert_int_equal(found->action, ACTION_DOWN);
    struct buf key;
    buf_init(&key);
    keymap_key_of(&map, SCOPE_CASE, ACTION_DOWN, &key);
    assert_string_equal(key.data, "<Down>");
    buf_release(&key);
    keymap_release(&map);
}

/* ---- prompt ---- */

static void type(struct prompt *p, const char *keys)
{
    for (; *keys; keys++)
        prompt_key(p, (unsigned char)*keys);
}

static void prompt_edits(void **state)
{
    (void)state;
    struct prompt p;
    struct history h = {0};
    prompt_init(&p);
    prompt_open(&p, ":", "", &h);
    type(&p, "filter dry");
    prompt_key(&p, K_CTRL('w'));
    assert_string_equal(p.text.data, "filter ");
    prompt_key(&p, 0x6771); /* 東 */
    prompt_key(&p, K_LEFT);
    type(&p, "x");
    assert_string_equal(p.text.data, "filter x東");
    prompt_key(&p, K_DELETE);
    prompt_key(&p, K_BACKSPACE);
    prompt_key(&p, K_HOME);
    prompt_key(&p, K_DELETE);
    assert_string_equal(p.text.data, "ilter ");
    prompt_key(&p, K_RIGHT);
    prompt_key(&p, K_CTRL('k'));
    assert_string_equal(p.text.data, "i");
    assert_int_equal(prompt_paste(&p, "ab\ncd", 5), PROMPT_CHANGED);
    assert_string_equal(p.text.data, "iab");
    assert_int_equal(prompt_key(&p, K_ENTER), PROMPT_ACCEPTED);
    prompt_open(&p, ":", "", &h);
    assert_int_equal(prompt_key(&p, K_BACKSPACE), PROMPT_CANCELLED);
    type(&p, "draft");
    prompt_key(&p, K_UP);
    assert_string_equal(p.text.data, "iab");
    assert_int_equal(prompt_key(&p, K_UP), PROMPT_NOTHING);
    prompt_key(&p, K_DOWN);
    assert_string_equal(p.text.data, "draft");
    history_add(&h, "second");
    history_add(&h, "iab"); /* moves to the end, once */
    assert_int_equal(h.n, 2);
    assert_string_equal(h.line[1], "iab");
    prompt_release(&p);
    history_release(&h);
}

static void offer_words(void *context, const char *text, size_t at, size_t *start,
                        struct completions *out)
{
    (void)context;
    static const char *const words[] = {"sort", "sort-down", "search"};
    *start = 0;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strncmp(words[i], text, at) == 0)
            completions_add(out, words[i]);
}

static void prompt_completes(void **state)
{
    (void)state;
    struct prompt p;
    prompt_init(&p);
    prompt_open(&p, ":", "", NULL);
    p.complete = offer_words;
    type(&p, "so");
    prompt_key(&p, K_TAB);
    assert_string_equal(p.text.data, "sort"); /* as far as all agree */
    prompt_key(&p, K_TAB);
    prompt_key(&p, K_TAB);
    assert_string_equal(p.text.data, "sort-down");
    prompt_key(&p, K_TAB);
    assert_string_equal(p.text.data, "sort");
    prompt_key(&p, K_SHIFT_TAB);
    assert_string_equal(p.text.data, "sort-down");
    type(&p, "x");
    assert_int_equal(p.candidates.n, 0);
    assert_int_equal(prompt_key(&p, K_TAB), PROMPT_NOTHING);
    prompt_key(&p, K_CTRL('u'));
    type(&p, "se");
    prompt_key(&p, K_TAB);
    assert_string_equal(p.text.data, "search");
    prompt_release(&p);
}

static void prompt_keeps_its_cursor_in_sight(void **state)
{
    (void)state;
    struct grid g;
    struct prompt p;
    grid_init(&g, 1, 12);
    struct canvas c = canvas_of(&g, &glyphs_utf8);
    prompt_init(&p);
    prompt_open(&p, "/", "", NULL);
    for (int i = 0; i < 40; i++) {
        type(&p, "a");
        prompt_key(&p, 0x6771);
        prompt_draw(&p, &c, NULL);
        assert_in_range(g.cursor_x, 1, 11);
    }
    prompt_release(&p);
    grid_release(&g);
}

/* ---- jobs ---- */

struct counted {
    int64_t steps;
    bool done, ok;
    enum error_code code;
};

static bool count(void *context, struct progress *progress, struct error *err)
{
    struct counted *c = context;
    for (int64_t i = 0; i < c->steps; i++)
        if (!progress_at(progress, "counting", (double)i, (double)c->steps, "steps", err))
            return false;
    return true;
}

static void counted_done(void *context, bool ok, const struct error *err)
{
    struct counted *c = context;
    assert_false(c->done);
    c->done = true;
    c->ok = ok;
    c->code = err->code;
}

static uint64_t start_count(struct jobs *jobs, struct counted *c, unsigned flags)
{
    return jobs_start(
        jobs,
        &(struct job_spec){
            .name = "counting", .flags = flags, .work = count, .done = counted_done, .context = c});
}

static void jobs_end_exactly_once(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    struct counted few[20];
    for (size_t i = 0; i < ARRAY_LEN(few); i++) {
        few[i] = (struct counted){.steps = (int64_t)i * 1000};
        start_count(jobs, &few[i], 0);
    }
    jobs_wait(jobs);
    assert_int_equal(jobs_running(jobs), 0);
    for (size_t i = 0; i < ARRAY_LEN(few); i++)
        assert_true(few[i].done && few[i].ok);
    struct counted endless = {.steps = INT64_MAX}, quiet = {.steps = INT64_MAX};
    uint64_t id = start_count(jobs, &endless, 0);
    start_count(jobs, &quiet, JOB_QUIET);
    struct buf status;
    buf_init(&status);
    jobs_status(jobs, &status);
    assert_int_equal(strncmp(status.data, "counting", 8), 0);
    assert_null(strchr(status.data, ',')); /* the quiet one is not named */
    assert_true(jobs_cancel_newest(jobs));
    assert_false(jobs_cancel_newest(jobs)); /* ^C passes quiet jobs by */
    jobs_cancel(jobs, id);
    jobs_cancel(jobs, 12345);
    jobs_free(jobs); /* cancels the quiet one */
    assert_true(endless.done && !endless.ok && endless.code == ERROR_CANCELLED);
    assert_true(quiet.done && !quiet.ok);
    buf_release(&status);
}

/* Of one owner and one question, of one owner, and never what writes or belongs to nobody. */
static void jobs_of_an_owner_are_cancelled(void **state)
{
    (void)state;
    struct jobs *jobs = jobs_new();
    static const int first = 1, second = 2;
    struct counted c[6];
    const struct job_spec specs[6] = {
        {.owner = 7, .question = &first},  {.owner = 7, .question = &second}, {.owner = 8},
        {.owner = 7, .flags = JOB_WRITES}, {.owner = 7, .question = &second}, {.owner = 0},
    };
    for (size_t i = 0; i < 6; i++) {
        c[i] = (struct counted){.steps = specs[i].flags ? 1000 : INT64_MAX};
        struct job_spec spec = specs[i];
        spec.name = "counting";
        spec.work = count;
        spec.done = counted_done;
        spec.context = &c[i];
        jobs_start(jobs, &spec);
    }
    jobs_cancel_of(jobs, 0, NULL);
    jobs_cancel_of(jobs, 7, &second);
    while (!c[1].done || !c[4].done || !c[3].done)
        jobs_collect(jobs);
    assert_false(c[1].ok || c[4].ok);
    assert_true(c[3].ok);
    assert_false(c[0].done || c[2].done || c[5].done);
    jobs_cancel_of(jobs, 7, NULL);
    while (!c[0].done)
        jobs_collect(jobs);
    assert_false(c[2].done || c[5].done);
    jobs_free(jobs);
}

static void messages_keep_the_newest(void **state)
{
    (void)state;
    struct messages m;
    messages_init(&m);
    for (int i = 0; i < MESSAGES_KEPT + 10; i++) {
        char text[32];
        snprintf(text, sizeof text, "message %d", i);
        messages_add(&m, MESSAGE_INFO, text);
    }
    assert_int_equal(m.n, MESSAGES_KEPT);
    assert_string_equal(m.items[0].text, "message 10");
    assert_int_equal(m.items[m.n - 1].number, MESSAGES_KEPT + 10);
    messages_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_have_names),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(default_keys_do_not_collide),
        cmocka_unit_test(commands_are_read),
        cmocka_unit_test(keys_are_bound_by_name),
        cmocka_unit_test(prompt_edits),
        cmocka_unit_test(prompt_completes),
        cmocka_unit_test(prompt_keeps_its_cursor_in_sight),
        cmocka_unit_test(jobs_end_exactly_once),
        cmocka_unit_test(jobs_of_an_owner_are_cancelled),
        cmocka_unit_test(messages_keep_the_newest),
    };
    return setlocale(LC_CTYPE, "C.UTF-8") ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
