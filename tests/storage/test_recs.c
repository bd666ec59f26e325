/* storage/import/recs*: every format from bytes, malformed rows, hostile bytes, maps, semantic ids.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/import/recs.h"
#include "storage/import/walk.h"
#include "tests/draw.h"

/* ---- what was read, as text: "USER[: position][valid]>TARGET: a b/0.5 ? ! | …" ---- */

static struct recs_report report;
static struct buf said;

static void add_text(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addc(&said, text[i] == RECS_KEY ? '#' : text[i]);
}

static bool note(void *context, const struct recs_list *list, struct error *err)
{
    (void)context;
    (void)err;
    buf_adds(&said, said.len ? "|" : "");
    if (list->user)
        add_text(list->user, list->user_n);
    if (list->sample >= 0)
        buf_addf(&said, "#%d", (int)list->sample);
    if (list->position >= 0)
        buf_addf(&said, "@%d", (int)list->position);
    if (list->part >= 0)
        buf_adds(&said, list->part ? "v" : "t");
    if (list->target) {
        buf_addc(&said, '>');
        add_text(list->target, list->target_n);
    }
    if (list->target_said && !list->target) {
        buf_adds(&said, ">~");
        add_text(list->target_said, list->target_said_n);
    }
    buf_adds(&said, list->topic ? "!" : "");
    buf_addc(&said, ':');
    for (int32_t i = 0; i < list->n; i++) {
        const struct recs_slot *slot = &list->slot[i];
        buf_addc(&said, ' ');
        if (slot->kind == RECS_SLOT_ITEM)
            add_text(slot->text, slot->n);
        else
            buf_addc(&said, slot->kind == RECS_SLOT_INVALID ? '-' : '?');
        if (slot->said && slot->kind == RECS_SLOT_MADE_UP)
            add_text(slot->said, slot->said_n);
        if (list->ranked)
            buf_addf(&said, "^%d", slot->rank);
        if (isfinite(slot->score))
            buf_addf(&said, "/%g", slot->score);
    }
    return true;
}

static bool read_bytes(const char *bytes, size_t n, struct recs_options options, struct error *err)
{
    struct recs_sink sink = {note, NULL};
    struct source *s = source_over(bytes, n, "test");
    buf_clear(&said);
    recs_report_release(&report);
    bool ok = recs_read_source(s, &options, &sink, NULL, &report, err);
    source_close(s);
    return ok;
}

static void reads_with(const char *text, struct recs_options options, const char *expected)
{
    struct error err = {0};
    if (!read_bytes(text, strlen(text), options, &err))
        fail_msg("%s", err.text);
    assert_string_equal(said.data, expected);
}

static void reads(const char *text, const char *expected)
{
    reads_with(text, (struct recs_options){0}, expected);
}

static void refuses(const char *text, size_t n, struct recs_options options, const char *why)
{
    struct error err = {0};
    assert_false(read_bytes(text, n, options, &err));
    if (!strstr(err.text, why))
        fail_msg("\"%s\" is not in \"%s\"", why, err.text);
}

#define REFUSES(text, why) refuses(text, strlen(text), (struct recs_options){0}, why)

/* ---- JSON ---- */

static void json_lines(void **state)
{
    (void)state;
    reads("{\"user\":\"U1\",\"items\":[\"a\",\"b\"],\"scores\":[0.5,-1e-3]}\n"
          "\r\n{\"scores\": null, \"items\": [7, null, 8], \"user_id\": 3, \"split\": \"valid\", "
          "\"position\": 4}\n"
          "{\"user\":\"x\\u00e4\\n\",\"items\":[],\"other\":{\"items\":[1]}}",
          "U1: a/0.5 b/-0.001|3@4v: 7 - 8|x\xc3\xa4\n:");
    assert_string_equal(report.format, "JSON lines");
    assert_int_equal(report.rows, 3);
    /* what rote exports; a list of lists holds codes; objects hold an item and its score */
    reads("{\"user\":\"U\",\"target\":\"b\",\"hit_rank\":2,\"items\":[\"a\",null,\"b\"],\"scores\":"
          "[3,0,1],\"labels\":[[\"x\"]],\"verbatim\":[1,2,3]}",
          "U>b: a/3 -/0 b/1");
    reads("{\"user_id\":1,\"semantic_ids\":[[9,0,255],[\"<a_1>\",\"<b_2>\"]]}", "1: #9,0,255 #1,2");
    reads(
        "{\"user\":1,\"recommendations\":[{\"item_id\":\"a\",\"score\":2},{\"score\":1,\"id\":7}]}",
        "1: a/2 7/1");
    reads("[\n {\"user\": 1, \"items\": [2]},\n {\"user\": 2, \"items\": [\"]\", \"}\"]}\n]\n",
          "1: 2|2: ] }");
    reads("{\"u1\": [\"a\", 2], \"u\\\"2\": []}", "u1: a 2|u\"2:");
    assert_string_equal(report.reason, "it is one object whose members are lists");
    reads("[]", "");
    reads("\xef\xbb\xbf[{\"user\": 1, \"items\": [2]}]", "1: 2");
    reads("\xef\xbb\xbf{\"user\": 1, \"items\": [2]}\n", "1: 2");
}

static void bad_rows_are_counted(void **state)
{
    (void)state;
    struct recs_options any = {.allow_bad = true};
    reads_with("{\"user\":1,\"items\":[1]}\n{\"user\":2}\nnot json\n{\"user\":3,\"items\":[1}\n"
               "{\"user\":4,\"items\":\"1\"}\n{\"user\":5,\"items\":[1,2],\"scores\":[1]}\n"
               "{\"user\":6,\"items\":[1],\"split\":\"train\"}\n{\"user\":7,\"items\":[1]} x\n"
               "{\"user\":8,\"items\":[1],\"position\":\"x\"}\n{\"user\":9,\"items\":[true]}\n",
               any, "1: 1|9: true");
    assert_int_equal(report.rows, 10);
    assert_int_equal(report.bad_total, 8);
    assert_int_equal(report.bad[0].line, 2);
    assert_string_equal(report.bad[0].why, "there is no list of items");
    assert_string_equal(report.bad[3].why, "the items are no list of ids");
    assert_string_equal(report.bad[1].text, "not json");
    REFUSES("{\"user\":1,\"items\":[1]}\nx\x1b[31m\n", "1 of 2 rows are bad; the first is line 2");
    REFUSES("{\"user\":1,\"items\":[1]}\nx\x1b[31m\n", "x?[31m");
    REFUSES("[{\"user\":1,\"items\":[1]}", "truncated");
    REFUSES("[{\"user\":1,\"items\":[1]}] x", "follows the JSON array");
    REFUSES("[{\"user\":1,\"items\":[1]},]", "a value is missing");
    REFUSES("", "is empty");
    /* 1 % is allowed */
    struct buf many;
    buf_init(&many);
    for (int i = 0; i < 99; i++)
        buf_addf(&many, "{\"user\":%d,\"items\":[1]}\n", i);
    buf_adds(&many, "{\n");
    struct error err = {0};
    assert_true(read_bytes(many.data, many.len, (struct recs_options){0}, &err));
    buf_adds(&many, "{\n");
    assert_false(read_bytes(many.data, many.len, (struct recs_options){0}, &err));
    buf_release(&many);
}

static const char generations[] =
    "[{\"instruction\": \"x\", \"input\": \"[<a_9><b_9><c_9>] Title: \\\"q\\\"\", \"output\": "
    "\"o\","
    " \"metadata\": {\"user_id\": \"12\", \"total_items\": 9}, \"item_id_list\": [1, 2, 3],"
    " \"item_id_len\": 3, \"valid_ground_truth_id\": \"2\", \"test_ground_truth_id\": \"3\","
    " \"test_ground_truth_tid\": [\"a_1\", \"b_2\", \"c_3\"], \"prompt\": \"p\","
    " \"raw_contents\": [\"<a_1><b_2><c_3>\", \"<a_1><b_02><c_3>\\n\", \"sorry\", \"\","
    " \"Item keywords: [<a_4><b_5><c_6>] Title: y\", \"<b_1><a_2>\", \"<a_1><b_2>\"],"
    " \"num_generations\": 7}]";

static void iirg(void **state)
{
    (void)state;
    reads(generations, "12>3: #1,2,3 #1,2,3 ?sorry ? #4,5,6 #2 #1,2");
    assert_string_equal(report.format, "IIRG generations");
    reads_with(generations, (struct recs_options){.valid = true},
               "12>2: #1,2,3 #1,2,3 ?sorry ? #4,5,6 #2 #1,2");
    /* evaluated: the items that its own code decided for, or the generations */
    char *eval =
        mem_printf("{\"metrics\": {\"recall@5\": 0.1, \"x\": [1, 2]}, \"results\": [{"
                   "\"metadata\": {\"user_id\": \"12\"}, \"raw_contents\": [\"<a_1><b_2>\"],"
                   " \"all_results\": [{\"sequence_id\": 0, \"triplet\": [1], \"iid\": "
                   "[\"5\"]}], \"iids\": [\"5\", \"6\"], \"iid_gt\": \"6\"}], \"end\": 1}");
    reads(eval, "12>6: 5 6");
    assert_string_equal(report.format, "IIRG evaluation");
    reads_with(eval, (struct recs_options){.format = "iirg-raw"}, "12>6: #1,2");
    free(eval);
    /* words (TID): in brackets, on the first line */
    reads("[{\"user_id\": 1, \"raw_contents\": [\"[hair, dry-shampoo, mild] Title: x\","
          "\"[hair, dry\", \"none\"]}]",
          "1: #hair,dry-shampoo,mild ?[hair, dry ?none");
}

static void grlm_and_minionerec(void **state)
{
    (void)state;
    reads(
        "[{\"test_ground_truth_id\": \"4\", \"metadata\": {\"user_id\": 8}, \"raw_contents\": "
        "[\"[a, b]\"], \"all_results\": [], \"iids\": [\"1\", \"4\"], \"iids_len\": 2, \"iid_gt\": "
        "\"4\"}]",
        "8>4: 1 4");
    assert_string_equal(report.format, "GRLM evaluation");
    reads("[\n    {\n        \"input\": \"<a_1><b_1>, <a_2><b_2>\",\n        \"output\": "
          "\"<a_3><b_4>\\n\",\n        \"predict\": [\"<a_3><b_4>\", \"<a_5><b_6>\"]\n    }\n]",
          ">#3,4: #3,4 #5,6");
    assert_string_equal(report.format, "MiniOneRec result");
    /* a model of titles: EvalD3Dataset puts them in quotes */
    reads("[{\"input\": \"x\", \"output\": \"\\\"A pen\\\"\\n\", \"dedup\": false, \"predict\": "
          "[\"\\\"A pen\\\"\", \" Ink\\n\\n### User\", \"5\\\" tape\"]}]",
          ">~A pen: ?A pen ?Ink ?5\" tape");
}

/* ---- tables ---- */

static void tables(void **state)
{
    (void)state;
    reads("user,item,rank,score\nU,a,1,0.5\n\"U\",\"a \"\"b\"\"\",2,nan\n\nV,'=c,3,-1\r\n",
          "U: a^1/0.5|U: a \"b\"^2|V: =c^3/-1");
    assert_int_equal(report.rows, 3);
    reads("\xef\xbb\xbfuser;item\nU;a\n", "U: a");
    reads("user\ti1\ti2\ti3\nU\ta\t\tb\nV\tc\t-\t\n", "U: a - b|V: c");
    reads("user,target,hit_rank,items,scores,labels\nU,b,,a - b,3 0 1.5,x - y\nV,,1,,,\n",
          "U>b: a/3 -/0 b/1.5|V:");
    reads("user_id:token\titem_id_list:token_seq\tscore_list:float_seq\n1\t5 6\t0.5 0.25\n",
          "1: 5/0.5 6/0.25");
    reads("user_id:token\titem_id:token\tscore:float\n1\t5\t0.5\n", "1: 5/0.5");
    /* with row numbers, as pandas writes them */
    reads("\tuser\titem\tscore\n0\tU\ta\t0.5\n", "U: a/0.5");
    reads(" \n\t\n,user,items\n0,U,a b\n", "U: a b");
    reads_with("7|x|0.5|9\n8|y|0.25|9\n", (struct recs_options){.columns = "user=1,item=2,score=3"},
               "7: x/0.5|8: y/0.25");
    reads_with("who,what,n\nU,a,2\n", (struct recs_options){.columns = "user=who,item=what,rank=n"},
               "U: a^2");
    REFUSES("a,b,c\n1,2,3\n", "--columns user=1,item=2");
    refuses("a,b\n", 4, (struct recs_options){.columns = "user=1,thing=2"}, "NAME=COLUMN");
    refuses("a,b\n", 4, (struct recs_options){.columns = "user=1,item=3"}, "no such column");
    refuses("a,b\n", 4, (struct recs_options){.format = "iirg"}, "is no JSON");
    refuses("{}", 2, (struct recs_options){.format = "csv"}, "is JSON");
    refuses("{}", 2, (struct recs_options){.format = "cvs"}, "--format cvs");
    struct recs_options any = {.allow_bad = true};
    reads_with("user,item,rank\nU,a,1\nU,,2\n,a,1\nU,b,x\nU,\"c,3\nU\n", any, "U: a^1");
    assert_int_equal(report.bad_total, 5);
    assert_string_equal(report.bad[3].why, "a quoted field is not closed");
}

/* In tables and JSON alike. */
static void rows_of_another_part_are_bad(void **state)
{
    (void)state;
    struct recs_options any = {.allow_bad = true};
    reads_with("user,item,split\nU,a,test\nU,b,valid\nU,c,val\nU,d,validation\nU,e,\nU,f,train\n"
               "U,g,tests\nU,h,v\n",
               any, "Ut: a|Uv: b|Uv: c|Uv: d|U: e");
    assert_int_equal(report.bad_total, 3);
    assert_int_equal(report.bad[0].line, 7);
    assert_string_equal(report.bad[0].why, "\"split\" is neither test nor valid");
    REFUSES("user,item,split\nU,a,test\nU,b,train\n",
            "line 3: \"split\" is neither test nor valid");
    reads_with("{\"user\":1,\"items\":[1],\"split\":\"validation\"}\n"
               "{\"user\":2,\"items\":[1],\"split\":\"train\"}\n",
               any, "1v: 1");
    assert_int_equal(report.bad[0].line, 2);
}

static void quoted_fields_go_over_lines(void **state)
{
    (void)state;
    reads("user,\"item\nor so\",item\nU,x,\"a\nb\"\nV,\"x\r\n\r\ny\",c\n", "U: a\nb|V: c");
    reads("user,items\nU,\"['a'\n 'b']\"\n", "U: a b"); /* as pandas writes long NumPy arrays */
    struct recs_options any = {.allow_bad = true};
    reads_with("user,item\nU,\"a\nV,b\n  \t\n", any, "V: b");
    assert_int_equal(report.rows, 2);
    assert_int_equal(report.bad[0].line, 2);
    assert_string_equal(report.bad[0].text, "U,\"a");
    /* CR alone ends lines where there is no LF */
    reads("user,item\rU,a\r\rV,b\r", "U: a|V: b");
    reads("{\"user\":1,\"items\":[2]}\r{\"user\":3,\"items\":[4]}\r \r", "1: 2|3: 4");
    reads("U1 Q0 B1 1 12.5 tag\n\n   \n", "U1!: B1^1/12.5");
}

static void first_lines_that_are_not_known(void **state)
{
    (void)state;
    REFUSES("who,what,n\nU,a,1\n", "its first line is who, what, n; not known: who, what, n. A");
    REFUSES("user,recommended\nU,a b\n", "user, recommended; not known: recommended. A table of");
    REFUSES("user,first,second\nU,a,b\n", "not known: first, second. A");
    REFUSES("user,rank\nU,1\n", "its first line is user, rank. A table");
    REFUSES("user,x\x1b[1m\nU,1\n", "user, x\xef\xbf\xbd[1m; not known");
    reads("user,target,rec_1,rec_2,note\nU,a,b,c,d\n", "U>a: b c");
    assert_non_null(strstr(report.reason, "columns 3 to 4; not used: note"));
    reads("user,0,1\nU,b,c\n", "U: b c");
    reads("user,item,rnk\nU,a,2\n", "U: a");
    assert_non_null(strstr(report.reason, "item in column 2; not used: rnk"));
    /* a list that is not in quotes */
    REFUSES("user,items\nU,a,b,c\n", "it has more fields than the first line");
    REFUSES("user,i1,i2\nU,a,b,c\n", "it has more fields than the first line");
    reads("user,items\nU,a,,\n", "U: a");
    /* of very wide tables the first places are read */
    struct buf wide;
    buf_init(&wide);
    buf_adds(&wide, "user");
    for (int i = 1; i < 1500; i++)
        buf_addf(&wide, ",i%d", i);
    buf_adds(&wide, "\nU");
    for (int i = 1; i < 1500; i++)
        buf_adds(&wide, ",a");
    struct error err = {0};
    assert_true(read_bytes(wide.data, wide.len, (struct recs_options){0}, &err));
    assert_int_equal(said.len, 2 + 2 * RECS_LIST_MAX);
    buf_release(&wide);
}

static void apostrophes_of_formulas_go(void **state)
{
    (void)state;
    reads("user,item\n'=u,'-x\n''=u,'-5\n'x,''\n\"'+a,\",'\n", "=u: -x|'=u: '-5|'x: ''|+a,: '");
    reads("user,items\nU,'=a b\n", "U: =a b");
    reads("user_id:token,item_id:token\n'=u,'=x\n", "'=u: '=x"); /* RecBole has bare texts */
}

static enum recs_known is_known(void *context, const char *text, size_t n)
{
    for (const char *const *at = context; *at; at++)
        if (strlen(*at) == n && memcmp(*at, text, n) == 0)
            return strchr(*at, '<') || strcmp(*at, "9,0") == 0 ? RECS_KNOWN_CODE : RECS_KNOWN_ID;
    return RECS_UNKNOWN;
}

static const char *cell_of(const char *cell, const char *const *ids, int words)
{
    struct recs_names names = {is_known, (void *)(uintptr_t)ids, words};
    static struct error err;
    char *text = mem_printf("user\titems\nU\t%s\n", cell);
    bool ok =
        read_bytes(text, strlen(text), (struct recs_options){.names = ids ? &names : NULL}, &err);
    free(text);
    return ok ? said.data + 2 : report.n_bad ? report.bad[0].why : err.text;
}

#define CELL(cell, ids, words, expected) assert_string_equal(cell_of(cell, ids, words), expected)

static void cells_of_several_items(void **state)
{
    (void)state;
    static const char unclear[] =
        "it is not clear what separates the items: write [\"a\", \"b c\"], "
        "or a row for each item";
    static const char *const same[] = {"i1 i2 i3",
                                       "i1,i2,i3",
                                       "i1; i2 ;i3",
                                       "i1|i2|i3",
                                       "[i1, i2, i3]",
                                       "['i1', 'i2', 'i3']",
                                       "['i1','i2',\"\"i3\"\"]",
                                       "['i1' 'i2' 'i3']",
                                       "[i1 i2 i3]",
                                       "'i1', 'i2', 'i3'",
                                       "[i1,i2,i3]",
                                       "[ i1 | i2 | i3 ]"};
    static const char *const plain[] = {"i1", "i2", "i3", NULL};
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        /* TSV fields are quoted where a quote is inside */
        char *cell = mem_printf(strchr(same[i], '"') ? "\"%s\"" : "%s", same[i]);
        CELL(cell, NULL, 0, " i1 i2 i3");
        CELL(cell, plain, 1, " i1 i2 i3");
        free(cell);
    }
    CELL("i1,,i3", NULL, 0, " i1 - i3");
    CELL("[i1, None, null, nan]", NULL, 0, " i1 - - -");
    CELL("['-', '', 'null']", NULL, 0, " - - null");
    CELL("['it\\'s', 'a\\\\b', '\\xe9']", NULL, 0, " it's a\\b \xc3\xa9");
    CELL("\"[\"\"q\\\"\"\"\", \"\"\\u00e9\"\"]\"", NULL, 0, " q\" \xc3\xa9");
    CELL("['i1' x, 'i2']", NULL, 0, "the list of items is broken");
    CELL("['i1, i2]", NULL, 0, "the list of items is broken");
    CELL("['i1\\", NULL, 0, " ['i1\\");
    /* two separators: only known ids tell */
    CELL("red shoe, hat", NULL, 0, unclear);
    static const char *const blanks[] = {"red shoe", "hat", "blue hat", "wide", NULL};
    CELL("red shoe, hat,wide", blanks, 2, " red shoe hat wide");
    CELL("x y, z", blanks, 2, unclear);
    CELL("['red shoe', 'hat']", blanks, 2, " red shoe hat");
    CELL("[red shoe, hat]", blanks, 2, " red shoe hat");
    /* blanks inside of ids and between them */
    CELL("hat red shoe wide blue", blanks, 2, " hat red shoe wide blue");
    CELL("red shoe", blanks, 2, " red shoe");
    static const char *const nested[] = {"red", "red shoe", "shoe", NULL};
    CELL("shoe red shoe", nested, 2,
         "ids of the data hold blanks, so it is not clear where an item ends: write [\"a b\", "
         "\"c\"], or a row for each item");
    /* separators inside of ids */
    static const char *const commas[] = {"a,b", "c", "'q'", NULL};
    CELL("a,b c", commas, 1, " a,b c");
    CELL("a,b", commas, 1, " a,b");
    CELL("'q'", commas, 1, " 'q'");
    static const char *const both[] = {"a,b", "a", "b", NULL};
    CELL("a,b", both, 1, unclear);
    /* semantic ids: one in the cell, several, and numbers that may be either */
    static const char *const codes[] = {
        "<a_1>,<b_2>", "<a_1><b_2>", "<a_1><b_2>,<a_9><b_9>", "9,0", "9", "0", NULL};
    CELL("<a_1>,<b_2>", codes, 1, " <a_1>,<b_2>");
    CELL("<a_1><b_2>,<a_1><b_2>", codes, 1, " <a_1><b_2> <a_1><b_2>");
    CELL("<a_1><b_2>,<a_9><b_9>", codes, 1, " <a_1><b_2> <a_9><b_9>");
    CELL("9,0", codes, 1, unclear);
    CELL("9,0,9", codes, 1, " 9 0 9");
}

static void memgen(void **state)
{
    (void)state;
    reads("sample_id,rank_id,prediction,label,ndcg@5,ndcg@10,recall@5,recall@10,item_labels\n"
          "0,0,\"[5, 300, 520]\",\"[5, 300, 521]\",0.0,0.0,0.0,0.0,\"['memorization']\"\n"
          "0,1,[17],[18],0.0,0.0,0.0,0.0,\"['memorization', 'a']\"\n",
          "#0>#5,300,521: #5,300,520^0|#0>18: 17^1");
    assert_string_equal(report.format, "MemGen CSV");
    reads("sample_idx,user_id,target_item,pred_item,top_items,top_scores,confidence_msp\n"
          "0,1,9,3,\"[3, 4, '5']\",\"[0.5, 0.25, 1e-3]\",0.1\n",
          "1#0>9: 3/0.5 4/0.25 5/0.001");
    REFUSES("sample_id,rank_id,prediction\n9223372036854775807,0,17\n",
            "of the sample is no number");
    REFUSES("{\"sample_id\":2147483647,\"items\":[1]}\n", "of the sample is no number");
    reads("sample_id,beam_rank,pred_item,target_item,beam_score\n4,0,-1,7,-0.5\n",
          "#4>7: -1^0/-0.5");
}

static void trec(void **state)
{
    (void)state;
    reads("U1 Q0 B1 1 12.5 tag\nU1\tQ0  B2\t2 12.75 tag\n", "U1!: B1^1/12.5|U1!: B2^2/12.75");
    assert_string_equal(report.format, "TREC run");
    reads("U1:4 Q0 (illegal-1) 1 12.5 tag\n", "U1:4!: -^1/12.5");
    reads_with("U1 0 B1 1 12.5 tag\n", (struct recs_options){.format = "trec"}, "U1!: B1^1/12.5");
    REFUSES("U1 Q0 B1 1 12.5 tag\nU1 Q0 B2 x 2 tag\n", "the rank is no number");
}

static void pickles_are_refused_by_content(void **state)
{
    (void)state;
    refuses("\x80\x04\x95\x10", 4, (struct recs_options){0}, "import json, pickle, sys\n");
    refuses("\x80\x04\x95\x10", 4, (struct recs_options){0},
            "\npython3 - test recs.jsonl <<'END'\n");
    refuses("\x80\x04\x95\x10", 4, (struct recs_options){0}, "recs.jsonl");
    refuses("PK\x03\x04....archive/data.pkl", 24, (struct recs_options){0}, "torch.load");
    refuses("PK\x03\x04....lists.pkl", 17, (struct recs_options){.format = "iirg"}, "zipfile");
    refuses("PK\x03\x04....x.csv", 13, (struct recs_options){0}, "unpack it first");
    refuses("\x93NUMPY\x01", 7, (struct recs_options){0}, "NumPy");
    refuses("PAR1....", 8, (struct recs_options){0}, "read_parquet");
    refuses("user,\0item\n", 11, (struct recs_options){0}, "NUL");
}

/* ---- semantic ids and maps ---- */

static const char *key_of(const char *text, bool generated)
{
    static struct buf key;
    buf_release(&key);
    buf_init(&key);
    return recs_semid_key(text, strlen(text), generated, &key) ? key.data + 1 : NULL;
}

static void semantic_ids_are_one_key(void **state)
{
    (void)state;
    static const char *const same[] = {"<a_9><b_0><c_12>", "a_9,b_0,c_12", "['a_9', 'b_0', 'c_12']",
                                       "[9, 0, 12]",       "9,0,12",       "<a_09> <b_0>,<c_12>",
                                       "a_9|b_0|c_12"};
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        assert_string_equal(key_of(same[i], false), "9,0,12");
    assert_string_equal(key_of("so: <a_9><b_0><c_12>, then <a_1><b_1><c_1>", true), "9,0,12");
    assert_string_equal(key_of("<a_1><b_2><a_3>", true), "1,2");
    assert_string_equal(key_of("[word]", false), "word");
    static const char *const none[] = {"", "B0047", "9", "[]", "[,]", "<b_1>", "a_", "data_9", ","};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_null(key_of(none[i], false));
    assert_null(key_of("9,0,12", true));
    assert_null(key_of("x\n<a_1><b_2>", true));
}

static bool note_code(void *context, const char *item, size_t item_n, const char *key, size_t key_n,
                      struct error *err)
{
    (void)context;
    (void)err;
    add_text(item, item_n);
    buf_addc(&said, '=');
    add_text(key, key_n);
    buf_addc(&said, ' ');
    return true;
}

static bool note_alias(void *context, bool user, const char *theirs, size_t theirs_n,
                       const char *ours, size_t ours_n, struct error *err)
{
    (void)context;
    (void)err;
    buf_adds(&said, user ? "u" : "i");
    add_text(theirs, theirs_n);
    buf_adds(&said, "->");
    add_text(ours, ours_n);
    buf_addc(&said, ' ');
    return true;
}

static bool note_title(void *context, const char *item, size_t item_n, const char *title,
                       size_t title_n, struct error *err)
{
    (void)context;
    (void)err;
    add_text(item, item_n);
    buf_addc(&said, '~');
    add_text(title, title_n);
    buf_addc(&said, ' ');
    return true;
}

static int aliases;
static bool count_alias(void *context, bool user, const char *theirs, size_t theirs_n,
                        const char *ours, size_t ours_n, struct error *err)
{
    (void)context, (void)user, (void)theirs, (void)ours, (void)err;
    aliases += theirs_n > 0 && ours_n > 0;
    return true;
}

static bool map_bytes(const char *bytes, size_t n, struct error *err)
{
    struct recs_map_sink sink = {note_code, note_alias, note_title, NULL};
    struct source *s = source_over(bytes, n, "map");
    buf_clear(&said);
    bool ok = recs_map_read_source(s, &sink, err);
    source_close(s);
    return ok;
}

static void maps(const char *text, const char *expected)
{
    struct error err = {0};
    if (!map_bytes(text, strlen(text), &err))
        fail_msg("%s", err.text);
    assert_string_equal(said.data, expected);
}

static void maps_of_names(void **state)
{
    (void)state;
    maps("{\"1\": [\"a_42\", \"b_817\"], \"2\": [\"hair\", \"red\"]}", "1=#42,817 2=#hair,red ");
    maps("{\"a_42,b_817\": [\"1\", 7], \"hair,red\": [\"2\"]}", "1=#42,817 7=#42,817 2=#hair,red ");
    maps("{\"B01\": [9, 0, 255]}", "B01=#9,0,255 ");
    maps("{\"user2id\": {\"U\": 1}, \"item2id\": {\"[PAD]\": 0, \"B\": 1}, \"id2user\": [\"[PAD]\","
         "\"U\"], \"id2item\": [\"[PAD]\", \"B\"]}",
         "u1->U i0->[PAD] i1->B u0->[PAD] u1->U i0->[PAD] i1->B ");
    maps("{\"x\": \"B01\", \"y\": 7}", "ix->B01 iy->7 ");
    maps("<a_236><b_231>\ttitle\twith tab\t17\n<a_1><b_2>\t\t18\n\n \t\n",
         "17=#236,231 17~title\twith tab 18=#1,2 ");
    maps("{\"0\": {\"title\": \"Pen\", \"description\": [\"title\"]}, \"1\": {\"title\": null}}",
         "0~Pen ");
    static const char *const bad[] = {
        "",        "[1]",           "{}", "{\"a\": {}}", "{\"a\": {\"title\": 1}}", "{\"a\": [[]]}",
        "<a_1>\n", "{\"a\": [1, 2]"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct error err = {0};
        assert_false(map_bytes(bad[i], strlen(bad[i]), &err));
        assert_true(err.text[0] != '\0');
    }
}

/* id_mapping.json of MemGen has all users in one member. */
static void a_map_may_be_large(void **state)
{
    (void)state;
    struct recs_map_sink sink = {note_code, count_alias, note_title, NULL};
    struct buf text;
    struct error err = {0};
    enum { USERS = 700000 };
    buf_init(&text);
    buf_adds(&text, "{\"user2id\": {");
    for (int i = 0; i < USERS; i++)
        buf_addf(&text, "%s\"user-%024d\": %d", i ? "," : "", i, i);
    buf_adds(&text, "}, \"item2id\": {\"a\": 1}}");
    assert_true(text.len > WALK_VALUE_MAX);
    struct source *s = source_over(text.data, text.len, "map");
    aliases = 0;
    if (!recs_map_read_source(s, &sink, &err))
        fail_msg("%s", err.text);
    assert_int_equal(aliases, USERS + 1);
    source_close(s);
    buf_release(&text);
}

/* ---- hostile bytes ---- */

static void mutate(struct buf *b)
{
    static const char *const tokens[] = {
        "\"",   "[",  "]",  "{", "}", ",",  "\n", "\\u", "-1",   "a_1",    "null", "1e999",
        "\xff", "\t", "\\", "'", "=", "Q0", " ",  "<",   "\x01", "[9, 0]", "user"};
    struct buf out;
    size_t at = b->len ? draw(b->len) : 0, n = draw(b->len - at + 1);
    buf_init(&out);
    buf_add(&out, b->data, at);
    switch (draw(4)) {
    case 0:
        buf_addc(&out, (char)draw(256));
        buf_add(&out, b->data + at, b->len - at);
        break;
    case 1:
        buf_adds(&out, tokens[draw(ARRAY_LEN(tokens))]);
        buf_add(&out, b->data + at, b->len - at);
        break;
    case 2:
        buf_add(&out, b->data + at + n, b->len - at - n);
        break;
    default:
        for (size_t i = draw(5); i < 5; i++)
            buf_add(&out, b->data + at, n);
        buf_add(&out, b->data + at, b->len - at);
    }
    buf_release(b);
    *b = out;
}

static void hostile_bytes(void **state)
{
    (void)state;
    static const char *const good[] = {
        generations,
        "{\"user\":\"U1\",\"items\":[\"a\",[1,2],{\"item\":3,\"score\":1}],\"scores\":[1,2,3]}\n",
        "{\"metrics\":{},\"results\":[{\"user\":1,\"iids\":[1],\"iid_gt\":[\"2\"]}]}",
        "{\"u\":[1,2],\"v\":[3]}",
        "user,item,rank,score,target\nU,a,1,0.5,b\nU,\"b\",2,0.25,b\n",
        "user_id:token\titems\tscores\n1\t[1, 'a']\t[0.5, 1]\n",
        "user,items\nU,\"['a\\\\', \"\"b c\"\", [9, 0]]\"\nV,'=a;b\nW,a|b c\n",
        "U1 Q0 B1 1 12.5 tag\nU1 Q0 B2 2 12 tag\n",
        "sample_id,rank_id,prediction,label\n0,0,\"[5, 300]\",[1]\n",
        "{\"1\": [\"a_42\", \"b_817\"]}",
        "{\"id2item\": [\"[PAD]\", \"B\"]}",
        "[{\"output\": \"\\\"A\\\"\\n\", \"predict\": [\"\\\"A pen\\\"\", \"x\\ny\"]}]",
        "{\"0\": {\"title\": \"Pen\", \"x\": [1]}}",
        "<a_236><b_231>\ttitle\t17\n",
    };
    static const char *const ids[] = {"a", "b", "b c", "a;b", "[9, 0]", "<a_1>", NULL};
    struct recs_names names = {is_known, (void *)(uintptr_t)ids, 2};
    for (int i = 0; i < 4000; i++) {
        struct buf text;
        struct error err = {0}, map_err = {0};
        buf_init(&text);
        buf_adds(&text, good[draw(ARRAY_LEN(good))]);
        for (size_t n = draw(6); n > 0; n--)
            mutate(&text);
        /* bytes of their own, so that a read beyond them is seen */
        char *bytes = mem_alloc(text.len + 1);
        memcpy(bytes, text.data, text.len);
        struct recs_options options = {.allow_bad = i & 1, .names = i & 2 ? &names : NULL};
        bool ok = read_bytes(bytes, text.len, options, &err);
        assert_true(ok || err.text[0]);
        assert_true(report.bad_total <= report.rows);
        ok = map_bytes(bytes, text.len, &map_err);
        assert_true(ok || map_err.text[0]);
        free(bytes);
        buf_release(&text);
    }
}

static int end(void **state)
{
    (void)state;
    recs_report_release(&report);
    buf_release(&said);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_lines),
        cmocka_unit_test(bad_rows_are_counted),
        cmocka_unit_test(iirg),
        cmocka_unit_test(grlm_and_minionerec),
        cmocka_unit_test(tables),
        cmocka_unit_test(rows_of_another_part_are_bad),
        cmocka_unit_test(quoted_fields_go_over_lines),
        cmocka_unit_test(first_lines_that_are_not_known),
        cmocka_unit_test(apostrophes_of_formulas_go),
        cmocka_unit_test(cells_of_several_items),
        cmocka_unit_test(memgen),
        cmocka_unit_test(trec),
        cmocka_unit_test(pickles_are_refused_by_content),
        cmocka_unit_test(semantic_ids_are_one_key),
        cmocka_unit_test(maps_of_names),
        cmocka_unit_test(a_map_may_be_large),
        cmocka_unit_test(hostile_bytes),
    };
    buf_init(&said);
    return cmocka_run_group_tests(tests, NULL, end);
}
