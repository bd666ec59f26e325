/* tui/command: the palette's order, the configuration's lines, scripts, histories, sessions, the
 * log of commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/line.h"
#include "storage/base/mem.h"
#include "tui/command/fuzzy.h"
#include "tui/command/history.h"
#include "tui/command/keymap.h"
#include "tui/command/log.h"
#include "tui/command/script.h"
#include "tui/command/session.h"
#include "tui/command/state.h"

static char folder[] = "/tmp/rote-keys-XXXXXX";

static char *path_of(const char *name)
{
    return path_join(folder, name);
}

static char *file_with(const char *name, const char *text, size_t n)
{
    char *path = path_of(name);
    assert_true(file_write(path, text, n, NULL));
    return path;
}

/* ---- the palette ---- */

/* The best fit among all actions. */
static const char *best(const char *query)
{
    const char *name = "";
    int most = -1;
    for (int i = 1; i < ACTION_COUNT; i++) {
        const struct action *a = action_get((enum action_id)i);
        int score = fuzzy_score(query, a->name, a->help);
        if (score > most) {
            most = score;
            name = a->name;
        }
    }
    return name;
}

static void the_best_fit_comes_first(void **state)
{
    (void)state;
    assert_string_equal(best("sort"), "sort");
    assert_string_equal(best("sd"), "sort-down");
    assert_string_equal(best("hpd"), "half-page-down");
    assert_string_equal(best("RUNSL"), "runs-list");
    assert_string_equal(best("clear marks"), "unmark-all"); /* by what it does */
    assert_string_equal(best("histo"), "");
    assert_string_equal(best("del run"), "delete-run");
}

static void fits_are_ordered(void **state)
{
    (void)state;
    assert_int_equal(fuzzy_score("", "sort", "x"), 0);
    assert_int_equal(fuzzy_score("   ", "sort", "x"), 0);
    assert_int_equal(fuzzy_score("tros", "sort", "x"), -1); /* the order counts */
    assert_int_equal(fuzzy_score("sortt", "sort", "x"), -1);
    assert_int_equal(fuzzy_score("sort z", "sort", "x"), -1); /* every word */
    int whole = fuzzy_score("sort", "sort", ""), start = fuzzy_score("sort", "sort-down", ""),
        inside = fuzzy_score("sort", "unsorted", ""), apart = fuzzy_score("sort", "s-o-rt", ""),
        help = fuzzy_score("sort", "x", "a sort of"), within = fuzzy_score("sort", "x", "unsorted");
    assert_true(whole > start && start > inside && inside > help && help > within && within > 0);
    assert_true(start > apart && apart > 0);
    /* by which way its letters stand in the name best, not first */
    assert_true(fuzzy_score("ab", "a-xx-ab", "") > fuzzy_score("ab", "a-xx-xb", ""));
    char wide[300];
    memset(wide, 'a', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    assert_int_equal(fuzzy_score(wide, "aaa", "aaa"), -1);
    assert_int_equal(fuzzy_score("a", wide, ""), -1); /* too long to be a name */
    assert_true(fuzzy_score("\xc3\xa9", "caf\xc3\xa9", "") > 0);
}

/* ---- keys by lines ---- */

static enum action_id action_at(const struct keymap *map, unsigned scopes, const char *keys)
{
    struct key_sequence s;
    const struct binding *found = NULL;
    assert_true(key_sequence_parse(keys, &s, NULL));
    return keymap_find(map, scopes, &s, &found) == KEYMAP_FOUND ? found->action : ACTION_NONE;
}

static void keys_are_bound_by_lines(void **state)
{
    (void)state;
    struct keymap map;
    struct error err = {0};
    keymap_init(&map);
    assert_true(keymap_bind_line(&map, "gx export a b.csv", &err));
    assert_int_equal(action_at(&map, 0, "gx"), ACTION_EXPORT);
    assert_string_equal(map.bindings[map.n - 1].arg, "a b.csv");
    assert_true(keymap_bind_line(&map, "case  w\tlevel", &err));
    assert_int_equal(action_at(&map, SCOPE_CASE, "w"), ACTION_LEVEL);
    assert_int_equal(action_at(&map, SCOPE_USERS, "w"), ACTION_NONE);
    assert_true(keymap_bind_line(&map, "users X frequency items", &err));
    assert_int_equal(action_at(&map, SCOPE_USERS, "X"), ACTION_FREQUENCY);
    assert_int_equal(action_at(&map, SCOPE_RUNS, "X"), ACTION_NONE);
    assert_true(keymap_bind_line(&map, "form help", &err)); /* four keys: f o r m */
    assert_int_equal(action_at(&map, SCOPE_CASE, "form"), ACTION_HELP);
    assert_true(keymap_unbind_line(&map, "form", &err));
    assert_true(keymap_unbind_line(&map, "case w", &err));
    assert_int_equal(action_at(&map, SCOPE_CASE, "w"), ACTION_NONE);
    assert_true(keymap_bind_line(&map, "any <F7> down", &err));
    assert_int_equal(action_at(&map, 0, "<F7>"), ACTION_DOWN);
    assert_true(keymap_bind_line(&map, "query E help", &err));
    assert_true(keymap_bind_line(&map, "compare E help", &err));
    assert_int_equal(action_at(&map, SCOPE_QUERY, "E"), ACTION_HELP);
    assert_int_equal(action_at(&map, SCOPE_COMPARE, "E"), ACTION_HELP);
    assert_int_equal(action_at(&map, SCOPE_CASE, "E"), ACTION_NONE);
    assert_true(keymap_bind_line(&map, "overview e help", &err)); /* which shows runs, too */
    assert_int_equal(action_at(&map, SCOPE_OVERVIEW | SCOPE_RUNS, "e"), ACTION_HELP);
    assert_int_equal(action_at(&map, SCOPE_RUNS, "e"), ACTION_RUN_RENAME);
    assert_true(keymap_unbind_line(&map, "case i", &err)); /* a key of two views */
    assert_int_equal(action_at(&map, SCOPE_CASE, "i"), ACTION_NONE);
    assert_int_equal(action_at(&map, SCOPE_ITEMS, "i"), ACTION_ITEM);
    /* What begins another sequence may not act, in a view or everywhere. */
    assert_false(keymap_bind_line(&map, "users g help", &err));
    assert_string_equal(err.text, "keys \"g\" and \"gg\" of top begin with one another; unbind any "
                                  "gg first");
    assert_true(keymap_bind_line(&map, "users Zu help", &err));
    assert_false(keymap_bind_line(&map, "Z help", &err));
    assert_true(keymap_bind_line(&map, "case Z help", &err));
    static const char *const wrong[] = {
        "", " ", "x", "case x", "x nope", "<Nope> top", "abcde down", "g top", "case \x01 down"};
    size_t n = map.n;
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        err = (struct error){0};
        assert_false(keymap_bind_line(&map, wrong[i], &err));
        assert_true(*err.text != '\0');
    }
    static const char *const not_bound[] = {"", "gz", "case gz", "case j k", "<Nope>"};
    for (size_t i = 0; i < ARRAY_LEN(not_bound); i++)
        assert_false(keymap_unbind_line(&map, not_bound[i], &err));
    assert_int_equal(map.n, n);
    keymap_release(&map);
}

/* ---- scripts ---- */

static void scripts_are_read(void **state)
{
    (void)state;
    static const char text[] = "# heading\r\n\n  users  \r\n\tfilter a\\b\n#x\nlast";
    char *path = file_with("walk", text, sizeof text - 1);
    struct script script;
    struct error err = {0};
    assert_true(script_read(path, &script, &err));
    assert_int_equal(script.n, 3);
    assert_string_equal(script.line[0].text, "users  ");
    assert_string_equal(script.line[1].text, "filter a\\b");
    assert_string_equal(script.line[2].text, "last");
    assert_non_null(strstr(script.line[1].where, "walk:4"));
    assert_non_null(strstr(script.line[2].where, "walk:6"));
    script_release(&script);
    free(path);
}

static void hostile_scripts_are_refused_with_their_place(void **state)
{
    (void)state;
    struct script script;
    static const struct {
        const char *text;
        size_t n;
    } wrong[] = {{"users\nup\0down\n", 14}, {"a\n\x1b[2J\n", 7}, {"x\ny\x7f\n", 5}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct error err = {0};
        char *path = file_with("hostile", wrong[i].text, wrong[i].n);
        assert_false(script_read(path, &script, &err));
        assert_non_null(strstr(err.text, "hostile:2: a control character"));
        free(path);
    }
    struct error err = {0};
    char *wide = mem_zalloc(1, SCRIPT_LINE_MAX + 3);
    memset(wide, 'x', SCRIPT_LINE_MAX + 1);
    char *path = file_with("wide", wide, SCRIPT_LINE_MAX + 1);
    assert_false(script_read(path, &script, &err));
    assert_non_null(strstr(err.text, "wide:1: the line is longer"));
    free(path);
    path = file_with("fits", wide, SCRIPT_LINE_MAX);
    assert_true(script_read(path, &script, &err));
    script_release(&script);
    free(path);
    free(wide);
    path = file_with("empty", "", 0);
    assert_true(script_read(path, &script, &err));
    assert_int_equal(script.n, 0);
    free(path);
    path = path_of("nowhere");
    assert_false(script_read(path, &script, &err));
    free(path);
}

static void any_text_becomes_one_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"",        "plain", "a\\b",   "a\\x41", "\n\r\t\x1b\x7f",
                                        "\\\\x09", "\xff",  "\\xzz9", "é ✓"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf line, back;
        buf_init(&line);
        buf_init(&back);
        line_escape(texts[i], &line);
        for (size_t k = 0; k < line.len; k++)
            assert_true((unsigned char)line.data[k] >= 32 && line.data[k] != 127);
        line_unescape(line.data, &back);
        assert_string_equal(back.data, texts[i]);
        buf_release(&line);
        buf_release(&back);
    }
}

/* ---- histories ---- */

static void histories_come_back(void **state)
{
    (void)state;
    char *path = path_of("history");
    struct error err = {0};
    struct history commands = {0}, patterns = {0};
    struct history_kind kinds[] = {{':', &commands}, {'/', &patterns}};
    assert_true(history_load(path, kinds, 2, &err)); /* there is none yet */
    assert_int_equal(commands.n, 0);
    assert_true(history_append(path, ':', "users", &err));
    assert_true(history_append(path, '/', "a b\\d", &err));
    assert_true(history_append(path, ':', "runs a", &err));
    assert_true(history_append(path, ':', "users", &err)); /* again: moves to the end */
    assert_true(history_append(path, ':', "two\nlines", &err));
    assert_true(history_append(path, ':', "", &err));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(history_load(path, kinds, 2, &err));
    assert_int_equal(commands.n, 2);
    assert_string_equal(commands.line[0], "runs a");
    assert_string_equal(commands.line[1], "users");
    assert_int_equal(patterns.n, 1);
    assert_string_equal(patterns.line[0], "a b\\d");
    history_release(&commands);
    history_release(&patterns);
    unlink(path);
    free(path);
}

static void hostile_histories_are_passed_over(void **state)
{
    (void)state;
    static const char text[] = "\n:\n: \n:x\n? what\n: a\0b\n: \x1b[2J\n: good\n: no end";
    char *path = file_with("hostile-history", text, sizeof text - 1);
    struct history commands = {0};
    struct history_kind kinds[] = {{':', &commands}};
    assert_true(history_load(path, kinds, 1, NULL));
    assert_int_equal(commands.n, 3);
    assert_string_equal(commands.line[0], "\x1b[2J"); /* drawn escaped, as any text */
    assert_string_equal(commands.line[1], "good");
    assert_string_equal(commands.line[2], "no end");
    history_release(&commands);
    free(path);
}

/* Several processes at once, enough lines that the file is cut on the way: each keeps its newest.
 */
static void processes_lose_nothing(void **state)
{
    (void)state;
    enum { PROCESSES = 4, LINES = 100, OLD = 5 * HISTORY_KEPT };
    char *path = path_of("shared-history");
    struct buf old;
    buf_init(&old);
    for (int i = 0; i < OLD; i++)
        buf_addf(&old, ": old %d\n", i);
    assert_true(file_write(path, old.data, old.len, NULL));
    buf_release(&old);
    for (int p = 0; p < PROCESSES; p++)
        if (fork() == 0) {
            struct history h = {0};
            struct history_kind kind = {':', &h};
            bool ok = true;
            for (int i = 0; i < LINES; i++) {
                char line[32];
                snprintf(line, sizeof line, "process %d line %d", p, i);
                ok = ok && history_append(path, ':', line, NULL);
                if (i % 25 == p)
                    ok = ok && history_load(path, &kind, 1, NULL); /* cuts */
            }
            _exit(ok ? 0 : 1);
        }
    for (int p = 0; p < PROCESSES; p++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    struct history h = {0};
    struct history_kind kind = {':', &h};
    struct error err = {0};
    assert_true(history_load(path, &kind, 1, &err));
    assert_int_equal(h.n, HISTORY_KEPT);
    int found[PROCESSES] = {0};
    for (size_t i = 0; i < h.n; i++) {
        int p, line;
        if (sscanf(h.line[i], "process %d line %d", &p, &line) == 2)
            assert_int_equal(line, found[p]++); /* each process's in their order */
    }
    for (int p = 0; p < PROCESSES; p++)
        assert_int_equal(found[p], LINES);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size < 4 * HISTORY_KEPT * 32);
    history_release(&h);
    free(path);
}

/* ---- sessions ---- */

static void sessions_survive_any_text(void **state)
{
    (void)state;
    static const char *const texts[] = {"users",
                                        "",
                                        "filter a\\b|\\x41",
                                        "user \xff\xfe\n\x1b[2J",
                                        "view\nstate go @3",
                                        " x ",
                                        "# rote session"};
    struct session s = {.time = 1234567890123, .data = 0xfedcba9876543210u}, back;
    struct error err = {0};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        session_add(&s, (enum session_kind)(i % 3), texts[i], strlen(texts[i]));
    struct buf text;
    buf_init(&text);
    session_write(&s, true, &text);
    assert_true(session_parse(text.data, text.len, &back, &err));
    assert_int_equal(back.time, s.time);
    assert_true(back.data == s.data);
    assert_int_equal(back.n, s.n);
    for (size_t i = 0; i < s.n; i++) {
        assert_int_equal(back.line[i].kind, s.line[i].kind);
        assert_string_equal(back.line[i].text, s.line[i].text);
    }
    session_release(&back);
    /* cut anywhere, it is read as far as whole lines go, or refused */
    for (size_t n = 0; n <= text.len; n++) {
        err = (struct error){0};
        bool ok = session_parse(text.data, n, &back, &err);
        assert_true(ok ? back.n <= s.n : back.n == 0 && *err.text);
        session_release(&back);
    }
    session_release(&s);
    buf_release(&text);
}

static void other_files_are_no_sessions(void **state)
{
    (void)state;
    struct session s;
    static const struct {
        const char *text;
        size_t n;
    } wrong[] = {{"", 0},
                 {"users\n", 6},
                 {"# rote session 2\ndo users\n", 26},
                 {"# rote session 1\ndo a\0b\n", 24}};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct error err = {0};
        assert_false(session_parse(wrong[i].text, wrong[i].n, &s, &err));
        assert_true(*err.text != '\0');
        assert_int_equal(s.n, 0);
    }
    static const char later[] = "# rote session 1\nnew thing\ntime x\ndo users\nviewing\n\n";
    assert_true(session_parse(later, sizeof later - 1, &s, NULL));
    assert_int_equal(s.n, 1);
    session_release(&s);
    char *a = session_file_name("/some/place"), *b = session_file_name("/other/place"),
         *c = session_file_name("/some/pl\n/../\x1b ace");
    assert_string_not_equal(a, b);
    assert_memory_equal(a, "sessions/place-", 15);
    for (const char *at = c + 9; *at; at++)
        assert_true(*at > ' ' && *at != '/');
    free(a);
    free(b);
    free(c);
}

/* Bytes changed at random, the same ones in every run: whatever is read, nothing breaks. */
static void changed_bytes_are_survived(void **state)
{
    (void)state;
    static const char good[] =
        "# rote session 1\ntime 5\ndata 9119357cd25751c7\ndo def last\nview \n"
        "state pane 0\nview users\nstate filter a\\x5cb\nstate go @7\n";
    static const char line[] = "users <C-d>x sort-down items";
    uint32_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        char text[sizeof good], bind[sizeof line];
        memcpy(text, good, sizeof good);
        memcpy(bind, line, sizeof line);
        for (int k = 0; k < 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            text[17 + (seed >> 8) % (sizeof good - 18)] = (char)(seed >> 24);
            char c = (char)(seed >> 16);
            bind[(seed >> 5) % (sizeof line - 1)] = c ? c : ' ';
        }
        struct session s;
        struct error err = {0};
        bool ok = session_parse(text, sizeof good - 1, &s, &err);
        assert_true(ok ? s.n <= 16 : *err.text != '\0');
        session_release(&s);
        struct keymap map;
        keymap_init(&map);
        err = (struct error){0};
        assert_true(keymap_bind_line(&map, bind, &err) || *err.text != '\0');
        err = (struct error){0};
        assert_true(keymap_unbind_line(&map, bind, &err) || *err.text != '\0');
        keymap_release(&map);
    }
}

/* ---- folders ---- */

static void without_a_home_nothing_is_kept(void **state)
{
    (void)state;
    static const char *const variables[] = {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
                                            "ROTE_CONFIG"};
    for (size_t i = 0; i < ARRAY_LEN(variables); i++)
        unsetenv(variables[i]);
    assert_null(state_folder());
    assert_null(config_path());
    setenv("HOME", "", 1);
    setenv("XDG_STATE_HOME", "relative", 1);
    assert_null(state_folder());
    setenv("HOME", "/h", 1);
    char *path = state_folder();
    assert_string_equal(path, "/h/.local/state/rote");
    free(path);
    path = config_path();
    assert_string_equal(path, "/h/.config/rote/config");
    free(path);
    setenv("XDG_STATE_HOME", "/s", 1);
    setenv("XDG_CONFIG_HOME", "/c", 1);
    path = state_folder();
    assert_string_equal(path, "/s/rote");
    free(path);
    path = config_path();
    assert_string_equal(path, "/c/rote/config");
    free(path);
    setenv("ROTE_CONFIG", "mine", 1);
    path = config_path();
    assert_string_equal(path, "mine");
    free(path);
}

static void what_is_kept_is_private(void **state)
{
    (void)state;
    char *deep = path_of("a/b/c"), *file = path_of("a/b/c/file"), *above = path_of("a");
    struct error err = {0};
    struct stat st;
    assert_false(state_write(file, "x", 1, &err));
    assert_non_null(strstr(err.text, "cannot write"));
    assert_true(state_make_folder(deep, &err));
    assert_true(state_make_folder(deep, &err)); /* again is fine */
    assert_int_equal(stat(above, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_true(state_write(file, "first", 5, &err));
    assert_true(state_write(file, "second", 6, &err));
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 6);
    free(deep);
    free(file);
    free(above);
}

/* ---- the log ---- */

static void the_log_is_a_script(void **state)
{
    (void)state;
    struct command_log log = {0};
    struct buf text;
    buf_init(&text);
    command_log_add(&log, "users");
    command_log_add(&log, "go @1");
    command_log_replace(&log, "go @7");
    command_log_add(&log, "filter a\nb");
    command_log_write(&log, &text);
    char *path = file_with("log", text.data, text.len);
    struct script script;
    assert_true(script_read(path, &script, NULL));
    assert_int_equal(script.n, 2);
    assert_string_equal(script.line[1].text, "go @7");
    script_release(&script);
    for (int i = 0; i <= LOG_KEPT; i++)
        command_log_add(&log, "down");
    assert_true(log.n <= LOG_KEPT && log.dropped + (int64_t)log.n == LOG_KEPT + 4);
    buf_clear(&text);
    command_log_write(&log, &text);
    assert_non_null(strstr(text.data, "were not kept"));
    command_log_release(&log);
    buf_release(&text);
    free(path);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return dir_remove(folder, NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_fit_comes_first),
        cmocka_unit_test(fits_are_ordered),
        cmocka_unit_test(keys_are_bound_by_lines),
        cmocka_unit_test(scripts_are_read),
        cmocka_unit_test(hostile_scripts_are_refused_with_their_place),
        cmocka_unit_test(any_text_becomes_one_line),
        cmocka_unit_test(histories_come_back),
        cmocka_unit_test(hostile_histories_are_passed_over),
        cmocka_unit_test(processes_lose_nothing),
        cmocka_unit_test(sessions_survive_any_text),
        cmocka_unit_test(other_files_are_no_sessions),
        cmocka_unit_test(changed_bytes_are_survived),
        cmocka_unit_test(without_a_home_nothing_is_kept),
        cmocka_unit_test(what_is_kept_is_private),
        cmocka_unit_test(the_log_is_a_script),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
