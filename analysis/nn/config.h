/*
 * The decoder's shape, with the names of Llama's config.json, and its tensors by name.
 *
 * One decoder serves item ids (sasrec), semantic-id tokens (gr) and text: the families differ in
 * these numbers alone. All parameters lie in one array of floats; a struct nn_tensor says where and
 * under which name (those of a Hugging Face Llama checkpoint). Matrices are stored [out][in], row
 * by row, as PyTorch's Linear. q, k and v follow one another, so do gate and up: each group is one
 * product.
 */
#ifndef ANALYSIS_NN_CONFIG_H
#define ANALYSIS_NN_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "storage/base/error.h"

enum nn_norm { NN_RMSNORM, NN_LAYERNORM };
enum nn_act {
    NN_SILU, /* gated: down(silu(gate(x)) * up(x)), "SwiGLU" */
    NN_GELU, /* plain: down(gelu(up(x))), GPT-2's tanh form ("gelu_new") */
};
enum nn_position { NN_ROPE, NN_LEARNED };

struct nn_config {
    int32_t vocab_size, hidden_size, intermediate_size, num_hidden_layers;
    int32_t num_attention_heads, num_key_value_heads;
    int32_t max_position_embeddings;
    float norm_eps; /* rms_norm_eps or layer_norm_eps */
    float rope_theta;
    enum nn_norm norm;
    enum nn_act hidden_act;
    enum nn_position position;
    bool attention_bias, mlp_bias; /* LayerNorm has its own bias always */
    bool tie_word_embeddings;
    float hidden_dropout;    /* of the embeddings, inside the MLP, of each branch */
    float attention_dropout; /* of the attention probabilities */
};

static inline int32_t nn_head_dim(const struct nn_config *c)
{
    return c->hidden_size / c->num_attention_heads;
}
/* Width of q, k and v side by side. */
static inline int32_t nn_qkv_size(const struct nn_config *c)
{
    return nn_head_dim(c) * (c->num_attention_heads + 2 * c->num_key_value_heads);
}
/* Width of the first product of the MLP: gate and up, or up alone. */
static inline int32_t nn_up_size(const struct nn_config *c)
{
    return c->hidden_act == NN_SILU ? 2 * c->intermediate_size : c->intermediate_size;
}

/* False with the offending field in *err. Sizes are bounded so that every product of them that is
 * used as an index fits; heads are a multiple of 8 wide. */
bool nn_config_check(const struct nn_config *config, struct error *err);

struct nn_tensor {
    char name[64];
    int32_t rows, cols; /* a vector has cols 0 and rows numbers */
    size_t offset;      /* of its first float among the parameters */
};

enum { NN_ABSENT = -1 };

/* Offsets of one layer's tensors; NN_ABSENT where the config has none. */
struct nn_layer_layout {
    ptrdiff_t norm1, norm1_bias; /* input_layernorm [D] */
    ptrdiff_t qkv, qkv_bias;     /* self_attn.{q,k,v}_proj [qkv][D] */
    ptrdiff_t out, out_bias;     /* self_attn.o_proj [D][D] */
    ptrdiff_t norm2, norm2_bias; /* post_attention_layernorm [D] */
    ptrdiff_t up, up_bias;       /* mlp.{gate,up}_proj [up][D] */
    ptrdiff_t down, down_bias;   /* mlp.down_proj [D][I] */
};

struct nn_layout {
    struct nn_config config;
    int32_t n_tensors;
    struct nn_tensor *tensor;      /* [n_tensors] in ascending offsets, covering everything */
    size_t n_params;               /* floats */
    ptrdiff_t embed;               /* [V][D] */
    ptrdiff_t position;            /* [max_position_embeddings][D] or NN_ABSENT */
    struct nn_layer_layout *layer; /* [num_hidden_layers] */
    ptrdiff_t norm, norm_bias;     /* the final norm [D] */
    ptrdiff_t output;              /* [V][D]; equals embed when tied */
};

bool nn_layout_init(struct nn_layout *layout, const struct nn_config *config, struct error *err);
void nn_layout_release(struct nn_layout *layout); /* a zeroed one is fine */

/* The tensor that holds parameter `at`. */
const struct nn_tensor *nn_layout_tensor(const struct nn_layout *layout, size_t at);

/* Starting values: matrices normal with standard deviation 0.02 (the two that end a branch divided
 * by sqrt(2 L), as GPT-2), norm weights 1, biases 0. Pure in (seed, tensor). */
void nn_initialise(const struct nn_layout *layout, uint64_t seed, float *param);

#endif
