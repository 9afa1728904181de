/*
 * The failure log: its ring, its groups of equal errors, filters and search,
 * and the counts of what is open.
 */
#include "config.h"
#include "core/failures/failure_log.h"
#include "data/batch.h"
#include "core/failures/failure_groups.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>

struct desk {
    struct failure_log *f;
    struct snapshot s;
};

static int setup(void **state)
{
    struct desk *d = calloc(1, sizeof *d);

    *state = d;
    return d && (d->f = failure_log_new(5)) ? 0 : -1;
}

static int teardown(void **state)
{
    struct desk *d = *state;

    failure_log_free(d->f);
    free(d);
    return 0;
}

static const struct failure_cause embed_400 = { .stage = "embed",
                                                .kind = ERROR_REFUSED,
                                                .code = 400 };

static struct failure failure_at(uint64_t pos, const char *id)
{
    return (struct failure){ .cause = embed_400, .tries = 1, .id = text_of(id),
                             .message = "refused", .pos = pos,
                             .offset = pos * 10, .wall_s = 1000 };
}

static void flunk(struct desk *d, uint64_t pos, const char *id)
{
    struct failure x = failure_at(pos, id);

    failure_log_final(d->f, &x);
}

/* With words of its own: it shares a row with none. */
static void flunk_alone(struct desk *d, uint64_t pos, const char *id)
{
    struct failure x = failure_at(pos, id);
    char message[32];

    snprintf(message, sizeof message, "refused %s", id);
    x.message = message;
    failure_log_final(d->f, &x);
}

static struct snapshot *look(struct desk *d, uint64_t first)
{
    d->s.ask.first = first;
    failure_log_fill(d->f, &d->s);
    return &d->s;
}

static void a_failure_is_a_row_and_one_more_of_its_kind(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;

    flunk(d, 7, "doc-7");
    s = look(d, 0);
    assert_int_equal(s->failure_count, 1);
    assert_string_equal(s->failures[0].id, "doc-7");
    assert_string_equal(s->failures[0].stage, "EMBED");
    assert_string_equal(s->failures[0].code, "400");
    assert_string_equal(s->failures[0].message, "refused");
    assert_int_equal(s->failures[0].pos, 7);
    assert_int_equal(s->failures[0].offset, 70);
    assert_int_equal(s->failures[0].tries, 1);
    assert_int_equal(s->failures[0].tries_max, 6);
    assert_int_equal(s->failures[0].times, 1);
    assert_int_equal(s->failures[0].standing, FAILURE_FINAL);
    assert_int_equal(s->kind_count, 1);
    assert_string_equal(s->kinds[0].key, "embed/refused/400");
    assert_string_equal(s->kinds[0].label, "400 refused by the service");
    assert_int_equal(s->kinds[0].open, 1);
    assert_int_equal(s->failures_open, 1);
}

static void the_newest_row_comes_first_in_any_window(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;
    char id[16];

    for (uint64_t i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "%llu", (unsigned long long)i);
        flunk_alone(d, i, id);
    }
    s = look(d, 0);
    assert_int_equal(s->failure_count, SNAPSHOT_FAILURES);
    assert_int_equal(s->failures_total, 300);
    assert_string_equal(s->failures[0].id, "299");
    s = look(d, 290);
    assert_int_equal(s->failure_count, 10);
    assert_string_equal(s->failures[0].id, "9");
    assert_string_equal(s->failures[9].id, "0");
    s = look(d, 300);
    assert_int_equal(s->failure_count, 0);
    s = look(d, UINT64_MAX);
    assert_int_equal(s->failure_count, 0);
}

static void SE_15_the_log_keeps_the_newest_ten_thousand(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;
    char id[16];

    for (uint64_t i = 0; i < FAILURE_LOG_ROWS + 500; i++) {
        snprintf(id, sizeof id, "%llu", (unsigned long long)i);
        flunk_alone(d, i, id);
    }
    s = look(d, FAILURE_LOG_ROWS - 1);
    assert_int_equal(s->failures_total, FAILURE_LOG_ROWS);
    assert_int_equal(s->failures_seq, FAILURE_LOG_ROWS + 500);
    assert_int_equal(s->failure_count, 1);
    assert_string_equal(s->failures[0].id, "500");
    assert_string_equal(look(d, 0)->failures[0].id, "10499");
    assert_int_equal(s->failures_open, FAILURE_LOG_ROWS + 500);
}

static void flunk_many(struct desk *d, uint64_t from, uint64_t to)
{
    char id[16];

    for (uint64_t i = from; i < to; i++) {
        snprintf(id, sizeof id, "%llu", (unsigned long long)i);
        flunk_alone(d, i, id);
    }
}

static void flunk_many_alike(struct desk *d, uint64_t from, uint64_t to)
{
    char id[16];

    for (uint64_t i = from; i < to; i++) {
        snprintf(id, sizeof id, "%llu", (unsigned long long)i);
        flunk(d, i, id);
    }
}

static struct snapshot *sift(struct desk *d, const char *filter)
{
    snprintf(d->s.ask.filter, sizeof d->s.ask.filter, "%s", filter);
    return look(d, 0);
}

static void a_filter_goes_through_all_rows_that_are_kept(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;

    flunk_many(d, 0, FAILURE_LOG_ROWS);
    s = sift(d, "99"); /* 99, 199 ... 9899: 99; 990..999 ...: 91; 9900..: 100 */
    assert_int_equal(s->listed_total, 280);
    assert_int_equal(s->failures_total, FAILURE_LOG_ROWS);
    assert_int_equal(s->failure_count, SNAPSHOT_FAILURES);
    assert_string_equal(s->failures[0].id, "9999");
    s = look(d, 279);
    assert_int_equal(s->failure_count, 1);
    assert_string_equal(s->failures[0].id, "99");
    assert_int_equal(sift(d, "!EMBED")->listed_total, 0);
    assert_int_equal(sift(d, "!upsert")->listed_total, FAILURE_LOG_ROWS);
    assert_int_equal(sift(d, "REFUSED")->listed_total, FAILURE_LOG_ROWS);
    assert_int_equal(sift(d, "")->listed_total, FAILURE_LOG_ROWS);
}

static void a_filtered_list_follows_what_comes_and_goes(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;

    flunk_many(d, 0, 100);
    assert_int_equal(sift(d, "7")->listed_total, 19);
    flunk_many(d, 100, 200);
    s = look(d, 0);
    assert_int_equal(s->listed_total, 38);
    assert_int_equal(s->listed_seq, 38);
    assert_string_equal(s->failures[0].id, "197");
    flunk_many(d, 200, 3 * FAILURE_LOG_ROWS); /* far more than the ring has */
    s = look(d, 0);
    assert_int_equal(s->listed_total, 3439);
    assert_true(s->listed_seq >= 3439);
    flunk_many(d, 3 * FAILURE_LOG_ROWS, 3 * FAILURE_LOG_ROWS + 1);
    assert_int_equal(look(d, 0)->listed_total, 3439);
}

static void many_who_look_at_once_each_have_their_filter(void **state)
{
    struct desk *d = *state;
    char filter[4];

    for (uint64_t tens = 1; tens <= 3; tens++) {
        flunk_many(d, tens * 10, tens * 10 + 10);
        for (int i = 5; i < 10; i++) {
            snprintf(filter, sizeof filter, "%d", i);
            assert_int_equal(sift(d, filter)->listed_total, tens);
        }
    }
}

static uint64_t sought(struct desk *d, const char *text, uint64_t from,
                       int32_t seek)
{
    d->s.ask = (struct failure_ask){ .from = from, .seek = seek };
    snprintf(d->s.ask.sought, sizeof d->s.ask.sought, "%s", text);
    failure_log_fill(d->f, &d->s);
    return d->s.failures_found;
}

/* The row of document i has the number i + 1. */
static void a_match_is_found_wherever_it_is(void **state)
{
    struct desk *d = *state;
    struct snapshot *s = &d->s;

    flunk_many(d, 0, FAILURE_LOG_ROWS + 500);
    assert_int_equal(sought(d, "5000", FAILURE_LOG_ROWS + 500, 1), 5001);
    assert_string_equal(
        s->failures[FAILURE_LOG_ROWS + 499 - 5000 - s->ask.first].id, "5000");
    assert_int_equal(sought(d, "5000", 5001, 1), 0);
    assert_int_equal(sought(d, "5000", 5001, -1), 0);
    assert_int_equal(sought(d, "5000", 1, -1), 5001);
    assert_int_equal(sought(d, "500", FAILURE_LOG_ROWS + 500, 3), 7501);
    assert_int_equal(sought(d, "500", 501, -2), 2501);
    assert_int_equal(sought(d, "500", 8501, 99), 501); /* as far as there are */
    assert_string_equal(s->failures[s->failure_count - 1].id, "500");
    assert_int_equal(sought(d, "499", 10500, 1), 9500); /* not the row itself */
    assert_int_equal(sought(d, "no such", 1, INT32_MIN), 0);
    assert_int_equal(sought(d, "", 0, INT32_MAX), 0);
}

static void a_service_s_answer_is_a_row_while_it_is_a_recent_one(void **state)
{
    struct desk *d = *state;
    struct error err;
    struct snapshot *s;

    error_set(&err, ERROR_LIMITED, 429, "slow down");
    for (int i = 0; i < 1000; i++)
        failure_log_note_wait(d->f, "embed", &err);
    flunk(d, 1, "a");
    failure_log_note_wait(d->f, "embed", &err);
    s = look(d, 0);
    assert_int_equal(s->failures_total, 2);
    assert_int_equal(s->failures[0].times, 1);
    assert_int_equal(s->failures[1].times, 1001);
    assert_int_equal(s->failures[1].standing, FAILURE_WAITING);
    assert_string_equal(s->failures[1].code, "429");
    assert_int_equal(s->failures_open, 1); /* to wait is no failure */
}

static void what_waits_is_told_with_the_newest_reason(void **state)
{
    struct desk *d = *state;
    struct error err;
    char why[160];

    failure_log_why_waiting(d->f, why, sizeof why);
    assert_string_equal(why, "");
    error_set(&err, ERROR_LIMITED, 429, "HTTP 429: slow down");
    failure_log_note_wait(d->f, "embed", &err);
    error_set(&err, ERROR_LIMITED, 429, "queue is full");
    failure_log_note_wait(d->f, "upsert", &err);
    failure_log_why_waiting(d->f, why, sizeof why);
    assert_string_equal(why, "queue is full");
}

static void documents_with_the_same_error_share_a_row(void **state)
{
    struct desk *d = *state;
    struct snapshot *s;

    flunk_alone(d, 0, "another");
    flunk_many_alike(d, 1, 213);
    s = look(d, 0);
    assert_int_equal(s->listed_total, 2);
    assert_int_equal(s->listed_seq, 2);
    assert_int_equal(s->failures_total, 213);
    assert_int_equal(s->failures_open, 213);
    assert_string_equal(s->failures[0].id, "212");
    assert_int_equal(s->failures[0].documents, 212);
    assert_int_equal(s->failures[1].documents, 1);
    s = sift(d, "refused"); /* then each has its own */
    assert_int_equal(s->listed_total, 213);
    assert_string_equal(s->failures[0].id, "212");
    assert_int_equal(s->failures[0].documents, 1);
}

static void a_row_counts_those_of_its_documents_that_are_owed(void **state)
{
    struct desk *d = *state;

    flunk_many_alike(d, 1, 6);
    failure_log_mark(d->f, 0, 5, FAILURE_STORED);
    failure_log_mark(d->f, 0, 3, FAILURE_RETRIED);
    failure_log_mark(d->f, 0, 4, FAILURE_SKIPPED);
    assert_int_equal(look(d, 0)->failures[0].documents, 2);
    assert_string_equal(d->s.failures[0].id, "2");
    assert_int_equal(d->s.failures[0].standing, FAILURE_FINAL);
    failure_log_mark(d->f, 0, 3, FAILURE_FINAL);
    assert_string_equal(look(d, 0)->failures[0].id, "3");
    for (uint64_t pos = 1; pos < 6; pos++)
        failure_log_mark(d->f, 0, pos, FAILURE_STORED);
    assert_int_equal(look(d, 0)->listed_total, 1);
    assert_int_equal(d->s.failures[0].documents, 5);
    assert_string_equal(d->s.failures[0].id, "5");
    assert_int_equal(d->s.failures[0].standing, FAILURE_STORED);
}

/* Another try of a document, after this message. */
static void defer(struct desk *d, uint64_t pos, const char *message)
{
    struct failure x = failure_at(pos, "a");

    x.message = message;
    failure_log_deferred(d->f, &x);
}

static void what_is_stored_or_final_no_longer_waits(void **state)
{
    struct desk *d = *state;
    struct doc docs[] = { { .pos = 1, .fate = DOC_STORED },
                          { .pos = 2, .fate = DOC_DEFERRED } };

    defer(d, 1, "slow");
    defer(d, 1, "out");
    defer(d, 2, "slow");
    failure_log_stored(d->f, docs, 2);
    assert_string_equal(look(d, 0)->failures[0].message, "out");
    assert_int_equal(d->s.failures[0].standing, FAILURE_STORED);
    assert_int_equal(d->s.failures[1].standing, FAILURE_WAITING);
    assert_int_equal(d->s.failures[1].documents, 1);
    flunk(d, 2, "refused");
    assert_int_equal(look(d, 0)->failures[0].standing, FAILURE_FINAL);
    assert_int_equal(d->s.failures[2].standing, FAILURE_RETRIED);
}

static void a_document_that_fails_again_counts_once_in_a_row(void **state)
{
    struct desk *d = *state;
    struct failure x;

    for (int i = 0; i < 3; i++) {
        x = failure_at(1, "a");
        failure_log_deferred(d->f, &x);
        x = failure_at(2, "b");
        failure_log_deferred(d->f, &x);
    }
    assert_int_equal(look(d, 0)->listed_total, 1);
    assert_int_equal(d->s.failures[0].documents, 2);
    flunk(d, 2, "b"); /* for good: it stands in another way */
    assert_int_equal(look(d, 0)->listed_total, 2);
    assert_int_equal(d->s.failures[0].documents, 1);
    failure_log_mark(d->f, 0, 1, FAILURE_STORED);
    assert_int_equal(look(d, 0)->failures[1].documents, 1);
}

static void a_row_is_joined_while_it_is_one_of_the_newest(void **state)
{
    struct desk *d = *state;

    flunk(d, 1, "a");
    flunk_many(d, 10, 10 + GROUPS_RECENT - 1);
    flunk(d, 2, "b");
    assert_int_equal(look(d, 0)->listed_seq, GROUPS_RECENT);
    assert_string_equal(d->s.failures[GROUPS_RECENT - 1].id, "b");
    flunk_many(d, 30, 31);
    flunk(d, 3, "c");
    assert_int_equal(look(d, 0)->listed_seq, GROUPS_RECENT + 2);
    assert_string_equal(d->s.failures[0].id, "c");
    assert_int_equal(d->s.failures[0].documents, 1);
}

static void a_row_goes_with_the_last_of_its_documents(void **state)
{
    struct desk *d = *state;
    uint64_t pos = 2 * FAILURE_LOG_ROWS + 7;

    flunk_many_alike(d, 0, pos);
    assert_int_equal(look(d, 0)->listed_total, 1);
    assert_int_equal(d->s.failures[0].documents, FAILURE_LOG_ROWS);
    flunk_many(d, pos, pos + 1); /* newer, and yet it goes before the other */
    flunk_many_alike(d, pos + 1, pos + 1 + FAILURE_LOG_ROWS);
    assert_int_equal(look(d, 0)->listed_total, 1);
    assert_int_equal(d->s.failures[0].documents, FAILURE_LOG_ROWS);
    assert_int_equal(sought(d, "refused", 2, 1), 0);
    assert_int_equal(sought(d, "refused", 1, -1), 2);
    assert_int_equal(sought(d, "refused", 0, -1), 2);
    assert_int_equal(sought(d, "refused", UINT64_MAX, 1), 2);
    assert_int_equal(d->s.failure_count, 1);
    flunk_many(d, 0, FAILURE_LOG_ROWS);
    d->s.ask.seek = 0;
    assert_int_equal(look(d, 0)->listed_total, FAILURE_LOG_ROWS);
    assert_int_equal(look(d, FAILURE_LOG_ROWS - 1)->failure_count, 1);
    assert_string_equal(d->s.failures[0].id, "0");
}

/* The row is the one that the list has, the document any of it. */
static void a_document_is_found_in_the_row_that_it_shares(void **state)
{
    struct desk *d = *state;

    flunk_many_alike(d, 100, 200);
    flunk_alone(d, 1, "other");
    flunk_many_alike(d, 200, 300);
    assert_int_equal(sought(d, "117", 2, 1), 1);
    assert_int_equal(d->s.failures[1].documents, 200);
    assert_int_equal(sought(d, "other", 1, -1), 2);
}

static void what_is_healed_is_owed_no_more(void **state)
{
    struct desk *d = *state;

    flunk(d, 1, "a");
    flunk(d, 2, "b");
    failure_log_healed(d->f, &embed_400, 0, 1);
    assert_int_equal(look(d, 0)->failures_open, 1);
    failure_log_healed(d->f, &embed_400, 0, 9);
    assert_int_equal(look(d, 0)->failures_open, 0);
    assert_int_equal(look(d, 0)->kind_count, 0);
    flunk(d, 3, "c");
    failure_log_preload(d->f, &embed_400, 3);
    assert_int_equal(look(d, 0)->failures_open, 4);
    failure_log_forget(d->f);
    assert_int_equal(look(d, 0)->failures_open, 0);
}

static void a_row_changes_its_standing(void **state)
{
    struct desk *d = *state;

    flunk_alone(d, 1, "a");
    flunk_alone(d, 2, "b");
    failure_log_mark(d->f, 0, 1, FAILURE_STORED);
    failure_log_mark(d->f, 0, 99, FAILURE_SKIPPED); /* gone from the log */
    failure_log_mark(d->f, 1, 2, FAILURE_SKIPPED);  /* another file's */
    assert_int_equal(look(d, 0)->failures[1].standing, FAILURE_STORED);
    assert_int_equal(look(d, 0)->failures[0].standing, FAILURE_FINAL);
}

/* What could not be read has no id, and is sent again and stored all the same;
 * a service's answer has none either, and no place in the corpus. */
static void a_record_without_an_id_changes_its_standing_too(void **state)
{
    struct desk *d = *state;
    struct failure x = { .cause = { .stage = "read", .kind = ERROR_INPUT,
                                    .rejected = true },
                         .message = "bad UTF-8", .id = { "", 0 } };
    struct error wait;

    error_set(&wait, ERROR_LIMITED, 429, "slower");
    failure_log_final(d->f, &x);
    failure_log_note_wait(d->f, "embed", &wait);
    failure_log_mark(d->f, 0, 0, FAILURE_STORED);
    assert_int_equal(look(d, 0)->failures[1].standing, FAILURE_STORED);
    assert_int_equal(look(d, 0)->failures[0].standing, FAILURE_WAITING);
}

static void a_row_is_found_after_the_log_has_gone_round(void **state)
{
    struct desk *d = *state;
    char id[24];

    for (uint64_t i = 0; i < FAILURE_LOG_ROWS + 5000; i++) {
        snprintf(id, sizeof id, "doc-%d", (int)i);
        flunk_alone(d, i, id);
    }
    failure_log_mark(d->f, 0, 4096, FAILURE_SKIPPED); /* its row went */
    failure_log_mark(d->f, 0, 4096 + 4096, FAILURE_STORED);
    failure_log_mark(d->f, 0, FAILURE_LOG_ROWS + 4999, FAILURE_RETRIED);
    assert_int_equal(look(d, 0)->failures[0].standing, FAILURE_RETRIED);
    assert_int_equal(look(d, 0)->failures[1].standing, FAILURE_FINAL);
    look(d, FAILURE_LOG_ROWS + 4999 - 8192);
    assert_int_equal(d->s.failures[0].pos, 8192);
    assert_int_equal(d->s.failures[0].standing, FAILURE_STORED);
    assert_int_equal(d->s.failures[1].standing, FAILURE_FINAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_is_a_row_and_one_more_of_its_kind),
        TEST(the_newest_row_comes_first_in_any_window),
        TEST(SE_15_the_log_keeps_the_newest_ten_thousand),
        TEST(a_filter_goes_through_all_rows_that_are_kept),
        TEST(a_filtered_list_follows_what_comes_and_goes),
        TEST(many_who_look_at_once_each_have_their_filter),
        TEST(a_match_is_found_wherever_it_is),
        TEST(a_service_s_answer_is_a_row_while_it_is_a_recent_one),
        TEST(what_waits_is_told_with_the_newest_reason),
        TEST(documents_with_the_same_error_share_a_row),
        TEST(a_row_counts_those_of_its_documents_that_are_owed),
        TEST(what_is_stored_or_final_no_longer_waits),
        TEST(a_document_that_fails_again_counts_once_in_a_row),
        TEST(a_row_is_joined_while_it_is_one_of_the_newest),
        TEST(a_row_goes_with_the_last_of_its_documents),
        TEST(a_document_is_found_in_the_row_that_it_shares),
        TEST(what_is_healed_is_owed_no_more),
        TEST(a_row_changes_its_standing),
        TEST(a_record_without_an_id_changes_its_standing_too),
        TEST(a_row_is_found_after_the_log_has_gone_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
