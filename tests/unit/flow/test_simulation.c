/*
 * EM-22: the policy of refusals against thousands of random services, in
 * virtual time.
 *
 * Each service has hidden limits (documents, bytes, the time that it may
 * take), refuses in words of its own (413, 400, 500, 504, a reset, a 429, a
 * short answer), has texts that it never serves, bad luck, outages, and hours
 * in which somebody must see to the account. dispatch() itself runs in several
 * workers, each a coroutine; the clock stands still but for what takes time.
 *
 * In each: every healthy document is served, once; every poisoned one fails,
 * and no other; requests stay within a bound of the best possible; and it
 * comes to an end.
 *
 *   SIMULATION_SERVICES=N   so many (2,000)
 *   SIMULATION_SEED=N       begin with this one; a failure prints its own
 */
#include "config.h"

#ifndef HAVE_SWAPCONTEXT
#include <stdio.h>

int main(void)
{
    puts("1..0 # SKIP this libc has no swapcontext() (musl): nobody has tried the "
         "policy of refusals against random services");
    return 0;
}
#else
#include "tests/support/flow/simulated.h"
#include "tests/support/tap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned log2_of(size_t n)
{
    unsigned k = 0;

    while (n >> (k + 1))
        k++;
    return k;
}

static double trouble_s(const struct sim *s)
{
    int64_t ms = s->trouble_to_ms == INT64_MAX
                     ? HAND_MS
                     : s->trouble_to_ms - s->trouble_from_ms;

    return s->trouble == CALM ? 0 : (double)ms / 1000;
}

/* Requests that nobody could have done without. */
static double best(const struct sim *s)
{
    size_t most = s->most_docs && s->most_docs < s->batch ? s->most_docs
                                                          : s->batch;
    double n = (double)s->count / (double)most + 1;

    if (s->most_bytes)
        n += (double)s->count * 1100 / ((double)s->most_bytes / 2);
    return n;
}

/* And a bounded many more: a poisoned document is looked for by halving, then
 * tried alone; every worker may be under way with a size that is learned. Of
 * 40,000 services the worst comes to four fifths of it. */
static double bound(const struct sim *s)
{
    double poisoned = 0, depth = log2_of(s->batch) + 1;

    for (size_t i = 0; i < s->count; i++)
        poisoned += s->doc[i].poison != HEALTHY;
    return 1.7 * (2 * best(s) + poisoned * (depth + s->retries + 3) +
                  s->unlucky * 2 * depth + s->limited +
                  (double)s->workers * 8 * depth + s->holds * (depth + 8) +
                  0.7 * trouble_s(s) + 10);
}

/* Nothing is wrong with it but that its limits have to be found. */
static bool is_plain(const struct sim *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->doc[i].poison)
            return false;
    return s->trouble == CALM && s->holds == 0 && s->unlucky == 0 &&
           s->limited == 0;
}

static void check(struct sim *s)
{
    for (size_t i = 0; i < s->count && !s->wrong; i++) {
        if (s->doc[i].fate == OPEN)
            sim_wrong(s, "a document has no end");
        if (s->doc[i].poison && s->doc[i].fate == SERVED)
            sim_wrong(s, "a poisoned document was served");
    }
    if (s->requests > bound(s))
        sim_wrong(s, "more requests than there is reason for");
    if (s->holds > 2 + s->count / 10)
        sim_wrong(s, "held too often");
    if (s->holds && s->trouble_to_ms == 0 && s->proof == PROOF_SERVED)
        sim_wrong(s, "held for nothing");
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void tell(const struct sim *s)
{
    print_message("seed %" PRIu64 ": %s\n"
                  "  %zu documents, batch %zu, %zu workers, retries %u, "
                  "proof %d\n"
                  "  manner %d, most %zu documents %zu bytes, luck %u %%, "
                  "trouble %d from %" PRId64 " to %" PRId64 " ms, "
                  "%" PRIu64 " a minute\n"
                  "  %u requests (bound %.0f), %u failed, %u proofs, %u holds, "
                  "%zu open, %.1f s\n",
                  s->seed, s->wrong, s->count, s->batch, s->workers, s->retries,
                  s->proof, s->manner, s->most_docs, s->most_bytes,
                  s->bad_luck_pct, s->trouble, s->trouble_from_ms,
                  s->trouble_to_ms, s->per_min, s->requests, bound(s),
                  s->failures, s->proofs, s->holds, s->open,
                  (double)s->now_ms / 1000);
}

/* Of all services together. */
struct totals {
    uint64_t wrongs, worst;
    double worst_ratio;
    double plain_requests, plain_best;
};

static void add(struct totals *t, const struct sim *s)
{
    double ratio = s->requests / bound(s);

    if (ratio > t->worst_ratio) {
        t->worst_ratio = ratio;
        t->worst = s->seed;
    }
    if (is_plain(s)) {
        t->plain_requests += s->requests;
        t->plain_best += best(s);
    }
    if (!s->wrong)
        return;
    t->wrongs++;
    tell(s);
}

static void simulate(struct sim *s, uint64_t seed, uint64_t services,
                     struct totals *t)
{
    for (uint64_t n = 0; n < services && t->wrongs < 5; n++) {
        sim_make(s, seed + n);
        sim_run(s);
        check(s);
        add(t, s);
        gate_free(s->gate);
    }
    print_message("%" PRIu64 " services, from seed %" PRIu64 "; the most "
                  "requests: %.2f of the bound, seed %" PRIu64 "; where there "
                  "was only the size to find: %.2f of the best\n",
                  services, seed, t->worst_ratio, t->worst,
                  t->plain_best > 0 ? t->plain_requests / t->plain_best : 0);
}

static void EM_22_every_healthy_document_is_served_by_any_service(void **state)
{
    uint64_t services = number_of("SIMULATION_SERVICES", 2000);
    struct sim *s = calloc(1, sizeof *s);
    struct totals totals = { 0 };

    (void)state;
    assert_non_null(s);
    for (size_t i = 0; i < SIM_WORKERS; i++)
        assert_non_null(s->worker[i].stack = malloc(STACK_BYTES));
    simulate(s, number_of("SIMULATION_SEED", 1), services, &totals);
    for (size_t i = 0; i < SIM_WORKERS; i++)
        free(s->worker[i].stack);
    free(s);
    assert_int_equal(totals.wrongs, 0);
    /* A size is learned; of few services chance makes too much. */
    if (services >= 2000)
        assert_true(totals.plain_requests < 1.15 * totals.plain_best);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            EM_22_every_healthy_document_is_served_by_any_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
