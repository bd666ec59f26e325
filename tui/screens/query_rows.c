#include "tui/screens/query_rows.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "storage/base/hash.h"
#include "storage/base/mem.h"
#include "tui/widgets/text.h"

enum {
    CHUNK_ROWS = 1024,
    BLOCK_BYTES = 64 << 10, /* of texts */
    RECENT_TEXTS = 4096,    /* looked at for an equal one */
    MEASURED_ROWS = 1000,   /* the first ones decide how wide texts are */
    BLOB_SHOWN = 24,        /* bytes */
    WIDE_TEXT = 24,         /* columns at first; texts may grow where there is room */
    WIDEST_TEXT = 200,
    MOST_DECIMALS = 8,
    USUAL_DECIMALS = 6,
    MOST_DIGITS = 15, /* larger numbers are shown as 1e+20 */
};

union scalar {
    int64_t i;
    double r;
    const char *text; /* 4 bytes of length, then the bytes */
};

/* CHUNK_ROWS rows: their cells, then a byte per cell, an enum query_type. */
struct chunk {
    union scalar *cell;
    unsigned char *type;
};

struct block {
    struct block *next;
    char bytes[];
};

/* What is known of a column's values. */
struct facts {
    bool has[QUERY_BLOB + 1]; /* by enum query_type */
    double least, most;       /* of the numbers */
    int decimals, text_width;
};

struct query_rows {
    int refs; /* drawing thread */
    size_t limit_bytes;
    /* set before the first row */
    int n_columns;
    char **name;
    struct chunk *chunk; /* [n_chunks] as many as the limit allows; the table never moves */
    size_t n_chunks;
    /* of the thread that adds */
    size_t bytes;
    struct block *blocks;
    char *room;
    size_t room_left;
    const char *recent[RECENT_TEXTS];
    /* under the lock */
    pthread_mutex_t lock;
    bool known, full;
    int64_t n_rows;
    struct facts *facts; /* [n_columns] */
};

/* ---- life ---- */

struct query_rows *query_rows_new(size_t limit_bytes)
{
    struct query_rows *q = mem_zalloc(1, sizeof *q);
    q->refs = 1;
    q->limit_bytes = limit_bytes;
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

struct query_rows *query_rows_ref(struct query_rows *q)
{
    q->refs++;
    return q;
}

void query_rows_unref(struct query_rows *q)
{
    if (!q || --q->refs > 0)
        return;
    for (struct block *b = q->blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    for (size_t i = 0; i < q->n_chunks; i++)
        free(q->chunk[i].cell);
    for (int c = 0; q->name && c < q->n_columns; c++)
        free(q->name[c]);
    free(q->name);
    free(q->facts);
    free(q->chunk);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* ---- adding ---- */

static size_t chunk_bytes(const struct query_rows *q)
{
    return (size_t)q->n_columns * CHUNK_ROWS * (sizeof(union scalar) + 1);
}

bool query_rows_columns(struct query_rows *q, const char *const *name, int n)
{
    pthread_mutex_lock(&q->lock);
    q->n_columns = n;
    pthread_mutex_unlock(&q->lock);
    if (n == 0 || n > QUERY_ROWS_COLUMNS)
        return n == 0;
    q->name = mem_zalloc((size_t)n, sizeof *q->name);
    for (int c = 0; c < n; c++)
        q->name[c] = mem_strdup(name[c]);
    q->facts = mem_zalloc((size_t)n, sizeof *q->facts);
    q->n_chunks = q->limit_bytes / chunk_bytes(q) + 1;
    q->chunk = mem_zalloc(q->n_chunks, sizeof *q->chunk);
    pthread_mutex_lock(&q->lock);
    q->known = true;
    pthread_mutex_unlock(&q->lock);
    return true;
}

/* May `n` more bytes be taken? */
static bool take(struct query_rows *q, size_t n)
{
    if (n > q->limit_bytes || q->bytes > q->limit_bytes - n)
        return false;
    q->bytes += n;
    return true;
}

static struct chunk *chunk_for(struct query_rows *q, int64_t row)
{
    size_t at = (size_t)(row / CHUNK_ROWS), cells = (size_t)q->n_columns * CHUNK_ROWS;
    if (at >= q->n_chunks)
        return NULL;
    struct chunk *c = &q->chunk[at];
    if (!c->cell) {
        if (!take(q, chunk_bytes(q)))
            return NULL;
        c->cell = mem_try_array(cells, sizeof(union scalar) + 1, "rows", NULL);
        c->type = c->cell ? (unsigned char *)(c->cell + cells) : NULL;
    }
    return c->cell ? c : NULL;
}

static char *new_block(struct query_rows *q, size_t n)
{
    struct block *b = take(q, n) ? mem_try_array(1, sizeof *b + n, "texts", NULL) : NULL;
    if (!b)
        return NULL;
    b->next = q->blocks;
    q->blocks = b;
    return b->bytes;
}

/* Room for n bytes that stay; NULL at the limit. */
static char *text_room(struct query_rows *q, size_t n)
{
    if (n > BLOCK_BYTES / 4)
        return new_block(q, n);
    if (n > q->room_left) {
        char *block = new_block(q, BLOCK_BYTES);
        if (!block)
            return NULL;
        q->room = block;
        q->room_left = BLOCK_BYTES;
    }
    char *room = q->room;
    q->room += n;
    q->room_left -= n;
    return room;
}

static size_t text_length(const char *text)
{
    uint32_t n;
    memcpy(&n, text, sizeof n);
    return n;
}

static const char *keep_text(struct query_rows *q, const char *bytes, size_t n)
{
    uint32_t length = (uint32_t)n; /* SQLite's limit is far below */
    const char **recent = &q->recent[hash_bytes(bytes, n) % RECENT_TEXTS];
    if (*recent && text_length(*recent) == n && memcmp(*recent + sizeof length, bytes, n) == 0)
        return *recent;
    char *text = text_room(q, sizeof length + n);
    if (!text)
        return NULL;
    memcpy(text, &length, sizeof length);
    memcpy(text + sizeof length, bytes, n);
    return *recent = text;
}

static const char *keep_blob(struct query_rows *q, const struct query_value *v)
{
    char text[2 * BLOB_SHOWN + 16];
    size_t n = v->size_bytes < BLOB_SHOWN ? v->size_bytes : BLOB_SHOWN;
    int at = snprintf(text, sizeof text, "x'");
    for (size_t i = 0; i < n; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%02x",
                       (unsigned)(unsigned char)v->bytes[i]);
    at += snprintf(text + at, sizeof text - (size_t)at, n < v->size_bytes ? "..." : "'");
    return keep_text(q, text, (size_t)at);
}

/* How many decimals the number needs, within reason: 0.25 two, 1/3 six, 0.0000123 more. */
static int decimals_of(double r)
{
    double size = fabs(r), scale = 1;
    if (!isfinite(r))
        return 0;
    for (int d = 0; d < USUAL_DECIMALS; d++, scale *= 10)
        if (fabs(size * scale - round(size * scale)) <= 1e-9 * size * scale)
            return d;
    int small = size < 0.001 ? (int)ceil(-log10(size)) + 2 : 0;
    return small < USUAL_DECIMALS ? USUAL_DECIMALS : small < MOST_DECIMALS ? small : MOST_DECIMALS;
}

static void note_number(struct facts *f, double r)
{
    bool first = !f->has[QUERY_INT] && !f->has[QUERY_REAL];
    f->least = first || r < f->least ? r : f->least;
    f->most = first || r > f->most ? r : f->most;
}

static void note(struct facts *f, const struct query_value *v, const char *text, bool measure)
{
    if (v->type == QUERY_INT) {
        note_number(f, (double)v->integer);
    } else if (v->type == QUERY_REAL) {
        int decimals = f->decimals < MOST_DECIMALS ? decimals_of(v->real) : 0;
        note_number(f, v->real);
        f->decimals = decimals > f->decimals ? decimals : f->decimals;
    } else if (text && measure) {
        int width = text_width(text + sizeof(uint32_t), text_length(text));
        f->text_width = width > f->text_width ? width : f->text_width;
    }
    f->has[v->type] = true;
}

static bool fill(struct query_rows *q, const struct query_value *v, union scalar *cell)
{
    *cell = (union scalar){.i = 0};
    if (v->type == QUERY_INT)
        cell->i = v->integer;
    else if (v->type == QUERY_REAL)
        cell->r = v->real;
    else if (v->type != QUERY_NULL)
        cell->text =
            v->type == QUERY_BLOB ? keep_blob(q, v) : keep_text(q, v->bytes, v->size_bytes);
    return v->type == QUERY_NULL || v->type == QUERY_INT || v->type == QUERY_REAL || cell->text;
}

bool query_rows_add(struct query_rows *q, const struct query_value *value, int n)
{
    int64_t row = q->n_rows; /* only this thread changes it */
    struct chunk *chunk = chunk_for(q, row);
    size_t from = (size_t)(row % CHUNK_ROWS) * (size_t)n;
    bool ok = chunk != NULL;
    for (int c = 0; ok && c < n; c++) {
        chunk->type[from + (size_t)c] = (unsigned char)value[c].type;
        ok = fill(q, &value[c], &chunk->cell[from + (size_t)c]);
    }
    pthread_mutex_lock(&q->lock);
    for (int c = 0; ok && c < n; c++) {
        bool text = value[c].type == QUERY_TEXT || value[c].type == QUERY_BLOB;
        note(&q->facts[c], &value[c], text ? chunk->cell[from + (size_t)c].text : NULL,
             row < MEASURED_ROWS);
    }
    q->full = !ok;
    q->n_rows += ok;
    pthread_mutex_unlock(&q->lock);
    return ok;
}

/* ---- looking ---- */

int query_rows_n_columns(struct query_rows *q)
{
    pthread_mutex_lock(&q->lock);
    int n = q->known || q->n_columns > QUERY_ROWS_COLUMNS ? q->n_columns : 0;
    pthread_mutex_unlock(&q->lock);
    return n;
}

int64_t query_rows_count(struct query_rows *q)
{
    pthread_mutex_lock(&q->lock);
    int64_t n = q->n_rows;
    pthread_mutex_unlock(&q->lock);
    return n;
}

bool query_rows_full(struct query_rows *q)
{
    pthread_mutex_lock(&q->lock);
    bool full = q->full;
    pthread_mutex_unlock(&q->lock);
    return full;
}

/* ---- pictures ---- */

struct picture {
    struct sheet_source source;
    struct query_rows *rows;
    struct column columns[QUERY_ROWS_COLUMNS];
};

/* In a column of texts a number is text, too; in a badge it is sorted as the number. */
static void number_text(struct value *v, enum query_type type, union scalar cell,
                        struct buf *scratch)
{
    v->r = type == QUERY_INT ? (double)cell.i : cell.r;
    if (type == QUERY_INT)
        buf_addf(scratch, "%lld", (long long)cell.i);
    else
        buf_addf(scratch, "%.9g", cell.r);
    v->text = scratch->data;
    v->n = scratch->len;
}

static void picture_cell(const struct sheet_source *s, int64_t row, int column, struct value *v,
                         struct buf *scratch)
{
    const struct query_rows *q = ((const struct picture *)s)->rows;
    const struct chunk *chunk = &q->chunk[row / CHUNK_ROWS];
    size_t at = (size_t)(row % CHUNK_ROWS) * (size_t)s->n_columns + (size_t)column;
    enum query_type type = (enum query_type)chunk->type[at];
    union scalar cell = chunk->cell[at];
    v->style = ROLE_NORMAL;
    if (type == QUERY_NULL) {
        v->missing = true;
    } else if (type == QUERY_TEXT || type == QUERY_BLOB) {
        v->text = cell.text + sizeof(uint32_t);
        v->n = text_length(cell.text);
    } else if (s->columns[column].kind == COLUMN_INT) {
        v->i = cell.i;
    } else if (s->columns[column].kind == COLUMN_REAL) {
        v->r = type == QUERY_INT ? (double)cell.i : cell.r;
    } else {
        number_text(v, type, cell, scratch);
    }
}

static void picture_release(struct sheet_source *s)
{
    query_rows_unref(((struct picture *)s)->rows);
    free(s);
}

static int digits_of(double r)
{
    double size = fabs(r);
    int digits = !isfinite(r) ? MOST_DIGITS + 1 : size >= 1 ? (int)log10(size) + 1 : 1;
    return digits + (r < 0);
}

static struct column column_of(const char *name, const struct facts *f)
{
    struct column c = {.name = name};
    int least = digits_of(f->least), most = digits_of(f->most);
    int digits = least > most ? least : most;
    if (f->has[QUERY_TEXT] || f->has[QUERY_BLOB] || (!f->has[QUERY_INT] && !f->has[QUERY_REAL])) {
        int width = f->text_width > digits ? f->text_width : digits; /* at least 1 */
        c.kind = strcmp(name, "title") == 0 ? COLUMN_TITLE : COLUMN_TEXT;
        c.width = width < WIDE_TEXT ? width : WIDE_TEXT;
        c.width_max = width < WIDEST_TEXT ? width : WIDEST_TEXT;
    } else if (f->has[QUERY_REAL] && digits > MOST_DIGITS) {
        c.kind = COLUMN_BADGE;
        c.width = MOST_DIGITS + 1;
    } else if (f->has[QUERY_REAL]) {
        c.kind = COLUMN_REAL;
        c.decimals = f->decimals > 0 ? f->decimals : 1;
        c.width = digits + 1 + c.decimals;
    } else {
        c.kind = COLUMN_INT;
        c.width = digits + (digits - 1) / 3;
    }
    return c;
}

struct sheet_source *query_rows_source(struct query_rows *q)
{
    static const struct sheet_source_ops ops = {.cell = picture_cell, .release = picture_release};
    struct picture *p = mem_zalloc(1, sizeof *p);
    p->rows = query_rows_ref(q);
    pthread_mutex_lock(&q->lock);
    p->source = (struct sheet_source){.ops = &ops,
                                      .columns = p->columns,
                                      .n_columns = q->n_columns,
                                      .n_rows = q->n_rows,
                                      .refs = 1};
    for (int c = 0; c < q->n_columns; c++)
        p->columns[c] = column_of(q->name[c], &q->facts[c]);
    pthread_mutex_unlock(&q->lock);
    return &p->source;
}
