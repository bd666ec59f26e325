#include "analysis/corpus/audit.h"

#include <string.h>

#include "analysis/corpus/audit_check.h"
#include "analysis/corpus/edges.h"
#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

/* ---- findings ---- */

struct finding *audit_add(struct audit *out, const char *id, int64_t count, int64_t total)
{
    out->finding = mem_realloc(out->finding, (out->n + 1) * sizeof *out->finding);
    struct finding *f = &out->finding[out->n++];
    *f = (struct finding){.id = id, .count = count};
    f->share = total > 0 ? (double)count / (double)total : 0;
    return f;
}

void audit_clean(struct audit *out, const char *id)
{
    if (out->n_clean < ARRAY_LEN(out->clean))
        out->clean[out->n_clean++] = id;
}

void audit_example(struct finding *finding, char *text)
{
    if (finding->n_examples < AUDIT_EXAMPLES)
        finding->example[finding->n_examples++] = text;
    else
        free(text);
}

static char *name_of(const struct strtab *ids, const char *what, int32_t i)
{
    if (i < ids->n && strtab_len(ids, i) > 0)
        return mem_strndup(strtab_get(ids, i), strtab_len(ids, i));
    return mem_printf("%s number %d", what, i);
}

char *audit_user(const struct audit_input *in, int32_t user)
{
    return name_of(&in->user_id, "user", user);
}

char *audit_item(const struct audit_input *in, int32_t item)
{
    return name_of(&in->item_id, "item", item);
}

void audit_release(struct audit *audit)
{
    for (size_t i = 0; i < audit->n; i++) {
        struct finding *f = &audit->finding[i];
        free(f->text);
        free(f->effect);
        for (size_t j = 0; j < f->n_examples; j++)
            free(f->example[j]);
    }
    free(audit->finding);
    *audit = (struct audit){0};
}

/* ---- repeats ---- */

struct repeats {
    int64_t interactions, users, targets; /* targets: test targets that are in their history */
};

/* last_user[v] = the user that had v last, + 1; whether an item repeats is then one comparison. */
static struct repeats count_repeats(const struct audit_input *in, int32_t *last_user, bool *repeats)
{
    const struct corpus *c = in->corpus;
    const struct case_list *cases = &in->split->part[PART_TEST];
    struct repeats r = {0};
    int64_t at = 0;
    for (int32_t u = 0; u < c->n_users; u++) {
        const int32_t *s = corpus_sequence(c, u);
        bool any = false;
        for (int32_t i = 0; i < corpus_length(c, u); i++) {
            bool again = last_user[s[i]] == u + 1;
            last_user[s[i]] = u + 1;
            any = any || again;
            r.interactions += again;
            for (; at < cases->n && cases->user[at] == u && cases->position[at] == i; at++)
                r.targets += again;
        }
        repeats[u] = any;
        r.users += any;
    }
    return r;
}

static bool check_repeats(const struct audit_input *in, struct progress *progress,
                          struct audit *out, struct error *err)
{
    (void)progress;
    const struct corpus *c = in->corpus;
    bool *repeats = mem_try_array((size_t)c->n_users, sizeof *repeats, "audit", err);
    int32_t *last_user = mem_try_zarray((size_t)c->n_items, sizeof *last_user, "audit", err);
    if (!repeats || !last_user) {
        free(repeats);
        free(last_user);
        return false;
    }
    struct repeats r = count_repeats(in, last_user, repeats);
    if (r.interactions == 0)
        audit_clean(out, "repeats");
    else {
        struct finding *f = audit_add(out, "repeats", r.interactions, c->offset[c->n_users]);
        f->text = mem_printf("%lld interaction%s (%.2f %%) %s with an item that the same user had "
                             "before; %lld user%s such repeats.",
                             (long long)r.interactions, plural_s(r.interactions), 100 * f->share,
                             plural(r.interactions, "is", "are"), (long long)r.users,
                             plural(r.users, " has", "s have"));
        f->effect = mem_printf("%lld test target%s their own history: a model that masks the "
                               "history can never recommend them, one that does not can copy them.",
                               (long long)r.targets, plural(r.targets, " is in", "s are in"));
        for (int32_t u = 0; u < c->n_users && f->n_examples < AUDIT_EXAMPLES; u++)
            if (repeats[u])
                audit_example(f, audit_user(in, u));
    }
    free(repeats);
    free(last_user);
    return true;
}

/* ---- duplicate-sequences ---- */

struct hashed {
    uint64_t hash;
    int32_t user;
};

static int compare_hashed(const void *a, const void *b)
{
    const struct hashed *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->user > y->user) - (x->user < y->user);
}

static bool same_sequence(const struct corpus *c, int32_t a, int32_t b)
{
    int32_t n = corpus_length(c, a);
    return n == corpus_length(c, b) &&
           memcmp(corpus_sequence(c, a), corpus_sequence(c, b), (size_t)n * sizeof *c->item) == 0;
}

/* Users with at least 3 items, by the hash of their sequence; returns their number. */
static int64_t hash_sequences(const struct corpus *c, struct hashed *hashed)
{
    int64_t n = 0;
    for (int32_t u = 0; u < c->n_users; u++)
        if (corpus_length(c, u) >= 3) {
            size_t bytes = (size_t)corpus_length(c, u) * sizeof *c->item;
            hashed[n++] = (struct hashed){hash_bytes(corpus_sequence(c, u), bytes), u};
        }
    qsort(hashed, (size_t)n, sizeof *hashed, compare_hashed);
    return n;
}

static bool check_duplicates(const struct audit_input *in, struct progress *progress,
                             struct audit *out, struct error *err)
{
    (void)progress;
    const struct corpus *c = in->corpus;
    struct hashed *hashed = mem_try_array((size_t)c->n_users, sizeof *hashed, "audit", err);
    if (!hashed)
        return false;
    int64_t n = hash_sequences(c, hashed), copies = 0;
    struct finding *f = NULL;
    int32_t first = n > 0 ? hashed[0].user : 0;
    for (int64_t i = 1; i < n; i++) {
        if (hashed[i].hash != hashed[i - 1].hash || !same_sequence(c, first, hashed[i].user)) {
            first = hashed[i].user;
            continue;
        }
        copies++;
        f = f ? f : audit_add(out, "duplicate-sequences", 0, 0);
        if (f->n_examples < AUDIT_EXAMPLES) {
            char *a = audit_user(in, hashed[i].user), *b = audit_user(in, first);
            audit_example(f, mem_printf("%s = %s", a, b));
            free(a);
            free(b);
        }
    }
    free(hashed);
    if (!f) {
        audit_clean(out, "duplicate-sequences");
        return true;
    }
    f->count = copies;
    f->share = (double)copies / c->n_users;
    f->text = mem_printf("The whole sequence of %lld user%s (%.2f %%, of 3 items or more) equals "
                         "that of an earlier user.",
                         (long long)copies, plural_s(copies), 100 * f->share);
    f->effect = mem_strdup("Their targets can be copied from the twin's training sequence: they "
                           "raise hit rates and verbatim lengths without any generalization.");
    return true;
}

/* ---- short-users ---- */

static bool check_short_users(const struct audit_input *in, struct progress *progress,
                              struct audit *out, struct error *err)
{
    (void)progress;
    (void)err;
    const struct corpus *c = in->corpus;
    int64_t count = 0;
    struct finding *f = NULL;
    for (int32_t u = 0; u < c->n_users; u++)
        if (corpus_length(c, u) < 3) {
            count++;
            f = f ? f : audit_add(out, "short-users", 0, 0);
            if (f->n_examples < AUDIT_EXAMPLES)
                audit_example(f, audit_user(in, u));
        }
    if (!f) {
        audit_clean(out, "short-users");
        return true;
    }
    f->count = count;
    f->share = (double)count / c->n_users;
    f->text = mem_printf("%lld user%s (%.2f %%) %s fewer than 3 items.", (long long)count,
                         plural_s(count), 100 * f->share, plural(count, "has", "have"));
    f->effect = mem_strdup("Under leave-one-out all their items are training and they have no "
                           "case, so no metric is about them.");
    return true;
}

/* ---- text ---- */

static bool check_items_without_text(const struct audit_input *in, struct progress *progress,
                                     struct audit *out, struct error *err)
{
    (void)progress;
    (void)err;
    int64_t missing = 0;
    for (int64_t v = 0; v < in->title.n; v++)
        missing += strtab_len(&in->title, v) == 0;
    if (missing == in->title.n)
        return true; /* no texts at all: nothing to check */
    if (missing == 0) {
        audit_clean(out, "items-without-text");
        return true;
    }
    struct finding *f = audit_add(out, "items-without-text", missing, in->title.n);
    f->text = mem_printf("%lld of %lld item%s (%.2f %%) %s no title.", (long long)missing,
                         (long long)in->title.n, plural_s(in->title.n), 100 * f->share,
                         plural(missing, "has", "have"));
    f->effect = mem_strdup("They are shown by their id alone, and models that read text treat all "
                           "of them alike.");
    for (int32_t v = 0; v < in->title.n && f->n_examples < AUDIT_EXAMPLES; v++)
        if (strtab_len(&in->title, v) == 0)
            audit_example(f, audit_item(in, v));
    return true;
}

static bool check_text_without_items(const struct audit_input *in, struct progress *progress,
                                     struct audit *out, struct error *err)
{
    (void)progress;
    (void)err;
    const struct audit_import *import = &in->import;
    if (import->texts == 0)
        return true;
    if (import->texts_without_item == 0) {
        audit_clean(out, "text-without-items");
        return true;
    }
    struct finding *f =
        audit_add(out, "text-without-items", import->texts_without_item, import->texts);
    f->text = mem_printf("%lld of %lld item texts (%.2f %%) belong to items without a surviving "
                         "interaction.",
                         (long long)f->count, (long long)import->texts, 100 * f->share);
    f->effect = mem_strdup("These items are not in the catalogue: never ranked and never "
                           "recommended. If it is most of them, the two files' ids do not match.");
    for (size_t i = 0; i < import->n_text_examples && i < AUDIT_EXAMPLES; i++)
        audit_example(f, mem_strdup(import->text_example[i]));
    return true;
}

/* ---- heldout-edges-in-train ---- */

static bool is_training_edge(const struct audit_input *in, const struct edges *edges,
                             const struct case_list *cases, int64_t c)
{
    const int32_t *s = corpus_sequence(in->corpus, cases->user[c]);
    int32_t at = cases->position[c];
    return at > 0 && edges_count(edges, s[at - 1], s[at]) > 0;
}

static bool check_heldout_edges(const struct audit_input *in, struct progress *progress,
                                struct audit *out, struct error *err)
{
    (void)progress;
    const struct case_list *test = &in->split->part[PART_TEST];
    const struct case_list *valid = &in->split->part[PART_VALID];
    struct training training = split_training(in->split, in->corpus, TRAINED_ON_TRAIN);
    struct edges edges;
    if (test->n == 0 || in->quick)
        return true;
    if (!edges_build(&training, &edges, err))
        return false;
    int64_t in_test = 0, in_valid = 0;
    for (int64_t c = 0; c < valid->n; c++)
        in_valid += is_training_edge(in, &edges, valid, c);
    for (int64_t c = 0; c < test->n; c++)
        in_test += is_training_edge(in, &edges, test, c);
    if (in_test + in_valid == 0)
        audit_clean(out, "heldout-edges-in-train");
    else {
        struct finding *f = audit_add(out, "heldout-edges-in-train", in_test, test->n);
        double valid_share = valid->n > 0 ? 100.0 * (double)in_valid / (double)valid->n : 0;
        f->text = mem_printf("%lld of %lld test targets (%.2f %%) follow their history's last item "
                             "in training already; of the validation targets %.2f %%.",
                             (long long)in_test, (long long)test->n, 100 * f->share, valid_share);
        f->effect = mem_strdup("Repeating training edges is enough to get these cases right, so a "
                               "gain on them is no sign of generalization: read metrics by slice.");
        for (int64_t c = 0; c < test->n && f->n_examples < AUDIT_EXAMPLES; c++)
            if (is_training_edge(in, &edges, test, c))
                audit_example(f, audit_user(in, test->user[c]));
    }
    edges_release(&edges);
    return true;
}

/* ---- what the import saw ---- */

static bool check_bad_rows(const struct audit_input *in, struct progress *progress,
                           struct audit *out, struct error *err)
{
    (void)progress;
    (void)err;
    const struct audit_import *import = &in->import;
    if (import->rows == 0)
        return true;
    if (import->bad_rows == 0) {
        audit_clean(out, "bad-rows");
        return true;
    }
    struct finding *f = audit_add(out, "bad-rows", import->bad_rows, import->rows);
    f->text = mem_printf("%lld of %lld row%s (%.3f %%) could not be read and %s skipped.",
                         (long long)f->count, (long long)import->rows, plural_s(import->rows),
                         100 * f->share, plural(f->count, "was", "were"));
    f->effect = mem_strdup("Their interactions are missing: the items before and after each now "
                           "follow one another and count as an edge.");
    for (size_t i = 0; i < import->n_bad_examples && i < AUDIT_EXAMPLES; i++)
        audit_example(f, mem_strdup(import->bad_example[i]));
    return true;
}

static bool check_id_offset(const struct audit_input *in, struct progress *progress,
                            struct audit *out, struct error *err)
{
    (void)progress;
    (void)err;
    const struct audit_import *import = &in->import;
    if (!import->offset_found && !import->offset_chosen)
        return true;
    long long offset = (long long)import->id_offset;
    if (offset == 0) {
        audit_clean(out, "id-offset");
        return true;
    }
    struct finding *f = audit_add(out, "id-offset", in->corpus->n_items, in->corpus->n_items);
    f->text = mem_printf("The files number the same %d items differently: %+lld was added to the "
                         "numbers of the second file (%s).",
                         in->corpus->n_items, offset,
                         import->offset_chosen ? "as --id-offset says"
                                               : "both are dense, and their ranges differ by that");
    f->effect = mem_strdup("Matched without the shift, every item would carry its neighbour's text "
                           "or codes. If the guess is wrong, import again with --id-offset N.");
    return true;
}

/* ---- all of it ---- */

static const struct {
    const char *id;
    audit_check_fn run;
} check[] = {
    {"sorted-ids", audit_sorted_ids},
    {"time-ties", audit_time_ties},
    {"repeats", check_repeats},
    {"duplicate-sequences", check_duplicates},
    {"short-users", check_short_users},
    {"items-without-text", check_items_without_text},
    {"text-without-items", check_text_without_items},
    {"semid-collisions", audit_semid_collisions},
    {"codebook-utilisation", audit_codebook_utilisation},
    {"heldout-edges-in-train", check_heldout_edges},
    {"bad-rows", check_bad_rows},
    {"id-offset", check_id_offset},
};

const char *audit_check_id(size_t i)
{
    return i < ARRAY_LEN(check) ? check[i].id : NULL;
}

bool audit_run(const struct audit_input *input, struct progress *progress, struct audit *out,
               struct error *err)
{
    *out = (struct audit){0};
    for (size_t i = 0; i < ARRAY_LEN(check); i++)
        if (!progress_at(progress, "audit", (double)i, (double)ARRAY_LEN(check), "checks", err) ||
            !check[i].run(input, progress, out, err)) {
            audit_release(out);
            return false;
        }
    return true;
}
