/* The conversation: whole answers, broken ones, none, and who may not talk. */
#include "config.h"
#include "net/http.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/pack.h"
#include "tests/support/tap.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHORT_MS = 300 };

#define TEXT(literal) { literal, sizeof(literal) - 1 }

/* ---- one server and one handle for a test ---- */

struct talk {
    struct fakeapi *api;
    struct http *http;
    struct http_reply reply;
    struct error err;
    char url[64];
};

static void talk_begin(struct talk *t, const struct http_config *cfg)
{
    struct fakeapi_options options = { .dim = 4, .keep_request = true };

    *t = (struct talk){ .api = fakeapi_start(&options) };
    http_reply_init(&t->reply);
    t->http = http_new(cfg, &t->err);
    assert_non_null(t->http);
    snprintf(t->url, sizeof t->url, "http://127.0.0.1:%d/v1/embeddings",
             fakeapi_port(t->api));
}

static void talk_end(struct talk *t)
{
    http_free(t->http);
    http_reply_release(&t->reply);
    fakeapi_stop(t->api);
}

static bool post(struct talk *t, const char *url,
                 const struct http_header *header)
{
    static const char body[] = "{\"model\":\"m\",\"input\":[\"a\"]}";
    const struct http_request request = {
        .method = "POST", .url = url, .headers = header,
        .header_count = header != NULL, .body = TEXT(body)
    };

    t->err = (struct error){ .text = "" };
    return http_send(t->http, &request, &t->reply, &t->err);
}

static bool scripted(struct talk *t, const struct fakeapi_answer *answer)
{
    fakeapi_script(t->api, answer);
    return post(t, t->url, NULL);
}

static void expect(const struct talk *t, bool fine, enum error_kind kind)
{
    assert_false(fine);
    if (t->err.kind != kind)
        fail_msg("\"%s\" is of the kind %s, not %s", t->err.text,
                 error_word(t->err.kind), error_word(kind));
}

static const struct http_config usual = { .stop_fd = -1 };
static const struct http_config hurried = { .stop_fd = -1,
                                            .total_timeout_ms = SHORT_MS };

/* ---- what works ---- */

static void an_answer_comes_whole(void **state)
{
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    for (int i = 0; i < 3; i++) {
        assert_true(post(&t, t.url, NULL));
        assert_int_equal(t.reply.status, 200);
        assert_string_equal(t.reply.content_type, "application/json");
        assert_int_equal(t.reply.body.data[t.reply.body.len - 1], '}');
        assert_true(t.reply.sent_bytes > 26);
        assert_true(t.reply.received_bytes > t.reply.body.len);
    }
    assert_int_equal(fakeapi_stats(t.api).connections, 1);
    talk_end(&t);
}

static void EM_18_a_connection_gone_stale_is_replaced(void **state)
{
    const struct fakeapi_answer closes = { .genuine = true, .close = true };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    for (int i = 0; i < 5; i++)
        assert_true(scripted(&t, &closes));
    assert_true(post(&t, t.url, NULL));
    assert_int_equal(fakeapi_stats(t.api).requests, 6);
    talk_end(&t);
}

/* A body in flight meets the reset: once more, on a fresh connection. */
static void EM_18_a_reset_of_a_kept_connection_is_tried_once_more(void **state)
{
    const struct fakeapi_answer reset = { .reset = true };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    assert_true(post(&t, t.url, NULL));
    assert_true(scripted(&t, &reset));
    assert_int_equal(fakeapi_stats(t.api).requests, 3);
    fakeapi_script(t.api, &reset);
    expect(&t, scripted(&t, &reset), ERROR_NETWORK);
    talk_end(&t);
}

/* ---- no answer ---- */

static void EM_01_a_host_without_address_is_named(void **state)
{
    const struct http_config cfg = { .stop_fd = -1,
                                     .connect_timeout_ms = 3000 };
    struct talk t;

    (void)state;
    talk_begin(&t, &cfg);
    assert_false(post(&t, "http://no-such-host.invalid/v1", NULL));
    assert_true(error_passes(t.err.kind));
    assert_non_null(strstr(t.err.text, "no-such-host.invalid"));
    talk_end(&t);
}

static void EM_02_refusals_and_resets_are_network_errors(void **state)
{
    const struct fakeapi_answer reset = { .reset = true };
    struct talk t;
    int port;

    (void)state;
    talk_begin(&t, &usual);
    expect(&t, scripted(&t, &reset), ERROR_NETWORK);
    assert_int_equal(t.err.about, ABOUT_UNKNOWN); /* it had the request */
    port = fakeapi_port(t.api);
    fakeapi_stop(t.api);
    t.api = NULL;
    expect(&t, post(&t, t.url, NULL), ERROR_NETWORK);
    assert_int_equal(t.err.about, ABOUT_SERVICE); /* nothing went */
    snprintf(t.url, sizeof t.url, "127.0.0.1:%d", port);
    assert_non_null(strstr(t.err.text, t.url));
    talk_end(&t);
}

/* The kernel takes the connection, nobody takes the request. */
static void EM_08_a_server_that_never_accepts_times_out(void **state)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct talk t;
    char url[64];

    (void)state;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(at.sin_port));
    talk_begin(&t, &hurried);
    expect(&t, post(&t, url, NULL), ERROR_TIMEOUT);
    talk_end(&t);
    close(fd);
}

static void EM_08_silence_after_the_request_or_in_the_body_times_out(
    void **state)
{
    const struct fakeapi_answer nothing = { .cut = true, .hang = true };
    const struct fakeapi_answer half = { .genuine = true, .cut_16ths = 8,
                                         .hang = true };
    struct talk t;

    (void)state;
    talk_begin(&t, &hurried);
    expect(&t, scripted(&t, &nothing), ERROR_TIMEOUT);
    expect(&t, scripted(&t, &half), ERROR_TIMEOUT);
    talk_end(&t);
}

static void EM_09_a_trickle_does_not_outlast_the_time(void **state)
{
    const struct fakeapi_answer slow = { .genuine = true, .trickle_ms = 20 };
    struct talk t;

    (void)state;
    talk_begin(&t, &hurried);
    expect(&t, scripted(&t, &slow), ERROR_TIMEOUT);
    talk_end(&t);
}

static void a_stop_is_seen_before_anything_is_sent(void **state)
{
    int ends[2];
    struct http_config cfg = { .total_timeout_ms = 60000 };
    struct talk t;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    cfg.stop_fd = ends[0];
    talk_begin(&t, &cfg);
    expect(&t, post(&t, t.url, NULL), ERROR_STOPPED);
    assert_int_equal(fakeapi_stats(t.api).connections, 0);
    talk_end(&t);
    close(ends[0]);
    close(ends[1]);
}

/* ---- half an answer, too much of one ---- */

static void EM_10_a_body_cut_short_is_no_answer(void **state)
{
    const struct fakeapi_answer head = { .genuine = true, .cut = true,
                                         .cut_at = 20 };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    for (int part = 1; part < 16; part++) {
        const struct fakeapi_answer cut = { .genuine = true,
                                            .cut_16ths = part };

        expect(&t, scripted(&t, &cut), ERROR_NETWORK);
    }
    assert_false(scripted(&t, &head));
    assert_true(error_passes(t.err.kind));
    assert_true(post(&t, t.url, NULL));
    talk_end(&t);
}

static void EM_10_chunks_that_break_off_are_no_answer(void **state)
{
    const struct fakeapi_answer cut = {
        .headers = "Transfer-Encoding: chunked\r\n", .close = true,
        .body = TEXT("4\r\n{\"a\"\r\n8\r\n:[1,2")
    };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    expect(&t, scripted(&t, &cut), ERROR_NETWORK);
    talk_end(&t);
}

static void EM_11_an_endless_body_is_left(void **state)
{
    const struct http_config cfg = { .stop_fd = -1, .limit_bytes = 1 << 20 };
    static char block[1 << 16];
    const struct fakeapi_answer endless = { .endless = true,
                                            .body = { block, sizeof block } };
    struct talk t;

    (void)state;
    memset(block, ' ', sizeof block);
    talk_begin(&t, &cfg);
    expect(&t, scripted(&t, &endless), ERROR_PROTOCOL);
    assert_non_null(strstr(t.err.text, "1048576"));
    assert_true(t.reply.body.len <= 1 << 20);
    talk_end(&t);
}

static void EM_11_a_compressed_bomb_is_left(void **state)
{
    const struct http_config cfg = { .stop_fd = -1, .limit_bytes = 1 << 20 };
    static char packed[1 << 17];
    struct fakeapi_answer bomb = { .headers = "Content-Encoding: gzip\r\n" };
    struct talk t;

    (void)state;
    bomb.body = (struct text){
        packed, pack_bomb(0, 64 << 20, packed, sizeof packed)
    };
    talk_begin(&t, &cfg);
    expect(&t, scripted(&t, &bomb), ERROR_PROTOCOL);
    assert_true(t.reply.body.len <= 1 << 20);
    talk_end(&t);
}

static void EM_12_a_page_passes_three_times_then_it_is_the_configuration(
    void **state)
{
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    fakeapi_twist(t.api, TWIST_HTML);
    for (int i = 0; i < 3; i++)
        expect(&t, post(&t, t.url, NULL), ERROR_SERVER);
    expect(&t, post(&t, t.url, NULL), ERROR_CONFIG);
    assert_non_null(strstr(t.err.text, "login"));
    fakeapi_twist(t.api, TWIST_NONE);
    assert_true(post(&t, t.url, NULL));
    fakeapi_twist(t.api, TWIST_HTML);
    expect(&t, post(&t, t.url, NULL), ERROR_SERVER);
    talk_end(&t);
}

/* ---- where we do not go ---- */

static void EM_17_a_redirect_gets_neither_key_nor_document(void **state)
{
    const struct http_header key = { "api-key", "canary-17", true };
    const int statuses[] = { 301, 302, 303, 307, 308 };
    struct fakeapi *other =
        fakeapi_start(&(struct fakeapi_options){ .dim = 4 });
    char header[96];
    struct fakeapi_answer away = { .headers = header };
    struct talk t;

    (void)state;
    snprintf(header, sizeof header, "Location: http://127.0.0.1:%d/v1\r\n",
             fakeapi_port(other));
    talk_begin(&t, &usual);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        away.status = statuses[i];
        fakeapi_script(t.api, &away);
        assert_true(post(&t, t.url, &key));
        assert_int_equal(t.reply.status, statuses[i]);
        assert_false(http_status_error(&t.reply, &t.err));
        assert_int_equal(t.err.kind, ERROR_CONFIG);
        assert_non_null(strstr(t.err.text, "not followed"));
    }
    assert_int_equal(fakeapi_stats(other).connections, 0);
    talk_end(&t);
    fakeapi_stop(other);
}

static void EM_20_the_environments_proxy_counts_but_not_for_loopback(
    void **state)
{
    struct buf request = { 0 };
    char proxy[64];
    struct talk t;

    (void)state;
    talk_begin(&t, &hurried);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fakeapi_port(t.api));
    setenv("http_proxy", proxy, 1);
    assert_true(post(&t, "http://far.invalid/v1/embeddings", NULL));
    fakeapi_request(t.api, &request);
    assert_non_null(strstr(buf_cstr(&request), "POST http://far.invalid/v1"));
    buf_clear(&request);
    assert_true(post(&t, t.url, NULL));
    fakeapi_request(t.api, &request);
    assert_non_null(strstr(buf_cstr(&request), "POST /v1/embeddings"));
    setenv("no_proxy", "far.invalid", 1);
    assert_false(post(&t, "http://far.invalid/v1/embeddings", NULL));
    unsetenv("no_proxy");
    unsetenv("http_proxy");
    buf_release(&request);
    talk_end(&t);
}

static void SE_08_a_key_does_not_travel_in_the_clear(void **state)
{
    const struct http_header key = { "api-key", "canary-8", true };
    struct http_config cfg = { .stop_fd = -1, .total_timeout_ms = SHORT_MS };
    char proxy[64];
    struct talk t;

    (void)state;
    talk_begin(&t, &cfg);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fakeapi_port(t.api));
    setenv("http_proxy", proxy, 1);
    expect(&t, post(&t, "http://far.invalid/v1/embeddings", &key),
           ERROR_CONFIG);
    assert_non_null(strstr(t.err.text, "--allow-cleartext"));
    assert_null(strstr(t.err.text, "canary"));
    assert_int_equal(fakeapi_stats(t.api).connections, 0);
    talk_end(&t);

    cfg.allow_cleartext = true;
    talk_begin(&t, &cfg);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", fakeapi_port(t.api));
    setenv("http_proxy", proxy, 1);
    assert_true(post(&t, "http://far.invalid/v1/embeddings", &key));
    unsetenv("http_proxy");
    talk_end(&t);
}

static void SE_08_only_http_and_https_are_spoken(void **state)
{
    const struct {
        const char *url;
        bool fine, loopback;
    } rows[] = {
        { "http://localhost:80/x", true, true },
        { "https://LocalHost", true, true },
        { "http://127.9.8.7/", true, true },
        { "http://[::1]:8080/v1", true, true },
        { "https://api.example.org/v1", true, false },
        { "http://127.0.0.1.example.org/", true, false },
        { "http://localhost.example.org/", true, false },
        { "http://10.0.0.1/", true, false },
        { "ftp://example.org/", false, false },
        { "file:///etc/passwd", false, false },
        { "gopher://example.org/", false, false },
        { "http://user:word@example.org/", false, false },
        { "http://user@example.org/", false, false },
        { "http://", false, false },
        { "", false, false },
        { "http://a b/", false, false },
        { "http://example.org/\r\nX: y", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err = { .text = "" };
        bool loopback = false;

        if (http_url_check(rows[i].url, &loopback, &err) != rows[i].fine)
            fail_msg("%s: %s", rows[i].url, err.text);
        assert_int_equal(loopback, rows[i].loopback);
        if (!rows[i].fine)
            assert_int_equal(err.kind, ERROR_CONFIG);
    }
}

static void SE_10_line_breaks_in_headers_are_refused(void **state)
{
    const struct http_header bad[] = { { "api-key", "a\r\nX: y", true },
                                       { "api-key", "a\nX: y", true },
                                       { "X\r\nY", "z", false },
                                       { "X: y\r\nZ", "z", false } };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(&t, post(&t, t.url, &bad[i]), ERROR_CONFIG);
    assert_int_equal(fakeapi_stats(t.api).connections, 0);
    talk_end(&t);
}

static void SE_03_a_key_that_a_server_quotes_is_blotted_out(void **state)
{
    const struct http_header bearer = { "Authorization", "Bearer canary-3",
                                        true };
    const struct fakeapi_answer quote = {
        .status = 401, .headers = "x-request-id: canary-3\r\n",
        .body = TEXT("{\"error\":{\"message\":\"wrong key canary-3!\"}}")
    };
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    fakeapi_script(t.api, &quote);
    assert_true(post(&t, t.url, &bearer));
    assert_false(http_status_error(&t.reply, &t.err));
    assert_int_equal(t.err.kind, ERROR_AUTH);
    assert_null(strstr(t.err.text, "canary-3"));
    assert_non_null(strstr(t.err.text, "wrong key ********!"));
    talk_end(&t);
}

/* ---- what an answer means ---- */

/* At least `least`, and not more than a second above it. */
static void expect_wait(struct talk *t, const char *headers, int64_t least)
{
    const struct fakeapi_answer limited = { .status = 429,
                                            .headers = headers };

    assert_true(scripted(t, &limited));
    assert_false(http_status_error(&t->reply, &t->err));
    assert_int_equal(t->err.kind, ERROR_LIMITED);
    if (t->err.retry_after_ms < least ||
        t->err.retry_after_ms > least + (least > 0 ? 1000 : 0))
        fail_msg("%s: %lld ms, not %lld", headers,
                 (long long)t->err.retry_after_ms, (long long)least);
}

static void EM_05_every_form_of_when_is_understood(void **state)
{
    struct talk t;

    (void)state;
    talk_begin(&t, &usual);
    expect_wait(&t, "retry-after-ms: 1234\r\nRetry-After: 9\r\n", 1234);
    expect_wait(&t, "Retry-After: 9\r\nRETRY-AFTER-MS: 1234.6\r\n", 1234);
    expect_wait(&t, "Retry-After: 7\r\n", 7000);
    expect_wait(&t, "retry-after: 0\r\n", 0);
    expect_wait(&t, "Retry-After: 99999999\r\n", 3600000);
    expect_wait(&t, "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n",
                3600000);
    expect_wait(&t, "Retry-After: Sat, 01 Jan 2000 00:00:00 GMT\r\n", 0);
    expect_wait(&t, "Retry-After: soon\r\n", -1);
    expect_wait(&t, "X-None: 1\r\n", -1);
    expect_wait(&t, "x-ratelimit-remaining-requests: 0\r\n"
                    "x-ratelimit-reset-requests: 120ms\r\n"
                    "x-ratelimit-remaining-tokens: 5\r\n"
                    "x-ratelimit-reset-tokens: 6m0s\r\n", 120);
    expect_wait(&t, "x-ratelimit-remaining-requests: 0\r\n"
                    "x-ratelimit-reset-requests: 120ms\r\n"
                    "x-ratelimit-remaining-tokens: 0\r\n"
                    "x-ratelimit-reset-tokens: 6m0s\r\n", 360000);
    assert_int_equal(t.reply.pace.remaining_requests, 0);
    assert_int_equal(t.reply.pace.reset_requests_ms, 120);
    assert_int_equal(t.reply.pace.reset_tokens_ms, 360000);
    talk_end(&t);
}

static void EM_05_fakeapi_says_it_in_each_form(void **state)
{
    const struct {
        enum fakeapi_pace pace;
        int64_t least, most;
    } rows[] = { { PACE_MS, 2500, 2500 },
                 { PACE_SECONDS, 3000, 3000 },
                 { PACE_DATE, 2000, 4000 },
                 { PACE_RESET, 2500, 2500 },
                 { PACE_NONE, -1, -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk t;

        talk_begin(&t, &usual);
        fakeapi_stop(t.api);
        t.api = fakeapi_start(&(struct fakeapi_options){
            .rate_429_pct = 100, .pace = rows[i].pace, .pace_ms = 2500 });
        snprintf(t.url, sizeof t.url, "http://127.0.0.1:%d/v1/embeddings",
                 fakeapi_port(t.api));
        assert_true(post(&t, t.url, NULL));
        assert_false(http_status_error(&t.reply, &t.err));
        assert_in_range(t.err.retry_after_ms + 1, rows[i].least + 1,
                        rows[i].most + 1);
        talk_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(EM_18_a_connection_gone_stale_is_replaced),
        cmocka_unit_test(
            EM_18_a_reset_of_a_kept_connection_is_tried_once_more),
        cmocka_unit_test(EM_01_a_host_without_address_is_named),
        cmocka_unit_test(EM_02_refusals_and_resets_are_network_errors),
        cmocka_unit_test(EM_08_a_server_that_never_accepts_times_out),
        cmocka_unit_test(
            EM_08_silence_after_the_request_or_in_the_body_times_out),
        cmocka_unit_test(EM_09_a_trickle_does_not_outlast_the_time),
        cmocka_unit_test(a_stop_is_seen_before_anything_is_sent),
        cmocka_unit_test(EM_10_a_body_cut_short_is_no_answer),
        cmocka_unit_test(EM_10_chunks_that_break_off_are_no_answer),
        cmocka_unit_test(EM_11_an_endless_body_is_left),
        cmocka_unit_test(EM_11_a_compressed_bomb_is_left),
        cmocka_unit_test(
            EM_12_a_page_passes_three_times_then_it_is_the_configuration),
        cmocka_unit_test(EM_17_a_redirect_gets_neither_key_nor_document),
        cmocka_unit_test(
            EM_20_the_environments_proxy_counts_but_not_for_loopback),
        cmocka_unit_test(SE_08_a_key_does_not_travel_in_the_clear),
        cmocka_unit_test(SE_08_only_http_and_https_are_spoken),
        cmocka_unit_test(SE_10_line_breaks_in_headers_are_refused),
        cmocka_unit_test(SE_03_a_key_that_a_server_quotes_is_blotted_out),
        cmocka_unit_test(EM_05_every_form_of_when_is_understood),
        cmocka_unit_test(EM_05_fakeapi_says_it_in_each_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
