/* Synthetic rows that are the same in every run: the source behind the tests of sheets, screens and
 * the terminal. Row i has the identity 7 i + 3. */
#ifndef TESTS_TUI_DEMO_H
#define TESTS_TUI_DEMO_H

#include "tui/widgets/sheet.h"

enum { DEMO_USER, DEMO_TITLE, DEMO_COUNT, DEMO_SHARE, DEMO_BADGE, DEMO_BAR, DEMO_COLUMNS };

struct sheet_source *demo_source(int64_t rows);
static inline int64_t demo_id(int64_t row)
{
    return 7 * row + 3;
}
/* A FIFO: jobs that come to the middle row stop there until the test opens it for writing. NULL:
 * they do not. So a test can look while a job is under way, whatever the machine's speed. */
extern const char *demo_gate;
/* The values themselves, for tests that check without a sheet. */
int64_t demo_count(int64_t row);
void demo_title(int64_t row, char out[96]);

#endif
