#include "tests/analysis/label/beauty.h"

#include <stdlib.h>

#include "storage/base/mem.h"

FILE *beauty_file(const char *name)
{
    const char *root = getenv("ROTE_TEST_DATA");
    if (!root) {
        printf("skipped: ROTE_TEST_DATA is not set\n");
        return NULL;
    }
    char *path = mem_printf("%s/%s", root, name);
    FILE *f = fopen(path, "r");
    if (!f)
        printf("skipped: %s is not there\n", path);
    free(path);
    return f;
}

/* Lines of "user item item …"; items are numbered from 1 in order of first appearance. */
static void read_sequences(FILE *f, struct beauty *b)
{
    size_t n_line = 0, cap_items = 0, cap_users = 0, n_items = 0;
    char *line = NULL;
    int32_t n_users = 0, n_catalogue = 0;
    MEM_GROW(b->offset, 1, cap_users);
    b->offset[0] = 0;
    while (getline(&line, &n_line, f) > 0) {
        char *at = line;
        strtol(at, &at, 10);
        for (char *next = at;; at = next) {
            long item = strtol(at, &next, 10);
            if (next == at)
                break;
            MEM_GROW(b->item, n_items + 1, cap_items);
            b->item[n_items++] = (int32_t)item - 1;
            if (item > n_catalogue)
                n_catalogue = (int32_t)item;
        }
        MEM_GROW(b->offset, n_users + 2, cap_users);
        b->offset[++n_users] = (int64_t)n_items;
    }
    free(line);
    b->corpus = (struct corpus){n_users, n_catalogue, b->offset, b->item};
}

bool beauty_open(struct beauty *b)
{
    *b = (struct beauty){0};
    FILE *f = beauty_file("data/amazon-beauty/Beauty.txt");
    if (!f)
        return false;
    read_sequences(f, b);
    fclose(f);
    struct error err = {0};
    if (!split_leave_one_out(&b->corpus, &b->split, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return true;
}

void beauty_close(struct beauty *b)
{
    split_release(&b->split);
    free(b->offset);
    free(b->item);
}
