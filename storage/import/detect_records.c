/* Lines of one object each: which projects write them, and which member is what. */
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/look.h"

/* The known ones, those with more telling members first. A member "" is none; the user decides
 * whether a file is interactions or items. */
static const struct profile {
    const char *format;
    const char *key[COLUMN_MEANINGS]; /* user, item, time, rating, title, category */
    const char *also;                 /* a member that must be there as well, or NULL */
} profiles[] = {
    {"Amazon reviews (2014, 2018)",
     {"reviewerID", "asin", "unixReviewTime", "overall", NULL, NULL},
     NULL},
    {"Amazon reviews 2023", {"user_id", "parent_asin", "timestamp", "rating", NULL, NULL}, NULL},
    {"Yelp reviews", {"user_id", "business_id", "date", "stars", NULL, NULL}, NULL},
    {"Steam reviews", {"username", "product_id", "date", NULL, NULL, NULL}, NULL},
    {"Amazon metadata 2023", {NULL, "parent_asin", NULL, NULL, "title", "categories"}, "title"},
    {"Amazon metadata (2018)", {NULL, "asin", NULL, NULL, "title", "category"}, "category"},
    {"Amazon metadata (2014)", {NULL, "asin", NULL, NULL, "title", "categories"}, NULL},
    {"Yelp businesses", {NULL, "business_id", NULL, NULL, "name", "categories"}, "name"},
    {"Steam games", {NULL, "id", NULL, NULL, "app_name", "genres"}, "app_name"},
};

static bool fits(const struct profile *p, const struct literal_doc *doc)
{
    const struct literal *object = &doc->node[0];
    const char *user = p->key[COLUMN_USER];
    for (int m = 0; m <= COLUMN_RATING; m++)
        if (p->key[m] && !literal_get(doc, object, p->key[m]))
            return false;
    /* another member that means a user would make it interactions */
    for (int32_t i = 0, at = 1; !user && i < object->children; i += 2) {
        const struct literal *key = &doc->node[at];
        if (column_meaning(key->text, key->n) == COLUMN_USER)
            return false;
        at = doc->node[key->next].next;
    }
    return !p->also || literal_get(doc, object, p->also);
}

static void use_profile(const struct profile *p, struct detected *out)
{
    for (int m = 0; m < COLUMN_MEANINGS; m++)
        out->record.key[m] = p->key[m] ? mem_strdup(p->key[m]) : NULL;
    out->record.comma_categories = strcmp(p->format, "Yelp businesses") == 0;
    out->format = p->format;
}

/* By the usual names; of several members with one meaning, the first. */
static void use_names(const struct literal_doc *doc, struct detected *out)
{
    const struct literal *object = &doc->node[0];
    for (int32_t i = 0, at = 1; i < object->children; i += 2) {
        const struct literal *key = &doc->node[at];
        enum column_meaning m = column_meaning(key->text, key->n);
        if (m < COLUMN_MEANINGS && !out->record.key[m])
            out->record.key[m] = mem_strndup(key->text, key->n);
        at = doc->node[key->next].next;
    }
    out->format = out->record.dialect == LITERAL_JSON ? "JSON Lines" : "Python literals";
}

/* --columns is about the interactions; an item file may lack what it names. */
static bool use_request(const struct look *l, const struct literal_doc *doc, struct detected *out,
                        struct error *err)
{
    const struct column_request *request = l->request->columns;
    bool items = l->request->has_role && l->request->role == IMPORT_ITEMS;
    const char *user = request->column[COLUMN_USER];
    items =
        items || (user && !literal_get(doc, &doc->node[0], user) && out->record.key[COLUMN_ITEM]);
    for (int m = 0; m < COLUMN_MEANINGS; m++) {
        const char *name = request->column[m];
        if (!name)
            continue;
        if (!literal_get(doc, &doc->node[0], name)) {
            if (items)
                continue;
            return error_set(err, ERROR_USAGE,
                             "%s: --columns asks for the member %s, which its first object does "
                             "not have (objects take names, not numbers)",
                             l->name, name);
        }
        free(out->record.key[m]);
        out->record.key[m] = mem_strdup(name);
    }
    return true;
}

/* Reads the first line that is an object in this dialect; how many of the first lines are. */
static int read_first(const struct look *l, struct literal_doc *doc, enum literal_dialect dialect,
                      size_t *first)
{
    enum { LINES = 20 };
    int good = 0;
    for (size_t i = 0; i < l->n_lines && i < LINES; i++) {
        const struct line *line = &l->line[i];
        if (literal_read(doc, line->bytes, line->n, dialect, NULL, NULL) &&
            doc->node[0].kind == LITERAL_OBJECT && good++ == 0)
            *first = i;
    }
    return good;
}

static char *explain(const struct detected *out, bool asked)
{
    struct buf text;
    buf_init(&text);
    buf_addf(&text, "%s with ",
             out->record.dialect == LITERAL_JSON ? "a JSON object a line"
                                                 : "a Python dict a line (no JSON)");
    bool any = false;
    for (int m = 0; m < COLUMN_MEANINGS; m++)
        if (out->record.key[m]) {
            buf_addf(&text, "%s%.60s", any ? ", " : "", out->record.key[m]);
            any = true;
        }
    buf_adds(&text, asked ? "; --columns" : "");
    return buf_detach(&text);
}

static bool decide(const struct look *l, const struct literal_doc *doc, bool *found,
                   struct detected *out, struct error *err)
{
    size_t known = 0;
    while (known < ARRAY_LEN(profiles) && !fits(&profiles[known], doc))
        known++;
    if (known < ARRAY_LEN(profiles))
        use_profile(&profiles[known], out);
    else
        use_names(doc, out);
    if (l->request->has_columns && !use_request(l, doc, out, err))
        return false;
    char **key = out->record.key;
    bool items = (l->request->has_role && l->request->role == IMPORT_ITEMS) || !key[COLUMN_USER];
    *found = key[COLUMN_ITEM] && (!items || doc->node[0].children > 2);
    if (!*found)
        return true;
    out->parser = PARSER_RECORDS;
    out->role = items ? IMPORT_ITEMS : IMPORT_INTERACTIONS;
    if (items) {
        free(key[COLUMN_TIME]);
        free(key[COLUMN_RATING]);
        key[COLUMN_TIME] = key[COLUMN_RATING] = NULL;
    } else {
        free(key[COLUMN_TITLE]);
        free(key[COLUMN_CATEGORY]);
        key[COLUMN_TITLE] = key[COLUMN_CATEGORY] = NULL;
    }
    out->reason = explain(out, l->request->has_columns && !items);
    return true;
}

bool detect_records(const struct look *l, bool *found, struct detected *out, struct error *err)
{
    struct literal_doc doc;
    literal_init(&doc);
    size_t first_json = 0, first_python = 0;
    int json = read_first(l, &doc, LITERAL_JSON, &first_json);
    int python = read_first(l, &doc, LITERAL_PYTHON, &first_python);
    const char *format = l->request->has_role ? NULL : l->request->format;
    bool is_json = format && strcmp(format, "jsonl") == 0    ? true
                   : format && strcmp(format, "python") == 0 ? false
                                                             : json >= python;
    out->record.dialect = is_json ? LITERAL_JSON : LITERAL_PYTHON;
    const struct line *line = &l->line[is_json ? first_json : first_python];
    bool ok = true;
    *found = false;
    if (is_json ? json > 0 : python > 0) {
        literal_read(&doc, line->bytes, line->n, out->record.dialect, NULL, NULL);
        ok = decide(l, &doc, found, out, err);
    }
    if (!*found)
        record_spec_release(&out->record);
    literal_release(&doc);
    return ok;
}
