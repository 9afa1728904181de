/*
 * This file is the server's end of one connection, a small state machine over a
 * nonblocking socket: it reads a head, then a body, then writes the answer,
 * each as far as the socket allows. It notes when a byte moved last, so that
 * the server can drop a caller that hangs.
 */
#include "config.h"
#include "remote/caller.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/clock.h"
#include "util/str.h"

/* How long a question may take, and an answer may make no progress; a caller
 * that has not asked for IDLE_MS gives way to another. */
enum { HANG_MS = 5000, IDLE_MS = 5000 };

void caller_begin(struct caller *c, int fd)
{
    c->fd = fd;
    c->moved_ms = c->asked_ms = clock_ms();
}

void caller_end(struct caller *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->got = c->sent = c->due = 0;
    c->looked_ms = 0;
    c->owner = c->last = false;
    c->name[0] = '\0';
}

/* Does the socket only have nothing or no room now? Otherwise it is broken. */
static bool caller_try_later(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
                     errno == EINTR);
}

static size_t caller_wanted_bytes(const struct caller *c)
{
    size_t head = sizeof c->m.head;

    return c->got < head ? head : head + (size_t)c->m.head.size;
}

bool caller_receive(struct caller *c)
{
    ssize_t n = recv(c->fd, (char *)&c->m + c->got,
                     caller_wanted_bytes(c) - c->got, MSG_DONTWAIT);

    if (n <= 0)
        return caller_try_later(n);
    if (c->got == 0)
        c->moved_ms = clock_ms();
    c->got += (size_t)n;
    if (caller_has_all(c))
        c->asked_ms = clock_ms();
    return true;
}

bool caller_has_head(const struct caller *c)
{
    return c->got == sizeof c->m.head;
}

bool caller_has_all(const struct caller *c)
{
    return c->got >= sizeof c->m.head && c->got == caller_wanted_bytes(c);
}

void caller_answer(struct caller *c, enum wire_kind kind)
{
    wire_head_init(&c->m.head, kind);
    c->got = c->sent = 0;
    c->due = sizeof c->m.head + (size_t)c->m.head.size;
    c->moved_ms = clock_ms();
}

void caller_say(struct caller *c, enum wire_kind kind, const char *text)
{
    memset(&c->m.body.said, 0, sizeof c->m.body.said);
    str_sentence(c->m.body.said.text, sizeof c->m.body.said.text,
                 text_of(text));
    caller_answer(c, kind);
}

void caller_refuse(struct caller *c, const struct error *why)
{
    caller_say(c, WIRE_REFUSED, why->text);
    c->m.body.said.code = why->code > 0 ? (uint32_t)why->code & UINT16_MAX : 0;
}

bool caller_send(struct caller *c)
{
    ssize_t n = send(c->fd, (const char *)&c->m + c->sent, c->due - c->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0)
        return caller_try_later(n);
    c->moved_ms = clock_ms();
    c->sent += (size_t)n;
    if (c->sent < c->due)
        return true;
    c->due = 0;
    return !c->last;
}

struct caller *caller_find_place(struct caller *places, int count,
                                 int64_t now_ms)
{
    struct caller *oldest = NULL;

    for (struct caller *c = places; c < places + count; c++) {
        if (c->fd < 0)
            return c;
        if (!c->owner && (!oldest || c->asked_ms < oldest->asked_ms))
            oldest = c;
    }
    return oldest && now_ms - oldest->asked_ms > IDLE_MS ? oldest : NULL;
}

bool caller_hangs(const struct caller *c, int64_t now_ms)
{
    return (c->got || c->due) && now_ms - c->moved_ms > HANG_MS;
}
