/* The audit's checks of the order within users: sorted ids, and ties in time. */
#include <string.h>

#include "analysis/corpus/audit_check.h"
#include "analysis/corpus/edges.h"
#include "analysis/math/parallel.h"
#include "analysis/math/rng.h"
#include "analysis/metric/ranking.h"
#include "analysis/model/reference.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

/* ---- sorted-ids ---- */

struct id_key {
    int64_t number; /* where all ids are integers, else 0 */
    const char *bytes;
    size_t n;
    int32_t item;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_key *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    int order = memcmp(x->bytes, y->bytes, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* place[v] = where item v's external id stands in their order; *numeric tells which order. */
static bool order_ids(const struct strtab *ids, int32_t *place, bool *numeric, struct error *err)
{
    struct id_key *key = mem_try_array((size_t)ids->n, sizeof *key, "audit", err);
    if (!key)
        return false;
    *numeric = true;
    for (int64_t v = 0; v < ids->n; v++) {
        key[v] = (struct id_key){0, strtab_get(ids, v), strtab_len(ids, v), (int32_t)v};
        *numeric = *numeric && num_int64(key[v].bytes, key[v].n, &key[v].number);
    }
    for (int64_t v = 0; v < ids->n && !*numeric; v++)
        key[v].number = 0;
    qsort(key, (size_t)ids->n, sizeof *key, compare_ids);
    for (int64_t i = 0; i < ids->n; i++)
        place[key[i].item] = (int32_t)i;
    free(key);
    return true;
}

/* Items are indexed by first appearance: ids that (nearly) always exceed all before them were
 * numbered that way too, and then rise along every sequence for that reason alone. */
static bool numbered_by_appearance(const int32_t *place, int64_t n)
{
    int64_t records = 0;
    int32_t highest = -1;
    for (int64_t v = 0; v < n; v++)
        if (place[v] > highest) {
            highest = place[v];
            records++;
        }
    return (double)records >= 0.9 * (double)n;
}

struct sorted {
    int64_t users, monotone, pairs, ascending;
    double by_chance; /* expected number of monotone users, were the order random */
};

/* +1 rising, -1 falling, 0 neither, which a repetition of one item alone is too. */
static int direction(const int32_t *s, int32_t n, const int32_t *place, struct sorted *out)
{
    bool up = true, down = true;
    for (int32_t i = 1; i < n; i++) {
        up = up && place[s[i - 1]] <= place[s[i]];
        down = down && place[s[i - 1]] >= place[s[i]];
        out->ascending += place[s[i - 1]] < place[s[i]];
        out->pairs++;
    }
    return up && !down ? 1 : down && !up ? -1 : 0;
}

static struct sorted count_sorted(const struct audit_input *in, const int32_t *place,
                                  int32_t example[AUDIT_EXAMPLES])
{
    const struct corpus *c = in->corpus;
    struct sorted out = {0};
    for (int32_t u = 0; u < c->n_users; u++) {
        int32_t n = corpus_length(c, u);
        if (n < 3)
            continue;
        out.users++;
        double chance = 2;
        for (int32_t i = 2; i <= n; i++)
            chance /= i;
        out.by_chance += chance;
        if (direction(corpus_sequence(c, u), n, place, &out) == 0)
            continue;
        if (out.monotone < AUDIT_EXAMPLES)
            example[out.monotone] = u;
        out.monotone++;
    }
    return out;
}

static void report_sorted(const struct audit_input *in, const struct sorted *s, bool numeric,
                          const int32_t example[AUDIT_EXAMPLES], struct audit *out)
{
    struct finding *f = audit_add(out, "sorted-ids", s->monotone, s->users);
    double pairs = s->pairs ? 100 * (double)s->ascending / (double)s->pairs : 0;
    f->text = mem_printf("The whole sequence of %lld of %lld user%s with 3 items or more (%.1f %%) "
                         "is sorted by item id (%s); %.1f %% of adjacent pairs ascend. A random "
                         "order would sort %.1f %% of the users and 50 %% of the pairs.",
                         (long long)s->monotone, (long long)s->users, plural_s(s->users),
                         100 * f->share, numeric ? "as numbers" : "in byte order", pairs,
                         100 * s->by_chance / (double)s->users);
    f->effect = mem_strdup(
        f->share > 0.5
            ? "The file lost the order of time: its last item is not the latest, so held-out "
              "targets, edges and every number here are about the order of ids."
            : "Ids that were given in order of time rise along sequences by themselves; only a "
              "share near 100 % means that the order of time was lost.");
    for (int i = 0; i < AUDIT_EXAMPLES && i < s->monotone; i++)
        audit_example(f, audit_user(in, example[i]));
}

bool audit_sorted_ids(const struct audit_input *in, struct progress *progress, struct audit *out,
                      struct error *err)
{
    (void)progress;
    if (in->item_id.n == 0)
        return true;
    int32_t *place = mem_try_array((size_t)in->item_id.n, sizeof *place, "audit", err);
    bool numeric = false;
    if (!place || !order_ids(&in->item_id, place, &numeric, err)) {
        free(place);
        return false;
    }
    if (!numbered_by_appearance(place, in->item_id.n)) {
        int32_t example[AUDIT_EXAMPLES] = {0};
        struct sorted s = count_sorted(in, place, example);
        if (s.monotone > 0)
            report_sorted(in, &s, numeric, example, out);
        else if (s.users > 0)
            audit_clean(out, "sorted-ids");
    }
    free(place);
    return true;
}

/* ---- time-ties ---- */

enum { HEADLINES = 3, TIE_DEPTH = 10, TIE_REPLICATES = 20 };
static const char *const headline_name[HEADLINES] = {"reachable last", "reachable any",
                                                     "markov recall@10"};

struct headline {
    const struct corpus *corpus;
    const struct case_list *cases;
    const struct edges *edges;
    int8_t *last, *any; /* [cases->n] */
};

static bool find_reachable(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)worker;
    (void)err;
    struct headline *h = context;
    for (int64_t c = begin; c < end; c++) {
        const int32_t *s = corpus_sequence(h->corpus, h->cases->user[c]);
        int32_t n = h->cases->position[c];
        h->last[c] = n > 0 && edges_count(h->edges, s[n - 1], s[n]) > 0;
        h->any[c] = h->last[c];
        for (int32_t i = 0; i + 1 < n && !h->any[c]; i++)
            h->any[c] = edges_count(h->edges, s[i], s[n]) > 0;
    }
    return true;
}

static double share_of(const int8_t *flag, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += flag[i];
    return (double)count / (double)n;
}

static bool markov_recall(const struct headline *h, const struct training *training, double *recall,
                          struct error *err)
{
    struct reference *markov = NULL;
    size_t n = (size_t)h->cases->n;
    int32_t *item = mem_try_array(n * TIE_DEPTH, sizeof *item, "audit lists", err);
    int32_t *rank = item ? mem_try_array(n, sizeof *rank, "audit lists", err) : NULL;
    bool done =
        rank &&
        reference_build(REFERENCE_MARKOV, &(struct reference_options){0}, training, h->edges, NULL,
                        &markov, err) &&
        reference_recommend_all(markov, h->corpus, h->cases, TIE_DEPTH, NULL, item, NULL, err);
    if (done) {
        struct recs recs = {h->cases->n, TIE_DEPTH, item, NULL};
        ranking_ranks(&recs, h->corpus, h->cases, rank);
        double hits = 0;
        for (size_t c = 0; c < n; c++)
            hits += ranking_value(RANKING_RECALL, TIE_DEPTH, rank[c]);
        *recall = hits / (double)n;
    }
    reference_free(markov);
    free(item);
    free(rank);
    return done;
}

/* The headline numbers of one order of the items; there is at least one case. */
static bool measure(const struct corpus *corpus, const struct split *split, double value[HEADLINES],
                    struct error *err)
{
    struct training training = split_training(split, corpus, TRAINED_ON_TRAIN);
    struct edges edges;
    if (!edges_build(&training, &edges, err))
        return false;
    struct headline h = {.corpus = corpus, .cases = &split->part[PART_TEST], .edges = &edges};
    size_t n = (size_t)h.cases->n;
    h.last = mem_try_array(n, sizeof *h.last, "audit", err);
    h.any = h.last ? mem_try_array(n, sizeof *h.any, "audit", err) : NULL;
    bool done = h.any && parallel_for(h.cases->n, 256, find_reachable, &h, NULL, "", "", err) &&
                markov_recall(&h, &training, &value[2], err);
    if (done) {
        value[0] = share_of(h.last, h.cases->n);
        value[1] = share_of(h.any, h.cases->n);
    }
    free(h.last);
    free(h.any);
    edges_release(&edges);
    return done;
}

struct ties {
    int64_t interactions, users, targets; /* targets: tied with the item before them */
    int64_t groups;
};

/* The end of the run of equal times that starts at `at`. */
static int64_t run_end(const int64_t *time, int64_t at, int64_t end)
{
    int64_t stop = at + 1;
    while (stop < end && time[stop] == time[at])
        stop++;
    return stop;
}

static struct ties count_ties(const struct audit_input *in, int32_t example[AUDIT_EXAMPLES])
{
    const struct corpus *c = in->corpus;
    const struct case_list *cases = &in->split->part[PART_TEST];
    struct ties t = {0};
    for (int32_t u = 0; u < c->n_users; u++) {
        int64_t before = t.groups;
        for (int64_t at = c->offset[u], stop; at < c->offset[u + 1]; at = stop) {
            stop = run_end(in->time, at, c->offset[u + 1]);
            if (stop - at < 2)
                continue;
            t.groups++;
            t.interactions += stop - at;
        }
        if (t.groups == before)
            continue;
        if (t.users < AUDIT_EXAMPLES)
            example[t.users] = u;
        t.users++;
    }
    for (int64_t i = 0; i < cases->n; i++) {
        const int64_t *time = in->time + c->offset[cases->user[i]];
        int32_t at = cases->position[i];
        t.targets += at > 0 && time[at] == time[at - 1];
    }
    return t;
}

/* A copy of the items with a random order inside every tie. */
static void shuffle_ties(const struct audit_input *in, int replicate, int32_t *item)
{
    const struct corpus *c = in->corpus;
    memcpy(item, c->item, (size_t)c->offset[c->n_users] * sizeof *item);
    for (int32_t u = 0; u < c->n_users; u++) {
        struct rng rng = rng_new(in->seed, rng_stream((uint64_t)replicate, (uint64_t)u));
        for (int64_t at = c->offset[u], stop; at < c->offset[u + 1]; at = stop) {
            stop = run_end(in->time, at, c->offset[u + 1]);
            if (stop - at > 1)
                rng_shuffle(&rng, item + at, stop - at);
        }
    }
}

static int replicates_for(const struct audit_input *in)
{
    if (in->tie_replicates > 0)
        return in->tie_replicates;
    int64_t n = in->corpus->offset[in->corpus->n_users];
    int64_t affordable = n > 0 ? (int64_t)TIE_REPLICATES * 5000000 / n : TIE_REPLICATES;
    return affordable < 3 ? 3 : affordable < TIE_REPLICATES ? (int)affordable : TIE_REPLICATES;
}

static bool measure_ties(const struct audit_input *in, int replicates, struct progress *progress,
                         struct finding *f, struct error *err)
{
    int64_t n = in->corpus->offset[in->corpus->n_users];
    double value[HEADLINES];
    int32_t *item = mem_try_array((size_t)n, sizeof *item, "audit", err);
    bool done = item && measure(in->corpus, in->split, value, err);
    for (int i = 0; done && i < HEADLINES; i++)
        f->range[i] = (struct audit_range){headline_name[i], value[i], 1, 0};
    for (int r = 0; done && r < replicates; r++) {
        shuffle_ties(in, r, item);
        struct corpus shuffled = *in->corpus;
        shuffled.item = item;
        done = progress_at(progress, "time ties", r, replicates, "orders", err) &&
               measure(&shuffled, in->split, value, err);
        for (int i = 0; done && i < HEADLINES; i++) {
            struct audit_range *range = &f->range[i];
            range->lo = value[i] < range->lo ? value[i] : range->lo;
            range->hi = value[i] > range->hi ? value[i] : range->hi;
        }
    }
    if (done)
        f->n_ranges = HEADLINES;
    free(item);
    return done;
}

static char *describe_ranges(const struct audit_input *in, const struct finding *f, int replicates)
{
    const struct audit_range *r = f->range;
    return mem_printf(
        "The order inside ties is the file's. Over %d random orders of them (seed %llu): "
        "%s %.2f %% to %.2f %% (as imported %.2f %%), %s %.2f %% to %.2f %% (%.2f %%), "
        "%s %.4f to %.4f (%.4f).",
        replicates, (unsigned long long)in->seed, r[0].name, 100 * r[0].lo, 100 * r[0].hi,
        100 * r[0].value, r[1].name, 100 * r[1].lo, 100 * r[1].hi, 100 * r[1].value, r[2].name,
        r[2].lo, r[2].hi, r[2].value);
}

bool audit_time_ties(const struct audit_input *in, struct progress *progress, struct audit *out,
                     struct error *err)
{
    if (!in->time)
        return true;
    int32_t example[AUDIT_EXAMPLES] = {0};
    struct ties t = count_ties(in, example);
    if (t.interactions == 0) {
        audit_clean(out, "time-ties");
        return true;
    }
    const struct corpus *c = in->corpus;
    struct finding *f = audit_add(out, "time-ties", t.interactions, c->offset[c->n_users]);
    f->text = mem_printf(
        "%lld interaction%s (%.1f %%) of %lld user%s %s the same timestamp as a "
        "neighbour in the sequence; %lld test target%s tied with the item before %s.",
        (long long)t.interactions, plural_s(t.interactions), 100 * f->share, (long long)t.users,
        plural_s(t.users), plural(t.interactions, "has", "have"), (long long)t.targets,
        plural(t.targets, " is", "s are"), plural(t.targets, "it", "them"));
    for (int i = 0; i < AUDIT_EXAMPLES && i < t.users; i++)
        audit_example(f, audit_user(in, example[i]));
    int replicates = replicates_for(in);
    if (in->split->part[PART_TEST].n == 0) {
        f->effect = mem_strdup("The order inside ties is the file's. There are no test cases, so "
                               "no number depends on it.");
        return true;
    }
    if (in->quick) {
        f->effect =
            mem_strdup("The order inside ties is the file's. `rote audit` measures what other "
                       "orders make of the headline numbers.");
        return true;
    }
    if (!measure_ties(in, replicates, progress, f, err))
        return false;
    f->effect = describe_ranges(in, f, replicates);
    return true;
}
