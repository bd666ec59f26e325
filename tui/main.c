/* rote: the process. Everything else is in the libraries. */
#include <locale.h>
#include <stdio.h>

#include "analysis/math/linalg.h"
#include "tui/cli/cli.h"

int main(int argc, char **argv)
{
    linalg_rescue(argv); /* may start the program anew */
    linalg_init();
    setlocale(LC_CTYPE, ""); /* characters as the terminal has them; numbers stay as in C */
    return cli_main(argc, argv, stdout, stderr);
}
