/* What an import was asked for, in the words of `rote import`. */
#include "storage/import/import.h"

#include <stdio.h>
#include <string.h>

#include "storage/base/num.h"

static void add(struct jval *options, const char *name, const char *value)
{
    struct jval *pair = jval_new_array();
    jval_append(pair, jval_new_string(name));
    if (value)
        jval_append(pair, jval_new_string(value));
    jval_append(options, pair);
}

static void add_text(struct jval *options, const char *name, const char *value)
{
    if (value)
        add(options, name, value);
}

static void add_whole(struct jval *options, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    add(options, name, text);
}

/* In as few digits as give the same number. */
static void add_real(struct jval *options, const char *name, double value)
{
    char text[32];
    double same = 0;
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (num_double(text, strlen(text), &same) && same >= value && same <= value)
            break;
    }
    add(options, name, text);
}

struct jval *import_request_json(const struct import_options *o)
{
    struct jval *request = jval_new_object(), *files = jval_new_array(), *list = jval_new_array();
    for (size_t i = 0; i < o->n_paths; i++)
        jval_append(files, jval_new_string(o->paths[i]));
    add_text(list, "format", o->format);
    add_text(list, "columns", o->columns);
    add_text(list, "items", o->items);
    add_text(list, "semids", o->semids);
    add_text(list, "semids-by", o->semids_by_order ? "order" : NULL);
    add_text(list, "embeddings", o->embeddings);
    add_text(list, "embeddings-by", o->embeddings_by_order ? "order" : NULL);
    if (o->has_id_offset)
        add_whole(list, "id-offset", o->id_offset);
    if (o->has_min_rating)
        add_real(list, "min-rating", o->min_rating);
    if (o->k_core > 0)
        add_whole(list, "k-core", o->k_core);
    if (o->max_length > 0)
        add_whole(list, "max-length", o->max_length);
    if (o->order != IMPORT_ORDER_AUTO)
        add(list, "order", o->order == IMPORT_ORDER_TIME ? "time" : "file");
    add_text(list, "split", o->split);
    if (o->allow_bad)
        add(list, "allow-bad", NULL);
    jval_put(request, "files", files);
    jval_put(request, "options", list);
    return request;
}
