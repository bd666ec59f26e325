/*
 * Where the labels of points stand, so that no two overlap: pure geometry, y downwards.
 *
 * Method: greedy with repair. Each label tries places around its point, from beside it to ever
 * farther away, and takes the cheapest (distance, what it would cover); a few rounds let each move
 * again when the others have settled. Deterministic. Cost: labels * places * (labels + obstacles).
 */
#ifndef STORAGE_EXPORT_PLOT_LABELS_H
#define STORAGE_EXPORT_PLOT_LABELS_H

#include <stdbool.h>
#include <stddef.h>

struct label_box {
    double x, y, w, h; /* top left corner and size */
};

struct label_ask {
    double x, y, radius; /* the point and the size of its mark */
    double w, h;         /* of the label */
};
struct label_place {
    bool placed; /* false: there is no room anywhere */
    bool far;    /* so far away that a line should lead to the point */
    struct label_box box;
};

/* Asks in order of importance. `obstacle` is what labels should rather not cover (marks, intervals,
 * lines); within `bounds` they stay, and other labels they never touch. */
void plot_labels_place(const struct label_ask *ask, size_t n, const struct label_box *obstacle,
                       size_t n_obstacles, struct label_box bounds, struct label_place *out);

/* Moves centres apart along a line, at least `apart` from each other and within low..high, keeping
 * their order and staying as near as possible; false when they do not fit. centre: [n] ascending.
 */
bool plot_labels_spread(double *centre, size_t n, double apart, double low, double high);

#endif
