/* This file seeks the second dimension: how many documents should be in a
 * request. Four times as many, later twice, are kept where a twentieth more are
 * served, half as many where it costs nearly nothing, which is tried only above
 * the least. */
#include "config.h"
#include "flow/seek_parts.h"

#include <math.h>

enum { BATCH_MS = 10000, BATCH_MOST_MS = 600000, FOLLOWS_MS = 10000,
       BATCH_BASE_ANSWERS = 24, BATCH_ANSWERS = 40, BATCH_ROUNDS = 12 };

static const double batch_pays = 0.05, batch_costs = 0.02;
static const double batch_pays_clearly = 0.15, batch_sure = 2; /* sigmas */

static bool batch_is_sought(const struct seek *s)
{
    return s->bounds.batch.start && !s->bounds.batch.pinned;
}

static size_t batch_larger(const struct seek *s)
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
    size_t larger = batch_larger(s), smaller = batch_smaller(s);
    bool down = s->batch_down && s->base_batch > smaller;

    if (!batch_is_sought(s) || now_ms < s->batches.next_ms ||
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

bool seek_batch_pays_anyway(struct seek *s, int64_t now_ms)
{
    struct seek_rate r = seek_window_rate(&s->now);
    double gain = r.docs_per_s / s->base.docs_per_s - 1;
    double error = hypot(seek_error(s, r.answers),
                         seek_error(s, s->base.answers));

    if (s->phase != SEEK_TRYING_LARGER || s->now.limited ||
        gain - batch_pays_clearly < batch_sure * error)
        return false;
    batch_keep(s, now_ms);
    return true;
}

/* ---- where requests are scarce ---- */

/* By --rpm their rate stays, so more documents in each are more documents. No
 * window at rest tells that, for all of them wait for the limit. */

enum { SCARCE_ANSWERS = 8, SCARCE_MS = 1000, SCARCE_FOLLOWS_MS = 60000,
       SCARCE_REST_MS = 600000 };

static const double scarce_pays = 0.05, scarce_follows = 0.9;

static void scarce_begin_window(struct seek_scarce *x, int64_t now_ms)
{
    x->waited = false;
    x->from_ms = now_ms;
    x->answers = 0;
    x->documents = 0;
}

static void scarce_set(struct seek *s, size_t batch, int64_t now_ms)
{
    s->base_batch = batch;
    seek_set(s, s->width, batch, now_ms);
    scarce_begin_window(&s->scarce, now_ms);
}

/* The larger ones bring too little: back, for long. */
static void scarce_give_up(struct seek *s, int64_t now_ms)
{
    struct seek_scarce *x = &s->scarce;
    size_t before = x->before;

    x->before = 0;
    x->until_ms = now_ms + SCARCE_REST_MS;
    scarce_set(s, before, now_ms);
}

static void scarce_try(struct seek *s, double per_s, int64_t now_ms)
{
    struct seek_scarce *x = &s->scarce;
    size_t larger = batch_larger(s);

    x->before = 0;
    if (!batch_is_sought(s) || now_ms < x->until_ms ||
        larger <= s->batch)
        return;
    x->before = s->batch;
    x->per_s = per_s;
    x->followed = false;
    x->until_ms = now_ms + SCARCE_FOLLOWS_MS;
    scarce_set(s, larger, now_ms);
}

/* What was read ahead is of another size. True: this one is, too. */
static bool scarce_precedes(struct seek *s, size_t documents, int64_t now_ms)
{
    struct seek_scarce *x = &s->scarce;

    if (x->before == 0 || x->followed)
        return false;
    x->followed = (double)documents >= scarce_follows * (double)s->batch;
    if (x->followed)
        scarce_begin_window(x, now_ms);
    else if (now_ms > x->until_ms)
        scarce_give_up(s, now_ms);
    return true;
}

static void scarce_judge(struct seek *s, double per_s, int64_t now_ms)
{
    struct seek_scarce *x = &s->scarce;

    if (x->before && per_s < x->per_s * (1 + scarce_pays)) {
        scarce_give_up(s, now_ms);
        return;
    }
    if (x->before)
        x->until_ms = now_ms;
    scarce_try(s, per_s, now_ms);
}

void seek_scarce(struct seek *s)
{
    s->scarce.waited = true;
}

void seek_scarce_answer(struct seek *s, size_t documents, int64_t now_ms)
{
    struct seek_scarce *x = &s->scarce;
    int64_t ms = now_ms - x->from_ms;
    bool waited = x->waited;
    double per_s;

    if (scarce_precedes(s, documents, now_ms))
        return;
    x->answers++;
    x->documents += (double)documents;
    if (x->answers < SCARCE_ANSWERS || ms < SCARCE_MS)
        return;
    per_s = x->documents * 1000 / (double)ms;
    scarce_begin_window(x, now_ms);
    if (waited && (s->phase == SEEK_STARTING || s->phase == SEEK_CRUISING))
        scarce_judge(s, per_s, now_ms);
}

bool seek_scarce_too_large(struct seek *s, int64_t now_ms)
{
    if (s->scarce.before == 0)
        return false;
    scarce_give_up(s, now_ms);
    return true;
}
