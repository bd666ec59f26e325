#include "storage/export/plot_labels.h"

#include <math.h>

enum { ROUNDS = 6, DIRECTIONS = 16, RINGS = 13 };

static const double GAP = 3.5; /* between a mark and its label */
static const double APART = 2; /* between two labels */
static const double FAR = 8;
static const double ring[RINGS] = {0, 4, 9, 14, 20, 27, 35, 45, 57, 72, 95, 125, 170};

/* Beside, above and below the point first; halves in between for what is farther away. */
static const struct direction {
    double x, y, cost;
} direction[DIRECTIONS] = {
    {1, 0, 0},    {-1, 0, 2},  {0, -1, 3},    {0, 1, 4},    {1, -1, 4},    {1, 1, 4},
    {-1, -1, 5},  {-1, 1, 5},  {1, -0.5, 3},  {1, 0.5, 3},  {-1, -0.5, 4}, {-1, 0.5, 4},
    {0.5, -1, 4}, {0.5, 1, 5}, {-0.5, -1, 5}, {-0.5, 1, 6},
};

static double overlap(double a, double a_size, double b, double b_size)
{
    return fmin(a + a_size, b + b_size) - fmax(a, b);
}

static double covered(const struct label_box *a, const struct label_box *b)
{
    double w = overlap(a->x, a->w, b->x, b->w), h = overlap(a->y, a->h, b->y, b->h);
    return w > 0 && h > 0 ? w * h : 0;
}

static bool touches(const struct label_box *a, const struct label_box *b)
{
    return overlap(a->x, a->w, b->x, b->w) > -APART && overlap(a->y, a->h, b->y, b->h) > -APART / 2;
}

/* Does the way from a label to its point pass through the box? Looked at in steps. */
static bool crosses(const struct label_ask *ask, const struct label_box *from,
                    const struct label_box *box)
{
    enum { STEPS = 12 };
    double x = from->x + from->w / 2, y = from->y + from->h / 2;
    for (int i = 1; i < STEPS; i++) {
        double px = x + (ask->x - x) * i / STEPS, py = y + (ask->y - y) * i / STEPS;
        if (px > box->x && px < box->x + box->w && py > box->y && py < box->y + box->h)
            return true;
    }
    return false;
}

static double side(double ax, double ay, double bx, double by, double px, double py)
{
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax);
}

/* Do the ways of two labels to their points cross? */
static bool meet(const struct label_ask *a, const struct label_box *from_a,
                 const struct label_ask *b, const struct label_box *from_b)
{
    double ax = from_a->x + from_a->w / 2, ay = from_a->y + from_a->h / 2;
    double bx = from_b->x + from_b->w / 2, by = from_b->y + from_b->h / 2;
    return side(ax, ay, a->x, a->y, bx, by) * side(ax, ay, a->x, a->y, b->x, b->y) < 0 &&
           side(bx, by, b->x, b->y, ax, ay) * side(bx, by, b->x, b->y, a->x, a->y) < 0;
}

static struct label_box candidate(const struct label_ask *ask, const struct direction *d,
                                  double away)
{
    double reach = ask->radius + GAP + away;
    /* diagonal places come nearer: the corner, not the side, is what is next to the mark */
    double corner = d->x != 0 && d->y != 0 ? 0.7 : 1;
    double x = ask->x + d->x * (reach * corner + ask->w / 2);
    double y = ask->y + d->y * (reach * corner + ask->h / 2);
    return (struct label_box){x - ask->w / 2, y - ask->h / 2, ask->w, ask->h};
}

struct scene {
    const struct label_ask *ask;
    size_t n;
    const struct label_box *obstacle;
    size_t n_obstacles;
    struct label_box bounds;
    struct label_place *place;
};

/* INFINITY: not allowed. */
static double cost_of(const struct scene *s, size_t which, const struct label_box *box, double away,
                      bool far)
{
    const struct label_box *b = &s->bounds;
    double cost = 0.9 * away + (far ? 3 : 0);
    if (box->x < b->x || box->y < b->y || box->x + box->w > b->x + b->w ||
        box->y + box->h > b->y + b->h)
        return (double)INFINITY;
    for (size_t i = 0; i < s->n; i++) {
        if (i == which || !s->place[i].placed)
            continue;
        if (touches(box, &s->place[i].box))
            return (double)INFINITY;
        if (far && crosses(&s->ask[which], box, &s->place[i].box))
            cost += 40;
        if (s->place[i].far && crosses(&s->ask[i], &s->place[i].box, box))
            cost += 40;
        if (far && s->place[i].far && meet(&s->ask[which], box, &s->ask[i], &s->place[i].box))
            cost += 20;
    }
    for (size_t i = 0; i < s->n_obstacles; i++)
        cost += covered(box, &s->obstacle[i]) * 0.4 + (covered(box, &s->obstacle[i]) > 0 ? 3 : 0);
    for (size_t i = 0; i < s->n; i++) { /* marks, and names that seem to belong to another one */
        const struct label_ask *a = &s->ask[i];
        struct label_box mark = {a->x - a->radius, a->y - a->radius, 2 * a->radius, 2 * a->radius};
        if (covered(box, &mark) > 0)
            cost += 30;
        if (i != which && far && crosses(&s->ask[which], box, &mark))
            cost += 10;
    }
    return cost;
}

static void place_one(const struct scene *s, size_t which)
{
    double best = (double)INFINITY;
    struct label_place *p = &s->place[which];
    p->placed = false;
    for (int r = 0; r < RINGS && ring[r] * 0.9 < best; r++)
        for (int d = 0; d < DIRECTIONS; d++) {
            struct label_box box = candidate(&s->ask[which], &direction[d], ring[r]);
            bool far = ring[r] > FAR;
            double cost = cost_of(s, which, &box, ring[r], far) + direction[d].cost;
            if (cost < best) {
                best = cost;
                *p = (struct label_place){.placed = true, .far = far, .box = box};
            }
        }
}

void plot_labels_place(const struct label_ask *ask, size_t n, const struct label_box *obstacle,
                       size_t n_obstacles, struct label_box bounds, struct label_place *out)
{
    struct scene s = {ask, n, obstacle, n_obstacles, bounds, out};
    for (size_t i = 0; i < n; i++)
        out[i] = (struct label_place){.placed = false};
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < n; i++)
            place_one(&s, i);
}

bool plot_labels_spread(double *centre, size_t n, double apart, double low, double high)
{
    if (n == 0)
        return true;
    if ((double)(n - 1) * apart > high - low)
        return false;
    /* Neighbours that would overlap become a block around the mean of their wishes. */
    for (size_t round = 0; round < n; round++) {
        bool moved = false;
        for (size_t i = 0; i + 1 < n; i++) {
            double lack = apart - (centre[i + 1] - centre[i]);
            if (lack <= 1e-9)
                continue;
            centre[i] -= lack / 2;
            centre[i + 1] += lack / 2;
            moved = true;
        }
        if (!moved)
            break;
    }
    centre[0] = fmax(centre[0], low);
    for (size_t i = 1; i < n; i++)
        centre[i] = fmax(centre[i], centre[i - 1] + apart);
    centre[n - 1] = fmin(centre[n - 1], high);
    for (size_t i = n - 1; i-- > 0;)
        centre[i] = fmin(centre[i], centre[i + 1] - apart);
    return true;
}
