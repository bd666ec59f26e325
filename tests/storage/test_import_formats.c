/* storage/import: every format, how it is recognised, and how several files come together. */
#include "tests/storage/import_fixture.h"

#include <stdlib.h>
#include <string.h>

#define FILE_FORMAT(t, i) ((t)->result.report.files[i].format)

static void s3rec_text(void **state)
{
    struct import_test *t = *state;
    test_file(t, "Beauty.txt", "1 1 2 3\n2 3 4\n\n7 1 5 \n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 1 2 3; 2: 3 4; 7: 1 5");
    assert_string_equal(FILE_FORMAT(t, 0), "S3-Rec text");
    assert_true(t->result.report.ids_by_appearance);
    assert_int_equal(t->result.report.order, IMPORT_ORDER_FILE);
    assert_null(t->result.time);
    assert_string_equal(t->result.split, "leave-one-out");
    assert_int_equal(t->result.title.n, 5);
    assert_string_equal(strtab_get(&t->result.title, 4), "");
    test_forget_files(t);
    test_file(t, "Beauty_sample.txt", "1 1 2 3\n2 3 4\n");
    test_import_fails(t, ERROR_INPUT, "sampled negatives");
    t->options.format = "s3rec";
    test_import_ok(t);
}

static void idgenrec_with_its_texts(void **state)
{
    struct import_test *t = *state;
    test_file(t, "item_plain_text.txt", "B01 rene furterer, no 5\nB02 mud\nB09 nobody's\nB03\n");
    test_file(t, "user_sequence.txt", "A1 B02 B01\nA2 B01 B03 B04\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "A1: B02 B01; A2: B01 B03 B04");
    assert_string_equal(test_titles(t), "B02=mud/; B01=rene furterer, no 5/; B03=/; B04=/");
    assert_int_equal(t->result.report.text_without_items, 1);
    assert_int_equal(t->result.report.items_without_text, 1);
    assert_false(t->result.report.ids_by_appearance);
    assert_string_equal(FILE_FORMAT(t, 0), "IDGenRec item text");
    assert_string_equal(FILE_FORMAT(t, 1), "IDGenRec sequences");
}

static void texts_and_sequences_are_told_apart_by_content(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "A1 B02 B01\nA2 B01 B02\n");
    test_file(t, "b.txt", "B01 rene furterer complexe 5\nB02 sedu ionic flat iron\n");
    test_import_ok(t);
    assert_int_equal(t->result.report.files[1].role, IMPORT_ITEMS);
    assert_string_equal(test_titles(t), "B02=sedu ionic flat iron/; B01=rene furterer complexe 5/");
}

static void recbole_in_any_column_order(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x.inter",
              "timestamp:float\titem_id:token\trating:float\tuser_id:token\n"
              "30\tb\t4\tu\n10.0\ta\t5\tu\n2e1\t\"c\t3.5\tu\n5\ta\t1\tv\n");
    test_file(t, "x.item",
              "movie_title:token_seq\titem_id:token\tclass:token_seq\tyear:float\n"
              "Toy \"Story\"\ta\tAnimation Children's Comedy\t1995\n"
              "GoldenEye\tb\tAction\t\n");
    test_file(t, "x.user", "user_id:token\tage:token\nu\t24\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a \"c b; v: a");
    assert_string_equal(test_titles(t), "a=Toy \"Story\"/Animation | Children's | Comedy; \"c=/; "
                                        "b=GoldenEye/Action");
    assert_int_equal(t->result.time[1], 20);
    assert_true(t->result.rating[1] > 3.4f && t->result.rating[1] < 3.6f);
    assert_true(t->result.report.order_changed);
    assert_int_equal(t->result.report.order, IMPORT_ORDER_TIME);
    assert_int_equal(t->result.report.files[2].role, IMPORT_UNUSED);
    assert_int_equal(t->result.n_values, 1);
    assert_int_equal(t->result.value_item[0], 0);
    assert_string_equal(strtab_get(&t->result.field_name, t->result.value_field[0]), "year");
    assert_string_equal(strtab_get(&t->result.value, 0), "1995");
}

static void letter_in_three_files(void **state)
{
    struct import_test *t = *state;
    test_file(t, "X.index.json",
              "{\"0\": [\"<a_1>\", \"<b_2>\"], \"1\": [\"<a_3>\", \"<b_4>\"],\n"
              " \"2\": [\"<a_1>\", \"<b_2>\"]}");
    test_file(t, "X.item.json",
              "{\"1\": {\"title\": \"Soap, \\\"fine\\\" \\u00e9\", \"description\": \"a\\nb\", "
              "\"categories\": [[\"Beauty\", \"Bath\"]], \"price\": 3.5, \"brand\": null}}");
    test_file(t, "X.inter.json", "{\n \"0\": [0, 1],\n \"1\": [1,2,\"0\"]\n}\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "0: 0 1; 1: 1 2 0");
    assert_string_equal(test_semids(t), "0=1.2; 1=3.4; 2=1.2");
    assert_string_equal(test_titles(t), "0=/; 1=Soap, \"fine\" \xc3\xa9/Beauty | Bath; 2=/");
    assert_int_equal(t->result.n_values, 2);
    assert_string_equal(strtab_get(&t->result.value, 0), "a b");
    assert_int_equal(t->result.report.id_offset, 0);
    assert_int_equal(t->result.report.items_without_text, 2);
}

static void movielens_tables_with_quoted_commas(void **state)
{
    struct import_test *t = *state;
    test_file(t, "ratings.csv",
              "userId,movieId,rating,timestamp\r\n1,10,4.0,100\r\n1,20,3.5,50\r\n2,10,5,7\r\n");
    test_file(
        t, "movies.csv",
        "\xef\xbb\xbfmovieId,title,genres\n10,\"American President, The (1995)\",Comedy|Drama\n"
        "20, \"He said \"\"no\"\"\nand left\" ,(no genres listed)\n30,Unseen,X\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 20 10; 2: 10");
    assert_string_equal(test_titles(t), "20=He said \"no\" and left/(no genres listed); "
                                        "10=American President, The (1995)/Comedy | Drama");
    assert_int_equal(t->result.report.text_without_items, 1);
    assert_int_equal(t->result.report.bad_total, 0);
}

/* What exports put before formulas goes, and only that; RecBole's files have bare texts. */
static void apostrophes_of_formulas_go(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log.csv", "user,item\n'=u,'-x\n'=u,''=y\n'=u,'-5\n'v,\"'=a,b\"\n");
    test_file(t, "items.csv", "item,title\n'-x,'+1 x\n\"'=a,b\",'t\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "=u: -x '=y '-5; 'v: =a,b");
    assert_string_equal(test_titles(t), "-x=+1 x/; '=y=/; '-5=/; =a,b='t/");
    test_forget_files(t);
    test_file(t, "log.tsv", "user\titem\n'=u\t'-x\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "=u: -x");
    test_forget_files(t);
    test_file(t, "x.inter", "user_id:token\titem_id:token\n'=u\t'-x\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "'=u: '-x");
}

static void cr_alone_ends_lines(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log.csv", "user,item,rating\ru,a,1\ru,\"b\rc\",2\r\rv,d,3\r  \r");
    test_import_ok(t);
    assert_int_equal(t->result.report.bad_total, 0);
    assert_int_equal(t->result.n_interactions, 3);
    test_forget_files(t);
    test_file(t, "x.txt", "1 2 3\r2 3 4\r");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 2 3; 2: 3 4");
}

/* What is between quotes is the cell's, its line ends too, whatever ends the rows. */
static void line_ends_in_cells_stay(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log.csv", "user,item\r\nu,\"b\r\n\r\nc\"\r\nu,\"d\ne\"\r\nv,\"f\rg\"");
    test_import_ok(t);
    assert_int_equal(t->result.report.bad_total, 0);
    assert_string_equal(test_sequences(t), "u: b\r\n\r\nc d\ne; v: f\rg");
    test_forget_files(t);
    test_file(t, "log.csv", "user,item\ru,\"b\rc\"\r");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: b\rc");
    test_forget_files(t);
    test_file(t, "log.csv", "user,item\r\nu,a\r\n"); /* titles are one line: a space for each */
    test_file(t, "items.csv", "item,title\r\na,\"one\r\ntwo\nthree\"\r\n");
    test_import_ok(t);
    assert_string_equal(test_titles(t), "a=one two three/");
}

static void columns_that_are_not_known_are_named(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log", "who,what,when\nu,a,1\n");
    test_import_fails(t, ERROR_INPUT, "(first line: who, what, when). Names such as user_id");
    test_forget_files(t);
    test_file(t, "log.csv", "usr,item_id,time\nu,a,1\n");
    test_import_fails(t, ERROR_INPUT, "header: usr, item_id, time)");
    assert_non_null(strstr(t->err.text, "--columns user="));
}

static void columns_by_name_and_number(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log.csv", "when,who,what\n9,u,a\n8,u,b\n");
    test_import_fails(t, ERROR_INPUT, "--columns user=1,item=2");
    t->options.columns = "user=who,item=3,time=WHEN";
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: b a");
    t->options.columns = "user=2,item=3";
    test_import_ok(t); /* no way to see the header but its names: the first line is data */
    assert_int_equal(t->result.n_interactions, 3);
    t->options.columns = "user=2,item=3,time=1";
    test_import_ok(t); /* "when" is no time, 9 is */
    assert_int_equal(t->result.n_interactions, 2);
    t->options.columns = "user=nobody,item=3";
    test_import_fails(t, ERROR_USAGE, "asks for the column nobody");
    t->options.columns = "user=4,item=3";
    test_import_fails(t, ERROR_USAGE, "asks for the column 4");
    t->options.columns = "who=1";
    test_import_fails(t, ERROR_USAGE, "\"who=1\" is not understood");
    t->options.columns = "user=";
    test_import_fails(t, ERROR_USAGE, "is not understood");
}

static void tables_without_header(void **state)
{
    struct import_test *t = *state;
    test_file(t, "log", "196\t242\t3\t9\n196\t302\t3\t8\n");
    test_import_fails(t, ERROR_INPUT, "--columns user=1");
    t->options.columns = "user=1,item=2,rating=3,time=4";
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "196: 302 242");
    test_forget_files(t);
    test_file(t, "ratings.dat", "1::\"11::5::9\n1::12::5::8\n1:x::13::5::10\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 12 \"11; 1:x: 13");
    test_forget_files(t);
    test_file(t, "spaces", "u a 1 9\nu b 1 8\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: b a");
}

static void movielens_100k(void **state)
{
    struct import_test *t = *state;
    test_file(t, "u.data", "196\t242\t3\t881250949\n196\t1\t3\t881250940\n22\t1\t1\t878887116\n");
    test_file(t, "u.item",
              "1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact?Toy%20Story|"
              "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
              "242|Mis\xe9rables, \"Les\" (1995)|01-Jan-1995||http://us.imdb.com/M/|"
              "1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1\n"
              "267|unknown||||1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n");
    test_file(t, "u.user", "1|24|M|technician|85711\n2|53|F|other|94043\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "196: 1 242; 22: 1");
    assert_string_equal(test_titles(t), "1=Toy Story (1995)/Animation | Children's | Comedy; "
                                        "242=Mis\xc3\xa9rables, \"Les\" (1995)/unknown | Western");
    assert_string_equal(FILE_FORMAT(t, 0), "MovieLens u.data");
    assert_string_equal(FILE_FORMAT(t, 1), "MovieLens u.item");
    assert_int_equal(t->result.report.files[2].role, IMPORT_UNUSED);
    assert_true(test_has_note(t, "Latin-1"));
    assert_int_equal(t->result.time[0], 881250940);
    assert_int_equal(t->result.n_values, 4); /* a release date and an address each */
    assert_string_equal(strtab_get(&t->result.value, 0), "01-Jan-1995");
}

static void movielens_1m_and_10m(void **state)
{
    struct import_test *t = *state;
    test_file(
        t, "ratings.dat",
        "1::1193::5::978300760\n1::661::3.5::978302109\n1::5::978300000\n2::1193::5::978298413\n");
    test_file(
        t, "movies.dat",
        "1193::One Flew: Over (1975)::Drama\n661::James \xe9::Animation|Children's|Musical\n");
    test_file(t, "users.dat", "1::F::1::10::48067\n2::M::56::16::70072\n");
    test_import_fails(t, ERROR_INPUT, "more than 1 %: line 3 (too few columns)");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 1193 661; 2: 1193");
    assert_string_equal(test_titles(t), "1193=One Flew: Over (1975)/Drama; "
                                        "661=James \xc3\xa9/Animation | Children's | Musical");
    assert_string_equal(FILE_FORMAT(t, 0), "MovieLens ratings.dat");
    assert_string_equal(FILE_FORMAT(t, 1), "MovieLens movies.dat");
    assert_true(t->result.rating[1] > 3.4f && t->result.rating[1] < 3.6f);
    test_forget_files(t);
    test_file(t, "log.txt", "1::1193::5\n");
    t->options.format = "movielens";
    test_import_fails(t, ERROR_INPUT, "none of MovieLens'");
}

static void dates_are_times(void **state)
{
    struct import_test *t = *state;
    test_file(t, "yelp.csv",
              "user_id,business_id,date\nu,a,2018-07-07 22:09:11\nu,b,2018-07-07\n"
              "u,c,1970-01-01T00:00:01Z\nu,d,2016-02-29\n"
              "v,a,2018-07-07T22:09:11.123456\nv,b,2018-07-08 00:09:10.9+02:00\n"
              "v,c,2018-07-07T16:39:09-05:30\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: c d b a; v: c b a");
    assert_int_equal(t->result.time[3], 1531001351);
    for (int i = 0; i < 3; i++)
        assert_int_equal(t->result.time[4 + i], 1531001349 + i);
    assert_int_equal(t->result.time[0], 1);
}

static void format_overrules_what_is_seen(void **state)
{
    struct import_test *t = *state;
    test_file(t, "x", "user item\nu a\n");
    t->options.format = "s3rec";
    test_import_ok(t);
    assert_int_equal(t->result.n_users, 2);
    t->options.format = "ssv";
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a");
    t->options.format = "recbole";
    test_import_fails(t, ERROR_INPUT, "typed header");
    t->options.format = "letter";
    test_import_fails(t, ERROR_INPUT, "not one JSON object");
    t->options.format = "xml";
    test_import_fails(t, ERROR_USAGE, "known are s3rec, idgenrec");
}

static void ids_that_differ_by_an_offset_are_shifted(void **state)
{
    struct import_test *t = *state;
    test_file(t, "Beauty.txt", "1 1 2 3\n2 3 4\n");
    test_file(t, "Beauty.index.json",
              "{\"0\":[\"<a_1>\"],\"1\":[\"<a_2>\"],\"2\":[\"<a_3>\"],\"3\":[\"<a_4>\"]}");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=1; 2=2; 3=3; 4=4");
    assert_true(t->result.report.offset_applied);
    assert_false(t->result.report.offset_asked);
    assert_int_equal(t->result.report.id_offset, 1);
    assert_true(test_has_note(t, "differ by +1: shifted"));
    t->options.has_id_offset = true;
    t->options.id_offset = 0;
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=2; 2=3; 3=4; 4=-1");
    assert_int_equal(t->result.report.items_without_semid, 1);
    assert_int_equal(t->result.report.semids_without_items, 1);
    assert_false(t->result.report.offset_applied);
    t->options.id_offset = 2;
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=-1; 2=1; 3=2; 4=3");
    assert_true(t->result.report.offset_asked);
}

static void offsets_are_found_only_between_dense_sets(void **state)
{
    struct import_test *t = *state;
    t->options.semids =
        test_side_file(t, "pad.json", "{\"0\":[0],\"1\":[1],\"2\":[2],\"3\":[3],\"4\":[4]}");
    test_file(t, "s.txt", "1 1 2 3\n2 3 4\n");
    test_import_ok(t); /* item 0 is padding: the largest ids agree */
    assert_string_equal(test_semids(t), "1=1; 2=2; 3=3; 4=4");
    assert_true(test_has_note(t, "padding"));
    t->options.semids = test_side_file(t, "more.json",
                                       "{\"0\":[0],\"1\":[1],\"2\":[2],\"3\":[3],\"4\":[4],"
                                       "\"5\":[5]}");
    test_import_ok(t); /* from 0, and more of them than the interactions name */
    assert_string_equal(test_semids(t), "1=0; 2=1; 3=2; 4=3");
    assert_int_equal(t->result.report.semids_without_items, 2);
    t->options.semids = test_side_file(t, "some.json", "{\"2\":[2],\"3\":[3]}");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=-1; 2=2; 3=3; 4=-1");
    t->options.semids = test_side_file(t, "gap.json", "{\"0\":[0],\"2\":[2],\"3\":[3]}");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "1=-1; 2=2; 3=3; 4=-1");
    assert_int_equal(t->result.report.id_offset, 0);
}

/* k-core takes items away, but the offset is one of the whole files. */
static void offsets_are_found_before_filters(void **state)
{
    struct import_test *t = *state;
    test_file(t, "s.txt", "1 1 2 3\n2 3 2\n3 4 2\n");
    test_file(t, "i.index.json", "{\"0\":[10],\"1\":[11],\"2\":[12],\"3\":[13]}");
    t->options.k_core = 2;
    test_import_ok(t);
    assert_string_equal(test_semids(t), "2=11; 3=12");
}

static void the_same_sequences_twice_are_read_once(void **state)
{
    struct import_test *t = *state;
    test_file(t, "Beauty.txt", "1 1 2 3\n2 3 4\n");
    test_file(t, "Beauty.inter.json", "{\"0\":[0,1,2],\"1\":[2,3]}");
    test_file(t, "Beauty.index.json", "{\"0\":[0],\"1\":[1],\"2\":[2],\"3\":[3]}");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "1: 1 2 3; 2: 3 4");
    assert_string_equal(test_semids(t), "1=0; 2=1; 3=2; 4=3");
    assert_true(test_has_note(t, "holds the same sequences"));
    assert_int_equal(t->result.report.interactions_read, 5);
    test_forget_files(t);
    test_file(t, "Beauty.txt", "1 1 2 3\n2 3 4\n");
    test_file(t, "Other.inter.json", "{\"0\":[0,1,2],\"1\":[2,4]}");
    test_file(t, "Other.more", "1 1 2 3\n");
    test_import_fails(t, ERROR_INPUT, "already has a sequence");
    free(t->path[--t->n_paths]);
    test_import_ok(t); /* renamed items, but the same structure */
    t->options.format = NULL;
    test_forget_files(t);
    test_file(t, "Beauty.txt", "1 1 2 3\n2 3 4\n");
    test_file(t, "Other.inter.json", "{\"0\":[0,1,2],\"1\":[0,4]}");
    test_import_fails(t, ERROR_INPUT, "not the same sequences; import one of them");
}

static void tables_are_read_one_after_the_other(void **state)
{
    struct import_test *t = *state;
    test_file(t, "1.csv", "user,item,time\nu,a,5\n");
    test_file(t, "2.tsv", "item\tuser\ttime\nb\tu\t4\nc\tv\t4\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: b a; v: c");
    test_file(t, "3.csv", "user,item\nu,d\n");
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a b d; v: c");
    assert_null(t->result.time);
    assert_true(test_has_note(t, "not every file"));
}

static void gzip_and_standard_input(void **state)
{
    struct import_test *t = *state;
    test_gzip(t, "ratings.csv.gz", "userId,movieId\nu,a\n", 0);
    test_import_ok(t);
    assert_string_equal(test_sequences(t), "u: a");
    test_forget_files(t);
    test_file(t, "-", "");
    free(t->path[0]);
    t->path[0] = strdup("-");
    t->path[1] = strdup("-");
    t->n_paths = 2;
    test_import_fails(t, ERROR_USAGE, "named twice");
}

static void named_roles(void **state)
{
    struct import_test *t = *state;
    test_file(t, "s", "u1 i1 i2\n");
    t->options.items = test_side_file(t, "words", "i1 5 6 7\ni2 8 9\n");
    test_import_ok(t);
    assert_string_equal(test_titles(t), "i1=5 6 7/; i2=8 9/");
    t->options.items = test_side_file(t, "table.csv", "id,colour,name\ni2,red,Two\n");
    test_import_ok(t);
    assert_string_equal(test_titles(t), "i1=/; i2=Two/");
    assert_int_equal(t->result.n_values, 1);
    t->options.items = test_side_file(t, "bad.json", "{\"i1\":[\"i2\"]}");
    test_import_fails(t, ERROR_INPUT, "no item texts");
    t->options.items = NULL;
    t->options.semids = test_side_file(t, "semids", "i1 5 6 7\n");
    test_import_fails(t, ERROR_INPUT, "no semantic ids");
    t->options.semids = NULL;
    test_forget_files(t);
    test_file(t, "item_text.txt", "i1 word\n");
    test_import_fails(t, ERROR_INPUT, "none of the files holds interactions");
}

static void minionerec_info_lines(void **state)
{
    struct import_test *t = *state;
    test_file(t, "a.txt", "1 0 1\n2 2 1\n");
    t->options.semids =
        test_side_file(t, "Office.txt",
                       "<a_236><b_231><c_226>\tA pen, blue\t0\n<a_1><b_2><c_3>\tTab\tin it\t1\n"
                       "<a_236><b_231><c_226>\t\t2\n<a_9><b_9><c_9>\tUnseen\t7\n");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "0=236.231.226; 1=1.2.3; 2=236.231.226");
    assert_string_equal(test_titles(t), "0=A pen, blue/; 1=Tab in it/; 2=/");
    assert_string_equal(FILE_FORMAT(t, 1), "MiniOneRec info");
    assert_int_equal(t->result.report.semids_without_items, 1);
    assert_int_equal(t->result.report.text_without_items, 0);
    /* an item file has the texts then */
    test_file(t, "items.csv", "item,title\n0,Stick\n1,Sheet\n");
    test_import_ok(t);
    assert_string_equal(test_titles(t), "0=Stick/; 1=Sheet/; 2=/");
    t->options.semids =
        test_side_file(t, "Office.txt",
                       "<a_1><b_2>\tA\t0\n<a_1>\tother levels\t1\n<a_1>b_2>\tno codes\t1\n"
                       "<a_1><b_x>\tno code\t1\n<a_1><b_2>\n<a_1><b_2>\tno item\t\n"
                       "<a_3><b_4>\ttwice\t0\n");
    t->options.allow_bad = true;
    test_import_ok(t);
    assert_string_equal(test_semids(t), "0=1.2; 1=-1.-1; 2=-1.-1");
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_SEMID], 4);
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_EMPTY_ID], 1);
    assert_int_equal(t->result.report.bad_count[IMPORT_BAD_DUPLICATE_ITEM], 1);
    assert_int_equal(t->result.report.items_without_semid, 2);
}

static void memgen_sem_ids(void **state)
{
    struct import_test *t = *state;
    test_file(t, "user_sequence.txt", "A1 B02 B01\nA2 B01 B03\n");
    t->options.semids = test_side_file(t, "sentence-t5-base_256,256,256,256.sem_ids",
                                       "{\"B01\": [9, 0, 255, 0], \"B02\": [1, 2, 3, 1]}");
    test_import_ok(t);
    assert_string_equal(test_semids(t), "B02=1.2.3.1; B01=9.0.255.0; B03=-1.-1.-1.-1");
    assert_string_equal(FILE_FORMAT(t, 1), "MemGen .sem_ids");
    assert_int_equal(t->result.report.items_without_semid, 1);
}

/* Ids that number the items by first appearance are used only when that is asked for. */
static void semids_by_order(void **state)
{
    struct import_test *t = *state;
    test_file(t, "user_sequence.txt", "A1 B09 B07\nA2 B07 B08\n");
    for (int low = 0; low <= 1; low++) {
        char text[128];
        snprintf(text, sizeof text, "{\"%d\": [1, 2], \"%d\": [3, 4], \"%d\": [5, 6]}", low + 2,
                 low, low + 1);
        t->options.semids = test_side_file(t, "X.index.json", text);
        t->options.semids_by_order = false;
        test_import_fails(t, ERROR_INPUT, "or --semids-by order");
        t->options.semids_by_order = true;
        test_import_ok(t);
        assert_string_equal(test_semids(t), "B09=3.4; B07=5.6; B08=1.2");
        assert_true(test_has_note(t, "is the first item that appears"));
        t->options.max_length = 1; /* the order is that of the file, before filters */
        test_import_ok(t);
        assert_string_equal(test_semids(t), "B07=5.6; B08=1.2");
        t->options.max_length = 0;
    }
    const char *const wrong[] = {
        "{\"0\": [1], \"1\": [1]}",
        "{\"0\": [1], \"1\": [1], \"3\": [1]}",
        "{\"2\": [1], \"3\": [1], \"4\": [1]}",
        "{\"B09\": [1], \"B07\": [1], \"B08\": [1]}",
    };
    for (size_t i = 0; i < 4; i++) {
        t->options.semids = test_side_file(t, "X.index.json", wrong[i]);
        test_import_fails(t, ERROR_INPUT, "--semids-by order: the file must number");
    }
    t->options.semids = NULL;
    test_import_fails(t, ERROR_USAGE, "--semids-by needs --semids FILE");
}

static void latin1_titles_become_utf8(void **state)
{
    struct import_test *t = *state;
    test_file(t, "r.csv", "userId,movieId\nu,1\nu,2\n");
    test_file(t, "m.csv", "movieId,title\n1,Mis\xe9rables\n2,Mis\xc3\xa9rables\n");
    test_import_ok(t);
    assert_string_equal(test_titles(t), "1=Mis\xc3\xa9rables/; 2=Mis\xc3\xa9rables/");
    assert_true(test_has_note(t, "1 item text was not UTF-8 and was read"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_test_setup, import_test_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(s3rec_text),
        TEST(idgenrec_with_its_texts),
        TEST(texts_and_sequences_are_told_apart_by_content),
        TEST(recbole_in_any_column_order),
        TEST(letter_in_three_files),
        TEST(movielens_tables_with_quoted_commas),
        TEST(apostrophes_of_formulas_go),
        TEST(cr_alone_ends_lines),
        TEST(line_ends_in_cells_stay),
        TEST(columns_that_are_not_known_are_named),
        TEST(columns_by_name_and_number),
        TEST(tables_without_header),
        TEST(movielens_100k),
        TEST(movielens_1m_and_10m),
        TEST(dates_are_times),
        TEST(format_overrules_what_is_seen),
        TEST(ids_that_differ_by_an_offset_are_shifted),
        TEST(offsets_are_found_only_between_dense_sets),
        TEST(offsets_are_found_before_filters),
        TEST(the_same_sequences_twice_are_read_once),
        TEST(tables_are_read_one_after_the_other),
        TEST(gzip_and_standard_input),
        TEST(named_roles),
        TEST(minionerec_info_lines),
        TEST(memgen_sem_ids),
        TEST(semids_by_order),
        TEST(latin1_titles_become_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
