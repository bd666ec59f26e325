/*
 * Makes the sample data: the orders of 3,000 invented shoppers at Wayside
 * (sample_data/catalogue.c), with known reasons for each shopper's last item. The same bytes every
 * time.
 *
 *     generate DIR      writes DIR/wayside.inter, DIR/wayside.item and DIR/truth.tsv
 *
 * Rules, one per shopper:
 * - route: kits are bought verbatim, one item from each family of a category, by many shoppers. A
 *   route shopper buys one whole kit, browses, and ends inside another kit: a model that repeats
 *   training subsequences finds the last item.
 * - mood: the shopper goes back and forth between two categories and never buys an item twice.
 * Which item of the category comes next is left to chance, so the last item follows its predecessor
 * in training no more often than any item would; a model that has learned categories narrows it
 * down.
 * - hop: bundles of two or three items that occur nowhere else. In training the ends of a bundle
 * are 2, 3 or 4 positions apart with something different between them each time, or in the opposite
 *   order, or joined by a third item; the last two items of the shopper are never adjacent in
 *   training. Each bundle fixes one relation label (docs/definitions.md, section 4).
 * - noise: items drawn at random.
 * - duplicate: an exact copy of another shopper's sequence.
 *
 * The flaw for the audit: a tenth of the shoppers have equal timestamps on some of their orders.
 * The rows of such a tie are in the true order in the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "sample_data/catalogue.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

enum {
    ROUTE_SHOPPERS = 1000,
    MOOD_SHOPPERS = 1000,
    HOP_SHOPPERS = 600,
    NOISE_SHOPPERS = 388,
    DUPLICATE_SHOPPERS = 12,
    SHOPPERS = 3000,

    KITS = CATEGORIES + CATEGORIES / 2, /* every category has one, half of them a second */
    BUNDLE_INDEX = FAMILY_ITEMS - 1,    /* the last item of a family is kept for bundles */
    BUNDLES_OF_A_KIND = 9,
    MAX_LENGTH = 24,
};

/* Streams of randomness: one per purpose, one per shopper. */
enum { STREAM_NUMBERS, STREAM_BUNDLES, STREAM_BETWEEN, STREAM_SEQUENCE, STREAM_TIME };
/* Any seed would do but for the moods' share of 1,000 shoppers, whose lift strays from 1 by up to a
 * fifth either way; with this one it is close. */
static const uint64_t seed = 3;

struct shopper {
    const char *rule, *label; /* label: the planted relation label, "" if none */
    char detail[48];
    int length;
    int32_t item[MAX_LENGTH];
    int64_t time[MAX_LENGTH];
};

/* How the ends x and v of a bundle meet: `between` items apart in training and at the end of a
 * sequence, or in one of two other ways in training and adjacent at the end. */
enum meeting { APART, REVERSED, JOINED };
static const struct kind {
    const char *label;
    enum meeting meeting;
    int between;
} kinds[] = {
    {"substitutability_2", APART, 1}, {"substitutability_3", APART, 2},
    {"substitutability_4", APART, 3}, {"symmetry_1", REVERSED, 0},
    {"transitivity_1", JOINED, 0},
};
enum {
    KINDS = ARRAY_LEN(kinds),
    BUNDLES = KINDS * BUNDLES_OF_A_KIND,
    BUNDLED = 2 * BUNDLES + BUNDLES_OF_A_KIND, /* two items each, three where they are joined */
    UNBUNDLED = ITEMS - BUNDLED,
};

struct bundle {
    const struct kind *kind;
    int32_t x, v, joint;
    int32_t between[UNBUNDLED]; /* in the order of use: none comes between x and v twice */
    int used, carried;
};

static struct shopper shoppers[SHOPPERS];
static struct bundle bundles[BUNDLES];

static int32_t item_at(int category, int family, int index)
{
    return category * CATEGORY_ITEMS + family * FAMILY_ITEMS + index;
}

static bool has(const struct shopper *s, int32_t item)
{
    for (int i = 0; i < s->length; i++)
        if (s->item[i] == item)
            return true;
    return false;
}

static void add(struct shopper *s, int32_t item)
{
    if (s->length == MAX_LENGTH)
        abort();
    s->item[s->length++] = item;
}

/* One more item of a category; the first ones of each family are the popular ones. */
static void add_of_category(struct shopper *s, struct rng *rng, int category)
{
    static const int index[] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6};
    int32_t item;
    do {
        int family = (int)rng_below(rng, FAMILIES);
        item = item_at(category, family, index[rng_below(rng, ARRAY_LEN(index))]);
    } while (has(s, item));
    add(s, item);
}

static void browse(struct shopper *s, struct rng *rng, uint64_t times)
{
    while (times-- > 0)
        add_of_category(s, rng, (int)rng_below(rng, CATEGORIES));
}

/* Steps `from` to `to` of a kit. Its families are not taken in the order of the item ids, which
 * would look like sorted data. */
static void add_kit(struct shopper *s, int kit, int from, int to)
{
    for (int step = from; step <= to; step++)
        add(s, item_at(kit % CATEGORIES, (kit + 3 * step) % FAMILIES, kit / CATEGORIES));
}

/* Half of the shoppers prefer the kits with low numbers. */
static int pick_kit(struct rng *rng)
{
    uint64_t kit = rng_below(rng, KITS);
    if (rng_below(rng, 2) == 0) {
        uint64_t other = rng_below(rng, KITS);
        kit = other < kit ? other : kit;
    }
    return (int)kit;
}

static bool has_repeats(const struct shopper *s)
{
    for (int i = 0; i < s->length; i++)
        for (int j = 0; j < i; j++)
            if (s->item[i] == s->item[j])
                return true;
    return false;
}

static void make_route(struct shopper *s, struct rng *rng)
{
    int whole = pick_kit(rng), last;
    do
        last = pick_kit(rng);
    while (last == whole);
    int to = 2 + (int)rng_below(rng, FAMILIES - 2);
    int from = (int)rng_below(rng, (uint64_t)to - 1);

    s->rule = "route";
    snprintf(s->detail, sizeof s->detail, "%s kit %d", catalogue[last % CATEGORIES].name,
             last / CATEGORIES + 1);
    do { /* browsing can come upon an item of a kit */
        s->length = 0;
        browse(s, rng, rng_below(rng, 3));
        add_kit(s, whole, 0, FAMILIES - 1);
        browse(s, rng, 1 + rng_below(rng, 2));
        add_kit(s, last, from, to);
    } while (has_repeats(s));
}

static void make_mood(struct shopper *s, struct rng *rng)
{
    int category[2];
    category[0] = (int)rng_below(rng, CATEGORIES);
    category[1] = (category[0] + 1 + (int)rng_below(rng, CATEGORIES - 1)) % CATEGORIES;
    int length = 8 + (int)rng_below(rng, 5);

    s->rule = "mood";
    for (int i = 0; i < length; i++)
        add_of_category(s, rng, category[i % 2]);
    snprintf(s->detail, sizeof s->detail, "%s after %s", catalogue[category[(length - 1) % 2]].name,
             catalogue[category[length % 2]].name);
}

static void make_noise(struct shopper *s, struct rng *rng)
{
    s->rule = "noise";
    browse(s, rng, 4 + rng_below(rng, 6));
}

static void make_bundles(void)
{
    int32_t kept[ITEMS / FAMILY_ITEMS], others[UNBUNDLED];
    int n_kept = 0, n_others = 0;
    for (int32_t item = 0; item < ITEMS; item++)
        if (item % FAMILY_ITEMS == BUNDLE_INDEX)
            kept[n_kept++] = item;
        else
            others[n_others++] = item;
    struct rng rng = rng_new(seed, rng_stream(STREAM_BUNDLES, 0));
    rng_shuffle(&rng, kept, n_kept);
    while (n_others < UNBUNDLED)
        others[n_others++] = kept[--n_kept];

    int next = 0;
    for (int i = 0; i < BUNDLES; i++) {
        struct bundle *b = &bundles[i];
        b->kind = &kinds[i % KINDS];
        b->x = kept[next++];
        b->v = kept[next++];
        if (b->kind->meeting == JOINED)
            b->joint = kept[next++];
        memcpy(b->between, others, sizeof others);
        rng = rng_new(seed, rng_stream(STREAM_BETWEEN, (uint64_t)i));
        rng_shuffle(&rng, b->between, UNBUNDLED);
    }
}

static void add_between(struct shopper *s, struct bundle *b)
{
    for (int i = 0; i < b->kind->between; i++) {
        while (has(s, b->between[b->used]))
            b->used++;
        add(s, b->between[b->used++]);
    }
}

/* The ends as training shows them. */
static void add_carried(struct shopper *s, struct bundle *b)
{
    int way = b->carried++ % 2;
    switch (b->kind->meeting) {
    case APART:
        add(s, b->x);
        add_between(s, b);
        add(s, b->v);
        break;
    case REVERSED:
        add(s, b->v);
        add(s, b->x);
        break;
    case JOINED:
        add(s, way == 0 ? b->x : b->joint);
        add(s, way == 0 ? b->joint : b->v);
        break;
    }
}

static void make_hop(struct shopper *s, struct rng *rng, int number)
{
    int last = number % BUNDLES;
    int first = (last + 1 + (int)rng_below(rng, BUNDLES - 1)) % BUNDLES, second;
    do
        second = (int)rng_below(rng, BUNDLES);
    while (second == first || second == last);
    struct bundle *b = &bundles[last];

    s->rule = "hop";
    s->label = b->kind->label;
    snprintf(s->detail, sizeof s->detail, "bundle %d", last + 1);
    browse(s, rng, rng_below(rng, 2));
    add_carried(s, &bundles[first]);
    browse(s, rng, 1);
    add_carried(s, &bundles[second]);
    browse(s, rng, 1);
    add(s, b->x);
    add_between(s, b);
    add(s, b->v);
}

/* Equal times for a tenth of the shoppers: some of their orders were entered together. */
static void make_times(struct shopper *s, struct rng *rng)
{
    const uint64_t hour = 3600, day = 24 * hour;
    const int64_t opening_day = 1672531200; /* 2023-01-01 */
    bool tied = rng_below(rng, 10) == 0;

    int64_t now = opening_day + (int64_t)rng_below(rng, 500 * day);
    for (int i = 0; i < s->length; i++) {
        s->time[i] = now;
        if (!tied || (i > 0 && rng_below(rng, 2) == 0))
            now += (int64_t)(hour + rng_below(rng, 14 * day));
    }
}

static void make_shoppers(void)
{
    const int copied = SHOPPERS - DUPLICATE_SHOPPERS;
    make_bundles();
    for (int i = 0; i < SHOPPERS; i++) {
        struct shopper *s = &shoppers[i];
        struct rng rng = rng_new(seed, rng_stream(STREAM_SEQUENCE, (uint64_t)i));
        s->label = "";
        if (i < ROUTE_SHOPPERS)
            make_route(s, &rng);
        else if (i < ROUTE_SHOPPERS + MOOD_SHOPPERS)
            make_mood(s, &rng);
        else if (i < ROUTE_SHOPPERS + MOOD_SHOPPERS + HOP_SHOPPERS)
            make_hop(s, &rng, i);
        else if (i < copied)
            make_noise(s, &rng);
        else {
            *s = shoppers[rng_below(&rng, (uint64_t)copied)];
            snprintf(s->detail, sizeof s->detail, "like another %s shopper", s->rule);
            s->rule = "duplicate";
            s->label = "";
        }
        rng = rng_new(seed, rng_stream(STREAM_TIME, (uint64_t)i));
        make_times(s, &rng);
    }
}

static void item_id(int32_t item, char id[8])
{
    snprintf(id, 8, "%s%02d", catalogue[item / CATEGORY_ITEMS].code,
             item % CATEGORY_ITEMS % 100 + 1);
}

static void write_items(FILE *out)
{
    fputs("item_id:token\ttitle:token_seq\tclass:token_seq\n", out);
    for (int32_t item = 0; item < ITEMS; item++) {
        const struct category *c = &catalogue[item / CATEGORY_ITEMS];
        int number = item % CATEGORY_ITEMS, index = number % FAMILY_ITEMS;
        int at = number / FAMILY_ITEMS;
        const struct family *f = &c->family[at];
        char id[8];
        item_id(item, id);
        fprintf(out, "%s\t%s %s", id, c->style[(3 * index + at) % FAMILY_ITEMS],
                f->noun[index % 2]);
        if (index % 3 != 0)
            fprintf(out, " %s", c->ending[(index + at) % ENDINGS]);
        fprintf(out, "\t%s %s\n", c->name, f->tag);
    }
}

/* A row of the interaction file: position `at` of shopper `s`. */
struct row {
    int64_t time;
    int number, s, at;
};

static int by_time(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static void write_interactions(FILE *out, const int32_t *number)
{
    static struct row row[SHOPPERS * MAX_LENGTH];
    size_t n = 0;
    for (int s = 0; s < SHOPPERS; s++)
        for (int at = 0; at < shoppers[s].length; at++)
            row[n++] = (struct row){shoppers[s].time[at], number[s], s, at};
    qsort(row, n, sizeof row[0], by_time);

    fputs("user_id:token\titem_id:token\ttimestamp:float\n", out);
    for (size_t i = 0; i < n; i++) {
        char id[8];
        item_id(shoppers[row[i].s].item[row[i].at], id);
        fprintf(out, "u%04d\t%s\t%lld\n", row[i].number, id, (long long)row[i].time);
    }
}

static void write_truth(FILE *out, const int32_t *number)
{
    static int shopper_of[SHOPPERS + 1];
    for (int s = 0; s < SHOPPERS; s++)
        shopper_of[number[s]] = s;
    fputs("user\trule\tlabel\tdetail\n", out);
    for (int i = 1; i <= SHOPPERS; i++) {
        const struct shopper *s = &shoppers[shopper_of[i]];
        fprintf(out, "u%04d\t%s\t%s\t%s\n", i, s->rule, s->label, s->detail);
    }
}

static bool write_file(const char *dir, const char *name, const int32_t *number)
{
    struct error err = {0};
    struct file_replace file;
    char *path = path_join(dir, name);
    bool ok = file_replace_begin(&file, path, &err);
    if (ok) {
        if (strcmp(name, "wayside.item") == 0)
            write_items(file.stream);
        else if (strcmp(name, "wayside.inter") == 0)
            write_interactions(file.stream, number);
        else
            write_truth(file.stream, number);
        ok = file_replace_commit(&file, &err);
    }
    if (!ok)
        fprintf(stderr, "generate: %s\n", err.text);
    free(path);
    return ok;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: generate DIR\n");
        return 2;
    }
    make_shoppers();
    int32_t number[SHOPPERS]; /* users are numbered from 1, whatever their rule */
    for (int32_t i = 0; i < SHOPPERS; i++)
        number[i] = i + 1;
    struct rng rng = rng_new(seed, rng_stream(STREAM_NUMBERS, 0));
    rng_shuffle(&rng, number, SHOPPERS);
    return write_file(argv[1], "wayside.item", number) &&
                   write_file(argv[1], "wayside.inter", number) &&
                   write_file(argv[1], "truth.tsv", number)
               ? 0
               : 1;
}
