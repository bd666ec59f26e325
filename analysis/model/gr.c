/* Semantic-id sequences, and ranking by beam search. Contract in gr.h. */
#include "analysis/model/gr.h"

#include <string.h>

#include "analysis/decode/beam.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES = 16 }; /* decoded at once by a worker */

bool gr_init(struct gr *gr, const struct semid_table *table, int32_t max_items, struct error *err)
{
    *gr = (struct gr){.table = *table, .max_items = max_items, .beam = GR_BEAM};
    return trie_build(table, GR_SPECIALS, &gr->trie, err);
}

void gr_release(struct gr *gr)
{
    trie_release(&gr->trie);
    *gr = (struct gr){0};
}

/* Inputs of a whole window, or of a full history and all but the last token of the next item. */
static int32_t positions(const struct gr *gr)
{
    return (gr->max_items + 1) * gr->table.levels;
}

struct nn_config gr_config(const struct gr *gr)
{
    return (struct nn_config){
        .vocab_size = gr->trie.n_tokens,
        .hidden_size = 128,
        .intermediate_size = 512,
        .num_hidden_layers = 4,
        .num_attention_heads = 4,
        .num_key_value_heads = 4,
        .max_position_embeddings = positions(gr),
        .norm_eps = 1e-5f,
        .norm = NN_LAYERNORM,
        .hidden_act = NN_GELU,
        .position = NN_LEARNED,
        .attention_bias = true,
        .mlp_bias = true,
        .tie_word_embeddings = true,
        .hidden_dropout = 0.2f,
        .attention_dropout = 0.2f,
    };
}

int32_t gr_tokens(const struct gr *gr, enum gr_special special, const int32_t *item, int32_t n,
                  int32_t *token)
{
    int32_t count = 0;
    token[count++] = special;
    for (int32_t i = 0; i < n; i++) {
        const int32_t *code = semid_of(&gr->table, item[i]);
        for (int32_t l = 0; l < gr->table.levels && semid_has(&gr->table, item[i]); l++)
            token[count++] = gr->trie.base[l] + code[l];
    }
    return count;
}

bool gr_samples(const struct gr *gr, const struct training *training, struct samples *out,
                struct error *err)
{
    int32_t window = gr->max_items + 1;
    int32_t *token = mem_try_array((size_t)positions(gr) + 1, sizeof *token, "sample", err);
    bool ok = token != NULL;
    for (int32_t u = 0; ok && u < training->corpus->n_users; u++) {
        const int32_t *s = corpus_sequence(training->corpus, u);
        for (int32_t end = training->end[u]; ok && end > 0; end -= window) {
            int32_t n = end < window ? end : window;
            int32_t count = gr_tokens(gr, GR_NEXT_ITEM, s + end - n, n, token);
            ok = count == 1 || samples_add(out, token, token + 1, count - 1, 0, err);
        }
    }
    free(token);
    return ok;
}

/* ---- Ranking --------------------------------------------------------------------------------- */

struct rank_worker {
    struct beam_search *search;
    int32_t *token; /* [CASES * longest] */
    int32_t start[CASES + 1];
};

struct ranking_job {
    const struct gr *gr;
    const struct corpus *corpus;
    const struct case_list *cases;
    int32_t depth;
    int32_t *item;
    float *score;
    struct rank_worker *worker;
};

static bool rank_chunk(void *context, int64_t begin, int64_t end, int worker, struct error *err)
{
    (void)err;
    struct ranking_job *job = context;
    struct rank_worker *w = &job->worker[worker];
    int32_t tokens = 0, n = 0;
    w->start[0] = 0;
    for (int64_t c = begin; c < end; c++) {
        const int32_t *history = corpus_sequence(job->corpus, job->cases->user[c]);
        int32_t length = job->cases->position[c];
        int32_t kept = length < job->gr->max_items ? length : job->gr->max_items;
        tokens +=
            gr_tokens(job->gr, GR_NEXT_ITEM, history + (length - kept), kept, w->token + tokens);
        w->start[++n] = tokens;
    }
    struct nn_batch batch = {tokens, n, w->token, w->start};
    beam_run(w->search, &batch, job->depth, job->item + begin * job->depth,
             job->score + begin * job->depth);
    return true;
}

bool gr_rank(void *context, const struct nn *model, const struct corpus *corpus,
             const struct case_list *cases, int32_t depth, int32_t *item, float *score,
             struct progress *progress, struct error *err)
{
    const struct gr *gr = context;
    struct ranking_job job = {gr, corpus, cases, depth, item, score, NULL};
    int32_t workers = parallel_threads(), longest = 1 + gr->max_items * gr->table.levels;
    job.worker = mem_zalloc((size_t)workers, sizeof *job.worker);
    bool ok = true;
    for (int32_t i = 0; ok && i < workers; i++) {
        struct rank_worker *w = &job.worker[i];
        w->search = beam_new(model, &gr->trie, CASES, longest, gr->beam, err);
        w->token = mem_try_array((size_t)CASES * (size_t)longest, sizeof *w->token, "ranking", err);
        ok = w->search && w->token;
    }
    ok = ok && parallel_for(cases->n, CASES, rank_chunk, &job, progress, "decoding", "cases", err);
    for (int32_t i = 0; i < workers; i++) {
        beam_free(job.worker[i].search);
        free(job.worker[i].token);
    }
    free(job.worker);
    return ok;
}
