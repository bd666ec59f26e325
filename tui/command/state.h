/*
 * Where rote reads what a person set up, and keeps what it remembers between two starts: the
 * configuration is only read, the state folder is only a convenience. Folders follow the XDG base
 * directory specification; without HOME there are none, and nothing is kept.
 */
#ifndef TUI_COMMAND_STATE_H
#define TUI_COMMAND_STATE_H

#include <stddef.h>

#include "storage/base/error.h"

/* $XDG_STATE_HOME/rote, else ~/.local/state/rote; NULL: there is no place. The caller frees. */
char *state_folder(void);
/* $ROTE_CONFIG, else $XDG_CONFIG_HOME/rote/config, else ~/.config/rote/config. The file need not
 * exist. NULL: there is no place. The caller frees. */
char *config_path(void);

/* Replaces the file whole, or leaves it as it was; readable by its owner only, as are the folders
 * that are made for it. Any thread. */
bool state_write(const char *path, const char *text, size_t n, struct error *err);
bool state_make_folder(const char *path, struct error *err); /* what is missing, with mode 0700 */

#endif
