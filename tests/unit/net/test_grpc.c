/* Tests of calls over gRPC: whole answers, broken ones, none, refusals, and
 * what stands where a service of gRPC should. */
#include "config.h"
#include "net/grpc.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/tap.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/protobuf.h"

enum { SHORT_MS = 300, KEPT_MS = 5000 };

#define TEXT(literal) { literal, sizeof(literal) - 1 }

struct call {
    struct fakeapi *api;
    struct grpc *grpc;
    struct http_reply reply;
    struct buf body;
    struct error err;
    char url[96];
};

static const struct http_config usual = { .stop_fd = -1,
                                          .total_timeout_ms = 20000 };
static const struct http_config hurried = { .stop_fd = -1,
                                            .total_timeout_ms = SHORT_MS };

static void call_begin(struct call *c, const struct http_config *cfg)
{
    *c = (struct call){ .api = fakeapi_start(&(struct fakeapi_options){
                            .dim = 4, .keep_request = true }) };
    http_reply_init(&c->reply);
    c->grpc = grpc_new(cfg, &c->err);
    assert_non_null(c->grpc);
    snprintf(c->url, sizeof c->url,
             "http://127.0.0.1:%d/qdrant.Qdrant/HealthCheck",
             fakeapi_port(c->api));
}

static void call_end(struct call *c)
{
    grpc_free(c->grpc);
    http_reply_release(&c->reply);
    buf_release(&c->body);
    fakeapi_stop(c->api);
}

static bool call_send(struct call *c, const struct http_header *metadata)
{
    const struct grpc_request req = { .url = c->url, .headers = metadata,
                                      .header_count = metadata != NULL,
                                      .body = &c->body };

    c->err = (struct error){ .text = "" };
    grpc_begin(&c->body);
    proto_put_text(&c->body, 7, text_of("what was sent"));
    return grpc_call(c->grpc, &req, &c->reply, &c->err);
}

static bool call_scripted(struct call *c, const struct fakeapi_answer *answer)
{
    fakeapi_script(c->api, answer);
    return call_send(c, NULL);
}

static void call_fails(const struct call *c, bool fine, enum error_kind kind,
                       const char *words)
{
    assert_false(fine);
    if (c->err.kind != kind || !strstr(c->err.text, words))
        fail_msg("%s, \"%s\", not %s, \"%s\"", error_word(c->err.kind),
                 c->err.text, error_word(kind), words);
}

/* ---- what works ---- */

static void an_answer_comes_whole(void **state)
{
    struct buf request = { 0 };
    struct proto_field f;
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    for (int i = 0; i < 5; i++) {
        if (!call_send(&c, NULL))
            fail_msg("%s", c.err.text);
        assert_int_equal(c.reply.grpc, 0);
        assert_true(proto_find(grpc_answer(&c.reply), 2, PROTO_BYTES, &f));
        assert_true(text_is(f.bytes, "1.19.0"));
        assert_true(c.reply.sent_bytes > 15);
        assert_true(c.reply.received_bytes > c.reply.body.len);
    }
    assert_int_equal(fakeapi_stats(c.api).connections, 1);
    fakeapi_request(c.api, &request);
    assert_non_null(strstr(buf_cstr(&request),
                           "content-type: application/grpc\r\n"));
    assert_non_null(strstr(request.data, "te: trailers\r\n"));
    assert_non_null(strstr(request.data, "grpc-timeout: 20000m\r\n"));
    assert_null(strstr(request.data, "\r\naccept-encoding"));
    assert_non_null(memmem(request.data, request.len, "\x3a\rwhat was sent",
                           15));
    buf_release(&request);
    call_end(&c);
}

static void a_refusal_is_an_answer(void **state)
{
    const struct fakeapi_answer later = {
        .grpc = 8, .headers = "retry-after: 3\r\n",
        .body = TEXT("rate limit \"exceeded\" 100%") };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    assert_true(call_scripted(&c, &later));
    assert_int_equal(c.reply.grpc, 8);
    assert_int_equal(c.reply.status, 429);
    assert_false(http_status_error(&c.reply, &c.err));
    assert_string_equal(c.err.text, "gRPC RESOURCE_EXHAUSTED: rate limit "
                                    "\"exceeded\" 100%");
    assert_int_equal(c.err.kind, ERROR_LIMITED);
    assert_int_equal(c.err.retry_after_ms, 3000);
    assert_true(call_send(&c, NULL));
    assert_int_equal(c.reply.grpc, 0);
    assert_int_equal(fakeapi_stats(c.api).connections, 1);
    call_end(&c);
}

/* What a service repeats of the request is no word of its own. */
static void SE_03_a_key_that_a_refusal_quotes_is_blotted_out(void **state)
{
    const struct http_header key = { "api-key", "s3cret-key", true };
    const struct fakeapi_answer quotes = {
        .grpc = 16, .body = TEXT("no key s3cret-key\x1b[1m") };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    fakeapi_script(c.api, &quotes);
    assert_true(call_send(&c, &key));
    http_status_error(&c.reply, &c.err);
    assert_int_equal(c.err.kind, ERROR_AUTH);
    assert_null(strstr(c.err.text, "s3cret"));
    assert_null(strchr(c.err.text, 27));
    call_end(&c);
}

static void SE_08_a_key_does_not_travel_in_the_clear(void **state)
{
    const struct http_header key = { "api-key", "s3cret", true };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    snprintf(c.url, sizeof c.url, "http://192.0.2.1:6334/a.B/C");
    call_fails(&c, call_send(&c, &key), ERROR_CONFIG, "in the clear");
    call_end(&c);
}

/* ---- what breaks ---- */

/* A first call that fails may go again: it is never taken for an answer. */
static void GR_03_an_answer_without_its_status_is_broken_off(void **state)
{
    const struct fakeapi_answer rows[] = {
        { .status = 200, .headers = "content-type: application/grpc\r\n" },
        { .genuine = true, .cut_16ths = 8 },
        { .reset = true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call c;
        bool fine;

        call_begin(&c, &usual);
        fakeapi_script(c.api, &rows[i]);
        fine = call_scripted(&c, &rows[i]);
        if (fine) /* it went again, and was served */
            assert_true(c.reply.grpc == 0 && c.reply.body.len == 44);
        else
            call_fails(&c, fine, ERROR_NETWORK, "");
        assert_true(!fine || i > 0);
        while (fakeapi_stats(c.api).requests < 3)
            call_send(&c, NULL);
        if (!call_send(&c, NULL))
            fail_msg("%s", c.err.text);
        call_end(&c);
    }
}

static void GR_03_an_answer_is_one_message_that_is_not_packed(void **state)
{
    static const char head[] = "content-type: application/grpc\r\n"
                               "grpc-status: 0\r\n";
    static const char packed[] = "content-type: application/grpc\r\n"
                                 "grpc-encoding: gzip\r\ngrpc-status: 0\r\n";
    static const struct {
        const char *head, *says;
        struct text body;
    } bad[] = {
        { head, "has no message", { "", 0 } },
        { head, "is cut off", TEXT("\0\0\0") },
        { head, "is cut off", TEXT("\0\0\0\0\5abcd") },
        { head, "is cut off", TEXT("\0\xff\xff\xff\xff") },
        { head, "more than one message", TEXT("\0\0\0\0\1a\0\0\0\0\0") },
        { head, "a flag that", TEXT("\2\0\0\0\0") },
        { packed, "is packed", TEXT("\1\0\0\0\1a") },
    };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct fakeapi_answer answer = { .status = 200,
                                               .headers = bad[i].head,
                                               .body = bad[i].body };

        call_fails(&c, call_scripted(&c, &answer), ERROR_PROTOCOL, bad[i].says);
        assert_int_equal(c.err.about, ABOUT_SERVICE);
        assert_true(c.err.in_reply);
    }
    call_end(&c);
}

static void an_answer_above_the_cap_is_refused(void **state)
{
    static char large[5000];
    const struct http_config small = { .stop_fd = -1, .limit_bytes = 4000 };
    const struct fakeapi_answer answer = { .body = { large, sizeof large } };
    struct call c;

    (void)state;
    call_begin(&c, &small);
    call_fails(&c, call_scripted(&c, &answer), ERROR_PROTOCOL,
               "larger than 4000 bytes");
    call_end(&c);
}

static void a_call_ends_in_time(void **state)
{
    const struct fakeapi_answer hangs = { .genuine = true, .hang = true };
    struct call c;

    (void)state;
    call_begin(&c, &hurried);
    call_fails(&c, call_scripted(&c, &hangs), ERROR_TIMEOUT, "");
    call_end(&c);
}

static void a_stop_ends_a_call(void **state)
{
    const struct fakeapi_answer hangs = { .genuine = true, .hang = true };
    struct http_config cfg = usual;
    struct call c;
    int stop[2];

    (void)state;
    assert_int_equal(pipe(stop), 0);
    cfg.stop_fd = stop[0];
    call_begin(&c, &cfg);
    assert_true(call_send(&c, NULL));
    assert_int_equal(write(stop[1], "x", 1), 1);
    call_fails(&c, call_scripted(&c, &hangs), ERROR_STOPPED, "");
    close(stop[0]);
    close(stop[1]);
    call_end(&c);
}

/* The server ended, and another listens at its port. */
static void GR_05_a_connection_gone_stale_is_replaced(void **state)
{
    struct call c;
    int port;

    (void)state;
    call_begin(&c, &usual);
    for (int i = 0; i < 3; i++) {
        if (!call_send(&c, NULL))
            fail_msg("%d: %s", i, c.err.text);
        assert_int_equal(c.reply.grpc, 0);
        port = fakeapi_port(c.api);
        fakeapi_stop(c.api);
        c.api = fakeapi_start(&(struct fakeapi_options){ .dim = 4,
                                                         .port = port });
        assert_non_null(c.api);
    }
    call_end(&c);
}

/* ---- no gRPC there ---- */

static void GR_04_what_stands_between_speaks_http(void **state)
{
    static const char html[] = "content-type: text/html\r\n";
    static const struct {
        int status;
        enum error_kind kind;
        const char *says;
    } rows[] = {
        { 502, ERROR_SERVER, "HTTP 502" },
        { 503, ERROR_SERVER, "HTTP 503" },
        { 413, ERROR_SIZE, "HTTP 413" },
        { 429, ERROR_LIMITED, "HTTP 429" },
        { 401, ERROR_AUTH, "HTTP 401" },
    };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fakeapi_answer answer = { .status = rows[i].status,
                                               .headers = html,
                                               .body = TEXT("<html>") };

        if (!call_scripted(&c, &answer))
            fail_msg("%d: %s", rows[i].status, c.err.text);
        assert_int_equal(c.reply.grpc, -1);
        call_fails(&c, http_status_error(&c.reply, &c.err), rows[i].kind,
                   rows[i].says);
    }
    call_end(&c);
}

static void GR_04_another_service_is_the_configuration(void **state)
{
    static const char json[] = "content-type: application/json\r\n";
    static const int statuses[] = { 200, 400, 404, 405, 415 };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        const struct fakeapi_answer answer = { .status = statuses[i],
                                               .headers = json,
                                               .body = TEXT("{}") };

        call_fails(&c, call_scripted(&c, &answer), ERROR_CONFIG,
                   "no gRPC is spoken there");
        assert_int_equal(c.err.about, ABOUT_SERVICE);
    }
    call_end(&c);
}

static int listen_anywhere(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

struct http_1 {
    int listener;
    const char *status;
};

/* It takes "PRI * HTTP/2.0" for a request, as servers of HTTP/1.1 do. Ends when
 * the listener does. */
static void *serve_http_1(void *ctx)
{
    const struct http_1 *s = ctx;
    int fd;
    char block[4096];

    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        struct pollfd look = { .fd = fd, .events = POLLIN };

        if (poll(&look, 1, KEPT_MS) > 0 && read(fd, block, sizeof block) > 0)
            dprintf(fd, "HTTP/1.1 %s\r\nContent-Length: 0\r\n"
                        "Connection: close\r\n\r\n", s->status);
        close(fd);
    }
    return NULL;
}

static void http_1_fails(const char *status, enum error_kind kind,
                         const char *words)
{
    struct http_1 s = { .status = status };
    struct call c;
    pthread_t thread;
    int port;

    s.listener = listen_anywhere(&port);
    call_begin(&c, &usual);
    pthread_create(&thread, NULL, serve_http_1, &s);
    snprintf(c.url, sizeof c.url, "http://127.0.0.1:%d/a.B/C", port);
    call_fails(&c, call_send(&c, NULL), kind, words);
    shutdown(s.listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(s.listener);
    call_fails(&c, call_send(&c, NULL), ERROR_NETWORK, "");
    call_end(&c);
}

static void GR_04_a_server_of_HTTP_1_is_told_from_none(void **state)
{
    (void)state;
    http_1_fails("400 Bad Request", ERROR_CONFIG, "no gRPC is spoken there");
    http_1_fails("503 Service Unavailable", ERROR_NETWORK, "");
}

/* Milvus speaks both at its port: streams that end do not make it another
 * service, whatever it answers over HTTP/1.1. */
static void GR_04_a_stream_that_ends_is_no_proof_of_HTTP_1(void **state)
{
    static const struct fakeapi_answer ends = { .reset = true };
    static const struct fakeapi_answer plain = { .status = 404,
                                                 .body = TEXT("{}") };
    struct call c;

    (void)state;
    call_begin(&c, &usual);
    fakeapi_script(c.api, &ends);
    fakeapi_script(c.api, &plain);
    call_fails(&c, call_scripted(&c, &ends), ERROR_NETWORK, "");
    call_end(&c);
}

/* It reads all and opens no window. Ends when the listener does. */
static void *serve_no_window(void *ctx)
{
    static const char settings[] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };
    int listener = *(int *)ctx, fd;
    char block[65536];

    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        (void)!write(fd, settings, sizeof settings);
        while (read(fd, block, sizeof block) > 0)
            ;
        close(fd);
    }
    return NULL;
}

static int64_t cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Not the CPU's time: a wait is none, however busy the machine. */
static void GR_08_a_body_that_is_held_back_costs_no_cpu(void **state)
{
    static float large[1 << 18];
    struct grpc_request req = { .url = NULL };
    struct call c;
    pthread_t thread;
    int port, fd = listen_anywhere(&port);
    int64_t before;

    (void)state;
    call_begin(&c, &hurried);
    pthread_create(&thread, NULL, serve_no_window, &fd);
    snprintf(c.url, sizeof c.url, "http://127.0.0.1:%d/a.B/C", port);
    req.url = c.url;
    req.body = &c.body;
    grpc_begin(&c.body);
    proto_put_floats(&c.body, 1, large, 1 << 18);
    before = cpu_ms();
    call_fails(&c, grpc_call(c.grpc, &req, &c.reply, &c.err), ERROR_TIMEOUT,
               "");
    assert_in_range(cpu_ms() - before, 0, SHORT_MS / 4);
    call_end(&c); /* ends the connection, which is kept */
    shutdown(fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(a_refusal_is_an_answer),
        cmocka_unit_test(SE_03_a_key_that_a_refusal_quotes_is_blotted_out),
        cmocka_unit_test(SE_08_a_key_does_not_travel_in_the_clear),
        cmocka_unit_test(GR_03_an_answer_without_its_status_is_broken_off),
        cmocka_unit_test(GR_03_an_answer_is_one_message_that_is_not_packed),
        cmocka_unit_test(an_answer_above_the_cap_is_refused),
        cmocka_unit_test(a_call_ends_in_time),
        cmocka_unit_test(a_stop_ends_a_call),
        cmocka_unit_test(GR_05_a_connection_gone_stale_is_replaced),
        cmocka_unit_test(GR_08_a_body_that_is_held_back_costs_no_cpu),
        cmocka_unit_test(GR_04_what_stands_between_speaks_http),
        cmocka_unit_test(GR_04_another_service_is_the_configuration),
        cmocka_unit_test(GR_04_a_server_of_HTTP_1_is_told_from_none),
        cmocka_unit_test(GR_04_a_stream_that_ends_is_no_proof_of_HTTP_1),
    };

    if (!fakeapi_speaks_h2()) {
        puts("1..0 # SKIP built without libnghttp2's header");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
