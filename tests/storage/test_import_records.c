/* storage/import: lines of one object each, as Amazon, Yelp and Steam publish them. */
#include "tests/storage/import_fixture.h"

#include <string.h>

#include "storage/base/mem.h"

#define FILE_FORMAT(t, i) ((t)->result.report.files[i].format)

/* The value of an item's field, "" without. */
static const char *field(const struct import_test *t, const char *item, const char *name)
{
    const struct import_result *r = &t->result;
    for (int64_t v = 0; v < r->n_values; v++)
        if (strcmp(strtab_get(&r->item_id, r->value_item[v]), item) == 0 &&
            strcmp(strtab_get(&r->field_name, r->value_field[v]), name) == 0)
            return strtab_get(&r->value, v);
    return "";
}

static void amazon_2014(void **state)
{
    struct import_test *t = *state;
    test_gzip(
        t, "reviews_Beauty_5.json.gz",
        "{\"reviewerID\": \"A1YJ\", \"asin\": \"7806397051\", \"reviewerName\": \"A \\\"B\\\"\", "
        "\"helpful\": [3, 4], \"reviewText\": \"Nice, it's \\u00e9 {\\n}\", \"overall\": 1.0, "
        "\"summary\": \"Don't\", \"unixReviewTime\": 1391040000, \"reviewTime\": \"01 30, "
        "2014\"}\n"
        "{\"reviewerID\": \"A1YJ\", \"asin\": \"B0009\", \"overall\": 5.0, "
        "\"unixReviewTime\": 1390694400}\n"
        "{\"reviewerID\": \"A60\", \"asin\": \"B0009\", \"overall\": 4.0, "
        "\"unixReviewTime\": 1390694400}\n",
        0);
    test_gzip(
        t, "meta_Beauty.json.gz",
        "{'asin': 'B0009', 'description': \"It's \\\"good\\\"\", 'title': 'Caf\\xc3\\xa9 \\'x\\'', "
        "'imUrl': 'http://x', 'related': {'also_bought': ['B1', 'B2']}, 'salesRank': {'Beauty': "
        "10486}, 'price': 19.98, 'categories': [['Beauty', 'Hair Care'], ['Beauty', 'Oils']]}\n"
        "{'asin': '7806397051', 'title': None, 'brand': u'\\xc9t\\u20ac', 'categories': [[]]}\n",
        0);
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "A1YJ: B0009 7806397051; A60: B0009");
    assert_string_equal(test_titles(t),
                        "B0009=Caf\xc3\xa9 'x'/Beauty | Hair Care | Beauty | Oils; 7806397051=/");
    assert_string_equal(FILE_FORMAT(t, 0), "Amazon reviews (2014, 2018)");
    assert_string_equal(FILE_FORMAT(t, 1), "Amazon metadata (2014)");
    assert_non_null(strstr(t->result.report.files[0].reason, "reviewerID, asin"));
    assert_non_null(strstr(t->result.report.files[1].reason, "Python dict"));
    assert_int_equal(t->result.time[0], 1390694400);
    assert_true(t->result.rating[0] > 4.9f);
    assert_string_equal(field(t, "B0009", "description"), "It's \"good\"");
    assert_string_equal(field(t, "B0009", "price"), "19.98");
    assert_string_equal(field(t, "7806397051", "brand"), "\xc3\x89t\xe2\x82\xac");
    assert_int_equal(t->result.n_values, 3); /* no links, no pictures, no nested objects */
    t->options.has_min_rating = true;
    t->options.min_rating = 4;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "A1YJ: B0009; A60: B0009");
    assert_int_equal(t->result.report.dropped_rating, 1);
}

static void amazon_2018(void **state)
{
    struct import_test *t = *state;
    test_file(
        t, "Office_Products_5.json",
        "{\"overall\": 4.0, \"verified\": true, \"reviewTime\": \"11 7, 2017\", \"reviewerID\": "
        "\"A2\", \"asin\": \"0140503528\", \"style\": {\"Format:\": \" Paperback\"}, "
        "\"reviewText\": \"x\", \"unixReviewTime\": 1510012800}\n"
        "{\"overall\": 4.0, \"reviewerID\": \"A2\", \"asin\": \"0140503528\", "
        "\"unixReviewTime\": 1510012800, \"vote\": \"5\"}\n");
    test_file(
        t, "meta_Office_Products.json",
        "{\"category\": [\"Office Products\", \"Paper &amp; Co\"], \"tech1\": \"\", "
        "\"description\": [\"One.\", \"Two.\"], \"title\": \"Sheet\", \"also_buy\": [\"B1\"], "
        "\"image\": [], \"brand\": \"X\", \"rank\": [\">#1 in Office\"], \"also_view\": [], "
        "\"price\": \"$1.00\", \"asin\": \"0140503528\"}\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "A2: 0140503528 0140503528"); /* repeats are kept */
    assert_string_equal(test_titles(t), "0140503528=Sheet/Office Products | Paper &amp; Co");
    assert_string_equal(FILE_FORMAT(t, 1), "Amazon metadata (2018)");
    assert_string_equal(field(t, "0140503528", "description"), "One. | Two.");
    assert_string_equal(field(t, "0140503528", "also_buy"), "");
}

static void amazon_2023(void **state)
{
    struct import_test *t = *state;
    test_file(
        t, "All_Beauty.jsonl",
        "{\"rating\": 5.0, \"title\": \"Such a lovely scent\", \"text\": \"t\", \"images\": [], "
        "\"asin\": \"B00YQ6X8EO\", \"parent_asin\": \"B00P\", \"user_id\": \"AGKH\", "
        "\"timestamp\": 1588687728923, \"helpful_vote\": 0, \"verified_purchase\": true}\n"
        "{\"rating\": 4.0, \"title\": \"b\", \"text\": \"t\", \"images\": [], \"asin\": "
        "\"B00A\", \"parent_asin\": \"B00B\", \"user_id\": \"AGKH\", \"timestamp\": "
        "1588615855070, \"helpful_vote\": 0, \"verified_purchase\": true}\n");
    test_file(t, "meta_All_Beauty.jsonl",
              "{\"main_category\": \"All Beauty\", \"title\": \"Howard\", \"average_rating\": 4.8, "
              "\"rating_number\": 10, \"features\": [], \"description\": [], \"price\": null, "
              "\"images\": [{\"thumb\": \"u\"}], \"videos\": [], \"store\": \"Howard\", "
              "\"categories\": [\"Beauty\"], \"details\": {\"Brand\": \"x\"}, \"parent_asin\": "
              "\"B00P\", \"bought_together\": null}\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "AGKH: B00B B00P");
    assert_string_equal(test_titles(t), "B00B=/; B00P=Howard/Beauty");
    assert_int_equal(t->result.time[0], 1588615855070);
    assert_string_equal(FILE_FORMAT(t, 0), "Amazon reviews 2023");
    assert_string_equal(FILE_FORMAT(t, 1), "Amazon metadata 2023");
    assert_string_equal(field(t, "B00P", "main_category"), "All Beauty");
    test_forget_files(t);
    test_file(t, "Beauty.csv",
              "user_id,parent_asin,rating,timestamp,history\nAG,B2,5.0,1588687728923,B1\n"
              "AG,B1,5.0,1588615855070,\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "AG: B1 B2");
}

static void yelp(void **state)
{
    struct import_test *t = *state;
    test_file(
        t, "yelp_academic_dataset_review.json",
        "{\"review_id\":\"K\",\"user_id\":\"mh\",\"business_id\":\"XQ\",\"stars\":3.0,"
        "\"useful\":0,\"funny\":0,\"cool\":0,\"text\":\"a\\/b \\\"c\\\"\",\"date\":\"2018-07-07 "
        "22:09:11\"}\n"
        "{\"review_id\":\"L\",\"user_id\":\"mh\",\"business_id\":\"7A\",\"stars\":5.0,"
        "\"text\":\"\",\"date\":\"2012-01-03 15:28:18\"}\n");
    test_file(
        t, "yelp_academic_dataset_business.json",
        "{\"business_id\":\"7A\",\"name\":\"St \\\"H\\\"\",\"address\":\"935 Race St\",\"city\":"
        "\"Philadelphia\",\"stars\":4.0,\"is_open\":1,\"attributes\":{\"WiFi\":\"u'free'\"},"
        "\"categories\":\"Restaurants, Food,Bubble Tea\",\"hours\":null}\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "mh: 7A XQ");
    assert_string_equal(test_titles(t), "7A=St \"H\"/Restaurants | Food | Bubble Tea; XQ=/");
    assert_int_equal(t->result.time[1], 1531001351);
    assert_string_equal(FILE_FORMAT(t, 0), "Yelp reviews");
    assert_string_equal(FILE_FORMAT(t, 1), "Yelp businesses");
    assert_string_equal(field(t, "7A", "city"), "Philadelphia");
}

static void steam(void **state)
{
    struct import_test *t = *state;
    test_gzip(
        t, "steam_reviews.json.gz",
        "{u'username': u'Chaos Syren', u'hours': 0.1, u'products': 41, u'product_id': "
        "u'725280', u'page_order': 0, u'date': u'2017-12-17', u'text': u'it\\u2019s \"ok\"', "
        "u'early_access': False, u'page': 1}\n"
        "{u'username': u'\\u2605', u'product_id': u'725280', u'date': u'2017-12-16', u'user_id': "
        "u'765', u'text': u''}\n"
        "{u'username': u'Chaos Syren', u'product_id': u'328100', u'date': u'2017-08-02'}\n",
        0);
    test_gzip(t, "steam_games.json.gz",
              "{u'publisher': u'K', u'genres': [u'Action', u'Indie'], u'app_name': u'Lost \"K\"', "
              "u'title': u'Lost', u'price': 4.99, u'early_access': True, u'id': u'725280'}\n",
              0);
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "Chaos Syren: 328100 725280; \xe2\x98\x85: 725280");
    assert_string_equal(test_titles(t), "328100=/; 725280=Lost \"K\"/Action | Indie");
    assert_string_equal(FILE_FORMAT(t, 0), "Steam reviews");
    assert_string_equal(FILE_FORMAT(t, 1), "Steam games");
    assert_string_equal(field(t, "725280", "early_access"), "true");
    assert_null(t->result.rating);
}

static void malformed_lines_are_skipped_and_listed(void **state)
{
    struct import_test *t = *state;
    static const char text[] =
        "{\"user_id\": \"u\", \"item_id\": \"a\", \"timestamp\": 1, \"rating\": 2}\n"
        "\n"
        "{\"user_id\": \"u\", \"item_id\": \"b\", \"timestamp\": 1, \"rating\": 2\n"
        "[1, 2]\n"
        "{\"user_id\": \"u\", \"timestamp\": 1, \"rating\": 2}\n"
        "{\"user_id\": null, \"item_id\": \"b\", \"timestamp\": 1, \"rating\": 2}\n"
        "{\"user_id\": \"u\", \"item_id\": [\"b\"], \"timestamp\": 1, \"rating\": 2}\n"
        "{\"user_id\": \"u\", \"item_id\": \"b\", \"timestamp\": \"soon\", \"rating\": 2}\n"
        "{\"user_id\": \"u\", \"item_id\": \"b\", \"timestamp\": 1, \"rating\": \"good\"}\n"
        "{\"user_id\": \"u\", \"item_id\": \"b\\u0000\", \"timestamp\": 1, \"rating\": 2}\n"
        "{'user_id': 'u', 'item_id': 'b', 'timestamp': 1, 'rating': 2}\n"
        "{\"user_id\": 7, \"item_id\": 8, \"timestamp\": \"2018-07-07\", \"rating\": \"2.5\"}\n";
    test_file(t, "log.jsonl", text);
    test_import_fails(t, ERROR_INPUT, "9 of 11 rows are malformed");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a; 7: 8");
    assert_string_equal(FILE_FORMAT(t, 0), "JSON Lines");
    static const struct {
        int64_t line;
        enum import_bad_reason reason;
    } bad[] = {{3, IMPORT_BAD_JSON},     {4, IMPORT_BAD_JSON},     {5, IMPORT_BAD_EMPTY_ID},
               {6, IMPORT_BAD_EMPTY_ID}, {7, IMPORT_BAD_EMPTY_ID}, {8, IMPORT_BAD_TIME},
               {9, IMPORT_BAD_RATING},   {10, IMPORT_BAD_NUL},     {11, IMPORT_BAD_JSON}};
    assert_int_equal(t->result.report.n_bad, ARRAY_LEN(bad));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(t->result.report.bad[i].line, bad[i].line);
        assert_int_equal(t->result.report.bad[i].reason, bad[i].reason);
    }
}

static void the_dialect_is_that_of_most_lines(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x",
              "{\"user\": 1, \"item\": 2}\n{'user': 1, 'item': 3, 'x': None}\n"
              "{'user': 1, 'item': 4}\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 2 3 4");
    assert_string_equal(FILE_FORMAT(t, 0), "Python literals");
    t->options.format = "jsonl";
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 2");
    t->options.format = "python";
    test_import_ok(t);
    assert_int_equal(t->result.n_interactions, 3);
    test_forget_files(t);
    test_file(t, "y", "user,item\n1,2\n");
    test_import_fails(t, ERROR_INPUT, "a Python dict; a line holds one whole object");
}

static void members_by_name(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log.jsonl",
              "{\"who\": \"u\", \"what\": \"b\", \"at\": 9}\n"
              "{\"who\": \"u\", \"what\": \"a\", \"at\": 8}\n");
    test_file(t, "things.jsonl", "{\"item_id\": \"a\", \"name\": \"A\"}\n");
    test_import_fails(t, ERROR_INPUT, "say with --columns user=");
    t->options.columns = "user=who,item=what,time=at";
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a b");
    assert_string_equal(test_titles(t), "a=A/; b=/");
    t->options.columns = "user=who,item=3";
    test_import_fails(t, ERROR_USAGE, "asks for the member 3");
    t->options.columns = NULL;
    test_forget_files(t);
    test_file(t, "x.csv", "user,item\nu,a\n");
    t->options.items = test_side_file(t, "meta.json", "{\"asin\": \"a\", \"user\": \"seller\"}\n");
    test_import_ok(t); /* --items says that it is items, whatever its members mean */
    assert_string_equal(field(t, "a", "user"), "seller");
}

static void latin1_and_long_lines(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.csv", "user,item\nu,a\nu,b\n");
    struct buf text;
    buf_init(&text);
    buf_adds(&text, "{'asin': 'a', 'title': 'Mis\xe9rables'}\n{'asin': 'b', 'title': '");
    for (int i = 0; i < 1 << 20; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "'}\n");
    test_file_n(t, "meta.json", text.data, text.len);
    buf_release(&text);
    test_import_fails(t, ERROR_INPUT, "line 2 (longer than 1 MiB");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_titles(t), "a=Mis\xc3\xa9rables/; b=/");
    assert_true(test_has_note(t, "Latin-1"));
}

/* Sequences drawn, written as each project does, shuffled among users: equal after import. */
static void drawn_sequences_come_back(void **state)
{
    struct import_test *t = *state;
    static const char *const lines[] = {
        "{\"reviewerID\": \"u%d\", \"asin\": \"i%d\", \"overall\": 5.0, \"unixReviewTime\": %d}\n",
        "{\"user_id\": \"u%d\", \"parent_asin\": \"i%d\", \"rating\": 1, \"timestamp\": %d000}\n",
        "{u'username': u'u%d', u'product_id': 'i%d', u'date': %d}\n",
    };
    enum { USERS = 5, LENGTH = 7 };
    int item[USERS][LENGTH];
    struct buf want, text;
    buf_init(&want);
    buf_init(&text);
    uint32_t r = 12345;
    for (int u = 0; u < USERS; u++) {
        buf_addf(&want, "%su%d:", u ? "; " : "", u);
        for (int k = 0; k < LENGTH; k++) {
            r = r * 1664525 + 1013904223;
            item[u][k] = (int)(r >> 16) % 9;
            buf_addf(&want, " i%d", item[u][k]);
        }
    }
    for (size_t f = 0; f < ARRAY_LEN(lines); f++) {
        buf_clear(&text);
        for (int i = 0; i < USERS * LENGTH; i++) { /* 5 and 7 have no divisor in common */
            int u = i % USERS, k = LENGTH - 1 - i % LENGTH;
            buf_addf(&text, lines[f], u, item[u][k], 100 + k);
        }
        test_forget_files(t);
        test_file(t, "x.json", text.data);
        test_import_ok(t);
        assert_string_equal(test_sequences(t), want.data);
    }
    buf_release(&want);
    buf_release(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_test_setup, import_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(amazon_2014),
        TEST(amazon_2018),
        TEST(amazon_2023),
        TEST(yelp),
        TEST(steam),
        TEST(malformed_lines_are_skipped_and_listed),
        TEST(the_dialect_is_that_of_most_lines),
        TEST(members_by_name),
        TEST(latin1_and_long_lines),
        TEST(drawn_sequences_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
