/* What becomes of a request's outcome, against a service that is a script and
 * a clock that stands still. */
#include "config.h"
#include "flow/dispatch.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/backoff.h"

enum { ITEMS_MAX = 4096, BYTES_EACH = 100 };

enum fate { WAITING, SENT, FAILED, DEFERRED };

/* A service and the items it is asked for. */
struct fake {
    size_t poison;      /* item that is refused; SIZE_MAX: none */
    size_t every;       /* so is each of these, counted so; 0: none */
    struct error poison_err;
    size_t most;        /* items in a request, `most_err` above; 0: any */
    struct error most_err;
    size_t cut;         /* items that a request is cut to; 0: any */
    unsigned errors;    /* so many requests fail first, with `err` */
    struct error err;
    struct error then;  /* what fails `thens` requests behind them */
    unsigned thens;
    bool sick;          /* everything fails with `err`, a proof, too */
    unsigned no_room;   /* so often there is no room to wait */
    unsigned stop_at;   /* the run is stopped in this request; 0: never */
    bool mend;          /* resume whatever is held, as the operator would */
    bool odd_away;      /* a 429 for every odd item of a reply */
    enum proof proof;

    struct dispatch dispatch;
    struct ceiling ceiling;
    struct witness witness;
    int64_t now_ms;
    bool stopping, elsewhere;
    unsigned requests, proofs, held, ended;
    size_t largest, last, proof_texts;
    enum fate fate[ITEMS_MAX];
    enum error_kind why[ITEMS_MAX];
    struct batch batch; /* the documents: item i is docs[i] */
    struct doc docs[ITEMS_MAX];
    struct item items[ITEMS_MAX];
    struct request reply; /* for items that a test lets fail by itself */
    int64_t delay_ms;
    unsigned flags, deferrals;
};

static size_t fake_cut(void *ctx, const struct item *item, size_t n,
                       double *tokens)
{
    struct fake *f = ctx;
    size_t most = ceiling_docs(&f->ceiling, 0);

    (void)item;
    *tokens = 0;
    if (f->cut && (most == 0 || f->cut < most))
        most = f->cut;
    return most && n > most ? most : n;
}

static bool next_failure(struct fake *f, struct error *err)
{
    if (f->errors > 0 || f->sick) {
        f->errors -= !f->sick;
        *err = f->err;
        return true;
    }
    if (f->thens == 0)
        return false;
    f->thens--;
    *err = f->then;
    return true;
}

static struct error failure(enum error_kind kind)
{
    struct error err;

    error_set(&err, kind, 0, "scripted");
    return err;
}

static void settle(struct fake *f, struct request *rq)
{
    struct error away;

    error_set(&away, ERROR_LIMITED, 429, "queue is full");
    rq->stored = f->odd_away ? rq->n / 2 : rq->n;
    for (size_t i = 0; i < rq->n; i++) {
        size_t at = rq->item[i].at;

        assert_int_equal(f->fate[at], WAITING);
        if (f->odd_away && at % 2)
            dispatch_item(&f->dispatch, rq, &rq->item[i], &away);
        else
            f->fate[at] = SENT;
    }
}

static bool poisoned(const struct fake *f, size_t first, size_t n)
{
    size_t end = first + n;

    if (f->every && end / f->every > first / f->every)
        return true;
    return f->poison >= first && f->poison < end;
}

static bool fake_send(struct dispatch *d, struct request *rq,
                      struct error *err)
{
    struct fake *f = d->ctx;

    rq->bytes = rq->n * BYTES_EACH;
    f->last = rq->n;
    f->largest = rq->n > f->largest ? rq->n : f->largest;
    if (++f->requests == f->stop_at) {
        f->stopping = true;
        return error_set(err, ERROR_STOPPED, 0, "we were asked to stop");
    }
    if (next_failure(f, err))
        return false;
    if (f->most && rq->n > f->most) {
        *err = f->most_err;
        return false;
    }
    if (poisoned(f, rq->item->at, rq->n)) {
        *err = f->poison_err;
        return false;
    }
    settle(f, rq);
    return true;
}

static enum proof fake_prove(void *ctx, size_t texts, struct error *err)
{
    struct fake *f = ctx;

    f->proofs++;
    f->proof_texts = texts;
    if (!f->sick || f->proof != PROOF_SERVED)
        return f->proof; /* a store that stores nothing can be asked */
    *err = f->err;
    return PROOF_REFUSED;
}

static void fake_fail(void *ctx, const struct item *item,
                      const struct error *err)
{
    struct fake *f = ctx;
    size_t i = item->at;

    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = FAILED;
    f->why[i] = err->kind;
}

static bool fake_defer(void *ctx, const struct item *item,
                       const struct error *err, int64_t delay_ms,
                       unsigned flags)
{
    struct fake *f = ctx;
    size_t i = item->at;

    if (f->no_room > 0) {
        f->no_room--;
        return false;
    }
    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = DEFERRED;
    f->why[i] = err->kind;
    f->delay_ms = delay_ms;
    f->flags = flags;
    f->deferrals++;
    return true;
}

static const struct dispatch_ops fake_ops = {
    .cut = fake_cut, .send = fake_send, .prove = fake_prove,
    .proof_is_work = true
}, store_ops = {
    .cut = fake_cut, .send = fake_send, .prove = fake_prove
}, mute_ops = {
    .cut = fake_cut, .send = fake_send
};

/* --- its host: a clock that moves when somebody sleeps -------------------- */

static int64_t host_now(void *host)
{
    return ((struct fake *)host)->now_ms;
}

static double host_chance(void *host)
{
    (void)host;
    return 0.5;
}

static bool host_go(void *host, double tokens)
{
    (void)tokens;
    return !((struct fake *)host)->stopping;
}

static void host_sleep(void *host, int64_t ms)
{
    ((struct fake *)host)->now_ms += ms;
}

/* The operator is quick: he mends it and resumes, or ends the run. */
static void host_hold(void *host, const struct error *err)
{
    struct fake *f = host;

    (void)err;
    f->held++;
    f->sick = false;
    f->stopping = !f->mend;
    gate_reset(f->dispatch.gate, f->now_ms);
    witness_mended(&f->witness);
}

static bool host_elsewhere(void *host)
{
    return ((struct fake *)host)->elsewhere;
}

static void host_mood(void *host, enum dispatch_mood mood, int64_t wait_ms,
                      const char *reason)
{
    (void)host, (void)mood, (void)wait_ms, (void)reason;
}

static void host_sent(void *host, size_t taken, int64_t took_us, bool fine)
{
    (void)host, (void)taken, (void)took_us, (void)fine;
}

static void host_waits(void *host, const struct error *err)
{
    (void)host, (void)err;
}

static void host_ended(void *host, const struct error *err)
{
    (void)err;
    ((struct fake *)host)->ended++;
}

static const struct dispatch_host fake_host = {
    .now_ms = host_now, .chance = host_chance, .go = host_go,
    .sleep = host_sleep, .mood = host_mood, .elsewhere = host_elsewhere,
    .sent = host_sent, .waits = host_waits, .hold = host_hold,
    .end = host_ended, .fail = fake_fail, .defer = fake_defer
};

static int setup(void **state)
{
    struct fake *f = calloc(1, sizeof *f);

    if (!f)
        return -1;
    f->poison = SIZE_MAX;
    error_set(&f->poison_err, ERROR_REFUSED, 400, "poison");
    error_set(&f->most_err, ERROR_SIZE, 413, "too large");
    f->proof = PROOF_SERVED;
    f->now_ms = 1000000;
    f->dispatch = (struct dispatch){
        .ops = &fake_ops, .host = &fake_host, .ctx = f,
        .gate = gate_new(0, 0, 0), .ceiling = &f->ceiling,
        .witness = &f->witness, .retries = 5
    };
    f->batch.docs = f->docs;
    for (size_t i = 0; i < ITEMS_MAX; i++)
        f->items[i] = (struct item){ &f->batch, i };
    f->reply.n = 10;
    *state = f;
    return f->dispatch.gate ? 0 : -1;
}

static int teardown(void **state)
{
    struct fake *f = *state;

    gate_free(f->dispatch.gate);
    free(f);
    return 0;
}

static bool go(struct fake *f, size_t n)
{
    return dispatch(&f->dispatch, f->items, n);
}

static size_t tally(const struct fake *f, enum fate fate)
{
    size_t n = 0;

    for (size_t i = 0; i < ITEMS_MAX; i++)
        n += f->fate[i] == fate;
    return n;
}

/* --- sizes and refusals --------------------------------------------------- */

static void EM_07_one_bad_in_2048_is_found_in_23_requests(void **state)
{
    static const size_t at[] = { 0, 1, 777, 1024, 2047 };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->requests = f->proofs = 0;
        f->poison = at[i];
        assert_true(go(f, 2048));
        assert_true(f->requests <= 23);
        assert_int_equal(f->proofs, 1); /* before it was blamed */
        assert_int_equal(tally(f, SENT), 2047);
        assert_int_equal(tally(f, FAILED), 1);
        assert_int_equal(f->fate[at[i]], FAILED);
        assert_int_equal(f->why[at[i]], ERROR_REFUSED);
    }
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0);
}

static void EM_07_a_document_that_the_service_names_needs_no_proof(
    void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    f->poison_err.about = ABOUT_DOCUMENT;
    assert_true(go(f, 8));
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(f->proofs, 0);
}

static void EM_07_a_request_too_large_is_halved_and_the_ceiling_stays(
    void **state)
{
    struct fake *f = *state;
    unsigned requests;

    f->most = 100;
    assert_true(go(f, 1000));
    assert_int_equal(tally(f, SENT), 1000);
    assert_in_range(ceiling_docs(&f->ceiling, 0), 50, 100);
    assert_in_range(ceiling_size(&f->ceiling, 0), 5000, 20000);
    requests = f->requests;
    memset(f->fate, 0, sizeof f->fate);
    f->largest = 0;
    assert_true(go(f, 1000));
    assert_true(f->largest <= 100);
    assert_true(f->requests - requests < requests);
    assert_int_equal(tally(f, SENT), 1000);
}

static void EM_07_the_number_that_a_service_names_is_taken_at_once(
    void **state)
{
    struct fake *f = *state;

    f->most = 10;
    f->most_err.most = 10;
    assert_true(go(f, 100));
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 10);
    assert_int_equal(f->requests, 1 + 10);
    assert_int_equal(tally(f, SENT), 100);
}

static void EM_23_what_fails_for_its_size_is_made_smaller_whatever_it_says(
    void **state)
{
    static const enum error_kind kinds[] = { ERROR_SERVER, ERROR_TIMEOUT,
                                             ERROR_NETWORK, ERROR_REFUSED,
                                             ERROR_PROTOCOL };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        memset(&f->ceiling, 0, sizeof f->ceiling);
        f->dispatch.retries = 0;
        f->most = 32;
        f->most_err = failure(kinds[i]);
        f->requests = 0;
        assert_true(go(f, 1000));
        assert_int_equal(tally(f, SENT), 1000);
        assert_in_range(ceiling_docs(&f->ceiling, 0), 16, 32);
        assert_true(f->requests < 3 * 1000 / 32);
    }
}

static void EM_23_one_accident_teaches_no_size(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_SERVER);
    assert_true(go(f, 100));
    assert_int_equal(f->requests, 3);
    assert_int_equal(tally(f, SENT), 100);
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0);
}

static void EM_23_a_429_that_no_waiting_mends_is_halved(void **state)
{
    struct fake *f = *state;

    f->most = 32;
    f->most_err = failure(ERROR_LIMITED);
    assert_true(go(f, 100));
    assert_int_equal(tally(f, SENT), 100);
    assert_true(f->requests < 20);
}

static void ST_07_one_item_that_is_too_large_fails_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    error_set(&f->poison_err, ERROR_SIZE, 413, "too large");
    assert_true(go(f, 4));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_SIZE);
    assert_int_equal(tally(f, SENT), 3);
    assert_int_equal(ceiling_docs(&f->ceiling, 0), 0); /* teaches nothing */
    assert_int_equal(ceiling_size(&f->ceiling, 0), 0);
}

static void a_request_takes_what_fits_and_the_rest_follows(void **state)
{
    struct fake *f = *state;

    f->cut = 32;
    assert_true(go(f, 100));
    assert_int_equal(f->requests, 4);
    assert_int_equal(f->last, 4);
    assert_int_equal(tally(f, SENT), 100);
}

static void nothing_to_do_asks_for_nothing(void **state)
{
    struct fake *f = *state;

    assert_true(go(f, 0));
    assert_int_equal(f->requests, 0);
}

/* --- answers that make no sense ------------------------------------------- */

static void EM_13_a_senseless_answer_is_asked_for_once_more(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_PROTOCOL);
    assert_true(go(f, 64));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->proof_texts, 2); /* are they told apart? */
    assert_int_equal(tally(f, SENT), 64);
}

static void EM_13_a_second_one_is_bisected(void **state)
{
    struct fake *f = *state;

    f->errors = 2;
    f->err = failure(ERROR_PROTOCOL);
    assert_true(go(f, 64));
    assert_int_equal(f->requests, 4);
    assert_int_equal(f->largest, 64);
    assert_int_equal(f->last, 32);
    assert_int_equal(tally(f, SENT), 64);
}

static void EM_13_a_429_before_it_is_not_the_once_more(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_LIMITED);
    f->thens = 1;
    f->then = failure(ERROR_PROTOCOL);
    assert_true(go(f, 64));
    assert_int_equal(f->requests, 3);
    assert_int_equal(f->last, 64);
}

static void EM_13_one_that_never_makes_sense_fails_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = failure(ERROR_PROTOCOL);
    assert_true(go(f, 1));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_PROTOCOL);
}

static void EM_24_a_service_that_answers_nonsense_to_all_holds(void **state)
{
    struct fake *f = *state;

    f->mend = f->sick = true;
    error_reply(&f->err, ERROR_PROTOCOL, "no list of vectors");
    f->err.about = ABOUT_SERVICE;
    assert_true(go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 5);
    assert_int_equal(tally(f, SENT), 100);
    assert_int_equal(tally(f, FAILED), 0);
}

static void EM_24_a_store_that_answers_nonsense_to_all_holds(void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &store_ops;
    f->proof = PROOF_ANSWERS;
    f->mend = f->sick = true;
    f->err = failure(ERROR_PROTOCOL);
    assert_true(go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 8 + POLICY_NONSENSE_UNPROVEN);
    /* The first few could have been one record each. */
    assert_true(tally(f, FAILED) <= 3);
    assert_int_equal(tally(f, SENT) + tally(f, FAILED), 100);
}

/* --- slow down, come back later ------------------------------------------- */

static void EM_05_a_429_uses_no_attempt(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->errors = 2;
    f->err = failure(ERROR_LIMITED);
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 3);
    assert_int_equal(tally(f, SENT), 10);
    assert_int_equal(f->deferrals, 0);
}

static void EM_25_a_quota_without_a_time_is_waited_for_some_minutes(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->mend = f->sick = true;
    error_set(&f->err, ERROR_QUOTA, 429, "check quota");
    assert_true(go(f, 1));
    assert_int_equal(f->held, 1);
    assert_in_range(f->now_ms - began, POLICY_PATIENCE_MS,
                    2 * POLICY_PATIENCE_MS);
    assert_int_equal(tally(f, SENT), 1);
}

static void EM_06_what_may_pass_waits_outside_with_a_try_counted(void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = failure(ERROR_SERVER);
    assert_true(go(f, 1));
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->flags, DEFER_COUNTS | DEFER_ALONE);
    assert_in_range(f->delay_ms, 50, BACKOFF_BASE_MS);
}

static void EM_06_no_try_is_used_up_beside_another(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->errors = 3;
    f->err = failure(ERROR_SERVER);
    assert_true(go(f, 10));
    assert_int_equal(tally(f, SENT), 10);
    assert_int_equal(f->deferrals, 0);
}

static void EM_06_the_same_is_not_sent_again_at_once(void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->dispatch.ops = &store_ops;
    f->proof = PROOF_ANSWERS;
    f->errors = 2;
    f->err = failure(ERROR_SERVER);
    assert_true(go(f, 1));
    assert_int_equal(f->requests, 3);
    assert_int_equal(f->fate[0], SENT);
    assert_true(f->now_ms - began >= 2 * BACKOFF_BASE_MS / 2);
}

static void EM_06_the_service_s_word_is_the_least_a_document_waits(
    void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = failure(ERROR_SERVER);
    f->poison_err.retry_after_ms = 45000;
    assert_true(go(f, 1));
    assert_int_equal(f->delay_ms, 45000);
}

static void EM_06_the_last_try_fails_the_document_alone(void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    f->poison_err = failure(ERROR_TIMEOUT);
    f->docs[3].tries = 5;
    f->docs[4].tries = 5;
    assert_true(go(f, 10));
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(f->why[3], ERROR_TIMEOUT);
    assert_int_equal(tally(f, SENT), 9);
}

static void without_room_to_wait_the_worker_waits_and_the_tries_end(
    void **state)
{
    struct fake *f = *state;

    f->poison = 0;
    f->poison_err = failure(ERROR_SERVER);
    f->no_room = UINT32_MAX;
    assert_true(go(f, 2));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->docs[0].tries, 5);
    assert_int_equal(f->fate[1], SENT);
}

/* --- outages --------------------------------------------------------------- */

/* The worker's endpoint is out. */
static void break_down(struct fake *f, const struct error *err)
{
    enum gate_why why;

    for (int i = 0; i < GATE_TRIP; i++) {
        assert_int_equal(gate_enter(f->dispatch.gate, 1, 0, f->now_ms, &why), 0);
        gate_leave(f->dispatch.gate, err, 0, 0, f->now_ms, 0);
    }
}

static void EM_02_in_an_outage_no_document_fails(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_NETWORK);

    break_down(f, &err);
    f->dispatch.retries = 0;
    f->errors = 2;
    f->err = err;
    assert_true(go(f, 10));
    assert_int_equal(tally(f, SENT), 10);
}

static void EM_02_a_probe_is_the_proof_not_a_request(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    break_down(f, &err);
    assert_true(go(f, 100));
    assert_int_equal(f->proofs, 1);
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->last, 100);
}

static void EM_02_without_a_proof_the_probe_has_one_document(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    f->dispatch.ops = &mute_ops;
    break_down(f, &err);
    assert_true(go(f, 100));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->last, 99);
}

static void EM_26_refused_connections_use_up_no_try_at_any_count(void **state)
{
    struct fake *f = *state;

    f->dispatch.retries = 0;
    f->err = failure(ERROR_NETWORK);
    f->err.about = ABOUT_SERVICE;
    f->errors = 50;
    assert_true(go(f, 3));
    assert_int_equal(tally(f, SENT), 3);
    assert_int_equal(tally(f, FAILED) + f->deferrals, 0);
}

static void EM_26_a_service_that_is_back_is_found_within_two_seconds(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->err = failure(ERROR_NETWORK);
    f->err.about = ABOUT_SERVICE;
    f->errors = 20;
    f->dispatch.ops = &mute_ops;
    assert_true(go(f, 1));
    assert_true(f->now_ms - began >= 8 * GATE_PROBE_CAP_MS / 2);
    assert_true(f->now_ms - began <= 21 * GATE_PROBE_CAP_MS);
}

static void EM_02_where_another_endpoint_works_the_items_go_there(
    void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_NETWORK);

    f->elsewhere = true;
    break_down(f, &err);
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 0);
    assert_int_equal(tally(f, DEFERRED), 10);
    assert_int_equal(f->delay_ms, 0);
    assert_int_equal(f->flags, 0);
}

static void EM_02_an_endpoint_that_only_sends_away_keeps_no_items(
    void **state)
{
    struct fake *f = *state;
    int64_t began = f->now_ms;

    f->elsewhere = f->sick = true;
    f->err = failure(ERROR_LIMITED);
    assert_true(go(f, 10));
    assert_int_equal(tally(f, DEFERRED), 10);
    assert_int_equal(f->flags, 0);
    assert_in_range(f->now_ms - began, 60000, 300000);
}

/* --- items of a reply ------------------------------------------------------ */

static void an_item_s_own_failure_waits_or_is_final(void **state)
{
    struct fake *f = *state;
    struct error later = failure(ERROR_SERVER);
    struct error never = failure(ERROR_REFUSED);

    f->reply.stored = 7;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &later);
    dispatch_item(&f->dispatch, &f->reply, &f->items[1], &never);
    f->docs[2].tries = 5;
    dispatch_item(&f->dispatch, &f->reply, &f->items[2], &later);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->fate[1], FAILED);
    assert_int_equal(f->fate[2], FAILED);
}

static void ST_02_an_item_s_429_is_not_a_try_and_never_final(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_LIMITED);

    f->docs[0].tries = 5;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->flags, 0);
}

static void ST_12_what_is_no_item_s_own_holds_and_leaves_it_open(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_CONFIG);

    f->mend = true;
    err.about = ABOUT_SERVICE;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->held, 1);
    assert_int_equal(f->fate[0], WAITING);
}

static void ST_30_the_429_of_an_item_closes_the_gate_for_all(void **state)
{
    struct fake *f = *state;
    struct gate_stats stats;
    enum gate_why why;

    f->odd_away = true;
    assert_true(go(f, 10));
    assert_int_equal(tally(f, SENT), 5);
    assert_int_equal(tally(f, DEFERRED), 5);
    assert_int_equal(f->requests, 1);
    assert_true(gate_closed_ms(f->dispatch.gate, f->now_ms, &why) > 0);
    assert_int_equal(why, GATE_THROTTLED);
    gate_stats(f->dispatch.gate, f->now_ms, &stats);
    assert_string_equal(stats.last.text, "queue is full");
}

static void ST_30_what_is_sent_away_once_closes_the_gate_once(void **state)
{
    struct fake *f = *state;
    enum gate_why why;

    f->odd_away = true;
    assert_true(go(f, 10));
    gate_reset(f->dispatch.gate, f->now_ms);
    f->now_ms += gate_closed_ms(f->dispatch.gate, f->now_ms, &why);
    f->odd_away = false;
    memset(f->fate, 0, sizeof f->fate);
    assert_true(go(f, 10));
    assert_int_equal(gate_closed_ms(f->dispatch.gate, f->now_ms, &why), 0);
}

static void an_item_without_room_to_wait_stays_open(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    f->no_room = 1;
    dispatch_item(&f->dispatch, &f->reply, &f->items[0], &err);
    assert_int_equal(f->fate[0], WAITING);
    assert_int_equal(f->docs[0].tries, 1); /* nor does it wait for ever */
}

static void EM_28_items_that_fail_beside_stored_ones_hold_nothing(
    void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_REFUSED);
    size_t n = 2 * POLICY_STREAK;

    f->dispatch.ops = &store_ops;
    f->reply.n = 1000;
    f->reply.stored = 1000 - n;
    for (size_t i = 0; i < n; i++)
        dispatch_item(&f->dispatch, &f->reply, &f->items[i], &err);
    assert_int_equal(tally(f, FAILED), n);
    assert_int_equal(f->held, 0);
    assert_int_equal(atomic_load(&f->witness.streak), 0);
}

/* --- a hand is needed ------------------------------------------------------ */

static void EM_04_a_refused_key_holds_and_fails_nothing(void **state)
{
    static const enum error_kind kinds[] = { ERROR_AUTH, ERROR_QUOTA,
                                             ERROR_CONFIG };
    struct fake *f = *state;

    f->mend = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->errors = 1;
        f->err = failure(kinds[i]);
        f->err.about = ABOUT_SERVICE;
        f->requests = 0;
        assert_true(go(f, 10));
        assert_int_equal(f->held, i + 1);
        assert_int_equal(f->requests, 2);
        assert_int_equal(tally(f, SENT), 10);
    }
}

static void EM_27_one_text_alone_is_no_key_and_no_quota(void **state)
{
    static const enum error_kind kinds[] = { ERROR_AUTH, ERROR_CONFIG };
    struct fake *f = *state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        memset(f->fate, 0, sizeof f->fate);
        f->poison = 6;
        error_set(&f->poison_err, kinds[i], 400, "he wrote: API key invalid");
        assert_true(go(f, 10));
        assert_int_equal(f->held, 0);
        assert_int_equal(f->fate[6], FAILED);
        assert_int_equal(tally(f, SENT), 9);
    }
}

static void EM_27_a_page_for_one_document_is_that_document_s(void **state)
{
    struct fake *f = *state;

    f->poison = 6;
    error_set(&f->poison_err, ERROR_AUTH, 403, "Request blocked");
    assert_true(go(f, 10));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[6], FAILED);
    assert_int_equal(tally(f, SENT), 9);
}

static void EM_28_a_refusal_of_everything_holds_and_fails_nothing(
    void **state)
{
    struct fake *f = *state;

    f->mend = f->sick = true;
    error_set(&f->err, ERROR_REFUSED, 400, "not in good standing");
    assert_true(go(f, 100));
    assert_int_equal(f->held, 1);
    assert_true(f->requests <= 16);
    assert_int_equal(tally(f, SENT), 100);
}

static void EM_28_a_store_that_refuses_everything_holds_after_some(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &store_ops;
    f->proof = PROOF_ANSWERS;
    f->mend = f->sick = true;
    error_set(&f->err, ERROR_REFUSED, 422, "no such field");
    assert_true(go(f, 1000));
    assert_int_equal(f->held, 1);
    assert_in_range(tally(f, FAILED), 1, POLICY_STREAK);
    assert_true(f->requests <= 64);
    assert_int_equal(tally(f, SENT) + tally(f, FAILED), 1000);
}

/* What waits for its next try, each alone, one after the other. */
static bool retry_deferred(struct fake *f)
{
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        if (f->fate[i] != DEFERRED)
            continue;
        f->fate[i] = WAITING;
        f->docs[i].tries++;
        if (!dispatch(&f->dispatch, &f->items[i], 1))
            return false;
    }
    return true;
}

static void EM_28_last_tries_in_a_row_are_no_refusal_of_everything(
    void **state)
{
    struct fake *f = *state;

    f->every = 20;
    error_set(&f->poison_err, ERROR_SERVER, 500, "NaN");
    assert_true(go(f, 1000));
    assert_int_equal(tally(f, DEFERRED), 50);
    while (tally(f, DEFERRED) > 0)
        assert_true(retry_deferred(f));
    assert_int_equal(f->held, 0);
    assert_int_equal(tally(f, FAILED), 50);
    assert_int_equal(tally(f, SENT), 950);
}

static void EM_24_one_record_that_makes_a_store_answer_nonsense_fails_alone(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.ops = &store_ops;
    f->proof = PROOF_ANSWERS;
    f->poison = 0; /* no half is served before it is found */
    error_reply(&f->poison_err, ERROR_PROTOCOL, "an error object");
    assert_true(go(f, 100));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(tally(f, SENT), 99);
}

static void EM_24_an_error_in_a_reply_of_many_may_be_one_text_s(void **state)
{
    struct fake *f = *state;

    f->poison = 3;
    error_reply(&f->poison_err, ERROR_SERVER, "internal");
    assert_true(go(f, 100));
    while (tally(f, DEFERRED) > 0)
        assert_true(retry_deferred(f));
    assert_int_equal(f->held, 0);
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(tally(f, SENT), 99);
}

static void EM_04_a_stop_ends_the_wait_for_a_hand(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_AUTH);
    f->err.about = ABOUT_SERVICE;
    assert_false(go(f, 10));
    assert_int_equal(f->requests, 1);
    assert_int_equal(tally(f, WAITING), ITEMS_MAX);
}

static void EM_12_a_page_where_vectors_were_due_holds_the_stage(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    err.in_reply = true;
    break_down(f, &err);
    f->sick = true;
    f->err = err;
    assert_false(go(f, 10));
    assert_int_equal(f->held, 1);
    assert_int_equal(f->requests, 0);
    assert_int_equal(tally(f, FAILED) + tally(f, DEFERRED), 0);
}

static void on_error_all_fails_the_documents_instead(void **state)
{
    struct fake *f = *state;

    f->dispatch.all = true;
    f->sick = true;
    f->err = failure(ERROR_AUTH);
    assert_true(go(f, 10));
    assert_int_equal(tally(f, FAILED), 10);
    assert_int_equal(f->requests, 1);
    assert_int_equal(f->held, 0);
}

static void EM_27_on_error_all_fails_nobody_for_a_neighbour_s_page(
    void **state)
{
    struct fake *f = *state;

    f->dispatch.all = true;
    f->poison = 6;
    error_set(&f->poison_err, ERROR_AUTH, 403, "Request blocked");
    assert_true(go(f, 10));
    assert_int_equal(f->fate[6], FAILED);
    assert_int_equal(tally(f, SENT), 9);
}

static void a_reader_that_is_gone_ends_the_run(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    error_set(&f->err, ERROR_UNREAD, EPIPE, "nobody reads");
    assert_false(go(f, 10));
    assert_int_equal(f->ended, 1);
}

/* --- the end ---------------------------------------------------------------- */

static void OS_01_a_stop_abandons_what_was_not_reached(void **state)
{
    struct fake *f = *state;

    f->cut = 10;
    f->stop_at = 3;
    assert_false(go(f, 100));
    assert_int_equal(f->requests, 3);
    assert_int_equal(tally(f, SENT), 20);
    assert_int_equal(tally(f, FAILED) + tally(f, DEFERRED), 0);
}

static void OS_01_a_stop_in_the_middle_of_a_bisection_fails_nobody(
    void **state)
{
    struct fake *f = *state;

    f->poison = 100;
    f->stop_at = 5;
    assert_false(go(f, 2048));
    assert_int_equal(f->requests, 5);
    assert_int_equal(tally(f, FAILED) + tally(f, DEFERRED), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(EM_07_one_bad_in_2048_is_found_in_23_requests),
        TEST(EM_07_a_document_that_the_service_names_needs_no_proof),
        TEST(EM_07_a_request_too_large_is_halved_and_the_ceiling_stays),
        TEST(EM_07_the_number_that_a_service_names_is_taken_at_once),
        TEST(EM_23_what_fails_for_its_size_is_made_smaller_whatever_it_says),
        TEST(EM_23_one_accident_teaches_no_size),
        TEST(EM_23_a_429_that_no_waiting_mends_is_halved),
        TEST(ST_07_one_item_that_is_too_large_fails_alone),
        TEST(a_request_takes_what_fits_and_the_rest_follows),
        TEST(nothing_to_do_asks_for_nothing),
        TEST(EM_13_a_senseless_answer_is_asked_for_once_more),
        TEST(EM_13_a_second_one_is_bisected),
        TEST(EM_13_a_429_before_it_is_not_the_once_more),
        TEST(EM_13_one_that_never_makes_sense_fails_alone),
        TEST(EM_24_a_service_that_answers_nonsense_to_all_holds),
        TEST(EM_24_a_store_that_answers_nonsense_to_all_holds),
        TEST(EM_05_a_429_uses_no_attempt),
        TEST(EM_25_a_quota_without_a_time_is_waited_for_some_minutes),
        TEST(EM_06_what_may_pass_waits_outside_with_a_try_counted),
        TEST(EM_06_no_try_is_used_up_beside_another),
        TEST(EM_06_the_same_is_not_sent_again_at_once),
        TEST(EM_06_the_service_s_word_is_the_least_a_document_waits),
        TEST(EM_06_the_last_try_fails_the_document_alone),
        TEST(without_room_to_wait_the_worker_waits_and_the_tries_end),
        TEST(EM_02_in_an_outage_no_document_fails),
        TEST(EM_02_a_probe_is_the_proof_not_a_request),
        TEST(EM_02_without_a_proof_the_probe_has_one_document),
        TEST(EM_26_refused_connections_use_up_no_try_at_any_count),
        TEST(EM_26_a_service_that_is_back_is_found_within_two_seconds),
        TEST(EM_02_where_another_endpoint_works_the_items_go_there),
        TEST(EM_02_an_endpoint_that_only_sends_away_keeps_no_items),
        TEST(an_item_s_own_failure_waits_or_is_final),
        TEST(ST_02_an_item_s_429_is_not_a_try_and_never_final),
        TEST(ST_12_what_is_no_item_s_own_holds_and_leaves_it_open),
        TEST(ST_30_the_429_of_an_item_closes_the_gate_for_all),
        TEST(ST_30_what_is_sent_away_once_closes_the_gate_once),
        TEST(an_item_without_room_to_wait_stays_open),
        TEST(EM_28_items_that_fail_beside_stored_ones_hold_nothing),
        TEST(EM_04_a_refused_key_holds_and_fails_nothing),
        TEST(EM_27_one_text_alone_is_no_key_and_no_quota),
        TEST(EM_27_a_page_for_one_document_is_that_document_s),
        TEST(EM_28_a_refusal_of_everything_holds_and_fails_nothing),
        TEST(EM_28_a_store_that_refuses_everything_holds_after_some),
        TEST(EM_28_last_tries_in_a_row_are_no_refusal_of_everything),
        TEST(EM_24_one_record_that_makes_a_store_answer_nonsense_fails_alone),
        TEST(EM_24_an_error_in_a_reply_of_many_may_be_one_text_s),
        TEST(EM_04_a_stop_ends_the_wait_for_a_hand),
        TEST(EM_12_a_page_where_vectors_were_due_holds_the_stage),
        TEST(on_error_all_fails_the_documents_instead),
        TEST(EM_27_on_error_all_fails_nobody_for_a_neighbour_s_page),
        TEST(a_reader_that_is_gone_ends_the_run),
        TEST(OS_01_a_stop_abandons_what_was_not_reached),
        TEST(OS_01_a_stop_in_the_middle_of_a_bisection_fails_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
