#include "analysis/metric/ranking.h"

#include <string.h>

const int ranking_cut[RANKING_CUTS] = {1, 5, 10, 20};
const char *const ranking_name[RANKING_METRICS] = {"recall", "ndcg", "mrr"};

void ranking_ranks(const struct recs *recs, const struct corpus *corpus,
                   const struct case_list *cases, int32_t *rank)
{
    for (int64_t c = 0; c < recs->n_cases; c++) {
        int32_t target = corpus_sequence(corpus, cases->user[c])[cases->position[c]];
        const int32_t *row = recs_row(recs, c);
        rank[c] = 0;
        for (int32_t i = 0; i < recs->depth && rank[c] == 0; i++)
            if (row[i] == target)
                rank[c] = i + 1;
    }
}

struct ranking ranking_mean(const int32_t *rank, int64_t n_cases)
{
    struct ranking out = {.n_cases = n_cases};
    for (int m = 0; m < RANKING_METRICS; m++)
        for (int k = 0; k < RANKING_CUTS; k++) {
            double sum = 0;
            for (int64_t c = 0; c < n_cases; c++)
                sum += ranking_value((enum ranking_metric)m, ranking_cut[k], rank[c]);
            out.value[m][k] = n_cases > 0 ? sum / (double)n_cases : (double)NAN;
        }
    return out;
}

static bool shares_score(const float *score, int32_t depth, int32_t at)
{
    for (int32_t i = 0; i < depth; i++)
        if (i != at && score[i] >= score[at] && score[i] <= score[at])
            return true;
    return false;
}

double ranking_tie_rate(const struct recs *recs, const int32_t *rank)
{
    if (!recs->score || recs->n_cases == 0)
        return (double)NAN;
    int64_t tied = 0;
    for (int64_t c = 0; c < recs->n_cases; c++)
        tied +=
            rank[c] > 0 && shares_score(recs->score + c * recs->depth, recs->depth, rank[c] - 1);
    return (double)tied / (double)recs->n_cases;
}

struct ranking_slots ranking_count_slots(const struct recs *recs, int32_t k)
{
    struct ranking_slots out = {0};
    int32_t depth = k < recs->depth ? k : recs->depth;
    for (int64_t c = 0; c < recs->n_cases; c++)
        for (int32_t i = 0; i < depth; i++) {
            int32_t v = recs_row(recs, c)[i];
            out.slots++;
            out.illegal += v == RECS_ILLEGAL;
            out.empty += v == RECS_NONE;
        }
    return out;
}
