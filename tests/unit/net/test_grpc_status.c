/* Tests of how the status of a gRPC call is read, and of what it means: the
 * same words mean the same as over HTTP. */
#include "config.h"
#include "net/grpc_status.h"
#include "net/http.h"
#include "tests/support/tap.h"

#include <stdio.h>

#include "util/base64.h"
#include "util/protobuf.h"

static struct grpc_status status;

static void read_lines(const char *lines)
{
    grpc_status_read(&status, text_of(lines));
}

static void the_status_is_in_head_or_trailers(void **state)
{
    (void)state;
    read_lines("HTTP/2 200 \r\ncontent-type: application/grpc\r\n\r\n"
               "grpc-status: 8\r\ngrpc-message: a%20b%25%0a%zz%4\r\n");
    assert_int_equal(status.code, 8);
    assert_string_equal(buf_cstr(&status.message), "a b%\n%zz%4");
    assert_int_equal(status.retry_ms, -1);
    assert_false(status.packed);
    read_lines("Grpc-Status:0\r\ngrpc-encoding: gzip");
    assert_int_equal(status.code, 0);
    assert_int_equal(status.message.len, 0);
    assert_true(status.packed);
    read_lines("grpc-encoding: identity\n");
    assert_int_equal(status.code, -1);
    assert_false(status.packed);
    read_lines("grpc-status: x\r\n");
    assert_int_equal(status.code, GRPC_UNKNOWN);
    read_lines("grpc-status: 99999999999\r\n");
    assert_int_equal(status.code, GRPC_UNKNOWN);
    read_lines("");
    assert_int_equal(status.code, -1);
    assert_string_equal(grpc_code_name(14), "UNAVAILABLE");
    assert_string_equal(grpc_code_name(77), "UNKNOWN");
    grpc_status_release(&status);
}

static void put_any(struct buf *b, const char *type, struct text value)
{
    size_t m = proto_open(b, 3, 0);

    proto_put_text(b, 1, text_of(type));
    proto_put_text(b, 2, value);
    proto_close(b, m);
}

static void a_wait_stands_in_the_details(void **state)
{
    static const char type[] = "type.googleapis.com/google.rpc.RetryInfo";
    struct buf b = { 0 }, line = { 0 };
    char text[512];
    char *end;

    (void)state;
    proto_put_u64(&b, 1, 8);
    put_any(&b, "type.googleapis.com/google.rpc.Help", text_of("\x0a\x01x"));
    put_any(&b, type, text_of("\x0a\x08\x08\x03\x10\x80\xca\xb5\xee\x01"));
    end = base64_encode(text, b.data, b.len);
    while (end[-1] == '=')
        end--;
    buf_puts(&line, "grpc-status: 8\r\ngrpc-status-details-bin: ");
    buf_put(&line, text, (size_t)(end - text));
    read_lines(buf_cstr(&line));
    assert_int_equal(status.retry_ms, 3500);
    read_lines("grpc-status: 8\r\ngrpc-status-details-bin: ####\r\n");
    assert_int_equal(status.retry_ms, -1);
    buf_release(&b);
    buf_release(&line);
}

/* ---- what it means ---- */

static void means(int code, const char *words, enum error_kind kind,
                  enum error_about about)
{
    struct http_reply r;
    struct error err;
    struct buf lines = { 0 };

    buf_printf(&lines, "grpc-status: %d\r\ngrpc-message: %s\r\n", code, words);
    read_lines(buf_cstr(&lines));
    http_reply_init(&r);
    r.grpc = code;
    r.status = grpc_status_http(&status);
    buf_printf(&r.body, "{\"message\":\"%s\"}", words);
    assert_false(http_status_error(&r, &err));
    if (err.kind != kind || err.about != about)
        fail_msg("%d, \"%s\": %s about %d, not %s about %d", code, words,
                 error_word(err.kind), err.about, error_word(kind), about);
    assert_non_null(strstr(err.text, grpc_code_name(code)));
    assert_null(strstr(err.text, "HTTP"));
    http_reply_release(&r);
    buf_release(&lines);
    grpc_status_release(&status);
}

static void GR_01_every_code_has_its_meaning(void **state)
{
    (void)state;
    means(1, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(2, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(3, "a wrong field", ERROR_REFUSED, ABOUT_UNKNOWN);
    means(4, "", ERROR_TIMEOUT, ABOUT_UNKNOWN);
    means(5, "no collection", ERROR_CONFIG, ABOUT_SERVICE);
    means(6, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(7, "permission", ERROR_AUTH, ABOUT_SERVICE);
    means(8, "", ERROR_LIMITED, ABOUT_UNKNOWN);
    means(9, "locked", ERROR_REFUSED, ABOUT_UNKNOWN);
    means(10, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(11, "", ERROR_REFUSED, ABOUT_UNKNOWN);
    means(12, "", ERROR_CONFIG, ABOUT_SERVICE);
    means(13, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(14, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(15, "", ERROR_SERVER, ABOUT_UNKNOWN);
    means(16, "", ERROR_AUTH, ABOUT_SERVICE);
    means(99, "", ERROR_SERVER, ABOUT_UNKNOWN);
}

static void GR_01_words_mean_what_they_mean_over_HTTP(void **state)
{
    (void)state;
    means(8, "monthly quota exceeded", ERROR_QUOTA, ABOUT_SERVICE);
    means(8, "rate limit exceeded, retry in 2s", ERROR_LIMITED, ABOUT_UNKNOWN);
    means(3, "too many points in one request", ERROR_SIZE, ABOUT_REQUEST);
    means(3, "text is too long", ERROR_REFUSED, ABOUT_DOCUMENT);
    means(3, "invalid api key", ERROR_AUTH, ABOUT_SERVICE);
}

/* C++, Go, Java, Rust, .NET. */
static void GR_02_a_message_above_the_limit_is_a_size(void **state)
{
    (void)state;
    means(8, "Received message larger than max (5000 vs. 4000)", ERROR_SIZE,
          ABOUT_REQUEST);
    means(8, "grpc: received message larger than max (5000 vs. 4000)",
          ERROR_SIZE, ABOUT_REQUEST);
    means(8, "gRPC message exceeds maximum size 4194304: 5242880", ERROR_SIZE,
          ABOUT_REQUEST);
    means(11, "Error, message length too large: found 5000 bytes, the limit is"
              ": 4000 bytes", ERROR_SIZE, ABOUT_REQUEST);
    means(8, "Received message exceeds the maximum configured message size.",
          ERROR_SIZE, ABOUT_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_is_in_head_or_trailers),
        cmocka_unit_test(a_wait_stands_in_the_details),
        cmocka_unit_test(GR_01_every_code_has_its_meaning),
        cmocka_unit_test(GR_01_words_mean_what_they_mean_over_HTTP),
        cmocka_unit_test(GR_02_a_message_above_the_limit_is_a_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
