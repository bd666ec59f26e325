/*
 * rote import-recs on files made as the named projects write them: metrics beside an independent
 * calculation over the constructed lists.
 */
#include <stdio.h>

#include "tests/tui/recs_fixture.h"

/* As step 9 writes it: raw texts, one user missing, a user that is not in the data, an id of no
 * item, text without an id, an id twice. */
static void iirg_generations(void **state)
{
    (void)state;
    struct buf text;
    recs_make_lists(3);
    buf_init(&text);
    buf_adds(&text, "[\n");
    for (int u = 1; u < USERS; u++) {
        buf_addf(&text,
                 "  {\n    \"instruction\": \"Predict\",\n    \"input\": \"x\",\n    \"output\": "
                 "\"y\",\n    \"metadata\": {\"user_id\": \"%d\", \"total_items\": %d},\n    "
                 "\"item_id_list\": [\"%d\"],\n    \"item_id_len\": 1,\n    "
                 "\"test_ground_truth_id\": \"%d\",\n    \"prompt\": \"[<a_1><b_1><c_1>]\",\n    "
                 "\"raw_contents\": [",
                 u, LENGTH, recs_item(u, 0), recs_target(u));
        for (int k = 0; k < SLOTS; k++) {
            buf_adds(&text, k ? ", \"" : "\"");
            if (recs_slot[u][k] != ILLEGAL)
                recs_add_tokens(&text, recs_slot[u][k], false);
            else
                buf_adds(&text, u % 8 == 3 ? "I cannot say" : "<a_3><b_3><c_3>");
            buf_adds(&text, k % 2 ? "\\nItem\"" : "\"");
        }
        buf_addf(&text, "],\n    \"num_generations\": %d\n  },\n", SLOTS);
    }
    buf_adds(&text, "  {\"metadata\": {\"user_id\": \"999\"}, \"raw_contents\": [\"x\"]}\n]\n");
    char *path = recs_put_file("x_generation_outputs_sid.json", &text);
    struct jval *event = cli_json(RUN(CLI_OK, "import-recs", path, "--name", "iirg", "--json"));
    assert_string_equal(jval_string(jval_get(event, "format")), "IIRG generations");
    assert_int_equal(recs_count(event, "unknown_users"), 1);
    assert_int_equal(recs_count(jval_get(event, "test"), "listed"), USERS - 1);
    assert_int_equal(recs_count(jval_get(event, "test"), "targets_same"), USERS - 1);
    assert_int_equal(recs_count(event, "no_semantic_id"), 4); /* users 3, 11, 19, 27 */
    assert_int_equal(recs_count(event, "illegal"), 3);        /* users 7, 15, 23 */
    assert_true(recs_count(event, "doubles") > 0);
    assert_true(recs_count(event, "shared") > 0);
    jval_free(event);
    recs_check_metrics("iirg", true, USERS);
    char *shown = RUN(CLI_OK, "runs", "show", "iirg");
    assert_non_null(strstr(shown, "the user 999 is not in the data"));
    assert_non_null(strstr(shown, "no item has the semantic id 3,3,3"));
    assert_non_null(strstr(shown, "trained on train (assumed)"));
    free(shown);
    free(path);
}

/* The items that its own evaluation decided for; as step 10 writes it. */
static void iirg_and_grlm_evaluations(void **state)
{
    (void)state;
    for (int grlm = 0; grlm < 2; grlm++) {
        struct buf text;
        recs_make_lists(5);
        buf_init(&text);
        buf_adds(&text, grlm ? "[" : "{\"metrics\": {\"recall@5\": 0.1}, \"results\": [");
        for (int u = 1; u <= USERS; u++) {
            buf_addf(&text,
                     "%s{\"metadata\": {\"user_id\": %d}, \"raw_contents\": [\"z\"], "
                     "\"all_results\": [{\"sequence_id\": 0, \"iid\": [\"1\"]}], \"iids\": [",
                     u > 1 ? ",\n" : "", u);
            for (int k = 0; k < SLOTS; k++)
                if (recs_slot[u][k] == ILLEGAL)
                    buf_addf(&text, "%s\"no-item-%d\"", k ? ", " : "", u % 8);
                else
                    buf_addf(&text, "%s\"%d\"", k ? ", " : "", recs_slot[u][k]);
            buf_addf(&text, "], \"iid_gt\": \"%d\"}", recs_target(u));
        }
        buf_adds(&text, grlm ? "]" : "]}");
        char *path = recs_put_file(grlm ? "x_eval_info.json" : "x_eval.json", &text);
        const char *name = grlm ? "grlm" : "iirg-eval";
        struct jval *event = cli_json(RUN(CLI_OK, "import-recs", path, "--name", name, "--json",
                                          "--trained-on", "train+valid", "--strategy", "iirg"));
        assert_int_equal(recs_count(event, "unknown_items"), 7);
        assert_int_equal(recs_count(event, "unknown_item_ids"), 2);
        assert_int_equal(recs_count(jval_get(event, "test"), "targets_same"), USERS);
        jval_free(event);
        recs_check_metrics(name, false, USERS + 1);
        free(path);
    }
}

/* Without users: the lists are the cases in order; --users names them otherwise. */
static void minionerec_result(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct buf text, users;
        recs_make_lists(8);
        buf_init(&text);
        buf_init(&users);
        for (int i = 1; i <= USERS; i++) {
            int u = turned ? USERS + 1 - i : i;
            buf_addf(&users, "%d\n", u);
            buf_adds(&text, i > 1 ? ",\n    {\n" : "[\n    {\n");
            buf_adds(&text, "        \"input\": \"<a_0><b_0><c_0>\",\n        \"output\": \"");
            recs_add_tokens(&text, recs_target(u), false);
            buf_adds(&text, "\\n\",\n        \"predict\": [");
            for (int k = 0; k < SLOTS; k++) {
                buf_adds(&text, k ? ", \"" : "\"");
                recs_add_tokens(&text, recs_slot[u][k] == ILLEGAL ? 15 : recs_slot[u][k], false);
                buf_addc(&text, '"');
            }
            buf_adds(&text, "]\n    }");
            for (int k = 0; k < SLOTS; k++)
                recs_slot[u][k] = recs_slot[u][k] == ILLEGAL ? 15 : recs_slot[u][k];
        }
        buf_adds(&text, "\n]");
        char *path = recs_put_file("result.json", &text),
             *names = recs_put_file("users.txt", &users);
        const char *name = turned ? "mini-turned" : "mini";
        if (turned) {
            char *error = RUN(CLI_FAILED, "import-recs", path, "--name", name);
            assert_non_null(strstr(error, "targets are not those of the data"));
            free(error);
        }
        free(turned ? RUN(CLI_OK, "import-recs", path, "--name", name, "--users", names)
                    : RUN(CLI_OK, "import-recs", path, "--name", name));
        recs_check_metrics(name, true, USERS + 1);
        free(path);
        free(names);
    }
}

/* A model that writes titles, in the quotes in which EvalD3Dataset shows them: raw texts, one in
 * brackets, one that no item has, one twice. The titles are those of the info file. */
static void minionerec_titles(void **state)
{
    (void)state;
    struct buf text, info;
    recs_make_lists(9);
    buf_init(&text);
    buf_init(&info);
    for (int i = 1; i <= ITEMS; i++) {
        recs_add_tokens(&info, i, false);
        buf_addf(&info, i % 7 ? "\tThing %d\t%d\n" : "\t[set of %d, 5\" wide]\t%d\n", i, i);
    }
    int made_up = 0;
    for (int u = 1; u <= USERS; u++) {
        int target = recs_target(u);
        buf_addf(&text, u > 1 ? ",\n{\"input\": \"x\", " : "[{\"input\": \"x\", ");
        buf_addf(&text,
                 target % 7 ? "\"output\": \"\\\"Thing %d\\\"\\n\", \"predict\": ["
                            : "\"output\": \"\\\"[set of %d, 5\\\" wide]\\\"\\n\", \"predict\": [",
                 target);
        for (int k = 0; k < SLOTS; k++) {
            int item = recs_slot[u][k];
            buf_addf(&text,
                     item == ILLEGAL ? "%s\"\\\"Thong %d\\\"\""
                     : item % 7      ? "%s\"\\\"Thing %d\\\"\\nmore\""
                                     : "%s\" [set of %d, 5\\\" wide]\"",
                     k ? ", " : "", item);
            made_up += item == ILLEGAL;
        }
        buf_adds(&text, u == 1 ? ", \"Thing 1\", \"Thing 1\"]}" : "]}");
    }
    buf_adds(&text, "]");
    char *path = recs_put_file("titles.json", &text), *map = recs_put_file("titles.info", &info);
    struct jval *event =
        cli_json(RUN(CLI_OK, "import-recs", path, "--name", "titles", "--map", map, "--json"));
    assert_int_equal(recs_count(event, "no_semantic_id"), made_up);
    assert_int_equal(recs_count(event, "by_title"), USERS * SLOTS + 2 - made_up);
    assert_int_equal(recs_count(event, "shared"), 0);
    assert_true(recs_count(event, "doubles") >= 1);
    assert_int_equal(recs_count(jval_get(event, "test"), "targets_same"), USERS);
    jval_free(event);
    recs_check_metrics("titles", false, USERS + 1);
    free(path);
    free(map);
}

/* MemGen numbers users and items in id_mapping.json; -1 is a beam without an item. */
static void memgen_tables(void **state)
{
    (void)state;
    struct buf tiger, sasrec, map;
    recs_make_lists(11);
    buf_init(&tiger);
    buf_init(&sasrec);
    buf_init(&map);
    buf_adds(&tiger, "sample_id,beam_rank,pred_item,target_item,beam_score,recall@5\n");
    buf_adds(&sasrec, "sample_idx,user_id,target_item,pred_item,top_items,top_scores\n");
    /* item i has the number ITEMS + 1 - i, user u the number u */
    for (int u = 1; u <= USERS; u++) {
        buf_addf(&sasrec, "%d,%d,%d,0,\"[", u - 1, u, ITEMS + 1 - recs_target(u));
        for (int k = 0; k < SLOTS; k++) {
            int number = recs_slot[u][k] == ILLEGAL ? -1 : ITEMS + 1 - recs_slot[u][k];
            buf_addf(&tiger, "%d,%d,%d,%d,%g,0.0\n", u - 1, k, number, ITEMS + 1 - recs_target(u),
                     -0.5 * k);
            buf_addf(&sasrec, "%s%d", k ? ", " : "", number);
        }
        buf_adds(&sasrec, "]\",\"[");
        for (int k = 0; k < SLOTS; k++)
            buf_addf(&sasrec, "%s%g", k ? ", " : "", 1.0 / (k + 1));
        buf_adds(&sasrec, "]\"\n");
    }
    buf_adds(&map, "{\"id2user\": [\"[PAD]\"");
    for (int u = 1; u <= USERS; u++)
        buf_addf(&map, ", \"%d\"", u);
    buf_adds(&map, "], \"item2id\": {\"[PAD]\": 0");
    for (int i = 1; i <= ITEMS; i++)
        buf_addf(&map, ", \"%d\": %d", i, ITEMS + 1 - i);
    buf_adds(&map, "}}");
    char *names = recs_put_file("id_mapping.json", &map);
    char *path = recs_put_file("tiger.csv", &tiger), *second = recs_put_file("sasrec.csv", &sasrec);
    struct jval *event =
        cli_json(RUN(CLI_OK, "import-recs", path, "--name", "tiger", "--map", names, "--json"));
    assert_int_equal(recs_count(event, "empty"), 7);
    assert_int_equal(recs_count(jval_get(event, "test"), "targets_same"), USERS);
    assert_true(jval_bool(jval_get(jval_get(event, "test"), "scores"), false));
    jval_free(event);
    recs_check_metrics("tiger", false, USERS + 1);
    free(RUN(CLI_OK, "import-recs", second, "--name", "sasrec-memgen", "--map", names));
    recs_check_metrics("sasrec-memgen", false, USERS + 1);
    /* without the map the numbers mean other items: the targets tell */
    free(RUN(CLI_FAILED, "import-recs", path));
    free(path);
    free(second);
    free(names);
}

/* Token numbers of TIGER in the inference table: 1 + code + 256 times the level. */
static void memgen_inference_with_tokens(void **state)
{
    (void)state;
    struct buf text;
    recs_make_lists(14);
    buf_init(&text);
    buf_adds(&text, "sample_id,rank_id,prediction,label,ndcg@5,item_labels\n");
    for (int u = 1; u <= USERS; u++)
        for (int k = 0; k < SLOTS; k++) {
            int c[3], t[3];
            recs_codes(recs_slot[u][k] == ILLEGAL ? 1 : recs_slot[u][k], c);
            recs_codes(recs_target(u), t);
            int far = recs_slot[u][k] == ILLEGAL ? 200 : 0;
            buf_addf(
                &text, "%d,%d,\"[%d, %d, %d]\",\"[%d, %d, %d]\",0.0,\"['memorization', 'x']\"\n",
                u - 1, k, 1 + c[0] + far, 257 + c[1], 513 + c[2], 1 + t[0], 257 + t[1], 513 + t[2]);
        }
    char *path = recs_put_file("TIGER_inference_results.csv", &text);
    struct jval *event = cli_json(RUN(CLI_OK, "import-recs", path, "--name", "tokens", "--json"));
    assert_int_equal(recs_count(event, "illegal"), 7);
    jval_free(event);
    recs_check_metrics("tokens", true, USERS + 1);
    free(path);
}

/* Ids that only --map knows, as item → codes and as codes → items. */
static void maps_of_semantic_ids(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct buf text, map;
        recs_make_lists(17);
        buf_init(&text);
        buf_init(&map);
        for (int u = 1; u <= USERS; u++) {
            buf_addf(&text, "%s{\"user_id\": %d, \"raw_contents\": [", u > 1 ? ",\n" : "[", u);
            for (int k = 0; k < SLOTS; k++)
                if (recs_slot[u][k] == ILLEGAL)
                    buf_addf(&text, "%s\"[word-1, word]\"", k ? ", " : "");
                else
                    buf_addf(&text, "%s\"[word-%d, red] Title: t\"", k ? ", " : "",
                             recs_slot[u][k] <= SHARED ? (recs_slot[u][k] + 1) / 2 * 2
                                                       : recs_slot[u][k]);
            buf_adds(&text, "]}");
        }
        buf_adds(&text, "]");
        for (int i = 1; i <= ITEMS; i++) {
            int word = i <= SHARED ? (i + 1) / 2 * 2 : i;
            if (!turned)
                buf_addf(&map, "%s\"%d\": [\"word-%d\", \"red\"]", i > 1 ? ", " : "{", i, word);
            else if (i > SHARED || i % 2 == 0)
                buf_addf(&map, "%s\"word-%d,red\": [\"%d\"%s", i > 2 ? ", " : "{", word, i,
                         i > SHARED ? "]" : ", ");
            if (turned && i <= SHARED && i % 2 == 0)
                buf_addf(&map, "\"%d\"]", i - 1);
        }
        buf_addc(&map, '}');
        char *path = recs_put_file("x_tid.json", &text), *names = recs_put_file("x_map.json", &map);
        const char *name = turned ? "tid2item" : "item2tid";
        free(RUN(CLI_OK, "import-recs", path, "--name", name, "--map", names));
        recs_check_metrics(name, true, USERS + 1);
        free(path);
        free(names);
    }
}

/* RecBole, TREC, and generic tables, rows in any order. */
static void rows_of_recommendations(void **state)
{
    (void)state;
    struct buf trec, recbole, wide, plain;
    recs_make_lists(20);
    buf_init(&trec);
    buf_init(&recbole);
    buf_init(&wide);
    buf_init(&plain);
    buf_adds(&recbole, "user_id:token\titem_id:token\tscore:float\n");
    buf_adds(&wide, "user");
    for (int k = 1; k <= SLOTS; k++)
        buf_addf(&wide, ",i%d", k);
    buf_addc(&wide, '\n');
    for (int k = SLOTS - 1; k >= 0; k--) /* the last place first */
        for (int u = 1; u <= USERS; u++) {
            char item[16];
            snprintf(item, sizeof item, recs_slot[u][k] == ILLEGAL ? "x" : "%d", recs_slot[u][k]);
            buf_addf(&trec, "%d Q0 %s %d %g tag\n", u, item, k + 1, k == 4 ? 100.0 : 10.0 - k);
            buf_addf(&recbole, "%d\t%s\t%g\n", u, item, 10.0 - k);
            buf_addf(&plain, "%d;%s;%d\n", u, item, k + 1);
        }
    for (int u = 1; u <= USERS; u++) {
        buf_addf(&wide, "%d", u);
        for (int k = 0; k < SLOTS; k++)
            buf_addf(&wide, recs_slot[u][k] == ILLEGAL ? "," : ",%d", recs_slot[u][k]);
        buf_addc(&wide, '\n');
    }
    char *path[4] = {recs_put_file("run.trec", &trec), recs_put_file("topk.tsv", &recbole),
                     recs_put_file("wide.csv", &wide), recs_put_file("plain.txt", &plain)};
    struct jval *event = cli_json(RUN(CLI_OK, "import-recs", path[0], "--name", "trec", "--json"));
    assert_true(recs_count(event, "score_conflicts") > 0 &&
                recs_count(event, "score_conflicts") <= USERS);
    jval_free(event);
    free(RUN(CLI_OK, "import-recs", path[1], "--name", "recbole"));
    event = cli_json(RUN(CLI_OK, "import-recs", path[2], "--name", "wide", "--json"));
    assert_int_equal(recs_count(event, "score_conflicts"), 0);
    jval_free(event);
    free(RUN(CLI_OK, "import-recs", path[3], "--name", "plain", "--columns",
             "user=1,item=2,rank=3"));
    static const char *const names[] = {"trec", "recbole", "wide", "plain"};
    for (int i = 0; i < 4; i++)
        recs_check_metrics(names[i], false, USERS + 1);
    /* as trec_eval ranks: the fifth place has the highest score */
    free(RUN(CLI_OK, "import-recs", path[0], "--name", "trec-score", "--order", "score"));
    for (int u = 1; u <= USERS; u++) {
        int fifth = recs_slot[u][4];
        memmove(&recs_slot[u][1], &recs_slot[u][0], 4 * sizeof recs_slot[u][0]);
        recs_slot[u][0] = fifth;
    }
    recs_check_metrics("trec-score", false, USERS + 1);
    for (int i = 0; i < 4; i++)
        free(path[i]);
}

/* Items from 0, as LETTER has them, while the data number them from 1. */
static void shifted_numbers(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct buf text;
        recs_make_lists(23);
        buf_init(&text);
        for (int u = 1; u <= USERS; u++) {
            recs_slot[u][u % SLOTS] = u == 1 && recs_slot[1][0] != 1 ? 1 : recs_slot[u][u % SLOTS];
            buf_addf(&text, "{\"user\": %d, \"items\": [", u);
            for (int k = 0; k < SLOTS; k++) {
                for (int j = 0; j < k; j++)
                    if (recs_slot[u][j] == recs_slot[u][k])
                        recs_slot[u][k] = ILLEGAL;
                if (recs_slot[u][k] == ITEMS && how == 1)
                    recs_slot[u][k] = ILLEGAL; /* the highest number is not needed */
                if (recs_slot[u][k] == ILLEGAL)
                    buf_addf(&text, "%snull", k ? ", " : "");
                else
                    buf_addf(&text, "%s%d", k ? ", " : "", recs_slot[u][k] - 1);
            }
            if (how == 0)
                buf_addf(&text, "], \"target\": %d}\n", recs_target(u) - 1);
            else
                buf_adds(&text, "]}\n");
        }
        char *path = recs_put_file("zero.jsonl", &text);
        static const char *const names[] = {"by-target", "by-range", "by-option"};
        struct jval *event =
            cli_json(how == 2 ? RUN(CLI_OK, "import-recs", path, "--name", names[how], "--json",
                                    "--id-offset", "1")
                              : RUN(CLI_OK, "import-recs", path, "--name", names[how], "--json"));
        assert_int_equal(recs_count(event, "id_offset"), 1);
        assert_int_equal(jval_size(jval_get(event, "notes")), how < 2);
        jval_free(event);
        recs_check_metrics(names[how], false, USERS + 1);
        free(path);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iirg_generations),     cmocka_unit_test(iirg_and_grlm_evaluations),
        cmocka_unit_test(minionerec_result),    cmocka_unit_test(minionerec_titles),
        cmocka_unit_test(memgen_tables),        cmocka_unit_test(memgen_inference_with_tokens),
        cmocka_unit_test(maps_of_semantic_ids), cmocka_unit_test(rows_of_recommendations),
        cmocka_unit_test(shifted_numbers),
    };
    return cmocka_run_group_tests(tests, recs_begin, recs_end);
}
