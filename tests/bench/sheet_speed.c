/*
 * How long sheets take to sort and filter: a made source of recommendations (user, item, rank,
 * score), as large as wished, no screen. Best of the runs: elapsed seconds, and processor seconds
 * of all threads. "plain": every number and text is asked for as a cell. usage: sheet-speed [ROWS
 * [RUNS [plain]]]     default 1,000,000 rows, 3 runs
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/widgets/order.h"

enum { DEPTH = 50, ITEMS = 12101, TITLE = 64, FEW = 4000000 };
enum { TITLES, RANK, SCORE, ITEM, USER, COLUMNS };

struct made {
    struct sheet_source source;
    int32_t *item; /* [rows] */
    float *score;
    char (*title)[TITLE];
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x7fb5d329728ea185u;
    x ^= x >> 27;
    return x * 0x81dadef4bc2dd44du;
}

static void cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                 struct buf *scratch)
{
    const struct made *m = (const struct made *)s;
    switch (column) {
    case USER: /* made on the way, as ids may be */
        buf_addf(scratch, "A%08llX", (unsigned long long)(mix((uint64_t)(row / DEPTH)) >> 32));
        value_text(v, scratch->data, ROLE_NORMAL);
        return;
    case TITLES:
        value_text(v, m->title[m->item[row]], ROLE_NORMAL);
        return;
    case RANK:
        value_int(v, row % DEPTH + 1, ROLE_NORMAL);
        return;
    case SCORE:
        value_real(v, (double)m->score[row], ROLE_NORMAL);
        return;
    default:
        value_int(v, m->item[row], ROLE_NORMAL);
    }
}

static bool keys(const struct sheet_source *s, int column, const uint32_t *rows, size_t n,
                 uint64_t *key)
{
    const struct made *m = (const struct made *)s;
    for (size_t i = 0; i < n; i++) {
        switch (column) {
        case RANK:
            key[i] = sheet_key_int(rows[i] % DEPTH + 1);
            break;
        case SCORE:
            key[i] = sheet_key_real((double)m->score[rows[i]]);
            break;
        case TITLES:
        case ITEM:
            key[i] = sheet_key_int(m->item[rows[i]]);
            break;
        default:
            return false;
        }
    }
    return true;
}

static int64_t entries(const struct sheet_source *s, int column)
{
    (void)s;
    return column == TITLES ? ITEMS : 0;
}

static void entry(const struct sheet_source *s, int column, int64_t number, struct value *v,
                  struct buf *scratch)
{
    (void)column;
    (void)scratch;
    value_text(v, ((const struct made *)s)->title[number], ROLE_NORMAL);
}

static const struct sheet_source_ops plain = {.cell = cell};
static const struct sheet_source_ops fast = {
    .cell = cell, .keys = keys, .entries = entries, .entry = entry};
static const struct column columns[COLUMNS] = {
    [USER] = {.name = "user", .kind = COLUMN_TEXT},
    [TITLES] = {.name = "title", .kind = COLUMN_TITLE},
    [RANK] = {.name = "rank", .kind = COLUMN_INT},
    [SCORE] = {.name = "score", .kind = COLUMN_REAL},
    [ITEM] = {.name = "item", .kind = COLUMN_INT},
};

static void make(struct made *m, int64_t rows)
{
    static const char *const words[] = {
        "essie", "nail",  "ballet", "slippers", "lacquer", "dry",  "vite",  "pen",
        "black", "liner", "coat",   "infinite", "vinylux", "orly", "shine", "deco"};
    m->source = (struct sheet_source){
        .ops = &fast, .columns = columns, .n_columns = COLUMNS, .n_rows = rows, .refs = 1};
    m->item = mem_zalloc((size_t)rows, sizeof *m->item);
    m->score = mem_zalloc((size_t)rows, sizeof *m->score);
    m->title = mem_zalloc(ITEMS, sizeof *m->title);
    for (int64_t i = 0; i < rows; i++) {
        m->item[i] = (int32_t)(mix((uint64_t)i + 7) >> 20) % ITEMS;
        m->item[i] = m->item[i] < 0 ? m->item[i] + ITEMS : m->item[i];
        m->score[i] = -(float)(mix((uint64_t)i + 99) % 1000000) / 1e5f;
    }
    for (int i = 0; i < ITEMS; i++) {
        uint64_t h = mix((uint64_t)i + 3);
        snprintf(m->title[i], TITLE, "%s %s %s %s %s %d", words[h % 16], words[h / 16 % 16],
                 words[h / 256 % 16], words[h / 4096 % 16], words[h / 65536 % 16], i);
    }
}

/* Of all threads: what a busy machine does not stretch. */
static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void measure(const struct made *m, const char *what, const struct order_spec *spec, int runs)
{
    double best = 0, best_cpu = 0;
    int64_t n = 0, expensive;
    for (int i = 0; i < runs; i++) {
        struct error err = {0};
        double started = clock_monotonic_seconds(), cpu = cpu_seconds();
        struct order *order = order_make(&m->source, spec, &expensive, NULL, &err);
        double seconds = clock_monotonic_seconds() - started;
        cpu = cpu_seconds() - cpu;
        if (!order) {
            fprintf(stderr, "%s: %s\n", what, err.text);
            exit(1);
        }
        n = order->n;
        best_cpu = i == 0 || cpu < best_cpu ? cpu : best_cpu;
        best = i == 0 || seconds < best ? seconds : best;
        order_unref(order);
    }
    printf("%-36s %8.3f %8.3f  %lld rows\n", what, best, best_cpu, (long long)n);
    fflush(stdout);
}

static void measure_sort(const struct made *m, int column, int runs)
{
    struct order_spec spec = {.keys = {{.column = column, .descending = true}}, .n_keys = 1};
    char what[48];
    snprintf(what, sizeof what, "sort %s", columns[column].name);
    measure(m, what, &spec, runs);
}

static void measure_filter(const struct made *m, struct filter *f, int runs)
{
    struct order_spec spec = {.filters = {f}, .n_filters = 1};
    measure(m, f->label, &spec, runs);
    filter_unref(f);
}

int main(int argc, char **argv)
{
    int64_t rows = argc > 1 ? atoll(argv[1]) : 1000000;
    int runs = argc > 2 ? atoi(argv[2]) : 3;
    struct made m;
    make(&m, rows);
    if (argc > 3 && strcmp(argv[3], "plain") == 0)
        m.source.ops = &plain;
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int c = 0; c < USER; c++)
        measure_sort(&m, c, runs);
    struct order_spec two = {.keys = {{.column = RANK}, {.column = TITLES}}, .n_keys = 2};
    measure(&m, "sort rank, title", &two, runs);
    measure_filter(&m, filter_new_regex("nail.*pen|infinite shine", false, NULL), runs);
    measure_filter(&m, filter_new_where(&m.source, "rank <= 10 and score > -1", NULL), runs);
    measure_filter(&m, filter_new_where(&m.source, "title ~ \"essie|orly\"", NULL), runs);
    if (rows <= FEW) /* a text made for every look takes its time */
        measure_sort(&m, USER, runs);
    getrusage(RUSAGE_SELF, &after);
    printf("most memory besides the source: %.1f bytes a row\n",
           (double)(after.ru_maxrss - before.ru_maxrss) * 1024 / (double)rows);
    free(m.item);
    free(m.score);
    free(m.title);
    return 0;
}
