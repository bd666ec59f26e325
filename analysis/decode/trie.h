/*
 * The legal semantic ids as a tree of tokens. Level l of an id is token base[l] + code, so every
 * level has tokens of its own. Nodes are numbered level by level, in the order of their ids, so a
 * node's children adjoin. Read-only once built; safe from many threads.
 */
#ifndef ANALYSIS_DECODE_TRIE_H
#define ANALYSIS_DECODE_TRIE_H

#include "analysis/semid/semid.h"

struct trie {
    int32_t levels;
    int32_t base[SEMID_MAX_LEVELS]; /* first token of each level */
    int32_t n_tokens;               /* one past the last token */
    int32_t n_nodes;                /* node 0 is the root */
    int32_t *token;                 /* [n_nodes] of the edge into it; -1 for the root */
    int32_t *child;                 /* [n_nodes+1] children of n: child[n] .. child[n+1]-1 */
    int32_t *leaf;                  /* [n_nodes] leaves below n: leaf[n] .. leaf_end[n]-1, as */
    int32_t *leaf_end;              /* [n_nodes]   numbered from 0 in the order of their ids */
    int32_t n_leaves;
    int32_t *item_offset; /* [n_leaves+1] */
    int32_t *item;        /* items of each leaf, ascending */
};

/* `first_token`: tokens below it have other uses. Items without an id are left out. O(n log n). */
bool trie_build(const struct semid_table *table, int32_t first_token, struct trie *out,
                struct error *err);
void trie_release(struct trie *trie); /* a zeroed one is fine */

/* The child of a node by its token, which is there. O(log children). */
int32_t trie_child(const struct trie *t, int32_t node, int32_t token);

static inline int32_t trie_leaves(const struct trie *t, int32_t node)
{
    return t->leaf_end[node] - t->leaf[node];
}

#endif
