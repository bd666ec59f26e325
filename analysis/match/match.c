/*
 * Counts, longest matches, places and spans. Every function walks the shards and adds up; the
 * longest match is the longest over shards.
 */
#include "analysis/match/match.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/match/place.h"
#include "analysis/match/search.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

/* ---- counts ---- */

int64_t match_count(const struct match_index *index, const int32_t *pattern, int32_t n)
{
    int64_t count = 0;
    if (n <= 0)
        return index->n_entries;
    for (int32_t k = 0; k < index->n_shards; k++) {
        struct search_range r = search_pattern(&index->shard[k], index->n_items, pattern, n);
        count += r.end - r.begin;
    }
    return count;
}

/* counts[i] += occurrences in one shard, for a group of patterns. */
static void count_group(const struct match_shard *s, int32_t n_items, int n, const int32_t *pattern,
                        const int64_t *offset, int64_t *counts)
{
    struct search_range range[SEARCH_GROUP];
    int32_t v[SEARCH_GROUP], x[SEARCH_GROUP];
    int of[SEARCH_GROUP], live = n; /* cursor i belongs to pattern of[i] */
    for (int i = 0; i < n; i++) {
        of[i] = i;
        v[i] = pattern[offset[i + 1] - 1];
        range[i] = search_item(s, n_items, v[i]);
    }
    for (uint32_t depth = 1;; depth++) {
        int kept = 0;
        for (int i = 0; i < live; i++) {
            int q = of[i];
            if (range[i].begin == range[i].end)
                continue;
            if (offset[q + 1] - offset[q] == depth) {
                counts[q] += range[i].end - range[i].begin;
                continue;
            }
            of[kept] = q;
            v[kept] = v[i];
            x[kept] = pattern[offset[q + 1] - 1 - depth];
            range[kept++] = range[i];
        }
        if (kept == 0)
            return;
        live = kept;
        search_before(s, n_items, depth, live, v, x, range);
    }
}

void match_count_many(const struct match_index *index, int64_t n_patterns, const int32_t *pattern,
                      const int64_t *offset, int64_t *counts)
{
    memset(counts, 0, (size_t)n_patterns * sizeof *counts);
    for (int32_t k = 0; k < index->n_shards; k++)
        for (int64_t i = 0; i < n_patterns; i += SEARCH_GROUP) {
            int64_t n = n_patterns - i < SEARCH_GROUP ? n_patterns - i : SEARCH_GROUP;
            count_group(&index->shard[k], index->n_items, (int)n, pattern, offset + i, counts + i);
        }
}

void match_count_pairs(const struct match_index *index, int64_t n, const int32_t *x,
                       const int32_t *v, int64_t *counts)
{
    memset(counts, 0, (size_t)n * sizeof *counts);
    for (int32_t k = 0; k < index->n_shards; k++) {
        const struct match_shard *s = &index->shard[k];
        for (int64_t at = 0; at < n; at += SEARCH_GROUP) {
            int group = n - at < SEARCH_GROUP ? (int)(n - at) : SEARCH_GROUP;
            struct search_range range[SEARCH_GROUP];
            for (int i = 0; i < group; i++)
                range[i] = search_item(s, index->n_items, v[at + i]);
            search_before(s, index->n_items, 1, group, v + at, x + at, range);
            for (int i = 0; i < group; i++)
                counts[at + i] += range[i].end - range[i].begin;
        }
    }
}

double match_lift(const struct match_index *index, int32_t x, int32_t v)
{
    int64_t count;
    match_count_pairs(index, 1, &x, &v, &count);
    if (count == 0)
        return 0;
    double out = (double)(match_item_count(index, x) - index->ends[x]);
    double in = (double)(match_item_count(index, v) - index->begins[v]);
    return (double)count * (double)index->n_pairs / (out * in);
}

/* ---- longest matches ---- */

/* length[i] and range[i] of the longest match of candidate v[i] in one shard, for a group. */
static void longest_group(const struct match_shard *s, int32_t n_items, const int32_t *history,
                          int32_t n_history, int n, const int32_t *v, int32_t *length,
                          struct search_range *range)
{
    struct search_range next[SEARCH_GROUP];
    int32_t last[SEARCH_GROUP], x[SEARCH_GROUP];
    int of[SEARCH_GROUP], live = 0;
    for (int i = 0; i < n; i++) {
        range[i] = search_item(s, n_items, v[i]);
        length[i] = range[i].begin < range[i].end;
        if (length[i] > 0)
            of[live++] = i;
    }
    for (int32_t depth = 1; depth <= n_history && live > 0; depth++) {
        for (int k = 0; k < live; k++) {
            next[k] = range[of[k]];
            last[k] = v[of[k]];
            x[k] = history[n_history - depth];
        }
        search_before(s, n_items, (uint32_t)depth, live, last, x, next);
        int kept = 0;
        for (int k = 0; k < live; k++) {
            if (next[k].begin == next[k].end)
                continue;
            range[of[k]] = next[k];
            length[of[k]] = depth + 1;
            of[kept++] = of[k];
        }
        live = kept;
    }
}

void match_lengths(const struct match_index *index, const int32_t *history, int32_t n_history,
                   const int32_t *v, int32_t n, int32_t *length, int64_t *occurrences)
{
    for (int32_t at = 0; at < n; at += SEARCH_GROUP) {
        int group = n - at < SEARCH_GROUP ? n - at : SEARCH_GROUP;
        int64_t total[SEARCH_GROUP] = {0};
        memset(length + at, 0, (size_t)group * sizeof *length);
        for (int32_t k = 0; k < index->n_shards; k++) {
            int32_t here[SEARCH_GROUP];
            struct search_range range[SEARCH_GROUP];
            longest_group(&index->shard[k], index->n_items, history, n_history, group, v + at, here,
                          range);
            for (int i = 0; i < group; i++) {
                if (here[i] > length[at + i]) {
                    length[at + i] = here[i];
                    total[i] = 0;
                }
                if (here[i] == length[at + i])
                    total[i] += range[i].end - range[i].begin;
            }
        }
        if (occurrences)
            memcpy(occurrences + at, total, (size_t)group * sizeof *total);
    }
}

void match_support(const struct match_index *index, const int32_t *history, int32_t n_history,
                   int32_t user, const int32_t *v, int32_t n, struct match_support *out)
{
    for (int32_t at = 0; at < n; at += SEARCH_GROUP) {
        int group = n - at < SEARCH_GROUP ? n - at : SEARCH_GROUP;
        memset(out + at, 0, (size_t)group * sizeof *out);
        for (int32_t k = 0; k < index->n_shards; k++) {
            const struct match_shard *s = &index->shard[k];
            int32_t here[SEARCH_GROUP];
            struct search_range range[SEARCH_GROUP], own = place_user_range(s, user);
            longest_group(s, index->n_items, history, n_history, group, v + at, here, range);
            for (int i = 0; i < group; i++) {
                struct match_support *o = &out[at + i];
                if (here[i] == 0 || here[i] < o->length)
                    continue;
                if (here[i] > o->length)
                    *o = (struct match_support){.length = here[i]};
                o->occurrences += range[i].end - range[i].begin;
                if (here[i] > 1)
                    o->users += place_users(s, range[i], here[i]);
                struct place_pattern p = {v[at + i], n_history ? history + n_history - 1 : NULL,
                                          here[i]};
                o->own += place_own(s, &p, own);
            }
        }
        for (int i = 0; i < group; i++)
            if (out[at + i].length == 1)
                out[at + i].users = index->users[v[at + i]];
    }
}

/* ---- whole runs ---- */

struct runs_job {
    const struct match_index *index;
    const struct corpus *corpus;
    const struct case_list *cases;
    const struct recs *recs;
    uint8_t *verbatim;
    int64_t *occurrences;
};

enum { CASES_PER_CHUNK = 64 };

static bool recs_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    const struct runs_job *job = context;
    int32_t depth = job->recs->depth;
    (void)worker;
    int32_t *length = mem_try_array((size_t)depth, sizeof *length, "verbatim lengths", err);
    if (!length)
        return false;
    for (int64_t at = begin; at < end; at++) {
        match_lengths(job->index, corpus_sequence(job->corpus, job->cases->user[at]),
                      job->cases->position[at], recs_row(job->recs, at), depth, length,
                      job->occurrences ? job->occurrences + at * depth : NULL);
        for (int32_t k = 0; job->verbatim && k < depth; k++)
            job->verbatim[at * depth + k] = (uint8_t)(length[k] < 255 ? length[k] : 255);
    }
    free(length);
    return true;
}

bool match_recs(const struct match_index *index, const struct corpus *corpus,
                const struct case_list *cases, const struct recs *recs, struct progress *progress,
                uint8_t *verbatim, int64_t *occurrences, struct error *err)
{
    struct runs_job job = {.index = index,
                           .corpus = corpus,
                           .cases = cases,
                           .recs = recs,
                           .verbatim = verbatim,
                           .occurrences = occurrences};
    return parallel_for(cases->n, CASES_PER_CHUNK, recs_chunk, &job, progress,
                        "matching recommendations", "cases", err);
}

/* ---- places and spans ---- */

bool match_locate(const struct match_index *index, const int32_t *pattern, int32_t n, size_t max,
                  struct match_place *places, size_t *n_places, int64_t *total, struct error *err)
{
    const struct search_range nobody = {0, 0};
    int64_t count = match_count(index, pattern, n);
    if (n <= 0 || (uint64_t)count < max)
        max = n <= 0 ? 0 : (size_t)count;
    uint32_t *room = mem_try_array(max, sizeof *room, "places of a pattern", err);
    if (!room)
        return false;
    size_t found = 0;
    for (int32_t k = 0; k < index->n_shards && found < max; k++) {
        const struct match_shard *s = &index->shard[k];
        struct place_ring ring = {.pattern = {pattern[n - 1], n > 1 ? pattern + n - 2 : NULL, n},
                                  .outer = search_pattern(s, index->n_items, pattern, n)};
        size_t here = place_first(s, &ring, nobody, max - found, room);
        for (size_t i = 0; i < here; i++)
            places[found++] = place_resolve(s, room[i]);
    }
    free(room);
    *n_places = found;
    *total = count;
    return true;
}

/* For every place of the sequence the longest match that ends there. Their beginnings never go
 * back, so a span is inside another exactly when the next one begins where it does. */
size_t match_spans(const struct match_index *index, const int32_t *items, int32_t n,
                   struct match_span *spans)
{
    size_t found = 0;
    for (int32_t end = 0; end < n; end++) {
        int32_t length;
        int64_t occurrences;
        match_lengths(index, items, end, &items[end], 1, &length, &occurrences);
        int32_t begin = end + 1 - length;
        if (found > 0 && spans[found - 1].begin + spans[found - 1].length == end &&
            spans[found - 1].begin == begin)
            found--;
        if (length >= 2)
            spans[found++] = (struct match_span){begin, length, occurrences};
    }
    return found;
}
