/* EM-07, EM-22 to EM-28, EM-50: what to do with a refusal, as a table. */
#include "config.h"
#include "flow/policy.h"
#include "tests/support/tap.h"

#include <string.h>

enum { PROOFS = PROOF_ABSENT + 1, ABOUTS = ABOUT_SERVICE + 1, RETRIES = 5 };

/* Each remedy as a letter: Again, Prove, halve (/), Later, Fail, HOLD (!),
 * end (X). */
static const char letters[] = { [REMEDY_AGAIN] = 'A', [REMEDY_PROVE] = 'P',
                                [REMEDY_HALVE] = '/', [REMEDY_LATER] = 'L',
                                [REMEDY_FAIL] = 'F', [REMEDY_HOLD] = '!',
                                [REMEDY_END] = 'X' };

/* By what a proof shows: not asked, served, answers, refused, busy, absent. */
struct row {
    enum error_kind kind;
    enum error_about about;
    const char *many; /* of a hundred documents, for the first time */
    const char *one;  /* of one alone, its first try */
    const char *last; /* ... its last try, tried once more before */
};

#define ROW(kind, about, many, one, last)                                      \
    { ERROR_##kind, ABOUT_##about, many, one, last }
/* The kinds that are alike. */
#define BLAMES(kind)                                                           \
    ROW(kind, UNKNOWN, "//////", "PFF!AF", "PFF!AF"),                          \
        ROW(kind, DOCUMENT, "//////", "FFFFFF", "FFFFFF"),                     \
        ROW(kind, REQUEST, "//////", "PFF!AF", "PFF!AF"),                      \
        ROW(kind, SERVICE, "P//!A/", "PFF!AF", "PFF!AF")
#define UNSURE(kind, about) ROW(kind, about, "//////", "PLAAAA", "PFAAAA")
#define WAITS(kind, about) ROW(kind, about, "AAAAAA", "AAAAAA", "AAAAAA")
#define WAITS_ALWAYS(kind)                                                     \
    WAITS(kind, UNKNOWN), WAITS(kind, DOCUMENT), WAITS(kind, REQUEST),         \
        WAITS(kind, SERVICE)
#define END_ROW(kind, about) ROW(kind, about, "XXXXXX", "XXXXXX", "XXXXXX")
#define ENDS(kind)                                                             \
    END_ROW(kind, UNKNOWN), END_ROW(kind, DOCUMENT), END_ROW(kind, REQUEST),   \
        END_ROW(kind, SERVICE)
#define HAND(kind)                                                             \
    ROW(kind, UNKNOWN, "P//!A/", "PAF!AF", "PFF!AF"),                          \
        ROW(kind, DOCUMENT, "P//!A/", "PAF!AF", "PFF!AF"),                     \
        ROW(kind, REQUEST, "P//!A/", "PAF!AF", "PFF!AF"),                      \
        ROW(kind, SERVICE, "!!!!!!", "PA!!A!", "PF!!A!")

static const struct row rows[] = {
    BLAMES(INPUT), BLAMES(REFUSED), BLAMES(SIZE), BLAMES(VECTOR),
    UNSURE(NETWORK, UNKNOWN), UNSURE(NETWORK, DOCUMENT),
    UNSURE(NETWORK, REQUEST), WAITS(NETWORK, SERVICE), /* nobody was reached */
    UNSURE(TIMEOUT, UNKNOWN), UNSURE(TIMEOUT, DOCUMENT),
    UNSURE(TIMEOUT, REQUEST), UNSURE(TIMEOUT, SERVICE),
    UNSURE(SERVER, UNKNOWN), UNSURE(SERVER, DOCUMENT),
    UNSURE(SERVER, REQUEST), UNSURE(SERVER, SERVICE),
    UNSURE(MEMORY, UNKNOWN), UNSURE(MEMORY, DOCUMENT),
    UNSURE(MEMORY, REQUEST), UNSURE(MEMORY, SERVICE),
    /* Once more in any case; two of the proof's texts are told apart. */
    ROW(PROTOCOL, UNKNOWN, "PAAAAA", "AAAAAA", "AAAAAA"),
    ROW(PROTOCOL, DOCUMENT, "PAAAAA", "AAAAAA", "AAAAAA"),
    ROW(PROTOCOL, REQUEST, "AAAAAA", "AAAAAA", "AAAAAA"),
    ROW(PROTOCOL, SERVICE, "PAAAAA", "AAAAAA", "AAAAAA"),
    WAITS_ALWAYS(LIMITED), WAITS_ALWAYS(LOCAL), WAITS_ALWAYS(STOPPED),
    HAND(AUTH), HAND(CONFIG), ENDS(UNREAD), ENDS(LOCKED), ENDS(FOREIGN),
    WAITS(QUOTA, UNKNOWN), WAITS(QUOTA, DOCUMENT), WAITS(QUOTA, REQUEST),
    ROW(QUOTA, SERVICE, "!!!!!!", "PL!!!!", "PF!!!!"),
};

static struct refusal first_of(enum error_kind kind, enum error_about about,
                               size_t n)
{
    return (struct refusal){ .kind = kind, .about = about, .n = n, .equal = 1,
                             .answered = 1, .served_ever = true,
                             .retries = RETRIES };
}

static void check_row(const struct row *row, struct refusal x,
                      const char *want)
{
    for (int proof = 0; proof < PROOFS; proof++) {
        x.proof = (enum proof)proof;
        if (letters[policy_judge(&x)] != want[proof])
            fail_msg("%s about %d, of %zu, proof %d: %c, not %c",
                     error_word(row->kind), row->about, x.n, proof,
                     letters[policy_judge(&x)], want[proof]);
    }
}

static void EM_22_every_kind_has_its_remedy_by_proof_and_size(void **state)
{
    (void)state;
    assert_int_equal(sizeof rows / sizeof *rows, ERROR_KIND_COUNT * ABOUTS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct refusal last = first_of(row->kind, row->about, 1);

        check_row(row, first_of(row->kind, row->about, 100), row->many);
        check_row(row, first_of(row->kind, row->about, 1), row->one);
        last.tries = RETRIES;
        last.again = 1;
        check_row(row, last, row->last);
    }
}

/* ---- what holds for all of them ---- */

typedef void law_fn(const struct refusal *x, enum remedy remedy);

/* Every kind, whom it is about, proof, and what else may be so. */
static void check_law(law_fn *law, size_t n, bool all)
{
    static const unsigned often[] = { 1, 3, 9, 99 };

    for (unsigned i = 0; i < ERROR_KIND_COUNT * ABOUTS * PROOFS * 4 * 3 * 32;
         i++) {
        unsigned at = i / 32;
        struct refusal x = { .n = n, .all = all, .retries = RETRIES,
                             .outage = i & 1, .alive = i & 2,
                             .mended = i & 4, .served_ever = i & 8,
                             .tries = i & 16 ? RETRIES : 0 };

        x.kind = (enum error_kind)(at % ERROR_KIND_COUNT);
        at /= ERROR_KIND_COUNT;
        x.about = (enum error_about)(at % ABOUTS);
        at /= ABOUTS;
        x.proof = (enum proof)(at % PROOFS);
        at /= PROOFS;
        x.equal = x.streak = x.nonsense = x.answered = often[at % 4];
        x.for_all = at / 4 == 1;
        x.in_reply = at / 4 == 2;
        law(&x, policy_judge(&x));
    }
}

static void of_many_nobody_is_blamed(const struct refusal *x,
                                     enum remedy remedy)
{
    (void)x;
    assert_int_not_equal(remedy, REMEDY_FAIL);
    assert_int_not_equal(remedy, REMEDY_LATER);
}

static void EM_23_no_document_fails_or_is_tried_beside_another(void **state)
{
    (void)state;
    check_law(of_many_nobody_is_blamed, 2, false);
    check_law(of_many_nobody_is_blamed, 4096, false);
}

static void of_one_there_are_no_halves(const struct refusal *x,
                                       enum remedy remedy)
{
    (void)x;
    assert_int_not_equal(remedy, REMEDY_HALVE);
}

static void one_document_is_not_halved(void **state)
{
    (void)state;
    check_law(of_one_there_are_no_halves, 1, false);
    check_law(of_one_there_are_no_halves, 1, true);
}

static void one_proof_is_enough(const struct refusal *x, enum remedy remedy)
{
    assert_true(remedy != REMEDY_PROVE || x->proof == PROOF_UNASKED);
}

static void a_proof_that_was_asked_for_is_not_asked_for_again(void **state)
{
    (void)state;
    check_law(one_proof_is_enough, 1, false);
    check_law(one_proof_is_enough, 100, false);
}

static void nothing_holds(const struct refusal *x, enum remedy remedy)
{
    (void)x;
    assert_int_not_equal(remedy, REMEDY_HOLD);
}

static void with_on_error_all_nothing_holds(void **state)
{
    (void)state;
    check_law(nothing_holds, 1, true);
    check_law(nothing_holds, 100, true);
}

static void a_refused_proof_excuses(const struct refusal *x,
                                    enum remedy remedy)
{
    bool refused = x->proof == PROOF_REFUSED || x->proof == PROOF_BUSY;

    if (refused && x->about != ABOUT_DOCUMENT)
        assert_int_not_equal(remedy, REMEDY_FAIL);
}

static void EM_28_a_service_that_refuses_the_proof_fails_no_document(
    void **state)
{
    (void)state;
    check_law(a_refused_proof_excuses, 1, false);
}

/* ---- how often, how long ---- */

static enum remedy after(struct refusal x, unsigned equal)
{
    x.equal = equal;
    return policy_judge(&x);
}

static void EM_23_a_429_is_waited_for_before_anything_is_made_smaller(
    void **state)
{
    struct refusal x = first_of(ERROR_LIMITED, ABOUT_UNKNOWN, 100);

    (void)state;
    assert_int_equal(after(x, POLICY_WAITS - 1), REMEDY_AGAIN);
    assert_int_equal(after(x, POLICY_WAITS), REMEDY_HALVE);
    x.timed = true;
    assert_int_equal(after(x, POLICY_WAITS_TIMED - 1), REMEDY_AGAIN);
    assert_int_equal(after(x, POLICY_WAITS_TIMED), REMEDY_HALVE);
}

static void EM_05_one_document_s_429_is_its_own_only_where_others_pass(
    void **state)
{
    struct refusal x = first_of(ERROR_LIMITED, ABOUT_UNKNOWN, 1);

    (void)state;
    assert_int_equal(after(x, POLICY_WAITS_ALONE - 1), REMEDY_AGAIN);
    assert_int_equal(after(x, POLICY_WAITS_ALONE), REMEDY_PROVE);
    x.proof = PROOF_BUSY;
    assert_int_equal(after(x, 1000), REMEDY_AGAIN);
    x.proof = PROOF_SERVED;
    assert_int_equal(after(x, POLICY_WAITS_ALONE + 2), REMEDY_AGAIN);
    assert_int_equal(after(x, POLICY_WAITS_ALONE + 3), REMEDY_LATER);
}

static void EM_25_a_quota_without_a_time_is_a_hand_s_after_three_minutes(
    void **state)
{
    struct refusal x = first_of(ERROR_QUOTA, ABOUT_UNKNOWN, 100);

    (void)state;
    assert_true(policy_waits(&x));
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.quota_ms = POLICY_PATIENCE_MS;
    assert_false(policy_waits(&x));
    assert_int_equal(policy_judge(&x), REMEDY_PROVE);
    x.proof = PROOF_BUSY;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
}

static void EM_28_so_many_in_a_row_hold_and_twice_as_many_after_each_resume(
    void **state)
{
    struct refusal x = first_of(ERROR_REFUSED, ABOUT_UNKNOWN, 1);

    (void)state;
    x.proof = PROOF_ANSWERS;
    for (x.resumed = 0; x.resumed < 4; x.resumed++) {
        x.streak = ((unsigned)POLICY_STREAK << x.resumed) - 1;
        assert_int_equal(policy_judge(&x), REMEDY_FAIL);
        x.streak++;
        assert_int_equal(policy_judge(&x), REMEDY_HOLD);
    }
    x.about = ABOUT_DOCUMENT; /* each is named */
    assert_int_equal(policy_judge(&x), REMEDY_FAIL);
}

static void EM_50_so_many_in_a_row_are_blamed_where_a_proof_is_served(
    void **state)
{
    struct refusal x = first_of(ERROR_REFUSED, ABOUT_UNKNOWN, 1);

    (void)state;
    x.streak = 1000;
    assert_int_equal(policy_judge(&x), REMEDY_PROVE);
    x.proof = PROOF_SERVED;
    assert_int_equal(policy_judge(&x), REMEDY_FAIL);
    x.proof = PROOF_REFUSED;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
    x.proof = PROOF_ABSENT;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
}

static void EM_50_a_row_of_failures_is_proven_before_it_holds(void **state)
{
    struct refusal x = first_of(ERROR_SERVER, ABOUT_UNKNOWN, 1);

    (void)state;
    x.alive = true; /* so the first ones are blamed without a proof */
    assert_int_equal(policy_judge(&x), REMEDY_LATER);
    x.streak = POLICY_STREAK;
    assert_int_equal(policy_judge(&x), REMEDY_PROVE);
    x.proof = PROOF_SERVED;
    assert_int_equal(policy_judge(&x), REMEDY_LATER);
    x.proof = PROOF_BUSY;
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.proof = PROOF_REFUSED;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
}

static void EM_24_nonsense_for_everything_holds(void **state)
{
    struct refusal x = first_of(ERROR_PROTOCOL, ABOUT_SERVICE, 100);

    (void)state;
    x.equal = 2;
    x.proof = PROOF_REFUSED;
    x.nonsense = POLICY_NONSENSE - 1;
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.nonsense++;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
    x.proof = PROOF_SERVED; /* it makes sense for known words */
    assert_int_equal(policy_judge(&x), REMEDY_HALVE);
    x.n = 1;
    assert_int_equal(policy_judge(&x), REMEDY_FAIL);
    assert_int_equal(policy_proof_texts(ERROR_PROTOCOL), 2);
    assert_int_equal(policy_proof_texts(ERROR_REFUSED), 1);
}

static void EM_06_what_cannot_be_proven_is_counted_when_it_failed_again(
    void **state)
{
    struct refusal x = first_of(ERROR_SERVER, ABOUT_UNKNOWN, 1);

    (void)state;
    x.proof = PROOF_ANSWERS;
    x.for_all = true; /* 503: away, as it says itself */
    x.answered = 99;
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.answered = POLICY_UNAVAILABLE + 1; /* but not for ever */
    assert_int_equal(policy_judge(&x), REMEDY_LATER);
    x.answered = 99;
    x.for_all = false;
    assert_int_equal(policy_judge(&x), REMEDY_LATER);
    x.for_all = true;
    x.again = 2; /* but it served others in between, twice */
    assert_int_equal(policy_judge(&x), REMEDY_LATER);
}

static void EM_28_a_proof_that_is_refused_each_time_ends_in_a_hold(
    void **state)
{
    struct refusal x = first_of(ERROR_SERVER, ABOUT_UNKNOWN, 1);

    (void)state;
    x.proof = PROOF_REFUSED;
    assert_int_equal(after(x, 2), REMEDY_AGAIN);
    assert_int_equal(after(x, 3), REMEDY_HOLD);
    x.tries = RETRIES;
    x.again = 2; /* it serves others, but not the known word */
    assert_int_equal(after(x, 3), REMEDY_FAIL);
}

static void EM_02_in_an_outage_only_a_page_holds(void **state)
{
    struct refusal x = first_of(ERROR_SERVER, ABOUT_UNKNOWN, 100);

    (void)state;
    x.outage = true;
    x.for_all = true;
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.for_all = false;
    x.in_reply = true; /* a login page, or one text that spoils the reply */
    assert_int_equal(policy_judge(&x), REMEDY_PROVE);
    x.proof = PROOF_SERVED;
    assert_int_equal(policy_judge(&x), REMEDY_HALVE);
    x.proof = PROOF_ABSENT;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
    x.n = 1;
    x.proof = PROOF_REFUSED;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
}

static void EM_04_a_key_that_never_worked_is_nobody_s_text(void **state)
{
    struct refusal x = first_of(ERROR_AUTH, ABOUT_SERVICE, 1);

    (void)state;
    assert_int_equal(policy_judge(&x), REMEDY_PROVE);
    x.served_ever = false;
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
    x.served_ever = true;
    x.for_all = true; /* 401, in so many words */
    assert_int_equal(policy_judge(&x), REMEDY_HOLD);
}

static void EM_28_a_hand_that_mended_excuses_what_was_sent_before(void **state)
{
    struct refusal x = first_of(ERROR_REFUSED, ABOUT_UNKNOWN, 1);

    (void)state;
    x.proof = PROOF_SERVED;
    x.mended = true;
    assert_int_equal(policy_judge(&x), REMEDY_AGAIN);
    x.mended = false;
    assert_int_equal(policy_judge(&x), REMEDY_FAIL);
}

static void sent_before_it_tells_nothing(const struct refusal *x,
                                         enum remedy remedy)
{
    if (!x->mended || x->about == ABOUT_DOCUMENT)
        return;
    assert_int_not_equal(remedy, REMEDY_FAIL);
    assert_int_not_equal(remedy, REMEDY_LATER);
    assert_int_not_equal(remedy, REMEDY_HOLD);
}

static void EM_24_what_was_sent_before_a_resume_holds_and_fails_nothing(
    void **state)
{
    (void)state;
    check_law(sent_before_it_tells_nothing, 1, false);
    check_law(sent_before_it_tells_nothing, 100, false);
}

/* ---- what an endpoint has shown ---- */

static void a_proof_excuses_no_document_but_a_service_that_serves_does(
    void **state)
{
    struct witness w = { 0 };

    (void)state;
    witness_refused(&w);
    witness_nonsense(&w);
    witness_proven(&w);
    assert_int_equal(w.served, 1);
    assert_int_equal(w.streak, 1);
    assert_int_equal(w.nonsense, 0);
    witness_served(&w);
    assert_int_equal(w.served, 2);
    assert_int_equal(w.streak, 0);
}

static void EM_25_a_quota_is_timed_until_something_is_served(void **state)
{
    struct witness w = { 0 };

    (void)state;
    assert_int_equal(witness_quota_ms(&w, 1000), 0);
    assert_int_equal(witness_quota_ms(&w, 61000), 60000);
    witness_served(&w);
    assert_int_equal(witness_quota_ms(&w, 70000), 0);
    witness_mended(&w);
    assert_int_equal(witness_quota_ms(&w, 90000), 0);
    assert_int_equal(w.mended, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(EM_22_every_kind_has_its_remedy_by_proof_and_size),
        cmocka_unit_test(EM_23_no_document_fails_or_is_tried_beside_another),
        cmocka_unit_test(one_document_is_not_halved),
        cmocka_unit_test(a_proof_that_was_asked_for_is_not_asked_for_again),
        cmocka_unit_test(with_on_error_all_nothing_holds),
        cmocka_unit_test(
            EM_28_a_service_that_refuses_the_proof_fails_no_document),
        cmocka_unit_test(
            EM_23_a_429_is_waited_for_before_anything_is_made_smaller),
        cmocka_unit_test(
            EM_05_one_document_s_429_is_its_own_only_where_others_pass),
        cmocka_unit_test(
            EM_25_a_quota_without_a_time_is_a_hand_s_after_three_minutes),
        cmocka_unit_test(
            EM_28_so_many_in_a_row_hold_and_twice_as_many_after_each_resume),
        cmocka_unit_test(
            EM_50_so_many_in_a_row_are_blamed_where_a_proof_is_served),
        cmocka_unit_test(EM_50_a_row_of_failures_is_proven_before_it_holds),
        cmocka_unit_test(EM_24_nonsense_for_everything_holds),
        cmocka_unit_test(
            EM_06_what_cannot_be_proven_is_counted_when_it_failed_again),
        cmocka_unit_test(
            EM_28_a_proof_that_is_refused_each_time_ends_in_a_hold),
        cmocka_unit_test(EM_02_in_an_outage_only_a_page_holds),
        cmocka_unit_test(EM_04_a_key_that_never_worked_is_nobody_s_text),
        cmocka_unit_test(EM_28_a_hand_that_mended_excuses_what_was_sent_before),
        cmocka_unit_test(
            EM_24_what_was_sent_before_a_resume_holds_and_fails_nothing),
        cmocka_unit_test(
            a_proof_excuses_no_document_but_a_service_that_serves_does),
        cmocka_unit_test(EM_25_a_quota_is_timed_until_something_is_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
