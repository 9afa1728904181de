/*
 * This file mirrors a run for a console. One thread owns the connection to the
 * run and sends one message at a time. Other threads put their question into
 * the mirror under its lock, wake that thread by an eventfd and wait on the
 * monitor for the answer, for a bounded time.
 */
#include "config.h"
#include "remote/mirror.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/remote.h"
#include "remote/wire.h"
#include "sys/clock.h"
#include "sys/thread.h"

/* A frame waits briefly for a snapshot; an operator gets an answer in time. */
enum { LOOK_MS = 30, COMMAND_MS = 2000 };

/* The one question of a user that may be on its way. */
enum question { QUESTION_NONE, QUESTION_PUT, QUESTION_SENT, QUESTION_ANSWERED };

struct mirror {
    int fd, wake;
    pthread_t thread;
    void (*tell_gone)(void *arg); /* [const after new] */
    void *tell_arg;               /* [const after new] */
    struct monitor lock;
    bool closing;            /* [lock] */
    bool gone;               /* [lock] */
    struct error why;        /* [lock] it is gone, or the answer is no */
    struct last_words words; /* [lock] */
    bool asked;              /* [lock] */
    struct failure_ask ask;  /* [lock] */
    uint64_t events_seen;    /* [lock] by who asks */
    uint64_t seq;            /* [lock] snapshots that came */
    bool first_seen;         /* [lock] the maker's snapshot */
    struct snapshot now;     /* [lock] the newest */
    enum question question;  /* [lock] */
    bool abandoned;          /* [lock] nobody waits for its answer */
    bool granted;            /* [lock] */
    struct wire_head head;   /* [lock] the question; its body is in command */
    struct command command;  /* [lock] */
    struct wire_said said;   /* [lock] */
    /* the thread's own */
    bool ask_sent;
    union {
        struct wire_said said;
        struct wire_farewell farewell;
        struct snapshot snapshot;
    } came;
};

/* --- what comes ----------------------------------------------------------- */

static bool mirror_refuse_unasked(struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, 0,
                     "the run answered what nobody asked");
}

static bool take_snapshot(struct mirror *m, struct error *err)
{
    if (!m->ask_sent)
        return mirror_refuse_unasked(err);
    if (!wire_check_snapshot(&m->came.snapshot, err))
        return false;
    m->ask_sent = false;
    monitor_lock(&m->lock);
    m->now = m->came.snapshot;
    m->seq++;
    monitor_wake_all(&m->lock);
    monitor_unlock(&m->lock);
    return true;
}

static bool take_answer(struct mirror *m, bool granted, struct error *err)
{
    bool sent;

    if (!wire_check_said(&m->came.said, err))
        return false;
    monitor_lock(&m->lock);
    sent = m->question == QUESTION_SENT;
    m->said = m->came.said;
    m->granted = granted;
    m->question = m->abandoned ? QUESTION_NONE : QUESTION_ANSWERED;
    m->abandoned = false;
    monitor_wake_all(&m->lock);
    monitor_unlock(&m->lock);
    return sent || mirror_refuse_unasked(err);
}

/* A run that refuses a snapshot will show nothing: keep its reason. */
static bool mirror_take_refusal(struct mirror *m, struct error *err)
{
    if (!m->ask_sent)
        return take_answer(m, false, err);
    return wire_check_said(&m->came.said, err) &&
           error_set(err, ERROR_CONFIG, 0, "%s", m->came.said.text);
}

static bool take_farewell(struct mirror *m, struct error *err)
{
    if (!wire_check_farewell(&m->came.farewell, err))
        return false;
    monitor_lock(&m->lock);
    m->words.said = true;
    m->words.status = m->came.farewell.status;
    m->words.error = m->came.farewell.error;
    memcpy(m->words.text, m->came.farewell.text, sizeof m->words.text);
    monitor_unlock(&m->lock);
    return error_set(err, ERROR_STOPPED, 0, "the run is over");
}

static bool mirror_hear(struct mirror *m, struct error *err)
{
    struct wire_head head;

    if (!remote_receive(m->fd, &head, sizeof head, -1, err) ||
        !wire_check_head(&head, err))
        return false;
    if (head.size > sizeof m->came)
        return mirror_refuse_unasked(err);
    if (!remote_receive(m->fd, &m->came, (size_t)head.size, -1, err))
        return false;
    switch ((enum wire_kind)head.kind) {
    case WIRE_SNAPSHOT:
        return take_snapshot(m, err);
    case WIRE_DONE:
        return take_answer(m, true, err);
    case WIRE_REFUSED:
        return mirror_take_refusal(m, err);
    case WIRE_FAREWELL:
        return take_farewell(m, err);
    default:
        return mirror_refuse_unasked(err);
    }
}

/* --- what goes ------------------------------------------------------------ */

/* The server takes one message of a connection at a time, so we send one. */
static bool mirror_ask(struct mirror *m, struct error *err)
{
    struct wire_head head;
    struct command command;
    struct wire_ask ask = { .watches = 1 };
    bool put, wanted;

    monitor_lock(&m->lock);
    put = m->question == QUESTION_PUT && !m->ask_sent;
    wanted = m->asked && !m->ask_sent && !put &&
             m->question != QUESTION_SENT;
    ask.ask = m->ask;
    ask.events_seen = m->events_seen;
    head = m->head;
    command = m->command;
    if (put)
        m->question = QUESTION_SENT;
    if (wanted)
        m->asked = false;
    monitor_unlock(&m->lock);
    if (put)
        return remote_send(m->fd, &head, sizeof head, -1, err) &&
               remote_send(m->fd, &command, (size_t)head.size, -1, err);
    if (!wanted)
        return true;
    m->ask_sent = true;
    wire_head_init(&head, WIRE_ASK);
    return remote_send(m->fd, &head, sizeof head, -1, err) &&
           remote_send(m->fd, &ask, sizeof ask, -1, err);
}

static bool mirror_is_closing(struct mirror *m)
{
    bool is;

    monitor_lock(&m->lock);
    is = m->closing;
    monitor_unlock(&m->lock);
    return is;
}

static void *mirror_main(void *arg)
{
    struct mirror *m = arg;
    struct pollfd at[2] = { { .fd = m->fd, .events = POLLIN },
                            { .fd = m->wake, .events = POLLIN } };
    struct error err;
    eventfd_t woken;

    error_set(&err, ERROR_STOPPED, 0, "nobody looks any more");
    while (!mirror_is_closing(m)) {
        bool asked = mirror_ask(m, &err);

        if (asked && poll(at, 2, -1) < 0)
            continue;
        if (at[1].revents & POLLIN)
            eventfd_read(m->wake, &woken);
        /* A run that cannot be asked may have left last words. */
        if ((!asked || at[0].revents) && !mirror_hear(m, &err))
            break;
    }
    monitor_lock(&m->lock);
    m->gone = true;
    m->why = err;
    monitor_wake_all(&m->lock);
    monitor_unlock(&m->lock);
    m->tell_gone(m->tell_arg);
    return NULL;
}

/* --- the door ------------------------------------------------------------- */

static bool mirror_snapshot(void *to, struct snapshot *s)
{
    struct mirror *m = to;
    int64_t until = clock_ms() + LOOK_MS;
    uint64_t seq;
    bool here;

    monitor_lock(&m->lock);
    seq = m->seq;
    m->ask = s->ask;
    m->events_seen = s->events_seen;
    m->asked = true;
    eventfd_write(m->wake, 1);
    while (m->first_seen && m->seq == seq && !m->gone &&
           monitor_wait(&m->lock, until))
        ;
    m->first_seen = true;
    *s = m->now;
    here = !m->gone;
    monitor_unlock(&m->lock);
    return here;
}

/* With the lock held: wait until the question is `wanted`. */
static bool mirror_await(struct mirror *m, enum question wanted, int64_t until,
                         struct error *err)
{
    while (m->question != wanted && !m->gone)
        if (!monitor_wait(&m->lock, until))
            return error_set(err, ERROR_TIMEOUT, 0,
                             "the run has not answered within %d s",
                             COMMAND_MS / 1000);
    if (!m->gone)
        return true;
    *err = m->why;
    return false;
}

static bool mirror_take_reply(struct mirror *m, char *said, size_t said_size,
                              struct error *err)
{
    m->question = QUESTION_NONE;
    monitor_wake_all(&m->lock);
    if (!m->granted)
        return error_set(err, ERROR_CONFIG, (int)m->said.code, "%s",
                         m->said.text);
    if (said && said_size)
        snprintf(said, said_size, "%s", m->said.text);
    return true;
}

/* command: the body of the question, or NULL. */
static bool mirror_put_question(struct mirror *m, enum wire_kind kind,
                                const struct command *command, char *said,
                                size_t said_size, struct error *err)
{
    int64_t until = clock_ms() + COMMAND_MS;
    bool good;

    monitor_lock(&m->lock);
    good = mirror_await(m, QUESTION_NONE, until, err);
    if (good) {
        wire_head_init(&m->head, kind);
        if (command)
            m->command = *command;
        m->question = QUESTION_PUT;
        eventfd_write(m->wake, 1);
        if (mirror_await(m, QUESTION_ANSWERED, until, err)) {
            good = mirror_take_reply(m, said, said_size, err);
        } else {
            m->abandoned = m->question == QUESTION_SENT;
            if (m->question == QUESTION_PUT)
                m->question = QUESTION_NONE;
            good = false;
        }
    }
    monitor_unlock(&m->lock);
    return good;
}

static bool mirror_command(void *to, const struct command *c, char *said,
                           size_t said_size, struct error *err)
{
    if (said && said_size)
        said[0] = '\0';
    return mirror_put_question(to, WIRE_COMMAND, c, said, said_size, err);
}

struct door mirror_door(struct mirror *m)
{
    return (struct door){ .to = m,
                          .command = mirror_command,
                          .snapshot = mirror_snapshot };
}

bool mirror_detach(struct mirror *m, struct error *err)
{
    return mirror_put_question(m, WIRE_DETACH, NULL, NULL, 0, err);
}

/* --- life ----------------------------------------------------------------- */

struct mirror *mirror_open(int fd, const struct snapshot *first,
                           void (*gone)(void *arg), void *arg,
                           struct error *err)
{
    struct mirror *m = calloc(1, sizeof *m);

    if (!m) {
        close(fd);
        error_memory(err, "to look at the run");
        return NULL;
    }
    monitor_init(&m->lock);
    m->fd = fd;
    m->now = *first;
    m->tell_gone = gone;
    m->tell_arg = arg;
    m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->wake < 0)
        error_errno(err, errno, "an event of the console");
    else if (thread_start(&m->thread, "bt-mirror", mirror_main, m, err))
        return m;
    if (m->wake >= 0)
        close(m->wake);
    monitor_release(&m->lock);
    close(fd);
    free(m);
    return NULL;
}

bool mirror_wait(struct mirror *m, int64_t timeout_ms,
                 struct last_words *words)
{
    int64_t until = timeout_ms < 0 ? -1 : clock_ms() + timeout_ms;
    bool gone;

    monitor_lock(&m->lock);
    while (!m->gone && monitor_wait(&m->lock, until))
        ;
    gone = m->gone;
    *words = m->words;
    if (gone && !words->said)
        snprintf(words->text, sizeof words->text, "%s", m->why.text);
    monitor_unlock(&m->lock);
    return gone;
}

void mirror_close(struct mirror *m)
{
    if (!m)
        return;
    monitor_lock(&m->lock);
    m->closing = true;
    monitor_unlock(&m->lock);
    shutdown(m->fd, SHUT_RDWR);
    eventfd_write(m->wake, 1);
    pthread_join(m->thread, NULL);
    close(m->fd);
    close(m->wake);
    monitor_release(&m->lock);
    free(m);
}
