/* Evaluating conditions; expr_parse.c reads them. */
#include "tui/widgets/expr.h"

#include <math.h>
#include <string.h>

#include "storage/base/mem.h"
#include "tui/widgets/expr_private.h"
#include "tui/widgets/matcher.h"
#include "tui/widgets/order.h"

void expr_free(struct expr *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n; i++) {
        free(e->node[i].text);
        regex_free(e->node[i].regex);
    }
    free(e->node);
    free(e);
}

struct expr_scratch {
    const struct sheet_source *source;
    size_t n;
    struct matcher **regex; /* [n] of the nodes; NULL where there is none */
    struct buf cell, shown;
    int64_t expensive;
};

struct expr_scratch *expr_scratch_new(const struct expr *e, const struct sheet_source *source)
{
    struct expr_scratch *s = mem_zalloc(1, sizeof *s);
    s->source = source;
    s->n = e->n;
    s->regex = mem_zalloc(e->n, sizeof *s->regex);
    for (size_t i = 0; i < e->n; i++)
        if (e->node[i].regex)
            s->regex[i] = matcher_new(source, e->node[i].regex);
    buf_init(&s->cell);
    buf_init(&s->shown);
    return s;
}

void expr_scratch_free(struct expr_scratch *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        matcher_free(s->regex[i]);
    free(s->regex);
    buf_release(&s->cell);
    buf_release(&s->shown);
    free(s);
}

int64_t expr_expensive(const struct expr_scratch *s)
{
    return s->expensive;
}

/* ---- one comparison ---- */

static bool holds(enum expr_comparison comparison, int order)
{
    switch (comparison) {
    case EXPR_EQUAL:
        return order == 0;
    case EXPR_LESS:
        return order < 0;
    case EXPR_AT_MOST:
        return order <= 0;
    case EXPR_MORE:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool number_holds(const struct expr_node *node, const struct value *v)
{
    if (node->column_kind == COLUMN_INT && node->whole)
        return holds(node->comparison, (v->i > node->integer) - (v->i < node->integer));
    if (node->column_kind == COLUMN_INT) {
        double x = (double)v->i;
        return holds(node->comparison, (x > node->number) - (x < node->number));
    }
    float x = (float)v->r, y = (float)node->number;
    return !isnan(x) && holds(node->comparison, (x > y) - (x < y));
}

static int compare_bytes(const char *a, size_t n, const char *b, size_t m)
{
    int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static bool text_holds(const struct expr_node *node, const struct value *v, struct expr_scratch *s)
{
    if (holds(node->comparison, compare_bytes(v->text, v->n, node->text, node->n)))
        return true;
    if (v->glyph == GLYPH_BLANK)
        return false;
    buf_clear(&s->shown);
    value_format(&s->source->columns[node->column], v, &glyphs_utf8, &s->shown);
    if (holds(node->comparison, compare_bytes(s->shown.data, s->shown.len, node->text, node->n)))
        return true;
    if (node->comparison != EXPR_EQUAL)
        return false;
    buf_clear(&s->shown);
    value_format(&s->source->columns[node->column], v, &glyphs_ascii, &s->shown);
    return compare_bytes(s->shown.data, s->shown.len, node->text, node->n) == 0;
}

/* ---- the tree ---- */

static bool cell_holds(const struct expr *e, int i, int64_t row, struct expr_scratch *s)
{
    const struct expr_node *node = &e->node[i];
    if (node->kind == EXPR_REGEX) {
        enum regex_result found = matcher_cell(s->regex[i], row, node->column);
        s->expensive += found == REGEX_LIMIT;
        return found == REGEX_YES;
    }
    struct value v = {0};
    buf_clear(&s->cell);
    s->source->ops->cell(s->source, row, node->column, &v, &s->cell);
    if (!v.text)
        v.text = "";
    bool nothing = v.missing || (!column_has_text(node->column_kind) &&
                                 node->column_kind != COLUMN_INT && isnan(v.r));
    if (node->kind == EXPR_MISSING)
        return nothing;
    if (nothing)
        return false;
    return node->kind == EXPR_NUMBER ? number_holds(node, &v) : text_holds(node, &v, s);
}

static bool node_holds(const struct expr *e, int i, int64_t row, struct expr_scratch *s)
{
    const struct expr_node *node = &e->node[i];
    switch (node->kind) {
    case EXPR_OR:
        return node_holds(e, node->left, row, s) || node_holds(e, node->right, row, s);
    case EXPR_AND:
        return node_holds(e, node->left, row, s) && node_holds(e, node->right, row, s);
    case EXPR_NOT:
        return !node_holds(e, node->left, row, s);
    default:
        return cell_holds(e, i, row, s);
    }
}

bool expr_matches(const struct expr *e, int64_t row, struct expr_scratch *scratch)
{
    return node_holds(e, e->root, row, scratch);
}
