/*
 * The command that stores is this program again: "serve" answers true for
 * every record, but for the ids in orders[], and the questions in others[];
 * "serve old" knows no questions.
 */
#include "config.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/exec_tools.h"
#include "store/store_reply.h"

enum { DIM = 2 };

static const float vector[DIM] = { 1, -0.5F };

/* --- the command --- */

/* Ids that ask for something else than true: a result, or a whole answer. */
static const struct {
    const char *id, *result, *answer;
} orders[] = {
    { "refuse", "\"not \\u001b this\"", NULL },
    { "busy", "{\"error\":\"later\",\"kind\":\"limited\"}", NULL },
    { "odd kind", "{\"error\":\"x\",\"kind\":\"blue\"}", NULL },
    { "false", "false", NULL },
    { "twice", "true,true", NULL },
    { "none", NULL, "{\"results\":[]}" },
    { "no list", NULL, "{\"results\":7}" },
    { "chatter", NULL, "Connecting" },
    { "key", NULL, "{\"error\":\"no entry\",\"kind\":\"auth\"}" },
    { "whole", NULL, "{\"error\":\"too odd\"}" },
};

/* True: `to` is the whole answer. */
static bool put_result(const struct json_value *record, struct buf *to)
{
    struct json_value id = { .type = JSON_NULL };

    if (!reply_member(record->raw, "id", &id))
        exit(1);
    if (text_is(id.raw, "die")) {
        fputs("disk full\n", stderr);
        exit(9);
    }
    if (text_is(id.raw, "echo")) {
        buf_clear(to);
        buf_puts(to, "{\"error\":");
        json_put_string(to, record->raw);
        buf_putc(to, '}');
        return true;
    }
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (!text_is(id.raw, orders[i].id))
            continue;
        if (orders[i].answer)
            buf_clear(to);
        buf_puts(to, orders[i].answer ? orders[i].answer : orders[i].result);
        return orders[i].answer != NULL;
    }
    buf_puts(to, "true");
    return false;
}

/* Questions by a piece of their line, and what is answered. */
static const struct {
    const char *line, *answer;
} others[] = {
    { "\"lookup\":[\"a\",\"7\",\"\\u0000\"]}",
      "{\"present\":[true,false,true]}" },
    { "\"lookup\":[\"few\"", "{\"present\":[]}" },
    { "\"lookup\":[\"many\"", "{\"present\":[true,true]}" },
    { "\"lookup\":[\"odd\"", "{\"present\":[1]}" },
    { "\"lookup\":[\"shut\"", "{\"error\":\"no entry\",\"kind\":\"auth\"}" },
    { "{\"dim\":2,\"records\":[],\"search\":[1,-0.5],\"k\":2}",
      "{\"hits\":[{\"id\":\"b\",\"score\":0.5,\"text\":\"t\\u0021\"},"
      "{\"id\":7,\"score\":0.25},{\"id\":\"beyond\",\"score\":0}]}" },
    { "\"search\":[1,-0.5],\"k\":1}", "{\"hits\":[{\"id\":\"b\"}]}" },
};

static bool answer_other(struct text line, struct buf *to)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (memmem(line.ptr, line.len, others[i].line,
                   strlen(others[i].line))) {
            buf_puts(to, others[i].answer);
            return true;
        }
    return false;
}

static void answer(struct text line, struct buf *to)
{
    static const char *const dim[] = { "dim", NULL };
    struct json_value list, record;
    struct json_cursor c;
    uint64_t n;

    if ((reply_number(line, dim, &n) && n != DIM) ||
        !reply_member(line, "records", &list))
        exit(1);
    buf_puts(to, "{\"results\":[");
    json_begin(&c, list.raw.ptr, list.raw.len);
    json_enter_array(&c);
    for (size_t i = 0; json_element(&c) && json_value(&c, &record); i++) {
        buf_puts(to, i ? "," : "");
        if (put_result(&record, to))
            return;
    }
    buf_puts(to, "]}");
}

static void answer_all(struct text line, struct buf *to)
{
    if (!answer_other(line, to))
        answer(line, to);
}

/* --- calling it --- */

static struct store *open_as(const char *as)
{
    struct store_config cfg = { .url = serving("exec:", as), .dim = DIM, .stop_fd = -1 };
    struct error err;
    struct store *s = store_exec.open(&store_exec, &cfg, &err);

    if (!s || !s->ops->preflight(s, &err))
        fail_msg("open: %s", err.text);
    return s;
}

static struct store *open_serving(void)
{
    return open_as("");
}

static struct upsert_item item(const char *id)
{
    return (struct upsert_item){ .id = text_of(id), .text = text_of("t"),
                                 .vector = vector };
}

static bool put(struct store *s, struct upsert_item *one, struct error *err)
{
    size_t taken = 0;
    bool fine = s->ops->upsert(s, one, 1, &taken, err);

    assert_int_equal(taken, 1);
    return fine;
}

/* The request fails, the next one does not. */
static void request_fails(const char *id, enum error_kind kind,
                          const char *words)
{
    struct store *s = open_serving();
    struct upsert_item one = item(id), next = item("next");
    struct error err;

    assert_false(put(s, &one, &err));
    says(&err, kind, words);
    if (!put(s, &next, &err))
        fail_msg("after %s: %s", id, err.text);
    assert_true(next.stored);
    s->ops->close(s);
}

/* --- the tests --- */

static void each_record_has_its_own_outcome(void **state)
{
    struct store *s = open_serving();
    struct upsert_item items[] = { item("a"), item("refuse"), item("busy"),
                                   item("odd kind"), item("false"),
                                   item("z") };
    struct error err;
    size_t taken = 0;

    (void)state;
    if (!s->ops->upsert(s, items, 6, &taken, &err))
        fail_msg("upsert: %s", err.text);
    assert_int_equal(taken, 6);
    assert_int_equal(s->sent_count, 6);
    assert_true(items[0].stored && items[5].stored);
    for (size_t i = 1; i < 5; i++)
        assert_false(items[i].stored);
    says(&items[1].why, ERROR_REFUSED, "says: not <1B> this");
    says(&items[2].why, ERROR_LIMITED, "later");
    says(&items[3].why, ERROR_PROTOCOL, "unknown kind of error: blue");
    says(&items[4].why, ERROR_PROTOCOL, "false");
    s->ops->close(s);
}

static void a_request_can_fail_as_a_whole(void **state)
{
    (void)state;
    request_fails("key", ERROR_AUTH, "no entry");
    request_fails("whole", ERROR_REFUSED, "too odd");
    request_fails("none", ERROR_PROTOCOL, "0 results for 1 records");
    request_fails("twice", ERROR_PROTOCOL, "2 results or more for 1 records");
    request_fails("no list", ERROR_PROTOCOL, "results");
    request_fails("chatter", ERROR_PROTOCOL, "Connecting");
}

static void a_child_that_dies_is_started_again(void **state)
{
    (void)state;
    request_fails("die", ERROR_SERVER, "status 9; it last said: disk full");
}

static void a_record_goes_on_one_line_whatever_its_metadata(void **state)
{
    struct store *s = open_serving();
    struct upsert_item one = item("echo");
    struct error err;

    (void)state;
    one.text = text_of("\\u00fc\\n");
    one.metadata = text_of("{\n\"a\":\r\n1e999}");
    assert_false(put(s, &one, &err));
    says(&err, ERROR_REFUSED,
         "{\"id\":\"echo\",\"vector\":[1,-0.5],\"text\":\"\\u00fc\\n\","
         "\"metadata\":{ \"a\":  1e999}}");
    s->ops->close(s);
}

static void a_request_keeps_to_count_and_bytes(void **state)
{
    struct store *s = open_serving();
    struct upsert_item items[] = { item("a"), item("b"), item("c") };
    struct error err;
    size_t taken = 0;

    (void)state;
    s->limit_count = 2;
    assert_true(s->ops->upsert(s, items, 3, &taken, &err));
    assert_int_equal(taken, 2);
    s->limit_bytes = s->sent_bytes - 1;
    assert_true(s->ops->upsert(s, items, 3, &taken, &err));
    assert_int_equal(taken, 1);
    s->limit_bytes = 10;
    assert_false(put(s, items, &err));
    assert_int_equal(err.kind, ERROR_SIZE);
    s->ops->close(s);
}

static void a_command_may_be_asked_for_ids(void **state)
{
    static const struct {
        const char *id;
        enum error_kind kind;
        const char *says;
    } rows[] = {
        { "few", ERROR_PROTOCOL, "answers 0 times for 1 ids" },
        { "many", ERROR_PROTOCOL, "answers 2 times for 1 ids" },
        { "odd", ERROR_PROTOCOL, "true or false" },
        { "shut", ERROR_AUTH, "no entry" },
    };
    struct text ids[] = { text_of("a"), text_of("7"), { "", 1 } };
    struct store *s = open_serving();
    bool present[3] = { false, true, false };
    struct error err;

    (void)state;
    if (!s->ops->lookup(s, ids, 3, present, &err))
        fail_msg("lookup: %s", err.text);
    assert_true(present[0] && !present[1] && present[2]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ids[0] = text_of(rows[i].id);
        assert_false(s->ops->lookup(s, ids, 1, present, &err));
        says(&err, rows[i].kind, rows[i].says);
    }
    s->ops->close(s);
}

static void a_command_may_be_searched(void **state)
{
    struct store_hit hits[2] = { { .score = 0 } };
    struct store *s = open_serving();
    struct error err;
    size_t got = 0;

    (void)state;
    if (!s->ops->search(s, vector, 2, hits, &got, &err))
        fail_msg("search: %s", err.text);
    assert_int_equal(got, 2);
    assert_string_equal(buf_cstr(&hits[0].id), "b");
    assert_string_equal(buf_cstr(&hits[0].text), "t!");
    assert_string_equal(buf_cstr(&hits[1].id), "7");
    assert_true(hits[1].score > 0.24 && hits[1].score < 0.26);
    assert_false(s->ops->search(s, vector, 1, hits, &got, &err));
    says(&err, ERROR_PROTOCOL, "id and score");
    for (size_t i = 0; i < 2; i++) {
        buf_release(&hits[i].id);
        buf_release(&hits[i].text);
    }
    s->ops->close(s);
}

static void a_command_without_questions_is_said_to_have_none(void **state)
{
    struct text id = text_of("a");
    struct store *s = open_as("old");
    struct store_hit hit = { .score = 0 };
    struct error err;
    bool present;
    size_t got;

    (void)state;
    assert_false(s->ops->lookup(s, &id, 1, &present, &err));
    says(&err, ERROR_CONFIG, "it answers no \"present\"");
    assert_false(s->ops->search(s, vector, 1, &hit, &got, &err));
    says(&err, ERROR_CONFIG, "it answers no \"hits\"");
    s->ops->close(s);
}

static void config_fails(const struct store_config *cfg, const char *words)
{
    struct error err;

    assert_null(store_exec.open(&store_exec, cfg, &err));
    says(&err, ERROR_CONFIG, words);
}

static void what_cannot_work_is_refused_at_once(void **state)
{
    struct store_config cfg = { .url = "exec:", .dim = DIM, .stop_fd = -1 };

    (void)state;
    config_fails(&cfg, "names no program");
    cfg.url = "exec:cat";
    cfg.key = "from a file";
    config_fails(&cfg, "--store-key-file");
    store_exec.close(NULL);
}

static void a_stop_ends_the_question(void **state)
{
    struct store_config cfg = { .url = "exec:sleep 1000", .dim = DIM };
    struct error err;
    struct store *s;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    cfg.stop_fd = ends[0];
    s = store_exec.open(&store_exec, &cfg, &err);
    assert_non_null(s);
    assert_false(s->ops->preflight(s, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    s->ops->close(s);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_record_has_its_own_outcome),
        cmocka_unit_test(a_request_can_fail_as_a_whole),
        cmocka_unit_test(a_child_that_dies_is_started_again),
        cmocka_unit_test(a_record_goes_on_one_line_whatever_its_metadata),
        cmocka_unit_test(a_request_keeps_to_count_and_bytes),
        cmocka_unit_test(a_command_may_be_asked_for_ids),
        cmocka_unit_test(a_command_may_be_searched),
        cmocka_unit_test(a_command_without_questions_is_said_to_have_none),
        cmocka_unit_test(what_cannot_work_is_refused_at_once),
        cmocka_unit_test(a_stop_ends_the_question),
    };

    if (argc >= 2 && strcmp(argv[1], "serve") == 0)
        return serve(argc == 2 ? answer_all : answer);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
