/* The parsed form: what expr_parse.c makes and expr.c evaluates. Not for others. */
#ifndef TUI_WIDGETS_EXPR_PRIVATE_H
#define TUI_WIDGETS_EXPR_PRIVATE_H

#include "storage/base/regex.h"
#include "tui/widgets/expr.h"

enum { EXPR_NODES = 1000, EXPR_DEPTH = 100 };

enum expr_kind {
    EXPR_OR,  /* left, right */
    EXPR_AND, /* left, right */
    EXPR_NOT, /* left */
    EXPR_MISSING,
    EXPR_NUMBER, /* column, comparison, number or integer */
    EXPR_TEXT,   /* column, comparison, text */
    EXPR_REGEX,  /* column, regex */
};

/* != and !~ are a NOT over = and ~. */
enum expr_comparison { EXPR_EQUAL, EXPR_LESS, EXPR_AT_MOST, EXPR_MORE, EXPR_AT_LEAST };

struct expr_node {
    enum expr_kind kind;
    int left, right; /* numbers of nodes */
    int column;
    enum column_kind column_kind;
    enum expr_comparison comparison;
    double number;
    int64_t integer; /* the number, where it is `whole` */
    bool whole;
    char *text;
    size_t n; /* its bytes */
    struct regex *regex;
};

struct expr {
    struct expr_node *node; /* [n] */
    size_t n, cap;
    int root;
};

#endif
