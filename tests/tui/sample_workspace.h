/* Workspaces for tests of the screens, in a folder of the test's own below /tmp. */
#ifndef TESTS_TUI_SAMPLE_WORKSPACE_H
#define TESTS_TUI_SAMPLE_WORKSPACE_H

/* sample_data with runs of popularity and markov, evaluated under `last`; SAMPLE is the folder of
 * the data. Stops the test program when that fails. The path is static. */
const char *sample_workspace_make(void);
/* Four users of untitled items, one of them with two items only; no runs. */
const char *small_workspace_make(void);
/* A path in the same folder, for what a test writes. The caller frees. */
char *sample_path(const char *name);
/* Removes the folder. */
void sample_workspace_remove(void);

#endif
