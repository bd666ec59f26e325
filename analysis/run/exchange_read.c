/* The lists of an external trainer: what rote import-recs reads, by the ids of the data alone. */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/run/exchange.h"
#include "analysis/run/folder.h"
#include "analysis/run/import_recs.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/run_file.h"

#define EXPECTED                                                                                   \
    "expected is a line for each test case: "                                                      \
    "{\"user\":\"U\",\"items\":[\"I\",…],\"scores\":[0.5,…]}"

static bool write_part(const struct launch_work *w, enum part part, const struct run_lists *lists,
                       struct error *err)
{
    const struct case_list *cases = &w->split->part[part];
    struct run_recs recs = {.n_cases = cases->n,
                            .depth = lists->depth,
                            .user = cases->user,
                            .position = cases->position,
                            .item = lists->item,
                            .score = lists->score};
    return !lists->item || run_recs_write(w->dir, part == PART_TEST ? "test" : "valid",
                                          w->job->fingerprint, &recs, err);
}

static void append_log(const char *dir, const char *text)
{
    char *path = path_join(dir, "worker.log");
    FILE *log = fopen(path, "ae");
    if (log) {
        fputs(text, log);
        fclose(log);
    }
    free(path);
}

bool exchange_read(const struct launch_work *w, const char *dir, struct jval *end,
                   struct error *err)
{
    char *path = path_join(dir, "recommendations.jsonl");
    struct import_recs request = {.path = path,
                                  .options = {.strict = true},
                                  .users_are = IMPORT_RECS_USERS_ID,
                                  .named = true,
                                  .has_id_offset = true};
    struct import_recs_lists lists = {.event = NULL};
    struct error why = {0};
    bool ok = file_exists(path);
    if (!ok)
        error_set(err, ERROR_INPUT,
                  "the command left no %s; " EXPECTED
                  ", and the same with \"split\":\"valid\" for validation cases",
                  path);
    else if (!import_recs_read(w->dataset, w->corpus, w->split, &request, w->progress, &lists,
                               &why))
        ok = error_set(err, why.code, "%s; " EXPECTED, why.text);
    else if (!lists.part[PART_TEST].item)
        ok = error_set(err, ERROR_INPUT,
                       "%s has no list of a test case: users and items are named as in "
                       "sequences.jsonl; " EXPECTED,
                       path);
    if (ok) {
        append_log(w->dir, lists.log);
        jval_put(end, "lists", lists.event);
        lists.event = NULL;
    }
    ok = ok && write_part(w, PART_TEST, &lists.part[PART_TEST], err) &&
         write_part(w, PART_VALID, &lists.part[PART_VALID], err);
    import_recs_release(&lists);
    free(path);
    return ok;
}
