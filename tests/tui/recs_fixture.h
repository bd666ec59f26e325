/*
 * A small data set and lists for it, for tests of rote import-recs: 30 users, numbered from 1 in
 * the data, of 8 items each; 40 items, numbered from 1; semantic ids of 3 levels, and items 2k - 1
 * and 2k share theirs for k = 1 .. 5.
 */
#ifndef TESTS_TUI_RECS_FIXTURE_H
#define TESTS_TUI_RECS_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/base/buf.h"
#include "tests/tui/cli_fixture.h"

enum { USERS = 30, ITEMS = 40, LENGTH = 8, SLOTS = 12, SHARED = 10, ILLEGAL = -1 };

extern char recs_dir[]; /* of the test */
extern char *recs_workspace;

int recs_begin(void **state); /* imports the data */
int recs_end(void **state);

#define RUN(status, ...) CLI(status, recs_workspace, __VA_ARGS__)

/* Writes recs_dir/name and releases the text; the caller frees the path. */
char *recs_put_file(const char *name, struct buf *text);

int recs_item(int user, int position);
int recs_target(int user);
void recs_codes(int item, int code[3]);
void recs_add_tokens(struct buf *out, int item, bool words); /* "<a_1>…" or "a_1,…" */

/* recs_slot[u][k]: an item, or ILLEGAL. An item stands once in a list; a list has at most one pair
 * of items that share their id. */
extern int recs_slot[USERS + 1][SLOTS];
void recs_make_lists(unsigned seed);

/* The run's metrics are those of a naive count over recs_slot. `shared`: a slot means every item
 * with its id. Users from `missing` on have no list. */
void recs_check_metrics(const char *name, bool shared, int missing);
int64_t recs_count(const struct jval *event, const char *key);

#endif
