/*
 * rote bench screens: the screens on a workspace of 1,000,000 users as a person at a terminal meets
 * them: the first frame, keys while a filter and a training run are active, filters, sorts, bytes
 * per key, what it does when nothing happens, memory. Each figure stands beside what is asked of
 * it. Checked first: what a filter keeps is what going over the titles by itself keeps.
 */
#include "tui/cli/bench_screens.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/math/stats.h"
#include "analysis/report/study.h"
#include "storage/base/clock.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/base/regex.h"
#include "storage/db/dataset.h"
#include "tui/cli/bench.h"
#include "tui/cli/bench_pty.h"

enum { STARTS = 5, MOVES = 200, CASE_MOVES = 60, IDLE_SECONDS = 5 };

/* Titles have it, and some users' ids too. */
static const char pattern[] = "lamp.*77";
static const char training[] = "bench-training";
static const double patience = 900, burst_seconds = 5;

struct bench_screen_run {
    char self[4096]; /* the program */
    const char *dir;
    struct cli *cli;
    struct bench_report *report;
    struct jval *asks;
    struct bench_pty pty;
    int held, missed, steps;
};

/* ---- figures ---- */

/* `most`: what is asked; negative: nothing. */
static void figure(struct bench_screen_run *b, const char *name, double value, double most)
{
    jval_put_real(b->report->top, name, value);
    if (most < 0) {
        buf_addf(b->report->text, "%-28s %12.6g\n", name, value);
        return;
    }
    bool holds = value <= most;
    struct jval *o = jval_new_object();
    jval_put_real(o, "value", value);
    jval_put_real(o, "ask", most);
    jval_put_bool(o, "holds", holds);
    jval_put(b->asks, name, o);
    buf_addf(b->report->text, "%-28s %12.6g   asked: at most %g   %s\n", name, value, most,
             holds ? "holds" : "MISSED");
    b->held += holds;
    b->missed += !holds;
}

static double percentile(double *values, int64_t n, double p)
{
    stats_sort(values, n);
    return stats_percentile(values, n, p);
}

/* ---- the program itself, run aside ---- */

static pid_t spawn(const char *const *argv, int out)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(out >= 0 ? out : null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool run_aside(const char *const *argv, struct buf *out, struct error *err)
{
    int ends[2] = {-1, -1};
    if (out && pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(err, errno, "%s cannot be started", argv[0]);
    pid_t child = spawn(argv, ends[1]);
    char piece[4096];
    if (out)
        close(ends[1]);
    for (ssize_t n; child > 0 && out && (n = read(ends[0], piece, sizeof piece)) > 0;)
        buf_add(out, piece, (size_t)n);
    if (out)
        close(ends[0]);
    int status = 1;
    if (child > 0)
        waitpid(child, &status, 0);
    return status == 0 || error_set(err, ERROR_STATE, "%s %s … failed", argv[0], argv[3]);
}

/* ---- the check ---- */

static bool matches(const struct regex *re, struct regex_scratch *scratch,
                    const struct strtab *table, int64_t at)
{
    return regex_find(re, scratch, strtab_get(table, at), strtab_len(table, at), 0, NULL, NULL) ==
           REGEX_YES;
}

/* Users whose id or target's title the pattern is in. */
static bool recount(const char *dir, int64_t *count, struct error *err)
{
    struct study *study;
    struct regex *re = regex_new(pattern, err);
    if (!re || !study_open(dir, true, NULL, &study, err)) {
        regex_free(re);
        return false;
    }
    const struct dataset *d = study_dataset(study);
    struct regex_scratch *scratch = regex_scratch_new(re);
    *count = 0;
    for (int32_t user = 0; user < d->n_users; user++) {
        int32_t target = d->item[d->offset[user + 1] - 1]; /* leave-one-out */
        *count +=
            matches(re, scratch, &d->user_id, user) || matches(re, scratch, &d->title, target);
    }
    regex_scratch_free(scratch);
    regex_free(re);
    study_close(study);
    return true;
}

/* "1,204" → 1204. */
static int64_t read_grouped(const char *s)
{
    int64_t n = 0;
    for (; (*s >= '0' && *s <= '9') || *s == ','; s++)
        n = *s == ',' ? n : n * 10 + (*s - '0');
    return n;
}

static bool check(struct bench_screen_run *b, struct error *err)
{
    char *filter = mem_printf("filter %s", pattern);
    const char *argv[] = {b->self, "-w",   b->dir, "--batch",      "-c", "users",
                          "-c",    filter, "-c",   "print 120x24", NULL};
    struct buf out;
    int64_t wanted = 0, shown = -1;
    buf_init(&out);
    bool ok = run_aside(argv, &out, err) && recount(b->dir, &wanted, err);
    for (char *line = ok ? strtok(out.data, "\n") : NULL; line; line = strtok(NULL, "\n"))
        if (strstr(line, " of ") && strchr(line, '&'))
            shown = read_grouped(line + strspn(line, " "));
    if (ok && shown != wanted)
        ok = error_set(err, ERROR_STATE, "the filter &%s kept %lld users, not %lld", pattern,
                       (long long)shown, (long long)wanted);
    free(filter);
    buf_release(&out);
    return ok;
}

/* ---- steps ---- */

static bool start(struct bench_screen_run *b, struct error *err)
{
    const char *argv[] = {b->self, "-w", b->dir, "--no-session", NULL};
    return bench_pty_start(&b->pty, argv, err);
}

/* The median of some starts, the files being in the system's cache by then. */
static bool first_frame(struct bench_screen_run *b, struct error *err)
{
    double seconds[STARTS], cpu[STARTS];
    for (int i = 0; i < STARTS; i++) {
        double began = clock_monotonic_seconds();
        if (!start(b, err) || !bench_pty_wait(&b->pty, false, began, patience, &seconds[i], err))
            return false;
        cpu[i] = bench_pty_cpu_ms(&b->pty);
        bench_pty_close(&b->pty);
    }
    figure(b, "first_frame_ms", percentile(seconds, STARTS, 50) * 1000, 100);
    figure(b, "first_frame_cpu_ms", percentile(cpu, STARTS, 50), -1);
    return true;
}

static bool idle_after(struct bench_screen_run *b, const char *keys, double *ms, struct error *err)
{
    double seconds = 0;
    if (!progress_at(b->cli->progress, "screens", b->steps++, 0, "steps", err))
        return false;
    bool ok = bench_pty_drain(&b->pty) || error_set(err, ERROR_STATE, "the screens ended");
    ok =
        ok && bench_pty_wait(&b->pty, true, bench_pty_send(&b->pty, keys), patience, &seconds, err);
    if (ms)
        *ms = seconds * 1000;
    return ok;
}

/* Types a command; the time is that from Enter on. */
static bool command(struct bench_screen_run *b, const char *line, double *ms, struct error *err)
{
    char *typed = mem_printf(":%s", line);
    bool ok = idle_after(b, typed, NULL, err) && idle_after(b, "\r", ms, err);
    free(typed);
    return ok;
}

static bool nothing_happens(struct bench_screen_run *b, struct error *err)
{
    sleep(1); /* it says that it is idle before it sleeps */
    int64_t before = bench_pty_switches(&b->pty);
    sleep(IDLE_SECONDS);
    figure(b, "idle_wakeups", (double)(bench_pty_switches(&b->pty) - before), 0);
    return bench_pty_drain(&b->pty) || error_set(err, ERROR_STATE, "the screens ended");
}

struct keys {
    double *ms;  /* [n] key to frame */
    double *cpu; /* [n] ms of it on the processor */
    int64_t n, cap, cap_cpu;
    int64_t most_bytes;
};

static void keep(struct keys *k, double ms, double cpu, int64_t bytes)
{
    MEM_GROW(k->ms, k->n + 1, k->cap);
    MEM_GROW(k->cpu, k->n + 1, k->cap_cpu);
    k->cpu[k->n] = cpu;
    k->ms[k->n++] = ms;
    k->most_bytes = bytes > k->most_bytes ? bytes : k->most_bytes;
}

/* One key; with `idle` until nothing is left to do, and all bytes that it took. */
static bool press(struct bench_screen_run *b, const char *key, bool idle, struct keys *out,
                  struct error *err)
{
    double seconds, sent;
    if (!bench_pty_drain(&b->pty))
        return error_set(err, ERROR_STATE, "the screens ended");
    double cpu = bench_pty_cpu_ms(&b->pty);
    int64_t before = b->pty.bytes, idles = b->pty.idle;
    sent = bench_pty_send(&b->pty, key);
    if (!bench_pty_wait(&b->pty, false, sent, patience, &seconds, err))
        return false;
    cpu = bench_pty_cpu_ms(&b->pty) - cpu;
    if (idle && b->pty.idle == idles && !bench_pty_wait(&b->pty, true, sent, patience, NULL, err))
        return false;
    keep(out, seconds * 1000, cpu, b->pty.bytes - before);
    return true;
}

static bool move(struct bench_screen_run *b, int n, struct keys *out, struct error *err)
{
    for (int i = 0; i < n; i++)
        if (!press(b, i % 8 == 7 ? "k" : "j", true, out, err))
            return false;
    return true;
}

static void keys_release(struct keys *k)
{
    free(k->ms);
    free(k->cpu);
}

static void report_keys(struct bench_screen_run *b, const char *where, struct keys *k, double most)
{
    char name[64];
    snprintf(name, sizeof name, "%s_p50_ms", where);
    figure(b, name, percentile(k->ms, k->n, 50), -1);
    snprintf(name, sizeof name, "%s_p99_ms", where);
    figure(b, name, percentile(k->ms, k->n, 99), most);
    snprintf(name, sizeof name, "%s_p99_cpu_ms", where);
    figure(b, name, percentile(k->cpu, k->n, 99), -1);
}

/* The slowest of the sorts by each of the columns, upward; the sheet is in its own order again
 * afterwards. */
static bool sorts(struct bench_screen_run *b, const char *where, const char *const *columns,
                  size_t n, double ask_ms, struct error *err)
{
    double worst = 0, ms;
    char name[64];
    for (size_t i = 0; i < n; i++) {
        char *line = mem_printf("sort %s", columns[i]);
        bool ok = command(b, line, &ms, err) && command(b, "unsort", NULL, err);
        free(line);
        if (!ok)
            return false;
        snprintf(name, sizeof name, "%s_%s_ms", where, columns[i]);
        figure(b, name, ms, -1);
        worst = ms > worst ? ms : worst;
    }
    snprintf(name, sizeof name, "%s_ms", where);
    figure(b, name, worst, ask_ms);
    return true;
}

static bool users_sheet(struct bench_screen_run *b, struct error *err)
{
    static const char *const columns[] = {"user",        "items",       "reachable",     "target",
                                          "markov.rank", "markov.rote", "markov.novelty"};
    struct keys keys = {0};
    double ms;
    char *filter = mem_printf("filter %s", pattern);
    bool ok = idle_after(b, "2", &ms, err);
    if (ok)
        figure(b, "users_counted_ms", ms, -1);
    ok = ok && move(b, MOVES, &keys, err);
    if (ok) {
        figure(b, "move_bytes", (double)keys.most_bytes, 200);
        report_keys(b, "users_key", &keys, -1);
    }
    ok = ok && command(b, filter, &ms, err) && command(b, "filter", NULL, err);
    if (ok)
        figure(b, "filter_ms", ms, 1000);
    free(filter);
    keys_release(&keys);
    return ok && sorts(b, "sort", columns, ARRAY_LEN(columns), 300, err);
}

static bool case_view(struct bench_screen_run *b, struct error *err)
{
    struct keys keys = {0};
    double ms;
    bool ok = idle_after(b, "\r", &ms, err);
    if (ok)
        figure(b, "case_opened_ms", ms, -1);
    ok = ok && move(b, CASE_MOVES, &keys, err);
    if (ok) {
        figure(b, "case_bytes", (double)keys.most_bytes, 4096);
        report_keys(b, "case_key", &keys, -1);
    }
    keys_release(&keys);
    return ok && idle_after(b, "q", NULL, err);
}

static bool recommendations(struct bench_screen_run *b, struct error *err)
{
    static const char *const columns[] = {"user", "run",      "rank",  "how", "item",
                                          "hit",  "followed", "score", "id",  "label"};
    struct keys keys = {0};
    double ms;
    bool ok = idle_after(b, "6", &ms, err);
    if (ok)
        figure(b, "recs_opened_ms", ms, -1);
    ok = ok && move(b, MOVES, &keys, err);
    if (ok) {
        figure(b, "recs_move_bytes", (double)keys.most_bytes, 200);
        report_keys(b, "recs_key", &keys, -1);
    }
    keys_release(&keys);
    return ok && sorts(b, "recs_sort", columns, ARRAY_LEN(columns), 2000, err);
}

/* Keys one after the other for some seconds while filters are typed again and again behind them:
 * the filter's job is cancelled by the next one, so one is always at work. */
static bool busy_keys(struct bench_screen_run *b, struct error *err)
{
    static const char *const moves[] = {"j", "j", "\006", "k", "\002", "j", "l", "h"};
    struct keys keys = {0};
    double until = clock_monotonic_seconds() + burst_seconds;
    char *filter = mem_printf(":filter %s\r", pattern);
    bool ok = true;
    for (int i = 0; ok && clock_monotonic_seconds() < until; i++) {
        if (i % 16 == 0)
            ok = idle_after(b, ":filter\r", NULL, err) &&
                 (bench_pty_send(&b->pty, filter),
                  bench_pty_wait(&b->pty, false, clock_monotonic_seconds(), patience, NULL, err));
        ok = ok && press(b, moves[i % (int)ARRAY_LEN(moves)], false, &keys, err);
    }
    ok = ok && idle_after(b, ":filter\r", NULL, err);
    if (ok)
        report_keys(b, "key", &keys, 16);
    keys_release(&keys);
    free(filter);
    return ok;
}

/* ---- all of it ---- */

static bool with_training(struct bench_screen_run *b, struct error *err)
{
    const char *const train[] = {b->self,    "-w",     b->dir,   "train", "--model",    "sasrec",
                                 "--detach", "--name", training, "--set", "epochs=500", NULL};
    const char *const cancel[] = {b->self, "-w", b->dir, "runs", "cancel", training, "--yes", NULL};
    const char *const forget[] = {b->self, "-w", b->dir, "runs", "delete", training, "--yes", NULL};
    bool ok = run_aside(train, NULL, err) && busy_keys(b, err);
    bool ended = run_aside(cancel, NULL, ok ? err : NULL);
    ended &= run_aside(forget, NULL, ok && ended ? err : NULL);
    return ok && ended;
}

static bool session(struct bench_screen_run *b, struct error *err)
{
    double began = clock_monotonic_seconds(), seconds;
    if (!start(b, err) || !bench_pty_wait(&b->pty, true, began, patience, &seconds, err) ||
        !command(b, "runs popularity,markov,drawn", NULL, NULL))
        return error_set(err, ERROR_STATE, "the screens could not be started on %s", b->dir);
    figure(b, "overview_done_ms", seconds * 1000, -1);
    bool ok = nothing_happens(b, err) && users_sheet(b, err) && case_view(b, err);
    if (ok)
        figure(b, "rss_mb", (double)bench_pty_anonymous(&b->pty) / 1e6, 300);
    ok = ok && recommendations(b, err) && idle_after(b, "2", NULL, err) && with_training(b, err);
    if (ok)
        figure(b, "rss_peak_mb", (double)b->pty.anonymous / 1e6, -1);
    bench_pty_close(&b->pty);
    return ok;
}

static bool measure(struct bench_screen_run *b, struct error *err)
{
    double load[1] = {0};
    ssize_t n = readlink("/proc/self/exe", b->self, sizeof b->self - 1);
    if (n <= 0)
        return error_set_errno(err, errno, "the program cannot find itself");
    b->self[n] = '\0';
    b->asks = jval_new_object();
    bool ok = check(b, err) && first_frame(b, err) && session(b, err);
    if (getloadavg(load, 1) == 1)
        figure(b, "load_average", load[0], -1);
    jval_put(b->report->top, "asks", b->asks);
    buf_addf(b->report->text, "%d of %d asks hold\n", b->held, b->held + b->missed);
    return ok;
}

static bool read_size(const struct cli_args *args, struct synthetic *s, int *runs,
                      struct error *err)
{
    int64_t users = 1000000, items = 100000, length = 50, n_runs = 3, seed = 1;
    if (!cli_int(args, "users", 1, INT32_MAX, &users, err) ||
        !cli_int(args, "items", 1, INT32_MAX, &items, err) ||
        !cli_int(args, "length", 3, INT32_MAX, &length, err) ||
        !cli_int(args, "runs", 1, 3, &n_runs, err) ||
        !cli_int(args, "seed", 0, INT64_MAX, &seed, err))
        return false;
    *runs = (int)n_runs;
    *s = (struct synthetic){.n_users = (int32_t)users,
                            .n_items = (int32_t)items,
                            .length = (int32_t)length,
                            .skew = 1,
                            .seed = (uint64_t)seed};
    return true;
}

bool bench_screens(struct cli *cli, const struct cli_args *args, struct bench_report *report,
                   struct error *err)
{
    struct synthetic size;
    int runs;
    const char *tmp = getenv("TMPDIR"), *kept = cli_value(args, "dir");
    if (!read_size(args, &size, &runs, err))
        return false;
    char *dir =
        kept ? mem_strdup(kept) : mem_printf("%s/rote-bench-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    bool ok = kept || mkdtemp(dir) || error_set_errno(err, errno, "cannot make the folder %s", dir);
    struct bench_screen_run b = {.dir = dir, .cli = cli, .report = report, .pty = {.fd = -1}};
    if (ok) {
        ok = screens_workspace(dir, &size, runs, cli->progress, err) && measure(&b, err);
        bench_pty_close(&b.pty);
        if (!kept)
            dir_remove(dir, NULL);
    }
    free(dir);
    return ok;
}
