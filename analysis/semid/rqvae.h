/*
 * Semantic ids by an RQ-VAE: an encoder maps an item's embedding to a small latent vector, a
 * residual quantiser names it by one code per level, and a decoder gives the embedding back. Unlike
 * k-means (kmeans.h), encoder and codes are learnt together, and co-occurrence can have a say: with
 * `neighbour`, items that users take together are drawn together in the latent space.
 *
 * Method: TIGER (Rajput et al. 2023, arXiv 2305.05065, section 3.1); contrast as in PLUM and IIRG
 * (arXiv 2606.17276). Embeddings are centred and divided by their overall standard deviation.
 * Codebooks start as k-means of what the untrained encoder makes of all items, level by level.
 * AdamW; cosine decay of the learning rate; a code that no item took in a whole epoch restarts at
 * what is left of a random item of the last batch (not in the last tenth of the epochs). In the end
 * ids are made unique as kmeans_semids() does.
 *
 * Same bits for the same seed and any number of threads, on one kind of CPU (sgemm).
 * O(epochs n_items parameters): 12,000 items of 64 numbers, 100 epochs, take 14 s of one core, with
 * contrast 25 (Beauty, AVX-512).
 */
#ifndef ANALYSIS_SEMID_RQVAE_H
#define ANALYSIS_SEMID_RQVAE_H

#include "analysis/semid/rqvae_net.h"
#include "analysis/semid/semid.h"
#include "storage/base/progress.h"

struct rqvae_options {
    int32_t levels; /* without the one that makes ids unique */
    int32_t codes;  /* of a level; fewer for a small catalogue: kmeans_codes() */
    int32_t n_hidden, hidden[RQVAE_MAX_HIDDEN], latent; /* widths; the decoder mirrors them */
    int32_t epochs, batch;
    float learning_rate, weight_decay; /* codes do not decay */
    float beta;                        /* of the commitment */
    float contrast, temperature;       /* weight 0: none */
    const int32_t *neighbour; /* [n_items][n_neighbours] or -1, borrowed; NULL: no contrast */
    int32_t n_neighbours;
    uint64_t seed;
};
struct rqvae_options rqvae_defaults(void);

struct rqvae_report {
    struct rqvae_loss first, last; /* mean over the first and the last epoch */
    int64_t restarted;             /* codes, over all epochs */
};

/* embedding[n_items][width]. *code is [n_items][levels + 1], the caller's to free. *report may be
 * NULL. False with *err: sizes out of range, a number of the embeddings or the loss that is not
 * finite, memory, cancelled. */
bool rqvae_semids(const float *embedding, int32_t n_items, int32_t width,
                  const struct rqvae_options *options, int32_t **code, struct rqvae_report *report,
                  struct progress *progress, struct error *err);

#endif
