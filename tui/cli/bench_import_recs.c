/*
 * rote bench import-recs: lists of 10 for every test case, as other programs write them.
 *   import-recs   JSON lines as a run: read, matched, stored
 *   json-lines    the same without storing
 *   rows          a CSV with a row for each recommendation, not stored
 *   wide          a CSV with a column for each place, not stored
 *   python        python3 reading the JSON lines into its own lists, where it is installed
 * Checked first: every list that was read must be the one that was written, by external ids.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report/study.h"
#include "analysis/run/import_recs.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_store.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"
#include "tui/cli/bench.h"
#include "tui/cli/bench_peer.h"

enum { DEPTH = 10, FILES = 3 };
enum { JSON_LINES, ROWS, WIDE };
static const char *const file_name[FILES] = {"recs.jsonl", "rows.csv", "wide.csv"};

struct recs_job {
    const struct bench_data *data;
    char *dir, *workspace, *path[FILES];
    struct study *study;
    int32_t *list; /* [test cases * DEPTH] items of the corpus */
    int which;
    struct progress *progress;
};

/* ---- the data set and the files ---- */

static bool make_workspace(struct recs_job *job, struct error *err)
{
    const struct corpus *c = &job->data->corpus;
    char *path = path_join(job->dir, "data.txt");
    const char *paths[] = {path};
    struct import_options options = {.paths = paths, .n_paths = 1};
    struct import_result result;
    struct file_replace file;
    bool ok = file_replace_begin(&file, path, err);
    for (int32_t u = 0; ok && u < c->n_users; u++) {
        fprintf(file.stream, "%d", u + 1);
        for (int32_t at = 0; at < corpus_length(c, u); at++)
            fprintf(file.stream, " %d", corpus_sequence(c, u)[at] + 1);
        fputc('\n', file.stream);
    }
    ok = ok && file_replace_commit(&file, err) && import_run(&options, NULL, &result, err);
    if (ok) {
        ok = workspace_create(job->workspace, &result, false, job->progress, err);
        import_result_release(&result);
    }
    free(path);
    return ok && study_open(job->workspace, false, job->progress, &job->study, err);
}

static void write_case(FILE *out, int which, int user, const int32_t *row)
{
    if (which != ROWS)
        fprintf(out, which == JSON_LINES ? "{\"user\": \"%d\", \"items\": [" : "%d", user);
    for (int k = 0; k < DEPTH; k++) {
        int item = row[k] + 1;
        if (which == ROWS)
            fprintf(out, "%d,%d,%d,0.%d\n", user, item, k + 1, 9876 - 97 * k);
        else if (which == WIDE)
            fprintf(out, ",%d", item);
        else
            fprintf(out, "%s\"%d\"", k ? ", " : "", item);
    }
    if (which == JSON_LINES)
        fputs("], \"scores\": [", out);
    for (int k = 0; which == JSON_LINES && k < DEPTH; k++)
        fprintf(out, "%s0.%d", k ? ", " : "", 9876 - 97 * k);
    if (which != ROWS)
        fputs(which == JSON_LINES ? "]}\n" : "\n", out);
}

static bool write_lists(const struct recs_job *job, int which, struct error *err)
{
    const struct case_list *cases = &job->data->split.part[PART_TEST];
    struct file_replace file;
    if (!file_replace_begin(&file, job->path[which], err))
        return false;
    if (which == ROWS)
        fputs("user,item,rank,score\n", file.stream);
    if (which == WIDE)
        fputs("user,i1,i2,i3,i4,i5,i6,i7,i8,i9,i10\n", file.stream);
    for (int64_t c = 0; c < cases->n; c++)
        write_case(file.stream, which, cases->user[c] + 1, job->list + c * DEPTH);
    return file_replace_commit(&file, err);
}

/* ---- reading ---- */

static bool read_lists(const struct recs_job *job, struct import_recs_lists *out, struct error *err)
{
    struct import_recs request = {.path = job->path[job->which], .users_are = IMPORT_RECS_USERS_ID};
    return import_recs_read(study_dataset(job->study), study_corpus(job->study),
                            study_split(job->study), &request, job->progress, out, err);
}

static bool check_lists(const struct recs_job *job, const struct import_recs_lists *lists,
                        struct error *err)
{
    const struct strtab *id = &study_dataset(job->study)->item_id;
    const struct run_lists *test = &lists->part[PART_TEST];
    int64_t n = job->data->split.part[PART_TEST].n;
    bool ok = study_split(job->study)->part[PART_TEST].n == n;
    for (int64_t at = 0; ok && at < n * DEPTH; at++) {
        int32_t item = test->item[at / DEPTH * test->depth + at % DEPTH];
        /* a list of a tiny catalogue may hold an item twice, which is a miss then */
        ok = item == RECS_ILLEGAL || atoi(strtab_get(id, item)) == job->list[at] + 1;
    }
    return ok || error_set(err, ERROR_STATE, "%s is read as other lists", job->path[job->which]);
}

static bool check(struct recs_job *job, struct error *err)
{
    bool ok = true;
    for (job->which = 0; ok && job->which < FILES; job->which++) {
        struct import_recs_lists lists;
        ok = write_lists(job, job->which, err) && read_lists(job, &lists, err);
        if (ok) {
            ok = check_lists(job, &lists, err);
            import_recs_release(&lists);
        }
    }
    return ok;
}

static bool run_read(void *context, struct error *err)
{
    struct import_recs_lists lists;
    if (!read_lists(context, &lists, err))
        return false;
    import_recs_release(&lists);
    return true;
}

/* The run goes again, so that every repetition finds the same workspace. */
static bool run_import(void *context, struct error *err)
{
    struct recs_job *job = context;
    struct import_recs request = {.path = job->path[JSON_LINES], .name = "bench"};
    struct jval *event = NULL;
    int64_t run;
    struct workspace *ws = study_lock(job->study);
    bool ok = import_recs(ws, study_dataset(job->study), study_corpus(job->study),
                          study_split(job->study), &request, job->progress, &run, &event, err) &&
              run_delete(ws, run, err);
    study_unlock(job->study);
    jval_free(event);
    return ok;
}

static bool run_python(void *context, struct error *err)
{
    static const char script[] = "import json, sys\n"
                                 "with open(sys.argv[1], 'rb') as f:\n"
                                 "    rows = [json.loads(line) for line in f]\n"
                                 "print(sum(len(r['items']) for r in rows))";
    const struct recs_job *job = context;
    char *argv[] = {(char *)"python3", (char *)"-c", (char *)(uintptr_t)script,
                    job->path[JSON_LINES], NULL};
    struct buf out;
    buf_init(&out);
    bool ok = bench_peer_output(argv, environ, &out, err) &&
              (atoll(out.data) == job->data->split.part[PART_TEST].n * DEPTH ||
               error_set(err, ERROR_STATE, "python3 counts other lists"));
    buf_release(&out);
    return ok;
}

/* ---- the whole ---- */

static bool measure(struct recs_job *job, const struct cli_args *args, struct bench_report *report,
                    struct error *err)
{
    static const char *const names[FILES] = {"json-lines", "rows", "wide"};
    double n = (double)job->data->split.part[PART_TEST].n * DEPTH;
    struct bench_measure whole = {.name = "import-recs", .work = n, .unit = "recommendations"};
    struct bench_measure python = {.name = "python", .work = n, .unit = "recommendations"};
    struct error absent = {0};
    if (!bench_run(args, &whole, run_import, job, err))
        return false;
    bench_add(report, &whole);
    for (job->which = 0; job->which < FILES; job->which++) {
        struct bench_measure m = {.name = names[job->which], .work = n, .unit = "recommendations"};
        if (!bench_run(args, &m, run_read, job, err))
            return false;
        bench_add(report, &m);
    }
    if (bench_run(args, &python, run_python, job, &absent)) {
        bench_add(report, &python);
        bench_figure(report, "times_as_fast_as_python", python.best.wall / whole.best.wall);
    }
    return true;
}

bool bench_import_recs(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                       struct error *err)
{
    struct bench_data data = {0};
    const char *tmp = getenv("TMPDIR");
    struct recs_job job = {.data = &data, .progress = cli->progress};
    job.dir = mem_printf("%s/rote-bench-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    if (!mkdtemp(job.dir)) {
        error_set(err, ERROR_IO, "cannot make the folder %s", job.dir);
        free(job.dir);
        return false;
    }
    job.workspace = path_join(job.dir, "workspace");
    for (int i = 0; i < FILES; i++)
        job.path[i] = path_join(job.dir, file_name[i]);
    bool ok = bench_data_load(args, &data, cli->progress, err) && make_workspace(&job, err) &&
              bench_lists(&data, DEPTH, data.split.part[PART_TEST].n, &job.list, err) &&
              check(&job, err) && measure(&job, args, report, err);
    study_close(job.study);
    bench_data_release(&data);
    dir_remove(job.dir, NULL);
    for (int i = 0; i < FILES; i++)
        free(job.path[i]);
    free(job.list);
    free(job.workspace);
    free(job.dir);
    return ok;
}
