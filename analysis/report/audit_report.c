#include "analysis/report/audit_report.h"

#include <stdlib.h>
#include <string.h>

#include "storage/base/mem.h"
#include "storage/db/dataset.h"
#include "storage/db/workspace.h"

/* Counted up with every change of what the audit finds or says. */
enum { AUDIT_VERSION = 1 };
enum { EXAMPLES = 5, AUDIT_SEED = 1 };
static const char stored_name[] = "audit";

/* Texts of examples, made from the import's report. */
struct facts {
    struct audit_import import;
    bool ids_by_appearance;
    char *bad[EXAMPLES];
};

static void read_bad_rows(struct facts *f, const struct jval *bad)
{
    const struct jval *rows = jval_get(bad, "rows");
    f->import.bad_rows = jval_int(jval_get(bad, "count"), 0);
    for (size_t i = 0; rows && i < jval_size(rows) && i < EXAMPLES; i++) {
        const struct jval *row = jval_at(rows, i);
        const char *file = jval_string(jval_get(row, "file"));
        const char *reason = jval_string(jval_get(row, "reason"));
        f->bad[i] =
            mem_printf("%s, line %lld: %s", file ? file : "?",
                       (long long)jval_int(jval_get(row, "line"), 0), reason ? reason : "?");
        f->import.n_bad_examples = i + 1;
    }
    f->import.bad_example = (const char *const *)f->bad;
}

static void read_facts(struct study *study, struct facts *f)
{
    char *text = workspace_get(study_lock(study), "import.report");
    study_unlock(study);
    struct jval *report = text ? jval_parse(text, strlen(text), NULL) : NULL;
    free(text);
    if (!report)
        return;
    const struct jval *files = jval_get(report, "files"), *bad = jval_get(report, "bad_rows");
    for (size_t i = 0; files && i < jval_size(files); i++) {
        const struct jval *file = jval_at(files, i);
        const char *role = jval_string(jval_get(file, "role"));
        int64_t rows = jval_int(jval_get(file, "rows"), 0);
        f->import.rows += rows;
        if (role && strcmp(role, "items") == 0)
            f->import.texts += rows;
    }
    if (bad)
        read_bad_rows(f, bad);
    f->import.texts_without_item = jval_int(jval_get(report, "text_without_items"), 0);
    f->import.offset_found = jval_bool(jval_get(report, "id_offset_applied"), false);
    f->import.offset_chosen = jval_bool(jval_get(report, "id_offset_asked"), false);
    f->import.id_offset = jval_int(jval_get(report, "id_offset"), 0);
    f->ids_by_appearance = jval_bool(jval_get(report, "ids_by_appearance"), false);
    jval_free(report);
}

/* Best effort: what cannot be stored is computed again. */
static void store(struct study *study, const struct audit *audit)
{
    struct workspace *ws = study_lock(study);
    char *import_id = workspace_get(ws, "import_id");
    struct jval *o = audit_to_json(audit);
    struct buf text;
    buf_init(&text);
    jval_put_int(o, "version", AUDIT_VERSION);
    jval_put_string(o, "import_id", import_id);
    jval_write(o, false, &text);
    workspace_put(ws, stored_name, text.data, NULL);
    study_unlock(study);
    buf_release(&text);
    jval_free(o);
    free(import_id);
}

bool audit_study(struct study *study, bool quick, struct progress *progress, struct audit *out,
                 struct error *err)
{
    const struct dataset *d = study_dataset(study);
    struct facts facts = {0};
    read_facts(study, &facts);
    struct audit_input input = {
        .corpus = study_corpus(study),
        .split = study_split(study),
        .time = d->time,
        .user_id = d->user_id,
        .item_id = facts.ids_by_appearance ? (struct strtab){0} : d->item_id,
        .title = d->title,
        .semid_levels = d->semid_levels,
        .semid = d->semid,
        .import = facts.import,
        .seed = AUDIT_SEED,
        .quick = quick,
    };
    bool ok = audit_run(&input, progress, out, err);
    for (int i = 0; i < EXAMPLES; i++)
        free(facts.bad[i]);
    if (ok && !quick && !study_read_only(study))
        store(study, out);
    return ok;
}

/* ---- what is stored ---- */

/* The check's id as a static text; NULL: this version does not know it. */
static const char *check_id(const char *text)
{
    const char *id;
    for (size_t i = 0; text && (id = audit_check_id(i)); i++)
        if (strcmp(id, text) == 0)
            return id;
    return NULL;
}

static bool read_finding(const struct jval *o, struct audit *out)
{
    const char *id = check_id(jval_string(jval_get(o, "id")));
    const char *text = jval_string(jval_get(o, "text"));
    const char *effect = jval_string(jval_get(o, "effect"));
    const struct jval *examples = jval_get(o, "examples");
    if (!id || !text || !effect)
        return false;
    struct finding *f = &out->finding[out->n++];
    *f = (struct finding){.id = id,
                          .share = jval_real(jval_get(o, "share"), 0),
                          .count = jval_int(jval_get(o, "count"), 0),
                          .text = mem_strdup(text),
                          .effect = mem_strdup(effect)};
    for (size_t e = 0; examples && e < jval_size(examples) && e < AUDIT_EXAMPLES; e++) {
        const char *example = jval_string(jval_at(examples, e));
        if (!example)
            return false;
        f->example[f->n_examples++] = mem_strdup(example);
    }
    return true;
}

static bool read_stored(const struct jval *stored, const char *import_id, struct audit *out)
{
    const struct jval *findings = jval_get(stored, "findings"), *clean = jval_get(stored, "clean");
    const char *of = jval_string(jval_get(stored, "import_id"));
    *out = (struct audit){0};
    if (jval_int(jval_get(stored, "version"), 0) != AUDIT_VERSION || !of ||
        strcmp(of, import_id) != 0 || !findings || !clean)
        return false;
    out->finding = mem_zalloc(jval_size(findings), sizeof *out->finding);
    bool ok = true;
    for (size_t i = 0; ok && i < jval_size(findings); i++)
        ok = read_finding(jval_at(findings, i), out);
    for (size_t i = 0; ok && i < jval_size(clean) && i < ARRAY_LEN(out->clean); i++) {
        out->clean[out->n_clean] = check_id(jval_string(jval_at(clean, i)));
        ok = out->clean[out->n_clean++] != NULL;
    }
    if (!ok)
        audit_release(out);
    return ok;
}

bool audit_get(struct study *study, struct progress *progress, struct audit *out, struct error *err)
{
    struct workspace *ws = study_lock(study);
    char *text = workspace_get(ws, stored_name), *import_id = workspace_get(ws, "import_id");
    study_unlock(study);
    struct jval *stored = text && import_id ? jval_parse(text, strlen(text), NULL) : NULL;
    bool found = stored && read_stored(stored, import_id, out);
    jval_free(stored);
    free(text);
    free(import_id);
    return found || audit_study(study, false, progress, out, err);
}

struct jval *audit_to_json(const struct audit *audit)
{
    struct jval *findings = jval_new_array(), *clean = jval_new_array();
    for (size_t i = 0; i < audit->n; i++) {
        const struct finding *f = &audit->finding[i];
        struct jval *o = jval_new_object(), *examples = jval_new_array();
        jval_put_string(o, "id", f->id);
        jval_put_real(o, "share", f->share);
        jval_put_int(o, "count", f->count);
        jval_put_string(o, "text", f->text);
        jval_put_string(o, "effect", f->effect);
        for (size_t e = 0; e < f->n_examples; e++)
            jval_append(examples, jval_new_string(f->example[e]));
        jval_put(o, "examples", examples);
        jval_append(findings, o);
    }
    for (size_t i = 0; i < audit->n_clean; i++)
        jval_append(clean, jval_new_string(audit->clean[i]));
    struct jval *o = jval_new_object();
    jval_put(o, "findings", findings);
    jval_put(o, "clean", clean);
    return o;
}
