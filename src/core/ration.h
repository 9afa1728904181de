/*
 * How many bytes the requests of a stage may hold: few, and twice as many as
 * long as that pays.
 *
 * More requests in flight are worth their memory only while the stage gets
 * faster by them. A rise of latency does not tell that: on a busy machine, or
 * beside the service, an answer takes longer by what else runs there, and 30
 * requests of 2 MB are as fast as three. So the ration is doubled while all of
 * it is in use, and halved again where that brought less than RATION_PAYS; then
 * it rests, for longer each time. Of a rise that is used in part, as where a
 * service takes no more than that at once, that part must pay.
 *
 * Threads     One at a time. Pure.
 */
#ifndef BATCHTOP_CORE_RATION_H
#define BATCHTOP_CORE_RATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATION_PAYS 1.2 /* times as many documents a second, for twice the
                           bytes */

struct ration {
    size_t bytes;
    bool trying;       /* the present number */
    size_t had;        /* bytes before that, */
    size_t had_allowed; /* for so many requests, */
    double before;     /* and documents a ms with them */
    int64_t since_ms, last_ms;
    uint64_t served;   /* at since_ms */
    double full_ms;    /* since then, all of it was in use for so long */
    int64_t next_ms;   /* no try before, */
    int64_t rest_ms;   /* and after one in vain none for so long */
};

/* What the stage does now. */
struct ration_now {
    int64_t ms;
    uint64_t served;   /* documents so far */
    size_t in_flight;  /* requests, */
    size_t wanted;     /* so many are wanted, */
    size_t allowed;    /* and by the ration there may be so many */
    double latency_ms; /* of one */
    size_t least, most; /* bytes that it may have unproved, and at all */
};

/* Some ten times a second. Returns the bytes from now on. */
size_t ration_follow(struct ration *r, const struct ration_now *now);

#endif
