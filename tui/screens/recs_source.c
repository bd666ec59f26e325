#include "tui/screens/recs_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/report/case_view.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"

/* An identity: rank in 10 bits, case in 32, run in the rest. */
enum { RANK_BITS = 10, CASE_BITS = 32 };

struct recs_run {
    const struct study_run *run;
    size_t name_len;
    int32_t first, k; /* its rows within a case, and how many */
    int32_t depth;
    const int32_t *item;
    const float *score;       /* NULL: none */
    const uint16_t *relation; /* NULL: not labelled */
    const uint8_t *verbatim;  /* the same */
    const uint8_t *one_hop;   /* the same; NULL: looked up in the edges, where they are there */
    const struct edges *edges;
};

struct recs_source {
    struct sheet_source source;
    const struct dataset *data;
    const struct corpus *corpus;
    const struct case_list *cases;
    struct recs_run run[HOST_RUNS];
    size_t n_runs;
    int32_t per_case; /* rows of a case */
    struct column columns[RECS_COLUMNS];
};

static const struct column recs_columns[RECS_COLUMNS] = {
    [RECS_USER] =
        {.name = "user", .kind = COLUMN_TEXT, .width = 10, .width_max = 24, .help = "external id"},
    [RECS_RUN] = {.name = "run",
                  .kind = COLUMN_TEXT,
                  .width = 10,
                  .width_max = 20,
                  .help = "whose list it is in"},
    [RECS_RANK] = {.name = "rank", .label = "#", .kind = COLUMN_INT, .width = 3, .help = "rank"},
    [RECS_HOW] = {.name = "how",
                  .kind = COLUMN_BADGE,
                  .width = 3,
                  .help = "how it is known from training, by the stored labels"},
    [RECS_ITEM] = {.name = "item",
                   .kind = COLUMN_TITLE,
                   .width = 20,
                   .width_max = 60,
                   .help = "recommended: title, or id"},
    [RECS_HIT] = {.name = "hit",
                  .label = "",
                  .kind = COLUMN_BADGE,
                  .width = 1,
                  .help = "the held-out target"},
    [RECS_MATCH] = {.name = "match",
                    .kind = COLUMN_INT,
                    .width = 5,
                    .help = "length of the longest verbatim match"},
    [RECS_FOLLOWED] = {.name = "followed",
                       .label = "n",
                       .kind = COLUMN_INT,
                       .width = 4,
                       .help = "how often it directly followed the last item in training"},
    [RECS_SCORE] =
        {.name = "score", .kind = COLUMN_REAL, .width = 6, .decimals = 3, .help = "of the model"},
    [RECS_ID] = {.name = "id",
                 .kind = COLUMN_TEXT,
                 .width = 10,
                 .width_max = 24,
                 .help = "external id of the item"},
    [RECS_LABEL] = {.name = "label",
                    .kind = COLUMN_TEXT,
                    .width = 14,
                    .help = "memorization, generalization or uncategorized"},
};

/* ---- where a row is ---- */

/* A bit for each item of a history: items whose bit is not set are not in it. */
enum { SEEN_BITS = 1024 };
struct seen {
    uint64_t bits[SEEN_BITS / 64];
};

struct slot {
    const struct recs_run *run;
    int64_t at;             /* case */
    int64_t index;          /* into the run's [case * depth] arrays */
    const int32_t *history; /* [n], and behind it the target */
    int32_t n;
    int32_t within; /* the case's rows, from 0 */
    int32_t rank;   /* from 1 */
    int32_t item;
    const struct seen *seen; /* what the history may hold; NULL: look at all of it */
};

static void enter_case(const struct recs_source *s, struct slot *slot, int64_t at)
{
    slot->at = at;
    slot->history = corpus_sequence(s->corpus, s->cases->user[at]);
    slot->n = s->cases->position[at];
}

static void enter_row(const struct recs_source *s, struct slot *slot, int32_t within)
{
    const struct recs_run *run = s->run;
    while (within >= run->first + run->k)
        run++;
    slot->run = run;
    slot->within = within;
    slot->rank = within - run->first + 1;
    slot->index = slot->at * run->depth + slot->rank - 1;
    slot->item = run->item[slot->index];
}

static struct slot slot_of(const struct recs_source *s, int64_t row)
{
    struct slot slot = {0};
    enter_case(s, &slot, row / s->per_case);
    enter_row(s, &slot, (int32_t)(row - slot.at * s->per_case));
    return slot;
}

static int64_t id_of(const struct sheet_source *source, int64_t row)
{
    struct slot slot = slot_of((const struct recs_source *)source, row);
    return slot.run->run->id << (RANK_BITS + CASE_BITS) | slot.at << RANK_BITS | slot.rank;
}

struct recs_place recs_place_of(int64_t id)
{
    return (struct recs_place){.run = id >> (RANK_BITS + CASE_BITS),
                               .at = id >> RANK_BITS & ((INT64_C(1) << CASE_BITS) - 1),
                               .rank = (int32_t)(id & RECS_MOST_RANK)};
}

static int64_t row_of(const struct sheet_source *source, int64_t id)
{
    const struct recs_source *s = (const struct recs_source *)source;
    struct recs_place place = recs_place_of(id);
    for (size_t i = 0; i < s->n_runs; i++)
        if (s->run[i].run->id == place.run && place.at < s->cases->n && place.rank >= 1 &&
            place.rank <= s->run[i].k)
            return place.at * s->per_case + s->run[i].first + place.rank - 1;
    return -1;
}

/* ---- cells ---- */

static void text_from(struct value *v, const struct strtab *table, int32_t at, unsigned style)
{
    v->text = strtab_get(table, at);
    v->n = strtab_len(table, at);
    v->style = style;
}

static void seen_fill(struct seen *seen, const int32_t *history, int32_t n)
{
    memset(seen, 0, sizeof *seen);
    for (int32_t i = 0; i < n; i++)
        seen->bits[history[i] / 64 % (SEEN_BITS / 64)] |= UINT64_C(1) << (history[i] & 63);
}

static bool may_be_seen(const struct seen *seen, int32_t item)
{
    return seen->bits[item / 64 % (SEEN_BITS / 64)] >> (item & 63) & 1;
}

/* Of an item, not of an illegal one. */
static bool in_history(const struct slot *slot)
{
    if (slot->seen && !may_be_seen(slot->seen, slot->item))
        return false;
    bool found = false; /* no early way out: short loops without branches are faster */
    for (int32_t i = 0; i < slot->n; i++)
        found |= slot->history[i] == slot->item;
    return found;
}

static bool is_hit(const struct slot *slot)
{
    return slot->history[slot->n] == slot->item;
}

/* Did it directly follow some item of the history? Below 0: that is not known yet. */
static int follows_any(const struct slot *slot)
{
    const struct recs_run *run = slot->run;
    if (run->one_hop)
        return run->one_hop[slot->index];
    for (int32_t i = 0; run->edges && i < slot->n; i++)
        if (edges_count(run->edges, slot->history[i], slot->item) > 0)
            return 1;
    return run->edges ? 0 : -1;
}

/* The badge of the case view (case_rec_badge()). Below 0: there are no labels. */
static int badge_of(const struct slot *slot)
{
    if (slot->item < 0)
        return BADGE_ILLEGAL;
    if (in_history(slot))
        return BADGE_REPEAT;
    if (!slot->run->verbatim)
        return -1;
    int verbatim = slot->run->verbatim[slot->index];
    if (verbatim >= 2)
        return verbatim >= 3 ? BADGE_VERBATIM : BADGE_LAST;
    int any = follows_any(slot);
    if (any)
        return any < 0 ? -1 : BADGE_ANY;
    bool related = relation_class(slot->run->relation[slot->index]) == RELATION_GENERALIZATION;
    return related ? BADGE_RELATED : BADGE_NONE;
}

static void add_suffix(const struct slot *slot, int badge, struct buf *scratch)
{
    char type;
    int hop;
    if (badge == BADGE_VERBATIM)
        buf_addf(scratch, "%d", slot->run->verbatim[slot->index]);
    if (badge != BADGE_RELATED)
        return;
    case_relation(slot->run->relation[slot->index], &type, &hop);
    buf_addc(scratch, type);
    buf_addc(scratch, (char)('0' + hop));
}

static void how_cell(const struct slot *slot, struct value *v, struct buf *scratch)
{
    static const struct {
        enum glyph glyph;
        unsigned style;
    } looks[] = {
        [BADGE_ILLEGAL] = {GLYPH_ILLEGAL, ROLE_ERROR},
        [BADGE_REPEAT] = {GLYPH_REPEAT, ROLE_DIM},
        [BADGE_VERBATIM] = {GLYPH_VERBATIM, ROLE_MEMORIZED | STYLE_BOLD},
        [BADGE_LAST] = {GLYPH_ONE_HOP, ROLE_MEMORIZED},
        [BADGE_ANY] = {GLYPH_ONE_HOP_ANY, ROLE_MEMORIZED},
        [BADGE_RELATED] = {GLYPH_RELATED, ROLE_RELATED},
        [BADGE_NONE] = {GLYPH_UNCATEGORIZED, ROLE_UNCATEGORIZED},
    };
    int badge = badge_of(slot);
    v->missing = badge < 0;
    if (v->missing)
        return;
    add_suffix(slot, badge, scratch);
    *v = (struct value){.glyph = looks[badge].glyph,
                        .style = looks[badge].style,
                        .text = scratch->data,
                        .n = scratch->len,
                        .r = badge};
}

static const struct {
    const char *name;
    unsigned role;
} classes[] = {
    [RELATION_NO_LABEL] = {NULL, 0},
    [RELATION_MEMORIZATION] = {"memorization", ROLE_MEMORIZED},
    [RELATION_GENERALIZATION] = {"generalization", ROLE_RELATED},
    [RELATION_UNCATEGORIZED] = {"uncategorized", ROLE_UNCATEGORIZED},
};

static enum relation_class class_of(const struct slot *slot)
{
    const uint16_t *relation = slot->run->relation;
    return relation ? relation_class(relation[slot->index]) : RELATION_NO_LABEL;
}

static void label_cell(const struct slot *slot, struct value *v)
{
    enum relation_class class = class_of(slot);
    v->missing = class == RELATION_NO_LABEL;
    if (!v->missing)
        value_text(v, classes[class].name, classes[class].role);
}

static void item_text(const struct recs_source *s, int32_t item, bool id, unsigned style,
                      struct value *v)
{
    if (item < 0)
        value_text(v, item == RECS_ILLEGAL ? "illegal" : "missing", ROLE_DIM);
    else if (id || strtab_len(&s->data->title, item) == 0)
        text_from(v, &s->data->item_id, item, style);
    else
        text_from(v, &s->data->title, item, style);
}

static void item_cell(const struct recs_source *s, const struct slot *slot, bool id,
                      struct value *v)
{
    unsigned style = is_hit(slot) ? ROLE_TARGET : id ? ROLE_DIM : ROLE_NORMAL;
    item_text(s, slot->item, id, style, v);
}

static bool followed_known(const struct slot *slot)
{
    return slot->run->edges && slot->item >= 0 && slot->n > 0;
}

/* What ends no verbatim match of two items never followed: no look-up. */
static bool followed_never(const struct slot *slot)
{
    return slot->run->verbatim && slot->run->verbatim[slot->index] < 2;
}

static int32_t last_of(const struct slot *slot)
{
    return slot->history[slot->n - 1];
}

static void followed_cell(const struct slot *slot, struct value *v)
{
    v->missing = !followed_known(slot);
    if (!v->missing)
        value_int(
            v, followed_never(slot) ? 0 : edges_count(slot->run->edges, last_of(slot), slot->item),
            ROLE_DIM);
}

static void match_cell(const struct slot *slot, struct value *v)
{
    v->missing = !slot->run->verbatim || slot->item < 0;
    if (v->missing)
        return;
    int length = slot->run->verbatim[slot->index];
    value_int(v, length, length >= 3 ? ROLE_MEMORIZED : ROLE_DIM);
}

static void cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    const struct recs_source *s = (const struct recs_source *)source;
    struct slot slot = slot_of(s, row);
    switch ((enum recs_column)column) {
    case RECS_USER:
        text_from(v, &s->data->user_id, s->cases->user[slot.at], ROLE_NORMAL);
        return;
    case RECS_RUN:
        v->text = slot.run->run->name;
        v->n = slot.run->name_len;
        v->style = ROLE_RUN_1 + (unsigned)(slot.run - s->run);
        return;
    case RECS_RANK:
        value_int(v, slot.rank, ROLE_DIM);
        return;
    case RECS_HOW:
        how_cell(&slot, v, scratch);
        return;
    case RECS_ITEM:
    case RECS_ID:
        item_cell(s, &slot, column == RECS_ID, v);
        return;
    case RECS_HIT: {
        bool hit = is_hit(&slot);
        *v = (struct value){
            .glyph = hit ? GLYPH_TARGET : GLYPH_BLANK, .style = ROLE_TARGET, .text = "", .r = hit};
        return;
    }
    case RECS_MATCH:
        match_cell(&slot, v);
        return;
    case RECS_FOLLOWED:
        followed_cell(&slot, v);
        return;
    case RECS_SCORE:
        if (slot.run->score)
            value_real(v, (double)slot.run->score[slot.index], ROLE_DIM);
        v->missing |= !slot.run->score || slot.item < 0;
        return;
    case RECS_LABEL:
        label_cell(&slot, v);
        return;
    case RECS_COLUMNS:
        return;
    }
}

/* ---- columns at once ---- */

/* The texts that cells are chosen from: items and, behind them, what stands in other slots. */
static int64_t entries(const struct sheet_source *source, int column)
{
    const struct recs_source *s = (const struct recs_source *)source;
    switch ((enum recs_column)column) {
    case RECS_USER:
        return s->data->n_users;
    case RECS_RUN:
        return (int64_t)s->n_runs;
    case RECS_ITEM:
    case RECS_ID:
        return (int64_t)s->data->n_items - RECS_ILLEGAL;
    case RECS_LABEL:
        return ARRAY_LEN(classes);
    default:
        return 0;
    }
}

static void entry(const struct sheet_source *source, int column, int64_t at, struct value *v,
                  struct buf *scratch)
{
    const struct recs_source *s = (const struct recs_source *)source;
    (void)scratch;
    switch ((enum recs_column)column) {
    case RECS_USER:
        text_from(v, &s->data->user_id, (int32_t)at, ROLE_NORMAL);
        return;
    case RECS_RUN:
        value_text(v, s->run[at].run->name, ROLE_RUN_1 + (unsigned)at);
        return;
    case RECS_ITEM:
    case RECS_ID:
        item_text(s, at < s->data->n_items ? (int32_t)at : (int32_t)(s->data->n_items - at - 1),
                  column == RECS_ID, ROLE_NORMAL, v);
        return;
    case RECS_LABEL:
        v->missing = !classes[at].name;
        if (!v->missing)
            value_text(v, classes[at].name, classes[at].role);
        return;
    default:
        return;
    }
}

static inline __attribute__((always_inline)) uint64_t
key_of(const struct recs_source *s, enum recs_column column, const struct slot *slot)
{
    struct value v = {0};
    int badge;
    switch (column) {
    case RECS_USER:
        return sheet_key_int(s->cases->user[slot->at]);
    case RECS_RUN:
        return sheet_key_int(slot->run - s->run);
    case RECS_RANK:
        return sheet_key_int(slot->rank);
    case RECS_HOW:
        badge = badge_of(slot);
        return badge < 0 ? SHEET_KEY_MISSING : sheet_key_real(badge);
    case RECS_ITEM:
    case RECS_ID:
        return sheet_key_int(slot->item >= 0 ? slot->item : s->data->n_items - slot->item - 1);
    case RECS_HIT:
        return sheet_key_real(is_hit(slot));
    case RECS_MATCH:
        match_cell(slot, &v);
        return v.missing ? SHEET_KEY_MISSING : sheet_key_int(v.i);
    case RECS_SCORE:
        return slot->run->score && slot->item >= 0
                   ? sheet_key_real((double)slot->run->score[slot->index])
                   : SHEET_KEY_MISSING;
    case RECS_LABEL:
        return class_of(slot) == RELATION_NO_LABEL ? SHEET_KEY_MISSING
                                                   : sheet_key_int(class_of(slot));
    case RECS_FOLLOWED: /* keys_of_followed() */
    case RECS_COLUMNS:
        break;
    }
    return SHEET_KEY_MISSING;
}

/* Rows mostly follow each other, so what is known of a case is kept from row to row. False: the
 * slot was made anew. */
static inline __attribute__((always_inline)) bool
to_row(const struct recs_source *s, const uint32_t *rows, size_t i, struct slot *slot)
{
    bool next = i > 0 && rows[i] == rows[i - 1] + 1;
    if (!next) {
        *slot = slot_of(s, rows[i]);
    } else if (slot->within + 1 < s->per_case) {
        enter_row(s, slot, slot->within + 1);
    } else {
        enter_case(s, slot, slot->at + 1);
        enter_row(s, slot, 0);
    }
    return next;
}

/* A function for each column: what that does not need is not even read. */
static inline __attribute__((always_inline)) void keys_of(const struct recs_source *s,
                                                          enum recs_column column,
                                                          const uint32_t *rows, size_t n,
                                                          uint64_t *key)
{
    struct slot slot = {0};
    struct seen seen;
    for (size_t i = 0; i < n; i++) {
        bool next = to_row(s, rows, i, &slot);
        if (column == RECS_HOW && next && slot.within == 0) {
            seen_fill(&seen, slot.history, slot.n);
            slot.seen = &seen;
        }
        key[i] = key_of(s, column, &slot);
    }
}

/* Those of `followed`: pairs are looked up side by side. */
static void keys_of_followed(const struct recs_source *s, const uint32_t *rows, size_t n,
                             uint64_t *key)
{
    enum { GROUP = 256 };
    int32_t last[GROUP], item[GROUP], count[GROUP];
    size_t at[GROUP];
    struct slot slot = {0};
    for (size_t from = 0; from < n; from += GROUP) {
        const struct edges *edges = NULL;
        size_t pairs = 0, to = n - from < GROUP ? n : from + GROUP;
        for (size_t i = from; i < to; i++) {
            to_row(s, rows, i, &slot);
            bool known = followed_known(&slot), never = known && followed_never(&slot);
            key[i] = known ? sheet_key_int(0) : SHEET_KEY_MISSING;
            if (!known || never)
                continue;
            if (edges && edges != slot.run->edges) { /* runs that were trained on other parts */
                key[i] = sheet_key_int(edges_count(slot.run->edges, last_of(&slot), slot.item));
                continue;
            }
            edges = slot.run->edges;
            last[pairs] = last_of(&slot);
            item[pairs] = slot.item;
            at[pairs++] = i;
        }
        if (edges)
            edges_counts(edges, pairs, last, item, count);
        for (size_t k = 0; k < pairs; k++)
            key[at[k]] = sheet_key_int(count[k]);
    }
}

static bool keys(const struct sheet_source *source, int column, const uint32_t *rows, size_t n,
                 uint64_t *key)
{
    const struct recs_source *s = (const struct recs_source *)source;
    switch ((enum recs_column)column) {
#define KEYS(name)                                                                                 \
    case name:                                                                                     \
        keys_of(s, name, rows, n, key);                                                            \
        return true;
        KEYS(RECS_USER)
        KEYS(RECS_RUN)
        KEYS(RECS_RANK)
        KEYS(RECS_HOW)
        KEYS(RECS_ITEM)
        KEYS(RECS_HIT)
        KEYS(RECS_MATCH)
        KEYS(RECS_SCORE)
        KEYS(RECS_ID)
        KEYS(RECS_LABEL)
#undef KEYS
    case RECS_FOLLOWED:
        keys_of_followed(s, rows, n, key);
        return true;
    case RECS_COLUMNS:
        break;
    }
    return false;
}

/* ---- making one ---- */

static void release(struct sheet_source *source)
{
    free(source);
}

static const struct sheet_source_ops source_ops = {
    .cell = cell,
    .id = id_of,
    .row = row_of,
    .release = release,
    .keys = keys,
    .entries = entries,
    .entry = entry,
};

static struct recs_run run_of(const struct study_run *run, enum part part, int32_t first, int32_t k,
                              const struct edges *const edges[2])
{
    const struct recs *recs = &run->recs[part];
    return (struct recs_run){.run = run,
                             .name_len = strlen(run->name),
                             .first = first,
                             .k = k < recs->depth ? k : recs->depth,
                             .depth = recs->depth,
                             .item = recs->item,
                             .score = recs->score,
                             .relation = run->relation[part],
                             .verbatim = run->verbatim[part],
                             .one_hop = run->one_hop[part],
                             .edges = edges[run->trained_on]};
}

struct sheet_source *recs_source_new(const struct host *host, enum part part, int32_t k,
                                     const struct study_run *const *run, size_t n_runs,
                                     const struct edges *const edges[2])
{
    struct recs_source *s = mem_zalloc(1, sizeof *s);
    s->data = study_dataset(host->study);
    s->corpus = study_corpus(host->study);
    s->cases = &study_split(host->study)->part[part];
    s->n_runs = n_runs;
    k = k < RECS_MOST_RANK ? k : RECS_MOST_RANK;
    for (size_t i = 0; i < n_runs; i++) {
        s->run[i] = run_of(run[i], part, s->per_case, k, edges);
        s->per_case += s->run[i].k;
    }
    memcpy(s->columns, recs_columns, sizeof recs_columns);
    s->source = (struct sheet_source){.ops = &source_ops,
                                      .columns = s->columns,
                                      .n_columns = RECS_COLUMNS,
                                      .n_rows = s->cases->n * s->per_case,
                                      .refs = 1};
    return &s->source;
}
