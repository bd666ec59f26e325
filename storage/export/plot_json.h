/* A plot as JSON, so that it can be kept with what it shows and drawn again later. */
#ifndef STORAGE_EXPORT_PLOT_JSON_H
#define STORAGE_EXPORT_PLOT_JSON_H

#include "storage/base/json.h"
#include "storage/export/plot.h"

/* All of it. The caller frees. */
struct jval *plot_to_json(const struct plot *plot);
/* NULL: it is none. What is missing or out of range has its default: the text is not trusted. */
struct plot *plot_of_json(const struct jval *json);

#endif
