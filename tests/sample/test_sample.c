/*
 * The sample data are what truth.tsv says: naive code written from docs/definitions.md, sections 1
 * to 4 and 6, on the committed files.
 *
 *     test_sample SAMPLE_DATA_FOLDER GENERATOR
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USERS = 3000, ITEMS = 800, LENGTH = 32, HOPS = 4 };

static const char *folder, *generator;

static char item_id[ITEMS][8], title[ITEMS][80], category[ITEMS][80];
static char rule[USERS][16], planted[USERS][32]; /* user u0001 is 0 */
static int length[USERS], sequence[USERS][LENGTH];
static long long when[USERS][LENGTH];
static bool follow[HOPS + 1][ITEMS][ITEMS]; /* v at most h positions after x in training */

static FILE *open_data(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    return f;
}

/* Splits the next line at its tabs; false at the end of the file. */
static bool next_line(FILE *f, char *line, size_t size, char **field, int n)
{
    if (!fgets(line, (int)size, f))
        return false;
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < n; i++) {
        assert_non_null(line);
        field[i] = strsep(&line, "\t");
    }
    assert_null(line);
    return true;
}

static int find_item(const char *id)
{
    for (int i = 0; i < ITEMS; i++)
        if (strcmp(item_id[i], id) == 0)
            return i;
    fail_msg("no item %s", id);
    return -1;
}

static int find_user(const char *id)
{
    int user = atoi(id + 1) - 1;
    assert_in_range(user, 0, USERS - 1);
    return user;
}

static void load_items(void)
{
    char line[512], *field[3];
    FILE *f = open_data("wayside.item");
    assert_true(next_line(f, line, sizeof line, field, 3));
    int items = 0;
    for (; next_line(f, line, sizeof line, field, 3); items++) {
        assert_in_range(items, 0, ITEMS - 1);
        snprintf(item_id[items], sizeof item_id[0], "%s", field[0]);
        snprintf(title[items], sizeof title[0], "%s", field[1]);
        snprintf(category[items], sizeof category[0], "%s", field[2]);
    }
    assert_int_equal(items, ITEMS);
    fclose(f);
}

static void load_truth(void)
{
    char line[512], *field[4];
    FILE *f = open_data("truth.tsv");
    assert_true(next_line(f, line, sizeof line, field, 4));
    int users = 0;
    for (; next_line(f, line, sizeof line, field, 4); users++) {
        assert_int_equal(find_user(field[0]), users);
        snprintf(rule[users], sizeof rule[0], "%s", field[1]);
        snprintf(planted[users], sizeof planted[0], "%s", field[2]);
    }
    assert_int_equal(users, USERS);
    fclose(f);
}

/* The rows are in time order, ties in the true order: file order is sequence order. */
static void load_interactions(void)
{
    char line[512], *field[3];
    FILE *f = open_data("wayside.inter");
    assert_true(next_line(f, line, sizeof line, field, 3));
    for (long long last = 0; next_line(f, line, sizeof line, field, 3);) {
        int u = find_user(field[0]);
        assert_in_range(length[u], 0, LENGTH - 1);
        sequence[u][length[u]] = find_item(field[1]);
        when[u][length[u]++] = atoll(field[2]);
        assert_true(atoll(field[2]) >= last);
        last = atoll(field[2]);
    }
    fclose(f);
}

static int train_length(int u)
{
    return length[u] - 2;
}

static int target(int u)
{
    return sequence[u][length[u] - 1];
}

static bool is(int u, const char *name)
{
    return strcmp(rule[u], name) == 0;
}

static int load(void **state)
{
    (void)state;
    load_items();
    load_truth();
    load_interactions();
    for (int u = 0; u < USERS; u++)
        for (int i = 0; i < train_length(u); i++)
            for (int j = i + 1; j < train_length(u) && j <= i + HOPS; j++)
                for (int h = j - i; h <= HOPS; h++)
                    follow[h][sequence[u][i]][sequence[u][j]] = true;
    return 0;
}

static bool one_hop_last(int u, int v)
{
    return follow[1][sequence[u][length[u] - 2]][v];
}

static bool transitive(int h, int x, int v)
{
    for (int z = 0; z < ITEMS; z++)
        if (follow[h][x][z] && follow[h][z][v])
            return true;
    return false;
}

/* Does the type hold at hop h, with any of the last h history items? */
static bool type_holds(const char *type, int h, int u)
{
    int v = target(u), history = length[u] - 1;
    for (int d = 1; d <= h && h <= history; d++) {
        int x = sequence[u][history - d];
        if (strcmp(type, "substitutability") == 0 ? h >= 2 && follow[h][x][v]
            : strcmp(type, "symmetry") == 0       ? follow[h][v][x]
                                                  : transitive(h, x, v))
            return true;
    }
    return false;
}

/* Does the target carry the label, which is "type_hop"? */
static bool carries(int u, const char *label)
{
    if (one_hop_last(u, target(u)))
        return false; /* memorization excludes all else */
    char type[sizeof planted[0]];
    strcpy(type, label);
    char *hop = strchr(type, '_');
    assert_non_null(hop);
    *hop++ = '\0';
    for (int h = 1; h <= HOPS; h++)
        if (type_holds(type, h, u))
            return h == atoi(hop);
    return false;
}

static void has_the_size_it_claims(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    long long bytes = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[4096];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            bytes += st.st_size;
    }
    closedir(dir);
    assert_in_range(bytes, 100000, 999999);

    bool used[ITEMS] = {false};
    for (int u = 0; u < USERS; u++) {
        assert_in_range(length[u], 4, LENGTH - 1);
        for (int i = 0; i < length[u]; i++)
            used[sequence[u][i]] = true;
    }
    for (int i = 0; i < ITEMS; i++)
        assert_true(used[i]);
}

static void titles_are_distinct_and_short(void **state)
{
    (void)state;
    for (int i = 0; i < ITEMS; i++) {
        int words = 1;
        for (const char *c = title[i]; *c; c++)
            words += *c == ' ';
        assert_in_range(words, 2, 7);
        assert_non_null(strchr(category[i], ' '));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(title[i], title[j]);
    }
}

static void rules_have_their_shares(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int users;
    } expected[] = {
        {"route", 1000}, {"mood", 1000}, {"hop", 600}, {"noise", 388}, {"duplicate", 12}};
    int sum = 0;
    for (size_t r = 0; r < sizeof expected / sizeof expected[0]; r++) {
        int users = 0;
        for (int u = 0; u < USERS; u++)
            users += is(u, expected[r].name);
        assert_int_equal(users, expected[r].users);
        sum += users;
    }
    assert_int_equal(sum, USERS);
}

static bool occurs_in_training(int a, int b, int c)
{
    for (int u = 0; u < USERS; u++)
        for (int i = 0; i + 2 < train_length(u); i++)
            if (sequence[u][i] == a && sequence[u][i + 1] == b && sequence[u][i + 2] == c)
                return true;
    return false;
}

static void route_targets_are_verbatim(void **state)
{
    (void)state;
    for (int u = 0; u < USERS; u++) {
        if (!is(u, "route"))
            continue;
        const int *end = sequence[u] + length[u];
        assert_true(occurs_in_training(end[-3], end[-2], end[-1]));
    }
}

static void hop_targets_carry_the_planted_label(void **state)
{
    (void)state;
    int users = 0, carried = 0;
    for (int u = 0; u < USERS; u++) {
        assert_int_equal(planted[u][0] != '\0', is(u, "hop"));
        if (!is(u, "hop"))
            continue;
        users++;
        carried += carries(u, planted[u]);
    }
    print_message("hop users with the planted label: %d of %d\n", carried, users);
    assert_true(carried * 100 >= users * 90);
}

static double one_hop_share(const char *name)
{
    int users = 0, reached = 0;
    for (int u = 0; u < USERS; u++)
        if (is(u, name)) {
            users++;
            reached += one_hop_last(u, target(u));
        }
    return (double)reached / users;
}

/* The mean of that share when the targets of all users whose rule is `pool` (NULL: of all users)
 * change places. Over all permutations each user holds each target equally often, so the mean is
 * one over pairs, and nothing need be drawn. */
static double shuffled_share(const char *name, const char *pool)
{
    long long pairs = 0, reached = 0;
    for (int u = 0; u < USERS; u++) {
        if (!is(u, name))
            continue;
        for (int w = 0; w < USERS; w++) {
            if (pool && !is(w, pool))
                continue;
            pairs++;
            reached += one_hop_last(u, target(w));
        }
    }
    return (double)reached / (double)pairs;
}

/* Lift of a rule's one-hop(last) share over the shuffle null. The null of a slice can be read in
 * two ways, and the data hold what they promise in both: all targets change places, or the slice's.
 */
static void lifts(const char *name, double lift[2])
{
    double share = one_hop_share(name);
    lift[0] = share / shuffled_share(name, NULL);
    lift[1] = share / shuffled_share(name, name);
    print_message("%s: one-hop(last) %.2f %%, lift %.2f (shuffled between all), %.2f (within)\n",
                  name, 100 * share, lift[0], lift[1]);
}

static void routes_are_far_above_the_null(void **state)
{
    (void)state;
    double lift[2];
    lifts("route", lift);
    for (int i = 0; i < 2; i++)
        assert_true(lift[i] >= 10);
}

static void moods_are_at_the_null(void **state)
{
    (void)state;
    assert_true(one_hop_share("mood") <= 0.05);
    double lift[2];
    lifts("mood", lift);
    for (int i = 0; i < 2; i++)
        assert_true(lift[i] >= 0.8 && lift[i] <= 1.25);
}

static bool same_category(int a, int b)
{
    size_t n = strcspn(category[a], " ");
    return n == strcspn(category[b], " ") && strncmp(category[a], category[b], n) == 0;
}

/* What a model can generalise from: each item's category is that of the item before the last one.
 */
static void moods_return_to_a_category(void **state)
{
    (void)state;
    for (int u = 0; u < USERS; u++)
        for (int i = 2; is(u, "mood") && i < length[u]; i++) {
            assert_true(same_category(sequence[u][i], sequence[u][i - 2]));
            assert_false(same_category(sequence[u][i], sequence[u][i - 1]));
        }
}

static void duplicates_are_exact(void **state)
{
    (void)state;
    for (int u = 0; u < USERS; u++) {
        int twins = 0;
        for (int w = 0; w < USERS; w++)
            twins += w != u && length[w] == length[u] &&
                     memcmp(sequence[w], sequence[u], sizeof sequence[0]) == 0;
        if (is(u, "duplicate"))
            assert_true(twins > 0);
    }
}

/* Equal times are the one flaw: nobody buys an item twice. */
static void only_times_are_flawed(void **state)
{
    (void)state;
    int tied = 0;
    for (int u = 0; u < USERS; u++) {
        bool tie = false;
        for (int i = 0; i < length[u]; i++)
            for (int j = 0; j < i; j++) {
                assert_int_not_equal(sequence[u][i], sequence[u][j]);
                tie |= when[u][i] == when[u][j];
            }
        tied += tie;
    }
    print_message("users with equal times: %d\n", tied);
    assert_in_range(tied, USERS / 20, USERS / 5);
}

static void assert_same_bytes(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *made = fopen(path, "r"), *kept = open_data(name);
    assert_non_null(made);
    int a, b;
    long at = 0;
    do {
        a = getc(made);
        b = getc(kept);
        if (a != b)
            fail_msg("%s differs at byte %ld", name, at);
        at++;
    } while (a != EOF);
    fclose(made);
    fclose(kept);
    unlink(path);
}

static void regenerating_gives_the_same_bytes(void **state)
{
    (void)state;
    char dir[] = "/tmp/rote-sample-XXXXXX";
    assert_non_null(mkdtemp(dir));
    pid_t pid = fork();
    if (pid == 0) {
        execl(generator, generator, dir, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_same_bytes(dir, "wayside.item");
    assert_same_bytes(dir, "wayside.inter");
    assert_same_bytes(dir, "truth.tsv");
    assert_int_equal(rmdir(dir), 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: test_sample SAMPLE_DATA_FOLDER GENERATOR\n");
        return 2;
    }
    folder = argv[1];
    generator = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_the_size_it_claims),
        cmocka_unit_test(titles_are_distinct_and_short),
        cmocka_unit_test(rules_have_their_shares),
        cmocka_unit_test(route_targets_are_verbatim),
        cmocka_unit_test(hop_targets_carry_the_planted_label),
        cmocka_unit_test(routes_are_far_above_the_null),
        cmocka_unit_test(moods_are_at_the_null),
        cmocka_unit_test(moods_return_to_a_category),
        cmocka_unit_test(duplicates_are_exact),
        cmocka_unit_test(only_times_are_flawed),
        cmocka_unit_test(regenerating_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
