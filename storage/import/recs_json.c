/*
 * Lists in JSON: an object a line, one array of objects, or such an array under "results". What a
 * member means is seen from its name: those of the projects in docs/recommendations.md.
 */
#include <math.h>
#include <string.h>

#include "storage/base/num.h"
#include "storage/import/recs_parse.h"
#include "storage/import/scan.h"
#include "storage/import/values.h"
#include "storage/import/walk.h"

enum member {
    MEMBER_USER,
    MEMBER_SAMPLE,
    MEMBER_ITEMS,
    MEMBER_RAW, /* generated texts */
    MEMBER_SCORES,
    MEMBER_TARGET,
    MEMBER_TARGET_VALID,
    MEMBER_OUTPUT, /* the target as text, beside generated texts only */
    MEMBER_SPLIT,
    MEMBER_POSITION,
    MEMBER_METADATA, /* an object with some of these */
    MEMBERS,
};

/* Where an object has several of one kind, the one further up counts. */
static const struct {
    const char *name;
    enum member member;
} names[] = {
    {"user", MEMBER_USER},
    {"user_id", MEMBER_USER},
    {"uid", MEMBER_USER},
    {"userId", MEMBER_USER},
    {"reviewerID", MEMBER_USER},
    {"sample_id", MEMBER_SAMPLE},
    {"sample_idx", MEMBER_SAMPLE},
    {"iids", MEMBER_ITEMS},
    {"items", MEMBER_ITEMS},
    {"item_ids", MEMBER_ITEMS},
    {"top_items", MEMBER_ITEMS},
    {"recommendations", MEMBER_ITEMS},
    {"recommended_items", MEMBER_ITEMS},
    {"predictions", MEMBER_ITEMS},
    {"topk", MEMBER_ITEMS},
    {"semantic_ids", MEMBER_ITEMS},
    {"raw_contents", MEMBER_RAW},
    {"predict", MEMBER_RAW},
    {"generations", MEMBER_RAW},
    {"scores", MEMBER_SCORES},
    {"top_scores", MEMBER_SCORES},
    {"iid_gt", MEMBER_TARGET},
    {"test_ground_truth_id", MEMBER_TARGET},
    {"target", MEMBER_TARGET},
    {"target_item", MEMBER_TARGET},
    {"label", MEMBER_TARGET},
    {"valid_ground_truth_id", MEMBER_TARGET_VALID},
    {"output", MEMBER_OUTPUT},
    {"split", MEMBER_SPLIT},
    {"position", MEMBER_POSITION},
    {"metadata", MEMBER_METADATA},
};
enum { NAMES = sizeof names / sizeof names[0] };

/* The members of one object that mean something: where their values begin. */
struct found {
    struct scan at[MEMBERS];
    int name[MEMBERS]; /* which of `names`, NAMES: none */
};

static bool has(const struct found *f, enum member m)
{
    return f->name[m] < NAMES;
}

static void note_member(struct found *f, const struct scan *s, const char *key, size_t n)
{
    for (int i = 0; i < NAMES; i++)
        if (strlen(names[i].name) == n && memcmp(names[i].name, key, n) == 0) {
            if (i < f->name[names[i].member]) {
                f->name[names[i].member] = i;
                f->at[names[i].member] = *s;
            }
            return;
        }
}

/* From '{' to '}'. */
static bool find_members(struct scan *s, struct found *f)
{
    const char *key;
    size_t n;
    bool ok;
    if (!scan_take(s, '{'))
        return false;
    for (bool first = true; scan_next(s, '}', &first, &ok);) {
        if (!scan_key(s, &key, &n))
            return false;
        scan_peek(s);
        note_member(f, s, key, n);
        if (!scan_skip(s))
            return false;
    }
    return ok;
}

/* ---- values ---- */

/* A string or a number as text; *text is NULL for null and for what is neither. The first element
 * of a list stands for it. */
static bool scalar(struct scan *s, const char **text, size_t *n)
{
    char c = scan_peek(s);
    *text = NULL;
    if (c == '[') {
        s->at++;
        return scan_peek(s) == ']' || scalar(s, text, n);
    }
    if (c == '"')
        return scan_string(s, text, n);
    if (c == '{')
        return true;
    if (!scan_literal(s, text, n))
        return false;
    if (*n == 4 && memcmp(*text, "null", 4) == 0)
        *text = NULL;
    return true;
}

static bool number(struct scan *s, double *out)
{
    const char *text;
    size_t n;
    *out = NAN;
    if (scan_peek(s) == '"' || scan_peek(s) == '[' || scan_peek(s) == '{' ||
        !scan_literal(s, &text, &n))
        return false;
    value_number(text, n, out); /* null, NaN and infinities are none */
    return true;
}

static void slot_text(struct recs_slot *slot, const char *text, size_t n)
{
    *slot = (struct recs_slot){.text = text,
                               .n = n,
                               .score = NAN,
                               .kind = text && n > 0 ? RECS_SLOT_ITEM : RECS_SLOT_INVALID};
}

static void slot_key(struct recs_reader *r, struct recs_slot *slot, const char *text, size_t n,
                     bool generated)
{
    size_t begin = r->keys.len;
    slot_text(slot, NULL, 0);
    slot->kind = RECS_SLOT_MADE_UP;
    if (recs_semid_key(text, n, generated, &r->keys)) {
        slot_text(slot, r->keys.data + begin, r->keys.len - begin);
        slot->kind = RECS_SLOT_ITEM;
    }
    if (generated) {
        slot->said_n = n;
        slot->said = recs_said(text, &slot->said_n);
    }
}

/* [9, 0, 255] or ["<a_9>", "<b_0>"]: the codes of one item. */
static bool slot_codes(struct recs_reader *r, struct scan *s, struct recs_slot *slot)
{
    size_t begin = r->keys.len;
    const char *text;
    size_t n;
    bool ok;
    if (!scan_take(s, '['))
        return false;
    buf_addc(&r->keys, '[');
    for (bool first = true; scan_next(s, ']', &first, &ok);) {
        if (scan_peek(s) == '[' || !scalar(s, &text, &n) || !text)
            return false;
        if (r->keys.len > begin + 1)
            buf_addc(&r->keys, ',');
        buf_add(&r->keys, text, n);
    }
    buf_addc(&r->keys, ']');
    if (ok) {
        size_t length = r->keys.len - begin;
        slot_key(r, slot, r->keys.data + begin, length, false);
    }
    return ok;
}

/* {"item": …, "score": …} */
static bool slot_object(struct scan *s, struct recs_slot *slot)
{
    static const char *const items[] = {"item", "item_id", "iid", "id"};
    const char *key, *text = NULL;
    size_t n, text_n = 0;
    double score = NAN;
    bool ok;
    if (!scan_take(s, '{'))
        return false;
    for (bool first = true; scan_next(s, '}', &first, &ok);) {
        bool is_item = false;
        if (!scan_key(s, &key, &n))
            return false;
        for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
            is_item = is_item || (strlen(items[i]) == n && memcmp(items[i], key, n) == 0);
        bool is_score = n == 5 && memcmp(key, "score", 5) == 0, scalar_next;
        scalar_next = scan_peek(s) != '[' && scan_peek(s) != '{';
        if (!(is_item && scalar_next ? scalar(s, &text, &text_n)
              : is_score             ? number(s, &score)
                                     : scan_skip(s)))
            return false;
    }
    slot_text(slot, text, text_n);
    slot->score = score;
    return ok && text;
}

static bool take_slot(struct recs_reader *r, struct scan *s, bool generated, struct recs_slot *slot)
{
    const char *text;
    size_t n;
    char c = scan_peek(s);
    if (c == '[')
        return slot_codes(r, s, slot);
    if (c == '{')
        return slot_object(s, slot);
    if (!scalar(s, &text, &n))
        return false;
    if (generated && text)
        slot_key(r, slot, text, n, true);
    else
        slot_text(slot, text, n);
    return true;
}

/* A list of items into r->slot. */
static bool take_slots(struct recs_reader *r, struct scan *s, bool generated, int32_t *n)
{
    bool ok;
    *n = 0;
    if (!scan_take(s, '['))
        return false;
    for (bool first = true; scan_next(s, ']', &first, &ok);) {
        if (*n == RECS_LIST_MAX ? !scan_skip(s) : !take_slot(r, s, generated, &r->slot[*n]))
            return false;
        if (*n < RECS_LIST_MAX) {
            r->slot[*n].rank = *n + 1;
            ++*n;
        }
    }
    return ok;
}

/* One score for each slot. */
static bool take_scores(struct recs_reader *r, struct scan *s, int32_t n)
{
    bool ok;
    int32_t at = 0;
    if (scan_peek(s) == 'n')
        return true; /* null */
    if (!scan_take(s, '['))
        return false;
    for (bool first = true; scan_next(s, ']', &first, &ok); at++)
        if (at < n ? !number(s, &r->slot[at].score) : !scan_skip(s))
            return false;
    return ok && (at >= n || at == 0);
}

/* ---- an object ---- */

static bool take_target(struct recs_reader *r, struct found *f, bool generated,
                        struct recs_list *list)
{
    bool valid = r->options->valid, named = has(f, MEMBER_TARGET_VALID);
    enum member which = valid && named ? MEMBER_TARGET_VALID : MEMBER_TARGET;
    if (valid && !named && has(f, MEMBER_TARGET) &&
        strcmp(names[f->name[MEMBER_TARGET]].name, "test_ground_truth_id") == 0)
        return true; /* that of the other part */
    if (has(f, which))
        return scalar(&f->at[which], &list->target, &list->target_n);
    if (!generated || !has(f, MEMBER_OUTPUT) ||
        !scalar(&f->at[MEMBER_OUTPUT], &list->target, &list->target_n) || !list->target)
        return true;
    struct recs_slot slot;
    slot_key(r, &slot, list->target, list->target_n, true);
    list->target = slot.text;
    list->target_n = slot.n;
    list->target_said = slot.said;
    list->target_said_n = slot.said_n;
    return true;
}

static const char *take_place(struct found *f, struct recs_list *list)
{
    const char *text;
    size_t n;
    if (has(f, MEMBER_USER) && !scalar(&f->at[MEMBER_USER], &list->user, &list->user_n))
        return "the user is no id";
    if (has(f, MEMBER_SAMPLE) &&
        (!scalar(&f->at[MEMBER_SAMPLE], &text, &n) || !text || !num_int64(text, n, &list->sample) ||
         !recs_sample_fits(list->sample)))
        return "the number of the sample is no number";
    if (has(f, MEMBER_POSITION) && (!scalar(&f->at[MEMBER_POSITION], &text, &n) || !text ||
                                    !num_int64(text, n, &list->position) || list->position < 0))
        return "the position is no number";
    if (!has(f, MEMBER_SPLIT) || !scalar(&f->at[MEMBER_SPLIT], &text, &n) || !text)
        return NULL;
    return recs_take_part(text, n, list);
}

/* What is wrong with the object, NULL: nothing, *list is filled. */
static const char *read_object(struct recs_reader *r, const char *bytes, size_t n,
                               struct recs_list *list)
{
    struct scan s;
    struct found f;
    for (int i = 0; i < MEMBERS; i++)
        f.name[i] = NAMES;
    buf_clear(&r->keys);
    buf_reserve(&r->keys, 3 * n + 4 * RECS_LIST_MAX);
    scan_begin(&s, bytes, n, &r->decoded);
    if (!find_members(&s, &f))
        return "this is no JSON object";
    if (scan_peek(&s) || s.at != s.end)
        return "something follows the JSON object";
    if (has(&f, MEMBER_METADATA)) {
        struct scan inner = f.at[MEMBER_METADATA];
        if (scan_peek(&inner) == '{')
            find_members(&inner, &f);
    }
    bool generated = has(&f, MEMBER_RAW) && (r->format->raw || !has(&f, MEMBER_ITEMS));
    enum member which = generated ? MEMBER_RAW : MEMBER_ITEMS;
    if (!has(&f, which))
        return "there is no list of items";
    if (!take_slots(r, &f.at[which], generated, &list->n))
        return "the items are no list of ids";
    if (has(&f, MEMBER_SCORES) && !take_scores(r, &f.at[MEMBER_SCORES], list->n))
        return "the scores are no list of a number for each item";
    list->slot = r->slot;
    const char *why = take_place(&f, list);
    if (!why && !take_target(r, &f, generated, list))
        why = "the target is no id";
    return why;
}

static bool take_object(struct recs_reader *r, const char *bytes, size_t n, int64_t line,
                        struct error *err)
{
    struct recs_list list = {.line = line, .sample = -1, .position = -1, .part = -1};
    const char *why = read_object(r, bytes, n, &list);
    if (!why)
        return r->sink->list(r->sink->context, &list, err);
    recs_report_bad(r->report, line, why, bytes, n);
    return true;
}

/* ---- documents ---- */

static bool parse_lines(struct recs_reader *r, struct error *err)
{
    struct line line;
    for (;;) {
        enum source_status status = source_line(r->source, &line, err);
        if (status == SOURCE_END)
            return true;
        if (status == SOURCE_FAILED)
            return false;
        if (status == SOURCE_READ && line_is_blank(&line))
            continue;
        if (!recs_row(r, err))
            return false;
        if (status == SOURCE_LONG)
            recs_report_bad(r->report, line.number, "the line is over 1 MiB", line.bytes, line.n);
        else if (!take_object(r, line.bytes, line.n, line.number, err))
            return false;
    }
}

/* {"user": [items]} */
static bool take_keyed(struct recs_reader *r, const struct walk *w, struct buf *user,
                       struct error *err)
{
    struct recs_list list = {.line = w->line, .sample = -1, .position = -1, .part = -1};
    struct scan key, s;
    scan_begin(&key, w->key.data, w->key.len, user);
    buf_clear(&r->keys);
    buf_reserve(&r->keys, 3 * w->value.len + 4 * RECS_LIST_MAX);
    scan_begin(&s, w->value.data, w->value.len, &r->decoded);
    list.slot = r->slot;
    if (scan_string(&key, &list.user, &list.user_n) && take_slots(r, &s, false, &list.n) &&
        !scan_peek(&s))
        return r->sink->list(r->sink->context, &list, err);
    recs_report_bad(r->report, w->line, "this is no list of items", w->key.data, w->key.len);
    return true;
}

static bool take_walked(struct recs_reader *r, const struct walk *w, enum walk_status status,
                        struct buf *user, struct error *err)
{
    if (status == WALK_MEMBER && r->format->shape == RECS_WITHIN)
        return true; /* "metrics" and the like */
    if (!recs_row(r, err))
        return false;
    if (w->too_long) {
        recs_report_bad(r->report, w->line, "the element is over 16 MiB", "", 0);
        return true;
    }
    return status == WALK_MEMBER ? take_keyed(r, w, user, err)
                                 : take_object(r, w->value.data, w->value.len, w->line, err);
}

bool recs_parse_json(struct recs_reader *r, struct error *err)
{
    struct walk w;
    struct buf user;
    enum walk_status status = WALK_FAILED;
    if (r->format->shape == RECS_LINES)
        return parse_lines(r, err);
    if (r->format->shape == RECS_ARRAY)
        walk_init_list(&w, r->source);
    else if (r->format->shape == RECS_WITHIN)
        walk_init_within(&w, r->source, "results");
    else
        walk_init(&w, r->source);
    buf_init(&user);
    bool ok = true;
    while (ok && (status = walk_next(&w, err)) != WALK_END)
        ok = status != WALK_FAILED && take_walked(r, &w, status, &user, err);
    buf_release(&user);
    walk_release(&w);
    return ok;
}
