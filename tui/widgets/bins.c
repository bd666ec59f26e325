#include "tui/widgets/bins.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/expr.h"
#include "tui/widgets/order.h"

/* ---- what is met ---- */

static void meet_value(struct numbers_met *p, double x)
{
    for (int i = 0; i < p->n_values; i++)
        if (p->value[i] >= x && p->value[i] <= x)
            return;
    if (p->n_values < BINS)
        p->value[p->n_values] = x;
    p->n_values++;
}

void numbers_meet(struct numbers_met *p, double x)
{
    if (isnan(x))
        return;
    if (fabs(x) > 1e38) { /* infinite, or as good as */
        p->below |= x < 0;
        p->above |= x > 0;
        return;
    }
    p->least = p->n == 0 || x < p->least ? x : p->least;
    p->most = p->n == 0 || x > p->most ? x : p->most;
    p->n++;
    if (p->n_values <= BINS)
        meet_value(p, x);
}

void numbers_join(struct numbers_met *met, const struct numbers_met *other)
{
    if (other->n > 0) {
        numbers_meet(met, other->least);
        numbers_meet(met, other->most);
    }
    for (int k = 0; k < other->n_values && k < BINS; k++)
        numbers_meet(met, other->value[k]);
    if (other->n_values > BINS)
        met->n_values = other->n_values;
    met->below |= other->below;
    met->above |= other->above;
}

/* ---- choosing ---- */

/* units * 10^exponent as decimal text, exactly. */
static void decimal(int64_t units, int exponent, char out[48])
{
    if (units == 0 || (exponent >= 0 && exponent <= 3)) {
        for (; units != 0 && exponent > 0; exponent--)
            units *= 10;
        snprintf(out, 48, "%" PRId64, units);
        return;
    }
    if (exponent > 0 || exponent < -12) {
        snprintf(out, 48, "%" PRId64 "e%d", units, exponent);
        return;
    }
    int64_t power = 1;
    for (int i = 0; i < -exponent; i++)
        power *= 10;
    int64_t whole = units / power, rest = units % power;
    snprintf(out, 48, "%s%" PRId64 ".%0*" PRId64, units < 0 ? "-" : "", whole < 0 ? -whole : whole,
             -exponent, rest < 0 ? -rest : rest);
}

static void set_edges(struct bins *b, int64_t first, int mantissa, int exponent)
{
    for (int k = 0; k <= b->n; k++) {
        decimal((first + k) * mantissa, exponent, b->text[k]);
        num_double(b->text[k], strlen(b->text[k]), &b->edge[k]);
        if (b->percent)
            b->edge[k] /= 100;
        if (!b->whole)
            b->edge[k] = (double)(float)b->edge[k];
    }
    b->guess = (b->edge[b->n] - b->edge[0]) / b->n;
}

/* The finest round edges that need at most BINS bins and at most 15 digits. */
static void choose_edges(struct bins *b, double least, double most)
{
    static const int mantissas[] = {1, 2, 5};
    static const double most_units = 1e15;
    double scale = b->percent ? 100 : 1, low = least * scale, high = most * scale;
    double finest = high > low ? (high - low) / BINS : fabs(high) > 0 ? fabs(high) / 100 : 1;
    int exponent = (int)floor(log10(finest > 1e-290 ? finest : 1e-290));
    exponent = b->whole && exponent < 0 ? 0 : exponent;
    for (;; exponent++)
        for (size_t m = 0; m < ARRAY_LEN(mantissas); m++) {
            double step = mantissas[m] * pow(10, exponent);
            double first = floor(low / step);
            double last = b->whole ? floor(high / step) : ceil(high / step) - 1;
            double n = last > first ? last - first + 1 : 1;
            if (n > BINS || fabs(first) > most_units || fabs(first + n) > most_units)
                continue;
            b->n = (int)n;
            set_edges(b, (int64_t)first, mantissas[m], exponent);
            /* rounding may have put an outermost value beyond its edge */
            double end = b->edge[b->n];
            if (least >= b->edge[0] && (b->whole ? most < end : most <= end))
                return;
        }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The shortest text that a condition reads as this very number. */
static void exact_text(const struct bins *b, double x, char out[48])
{
    if (b->whole) {
        decimal((int64_t)x, 0, out);
        return;
    }
    double scale = b->percent ? 100 : 1, back;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 48, "%.*g", digits, x * scale);
        if (num_double(out, strlen(out), &back) && (float)(back / scale) == (float)x)
            return;
    }
}

/* A bin for each number. */
static void choose_values(struct bins *b, const struct numbers_met *met)
{
    b->exact = true;
    b->n = met->n_values;
    memcpy(b->edge, met->value, (size_t)b->n * sizeof *b->edge);
    qsort(b->edge, (size_t)b->n, sizeof *b->edge, ascending);
    for (int k = 0; k < b->n; k++)
        exact_text(b, b->edge[k], b->text[k]);
}

void bins_choose(struct bins *b, enum column_kind kind, const struct numbers_met *met)
{
    static const double most_exact = 1e15; /* of whole numbers, as doubles */
    bool whole = kind == COLUMN_INT;
    *b = (struct bins){.percent = kind == COLUMN_PERCENT,
                       .below = met->below,
                       .above = met->above,
                       .whole =
                           whole && fabs(met->least) < most_exact && fabs(met->most) < most_exact};
    if (met->n_values <= BINS && b->whole == whole && !met->below && !met->above)
        choose_values(b, met);
    else
        choose_edges(b, met->least, met->most);
}

/* ---- using them ---- */

int bins_find(const struct bins *b, double x)
{
    if (isnan(x))
        return b->n;
    for (int k = 0; b->exact; k++)
        if (k == b->n - 1 || x <= b->edge[k])
            return k;
    double guess = floor((x - b->edge[0]) / b->guess);
    int k = guess < 0 ? 0 : guess < b->n ? (int)guess : b->n - 1;
    while (k > 0 && x < b->edge[k])
        k--;
    while (k < b->n - 1 && x >= b->edge[k + 1])
        k++;
    return k;
}

void bins_label(const struct bins *b, int k, struct buf *out)
{
    static const struct column whole = {.kind = COLUMN_INT};
    if (k == b->n) {
        buf_adds(out, "missing");
    } else if (b->whole && b->exact) {
        value_format(&whole, &(struct value){.i = (int64_t)b->edge[k]}, &glyphs_utf8, out);
    } else if (b->exact) {
        buf_addf(out, "%s%s", b->text[k], b->percent ? " %" : "");
    } else if (b->whole) {
        int64_t low = (int64_t)b->edge[k], high = (int64_t)b->edge[k + 1] - 1;
        value_format(&whole, &(struct value){.i = low}, &glyphs_utf8, out);
        if (high > low) {
            buf_adds(out, " to ");
            value_format(&whole, &(struct value){.i = high}, &glyphs_utf8, out);
        }
    } else {
        buf_addf(out, "%s to %s%s", b->text[k], b->text[k + 1], b->percent ? " %" : "");
    }
}

void bins_condition(const struct bins *b, const char *column, int k, struct buf *out)
{
    const char *sign = b->percent ? "%" : "";
    struct buf name;
    buf_init(&name);
    expr_quote(column, &name);
    if (k == b->n) {
        buf_addf(out, "%s is missing", name.data);
    } else if (b->exact || (b->whole && b->edge[k + 1] - b->edge[k] < 1.5)) {
        buf_addf(out, "%s = %s%s", name.data, b->text[k], sign);
    } else {
        bool low = k > 0 || !b->below, high = k + 1 < b->n || !b->above;
        if (low)
            buf_addf(out, "%s >= %s%s", name.data, b->text[k], sign);
        buf_adds(out, low && high ? " and " : "");
        if (high)
            buf_addf(out, "%s %s %s%s", name.data, !b->whole && k + 1 == b->n ? "<=" : "<",
                     b->text[k + 1], sign);
        if (!low && !high)
            buf_addf(out, "%s is not missing", name.data);
    }
    buf_release(&name);
}
