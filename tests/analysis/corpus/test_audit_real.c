/* The audit on real data. Needs ROTE_TEST_DATA; returns 77 (skipped) without it. Prints the
 * findings and checks those whose figures are known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/corpus/audit.h"
#include "storage/base/clock.h"

struct rows { /* "user item … time" rows or "user item item …" lines as they come */
    struct intern *user, *item;
    int32_t *u, *v;
    int64_t *t;
    size_t n, cap;
};

static void add_row(struct rows *r, const char *user, const char *item, int64_t time)
{
    if (r->n == r->cap) {
        r->cap = r->cap * 2 + 1024;
        r->u = realloc(r->u, r->cap * sizeof *r->u);
        r->v = realloc(r->v, r->cap * sizeof *r->v);
        r->t = realloc(r->t, r->cap * sizeof *r->t);
    }
    r->u[r->n] = intern_add(r->user, user, strlen(user), NULL);
    r->v[r->n] = intern_add(r->item, item, strlen(item), NULL);
    r->t[r->n++] = time;
}

static bool read_rows(const char *path, bool timed, struct rows *r)
{
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    *r = (struct rows){.user = intern_new(), .item = intern_new()};
    char *line = NULL;
    size_t cap = 0;
    bool header = timed;
    for (; getline(&line, &cap, f) > 0; header = false) {
        const char *user = strtok(line, " \t\n"), *word = strtok(NULL, " \t\n");
        if (header || !word)
            continue;
        if (timed) {
            strtok(NULL, " \t\n");
            add_row(r, user, word, atoll(strtok(NULL, " \t\n")));
            continue;
        }
        for (; word; word = strtok(NULL, " \t\n"))
            add_row(r, user, word, 0);
    }
    free(line);
    fclose(f);
    return true;
}

static const struct rows *sorting;

static int by_user_and_time(const void *a, const void *b)
{
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    if (sorting->u[i] != sorting->u[j])
        return sorting->u[i] < sorting->u[j] ? -1 : 1;
    if (sorting->t[i] != sorting->t[j])
        return sorting->t[i] < sorting->t[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* Runs the audit on a file and prints it; items are numbered by the order of rows. */
static bool audit_file(const char *path, bool timed, struct audit *audit, double *seconds)
{
    struct rows r;
    if (!read_rows(path, timed, &r))
        return false;
    size_t *order = malloc(r.n * sizeof *order);
    for (size_t i = 0; i < r.n; i++)
        order[i] = i;
    sorting = &r;
    qsort(order, r.n, sizeof *order, by_user_and_time);
    int32_t users = intern_count(r.user), *item = malloc(r.n * sizeof *item);
    int64_t *time = malloc(r.n * sizeof *time);
    int64_t *offset = calloc((size_t)users + 1, sizeof *offset);
    for (size_t i = 0; i < r.n; i++) {
        item[i] = r.v[order[i]];
        time[i] = r.t[order[i]];
        offset[r.u[order[i]] + 1] = (int64_t)i + 1;
    }
    struct corpus corpus = {users, intern_count(r.item), offset, item};
    struct split split;
    struct error err;
    double begin = clock_monotonic_seconds();
    struct audit_input in = {.corpus = &corpus,
                             .split = &split,
                             .time = timed ? time : NULL,
                             .user_id = intern_table(r.user),
                             .item_id = intern_table(r.item),
                             .seed = 1};
    if (!split_leave_one_out(&corpus, &split, NULL) || !audit_run(&in, NULL, audit, &err))
        exit(1);
    *seconds = clock_monotonic_seconds() - begin;
    printf("%s: %.2f s\n", path, *seconds);
    for (size_t i = 0; i < audit->n; i++)
        printf("  %s %.4f %lld: %s\n    %s\n", audit->finding[i].id, audit->finding[i].share,
               (long long)audit->finding[i].count, audit->finding[i].text,
               audit->finding[i].effect);
    split_release(&split);
    intern_free(r.user);
    intern_free(r.item);
    free(r.u);
    free(r.v);
    free(r.t);
    free(order);
    free(item);
    free(time);
    free(offset);
    return true;
}

static const struct finding *find(const struct audit *audit, const char *id)
{
    for (size_t i = 0; i < audit->n; i++)
        if (strcmp(audit->finding[i].id, id) == 0)
            return &audit->finding[i];
    return NULL;
}

static int failures;

static void check(bool good, const char *what)
{
    printf("%s %s\n", good ? "  ok" : "FAIL", what);
    failures += !good;
}

int main(void)
{
    const char *data = getenv("ROTE_TEST_DATA");
    char path[3][4096];
    static const char *const file[] = {"amazon-beauty/user_sequence.txt",
                                       "amazon-beauty/Beauty.txt", "ml-100k/ml-100k.inter"};
    struct audit audit[3];
    double seconds[3];
    for (int i = 0; i < 3; i++) {
        snprintf(path[i], sizeof path[i], "%s/data/%s", data ? data : "", file[i]);
        if (!data || !audit_file(path[i], i == 2, &audit[i], &seconds[i])) {
            puts("skipped: ROTE_TEST_DATA is not set");
            return 77;
        }
    }
    const struct finding *f = find(&audit[0], "sorted-ids");
    check(f && fabs(f->share - 0.1315) < 5e-4 && strstr(f->text, "69.4 %"),
          "chronological Beauty: 13 % of users sorted by id, 69 % of pairs ascend");
    check(!find(&audit[1], "sorted-ids"), "ids numbered by first appearance are not reported");
    for (int i = 0; i < 2; i++) {
        f = find(&audit[i], "heldout-edges-in-train");
        check(f && fabs(f->share - 0.08608) < 1e-6, "Beauty: 8.608 % of targets one hop away");
        check(!find(&audit[i], "time-ties"), "no times, no ties");
    }
    f = find(&audit[2], "time-ties");
    check(f && f->share > 0.1 && f->n_ranges == 3 && f->range[0].lo < f->range[0].hi,
          "ml-100k: time ties, and a range of the headline numbers");
    for (int i = 0; i < 3; i++)
        audit_release(&audit[i]);
    return failures ? 1 : 0;
}
