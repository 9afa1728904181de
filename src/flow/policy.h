/*
 * What to do with a request that failed: one judge for every stage and
 * service, by the table of util/error.h. Pure: instants and findings are
 * arguments.
 *
 * A refusal says what happened (kind), sometimes whom it is about, and never
 * whether it would befall another request, too. So what is not plain is found
 * out, in this order:
 *
 *   smaller    a request of many is halved, down to one: no document fails
 *              because it stood beside another, nor is a try of it used up
 *   proof      a document alone is blamed only where the service works: it
 *              serves what it is known to serve (a word to an embedder, a
 *              question to a store), or has served something else since
 *   the hand   where the proof is refused, too, the stage holds: nothing is
 *              wrong with the document
 *
 * What halving found is learned (ceiling.h) when both halves passed whole:
 * then the size was the reason, whatever the service said.
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
    POLICY_WAITS = 4,    /* equal 429s before a request is made smaller */
    POLICY_WAITS_TOLD = 8, /* ... that say when to come again */
    POLICY_WAITS_ALONE = 8, /* ... before one document alone is suspected */
    /* In a row, none served, before the stage holds; twice as many after each
     * hold that a hand has ended. */
    POLICY_STREAK = 20,  /* documents that were refused alone */
    POLICY_NONSENSE = 4, /* senseless answers, where a proof is, too */
    POLICY_NONSENSE_UNPROVEN = 12, /* ... else: one record makes that many
                                      while it is looked for among 100 */
    POLICY_UNAVAILABLE = 300, /* 503s for one document in a row, while the
                                 store answers: some ten minutes */
    POLICY_PATIENCE_MS = 180000 /* for a "quota" without a time */
};

enum remedy {
    REMEDY_AGAIN, /* the same once more, when the gate lets it */
    REMEDY_PROVE, /* ask the service for a proof, then judge again */
    REMEDY_HALVE, /* two requests of half the documents each */
    REMEDY_LATER, /* the document waits outside; a try is used up */
    REMEDY_FAIL,  /* what was in the request fails */
    REMEDY_HOLD,  /* the stage holds until a hand mends it, then again */
    REMEDY_END    /* the run ends */
};

/* What the service made of something that it is known to serve. */
enum proof {
    PROOF_UNASKED,
    PROOF_SERVED,  /* it works */
    PROOF_ANSWERS, /* it answers; whether it would do such work is not known */
    PROOF_REFUSED, /* it fails at this, too */
    PROOF_BUSY,    /* it asks us to wait: nothing is known */
    PROOF_ABSENT   /* there is nothing to ask it */
};

struct refusal {
    enum error_kind kind;
    enum error_about about;
    bool for_all, in_reply; /* see struct error */
    size_t n;           /* documents in the request */
    unsigned equal;     /* this very request failed so often like that, >= 1 */
    bool told;          /* the service says when to come again */
    bool alive;         /* the endpoint served something since the first
                           failure of what this request is a part of */
    bool served_ever;   /* ... or at any time */
    unsigned again;     /* this very request failed again so often, after the
                           endpoint had served something in between */
    unsigned answered;  /* ... while the service answered, or could not be
                           asked, this time included */
    bool outage;        /* the breaker is open */
    bool mended;        /* a hand ended a hold since this request was sent */
    enum proof proof;
    /* In a row, nothing served in between: documents that were refused, each
     * alone, not by name and for the first time; senseless answers. */
    unsigned streak, nonsense;
    unsigned resumed;   /* holds that a hand has ended: whoever ends one has
                           seen why, and is not asked again as soon */
    int64_t quota_ms;   /* since when "quota" is all that it says */
    unsigned tries, retries; /* of one document alone: used, allowed */
    bool all;           /* --on-error all: nothing holds */
};

enum remedy policy_judge(const struct refusal *x);

/* The gate waits after it as after a 429: what it waits for may pass. */
bool policy_waits(const struct refusal *x);

/* "Quota", and whose is not said: it may pass, and is waited for at first. */
static inline bool policy_quota_may_pass(enum error_kind kind,
                                         enum error_about about)
{
    return error_course(kind) == COURSE_PATIENCE && about != ABOUT_SERVICE;
}

/* How many texts a proof needs: one shows that the service works, two that it
 * tells their vectors apart. */
size_t policy_proof_texts(enum error_kind kind);

/* What an endpoint has shown so far. Zero is a fresh one. */
struct witness {
    _Atomic uint64_t served;      /* requests, proofs included */
    _Atomic uint32_t streak, nonsense; /* see struct refusal */
    _Atomic uint32_t mended;      /* how often a hand ended a hold */
    _Atomic int64_t quota_at_ms;  /* since when it speaks of a quota; 0: not */
};

/* A request, or at least one record of it, was served. */
void witness_served(struct witness *w);
/* A proof was: the service works, which excuses no document. */
void witness_proven(struct witness *w);
/* A document was refused alone, for the first time. */
void witness_refused(struct witness *w);
/* An answer made no sense. */
void witness_nonsense(struct witness *w);
/* It spoke of a quota, without a time: since when it does, in ms. */
int64_t witness_quota_ms(struct witness *w, int64_t now_ms);
/* The operator resumed: what was held is tried afresh. */
void witness_mended(struct witness *w);

#endif
