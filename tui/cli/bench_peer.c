/* Running the PyTorch peer. Contract in bench_peer.h. */
#include "tui/cli/bench_peer.h"

#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/math/linalg.h"
#include "analysis/math/parallel.h"
#include "storage/base/file.h"
#include "storage/base/mem.h"

#define SCRIPT "tests/bench/peer_train.py"

char *bench_peer_script(const struct cli_args *args)
{
    const char *given = cli_value(args, "peer");
    if (given || file_exists(SCRIPT))
        return mem_printf("%s", given ? given : SCRIPT);
    char program[4096], *path = NULL;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = n > 0 ? memrchr(program, '/', (size_t)n) : NULL;
    if (slash) {
        *slash = '\0';
        path = mem_printf("%s/../" SCRIPT, program);
    }
    if (path && file_exists(path))
        return path;
    free(path);
    return NULL;
}

/* ---- the sequences ---- */

static void write_samples(const struct samples *s, FILE *out)
{
    for (int64_t i = 0; i < s->n; i++) {
        int64_t n = s->offset[i + 1] - s->offset[i], last = s->target_offset[i + 1] - 1;
        for (int64_t at = s->offset[i]; at < s->offset[i + 1]; at++)
            fprintf(out, "%d ", (int)s->token[at]);
        if (last >= s->target_offset[i] && s->row[last] == n - 1)
            fprintf(out, "%d", (int)s->target[last]);
        fputc('\n', out);
    }
}

bool bench_peer_begin(const struct bench_model *m, struct bench_peer *peer, struct error *err)
{
    snprintf(peer->file, sizeof peer->file, "/tmp/rote-bench-XXXXXX");
    int fd = mkstemp(peer->file);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    bool ok = out != NULL;
    if (ok) {
        write_samples(&m->samples, out);
        ok = fclose(out) == 0;
    }
    if (!ok) {
        bench_peer_end(peer);
        return error_set(err, ERROR_IO, "the sequences for the peer cannot be written to /tmp");
    }
    return true;
}

void bench_peer_end(struct bench_peer *peer)
{
    if (peer->file[0])
        unlink(peer->file);
    peer->file[0] = '\0';
}

/* ---- running it ---- */

bool bench_peer_output(char *const argv[], char *const env[], struct buf *out, struct error *err)
{
    int ends[2];
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends) != 0)
        return error_set(err, ERROR_IO, "%s cannot be started", argv[0]);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    int failed = posix_spawnp(&child, argv[0], &actions, NULL, argv, env);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char piece[4096];
    for (ssize_t n; !failed && (n = read(ends[0], piece, sizeof piece)) > 0;)
        buf_add(out, piece, (size_t)n);
    close(ends[0]);
    int status = 1;
    if (!failed)
        waitpid(child, &status, 0);
    if (failed)
        return error_set(err, ERROR_IO, "%s cannot be started: %s", argv[0], strerror(failed));
    return status == 0 || error_set(err, ERROR_STATE, "%s failed", argv[0]);
}

static bool read_result(const struct buf *out, double *work, double *padding,
                        struct bench_clock *took, struct error *err)
{
    struct jval *j = jval_parse(out->data, out->len, err);
    if (!j)
        return error_prefix(err, "the peer's answer");
    const char *absent = jval_string(jval_get(j, "absent"));
    *work = jval_real(jval_get(j, "work"), 0);
    *padding = jval_real(jval_get(j, "positions"), *work) / (*work > 0 ? *work : 1);
    took->wall = jval_real(jval_get(j, "seconds"), 0);
    took->cpu = jval_real(jval_get(j, "cpu_seconds"), 0);
    bool ok = !absent && *work > 0 && took->wall > 0;
    if (!ok)
        error_set(err, ERROR_STATE, "%s", absent ? absent : "the peer's answer has no rate");
    jval_free(j);
    return ok;
}

/* The environment with the peer's thread count and rote's own BLAS kernel in front. */
static char **environment(char *kernel, char *threads)
{
    size_t n = 0;
    while (environ[n])
        n++;
    char **env = mem_zalloc(n + 3, sizeof *env);
    env[0] = kernel;
    env[1] = threads;
    memcpy(env + 2, environ, n * sizeof *env);
    return env;
}

bool bench_peer_run(struct bench_peer *peer, const struct bench_model *m, double *work,
                    struct bench_clock *took, struct error *err)
{
    const struct nn_config *c = &m->nn.layout.config;
    const int32_t value[] = {c->vocab_size,        c->hidden_size,
                             c->num_hidden_layers, c->num_attention_heads,
                             c->intermediate_size, c->max_position_embeddings,
                             peer->batch,          peer->batches,
                             parallel_threads()};
    static const char *const name[] = {"vocab",     "width", "layers",  "heads",  "inner",
                                       "positions", "batch", "batches", "threads"};
    char *argv[ARRAY_LEN(value) + 4] = {(char *)peer->script, (char *)peer->file};
    size_t n = 2;
    for (size_t i = 0; i < ARRAY_LEN(value); i++)
        argv[n++] = mem_printf("--%s=%d", name[i], (int)value[i]);
    argv[n++] = mem_printf("--dropout=%.3f", (double)c->hidden_dropout);
    char *kernel = mem_printf("OPENBLAS_CORETYPE=%s", linalg_kernel());
    char *threads = mem_printf("OPENBLAS_NUM_THREADS=%d", parallel_threads());
    char **env = environment(kernel, threads);
    struct buf out;
    buf_init(&out);
    bool ok = bench_peer_output(argv, env, &out, err) &&
              read_result(&out, work, &peer->padding, took, err);
    buf_release(&out);
    for (size_t i = 2; i < n; i++)
        free(argv[i]);
    free(env);
    free(kernel);
    free(threads);
    return ok;
}
