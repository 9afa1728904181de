/*
 * This file turns a failed exchange into an error: its kind and whom it blames
 * decide what the pipeline does, its text is for the operator.
 *
 * The status comes first. If the status leaves a choice, the service's own
 * words decide (http_said.h separates them from a document's). If they do not
 * say either, the verdict is UNKNOWN: the caller can ask again with other
 * documents and find out.
 */
#include "config.h"
#include "net/http_parts.h"

#include <stdio.h>

#include "net/grpc_status.h"
#include "net/http_said.h"
#include "net/http_words.h"
#include "util/str.h"

enum { WAIT_MOST_MS = 3600000 };

/* ---- the verdict ---- */

struct verdict {
    enum error_kind kind;
    enum error_about about;
};

static const struct verdict one_document = { ERROR_REFUSED, ABOUT_DOCUMENT };
static const struct verdict too_large = { ERROR_SIZE, ABOUT_REQUEST };
static const struct verdict no_money = { ERROR_QUOTA, ABOUT_SERVICE };
static const struct verdict some_quota = { ERROR_QUOTA, ABOUT_UNKNOWN };
static const struct verdict limited = { ERROR_LIMITED, ABOUT_UNKNOWN };
static const struct verdict wrong_key = { ERROR_AUTH, ABOUT_SERVICE };
static const struct verdict misconfigured = { ERROR_CONFIG, ABOUT_SERVICE };
static const struct verdict failed = { ERROR_SERVER, ABOUT_UNKNOWN };

/* Look for one text that is too long before a request that is too large: a
 * split finds the text without lowering the size of requests. */
static struct verdict bad_request(unsigned topics)
{
    if (topics & TOPIC_KEY)
        return wrong_key; /* some answer 400 to one */
    if (topics & TOPIC_TEXT)
        return one_document;
    if (topics & TOPIC_SIZE)
        return too_large;
    if (topics & TOPIC_MONEY)
        return no_money;
    return (struct verdict){ ERROR_REFUSED, topics & TOPIC_SETTING
                                                ? ABOUT_SERVICE
                                                : ABOUT_UNKNOWN };
}

/* A firewall refuses one document that it takes for an attack, with a page or a
 * word. */
static struct verdict http_error_forbidden(unsigned topics, int64_t wait_ms)
{
    if (topics & TOPIC_KEY)
        return wrong_key;
    if (topics & TOPIC_MONEY)
        return no_money;
    if (topics & TOPIC_SIZE) /* some answer 403 to one */
        return too_large;
    if (topics & TOPIC_RATE ||
        (topics & TOPIC_QUOTA && wait_ms >= 0 && wait_ms < WAIT_MOST_MS))
        return limited;
    if (topics & TOPIC_QUOTA)
        return some_quota;
    if (topics & TOPIC_ACCESS)
        return wrong_key;
    if (topics & TOPIC_TEXT)
        return one_document;
    return (struct verdict){ ERROR_AUTH, ABOUT_UNKNOWN };
}

/* A time to come again counts more than words about money, which may be an
 * advertisement beside a rate limit. But no wait helps where the limit is below
 * what one request asks for, and a quota of a day or month does not return
 * before the run gives up. */
static struct verdict http_error_too_many(unsigned topics, bool too_much,
                                          int64_t wait_ms)
{
    if (topics & TOPIC_NOTHING)
        return no_money;
    if (too_much || topics & TOPIC_SPLIT)
        return too_large;
    if (wait_ms >= 0 && wait_ms < WAIT_MOST_MS)
        return limited;
    if (topics & TOPIC_MONEY)
        return no_money;
    return topics & TOPIC_QUOTA && !(topics & TOPIC_RATE) ? some_quota
                                                          : limited;
}

static struct verdict by_status(int status, unsigned topics, bool too_much,
                                int64_t wait_ms)
{
    switch (status) {
    case 401:
        return wrong_key;
    case 402:
    case 507: /* no storage left */
        return no_money;
    case 403:
        return http_error_forbidden(topics, wait_ms);
    case 404:
    case 405:
    case 407:
    case 410:
    case 501:
        return misconfigured;
    case 408:
    case 409:
    case 424: /* a server behind the service */
    case 425:
    case 499:
        return failed;
    case 413:
        return topics & TOPIC_TEXT ? one_document : too_large;
    case 429:
        return http_error_too_many(topics, too_much, wait_ms);
    default:
        if (status < 400)
            return misconfigured;
        if (status < 500)
            return bad_request(topics);
        return topics & TOPIC_TEXT ? one_document : failed;
    }
}

bool http_status_is_for_all(unsigned status)
{
    return status == 401 || status == 502 || status == 503 || status == 529;
}

/* ---- when to come again ---- */

/* gRPC has it in the body: {"@type":"..RetryInfo","retryDelay":"31s"}. */
static int64_t retry_delay_ms(const struct http_reply *r)
{
    static const char name[] = "\"retryDelay\"";
    const char *p, *end, *close;

    end = text_end((struct text){ r->body.data, r->body.len });
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

static int64_t http_error_cap_wait(int64_t ms)
{
    return ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
}

/* A reset header counts only if its limit is used up. */
static int64_t wait_of(const struct http_reply *r, const struct http_said *said)
{
    const struct http_pace *p = &r->pace;
    int64_t ms = p->retry_after_ms;

    if (ms < 0)
        ms = retry_delay_ms(r);
    if (ms < 0 && (r->status == 429 || r->status == 403 || r->status < 300))
        ms = http_named_wait_ms(said);
    if (ms >= 0)
        return http_error_cap_wait(ms);
    if (p->remaining_requests == 0)
        ms = p->reset_requests_ms;
    if (p->remaining_tokens == 0 && p->reset_tokens_ms > ms)
        ms = p->reset_tokens_ms;
    return http_error_cap_wait(ms);
}

/* ---- telling ---- */

/* Which protocol refused, and how. */
static void http_error_status(const struct http_reply *r, char *to, size_t size)
{
    if (r->grpc > 0)
        snprintf(to, size, "gRPC %s", grpc_code_name(r->grpc));
    else
        snprintf(to, size, "HTTP %d", r->status);
}

static void http_error_tell(const struct http_reply *r,
                            const struct http_said *said, struct verdict v,
                            struct error *err)
{
    char shown[180], request[80] = "", status[40];

    str_sentence(shown, sizeof shown,
                 (struct text){ said->message.data, said->message.len });
    if (r->request_id[0])
        snprintf(request, sizeof request, " (request %.40s)", r->request_id);
    http_error_status(r, status, sizeof status);
    error_set(err, v.kind, r->status, "%s%s%s%s", status,
              shown[0] ? ": " : ", without a word", shown, request);
    err->about = v.about;
    if (r->grpc == GRPC_DEADLINE_EXCEEDED)
        err->kind = ERROR_TIMEOUT;
    err->for_all = http_status_is_for_all((unsigned)r->status);
}

static void http_error_judge(const struct http_reply *r, struct error *err)
{
    struct http_said said;
    unsigned topics;
    int64_t wait_ms;

    http_said_read(&said, r);
    topics = http_topics(&said);
    wait_ms = wait_of(r, &said);
    http_error_tell(
        r, &said,
        by_status(r->status, topics, http_asks_too_much(&said), wait_ms), err);
    err->retry_after_ms = wait_ms;
    if (err->kind == ERROR_SIZE)
        err->most = http_named_most(&said);
    http_said_release(&said);
}

bool http_status_error(const struct http_reply *r, struct error *err)
{
    if (r->status >= 400) {
        http_error_judge(r, err);
        return false;
    }
    error_set(err, ERROR_CONFIG, r->status,
              "HTTP %d: redirected to %s; redirects are not followed",
              r->status, r->location[0] ? r->location : "nowhere");
    err->about = ABOUT_SERVICE;
    return false;
}

/* By the status that the body names, else by words that are plain. */
static struct verdict http_error_judge_inside(const struct http_said *said,
                                              int64_t wait_ms)
{
    unsigned topics = http_topics(said);

    if (said->status)
        return by_status(said->status, topics, http_asks_too_much(said),
                         wait_ms);
    if (topics & TOPIC_KEY)
        return wrong_key;
    if (topics & TOPIC_MONEY)
        return no_money;
    if (topics & TOPIC_RATE)
        return limited;
    return (struct verdict){ ERROR_PROTOCOL, ABOUT_SERVICE };
}

static void http_error_tell_inside(const struct http_reply *r,
                                   const struct http_said *said,
                                   struct error *err)
{
    int64_t wait_ms = wait_of(r, said);
    struct verdict v = http_error_judge_inside(said, wait_ms);
    char shown[180];

    str_sentence(shown, sizeof shown,
                 (struct text){ said->message.data, said->message.len });
    error_set(err, v.kind, r->status, "HTTP %d with an error in it: %s",
              r->status, shown[0] ? shown : "without a word");
    err->about = v.about;
    err->in_reply = true;
    err->retry_after_ms = wait_ms;
    if (v.kind == ERROR_SIZE)
        err->most = http_named_most(said);
}

bool http_error_inside(const struct http_reply *r, struct error *err)
{
    struct http_said said;
    bool found;

    http_said_read(&said, r);
    found = said.inside;
    if (found)
        http_error_tell_inside(r, &said, err);
    http_said_release(&said);
    return found;
}

static bool has_any(const struct http_said *said, const char *const *phrases)
{
    for (; *phrases; phrases++)
        if (http_said_has(said, *phrases))
            return true;
    return false;
}

bool http_says(const struct http_reply *r, const char *const *phrases)
{
    struct http_said said;
    bool found;

    http_said_read(&said, r);
    found = has_any(&said, phrases);
    http_said_release(&said);
    return found;
}

bool http_message_says(struct text message, const struct text sent[3],
                       const char *const *phrases)
{
    struct http_said said;
    bool found;

    http_said_message(&said, message, sent);
    found = has_any(&said, phrases);
    http_said_release(&said);
    return found;
}

bool http_refuses_member(const struct http_reply *r, const char *name,
                         const char *hint)
{
    struct http_said said;
    bool refused;

    http_said_read(&said, r);
    refused = http_said_names(&said, name) ||
              (hint && http_said_has(&said, hint)) ||
              (http_said_member(&said, name) && http_says_no(&said));
    http_said_release(&said);
    return refused;
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

/* What libcurl's words do not explain to a user with the wrong port. */
static const char *http_error_hint(CURLcode code, const char *why)
{
    if (code == CURLE_PEER_FAILED_VERIFICATION ||
        code == CURLE_SSL_CACERT_BADFILE)
        return " (--cacert names the authority to trust)";
    if (strstr(why, "HTTP/0.9"))
        return " (no HTTP is spoken there: is it a port for gRPC?)";
    if (strstr(why, "wrong version number"))
        return " (is it http that is spoken there, not https?)";
    return "";
}

bool http_curl_error(CURLcode code, const char *host, struct text why,
                     struct error *err)
{
    char shown[160];

    str_sentence(shown, sizeof shown, why);
    error_set(err, transfer_kind(code), 0, "%s: %s%s", host, shown,
              http_error_hint(code, shown));
    if (err->kind == ERROR_CONFIG)
        err->about = ABOUT_SERVICE;
    return false;
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
