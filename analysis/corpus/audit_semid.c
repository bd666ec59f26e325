/* The audit's checks of semantic ids: shared codes and unused ones. */
#include <string.h>

#include "analysis/corpus/audit_check.h"
#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "storage/base/num.h"

/* ---- semid-collisions ---- */

static bool has_code(const struct audit_input *in, int32_t item)
{
    const int32_t *code = in->semid + (int64_t)item * in->semid_levels;
    for (int32_t l = 0; l < in->semid_levels; l++)
        if (code[l] < 0)
            return false;
    return true;
}

struct coded {
    const int32_t *code; /* [levels] */
    int32_t levels, item;
};

static int compare_codes(const void *a, const void *b)
{
    const struct coded *x = a, *y = b;
    for (int32_t l = 0; l < x->levels; l++)
        if (x->code[l] != y->code[l])
            return x->code[l] < y->code[l] ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static bool same_code(const struct coded *a, const struct coded *b)
{
    return memcmp(a->code, b->code, (size_t)a->levels * sizeof *a->code) == 0;
}

static char *describe_group(const struct audit_input *in, const struct coded *group, int64_t n)
{
    struct buf text;
    buf_init(&text);
    for (int64_t i = 0; i < n && i < 3; i++) {
        char *item = audit_item(in, group[i].item);
        buf_addf(&text, "%s%s", i > 0 ? " = " : "", item);
        free(item);
    }
    if (n > 3)
        buf_addf(&text, " and %lld more", (long long)(n - 3));
    return buf_detach(&text);
}

/* Items that share their code, by group; *missing = items without one. */
static void report_collisions(const struct audit_input *in, const struct coded *coded, int64_t n,
                              int64_t missing, struct audit *out)
{
    int64_t shared = 0, groups = 0, largest = 0;
    struct finding *f = NULL;
    for (int64_t i = 0, stop; i < n; i = stop) {
        for (stop = i + 1; stop < n && same_code(&coded[i], &coded[stop]); stop++)
            ;
        if (stop - i < 2)
            continue;
        shared += stop - i;
        groups++;
        largest = stop - i > largest ? stop - i : largest;
        f = f ? f : audit_add(out, "semid-collisions", 0, 0);
        if (f->n_examples < AUDIT_EXAMPLES)
            audit_example(f, describe_group(in, coded + i, stop - i));
    }
    if (!f && missing == 0) {
        audit_clean(out, "semid-collisions");
        return;
    }
    f = f ? f : audit_add(out, "semid-collisions", 0, 0);
    f->count = shared;
    f->share = n > 0 ? (double)shared / (double)n : 0;
    f->text =
        mem_printf("%lld of %lld item%s with a semantic id (%.2f %%) share it with another "
                   "item, in %lld group%s, the largest of %lld; items without an id: %lld.",
                   (long long)shared, (long long)n, plural_s(n), 100 * f->share, (long long)groups,
                   plural_s(groups), (long long)largest, (long long)missing);
    f->effect = mem_strdup("A generator cannot tell the items of a group apart: each takes a rank "
                           "of its own and only the target counts. Items without an id are never "
                           "generated.");
}

bool audit_semid_collisions(const struct audit_input *in, struct progress *progress,
                            struct audit *out, struct error *err)
{
    (void)progress;
    if (in->semid_levels == 0)
        return true;
    int32_t n_items = in->corpus->n_items;
    struct coded *coded = mem_try_array((size_t)n_items, sizeof *coded, "audit", err);
    if (!coded)
        return false;
    int64_t n = 0;
    for (int32_t v = 0; v < n_items; v++)
        if (has_code(in, v))
            coded[n++] =
                (struct coded){in->semid + (int64_t)v * in->semid_levels, in->semid_levels, v};
    qsort(coded, (size_t)n, sizeof *coded, compare_codes);
    report_collisions(in, coded, n, n_items - n, out);
    free(coded);
    return true;
}

/* ---- codebook-utilisation ---- */

struct level {
    int64_t size, used; /* codes 0 .. size-1, of which `used` occur */
};

static int compare_numbers(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static bool count_level(const struct audit_input *in, int32_t level, struct level *out,
                        struct error *err)
{
    int32_t n_items = in->corpus->n_items, n = 0;
    int32_t *code = mem_try_array((size_t)n_items, sizeof *code, "audit", err);
    if (!code)
        return false;
    for (int32_t v = 0; v < n_items; v++)
        if (in->semid[(int64_t)v * in->semid_levels + level] >= 0)
            code[n++] = in->semid[(int64_t)v * in->semid_levels + level];
    qsort(code, (size_t)n, sizeof *code, compare_numbers);
    *out = (struct level){.size = n > 0 ? (int64_t)code[n - 1] + 1 : 0};
    for (int32_t i = 0; i < n; i++)
        out->used += i == 0 || code[i] != code[i - 1];
    free(code);
    return true;
}

bool audit_codebook_utilisation(const struct audit_input *in, struct progress *progress,
                                struct audit *out, struct error *err)
{
    (void)progress;
    if (in->semid_levels == 0 || in->corpus->n_items == 0)
        return true;
    struct buf text;
    buf_init(&text);
    int64_t size = 0, used = 0;
    for (int32_t l = 0; l < in->semid_levels; l++) {
        struct level level;
        if (!count_level(in, l, &level, err)) {
            buf_release(&text);
            return false;
        }
        size += level.size;
        used += level.used;
        buf_addf(&text, "%s%lld of %lld", l > 0 ? ", " : "", (long long)level.used,
                 (long long)level.size);
    }
    if (used == size)
        audit_clean(out, "codebook-utilisation");
    else {
        struct finding *f = audit_add(out, "codebook-utilisation", size - used, size);
        f->text = mem_printf("Codes in use, level by level: %s (up to the highest code that "
                             "occurs); %lld code%s (%.2f %%) %s never used.",
                             text.data, (long long)(size - used), plural_s(size - used),
                             100 * f->share, plural(size - used, "is", "are"));
        f->effect = mem_strdup("Unused codes waste vocabulary; a level that uses few of its codes "
                               "hardly tells items apart.");
    }
    buf_release(&text);
    return true;
}
