/* The importers on Amazon Beauty in three formats and on MovieLens 100K.
 * Needs ROTE_TEST_DATA; returns 77 (skipped) without it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/import/import.h"

static int failures;

static void check(bool holds, const char *what)
{
    printf("%s %s\n", holds ? "  ok" : "FAIL", what);
    failures += !holds;
}

/* Files below the data folder, up to the first NULL. */
static bool import(const char *data, struct import_result *out, const char *const *names)
{
    char *paths[4];
    struct error err;
    size_t n = 0;
    for (; n < ARRAY_LEN(paths) && names[n]; n++)
        paths[n] = path_join(data, names[n]);
    struct import_options o = {.paths = (const char *const *)paths, .n_paths = n};
    bool ok = import_run(&o, NULL, out, &err);
    if (!ok)
        printf("FAIL %s\n", err.text);
    failures += !ok;
    while (n-- > 0)
        free(paths[n]);
    return ok;
}

#define INDEX "data/amazon-beauty/Beauty.index.json"

static void beauty_is_one_structure(const char *data)
{
    static const char *const files[4][5] = {
        {"data/amazon-beauty/Beauty.txt", INDEX, NULL},
        {"data/amazon-beauty/Beauty.inter.json", INDEX, NULL},
        {"data/amazon-beauty/user_sequence.txt", "data/amazon-beauty/item_text.txt", NULL},
        {INDEX, "data/amazon-beauty/Beauty.txt", "data/amazon-beauty/Beauty.inter.json", NULL},
    };
    struct import_result r[4] = {0};
    for (int i = 0; i < 4; i++) {
        if (!import(data, &r[i], files[i]))
            continue;
        check(r[i].n_users == 22363 && r[i].n_items == 12101 && r[i].n_interactions == 198502,
              "Beauty has 22,363 users, 12,101 items and 198,502 interactions");
        check(r[i].structure_fingerprint == r[0].structure_fingerprint,
              "one structure fingerprint");
        check(r[i].report.bad_total == 0, "no malformed rows");
    }
    size_t codes = (size_t)r[0].n_items * 4 * sizeof *r[0].semid;
    check(r[0].semid_levels == 4 && r[1].semid_levels == 4 && r[3].semid_levels == 4,
          "semantic ids of four levels");
    check(memcmp(r[0].semid, r[1].semid, codes) == 0 && memcmp(r[0].semid, r[3].semid, codes) == 0,
          "one table of semantic ids");
    check(r[0].report.id_offset == 1 && r[1].report.id_offset == 0, "the offset is seen");
    check(r[0].report.ids_by_appearance && !r[2].report.ids_by_appearance,
          "numbering by first appearance is seen");
    check(r[0].fingerprint != r[1].fingerprint && r[0].fingerprint != r[2].fingerprint,
          "the fingerprint covers the ids");
    check(r[2].report.items_without_text == 0 && r[2].title.n == 12101, "every item has a text");
    for (int i = 0; i < 4; i++)
        import_result_release(&r[i]);
}

static void movielens_has_titles_and_times(const char *data)
{
    static const char *const files[] = {"data/ml-100k/ml-100k.item", "data/ml-100k/ml-100k.inter",
                                        "data/ml-100k/ml-100k.user", NULL};
    struct import_result r = {0};
    if (!import(data, &r, files))
        return;
    check(r.n_users == 943 && r.n_items == 1682 && r.n_interactions == 100000,
          "ml-100k has 943 users, 1,682 items and 100,000 interactions");
    check(r.report.order == IMPORT_ORDER_TIME && r.report.order_changed, "ordered by time");
    bool ascending = true, found = false;
    for (int32_t u = 0; u < r.n_users; u++)
        for (int64_t i = r.offset[u] + 1; i < r.offset[u + 1]; i++)
            ascending = ascending && r.time[i - 1] <= r.time[i];
    for (int32_t i = 0; i < r.n_items; i++)
        found =
            found || (strcmp(strtab_get(&r.item_id, i), "1") == 0 &&
                      strcmp(strtab_get(&r.title, i), "Toy Story") == 0 &&
                      strcmp(strtab_get(&r.category, i), "Animation | Children's | Comedy") == 0);
    check(ascending, "times ascend within every user");
    check(found, "item 1 is Toy Story");
    check(r.field_name.n == 1 && strcmp(strtab_get(&r.field_name, 0), "release_year") == 0,
          "the release year is kept");
    check(strcmp(strtab_get(&r.user_id, 0), "196") == 0, "the first user is that of the first row");
    import_result_release(&r);
}

int main(void)
{
    const char *data = getenv("ROTE_TEST_DATA");
    if (!data || !file_exists(data)) {
        puts("skipped: ROTE_TEST_DATA is not set");
        return 77;
    }
    beauty_is_one_structure(data);
    movielens_has_titles_and_times(data);
    return failures ? 1 : 0;
}
