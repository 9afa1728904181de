/*
 * This file sends one request at a time through an easy and a multi handle. The
 * multi handle owns the connections, so they live from request to request; its
 * poll also watches the descriptor for a stop.
 *
 *     perform -> done?  -> outcome
 *        ^         | no
 *        |         v
 *        +------ poll(sockets, stop_fd)
 *
 * The environment's proxies count, but never for loopback.
 */
#include "config.h"
#include "net/http.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "net/http_parts.h"
#include "sys/clock.h"

enum {
    CONNECT_TIMEOUT_MS = 10000,
    TOTAL_TIMEOUT_MS = 120000,
    STALL_MS = 30000, /* an answer that began must go on within this time */
    LIMIT_BYTES = 64 << 20,
    UPLOAD_BYTES = 64 << 10, /* libcurl copies bodies in such pieces, */
    DOWNLOAD_BYTES = 64 << 10, /* and each connection holds both */
    KEEP_BYTES = 16 << 20, /* of a reply's storage that we keep between calls */
    MOST_PAGES = 3, /* in a row; then a person has to look */
    MENDED_LIBCURL = 0x080000 /* 8.0.0: see http_join() */
};

struct http {
    CURL *easy;
    CURLM *multi;
    int stop_fd;
    int64_t total_ms;
    size_t limit_bytes, usual; /* of an answer: the most, the last one's */
    bool allow_cleartext;
    char *url; /* of the last request: checked and set once */
    bool cleartext, loopback;
    bool http2;      /* http_config's */
    bool joined;     /* it has a connection that spoke HTTP/2 unasked */
    bool kept_out;   /* libcurl wanted a new one nevertheless */
    char host[128];
    struct http_reply *reply; /* of the running exchange, like all below */
    struct curl_slist *headers;
    bool too_large, head_whole;
    unsigned pages; /* successes in a row that came with an HTML page */
    int64_t began_ms, heard_ms; /* heard_ms: 0 before the first byte */
    char why[CURL_ERROR_SIZE];
};

void http_reply_init(struct http_reply *r)
{
    memset(r, 0, sizeof *r);
    buf_init(&r->body);
    http_pace_clear(&r->pace);
}

void http_reply_release(struct http_reply *r)
{
    buf_release(&r->body);
}

static void http_empty_reply(struct http_reply *r)
{
    struct http_reply kept = { .body = r->body, .wanted = r->wanted,
                               .head = r->head };

    *r = kept;
    buf_clear(&r->body);
    buf_trim(&r->body, KEEP_BYTES);
    http_pace_clear(&r->pace);
}

/* ---- what libcurl calls back ---- */

/* As much as the answer will have, or the last one had. */
static void http_make_room(struct http *h)
{
    curl_off_t length = -1;

    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length <= 0)
        length = (curl_off_t)h->usual;
    if ((uint64_t)length < h->limit_bytes)
        buf_reserve(&h->reply->body, (size_t)length + 1);
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct http *h = user;
    struct buf *body = &h->reply->body;

    n *= size;
    h->heard_ms = clock_ms();
    if (n > h->limit_bytes || body->len > h->limit_bytes - n) {
        h->too_large = true;
        return 0;
    }
    if (body->len == 0)
        http_make_room(h);
    buf_put(body, data, n);
    return body->failed ? 0 : n;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct http *h = user;

    n *= size;
    h->heard_ms = clock_ms();
    if (n <= 2)
        h->head_whole = true; /* the empty line */
    else if (n > 5 && memcmp(data, "HTTP/", 5) == 0)
        h->head_whole = false; /* what came before was an interim answer */
    if (h->reply->head)
        buf_put(h->reply->head, data, n);
    http_take_header(h->reply, (struct text){ data, n });
    return n;
}

static curl_socket_t on_socket(void *user, curlsocktype why,
                               struct curl_sockaddr *at)
{
    struct http *h = user;

    (void)why;
    if (h->joined) {
        h->kept_out = true;
        return CURL_SOCKET_BAD;
    }
    return socket(at->family, at->socktype, at->protocol);
}

/* ---- making one ---- */

/* Up to 7.88, libcurl begins HTTP/2 again, and fails, where the connection that
 * it takes up has begun it without asking (curl/curl#10643). So we ask for
 * "HTTP/2 if it is spoken" there, and let it open no other connection then,
 * which would begin with HTTP/1.1. */
static void http_join(struct http *h, bool joined)
{
    if (curl_version_info(CURLVERSION_NOW)->version_num >= MENDED_LIBCURL)
        joined = false;
    h->joined = joined;
    curl_easy_setopt(h->easy, CURLOPT_HTTP_VERSION,
                     joined ? (long)CURL_HTTP_VERSION_2_0
                            : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
}

/* The next request opens a connection. */
static void http_leave(struct http *h)
{
    if (h->joined)
        http_join(h, false);
}

static void http_set_version(struct http *h)
{
    CURL *c = h->easy;

    if (!h->http2) {
        curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
        return;
    }
    http_join(h, false);
    curl_easy_setopt(c, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, h);
}

static void set_fixed(struct http *h, const struct http_config *cfg)
{
    CURL *c = h->easy;
    int64_t connect_ms = cfg->connect_timeout_ms ? cfg->connect_timeout_ms
                                                 : CONNECT_TIMEOUT_MS;

    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L); /* leave a stuck resolver */
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    http_set_version(h);
    curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)h->total_ms);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)DOWNLOAD_BYTES);
    curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
    curl_easy_setopt(c, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->why);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
    if (cfg->cacert)
        curl_easy_setopt(c, CURLOPT_CAINFO, cfg->cacert);
}

static void http_set_up_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *http_new(const struct http_config *cfg, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http *h = calloc(1, sizeof *h);

    pthread_once(&once, http_set_up_curl);
    if (h) {
        h->easy = curl_easy_init();
        h->multi = curl_multi_init();
    }
    if (!h || !h->easy || !h->multi) {
        error_memory(err, "for a connection");
        http_free(h);
        return NULL;
    }
    h->stop_fd = cfg->stop_fd;
    h->total_ms = cfg->total_timeout_ms ? cfg->total_timeout_ms
                                        : TOTAL_TIMEOUT_MS;
    h->limit_bytes = cfg->limit_bytes ? cfg->limit_bytes : LIMIT_BYTES;
    h->allow_cleartext = cfg->allow_cleartext;
    h->http2 = cfg->http2;
    set_fixed(h, cfg);
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    if (h->easy)
        curl_easy_cleanup(h->easy);
    if (h->multi)
        curl_multi_cleanup(h->multi);
    curl_slist_free_all(h->headers);
    free(h->url);
    free(h);
}

/* ---- one request ---- */

static bool use_url(struct http *h, const char *url, struct error *err)
{
    if (h->url && strcmp(h->url, url) == 0)
        return true;
    free(h->url);
    h->url = NULL;
    if (!http_url_check(url, &h->loopback, err))
        return false;
    h->cleartext = strncasecmp(url, "https:", 6) != 0;
    http_url_host(url, h->host, sizeof h->host);
    curl_easy_setopt(h->easy, CURLOPT_NOPROXY, h->loopback ? "*" : NULL);
    if (curl_easy_setopt(h->easy, CURLOPT_URL, url) == CURLE_OK)
        h->url = strdup(url);
    return h->url || error_memory(err, "for a URL");
}

static bool header_fit(const struct http *h, const struct http_header *x,
                       struct error *err)
{
    if (x->name[strcspn(x->name, "\r\n:")] ||
        x->value[strcspn(x->value, "\r\n")])
        return error_set(err, ERROR_CONFIG, 0,
                         "the %s for the header %.40s has a line break in it",
                         x->secret ? "key" : "value", x->name);
    if (x->secret && h->cleartext && !h->loopback && !h->allow_cleartext)
        return error_set(err, ERROR_CONFIG, 0,
                         "the key would cross the network in the clear to %s: "
                         "use https, or --allow-cleartext", h->host);
    return true;
}

static bool add_header(struct http *h, const char *line)
{
    struct curl_slist *more = curl_slist_append(h->headers, line);

    if (more)
        h->headers = more;
    return more != NULL;
}

static bool set_headers(struct http *h, const struct http_request *req,
                        struct error *err)
{
    struct buf line = { 0 };
    bool fine = add_header(h, "Expect:");

    for (size_t i = 0; fine && i < req->header_count; i++) {
        const struct http_header *x = &req->headers[i];

        if (!header_fit(h, x, err)) {
            buf_release(&line);
            return false;
        }
        buf_clear(&line);
        buf_puts(&line, x->name);
        buf_puts(&line, x->value[0] ? ": " : ";"); /* libcurl's empty value */
        buf_puts(&line, x->value);
        fine = add_header(h, buf_cstr(&line)) && !line.failed;
    }
    buf_release(&line);
    curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers);
    return fine || error_memory(err, "for headers");
}

static void set_method(CURL *c, const struct http_request *req)
{
    bool post = strcmp(req->method, "POST") == 0;

    if (strcmp(req->method, "GET") == 0) {
        curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS,
                         req->body.len ? req->body.ptr : "");
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)req->body.len);
        if (!post) {
            curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method);
            return;
        }
    }
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, NULL);
}

static bool http_told_to_stop(const struct http *h)
{
    struct pollfd stop = { .fd = h->stop_fd, .events = POLLIN };

    return h->stop_fd >= 0 && poll(&stop, 1, 0) > 0;
}

static bool http_is_stalled(const struct http *h)
{
    return h->heard_ms > 0 && clock_ms() - h->heard_ms > STALL_MS;
}

enum drive { DRIVE_DONE, DRIVE_STOPPED, DRIVE_STALLED, DRIVE_BROKEN };

/* Drive the exchange until it is over, in any way. */
static enum drive http_drive(struct http *h)
{
    struct http_wait w = { .easy = h->easy, .multi = h->multi,
                           .stop_fd = h->stop_fd,
                           .body = (curl_off_t)h->reply->sent.len };

    for (;;) {
        int running = 0;
        bool stopped;

        if (curl_multi_perform(h->multi, &running) != CURLM_OK)
            return DRIVE_BROKEN;
        if (!running)
            return DRIVE_DONE;
        if (!http_wait(&w, &stopped))
            return DRIVE_BROKEN;
        if (stopped)
            return DRIVE_STOPPED;
        if (http_is_stalled(h))
            return DRIVE_STALLED;
    }
}

static CURLcode result_of(CURLM *multi)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(multi, &left)))
        if (m->msg == CURLMSG_DONE)
            return m->data.result;
    return CURLE_FAILED_INIT;
}

static void http_measure(struct http *h)
{
    struct http_reply *r = h->reply;
    curl_off_t up = 0, down = 0;
    long head = 0, request = 0, status = 0;

    curl_easy_getinfo(h->easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(h->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    curl_easy_getinfo(h->easy, CURLINFO_HEADER_SIZE, &head);
    curl_easy_getinfo(h->easy, CURLINFO_REQUEST_SIZE, &request);
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    r->sent_bytes += (uint64_t)up + (uint64_t)request;
    r->received_bytes += (uint64_t)down + (uint64_t)head;
    r->elapsed_ms = clock_ms() - h->began_ms;
    r->status = (int)status;
}

static CURLcode http_exchange_once(struct http *h, enum drive *how)
{
    CURLcode code = CURLE_FAILED_INIT;

    h->too_large = h->head_whole = false;
    h->heard_ms = 0;
    h->why[0] = '\0';
    *how = DRIVE_BROKEN;
    if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK)
        return code;
    *how = http_drive(h);
    if (*how == DRIVE_DONE)
        code = result_of(h->multi);
    h->reply->stream_ended = code == CURLE_HTTP2_STREAM;
    http_measure(h);
    curl_multi_remove_handle(h->multi, h->easy);
    return code;
}

/* A connection of HTTP/2 without TLS is joined as long as it lives. */
static CURLcode http_exchange(struct http *h, enum drive *how)
{
    CURLcode code;

    h->kept_out = false;
    code = http_exchange_once(h, how);
    if (h->kept_out && *how == DRIVE_DONE && code != CURLE_OK) {
        http_join(h, false);
        code = http_exchange_once(h, how);
    }
    if (h->http2 && h->cleartext)
        http_join(h, *how == DRIVE_DONE && code == CURLE_OK);
    return code;
}

/* The server closed an idle connection and we noticed only when we wrote to it.
 * libcurl handles most such cases, but not once a body is on its way. */
static bool was_stale(const struct http *h, CURLcode code)
{
    long connects = 1;

    curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && h->heard_ms == 0 &&
           (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
            code == CURLE_GOT_NOTHING || code == CURLE_HTTP2);
}

/* No byte of the request was sent, so its contents cannot be the reason. */
static bool http_unreached(const struct http *h)
{
    curl_off_t began = 0;

    return curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &began) ==
               CURLE_OK &&
           began == 0;
}

static bool http_judge_exchange(const struct http *h, enum drive how,
                                CURLcode code, struct error *err)
{
    struct text why = text_of(h->why[0] ? h->why : curl_easy_strerror(code));

    if (how == DRIVE_STOPPED)
        return error_set(err, ERROR_STOPPED, 0, "stopped while talking to %s",
                         h->host);
    if (how == DRIVE_STALLED)
        return error_set(err, ERROR_TIMEOUT, 0,
                         "%s: the answer stood still for %d s", h->host,
                         STALL_MS / 1000);
    if (how == DRIVE_BROKEN)
        return error_set(err, ERROR_LOCAL, 0, "%s: libcurl failed", h->host);
    if (code == CURLE_OK && !h->head_whole) /* libcurl lets that pass */
        return error_set(err, ERROR_NETWORK, 0,
                         "%s: the answer broke off in its head", h->host);
    if (code == CURLE_OK)
        return true;
    if (h->too_large) {
        error_set(err, ERROR_PROTOCOL, h->reply->status,
                  "%s: the answer is larger than %zu bytes", h->host,
                  h->limit_bytes);
        err->about = ABOUT_SERVICE;
        err->in_reply = h->reply->status < 300;
        return false;
    }
    if (h->reply->body.failed)
        return error_memory(err, "for an answer");
    http_curl_error(code, h->host, why, err);
    if (http_unreached(h) &&
        (err->kind == ERROR_NETWORK || err->kind == ERROR_TIMEOUT)) {
        err->kind = ERROR_NETWORK;
        err->about = ABOUT_SERVICE;
    }
    return false;
}

/* No service answers a success with HTML: something else stands between us and
 * it, for a moment or for good. */
static bool is_data(struct http *h, struct error *err)
{
    const struct http_reply *r = h->reply;

    if (strncasecmp(r->content_type, "text/html", 9) != 0) {
        h->pages = 0;
        return true;
    }
    h->pages += h->pages <= MOST_PAGES;
    return error_set(err, h->pages > MOST_PAGES ? ERROR_CONFIG : ERROR_SERVER,
                     r->status,
                     "%s answered with a page for people (%s): a proxy's "
                     "login, or a wrong URL?", h->host, r->content_type);
}

/* Some services write a byte order mark in front of JSON. */
static void skip_bom(struct buf *body)
{
    if (body->len >= 3 && memcmp(body->data, "\xef\xbb\xbf", 3) == 0) {
        body->len -= 3;
        memmove(body->data, body->data + 3, body->len);
    }
}

/* Servers quote what we sent, so remove our secrets. */
static void http_redact(const struct http_request *req, struct http_reply *r)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const char *key = req->headers[i].value, *space = strchr(key, ' ');
        struct text places[] = { { r->body.data, r->body.len },
                                 text_of(r->location),
                                 text_of(r->request_id) };

        if (!req->headers[i].secret)
            continue;
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            http_blot(places[k], text_of(space ? space + 1 : key));
    }
}

bool http_send(struct http *h, const struct http_request *req,
               struct http_reply *reply, struct error *err)
{
    enum drive how;
    CURLcode code;
    bool fine;

    http_empty_reply(reply);
    reply->sent = req->body;
    h->reply = reply;
    h->began_ms = clock_ms();
    if (!use_url(h, req->url, err))
        return false;
    if (http_told_to_stop(h))
        return error_set(err, ERROR_STOPPED, 0, "stopped before asking %s",
                         h->host);
    fine = set_headers(h, req, err);
    if (fine) {
        set_method(h->easy, req);
        code = http_exchange(h, &how);
        if (how == DRIVE_DONE && was_stale(h, code)) {
            curl_easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 1L);
            http_leave(h);
            code = http_exchange(h, &how);
            curl_easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 0L);
        }
        fine = http_judge_exchange(h, how, code, err);
    }
    curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(h->headers);
    h->headers = NULL;
    skip_bom(&reply->body);
    h->usual = reply->body.len;
    if (fine && reply->status >= 300)
        http_redact(req, reply);
    else if (fine)
        fine = is_data(h, err);
    return fine;
}
