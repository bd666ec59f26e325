#include "tests/tui/recs_fixture.h"

#include <math.h>
#include <stdio.h>

char recs_dir[] = "/tmp/rote-recs-XXXXXX";
char *recs_workspace;

/* ---- the data ---- */

int recs_item(int user, int position)
{
    return (user * 7 + position * 11 + user * position % 5) % ITEMS + 1;
}

int recs_target(int user)
{
    return recs_item(user, LENGTH - 1);
}

/* The three codes of an item's id. */
void recs_codes(int item, int code[3])
{
    int k = item <= SHARED ? (item - 1) / 2 : item;
    code[0] = k % 4;
    code[1] = k / 4 % 4;
    code[2] = k / 16;
}

char *recs_put_file(const char *name, struct buf *text)
{
    char *path = path_join(recs_dir, name);
    assert_true(file_write(path, text->data, text->len, NULL));
    buf_release(text);
    return path;
}

int recs_begin(void **state)
{
    struct buf rows, ids;
    (void)state;
    if (!mkdtemp(recs_dir) || !setlocale(LC_CTYPE, "C.UTF-8"))
        return -1;
    recs_workspace = path_join(recs_dir, "workspace");
    buf_init(&rows);
    buf_init(&ids);
    for (int u = 1; u <= USERS; u++) {
        buf_addf(&rows, "%d", u);
        for (int p = 0; p < LENGTH; p++)
            buf_addf(&rows, " %d", recs_item(u, p));
        buf_addc(&rows, '\n');
    }
    buf_addc(&ids, '{');
    for (int i = 1; i <= ITEMS; i++) {
        int c[3];
        recs_codes(i, c);
        buf_addf(&ids, "%s\"%d\": [\"<a_%d>\", \"<b_%d>\", \"<c_%d>\"]", i > 1 ? ", " : "", i, c[0],
                 c[1], c[2]);
    }
    buf_addc(&ids, '}');
    char *data = recs_put_file("data.txt", &rows), *semids = recs_put_file("x.index.json", &ids);
    free(RUN(CLI_OK, "import", data, "--semids", semids));
    free(data);
    free(semids);
    return 0;
}

int recs_end(void **state)
{
    (void)state;
    free(recs_workspace);
    return dir_remove(recs_dir, NULL) ? 0 : -1;
}

/* ---- constructed lists ---- */

/* recs_slot[u][k]: an item, or ILLEGAL. Item k of a user appears once. */
int recs_slot[USERS + 1][SLOTS];

void recs_make_lists(unsigned seed)
{
    for (int u = 1; u <= USERS; u++) {
        int from = (int)(seed + (unsigned)u * 13) % ITEMS;
        for (int k = 0; k < SLOTS; k++)
            recs_slot[u][k] = (from + k * 3) % ITEMS + 1;
        recs_slot[u][(u + (int)seed) % SLOTS] =
            u % 4 == 3 ? ILLEGAL : recs_slot[u][(u + (int)seed) % SLOTS];
        for (int k = 0; k + 1 < SLOTS && recs_slot[u][SLOTS - 1] != ILLEGAL; k++)
            if (recs_slot[u][k] != ILLEGAL &&
                recs_slot[u][k] <= SHARED) /* the one with the same id */
                recs_slot[u][SLOTS - 1] =
                    recs_slot[u][k] % 2 ? recs_slot[u][k] + 1 : recs_slot[u][k] - 1;
        for (int k = 0, at = u % SLOTS; u % 3 == 0 && k < SLOTS; k++)
            if (recs_slot[u][k] == recs_target(u))
                at = k, recs_slot[u][at] = recs_slot[u][u % SLOTS],
                recs_slot[u][u % SLOTS] = recs_target(u);
    }
}

/* Items are indexed in the order in which walking the users meets them. */
static int met_first(int a, int b)
{
    for (int u = 1; u <= USERS; u++)
        for (int p = 0; p < LENGTH; p++)
            if (recs_item(u, p) == a || recs_item(u, p) == b)
                return recs_item(u, p);
    return a;
}

/* The place of the target, counted naively; `shared`: a slot means every item with its id. */
static int naive_rank(int user, bool shared)
{
    int rank = 0, seen[ITEMS + 1] = {0};
    for (int k = 0; k < SLOTS; k++) {
        int item = recs_slot[user][k], group[2] = {item, item};
        if (item == ILLEGAL) {
            rank++;
            continue;
        }
        if (shared && item <= SHARED) {
            int other = item % 2 ? item + 1 : item - 1;
            group[0] = met_first(item, other);
            group[1] = group[0] == item ? other : item;
        }
        bool any = false;
        for (int i = 0; i < 2; i++) {
            if (seen[group[i]])
                continue;
            any = true;
            seen[group[i]] = 1;
            rank++;
            if (group[i] == recs_target(user))
                return rank;
        }
        rank += !any; /* a double keeps its place */
    }
    return 0;
}

static double eval_of(const char *name, const char *figure)
{
    struct jval *o = cli_json(RUN(CLI_OK, "eval", name, "--json"));
    const struct jval *metrics = jval_get(o, "metrics");
    double value = jval_real(jval_get(jval_get(metrics, figure), "value"), NAN);
    jval_free(o);
    return value;
}

/* Users from `missing` on have no list. */
void recs_check_metrics(const char *name, bool shared, int missing)
{
    static const int cuts[] = {1, 5, 10, 20};
    for (int m = 0; m < 4; m++) {
        double recall = 0, ndcg = 0;
        char figure[32];
        for (int u = 1; u < missing; u++) {
            int rank = naive_rank(u, shared);
            recall += rank > 0 && rank <= cuts[m];
            ndcg += rank > 0 && rank <= cuts[m] ? 1 / log2(rank + 1) : 0;
        }
        snprintf(figure, sizeof figure, "recall@%d", cuts[m]);
        assert_true(fabs(eval_of(name, figure) - recall / USERS) < 1e-8);
        snprintf(figure, sizeof figure, "ndcg@%d", cuts[m]);
        assert_true(fabs(eval_of(name, figure) - ndcg / USERS) < 1e-8);
        assert_true(m == 0 || recall > 0);
    }
}

int64_t recs_count(const struct jval *event, const char *key)
{
    return jval_int(jval_get(event, key), 0);
}

void recs_add_tokens(struct buf *out, int item, bool words)
{
    int c[3];
    recs_codes(item, c);
    buf_addf(out, words ? "a_%d,b_%d,c_%d" : "<a_%d><b_%d><c_%d>", c[0], c[1], c[2]);
}
