/*
 * The PyTorch peer of `rote bench train`: a script that is given sequences and a model's shape,
 * trains on them for a few batches in a process of its own, and prints what it did.
 */
#ifndef TUI_CLI_BENCH_PEER_H
#define TUI_CLI_BENCH_PEER_H

#include "tui/cli/bench_model.h"

/* The script: --peer, else tests/bench/peer_train.py below the current folder or beside the folder
 * of the program; NULL when neither is there. The caller frees. */
char *bench_peer_script(const struct cli_args *args);

struct bench_peer {
    const char *script;
    char file[64]; /* the sequences, one a line; "" when there are none */
    int32_t batch; /* sequences a step */
    int32_t batches;
    double padding; /* after a run: positions, padding among them, for each that was trained on */
};

/* Writes the model's samples into a temporary file. */
bool bench_peer_begin(const struct bench_model *m, struct bench_peer *peer, struct error *err);
void bench_peer_end(struct bench_peer *peer); /* removes the file; a zeroed one is fine */

/* Runs a program, found along PATH, and reads what it prints; argv and env end with NULL. */
bool bench_peer_output(char *const argv[], char *const env[], struct buf *out, struct error *err);

/* One run of the script. False with the reason when there is no PyTorch or it failed. */
bool bench_peer_run(struct bench_peer *peer, const struct bench_model *m, double *work,
                    struct bench_clock *took, struct error *err);

#endif
