#include "config.h"
#include "remote/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "remote/wire.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "util/str.h"

/* A message that stands still so long ends its client. */
enum { STALL_MS = 5000, LOOK_MS = 1000 };

struct message {
    struct wire_head head;
    union {
        struct command command;
        struct wire_look look;
        struct wire_said said;
        struct snapshot snapshot;
        char bytes[WIRE_BODY_MAX];
    } body;
};

struct client {
    int fd;           /* -1: a free place */
    size_t got;       /* bytes of the question */
    size_t sent, due; /* bytes of the answer; due = 0: none */
    int64_t moved_ms;
    bool last;        /* gone after this answer */
    struct message m;
};

struct remote {
    struct door door; /* [const after open] */
    int folder, listener, wake;
    char name[80];
    pthread_t thread;
    struct client client[REMOTE_CLIENTS]; /* [server only] */
};

/* --- one client ------------------------------------------------------------- */

static void drop(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->got = c->sent = c->due = 0;
    c->last = false;
}

static void answer(struct client *c, enum wire_kind kind)
{
    wire_head_init(&c->m.head, kind);
    c->got = c->sent = 0;
    c->due = sizeof c->m.head + (size_t)c->m.head.size;
}

static void say(struct client *c, enum wire_kind kind, const char *text)
{
    memset(&c->m.body.said, 0, sizeof c->m.body.said);
    str_printable(c->m.body.said.text, sizeof c->m.body.said.text,
                  text_of(text));
    answer(c, kind);
}

static void carry_out(struct remote *s, struct client *c)
{
    struct command command = c->m.body.command;
    char said[256] = "";
    struct error err;

    if (wire_check_command(&command, &err) &&
        s->door.command(s->door.to, &command, said, sizeof said, &err))
        say(c, WIRE_DONE, said);
    else
        say(c, WIRE_REFUSED, err.text);
}

static void refuse(struct client *c, const char *why)
{
    say(c, WIRE_REFUSED, why);
    c->last = true;
}

/* The head is there: is it one that a client may send? */
static bool acceptable(struct client *c)
{
    struct error err;

    if (!wire_check_head(&c->m.head, &err))
        refuse(c, err.text);
    else if (c->m.head.kind != WIRE_COMMAND && c->m.head.kind != WIRE_LOOK)
        refuse(c, "only a run says that");
    return !c->due;
}

static void asked(struct remote *s, struct client *c)
{
    struct wire_look look = c->m.body.look;

    if (c->m.head.kind == WIRE_COMMAND) {
        carry_out(s, c);
    } else {
        memset(&c->m.body.snapshot, 0, sizeof c->m.body.snapshot);
        c->m.body.snapshot.failures_first = look.failures_first;
        s->door.look(s->door.to, &c->m.body.snapshot);
        answer(c, WIRE_SNAPSHOT);
    }
}

static size_t wanted(const struct client *c)
{
    size_t head = sizeof c->m.head;

    return c->got < head ? head : head + (size_t)c->m.head.size;
}

/* Sockets that have nothing or no room are for later; others are gone. */
static bool later(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
                     errno == EINTR);
}

static void hear(struct remote *s, struct client *c)
{
    ssize_t n = recv(c->fd, (char *)&c->m + c->got, wanted(c) - c->got, 0);

    if (n <= 0) {
        if (!later(n))
            drop(c);
        return;
    }
    c->moved_ms = clock_ms();
    c->got += (size_t)n;
    if (c->got == sizeof c->m.head && !acceptable(c))
        return;
    if (c->got >= sizeof c->m.head && c->got == wanted(c))
        asked(s, c);
}

static void tell(struct client *c)
{
    ssize_t n = send(c->fd, (const char *)&c->m + c->sent, c->due - c->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0) {
        if (!later(n))
            drop(c);
        return;
    }
    c->moved_ms = clock_ms();
    c->sent += (size_t)n;
    if (c->sent < c->due)
        return;
    c->due = 0;
    if (c->last)
        drop(c);
}

/* --- all of them ------------------------------------------------------------ */

static void welcome(struct remote *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    for (int i = 0; fd >= 0 && i < REMOTE_CLIENTS; i++)
        if (s->client[i].fd < 0 && remote_same_user(fd)) {
            s->client[i].fd = fd;
            s->client[i].moved_ms = clock_ms();
            return;
        }
    if (fd >= 0)
        close(fd);
}

static void serve(struct remote *s, struct client *c, short events)
{
    if (c->fd < 0)
        return;
    if (events && c->due)
        tell(c);
    else if (events)
        hear(s, c);
    if ((c->got || c->due) && clock_ms() - c->moved_ms > STALL_MS)
        drop(c);
}

static void *server_main(void *arg)
{
    struct remote *s = arg;
    struct pollfd at[2 + REMOTE_CLIENTS];

    at[0] = (struct pollfd){ .fd = s->wake, .events = POLLIN };
    at[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
    for (;;) {
        for (int i = 0; i < REMOTE_CLIENTS; i++)
            at[2 + i] = (struct pollfd){
                .fd = s->client[i].fd,
                .events = s->client[i].due ? POLLOUT : POLLIN
            };
        if (poll(at, 2 + REMOTE_CLIENTS, LOOK_MS) < 0)
            continue;
        if (at[0].revents)
            return NULL;
        for (int i = 0; i < REMOTE_CLIENTS; i++)
            serve(s, &s->client[i], at[2 + i].revents);
        if (at[1].revents)
            welcome(s);
    }
}

static bool listen_at(struct remote *s, const char *job, struct error *err)
{
    struct sockaddr_un at;

    snprintf(s->name, sizeof s->name, "%.64s.sock", job);
    remote_address(&at, s->folder, job);
    unlinkat(s->folder, s->name, 0); /* of a dead run: the lock is ours */
    s->wake = eventfd(0, EFD_CLOEXEC);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                         0);
    if (s->wake < 0 || s->listener < 0 ||
        bind(s->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(s->listener, REMOTE_CLIENTS) != 0)
        return error_errno(err, errno, "a socket for the run");
    return true;
}

static void release(struct remote *s)
{
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        drop(&s->client[i]);
    if (s->listener >= 0) {
        close(s->listener);
        unlinkat(s->folder, s->name, 0);
    }
    if (s->wake >= 0)
        close(s->wake);
    if (s->folder >= 0)
        close(s->folder);
    free(s);
}

struct remote *remote_open(const struct door *door, const char *dir,
                           const char *job, struct error *err)
{
    struct remote *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_MEMORY, 0, "no memory to serve batchtop ctl");
        return NULL;
    }
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        s->client[i].fd = -1;
    s->door = *door;
    s->wake = s->listener = -1;
    s->folder = remote_folder(dir, true, err);
    if (s->folder >= 0 && listen_at(s, job, err) &&
        thread_start(&s->thread, "bt-remote", server_main, s, err))
        return s;
    release(s);
    return NULL;
}

void remote_close(struct remote *s)
{
    if (!s)
        return;
    eventfd_write(s->wake, 1);
    pthread_join(s->thread, NULL);
    release(s);
}
