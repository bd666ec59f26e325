/* The first line of a table: its column names, and which column is what. */
#ifndef STORAGE_IMPORT_HEADER_H
#define STORAGE_IMPORT_HEADER_H

#include "storage/import/detect.h"

/* The fields of one line, unquoted, split for looking at (not for reading data). */
struct fields {
    char **field;
    int n;
};
void fields_split(struct fields *out, const char *line, size_t n, char delimiter, bool quoted);
void fields_release(struct fields *fields);

/* "tab", "comma", … */
const char *delimiter_name(char delimiter);

/* True when every field is a RecBole "name:type". */
bool fields_are_recbole(const struct fields *header);
/* The first field of that meaning, -1: none. */
int fields_find(const struct fields *header, enum column_meaning meaning);

/*
 * Fills out->role, parser, table and reason from the first line `first` of a table and the second
 * (n = 0: there is none). Honours request->columns and role. False with ERROR_USAGE/ERROR_INPUT
 * when it is not clear which column is which.
 */
bool header_to_table(const char *name, const struct fields *first, const struct fields *second,
                     char delimiter, const struct detect_request *request, struct detected *out,
                     struct error *err);

#endif
