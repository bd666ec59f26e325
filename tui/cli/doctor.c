/* rote doctor: is this machine, this terminal and this workspace fit for work? */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "storage/base/file.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"
#include "tui/cli/commands.h"
#include "tui/widgets/text_out.h"

const char cli_doctor_details[] =
    "Prints the OpenBLAS kernel with a measured rate, threads, locale and terminal, and checks "
    "the\n"
    "workspace if there is one: its schema, and every byte of its data cache. Exit status 1 when\n"
    "something needs attention.";

struct report {
    struct cli *cli;
    struct jval *json;
    int problems;
};

static void say(struct report *r, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct report *r, const char *name, const char *format, ...)
{
    char text[2200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    jval_put_string(r->json, name, text);
    if (!r->cli->json)
        text_printf(r->cli->out, "%-12s %s\n", name, text);
}

static void check_machine(struct report *r)
{
    linalg_init();
    double rate = linalg_gflops(512, 0.3);
    jval_put_real(r->json, "gflops_per_thread", rate);
    say(r, "kernel", "OpenBLAS %s, %.1f GFLOP/s a thread (sgemm, 512 x 512)", linalg_kernel(),
        rate);
    say(r, "threads", "%d", parallel_threads());
}

static void check_terminal(struct report *r)
{
    const char *term = getenv("TERM"), *colour = getenv("NO_COLOR");
    say(r, "locale", "%s%s", nl_langinfo(CODESET),
        strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? "" : "; the screens use ASCII");
    say(r, "terminal", "%s%s%s", term ? term : "TERM is not set",
        isatty(STDOUT_FILENO) ? "" : ", output is not a terminal",
        colour && colour[0] ? ", NO_COLOR is set" : "");
}

static void check_workspace(struct report *r)
{
    struct error err = {0};
    struct dataset dataset = {0};
    if (!file_exists(r->cli->workspace)) {
        say(r, "workspace", "%s does not exist; `rote import` makes it", r->cli->workspace);
        return;
    }
    struct workspace *ws = workspace_open(r->cli->workspace, WORKSPACE_READ_WRITE, &err);
    if (ws && dataset_open(ws, &dataset, &err) &&
        dataset_verify(&dataset, r->cli->progress, &err)) {
        struct statvfs fs;
        double free_gib = statvfs(r->cli->workspace, &fs) == 0
                              ? (double)fs.f_bavail * (double)fs.f_frsize / (1 << 30)
                              : 0;
        say(r, "workspace",
            "%s: %d users, %d items, %lld interactions, all bytes as written%s, "
            "%.1f GiB free",
            r->cli->workspace, dataset.n_users, dataset.n_items, (long long)dataset.n_interactions,
            workspace_is_read_only(ws) ? ", read-only" : "", free_gib);
    } else {
        say(r, "workspace", "PROBLEM: %s", err.text);
        r->problems++;
    }
    dataset_close(&dataset);
    workspace_close(ws);
}

int cli_doctor(struct cli *cli, const struct cli_args *args, struct error *err)
{
    (void)args, (void)err;
    struct report r = {.cli = cli, .json = jval_new_object()};
    say(&r, "version", "rote " ROTE_VERSION);
    check_machine(&r);
    check_terminal(&r);
    check_workspace(&r);
    if (cli->json)
        jval_print(r.json, false, cli->out);
    jval_free(r.json);
    return r.problems ? CLI_FAILED : CLI_OK;
}
