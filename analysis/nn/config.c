/* The decoder's shape and its tensors by name. Contract in config.h. */
#include "analysis/nn/config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/math/rng.h"
#include "storage/base/mem.h"

struct bound {
    const char *name;
    int64_t value, low, high;
};

bool nn_config_check(const struct nn_config *c, struct error *err)
{
    const struct bound bounds[] = {
        {"vocab_size", c->vocab_size, 1, 100000000},
        {"hidden_size", c->hidden_size, 8, 16384},
        {"intermediate_size", c->intermediate_size, 1, 65536},
        {"num_hidden_layers", c->num_hidden_layers, 0, 256},
        {"num_attention_heads", c->num_attention_heads, 1, 256},
        {"num_key_value_heads", c->num_key_value_heads, 1, c->num_attention_heads},
        {"max_position_embeddings", c->max_position_embeddings, 1, 1 << 20},
    };
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        if (bounds[i].value < bounds[i].low || bounds[i].value > bounds[i].high)
            return error_set(err, ERROR_USAGE, "model: %s is %lld; it must be %lld to %lld",
                             bounds[i].name, (long long)bounds[i].value, (long long)bounds[i].low,
                             (long long)bounds[i].high);
    }
    if (c->hidden_size % (8 * c->num_attention_heads) != 0)
        return error_set(err, ERROR_USAGE,
                         "model: hidden_size %d over %d heads: the width of a head must be a "
                         "multiple of 8",
                         (int)c->hidden_size, (int)c->num_attention_heads);
    if (c->num_attention_heads % c->num_key_value_heads != 0)
        return error_set(err, ERROR_USAGE,
                         "model: num_attention_heads %d must be a multiple of num_key_value_heads "
                         "%d",
                         (int)c->num_attention_heads, (int)c->num_key_value_heads);
    if (!(c->hidden_dropout >= 0 && c->hidden_dropout < 1) ||
        !(c->attention_dropout >= 0 && c->attention_dropout < 1))
        return error_set(err, ERROR_USAGE, "model: dropout must be at least 0 and below 1");
    if (!(c->norm_eps > 0) || (c->position == NN_ROPE && !(c->rope_theta > 0)))
        return error_set(err, ERROR_USAGE, "model: norm_eps and rope_theta must be above 0");
    return true;
}

static ptrdiff_t add(struct nn_layout *l, int32_t layer, const char *name, int32_t rows,
                     int32_t cols)
{
    struct nn_tensor *t = &l->tensor[l->n_tensors++];
    if (layer >= 0)
        snprintf(t->name, sizeof t->name, "model.layers.%d.%s", (int)layer, name);
    else
        snprintf(t->name, sizeof t->name, "%s", name);
    t->rows = rows;
    t->cols = cols;
    t->offset = l->n_params;
    l->n_params += (size_t)rows * (size_t)(cols ? cols : 1);
    return (ptrdiff_t)t->offset;
}

static ptrdiff_t add_if(bool wanted, struct nn_layout *l, int32_t layer, const char *name,
                        int32_t rows)
{
    return wanted ? add(l, layer, name, rows, 0) : NN_ABSENT;
}

static void add_attention(struct nn_layout *l, int32_t at)
{
    const struct nn_config *c = &l->config;
    struct nn_layer_layout *layer = &l->layer[at];
    int32_t width = c->hidden_size, kv = nn_head_dim(c) * c->num_key_value_heads;
    layer->norm1 = add(l, at, "input_layernorm.weight", width, 0);
    layer->norm1_bias = add_if(c->norm == NN_LAYERNORM, l, at, "input_layernorm.bias", width);
    layer->qkv = add(l, at, "self_attn.q_proj.weight", width, width);
    add(l, at, "self_attn.k_proj.weight", kv, width);
    add(l, at, "self_attn.v_proj.weight", kv, width);
    layer->qkv_bias = add_if(c->attention_bias, l, at, "self_attn.q_proj.bias", width);
    add_if(c->attention_bias, l, at, "self_attn.k_proj.bias", kv);
    add_if(c->attention_bias, l, at, "self_attn.v_proj.bias", kv);
    layer->out = add(l, at, "self_attn.o_proj.weight", width, width);
    layer->out_bias = add_if(c->attention_bias, l, at, "self_attn.o_proj.bias", width);
}

static void add_mlp(struct nn_layout *l, int32_t at)
{
    const struct nn_config *c = &l->config;
    struct nn_layer_layout *layer = &l->layer[at];
    int32_t width = c->hidden_size, inner = c->intermediate_size;
    bool gated = c->hidden_act == NN_SILU;
    layer->norm2 = add(l, at, "post_attention_layernorm.weight", width, 0);
    layer->norm2_bias =
        add_if(c->norm == NN_LAYERNORM, l, at, "post_attention_layernorm.bias", width);
    layer->up = (ptrdiff_t)l->n_params;
    if (gated)
        add(l, at, "mlp.gate_proj.weight", inner, width);
    add(l, at, "mlp.up_proj.weight", inner, width);
    layer->up_bias = c->mlp_bias ? (ptrdiff_t)l->n_params : NN_ABSENT;
    add_if(c->mlp_bias && gated, l, at, "mlp.gate_proj.bias", inner);
    add_if(c->mlp_bias, l, at, "mlp.up_proj.bias", inner);
    layer->down = add(l, at, "mlp.down_proj.weight", width, inner);
    layer->down_bias = add_if(c->mlp_bias, l, at, "mlp.down_proj.bias", width);
}

bool nn_layout_init(struct nn_layout *l, const struct nn_config *config, struct error *err)
{
    enum { PER_LAYER = 18, OTHERS = 5 };
    if (!nn_config_check(config, err))
        return false;
    *l = (struct nn_layout){.config = *config};
    const struct nn_config *c = &l->config;
    size_t layers = (size_t)c->num_hidden_layers;
    l->tensor = mem_zalloc(layers * PER_LAYER + OTHERS, sizeof *l->tensor);
    l->layer = mem_zalloc(layers + 1, sizeof *l->layer);
    l->embed = add(l, -1, "model.embed_tokens.weight", c->vocab_size, c->hidden_size);
    l->position = NN_ABSENT;
    if (c->position == NN_LEARNED)
        l->position =
            add(l, -1, "model.embed_positions.weight", c->max_position_embeddings, c->hidden_size);
    for (int32_t i = 0; i < c->num_hidden_layers; i++) {
        add_attention(l, i);
        add_mlp(l, i);
    }
    l->norm = add(l, -1, "model.norm.weight", c->hidden_size, 0);
    l->norm_bias = add_if(c->norm == NN_LAYERNORM, l, -1, "model.norm.bias", c->hidden_size);
    l->output = l->embed;
    if (!c->tie_word_embeddings)
        l->output = add(l, -1, "lm_head.weight", c->vocab_size, c->hidden_size);
    return true;
}

void nn_layout_release(struct nn_layout *l)
{
    free(l->tensor);
    free(l->layer);
    *l = (struct nn_layout){0};
}

const struct nn_tensor *nn_layout_tensor(const struct nn_layout *l, size_t at)
{
    int32_t i = 0;
    while (i + 1 < l->n_tensors && l->tensor[i + 1].offset <= at)
        i++;
    return &l->tensor[i];
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n >= m && strcmp(s + n - m, tail) == 0;
}

void nn_initialise(const struct nn_layout *l, uint64_t seed, float *param)
{
    double branch =
        1.0 / sqrt(2.0 * (l->config.num_hidden_layers ? l->config.num_hidden_layers : 1));
    for (int32_t i = 0; i < l->n_tensors; i++) {
        const struct nn_tensor *t = &l->tensor[i];
        float *p = param + t->offset;
        if (t->cols == 0) {
            float value = ends_with(t->name, "norm.weight") ? 1.0f : 0.0f;
            for (int32_t j = 0; j < t->rows; j++)
                p[j] = value;
            continue;
        }
        bool last = ends_with(t->name, "o_proj.weight") || ends_with(t->name, "down_proj.weight");
        double deviation = last ? 0.02 * branch : 0.02;
        struct rng rng = rng_new(seed, rng_stream(0x696e6974, (uint64_t)i));
        for (size_t j = 0, n = (size_t)t->rows * (size_t)t->cols; j < n; j++)
            p[j] = (float)(deviation * rng_normal(&rng));
    }
}
