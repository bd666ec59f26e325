/* MovieLens 100K, 1M and 10M: files without a header, known by the shape of their rows. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/import/header.h"
#include "storage/import/look.h"

enum { GENRES = 19, ITEM_FIELDS = 5 + GENRES };

static const char *const genres[GENRES] = {
    "unknown",     "Action", "Adventure", "Animation", "Children's", "Comedy",  "Crime",
    "Documentary", "Drama",  "Fantasy",   "Film-Noir", "Horror",     "Musical", "Mystery",
    "Romance",     "Sci-Fi", "Thriller",  "War",       "Western"};

static bool is_count(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n < 12 && strspn(s, "0123456789") == n;
}

static bool is_stars(const char *s)
{
    double value;
    return num_double(s, strlen(s), &value) && value >= 0.5 && value <= 5;
}

/* "196 242 3 881250949": seconds since 1970 between 1990 and 2030. */
static bool is_rating(const struct fields *f)
{
    int64_t time;
    return f->n == 4 && is_count(f->field[0]) && is_count(f->field[1]) && is_stars(f->field[2]) &&
           num_int64(f->field[3], strlen(f->field[3]), &time) && time > 631152000 &&
           time < 1893456000;
}

static bool is_movie(const struct fields *f)
{
    return f->n == 3 && is_count(f->field[0]) && !is_count(f->field[1]) && f->field[1][0];
}

/* u.item: number, title, two dates, address, 19 flags. */
static bool is_item(const struct fields *f)
{
    if (f->n != ITEM_FIELDS || !is_count(f->field[0]))
        return false;
    for (int i = 5; i < ITEM_FIELDS; i++)
        if (strcmp(f->field[i], "0") != 0 && strcmp(f->field[i], "1") != 0)
            return false;
    return true;
}

/* "1::F::1::10::48067" and "1|24|M|technician|85711". */
static bool is_person(const struct fields *f)
{
    if (f->n != 5 || !is_count(f->field[0]))
        return false;
    for (int i = 1; i < 3; i++)
        if (strcmp(f->field[i], "F") == 0 || strcmp(f->field[i], "M") == 0)
            return true;
    return false;
}

/* The first line, so it is no header, and most of those below it: a bad one changes nothing. */
static bool mostly(const struct look *l, char delimiter, bool (*is)(const struct fields *))
{
    enum { LINES = 20 };
    size_t n = 0, good = 0;
    for (; n < l->n_lines && n < LINES; n++) {
        struct fields f;
        fields_split(&f, l->line[n].bytes, l->line[n].n, delimiter, false);
        bool fits = is(&f);
        fields_release(&f);
        if (!fits && n == 0)
            return false;
        good += fits;
    }
    return good * 2 > n;
}

static void set_columns(struct table_spec *spec, const char *const *names, int n)
{
    spec->n_columns = n;
    spec->columns = mem_zalloc((size_t)n, sizeof *spec->columns);
    for (int i = 0; i < n; i++)
        spec->columns[i].name = mem_strdup(names[i]);
}

static void as_ratings(struct detected *out, char delimiter)
{
    static const char *const names[] = {"user", "item", "rating", "time"};
    out->role = IMPORT_INTERACTIONS;
    out->table = (struct table_spec){
        .delimiter = delimiter, .user = 0, .item = 1, .rating = 2, .time = 3, .history = -1};
    set_columns(&out->table, names, 4);
    out->format = delimiter == ':' ? "MovieLens ratings.dat" : "MovieLens u.data";
    out->reason = mem_printf("four %s-separated numbers without a header: user, item, rating, time",
                             delimiter_name(delimiter));
}

static void as_movies(struct detected *out)
{
    static const char *const names[] = {"item", "title", "category"};
    out->role = IMPORT_ITEMS;
    out->table = (struct table_spec){
        .delimiter = ':', .user = -1, .item = 0, .rating = -1, .time = -1, .history = -1};
    set_columns(&out->table, names, 3);
    out->format = "MovieLens movies.dat";
    out->reason = mem_strdup("three fields separated by \"::\" without a header: item, title, "
                             "genres");
}

static void as_items(struct detected *out)
{
    const char *names[ITEM_FIELDS] = {"item", "title", "release date", "video release date",
                                      "IMDb URL"};
    memcpy(names + 5, genres, sizeof genres);
    out->role = IMPORT_ITEMS;
    out->table = (struct table_spec){
        .delimiter = '|', .user = -1, .item = 0, .rating = -1, .time = -1, .history = -1};
    set_columns(&out->table, names, ITEM_FIELDS);
    for (int i = 5; i < ITEM_FIELDS; i++)
        out->table.columns[i].flag = true;
    out->format = "MovieLens u.item";
    out->reason = mem_strdup("24 fields separated by bars without a header, the last 19 of them 0 "
                             "or 1: item, title, dates, address, genres");
}

bool detect_movielens(const struct look *l, struct detected *out)
{
    out->parser = PARSER_TABLE;
    if (mostly(l, '\t', is_rating))
        return as_ratings(out, '\t'), true;
    if (mostly(l, ':', is_rating))
        return as_ratings(out, ':'), true;
    if (mostly(l, '|', is_item))
        return as_items(out), true;
    if (mostly(l, ':', is_movie))
        return as_movies(out), true;
    out->parser = PARSER_NONE;
    if (!mostly(l, ':', is_person) && !mostly(l, '|', is_person))
        return false;
    out->role = IMPORT_UNUSED;
    out->format = "MovieLens users";
    out->reason = mem_strdup("lines of a user, F or M, an age, an occupation and a postcode; user "
                             "features are not used");
    return true;
}
