#include "tests/tui/sample_workspace.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/report/study.h"
#include "analysis/report/train.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"

static char folder[64], sample[80], small[80];

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

static void import(const char *dir, const char *const *paths, size_t n)
{
    struct error err = {0};
    struct import_result result = {0};
    if (!import_run(&(struct import_options){.paths = paths, .n_paths = n}, NULL, &result, &err) ||
        !workspace_create(dir, &result, false, NULL, &err))
        stop(&err);
    import_result_release(&result);
}

static void train(const char *dir, enum reference_kind kind)
{
    struct error err = {0};
    struct study *study;
    const struct study_run *run;
    if (!study_open(dir, false, NULL, &study, &err) ||
        !train_reference(study, &(struct reference_run){.kind = kind}, NULL, &run, &err))
        stop(&err);
    study_close(study);
}

const char *sample_workspace_make(void)
{
    char *dir = sample_path("wayside");
    snprintf(sample, sizeof sample, "%s", dir);
    free(dir);
    char *interactions = path_join(SAMPLE, "wayside.inter"),
         *items = path_join(SAMPLE, "wayside.item");
    import(sample, (const char *const[]){interactions, items}, 2);
    free(interactions);
    free(items);
    train(sample, REFERENCE_POPULARITY);
    train(sample, REFERENCE_MARKOV);
    return sample;
}

const char *small_workspace_make(void)
{
    static const char rows[] = "user,item,timestamp\n"
                               "ann,a,1\nann,b,2\nann,c,3\nann,d,4\n"
                               "ben,a,1\nben,b,2\nben,c,3\nben,d,4\nben,e,5\n"
                               "cai,x,1\ncai,y,2\n"
                               "dee,b,1\ndee,c,2\ndee,d,3\n";
    struct error err = {0};
    char *dir = sample_path("few"), *file = sample_path("few.csv");
    snprintf(small, sizeof small, "%s", dir);
    if (!file_write(file, rows, strlen(rows), &err))
        stop(&err);
    import(small, (const char *const[]){file}, 1);
    free(dir);
    free(file);
    return small;
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
