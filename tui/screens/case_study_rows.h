/* The contents of a case study's panes as sources for sheets. Pure: pins and text in, rows out. */
#ifndef TUI_SCREENS_CASE_STUDY_ROWS_H
#define TUI_SCREENS_CASE_STUDY_ROWS_H

#include "analysis/report/case_study.h"
#include "tui/widgets/sheet.h"

enum { CASE_TEXT_COLS = 96 }; /* the widest a text is written */

/* Pins in their order, with what the last re-check said once there was one; identity: the pin. */
struct sheet_source *case_pin_rows(const struct case_pins *pins,
                                   const struct case_verdict *verdicts, size_t n_verdicts);
/* The text in lines of at most `cols` columns. NULL: none. */
struct sheet_source *case_text_rows(const char *words, int cols);

/* The verdict about a pin; NULL: there is none. */
const struct case_verdict *case_verdict_of(const struct case_verdict *verdicts, size_t n,
                                           int64_t pin);
unsigned case_verdict_style(const struct case_verdict *verdict);

#endif
