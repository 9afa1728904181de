/* This file brings a range of documents through the service by recursion: it
 * sends a failed request again, or treats its two halves in the same way. A
 * struct attempt tells the policy what happened to a request so far. */
#include "config.h"
#include "flow/dispatch_parts.h"

#include <limits.h>

#include "flow/backoff.h"

enum { NO_ROOM_MS = 200, PAUSE_MS = 250 };

/* Items to bring to an end, and the history of the request for the first of
 * them. */
struct attempt {
    const struct item *item; /* what is left of them */
    size_t n;
    bool whole;       /* all so far were served, or wait for nothing */
    bool half;        /* they are part of a request that failed */
    uint64_t *since;  /* what the endpoint had served when the first request for
                         these items, or the last blame, was sent */
    struct error err; /* the last one */
    unsigned equal;   /* failures of that kind in a row, with those of the whole
                         that it is a half of */
    /* Of this very request: */
    size_t sent, bytes; /* items in the failed request (a probe has fewer); 0:
                           none failed yet */
    unsigned waits;   /* waits before it was sent again */
    uint64_t before;  /* what the endpoint had served when it failed last */
    unsigned again, answered; /* see struct refusal */
    uint32_t mended;  /* holds that a person had ended when it was sent */
};

/* So many items are done: go on with the next request, of the same origin. */
static void dispatch_advance(struct attempt *a, size_t done)
{
    a->item += done;
    a->n -= done;
    a->equal = a->waits = a->again = a->answered = 0;
    a->sent = 0;
}

static void dispatch_back_off(struct dispatch *d, int64_t ms,
                              const char *reason)
{
    d->host->state(d->ctx, WORKER_BACKOFF, ms, reason);
    d->host->sleep(d->ctx, ms);
}

static int64_t backoff_of(struct dispatch *d, unsigned tries,
                          const struct error *err)
{
    return backoff_ms(tries, err->retry_after_ms, d->host->chance(d->ctx));
}

/* ---- what becomes of the items ---- */

/* Do not count a document twice: at the end, the last tries of many documents
 * come in a row. */
static void note_refused(struct dispatch *d, const struct item *item,
                         const struct error *err)
{
    if (err->about != ABOUT_DOCUMENT && item_doc(item)->tries == 0)
        witness_refused(d->witness);
}

/* Defer after a try that counts. False without room in the heap: the worker
 * must not wait for room, because the heap empties only into batches, and
 * waiting workers may hold all batches. The try counts nevertheless, or this
 * could take for ever. */
static bool dispatch_later(struct dispatch *d, const struct item *item,
                           const struct error *err, unsigned flags)
{
    unsigned tries = item_doc(item)->tries + 1U;

    if (d->host->defer(d->ctx, item, err, backoff_of(d, tries, err),
                       flags | DEFER_COUNTS))
        return true;
    item_doc(item)->tries++;
    return false;
}

/* This worker's endpoint is out: defer the items so that workers of other
 * endpoints take them, except those for which the heap has no room. */
static void send_elsewhere(struct dispatch *d, struct attempt *a)
{
    struct gate_stats gate;
    size_t i = 0;

    gate_stats(d->gate, now_of(d), &gate);
    while (i < a->n && d->host->defer(d->ctx, a->item + i, &gate.last, 0, 0))
        i++;
    if (i < a->n)
        d->host->sleep(d->ctx, NO_ROOM_MS);
    a->whole = false;
    dispatch_advance(a, i);
}

/* ---- judgement ---- */

static struct refusal refusal_of(struct dispatch *d, const struct error *err,
                                 const struct item *item, size_t n)
{
    return (struct refusal){
        .kind = err->kind,
        .about = err->about,
        .for_all = err->for_all,
        .in_reply = err->in_reply,
        .n = n,
        .equal = 1,
        .served_ever = served_by(d) > 0,
        .outage = dispatch_outage(d),
        .streak = atomic_load(&d->witness->streak),
        .nonsense = atomic_load(&d->witness->nonsense),
        .resumed = atomic_load(&d->witness->mended),
        .tries = n == 1 ? item_doc(item)->tries : 0,
        .retries = d->retries,
        .all = d->all
    };
}

static struct refusal refusal_of_attempt(struct dispatch *d,
                                         const struct attempt *a)
{
    const struct error *err = &a->err;
    struct refusal x = refusal_of(d, err, a->item, a->sent);

    if (err->most > 0)
        x.about = ABOUT_REQUEST;
    x.equal = a->equal;
    x.timed = err->retry_after_ms >= 0;
    x.alive = served_by(d) > *a->since;
    x.again = a->again;
    x.answered = a->answered;
    x.mended = atomic_load(&d->witness->mended) != a->mended;
    if (policy_quota_may_pass(err->kind, err->about))
        x.quota_ms = witness_quota_ms(d->witness, now_of(d));
    return x;
}

static enum remedy dispatch_find_remedy(struct dispatch *d, struct attempt *a)
{
    struct refusal x = refusal_of_attempt(d, a);
    enum remedy remedy = policy_judge(&x);
    struct error proof_err;

    if (remedy != REMEDY_PROVE)
        return remedy;
    x.proof = dispatch_prove(d, policy_proof_texts(x.kind), &proof_err);
    if (x.proof == PROOF_ANSWERS || x.proof == PROOF_ABSENT)
        a->answered++;
    else
        a->answered = 0;
    x.answered = a->answered;
    x.outage = dispatch_outage(d);
    x.mended = atomic_load(&d->witness->mended) != a->mended;
    x.nonsense = atomic_load(&d->witness->nonsense);
    return policy_judge(&x);
}

/* ---- remedies: false when the run is stopping ---- */

static bool dispatch_range(struct dispatch *d, struct attempt *a);

/* Wait before the same request is sent again. */
static void wait_again(struct dispatch *d, struct attempt *a)
{
    enum error_course course = error_course(a->err.kind);

    d->host->waits(d->ctx, &a->err);
    if (course != COURSE_WAIT && course != COURSE_PATIENCE &&
        !dispatch_outage(d)) /* else the gate knows until when */
        dispatch_back_off(d, backoff_of(d, ++a->waits, &a->err),
                          "tries again");
}

/* Grows whenever the service was out, or a person ended a hold: what passes
 * after that did not fail because of its size. */
static uint64_t dispatch_count_turns(struct dispatch *d)
{
    struct gate_stats gate;

    gate_stats(d->gate, now_of(d), &gate);
    return gate.outages + gate.outage + atomic_load(&d->witness->mended);
}

/* A part of a failed request. If the whole was sent once more, the halves need
 * not be; if it waited, they wait, too, but not as long. */
static struct attempt dispatch_part(const struct attempt *a, size_t from,
                                    size_t n)
{
    bool waited = error_course(a->err.kind) == COURSE_WAIT;

    return (struct attempt){ .item = a->item + from,
                             .n = n,
                             .whole = true,
                             .half = true,
                             .since = a->since,
                             .err = a->err,
                             .equal = waited ? POLICY_WAITS - 2 : a->equal };
}

/* Send two halves of a failed request; if both pass whole, it was the size. */
static bool dispatch_halve(struct dispatch *d, struct attempt *a)
{
    struct attempt left = dispatch_part(a, 0, a->sent / 2);
    struct attempt right = dispatch_part(a, left.n, a->sent - left.n);
    bool sure = error_course(a->err.kind) == COURSE_SPLIT;
    uint64_t before = dispatch_count_turns(d);

    if (sure && a->err.most > 0 && a->err.most < a->sent)
        ceiling_told(d->ceiling, a->err.most);
    if (!dispatch_range(d, &left) || !dispatch_range(d, &right))
        return false;
    if (!left.whole || !right.whole ||
        (!sure && dispatch_count_turns(d) != before))
        a->whole = false;
    else
        ceiling_failed(d->ceiling, a->sent, a->bytes, sure);
    return true;
}

/* Do not ask a failing service again at once, even for less. */
static void pause_before_halves(struct dispatch *d, const struct attempt *a)
{
    int64_t ms = a->err.retry_after_ms;

    if (!error_is_outage(a->err.kind) ||
        (ms <= 0 && served_by(d) > *a->since))
        return;
    if (ms <= 0)
        ms = (int64_t)(d->host->chance(d->ctx) * PAUSE_MS);
    dispatch_back_off(d, ms, "smaller");
}

/* Blame the documents of the request, as far as we know. */
static void dispatch_blame(struct dispatch *d, struct attempt *a)
{
    a->whole = false;
    *a->since = served_by(d);
    note_refused(d, a->item, &a->err);
}

static bool dispatch_apply_remedy(struct dispatch *d, struct attempt *a)
{
    switch (dispatch_find_remedy(d, a)) {
    case REMEDY_PROVE: /* it was asked for */
    case REMEDY_AGAIN:
        wait_again(d, a);
        return true;
    case REMEDY_HOLD:
        d->host->hold(d->ctx, &a->err);
        return true;
    case REMEDY_END:
        d->host->end(d->ctx, &a->err);
        return false;
    case REMEDY_HALVE:
        pause_before_halves(d, a);
        if (!dispatch_halve(d, a))
            return false;
        break;
    case REMEDY_LATER:
        dispatch_blame(d, a);
        if (!dispatch_later(d, a->item, &a->err, DEFER_ALONE)) {
            dispatch_back_off(d, backoff_of(d, 1, &a->err), "retries wait");
            return true;
        }
        break;
    case REMEDY_FAIL:
        dispatch_blame(d, a);
        for (size_t i = 0; i < a->sent; i++)
            d->host->fail(d->ctx, a->item + i, &a->err);
        break;
    }
    dispatch_advance(a, a->sent);
    return true;
}

/* ---- a request ---- */

static bool dispatch_take_failure(struct dispatch *d, struct attempt *a,
                                  const struct request *rq,
                                  const struct error *err)
{
    a->equal = a->equal && a->err.kind == err->kind ? a->equal + 1 : 1;
    a->err = *err;
    if (a->sent != rq->taken) /* it is not that very one */
        a->again = a->answered = 0;
    else
        a->again += served_by(d) > a->before;
    a->before = served_by(d);
    a->sent = rq->taken;
    a->bytes = rq->bytes;
    if (error_course(err->kind) == COURSE_DOUBT && err->most == 0)
        witness_nonsense(d->witness); /* a short answer makes sense */
    return err->kind == ERROR_STOPPED || dispatch_apply_remedy(d, a);
}

/* The reply succeeded, but all of its items failed: the reason. */
static const struct error *reply_error(const struct request *rq)
{
    enum error_kind kind = rq->item_err.kind;

    return rq->unserved > 0 && rq->unserved >= rq->taken &&
                   (error_is_outage(kind) ||
                    error_course(kind) == COURSE_DOUBT)
               ? &rq->item_err
               : NULL;
}

/* The service throttled some items, so do not ask for them again at once. */
static void heed_items(struct dispatch *d, const struct request *rq)
{
    if (rq->unserved == 0 || error_course(rq->item_err.kind) != COURSE_WAIT)
        return;
    gate_throttled(d->gate, &d->ticket, &rq->item_err, now_of(d),
                   d->host->chance(d->ctx));
    d->host->waits(d->ctx, &rq->item_err);
}

static void dispatch_take_reply(struct dispatch *d, struct attempt *a,
                                const struct request *rq)
{
    heed_items(d, rq);
    if (rq->unserved > 0)
        a->whole = false;
    if (rq->unserved < rq->taken)
        witness_served(d->witness);
    ceiling_served(d->ceiling, rq->taken, rq->bytes);
    dispatch_advance(a, rq->taken);
}

/* Send one request for a prefix. False when the run is stopping. */
static bool dispatch_send(struct dispatch *d, struct attempt *a, size_t n)
{
    struct request rq = { .item = a->item, .n = n, .taken = n };
    const struct error *why;
    struct error err;
    int64_t began_us = now_us_of(d), took_us;
    bool fine;

    if (!a->half && a->equal == 0)
        *a->since = served_by(d);
    a->mended = atomic_load(&d->witness->mended);
    d->host->state(d->ctx, WORKER_BUSY, 0, "");
    fine = d->ops->send(d, &rq, &err);
    why = fine ? reply_error(&rq) : &err;
    if (fine && n == 1 && rq.unserved > 0) {
        fine = false;
        why = &rq.item_err;
    }
    took_us = now_us_of(d) - began_us;
    dispatch_leave(d, &(struct gate_answer){
                          .err = why, .used = rq.used, .took_us = took_us,
                          .asked = rq.taken,
                          .documents = fine ? rq.taken - rq.unserved : 0 });
    d->host->sent(d->ctx, rq.taken, took_us, fine);
    if (!fine)
        return dispatch_take_failure(d, a, &rq, why);
    dispatch_take_reply(d, a, &rq);
    return true;
}

static bool dispatch_cut_and_send(struct dispatch *d, struct attempt *a)
{
    double tokens = 0;
    size_t n = d->ops->cut(d->ctx, a->item, a->n, &tokens);

    switch (dispatch_pass(d, n, tokens)) {
    case PASSED:
        break;
    case PASSED_AS_PROBE:
        if (d->ops->prove && d->ops->proof_is_work) {
            dispatch_probe(d);
            return true;
        }
        n = 1;
        break;
    case ELSEWHERE:
        send_elsewhere(d, a);
        return true;
    case ENDING:
        return false;
    }
    return dispatch_send(d, a, n);
}

static bool dispatch_range(struct dispatch *d, struct attempt *a)
{
    while (a->n > 0)
        if (!dispatch_cut_and_send(d, a))
            return false;
    return true;
}

/* Nothing of an attempt outlives its request, so a range may be dispatched by
 * one call for all or by one for each. */
bool dispatch_request(struct dispatch *d, const struct item *item, size_t n,
                      size_t *done)
{
    uint64_t since = served_by(d);
    struct attempt a = { .item = item,
                         .n = n,
                         .whole = true,
                         .since = &since };

    *done = 0;
    while (a.n == n)
        if (!dispatch_cut_and_send(d, &a))
            return false;
    *done = n - a.n;
    return true;
}

bool dispatch(struct dispatch *d, const struct item *item, size_t n)
{
    size_t done;

    for (; n > 0; item += done, n -= done)
        if (!dispatch_request(d, item, n, &done))
            return false;
    return true;
}

/* ---- an item of a reply ---- */

/* In a request of many, a 429 or a size concerns no single item. */
static void item_waits(struct dispatch *d, const struct item *item,
                       const struct error *err)
{
    bool split = error_course(err->kind) == COURSE_SPLIT;

    d->host->defer(d->ctx, item, err, backoff_of(d, 1, err),
                   split ? DEFER_ALONE : 0);
}

/* If other items were stored, the service works and no refusal counts as in a
 * row. */
static enum remedy dispatch_judge_item(struct dispatch *d,
                                       const struct request *rq,
                                       const struct item *item,
                                       const struct error *err)
{
    struct refusal x = refusal_of(d, err, item, 1);

    x.proof = PROOF_ABSENT;
    x.answered = UINT_MAX;
    x.alive = rq->stored > 0;
    if (x.alive) {
        x.again = UINT_MAX;
        x.streak = 0;
    }
    return error_course(err->kind) == COURSE_SPLIT ? REMEDY_AGAIN
                                                   : policy_judge(&x);
}

void dispatch_item(struct dispatch *d, struct request *rq,
                   const struct item *item, const struct error *err)
{
    enum remedy remedy;

    if (rq->unserved++ == 0 ||
        error_course(rq->item_err.kind) != COURSE_WAIT)
        rq->item_err = *err;
    if (rq->n == 1)
        return; /* it is the request that failed */
    remedy = dispatch_judge_item(d, rq, item, err);
    if ((remedy == REMEDY_LATER || remedy == REMEDY_FAIL) && rq->stored == 0)
        note_refused(d, item, err);
    switch (remedy) {
    case REMEDY_PROVE:
    case REMEDY_AGAIN:
    case REMEDY_HALVE:
        item_waits(d, item, err);
        break;
    case REMEDY_LATER:
        dispatch_later(d, item, err, 0);
        break;
    case REMEDY_FAIL:
        d->host->fail(d->ctx, item, err);
        break;
    case REMEDY_HOLD:
        d->host->hold(d->ctx, err);
        break;
    case REMEDY_END:
        d->host->end(d->ctx, err);
        break;
    }
}
