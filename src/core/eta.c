/* This file rounds a new estimate to the step of its size; the figure on the
 * screen then moves towards it, at most one step a second, or at once where it
 * was wrong by a quarter. There is no figure while the mean behind it means
 * nothing. */
#include "config.h"
#include "core/eta.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60000, HOUR_MS = 3600000,
       MEANS_NOTHING_MS = 10 * SECOND_MS, SECONDS_BELOW_MS = 2 * MINUTE_MS,
       MINUTES_BELOW_MS = 48 * HOUR_MS };

static int64_t step_of(int64_t ms)
{
    return ms < SECONDS_BELOW_MS   ? SECOND_MS
           : ms < MINUTES_BELOW_MS ? MINUTE_MS
                                   : HOUR_MS;
}

/* Never 0: the rest takes some time. */
static int64_t eta_round(int64_t ms)
{
    int64_t step = step_of(ms);

    return ms < step ? step : (ms + step / 2) / step * step;
}

/* Is the figure no estimate any more, but a wrong guess: off by a quarter? */
static bool eta_is_wrong(int64_t shown, int64_t left)
{
    int64_t off = left > shown ? left - shown : shown - left;

    return off > (left < shown ? left : shown) / 4;
}

/* One step towards the target, of the size for the lower of both; all the way
 * from a wrong guess. */
static int64_t eta_step_towards(int64_t from, int64_t to)
{
    int64_t up = from + step_of(from), down = from - step_of(from - 1);

    if (eta_is_wrong(from, to))
        return to;
    return to > from ? (up < to ? up : to) : (down > to ? down : to);
}

int64_t eta_settle(struct eta *x, int64_t left_ms, int64_t now_ms)
{
    if (left_ms < 0) {
        x->shown_ms = 0;
        return -1;
    }
    left_ms = eta_round(left_ms);
    if (x->shown_ms == 0) {
        x->shown_ms = left_ms;
        x->at_ms = now_ms;
    }
    for (; now_ms - x->at_ms >= SECOND_MS && x->shown_ms != left_ms;
         x->at_ms += SECOND_MS)
        x->shown_ms = eta_step_towards(x->shown_ms, left_ms);
    if (x->shown_ms == left_ms && now_ms - x->at_ms >= SECOND_MS)
        x->at_ms = now_ms - (now_ms - x->at_ms) % SECOND_MS;
    return x->shown_ms;
}

/* The mean means nothing any more: an outage or a hold may last. */
static bool eta_is_stuck(const struct snapshot *s)
{
    return (s->state == RUN_RETRYING || s->state == RUN_HELD) &&
           s->state_ms >= MEANS_NOTHING_MS;
}

/* The first seconds, or documents, of this run make no mean. */
static bool eta_is_early(const struct snapshot *s)
{
    return s->elapsed_ms - s->paused_ms < MEANS_NOTHING_MS &&
           (double)s->processed - (double)s->resumed_at <
               (double)s->total / 100;
}

bool eta_means_something(const struct snapshot *s)
{
    bool goes_on = s->state >= RUN_RUNNING && s->state <= RUN_RETRYING &&
                   s->state != RUN_PAUSED;

    return goes_on && s->total > s->processed && !eta_is_stuck(s) &&
           !eta_is_early(s);
}
