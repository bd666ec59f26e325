/*
 * Numbers counted in a few classes: every number where there are at most 20 different ones, else
 * bins.
 *
 * Bins have edges that are multiples of 1, 2 or 5 times a power of ten, at most 20 of them, from
 * the smallest value to the largest; of fractions, the last one holds its upper edge. An edge is
 * made as decimal text and read back, so that the condition that a bin stands for (expr.h) keeps
 * exactly the numbers that are counted in it; like conditions, bins look at fractions in single
 * precision.
 */
#ifndef TUI_WIDGETS_BINS_H
#define TUI_WIDGETS_BINS_H

#include "tui/widgets/sheet.h"

enum { BINS = 20 };

/* What was met among the numbers of a column, fractions in single precision. Begin with zeros. */
struct numbers_met {
    double least, most; /* of the finite ones */
    int64_t n;          /* of them */
    bool below, above;  /* minus infinity, infinity, or as good as that */
    double value[BINS]; /* [n_values] different ones */
    int n_values;       /* BINS + 1: more */
};
void numbers_meet(struct numbers_met *met, double x); /* NaN: a missing one, nothing */
void numbers_join(struct numbers_met *met, const struct numbers_met *other);

struct bins {
    int n;               /* without the one of missing values */
    bool exact;          /* each is one number, its `edge` */
    bool whole, percent; /* of the column */
    double edge[BINS + 1];
    char text[BINS + 1][48]; /* the edges; of percent columns times 100 */
    double guess;            /* about one bin's width */
    bool below, above;       /* infinite values are in the outermost bins */
};

/* Bins for what was met. */
void bins_choose(struct bins *b, enum column_kind kind, const struct numbers_met *met);
/* The bin of a number that was met; b->n: a missing one. */
int bins_find(const struct bins *b, double x);
/* "1,000 to 1,499", "10 to 20 %", "missing". Appends. */
void bins_label(const struct bins *b, int k, struct buf *out);
/* "count >= 1000 and count < 1500": what the column's numbers in the bin meet. Appends. */
void bins_condition(const struct bins *b, const char *column, int k, struct buf *out);

#endif
