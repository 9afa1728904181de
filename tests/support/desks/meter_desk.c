/* This file makes a meter that a test can tick. */
#include "config.h"
#include "tests/support/desks/meter_desk.h"

#include <stdlib.h>

static const int64_t seven_us = (int64_t)7 * 3600 * 1000000;

int meter_desk_setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);

    *state = d;
    if (!d)
        return -1;
    d->now_us = seven_us;
    d->m = meter_new(d->now_us);
    if (!d->m)
        return -1;
    d->stage = meter_of(d->m, METER_EMBED);
    d->w = meter_worker(d->stage, 0);
    return 0;
}

int meter_desk_teardown(void **state)
{
    struct desk *d = *state;

    meter_free(d->m);
    free(d);
    return 0;
}
