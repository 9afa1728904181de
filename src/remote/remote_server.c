/*
 * This file is the server: one thread serves all callers of a run with poll():
 * it accepts connections, carries commands and questions to the run's door and
 * sends the answers. It never waits for a caller, and drops one that makes no
 * progress.
 */
#include "config.h"
#include "remote/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "remote/caller.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "util/str.h"

/* The server wakes at least once a TICK; a caller gets one snapshot in a PACE;
 * a caller that asked for none in WATCH does not watch. */
enum { TICK_MS = 1000, PACE_MS = 20, WATCH_MS = 5000 };
/* For the last words: in all, and while no caller reads any of them. */
enum { FAREWELL_MS = 1000, STILL_MS = 200 };

struct remote {
    struct door door; /* [const once begun] */
    int folder, listener, wake;
    char name[80];
    pthread_t thread;
    bool begun;                           /* [who has the server] */
    atomic_int owner;                     /* enum remote_owner */
    atomic_bool watched;
    /* [server, then the thread that stopped it] */
    struct caller caller[REMOTE_CLIENTS];
    int64_t full_ms; /* until then, let nobody in */
    unsigned viewers; /* that had a name */
};

/* --- one caller ----------------------------------------------------------- */

static void server_drop_caller(struct remote *s, struct caller *c)
{
    int here = OWNER_HERE;

    if (c->owner)
        atomic_compare_exchange_strong(&s->owner, &here, OWNER_GONE);
    caller_end(c);
}

static void server_note_viewer(struct remote *s, const struct caller *c,
                               bool comes)
{
    if (*c->name && s->door.viewer)
        s->door.viewer(s->door.to, c->name, comes);
}

/* For the server's thread, while there is a run. */
static void server_lose_caller(struct remote *s, struct caller *c)
{
    server_note_viewer(s, c, false);
    server_drop_caller(s, c);
}

/* Who watches gets a name at its first question. The console that began the
 * run is the first viewer. */
static void server_name_caller(struct remote *s, struct caller *c)
{
    if (*c->name)
        return;
    s->viewers++;
    if (c->owner) {
        snprintf(c->name, sizeof c->name, "console");
        return;
    }
    snprintf(c->name, sizeof c->name, "viewer %u", s->viewers);
    server_note_viewer(s, c, true);
}

/* The log of the run tells viewers apart, who all call themselves the
 * operator. */
static void server_sign(const struct caller *c, struct command *command)
{
    if (*c->name && !c->owner)
        snprintf(command->origin, sizeof command->origin, "%s", c->name);
    else if (*c->name && !*command->origin)
        snprintf(command->origin, sizeof command->origin, "the operator");
}

static void server_carry_out(struct remote *s, struct caller *c)
{
    struct command command = c->m.body.command;
    char said[256] = "";
    struct error err;

    if (!wire_check_command(&command, &err)) {
        caller_refuse(c, &err);
        return;
    }
    server_sign(c, &command);
    if (s->door.command(s->door.to, &command, said, sizeof said, &err))
        caller_say(c, WIRE_DONE, said);
    else
        caller_refuse(c, &err);
}

static void server_send_snapshot(struct remote *s, struct caller *c)
{
    struct wire_ask ask = c->m.body.ask;
    struct error err;

    if (!wire_check_ask(&ask, &err)) {
        caller_refuse(c, &err);
        return;
    }
    if (ask.watches)
        server_name_caller(s, c);
    memset(&c->m.body.snapshot, 0, sizeof c->m.body.snapshot);
    c->m.body.snapshot.ask = ask.ask;
    c->m.body.snapshot.events_seen = ask.events_seen;
    s->door.snapshot(s->door.to, &c->m.body.snapshot);
    snprintf(c->m.body.snapshot.viewer, sizeof c->m.body.snapshot.viewer, "%s",
             c->name);
    c->looked_ms = clock_ms();
    caller_answer(c, WIRE_SNAPSHOT);
}

static void server_detach_owner(struct remote *s, struct caller *c)
{
    atomic_store(&s->owner, OWNER_DETACHED);
    caller_say(c, WIRE_DONE, "the run goes on");
}

static void server_refuse(struct caller *c, const char *why)
{
    caller_say(c, WIRE_REFUSED, why);
    c->last = true;
}

/* The head is complete: may a caller send such a message? */
static bool server_accepts_head(struct caller *c)
{
    struct error err;

    if (!wire_check_head(&c->m.head, &err))
        server_refuse(c, err.text);
    else if (c->m.head.kind == WIRE_DETACH && !c->owner)
        server_refuse(c, "only who began a run can leave it behind");
    else if (c->m.head.kind != WIRE_COMMAND && c->m.head.kind != WIRE_ASK &&
             c->m.head.kind != WIRE_DETACH)
        server_refuse(c, "only a run says that");
    return !c->due;
}

static void server_hear(struct remote *s, struct caller *c)
{
    if (!caller_receive(c)) {
        server_lose_caller(s, c);
        return;
    }
    if ((caller_has_head(c) && !server_accepts_head(c)) || !caller_has_all(c))
        return;
    if (c->m.head.kind == WIRE_COMMAND)
        server_carry_out(s, c);
    else if (c->m.head.kind == WIRE_DETACH)
        server_detach_owner(s, c);
    else
        server_send_snapshot(s, c);
}

static void server_serve_caller(struct remote *s, struct caller *c,
                                short events)
{
    if (c->fd < 0)
        return;
    if (events && !c->due)
        server_hear(s, c);
    else if (events && !caller_send(c))
        server_lose_caller(s, c);
    /* An owner that was suspended in the middle of a message comes back. */
    if (!c->owner && caller_hangs(c, clock_ms()))
        server_lose_caller(s, c);
}

/* --- all of them ---------------------------------------------------------- */

/* Refuse without a place, as far as the socket takes it at once. */
static void server_refuse_full(int fd)
{
    struct {
        struct wire_head head;
        struct wire_said said;
    } m;

    memset(&m, 0, sizeof m);
    wire_head_init(&m.head, WIRE_REFUSED);
    snprintf(m.said.text, sizeof m.said.text,
             "%d others are connected to this run already: close one of them",
             REMOTE_CLIENTS);
    send(fd, &m, sizeof m, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void server_accept_caller(struct remote *s)
{
    int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int64_t now = clock_ms();
    struct caller *c;

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            s->full_ms = now + TICK_MS; /* it stays ready: no hurry */
    } else if (!remote_same_user(fd)) {
        close(fd);
    } else if (!(c = caller_find_place(s->caller, REMOTE_CLIENTS, now))) {
        server_refuse_full(fd);
    } else {
        server_lose_caller(s, c);
        caller_begin(c, fd);
    }
}

/* A console asks again and again, a status only once. */
static void server_note_watchers(struct remote *s, int64_t now)
{
    bool watched = false;

    for (int i = 0; i < REMOTE_CLIENTS; i++) {
        const struct caller *c = &s->caller[i];

        watched |= c->fd >= 0 && c->looked_ms &&
                   now - c->looked_ms < WATCH_MS;
    }
    atomic_store(&s->watched, watched);
}

/* Choose whom to poll, and return for how long at most. A caller that just got
 * a snapshot waits a moment, so that nobody keeps the run busy. */
static int fill_poll(struct remote *s, struct pollfd *at, int64_t now)
{
    int64_t wait = TICK_MS;

    for (int i = 0; i < REMOTE_CLIENTS; i++) {
        const struct caller *c = &s->caller[i];
        int64_t rest = c->looked_ms ? c->looked_ms + PACE_MS - now : 0;

        at[i] = (struct pollfd){ .fd = c->fd,
                                 .events = c->due ? POLLOUT : POLLIN };
        if (c->fd < 0 || c->due || rest <= 0)
            continue;
        at[i].events = 0; /* but for its end */
        wait = rest < wait ? rest : wait;
    }
    return (int)wait;
}

static void *server_main(void *arg)
{
    struct remote *s = arg;
    struct pollfd at[2 + REMOTE_CLIENTS];

    for (;;) {
        int64_t now = clock_ms();
        int wait = fill_poll(s, at + 2, now);

        at[0] = (struct pollfd){ .fd = s->wake, .events = POLLIN };
        at[1] = (struct pollfd){ .fd = now < s->full_ms ? -1 : s->listener,
                                 .events = POLLIN };
        if (poll(at, 2 + REMOTE_CLIENTS, wait) < 0)
            continue;
        if (at[0].revents)
            return NULL;
        for (int i = 0; i < REMOTE_CLIENTS; i++)
            server_serve_caller(s, &s->caller[i], at[2 + i].revents);
        if (at[1].revents)
            server_accept_caller(s);
        server_note_watchers(s, clock_ms());
    }
}

/* --- life ----------------------------------------------------------------- */

static void server_adopt_owner(struct remote *s, int owner)
{
    caller_begin(&s->caller[0], owner);
    s->caller[0].owner = true;
    atomic_store(&s->owner, OWNER_HERE);
}

struct remote *remote_open(int owner, struct error *err)
{
    struct remote *s = calloc(1, sizeof *s);

    if (!s) {
        error_memory(err, "to serve consoles");
        return NULL;
    }
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        s->caller[i].fd = -1;
    s->folder = s->listener = s->wake = -1;
    if (owner >= 0)
        server_adopt_owner(s, owner);
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

bool remote_begin(struct remote *s, const struct door *door,
                  struct error *err)
{
    s->door = *door;
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

/* Do this while the ledger is still ours: after that another run of the job may
 * begin, with a socket of the same name. */
static void server_hide_socket(struct remote *s)
{
    if (s->listener < 0)
        return;
    close(s->listener);
    unlinkat(s->folder, s->name, 0);
    s->listener = -1;
}

void remote_stop(struct remote *s)
{
    if (s->begun) {
        s->begun = false;
        eventfd_write(s->wake, 1);
        pthread_join(s->thread, NULL);
    }
    server_hide_socket(s);
}

static void server_send_farewell(struct caller *c,
                                 const struct wire_farewell *words)
{
    c->m.body.farewell = *words;
    caller_answer(c, WIRE_FAREWELL);
    c->last = true;
}

/* Send the rest of all answers; false when there is none, or it is too late. */
static bool server_send_all(struct remote *s, int64_t until)
{
    struct pollfd at[REMOTE_CLIENTS];
    int64_t left = until - clock_ms();
    int due = 0, ready;

    for (int i = 0; i < REMOTE_CLIENTS; i++) {
        const struct caller *c = &s->caller[i];

        due += c->due > 0;
        at[i] = (struct pollfd){ .fd = c->due ? c->fd : -1,
                                 .events = POLLOUT };
    }
    if (!due || left <= 0)
        return false;
    ready = poll(at, REMOTE_CLIENTS, (int)(left < STILL_MS ? left : STILL_MS));
    if (ready <= 0)
        return ready < 0;
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        if (at[i].revents && !caller_send(&s->caller[i]))
            server_drop_caller(s, &s->caller[i]);
    return true;
}

/* Names of files may hold bytes that a terminal must not get. */
static void server_put_lines(char *to, size_t size, const char *text)
{
    size_t used = 0;

    while (*text && used + 1 < size) {
        size_t n = strcspn(text, "\n");
        struct text line = { text, n };

        used += str_printable(to + used, size - used, line);
        text += n;
        if (*text == '\n' && used + 1 < size) {
            to[used++] = '\n';
            text++;
        }
    }
    to[used] = '\0';
}

/* Messages travel whole: finish an answer that has begun first. */
void remote_farewell(struct remote *s, int status, bool error,
                     const char *text)
{
    struct wire_farewell words = { .status = status, .error = error };
    int64_t until = clock_ms() + FAREWELL_MS;

    server_put_lines(words.text, sizeof words.text, text);
    do {
        for (int i = 0; i < REMOTE_CLIENTS; i++) {
            struct caller *c = &s->caller[i];

            if (c->fd >= 0 && !c->due)
                server_send_farewell(c, &words);
        }
    } while (server_send_all(s, until));
}

void remote_close(struct remote *s)
{
    if (!s)
        return;
    remote_stop(s);
    for (int i = 0; i < REMOTE_CLIENTS; i++)
        server_drop_caller(s, &s->caller[i]);
    if (s->wake >= 0)
        close(s->wake);
    if (s->folder >= 0)
        close(s->folder);
    free(s);
}
