/* This file chooses the limits: the option's own time counts; without one, a
 * run that a person can see waits for ever, and another gives up after a
 * while. */
#include "config.h"
#include "flow/patience.h"

#include "util/str.h"

/* A service may throttle for an hour, twice. */
enum { HOLD_MS = 60 * 1000, OUTAGE_MS = 2 * 3600 * 1000 };

/* The option's value was checked when it was read. */
static int64_t patience_limit(const char *word, int64_t otherwise)
{
    int64_t ms = otherwise;

    if (*word)
        str_parse_time(word, &ms);
    return ms;
}

struct patience patience_of(const struct options *opt, bool attended)
{
    int64_t hold = opt->on_error == ON_ERROR_STOP ? 0
                   : attended                     ? -1
                                                  : HOLD_MS;

    return (struct patience){
        .hold_ms = patience_limit(opt->hold_limit, hold),
        .outage_ms =
            patience_limit(opt->outage_limit, attended ? -1 : OUTAGE_MS)
    };
}
