/*
 * rote bench import: a CSV of interactions into a workspace.
 *   import   the whole way: detection, parsing, ids, ordering, numbering, rows and cache on disk
 *   parse    the same without the workspace
 * Checked first: the arrays must be those of the corpus that the file was written from, read back
 * by scanf.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tui/cli/bench.h"

struct import_job {
    const struct bench_data *data;
    char *dir, *csv, *workspace;
    const char *paths[1];
    struct progress *progress;
};

/* One user after the other, times ascending, ids from 1: what an export of a shop looks like. */
static bool write_csv(const struct import_job *job, struct error *err)
{
    const struct corpus *c = &job->data->corpus;
    struct file_replace file;
    if (!file_replace_begin(&file, job->csv, err))
        return false;
    fputs("userId,movieId,rating,timestamp\n", file.stream);
    for (int32_t u = 0; u < c->n_users; u++)
        for (int32_t at = 0; at < corpus_length(c, u); at++)
            fprintf(file.stream, "%d,%d,%d.%d,%d\n", u + 1, corpus_sequence(c, u)[at] + 1,
                    1 + at % 5, at % 2 * 5, 1000000000 + at * 60);
    return file_replace_commit(&file, err);
}

static void fill(const struct import_job *job, struct import_options *options)
{
    *options = (struct import_options){.paths = job->paths, .n_paths = 1};
}

/* Reads the file again with scanf; every row must be at its place in the result. */
static bool check_rows(const struct import_job *job, const struct import_result *r,
                       struct error *err)
{
    FILE *f = fopen(job->csv, "re");
    if (!f)
        return error_set_errno(err, errno, "cannot open %s", job->csv);
    int user, item, time, last = 0;
    double rating;
    int64_t row = 0, first = 0;
    bool ok = fscanf(f, "%*[^\n]") == 0;
    while (ok && fscanf(f, "%d,%d,%lf,%d", &user, &item, &rating, &time) == 4) {
        if (user != last)
            first = row;
        last = user;
        ok = row < r->n_interactions && row >= first &&
             atoi(strtab_get(&r->item_id, r->item[row])) == item && r->time[row] == time;
        row++;
    }
    fclose(f);
    return (ok && row == r->n_interactions) ||
           error_set(err, ERROR_STATE, "row %lld of the import is not that of the file",
                     (long long)row);
}

static bool check(const struct import_job *job, struct error *err)
{
    struct import_options options;
    struct import_result result;
    fill(job, &options);
    if (!import_run(&options, NULL, &result, err))
        return false;
    bool ok = check_rows(job, &result, err);
    import_result_release(&result);
    return ok;
}

static bool run_parse(void *context, struct error *err)
{
    struct import_job *job = context;
    struct import_options options;
    struct import_result result;
    fill(job, &options);
    if (!import_run(&options, job->progress, &result, err))
        return false;
    import_result_release(&result);
    return true;
}

static bool run_import(void *context, struct error *err)
{
    struct import_job *job = context;
    struct import_options options;
    struct import_result result;
    fill(job, &options);
    if (!import_run(&options, job->progress, &result, err))
        return false;
    bool ok = workspace_create(job->workspace, &result, true, job->progress, err);
    import_result_release(&result);
    return ok;
}

static bool measure(struct import_job *job, const struct cli_args *args,
                    struct bench_report *report, struct error *err)
{
    double rows = (double)job->data->corpus.offset[job->data->corpus.n_users];
    struct bench_measure whole = {.name = "import", .work = rows, .unit = "rows"};
    struct bench_measure parse = {.name = "parse", .work = rows, .unit = "rows"};
    struct stat st;
    if (!write_csv(job, err) || !check(job, err) ||
        !bench_run(args, &whole, run_import, job, err) ||
        !bench_run(args, &parse, run_parse, job, err))
        return false;
    bench_add(report, &whole);
    bench_add(report, &parse);
    if (stat(job->csv, &st) == 0)
        bench_figure(report, "file_bytes", (double)st.st_size);
    return true;
}

bool bench_import(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                  struct error *err)
{
    struct bench_data data = {0};
    const char *tmp = getenv("TMPDIR");
    struct import_job job = {.data = &data, .progress = cli->progress};
    job.dir = mem_printf("%s/rote-bench-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    if (!mkdtemp(job.dir)) {
        error_set_errno(err, errno, "cannot make the folder %s", job.dir);
        free(job.dir);
        return false;
    }
    job.csv = path_join(job.dir, "ratings.csv");
    job.workspace = path_join(job.dir, "workspace");
    job.paths[0] = job.csv;
    bool ok = bench_data_load(args, &data, cli->progress, err) && measure(&job, args, report, err);
    bench_data_release(&data);
    dir_remove(job.dir, NULL);
    free(job.csv);
    free(job.workspace);
    free(job.dir);
    return ok;
}
