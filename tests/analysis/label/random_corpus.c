#include "tests/analysis/label/random_corpus.h"

/* xorshift64*: the code under test has its own generator, which must not be needed here. */
uint32_t toy_random(struct toy *t, uint32_t below)
{
    t->state ^= t->state >> 12;
    t->state ^= t->state << 25;
    t->state ^= t->state >> 27;
    return (uint32_t)((t->state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

static int32_t draw_item(struct toy *t, int32_t n_items)
{
    int32_t a = (int32_t)toy_random(t, (uint32_t)n_items);
    int32_t b = (int32_t)toy_random(t, (uint32_t)n_items);
    return a < b ? a : b; /* some items are frequent, some never turn up */
}

static void fill_recs(struct toy *t, int32_t *row, int32_t n_items)
{
    for (int i = 0; i < TOY_DEPTH; i++) {
        row[i] = toy_random(t, 8) == 0 ? -1 : (int32_t)toy_random(t, (uint32_t)n_items);
        for (int j = 0; j < i; j++)
            row[i] = row[j] == row[i] ? -1 : row[i];
    }
}

void toy_make(struct toy *t, uint64_t seed)
{
    t->state = seed * 0x9E3779B97F4A7C15u + 0x1234567u;
    for (int i = 0; i < 8; i++)
        toy_random(t, 2);
    int32_t n_users = (int32_t)toy_random(t, TOY_USERS + 1);
    int32_t n_items = 1 + (int32_t)toy_random(t, TOY_ITEMS);
    uint32_t longest = 1 + toy_random(t, TOY_LENGTH);
    int64_t at = 0, n_cases = 0;
    t->offset[0] = 0;
    for (int32_t u = 0; u < n_users; u++) {
        uint32_t length = toy_random(t, longest + 1);
        for (uint32_t i = 0; i < length; i++)
            t->item[at++] = draw_item(t, n_items);
        t->offset[u + 1] = at;
        t->end[u] = (int32_t)toy_random(t, length + 1);
        for (uint32_t i = 0; i < length; i++) {
            if (toy_random(t, 3) != 0)
                continue;
            fill_recs(t, t->recs + n_cases * TOY_DEPTH, n_items);
            t->case_user[n_cases] = u;
            t->case_position[n_cases++] = (int32_t)i;
        }
    }
    t->corpus = (struct corpus){n_users, n_items, t->offset, t->item};
    t->training = (struct training){&t->corpus, t->end};
    t->cases = (struct case_list){n_cases, t->case_user, t->case_position};
}
