/* This file makes requests larger where they are scarce: by --rpm their rate
 * stays, so more documents in each are more documents. No window at rest tells
 * that, for all of them wait for the limit. */
#include "config.h"
#include "flow/seek/seek_parts.h"

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
    size_t larger = seek_batch_larger(s);

    x->before = 0;
    if (!seek_batch_is_sought(s) || now_ms < x->until_ms ||
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
