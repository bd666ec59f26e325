#include "tui/screens/app_file.h"

#include <stdlib.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"

struct writing {
    struct app *app;
    struct app_file file;
    char *path;
};

static bool work(void *context, struct progress *progress, struct error *err)
{
    const struct writing *w = context;
    return w->file.write(w->file.context, w->path, progress, err);
}

static void done(void *context, bool ok, const struct error *err)
{
    struct writing *w = context;
    if (ok)
        app_say(w->app, MESSAGE_INFO, "wrote %s", w->path);
    else
        app_failed(w->app, err);
    w->file.release(w->file.context);
    free(w->path);
    free(w);
}

unsigned app_write_file(struct app *app, const struct call *call, const struct app_file *file,
                        struct error *err)
{
    if (!call->confirmed && file_exists(file->path)) {
        unsigned reaction = app_confirm(app, call, err, "Replace the file %s?", file->path);
        file->release(file->context);
        return reaction;
    }
    struct writing *w = mem_alloc(sizeof *w);
    *w = (struct writing){.app = app, .file = *file, .path = mem_strdup(file->path)};
    jobs_start(
        app_jobs(app),
        &(struct job_spec){
            .name = file->job, .flags = JOB_WRITES, .work = work, .done = done, .context = w});
    return REACT_DRAW;
}

static bool write_text(const void *context, const char *path, struct progress *progress,
                       struct error *err)
{
    const struct buf *text = context;
    (void)progress;
    return file_write(path, text->data, text->len, err);
}

static void release_text(void *context)
{
    buf_release(context);
    free(context);
}

unsigned app_write_text(struct app *app, const struct call *call, const char *path,
                        struct buf *text, struct error *err)
{
    struct buf *taken = mem_alloc(sizeof *taken);
    *taken = *text;
    buf_init(text);
    return app_write_file(app, call,
                          &(struct app_file){.job = "writing",
                                             .path = path,
                                             .write = write_text,
                                             .context = taken,
                                             .release = release_text},
                          err);
}
