/*
 * Conditions over the columns of a sheet: what is typed after ":where".
 *
 *     reachable = no and gr-iirg.rank <= 10 and (title ~ "essie" or rote >= 25%)
 *
 * or binds least, then and, then not. A comparison is COLUMN OPERATOR VALUE, or COLUMN is [not]
 * missing. Columns are written by name, by "group.label" as the header shows it, or by a beginning
 * that only one has. Names and values with blanks, parentheses or operators go in quotes ("…" or
 * '…', a quote inside is doubled, a backslash is a backslash).
 *
 *   = != < <= > >=   numbers, not as rounded on the screen: whole ones exactly, others in single
 *                    precision, as most of them are stored; columns of shares take 8.6% or 0.086.
 * Texts byte by byte. Badges: = != by what they show, < > by the number they are sorted by. ~ !~ a
 * PCRE2 pattern in a text, smart case
 *
 * A cell without a value is equal to nothing, below nothing and above nothing: "a != b" is "not
 * a = b", so != and not keep it.
 *
 * A parsed expression does not change any more; threads share it, each with its own scratch.
 */
#ifndef TUI_WIDGETS_EXPR_H
#define TUI_WIDGETS_EXPR_H

#include "tui/widgets/sheet.h"

struct expr;

/* NULL with *err: what is wrong, at which character, and the names that are near. The columns are
 * not needed afterwards. At most 500 comparisons and 100 parentheses or nots inside each other. */
struct expr *expr_parse(const struct column *columns, int n_columns, const char *text,
                        struct error *err);
void expr_free(struct expr *e); /* NULL allowed */

/* Working memory of one thread over one source, which has the columns the expression was parsed
 * with and is borrowed; counts the cells on which a pattern gave up (no match). */
struct expr_scratch;
struct expr_scratch *expr_scratch_new(const struct expr *e, const struct sheet_source *source);
void expr_scratch_free(struct expr_scratch *scratch); /* NULL allowed */
int64_t expr_expensive(const struct expr_scratch *scratch);

/* Any thread. One cell per comparison that decides. */
bool expr_matches(const struct expr *e, int64_t row, struct expr_scratch *scratch);

/* A column's name as an expression needs it: in quotes where it has to be. Appends. */
void expr_quote(const char *name, struct buf *out);
/* Where the word at the end of text[0 .. n-1] begins, for completion; *quote is the quotation mark
 * it is in, or 0. */
size_t expr_word_start(const char *text, size_t n, char *quote);

#endif
