/*
 * Random numbers for tests, the same ones in every run of a seed and from every compiler. C leaves
 * open which of two operands, arguments or members of a list is worked out first: draw into
 * variables, one after the other, wherever an expression would draw twice.
 */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include <stddef.h>
#include <stdint.h>

static uint64_t draw_seed = 7; /* a test may begin with another */

/* 0 .. below-1; below > 0. */
static inline size_t draw(size_t below)
{
    draw_seed = draw_seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(draw_seed >> 33) % below;
}

#endif
