/* The importers on Amazon Beauty in three formats, and on MovieLens 100K as atomic files, as u.data
 * with u.item, as ratings.dat and already split.
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

/* ---- MovieLens 100K written as other projects write it ---- */

enum { FIELDS = 4 };

/* One line's fields, in place; the number of them. */
static int split_line(char *line, char *field[FIELDS])
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; p && n < FIELDS; n++) {
        field[n] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = '\0';
    }
    return n;
}

typedef void write_row(struct buf *out, char *field[FIELDS]);

static void as_u_data(struct buf *out, char *field[FIELDS])
{
    buf_addf(out, "%s\t%s\t%s\t%s\n", field[0], field[1], field[2], field[3]);
}

static void as_ratings_dat(struct buf *out, char *field[FIELDS])
{
    buf_addf(out, "%s::%s::%s::%s\n", field[0], field[1], field[2], field[3]);
}

/* number|title (year)|date||address|19 flags, as far as the atomic file tells */
static void as_u_item(struct buf *out, char *field[FIELDS])
{
    static const char *const genres[] = {
        "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
        "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
        "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};
    buf_addf(out, "%s|%s (%s)|01-Jan-%s||http://us.imdb.com/", field[0], field[1], field[2],
             field[2]);
    for (size_t g = 0; g < ARRAY_LEN(genres); g++)
        buf_addf(out, "|%d", strstr(field[3], genres[g]) != NULL);
    buf_addc(out, '\n');
}

/* Rewrites the rows of an atomic file; the path of the new file is the caller's. */
static char *rewrite(const char *data, const char *from, const char *dir, const char *to,
                     write_row *row)
{
    char *source = path_join(data, from), *target = path_join(dir, to), line[4096], *field[FIELDS];
    FILE *f = fopen(source, "r");
    struct buf text;
    buf_init(&text);
    for (int i = 0; f && fgets(line, sizeof line, f); i++)
        if (split_line(line, field) == FIELDS && i > 0)
            row(&text, field);
    check(f && text.len > 0 && file_write(target, text.data, text.len, NULL), to);
    if (f)
        fclose(f);
    buf_release(&text);
    free(source);
    return target;
}

/* Writes the sequences of r as the three parts of a leave-one-out split. */
static void write_parts(const struct import_result *r, const char *dir, char *path[3])
{
    static const char *const names[3] = {"ml.train.inter", "ml.valid.inter", "ml.test.inter"};
    for (int part = 0; part < 3; part++) {
        struct buf text;
        buf_init(&text);
        buf_adds(&text, "user_id:token\titem_id:token\ttimestamp:float\n");
        for (int32_t u = 0; u < r->n_users; u++) {
            int64_t end = r->offset[u + 1];
            int64_t from = part == 0 ? r->offset[u] : end - 3 + part;
            int64_t to = part == 0 ? end - 2 : end - 2 + part;
            for (int64_t i = from; i < to; i++)
                buf_addf(&text, "%s\t%s\t%lld\n", strtab_get(&r->user_id, u),
                         strtab_get(&r->item_id, r->item[i]), (long long)r->time[i]);
        }
        path[part] = path_join(dir, names[part]);
        check(file_write(path[part], text.data, text.len, NULL), names[part]);
        buf_release(&text);
    }
}

static void parts_are_the_same_sequences(const struct import_result *whole, const char *dir)
{
    char *path[3];
    write_parts(whole, dir, path);
    struct import_options o = {.paths = (const char *const *)path, .n_paths = 3};
    struct import_result r = {0};
    struct error err;
    check(import_run(&o, NULL, &r, &err) && strcmp(r.split, "given") == 0, "the parts as a split");
    check(r.fingerprint == whole->fingerprint, "the parts are the whole");
    bool cut = r.train_end != NULL;
    for (int32_t u = 0; cut && u < r.n_users; u++) {
        int32_t n = (int32_t)(r.offset[u + 1] - r.offset[u]);
        cut = r.train_end[u] == n - 2 && r.valid_end[u] == n - 1;
    }
    check(cut, "and cut where they were");
    import_result_release(&r);
    for (int i = 0; i < 3; i++)
        free(path[i]);
}

static void movielens_is_one_structure(const char *data)
{
    static const char *const atomic[] = {"data/ml-100k/ml-100k.inter", NULL};
    char dir[] = "/tmp/rote-real-XXXXXX";
    if (!mkdtemp(dir))
        abort();
    char *path[] = {rewrite(data, atomic[0], dir, "u.data", as_u_data),
                    rewrite(data, "data/ml-100k/ml-100k.item", dir, "u.item", as_u_item)};
    char *dat = rewrite(data, atomic[0], dir, "ratings.dat", as_ratings_dat);
    struct import_options o = {.paths = (const char *const *)path, .n_paths = 2};
    struct import_result whole = {0}, r = {0};
    struct error err;
    check(import(data, &whole, atomic) && import_run(&o, NULL, &r, &err), "u.data and u.item");
    check(r.structure_fingerprint == whole.structure_fingerprint &&
              r.fingerprint == whole.fingerprint,
          "u.data has the fingerprints of the atomic file");
    check(r.report.bad_total == 0 && r.report.items_without_text == 0, "every item has a text");
    int toys = 0;
    for (int32_t i = 0; i < r.n_items; i++)
        toys += strcmp(strtab_get(&r.title, i), "Toy Story (1995)") == 0 &&
                strcmp(strtab_get(&r.category, i), "Animation | Children's | Comedy") == 0;
    check(toys == 1, "Toy Story has its genres");
    import_result_release(&r);
    o = (struct import_options){.paths = (const char *const *)&dat, .n_paths = 1};
    check(import_run(&o, NULL, &r, &err) && r.fingerprint == whole.fingerprint,
          "ratings.dat has them, too");
    import_result_release(&r);
    parts_are_the_same_sequences(&whole, dir);
    import_result_release(&whole);
    free(path[0]);
    free(path[1]);
    free(dat);
    dir_remove(dir, NULL);
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
    movielens_is_one_structure(data);
    return failures ? 1 : 0;
}
