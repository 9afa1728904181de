/*
 * The server of fakeapi: a thread per connection. A request is read whole,
 * then faults are looked at in this order: an outage, a reset, the script, the
 * key, the size, the dice; what is left its dialect answers.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"

enum { SCRIPT_MAX = 64, CONNECTIONS = 128, DIM = 1536, KEY = 256 };

struct connection {
    struct fakeapi *server;
    int fd; /* -1: free */
    pthread_t thread;
    bool started;
};

struct fakeapi {
    struct fakeapi_options o;
    int listener, port;
    int64_t begun_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    struct connection connection[CONNECTIONS];       /* [lock] */
    struct fakeapi_answer script[SCRIPT_MAX];        /* [lock] */
    size_t script_count;                             /* [lock] */
    enum fakeapi_twist twist;                        /* [lock] */
    char key[KEY];                                   /* [lock] "": none */
    struct fakeapi_stats stats;                      /* [lock] */
    int64_t due_ms; /* [lock] as the last 429 said */
    struct buf last;                                 /* [lock] */
    uint64_t dice;                                   /* [lock] */
    int64_t out_until_ms;                            /* [lock] */
    bool ending;                                     /* [lock] */
    struct points *points;
};

/* ---- answers ---- */

float *answer_vector(struct answer *a, size_t dim)
{
    if (dim > a->vector_cap) {
        free(a->vector);
        a->vector = malloc(dim * sizeof *a->vector);
        a->vector_cap = dim;
        if (!a->vector)
            abort();
    }
    return a->vector;
}

void answer_release(struct answer *a)
{
    buf_release(&a->headers);
    buf_release(&a->body);
    buf_release(&a->room);
    free(a->vector);
}

static void plain_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    a->type = "text/plain";
    buf_clear(&a->body);
    buf_puts(&a->body, message);
}

/* A path that no dialect knows. */
static const struct dialect nobody = { .name = "", .refuse = plain_refuse };

static const struct dialect *dialect_of(const struct request *q)
{
    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->mine(q))
            return dialects[i];
    return &nobody;
}

/* ---- control ---- */

static bool put_line(void *ctx, const struct point *x, bool good)
{
    struct buf *to = ctx;

    buf_put(to, x->key.ptr, x->key.len);
    buf_putc(to, ' ');
    buf_put(to, x->id.ptr, x->id.len);
    buf_puts(to, good ? " ok\n" : " bad\n");
    return true;
}

static void put_stats(struct fakeapi *f, struct buf *to)
{
    const struct fakeapi_stats s = fakeapi_stats(f);
    const struct {
        const char *name;
        uint64_t value;
    } row[] = { { "requests", s.requests },
                { "embed_requests", s.embed_requests },
                { "upsert_requests", s.upsert_requests },
                { "refused", s.refused },
                { "early", s.early },
                { "texts", s.texts },
                { "points", s.points },
                { "distinct", s.distinct },
                { "bad", s.bad },
                { "bytes_in", s.bytes_in },
                { "upsert_bytes", s.upsert_bytes } };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        buf_printf(to, "%s\"%s\":%llu", i ? "," : "{", row[i].name,
                   (unsigned long long)row[i].value);
    buf_puts(to, "}\n");
}

static void new_key(struct fakeapi *f, struct text key)
{
    if (key.len >= sizeof f->key)
        abort();
    pthread_mutex_lock(&f->lock);
    memcpy(f->key, key.ptr, key.len);
    f->key[key.len] = '\0';
    pthread_mutex_unlock(&f->lock);
}

static void control(struct fakeapi *f, const struct request *q,
                    struct answer *a)
{
    if (request_ends(q, "/dump")) {
        a->type = "text/plain";
        points_each(f->points, put_line, &a->body);
    } else if (request_ends(q, "/key")) {
        new_key(f, q->body);
    } else {
        put_stats(f, &a->body);
    }
}

/* ---- faults by the options ---- */

static bool outage(struct fakeapi *f)
{
    int64_t now = clock_ms(), at = now - f->begun_ms;
    bool out;

    pthread_mutex_lock(&f->lock);
    if (f->o.outage_at && f->stats.requests == f->o.outage_at)
        f->out_until_ms = now + f->o.outage_for_ms;
    out = now < f->out_until_ms;
    pthread_mutex_unlock(&f->lock);
    return out || (f->o.outage_to_ms && at >= f->o.outage_from_ms &&
                   at < f->o.outage_to_ms);
}

static bool has_key(struct fakeapi *f, const struct request *q)
{
    bool has;

    pthread_mutex_lock(&f->lock);
    has = memmem(q->head.ptr, q->head.len, f->key, strlen(f->key)) != NULL;
    pthread_mutex_unlock(&f->lock);
    return has;
}

/* 0..99, the same row of numbers in every run. Under the lock. */
static int roll(struct fakeapi *f)
{
    f->dice = f->dice * 6364136223846793005u + 1442695040888963407u;
    return (int)((f->dice >> 33) % 100);
}

/* Come again in so many ms, in the words of the options. Returns the least
 * that this is, since now. */
static int put_pace(const struct fakeapi_options *o, uint64_t number,
                    struct buf *to)
{
    int ms = o->pace_ms ? o->pace_ms : 200, s = (ms + 999) / 1000;
    time_t then = time(NULL) + s + 1; /* a date has no fractions */
    struct tm tm;
    char date[64];

    switch (o->pace == PACE_ALL ? (enum fakeapi_pace)(number % PACE_ALL)
                                : o->pace) {
    case PACE_MS:
        buf_printf(to, "retry-after-ms: %d\r\n", ms);
        break;
    case PACE_SECONDS:
        buf_printf(to, "Retry-After: %d\r\n", s);
        ms = s * 1000;
        break;
    case PACE_DATE:
        gmtime_r(&then, &tm);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        buf_printf(to, "Retry-After: %s\r\n", date);
        break;
    case PACE_RESET:
        buf_printf(to, "x-ratelimit-remaining-requests: 0\r\n"
                       "x-ratelimit-reset-requests: %dms\r\n", ms);
        break;
    case PACE_NONE:
    case PACE_ALL:
        ms = 0;
        break;
    }
    return ms;
}

static void limit(struct fakeapi *f, uint64_t number, const struct dialect *d,
                  struct answer *a)
{
    int64_t now = clock_ms();
    int ms = put_pace(&f->o, number, &a->headers);

    pthread_mutex_lock(&f->lock);
    f->due_ms = now + ms;
    pthread_mutex_unlock(&f->lock);
    d->refuse(a, 429, "rate limit reached");
}

/* False when there is none. */
static bool faulty(struct fakeapi *f, const struct request *q,
                   const struct dialect *d, struct answer *a)
{
    uint64_t number;
    int dice[2];

    pthread_mutex_lock(&f->lock);
    number = f->stats.requests;
    dice[0] = roll(f);
    dice[1] = roll(f);
    pthread_mutex_unlock(&f->lock);
    if (!has_key(f, q) || (f->o.auth_after && number >= f->o.auth_after)) {
        d->refuse(a, 401, "the key was not accepted");
    } else if (f->o.limit_bytes && q->body.len > f->o.limit_bytes) {
        d->refuse(a, f->o.large_status ? f->o.large_status : 413,
                  "the request is too large");
    } else if (dice[0] < f->o.rate_429_pct || number <= f->o.busy_first) {
        limit(f, number, d, a);
    } else if (dice[1] < f->o.fail_500_pct) {
        d->refuse(a, 500, "the server had an error");
    } else {
        return false;
    }
    return true;
}

static bool unlucky(struct fakeapi *f)
{
    bool is;

    pthread_mutex_lock(&f->lock);
    is = f->o.reset_pct && roll(f) < f->o.reset_pct;
    pthread_mutex_unlock(&f->lock);
    return is;
}

static bool take_script(struct fakeapi *f, struct fakeapi_answer *out)
{
    bool any;

    pthread_mutex_lock(&f->lock);
    any = f->script_count > 0;
    if (any) {
        *out = f->script[0];
        memmove(f->script, f->script + 1,
                --f->script_count * sizeof *f->script);
    }
    pthread_mutex_unlock(&f->lock);
    return any;
}

/* ---- one request ---- */

static void note(struct fakeapi *f, const struct request *q,
                 const struct dialect *d)
{
    pthread_mutex_lock(&f->lock);
    f->stats.requests++;
    f->stats.bytes_in += q->wire_len;
    f->stats.embed_requests += d->embeds;
    f->stats.early += d->embeds && clock_ms() < f->due_ms;
    if (d->upserts && d->upserts(q)) {
        f->stats.upsert_requests++;
        f->stats.upsert_bytes += q->body.len;
    }
    if (f->o.keep_request) {
        buf_clear(&f->last);
        buf_put(&f->last, q->head.ptr, q->head.len);
        buf_put(&f->last, q->body.ptr, q->body.len);
    }
    pthread_mutex_unlock(&f->lock);
}

/* What was asked for, without faults. */
static void serve(struct fakeapi *f, const struct request *q,
                  const struct dialect *d, struct answer *a)
{
    struct service s = { .o = &f->o, .points = f->points };

    pthread_mutex_lock(&f->lock);
    s.twist = f->twist;
    pthread_mutex_unlock(&f->lock);
    if (d->answer)
        d->answer(&s, q, a);
    else
        d->refuse(a, 404, "there is no such path");
    pthread_mutex_lock(&f->lock);
    f->stats.texts += s.texts;
    f->stats.points += s.upserted;
    pthread_mutex_unlock(&f->lock);
}

static void begin_answer(struct answer *a)
{
    a->status = 200;
    a->type = "application/json";
    buf_clear(&a->headers);
    buf_clear(&a->body);
}

/* False: the connection is over. */
static bool answer_one(struct fakeapi *f, struct wire *w,
                       const struct request *q, struct answer *a)
{
    const struct dialect *d = dialect_of(q);
    struct fakeapi_answer scripted = { 0 };

    begin_answer(a);
    if (request_begins(q, "/control/")) {
        control(f, q, a);
        return wire_answer(w, a);
    }
    note(f, q, d);
    if (f->o.delay_ms)
        usleep((useconds_t)f->o.delay_ms * 1000);
    if (outage(f) || unlucky(f) ||
        (f->o.large_status == 1 && q->body.len > f->o.limit_bytes)) {
        wire_reset(w);
        return false;
    }
    if (take_script(f, &scripted) && !scripted.limited) {
        if (scripted.apply || scripted.genuine)
            serve(f, q, d, a);
        if (scripted.genuine) {
            scripted.status = a->status;
            scripted.body = (struct text){ a->body.data, a->body.len };
        }
        return wire_script(w, &scripted);
    }
    if (scripted.limited)
        limit(f, 0, d, a);
    else if (!faulty(f, q, d, a))
        serve(f, q, d, a);
    pthread_mutex_lock(&f->lock);
    f->stats.refused += a->status >= 400;
    pthread_mutex_unlock(&f->lock);
    if (a->status >= 400 && f->o.say.ptr) {
        buf_clear(&a->body);
        buf_put(&a->body, f->o.say.ptr, f->o.say.len);
    }
    return wire_answer(w, a);
}

static void *connection_main(void *arg)
{
    struct connection *c = arg;
    struct wire w = { .fd = c->fd };
    struct answer a = { .status = 200 };
    struct request q;

    while (wire_read(&w, &q) && answer_one(c->server, &w, &q, &a))
        continue;
    answer_release(&a);
    wire_release(&w);
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
        listen(f->listener, 64) < 0 ||
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
    new_key(f, text_of(f->o.key ? f->o.key : ""));
    f->dice = 1;
    f->begun_ms = clock_ms();
    f->points = points_new();
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
