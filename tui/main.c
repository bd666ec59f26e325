/* rote: the process. Everything else is in the libraries. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "analysis/math/linalg.h"
#include "tui/cli/cli.h"

int main(int argc, char **argv)
{
    linalg_rescue(argv); /* may start the program anew */
    linalg_init();
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of write() */
    setlocale(LC_CTYPE, "");  /* characters as the terminal has them; numbers stay as in C */
    return cli_main(argc, argv, stdout, stderr);
}
