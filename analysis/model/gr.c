/* Semantic-id sequences, and ranking by beam search. Contract in gr.h. */
#include "analysis/model/gr.h"

#include <string.h>

#include "analysis/decode/beam.h"
#include "analysis/math/parallel.h"
#include "storage/base/mem.h"

enum { CASES = 16, ROWS = 8192 }; /* decoded at once by a worker: cases, and about so many beams */

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

/* The tokens of an item; 0 of them where it has no id. */
static int32_t item_tokens(const struct gr *gr, int32_t item, int32_t *token)
{
    if (!semid_has(&gr->table, item))
        return 0;
    for (int32_t l = 0; l < gr->table.levels; l++)
        token[l] = gr->trie.base[l] + semid_of(&gr->table, item)[l];
    return gr->table.levels;
}

int32_t gr_tokens(const struct gr *gr, enum gr_special special, const int32_t *item, int32_t n,
                  int32_t *token)
{
    int32_t count = 0;
    token[count++] = special;
    for (int32_t i = 0; i < n; i++)
        count += item_tokens(gr, item[i], token + count);
    return count;
}

/* Writes one sample of items as samples of tokens. */
struct encoder {
    const struct gr *gr;
    const struct item_samples *in;
    int64_t sample;
    struct samples *out;
    int32_t *token; /* [positions + 1] */
    int32_t *end;   /* [inputs + 1] tokens written when so many inputs are */
};

/* The special token and the first `n` inputs of the sample; fills end[0 .. n]. */
static int32_t encode_inputs(struct encoder *e, int32_t n)
{
    const int32_t *item = e->in->item + e->in->offset[e->sample];
    int32_t levels = e->gr->table.levels;
    e->token[0] = e->in->task[e->sample];
    e->end[0] = 1;
    for (int32_t k = 0; k < n; k++) {
        int32_t at = e->end[k];
        for (int32_t l = 0; item[k] == ITEM_MASK && l < levels; l++)
            e->token[at + l] = GR_MASK;
        e->end[k + 1] =
            at + (item[k] == ITEM_MASK ? levels : item_tokens(e->gr, item[k], e->token + at));
    }
    return e->end[n];
}

/* Distinct next tokens, under the first `level` codes of the target, of its negatives' ids. */
static bool encode_negatives(struct encoder *e, const struct item_target *t, int32_t level,
                             struct error *err)
{
    const struct semid_table *table = &e->gr->table;
    const int32_t *gold = semid_of(table, t->item);
    int32_t n, seen[256], n_seen = 0;
    const int32_t *negative = item_samples_negatives(e->in, e->sample, t, &n);
    for (int32_t i = 0; i < n; i++) {
        const int32_t *code = semid_of(table, negative[i]);
        bool known = code[0] < 0 || code[level] == gold[level] ||
                     memcmp(code, gold, (size_t)level * sizeof *code) != 0;
        for (int32_t j = 0; !known && j < n_seen; j++)
            known = seen[j] == code[level];
        if (known || n_seen == (int32_t)ARRAY_LEN(seen))
            continue;
        seen[n_seen++] = code[level];
        if (!samples_negative(e->out, e->gr->trie.base[level] + code[level], err))
            return false;
    }
    return true;
}

/* A target for each token of the item, whose first token is number `at` of the last sample. */
static bool encode_target(struct encoder *e, const struct item_target *t, int32_t at,
                          struct error *err)
{
    const struct trie *trie = &e->gr->trie;
    const int32_t *code = semid_of(&e->gr->table, t->item);
    int32_t node = 0;
    for (int32_t l = 0; l < e->gr->table.levels; l++) {
        int32_t token = trie->base[l] + code[l], parent = node;
        node = trie_child(trie, parent, token);
        if (e->gr->legal && trie->child[parent + 1] - trie->child[parent] == 1)
            continue;
        if (!samples_target(e->out, at + l - 1, token, t->weight, t->group, err) ||
            (e->gr->legal && !samples_legal(e->out, parent, err)) ||
            !encode_negatives(e, t, l, err))
            return false;
    }
    return true;
}

/* Is this target what the sequence goes on with? After the last input only the first target is. */
static bool stands_there(const struct encoder *e, int64_t k)
{
    const struct item_samples *s = e->in;
    const struct item_target *t = &s->target[k];
    int32_t n = item_samples_length(s, e->sample);
    bool again = k > s->target_offset[e->sample] && s->target[k - 1].after == t->after;
    return t->after < n ? s->item[s->offset[e->sample] + t->after] == t->item
                        : !again && semid_has(&e->gr->table, t->item);
}

/* The inputs and what comes after them, with the targets that stand there. */
static bool encode_sequence(struct encoder *e, struct error *err)
{
    const struct item_samples *s = e->in;
    int32_t n = item_samples_length(s, e->sample), tokens = encode_inputs(e, n);
    int64_t begin = s->target_offset[e->sample], end = s->target_offset[e->sample + 1];
    for (int64_t k = begin; k < end; k++) {
        if (s->target[k].after == n && stands_there(e, k))
            tokens += item_tokens(e->gr, s->target[k].item, e->token + tokens);
    }
    if (tokens == 1)
        return true;
    bool ok = samples_add(e->out, e->token, tokens - 1, err);
    for (int64_t k = begin; ok && k < end; k++) {
        const struct item_target *t = &s->target[k];
        if (stands_there(e, k) && semid_has(&e->gr->table, t->item))
            ok = encode_target(e, t, e->end[t->after], err);
    }
    return ok;
}

/* A sample of its own for a target that does not stand in the sequence. */
static bool encode_apart(struct encoder *e, const struct item_target *t, struct error *err)
{
    int32_t at = encode_inputs(e, t->after);
    int32_t tokens = at + item_tokens(e->gr, t->item, e->token + at);
    return tokens == at ||
           (samples_add(e->out, e->token, tokens - 1, err) && encode_target(e, t, at, err));
}

bool gr_encode(const struct gr *gr, const struct item_samples *in, struct samples *out,
               struct error *err)
{
    struct encoder e = {.gr = gr, .in = in, .out = out};
    e.token = mem_try_array((size_t)positions(gr) + 1, sizeof *e.token, "training samples", err);
    e.end = mem_try_array((size_t)gr->max_items + 2, sizeof *e.end, "training samples", err);
    bool ok = e.token && e.end;
    for (e.sample = 0; ok && e.sample < in->n; e.sample++) {
        ok = encode_sequence(&e, err);
        for (int64_t k = in->target_offset[e.sample]; ok && k < in->target_offset[e.sample + 1];
             k++)
            ok = stands_there(&e, k) || encode_apart(&e, &in->target[k], err);
    }
    free(e.token);
    free(e.end);
    return ok;
}

static double weight_below(const struct trie *t, int32_t node, const float *weight)
{
    double sum = 0;
    for (int32_t i = t->item_offset[t->leaf[node]]; i < t->item_offset[t->leaf_end[node]]; i++)
        sum += (double)weight[t->item[i]];
    return sum;
}

void gr_prior(const struct gr *gr, const float *weight, float *prior)
{
    const struct trie *t = &gr->trie;
    prior[0] = 1;
    for (int32_t node = 0; node < t->n_nodes; node++) {
        double all = weight_below(t, node, weight);
        for (int32_t k = t->child[node]; k < t->child[node + 1]; k++)
            prior[k] = (float)(weight_below(t, k, weight) / all);
    }
}

/* ---- Ranking --------------------------------------------------------------------------------- */

struct rank_worker {
    struct beam_search *search;
    int32_t *token; /* [cases * longest] */
    int32_t start[CASES + 1];
};

/* Fewer where the beam is wide. */
static int32_t cases_at_once(int32_t beam)
{
    int32_t fit = ROWS / beam;
    return fit < 1 ? 1 : fit > CASES ? CASES : fit;
}

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
    int32_t cases_each = cases_at_once(gr->beam);
    job.worker = mem_zalloc((size_t)workers, sizeof *job.worker);
    bool ok = true;
    for (int32_t i = 0; ok && i < workers; i++) {
        struct rank_worker *w = &job.worker[i];
        w->search = beam_new(model, &gr->trie, cases_each, longest, gr->beam, err);
        w->token =
            mem_try_array((size_t)cases_each * (size_t)longest, sizeof *w->token, "ranking", err);
        ok = w->search && w->token;
    }
    ok = ok &&
         parallel_for(cases->n, cases_each, rank_chunk, &job, progress, "decoding", "cases", err);
    for (int32_t i = 0; i < workers; i++) {
        beam_free(job.worker[i].search);
        free(job.worker[i].token);
    }
    free(job.worker);
    return ok;
}
