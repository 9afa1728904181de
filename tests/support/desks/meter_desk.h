/*
 * A meter with one embedder, on a clock of the test's own.
 *
 * Threads     The test's own.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_DESKS_METER_DESK_H
#define BATCHTOP_TESTS_SUPPORT_DESKS_METER_DESK_H

#include "core/meter.h"

struct desk {
    struct meter *m;
    struct meter_stage *stage;
    struct meter_worker *w;
    struct meter_flow flow;
    int64_t now_us;
    struct snapshot s;
    struct stage_view v;
};

/* For cmocka: *state is a desk at seven o'clock. */
int meter_desk_setup(void **state);
int meter_desk_teardown(void **state);

#endif
