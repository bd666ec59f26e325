#include "tests/analysis/report/studies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "storage/base/file.h"
#include "storage/base/mem.h"
#include "storage/db/workspace.h"
#include "storage/import/import.h"

struct study *study_of_files(const char *const *paths, char **dir)
{
    char name[] = "/tmp/rote-test-XXXXXX";
    assert_non_null(mkdtemp(name));
    *dir = mem_printf("%s/workspace", name);
    size_t n = 0;
    while (paths[n])
        n++;
    struct error err = {0};
    struct import_result result;
    struct import_options options = {.paths = paths, .n_paths = n};
    if (!import_run(&options, NULL, &result, &err) ||
        !workspace_create(*dir, &result, false, NULL, &err))
        fail_msg("%s", err.text);
    import_result_release(&result);
    struct study *study;
    if (!study_open(*dir, false, NULL, &study, &err))
        fail_msg("%s", err.text);
    return study;
}

void remove_study(struct study *study, char *dir)
{
    study_close(study);
    *strrchr(dir, '/') = '\0';
    assert_true(dir_remove(dir, NULL));
    free(dir);
}
