/* Every kind of error has a course in the table of util/error.h, and every
 * course has its judge here, who decides with what is known of the service and
 * of the document. */
#include "config.h"
#include "flow/policy.h"

/* So often must it fail again, where there is no proof. */
enum { UNPROVEN_AGAIN = 2 };

bool policy_waits(const struct refusal *x)
{
    return error_course(x->kind) == COURSE_WAIT ||
           (policy_quota_may_pass(x->kind, x->about) &&
            x->quota_ms < POLICY_PATIENCE_MS);
}

size_t policy_proof_texts(enum error_kind kind)
{
    return error_course(kind) == COURSE_DOUBT ? 2 : 1;
}

/* No byte of the request reached a service, so its contents are not the reason.
 * With --on-error all that fails documents nevertheless; a disk does once it
 * opened the breaker. */
static bool policy_is_unreached(const struct refusal *x)
{
    if (x->kind == ERROR_LOCAL)
        return !x->all || !x->outage;
    return x->kind == ERROR_NETWORK && x->about == ABOUT_SERVICE && !x->all;
}

/* The service itself says that it is away for everybody. */
static bool policy_is_unavailable(const struct refusal *x)
{
    return x->kind == ERROR_SERVER && x->for_all;
}

/* The document is blamed. */
static enum remedy policy_blame_document(const struct refusal *x)
{
    return error_passes(x->kind) && x->tries < x->retries ? REMEDY_LATER
                                                          : REMEDY_FAIL;
}

static bool policy_too_many(const struct refusal *x, unsigned n, unsigned most)
{
    return !x->all && n >> (x->resumed < 16 ? x->resumed : 16) >= most;
}

static enum remedy policy_halve_or_blame(const struct refusal *x)
{
    return x->n > 1 ? REMEDY_HALVE : policy_blame_document(x);
}

/* The proof shows that the service works. So an error that only a person can
 * mend comes from the document. One that passes by itself may have passed by
 * now: before the last try counts, the request has to fail once more. */
static enum remedy policy_judge_proven(const struct refusal *x)
{
    enum error_course course = error_course(x->kind);
    bool over = course != COURSE_SPLIT && course != COURSE_ISOLATE &&
                !x->again;

    if (x->n > 1)
        return REMEDY_HALVE;
    return over && policy_blame_document(x) == REMEDY_FAIL
               ? REMEDY_AGAIN
               : policy_blame_document(x);
}

static enum remedy policy_judge_wait(const struct refusal *x)
{
    if (x->equal < (x->timed ? POLICY_WAITS_TIMED : POLICY_WAITS))
        return REMEDY_AGAIN;
    if (x->n > 1)
        return REMEDY_HALVE;
    if (x->equal < POLICY_WAITS_ALONE)
        return REMEDY_AGAIN;
    if (x->proof == PROOF_UNASKED)
        return REMEDY_PROVE;
    return x->proof == PROOF_SERVED && x->equal > POLICY_WAITS_ALONE + 2
               ? policy_blame_document(x)
               : REMEDY_AGAIN;
}

/* One text alone is never the key, the quota or the configuration, nor is
 * what does not say whom it is about: not where the service has worked. */
static enum remedy policy_judge_hold(const struct refusal *x)
{
    bool plain = x->about == ABOUT_SERVICE && (x->n > 1 || !x->served_ever);

    if (plain || (x->about == ABOUT_SERVICE && x->for_all))
        return REMEDY_HOLD;
    switch (x->proof) {
    case PROOF_UNASKED:
        return REMEDY_PROVE;
    case PROOF_SERVED:
        return policy_judge_proven(x);
    case PROOF_BUSY: /* "quota", for minutes */
        return error_passes(x->kind) ? REMEDY_HOLD : REMEDY_AGAIN;
    case PROOF_REFUSED:
        return REMEDY_HOLD;
    case PROOF_ANSWERS:
    case PROOF_ABSENT:
        break;
    }
    return x->about == ABOUT_SERVICE ? REMEDY_HOLD : policy_halve_or_blame(x);
}

/* A page for people, or an error, where an answer was due: one text may be why
 * a reply of many has an error in it. */
static enum remedy policy_judge_outage(const struct refusal *x)
{
    if (!x->in_reply)
        return REMEDY_AGAIN;
    if (x->n == 1 || x->proof == PROOF_ANSWERS || x->proof == PROOF_ABSENT)
        return REMEDY_HOLD;
    if (x->proof == PROOF_UNASKED)
        return REMEDY_PROVE;
    return x->proof == PROOF_SERVED ? REMEDY_HALVE : REMEDY_AGAIN;
}

static enum remedy policy_judge_doubt(const struct refusal *x)
{
    bool again = x->equal < 2;
    bool held = policy_too_many(x, x->nonsense, POLICY_NONSENSE);
    bool doubt = x->n == 1 ? !again
                           : !x->alive && x->about != ABOUT_REQUEST;

    if (doubt && x->proof == PROOF_UNASKED)
        return REMEDY_PROVE;
    if (x->proof == PROOF_BUSY) /* for example a 429: it tells nothing */
        return REMEDY_AGAIN;
    if (x->proof == PROOF_REFUSED)
        return held ? REMEDY_HOLD : REMEDY_AGAIN;
    if (again)
        return REMEDY_AGAIN;
    held = policy_too_many(x, x->nonsense, POLICY_NONSENSE_UNPROVEN);
    return held && !x->alive && x->proof != PROOF_SERVED
               ? REMEDY_HOLD
               : policy_halve_or_blame(x);
}

static enum remedy policy_judge_retry(const struct refusal *x)
{
    if (policy_is_unreached(x))
        return REMEDY_AGAIN;
    if (x->outage && !x->all && (x->n > 1 || x->proof == PROOF_REFUSED))
        return policy_judge_outage(x);
    if (x->n > 1 || x->all ||
        (x->alive && policy_blame_document(x) == REMEDY_LATER))
        return policy_halve_or_blame(x);
    switch (x->proof) {
    case PROOF_UNASKED:
        return REMEDY_PROVE;
    case PROOF_SERVED:
        return policy_judge_proven(x);
    case PROOF_ANSWERS:
    case PROOF_ABSENT:
        if (x->again >= UNPROVEN_AGAIN ||
            (!policy_is_unavailable(x) && x->answered > UNPROVEN_AGAIN) ||
            (x->proof == PROOF_ANSWERS && x->answered > POLICY_UNAVAILABLE))
            return policy_halve_or_blame(x);
        return REMEDY_AGAIN;
    case PROOF_REFUSED: /* the known word, for a reason that does not pass */
        if (!x->outage && x->equal > UNPROVEN_AGAIN)
            return x->again >= UNPROVEN_AGAIN ? policy_halve_or_blame(x)
                                              : REMEDY_HOLD;
        break;
    case PROOF_BUSY:
        break;
    }
    return x->outage ? policy_judge_outage(x) : REMEDY_AGAIN;
}

static enum remedy policy_judge_isolate(const struct refusal *x)
{
    bool doubt = x->n == 1 ? x->about != ABOUT_DOCUMENT
                           : x->about == ABOUT_SERVICE;

    if (!doubt || x->all)
        return policy_halve_or_blame(x);
    switch (x->proof) {
    case PROOF_UNASKED:
        return REMEDY_PROVE;
    case PROOF_REFUSED:
        return REMEDY_HOLD;
    case PROOF_BUSY:
        return REMEDY_AGAIN;
    case PROOF_SERVED:
        return policy_judge_proven(x);
    case PROOF_ANSWERS:
    case PROOF_ABSENT:
        break;
    }
    return policy_halve_or_blame(x);
}

static enum remedy policy_find_remedy(const struct refusal *x)
{
    if (policy_waits(x))
        return policy_judge_wait(x);
    switch (error_course(x->kind)) {
    case COURSE_WAIT:
        return policy_judge_wait(x);
    case COURSE_RETRY:
    case COURSE_MACHINE:
        return policy_judge_retry(x);
    case COURSE_DOUBT:
        return policy_judge_doubt(x);
    case COURSE_PATIENCE:
    case COURSE_HOLD:
        return policy_judge_hold(x);
    case COURSE_END: /* whether we are to stop is seen before a request */
        return x->kind == ERROR_STOPPED ? REMEDY_AGAIN : REMEDY_END;
    case COURSE_SPLIT:
    case COURSE_ISOLATE:
        break;
    }
    return policy_judge_isolate(x);
}

/* Was it sent before a person mended the cause? Then it tells nothing about
 * now. */
static bool is_stale(const struct refusal *x, enum remedy remedy)
{
    return x->mended && x->about != ABOUT_DOCUMENT &&
           (remedy == REMEDY_FAIL || remedy == REMEDY_LATER ||
            remedy == REMEDY_HOLD);
}

/* Does it blame one more document in a row, though nobody says that it is the
 * document? Those that were refused while others were served do not count,
 * since in the end only they are left. */
static bool is_one_too_many(const struct refusal *x, enum remedy remedy)
{
    return (remedy == REMEDY_FAIL || remedy == REMEDY_LATER) && x->n == 1 &&
           x->tries == 0 && x->about != ABOUT_DOCUMENT &&
           policy_too_many(x, x->streak, POLICY_STREAK);
}

/* A service that refuses so many does not serve this corpus, unless it proves
 * that it works: a retry consists of bad documents alone. */
static enum remedy policy_judge_row(const struct refusal *x,
                                    enum remedy remedy)
{
    switch (x->proof) {
    case PROOF_UNASKED:
        return REMEDY_PROVE;
    case PROOF_SERVED:
        return remedy;
    case PROOF_BUSY:
        return REMEDY_AGAIN;
    case PROOF_ANSWERS:
    case PROOF_REFUSED:
    case PROOF_ABSENT:
        break;
    }
    return REMEDY_HOLD;
}

enum remedy policy_judge(const struct refusal *x)
{
    enum remedy remedy = policy_find_remedy(x);

    if (is_stale(x, remedy))
        return REMEDY_AGAIN;
    if (remedy == REMEDY_HOLD && x->all)
        return REMEDY_FAIL;
    return is_one_too_many(x, remedy) ? policy_judge_row(x, remedy) : remedy;
}

void witness_proven(struct witness *w)
{
    atomic_fetch_add(&w->served, 1);
    atomic_store(&w->nonsense, 0);
    atomic_store(&w->quota_at_ms, 0);
}

void witness_served(struct witness *w)
{
    witness_proven(w);
    atomic_store(&w->streak, 0);
}

void witness_nonsense(struct witness *w)
{
    atomic_fetch_add(&w->nonsense, 1);
}

void witness_refused(struct witness *w)
{
    atomic_fetch_add(&w->streak, 1);
}

int64_t witness_quota_ms(struct witness *w, int64_t now_ms)
{
    int64_t none = 0;

    atomic_compare_exchange_strong(&w->quota_at_ms, &none, now_ms);
    return none ? now_ms - none : 0;
}

void witness_mended(struct witness *w)
{
    atomic_fetch_add(&w->mended, 1);
    atomic_store(&w->streak, 0);
    atomic_store(&w->nonsense, 0);
    atomic_store(&w->quota_at_ms, 0);
}
