/*
 * The server of fakeapi: a thread per connection. A request is read whole,
 * waits until its answer is due, and is treated then.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/fakeapi/fakeapi_h2.h"
#include "tests/support/fakeapi/fakeapi_server.h"
#include "tests/support/fakeapi/fakeapi_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/clock.h"

enum { DIM = 1536 };

/* ---- one connection of HTTP/1.1 ---- */

static void wait_until(int64_t due_us)
{
    int64_t left = due_us - clock_us();

    if (left > 0)
        usleep((useconds_t)left);
}

/* False: the connection is over. */
static bool answer_one(struct fakeapi *f, struct wire *w,
                       const struct request *q, struct answer *a)
{
    struct fakeapi_answer scripted = { 0 };
    struct visit v;
    enum outcome outcome;

    fakeapi_arrive(f, q, &v);
    wait_until(v.ticket.due_us);
    outcome = fakeapi_treat(f, q, &v, a, &scripted);
    /* Before the answer is out: the client's next request may be quicker. */
    fakeapi_leave(&v);
    switch (outcome) {
    case OUTCOME_ANSWER:
        return wire_answer(w, a);
    case OUTCOME_SCRIPT:
        return wire_script(w, &scripted);
    case OUTCOME_RESET:
        wire_reset(w->fd);
        break;
    case OUTCOME_DROP:
        break;
    }
    return false;
}

static void talk(struct fakeapi *f, int fd)
{
    struct wire w = { .fd = fd };
    struct answer a = { .status = 200 };
    struct request q;

    while (wire_read(&w, &q) && answer_one(f, &w, &q, &a))
        continue;
    answer_release(&a);
    wire_release(&w);
}

static void *connection_main(void *arg)
{
    struct connection *c = arg;

    if (h2_begins(c->fd))
        h2_talk(c->server, c->fd);
    else
        talk(c->server, c->fd);
    pthread_mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
    return NULL;
}

/* ---- the server ---- */

static void take_connection(struct fakeapi *f, int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_mutex_lock(&f->lock);
    f->stats.connections++;
    for (size_t i = 0; i < CONNECTIONS && fd >= 0 && !f->ending; i++) {
        struct connection *c = &f->connection[i];

        if (c->fd >= 0)
            continue;
        if (c->started)
            pthread_join(c->thread, NULL);
        c->server = f;
        c->fd = fd;
        c->started =
            pthread_create(&c->thread, NULL, connection_main, c) == 0;
        fd = -1;
    }
    pthread_mutex_unlock(&f->lock);
    if (fd >= 0)
        close(fd);
}

static void *accept_main(void *arg)
{
    struct fakeapi *f = arg;
    int fd;

    /* A client that is gone before it is taken is no end. */
    while ((fd = accept(f->listener, NULL, NULL)) >= 0 ||
           errno == ECONNABORTED || errno == EINTR)
        if (fd >= 0)
            take_connection(f, fd);
    return NULL;
}

static bool listen_on(struct fakeapi *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)f->o.port) };
    socklen_t size = sizeof at;
    int on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(f->listener, (struct sockaddr *)&at, sizeof at) < 0 ||
        listen(f->listener, CONNECTIONS) < 0 ||
        getsockname(f->listener, (struct sockaddr *)&at, &size) < 0)
        return false;
    f->port = ntohs(at.sin_port);
    return true;
}

struct fakeapi *fakeapi_start(const struct fakeapi_options *options)
{
    struct fakeapi *f = calloc(1, sizeof *f);

    if (!f)
        abort();
    pthread_mutex_init(&f->lock, NULL);
    f->o = *options;
    if (!f->o.dim)
        f->o.dim = DIM;
    side_init(&f->side[SIDE_EMBED], &f->o.embed);
    side_init(&f->side[SIDE_STORE], &f->o.store);
    fakeapi_new_key(f, text_of(f->o.key ? f->o.key : ""));
    f->dice = 1;
    f->begun_ms = clock_ms();
    f->points = points_new(f->o.light);
    for (size_t i = 0; i < CONNECTIONS; i++)
        f->connection[i].fd = -1;
    if (!listen_on(f) ||
        pthread_create(&f->thread, NULL, accept_main, f) != 0)
        abort();
    return f;
}

int fakeapi_port(const struct fakeapi *f)
{
    return f->port;
}

bool fakeapi_speaks_h2(void)
{
#ifdef HAVE_NGHTTP2
    return true;
#else
    return false;
#endif
}

void fakeapi_stop(struct fakeapi *f)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->ending = true;
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (f->connection[i].fd >= 0)
            shutdown(f->connection[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&f->lock);
    shutdown(f->listener, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->listener);
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (f->connection[i].started)
            pthread_join(f->connection[i].thread, NULL);
    points_free(f->points);
    buf_release(&f->last);
    free(f);
}

void fakeapi_twist(struct fakeapi *f, enum fakeapi_twist twist)
{
    pthread_mutex_lock(&f->lock);
    f->twist = twist;
    pthread_mutex_unlock(&f->lock);
}

void fakeapi_script(struct fakeapi *f, const struct fakeapi_answer *a)
{
    pthread_mutex_lock(&f->lock);
    if (f->script_count == SCRIPT_MAX)
        abort();
    f->script[f->script_count++] = *a;
    pthread_mutex_unlock(&f->lock);
}

struct fakeapi_stats fakeapi_stats(struct fakeapi *f)
{
    struct fakeapi_stats s;

    pthread_mutex_lock(&f->lock);
    s = f->stats;
    pthread_mutex_unlock(&f->lock);
    points_count(f->points, &s.distinct, &s.bad);
    return s;
}

void fakeapi_request(struct fakeapi *f, struct buf *to)
{
    pthread_mutex_lock(&f->lock);
    buf_put(to, f->last.data, f->last.len);
    pthread_mutex_unlock(&f->lock);
}

struct wanted {
    struct text raw_id;
    struct buf *to;
    bool found;
};

static bool take_payload(void *ctx, const struct point *x, bool good)
{
    struct wanted *w = ctx;

    (void)good;
    w->found = x->id.len == w->raw_id.len &&
               memcmp(x->id.ptr, w->raw_id.ptr, x->id.len) == 0;
    if (w->found)
        buf_put(w->to, x->payload.ptr, x->payload.len);
    return !w->found;
}

bool fakeapi_payload(struct fakeapi *f, struct text raw_id, struct buf *to)
{
    struct wanted w = { raw_id, to, false };

    points_each(f->points, take_payload, &w);
    return w.found;
}
