/*
 * What a failed exchange means, in our words: the kind decides what the
 * pipeline does, the text is for the operator.
 *
 * Services word their errors in a handful of shapes:
 *     {"error":{"message":"..","code":".."}}     {"error":".."}
 *     {"error":{"type":"..","reason":".."}}
 *     {"error":"NAME","message":".."}
 *     {"message":".."}    {"detail":".." or [{"msg":".."},..]}
 *     {"title":".."}      {"status":{"error":".."}}
 */
#include "config.h"
#include "net/http_parts.h"

#include <stdio.h>
#include <strings.h>

#include "util/json.h"
#include "util/str.h"

enum {
    SPEECH_BYTES = 4096, /* of a body that words are looked for in */
    WAIT_MOST_MS = 3600000
};

/* ---- the service's own words ---- */

/* Where a message was found, best first. */
enum {
    FROM_ERROR,
    FROM_MESSAGE,
    FROM_DETAIL,
    FROM_TITLE,
    FROM_WORD, /* "error" as a string: beside a message only its name */
    FROM_STATUS,
    FROM
};

static void take_string(struct json_cursor *c, struct json_value *to)
{
    struct json_value v;

    if (json_value(c, &v) && v.type == JSON_STRING && v.raw.len > 0)
        *to = v;
}

/* A string, or an object's member of one of two names, or an array of such. */
static void take_words(struct json_cursor *c, const char *name,
                       const char *other, struct json_value *to)
{
    struct json_value key;
    enum json_type type;

    if (!json_peek(c, &type))
        return;
    if (type == JSON_ARRAY && json_enter_array(c)) {
        while (json_element(c))
            take_words(c, name, other, to);
    } else if (type == JSON_OBJECT && json_enter_object(c)) {
        while (json_member(c, &key))
            if (json_is(&key, name) || json_is(&key, other))
                take_string(c, to);
            else
                json_value(c, NULL);
    } else {
        take_string(c, to);
    }
}

static void take_member(struct json_cursor *c, const struct json_value *key,
                        struct json_value words[FROM])
{
    enum json_type type;

    if (json_is(key, "error"))
        take_words(c, "message", "reason",
                   json_peek(c, &type) && type == JSON_STRING
                       ? &words[FROM_WORD]
                       : &words[FROM_ERROR]);
    else if (json_is(key, "message"))
        take_string(c, &words[FROM_MESSAGE]);
    else if (json_is(key, "detail"))
        take_words(c, "msg", "message", &words[FROM_DETAIL]);
    else if (json_is(key, "title"))
        take_string(c, &words[FROM_TITLE]);
    else if (json_is(key, "status"))
        take_words(c, "error", "message", &words[FROM_STATUS]);
    else
        json_value(c, NULL);
}

/* The message decoded into `to`, or the body as it is. A body that breaks off
 * still gave what was read until then. */
static void service_words(const struct http_reply *r, struct buf *to)
{
    struct json_value words[FROM] = { { .raw = { NULL, 0 } } };
    struct json_cursor c;
    struct json_value key;

    json_begin(&c, r->body.data ? r->body.data : "", r->body.len);
    if (json_enter_object(&c))
        while (json_member(&c, &key))
            take_member(&c, &key, words);
    for (int i = 0; i < FROM; i++)
        if (words[i].raw.len > 0) {
            json_decode(&words[i], to);
            return;
        }
    buf_put(to, r->body.data, r->body.len < 200 ? r->body.len : 200);
}

/* ---- what they speak of ---- */

static bool speaks_of(const struct http_reply *r, const char *const *words)
{
    size_t len = r->body.len < SPEECH_BYTES ? r->body.len : SPEECH_BYTES;

    for (; *words; words++) {
        size_t n = strlen(*words);

        for (size_t i = 0; i + n <= len; i++)
            if (strncasecmp(r->body.data + i, *words, n) == 0)
                return true;
    }
    return false;
}

/* Words about a rate may advertise billing, so they are asked first. What is
 * counted by the day or month is not back before the run gives up. */
static bool money_is_gone(const struct http_reply *r)
{
    static const char *const surely[] = { "insufficient_quota", "PerDay",
                                          "/ month", NULL };
    static const char *const rate[] = { "rate limit", "rate_limit", "ratelimit",
                                        "per min", "per second", "PerMinute",
                                        NULL };
    static const char *const money[] = { "quota", "billing", "balance",
                                         "credits", NULL };

    return speaks_of(r, surely) || (!speaks_of(r, rate) && speaks_of(r, money));
}

/* Fewer texts in a request would help: one text that is too long does not
 * count, splitting finds it without lowering what a request may hold. */
static bool too_much(const struct http_reply *r)
{
    static const char *const one[] = { "context length", "context window",
                                       NULL };
    static const char *const words[] = {
        "too many",    "too large",           "array too long",
        "larger than", "batch size",          "tokens per request",
        "per request", "exceeds the maximum", "request size",
        "submitted batch", "in one batch",    "more batches",
        "number of texts", NULL
    };

    return !speaks_of(r, one) && speaks_of(r, words);
}

/* Google answers 400 to a wrong key. */
static bool key_is_wrong(const struct http_reply *r)
{
    static const char *const words[] = { "API_KEY_INVALID",
                                         "API key not valid",
                                         "API key expired", NULL };

    return speaks_of(r, words);
}

static enum error_kind kind_of(const struct http_reply *r)
{
    switch (r->status) {
    case 400:
    case 422:
        return key_is_wrong(r) ? ERROR_AUTH
               : too_much(r)   ? ERROR_SIZE
                               : ERROR_REFUSED;
    case 401:
    case 498: /* Cohere: invalid token */
        return ERROR_AUTH;
    case 402:
        return ERROR_QUOTA;
    case 403:
        return money_is_gone(r) ? ERROR_QUOTA : ERROR_AUTH;
    case 404:
    case 405:
    case 501:
        return ERROR_CONFIG;
    case 408:
    case 409:
    case 425:
    case 499:
        return ERROR_SERVER;
    case 413:
        return ERROR_SIZE;
    case 429:
        return money_is_gone(r) ? ERROR_QUOTA : ERROR_LIMITED;
    default:
        if (r->status < 400)
            return ERROR_CONFIG;
        return r->status >= 500 ? ERROR_SERVER : ERROR_REFUSED;
    }
}

/* Google says it in the body: {"@type":"..RetryInfo","retryDelay":"31s"}. */
static int64_t retry_delay_ms(const struct http_reply *r)
{
    static const char name[] = "\"retryDelay\"";
    const char *p, *end = r->body.data + r->body.len, *close;

    p = r->body.len ? memmem(r->body.data, r->body.len, name, sizeof name - 1)
                    : NULL;
    p = p ? memchr(p + sizeof name - 1, '"',
                   (size_t)(end - p) - (sizeof name - 1))
          : NULL;
    close = p ? memchr(p + 1, '"', (size_t)(end - p) - 1) : NULL;
    if (!close)
        return -1;
    return http_duration_ms((struct text){ p + 1, (size_t)(close - p) - 1 });
}

/* The reset headers count only where something has run out. */
static int64_t wait_of(const struct http_reply *r)
{
    const struct http_pace *p = &r->pace;
    int64_t ms = p->retry_after_ms;

    if (ms < 0)
        ms = retry_delay_ms(r);
    if (ms >= 0)
        return ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
    if (p->remaining_requests == 0)
        ms = p->reset_requests_ms;
    if (p->remaining_tokens == 0 && p->reset_tokens_ms > ms)
        ms = p->reset_tokens_ms;
    return ms;
}

static void tell(const struct http_reply *r, struct error *err)
{
    struct buf words = { 0 };
    char shown[180], request[80] = "";

    service_words(r, &words);
    str_printable(shown, sizeof shown, (struct text){ words.data, words.len });
    buf_release(&words);
    if (r->request_id[0])
        snprintf(request, sizeof request, " (request %.40s)", r->request_id);
    error_set(err, kind_of(r), r->status, "HTTP %d%s%s%s", r->status,
              shown[0] ? ": " : ", without a word", shown, request);
}

bool http_status_error(const struct http_reply *r, struct error *err)
{
    if (r->status < 400)
        error_set(err, ERROR_CONFIG, r->status,
                  "HTTP %d: redirected to %s; redirects are not followed",
                  r->status, r->location[0] ? r->location : "nowhere");
    else
        tell(r, err);
    err->retry_after_ms = wait_of(r);
    return false;
}

/* ---- no answer at all ---- */

static enum error_kind transfer_kind(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return ERROR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return ERROR_MEMORY;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
        return ERROR_CONFIG;
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WEIRD_SERVER_REPLY:
        return ERROR_PROTOCOL;
    default:
        return ERROR_NETWORK;
    }
}

bool http_curl_error(CURLcode code, const char *host, struct text why,
                     struct error *err)
{
    bool trust = code == CURLE_PEER_FAILED_VERIFICATION ||
                 code == CURLE_SSL_CACERT_BADFILE;
    char shown[160];

    str_printable(shown, sizeof shown, why);
    return error_set(err, transfer_kind(code), 0, "%s: %s%s", host, shown,
                     trust ? " (--cacert names the authority to trust)" : "");
}

void http_blot(struct text where, struct text secret)
{
    char *p = (char *)(uintptr_t)where.ptr, *end;

    if (!p || secret.len == 0)
        return;
    end = p + where.len;
    while ((p = memmem(p, (size_t)(end - p), secret.ptr, secret.len))) {
        memset(p, '*', secret.len);
        p += secret.len;
    }
}
