#include "analysis/run/run_lists.h"

#include <stdlib.h>

#include "analysis/run/folder.h"
#include "storage/base/buf.h"
#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "storage/db/run_file.h"

static const char *const part_name[] = {"test", "valid"};

bool run_lists_room(struct run_lists *lists, int64_t n_cases, struct error *err)
{
    size_t n = (size_t)n_cases * RECS_DEPTH;
    lists->item = mem_try_array(n, sizeof *lists->item, "recommendation lists", err);
    lists->score =
        lists->item ? mem_try_array(n, sizeof *lists->score, "recommendation lists", err) : NULL;
    return lists->score != NULL;
}

void run_lists_release(struct run_lists lists[2])
{
    for (int part = 0; part < 2; part++) {
        free(lists[part].item);
        free(lists[part].score);
        lists[part].item = NULL;
        lists[part].score = NULL;
    }
}

static bool write_files(struct workspace *ws, int64_t run, const struct split *split,
                        uint64_t fingerprint, const struct run_lists lists[2], bool there[2],
                        struct error *err)
{
    char *dir = workspace_run_dir(ws, run);
    bool ok = true;
    for (int part = 0; part < 2 && ok; part++) {
        const struct case_list *cases = &split->part[part];
        there[part] = lists[part].item != NULL;
        if (!there[part])
            continue;
        struct run_recs recs = {.n_cases = cases->n,
                                .depth = lists[part].depth ? lists[part].depth : RECS_DEPTH,
                                .user = cases->user,
                                .position = cases->position,
                                .item = lists[part].item,
                                .score = lists[part].score};
        ok = run_recs_write(dir, part_name[part], fingerprint, &recs, err);
    }
    free(dir);
    return ok;
}

static bool register_files(struct workspace *ws, int64_t run, const bool there[2],
                           struct error *err)
{
    bool ok = true;
    for (int part = 0; part < 2 && ok; part++)
        ok = !there[part] || run_recs_register(ws, run, part_name[part], err);
    return ok;
}

static bool tell(struct workspace *ws, int64_t run, const char *kind, const struct jval *data,
                 struct error *err)
{
    struct buf text;
    buf_init(&text);
    jval_write(data, false, &text);
    struct run_event event = {1, clock_wall_seconds(), kind, text.data};
    bool ok = run_events_append(ws, run, &event, 1, err);
    buf_release(&text);
    return ok;
}

static bool take_lock(void *context, int64_t run, const char *dir, struct error *err)
{
    int *lock = context;
    (void)run;
    *lock = run_lock_take(dir, "lock", err);
    return *lock >= 0;
}

/* A run in state "running"; its number goes to *run and info->id. Its lock says to other processes
 * that somebody is at work on it. */
static bool create(struct workspace *ws, struct run_info *info, int64_t *run, int *lock,
                   struct error *err)
{
    static char running[] = "running", none[] = "";
    info->state = running;
    info->error = none;
    *lock = -1;
    bool ok = run_create_filled(ws, info, take_lock, lock, run, err);
    info->id = *run;
    if (!ok)
        run_lock_release(*lock);
    return ok;
}

/* After the last step: done, or gone. */
static bool finish(struct workspace *ws, int64_t run, int lock, bool ok, struct error *err)
{
    ok = ok && run_set_state(ws, run, "done", NULL, err);
    if (!ok)
        run_delete(ws, run, NULL);
    run_lock_release(lock);
    return ok;
}

bool run_lists_store(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                     const struct run_info *info, const struct run_lists lists[2], int64_t *run,
                     struct error *err)
{
    struct run_info stored = *info;
    bool there[2];
    int lock;
    if (!create(ws, &stored, run, &lock, err))
        return false;
    bool ok = write_files(ws, *run, split, fingerprint, lists, there, err) &&
              register_files(ws, *run, there, err) && run_update(ws, &stored, err);
    return finish(ws, *run, lock, ok, err);
}

bool run_lists_store_told(struct workspace *ws, const struct split *split, uint64_t fingerprint,
                          const struct run_info *info, struct run_lists lists[2], const char *kind,
                          const struct jval *data, int64_t *run, struct error *err)
{
    struct run_info stored = *info;
    bool there[2];
    int lock;
    if (!create(ws, &stored, run, &lock, err))
        return false;
    bool ok = write_files(ws, *run, split, fingerprint, lists, there, err);
    run_lists_release(lists);
    ok = ok && register_files(ws, *run, there, err) && run_update(ws, &stored, err) &&
         tell(ws, *run, kind, data, err);
    return finish(ws, *run, lock, ok, err);
}
