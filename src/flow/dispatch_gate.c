/* This file passes requests through the gate, and asks for proofs. */
#include "config.h"
#include "flow/dispatch_parts.h"

enum { LOOK_MS = 1000, AWAY_MS = 60000, PAUSE_US = 1000 };

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

/* Until the host lets it go on; that time teaches nothing about the service. */
static bool dispatch_go(struct dispatch *d, double tokens)
{
    int64_t began_us = now_us_of(d);
    bool goes = d->host->go(d->ctx, tokens);
    int64_t took_us = now_us_of(d) - began_us;

    if (took_us >= PAUSE_US)
        gate_seek_unfair(d->gate, SEEK_PAUSED, took_us);
    return goes;
}

static void dispatch_wait(struct dispatch *d, int64_t wait, enum gate_why why)
{
    bool closed = why == GATE_THROTTLED || why == GATE_PACED ||
                  why == GATE_OUTAGE;

    d->host->state(d->ctx, closed ? WORKER_BACKOFF : WORKER_LIMITED, wait,
                   gate_word(why));
    /* A changed limit or a resume shortens the wait. */
    d->host->sleep(d->ctx, wait < LOOK_MS ? wait : LOOK_MS);
}

static enum passage dispatch_ask(struct dispatch *d)
{
    struct gate_ticket *t = &d->ticket;

    for (;;) {
        enum gate_why why;
        int64_t wait;

        if (!dispatch_go(d, t->tokens))
            return ENDING;
        wait = gate_enter(d->gate, t, now_of(d), &why);
        if (wait <= 0)
            return why == GATE_OUTAGE ? PASSED_AS_PROBE : PASSED;
        if (dispatch_is_away(d, why) && d->host->elsewhere(d->ctx))
            return ELSEWHERE;
        dispatch_wait(d, wait, why);
    }
}

enum passage dispatch_pass(struct dispatch *d, size_t items, double tokens)
{
    enum passage passage;

    d->ticket = (struct gate_ticket){
        .requests = d->counts_items ? (double)items : 1, .tokens = tokens };
    passage = dispatch_ask(d);
    if (passage == ENDING || passage == ELSEWHERE)
        gate_cancel(d->gate, &d->ticket);
    return passage;
}

void dispatch_leave(struct dispatch *d, const struct gate_answer *answer)
{
    struct gate_answer told = *answer;
    struct error seen;

    if (told.err && policy_quota_may_pass(told.err->kind, told.err->about)) {
        seen = *told.err; /* it may pass: all wait, as after a 429 */
        seen.kind = ERROR_LIMITED;
        told.err = &seen;
    }
    told.chance = d->host->chance(d->ctx);
    gate_leave(d->gate, &d->ticket, &told, now_of(d));
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
    int64_t began_us = now_us_of(d);
    enum proof proof = d->ops->prove(d->ctx, texts, err);
    int64_t took_us = now_us_of(d) - began_us;

    if (proof == PROOF_REFUSED || d->ops->proof_is_work)
        dispatch_leave(d, &(struct gate_answer){
                              .err = proof == PROOF_REFUSED ? err : NULL,
                              .took_us = took_us });
    else
        gate_cancel(d->gate, &d->ticket);
    d->host->sent(d->ctx, 0, took_us, proof != PROOF_REFUSED);
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
