/* This file keeps the end of the run that the screen shows near the newest
 * estimate, without a figure that flickers. There is no figure while the speed
 * behind it means nothing. */
#include "config.h"
#include "core/eta.h"

enum { SECOND_MS = 1000, MEANS_NOTHING_MS = 10 * SECOND_MS,
       MOVES_MS = 5 * SECOND_MS, WALL_OFF_S = 2,
       NEAR_PARTS = 25, /* of the time left: no need to move */
       WRONG_PARTS = 8  /* a wrong guess: move at once */ };

static int64_t eta_away(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Is it time to move the end to the one that is estimated now? */
static bool eta_is_due(const struct eta *x, int64_t end_ms, int64_t burst_ms,
                       int64_t now_ms)
{
    int64_t left = end_ms - now_ms, off = eta_away(end_ms, x->end_ms);
    int64_t since = now_ms - x->moved_ms;

    if (!x->known)
        return true;
    if (off <= SECOND_MS || off <= left / NEAR_PARTS ||
        (off <= burst_ms && off <= left / WRONG_PARTS))
        return false;
    return since >= (off > left / WRONG_PARTS ? SECOND_MS : MOVES_MS);
}

/* The wall clock may be set, or go on while the machine sleeps. */
static void eta_follow_wall(struct eta *x, int64_t now_ms, int64_t now_wall_s)
{
    int64_t wall_s = now_wall_s + (x->end_ms - now_ms) / SECOND_MS;

    if (eta_away(wall_s, x->done_wall_s) > WALL_OFF_S)
        x->done_wall_s = wall_s;
}

int64_t eta_settle(struct eta *x, int64_t left_ms, int64_t burst_ms,
                   int64_t now_ms, int64_t now_wall_s)
{
    int64_t left;

    if (left_ms < 0) {
        *x = (struct eta){ 0 };
        return -1;
    }
    if (eta_is_due(x, now_ms + left_ms, burst_ms, now_ms)) {
        x->known = true;
        x->end_ms = now_ms + left_ms;
        x->moved_ms = now_ms;
        x->done_wall_s = now_wall_s + left_ms / SECOND_MS;
    }
    eta_follow_wall(x, now_ms, now_wall_s);
    left = (x->end_ms - now_ms + SECOND_MS / 2) / SECOND_MS * SECOND_MS;
    return left > SECOND_MS ? left : SECOND_MS;
}

bool eta_stands(const struct snapshot *s)
{
    return s->state == RUN_PAUSED ||
           ((s->state == RUN_RETRYING || s->state == RUN_HELD) &&
            s->state_ms >= MEANS_NOTHING_MS);
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
    bool goes_on = s->state >= RUN_RUNNING && s->state <= RUN_RETRYING;

    return goes_on && s->total > s->processed && !eta_stands(s) &&
           !eta_is_early(s);
}
