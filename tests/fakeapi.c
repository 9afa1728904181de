/*
 * The wire of fakeapi: HTTP/1.1 with keep-alive, a thread per connection. A
 * request is read whole, then faults are looked at in this order: the script,
 * an outage, the key, the size, the dice; what is left is answered.
 */
#include "config.h"
#include "fakeapi_parts.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/clock.h"

enum { SCRIPT_MAX = 64, CONNECTIONS = 128, HEAD_MAX = 1 << 16 };

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
    struct fakeapi_stats stats;                      /* [lock] */
    struct buf last;                                 /* [lock] */
    uint64_t dice;                                   /* [lock] */
    bool ending;                                     /* [lock] */
    struct points *points;
};

/* --- answers -------------------------------------------------------------------- */

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
    buf_release(&a->body);
    buf_release(&a->room);
    free(a->vector);
}

void answer_qdrant_error(struct answer *a, int status, const char *format,
                         ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"status\":{\"error\":\"%s\"},\"time\":0.0,\"result\":null}",
               text);
}

void answer_openai_error(struct answer *a, int status, const char *code,
                         const char *message)
{
    a->status = status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"error\":{\"message\":\"%s\",\"type\":\"error\",\"param\":"
               "null,\"code\":%s}}",
               message, code);
}

/* --- reading ---------------------------------------------------------------------- */

struct wire {
    int fd;
    struct buf in;
    size_t used; /* bytes of `in` that the present request takes */
};

static bool more(struct wire *w)
{
    char *to = buf_reserve(&w->in, 1 << 16);
    ssize_t n = to ? recv(w->fd, to, 1 << 16, 0) : -1;

    if (n <= 0)
        return false;
    w->in.len += (size_t)n;
    return true;
}

static size_t content_length(const char *head, size_t n)
{
    const char *p = head, *end = head + n;

    for (; p < end; p++)
        if (strncasecmp(p, "\r\ncontent-length:", 17) == 0)
            return strtoul(p + 17, NULL, 10);
    return 0;
}

static bool read_request(struct wire *w, struct request *q)
{
    const char *end;
    size_t head, body;

    memmove(w->in.data ? w->in.data : "", w->in.data + w->used,
            w->in.len - w->used);
    w->in.len -= w->used;
    w->used = 0;
    while (!w->in.len ||
           !(end = memmem(w->in.data, w->in.len, "\r\n\r\n", 4)))
        if (w->in.len > HEAD_MAX || !more(w))
            return false;
    head = (size_t)(end - w->in.data) + 4;
    body = content_length(w->in.data, head);
    while (w->in.len < head + body)
        if (!more(w))
            return false;
    w->used = head + body;
    q->head = (struct text){ w->in.data, head };
    q->body = (struct text){ w->in.data + head, body };
    return sscanf(w->in.data, "%7s %255s", q->method, q->path) == 2;
}

/* --- writing ----------------------------------------------------------------------- */

static bool write_all(int fd, const char *p, size_t n, int trickle_ms)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, trickle_ms ? 1 : n, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        p += sent;
        n -= (size_t)sent;
        if (trickle_ms)
            usleep((useconds_t)trickle_ms * 1000);
    }
    return true;
}

static const char *reason(int status)
{
    return status < 300 ? "OK" : status < 400 ? "Elsewhere" : "No";
}

static bool send_answer(int fd, struct answer *a, struct buf *head)
{
    buf_clear(head);
    buf_printf(head,
               "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s"
               "Content-Length: %zu\r\n\r\n",
               a->status, reason(a->status), a->type,
               a->headers ? a->headers : "", a->body.len);
    /* One piece: two would wait for each other's acknowledgement. */
    buf_put(head, a->body.data, a->body.len);
    return write_all(fd, head->data, head->len, 0);
}

static void reset(int fd)
{
    struct linger now = { 1, 0 };

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void send_endless(int fd, struct text body)
{
    char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n";
    char size[24];
    int n = snprintf(size, sizeof size, "%zx\r\n", body.len);

    if (!write_all(fd, head, sizeof head - 1, 0))
        return;
    while (write_all(fd, size, (size_t)n, 0) &&
           write_all(fd, body.ptr, body.len, 0) && write_all(fd, "\r\n", 2, 0))
        continue;
}

static void hang(int fd)
{
    char byte;

    while (recv(fd, &byte, 1, 0) > 0)
        continue;
}

/* False: the connection is over. */
static bool send_scripted(int fd, const struct fakeapi_answer *s)
{
    struct buf out;
    int status = s->status ? s->status : 200;
    bool goes_on;

    if (s->reset) {
        reset(fd);
        return false;
    }
    if (s->endless) {
        send_endless(fd, s->body);
        return false;
    }
    buf_init(&out);
    buf_printf(&out, "HTTP/1.1 %d %s\r\n%sContent-Length: %zu\r\n\r\n",
               status, reason(status), s->headers ? s->headers : "",
               s->body.len);
    buf_put(&out, s->body.ptr, s->body.len);
    goes_on = write_all(fd, out.data,
                        s->cut && s->cut_at < out.len ? s->cut_at : out.len,
                        s->trickle_ms);
    buf_release(&out);
    if (s->hang)
        hang(fd);
    return goes_on && !s->cut && !s->hang && !s->close;
}

/* --- deciding ----------------------------------------------------------------------- */

static bool outage(const struct fakeapi *f)
{
    int64_t at = clock_ms() - f->begun_ms;

    return f->o.outage_to_ms && at >= f->o.outage_from_ms &&
           at < f->o.outage_to_ms;
}

static bool has_key(const struct fakeapi *f, const struct request *q)
{
    return !f->o.key || memmem(q->head.ptr, q->head.len, f->o.key,
                               strlen(f->o.key));
}

/* 0..99, the same row of numbers in every run. */
static int roll(struct fakeapi *f)
{
    f->dice = f->dice * 6364136223846793005u + 1442695040888963407u;
    return (int)((f->dice >> 33) % 100);
}

static void control(struct fakeapi *f, const struct request *q,
                    struct answer *a)
{
    struct fakeapi_stats s = fakeapi_stats(f);

    if (strcmp(q->path, "/control/dump") == 0) {
        a->type = "text/plain";
        points_dump(f->points, &a->body);
        return;
    }
    buf_printf(&a->body,
               "{\"requests\":%llu,\"embed_requests\":%llu,"
               "\"upsert_requests\":%llu,\"refused\":%llu,\"texts\":%llu,"
               "\"points\":%llu,\"distinct\":%llu,\"bad\":%llu,"
               "\"bytes_in\":%llu}\n",
               (unsigned long long)s.requests,
               (unsigned long long)s.embed_requests,
               (unsigned long long)s.upsert_requests,
               (unsigned long long)s.refused, (unsigned long long)s.texts,
               (unsigned long long)s.points, (unsigned long long)s.distinct,
               (unsigned long long)s.bad, (unsigned long long)s.bytes_in);
}

/* What was asked for, without faults. */
static void serve(struct fakeapi *f, const struct request *q,
                  struct answer *a)
{
    uint64_t texts = 0, points = 0;
    enum fakeapi_twist twist;

    pthread_mutex_lock(&f->lock);
    twist = f->twist;
    pthread_mutex_unlock(&f->lock);
    if (strncmp(q->path, "/control/", 9) == 0)
        control(f, q, a);
    else if (strncmp(q->path, "/collections/", 13) == 0)
        points_answer(f->points, q, f->o.no_store, &points, a);
    else if (strstr(q->path, "/embeddings"))
        embeddings_answer(&f->o, twist, q, &texts, a);
    else
        answer_openai_error(a, 404, "null", "there is no such path");
    pthread_mutex_lock(&f->lock);
    f->stats.texts += texts;
    f->stats.points += points;
    f->stats.refused += a->status >= 400;
    pthread_mutex_unlock(&f->lock);
}

/* A fault by the options; false when there is none. */
static bool faulty(struct fakeapi *f, const struct request *q,
                   struct answer *a)
{
    uint64_t number;
    int dice[2];

    pthread_mutex_lock(&f->lock);
    number = f->stats.requests;
    dice[0] = roll(f);
    dice[1] = roll(f);
    pthread_mutex_unlock(&f->lock);
    if (strncmp(q->path, "/control/", 9) == 0)
        return false;
    if (!has_key(f, q) || (f->o.auth_after && number >= f->o.auth_after)) {
        answer_openai_error(a, 401, "\"invalid_api_key\"",
                            "Incorrect API key provided");
    } else if (f->o.limit_bytes && q->body.len > f->o.limit_bytes) {
        answer_openai_error(a, 413, "null", "the request is too large");
    } else if (dice[0] < f->o.rate_429_pct) {
        a->headers = "retry-after-ms: 200\r\n";
        answer_openai_error(a, 429, "\"rate_limit_exceeded\"",
                            "Rate limit reached");
    } else if (dice[1] < f->o.fail_500_pct) {
        answer_openai_error(a, 500, "null", "the server had an error");
    } else {
        return false;
    }
    return true;
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

static void note(struct fakeapi *f, const struct request *q)
{
    bool is_control = strncmp(q->path, "/control/", 9) == 0;

    pthread_mutex_lock(&f->lock);
    f->stats.requests += !is_control;
    f->stats.bytes_in += q->body.len;
    f->stats.embed_requests += strstr(q->path, "/embeddings") != NULL;
    f->stats.upsert_requests +=
        strstr(q->path, "/points") && strcmp(q->method, "PUT") == 0;
    if (f->o.keep_request) {
        buf_clear(&f->last);
        buf_put(&f->last, q->head.ptr, q->head.len);
        buf_put(&f->last, q->body.ptr, q->body.len);
    }
    pthread_mutex_unlock(&f->lock);
}

static bool answer_one(struct fakeapi *f, int fd, const struct request *q,
                       struct answer *a, struct buf *head)
{
    struct fakeapi_answer scripted;

    note(f, q);
    a->status = 200;
    a->type = "application/json";
    a->headers = NULL;
    buf_clear(&a->body);
    if (f->o.delay_ms)
        usleep((useconds_t)f->o.delay_ms * 1000);
    if (outage(f) && strncmp(q->path, "/control/", 9) != 0) {
        reset(fd);
        return false;
    }
    if (take_script(f, &scripted)) {
        if (scripted.apply)
            serve(f, q, a);
        return send_scripted(fd, &scripted);
    }
    if (!faulty(f, q, a))
        serve(f, q, a);
    return send_answer(fd, a, head);
}

static void *connection_main(void *arg)
{
    struct connection *c = arg;
    struct wire w = { .fd = c->fd };
    struct answer a = { .status = 200 };
    struct buf head;
    struct request q;

    buf_init(&head);
    while (read_request(&w, &q) && answer_one(c->server, c->fd, &q, &a, &head))
        continue;
    answer_release(&a);
    buf_release(&head);
    buf_release(&w.in);
    pthread_mutex_lock(&c->server->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&c->server->lock);
    return NULL;
}

/* --- the server ----------------------------------------------------------------------- */

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

    while ((fd = accept(f->listener, NULL, NULL)) >= 0)
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
    f->o = *options;
    f->dice = 1;
    f->begun_ms = clock_ms();
    f->points = points_new();
    pthread_mutex_init(&f->lock, NULL);
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

bool fakeapi_payload(struct fakeapi *f, struct text raw_id, struct buf *to)
{
    return points_payload(f->points, raw_id, to);
}
