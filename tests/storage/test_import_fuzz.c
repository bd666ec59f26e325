/* Seeded mutations of small good files through fuzz_import.c; a failed check aborts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/base/buf.h"
#include "storage/base/mem.h"
#include "tests/draw.h"
#include "tests/storage/fuzz_import.h"

static const struct {
    unsigned char how;
    const char *text;
} seeds[] = {
    {0, "1 1 2 3\n2 3 4\n3 1\t5 2\n"},
    {1, "B01 rene furterer complexe 5\nB02 mud\nB03\n"},
    {2, "{\"0\": [0, 1],\n \"1\": [1,2,\"a\\\"b\"]\n}\n"},
    {3, "{\"1\": {\"title\": \"So\\u00e9\", \"categories\": [[\"A\", \"B\"]], \"p\": 3.5}}"},
    {4, "{\"0\": [\"<a_1>\", \"<b_2>\"], \"1\": [\"<a_3>\", 4]}"},
    {4 | 8, "<a_1><b_2>\tpen\t0\n<a_3><b_4>\tink, blue\t1\n"},
    {5, "item,title,genres\n1,\"A, b \"\"c\"\" (1995)\",X|Y\n2,\"two\nlines\",\n"},
    {5 | 8, "item_id:token\ttitle:token_seq\tclass:token_seq\n1\tToy Story\tA B\n"},
    {6 | 64, "userId,movieId,rating,timestamp\n1,10,4.0,100\n1,\"20\",3.5,50\r\n2,10,5,7\n"},
    {6 | 128, "u,a,2018-07-07 22:09:11,5\nu,b,1e3,4.5\nv,a,-7,0\n"},
    {7, "u\ta b\tc\nu\ta b c\td\nv\t\ta\n"},
    {7 | 32, "u\ta\tc\nu\ta c\td\nv\t\ta\n"},
    {7 | 16, "u,\"['a', 'b']\",c\nu,\"['a', 'b', 'c']\",d\nv,[1],2\n"},
    {7 | 8,
     "{\"u\":\"a\",\"i\":1,\"t\":5,\"r\":2.5}\n{\"u\":\"\\ud83d\",\"i\":\"x\",\"t\":1,\"r\":1}\n"},
    {7 | 8 | 16, "{'u': u'a', 'i': 1, 't': '2017-12-17', 'r': 1.0}\n{'u':'b','i':3,'t':9,'r':0}\n"},
    {7 | 8 | 32, "{\"i\": 1, \"n\": [[\"A\",\"B\"], 3], \"x\": {\"y\": []}, \"z\": true}\n"},
    {7 | 8 | 16 | 32 | 64, "{'i': 'k', 'n': 'Food, Bars ,, Pubs', 'x': (1, 'p')}\n"},
    {6 | 128 | 16, "u::a::1::2\nv::b:::3::4\n"},
    {6 | 128 | 32, "u;\"a;\nb\";1;2\nv;b;3;4\n"},
};

static const char *const tokens[] = {
    "\"",  "\"\"", "\n",       "\r\n",  ",",
    "\t",  "::",   "{",        "}",     "[",
    "]",   ":",    "\\",       "\\u",   "1e309",
    "-0",  " ",    "\xff",     "\xc3",  "\xef\xbb\xbf",
    "0",   "007",  "nan",      "null",  "4194304",
    "u\n", "1,1",  "<a_",      "<b_9>", "9999999999999999999999",
    "'",   "\\x",  "\\ud83d",  "u'",    "None",
    "(",   ")",    "[[[[[[[[",
};

static void mutate(struct buf *b)
{
    size_t at = b->len ? draw(b->len) : 0;
    struct buf out;
    buf_init(&out);
    switch (draw(6)) {
    case 0: /* a byte */
        if (b->len)
            b->data[at] = (char)draw(256);
        break;
    case 1: /* a token */
    case 2: {
        const char *token = tokens[draw(ARRAY_LEN(tokens))];
        buf_add(&out, b->data, at);
        buf_adds(&out, token);
        buf_add(&out, b->data + at, b->len - at);
        break;
    }
    case 3: /* cut off */
        buf_truncate(b, at);
        break;
    case 4: { /* a piece taken out */
        size_t n = draw(b->len - at + 1);
        buf_add(&out, b->data, at);
        buf_add(&out, b->data + at + n, b->len - at - n);
        break;
    }
    default: { /* a piece repeated */
        size_t n = draw(b->len - at + 1), times = draw(20) ? 1 : draw(2000);
        buf_add(&out, b->data, at);
        for (size_t i = 0; i < times && out.len < 100000; i++)
            buf_add(&out, b->data + at, n);
        buf_add(&out, b->data + at, b->len - at);
    }
    }
    if (out.len) {
        buf_release(b);
        *b = out;
    } else {
        buf_release(&out);
    }
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 30000;
    struct buf text, input;
    buf_init(&input);
    for (long i = 0; i < rounds; i++) {
        size_t which = draw(ARRAY_LEN(seeds));
        buf_init(&text);
        buf_adds(&text, seeds[which].text);
        for (size_t n = draw(8); n > 0; n--)
            mutate(&text);
        buf_clear(&input);
        buf_addc(&input, (char)(draw(8) ? seeds[which].how : draw(256)));
        buf_addc(&input, (char)draw(16));
        buf_add(&input, text.data, text.len);
        LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
        buf_release(&text);
    }
    buf_release(&input);
    printf("%ld inputs\n", rounds);
    return 0;
}
