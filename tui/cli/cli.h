/*
 * The command line: one file per subcommand, one table entry each (tui/cli/commands.c). The table
 * feeds parsing, `rote --help`, `rote COMMAND --help` and the tests.
 */
#ifndef TUI_CLI_CLI_H
#define TUI_CLI_CLI_H

#include <stdio.h>

#include "storage/base/buf.h"
#include "storage/base/error.h"
#include "storage/base/json.h"
#include "storage/base/progress.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* What every command can see. */
struct cli {
    const char *workspace; /* -w DIR, default ./rote-workspace */
    bool json;             /* --json */
    bool quiet;            /* no progress: --quiet, or stderr is no terminal */
    bool yes;              /* --yes: answer the questions of destructive acts */
    FILE *out;             /* stdout; tests use a memory stream */
    FILE *err;
    struct progress *progress; /* reports on a terminal; ^C sets cancel */
};

struct cli_option {
    const char *name;     /* long name without dashes */
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag; else its placeholder, "FILE" */
    const char *help;
};

/* Parsed arguments: options by name, and what is left in order. */
struct cli_args {
    const struct cli_option *options; /* the command's table */
    const char **value; /* by option index: NULL = absent, "" for a flag; last one wins */
    struct cli_pair {   /* every occurrence in order, for repeatable options */
        const struct cli_option *option;
        const char *value;
    } * all;
    size_t n_all;
    const char **rest;
    size_t n_rest;
};

/* A word that a command begins with, such as "show" of runs. */
struct cli_word {
    const char *name;
    const char *arguments; /* what follows it: "R"; "" */
    const char *help;      /* perhaps of several lines */
};

struct cli_command {
    const char *name;
    const char *arguments;            /* "FILE…", "RUN…", "" */
    const char *summary;              /* one line; "": not for people, left out of `rote --help` */
    const char *details;              /* paragraphs for --help; NULL allowed */
    const struct cli_option *options; /* ends with a NULL name; NULL: none */
    /* Prints results to cli->out. Returns an exit status; on failure fills *err, which the caller
     * prints as "rote COMMAND: text". */
    int (*run)(struct cli *cli, const struct cli_args *args, struct error *err);
    /* What --help says after the details, from tables; NULL: nothing. Appends. */
    void (*more)(struct buf *out);
    /* The words that can stand first, from the table that runs them; false: there is no i-th.
     * --help lists them and shells complete them. NULL: no words of its own. */
    bool (*word)(size_t i, struct cli_word *out);
};

extern const struct cli_command cli_commands[]; /* ends with a NULL name */

/* Options of every command, and of `rote` without one; as struct cli_command has them. */
const struct cli_option *cli_global_options(void);
const struct cli_option *cli_screen_options(void);

/* The list of a command's words as --help has it; nothing where it has none. Appends. */
void cli_add_words(const struct cli_command *command, struct buf *out);

/* The manual page rote(1), made from the tables of commands, options and actions (man.c). */
void cli_man(FILE *out);

int cli_main(int argc, char **argv, FILE *out, FILE *err);

/* For commands. */
const char *cli_value(const struct cli_args *args, const char *option); /* NULL if absent */
bool cli_flag(const struct cli_args *args, const char *option);
/* False with ERROR_USAGE when the value is not an integer within [low, high]. Absent: *out stays.
 */
bool cli_int(const struct cli_args *args, const char *option, int64_t low, int64_t high,
             int64_t *out, struct error *err);
/* Asks on the terminal ("name the thing and ask"); --yes answers; without a terminal: false with
 * ERROR_USAGE that names --yes. */
bool cli_confirm(struct cli *cli, struct error *err, const char *question, ...)
    __attribute__((format(printf, 3, 4)));
/* The exit status that belongs to an error: CLI_USAGE for ERROR_USAGE, else CLI_FAILED. */
int cli_status(const struct error *err);

#endif
