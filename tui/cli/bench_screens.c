/*
 * rote bench screens: the screens on a workspace of 1,000,000 users as a person at a terminal meets
 * them: the first frame, keys while a filter and a training run are active, filters, sorts, bytes
 * per key, what it does when nothing happens, memory. Each figure stands beside what is asked of
 * it. Checked first: what a filter keeps is what going over the titles by itself keeps. Keys count
 * as answered while a filter and a training run are active only if the screens say that the filter
 * is unfinished, and if the run has made steps between the first and the last of them. A command
 * that fails ends the benchmark with its message.
 */
#include "tui/cli/bench_screens.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
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

static const char *const run_names[] = {"popularity", "markov"};
enum { STARTS = 5, MOVES = 200, CASE_MOVES = 60, IDLE_SECONDS = 5, FILTERED_KEYS = 100 };

/* Titles have it, and some users' ids too. */
static const char pattern[] = "lamp.*77";
static const double patience = 900, burst_seconds = 5, step_patience = 120;

struct bench_screen_run {
    char self[4096]; /* the program */
    const char *dir;
    int n_runs;
    struct cli *cli;
    struct bench_report *report;
    struct jval *asks;
    struct bench_pty pty;
    int held, missed, steps;
};

/* ---- figures ---- */

static void figure(struct bench_screen_run *b, const char *name, double value)
{
    bench_figure(b->report, name, value);
}

enum ask { AT_MOST, AT_LEAST };

static void asked(struct bench_screen_run *b, const char *name, double value, enum ask ask,
                  double wanted)
{
    bool holds = ask == AT_MOST ? value <= wanted : value >= wanted;
    struct jval *o = jval_new_object();
    jval_put_real(b->report->top, name, value);
    jval_put_real(o, "value", value);
    jval_put_string(o, "at", ask == AT_MOST ? "most" : "least");
    jval_put_real(o, "ask", wanted);
    jval_put_bool(o, "holds", holds);
    jval_put(b->asks, name, o);
    buf_addf(b->report->text, "%-28s %12.6g   asked: at %s %g   %s\n", name, value,
             ask == AT_MOST ? "most" : "least", wanted, holds ? "holds" : "MISSED");
    if (!holds)
        buf_addf(b->report->missed, "%s%s %g", b->report->missed->len ? ", " : "", name, value);
    b->held += holds;
    b->missed += !holds;
}

static double percentile(double *values, int64_t n, double p)
{
    stats_sort(values, n);
    return stats_percentile(values, n, p);
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
    bool ok = screens_aside(argv, &out, err) && recount(b->dir, &wanted, err);
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
    asked(b, "first_frame_ms", percentile(seconds, STARTS, 50) * 1000, AT_MOST, 100);
    figure(b, "first_frame_cpu_ms", percentile(cpu, STARTS, 50));
    return true;
}

/* What the screens said of something that failed since they were last asked. */
static bool nothing_failed(struct bench_screen_run *b, const char *keys, struct error *err)
{
    if (b->pty.error[0] == '\0')
        return true;
    error_set(err, ERROR_STATE, "after \"%s\" the screens say: %s", keys, b->pty.error);
    b->pty.error[0] = '\0';
    return false;
}

static bool drain(struct bench_screen_run *b, struct error *err)
{
    return bench_pty_drain(&b->pty) || error_set(err, ERROR_STATE, "the screens ended");
}

static bool idle_after(struct bench_screen_run *b, const char *keys, double *ms, struct error *err)
{
    double seconds = 0;
    if (!progress_at(b->cli->progress, "screens", b->steps++, 0, "steps", err) || !drain(b, err) ||
        !bench_pty_wait(&b->pty, true, bench_pty_send(&b->pty, keys), patience, &seconds, err))
        return false;
    if (ms)
        *ms = seconds * 1000;
    return true;
}

/* Types a command; the time is that from Enter on. */
static bool command(struct bench_screen_run *b, const char *line, double *ms, struct error *err)
{
    char *typed = mem_printf(":%s", line);
    bool ok = idle_after(b, typed, NULL, err) && idle_after(b, "\r", ms, err) &&
              nothing_failed(b, line, err);
    free(typed);
    return ok;
}

/* Keys that open something. */
static bool opens(struct bench_screen_run *b, const char *keys, const char *name, struct error *err)
{
    double ms;
    if (!idle_after(b, keys, &ms, err) || !nothing_failed(b, keys, err))
        return false;
    if (name)
        figure(b, name, ms);
    return true;
}

static bool uncounted(struct error *err)
{
    return error_set(err, ERROR_STATE, "this system does not tell of a process what is measured");
}

static bool nothing_happens(struct bench_screen_run *b, struct error *err)
{
    sleep(1); /* it says that it is idle before it sleeps */
    int64_t before = bench_pty_switches(&b->pty);
    sleep(IDLE_SECONDS);
    int64_t after = bench_pty_switches(&b->pty);
    if (!drain(b, err))
        return false;
    if (before <= 0 || after < before)
        return uncounted(err);
    asked(b, "idle_wakeups", (double)(after - before), AT_MOST, 0);
    return true;
}

static bool memory(struct bench_screen_run *b, struct error *err)
{
    int64_t bytes = bench_pty_anonymous(&b->pty);
    if (bytes <= 0)
        return uncounted(err);
    figure(b, "rss_mb", (double)bytes / 1e6);
    return true;
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

/* One key, until it is answered; *busy (NULL: until nothing is left to do, and all bytes that it
 * took): is a job unfinished by then? */
static bool press(struct bench_screen_run *b, const char *key, bool *busy, struct keys *out,
                  struct error *err)
{
    double seconds, sent;
    if (!drain(b, err))
        return false;
    double cpu = bench_pty_cpu_ms(&b->pty);
    int64_t before = b->pty.bytes, idles = b->pty.idle;
    sent = bench_pty_send(&b->pty, key);
    if (!bench_pty_wait(&b->pty, false, sent, patience, &seconds, err))
        return false;
    cpu = bench_pty_cpu_ms(&b->pty) - cpu;
    bool idle = b->pty.idle > idles;
    if (!busy && !idle && !bench_pty_wait(&b->pty, true, sent, patience, NULL, err))
        return false;
    if (busy)
        *busy = !idle;
    if (!busy || *busy)
        keep(out, seconds * 1000, cpu, b->pty.bytes - before);
    return nothing_failed(b, key, err);
}

static bool move(struct bench_screen_run *b, int n, struct keys *out, struct error *err)
{
    for (int i = 0; i < n; i++)
        if (!press(b, i % 8 == 7 ? "k" : "j", NULL, out, err))
            return false;
    return true;
}

static void keys_release(struct keys *k)
{
    free(k->ms);
    free(k->cpu);
}

/* `most`: what is asked of the 99th percentile; 0: nothing. */
static void report_keys(struct bench_screen_run *b, const char *where, struct keys *k, double most)
{
    char name[64];
    snprintf(name, sizeof name, "%s_p50_ms", where);
    figure(b, name, percentile(k->ms, k->n, 50));
    snprintf(name, sizeof name, "%s_p99_ms", where);
    double p99 = percentile(k->ms, k->n, 99);
    if (most > 0)
        asked(b, name, p99, AT_MOST, most);
    else
        figure(b, name, p99);
    snprintf(name, sizeof name, "%s_p99_cpu_ms", where);
    figure(b, name, percentile(k->cpu, k->n, 99));
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
        figure(b, name, ms);
        worst = ms > worst ? ms : worst;
    }
    snprintf(name, sizeof name, "%s_ms", where);
    asked(b, name, worst, AT_MOST, ask_ms);
    return true;
}

/* Moves in a sheet: bytes, which something is asked of, and times. */
static bool moves(struct bench_screen_run *b, const char *bytes, const char *keys_name, int n,
                  double most, struct error *err)
{
    struct keys keys = {0};
    bool ok = move(b, n, &keys, err);
    if (ok) {
        asked(b, bytes, (double)keys.most_bytes, AT_MOST, most);
        report_keys(b, keys_name, &keys, 0);
    }
    keys_release(&keys);
    return ok;
}

static bool users_sheet(struct bench_screen_run *b, struct error *err)
{
    double ms;
    char *filter = mem_printf("filter %s", pattern);
    bool ok = opens(b, "2", "users_counted_ms", err) &&
              moves(b, "move_bytes", "users_key", MOVES, 199, err) &&
              command(b, filter, &ms, err) && command(b, "filter", NULL, err);
    free(filter);
    if (!ok)
        return false;
    asked(b, "filter_ms", ms, AT_MOST, 1000);
    const char *run = run_names[b->n_runs > 1]; /* markov, if it is there */
    char *of_run[] = {mem_printf("%s.rank", run), mem_printf("%s.rote", run),
                      mem_printf("%s.novelty", run)};
    const char *columns[] = {"user",    "items",   "reachable", "target",
                             of_run[0], of_run[1], of_run[2]};
    ok = sorts(b, "sort", columns, ARRAY_LEN(columns), 300, err);
    for (size_t i = 0; i < ARRAY_LEN(of_run); i++)
        free(of_run[i]);
    return ok;
}

/* Esc alone, as far as the program can tell, in a prompt. */
static bool escape(struct bench_screen_run *b, struct error *err)
{
    enum { ESCAPES = 20 };
    struct keys keys = {0};
    bool ok = true;
    for (int i = 0; ok && i < ESCAPES; i++)
        ok = idle_after(b, ":x", NULL, err) && press(b, "\033", NULL, &keys, err);
    if (ok)
        asked(b, "escape_p50_ms", percentile(keys.ms, keys.n, 50), AT_MOST, 25);
    keys_release(&keys);
    return ok;
}

static bool case_view(struct bench_screen_run *b, struct error *err)
{
    return opens(b, "\r", "case_opened_ms", err) &&
           moves(b, "case_bytes", "case_key", CASE_MOVES, 4095, err) && opens(b, "q", NULL, err);
}

static bool recommendations(struct bench_screen_run *b, struct error *err)
{
    static const char *const columns[] = {"user", "run",      "rank",  "how", "item",
                                          "hit",  "followed", "score", "id",  "label"};
    return opens(b, "6", "recs_opened_ms", err) &&
           moves(b, "recs_move_bytes", "recs_key", MOVES, 199, err) &&
           sorts(b, "recs_sort", columns, ARRAY_LEN(columns), 2000, err);
}

/* Keys one after the other for some seconds while filters are typed again and again behind them:
 * the filter's job is cancelled by the next one, so one is always at work where a filter takes its
 * time. Keys that are answered when it has ended count as pressed only. It goes on until the
 * training run has made a step meanwhile. */
static bool press_busily(struct bench_screen_run *b, const struct screens_training *training,
                         struct keys *keys, int64_t *pressed, int64_t *steps, struct error *err)
{
    static const char *const presses[] = {"j", "j", "\006", "k", "\002", "j", "l", "h"};
    double began = clock_monotonic_seconds(), spent = 0;
    char *filter = mem_printf(":filter %s\r", pattern);
    int64_t first = 0, last;
    bool ok = screens_training_steps(training, &first, err), busy;
    last = first;
    for (*pressed = 0; ok && (spent < burst_seconds || (last == first && spent < step_patience));
         ++*pressed) {
        if (*pressed % 16 == 0)
            ok = idle_after(b, ":filter\r", NULL, err) &&
                 (bench_pty_send(&b->pty, filter),
                  bench_pty_wait(&b->pty, false, clock_monotonic_seconds(), patience, NULL, err));
        ok = ok && press(b, presses[*pressed % (int)ARRAY_LEN(presses)], &busy, keys, err);
        spent = clock_monotonic_seconds() - began;
        if (ok && (spent >= burst_seconds || *pressed % 16 == 15))
            ok = screens_training_steps(training, &last, err);
    }
    *steps = last - first;
    free(filter);
    return ok && idle_after(b, ":filter\r", NULL, err);
}

static bool busy_keys(struct bench_screen_run *b, const struct screens_training *training,
                      struct error *err)
{
    struct keys keys = {0};
    int64_t pressed, steps;
    bool ok = press_busily(b, training, &keys, &pressed, &steps, err);
    if (ok) {
        figure(b, "keys", (double)pressed);
        asked(b, "keys_while_filtering", (double)keys.n, AT_LEAST, FILTERED_KEYS);
        asked(b, "training_steps_meanwhile", (double)steps, AT_LEAST, 1);
    }
    if (ok && keys.n >= FILTERED_KEYS && steps > 0)
        report_keys(b, "key", &keys, 16);
    keys_release(&keys);
    return ok;
}

/* ---- all of it ---- */

static bool with_training(struct bench_screen_run *b, struct error *err)
{
    struct screens_training *training =
        screens_training_begin(b->self, b->dir, patience, b->cli->progress, err);
    if (!training)
        return false;
    bool ok = busy_keys(b, training, err);
    return screens_training_end(training, ok ? err : NULL) && ok;
}

static bool session(struct bench_screen_run *b, struct error *err)
{
    static const char *const shown[] = {"runs popularity", "runs popularity,markov",
                                        "runs popularity,markov,drawn"};
    double began = clock_monotonic_seconds(), seconds;
    if (!start(b, err) || !bench_pty_wait(&b->pty, true, began, patience, &seconds, err) ||
        !command(b, shown[b->n_runs - 1], NULL, err))
        return false;
    figure(b, "overview_done_ms", seconds * 1000);
    bool ok = nothing_happens(b, err) && escape(b, err) && users_sheet(b, err) &&
              case_view(b, err) && memory(b, err) && recommendations(b, err) &&
              opens(b, "2", NULL, err) && with_training(b, err);
    if (ok)
        asked(b, "rss_peak_mb", (double)b->pty.anonymous / 1e6, AT_MOST, 300);
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
        figure(b, "load_average", load[0]);
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
    struct bench_screen_run b = {
        .dir = dir, .n_runs = runs, .cli = cli, .report = report, .pty = {.fd = -1}};
    if (ok) {
        ok = screens_workspace(dir, &size, runs, cli->progress, err) && measure(&b, err);
        bench_pty_close(&b.pty);
        if (!kept)
            dir_remove(dir, NULL);
    }
    free(dir);
    return ok;
}
