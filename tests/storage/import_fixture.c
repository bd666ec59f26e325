#include "tests/storage/import_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"

int import_test_setup(void **state)
{
    struct import_test *t = mem_zalloc(1, sizeof *t);
    snprintf(t->dir, sizeof t->dir, "/tmp/rote-import-XXXXXX");
    assert_non_null(mkdtemp(t->dir));
    buf_init(&t->text);
    *state = t;
    return 0;
}

void test_forget_files(struct import_test *t)
{
    for (size_t i = 0; i < t->n_paths; i++)
        free(t->path[i]);
    t->n_paths = 0;
}

int import_test_teardown(void **state)
{
    struct import_test *t = *state;
    import_result_release(&t->result);
    test_forget_files(t);
    assert_true(dir_remove(t->dir, NULL));
    buf_release(&t->text);
    free(t);
    return 0;
}

const char *test_file_n(struct import_test *t, const char *name, const void *bytes, size_t n)
{
    assert_true(t->n_paths < TEST_FILES);
    char *path = path_join(t->dir, name);
    assert_true(file_write(path, bytes, n, NULL));
    t->path[t->n_paths++] = path;
    return path;
}

const char *test_file(struct import_test *t, const char *name, const char *text)
{
    return test_file_n(t, name, text, strlen(text));
}

const char *test_side_file(struct import_test *t, const char *name, const char *text)
{
    static char kept[256];
    snprintf(kept, sizeof kept, "%s", test_file(t, name, text));
    free(t->path[--t->n_paths]);
    return kept;
}

const char *test_gzip(struct import_test *t, const char *name, const char *text, size_t cut)
{
    char *path = path_join(t->dir, name);
    gzFile gz = gzopen(path, "wb");
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(gz), Z_OK);
    struct buf bytes;
    buf_init(&bytes);
    assert_true(file_read(path, 1 << 20, &bytes, NULL));
    free(path);
    const char *made = test_file_n(t, name, bytes.data, bytes.len - cut);
    buf_release(&bytes);
    return made;
}

bool test_import(struct import_test *t)
{
    import_result_release(&t->result);
    t->err = (struct error){0};
    t->options.paths = (const char *const *)t->path;
    t->options.n_paths = t->n_paths;
    return import_run(&t->options, NULL, &t->result, &t->err);
}

void test_import_ok(struct import_test *t)
{
    if (!test_import(t))
        fail_msg("import failed: %s", t->err.text);
}

void test_import_fails(struct import_test *t, enum error_code code, const char *part)
{
    assert_false(test_import(t));
    if (!strstr(t->err.text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, t->err.text);
    assert_int_equal(t->err.code, code);
    assert_null(t->result.offset);
    assert_int_equal(t->result.n_users, 0);
}

const char *test_sequences(struct import_test *t)
{
    const struct import_result *r = &t->result;
    buf_clear(&t->text);
    for (int32_t u = 0; u < r->n_users; u++) {
        buf_addf(&t->text, "%s%s:", u ? "; " : "", strtab_get(&r->user_id, u));
        for (int64_t i = r->offset[u]; i < r->offset[u + 1]; i++)
            buf_addf(&t->text, " %s", strtab_get(&r->item_id, r->item[i]));
    }
    return t->text.data;
}

const char *test_titles(struct import_test *t)
{
    const struct import_result *r = &t->result;
    buf_clear(&t->text);
    for (int32_t i = 0; i < r->n_items; i++)
        buf_addf(&t->text, "%s%s=%s/%s", i ? "; " : "", strtab_get(&r->item_id, i),
                 strtab_get(&r->title, i), strtab_get(&r->category, i));
    return t->text.data;
}

const char *test_semids(struct import_test *t)
{
    const struct import_result *r = &t->result;
    buf_clear(&t->text);
    for (int32_t i = 0; i < r->n_items; i++) {
        buf_addf(&t->text, "%s%s=", i ? "; " : "", strtab_get(&r->item_id, i));
        for (int32_t l = 0; l < r->semid_levels; l++)
            buf_addf(&t->text, "%s%d", l ? "." : "", r->semid[i * r->semid_levels + l]);
    }
    return t->text.data;
}

bool test_has_note(const struct import_test *t, const char *part)
{
    for (size_t i = 0; i < t->result.report.n_notes; i++)
        if (strstr(t->result.report.notes[i], part))
            return true;
    return false;
}
