#include "analysis/run/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/mem.h"
#include "storage/files/tensors.h"

#define FORMAT "rote-checkpoint-1"
#define FRESH  "checkpoint-new.safetensors" /* until it is whole */

enum { COPIES = 4, NAME_BYTES = 96, META_MAX = 32, VALUE_BYTES = 40 };

static const char *const prefix[COPIES] = {"", "exp_avg.", "exp_avg_sq.", "best."};

/* The four copies of the parameters, in the order of `prefix`. */
static void copies(const struct nn *nn, const struct train_state *s, float *out[COPIES])
{
    out[0] = nn->param;
    out[1] = s->m;
    out[2] = s->v;
    out[3] = s->best;
}

static struct tensor describe(const struct nn_tensor *t, const char *name, const float *params)
{
    return (struct tensor){.name = name,
                           .dtype = TENSOR_F32,
                           .rank = t->cols ? 2 : 1,
                           .shape = {t->rows, t->cols},
                           .data = params ? params + t->offset : NULL};
}

static bool finite_params(const struct nn *nn, struct error *err)
{
    for (size_t i = 0; i < nn->layout.n_params; i++)
        if (!isfinite(nn->param[i]))
            return error_set(err, ERROR_STATE,
                             "%s is no longer a number: try a smaller learning rate",
                             nn_layout_tensor(&nn->layout, i)->name);
    return true;
}

/* ---- numbers ---- */

/* The numbers of a state as metadata: key, value, …, NULL. */
struct numbers {
    char value[META_MAX][VALUE_BYTES];
    const char *meta[2 * META_MAX + 1];
    size_t n;
};

static void put_text(struct numbers *n, const char *key, const char *value)
{
    n->meta[2 * n->n] = key;
    n->meta[2 * n->n + 1] = value;
    n->n++;
}

static void put_int(struct numbers *n, const char *key, int64_t value)
{
    snprintf(n->value[n->n], VALUE_BYTES, "%" PRId64, value);
    put_text(n, key, n->value[n->n]);
}

static void put_real(struct numbers *n, const char *key, double value)
{
    snprintf(n->value[n->n], VALUE_BYTES, "%a", value);
    put_text(n, key, n->value[n->n]);
}

static void put_state(struct numbers *n, const struct train_state *s)
{
    put_int(n, "step", s->step);
    put_int(n, "epoch", s->epoch);
    put_int(n, "consumed", s->consumed);
    put_real(n, "loss_sum", s->loss_sum);
    put_int(n, "batches", s->batches);
    put_int(n, "best_epoch", s->best_epoch);
    put_real(n, "best_ndcg", s->best_ndcg);
    put_int(n, "worse", s->worse);
    put_real(n, "seconds", s->seconds);
}

static int64_t take_int(const struct tensors *t, const char *key)
{
    const char *text = tensors_meta(t, key);
    return text ? strtoll(text, NULL, 10) : 0;
}

static double take_real(const struct tensors *t, const char *key)
{
    const char *text = tensors_meta(t, key);
    return text ? strtod(text, NULL) : 0;
}

static void take_state(const struct tensors *t, struct train_state *s)
{
    s->step = take_int(t, "step");
    s->epoch = (int32_t)take_int(t, "epoch");
    s->consumed = take_int(t, "consumed");
    s->loss_sum = take_real(t, "loss_sum");
    s->batches = take_int(t, "batches");
    s->best_epoch = (int32_t)take_int(t, "best_epoch");
    s->best_ndcg = take_real(t, "best_ndcg");
    s->worse = (int32_t)take_int(t, "worse");
    s->seconds = take_real(t, "seconds");
}

/* ---- config.json and checkpoint.json ---- */

static struct jval *config_json(const struct nn_config *c)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "model_type", "rote-decoder");
    jval_put_int(o, "vocab_size", c->vocab_size);
    jval_put_int(o, "hidden_size", c->hidden_size);
    jval_put_int(o, "intermediate_size", c->intermediate_size);
    jval_put_int(o, "num_hidden_layers", c->num_hidden_layers);
    jval_put_int(o, "num_attention_heads", c->num_attention_heads);
    jval_put_int(o, "num_key_value_heads", c->num_key_value_heads);
    jval_put_int(o, "max_position_embeddings", c->max_position_embeddings);
    jval_put_string(o, "norm", c->norm == NN_RMSNORM ? "rmsnorm" : "layernorm");
    jval_put_real(o, c->norm == NN_RMSNORM ? "rms_norm_eps" : "layer_norm_eps",
                  (double)c->norm_eps);
    jval_put_string(o, "hidden_act", c->hidden_act == NN_SILU ? "silu" : "gelu_new");
    jval_put_string(o, "position", c->position == NN_ROPE ? "rope" : "learned");
    if (c->position == NN_ROPE)
        jval_put_real(o, "rope_theta", (double)c->rope_theta);
    jval_put_bool(o, "attention_bias", c->attention_bias);
    jval_put_bool(o, "mlp_bias", c->mlp_bias);
    jval_put_bool(o, "tie_word_embeddings", c->tie_word_embeddings);
    jval_put_real(o, "hidden_dropout", (double)c->hidden_dropout);
    jval_put_real(o, "attention_dropout", (double)c->attention_dropout);
    return o;
}

/* Takes `o`. It does not wait for the disk: nothing depends on these files. */
static bool write_json(const char *dir, const char *name, struct jval *o, struct error *err)
{
    struct buf text;
    buf_init(&text);
    jval_write(o, true, &text);
    buf_addc(&text, '\n');
    char *path = path_join(dir, name);
    struct file_replace r;
    bool ok = file_replace_begin(&r, path, err);
    if (ok) {
        r.rebuildable = true;
        fwrite(text.data, 1, text.len, r.stream); /* an error shows at the commit */
        ok = file_replace_commit(&r, err);
    }
    free(path);
    buf_release(&text);
    jval_free(o);
    return ok;
}

static bool write_summary(const char *dir, const struct nn *nn, const struct train_state *s,
                          struct error *err)
{
    struct jval *o = jval_new_object();
    jval_put_string(o, "format", FORMAT);
    jval_put_int(o, "step", s->step);
    jval_put_int(o, "epoch", s->epoch);
    jval_put_int(o, "best_epoch", s->best_epoch + 1); /* counted from 1, as in the events */
    jval_put_real(o, "best_ndcg@10", s->best_ndcg);
    jval_put_real(o, "seconds", s->seconds);
    jval_put(o, "config", config_json(&nn->layout.config));
    return write_json(dir, "checkpoint.json", o, err);
}

/* ---- tensors ---- */

static bool put_tensors(const char *path, const struct tensor *list, size_t n,
                        const char *const *meta, struct error *err)
{
    struct tensors_writer *w = tensors_writer_new();
    for (size_t i = 0; meta[2 * i]; i++)
        tensors_writer_meta(w, meta[2 * i], meta[2 * i + 1]);
    for (size_t i = 0; i < n; i++)
        tensors_writer_declare(w, list[i].name, list[i].dtype, list[i].rank, list[i].shape);
    bool ok = tensors_writer_begin(w, path, err);
    tensors_writer_rebuildable(w);
    for (size_t i = 0; ok && i < n; i++) {
        int64_t count = list[i].shape[0] * (list[i].rank == 2 ? list[i].shape[1] : 1);
        ok = tensors_writer_put(w, (int)i, list[i].data, (size_t)count * sizeof(float), err);
    }
    ok = ok && tensors_writer_commit(w, err);
    tensors_writer_free(w);
    return ok;
}

/* `sure`: waits for the disk. */
static bool write_tensors(const char *dir, const char *name, const struct nn *nn,
                          float *const *from, int n_copies, const char *const *meta, bool sure,
                          struct error *err)
{
    size_t per = (size_t)nn->layout.n_tensors, n = per * (size_t)n_copies;
    struct tensor *list = mem_zalloc(n, sizeof *list);
    char(*names)[NAME_BYTES] = mem_zalloc(n, NAME_BYTES);
    for (size_t i = 0; i < n; i++) {
        const struct nn_tensor *t = &nn->layout.tensor[i % per];
        snprintf(names[i], NAME_BYTES, "%s%s", prefix[i / per], t->name);
        list[i] = describe(t, names[i], from[i / per]);
    }
    char *path = path_join(dir, name);
    bool ok =
        sure ? tensors_write(path, list, n, meta, err) : put_tensors(path, list, n, meta, err);
    free(path);
    free(names);
    free(list);
    return ok;
}

/* ---- files ---- */

static char *checkpoint_path(const char *dir, int age)
{
    return age > 0 ? mem_printf("%s/checkpoint-%d.safetensors", dir, age)
                   : path_join(dir, "checkpoint.safetensors");
}

/* The new one takes the first place, the others move down. The last one has another name beside its
 * own for a moment, so that it is there at every moment; where files cannot have two names it is
 * moved. */
static bool put_first(const char *dir, int keep, struct error *err)
{
    char *fresh = path_join(dir, FRESH), *first = checkpoint_path(dir, 0);
    for (int age = keep - 1; age > 0; age--) {
        char *from = checkpoint_path(dir, age - 1), *to = checkpoint_path(dir, age);
        if (age > 1)
            rename(from, to);
        else if ((unlink(to) == 0 || errno == ENOENT) && link(from, to) != 0 && errno != ENOENT)
            rename(from, to);
        free(from);
        free(to);
    }
    bool ok = rename(fresh, first) == 0 || error_set_errno(err, errno, "cannot replace %s", first);
    free(fresh);
    free(first);
    return ok;
}

bool checkpoint_write(const char *dir, const struct nn *nn, const struct train_state *state,
                      const char *key, int keep, struct error *err)
{
    struct numbers *n = mem_zalloc(1, sizeof *n);
    float *from[COPIES];
    put_text(n, "format", FORMAT);
    put_text(n, "key", key);
    put_state(n, state);
    copies(nn, state, from);
    bool ok = finite_params(nn, err) &&
              write_tensors(dir, FRESH, nn, from, COPIES, n->meta, true, err) &&
              put_first(dir, keep, err) && write_summary(dir, nn, state, err);
    free(n);
    return ok;
}

static bool read_copy(const struct tensors *file, const struct nn *nn, const char *before,
                      float *to, struct error *err)
{
    for (int32_t i = 0; i < nn->layout.n_tensors; i++) {
        const struct nn_tensor *t = &nn->layout.tensor[i];
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%s%s", before, t->name);
        int64_t count = (int64_t)t->rows * (t->cols ? t->cols : 1);
        const float *data = tensors_array(file, name, TENSOR_F32, count, err);
        if (!data)
            return false;
        memcpy(to + t->offset, data, (size_t)count * sizeof *data);
    }
    return true;
}

static bool read_all(const struct tensors *file, const struct nn *nn, struct train_state *state,
                     const char *key, struct error *err)
{
    const char *format = tensors_meta(file, "format"), *of = tensors_meta(file, "key");
    if (!format || strcmp(format, FORMAT) != 0 || !of || strcmp(of, key) != 0)
        return error_set(err, ERROR_STATE,
                         "%s is of another training; delete the run and train anew",
                         tensors_path(file));
    float *to[COPIES];
    copies(nn, state, to);
    for (int i = 0; i < COPIES; i++)
        if (!read_copy(file, nn, prefix[i], to[i], err))
            return false;
    take_state(file, state);
    return true;
}

/* NULL where there is none (*err untouched) or it is damaged. */
static struct tensors *open_whole(const char *dir, int age, struct error *err)
{
    char *path = checkpoint_path(dir, age);
    struct tensors *file = file_exists(path) ? tensors_open(path, err) : NULL;
    if (file && !tensors_verify(file, NULL, err)) {
        tensors_close(file);
        file = NULL;
    }
    free(path);
    return file;
}

bool checkpoint_read(const char *dir, const struct nn *nn, struct train_state *state,
                     const char *key, int *age, struct error *passed_over, struct error *err)
{
    struct error damage = {0};
    for (*age = 0; *age < CHECKPOINTS_MAX; ++*age) {
        struct tensors *file = open_whole(dir, *age, &damage);
        if (!file)
            continue;
        bool ok = read_all(file, nn, state, key, err);
        tensors_close(file);
        if (damage.code != ERROR_NONE)
            *passed_over = damage;
        return ok;
    }
    *age = -1;
    return damage.code == ERROR_NONE || error_set(err, damage.code, "%s", damage.text);
}

bool checkpoint_write_model(const char *dir, const struct nn *nn, float *weights, bool last,
                            struct error *err)
{
    float *from[] = {weights};
    const char *const meta[] = {"format", "pt", NULL};
    return write_tensors(dir, "model.safetensors", nn, from, 1, meta, last, err) &&
           write_json(dir, "config.json", config_json(&nn->layout.config), err);
}

bool checkpoint_read_model(const char *dir, const struct nn *nn, struct error *err)
{
    char *path = path_join(dir, "model.safetensors");
    struct tensors *file = tensors_open(path, err);
    bool ok = file && tensors_verify(file, NULL, err) && read_copy(file, nn, "", nn->param, err);
    tensors_close(file);
    free(path);
    return ok;
}
