/* How a test program begins; after a quarter of an hour SIGALRM ends it. */
#include "config.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TAP_SECONDS = 900 };

void tap_begin(void)
{
    const char *wanted = getenv("TEST_FILTER");

    if (wanted)
        cmocka_set_test_filter(wanted);
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(TAP_SECONDS);
}
