#include "storage/import/columns.h"

#include <string.h>

#include "storage/base/mem.h"

const char *const column_meaning_names[COLUMN_MEANINGS] = {"user",   "item",  "time",
                                                           "rating", "title", "category"};

/* Lower case, letters and digits only. */
static const struct {
    const char *name;
    enum column_meaning meaning;
} known_names[] = {
    {"user", COLUMN_USER},
    {"userid", COLUMN_USER},
    {"uid", COLUMN_USER},
    {"reviewerid", COLUMN_USER},
    {"customerid", COLUMN_USER},
    {"visitorid", COLUMN_USER},
    {"sessionid", COLUMN_USER},
    {"session", COLUMN_USER},
    {"item", COLUMN_ITEM},
    {"itemid", COLUMN_ITEM},
    {"iid", COLUMN_ITEM},
    {"movieid", COLUMN_ITEM},
    {"parentasin", COLUMN_ITEM},
    {"asin", COLUMN_ITEM},
    {"productid", COLUMN_ITEM},
    {"businessid", COLUMN_ITEM},
    {"trackid", COLUMN_ITEM},
    {"artistid", COLUMN_ITEM},
    {"songid", COLUMN_ITEM},
    {"bookid", COLUMN_ITEM},
    {"isbn", COLUMN_ITEM},
    {"gameid", COLUMN_ITEM},
    {"appid", COLUMN_ITEM},
    {"articleid", COLUMN_ITEM},
    {"newsid", COLUMN_ITEM},
    {"videoid", COLUMN_ITEM},
    {"animeid", COLUMN_ITEM},
    {"timestamp", COLUMN_TIME},
    {"time", COLUMN_TIME},
    {"ts", COLUMN_TIME},
    {"unixreviewtime", COLUMN_TIME},
    {"unixtime", COLUMN_TIME},
    {"date", COLUMN_TIME},
    {"datetime", COLUMN_TIME},
    {"eventtime", COLUMN_TIME},
    {"rating", COLUMN_RATING},
    {"ratings", COLUMN_RATING},
    {"overall", COLUMN_RATING},
    {"stars", COLUMN_RATING},
    {"score", COLUMN_RATING},
    {"starrating", COLUMN_RATING},
    {"bookrating", COLUMN_RATING},
    {"title", COLUMN_TITLE},
    {"movietitle", COLUMN_TITLE},
    {"itemtitle", COLUMN_TITLE},
    {"producttitle", COLUMN_TITLE},
    {"booktitle", COLUMN_TITLE},
    {"name", COLUMN_TITLE},
    {"itemname", COLUMN_TITLE},
    {"genres", COLUMN_CATEGORY},
    {"genre", COLUMN_CATEGORY},
    {"category", COLUMN_CATEGORY},
    {"categories", COLUMN_CATEGORY},
    {"class", COLUMN_CATEGORY},
    {"tags", COLUMN_CATEGORY},
};

enum column_meaning column_meaning(const char *name, size_t n)
{
    char key[32];
    size_t length = 0;
    for (size_t i = 0; i < n && name[i] != ':'; i++) {
        char c = name[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!kept && c != '_' && c != '-' && c != ' ' && c != '.')
            return COLUMN_OTHER;
        if (kept && length + 1 >= sizeof key)
            return COLUMN_OTHER;
        if (kept)
            key[length++] = c;
    }
    key[length] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(known_names); i++)
        if (strcmp(known_names[i].name, key) == 0)
            return known_names[i].meaning;
    return COLUMN_OTHER;
}

static bool take_pair(struct column_request *out, const char *pair, size_t n, struct error *err)
{
    const char *equals = memchr(pair, '=', n);
    size_t key_n = equals ? (size_t)(equals - pair) : 0;
    for (int m = 0; equals && m < COLUMN_MEANINGS; m++) {
        const char *name = column_meaning_names[m];
        if (strlen(name) != key_n || memcmp(name, pair, key_n) != 0 || key_n + 1 == n)
            continue;
        free(out->column[m]);
        out->column[m] = mem_strndup(equals + 1, n - key_n - 1);
        return true;
    }
    return error_set(err, ERROR_USAGE,
                     "--columns: \"%.*s\" is not understood; write user=…,item=…,time=…,rating=… "
                     "(and title=…,category=… for items) with names of the header or numbers "
                     "from 1",
                     (int)(n < 60 ? n : 60), pair);
}

bool column_request_parse(const char *text, struct column_request *out, struct error *err)
{
    *out = (struct column_request){0};
    for (const char *p = text; p;) {
        const char *comma = strchr(p, ',');
        if (!take_pair(out, p, comma ? (size_t)(comma - p) : strlen(p), err)) {
            column_request_release(out);
            return false;
        }
        p = comma ? comma + 1 : NULL;
    }
    return true;
}

void column_request_release(struct column_request *request)
{
    for (int m = 0; m < COLUMN_MEANINGS; m++)
        free(request->column[m]);
    *request = (struct column_request){0};
}
