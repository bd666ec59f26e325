#include "tui/screens/item_panes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "tui/screens/case_panes.h"

/* Widths of a pane from which columns are there. */
enum { ID_FROM = 52, POP_FROM = 40, CONTEXT_FROM = 58, NEVER = 1 << 20 };
enum { ID_COLS = 14, MOST_ID = 24, TITLE_MOST = 400 };

/* ---- widths ---- */

int grouped_width(int64_t n)
{
    int digits = snprintf(NULL, 0, "%lld", (long long)n);
    return digits + (digits - 1) / 3;
}

int id_width(const struct strtab *ids)
{
    size_t most = 4;
    for (int64_t i = 0; i < ids->n && most < MOST_ID; i++)
        most = strtab_len(ids, i) > most ? strtab_len(ids, i) : most;
    return most < MOST_ID ? (int)most : MOST_ID;
}

bool any_text(const struct strtab *table)
{
    for (int64_t i = 0; i < table->n; i++)
        if (strtab_len(table, i) > 0)
            return true;
    return false;
}

static void widen_id(struct column *c, const struct strtab *ids)
{
    int width = id_width(ids);
    c->width = width < ID_COLS ? width : ID_COLS;
    c->width_max = width;
}

void add_semantic_id(const struct semid_table *ids, int32_t item, struct buf *out)
{
    for (int32_t i = 0; i < ids->levels; i++)
        buf_addf(out, "%s%d", i ? " " : "", semid_of(ids, item)[i]);
}

/* ---- other items ---- */

enum link_column { TITLE, ID, TOKENS, COUNT, USERS, LIFT, COSINE, POP, LINK_COLUMNS };

static const struct column link_columns[LINK_COLUMNS] = {
    [TITLE] = {.name = "item",
               .kind = COLUMN_TITLE,
               .width = 14,
               .width_max = TITLE_MOST,
               .help = "title, or external id"},
    [ID] = {.name = "id", .kind = COLUMN_TEXT, .from = ID_FROM, .help = "external id"},
    [TOKENS] = {.name = "semantic id", .kind = COLUMN_TEXT},
    [COUNT] = {.name = "count", .label = "n", .kind = COLUMN_INT},
    [USERS] = {.name = "users", .kind = COLUMN_INT, .help = "distinct users among them"},
    [LIFT] = {.name = "lift",
              .kind = COLUMN_REAL,
              .decimals = 1,
              .help = "of the edge: how much more often than chance"},
    [COSINE] = {.name = "cosine",
                .kind = COLUMN_REAL,
                .width = 6,
                .decimals = 3,
                .help = "of the vectors of both items"},
    [POP] = {.name = "popularity",
             .label = "pop",
             .kind = COLUMN_INT,
             .from = POP_FROM,
             .help = "how often it is in training"},
};

/* What a kind shows, ended by TITLE, which all of them begin with; and what `n` counts. */
static const struct {
    enum link_column column[LINK_COLUMNS];
    const char *count;
} kinds[LINK_KINDS] = {
    [LINK_SUCCESSOR] = {{ID, COUNT, USERS, LIFT, POP}, "times it directly follows in training"},
    [LINK_PREDECESSOR] = {{ID, COUNT, USERS, LIFT, POP}, "times it is directly followed"},
    [LINK_COLLABORATIVE] = {{ID, COUNT, USERS, POP}, "pairs of positions within the window"},
    [LINK_SEMANTIC] = {{ID, COSINE}, ""},
    [LINK_SAME_ID] = {{ID, TOKENS, COUNT, POP}, "leading tokens that are the same"},
};

struct link_source {
    struct sheet_source source;
    const struct host *host;
    struct item_links links;
    const struct edges *edges;
    struct semid_table ids;
    enum link_column what[LINK_COLUMNS];
    struct column columns[LINK_COLUMNS];
};

static void link_cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                      struct buf *scratch)
{
    const struct link_source *s = (const struct link_source *)source;
    const struct item_link *link = &s->links.link[row];
    switch (s->what[column]) {
    case TITLE:
        value_text(v, host_item_title(s->host, link->item), ROLE_NORMAL);
        return;
    case ID:
        value_text(v, host_item_id(s->host, link->item), ROLE_DIM);
        return;
    case TOKENS:
        add_semantic_id(&s->ids, link->item, scratch);
        value_text(v, scratch->data, ROLE_DIM);
        return;
    case COUNT:
        value_int(v, link->count, ROLE_NORMAL);
        return;
    case USERS:
        value_int(v, link->users, ROLE_NORMAL);
        return;
    case POP:
        value_int(v, s->edges->pop[link->item], ROLE_DIM);
        return;
    default:
        value_real(v, link->score, ROLE_DIM);
    }
}

static int64_t link_id(const struct sheet_source *source, int64_t row)
{
    return ((const struct link_source *)source)->links.link[row].item;
}

static void link_release(struct sheet_source *source)
{
    struct link_source *s = (struct link_source *)source;
    item_links_release(&s->links);
    free(s);
}

static void fit_links(struct link_source *s)
{
    const struct dataset *d = study_dataset(s->host->study);
    int64_t count = 0, users = 0, pop = 0;
    double lift = 0;
    for (int32_t i = 0; i < s->links.n; i++) {
        const struct item_link *link = &s->links.link[i];
        count = larger(count, link->count);
        users = larger(users, link->users);
        pop = s->edges ? larger(pop, s->edges->pop[link->item]) : 0;
        lift = link->score > lift ? link->score : lift;
    }
    for (int c = 0; c < s->source.n_columns; c++) {
        struct column *column = &s->columns[c];
        switch (s->what[c]) {
        case ID:
            widen_id(column, &d->item_id);
            column->from = any_text(&d->title) ? ID_FROM : NEVER;
            break;
        case TOKENS: /* of three digits each */
            column->width = s->ids.levels < 6 ? 4 * s->ids.levels - 1 : MOST_ID;
            break;
        case COUNT:
            column->width = grouped_width(count);
            break;
        case USERS:
            column->width = grouped_width(users);
            break;
        case POP:
            column->width = grouped_width(pop);
            break;
        case LIFT:
            column->width = snprintf(NULL, 0, "%.1f", lift);
            break;
        default:
            break;
        }
    }
}

struct sheet_source *link_rows(const struct host *host, enum link_kind kind,
                               struct item_links *links, const struct edges *edges,
                               const struct semid_table *ids)
{
    static const struct sheet_source_ops ops = {
        .cell = link_cell, .id = link_id, .release = link_release};
    struct link_source *s = mem_zalloc(1, sizeof *s);
    int n = 1;
    for (int i = 0; kinds[kind].column[i] != TITLE; i++)
        s->what[n++] = kinds[kind].column[i];
    s->source = (struct sheet_source){
        .ops = &ops, .columns = s->columns, .n_columns = n, .n_rows = links->n, .refs = 1};
    s->host = host;
    s->links = *links;
    s->edges = edges;
    if (ids)
        s->ids = *ids;
    *links = (struct item_links){0};
    for (int i = 0; i < n; i++) {
        s->columns[i] = link_columns[s->what[i]];
        if (s->what[i] == COUNT)
            s->columns[i].help = kinds[kind].count;
    }
    fit_links(s);
    return &s->source;
}

/* ---- users who have it ---- */

enum {
    HOLDER_USER,
    HOLDER_AT,
    HOLDER_OF,
    HOLDER_TIMES,
    HOLDER_BEFORE,
    HOLDER_AFTER,
    HOLDER_COLUMNS
};

struct holder_source {
    struct sheet_source source;
    const struct host *host;
    struct item_holder *holder;
    struct column columns[HOLDER_COLUMNS];
};

static const struct column holder_columns[HOLDER_COLUMNS] = {
    [HOLDER_USER] = {.name = "user", .kind = COLUMN_TEXT, .help = "external id"},
    [HOLDER_AT] = {.name = "position",
                   .label = "pos",
                   .kind = COLUMN_INT,
                   .width = 4,
                   .help = "where it is first, from 1"},
    [HOLDER_OF] = {.name = "length",
                   .label = "of",
                   .kind = COLUMN_INT,
                   .width = 4,
                   .help = "items in the training sequence"},
    [HOLDER_TIMES] = {.name = "times",
                      .kind = COLUMN_INT,
                      .width = 5,
                      .from = NEVER,
                      .help = "how often the user has it"},
    [HOLDER_BEFORE] = {.name = "before",
                       .kind = COLUMN_TITLE,
                       .width = 12,
                       .width_max = 30,
                       .from = CONTEXT_FROM,
                       .help = "the item before it"},
    [HOLDER_AFTER] = {.name = "after",
                      .kind = COLUMN_TITLE,
                      .width = 12,
                      .width_max = 30,
                      .from = CONTEXT_FROM,
                      .help = "the item after it"},
};

static void holder_cell(const struct sheet_source *source, int64_t row, int column, struct value *v,
                        struct buf *scratch)
{
    const struct holder_source *s = (const struct holder_source *)source;
    const struct item_holder *h = &s->holder[row];
    (void)scratch;
    int beside = column == HOLDER_BEFORE ? -1 : 1;
    switch (column) {
    case HOLDER_USER:
        value_text(v, host_user_id(s->host, h->user), ROLE_NORMAL);
        return;
    case HOLDER_AT:
        value_int(v, h->position + 1, ROLE_NORMAL);
        return;
    case HOLDER_OF:
        value_int(v, h->length, ROLE_DIM);
        return;
    case HOLDER_TIMES:
        value_int(v, h->times, ROLE_NORMAL);
        return;
    default:
        v->missing = h->position + beside < 0 || h->position + beside >= h->length;
        if (!v->missing)
            value_text(v,
                       host_item_title(s->host, corpus_sequence(study_corpus(s->host->study),
                                                                h->user)[h->position + beside]),
                       ROLE_DIM);
    }
}

static int64_t holder_id(const struct sheet_source *source, int64_t row)
{
    return ((const struct holder_source *)source)->holder[row].user;
}

struct case_place holder_place(const struct sheet_source *source, int64_t row)
{
    const struct item_holder *holder = &((const struct holder_source *)source)->holder[row];
    return (struct case_place){.user = holder->user, .position = holder->position + 1};
}

static void holder_release(struct sheet_source *source)
{
    free(((struct holder_source *)source)->holder);
    free(source);
}

struct sheet_source *holder_rows(const struct host *host, struct item_detail *d)
{
    static const struct sheet_source_ops ops = {
        .cell = holder_cell, .id = holder_id, .release = holder_release};
    struct holder_source *s = mem_zalloc(1, sizeof *s);
    s->source = (struct sheet_source){.ops = &ops,
                                      .columns = s->columns,
                                      .n_columns = HOLDER_COLUMNS,
                                      .n_rows = d->n_holders,
                                      .refs = 1};
    s->host = host;
    s->holder = d->holder;
    d->holder = NULL;
    memcpy(s->columns, holder_columns, sizeof holder_columns);
    widen_id(&s->columns[HOLDER_USER], &study_dataset(host->study)->user_id);
    for (int64_t i = 0; i < d->n_holders; i++)
        if (s->holder[i].times > 1)
            s->columns[HOLDER_TIMES].from = 0;
    return &s->source;
}

/* ---- users to whom it is recommended ---- */

enum { RECEIVER_USER, RECEIVER_FIXED };
enum measure { RANK, HOW, ROTE, PER_RUN };

struct receiver_source {
    struct sheet_source source;
    const struct host *host;
    size_t n_runs;
    int64_t run[HOST_RUNS]; /* ids */
    int32_t item;
    struct item_receiver *receiver;
    struct item_place *places;
    struct column columns[RECEIVER_FIXED + PER_RUN * HOST_RUNS];
    char *names[PER_RUN * HOST_RUNS];
};

static const struct column receiver_columns[PER_RUN] = {
    [RANK] = {.label = "rank", .kind = COLUMN_INT, .width = 4, .help = "in the list of the run"},
    [HOW] = {.label = "how",
             .kind = COLUMN_BADGE,
             .width = 3,
             .help = "how it is known from training"},
    [ROTE] = {.label = "rote",
              .kind = COLUMN_TEXT,
              .width = 4,
              .help = "is it in the candidate set of the definition?"},
};

static void how_cell(const struct receiver_source *s, const struct item_place *place,
                     struct value *v, struct buf *scratch)
{
    struct case_rec rec = {.item = s->item,
                           .badge = place->badge,
                           .verbatim = place->verbatim,
                           .relation_type = place->relation_type,
                           .relation_hop = place->relation_hop};
    char suffix[16];
    v->missing = !place->labelled;
    if (v->missing)
        return;
    badge_suffix(&rec, suffix);
    buf_adds(scratch, suffix);
    value_text(v, scratch->data, badge_style(&rec));
    v->glyph = badge_glyph(&rec);
    v->r = (double)rec.badge;
}

static void receiver_cell(const struct sheet_source *source, int64_t row, int column,
                          struct value *v, struct buf *scratch)
{
    const struct receiver_source *s = (const struct receiver_source *)source;
    const struct item_receiver *to = &s->receiver[row];
    if (column < RECEIVER_FIXED) {
        value_text(v, host_user_id(s->host, to->user), ROLE_NORMAL);
        return;
    }
    const struct item_place *place = &to->place[(column - RECEIVER_FIXED) / PER_RUN];
    v->missing = place->rank == 0;
    if (v->missing)
        return;
    switch ((column - RECEIVER_FIXED) % PER_RUN) {
    case RANK:
        value_int(v, place->rank, place->target ? ROLE_TARGET : ROLE_NORMAL);
        return;
    case HOW:
        how_cell(s, place, v, scratch);
        return;
    default:
        value_text(v, place->rote ? "yes" : "no", place->rote ? ROLE_MEMORIZED : ROLE_DIM);
    }
}

static int64_t receiver_id(const struct sheet_source *source, int64_t row)
{
    return ((const struct receiver_source *)source)->receiver[row].at;
}

struct case_place receiver_place(const struct sheet_source *source, int64_t row)
{
    const struct receiver_source *s = (const struct receiver_source *)source;
    const struct item_receiver *to = &s->receiver[row];
    const struct case_list *cases = &study_split(s->host->study)->part[s->host->part];
    struct case_place place = {.user = to->user, .nth = case_number(cases, to->at)};
    for (size_t i = 0; i < s->n_runs && place.rank == 0; i++) {
        place.run = s->run[i];
        place.rank = to->place[i].rank;
    }
    return place;
}

static void receiver_release(struct sheet_source *source)
{
    struct receiver_source *s = (struct receiver_source *)source;
    free(s->receiver);
    free(s->places);
    for (size_t i = 0; i < ARRAY_LEN(s->names); i++)
        free(s->names[i]);
    free(s);
}

struct sheet_source *receiver_rows(const struct host *host, struct item_detail *d)
{
    static const struct sheet_source_ops ops = {
        .cell = receiver_cell, .id = receiver_id, .release = receiver_release};
    static const char *const name[PER_RUN] = {"rank", "how", "rote"};
    struct receiver_source *s = mem_zalloc(1, sizeof *s);
    int n = RECEIVER_FIXED + PER_RUN * (int)d->n_runs;
    s->source = (struct sheet_source){
        .ops = &ops, .columns = s->columns, .n_columns = n, .n_rows = d->n_receivers, .refs = 1};
    s->host = host;
    s->n_runs = d->n_runs;
    for (size_t i = 0; i < d->n_runs; i++)
        s->run[i] = d->run[i]->id;
    s->item = d->item;
    s->receiver = d->receiver;
    s->places = d->places;
    d->receiver = NULL;
    d->places = NULL;
    s->columns[RECEIVER_USER] = (struct column){
        .name = "user", .kind = COLUMN_TEXT, .help = "external id; the rank is green on a hit"};
    widen_id(&s->columns[RECEIVER_USER], &study_dataset(host->study)->user_id);
    for (int i = 0; i < PER_RUN * (int)d->n_runs; i++) {
        const char *run = d->run[i / PER_RUN]->name;
        s->names[i] = mem_printf("%s.%s", run, name[i % PER_RUN]);
        s->columns[RECEIVER_FIXED + i] = receiver_columns[i % PER_RUN];
        s->columns[RECEIVER_FIXED + i].name = s->names[i];
        s->columns[RECEIVER_FIXED + i].group = run;
    }
    return &s->source;
}
