/*
 * The speed of a run as it is now, for the time left: the mean of the seconds
 * since its rate last changed, of at most SPEED_KEPT_S.
 *
 * Gaps       Requests come back in bursts. What a burst brings is spread over
 *            the seconds since the one before, so that a burst is no change of
 *            rate; the seconds since the last burst count only when they are
 *            more than the bursts before let expect.
 * Change     Each second the two parts of the window, split where they differ
 *            most, are compared as in an F test; the older part is forgotten
 *            when chance does not explain the difference. For some time after
 *            speed_hint() (a person changed a setting) less is enough.
 * Waits      Time in which nothing was done because the run stood (pause, hold,
 *            outage) is left out, with the first seconds after a long one.
 *            Where a service throttles again and again, these waits are part of
 *            the speed; a single one is not.
 *
 * Pure: about 1.4 KiB, no allocation. The caller locks.
 */
#ifndef BATCHTOP_CORE_SPEED_H
#define BATCHTOP_CORE_SPEED_H

#include <stdbool.h>
#include <stdint.h>

enum { SPEED_KEPT_S = 300, SPEED_WAITS_KEPT = 8 };

/* What a second was, or what it means that nothing was done in it. */
enum speed_second {
    SPEED_WORKS,  /* nothing came back yet */
    SPEED_WAITS,  /* a service throttled, or the memory guard held */
    SPEED_OUTAGE, /* a service serves nobody */
    SPEED_STANDS  /* a pause or a hold: it does not count in any case */
};

/* A wait for a service that throttles, on a clock that stands with the run. */
struct speed_wait {
    double at_s, long_s;
};

struct speed {
    float done[SPEED_KEPT_S]; /* work a second, oldest first */
    uint32_t count, gap;      /* the last `gap` of them brought nothing yet */
    uint32_t since;           /* seconds before this one are another rate */
    double longest_gap;       /* of late */
    double stood_s;           /* since the last second that counts */
    uint32_t warming;         /* seconds to leave out after a standstill */
    uint32_t hinted;          /* seconds since the hint that is watched, */
    bool watches;             /* if there is one */
    double clock_s;           /* of all that counts, waits included */
    struct speed_wait wait[SPEED_WAITS_KEPT]; /* oldest first; */
    uint32_t waits;
    bool waiting;             /* the last of them is not over */
    bool begun;
    double last;              /* work so far */
};

/* All zero is a run that has not begun. `work` is all that was done so far, in
 * any unit; < 0: not known yet. */
void speed_tick(struct speed *p, double work, double seconds,
                enum speed_second how);
/* The next tick counts from what is done by then: time passed that is in no
 * rate (SIGSTOP). */
void speed_skip(struct speed *p);
/* A person changed a setting: the rate may change. */
void speed_hint(struct speed *p);

/* Work a second; <= 0: not known, or nothing is done. */
double speed_per_s(const struct speed *p);
/* Milliseconds for so much more work than was done at the last tick; -1: not
 * known, or more than ten years. */
int64_t speed_left_ms(const struct speed *p, double left);
/* In so many ms nothing may come back, by the bursts of late. */
int64_t speed_burst_ms(const struct speed *p);

#endif
