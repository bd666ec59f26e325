#include "tests/tui/demo.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/mem.h"

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x7fb5d329728ea185u;
    x ^= x >> 27;
    x *= 0x81dadef4bc2dd44du;
    return x ^ x >> 33;
}

int64_t demo_count(int64_t row)
{
    return (int64_t)(mix((uint64_t)row + 1) % 5000);
}

void demo_title(int64_t row, char out[96])
{
    static const char *const first[] = {"seche vite",  "essie",       "opi nail", "crème café",
                                        "東京 beauty", "cnd vinylux", "orly",     "art deco"};
    static const char *const second[] = {"dry fast top coat", "ballet slippers",
                                         "lacquer infinite shine",
                                         "pen black liner with a very long name that goes on"};
    uint64_t h = mix((uint64_t)row * 3 + 1);
    snprintf(out, 96, "%s %s %d", first[h % 8], second[h / 8 % 4], (int)(h / 32 % 100));
}

const char *demo_gate;

static void wait_at_gate(void)
{
    if (gettid() == getpid())
        return; /* drawing never waits */
    int fd = open(demo_gate, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
}

static void cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    if (demo_gate && column == 0 && row == s->n_rows / 2)
        wait_at_gate();
    double share = (double)(mix((uint64_t)row + 99) % 1001) / 1000;
    char title[96];
    switch (column) {
    case DEMO_USER:
        buf_addf(scratch, "U%07lld", (long long)row);
        value_text(v, scratch->data, ROLE_NORMAL);
        break;
    case DEMO_TITLE:
        demo_title(row, title);
        buf_adds(scratch, title);
        value_text(v, scratch->data, ROLE_NORMAL);
        break;
    case DEMO_COUNT:
        value_int(v, demo_count(row), ROLE_NORMAL);
        v->missing = row % 10 == 9;
        break;
    case DEMO_SHARE:
        value_real(v, share, ROLE_NORMAL);
        break;
    case DEMO_BADGE:
        buf_addf(scratch, "%d", (int)(row % 4) + 2);
        value_text(v, scratch->data, row % 2 ? ROLE_RELATED : ROLE_MEMORIZED);
        v->glyph = row % 2 ? GLYPH_RELATED : GLYPH_VERBATIM;
        v->r = (double)(row % 4);
        break;
    default:
        v->r = share;
        v->n_parts = 1;
        v->part[0] = (struct bar_part){share, ROLE_MEMORIZED, GLYPH_FULL};
        break;
    }
}

static int64_t id(const struct sheet_source *s, int64_t row)
{
    (void)s;
    return demo_id(row);
}

static int64_t row_of(const struct sheet_source *s, int64_t number)
{
    int64_t row = (number - 3) / 7;
    return number >= 3 && (number - 3) % 7 == 0 && row < s->n_rows ? row : -1;
}

static void release(struct sheet_source *s)
{
    free(s);
}

struct sheet_source *demo_source(int64_t rows)
{
    static const struct sheet_source_ops ops = {
        .cell = cell, .id = id, .row = row_of, .release = release};
    static const struct column columns[DEMO_COLUMNS] = {
        [DEMO_USER] = {.name = "user", .kind = COLUMN_TEXT, .width = 9},
        [DEMO_TITLE] = {.name = "title", .kind = COLUMN_TITLE, .width = 20, .width_max = 60},
        [DEMO_COUNT] = {.name = "count", .kind = COLUMN_INT, .width = 7},
        [DEMO_SHARE] = {.name = "share", .kind = COLUMN_PERCENT, .width = 8, .decimals = 1},
        [DEMO_BADGE] = {.name = "kind", .kind = COLUMN_BADGE, .width = 4},
        [DEMO_BAR] = {.name = "labels", .kind = COLUMN_BAR, .width = 12},
    };
    struct sheet_source *s = mem_alloc(sizeof *s);
    *s = (struct sheet_source){
        .ops = &ops, .columns = columns, .n_columns = DEMO_COLUMNS, .n_rows = rows, .refs = 1};
    return s;
}
