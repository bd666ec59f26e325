#include "tests/analysis/run/tiny.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/import/import.h"

enum { USERS = 60, ITEMS = 40, LENGTH = 9 };

static void write_data(const char *dir, char *paths[2])
{
    static const char *const words[] = {"lamp", "kettle", "rope", "drum", "chair"};
    struct buf inter, items;
    buf_init(&inter);
    buf_init(&items);
    buf_adds(&inter, "user_id:token\titem_id:token\ttimestamp:float\n");
    buf_adds(&items, "item_id:token\ttitle:token_seq\tclass:token_seq\n");
    for (int u = 0; u < USERS; u++)
        for (int i = 0, x = u * 7 % ITEMS; i < LENGTH; i++, x = (x * 3 + 7 + u % 2) % ITEMS)
            buf_addf(&inter, "u%02d\ti%02d\t%d\n", u, x, 1000 + i);
    for (int x = 0; x < ITEMS; x++)
        buf_addf(&items, "i%02d\tbig %s number %d\tshop %s\n", x, words[x % 5], x / 10,
                 words[x % 4]);
    paths[0] = mem_printf("%s/tiny.inter", dir);
    paths[1] = mem_printf("%s/tiny.item", dir);
    assert_true(file_write(paths[0], inter.data, inter.len, NULL));
    assert_true(file_write(paths[1], items.data, items.len, NULL));
    buf_release(&inter);
    buf_release(&items);
}

struct workspace *tiny_workspace(char **dir)
{
    char name[] = "/tmp/rote-test-XXXXXX", *paths[2];
    assert_non_null(mkdtemp(name));
    write_data(name, paths);
    *dir = mem_printf("%s/workspace", name);
    struct error err = {0};
    struct import_result result;
    struct import_options options = {.paths = (const char *const *)paths, .n_paths = 2};
    if (!import_run(&options, NULL, &result, &err) ||
        !workspace_create(*dir, &result, false, NULL, &err))
        fail_msg("%s", err.text);
    import_result_release(&result);
    free(paths[0]);
    free(paths[1]);
    struct workspace *ws = workspace_open(*dir, WORKSPACE_READ_WRITE, &err);
    if (!ws)
        fail_msg("%s", err.text);
    return ws;
}

void tiny_remove(struct workspace *ws, char *dir)
{
    workspace_close(ws);
    *strrchr(dir, '/') = '\0';
    assert_true(dir_remove(dir, NULL));
    free(dir);
}

struct run_options tiny_options(enum run_model model, const char *const *more)
{
    static const char *const common[] = {"epochs=6",
                                         "width=16",
                                         "layers=1",
                                         "heads=2",
                                         "mlp=2",
                                         "items=6",
                                         "batch-tokens=250",
                                         "learning-rate=0.01",
                                         "checkpoint-seconds=0",
                                         "patience=0",
                                         NULL};
    static const char *const of_gr[] = {"levels=2", "codes=4", "embed-width=8", "beam=20", NULL};
    struct run_options o = run_options_default(model);
    struct error err = {0};
    const char *const *const lists[] = {common, model == RUN_GR ? of_gr : NULL, more};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (const char *const *at = lists[i]; at && *at; at++)
            if (!run_options_set(&o, *at, &err))
                fail_msg("%s", err.text);
    return o;
}

int64_t tiny_run(struct workspace *ws, const struct run_options *options, char **run_dir)
{
    struct workspace_facts facts;
    struct run_info info = {.model = (char[]){"tiny"}};
    struct run_job job = {.options = *options, .on = TRAINED_ON_TRAIN};
    assert_true(workspace_facts(ws, &facts, NULL));
    assert_true(run_create(ws, &info, &job.run, NULL));
    job.fingerprint = facts.fingerprint;
    char *import_id = workspace_get(ws, "import_id");
    snprintf(job.import_id, sizeof job.import_id, "%s", import_id);
    free(import_id);
    *run_dir = workspace_run_dir(ws, job.run);
    assert_true(run_job_write(*run_dir, &job, NULL));
    return job.run;
}

struct run_info tiny_info(struct workspace *ws, int64_t run)
{
    struct run_info info;
    struct error err = {0};
    if (!run_get(ws, run, &info, &err))
        fail_msg("%s", err.text);
    return info;
}

bool tiny_file_equal(const char *dir_a, const char *dir_b, const char *name)
{
    struct buf a, b;
    buf_init(&a);
    buf_init(&b);
    char *path_a = path_join(dir_a, name), *path_b = path_join(dir_b, name);
    assert_true(file_read(path_a, 1 << 28, &a, NULL));
    assert_true(file_read(path_b, 1 << 28, &b, NULL));
    bool equal = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
    free(path_a);
    free(path_b);
    buf_release(&a);
    buf_release(&b);
    return equal;
}
