/*
 * What to do with a request that failed: one judge for every stage and
 * service, by the table of util/error.h. Pure: instants and findings are
 * arguments.
 *
 * A refusal says what happened (kind), sometimes whom it blames, and never
 * whether another request would fail, too. So the policy finds out the rest, in
 * this order:
 *
 *   smaller    halve a request of many, down to one: no document fails because
 *              of its neighbours, nor does that use up a try
 *   proof      blame a document alone only if the service works: it serves what
 *              we know that it serves (a word to an embedder, a question to a
 *              store), or has served something else since
 *   the hand   if it refuses the proof, too, the stage holds: nothing is wrong
 *              with the document
 *
 * If both halves pass whole, the size was the reason, whatever the service
 * said, and the ceiling learns it (ceiling.h).
 *
 * Threads     policy_judge(): pure. A witness: any thread.
 */
#ifndef BATCHTOP_FLOW_POLICY_H
#define BATCHTOP_FLOW_POLICY_H

#include "util/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    POLICY_WAITS = 4,    /* equal 429s before we make a request smaller */
    POLICY_WAITS_TIMED = 8, /* ... that say when to come again */
    POLICY_WAITS_ALONE = 8, /* ... before we suspect one document alone */
    /* In a row, with none served, before the stage holds; twice as many after
     * each hold that a person ended. */
    POLICY_STREAK = 20,  /* documents that were refused alone, where no proof
                            shows that the service works */
    POLICY_NONSENSE = 4, /* senseless answers, also to a proof */
    POLICY_NONSENSE_UNPROVEN = 12, /* ... without a proof: one record among 100
                                      causes so many during bisection */
    POLICY_UNAVAILABLE = 300, /* 503s in a row for one document, while the store
                                 answers: about ten minutes */
    POLICY_PATIENCE_MS = 180000 /* for a "quota" without a time */
};

enum remedy {
    REMEDY_AGAIN, /* send the same again when the gate admits it */
    REMEDY_PROVE, /* ask the service for a proof, then judge again */
    REMEDY_HALVE, /* two requests of half the documents each */
    REMEDY_LATER, /* the document waits outside; uses up a try */
    REMEDY_FAIL,  /* the documents in the request fail */
    REMEDY_HOLD,  /* the stage holds until a person ends that, then again */
    REMEDY_END    /* the run ends */
};

/* How the service treated something that we know it serves. */
enum proof {
    PROOF_UNASKED,
    PROOF_SERVED,  /* it works */
    PROOF_ANSWERS, /* it answers; whether it would do such work is unknown */
    PROOF_REFUSED, /* it fails at this, too */
    PROOF_BUSY,    /* it asks us to wait: we learn nothing */
    PROOF_ABSENT   /* there is nothing to ask it for */
};

struct refusal {
    enum error_kind kind;
    enum error_about about;
    bool for_all, in_reply; /* see struct error */
    size_t n;           /* documents in the request */
    unsigned equal;     /* this very request failed so often like this, >= 1 */
    bool timed;         /* the service says when to come again */
    bool alive;         /* the endpoint served something since the first failure
                           of the request that this is a part of */
    bool served_ever;   /* ... or at any time */
    unsigned again;     /* this very request failed again so often after the
                           endpoint had served something */
    unsigned answered;  /* ... while the service answered, or we could not ask
                           it; with this time */
    bool outage;        /* the breaker is open */
    bool mended;        /* a person ended a hold since this was sent */
    enum proof proof;
    /* In a row, with nothing served in between: documents that were refused
     * alone, for the first time and not by name; senseless answers. */
    unsigned streak, nonsense;
    unsigned resumed;   /* holds that a person ended; having seen why, that
                           person is not asked again as soon */
    int64_t quota_ms;   /* since when it says "quota" and no more */
    unsigned tries, retries; /* of one document alone: used, allowed */
    bool all;           /* --on-error all: nothing holds */
};

enum remedy policy_judge(const struct refusal *x);

/* Does the gate wait after it as after a 429, since it may pass? */
bool policy_waits(const struct refusal *x);

/* "Quota" without a word about whose: it may pass, so we wait at first. */
static inline bool policy_quota_may_pass(enum error_kind kind,
                                         enum error_about about)
{
    return error_course(kind) == COURSE_PATIENCE && about != ABOUT_SERVICE;
}

/* How many texts a proof needs: one shows that the service works, two that
 * their vectors differ. */
size_t policy_proof_texts(enum error_kind kind);

/* What an endpoint has shown so far. Zero is a fresh one. */
struct witness {
    _Atomic uint64_t served;      /* requests, proofs included */
    _Atomic uint32_t streak, nonsense; /* see struct refusal */
    _Atomic uint32_t mended;      /* how often a person ended a hold */
    _Atomic int64_t quota_at_ms;  /* since when it speaks of a quota; 0: not */
};

/* It served a request, or at least one record of it. */
void witness_served(struct witness *w);
/* It served a proof, so it works; that excuses no document. */
void witness_proven(struct witness *w);
/* It refused a document alone, for the first time. */
void witness_refused(struct witness *w);
/* An answer made no sense. */
void witness_nonsense(struct witness *w);
/* It named a quota without a time: for how many ms it has done so. */
int64_t witness_quota_ms(struct witness *w, int64_t now_ms);
/* The operator resumed: try afresh what was held. */
void witness_mended(struct witness *w);

#endif
