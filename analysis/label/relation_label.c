/*
 * Labelling against a relation index.
 *
 * F(z) = the smallest max(d, D(u_d, z)) over the history ("z follows it at hop F"), P(z) likewise
 * for D(z, u_d), d <= 4. Then, with D the smallest training distance,
 *     substitutability = F(v), symmetry = P(v),
 *     transitivity     = min over z of max(F(z), D(z, v)),
 *     2nd-symmetry     = min over z of max(P(z), D(v, z)), max(F(z), D(v, z)), max(P(z), D(z, v)),
 * and hops above the history's length do not count. F and P are marked for the short rows of the
 * history; long rows (hubs) stay dense. A candidate with a short row scans it against marks and
 * dense rows; a hub candidate lets the history's rows be scanned against its own dense row. A scan
 * ends as soon as no later entry could lower a hop.
 */
#include "analysis/label/relation_index.h"

#include <string.h>

#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum {
    SCAN_STEP = 64,   /* entries between two looks whether a scan can end */
    DENSE_STEP = 256, /* bytes of dense rows likewise */
    CASES_CHUNK = 128,
};

/* One distinct item of the end of a history. */
struct past {
    int32_t rank;
    int distance;         /* from the end: 1 = last item */
    const uint8_t *dense; /* NULL: its short row is in the marks */
};

struct relation_scratch {
    int32_t n_items;
    int32_t n_history; /* min(history length, RELATION_HOPS) */
    int n_past, n_dense;
    struct past past[RELATION_HOPS];
    const uint8_t *dense[RELATION_HOPS]; /* the hubs among `past` … */
    uint8_t keep[RELATION_HOPS];         /* … and the levels that their place allows */
    uint8_t *mark;                       /* [n_items] by rank */
};

struct relation_scratch *relation_scratch_new(const struct relation_index *index, struct error *err)
{
    struct relation_scratch *s = mem_zalloc(1, sizeof *s);
    s->n_items = index->n_items;
    s->mark = mem_try_zarray((size_t)index->n_items, 1, "relation marks", err);
    if (!s->mark) {
        free(s);
        return NULL;
    }
    return s;
}

void relation_scratch_free(struct relation_scratch *s)
{
    if (!s)
        return;
    free(s->mark);
    free(s);
}

/* ---- the history ---- */

static void clear_marks(const struct relation_index *index, struct relation_scratch *s)
{
    int64_t entries = 0;
    for (int i = 0; i < s->n_past; i++)
        entries += s->past[i].dense ? 0 : index->row[s->past[i].rank].end[RELATION_GROUPS - 1];
    if (entries > s->n_items / 32) {
        memset(s->mark, 0, (size_t)s->n_items);
        return;
    }
    for (int i = 0; i < s->n_past; i++) {
        const struct relation_row *row = &index->row[s->past[i].rank];
        uint32_t n = s->past[i].dense ? 0 : row->end[RELATION_GROUPS - 1];
        for (uint32_t e = 0; e < n; e++)
            s->mark[relation_entry(row->list, e, index->narrow)] = 0;
    }
}

static inline __attribute__((always_inline)) void mark_list(uint8_t *mark, const void *list,
                                                            uint32_t begin, uint32_t end,
                                                            unsigned level, bool narrow)
{
    for (uint32_t e = begin; e < end; e++)
        mark[relation_entry(list, e, narrow)] |= (uint8_t)level;
}

static void mark_row(const struct relation_index *index, const struct past *p, uint8_t *mark)
{
    const struct relation_row *row = &index->row[p->rank];
    for (int group = 0; group < RELATION_GROUPS; group++) {
        int d = group / 2 + 1;
        unsigned level = relation_unary(d > p->distance ? d : p->distance);
        level <<= group == relation_precede(d) ? 4 : 0;
        uint32_t begin = relation_begin(row, group);
        if (index->narrow)
            mark_list(mark, row->list, begin, row->end[group], level, true);
        else
            mark_list(mark, row->list, begin, row->end[group], level, false);
    }
}

static bool is_past(const struct relation_scratch *s, int32_t rank)
{
    for (int i = 0; i < s->n_past; i++) {
        if (s->past[i].rank == rank)
            return true;
    }
    return false;
}

void relation_load(const struct relation_index *index, struct relation_scratch *s,
                   const int32_t *history, int32_t n_history)
{
    clear_marks(index, s);
    s->n_history = n_history < RELATION_HOPS ? n_history : RELATION_HOPS;
    s->n_past = s->n_dense = 0;
    for (int d = 1; d <= s->n_history; d++) {
        int32_t rank = index->rank[history[n_history - d]];
        if (is_past(s, rank)) /* the nearer one covers it */
            continue;
        struct past *p = &s->past[s->n_past++];
        *p = (struct past){.rank = rank, .distance = d};
        if (index->hub[rank] < 0) {
            mark_row(index, p, s->mark);
            continue;
        }
        p->dense = index->dense + (int64_t)index->hub[rank] * index->n_items;
        s->dense[s->n_dense] = p->dense;
        s->keep[s->n_dense++] = (uint8_t)(relation_unary(d) * 0x11);
    }
}

/* ---- one candidate ---- */

/* Levels found so far, in unary. */
struct found {
    unsigned transitivity, second;
};

static inline bool settled(const struct found *f, int level)
{
    unsigned low = (1u << level) - 1;
    return (f->transitivity & low) != 0 && (f->second & low) != 0;
}

static inline unsigned mark_of(const struct relation_scratch *s, uint32_t rank)
{
    unsigned m = s->mark[rank];
    for (int i = 0; i < s->n_dense; i++)
        m |= s->dense[i][rank] & s->keep[i];
    return m;
}

/* OR of the bytes of `from` at entries begin .. end-1. */
static inline __attribute__((always_inline)) unsigned
gather(const uint8_t *from, const void *list, uint32_t begin, uint32_t end, bool narrow)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    uint32_t e = begin;
    for (; e < end; e += RELATION_PAD) {
        a |= from[relation_entry(list, e, narrow)];
        b |= from[relation_entry(list, e + 1, narrow)];
        c |= from[relation_entry(list, e + 2, narrow)];
        d |= from[relation_entry(list, e + 3, narrow)];
    }
    return a | b | c | d;
}

static inline __attribute__((always_inline)) unsigned gather_marks(const struct relation_scratch *s,
                                                                   const void *list, uint32_t begin,
                                                                   uint32_t end, bool narrow)
{
    unsigned m = gather(s->mark, list, begin, end, narrow);
    for (int i = 0; i < s->n_dense; i++)
        m |= gather(s->dense[i], list, begin, end, narrow) & s->keep[i];
    return m;
}

/* The candidate's own row against marks and dense rows of the history. */
static inline __attribute__((always_inline)) struct found
scan_candidate(const struct relation_scratch *s, const struct relation_row *row, bool narrow)
{
    struct found f = {0, 0};
    uint32_t at = 0;
    for (int d = 1; d <= s->n_history; d++) {
        unsigned level = relation_unary(d), low = (1u << d) - 1;
        uint32_t end = row->end[relation_precede(d)];
        while (at < end && !settled(&f, d)) {
            uint32_t stop = end - at > SCAN_STEP ? at + SCAN_STEP : end;
            unsigned m = gather_marks(s, row->list, at, stop, narrow);
            f.transitivity |= m & level;
            f.second |= m >> 4 & level;
            at = stop;
        }
        at = end;
        end = row->end[relation_follow(d)];
        while (at < end && (f.second & low) == 0) {
            uint32_t stop = end - at > SCAN_STEP ? at + SCAN_STEP : end;
            unsigned m = gather_marks(s, row->list, at, stop, narrow);
            f.second |= (m | m >> 4) & level;
            at = stop;
        }
        at = end;
        if (settled(&f, d + 1))
            break;
    }
    return f;
}

/* A short row of the history against the candidate's dense row. */
static inline __attribute__((always_inline)) void scan_past(const struct relation_row *row,
                                                            int distance, const uint8_t *candidate,
                                                            bool narrow, struct found *f)
{
    uint32_t at = 0;
    for (int group = 0; group < RELATION_GROUPS && !settled(f, distance); group++) {
        int d = group / 2 + 1;
        unsigned level = relation_unary(d > distance ? d : distance);
        for (; at < row->end[group] && !settled(f, d > distance ? d : distance);) {
            uint32_t stop = row->end[group] - at > SCAN_STEP ? at + SCAN_STEP : row->end[group];
            unsigned m = gather(candidate, row->list, at, stop, narrow);
            if (group == relation_follow(d)) {
                f->transitivity |= m >> 4 & level;
                f->second |= m & level;
            } else {
                f->second |= (m | m >> 4) & level;
            }
            at = stop;
        }
        at = row->end[group];
    }
}

/* A dense row of the history against the candidate's. */
static void scan_dense(const uint8_t *past, int distance, const uint8_t *candidate, int32_t n_items,
                       struct found *f)
{
    for (int32_t at = 0; at < n_items && !settled(f, distance); at += DENSE_STEP) {
        int32_t stop = n_items - at > DENSE_STEP ? at + DENSE_STEP : n_items;
        uint8_t same = 0, crossed = 0;
        for (int32_t i = at; i < stop; i++) {
            uint8_t c = candidate[i];
            same |= (uint8_t)(past[i] & c);
            crossed |= (uint8_t)(past[i] & (uint8_t)(c << 4 | c >> 4));
        }
        unsigned level = relation_unary(distance);
        f->transitivity |= crossed & level;
        f->second |= (unsigned)(same | same >> 4 | crossed >> 4) & level;
    }
}

static struct found scan_hub(const struct relation_index *index, const struct relation_scratch *s,
                             const uint8_t *candidate)
{
    struct found f = {0, 0};
    for (int i = 0; i < s->n_past && !settled(&f, s->past[i].distance); i++) {
        const struct past *p = &s->past[i];
        const struct relation_row *row = &index->row[p->rank];
        if (p->dense)
            scan_dense(p->dense, p->distance, candidate, index->n_items, &f);
        else if (index->narrow)
            scan_past(row, p->distance, candidate, true, &f);
        else
            scan_past(row, p->distance, candidate, false, &f);
    }
    return f;
}

/* The smallest hop of a level in unary; 0 = none. */
static inline unsigned hop_of(unsigned unary)
{
    return unary == 0 ? 0 : (unsigned)__builtin_ctz(unary) + 1;
}

static uint16_t code_of(unsigned direct, const struct found *f, int n_history)
{
    unsigned allowed = (1u << n_history) - 1;
    unsigned code = hop_of(direct & allowed) << (3 * RELATION_SUBSTITUTABILITY) |
                    hop_of(direct >> 4 & allowed) << (3 * RELATION_SYMMETRY) |
                    hop_of(f->transitivity & allowed) << (3 * RELATION_TRANSITIVITY) |
                    hop_of(f->second & allowed) << (3 * RELATION_SECOND_SYMMETRY);
    enum relation_class class = code != 0 ? RELATION_GENERALIZATION : RELATION_UNCATEGORIZED;
    return (uint16_t)(code | (unsigned)class << 12);
}

uint16_t relation_of(const struct relation_index *index, const struct relation_scratch *s,
                     int32_t item)
{
    if (item < 0 || s->n_history == 0)
        return 0;
    int32_t rank = index->rank[item];
    unsigned direct = mark_of(s, (uint32_t)rank);
    if (direct & 1) /* it follows the last item at distance 1 */
        return RELATION_MEMORIZATION << 12;
    struct found f;
    if (index->hub[rank] >= 0)
        f = scan_hub(index, s, index->dense + (int64_t)index->hub[rank] * index->n_items);
    else if (index->narrow)
        f = scan_candidate(s, &index->row[rank], true);
    else
        f = scan_candidate(s, &index->row[rank], false);
    return code_of(direct, &f, s->n_history);
}

void relation_case(const struct relation_index *index, struct relation_scratch *scratch,
                   const int32_t *history, int32_t n_history, const int32_t *item, int32_t n,
                   uint16_t *code)
{
    relation_load(index, scratch, history, n_history);
    for (int32_t i = 0; i < n; i++)
        code[i] = relation_of(index, scratch, item[i]);
}

/* ---- whole lists ---- */

struct batch {
    const struct relation_index *index;
    const struct corpus *corpus;
    const struct case_list *cases;
    const int32_t *item; /* NULL: the targets */
    int32_t stride, k;
    uint16_t *code;
    struct relation_scratch **scratch; /* per worker, made on first use */
};

static bool label_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    struct batch *b = context;
    if (!b->scratch[worker])
        b->scratch[worker] = relation_scratch_new(b->index, err);
    if (!b->scratch[worker])
        return false;
    for (int64_t c = begin; c < end; c++) {
        const int32_t *sequence = corpus_sequence(b->corpus, b->cases->user[c]);
        int32_t position = b->cases->position[c];
        const int32_t *item = b->item ? b->item + c * b->stride : sequence + position;
        relation_case(b->index, b->scratch[worker], sequence, position, item, b->k,
                      b->code + c * b->k);
    }
    return true;
}

static bool run_batch(struct batch *b, struct progress *progress, struct error *err)
{
    int n_workers = parallel_threads();
    b->scratch = mem_zalloc((size_t)n_workers, sizeof *b->scratch);
    bool ok =
        parallel_for(b->cases->n, CASES_CHUNK, label_chunk, b, progress, "labelling", "cases", err);
    for (int i = 0; i < n_workers; i++)
        relation_scratch_free(b->scratch[i]);
    free(b->scratch);
    return ok;
}

bool relation_label(const struct relation_index *index, const struct corpus *corpus,
                    const struct case_list *cases, const int32_t *item, int32_t stride, int32_t k,
                    uint16_t *code, struct progress *progress, struct error *err)
{
    struct batch b = {.index = index,
                      .corpus = corpus,
                      .cases = cases,
                      .item = item,
                      .stride = stride,
                      .k = k,
                      .code = code};
    return run_batch(&b, progress, err);
}

bool relation_targets(const struct relation_index *index, const struct corpus *corpus,
                      const struct case_list *cases, uint16_t *code, struct progress *progress,
                      struct error *err)
{
    struct batch b = {.index = index, .corpus = corpus, .cases = cases, .k = 1, .code = code};
    return run_batch(&b, progress, err);
}
