/* The screens: what `rote` without a subcommand opens. */
#ifndef TUI_SCREENS_SCREENS_H
#define TUI_SCREENS_SCREENS_H

#include <stdbool.h>
#include <stddef.h>

#include "storage/base/error.h"

struct screens_options {
    const char *workspace;       /* folder */
    bool ascii;                  /* --ascii */
    bool mono;                   /* --no-color */
    bool colour_256;             /* --256 */
    bool mouse;                  /* --mouse */
    bool readonly;               /* --readonly */
    bool keep;                   /* histories and sessions are kept; else nothing is */
    bool session;                /* come back to the last session; --no-session */
    const char *config;          /* --config; NULL: the usual one, except with batch */
    bool batch;                  /* --batch: run the commands without a terminal, then leave */
    const char *const *commands; /* -c, in order */
    size_t n_commands;
};

/* Exit status; false reasons are in *err and have not been printed. */
int screens_main(const struct screens_options *options, struct error *err);

#endif
