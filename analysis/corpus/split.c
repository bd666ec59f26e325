#include "analysis/corpus/split.h"

#include "storage/base/mem.h"

static bool split_alloc(int32_t n_users, struct split *out, struct error *err)
{
    *out = (struct split){.n_users = n_users};
    size_t n = (size_t)n_users;
    out->train_end = mem_try_array(n, sizeof *out->train_end, "split", err);
    if (out->train_end)
        out->valid_end = mem_try_array(n, sizeof *out->valid_end, "split", err);
    if (out->valid_end)
        return true;
    split_release(out);
    return false;
}

/* The first position whose item is a case; with skip_empty, one without a history is none. */
static int32_t first_case(int32_t begin, bool skip_empty)
{
    return skip_empty && begin < 1 ? 1 : begin;
}

/* Cases at every position of [train_end, valid_end) and [valid_end, length). */
static bool list_cases(const struct corpus *corpus, bool skip_empty, struct split *split,
                       struct error *err)
{
    for (int p = 0; p < 2; p++) {
        struct case_list *list = &split->part[p];
        int64_t n = 0;
        for (int pass = 0; pass < 2; pass++) {
            n = 0;
            for (int32_t u = 0; u < split->n_users; u++) {
                bool test = p == PART_TEST;
                int32_t begin = test ? split->valid_end[u] : split->train_end[u];
                int32_t end = test ? corpus_length(corpus, u) : split->valid_end[u];
                for (int32_t at = first_case(begin, skip_empty); at < end; at++, n++) {
                    if (pass == 0)
                        continue;
                    list->user[n] = u;
                    list->position[n] = at;
                }
            }
            if (pass == 1)
                break;
            list->user = mem_try_array((size_t)n, sizeof *list->user, "case list", err);
            if (list->user)
                list->position = mem_try_array((size_t)n, sizeof *list->position, "case list", err);
            if (!list->position)
                return false;
        }
        list->n = n;
    }
    return true;
}

static bool finish(const struct corpus *corpus, bool skip_empty, struct split *out,
                   struct error *err)
{
    if (list_cases(corpus, skip_empty, out, err))
        return true;
    split_release(out);
    return false;
}

bool split_leave_one_out(const struct corpus *corpus, struct split *out, struct error *err)
{
    if (!split_alloc(corpus->n_users, out, err))
        return false;
    for (int32_t u = 0; u < corpus->n_users; u++) {
        int32_t n = corpus_length(corpus, u);
        out->train_end[u] = n < 3 ? n : n - 2;
        out->valid_end[u] = n < 3 ? n : n - 1;
    }
    return finish(corpus, false, out, err);
}

static int64_t count_up_to(const int64_t *time, int64_t n, int64_t limit)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++)
        count += time[i] <= limit;
    return count;
}

/* The smallest timestamp with at least q * n timestamps up to it: bisection over the values, so no
 * sorted copy is needed. n >= 1. */
static int64_t time_quantile(const int64_t *time, int64_t n, double q)
{
    int64_t lo = time[0], hi = time[0];
    for (int64_t i = 1; i < n; i++) {
        lo = time[i] < lo ? time[i] : lo;
        hi = time[i] > hi ? time[i] : hi;
    }
    while (lo < hi) {
        int64_t middle = lo + (int64_t)(((uint64_t)hi - (uint64_t)lo) / 2);
        if ((double)count_up_to(time, n, middle) >= q * (double)n)
            hi = middle;
        else
            lo = middle + 1;
    }
    return lo;
}

static int32_t end_at(const struct corpus *corpus, const int64_t *time, int32_t user, int64_t limit)
{
    const int64_t *t = time + corpus->offset[user];
    int32_t n = corpus_length(corpus, user), at = 0;
    while (at < n && t[at] <= limit)
        at++;
    return at;
}

bool split_temporal(const struct corpus *corpus, const int64_t *time, double q_valid, double q_test,
                    struct split *out, struct error *err)
{
    if (!time)
        return error_set(err, ERROR_INPUT,
                         "a temporal split needs timestamps and this data set "
                         "has none; use leave-one-out");
    if (!(q_valid > 0 && q_valid < q_test && q_test < 1))
        return error_set(err, ERROR_USAGE,
                         "the quantiles of a temporal split must be 0 < valid < "
                         "test < 1, not %g and %g",
                         q_valid, q_test);
    if (!split_alloc(corpus->n_users, out, err))
        return false;
    int64_t n = corpus->offset[corpus->n_users];
    int64_t valid = n ? time_quantile(time, n, q_valid) : 0;
    int64_t test = n ? time_quantile(time, n, q_test) : 0;
    for (int32_t u = 0; u < corpus->n_users; u++) {
        out->train_end[u] = end_at(corpus, time, u, valid);
        out->valid_end[u] = end_at(corpus, time, u, test);
    }
    return finish(corpus, true, out, err);
}

bool split_given(const struct corpus *corpus, const int32_t *train_end, const int32_t *valid_end,
                 struct split *out, struct error *err)
{
    for (int32_t u = 0; u < corpus->n_users; u++)
        if (train_end[u] < 0 || train_end[u] > valid_end[u] ||
            valid_end[u] > corpus_length(corpus, u))
            return error_set(err, ERROR_INPUT,
                             "the given split of user number %d is not a prefix "
                             "of the sequence: train %d, valid %d, length %d; "
                             "import the files again",
                             u, train_end[u], valid_end[u], corpus_length(corpus, u));
    if (!split_alloc(corpus->n_users, out, err))
        return false;
    for (int32_t u = 0; u < corpus->n_users; u++) {
        out->train_end[u] = train_end[u];
        out->valid_end[u] = valid_end[u];
    }
    return finish(corpus, true, out, err);
}

void split_release(struct split *split)
{
    free(split->train_end);
    free(split->valid_end);
    for (int p = 0; p < 2; p++) {
        free(split->part[p].user);
        free(split->part[p].position);
    }
    *split = (struct split){0};
}
