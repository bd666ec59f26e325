/* Case studies: what is stored comes back, undo and redo against a naive model, restarts, kills,
 * search, refusals, and files from before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/case_store.h"
#include "storage/db/run_store.h"
#include "storage/db/schema.h"
#include "storage/db/sql.h"
#include "tests/storage/made_import.h"

static char top[] = "/tmp/rote-cases-XXXXXX";
static char *dir;
static struct workspace *ws;

static void assert_ok(bool ok, const struct error *err)
{
    if (!ok)
        fail_msg("%s", err->text);
}

/* Nothing here is about the disk: waiting for it would take most of the time. */
static void open_ws(void)
{
    struct error err = {0};
    ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    assert_ok(ws && sql_exec(ws->db, "PRAGMA synchronous = OFF", &err), &err);
}

static void reopen(void)
{
    workspace_close(ws);
    open_ws();
}

static int begin_group(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : -1;
}

static int end_group(void **state)
{
    (void)state;
    return dir_remove(top, NULL) ? 0 : -1;
}

static int begin(void **state)
{
    (void)state;
    dir = path_join(top, "ws");
    struct import_result data =
        made_import((struct made){.users = 5, .items = 4, .max_length = 6, .seed = 1});
    struct error err = {0};
    assert_ok(workspace_create(dir, &data, false, NULL, &err), &err);
    made_import_release(&data);
    open_ws();
    return 0;
}

static int end(void **state)
{
    (void)state;
    workspace_close(ws);
    bool ok = dir_remove(dir, NULL);
    free(dir);
    return ok ? 0 : -1;
}

static int64_t add(const char *title)
{
    struct error err = {0};
    int64_t id = 0;
    assert_ok(case_add(ws, title, &id, &err), &err);
    return id;
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* only read */
}

static int64_t pin(int64_t study, const char *summary)
{
    struct error err = {0};
    int64_t id = 0;
    struct case_pin p = {.study = study, .kind = text("user"), .summary = text(summary)};
    assert_ok(case_pin_add(ws, &p, &id, &err), &err);
    return id;
}

/* All that is stored, as text; the times are left out. */
static char *dump(void)
{
    struct error err = {0};
    struct case_studies list;
    struct buf out;
    buf_init(&out);
    assert_ok(case_studies_read(ws, NULL, &list, &err), &err);
    for (int64_t id = 0, n = 0; n < (int64_t)list.n; id++)
        for (size_t i = 0; i < list.n; i++) {
            struct case_study s;
            struct case_pins pins;
            if (list.study[i].id != id)
                continue;
            n++;
            assert_ok(case_get(ws, id, &s, &pins, &err), &err);
            assert_int_equal(pins.n, s.n_pins);
            buf_addf(&out, "%lld|%s|%s|%s\n", (long long)id, s.title, s.text, s.tags);
            for (size_t p = 0; p < pins.n; p++)
                buf_addf(&out, " %lld|%s|%s\n", (long long)pins.pin[p].id, pins.pin[p].summary,
                         pins.pin[p].note);
            case_pins_release(&pins);
            case_study_release(&s);
        }
    case_studies_release(&list);
    return buf_detach(&out);
}

static void expect_dump(const char *wanted)
{
    char *is = dump();
    assert_string_equal(is, wanted);
    free(is);
}

static void everything_comes_back(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id = add("First finding"), pin_id;
    struct case_edit edit = {.text = "a\nb", .tags = "rote, markov  rote2"};
    assert_ok(case_change(ws, id, &edit, &err), &err);
    struct case_pin p = {.study = id,
                         .kind = text("recommendation"),
                         .user_id = text("u1"),
                         .item_id = text("i2"),
                         .run = text("markov"),
                         .definition = text("last"),
                         .rank = 3,
                         .fingerprint = text("00ff"),
                         .seen = text("{\"figures\": {\"rank\": 3}}"),
                         .summary = text("u1, markov 3"),
                         .link = text("def last\nuser u1\n"),
                         .runs = text("[7, 0]"),
                         .note = text("mine")};
    assert_ok(case_pin_add(ws, &p, &pin_id, &err), &err);
    reopen();
    struct case_study s;
    struct case_pins pins;
    assert_ok(case_get(ws, id, &s, &pins, &err), &err);
    assert_string_equal(s.title, "First finding");
    assert_string_equal(s.text, "a\nb");
    assert_string_equal(s.tags, "rote markov rote2");
    assert_true(s.created > 0 && s.changed >= s.created);
    assert_int_equal(pins.n, 1);
    const struct case_pin *is = &pins.pin[0];
    assert_string_equal(is->kind, p.kind);
    assert_string_equal(is->user_id, p.user_id);
    assert_string_equal(is->item_id, p.item_id);
    assert_string_equal(is->run, p.run);
    assert_string_equal(is->definition, p.definition);
    assert_int_equal(is->rank, 3);
    assert_string_equal(is->fingerprint, p.fingerprint);
    assert_string_equal(is->seen, p.seen);
    assert_string_equal(is->summary, p.summary);
    assert_string_equal(is->link, p.link);
    assert_string_equal(is->note, "mine");
    assert_string_equal(is->runs, p.runs);
    assert_string_equal(is->names, "[null,null]"); /* there are no runs */
    case_pins_release(&pins);
    case_study_release(&s);
    /* and as it was after deletion and undo */
    struct buf what;
    int64_t study = 0;
    buf_init(&what);
    char *before = dump();
    assert_ok(case_delete(ws, id, &err), &err);
    expect_dump("");
    reopen();
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    assert_string_equal(what.data, "deletion of First finding");
    assert_int_equal(study, id);
    expect_dump(before);
    assert_ok(case_get(ws, id, &s, &pins, &err), &err);
    assert_string_equal(pins.pin[0].seen, p.seen);
    assert_string_equal(pins.pin[0].link, p.link);
    assert_string_equal(pins.pin[0].runs, p.runs);
    assert_int_equal(pins.pin[0].rank, 3);
    case_pins_release(&pins);
    case_study_release(&s);
    buf_release(&what);
    free(before);
}

static void text_is_cleaned(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id = add("  a\x1b[1m\tb\x9b\n ");
    struct case_edit edit = {.text = "x\r\n\ty\x01\xc2\x9bz\x7f", .tags = "\x1b,a"};
    assert_ok(case_change(ws, id, &edit, &err), &err);
    expect_dump("1|a[1m b\xef\xbf\xbd|x\n\tyz|a\n");
}

static void places_are_kept(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id = add("s"), a = pin(id, "a"), b = pin(id, "b"), c = pin(id, "c");
    assert_ok(case_pin_move(ws, c, -1, &err), &err);
    expect_dump("1|s||\n 1|a|\n 3|c|\n 2|b|\n");
    assert_ok(case_pin_move(ws, a, -1, &err), &err); /* the first stays */
    assert_ok(case_pin_move(ws, a, 1, &err), &err);
    expect_dump("1|s||\n 3|c|\n 1|a|\n 2|b|\n");
    assert_ok(case_pin_move(ws, b, 1, &err), &err); /* so does the last */
    assert_ok(case_pin_remove(ws, a, &err), &err);
    assert_ok(case_pin_move(ws, b, -1, &err), &err);
    pin(id, "d");
    expect_dump("1|s||\n 2|b|\n 3|c|\n 4|d|\n");
}

static void nothing_is_lost_when_refused(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id = add("s"), p = pin(id, "a"), other;
    char *before = dump(), *large = mem_alloc((2 << 20) + 1);
    memset(large, 'x', 2 << 20);
    large[2 << 20] = '\0';
    assert_false(case_add(ws, " \n", &other, &err));
    assert_non_null(strstr(err.text, "needs a title"));
    assert_false(case_add(ws, large, &other, &err));
    assert_false(case_change(ws, id, &(struct case_edit){.text = large}, &err));
    assert_non_null(strstr(err.text, "2097152 bytes; at most 1048576"));
    assert_false(case_change(ws, id, &(struct case_edit){.title = ""}, &err));
    assert_false(case_change(ws, id, &(struct case_edit){.tags = large}, &err));
    assert_false(case_change(ws, id, &(struct case_edit){.text = "x", .text_before = "y"}, &err));
    assert_non_null(strstr(err.text, "somebody else"));
    assert_false(case_change(ws, 99, &(struct case_edit){.text = "x"}, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_false(case_delete(ws, 99, &err));
    assert_false(case_pin_note(ws, p, large, &err));
    assert_false(case_pin_note(ws, 99, "x", &err));
    assert_false(case_pin_move(ws, 99, 1, &err));
    assert_false(case_pin_remove(ws, 99, &err));
    assert_false(
        case_pin_add(ws, &(struct case_pin){.study = 99, .kind = text("user")}, &other, &err));
    expect_dump(before);
    workspace_close(ws);
    ws = workspace_open(dir, WORKSPACE_READ_ONLY, &err);
    assert_ok(ws != NULL, &err);
    struct buf what;
    buf_init(&what);
    assert_false(case_add(ws, "t", &other, &err));
    assert_non_null(strstr(err.text, "read-only"));
    assert_false(case_delete(ws, id, &err));
    assert_false(case_undo(ws, &what, &other, &err));
    assert_non_null(strstr(err.text, "read-only"));
    expect_dump(before);
    buf_release(&what);
    free(before);
    free(large);
}

/* What is made of several parts is there as a whole, or not at all. */
static void what_is_made_at_once_is_whole(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf what;
    int64_t id = 0, pin_id = 0, study;
    char *large = mem_alloc(CASE_TEXT_MAX + 2);
    memset(large, 'x', CASE_TEXT_MAX + 1);
    large[CASE_TEXT_MAX + 1] = '\0';
    buf_init(&what);
    struct case_edit whole = {.title = "whole", .text = large, .tags = "t"};
    assert_false(case_add_with(ws, &whole, &id, &err));
    struct case_pin p = {.kind = text("user"), .summary = text("s"), .note = large};
    assert_false(case_pin_add_new(ws, "new", &p, &id, &pin_id, &err));
    p.note = NULL;
    p.kind = NULL; /* what the database itself refuses */
    assert_false(case_pin_add_new(ws, "new", &p, &id, &pin_id, &err));
    expect_dump("");
    whole.text = "why";
    assert_ok(case_add_with(ws, &whole, &id, &err), &err);
    p.kind = text("user");
    assert_ok(case_pin_add_new(ws, "new", &p, &study, &pin_id, &err), &err);
    expect_dump("1|whole|why|t\n2|new||\n 1|s|\n");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    assert_string_equal(what.data, "pin in new: s");
    expect_dump("1|whole|why|t\n2|new||\n");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_dump("1|whole|why|t\n");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_dump("");
    for (int i = 0; i < 3; i++)
        assert_ok(case_redo(ws, &what, &study, &err), &err);
    expect_dump("1|whole|why|t\n2|new||\n 1|s|\n");
    buf_release(&what);
    free(large);
}

/* Pins know their runs by numbers: the names that they are read with are those of now. */
static void pins_keep_their_runs(void **state)
{
    (void)state;
    struct error err = {0};
    struct run_info wanted = {.name = text("m"), .model = text("markov"), .state = text("done")};
    struct case_study s;
    struct case_pins pins;
    int64_t id = add("s"), run[2], pin_id;
    assert_ok(run_create(ws, &wanted, &run[0], &err), &err);
    wanted.name = text("p");
    assert_ok(run_create(ws, &wanted, &run[1], &err), &err);
    struct case_pin p = {.study = id, .kind = text("user"), .runs = text("[2, 1, 0]")};
    assert_int_equal(run[1], 2);
    assert_ok(case_pin_add(ws, &p, &pin_id, &err), &err);
    assert_ok(run_rename(ws, 1, "was m", &err) && run_rename(ws, 2, "m", &err), &err);
    assert_ok(case_get(ws, id, &s, &pins, &err), &err);
    assert_string_equal(pins.pin[0].names, "[\"m\",\"was m\",null]");
    case_pins_release(&pins);
    case_study_release(&s);
    assert_ok(run_delete(ws, 2, &err), &err);
    assert_ok(case_get(ws, id, &s, &pins, &err), &err);
    assert_string_equal(pins.pin[0].names, "[null,\"was m\",null]");
    assert_string_equal(pins.pin[0].runs, "[2, 1, 0]");
    case_pins_release(&pins);
    case_study_release(&s);
}

/* Of a pin before there were numbers: what an undo brings back has none, and takes none away. */
static void undoing_old_changes_keeps_the_runs(void **state)
{
    (void)state;
    struct error err = {0};
    struct case_study s;
    struct case_pins pins;
    struct case_pin p = {.study = add("s"), .kind = text("user"), .runs = text("[2]")};
    struct buf what;
    int64_t pin_id, study;
    buf_init(&what);
    assert_ok(case_pin_add(ws, &p, &pin_id, &err), &err);
    assert_ok(case_pin_note(ws, pin_id, "noted", &err), &err);
    assert_ok(sql_exec(ws->db,
                       "UPDATE case_undo SET rows = replace(rows, ',\"runs\":\"[2]\"', '')"
                       " WHERE instr(rows, '\"runs\":\"[2]\"')",
                       &err),
              &err);
    assert_int_equal(sqlite3_changes(ws->db), 2);
    for (int redo = 0; redo < 2; redo++) {
        assert_ok((redo ? case_redo : case_undo)(ws, &what, &study, &err), &err);
        assert_ok(case_get(ws, p.study, &s, &pins, &err), &err);
        assert_string_equal(pins.pin[0].note, redo ? "noted" : "");
        assert_string_equal(pins.pin[0].runs, "[2]");
        case_pins_release(&pins);
        case_study_release(&s);
    }
    buf_release(&what);
}

static void expect_found(const char *words, const char *ids)
{
    struct error err = {0};
    struct case_studies list;
    struct buf found;
    buf_init(&found);
    assert_ok(case_studies_read(ws, words, &list, &err), &err);
    for (size_t i = 0; i < list.n; i++)
        buf_addf(&found, "%lld ", (long long)list.study[i].id);
    if (strcmp(found.data, ids) != 0)
        fail_msg("%s: %s, not %s", words, found.data, ids);
    case_studies_release(&list);
    buf_release(&found);
}

static void search_looks_into_everything(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf what;
    int64_t study, a = add("Vinyl repeats"), b = add("Other"), p = pin(b, "u12, markov 3");
    struct case_edit edit = {.text = "Long tail of the shop", .tags = "novel"};
    buf_init(&what);
    assert_ok(case_change(ws, a, &edit, &err), &err);
    assert_ok(case_pin_note(ws, p, "see the caf\xc3\xa9", &err), &err);
    expect_found("vinyl", "1 ");
    expect_found("VIN", "1 ");
    expect_found("tail novel", "1 ");
    expect_found("tail markov", "");
    expect_found("markov", "2 ");
    expect_found("cafe", "2 ");
    expect_found("\"see\" - the*", "2 ");
    expect_found("see OR vinyl", "");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_found("see", "");
    assert_ok(case_pin_remove(ws, p, &err), &err);
    expect_found("markov", "");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_found("markov", "2 ");
    assert_ok(case_delete(ws, b, &err), &err);
    expect_found("markov", "");
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_found("markov", "2 ");
    struct case_studies list;
    assert_false(case_studies_read(ws, "- *", &list, &err));
    assert_non_null(strstr(err.text, "at least one word"));
    buf_release(&what);
}

static void studies_are_found_by_what_people_type(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id, used;
    assert_ok(case_last_used(ws, &used, &err), &err);
    assert_int_equal(used, 0);
    int64_t a = add("Alpha"), b = add("Alphabet"), c = add("17");
    assert_ok(case_find(ws, "alpha", &id, &err), &err); /* exact wins */
    assert_int_equal(id, a);
    assert_ok(case_find(ws, "alphab", &id, &err), &err);
    assert_int_equal(id, b);
    assert_ok(case_find(ws, "2", &id, &err), &err);
    assert_int_equal(id, b);
    assert_ok(case_find(ws, "17", &id, &err), &err); /* a title before a number */
    assert_int_equal(id, c);
    assert_false(case_find(ws, "al", &id, &err));
    assert_non_null(strstr(err.text, "several"));
    assert_false(case_find(ws, "zeta", &id, &err));
    assert_non_null(strstr(err.text, "Alphabet"));
    pin(a, "x");
    assert_ok(case_last_used(ws, &used, &err), &err);
    assert_int_equal(used, a);
}

/* ---- undo and redo against a naive model ---- */

enum { STUDIES = 6, PINS = 6, OPERATIONS = 2000 };

struct model {
    int64_t id[STUDIES];
    char title[STUDIES][8], text[STUDIES][8];
    int n, n_pins[STUDIES];
    int64_t pin[STUDIES][PINS];
    char note[STUDIES][PINS][8];
};

static void model_dump(const struct model *m, struct buf *out)
{
    buf_clear(out);
    for (int s = 0; s < m->n; s++) {
        buf_addf(out, "%lld|%s|%s|\n", (long long)m->id[s], m->title[s], m->text[s]);
        for (int p = 0; p < m->n_pins[s]; p++)
            buf_addf(out, " %lld|p|%s\n", (long long)m->pin[s][p], m->note[s][p]);
    }
}

static unsigned seed = 5;
static int dice(int n)
{
    seed = seed * 1103515245 + 12345;
    return (int)(seed >> 16) % n;
}

static void drop_study(struct model *m, int s)
{
    m->n--;
    for (; s < m->n; s++) {
        m->id[s] = m->id[s + 1];
        m->n_pins[s] = m->n_pins[s + 1];
        memcpy(m->title[s], m->title[s + 1], sizeof m->title[s]);
        memcpy(m->text[s], m->text[s + 1], sizeof m->text[s]);
        memcpy(m->pin[s], m->pin[s + 1], sizeof m->pin[s]);
        memcpy(m->note[s], m->note[s + 1], sizeof m->note[s]);
    }
}

static void move_in_model(struct model *m, int s, int p, int to)
{
    char note[8];
    int64_t id = m->pin[s][p];
    memcpy(note, m->note[s][p], sizeof note);
    m->pin[s][p] = m->pin[s][to];
    memcpy(m->note[s][p], m->note[s][to], sizeof note);
    m->pin[s][to] = id;
    memcpy(m->note[s][to], note, sizeof note);
}

/* One random change in the store and in the model; false when the dice named something that is not
 * there. */
static bool change_both(struct model *m, struct error *err)
{
    int what = dice(8), s = m->n ? dice(m->n) : -1;
    int p = s >= 0 && m->n_pins[s] ? dice(m->n_pins[s]) : -1, to;
    char word[8];
    snprintf(word, sizeof word, "w%d", dice(1000));
    if ((what > 0 && s < 0) || (what > 3 && p < 0))
        return false;
    switch (what) {
    case 0:
        if (m->n == STUDIES)
            return false;
        m->id[m->n] = add(word);
        m->n_pins[m->n] = 0;
        m->text[m->n][0] = '\0';
        memcpy(m->title[m->n++], word, sizeof word);
        return true;
    case 1:
        if (dice(4) > 0)
            return false; /* they are to live for a while */
        assert_ok(case_delete(ws, m->id[s], err), err);
        drop_study(m, s);
        return true;
    case 2:
        if (dice(2)) {
            assert_ok(case_change(ws, m->id[s], &(struct case_edit){.title = word}, err), err);
            memcpy(m->title[s], word, sizeof word);
        } else {
            assert_ok(case_change(ws, m->id[s], &(struct case_edit){.text = word}, err), err);
            memcpy(m->text[s], word, sizeof word);
        }
        return true;
    case 3:
        if (m->n_pins[s] == PINS)
            return false;
        m->pin[s][m->n_pins[s]] = pin(m->id[s], "p");
        m->note[s][m->n_pins[s]++][0] = '\0';
        return true;
    case 4:
        assert_ok(case_pin_remove(ws, m->pin[s][p], err), err);
        m->n_pins[s]--;
        for (; p < m->n_pins[s]; p++)
            move_in_model(m, s, p, p + 1);
        return true;
    case 5:
        assert_ok(case_pin_note(ws, m->pin[s][p], word, err), err);
        memcpy(m->note[s][p], word, sizeof word);
        return true;
    default:
        to = what == 6 ? p - 1 : p + 1;
        assert_ok(case_pin_move(ws, m->pin[s][p], what == 6 ? -1 : 1, err), err);
        if (to < 0 || to >= m->n_pins[s])
            return false; /* nothing changed, and there is nothing to undo */
        move_in_model(m, s, p, to);
        return true;
    }
}

static void undo_and_redo_equal_a_naive_model(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf wanted, what;
    buf_init(&wanted);
    buf_init(&what);
    struct model *history = mem_zalloc(OPERATIONS + 1, sizeof *history);
    int at = 0, last = 0, undone = 0, redone = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        int64_t study;
        int choice = dice(10);
        if (choice < 3) {
            assert_int_equal(case_undo(ws, &what, &study, &err), at > 0);
            undone += at > 0;
            at -= at > 0;
        } else if (choice < 5) {
            assert_int_equal(case_redo(ws, &what, &study, &err), at < last);
            redone += at < last;
            at += at < last;
        } else {
            struct model next = history[at];
            if (change_both(&next, &err)) {
                history[++at] = next;
                last = at;
            }
        }
        model_dump(&history[at], &wanted);
        expect_dump(wanted.data);
        if (i % 97 == 0)
            reopen();
    }
    assert_true(undone > 200 && redone > 100);
    free(history);
    buf_release(&wanted);
    buf_release(&what);
}

static void the_journal_is_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf what;
    int64_t id = add("s"), study, undone = 0;
    buf_init(&what);
    for (int i = 0; i < CASE_UNDO_STEPS + 20; i++) {
        char word[16];
        snprintf(word, sizeof word, "t%d", i);
        assert_ok(case_change(ws, id, &(struct case_edit){.title = word}, &err), &err);
    }
    while (case_undo(ws, &what, &study, &err))
        undone++;
    assert_int_equal(undone, CASE_UNDO_STEPS);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    expect_dump("1|t19||\n");
    while (case_redo(ws, &what, &study, &err))
        undone--;
    assert_int_equal(undone, 0);
    expect_dump("1|t1019||\n");
    /* large ones are fewer: each journal row holds the text before and after */
    char *large = mem_alloc(CASE_TEXT_MAX + 1);
    large[CASE_TEXT_MAX] = '\0';
    for (int i = 0; i < 12; i++) {
        memset(large, 'a' + i % 26, CASE_TEXT_MAX);
        assert_ok(case_change(ws, id, &(struct case_edit){.text = large}, &err), &err);
    }
    while (case_undo(ws, &what, &study, &err))
        undone++;
    assert_true(undone >= 7 && undone <= 9);
    free(large);
    buf_release(&what);
}

/* ---- crashes ---- */

/* Pins in a child that tells after each one; it is killed after `n` of them. */
static int pins_until_killed(int64_t study, int n)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        ws = workspace_open(dir, WORKSPACE_READ_WRITE, NULL);
        for (int i = 0; ws; i++) {
            int64_t id;
            struct case_pin p = {.study = study, .kind = text("user"), .summary = text("p")};
            if (!case_pin_add(ws, &p, &id, NULL) || write(fds[1], "+", 1) != 1)
                _exit(1);
        }
        _exit(1);
    }
    close(fds[1]);
    char byte;
    int told = 0;
    while (told < n && read(fds[0], &byte, 1) == 1)
        told++;
    kill(child, SIGKILL);
    while (read(fds[0], &byte, 1) == 1)
        told++;
    close(fds[0]);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    return told;
}

static void what_was_told_survives_a_kill(void **state)
{
    (void)state;
    struct error err = {0};
    int64_t id = add("s"), told = 0, other;
    struct buf what;
    buf_init(&what);
    workspace_close(ws);
    for (int n = 1; n < 12; n += 3) {
        told += pins_until_killed(id, n);
        open_ws();
        struct case_study s;
        assert_ok(case_get(ws, id, &s, NULL, &err), &err);
        assert_true(s.n_pins >= told && s.n_pins <= told + 1); /* one may be there unheard */
        told = s.n_pins;
        case_study_release(&s);
        workspace_close(ws);
    }
    open_ws(); /* every pin has its journal row */
    for (int64_t i = 0; i <= told; i++)
        assert_ok(case_undo(ws, &what, &other, &err), &err);
    assert_false(case_undo(ws, &what, &other, &err));
    expect_dump("");
    buf_release(&what);
}

/* ---- files from before ---- */

static void old_case_studies_are_found_by_search(void **state)
{
    (void)state;
    struct error err = {0};
    struct buf sql;
    buf_init(&sql);
    workspace_close(ws);
    char *db = path_join(dir, "rote.db");
    assert_true(dir_remove(dir, NULL) && dir_make(dir, NULL));
    assert_ok(file_read(TEST_DATA "/workspace-v1.sql", 1 << 20, &sql, &err), &err);
    sqlite3 *old;
    assert_int_equal(sqlite3_open(db, &old), SQLITE_OK);
    assert_ok(sql_exec(old, sql.data, &err) && schema_migrate(old, 3, &err), &err);
    assert_ok(sql_exec(old,
                       "INSERT INTO case_study (title, text, created, changed)"
                       " VALUES ('Old', 'vinyl', 1, 2);"
                       "INSERT INTO case_item (study, place, kind, note, created, seen)"
                       " VALUES (1, 1, 'user', 'noted', 1,"
                       " '{\"runs\": [\"gone\", \"markov\"]}'), (1, 2, 'item', '', 1, NULL)",
                       &err),
              &err);
    sqlite3_close(old);
    open_ws();
    expect_dump("1|Old|vinyl|\n 1||noted\n 2||\n");
    struct case_study s;
    struct case_pins pins;
    assert_ok(case_get(ws, 1, &s, &pins, &err), &err);
    assert_string_equal(pins.pin[0].runs, "[0,1]"); /* since 6: found by their names then */
    assert_string_equal(pins.pin[0].names, "[null,\"markov\"]");
    assert_string_equal(pins.pin[1].runs, "");
    assert_string_equal(pins.pin[1].names, "[]");
    case_pins_release(&pins);
    case_study_release(&s);
    expect_found("vinyl", "1 ");
    expect_found("noted", "1 ");
    assert_ok(case_delete(ws, 1, &err), &err);
    expect_found("vinyl", "");
    int64_t study;
    struct buf what;
    buf_init(&what);
    assert_ok(case_undo(ws, &what, &study, &err), &err);
    expect_dump("1|Old|vinyl|\n 1||noted\n 2||\n");
    buf_release(&what);
    buf_release(&sql);
    free(db);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_comes_back),
        TEST(text_is_cleaned),
        TEST(places_are_kept),
        TEST(nothing_is_lost_when_refused),
        TEST(what_is_made_at_once_is_whole),
        TEST(pins_keep_their_runs),
        TEST(undoing_old_changes_keeps_the_runs),
        TEST(search_looks_into_everything),
        TEST(studies_are_found_by_what_people_type),
        TEST(undo_and_redo_equal_a_naive_model),
        TEST(the_journal_is_bounded),
        TEST(what_was_told_survives_a_kill),
        TEST(old_case_studies_are_found_by_search),
    };
    return cmocka_run_group_tests(tests, begin_group, end_group);
}
