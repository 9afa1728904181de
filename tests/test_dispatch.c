/* The policy of a request's outcome, against a service that is a script. */
#include "config.h"
#include "core/dispatch.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "net/backoff.h"
#include "sys/clock.h"

enum { ITEMS_MAX = 4096, BYTES_EACH = 100 };

enum fate { WAITING, SENT, FAILED, DEFERRED };

/* A service and the items it is asked for. */
struct fake {
    size_t poison;      /* item that is refused; SIZE_MAX: none */
    size_t most;        /* items in a request, SIZE above; 0: any */
    size_t cut;         /* items that a request is cut to; 0: any */
    unsigned errors;    /* so many requests fail first, with `err` */
    struct error err;
    struct error then;  /* what fails `thens` requests behind them */
    unsigned thens;
    unsigned no_room;   /* so often there is no room to wait */
    bool odd_away;      /* every second item is sent away by its own 429 */
    unsigned stop_at;   /* the run is stopped in this request; 0: never */
    bool mend;          /* resume whatever is held, as the operator would */

    struct run run;
    struct stage_desk desk;
    struct worker worker;
    struct options opt;
    unsigned requests, held;
    size_t largest, last;
    enum fate fate[ITEMS_MAX];
    enum error_kind why[ITEMS_MAX];
    unsigned tries[ITEMS_MAX];
    int64_t delay_ms;
    bool counted;
};

static size_t fake_cut(void *ctx, size_t first, size_t n, double *tokens)
{
    struct fake *f = ctx;
    size_t most = ceiling_docs(&f->desk.ceiling, 0);

    (void)first;
    *tokens = 0;
    if (f->cut && (most == 0 || f->cut < most))
        most = f->cut;
    return most && n > most ? most : n;
}

static bool next_failure(struct fake *f, struct error *err)
{
    if (f->errors > 0) {
        f->errors--;
        *err = f->err;
        return true;
    }
    if (f->thens == 0)
        return false;
    f->thens--;
    *err = f->then;
    return true;
}

static void send_away(struct fake *f, size_t i);

static bool fake_send(void *ctx, size_t first, size_t n, size_t *taken,
                      double *used, struct error *err)
{
    struct fake *f = ctx;

    *taken = n;
    *used = 0;
    f->last = n;
    f->largest = n > f->largest ? n : f->largest;
    if (++f->requests == f->stop_at) {
        control_stop(f->run.control);
        return error_set(err, ERROR_STOPPED, 0, "we were asked to stop");
    }
    if (next_failure(f, err))
        return false;
    if (f->most && n > f->most)
        return error_set(err, ERROR_SIZE, 413, "too large");
    if (f->poison >= first && f->poison < first + n)
        return error_set(err, ERROR_REFUSED, 400, "poison");
    for (size_t i = first; i < first + n; i++) {
        assert_int_equal(f->fate[i], WAITING);
        if (f->odd_away && i % 2)
            send_away(f, i);
        else
            f->fate[i] = SENT;
    }
    return true;
}

static void fake_fail(void *ctx, size_t i, const struct error *err)
{
    struct fake *f = ctx;

    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = FAILED;
    f->why[i] = err->kind;
}

static bool fake_defer(void *ctx, size_t i, const struct error *err,
                       int64_t delay_ms, bool counts)
{
    struct fake *f = ctx;

    if (f->no_room > 0) {
        f->no_room--;
        return false;
    }
    assert_int_equal(f->fate[i], WAITING);
    f->fate[i] = DEFERRED;
    f->why[i] = err->kind;
    f->delay_ms = delay_ms;
    f->counted = counts;
    return true;
}

static unsigned fake_tries(void *ctx, size_t i)
{
    return ((struct fake *)ctx)->tries[i];
}

static size_t fake_bytes(void *ctx)
{
    return ((struct fake *)ctx)->last * BYTES_EACH;
}

static const struct dispatch_ops fake_ops = {
    .cut = fake_cut, .send = fake_send, .fail = fake_fail,
    .defer = fake_defer, .tries = fake_tries, .request_bytes = fake_bytes
};

static void send_away(struct fake *f, size_t i)
{
    struct error err;

    error_set(&err, ERROR_LIMITED, 429, "queue is full");
    dispatch_item(&f->worker, &fake_ops, f, i, &err);
}

static int setup(void **state)
{
    struct fake *f = calloc(1, sizeof *f);

    if (!f)
        return -1;
    f->poison = SIZE_MAX;
    f->opt.retries = 5;
    f->opt.on_error = ON_ERROR_DATA;
    f->run.opt = &f->opt;
    f->run.control = control_new();
    f->run.faults = faults_new(5);
    f->run.meter = meter_new(0);
    f->desk.run = &f->run;
    f->desk.stage = STAGE_EMBED;
    f->desk.hold = HOLD_EMBED;
    f->desk.name = "embed";
    f->desk.endpoints.count = 1;
    if (!endpoints_make(&f->desk.endpoints, 0, 0, 0))
        return -1;
    f->worker.desk = &f->desk;
    f->worker.endpoint = endpoints_of(&f->desk.endpoints, 0);
    f->worker.meter = meter_worker(meter_of(f->run.meter, METER_EMBED), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fake *f = *state;

    control_free(f->run.control);
    faults_free(f->run.faults);
    meter_free(f->run.meter);
    endpoints_release(&f->desk.endpoints);
    free(f);
    return 0;
}

static struct error failure(enum error_kind kind)
{
    struct error err;

    error_set(&err, kind, 0, "scripted");
    return err;
}

static bool go(struct fake *f, size_t n)
{
    return dispatch(&f->worker, &fake_ops, f, 0, n);
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
        f->requests = 0;
        f->poison = at[i];
        assert_true(go(f, 2048));
        assert_true(f->requests <= 23);
        assert_int_equal(tally(f, SENT), 2047);
        assert_int_equal(tally(f, FAILED), 1);
        assert_int_equal(f->fate[at[i]], FAILED);
        assert_int_equal(f->why[at[i]], ERROR_REFUSED);
    }
    assert_int_equal(ceiling_docs(&f->desk.ceiling, 0), 0);
}

static void EM_07_a_request_too_large_is_halved_and_the_ceiling_stays(
    void **state)
{
    struct fake *f = *state;
    unsigned requests;

    f->most = 100;
    assert_true(go(f, 1000));
    assert_int_equal(tally(f, SENT), 1000);
    assert_in_range(ceiling_docs(&f->desk.ceiling, 0), 50, 100);
    assert_in_range(ceiling_size(&f->desk.ceiling, 0), 5000, 20000);
    requests = f->requests;
    memset(f->fate, 0, sizeof f->fate);
    f->largest = 0;
    assert_true(go(f, 1000));
    assert_true(f->largest <= 100);
    assert_true(f->requests - requests < requests);
    assert_int_equal(tally(f, SENT), 1000);
}

static void ST_07_one_item_that_is_too_large_fails_alone(void **state)
{
    struct fake *f = *state;

    f->errors = 3; /* 4, 2 and 1 items: the first is the one */
    f->err = failure(ERROR_SIZE);
    assert_true(go(f, 4));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_SIZE);
    assert_int_equal(tally(f, SENT), 3);
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

    f->errors = 8;
    f->err = failure(ERROR_PROTOCOL);
    assert_true(go(f, 1));
    assert_int_equal(f->requests, 2);
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(f->why[0], ERROR_PROTOCOL);
}

/* --- slow down, come back later ------------------------------------------- */

static void EM_05_a_429_uses_no_attempt(void **state)
{
    struct fake *f = *state;

    f->opt.retries = 0;
    f->errors = 2;
    f->err = failure(ERROR_LIMITED);
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 3);
    assert_int_equal(tally(f, SENT), 10);
    assert_int_equal(counted(&f->run.tally.retries), 0);
}

static void EM_06_what_may_pass_waits_outside_with_a_try_counted(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_SERVER);
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 1);
    assert_int_equal(tally(f, DEFERRED), 10);
    assert_int_equal(counted(&f->run.tally.retries), 10);
    assert_in_range(f->delay_ms, 50, BACKOFF_BASE_MS);
}

static void EM_06_the_service_s_word_is_the_least_a_document_waits(
    void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_SERVER);
    f->err.retry_after_ms = 45000;
    assert_true(go(f, 1));
    assert_int_equal(f->delay_ms, 45000);
}

static void EM_06_the_last_try_fails_and_the_others_wait(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_TIMEOUT);
    f->tries[3] = 5;
    f->tries[4] = 4;
    assert_true(go(f, 10));
    assert_int_equal(f->fate[3], FAILED);
    assert_int_equal(f->why[3], ERROR_TIMEOUT);
    assert_int_equal(tally(f, DEFERRED), 9);
}

static void without_room_to_wait_the_worker_asks_again_itself(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_SERVER);
    f->no_room = UINT32_MAX;
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 2);
    assert_int_equal(tally(f, SENT), 10);
    assert_int_equal(counted(&f->run.tally.retries), 0);
}

static void room_for_some_is_used_and_the_rest_asks_again(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_SERVER);
    f->tries[0] = 5;
    f->no_room = 1; /* for item 1 */
    assert_true(go(f, 10));
    assert_int_equal(f->fate[0], FAILED);
    assert_int_equal(tally(f, SENT), 9);
    assert_int_equal(f->last, 9);
}

/* The worker's endpoint is out. */
static void break_down(struct fake *f, const struct error *err)
{
    struct gate *gate = f->worker.endpoint->gate;
    enum gate_why why;

    for (int i = 0; i < GATE_TRIP; i++) {
        assert_int_equal(gate_enter(gate, 1, 0, clock_ms(), &why), 0);
        gate_leave(gate, err, 0, 0, clock_ms(), 0);
    }
}

static void EM_02_in_an_outage_no_document_fails(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_NETWORK);

    break_down(f, &err);
    f->opt.retries = 0;
    f->errors = 2;
    f->err = err;
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 3);
    assert_int_equal(tally(f, SENT), 10);
}

static void EM_02_where_another_endpoint_works_the_items_go_there(
    void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_NETWORK);

    endpoints_release(&f->desk.endpoints);
    f->desk.endpoints.count = 2;
    assert_true(endpoints_make(&f->desk.endpoints, 0, 0, 0));
    break_down(f, &err);
    assert_true(go(f, 10));
    assert_int_equal(f->requests, 0);
    assert_int_equal(tally(f, DEFERRED), 10);
    assert_int_equal(f->delay_ms, 0);
    assert_false(f->counted);
}

static void a_service_that_counts_texts_is_asked_for_so_many(void **state)
{
    struct fake *f = *state;
    struct gate *gate = f->worker.endpoint->gate;
    struct gate_stats stats;

    gate_set_rate(gate, 6000, 0, clock_ms());
    f->cut = 10;
    assert_true(go(f, 30));
    gate_stats(gate, clock_ms(), &stats);
    assert_in_range(stats.requests_min, 3, 200); /* at that pace */
    f->desk.counts_items = true;
    memset(f->fate, 0, sizeof f->fate);
    f->requests = 0;
    assert_true(go(f, 30));
    assert_int_equal(f->requests, 3);
    gate_set_rate(gate, 0, 0, clock_ms()); /* so many were used */
    gate_stats(gate, clock_ms(), &stats);
    assert_int_equal(stats.requests_min, 3 + 30);
}

static void an_item_s_own_failure_waits_or_is_final(void **state)
{
    struct fake *f = *state;
    struct error later = failure(ERROR_SERVER);
    struct error never = failure(ERROR_REFUSED);

    dispatch_item(&f->worker, &fake_ops, f, 0, &later);
    dispatch_item(&f->worker, &fake_ops, f, 1, &never);
    f->tries[2] = 5;
    dispatch_item(&f->worker, &fake_ops, f, 2, &later);
    assert_int_equal(f->fate[0], DEFERRED);
    assert_int_equal(f->fate[1], FAILED);
    assert_int_equal(f->fate[2], FAILED);
}

static void ST_02_an_item_s_429_is_not_a_try_and_never_final(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_LIMITED);

    f->tries[0] = 5;
    dispatch_item(&f->worker, &fake_ops, f, 0, &err);
    assert_int_equal(f->fate[0], DEFERRED);
}

static void ST_30_the_429_of_an_item_closes_the_gate_for_all(void **state)
{
    struct fake *f = *state;
    struct gate_stats stats;
    enum gate_why why;
    int64_t now;

    f->odd_away = true;
    assert_true(go(f, 10));
    now = clock_ms();
    assert_int_equal(tally(f, SENT), 5);
    assert_int_equal(tally(f, DEFERRED), 5);
    assert_int_equal(f->requests, 1);
    assert_true(gate_closed_ms(f->worker.endpoint->gate, now, &why) > 0);
    assert_int_equal(why, GATE_THROTTLED);
    gate_stats(f->worker.endpoint->gate, now, &stats);
    assert_string_equal(stats.last.text, "queue is full");
}

static void ST_30_what_is_sent_away_once_closes_the_gate_once(void **state)
{
    struct fake *f = *state;
    enum gate_why why;

    f->odd_away = true;
    assert_true(go(f, 10));
    gate_reset(f->worker.endpoint->gate, clock_ms());
    control_sleep(f->run.control, gate_closed_ms(f->worker.endpoint->gate,
                                                 clock_ms(), &why));
    f->odd_away = false;
    memset(f->fate, 0, sizeof f->fate);
    assert_true(go(f, 10));
    assert_int_equal(gate_closed_ms(f->worker.endpoint->gate, clock_ms(),
                                    &why), 0);
}

static void an_item_without_room_to_wait_stays_open(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    f->no_room = 1;
    dispatch_item(&f->worker, &fake_ops, f, 0, &err);
    assert_int_equal(f->fate[0], WAITING);
}

/* --- a hand is needed ------------------------------------------------------ */

/* Be the operator: wait for the hold, mend, resume. */
static void *operator_main(void *arg)
{
    struct fake *f = arg;

    while (!control_holds(f->run.control, HOLD_EMBED))
        control_sleep(f->run.control, 5);
    f->held++;
    if (f->mend)
        control_release(f->run.control, HOLD_EMBED);
    else
        control_stop(f->run.control);
    return NULL;
}

static bool go_with_operator(struct fake *f, size_t n)
{
    struct error err;
    pthread_t hand;
    bool result;

    assert_true(thread_start(&hand, "operator", operator_main, f, &err));
    result = go(f, n);
    pthread_join(hand, NULL);
    return result;
}

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
        f->requests = 0;
        assert_true(go_with_operator(f, 10));
        assert_int_equal(f->held, i + 1);
        assert_int_equal(f->requests, 2);
        assert_int_equal(tally(f, SENT), 10);
    }
}

static void EM_04_a_stop_ends_the_wait_for_a_hand(void **state)
{
    struct fake *f = *state;

    f->errors = 1;
    f->err = failure(ERROR_AUTH);
    assert_false(go_with_operator(f, 10));
    assert_int_equal(f->requests, 1);
    assert_int_equal(tally(f, WAITING), ITEMS_MAX);
}

static void EM_12_a_page_where_vectors_were_due_holds_the_stage(void **state)
{
    struct fake *f = *state;
    struct error err = failure(ERROR_SERVER);

    err.code = 200;
    break_down(f, &err);
    f->errors = 1;
    f->err = err;
    assert_false(go_with_operator(f, 10));
    assert_int_equal(f->requests, 1);
    assert_int_equal(tally(f, FAILED) + tally(f, DEFERRED), 0);
}

static void on_error_all_fails_the_documents_instead(void **state)
{
    struct fake *f = *state;

    f->opt.on_error = ON_ERROR_ALL;
    f->errors = 1;
    f->err = failure(ERROR_AUTH);
    assert_true(go(f, 10));
    assert_int_equal(tally(f, FAILED), 10);
    assert_false(control_holds(f->run.control, HOLD_EMBED));
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
        TEST(EM_07_a_request_too_large_is_halved_and_the_ceiling_stays),
        TEST(ST_07_one_item_that_is_too_large_fails_alone),
        TEST(a_request_takes_what_fits_and_the_rest_follows),
        TEST(nothing_to_do_asks_for_nothing),
        TEST(EM_13_a_senseless_answer_is_asked_for_once_more),
        TEST(EM_13_a_second_one_is_bisected),
        TEST(EM_13_a_429_before_it_is_not_the_once_more),
        TEST(EM_13_one_that_never_makes_sense_fails_alone),
        TEST(EM_05_a_429_uses_no_attempt),
        TEST(EM_06_what_may_pass_waits_outside_with_a_try_counted),
        TEST(EM_06_the_service_s_word_is_the_least_a_document_waits),
        TEST(EM_06_the_last_try_fails_and_the_others_wait),
        TEST(without_room_to_wait_the_worker_asks_again_itself),
        TEST(room_for_some_is_used_and_the_rest_asks_again),
        TEST(EM_02_in_an_outage_no_document_fails),
        TEST(EM_02_where_another_endpoint_works_the_items_go_there),
        TEST(EM_12_a_page_where_vectors_were_due_holds_the_stage),
        TEST(a_service_that_counts_texts_is_asked_for_so_many),
        TEST(an_item_s_own_failure_waits_or_is_final),
        TEST(ST_02_an_item_s_429_is_not_a_try_and_never_final),
        TEST(ST_30_the_429_of_an_item_closes_the_gate_for_all),
        TEST(ST_30_what_is_sent_away_once_closes_the_gate_once),
        TEST(an_item_without_room_to_wait_stays_open),
        TEST(EM_04_a_refused_key_holds_and_fails_nothing),
        TEST(EM_04_a_stop_ends_the_wait_for_a_hand),
        TEST(on_error_all_fails_the_documents_instead),
        TEST(OS_01_a_stop_abandons_what_was_not_reached),
        TEST(OS_01_a_stop_in_the_middle_of_a_bisection_fails_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
