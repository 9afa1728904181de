/*
 * What an answer means: the refusals of hosted services, by their status, their
 * bodies and their headers; an error that comes as a success.
 */
#include "config.h"
#include "net/http_parts.h"
#include "tests/support/tap.h"

#include <stdio.h>

static struct error refusal(int status, const char *headers, const char *body)
{
    struct http_reply r;
    struct error err;

    http_reply_init(&r);
    r.status = status;
    buf_puts(&r.body, body);
    for (const char *line = headers; *line; line += strcspn(line, "\n") + 1)
        http_take_header(&r, (struct text){ line, strcspn(line, "\n") + 1 });
    assert_false(http_status_error(&r, &err));
    http_reply_release(&r);
    return err;
}

struct known {
    int status;
    const char *body;
    enum error_kind kind;
    const char *words; /* that the operator must see */
};

static void assert_known(const struct known *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct error err = refusal(k[i].status, "", k[i].body);

        if (err.kind != k[i].kind || !strstr(err.text, k[i].words))
            fail_msg("%s: %s, %s", k[i].body, error_word(err.kind), err.text);
        assert_int_equal(err.code, k[i].status);
    }
}

static void EM_07_a_request_with_too_much_in_it_is_told_by_its_words(void **s)
{
    static const struct known known[] = {
        { 400, "{\"message\":\"invalid request: total number of texts must be "
               "at most 96 - received 104\"}",
          ERROR_SIZE, "at most 96" },
        { 400, "{\"detail\":\"The max allowed tokens per submitted batch is "
               "120000. Your batch has 187609 tokens after truncation.\"}",
          ERROR_SIZE, "187609" },
        { 400, "{\"error\":{\"code\":400,\"message\":\"* BatchEmbedContentsRequ"
               "est.requests: at most 100 requests can be in one batch\","
               "\"status\":\"INVALID_ARGUMENT\"}}",
          ERROR_SIZE, "at most 100" },
        { 400, "{\"object\":\"error\",\"message\":\"Too many inputs in request,"
               " split into more batches.\",\"type\":\"invalid_request_prompt\""
               ",\"param\":null,\"code\":\"3210\"}",
          ERROR_SIZE, "split into more batches" },
        { 400, "{\"object\":\"error\",\"message\":\"Too many tokens in batch. "
               "Max is 16384 got 20000\",\"code\":\"3210\"}",
          ERROR_SIZE, "16384" },
        { 413, "Payload Too Large", ERROR_SIZE, "Payload" },
    };

    (void)s;
    assert_known(known, sizeof known / sizeof *known);
}

static void IN_27_a_text_over_the_model_s_limit_is_refused_alone(void **state)
{
    static const struct known known[] = {
        { 400, "{\"error\":{\"message\":\"This model's maximum context length "
               "is 8192 tokens, however you requested 9001 tokens\"}}",
          ERROR_REFUSED, "8192" },
        { 400, "{\"detail\":\"Request to model 'voyage-4' failed. The example "
               "at index 0 in your batch has too many tokens and does not fit "
               "into the model's context window of 32000 tokens.\"}",
          ERROR_REFUSED, "index 0" },
        { 422, "{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"field "
               "required\",\"type\":\"value_error\"}]}",
          ERROR_REFUSED, "field required" },
    };

    (void)state;
    assert_known(known, sizeof known / sizeof *known);
}

static void EM_04_a_wrong_key_is_told_whatever_the_status(void **state)
{
    static const struct known known[] = {
        { 400, "{\"error\":{\"code\":400,\"message\":\"API key not valid. "
               "Please pass a valid API key.\",\"status\":\"INVALID_ARGUMENT\","
               "\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}",
          ERROR_AUTH, "API key not valid" },
        { 401, "{\"message\":\"invalid api token\"}", ERROR_AUTH, "token" },
        { 403, "{\"error\":{\"code\":403,\"message\":\"Permission denied\","
               "\"status\":\"PERMISSION_DENIED\"}}",
          ERROR_AUTH, "Permission" },
    };

    (void)state;
    assert_known(known, sizeof known / sizeof *known);
}

static void EM_05_a_rate_is_told_from_money_and_days(void **state)
{
    static const struct known known[] = {
        /* Google words both alike; the name of the quota differs. */
        { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your "
               "current quota, please check your plan and billing details."
               "\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{"
               "\"violations\":[{\"quotaId\":\"EmbedContentRequestsPerMinutePer"
               "UserPerProjectPerModel-FreeTier\"}]}]}}",
          ERROR_LIMITED, "quota" },
        { 429, "{\"error\":{\"code\":429,\"message\":\"You exceeded your "
               "current quota, please check your plan and billing details."
               "\",\"details\":[{\"violations\":[{\"quotaId\":\"EmbedContent"
               "RequestsPerDayPerProjectPerModel-FreeTier\"}]}]}}",
          ERROR_QUOTA, "quota" },
        { 429, "{\"message\":\"trial token rate limit exceeded, limit is "
               "100000 tokens per minute\"}",
          ERROR_LIMITED, "100000" },
        { 429, "{\"message\":\"You are using a Trial key, which is limited to "
               "1000 API calls / month. You can upgrade to a Production key "
               "with higher rate limits\"}",
          ERROR_QUOTA, "1000 API calls" },
        { 429, "{\"detail\":\"You have not yet added your payment method in "
               "the billing page and will have reduced rate limits of 3 RPM "
               "and 10K TPM.\"}",
          ERROR_LIMITED, "3 RPM" },
        { 429, "{\"statusCode\":429,\"message\":\"Rate limit is exceeded. Try "
               "again in 3 seconds.\"}",
          ERROR_LIMITED, "3 seconds" },
        { 429, "{\"error\":{\"message\":\"You exceeded your current quota\","
               "\"code\":\"insufficient_quota\"}}",
          ERROR_QUOTA, "quota" },
        { 402, "{\"detail\":\"Insufficient account balance\"}", ERROR_QUOTA,
          "balance" },
        { 403, "{\"detail\":\"Insufficient account balance\"}", ERROR_QUOTA,
          "balance" },
    };

    (void)state;
    assert_known(known, sizeof known / sizeof *known);
}

static void EM_05_the_body_of_a_google_answer_says_when(void **state)
{
    static const char form[] =
        "{\"error\":{\"code\":429,\"message\":\"per minute\",\"details\":[{"
        "\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
        "\"retryDelay\": \"%s\"}]}}";
    static const struct {
        const char *delay, *headers;
        int64_t ms;
    } known[] = { { "31s", "", 31000 },      { "0.5s", "", 500 },
                  { "soon", "", -1 },        { "9000s", "", 3600000 },
                  { "31s", "Retry-After: 2\r\n", 2000 } };
    char body[256];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        snprintf(body, sizeof body, form, known[i].delay);
        assert_int_equal(refusal(429, known[i].headers, body).retry_after_ms,
                         known[i].ms);
    }
    /* Cut short. */
    assert_int_equal(refusal(429, "", "{\"retryDelay\":\"3").retry_after_ms,
                     -1);
    assert_int_equal(refusal(429, "", "{\"retryDelay\"").retry_after_ms, -1);
}

static struct http_pace pace_of(const char *headers)
{
    struct http_reply r;

    http_reply_init(&r);
    http_pace_clear(&r.pace);
    for (const char *line = headers; *line; line += strcspn(line, "\n") + 1)
        http_take_header(&r, (struct text){ line, strcspn(line, "\n") + 1 });
    http_reply_release(&r);
    return r.pace;
}

static void limits_are_read_under_every_name(void **state)
{
    struct http_pace p;

    (void)state;
    p = pace_of("X-RateLimit-Limit-Requests: 3000\r\n"
                "x-ratelimit-remaining-requests: 2999\r\n"
                "x-ratelimit-reset-requests: 20ms\r\n"
                "x-ratelimit-limit-tokens: 1000000\r\n"
                "x-ratelimit-remaining-tokens: 999000\r\n"
                "x-ratelimit-reset-tokens: 6m0s\r\n");
    assert_int_equal(p.limit_requests, 3000);
    assert_int_equal(p.remaining_requests, 2999);
    assert_int_equal(p.reset_requests_ms, 20);
    assert_int_equal(p.limit_tokens, 1000000);
    assert_int_equal(p.remaining_tokens, 999000);
    assert_int_equal(p.reset_tokens_ms, 360000);
    /* Mistral */
    p = pace_of("x-ratelimit-limit-req-minute: 60\r\n"
                "x-ratelimit-remaining-req-minute: 59\r\n"
                "x-ratelimit-limit-tokens-minute: 50000\r\n"
                "x-ratelimit-remaining-tokens-minute: 47196\r\n"
                "x-ratelimit-remaining-tokens-month: 3950246\r\n"
                "x-ratelimit-tokens-query-cost: 2804\r\n");
    assert_int_equal(p.limit_requests, 60);
    assert_int_equal(p.remaining_requests, 59);
    assert_int_equal(p.limit_tokens, 50000);
    assert_int_equal(p.remaining_tokens, 47196);
    assert_int_equal(p.reset_tokens_ms, -1);
    /* Azure: bare seconds, and -1 where there is no limit */
    p = pace_of("x-ratelimit-reset-tokens: 12\r\n"
                "x-ratelimit-limit-tokens: -1\r\n"
                "x-ratelimit-remaining-tokens: -1\r\n"
                "retry-after-ms: 1500\r\nretry-after: 2\r\n");
    assert_int_equal(p.reset_tokens_ms, 12000);
    assert_int_equal(p.limit_tokens, -1);
    assert_int_equal(p.remaining_tokens, -1);
    assert_int_equal(p.retry_after_ms, 1500);
}

static void ST_24_a_port_that_speaks_something_else_is_named(void **state)
{
    static const struct {
        CURLcode code;
        const char *why, *says;
        enum error_kind kind;
    } rows[] = {
        { CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed",
          "is it a port for gRPC?", ERROR_CONFIG },
        { CURLE_SSL_CONNECT_ERROR,
          "error:0A00010B:SSL routines::wrong version number",
          "is it http that is spoken there", ERROR_NETWORK },
        { CURLE_PEER_FAILED_VERIFICATION, "self-signed certificate",
          "--cacert names", ERROR_CONFIG },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error err;

        assert_false(http_curl_error(rows[i].code, "h:1",
                                     text_of(rows[i].why), &err));
        assert_int_equal(err.kind, rows[i].kind);
        if (!strstr(err.text, rows[i].says))
            fail_msg("\"%s\" is not in: %s", rows[i].says, err.text);
    }
}

static void a_status_and_its_words_make_an_error(void **state)
{
    static const struct known rows[] = {
        { 302, "", ERROR_CONFIG, "redirected to nowhere" },
        { 400, "{\"error\":{\"message\":\"bad text\"}}", ERROR_REFUSED,
          "HTTP 400: bad text" },
        { 400, "{\"error\":\"plain\"}", ERROR_REFUSED, "HTTP 400: plain" },
        { 400, "{\"message\":\"too many inputs\"}", ERROR_SIZE, "too many" },
        { 422, "{\"detail\":[{\"loc\":[1],\"msg\":\"field required\"}]}",
          ERROR_REFUSED, "field required" },
        { 422, "{\"detail\":\"batch size 99 > 32\"}", ERROR_SIZE,
          "batch size" },
        { 400, "{\"title\":\"a title\"}", ERROR_REFUSED, "a title" },
        { 400, "{\"status\":{\"error\":\"Qdrant's way\"}}", ERROR_REFUSED,
          "Qdrant's way" },
        { 401, "{}", ERROR_AUTH, "{}" },
        { 402, "", ERROR_QUOTA, "without a word" },
        { 403, "{\"message\":\"no\"}", ERROR_AUTH, "no" },
        { 403, "{\"message\":\"your credits are gone\"}", ERROR_QUOTA,
          "credits" },
        { 404, "no such model", ERROR_CONFIG, "HTTP 404: no such model" },
        { 405, "", ERROR_CONFIG, "405" },
        { 408, "", ERROR_SERVER, "408" },
        { 409, "", ERROR_SERVER, "409" },
        { 413, "", ERROR_SIZE, "413" },
        { 418, "", ERROR_REFUSED, "418" },
        { 425, "", ERROR_SERVER, "425" },
        { 429, "{\"error\":{\"message\":\"Rate limit reached, see your "
               "billing\"}}", ERROR_LIMITED, "Rate limit" },
        { 429, "{\"error\":{\"code\":\"insufficient_quota\",\"message\":"
               "\"rate limit\"}}", ERROR_QUOTA, "rate limit" },
        { 429, "{\"error\":{\"message\":\"You exceeded your current "
               "quota\"}}", ERROR_QUOTA, "quota" },
        { 499, "", ERROR_SERVER, "499" },
        { 500, "<html>oops\033[2J</html>", ERROR_SERVER, "oops<1B>[2J" },
        { 501, "", ERROR_CONFIG, "501" },
        { 502, "{\"error\":{\"message\":\"cut of", ERROR_SERVER, "cut of" },
        { 503, "", ERROR_SERVER, "503" },
        { 529, "", ERROR_SERVER, "529" },
    };

    (void)state;
    assert_known(rows, sizeof rows / sizeof *rows);
}

static void durations_are_read_to_the_millisecond(void **state)
{
    const struct {
        const char *text;
        int64_t ms;
    } rows[] = { { "6m0s", 360000 },  { "120ms", 120 },
                 { "1h2m3.5s", 3723500 }, { "17", 17000 },
                 { "0.25", 250 },     { "1.9999s", 1999 },
                 { "0s", 0 },         { "", -1 },
                 { "s", -1 },         { "5x", -1 },
                 { "1m2", -1 },       { "-5s", -1 },
                 { "1h 2m", -1 },     { "99999999999999999999s",
                                        9999999999000 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_duration_ms(text_of(rows[i].text)) != rows[i].ms)
            fail_msg("%s: %lld", rows[i].text,
                     (long long)http_duration_ms(text_of(rows[i].text)));
}

static void a_date_is_a_distance_from_now(void **state)
{
    const int64_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */
    const struct {
        const char *text;
        int64_t ms;
    } rows[] = { { "Sun, 06 Nov 1994 08:49:40 GMT", 3000 },
                 { "Sunday, 06-Nov-94 08:49:40 GMT", 3000 },
                 { "Sun Nov  6 08:49:40 1994", 3000 },
                 { "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
                 { "Sun, 06 Nov 1994 08:00:00 GMT", 0 },
                 { "Mon, 07 Nov 1994 08:49:37 GMT", 3600000 },
                 { "120", 120000 },
                 { "1.5", 1500 },
                 { "86400", 3600000 },
                 { "tomorrow-ish, perhaps", -1 },
                 { "", -1 },
                 { "-7", -1 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_retry_after_ms(text_of(rows[i].text), now) != rows[i].ms)
            fail_msg("%s: %lld", rows[i].text,
                     (long long)http_retry_after_ms(text_of(rows[i].text),
                                                    now));
}

static void EM_34_an_error_with_status_200_is_told_by_its_words(void **state)
{
    static const struct {
        const char *body;
        bool inside;
        enum error_kind kind;
    } rows[] = {
        { "{\"error\":{\"message\":\"overloaded\"}}", true, ERROR_PROTOCOL },
        { "{\"error\":{\"message\":\"no idea\",\"code\":503}}", true,
          ERROR_SERVER },
        { "{\"error\":{\"message\":\"no idea\",\"code\":429}}", true,
          ERROR_LIMITED },
        { "{\"error\":{\"message\":\"at most 7 texts\",\"code\":400}}", true,
          ERROR_SIZE },
        { "{\"result\":null,\"success\":false,\"errors\":[{\"code\":7009,"
          "\"message\":\"Upstream\"}]}", true, ERROR_PROTOCOL },
        { "{\"error_code\":336501,\"error_msg\":\"Rate limit reached\"}",
          true, ERROR_LIMITED },
        { "{\"result\":{},\"errors\":[]}", false, ERROR_INPUT },
        { "{\"error\":\"Rate limit exceeded\"}", true, ERROR_LIMITED },
        { "{\"error\":{\"code\":\"insufficient_quota\"}}", true, ERROR_QUOTA },
        { "{\"error\":{\"message\":\"API key not valid\"}}", true, ERROR_AUTH },
        { "{\"data\":[],\"error\":null}", false, ERROR_INPUT },
        { "{\"choices\":[]}", false, ERROR_INPUT },
        { "", false, ERROR_INPUT },
        { "[]", false, ERROR_INPUT },
        { "{\"data\":[{\"error\":\"x\"}]}", false, ERROR_INPUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_reply r;
        struct error err = { .kind = ERROR_INPUT };

        http_reply_init(&r);
        r.status = 200;
        buf_puts(&r.body, rows[i].body);
        assert_int_equal(http_error_inside(&r, &err), rows[i].inside);
        assert_int_equal(err.kind, rows[i].kind);
        if (err.kind == ERROR_PROTOCOL || err.kind == ERROR_QUOTA)
            assert_int_equal(err.about, ABOUT_SERVICE);
        http_reply_release(&r);
    }
}

static void EM_39_a_message_is_never_cut_within_a_number(void **state)
{
    char body[512];

    (void)state;
    for (int pad = 100; pad < 200; pad++) {
        struct error err;
        const char *number, *end;

        snprintf(body, sizeof body,
                 "{\"message\":\"%*s1,234,567 and 87654.25, gr\xc3\xbc\xc3\x9f"
                 "e\"}", pad, "");
        err = refusal(400, "", body);
        number = strstr(err.text, "1,");
        if (number)
            assert_memory_equal(number, "1,234,567", 9);
        number = strstr(err.text, "87");
        if (number)
            assert_memory_equal(number, "87654.25", 8);
        end = strchr(err.text, '\xc3');
        assert_true(!end || (unsigned char)end[1] >= 0x80);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_and_its_words_make_an_error),
        cmocka_unit_test(durations_are_read_to_the_millisecond),
        cmocka_unit_test(a_date_is_a_distance_from_now),
        cmocka_unit_test(
            EM_07_a_request_with_too_much_in_it_is_told_by_its_words),
        cmocka_unit_test(IN_27_a_text_over_the_model_s_limit_is_refused_alone),
        cmocka_unit_test(EM_04_a_wrong_key_is_told_whatever_the_status),
        cmocka_unit_test(EM_05_a_rate_is_told_from_money_and_days),
        cmocka_unit_test(EM_05_the_body_of_a_google_answer_says_when),
        cmocka_unit_test(
            ST_24_a_port_that_speaks_something_else_is_named),
        cmocka_unit_test(limits_are_read_under_every_name),
        cmocka_unit_test(EM_34_an_error_with_status_200_is_told_by_its_words),
        cmocka_unit_test(EM_39_a_message_is_never_cut_within_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
