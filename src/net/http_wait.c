/*
 * This file waits for a transfer to go on. Where HTTP/2's window holds a body
 * back, libcurl 7.88 goes on asking whether the socket can be written to, which
 * it always can: each wait ends at once, and a core is spent until the server
 * opens the window. So where a wait ended at once and no byte of the body went,
 * we wait for the server alone, for a bounded time.
 */
#include "config.h"
#include "net/http_parts.h"

#include <poll.h>
#include <sys/select.h>

enum { POLL_MS = 1000, HELD_MS = 50 };

static curl_off_t http_uploaded(CURL *easy)
{
    curl_off_t n = 0;

    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &n);
    return n;
}

/* The socket that the transfer reads from; -1: not to be had. A transfer under
 * way has no CURLINFO_ACTIVESOCKET yet. */
static int http_socket(CURLM *multi)
{
    fd_set in, out, other;
    int most = -1;

    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&other);
    curl_multi_fdset(multi, &in, &out, &other, &most);
    for (int fd = 0; fd <= most; fd++)
        if (FD_ISSET((unsigned)fd, &in)) /* musl divides it by a size_t */
            return fd;
    return -1;
}

/* For what the server sends, not longer than libcurl's own timers allow. */
static bool http_wait_for_server(struct http_wait *w, bool *stopped)
{
    struct pollfd look[2] = { { .fd = http_socket(w->multi), .events = POLLIN },
                              { .fd = w->stop_fd, .events = POLLIN } };
    long ms = HELD_MS;

    curl_multi_timeout(w->multi, &ms);
    if (look[0].fd < 0 || ms == 0)
        return false;
    poll(look, 2, ms < 0 || ms > HELD_MS ? HELD_MS : (int)ms);
    *stopped = look[1].revents != 0;
    return true;
}

bool http_wait(struct http_wait *w, bool *stopped)
{
    struct curl_waitfd stop = { .fd = w->stop_fd, .events = CURL_WAIT_POLLIN };
    curl_off_t sent = http_uploaded(w->easy);
    bool held = w->at_once && sent == w->sent && sent < w->body;
    int ready = 0;

    *stopped = false;
    w->sent = sent;
    if (held && http_wait_for_server(w, stopped))
        return true;
    if (curl_multi_poll(w->multi, &stop, w->stop_fd >= 0, POLL_MS, &ready) !=
        CURLM_OK)
        return false;
    w->at_once = ready > 0;
    *stopped = stop.revents != 0;
    return true;
}
