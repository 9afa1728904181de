#include "config.h"
#include "remote/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
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
enum { STALL_MS = 5000, LOOK_MS = 1000, WATCH_MS = 5000, FAREWELL_MS = 1000 };

struct message {
    struct wire_head head;
    union {
        struct command command;
        struct failure_ask ask;
        struct wire_said said;
        struct wire_farewell farewell;
        struct snapshot snapshot;
        char bytes[WIRE_BODY_MAX];
    } body;
};

struct client {
    int fd;           /* -1: a free place */
    size_t got;       /* bytes of the question */
    size_t sent, due; /* bytes of the answer; due = 0: none */
    int64_t moved_ms;
    int64_t looked_ms; /* when it asked for a snapshot; 0: never */
    bool owner;
    bool last;        /* gone after this answer */
    struct message m;
};

struct remote {
    struct door door; /* [const after open] */
    int folder, listener, wake;
    char name[80];
    pthread_t thread;
    bool begun;                           /* [who has the server] */
    atomic_int owner;                     /* enum remote_owner */
    atomic_bool watched;
    struct client client[REMOTE_CLIENTS]; /* [server, then who stopped it] */
};

/* --- one client ------------------------------------------------------------- */

static void drop(struct remote *s, struct client *c)
{
    int here = OWNER_HERE;

    if (c->owner)
        atomic_compare_exchange_strong(&s->owner, &here, OWNER_GONE);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->got = c->sent = c->due = 0;
    c->looked_ms = 0;
    c->owner = c->last = false;
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

static void look(struct remote *s, struct client *c)
{
    struct failure_ask ask = c->m.body.ask;
    struct error err;

    if (!wire_check_ask(&ask, &err)) {
        say(c, WIRE_REFUSED, err.text);
        return;
    }
    c->looked_ms = clock_ms();
    memset(&c->m.body.snapshot, 0, sizeof c->m.body.snapshot);
    c->m.body.snapshot.ask = ask;
    s->door.look(s->door.to, &c->m.body.snapshot);
    wire_mend_snapshot(&c->m.body.snapshot);
    answer(c, WIRE_SNAPSHOT);
}

static void let_go(struct remote *s, struct client *c)
{
    atomic_store(&s->owner, OWNER_DETACHED);
    say(c, WIRE_DONE, "the run goes on");
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
    else if (c->m.head.kind == WIRE_DETACH && !c->owner)
        refuse(c, "only who began a run can leave it behind");
    else if (c->m.head.kind != WIRE_COMMAND && c->m.head.kind != WIRE_LOOK &&
             c->m.head.kind != WIRE_DETACH)
        refuse(c, "only a run says that");
    return !c->due;
}

static void asked(struct remote *s, struct client *c)
{
    if (c->m.head.kind == WIRE_COMMAND)
        carry_out(s, c);
    else if (c->m.head.kind == WIRE_DETACH)
        let_go(s, c);
    else
        look(s, c);
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
            drop(s, c);
        return;
    }
    c->moved_ms = clock_ms();
    c->got += (size_t)n;
    if (c->got == sizeof c->m.head && !acceptable(c))
        return;
    if (c->got >= sizeof c->m.head && c->got == wanted(c))
        asked(s, c);
}

static void tell(struct remote *s, struct client *c)
{
    ssize_t n = send(c->fd, (const char *)&c->m + c->sent, c->due - c->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0) {
        if (!later(n))
            drop(s, c);
        return;
    }
    c->moved_ms = clock_ms();
    c->sent += (size_t)n;
    if (c->sent < c->due)
        return;
    c->due = 0;
    if (c->last)
        drop(s, c);
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
        tell(s, c);
    else if (events)
        hear(s, c);
    /* An owner that was suspended in the middle of a word comes back. */
    if ((c->got || c->due) && !c->owner &&
        clock_ms() - c->moved_ms > STALL_MS)
        drop(s, c);
}

/* A console asks again and again; a status is asked for once. */
static void note_watchers(struct remote *s)
{
    int64_t now = clock_ms();
    bool watched = false;

    for (int i = 0; i < REMOTE_CLIENTS; i++) {
        const struct client *c = &s->client[i];

        watched |= c->fd >= 0 && c->looked_ms &&
                   now - c->looked_ms < WATCH_MS;
    }
    atomic_store(&s->watched, watched);
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
        note_watchers(s);
    }
}

/* --- life ------------------------------------------------------------------- */

static void adopt(struct remote *s, int owner)
{
    struct client *c = &s->client[0];

    fcntl(owner, F_SETFL, O_NONBLOCK);
    c->fd = owner;
    c->owner = true;
    c->moved_ms = clock_ms();
    atomic_store(&s->owner, OWNER_HERE);
}

struct remote *remote_open(const struct door *door, int owner,
                           struct error *err)
{
    struct remote *s = calloc(1, sizeof *s);

    if (!s) {
        error_set(err, ERROR_MEMORY, 0, "no memory to serve consoles");
        return NULL;
    }
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        s->client[i].fd = -1;
    s->door = *door;
    s->folder = s->listener = s->wake = -1;
    if (owner >= 0)
        adopt(s, owner);
    return s;
}

bool remote_listen(struct remote *s, const char *dir, const char *job,
                   struct error *err)
{
    struct sockaddr_un at;
    int fd;

    s->folder = remote_folder(dir, true, err);
    if (s->folder < 0)
        return false;
    snprintf(s->name, sizeof s->name, "%.64s.sock", job);
    remote_address(&at, s->folder, job);
    unlinkat(s->folder, s->name, 0); /* of a dead run: the lock is ours */
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
        listen(fd, REMOTE_CLIENTS) == 0) {
        s->listener = fd;
        return true;
    }
    error_errno(err, errno, "a socket for the run");
    if (fd >= 0)
        close(fd);
    return false;
}

bool remote_begin(struct remote *s, struct error *err)
{
    s->wake = eventfd(0, EFD_CLOEXEC);
    if (s->wake < 0)
        return error_errno(err, errno, "an event of the run");
    s->begun = thread_start(&s->thread, "bt-remote", server_main, s, err);
    return s->begun;
}

enum remote_owner remote_owner(struct remote *s)
{
    return (enum remote_owner)atomic_load(&s->owner);
}

bool remote_watched(struct remote *s)
{
    return remote_owner(s) == OWNER_HERE || atomic_load(&s->watched);
}

void remote_stop(struct remote *s)
{
    if (!s->begun)
        return;
    s->begun = false;
    eventfd_write(s->wake, 1);
    pthread_join(s->thread, NULL);
}

/* Until it is sent, the time is over or the other end is gone. */
static void tell_all(struct remote *s, struct client *c, int64_t until)
{
    struct pollfd at = { .events = POLLOUT };
    int64_t left;

    while (c->fd >= 0 && c->due && (left = until - clock_ms()) > 0) {
        at.fd = c->fd;
        if (poll(&at, 1, (int)left) > 0)
            tell(s, c);
    }
}

static void part(struct remote *s, struct client *c, int status,
                 const char *text)
{
    int64_t until = clock_ms() + FAREWELL_MS;
    struct wire_farewell *f = &c->m.body.farewell;

    tell_all(s, c, until); /* what is under way: messages come whole */
    if (c->due)
        return;
    memset(f, 0, sizeof *f);
    f->status = status;
    snprintf(f->text, sizeof f->text, "%s", text);
    answer(c, WIRE_FAREWELL);
    tell_all(s, c, until);
}

void remote_farewell(struct remote *s, int status, const char *text)
{
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        if (s->client[i].fd >= 0)
            part(s, &s->client[i], status, text);
}

void remote_close(struct remote *s)
{
    if (!s)
        return;
    remote_stop(s);
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        drop(s, &s->client[i]);
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
