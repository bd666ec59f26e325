/*
 * `rote bench label`: relation labels against the training prefixes, histories of the test cases.
 *   labels                 10 items for each case: the target and 9 from random places of the
 * corpus labels_popularity, labels_item-knn, labels_markov   the first 10 of the reference models'
 * lists (with --data) label_index            building the index, which the other measures leave out
 * Checked on a sample against a walk over all training sequences, item by item, that writes the
 * definitions down as they are.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis/label/relation.h"
#include "analysis/model/reference.h"
#include "storage/base/mem.h"
#include "tui/cli/bench.h"

enum {
    LIST = 10,
    CHECK_READS = 1 << 29, /* items that the naive check may read */
};

struct label_job {
    const struct bench_data *data;
    const struct case_list *cases;
    struct training training;
    struct progress *progress;
    struct relation_index *index;
    const int32_t *list; /* [cases->n * LIST] */
    uint16_t *code;      /* [cases->n * LIST] */
};

/* ---- the naive side ---- */

/* Smallest distances (1..4; 9: none) of one item to every other. */
struct naive_item {
    int32_t item;
    uint8_t *to;   /* [n_items] it comes before z */
    uint8_t *from; /* [n_items] z comes before it */
};

static bool naive_item_make(const struct training *t, int32_t item, struct naive_item *out,
                            struct error *err)
{
    size_t n = (size_t)t->corpus->n_items;
    *out = (struct naive_item){item, mem_try_array(n, 1, "naive check", err),
                               mem_try_array(n, 1, "naive check", err)};
    if (!out->to || !out->from)
        return false;
    memset(out->to, 9, n);
    memset(out->from, 9, n);
    for (int32_t u = 0; u < t->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(t->corpus, u);
        for (int32_t i = 0; i < t->end[u]; i++) {
            if (s[i] != item)
                continue;
            for (int32_t d = 1; d <= 4; d++) {
                if (i + d < t->end[u] && d < out->to[s[i + d]])
                    out->to[s[i + d]] = (uint8_t)d;
                if (i - d >= 0 && d < out->from[s[i - d]])
                    out->from[s[i - d]] = (uint8_t)d;
            }
        }
    }
    return true;
}

static bool naive_holds(enum relation_type type, int h, const struct naive_item *u,
                        const struct naive_item *v, int32_t n_items)
{
    if (type == RELATION_SUBSTITUTABILITY)
        return h >= 2 && u->to[v->item] <= h;
    if (type == RELATION_SYMMETRY)
        return v->to[u->item] <= h;
    for (int32_t z = 0; z < n_items; z++) {
        bool after_u = u->to[z] <= h, before_u = u->from[z] <= h;
        bool after_v = v->to[z] <= h, before_v = v->from[z] <= h;
        if (type == RELATION_TRANSITIVITY
                ? after_u && before_v
                : (after_v && (before_u || after_u)) || (before_v && before_u))
            return true;
    }
    return false;
}

/* past[d-1] = the d-th item from the end of the history. */
static bool naive_equals(const struct naive_item *past, int n_past, const struct naive_item *v,
                         int32_t n_items, uint16_t code)
{
    if (n_past == 0)
        return relation_class(code) == RELATION_NO_LABEL;
    if (past[0].to[v->item] == 1)
        return relation_class(code) == RELATION_MEMORIZATION;
    bool any = false;
    for (int type = 0; type < RELATION_TYPES; type++) {
        int smallest = 0;
        for (int h = 1; h <= n_past && smallest == 0; h++)
            for (int d = 1; d <= h && smallest == 0; d++)
                if (naive_holds((enum relation_type)type, h, &past[d - 1], v, n_items))
                    smallest = h;
        any |= smallest > 0;
        if (relation_hop(code, (enum relation_type)type) != smallest)
            return false;
    }
    return relation_class(code) == (any ? RELATION_GENERALIZATION : RELATION_UNCATEGORIZED);
}

static bool check_case(const struct label_job *job, int64_t c, struct error *err)
{
    struct naive_item past[RELATION_HOPS] = {0}, v = {0};
    const int32_t *sequence = corpus_sequence(&job->data->corpus, job->cases->user[c]);
    int n_past = 0;
    bool ok = true;
    for (; ok && n_past < RELATION_HOPS && n_past < job->cases->position[c]; n_past++)
        ok = naive_item_make(&job->training, sequence[job->cases->position[c] - 1 - n_past],
                             &past[n_past], err);
    for (int k = 0; ok && k < LIST; k++) {
        ok = naive_item_make(&job->training, job->list[c * LIST + k], &v, err);
        if (ok &&
            !naive_equals(past, n_past, &v, job->data->corpus.n_items, job->code[c * LIST + k]))
            ok =
                error_set(err, ERROR_STATE, "case %lld, slot %d: the label differs from naive code",
                          (long long)c, k);
        free(v.to);
        free(v.from);
    }
    for (int i = 0; i < n_past; i++) {
        free(past[i].to);
        free(past[i].from);
    }
    return ok;
}

static bool check(const struct label_job *job, struct error *err)
{
    int64_t reads =
        (LIST + RELATION_HOPS) * (job->data->corpus.offset[job->data->corpus.n_users] + 1);
    int64_t samples = CHECK_READS / reads;
    samples = samples < 2 ? 2 : samples > 500 ? 500 : samples;
    samples = samples < job->cases->n ? samples : job->cases->n;
    for (int64_t i = 0; i < samples; i++) {
        if (!progress_at(job->progress, "checking", (double)i, (double)samples, "cases", err) ||
            !check_case(job, i * (job->cases->n / samples), err))
            return false;
    }
    return true;
}

/* ---- measures ---- */

static bool build_once(void *context, struct error *err)
{
    struct label_job *job = context;
    relation_index_free(job->index);
    job->index = NULL;
    return relation_index_build(&job->training, job->progress, &job->index, err);
}

static bool label_once(void *context, struct error *err)
{
    struct label_job *job = context;
    return relation_label(job->index, &job->data->corpus, job->cases, job->list, LIST, LIST,
                          job->code, NULL, err);
}

static bool measure_lists(struct label_job *job, const char *name, const struct cli_args *args,
                          struct bench_report *report, struct error *err)
{
    struct bench_measure m = {.name = name, .work = (double)job->cases->n * LIST, .unit = "labels"};
    if (!label_once(job, err) || !check(job, err) || !bench_run(args, &m, label_once, job, err))
        return false;
    bench_add(report, &m);
    return true;
}

static bool measure_reference(struct label_job *job, enum reference_kind kind, const char *name,
                              const struct cli_args *args, struct bench_report *report,
                              struct error *err)
{
    struct reference *model = NULL;
    struct reference_options options = {0};
    int32_t *list =
        mem_try_array((size_t)job->cases->n * LIST, sizeof *list, "recommendation lists", err);
    job->list = list;
    bool ok = list &&
              reference_build(kind, &options, &job->training, NULL, job->progress, &model, err) &&
              reference_recommend_all(model, &job->data->corpus, job->cases, LIST, job->progress,
                                      list, NULL, err) &&
              measure_lists(job, name, args, report, err);
    reference_free(model);
    free(list);
    return ok;
}

static bool run_label(struct label_job *job, const struct cli_args *args,
                      struct bench_report *report, struct error *err)
{
    int32_t *list = NULL;
    struct bench_measure build = {.name = "label_index", .unit = "interactions"};
    for (int32_t u = 0; u < job->data->corpus.n_users; u++)
        build.work += job->training.end[u];
    job->code = mem_try_array((size_t)job->cases->n * LIST, sizeof *job->code, "labels", err);
    bool ok = job->code && bench_run(args, &build, build_once, job, err) &&
              bench_lists(job->data, LIST, job->cases->n, &list, err);
    job->list = list;
    ok = ok && measure_lists(job, "labels", args, report, err);
    free(list);
    if (ok && cli_value(args, "data"))
        ok = measure_reference(job, REFERENCE_POPULARITY, "labels_popularity", args, report, err) &&
             measure_reference(job, REFERENCE_ITEM_KNN, "labels_item-knn", args, report, err) &&
             measure_reference(job, REFERENCE_MARKOV, "labels_markov", args, report, err);
    if (ok) {
        bench_add(report, &build);
        bench_figure(report, "index_bytes", (double)relation_index_bytes(job->index));
        bench_figure(report, "index_pairs", (double)relation_index_pairs(job->index));
    }
    free(job->code);
    relation_index_free(job->index);
    return ok;
}

bool bench_label(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                 struct error *err)
{
    struct bench_data data;
    if (!bench_data_load(args, &data, cli->progress, err))
        return false;
    struct label_job job = {.data = &data,
                            .cases = &data.split.part[PART_TEST],
                            .training = split_training(&data.split, &data.corpus, TRAINED_ON_TRAIN),
                            .progress = cli->progress};
    bool ok = run_label(&job, args, report, err);
    bench_data_release(&data);
    return ok;
}
