#include "storage/db/case_store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "storage/base/clock.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/db/case_undo.h"

enum { LINK_MAX = 16384, MOST_NAMED = 8 };

/* ---- what is read ---- */

void case_study_release(struct case_study *study)
{
    free(study->title);
    free(study->text);
    free(study->tags);
    *study = (struct case_study){0};
}

void case_studies_release(struct case_studies *list)
{
    for (size_t i = 0; i < list->n; i++)
        case_study_release(&list->study[i]);
    free(list->study);
    *list = (struct case_studies){0};
}

void case_pin_release(struct case_pin *pin)
{
    char *const strings[] = {pin->kind, pin->user_id,     pin->item_id, pin->run,
                             pin->seen, pin->definition,  pin->summary, pin->link,
                             pin->runs, pin->fingerprint, pin->note,    pin->names};
    for (size_t i = 0; i < ARRAY_LEN(strings); i++)
        free(strings[i]);
    *pin = (struct case_pin){0};
}

void case_pins_release(struct case_pins *pins)
{
    for (size_t i = 0; i < pins->n; i++)
        case_pin_release(&pins->pin[i]);
    free(pins->pin);
    *pins = (struct case_pins){0};
}

#define STUDY_COLUMNS                                                                              \
    "case_study.study, case_study.title, case_study.text, case_study.tags, created, changed,"      \
    " (SELECT count(*) FROM case_item WHERE case_item.study = case_study.study)"

static struct case_study read_study(sqlite3_stmt *stmt)
{
    return (struct case_study){.id = sqlite3_column_int64(stmt, 0),
                               .title = sql_text(stmt, 1),
                               .text = sql_text(stmt, 2),
                               .tags = sql_text(stmt, 3),
                               .created = sqlite3_column_int64(stmt, 4),
                               .changed = sqlite3_column_int64(stmt, 5),
                               .n_pins = sqlite3_column_int64(stmt, 6)};
}

/* Every word as a quoted prefix: what is typed is never an expression. False: there is no word. */
static bool match_words(const char *words, struct buf *out)
{
    while (*words) {
        size_t n = strcspn(words, " \t\n");
        bool any = false;
        for (size_t i = 0; i < n; i++)
            any |= isalnum((unsigned char)words[i]) || (unsigned char)words[i] >= 0x80;
        if (any) {
            buf_adds(out, out->len ? " \"" : "\"");
            for (size_t i = 0; i < n; i++) {
                buf_addc(out, words[i]);
                if (words[i] == '"')
                    buf_addc(out, '"');
            }
            buf_adds(out, "\"*");
        }
        words += n + strspn(words + n, " \t\n");
    }
    return out->len > 0;
}

static sqlite3_stmt *prepare_list(struct workspace *ws, const char *words, struct buf *match,
                                  struct error *err)
{
    size_t length = words ? strlen(words) : 0;
    if (length > CASE_WORDS_MAX) { /* each word is looked up by itself */
        error_set(err, ERROR_INPUT, "these words have %zu bytes; at most %d are looked for", length,
                  CASE_WORDS_MAX);
        return NULL;
    }
    if (!words)
        return sql_prepare(
            ws->db, err,
            "SELECT " STUDY_COLUMNS " FROM case_study ORDER BY changed DESC, study DESC", "");
    if (!match_words(words, match)) {
        error_set(err, ERROR_USAGE, "say at least one word to look for");
        return NULL;
    }
    return sql_prepare(ws->db, err,
                       "SELECT " STUDY_COLUMNS
                       " FROM case_search JOIN case_study ON case_study.study = case_search.rowid"
                       " WHERE case_search MATCH ? ORDER BY rank, case_study.study DESC",
                       "s", match->data);
}

bool case_studies_read(struct workspace *ws, const char *words, struct case_studies *out,
                       struct error *err)
{
    struct buf match;
    size_t cap = 0;
    buf_init(&match);
    *out = (struct case_studies){0};
    sqlite3_stmt *stmt = prepare_list(ws, words, &match, err);
    bool row, ok = stmt != NULL;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        MEM_GROW(out->study, out->n + 1, cap);
        out->study[out->n++] = read_study(stmt);
    }
    sqlite3_finalize(stmt);
    buf_release(&match);
    if (!ok)
        case_studies_release(out);
    return ok;
}

static bool read_pins(struct workspace *ws, int64_t study, struct case_pins *out, struct error *err)
{
    size_t cap = 0;
    sqlite3_stmt *stmt = sql_prepare(
        ws->db, err,
        "SELECT pin, study, kind, user_id, item_id, run, rank, definition, fingerprint, seen,"
        " summary, link, note, created, runs, (SELECT json_group_array(name) FROM"
        " (SELECT run.name FROM json_each(case_item.runs) number LEFT JOIN run"
        " ON run.run = number.value ORDER BY number.key))"
        " FROM case_item WHERE study = ? ORDER BY place, pin",
        "i", study);
    bool row, ok = stmt != NULL;
    while (ok && (ok = sql_step(stmt, &row, err)) && row) {
        MEM_GROW(out->pin, out->n + 1, cap);
        out->pin[out->n++] = (struct case_pin){.id = sqlite3_column_int64(stmt, 0),
                                               .study = sqlite3_column_int64(stmt, 1),
                                               .kind = sql_text(stmt, 2),
                                               .user_id = sql_text(stmt, 3),
                                               .item_id = sql_text(stmt, 4),
                                               .run = sql_text(stmt, 5),
                                               .rank = sqlite3_column_int64(stmt, 6),
                                               .definition = sql_text(stmt, 7),
                                               .fingerprint = sql_text(stmt, 8),
                                               .seen = sql_text(stmt, 9),
                                               .summary = sql_text(stmt, 10),
                                               .link = sql_text(stmt, 11),
                                               .note = sql_text(stmt, 12),
                                               .created = sqlite3_column_int64(stmt, 13),
                                               .runs = sql_text(stmt, 14),
                                               .names = sql_text(stmt, 15)};
    }
    sqlite3_finalize(stmt);
    return ok;
}

bool case_get(struct workspace *ws, int64_t id, struct case_study *out, struct case_pins *pins,
              struct error *err)
{
    *out = (struct case_study){0};
    if (pins)
        *pins = (struct case_pins){0};
    sqlite3_stmt *stmt = sql_prepare(
        ws->db, err, "SELECT " STUDY_COLUMNS " FROM case_study WHERE study = ?", "i", id);
    bool row = false, ok = stmt && sql_step(stmt, &row, err);
    if (ok && row)
        *out = read_study(stmt);
    else if (ok)
        ok = error_set(err, ERROR_NOT_FOUND, "there is no case study %lld", (long long)id);
    sqlite3_finalize(stmt);
    if (ok && pins && !read_pins(ws, id, pins, err)) {
        case_pins_release(pins);
        case_study_release(out);
        return false;
    }
    return ok;
}

/* One number from a query, 0 where it has no row. */
static bool ask_int(struct workspace *ws, const char *sql, int64_t argument, int64_t *out,
                    struct error *err)
{
    sqlite3_stmt *stmt = sql_prepare(ws->db, err, sql, "i", argument);
    bool row = false, ok = stmt && sql_step(stmt, &row, err);
    *out = ok && row ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return ok;
}

bool case_last_used(struct workspace *ws, int64_t *id, struct error *err)
{
    return ask_int(ws,
                   "SELECT study FROM case_study LEFT JOIN (SELECT study AS s, max(step) AS last"
                   " FROM case_undo WHERE undone = ? GROUP BY study) ON s = study"
                   " ORDER BY last DESC NULLS LAST, changed DESC, study DESC LIMIT 1",
                   0, id, err);
}

static bool not_found(const struct case_studies *list, const char *text, struct error *err)
{
    struct buf some;
    buf_init(&some);
    for (size_t i = 0; i < list->n && i < MOST_NAMED; i++)
        buf_addf(&some, "%s%s", i ? ", " : "", list->study[i].title);
    if (list->n > MOST_NAMED)
        buf_adds(&some, ", …");
    if (list->n == 0)
        error_set(err, ERROR_NOT_FOUND, "there is no case study \"%.200s\", and no other one",
                  text);
    else
        error_set(err, ERROR_NOT_FOUND, "there is no case study \"%.200s\"; there are: %s", text,
                  some.data);
    buf_release(&some);
    return false;
}

/* By title (exact) or by its beginning; how many there are. */
static size_t find_title(const struct case_studies *list, const char *text, bool exact, int64_t *id)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const char *title = list->study[i].title;
        if (exact ? strcasecmp(title, text) == 0 : strncasecmp(title, text, strlen(text)) == 0) {
            *id = list->study[i].id;
            n++;
        }
    }
    return n;
}

bool case_find(struct workspace *ws, const char *text, int64_t *id, struct error *err)
{
    struct case_studies list;
    int64_t number;
    if (!case_studies_read(ws, NULL, &list, err))
        return false;
    bool ok = false, several = false;
    for (int exact = 1; exact >= 0 && !ok && !several && *text; exact--) {
        size_t n = find_title(&list, text, exact, id);
        ok = n == 1;
        several = n > 1;
    }
    if (!ok && num_int64(text, strlen(text), &number))
        for (size_t i = 0; i < list.n; i++)
            if (list.study[i].id == number) {
                *id = number;
                ok = true;
            }
    if (!ok && several)
        error_set(err, ERROR_USAGE,
                  "several case studies are called \"%.200s\" or begin so; give the number", text);
    else if (!ok)
        not_found(&list, text, err);
    case_studies_release(&list);
    return ok;
}

/* ---- what comes in ---- */

/* Valid UTF-8 without control characters; line ends and tabs become blanks unless `lines`. */
static char *clean(const char *s, bool lines)
{
    struct jval *valid = jval_new_string(s ? s : "");
    struct buf out;
    buf_init(&out);
    for (const unsigned char *p = (const unsigned char *)jval_string(valid); *p; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
        if (*p == '\n' || *p == '\t')
            buf_addc(&out, lines ? (char)*p : ' ');
        else if (*p >= 0x20 && *p != 0x7f && !c1)
            buf_addc(&out, (char)*p);
        p += c1;
    }
    jval_free(valid);
    return buf_detach(&out);
}

/* Words joined with single blanks; commas separate, too. */
static char *clean_words(const char *s, const char *separators)
{
    char *all = clean(s, false), *save = NULL;
    struct buf out;
    buf_init(&out);
    for (char *w = strtok_r(all, separators, &save); w; w = strtok_r(NULL, separators, &save))
        buf_addf(&out, "%s%s", out.len ? " " : "", w);
    free(all);
    return buf_detach(&out);
}

static bool short_enough(const char *what, const char *s, size_t most, struct error *err)
{
    return strlen(s) <= most ||
           error_set(err, ERROR_INPUT, "%s has %zu bytes; at most %zu are kept", what, strlen(s),
                     most);
}

static bool title_ok(const char *title, struct error *err)
{
    return (*title || error_set(err, ERROR_USAGE, "a case study needs a title")) &&
           short_enough("the title", title, CASE_TITLE_MAX, err);
}

/* ---- changes ---- */

static bool begin(struct workspace *ws, struct case_journal *j, struct error *err)
{
    *j = (struct case_journal){.ws = ws};
    return workspace_writable(ws, err) && sql_begin(ws->db, err);
}

/* "pin in TITLE: summary", the summary cut between characters; the title NULL: left out. */
static char *in_words(const char *change, const char *title, const char *summary)
{
    enum { MOST = 100 };
    size_t n = summary ? strlen(summary) : 0;
    if (n > MOST)
        for (n = MOST; n > 0 && ((unsigned char)summary[n] & 0xc0) == 0x80;)
            n--;
    return mem_printf("%s %s%s%.*s", change, title ? title : "", title ? ": " : "", (int)n,
                      summary ? summary : "");
}

/* Ends the transaction: the change is there with its journal row, or not at all. Takes `what`. */
static bool finish(struct case_journal *j, bool ok, char *what, struct error *err)
{
    ok = ok && (j->n == 0 || case_journal_store(j, what, err));
    ok = sql_end(j->ws->db, ok, err);
    case_journal_release(j);
    free(what);
    return ok;
}

/* The study is about to be changed: ERROR_NOT_FOUND where there is none. *title is the caller's. */
static bool touch_study(struct case_journal *j, int64_t id, char **title, struct error *err)
{
    struct case_study study;
    if (!case_get(j->ws, id, &study, NULL, err))
        return false;
    *title = mem_strdup(study.title);
    case_study_release(&study);
    j->study = id;
    return case_journal_touch(j, CASE_STUDY_ROW, id, err) &&
           sql_do(j->ws->db, err, "UPDATE case_study SET changed = ? WHERE study = ?", "ii",
                  clock_wall_seconds(), id);
}

/* What an edit says, cleaned and of the length that is kept; NULL: it says nothing. */
struct words {
    char *title, *text, *tags;
};

static void release_words(struct words *w)
{
    free(w->title);
    free(w->text);
    free(w->tags);
}

static bool clean_edit(const struct case_edit *edit, struct words *out, struct error *err)
{
    *out = (struct words){.title = edit->title ? clean_words(edit->title, " ") : NULL,
                          .text = edit->text ? clean(edit->text, true) : NULL,
                          .tags = edit->tags ? clean_words(edit->tags, " ,") : NULL};
    return (!out->title || title_ok(out->title, err)) &&
           (!out->text || short_enough("the text", out->text, CASE_TEXT_MAX, err)) &&
           (!out->tags || short_enough("tags", out->tags, CASE_TITLE_MAX, err));
}

/* A new study within the transaction. */
static bool insert_study(struct case_journal *j, const struct words *w, struct error *err)
{
    int64_t now = clock_wall_seconds();
    bool ok = sql_do(j->ws->db, err,
                     "INSERT INTO case_study (title, text, tags, created, changed)"
                     " VALUES (?, ifnull(?, ''), ifnull(?, ''), ?, ?)",
                     "sssii", w->title, w->text, w->tags, now, now);
    j->study = sqlite3_last_insert_rowid(j->ws->db);
    case_journal_made(j, CASE_STUDY_ROW, j->study);
    return ok;
}

bool case_add_with(struct workspace *ws, const struct case_edit *what, int64_t *id,
                   struct error *err)
{
    struct case_journal j;
    struct words w;
    bool ok = clean_edit(what, &w, err) && begin(ws, &j, err);
    if (ok) {
        ok = insert_study(&j, &w, err);
        *id = j.study;
        ok = finish(&j, ok, mem_printf("new case study %s", w.title), err);
    }
    release_words(&w);
    return ok;
}

bool case_add(struct workspace *ws, const char *title, int64_t *id, struct error *err)
{
    return case_add_with(ws, &(struct case_edit){.title = title}, id, err);
}

static bool text_is_still(struct workspace *ws, int64_t id, const char *before, struct error *err)
{
    struct case_study now;
    if (!before)
        return true;
    if (!case_get(ws, id, &now, NULL, err))
        return false;
    bool same = strcmp(now.text, before) == 0;
    case_study_release(&now);
    return same || error_set(err, ERROR_STATE, "the text was changed by somebody else meanwhile");
}

static bool update(struct workspace *ws, int64_t id, const struct words *w, struct error *err)
{
    return sql_do(ws->db, err,
                  "UPDATE case_study SET title = ifnull(?, title), text = ifnull(?, text),"
                  " tags = ifnull(?, tags) WHERE study = ?",
                  "sssi", w->title, w->text, w->tags, id);
}

bool case_change(struct workspace *ws, int64_t id, const struct case_edit *edit, struct error *err)
{
    struct words w;
    struct case_journal j;
    char *old = NULL;
    bool ok = clean_edit(edit, &w, err) && begin(ws, &j, err);
    if (ok) {
        const char *what = w.title ? "title" : w.text ? "text" : "tags";
        ok = text_is_still(ws, id, edit->text_before, err) && touch_study(&j, id, &old, err) &&
             update(ws, id, &w, err);
        ok = finish(&j, ok, mem_printf("%s of %s", what, old ? old : ""), err);
    }
    release_words(&w);
    free(old);
    return ok;
}

bool case_delete(struct workspace *ws, int64_t id, struct error *err)
{
    struct case_journal j;
    struct case_pins pins = {0};
    char *title = NULL;
    if (!begin(ws, &j, err))
        return false;
    bool ok = touch_study(&j, id, &title, err) && read_pins(ws, id, &pins, err);
    for (size_t i = 0; ok && i < pins.n; i++)
        ok = case_journal_touch(&j, CASE_PIN_ROW, pins.pin[i].id, err);
    ok = ok && sql_do(ws->db, err, "DELETE FROM case_study WHERE study = ?", "i", id);
    ok = finish(&j, ok, mem_printf("deletion of %s", title ? title : ""), err);
    case_pins_release(&pins);
    free(title);
    return ok;
}

/* ---- pins ---- */

static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

/* Summary and note of a pin, cleaned; all of it of the length that is kept. */
struct pin_words {
    char *summary, *note;
};

static bool clean_pin(const struct case_pin *pin, struct pin_words *out, struct error *err)
{
    *out = (struct pin_words){clean(pin->summary, false), clean(pin->note, false)};
    return short_enough("the note", out->note, CASE_NOTE_MAX, err) &&
           short_enough("the summary", out->summary, CASE_NOTE_MAX, err) &&
           short_enough("the link", pin->link ? pin->link : "", LINK_MAX, err) &&
           short_enough("what was seen", pin->seen ? pin->seen : "", CASE_SEEN_MAX, err);
}

/* Behind the other pins of j->study, within the transaction. */
static bool insert_pin(struct case_journal *j, const struct case_pin *pin,
                       const struct pin_words *w, int64_t *id, struct error *err)
{
    bool ok = sql_do(j->ws->db, err,
                     "INSERT INTO case_item (study, place, kind, user_id, item_id, run, rank,"
                     " definition, fingerprint, seen, summary, link, note, created, runs) SELECT"
                     " ?1, ifnull(max(place), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
                     " ?12, ?13, ?14 FROM case_item WHERE study = ?1",
                     "issssissssssis", j->study, pin->kind, or_null(pin->user_id),
                     or_null(pin->item_id), or_null(pin->run), pin->rank, or_null(pin->definition),
                     or_null(pin->fingerprint), or_null(pin->seen), w->summary,
                     pin->link ? pin->link : "", w->note, clock_wall_seconds(), or_null(pin->runs));
    *id = sqlite3_last_insert_rowid(j->ws->db);
    case_journal_made(j, CASE_PIN_ROW, *id);
    return ok;
}

bool case_pin_add(struct workspace *ws, const struct case_pin *pin, int64_t *id, struct error *err)
{
    struct case_journal j;
    struct pin_words w;
    char *title = NULL;
    bool ok = clean_pin(pin, &w, err) && begin(ws, &j, err);
    if (ok) {
        ok = touch_study(&j, pin->study, &title, err) && insert_pin(&j, pin, &w, id, err);
        ok = finish(&j, ok, in_words("pin in", title, w.summary), err);
    }
    free(w.summary);
    free(w.note);
    free(title);
    return ok;
}

/* Two steps of undo: the study may well stay when its first pin goes. */
static bool insert_both(struct case_journal *j, const struct words *made,
                        const struct case_pin *pin, const struct pin_words *w, int64_t *id,
                        struct error *err)
{
    char *what = mem_printf("new case study %s", made->title), *title = NULL;
    bool ok = insert_study(j, made, err) && case_journal_store(j, what, err);
    int64_t study = j->study;
    case_journal_release(j);
    *j = (struct case_journal){.ws = j->ws};
    ok = ok && touch_study(j, study, &title, err) && insert_pin(j, pin, w, id, err);
    free(what);
    free(title);
    return ok;
}

bool case_pin_add_new(struct workspace *ws, const char *title, const struct case_pin *pin,
                      int64_t *study, int64_t *id, struct error *err)
{
    struct case_journal j;
    struct pin_words w;
    struct words made = {0};
    bool ok = clean_pin(pin, &w, err) &&
              clean_edit(&(struct case_edit){.title = title}, &made, err) && begin(ws, &j, err);
    if (ok) {
        ok = insert_both(&j, &made, pin, &w, id, err);
        *study = j.study;
        ok = finish(&j, ok, in_words("pin in", made.title, w.summary), err);
    }
    release_words(&made);
    free(w.summary);
    free(w.note);
    return ok;
}

/* The pin and its study are about to be changed; *title and *summary are the caller's. */
static bool touch_pin(struct case_journal *j, int64_t pin, char **title, char **summary,
                      struct error *err)
{
    int64_t study;
    if (!ask_int(j->ws, "SELECT study FROM case_item WHERE pin = ?", pin, &study, err))
        return false;
    if (study == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no pin %lld", (long long)pin);
    sqlite3_stmt *stmt =
        sql_prepare(j->ws->db, err, "SELECT summary FROM case_item WHERE pin = ?", "i", pin);
    bool row, ok = stmt && sql_step(stmt, &row, err);
    *summary = ok && row ? sql_text(stmt, 0) : mem_strdup("");
    sqlite3_finalize(stmt);
    return ok && touch_study(j, study, title, err) && case_journal_touch(j, CASE_PIN_ROW, pin, err);
}

bool case_pin_note(struct workspace *ws, int64_t pin, const char *note, struct error *err)
{
    struct case_journal j;
    char *words = clean(note, false), *title = NULL, *summary = NULL;
    bool ok = short_enough("the note", words, CASE_NOTE_MAX, err) && begin(ws, &j, err);
    if (ok) {
        ok = touch_pin(&j, pin, &title, &summary, err) &&
             sql_do(ws->db, err, "UPDATE case_item SET note = ? WHERE pin = ?", "si", words, pin);
        ok = finish(&j, ok, in_words("note on", NULL, summary), err);
    }
    free(words);
    free(title);
    free(summary);
    return ok;
}

/* The pin whose place is next to this one's; 0: there is none. */
static bool neighbour(struct workspace *ws, int64_t pin, int by, int64_t *other, struct error *err)
{
    return ask_int(ws,
                   by < 0 ? "SELECT b.pin FROM case_item a JOIN case_item b USING (study)"
                            " WHERE a.pin = ? AND (b.place, b.pin) < (a.place, a.pin)"
                            " ORDER BY b.place DESC, b.pin DESC LIMIT 1"
                          : "SELECT b.pin FROM case_item a JOIN case_item b USING (study)"
                            " WHERE a.pin = ? AND (b.place, b.pin) > (a.place, a.pin)"
                            " ORDER BY b.place, b.pin LIMIT 1",
                   pin, other, err);
}

static bool swap_places(struct workspace *ws, int64_t a, int64_t b, struct error *err)
{
    return sql_do(ws->db, err,
                  "UPDATE case_item SET place = (SELECT sum(place) FROM case_item"
                  " WHERE pin IN (?1, ?2)) - place WHERE pin IN (?1, ?2)",
                  "ii", a, b);
}

static bool move_pin(struct case_journal *j, int64_t pin, int by, char **title, char **summary,
                     struct error *err)
{
    int64_t there, other;
    if (!ask_int(j->ws, "SELECT pin FROM case_item WHERE pin = ?", pin, &there, err) ||
        !neighbour(j->ws, pin, by, &other, err))
        return false;
    if (there && !other)
        return true;
    return touch_pin(j, pin, title, summary, err) &&
           case_journal_touch(j, CASE_PIN_ROW, other, err) && swap_places(j->ws, pin, other, err);
}

bool case_pin_move(struct workspace *ws, int64_t pin, int by, struct error *err)
{
    struct case_journal j;
    char *title = NULL, *summary = NULL;
    if (!begin(ws, &j, err))
        return false;
    bool ok = move_pin(&j, pin, by, &title, &summary, err);
    ok = finish(&j, ok, in_words("move of", NULL, summary), err);
    free(title);
    free(summary);
    return ok;
}

bool case_pin_remove(struct workspace *ws, int64_t pin, struct error *err)
{
    struct case_journal j;
    char *title = NULL, *summary = NULL;
    if (!begin(ws, &j, err))
        return false;
    bool ok = touch_pin(&j, pin, &title, &summary, err) &&
              sql_do(ws->db, err, "DELETE FROM case_item WHERE pin = ?", "i", pin);
    ok = finish(&j, ok, in_words("removal of a pin from", title, summary), err);
    free(title);
    free(summary);
    return ok;
}
