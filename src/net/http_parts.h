/*
 * What http.c is made of besides the conversation itself. For this room only.
 */
#ifndef BATCHTOP_NET_HTTP_PARTS_H
#define BATCHTOP_NET_HTTP_PARTS_H

#include "net/http.h"

#include <curl/curl.h>

/* All silent. */
void http_pace_clear(struct http_pace *p);

/* One line of a reply's head, line break and all. A status line starts over:
 * an interim answer or a proxy's said nothing that counts. */
void http_take_header(struct http_reply *r, struct text line);

/* The host of a URL that was checked, for messages. */
void http_url_host(const char *url, char *to, size_t size);

/* The error that a failed transfer means. Returns false. */
bool http_curl_error(CURLcode code, const char *host, struct text why,
                     struct error *err);

/* Overwrite every occurrence of a secret with asterisks. */
void http_blot(struct text where, struct text secret);

#endif
