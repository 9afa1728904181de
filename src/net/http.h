/*
 * A connection to one HTTP service: a libcurl handle with keep-alive.
 *
 * It follows no redirect (libcurl would carry an api-key header along), always
 * verifies TLS, caps a reply, uses the environment's proxies except for
 * loopback, and never sends `Expect:`. HTTP/2 when TLS offers it; grpc.h asks
 * for nothing else.
 *
 * Workers share no connection. 32 that send a document of 1 kB each, over TLS
 * to a server that takes 50 ms: 3,200 requests take as long on 32 connections
 * as on one of HTTP/2 (90 % of them 4.7 to 5.2 s), the first 32 take 0.12 to
 * 0.2 s, not 0.06 to 0.15. One connection spares 0.2 s of CPU, 4 % of a core,
 * 31 handshakes included; a thread would have to drive it for all workers, and
 * a packet that is lost would hold up all.
 *
 * Threads     One worker per handle. A readable `stop_fd` stops a request
 *             within 100 ms.
 * Source      libcurl 7.88 (https://curl.se/libcurl/c/).
 */
#ifndef BATCHTOP_NET_HTTP_H
#define BATCHTOP_NET_HTTP_H

#include "util/buf.h"
#include "util/error.h"

struct http;

struct http_config {
    int stop_fd;                /* -1: none */
    int64_t connect_timeout_ms; /* 0: 10 s */
    int64_t total_timeout_ms;   /* 0: 120 s */
    size_t limit_bytes;         /* of a reply body; 0: 64 MiB */
    const char *cacert;         /* NULL: the system's */
    bool allow_cleartext;       /* a key over http:// off loopback */
    bool http2;                 /* over http://, too, without asking; a proxy
                                   is a tunnel; bodies are never packed */
};

struct http_header {
    const char *name, *value; /* no CR or LF: CONFIG */
    bool secret;              /* refused without TLS, except on loopback */
};

struct http_request {
    const char *method, *url;
    const struct http_header *headers;
    size_t header_count;
    struct text body; /* borrowed until the call returns */
};

/* What the pacing headers say; -1: the header is missing. */
struct http_pace {
    int64_t retry_after_ms; /* retry-after-ms, Retry-After (s or date) */
    int64_t limit_requests, limit_tokens;
    int64_t remaining_requests, remaining_tokens;
    int64_t reset_requests_ms, reset_tokens_ms; /* until all is back */
};

struct http_reply {
    int status;
    int grpc;         /* grpc.h: the call's status; 0: fine, or no such call;
                         -1: the reply has none */
    struct buf *head; /* the caller's, gets each line of head and trailers;
                         NULL: nobody asks */
    struct buf body; /* its storage stays between calls */
    char content_type[64], request_id[64];
    char location[160]; /* where a 3xx points */
    const char *wanted; /* a header that the caller asks for; NULL: none */
    char value[24];     /* the value of that header; "" if it is missing */
    struct http_pace pace;
    bool stream_ended; /* none came, but HTTP/2 is spoken there: it ended the
                          stream */
    uint64_t sent_bytes, received_bytes; /* of this exchange */
    int64_t elapsed_ms;
    struct text sent; /* the request's body, borrowed from the caller: its words
                         are no evidence of what the service says */
};

struct http *http_new(const struct http_config *cfg, struct error *err);
void http_free(struct http *h);

void http_reply_init(struct http_reply *r);
void http_reply_release(struct http_reply *r);

/*
 * One request, one complete reply, whatever its status.
 *
 * fails    NETWORK (about SERVICE where no byte of the request went: not
 *          resolved, refused, no connection in time), TIMEOUT, STOPPED,
 *          CONFIG (bad URL, TLS not verified, key
 *          over cleartext), PROTOCOL (reply above the cap), SERVER (success
 *          with a page of HTML; the fourth in a row is CONFIG). A connection
 *          that the server closed while idle is retried once when no byte
 *          came.
 */
bool http_send(struct http *h, const struct http_request *req,
               struct http_reply *reply, struct error *err);

/*
 * Turn a reply with status >= 300 into an error. Returns false.
 *
 * text     from the body (error.message, message, detail, title, error,
 *          status.error, else its first bytes), printable.
 * kind     by the status, then by the service's own words; an echo of a
 *          document does not count:
 *     SIZE, REQUEST      413; 400, 422 about too many inputs, tokens or bytes;
 *                        429 that no wait cures (a limit below what the request
 *                        asks for). Sets `most` if they name how many documents
 *                        fit into one
 *     REFUSED, DOCUMENT  one text is too long or has content that is not
 *                        allowed; with any status above 400
 *     REFUSED, SERVICE   400, 422 for the account, the model, a parameter
 *     REFUSED, UNKNOWN   other 4xx: they do not say whom they blame
 *     QUOTA, SERVICE     402, 507; money, or a quota of a day or more
 *     QUOTA, UNKNOWN     429, 403 with the word quota and no time
 *     LIMITED            429 that gives a time, speaks of a rate, or says
 *                        nothing
 *     AUTH, SERVICE      401; words about the key; 403 that names a right
 *     AUTH, UNKNOWN      403 with a page, or without words
 *     CONFIG, SERVICE    3xx, 404, 405, 407, 410, 501
 *     SERVER, UNKNOWN    408, 409, 424, 425, 499, other 5xx
 * A status of gRPC has the kind of its HTTP equivalent; DEADLINE_EXCEEDED is
 * TIMEOUT.
 * retry_after_ms  from the headers, else the body's RetryInfo, else of 429 the
 *          message ("retry in 1.2s"); up to an hour.
 * for_all  401, 502, 503, 529.
 */
bool http_status_error(const struct http_reply *reply, struct error *err);
bool http_status_is_for_all(unsigned status);

/*
 * True when a success has an error as its body, {"error":..}. *err then has the
 * meaning of the status in the body (400 to 599), else AUTH, QUOTA or LIMITED
 * where the words are plain, else PROTOCOL about SERVICE. Otherwise false, *err
 * untouched. Call it when the body is not as expected.
 */
bool http_error_inside(const struct http_reply *reply, struct error *err);

/* Do the service's own words (message, code, type; no long quotation, nothing
 * that we sent) contain one of these phrases? They are in lower case and end
 * with NULL. */
bool http_says(const struct http_reply *reply, const char *const *phrases);

/* The same for a message elsewhere in an answer; `sent`: up to three texts that
 * we sent. */
bool http_message_says(struct text message, const struct text sent[3],
                       const char *const *phrases);

/* Does the service refuse the parameter `name` of the request? It does if it
 * names it as a parameter, says the hint (lower case or NULL), or puts the name
 * beside words of refusal. */
bool http_refuses_member(const struct http_reply *reply, const char *name,
                         const char *hint);

/* "6m0s", "120ms", "1h2m3.5s", bare seconds -> ms; -1 when unknown. */
int64_t http_duration_ms(struct text t);
/* Seconds or an HTTP date, bounded to 0..1 h; -1 when unknown. */
int64_t http_retry_after_ms(struct text t, int64_t wall_s);

/* The URL is http(s); *loopback: it leads to this machine. CONFIG otherwise. */
bool http_url_check(const char *url, bool *loopback, struct error *err);

#endif
