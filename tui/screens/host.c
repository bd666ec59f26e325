#include "tui/screens/host.h"

#include <string.h>

#include "storage/base/line.h"
#include "storage/db/dataset.h"
#include "tui/screens/scene.h"

/* Unless the user named them, the edges are those that the first shown run was trained on. */
static void follow_edges(struct host *host)
{
    const struct study_run *run[HOST_RUNS];
    if (!host->edges_chosen && host_shown_runs(host, run) > 0)
        host->definition.train_valid = run[0]->trained_on == TRAINED_ON_TRAIN_VALID;
}

void host_init(struct host *host, struct study *study)
{
    *host = (struct host){.study = study, .definition = definition_last(), .part = PART_TEST};
    size_t n = study_n_runs(study);
    /* the newest runs, oldest of them first: the order in which they were made */
    for (size_t i = n; i-- > 0 && host->n_shown < 2;)
        if (study_run_at(study, i)->has[host->part])
            host->shown[host->n_shown++] = study_run_at(study, i)->id;
    if (host->n_shown == 2) {
        int64_t newest = host->shown[0];
        host->shown[0] = host->shown[1];
        host->shown[1] = newest;
    }
    follow_edges(host);
}

size_t host_shown_runs(const struct host *host, const struct study_run *run[HOST_RUNS])
{
    size_t n = 0;
    for (size_t i = 0; i < host->n_shown; i++) {
        const struct study_run *r = study_run_by_id(host->study, host->shown[i]);
        if (r && r->has[host->part])
            run[n++] = r;
    }
    return n;
}

bool host_is_shown(const struct host *host, int64_t run)
{
    for (size_t i = 0; i < host->n_shown; i++)
        if (host->shown[i] == run)
            return true;
    return false;
}

void host_define(struct host *host, const struct definition *definition, bool edges_chosen)
{
    host->definition = *definition;
    host->edges_chosen = edges_chosen;
    follow_edges(host);
}

bool host_show_runs(struct host *host, const int64_t *runs, size_t n)
{
    if (n == host->n_shown && memcmp(host->shown, runs, n * sizeof *runs) == 0)
        return false;
    memcpy(host->shown, runs, n * sizeof *runs);
    host->n_shown = n;
    follow_edges(host);
    return true;
}

void host_toggle_run(struct host *host, int64_t run)
{
    size_t n = 0;
    bool was = host_is_shown(host, run);
    for (size_t i = 0; i < host->n_shown; i++)
        if (host->shown[i] != run)
            host->shown[n++] = host->shown[i];
    host->n_shown = n;
    if (!was) {
        if (host->n_shown == HOST_RUNS)
            host->n_shown--;
        host->shown[host->n_shown++] = run;
    }
    follow_edges(host);
}

const char *host_item_id(const struct host *host, int32_t item)
{
    return item < 0 ? "" : strtab_get(&study_dataset(host->study)->item_id, item);
}

const char *host_item_title(const struct host *host, int32_t item)
{
    const struct dataset *d = study_dataset(host->study);
    if (item < 0)
        return item == RECS_ILLEGAL ? "illegal" : "missing";
    return strtab_len(&d->title, item) ? strtab_get(&d->title, item)
                                       : strtab_get(&d->item_id, item);
}

const char *host_user_id(const struct host *host, int32_t user)
{
    return strtab_get(&study_dataset(host->study)->user_id, user);
}

static int32_t find(const struct study *study, const char *text,
                    int32_t (*find_id)(const struct study *study, const char *id))
{
    int32_t found = find_id(study, text);
    if (found >= 0)
        return found;
    struct buf id;
    buf_init(&id);
    line_unescape(text, &id);
    found = find_id(study, id.data);
    buf_release(&id);
    return found;
}

int32_t host_find_item(const struct host *host, const char *text)
{
    return find(host->study, text, study_find_item);
}

int32_t host_find_user(const struct host *host, const char *text)
{
    return find(host->study, text, study_find_user);
}

void host_run_names(const struct host *host, const char *separator, struct buf *out)
{
    const struct study_run *run[HOST_RUNS];
    size_t n = host_shown_runs(host, run);
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%s%s", i ? separator : "", run[i]->name);
}

void host_link(const struct host *host, struct buf *out)
{
    const struct scene now = scene_now(host);
    scene_link(host, &now, out);
}
