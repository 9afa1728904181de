/* The parts of http.c besides the exchange itself. For this room only. */
#ifndef BATCHTOP_NET_HTTP_PARTS_H
#define BATCHTOP_NET_HTTP_PARTS_H

#include "net/http.h"

#include <curl/curl.h>

/* All silent. */
void http_pace_clear(struct http_pace *p);

/* Take one line of a reply's head, with its line break. A status line starts
 * over, because the head before it was an interim answer's or a proxy's. */
void http_take_header(struct http_reply *r, struct text line);

/* The host of a URL that was checked, for messages. */
void http_url_host(const char *url, char *to, size_t size);

/* Fill *err with the meaning of a failed transfer. Returns false. */
bool http_curl_error(CURLcode code, const char *host, struct text why,
                     struct error *err);

/* A transfer that is under way. */
struct http_wait {
    CURL *easy;
    CURLM *multi;
    int stop_fd;      /* -1: none */
    curl_off_t body;  /* bytes to send */
    curl_off_t sent;  /* at the last wait; these two are http_wait()'s own */
    bool at_once;     /* the last wait ended since a socket was ready */
};

/* Until something can go on, a second at most. *stopped: stop_fd is readable.
 * False: libcurl failed. */
bool http_wait(struct http_wait *w, bool *stopped);

/* Overwrite every occurrence of a secret with asterisks. */
void http_blot(struct text where, struct text secret);

#endif
