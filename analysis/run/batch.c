#include "analysis/run/batch.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/run_store.h"

/* ---- what is there ---- */

static bool same_json(struct jval *a, struct jval *b)
{
    struct buf x, y;
    buf_init(&x);
    buf_init(&y);
    jval_write(a, false, &x);
    jval_write(b, false, &y);
    bool same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    buf_release(&x);
    buf_release(&y);
    jval_free(a);
    jval_free(b);
    return same;
}

bool batch_run_equals(const struct run_info *run, const struct run_request *request)
{
    const char *on = request->on == TRAINED_ON_TRAIN ? "train" : "train+valid";
    enum run_model model = request->options.model;
    struct run_options stored;
    if (strcmp(run->model, run_model_name(model)) != 0 || strcmp(run->trained_on, on) != 0)
        return false;
    struct jval *object = jval_parse(run->options_json, strlen(run->options_json), NULL);
    /* By way of the options: what an older run does not name has its default. */
    bool known = object && run_options_parse(model, object, &stored, NULL);
    jval_free(object);
    return known && same_json(run_options_json(&stored), run_options_json(&request->options));
}

static const struct run_info *named(const struct run_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->run[i].name, name) == 0)
            return &list->run[i];
    return NULL;
}

static bool is_other(const struct run_info *run, struct error *err)
{
    return error_set(err, ERROR_STATE,
                     "there is already a run named %s, and it was trained in another way; choose "
                     "another name (--name), or delete that run (rote runs delete %s)",
                     run->name, run->name);
}

/* Nothing has been started yet. */
static bool check(struct workspace *ws, const struct run_list *list,
                  const struct run_request *request, size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct run_info *run = named(list, request[i].name);
        if (run && !batch_run_equals(run, &request[i]))
            return is_other(run, err);
        for (size_t j = 0; j < i; j++)
            if (strcmp(request[i].name, request[j].name) == 0)
                return error_set(err, ERROR_USAGE, "two runs would have the name %s",
                                 request[i].name);
    }
    return queue_check(ws, request, n, err);
}

/* ---- one run ---- */

static bool take_up(struct workspace *ws, const struct run_info *run, int64_t *id,
                    enum batch_fate *fate, struct error *err)
{
    *id = run->id;
    if (strcmp(run->state, "done") == 0)
        *fate = BATCH_DONE;
    else if (strcmp(run->state, "queued") == 0 || strcmp(run->state, "running") == 0)
        *fate = BATCH_UNDER_WAY;
    else {
        *fate = BATCH_RESUMED;
        return queue_resume(ws, run->id, err);
    }
    return true;
}

/* The run of that name as it is now, when it is what `request` asks for. */
static bool look_again(struct workspace *ws, const struct run_request *request, int64_t *id,
                       enum batch_fate *fate, struct error *err)
{
    struct run_list list;
    if (!run_list_read(ws, &list, err))
        return false;
    const struct run_info *run = named(&list, request->name);
    bool under_way = run && strcmp(run->state, "failed") != 0 &&
                     strcmp(run->state, "cancelled") != 0 && batch_run_equals(run, request);
    bool ok = under_way && take_up(ws, run, id, fate, err);
    run_list_release(&list);
    return ok;
}

/* `run`: the one of that name, NULL: there was none. */
static bool submit_one(struct workspace *ws, const struct run_info *run,
                       const struct run_request *request, int64_t *id, enum batch_fate *fate,
                       struct error *err)
{
    struct error why = {0};
    *fate = BATCH_SUBMITTED;
    if (run ? take_up(ws, run, id, fate, &why) : queue_submit(ws, request, id, &why))
        return true;
    /* Another process may have been quicker with the same run. */
    return look_again(ws, request, id, fate, NULL) || error_set(err, why.code, "%s", why.text);
}

/* ---- all of them ---- */

bool batch_submit(struct workspace *ws, const struct run_request *request, size_t n, int64_t *id,
                  enum batch_fate *fate, struct error *err)
{
    struct run_list list;
    if (!queue_ingest(ws, err) || !run_list_read(ws, &list, err))
        return false;
    bool ok = check(ws, &list, request, n, err);
    for (size_t i = 0; ok && i < n; i++) {
        enum batch_fate unused;
        ok = submit_one(ws, named(&list, request[i].name), &request[i], &id[i],
                        fate ? &fate[i] : &unused, err);
    }
    run_list_release(&list);
    return ok;
}
