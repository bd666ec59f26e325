/* The table of benchmarks, their clock and their output. */
#include "tui/cli/bench.h"

#include <string.h>
#include <sys/resource.h>

#include "storage/base/clock.h"
#include "storage/base/mem.h"
#include "tui/cli/commands.h"

static const struct bench benches[] = {
    {{"decode", "", "beam search over legal semantic ids"}, bench_decode},
    {{"import", "", "a CSV into a workspace"}, bench_import},
    {{"import-recs", "", "recommendations of other programs, beside python3 reading them"},
     bench_import_recs},
    {{"index", "", "build the match index"}, bench_index},
    {{"match", "", "count, longest matches and evidence"}, bench_match},
    {{"label", "", "relation labels of recommendations"}, bench_label},
    {{"screens", "", "keys, filters and sorts of the screens on a pty"}, bench_screens},
    {{"trace", "", "lists without a user, and who carries a recommendation"}, bench_trace},
    {{"train", "", "gr and sasrec, beside PyTorch where it is installed"}, bench_train},
};

bool cli_bench_word(size_t i, struct cli_word *out)
{
    if (i < ARRAY_LEN(benches))
        *out = benches[i].word;
    return i < ARRAY_LEN(benches);
}

const struct cli_option cli_bench_options[] = {
    {"users", 0, "N", "synthetic corpus: users (default 20000)"},
    {"items", 0, "N", "synthetic corpus: items (default 10000)"},
    {"length", 0, "N", "synthetic corpus: interactions of each user (default 20)"},
    {"skew", 0, "X", "synthetic corpus: Zipf exponent of the items (default 1)"},
    {"seed", 0, "N", "of everything drawn (default 1)"},
    {"data", 0, "PATH", "a workspace, or a file with `user item item …` per line, instead"},
    {"shards", 0, "N", "shards of the match index (default: as few as fit)"},
    {"threads", 0, "N", "threads (default: all cores)"},
    {"file", 0, "FILE", "index: also write it there, and time opening it again"},
    {"repeat", 0, "N", "runs, of which the fastest counts (default 5)"},
    {"dir", 0, "DIR", "screens: make the workspace there and keep it (default: a temporary one)"},
    {"runs", 0, "N", "screens: runs with lists, 1 to 3 (default 3)"},
    {"peer", 0, "FILE", "train: the PyTorch script (default tests/bench/peer_train.py)"},
    {0},
};

/* ---- clock ---- */

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

struct bench_clock bench_start(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (struct bench_clock){clock_monotonic_seconds(),
                                seconds_of(use.ru_utime) + seconds_of(use.ru_stime)};
}

struct bench_clock bench_since(struct bench_clock start)
{
    struct bench_clock now = bench_start();
    return (struct bench_clock){now.wall - start.wall, now.cpu - start.cpu};
}

bool bench_run(const struct cli_args *args, struct bench_measure *m,
               bool (*fn)(void *context, struct error *err), void *context, struct error *err)
{
    int64_t repeat = 5;
    if (!cli_int(args, "repeat", 1, 1000, &repeat, err))
        return false;
    m->repeats = (int)repeat;
    for (int64_t i = 0; i < repeat; i++) {
        struct bench_clock start = bench_start();
        if (!fn(context, err))
            return false;
        struct bench_clock took = bench_since(start);
        if (i == 0 || took.wall < m->best.wall)
            m->best = took;
    }
    return true;
}

/* ---- output ---- */

static void put_measure(struct jval *o, const struct bench_measure *m)
{
    jval_put_string(o, "name", m->name);
    jval_put_real(o, "work", m->work);
    jval_put_real(o, "seconds", m->best.wall);
    jval_put_real(o, "cpu_seconds", m->best.cpu);
    jval_put_real(o, "rate", m->work / m->best.wall);
    jval_put_string(o, "unit", m->unit);
    jval_put_real(o, "cores", m->best.cpu / m->best.wall);
}

void bench_add(struct bench_report *r, const struct bench_measure *m)
{
    if (jval_size(r->measures) == 0)
        put_measure(r->top, m);
    struct jval *o = jval_new_object();
    put_measure(o, m);
    jval_append(r->measures, o);
    buf_addf(r->text, "%-28s %12.0f %s in %.4f s: %.0f %s/s on %.2f cores (best of %d)\n", m->name,
             m->work, m->unit, m->best.wall, m->work / m->best.wall, m->unit,
             m->best.cpu / m->best.wall, m->repeats);
}

void bench_figure(struct bench_report *r, const char *name, double value)
{
    jval_put_real(r->top, name, value);
    buf_addf(r->text, "%-28s %12.6g\n", name, value);
}

static const struct bench *find_bench(const struct cli_args *args, struct error *err)
{
    struct buf names;
    buf_init(&names);
    for (size_t i = 0; i < ARRAY_LEN(benches); i++) {
        if (args->n_rest == 1 && strcmp(args->rest[0], benches[i].word.name) == 0) {
            buf_release(&names);
            return &benches[i];
        }
        buf_addf(&names, "%s%s (%s)", i ? ", " : "", benches[i].word.name, benches[i].word.help);
    }
    error_set(err, ERROR_USAGE, "name one benchmark: %s", names.data);
    buf_release(&names);
    return NULL;
}

int cli_bench(struct cli *cli, const struct cli_args *args, struct error *err)
{
    const struct bench *bench = find_bench(args, err);
    if (!bench)
        return cli_status(err);
    struct buf text, missed;
    buf_init(&text);
    buf_init(&missed);
    struct bench_report report = {jval_new_object(), jval_new_array(), &text, &missed};
    bool ok = bench->run(cli, args, &report, err);
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    bench_figure(&report, "peak_memory_bytes", (double)use.ru_maxrss * 1024);
    jval_put(report.top, "measures", report.measures);
    if (ok && cli->json)
        jval_print(report.top, false, cli->out);
    else if (ok)
        fputs(text.data, cli->out);
    if (ok && missed.len > 0)
        ok = error_set(err, ERROR_STATE, "asked for and missed: %s", missed.data);
    jval_free(report.top);
    buf_release(&text);
    buf_release(&missed);
    return ok ? CLI_OK : cli_status(err);
}
