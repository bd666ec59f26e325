/* :train MODEL [name=N] [k=v ...]: a new run from the options of analysis/run/options.def. */
#ifndef TUI_SCREENS_TRAIN_COMMAND_H
#define TUI_SCREENS_TRAIN_COMMAND_H

#include "tui/screens/host.h"

/* Checks the words at once; the work is a job: a reference model is counted, another one is put
 * into the queue and goes on when the screens close. */
unsigned train_command(struct app *app, const char *arg, struct error *err);

/* Models, then options with their defaults. */
void train_complete(const char *prefix, struct completions *out);

#endif
