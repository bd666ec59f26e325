#include "storage/import/parts.h"

#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"

static enum import_part part_of_word(const char *word, size_t n)
{
    static const struct {
        const char *name;
        enum import_part part;
    } names[] = {
        {"train", IMPORT_PART_TRAIN},      {"training", IMPORT_PART_TRAIN},
        {"valid", IMPORT_PART_VALID},      {"val", IMPORT_PART_VALID},
        {"validation", IMPORT_PART_VALID}, {"dev", IMPORT_PART_VALID},
        {"test", IMPORT_PART_TEST},
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == n && strncasecmp(names[i].name, word, n) == 0)
            return names[i].part;
    return IMPORT_PARTS;
}

enum import_part part_of_path(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    for (const char *p = base; *p;) {
        size_t n = strcspn(p, "._-");
        enum import_part part = part_of_word(p, n);
        if (part != IMPORT_PARTS)
            return part;
        p += n + (p[n] != '\0');
    }
    if (!slash)
        return IMPORT_PARTS;
    const char *folder = slash;
    while (folder > path && folder[-1] != '/')
        folder--;
    return part_of_word(folder, (size_t)(slash - folder));
}
