/* What is advised: each line where it is true, and nowhere else. */
#include "config.h"
#include "tests/support/desks/suggest_desk.h"
#include "tests/support/tap.h"

#include <string.h>

static struct snapshot *const s = &desk_moment;
static struct suggest *const x = &desk_suggest;

static void says(const char *text)
{
    desk_says(text);
}

/* --- requests are scarce --- */

static void a_small_batch_at_a_limit_of_requests_should_grow(void **state)
{
    (void)state;
    desk_limit();
    desk_pass(5);
    says("do: b 20 \xe2\x86\x92 100 documents a request (5x with the same "
         "requests)");
    assert_true(x->shown.can);
    assert_int_equal(x->shown.knob, KNOB_EMBED_BATCH);
    assert_int_equal(x->shown.value, 100);
    assert_string_equal(x->shown.command, "set embed-batch=100");
}

static void it_grows_only_as_far_as_the_service_takes(void **state)
{
    (void)state;
    desk_limit();
    s->request_tokens = 5000; /* 45 documents with a tenth to spare */
    desk_pass(5);
    assert_int_equal(x->shown.value, 45);
    desk_begin(NULL);
    desk_limit();
    s->embed.batch_limit = 64;
    desk_pass(5);
    assert_int_equal(x->shown.value, 64);
    desk_begin(NULL);
    desk_limit();
    s->knob_max[KNOB_EMBED_BATCH] = 32;
    desk_pass(5);
    assert_int_equal(x->shown.value, 32);
    desk_begin(NULL);
    desk_limit();
    s->tokens_min = (struct limit_view){ 100000, 40000 };
    desk_pass(5);
    assert_int_equal(x->shown.value, 50);
}

static void it_stays_where_nothing_would_come_of_it(void **state)
{
    (void)state;
    desk_limit();
    s->knob[KNOB_EMBED_BATCH] = KNOB_AUTO; /* found out */
    desk_pass(20);
    says("");
    s->knob[KNOB_EMBED_BATCH] = 20;
    desk_facts.counts_texts = true; /* a request of more texts counts as more */
    desk_pass(20);
    says("");
    desk_facts.counts_texts = false;
    s->embed.batch_limit = 25;
    desk_pass(20);
    says("");
    s->embed.batch_limit = 0;
    s->embed.limited_pct = 5; /* no limit */
    desk_pass(20);
    says("");
    s->embed.limited_pct = 60;
    strcpy(s->embed.limited_by, "tokens/min");
    desk_pass(20);
    says("");
}

static void a_pace_that_was_found_binds_like_a_limit(void **state)
{
    (void)state;
    s->knob[KNOB_EMBED_BATCH] = 20;
    s->embed.seek.per_s = 11.5;
    s->embed.backoff_pct = 46;
    s->embed.busy_pct = 30;
    s->state = RUN_THROTTLED;
    desk_pass(5);
    assert_int_equal(x->shown.value, 100);
}

static void a_rate_is_advised_where_a_pace_was_found_and_none_is_given(
    void **state)
{
    (void)state;
    s->embed.seek.per_s = 11.7;
    s->embed.backoff_pct = 46;
    s->embed.errors_per_min = 34;
    desk_pass(5);
    says("do: l requests/min 702 (that is served; 34 a minute are refused "
         "now)");
    assert_int_equal(x->shown.knob, KNOB_RPM);
    assert_string_equal(x->shown.command, "set rpm=702");
    desk_begin(NULL);
    desk_facts.endpoints = 2; /* each has the rate */
    s->embed.seek.per_s = 11.7;
    s->embed.backoff_pct = 46;
    s->embed.errors_per_min = 34;
    desk_pass(5);
    assert_int_equal(x->shown.value, 351);
}

static void no_rate_where_one_is_given_or_nothing_is_refused(void **state)
{
    (void)state;
    s->embed.seek.per_s = 11.7;
    s->embed.backoff_pct = 46;
    desk_pass(20);
    says("");
    s->embed.errors_per_min = 34;
    s->knob[KNOB_RPM] = 900;
    desk_pass(20);
    says("");
    s->knob[KNOB_RPM] = 0;
    s->embed.seek.per_s = 0; /* not found */
    desk_pass(20);
    says("");
}

/* --- slow --- */

static void a_service_that_becomes_slow_is_named_with_its_time(void **state)
{
    (void)state;
    desk_pass(60);
    says("");
    s->embed.answer_ms = 15000;
    desk_pass(8);
    says("the embedder is slow since 14:08: answers take 15 s, before 0.3 s");
    assert_false(x->shown.can);
    assert_string_equal(x->shown.command, "");
    desk_pass(600); /* it does not become the usual */
    says("the embedder is slow since 14:08: answers take 15 s, before 0.3 s");
    s->embed.answer_ms = 310;
    desk_pass(10);
    says("");
}

static void a_store_that_becomes_slow_is_named_too(void **state)
{
    (void)state;
    desk_pass(60);
    s->upsert.answer_ms = 2000;
    desk_pass(8);
    says("the store is slow since 14:08: answers take 2.0 s, before 0.3 s");
}

static void answers_that_do_not_come_are_slow_before_they_come(void **state)
{
    (void)state;
    desk_pass(60);
    for (int i = 0; i < 12; i++) {
        s->now_ms += SECOND_MS;
        desk_wall_s++;
        for (uint32_t k = 0; k < 6; k++)
            s->embed.worker[k].state_ms += SECOND_MS;
        suggest_tick(x, s, &desk_facts, desk_wall_s);
    }
    assert_memory_equal(x->shown.text, "the embedder is slow since 14:08", 32);
}

static void more_or_larger_requests_may_take_longer(void **state)
{
    (void)state;
    desk_pass(60);
    s->embed.batch = 100;
    s->embed.answer_ms = 1500;
    desk_pass(60);
    says("");
    s->embed.wanted = 24;
    s->embed.answer_ms = 6000;
    desk_pass(60);
    says("");
}

static void a_little_slower_is_not_slow_and_neither_is_a_moment(void **state)
{
    (void)state;
    desk_pass(60);
    s->embed.answer_ms = 800;
    desk_pass(60);
    says("");
    desk_begin(NULL);
    s->embed.answer_ms = 2; /* a model on this machine */
    desk_pass(60);
    s->embed.answer_ms = 30;
    desk_pass(60);
    says("");
    desk_begin(NULL);
    desk_pass(60);
    s->embed.answer_ms = 15000;
    desk_pass(2);
    s->embed.answer_ms = 300;
    desk_pass(60);
    says("");
}

static void one_worker_that_answers_slower_is_named(void **state)
{
    (void)state;
    desk_stage(&s->embed, 20, 20);
    s->embed.worker[16].p50_ms = 930;
    desk_pass(5);
    says("e17 answers 3x slower than the others: 0.9 s, they 0.3 s");
    s->embed.worker[16].p50_ms = 400;
    desk_pass(20);
    says("");
    s->upsert = s->embed;
    s->upsert.worker[1].p50_ms = 2400;
    desk_pass(5);
    says("u2 answers 8x slower than the others: 2.4 s, they 0.3 s");
}

static void two_workers_tell_nothing_of_each_other(void **state)
{
    (void)state;
    desk_stage(&s->embed, 2, 20);
    s->embed.worker[1].p50_ms = 3000;
    desk_pass(20);
    says("");
    desk_begin(NULL);
    s->embed.worker[1].p50_ms = 3000;
    s->embed.worker[1].state = WORKER_OFF; /* a spare, whose answers are old */
    desk_pass(20);
    says("");
}

/* --- the store, pinned numbers, reading, memory --- */

static void store_holds_up(void)
{
    s->upsert_queue.full_pct = 80;
    s->knob[KNOB_UPSERT_BATCH] = 100;
}

static void a_store_with_small_full_requests_should_get_larger_ones(
    void **state)
{
    (void)state;
    store_holds_up();
    desk_pass(5);
    says("try: upsert batch 100 \xe2\x86\x92 400 (the store is the limit, each "
         "request is full)");
    assert_int_equal(x->shown.knob, KNOB_UPSERT_BATCH);
    assert_int_equal(x->shown.value, 400);
}

static void not_where_requests_are_half_empty_or_the_store_takes_no_more(
    void **state)
{
    (void)state;
    store_holds_up();
    s->upsert.worker[0].batch = s->upsert.worker[1].batch = 50;
    desk_pass(20);
    says("");
    s->upsert.worker[0].batch = s->upsert.worker[1].batch = 100;
    s->upsert.batch_limit = 100;
    desk_pass(20);
    says("");
    s->upsert.batch_limit = 0;
    s->upsert_queue.full_pct = 20; /* another is the bottleneck */
    desk_pass(20);
    says("");
    store_holds_up();
    s->knob[KNOB_UPSERT_BATCH] = KNOB_AUTO;
    desk_pass(20);
    says("");
}

static void a_pinned_number_that_holds_up_should_be_found_out(void **state)
{
    (void)state;
    desk_stage(&s->embed, 4, 20);
    s->embed.seek.sought = false;
    s->embed.seek.pinned = true;
    s->embed.busy_pct = 98;
    desk_pass(5);
    says("try: w 4 \xe2\x86\x92 auto (they are 98 % busy, more may be faster)");
    assert_string_equal(x->shown.command, "set embed-workers=auto");
    desk_begin(NULL);
    s->embed.seek.pinned = true;
    s->embed.busy_pct = 60; /* they are not what is missing */
    desk_pass(20);
    says("");
    desk_begin(NULL);
    s->upsert.seek.pinned = true;
    s->upsert.max_workers = 2; /* more cannot be */
    s->upsert.busy_pct = 98;
    s->upsert_queue.full_pct = 90;
    desk_pass(20);
    says("");
}

static void a_bound_that_was_given_and_is_reached_should_be_raised(void **state)
{
    (void)state;
    desk_stage(&s->embed, 3, 20);
    s->embed.seek = (struct seek_view){ .sought = true, .width = 3, .bound = 3,
                                        .knee = 3,
                                        .bound_by = "--embed-workers" };
    s->embed.busy_pct = 99;
    desk_facts.embed_bound = true;
    desk_pass(5);
    says("try: w 3 \xe2\x86\x92 6 (they are 99 % busy, more may be faster)");
    assert_string_equal(x->shown.command, "set embed-workers=6");
    s->embed.seek = (struct seek_view){ .pinned = true, .width = 6 };
    s->embed.wanted = 6;
    desk_pass(15); /* auto would be three again */
    says("try: w 6 \xe2\x86\x92 12 (they are 99 % busy, more may be faster)");
    desk_begin(NULL);
    s->embed.busy_pct = 99;
    desk_facts.embed_bound = true;
    s->embed.seek = (struct seek_view){ .sought = true, .width = 3, .bound = 8,
                                        .knee = 3, /* more brought nothing */
                                        .bound_by = "--embed-workers" };
    desk_pass(20);
    says("");
    s->embed.seek.bound = 3;
    strcpy(s->embed.seek.bound_by, "memory in flight");
    desk_pass(20);
    says("");
}

static void reading_that_is_slow_is_named(void **state)
{
    (void)state;
    s->embed_queue.full_pct = 5;
    s->embed.busy_pct = 20;
    desk_pass(5);
    says("reading is slow: the corpus gives 169 documents/s, embedders are "
         "20 % busy");
    s->reading_done = true;
    desk_pass(20);
    says("");
    desk_begin(NULL);
    s->embed_queue.full_pct = 5;
    s->embed.busy_pct = 70; /* all keep pace */
    desk_pass(20);
    says("");
}

static void memory_that_holds_reading_says_whose_it_is(void **state)
{
    (void)state;
    s->memory_pct = 82;
    s->memory_bytes = 13ull << 30;
    desk_pass(20);
    says("");
    s->state = RUN_HELD;
    desk_pass(5);
    says("memory: others have 12 GiB of 16 GiB, this run 1.0 GiB; end one, or "
         "l");
    desk_begin(NULL);
    s->state = RUN_HELD;
    s->memory_pct = 82;
    s->memory_bytes = 13ull << 30;
    s->rss_bytes = 11ull << 30;
    desk_pass(5);
    says("memory: this run has 11 GiB of 16 GiB; smaller batches (b) or l");
}

#define T(test) cmocka_unit_test_setup(test, desk_begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_small_batch_at_a_limit_of_requests_should_grow),
        T(it_grows_only_as_far_as_the_service_takes),
        T(it_stays_where_nothing_would_come_of_it),
        T(a_pace_that_was_found_binds_like_a_limit),
        T(a_rate_is_advised_where_a_pace_was_found_and_none_is_given),
        T(no_rate_where_one_is_given_or_nothing_is_refused),
        T(a_service_that_becomes_slow_is_named_with_its_time),
        T(a_store_that_becomes_slow_is_named_too),
        T(answers_that_do_not_come_are_slow_before_they_come),
        T(more_or_larger_requests_may_take_longer),
        T(a_little_slower_is_not_slow_and_neither_is_a_moment),
        T(one_worker_that_answers_slower_is_named),
        T(two_workers_tell_nothing_of_each_other),
        T(a_store_with_small_full_requests_should_get_larger_ones),
        T(not_where_requests_are_half_empty_or_the_store_takes_no_more),
        T(a_pinned_number_that_holds_up_should_be_found_out),
        T(a_bound_that_was_given_and_is_reached_should_be_raised),
        T(reading_that_is_slow_is_named),
        T(memory_that_holds_reading_says_whose_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
