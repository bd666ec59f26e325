/* What a file of recommendations is, from its first bytes, with the reason in words. */
#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/base/num.h"
#include "storage/base/shell.h"
#include "storage/import/recs_parse.h"
#include "storage/import/row.h"
#include "storage/import/scan.h"

static const struct {
    const char *name, *summary;
    bool table, trec, raw;
} formats[] = {
    {"jsonl", "{\"user\": …, \"items\": […], \"scores\": […]} a line, or a list of such objects",
     false, false, false},
    {"csv", "columns user,item,rank,score; user,items,scores; or user,i1,i2,…", true, false, false},
    {"tsv", "the same with tabs", true, false, false},
    {"trec", "USER Q0 ITEM RANK SCORE TAG", false, true, false},
    {"iirg", "generation outputs (raw_contents) or _eval.json (iids)", false, false, false},
    {"iirg-raw", "the same, always the raw generations", false, false, true},
    {"grlm", "eval_info.json: a list of objects with iids", false, false, false},
    {"minionerec", "a list of objects with predict and output", false, false, false},
    {"memgen", "CSV with sample_id or sample_idx", true, false, false},
    {"recbole", "columns user_id:token, item_id:token or item_id_list:token_seq, score", true,
     false, false},
};
enum { FORMATS = sizeof formats / sizeof formats[0] };

const char *recs_format_name(int i)
{
    return i >= 0 && i < FORMATS ? formats[i].name : NULL;
}

const char *recs_format_summary(int i)
{
    return i >= 0 && i < FORMATS ? formats[i].summary : NULL;
}

void recs_format_release(struct recs_format *f)
{
    free(f->reason);
    *f = (struct recs_format){0};
}

/* ---- what is not read ---- */

static bool holds(const char *bytes, size_t n, const char *what)
{
    return memmem(bytes, n, what, strlen(what)) != NULL;
}

static bool ends_with(const char *text, size_t n, const char *ending)
{
    size_t m = strlen(ending);
    return n >= m && memcmp(text + n - m, ending, m) == 0;
}

enum python { PYTHON_NONE, PYTHON_PICKLE, PYTHON_ZIP, PYTHON_TORCH };

/* Old torch.save() wrote a bare pickle, so its files are known by their names. */
static enum python python_file(const char *path, const char *bytes, size_t n)
{
    static const char *const torch[] = {".pt", ".pth", ".bin", ".ckpt"};
    size_t name_n = strlen(path);
    name_n -= ends_with(path, name_n, ".gz") ? 3 : 0;
    if (n >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        return holds(bytes, n, "data.pkl") || holds(bytes, n, "/version") ? PYTHON_TORCH
               : holds(bytes, n, ".pkl")                                  ? PYTHON_ZIP
                                                                          : PYTHON_NONE;
    if (n < 2 || bytes[0] != '\x80' || bytes[1] < 2 || bytes[1] > 5)
        return PYTHON_NONE;
    for (size_t i = 0; i < ARRAY_LEN(torch); i++)
        if (ends_with(path, name_n, torch[i]))
            return PYTHON_TORCH;
    return PYTHON_PICKLE;
}

/* With the command that converts it: lists by user, rows of a tensor by their place, or objects
 * with "user_id" and "semantic_ids" or "items". */
static bool refuse_python(const char *path, bool gzip, enum python kind, struct error *err)
{
    enum { NAME_SHOWN = 400 }; /* a longer one is left to be filled in */
    static const struct {
        const char *what, *import, *load;
    } kinds[] = {
        [PYTHON_PICKLE] = {"a pickle", "pickle", "pickle.load(%s(sys.argv[1], \"rb\"))"},
        [PYTHON_ZIP] = {"a zip file with a pickle", "pickle, zipfile",
                        "(lambda z: pickle.load(z.open(next(n for n in z.namelist() if "
                        "n.endswith(\".pkl\")))))(zipfile.ZipFile(%s(sys.argv[1], \"rb\")))"},
        [PYTHON_TORCH] = {"a PyTorch file with a pickle", "torch",
                          "torch.load(%s(sys.argv[1], \"rb\"), map_location=\"cpu\", "
                          "weights_only=True)"},
    };
    struct buf text, name;
    buf_init(&text);
    buf_init(&name);
    bool named = strlen(path) <= NAME_SHOWN && strcmp(path, "standard input") != 0;
    shell_add_word(&name, named ? path : "FILE");
    const char *load = strstr(kinds[kind].load, "%s");
    buf_addf(&text, "import %sjson, %s, sys\nlists = ", gzip ? "gzip, " : "", kinds[kind].import);
    buf_add(&text, kinds[kind].load, (size_t)(load - kinds[kind].load));
    buf_addf(&text, "%s%s\n", gzip ? "gzip.open" : "open", load + 2);
    error_set(err, ERROR_INPUT,
              "%.*s is %s: it may run code when it is loaded, so it is not read. This converts it, "
              "where you trust it:\npython3 - %s recs.jsonl <<'END'\n%s"
              "rows = lists.items() if isinstance(lists, dict) else ((r.get(\"user_id\", u), "
              "r.get(\"semantic_ids\", r.get(\"items\"))) if isinstance(r, dict) else (u, r) "
              "for u, r in enumerate(lists))\n"
              "open(sys.argv[2], \"w\").writelines(json.dumps({\"user\": u, \"items\": r}, "
              "default=lambda x: x.tolist()) + \"\\n\" for u, r in rows)\nEND",
              (int)NAME_SHOWN, path, kinds[kind].what, name.data, text.data);
    buf_release(&text);
    buf_release(&name);
    return false;
}

static bool refuse_binary(const char *path, bool gzip, const char *bytes, size_t n,
                          struct error *err)
{
    enum python python = python_file(path, bytes, n);
    if (python != PYTHON_NONE)
        return refuse_python(path, gzip, python, err);
    if (n >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
        return error_set(err, ERROR_INPUT, "%s is a zip file: unpack it first", path);
    if (n >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0)
        return error_set(err, ERROR_INPUT,
                         "%s is a NumPy array, which names no users and items: write JSON lines, "
                         "{\"user\": …, \"items\": […]}",
                         path);
    if (n >= 4 && memcmp(bytes, "PAR1", 4) == 0)
        return error_set(err, ERROR_INPUT,
                         "%s is Parquet; python3 -c \"import pandas, sys; pandas.read_parquet("
                         "sys.argv[1]).to_csv(sys.argv[2], index=False)\" FILE recs.csv converts "
                         "it",
                         path);
    size_t look = n < 1024 ? n : 1024;
    return !memchr(bytes, '\0', look) ||
           error_set(err, ERROR_INPUT, "%s is no text: it holds NUL bytes", path);
}

/* ---- JSON ---- */

/* The shape of a document that begins with '{', of which (bytes, n) may be the beginning only. */
static enum recs_shape shape_of_object(const char *bytes, size_t n, const char **why)
{
    struct buf decoded;
    struct scan s;
    const char *key;
    size_t key_n;
    bool ok, lists = false, other = false;
    buf_init(&decoded);
    scan_begin(&s, bytes, n, &decoded);
    enum recs_shape shape = RECS_LINES;
    *why = "it has an object a line";
    scan_take(&s, '{');
    for (bool first = true; scan_next(&s, '}', &first, &ok);) {
        if (!scan_key(&s, &key, &key_n))
            break;
        bool list = scan_peek(&s) == '[';
        if (list && key_n == 7 && memcmp(key, "results", 7) == 0) {
            shape = RECS_WITHIN;
            *why = "it is one object with a list \"results\"";
            break;
        }
        lists = lists || list;
        other = other || !list || (key_n == 5 && memcmp(key, "items", 5) == 0);
        if (!scan_skip(&s))
            break;
    }
    if (shape == RECS_LINES && lists && !other) {
        shape = RECS_KEYED;
        *why = "it is one object whose members are lists";
    }
    buf_release(&decoded);
    return shape;
}

/* *with: the member that it is known by, NULL: none. */
static const char *name_of_json(const char *bytes, size_t n, enum recs_shape shape,
                                const char **with)
{
    *with = holds(bytes, n, "\"iids\"")           ? "iids"
            : holds(bytes, n, "\"all_results\"")  ? "all_results"
            : holds(bytes, n, "\"raw_contents\"") ? "raw_contents"
            : holds(bytes, n, "\"predict\"")      ? "predict"
                                                  : NULL;
    if (!*with)
        return shape == RECS_LINES ? "JSON lines" : "JSON";
    if (**with == 'p')
        return "MiniOneRec result";
    if (**with == 'r')
        return "IIRG generations";
    return shape == RECS_WITHIN ? "IIRG evaluation" : "GRLM evaluation";
}

static void detect_json(const char *bytes, size_t n, struct recs_format *out)
{
    const char *why = "it is one list";
    out->shape = *bytes == '[' ? RECS_ARRAY : shape_of_object(bytes, n, &why);
    const char *with;
    out->name = name_of_json(bytes, n, out->shape, &with);
    out->reason = with ? mem_printf("%s, and has \"%s\"", why, with) : mem_strdup(why);
}

/* ---- text ---- */

/* "U Q0 I 1 0.5 tag" */
static bool is_trec(const struct line *line)
{
    struct row_reader r;
    char *copy = mem_alloc(line->n + 1);
    for (size_t i = 0; i < line->n; i++)
        copy[i] = line->bytes[i] == '\t' ? ' ' : line->bytes[i];
    row_reader_init(&r, NULL, (struct row_rules){.delimiter = ' '}, 6);
    row_read(&r, &(struct line){.bytes = copy, .n = line->n}, NULL);
    const struct span *f = r.field;
    int32_t rank;
    double score;
    bool is = r.total == 6 && num_int32(f[3].text, f[3].n, &rank) &&
              num_double(f[4].text, f[4].n, &score) && f[1].n == 2 &&
              (f[1].text[0] == 'Q' || f[1].text[0] == 'q');
    row_reader_release(&r);
    free(copy);
    return is;
}

static bool find_format(const char *name, int *at, struct error *err)
{
    for (*at = 0; *at < FORMATS; ++*at)
        if (strcmp(formats[*at].name, name) == 0)
            return true;
    return error_set(err, ERROR_USAGE,
                     "--format %s: jsonl, csv, tsv, trec, iirg, iirg-raw, grlm, minionerec, memgen "
                     "or recbole is needed",
                     name);
}

bool recs_detect(const char *path, bool gzip, const char *bytes, size_t n,
                 const struct recs_options *options, struct recs_format *out, struct error *err)
{
    int asked = -1;
    *out = (struct recs_format){.shape = RECS_TABLE};
    if (!refuse_binary(path, gzip, bytes, n, err) ||
        (options->format && !find_format(options->format, &asked, err)))
        return false;
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        out->skip = 3;
        bytes += 3;
        n -= 3;
    }
    const char *end = bytes + n, *text = span_skip_blank(bytes, end);
    if (text == end)
        return error_set(err, ERROR_INPUT, "%s is empty", path);
    bool json = *text == '{' || *text == '[';
    if (asked >= 0 && json == (formats[asked].table || formats[asked].trec))
        return error_set(err, ERROR_INPUT, "%s is %s, not what --format %s reads: %s", path,
                         json ? "JSON" : "no JSON", options->format, formats[asked].summary);
    if (json) {
        detect_json(text, (size_t)(end - text), out);
        out->raw = asked >= 0 && formats[asked].raw;
        return true;
    }
    struct line line; /* that is not blank; a tab before it is an empty first name */
    struct source *head = source_over(bytes, n, path);
    enum source_status status;
    do
        status = source_line(head, &line, err);
    while (status == SOURCE_READ && line_is_blank(&line));
    bool ok = status != SOURCE_FAILED;
    if (ok && (asked >= 0 ? formats[asked].trec : is_trec(&line))) {
        out->shape = RECS_TREC;
        out->name = "TREC run";
        out->reason = mem_strdup("a line is USER Q0 ITEM RANK SCORE TAG");
    } else if (ok) {
        ok = recs_detect_table(path, head, &line, options, out, err);
    }
    source_close(head);
    return ok;
}
