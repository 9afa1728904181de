/* This file seeks the second dimension: how many documents should be in a
 * request. Four times as many, later twice, are kept where a twentieth more are
 * served, half as many where it costs nearly nothing, which is tried only above
 * the least. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum { BATCH_MS = 10000, BATCH_MOST_MS = 600000, FOLLOWS_MS = 10000,
       BATCH_BASE_ANSWERS = 24, BATCH_ANSWERS = 40, BATCH_ROUNDS = 12 };

static const double batch_pays = 0.05, batch_costs = 0.02;
static const double batch_pays_clearly = 0.15, batch_sure = 2; /* sigmas */

bool seek_batch_is_sought(const struct seek *s)
{
    return s->bounds.batch.start && !s->bounds.batch.pinned;
}

size_t seek_batch_larger(const struct seek *s)
{
    size_t most = s->bounds.batch.most;
    size_t batch = (s->batch_near ? 2 : 4) * s->base_batch;

    return most && batch > most ? most : batch;
}

/* The last run's size is where it begins, not the smallest that is as good. */
static size_t batch_smaller(const struct seek *s)
{
    const struct seek_range *r = &s->bounds.batch;
    size_t least = r->least ? r->least : r->start, batch = s->base_batch / 2;

    return batch > least ? batch : least;
}

bool seek_batch_begins(struct seek *s, int64_t now_ms)
{
    size_t larger = seek_batch_larger(s), smaller = batch_smaller(s);
    bool down = s->batch_down && s->base_batch > smaller;

    if (!seek_batch_is_sought(s) || now_ms < s->batches.next_ms ||
        s->base.answers < BATCH_BASE_ANSWERS)
        return false;
    if (!down && larger <= s->base_batch)
        return false;
    s->phase = down ? SEEK_TRYING_SMALLER : SEEK_TRYING_LARGER;
    seek_set(s, s->base_width, down ? smaller : larger, now_ms);
    return true;
}

void seek_batch_rests(struct seek *s, int64_t now_ms)
{
    if (s->batches.pause_ms == 0)
        s->batches.pause_ms = BATCH_MS;
    if (s->batch_near) {
        seek_rest_turn(s, &s->batches, BATCH_MOST_MS, now_ms);
        s->batch_down = !s->batch_down;
    }
    s->batch_near = true;
}

static void batch_keep(struct seek *s, int64_t now_ms)
{
    seek_keep_try(s);
    s->batches = (struct seek_turn){ now_ms, BATCH_MS };
    s->phase = SEEK_CRUISING; /* measure it once more */
    seek_set(s, s->base_width, s->base_batch, now_ms);
}

/* After a change, the first answer to a request of about that size: what was
 * read ahead is of another, and other limits may keep all so. */
void seek_batch_answer(struct seek *s, size_t documents, int64_t now_ms)
{
    double size = (double)documents / (double)s->batch;
    bool late = now_ms > s->reaches_ms + FOLLOWS_MS;

    s->followed = (size >= 0.9 && size <= 1.1) ||
                  (late && s->phase == SEEK_CRUISING);
    if (s->followed)
        seek_settle(s, now_ms);
    else if (late)
        seek_give_up_try(s, now_ms);
}

void seek_too_large(struct seek *s, const struct seek_ticket *t,
                    int64_t now_ms)
{
    seek_cancelled(s, t);
    if (t->mark == s->mark && seek_scarce_too_large(s, now_ms))
        return;
    if (s->phase != SEEK_TRYING_LARGER || t->mark != s->mark)
        return;
    seek_give_up_try(s, now_ms);
    s->batches.next_ms = now_ms + BATCH_MOST_MS;
}

void seek_batch_judge(struct seek *s, double gain, double error,
                      int64_t now_ms)
{
    bool larger = s->phase == SEEK_TRYING_LARGER;
    double wanted = larger ? batch_pays : -batch_costs;
    bool clear = gain - wanted >= error || wanted - gain >= error;

    if ((s->now.counted < BATCH_ANSWERS && fabs(gain - wanted) < 3 * error) ||
        (!clear && s->now.rounds < BATCH_ROUNDS))
        return;
    if (gain - wanted < error / 2) /* larger ones cost memory */
        seek_give_up_try(s, now_ms);
    else
        batch_keep(s, now_ms);
}

bool seek_batch_pays_anyway(struct seek *s, double gain, double error,
                            int64_t now_ms)
{
    if (s->phase != SEEK_TRYING_LARGER || s->now.limited ||
        gain - batch_pays_clearly < batch_sure * error)
        return false;
    batch_keep(s, now_ms);
    return true;
}
