/* Reading conditions: a lexer, and a parser by recursive descent with a limit to its depth. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "tui/widgets/expr_private.h"
#include "tui/widgets/order.h"

/* ---- words ---- */

enum token_kind { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_OPERATOR, TOKEN_WORD, TOKEN_QUOTED };

struct token {
    enum token_kind kind;
    size_t at, n;      /* where it stands, its quotes included */
    const char *bytes; /* without the quotes; doubled ones are still doubled */
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends_word(char c)
{
    return is_blank(c) || (c && strchr("()=<>!~", c));
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static size_t operator_length(const char *s)
{
    static const char *const operators[] = {"!=", "<=", ">=", "!~", "=", "<", ">", "~"};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (strncmp(s, operators[i], strlen(operators[i])) == 0)
            return strlen(operators[i]);
    return 0;
}

/* Bytes up to and with the closing quote of the text that begins at s; 0: there is none. */
static size_t quoted_length(const char *s)
{
    for (size_t i = 1; s[i]; i++) {
        if (s[i] != s[0])
            continue;
        if (s[i + 1] != s[0])
            return i + 1;
        i++;
    }
    return 0;
}

/* ---- the parser ---- */

struct parser {
    const char *text;
    size_t at;
    struct token token; /* the one to look at */
    int depth;
    const struct column *columns;
    int n_columns;
    struct expr *e;
    struct error *err;
};

/* Says what is wrong at the token; false. Characters are counted, not bytes. */
static bool wrong(struct parser *p, const struct token *t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool wrong(struct parser *p, const struct token *t, const char *format, ...)
{
    size_t character = 1;
    for (size_t i = 0; i < t->at; i++)
        character += ((unsigned char)p->text[i] & 0xc0) != 0x80;
    struct buf text;
    buf_init(&text);
    va_list args;
    va_start(args, format);
    buf_vaddf(&text, format, args);
    va_end(args);
    if (t->kind == TOKEN_END)
        error_set(p->err, ERROR_USAGE, "at the end: %s", text.data);
    else
        error_set(p->err, ERROR_USAGE, "at character %zu, %.*s: %s", character,
                  t->n < 40 ? (int)t->n : 40, p->text + t->at, text.data);
    buf_release(&text);
    return false;
}

/* Reads the next token; false: a quote that is not closed, or a lone "!". */
static bool advance(struct parser *p)
{
    while (is_blank(p->text[p->at]))
        p->at++;
    const char *s = p->text + p->at;
    struct token t = {.at = p->at, .n = 1, .bytes = s, .len = 1};
    if (*s == '\0') {
        t.kind = TOKEN_END;
        t.n = 0;
    } else if (*s == '(' || *s == ')') {
        t.kind = *s == '(' ? TOKEN_OPEN : TOKEN_CLOSE;
    } else if (is_quote(*s)) {
        t.kind = TOKEN_QUOTED;
        t.n = quoted_length(s);
        t.bytes = s + 1;
        t.len = t.n - 2;
    } else if (ends_word(*s)) {
        t.kind = TOKEN_OPERATOR;
        t.n = t.len = operator_length(s);
    } else {
        t.kind = TOKEN_WORD;
        for (t.n = 0; s[t.n] && !ends_word(s[t.n]);)
            t.n++;
        t.len = t.n;
    }
    if (t.n == 0 && t.kind != TOKEN_END) {
        t.n = strlen(s);
        return wrong(p, &t,
                     t.kind == TOKEN_QUOTED ? "the quote is not closed"
                                            : "! goes with = or ~; write not");
    }
    p->token = t;
    p->at += t.n;
    return true;
}

static bool is_word(const struct token *t, const char *word)
{
    return t->kind == TOKEN_WORD && t->n == strlen(word) && strncasecmp(t->bytes, word, t->n) == 0;
}

static bool is_keyword(const struct token *t)
{
    static const char *const keywords[] = {"and", "or", "not", "is", "missing"};
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (is_word(t, keywords[i]))
            return true;
    return false;
}

/* The token's text, its quotes undone; the caller frees. */
static char *token_text(const struct token *t)
{
    char *text = mem_strndup(t->bytes, t->len);
    if (t->kind != TOKEN_QUOTED)
        return text;
    size_t n = 0;
    for (size_t i = 0; i < t->len; i++) {
        text[n++] = t->bytes[i];
        i += t->bytes[i] == t->bytes[-1]; /* the second of two */
    }
    text[n] = '\0';
    return text;
}

/* The node's number; -1: there are too many. */
static int add_node(struct parser *p, const struct expr_node *node)
{
    if (p->e->n >= EXPR_NODES) {
        wrong(p, &p->token, "the condition is too long");
        return -1;
    }
    MEM_GROW(p->e->node, p->e->n + 1, p->e->cap);
    p->e->node[p->e->n] = *node;
    return (int)p->e->n++;
}

/* ---- columns ---- */

static bool has_label(const struct column *c, const char *name)
{
    const char *label = c->label ? c->label : c->name;
    if (strcmp(label, name) == 0)
        return true;
    size_t n = c->group ? strlen(c->group) : 0;
    return n > 0 && strncmp(name, c->group, n) == 0 && name[n] == '.' &&
           strcmp(name + n + 1, label) == 0;
}

/* By name, by label, by a beginning that only one has; -1: none, -2: several begin so. */
static int column_of(const struct parser *p, const char *name)
{
    int found = -1, labelled = -1;
    for (int c = 0; c < p->n_columns; c++)
        if (strcmp(p->columns[c].name, name) == 0)
            return c;
    for (int c = 0; c < p->n_columns; c++) {
        if (has_label(&p->columns[c], name))
            labelled = labelled == -1 ? c : -2;
        if (strncasecmp(p->columns[c].name, name, strlen(name)) == 0)
            found = found == -1 ? c : -2;
    }
    return labelled != -1 ? labelled : found;
}

/* Is the column's name like what was written: the same beginning, or one inside the other? */
static bool is_near(const struct column *c, const char *name)
{
    const char *dot = strrchr(name, '.'), *last = dot && dot[1] ? dot + 1 : name;
    const char *column_dot = strrchr(c->name, '.'), *column = column_dot ? column_dot + 1 : c->name;
    size_t n = strlen(last) < 2 ? strlen(last) : 2;
    return strncasecmp(c->name, name, strlen(name) < 2 ? strlen(name) : 2) == 0 ||
           strncasecmp(column, last, n) == 0 || strstr(c->name, last) ||
           (c->label && strncasecmp(c->label, last, n) == 0);
}

static void list_columns(const struct parser *p, const char *near, struct buf *out)
{
    enum { MOST = 8 };
    int n = 0;
    for (int c = 0; c < p->n_columns; c++) {
        if (near && !is_near(&p->columns[c], near))
            continue;
        if (n++ == MOST) {
            buf_adds(out, ", ...");
            return;
        }
        buf_adds(out, n > 1 ? ", " : "");
        expr_quote(p->columns[c].name, out);
    }
}

static bool no_column(struct parser *p, const struct token *t, const char *name, bool several)
{
    struct buf list;
    buf_init(&list);
    list_columns(p, name, &list);
    if (several) {
        wrong(p, t, "several columns begin so: %s", list.data);
    } else if (list.len > 0) {
        wrong(p, t, "no column has this name; near it: %s", list.data);
    } else {
        list_columns(p, NULL, &list);
        wrong(p, t, "no column has this name; there are %s", list.data);
    }
    buf_release(&list);
    return false;
}

static bool read_column(struct parser *p, int *column)
{
    struct token t = p->token;
    if ((t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED) || is_keyword(&t) || t.len == 0)
        return wrong(p, &t, "a column was expected");
    char *name = token_text(&t);
    *column = column_of(p, name);
    bool ok = *column >= 0 ? advance(p) : no_column(p, &t, name, *column == -2);
    free(name);
    return ok;
}

/* ---- values ---- */

/* "1,204" without its commas. False: they are not between groups of three digits. */
static bool drop_commas(char *digits)
{
    if (!strchr(digits, ','))
        return true;
    size_t n = 0, group = 0;
    bool first = true;
    for (const char *s = digits + strspn(digits, "+-");; s++) {
        if (*s >= '0' && *s <= '9') {
            group++;
            continue;
        }
        if (first ? group < 1 || group > 3 : group != 3)
            return false;
        first = false;
        group = 0;
        if (*s != ',')
            break;
    }
    for (const char *s = digits; *s; s++)
        if (*s != ',')
            digits[n++] = *s;
    digits[n] = '\0';
    return true;
}

static void set_number(struct expr_node *node, const char *digits)
{
    node->whole = num_int64(digits, strlen(digits), &node->integer);
    if (!node->whole && node->number == floor(node->number) && fabs(node->number) < 9e18) {
        node->integer = (int64_t)node->number;
        node->whole = true;
    }
}

static bool read_number(struct parser *p, struct expr_node *node, const struct column *column)
{
    struct token t = p->token;
    char *digits = token_text(&t);
    size_t n = strlen(digits);
    bool percent = n > 0 && digits[n - 1] == '%';
    if (percent)
        digits[n - 1] = '\0';
    bool ok = t.kind == TOKEN_WORD && drop_commas(digits) &&
              num_double(digits, strlen(digits), &node->number);
    if (ok)
        set_number(node, digits);
    free(digits);
    if (!ok)
        return wrong(p, &t, "%s holds numbers: a number was expected", column->name);
    if (!advance(p))
        return false;
    if (!percent && is_word(&p->token, "%")) { /* 8.6 % as the sheet shows it */
        percent = true;
        if (!advance(p))
            return false;
    }
    bool share = column->kind == COLUMN_PERCENT;
    if (percent && !share)
        return wrong(p, &t, "%s does not hold shares: leave %% out", column->name);
    if (share && !percent && fabs(node->number) > 1)
        return wrong(p, &t, "%s holds shares: write %%, or a number up to 1", column->name);
    if (percent)
        node->number /= 100;
    node->kind = EXPR_NUMBER;
    return true;
}

static bool read_text(struct parser *p, struct expr_node *node, const struct column *column)
{
    struct token t = p->token;
    double number;
    if (node->comparison != EXPR_EQUAL && t.kind == TOKEN_WORD &&
        num_double(t.bytes, t.len, &number))
        return wrong(p, &t, "%s holds texts: put it in quotes to compare letter by letter",
                     column->name);
    if (!advance(p))
        return false;
    node->text = token_text(&t);
    node->n = strlen(node->text);
    node->kind = EXPR_TEXT;
    return true;
}

static bool read_regex(struct parser *p, struct expr_node *node, const struct column *column)
{
    struct token t = p->token;
    if (!column_has_text(column->kind))
        return wrong(p, &t, "%s holds numbers: ~ looks into texts", column->name);
    char *pattern = token_text(&t);
    struct error reason = {0};
    node->regex = regex_new(pattern, &reason);
    node->kind = EXPR_REGEX;
    free(pattern);
    return node->regex ? advance(p) : wrong(p, &t, "%s", reason.text);
}

/* ---- comparisons ---- */

static bool negate(struct parser *p, bool yes, int *node)
{
    if (yes)
        *node = add_node(p, &(struct expr_node){.kind = EXPR_NOT, .left = *node});
    return *node >= 0;
}

static bool read_missing(struct parser *p, const struct expr_node *cell, int *out)
{
    if (!advance(p))
        return false;
    bool not = is_word(&p->token, "not");
    if (not &&!advance(p))
        return false;
    if (!is_word(&p->token, "missing"))
        return wrong(p, &p->token, "missing was expected: is missing, is not missing");
    struct expr_node node = *cell;
    node.kind = EXPR_MISSING;
    *out = add_node(p, &node);
    return *out >= 0 && advance(p) && negate(p, not, out);
}

static bool read_value(struct parser *p, const char *sign, struct expr_node *node)
{
    const struct column *column = &p->columns[node->column];
    const struct token *t = &p->token;
    if (is_word(t, "missing"))
        return wrong(p, t, "write: is missing");
    if (t->kind == TOKEN_OPEN && strchr(sign, '~'))
        return wrong(p, t, "a pattern with parentheses goes in quotes");
    if ((t->kind != TOKEN_WORD && t->kind != TOKEN_QUOTED) || is_keyword(t))
        return wrong(p, t, "a value was expected");
    if (strchr(sign, '~'))
        return read_regex(p, node, column);
    switch (sign[0]) {
    case '<':
        node->comparison = sign[1] == '=' ? EXPR_AT_MOST : EXPR_LESS;
        break;
    case '>':
        node->comparison = sign[1] == '=' ? EXPR_AT_LEAST : EXPR_MORE;
        break;
    default:
        node->comparison = EXPR_EQUAL;
    }
    bool text = column->kind == COLUMN_BADGE ? node->comparison == EXPR_EQUAL
                                             : column_has_text(column->kind);
    return text ? read_text(p, node, column) : read_number(p, node, column);
}

static bool read_comparison(struct parser *p, int *out)
{
    struct expr_node node = {0};
    if (!read_column(p, &node.column))
        return false;
    node.column_kind = p->columns[node.column].kind;
    if (is_word(&p->token, "is"))
        return read_missing(p, &node, out);
    if (p->token.kind != TOKEN_OPERATOR)
        return wrong(p, &p->token, "= != < <= > >= ~ !~ or is missing was expected after %s",
                     p->columns[node.column].name);
    char sign[3] = {0};
    memcpy(sign, p->token.bytes, p->token.n);
    bool ok = advance(p) && read_value(p, sign, &node);
    *out = ok ? add_node(p, &node) : -1;
    if (*out < 0) {
        free(node.text);
        regex_free(node.regex);
        return false;
    }
    return negate(p, sign[0] == '!', out);
}

/* ---- and, or, not ---- */

static bool read_or(struct parser *p, int *out);

static bool read_not(struct parser *p, int *out)
{
    struct token t = p->token;
    bool not = is_word(&t, "not");
    if (!not &&t.kind != TOKEN_OPEN)
        return read_comparison(p, out);
    if (++p->depth > EXPR_DEPTH)
        return wrong(p, &t, "too many parentheses or nots inside each other");
    bool ok = advance(p) && (not ? read_not(p, out) : read_or(p, out));
    p->depth--;
    if (!ok || not )
        return ok && negate(p, true, out);
    if (p->token.kind != TOKEN_CLOSE)
        return wrong(p, &p->token, "and, or, or ) was expected");
    return advance(p);
}

/* A chain of and (or of or), joined as its words come. */
static bool read_chain(struct parser *p, const char *word, enum expr_kind kind,
                       bool (*part)(struct parser *, int *), int *out)
{
    if (!part(p, out))
        return false;
    while (is_word(&p->token, word)) {
        int right;
        if (!advance(p) || !part(p, &right))
            return false;
        *out = add_node(p, &(struct expr_node){.kind = kind, .left = *out, .right = right});
        if (*out < 0)
            return false;
    }
    return true;
}

static bool read_and(struct parser *p, int *out)
{
    return read_chain(p, "and", EXPR_AND, read_not, out);
}

static bool read_or(struct parser *p, int *out)
{
    return read_chain(p, "or", EXPR_OR, read_and, out);
}

struct expr *expr_parse(const struct column *columns, int n_columns, const char *text,
                        struct error *err)
{
    struct expr *e = mem_zalloc(1, sizeof *e);
    struct parser p = {
        .text = text, .columns = columns, .n_columns = n_columns, .e = e, .err = err};
    bool ok = advance(&p) && read_or(&p, &e->root);
    if (ok && p.token.kind != TOKEN_END)
        ok = wrong(&p, &p.token, "and, or, or the end was expected");
    if (ok)
        return e;
    expr_free(e);
    return NULL;
}

/* ---- for those who write conditions ---- */

void expr_quote(const char *name, struct buf *out)
{
    struct token t = {.kind = TOKEN_WORD, .bytes = name, .n = strlen(name)};
    bool plain = *name && !is_quote(*name) && !is_keyword(&t);
    for (const char *s = name; plain && *s; s++)
        plain = !ends_word(*s);
    if (plain) {
        buf_adds(out, name);
        return;
    }
    buf_addc(out, '"');
    for (const char *s = name; *s; s++)
        buf_adds(out, *s == '"' ? "\"\"" : (char[]){*s, '\0'});
    buf_addc(out, '"');
}

size_t expr_word_start(const char *text, size_t n, char *quote)
{
    size_t start = 0;
    *quote = 0;
    for (size_t i = 0; i < n; i++) {
        if (*quote) {
            if (text[i] == *quote) {
                *quote = 0;
                start = i + 1;
            }
        } else if (is_quote(text[i]) && start == i) {
            *quote = text[i];
            start = i + 1;
        } else if (ends_word(text[i])) {
            start = i + 1;
        }
    }
    return start;
}
