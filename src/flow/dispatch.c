/*
 * A stretch of documents goes through the service by recursion: a request that
 * fails is sent again, or its two halves take the same way. What happened to a
 * request so far travels with it as a struct attempt, from which the policy
 * judges.
 */
#include "config.h"
#include "flow/dispatch_parts.h"

#include <limits.h>

#include "flow/backoff.h"

enum { NO_ROOM_MS = 200, PAUSE_MS = 250 };

/* What is known of a request while it is tried. */
struct attempt {
    struct error err; /* the last one */
    unsigned equal;   /* failures of that kind in a row, also of what it is
                         a half of */
    unsigned waits;   /* of this very one, before it was sent again */
    uint64_t *since;  /* what the endpoint had served when the first request
                         of it all was sent, or the last document blamed */
    uint64_t before;  /* what it had served when this very one failed last;
                         UINT64_MAX: it did not yet */
    unsigned again, answered; /* see struct refusal */
    size_t n;         /* documents that were in it; a probe has fewer */
    bool half;        /* it is a part of a request that failed */
    uint32_t mended;  /* holds that a hand had ended when it was sent */
};

enum step { STEP_DONE, STEP_AGAIN, STEP_ENDING };

/* The next request, of the same origin. */
static struct attempt dispatch_fresh_attempt(const struct attempt *a)
{
    return (struct attempt){ .err = a->err,
                             .since = a->since,
                             .half = a->half,
                             .before = UINT64_MAX };
}

static bool dispatch_back_off(struct dispatch *d, int64_t ms,
                              const char *reason)
{
    d->host->mood(d->host_ctx, MOOD_BACKOFF, ms, reason);
    return d->host->sleep(d->host_ctx, ms);
}

static int64_t backoff_of(struct dispatch *d, unsigned tries,
                          const struct error *err)
{
    return backoff_ms(tries, err->retry_after_ms,
                      d->host->chance(d->host_ctx));
}

/* ---- what becomes of the items ---- */

/* What is refused again was counted when it was met: the last tries of many
 * documents come in a row where nothing else is left. Beside items that were
 * stored it is none of a row. */
static void note_refused(struct dispatch *d, size_t i,
                         const struct error *err)
{
    if (err->about != ABOUT_DOCUMENT && d->stored == 0 &&
        d->ops->tries(d->ctx, i) == 0)
        witness_refused(d->witness);
}

/* False when there is no room to wait: the item is as it was. */
static bool dispatch_defer(struct dispatch *d, size_t i,
                           const struct error *err, unsigned flags)
{
    unsigned tries = d->ops->tries(d->ctx, i) + 1;

    note_refused(d, i, err);
    return d->ops->defer(d->ctx, i, err, backoff_of(d, tries, err), flags);
}

static void fail_range(struct dispatch *d, size_t first, size_t n,
                       const struct error *err)
{
    note_refused(d, first, err);
    for (size_t i = 0; i < n; i++)
        d->ops->fail(d->ctx, first + i, err);
}

/* This worker's endpoint is out: whoever talks to another one takes them. How
 * many found room to wait for that. */
static size_t dispatch_send_elsewhere(struct dispatch *d, size_t first,
                                      size_t n)
{
    struct gate_stats gate;

    gate_stats(d->gate, now_of(d), &gate);
    for (size_t i = 0; i < n; i++)
        if (!d->ops->defer(d->ctx, first + i, &gate.last, 0, 0)) {
            d->host->sleep(d->host_ctx, NO_ROOM_MS);
            return i;
        }
    return n;
}

/* ---- judgement ---- */

static struct refusal refusal_of(struct dispatch *d, const struct attempt *a,
                                 size_t first, size_t n)
{
    const struct error *err = &a->err;
    uint64_t served = served_by(d);
    bool quota = policy_quota_may_pass(err->kind, err->about);

    return (struct refusal){
        .kind = err->kind,
        .about = err->most > 0 ? ABOUT_REQUEST : err->about,
        .code = err->code,
        .in_reply = err->in_reply,
        .n = n,
        .equal = a->equal,
        .told = err->retry_after_ms >= 0,
        .alive = served > *a->since,
        .served_ever = served > 0,
        .again = a->again,
        .answered = a->answered,
        .outage = dispatch_outage(d),
        .mended = atomic_load(&d->witness->mended) != a->mended,
        .streak = atomic_load(&d->witness->streak),
        .resumed = atomic_load(&d->witness->mended),
        .nonsense = atomic_load(&d->witness->nonsense),
        .quota_ms = quota ? witness_quota_ms(d->witness, now_of(d)) : 0,
        .tries = n == 1 ? d->ops->tries(d->ctx, first) : 0,
        .retries = d->retries,
        .all = d->all
    };
}

static void note_proof(struct attempt *a, enum proof proof)
{
    if (proof == PROOF_ANSWERS || proof == PROOF_ABSENT)
        a->answered++;
    else
        a->answered = 0;
}

static enum remedy dispatch_find_remedy(struct dispatch *d, struct attempt *a,
                                        size_t first, size_t n)
{
    struct refusal x = refusal_of(d, a, first, n);
    enum remedy remedy = policy_judge(&x);
    struct error proof_err;

    if (remedy != REMEDY_PROVE)
        return remedy;
    x.proof = dispatch_prove(d, policy_proof_texts(x.kind), &proof_err);
    note_proof(a, x.proof);
    x.answered = a->answered;
    x.outage = dispatch_outage(d);
    x.mended = atomic_load(&d->witness->mended) != a->mended;
    x.nonsense = atomic_load(&d->witness->nonsense);
    return policy_judge(&x);
}

/* Before the same is sent again. */
static bool wait_again(struct dispatch *d, struct attempt *a)
{
    enum error_course course = error_course(a->err.kind);

    d->host->waits(d->host_ctx, &a->err);
    if (course == COURSE_WAIT || course == COURSE_PATIENCE ||
        course == COURSE_END || dispatch_outage(d))
        return true; /* the gate knows until when */
    return dispatch_back_off(d, backoff_of(d, ++a->waits, &a->err),
                             "tries again");
}

static bool dispatch_range(struct dispatch *d, size_t first, size_t n,
                           struct attempt *a, bool *clean);

/* Grows whenever the service was out, or a hand mended something: what passes
 * behind that did not fail for its size. */
static uint64_t dispatch_count_turns(struct dispatch *d)
{
    struct gate_stats gate;

    gate_stats(d->gate, now_of(d), &gate);
    return gate.outages + gate.outage + atomic_load(&d->witness->mended);
}

/* Two halves of what failed; when both passed whole, it was the size. */
static bool dispatch_halve(struct dispatch *d, size_t first, size_t n,
                           size_t bytes, const struct attempt *a, bool *clean)
{
    struct attempt left = dispatch_fresh_attempt(a), right;
    uint64_t before = dispatch_count_turns(d);
    bool whole = true, sure = error_course(a->err.kind) == COURSE_SPLIT;

    /* What was sent once more need not be for each half; what was waited for
     * is, but not as long. */
    left.equal = error_course(a->err.kind) == COURSE_WAIT ? POLICY_WAITS - 2
                                                          : a->equal;
    left.half = true;
    right = left;
    if (sure && a->err.most > 0 && a->err.most < n)
        ceiling_told(d->ceiling, a->err.most);
    if (!dispatch_range(d, first, n / 2, &left, &whole) ||
        !dispatch_range(d, first + n / 2, n - n / 2, &right, &whole))
        return false;
    if (whole && (sure || dispatch_count_turns(d) == before))
        ceiling_failed(d->ceiling, n, bytes, sure);
    else
        *clean = false;
    return true;
}

/* A service that fails is not asked again at once, be it for less. */
static bool pause_before_halves(struct dispatch *d, const struct attempt *a)
{
    int64_t ms = a->err.retry_after_ms;

    if (!error_is_outage(a->err.kind) ||
        (ms <= 0 && served_by(d) > *a->since))
        return true;
    if (ms <= 0)
        ms = (int64_t)(d->host->chance(d->host_ctx) * PAUSE_MS);
    return dispatch_back_off(d, ms, "smaller");
}

static enum step dispatch_apply_remedy(struct dispatch *d, size_t first,
                                       size_t n, size_t bytes,
                                       struct attempt *a, bool *clean)
{
    const struct error *err = &a->err;

    switch (dispatch_find_remedy(d, a, first, n)) {
    case REMEDY_PROVE: /* it was asked for */
    case REMEDY_AGAIN:
        return wait_again(d, a) ? STEP_AGAIN : STEP_ENDING;
    case REMEDY_HOLD:
        d->host->hold(d->host_ctx, err);
        return STEP_AGAIN;
    case REMEDY_HALVE:
        return pause_before_halves(d, a) &&
                       dispatch_halve(d, first, n, bytes, a, clean)
                   ? STEP_DONE
                   : STEP_ENDING;
    case REMEDY_LATER:
        *clean = false;
        *a->since = served_by(d);
        if (dispatch_defer(d, first, err, DEFER_COUNTS | DEFER_ALONE))
            return STEP_DONE;
        /* The heap may be full of what needs a batch, and every batch in such
         * a worker's hand: to wait for room here could take for ever. */
        d->ops->tried(d->ctx, first);
        return dispatch_back_off(d, backoff_of(d, 1, err), "retries wait")
                   ? STEP_AGAIN
                   : STEP_ENDING;
    case REMEDY_FAIL:
        *clean = false;
        *a->since = served_by(d);
        fail_range(d, first, n, err);
        return STEP_DONE;
    case REMEDY_END:
        d->host->end(d->host_ctx, err);
        break;
    }
    return STEP_ENDING;
}

static enum step dispatch_take_failure(struct dispatch *d, size_t first,
                                       size_t n, const struct error *err,
                                       struct attempt *a, bool *clean)
{
    size_t bytes = d->ops->request_bytes(d->ctx);

    a->equal = a->equal && a->err.kind == err->kind ? a->equal + 1 : 1;
    a->err = *err;
    if (a->n != n) { /* it is not that very one */
        a->again = a->answered = 0;
        a->before = UINT64_MAX;
        a->n = n;
    }
    a->again += served_by(d) > a->before;
    a->before = served_by(d);
    if (error_course(err->kind) == COURSE_DOUBT && err->most == 0)
        witness_nonsense(d->witness); /* a short answer makes sense */
    if (err->kind == ERROR_STOPPED && d->host->stopping(d->host_ctx))
        return STEP_ENDING;
    return dispatch_apply_remedy(d, first, n, bytes, a, clean);
}

static void dispatch_note_served(struct dispatch *d, size_t taken, bool *clean)
{
    if (d->unserved > 0)
        *clean = false;
    if (d->unserved < taken)
        witness_served(d->witness);
    ceiling_served(d->ceiling, taken, d->ops->request_bytes(d->ctx));
}

/* The reply succeeded, but none of its items did: what kept them from it. */
static const struct error *reply_error(const struct dispatch *d, size_t taken)
{
    enum error_kind kind = d->item_err.kind;

    return d->unserved > 0 && d->unserved >= taken &&
                   (error_is_outage(kind) ||
                    error_course(kind) == COURSE_DOUBT)
               ? &d->item_err
               : NULL;
}

/* Who asks again at once for items that were sent away is sent away again. */
static void dispatch_heed_items(struct dispatch *d)
{
    if (d->unserved == 0 || error_course(d->item_err.kind) != COURSE_WAIT)
        return;
    gate_throttled(d->gate, &d->item_err, now_of(d),
                   d->host->chance(d->host_ctx));
    d->host->waits(d->host_ctx, &d->item_err);
}

/* One request for a prefix; *done of the items need no more. */
static enum step dispatch_send(struct dispatch *d, size_t first, size_t ask,
                               double tokens, size_t *done, struct attempt *a,
                               bool *clean)
{
    size_t taken = ask;
    double used = 0;
    struct error err;
    int64_t began = now_of(d);
    bool fine;
    enum step step;

    d->asked = ask;
    d->stored = d->unserved = 0;
    if (!a->half && a->equal == 0)
        *a->since = served_by(d);
    a->mended = atomic_load(&d->witness->mended);
    d->host->mood(d->host_ctx, MOOD_BUSY, 0, "");
    fine = d->ops->send(d->ctx, first, ask, &taken, &used, &err);
    if (fine && ask == 1 && d->unserved > 0) {
        fine = false;
        err = d->item_err;
    }
    dispatch_leave(d, fine ? reply_error(d, taken) : &err, tokens, used);
    d->host->sent(d->host_ctx, taken, (now_of(d) - began) * 1000, fine);
    *done = taken;
    if (fine) {
        dispatch_heed_items(d);
        dispatch_note_served(d, taken, clean);
        return STEP_DONE;
    }
    step = dispatch_take_failure(d, first, taken, &err, a, clean);
    if (step == STEP_AGAIN)
        *done = 0;
    return step;
}

static enum step dispatch_cut_and_send(struct dispatch *d, size_t first,
                                       size_t n, size_t *done,
                                       struct attempt *a, bool *clean)
{
    double tokens = 0;
    size_t ask = d->ops->cut(d->ctx, first, n, &tokens);

    *done = 0;
    switch (dispatch_pass(d, ask, tokens)) {
    case PASSED:
        break;
    case PASSED_AS_PROBE:
        if (d->ops->prove && d->ops->proof_is_work) {
            dispatch_probe(d);
            return STEP_AGAIN;
        }
        ask = 1;
        break;
    case ELSEWHERE:
        *clean = false;
        *done = dispatch_send_elsewhere(d, first, n);
        return STEP_DONE;
    case ENDING:
        return STEP_ENDING;
    }
    return dispatch_send(d, first, ask, tokens, done, a, clean);
}

static bool dispatch_range(struct dispatch *d, size_t first, size_t n,
                           struct attempt *a, bool *clean)
{
    while (n > 0) {
        size_t done;

        switch (dispatch_cut_and_send(d, first, n, &done, a, clean)) {
        case STEP_DONE:
            *a = dispatch_fresh_attempt(a);
            break;
        case STEP_AGAIN:
            break;
        case STEP_ENDING:
            return false;
        }
        first += done;
        n -= done;
    }
    return true;
}

bool dispatch(struct dispatch *d, size_t first, size_t n)
{
    uint64_t since = served_by(d);
    struct attempt a = { .err.kind = ERROR_KIND_COUNT,
                         .since = &since,
                         .before = UINT64_MAX };
    bool clean = true;

    return dispatch_range(d, first, n, &a, &clean);
}

/* A 429 of many is nobody's own; nor is a size, of a request of many. */
static void dispatch_defer_item(struct dispatch *d, size_t i,
                                const struct error *err)
{
    unsigned alone = error_course(err->kind) == COURSE_SPLIT ? DEFER_ALONE : 0;

    d->ops->defer(d->ctx, i, err, backoff_of(d, 1, err), alone);
}

void dispatch_item(struct dispatch *d, size_t i, const struct error *err)
{
    struct refusal x = { .kind = err->kind,
                         .about = err->about,
                         .code = err->code,
                         .in_reply = err->in_reply,
                         .n = 1,
                         .equal = 1,
                         .alive = d->stored > 0,
                         .served_ever = served_by(d) > 0,
                         .outage = dispatch_outage(d),
                         .proof = PROOF_ABSENT,
                         .again = d->stored > 0 ? UINT_MAX : 0,
                         .answered = UINT_MAX,
                         .streak = d->stored > 0
                                       ? 0
                                       : atomic_load(&d->witness->streak),
                         .resumed = atomic_load(&d->witness->mended),
                         .tries = d->ops->tries(d->ctx, i),
                         .retries = d->retries,
                         .all = d->all };

    if (d->unserved++ == 0 || error_course(d->item_err.kind) != COURSE_WAIT)
        d->item_err = *err;
    if (d->asked == 1)
        return; /* it is the request that failed */
    if (error_course(err->kind) == COURSE_SPLIT) {
        dispatch_defer_item(d, i, err);
        return;
    }
    switch (policy_judge(&x)) {
    case REMEDY_PROVE:
    case REMEDY_AGAIN:
    case REMEDY_HALVE:
        dispatch_defer_item(d, i, err);
        break;
    case REMEDY_LATER:
        if (!dispatch_defer(d, i, err, DEFER_COUNTS))
            /* Room may never come: see dispatch_apply_remedy(). */
            d->ops->tried(d->ctx, i);
        break;
    case REMEDY_FAIL:
        fail_range(d, i, 1, err);
        break;
    case REMEDY_HOLD:
        d->host->hold(d->host_ctx, err);
        break;
    case REMEDY_END:
        d->host->end(d->host_ctx, err);
        break;
    }
}
