/*
 * The service of a simulation: its hidden limits, its words for what it does
 * not take, its bad hours; and how all of it comes from a seed.
 */
#include "config.h"
#include "tests/support/flow/simulated.h"

#include <string.h>

#include "net/http.h"

uint64_t sim_roll(struct sim *s, uint64_t n)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (s->random >> 11) % n;
}

bool sim_chance(struct sim *s, unsigned pct)
{
    return sim_roll(s, 100) < pct;
}

void sim_wrong(struct sim *s, const char *what)
{
    if (!s->wrong)
        s->wrong = what;
}

/* ---- what it answers ---- */

static bool in_trouble(const struct sim *s, enum trouble trouble)
{
    return s->trouble == trouble && s->now_ms >= s->trouble_from_ms &&
           s->now_ms < s->trouble_to_ms;
}

static bool say(struct error *err, enum error_kind kind,
                enum error_about about, int code)
{
    error_set(err, kind, code, "scripted");
    err->in_reply = code == 200;
    err->for_all = http_status_is_for_all((unsigned)code);
    err->about = about;
    return false;
}

/* What befalls every request. */
bool sim_hour_is_bad(struct sim *s, struct error *err)
{
    if (in_trouble(s, REFUSES))
        return !say(err, ERROR_NETWORK, ABOUT_SERVICE, 0);
    if (in_trouble(s, UNAVAILABLE))
        return !say(err, ERROR_SERVER, ABOUT_UNKNOWN, 503);
    if (in_trouble(s, FAILS))
        return !say(err, ERROR_SERVER, ABOUT_UNKNOWN, 500);
    if (in_trouble(s, ARREARS))
        return !say(err, ERROR_REFUSED, ABOUT_UNKNOWN, 400);
    if (in_trouble(s, NO_KEY))
        return !say(err, ERROR_AUTH, ABOUT_SERVICE, 401);
    if (in_trouble(s, QUOTA_WORDS))
        return !say(err, ERROR_QUOTA, ABOUT_UNKNOWN, 429);
    if (in_trouble(s, NONSENSE))
        return !say(err, ERROR_PROTOCOL, ABOUT_SERVICE, 200);
    return false;
}

bool sim_over_rate(struct sim *s, struct error *err)
{
    uint64_t minute = (uint64_t)s->now_ms / 60000;

    if (!s->per_min)
        return false;
    if (minute != s->minute)
        s->minute_used = 0;
    s->minute = minute;
    if (s->minute_used++ < s->per_min)
        return false;
    s->limited++;
    say(err, ERROR_LIMITED, ABOUT_UNKNOWN, 429);
    if (s->tells_wait)
        err->retry_after_ms = 60000 - s->now_ms % 60000;
    return true;
}

static bool refuse_size(struct worker *w, size_t n, struct error *err)
{
    struct sim *s = w->sim;

    switch (s->manner) {
    case SAYS_NUMBER:
        say(err, ERROR_SIZE, ABOUT_REQUEST, 400);
        err->most = n > s->most_docs ? (uint32_t)s->most_docs : 0;
        return false;
    case SAYS_400:
        return say(err, ERROR_REFUSED, ABOUT_UNKNOWN, 400);
    case SAYS_500:
        return say(err, ERROR_SERVER, ABOUT_UNKNOWN, 500);
    case SAYS_504:
        return say(err, ERROR_SERVER, ABOUT_UNKNOWN, 504);
    case HANGS:
        sim_pass(w, TIMEOUT_MS);
        return say(err, ERROR_TIMEOUT, ABOUT_UNKNOWN, 0);
    case RESETS:
        return say(err, ERROR_NETWORK, ABOUT_UNKNOWN, 0);
    case SAYS_429:
        return say(err, ERROR_LIMITED, ABOUT_UNKNOWN, 429);
    case IS_SHORT:
        say(err, ERROR_PROTOCOL, ABOUT_UNKNOWN, 200);
        err->most = (uint32_t)s->most_docs;
        return false;
    case SAYS_SIZE:
    case MANNERS:
        break;
    }
    return say(err, ERROR_SIZE, ABOUT_REQUEST, 413);
}

static bool refuse_poison(struct worker *w, enum poison poison,
                          struct error *err)
{
    switch (poison) {
    case POISON_NAMED:
        return say(err, ERROR_REFUSED, ABOUT_DOCUMENT, 400);
    case POISON_413:
        return say(err, ERROR_SIZE, ABOUT_REQUEST, 413);
    case POISON_500:
        return say(err, ERROR_SERVER, ABOUT_UNKNOWN, 500);
    case POISON_HANG:
        sim_pass(w, TIMEOUT_MS);
        return say(err, ERROR_TIMEOUT, ABOUT_UNKNOWN, 0);
    case POISON_RESET:
        return say(err, ERROR_NETWORK, ABOUT_UNKNOWN, 0);
    case POISON_NONSENSE:
        return say(err, ERROR_PROTOCOL, ABOUT_SERVICE, 200);
    case POISON_PAGE:
        return say(err, ERROR_AUTH, ABOUT_UNKNOWN, 403);
    case POISON_ECHO:
        return say(err, ERROR_AUTH, ABOUT_UNKNOWN, 400);
    case POISON_400:
    case HEALTHY:
    case POISONS:
        break;
    }
    return say(err, ERROR_REFUSED, ABOUT_UNKNOWN, 400);
}

static bool too_large(const struct sim *s, size_t n, size_t bytes)
{
    return (s->most_docs && n > s->most_docs) ||
           (s->most_bytes && bytes > s->most_bytes && n > 1);
}

/* Bad luck befalls one document alone no more often than it has tries. */
static bool unlucky(struct sim *s, const struct request *rq,
                    struct error *err)
{
    if (!sim_chance(s, s->bad_luck_pct))
        return false;
    if (rq->n == 1 && s->doc[rq->item->at].luck++ >= s->retries)
        return false;
    s->unlucky++;
    say(err, sim_chance(s, 50) ? ERROR_SERVER : ERROR_NETWORK, ABOUT_UNKNOWN,
        0);
    return true;
}

bool sim_serve(struct worker *w, struct request *rq, struct error *err)
{
    struct sim *s = w->sim;
    enum poison poison = HEALTHY;

    for (size_t i = 0; i < rq->n; i++) {
        rq->bytes += s->doc[rq->item[i].at].bytes;
        if (!poison)
            poison = s->doc[rq->item[i].at].poison;
    }
    sim_pass(w, s->base_ms + (int64_t)rq->n * s->each_us / 1000);
    if (sim_hour_is_bad(s, err) || sim_over_rate(s, err))
        return false;
    if (too_large(s, rq->n, rq->bytes))
        return refuse_size(w, rq->n, err);
    if (poison)
        return refuse_poison(w, poison, err);
    return !unlucky(s, rq, err);
}

/* ---- what it is ---- */

static enum poison random_poison(struct sim *s)
{
    enum poison p = (enum poison)(1 + sim_roll(s, POISONS - 1));

    /* Where nothing can be proven, a key stays a key. */
    if (s->proof != PROOF_SERVED && (p == POISON_PAGE || p == POISON_ECHO))
        p = POISON_400;
    return p;
}

static void make_documents(struct sim *s)
{
    static const unsigned parts[] = { 0, 0, 1, 2, 5, 20, 60, 100 };
    /* Where nothing can be proven, many in a row are no document's fault. */
    size_t most = s->proof == PROOF_SERVED ? sizeof parts / sizeof *parts : 5;
    unsigned pct = parts[sim_roll(s, most)];
    enum poison mostly = random_poison(s);

    s->count = s->open = 1 + sim_roll(s, DOCS_MAX);
    for (size_t i = 0; i < s->count; i++) {
        struct document *d = &s->doc[i];

        d->bytes = 20 + sim_roll(s, 2000);
        if (sim_chance(s, pct))
            d->poison = sim_chance(s, 80) ? mostly : random_poison(s);
    }
}

static void make_service(struct sim *s)
{
    static const enum proof proofs[] = { PROOF_SERVED, PROOF_SERVED,
                                         PROOF_ANSWERS, PROOF_ABSENT };

    s->proof = proofs[sim_roll(s, 4)];
    s->manner = (enum manner)sim_roll(s, MANNERS);
    s->most_docs = sim_chance(s, 50) ? 1 + sim_roll(s, BATCH_MAX) : 0;
    if (s->manner != IS_SHORT && s->manner != SAYS_NUMBER)
        s->most_bytes = sim_chance(s, 30) ? 4000 + sim_roll(s, 100000) : 0;
    s->base_ms = 5 + (int64_t)sim_roll(s, 500);
    s->each_us = (int64_t)sim_roll(s, 20000);
    s->bad_luck_pct = sim_chance(s, 30) ? (unsigned)sim_roll(s, 8) : 0;
    if (sim_chance(s, 15)) {
        s->per_min = 20 + sim_roll(s, 500);
        s->tells_wait = sim_chance(s, 50);
    }
}

static void make_trouble(struct sim *s)
{
    if (!sim_chance(s, 40))
        return;
    s->trouble = (enum trouble)sim_roll(s, TROUBLES);
    /* Without a question that can be asked, a service that fails at
     * everything is no other than documents that do. */
    if (s->proof == PROOF_ABSENT &&
        (s->trouble == FAILS || s->trouble == ARREARS ||
         s->trouble == NONSENSE))
        s->trouble = REFUSES;
    if (s->proof == PROOF_ANSWERS && s->trouble == ARREARS)
        s->trouble = UNAVAILABLE;
    s->trouble_from_ms = (int64_t)sim_roll(s, 20000);
    s->trouble_to_ms = s->trouble_from_ms + 1000 + (int64_t)sim_roll(s, 120000);
    if (s->trouble == ARREARS || s->trouble == NO_KEY ||
        s->trouble == NONSENSE)
        s->trouble_to_ms = INT64_MAX; /* until a hand mends it */
}

void sim_make(struct sim *s, uint64_t seed)
{
    char *stack[SIM_WORKERS];

    for (size_t i = 0; i < SIM_WORKERS; i++)
        stack[i] = s->worker[i].stack;
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < SIM_WORKERS; i++)
        s->worker[i].stack = stack[i];
    s->all.docs = s->docs;
    s->seed = seed;
    s->random = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++)
        sim_roll(s, 2);
    s->batch = 1 + sim_roll(s, BATCH_MAX);
    s->refills = seed % 2;
    s->retries = (unsigned)sim_roll(s, 7);
    s->redo_most = sim_chance(s, 20) ? 1 + sim_roll(s, 8) : DOCS_MAX;
    s->gate = gate_new(0, 0, sim_chance(s, 30) ? 1 + sim_roll(s, 4) : 0);
    make_service(s);
    make_documents(s);
    make_trouble(s);
    sim_make_workers(s);
}
