#include <stdio.h>

int main(void)
{
    puts("rote " ROTE_VERSION);
    return 0;
}
