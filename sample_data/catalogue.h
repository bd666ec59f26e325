/*
 * The words of Wayside, an invented mail-order shop for twenty hobbies. Nothing here is a real
 * brand. A title is a style, a noun and sometimes an ending ("Orchard Hive Smoker with Brass
 * Fittings"); all three come from the item's category, so titles tell categories apart, and nouns
 * tell families apart.
 */
#ifndef SAMPLE_DATA_CATALOGUE_H
#define SAMPLE_DATA_CATALOGUE_H

enum {
    CATEGORIES = 20,
    FAMILIES = 5, /* of a category */
    FAMILY_ITEMS = 8,
    CATEGORY_ITEMS = FAMILIES * FAMILY_ITEMS,
    ITEMS = CATEGORIES * CATEGORY_ITEMS,
    ENDINGS = 5,
};

struct family {
    const char *tag;     /* second word of the item's class */
    const char *noun[2]; /* even items, odd items */
};

struct category {
    const char *code; /* item ids are the code and a number from 01 */
    const char *name; /* first word of the item's class */
    struct family family[FAMILIES];
    const char *style[FAMILY_ITEMS];
    const char *ending[ENDINGS];
};

extern const struct category catalogue[CATEGORIES];

#endif
