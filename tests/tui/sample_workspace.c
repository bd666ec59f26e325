#include "tests/tui/sample_workspace.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/label/definition.h"
#include "analysis/report/study.h"
#include "analysis/report/train.h"
#include "analysis/run/folder.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/metric_store.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "storage/files/tensors.h"
#include "storage/import/import.h"

static char folder[64], sample[80], compared[80], small[80], trained[80], finished[80], tiny[80],
    seeds[80], ids[80], tokens[80], own_ids[80], temporal[80];

static void stop(const struct error *err)
{
    fprintf(stderr, "cannot make the workspace: %s\n", err->text);
    exit(1);
}

char *sample_path(const char *name)
{
    if (!folder[0]) {
        strcpy(folder, "/tmp/rote-screens-XXXXXX");
        if (!mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
    }
    return path_join(folder, name);
}

static void import(const char *dir, const struct import_options *options)
{
    struct error err = {0};
    struct import_result result = {0};
    if (!import_run(options, NULL, &result, &err) ||
        !workspace_create(dir, &result, false, NULL, &err))
        stop(&err);
    import_result_release(&result);
}

/* What differs from one machine and run of the tests to the next is given away. */
static void settle(const char *dir, int64_t id)
{
    struct error err = {0};
    struct run_info info;
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    if (!ws || !run_get(ws, id, &info, &err))
        stop(&err);
    info.seconds = 0.5;
    free(info.kernel);
    info.kernel = mem_strdup("");
    if (!run_update(ws, &info, &err))
        stop(&err);
    run_info_release(&info);
    workspace_close(ws);
}

void workspace_train(const char *dir, enum reference_kind kind)
{
    struct error err = {0};
    struct study *study;
    const struct study_run *run = NULL;
    if (!study_open(dir, false, NULL, &study, &err) ||
        !train_reference(study, &(struct reference_run){.kind = kind}, NULL, &run, &err))
        stop(&err);
    int64_t id = run->id;
    study_close(study);
    settle(dir, id);
}

static const char *make_sample(const char *name, char path[80])
{
    char *dir = sample_path(name);
    snprintf(path, 80, "%s", dir);
    free(dir);
    char *interactions = path_join(SAMPLE, "wayside.inter"),
         *items = path_join(SAMPLE, "wayside.item");
    import(path, &(struct import_options){.paths = (const char *const[]){interactions, items},
                                          .n_paths = 2});
    free(interactions);
    free(items);
    workspace_train(path, REFERENCE_POPULARITY);
    workspace_train(path, REFERENCE_MARKOV);
    return path;
}

const char *sample_workspace_make(void)
{
    return make_sample("wayside", sample);
}

const char *compared_workspace_make(void)
{
    make_sample("compared", compared);
    workspace_train(compared, REFERENCE_ITEM_KNN);
    return compared;
}

static char *write_file(const char *name, const char *text, size_t n)
{
    struct error err = {0};
    char *path = sample_path(name);
    if (!file_write(path, text, n, &err))
        stop(&err);
    return path;
}

/* Imports what is written as CSV into a folder of that name; `split` NULL: the usual one. */
static void import_split(const char *name, const char *rows, size_t n, const char *split,
                         char path[80])
{
    char *dir = sample_path(name), *file_name = mem_printf("%s.csv", name),
         *file = write_file(file_name, rows, n);
    snprintf(path, 80, "%s", dir);
    import(path, &(struct import_options){
                     .paths = (const char *const[]){file}, .n_paths = 1, .split = split});
    free(dir);
    free(file_name);
    free(file);
}

static void import_rows(const char *name, const char *rows, size_t n, char path[80])
{
    import_split(name, rows, n, NULL, path);
}

static const char few_rows[] = "user,item,timestamp\n"
                               "ann,a,1\nann,b,2\nann,c,3\nann,d,4\n"
                               "ben,a,1\nben,b,2\nben,c,3\nben,d,4\nben,e,5\n"
                               "cai,x,1\ncai,y,2\n"
                               "dee,b,1\ndee,c,2\ndee,d,3\n";

const char *small_workspace_make(void)
{
    import_rows("few", few_rows, sizeof few_rows - 1, small);
    return small;
}

const char *temporal_workspace_make(void)
{
    static const char rows[] =
        "user,item,timestamp\n"
        "ann,a,1\nann,b,2\nann,c,3\nann,d,4\nann,e,5\nann,f,6\nann,a,7\nann,b,8\n"
        "ben,b,1\nben,c,2\nben,d,3\nben,e,4\nben,f,5\nben,a,6\nben,b,7\nben,c,8\n"
        "cai,a,1\ncai,b,2\ncai,d,3\ncai,c,4\ncai,f,5\ncai,e,6\ncai,c,7\ncai,d,8\n";
    import_split("temporal", rows, sizeof rows - 1, "temporal:0.5,0.6", temporal);
    workspace_train(temporal, REFERENCE_POPULARITY);
    workspace_train(temporal, REFERENCE_MARKOV);
    return temporal;
}

/* ---- semantic ids ---- */

const char *ids_workspace_make(void)
{
    static const char inter[] = "{\"0\": [0, 1, 1, 2, 0], \"1\": [1, 2, 3, 0], \"2\": [2, 3, 1]}",
                      codes[] = "{\"0\": [\"<a_1>\", \"<b_2>\"], \"1\": [\"<a_1>\", \"<b_7>\"], "
                                "\"2\": [\"<a_1>\", \"<b_7>\"]}";
    char *dir = sample_path("ids"), *rows = write_file("ids.inter.json", inter, sizeof inter - 1),
         *semids = write_file("ids.index.json", codes, sizeof codes - 1);
    snprintf(ids, sizeof ids, "%s", dir);
    import(ids,
           &(struct import_options){.paths = (const char *const[]){rows, semids}, .n_paths = 2});
    free(dir);
    free(rows);
    free(semids);
    return ids;
}

static const char wide_rows[] =
    "user,item,time\n"
    "ann,sencha,1\nann,bowl,2\nann,whisk,3\nann,matcha,4\nann,kettle,5\nann,tray,6\n"
    "ben,sencha,1\nben,bowl,2\nben,whisk,3\nben,matcha,4\nben,tray,5\n"
    "cai,bowl,1\ncai,whisk,2\ncai,matcha,3\ncai,kettle,4\ncai,sencha,5\ncai,cup,6\n"
    "dee,cup,1\ndee,matcha,2\ndee,kettle,3\ndee,tray,4\ndee,bowl,5\n"
    "eva,whisk,1\neva,cup,2\neva,kettle,3\neva,bowl,4\neva,sencha,5\n";
static const char wide_titles[] =
    "item,title\n"
    "sencha,\xe7\x85\x8e\xe8\x8c\xb6 \xe5\xae\x87\xe6\xb2\xbb Sencha, first flush\n"
    "bowl,\xe8\x8c\xb6\xe7\xa2\x97\n"
    "whisk,\xe8\x8c\xb6\xe7\xad\x85 bamboo whisk of a hundred and twenty tines\n"
    "matcha,\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6"
    "\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6"
    "\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6\xe6\x8a\xb9\xe8\x8c\xb6\n"
    "kettle,The\xcc\x81i\xc3\xa8re \x1b[31m en fonte\n"
    "tray,Plateau\n";
static const char wide_ids[] =
    "{\"sencha\": [\"<a_1>\", \"<b_2>\", \"<c_0>\"], \"matcha\": [\"<a_1>\", \"<b_2>\", "
    "\"<c_7>\"], \"bowl\": [\"<a_3>\", \"<b_2>\", \"<c_5>\"], \"cup\": [\"<a_3>\", \"<b_2>\", "
    "\"<c_5>\"], \"whisk\": [\"<a_3>\", \"<b_4>\", \"<c_1>\"], \"kettle\": [\"<a_12>\", "
    "\"<b_0>\", \"<c_255>\"], \"tray\": [\"<a_12>\", \"<b_9>\", \"<c_3>\"]}";

const char *tokens_workspace_make(void)
{
    char *dir = sample_path("tea"), *rows = write_file("tea.csv", wide_rows, sizeof wide_rows - 1),
         *titles = write_file("tea-items.csv", wide_titles, sizeof wide_titles - 1),
         *semids = write_file("tea.index.json", wide_ids, sizeof wide_ids - 1);
    snprintf(tokens, sizeof tokens, "%s", dir);
    import(tokens, &(struct import_options){.paths = (const char *const[]){rows},
                                            .n_paths = 1,
                                            .items = titles,
                                            .semids = semids});
    workspace_train(tokens, REFERENCE_POPULARITY);
    workspace_train(tokens, REFERENCE_MARKOV);
    free(dir);
    free(rows);
    free(titles);
    free(semids);
    return tokens;
}

/* Makes a run of a reference one of gr, which left ids of `levels` tokens. */
static void become_gr(const char *dir, int64_t id, const char *name, const int32_t *code,
                      int32_t levels)
{
    enum { ITEMS = 7 };
    struct error err = {0};
    struct run_info info;
    const struct tensor x = {"semid", TENSOR_I32, 2, {ITEMS, levels}, 0, code, 0};
    struct workspace *ws = workspace_open(dir, WORKSPACE_READ_WRITE, &err);
    if (!ws || !run_get(ws, id, &info, &err))
        stop(&err);
    char *folder_of = workspace_run_dir(ws, id), *path = path_join(folder_of, "semid.safetensors");
    free(info.model);
    info.model = mem_strdup("gr");
    if (!tensors_write(path, &x, 1, NULL, &err) || !run_update(ws, &info, &err) ||
        !run_rename(ws, id, name, &err))
        stop(&err);
    run_info_release(&info);
    workspace_close(ws);
    free(path);
    free(folder_of);
}

const char *own_ids_workspace_make(void)
{
    /* of sencha, bowl, whisk, matcha, kettle, tray, cup: bowl and cup share the first one's */
    static const int32_t three[] = {1, 2,  0, 3,   2,  5, 3, 4, 1, 1, 2,
                                    7, 12, 0, 255, 12, 9, 3, 3, 2, 5},
                         two[] = {0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2, 1, 3};
    char *dir = sample_path("own"), *rows = write_file("own.csv", wide_rows, sizeof wide_rows - 1),
         *titles = write_file("own-items.csv", wide_titles, sizeof wide_titles - 1);
    snprintf(own_ids, sizeof own_ids, "%s", dir);
    import(own_ids, &(struct import_options){
                        .paths = (const char *const[]){rows}, .n_paths = 1, .items = titles});
    workspace_train(own_ids, REFERENCE_MARKOV);
    become_gr(own_ids, 1, "gr", three, 3);
    workspace_train(own_ids, REFERENCE_POPULARITY);
    become_gr(own_ids, 2, "gr-two", two, 2);
    workspace_train(own_ids, REFERENCE_MARKOV);
    free(dir);
    free(rows);
    free(titles);
    return own_ids;
}

/* ---- runs in every state ---- */

static void tell_epochs(struct workspace *ws, int64_t id, int n)
{
    struct error err = {0};
    for (int e = 1; e <= n; e++) {
        double left = 1.0 / e;
        char *data = mem_printf(
            "{\"epoch\": %d, \"step\": %d, \"loss\": %.4f, \"recall@10\": %.4f, \"ndcg@10\": "
            "%.4f, \"one_hop\": %.4f, \"one_hop_shuffle\": %.4f, \"extraction\": %.4f, "
            "\"tokens_per_second\": %d, \"seconds\": %.1f, \"best\": %s}",
            e, e * 100, 1.5 + 4 * left, 0.07 * (1 - left) - (e > 9 ? 0.004 * (e - 9) : 0),
            0.04 * (1 - left), 0.3 - 0.2 * left, 0.036, 0.02 * e, 4000 + 10 * e, 2.5 * e,
            e <= 9 ? "true" : "false");
        struct run_event event = {.seq = e, .time = 1000 + e, .kind = "epoch", .data = data};
        if (!run_events_append(ws, id, &event, 1, &err))
            stop(&err);
        free(data);
    }
}

static void add_run(struct workspace *ws, const struct run_info *wanted, int epochs,
                    const char *log)
{
    struct error err = {0};
    int64_t id;
    if (!run_create(ws, wanted, &id, &err))
        stop(&err);
    tell_epochs(ws, id, epochs);
    char *dir = workspace_run_dir(ws, id), *path = path_join(dir, "worker.log");
    struct run_progress p = {.what = "training",
                             .share = 0.05,
                             .eta_seconds = 240,
                             .epoch = epochs,
                             .epochs = epochs == 12 ? 12 : 60,
                             .loss = 1.5 + 4.0 / (epochs ? epochs : 1),
                             .recall10 = 0.0467};
    if ((epochs > 0 && !run_progress_write(dir, &p, &err)) ||
        (log && !file_write(path, log, strlen(log), &err)))
        stop(&err);
    free(path);
    free(dir);
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s; /* only read */
}

const char *trained_workspace_make(void)
{
    struct error err = {0};
    import_rows("trained", few_rows, sizeof few_rows - 1, trained);
    struct workspace *ws = workspace_open(trained, WORKSPACE_READ_WRITE, &err);
    if (!ws)
        stop(&err);
    struct run_info next = {.name = text("gr-next"),
                            .model = text("gr"),
                            .options_json = text("{\"epochs\": 12, \"width\": 64, \"seed\": 3}"),
                            .state = text("done"),
                            .seed = 3,
                            .seconds = 30,
                            .kernel = text("a library, 2 threads")};
    struct run_info iirg = {.name = text("gr-iirg"),
                            .model = text("gr"),
                            .strategy = text("iirg"),
                            .options_json = text("{\"strategy\": \"iirg\"}"),
                            .state = text("running"),
                            .trained_on = text("train+valid"),
                            .seed = 1,
                            .seconds = 7.5};
    struct run_info other = {.name = text("other"),
                             .model = text("llama"),
                             .options_json = text("{\"rank\": 8, \"base\": \"small\"}"),
                             .state = text("queued")};
    struct run_info broken = {.name = text("broken"),
                              .model = text("sasrec"),
                              .state = text("failed"),
                              .seed = 1,
                              .error = text("died: its worker ended without a word; `rote runs "
                                            "resume broken` continues it")};
    struct run_info stopped = {
        .name = text("stopped"), .model = text("sasrec"), .state = text("cancelled"), .seed = 2};
    add_run(ws, &next, 12, NULL);
    add_run(ws, &iirg, 3, "");
    add_run(ws, &other, 0, NULL);
    add_run(ws, &broken, 0, "loading\na warning: \x1b[1mbold\x1b[0m\nout of memory\n");
    add_run(ws, &stopped, 1, NULL);
    workspace_close(ws);
    return trained;
}

const char *finished_workspace_make(void)
{
    static const char *const names[] = {"one", "two", "three"};
    struct error err = {0};
    import_rows("finished", few_rows, sizeof few_rows - 1, finished);
    struct workspace *ws = workspace_open(finished, WORKSPACE_READ_WRITE, &err);
    if (!ws)
        stop(&err);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct run_info info = {
            .name = text(names[i]), .model = text("sasrec"), .state = text("done")};
        add_run(ws, &info, 2, NULL);
    }
    workspace_close(ws);
    return finished;
}

/* ---- runs that differ in their seeds ---- */

static void put_figures(struct workspace *ws, int64_t run, double recall, double one_hop)
{
    struct error err = {0};
    char key[DEFINITION_TEXT_MAX];
    struct definition last = definition_last();
    const struct metric metric[] = {
        {"metrics.recall@10", recall, recall - 0.002, recall + 0.002},
        {"one_hop_ratio.observed", one_hop, one_hop - 0.01, one_hop + 0.01},
        {"one_hop_ratio.null.shuffle", 0.036, 0.035, 0.037},
        {"one_hop_ratio.excess", one_hop - 0.036, one_hop - 0.046, one_hop - 0.026},
        {"labels.memorization.recommendations", one_hop, one_hop, one_hop},
        {"labels.generalization.recommendations", 0.8 * (1 - one_hop), 0, 1},
        {"labels.uncategorized.recommendations", 0.2 * (1 - one_hop), 0, 1},
    };
    definition_key(&last, key);
    if (!metric_store_put(ws, run, "test", key, metric, sizeof metric / sizeof *metric, &err))
        stop(&err);
}

const char *seeds_workspace_make(void)
{
    static const struct {
        const char *name, *model, *strategy, *state;
        int64_t seed;
        double recall, one_hop;
    } run[] = {
        {"popularity", "popularity", "next-item", "done", 0, 0.012, 0.037},
        {"markov", "markov", "next-item", "done", 0, 0.067, 0.753},
        {"gr-next-1", "gr", "next-item", "done", 1, 0.060, 0.21},
        {"gr-iirg-1", "gr", "iirg", "done", 1, 0.064, 0.15},
        {"gr-next-2", "gr", "next-item", "done", 2, 0.062, 0.23},
        {"gr-next-3", "gr", "next-item", "done", 3, 0.064, 0.22},
        {"gr-iirg-2", "gr", "iirg", "running", 2, 0, 0},
        {"gr-next-4", "gr", "next-item", "failed", 4, 0, 0},
        {"sasrec", "sasrec", "next-item", "done", 1, 0.052, 0.31},
    };
    struct error err = {0};
    import_rows("seeds", few_rows, sizeof few_rows - 1, seeds);
    struct workspace *ws = workspace_open(seeds, WORKSPACE_READ_WRITE, &err);
    if (!ws)
        stop(&err);
    for (size_t i = 0; i < sizeof run / sizeof *run; i++) {
        struct run_info info = {.name = text(run[i].name),
                                .model = text(run[i].model),
                                .strategy = text(run[i].strategy),
                                .state = text(run[i].state),
                                .seed = run[i].seed};
        bool done = strcmp(run[i].state, "done") == 0;
        add_run(ws, &info, run[i].seed > 0 && done ? 12 : 0, NULL);
        if (done)
            put_figures(ws, (int64_t)i + 1, run[i].recall, run[i].one_hop);
    }
    workspace_close(ws);
    return seeds;
}

const char *tiny_workspace_make(void)
{
    struct buf rows;
    buf_init(&rows);
    buf_adds(&rows, "user,item,time\n");
    for (int u = 0; u < 40; u++)
        for (int i = 0; i < 8; i++)
            buf_addf(&rows, "u%d,i%d,%d\n", u, (u * 7 + i * 3) % 30, i);
    import_rows("tiny", rows.data, rows.len, tiny);
    buf_release(&rows);
    return tiny;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void sample_workspace_remove(void)
{
    if (folder[0])
        nftw(folder, drop, 16, FTW_DEPTH | FTW_PHYS);
}
