/* This file passes requests through the gate, and asks for proofs. */
#include "config.h"
#include "flow/dispatch_parts.h"

enum { LOOK_MS = 1000, AWAY_MS = 60000 };

bool dispatch_outage(struct dispatch *d)
{
    struct gate_stats gate;

    gate_stats(d->gate, now_of(d), &gate);
    return gate.outage;
}

/* Is the endpoint out, or has it only throttled for a minute? Others may serve
 * what it does not. By then a request that is throttled for its size is
 * smaller. */
static bool dispatch_is_away(struct dispatch *d, enum gate_why why)
{
    struct gate_stats gate;

    if (why != GATE_THROTTLED)
        return why == GATE_OUTAGE;
    gate_stats(d->gate, now_of(d), &gate);
    return gate.trouble_ms > AWAY_MS;
}

enum passage dispatch_pass(struct dispatch *d, size_t items, double tokens)
{
    double requests = d->counts_items ? (double)items : 1;

    for (;;) {
        enum gate_why why;
        int64_t wait;

        if (!d->host->go(d->ctx, tokens))
            return ENDING;
        wait = gate_enter(d->gate, requests, tokens, now_of(d), &why);
        if (wait <= 0)
            return why == GATE_OUTAGE ? PASSED_AS_PROBE : PASSED;
        if (dispatch_is_away(d, why) && d->host->elsewhere(d->ctx))
            return ELSEWHERE;
        d->host->state(d->ctx,
                       why == GATE_THROTTLED || why == GATE_PACED ||
                               why == GATE_OUTAGE
                           ? WORKER_BACKOFF
                           : WORKER_LIMITED,
                       wait, gate_word(why));
        /* A changed limit or a resume shortens the wait. */
        d->host->sleep(d->ctx, wait < LOOK_MS ? wait : LOOK_MS);
    }
}

void dispatch_leave(struct dispatch *d, const struct error *err, double tokens,
                    double used)
{
    struct error seen;

    if (err && policy_quota_may_pass(err->kind, err->about)) {
        seen = *err; /* it may pass: all wait, as after a 429 */
        seen.kind = ERROR_LIMITED;
        err = &seen;
    }
    gate_leave(d->gate, err, tokens, used, now_of(d),
               d->host->chance(d->ctx));
}

/* A proof that failed because the service is busy or away tells nothing. */
static bool is_busy(const struct error *err)
{
    return err->kind == ERROR_STOPPED ||
           (error_course(err->kind) == COURSE_PATIENCE
                ? policy_quota_may_pass(err->kind, err->about)
                : error_passes(err->kind));
}

/* Ask for the proof behind the gate. Only one that is work ends an outage. */
static enum proof ask_proof(struct dispatch *d, size_t texts,
                            struct error *err)
{
    int64_t began = now_of(d);
    enum proof proof = d->ops->prove(d->ctx, texts, err);

    if (proof == PROOF_REFUSED)
        dispatch_leave(d, err, 0, 0);
    else if (d->ops->proof_is_work)
        dispatch_leave(d, NULL, 0, 0);
    else
        gate_cancel(d->gate);
    d->host->sent(d->ctx, 0, (now_of(d) - began) * 1000,
                  proof != PROOF_REFUSED);
    if (proof == PROOF_SERVED)
        witness_proven(d->witness);
    if (proof != PROOF_REFUSED)
        return proof;
    if (error_course(err->kind) == COURSE_DOUBT)
        witness_nonsense(d->witness);
    return is_busy(err) ? PROOF_BUSY : PROOF_REFUSED;
}

enum proof dispatch_prove(struct dispatch *d, size_t texts, struct error *err)
{
    error_set(err, ERROR_STOPPED, 0, "it was not asked");
    if (!d->ops->prove)
        return PROOF_ABSENT;
    switch (dispatch_pass(d, texts, (double)texts)) {
    case PASSED:
    case PASSED_AS_PROBE:
        return ask_proof(d, texts, err);
    case ENDING:
    case ELSEWHERE:
        break;
    }
    return PROOF_BUSY;
}

void dispatch_probe(struct dispatch *d)
{
    struct error err;
    enum proof proof = ask_proof(d, 1, &err);

    if (proof == PROOF_SERVED)
        return;
    d->host->waits(d->ctx, &err);
    if (!d->all && err.in_reply)
        d->host->hold(d->ctx, &err); /* a login page, not a service */
}
