/*
 * The first places of a range come from whichever is shorter: a pass over the range's entries with
 * a heap of the smallest, or a pass over the text from its beginning, which finds them in order.
 */
#include "analysis/match/place.h"

#include <string.h>

enum { WALK_MAX = 128 }; /* items that are walked to a separator before searching for it */

bool place_matches(const struct match_shard *s, const struct place_pattern *p, uint32_t place)
{
    if (s->text[place] != p->v)
        return false;
    /* A separator differs from every item, so this stops at the start of the sequence. */
    for (int32_t d = 1; d < p->length; d++)
        if (s->text[place - (uint32_t)d] != p->before[1 - d])
            return false;
    return true;
}

bool place_in_ring(const struct match_shard *s, const struct place_ring *ring, uint32_t place)
{
    const struct place_pattern *p = &ring->pattern;
    return place_matches(s, p, place) &&
           !(ring->longer && s->text[place - (uint32_t)p->length] == p->before[1 - p->length]);
}

struct match_place place_resolve(const struct match_shard *s, uint32_t place)
{
    uint32_t at = place - 1;
    for (int walked = 0; walked < WALK_MAX && s->text[at] >= 0; walked++)
        at--;
    int32_t user;
    if (s->text[at] < 0) {
        user = ~s->text[at];
    } else {
        int32_t low = 0, high = s->n_users; /* start[low] <= place < start[high] */
        while (high - low > 1) {
            int32_t middle = low + (high - low) / 2;
            if (s->user_start[middle] <= place)
                low = middle;
            else
                high = middle;
        }
        user = low;
        at = s->user_start[low];
    }
    return (struct match_place){s->first_user + user, (int32_t)(place - at - 1)};
}

struct search_range place_user_range(const struct match_shard *s, int32_t user)
{
    int32_t here = user - s->first_user;
    if (user < 0 || here < 0 || here >= s->n_users)
        return (struct search_range){0, 0};
    return (struct search_range){s->user_start[here] + 1, s->user_start[here + 1]};
}

/* Does the pattern of `length` items that ends at the place also end at an earlier one of the same
 * sequence? */
static bool stands_earlier(const struct match_shard *s, uint32_t place, int32_t length)
{
    const int32_t *text = s->text;
    for (uint32_t q = place - 1; text[q] >= 0; q--) {
        int32_t d = 0;
        while (d < length && text[q - (uint32_t)d] == text[place - (uint32_t)d])
            d++;
        if (d == length)
            return true;
    }
    return false;
}

int64_t place_users(const struct match_shard *s, struct search_range entries, int32_t length)
{
    uint32_t repeated = 0;
    for (uint32_t i = entries.begin; i < entries.end; i++)
        repeated += s->entry[i] & 1;
    int64_t users = entries.end - entries.begin;
    if (length == 2 || repeated == 0)
        return users - repeated;
    for (uint32_t i = entries.begin; i < entries.end; i++)
        users -= (s->entry[i] & 1) && stands_earlier(s, s->entry[i] >> 1, length);
    return users;
}

int64_t place_own(const struct match_shard *s, const struct place_pattern *p,
                  struct search_range own)
{
    int64_t n = 0;
    for (uint32_t place = own.begin; place < own.end; place++)
        n += place_matches(s, p, place);
    return n;
}

/* ---- the first places ---- */

static void heap_sift(uint32_t *heap, size_t n, size_t at)
{
    uint32_t value = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && heap[child + 1] > heap[child])
            child++;
        if (heap[child] <= value)
            break;
        heap[at] = heap[child];
    }
    heap[at] = value;
}

static void heap_make(uint32_t *heap, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        heap_sift(heap, n, i);
}

static void heap_to_ascending(uint32_t *heap, size_t n)
{
    heap_make(heap, n);
    while (n > 1) {
        uint32_t largest = heap[0];
        heap[0] = heap[--n];
        heap[n] = largest;
        heap_sift(heap, n, 0);
    }
}

/* The smallest `max` places seen so far, unordered until there are max, a max-heap from then on. */
struct smallest {
    uint32_t *place;
    size_t n, max;
};

static void smallest_add(struct smallest *best, const struct match_shard *s,
                         struct search_range entries, struct search_range skip)
{
    for (uint32_t i = entries.begin; i < entries.end; i++) {
        uint32_t place = s->entry[i] >> 1;
        if (best->n == best->max && place >= best->place[0])
            continue;
        if (place >= skip.begin && place < skip.end)
            continue;
        if (best->n < best->max) {
            best->place[best->n++] = place;
            if (best->n == best->max)
                heap_make(best->place, best->n);
        } else {
            best->place[0] = place;
            heap_sift(best->place, best->n, 0);
        }
    }
}

/* Reads the text from its beginning, `budget` places at most. False when that did not suffice for
 * `max` places. */
static bool scan_text(const struct match_shard *s, const struct place_ring *ring,
                      struct search_range skip, uint32_t budget, size_t max, uint32_t *places)
{
    size_t n = 0;
    for (uint32_t place = 0; place < budget && n < max; place++)
        if (s->text[place] == ring->pattern.v && place_in_ring(s, ring, place) &&
            !(place >= skip.begin && place < skip.end))
            places[n++] = place;
    return n == max;
}

size_t place_first(const struct match_shard *s, const struct place_ring *ring,
                   struct search_range skip, size_t max, uint32_t *places)
{
    struct search_range outer = ring->outer, inner = ring->inner;
    uint32_t size = outer.end - outer.begin - (inner.end - inner.begin);
    if (max == 0 || size == 0)
        return 0;
    /* Spread evenly, the first max would be found within n_text * max / size places. */
    if (size > max && 2 * (double)s->n_text * (double)max < (double)size * (double)size &&
        scan_text(s, ring, skip, size, max, places))
        return max;
    struct smallest best = {.place = places, .max = max};
    if (inner.begin < inner.end) {
        smallest_add(&best, s, (struct search_range){outer.begin, inner.begin}, skip);
        smallest_add(&best, s, (struct search_range){inner.end, outer.end}, skip);
    } else {
        smallest_add(&best, s, outer, skip);
    }
    heap_to_ascending(places, best.n);
    return best.n;
}
